using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Http;

/// <summary>
/// What answers owe caches and programs of other sites, decided in one place from a route's metadata: what may be kept and when it is
/// asked for again (<see cref="Keeping"/>), who may read it, what other addresses belong to it, and what an address can be asked.
/// </summary>
public static class Manners
{
    /// <summary>Any site may read every answer: it is public, and nothing hangs on cookies or on where the reader stands.</summary>
    private const string Everybody = "*";
    private const string Readable = "Link, Location, ETag, Age, Retry-After, RateLimit, RateLimit-Policy, Content-Disposition, Left-Out, "
        + "Accept-Ranges, Content-Range, Repr-Digest";
    private const string Sendable = "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, "
        + "Last-Event-ID, MCP-Protocol-Version, Range";
    private static readonly TimeSpan askedFor = TimeSpan.FromDays(1);

    private const string Described = "</openapi/v1.json>; rel=\"service-desc\"; type=\"application/json\", </docs>; rel=\"service-doc\"";

    /// <summary>Of this build: another may write the same otherwise.</summary>
    private static readonly string build = typeof(Manners).Assembly.ManifestModule.ModuleVersionId.ToString("N")[..8];

    public static void UseManners(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsOptions(context.Request.Method)) return Options(context, next);
        if (context.GetEndpoint()?.Metadata.GetMetadata<Keeping>() is not { } keeping) return next(context);
        keeping.Tell(context.Response.Headers);
        return keeping.FollowsLog && IsKept(context) ? Task.CompletedTask : next(context);
    });

    /// <summary>As an answer starts: <see cref="Guards"/>.</summary>
    internal static void Tell(IHeaderDictionary headers)
    {
        headers.TryAdd("Access-Control-Allow-Origin", Everybody);
        headers.TryAdd("Access-Control-Expose-Headers", Readable);
        if (headers.Allow.Count > 0) headers.Allow = Allowed(headers.Allow.ToString().Split(", ", StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>What routing knows that an address takes, and what every address does: HEAD where GET is, and OPTIONS.</summary>
    private static string Allowed(IEnumerable<string> methods)
    {
        var all = methods.Append("OPTIONS").Distinct().ToList();
        if (all.Contains("GET") && !all.Contains("HEAD")) all.Insert(all.IndexOf("GET") + 1, "HEAD");
        return string.Join(", ", all);
    }

    private const string Head = "registry.head";

    /// <summary>HEAD is answered as GET is; whoever would wait for content looks here.</summary>
    public static void AskedByHead(HttpContext context) => context.Items[Head] = true;

    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(Head);

    /// <summary>Names what the reader may already have; true when he has it, and has been told so.</summary>
    private static bool IsKept(HttpContext context)
    {
        var services = context.RequestServices;
        var size = services.GetRequiredService<Database>().Read(EntryLog.Size, context.RequestAborted);
        var day = Day.Of(services.GetRequiredService<KnownTo>().Now);
        var today = Day.Of(services.GetRequiredService<TimeProvider>().GetUtcNow());
        var request = context.Request;
        var asked = $"{request.Path}{request.QueryString}\n{request.Headers.Accept}\n{Languages.Of(context)}";
        var hash = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(asked));
        context.Response.Headers.Link = Described;
        var tag = string.Create(CultureInfo.InvariantCulture, $"{size:x}-{day.DayNumber:x}-{today.DayNumber:x}-{hash:x}-{build}");
        return IsKept(context, $"W/\"{tag}\"");
    }

    /// <summary>Sends the tag of the answer; true when the reader has that answer, and has been told so (304).</summary>
    public static bool IsKept(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        foreach (var line in context.Request.Headers.IfNoneMatch)
            foreach (var held in (line ?? "").Split(','))
                if (Opaque(held.Trim()) == Opaque(tag) || held.Trim() == "*")
                {
                    context.Response.StatusCode = StatusCodes.Status304NotModified;
                    VaryByEncoding(context.Response.Headers);
                    return true;
                }
        return false;
    }

    /// <summary>As the answer itself would vary, had it to be sent.</summary>
    private static void VaryByEncoding(IHeaderDictionary headers)
    {
        const string Encoding = "Accept-Encoding";
        if (!headers.Vary.ToString().Contains(Encoding, StringComparison.OrdinalIgnoreCase)) headers.Append("Vary", Encoding);
    }

    /// <summary>The tag of an answer that was made: of what it says.</summary>
    public static string TagOf(string text) => TagOf(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="TagOf(string)"/>
    public static string TagOf(ReadOnlySpan<byte> content) => TagOf(XxHash64.HashToUInt64(content));

    /// <summary>The same, of its hash.</summary>
    public static string TagOf(ulong hash) => string.Create(CultureInfo.InvariantCulture, $"W/\"{hash:x}\"");

    /// <summary>The tag of a certificate on a day: from what is read for the answer anyway.</summary>
    public static string TagOf(long newest, string? successor, DateOnly asOf, DateOnly today, string? knownAt)
    {
        var (day, then) = (asOf.DayNumber, Squeezed(knownAt));
        return string.Create(CultureInfo.InvariantCulture, $"W/\"{newest:x}-{successor}-{day:x}-{today.DayNumber:x}-{then}-{build}\"");
    }

    private static string? Squeezed(string? instant) => instant is null ? null : string.Concat(instant.Where(char.IsAsciiLetterOrDigit));

    private static string Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;

    /// <summary>The next page of a list, beside what describes it.</summary>
    public static void LeadOn(HttpContext context, string parameter, string next)
    {
        var kept = context.Request.Query.Where(given => given.Key != parameter);
        var address = context.Request.Path.ToUriComponent() + QueryString.Create(kept).Add(parameter, next).ToUriComponent();
        context.Response.Headers.Append("Link", $"<{address}>; rel=\"next\"");
    }

    /// <summary>What an address can be asked: routing knows it, and says it where it is asked something else.</summary>
    private static async Task Options(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        if (context.GetEndpoint() is { } found and not RouteEndpoint)
        {
            await found.RequestDelegate!(context);
            headers.Allow = Allowed(headers.Allow.ToString().Split(", ", StringSplitOptions.RemoveEmptyEntries));
        }
        else if (context.GetEndpoint() is null && Fixed(context) is { Length: > 0 } methods) headers.Allow = Allowed(methods);
        else
        {
            await next(context);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        if (context.Request.Headers["Access-Control-Request-Method"].Count == 0) return;
        headers["Access-Control-Allow-Methods"] = headers.Allow;
        headers["Access-Control-Allow-Headers"] = Sendable;
        headers["Access-Control-Max-Age"] = askedFor.TotalSeconds.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What an address without parameters takes. Where a compressed GS1 link could stand, which takes OPTIONS, routing finds that
    /// it is none and looks no further.</summary>
    private static string[] Fixed(HttpContext context)
    {
        var path = context.Request.Path.Value!.Trim('/');
        var endpoints = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
        bool IsThere(RouteEndpoint one) => one.RoutePattern.Parameters.Count == 0
            && string.Equals(one.RoutePattern.RawText?.Trim('/'), path, StringComparison.OrdinalIgnoreCase);
        return [.. endpoints.Where(IsThere).SelectMany(one => one.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])];
    }
}

/// <summary>Compresses what is long enough to be worth it: what fits a packet arrives no sooner, and costs a look-up as much
/// again. What can be asked for in parts goes as it is, so that its parts and its tag are those of the file.</summary>
internal sealed class WorthwhileCompression(IServiceProvider services, IOptions<ResponseCompressionOptions> options)
    : ResponseCompressionProvider(services, options)
{
    /// <summary>Bytes that a packet of Ethernet holds beside the headers.</summary>
    private const int Packet = 1300;

    public override bool ShouldCompressResponse(HttpContext context) => !(context.Response.ContentLength < Packet)
        && context.Response.Headers.AcceptRanges.Count == 0 && base.ShouldCompressResponse(context);
}
