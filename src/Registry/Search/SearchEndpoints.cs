using System.Text;
using System.Text.Json;
using Registry.Certificates;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Search;

/// <summary>Looking up, as the national category search does, and the reference data it uses.</summary>
public static class SearchEndpoints
{
    /// <summary>Whoever types asks the same again within a minute.</summary>
    private static readonly Keeping suggestions = new("public, max-age=60");

    public static void MapSearch(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Search");
        group.MapGet("/certificates", Search).Asks(request => FormatOf(request) == JsonFormat ? Work.Search : Work.File).FollowsLog()
            .WithName("search")
            .Tells("Link", "Content-Disposition")
            .AlsoLines<CertificateView>("application/x-ndjson").Also("text/csv").Answers<SearchResult>(200, 422);
        group.MapGet("/suggest", Suggest).Asks(Work.Search).Keeps(suggestions)
            .WithName("suggest").Answers<Suggestions>(200, 422);
        group.MapGet("/categories", Categories).Asks(Work.Search).FollowsLog()
            .WithName("categories")
            .Answers<CategoryCount[]>(200);
        group.MapGet("/bodies", Bodies).Asks(Work.Search).FollowsLog()
            .WithName("bodies").Answers<BodyCount[]>(200);
        group.MapGet("/regions", Regions).FollowsLog()
            .WithName("regions").Answers<RegionView[]>(200);
    }

#pragma warning disable IDE0060 // the parameters are read as a whole, by name; they stand here because they are the contract
    private static IResult Search(HttpContext context, Database database, IndexReader index, TimeProvider time,
        string? q, string? number, string? holder, string? uscc, string? body, string? category, string? group, string? level,
        string? status, string? region, string? scope, string? issuedFrom, string? issuedTo, string? expiresFrom, string? expiresTo,
        string? on, string? knownAt, string? sort, string? limit, string? cursor, string? total, string? facets, string? format)
#pragma warning restore IDE0060
    {
        format = FormatOf(context.Request);
        if (!formats.Contains(format)) throw new FaultException(Refusal.UnknownWord, "/format", string.Join(", ", formats));
        var known = context.RequestServices.GetRequiredService<KnownTo>();
        // An export is whole unless it is asked for less.
        var most = format == JsonFormat ? SearchQuery.MaxLimit : int.MaxValue;
        var query = SearchQuery.Parse(name => context.Request.Query[name], most, known.Now);
        if (query.KnownAt is not null && format != JsonFormat) throw new FaultException(Refusal.KnownAtWith, "/format", "format=" + format);
        var today = Day.Of(time.GetUtcNow());
        if (format == JsonFormat)
        {
            var result = database.Read(db => CertificateSearch.Run(db, index, query, today), context.RequestAborted);
            // What was cut short may be whole next time; of a mark more is told than the log holds.
            if (result.Incomplete is not null || result.Mark is not null) context.Response.Headers.Remove("ETag");
            if (result.Next is { } next) Manners.LeadOn(context, "cursor", next);
            return Json.Answer(known.IsLimited ? result with { Items = known.Cap(result.Items) } : result);
        }
        long? asked = string.IsNullOrWhiteSpace(limit) ? null : query.Limit;
        var export = new Export(database, index, query, today);
        var pages = export.Pages(asked, context.RequestAborted);
        return format == CsvFormat ? Csv(context, pages, export.IsAhead, known) : Ndjson(context, pages, known);
    }

    private const string JsonFormat = "json", CsvFormat = "csv", NdjsonFormat = "ndjson";
    private static readonly string[] formats = [JsonFormat, CsvFormat, NdjsonFormat];

    /// <summary>What the answer is to be: as format= says, or Accept.</summary>
    private static string FormatOf(HttpRequest request)
    {
        if (request.Query.TryGetValue("format", out var format)) return format.ToString();
        var accept = request.Headers.Accept.ToString();
        if (accept.StartsWith("text/csv", StringComparison.Ordinal)) return CsvFormat;
        return accept.StartsWith("application/x-ndjson", StringComparison.Ordinal) ? NdjsonFormat : JsonFormat;
    }

    private static IResult Suggest(HttpContext context, Database database, IndexReader index, TimeProvider time, string? q)
    {
        var query = SearchQuery.Parse(name => name == "q" ? q : null);
        var today = Day.Of(time.GetUtcNow());
        return Json.Answer(database.Read(db => HolderSearch.Of(db, index, query, today), context.RequestAborted));
    }

    private static IResult Csv(HttpContext context, IAsyncEnumerable<ExportPage> pages, bool isAhead, KnownTo known)
    {
        var (language, gone) = (Languages.Of(context), context.RequestAborted);
        byte[] head = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Export.Header(language, isAhead))];
        context.Response.Headers.ContentDisposition = "attachment; filename=\"certificates.csv\"";
        return Results.Stream(async stream =>
        {
            await stream.WriteAsync(head, gone);
            await foreach (var page in pages)
            {
                var rows = known.Cap(page.Items).Select(certificate => Export.Row(certificate, page, language));
                await stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(rows)), gone);
            }
        }, "text/csv; charset=utf-8");
    }

    private static IResult Ndjson(HttpContext context, IAsyncEnumerable<ExportPage> pages, KnownTo known)
    {
        var gone = context.RequestAborted;
        return Results.Stream(async stream =>
        {
            await foreach (var page in pages) await stream.WriteAsync((byte[])[.. known.Cap(page.Items).SelectMany(Line)], gone);
        }, "application/x-ndjson");
    }

    private static byte[] Line(CertificateView certificate) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(certificate, Json.Options), (byte)'\n'];

    private static IResult Categories(string? q, Database database, IndexReader index, TimeProvider time)
    {
        var today = Day.Of(time.GetUtcNow());
        return Json.Answer(database.Read(db => ReferenceStore.Categories(db, index, today, q)));
    }

    private static IResult Bodies(string? q, Database database, IndexReader index, TimeProvider time)
    {
        var (wanted, today) = (PlainText.Fold(q ?? ""), Day.Of(time.GetUtcNow()));
        return Json.Answer(database.Read(db => ReferenceStore.Bodies(db, index, today)).Where(IsWanted));

        bool IsWanted(BodyCount body) => Holds(body.ApprovalNumber) || Holds(body.Name) || body.NameEn is not null && Holds(body.NameEn);
        bool Holds(string text) => PlainText.Fold(text).Contains(wanted);
    }

    private const int MaxRegions = 500;

    private static IResult Regions(string? q, string? parent)
    {
        var found = Catalogue.Regions.Values.Where(region => (parent is null || region.Parent == parent) && IsWanted(region));
        var shown = found.OrderBy(region => region.Code, StringComparer.Ordinal).Take(MaxRegions);
        return Json.Answer(shown.Select(RegionView.Of));

        bool IsWanted(Region region) => string.IsNullOrEmpty(q)
            || region.Code.StartsWith(q, StringComparison.Ordinal) || Catalogue.RegionName(region.Code).Contains(q.Trim());
    }
}

/// <summary>A category and how many of its certificates are valid today.</summary>
public sealed record CategoryCount(
    int No, string Group, string GroupName, string GroupNameEn, string Name, string NameEn, string? Standard, long Valid);

/// <summary>A body and how many of its certificates are valid today.</summary>
public sealed record BodyCount(string ApprovalNumber, string Name, string? NameEn, long Valid);

/// <summary>A region of GB/T 2260 with its full name.</summary>
public sealed record RegionView(string Code, string Name, string FullName, string Level, string? Parent)
{
    internal static RegionView Of(Region region) =>
        new(region.Code, region.Name, Catalogue.RegionName(region.Code), region.Level, region.Parent);
}
