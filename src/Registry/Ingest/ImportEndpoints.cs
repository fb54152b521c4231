using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>Many statements in one stream.</summary>
public static class ImportEndpoints
{
    private const string Lines = "application/x-ndjson", Form = "multipart/form-data";

    /// <summary>Content types taken: what the content is, it says itself.</summary>
    private static readonly string[] taken = ["text/csv", Lines, "text/plain", "text/tab-separated-values", "application/csv", "application/jsonl", "application/vnd.ms-excel", "application/octet-stream", "application/gzip", Form];

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        routes.MapGroup("/v1").WithTags("Acts").RequireKey().MapPost("/imports", Import).WithName("import")
            .WithSummary("A table (CSV) or lines of JSON (NDJSON) of certificates; answers one line of JSON a row and a last line with the summary, or with format=csv the rejected rows as a file to mend")
            .WithDescription(Columns.Described)
            // Every type comes here, so that one that is not taken is told which are.
            .Accepts<string>("text/csv", Lines, Form, "*/*").Answers<RowResult>(200, 400, 401, 413, 415, 422);
        routes.MapGet("/v1/imports/template.csv", Template).WithTags("Acts").WithName("importTemplate")
            .WithSummary("The columns of an import as a file to fill in, with lang=en in English").Answers<string>(200);
    }

    private static IResult Template(HttpContext context)
    {
        var language = Languages.Of(context);
        context.Response.Headers.ContentDisposition = "attachment; filename=\"certificates-template.csv\"";
        var header = Cells.Line(Columns.All.Where(column => column.Is(ColumnUse.Template)).Select(column => column.Name[language]));
        return Results.Bytes([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(header)], "text/csv; charset=utf-8");
    }

    private static async Task Import(HttpContext context, bool? dryRun, string? ignore, string? format, Database database, TimeProvider time)
    {
        var (language, cancel) = (Languages.Of(context), context.RequestAborted);
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false }) limit.MaxRequestBodySize = Importer.MaxBytes;
        if (context.Request.ContentLength > Importer.MaxBytes) throw new FaultException(new Fault(Refusal.TooLarge, "", Importer.MaxBytes));
        if (format is not (null or "ndjson" or "csv")) throw new FaultException(new Fault(Refusal.UnknownWord, "/format", "ndjson, csv"));
        var type = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (type is not null && !taken.Contains(type) && !type.Contains("spreadsheetml", StringComparison.Ordinal)
            || context.Request.Headers.ContentEncoding.ToString() is not ("" or "gzip" or "identity"))
            throw new FaultException(new Fault(Refusal.UnsupportedMedia, "", new Text(string.Join("、", taken) + "（Content-Encoding 可为 gzip）", string.Join(", ", taken) + " (Content-Encoding gzip at will)")));

        IFormCollection? form = null;
        if (type == Form)
        {
            try { form = await context.Request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = Importer.MaxBytes }, cancel); }
            catch (InvalidDataException) { throw new FaultException(new Fault(Refusal.BadRequest)); }
            if (form.Files.Count != 1) throw new FaultException(new Fault(Refusal.OneFile, "", form.Files.Count));
            (dryRun, ignore) = (dryRun ?? (bool.TryParse(form["dryRun"], out var dry) ? dry : null), ignore ?? form["ignore"]);
        }
        await using var sent = form?.Files[0].OpenReadStream();
        await using var kept = await ImportFile.Keep(sent ?? context.Request.Body, Importer.MaxBytes, cancel);
        var file = ImportFile.Open(kept, ignore?.Split(',', '，', '、') ?? [], type == Lines ? true : null);
        var importer = new Importer(database, time, ApiKeys.Body(context), dryRun ?? false, language);
        context.Response.Headers.CacheControl = "no-store";
        if (format == "csv") await Rejects(context, file, importer, language);
        else await Stream(context, file, importer, language);
    }

    private static async Task Stream(HttpContext context, ImportFile file, Importer importer, Language language)
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
            await Line(context, new { importer.Summary, Problem = Problems.Of(faults, language) });
        }
    }

    /// <summary>The rejected rows as a file: made before it is sent, so that it is whole or a problem.</summary>
    private static async Task Rejects(HttpContext context, ImportFile file, Importer importer, Language language)
    {
        await using var made = ImportFile.Temporary();
        await using (var rejects = new RejectsFile(made, file, language))
            await foreach (var result in importer.Run(file, Importer.MaxRows, context.RequestAborted)) rejects.Add(result);
        made.Position = 0;
        var summary = importer.Summary;
        context.Response.Headers["Import-Summary"] = $"rows={summary.Rows}, recorded={summary.Recorded}, already={summary.Already}, rejected={summary.Rejected}, differing={summary.Differing ?? 0}";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"rejected.{(file.Header is null ? "ndjson" : "csv")}\"";
        context.Response.ContentType = file.Header is null ? Lines : "text/csv; charset=utf-8";
        context.Response.ContentLength = made.Length;
        await made.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task Line(HttpContext context, object line) => await context.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(line, Json.Options), (byte)'\n'], context.RequestAborted);
}
