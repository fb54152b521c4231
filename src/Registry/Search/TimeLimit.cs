using System.Diagnostics;

namespace Registry.Search;

/// <summary>How long a thread may search from now on. What counts is how long the processor works for it: others on the machine that keep
/// it waiting must not shorten what is found. A disk may keep it waiting, too, so there is a bound by the clock, some times as
/// long. A little is always done, however long it takes: what is found in a small register hangs neither on code that is compiled the
/// first time nor on a machine that is stopped for a moment.</summary>
/// <param name="work">Work of the processor; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
internal struct TimeLimit(TimeSpan work)
{
    /// <summary>By the clock it may be so many times as long.</summary>
    private const int Waited = 8;

    /// <summary>So many candidates are looked at whatever the time; a millisecond or two.</summary>
    public const int Always = 256;

    private readonly TimeSpan worked = work == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Niceness.Worked + work;
    private readonly TimeSpan waited = work == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Stopwatch.GetElapsedTime(0) + work * Waited;

    private int looked;

    /// <summary>Asked by the thread that made it, when it has looked at so many candidates more.</summary>
    public bool IsOver(int more) => (looked += more) > Always && (Niceness.Worked > worked || Stopwatch.GetElapsedTime(0) > waited);
}
