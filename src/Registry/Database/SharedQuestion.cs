namespace Registry;

/// <summary>A question whose answer serves all who waited when it was put. One is under way at a time; whoever comes meanwhile shares the next,
/// so an answer is never older than the moment it was asked for.</summary>
/// <param name="ask">Puts the question on the thread of one of those who wait.</param>
internal sealed class SharedQuestion<T>(Func<T> ask)
{
    private readonly object gate = new();
    private Round next = new();
    private bool asking;

    /// <exception cref="Exception">Whatever the question threw, for each who shared it.</exception>
    public T Ask()
    {
        Round mine;
        lock (gate)
        {
            mine = next;
            while (asking && !mine.Done) Monitor.Wait(gate);
            if (!mine.Done) (asking, next) = (true, new());
        }
        if (!mine.Done)
        {
            try { mine.Answer = ask(); }
            catch (Exception error) { mine.Failed = error; }
            lock (gate)
            {
                (mine.Done, asking) = (true, false);
                Monitor.PulseAll(gate);
            }
        }
        return mine.Failed is null ? mine.Answer : throw mine.Failed;
    }

    private sealed class Round
    {
        public volatile bool Done;
        public T Answer = default!;
        public Exception? Failed;
    }
}
