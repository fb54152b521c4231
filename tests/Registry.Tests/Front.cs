using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Registry.Tests;

/// <summary>A real address in front of a registry under test: independent tools, mirrors and witnesses reach it through HTTP. It can alter
/// what passes, as a broken proxy or a dishonest operator would.</summary>
public sealed class Front : IAsyncDisposable
{
    private readonly WebApplication app;

    public Front(HttpClient registry)
    {
        Registry = registry;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(Pass);
        app.StartAsync().GetAwaiter().GetResult();
    }

    /// <summary>Who answers.</summary>
    public HttpClient Registry { get; set; }

    /// <summary>Changes the content of an answer; gets its path.</summary>
    public Func<string, byte[], byte[]> Alter { get; set; } = (_, content) => content;

    /// <summary>Every path that was asked for.</summary>
    public ConcurrentBag<string> Asked { get; } = [];

    public string Url => app.Urls.First();

    /// <summary>Flips the lowest bit of one byte of the answers under a path.</summary>
    public void Flip(string path, Func<byte[], int> at) => Alter = (asked, content) =>
    {
        if (asked.Contains(path)) content[at(content)] ^= 1;
        return content;
    };

    private async Task Pass(HttpContext context)
    {
        Asked.Add(context.Request.Path);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), context.Request.Path + context.Request.QueryString.ToUriComponent());
        if (context.Request.ContentLength > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.ContentType = new(context.Request.ContentType!.Split(';')[0]);
        }
        using var answer = await Registry.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await context.Response.Body.WriteAsync(Alter(context.Request.Path, await answer.Content.ReadAsByteArrayAsync(context.RequestAborted)), context.RequestAborted);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
