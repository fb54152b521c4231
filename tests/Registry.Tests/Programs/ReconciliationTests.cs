using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Registry.Tests.ProgramsTests;

/// <summary>The Reconciliation Service API 0.2, as a client of it asks.</summary>
public sealed class ReconciliationTests
{
    private static async Task<JsonNode> Get(RegistryApp app, string path)
    {
        using var answer = await app.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static async Task<JsonNode> Ask(RegistryApp app, object queries)
    {
        using var answer = await app.Client.PostAsync("/reconcile", new FormUrlEncodedContent([new("queries", JsonSerializer.Serialize(queries))]));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>What the specification requires of a manifest, §3.</summary>
    [Fact]
    public async Task The_manifest_leads_to_everything_the_service_has()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("ONE"))["id"]!;
        var manifest = await Get(app, "/reconcile");
        Assert.Equal("0.2", (string)Assert.Single(manifest["versions"]!.AsArray())!);
        Assert.All((string[])["name", "identifierSpace", "schemaSpace"], member => Assert.NotEmpty((string)manifest[member]!));
        Assert.Equal($"https://reg.example/c/{id}", ((string)manifest["view"]!["url"]!).Replace("{{id}}", id));
        Assert.Equal("certificate", (string)manifest["defaultTypes"]![0]!["id"]!);

        string At(string service, string query) => $"{(string)manifest["suggest"]![service]!["service_path"]!}?prefix={Uri.EscapeDataString(query)}";
        Assert.All(manifest["suggest"]!.AsObject(), service => Assert.Equal("https://reg.example", (string)service.Value!["service_url"]!));
        Assert.Equal(id, (string)Assert.Single((await Get(app, At("entity", "云帆")))["result"]!.AsArray())!["id"]!);
        Assert.Empty((await Get(app, At("entity", "zzzz")))["result"]!.AsArray());
        Assert.Equal("certificate", (string)Assert.Single((await Get(app, At("type", "cert")))["result"]!.AsArray())!["id"]!);
        Assert.Equal("uscc", (string)Assert.Single((await Get(app, At("property", "credit")))["result"]!.AsArray())!["id"]!);

        using var preview = await app.Client.GetAsync(new Uri(((string)manifest["preview"]!["url"]!).Replace("{{id}}", id)).PathAndQuery);
        Assert.Contains("有效", await preview.Content.ReadAsStringAsync());
        Assert.False(preview.Headers.Contains("X-Frame-Options")); // it is shown in the client's frame
        Assert.Contains("frame-ancestors *", Assert.Single(preview.Headers.GetValues("Content-Security-Policy")));
        using var unknown = await app.Client.GetAsync("/reconcile/preview?id=0000000000000");
        Assert.Equal((HttpStatusCode.NotFound, true), (unknown.StatusCode, unknown.Headers.Contains("X-Frame-Options")));
    }

    [Fact]
    public async Task A_cell_is_matched_only_where_it_alone_fits_and_everything_given_agrees()
    {
        using var app = new RegistryApp();
        var one = await app.Issue("ONE", draft => draft["holder"] = new JsonObject { ["name"] = "晴柚家居（演示）有限公司" });
        var two = await app.Issue("TWO-2026");
        var three = await app.Issue("THREE");
        using (var revoked = await app.Send("POST", $"/v1/certificates/{one["id"]}/revoke", new { reason = "misuse" }, app.Key)) revoked.EnsureSuccessStatusCode();
        var uscc = (string)two["holder"]!["uscc"]!;
        object[] other = [new { pid = "name", v = "晴柚家居（演示）有限公司" }];
        object[] number = [new { pid = "number", v = "THREE" }];
        object[] values = [new { pid = "uscc", v = new[] { uscc } }, new { pid = "category", v = 26 }, new { pid = "number", v = new { id = "TWO-2026", name = "x" } }];
        var told = await Ask(app, new
        {
            q0 = new { query = "two-2026" },
            q1 = new { query = "晴柚家居（演示）有限公司", type = "certificate", type_strict = "should" },
            q2 = new { query = "青屿云帆电器（演示）有限公司" },
            q3 = new { query = "TWO-2026", properties = other },
            q4 = new { query = "青屿云帆电器（演示）有限公司", properties = number },
            q5 = new { query = (string)three["id"]! },
            q6 = new { query = "云帆" },
            q7 = new { query = "nothing like it" },
            q8 = new { query = "", properties = values },
            q9 = new { query = "青屿云帆电器（演示）有限公司", limit = 1 },
            q10 = new { query = "TWO-2026", properties = number },
            q11 = new { query = "two-2026", properties = (object[])[new { pid = "number", v = " TWO-2026" }] },
        });
        (string?, bool) Best(string key) => told[key]!["result"]!.AsArray() is [var best, ..] ? ((string)best!["id"]!, (bool)best["match"]!) : (null, false);
        Assert.Equal(((string)two["id"]!, true), Best("q0"));
        Assert.Equal(((string)one["id"]!, true), Best("q1")); // that it is revoked makes it no other
        Assert.False(Best("q2").Item2); // two fit
        Assert.Equal(2, told["q2"]!["result"]!.AsArray().Count);
        Assert.Equal(((string)two["id"]!, false), Best("q3")); // the number is of another holder
        Assert.Equal(((string)three["id"]!, true), Best("q4"));
        Assert.Equal(((string)three["id"]!, true), Best("q5"));
        Assert.Equal((2, false), (told["q6"]!["result"]!.AsArray().Count, Best("q6").Item2));
        Assert.Empty(told["q7"]!["result"]!.AsArray());
        Assert.Equal(((string)two["id"]!, true), Best("q8"));
        Assert.Single(told["q9"]!["result"]!.AsArray());
        Assert.Equal(((string)three["id"]!, false), Best("q10")); // the cell says another number
        Assert.Equal(((string)two["id"]!, true), Best("q11"));
        foreach (var candidate in told.AsObject().SelectMany(query => query.Value!["result"]!.AsArray()))
        {
            Assert.Equal("certificate", (string)candidate!["type"]![0]!["id"]!);
            Assert.InRange((double)candidate["score"]!, 1, 100);
            Assert.NotEmpty((string)candidate["name"]!);
        }
        // The same by GET.
        var got = await Get(app, "/reconcile?queries=" + Uri.EscapeDataString("""{"q0":{"query":"two-2026"}}"""));
        Assert.Equal(told["q0"]!.ToJsonString(), got["q0"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{", "malformed-json")]
    [InlineData("""{"q0":{"quer":"x"}}""", "unknown-field")]
    [InlineData("""{"q0":{"query":"x","limit":21}}""", "out-of-range")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"colour","v":"red"}]}}""", "unknown-word")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"category","v":"99"}]}}""", "unknown-category")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"level","v":{"name":"five-star"}}]}}""", "wrong-type")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"level","v":true}]}}""", "wrong-type")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"level","v":["five-star","three-star"]}]}}""", "wrong-type")]
    [InlineData("""{"q0":{"query":"x","properties":[{"pid":"name","v":"x"},{"pid":"name","v":"y"}]}}""", "column-twice")]
    [InlineData("""{"q0":{"query":"x","properties":[null]}}""", "required")]
    [InlineData("""{"q0":{"query":"x","type":"elephant"}}""", "unknown-word")]
    [InlineData("""{"q0":{"query":"x","type":["certificate",7]}}""", "unknown-word")]
    [InlineData("many", "too-many")]
    public async Task What_is_no_query_is_named(string queries, string code)
    {
        using var app = new RegistryApp();
        if (queries == "many") queries = JsonSerializer.Serialize(Enumerable.Range(0, 51).ToDictionary(i => "q" + i, _ => new { query = "x" }));
        using var answer = await app.Client.PostAsync("/reconcile", new FormUrlEncodedContent([new("queries", queries)]));
        Assert.InRange((int)answer.StatusCode, 400, 422);
        Assert.Contains($"\"{code}\"", await answer.Content.ReadAsStringAsync());
    }
}
