using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Registry.Tests.WatchingTests;

/// <summary>Following certificates at an unguessable address: from a certificate, a holder, a search, a list, a kept answer.</summary>
public sealed partial class WatchTests
{
    private static readonly XNamespace atom = "http://www.w3.org/2005/Atom";

    private static async Task<JsonNode> Watch(RegistryApp app, object request)
    {
        using var answer = await app.Send("POST", "/v1/watches", request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        var view = JsonNode.Parse(text)!;
        Assert.Equal("/v1/watches/" + view["id"], answer.Headers.Location!.ToString());
        return view;
    }

    private static string Path(JsonNode view, string member) => new Uri((string)view[member]!).AbsolutePath;

    private static async Task<string[]> Titles(RegistryApp app, JsonNode view)
    {
        using var answer = await app.Send("GET", Path(view, "atom"), language: "en");
        Assert.Equal("noindex, nofollow", Assert.Single(answer.Headers.GetValues("X-Robots-Tag")));
        Assert.True(answer.Headers.CacheControl!.Private);
        var feed = XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;
        var titles = feed.Elements(atom + "entry").Select(entry => entry.Element(atom + "title")!.Value).ToArray();
        var json = await app.GetJson(Path(view, "jsonFeed") + "?lang=en");
        Assert.Equal("https://jsonfeed.org/version/1.1", (string)json["version"]!);
        Assert.Equal(titles, json["items"]!.AsArray().Select(item => (string)item!["title"]!));
        return titles;
    }

    private static async Task Act(RegistryApp app, string id, string act, object? body = null)
    {
        using var answer = await app.Send("POST", $"/v1/certificates/{id}/{act}", body ?? new { }, app.Key);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Everything_that_changes_about_the_certificates_is_told_until_the_day_and_nothing_else()
    {
        using var app = new RegistryApp();
        var (one, two) = ((string)(await app.Issue("ONE"))["id"]!, (string)(await app.Issue("TWO"))["id"]!);
        var soon = (string)(await app.Issue("SOON", draft => draft["expiresOn"] = "2026-06-20"))["id"]!;
        await Act(app, one, "suspend");
        var view = await Watch(app, new { certificates = new[] { one, soon }, until = "2026-06-30" });
        Assert.Empty(await Titles(app, view));
        await Act(app, one, "restore");
        await Act(app, two, "revoke", new { reason = "misuse" });
        app.Clock.Now = app.Clock.Now.AddDays(1);
        await Act(app, one, "revoke", new { reason = "misuse" });
        Assert.Equal(["Revoked: 青屿云帆电器（演示）有限公司, ONE", "Restored: 青屿云帆电器（演示）有限公司, ONE"], await Titles(app, view));

        // The calendar turns a status too, on the day after the last.
        app.Clock.Now = new(2026, 6, 20, 15, 59, 0, TimeSpan.Zero);
        Assert.Equal(2, (await Titles(app, view)).Length);
        app.Clock.Now = app.Clock.Now.AddMinutes(2);
        Assert.Equal("Expired: 青屿云帆电器（演示）有限公司, SOON", (await Titles(app, view))[0]);

        // After the last day nothing is told but that it is over; a month later it is gone.
        app.Clock.Now = new(2026, 7, 2, 4, 0, 0, TimeSpan.Zero);
        await Act(app, soon, "revoke", new { reason = "misuse", effectiveOn = "2026-06-19" });
        var titles = await Titles(app, view);
        Assert.Equal(("This is followed no longer", 3), (titles[0], titles.Length));
        Assert.True((bool)(await app.GetJson(Path(view, "jsonFeed")))["expired"]!);
        app.Clock.Now = app.Clock.Now.AddDays(40);
        await Watch(app, new { certificates = new[] { two } });
        using var gone = await app.Send("GET", Path(view, "atom"));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("unknown-watch", await gone.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_holder_is_followed_with_the_certificates_he_gets_later_and_a_search_with_what_it_found()
    {
        using var app = new RegistryApp();
        var uscc = (string)(await app.Issue("ONE"))["holder"]!["uscc"]!;
        await app.Issue("OTHER", draft => draft["holder"] = new JsonObject { ["name"] = "别家（演示）有限公司" });
        var holder = await Watch(app, new { uscc });
        var search = await Watch(app, new { search = "q=云帆&status=valid&level=" });
        Assert.Equal((1, 1), ((int)holder["certificates"]!, (int)search["certificates"]!));
        await app.Issue("LATER");
        Assert.Equal(["Issued: 青屿云帆电器（演示）有限公司, LATER"], await Titles(app, holder));
        Assert.Empty(await Titles(app, search));
        Assert.Equal("Certificates found by “云帆 · valid”", (string)(await app.GetJson(Path(search, "jsonFeed") + "?lang=en"))["title"]!);
    }

    [Fact]
    public async Task What_cannot_be_followed_is_named_and_whoever_has_the_address_ends_it()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var (request, code) in ((object, string)[])
        [
            (new { }, "nothing-to-follow"), (new { search = "q=zzzz" }, "nothing-to-follow"),
            (new { search = "statsu=valid" }, "unknown-parameter"),
            (new { certificates = new[] { "0000000000000" } }, "unknown-certificate"), (new { certificates = new[] { "x" } }, "mistyped"),
            (new { certificates = Enumerable.Repeat(id, 1001) }, "too-many-to-follow"),
            (new { uscc = "91370200MA3TEST019" }, "nothing-to-follow"),
            (new { uscc = "X" }, "bad-uscc"), (new { certificates = new[] { id }, until = "2026-06-14" }, "out-of-range"),
            (new { certificates = new[] { id }, until = "2031-06-16" }, "out-of-range"), (new { certificate = id }, "unknown-field"),
        ])
        {
            using var refused = await app.Send("POST", "/v1/watches", request);
            Assert.InRange((int)refused.StatusCode, 400, 422);
            Assert.Contains($"\"{code}\"", await refused.Content.ReadAsStringAsync());
        }
        var view = await Watch(app, new { certificates = new[] { id } });
        Assert.Matches("^[0-9A-Z]{26}$", (string)view["id"]!);
        Assert.Equal("2027-06-15", (string)view["until"]!);
        using (var ended = await app.Send("DELETE", "/v1/watches/" + view["id"])) Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        await Act(app, id, "revoke");
        Assert.Equal(["This is followed no longer"], await Titles(app, view));
        using var none = await app.Send("DELETE", "/v1/watches/" + new string('0', 26));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task There_are_no_more_than_so_many()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        await app.Database.WriteAsync(transaction => transaction.Connection.Run($"""
            INSERT INTO watch (id, created_at, until, after, certificates)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Watching.Watch.MaxWatches})
            SELECT i, 0, '2027-01-01', 0, '[]' FROM n
            """));
        using var refused = await app.Send("POST", "/v1/watches", new { certificates = new[] { id } });
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("too-many-watches", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_calendar_is_read_as_RFC_5545_says()
    {
        using var app = new RegistryApp();
        var name = "青屿云帆电器；电视, 冰箱, 洗衣机（演示）股份有限公司山东省青岛市黄岛区第一分公司\\";
        var one = (string)(await app.Issue("ONE", draft => draft["holder"]!["name"] = name))["id"]!;
        var two = (string)(await app.Issue("TWO", draft => draft["expiresOn"] = "2027-12-31"))["id"]!;
        var view = await Watch(app, new { certificates = new[] { one, two } });
        await Act(app, two, "revoke", new { reason = "misuse" });
        using var answer = await app.Send("GET", Path(view, "calendar"), language: "zh-CN");
        Assert.Equal("text/calendar; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var text = await answer.Content.ReadAsStringAsync();
        Assert.EndsWith("END:VCALENDAR\r\n", text);
        Assert.DoesNotMatch("(?<!\r)\n", text);
        Assert.All(text.Split("\r\n"), line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 75, line));
        var lines = text.Replace("\r\n ", "").Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^[A-Z-]+(;[A-Z]+=[A-Z]+)?:", line));
        var events = EventText().Matches(string.Join('\n', lines)).Select(match => match.Value.Split('\n')
            .ToLookup(line => line.Split(':')[0], line => line[(line.IndexOf(':') + 1)..])).ToArray();
        Assert.Equal(["20271231", "20280229"], events.Select(item => item["DTSTART;VALUE=DATE"].Single()));
        Assert.Equal(["20280101", "20280301"], events.Select(item => item["DTEND;VALUE=DATE"].Single()));
        Assert.Equal(["CANCELLED", "CONFIRMED"], events.Select(item => item["STATUS"].Single()));
        Assert.Equal($"{one}-expiry@reg.example", events[1]["UID"].Single());
        var escaped = name.Replace("\\", "\\\\").Replace(",", "\\,").Replace(";", "\\;");
        Assert.Equal("证书到期：" + escaped, events[1]["SUMMARY"].Single());
        Assert.Equal("-P30D", events[1]["TRIGGER"].Single());
        Assert.All(events, item => Assert.Matches(@"^\d{8}T\d{6}Z$", item["DTSTAMP"].Single()));
        Assert.Equal("证书已撤销：青屿云帆电器（演示）有限公司", events[0]["SUMMARY"].Single());
    }

    [GeneratedRegex(@"BEGIN:VEVENT\n(.|\n)*?END:VEVENT")]
    private static partial Regex EventText();

    /// <summary>The forms as pages show them, sent as a browser sends them.</summary>
    [Fact]
    public async Task A_person_follows_from_a_certificate_a_holder_a_search_a_list_and_a_kept_answer_and_ends_it()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("ONE"))["id"]!;
        await app.Issue("TWO");
        var list = new FormUrlEncodedContent([new("lines", "ONE\nTWO\nNOT-HERE")]);
        using var checkedList = await app.Client.PostAsync("/verify", list);
        var (kept, _) = await AnswerTests.AnswerTests.Keep(app, new { rows = new[] { new { number = "TWO" }, new { number = "ONE" } } });
        foreach (var (page, choice, heading) in ((string, string?, string)[])
        [
            (await app.Client.GetStringAsync($"/c/{id}"), null, "关注：证书 ONE，青屿云帆电器（演示）有限公司"),
            (await app.Client.GetStringAsync($"/c/{id}"), RegistryApp.Uscc("91370200MA3TEST01"), "关注：青屿云帆电器（演示）有限公司 的证书"),
            (await app.Client.GetStringAsync("/?q=%E4%BA%91%E5%B8%86&status=valid"), null, "关注：查询“云帆 · valid”的证书"),
            (await checkedList.Content.ReadAsStringAsync(), null, "关注：2 张证书"),
            (await app.Client.GetStringAsync($"/a/{kept.Id}"), null, "关注：2 张证书"),
        ])
        {
            var form = FollowForm().Match(page);
            Assert.True(form.Success, "no form on " + heading);
            var fields = HiddenField().Matches(form.Value)
                .Select(field => KeyValuePair.Create(field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value)));
            var sent = new FormUrlEncodedContent([.. fields, new("uscc", choice ?? ""), new("until", "2026-12-31")]);
            using var begun = await app.Client.PostAsync("/watch", sent);
            Assert.Equal(HttpStatusCode.SeeOther, begun.StatusCode);
            var at = begun.Headers.Location!.ToString();
            using var shown = await app.Client.GetAsync(at);
            var text = WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync());
            Assert.Contains($"<h1>{heading}</h1>", text);
            Assert.Contains($"https://reg.example{at}.ics", text);
            Assert.Equal("noindex, nofollow", Assert.Single(shown.Headers.GetValues("X-Robots-Tag")));
            using var ended = await app.Client.PostAsync(at + "/end", null);
            Assert.Equal(at, ended.Headers.Location!.ToString());
            Assert.Contains("已结束，最后一天是 2026-06-14", await app.Client.GetStringAsync(at));
        }
        Assert.Contains("Disallow: /w/", await app.Client.GetStringAsync("/robots.txt"));
    }

    [GeneratedRegex("<form[^>]*action=\"/watch\">.*?</form>", RegexOptions.Singleline)]
    private static partial Regex FollowForm();

    [GeneratedRegex("<input type=\"hidden\" name=\"([a-z]+)\" value=\"([^\"]*)\"")]
    private static partial Regex HiddenField();
}
