using System.Collections.Concurrent;
using System.Data.Common;
using Registry.Transparency;

namespace Registry.Search;

/// <summary>
/// What readers of the search index share in memory: the terms of the certificates that are in no tile yet (two small tiles' worth at the
/// most), blocks of facts, and containers. Made from the file by whoever asks first, and brought up to the snapshot of whoever asks;
/// nothing of it is needed to write.
/// </summary>
public sealed class IndexReader : IDisposable
{
    /// <summary>Bytes of containers that are kept: when half as many have come in or were asked for again, the others are let go.</summary>
    private const long MaxContainers = 32 << 20;
    /// <summary>Blocks of the file that are kept; then all are let go. About 40 kB each.</summary>
    private const int MaxBlocks = 4096;
    /// <summary>Days of which the numbers of all certificates are kept, some 300 kB each.</summary>
    private const int MaxDays = 4;
    /// <summary>Acts after which everything in memory is made anew instead of mended.</summary>
    private const int MaxActs = 500;

    private readonly ReaderWriterLockSlim gate = new();
    private readonly Lock preparing = new();
    private Task? prepared, naming;
    private NameParts? names, namesMade;
    private volatile bool isDisposed;
    private readonly ConcurrentDictionary<long, Block> blocks = [];
    /// <summary>By their number the room of blocks that stand together.</summary>
    private readonly ConcurrentDictionary<long, FactColumns> columns = [];
    private readonly WordCodes wordCodes = new();
    private volatile ConcurrentDictionary<long, byte[]> containers = [], before = [];
    private readonly SortedList<long, Tail> tails = [];
    private readonly List<long> blockEnds = [];
    /// <summary>The one asked for last is the last.</summary>
    private readonly List<Everything> everything = [];
    private List<long> bodies = [];
    private long containerBytes, generation = -1, size = -1, lastSeq = -1, certificates;
    /// <summary>Size of the log whose acts all that is in memory shows; what is added shows more. Stopped while adding, only later acts
    /// are to be mended.</summary>
    private long mended = -1;

    /// <summary>Takes the newest certificates into memory beside whatever else goes on: whoever searches meanwhile waits, whoever looks
    /// something up does not. Then the order of names is made, which nobody waits for. Once; asked again it gives the same, or tries anew
    /// where that failed.</summary>
    public Task Prepare(Location file)
    {
        lock (preparing)
            return prepared is null or { IsFaulted: true } ? prepared = Task.Run(Begin) : prepared;

        void Begin()
        {
            using var db = file.OpenReadOnly(); // without the limit of a request
            Read(db, view => view.Names);
        }
    }

    public void Dispose()
    {
        isDisposed = true;
        foreach (var task in new[] { prepared, naming }.OfType<Task>()) Task.WaitAny(task);
        gate.Dispose();
    }

    /// <summary>Asks the index as it is in a snapshot.</summary>
    /// <param name="db">The reading connection.</param>
    /// <param name="ask">Holds the memory still meanwhile.</param>
    public T Read<T>(DbConnection db, Func<IndexView, T> ask)
    {
        var (made, now) = EntryLog.Moment(db);
        var isOlder = made > Volatile.Read(ref generation) || now > Volatile.Read(ref size);
        var lacksNames = Volatile.Read(ref namesMade) is not null || now > (Volatile.Read(ref names)?.Size ?? long.MaxValue);
        if (isOlder || lacksNames) BringTo(db, made, now);
        gate.EnterReadLock();
        try
        {
            var isNewest = made == generation && now == size;
            return ask(new(this, db, isNewest ? certificates : OrdinalAfter(db, now), isNewest));
        }
        finally { gate.ExitReadLock(); }
    }

    /// <summary>Certificates that a snapshot older than the memory sees.</summary>
    private long OrdinalAfter(DbConnection db, long now)
    {
        for (var ordinal = certificates; ordinal > 0; ordinal--)
            if (BlockOf(db, (ordinal - 1) / Facts.Size, keep: false).Seqs[(int)((ordinal - 1) % Facts.Size)] < now) return ordinal;
        return 0;
    }

    private void BringTo(DbConnection db, long made, long now)
    {
        gate.EnterWriteLock();
        try
        {
            // Another process has made anew what the log makes, which it does when something in it was wrong: nothing of it is kept.
            if (made > generation) (generation, size, mended, bodies, names) = (made, -1, -1, [], null);
            if (now < size || made < generation) return;
            if (namesMade is { } finished)
            {
                if (finished.Generation == made) names = finished;
                namesMade = null;
            }
            if (now > size) Add(db, now);
            names?.BringTo(db, now, seq => OrdinalOf(db, seq) ?? throw Facts.Damaged());
        }
        finally { gate.ExitWriteLock(); }
    }

    private void Add(DbConnection db, long now)
    {
        foreach (var numbers in everything) numbers.Forget();
        MendOrBegin(db, now);
        // Stopped on the way, it goes on from there: what came before is as it is now.
        try { AddNewest(db); }
        finally { size = Math.Max(size, lastSeq + 1); }
        size = now;
    }

    /// <summary>Certificates from which on the order of names is kept in parts: fewer are gone through soon enough.</summary>
    internal int ManyNames { get; init; } = 50_000;

    /// <summary>The parts of the order of names, for a snapshot that is the memory's. Who first asks (<see cref="Prepare"/> does), and who
    /// asks when there are many more, begins to have them made; until then there are none, or those of before.</summary>
    internal NameParts? NamesOf(DbConnection db, long certificates)
    {
        const int GivesWay = 10;
        // Where something was stopped halfway it may be ahead of the memory.
        var known = names?.Size == size ? names : null;
        if (certificates < ManyNames || names?.IsOutgrown(certificates) == false) return known;
        var file = db.DataSource;
        lock (preparing)
            if (naming is null or { IsCompleted: true } && namesMade is null)
                naming = Task.Factory.StartNew(Make, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return known;

        void Make()
        {
            Niceness.GiveWay(GivesWay);
            using var reading = Sqlite.OpenReadOnly(file);
            namesMade = NameParts.Make(reading, () => isDisposed);
        }
    }

    private void MendOrBegin(DbConnection db, long now)
    {
        var (known, from) = (size, mended);
        size = mended = -1; // half of it may be mended: stopped here, it is made anew by whoever asks next
        const string since = "SELECT DISTINCT certificate FROM statement WHERE seq >= @size LIMIT @most";
        var acted = from < 0 ? null : db.Rows(since, row => row.GetInt64(0), from, MaxActs + 1);
        if (acted is null || acted.Count > MaxActs) Begin(db);
        else foreach (var seq in acted) Mend(db, seq);
        (size, mended) = (Math.Max(known, lastSeq + 1), now);
    }

    private void Begin(DbConnection db)
    {
        blocks.Clear();
        everything.Clear();
        LetContainersGo();
        tails.Clear();
        blockEnds.Clear();
        var (count, last) = BlockStore.Last(db);
        certificates = count * Facts.Size;
        // What is in no tile begins where a block does.
        var after = db.Ask("SELECT count(*) FROM certificate WHERE seq > @last", row => row.GetInt64(0), last);
        certificates = Tiles.Sealed(certificates + after);
        lastSeq = certificates == 0 ? -1 : BlockEnd(db, certificates / Facts.Size - 1);
    }

    /// <summary>An act has changed a certificate that may be in memory.</summary>
    private void Mend(DbConnection db, long seq)
    {
        if (seq > lastSeq) return;
        var ordinal = OrdinalOf(db, seq) ?? throw Facts.Damaged();
        var (block, place) = (ordinal / Facts.Size, (int)(ordinal % Facts.Size));
        if (ordinal < Tiles.Sealed(certificates)) LetContainersGo();
        TakeOut(block);
        if (tails.TryGetValue(ordinal >> Tiles.Small, out var tail))
        {
            var row = IndexedRow.At(db, seq);
            tail.Remove((int)ordinal & (1 << Tiles.Small) - 1);
            tail.Add(row.Terms(), (int)ordinal & (1 << Tiles.Small) - 1);
            blocks[block].Set(place, seq, row.Fact(BodyOf(db, row)), Episodes(db, place, row));
        }
        else blocks.TryRemove(block, out _);
    }

    /// <summary>A block is about to change. What it was is no longer known where it was not kept: then all are counted anew.</summary>
    private void TakeOut(long no)
    {
        if (blocks.TryGetValue(no, out var block))
            foreach (var numbers in everything) numbers.TakeOut(no, block);
        else everything.RemoveAll(numbers => numbers.Counts(no));
    }

    private void AddNewest(DbConnection db)
    {
        const int Together = 512;
        var written = certificates % Facts.Size == 0 ? BlockStore.Last(db).Blocks : 0;
        for (List<IndexedRow>? rows = null; rows is null || rows.Count == Together;)
        {
            rows = IndexedRow.After(db, lastSeq, Together);
            foreach (var (row, terms) in Cut(rows))
            {
                var (ordinal, index) = (certificates, certificates >> Tiles.Small);
                if (!tails.TryGetValue(index, out var tail)) tails[index] = tail = new();
                tail.Add(terms, (int)ordinal & (1 << Tiles.Small) - 1);
                // At a start whole blocks are in the file already.
                if (ordinal / Facts.Size < written) BlockOf(db, ordinal / Facts.Size);
                else AddFacts(db, ordinal, row);
                (lastSeq, certificates) = (row.Seq, ordinal + 1);
            }
        }
        while (tails.Count > 0 && tails.Keys[0] << Tiles.Small < Tiles.Sealed(certificates)) tails.RemoveAt(0);
    }

    private void AddFacts(DbConnection db, long ordinal, IndexedRow row)
    {
        var (block, place) = (ordinal / Facts.Size, (int)(ordinal % Facts.Size));
        TakeOut(block);
        blocks.GetOrAdd(block, _ => new(wordCodes)).Set(place, row.Seq, row.Fact(BodyOf(db, row)), Episodes(db, place, row));
    }

    /// <summary>Rows with their terms. Of many they are cut on all processors: at a start whoever searches waits for them.</summary>
    private static IEnumerable<(IndexedRow Row, HashSet<long> Terms)> Cut(List<IndexedRow> rows)
    {
        const int Many = 128;
        if (rows.Count < Many) return rows.Select(row => (row, row.Terms()));
        // Not a parallel query: its hundred methods for such a pair are compiled by no release beforehand.
        var terms = new HashSet<long>[rows.Count];
        Parallel.For(0, terms.Length, i => terms[i] = rows[i].Terms());
        return rows.Select((row, i) => (row, terms[i]));
    }

    private int BodyOf(DbConnection db, IndexedRow row)
    {
        var last = bodies.Count == 0 ? -1 : bodies[^1];
        const string Later = "SELECT seq FROM body WHERE seq > @last ORDER BY seq";
        if (last < row.Body) bodies.AddRange(db.Rows(Later, body => body.GetInt64(0), last));
        return bodies.BinarySearch(row.Body);
    }

    private static IEnumerable<Episode> Episodes(DbConnection db, int place, IndexedRow row) =>
        row.HasActs ? BlockStore.EpisodesOf(db, place, row.Seq, row.Id) : [];

    // ---- what a view reads

    internal Tail? TailOf(IndexTile tile) => tile.Log == Tiles.Small && tails.TryGetValue(tile.Index, out var tail) ? tail : null;

    /// <summary>A container; kept, unless it is of a snapshot older than the memory: an act may have changed it since.</summary>
    internal byte[]? ContainerOf(DbConnection db, IndexTile tile, long term, bool keep)
    {
        var key = tile.Key(term);
        if (containers.TryGetValue(key, out var known)) return known;
        var bits = before.TryGetValue(key, out var older) ? older : TileStore.Read(db, tile, term);
        if (bits is null || !keep) return bits;
        if (Interlocked.Add(ref containerBytes, bits.Length + 64) > MaxContainers / 2) LetContainersGo(containers);
        containers[key] = bits;
        return bits;
    }

    private void LetContainersGo(ConcurrentDictionary<long, byte[]>? but = null)
    {
        (before, containers) = (but ?? [], []);
        Interlocked.Exchange(ref containerBytes, 0);
    }

    internal Block BlockOf(DbConnection db, long no, bool keep = true)
    {
        if (blocks.TryGetValue(no, out var known)) return known;
        if (blocks.Count > MaxBlocks)
            foreach (var other in blocks.Keys)
                if (other << Facts.Log < Tiles.Sealed(certificates)) blocks.TryRemove(other, out _);
        var read = BlockStore.Read(db, no, wordCodes, keep ? RoomOf(no) : Block.OwnRoom()) ?? throw Facts.Damaged();
        return keep ? blocks.GetOrAdd(no, read) : read;
    }

    /// <summary>Where the facts of a block that is kept are put. Who read one at the same time, from the same snapshot, put the same
    /// there.</summary>
    private (ArraySegment<DaysOf>, ArraySegment<ushort>) RoomOf(long no)
    {
        var (together, place) = Math.DivRem(no, 1L << ColumnLog - Facts.Log);
        if (together >= certificates >> ColumnLog) return Block.OwnRoom();
        return columns.GetOrAdd(together, _ => new(ColumnLog)).Of((int)place);
    }

    /// <summary>Of the number of certificates whose facts stand together once they are all there.</summary>
    internal int ColumnLog { get; init; } = Tiles.Large;

    /// <summary>All certificates counted on a day.</summary>
    internal Everything EverythingOn(AskedDay day)
    {
        lock (everything)
        {
            var at = everything.FindIndex(numbers => numbers.Day == day.Number);
            var asked = at < 0 ? new(day) : everything[at];
            if (at >= 0) everything.RemoveAt(at);
            else if (everything.Count == MaxDays) everything.RemoveAt(0);
            everything.Add(asked);
            return asked;
        }
    }

    /// <summary>The ordinal of a certificate; null when it is none that was in the memory's snapshot.</summary>
    internal long? OrdinalOf(DbConnection db, long seq)
    {
        if (seq > lastSeq) return null;
        var no = BlockNoOf(db, seq);
        var block = BlockOf(db, no);
        var place = block.Seqs.PlaceOf(seq);
        return place < 0 ? null : no * Facts.Size + place;
    }

    /// <summary>The ordinals of certificates of the memory's snapshot; what is none is left out.</summary>
    /// <param name="db">The reading connection.</param>
    /// <param name="seqs">Ascending; some may come twice.</param>
    internal Span<long> OrdinalsOf(DbConnection db, long[] seqs)
    {
        var (ordinals, many) = (new long[seqs.Length], 0);
        for (var i = 0; i < seqs.Length && seqs[i] <= lastSeq;)
        {
            // All of one block.
            var no = BlockNoOf(db, seqs[i]);
            var block = BlockOf(db, no);
            var run = 0;
            for (var last = block.Seqs[^1]; i < seqs.Length && seqs[i] <= last; i++)
            {
                if (i > 0 && seqs[i] == seqs[i - 1]) continue;
                if (block.Seqs.PlaceOf(seqs[i], ref run) is >= 0 and var place) ordinals[many++] = no * Facts.Size + place;
            }
        }
        return ordinals.AsSpan(0, many);
    }

    /// <summary>The block that a certificate is in, if it is one.</summary>
    private long BlockNoOf(DbConnection db, long seq)
    {
        var from = Tiles.Sealed(certificates);
        long no;
        if (from > 0 && seq <= BlockEnd(db, from / Facts.Size - 1))
        {
            lock (blockEnds) no = blockEnds.BinarySearch(seq);
            if (no < 0) no = ~no;
        }
        else
            for (no = from / Facts.Size; (no + 1) * Facts.Size <= certificates && BlockOf(db, no).Seqs[^1] < seq;) no++;
        return no;
    }

    /// <summary>The last log index of a block of the file.</summary>
    private long BlockEnd(DbConnection db, long no)
    {
        lock (blockEnds)
        {
            if (blockEnds.Count <= no) blockEnds.AddRange(BlockStore.EndsFrom(db, blockEnds.Count));
            return blockEnds[(int)no];
        }
    }

    internal long BodySeq(DbConnection db, int place) => place < bodies.Count ? bodies[place]
        : db.Ask("SELECT seq FROM body ORDER BY seq LIMIT 1 OFFSET @place", row => row.GetInt64(0), (long)place);
}
