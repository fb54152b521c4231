using System.Collections.Concurrent;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>
/// Counts openings in memory and writes them together every ten seconds, so that nobody who scans waits for a disk. What a crash loses is
/// at most those seconds of counting. At most <see cref="MaxWaiting"/> codes wait; beyond it the counts of further codes are left out.
/// </summary>
public sealed class ScanCounter(Database database, TimeProvider time) : BackgroundService
{
    private const int MaxWaiting = 50_000;
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(10);
    private ConcurrentDictionary<string, Scans> waiting = new();

    /// <summary>Counts one opening and tells all of them, this one among them.</summary>
    /// <param name="code">Of a mark or an item that exists.</param>
    /// <param name="stored">What the table says.</param>
    public Scans Count(string code, Scans? stored)
    {
        var now = time.GetUtcNow();
        var counting = waiting;
        if (counting.Count >= MaxWaiting && !counting.ContainsKey(code)) return Scans.Next(stored, now.ToUnixTimeMilliseconds(), Day.Of(now));
        return Scans.Sum(stored, counting.AddOrUpdate(code, _ => Scans.Next(null, now.ToUnixTimeMilliseconds(), Day.Of(now)), (_, before) => Scans.Next(before, now.ToUnixTimeMilliseconds(), Day.Of(now))));
    }

    /// <summary>All openings so far, without counting one.</summary>
    public Scans Of(string code, Scans? stored) => Scans.Sum(stored, waiting.GetValueOrDefault(code));

    /// <summary>Writes what waits, in one transaction with whatever else is posted.</summary>
    public async Task Flush()
    {
        var counted = Interlocked.Exchange(ref waiting, new());
        if (counted.IsEmpty) return;
        await database.WriteAsync(transaction =>
        {
            foreach (var (code, scans) in counted) ScanStore.Add(transaction.Connection, code, scans);
            return 0;
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(interval, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try { await Flush(); }
            catch (CannotRecordException) { } // it is only counts
        }
    }
}
