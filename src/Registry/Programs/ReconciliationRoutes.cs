using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Http;
using Registry.Pages;
using Registry.Search;

namespace Registry.Programs;

/// <summary>The Reconciliation Service API 0.2 of the W3C community group, as OpenRefine speaks it.</summary>
public static class ReconciliationRoutes
{
    private const string UrlEncoded = "application/x-www-form-urlencoded";
    private const int MaxForm = 1 << 18, Suggested = 10, PreviewWidth = 400, PreviewHeight = 160;

    public static void MapReconciliation(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/reconcile").WithTags("Reconciliation").Asks(Work.Verification)
            .Keeps(Keeping.AskAgain with { Vary = "Accept-Language" });
        group.MapGet("", Ask).WithName("reconciliation")
            .AnswersOrElse<ReconciliationManifest>().Answers<Dictionary<string, ReconciliationResult>>(200, 400, 422);
        group.MapPost("", Post).DisableAntiforgery().WithName("reconcile").Accepts<string>(isOptional: true, UrlEncoded, "*/*")
            .AnswersOrElse<ReconciliationManifest>().Answers<Dictionary<string, ReconciliationResult>>(200, 400, 413, 415, 422)
            .TakesForm<Batch>();
        group.MapGet("/suggest/entity", SuggestEntity).WithName("suggestEntity").Answers<SuggestedCertificates>(200);
        group.MapGet("/suggest/type", SuggestType).WithName("suggestType").Answers<SuggestedNames>(200);
        group.MapGet("/suggest/property", SuggestProperty).WithName("suggestProperty").Answers<SuggestedNames>(200);
        group.MapGet("/preview", Preview).WithName("previewEntity").Keeps(Keeping.Never).MayBeFramed().AnswersAs("text/html", 404);
    }

    /// <summary>The form that asks: questions in JSON.</summary>
    private sealed record Batch(string? Queries);

    private static IResult Ask(
        string? queries, HttpContext context, Database database, IndexReader index, TimeProvider time, PublicAddress address) =>
        string.IsNullOrEmpty(queries) ? Manifest(address) : Answer(queries, context, database, index, time);

    private static async Task<IResult> Post(
        HttpContext context, Database database, IndexReader index, TimeProvider time, PublicAddress address)
    {
        var form = await SentForm.Read<Batch>(context, MaxForm);
        return Ask(form.Queries, context, database, index, time, address);
    }

    private static IResult Manifest(PublicAddress address)
    {
        ReconciliationService Service(string path) => new(address.Base, "/reconcile/suggest/" + path);
        return Told(new ReconciliationManifest
        {
            Versions = ["0.2"],
            Name = "Registry: certificates 认证证书登记簿",
            IdentifierSpace = address.Base + "/c/",
            SchemaSpace = address.Base + "/reconcile",
            DefaultTypes = [Reconciliation.Type],
            BatchSize = Reconciliation.MaxQueries,
            View = new(address.Base + "/c/{{id}}"),
            Preview = new(address.Base + "/reconcile/preview?id={{id}}", PreviewWidth, PreviewHeight),
            Suggest = new(Service("entity"), Service("type"), Service("property")),
        });
    }

    private static IResult Answer(string queries, HttpContext context, Database database, IndexReader index, TimeProvider time)
    {
        var asked = Json.Parse<JsonObject>(Encoding.UTF8.GetBytes(queries), context.RequestAborted);
        if (asked.Count > Reconciliation.MaxQueries)
            throw new FaultException(Refusal.TooMany, "/queries", Reconciliation.MaxQueries);
        var (now, language) = (time.GetUtcNow(), Languages.Of(context));
        return Told(database.Read(db =>
        {
            var service = new Reconciliation(db, index, now, language);
            return asked.ToDictionary(query => query.Key, query => service.Of(query.Key, Read(query.Key, query.Value)));
        }, context.RequestAborted));
    }

    private static ReconciliationQuery Read(string key, JsonNode? query)
    {
        try { return Json.Parse<ReconciliationQuery>(JsonSerializer.SerializeToUtf8Bytes(query)); }
        catch (FaultException wrong) { throw new FaultException([.. wrong.Faults.Select(f => f with { Pointer = $"/{key}{f.Pointer}" })]); }
    }

    private static IResult SuggestEntity(
        string? prefix, string? cursor, HttpContext context, Database database, IndexReader index, TimeProvider time)
    {
        // More than the first are never told: the cursor of OpenRefine is how many it has.
        var isFirst = cursor is null or "" or "0";
        if (string.IsNullOrWhiteSpace(prefix) || prefix.Length > SearchQuery.MaxText || !isFirst)
            return Told(new SuggestedCertificates([]));
        var (now, language) = (time.GetUtcNow(), Languages.Of(context));
        var found = database.Read(
            db => new Reconciliation(db, index, now, language).Searched(prefix, Suggested).ToArray(), context.RequestAborted);
        string[] notable = [Reconciliation.Type.Id];
        var told = found.Select(one => new SuggestedCertificate(one.Id, one.Name, one.Description, notable));
        return Told(new SuggestedCertificates([.. told]));
    }

    private static IResult SuggestType(string? prefix) => Suggest(prefix, [Reconciliation.Type]);

    private static IResult SuggestProperty(string? prefix) => Suggest(prefix, Reconciliation.Properties);

    private static IResult Suggest(string? prefix, Named[] among)
    {
        bool Has(Named one) => $"{one.Id} {one.Name}".Contains(prefix?.Trim() ?? "", StringComparison.OrdinalIgnoreCase);
        return Told(new SuggestedNames([.. among.Where(Has)]));
    }

    private static IResult Told<T>(T answer) => Results.Json(answer, Json.Options);

    /// <summary>A few lines of a certificate to show in another program's frame: nothing can be done there.</summary>
    private static Task Preview(string? id, HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var today = Day.Of(time.GetUtcNow());
        var view = database.Read(db => CertificateView.Of(db, CertificateStore.Existing(db, id ?? ""), today)!, context.RequestAborted);
        var (name, title) = (page.T(view.Status.Name()), page.T("证书", "Certificate"));
        var (category, until) = (page.T(view.Category.Name, view.Category.NameEn), page.T("至", "until"));
        context.Response.ContentType = "text/html; charset=utf-8";
        return Html.Send(context, mayBeKept: false, $"""
            <!doctype html>
            <html lang="{page.T("zh-CN", "en")}"><head><meta charset="utf-8"><title>{title} {view.Number}</title></head><body>
            <p><b>{name}</b> ({view.AsOf})</p>
            <p>{CertificatePages.Holder(page, view)}<br>{view.Number}</p>
            <p>{category} {CertificatePages.LevelName(page, view)}<br>{until} {view.ExpiresOn}</p>
            <p>{page.T(view.Body.Name, view.Body.NameEn ?? view.Body.Name)}</p>
            </body></html>
            """);
    }
}

/// <summary>What the service is and where its parts are (Reconciliation API 0.2).</summary>
public sealed record ReconciliationManifest
{
    public required string[] Versions { get; init; }
    public required string Name { get; init; }
    public required string IdentifierSpace { get; init; }
    public required string SchemaSpace { get; init; }
    public required Named[] DefaultTypes { get; init; }
    public required int BatchSize { get; init; }
    public required ReconciliationView View { get; init; }
    public required ReconciliationPreview Preview { get; init; }
    public required ReconciliationSuggest Suggest { get; init; }
}

/// <summary>A page of a certificate.</summary>
public sealed record ReconciliationView(string Url);

/// <summary>A few lines of a certificate, to be shown in a frame of this size in pixels.</summary>
public sealed record ReconciliationPreview(string Url, int Width, int Height);

/// <summary>A certificate to choose while typing; notable are its types.</summary>
public sealed record SuggestedCertificate(string Id, string Name, string Description, string[] Notable);

/// <summary>Certificates to choose while typing.</summary>
public sealed record SuggestedCertificates(SuggestedCertificate[] Result);

/// <summary>Types or properties to choose while typing.</summary>
public sealed record SuggestedNames(Named[] Result);

/// <summary>Services that complete what is typed.</summary>
public sealed record ReconciliationSuggest(ReconciliationService Entity, ReconciliationService Type, ReconciliationService Property);

/// <summary>Where a service is.</summary>
public sealed record ReconciliationService(
    [property: JsonPropertyName("service_url")] string Url, [property: JsonPropertyName("service_path")] string Path);
