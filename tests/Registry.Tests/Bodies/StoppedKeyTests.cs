using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.BodiesTests;

/// <summary>A key that is revoked, has expired or may no longer do a thing stops with its next request, whatever that is.</summary>
public sealed class StoppedKeyTests : IDisposable
{
    private const string Body = RegistryApp.Body;
    private readonly RegistryApp app = new();

    public void Dispose() => app.Dispose();

    /// <summary>Everything that takes an API key, on a certificate and a mark of the body.</summary>
    private static (string Method, string Path, string? Content, string Type)[] Uses(string id, string mark) =>
    [
        ("POST", "/v1/certificates", Plain("STOP-2"), "application/json"), ("POST", $"/v1/certificates/{id}/correct", "{\"certificate\":{\"scope\":\"别的\"}}", "application/json"),
        ("POST", $"/v1/certificates/{id}/suspend", "{}", "application/json"), ("POST", $"/v1/certificates/{id}/restore", "{}", "application/json"),
        ("POST", $"/v1/certificates/{id}/cancel", "{}", "application/json"), ("POST", $"/v1/certificates/{id}/revoke", "{}", "application/json"),
        ("POST", $"/v1/certificates/{id}/marks", "{\"placement\":\"packaging\",\"text\":\"洗衣机\"}", "application/json"), ("DELETE", $"/v1/marks/{mark}", null, ""),
        ("GET", $"/v1/marks/{mark}/items.csv", null, ""), ("GET", $"/v1/marks/{mark}/labels.pdf?layout=code", null, ""), ("GET", "/v1/reports", null, ""),
        ("POST", "/v1/imports", Plain("STOP-3"), "application/x-ndjson"), ("DELETE", "/v1/keys/none", null, ""),
    ];

    private static string Plain(string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        return draft.ToJsonString();
    }

    private async Task<(string Id, string Mark)> Prepared()
    {
        var id = (string)(await app.Issue("STOP-1"))["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机", items = 2 }, app.Key);
        return (id, (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!);
    }

    private async Task<(int Status, string Text)> Send(string method, string path, string? content, string type, string key)
    {
        using var request = new HttpRequestMessage(new(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (content is not null) request.Content = new StringContent(content, Encoding.UTF8, type);
        using var answer = await app.Client.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task AllRefused(string key, (string Id, string Mark) of, int status, string code)
    {
        var size = app.Database.Read(EntryLog.Size);
        foreach (var (method, path, content, type) in Uses(of.Id, of.Mark))
        {
            var (answered, text) = await Send(method, path, content, type, key);
            Assert.True(answered == status && text.Contains($"\"{code}\""), $"{method} {path}: {answered} {text}");
        }
        Assert.Equal(size, app.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task An_API_key_that_was_revoked_stops_at_once()
    {
        var of = await Prepared();
        Assert.Equal(200, (await Send("GET", "/v1/reports", null, "", app.Key)).Status);
        await app.Database.WriteAsync(t => ApiKeys.Revoke(t, ApiKeys.List(t.Connection, Body)[0].Id));
        await AllRefused(app.Key, of, 401, "key-rejected");
        Assert.Equal(200, (await Send("GET", "/v1/reports", null, "", app.OtherKey)).Status);
    }

    /// <summary>Between two batches: what was recorded before is answered, and the last line says why no more was.</summary>
    [Fact]
    public async Task An_API_key_that_is_revoked_stops_an_import_under_way()
    {
        const int Rows = 4_000;
        var lines = string.Join('\n', Enumerable.Range(0, Rows).Select(i => Plain($"STOP-{i}")));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
        using var answer = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // The answer waits until it is read: with it the import.
        await app.Database.WriteAsync(t => ApiKeys.Revoke(t, ApiKeys.List(t.Connection, Body)[0].Id));
        var told = (await answer.Content.ReadAsStringAsync()).TrimEnd().Split('\n');
        var last = JsonNode.Parse(told[^1])!;
        Assert.Equal("key-rejected", (string?)last["problem"]?["code"]);
        var recorded = (int)last["summary"]!["recorded"]!;
        Assert.Equal((recorded, true), (told.Length - 1, recorded < Rows));
        Assert.Equal(recorded, app.Database.Read(EntryLog.Size) - 2);
    }

    [Fact]
    public async Task An_API_key_stops_at_the_instant_it_expires()
    {
        var of = await Prepared();
        var expires = app.Clock.Now.AddDays(30);
        var key = (await app.Database.WriteAsync(t => ApiKeys.Create(t, Body, "short", expires))).Key;
        app.Clock.Now = expires.AddMilliseconds(-1);
        Assert.Equal(200, (await Send("GET", "/v1/reports", null, "", key)).Status);
        app.Clock.Now = expires;
        await AllRefused(key, of, 401, "key-rejected");
    }

    /// <summary>From "only my own signature counts" on an API key records nothing more; what it may read it may still read.</summary>
    [Fact]
    public async Task An_API_key_is_limited_as_soon_as_its_body_says_so()
    {
        var (id, mark) = await Prepared();
        var key = BodySigner.Ed25519();
        Assert.Equal(201, (await Sign("/v1/keys", key.Registration(Body, app.Log.Key.Name, app.Clock.Now))).Status);
        Assert.Equal(201, (await State(key, new OwnSignatureOnly { Body = Body })).Status);
        var size = app.Database.Read(EntryLog.Size);
        foreach (var (method, path, content, type) in Uses(id, mark).Where(use => use.Method != "GET" && !use.Path.Contains("/keys")))
        {
            var (status, text) = await Send(method, path, content, type, app.Key);
            // What is decided before (there is nothing to restore) may speak first; nothing is recorded in any case.
            Assert.True(path.EndsWith("/restore") ? status == 409 : text.Contains("\"own-signature-only\""), $"{method} {path}: {status} {text}");
        }
        Assert.Equal(size, app.Database.Read(EntryLog.Size));
        Assert.Equal(200, (await Send("GET", "/v1/reports", null, "", app.Key)).Status);
    }

    /// <summary>What was signed before a withdrawal and arrives after it comes too late, and so does a key that was never to sign this.</summary>
    [Fact]
    public async Task A_signing_key_that_was_withdrawn_stops_at_once()
    {
        var (first, next, other) = (BodySigner.Es256(), BodySigner.Ed25519(), BodySigner.Ed25519());
        Assert.Equal(201, (await Sign("/v1/keys", first.Registration(Body, app.Log.Key.Name, app.Clock.Now))).Status);
        await app.Database.WriteAsync(t => Publisher.RegisterKey(t, other.Register(RegistryApp.OtherBody, app.Log.Key.Name, app.Clock.Now) with { OnBehalf = false }));
        Assert.Equal(201, (await State(first, Issue("SIGNED-1"))).Status);
        Assert.Equal(201, (await State(first, next.Register(Body, app.Log.Key.Name, app.Clock.Now))).Status);
        var before = first.Sign(Issue("SIGNED-2") with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now });
        Assert.Equal(201, (await State(next, new WithdrawKey { Body = Body, Kid = first.Jwk.Thumbprint })).Status);
        foreach (var (compact, status, code) in ((byte[], int, string)[])
            [(before, 401, "key-withdrawn"), (first.Sign(Issue("SIGNED-3") with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now }), 401, "key-withdrawn"), (other.Sign(Issue("SIGNED-4") with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now }), 403, "not-yours")])
        {
            var (answered, text) = await Sign("/v1/statements", compact);
            Assert.True(answered == status && text.Contains($"\"{code}\""), $"{answered} {text}");
        }
        Assert.Equal(201, (await State(next, Issue("SIGNED-5"))).Status);
    }

    private static Issue Issue(string number) => new() { Body = Body, Certificate = Samples.Content with { Number = number } };

    private Task<(int Status, string Text)> State(BodySigner by, Statement statement) => Sign("/v1/statements", by.Sign(statement with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now }));

    private Task<(int Status, string Text)> Sign(string path, byte[] compact) => Send("POST", path, Encoding.ASCII.GetString(compact), "application/jose", app.Key);
}
