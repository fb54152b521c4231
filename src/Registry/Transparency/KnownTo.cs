namespace Registry.Transparency;

/// <summary>
/// Up to when this copy knows its log. A registry that records knows it up to now; a mirror up to its last contact with the origin, and
/// where witnesses are required, no later than they say. What an answer calls "as of" is never later.
/// </summary>
public sealed class KnownTo(TimeProvider time)
{
    /// <summary>From this age on a page says so before anything else.</summary>
    private static readonly TimeSpan old = TimeSpan.FromHours(1);

    private long limit = long.MaxValue;

    /// <summary>The earlier of now and what is known.</summary>
    public DateTimeOffset Now => IsLimited && Limit < time.GetUtcNow() ? Limit : time.GetUtcNow();

    /// <summary>How much of the past is unknown; zero or less where nothing is.</summary>
    public TimeSpan Age => time.GetUtcNow() - Now;

    /// <summary>Whether it is so old that everybody has to be told first.</summary>
    public bool IsOld => Age > old;

    /// <summary>Whether somebody else records, and this copy follows.</summary>
    public bool IsLimited => Volatile.Read(ref limit) != long.MaxValue;

    private DateTimeOffset Limit => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref limit));

    /// <summary>It is known up to then.</summary>
    public void Set(DateTimeOffset instant) => Volatile.Write(ref limit, instant.ToUnixTimeMilliseconds());
}
