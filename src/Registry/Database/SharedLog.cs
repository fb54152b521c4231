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
/// commits.
/// </summary>
/// <remarks>
/// With several hosts the primary is whichever of them takes writes, is of the newest timeline that was ever believed here, has its
/// synchronous standby if it demands one (a former primary that comes back has none), and whose log continues what this node holds.
/// </remarks>
public sealed class SharedLog : IDisposable
{
    /// <summary>Entries, and rows of the operator, in one answer: some megabytes.</summary>
    public const int Portion = 2048;

    /// <summary>Seconds: for a connection, for a question of a line, for whatever carries entries; a commit that takes longer is not
    /// confirmed.</summary>
    private const int ConnectLimit = 2, QuestionLimit = 2, CommitLimit = 10;

    /// <summary>The head is waited for so long before a look whether others appended; and a process that hangs while it has the head, or
    /// whose machine is gone, stops the others no longer than twenty seconds. Text is compared and kept by its bytes, whatever a role is
    /// set to.</summary>
    private const string Options = "-c lock_timeout=1s -c idle_in_transaction_session_timeout=20s";

    /// <summary>Between two looks whether another server has become the primary; between two attempts of those who read.</summary>
    private static readonly TimeSpan watchEvery = TimeSpan.FromSeconds(1), seeking = TimeSpan.FromMilliseconds(200);

    private const string Entries = "SELECT seq, leaf, recorded_at FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2";
    private const string Rows = "SELECT name, key, content, version FROM operator_row WHERE version > $1 ORDER BY version LIMIT $2";
    private const string Head = "SELECT size, version, note FROM head WHERE one = 1";

    private readonly string[] hosts;
    private readonly ILogger log;
    private readonly SharedQuestion<Position> question;
    private readonly Timer? watch;
    private readonly Lock guard = new();
    private Link? writer, asker;
    private long triedAt = long.MinValue / 2;
    private SharedLogException? unreachable;
    private string? said;
    private volatile int timeline;

    /// <param name="address">A connection string of Npgsql with one host or several.</param>
    /// <param name="log">Where it is told, once, what is waited for.</param>
    public SharedLog(string address, ILogger log)
    {
        this.log = log;
        hosts = [.. Each(address)];
        Name = Shown(address);
        question = new(AskNow, "shared log");
        if (hosts.Length > 1) watch = new(_ => LookForAnother(), null, watchEvery, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a log was ever begun there.</summary>
    /// <exception cref="SharedLogException">It cannot be asked.</exception>
    public static bool IsMade(string address)
    {
        using var log = new SharedLog(address, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return log.Read(default) is { Head.Size: > 0 } or { Note.Length: > 0 };
    }

    /// <summary>A connection string as it may be shown.</summary>
    public static string Shown(string address) => string.Join(", ", Each(address).Select(NameOf));

    /// <summary>Hosts and database, without a password.</summary>
    public string Name { get; }

    /// <summary>The newest entry of this node's file. A server that does not hold it too is refused.</summary>
    public Func<LogRow?> Newest { get; set; } = () => null;

    /// <summary>How far this node's file is.</summary>
    public Func<Position> Reached { get; set; } = () => default;

    /// <summary>A server's connection, and the timeline it was on when it was opened.</summary>
    private sealed record Link(NpgsqlConnection Connection, int Timeline);

    // ---- reading

    /// <summary>How far it is now. Shared by all who ask at the same time.</summary>
    public Task<Position> Ask() => question.Ask();

    private Position AskNow()
    {
        // While it is lost nobody waits for a connection that fails again and again.
        if (asker is null && Environment.TickCount64 - triedAt < seeking.TotalMilliseconds)
            throw unreachable ?? new SharedLogException("It was not reached yet.");
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
        Answer(connection, since, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Head, "COMMIT"));

    // ---- appending

    /// <summary>Locks the head and tells what others appended: one message. Nobody else appends until <see cref="Append"/> or
    /// <see cref="Release"/>.</summary>
    /// <returns>Null when another has had the head for a second; nothing is locked then.</returns>
    /// <exception cref="SharedLogException">It cannot be asked now; nothing is locked.</exception>
    public Appended? Take(Position since) => Using(ref writer, CommitLimit, connection =>
    {
        try { return Answer(connection, since, "BEGIN ISOLATION LEVEL READ COMMITTED", Head + " FOR UPDATE", null); }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            connection.Execute("ROLLBACK");
            return null;
        }
    });

    /// <summary>Gives the head up unchanged.</summary>
    public void Release() => Using(ref writer, CommitLimit, connection => connection.Execute("ROLLBACK"));

    /// <summary>Appends, moves the head and commits: one message. When it returns, what was appended survives whatever the server is set to
    /// survive.</summary>
    /// <param name="entries">Those that follow the newest.</param>
    /// <param name="rows">Rows of the operator as they are now.</param>
    /// <param name="head">Where the head was when it was taken.</param>
    /// <param name="note">The checkpoint over all entries.</param>
    /// <returns>Where the head is now.</returns>
    /// <exception cref="SharedLogException">It is not confirmed: nobody knows whether it was appended.</exception>
    public Position Append(
        IReadOnlyCollection<LogRow> entries, IReadOnlyCollection<OperatorRow> rows, Position head, string note) =>
        Using(ref writer, CommitLimit, connection =>
        {
            var moved = new Position(head.Size + entries.Count, head.Version + rows.Count);
            using var batch = new NpgsqlBatch(connection);
            if (entries.Count > 0) AddEntries(batch, entries);
            if (rows.Count > 0) AddRows(batch, rows, head.Version);
            const string Move = "UPDATE head SET size = $1, version = $2, note = $3 WHERE one = 1";
            batch.BatchCommands.Add(Command(Move, moved.Size, moved.Version, note));
            batch.BatchCommands.Add(new("COMMIT"));
            Confirmed(connection, batch);
            return moved;
        });

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
    private static void Confirmed(NpgsqlConnection connection, NpgsqlBatch batch)
    {
        PostgresNotice? warning = null;
        void Noticed(object sender, NpgsqlNoticeEventArgs said)
        {
            if (said.Notice.InvariantSeverity == "WARNING") warning ??= said.Notice;
        }
        connection.Notice += Noticed;
        try { batch.ExecuteNonQuery(); }
        finally { connection.Notice -= Noticed; }
        if (warning is not null) throw new SharedLogException($"The commit is not confirmed: {warning.MessageText}");
    }

    // ---- what goes there and back

    private static Appended Answer(NpgsqlConnection connection, Position since, string begin, string head, string? end)
    {
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(begin));
        batch.BatchCommands.Add(new(head));
        batch.BatchCommands.Add(Command(Entries, since.Size, (long)Portion));
        batch.BatchCommands.Add(Command(Rows, since.Version, (long)Portion));
        if (end is not null) batch.BatchCommands.Add(new(end));
        using var answer = batch.ExecuteReader();
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
        + $"this node's file {here.Size} and {here.Version}: {Lost}");

    private const string NothingGoesOn = "Nothing is read or written (db/README.md says what to do)";
    private const string Lost = $"it lacks what was acknowledged, or the file is another log's. {NothingGoesOn}";

    private static NpgsqlBatchCommand Command(string text, params object[] values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Does something on a connection that is kept, and lets go of it when that fails: what a lost connection did is known to the
    /// server alone.</summary>
    private T Using<T>(ref Link? kept, int seconds, Func<NpgsqlConnection, T> act)
    {
        try
        {
            if (kept is { } former && former.Timeline < timeline) Leave(ref kept);
            if (kept is null)
            {
                triedAt = Environment.TickCount64;
                kept = Open(seconds);
                Found();
            }
            return act(kept.Connection);
        }
        catch (Exception error)
            when (error is DbException or SharedLogException or TimeoutException or InvalidOperationException or IOException)
        {
            Leave(ref kept);
            throw unreachable = error as SharedLogException
                ?? new SharedLogException($"The shared log at {Name} was lost: {error.Message}", error);
        }
    }

    /// <summary>Lets go of the connection that appends, and with it of whatever it has locked.</summary>
    public void Leave() => Leave(ref writer);

    private static void Leave(ref Link? link)
    {
        try { link?.Connection.Dispose(); }
        catch (Exception gone) when (gone is DbException or InvalidOperationException or IOException) { }
        link = null;
    }

    // ---- which server

    /// <summary>For a primary its timeline, and whether its synchronous standby is there. Details of other sessions are shown to members of
    /// pg_monitor only; to others a standby counts by being there. An earlier version kept all its tables in PostgreSQL.</summary>
    private const string State = """
        SELECT pg_is_in_recovery(),
          CASE WHEN pg_is_in_recovery() THEN 0
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int END,
          current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') IN ('off', 'local')
            OR EXISTS (SELECT 1 FROM pg_stat_replication WHERE state IS NULL OR state = 'streaming' AND sync_state IN ('sync', 'quorum')),
          current_setting('server_encoding'), current_setting('synchronous_commit') = 'off',
          to_regclass('certificate') IS NOT NULL, to_regclass('operator_row') IS NOT NULL
        """;

    /// <summary>What a server says of itself, on a connection that stays open where it is chosen.</summary>
    private sealed record Seen(string Host, NpgsqlConnection? Connection, string Failing, int Timeline)
    {
        public bool IsPrimary => Connection is not null;
    }

    /// <summary>The connection string of each server.</summary>
    private static IEnumerable<string> Each(string address)
    {
        var parts = new NpgsqlConnectionStringBuilder(address);
        foreach (var host in (parts.Host ?? "localhost").Split(',', StringSplitOptions.TrimEntries))
        {
            // A command whose time is up is not cancelled but its connection given up: a cancelled commit would be reported as done.
            var one = new NpgsqlConnectionStringBuilder(address)
            {
                Timeout = Math.Min(parts.Timeout, ConnectLimit),
                CancellationTimeout = -1,
                Pooling = false,
                MaxAutoPrepare = 20,
                AutoPrepareMinUsages = 2,
                IncludeErrorDetail = false,
                TcpKeepAlive = true,
                TcpKeepAliveTime = 10,
                TcpKeepAliveInterval = 5,
            };
            one.Options = $"{parts.Options} {Options}";
            // [::1]:5432 and host:5432; an IPv6 address without brackets has several colons, a socket's folder none.
            var colon = host.LastIndexOf(':');
            var endsName = colon > 0 && (host.IndexOf(':') == colon || host[colon - 1] == ']');
            var hasPort = int.TryParse(host.AsSpan(colon + 1), out var port) && endsName;
            (one.Host, one.Port) = hasPort ? (host[..colon].Trim('[', ']'), port) : (host, parts.Port);
            yield return one.ToString();
        }
    }

    private static string NameOf(string host)
    {
        var parts = new NpgsqlConnectionStringBuilder(host);
        return $"{parts.Host}:{parts.Port}/{parts.Database}";
    }

    /// <summary>A connection to the primary, by the rule above.</summary>
    /// <exception cref="SharedLogException">There is none that may be believed.</exception>
    private Link Open(int seconds)
    {
        var seen = hosts.Length == 1 ? [Look(hosts[0], seconds)]
            : Task.WhenAll(hosts.Select(host => Task.Run(() => Look(host, seconds)))).GetAwaiter().GetResult();
        Link? chosen = null;
        var faults = seen.Where(one => !one.IsPrimary).Select(one => $"{NameOf(one.Host)} {one.Failing}").ToList();
        foreach (var one in seen.Where(one => one.IsPrimary).OrderByDescending(one => one.Timeline))
        {
            if (chosen is null && Refuse(one) is { } fault) faults.Insert(0, $"{NameOf(one.Host)} {fault}");
            else if (chosen is null)
            {
                chosen = new(one.Connection!, one.Timeline);
                timeline = Math.Max(timeline, one.Timeline);
                continue;
            }
            one.Connection!.Dispose();
        }
        if (chosen is not null) return chosen;
        var reason = string.Join("; ", faults);
        lock (guard)
            if (said != reason)
            {
                said = reason;
                Log.SharedLogAwaited(log, reason);
            }
        throw new SharedLogException(reason);
    }

    private void Found()
    {
        lock (guard)
        {
            if (said is not null) Log.SharedLogFound(log, Name);
            said = null;
        }
    }
    private const string AloneWithoutStandby =
        "demands a synchronous standby and has none: it may be a former primary (db/README.md says what to do)";

    private const string OfEarlierVersion =
        "holds tables of an earlier version of this program. Carry its registry over with that version: "
        + "`registry copy --to FILE`, then with this one `registry copy --to` an empty database";
    private static Seen Look(string host, int seconds)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(host) { CommandTimeout = seconds }.ToString());
        try
        {
            connection.Open();
            var (standby, line, whole, encoding, off, old, made) =
                connection.QuerySingle<(bool, int, bool, string, bool, bool, bool)>(State);
            var fault = (standby, encoding, old, whole) switch
            {
                (true, _, _, _) => "is a standby",
                (_, not "UTF8", _, _) => $"keeps text as {encoding}; make a database with ENCODING 'UTF8'",
                (_, _, true, _) => OfEarlierVersion,
                (_, _, _, false) => AloneWithoutStandby,
                _ => null,
            };
            if (fault is null && off) connection.Execute("SET synchronous_commit = on");
            if (fault is null && !made) Make(connection);
            if (fault is null) return new(host, connection, "", line);
            connection.Dispose();
            return new(host, null, fault, line);
        }
        catch (Exception silent) when (silent is DbException or TimeoutException or InvalidOperationException or IOException)
        {
            connection.Dispose();
            return new(host, null, $"cannot be used ({silent.Message})", 0);
        }
    }

    private static void Make(NpgsqlConnection connection)
    {
        try { connection.Execute($"BEGIN; {Migrations.Source("db/shared-log.sql")}; COMMIT"); }
        // Another node makes them at the same time.
        catch (PostgresException made)
            when (made.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable)
        {
            connection.Execute("ROLLBACK");
        }
    }

    /// <summary>Why a primary is not believed; null when it is.</summary>
    private string? Refuse(Seen primary)
    {
        if (primary.Timeline < timeline) return $"is a former primary (timeline {primary.Timeline}, the newest is {timeline})";
        if (Newest() is not { } newest) return null;
        var size = primary.Connection!.ExecuteScalar<long>("SELECT size FROM head WHERE one = 1");
        if (size <= newest.Seq) return $"holds {size} entries, this node's file {newest.Seq + 1}: {Lost}";
        var there = primary.Connection!.ExecuteScalar<byte[]?>("SELECT leaf FROM entry WHERE seq = @Seq", new { newest.Seq });
        return there is not null && there.AsSpan().SequenceEqual(newest.Leaf) ? null
            : $"holds another entry {newest.Seq} than this node's file: it is another log, or was rewritten. {NothingGoesOn}";
    }

    /// <summary>A primary of a newer timeline ends what goes on with the older one, which would otherwise only be found out when that does
    /// not answer.</summary>
    private void LookForAnother()
    {
        try
        {
            foreach (var host in hosts)
            {
                var seen = Look(host, QuestionLimit);
                using var connection = seen.Connection;
                if (seen.IsPrimary && seen.Timeline > timeline && timeline > 0 && Refuse(seen) is null) timeline = seen.Timeline;
            }
        }
        finally { watch!.Change(watchEvery, Timeout.InfiniteTimeSpan); }
    }

    public void Dispose()
    {
        watch?.Dispose();
        question.Dispose();
        Leave(ref asker);
        Leave(ref writer);
    }
}

internal static partial class Log
{
    [LoggerMessage(3, LogLevel.Information, "The shared log at {Name} is there again.")]
    public static partial void SharedLogFound(ILogger logger, string name);

    [LoggerMessage(4, LogLevel.Error, "The shared log is waited for: {Reason}.")]
    public static partial void SharedLogAwaited(ILogger logger, string reason);
}
