using System.Net;
using System.Text.Json.Nodes;

namespace Registry.Tests.Marks;

public sealed class MarkEndpointsTests
{
    private const string Valid = """{"placement":"packaging","text":"云帆洗衣机（演示）","gtin":"6901234567892"}""";

    private static async Task<JsonNode> Json(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode} {text}");
        answer.Dispose();
        return JsonNode.Parse(text)!;
    }

    private static async Task<JsonNode> Mark(RegistryApp app, string? idempotencyKey = null, string? certificate = null)
    {
        certificate ??= (string)(await app.Issue())["id"]!;
        return await Json(await app.Send("POST", $"/v1/certificates/{certificate}/marks", Valid, app.Key, idempotencyKey: idempotencyKey), HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_mark_is_issued_and_read_with_its_certificate_also_by_a_code_in_lower_case()
    {
        using var app = new RegistryApp();
        var certificate = await app.Issue();
        using var issued = await app.Send("POST", $"/v1/certificates/{certificate["id"]}/marks", Valid, app.Key);
        var location = issued.Headers.Location!.ToString();
        var mark = await Json(issued, HttpStatusCode.Created);
        var code = (string)mark["code"]!;
        Assert.Equal($"/v1/marks/{code}", location);
        var expected = new JsonObject
        {
            ["result"] = "valid",
            ["code"] = code,
            ["url"] = $"HTTPS://REG.EXAMPLE/M/{code}",
            ["placement"] = "packaging",
            ["text"] = "云帆洗衣机（演示）",
            ["gtin"] = "6901234567892",
            ["issuedAt"] = "2026-06-15T04:00:00.000Z",
            ["certificate"] = certificate.DeepClone(),
        };
        Assert.Equal(expected.ToJsonString(), mark.ToJsonString());
        Assert.Equal(expected.ToJsonString(), (await app.GetJson($"/v1/marks/{code.ToLowerInvariant()}")).ToJsonString());
    }

    [Fact]
    public async Task Two_posts_alike_give_two_marks_and_one_repeated_with_its_idempotency_key_gives_one()
    {
        using var app = new RegistryApp();
        var certificate = (string)(await app.Issue())["id"]!;
        var codes = new List<string>();
        foreach (var key in (string?[])[null, null, "a", "a", "b"]) codes.Add((string)(await Mark(app, key, certificate))["code"]!);
        Assert.Equal(4, codes.Distinct().Count());
        Assert.Equal(codes[2], codes[3]);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_at_once()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var problem = await Json(await app.Send("POST", $"/v1/certificates/{id}/marks", """{"text":"a\u0000b","gtin":"6901234567893"}""", app.Key), HttpStatusCode.UnprocessableEntity);
        Assert.Equal(["/placement required", "/text bad-text", "/gtin bad-gtin"], problem["errors"]!.AsArray().Select(error => $"{error!["pointer"]} {error["code"]}"));
    }

    public static TheoryData<string, string, string, HttpStatusCode, string> Refused => new()
    {
        { "POST", "/v1/certificates/{id}/marks", "none", HttpStatusCode.Unauthorized, "key-required" },
        { "POST", "/v1/certificates/{id}/marks", "other", HttpStatusCode.NotFound, "unknown-certificate" },
        { "POST", "/v1/certificates/0000000000000/marks", "own", HttpStatusCode.NotFound, "unknown-certificate" },
        { "POST", "/v1/certificates/0000000000001/marks", "own", HttpStatusCode.BadRequest, "mistyped" },
        { "DELETE", "/v1/marks/{code}", "none", HttpStatusCode.Unauthorized, "key-required" },
        { "DELETE", "/v1/marks/{code}", "other", HttpStatusCode.NotFound, "unknown-mark" },
        { "GET", "/v1/marks/0000000000000", "none", HttpStatusCode.NotFound, "unknown-mark" },
        { "GET", "/v1/marks/0000000000001", "none", HttpStatusCode.BadRequest, "mistyped" },
        { "GET", "/v1/marks/0000000000000.svg", "none", HttpStatusCode.NotFound, "unknown-mark" },
        { "GET", "/v1/marks/0000000000001.png", "none", HttpStatusCode.BadRequest, "mistyped" },
        { "GET", "/v1/marks/{code}.svg?size=13&layout=code", "none", HttpStatusCode.UnprocessableEntity, "bad-mark-size" },
        { "GET", "/v1/marks/{code}.png?size=13.9&layout=code", "none", HttpStatusCode.UnprocessableEntity, "bad-mark-size" },
        { "GET", "/v1/marks/{code}.png?dpi=149", "none", HttpStatusCode.UnprocessableEntity, "out-of-range" },
        { "GET", "/v1/marks/{code}.png?dpi=2401", "none", HttpStatusCode.UnprocessableEntity, "out-of-range" },
        { "GET", "/v1/marks/{code}.png?size=1e9", "none", HttpStatusCode.UnprocessableEntity, "out-of-range" },
        { "GET", "/v1/marks/{code}.svg?ec=X", "none", HttpStatusCode.UnprocessableEntity, "unknown-word" },
        { "GET", "/v1/marks/{code}.svg?layout=2", "none", HttpStatusCode.UnprocessableEntity, "unknown-word" },
        { "GET", "/v1/marks/{code}.svg?layout=code&ink=0b5d5", "none", HttpStatusCode.UnprocessableEntity, "bad-colour" },
        { "GET", "/v1/marks/{code}.svg?layout=code&ink=ffffff&paper=000000", "none", HttpStatusCode.UnprocessableEntity, "inverted-colours" },
        { "GET", "/v1/marks/{code}.pdf?layout=code&ink=ff0000", "none", HttpStatusCode.UnprocessableEntity, "low-contrast" },
        { "GET", "/v1/marks/{code}.pdf?layout=code&copies=501", "none", HttpStatusCode.UnprocessableEntity, "out-of-range" },
        { "GET", "/v1/marks/{code}.pdf?layout=code&paperSize=a3", "none", HttpStatusCode.UnprocessableEntity, "unknown-word" },
        { "GET", "/v1/marks/{code}/items.csv", "own", HttpStatusCode.UnprocessableEntity, "not-serialised" },
        { "DELETE", "/v1/marks/{code}?from=1&to=2", "own", HttpStatusCode.UnprocessableEntity, "not-serialised" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_refused_says_why_and_changes_nothing(string method, string path, string key, HttpStatusCode status, string code)
    {
        using var app = new RegistryApp();
        var mark = await Mark(app);
        path = path.Replace("{id}", (string)mark["certificate"]!["id"]!).Replace("{code}", (string)mark["code"]!);
        var problem = await Json(await app.Send(method, path, method == "POST" ? Valid : null, key switch { "own" => app.Key, "other" => app.OtherKey, _ => null }), status);
        Assert.Contains(code, problem["errors"] is JsonArray errors ? errors.Select(error => (string)error!["code"]!) : [(string)problem["code"]!]);
        Assert.Equal(mark.ToJsonString(), (await app.GetJson($"/v1/marks/{mark["code"]}")).ToJsonString());
    }

    [Fact]
    public async Task A_mark_is_not_put_where_the_scheme_forbids_it()
    {
        using var app = new RegistryApp();
        var certificate = await app.Issue("QMS-1", draft =>
        {
            draft["category"] = 1;
            draft.Remove("level");
            draft.Remove("score");
        });
        var problem = await Json(await app.Send("POST", $"/v1/certificates/{certificate["id"]}/marks", Valid, app.Key), HttpStatusCode.UnprocessableEntity);
        Assert.Equal(("/placement", "placement-forbidden"), ((string)problem["errors"]![0]!["pointer"]!, (string)problem["errors"]![0]!["code"]!));
        await Json(await app.Send("POST", $"/v1/certificates/{certificate["id"]}/marks", Valid.Replace("packaging", "premises"), app.Key), HttpStatusCode.Created);
    }

    /// <summary>The mark stays as it was stated; what could be printed would be a mark that the scheme forbids.</summary>
    [Fact]
    public async Task A_mark_is_not_printed_where_the_scheme_of_a_corrected_category_forbids_it()
    {
        using var app = new RegistryApp();
        var mark = await Mark(app);
        var certificate = (string)mark["certificate"]!["id"]!;
        using var premises = await app.Send("POST", $"/v1/certificates/{certificate}/marks", Valid.Replace("packaging", "premises"), app.Key);
        var sign = await Json(premises, HttpStatusCode.Created);
        const string Other = """{"certificate":{"category":1,"standard":"GB/T 19001-2016","level":null,"score":null}}""";
        (await app.Send("POST", $"/v1/certificates/{certificate}/correct", Other, app.Key)).EnsureSuccessStatusCode();
        foreach (var artwork in (string[])[$"/v1/marks/{mark["code"]}.svg?layout=code", $"/v1/marks/{mark["code"]}.png?layout=code", $"/v1/marks/{mark["code"]}.pdf?layout=code", $"/m/{mark["code"]}/print"])
            Assert.Contains("placement-forbidden", (await Json(await app.Send("GET", artwork), HttpStatusCode.UnprocessableEntity)).ToJsonString());
        Assert.Equal("valid", (string)(await app.GetJson($"/v1/marks/{mark["code"]}"))["result"]!);
        Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", $"/v1/marks/{sign["code"]}.svg?layout=code")).StatusCode);
    }

    [Fact]
    public async Task A_certificate_that_is_not_valid_gets_no_new_mark_and_its_old_ones_say_so()
    {
        using var app = new RegistryApp();
        var mark = await Mark(app);
        var certificate = (string)mark["certificate"]!["id"]!;
        (await app.Send("POST", $"/v1/certificates/{certificate}/revoke", new { reason = "misuse" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("no-mark-now", (string)(await Json(await app.Send("POST", $"/v1/certificates/{certificate}/marks", Valid, app.Key), HttpStatusCode.Conflict))["code"]!);
        Assert.Equal("revoked", (string)(await app.GetJson($"/v1/marks/{mark["code"]}"))["certificate"]!["status"]!);
        foreach (var artwork in (string[])["svg", "png", "pdf"])
            Assert.Equal("no-artwork-now", (string)(await Json(await app.Send("GET", $"/v1/marks/{mark["code"]}.{artwork}?layout=code"), HttpStatusCode.Conflict))["code"]!);
    }

    [Fact]
    public async Task A_withdrawn_mark_says_since_when_and_has_no_artwork_any_more()
    {
        using var app = new RegistryApp();
        var code = (string)(await Mark(app))["code"]!;
        app.Clock.Now = app.Clock.Now.AddDays(1);
        for (var i = 0; i < 2; i++) // once is enough, and the second time changes nothing
        {
            var withdrawn = await Json(await app.Send("DELETE", $"/v1/marks/{code.ToLowerInvariant()}", key: app.Key), HttpStatusCode.OK);
            Assert.Equal("2026-06-16T04:00:00.000Z", (string)withdrawn["withdrawnAt"]!);
            app.Clock.Now = app.Clock.Now.AddDays(1);
        }
        Assert.Equal("2026-06-16T04:00:00.000Z", (string)(await app.GetJson($"/v1/marks/{code}"))["withdrawnAt"]!);
        foreach (var artwork in (string[])["svg", "png", "pdf"])
            Assert.Equal("mark-withdrawn", (string)(await Json(await app.Send("GET", $"/v1/marks/{code}.{artwork}"), HttpStatusCode.Gone))["code"]!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?layout=wide")]
    [InlineData("?layout=code&ec=L&size=14")]
    [InlineData("?layout=code&ec=m&size=16.8&dpi=150")]
    [InlineData("?ec=Q&size=40&dpi=203")]
    [InlineData("?layout=code&ec=H&size=25&dpi=1200")]
    public async Task The_served_image_is_read_by_two_scanners(string parameters)
    {
        if (!parameters.Contains("layout=code")) Scanner.NeedsFont();
        using var app = new RegistryApp();
        var mark = await Mark(app);
        using var answer = await app.Client.GetAsync($"/v1/marks/{((string)mark["code"]!).ToLowerInvariant()}.png{parameters}");
        Assert.Equal(("image/png", "no-cache"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.ToString()));
        var image = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal((string)mark["url"]!, Scanner.Zbar(image));
        Assert.Equal((string)mark["url"]!, Scanner.ZXing(image));
    }

    [Theory]
    [InlineData("L")]
    [InlineData("M")]
    [InlineData("Q")]
    [InlineData("H")]
    public async Task The_served_drawing_is_read_by_two_scanners(string correction)
    {
        Scanner.NeedsFont();
        using var app = new RegistryApp();
        var mark = await Mark(app);
        using var answer = await app.Client.GetAsync($"/v1/marks/{mark["code"]}.svg?ec={correction}");
        Assert.Equal("image/svg+xml", answer.Content.Headers.ContentType!.MediaType);
        var image = Scanner.Rasterise(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal((string)mark["url"]!, Scanner.Zbar(image));
        Assert.Equal((string)mark["url"]!, Scanner.ZXing(image));
    }
}
