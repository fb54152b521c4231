using System.Data;
using System.Data.Common;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>SQLite: one file, and the text index FTS5.</summary>
internal sealed class SqliteDialect : Dialect
{
    /// <summary>What the writer's own connection is set to. synchronous=FULL: an acknowledged statement survives a power cut, not only a
    /// killed process. The pragmas stay with a pooled connection, so none is pooled by the driver.</summary>
    private const string WriterPragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;";

    private const string ReaderPragmas = "PRAGMA query_only=ON; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;";

    /// <summary>IMMEDIATE takes the write lock at once: a deferred one could fail halfway.</summary>
    private const string Immediate = "BEGIN IMMEDIATE", Deferred = "BEGIN DEFERRED";

    /// <summary>Milliseconds for which another process may write before whoever waits is told.</summary>
    private const int Patience = 2000;

    public override string Name => "sqlite";

    /// <summary>SQLite makes only INTEGER PRIMARY KEY the row's own id; a BIGINT one would be a second index.</summary>
    public override string Ddl(string text) => text.Replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY").Replace("BYTEA", "BLOB");

    // ---- connections

    public override string Shown(string address) => address;

    /// <summary>An empty file holds nothing: a power cut may have left it.</summary>
    public override bool IsMade(string address) => new FileInfo(address) is { Exists: true, Length: > 0 };

    public override DbConnection OpenWriter(string address)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(address)!);
        foreach (var beside in (string[])["", "-wal", "-shm"]) OwnerOnly.Close(address + beside);
        var writer = new Writer(ConnectionString(address, SqliteOpenMode.ReadWriteCreate));
        writer.Open();
        return writer;
    }

    private sealed class Writer(string connectionString) : KeptStatements(connectionString)
    {
        private Writeback? writeback;

        public override void Open()
        {
            base.Open();
            this.Execute(WriterPragmas);
            writeback = new(this, ConnectionString);
        }

        public override void Close()
        {
            writeback?.Dispose();
            writeback = null;
            base.Close();
        }
    }

    /// <summary>The lock is looked at every millisecond: SQLite's own waiting soon looks ten times a second, and would seldom find the moments between
    /// the commits of another process.</summary>
    public override bool BeginWrite(DbConnection writer)
    {
        var handle = ((SqliteConnection)writer).Handle;
        for (var begun = Environment.TickCount64; ; Thread.Sleep(1))
        {
            var code = SQLitePCL.raw.sqlite3_exec(handle, Immediate);
            if ((code & 0xff) != SQLitePCL.raw.SQLITE_BUSY)
            {
                SqliteException.ThrowExceptionForRC(code, handle);
                return true;
            }
            if (Environment.TickCount64 - begun > Patience) return false;
        }
    }

    internal override Reader OpenReader(string address)
    {
        var opened = new KeptStatements(ConnectionString(address, SqliteOpenMode.ReadWrite));
        try
        {
            opened.Open();
            using var settings = new SqliteCommand(ReaderPragmas, opened);
            settings.ExecuteNonQuery();
            return new FileReader(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    internal override int MaxReaders => int.MaxValue;

    public override DbConnection OpenReadOnly(string address)
    {
        if (!File.Exists(address)) throw new FileNotFoundException($"There is no file {address}.", address);
        var connection = new SqliteConnection(ConnectionString(address, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        connection.Execute(ReaderPragmas);
        connection.Execute(Deferred);
        return connection;
    }

    private static string ConnectionString(string file, SqliteOpenMode mode) => new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 10 }.ToString();

    private sealed class FileReader(DbConnection connection) : Reader(connection)
    {
        public override void Begin() => Connection.Run(Deferred);

        public override void End() => Connection.Run("ROLLBACK");

        public override void Interrupt() => SqliteDialect.Interrupt(Connection);
    }

    /// <summary>Stops the query that runs on a connection. A cancellation token would not.</summary>
    private static void Interrupt(DbConnection connection)
    {
        if (((SqliteConnection)connection).Handle is { IsClosed: false } handle) SQLitePCL.raw.sqlite3_interrupt(handle);
    }

    // ---- errors

    /// <summary>SQLITE_INTERRUPT.</summary>
    protected override bool WasInterrupted(Exception error) => error is SqliteException { SqliteErrorCode: 9 };

    public override string Advice(Exception error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        3 or 8 or 14 => "Let the user who runs the registry read and write the file and its folder, or name another in Registry:DataFile.",
        5 or 6 => "Another program holds the file: end it, or wait until it is done.",
        10 or 13 => "Look at the disk: it may be full or broken.",
        11 => "The file is damaged: restore the newest copy of it.",
        26 => "It is no data file of a registry: name another in Registry:DataFile.",
        _ => "",
    };

    /// <summary>Out of memory, read-only, input/output, corrupt, full, cannot open, no database.</summary>
    public override bool IsFatal(Exception error) => error is SqliteException { SqliteErrorCode: 7 or 8 or 10 or 11 or 13 or 14 or 26 };

    /// <summary>SQLITE_FULL, and of SQLITE_IOERR what the growing of the shared memory file reports instead.</summary>
    public override bool IsFull(Exception error) => error is SqliteException { SqliteErrorCode: 13 } or SqliteException { SqliteExtendedErrorCode: 4874 };

    /// <summary>SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. Whatever else fails leaves the write-ahead log without the commit, and the next
    /// transaction writes over what was begun.</summary>
    public override bool LeavesDoubt(Exception error) => error is SqliteException { SqliteExtendedErrorCode: 1034 or 1290 };

    public override bool NeedsNewConnection(Exception error) => error is SqliteException && !IsFull(error);

    public override void Undo(DbConnection writer)
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(((SqliteConnection)writer).Handle) == 0) writer.Execute("ROLLBACK");
    }

    /// <summary>Rows changed on a connection since it was opened.</summary>
    public override long Changes(DbConnection writer) => SQLitePCL.raw.sqlite3_total_changes(((SqliteConnection)writer).Handle);

    public override bool ChangedNothing(DbConnection writer, long before, Exception error) => Changes(writer) == before;

    // ---- fragments

    public override string In(string list) => $"IN (SELECT value FROM json_each({list}))";

    public override string Each(string list, string alias) => $"json_each({list}) AS {alias}";

    public override object ListValue<T>(IEnumerable<T> values) => JsonSerializer.Serialize(values);

    public override string Least => "min";

    public override string Greatest => "max";

    public override string JoinInOrder => "CROSS JOIN";

    public override string ListOrder => "";

    public override string By(string index) => $"INDEXED BY {index}";

    // ---- the text index

    public override string AddTerms => "INSERT INTO search (rowid, terms) VALUES (@seq, @terms)";

    /// <summary>The index keeps no text of its own, so what was there has to be told.</summary>
    public override string RemoveTerms => "INSERT INTO search (search, rowid, terms) VALUES ('delete', @seq, @terms)";

    public override string ClearTerms => "INSERT INTO search (search) VALUES ('delete-all')";

    public override string Matches => "s.search MATCH @match";

    public override string Term(string term, bool beginning) => $"\"{term}\"{(beginning ? "*" : "")}";

    public override string Between(string match, long low, long high) => match;

    public override string RowId => "s.rowid";

    public override int FirstStretch => 1;

    public override string And => " AND ";

    public override string Or => " OR ";

    // ---- reading row by row

    public override IEnumerable<IDataRecord> Stream(DbCommand query)
    {
        using var reader = query.ExecuteReader();
        while (reader.Read()) yield return reader;
    }

    public override IDisposable Limit(DbConnection reader, TimeSpan after) => new Interruption(reader, after);

    private sealed class Interruption : IDisposable
    {
        private readonly Lock gate = new();
        private readonly Timer timer;
        private bool over;

        public Interruption(DbConnection reader, TimeSpan after) => timer = new(_ => { lock (gate) if (!over) Interrupt(reader); }, null, after, Timeout.InfiniteTimeSpan);

        public void Dispose()
        {
            lock (gate) over = true;
            timer.Dispose();
        }
    }
}
