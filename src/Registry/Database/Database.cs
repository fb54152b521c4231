using System.Data.Common;
using System.Diagnostics;
using Dapper;

namespace Registry;

/// <summary>
/// Connections and transactions of a data file. Reads run on connections of their own, each in a snapshot, and never wait for the writer.
/// There is one writer: posts queue up, and those that wait while a commit runs are committed together (one fsync for many). Each is
/// answered after that commit. Where the file follows a shared log (<see cref="Node"/>) what is posted is committed there first.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Posts in one commit: bounds how long the first of them waits.</summary>
    private const int MaxTogether = 512;
    /// <summary>After this a reading query is stopped.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5), LongReadLimit = TimeSpan.FromMinutes(1);
    /// <summary>Between two attempts to reach what was lost: the first, and the longest.</summary>
    private static readonly TimeSpan soon = TimeSpan.FromMilliseconds(50), late = TimeSpan.FromSeconds(1);

    /// <summary>Milliseconds between two turns of other processes, each of a millisecond.</summary>
    private const int TurnEvery = 100;

    private readonly Posts posts = new();
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Readers readers;
    private readonly Memory memory = new();
    private readonly Func<Transaction, string?> seal;
    private readonly Action<DbConnection, string?>? accept;
    private readonly bool isFlushed;
    private readonly Thread thread;
    private DbConnection writer;
    private long letOthers;
    /// <summary>The writer's own: a commit has begun and was not confirmed.</summary>
    private bool committing;
    private volatile string? acknowledged;
    private volatile Exception? failure, refusing;

    /// <param name="location">The data file, made when absent.</param>
    /// <param name="time">The clock of every transaction.</param>
    /// <param name="log">Where the writer reports.</param>
    /// <param name="author">Whoever signs what is recorded, for every transaction; none on a mirror.</param>
    /// <param name="seal">Runs before every commit, in its transaction, and tells what it signed; null where nothing was to be
    /// signed.</param>
    /// <param name="accept">Throws <see cref="ForkedLogException"/> when a file that was opened again does not continue the log; it is told
    /// what was signed last in a commit that was confirmed here. Left out, whatever is found is taken.</param>
    /// <param name="sharing">The shared log that the file follows; none where the file is the registry.</param>
    /// <param name="isFlushed">Whether every commit is on the disk when it returns: not where the file can be made again.</param>
    /// <exception cref="DbException">It cannot be opened or is no database.</exception>
    /// <exception cref="SchemaException">It was made by other files of db/ than this program holds.</exception>
    public Database(Location location, TimeProvider time, ILogger<Database> log, object? author, Func<Transaction, string?> seal,
        Action<DbConnection, string?>? accept = null, Sharing? sharing = null, bool isFlushed = true)
    {
        (this.time, this.log, Author, this.seal, this.accept, Location) = (time, log, author, seal, accept, location);
        this.isFlushed = isFlushed && sharing is null;
        writer = Sqlite.OpenWriter(location.Address, this.isFlushed);
        Migrations.Apply(writer, log);
        readers = new(location.Address, ReadLimit, LongReadLimit);
        Sqlite.BeginWrite(writer, log);
        if (sharing is null) seal(Open());
        writer.Execute("COMMIT");
        if (sharing is not null)
        {
            Node = new(sharing, writer, Open, posts.Wake, log);
            sharing.Log.Newest = () => Read(sharing.Newest);
            posts.Wake();
        }
        thread = new Thread(Write) { IsBackground = true, Name = "writer" };
        thread.Start();
    }

    public Location Location { get; }

    /// <summary>Whoever signs what is recorded; none on a mirror.</summary>
    public object? Author { get; }

    /// <summary>Where the file follows a shared log.</summary>
    internal Node? Node { get; }

    /// <summary>Called once when a sync of the file has failed: the only safe act then is to stop and start anew from the file.</summary>
    public Action<Exception>? OnFailure { get; set; }

    /// <summary>Called by the writer's thread after every commit, and when the file has been brought level with a shared log. It has to be
    /// quick.</summary>
    public Action? OnCommitted { get; set; }

    /// <summary>Null while the writer takes posts.</summary>
    public Exception? Failure => failure;

    /// <summary>Why no entry may be appended though the file takes writes; null when it may.</summary>
    public string? Withheld
    {
        get => memory.Withheld;
        set => memory.Withheld = value;
    }

    /// <summary>What the last commit failed of, which was undone; null since one succeeded. The next post is tried.</summary>
    public Exception? Refusing => refusing;

    /// <summary>Whether that was for want of room on the disk.</summary>
    public bool IsFull => refusing is { } error && Sqlite.IsFull(error);

    /// <summary>The tables made from the log, in the order in which they are emptied and filled, and the order of their rows.</summary>
    public static readonly (string Table, string Order)[] Derived =
    [
        ("node", "height, idx"), ("body", "seq"), ("body_key", "kid"), ("certificate", "seq"),
        ("holder_name", "name_key, certificate, borne_from"), ("statement", "certificate, seq"), ("mark", "seq"), ("mark_range", "seq"),
        ("map", "one"), ("map_row", "first"), ("map_tile", "no"),
        ("posting", "key"), ("term", "term"), ("making", "log"), ("block", "no"), ("episode", "block"), ("loss", "seq"),
    ];

    /// <summary>The rows of a derived table as text, in order, one at a time; on a connection of
    /// <see cref="Location.OpenReadOnly"/>.</summary>
    public static IEnumerable<string> Rows(DbConnection connection, string table, string order)
    {
        using var query = connection.Command($"SELECT * FROM {table} ORDER BY {order}");
        using var row = query.ExecuteReader();
        while (row.Read())
            yield return string.Join('|', Enumerable.Range(0, row.FieldCount).Select(row.GetValue).Select(Shown));

        static string? Shown(object value) => value is byte[] bytes ? Convert.ToBase64String(bytes)
            : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>From now on a read takes five seconds at most, one of many steps (<see cref="Steps"/>) a minute: requests are answered.
    /// What the program itself reads before, or in a command, takes as long as it takes.</summary>
    public void LimitReads() => readers.Limited = true;

    /// <summary>Runs queries on one snapshot.</summary>
    /// <exception cref="DbException">It was interrupted because it took too long (<see cref="Sqlite.IsInterrupted"/>), or it cannot be
    /// read.</exception>
    public T Read<T>(Func<DbConnection, T> query, CancellationToken cancel = default)
    {
        var reader = readers.Begin(cancel);
        try { return query(reader.Connection); }
        finally { readers.End(reader); }
    }

    /// <summary>Runs a change in the writer's transaction and completes after its commit. When <paramref name="change"/> throws, what it
    /// did is undone and the others in the same commit are not touched. It is run again when another that came
    /// later has failed halfway and all was undone: one that is not alone must change nothing but the transaction and its result.</summary>
    /// <exception cref="CannotRecordException">It was not recorded, or nobody knows whether it was.</exception>
    public Task<T> WriteAsync<T>(Func<Transaction, T> change) => Queue(change, PostKind.Statement);

    /// <summary>The same for whoever reads nothing of the file afterwards: where it follows a shared log, it may not have yet what that has
    /// confirmed.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    public Task<T> RecordAsync<T>(Func<Transaction, T> change) => Queue(change, PostKind.Statement, needsNoFile: true);

    /// <summary>The same for what is this file's alone, such as the order of an index: where the file follows a shared log, it is not
    /// asked.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    public Task<T> WriteOwnAsync<T>(Func<Transaction, T> change) => Queue(change, PostKind.Own);

    private async Task<T> Queue<T>(Func<Transaction, T> change, PostKind kind, bool needsNoFile = false)
    {
        T result = default!;
        var post = new Post(transaction => result = change(transaction), kind, needsNoFile);
        if (failure is not null || !posts.TryAdd(post))
            throw new CannotRecordException("The writer does not take posts now.", failure);
        await post.Done;
        return result;
    }

    private void Write()
    {
        var together = new List<Post>();
        while (posts.Await())
        {
            together.Clear();
            try { Commit(together); }
            catch (Exception error) when (Node is not null && error is CannotStartException)
            {
                FollowAnew(error, together);
                continue;
            }
            catch (Exception error) when (!Sqlite.LeavesDoubt(error))
            {
                TakeBack(error, together);
                continue;
            }
            catch (Exception error)
            {
                Fail(error, together);
                return;
            }
            OnCommitted?.Invoke();
            LetOthersWrite();
        }
    }

    private void Commit(List<Post> together)
    {
        if (posts.Next is not { } kind) return;
        if (kind == PostKind.Wake)
        {
            posts.Take(together, kind);
            kind = posts.Next ?? PostKind.Wake;
            // A commit follows as well, with one message less.
            if (kind != PostKind.Statement)
            {
                Node!.Follow();
                if (Node.IsUnsealed) Seal(Node.Take(), together);
                return;
            }
        }
        var alone = Node is null || kind == PostKind.Own;
        if (alone && !Sqlite.BeginWrite(writer)) throw new CannotRecordException(Busy);
        var transaction = alone ? Open() : Node!.Take();
        var begun = Sqlite.Changes(writer);
        while (together.Count < MaxTogether && posts.Take(together, kind) is { } post)
        {
            var before = Sqlite.Changes(writer);
            try { post.Change(transaction); }
            catch (Exception error) when (!Sqlite.IsFatal(error))
            {
                post.Refused = error;
                if (Sqlite.Changes(writer) != before) Redo(transaction, together); // nearly all are refused before anything is changed
            }
        }
        if (!alone) Seal(transaction, together);
        else
        {
            var sealing = seal(transaction);
            committing = true;
            var start = Stopwatch.GetTimestamp();
            writer.Run("COMMIT");
            Measures.CommitSeconds.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            committing = false;
            acknowledged = sealing ?? acknowledged;
        }
        if (refusing is not null && Sqlite.Changes(writer) != begun)
        {
            refusing = null;
            Log.WritingGoesOn(log);
        }
        Answer(alone ? together : together.FindAll(post => !post.NeedsNoFile));
    }

    /// <summary>Tells everybody that it is recorded, or why his post is not.</summary>
    private static void Answer(List<Post> recorded)
    {
        Post.Tell(recorded, post => post.Refused);
        Measures.Posts.Add(recorded.Count);
    }

    internal const string Busy = "Another process of this registry is writing, such as a rebuild.";

    /// <summary>What the shared log has confirmed is recorded, whatever becomes of this file: who needs nothing but that is answered while
    /// the file is committed. Whoever reads it waits until it has been (<see cref="Node.Level"/>).</summary>
    private void Seal(Transaction transaction, List<Post> together)
    {
        var sealing = seal(transaction);
        committing = true;
        var start = Stopwatch.GetTimestamp();
        Node!.Append(transaction, sealing, goesOn: posts.Next == PostKind.Statement);
        Answer(together.FindAll(post => post.NeedsNoFile));
        writer.Run("COMMIT");
        Measures.CommitSeconds.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        committing = false;
        Node.Committed();
    }

    private Transaction Open()
    {
        memory.Begin();
        return new(writer, time.GetUtcNow(), Author) { Memory = memory };
    }

    /// <summary>A post failed halfway: the transaction is undone, and what was right in it done again. A savepoint around each post would
    /// spare this, but it makes the text index write a segment for every post, which costs more than all else.</summary>
    private void Redo(Transaction transaction, List<Post> together)
    {
        for (Post? failed = together[^1]; failed is not null;)
        {
            writer.Execute("ROLLBACK");
            transaction.Memory.Forget();
            while (!Sqlite.BeginWrite(writer)) { }
            failed = null;
            foreach (var post in together.Where(post => post.Refused is null))
            {
                try { post.Change(transaction); }
                catch (Exception error) when (!Sqlite.IsFatal(error))
                {
                    (failed, post.Refused) = (post, error);
                    break;
                }
            }
        }
    }

    /// <summary>A command or an import writes beside this process, and while posts never end it would find the lock taken whenever it
    /// looks.</summary>
    private void LetOthersWrite()
    {
        if (Environment.TickCount64 - letOthers < TurnEvery) return;
        Thread.Sleep(1);
        letOthers = Environment.TickCount64;
    }

    /// <summary>The shared log or the way to it was lost, or it could not commit. It alone knows what was committed, and tells everybody
    /// who asks again. So: undo what the file has not committed, tell those of this commit that nobody knows, and follow anew. While that
    /// fails, nobody is left waiting.</summary>
    private void FollowAnew(Exception error, List<Post> together)
    {
        if (committing) Log.CommitLost(log, error.Message);
        Tell(together, "The shared log was lost before it confirmed the commit.", error);
        for (var wait = soon; !posts.AreOver; wait = wait * 2 < late ? wait * 2 : late)
            try
            {
                Node!.Leave();
                Sqlite.Undo(writer);
                memory.Forget();
                Node.Follow();
                failure = null;
                posts.Wake();
                return;
            }
            catch (Exception unreachable) when (unreachable is CannotStartException or CannotRecordException)
            {
                // Said once: what takes minutes to come back would fill the log.
                if (unreachable is ForkedLogException && failure is not ForkedLogException) Log.SharedLogRefused(log, unreachable.Message);
                failure = unreachable;
                Tell(posts.TakeAll(), "The shared log cannot be reached.", unreachable);
                Thread.Sleep(wait);
            }
    }

    /// <summary>The commit did not come about, for want of room or because nothing may be sealed: all of it is undone, everybody is told,
    /// and the next post is tried as if nothing had been. Reading goes on.</summary>
    private void TakeBack(Exception error, List<Post> together)
    {
        if (together.Count == 0) together.AddRange(posts.TakeAll()); // it did not even begin: nobody is left waiting
        // Said once, not with every post.
        if (refusing?.Message != error.Message && !Sqlite.NeedsNewConnection(error)) Log.NotRecorded(log, error.Message);
        refusing = error;
        memory.Forget();
        Node?.Leave();
        if (!Sqlite.NeedsNewConnection(error))
            try
            {
                Sqlite.Undo(writer);
                // A shared log may have confirmed what the file could not take.
                if (Node is null) committing = false;
                Tell(together, $"Nothing was recorded: {error.Message}", error);
                return;
            }
            catch (DbException) { } // then as after any other failure
        Reopen(error, together);
    }

    /// <summary>Something failed on the file that nobody understands. It alone knows what was committed, and tells everybody who asks
    /// again. So: tell those of this commit that nobody knows, and open a new connection. While there is none, nobody is left
    /// waiting.</summary>
    private void Reopen(Exception error, List<Post> together)
    {
        Log.WriterLost(log, error);
        Tell(together, "The file was lost before it confirmed the commit: nobody knows whether it was recorded.", error);
        for (var wait = soon; !posts.AreOver; wait = wait * 2 < late ? wait * 2 : late)
            try
            {
                writer.Dispose();
                writer = Sqlite.OpenWriter(Location.Address, isFlushed);
                accept?.Invoke(writer, acknowledged);
                Node?.Attach(writer);
                failure = null;
                return;
            }
            catch (Exception unreachable)
                when (unreachable is DbException or InvalidDataException or InvalidOperationException or CannotStartException)
            {
                // Said once: what takes minutes to come back would fill the log.
                if (unreachable is ForkedLogException && failure is not ForkedLogException) Log.DatabaseRefused(log, unreachable.Message);
                failure = unreachable;
                Tell(posts.TakeAll(), "The file cannot be reached.", unreachable);
                Thread.Sleep(wait);
            }
    }

    /// <summary>Tells posts that nothing came of them, or where a commit was under way that nobody knows.</summary>
    private void Tell(List<Post> told, string why, Exception cause)
    {
        var isUnknown = committing;
        Post.Tell(told, _ => new CannotRecordException(why, cause) { IsUnknown = isUnknown });
        committing = false;
    }

    /// <summary>After a sync has failed nobody knows what the disk holds, and a retry may succeed without the data. So: tell everybody who
    /// waits, take nothing more, stop.</summary>
    private void Fail(Exception error, List<Post> together)
    {
        failure = error;
        Log.WriterFailed(log, error);
        posts.Close();
        Tell(together, "The commit failed.", error);
        Tell(posts.TakeAll(), "The writer has stopped.", error);
        OnFailure?.Invoke(error);
    }

    /// <summary>Writes what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        posts.Close();
        await Task.Run(thread.Join);
        Node?.Dispose();
        await writer.DisposeAsync();
        readers.Dispose();
    }
}

internal static partial class Log
{
    [LoggerMessage(33, LogLevel.Warning,
        "{File} is locked by another process, such as an import or a backup of another program: it is waited for.")]
    public static partial void WaitsForFile(ILogger logger, string file);

    [LoggerMessage(7, LogLevel.Error, "Nothing is recorded now: {Reason} It is tried again with every post; reading goes on.")]
    public static partial void NotRecorded(ILogger logger, string reason);

    [LoggerMessage(8, LogLevel.Information, "It is recorded again.")]
    public static partial void WritingGoesOn(ILogger logger);

    [LoggerMessage(1, LogLevel.Critical, "The writer stopped: a sync of the file failed, and nobody knows what the disk holds. "
        + "Look at the disk, then start the registry anew; nothing acknowledged is lost.")]
    public static partial void WriterFailed(ILogger logger, Exception error);

    [LoggerMessage(9, LogLevel.Error, "The shared log did not confirm a commit. It is asked anew; nothing acknowledged is lost: {Reason}")]
    public static partial void CommitLost(ILogger logger, string reason);

    [LoggerMessage(17, LogLevel.Critical, "The shared log is neither read nor written: {Reason}")]
    public static partial void SharedLogRefused(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Error, "The file was lost. The writer opens a new connection; nothing acknowledged is lost.")]
    public static partial void WriterLost(ILogger logger, Exception error);

    [LoggerMessage(6, LogLevel.Critical, "The database that was found again is not written to: {Reason}")]
    public static partial void DatabaseRefused(ILogger logger, string reason);
}
