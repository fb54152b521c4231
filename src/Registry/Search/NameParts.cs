using System.Data.Common;
using System.Runtime.Intrinsics;
using System.Text;
using Registry.Transparency;

namespace Registry.Search;

/// <summary>
/// Where certificates stand in the order of their holders' names, coarsely. That order is cut into parts of about equally many, and of each
/// certificate, by its ordinal, its part is known: the first hits in the order of names are found by comparing columns, and only their
/// names are read. Made in one reading of the table's index of names, which takes some seconds for ten million, and then brought up to each
/// snapshot; two bytes a certificate.
/// </summary>
internal sealed class NameParts
{
    /// <summary>Parts at the most. One of ten million certificates holds some six hundred.</summary>
    private const int Most = 1 << 14;

    /// <summary>So many times as many certificates as there were when it was made, and it is made anew: parts have grown with
    /// them.</summary>
    private const int Outgrown = 2;

    /// <summary>Names read at a time.</summary>
    private const int Together = 4096;

    private readonly List<(byte[] Name, long Seq)> firsts = [([], -1)];
    private readonly long certificates;
    /// <summary>By ordinal, in whole blocks.</summary>
    private ushort[] parts = [];

    private NameParts(long generation, long size, long certificates) =>
        (Generation, Size, this.certificates) = (generation, size, certificates);

    /// <summary>How often tables had been made anew beside the work when it was made.</summary>
    public long Generation { get; }

    /// <summary>Entries of the log whose certificates and acts it shows.</summary>
    public long Size { get; private set; }

    public int Count => firsts.Count;

    public bool IsOutgrown(long certificates) => certificates > this.certificates * Outgrown;

    /// <summary>Reads all names.</summary>
    /// <param name="db">A connection in a snapshot.</param>
    /// <param name="isStopped">Asked between one and the next.</param>
    /// <param name="most">Parts at the most.</param>
    /// <returns>Null where it was stopped.</returns>
    public static NameParts? Make(DbConnection db, Func<bool> isStopped, int most = Most)
    {
        var (generation, size) = EntryLog.Moment(db);
        var made = new NameParts(generation, size, BlockStore.Count(db, long.MaxValue));
        var (width, ofLast, bySeq) = (made.certificates / most + 1, 0L, new ushort[size]);
        for (var reached = Cursor.Start(SearchOrder.Holder); ;)
        {
            if (isStopped()) return null;
            // Only names that a part begins with are read, and the last, to go on from.
            var some = Behind(db, reached, Together, (row, place) =>
            {
                var seq = row.GetInt64(0);
                if (ofLast++ == width)
                {
                    made.firsts.Add((Encoding.UTF8.GetBytes(row.GetString(1)), seq));
                    ofLast = 1;
                }
                bySeq[seq] = (ushort)(made.firsts.Count - 1);
                return place == Together - 1 ? row.GetString(1) : null;
            });
            if (some.Count < Together) break;
            reached = reached with { Seq = some[^1].Seq, Name = some[^1].Read! };
        }
        made.Reserve(made.certificates);
        var ordinal = 0;
        foreach (var seq in BlockStore.Seqs(db)) made.parts[ordinal++] = bySeq[seq];
        return made;
    }

    /// <summary>Room for so many certificates.</summary>
    private void Reserve(long many)
    {
        var blocks = (many + Facts.Size - 1) / Facts.Size;
        if (blocks * Facts.Size > parts.Length) Array.Resize(ref parts, (int)((blocks + blocks / 64) * Facts.Size));
    }

    /// <summary>Takes in what a later snapshot has: new certificates, and names that acts have changed.</summary>
    /// <param name="db">A connection in that snapshot.</param>
    /// <param name="size">Of the log there.</param>
    /// <param name="ordinalOf">The ordinal of a certificate of it by its log index.</param>
    /// <returns>How many names were looked at.</returns>
    public int BringTo(DbConnection db, long size, Func<long, long> ordinalOf)
    {
        const string since = """
            SELECT seq, holder_key FROM certificate WHERE seq >= @size
            UNION SELECT c.seq, c.holder_key FROM (SELECT DISTINCT certificate FROM statement WHERE seq >= @size) s
            CROSS JOIN certificate c ON c.seq = s.certificate
            """;
        if (size <= Size) return 0;
        var names = db.Rows(since, row => (Seq: row.GetInt64(0), Name: row.GetString(1)), Size);
        var known = names.ConvertAll(one => (Ordinal: ordinalOf(one.Seq), Part: PartOf(one.Name, one.Seq)));
        if (known.Count > 0) Reserve(known.Max(one => one.Ordinal) + 1);
        foreach (var (ordinal, part) in known) parts[ordinal] = (ushort)part;
        Size = size;
        return names.Count;
    }

    /// <summary>Keeps of a block, as its bits, what lies in the parts from one to another.</summary>
    public void Keep(long block, int first, int last, Span<ulong> bits)
    {
        var column = parts.AsSpan((int)block * Facts.Size, Facts.Size);
        var (from, width) = (Vector256.Create((ushort)first), Vector256.Create((ushort)(last - first)));
        for (var word = 0; word < bits.Length; word++)
        {
            if (bits[word] == 0) continue;
            var some = column.Slice(word * 64, 64);
            bits[word] &= Within(some, from, width) | (ulong)Within(some[32..], from, width) << 32;
        }

        static uint Within(ReadOnlySpan<ushort> some, Vector256<ushort> from, Vector256<ushort> width)
        {
            var low = Vector256.LessThanOrEqual(Vector256.Create(some) - from, width);
            var high = Vector256.LessThanOrEqual(Vector256.Create(some[16..]) - from, width);
            return Vector256.Narrow(low, high).ExtractMostSignificantBits();
        }
    }

    /// <summary>The part that a certificate is in.</summary>
    public int this[long ordinal] => parts[ordinal];

    /// <summary>The part that a place in the order is in.</summary>
    public int PartOf(string name, long seq)
    {
        var (key, from, to) = (Encoding.UTF8.GetBytes(name), 0, firsts.Count);
        while (to - from > 1)
        {
            var middle = (from + to) / 2;
            var (first, firstSeq) = firsts[middle];
            var order = first.AsSpan().SequenceCompareTo(key);
            if (order < 0 || order == 0 && firstSeq <= seq) from = middle;
            else to = middle;
        }
        return from;
    }

    /// <summary>The place before the first of a part.</summary>
    public Cursor Before(int part) =>
        new(SearchOrder.Holder, firsts[part].Seq - 1) { Name = Encoding.UTF8.GetString(firsts[part].Name) };

    // The rest of one name, and then the next names: a condition on both at once costs twice as much a row.
    private const string
        Same = "SELECT seq, holder_key FROM certificate WHERE holder_key = @name AND seq > @seq ORDER BY seq LIMIT @limit",
        Next = "SELECT seq, holder_key FROM certificate WHERE holder_key > @name ORDER BY holder_key, seq LIMIT @limit";

    /// <summary>Certificates behind a place in the order of names, so many at the most.</summary>
    /// <param name="db">A connection in a snapshot.</param>
    /// <param name="from">The place.</param>
    /// <param name="many">Fewer come at the end of all.</param>
    /// <param name="read">Takes the log index and the folded name of each, and how many came before.</param>
    public static List<(long Seq, T Read)> Behind<T>(DbConnection db, Cursor from, int many, Func<DbDataReader, int, T> read)
    {
        var place = 0;
        (long, T) Read(DbDataReader row) => (row.GetInt64(0), read(row, place++));
        var some = db.Rows(Same, Read, from.Name, from.Seq, many);
        if (some.Count < many) some.AddRange(db.Rows(Next, Read, from.Name, many - some.Count));
        return some;
    }
}
