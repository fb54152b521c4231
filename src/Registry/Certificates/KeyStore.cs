using System.Data.Common;
using System.Text.Json;
using Dapper;
using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>A body's public key, from one entry of the log to another.</summary>
/// <param name="Kid">Thumbprint (RFC 7638).</param>
/// <param name="Body">Approval number.</param>
/// <param name="Key">The key.</param>
/// <param name="RegisteredAt">Log index of its registration; it signs from the next entry on.</param>
/// <param name="WithdrawnAt">Log index of its withdrawal; null while it stands.</param>
public sealed record BodyKey(string Kid, string Body, Jwk Key, long RegisteredAt, long? WithdrawnAt);

/// <summary>SQL of bodies' keys.</summary>
public static class KeyStore
{
    private const string Select = "SELECT k.kid, b.approval_number, k.jwk, k.registered_at, k.withdrawn_at FROM body_key k JOIN body b ON b.seq = k.body";

    public static BodyKey? Find(DbConnection db, string kid) => Read(db, $"{Select} WHERE k.kid = @kid", new { kid }).FirstOrDefault();

    /// <summary>Every key there is or was, oldest first; of one body or of all.</summary>
    public static List<BodyKey> List(DbConnection db, string? body = null) => [.. Read(db, $"{Select} WHERE @body IS NULL OR b.approval_number = @body ORDER BY k.registered_at", new { body })];

    private static IEnumerable<BodyKey> Read(DbConnection db, string query, object parameters) =>
        db.Query<(string Kid, string Body, string Jwk, long Registered, long? Withdrawn)>(query, parameters)
            .Select(row => new BodyKey(row.Kid, row.Body, JsonSerializer.Deserialize(row.Jwk, LeafJson.Default.Jwk)!, row.Registered, row.Withdrawn));

    /// <summary>Projects a registration.</summary>
    public static void Add(DbConnection db, long seq, RegisterKey register) =>
        db.Execute("INSERT INTO body_key (kid, body, jwk, registered_at) VALUES (@Thumbprint, (SELECT seq FROM body WHERE approval_number = @Body), @jwk, @seq)",
            new { register.Key.Thumbprint, register.Body, jwk = JsonSerializer.Serialize(register.Key, LeafJson.Default.Jwk), seq });

    /// <summary>Projects a withdrawal.</summary>
    public static void Withdraw(DbConnection db, long seq, WithdrawKey withdraw) => db.Execute("UPDATE body_key SET withdrawn_at = @seq WHERE kid = @Kid AND withdrawn_at IS NULL", new { withdraw.Kid, seq });
}
