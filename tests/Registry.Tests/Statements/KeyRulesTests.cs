using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Statements;

/// <summary>Who may sign for a body: a key comes in once through an API key, then through a key that stands, or by the registry's own act, which is named.</summary>
public sealed class KeyRulesTests : IDisposable
{
    private const string Body = RegistryApp.Body;
    private readonly RegistryApp app = new();
    private readonly BodySigner key = BodySigner.Es256(), next = BodySigner.Ed25519(), thief = BodySigner.Ed25519();

    public void Dispose() => app.Dispose();

    private string Log => app.Log.Key.Name;

    private async Task<(int Status, string Code)> Post(string path, byte[] compact, string? apiKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(compact) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose");
        if (apiKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        using var answer = await app.Client.SendAsync(request);
        return ((int)answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"] ?? "-");
    }

    private Task<(int, string)> Register(BodySigner signer, string? apiKey = null) => Post("/v1/keys", signer.Registration(Body, Log, app.Clock.Now), apiKey ?? app.Key);

    private Task<(int, string)> State(Statement statement, BodySigner by) => Post("/v1/statements", by.Sign(statement with { Aud = Log, StatedAt = app.Clock.Now }));

    private Task<(int, string)> Rotate(BodySigner to, BodySigner by) => State(to.Register(Body, Log, app.Clock.Now), by);

    private Issue Issue(string number) => new() { Body = Body, Certificate = Samples.Content with { Number = number } };

    private Recorded SetByRegistry(BodySigner signer) => app.Database.WriteAsync(t => Publisher.RegisterKey(t, signer.Register(Body, Log, app.Clock.Now) with { OnBehalf = false })).Result;

    private async Task<string> IdOf(string number) => (await app.GetJson($"/v1/certificates?number={number}"))["items"]![0]!["id"]!.GetValue<string>();

    private async Task<string> Page(string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.AcceptLanguage.ParseAdd(language);
        return await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    private static (int Code, string Output) Run(RegistryApp app, params string[] arguments) =>
        Tool.Try("dotnet", [typeof(Program).Assembly.Location, .. arguments, $"--Registry:DataFile={app.DataFile}"], null, Path.GetDirectoryName(app.DataFile));

    [Fact]
    public async Task An_API_key_registers_a_bodys_first_key_and_no_other()
    {
        Assert.Equal((201, "-"), await Register(key));
        Assert.Equal((403, "key-must-sign"), await Register(thief));
        Assert.Equal((401, "unknown-key"), await State(Issue("THIEF-1"), thief));
        // The standing key signs for the next one, and so does that one.
        Assert.Equal((201, "-"), await Rotate(next, key));
        Assert.Equal((401, "unknown-key"), await Rotate(thief, thief));
        // Nor after every key was withdrawn with it: that would be the same in two steps.
        foreach (var signer in (BodySigner[])[key, next]) Assert.Equal(200, (int)(await app.Send("DELETE", $"/v1/keys/{signer.Jwk.Thumbprint}", key: app.Key)).StatusCode);
        Assert.Equal((403, "key-must-sign"), await Register(thief));
        // Another body is not touched; the same registration again is answered as before.
        Assert.Equal((201, "-"), await Post("/v1/keys", thief.Registration(RegistryApp.OtherBody, Log, app.Clock.Now), app.OtherKey));
        Assert.Equal((201, "-"), await Post("/v1/keys", thief.Registration(RegistryApp.OtherBody, Log, app.Clock.Now), app.OtherKey));
    }

    [Fact]
    public async Task What_the_registry_set_is_named_on_every_page_and_so_is_what_such_a_key_registered()
    {
        Assert.Equal((201, "-"), await Register(key));
        Assert.Equal((201, "-"), await State(Issue("OWN-1"), key));
        Assert.True(SetByRegistry(next).New);
        var heir = BodySigner.Es256();
        Assert.Equal((201, "-"), await Rotate(heir, next));
        Assert.Equal((201, "-"), await State(Issue("SET-1"), next));
        Assert.Equal((201, "-"), await State(Issue("HEIR-1"), heir));
        foreach (var (number, signedBy, zh, en) in ((string, string, string, string)[])
            [("OWN-1", "body", "由认证机构签名", "signed by the body"), ("SET-1", "set-key", "由登记机构设置", "key set by the registry"), ("HEIR-1", "set-key", "由登记机构设置", "key set by the registry")])
        {
            var id = await IdOf(number);
            Assert.Equal(signedBy, (string)(await app.GetJson($"/v1/certificates/{id}"))["signedBy"]!);
            Assert.Equal(signedBy, (string)(await app.GetJson($"/v1/certificates/{id}/history"))[0]!["signedBy"]!);
            Assert.Equal(signedBy, (string)(await app.GetJson($"/v1/certificates/{id}/proof"))["statements"]![0]!["signedBy"]!);
            foreach (var path in (string[])[$"/c/{id}", $"/log?id={id}"])
            {
                var (chinese, english) = (await Page(path, "zh"), await Page(path, "en"));
                Assert.Contains(zh, chinese);
                Assert.Contains(en, english);
                if (signedBy == "body") Assert.DoesNotContain("由登记机构设置", chinese);
                else Assert.DoesNotContain("由认证机构签名", chinese);
            }
        }
        // A later act of the body's own key is the body's again; the history keeps both.
        var set = await IdOf("SET-1");
        var prev = (string)(await app.GetJson($"/v1/certificates/{set}/history"))[0]!["leafHash"]!;
        Assert.Equal((201, "-"), await State(new Suspend { Body = Body, Certificate = set, Prev = prev, EffectiveOn = Day.Of(app.Clock.Now) }, key));
        Assert.Equal("body", (string)(await app.GetJson($"/v1/certificates/{set}"))["signedBy"]!);
        Assert.Equal(["set-key", "body"], (await app.GetJson($"/v1/certificates/{set}/history")).AsArray().Select(item => (string)item!["signedBy"]!));
        Assert.Equal([null, "api-key", "registry", "body-key"], (await app.GetJson("/v1/keys"))["keys"]!.AsArray().Select(one => (string?)one!["registeredBy"]));
        Assert.Equal([null, false, true, true], (await app.GetJson("/v1/keys"))["keys"]!.AsArray().Select(one => (bool?)one!["setByRegistry"]));
        await SameAfterRebuild();
    }

    private async Task SameAfterRebuild()
    {
        string Dump() => app.Database.Read(db => string.Join('\n', ((string, string)[])[("body", "seq"), ("body_key", "kid"), ("certificate", "seq")] is var tables ? tables.SelectMany(table => Database.Rows(db, table.Item1, table.Item2)) : []));
        var before = Dump();
        await app.Rebuild();
        Assert.Equal(before, Dump());
        Assert.Empty(await Findings());
    }

    private async Task<IReadOnlyList<string>> Findings()
    {
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        return audit.Findings;
    }

    [Fact]
    public async Task Once_a_body_says_so_nothing_is_recorded_on_its_behalf()
    {
        Assert.Equal((201, "-"), await Register(key));
        var recorded = (string)(await app.Issue("BEFORE-1"))["id"]!;
        var mark = (string)JsonNode.Parse(await (await app.Send("POST", $"/v1/certificates/{recorded}/marks", new { placement = "packaging", text = "电水壶" }, app.Key)).Content.ReadAsStringAsync())!["code"]!;
        var only = new OwnSignatureOnly { Body = Body };
        Assert.Equal((403, "not-yours"), await State(only with { Body = RegistryApp.OtherBody }, key));
        Assert.Equal((401, "unknown-key"), await State(only, thief));
        Assert.Equal((201, "-"), await State(only, key));
        Assert.Equal((409, "replayed"), await State(only, key));

        var draft = RegistryApp.Draft("AFTER-1");
        draft["holder"]!.AsObject().Remove("uscc");
        foreach (var (method, path, body) in ((string, string, object?)[])
            [("POST", "/v1/certificates", draft), ("POST", $"/v1/certificates/{recorded}/revoke", new { }), ("POST", $"/v1/certificates/{recorded}/correct", new { certificate = new { scope = "别的" } }),
             ("POST", $"/v1/certificates/{recorded}/marks", new { placement = "packaging", text = "冰箱" }), ("DELETE", $"/v1/marks/{mark}", null), ("DELETE", $"/v1/keys/{key.Jwk.Thumbprint}", null)])
        {
            using var answer = await app.Send(method, path, body, app.Key);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode == 403 && text.Contains("own-signature-only"), $"{method} {path} {text}");
        }
        using (var import = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = new StringContent(draft.ToJsonString() + "\n", Encoding.UTF8, "application/x-ndjson") })
        {
            import.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
            Assert.Contains("own-signature-only", await (await app.Client.SendAsync(import)).Content.ReadAsStringAsync());
        }
        // Its own signature goes on, other bodies are not touched, and the registry may still help with a lost key, by name.
        Assert.Equal((201, "-"), await State(Issue("AFTER-2"), key));
        Assert.Equal(201, (int)(await app.Send("POST", "/v1/certificates", draft, app.OtherKey)).StatusCode);
        Assert.True(SetByRegistry(next).New);
        Assert.Contains("own signature alone counts", Run(app, "bodies", "list").Output);
        await SameAfterRebuild();
    }

    /// <summary>Whoever holds the log's key can sign anything; every replay refuses it.</summary>
    [Fact]
    public async Task Replays_refuse_what_breaks_the_rules()
    {
        Assert.Equal((201, "-"), await Register(key));
        Assert.Equal((201, "-"), await State(new OwnSignatureOnly { Body = Body }, key));
        var other = BodySigner.Ed25519();
        Assert.Equal((201, "-"), await Post("/v1/keys", other.Registration(RegistryApp.OtherBody, Log, app.Clock.Now), app.OtherKey));
        var now = app.Clock.Now;
        foreach (var (code, forged) in ((string, Statement)[])
        [
            ("own-signature-only", Issue("X") with { OnBehalf = true }),
            ("own-signature-only", new WithdrawKey { Body = Body, Kid = key.Jwk.Thumbprint, OnBehalf = true }),
            ("key-must-sign", thief.Register(RegistryApp.OtherBody, Log, now) with { OnBehalf = true }),
            ("key-must-sign", thief.Register(RegistryApp.OtherBody, Log, now) with { OnBehalf = true, Via = "0123456789ab", Rules = 2 }),
            ("not-yours", thief.Register(RegistryApp.OtherBody, Log, now) with { OnBehalf = false, Via = "0123456789ab" }),
            ("not-yours", thief.Register(RegistryApp.OtherBody, Log, now) with { OnBehalf = true, Rules = 1 }),
            ("not-yours", Issue("X") with { OnBehalf = false }), // the registry's own acts are about bodies and keys alone
            ("not-yours", new OwnSignatureOnly { Body = RegistryApp.OtherBody, OnBehalf = true }),
            ("not-yours", new OwnSignatureOnly { Body = RegistryApp.OtherBody, OnBehalf = false }),
            ("not-yours", new Admit { Body = "CNCA-R-2099-903", Name = "丙", OnBehalf = false, Rules = 3 }),
        ])
        {
            var leaf = Jws.Sign(app.Log.Signer!, (forged with { StatedAt = now }).ToJson());
            var refused = await Assert.ThrowsAsync<FaultException>(() => app.Database.WriteAsync(t => SignedStatements.Replay(t, leaf, app.Log.Key)));
            Assert.Equal((code, forged.ToString()), (refused.Faults[0].Refusal.Code, forged.ToString()));
        }
        var signed = other.Sign(thief.Register(RegistryApp.OtherBody, Log, now) with { Aud = Log, StatedAt = now, Rules = 2 });
        Assert.Equal((403, "not-yours"), await Post("/v1/statements", signed));
    }

    /// <summary>An older registry let an API key register a further key. Its log shows that it stated no rules until then: it is replayed as it was made,
    /// and is under the rules from the first entry on that states them.</summary>
    [Fact]
    public async Task An_older_log_is_replayed_by_what_it_says()
    {
        using var old = new RegistryApp(bodies: false);
        var (signer, log, now) = (old.Log.Signer!, old.Log.Key, old.Clock.Now);
        Statement[] before =
        [
            new Admit { Body = Body, Name = "示例认证（虚构）有限公司", OnBehalf = false },
            key.Register(Body, log.Name, now) with { OnBehalf = true },
            next.Register(Body, log.Name, now) with { OnBehalf = true }, // while the first stood
        ];
        foreach (var statement in before) await Replay(statement);
        Assert.Null(old.Database.Read(KeyStore.UnderRulesFrom));
        // This program registers no further one, although the log would take it.
        var refused = await Assert.ThrowsAsync<FaultException>(() => old.Database.WriteAsync(t => Publisher.RegisterKey(t, thief.Register(Body, log.Name, now))));
        Assert.Equal("key-must-sign", refused.Faults[0].Refusal.Code);
        await old.Database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.OtherBody, Name = "另一认证中心（虚构）" }));
        Assert.Equal(3, old.Database.Read(KeyStore.UnderRulesFrom));
        refused = await Assert.ThrowsAsync<FaultException>(() => Replay(thief.Register(Body, log.Name, now) with { OnBehalf = true }));
        Assert.Equal("key-must-sign", refused.Faults[0].Refusal.Code);
        var audit = new Audit(old.Log, [], (_, _) => { });
        await audit.Stored(old.Database.Location);
        Assert.Empty(audit.Findings);
        Assert.Equal(3, audit.UnderRulesFrom);
        Assert.Contains("older logs do not name", Run(old, "bodies", "list").Output);
        Assert.Matches(@"keys +under the rules of today from entry 3 on", Run(old, "verify").Output);

        Task<Recorded> Replay(Statement statement) => old.Database.WriteAsync(t => SignedStatements.Replay(t, Jws.Sign(signer, (statement with { StatedAt = now }).ToJson()), log));
    }

    [Fact]
    public async Task Revoking_an_API_key_names_what_came_in_through_it_and_withdraws_it_on_demand()
    {
        app.Clock.Now = DateTimeOffset.UtcNow; // as the command's
        var apiKey = app.Database.Read(db => ApiKeys.List(db, Body))[0].Id;
        Assert.Equal((201, "-"), await Register(key));
        Assert.Equal((201, "-"), await Rotate(next, key)); // came in through the first, and so through the API key
        Assert.True(SetByRegistry(thief).New);
        var (code, list) = Run(app, "bodies", "list");
        Assert.Equal(0, code);
        foreach (var line in (string[])[$"signs {key.Jwk.Thumbprint}  registered with API key {apiKey}, entry 2", $"signs {next.Jwk.Thumbprint}  registered by {key.Jwk.Thumbprint}, entry 3", $"signs {thief.Jwk.Thumbprint}  set by the registry, entry 4"])
            Assert.Contains(line, list);

        var said = Run(app, "bodies", "key", Body, "--revoke", apiKey).Output;
        foreach (var kid in (string[])[key.Jwk.Thumbprint, next.Jwk.Thumbprint]) Assert.Contains($"{kid} came in through it: it still signs", said);
        Assert.DoesNotContain(thief.Jwk.Thumbprint, said);
        Assert.Equal((401, "key-rejected"), await Register(key));
        Assert.Equal((201, "-"), await State(Issue("STILL-1"), next));
        said = Run(app, "bodies", "key", Body, "--revoke", apiKey, "--withdraw-keys").Output;
        Assert.Contains($"{next.Jwk.Thumbprint} came in through it: withdrawn", said);
        Assert.Equal((401, "key-withdrawn"), await State(Issue("STILL-2"), next));
        Assert.Equal((201, "-"), await State(Issue("STILL-3"), thief));
        Assert.Contains("There is no key", Run(app, "bodies", "key", RegistryApp.OtherBody, "--revoke", apiKey).Output);
        Assert.Empty(await Findings());
    }

    [Fact]
    public async Task The_command_sets_a_key_that_has_signed_its_own_registration()
    {
        app.Clock.Now = DateTimeOffset.UtcNow; // as the command's
        var file = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "registration.jws");
        foreach (var (content, said) in ((byte[], string)[])
        [
            (thief.Registration(RegistryApp.OtherBody, Log, app.Clock.Now), "may not state this"),
            (thief.Registration(Body, "other.example/log", app.Clock.Now), "audience"),
            (key.Sign(new RegisterKey { Body = Body, Aud = Log, StatedAt = app.Clock.Now, Key = thief.Jwk }), "signed by the new key itself"),
            ("junk"u8.ToArray(), "compact JWS"),
        ])
        {
            await File.WriteAllBytesAsync(file, content);
            var (code, output) = Run(app, "bodies", "register-key", Body, file);
            Assert.True(code == 1 && output.Contains(said), output);
        }
        await File.WriteAllBytesAsync(file, [.. key.Registration(Body, Log, app.Clock.Now), (byte)'\n']);
        Assert.Contains("key set by the registry", Run(app, "bodies", "register-key", Body, file).Output);
        Assert.Equal((201, "-"), await State(Issue("SET-1"), key));
    }
}
