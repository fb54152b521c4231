using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace Registry.Bodies;

/// <summary>A body's key as the operator sees it; the secret itself is not kept.</summary>
public sealed record ApiKey
{
    public string Id { get; init; } = "";
    public string Body { get; init; } = "";
    public string Label { get; init; } = "";
    /// <summary>Milliseconds since 1970, as the other two.</summary>
    public long CreatedAt { get; init; }
    public long ExpiresAt { get; init; }
    public long? RevokedAt { get; init; }
}

/// <summary>Keys of certification bodies: shown once, stored as SHA-256 (they are 256 random bits, so a slow hash would add
/// nothing).</summary>
public static class ApiKeys
{
    /// <summary>Secret scanners know a key by it.</summary>
    public const string Prefix = "reg_";

    public static (string Id, string Key) Create(Transaction transaction, string body, string label, DateTimeOffset expiresAt)
    {
        if (BodyStore.Find(transaction, body) is null) throw new FaultException(Refusal.UnknownBody);
        var key = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var (now, expires) = (transaction.Now.ToUnixTimeMilliseconds(), expiresAt.ToUnixTimeMilliseconds());
        transaction.Connection.Execute("""
            INSERT INTO api_key (id, hash, body, label, created_at, expires_at) VALUES (@id, @hash, @body, @label, @now, @expires)
            """, new { id, hash = Hash(key), body, label, now, expires });
        return (id, key);
    }

    /// <summary>False when there is no such key or it is revoked already.</summary>
    public static bool Revoke(Transaction transaction, string id) => transaction.Connection.Execute(
        "UPDATE api_key SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL",
        new { id, now = transaction.Now.ToUnixTimeMilliseconds() }) > 0;

    public static List<ApiKey> List(DbConnection db, string? body = null) => db.Query<ApiKey>("""
        SELECT id, body, label, created_at AS CreatedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt FROM api_key
        WHERE @body IS NULL OR body = @body ORDER BY created_at
        """, new { body }).AsList();

    /// <summary>Id and body of the key that is this secret and counts now; null when there is none: looked up each time, so a revoked key
    /// stops at once.</summary>
    public static (string Id, string Body)? Find(DbConnection db, string secret, DateTimeOffset now) => db.Ask<(string, string)?>(
        "SELECT id, body FROM api_key WHERE hash = @hash AND revoked_at IS NULL AND expires_at > @now",
        row => (row.GetString(0), row.GetString(1)), Hash(secret), now.ToUnixTimeMilliseconds());

    /// <summary>Whether a key counts for what a transaction records.</summary>
    public static bool Counts(Transaction transaction, string id) => transaction.Connection.Ask(
        "SELECT count(*) FROM api_key WHERE id = @id AND revoked_at IS NULL AND expires_at > @now",
        row => row.GetInt64(0), id, transaction.Now.ToUnixTimeMilliseconds()) > 0;

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
