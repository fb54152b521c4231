using System.Data.Common;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>
/// Keeps the map from each certificate to its newest statement beside the log. Its root stands in the log: in the first statement of each
/// commit that the registry signs itself, over all entries before that one. So the map of the tables is always that of the newest root, and
/// whoever replays the log makes each root anew. Statements that bodies sign bear none: over a commit of these alone the next root speaks.
/// </summary>
public static class NewestStatements
{
    /// <summary>Every so many entries the map is brought up to date, whether or not a root is due, so that none is made over millions at
    /// once: a log of before there were roots has none.</summary>
    public const int Slice = 1 << 14;

    /// <summary>The root that the next statement bears, where the registry signs it; null where it bears none.</summary>
    public static string? Root(Transaction transaction)
    {
        var next = EntryLog.NextSeq(transaction);
        var ofCommit = transaction.Memory.Appended.Count;
        var isDue = ofCommit == 0 || transaction.Memory.Of<MapStore>().Size < next - ofCommit || next % Slice == 0;
        return isDue && !transaction.Memory.IsTrial ? Convert.ToBase64String(Bring(transaction, next, isReplay: false)) : null;
    }

    /// <summary>Keeps up with an entry that others signed, before it is made part of the tables.</summary>
    /// <exception cref="FaultException">It bears another root than the entries before it give.</exception>
    public static void Follow(Transaction transaction, long seq, string? root)
    {
        if (transaction.Memory.IsTrial || root is null && seq % Slice != 0) return;
        var made = Bring(transaction, seq, isReplay: true);
        if (root is not null && root != Convert.ToBase64String(made)) throw new FaultException(Refusal.WrongMap);
    }

    /// <summary>Notes what an entry is about that has been made part of the tables, so that it need not be read back.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="seq">Its index.</param>
    /// <param name="certificate">Id; null where it is about none.</param>
    public static void Note(Transaction transaction, long seq, string? certificate) =>
        transaction.Memory.Of<Waiting>().Add(seq, certificate);

    /// <summary>What entries are about that follow one another and are not in the map yet.</summary>
    private sealed class Waiting
    {
        private readonly List<(ulong Id, long Seq)> statements = [];
        private long from, to;

        public void Add(long seq, string? certificate)
        {
            if (seq != to)
            {
                statements.Clear();
                from = seq;
            }
            to = seq + 1;
            if (certificate is not null) statements.Add((Identifier.Bits(certificate), seq));
        }

        /// <summary>Of just these entries; null where others came between, from another process or before the start.</summary>
        public List<(ulong Id, long Seq)>? Take(long first, long end) => (from, to) == (first, end) ? [.. statements] : null;

        public void Taken()
        {
            statements.Clear();
            from = to;
        }
    }

    /// <summary>Makes the map of a file that had none, as far as replaying its log would. Stopped, it goes on where it was.</summary>
    /// <param name="writer">The writer's connection, outside of a transaction.</param>
    /// <param name="log">Where it is told what is waited for.</param>
    public static void Complete(DbConnection writer, ILogger log)
    {
        var covers = (EntryLog.Size(writer) - 1) / Slice * Slice;
        for (var size = MapStore.SizeOf(writer); size < covers; size = MapStore.SizeOf(writer))
        {
            var to = Math.Min(covers, size + Together);
            Sqlite.Write(writer, log, () => Bring(new(writer, default, Author: null), to, isReplay: false));
            Sqlite.WriteBack(writer);
        }
    }

    /// <summary>Entries that are taken in at once: each time nearly every row of the map is written, and all of them are in
    /// memory.</summary>
    private const int Together = 1 << 19;

    /// <summary>Entries that are read at a time.</summary>
    private const int Portion = 256;

    /// <summary>Nothing is made from a map that is damaged: its root is the one that the entry after what it covers bears, if it bears
    /// one.</summary>
    /// <exception cref="ForkedLogException">It is not.</exception>
    private static MapStore Vouched(DbConnection db, MapStore map)
    {
        if (map.IsVouched) return map;
        if (Borne(db, map.Size) is { } root && root != Convert.ToBase64String(map.Root)) throw map.Damaged();
        map.IsVouched = true;
        return map;
    }

    private static string? Borne(DbConnection db, long seq) =>
        EntryLog.Find(db, seq) is { } entry ? ReadLeaf.StatementOf(entry.Leaf)?.Map : null;

    /// <summary>The map as a snapshot shows it; null where the log does not hold its root.</summary>
    /// <exception cref="ForkedLogException">It is damaged.</exception>
    public static MapStore? Read(DbConnection snapshot)
    {
        var map = MapStore.Of(snapshot);
        return Borne(snapshot, map.Size) is null ? null : Vouched(snapshot, map);
    }

    /// <param name="transaction">The writer's.</param>
    /// <param name="covers">Entries that the map covers then.</param>
    /// <param name="isReplay">An act about what is no id is passed over: whoever looks for what is wrong in a log keeps entries that are
    /// refused. A registry never recorded one, so there its entry is damaged, and no root is made over it.</param>
    /// <exception cref="ForkedLogException">An id is damaged.</exception>
    private static byte[] Bring(Transaction transaction, long covers, bool isReplay)
    {
        var db = transaction.Connection;
        var map = Vouched(db, MapStore.Of(transaction));
        var waiting = transaction.Memory.Of<Waiting>();
        for (var from = map.Size; from < covers; from = map.Size)
        {
            var to = Math.Min(covers, from + Together);
            map.Put(db, to, Newest(waiting.Take(from, to) ?? [.. Statements(db, from, to, isReplay)]));
        }
        waiting.Taken();
        return map.Root;
    }

    /// <summary>Of each certificate the newest statement, and how many they are, in the order of ids.</summary>
    private static List<MapEntry> Newest(List<(ulong Id, long Seq)> statements)
    {
        statements.Sort();
        var newest = new List<MapEntry>(statements.Count);
        foreach (var (id, seq) in statements)
            if (newest.Count > 0 && newest[^1] is var last && last.Id == id) newest[^1] = new(id, seq, last.Count + 1);
            else newest.Add(new(id, seq, 1));
        return newest;
    }

    /// <summary>What entries are about which certificate. Issues stand in the table of certificates; what else there is, is read.</summary>
    private static IEnumerable<(ulong Id, long Seq)> Statements(DbConnection db, long from, long to, bool isReplay)
    {
        const string Issued = "SELECT seq, id FROM certificate WHERE seq >= @from AND seq < @to ORDER BY seq";
        var issues = db.Rows(Issued, row => (Seq: row.GetInt64(0), Id: row.GetString(1)), from, to);
        var next = from;
        foreach (var (seq, id) in issues)
        {
            foreach (var act in Acts(db, next, seq, isReplay)) yield return act;
            yield return (BitsOf(id, seq), seq);
            next = seq + 1;
        }
        foreach (var act in Acts(db, next, to, isReplay)) yield return act;
    }

    private static IEnumerable<(ulong Id, long Seq)> Acts(DbConnection db, long from, long to, bool isReplay)
    {
        if (from == to) yield break;
        var entries = EntryLog.Portions(db, from, (int)Math.Min(Portion, to - from)).SelectMany(portion => portion);
        foreach (var entry in entries.TakeWhile(entry => entry.Seq < to))
            if (ReadLeaf.StatementOf(entry.Leaf) is Amendment { Certificate: var id } && (!isReplay || Identifier.Parse(id) == id))
                yield return (BitsOf(id, entry.Seq), entry.Seq);
    }

    /// <summary>Its check character tells whether an id is as it was recorded.</summary>
    private static ulong BitsOf(string id, long seq) => Identifier.Parse(id) == id
        ? Identifier.Bits(id)
        : throw new ForkedLogException(
            $"Entry {seq} is said to be about the certificate {id}, which is no id. The database is damaged. {TreeStore.HowToMend}");
}
