using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>SQL of the counts beside the reference data.</summary>
public static class ReferenceStore
{
    /// <summary>Lifecycle.StatusOn for today in SQL: not ended, not suspended, within its term. Most are, so the table is read once from
    /// end to end: by the index of expiry (the NOT keeps SQLite away from it) every row would be looked for by itself.</summary>
    private const string Valid = "(c.ended_on IS NULL AND c.suspended_on IS NULL AND c.issued_on <= @today AND NOT c.expires_on < @today)";

    /// <summary>Categories whose number, name or group holds a text (all for none), with how many of their certificates are valid.</summary>
    public static CategoryCount[] Categories(DbConnection db, DateOnly today, string? text)
    {
        var wanted = Terms.Fold(text ?? "");
        var valid = db.Query<(int Category, long Count)>($"SELECT c.category, count(*) FROM certificate c WHERE {Valid} GROUP BY c.category", new { today }).ToDictionary(row => row.Category, row => row.Count);
        bool Holds(Text? name) => name is not null && (Terms.Fold(name.Zh).Contains(wanted) || Terms.Fold(name.En).Contains(wanted));
        return [.. Catalogue.Categories.Where(c => c.No.ToString() == wanted || Holds(c.Name) || Holds(Catalogue.GroupName(c.Group)))
            .Select(c => new CategoryCount(c.No, c.Group, Catalogue.GroupName(c.Group).Zh, Catalogue.GroupName(c.Group).En, c.Name(Language.Zh), c.Name(Language.En), Catalogue.SchemeOf(c.No).Standard, valid.GetValueOrDefault(c.No)))];
    }

    public static List<BodyCount> Bodies(DbConnection db, DateOnly today) =>
        [.. db.Query<(string Number, string Name, string? NameEn, long Count)>($"""
            SELECT b.approval_number, b.name, b.name_en, coalesce(v.n, 0) FROM body b
            LEFT JOIN (SELECT c.body, count(*) AS n FROM certificate c WHERE {Valid} GROUP BY c.body) v ON v.body = b.seq ORDER BY b.seq
            """, new { today }).Select(row => new BodyCount(row.Number, row.Name, row.NameEn, row.Count))];

    /// <summary>What the registry covers: certificates, bodies, and the instant of its newest entry.</summary>
    public static (long Certificates, long Bodies, DateTimeOffset? RecordedTo) Coverage(DbConnection db) =>
        (db.ExecuteScalar<long>("SELECT coalesce(max(certificates), 0) + (SELECT count(*) FROM certificate WHERE seq > coalesce((SELECT upto FROM coverage), -1)) FROM coverage"),
            db.ExecuteScalar<long>("SELECT count(*) FROM body"), Transparency.EntryLog.RecordedTo(db));
}
