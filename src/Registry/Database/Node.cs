using System.Data.Common;

namespace Registry;

/// <summary>What makes a database a node: its file follows a shared log, and what is posted here is appended there before the file has
/// it.</summary>
/// <param name="Log">The shared log.</param>
/// <param name="Apply">Appends and projects, in a transaction of the file, what others appended. With a note, which comes with the last of
/// it, it throws <see cref="ForkedLogException"/> when the entries do not give what the note signs.</param>
/// <param name="Accept">Throws <see cref="ForkedLogException"/> when the file, level with the shared log, cannot be the log's next
/// state.</param>
/// <param name="Newest">The newest entry of a file; null when it is empty.</param>
public sealed record Sharing(
    SharedLog Log,
    Action<Transaction, IReadOnlyList<LogRow>, string?> Apply,
    Action<DbConnection> Accept,
    Func<DbConnection, LogRow?> Newest);

/// <summary>
/// A data file that follows a shared log. The file is a projection like any other: it may be deleted, be a copy of another node's, or have
/// lost its newest commits in a power cut; it catches up. Everything here but <see cref="Level"/> runs in the writer's thread.
/// </summary>
/// <remarks>
/// Order of locks: the file, then the head. A process that waits for the head holds its file, so no other process of that file waits for
/// the head too. Only what comes after <see cref="Take"/> has made the others' entries visible, or after a commit that has kept the head,
/// takes the file while it has the head, and gives the head up when another has the file. Crash order: the shared log commits first. A
/// process that dies between the two commits leaves a file that is behind, never one that is ahead.
/// </remarks>
internal sealed class Node : IDisposable
{
    /// <summary>How long a read waits for the file to be level.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);
    /// <summary>Between two lines of the log while a file catches up.</summary>
    private static readonly TimeSpan tellEvery = TimeSpan.FromSeconds(5);
    /// <summary>Commits that keep the head for the next, and milliseconds for which they do: then another node that waits for it, a second
    /// at most, has its turn.</summary>
    private const int MostInARow = 16, LongestInARow = 500;

    private readonly Sharing sharing;
    private readonly Func<Transaction> open;
    private readonly Action wake;
    private readonly ILogger log;
    private DbConnection writer;
    private OperatorRows rows;
    private readonly Lock guard = new();
    private TaskCompletionSource advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Position reached, head, there;
    private string proven = "";
    private bool accepted;
    /// <summary>The head that the last commit has kept, and what others appended in between; null where it was given up.</summary>
    private Appended? kept;
    private bool isAlone;
    private int inARow;
    private long takenAt;
    private long levelAt = -1, toldAt = Environment.TickCount64;

    /// <param name="sharing">The shared log and what to do with it.</param>
    /// <param name="writer">The writer's connection to the file.</param>
    /// <param name="open">A new transaction's clock and memory; it begins nothing.</param>
    /// <param name="wake">Has the writer's thread follow soon.</param>
    /// <param name="log">Where progress is told.</param>
    public Node(Sharing sharing, DbConnection writer, Func<Transaction> open, Action wake, ILogger log)
    {
        (this.sharing, this.writer, this.open, this.wake, this.log) = (sharing, writer, open, wake, log);
        rows = new(writer);
        reached = Held();
        sharing.Log.Reached = () => Reached;
    }

    /// <summary>The file was opened again.</summary>
    public void Attach(DbConnection opened) => (writer, rows) = (opened, new(opened));

    /// <summary>How far the file is, as committed.</summary>
    public Position Reached
    {
        get { lock (guard) return reached; }
    }

    /// <summary>Entries of the shared log when it was last read.</summary>
    public long Expected
    {
        get { lock (guard) return Math.Max(there.Size, reached.Size); }
    }

    /// <summary>Whether the file has been level with the shared log since the program started.</summary>
    public bool HasBeenLevel => Volatile.Read(ref levelAt) >= 0;

    /// <summary>How long ago the file was last known to miss nothing; null before it was level.</summary>
    public TimeSpan? Age => Volatile.Read(ref levelAt) is >= 0 and var at ? TimeSpan.FromMilliseconds(Environment.TickCount64 - at) : null;

    /// <summary>Whether nobody has ever signed a checkpoint of the shared log: it is a new one.</summary>
    public bool IsUnsealed => proven.Length == 0 && Reached == default;

    // ---- reading

    /// <summary>Waits until the file misses nothing that was acknowledged anywhere before this was called. From any thread.</summary>
    /// <exception cref="SharedLogException">The shared log cannot be asked, or the file is not level in time.</exception>
    public async Task Level(CancellationToken cancel)
    {
        var begun = Environment.TickCount64;
        var asked = await sharing.Log.Ask();
        while (true)
        {
            var (next, held) = Look();
            if (held.Holds(asked)) break;
            if (!HasBeenLevel && asked.Size - held.Size > SharedLog.Portion)
                throw new SharedLogException($"This node is catching up: {held.Size} of {asked.Size} entries.");
            wake();
            var left = patience - TimeSpan.FromMilliseconds(Environment.TickCount64 - begun);
            try { await next.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancel); }
            catch (TimeoutException)
            {
                throw new SharedLogException($"This node is not level in time: {held.Size} of {asked.Size} entries.");
            }
        }
        LevelSince(begun);
    }

    private (Task Next, Position Held) Look()
    {
        lock (guard) return (advanced.Task, reached);
    }

    private void LevelSince(long instant)
    {
        for (var before = Volatile.Read(ref levelAt); instant > before; before = Volatile.Read(ref levelAt))
            if (Interlocked.CompareExchange(ref levelAt, instant, before) == before) return;
    }

    // ---- following

    private Position Held() => new(
        writer.Ask("SELECT coalesce(max(seq) + 1, 0) FROM entry", row => row.GetInt64(0)),
        writer.Ask("SELECT coalesce(max(version), 0) FROM followed", row => row.GetInt64(0)));

    private void Begin()
    {
        if (!Sqlite.BeginWrite(writer)) throw new CannotRecordException(Database.Busy);
    }

    /// <summary>Brings the file level with the shared log, a portion at a time, and keeps nobody from appending.</summary>
    public void Follow()
    {
        Task<Appended>? ahead = null;
        try
        {
            for (var since = Held(); ;)
            {
                var begun = Environment.TickCount64;
                var appended = ahead is null ? sharing.Log.Read(since) : ahead.GetAwaiter().GetResult();
                // The next is on its way while this one is applied.
                ahead = appended.IsWhole ? null : Task.Run(() => sharing.Log.Read(appended.Reached));
                lock (guard) there = appended.Head;
                Begin();
                if (Held() != since)
                {
                    // Another process of this file was quicker.
                    writer.Run("ROLLBACK");
                    ahead?.Wait();
                    (ahead, since) = (null, Held());
                    continue;
                }
                Put(appended);
                writer.Run("COMMIT");
                Advance(appended);
                if (appended.IsWhole)
                {
                    LevelSince(begun);
                    return;
                }
                Tell(appended);
                since = appended.Reached;
            }
        }
        finally
        {
            // What is on its way uses the connection.
            try { ahead?.Wait(); }
            catch (AggregateException) { }
        }
    }

    private void Put(Appended appended)
    {
        if (appended.IsWhole && appended.Head.Size > 0 && appended.Note.Length == 0)
            throw new SharedLogException("A copy into the shared log was not finished. Run `registry copy --to` again");
        if (!appended.IsNothing || appended.Note != proven)
            sharing.Apply(open(), appended.Entries, appended.IsWhole ? appended.Note : null);
        rows.Put(appended.Rows);
        rows.Forget();
        Note(appended.Reached.Version);
        if (!appended.IsWhole || accepted) return;
        sharing.Accept(writer);
        accepted = true;
    }

    private void Note(long version)
    {
        if (writer.Run("UPDATE followed SET version = @version WHERE version < @version", version) == 0)
            writer.Run("INSERT INTO followed (version) SELECT @version WHERE NOT EXISTS (SELECT 1 FROM followed)", version);
    }

    private void Advance(Appended appended)
    {
        if (appended.IsWhole) proven = appended.Note;
        Advance(appended.Reached);
    }

    private void Advance(Position to)
    {
        TaskCompletionSource waited;
        lock (guard)
        {
            reached = to;
            (waited, advanced) = (advanced, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        waited.SetResult();
    }

    private void Tell(Appended appended)
    {
        if (Environment.TickCount64 - toldAt < tellEvery.TotalMilliseconds) return;
        toldAt = Environment.TickCount64;
        Log.CatchingUp(log, appended.Reached.Size, appended.Head.Size);
    }

    // ---- appending

    /// <summary>Locks the head unless the commit before has kept it, makes visible what others appended, and begins the transaction that
    /// posts are decided in.</summary>
    public Transaction Take()
    {
        while (true)
        {
            if ((kept is null ? Lock() : GoOn()) is { } appended)
            {
                var isKnown = appended.IsNothing && appended.Note == proven && accepted;
                isAlone = appended.IsNothing;
                if (isKnown || appended.IsWhole && Show(appended))
                {
                    head = appended.Head;
                    return open();
                }
                sharing.Log.Release();
            }
            Sqlite.Undo(writer);
            Follow();
        }
    }

    private Appended? Lock()
    {
        Begin();
        var appended = sharing.Log.Take(Held());
        (inARow, takenAt) = (0, Environment.TickCount64);
        return appended;
    }

    /// <summary>Begins with the head that was kept; gives it up where another process has the file, or had it meanwhile.</summary>
    private Appended? GoOn()
    {
        var appended = kept;
        (kept, inARow) = (null, inARow + 1);
        if (Sqlite.BeginWrite(writer, patience: 0) && Held() == Reached) return appended;
        sharing.Log.Release();
        return null;
    }

    /// <summary>Commits what others appended by itself, so that readers see it without waiting for the posts.</summary>
    /// <returns>Whether a transaction has begun again. Where not, another process has the file and may be waiting for the head.</returns>
    private bool Show(Appended appended)
    {
        Put(appended);
        writer.Run("COMMIT");
        Advance(appended);
        return Sqlite.BeginWrite(writer, patience: 0);
    }

    /// <summary>Appends to the shared log what the transaction has changed, or gives the head up when that is nothing. The file is
    /// committed after it.</summary>
    /// <param name="transaction">What <see cref="Take"/> began.</param>
    /// <param name="note">The new checkpoint; null where no entry was added.</param>
    /// <param name="goesOn">Another post waits, for which the head is kept: a commit after another is then one message. Not where others
    /// append too, which would wait longer.</param>
    public void Append(Transaction transaction, string? note, bool goesOn)
    {
        var changed = rows.Changed();
        var entries = transaction.Memory.Appended.ConvertAll(appended => appended.Row);
        if (entries.Count == 0 && changed.Count == 0 && note is null) sharing.Log.Release();
        else (head, kept) = sharing.Log.Append(entries, changed, head, note ?? proven, goesOn && MayKeep);
        rows.Forget();
        if (changed.Count > 0) Note(head.Version);
        proven = note ?? proven;
    }

    private bool MayKeep => isAlone && inARow < MostInARow && Environment.TickCount64 - takenAt < LongestInARow;

    /// <summary>The file has what <see cref="Append"/> appended, and nobody else appended since the head was taken: it is level, as it is
    /// when it has followed. (A node that got posts as it started, and no reader, was never ready.)</summary>
    public void Committed()
    {
        if (head != Reached) Advance(head);
        LevelSince(takenAt);
    }

    /// <summary>Lets go of the connection, and of the head if it is locked.</summary>
    public void Leave()
    {
        kept = null;
        sharing.Log.Leave();
    }

    public void Dispose() => sharing.Log.Dispose();
}

internal static partial class Log
{
    [LoggerMessage(5, LogLevel.Information, "Catching up with the shared log: {Done} of {All} entries.")]
    public static partial void CatchingUp(ILogger logger, long done, long all);
}
