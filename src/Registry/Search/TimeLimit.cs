using System.Diagnostics;

namespace Registry.Search;

/// <summary>How long a thread may search from now on. What counts is how long the processor works for it: others on the machine that keep
/// it waiting must not shorten what is found. A disk may keep it waiting, too, so there is a bound by the clock, some times as
/// long.</summary>
/// <param name="work">Work of the processor; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
internal readonly struct TimeLimit(TimeSpan work)
{
    /// <summary>By the clock it may be so many times as long.</summary>
    private const int Waited = 8;

    private readonly TimeSpan worked = work == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Niceness.Worked + work;
    private readonly TimeSpan waited = work == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Stopwatch.GetElapsedTime(0) + work * Waited;

    /// <summary>Asked by the thread that made it.</summary>
    public bool IsOver => Niceness.Worked > worked || Stopwatch.GetElapsedTime(0) > waited;
}
