using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Registry.Http;
using Registry.Search;

namespace Registry.Tests.Http;

/// <summary>A registry of one certificate with a mark, for what only asks.</summary>
public sealed class AskedRegistry : IAsyncLifetime
{
    internal RegistryApp App { get; } = new();
    internal string Certificate { get; private set; } = "";
    internal string Mark { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Certificate = (string)(await App.Issue())["id"]!;
        using var marked = await App.Send("POST", $"/v1/certificates/{Certificate}/marks", new { placement = "documents", text = "证书" }, App.Key);
        Mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
    }

    public ValueTask DisposeAsync()
    {
        App.Dispose();
        return default;
    }
}

/// <summary>What may stand behind the question mark: a misspelt condition is never ignored.</summary>
public sealed class ParametersTests(AskedRegistry asked) : IClassFixture<AskedRegistry>
{
    [Theory]
    [InlineData("/v1/certificates?statsu=valid", "statsu", "status")]
    [InlineData("/v1/certificates?stauts=valid", "stauts", "status")]
    [InlineData("/v1/certificates?Status=valid&expireFrom=2026-01-01", "expireFrom", "expiresFrom")]
    [InlineData("/v1/certificates?usc=91370200MA3TEST010", "usc", "uscc")]
    [InlineData("/v1/certificates?utm_source=x", "utm_source", "there are: q, number")]
    [InlineData("/v1/certificates/ID?onn=2026-01-01", "onn", "on")]
    [InlineData("/v1/certificates/ID?knownat2=x", "knownat2", "knownAt")]
    [InlineData("/v1/certificates/ID/history?on=2026-01-01", "on", "there are: lang")]
    [InlineData("/v1/certificates/ID/proof?size=3", "size", "there are: lang")]
    [InlineData("/v1/suggest?query=x", "query", "there are: q, lang")]
    [InlineData("/v1/regions?parrent=37", "parrent", "parent")]
    [InlineData("/v1/log/consistency?form=1", "form", "from")]
    [InlineData("/v1/marks/CODE.png?layuot=code", "layuot", "layout")]
    [InlineData("/v1/marks/CODE.pdf?copy=2", "copy", "copies")]
    [InlineData("/log/checkpoint?x=1", "x", "there are: lang")]
    [InlineData("/livez?verbose", "verbose", "there are: lang")]
    [InlineData("/?statsu=valid", "statsu", "status")]
    [InlineData("/c/ID?onn=2026-01-01", "onn", "on")]
    [InlineData("/m/CODE?nothing=1", "nothing", "there are: on, knownAt, name, lang")]
    [InlineData("/log?entri=1", "entri", "entry")]
    [InlineData("/report?cod=1", "cod", "code")]
    [InlineData("/m/CODE/print?bled=3", "bled", "bleed")]
    [InlineData("/c/ID/badge.svg?dark=1", "dark", "there are: lang")]
    [InlineData("/verify?line=1", "line", "lang")]
    [InlineData("/verify?nothing=1", "nothing", "there are: on, category, standard")]
    [InlineData("/verify?kownAt=1", "kownAt", "knownAt")]
    [InlineData("/assets/site.css?w=1", "w", "v")]
    public async Task An_unknown_parameter_is_refused_with_the_nearest_name(string path, string name, string nearest)
    {
        using var answer = await asked.App.Send("GET", path);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((422, "unknown-parameter"), ((int)answer.StatusCode, (string)problem["code"]!));
        Assert.Equal(("/" + name, "unknown-parameter"), ((string)problem["errors"]![0]!["pointer"]!, (string)problem["errors"]![0]!["code"]!));
        Assert.Contains($"no parameter {name}", (string)problem["detail"]!);
        Assert.Contains(nearest, ((string)problem["detail"]!).Split($"no parameter {name}")[1]);
    }

    [Theory]
    [InlineData("POST", "/v1/certificates?dryRun=true")]
    [InlineData("POST", "/v1/verifications?on=2026-01-01")]
    [InlineData("POST", "/v1/certificates/0000000000000/revoke?effectiveOn=2026-01-01")]
    [InlineData("DELETE", "/v1/marks/0000000000000?form=1&to=2")]
    public async Task An_act_with_a_parameter_nobody_reads_is_not_done(string method, string path)
    {
        using var app = new RegistryApp();
        using var answer = await app.Send(method, path, RegistryApp.Draft(), app.Key);
        Assert.Equal("unknown-parameter", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!);
        using var import = new HttpRequestMessage(HttpMethod.Post, "/v1/imports?dryrn=true") { Content = new StringContent("证书编号", System.Text.Encoding.UTF8, "text/csv") };
        import.Headers.Authorization = new("Bearer", app.Key);
        using var imported = await app.Client.SendAsync(import, TestContext.Current.CancellationToken);
        Assert.Contains("dryRun", (string)JsonNode.Parse(await imported.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["detail"]!);
        Assert.Equal(0, (int)(await app.GetJson("/v1/certificates"))["total"]!["value"]!);
    }

    /// <summary>WeChat and whoever else follows people hangs these on the addresses of pages: they change nothing.</summary>
    [Theory]
    [InlineData("utm_source=wechat&utm_medium=social&utm_anything=1")]
    [InlineData("from=singlemessage&isappinstalled=0")]
    [InlineData("scene=1&clicktime=1751000000&enterid=1751000000")]
    [InlineData("gclid=x&fbclid=y&spm=a.b.c")]
    [InlineData("17=271231&10=LOT")] // data of a GS1 code that led here
    public async Task What_follows_people_is_let_pass_on_pages(string tracking)
    {
        var (app, id, code) = (asked.App, asked.Certificate, asked.Mark);
        foreach (var path in (string[])["/", $"/c/{id}", $"/m/{code}", "/verify", "/about", "/log", "/schemes", "/report"]) Assert.Equal(200, (int)(await app.Send("GET", $"{path}?{tracking}")).StatusCode);
        Assert.Equal(422, (int)(await app.Send("GET", $"/v1/certificates/{id}?{tracking}")).StatusCode);
    }

    [Fact]
    public async Task A_page_that_does_not_take_a_parameter_leads_to_itself_without_it()
    {
        var (app, id) = (asked.App, asked.Certificate);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/c/{id}?lang=en&onn=2026-01-01&on=2026-02-03");
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("did you mean on?", page);
        Assert.Contains($"href=\"/c/{id}?lang=en&amp;on=2026-02-03\"", page);
    }

    /// <summary>Of two values the framework makes one, with a comma between them.</summary>
    [Theory]
    [InlineData("GET", "/v1/certificates?q=a&q=b", "q")]
    [InlineData("GET", "/v1/certificates?number=A&Number=A", "Number")]
    [InlineData("GET", "/v1/certificates/ID?on=2026-01-01&on=2026-02-01", "on")]
    [InlineData("GET", "/c/ID?lang=zh&lang=en", "lang")]
    [InlineData("GET", "/?q=a&q=b", "q")]
    [InlineData("POST", "/v1/imports?dryRun=true&dryRun=false", "dryRun")]
    public async Task What_is_given_twice_is_refused(string method, string path, string name)
    {
        using var answer = await asked.App.Send(method, path.Replace("ID", asked.Certificate), key: asked.App.Key);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var error = problem["errors"]![0]!;
        Assert.Equal((422, "/" + name, "given-twice"), ((int)answer.StatusCode, (string)error["pointer"]!, (string)error["code"]!));
    }

    /// <summary>The search's parameters are read by name: the list of them is what is read, here and in the contract.</summary>
    [Fact]
    public async Task What_the_search_reads_is_what_it_takes()
    {
        var read = new HashSet<string>();
        SearchQuery.Parse(name =>
        {
            read.Add(name);
            return null;
        });
        Assert.Equal(read.Order(), SearchQuery.Parameters.Order());
        var app = asked.App;
        var contract = await app.GetJson("/openapi/v1.json");
        Assert.Superset(read, contract["paths"]!["/v1/certificates"]!["get"]!["parameters"]!.AsArray().Select(parameter => (string)parameter!["name"]!).ToHashSet());
    }

    /// <summary>Every operation takes what the contract says, and nothing beside it but the language.</summary>
    [Fact]
    public async Task The_contract_names_all_that_is_taken()
    {
        var app = asked.App;
        var contract = await app.GetJson("/openapi/v1.json");
        var named = (from path in contract["paths"]!.AsObject()
                     from operation in path.Value!.AsObject()
                     let names = operation.Value!["parameters"]?.AsArray().Where(parameter => (string)parameter!["in"]! == "query").Select(parameter => (string)parameter!["name"]!) ?? []
                     select $"{operation.Key} {path.Key}: {string.Join(", ", names.Order().Except([Parameters.Language]))}").Order();
        var taken = from endpoint in app.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                    where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null
                    from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                    let path = System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!, @"\{\**(\w+)(:\w+)?\}", "{$1}")
                    select $"{method.ToLowerInvariant()} {(path.Length > 1 ? path.TrimEnd('/') : path)}: {string.Join(", ", Parameters.Of(endpoint).Select(JsonNamingPolicy.CamelCase.ConvertName).Order().Except([Parameters.Language]))}";
        Assert.Equal(named, taken.Order());
    }

    [Theory]
    [InlineData("statsu", "status")]
    [InlineData("STATUS", "status")]
    [InlineData("expire", "expiresFrom")]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("completely-else", null)]
    public void The_nearest_name_is_few_keystrokes_away(string typed, string? near) => Assert.Equal(near, Nearest.Of(typed, ["status", "expiresFrom", "q", "uscc"]));
}
