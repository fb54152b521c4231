namespace Registry.Http;

/// <summary>On an endpoint that tells nothing of the registry: it is answered whatever the shared log says.</summary>
public sealed record NeedsNoLog;

/// <summary>On an endpoint that answers what the writer decides, by <see cref="Idempotency"/>: the writer knows of everything that was
/// acknowledged before, so nothing is asked beforehand.</summary>
public sealed record DecidedByWriter;

/// <summary>
/// Before a node answers, its file holds all that was acknowledged anywhere before the request came. Where the shared log cannot be asked,
/// nothing is answered but "cannot check now"; or, where the operator prefers that, what was known not long ago, with its age.
/// </summary>
public static class Freshness
{
    private const string AgeItem = "registry.age";

    /// <summary>What a visitor reads above a page that may be old.</summary>
    public static Text AsOf(TimeSpan age) => new(
        $"数据库暂时无法访问：以下为 {age.TotalSeconds:0} 秒前的情况。",
        $"The database cannot be reached right now: this is as of {age.TotalSeconds:0} s ago.");

    /// <summary>How old the answer to a request may be; null where it misses nothing.</summary>
    public static TimeSpan? AgeOf(HttpContext context) => context.Items.TryGetValue(AgeItem, out var age) ? (TimeSpan)age! : null;

    public static void UseFreshness(this WebApplication app, Settings settings)
    {
        if (settings.SharedLog is null) return;
        app.Use((context, next) => NeedsLog(context.GetEndpoint()) ? Level(context, next, settings.StaleReads) : next(context));
    }

    private static bool NeedsLog(Endpoint? endpoint) => endpoint?.Metadata is { } about
        && about.GetMetadata<NeedsNoLog>() is null && about.GetMetadata<DecidedByWriter>() is null;

    private static async Task Level(HttpContext context, RequestDelegate next, TimeSpan staleReads)
    {
        var database = context.RequestServices.GetRequiredService<Database>();
        try
        {
            if (database.Failure is ForkedLogException forked) throw forked;
            await database.Node!.Level(context.RequestAborted);
        }
        catch (SharedLogException) when (database.Node!.Age is { } age && age <= staleReads && OnlyReads(context.Request))
        {
            context.Items[AgeItem] = age;
            context.Response.Headers.Age = age.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        }
        await next(context);
    }

    private static bool OnlyReads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
        || request.Path.StartsWithSegments("/v1/verifications") || request.Path.StartsWithSegments("/verify");
}
