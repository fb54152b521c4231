using System.Globalization;
using Microsoft.Net.Http.Headers;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Dumps;

/// <summary>Open data: the files of dumps, at addresses that are the same for ever.</summary>
public static class DumpEndpoints
{
    private const string Octets = "application/octet-stream";

    /// <summary>A file of a day never changes.</summary>
    public static void MapDumps(this IEndpointRouteBuilder routes)
    {
        var data = routes.MapGroup("/data").WithTags("Open data").WithMetadata(new NeedsNoLog()).Asks(Work.Download);
        data.MapGet("/manifest.json", Newest).Keeps(Keeping.AskAgain).WithName("getNewestDump")
            .WithSummary("What the newest dump is: its day, the log's size and root, files with lengths and SHA-256")
            .Answers<DumpManifest>(200, 404);
        data.MapGet("/latest/{file}", Latest).Keeps(Keeping.AskAgain).WithName("getLatestDumpFile")
            .WithSummary("Leads to that file of the newest dump").Refuses().Produces(StatusCodes.Status302Found);
        data.MapGet("/{day}/{file}", OfDay).Keeps(Keeping.ForGood).WithName("getDumpFile")
            .WithSummary("A file of the dump of a day; with Range, where a download stopped goes on").Refuses()
            .Produces<byte[]>(200, Octets).Produces<byte[]>(206, Octets).Produces(304).Produces(416);
    }

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route)
    {
        foreach (var problem in (int[])[404, 503]) route.Produces<Problem>(problem, "application/problem+json");
        return route;
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
