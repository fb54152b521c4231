using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Http;
using Registry.Verification;

namespace Registry.Tests.Http;

public sealed class JsonFaultsTests
{
    /// <summary>Body, what is wrong with it. C# spells what JSON may hold although no text can: halves of characters.</summary>
    [Theory]
    [InlineData("""{ "rows": [ { "number": 1 }, { "nmber": "1" }, null, 7, { "on": "2026-02-30" }, { "name": ["x"] } ] }""", "/rows/0/number wrong-type, /rows/1/nmber unknown-field, /rows/3 wrong-type, /rows/4/on wrong-type, /rows/5/name wrong-type")]
    [InlineData("""{ "on": "tomorrow", "rows": {} }""", "/on wrong-type, /rows wrong-type")]
    [InlineData("""{ "rows": [ { "\"]['\"": 1, "a.b[0]": 1, "a/b~": 1, "'": 1, "": 1 } ] }""", "/rows/0/\"]['\" unknown-field, /rows/0/a.b[0] unknown-field, /rows/0/a~1b~0 unknown-field, /rows/0/' unknown-field, /rows/0/ unknown-field")]
    [InlineData("""{ "rows": [ { "name": "\uD83D" } ] }""", "/rows/0/name bad-text")]
    [InlineData("""{ "rows": [ { "name": "\uDE00\uD83D" } ], "\uD800": 1 }""", "/rows/0/name bad-text,  bad-text")]
    [InlineData("""{ "rows": [ { "name": "\uD83D\uDE00", "\uDC00": { "\uDC01": [] } } ] }""", "/rows/0 bad-text")]
    [InlineData("null", " required")]
    [InlineData("[]", " wrong-type")]
    [InlineData("\"\\uD800\"", " bad-text")]
    [InlineData("""{ "rows": [ { "number": 1, "number": 2 } ] }""", " malformed-json")]
    [InlineData("""{ "rows": [ { "number": 1 """, " malformed-json")]
    [InlineData("""{ "rows": [ { "number": 1 } ] } x""", " malformed-json")]
    [InlineData("", " malformed-json")]
    [InlineData("""{ "rows": [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]] }""", " malformed-json")]
    public async Task Every_fault_is_named_at_its_place_and_none_is_the_registrys(string body, string faults)
    {
        using var app = new RegistryApp(bodies: false);
        using var answer = await app.Send("POST", "/v1/verifications", body);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var found = problem["errors"] is JsonArray errors ? string.Join(", ", errors.Select(e => $"{e!["pointer"]} {e["code"]}")) : $" {problem["code"]}";
        Assert.Equal((faults, "application/problem+json"), (found, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(faults == " malformed-json" ? HttpStatusCode.BadRequest : HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    /// <summary>Bytes that are no UTF-8, in a name, in a value and alone.</summary>
    [Theory]
    [InlineData("{\"rows\":[{\"n\u00FF\":1}]}")]
    [InlineData("{\"rows\":[{\"name\":\"\u00C3\u0028\"}]}")]
    [InlineData("\u00FF\u00FE{\u0000}\u0000")]
    public async Task What_is_no_UTF_8_is_no_JSON(string latin)
    {
        using var app = new RegistryApp(bodies: false);
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(latin));
        content.Headers.ContentType = new("application/json");
        using var answer = await app.Client.PostAsync("/v1/verifications", content, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, "malformed-json"), (answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]!));
    }

    /// <summary>The same rules for what a correction takes as it comes: its members are read later.</summary>
    [Fact]
    public async Task Half_a_character_in_a_correction_is_refused()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var body in (string[])["""{ "certificate": { "scope": "\uD800" } }""", """{ "certificate": { "\uDFFF": 1 } }""", """{ "certificate": { "holder": { "name\uD800": null } } }"""])
        {
            using var answer = await app.Send("POST", $"/v1/certificates/{id}/correct", body, app.Key);
            Assert.Equal("/certificate bad-text", string.Join(", ", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsArray().Select(e => $"{e!["pointer"]} {e["code"]}")));
        }
    }

    [Fact]
    public async Task A_name_that_is_there_twice_is_refused_however_deep()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var body in (string[])["""{ "certificate": { "scope": "a", "scope": "b" } }""", """{ "certificate": { "holder": { "name": "a", "name": "b" } } }""", """{ "certificate": { "sites": [ { "a": 1, "a": 2 } ] } }"""])
        {
            using var answer = await app.Send("POST", $"/v1/certificates/{id}/correct", body, app.Key);
            Assert.Equal((HttpStatusCode.BadRequest, "malformed-json"), (answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!));
        }
    }

    [Fact]
    public async Task A_list_that_is_too_long_is_one_fault_however_wrong_its_rows_are()
    {
        using var app = new RegistryApp(bodies: false);
        foreach (var row in (string[])["{\"number\":\"1\"}", "{\"number\":1}", "7"])
        {
            using var answer = await app.Send("POST", "/v1/verifications", $"{{\"rows\":[{string.Join(',', Enumerable.Repeat(row, Verifier.MaxRows + 1))}]}}");
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Equal("/rows too-many-rows", string.Join(", ", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsArray().Select(e => $"{e!["pointer"]} {e["code"]}")));
        }
    }

    /// <summary>Work by its trace in memory, which does not depend on the machine: the collection that began anew with each fault allocated 300 times the body.</summary>
    [Fact]
    public void Finding_faults_costs_as_much_as_reading_them_once_and_ends_with_the_hundredth()
    {
        var good = string.Concat(Enumerable.Repeat($$"""{"number":"{{new string('x', 900)}}"},""", 890));
        var body = Encoding.UTF8.GetBytes($$"""{"rows":[{{good}}{{string.Join(',', Enumerable.Repeat("""{"number":1}""", 110))}}]}""");
        FaultException Refused() => Assert.Throws<FaultException>(() => Json.Parse<VerificationRequest>(body, TestContext.Current.CancellationToken));
        Assert.Equal(100, Refused().Faults.Count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * body.Length);
    }

    [Fact]
    public void Nobody_looks_on_for_a_client_that_has_gone() => Assert.Throws<OperationCanceledException>(() =>
        Json.Parse<VerificationRequest>("""{"rows":[{"number":1},{"number":1}]}"""u8, new CancellationToken(canceled: true)));
}
