namespace Registry;

/// <summary>A question whose answer serves all who waited when it was put. One is under way at a time; whoever comes meanwhile shares the
/// next, so an answer is never older than the moment it was asked for.</summary>
/// <remarks>A thread of its own puts the question: with dozens who ask at once one wake-up and one message serve them all, and nobody
/// blocks.</remarks>
internal sealed class SharedQuestion<T> : IDisposable
{
    private readonly object gate = new();
    private readonly Func<T> ask;
    private readonly Thread thread;
    private TaskCompletionSource<T>? next;
    private bool closing;

    /// <param name="ask">Puts the question; never called twice at once.</param>
    /// <param name="name">Of the thread.</param>
    public SharedQuestion(Func<T> ask, string name)
    {
        this.ask = ask;
        thread = new Thread(Run) { IsBackground = true, Name = name };
        thread.Start();
    }

    /// <summary>An answer to a question that was put after this was called; or whatever the question threw.</summary>
    public Task<T> Ask()
    {
        lock (gate)
        {
            if (closing) return Task.FromException<T>(new ObjectDisposedException(nameof(SharedQuestion<>)));
            if (next is null)
            {
                next = new(TaskCreationOptions.RunContinuationsAsynchronously);
                Monitor.Pulse(gate);
            }
            return next.Task;
        }
    }

    private void Run()
    {
        while (true)
        {
            TaskCompletionSource<T> round;
            lock (gate)
            {
                while (next is null && !closing) Monitor.Wait(gate);
                if (next is null) return;
                (round, next) = (next, null);
            }
            try { round.SetResult(ask()); }
            catch (Exception error) { round.SetException(error); }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            closing = true;
            Monitor.Pulse(gate);
        }
        thread.Join();
    }
}
