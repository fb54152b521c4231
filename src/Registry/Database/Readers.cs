using System.Data.Common;

namespace Registry;

/// <summary>A connection that reads only, and what goes around every read.</summary>
internal sealed class Reader(KeptStatements connection)
{
    private readonly Action begin = connection.Repeated("BEGIN DEFERRED"), end = connection.Repeated("ROLLBACK");
    public readonly DbConnection Connection = connection;
    public CancellationToken Cancel;
    /// <summary>Milliseconds, as <see cref="Environment.TickCount64"/>; the largest number while it is idle.</summary>
    public long Started = long.MaxValue;

    /// <summary>Begins a snapshot.</summary>
    public void Begin() => begin();

    public void End() => end();

    /// <summary>Stops the query that runs now.</summary>
    public void Interrupt() => Sqlite.Interrupt(Connection);
}

/// <summary>
/// Connections for reading that stay open, with their settings and statements. As many as read at one time; few are kept for long, because
/// each keeps some megabytes of pages of the file. Each processor has one at hand, taken without a lock: a thread that has to wait for
/// another, which may not even run, costs more than a look-up. What reads too long, or for somebody who has gone, is stopped by one watch
/// over all: a timer for each read would cost more than a look-up.
/// </summary>
internal sealed class Readers : IDisposable
{
    private static readonly TimeSpan watchEvery = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly Stack<Reader> idle = [];
    /// <summary>One at hand for each processor; the stack takes what is over.</summary>
    private readonly Reader?[] atHand = new Reader?[Environment.ProcessorCount];
    private readonly HashSet<Reader> all = [];
    private readonly string file;
    private readonly int maxIdle = Math.Max(4, Environment.ProcessorCount * 2);
    private readonly long limit;
    /// <summary>Whether a read that takes too long is stopped.</summary>
    public volatile bool Limited;
    private readonly Timer watch;
    private volatile bool disposed;

    /// <param name="file">What is read.</param>
    /// <param name="limit">How long a read may take.</param>
    public Readers(string file, TimeSpan limit)
    {
        (this.file, this.limit) = (file, (long)limit.TotalMilliseconds);
        watch = new(_ => Watch(), null, watchEvery, watchEvery);
    }

    /// <summary>A connection in a snapshot of its own; it goes back by <see cref="End"/>.</summary>
    public Reader Begin(CancellationToken cancel)
    {
        var kept = Interlocked.Exchange(ref AtHand, null);
        if (kept is null)
            lock (gate) idle.TryPop(out kept);
        var reader = kept ?? Open();
        lock (reader) (reader.Cancel, reader.Started) = (cancel, Environment.TickCount64);
        try
        {
            reader.Begin();
            return reader;
        }
        catch
        {
            Close(reader);
            throw;
        }
    }

    public void End(Reader reader)
    {
        lock (reader) (reader.Cancel, reader.Started) = (default, long.MaxValue);
        try { reader.End(); }
        catch (Exception lost) when (lost is DbException or InvalidOperationException)
        {
            Close(reader); // what was read stands; the connection is not used again
            return;
        }
        ref var hand = ref AtHand;
        if (Interlocked.CompareExchange(ref hand, reader, null) is null)
        {
            // Whoever closes all may have passed by before.
            if (disposed && Interlocked.Exchange(ref hand, null) is { } left) Close(left);
            return;
        }
        lock (gate)
            if (!disposed)
            {
                idle.Push(reader);
                return;
            }
        Close(reader);
    }

    private ref Reader? AtHand => ref atHand[Thread.GetCurrentProcessorId() % atHand.Length];

    private Reader Open()
    {
        var reader = Sqlite.OpenReader(file);
        lock (gate) all.Add(reader);
        return reader;
    }

    private void Close(Reader reader)
    {
        lock (gate) all.Remove(reader);
        lock (reader) reader.Started = long.MaxValue;
        reader.Connection.Dispose();
    }

    /// <summary>Closes one of those too many, which the next rush may want again: to open one costs as much as a hundred
    /// look-ups.</summary>
    private void Trim()
    {
        Reader? spare = null;
        lock (gate)
            if (idle.Count > maxIdle) spare = idle.Pop();
        if (spare is not null) Close(spare);
    }

    /// <summary>Under the reader's lock, so that it stops the read it looked at and never the next on the same connection.</summary>
    private void Watch()
    {
        Trim();
        Reader[] reading;
        lock (gate) reading = [.. all];
        foreach (var reader in reading)
            lock (reader)
                if (IsToStop(reader)) reader.Interrupt();
    }

    private bool IsToStop(Reader reader)
    {
        if (reader.Started == long.MaxValue) return false;
        return reader.Cancel.IsCancellationRequested || Limited && Environment.TickCount64 - reader.Started > limit;
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
        for (var i = 0; i < atHand.Length; i++)
            if (Interlocked.Exchange(ref atHand[i], null) is { } reader) closing.Add(reader);
        foreach (var reader in closing) Close(reader);
    }
}
