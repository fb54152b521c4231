using System.ComponentModel.DataAnnotations;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Verification;

/// <summary>A list to check, with one day for all rows that have none of their own.</summary>
public sealed record VerificationRequest(DateOnly? On = null, [property: MaxLength(Verifier.MaxRows)] VerificationRow[]? Rows = null);

/// <summary>The verdicts in the order asked, and what the registry covered when it answered.</summary>
public sealed record VerificationAnswer(DateTimeOffset AnsweredAt, Coverage Coverage, Verdict[] Rows);

/// <summary>Checking whole lists at once.</summary>
public static class VerificationEndpoints
{
    private const int MaxBytes = 1 << 20, MaxField = 300;

    public static void MapVerifications(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/verifications", Verify).WithTags("Verification").WithName("verify").WithSummary("Up to 1,000 numbers, names, credit codes or codes, each as of a day")
            .Takes<VerificationRequest>().Answers<VerificationAnswer>(200, 400, 413, 415, 422);

    private static async Task<IResult> Verify(HttpContext context, Database database, TimeProvider time)
    {
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
        void Day(DateOnly? day, string pointer)
        {
            if (day < Certificates.Day.Earliest || day > Certificates.Day.Latest) faults.Add(new(Refusal.BadDate, pointer));
        }
        Day(request.On, "/on");
        for (var i = 0; i < request.Rows.Length; i++)
        {
            var row = request.Rows[i];
            if (row is null || (row.Number ?? row.Name ?? row.Uscc ?? row.Code) is null) faults.Add(new(Refusal.Required, $"/rows/{i}"));
            else
            {
                foreach (var (field, name) in ((string?, string)[])[(row.Number, "number"), (row.Name, "name"), (row.Uscc, "uscc"), (row.Code, "code"), (row.Body, "body")])
                    if (field?.Length > MaxField) faults.Add(new(Refusal.TooLong, $"/rows/{i}/{name}", MaxField));
                Day(row.On, $"/rows/{i}/on");
            }
        }
        if (faults.Count > 0) throw new FaultException(faults);
    }
}
