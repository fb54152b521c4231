using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Registry.Benchmarks;

/// <summary>The limit of the web stack: Kestrel and nothing behind it.</summary>
public static class BareKestrel
{
    /// <summary>Answers <c>/0</c> with the bytes of the first file, <c>/1</c> with those of the second.</summary>
    public static Task Serve(int port, FileInfo[] files)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        for (var n = 0; n < files.Length; n++)
        {
            var bytes = File.ReadAllBytes(files[n].FullName);
            var type = bytes[0] == '{' ? "application/json; charset=utf-8" : "text/html; charset=utf-8";
            app.MapGet($"/{n}", context =>
            {
                (context.Response.ContentType, context.Response.ContentLength) = (type, bytes.Length);
                return context.Response.Body.WriteAsync(bytes).AsTask();
            });
        }
        return app.RunAsync();
    }
}
