using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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
    private readonly Lately lately = new();

    /// <summary>Counts one opening and tells all of them, this one among them. Whoever opened the page minutes ago has only looked
    /// again.</summary>
    /// <param name="code">Of a mark or an item that exists.</param>
    /// <param name="stored">What the table says.</param>
    /// <param name="visitor">What tells visitors apart; kept is a hash alone, which nobody can make again after twenty minutes.</param>
    public Scans Count(string code, Scans? stored, string visitor)
    {
        var now = time.GetUtcNow();
        if (!lately.IsNew($"{code} {visitor}", now)) return Of(code, stored);
        var counting = waiting;
        Scans Next(Scans? before) => Scans.Next(before, now.ToUnixTimeMilliseconds(), Day.Of(now));
        if (counting.Count >= MaxWaiting && !counting.ContainsKey(code)) return Next(stored);
        return Scans.Sum(stored, counting.AddOrUpdate(code, _ => Next(null), (_, before) => Next(before)));
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

    /// <summary>
    /// What was seen in the last ten to twenty minutes: sixteen bytes of HMAC-SHA-256 under a key that is made anew every ten, in memory
    /// only. A hash is worth nothing once its key is gone: no address and no device can be found from it, by the operator either.
    /// </summary>
    private sealed class Lately
    {
        /// <summary>Hashes under one key, 16 bytes each: beyond it a new key begins early.</summary>
        private const int Most = 100_000;
        private static readonly TimeSpan window = TimeSpan.FromMinutes(10);
        private readonly Lock guard = new();
        private (byte[] Key, HashSet<UInt128> Seen) now = Fresh(), before = Fresh();
        private DateTimeOffset until;

        public bool IsNew(string what, DateTimeOffset at)
        {
            var bytes = Encoding.UTF8.GetBytes(what);
            lock (guard)
            {
                if (at >= until || now.Seen.Count >= Most)
                {
                    (before, now) = (at >= until + window ? Fresh() : now, Fresh());
                    until = at + window;
                }
                return !before.Seen.Contains(Hash(before.Key, bytes)) && now.Seen.Add(Hash(now.Key, bytes));
            }
        }

        private static (byte[], HashSet<UInt128>) Fresh() => (RandomNumberGenerator.GetBytes(32), []);

        private static UInt128 Hash(byte[] key, byte[] what) => BinaryPrimitives.ReadUInt128BigEndian(HMACSHA256.HashData(key, what));
    }
}
