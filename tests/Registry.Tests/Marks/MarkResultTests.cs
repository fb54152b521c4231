using System.Net;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

/// <summary>What a code says in one word, on its page, in the API and in the search: never "valid" while anything stands against it.</summary>
public sealed class MarkResultTests
{
    /// <summary>A serialised mark of ten items, and their codes.</summary>
    private static async Task<(string Certificate, string Mark, string[] Items)> Issue(RegistryApp app, string number = "S-1")
    {
        var id = (string)(await app.Issue(number))["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机（演示）", items = 10 }, app.Key);
        var mark = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        var seed = app.Database.Read(db => MarkStore.Seed(db, mark)!);
        return (id, mark, [.. Enumerable.Range(1, 10).Select(serial => ItemCode.Of(mark, serial, seed))]);
    }

    private static async Task<(int Status, string Text)> Page(RegistryApp app, string path, string language = "zh")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.AcceptLanguage.ParseAdd(language);
        using var answer = await app.Client.SendAsync(request);
        return ((int)answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>The word of the API, which verification and the search must give too.</summary>
    private static async Task<string> Result(RegistryApp app, string code)
    {
        var result = (string)(await app.GetJson("/v1/marks/" + code))["result"]!;
        Assert.Equal((result, result), (await Verified(app, code), (string)(await app.GetJson("/v1/certificates?q=" + code))["mark"]!["result"]!));
        return result;
    }

    private static async Task<string> Verified(RegistryApp app, string code)
    {
        using var answer = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { code } } });
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["rows"]![0]!["result"]!;
    }

    /// <summary>The first banner of the page, which a phone shows alone.</summary>
    private static string Lead(string page) => System.Text.RegularExpressions.Regex.Match(page, "<(?:p|h1) class=\"status ([a-z-]+)\">.*?<b>(.*?)</b>") is { Success: true } lead ? $"{lead.Groups[1]} {lead.Groups[2]}" : "";

    private static Task Withdraw(RegistryApp app, string what) => app.Send("DELETE", "/v1/marks/" + what, key: app.Key).ContinueWith(sent => sent.Result.EnsureSuccessStatusCode());

    [Fact]
    public async Task The_first_half_of_an_items_code_asks_for_the_rest_and_is_never_valid()
    {
        using var app = new RegistryApp();
        var (id, mark, items) = await Issue(app);
        Assert.Equal("incomplete", await Result(app, mark));
        Assert.Equal("valid", await Result(app, items[0]));
        var (_, page) = await Page(app, "/M/" + mark);
        Assert.Equal("incomplete 编码不完整", Lead(page));
        Assert.Contains($"value=\"{MarkWording.Spaced(mark)} \"", page);
        Assert.DoesNotContain("chip valid", page);
        Assert.DoesNotContain("status valid", page);
        Assert.DoesNotContain("card.png", page); // a picture for previews would show a valid certificate
        Assert.DoesNotContain("· 有效", page);
        Assert.Equal("incomplete Incomplete code", Lead((await Page(app, "/M/" + mark, "en")).Text));
        Assert.Equal("valid 有效", Lead((await Page(app, "/M/" + items[0])).Text));

        // What ended weighs more, and the half is told beside it.
        using var revoked = await app.Send("POST", $"/v1/certificates/{id}/revoke", new { }, app.Key);
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal("revoked", await Result(app, mark));
        page = (await Page(app, "/M/" + mark)).Text;
        Assert.Equal("revoked 撤销", Lead(page));
        Assert.Contains("这只是前一半", page);
    }

    [Fact]
    public async Task When_every_item_is_withdrawn_the_half_says_so()
    {
        using var app = new RegistryApp();
        var (id, mark, items) = await Issue(app);
        await Withdraw(app, $"{mark}?from=1&to=6&by=holder");
        app.Clock.Now = app.Clock.Now.AddDays(1);
        await Withdraw(app, $"{mark}?from=8&to=10");
        Assert.Equal("incomplete", await Result(app, mark));
        app.Clock.Now = app.Clock.Now.AddDays(1);
        await Withdraw(app, items[6]);
        app.Clock.Now = app.Clock.Now.AddDays(1);
        await Withdraw(app, $"{mark}?from=5&to=8"); // overlaps: all were withdrawn before
        Assert.Equal("mark-withdrawn", await Result(app, mark));
        var view = await app.GetJson("/v1/marks/" + mark);
        Assert.Equal(("mark-withdrawn", "2026-06-17T04:00:00.000Z"), ((string)view["result"]!, (string)view["withdrawnAt"]!));
        var (_, page) = await Page(app, "/M/" + mark);
        Assert.Equal("mark-withdrawn 标志已撤回", Lead(page));
        Assert.Contains("自 2026-06-17 12:00 起，它的每一件都不应再使用", page);
        Assert.Contains("10 件 · 已撤回", (await Page(app, "/c/" + id)).Text);
    }

    [Theory]
    [InlineData("", 3, null)]
    [InlineData("1-3@5", 3, 5L)]
    [InlineData("1-2@5", 3, null)]
    [InlineData("2-3@5", 3, null)]
    [InlineData("1-1@5 3-3@6", 3, null)]
    [InlineData("1-1@5 2-2@9 3-3@6", 3, 9L)]
    [InlineData("1-3@9 2-2@5", 3, 9L)]
    [InlineData("1-2@5 1-3@9 2-3@6", 3, 6L)]
    [InlineData("1-9@9 1-4@5 5-9@6", 9, 6L)]
    [InlineData("1-1000000@1", 1_000_000, 1L)]
    public void The_last_item_goes_with_the_earliest_range_that_holds_it(string ranges, int items, long? expected)
    {
        var parsed = ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(range => range.Split('-', '@')).Select(part => new MarkRange { First = int.Parse(part[0]), Last = int.Parse(part[1]), WithdrawnAt = long.Parse(part[2]) });
        Assert.Equal(expected, MarkRange.LastOf(parsed.OrderBy(range => range.First), items)?.WithdrawnAt);
    }

    [Fact]
    public async Task A_made_up_item_is_red_and_plain()
    {
        using var app = new RegistryApp();
        var (id, mark, items) = await Issue(app);
        var plain = (string)JsonNode.Parse(await (await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "普通" }, app.Key)).Content.ReadAsStringAsync())!["code"]!;
        var tag = Identifier.Of(Identifier.Bits(items[3][13..]) ^ 1); // the right serial, a check character that agrees, a tag that does not
        foreach (var forged in (string[])[mark + tag, mark + Identifier.Of(11UL << 40), mark + Identifier.Of(0), plain + items[3][13..]])
        {
            var (status, page) = await Page(app, "/M/" + forged);
            Assert.Equal((404, "revoked 此编码是编造的"), (status, Lead(page)));
            Assert.Contains($"/report?code={forged}", page);
            Assert.DoesNotContain("有效", page);
            using var api = await app.Send("GET", "/v1/marks/" + forged);
            var problem = JsonNode.Parse(await api.Content.ReadAsStringAsync())!;
            Assert.Equal(("unknown-item", "This code is made up"), ((string)problem["code"]!, (string)problem["title"]!));
            Assert.Equal("forged", await Verified(app, forged));
            var found = await app.GetJson("/v1/certificates?q=" + forged);
            Assert.Equal((0, "forged"), (found["items"]!.AsArray().Count, (string)found["mark"]!["result"]!));
        }
        Assert.Equal("revoked This code is made up", Lead((await Page(app, "/M/" + mark + tag, "en")).Text));
    }

    [Fact]
    public async Task A_copied_item_leads_with_the_warning_and_shows_nothing_green()
    {
        using var app = new RegistryApp();
        var (_, _, items) = await Issue(app);
        await app.Database.WriteAsync(t =>
        {
            ScanStore.Add(t.Connection, items[1], new() { FirstAt = app.Clock.Now.AddDays(-9).ToUnixTimeMilliseconds(), LastOn = Day.Of(app.Clock.Now), Days = 7, Total = 40 });
            return 0;
        });
        Assert.Equal("copied", await Result(app, items[1]));
        var view = await app.GetJson("/v1/marks/" + items[1]);
        Assert.Equal(("copied", true), ((string)view["result"]!, (bool)view["looksCopied"]!));
        Assert.Null((await app.GetJson("/v1/marks/" + items[2]))["looksCopied"]);
        var (_, page) = await Page(app, "/M/" + items[1]);
        Assert.Equal("copied 可能被复制", Lead(page));
        Assert.Contains("7 天里打开 41 次", page);
        Assert.DoesNotContain("chip valid", page);
        Assert.DoesNotContain("status valid", page);
        Assert.Contains("<title>", page);
        Assert.DoesNotContain("· 有效", page);
        // What is withdrawn is withdrawn, however often it was opened.
        await Withdraw(app, items[1]);
        Assert.Equal("mark-withdrawn", await Result(app, items[1]));
    }

    /// <summary>Every state and every thing that may stand against it: the worst speaks, and "valid" only where nothing does.</summary>
    [Fact]
    public void The_worst_that_is_known_speaks()
    {
        foreach (var status in Statuses.All)
            foreach (var (withdrawn, half, copied) in from w in (bool[])[false, true] from h in (bool[])[false, true] from c in (bool[])[false, true] select (w, h, c))
            {
                foreach (var unknown in (bool[])[false, true])
                    Assert.Equal(status == Status.Valid && !withdrawn && !half && !copied && !unknown, MarkResult.Of(status, withdrawn, half, copied, unknown) == "valid");
                var result = MarkResult.Of(status, withdrawn, half, copied);
                if (withdrawn) Assert.Equal(MarkResult.Withdrawn, result);
                else if (status is Status.Revoked or Status.Cancelled or Status.Expired or Status.Suspended) Assert.Equal(status.Word(), result);
                Assert.NotEqual(MarkResult.Name(result).Zh, MarkResult.Name(result).En);
            }
    }
}
