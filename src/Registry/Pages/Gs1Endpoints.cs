using System.Data.Common;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;

namespace Registry.Pages;

/// <summary>
/// A GS1-Conformant Resolver (standard 1.2) for the products and documents that marks name, so that a product's own GS1 QR code reaches
/// its certificate. It redirects within this registry only.
/// </summary>
public static class Gs1Endpoints
{
    private const string Linkset = "application/linkset+json", JsonType = "application/json";
    private const string Certification = "gs1:certificationInfo", Default = "gs1:defaultLink", LinkType = "linkType";
    private const string Context = "https://ref.gs1.org/standards/resolver/linkset-context";
    private const int MaxChoices = 20;

    /// <summary>The namespace of link types as it is written here, and as others write it.</summary>
    private const string Vocabulary = "https://gs1.org/voc/";
    private static readonly string[] vocabularies =
        [Vocabulary, "https://ref.gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/"];

    /// <summary>Parameters that end here. The link type is the resolver's own. A day in a printed code would show the status of that day
    /// for ever, and whoever prints such codes could choose one before the revocation: only a reader of the page chooses a day.</summary>
    private static readonly string[] keptBack = [LinkType, "on"];

    /// <summary>A certificate that a product's marks lead to, or the page of a mark that was withdrawn.</summary>
    private sealed record Choice(MarkView Mark)
    {
        public bool Withdrawn => Mark.WithdrawnAt is not null;
        public CertificateView Certificate => Mark.Certificate;
        /// <summary>A mark that was withdrawn leads to its own page: its certificate alone would read as if nothing had happened.</summary>
        public string Path => Withdrawn ? "/m/" + Mark.Code : "/c/" + Certificate.Id;
        public Text Status => Withdrawn ? new("标志已撤回", "Mark withdrawn") : Certificate.Status.Name();
        /// <summary>What a reader must not miss comes first.</summary>
        public int Place => Withdrawn ? 0 : IsValid ? 2 : 1;
        private bool IsValid => Certificate.Status == Certificates.Status.Valid;
        private (string, int) HolderAndCategory => (Certificate.Holder.Uscc ?? Certificate.Holder.Name, Certificate.Category.No);

        /// <summary>Whether another choice is what became of this one: the same holder's valid certificate of the same category, after
        /// this one was replaced or expired.</summary>
        public bool GaveWayTo(Choice other)
        {
            var gaveWay = Certificate.Status == Certificates.Status.Expired || Certificate.Ended is { Reason: Reason.Replaced };
            return gaveWay && !Withdrawn && !other.Withdrawn && other.IsValid && other.HolderAndCategory == HolderAndCategory;
        }
    }

    public static void MapGs1(this IEndpointRouteBuilder routes)
    {
        string[] methods = ["GET", "OPTIONS"];
        var group = routes.MapGroup("/").ExcludeFromDescription().AddEndpointFilter(async (context, next) =>
        {
            AllowEveryOrigin(context.HttpContext.Response);
            return await next(context);
        });
        group.MapMethods("/.well-known/gs1resolver", methods, Description);
        foreach (var path in (string[])["/01/{**rest}", "/253/{**rest}", "/{compressed:gs1}"])
            group.MapMethods(path, methods, Resolve).TakesAnything().Keeps(Keeping.AskAgain with { Vary = "Accept, Accept-Language" });
    }

    /// <summary>A path of one part that nothing else answers, when it is a compressed GS1 Digital Link.</summary>
    public sealed class Compressed : IRouteConstraint
    {
        public bool Match(HttpContext? http, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection direction) =>
            values[routeKey] is string text && Gs1Compression.Expand(text) is not null;
    }

    /// <summary>As the answer starts, because a problem begins with its headers cleared.</summary>
    private static void AllowEveryOrigin(HttpResponse response) => response.OnStarting(() =>
    {
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlAllowMethods = "GET, HEAD, OPTIONS";
        response.Headers.AccessControlAllowHeaders = "Accept, Accept-Language";
        response.Headers.AccessControlExposeHeaders = "Link, Location";
        return Task.CompletedTask;
    });

    private static IResult Options(HttpResponse response)
    {
        response.Headers.Allow = "GET, HEAD, OPTIONS";
        return Results.NoContent();
    }

    private static async Task<IResult> Resolve(
        HttpContext context, Database database, TimeProvider time, Settings settings, PublicAddress address)
    {
        var (request, response) = (context.Request, context.Response);
        // What is compressed is well formed, or it would not have come here: another kind of key is one this registry has no links of.
        var refusal = request.RouteValues.ContainsKey("compressed") ? Refusal.UnknownGs1Key : Refusal.BadGs1Key;
        var key = Gs1Key.Parse(PathOf(context)) ?? throw new FaultException(refusal);
        var anchor = address.Base + key.Anchor;
        var links = string.Join(", ", $"<{anchor}?{LinkType}=linkset>; rel=\"linkset\"; type=\"{Linkset}\"",
            $"<{Context}>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"",
            $"<{address.Base}{key.Path}>; rel=\"owl:sameAs\"");
        if (HttpMethods.IsOptions(request.Method))
        {
            response.Headers.Link = links;
            return Options(response);
        }

        var choices = database.Read(db => Choices(db, key, address.Base, Day.Of(time.GetUtcNow())), context.RequestAborted);
        if (choices.Count == 0) throw new FaultException(Refusal.UnknownGs1Key);
        var type = TypeAsked(request);
        var isKnown = type is "" or "linkset" or "all" or Certification or Default;
        if (!isKnown) throw new FaultException(Refusal.UnknownLinkType);
        response.Headers.Link = links;

        var (linkset, json) = Wanted(request);
        var language = Languages.Of(context);
        var query = Query(key, request.QueryString.Value);
        // Several answers have one page in common, and that page is the default link: nobody is led to one of them.
        var whole = choices is [var only] ? address.Base + only.Path : $"{anchor}?{LinkType}={Certification}";
        string Set() => SetOf(choices, anchor, whole, address.Base, language).ToJsonString(Json.Options);
        var asksForSet = type is "linkset" or "all" || linkset || json && type.Length == 0;
        if (asksForSet) return Results.Text(Set(), json && !linkset ? JsonType : Linkset);
        var target = whole + (query.Length == 0 ? "" : (whole.Contains('?') ? "&" : "?") + query);
        if (choices.Count == 1) return Redirect(response, target);
        response.StatusCode = StatusCodes.Status300MultipleChoices;
        if (type != Certification) response.Headers.Location = target;
        if (json) return Results.Text(Set(), JsonType, statusCode: StatusCodes.Status300MultipleChoices);
        await Choose(new Page(context, settings), key, choices, query);
        return Results.Empty;
    }

    private static IResult Redirect(HttpResponse response, string target)
    {
        response.Headers.Location = target;
        return Results.StatusCode(StatusCodes.Status307TemporaryRedirect);
    }

    /// <summary>As it was sent: after routing nobody can tell a slash that belongs to a value from one that parts values.</summary>
    private static string PathOf(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0];
        return target is ['/', ..] ? target : context.Request.Path.Value ?? "";
    }

    /// <summary>The type of link, its namespace shortened.</summary>
    private static string TypeAsked(HttpRequest request)
    {
        var type = request.Query[LinkType].ToString();
        var prefix = vocabularies.FirstOrDefault(vocabulary => type.StartsWith(vocabulary, StringComparison.Ordinal));
        return prefix is null ? type : "gs1:" + type[prefix.Length..];
    }

    /// <summary>Whether Accept names a linkset, or JSON, and likes it no less than a page.</summary>
    private static (bool Linkset, bool Json) Wanted(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        // How much a type is liked by the range named for it, the most specific there is; not at all when none is named.
        double Quality(params string[] ranges)
        {
            bool Is(MediaTypeHeaderValue type, string range) => type.MediaType.Equals(range, StringComparison.OrdinalIgnoreCase);
            var named = ranges.SelectMany(range => accepted.Where(type => Is(type, range)));
            return named.FirstOrDefault() is { } best ? best.Quality ?? 1 : 0;
        }
        var page = Quality("text/html", "text/*", "*/*");
        bool Likes(string type) => Quality(type) is > 0 and var quality && quality >= page;
        return (Likes(Linkset), Likes(JsonType));
    }

    /// <summary>What is passed on: every pair as it was sent, and before them those a compressed code held.</summary>
    private static string Query(Gs1Key key, string? asked)
    {
        static bool IsKeptBack(string name) => keptBack.Contains(name, StringComparer.OrdinalIgnoreCase);
        var held = key.Attributes.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}");
        var sent = (asked ?? "").TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('&', held.Concat(sent).Where(pair => !QueryHelpers.ParseQuery(pair).Keys.Any(IsKeptBack)));
    }

    /// <summary>Where the product's marks lead, what a reader must not miss first.</summary>
    private static List<Choice> Choices(DbConnection db, Gs1Key key, string address, DateOnly today)
    {
        const int most = MaxChoices + 1; // one more than is shown tells that there are more
        var isProduct = key.Ai == Gs1Key.Product;
        var marks = isProduct ? MarkStore.OfGtin(db, Gtin.Spellings(key.Value), most) : MarkStore.OfGdti(db, key.Value, most);
        var all = marks.Select(mark => new Choice(MarkView.Of(db, mark.Code, address, today))).DistinctBy(choice => choice.Path).ToList();
        return [.. all.Where(choice => !all.Any(choice.GaveWayTo)).OrderBy(choice => choice.Place)];
    }

    private static JsonObject SetOf(List<Choice> choices, string anchor, string whole, string address, Language language)
    {
        string Title(Choice choice) => $"{choice.Certificate.Holder.Name}: {choice.Status[language]}";
        var targets = choices.Select(choice => new JsonObject
        {
            ["href"] = address + choice.Path,
            ["title"] = Title(choice),
            ["type"] = "text/html",
            ["hreflang"] = new JsonArray("zh", "en"),
        });
        var all = string.Join("; ", choices.Select(Title));
        return new()
        {
            ["linkset"] = new JsonArray(new JsonObject
            {
                ["anchor"] = anchor,
                ["itemDescription"] = string.Join("; ", choices.Select(choice => choice.Mark.Text).Distinct()),
                // The default has a title and nothing else (2.5.8).
                [Vocabulary + "defaultLink"] = new JsonArray(new JsonObject { ["href"] = whole, ["title"] = all }),
                [Vocabulary + "certificationInfo"] = new JsonArray([.. targets]),
            }),
        };
    }

    /// <summary>The page to choose from: it tells nobody which is his, but what to compare.</summary>
    private static Task Choose(Page page, Gs1Key key, List<Choice> choices, string query)
    {
        Html Item(Choice choice)
        {
            var certificate = choice.Certificate;
            var body = page.T(certificate.Body.Name, certificate.Body.NameEn ?? certificate.Body.Name);
            var category = page.T(certificate.Category.Name, certificate.Category.NameEn);
            var word = choice.Withdrawn ? Status.Revoked.Word() : certificate.Status.Word();
            var link = page.Link(choice.Path + (query.Length > 0 ? "?" + query : ""));
            return Html.Of($"""
                <article class="card"><p><a href="{link}"><b>{CertificatePages.Holder(page, certificate)}</b></a>
                <span class="chip {word}">{page.T(choice.Status)}</span></p><p>{choice.Mark.Text}</p>
                <p class="soft small">{category} · {certificate.Number} · {body}</p></article>
                """);
        }
        var more = choices.Count <= MaxChoices ? Html.None
            : Html.Of($"<p class=\"note\">{page.T($"只列出前 {MaxChoices} 项。", $"Only the first {MaxChoices} are listed.")}</p>");
        return page.Write(page.T(title), $"""
            <h1>{page.T("这个商品编码对应不止一条记录", "This product code leads to more than one record")}</h1>
            <p>{page.T(advice)}</p>
            <p class="soft">{(key.Ai == Gs1Key.Product ? "GTIN" : "GDTI")} <span class="code">{key.Value}</span></p>
            {Html.Join(choices.Take(MaxChoices).Select(Item))}
            {more}
            """, StatusCodes.Status300MultipleChoices);
    }

    private static readonly Text title = new("请选择与实物一致的一项", "Choose the one that matches the item");
    private static readonly Text advice = new("请看手中商品上印的企业名称，选择与它一致的一项；都不一致时，不要凭这个编码相信任何一项。",
        "Look at the company named on the item you hold and choose the one that matches; if none does, trust none because of this code.");

    /// <summary>What the standard wants to find here (its schema: description-file-schema 1.2.0).</summary>
    private static IResult Description(HttpContext context, PublicAddress address)
    {
        if (HttpMethods.IsOptions(context.Request.Method)) return Options(context.Response);
        return Results.Text(new JsonObject
        {
            ["name"] = "Registry",
            ["resolverRoot"] = address.Base,
            ["supportedPrimaryKeys"] = new JsonArray(Gs1Key.Product, Gs1Key.Document),
            ["supportedLinkType"] = new JsonArray(new JsonObject { ["namespace"] = Vocabulary, ["prefix"] = "gs1:" }),
            ["linkTypeDefaultCanBeLinkset"] = false,
            ["jsonLdContextLocation"] = Context,
            ["contact"] = new JsonObject { ["fn"] = "Registry", ["hasURL"] = address.Base + "/about" },
        }.ToJsonString(Json.Options), JsonType);
    }
}
