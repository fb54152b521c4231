using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Registry.Http;

namespace Registry.Tests.Http;

/// <summary>ETag and 304, CORS, OPTIONS, Link, compression both ways, and the files that programs look for.</summary>
public sealed class MannersTests
{
    private static async Task<HttpResponseMessage> Get(RegistryApp app, string path, string? tag = null, string? language = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        if (language is not null) request.Headers.AcceptLanguage.ParseAdd(language);
        return await app.Client.SendAsync(request);
    }

    private static async Task<string> Made(RegistryApp app, string path, object what)
    {
        using var answer = await app.Send("POST", path, what, app.Key);
        return answer.Headers.Location!.ToString().Split('/')[^1];
    }

    /// <summary>A browser names HTML and no JSON; whoever names both gets what he likes better. What cannot be read is a browser's of before.</summary>
    [Theory]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true), InlineData("text/html, image/gif, *; q=.2, */*; q=.2", true)]
    [InlineData("text/html, application/json", true), InlineData("application/json;q=0.8, text/html", true)]
    [InlineData("application/json, text/html;q=0.9", false), InlineData("application/problem+json, text/html;q=0.1", false)]
    [InlineData("application/json, text/html;q=0", false), InlineData("application/json", false), InlineData("*/*", false)]
    public async Task A_page_comes_to_who_likes_it_no_less_than_json(string accept, bool isPage)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var mark = await Made(app, $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机" });
        foreach (var path in (string[])[$"/m/{mark}", "/m/0000000000000", "/nothing"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            using var answer = await app.Client.SendAsync(request);
            // A mark opens a page where nothing says that a program asks.
            var expected = isPage || path == $"/m/{mark}" && accept == "*/*" ? "text/html" : answer.IsSuccessStatusCode ? "application/json" : "application/problem+json";
            Assert.Equal((path, expected), (path, answer.Content.Headers.ContentType!.MediaType));
        }
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again_and_what_has_is()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var mark = await Made(app, $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机" });
        var watch = await Made(app, "/v1/watches", new { certificates = new[] { id } });
        string[] paths = [$"/v1/certificates/{id}", $"/v1/certificates/{id}?on=2026-01-01", "/v1/certificates?q=云帆", "/v1/certificates?format=csv",
            "/v1/categories", "/v1/bodies", "/changes.atom", "/log", $"/v1/certificates/{id}/history", $"/v1/marks/{mark}", $"/w/{watch}.atom", $"/w/{watch}.json"];
        var tags = new Dictionary<string, string>();
        foreach (var path in paths)
        {
            using var first = await Get(app, path);
            tags[path] = first.Headers.ETag!.ToString();
            foreach (var held in (string[])[tags[path], $"\"other\", {tags[path]}", "*"])
            {
                using var again = await Get(app, path, held);
                Assert.Equal((path, HttpStatusCode.NotModified, ""), (path, again.StatusCode, await again.Content.ReadAsStringAsync()));
                Assert.Equal(tags[path], again.Headers.ETag!.ToString());
                Assert.Single(again.Headers.Vary, "Accept-Encoding");
            }
            using var other = await Get(app, path, "\"other\"");
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }
        using (var act = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { }, app.Key)) act.EnsureSuccessStatusCode();
        foreach (var path in paths)
        {
            using var changed = await Get(app, path, tags[path]);
            Assert.Equal((path, HttpStatusCode.OK), (path, changed.StatusCode));
        }
        using var contract = await Get(app, "/openapi/v1.json");
        using var same = await Get(app, "/openapi/v1.json", contract.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        // The day alone turns a status.
        using var today = await Get(app, $"/v1/certificates/{id}");
        app.Clock.Now = app.Clock.Now.AddDays(1);
        using var tomorrow = await Get(app, $"/v1/certificates/{id}", today.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, tomorrow.StatusCode);
        using var chinese = await Get(app, "/v1/certificates?format=csv", language: "zh");
        using var english = await Get(app, "/v1/certificates?format=csv", chinese.Headers.ETag!.ToString(), "en");
        Assert.Equal(HttpStatusCode.OK, english.StatusCode);
        using var refused = await Get(app, "/v1/certificates?status=x", "*");
        Assert.NotEqual(HttpStatusCode.OK, refused.StatusCode);
    }

    [Fact]
    public async Task Any_site_reads_any_answer_and_OPTIONS_says_what_an_address_takes()
    {
        using var app = new RegistryApp();
        foreach (var path in (string[])["/", "/v1/certificates", "/v1/certificates/0000000000000", "/log/key", "/openapi/v1.json", "/docs", "/docs/verify", "/nothing"])
        {
            using var answer = await app.Client.GetAsync(path);
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        }
        foreach (var (path, allow) in ((string, string)[])[("/v1/certificates/0000000000000", "GET, HEAD, OPTIONS"), ("/v1/verifications", "POST, OPTIONS"), ("/verify", "GET, HEAD, POST, OPTIONS"), ("/reconcile", "GET, HEAD, POST, OPTIONS"), ("/about", "GET, HEAD, OPTIONS"), ("/01/04006381333931", "GET, HEAD, OPTIONS")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path);
            request.Headers.Add("Origin", "https://elsewhere.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using var answer = await app.Client.SendAsync(request);
            Assert.Equal((path, HttpStatusCode.NoContent, allow), (path, answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow)));
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Equal(allow, Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Methods")));
        }
        foreach (var nowhere in (string[])["/nothing", "/nothing/here"])
        {
            using var nothing = await app.Client.SendAsync(new(HttpMethod.Options, nowhere));
            Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        }
        // Refused, it says the same.
        foreach (var (path, allow) in ((string, string)[])[("/about", "GET, HEAD, OPTIONS"), ("/v1/verifications", "POST, OPTIONS")])
        {
            using var patched = await app.Client.SendAsync(new(HttpMethod.Patch, path));
            var told = string.Join(", ", patched.Content.Headers.Allow);
            Assert.Equal((path, HttpStatusCode.MethodNotAllowed, allow), (path, patched.StatusCode, told));
        }
    }

    [Fact]
    public async Task Lists_lead_to_their_next_page_and_to_what_describes_them()
    {
        using var app = new RegistryApp();
        for (var i = 0; i < 3; i++) await app.Issue($"L-{i}");
        using var first = await app.Client.GetAsync("/v1/certificates?q=云帆&limit=2");
        var links = string.Join(", ", first.Headers.GetValues("Link"));
        Assert.Contains("</openapi/v1.json>; rel=\"service-desc\"", links);
        var next = links[..links.IndexOf(">; rel=\"next\"", StringComparison.Ordinal)];
        using var second = await app.Client.GetAsync(next[(next.LastIndexOf('<') + 1)..]);
        Assert.Contains("\"number\":\"L-0\"", await second.Content.ReadAsStringAsync());
        Assert.DoesNotContain("rel=\"next\"", string.Join(", ", second.Headers.GetValues("Link")));
    }

    [Fact]
    public async Task Long_answers_are_compressed_and_compressed_requests_are_read_within_bounds()
    {
        using var app = new RegistryApp();
        for (var i = 0; i < 5; i++) await app.Issue($"C-{i}");
        var id = (string)(await app.Issue("SHORT"))["id"]!;
        foreach (var (path, packed) in ((string, bool)[])[("/v1/certificates", true), ("/v1/certificates?format=csv", true), ("/v1/certificates?format=ndjson", true), ("/openapi/v1.json", true), ($"/v1/certificates/{id}", false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.AcceptEncoding.ParseAdd("gzip");
            using var answer = await app.Client.SendAsync(request);
            Assert.Equal((path, packed ? "gzip" : ""), (path, string.Join("", answer.Content.Headers.ContentEncoding)));
        }

        var list = Encoding.UTF8.GetBytes("""{"rows":[{"number":"SHORT"}]}""");
        foreach (var (encoding, content, status) in ((string, byte[], HttpStatusCode)[])
        [
            ("gzip", Packed(list), HttpStatusCode.OK), ("gzip", list, HttpStatusCode.BadRequest), ("br", list, HttpStatusCode.BadRequest), ("zip", list, HttpStatusCode.UnsupportedMediaType),
            ("gzip", Packed(new byte[64 << 20]), HttpStatusCode.RequestEntityTooLarge),
            ("gzip", Packed(list)[..^8], HttpStatusCode.BadRequest), // all of the list, and no proof that it is all
        ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/verifications") { Content = new ByteArrayContent(content) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Content.Headers.ContentEncoding.Add(encoding);
            using var answer = await app.Client.SendAsync(request);
            Assert.Equal((encoding, status), (encoding, answer.StatusCode));
        }
    }

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    [Fact]
    public async Task Files_that_programs_look_for_are_there()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:SecurityContact", "mailto:security@reg.example"));
        var security = await app.Client.GetStringAsync("/.well-known/security.txt");
        Assert.Contains("Contact: mailto:security@reg.example\n", security);
        Assert.Matches(@"(?m)^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", security);
        Assert.Contains("Sitemap: https://reg.example/sitemap.xml", await app.Client.GetStringAsync("/robots.txt"));
        var map = System.Xml.Linq.XDocument.Parse(await app.Client.GetStringAsync("/sitemap.xml"));
        foreach (var page in map.Descendants().Where(element => element.Name.LocalName == "loc"))
        {
            using var answer = await app.Client.GetAsync(new Uri(page.Value).AbsolutePath);
            Assert.True((int)answer.StatusCode < 400, page.Value);
        }
        using var without = new RegistryApp();
        using var none = await without.Client.GetAsync("/.well-known/security.txt");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    /// <summary>A string of RFC 8941, or bare as many send it: the same key. What is neither is refused, not taken for another.</summary>
    [Theory]
    [InlineData("\"k-1\"", "k-1")]
    [InlineData("k-1", "k-1")]
    [InlineData("a\\b,c", "a\\b,c")]
    [InlineData("\"a\\\"b\\\\\"", "a\"b\\")]
    [InlineData("\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"k", null)]
    [InlineData("k\"", null)]
    [InlineData("\"a\"b\"", null)]
    [InlineData("\"a\\b\"", null)]
    [InlineData("\"a\\\"", null)]
    [InlineData("\"a\";v=1", null)]
    [InlineData("\"a\", \"b\"", null)]
    [InlineData("a b", null)]
    [InlineData("", null)]
    public void An_idempotency_key_is_in_quotes_or_has_none(string given, string? key)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers[Idempotency.Header] = given;
        string Read() => Idempotency.KeyOf(context.Request);
        if (key is null) Assert.Equal(Refusal.BadIdempotencyKey, Assert.Throws<FaultException>(Read).Faults[0].Refusal);
        else Assert.Equal(key, Read());
    }

    [Fact]
    public void Two_idempotency_keys_are_none()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers[Idempotency.Header] = new(["\"a\"", "\"b\""]);
        Assert.Throws<FaultException>(() => Idempotency.KeyOf(context.Request));
    }

    [Fact]
    public async Task A_key_in_use_is_told_so_and_free_again_after()
    {
        using var app = new RegistryApp();
        var (held, free) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        var blocked = app.Database.WriteAsync(_ =>
        {
            held.SetResult();
            free.Wait(TestContext.Current.CancellationToken);
            return 0;
        });
        await held.Task;
        var draft = RegistryApp.Draft();
        draft["holder"]!["uscc"] = null;
        // Of two at once one comes first and waits for the writer; the other is told so.
        Task<HttpResponseMessage>[] both = [Send(), Send()];
        using (var told = await await Task.WhenAny(both))
        {
            Assert.Equal(HttpStatusCode.Conflict, told.StatusCode);
            Assert.Contains("idempotency-in-progress", await told.Content.ReadAsStringAsync());
        }
        free.Set();
        await blocked;
        Assert.Single(await Task.WhenAll(both), answer => answer.StatusCode == HttpStatusCode.Created);
        using var again = await app.Send("POST", "/v1/certificates", draft, app.Key, idempotencyKey: "\"one\"");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);

        Task<HttpResponseMessage> Send() => app.Send("POST", "/v1/certificates", draft, app.Key, idempotencyKey: "one");
    }
}
