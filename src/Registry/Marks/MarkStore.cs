using System.Data.Common;
using Dapper;

namespace Registry.Marks;

/// <summary>A mark 认证标志 as it stands, with the certificate and body it belongs to.</summary>
public sealed record Mark
{
    public long Seq { get; init; }
    public string Code { get; init; } = "";
    public string CertificateId { get; init; } = "";
    public string BodyNumber { get; init; } = "";
    public string Placement { get; init; } = "";
    public string Text { get; init; } = "";
    public string? Gtin { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public long IssuedAt { get; init; }
    /// <summary>Milliseconds since 1970; null while it stands.</summary>
    public long? WithdrawnAt { get; init; }
}

/// <summary>SQL of marks.</summary>
public static class MarkStore
{
    private const string Select = """
        SELECT m.seq, m.code, c.id AS CertificateId, b.approval_number AS BodyNumber, m.placement, m.text, m.gtin, m.issued_at AS IssuedAt, m.withdrawn_at AS WithdrawnAt
        FROM mark m JOIN certificate c ON c.seq = m.certificate JOIN body b ON b.seq = c.body
        """;

    public static Mark? Find(DbConnection db, string code) => db.QueryFirstOrDefault<Mark>($"{Select} WHERE m.code = @code", new { code });

    /// <summary>The newest mark that stands; null when there is none.</summary>
    public static Mark? Newest(DbConnection db) => db.QueryFirstOrDefault<Mark>($"{Select} WHERE m.withdrawn_at IS NULL ORDER BY m.seq DESC LIMIT 1");

    /// <summary>Log indexes of the marks of a certificate that were issued at an instant or later.</summary>
    public static List<long> IssuedSince(DbConnection db, long certificate, DateTimeOffset from) =>
        db.Query<long>("SELECT seq FROM mark WHERE certificate = @certificate AND issued_at >= @from", new { certificate, from = from.ToUnixTimeMilliseconds() }).AsList();

    /// <summary>The marks of a certificate, newest first.</summary>
    public static List<Mark> Of(DbConnection db, long certificate, int limit) =>
        db.Query<Mark>($"{Select} WHERE m.certificate = @certificate ORDER BY m.seq DESC LIMIT @limit", new { certificate, limit }).AsList();
}
