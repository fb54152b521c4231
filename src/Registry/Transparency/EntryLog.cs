using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Transparency;

/// <summary>One entry of the log.</summary>
/// <param name="Seq">Its index, from 0.</param>
/// <param name="Leaf">The signed statement, byte for byte: a compact JWS.</param>
/// <param name="RecordedAt">Milliseconds since 1970.</param>
public readonly record struct Entry(long Seq, byte[] Leaf, long RecordedAt)
{
    /// <summary>The statement it holds, with the instant it was recorded.</summary>
    public Statement Statement => Statement.FromJson(Jws.PayloadOf(Leaf)) with { RecordedAt = DateTimeOffset.FromUnixTimeMilliseconds(RecordedAt) };
}

/// <summary>The log: every statement once, byte for byte as it was signed, in one order. It is the truth; every other table is made from it.</summary>
public static class EntryLog
{
    /// <summary>Longest leaf: the entry bundles of C2SP tlog-tiles give a length two bytes.</summary>
    public const int MaxLeaf = 65_535;

    private const string Columns = "seq, leaf, recorded_at";

    /// <summary>Number of entries.</summary>
    public static long Size(DbConnection connection) => connection.ExecuteScalar<long>("SELECT coalesce(max(seq) + 1, 0) FROM entry");

    /// <summary>When the newest entry was recorded: the day up to which the registry knows. Null when it is empty.</summary>
    public static DateTimeOffset? RecordedTo(DbConnection connection) => Newest(connection) is { } newest ? DateTimeOffset.FromUnixTimeMilliseconds(newest.RecordedAt) : null;

    private const string OfNewest = "SELECT seq, recorded_at FROM entry ORDER BY seq DESC LIMIT 1";

    private static (long Seq, long RecordedAt)? Newest(DbConnection connection) => connection.QueryFirstOrDefault<(long, long)?>(OfNewest);

    /// <summary>The instant at which a statement of that instant would be recorded next: never before the entry before, whatever clocks
    /// do, so that "what did the registry say then" has one answer. To the millisecond.</summary>
    public static DateTimeOffset Next(Transaction transaction, DateTimeOffset stated) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(NewestOf(transaction).RecordedAt, stated.ToUnixTimeMilliseconds()));

    private static (long Seq, long RecordedAt) NewestOf(Transaction transaction) =>
        transaction.Memory.Newest ??= transaction.Connection.Ask<(long, long)?>(OfNewest, row => (row.GetInt64(0), row.GetInt64(1))) ?? (-1, long.MinValue);

    /// <summary>Appends a leaf and tells its index.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="leaf">The signed statement.</param>
    /// <param name="recordedAt">The instant that <see cref="Next"/> gave.</param>
    /// <param name="hash">Its leaf hash, where it is at hand.</param>
    /// <exception cref="FaultException">It is too large for an entry.</exception>
    public static long Append(Transaction transaction, byte[] leaf, DateTimeOffset recordedAt, byte[]? hash = null)
    {
        if (leaf.Length > MaxLeaf) throw new FaultException(new Fault(Refusal.TooLarge, "", MaxLeaf));
        var (seq, at) = (NewestOf(transaction).Seq + 1, recordedAt.ToUnixTimeMilliseconds());
        transaction.Connection.Run("INSERT INTO entry (seq, leaf, recorded_at) VALUES (@seq, @leaf, @at)", seq, leaf, at);
        transaction.Memory.Newest = (seq, at);
        transaction.Memory.Appended.Add(hash ?? MerkleTree.LeafHash(leaf));
        return seq;
    }

    /// <summary>The entry at an index; null when there is none.</summary>
    public static Entry? Find(DbConnection connection, long seq) => Read(connection, $"SELECT {Columns} FROM entry WHERE seq = @seq", new { seq }) is [var entry] ? entry : null;

    public static Entry Get(DbConnection connection, long seq) => Find(connection, seq) ?? throw new ArgumentOutOfRangeException(nameof(seq));

    /// <summary>Entries from an index on, oldest first, at most <paramref name="count"/>.</summary>
    public static List<Entry> Range(DbConnection connection, long from, int count) =>
        Read(connection, $"SELECT {Columns} FROM entry WHERE seq >= @from ORDER BY seq LIMIT @count", new { from, count });

    /// <summary>Leaves from an index on, oldest first, at most <paramref name="count"/>.</summary>
    public static IEnumerable<byte[]> Leaves(DbConnection connection, long from, int count) =>
        connection.Query<byte[]>("SELECT leaf FROM entry WHERE seq >= @from ORDER BY seq LIMIT @count", new { from, count }, buffered: false);

    /// <summary>Every statement about a certificate, oldest first.</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="certificate">Index of the statement that issued it.</param>
    public static List<Entry> About(DbConnection connection, long certificate) => Read(connection, """
        SELECT e.seq, e.leaf, e.recorded_at FROM entry e WHERE e.seq = @certificate
        UNION ALL SELECT e.seq, e.leaf, e.recorded_at FROM statement s JOIN entry e ON e.seq = s.seq WHERE s.certificate = @certificate ORDER BY 1
        """, new { certificate });

    private static List<Entry> Read(DbConnection connection, string query, object parameters) =>
        [.. connection.Query<(long Seq, byte[] Leaf, long At)>(query, parameters).Select(row => new Entry(row.Seq, row.Leaf, row.At))];
}
