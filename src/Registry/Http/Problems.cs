using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace Registry.Http;

/// <summary>A problem document of RFC 9457. <see cref="Code"/> is stable; the wordings follow the language asked for. Of many errors the
/// first hundred are listed.</summary>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, ProblemError[]? Errors);

/// <summary>One error in a request: a JSON pointer (RFC 6901) into it, a stable code and what to do.</summary>
public sealed record ProblemError(string Pointer, string Code, string Detail);

/// <summary>The one place where refusals become answers of HTTP.</summary>
public static class Problems
{
    public const string MediaType = "application/problem+json";

    /// <summary>Renders a problem as a page for a browser.</summary>
    public delegate Task PageWriter(HttpContext context, Fault fault, int status);

    /// <summary>What failed and nobody can say for how long.</summary>
    private static readonly TimeSpan aMoment = TimeSpan.FromSeconds(5);

    /// <summary>What HTTP has a status of its own for.</summary>
    private static readonly Dictionary<Refusal, int> ofHttp = new()
    {
        [Refusal.MethodNotAllowed] = StatusCodes.Status405MethodNotAllowed,
        [Refusal.ChangedSince] = StatusCodes.Status412PreconditionFailed,
        [Refusal.NoSuchRange] = StatusCodes.Status416RangeNotSatisfiable,
    };

    public static int StatusOf(Refusal refusal) => ofHttp.TryGetValue(refusal, out var own) ? own : refusal.Kind switch
    {
        RefusalKind.Malformed => 400,
        RefusalKind.Invalid => 422,
        RefusalKind.Unauthorised => 401,
        RefusalKind.Forbidden => 403,
        RefusalKind.NotFound or RefusalKind.MadeUp => 404,
        RefusalKind.Gone => 410,
        RefusalKind.Conflict => 409,
        RefusalKind.TooLarge => 413,
        RefusalKind.Unsupported => 415,
        RefusalKind.Limited => 429,
        RefusalKind.Unavailable => 503,
    };

    public static Problem Of(IReadOnlyList<Fault> faults, Language language)
    {
        // One fault about the whole request is the problem itself; faults in fields are listed under one.
        var several = faults[0].Refusal.Kind == RefusalKind.Invalid && faults[0].Refusal != Refusal.UnknownParameter;
        var head = faults is [{ Pointer: "" } only] ? only : several ? new Fault(Refusal.InvalidRequest, "", faults.Count) : faults[0];
        var isWhole = head == faults[0] && head.Pointer == "";
        var errors = isWhole ? null : faults.Take(JsonFaults.Most).Select(ErrorOf).ToArray();
        var (refusal, title) = (head.Refusal, Title(head.Refusal.Kind)[language]);
        return new($"/problems#{refusal.Code}", title, StatusOf(refusal), head.Message(language), refusal.Code, errors);

        ProblemError ErrorOf(Fault fault) => new(fault.Pointer, fault.Refusal.Code, fault.Message(language));
    }

    // A status of its own is one that the server chose.
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<Fault> faults, PageWriter? page = null, int? status = null)
    {
        var language = Languages.Of(context);
        var problem = Of(faults, language);
        if (status is { } other) problem = problem with { Status = other };
        context.Response.StatusCode = problem.Status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept, Accept-Language";
        if (problem.Status == 401) context.Response.Headers.WWWAuthenticate = "Bearer";
        var again = Math.Ceiling((faults[0].Again ?? aMoment).TotalSeconds);
        if (problem.Status is 429 or 503) context.Response.Headers.RetryAfter = again.ToString(CultureInfo.InvariantCulture);
        if (page is not null && WantsPage(context.Request)) await page(context, faults[0], problem.Status);
        else
        {
            context.Response.Headers.ContentLanguage = language == Language.En ? "en" : "zh-CN";
            context.Response.ContentType = MediaType;
            // Of a known length, so that a short one is not compressed, which costs more than all the rest of a refusal.
            var document = JsonSerializer.SerializeToUtf8Bytes(problem, Json.Options);
            context.Response.ContentLength = document.Length;
            await context.Response.Body.WriteAsync(document, context.RequestAborted);
        }
    }

    /// <summary>Whether a browser asks: HTML is named in Accept, no later than JSON, and the address is no API.</summary>
    public static bool WantsPage(HttpRequest request)
    {
        var accepted = request.Headers.Accept.ToString();
        bool Names(string type) => accepted.Contains(type, StringComparison.OrdinalIgnoreCase);
        if (request.Path.StartsWithSegments("/v1") || !Names("text/html")) return false;
        return !Names("json") || Liked("/html") >= Liked("json");

        double Liked(string type) => request.GetTypedHeaders().Accept
            .Where(one => one.MediaType.EndsWith(type, StringComparison.OrdinalIgnoreCase)).Max(one => (double?)(one.Quality ?? 1)) ?? 0;
    }

    /// <summary>Answers refusals and failures, and the bare statuses the framework leaves without a body.</summary>
    public static void UseProblems(this WebApplication app, PageWriter? page)
    {
        async Task Handle(HttpContext context)
        {
            var error = context.Features.Get<IExceptionHandlerFeature>()!.Error;
            var faults = FaultsOf(error, context.Request);
            // That the shared log is away is said once, by whoever waits for it.
            if (faults[0].Refusal.Kind == RefusalKind.Unavailable && (error.InnerException ?? error) is not SharedLogException)
            {
                var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";
                RequestLog.Failed(app.Logger, error, context.Request.Method, route);
            }
            await WriteAsync(context, faults, page);
        }
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Handle, AllowStatusCode404Response = true });
        app.UseStatusCodePages(async status =>
        {
            var fault = status.HttpContext.Response.StatusCode switch
            {
                404 => new Fault(Refusal.NotFound),
                405 => new(Refusal.MethodNotAllowed),
                412 => new(Refusal.ChangedSince),
                413 => new(Refusal.TooLarge, "", Json.MaxAct),
                415 => new(Refusal.UnsupportedMedia, "", "application/json"),
                416 => new(Refusal.NoSuchRange, "", status.HttpContext.Response.GetTypedHeaders().ContentRange?.Length ?? 0),
                _ => new(Refusal.BadRequest),
            };
            await WriteAsync(status.HttpContext, [fault], page, status.HttpContext.Response.StatusCode);
        });
    }

    /// <summary>What a failure is told as.</summary>
    internal static IReadOnlyList<Fault> FaultsOf(Exception error, HttpRequest request) => error switch
    {
        FaultException refused => refused.Faults,
        CannotRecordException { IsUnknown: true } => [new(Refusal.OutcomeUnknown)],
        CannotRecordException => [new(Refusal.CannotRecord)],
        BadHttpRequestException { StatusCode: 413 } => [new(Refusal.TooLarge, "", Json.MaxAct)],
        BadHttpRequestException => [new(Refusal.BadRequest)],
        // A chunk that calls itself longer than a number can be.
        IOException { InnerException: OverflowException } => [new(Refusal.BadRequest)],
        // A list has no conditions that could be added: it is asked again when the machine is less busy.
        _ when Sqlite.IsInterrupted(error) && !IsList(request) => [new(Refusal.TooWide)],
        // Whatever else failed, nobody may read it as "invalid".
        _ => [new(IsRead(request) ? Refusal.Unavailable : Refusal.CannotRecord)],
    };

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || IsList(request);

    private static bool IsList(HttpRequest request) =>
        request.Path.StartsWithSegments("/v1/verifications") || request.Path.StartsWithSegments("/verify");

    private static Text Title(RefusalKind kind) => kind switch
    {
        RefusalKind.Malformed => new("无法读取", "Not readable"),
        RefusalKind.Invalid => new("内容有误", "Invalid content"),
        RefusalKind.Unauthorised => new("需要密钥", "A key is needed"),
        RefusalKind.Forbidden => new("不允许", "Not allowed"),
        RefusalKind.NotFound => new("未收录", "Not in this registry"),
        RefusalKind.MadeUp => new("此编码是编造的", "This code is made up"),
        RefusalKind.Gone => new("已收回", "Withdrawn"),
        RefusalKind.Conflict => new("与现有记录冲突", "In conflict with the record"),
        RefusalKind.TooLarge => new("过大", "Too large"),
        RefusalKind.Unsupported => new("不支持", "Not supported"),
        RefusalKind.Limited => new("过于频繁", "Too many requests"),
        RefusalKind.Unavailable => new("暂时不可用", "Not available now"),
    };
}
