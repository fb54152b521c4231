using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Ingest;

/// <summary>Many statements in one stream.</summary>
public static class ImportEndpoints
{
    public static void MapImports(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1").WithTags("Acts").RequireKey().MapPost("/imports", Import).WithName("import")
            .WithSummary("CSV (text/csv) or NDJSON (application/x-ndjson) of certificates; answers one line of JSON a row and a last line with the summary")
            .Accepts<string>("text/csv", "application/x-ndjson").Answers<RowResult>(200, 401, 413, 415, 422);

    private static async Task Import(HttpContext context, bool? dryRun, Database database, TimeProvider time)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false }) limit.MaxRequestBodySize = Importer.MaxBytes;
        if (context.Request.ContentLength > Importer.MaxBytes) throw new FaultException(new Fault(Refusal.TooLarge, "", Importer.MaxBytes));
        var importer = new Importer(database, time, ApiKeys.Body(context), dryRun ?? false, Languages.Of(context));
        var type = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var results = type switch
        {
            "text/csv" => importer.Csv(context.Request.Body),
            "application/x-ndjson" => importer.Ndjson(context.Request.Body),
            _ => throw new FaultException(new Fault(Refusal.UnsupportedMedia, "", "text/csv, application/x-ndjson")),
        };
        context.Response.ContentType = "application/x-ndjson; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await foreach (var result in results) await Line(context, result);
            await Line(context, new { importer.Summary });
        }
        catch (FaultException fault) when (context.Response.HasStarted)
        {
            // Rows before it are recorded and answered: the end of the stream says where it stopped and why.
            await Line(context, new { importer.Summary, Problem = Problems.Of(fault.Faults, Languages.Of(context)) });
        }
    }

    private static async Task Line(HttpContext context, object line) => await context.Response.Body.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(line, Json.Options), (byte)'\n'], context.RequestAborted);
}
