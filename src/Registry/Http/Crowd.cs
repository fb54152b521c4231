namespace Registry.Http;

/// <summary>
/// Whether so much of what comes to a lane is refused that it will not end by waiting: an eighth of 64. That holds for a second, in which
/// few are let in; then it is looked at anew, by a longer queue, and where as much is refused again it holds for twice as long, up to five
/// seconds: whoever is let in while it is looked at waits the longer, and must be one of few.
/// </summary>
internal sealed class Crowd(TimeProvider time)
{
    private const int Counted = 64, PartRefused = 8;
    private static readonly TimeSpan least = TimeSpan.FromSeconds(1), most = TimeSpan.FromSeconds(5);

    private readonly Lock counting = new();
    private int came, refused;
    /// <summary>When it was seen last, and for how long it holds.</summary>
    private long seen;
    private TimeSpan holds;

    /// <summary>It holds.</summary>
    public bool Is => Since(1);

    /// <summary>It holds, or has for as long as this: a short queue that is empty for a moment is no sign that it has gone.</summary>
    public bool IsOrWas => Since(2);

    private bool Since(int times)
    {
        lock (counting) return time.GetElapsedTime(seen) < holds * times;
    }

    /// <summary>Somebody came, and there was room or not.</summary>
    public void Count(bool isRoom)
    {
        lock (counting)
        {
            var (since, twice) = (time.GetElapsedTime(seen), holds * 2);
            if (since < holds) return; // what is refused by the short queue says nothing
            if (!isRoom) refused++;
            if (++came < Counted) return;
            if (refused * PartRefused < came) holds = TimeSpan.Zero;
            else (seen, holds) = (time.GetTimestamp(), since >= twice ? least : twice < most ? twice : most);
            (came, refused) = (0, 0);
        }
    }
}
