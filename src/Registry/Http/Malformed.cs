using System.Diagnostics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Registry.Http;

/// <summary>Answers what is no request of HTTP: a line that cannot be read, <c>%00</c> in a path, headers without end. The server refuses
/// it before any middleware runs, with a bare status; it tells listeners first (its event
/// "Microsoft.AspNetCore.Server.Kestrel.BadRequest"), and this one answers with a problem document and the headers of every
/// answer.</summary>
public sealed class Malformed : IObserver<KeyValuePair<string, object?>>
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public static void Use(WebApplication app)
    {
        var server = app.Services.GetRequiredService<DiagnosticListener>();
        var listening = server.Subscribe(new Malformed(), (told, _, _) => told == BadRequest);
        app.Lifetime.ApplicationStopped.Register(listening.Dispose);
    }

    public void OnNext(KeyValuePair<string, object?> told)
    {
        if (told is not { Key: BadRequest, Value: IFeatureCollection features }) return;
        if (features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException refused) return;
        // What a middleware saw it has answered. Streams of HTTP/2 share their connection.
        if (features.Get<IHttpResponseFeature>() is not { HasStarted: false } || features.Get<IHttp2StreamIdFeature>() is not null) return;
        if (features.Get<IConnectionTransportFeature>() is not { Transport.Output: var output }) return;
        using var content = new MemoryStream();
        // The server has no place yet for what is written to an answer, but it can start one: the content goes behind its headers.
        var own = new FeatureCollection(features);
        own.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(content));
        own.Set<IQueryFeature>(new QueryFeature(QueryCollection.Empty));
        var context = new DefaultHttpContext(own);
        Write(context, refused, content, features.Get<IHttpResponseBodyFeature>()!).GetAwaiter().GetResult();
        // It stands in the connection's buffer now; to wait for a client who does not read it is no business of a thread.
        _ = output.WriteAsync(content.ToArray()).AsTask();
    }

    private static async Task Write(
        HttpContext context, BadHttpRequestException refused, MemoryStream content, IHttpResponseBodyFeature server)
    {
        await Problems.WriteAsync(context, [new Fault(Refusal.BadRequest)], status: refused.StatusCode);
        context.Response.ContentLength = content.Length;
        context.Response.Headers.Connection = "close";
        await Guards.Set(context);
        await server.StartAsync();
    }

    public void OnCompleted() { }
    public void OnError(Exception error) { }
}
