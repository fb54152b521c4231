using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Transparency;

/// <summary>The log: every statement once, byte for byte, in one order. It is the truth; every other table is made from it.</summary>
public static class EntryLog
{
    /// <summary>Longest leaf: the entry bundles of C2SP tlog-tiles give a length two bytes.</summary>
    public const int MaxLeaf = 65_535;

    /// <summary>Number of entries.</summary>
    public static long Size(DbConnection connection) => connection.ExecuteScalar<long>("SELECT coalesce(max(seq) + 1, 0) FROM entry");

    /// <summary>When the newest entry was recorded: the day up to which the registry knows. Null when it is empty.</summary>
    public static DateTimeOffset? RecordedTo(DbConnection connection) =>
        connection.QueryFirstOrDefault<byte[]>("SELECT leaf FROM entry ORDER BY seq DESC LIMIT 1") is { } leaf ? Statement.FromLeaf(leaf).RecordedAt : null;

    /// <summary>Appends a statement, with the transaction's instant, and tells its index. Instants never run backwards, whatever the
    /// clock does, so that "what did the registry say then" has one answer.</summary>
    public static (long Seq, byte[] Leaf, T Statement) Append<T>(Transaction transaction, T statement) where T : Statement
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(transaction.Now.ToUnixTimeMilliseconds());
        var (seq, newest) = (Size(transaction.Connection), RecordedTo(transaction.Connection));
        var recorded = statement with { RecordedAt = newest > now ? newest.Value : now };
        var leaf = recorded.ToLeaf();
        if (leaf.Length > MaxLeaf) throw new FaultException(new Fault(Refusal.TooLarge, "", MaxLeaf));
        transaction.Connection.Execute("INSERT INTO entry (seq, leaf) VALUES (@seq, @leaf)", new { seq, leaf });
        return (seq, leaf, recorded);
    }

    public static Statement Get(DbConnection connection, long seq) => Statement.FromLeaf(connection.QuerySingle<byte[]>("SELECT leaf FROM entry WHERE seq = @seq", new { seq }));

    /// <summary>Entries from an index on, oldest first, at most <paramref name="count"/>.</summary>
    public static List<(long Seq, byte[] Leaf)> Range(DbConnection connection, long from, int count) =>
        connection.Query<(long, byte[])>("SELECT seq, leaf FROM entry WHERE seq >= @from ORDER BY seq LIMIT @count", new { from, count }).AsList();
}
