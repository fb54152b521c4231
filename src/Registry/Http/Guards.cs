using Microsoft.Net.Http.Headers;

namespace Registry.Http;

/// <summary>What stands on every answer, problems and files among them: a browser guesses no type, shows it in nobody's frame and loads
/// nothing for it.</summary>
public static class Guards
{
    /// <summary>A page for printing that nobody clicks, so anybody may frame it; every other answer nobody may.</summary>
    private const string Nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; ", ForNobody = "frame-ancestors 'none'";
    /// <summary>An answer that is no page loads nothing, whatever a browser takes it for.</summary>
    private const string Closed = Nothing + ForNobody, InFrames = Nothing + "frame-ancestors *";
    /// <summary>Browsers show PDF by a page of their own, which takes over the rules of the file.</summary>
    private const string Pdf = Nothing + "object-src 'self'; style-src 'unsafe-inline'; " + ForNobody;

    private sealed record Framed;

    /// <summary>A page to look at in other programs' frames: it has nothing to click.</summary>
    public static T MayBeFramed<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new Framed());

    /// <summary>As the answer starts, because a failure begins with all headers cleared.</summary>
    public static void UseGuards(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state => Set((HttpContext)state), context);
        return next(context);
    });

    internal static Task Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers[RequestLog.Id] = context.TraceIdentifier;
        Limits.Tell(context);
        Manners.Tell(headers);
        if (context.Response.StatusCode == StatusCodes.Status200OK && context.GetEndpoint()?.Metadata.GetMetadata<Framed>() is not null)
        {
            headers.ContentSecurityPolicy = InFrames;
            return Task.CompletedTask;
        }
        headers.XFrameOptions = "DENY"; // for browsers that do not know frame-ancestors
        headers.TryAdd(HeaderNames.ContentSecurityPolicy, headers.ContentType == "application/pdf" ? Pdf : Closed);
        return Task.CompletedTask;
    }
}
