using System.Net;
using System.Text.Json.Nodes;

namespace Registry.Tests.Marks;

/// <summary>What the GS1-Conformant Resolver standard asks for, one by one.</summary>
public sealed class Gs1Tests
{
    private const string Gtin = "6901234567892", Gdti = "6901234567892CERT-1";

    private static async Task<(string Certificate, string Mark)> Setup(RegistryApp app)
    {
        var id = (string)(await app.Issue())["id"]!;
        using var mark = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机", gtin = Gtin }, app.Key);
        using var document = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "documents", text = "证书正本", gdti = Gdti }, app.Key);
        Assert.Equal(HttpStatusCode.Created, document.StatusCode);
        return (id, (string)JsonNode.Parse(await mark.Content.ReadAsStringAsync())!["code"]!);
    }

    private static Task<HttpResponseMessage> Get(RegistryApp app, string path, string method = "GET", string accept = "*/*")
    {
        var request = new HttpRequestMessage(new(method), path);
        request.Headers.Accept.ParseAdd(accept);
        return app.Client.SendAsync(request);
    }

    [Fact]
    public async Task A_product_and_a_document_lead_to_their_certificate()
    {
        using var app = new RegistryApp();
        var (id, _) = await Setup(app);
        foreach (var path in (string[])["/01/06901234567892", "/01/6901234567892", "/01/06901234567892/", "/01/06901234567892/10/LOT-7/21/S1", "/01/06901234567892?linkType=gs1:certificationInfo",
            "/01/06901234567892?linkType=https%3A%2F%2Fgs1.org%2Fvoc%2FcertificationInfo", "/253/6901234567892CERT-1"])
            foreach (var method in (string[])["GET", "HEAD"])
            {
                using var answer = await Get(app, path, method);
                Assert.Equal((HttpStatusCode.TemporaryRedirect, $"/c/{id}", "*"), (answer.StatusCode, answer.Headers.Location!.ToString(), answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
                var link = answer.Headers.GetValues("Link").Single();
                Assert.Contains("rel=\"linkset\"; type=\"application/linkset+json\"", link);
                Assert.Contains("rel=\"http://www.w3.org/ns/json-ld#context\"", link);
            }
        using var passed = await Get(app, "/01/06901234567892?linkType=gs1:certificationInfo&on=2026-01-01&batch=7");
        Assert.Equal($"/c/{id}?on=2026-01-01&batch=7", passed.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/01/06901234567893", 400)] // check digit
    [InlineData("/01/notagtin", 400)]
    [InlineData("/01/06901234567892/foo", 400)]
    [InlineData("/01/06901234567892/8011/5", 400)]
    [InlineData("/01/06901234567892/21/S/10/L", 400)] // out of order
    [InlineData("/253/6901234567893CERT-1", 400)]
    [InlineData("/253/6901234567892CERT-2", 404)]
    [InlineData("/01/00000096385074", 404)]
    [InlineData("/01/06901234567892?linkType=gs1:recipeInfo", 404)]
    public async Task An_error_is_told_by_its_status_and_to_any_origin(string path, int status)
    {
        using var app = new RegistryApp();
        await Setup(app);
        using var answer = await Get(app, path);
        Assert.Equal((status, "*"), ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
    }

    [Fact]
    public async Task The_linkset_names_anchor_target_type_and_title()
    {
        using var app = new RegistryApp();
        var (id, _) = await Setup(app);
        foreach (var (path, accept) in ((string, string)[])[("/01/06901234567892?linkType=linkset", "*/*"), ("/01/6901234567892/10/A?linkType=all", "*/*"), ("/01/06901234567892", "application/linkset+json")])
        {
            using var answer = await Get(app, path, accept: accept);
            Assert.Equal("application/linkset+json", answer.Content.Headers.ContentType!.MediaType);
            var set = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["linkset"]![0]!;
            Assert.Equal("https://reg.example/01/06901234567892", (string)set["anchor"]!);
            foreach (var type in (string[])["defaultLink", "certificationInfo"])
            {
                var target = set["https://gs1.org/voc/" + type]!.AsArray().Single()!;
                Assert.Equal(($"https://reg.example/c/{id}", "text/html"), ((string)target["href"]!, (string)target["type"]!));
                Assert.NotEmpty((string)target["title"]!);
            }
        }
    }

    [Fact]
    public async Task It_describes_itself_and_answers_a_browser_that_asks_first()
    {
        using var app = new RegistryApp();
        var description = await app.GetJson("/.well-known/gs1resolver");
        Assert.Equal(["01", "253"], description["supportedPrimaryKeys"]!.AsArray().Select(key => (string)key!));
        Assert.Equal("https://reg.example", (string)description["resolverRoot"]!);
        using var options = await Get(app, "/01/06901234567892", "OPTIONS");
        Assert.Equal((HttpStatusCode.NoContent, "*"), (options.StatusCode, options.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        Assert.Contains("HEAD", options.Headers.GetValues("Access-Control-Allow-Methods").Single());
    }

    [Fact]
    public async Task A_withdrawn_mark_leads_to_the_page_that_says_so()
    {
        using var app = new RegistryApp();
        var (_, mark) = await Setup(app);
        (await app.Send("DELETE", "/v1/marks/" + mark, key: app.Key)).EnsureSuccessStatusCode();
        using var answer = await Get(app, "/01/06901234567892");
        Assert.Equal("/m/" + mark, answer.Headers.Location!.ToString());
    }
}
