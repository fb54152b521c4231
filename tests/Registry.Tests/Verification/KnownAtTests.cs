using System.Net;
using System.Text.Json.Nodes;

namespace Registry.Tests.VerificationTests;

/// <summary>The record of an earlier day, wherever a certificate is shown: the pages and interfaces of marks, and searches.</summary>
public sealed class KnownAtTests
{
    private const string Then = "2026-07-05T00:00:00Z";

    /// <summary>Issued on 06-16; on 07-10 a mark is withdrawn, on 07-20 the certificate revoked with effect from 06-20.</summary>
    private static async Task<(string Id, string Mark)> Late(RegistryApp app)
    {
        app.Clock.Now = new(2026, 6, 16, 2, 0, 0, TimeSpan.Zero);
        var id = (string)(await app.Issue("KNOWN-1"))["id"]!;
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机（演示）" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        app.Clock.Now = new(2026, 7, 10, 2, 0, 0, TimeSpan.Zero);
        (await app.Send("DELETE", $"/v1/marks/{mark}", null, app.Key)).EnsureSuccessStatusCode();
        app.Clock.Now = new(2026, 7, 20, 2, 0, 0, TimeSpan.Zero);
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-06-20" }, app.Key)).EnsureSuccessStatusCode();
        app.Clock.Now = new(2026, 8, 1, 2, 0, 0, TimeSpan.Zero);
        await app.Issue("KNOWN-2");
        return (id, mark);
    }

    private static async Task<string> Code(HttpResponseMessage answer) =>
        (string)(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]?[0]?["code"] ?? "")!;

    [Fact]
    public async Task A_mark_says_what_it_is_of_a_day_and_by_the_record_of_then()
    {
        using var app = new RegistryApp();
        var (_, mark) = await Late(app);
        foreach (var path in (string[])["/v1/marks/", "/m/"])
        {
            async Task<string> Told(string query)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path + mark + query);
                request.Headers.Accept.ParseAdd("application/json");
                var told = JsonNode.Parse(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync())!;
                return $"{told["result"]} {told["certificate"]!["status"]} {told["certificate"]!["today"]?["status"]} {told["withdrawnAt"] is not null}";
            }
            Assert.Equal("mark-withdrawn revoked  True", await Told(""));
            // A mark has no day of effect, its certificate has.
            Assert.Equal("mark-withdrawn valid revoked True", await Told("?on=2026-06-19"));
            Assert.Equal("valid valid revoked False", await Told($"?on=2026-07-01&knownAt={Then}"));
            Assert.Equal("mark-withdrawn valid revoked True", await Told("?on=2026-07-01&knownAt=2026-07-15T00:00:00Z"));
            Assert.Equal("mark-withdrawn revoked revoked True", await Told("?on=2026-07-01"));
            foreach (var (query, status) in ((string, HttpStatusCode)[])
                [("?knownAt=2026-06-15T00:00:00Z", HttpStatusCode.NotFound), ("?on=x", HttpStatusCode.UnprocessableEntity),
                    ("?knownAt=2027-01-01T00:00:00Z", HttpStatusCode.UnprocessableEntity)])
                Assert.Equal(status, (await app.Send("GET", path + mark + query)).StatusCode);
        }
        async Task<string> Page(string query)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/m/{mark}{query}");
            request.Headers.Accept.ParseAdd("text/html");
            return WebUtility.HtmlDecode(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync());
        }
        var then = await Page("?on=2026-07-01&knownAt=2026-07-05&lang=en");
        Assert.All((string[])["As recorded until 2026-07-05 23:59 (Beijing time): valid on 2026-07-01; a revocation recorded on 2026-07-20",
            "the day it takes effect, and when it was recorded", "on 2026-07-01", "name=\"knownAt\" value=\"2026-07-05T15:59:59.999Z\""], part => Assert.Contains(part, then));
        Assert.DoesNotContain("status mark-withdrawn", then);
        Assert.Contains("status mark-withdrawn", await Page("?on=2026-06-19"));
        Assert.Contains("标志本身没有生效日", await Page(""));
    }

    [Fact]
    public async Task A_search_says_what_was_recorded_then_and_refuses_what_it_would_find_by_what_is_known_now()
    {
        using var app = new RegistryApp();
        var (id, mark) = await Late(app);
        async Task<string> Found(string query)
        {
            var found = await app.GetJson("/v1/certificates?" + query);
            var items = found["items"]!.AsArray().Select(item => $"{item!["number"]} {item["status"]}");
            return $"{string.Join(", ", items)} {found["total"]?["value"]} {found["mark"]?["result"]}".TrimEnd();
        }
        Assert.Equal("KNOWN-1 revoked 1", await Found("number=KNOWN-1&on=2026-07-01"));
        Assert.Equal("KNOWN-1 valid", await Found($"number=KNOWN-1&on=2026-07-01&knownAt={Then}"));
        Assert.Equal("KNOWN-2 valid, KNOWN-1 revoked 2", await Found("category=26"));
        Assert.Equal("KNOWN-1 valid", await Found($"category=26&knownAt={Then}"));
        Assert.Equal("", await Found("number=KNOWN-1&knownAt=2026-06-15T00:00:00Z"));
        Assert.Equal("KNOWN-1 valid  valid", await Found($"q={mark}&on=2026-07-01&knownAt={Then}"));
        Assert.Equal("  mark-withdrawn", await Found($"q={mark}&knownAt=2026-07-15T00:00:00Z"));
        foreach (var (query, code) in ((string, string)[])
            [("status=valid", "known-at-with"), ("level=five-star", "known-at-with"), ("expiresTo=2030-01-01", "known-at-with"), ("format=csv", "known-at-with")])
            Assert.Equal(code, await Code(await app.Send("GET", $"/v1/certificates?knownAt={Then}&{query}")));
        Assert.Equal("known-at-ahead", await Code(await app.Send("GET", "/v1/certificates?knownAt=2027-01-01T00:00:00Z")));
        Assert.Equal("bad-instant", await Code(await app.Send("GET", "/v1/certificates?knownAt=2026-07-05")));
        using var watched = await app.Send("POST", "/v1/watches", new { search = $"category=26&knownAt={Then}", until = "2026-12-31" });
        Assert.Equal("unknown-parameter", await Code(watched));

        var page = WebUtility.HtmlDecode(await app.Client.GetStringAsync("/?q=KNOWN&on=2026-07-01&knownAt=2026-07-05&lang=en"));
        Assert.All((string[])["by what was recorded until 2026-07-05 23:59 (Beijing time)", $"/c/{id}?on=2026-07-01&knownAt=2026-07-05T15:59:59.999Z", "chip valid"],
            part => Assert.Contains(part, page));
        Assert.DoesNotContain("KNOWN-2", page);
        Assert.DoesNotContain("action=\"/watch", page);
    }
}
