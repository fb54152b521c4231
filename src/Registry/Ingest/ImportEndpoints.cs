using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>Many statements in one stream.</summary>
public static class ImportEndpoints
{
    private const string Csv = MediaTypes.Csv, Lines = MediaTypes.Lines, Form = "multipart/form-data", Summed = "Import-Summary";

    /// <summary>Content types taken: what the content is, it says itself.</summary>
    private static readonly string[] taken =
    [
        Csv, Lines, "text/plain", MediaTypes.Tabs, "application/csv", "application/jsonl", MediaTypes.OldWorkbook,
        "application/octet-stream", "application/gzip", MediaTypes.Workbook, MediaTypes.MacroWorkbook, Form,
    ];

    private static readonly Text allTaken = new(
        $"{string.Join("、", taken)}（Content-Encoding 可为 gzip）", $"{string.Join(", ", taken)} (Content-Encoding gzip at will)");

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        routes.MapGroup("/v1").WithTags("Acts").RequireKey().MapPost("/imports", Import).Asks(Work.Import).Keeps(Keeping.Never)
            .WithName("import")
            // Every type comes here, so that one that is not taken is told which are.
            .Accepts<string>(Csv, [.. taken[1..], "*/*"]).TakesForm<ImportFields>().Tells(Summed, "Content-Disposition")
            .AlsoLines<RowResult>(Lines).Also(Csv, MediaTypes.Workbook).Refuses(400, 401, 413, 415, 422);
        var templates = routes.MapGroup("/v1/imports").WithTags("Acts").Keeps(Keeping.AskAgain with { Vary = "Accept-Language" });
        templates.MapGet("/template.csv", Template).WithName("importTemplate")
            .Tells("Content-Disposition").AnswersAs(Csv);
        templates.MapGet("/template.xlsx", TemplateWorkbook).WithName("importTemplateWorkbook")
            .Tells("Content-Disposition").AnswersAs(MediaTypes.Workbook);
    }

    private static async Task TemplateWorkbook(HttpContext context, CancellationToken cancel)
    {
        await using var made = KeptFile.New();
        await ImportTemplate.Write(made, Languages.Of(context), cancel);
        made.Position = 0;
        context.Response.Headers.ContentDisposition = "attachment; filename=\"certificates-template.xlsx\"";
        (context.Response.ContentType, context.Response.ContentLength) = (MediaTypes.Workbook, made.Length);
        await made.CopyToAsync(context.Response.Body, cancel);
    }

    private static IResult Template(HttpContext context)
    {
        var language = Languages.Of(context);
        context.Response.Headers.ContentDisposition = "attachment; filename=\"certificates-template.csv\"";
        var header = Cells.Line(Columns.All.Where(column => column.Is(ColumnUse.Template)).Select(column => column.Name[language]));
        return Results.Bytes([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(header)], $"{Csv}; charset=utf-8");
    }

    private static async Task Import(
        HttpContext context, string? dryRun, string? ignore, string? sheet, string? format, Database database, TimeProvider time)
    {
        var answered = Formats.Of(context.Request, format, ("ndjson", Lines), ("csv", Csv), ("xlsx", MediaTypes.Workbook));
        var type = TypeOf(context.Request);
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false }) limit.MaxRequestBodySize = Importer.MaxBytes;
        if (context.Request.ContentLength > Importer.MaxBytes) throw new FaultException(Refusal.TooLarge, "", Importer.MaxBytes);
        var (form, files) = type == Form ? await SentForm.Read<ImportFields>(context, Importer.MaxBytes, MaxField) : (null, null);
        if (files is { Count: not 1 }) throw new FaultException(Refusal.OneFile, "", files.Count);
        var isDry = IsDry(dryRun ?? form?.DryRun);
        await using var sent = files?[0].OpenReadStream();
        await using var kept = await KeptFile.Of(sent ?? context.Request.Body, Importer.MaxBytes, context.RequestAborted);
        var choice = new ImportChoice(ignore ?? form?.Ignore, sheet ?? form?.Sheet, type == Lines ? true : null);
        var file = ImportFile.Open(kept, choice, WorkbookBounds.Import);
        // A key that is revoked stops an import between two batches, too.
        void MayRecord(Transaction transaction) => RequestKeys.CheckAgain(context, transaction);
        var importer = new Importer(database, time, RequestKeys.Body(context), isDry, Languages.Of(context), MayRecord);
        await (answered == "ndjson" ? Stream(context, file, importer) : Rejects(context, file, importer, asWorkbook: answered == "xlsx"));
    }

    /// <exception cref="FaultException">It is none that is taken.</exception>
    private static string? TypeOf(HttpRequest request)
    {
        var type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var known = type is null || taken.Contains(type);
        var packed = request.Headers.ContentEncoding.ToString();
        if (known && packed is "" or "gzip" or "identity") return type;
        throw new FaultException(Refusal.UnsupportedMedia, "", allTaken);
    }

    /// <summary>What a form may say beside its file: what the parameters of the same names do.</summary>
    private sealed record ImportFields(string? Ignore, string? Sheet, string? DryRun);

    /// <summary>Bytes of a field.</summary>
    private const int MaxField = 1 << 16;

    private static readonly Text trueOrFalse = new("true 或 false", "true or false");

    /// <exception cref="FaultException">It is neither true nor false, or blank: a run that was meant dry would record.</exception>
    private static bool IsDry(string? typed)
    {
        if (typed is null) return false;
        return bool.TryParse(typed, out var isDry) ? isDry : throw new FaultException(Refusal.WrongType, "/dryRun", trueOrFalse);
    }

    private static async Task Stream(HttpContext context, ImportFile file, Importer importer)
    {
        context.Response.ContentType = $"{Lines}; charset=utf-8";
        try
        {
            await foreach (var result in importer.Run(file, Importer.MaxRows, context.RequestAborted)) await Line(context, result);
            await Line(context, new { importer.Summary });
        }
        catch (Exception stopped) when (context.Response.HasStarted && stopped is FaultException or CannotRecordException)
        {
            // Rows before it are recorded and answered: the end of the stream says where it stopped and why.
            var faults = (stopped as FaultException)?.Faults ?? [new Fault(Refusal.CannotRecord)];
            await Line(context, new { importer.Summary, Problem = Problems.Of(faults, Languages.Of(context)) });
        }
    }

    /// <summary>The rejected rows as a file: made before it is sent, so that it is whole or a problem.</summary>
    private static async Task Rejects(HttpContext context, ImportFile file, Importer importer, bool asWorkbook)
    {
        await using var made = KeptFile.New();
        var cancel = context.RequestAborted;
        await using (var rejects = await RejectsFile.Begin(made, file, Languages.Of(context), asWorkbook, cancel))
        {
            await foreach (var result in importer.Run(file, Importer.MaxRows, cancel)) await rejects.Add(result, cancel);
            await rejects.Finish(cancel);
        }
        made.Position = 0;
        var (response, summary) = (context.Response, importer.Summary);
        var (kind, type) = ("csv", $"{Csv}; charset=utf-8");
        if (file.Header is null) (kind, type) = ("ndjson", Lines);
        else if (asWorkbook) (kind, type) = ("xlsx", MediaTypes.Workbook);
        response.Headers[Summed] = $"rows={summary.Rows}, recorded={summary.Recorded}, already={summary.Already}, "
            + $"rejected={summary.Rejected}, differing={summary.Differing ?? 0}";
        response.Headers.ContentDisposition = $"attachment; filename=\"rejected.{kind}\"";
        response.ContentType = type;
        response.ContentLength = made.Length;
        await made.CopyToAsync(response.Body, cancel);
    }

    private static async Task Line(HttpContext context, object line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, Json.Options), (byte)'\n'];
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
