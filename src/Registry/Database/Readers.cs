using System.Data.Common;

namespace Registry;

/// <summary>A connection that reads only, and what goes around every read.</summary>
internal sealed class Reader
{
    private readonly Action begin, end;
    private readonly KeptStatements connection;
    private CancellationToken cancel;
    /// <summary>Milliseconds, as <see cref="Environment.TickCount64"/>: when the read began, and the step of it that runs now. The largest
    /// number while it is idle.</summary>
    private long began = long.MaxValue, step = long.MaxValue;

    public Reader(KeptStatements connection)
    {
        this.connection = connection;
        (begin, end) = (connection.Repeated("BEGIN DEFERRED"), connection.Repeated("ROLLBACK"));
        connection.NextStep = NextStep;
    }

    public DbConnection Connection => connection;

    /// <summary>It is in use from now on, or idle.</summary>
    public void Use(CancellationToken by) => Set(by, Environment.TickCount64);

    /// <inheritdoc cref="Use"/>
    public void Rest() => Set(default, long.MaxValue);

    private void Set(CancellationToken by, long at)
    {
        lock (this) (cancel, began, step) = (by, at, at);
    }

    private void NextStep()
    {
        lock (this) step = Environment.TickCount64;
    }

    /// <summary>Stops the query that runs now where nobody waits for it any more, or it takes too long. Under the lock, so that it stops
    /// the read it looked at and never the next on the same connection.</summary>
    /// <param name="ofStep">How long a step may take, in milliseconds; null for no limit.</param>
    /// <param name="ofAll">How long all steps together may take.</param>
    public void StopIfOver(long? ofStep, long ofAll)
    {
        lock (this)
        {
            if (began == long.MaxValue) return;
            var now = Environment.TickCount64;
            var isOver = now - step > ofStep || ofStep is not null && now - began > ofAll;
            if (isOver || cancel.IsCancellationRequested) Sqlite.Interrupt(connection);
        }
    }

    /// <summary>Begins a snapshot.</summary>
    public void Begin() => begin();

    public void End() => end();
}

/// <summary>A read of bounded size that is done step by step, such as a list of ten thousand rows.</summary>
internal static class Steps
{
    /// <summary>A step is done and the next begins: the limit of a read counts anew, so that a machine that is busy answers later, and
    /// not "cannot check now". All steps together have a limit of their own.</summary>
    public static void NextStep(this DbConnection db) => (db as KeptStatements)?.NextStep?.Invoke();
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
    /// <summary>Milliseconds that a step of a read may take, and all its steps.</summary>
    private readonly long ofStep, ofAll;
    /// <summary>Whether a read that takes too long is stopped.</summary>
    public volatile bool Limited;
    private readonly Timer watch;
    private volatile bool disposed;

    /// <param name="file">What is read.</param>
    /// <param name="ofStep">How long a step of a read may take; most reads are one.</param>
    /// <param name="ofAll">How long a read may take whose steps are many.</param>
    public Readers(string file, TimeSpan ofStep, TimeSpan ofAll)
    {
        this.file = file;
        (this.ofStep, this.ofAll) = ((long)ofStep.TotalMilliseconds, (long)ofAll.TotalMilliseconds);
        watch = new(_ => Watch(), null, watchEvery, watchEvery);
    }

    /// <summary>A connection in a snapshot of its own; it goes back by <see cref="End"/>.</summary>
    public Reader Begin(CancellationToken cancel)
    {
        var kept = Interlocked.Exchange(ref AtHand, null);
        if (kept is null)
            lock (gate) idle.TryPop(out kept);
        var reader = kept ?? Open();
        reader.Use(cancel);
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
        reader.Rest();
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
        reader.Rest();
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

    private void Watch()
    {
        Trim();
        Reader[] reading;
        lock (gate) reading = [.. all];
        foreach (var reader in reading) reader.StopIfOver(Limited ? ofStep : null, ofAll);
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
