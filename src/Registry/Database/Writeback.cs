using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Registry;

/// <summary>
/// Takes what is committed from SQLite's write-ahead log back into the file, beside the writer and not within its commits: a commit that
/// has to write back 60 MB first keeps everybody waiting for a quarter of a second. Every 16 MB, so that pages written often are written
/// back once. SQLite begins the log anew when all of it is written back and a commit begins, which under constant writing never is: at 256
/// MB the writer does the rest itself. Nothing of it is needed for durability: a commit is on the disk when the log is.
/// </summary>
internal sealed unsafe class Writeback : IDisposable
{
    /// <summary>Pages of 4 kB.</summary>
    private const int Due = 4096, Most = 65_536;

    private readonly string connectionString;
    private readonly nint writer;
    private readonly AutoResetEvent due = new(false);
    private readonly Thread thread;
    private GCHandle self;
    /// <summary>Pages of the log that are committed, and how many of them are in the file.</summary>
    private volatile int committed, done;
    private volatile bool stopped;

    /// <param name="writer">Its commits are listened to; it must outlive this.</param>
    /// <param name="connectionString">Of the same file.</param>
    public Writeback(SqliteConnection writer, string connectionString)
    {
        this.connectionString = connectionString;
        this.writer = writer.Handle!.DangerousGetHandle();
        self = GCHandle.Alloc(this);
        Sqlite3.sqlite3_wal_hook(this.writer, &Committed, GCHandle.ToIntPtr(self));
        thread = new Thread(Run) { IsBackground = true, Name = "writeback" };
        thread.Start();
    }

    /// <summary>Called by SQLite in the writer's thread after each commit, with the pages in the log.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Committed(nint context, nint db, byte* name, int pages)
    {
        var of = (Writeback)GCHandle.FromIntPtr(context).Target!;
        if (pages < of.committed) of.done = 0; // the log began anew
        of.committed = pages;
        // A file that is busy is written back at one of the next commits.
        if (pages >= Most) _ = Sqlite3.sqlite3_wal_checkpoint_v2(db, name, raw.SQLITE_CHECKPOINT_PASSIVE, null, null);
        else if (pages - of.done >= Due) of.due.Set();
        return raw.SQLITE_OK;
    }

    private void Run()
    {
        using var file = new SqliteConnection(connectionString);
        using var command = file.CreateCommand();
        while (due.WaitOne() && !stopped)
            try
            {
                if (file.State != System.Data.ConnectionState.Open)
                {
                    file.Open();
                    command.CommandText = "PRAGMA synchronous=FULL";
                    command.ExecuteNonQuery();
                    command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
                }
                using var row = command.ExecuteReader();
                if (row.Read()) done = row.GetInt32(2);
            }
            catch (SqliteException) { } // it is tried again; what the disk does not take, the writer's next commit says
    }

    public void Dispose()
    {
        stopped = true;
        Sqlite3.sqlite3_wal_hook(writer, null, 0);
        due.Set();
        thread.Join();
        self.Free();
        due.Dispose();
    }
}
