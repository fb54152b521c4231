using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;

namespace Registry;

/// <summary>An entry as it goes to the shared log and comes from it.</summary>
/// <param name="Seq">Its index, from 0.</param>
/// <param name="Leaf">The signed statement, byte for byte.</param>
/// <param name="RecordedAt">Milliseconds since 1970.</param>
public readonly record struct LogRow(long Seq, byte[] Leaf, long RecordedAt);

/// <summary>A row of one of the operator's tables.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Key">JSON array of its primary key.</param>
/// <param name="Content">JSON object of its columns; null where the row is gone.</param>
public sealed record OperatorRow(string Table, string Key, string? Content);

/// <summary>How far the shared log is.</summary>
/// <param name="Size">Entries.</param>
/// <param name="Version">Changes of the operator's rows.</param>
public readonly record struct Position(long Size, long Version)
{
    /// <summary>Whether nothing is missing here that is there.</summary>
    public bool Holds(Position other) => Size >= other.Size && Version >= other.Version;
}

/// <summary>What others appended since a position.</summary>
/// <param name="Head">How far the shared log is.</param>
/// <param name="Note">The checkpoint over all its entries; empty before the first.</param>
/// <param name="Entries">The next entries, at most <see cref="SharedLog.Portion"/>.</param>
/// <param name="Rows">The next changed rows of the operator, likewise.</param>
/// <param name="Reached">How far one is with them: the head, or a part of the way.</param>
public sealed record Appended(Position Head, string Note, IReadOnlyList<LogRow> Entries, IReadOnlyList<OperatorRow> Rows, Position Reached)
{
    public bool IsWhole => Reached == Head;

    public bool IsNothing => Entries.Count == 0 && Rows.Count == 0;
}

/// <summary>The shared log cannot be asked, or must not be: there is no server that takes writes, the way there was lost, or the server
/// lacks what is known.</summary>
public sealed class SharedLogException(string message, Exception? cause = null) : CannotStartException(message, cause);

/// <summary>
/// All that is asked of PostgreSQL: the log, its head, and the rows of the operator (db/shared-log.sql). It knows neither statements nor
/// signatures. An append is two messages: <see cref="Take"/> locks the head and gives what others appended, <see cref="Append"/> adds and
/// commits; one where the commit before has kept the head.
/// </summary>
public sealed class SharedLog : IDisposable
{
    /// <summary>Entries, and rows of the operator, in one answer: some megabytes.</summary>
    public const int Portion = 2048;

    /// <summary>Seconds: for a question of a line, for whatever carries entries; a commit that takes longer is not confirmed.</summary>
    private const int QuestionLimit = 2, CommitLimit = 10;

    /// <summary>Between two attempts of those who read.</summary>
    private static readonly TimeSpan seeking = TimeSpan.FromMilliseconds(200);

    private const string Entries = "SELECT seq, leaf, recorded_at FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2";
    private const string Rows = "SELECT name, key, content, version FROM operator_row WHERE version > $1 ORDER BY version LIMIT $2";
    private const string Head = "SELECT size, version, note FROM head WHERE one = 1", LockedHead = Head + " FOR UPDATE";
    private const string BeginAppend = "BEGIN ISOLATION LEVEL READ COMMITTED";

    private readonly Primary primary;
    private readonly SharedQuestion<Position> question;
    private ServerLink? writer, asker;
    private long lostAt = long.MinValue / 2;
    private volatile SharedLogException? unreachable;

    /// <param name="address">A connection string of Npgsql with one host or several.</param>
    /// <param name="log">Where it is told, once, what is waited for.</param>
    public SharedLog(string address, ILogger log)
    {
        primary = new(address, log);
        question = new(AskNow, "shared log");
    }

    /// <summary>Whether a log was ever begun there.</summary>
    /// <exception cref="SharedLogException">It cannot be asked.</exception>
    public static bool IsMade(string address)
    {
        using var log = new SharedLog(address, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return log.Read(default) is { Head.Size: > 0 } or { Note.Length: > 0 };
    }

    /// <summary>A connection string as it may be shown.</summary>
    public static string Shown(string address) => Primary.Shown(address);

    /// <summary>Hosts and database, without a password.</summary>
    public string Name => primary.Name;

    /// <summary>The newest entry of this node's file. A server that does not hold it too is refused.</summary>
    public Func<LogRow?> Newest { set => primary.Newest = value; }

    /// <summary>How far this node's file is.</summary>
    public Func<Position> Reached { get; set; } = () => default;

    // ---- reading

    /// <summary>How far it is now. Shared by all who ask at the same time.</summary>
    public Task<Position> Ask() => question.Ask();

    private Position AskNow()
    {
        // While it is lost nobody waits for a connection that fails again and again.
        if (asker is null && unreachable is { } known && Environment.TickCount64 - Volatile.Read(ref lostAt) < seeking.TotalMilliseconds)
            throw known;
        return Using(ref asker, QuestionLimit, connection =>
        {
            var before = Reached();
            using var command = new NpgsqlCommand("SELECT size, version FROM head WHERE one = 1", connection);
            using var row = command.ExecuteReader();
            if (!row.Read()) throw new SharedLogException("The table head has no row.");
            var there = new Position(row.GetInt64(0), row.GetInt64(1));
            return there.Holds(before) ? there : throw Lacks(there, before);
        });
    }

    /// <summary>What others appended since, of one moment, without keeping anybody from appending.</summary>
    /// <exception cref="SharedLogException">It cannot be asked now.</exception>
    public Appended Read(Position since) => Using(ref writer, CommitLimit, connection =>
    {
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
        AddQuestions(batch, Head, since);
        batch.BatchCommands.Add(new("COMMIT"));
        using var answer = batch.ExecuteReader();
        return Answer(answer, since);
    });

    // ---- appending

    /// <summary>Locks the head and tells what others appended: one message. Nobody else appends until <see cref="Append"/> or
    /// <see cref="Release"/>.</summary>
    /// <returns>Null when another has had the head for a second; nothing is locked then.</returns>
    /// <exception cref="SharedLogException">It cannot be asked now; nothing is locked.</exception>
    public Appended? Take(Position since) => Using(ref writer, CommitLimit, connection =>
    {
        using var batch = new NpgsqlBatch(connection);
        AddTake(batch, since);
        return Answer(connection, batch, since);
    });

    private static void AddTake(NpgsqlBatch batch, Position since)
    {
        batch.BatchCommands.Add(new(BeginAppend));
        AddQuestions(batch, LockedHead, since);
    }

    /// <summary>What a message answers that ends in <see cref="AddTake"/>; null when another has had the head for a second. Whatever stands
    /// before that in the message was done all the same: a commit ends its own transaction.</summary>
    private static Appended? Answer(NpgsqlConnection connection, NpgsqlBatch batch, Position since)
    {
        try
        {
            using var answer = batch.ExecuteReader();
            return Answer(answer, since);
        }
        catch (PostgresException busy)
            when (busy.SqlState == PostgresErrorCodes.LockNotAvailable && busy.BatchCommand?.CommandText == LockedHead)
        {
            connection.Execute("ROLLBACK");
            return null;
        }
    }

    /// <summary>Gives the head up unchanged.</summary>
    public void Release() => Using(ref writer, CommitLimit, connection => connection.Execute("ROLLBACK"));

    /// <summary>Appends, moves the head and commits: one message. When it returns, what was appended survives whatever the server is set to
    /// survive.</summary>
    /// <param name="entries">Those that follow the newest.</param>
    /// <param name="rows">Rows of the operator as they are now.</param>
    /// <param name="head">Where the head was when it was taken.</param>
    /// <param name="note">The checkpoint over all entries.</param>
    /// <param name="keep">Locks the head again, in the same message.</param>
    /// <returns>Where the head is now, and what <see cref="Take"/> would give; null where the head is not locked.</returns>
    /// <exception cref="SharedLogException">It is not confirmed: nobody knows whether it was appended.</exception>
    public (Position Head, Appended? Kept) Append(
        IReadOnlyCollection<LogRow> entries, IReadOnlyCollection<OperatorRow> rows, Position head, string note, bool keep = false)
    {
        // Another connection would append without the lock.
        if (writer is null || writer.Timeline < primary.Timeline) throw new SharedLogException("The head was lost with its server.");
        return Using(ref writer, CommitLimit, connection =>
        {
            var moved = new Position(head.Size + entries.Count, head.Version + rows.Count);
            using var batch = new NpgsqlBatch(connection);
            if (entries.Count > 0) AddEntries(batch, entries);
            if (rows.Count > 0) AddRows(batch, rows, head.Version);
            const string Move = "UPDATE head SET size = $1, version = $2, note = $3 WHERE one = 1";
            batch.BatchCommands.Add(Command(Move, moved.Size, moved.Version, note));
            batch.BatchCommands.Add(new("COMMIT"));
            if (keep) AddTake(batch, moved);
            return (moved, Confirmed(connection, batch, keep ? moved : null));
        });
    }

    private static void AddEntries(NpgsqlBatch batch, IReadOnlyCollection<LogRow> entries) => batch.BatchCommands.Add(Command(
        "INSERT INTO entry (seq, leaf, recorded_at) SELECT * FROM unnest($1, $2, $3)",
        Column(entries, entry => entry.Seq), Column(entries, entry => entry.Leaf), Column(entries, entry => entry.RecordedAt)));

    private static void AddRows(NpgsqlBatch batch, IReadOnlyCollection<OperatorRow> rows, long version)
    {
        var versioned = rows.Select((row, i) => (row.Table, row.Key, row.Content, Version: version + 1 + i));
        var kept = versioned.Where(row => row.Content is not null).ToArray();
        if (kept.Length > 0)
            batch.BatchCommands.Add(Command("""
                INSERT INTO operator_row (name, key, content, version) SELECT * FROM unnest($1, $2, $3, $4)
                ON CONFLICT (name, key) DO UPDATE SET content = excluded.content, version = excluded.version
                """,
                Column(kept, row => row.Table), Column(kept, row => row.Key),
                Column(kept, row => row.Content!), Column(kept, row => row.Version)));
        var gone = rows.Where(row => row.Content is null).ToArray();
        if (gone.Length > 0)
            batch.BatchCommands.Add(Command("DELETE FROM operator_row WHERE (name, key) IN (SELECT * FROM unnest($1, $2))",
                Column(gone, row => row.Table), Column(gone, row => row.Key)));
    }

    /// <summary>A column of what is sent at once, as an array.</summary>
    private static TValue[] Column<TRow, TValue>(IEnumerable<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];

    /// <summary>A server that stops waiting for its synchronous standby says so in a warning and calls the commit done; here it is not
    /// done.</summary>
    private static Appended? Confirmed(NpgsqlConnection connection, NpgsqlBatch batch, Position? kept)
    {
        Appended? appended = null;
        PostgresNotice? warning = null;
        void Noticed(object sender, NpgsqlNoticeEventArgs said)
        {
            if (said.Notice.InvariantSeverity == "WARNING") warning ??= said.Notice;
        }
        connection.Notice += Noticed;
        try
        {
            if (kept is { } since) appended = Answer(connection, batch, since);
            else batch.ExecuteNonQuery();
        }
        finally { connection.Notice -= Noticed; }
        return warning is null ? appended : throw new SharedLogException($"The commit is not confirmed: {warning.MessageText}");
    }

    // ---- what goes there and back

    private static void AddQuestions(NpgsqlBatch batch, string head, Position since)
    {
        batch.BatchCommands.Add(new(head));
        batch.BatchCommands.Add(Command(Entries, since.Size, (long)Portion));
        batch.BatchCommands.Add(Command(Rows, since.Version, (long)Portion));
    }

    private static Appended Answer(NpgsqlDataReader answer, Position since)
    {
        if (!answer.Read()) throw new SharedLogException("The table head has no row.");
        var (there, note) = (new Position(answer.GetInt64(0), answer.GetInt64(1)), answer.GetString(2));
        if (!there.Holds(since)) throw Lacks(there, since);
        var (entries, rows, version) = (new List<LogRow>(), new List<OperatorRow>(), since.Version);
        for (answer.NextResult(); answer.Read();) entries.Add(new(answer.GetInt64(0), answer.GetFieldValue<byte[]>(1), answer.GetInt64(2)));
        for (answer.NextResult(); answer.Read(); version = answer.GetInt64(3))
            rows.Add(new(answer.GetString(0), answer.GetString(1), answer.GetString(2)));
        for (var i = 0; i < entries.Count; i++)
            if (entries[i].Seq != since.Size + i) throw new SharedLogException($"The shared log has no entry {since.Size + i}.");
        // Rows that were changed again have a newer version, so there may be fewer than versions.
        var reached = rows.Count < Portion ? Math.Max(since.Version, there.Version) : version;
        return new(there, note, entries, rows, new(since.Size + entries.Count, reached));
    }

    private static SharedLogException Lacks(Position there, Position here) => new(
        $"The shared log holds {there.Size} entries and {there.Version} changes of the operator's rows, "
        + $"this node's file {here.Size} and {here.Version}: {Primary.Lost}");

    private static NpgsqlBatchCommand Command(string text, params object[] values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Does something on a connection that is kept, and lets go of it when that fails: what a lost connection did is known to the
    /// server alone.</summary>
    private T Using<T>(ref ServerLink? kept, int seconds, Func<NpgsqlConnection, T> act)
    {
        try
        {
            if (kept is { } former && former.Timeline < primary.Timeline) Leave(ref kept);
            if (kept is null)
            {
                kept = primary.Open(seconds);
                unreachable = null;
            }
            return act(kept.Connection);
        }
        catch (Exception error)
            when (error is DbException or SharedLogException or TimeoutException or InvalidOperationException or IOException)
        {
            Leave(ref kept);
            Volatile.Write(ref lostAt, Environment.TickCount64);
            throw unreachable = error as SharedLogException
                ?? new SharedLogException($"The shared log at {Name} was lost: {error.Message}", error);
        }
    }

    /// <summary>Lets go of the connection that appends, and with it of whatever it has locked.</summary>
    public void Leave() => Leave(ref writer);

    private static void Leave(ref ServerLink? link)
    {
        try { link?.Connection.Dispose(); }
        catch (Exception gone) when (gone is DbException or InvalidOperationException or IOException) { }
        link = null;
    }

    public void Dispose()
    {
        primary.Dispose();
        question.Dispose();
        Leave(ref asker);
        Leave(ref writer);
    }
}
