using System.Diagnostics;

namespace Registry;

/// <summary>A question whose answer serves all who waited when it was put. One is under way at a time; whoever comes meanwhile shares the
/// next, so an answer is never older than the moment it was asked for.</summary>
/// <remarks>A thread of its own puts the question: one message serves dozens who ask at once, and nobody blocks. Who waited goes on beside
/// it, a few on each thread one after another: to wake a thread for every one costs as much as a look-up. While several ask at once,
/// questions are put about a millisecond apart, so that each serves more; who asks alone never waits for that.</remarks>
internal sealed class SharedQuestion<T> : IDisposable
{
    /// <summary>So many at once are several.</summary>
    private const int Several = 4;

    private static readonly TimeSpan apart = TimeSpan.FromMilliseconds(1);

    private readonly object gate = new();
    private readonly Func<T> ask;
    private readonly Thread thread;
    private Round next = new();
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
            return next.Join();
        }
    }

    private void Run()
    {
        for (var (put, told) = (0L, 0); Awaited();)
        {
            if (told >= Several && Stopwatch.GetElapsedTime(put) < apart) Thread.Sleep(apart);
            Round round;
            lock (gate) (round, next) = (next, new());
            (put, told) = (Stopwatch.GetTimestamp(), round.Count);
            try { round.Tell(ask(), null); }
            catch (Exception error) { round.Tell(default!, error); }
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

    /// <summary>Those who share an answer.</summary>
    private sealed class Round : IThreadPoolWorkItem
    {
        /// <summary>So many go on one after another on a thread. There is one thread more, so that one who takes long keeps nobody
        /// waiting.</summary>
        private const int Together = 4;

        private readonly List<TaskCompletionSource<T>> waiting = [];
        private T answer = default!;
        private Exception? fault;
        private int told;

        public int Count => waiting.Count;

        public Task<T> Join()
        {
            var one = new TaskCompletionSource<T>(); // goes on where it is told
            waiting.Add(one);
            return one.Task;
        }

        public void Tell(T given, Exception? thrown)
        {
            (answer, fault) = (given, thrown);
            var threads = Count == 1 ? 1 : (Count + Together - 1) / Together + 1;
            for (var i = 0; i < threads; i++) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        /// <summary>Tells one after another, each once.</summary>
        public void Execute()
        {
            for (int one; (one = Interlocked.Increment(ref told) - 1) < waiting.Count;)
                if (fault is null) waiting[one].SetResult(answer);
                else waiting[one].SetException(fault);
        }
    }
}
