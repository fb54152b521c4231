using System.Globalization;
using Microsoft.Net.Http.Headers;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Dumps;

/// <summary>Open data: the files of dumps, at addresses that are the same for ever.</summary>
public static class DumpEndpoints
{
    private static readonly string[] types =
        [.. Dump.Contents.Select(file => file.MediaType.Split(';')[0]).Concat(["application/json", "text/plain"]).Distinct()];

    /// <summary>A file of a day never changes.</summary>
    public static void MapDumps(this IEndpointRouteBuilder routes)
    {
        var data = routes.MapGroup("/data").WithTags("Open data").WithMetadata(new NeedsNoLog()).Asks(Work.Download);
        data.MapGet("/manifest.json", Newest).Keeps(Keeping.AskAgain).WithName("getNewestDump")
            .Hears("Range").Tells("ETag", "Repr-Digest", "Accept-Ranges").Answers<DumpManifest>(200, 404)
            .Produces<string>(206, "application/json").Produces(304)
            .Produces<Problem>(412, Problems.MediaType).Produces<Problem>(416, Problems.MediaType);
        data.MapGet("/latest/{file}", Latest).Keeps(Keeping.AskAgain).WithName("getLatestDumpFile")
            .Produces(StatusCodes.Status302Found).Refuses(404);
        data.MapGet("/{day}/{file}", OfDay).Keeps(Keeping.ForGood).WithName("getDumpFile")
            .Hears("Range").Tells("ETag", "Repr-Digest", "Accept-Ranges", "Content-Disposition")
            .Produces<string>(200, types[0], types[1..]).Produces<string>(206, types[0], types[1..])
            .Produces(304).Produces<Problem>(412, Problems.MediaType).Produces<Problem>(416, Problems.MediaType).Refuses(404);
    }

    private static FaultException None() => new(new Fault(Refusal.NoSuchDump));

    private static Task<IResult> Newest(HttpContext context, DumpFolder folder)
    {
        if (folder.Days is not [var newest, ..] || folder.Manifest(newest) is not { } manifest) throw None();
        return Sent(context, folder, manifest.Day, DumpFolder.ManifestName);
    }

    private static IResult Latest(string file, DumpFolder folder)
    {
        if (folder.Days is not [var newest, ..] || folder.Find(newest, file) is not { } found) throw None();
        return Results.Redirect(string.Create(CultureInfo.InvariantCulture, $"/data/{newest:O}/{found.File.Name}"));
    }

    private static Task<IResult> OfDay(string day, string file, HttpContext context, DumpFolder folder) =>
        Sent(context, folder, Day.Parse(day) ?? throw None(), file);

    private static async Task<IResult> Sent(HttpContext context, DumpFolder folder, DateOnly day, string name)
    {
        if (folder.Find(day, name) is not { } found) throw None();
        var (file, request, headers) = (found.File, context.Request, context.Response.Headers);
        if (!AsksForPart(context, file.Tag)) request.Headers.Remove(HeaderNames.Range);
        // Whoever asks for the head alone is not read gigabytes to.
        if (Manners.IsHead(context)) request.Method = HttpMethods.Head;
        headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(file.Sha256))}:";
        var saved = Path.GetExtension(name) is ".gz" or ".db" ? Saved(day, name) : null;
        var tag = new EntityTagHeaderValue(file.Tag);
        await Results.File(found.Path, file.MediaType, saved, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context);
        // What is told instead of a part that is not there is no part of the file.
        if (context.Response.StatusCode is StatusCodes.Status416RangeNotSatisfiable or StatusCodes.Status412PreconditionFailed)
        {
            headers.ContentLength = null;
            foreach (var header in ofFile) headers.Remove(header);
        }
        return Results.Empty;
    }

    private static readonly string[] ofFile =
        [HeaderNames.ContentType, HeaderNames.ContentDisposition, HeaderNames.ETag, "Repr-Digest"];

    /// <summary>Of GET alone, in bytes, and of the file that the reader began with: all else is answered whole (RFC 9110, 13.1.5 and
    /// 14.2).</summary>
    private static bool AsksForPart(HttpContext context, string tag)
    {
        var (range, begun) = (context.Request.Headers.Range.ToString(), context.Request.Headers.IfRange.ToString());
        return !Manners.IsHead(context) && range.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) && (begun == "" || begun == tag);
    }

    /// <summary>The name that a browser saves it by: of the day, too.</summary>
    private static string Saved(DateOnly day, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name[..name.IndexOf('.')]}-{day:O}{name[name.IndexOf('.')..]}");
}
