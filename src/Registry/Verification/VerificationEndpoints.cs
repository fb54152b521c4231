using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.Features;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>A list to check. The day, and what is asked of the certificates, are those of every row that has none of its own.</summary>
public sealed record VerificationRequest(DateOnly? On = null, int? Category = null, string? Standard = null, string? Level = null, string? Scope = null, [property: MaxLength(Verifier.MaxRows)] VerificationRow[]? Rows = null);

/// <summary>The verdicts in the order asked, and what the registry covered when it answered.</summary>
public sealed record VerificationAnswer(DateTimeOffset AnsweredAt, Coverage Coverage, Verdict[] Rows);

/// <summary>Checking whole lists at once.</summary>
public static class VerificationEndpoints
{
    /// <summary>Bytes of a request: 10,000 rows with every field and a scope of some length.</summary>
    private const int MaxBytes = 4 << 20;
    /// <summary>Characters of a field.</summary>
    private const int MaxField = 300;

    public static void MapVerifications(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/verifications", Verify).WithTags("Verification").WithName("verify").WithSummary("Up to 10,000 numbers, names, credit codes or codes, each as of a day, everything given compared")
            .Takes<VerificationRequest>().Answers<VerificationAnswer>(200, 400, 413, 415, 422);

    private static async Task<IResult> Verify(HttpContext context, Database database, TimeProvider time)
    {
        // The server's own bound is for single acts.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxBytes;
        var (request, _) = await Json.ReadAsync<VerificationRequest>(context.Request, MaxBytes);
        Check(request);
        context.Response.Headers.CacheControl = "no-store";
        return Json.Answer(database.Read(db => Verifier.Answer(db, request, time.GetUtcNow(), Languages.Of(context)), context.RequestAborted));
    }

    private static void Check(VerificationRequest request)
    {
        if (request.Rows is not { Length: > 0 }) throw new FaultException(new Fault(Refusal.Required, "/rows"));
        if (request.Rows.Length > Verifier.MaxRows) throw new FaultException(new Fault(Refusal.TooMany, "/rows", Verifier.MaxRows));
        var faults = new List<Fault>();
        Asked("", request.On, request.Category, request.Standard, request.Level, request.Scope);
        for (var i = 0; i < request.Rows.Length && faults.Count < JsonFaults.Most; i++)
        {
            var (row, at) = (request.Rows[i], $"/rows/{i}");
            if (row is null || row.IsEmpty)
            {
                faults.Add(new(Refusal.Required, at));
                continue;
            }
            foreach (var (field, name) in ((string?, string)[])[(row.Number, "number"), (row.Name, "name"), (row.Uscc, "uscc"), (row.Code, "code"), (row.Body, "body")]) Length(field, $"{at}/{name}");
            Asked(at, row.On, row.Category, row.Standard, row.Level, row.Scope);
        }
        if (faults.Count > 0) throw new FaultException(faults);

        void Length(string? field, string pointer)
        {
            if (field?.Length > MaxField) faults.Add(new(Refusal.TooLong, pointer, MaxField));
        }
        void Asked(string at, DateOnly? on, int? category, string? standard, string? level, string? scope)
        {
            if (on < Day.Earliest || on > Day.Latest) faults.Add(new(Refusal.BadDate, at + "/on"));
            if (category is { } no && Catalogue.CategoryOf(no) is null) faults.Add(new(Refusal.UnknownCategory, at + "/category"));
            if (!string.IsNullOrWhiteSpace(level) && Words.Level(level) is null) faults.Add(new(Refusal.UnknownWord, at + "/level", Catalogue.LevelWords));
            Length(standard, at + "/standard");
            Length(scope, at + "/scope");
        }
    }
}
