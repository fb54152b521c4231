using System.Net;

namespace Registry.Tests.Pages;

public sealed class PageTests
{
    private static async Task<(int Status, string Text)> Get(RegistryApp app, string path, string language = "zh-CN")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.AcceptLanguage.ParseAdd(language);
        using var answer = await app.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        // No script of a page's own: one file from this host, and data for machines, which no browser runs.
        foreach (System.Text.RegularExpressions.Match script in System.Text.RegularExpressions.Regex.Matches(text, "<script[^>]*>"))
            Assert.Matches("^<script (src=\"/assets/site\\.js\\?v=[0-9a-f]{8}\" defer|type=\"application/ld\\+json\")>$", script.Value);
        Assert.DoesNotContain("http://", text.Replace("http://www.w3.org", ""));
        // A day is written in one way, whatever wrote it.
        Assert.DoesNotMatch(@"[0-9]{2}/[0-9]{2}/[0-9]{4}", text);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        return ((int)answer.StatusCode, text);
    }

    [Fact]
    public async Task Every_state_has_a_plain_answer_of_its_own_in_both_languages()
    {
        using var app = new RegistryApp();
        async Task<string> Id(string number, Action<System.Text.Json.Nodes.JsonObject>? change = null) => (string)(await app.Issue(number, change))["id"]!;
        async Task Act(string id, string act, object body) => (await app.Send("POST", $"/v1/certificates/{id}/{act}", body, app.Key)).EnsureSuccessStatusCode();
        var valid = await Id("P-1");
        var suspended = await Id("P-2");
        await Act(suspended, "suspend", new { effectiveOn = "2026-01-01", until = "2026-02-01" });
        var revoked = await Id("P-3");
        await Act(revoked, "revoke", new { effectiveOn = "2026-05-01", reason = "misuse" });
        var cancelled = await Id("P-4");
        await Act(cancelled, "cancel", new { });
        var expired = await Id("P-5", d => (d["issuedOn"], d["expiresOn"]) = ("2020-01-01", "2022-12-31"));
        var ahead = await Id("P-6", d => (d["issuedOn"], d["expiresOn"]) = ("2026-08-01", "2029-07-31"));
        var replaced = await Id("P-7");
        var successor = await Id("P-8", d => d["replaces"] = replaced);
        await Act(replaced, "revoke", new { reason = "replaced" });
        foreach (var (path, status, zh, en) in ((string, int, string, string)[])
        [
            ("/c/" + valid, 200, "<b>有效</b>", "<b>Valid</b>"), ("/c/" + suspended, 200, "仍为暂停", "still suspended"), ("/c/" + revoked, 200, "自 2026-05-01 起撤销，登记于 2026-06-15 12:00", "Revoked from 2026-05-01, recorded 2026-06-15 12:00"),
            ("/c/" + cancelled, 200, "<b>注销</b>", "<b>Cancelled</b>"), ("/c/" + expired, 200, "有效期至 2022-12-31", "Its last day of validity was 2022-12-31"), ("/c/" + ahead, 200, "自 2026-08-01 起生效", "comes into force on 2026-08-01"),
            ("/c/" + replaced, 200, $"不是处罚。 <a href=\"/c/{successor}\">", $"no punishment. <a href=\"/c/{successor}\">"), ($"/c/{revoked}?on=2026-04-30", 200, "2026-04-30 当日", "on 2026-04-30"),
            ("/c/0000000000000", 404, "本登记簿未收录", "Not in this registry"), ("/m/0000000000000", 404, "此标志", "This mark is not in this registry"), ("/m/0000000000001", 400, "校验位不符", "mistyped"), ("/nowhere", 404, "没有这个页面", "no such page"),
            ("/01/6901234567892", 404, "这不说明商品是假的", "does not mean that the product is false"), ("/253/4719512002889", 404, "没有与此商品码关联的证书", "No certificate is linked"), ("/01/6901234567890", 400, "这不是正确的商品码", "no product code"),
            ("/", 200, "8 张证书", "8 certificates"), ("/?status=revoked", 200, "2 张证书", "2 certificates"), ("/?q=zzzz", 200, "没有找到", "Nothing found"),
            ("/?q=五星级+zzzz+有效&category=26", 200, "q=zzzz&amp;category=26&amp;level=five-star&amp;status=valid", ">zzzz 五星级 有效</a>"),
            ("/categories", 200, "有效 2", "2 valid"), ("/problems", 200, "number-taken", "number-taken"), ("/verify", 200, "批量核验", "Check a list"),
        ])
        {
            var page = await Get(app, path);
            Assert.Equal(status, page.Status);
            Assert.Contains(zh, page.Text);
            page = await Get(app, path, "en");
            Assert.Equal(status, page.Status);
            Assert.Contains(en, page.Text);
            Assert.Contains("<html lang=\"en\">", page.Text);
        }
    }

    [Fact]
    public async Task When_it_cannot_be_checked_nothing_says_invalid()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        await app.Database.WriteAsync(t => { using var c = t.Connection.CreateCommand(); c.CommandText = "ALTER TABLE certificate RENAME TO gone"; return c.ExecuteNonQuery(); });
        var page = await Get(app, "/c/" + id);
        Assert.Equal(503, page.Status);
        Assert.Contains("现在无法查询", page.Text);
        using var json = await app.Send("GET", "/v1/certificates/" + id);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), (json.StatusCode, json.Headers.RetryAfter!.ToString()));
        Assert.Contains("cannot-check-now", await json.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_a_body_writes_is_text_never_markup()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue(change: d => d["holder"]!["name"] = "<script>alert('x')</script>\"&"))["id"]!;
        foreach (var path in (string[])["/c/" + id, "/", "/?q=%3Cscript%3E%22"]) await Get(app, path);
        Assert.Contains("&lt;script&gt;", (await Get(app, "/c/" + id)).Text);
    }

    [Fact]
    public async Task A_pasted_list_comes_back_as_a_table()
    {
        using var app = new RegistryApp();
        await app.Issue();
        using var answer = await app.Client.PostAsync("/verify", new FormUrlEncodedContent(new Dictionary<string, string> { ["on"] = "2026-01-01", ["lines"] = "00114e22766R2L/3502\n不存在的公司\n青屿云帆电器(演示)有限公司, 2024-01-01\n" }));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(4, text.Split("<tr>").Length - 1);
        foreach (var word in (string[])["有效", "未收录", "尚未生效", "2024-01-01"]) Assert.Contains(word, text);
        using var empty = await app.Client.PostAsync("/verify", new FormUrlEncodedContent(new Dictionary<string, string> { ["lines"] = " " }));
        Assert.Equal(422, (int)empty.StatusCode);
    }

    [Fact]
    public async Task History_is_told_in_plain_words()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("H-1"))["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/suspend", new { effectiveOn = "2026-01-10", until = "2026-03-01" }, app.Key)).EnsureSuccessStatusCode();
        (await app.Send("POST", $"/v1/certificates/{id}/restore", new { effectiveOn = "2026-02-12" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Contains("2026-01-10 暂停，2026-02-12 恢复", (await Get(app, "/c/" + id)).Text);
        Assert.Contains("2026-01-10 suspended, 2026-02-12 restored", (await Get(app, "/c/" + id, "en")).Text);
    }

    [Fact]
    public async Task The_certificate_describes_itself_to_machines_and_the_badge_turns_with_the_status()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("J-1", draft => draft["holder"]!["name"] = "甲</script><b>乙"))["id"]!;
        async Task<System.Text.Json.Nodes.JsonNode> Data() =>
            System.Text.Json.Nodes.JsonNode.Parse(System.Text.RegularExpressions.Regex.Match((await Get(app, "/c/" + id)).Text, "ld\\+json\">(.*?)</script>").Groups[1].Value)!;
        var data = await Data();
        Assert.Equal(("Certification", "J-1", "https://schema.org/CertificationActive", "甲</script><b>乙", 5), ((string)data["@type"]!, (string)data["certificationIdentification"]!, (string)data["certificationStatus"]!, (string)data["about"]!["name"]!, (int)data["certificationRating"]!["ratingValue"]!));
        using (var badge = await app.Client.GetAsync($"/c/{id}/badge.svg?lang=en"))
        {
            Assert.Equal(("no-cache", "cross-origin"), (badge.Headers.CacheControl!.ToString(), badge.Headers.GetValues("Cross-Origin-Resource-Policy").Single()));
            Assert.Contains("Valid · Five-star", await badge.Content.ReadAsStringAsync());
        }
        var before = await app.Client.GetByteArrayAsync($"/c/{id}/card.png");
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("https://schema.org/CertificationInactive", (string)(await Data())["certificationStatus"]!);
        Assert.Contains("Revoked", await app.Client.GetStringAsync($"/c/{id}/badge.svg?lang=en"));
        var after = await app.Client.GetByteArrayAsync($"/c/{id}/card.png");
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], after[..4]);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task Every_scheme_explains_its_levels_by_the_scores_on_file()
    {
        using var app = new RegistryApp();
        foreach (var scheme in Registry.Certificates.Catalogue.Schemes.All)
            foreach (var language in (string[])["zh-CN", "en"])
            {
                var page = (await Get(app, "/schemes/" + scheme.Id, language)).Text;
                foreach (var level in scheme.Levels) Assert.Contains($"{level.MinimumScore:0.##}", page);
                Assert.Contains("ISO 9001", page);
            }
        Assert.Equal(404, (await Get(app, "/schemes/none")).Status);
        Assert.Contains("95 分及以上", (await Get(app, "/c/" + (string)(await app.Issue())["id"]!)).Text);
    }

    /// <summary>No copy of a status is kept, so that the Back button asks anew without script; with it a page that was kept alive asks after a minute.</summary>
    [Fact]
    public async Task A_page_that_tells_a_status_is_asked_for_again()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "演示" }, app.Key);
        var mark = (string)System.Text.Json.Nodes.JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        foreach (var (path, tells) in ((string, bool)[])[("/c/" + id, true), ("/M/" + mark, true), ("/?q=R2L", true), ("/about", false), ("/schemes", false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd("text/html");
            using var answer = await app.Client.SendAsync(request);
            Assert.Equal(tells, answer.Headers.CacheControl!.NoStore);
            Assert.Equal(tells, (await answer.Content.ReadAsStringAsync()).Contains("<main id=\"main\" data-fresh=\"60\">"));
        }
        Assert.Contains("pageshow", await app.Client.GetStringAsync("/assets/site.js"));
    }

    /// <summary>The source blanks the name of category 20 out: the reference data say so, people are shown its number and whose wording counts.</summary>
    [Fact]
    public async Task A_category_without_a_name_is_shown_by_its_number()
    {
        using var app = new RegistryApp();
        const string shown = "第 20 项（名称以国家目录为准）";
        var id = (string)(await app.Issue("C-20", d =>
        {
            d["category"] = 20;
            foreach (var field in (string[])["level", "score"]) d.Remove(field);
        }))["id"]!;
        foreach (var path in (string[])["/", "/c/" + id, "/categories", "/?category=20", $"/c/{id}/badge.svg"])
            foreach (var language in (string[])["zh-CN", "en"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.Accept.ParseAdd("text/html");
                request.Headers.AcceptLanguage.ParseAdd(language);
                var text = WebUtility.HtmlDecode(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync());
                Assert.DoesNotContain("原文缺失", text);
                Assert.DoesNotContain("wording missing", text);
                Assert.DoesNotContain("20 第 20 项", text);
                if (path.Length < 40 && !path.Contains("badge")) Assert.Contains(language == "en" ? "Category 20 (named in the national catalogue)" : shown, text);
            }
        foreach (var path in (string[])["/v1/certificates", "/v1/certificates/" + id, "/v1/certificates?format=csv", "/v1/certificates?format=ndjson", "/v1/suggest?q=云帆"])
            Assert.DoesNotContain("原文缺失", await app.Client.GetStringAsync(path));
        Assert.Equal(shown, (string)(await app.GetJson("/v1/certificates/" + id))["category"]!["name"]!);
        Assert.Equal(id, (string)(await app.GetJson("/v1/certificates?category=" + Uri.EscapeDataString(shown)))["items"]![0]!["id"]!);
        Assert.Contains(shown, (await app.GetJson("/v1/certificates"))["facets"]!["category"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal("原文缺失", (string)(await app.GetJson("/v1/categories?q=20"))[0]!["name"]!);
    }
}
