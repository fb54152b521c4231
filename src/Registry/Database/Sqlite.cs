using System.Data.Common;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Registry;

/// <summary>SQLite as the registry uses it: its connections, its errors by code and never by message, and lists as parameters.</summary>
public static class Sqlite
{
    /// <summary>What the writer's own connection is set to. The pragmas stay with a pooled connection, so none is pooled by the
    /// driver.</summary>
    private const string WriterPragmas =
        "PRAGMA journal_mode=WAL; PRAGMA busy_timeout=0; PRAGMA temp_store=MEMORY;";

    /// <summary>Kilobytes of pages that the writer keeps. Nearly every commit moves a page by way of the one at a gigabyte, after which
    /// SQLite looks through all of its cache for pages beyond the end of the file, unless that is further: an eighth of the writer's time
    /// with a cache of 64 MB.</summary>
    private const string OfSmallFile = "PRAGMA cache_size=-16384;", OfLargeFile = "PRAGMA cache_size=-65536;";

    /// <summary>Bytes from which on a file is large.</summary>
    private const long Large = 1 << 30;

    /// <summary>An acknowledged statement survives a power cut, not only a killed process.</summary>
    private const string Flushed = "PRAGMA synchronous=FULL;";

    /// <summary>After a power cut the file may lack the newest commits and is whole: enough where a shared log holds them.</summary>
    private const string Written = "PRAGMA synchronous=NORMAL;";

    private const string ReaderPragmas = "PRAGMA query_only=ON; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;";

    /// <summary>Bytes of pages that each reader keeps at the least and at the most, and the part of the file that it keeps between. Eight
    /// megabytes hold the inner pages of every index of ten million certificates, so a look-up asks the system for leaves alone; of a
    /// hundred thousand two do, and each reader would fill the rest with leaves that nobody asks for again.</summary>
    private const long LeastPages = 2 << 20, MostPages = 8 << 20, PagesOf = 64;

    /// <summary>IMMEDIATE takes the write lock at once: a deferred one could fail halfway.</summary>
    private const string Immediate = "BEGIN IMMEDIATE";

    /// <summary>Milliseconds for which another process may write before whoever waits is told.</summary>
    private const int Patience = 2000;

    // ---- connections

    /// <summary>The connection of the writer, with the file made when it is absent.</summary>
    /// <param name="file">Its full path.</param>
    /// <param name="flushed">Whether every commit is on the disk when it returns.</param>
    /// <exception cref="DbException">It cannot be opened or is no database.</exception>
    public static DbConnection OpenWriter(string file, bool flushed = true)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        OwnerOnly.Begin(file);
        foreach (var beside in (string[])["", "-wal", "-shm"]) OwnerOnly.Close(file + beside);
        var cache = new FileInfo(file) is { Exists: true, Length: >= Large } ? OfLargeFile : OfSmallFile;
        var pragmas = WriterPragmas + cache + (flushed ? Flushed : Written);
        var writer = new Writer(ConnectionString(file, SqliteOpenMode.ReadWriteCreate), pragmas);
        writer.Open();
        return writer;
    }

    private sealed class Writer(string connectionString, string pragmas) : KeptStatements(connectionString)
    {
        private Writeback? writeback;

        public override void Open()
        {
            base.Open();
            this.Execute(pragmas);
            writeback = new(this, ConnectionString);
        }

        public override void Close()
        {
            writeback?.Dispose();
            writeback = null;
            base.Close();
        }
    }

    /// <summary>Begins a transaction that no other process writes beside. The lock is looked at every millisecond: SQLite's own waiting
    /// soon looks ten times a second, and would seldom find the moments between the commits of another process.</summary>
    /// <param name="writer">The writer's connection.</param>
    /// <param name="patience">Milliseconds for which another process may write.</param>
    /// <returns>False when another process has been writing for so long; nothing has begun then.</returns>
    public static bool BeginWrite(DbConnection writer, int patience = Patience)
    {
        var handle = ((SqliteConnection)writer).Handle;
        for (var begun = Environment.TickCount64; ; Thread.Sleep(1))
        {
            var code = raw.sqlite3_exec(handle, Immediate);
            if ((code & 0xff) != raw.SQLITE_BUSY)
            {
                SqliteException.ThrowExceptionForRC(code, handle);
                return true;
            }
            if (Environment.TickCount64 - begun >= patience) return false;
        }
    }

    public static void Commit(DbConnection writer) => writer.Execute("COMMIT");

    /// <summary>Begins one however long another process writes, and says so once.</summary>
    public static void BeginWrite(DbConnection writer, ILogger log)
    {
        if (BeginWrite(writer)) return;
        Log.WaitsForFile(log, ((SqliteConnection)writer).DataSource);
        while (!BeginWrite(writer)) { }
    }

    /// <summary>Does something in one transaction, however long another process writes before.</summary>
    public static void Write(DbConnection writer, ILogger log, Action act)
    {
        BeginWrite(writer, log);
        try
        {
            act();
            Commit(writer);
        }
        catch
        {
            Undo(writer);
            throw;
        }
    }

    /// <summary>Undoes what was begun, if anything was.</summary>
    public static void Undo(DbConnection writer)
    {
        if (raw.sqlite3_get_autocommit(((SqliteConnection)writer).Handle) == 0) writer.Execute("ROLLBACK");
    }

    /// <summary>A connection that reads only, each time in a snapshot of its own.</summary>
    internal static Reader OpenReader(string file)
    {
        var opened = new KeptStatements(ConnectionString(file, SqliteOpenMode.ReadWrite));
        try
        {
            opened.Open();
            Prepare(opened, file);
            return new(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>One snapshot for as long as it takes, without the limits of a request; another process may be writing.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static DbConnection OpenReadOnly(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file}.", file);
        var connection = new KeptStatements(ConnectionString(file, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        Prepare(connection, file);
        connection.Execute("BEGIN DEFERRED");
        return connection;
    }

    private static void Prepare(SqliteConnection reader, string file)
    {
        var pages = Math.Clamp(new FileInfo(file).Length / PagesOf, LeastPages, MostPages);
        using var settings = new SqliteCommand($"{ReaderPragmas} PRAGMA cache_size=-{pages >> 10};", reader);
        settings.ExecuteNonQuery();
    }

    /// <summary>A new file of its own, which nobody reads before it is whole: nothing is synced, and nothing can be undone.</summary>
    /// <exception cref="DbException">It cannot be written.</exception>
    public static DbConnection Make(string file)
    {
        var made = new KeptStatements(ConnectionString(file, SqliteOpenMode.ReadWriteCreate));
        made.Open();
        made.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-16384;");
        return made;
    }

    /// <summary>Pages copied between two looks at who waits: 8 MB.</summary>
    private const int PagesTogether = 2048;

    /// <summary>Copies a file as one snapshot sees it, page by page, while others write to it.</summary>
    /// <param name="snapshot">A connection of <see cref="OpenReadOnly"/>.</param>
    /// <param name="to">The copy, which is made.</param>
    /// <param name="progress">Told pages done and all.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="DbException">It cannot be read or written.</exception>
    public static void Backup(DbConnection snapshot, string to, Action<long, long> progress, CancellationToken cancel)
    {
        var source = ((SqliteConnection)snapshot).Handle!;
        // The snapshot begins with the first read: without one, every commit of somebody else would begin the copy anew.
        snapshot.Execute("SELECT count(*) FROM sqlite_schema");
        using var target = new SqliteConnection(ConnectionString(to, SqliteOpenMode.ReadWriteCreate));
        target.Open();
        target.Execute("PRAGMA synchronous=OFF"); // whoever gives it its name syncs it
        using var copying = raw.sqlite3_backup_init(target.Handle, "main", source, "main");
        if (copying is null || copying.IsInvalid) throw new SqliteException($"{to} cannot be written.", raw.sqlite3_errcode(target.Handle));
        for (var code = raw.SQLITE_OK; code != raw.SQLITE_DONE;)
        {
            cancel.ThrowIfCancellationRequested();
            code = raw.sqlite3_backup_step(copying, PagesTogether);
            if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(code, target.Handle);
            var all = raw.sqlite3_backup_pagecount(copying);
            progress(all - raw.sqlite3_backup_remaining(copying), all);
        }
        copying.Dispose();
        // With a write-ahead log it could not even be read where nobody may write: on a disk that is mounted so.
        target.Execute("PRAGMA journal_mode=DELETE");
    }

    /// <summary>Writes all of the write-ahead log back, so that the file alone is the database.</summary>
    public static void WriteBack(DbConnection writer) => writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");

    private static string ConnectionString(string file, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 10 }.ToString();

    // ---- errors

    /// <summary>A query was stopped because its time was up or nobody waits for it any more: SQLITE_INTERRUPT.</summary>
    public static bool IsInterrupted(Exception error) => error is SqliteException { SqliteErrorCode: 9 };

    /// <summary>Nothing that a post did: out of memory, read-only, input/output, corrupt, full, cannot open, no database.</summary>
    public static bool IsFatal(Exception error) => error is SqliteException { SqliteErrorCode: 7 or 8 or 10 or 11 or 13 or 14 or 26 };

    /// <summary>There is no room for what was to be written: all of it is undone, and it can be tried again. SQLITE_FULL, and of
    /// SQLITE_IOERR what the growing of the shared memory file reports instead.</summary>
    public static bool IsFull(Exception error) =>
        error is SqliteException { SqliteErrorCode: 13 } or SqliteException { SqliteExtendedErrorCode: 4874 };

    /// <summary>Nobody knows what the disk holds: SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC, after which the system may believe to be
    /// written what never was. Whatever else fails leaves the write-ahead log without the commit, and the next transaction writes over what
    /// was begun.</summary>
    public static bool LeavesDoubt(Exception error) => error is SqliteException { SqliteExtendedErrorCode: 1034 or 1290 };

    /// <summary>A connection on which something failed that nobody understands is closed, and a new one asked what was committed.</summary>
    public static bool NeedsNewConnection(Exception error) => error is SqliteException && !IsFull(error);

    /// <summary>What to do about an error that keeps the file from being opened.</summary>
    public static string Advice(Exception error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        3 or 8 or 14 => "Let the user who runs the registry read and write the file and its folder, or name another in Registry:DataFile.",
        5 or 6 => "Another program holds the file: end it, or wait until it is done.",
        10 or 13 => "Look at the disk: it may be full or broken.",
        11 => "The file is damaged: restore the newest copy of it.",
        26 => "It is no data file of a registry: name another in Registry:DataFile.",
        _ => "",
    };

    /// <summary>Rows changed on a connection since it was opened.</summary>
    public static long Changes(DbConnection writer) => raw.sqlite3_total_changes(((SqliteConnection)writer).Handle);

    // ---- lists

    /// <summary>The condition that what stands before it is in a list.</summary>
    /// <param name="list">Name of a parameter whose value <see cref="List{T}"/> made.</param>
    public static string In(string list) => $"IN (SELECT value FROM json_each({list}))";

    /// <summary>A list as one parameter.</summary>
    public static string List<T>(IEnumerable<T> values) => JsonSerializer.Serialize(values);

    // ---- time

    /// <summary>Stops the query that runs on a connection. A cancellation token would not.</summary>
    internal static void Interrupt(DbConnection connection)
    {
        if (((SqliteConnection)connection).Handle is { IsClosed: false } handle) raw.sqlite3_interrupt(handle);
    }

    /// <summary>Interrupts whatever statement runs after some time, until it is disposed; the connection can be read from again
    /// then.</summary>
    public static IDisposable Limit(DbConnection reader, TimeSpan after) => new Interruption(reader, after);

    private sealed class Interruption : IDisposable
    {
        private readonly Lock gate = new();
        private readonly Timer timer;
        private bool over;

        public Interruption(DbConnection reader, TimeSpan after) =>
            timer = new(_ => { lock (gate) if (!over) Interrupt(reader); }, null, after, Timeout.InfiniteTimeSpan);

        public void Dispose()
        {
            lock (gate) over = true;
            timer.Dispose();
        }
    }
}
