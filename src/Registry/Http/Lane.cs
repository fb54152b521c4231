using System.Collections.Concurrent;

namespace Registry.Http;

/// <summary>
/// Few threads for one kind of work, and a short queue before them, bounded by the time that whoever comes would wait in it. It may be long
/// in a burst (a page that asks for five things, forty people at once), and is short once it has stood for a while: then more comes than
/// can be answered, and nobody is served by waiting. While much is refused it is shorter still. Whoever finds it full is told so at once,
/// with the time after which there will be room. The threads are the lane's own, and give way to the server's and the writer's: look-ups
/// and posts are answered beside them as if they were not there. A request that waits for its reader or its content holds no thread.
/// </summary>
public sealed class Lane : IDisposable
{
    /// <summary>After so long in the queue nobody waits for the answer any more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A queue that was not empty for as long as so many requests take, and no longer than a second, is no burst. (The rule is
    /// that of "Fail at Scale", ACM Queue 13/8, after CoDel.) By what requests take, not by a time: a tenth of a second let in 300 searches
    /// of a millisecond before it was seen that they did not end, and most of them waited five times what the later ones did.</summary>
    private const int Burst = 32;
    private static readonly TimeSpan mostBurst = TimeSpan.FromSeconds(1);

    /// <summary>Whoever waits so many times what his own request takes, and no longer than a second, hardly notices, and sixteen readers
    /// who ask again as soon as they are answered are no crowd: it may always be so long. (They would only come again: at ten million
    /// certificates, where a search takes 14 ms, most of 16 were refused for ever.)</summary>
    private const int Unnoticed = 8;
    private static readonly TimeSpan mostUnnoticed = TimeSpan.FromSeconds(1);

    /// <summary>In a crowd whoever is let in waits so many times what his own request takes and no longer: nearly as much is
    /// answered.</summary>
    private const int InCrowd = 2;

    /// <summary>In the average of what requests take, the last counts for one in so many; and one that took longer than so many others is
    /// an exception and counts as so many, or a single list of 10,000 rows would have the searches after it refused.</summary>
    private const int Remembered = 16, Exception = 4;
    private static readonly TimeSpan leastWait = TimeSpan.FromSeconds(1), mostWait = TimeSpan.FromMinutes(1);

    private readonly BlockingCollection<(Request Request, Task Task)> work = [];
    private readonly int queue, open;
    private readonly TimeProvider time;
    private readonly TimeSpan inBurst, inQueue;
    private int waiting, begun;
    private long refused;
    /// <summary>Since when the queue was not empty.</summary>
    private long standing;
    private readonly Crowd crowd;
    /// <summary>Ticks that a request holds a thread, as an average.</summary>
    private long took = TimeSpan.TicksPerMillisecond;

    /// <param name="name">Of its threads and in metrics.</param>
    /// <param name="threads">How many work on it.</param>
    /// <param name="queue">Requests that may wait for one.</param>
    /// <param name="open">Requests that may be begun and not ended, those that wait for their readers among them.</param>
    /// <param name="inBurst">For how long somebody may have to wait while many come at once.</param>
    /// <param name="inQueue">The same once the queue has stood for a while.</param>
    /// <param name="givesWay">How much the threads give way to all others: <see cref="Niceness.GiveWay"/>.</param>
    /// <param name="time">By which it measures.</param>
    public Lane(
        string name, int threads, int queue, int open, TimeSpan inBurst, TimeSpan inQueue, int givesWay, TimeProvider? time = null)
    {
        (Name, Threads, this.queue, this.open) = (name, threads, queue, open);
        (this.inBurst, this.inQueue, this.time) = (inBurst, inQueue, time ?? TimeProvider.System);
        crowd = new(this.time);
        for (var i = 0; i < threads; i++) new Thread(() => Serve(givesWay)) { IsBackground = true, Name = name }.Start();
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
        var place = Interlocked.Increment(ref waiting);
        if (place == 1) Volatile.Write(ref standing, time.GetTimestamp());
        var isRoom = place <= queue && Begun < open && Wait(place) <= Longest();
        if (!isRoom) Interlocked.Decrement(ref waiting);
        crowd.Count(isRoom);
        return isRoom;
    }

    /// <summary>How long whoever has that place in the queue will wait.</summary>
    private TimeSpan Wait(int place) => TimeSpan.FromTicks(Volatile.Read(ref took) * place / Threads);

    private TimeSpan Longest()
    {
        var own = Volatile.Read(ref took);
        TimeSpan Times(int times) => TimeSpan.FromTicks(Math.Max(own, Math.Min(own * times, mostUnnoticed.Ticks)));
        if (crowd.Is) return Times(InCrowd);
        var isBurst = !crowd.IsOrWas
            && time.GetElapsedTime(Volatile.Read(ref standing)).Ticks <= Math.Min(own * Burst, mostBurst.Ticks);
        var (most, unnoticed) = (isBurst ? inBurst : inQueue, Times(Unnoticed));
        return most > unnoticed ? most : unnoticed;
    }

    /// <summary>With the time that those who wait will take.</summary>
    private Fault Full()
    {
        Interlocked.Increment(ref refused);
        var wait = Wait(Waiting + 1);
        return Busy(wait < leastWait ? leastWait : wait > mostWait ? mostWait : wait);
    }

    /// <param name="ticks">That a request held a thread.</param>
    private void Learn(long ticks)
    {
        var before = Volatile.Read(ref took);
        Volatile.Write(ref took, Math.Max(before + (Math.Min(ticks, before * Exception) - before) / Remembered, 1));
    }

    [ThreadStatic]
    private static Lane? serving;

    private void Serve(int givesWay)
    {
        serving = this;
        Niceness.GiveWay(givesWay);
        foreach (var (request, task) in work.GetConsumingEnumerable()) request.Work(task);
    }

    public void Dispose() => work.CompleteAdding();

    /// <summary>One request: all of its code, from its turn on, runs on the lane's threads, whatever it waits for between; before, on the
    /// server's.</summary>
    public sealed class Request(Lane lane) : TaskScheduler
    {
        private volatile bool hasTurn;
        private bool isBegun;
        /// <summary>Ticks that it has held a thread of the lane, and since when it holds one now: what it waits for costs the lane
        /// nothing.</summary>
        private long worked, since;

        /// <summary>Runs it when its turn comes, or tells why not: the lane is full.</summary>
        /// <param name="request">The whole of it.</param>
        /// <param name="hasContent">Content is still to come: it begins at once, and waits for its turn when all has come (<see
        /// cref="Turn"/>), so that slow senders stand in nobody's way.</param>
        /// <param name="gone">Whoever asked has gone.</param>
        public async Task<Fault?> Run(Func<Task> request, bool hasContent, CancellationToken gone)
        {
            if (!hasContent && !lane.TryWait()) return lane.Full();
            var came = lane.time.GetTimestamp();
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
            var came = lane.time.GetTimestamp();
            hasTurn = true;
            await Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);
            if (Started(came) is { } late) throw new FaultException(late);
        }

        private Fault? Started(long came)
        {
            Interlocked.Decrement(ref lane.waiting);
            if (lane.time.GetElapsedTime(came) > Patience) return lane.Full();
            Interlocked.Increment(ref lane.begun);
            isBegun = true;
            return null;
        }

        private void End()
        {
            if (!isBegun) return;
            Interlocked.Decrement(ref lane.begun);
            lane.Learn(worked + lane.time.GetElapsedTime(since).Ticks);
        }

        /// <summary>On a thread of the lane.</summary>
        internal void Work(Task task)
        {
            since = lane.time.GetTimestamp();
            TryExecuteTask(task);
            worked += lane.time.GetElapsedTime(since).Ticks;
        }

        private void Execute(Task task) => TryExecuteTask(task);

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
