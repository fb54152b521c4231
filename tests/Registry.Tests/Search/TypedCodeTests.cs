using System.Net;
using System.Text.Json.Nodes;
using Registry.Marks;

namespace Registry.Tests.Search;

/// <summary>Codes are read in the search box and in q= however they were copied, and lead to their page.</summary>
public sealed class TypedCodeTests
{
    private static async Task<(string Certificate, string Mark, string Half, string Item)> Issue(RegistryApp app)
    {
        var id = (string)(await app.Issue("T-1"))["id"]!;
        async Task<string> Mark(int? items)
        {
            using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "演示", items }, app.Key);
            return (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        }
        var (mark, half) = (await Mark(null), await Mark(5));
        return (id, mark, half, ItemCode.Of(half, 2, app.Database.Read(db => MarkStore.Seed(db, half)!)));
    }

    private static async Task<HttpResponseMessage> Search(RegistryApp app, string q, string more = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/?q={Uri.EscapeDataString(q)}{more}");
        request.Headers.Accept.ParseAdd("text/html");
        return await app.Client.SendAsync(request);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("https://reg.example/m/{0}?lang=en")]
    [InlineData("请看 HTTPS://REG.EXAMPLE/M/{0}。")]
    [InlineData("编码：{1}–{2}")]
    [InlineData("https://chat.example/cgi-bin/redirect?lang=zh_CN&token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&url=https%3A%2F%2Freg.example%2Fm%2F{0}")]
    [InlineData("{1} {2} .")]
    public async Task A_code_leads_from_the_search_to_its_page_with_what_stands_against_it(string written)
    {
        using var app = new RegistryApp();
        var (certificate, mark, half, item) = await Issue(app);
        foreach (var (code, result) in ((string, string)[])[(mark, "valid"), (item, "valid"), (half, "incomplete")])
            foreach (var typed in (string[])[code, code.ToLowerInvariant(), string.Concat(code.Select(c => (char)(c + 0xFEE0)))])
            {
                var q = string.Format(System.Globalization.CultureInfo.InvariantCulture, written, typed, typed[..6], typed[6..]);
                using var answer = await Search(app, q);
                Assert.Equal((HttpStatusCode.Redirect, "/m/" + code), (answer.StatusCode, answer.Headers.Location?.ToString()));
                var found = await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString(q));
                Assert.Equal((code, result, "/m/" + code, certificate), ((string)found["mark"]!["code"]!, (string)found["mark"]!["result"]!, (string)found["mark"]!["page"]!, (string)found["mark"]!["certificate"]!));
                Assert.Equal(result == "valid" ? [certificate] : [], found["items"]!.AsArray().Select(hit => (string)hit!["id"]!));
            }
        await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key);
        var withdrawn = await app.GetJson("/v1/certificates?q=" + mark);
        Assert.Equal(("mark-withdrawn", "2026-06-15T04:00:00.000Z"), ((string)withdrawn["mark"]!["result"]!, (string)withdrawn["mark"]!["withdrawnAt"]!));
        Assert.Empty(withdrawn["items"]!.AsArray());
        using var english = await Search(app, mark, "&lang=en");
        Assert.Equal($"/m/{mark}?lang=en", english.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_certificates_code_is_found_with_its_address_too_and_a_number_is_no_code()
    {
        using var app = new RegistryApp();
        var (certificate, _, _, _) = await Issue(app);
        // Thirteen characters, two halves of a fraction with /M/ in it, twenty-six characters: all are numbers of certificates.
        foreach (var number in (string[])["0000000000001", "CNCA/M/2025-001", "12345678901234567890123456"]) await app.Issue(number);
        foreach (var (q, number) in ((string, string)[])[(certificate, "T-1"), ($"https://reg.example/c/{certificate.ToLowerInvariant()}?on=2026-01-01", "T-1"), ("0000000000001", "0000000000001"), ("CNCA/M/2025-001", "CNCA/M/2025-001"), ("12345678901234567890123456", "12345678901234567890123456")])
        {
            var found = await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString(q));
            Assert.Equal([number], found["items"]!.AsArray().Select(hit => (string)hit!["number"]!));
            Assert.Null(found["mark"]);
            using var page = await Search(app, q);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
    }

    [Fact]
    public async Task A_mistyped_code_is_called_so_and_can_be_mended_where_it_says_so()
    {
        using var app = new RegistryApp();
        var (_, mark, _, item) = await Issue(app);
        foreach (var code in (string[])[mark, item])
        {
            var wrong = code[..5] + (code[5] == '7' ? '8' : '7') + code[6..];
            var found = await app.GetJson("/v1/certificates?q=" + wrong);
            Assert.Equal("mistyped", (string)found["mark"]!["result"]!);
            Assert.Contains(code, found["didYouMean"]!.AsArray().Select(slip => (string)slip!["text"]!));
            using var page = await Search(app, wrong);
            var text = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync());
            Assert.Contains("校验位不符", text);
            Assert.Contains($"href=\"/?q={code}\"", text);
            // With its address it can be nothing else, and the page of mistyped codes holds it in a field.
            using var address = await Search(app, "https://reg.example/m/" + wrong);
            Assert.Equal("/m/" + wrong, address.Headers.Location?.ToString());
            using var request = new HttpRequestMessage(HttpMethod.Get, "/m/" + wrong);
            request.Headers.Accept.ParseAdd("text/html");
            using var answer = await app.Client.SendAsync(request);
            var mend = await answer.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Matches($"<form [^>]*action=\"/\">[^§]*<input name=\"q\"[^>]* value=\"{wrong}\"", mend);
        }
        using var certificate = new HttpRequestMessage(HttpMethod.Get, "/c/0000000000001");
        certificate.Headers.Accept.ParseAdd("text/html");
        Assert.Contains(" value=\"0000000000001\"", await (await app.Client.SendAsync(certificate)).Content.ReadAsStringAsync());
        // Words are no codes, nor is a forgotten mark an answer.
        Assert.Null((await app.GetJson("/v1/certificates?q=SHANGHAIHAIER"))["mark"]);
        Assert.Null((await app.GetJson("/v1/certificates?q=" + mark[1..]))["mark"]);
        Assert.Equal("not-in-registry", (string)(await app.GetJson("/v1/certificates?q=https://reg.example/m/0000000000000"))["mark"]!["result"]!);
        Assert.Null((await app.GetJson("/v1/certificates?q=0000000000000"))["mark"]);
    }

    [Fact]
    public async Task A_code_that_was_cut_short_says_how_many_characters_were_read()
    {
        using var app = new RegistryApp();
        var (_, _, _, item) = await Issue(app);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/m/{item[..20]}?lang=en");
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await app.Client.SendAsync(request);
        Assert.Contains("20 characters were read; a code has 13, that of a single item 26.", await answer.Content.ReadAsStringAsync());
    }
}
