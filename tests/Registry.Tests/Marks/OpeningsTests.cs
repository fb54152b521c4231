using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Registry.Marks;

namespace Registry.Tests.Marks;

/// <summary>Openings are people: what fetches ahead, previews, crawls or looks again is none.</summary>
public sealed class OpeningsTests
{
    private const string Phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) Language/zh_CN";

    private static async Task<(RegistryApp App, string[] Items)> Items(int count)
    {
        var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机（演示）", items = count }, app.Key);
        var mark = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        var seed = app.Database.Read(db => MarkStore.Seed(db, mark)!);
        return (app, [.. Enumerable.Range(1, count).Select(serial => ItemCode.Of(mark, serial, seed))]);
    }

    private static async Task<(RegistryApp App, string Item)> Item()
    {
        var (app, items) = await Items(1);
        return (app, items[0]);
    }

    private static async Task<string> Open(RegistryApp app, string path, string agent = Phone, string method = "GET", string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        if (header is not null) request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<int> Total(RegistryApp app, string item)
    {
        await app.Services.GetRequiredService<ScanCounter>().Flush();
        return app.Database.Read(db => ScanStore.Find(db, item))?.Total ?? 0;
    }

    private static readonly (string Method, string Agent, string? Header, string? Value)[] noPersons =
    [
        ("HEAD", Phone, null, null),
        ("GET", Phone, "Sec-Purpose", "prefetch"),
        ("GET", Phone, "Sec-Purpose", "prefetch;prerender"),
        ("GET", Phone, "Sec-Purpose", "prefetch;anonymous-client-ip"),
        ("GET", Phone, "Purpose", "prefetch"),
        ("GET", Phone, "X-Purpose", "preview"),
        ("GET", Phone, "X-Moz", "prefetch"),
        ("GET", Phone, "Sec-Fetch-Dest", "empty"),
        ("GET", Phone, "Sec-Fetch-Dest", "image"),
        ("GET", Phone, "Cache-Control", "max-age=0"),
        ("GET", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", null, null),
        ("GET", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0", null, null),
        ("GET", "WhatsApp/2.23.20.0 A", null, null),
        ("GET", "TelegramBot (like TwitterBot)", null, null),
        ("GET", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", null, null),
        ("GET", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", null, null),
        ("GET", "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", null, null),
        ("GET", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", null, null),
        ("GET", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", null, null),
        ("GET", "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; https://zhanzhang.toutiao.com/)", null, null),
        ("GET", "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", null, null),
        ("GET", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36", null, null),
        ("GET", "Mozilla/5.0 (Windows NT 10.0) QQ-URL-Manager", null, null),
        ("GET", "DingTalkBot-LinkService/1.0", null, null),
        ("GET", "curl/8.15.0", null, null),
        ("GET", "python-requests/2.32", null, null),
        ("GET", "okhttp/5.0.0", null, null),
    ];

    [Fact]
    public async Task What_is_no_person_counts_for_nothing()
    {
        var (app, items) = await Items(noPersons.Length);
        using var _ = app;
        for (var day = 0; day < 16; day++)
        {
            app.Clock.Now = app.Clock.Now.AddHours(9);
            foreach (var ((method, agent, header, value), item) in noPersons.Zip(items))
                Assert.DoesNotContain("可能被复制", await Open(app, "/M/" + item, agent, method, header, value));
        }
        foreach (var (request, item) in noPersons.Zip(items))
        {
            Assert.Equal((request, 0), (request, await Total(app, item)));
            Assert.Contains("此刻是第一次打开", await Open(app, "/M/" + item));
        }
    }

    [Fact]
    public async Task Looking_again_within_minutes_is_one_opening_and_coming_back_later_is_another()
    {
        var (app, item) = await Item();
        using var _ = app;
        for (var i = 0; i < 16; i++)
        {
            Assert.DoesNotContain("可能被复制", await Open(app, (i % 2 == 0 ? "/M/" : "/m/") + (i % 3 == 0 ? item.ToLowerInvariant() : item)));
            app.Clock.Now = app.Clock.Now.AddSeconds(35);
        }
        Assert.Equal(1, await Total(app, item));
        app.Clock.Now = app.Clock.Now.AddMinutes(30);
        await Open(app, "/M/" + item);
        await Open(app, "/M/" + item, "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36"); // another phone at the same moment
        Assert.Equal(3, await Total(app, item));
    }

    [Fact]
    public async Task Sixteen_people_are_sixteen_openings()
    {
        var (app, item) = await Item();
        using var _ = app;
        for (var i = 0; i < 16; i++) await Open(app, "/M/" + item, $"{Phone} phone{i}", header: "Sec-Fetch-Dest", value: "document");
        Assert.Equal(16, await Total(app, item));
        Assert.Contains("可能被复制", await Open(app, "/M/" + item));
    }

    [Fact]
    public async Task Crawlers_are_kept_off_what_is_scanned()
    {
        var (app, item) = await Item();
        using var _ = app;
        var robots = await app.Client.GetStringAsync("/robots.txt");
        foreach (var line in (string[])["User-agent: *", "Disallow: /m/", "Disallow: /M/"]) Assert.Contains(line + "\n", robots);
        using var page = await app.Client.GetAsync("/M/" + item);
        Assert.Equal("noindex, nofollow", page.Headers.GetValues("X-Robots-Tag").Single());
    }
}
