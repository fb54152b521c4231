namespace Registry.Http;

/// <summary>How much of one kind of work a client may ask for: so many at once, and as many again evenly over the window.</summary>
/// <param name="name">As the headers RateLimit and RateLimit-Policy name it.</param>
/// <param name="quota">Requests in a window.</param>
public sealed class Budget(string name, int quota)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static readonly Budget Reads = new("reads", 6_000), Searches = new("searches", 1_200), Verifications = new("verifications", 240),
        Files = new("files", 240), Imports = new("imports", 60), Posts = new("posts", 12_000);

    public static readonly IReadOnlyList<Budget> All = [Reads, Searches, Verifications, Files, Imports, Posts];

    public string Name => name;

    public int Quota => quota;

    /// <summary>What RateLimit-Policy says (draft-ietf-httpapi-ratelimit-headers).</summary>
    public string Policy { get; } = $"\"{name}\";q={quota};w={Window.TotalSeconds:0}";

    /// <summary>For whoever has not used any of it.</summary>
    public Told Unused => unused ??= new(this, $"\"{name}\";r={quota};t=0");

    private Told? unused;
}

/// <summary>Who works on a request: the server's own threads, or the few of a lane.</summary>
public enum LaneKind
{
    /// <summary>Looked up in microseconds on the server's threads: bounded by its connections.</summary>
    LookUps,

    /// <summary>Recorded by the one writer: bounded by how many may wait for it.</summary>
    Posts,

    /// <summary>Searches and verifications: milliseconds of a processor each.</summary>
    Searches,

    /// <summary>Exports, drawing and imports: up to minutes.</summary>
    Slow,

    /// <summary>Outside all lanes and limits: whoever watches over the program is always answered.</summary>
    None,
}

/// <summary>What a route asks of the registry: its lane, and the budget it is charged to. Metadata of the route, and the only place that
/// decides it.</summary>
public sealed record Work(LaneKind Lane, Budget Budget)
{
    public static readonly Work LookUp = new(LaneKind.LookUps, Budget.Reads),
        Post = new(LaneKind.Posts, Budget.Posts), Report = new(LaneKind.Posts, Budget.Files),
        Search = new(LaneKind.Searches, Budget.Searches), Verification = new(LaneKind.Searches, Budget.Verifications),
        File = new(LaneKind.Slow, Budget.Files), Download = new(LaneKind.LookUps, Budget.Files),
        Import = new(LaneKind.Slow, Budget.Imports), Watch = new(LaneKind.None, Budget.Reads);

    /// <summary>Of a request: what its route says, else a look-up, or for any other method than GET a post.</summary>
    public static Work Of(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint) return context.Request.Path.StartsWithSegments("/openapi") ? Search : LookUp;
        if (endpoint.Metadata.GetMetadata<Work>() is { } work) return work;
        if (endpoint.Metadata.GetMetadata<Chosen>() is { } chosen) return chosen.Of(context.Request);
        return HttpMethods.IsGet(context.Request.Method) ? LookUp : Post;
    }

    internal sealed record Chosen(Func<HttpRequest, Work> Of);
}

/// <summary>How routes say it.</summary>
public static class WorkMetadata
{
    public static T Asks<T>(this T route, Work work) where T : IEndpointConventionBuilder => route.WithMetadata(work);

    /// <summary>Where one address answers both what is quick and what is not.</summary>
    public static T Asks<T>(this T route, Func<HttpRequest, Work> work) where T : IEndpointConventionBuilder =>
        route.WithMetadata(new Work.Chosen(work));
}
