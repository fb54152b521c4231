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
            .Produces<string>(206, "application/json").Produces(304).Produces<Problem>(416, Problems.MediaType);
        data.MapGet("/latest/{file}", Latest).Keeps(Keeping.AskAgain).WithName("getLatestDumpFile")
            .Produces(StatusCodes.Status302Found).Refuses(404);
        data.MapGet("/{day}/{file}", OfDay).Keeps(Keeping.ForGood).WithName("getDumpFile")
            .Hears("Range").Tells("ETag", "Repr-Digest", "Accept-Ranges", "Content-Disposition")
            .Produces<string>(200, types[0], types[1..]).Produces<string>(206, types[0], types[1..])
            .Produces(304).Produces<Problem>(416, Problems.MediaType).Refuses(404);
    }

    private static FaultException None() => new(new Fault(Refusal.NoSuchDump));

    private static IResult Newest(HttpContext context, DumpFolder folder)
    {
        if (folder.Days is not [var newest, ..] || folder.Manifest(newest) is not { } manifest) throw None();
        return Sent(context, folder, manifest.Day, DumpFolder.ManifestName);
    }

    private static IResult Latest(string file, DumpFolder folder)
    {
        if (folder.Days is not [var newest, ..] || folder.Find(newest, file) is not { } found) throw None();
        return Results.Redirect(string.Create(CultureInfo.InvariantCulture, $"/data/{newest:O}/{found.File.Name}"));
    }

    private static IResult OfDay(string day, string file, HttpContext context, DumpFolder folder) =>
        Sent(context, folder, Day.Parse(day) ?? throw None(), file);

    private static IResult Sent(HttpContext context, DumpFolder folder, DateOnly day, string name)
    {
        if (folder.Find(day, name) is not { } found) throw None();
        // Whoever asks for the head alone is not read gigabytes to.
        if (Manners.IsHead(context)) context.Request.Method = HttpMethods.Head;
        var file = found.File;
        context.Response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(file.Sha256))}:";
        var saved = Path.GetExtension(name) is ".gz" or ".db" ? Saved(day, name) : null;
        return Results.File(found.Path, file.MediaType, saved, entityTag: new EntityTagHeaderValue(file.Tag), enableRangeProcessing: true);
    }

    /// <summary>The name that a browser saves it by: of the day, too.</summary>
    private static string Saved(DateOnly day, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name[..name.IndexOf('.')]}-{day:O}{name[name.IndexOf('.')..]}");
}
