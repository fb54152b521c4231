using System.Globalization;

namespace Registry.Certificates;

/// <summary>Calendar days of the domain. A date is a day in Asia/Shanghai; the last day of validity is still valid.</summary>
public static class Day
{
    /// <summary>China has kept UTC+8 the whole year since 1992, before any instant this registry can record.</summary>
    private static readonly TimeSpan Shanghai = TimeSpan.FromHours(8);

    public static DateOnly Of(DateTimeOffset instant) => DateOnly.FromDateTime(instant.ToOffset(Shanghai).DateTime);

    /// <summary>The first instant of a day.</summary>
    public static DateTimeOffset Begins(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), Shanghai);

    public static DateTimeOffset InShanghai(DateTimeOffset instant) => instant.ToOffset(Shanghai);

    /// <summary>An instant as people in China read it, to the minute.</summary>
    public static string Minute(DateTimeOffset instant) =>
        InShanghai(instant).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The last millisecond of a day: what was recorded by then was recorded on that day or before.</summary>
    public static DateTimeOffset End(DateOnly day) => Begins(day.AddDays(1)).AddMilliseconds(-1);

    /// <summary>A day written YYYY-MM-DD within what the registry accepts; null otherwise.</summary>
    public static DateOnly? Parse(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day >= Earliest && day <= Latest ? day : null;

    /// <summary>A day somebody may have given: null when it is empty; a fault when it is no day.</summary>
    public static DateOnly? Read(string? text, string pointer, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (Parse(text) is { } day) return day;
        faults.Add(new(Refusal.BadDate, pointer));
        return null;
    }

    /// <summary>The days the registry accepts: wide enough for any certificate, narrow enough to catch 0204 and 20255.</summary>
    public static readonly DateOnly Earliest = new(1990, 1, 1), Latest = new(2199, 12, 31);
}
