using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>A list to check. The day is that of every row that has none of its own; what is asked of the certificates holds for every row,
/// beside what it asks itself. <c>knownAt</c>, an instant with its offset, asks what the registry said then: nothing that was recorded
/// since counts.</summary>
public sealed record VerificationRequest(
    DateOnly? On = null, int? Category = null, string? Standard = null, string? Level = null, string? Scope = null,
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

    /// <summary>How the table that was sent was read; left out where it came as JSON.</summary>
    public ListReading? Reading { get; init; }
}

/// <summary>The same as it is written: its verdicts are made one by one, and none is held longer than that.</summary>
public sealed record WrittenVerdicts(DateTimeOffset AnsweredAt, Coverage Coverage, IEnumerable<Verdict> Rows)
{
    /// <inheritdoc cref="VerificationAnswer.KnownAt"/>
    public DateTimeOffset? KnownAt { get; init; }

    /// <inheritdoc cref="VerificationAnswer.Reading"/>
    public ListReading? Reading { get; init; }

    /// <summary>All of it, for whoever needs it once the snapshot is gone.</summary>
    public VerificationAnswer Whole() => new(AnsweredAt, Coverage, [.. Rows]) { KnownAt = KnownAt, Reading = Reading };
}

/// <summary>Checking whole lists at once.</summary>
public static class VerificationEndpoints
{
    private static readonly (string Name, string Type)[] formats =
        [("json", "application/json"), ("ndjson", MediaTypes.Lines), ("csv", MediaTypes.Csv), ("xlsx", MediaTypes.Workbook)];

    public static void MapVerifications(this IEndpointRouteBuilder routes) => routes.MapPost("/v1/verifications", Verify)
        .Asks(Work.Verification).Keeps(Keeping.Never)
        .WithTags("Verification").WithName("verify")
        .Accepts<VerificationRequest>("application/json", [.. SentList.Taken[1..], "*/*"])
        .TakesForm<NoFields>().Tells("Content-Disposition").AlsoLines<Verdict>(MediaTypes.Lines).Also(MediaTypes.Csv, MediaTypes.Workbook)
        .Answers<VerificationAnswer>(200, 400, 413, 415, 422);

    private static async Task<IResult> Verify(
        HttpContext context, [AsParameters] ListQuery query, string? format, Database database, TimeProvider time, PublicAddress address)
    {
        var asked = Formats.Of(context.Request, format, formats);
        var (list, language, cancel) = (await SentList.Of(context, query), Languages.Of(context), context.RequestAborted);
        if (asked == "xlsx" && list.Table is { } table)
        {
            var beside = database.Read(db => list.Beside(db, time.GetUtcNow(), address.Base, language), cancel);
            return await AnsweredFile.Of(context, table, beside, language);
        }
        if (asked == "json") return database.Read(db => Json.Written(list.Written(db, time.GetUtcNow(), language)), cancel);
        var (read, answer) = database.Read(db => list.Answer(db, time.GetUtcNow(), language), cancel);
        return asked switch
        {
            "csv" => Results.Text(Csv(read, answer, address, language), $"{MediaTypes.Csv}; charset=utf-8"),
            "xlsx" => await AnsweredFile.Of(context, read, answer, address.Base, language),
            _ => Results.Text(Lines(answer), $"{MediaTypes.Lines}; charset=utf-8"),
        };
    }

    private const char ByteOrderMark = '\uFEFF';

    private static string Csv(AskedList read, VerificationAnswer answer, PublicAddress address, Language language) =>
        ByteOrderMark + AnswerTable.Csv(read, answer, address.Base, language);

    /// <summary>A line for each verdict, and a last one with the rest of the answer.</summary>
    private static string Lines(VerificationAnswer answer)
    {
        var rest = new { answer.AnsweredAt, answer.KnownAt, answer.Coverage, answer.Reading };
        return string.Concat(answer.Rows.Append<object>(rest).Select(line => JsonSerializer.Serialize(line, Json.Options) + "\n"));
    }
}
