using System.Text.Json.Nodes;

namespace Registry.Tests.Verification;

public sealed class VerificationTests
{
    [Fact]
    public async Task Every_row_has_its_verdict_in_the_order_asked()
    {
        using var app = new RegistryApp();
        var first = await app.Issue("N-1");
        var id = (string)first["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-05-01" }, app.Key)).EnsureSuccessStatusCode();
        var second = await app.Issue("N-2", d => (d["level"], d["score"]) = ("three-star", 80));
        (await app.Send("POST", $"/v1/certificates/{second["id"]}/correct", """{"effectiveOn":"2026-06-01","certificate":{"level":"four-star"}}""", app.Key)).EnsureSuccessStatusCode();
        var shared = RegistryApp.Draft("N-1");
        shared["holder"]!.AsObject().Remove("uscc");
        shared["holder"]!["name"] = "另一持有者（演示）";
        (await app.Send("POST", "/v1/certificates", shared, app.OtherKey)).EnsureSuccessStatusCode();
        using var marked = await app.Send("POST", $"/v1/certificates/{second["id"]}/marks", new { placement = "premises", text = "店" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;

        using var answer = await app.Send("POST", "/v1/verifications", new
        {
            on = "2026-05-10",
            rows = new object[]
            {
                new { number = "n-1" }, new { number = "n-1", name = "另一持有者(演示)" }, new { number = "n-1", body = RegistryApp.Body }, new { number = "N-2" }, new { number = "N-2", on = "2026-06-02", name = "别人" },
                new { code = mark.ToLowerInvariant() }, new { code = "0000000000001" }, new { uscc = ((string)first["holder"]!["uscc"]!).Substring(8, 9) }, new { name = "没有的" }, new { number = "N-2", on = "2020-01-01" },
            },
        });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var rows = JsonNode.Parse(text)!["rows"]!.AsArray();
        Assert.Equal("ambiguous valid revoked valid valid valid mistyped valid not-in-registry not-yet-valid", string.Join(' ', rows.Select(r => (string)r!["result"]!)));
        Assert.Equal(("three-star", "four-star"), ((string)rows[3]!["certificate"]!["level"]!["code"]!, (string)rows[4]!["certificate"]!["level"]!["code"]!));
        Assert.Equal((true, false), ((bool)rows[1]!["nameMatches"]!, (bool)rows[4]!["nameMatches"]!));
        Assert.Equal(id, (string)rows[7]!["others"]![0]!);
        Assert.Contains("Not in this registry, which covers 3 certificates of 2 certification bodies as of 2026-06-15 12:00", (string)rows[8]!["message"]!);
    }

    [Fact]
    public async Task Too_many_rows_and_wrong_ones_are_refused()
    {
        using var app = new RegistryApp();
        using var many = await app.Send("POST", "/v1/verifications", new { rows = Enumerable.Repeat(new { number = "x" }, 1001) });
        Assert.Equal(422, (int)many.StatusCode);
        using var wrong = await app.Send("POST", "/v1/verifications", """{"on":"1900-01-01","rows":[{},{"number":"x","on":"2026-13-01"},null]}""");
        Assert.Contains("/rows/1/on", await wrong.Content.ReadAsStringAsync());
        using var full = await app.Send("POST", "/v1/verifications", new { rows = Enumerable.Repeat(new { number = "x" }, 1000) });
        Assert.Equal(200, (int)full.StatusCode);
    }
}
