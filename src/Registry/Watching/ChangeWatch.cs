using System.Data.Common;
using System.Runtime.CompilerServices;
using Registry.Transparency;

namespace Registry.Watching;

/// <summary>
/// Wakes whoever waits for changes. New entries are read once for all of them, soon after a commit, and each looks at what was read:
/// neither many who wait nor many commits cost a query each. On a node and on a mirror entries come by following; it is the same there.
/// </summary>
public sealed class ChangeWatch(Database database, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>Commits within this are told together.</summary>
    private static readonly TimeSpan gather = TimeSpan.FromMilliseconds(100);
    /// <summary>How often is looked for what another process or node recorded, while somebody waits.</summary>
    private static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1);
    /// <summary>Entries read at a time.</summary>
    private const int Together = 500;

    private readonly Lock guard = new();
    private readonly SemaphoreSlim committed = new(0, 1);
    private readonly Queue<Batch> kept = [];
    private int keptEntries, waiting;
    private Batch tail = new(0, []);

    /// <summary>How many may wait at one time.</summary>
    public int MaxWaiting { get; set; } = 1000;

    /// <summary>How many entries are kept for those who are slow: who is slower reads the file again.</summary>
    public int MaxKept { get; set; } = 10_000;

    /// <summary>How many wait.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>New entries, and the entries behind them when they come. Its content goes when too many have come since.</summary>
    private sealed class Batch(long to, Change[]? changes)
    {
        public readonly TaskCompletionSource<Batch> Next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        /// <summary>Index of the first entry that it does not hold.</summary>
        public readonly long To = to;
        public volatile Change[]? Changes = changes;
    }

    /// <summary>What is recorded behind an entry: first what there is, then whatever comes, as soon as it does. Pages may be empty; each
    /// says where it got to.</summary>
    /// <exception cref="FaultException">Too many wait already.</exception>
    public async IAsyncEnumerable<ChangePage> Follow(
        ChangeFilter filter, long after, int limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, lifetime.ApplicationStopping);
        Sit();
        try
        {
            while (true)
            {
                // First the place in the queue, then the file: nothing can come between the two.
                Batch at;
                lock (guard) at = tail;
                ChangePage page;
                do
                {
                    var from = after;
                    page = database.Read(db => ChangeStore.Page(db, filter, from, limit), both.Token);
                    after = page.Next;
                    yield return page;
                } while (!page.IsEnd);

                while ((at = await at.Next.Task.WaitAsync(both.Token)).Changes is { } changes)
                {
                    Change[] items = [.. changes.Where(change => change.LogIndex > after && filter.Matches(change))];
                    after = Math.Max(after, at.To - 1);
                    yield return new(items, after, true);
                }
            }
        }
        finally { Interlocked.Decrement(ref waiting); }
    }

    private void Sit()
    {
        lock (guard)
        {
            if (waiting >= MaxWaiting) throw new FaultException(Refusal.TooManyWaiting);
            // While nobody waited nothing was read.
            if (waiting == 0) tail = new(database.Read(EntryLog.Size), []);
            Interlocked.Increment(ref waiting);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        database.OnCommitted = Wake;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await committed.WaitAsync(lookEvery, stop);
                if (Waiting == 0) continue;
                if (database.Node is { } node) await node.Level(stop);
                Tell();
            }
            // They go on waiting: the next look is in a second.
            catch (Exception error) when (error is DbException or SharedLogException or OperationCanceledException) { }
            await Task.Delay(gather, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Wake()
    {
        if (Waiting == 0 || committed.CurrentCount > 0) return;
        try { committed.Release(); }
        catch (SemaphoreFullException) { } // two at once: one is enough
    }

    private void Tell()
    {
        while (true)
        {
            Batch last;
            lock (guard) last = tail;
            var changes = database.Read(db => ChangeStore.Of(db, EntryLog.Range(db, last.To, Together)));
            if (changes.Count == 0) return;
            var next = new Batch(changes[^1].LogIndex + 1, [.. changes]);
            lock (guard)
            {
                if (tail != last) continue; // the last one left and another came
                tail = next;
                Keep(next);
            }
            last.Next.SetResult(next);
        }
    }

    private void Keep(Batch batch)
    {
        kept.Enqueue(batch);
        for (keptEntries += batch.Changes!.Length; keptEntries > MaxKept;)
        {
            var oldest = kept.Dequeue();
            keptEntries -= oldest.Changes!.Length;
            oldest.Changes = null;
        }
    }
}
