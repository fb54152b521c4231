using System.Net;
using System.Text.Json.Nodes;

namespace Registry.Tests.Certificates;

public sealed class ActsTests
{
    [Fact]
    public async Task A_revocation_is_true_for_the_next_read_and_keeps_both_times()
    {
        using var app = new RegistryApp();
        var issued = await app.Issue();
        var id = (string)issued["id"]!;
        Assert.Equal("valid", (string)issued["status"]!);
        Assert.Equal("五星级", (string)issued["level"]!["name"]!);
        Assert.Null(issued["score"]);

        using var revoked = await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-05-01", reason = "misuse" }, app.Key);
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        var now = await app.GetJson($"/v1/certificates/{id.ToLowerInvariant()}");
        Assert.Equal(("revoked", "03"), ((string)now["status"]!, (string)now["statusCode"]!));
        Assert.Equal("2026-05-01", (string)now["ended"]!["on"]!);
        Assert.Equal("2026-06-15T04:00:00.000Z", (string)now["ended"]!["recordedAt"]!);
        Assert.Equal("valid", (string)(await app.GetJson($"/v1/certificates/{id}?on=2026-04-30"))["status"]!);
        Assert.Equal(2, (await app.GetJson($"/v1/certificates/{id}/history")).AsArray().Count);
    }

    /// <summary>Both acts end it, and neither is called by the other's name.</summary>
    [Theory]
    [InlineData("revoke", "revoked")]
    [InlineData("cancel", "cancelled")]
    public async Task What_was_ended_says_how(string act, string how)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var ended = await app.Send("POST", $"/v1/certificates/{id}/{act}", new { effectiveOn = "2026-05-01", reason = "holder-request" }, app.Key);
        var text = await ended.Content.ReadAsStringAsync();
        Assert.Equal($$"""{"as":"{{how}}","on":"2026-05-01","recordedAt":"2026-06-15T04:00:00.000Z","reason":"holder-request"}""", JsonNode.Parse(text)!["ended"]!.ToJsonString());
        Assert.DoesNotContain("revocation", text);
    }

    [Fact]
    public async Task What_the_registry_said_then_is_told_by_the_instant_of_recording()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        app.Clock.Now = app.Clock.Now.AddDays(10);
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-06-16" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("revoked", (string)(await app.GetJson($"/v1/certificates/{id}?on=2026-06-20"))["status"]!);
        Assert.Equal("valid", (string)(await app.GetJson($"/v1/certificates/{id}?on=2026-06-20&knownAt=2026-06-20T00:00:00Z"))["status"]!);
        using var before = await app.Send("GET", $"/v1/certificates/{id}?knownAt=2026-01-01T00:00:00Z");
        Assert.Equal(HttpStatusCode.NotFound, before.StatusCode);
    }

    [Theory]
    [InlineData("2026-06-15T04:00:00Z", true)]
    [InlineData("2026-06-15T12:00:00%2B08:00", true)]
    [InlineData("2026-06-15T12:00:00+08:00", true)] // the plus is a space in an address
    [InlineData("2026-06-15T04:00Z", true)]
    [InlineData("2026-06-15T04:00:00", false)]
    [InlineData("2026-06-15", false)]
    [InlineData("1781496000", false)]
    [InlineData("2026-06-15T04:00:00 UTC", false)]
    [InlineData("2026-02-30T04:00:00Z", false)]
    public async Task An_instant_that_is_asked_for_has_an_offset(string instant, bool taken)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var (path, key) in ((string, string?)[])[($"/v1/certificates/{id}?knownAt={instant}", null), ($"/v1/reports?before={instant}", app.Key)])
        {
            using var answer = await app.Send("GET", path, key: key);
            Assert.Equal(taken ? HttpStatusCode.OK : HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            if (!taken) Assert.Contains("\"bad-instant\"", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task The_same_statement_twice_is_answered_with_the_first_result_and_another_under_its_number_is_refused()
    {
        using var app = new RegistryApp();
        var draft = RegistryApp.Draft();
        draft["holder"]!.AsObject().Remove("uscc");
        using var first = await app.Send("POST", "/v1/certificates", draft, app.Key);
        using var second = await app.Send("POST", "/v1/certificates", draft, app.Key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        draft["number"] = "００114e22766R2L /3502";
        draft["scope"] = "其他";
        using var other = await app.Send("POST", "/v1/certificates", draft, app.Key);
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        using var elsewhere = await app.Send("POST", "/v1/certificates", draft, app.OtherKey);
        Assert.Equal(HttpStatusCode.Created, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_at_once_in_the_language_asked_for()
    {
        using var app = new RegistryApp();
        const string wrong = """{"number":7,"holdr":{},"category":26,"level":"four-star","score":79.99,"issuedOn":"2026-02-30","expiresOn":"2020-01-01","sites":["",5]}""";
        using var types = await app.Send("POST", "/v1/certificates", wrong, app.Key, "zh-CN");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, types.StatusCode);
        Assert.Equal("application/problem+json", types.Content.Headers.ContentType!.MediaType);
        var errors = JsonNode.Parse(await types.Content.ReadAsStringAsync())!["errors"]!.AsArray();
        Assert.Equal(["/holdr unknown-field", "/issuedOn wrong-type", "/number wrong-type", "/sites/1 wrong-type"], errors.Select(e => $"{e!["pointer"]} {e["code"]}").Order());
        Assert.Contains("没有这个字段", errors.Select(e => (string)e!["detail"]!).First(d => d.Contains("字段")));

        var draft = RegistryApp.Draft();
        (draft["number"], draft["level"], draft["score"], draft["expiresOn"], draft["scope"]) = ("", "four-star", 79.99, "2020-01-01", null);
        using var fields = await app.Send("POST", "/v1/certificates", draft, app.Key);
        errors = JsonNode.Parse(await fields.Content.ReadAsStringAsync())!["errors"]!.AsArray();
        Assert.Equal(["/expiresOn", "/holder/uscc", "/number", "/scope", "/score"], errors.Select(e => (string)e!["pointer"]!).Order());
    }

    [Fact]
    public async Task Only_a_good_key_acts_and_only_on_its_own_certificates()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var log = app.Database.Read(Registry.Transparency.EntryLog.Size);
        foreach (var (key, status) in ((string?, int)[])[(null, 401), ("reg_0000", 401), (app.OtherKey, 404)])
        {
            using var answer = await app.Send("POST", $"/v1/certificates/{id}/revoke", new { }, key);
            Assert.Equal(status, (int)answer.StatusCode);
        }
        Assert.Equal(log, app.Database.Read(Registry.Transparency.EntryLog.Size));
    }

    [Fact]
    public async Task An_idempotency_key_repeats_the_first_answer_and_serves_no_other_request()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var first = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-09-01" }, app.Key, idempotencyKey: "k1");
        (await app.Send("POST", $"/v1/certificates/{id}/restore", new { }, app.Key)).EnsureSuccessStatusCode();
        using var again = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-09-01" }, app.Key, idempotencyKey: "k1");
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal("valid", (string)(await app.GetJson($"/v1/certificates/{id}"))["status"]!);
        using var other = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-10-01" }, app.Key, idempotencyKey: "k1");
        Assert.Equal(HttpStatusCode.UnprocessableContent, other.StatusCode);
        // Quoted, as the header is defined, it is the same key.
        using var quoted = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-09-01" }, app.Key, idempotencyKey: "\"k1\"");
        Assert.Equal(await first.Content.ReadAsStringAsync(), await quoted.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_correction_changes_what_is_given_from_its_day()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var corrected = await app.Send("POST", $"/v1/certificates/{id}/correct", """{"effectiveOn":"2026-06-01","certificate":{"level":"four-star","holder":{"nameEn":"Cloudsail","address":null}}}""", app.Key);
        Assert.Equal(HttpStatusCode.OK, corrected.StatusCode);
        var now = await app.GetJson($"/v1/certificates/{id}");
        Assert.Equal(("four-star", "Cloudsail", null), ((string)now["level"]!["code"]!, (string)now["holder"]!["nameEn"]!, (string?)now["holder"]!["address"]));
        Assert.Equal("five-star", (string)(await app.GetJson($"/v1/certificates/{id}?on=2026-05-31"))["level"]!["code"]!);
        using var number = await app.Send("POST", $"/v1/certificates/{id}/correct", """{"certificate":{"number":"X"}}""", app.Key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, number.StatusCode);
        using var misspelt = await app.Send("POST", $"/v1/certificates/{id}/correct", """{"certificate":{"scop":"X"}}""", app.Key);
        Assert.Contains("/certificate/scop", await misspelt.Content.ReadAsStringAsync());
    }
}
