using System.Diagnostics;

namespace Registry;

/// <summary>A question whose answer serves all who waited when it was put. One is under way at a time; whoever comes meanwhile shares the
/// next, so an answer is never older than the moment it was asked for.</summary>
/// <remarks>A thread of its own puts the question: one message serves dozens who ask at once, and nobody blocks. Who waited goes on beside
/// it (<see cref="Turns"/>). While several ask at once, questions are put about a millisecond apart, so that each serves more; who asks
/// alone never waits for that.</remarks>
internal sealed class SharedQuestion<T> : IDisposable
{
    /// <summary>So many at once are several.</summary>
    private const int Several = 4;

    private static readonly TimeSpan apart = TimeSpan.FromMilliseconds(1);

    private readonly object gate = new();
    private readonly Func<T> ask;
    private readonly Thread thread;
    private List<TaskCompletionSource<T>> next = [];
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
            if (next.Count == 0) Monitor.Pulse(gate);
            var waiter = new TaskCompletionSource<T>(); // goes on where it is told
            next.Add(waiter);
            return waiter.Task;
        }
    }

    private void Run()
    {
        for (var (put, told) = (0L, 0); Awaited();)
        {
            if (told >= Several && Stopwatch.GetElapsedTime(put) < apart) Thread.Sleep(apart);
            List<TaskCompletionSource<T>> round;
            lock (gate) (round, next) = (next, []);
            (put, told) = (Stopwatch.GetTimestamp(), round.Count);
            try
            {
                var answer = ask();
                Turns.Give(round.Count, one => round[one].SetResult(answer));
            }
            catch (Exception error) { Turns.Give(round.Count, one => round[one].SetException(error)); }
        }
    }

    /// <summary>Waits until somebody asks; false when nobody will any more.</summary>
    private bool Awaited()
    {
        lock (gate)
        {
            while (next.Count == 0 && !closing) Monitor.Wait(gate);
            return next.Count > 0;
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
