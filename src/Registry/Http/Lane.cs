using System.Collections.Concurrent;
using System.Diagnostics;

namespace Registry.Http;

/// <summary>
/// Few threads for one kind of work, and a short queue before them. Whoever comes when it is full is told so at once, with the time after
/// which there will be room. The threads are the lane's own, and give way to the server's and the writer's: look-ups and posts are answered
/// beside them as if they were not there. A request that waits for its reader or its content holds no thread.
/// </summary>
public sealed class Lane : IDisposable
{
    /// <summary>After so long in the queue nobody waits for the answer any more.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan leastWait = TimeSpan.FromSeconds(1), mostWait = TimeSpan.FromMinutes(1);

    private readonly BlockingCollection<(Request Request, Task Task)> work = [];
    private readonly int queue, open;
    private int waiting, begun;
    private long refused;
    /// <summary>Ticks that a request takes, an average in which the last counts an eighth.</summary>
    private long took = TimeSpan.TicksPerMillisecond;

    /// <param name="name">Of its threads and in metrics.</param>
    /// <param name="threads">How many work on it.</param>
    /// <param name="queue">Requests that may wait for one.</param>
    /// <param name="open">Requests that may be begun and not ended, those that wait for their readers among them.</param>
    /// <param name="niceness">Of the threads, as the system counts: 0 as all others, 19 only when nobody else wants the processor.</param>
    public Lane(string name, int threads, int queue, int open, int niceness)
    {
        (Name, Threads, this.queue, this.open) = (name, threads, queue, open);
        for (var i = 0; i < threads; i++) new Thread(() => Serve(niceness)) { IsBackground = true, Name = name }.Start();
    }

    public string Name { get; }

    public int Threads { get; }

    /// <summary>Requests that wait for a thread.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>Requests begun and not ended.</summary>
    public int Begun => Volatile.Read(ref begun);

    /// <summary>Requests refused since the start.</summary>
    public long Refused => Volatile.Read(ref refused);

    /// <summary>Too much is asked of the whole registry.</summary>
    public static Fault Busy(TimeSpan wait) => new(Refusal.TooBusy, "", Math.Ceiling(wait.TotalSeconds)) { Again = wait };

    private bool TryWait()
    {
        if (Interlocked.Increment(ref waiting) <= queue && Begun < open) return true;
        Interlocked.Decrement(ref waiting);
        return false;
    }

    /// <summary>With the time that those who wait will take.</summary>
    private Fault Full()
    {
        Interlocked.Increment(ref refused);
        var wait = TimeSpan.FromTicks(Volatile.Read(ref took) * (Waiting + 1) / Threads);
        return Busy(wait < leastWait ? leastWait : wait > mostWait ? mostWait : wait);
    }

    [ThreadStatic]
    private static Lane? serving;

    private void Serve(int niceness)
    {
        serving = this;
        Niceness.Set(niceness);
        foreach (var (request, task) in work.GetConsumingEnumerable()) request.Execute(task);
    }

    public void Dispose() => work.CompleteAdding();

    /// <summary>One request: all of its code, from its turn on, runs on the lane's threads, whatever it waits for between; before, on the
    /// server's.</summary>
    public sealed class Request(Lane lane) : TaskScheduler
    {
        private volatile bool hasTurn;
        private long start;

        /// <summary>Runs it when its turn comes, or tells why not: the lane is full.</summary>
        /// <param name="request">The whole of it.</param>
        /// <param name="hasContent">Content is still to come: it begins at once, and waits for its turn when all has come (<see
        /// cref="Turn"/>), so that slow senders stand in nobody's way.</param>
        /// <param name="gone">Whoever asked has gone.</param>
        public async Task<Fault?> Run(Func<Task> request, bool hasContent, CancellationToken gone)
        {
            if (!hasContent && !lane.TryWait()) return lane.Full();
            var came = Stopwatch.GetTimestamp();
            hasTurn = !hasContent;
            return await Task.Factory.StartNew(Begin, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

            async Task<Fault?> Begin()
            {
                if (hasTurn && Started(came) is { } late) return late;
                try
                {
                    if (!gone.IsCancellationRequested) await request();
                    return null;
                }
                finally { End(); }
            }
        }

        /// <summary>All of its content has come: waits for its turn.</summary>
        /// <exception cref="FaultException">The lane is full.</exception>
        public async Task Turn()
        {
            if (!lane.TryWait()) throw new FaultException(lane.Full());
            var came = Stopwatch.GetTimestamp();
            hasTurn = true;
            await Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);
            if (Started(came) is { } late) throw new FaultException(late);
        }

        private Fault? Started(long came)
        {
            Interlocked.Decrement(ref lane.waiting);
            if (Stopwatch.GetElapsedTime(came) > patience) return lane.Full();
            Interlocked.Increment(ref lane.begun);
            start = Stopwatch.GetTimestamp();
            return null;
        }

        private void End()
        {
            if (start == 0) return;
            Interlocked.Decrement(ref lane.begun);
            var last = Stopwatch.GetElapsedTime(start).Ticks;
            Volatile.Write(ref lane.took, lane.took + (last - lane.took) / 8);
        }

        internal void Execute(Task task) => TryExecuteTask(task);

        protected override void QueueTask(Task task)
        {
            if (hasTurn) lane.work.Add((this, task));
            else ThreadPool.UnsafeQueueUserWorkItem(static one => one.Item1.Execute(one.task), (this, task), preferLocal: true);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
            hasTurn && serving == lane && TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
