using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Registry.Http;

namespace Registry.Tests.Http;

/// <summary>What may stand in a form: a field that nobody reads is never ignored.</summary>
public sealed class SentFormTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every form there is, with a field that it has and one that is nearly that.</summary>
    public static TheoryData<string, string, string, bool> Forms => new()
    {
        { "/verify", "columns", "colums", true },
        { "/check", "key", "kye", true },
        { "/report", "place", "plase", false },
        { "/watch", "until", "untill", false },
        { "/w/{id}/end", "", "reason", false },
        { "/c/{id}/answer", "knownAt", "knowAt", false },
        { "/a/{id}/delete", "code", "cod", false },
        { "/reconcile", "queries", "querys", false },
        { "/v1/verifications", "", "on", true },
        { "/v1/answers", "", "lang", true },
        { "/v1/imports", "dryRun", "dryrn", true },
    };

    private static HttpContent Of(bool withFile, string name, string value)
    {
        if (!withFile) return new FormUrlEncodedContent([new(name, value)]);
        return new MultipartFormDataContent
        {
            { new StringContent(value), name }, { new ByteArrayContent("证书编号\nFORM-1\n"u8.ToArray()), "file", "名单.csv" },
        };
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_field_that_nobody_reads_is_named_and_nothing_is_done(string path, string field, string misspelt, bool file)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("FORM-1"))["id"]!;
        var size = app.Database.Read(db => global::Registry.Transparency.EntryLog.Leaves(db, 0, int.MaxValue).Count());
        async Task<(int Status, string Text)> Send(HttpContent content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path.Replace("{id}", id) + "?lang=en");
            request.Content = content;
            request.Headers.Authorization = path == "/v1/imports" ? new("Bearer", app.Key) : null;
            using var answer = await app.Client.SendAsync(request, Cancel);
            return ((int)answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)));
        }
        Task<(int Status, string Text)> Post(string name, string value) => Send(Of(file, name, value));
        var (status, text) = await Post(misspelt, "x");
        var near = field.Length > 0 ? "; did you mean " + field : ".";
        Assert.True(status == 422 && text.Contains($"no parameter {misspelt}{near}"), $"{status} {text}");
        Assert.Equal(size, app.Database.Read(db => global::Registry.Transparency.EntryLog.Leaves(db, 0, int.MaxValue).Count()));
        // Capitals do not count, as in an address.
        if (field.Length > 0) Assert.DoesNotContain("no parameter", (await Post(field.ToUpperInvariant(), "x")).Text);
        // Two values are no value with a comma in it.
        if (field.Length == 0 || file) return;
        (status, text) = await Send(new FormUrlEncodedContent([new(field, "x"), new(field, "y")]));
        Assert.True(status == 422 && text.Contains($"{field} is given more than once"), $"{status} {text}");
    }

    /// <summary>Byte for byte what browsers send of a form in which no file was chosen: its field is there, without a name and content.</summary>
    [Fact]
    public async Task Where_no_file_was_chosen_what_was_pasted_is_read()
    {
        using var app = new RegistryApp();
        await app.Issue("FORM-1");
        async Task<(int Status, string Text)> Post(string path, string content)
        {
            const string Part = "--b\r\nContent-Disposition: form-data; name=";
            var body = $"{Part}\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n{Part}\"lines\"\r\n\r\nFORM-1\r\n--b--\r\n";
            using var sent = new StringContent(body);
            sent.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
            using var answer = await app.Client.PostAsync(path + "?lang=en", sent, Cancel);
            return ((int)answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)));
        }
        var (status, text) = await Post("/verify", "");
        Assert.True(status == 200 && text.Contains("FORM-1"), $"{status} {text}");
        Assert.Contains("no parameter file", (await Post("/verify", "A-1")).Text); // a field with content is not ignored
        Assert.Contains("no parameter", (await Post("/report", "")).Text);
    }

    /// <summary>A form that is added has to stand above.</summary>
    [Fact]
    public void Every_form_is_tried()
    {
        using var app = new RegistryApp(bodies: false);
        var sources = app.Services.GetRequiredService<IEnumerable<EndpointDataSource>>();
        var routes = sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();
        var posted = routes.Where(one => one.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("POST") == true);
        bool TakesForm(RouteEndpoint one) => one.Metadata.GetMetadata<FormFields>() is not null
            || !one.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal) && one.RoutePattern.RawText.TrimEnd('/') != "/mcp";
        var paths = posted.Where(TakesForm).Select(one => one.RoutePattern.RawText!.TrimEnd('/'));
        Assert.Equal(Forms.Select(form => form.Data.Item1).Order(), paths.Order());
    }

    [Fact]
    public async Task Two_files_are_too_many_and_a_dry_run_is_true_or_false()
    {
        using var app = new RegistryApp();
        await app.Issue("FORM-1");
        using var two = new MultipartFormDataContent
        {
            { new ByteArrayContent("证书编号\nFORM-1\n"u8.ToArray()), "file", "a.csv" },
            { new ByteArrayContent("证书编号\nFORM-2\n"u8.ToArray()), "file", "b.csv" },
        };
        using var answer = await app.Client.PostAsync("/verify?lang=en", two, Cancel);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("exactly one file; 2 came", await answer.Content.ReadAsStringAsync(Cancel));
        using var dry = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = Of(withFile: true, "dryRun", "yes") };
        dry.Headers.Authorization = new("Bearer", app.Key);
        using var refused = await app.Client.SendAsync(dry, Cancel);
        var problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(("wrong-type", "/dryRun"), ((string)problem["errors"]![0]!["code"]!, (string)problem["errors"]![0]!["pointer"]!));
    }
}
