using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Marks;

/// <summary>
/// A GS1-Conformant Resolver (standard 1.2.0) for the products and documents that marks name, so that a product's own GS1 QR code reaches
/// its certificate. It redirects within this host only. Compressed GS1 Digital Link URIs are not taken.
/// </summary>
public static class Gs1Endpoints
{
    private const string Linkset = "application/linkset+json", Vocabulary = "https://gs1.org/voc/";
    private const int MaxLinks = 20;
    /// <summary>Key qualifiers of a GTIN, in the order GS1 Digital Link wants them: variant, lot, serial, third-party serial.</summary>
    private static readonly string[] qualifiers = ["22", "10", "21", "235"];

    public static void MapGs1(this IEndpointRouteBuilder routes)
    {
        string[] methods = ["GET", "OPTIONS"];
        var group = routes.MapGroup("/").ExcludeFromDescription().AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            // As the answer starts, because a problem begins with its headers cleared.
            http.Response.OnStarting(() =>
            {
                http.Response.Headers.AccessControlAllowOrigin = "*";
                http.Response.Headers.AccessControlAllowMethods = "GET, HEAD, OPTIONS";
                http.Response.Headers.AccessControlAllowHeaders = "Accept, Accept-Language";
                http.Response.Headers.AccessControlExposeHeaders = "Link, Location";
                return Task.CompletedTask;
            });
            if (!HttpMethods.IsOptions(http.Request.Method)) return await next(context);
            http.Response.Headers.Allow = "GET, HEAD, OPTIONS";
            return Results.NoContent();
        });
        group.MapMethods("/.well-known/gs1resolver", methods, Description);
        group.MapMethods("/01/{key}/{**rest}", methods, (string key, string? rest, HttpContext context, Database database, TimeProvider time, PublicAddress address) =>
        {
            var more = (rest ?? "").TrimEnd('/');
            if (!Gtin.IsValid(key) || !AreQualifiers(more)) throw new FaultException(new Fault(Refusal.BadGs1Key));
            return Resolve($"/01/{Gtin.To14(key)}", db => MarkStore.OfGtin(db, Gtin.Spellings(key), MaxLinks), context, database, time, address);
        });
        group.MapMethods("/253/{key}", methods, (string key, HttpContext context, Database database, TimeProvider time, PublicAddress address) =>
        {
            if (!Gtin.IsDocument(key)) throw new FaultException(new Fault(Refusal.BadGs1Key));
            return Resolve($"/253/{Uri.EscapeDataString(key)}", db => MarkStore.OfGdti(db, key, MaxLinks), context, database, time, address);
        });
    }

    /// <summary>Pairs of a qualifier and its value, in order: a batch or an item has the links of its product.</summary>
    private static bool AreQualifiers(string path)
    {
        if (path.Length == 0) return true;
        var parts = path.Split('/');
        var order = parts.Where((_, i) => i % 2 == 0).Select(ai => Array.IndexOf(qualifiers, ai)).ToList();
        return parts.Length % 2 == 0 && order[0] >= 0 && order.Zip(order.Skip(1)).All(pair => pair.First < pair.Second) && parts.Where((_, i) => i % 2 == 1).All(value => value.Length is > 0 and <= 28);
    }

    private static IResult Resolve(string anchor, Func<System.Data.Common.DbConnection, List<Mark>> find, HttpContext context, Database database, TimeProvider time, PublicAddress address)
    {
        var (request, response) = (context.Request, context.Response);
        var language = Languages.Of(context);
        // A mark that was withdrawn leads to its own page, which says so: its certificate alone would read as if nothing had happened.
        var links = database.Read(db => find(db).Select(mark => MarkView.Of(db, mark.Code, address.Base, Day.Of(time.GetUtcNow()))).ToList(), context.RequestAborted)
            .OrderBy(mark => mark.WithdrawnAt is not null).ThenBy(mark => mark.Certificate.Status != Status.Valid)
            .Select(mark => (Path: mark.WithdrawnAt is null ? "/c/" + mark.Certificate.Id : "/m/" + mark.Code, Title: $"{mark.Certificate.Holder.Name}: {mark.Certificate.Status.Name()[language]}", mark.Text)).DistinctBy(link => link.Path).ToList();
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept, Accept-Language";
        if (links.Count == 0) throw new FaultException(new Fault(Refusal.UnknownGs1Key));
        response.Headers.Link = $"<{address.Base}{anchor}?linkType=linkset>; rel=\"linkset\"; type=\"{Linkset}\", <https://ref.gs1.org/standards/resolver/linkset-context>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\", <{address.Base}{anchor}>; rel=\"owl:sameAs\"";

        var type = request.Query["linkType"].ToString();
        foreach (var prefix in (string[])[Vocabulary, "https://ref.gs1.org/voc/", "http://gs1.org/voc/"])
            if (type.StartsWith(prefix, StringComparison.Ordinal)) type = "gs1:" + type[prefix.Length..];
        var accept = request.Headers.Accept.ToString();
        if (type is "linkset" or "all" || type.Length == 0 && (accept.Contains(Linkset, StringComparison.OrdinalIgnoreCase) || accept.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)))
        {
            JsonArray Targets(IEnumerable<(string Path, string Title, string Text)> targets) =>
                [.. targets.Select(link => new JsonObject { ["href"] = address.Base + link.Path, ["title"] = link.Title, ["type"] = "text/html", ["hreflang"] = new JsonArray("zh", "en") })];
            var set = new JsonObject { ["linkset"] = new JsonArray(new JsonObject { ["anchor"] = address.Base + anchor, ["itemDescription"] = links[0].Text, [Vocabulary + "defaultLink"] = Targets(links.Take(1)), [Vocabulary + "certificationInfo"] = Targets(links) }) };
            return Results.Text(set.ToJsonString(Json.Options), Linkset);
        }
        if (type is not ("" or "gs1:certificationInfo" or "gs1:defaultLink")) throw new FaultException(new Fault(Refusal.UnknownGs1Key));
        var query = string.Join('&', request.Query.Where(p => p.Key != "linkType").SelectMany(p => p.Value, (p, value) => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(value ?? "")}"));
        return Results.Redirect(links[0].Path + (query.Length > 0 ? "?" + query : ""), permanent: false, preserveMethod: true);
    }

    /// <summary>What the standard wants to find here (its schema: description-file-schema 1.2.0).</summary>
    private static IResult Description(PublicAddress address) => Results.Text(new JsonObject
    {
        ["name"] = "Registry",
        ["resolverRoot"] = address.Base,
        ["supportedPrimaryKeys"] = new JsonArray("01", "253"),
        ["supportedLinkType"] = new JsonArray(new JsonObject { ["namespace"] = Vocabulary, ["prefix"] = "gs1:" }),
        ["linkTypeDefaultCanBeLinkset"] = false,
        ["contact"] = new JsonObject { ["fn"] = "Registry", ["hasURL"] = address.Base + "/about" },
    }.ToJsonString(Json.Options), "application/json");
}
