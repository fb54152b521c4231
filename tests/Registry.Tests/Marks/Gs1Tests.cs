using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Tests.Certificates;

namespace Registry.Tests.Marks;

/// <summary>A registry of one certificate with a mark on a product and one on a document, for what only asks.</summary>
public sealed class AskedProducts : IAsyncLifetime
{
    internal RegistryApp App { get; } = new();
    internal string Certificate { get; private set; } = "";

    public async ValueTask InitializeAsync() => (Certificate, _) = await Gs1Tests.Setup(App);

    public ValueTask DisposeAsync()
    {
        App.Dispose();
        return default;
    }
}

/// <summary>What the GS1-Conformant Resolver standard 1.2 and GS1's own test suite ask for, one by one.</summary>
public sealed class Gs1Tests(AskedProducts asked) : IClassFixture<AskedProducts>
{
    private const string Gtin = "6901234567892", Gdti = "6901234567892CERT/1", Base = "https://reg.example", Product = "/01/0" + Gtin, Document = "/253/6901234567892CERT%2F1";

    internal static async Task<(string Certificate, string Mark)> Setup(RegistryApp app)
    {
        var id = (string)(await app.Issue())["id"]!;
        var mark = await Mark(app, id, gtin: Gtin);
        await Mark(app, id, "documents", gdti: Gdti);
        return (id, (string)mark["code"]!);
    }

    private static async Task<JsonNode> Mark(RegistryApp app, string certificate, string placement = "packaging", string text = "云帆洗衣机", string? gtin = null, string? gdti = null)
    {
        using var answer = await app.Send("POST", $"/v1/certificates/{certificate}/marks", new { placement, text, gtin, gdti }, app.Key);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>A certificate of another holder.</summary>
    private static async Task<string> IssueOther(RegistryApp app, string number = "OTHER-1") => (string)(await app.Issue(number, draft =>
        (draft["holder"]!["name"], draft["holder"]!["uscc"]) = ("禾岚家具（演示）有限公司", RegistryApp.Uscc("91370200MA3TEST07"))))["id"]!;

    private static Task<HttpResponseMessage> Get(RegistryApp app, string path, string method = "GET", string? accept = "*/*", string? language = null)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (language is not null) request.Headers.TryAddWithoutValidation("Accept-Language", language);
        return app.Client.SendAsync(request);
    }

    [Theory]
    [InlineData(Product)]
    [InlineData("/01/6901234567892")]
    [InlineData(Product + "/")]
    [InlineData(Product + "/10/LOT-7/21/S1")]
    [InlineData(Product + "/10/A%2FB")]
    [InlineData(Product + "?linkType=gs1:certificationInfo")]
    [InlineData(Product + "?linktype=gs1:certificationInfo")]
    [InlineData(Product + "?linkType=gs1:defaultLink")]
    [InlineData(Product + "?linkType=https%3A%2F%2Fgs1.org%2Fvoc%2FcertificationInfo")]
    [InlineData(Product + "?linkType=https%3A%2F%2Fref.gs1.org%2Fvoc%2FcertificationInfo")]
    [InlineData(Document)]
    [InlineData("/AQyNo0UVqA")]
    [InlineData("/AQyNo0UVqCDKWcn92QsSWo")]
    [InlineData(Product + "/EGUs5P7shYktQ")]
    public async Task A_product_and_a_document_lead_to_their_certificate(string path)
    {
        var (app, id) = (asked.App, asked.Certificate);
        foreach (var method in (string[])["GET", "HEAD"])
        {
            using var answer = await Get(app, path, method);
            Assert.Equal((HttpStatusCode.TemporaryRedirect, $"{Base}/c/{id}", "*"), (answer.StatusCode, answer.Headers.GetValues("Location").Single(), answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
            Assert.Contains("Link", answer.Headers.GetValues("Access-Control-Expose-Headers").Single());
            Assert.Equal(["Accept", "Accept-Language"], answer.Headers.Vary);
        }
    }

    [Theory]
    [InlineData(Product + "/10/A%2FB", Product, Product + "/10/A%2FB")]
    [InlineData("/AQyNo0UVqCDKWcn92QsSWo", Product, Product + "/10/LOT-7/21/S1")]
    [InlineData(Document, Document, Document)]
    public async Task The_linkset_its_context_and_the_whole_address_are_linked_and_no_more(string path, string anchor, string whole)
    {
        var app = asked.App;
        foreach (var method in (string[])["GET", "HEAD", "OPTIONS"])
        {
            using var answer = await Get(app, path, method);
            var links = Regex.Split(answer.Headers.GetValues("Link").Single(), ", (?=<)");
            Assert.Equal([$"<{Base}{anchor}?linkType=linkset>; rel=\"linkset\"; type=\"application/linkset+json\"",
                "<https://ref.gs1.org/standards/resolver/linkset-context>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"",
                $"<{Base}{whole}>; rel=\"owl:sameAs\""], links);
        }
    }

    /// <summary>Nobody can choose for others the day on which a certificate was still valid.</summary>
    [Theory]
    [InlineData("?foo=bar", "?foo=bar")]
    [InlineData("?linkType=gs1:certificationInfo&17=261231&batch=7", "?17=261231&batch=7")]
    [InlineData("?a=1&a=2&flag&empty=&s=a+b%20c%26", "?a=1&a=2&flag&empty=&s=a+b%20c%26")]
    [InlineData("?on=2020-01-01", "")]
    [InlineData("?ON=2020-01-01&foo=bar", "?foo=bar")]
    [InlineData("?%6Fn=2020-01-01&&foo=bar", "?foo=bar")]
    [InlineData("?x=1;on=2020-01-01", "?x=1;on=2020-01-01")] // one value, which holds a semicolon
    public async Task The_query_is_passed_on_as_it_was_sent_but_for_the_link_type_and_the_day(string query, string passed)
    {
        var (app, id) = (asked.App, asked.Certificate);
        foreach (var path in (string[])[Product, Document])
        {
            using var answer = await Get(app, path + query);
            Assert.Equal($"{Base}/c/{id}{passed}", answer.Headers.GetValues("Location").Single());
        }
        using var compressed = await Get(app, "/AQyNo0UVqCCFQi5_jeQgU0" + query);
        Assert.Equal($"{Base}/c/{id}?17=261231{(passed.Length > 0 ? "&" + passed[1..] : "")}", compressed.Headers.GetValues("Location").Single());
    }

    [Fact]
    public async Task A_day_hidden_in_a_compressed_code_is_not_passed_on()
    {
        var (app, id) = (asked.App, asked.Certificate);
        using var answer = await Get(app, "/CwyNo0UVqMJfgqJ2K2020-01-018DJAfZB3");
        Assert.Equal($"{Base}/c/{id}?k=v%20w", answer.Headers.GetValues("Location").Single());
    }

    [Theory]
    [InlineData("/01/06901234567893", 400)] // check digit
    [InlineData("/01/notagtin", 400)]
    [InlineData("/01/", 400)]
    [InlineData(Product + "/foo", 400)]
    [InlineData(Product + "/8011/5", 400)]
    [InlineData(Product + "/21/S/10/L", 400)]
    [InlineData(Product + "/10/L/235/T", 400)]
    [InlineData(Product + "/10/123456789012345678901", 400)]
    [InlineData(Product + "/10/L%20T", 400)]
    [InlineData("/253/6901234567893CERT-1", 400)]
    [InlineData(Document + "/foo", 400)]
    [InlineData(Document + "/10/L", 400)]
    [InlineData("/253/6901234567892CERT-2", 404)]
    [InlineData("/01/00000096385074", 404)]
    [InlineData("/AAAeRcNGJhW4A", 404)] // no such thing
    [InlineData("/ABeRcNGJhW4A", 404)] // a compressed key of another kind (SSCC)
    [InlineData(Product + "?linkType=gs1:nosuchlt", 404)]
    [InlineData(Product + "?linkType=linkset&linkType=all", 404)]
    public async Task An_error_is_told_by_its_status_and_to_any_origin(string path, int status)
    {
        var app = asked.App;
        foreach (var accept in (string[])["*/*", "text/html", "application/linkset+json"])
        {
            using var answer = await Get(app, path, accept: accept);
            Assert.Equal(status, (int)answer.StatusCode);
            if (path != "/AAAeRcNGJhW4A") Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
    }

    [Fact]
    public async Task An_unknown_product_is_told_in_words_for_people()
    {
        var app = asked.App;
        using var answer = await Get(app, "/01/00000096385074", accept: "text/html", language: "en");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("does not mean that the product is false", page);
        Assert.DoesNotContain("There is no such page", page);
    }

    /// <summary>Where a linkset is asked for it is never a redirect; where a page is liked better it always is.</summary>
    [Theory]
    [InlineData(Product + "?linkType=linkset", "*/*", "application/linkset+json")]
    [InlineData(Product + "?linkType=linkset", "text/html", "application/linkset+json")]
    [InlineData(Product + "/10/A?linkType=all", "*/*", "application/linkset+json")]
    [InlineData(Product, "application/linkset+json", "application/linkset+json")]
    [InlineData(Product, "application/linkset+json, text/html;q=0.9, */*;q=0.1", "application/linkset+json")]
    [InlineData(Product, "text/html, application/linkset+json", "application/linkset+json")]
    [InlineData(Product, "APPLICATION/LINKSET+JSON", "application/linkset+json")]
    [InlineData(Product, "application/json", "application/json")]
    [InlineData(Product, "application/json, text/plain, */*", "application/json")]
    [InlineData(Product, "application/json;q=0.5, application/linkset+json", "application/linkset+json")]
    [InlineData(Product + "?linkType=gs1:certificationInfo", "application/linkset+json", "application/linkset+json")]
    [InlineData(Product, "text/html, application/linkset+json;q=0.5", null)]
    [InlineData(Product, "application/linkset+json;q=0, */*", null)]
    [InlineData(Product, "application/linkset+json;q=0", null)]
    [InlineData(Product, "application/json;q=0.2, */*;q=0.8", null)]
    [InlineData(Product, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", null)]
    [InlineData(Product, "", null)]
    [InlineData(Product, null, null)]
    [InlineData(Product + "?linkType=gs1:certificationInfo", "application/json", null)]
    public async Task What_is_accepted_best_is_answered(string path, string? accept, string? type)
    {
        var (app, id) = (asked.App, asked.Certificate);
        using var answer = await Get(app, path, accept: accept);
        Assert.Equal(type is null ? HttpStatusCode.TemporaryRedirect : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        if (type is null) return;
        var set = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["linkset"]!.AsArray().Single()!;
        Assert.Equal([Base + Product, "云帆洗衣机"], [(string)set["anchor"]!, (string)set["itemDescription"]!]);
        var defaultLink = set["https://gs1.org/voc/defaultLink"]!.AsArray().Single()!.AsObject();
        Assert.Equal(["href", "title"], defaultLink.Select(member => member.Key)); // and nothing else
        var link = set["https://gs1.org/voc/certificationInfo"]!.AsArray().Single()!;
        Assert.Equal([$"{Base}/c/{id}", "text/html", "zh,en"], [(string)link["href"]!, (string)link["type"]!, string.Join(',', link["hreflang"]!.AsArray())]);
        Assert.Equal((string)link["href"]!, (string)defaultLink["href"]!);
        Assert.NotEmpty((string)link["title"]!);
    }

    [Theory]
    [InlineData("en", "valid")]
    [InlineData("zh-CN, en;q=0.9", "有效")]
    [InlineData("en;q=0.4, zh;q=0.5", "有效")]
    [InlineData("fr, en;q=0.5, zh;q=0", "valid")]
    [InlineData("fr", "有效")]
    [InlineData(null, "有效")]
    public async Task Titles_are_in_the_language_liked_best(string? language, string word)
    {
        var app = asked.App;
        using var answer = await Get(app, Product + "?linkType=linkset", language: language);
        Assert.Contains(word, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["linkset"]![0]!["https://gs1.org/voc/defaultLink"]![0]!["title"]!, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task It_describes_itself_and_answers_a_browser_that_asks_first()
    {
        using var app = new RegistryApp();
        var description = await app.GetJson("/.well-known/gs1resolver");
        Assert.Equal(["01", "253"], description["supportedPrimaryKeys"]!.AsArray().Select(key => (string)key!));
        Assert.Equal([Base, "https://gs1.org/voc/", "gs1:"], [(string)description["resolverRoot"]!, (string)description["supportedLinkType"]![0]!["namespace"]!, (string)description["supportedLinkType"]![0]!["prefix"]!]);
        foreach (var path in (string[])["/.well-known/gs1resolver", Product, Document, "/AQyNo0UVqA"])
        {
            using var options = await Get(app, path, "OPTIONS");
            Assert.Equal((HttpStatusCode.NoContent, "*"), (options.StatusCode, options.Headers.GetValues("Access-Control-Allow-Origin").Single()));
            foreach (var method in (string[])["GET", "HEAD", "OPTIONS"]) Assert.Contains(method, options.Headers.GetValues("Access-Control-Allow-Methods").Single());
        }
    }

    [Fact]
    public async Task A_withdrawn_mark_leads_to_the_page_that_says_so()
    {
        using var app = new RegistryApp();
        var (_, mark) = await Setup(app);
        (await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key)).EnsureSuccessStatusCode();
        using var answer = await Get(app, Product);
        Assert.Equal($"{Base}/m/{mark}", answer.Headers.GetValues("Location").Single());
    }

    // ---- several answers

    /// <summary>A page to choose from, or its links for a machine; whoever follows the address it names comes to the same page.</summary>
    [Fact]
    public async Task A_product_that_several_holders_state_has_a_page_to_choose_from()
    {
        using var app = new RegistryApp();
        var (id, _) = await Setup(app);
        var other = await IssueOther(app);
        await Mark(app, other, text: "禾岚书桌", gtin: "0" + Gtin);
        foreach (var (path, location) in ((string, string?)[])[(Product + "?foo=bar", $"{Base}{Product}?linkType=gs1:certificationInfo&foo=bar"), (Product + "/10/L", $"{Base}{Product}?linkType=gs1:certificationInfo"), (Product + "?linkType=gs1:certificationInfo", null)])
        {
            using var answer = await Get(app, path, accept: "text/html", language: "en");
            Assert.Equal((HttpStatusCode.MultipleChoices, location), (answer.StatusCode, answer.Headers.TryGetValues("Location", out var named) ? named.Single() : null));
            var page = await answer.Content.ReadAsStringAsync();
            foreach (var expected in (string[])["青屿云帆电器（演示）有限公司", "禾岚家具（演示）有限公司", $"href=\"/c/{id}", $"href=\"/c/{other}", "云帆洗衣机", "禾岚书桌"]) Assert.Contains(expected, page);
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains("rel=\"linkset\"", answer.Headers.GetValues("Link").Single());
        }
        using var links = await Get(app, Product + "?linkType=gs1:certificationInfo", accept: "application/json");
        Assert.Equal(HttpStatusCode.MultipleChoices, links.StatusCode);
        var set = JsonNode.Parse(await links.Content.ReadAsStringAsync())!["linkset"]![0]!;
        Assert.Equal(2, set["https://gs1.org/voc/certificationInfo"]!.AsArray().Count);
        Assert.Equal($"{Base}{Product}?linkType=gs1:certificationInfo", (string)set["https://gs1.org/voc/defaultLink"]!.AsArray().Single()!["href"]!);
    }

    /// <summary>However many valid marks were issued after it, by whomever.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 25)]
    [InlineData(false, 25)]
    public async Task A_withdrawn_mark_is_never_hidden_behind_valid_ones(bool anothers, int later)
    {
        using var app = new RegistryApp();
        var (id, mark) = await Setup(app);
        (await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key)).EnsureSuccessStatusCode();
        var valid = anothers ? await IssueOther(app) : id;
        for (var i = 0; i < later; i++) await Mark(app, valid, text: $"批次 {i}", gtin: Gtin);
        using var answer = await Get(app, Product, accept: "text/html", language: "en");
        Assert.Equal(HttpStatusCode.MultipleChoices, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.InRange(page.IndexOf($"/m/{mark}", StringComparison.Ordinal), 1, page.IndexOf($"/c/{valid}", StringComparison.Ordinal));
        Assert.Contains("Mark withdrawn", page);
    }

    [Theory]
    [InlineData("revoke", "{\"reason\":\"replaced\"}", HttpStatusCode.TemporaryRedirect)] // replaced is no punishment: its successor speaks
    [InlineData("revoke", "{\"reason\":\"misuse\"}", HttpStatusCode.MultipleChoices)]
    [InlineData("suspend", "{\"reason\":\"nonconformity\"}", HttpStatusCode.MultipleChoices)]
    public async Task Of_one_holders_certificates_only_what_gave_way_to_another_is_left_out(string act, string content, HttpStatusCode status)
    {
        using var app = new RegistryApp();
        var (first, _) = await Setup(app);
        var second = (string)(await app.Issue("NEXT-1"))["id"]!;
        await Mark(app, second, gtin: Gtin);
        (await app.Send("POST", $"/v1/certificates/{first}/{act}", content, app.Key)).EnsureSuccessStatusCode();
        using var answer = await Get(app, Product);
        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.TemporaryRedirect) Assert.Equal($"{Base}/c/{second}", answer.Headers.GetValues("Location").Single());
    }

    [Fact]
    public async Task Many_marks_of_one_certificate_are_one_answer()
    {
        using var app = new RegistryApp();
        var (id, _) = await Setup(app);
        for (var i = 0; i < 3; i++) await Mark(app, id, text: $"批次 {i}", gtin: i == 0 ? "0" + Gtin : Gtin);
        using var answer = await Get(app, Product);
        Assert.Equal((HttpStatusCode.TemporaryRedirect, $"{Base}/c/{id}"), (answer.StatusCode, answer.Headers.GetValues("Location").Single()));
    }

    [Fact]
    public async Task Whoever_posts_a_code_that_anothers_mark_has_is_told()
    {
        using var app = new RegistryApp();
        var (id, mark) = await Setup(app);
        Assert.Null((await Mark(app, id, text: "再一批", gtin: Gtin))["alsoStatedFor"]); // his own
        var other = await IssueOther(app);
        Assert.Null((await Mark(app, other, gtin: "96385074"))["alsoStatedFor"]);
        var told = (await Mark(app, other, gtin: "0" + Gtin))["alsoStatedFor"]!.AsArray().Single()!;
        Assert.Equal([id, "青屿云帆电器（演示）有限公司", RegistryApp.Body], [(string)told["certificate"]!, (string)told["holder"]!, (string)told["body"]!]);
        var document = (await Mark(app, other, "documents", gdti: Gdti))["alsoStatedFor"]!.AsArray().Single()!;
        Assert.Equal(id, (string)document["certificate"]!);
        // Withdrawn ones count: their codes are still printed.
        (await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key)).EnsureSuccessStatusCode();
        Assert.Equal(2, (await Mark(app, other, gtin: Gtin))["alsoStatedFor"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_body_that_signs_its_own_statements_is_told_in_the_receipt()
    {
        using var app = new RegistryApp();
        var (id, mark) = await Setup(app);
        var other = await IssueOther(app);
        var signer = BodySigner.Es256();
        await app.Database.WriteAsync(transaction => Publisher.RegisterKey(transaction, signer.Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now)));
        app.Clock.Now += TimeSpan.FromSeconds(1);
        foreach (var (certificate, told) in ((string, string?)[])[(other, mark), (id, null)])
        {
            var statement = new IssueMark { Body = RegistryApp.Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = certificate, Placement = Placement.Packaging, Text = "书桌", Gtin = "0" + Gtin };
            var content = new ByteArrayContent(signer.Sign(statement));
            content.Headers.ContentType = new("application/jose");
            using var answer = await app.Client.PostAsync("/v1/statements", content);
            var receipt = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.True(answer.StatusCode == HttpStatusCode.Created, receipt.ToJsonString());
            Assert.Contains(told ?? other, receipt["alsoStatedFor"]!.ToJsonString());
        }
    }

    /// <summary>Data that a product's own code carries does not stand in the way of who scans it.</summary>
    [Theory]
    [InlineData("?17=261231&3103=000189&10=LOT")]
    [InlineData("?utm_source=x&from=timeline&17=261231")]
    public async Task What_a_code_carries_does_not_stand_in_the_way(string query)
    {
        using var app = new RegistryApp();
        var (_, mark) = await Setup(app);
        async Task Follow()
        {
            using var first = await Get(app, Product + query, accept: "text/html");
            using var page = await Get(app, new Uri(first.Headers.GetValues("Location").Single()).PathAndQuery, accept: "text/html");
            Assert.Contains((int)page.StatusCode, new[] { 200, 300 });
        }
        await Follow();
        (await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key)).EnsureSuccessStatusCode();
        await Follow(); // to the mark's page
        await Mark(app, await IssueOther(app), gtin: Gtin);
        await Follow(); // to the page to choose from
    }
}
