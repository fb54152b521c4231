using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>
/// Connections for reading that stay open, with their settings and statements. As many as read at one time; few are kept, because each
/// maps the file. What reads too long, or for somebody who has gone, is stopped by one watch over all: a timer for each read would cost
/// more than a look-up.
/// </summary>
internal sealed class Readers : IDisposable
{
    private static readonly TimeSpan watchEvery = TimeSpan.FromMilliseconds(50);
    private static readonly int maxIdle = Math.Max(4, Environment.ProcessorCount * 2);

    private readonly Lock gate = new();
    private readonly Stack<Reader> idle = [];
    private readonly HashSet<Reader> all = [];
    private readonly string connection;
    private readonly long limit;
    private readonly Timer watch;
    private bool disposed;

    /// <param name="file">The data file.</param>
    /// <param name="limit">How long a read may take.</param>
    public Readers(string file, TimeSpan limit)
    {
        connection = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 10 }.ToString();
        this.limit = (long)limit.TotalMilliseconds;
        watch = new(_ => Watch(), null, watchEvery, watchEvery);
    }

    /// <summary>A connection in a snapshot of its own; it goes back by <see cref="End"/>.</summary>
    public Reader Begin(CancellationToken cancel)
    {
        Reader? reader;
        lock (gate) idle.TryPop(out reader);
        reader ??= Open();
        lock (reader) (reader.Cancel, reader.Started) = (cancel, Environment.TickCount64);
        try { reader.Begin.ExecuteNonQuery(); }
        catch
        {
            Close(reader);
            throw;
        }
        return reader;
    }

    public void End(Reader reader)
    {
        lock (reader) (reader.Cancel, reader.Started) = (default, long.MaxValue);
        try { reader.Rollback.ExecuteNonQuery(); }
        catch (SqliteException)
        {
            Close(reader); // what was read stands; the connection is not used again
            return;
        }
        lock (gate)
            if (!disposed && idle.Count < maxIdle)
            {
                idle.Push(reader);
                return;
            }
        Close(reader);
    }

    private Reader Open()
    {
        var opened = new KeptStatements(connection);
        try
        {
            opened.Open();
            using (var settings = new SqliteCommand(Dialect.ReaderPragmas, opened)) settings.ExecuteNonQuery();
        }
        catch
        {
            opened.Dispose();
            throw;
        }
        var reader = new Reader(opened, new SqliteCommand(Dialect.BeginRead, opened), new SqliteCommand("ROLLBACK", opened));
        lock (gate) all.Add(reader);
        return reader;
    }

    private void Close(Reader reader)
    {
        lock (gate) all.Remove(reader);
        lock (reader) reader.Started = long.MaxValue;
        reader.Connection.Dispose();
    }

    /// <summary>Under the reader's lock, so that it stops the read it looked at and never the next on the same connection.</summary>
    private void Watch()
    {
        Reader[] reading;
        lock (gate) reading = [.. all];
        foreach (var reader in reading)
            lock (reader)
                if (reader.Started != long.MaxValue && (reader.Cancel.IsCancellationRequested || Environment.TickCount64 - reader.Started > limit)) Dialect.Interrupt(reader.Connection);
    }

    public void Dispose()
    {
        watch.Dispose();
        List<Reader> closing;
        lock (gate)
        {
            disposed = true;
            closing = [.. idle];
            idle.Clear();
        }
        foreach (var reader in closing) Close(reader);
    }

    /// <summary>A connection that reads only, and the two statements around every read.</summary>
    internal sealed class Reader(DbConnection connection, DbCommand begin, DbCommand rollback)
    {
        public readonly DbConnection Connection = connection;
        public readonly DbCommand Begin = begin, Rollback = rollback;
        public CancellationToken Cancel;
        /// <summary>Milliseconds, as <see cref="Environment.TickCount64"/>; the largest number while it is idle.</summary>
        public long Started = long.MaxValue;
    }
}
