using System.Data.Common;
using Dapper;

namespace Registry.Search;

/// <summary>SQL of the counts beside the reference data.</summary>
public static class ReferenceStore
{
    /// <summary>Lifecycle.StatusOn for today in SQL: not ended, not suspended, within its term.</summary>
    private const string Valid = "(c.ended_on IS NULL AND c.suspended_on IS NULL AND c.issued_on <= @today AND c.expires_on >= @today)";

    public static Dictionary<int, long> ValidByCategory(DbConnection db, DateOnly today) =>
        db.Query<(int Category, long Count)>($"SELECT c.category, count(*) FROM certificate c WHERE {Valid} GROUP BY c.category", new { today }).ToDictionary(row => row.Category, row => row.Count);

    public static List<BodyCount> Bodies(DbConnection db, DateOnly today) =>
        [.. db.Query<(string Number, string Name, string? NameEn, long Count)>($"""
            SELECT b.approval_number, b.name, b.name_en, (SELECT count(*) FROM certificate c WHERE c.body = b.seq AND {Valid}) FROM body b ORDER BY b.seq
            """, new { today }).Select(row => new BodyCount(row.Number, row.Name, row.NameEn, row.Count))];

    /// <summary>What the registry covers: certificates, bodies, and the instant of its newest entry.</summary>
    public static (long Certificates, long Bodies, DateTimeOffset? RecordedTo) Coverage(DbConnection db) =>
        (db.ExecuteScalar<long>("SELECT count(*) FROM certificate"), db.ExecuteScalar<long>("SELECT count(*) FROM body"), Transparency.EntryLog.RecordedTo(db));
}
