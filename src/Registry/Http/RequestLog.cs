using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Registry.Http;

/// <summary>One structured line a request that was let in: method, route, status, milliseconds. No query, header or body, so no key and no
/// name a person looked for.</summary>
internal static partial class RequestLog
{
    public static void UseRequestLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Registry.Requests");
        app.Use(async (context, next) =>
        {
            var start = Stopwatch.GetTimestamp();
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-"; // before: a failure forgets it
            Identify(context);
            await next(context);
            // A feature that is not there is looked for everywhere: only where it may be.
            var isRefusal = context.Response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
            if (isRefusal && context.Features.Get<LeftOut>() is not null) return;
            var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var line = new Line(context.Request.Method, route, context.Response.StatusCode, took, context.TraceIdentifier);
            logger.Log(LogLevel.Information, answered, line, null, static (line, _) => line.ToString());
        });
    }

    private static readonly EventId answered = new(10, "Answered");

    /// <summary>What is said of one answer. There is one for every request, so it is written as it is (<see cref="JsonLines"/>), not
    /// member by member as objects.</summary>
    internal readonly record struct Line(string Method, string Route, int Status, double Milliseconds, string RequestId)
    {
        private const string Format = "{Method} {Route} {Status} {Milliseconds:0.0} {RequestId}";

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Method} {Route} {Status} {Milliseconds:0.0} {RequestId}");

        public void WriteTo(Utf8JsonWriter json)
        {
            json.WriteString("Message"u8, ToString());
            json.WriteStartObject("State"u8);
            json.WriteString("Method"u8, Method);
            json.WriteString("Route"u8, Route);
            json.WriteNumber("Status"u8, Status);
            json.WriteNumber("Milliseconds"u8, Milliseconds);
            json.WriteString("RequestId"u8, RequestId);
            json.WriteString("{OriginalFormat}"u8, Format);
            json.WriteEndObject();
        }
    }

    private sealed record LeftOut;

    private static readonly LeftOut leftOut = new();

    /// <summary>No line for a request that was refused at the door: <see cref="Admission"/> tells how many there were.</summary>
    public static void LeaveOut(HttpContext context) => context.Features.Set(leftOut);

    /// <summary>What a request is called in its answer and in the log: as its sender says (X-Request-Id, or the trace of a W3C
    /// traceparent), else the server's own.</summary>
    internal static void Identify(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers[Id].ToString() is { Length: > 0 and <= MaxId } given && given.All(IsPlain)) context.TraceIdentifier = given;
        else if (headers.TraceParent.ToString() is { Length: TraceParentLength } parent && IsTrace(parent.AsSpan(TraceAt, TraceLength)))
            context.TraceIdentifier = parent.Substring(TraceAt, TraceLength);
    }

    private static bool IsTrace(ReadOnlySpan<char> id) => !id.ContainsAnyExcept(hexadecimal);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':';

    /// <summary>Header of every answer.</summary>
    internal const string Id = "X-Request-Id";
    private const int MaxId = 64, TraceParentLength = 55, TraceAt = 3, TraceLength = 32;
    private static readonly System.Buffers.SearchValues<char> hexadecimal = System.Buffers.SearchValues.Create("0123456789abcdef");

    [LoggerMessage(11, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void Failed(ILogger logger, Exception error, string method, string route);
}
