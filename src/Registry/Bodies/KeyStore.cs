using System.Data.Common;
using System.Text.Json;
using Dapper;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Bodies;

/// <summary>A body's public key, from one entry of the log to another.</summary>
/// <param name="Kid">Thumbprint (RFC 7638).</param>
/// <param name="Body">Approval number.</param>
/// <param name="Key">The key.</param>
/// <param name="RegisteredAt">Log index of its registration; it signs from the next entry on.</param>
/// <param name="WithdrawnAt">Log index of its withdrawal; null while it stands.</param>
/// <param name="SetByRegistry">Whether the registry set it by its own act, or it was registered by a key that the registry set: then
/// whoever reads what it signed has the registry's word for whose it is.</param>
public sealed record BodyKey(string Kid, string Body, Jwk Key, long RegisteredAt, long? WithdrawnAt, bool SetByRegistry);

/// <summary>By what a key was registered, as the log shows it.</summary>
/// <param name="Signer">Thumbprint of the key that signed it in; null where the registry signed.</param>
/// <param name="ByRegistry">Whether it was the registry's own act.</param>
/// <param name="ApiKey">Id of the API key it came in through; null in older logs.</param>
public sealed record KeyOrigin(string? Signer, bool ByRegistry, string? ApiKey)
{
    /// <summary><c>body-key</c>, <c>registry</c> or <c>api-key</c>.</summary>
    public string Word => Signer is not null ? "body-key" : ByRegistry ? "registry" : "api-key";
}

/// <summary>SQL of bodies' keys.</summary>
public static class KeyStore
{
    private const string Select = """
        SELECT k.kid, b.approval_number, k.jwk, k.registered_at, k.withdrawn_at, k.set_by_registry
        FROM body_key k JOIN body b ON b.seq = k.body
        """;

    public static BodyKey? Find(DbConnection db, string kid) => Read(db, $"{Select} WHERE k.kid = @kid", new { kid }).FirstOrDefault();

    /// <summary>Every key there is or was, oldest first; of one body or of all.</summary>
    public static List<BodyKey> List(DbConnection db, string? body = null) =>
        [.. Read(db, $"{Select} WHERE @body IS NULL OR b.approval_number = @body ORDER BY k.registered_at", new { body })];

    private static IEnumerable<BodyKey> Read(DbConnection db, string query, object parameters)
    {
        var rows = db.Query<(string Kid, string Body, string Jwk, long Registered, long? Withdrawn, bool SetByRegistry)>(query, parameters);
        static Jwk KeyOf(string json) => JsonSerializer.Deserialize(json, LeafJson.Default.Jwk)!;
        return rows.Select(row => new BodyKey(row.Kid, row.Body, KeyOf(row.Jwk), row.Registered, row.Withdrawn, row.SetByRegistry));
    }

    /// <summary>By what a key was registered.</summary>
    public static KeyOrigin OriginOf(DbConnection db, BodyKey key)
    {
        var entry = EntryLog.Get(db, key.RegisteredAt);
        var register = (RegisterKey)entry.Statement;
        return new(register.OnBehalf is null ? Jws.Parse(entry.Leaf).Jws!.Kid : null, register.OnBehalf == false, register.Via);
    }

    /// <summary>The standing keys of a body that came in through an API key: it registered them, or a key that it registered did.</summary>
    public static List<BodyKey> Through(DbConnection db, string body, string apiKey)
    {
        var (keys, through) = (List(db, body), new HashSet<string>());
        foreach (var key in keys)
        {
            var origin = OriginOf(db, key);
            if (origin.ApiKey == apiKey || origin.Signer is { } signer && through.Contains(signer)) through.Add(key.Kid);
        }
        return [.. keys.Where(key => key.WithdrawnAt is null && through.Contains(key.Kid))];
    }

    /// <summary>From which entry on the log is under <see cref="Statement.KeyRules"/>; null for an older log that has not come under them
    /// yet.</summary>
    public static long? UnderRulesFrom(DbConnection db) => db.ExecuteScalar<long?>("""
        SELECT min(seq) FROM (
          SELECT min(seq) AS seq FROM body WHERE rules IS NOT NULL
          UNION ALL SELECT min(registered_at) FROM body_key WHERE rules IS NOT NULL) AS stated
        """);

    /// <summary>Writes a registration.</summary>
    public static void Add(DbConnection db, long seq, RegisterKey register, bool bySetKey)
    {
        var jwk = JsonSerializer.Serialize(register.Key, LeafJson.Default.Jwk);
        var setByRegistry = bySetKey || register.OnBehalf == false;
        db.Execute("""
            INSERT INTO body_key (kid, body, jwk, registered_at, rules, set_by_registry)
            VALUES (@Thumbprint, (SELECT seq FROM body WHERE approval_number = @Body), @jwk, @seq, @Rules, @setByRegistry)
            """, new { register.Key.Thumbprint, register.Body, jwk, seq, register.Rules, setByRegistry });
    }

    /// <summary>Writes a withdrawal.</summary>
    public static void Withdraw(DbConnection db, long seq, WithdrawKey withdraw) =>
        db.Execute("UPDATE body_key SET withdrawn_at = @seq WHERE kid = @Kid AND withdrawn_at IS NULL", new { withdraw.Kid, seq });

    /// <summary>Whether a statement was signed by a body's key that the registry set.</summary>
    public static bool SignedBySetKey(DbConnection db, byte[] leaf, Statement statement)
    {
        if (statement.OnBehalf is not null) return false;
        var kid = Jws.Parse(leaf).Jws?.Kid;
        return db.Ask<bool?>("SELECT set_by_registry FROM body_key WHERE kid = @kid", row => row.GetBoolean(0), kid) == true;
    }
}
