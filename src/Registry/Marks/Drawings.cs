namespace Registry.Marks;

/// <summary>
/// Few places to draw at, and a short queue before them: a picture takes up to 64 MB and a second, and anybody may ask for one. Whoever
/// comes when the queue is full is told at once to come back, so that drawing never takes the answers about certificates with it.
/// </summary>
public sealed class Drawings : IDisposable
{
    /// <summary>Half of the processors draw, the others answer.</summary>
    public static readonly int Places = Math.Max(1, Environment.ProcessorCount / 2);
    public const int Queue = 8;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim free = new(Places);
    private int present;

    /// <summary>Draws when there is a place.</summary>
    /// <exception cref="FaultException">The queue is full, or moves too slowly.</exception>
    /// <exception cref="OperationCanceledException">Whoever asked has gone.</exception>
    public async Task<T> Draw<T>(Func<T> draw, CancellationToken gone)
    {
        try
        {
            var isFull = Interlocked.Increment(ref present) > Places + Queue;
            if (isFull || !await free.WaitAsync(patience, gone)) throw new FaultException(new Fault(Refusal.TooBusy));
            try { return draw(); }
            finally { free.Release(); }
        }
        finally { Interlocked.Decrement(ref present); }
    }

    public void Dispose() => free.Dispose();
}
