using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Registry.Certificates;
using Registry.Http;
using Registry.Tests.Certificates;

namespace Registry.Tests;

/// <summary>Every refusal has a test that provokes it.</summary>
public sealed partial class RefusalTests
{
    /// <summary>A code stands in a test between quotes, spaces or other signs, or the refusal by its name. What only looks so is not told
    /// apart, so the rows below provoke what nobody else does.</summary>
    [Fact]
    public void Every_refusal_is_named_in_a_test()
    {
        var folder = Path.Combine(ArchitectureTests.Root(), "tests", "Registry.Tests");
        var sources = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")).Select(File.ReadAllText);
        var literals = string.Join('\n', sources.SelectMany(source => Literal().Matches(source).Select(match => match.Value)));
        var named = typeof(Refusal).GetFields().Where(field => field.FieldType == typeof(Refusal)).ToDictionary(field => ((Refusal)field.GetValue(null)!).Code, field => field.Name);
        Assert.Equal(Refusal.All.Count, named.Count);
        // To make 12,000 statements for one answer takes longer than the bound is worth.
        named.Remove("too-many-statements");
        Assert.Empty(named.Where(one => !Regex.IsMatch(literals, $"""(?<![\w-]){one.Key}(?![\w-])|\bRefusal\.{one.Value}\b""")).Select(one => one.Key));
    }

    /// <summary>Texts between quotes, and refusals by their names.</summary>
    [GeneratedRegex("""\"(?:[^"\\\n]|\\.)*\"|\bRefusal\.\w+""")]
    private static partial Regex Literal();

    private sealed record Row(string Method, string Path, int Status, string Code, object? Body = null, bool WithKey = true, string Type = "application/json");

    [Fact]
    public async Task What_is_refused_says_its_code()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var mark = (string)JsonNode.Parse(await (await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机", items = 3 }, app.Key)).Content.ReadAsStringAsync())!["code"]!;
        var plain = (string)JsonNode.Parse(await (await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机" }, app.Key)).Content.ReadAsStringAsync())!["code"]!;
        var own = await BodySigned(app, id);
        foreach (var row in (Row[])
        [
            new("GET", "/nothing-here", 404, "not-found"),
            new("PUT", "/v1/certificates", 405, "method-not-allowed"),
            new("POST", "/v1/certificates", 415, "unsupported-media-type", "x", Type: "text/plain"),
            new("POST", "/v1/certificates", 400, "malformed-json", "{"),
            new("POST", "/v1/certificates", 422, "invalid-request", new { }),
            new("POST", "/v1/certificates", 413, "too-large", $"\"{new string('x', 1 << 20)}\""),
            new("POST", "/v1/certificates", 401, "key-required", new { }, WithKey: false),
            new("GET", "/v1/certificates?cursor=x", 422, "bad-cursor"),
            new("GET", "/v1/certificates?colour=red", 422, "unknown-parameter"),
            new("GET", "/v1/certificates?q=red&q=blue", 422, "given-twice"),
            new("GET", "/v1/certificates?on=tomorrow", 422, "bad-date"),
            new("GET", $"/v1/certificates/{id}?knownAt=2020-01-01T00:00:00Z", 404, "not-recorded-then"),
            new("GET", $"/v1/certificates/{id}?knownAt=2020-01-01", 422, "bad-instant"),
            new("GET", "/v1/certificates/AAAAAAAAAAAAA", 400, "mistyped"),
            new("GET", $"/v1/certificates/{Identifier.OfHash(new byte[32])}", 404, "unknown-certificate"),
            new("GET", $"/v1/marks/{Identifier.OfHash(new byte[32])}", 404, "unknown-mark"),
            new("POST", $"/v1/certificates/{id}/correct", 422, "nothing-to-correct", new { }),
            new("POST", $"/v1/certificates/{id}/suspend", 422, "until-before-effect", new { effectiveOn = "2026-05-02", until = "2026-05-01" }),
            new("POST", $"/v1/certificates/{id}/suspend", 422, "reason-not-permitted", new { reason = "replaced" }),
            new("POST", $"/v1/certificates/{id}/suspend", 422, "wrong-type", new { reason = "because" }),
            new("POST", $"/v1/certificates/{id}/suspend", 422, "unknown-field", new { because = "misuse" }),
            new("POST", $"/v1/certificates/{id}/marks", 422, "bad-gdti", new { placement = "documents", text = "标书", gdti = "4719512002888" }),
            new("POST", $"/v1/certificates/{id}/marks", 422, "bad-gtin", new { placement = "packaging", text = "洗衣机", gtin = "4006381333932" }),
            new("PUT", $"/v1/marks/{mark}/seed", 422, "bad-seed", new { seed = new string('0', 64) }),
            new("GET", $"/v1/marks/{own}/items.csv", 503, "no-seed"),
            new("GET", $"/v1/marks/{plain}/items.csv", 422, "not-serialised"),
            new("GET", $"/v1/marks/{mark}.svg", 422, "serialised"),
            new("GET", $"/v1/marks/{plain}.svg?ink=zz", 422, "bad-colour"),
            new("GET", $"/v1/marks/{plain}.png?size=2000&dpi=1200", 422, "out-of-range"),
            new("POST", "/v1/statements", 400, "malformed-jws", "no.statement", Type: "application/jose"),
            new("DELETE", "/v1/keys/no-thumbprint", 404, "no-such-key"),
            new("GET", "/v1/statements/999999", 404, "no-such-entry"),
            new("GET", "/log/evidence", 404, "no-evidence"),
            new("GET", "/log/tile/0/999", 404, "no-such-tile"),
            new("GET", "/01/4006381333932", 400, "bad-identification-key"),
            new("GET", "/01/04006381333931", 404, "unknown-identification-key"),
            new("GET", $"/253/{await Document(app, id)}?linkType=gs1:pip", 404, "unknown-link-type"),
        ])
        {
            using var request = new HttpRequestMessage(new(row.Method), row.Path);
            request.Headers.AcceptLanguage.ParseAdd("en");
            if (row.WithKey) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
            var content = row.Body as string ?? (row.Body is null ? null : System.Text.Json.JsonSerializer.Serialize(row.Body));
            if (content is not null) request.Content = new StringContent(content, Encoding.UTF8, row.Type);
            using var answer = await app.Client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == row.Status && text.Contains($"\"code\":\"{row.Code}\""), $"{row.Method} {row.Path}: {(int)answer.StatusCode} {text}, not {row.Status} {row.Code}");
        }
    }

    [Fact]
    public async Task A_key_of_idempotency_is_used_for_one_request_and_is_visible_ASCII()
    {
        using var app = new RegistryApp();
        var draft = RegistryApp.Draft("ONCE-1");
        draft["holder"]!.AsObject().Remove("uscc");
        (await app.Send("POST", "/v1/certificates", draft, app.Key, idempotencyKey: "one")).EnsureSuccessStatusCode();
        draft["number"] = "ONCE-2";
        foreach (var (key, code) in ((string, string)[])[("one", "idempotency-key-reused"), (new string('x', 300), "bad-idempotency-key")])
        {
            using var refused = await app.Send("POST", "/v1/certificates", draft, app.Key, idempotencyKey: key);
            Assert.Contains($"\"code\":\"{code}\"", await refused.Content.ReadAsStringAsync());
        }
        Assert.Single((await app.GetJson("/v1/certificates"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_list_is_pasted_or_a_file_not_both()
    {
        using var app = new RegistryApp();
        using var form = new MultipartFormDataContent { { new StringContent("X-1"), "lines" }, { new ByteArrayContent("证书编号\nX-1\n"u8.ToArray()), "file", "list.csv" } };
        using var refused = await app.Client.PostAsync("/verify", form);
        Assert.Contains(Refusal.OneList.Message.Zh, await refused.Content.ReadAsStringAsync());
    }

    /// <summary>What fails below the endpoints, as HTTP tells it.</summary>
    [Fact]
    public async Task What_cannot_be_done_now_is_told_apart()
    {
        await using var test = await DatabaseTests.TestDatabase.Create();
        var read = new DefaultHttpContext { Request = { Method = "GET" } }.Request;
        var post = new DefaultHttpContext { Request = { Method = "POST" } }.Request;
        var list = new DefaultHttpContext { Request = { Method = "POST", Path = "/v1/verifications" } }.Request;
        test.Database.LimitReads();
        var endless = Assert.ThrowsAny<Exception>(() => test.Database.Read(db => Dapper.SqlMapper.ExecuteScalar<long>(db, Engine.Endless)));
        foreach (var (error, request, code) in ((Exception, HttpRequest, string)[])
        [
            (new CannotRecordException("x", null) { IsUnknown = true }, post, "outcome-unknown"), (new CannotRecordException("x", null), post, "cannot-record-now"),
            (endless, read, "too-wide"), (new IOException("disk"), read, "cannot-check-now"), (new IOException("disk"), post, "cannot-record-now"),
            (new BadHttpRequestException("x"), post, "bad-request"), (endless, list, "cannot-check-now"),
        ])
            Assert.Equal(code, Assert.Single(Problems.FaultsOf(error, request)).Refusal.Code);
    }

    /// <summary>A serialised mark whose seed the body keeps to itself.</summary>
    private static async Task<string> BodySigned(RegistryApp app, string certificate)
    {
        var key = BodySigner.Es256();
        await app.Database.WriteAsync(t => Registry.Statements.Publisher.RegisterKey(t, key.Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now) with { OnBehalf = false }));
        var issue = new IssueMark { Body = RegistryApp.Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = certificate, Placement = Placement.Packaging, Text = "冰箱", Items = 5, SeedHash = new string('a', 64) };
        using var content = new ByteArrayContent(key.Sign(issue)) { Headers = { ContentType = new("application/jose") } };
        using var answer = await app.Client.PostAsync("/v1/statements", content);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    private static async Task<string> Document(RegistryApp app, string certificate)
    {
        const string gdti = "4719512002889";
        (await app.Send("POST", $"/v1/certificates/{certificate}/marks", new { placement = "documents", text = "标书", gdti }, app.Key)).EnsureSuccessStatusCode();
        return gdti;
    }
}
