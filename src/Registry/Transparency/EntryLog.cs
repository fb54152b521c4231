using System.Data.Common;
using System.Globalization;

namespace Registry.Transparency;

/// <summary>One entry of the log.</summary>
/// <param name="Seq">Its index, from 0.</param>
/// <param name="Leaf">The signed statement, byte for byte: a compact JWS.</param>
/// <param name="RecordedAt">Milliseconds since 1970.</param>
public readonly record struct Entry(long Seq, byte[] Leaf, long RecordedAt);

/// <summary>The log: every statement once, byte for byte as it was signed, in one order. It is the truth; every other table is made from
/// it.</summary>
public static class EntryLog
{
    /// <summary>Longest leaf: the entry bundles of C2SP tlog-tiles give a length two bytes.</summary>
    public const int MaxLeaf = 65_535;

    private const string Select = "SELECT e.seq, h.text, e.leaf, e.recorded_at FROM entry e LEFT JOIN head h ON h.id = e.head";

    /// <summary>Number of entries.</summary>
    public static long Size(DbConnection connection) =>
        connection.Ask("SELECT coalesce(max(seq) + 1, 0) FROM entry", row => row.GetInt64(0));

    /// <summary>How many entries there were at an instant: none is recorded before the one before it.</summary>
    public static long SizeAt(DbConnection connection, DateTimeOffset instant) => FirstAt(connection, instant.ToUnixTimeMilliseconds() + 1);

    /// <summary>What a snapshot shows: how often its tables were made anew beside the work, and how many entries it has.</summary>
    public static (long Generation, long Size) Moment(DbConnection connection) => connection.Ask(
        "SELECT (SELECT no FROM generation), (SELECT coalesce(max(seq) + 1, 0) FROM entry)", row => (row.GetInt64(0), row.GetInt64(1)));

    /// <summary>When the newest entry was recorded: the day up to which the registry knows. Null when it is empty.</summary>
    public static DateTimeOffset? RecordedTo(DbConnection connection) =>
        Newest(connection) is { } newest ? DateTimeOffset.FromUnixTimeMilliseconds(newest.RecordedAt) : null;

    private const string OfNewest = "SELECT seq, recorded_at FROM entry ORDER BY seq DESC LIMIT 1";

    private static (long Seq, long RecordedAt)? Newest(DbConnection connection) =>
        connection.Ask<(long, long)?>(OfNewest, row => (row.GetInt64(0), row.GetInt64(1)));

    /// <summary>What stands for the newest entry where there is none.</summary>
    private static readonly (long Seq, long RecordedAt) none = (-1, long.MinValue);

    /// <summary>When an entry that there is was recorded, in milliseconds since 1970.</summary>
    public static long RecordedAt(DbConnection connection, long seq) =>
        connection.Rows("SELECT recorded_at FROM entry WHERE seq = @seq", row => row.GetInt64(0), seq)[0];

    /// <summary>Index of the first entry that was recorded at an instant (milliseconds since 1970) or later, the size where there is none:
    /// instants never run backwards, so a few look-ups find it.</summary>
    public static long FirstAt(DbConnection connection, long instant)
    {
        var (first, end) = (0L, Size(connection));
        while (first < end)
        {
            var middle = first + (end - first) / 2;
            if (RecordedAt(connection, middle) < instant) first = middle + 1;
            else end = middle;
        }
        return first;
    }

    /// <summary>The instant at which a statement of that instant would be recorded next: never before the entry before, whatever clocks
    /// do, so that "what did the registry say then" has one answer. To the millisecond.</summary>
    /// <exception cref="CannotRecordException">The registry would sign a wrong instant, and after it for good: the clock is wrong, or was
    /// when the newest entry was recorded.</exception>
    public static DateTimeOffset Next(Transaction transaction, DateTimeOffset stated)
    {
        var newest = NewestOf(transaction);
        var signs = transaction.Signer is not null;
        if (signs && (transaction.Memory.Withheld ?? Ahead(newest, transaction.Now)) is { } reason) throw new CannotRecordException(reason);
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(newest.RecordedAt, stated.ToUnixTimeMilliseconds()));
    }

    /// <summary>How much later than a clock an entry may be: what clocks of bodies and machines differ by.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>What is to be said of the newest entry when it is later than a clock that sees it; null when it is not.</summary>
    public static string? Ahead(DbConnection connection, DateTimeOffset now) => Ahead(Newest(connection) ?? none, now);

    private static string? Ahead((long Seq, long RecordedAt) newest, DateTimeOffset now)
    {
        if (newest.Seq < 0 || newest.RecordedAt <= (now + MaxAhead).ToUnixTimeMilliseconds()) return null;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(newest.RecordedAt);
        return $"Entry {newest.Seq} was recorded at {Shown(at)}, which is later than the clock of this machine, {Shown(now)}. "
            + "One of the two is wrong: set the clock right.";

        static string Shown(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static (long Seq, long RecordedAt) NewestOf(Transaction transaction) =>
        transaction.Memory.Newest ??= Newest(transaction.Connection) ?? none;

    /// <summary>The index that the next entry takes.</summary>
    public static long NextSeq(Transaction transaction) => NewestOf(transaction).Seq + 1;

    /// <summary>Appends a leaf and tells its index.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="leaf">The signed statement.</param>
    /// <param name="recordedAt">The instant that <see cref="Next"/> gave.</param>
    /// <exception cref="FaultException">It is too large for an entry.</exception>
    public static long Append(Transaction transaction, Leaf leaf, DateTimeOffset recordedAt)
    {
        if (leaf.Bytes.Length > MaxLeaf) throw new FaultException(Refusal.TooLarge, "", MaxLeaf);
        var (seq, at) = (NextSeq(transaction), recordedAt.ToUnixTimeMilliseconds());
        long? head = leaf.Head is null ? null : HeadOf(transaction, leaf.Head);
        transaction.Connection.Run(
            "INSERT INTO entry (seq, head, leaf, recorded_at) VALUES (@seq, @head, @leaf, @at)", seq, head, leaf.Stored, at);
        transaction.Memory.Newest = (seq, at);
        transaction.Memory.Appended.Add((new(seq, leaf.Bytes, at), leaf.Hash));
        return seq;
    }

    /// <summary>Ids of the heads of statements that a transaction has used.</summary>
    private sealed class Heads : Dictionary<string, long>;

    private static long HeadOf(Transaction transaction, string text)
    {
        var heads = transaction.Memory.Here<Heads>();
        if (heads.TryGetValue(text, out var id)) return id;
        var db = transaction.Connection;
        if (db.Ask<long?>("SELECT id FROM head WHERE text = @text", row => row.GetInt64(0), text) is not { } known)
        {
            known = db.Ask("SELECT coalesce(max(id), 0) + 1 FROM head", row => row.GetInt64(0));
            transaction.Connection.Run("INSERT INTO head (id, text) VALUES (@id, @text)", known, text);
        }
        return heads[text] = known;
    }

    /// <summary>The entry at an index; null when there is none.</summary>
    public static Entry? Find(DbConnection connection, long seq) =>
        Read(connection, $"{Select} WHERE e.seq = @seq", seq) is [var entry] ? entry : null;

    public static Entry Get(DbConnection connection, long seq) =>
        Find(connection, seq) ?? throw new ArgumentOutOfRangeException(nameof(seq));

    /// <summary>Entries from an index on, oldest first, at most <paramref name="count"/>.</summary>
    public static List<Entry> Range(DbConnection connection, long from, int count) =>
        Read(connection, $"{Select} WHERE e.seq >= @from ORDER BY e.seq LIMIT @count", from, count);

    /// <summary>All entries from an index on, so many at once.</summary>
    public static IEnumerable<List<Entry>> Portions(DbConnection connection, long from, int count)
    {
        for (List<Entry> entries; (entries = Range(connection, from, count)).Count > 0; from = entries[^1].Seq + 1) yield return entries;
    }

    /// <summary>Leaves from an index on, oldest first, at most <paramref name="count"/>.</summary>
    public static List<byte[]> Leaves(DbConnection connection, long from, int count)
    {
        const string Query = """
            SELECT h.text, e.leaf FROM entry e LEFT JOIN head h ON h.id = e.head WHERE e.seq >= @from ORDER BY e.seq LIMIT @count
            """;
        return connection.Rows(Query, row => LeafOf(row, 0), from, count);
    }

    /// <summary>Every statement about a certificate, oldest first.</summary>
    /// <param name="connection">Where to read.</param>
    /// <param name="certificate">Index of the statement that issued it.</param>
    public static List<Entry> About(DbConnection connection, long certificate) => Read(connection, $"""
        {Select} WHERE e.seq = @certificate
        UNION ALL SELECT e.seq, h.text, e.leaf, e.recorded_at FROM statement s
        JOIN entry e ON e.seq = s.seq LEFT JOIN head h ON h.id = e.head WHERE s.certificate = @certificate ORDER BY 1
        """, certificate);

    private static List<Entry> Read(DbConnection connection, string query, params ReadOnlySpan<object?> values) => connection.Rows(
        query, row => new Entry(row.GetInt64(0), LeafOf(row, 1), row.GetInt64(3)), values);

    /// <summary>From its head, where it has one, and what follows that.</summary>
    private static byte[] LeafOf(DbDataReader row, int at) =>
        Leaf.Restore(row.IsDBNull(at) ? null : row.GetString(at), row.GetFieldValue<byte[]>(at + 1));
}
