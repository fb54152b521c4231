using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>All that is particular to the engine. Today that is SQLite; every other statement is text both engines take.</summary>
public static class Dialect
{
    /// <summary>SQLite makes only INTEGER PRIMARY KEY the row's own id; a BIGINT one would be a second index.</summary>
    public static string Ddl(string text) => text.Replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY").Replace("BYTEA", "BLOB");

    /// <summary>What the writer's own connection is set to. synchronous=FULL: an acknowledged statement survives a power cut, not only a
    /// killed process. The pragmas stay with a pooled connection, so none is pooled by the driver.</summary>
    public const string WriterPragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA wal_autocheckpoint=2000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;";

    public const string ReaderPragmas = "PRAGMA query_only=ON; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=1073741824;";

    /// <summary>A reader that also sees, as table search_term, what the text index holds.</summary>
    public const string AuditPragmas = "PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; CREATE VIRTUAL TABLE temp.search_term USING fts5vocab('main', 'search', 'row'); PRAGMA query_only=ON;";

    /// <summary>IMMEDIATE takes the write lock at once: a deferred one could fail halfway.</summary>
    public const string BeginWrite = "BEGIN IMMEDIATE", BeginRead = "BEGIN DEFERRED";

    /// <summary>Extended codes SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE; 19 alone would be any constraint.</summary>
    public static bool IsDuplicate(DbException error) => error is SqliteException { SqliteExtendedErrorCode: 1555 or 2067 };

    public static bool IsBusy(DbException error) => error is SqliteException { SqliteErrorCode: 5 };

    /// <summary>Out of memory, read-only, input/output, corrupt, full, cannot open, no database: nothing that a post did.</summary>
    public static bool IsFatal(Exception error) => error is SqliteException { SqliteErrorCode: 7 or 8 or 10 or 11 or 13 or 14 or 26 };

    /// <summary>SQLITE_INTERRUPT: a query was stopped because its time was up.</summary>
    public static bool IsInterrupted(Exception error) => error is SqliteException { SqliteErrorCode: 9 };

    /// <summary>Rows changed on a connection since it was opened: says whether a part of a transaction changed anything.</summary>
    public static long Changes(DbConnection connection) => SQLitePCL.raw.sqlite3_total_changes(((SqliteConnection)connection).Handle);

    /// <summary>Stops the query that runs on a connection. A cancellation token would not.</summary>
    public static void Interrupt(DbConnection connection)
    {
        if (((SqliteConnection)connection).Handle is { IsClosed: false } handle) SQLitePCL.raw.sqlite3_interrupt(handle);
    }
}
