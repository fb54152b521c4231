using System.Data.Common;
using System.Threading.Channels;
using Dapper;
using Registry.Transparency;

namespace Registry;

/// <summary>A write transaction: its connection, the one clock reading everything in it shares, and the key that signs what is recorded
/// in it (none on a mirror, which records what others signed).</summary>
public sealed record Transaction(DbConnection Connection, DateTimeOffset Now, NoteSigner? Signer)
{
    private readonly DbConnection connection = Connection;
    private readonly List<(string Text, object?[] Values)> putOff = [];

    /// <summary>Sees all that was written so far: ask for it where it is used, not before a change.</summary>
    public DbConnection Connection
    {
        get
        {
            Send();
            return connection;
        }
    }

    public Dialect Dialect { get; } = Dialect.Of(Connection);

    public Memory Memory { get; init; } = new();

    /// <summary>Runs a change that nobody waits for. On a server it is put off, so that all changes of a post are one message there and back.</summary>
    /// <param name="text">One of few texts: each is kept.</param>
    /// <param name="values">In the order in which the text first names them.</param>
    public void Run(string text, params ReadOnlySpan<object?> values)
    {
        if (connection.CanCreateBatch) putOff.Add((text, [.. values]));
        else connection.Run(text, values);
    }

    /// <summary>Sends what was put off.</summary>
    /// <exception cref="DbException">The engine refuses it: the transaction has to be undone.</exception>
    public void Send()
    {
        if (putOff.Count == 0) return;
        var changes = putOff.ToArray();
        putOff.Clear();
        connection.RunAll(changes);
    }

    /// <summary>All was undone.</summary>
    public void Forget()
    {
        putOff.Clear();
        Memory.Forget();
    }

    /// <summary>Runs a part of the change that holds together: undone as one when it throws, and always when it is only tried.</summary>
    public T Attempt<T>(Func<T> act, bool keep)
    {
        Connection.Execute("SAVEPOINT attempt");
        var done = false;
        try
        {
            var result = act();
            done = keep;
            return result;
        }
        finally
        {
            if (!done) Memory.Forget();
            Connection.Execute(done ? "RELEASE attempt" : "ROLLBACK TO attempt; RELEASE attempt");
        }
    }
}

/// <summary>It cannot be written: the disk is full, the file or the server is gone, the registry is stopping, or too much is waiting. Where the
/// commit itself was under way, nobody knows whether it was recorded: the same statement again is answered with what became of it.</summary>
public sealed class CannotRecordException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Nobody knows whether it was recorded.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>
/// Connections and transactions. Reads run on connections of their own, each in a snapshot, and never wait for the writer. There is
/// one writer: posts queue up, and those that wait while a commit runs are committed together (one fsync for many). Each is answered
/// after that commit. Several processes may write one database of PostgreSQL: each transaction begins by waiting for the one lock.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Posts that may wait; beyond it the registry says so instead of growing.</summary>
    private const int MaxWaiting = 4096;
    /// <summary>Posts in one commit: bounds how long the first of them waits.</summary>
    private const int MaxTogether = 512;
    /// <summary>After this a reading query is stopped.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);
    /// <summary>Between two attempts to reach a server that was lost: the first, and the longest.</summary>
    private static readonly TimeSpan soon = TimeSpan.FromMilliseconds(50), late = TimeSpan.FromSeconds(1);

    /// <summary>Milliseconds between two turns of other processes, each of a millisecond.</summary>
    private const int TurnEvery = 100;

    private readonly Channel<Post> posts = Channel.CreateBounded<Post>(MaxWaiting);
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Dialect dialect;
    private readonly Readers? readers;
    private readonly PostgresServers? servers;
    private readonly Memory memory = new();
    private readonly Func<Transaction, PublishedCheckpoint?> seal;
    private readonly Action<DbConnection, PublishedCheckpoint?>? accept;
    private readonly Thread thread;
    private DbConnection writer;
    private object? life;
    private long letOthers;
    private volatile bool opened;
    /// <summary>The writer's own: a commit has begun and was not confirmed.</summary>
    private bool committing;
    private volatile PublishedCheckpoint? acknowledged;
    private volatile Exception? failure, refusing;

    /// <param name="location">The data file, made when absent, or the database of a server.</param>
    /// <param name="time">The clock of every transaction.</param>
    /// <param name="log">Where the writer reports.</param>
    /// <param name="signer">The key that signs what is recorded; none on a mirror.</param>
    /// <param name="seal">Runs before every commit, in its transaction, and tells the checkpoint it made.</param>
    /// <param name="accept">Throws <see cref="ForkedLogException"/> when a database that was lost and found again does not continue the log; the checkpoint
    /// is the newest whose commit was confirmed here. Left out, whatever is found is taken.</param>
    /// <exception cref="DbException">It cannot be opened or is no database.</exception>
    /// <exception cref="InvalidDataException">It cannot hold a registry.</exception>
    /// <exception cref="SchemaTooNewException">A newer registry made it.</exception>
    public Database(Location location, TimeProvider time, ILogger<Database> log, NoteSigner? signer, Func<Transaction, PublishedCheckpoint?> seal, Action<DbConnection, PublishedCheckpoint?>? accept = null)
    {
        (this.time, this.log, Signer, this.seal, this.accept, Location, dialect) = (time, log, signer, seal, accept, location, location.Dialect);
        // A server is waited for on the thread that asks: as many as may read, and as many that wait for a place. The pool would add one only every half second.
        if (dialect.MaxReaders is not int.MaxValue and var most) ThreadPool.SetMinThreads(most * 2, most * 2);
        if (location.IsSeveral) servers = new(location.Address, ReadLimit, Accept, log);
        else readers = new(location, ReadLimit);
        writer = OpenWriter();
        Migrations.Apply(writer);
        while (!dialect.BeginWrite(writer)) { }
        var first = new Transaction(writer, time.GetUtcNow(), signer);
        seal(first);
        first.Send();
        dialect.Commit(writer);
        opened = true;
        thread = new Thread(Write) { IsBackground = true, Name = "writer" };
        thread.Start();
    }

    public Location Location { get; }

    /// <summary>The key that signs what is recorded; none on a mirror.</summary>
    public NoteSigner? Signer { get; }

    /// <summary>Called once when a sync of the file has failed: the only safe act then is to stop and start anew from the file.</summary>
    public Action<Exception>? OnFailure { get; set; }

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
    public bool IsFull => refusing is { } error && dialect.IsFull(error);

    /// <summary>The tables made from the log, in the order in which they are emptied and filled, and the order of their rows.</summary>
    public static readonly (string Table, string Order)[] Derived =
        [("node", "height, idx"), ("body", "seq"), ("body_key", "kid"), ("certificate", "seq"), ("holder_name", "name_key, certificate, borne_from"), ("statement", "certificate, seq"), ("mark", "seq"), ("mark_range", "seq"), ("posting", "key"), ("term", "term"), ("making", "log"), ("block", "no"), ("episode", "block")];

    /// <summary>The rows of a derived table as text, the same from both engines, in order, one at a time; on a connection of <see cref="Location.OpenReadOnly"/>.</summary>
    public static IEnumerable<string> Rows(DbConnection connection, string table, string order)
    {
        using var query = connection.Command($"SELECT * FROM {table} ORDER BY {order}");
        foreach (var row in Dialect.Of(connection).Stream(query))
            yield return string.Join('|', Enumerable.Range(0, row.FieldCount).Select(row.GetValue).Select(value => value switch
            {
                byte[] bytes => Convert.ToBase64String(bytes),
                DateOnly day => day.ToString("O"),
                bool yes => yes ? "1" : "0",
                _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
            }));
    }

    /// <summary>From now on a read takes five seconds at most: requests are answered. What the program itself reads before, or in a command, takes as long as it takes.</summary>
    public void LimitReads() => readers?.Limited = true;

    /// <summary>Runs queries on one snapshot.</summary>
    /// <exception cref="DbException">Interrupted after five seconds (<see cref="Dialect.IsInterrupted"/>), or it cannot be read.</exception>
    public T Read<T>(Func<DbConnection, T> query, CancellationToken cancel = default)
    {
        var from = readers ?? servers!.Choose();
        Reader reader;
        try { reader = from.Begin(cancel); }
        catch (Exception gone) when (servers is not null && gone is DbException or InvalidOperationException)
        {
            servers!.Gone(from);
            from = servers.Primary;
            reader = from.Begin(cancel);
        }
        try { return query(reader.Connection); }
        finally
        {
            if (servers is not null && reader.Connection.State != System.Data.ConnectionState.Open) servers.Gone(from);
            from.End(reader);
        }
    }

    private DbConnection OpenWriter()
    {
        DbConnection found;
        if (servers is not null)
        {
            (found, life) = servers.OpenWriter();
            return found;
        }
        found = dialect.OpenWriter(Location.Address);
        try { Accept(found); }
        catch
        {
            found.Dispose();
            throw;
        }
        return found;
    }

    /// <summary>What is found anew must go on with the log.</summary>
    private void Accept(DbConnection found)
    {
        if (opened) accept?.Invoke(found, acknowledged);
    }

    /// <summary>Runs a change in the writer's transaction and completes after its commit. When <paramref name="change"/> throws, what it
    /// did is undone and the others in the same commit are not touched. It is run again when another that came
    /// later has failed halfway and all was undone: one that is not alone must change nothing but the transaction and its result.</summary>
    /// <exception cref="CannotRecordException">It was not recorded, or nobody knows whether it was.</exception>
    public async Task<T> WriteAsync<T>(Func<Transaction, T> change)
    {
        T result = default!;
        var post = new Post(transaction => result = change(transaction));
        if (failure is not null || !posts.Writer.TryWrite(post)) throw new CannotRecordException("The writer does not take posts now.", failure);
        await post.Done.Task;
        return result;
    }

    private sealed record Post(Action<Transaction> Change)
    {
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Exception? Refused;
    }

    private void Write()
    {
        var together = new List<Post>();
        while (posts.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            together.Clear();
            try { Commit(together); }
            catch (Exception error) when (!dialect.LeavesDoubt(error))
            {
                TakeBack(error, together);
                continue;
            }
            catch (Exception error)
            {
                Fail(error, together);
                return;
            }
            foreach (var post in together)
                if (post.Refused is { } refused) post.Done.SetException(refused);
                else post.Done.SetResult();
            LetOthersWrite();
        }
    }

    private void Commit(List<Post> together)
    {
        servers?.Confirm(life!);
        Begin();
        memory.Begin();
        var begun = dialect.Changes(writer);
        var transaction = new Transaction(writer, time.GetUtcNow(), Signer) { Memory = memory };
        while (together.Count < MaxTogether && posts.Reader.TryRead(out var post))
        {
            together.Add(post);
            var before = dialect.Changes(writer);
            try { Change(transaction, post); }
            catch (Exception error) when (!dialect.IsFatal(error) && !IsLost)
            {
                post.Refused = error;
                if (!dialect.ChangedNothing(writer, before, error)) Redo(transaction, together); // nearly all are refused before anything is changed
            }
        }
        var sealing = seal(transaction);
        transaction.Send();
        committing = true;
        dialect.Commit(writer);
        committing = false;
        acknowledged = sealing ?? acknowledged;
        if (refusing is null || dialect.Changes(writer) == begun) return;
        refusing = null;
        Log.WritingGoesOn(log);
    }

    /// <summary>A post and all it puts off, so that what fails is known to be its own.</summary>
    private static void Change(Transaction transaction, Post post)
    {
        post.Change(transaction);
        transaction.Send();
    }

    /// <exception cref="CannotRecordException">Another process has been writing for so long that whoever posts should hear of it.</exception>
    private void Begin()
    {
        if (!dialect.BeginWrite(writer)) throw new CannotRecordException("Another process of this registry is writing, such as a rebuild.");
    }

    /// <summary>A command or an import writes beside this process, and while posts never end it would find the lock taken whenever it looks.</summary>
    private void LetOthersWrite()
    {
        if (Environment.TickCount64 - letOthers < TurnEvery) return;
        Thread.Sleep(1);
        letOthers = Environment.TickCount64;
    }

    private bool IsLost => writer.State != System.Data.ConnectionState.Open;

    /// <summary>A post failed halfway: the transaction is undone, and what was right in it done again. A savepoint around each post would
    /// spare this, but it makes the text index of SQLite write a segment for every post, which costs more than all else.</summary>
    private void Redo(Transaction transaction, List<Post> together)
    {
        for (Post? failed = together[^1]; failed is not null;)
        {
            writer.Execute("ROLLBACK");
            transaction.Forget();
            Begin();
            failed = null;
            foreach (var post in together.Where(post => post.Refused is null))
            {
                try { Change(transaction, post); }
                catch (Exception error) when (!dialect.IsFatal(error) && !IsLost)
                {
                    (failed, post.Refused) = (post, error);
                    break;
                }
            }
        }
    }

    /// <summary>The commit did not come about, for want of room or because nothing may be sealed: all of it is undone, everybody is told, and the next post
    /// is tried as if nothing had been. Reading goes on.</summary>
    private void TakeBack(Exception error, List<Post> together)
    {
        if (together.Count == 0)
            while (posts.Reader.TryRead(out var waiting)) together.Add(waiting); // it did not even begin: nobody is left waiting
        if (refusing?.Message != error.Message && !(IsLost || dialect.NeedsNewConnection(error))) Log.NotRecorded(log, error.Message); // said once, not with every post
        refusing = error;
        memory.Forget();
        if (!IsLost && !dialect.NeedsNewConnection(error))
            try
            {
                dialect.Undo(writer);
                committing = false;
                foreach (var post in together) post.Done.TrySetException(new CannotRecordException($"Nothing was recorded: {error.Message}", error));
                return;
            }
            catch (DbException) { } // then as after any other failure
        Recover(error, together);
    }

    /// <summary>The file, the server or the way to it was lost. It alone knows what was committed, and tells everybody who asks again. So: tell those
    /// of this commit that nobody knows, and open a new connection. While there is none, nobody is left waiting.</summary>
    private void Recover(Exception error, List<Post> together)
    {
        Log.WriterLost(log, error);
        foreach (var post in together) post.Done.TrySetException(new CannotRecordException("The database was lost before it confirmed the commit: nobody knows whether it was recorded.", error) { IsUnknown = committing });
        committing = false;
        for (var wait = soon; ; wait = wait * 2 < late ? wait * 2 : late)
            try
            {
                writer.Dispose();
                writer = OpenWriter();
                failure = null;
                return;
            }
            catch (Exception unreachable) when (unreachable is DbException or InvalidDataException or TimeoutException or InvalidOperationException or ForkedLogException)
            {
                // Said once: what takes minutes to come back would fill the log.
                if (unreachable is ForkedLogException && failure is not ForkedLogException) Log.DatabaseRefused(log, unreachable.Message);
                failure = unreachable;
                while (posts.Reader.TryRead(out var post)) post.Done.TrySetException(new CannotRecordException("The database cannot be reached.", unreachable));
                if (posts.Reader.Completion.IsCompleted) return; // it is closing
                Thread.Sleep(wait);
            }
    }

    /// <summary>After a sync has failed nobody knows what the disk holds, and a retry may succeed without the data. So: tell everybody who
    /// waits, take nothing more, stop.</summary>
    private void Fail(Exception error, List<Post> together)
    {
        failure = error;
        Log.WriterFailed(log, error);
        posts.Writer.TryComplete();
        foreach (var post in together) post.Done.TrySetException(new CannotRecordException("The commit failed.", error) { IsUnknown = committing });
        while (posts.Reader.TryRead(out var post)) post.Done.TrySetException(new CannotRecordException("The writer has stopped.", error));
        OnFailure?.Invoke(error);
    }

    /// <summary>Writes what waits, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        posts.Writer.TryComplete();
        await Task.Run(thread.Join);
        await writer.DisposeAsync();
        readers?.Dispose();
        servers?.Dispose();
    }
}

internal static partial class Log
{
    [LoggerMessage(7, LogLevel.Error, "Nothing is recorded now: {Reason} It is tried again with every post; reading goes on.")]
    public static partial void NotRecorded(ILogger logger, string reason);

    [LoggerMessage(8, LogLevel.Information, "It is recorded again.")]
    public static partial void WritingGoesOn(ILogger logger);

    [LoggerMessage(1, LogLevel.Critical, "The writer stopped: a sync of the file failed, and nobody knows what the disk holds. Look at the disk, then start the registry anew; nothing acknowledged is lost.")]
    public static partial void WriterFailed(ILogger logger, Exception error);

    [LoggerMessage(2, LogLevel.Error, "The database was lost. The writer opens a new connection; nothing acknowledged is lost.")]
    public static partial void WriterLost(ILogger logger, Exception error);

    [LoggerMessage(6, LogLevel.Critical, "The database that was found again is not written to: {Reason}")]
    public static partial void DatabaseRefused(ILogger logger, string reason);
}
