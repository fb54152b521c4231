using System.Diagnostics;

namespace Registry.Http;

/// <summary>One structured line a request: method, route, status, milliseconds. No query, header or body, so no key and no name a person
/// looked for.</summary>
internal static partial class RequestLog
{
    public static void UseRequestLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Registry.Requests");
        app.Use(async (context, next) =>
        {
            var start = Stopwatch.GetTimestamp();
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-"; // before: a failure forgets it
            await next(context);
            Answered(logger, context.Request.Method, route, context.Response.StatusCode, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        });
    }

    [LoggerMessage(10, LogLevel.Information, "{Method} {Route} {Status} {Milliseconds:0.0}")]
    private static partial void Answered(ILogger logger, string method, string route, int status, double milliseconds);

    [LoggerMessage(11, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void Failed(ILogger logger, Exception error, string method, string route);
}
