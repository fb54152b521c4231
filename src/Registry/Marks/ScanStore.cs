using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>How often the page of a mark or an item was opened: numbers and days, no address, no device.</summary>
public sealed record Scans
{
    /// <summary>Different days, and openings in all, from which an item looks copied: whoever holds one thing opens its page a few
    /// times.</summary>
    public const int ManyDays = 6, ManyTimes = 15;

    /// <summary>Milliseconds since 1970.</summary>
    public long FirstAt { get; init; }
    public DateOnly LastOn { get; init; }
    public int Days { get; init; }
    public int Total { get; init; }

    /// <summary>Whether an item with these numbers is more likely printed many times over than held by one person.</summary>
    public bool LooksCopied => Days >= ManyDays || Total >= ManyTimes;

    /// <summary>With one more opening.</summary>
    public static Scans Next(Scans? before, long at, DateOnly on)
    {
        if (before is null) return new() { FirstAt = at, LastOn = on, Days = 1, Total = 1 };
        var isNewDay = on > before.LastOn;
        return before with
        {
            LastOn = isNewDay ? on : before.LastOn,
            Days = before.Days + (isNewDay ? 1 : 0),
            Total = before.Total + 1,
        };
    }

    /// <summary>What was stored with what came after it.</summary>
    public static Scans Sum(Scans? stored, Scans? later)
    {
        if (stored is null || later is null) return stored ?? later ?? new();
        // A day they share counts once.
        var shared = Day.Of(DateTimeOffset.FromUnixTimeMilliseconds(later.FirstAt)) <= stored.LastOn ? 1 : 0;
        return new()
        {
            FirstAt = Math.Min(stored.FirstAt, later.FirstAt),
            LastOn = later.LastOn > stored.LastOn ? later.LastOn : stored.LastOn,
            Days = stored.Days + later.Days - shared,
            Total = stored.Total + later.Total,
        };
    }
}

/// <summary>SQL of scan counts.</summary>
public static class ScanStore
{
    public static Scans? Find(DbConnection db, string code)
    {
        static Scans Read(DbDataReader row) => new()
        {
            FirstAt = row.GetInt64(0),
            LastOn = row.GetFieldValue<DateOnly>(1),
            Days = row.GetInt32(2),
            Total = row.GetInt32(3),
        };
        const string Query = "SELECT first_at, last_on, days, total FROM scan WHERE code = @code";
        return db.Rows(Query, Read, code) is [var scans] ? scans : null;
    }

    /// <summary>Adds what was counted since.</summary>
    public static void Add(DbConnection db, string code, Scans later)
    {
        var sum = Scans.Sum(Find(db, code), later);
        db.Execute("""
            INSERT INTO scan (code, first_at, last_on, days, total) VALUES (@code, @FirstAt, @LastOn, @Days, @Total)
            ON CONFLICT (code) DO UPDATE SET first_at = @FirstAt, last_on = @LastOn, days = @Days, total = @Total
            """, new { code, sum.FirstAt, sum.LastOn, sum.Days, sum.Total });
    }
}
