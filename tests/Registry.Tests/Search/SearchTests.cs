using System.Net;
using System.Text.Json.Nodes;

namespace Registry.Tests.Search;

public sealed class SearchTests
{
    private static async Task<string> Numbers(RegistryApp app, params (string Name, string Value)[] query)
    {
        var found = await app.GetJson("/v1/certificates?" + string.Join('&', query.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}")));
        return string.Join(' ', found["items"]!.AsArray().Select(item => (string)item!["number"]!));
    }

    private static async Task<RegistryApp> Three()
    {
        var app = new RegistryApp();
        await app.Issue("A-1", d => (d["holder"]!["name"], d["holder"]!["region"], d["scope"]) = ("青屿云帆电器（演示）有限公司", "370212", "家用电器的安装与售后服务"));
        await app.Issue("B-2", d =>
        {
            (d["holder"]!["name"], d["holder"]!["nameEn"], d["holder"]!["region"], d["level"], d["score"]) = ("云栖松石科技ＡＢＣ有限公司", "Yunqi Songshi TECH", "330106", "four-star", 94.99);
            d["holder"]!.AsObject().Remove("uscc");
        });
        await app.Issue("R2_130800590SHA-001", d =>
        {
            (d["category"], d["scope"], d["standard"]) = (1, "电梯维修", "GB/T 19001-2016");
            foreach (var field in (string[])["level", "score"]) d.Remove(field);
        });
        return app;
    }

    [Theory]
    [InlineData("云帆", "R2_130800590SHA-001 A-1")]
    [InlineData("云", "R2_130800590SHA-001 B-2 A-1")]
    [InlineData("云帆 安装", "A-1")]
    [InlineData("安装　云帆", "A-1")]
    [InlineData("（演示）有限", "R2_130800590SHA-001 A-1")]
    [InlineData("(演示)有限", "R2_130800590SHA-001 A-1")]
    [InlineData("云 帆 电器", "R2_130800590SHA-001 A-1")]
    [InlineData("abc", "B-2")]
    [InlineData("ａｂＣ", "B-2")]
    [InlineData("ngsh", "B-2")]
    [InlineData("te", "B-2")]
    [InlineData("云栖安装", "")]
    [InlineData("帆云", "")]
    [InlineData("r2_1308", "R2_130800590SHA-001")]
    [InlineData("b－2", "B-2")]
    [InlineData("()（）", "")]
    [InlineData("\" OR * NEAR(", "")]
    public async Task Text_is_found_however_it_is_typed(string q, string expected)
    {
        using var app = await Three();
        Assert.Equal(expected, await Numbers(app, ("q", q)));
    }

    [Fact]
    public async Task Every_parameter_narrows()
    {
        using var app = await Three();
        var uscc = (string)(await app.GetJson("/v1/certificates?number=a-1"))["items"]![0]!["holder"]!["uscc"]!;
        foreach (var (expected, name, value) in ((string, string, string)[])
            [("A-1", "number", "Ａ－1 "), ("R2_130800590SHA-001 A-1", "uscc", uscc.ToLowerInvariant()), ("R2_130800590SHA-001 A-1", "uscc", uscc.Substring(8, 9)), ("R2_130800590SHA-001", "category", "1"),
             ("B-2 A-1", "category", "售后"), ("B-2 A-1", "group", "service"), ("R2_130800590SHA-001", "group", "管理体系认证"), ("B-2", "level", "four-star"), ("R2_130800590SHA-001 A-1", "region", "370000"),
             ("B-2", "region", "浙江"), ("B-2", "region", "浙江省杭州市"), ("B-2", "region", "330100"), ("B-2 A-1", "scope", "售后"), ("A-1", "scope", "安装"), ("B-2", "holder", "科技"), ("", "holder", "安装"), ("", "status", "revoked"),
             ("R2_130800590SHA-001 B-2 A-1", "status", "01"), ("R2_130800590SHA-001 B-2 A-1", "body", RegistryApp.Body), ("", "body", RegistryApp.OtherBody), ("", "issuedFrom", "2025-03-02"),
             ("R2_130800590SHA-001 B-2 A-1", "expiresTo", "2028-02-29"), ("", "expiresTo", "2028-02-28")])
            Assert.True(expected == await Numbers(app, (name, value)), $"{name}={value}: {await Numbers(app, (name, value))}");
        Assert.Equal("", await Numbers(app, ("group", "product"), ("category", "26")));
    }

    [Fact]
    public async Task Status_of_a_day_is_searched_and_a_revocation_is_found_at_once()
    {
        using var app = await Three();
        var id = (string)(await app.GetJson("/v1/certificates?number=A-1"))["items"]![0]!["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-06-01" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("A-1", await Numbers(app, ("status", "revoked")));
        Assert.Equal("", await Numbers(app, ("status", "revoked"), ("on", "2026-05-31")));
        Assert.Contains("A-1", await Numbers(app, ("status", "valid"), ("on", "2026-05-31")));
        Assert.Equal("", await Numbers(app, ("status", "valid"), ("on", "2025-02-28")));
        var facets = (await app.GetJson("/v1/certificates"))["facets"]!;
        Assert.Equal("revoked 1, valid 2", string.Join(", ", facets["status"]!.AsArray().Select(f => $"{f!["value"]} {f["count"]}").Order()));
        Assert.Equal("370000 山东省 2", string.Join(", ", facets["region"]!.AsArray().Take(1).Select(f => $"{f!["value"]} {f["name"]} {f["count"]}")));
        Assert.Contains("撤销", await app.Client.GetStringAsync("/v1/certificates?format=csv"));
        Assert.Contains("\"revoked\"", await app.Client.GetStringAsync("/v1/certificates?format=ndjson"));
    }

    [Fact]
    public async Task Pages_neither_repeat_nor_lose_a_row_while_certificates_are_added()
    {
        using var app = new RegistryApp();
        for (var i = 0; i < 25; i++) await app.Issue($"P-{i}");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString("云帆") + "&limit=4" + (cursor is null ? "" : "&cursor=" + cursor));
            seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["number"]!));
            cursor = (string?)page["next"];
            await app.Issue($"NEW-{seen.Count}");
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"P-{i}"), seen);
    }

    /// <summary>Nine certificates, of each order its own; and what comes in between the pages before, at and behind the place reached.</summary>
    [Theory]
    [InlineData("expires", "N-0 N-5 N-1 N-6 N-2 N-7 N-3 N-8 N-4")]
    [InlineData("-expires", "N-4 N-8 N-3 N-7 N-2 N-6 N-1 N-5 N-0")]
    [InlineData("holder", "N-0 N-3 N-6 N-1 N-4 N-7 N-2 N-5 N-8")]
    [InlineData("newest", "N-8 N-7 N-6 N-5 N-4 N-3 N-2 N-1 N-0")]
    public async Task Pages_of_every_order_neither_repeat_nor_lose_a_row_while_certificates_are_added_and_corrected(string sort, string expected)
    {
        using var app = new RegistryApp();
        string[] names = ["演示甲", "演示乙", "演示𠮷"]; // in the order of code points: 乙, 甲, and what lies beyond the basic plane last
        Task<JsonObject> Issue(string number, int name, int month) => app.Issue(number, d => (d["holder"]!["name"], d["expiresOn"]) = (names[name], $"2027-{month:00}-01"));
        for (var i = 0; i < 9; i++) await Issue($"N-{i}", (i + 1) % 3 == 0 ? 2 : 1 - i % 3, 1 + i % 5 * 2 + i / 5);
        foreach (var filter in (string[])["", "&q=" + Uri.EscapeDataString("演示"), "&status=valid&q=" + Uri.EscapeDataString("家用电器的销售")])
        {
            var (seen, cursor) = (new List<string>(), (string?)null);
            do
            {
                var page = await app.GetJson($"/v1/certificates?sort={sort}&limit=2{filter}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["number"]!));
                cursor = (string?)page["next"];
                for (var name = 0; name < 3; name++) await Issue($"M-{filter.Length}-{seen.Count}-{name}", name, 1 + seen.Count % 12);
            }
            while (cursor is not null);
            Assert.Equal(expected, string.Join(' ', seen.Where(number => number[0] == 'N')));
            Assert.Equal(seen.Distinct(), seen);
        }
        // The same order on the page of the site and in a file.
        var csv = (await app.Client.GetStringAsync($"/v1/certificates?sort={sort}&format=csv")).Split('\n').Select(line => System.Text.RegularExpressions.Regex.Match(line, "N-[0-9]").Value);
        Assert.Equal(expected, string.Join(' ', csv.Where(number => number.Length > 0)));
        var html = await app.Client.GetStringAsync($"/?sort={sort}&lang=en");
        Assert.Contains($"<option value=\"{sort}\" selected>", html);
        Assert.Contains($"sort={sort}&cursor=", System.Net.WebUtility.HtmlDecode(html).Replace("%2D", "-"));
    }

    /// <summary>A search of an earlier day says what in it is of that day and what is not; the organisation's code is written with a hyphen
    /// too.</summary>
    [Fact]
    public async Task A_search_of_a_day_says_what_is_of_that_day()
    {
        using var app = await Three();
        Assert.DoesNotContain("as certificates read now", await app.Client.GetStringAsync("/?lang=en&status=valid"));
        var page = await app.Client.GetStringAsync("/?lang=en&status=valid&on=2026-05-01");
        Assert.Contains("Status, level and dates are those of 2026-05-01; name, scope, region and category are looked for as certificates read now.", page);
        var uscc = (string)(await app.GetJson("/v1/certificates"))["items"]![0]!["holder"]!["uscc"]!;
        var found = await app.GetJson($"/v1/certificates?uscc={uscc[8..16]}-{uscc[16]}");
        Assert.Equal(uscc, (string)found["items"]![0]!["holder"]!["uscc"]!);
    }

    [Fact]
    public async Task A_cursor_of_another_order_is_refused()
    {
        using var app = await Three();
        foreach (var (sort, cursor) in ((string, string)[])
            [("expires", "12"), ("newest", "e5.1"), ("holder", "e5.1"), ("expires", "e65536.1"), ("expires", "e5."), ("expires", "e.5"), ("-expires", "e5.1"), ("holder", "h*.1"), ("holder", "h5"), ("holder", ".1"), ("name", "1")])
        {
            using var wrong = await app.Send("GET", $"/v1/certificates?sort={sort}&cursor={Uri.EscapeDataString(cursor)}");
            Assert.Equal(sort == "name" ? "/sort" : "/cursor", (string)JsonNode.Parse(await wrong.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]!);
        }
    }

    [Fact]
    public async Task Every_hit_is_counted()
    {
        using var app = new RegistryApp();
        await app.Database.WriteAsync(transaction =>
        {
            for (var i = 0; i <= 1000; i++)
                Registry.Statements.Publisher.Issue(transaction, RegistryApp.Body, new()
                {
                    Number = i < 999 ? $"NUMBER-{i}" : $"X-{i}",
                    Holder = new() { Name = "演示甲乙" },
                    Category = 1,
                    Scope = i switch { 999 => "演示 numb umbe mber", 1000 => "演示 My number", _ => "演示" },
                    IssuedOn = new(2026, 1, 1),
                    ExpiresOn = new(2027, 1, 1),
                });
            return 0;
        });
        Assert.Equal("""{"value":1001,"relation":"exact"}""", (await app.GetJson("/v1/certificates"))["total"]!.ToJsonString());
        Assert.Equal("""{"value":1001,"relation":"exact"}""", (await app.GetJson("/v1/certificates?limit=100&status=valid&q=" + Uri.EscapeDataString("甲乙")))["total"]!.ToJsonString());
        // Two terms may meet without standing together: what was not checked is an estimate, and says so.
        Assert.Equal("""{"value":1000,"relation":"about"}""", (await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString("演示甲乙")))["total"]!.ToJsonString());
        // Numbers that begin so are listed, and the few texts in which its terms meet are read.
        Assert.Equal("""{"value":1000,"relation":"exact"}""", (await app.GetJson("/v1/certificates?q=number"))["total"]!.ToJsonString());
        Assert.Null((await app.GetJson("/v1/certificates?total=false&facets=false"))["total"]);
        Assert.Equal("""{"value":1,"relation":"exact"}""", (await app.GetJson("/v1/certificates?number=number-500"))["total"]!.ToJsonString());
        Assert.Equal(1002, (await app.Client.GetStringAsync("/v1/certificates?format=csv")).TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task Wrong_parameters_are_all_named_and_none_is_an_error_of_the_server()
    {
        using var app = await Three();
        using var wrong = await app.Send("GET", "/v1/certificates?status=x&level=y&category=99&region=Mars&limit=0&cursor=-1&on=2026-02-30&uscc=1&group=z");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        using var longer = await app.Send("GET", "/v1/certificates?q=" + new string('a', 201));
        Assert.Equal("/q", (string)Assert.Single(JsonNode.Parse(await longer.Content.ReadAsStringAsync())!["errors"]!.AsArray())!["pointer"]!);
        Assert.Equal("/category /cursor /group /level /limit /on /region /status /uscc",
            string.Join(' ', JsonNode.Parse(await wrong.Content.ReadAsStringAsync())!["errors"]!.AsArray().Select(e => (string)e!["pointer"]!).Order()));
        foreach (var nasty in (string[])["%22", "%00", "%ED%A0%80", "%F0%9F%98%80", "*", "a*b", "'", "%5C", "NOT", "-", new string('a', 200), string.Concat(Enumerable.Repeat("%E5%85%AC", 150))])
            foreach (var name in (string[])["q", "holder", "scope", "number", "uscc", "region", "category", "body", "cursor"])
            {
                using var answer = await app.Client.GetAsync($"/v1/certificates?{name}={nasty}");
                Assert.True((int)answer.StatusCode < 500, $"{name}={nasty}");
            }
    }

    [Fact]
    public async Task Categories_are_found_by_text_with_the_number_of_valid_certificates()
    {
        using var app = await Three();
        var found = (await app.GetJson("/v1/categories?q=" + Uri.EscapeDataString("售后"))).AsArray();
        Assert.Equal("26 service 商品售后服务评价体系 2", string.Join(", ", found.Select(c => $"{c!["no"]} {c["group"]} {c["name"]} {c["valid"]}")));
        Assert.Equal(28, (await app.GetJson("/v1/categories")).AsArray().Count);
        Assert.Equal("原文缺失", (string)(await app.GetJson("/v1/categories?q=20"))[0]!["name"]!);
        Assert.Equal("370200", (string)(await app.GetJson("/v1/regions?q=" + Uri.EscapeDataString("山东省青岛市")))[0]!["code"]!);
        Assert.Equal(3, (int)(await app.GetJson("/v1/bodies?q=901"))[0]!["valid"]!);
    }

    [Fact]
    public void Cells_are_never_formulas() => Assert.Equal(("'=1+1", "\"a,\"\"b\"\"\"", "中文"), (Registry.Tables.Cells.Write("=1+1"), Registry.Tables.Cells.Write("a,\"b\""), Registry.Tables.Cells.Write("中文")));
}
