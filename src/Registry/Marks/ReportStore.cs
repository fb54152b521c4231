using System.Data.Common;
using System.Security.Cryptography;
using Dapper;

namespace Registry.Marks;

/// <summary>What somebody saw.</summary>
public enum MisuseKind
{
    /// <summary>与所颁发的对象不符.</summary>
    DoesNotMatch,
    /// <summary>疑似复制或翻印.</summary>
    LooksCopied,
    /// <summary>证书已失效仍在使用.</summary>
    UsedAfterEnd,
    /// <summary>查不到的标志.</summary>
    UnknownMark,
    /// <summary>夸大认证的含义.</summary>
    Overstated,
    /// <summary>其他.</summary>
    Other,
}

/// <summary>A report of misuse. There is no field for who reports.</summary>
public sealed record Report
{
    public string Id { get; init; } = "";
    /// <summary>Milliseconds since 1970.</summary>
    public long ReportedAt { get; init; }
    public string? Code { get; init; }
    public string? Body { get; init; }
    public string Kind { get; init; } = "";
    public string? Place { get; init; }
    public string? Text { get; init; }
}

/// <summary>SQL of reports.</summary>
public static class ReportStore
{
    /// <summary>Told at a time.</summary>
    public const int DefaultListed = 100, MaxListed = 1000;

    /// <summary>Stores a report and tells its id, which is the receipt.</summary>
    public static string Add(Transaction transaction, Report report)
    {
        var (id, at) = (Convert.ToHexString(RandomNumberGenerator.GetBytes(5)), transaction.Now.ToUnixTimeMilliseconds());
        transaction.Connection.Execute("""
            INSERT INTO report (id, reported_at, code, body, kind, place, text)
            VALUES (@id, @at, @Code, @Body, @Kind, @Place, @Text)
            """, new { id, at, report.Code, report.Body, report.Kind, report.Place, report.Text });
        return id;
    }

    /// <summary>Reports newest first, of one body's marks or, without one, all: the operator's view.</summary>
    public static List<Report> List(DbConnection db, string? body, long before, int limit) =>
        db.Query<Report>("""
            SELECT id, reported_at AS ReportedAt, code, body, kind, place, text FROM report
            WHERE (@body IS NULL OR body = @body) AND reported_at < @before ORDER BY reported_at DESC, id LIMIT @limit
            """, new { body, before, limit }).AsList();
}
