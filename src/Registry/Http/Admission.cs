using Microsoft.AspNetCore.Http.Features;
using Registry.Tables;

namespace Registry.Http;

/// <summary>
/// Whether a request may begin: first the limit of its client, then room in its lane. What is refused is told at once, with the time after
/// which it is worth coming again, and must cost little: a flood of them is no reason for whoever was let in to wait. What a route asks
/// stands in its metadata (<see cref="Work"/>).
/// </summary>
public sealed class Admission : IDisposable
{
    /// <summary>Posts that may wait for the writer, one commit's worth.</summary>
    private const int MaxPosts = 512;
    private const int SearchQueue = 128, SlowQueue = 32, MaxSlow = 32, Unbounded = int.MaxValue;
    private const int GivesWay = 5, GivesWayToAll = 10;
    private const int MinThreads = 2, MaxThreads = 8;
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(1);
    /// <summary>Of a search in a burst, and once more are asked for than can be answered.</summary>
    private static readonly TimeSpan inBurst = TimeSpan.FromMilliseconds(500), inQueue = TimeSpan.FromMilliseconds(10);

    /// <summary>So often the log of the program tells how many were refused.</summary>
    private static readonly TimeSpan tellEvery = TimeSpan.FromMinutes(1);

    private readonly Limits limits;
    private readonly ILogger<Admission> logger;
    private readonly Timer telling;
    private int posts;
    private long refused, told;

    public Admission(Limits limits, ILogger<Admission> logger)
    {
        (this.limits, this.logger) = (limits, logger);
        telling = new(_ => Tell(), null, tellEvery, tellEvery);
        // A handler holds one of the server's threads while SQLite reads. More of them than processors, so that one that waits for the disk
        // is not the end of the line.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + MinThreads), ports);
    }

    public Lane Searches { get; } =
        new("searches", Math.Max(MinThreads, Environment.ProcessorCount), SearchQueue, Unbounded, inBurst, inQueue, GivesWay);

    public Lane Slow { get; } = new("slow", slowThreads, SlowQueue, MaxSlow, Lane.Patience, Lane.Patience, GivesWayToAll);

    private static readonly int slowThreads = Math.Clamp(Environment.ProcessorCount / 2, MinThreads, MaxThreads);

    /// <summary>Posts that wait for the writer.</summary>
    public int Posts => Volatile.Read(ref posts);

    /// <summary>Posts that were refused for want of room.</summary>
    public long Refused => Volatile.Read(ref refused);

    private Fault Refuse()
    {
        Interlocked.Increment(ref refused);
        return Lane.Busy(soon);
    }

    public static void Use(WebApplication app, Problems.PageWriter page)
    {
        var (admission, limits) = (app.Services.GetRequiredService<Admission>(), app.Services.GetRequiredService<Limits>());
        app.Use((context, next) =>
        {
            var work = Work.Of(context);
            if (work.Lane == LaneKind.None) return next(context);
            // With a key it is the key's limit, and charged when the key is known.
            var isKeyed = context.GetEndpoint()?.Metadata.GetMetadata<RequestKeys.Keyed>() is not null;
            if (!isKeyed && limits.Take(context, work.Budget, Client.Of(context)) is { } limited)
                return TurnAway(context, limited, page);
            return work.Lane switch
            {
                LaneKind.LookUps => next(context),
                LaneKind.Posts => admission.Post(context, next),
                LaneKind.Searches => InLane(admission.Searches, context, next, page),
                _ => InLane(admission.Slow, context, next, page),
            };
        });
    }

    private static async Task InLane(Lane lane, HttpContext context, RequestDelegate next, Problems.PageWriter page)
    {
        var (request, hasContent) = (new Lane.Request(lane), HasContent(context));
        if (hasContent) context.Request.Body = new Arriving(context.Request.Body, request.Turn);
        var full = await request.Run(() => next(context), hasContent, context.RequestAborted);
        if (full is not null) await TurnAway(context, full, page);
    }

    private static Task TurnAway(HttpContext context, Fault fault, Problems.PageWriter page)
    {
        RequestLog.LeaveOut(context);
        return Problems.WriteAsync(context, [fault], page);
    }

    private void Tell()
    {
        var (noRoom, overBudget) = (Searches.Refused + Slow.Refused + Refused, limits.Refused);
        if (noRoom + overBudget == told) return;
        told = noRoom + overBudget;
        Log.TurnedAway(logger, noRoom, overBudget);
    }

    /// <summary>Counts those whose content has come: slow senders stand in nobody's way.</summary>
    private async Task Post(HttpContext context, RequestDelegate next)
    {
        var isCounted = false;
        if (HasContent(context)) context.Request.Body = new Arriving(context.Request.Body, Count);
        else await Count();
        try { await next(context); }
        finally
        {
            if (isCounted) Interlocked.Decrement(ref posts);
        }

        Task Count()
        {
            if (Interlocked.Increment(ref posts) <= MaxPosts)
            {
                isCounted = true;
                return Task.CompletedTask;
            }
            Interlocked.Decrement(ref posts);
            throw new FaultException(Refuse());
        }
    }

    private static bool HasContent(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true && context.Request.ContentLength != 0;

    public void Dispose()
    {
        telling.Dispose();
        Tell();
        Searches.Dispose();
        Slow.Dispose();
    }

    /// <summary>The content of a request, which at its end waits for its turn.</summary>
    private sealed class Arriving(Stream content, Func<Task> whole) : ReadOnceStream
    {
        private bool isWhole;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await content.ReadAsync(buffer, cancellationToken);
            if (read > 0 || buffer.Length == 0 || isWhole) return read;
            isWhole = true;
            await whole();
            return 0;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

internal static partial class Log
{
    [LoggerMessage(25, LogLevel.Warning, "Refused since the start: {NoRoom} for want of room, {OverBudget} beyond their client's budget.")]
    public static partial void TurnedAway(ILogger logger, long noRoom, long overBudget);
}
