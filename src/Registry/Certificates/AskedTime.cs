namespace Registry.Certificates;

/// <summary>The two times that somebody asks of: the day, and up to when what was recorded counts.</summary>
/// <param name="On">The day.</param>
/// <param name="KnownAt">The instant; null where all that is known counts.</param>
/// <param name="Today">When it is asked.</param>
public sealed record AskedTime(DateOnly On, DateTimeOffset? KnownAt, DateOnly Today)
{
    /// <summary>Whether simply today is asked of, as known today.</summary>
    public bool IsNow => On == Today && KnownAt is null;

    /// <summary>Reads what was given; today where nothing was.</summary>
    /// <param name="on">A day.</param>
    /// <param name="knownAt">An instant.</param>
    /// <param name="now">The instant of asking.</param>
    /// <param name="known">Up to when the record is known.</param>
    /// <param name="days">Whether a day will do for the instant, as people enter it.</param>
    /// <exception cref="FaultException">One of them is none, or lies ahead of what is known.</exception>
    public static AskedTime Read(string? on, string? knownAt, DateTimeOffset now, DateTimeOffset known, bool days = false)
    {
        var (faults, today) = (new List<Fault>(), Day.Of(now));
        var asked = new AskedTime(Day.Read(on, "/on", faults) ?? today, Instant.ReadKnownAt(knownAt, known, faults, days), today);
        return faults.Count == 0 ? asked : throw new FaultException(faults);
    }
}
