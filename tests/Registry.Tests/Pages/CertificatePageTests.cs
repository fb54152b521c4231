using System.Text.Json.Nodes;
using Registry.Certificates;

namespace Registry.Tests.Pages;

/// <summary>The page of a certificate on days other than today, and beside what somebody has before them.</summary>
public sealed class CertificatePageTests
{
    private const string Green = "class=\"status valid\"", Name = "虚构翠鸟电器（演示）有限公司";

    private static async Task<string> Page(RegistryApp app, string path)
    {
        using var answer = await app.Send("GET", path, language: "zh");
        return await answer.Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Another_day_and_today_are_equally_loud_and_nothing_is_green_where_they_differ()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("DAYS-1"))["id"]!;
        var same = await Page(app, $"/c/{id}?on=2026-05-01");
        Assert.Equal(2, same.Split(Green).Length - 1);
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-05-10" }, app.Key)).EnsureSuccessStatusCode();

        var page = await Page(app, $"/c/{id}?on=2026-05-01");
        Assert.DoesNotContain("valid\"", page[..page.IndexOf("<footer>", StringComparison.Ordinal)]);
        Assert.All((string[])["<b>有效</b>2026-05-01 当日", "<b>撤销</b>今天，自 2026-05-10 起", "class=\"status led\"", "class=\"status revoked\"", "曾为 五星级", "2026-05-01 有效，今天撤销"], part => Assert.Contains(part, page));
        // A preview of the address tells today.
        Assert.Contains("og:title\" content=\"青屿云帆电器（演示）有限公司 · 撤销", page);
        Assert.DoesNotContain("certificationRating", page);

        var today = await app.GetJson($"/v1/certificates/{id}?on=2026-05-01");
        Assert.Equal(("valid", "revoked", "2026-05-10"), ((string)today["status"]!, (string)today["today"]!["status"]!, (string)today["today"]!["since"]!));
        Assert.Null((await app.GetJson($"/v1/certificates/{id}"))["today"]);
    }

    [Fact]
    public async Task Today_is_told_with_the_day_since_which_it_is_so()
    {
        using var app = new RegistryApp();
        async Task<string> Since(string number, string on, params (string Act, object Body)[] acts)
        {
            var id = (string)(await app.Issue(number))["id"]!;
            foreach (var (act, body) in acts) (await app.Send("POST", $"/v1/certificates/{id}/{act}", body, app.Key)).EnsureSuccessStatusCode();
            var today = (await app.GetJson($"/v1/certificates/{id}?on={on}"))["today"]!;
            return $"{today["status"]} {today["since"]}";
        }
        Assert.Equal("valid 2025-03-01", await Since("SINCE-1", "2026-06-15"));
        Assert.Equal("suspended 2026-06-01", await Since("SINCE-2", "2026-05-01", ("suspend", new { effectiveOn = "2026-06-01" })));
        Assert.Equal("valid 2026-06-10", await Since("SINCE-3", "2026-06-05", ("suspend", new { effectiveOn = "2026-06-01" }), ("restore", new { effectiveOn = "2026-06-10" })));
        Assert.Equal("cancelled 2026-02-01", await Since("SINCE-4", "2026-01-01", ("cancel", new { effectiveOn = "2026-02-01" })));
        app.Clock.Now = app.Clock.Now.AddYears(3);
        Assert.Equal("expired 2028-03-01", await Since("SINCE-5", "2026-01-01"));
    }

    [Fact]
    public async Task What_no_longer_counts_has_no_stars_to_show_and_every_status_says_what_it_means()
    {
        using var app = new RegistryApp();
        foreach (var (act, past) in ((string?, string)[])[(null, ""), ("suspend", "暂停期间不得使用"), ("revoke", "不得再使用"), ("cancel", "不得再使用")])
        {
            var id = (string)(await app.Issue($"STARS-{act}"))["id"]!;
            if (act is not null) (await app.Send("POST", $"/v1/certificates/{id}/{act}", new { }, app.Key)).EnsureSuccessStatusCode();
            foreach (var path in (string[])[$"/c/{id}", $"/c/{id}/badge.svg", $"/?q=STARS-{act ?? "none"}"])
                if (act is not null) Assert.Contains("曾为 五星级", await Page(app, path));
            var page = await Page(app, $"/c/{id}");
            Assert.Equal(act is not null, page.Contains("<span class=\"past\">"));
            Assert.Contains(past, page);
        }
        Assert.All(Statuses.All, status => Assert.True(status.Meaning().Zh.Length > 0 && status.Meaning().En.Length > 0));
    }

    [Fact]
    public async Task A_typed_name_or_code_is_compared_on_the_pages_of_certificates_and_marks()
    {
        using var app = new RegistryApp();
        var id = await Verification.VerificationTests.Issue(app, "TYPED-1", Name, Verification.VerificationTests.Kingfisher);
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "premises", text = "店" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        foreach (var path in (string[])[$"/c/{id}", $"/m/{mark}"])
        {
            foreach (var typed in (string[])[Name, "虚构翠鸟电器(演示)有限公司", Verification.VerificationTests.Kingfisher, Verification.VerificationTests.Kingfisher.Substring(8, 9)])
            {
                var agrees = await Page(app, $"{path}?name={Uri.EscapeDataString(typed)}");
                Assert.Contains("一致。", agrees);
                Assert.Contains(Green, agrees);
            }
            foreach (var typed in (string[])["虚构苍鹭电器（演示）有限公司", Verification.VerificationTests.Heron, "913702027877893230", "<script>"])
            {
                var differs = await Page(app, $"{path}?name={Uri.EscapeDataString(typed)}");
                Assert.Contains("与登记不符", differs);
                Assert.DoesNotContain(Green, differs);
                Assert.DoesNotContain("“<script>”", differs);
            }
            using var long_ = await app.Send("GET", $"{path}?name={new string('甲', 301)}");
            Assert.Equal(422, (int)long_.StatusCode);
        }
        (await app.Send("POST", $"/v1/certificates/{id}/correct", new { effectiveOn = "2026-06-01", certificate = new { holder = new { name = "虚构新名（演示）有限公司" } } }, app.Key)).EnsureSuccessStatusCode();
        Assert.Contains("是曾用名", await Page(app, $"/c/{id}?name={Uri.EscapeDataString(Name)}"));
        Assert.Contains("后更名为 虚构新名（演示）有限公司", await Page(app, $"/c/{id}?on=2026-01-01"));
    }
}
