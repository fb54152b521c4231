using System.Text;
using System.Text.Json;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Search;

/// <summary>Looking up, as the national category search does, and the reference data it uses.</summary>
public static class SearchEndpoints
{
    private const int MaxExport = 100_000, ExportPage = 1000;

    public static void MapSearch(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Search");
        group.MapGet("/certificates", Search).WithName("search").WithSummary("Search, newest first; CSV and NDJSON with format= or Accept").Answers<SearchResult>(200, 422);
        group.MapGet("/suggest", Suggest).WithName("suggest").WithSummary("Holders' names while typing: by text, pinyin or initials").Answers<Suggestions>(200, 422);
        group.MapGet("/categories", Categories).WithName("categories").WithSummary("The catalogue of 28 categories with the number of valid certificates").Answers<CategoryCount[]>(200);
        group.MapGet("/bodies", Bodies).WithName("bodies").WithSummary("Certification bodies with the number of valid certificates").Answers<BodyCount[]>(200);
        group.MapGet("/regions", Regions).WithName("regions").WithSummary("Regions of GB/T 2260 by text or parent").Answers<RegionView[]>(200);
    }

#pragma warning disable IDE0060 // the parameters are read as a whole, by name; they stand here because they are the contract
    private static IResult Search(HttpContext context, Database database, TimeProvider time, string? q, string? number, string? holder, string? uscc, string? body, string? category, string? group,
        string? level, string? status, string? region, string? scope, string? issuedFrom, string? issuedTo, string? expiresFrom, string? expiresTo, string? on, string? limit, string? cursor, string? format)
#pragma warning restore IDE0060
    {
        var query = SearchQuery.Parse(name => context.Request.Query[name]);
        var today = Day.Of(time.GetUtcNow());
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = "Accept";
        var accept = context.Request.Headers.Accept.ToString();
        if (format == "csv" || format is null && accept.StartsWith("text/csv", StringComparison.Ordinal)) return Csv(context, database, query, today);
        if (format == "ndjson" || format is null && accept.StartsWith("application/x-ndjson", StringComparison.Ordinal)) return Ndjson(context, database, query, today);
        if (format is not (null or "json")) throw new FaultException(new Fault(Refusal.UnknownWord, "/format", "json, csv, ndjson"));
        return Results.Json(database.Read(db => CertificateSearch.Run(db, query, today), context.RequestAborted), Json.Options);
    }

    private static IResult Suggest(HttpContext context, Database database, TimeProvider time, string? q)
    {
        var query = SearchQuery.Parse(name => name == "q" ? q : null);
        context.Response.Headers.CacheControl = "public, max-age=60";
        return Results.Json(database.Read(db => HolderSearch.Of(db, query, Day.Of(time.GetUtcNow())), context.RequestAborted), Json.Options);
    }

    private static IResult Csv(HttpContext context, Database database, SearchQuery query, DateOnly today)
    {
        context.Response.Headers.ContentDisposition = "attachment; filename=\"certificates.csv\"";
        return Results.Stream(async stream =>
        {
            await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            await writer.WriteAsync("查询编码,证书编号,获证组织名称,统一社会信用代码,认证项目,认证依据,认证覆盖的业务范围,服务等级,颁证日期,初次获证日期,证书到期日期,证书状态,所在地区,地址,认证机构,截至\r\n");
            foreach (var page in Pages(context, database, query, today))
            {
                foreach (var c in page)
                    await writer.WriteAsync(string.Join(',', ((string?[])[c.Id, c.Number, c.Holder.Name, c.Holder.Uscc, c.Category.Name, c.Standard, c.Scope, c.Level?.Name, $"{c.IssuedOn:O}", $"{c.FirstIssuedOn:O}",
                        $"{c.ExpiresOn:O}", c.Status.Name().Zh, c.Holder.RegionName, c.Holder.Address, c.Body.Name, $"{c.AsOf:O}"]).Select(Cell)) + "\r\n");
                await writer.FlushAsync();
            }
        }, "text/csv; charset=utf-8");
    }

    private static IResult Ndjson(HttpContext context, Database database, SearchQuery query, DateOnly today) => Results.Stream(async stream =>
    {
        foreach (var page in Pages(context, database, query, today))
            foreach (var certificate in page)
            {
                await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(certificate, Json.Options), (byte)'\n']);
            }
    }, "application/x-ndjson");

    /// <summary>The whole result page by page, each from a snapshot of its own, so that a slow reader holds none.</summary>
    private static IEnumerable<CertificateView[]> Pages(HttpContext context, Database database, SearchQuery query, DateOnly today)
    {
        query = query with { Limit = ExportPage, Cursor = query.Cursor ?? new(Exact: true, long.MaxValue) };
        for (var sent = 0; sent < MaxExport;)
        {
            var page = database.Read(db => CertificateSearch.Run(db, query, today), context.RequestAborted);
            yield return page.Items;
            sent += page.Items.Length;
            if (page.Next is null) yield break;
            query = query with { Cursor = Cursor.Parse(page.Next) };
        }
    }

    /// <summary>A cell for a spreadsheet: quoted where needed, and never a formula.</summary>
    public static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }

    private static IResult Categories(string? q, Database database, TimeProvider time) => Results.Json(database.Read(db => ReferenceStore.Categories(db, Day.Of(time.GetUtcNow()), q)), Json.Options);

    private static IResult Bodies(string? q, Database database, TimeProvider time)
    {
        var wanted = Terms.Fold(q ?? "");
        return Results.Json(database.Read(db => ReferenceStore.Bodies(db, Day.Of(time.GetUtcNow())))
            .Where(b => ((string?[])[b.ApprovalNumber, b.Name, b.NameEn]).Any(t => t is not null && Terms.Fold(t).Contains(wanted))), Json.Options);
    }

    private static IResult Regions(string? q, string? parent) => Results.Json(
        Catalogue.Regions.Values.Where(r => (parent is null || r.Parent == parent) && (string.IsNullOrEmpty(q) || r.Code.StartsWith(q, StringComparison.Ordinal) || Catalogue.RegionName(r.Code).Contains(q.Trim())))
            .OrderBy(r => r.Code, StringComparer.Ordinal).Take(500).Select(r => new RegionView(r.Code, r.Name, Catalogue.RegionName(r.Code), r.Level, r.Parent)), Json.Options);
}

/// <summary>A category and how many of its certificates are valid today.</summary>
public sealed record CategoryCount(int No, string Group, string GroupName, string GroupNameEn, string Name, string NameEn, string? Standard, long Valid);

/// <summary>A body and how many of its certificates are valid today.</summary>
public sealed record BodyCount(string ApprovalNumber, string Name, string? NameEn, long Valid);

/// <summary>A region of GB/T 2260 with its full name.</summary>
public sealed record RegionView(string Code, string Name, string FullName, string Level, string? Parent);
