using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Registry.Tests.Http;

/// <summary>What caches may keep, by what answers differ, and how a key is asked for: one table of every route.</summary>
public sealed class HeadersTests
{
    private const string Html = "text/html", Json = "application/json";
    /// <summary>A cache asks again each time: the next read after a revocation says revoked. Nobody keeps it. It never changes.</summary>
    private const string Ask = "no-cache", Never = "no-store", Forever = "public, max-age=31536000, immutable";
    /// <summary>The framework's own way to say <see cref="Never"/> where a handler threw.</summary>
    private const string Refused = "no-cache,no-store";
    private const string ByLanguage = "Accept, Accept-Language", OfPage = "Accept, Accept-Language, Accept-Encoding";

    private sealed record Row(string Route, string Address, string Accept, string? Cache, string? Vary, string Method = "GET", string? Content = null, string Type = Json);

    private static readonly Row[] rows =
    [
        new("/livez", "/livez", Json, null, null),
        new("/readyz", "/readyz", Json, null, null),
        new("/readyz/writing", "/readyz/writing", Json, null, null),
        new("/v1/certificates/{id}", "/v1/certificates/{id}", Json, Ask, null),
        new("/v1/certificates/{id}/history", "/v1/certificates/{id}/history", Json, Ask, null),
        new("/v1/certificates/", "/v1/certificates", Json, null, null, "POST", "{draft}"),
        new("/v1/certificates/{id}/correct", "/v1/certificates/{id}/correct", Json, null, null, "POST", "{\"certificate\":{\"scope\":\"别的\"}}"),
        new("/v1/certificates/{id}/suspend", "/v1/certificates/{id}/suspend", Json, null, null, "POST", "{}"),
        new("/v1/certificates/{id}/restore", "/v1/certificates/{id}/restore", Json, null, null, "POST", "{}"),
        new("/v1/statements/{index:long}", "/v1/statements/0", Json, Forever, null),
        new("/v1/keys", "/v1/keys", Json, Ask, null),
        new("/log/key", "/log/key", Json, null, null),
        new("/log/checkpoint", "/log/checkpoint", Json, Ask, null),
        new("/log/tile/{level}/{**path}", "/log/tile/0/000.p/1", Json, Forever, null),
        new("/log/tile/{level}/{**path}", "/log/tile/entries/000.p/1", Json, Forever, "Accept-Encoding"),
        new("/v1/certificates/{id}/proof", "/v1/certificates/{id}/proof", Json, Ask, "Accept"),
        new("/v1/log/{index:long}/proof", "/v1/log/0/proof", Json, Ask, null),
        new("/v1/log/consistency", "/v1/log/consistency?from=1&to=2", Json, Ask, null),
        new("/v1/certificates", "/v1/certificates", Json, Ask, ByLanguage),
        new("/v1/certificates", "/v1/certificates?format=csv", "text/csv", Ask, ByLanguage),
        new("/v1/certificates", "/v1/certificates?format=ndjson", "application/x-ndjson", Ask, ByLanguage),
        new("/v1/suggest", "/v1/suggest?q=青屿", Json, "public, max-age=60", null),
        new("/v1/categories", "/v1/categories", Json, Ask, ByLanguage),
        new("/v1/bodies", "/v1/bodies", Json, Ask, ByLanguage),
        new("/v1/regions", "/v1/regions?q=青岛", Json, Ask, ByLanguage),
        new("/v1/changes", "/v1/changes", Json, Never, "Accept"),
        new("/changes.atom", "/changes.atom", "application/atom+xml", Ask, ByLanguage),
        new("/v1/verifications", "/v1/verifications", Json, Never, null, "POST", "{\"rows\":[{\"number\":\"X\"}]}"),
        new("/v1/imports/template.csv", "/v1/imports/template.csv", "text/csv", Ask, "Accept-Language"),
        new("/v1/imports", "/v1/imports", Json, Never, null, "POST", "{draft}", "application/x-ndjson"),
        new("/v1/marks/{code}/items.csv", "/v1/marks/{mark}/items.csv", Json, Never, null),
        new("/v1/marks/{code}/labels.pdf", "/v1/marks/{mark}/labels.pdf?layout=code", Json, Never, null),
        new("/v1/reports", "/v1/reports", Json, Never, null),
        new("/v1/marks/{code}", "/v1/marks/{mark}", Json, Ask, null),
        new("/v1/marks/{code}.svg", "/v1/marks/{plain}.svg?layout=code", Json, Ask, null),
        new("/v1/marks/{code}.png", "/v1/marks/{plain}.png?layout=code", Json, Ask, null),
        new("/v1/marks/{code}.pdf", "/v1/marks/{plain}.pdf?layout=code", Json, Ask, null),
        new("/.well-known/gs1resolver", "/.well-known/gs1resolver", Json, null, null),
        new("/01/{**rest}", "/01/04006381333931", Json, Ask, ByLanguage),
        new("/253/{**rest}", "/253/4719512002889", Json, Ask, ByLanguage),
        new("/", "/", Html, Never, OfPage),
        new("/c/{id}", "/c/{id}", Html, Never, OfPage),
        new("/c/{id}/badge.svg", "/c/{id}/badge.svg", Html, Ask, "Accept-Language"),
        new("/c/{id}/card.png", "/c/{id}/card.png", Html, Ask, "Accept-Language"),
        new("/m/{code}", "/m/{plain}", Html, Never, OfPage),
        new("/m/{code}", "/m/{plain}", Json, Ask, "Accept"),
        new("/m/{code}/print", "/m/{plain}/print", Html, Ask, OfPage),
        new("/report", "/report", Html, Ask, OfPage),
        new("/schemes", "/schemes", Html, Ask, OfPage),
        new("/schemes/{id}", "/schemes/gbt27922-2011", Html, Ask, OfPage),
        new("/about", "/about", Html, Ask, OfPage),
        new("/docs/", "/docs", Html, Ask, OfPage),
        new("/docs/{operation}", "/docs/verify", Html, Ask, OfPage),
        new("/verify", "/verify", Html, Ask, OfPage),
        new("/check", "/check", Html, Ask, OfPage),
        new("/check.html", "/check.html", Html, Ask, "Accept-Language"),
        new("/categories", "/categories", Html, Ask, OfPage),
        new("/log", "/log", Html, Ask, OfPage),
        new("/data", "/data", Html, Ask, OfPage),
        new("/problems", "/problems", Html, Ask, OfPage),
        new("/assets/site.css", "/assets/site.css", Html, "public, max-age=86400", null),
        new("/assets/site.js", "/assets/site.js", Html, "public, max-age=86400", null),
        new("/assets/icon.svg", "/assets/icon.svg", Html, "public, max-age=86400", null),
        new("/assets/icon.png", "/assets/icon.png", Html, "public, max-age=86400", null),
        new("/favicon.ico", "/favicon.ico", Html, "public, max-age=86400", null),
        new("/robots.txt", "/robots.txt", Html, "public, max-age=86400", null),
        new("/v1/watches/{id}", "/v1/watches/{watch}", Json, "private, no-cache", "Accept-Language"),
        new("/w/{id}.atom", "/w/{watch}.atom", Json, "private, no-cache", "Accept-Language"),
        new("/w/{id}.json", "/w/{watch}.json", Json, "private, no-cache", "Accept-Language"),
        new("/w/{id}.ics", "/w/{watch}.ics", Json, "private, no-cache", "Accept-Language"),
        new("/w/{id}", "/w/{watch}", Html, Never, OfPage),
        new("/reconcile/", "/reconcile", Json, Ask, "Accept-Language"),
        new("/reconcile/suggest/entity", "/reconcile/suggest/entity?prefix=x", Json, Ask, "Accept-Language"),
        new("/reconcile/suggest/type", "/reconcile/suggest/type", Json, Ask, "Accept-Language"),
        new("/reconcile/suggest/property", "/reconcile/suggest/property", Json, Ask, "Accept-Language"),
        new("/reconcile/preview", "/reconcile/preview?id={id}", Html, Never, null),
        new("/sitemap.xml", "/sitemap.xml", Html, "public, max-age=86400", null),
        // Refusals and pages of them.
        new("-", "/v1/certificates/AAAAAAAAAAAAA", Json, Refused, ByLanguage),
        new("-", "/v1/nothing", Json, Never, ByLanguage),
        new("-", "/nothing", Html, Ask, OfPage),
        new("-", "/v1/certificates?colour=red", Json, Refused, ByLanguage),
    ];

    /// <summary>Answered elsewhere: an end of a certificate can be had once, and what has no answer without a mirror, a signature or a form.</summary>
    private static readonly string[] elsewhere =
    [
        "/v1/certificates/{id}/revoke", "/v1/certificates/{id}/cancel", "/v1/statements", "/v1/keys/", "/v1/keys/{kid}", "/log/cosigned", "/log/evidence", "/v1/certificates/{id}/marks",
        "/v1/marks/{code}/seed", "/{compressed:gs1}", "/v1/watches/", "/watch", "/w/{id}/end",
        "/v1/imports/template.xlsx",
    ];

    /// <summary>Parts whose own tests say what their answers bear.</summary>
    private static readonly string[] ofTheirOwn =
        ["/v1/answers", "/a/", "/c/{id}/answer", "/mcp", "/reconcile", "/v1/reconcile", "/reconciliation", "/v1/reconciliation", "/.well-known/", "/openapi", "/sitemap", "/metrics", "/data"];

    [Fact]
    public async Task Every_route_says_what_may_be_kept_and_by_what_it_differs()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        async Task<string> Mark(object draft) => (string)JsonNode.Parse(await (await app.Send("POST", $"/v1/certificates/{id}/marks", draft, app.Key)).Content.ReadAsStringAsync())!["code"]!;
        var mark = await Mark(new { placement = "packaging", text = "洗衣机", items = 2 });
        var plain = await Mark(new { placement = "packaging", text = "洗衣机", gtin = "4006381333931" });
        await Mark(new { placement = "documents", text = "标书", gdti = "4719512002889" });
        using var watched = await app.Send("POST", "/v1/watches", new { certificates = new[] { id }, until = "2026-12-31" });
        var watch = (string)JsonNode.Parse(await watched.Content.ReadAsStringAsync())!["id"]!;
        var faults = new List<string>();
        foreach (var row in rows)
        {
            var draft = RegistryApp.Draft($"HEAD-{faults.Count}");
            draft["holder"]!.AsObject().Remove("uscc");
            var address = row.Address.Replace("{id}", id).Replace("{mark}", mark).Replace("{plain}", plain).Replace("{watch}", watch);
            if (row is { Method: "GET", Cache: not Never } && row.Vary?.Contains("Accept-Language") != true && await InBothLanguages(app, address, row.Accept) is [var zh, var en] && !zh.SequenceEqual(en))
                faults.Add($"{address} ({row.Accept}) is another in English: Vary says {row.Vary ?? "-"}");
            using var request = new HttpRequestMessage(new(row.Method), address);
            request.Headers.Accept.ParseAdd(row.Accept);
            if (row.Cache != Ask) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
            if (row.Content is not null) request.Content = new StringContent(row.Content.Replace("{draft}", draft.ToJsonString()), Encoding.UTF8, row.Type);
            using var answer = await app.Client.SendAsync(request);
            var (cache, vary) = (Header(answer, "Cache-Control"), Header(answer, "Vary"));
            if (cache != row.Cache || vary != row.Vary || (row.Route == "-") == (int)answer.StatusCode < 400)
                faults.Add($"{row.Method} {address} ({row.Accept}): {(int)answer.StatusCode} Cache-Control {cache ?? "-"}, Vary {vary ?? "-"}; not {row.Cache ?? "-"}, {row.Vary ?? "-"}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(route => route.RoutePattern.RawText!).ToHashSet();
        routes.RemoveWhere(route => ofTheirOwn.Any(part => route.StartsWith(part, StringComparison.Ordinal)) && rows.All(row => row.Route != route));
        Assert.Empty(routes.Except(rows.Select(row => row.Route)).Except(elsewhere));
        Assert.Empty(rows.Select(row => row.Route).Concat(elsewhere).Where(route => route != "-").Except(routes));
    }

    /// <summary>Whatever takes a key asks for one, and nothing else does.</summary>
    [Fact]
    public async Task A_key_is_asked_for_where_one_is_needed()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var (method, path, asks) in ((string, string, bool)[])
        [
            ("POST", "/v1/certificates", true), ("POST", $"/v1/certificates/{id}/revoke", true), ("POST", $"/v1/certificates/{id}/marks", true), ("POST", "/v1/imports", true), ("GET", "/v1/reports", true),
            ("DELETE", "/v1/keys/x", true), ("GET", "/v1/keys", false), ("GET", $"/v1/certificates/{id}", false), ("POST", "/v1/verifications", false), ("POST", "/v1/statements", false),
            ("GET", "/v1/nothing", false), ("POST", "/v1/nothing", false),
        ])
            foreach (var key in (string?[])[null, "reg_unknown"])
            {
                using var answer = await app.Send(method, path, method == "POST" ? "{}" : null, key);
                Assert.True(asks == ((int)answer.StatusCode == 401), $"{method} {path} {key}: {(int)answer.StatusCode}");
                Assert.Equal(asks ? "Bearer" : null, Header(answer, "WWW-Authenticate"));
                if (asks) Assert.Equal(Refused, Header(answer, "Cache-Control"));
            }
    }

    /// <summary>What an address answers in Chinese and in English.</summary>
    private static async Task<byte[][]> InBothLanguages(RegistryApp app, string address, string accept)
    {
        var answers = new List<byte[]>();
        foreach (var language in (string[])["zh", "en"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.ParseAdd(accept);
            request.Headers.AcceptLanguage.ParseAdd(language);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
            using var answer = await app.Client.SendAsync(request);
            answers.Add(await answer.Content.ReadAsByteArrayAsync());
        }
        return [.. answers];
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
