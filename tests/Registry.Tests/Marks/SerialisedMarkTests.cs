using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class SerialisedMarkTests
{
    private static async Task<(string Mark, string[] Items)> Issue(RegistryApp app, int count = 100)
    {
        var id = (string)(await app.Issue())["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机（演示）", run = "2026-06 A", items = count }, app.Key);
        var mark = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!;
        Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        Assert.Equal((count, "2026-06 A"), ((int)mark["items"]!, (string)mark["run"]!));
        return ((string)mark["code"]!, (await Csv(app, (string)mark["code"]!)).Select(row => row[1]).ToArray());
    }

    private static async Task<List<string[]>> Csv(RegistryApp app, string mark, string range = "")
    {
        using var answer = await app.Send("GET", $"/v1/marks/{mark}/items.csv{range}", key: app.Key);
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("serial,code,url", lines[0]);
        return [.. lines[1..].Select(line => line.Split(','))];
    }

    /// <summary>The page of a code, opened by a person: <paramref name="phone"/> tells one from another.</summary>
    private static async Task<string> Page(RegistryApp app, string code, string query = "", int phone = 0)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/M/{code}{query}");
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.AcceptLanguage.ParseAdd("en");
        request.Headers.UserAgent.ParseAdd($"Mozilla/5.0 (Linux; Android 15; phone {phone})");
        return WebUtility.HtmlDecode(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Codes_are_streamed_for_the_printer_and_only_the_seed_is_stored()
    {
        using var app = new RegistryApp();
        var (mark, items) = await Issue(app);
        Assert.Equal(100, items.Distinct().Count());
        var rows = await Csv(app, mark, "?from=41&to=43");
        Assert.Equal(["41", "42", "43"], rows.Select(row => row[0]));
        Assert.Equal(items[40..43], rows.Select(row => row[1]));
        Assert.Equal($"HTTPS://REG.EXAMPLE/M/{items[40]}", rows[0][2]);
        var item = await app.GetJson($"/v1/marks/{items[40].ToLowerInvariant()}");
        Assert.Equal((41, true), ((int)item["item"]!["serial"]!, (bool)item["item"]!["checked"]!));
        Assert.Equal(1, app.Database.Read(db => db.ExecuteScalar<int>("SELECT (SELECT count(*) FROM mark) * (SELECT count(*) FROM mark_seed)")));
        foreach (var (path, key, status, code) in ((string, string?, int, string)[])
        [
            ($"/v1/marks/{mark}/items.csv", null, 401, "key-required"), ($"/v1/marks/{mark}/items.csv", app.OtherKey, 404, "unknown-mark"), ($"/v1/marks/{mark}/items.csv?from=50&to=101", app.Key, 422, "out-of-range"),
            ($"/v1/marks/{mark}/items.csv?from=0&to=3", app.Key, 422, "out-of-range"), ($"/v1/marks/{mark}/items.csv?from=5", app.Key, 422, "required"), ($"/v1/marks/{mark}.png", null, 422, "serialised"), ($"/v1/marks/{mark}/labels.pdf?layout=code&from=1&to=101", app.Key, 422, "out-of-range"),
            ($"/v1/marks/{mark}{mark}", null, 404, "unknown-item"),
        ])
        {
            using var answer = await app.Send("GET", path, key: key);
            Assert.Equal((status, true), ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains($"\"{code}\"")));
        }
        Assert.Equal($"HTTPS://REG.EXAMPLE/M/{items[7]}", Scanner.ZXing(await app.Client.GetByteArrayAsync($"/v1/marks/{items[7]}.png?layout=code")));
        using var labels = await app.Send("GET", $"/v1/marks/{mark}/labels.pdf?layout=code&from=3&to=5", key: app.Key);
        Assert.Equal(3, System.Text.RegularExpressions.Regex.Count(System.Text.Encoding.Latin1.GetString(await labels.Content.ReadAsByteArrayAsync()), "/TrimBox"));
    }

    [Fact]
    public async Task A_million_codes_are_streamed_in_seconds()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "一百万件", items = ItemCode.MaxItems }, app.Key);
        var mark = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        var lines = 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/marks/{mark}/items.csv");
        request.Headers.Authorization = new("Bearer", app.Key);
        using var answer = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        string? last = null;
        while (await reader.ReadLineAsync() is { } line) (last, lines) = (line, lines + 1);
        Assert.Equal(ItemCode.MaxItems + 1, lines);
        Assert.StartsWith("1000000,", last);
        using var over = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "过多", items = ItemCode.MaxItems + 1 }, app.Key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, over.StatusCode);
    }

    [Fact]
    public async Task An_item_a_range_and_the_whole_are_withdrawn_and_the_page_says_since_when_and_at_whose_wish()
    {
        using var app = new RegistryApp();
        var (mark, items) = await Issue(app);
        async Task<HttpStatusCode> Withdraw(string what) => (await app.Send("DELETE", "/v1/marks/" + what, key: app.Key)).StatusCode;
        Assert.Equal(HttpStatusCode.OK, await Withdraw($"{mark}?from=10&to=20&by=holder"));
        app.Clock.Now = app.Clock.Now.AddDays(1);
        Assert.Equal(HttpStatusCode.OK, await Withdraw(items[49]));
        Assert.Equal(HttpStatusCode.OK, await Withdraw($"{mark}?from=12&to=13")); // once is enough: the first day stays
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Withdraw($"{mark}?from=20&to=101"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Withdraw($"{mark}?from=20&to=19"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Withdraw($"{mark}?by=nobody"));
        // Ends that a script left blank are not the whole mark, and one end is no range.
        foreach (var half in (string[])[$"{mark}?from=&to=", $"{mark}?from&to", $"{mark}?from=60&to=", $"{mark}?from=60", $"{mark}?to=60", $"{items[59]}?from=60&to=61"])
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await Withdraw(half));
        Assert.Equal(HttpStatusCode.NotFound, await Withdraw(mark + mark));
        foreach (var serial in (int[])[1, 9, 21, 49, 51, 60]) Assert.Null((await app.GetJson("/v1/marks/" + items[serial - 1]))["withdrawnAt"]);
        foreach (var serial in (int[])[10, 12, 20])
        {
            var view = await app.GetJson("/v1/marks/" + items[serial - 1]);
            Assert.Equal(("2026-06-15T04:00:00.000Z", "holder"), ((string)view["withdrawnAt"]!, (string)view["withdrawnBy"]!));
        }
        Assert.Contains("Since 2026-06-15 12:00 it should no longer be used; withdrawn at the holder's wish", await Page(app, items[11]));
        Assert.Contains("10–20 (since 2026-06-15 12:00); 50 (since 2026-06-16 12:00)", await Page(app, items[0]));
        Assert.Equal(HttpStatusCode.Gone, (await app.Send("GET", $"/v1/marks/{items[11]}.svg?layout=code")).StatusCode);

        app.Clock.Now = app.Clock.Now.AddDays(1);
        Assert.Equal(HttpStatusCode.OK, await Withdraw(mark));
        Assert.Equal("2026-06-17T04:00:00.000Z", (string)(await app.GetJson("/v1/marks/" + items[0]))["withdrawnAt"]!);
        Assert.Equal("2026-06-15T04:00:00.000Z", (string)(await app.GetJson("/v1/marks/" + items[10]))["withdrawnAt"]!);

        // A list of bidders takes the codes of items too.
        using var checked_ = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { code = items[0] }, new { code = mark + mark } } });
        var verdicts = JsonNode.Parse(await checked_.Content.ReadAsStringAsync())!["rows"]!.AsArray();
        Assert.Equal(["mark-withdrawn", "forged"], verdicts.Select(verdict => (string)verdict!["result"]!));

        // All of it is in the log: a rebuild gives it again.
        var before = (await app.GetJson("/v1/marks/" + items[11])).ToJsonString();
        await app.Rebuild();
        Assert.Equal(before, (await app.GetJson("/v1/marks/" + items[11])).ToJsonString());
    }

    [Fact]
    public async Task Who_holds_the_log_but_not_the_seed_checks_all_but_the_tag_and_says_so()
    {
        using var app = new RegistryApp();
        var (mark, items) = await Issue(app);
        var seed = app.Database.Read(db => MarkStore.Seed(db, mark)!);
        await app.Database.WriteAsync(transaction => transaction.Connection.Execute("DELETE FROM mark_seed"));
        Assert.False((bool)(await app.GetJson("/v1/marks/" + items[3]))["item"]!["checked"]!);
        // What cannot be checked is never called valid.
        Assert.Equal("unchecked", (string)(await app.GetJson("/v1/marks/" + items[3]))["result"]!);
        Assert.Equal("unchecked", (string)(await app.GetJson("/v1/certificates?q=" + items[3]))["mark"]!["result"]!);
        using var asked = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { code = items[3] } } });
        Assert.Equal("unchecked", (string)JsonNode.Parse(await asked.Content.ReadAsStringAsync())!["rows"]![0]!["result"]!);
        var page = await Page(app, items[3]);
        Assert.Contains("the tag of this item's code is not", page);
        Assert.Contains("<b>Item not checked here</b>", page);
        Assert.DoesNotContain("status valid", page);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Send("GET", $"/v1/marks/{mark}{Identifier.Of(101UL << 40)}")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.Send("GET", $"/v1/marks/{mark}/items.csv", key: app.Key)).StatusCode);

        // The seed is taken from the body alone, and only the one the log speaks of.
        async Task<HttpStatusCode> HandOver(byte[] one, string key) => (await app.Send("PUT", $"/v1/marks/{mark}/seed", new { seed = Convert.ToHexString(one) }, key)).StatusCode;
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await HandOver([.. seed[..31], (byte)(seed[31] ^ 1)], app.Key));
        Assert.Equal(HttpStatusCode.NotFound, await HandOver(seed, app.OtherKey));
        Assert.Equal(HttpStatusCode.OK, await HandOver(seed, app.Key));
        Assert.True((bool)(await app.GetJson("/v1/marks/" + items[3]))["item"]!["checked"]!);
        Assert.Equal("valid", (string)(await app.GetJson("/v1/marks/" + items[3]))["result"]!);
    }

    [Fact]
    public async Task The_log_says_the_hash_of_the_seed_and_never_the_seed()
    {
        using var app = new RegistryApp();
        var (mark, _) = await Issue(app);
        var (said, seed) = app.Database.Read(db => (Transparency.EntryLog.Get(db, Transparency.EntryLog.Size(db) - 1).Statement, MarkStore.Seed(db, mark)!));
        var text = System.Text.Encoding.UTF8.GetString(said.ToJson());
        Assert.Equal(ItemCode.HashOf(seed), ((IssueMark)said).SeedHash);
        Assert.Contains(ItemCode.HashOf(seed), text);
        Assert.DoesNotContain(Convert.ToHexStringLower(seed), text);
    }

    [Fact]
    public async Task Scans_are_counted_without_waiting_for_the_disk_and_many_look_like_copies()
    {
        using var app = new RegistryApp();
        var (_, items) = await Issue(app);
        var counter = app.Services.GetRequiredService<ScanCounter>();
        Scans? Stored() => app.Database.Read(db => ScanStore.Find(db, items[0]));
        Assert.Contains("opened for the first time now", await Page(app, items[0]));
        Assert.Null(Stored());
        Assert.Contains("was first opened 2026-06-15 12:00, and 2 times on 1 day", await Page(app, items[0], phone: 1));
        Assert.Contains("2 times", await Page(app, items[0], "?lang=en", phone: 2)); // a change of language is no scan
        await counter.Flush();
        Assert.Equal((2, 1), (Stored()!.Total, Stored()!.Days));
        for (var day = 1; day <= 5; day++)
        {
            app.Clock.Now = app.Clock.Now.AddDays(1);
            Assert.DoesNotContain("Possibly copied", await Page(app, items[0], day == 5 ? "?lang=en" : ""));
            await counter.Flush();
        }
        var page = await Page(app, items[0]);
        Assert.Contains("was opened 7 times on 6 days", page);
        Assert.Contains("Possibly copied", page);
        Assert.Contains("no network address, no device, no place", page);
        await counter.Flush();
        Assert.Equal((7, 6), (Stored()!.Total, Stored()!.Days));
    }

    [Fact]
    public async Task Many_scans_in_one_day_look_like_copies_too_and_a_mark_printed_often_does_not()
    {
        using var app = new RegistryApp();
        var (_, items) = await Issue(app);
        for (var i = 1; i < Scans.ManyTimes; i++) Assert.DoesNotContain("Possibly copied", await Page(app, items[1], phone: i));
        Assert.Contains("Possibly copied", await Page(app, items[1], phone: 99));
        var id = (string)(await app.Issue("PLAIN-1"))["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "普通" }, app.Key);
        var plain = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        for (var i = 0; i < 2 * Scans.ManyTimes; i++) Assert.DoesNotContain("Possibly copied", await Page(app, plain, phone: i));
    }
}
