using System.Data;
using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using Registry.Certificates;

namespace Registry;

/// <summary>PostgreSQL, and its text index GIN over the terms as a tsvector.</summary>
internal sealed partial class PostgresDialect : Dialect
{
    /// <summary>The lock that makes one order of all writes, whichever process they come through: "Registry" in ASCII.</summary>
    private const long OneWriter = 0x5265676973747279;

    /// <summary>Another process's writes are waited for so long before a look whether this one is stopping; and a process that hangs inside a
    /// transaction, or whose machine is gone, does not stop the others longer.</summary>
    private const string WriterOptions = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s";

    /// <summary>The limit of a read, kept by the server too: the watch over all reads cannot reach a server that does not answer.</summary>
    private const string ReaderOptions = $"-c default_transaction_read_only=on -c statement_timeout=5s {LookUps}";

    /// <summary>Every read is a look-up of few rows, also where the planner, which knows nothing of a term, expects many.</summary>
    private const string LookUps = "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off -c max_parallel_workers_per_gather=0 -c jit=off";

    /// <summary>Seconds after which nobody waits for a commit any longer: a synchronous standby may be gone.</summary>
    private const int CommitLimit = 10;

    private const int KeptStatements = 200, Portion = 100, LargestPortion = 5000;

    private static long cursors;

    public override string Name => "postgres";

    /// <summary>Text is compared by its bytes whatever the database was made with, as SQLite does. A generated column has to be stored.</summary>
    public override string Ddl(string text) => Text().Replace(text, "TEXT COLLATE \"C\"").Replace(" WITHOUT ROWID", "").Replace(") VIRTUAL", ") STORED");

    [GeneratedRegex(@"\bTEXT\b")]
    private static partial Regex Text();

    // ---- connections

    public override string Shown(string address)
    {
        var parts = new NpgsqlConnectionStringBuilder(address);
        return $"{parts.Host}/{parts.Database}";
    }

    public override bool IsMade(string address)
    {
        using var connection = Open(address, "");
        return connection.ExecuteScalar<bool>("SELECT to_regclass('checkpoint') IS NOT NULL") && connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM checkpoint)");
    }

    public override DbConnection OpenWriter(string address)
    {
        var writer = Open(address, WriterOptions);
        try
        {
            var (encoding, standby, commits) = writer.QuerySingle<(string, bool, string)>("SELECT current_setting('server_encoding'), pg_is_in_recovery(), current_setting('synchronous_commit')");
            if (encoding != "UTF8") throw new InvalidDataException($"The database {Shown(address)} keeps text as {encoding}; make one with ENCODING 'UTF8'.");
            if (standby) throw new InvalidDataException($"{Shown(address)} is a standby: it takes no writes.");
            if (commits == "off") writer.Execute("SET synchronous_commit = on");
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>READ COMMITTED, so that every statement after the lock sees what other processes committed before they gave it up.</summary>
    public override bool BeginWrite(DbConnection writer)
    {
        try
        {
            writer.Execute($"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({OneWriter})");
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            writer.Execute("ROLLBACK");
            return false;
        }
    }

    /// <summary>A server that stops waiting for its synchronous standby says so in a warning and calls the commit done; here it is not done.</summary>
    public override void Commit(DbConnection writer)
    {
        PostgresNotice? warning = null;
        void Noticed(object sender, NpgsqlNoticeEventArgs said) => warning ??= said.Notice.InvariantSeverity == "WARNING" ? said.Notice : null;
        var connection = (NpgsqlConnection)writer;
        connection.Notice += Noticed;
        try { writer.Execute("COMMIT", commandTimeout: CommitLimit); }
        finally { connection.Notice -= Noticed; }
        if (warning is not null) throw new NpgsqlException($"The commit is not confirmed: {warning.MessageText}");
    }

    internal override Reader OpenReader(string address) => new ServerReader(Open(address, ReaderOptions), address);

    internal override int MaxReaders => 40;

    public override DbConnection OpenReadOnly(string address)
    {
        var connection = Open(address, "-c default_transaction_read_only=on", 0);
        connection.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
        return connection;
    }

    /// <summary>Connections are kept by whoever uses them, so the driver pools none.</summary>
    internal static NpgsqlConnection Open(string address, string options, int? timeout = null)
    {
        if (PostgresServers.AreSeveral(address)) address = PostgresServers.PrimaryOf(address);
        // A command whose time is up is not cancelled but its connection given up: a cancelled commit would be reported as done.
        var parts = new NpgsqlConnectionStringBuilder(address) { Pooling = false, MaxAutoPrepare = KeptStatements, AutoPrepareMinUsages = 2, TcpKeepAlive = true, TcpKeepAliveTime = 10, TcpKeepAliveInterval = 5, CancellationTimeout = -1 };
        parts.Options = $"{parts.Options} {options}";
        if (timeout is { } seconds) parts.CommandTimeout = seconds;
        var connection = new NpgsqlConnection(parts.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private sealed class ServerReader(NpgsqlConnection connection, string address) : Reader(connection)
    {
        private NpgsqlTransaction? snapshot;
        private long used = Environment.TickCount64;

        /// <summary>The driver sends BEGIN with the first query. What has been idle for a second is asked first whether its server is still there.</summary>
        public override void Begin()
        {
            snapshot = connection.BeginTransaction(IsolationLevel.RepeatableRead);
            if (Environment.TickCount64 - used > 1000) connection.Execute("SELECT 1");
        }

        public override void End()
        {
            snapshot!.Rollback();
            used = Environment.TickCount64;
        }

        /// <summary>By a connection of its own: this one is busy.</summary>
        public override void Interrupt()
        {
            try
            {
                using var other = Open(new NpgsqlConnectionStringBuilder(address) { Host = connection.Host, Port = connection.Port }.ToString(), "");
                other.Execute("SELECT pg_cancel_backend(@pid)", new { pid = connection.ProcessID });
            }
            catch (NpgsqlException) { } // the server's own limit stops it
        }
    }

    // ---- errors

    /// <summary>query_canceled: by statement_timeout or by pg_cancel_backend.</summary>
    protected override bool WasInterrupted(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    /// <summary>The connection, or of the server's answers: connection exceptions (08), no resources (53), operator intervention (57) and system
    /// errors (58, XX), a server that became a standby (25006), lock timeout and deadlock with something that is no registry.</summary>
    public override bool IsFatal(Exception error) => error is PostgresException answer
        ? answer.SqlState[..2] is "08" or "53" or "57" or "58" or "XX" or "40" || answer.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable
        : error is NpgsqlException;

    public override bool IsFull(Exception error) => false;

    public override bool LeavesDoubt(Exception error) => false;

    public override bool NeedsNewConnection(Exception error) => error is DbException;

    public override void Undo(DbConnection writer) => writer.Execute("ROLLBACK");

    public override long Changes(DbConnection writer) => 0;

    /// <summary>The server counts no changes, and a statement that failed has ended the transaction. A refusal says of itself that it came before any change.</summary>
    public override bool ChangedNothing(DbConnection writer, long before, Exception error) => error is FaultException;

    // ---- fragments

    public override string In(string list) => $"= ANY({list})";

    public override string Each(string list, string alias) => $"unnest({list}) AS {alias}(value)";

    public override object ListValue<T>(IEnumerable<T> values) => values.ToArray();

    public override string Least => "least";

    public override string Greatest => "greatest";

    public override string JoinInOrder => "JOIN";

    public override string ListOrder => "ORDER BY l.value DESC";

    public override string By(string index) => "";

    // ---- the text index

    /// <summary>GIN gives rows by no order of ours, so each row also has the block of the log it lies in as a term: the newest are asked for
    /// first. That a block is among the terms makes it the rarest: its rows are walked, and the others of the query skipped through. Every row looked at
    /// is held against every term asked for, so a longer stretch is asked for by a few of the longer blocks.</summary>
    private const int Block = 4096, Long = Block * 16, MaxBlocks = 16;

    public override string AddTerms => $"INSERT INTO search (rowid, terms) VALUES (@seq, array_to_tsvector(string_to_array(@terms || ' ·z' || (@seq / {Block}) || ' ·z' || (@seq / {Long}) || 'z', ' ')))";

    public override string RemoveTerms => "DELETE FROM search WHERE rowid = @seq";

    public override string ClearTerms => "DELETE FROM search";

    public override string Matches => "s.terms @@ CAST(@match AS tsquery)";

    public override string Term(string term, bool beginning) => $"'{term}'{(beginning ? ":*" : "")}";

    public override string Between(string match, long low, long high)
    {
        return Of(Block, "") ?? Of(Long, "z") ?? match;

        string? Of(long block, string mark)
        {
            var (first, last) = (low / block, (high - 1) / block);
            return last - first >= MaxBlocks ? null : $"({match}) & ({string.Join(" | ", Enumerable.Range(0, (int)(last - first) + 1).Select(n => $"'·z{first + n}{mark}'"))})";
        }
    }

    /// <summary>No column, so that its index is not read from the end in search of a term.</summary>
    public override string RowId => "(s.rowid + 0)";

    public override int FirstStretch => 16;

    public override string And => " & ";

    public override string Or => " | ";

    // ---- reading row by row

    /// <summary>By a cursor, in portions that grow: the protocol runs one statement at a time and would send a whole answer first.</summary>
    public override IEnumerable<IDataRecord> Stream(DbCommand query)
    {
        var (db, text, name) = (query.Connection!, query.CommandText, $"c{Interlocked.Increment(ref cursors)}");
        query.CommandText = $"DECLARE {name} NO SCROLL CURSOR FOR {text}";
        try { query.ExecuteNonQuery(); }
        finally { query.CommandText = text; }
        for (var portion = Portion; ; portion = Math.Min(portion * 4, LargestPortion))
        {
            List<IDataRecord> rows;
            using (var fetch = db.CreateCommand())
            {
                fetch.CommandText = $"FETCH {portion} FROM {name}";
                using var reader = fetch.ExecuteReader();
                rows = [.. reader.Cast<IDataRecord>()];
            }
            foreach (var row in rows) yield return row;
            if (rows.Count == portion) continue;
            db.Execute($"CLOSE {name}");
            yield break;
        }
    }

    public override IDisposable Limit(DbConnection reader, TimeSpan after) => new StatementLimit(reader, after);

    /// <summary>A statement that was stopped has ended the transaction; back to the savepoint the snapshot is good again, and the limit gone.</summary>
    private sealed class StatementLimit : IDisposable
    {
        private readonly DbConnection reader;

        public StatementLimit(DbConnection reader, TimeSpan after)
        {
            this.reader = reader;
            reader.Execute($"SAVEPOINT limited; SET LOCAL statement_timeout = {(int)after.TotalMilliseconds}");
        }

        public void Dispose() => reader.Execute("ROLLBACK TO limited");
    }
}
