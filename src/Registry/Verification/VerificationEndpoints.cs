using System.ComponentModel.DataAnnotations;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Verification;

/// <summary>A list to check. The day, and what is asked of the certificates, are those of every row that has none of its own. <c>knownAt</c>, an instant with its
/// offset, asks what the registry said then: nothing that was recorded since counts.</summary>
public sealed record VerificationRequest(DateOnly? On = null, int? Category = null, string? Standard = null, string? Level = null, string? Scope = null,
    [property: MaxLength(Verifier.MaxRows)] VerificationRow[]? Rows = null, string? KnownAt = null)
{
    /// <summary>What is known at that instant is asked for; null where all that is known counts.</summary>
    public DateTimeOffset? Until() => Instant.Read(KnownAt, "", []);
}

/// <summary>The verdicts in the order asked, and what the registry covered when it answered.</summary>
public sealed record VerificationAnswer(DateTimeOffset AnsweredAt, Coverage Coverage, Verdict[] Rows)
{
    /// <summary>Up to when what was recorded counts, where the question said so.</summary>
    public DateTimeOffset? KnownAt { get; init; }
}

/// <summary>Checking whole lists at once.</summary>
public static class VerificationEndpoints
{
    public static void MapVerifications(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/verifications", Verify).Asks(Work.Verification).WithTags("Verification").WithName("verify").WithSummary("Up to 10,000 numbers, names, credit codes or codes, each as of a day, everything given compared")
            .Takes<VerificationRequest>().Answers<VerificationAnswer>(200, 400, 413, 415, 422);

    private static async Task<IResult> Verify(HttpContext context, Database database, TimeProvider time)
    {
        var list = await SentList.Of(context);
        context.Response.Headers.CacheControl = "no-store";
        return Json.Answer(database.Read(db => list.Answer(db, time.GetUtcNow(), Languages.Of(context)).Answer, context.RequestAborted));
    }
}
