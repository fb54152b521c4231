using System.Threading.Channels;

namespace Registry;

/// <summary>What a post changes: the log or the operator's tables, something of this file alone, or nothing: then the file is brought level
/// with the shared log.</summary>
internal enum PostKind { Statement, Own, Wake }

/// <summary>A change that waits for the writer, and whoever waits for it.</summary>
/// <param name="Change">What is done in the writer's transaction.</param>
/// <param name="Kind">Of the change.</param>
/// <param name="NeedsNoFile">Whether it is done, for whoever waits, when the shared log has it.</param>
internal sealed record Post(Action<Transaction> Change, PostKind Kind, bool NeedsNoFile = false)
{
    /// <summary>Whoever waits goes on within <see cref="Tell"/>.</summary>
    private readonly TaskCompletionSource done = new();
    public Exception? Refused;

    public Task Done => done.Task;

    /// <summary>Tells what became of posts, beside the writer: those that something is wrong with what it is.</summary>
    public static void Tell(IEnumerable<Post> posts, Func<Post, Exception?> wrong)
    {
        var told = posts.Select(post => (post.done, Wrong: wrong(post))).ToArray();
        Turns.Give(told.Length, one =>
        {
            var (done, fault) = told[one];
            if (fault is null) done.TrySetResult();
            else done.TrySetException(fault);
        });
    }
}

/// <summary>Posts in the order in which they came. Any thread adds to them, the writer's alone takes them.</summary>
internal sealed class Posts
{
    /// <summary>Posts that may wait; beyond it the registry says so instead of growing.</summary>
    private const int MaxWaiting = 4096;

    /// <summary>Who posts wakes the writer himself: otherwise a thread of the pool would be woken to do it.</summary>
    private readonly Channel<Post> waiting = Channel.CreateBounded<Post>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = true });
    private int waking;

    /// <summary>False when too many wait, or nothing is taken any more.</summary>
    public bool TryAdd(Post post) => waiting.Writer.TryWrite(post);

    /// <summary>Has the writer follow the shared log soon.</summary>
    public void Wake()
    {
        // A full queue commits soon, and so follows.
        if (Interlocked.Exchange(ref waking, 1) == 0) TryAdd(new(_ => { }, PostKind.Wake));
    }

    /// <summary>Takes nothing more.</summary>
    public void Close() => waiting.Writer.TryComplete();

    /// <summary>Whether nothing is taken any more and nobody waits.</summary>
    public bool AreOver => waiting.Reader.Completion.IsCompleted;

    /// <summary>Waits for the next; false when there will be none.</summary>
    public bool Await() => waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>The kind of the next; null where none waits.</summary>
    public PostKind? Next => waiting.Reader.TryPeek(out var next) ? next.Kind : null;

    /// <summary>Takes the next post of a kind to those of its commit, if it is the next of all. Whoever waits for the file to be level has
    /// that by a commit as well.</summary>
    public Post? Take(List<Post> together, PostKind kind)
    {
        while (Next is { } next)
        {
            var goesAlong = next == kind || next == PostKind.Wake && kind == PostKind.Statement;
            if (!goesAlong || !waiting.Reader.TryRead(out var post)) break;
            if (post.Kind == PostKind.Wake) Volatile.Write(ref waking, 0);
            if (post.Kind != kind) continue;
            together.Add(post);
            return post;
        }
        return null;
    }

    /// <summary>Takes all that wait.</summary>
    public List<Post> TakeAll()
    {
        var all = new List<Post>();
        while (waiting.Reader.TryRead(out var post))
        {
            if (post.Kind == PostKind.Wake) Volatile.Write(ref waking, 0);
            all.Add(post);
        }
        return all;
    }
}
