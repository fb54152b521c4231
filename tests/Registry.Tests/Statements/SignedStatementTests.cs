using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Statements;

/// <summary>Statements that bodies sign: what is taken, what is shown, and every way to be refused.</summary>
public sealed class SignedStatementTests : IDisposable
{
    private const string Body = RegistryApp.Body;
    private readonly RegistryApp app = new();
    private readonly BodySigner key = BodySigner.Es256();

    public SignedStatementTests() => Assert.Equal((201, "-"), Send("/v1/keys", key.Registration(Body, app.Log.Key.Name, app.Clock.Now), app.Key).Result);

    public void Dispose() => app.Dispose();

    private Issue Issue(string number = "SIGNED-1") => new() { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = Samples.Content with { Number = number } };

    private Revoke Revoke(JsonNode receipt) => new() { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = (string)receipt["id"]!, Prev = (string)receipt["leafHash"]!, EffectiveOn = Day.Of(app.Clock.Now) };

    private async Task<(int, string)> Send(string path, byte[] compact, string? apiKey = null)
    {
        var answer = await Post(path, compact, apiKey);
        return (answer.Status, (string?)answer.Json["code"] ?? "-");
    }

    private async Task<(int Status, JsonNode Json)> Post(string path, byte[] compact, string? apiKey = null, string type = "application/jose")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(compact) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (apiKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        using var answer = await app.Client.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static JsonObject Draft(string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        return draft;
    }

    private Task<(int, string)> State(Statement statement, BodySigner? by = null) => Send("/v1/statements", (by ?? key).Sign(statement));

    [Fact]
    public async Task What_a_body_signs_is_the_leaf_byte_for_byte_and_is_shown_as_signed_by_the_body()
    {
        var compact = key.Sign(Issue());
        var (status, receipt) = await Post("/v1/statements", compact);
        Assert.Equal(201, status);
        Assert.Equal(compact, await app.Client.GetByteArrayAsync($"/v1/statements/{receipt["logIndex"]}"));
        Assert.Equal(Base64Url.EncodeToString(MerkleTree.LeafHash(compact)), (string)receipt["leafHash"]!);
        Assert.Equal(Identifier.Of(compact), (string)receipt["id"]!);
        Assert.Equal("body", (string)(await app.GetJson($"/v1/certificates/{receipt["id"]}"))["signedBy"]!);
        Assert.Contains("由认证机构签名", await Page((string)receipt["id"]!));

        var recorded = await app.Issue("RECORDED-1");
        Assert.Equal("registry", (string)recorded["signedBy"]!);
        var page = await Page((string)recorded["id"]!);
        Assert.Contains("代认证机构登记", page);
        Assert.DoesNotContain("由认证机构签名", page);

        // The newest statement decides; the history shows each.
        Assert.Equal((201, "-"), await State(Revoke(receipt)));
        (await app.Send("POST", $"/v1/certificates/{recorded["id"]}/suspend", new { }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("revoked", (string)(await app.GetJson($"/v1/certificates/{receipt["id"]}"))["status"]!);
        Assert.Equal(["body", "body"], (await app.GetJson($"/v1/certificates/{receipt["id"]}/history")).AsArray().Select(item => (string)item!["signedBy"]!));
    }

    private async Task<string> Page(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/c/{id}");
        request.Headers.Accept.ParseAdd("text/html");
        return await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    [Theory, InlineData("ES256"), InlineData("Ed25519"), InlineData("EdDSA")]
    public async Task Every_act_can_be_signed_with_either_kind_of_key(string algorithm)
    {
        var signer = algorithm == "ES256" ? BodySigner.Es256() : BodySigner.Ed25519(algorithm);
        Assert.Equal((201, "-"), await State(signer.Register(Body, app.Log.Key.Name, app.Clock.Now) with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now }));
        var receipt = (await Post("/v1/statements", signer.Sign(Issue()))).Json;
        var id = (string)receipt["id"]!;
        var prev = (string)receipt["leafHash"]!;
        async Task Act(Func<Amendment> act)
        {
            var (status, answer) = await Post("/v1/statements", signer.Sign(act() with { Prev = prev }));
            Assert.Equal(201, status);
            prev = (string)answer["leafHash"]!;
        }
        var today = Day.Of(app.Clock.Now);
        var (aud, now) = (app.Log.Key.Name, app.Clock.Now);
        await Act(() => new Correct { Body = Body, Aud = aud, StatedAt = now, Certificate = id, EffectiveOn = today, Content = Samples.Content with { Number = "SIGNED-1", Scope = "别的范围（演示）" } });
        await Act(() => new Suspend { Body = Body, Aud = aud, StatedAt = now, Certificate = id, EffectiveOn = today, Reason = Reason.Misuse });
        await Act(() => new Restore { Body = Body, Aud = aud, StatedAt = now, Certificate = id, EffectiveOn = today });
        var mark = (await Post("/v1/statements", signer.Sign(new IssueMark { Body = Body, Aud = aud, StatedAt = now, Certificate = id, Placement = Placement.Packaging, Text = "电水壶" }))).Json;
        Assert.Equal((201, "-"), await State(new WithdrawMark { Body = Body, Aud = aud, StatedAt = now, Mark = (string)mark["id"]! }, signer));
        await Act(() => new Cancel { Body = Body, Aud = aud, StatedAt = now, Certificate = id, EffectiveOn = today });
        Assert.Equal("cancelled", (string)(await app.GetJson($"/v1/certificates/{id}"))["status"]!);
    }

    [Fact]
    public async Task Replays_and_stale_statements_are_refused()
    {
        var issue = key.Sign(Issue());
        var receipt = (await Post("/v1/statements", issue)).Json;
        Assert.Equal((409, "replayed"), await Send("/v1/statements", issue));
        Assert.Equal((409, "replayed"), await State(Issue())); // another signature on the same words
        var revoke = Revoke(receipt);
        Assert.Equal((409, "stale-prev"), await State(revoke with { Prev = null }));
        Assert.Equal((409, "stale-prev"), await State(revoke with { Prev = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }));
        var suspend = new Suspend { Body = Body, Aud = revoke.Aud, StatedAt = revoke.StatedAt, Certificate = revoke.Certificate, Prev = revoke.Prev, EffectiveOn = revoke.EffectiveOn };
        Assert.Equal((201, "-"), await State(suspend));
        Assert.Equal((409, "stale-prev"), await State(revoke)); // it has been suspended since
        Assert.Equal((409, "replayed"), await State(suspend));
        var mark = new IssueMark { Body = Body, Aud = revoke.Aud, StatedAt = revoke.StatedAt, Certificate = (string)(await Post("/v1/statements", key.Sign(Issue("SIGNED-2")))).Json["id"]!, Placement = Placement.Premises, Text = "门店" };
        Assert.Equal((201, "-"), await State(mark));
        Assert.Equal((409, "replayed"), await State(mark));
        Assert.Equal((201, "-"), await State(mark with { Nonce = "2" }));
        var newest = await app.GetJson($"/v1/certificates/{receipt["id"]}/history");
        Assert.Equal((201, "-"), await State(revoke with { Prev = (string)newest[1]!["leafHash"]! }));
    }

    [Fact]
    public async Task Time_audience_and_authority_are_checked()
    {
        Assert.Equal((422, "stated-ahead"), await State(Issue() with { StatedAt = app.Clock.Now.AddSeconds(61) }));
        Assert.Equal((422, "stated-long-ago"), await State(Issue() with { StatedAt = app.Clock.Now.AddSeconds(-301) }));
        Assert.Equal((422, "wrong-audience"), await State(Issue() with { Aud = "other.example/log" }));
        Assert.Equal((422, "wrong-audience"), await State(Issue() with { Aud = null }));
        Assert.Equal((403, "not-yours"), await State(Issue() with { Body = RegistryApp.OtherBody }));
        Assert.Equal((403, "not-yours"), await State(Issue() with { OnBehalf = true }));
        Assert.Equal((403, "not-yours"), await State(new Admit { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Name = "甲" }));
        var other = (string)(await (await app.Send("POST", "/v1/certificates", Draft("OTHER-1"), app.OtherKey)).Content.ReadAsStringAsync() is var text ? JsonNode.Parse(text)!["id"] : null)!;
        Assert.Equal((404, "unknown-certificate"), await State(new Revoke { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = other, EffectiveOn = Day.Of(app.Clock.Now) }));
        // The rules of the lifecycle hold for signed statements too.
        var receipt = (await Post("/v1/statements", key.Sign(Issue()))).Json;
        Assert.Equal((409, "not-suspended"), await State(new Restore { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = (string)receipt["id"]!, Prev = (string)receipt["leafHash"]!, EffectiveOn = Day.Of(app.Clock.Now) }));
        Assert.Equal((422, "effect-in-future"), (await Post("/v1/statements", key.Sign(Revoke(receipt) with { EffectiveOn = Day.Of(app.Clock.Now).AddDays(1) })) is var refused ? (refused.Status, (string)refused.Json["errors"]![0]!["code"]!) : default));
        Assert.Equal(5, app.Database.Read(EntryLog.Size)); // two bodies, the key, another's certificate, this one
    }

    [Fact]
    public async Task Algorithms_headers_and_keys_are_checked_before_anything_is_read()
    {
        var payload = Encoding.UTF8.GetString(Issue().ToJson());
        byte[] With(Action<JsonObject> header) => key.Sign(payload, header);
        Assert.Equal((400, "algorithm-none"), await Send("/v1/statements", With(h => h["alg"] = "none")));
        Assert.Equal((400, "algorithm-none"), await Send("/v1/statements", With(h => h["alg"] = "NoNe")));
        foreach (var algorithm in (string[])["HS256", "RS256", "ES384", "es256"]) Assert.Equal((400, "unsupported-algorithm"), await Send("/v1/statements", With(h => h["alg"] = algorithm)));
        Assert.Equal((401, "wrong-algorithm"), await Send("/v1/statements", With(h => h["alg"] = "Ed25519")));
        foreach (var member in (string[])["jku", "jwk", "x5u", "crit", "b64"]) Assert.Equal((400, "unsupported-header"), await Send("/v1/statements", With(h => h[member] = "x")));
        Assert.Equal((400, "unsupported-header"), await Send("/v1/statements", With(h => h["typ"] = "JWT")));
        Assert.Equal((400, "unsupported-header"), await Send("/v1/statements", With(h => h.Remove("kid"))));
        Assert.Equal((401, "unknown-key"), await Send("/v1/statements", With(h => h["kid"] = "x")));
        Assert.Equal((401, "unknown-key"), await State(Issue(), BodySigner.Ed25519()));
        Assert.Equal((401, "bad-signature"), await Send("/v1/statements", BodySigner.Es256().Sign(payload, h => h["kid"] = key.Jwk.Thumbprint)));
        Assert.Equal((401, "unknown-key"), await Send("/v1/statements", await app.Client.GetByteArrayAsync("/v1/statements/0"))); // the registry's own entry
        foreach (var junk in (string[])["", ".", "..", "a.b", "a.b.c.d", "eyJ9.e30.", "{}"]) Assert.Equal(400, (await Send("/v1/statements", Encoding.ASCII.GetBytes(junk))).Item1);
        foreach (var no in (string[])["{}", "[]", "null", "\"x\"", """{"act":"praise","body":"X","statedAt":"2026-06-15T04:00:00.000Z"}""", payload.Replace("\"aud\"", "\"more\""), "not json"])
            Assert.Equal((422, "not-a-statement"), await Send("/v1/statements", key.Sign(no)));
        Assert.Equal((415, "unsupported-media-type"), (await Post("/v1/statements", key.Sign(payload), type: "application/json") is var wrong ? (wrong.Status, (string)wrong.Json["code"]!) : default));
        Assert.Equal(413, (await Send("/v1/statements", new byte[70_000])).Item1);
        Assert.Equal(3, app.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_signed_certificate_must_read_as_the_registry_keeps_it()
    {
        Issue Content(Func<CertificateContent, CertificateContent> change) => Issue() with { Certificate = change(Samples.Content with { Number = "SIGNED-1" }) };
        async Task Refused(string code, string pointer, Statement statement)
        {
            var (status, answer) = await Post("/v1/statements", key.Sign(statement));
            Assert.Equal((422, code, pointer), (status, (string)answer["errors"]![0]!["code"]!, (string)answer["errors"]![0]!["pointer"]!));
        }
        await Refused("not-canonical", "/certificate/scope", Content(c => c with { Scope = "  售后  " }));
        await Refused("not-canonical", "/certificate/holder", Content(c => c with { Holder = c.Holder with { Region = "山东省青岛市" } }));
        await Refused("bad-uscc", "/certificate/holder/uscc", Content(c => c with { Holder = c.Holder with { Uscc = "91370200MA3TEST011" } }));
        await Refused("unknown-level", "/certificate/level", Content(c => c with { Level = "six-star" }));
        await Refused("term-too-long", "/certificate/expiresOn", Content(c => c with { ExpiresOn = c.IssuedOn.AddYears(9) }));
        await Refused("too-long", "/certificate/scope", Content(c => c with { Scope = new string('长', 3000) }));
        Assert.Equal(3, app.Database.Read(EntryLog.Size));
    }

    /// <summary>Junk from strangers never reaches the one writer.</summary>
    [Fact]
    public async Task What_no_body_signed_is_refused_while_the_writer_is_busy()
    {
        using var release = new ManualResetEventSlim();
        var held = app.Database.WriteAsync(_ => release.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal((401, "unknown-key"), await State(Issue(), BodySigner.Ed25519()).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.False(held.IsCompleted);
        release.Set();
        Assert.True(await held);
    }

    [Fact]
    public async Task A_body_signs_a_serialised_mark_and_hands_over_its_seed()
    {
        var id = (string)(await Post("/v1/statements", key.Sign(Issue()))).Json["id"]!;
        var seed = Registry.Marks.ItemCode.NewSeed();
        var mark = new IssueMark { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = id, Placement = Placement.Packaging, Text = "电水壶", Items = 100, SeedHash = Registry.Marks.ItemCode.HashOf(seed) };
        Assert.Equal((422, "invalid-request"), await State(mark with { SeedHash = null }));
        var code = (string)(await Post("/v1/statements", key.Sign(mark))).Json["id"]!;
        Assert.Equal(200, (int)(await app.Send("PUT", $"/v1/marks/{code}/seed", new { seed = Convert.ToHexString(seed) }, app.Key)).StatusCode);
        var item = Registry.Marks.ItemCode.Of(code, 7, seed);
        Assert.Equal(code, (string)(await app.GetJson($"/v1/marks/{item}"))["code"]!);
    }

    /// <summary>An instant without a zone would be another one to each reader, and the log could not be mended; of all other spellings only one is kept.</summary>
    [Theory]
    [InlineData("2026-06-15T04:00:00.000")]
    [InlineData("2026-06-15T12:00:00.000")]
    [InlineData("2026-06-15T04:00:00")]
    [InlineData("2026-06-15T04:00:00Z")]
    [InlineData("2026-06-15T04:00:00.0000001Z")]
    [InlineData("2026-06-15T04:00:00.0000000Z")]
    [InlineData("2026-06-15T04:00:00.000+00:00")]
    [InlineData("2026-06-15T12:00:00.000+08:00")]
    [InlineData("2026-06-15")]
    [InlineData(null)]
    public async Task An_instant_is_stated_in_one_spelling_only(string? spelt)
    {
        string Respelt(Statement statement) => Encoding.UTF8.GetString(statement.ToJson()).Replace("\"statedAt\":\"2026-06-15T04:00:00.000Z\",", spelt is null ? "" : $"\"statedAt\":\"{spelt}\",");
        Assert.Equal((422, "bad-stated-at"), await Send("/v1/statements", key.Sign(Respelt(Issue()))));
        var other = BodySigner.Ed25519();
        Assert.Equal((422, "bad-stated-at"), await Send("/v1/keys", other.Sign(Respelt(new RegisterKey { Body = Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Key = other.Jwk })), app.Key));
    }

    /// <summary>A registration that somebody kept must not bring a key back later.</summary>
    [Theory]
    [InlineData(61, "stated-ahead")]
    [InlineData(-301, "stated-long-ago")]
    public async Task A_registration_is_as_old_as_a_statement_may_be(int seconds, string code) =>
        Assert.Equal((422, code), await Send("/v1/keys", BodySigner.Ed25519().Registration(Body, app.Log.Key.Name, app.Clock.Now.AddSeconds(seconds)), app.Key));

    /// <summary>Such instants stand in logs made before. Whoever reads them, wherever, reads UTC.</summary>
    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/St_Johns")]
    [InlineData("Pacific/Apia")]
    public async Task An_older_log_reads_the_same_in_every_time_zone(string zone)
    {
        var leaf = key.Sign(Encoding.UTF8.GetString(Issue().ToJson()).Replace("2026-06-15T04:00:00.000Z", "2026-06-15T20:00:00"));
        var recorded = await app.Database.WriteAsync(transaction => SignedStatements.Replay(transaction, leaf, app.Log.Key));
        var history = await app.GetJson($"/v1/certificates/{recorded.Id}/history");
        Assert.Equal("2026-06-15T20:00:00.000Z", (string)history[0]!["recordedAt"]!);
        var (code, output, error) = Served.Run(Path.GetDirectoryName(app.DataFile)!, ["verify", "--log", app.DataFile, "--key", app.Log.Key.ToString()], ("TZ", zone));
        Assert.True(code == 0, output + error);
    }

    [Fact]
    public async Task Keys_are_registered_rotated_and_withdrawn_in_the_log()
    {
        var log = app.Log.Key.Name;
        // Only who holds the key registers it, only for the body whose API key it is, once.
        var stranger = BodySigner.Ed25519();
        Assert.Equal((401, "key-required"), await Send("/v1/keys", stranger.Registration(Body, log, app.Clock.Now)));
        Assert.Equal((403, "not-yours"), await Send("/v1/keys", stranger.Registration(RegistryApp.OtherBody, log, app.Clock.Now), app.Key));
        Assert.Equal((422, "wrong-audience"), await Send("/v1/keys", stranger.Registration(Body, "other.example/log", app.Clock.Now), app.Key));
        Assert.Equal((422, "bad-proof"), await Send("/v1/keys", key.Sign(new RegisterKey { Body = Body, Aud = log, StatedAt = app.Clock.Now, Key = stranger.Jwk }), app.Key));
        Assert.Equal((422, "bad-key"), await Send("/v1/keys", key.Sign(new RegisterKey { Body = Body, Aud = log, StatedAt = app.Clock.Now, Key = key.Jwk with { X = key.Jwk.Y! } }), app.Key));
        Assert.Equal((409, "key-known"), await Send("/v1/keys", key.Registration(RegistryApp.OtherBody, log, app.Clock.Now), app.OtherKey));

        // Rotation: the old key signs the registration of the new one, then the new one withdraws the old.
        var next = BodySigner.Ed25519();
        Assert.Equal((422, "bad-proof"), await State(new RegisterKey { Body = Body, Aud = log, StatedAt = app.Clock.Now, Key = next.Jwk }));
        Assert.Equal((201, "-"), await State(next.Register(Body, log, app.Clock.Now) with { Aud = log, StatedAt = app.Clock.Now }));
        Assert.Equal((201, "-"), await State(new WithdrawKey { Body = Body, Aud = log, StatedAt = app.Clock.Now, Kid = key.Jwk.Thumbprint }, next));
        Assert.Equal((401, "key-withdrawn"), await State(Issue()));
        Assert.Equal((201, "-"), await State(Issue(), next));
        Assert.Equal((409, "key-known"), await Send("/v1/keys", key.Registration(Body, log, app.Clock.Now), app.Key));
        var keys = (await app.GetJson("/v1/keys"))["keys"]!.AsArray();
        Assert.Equal([null, Body, Body], keys.Select(k => (string?)k!["body"]));
        Assert.Equal((2L, 4L), ((long)keys[1]!["registeredAt"]!, (long)keys[1]!["withdrawnAt"]!));

        // The API key can withdraw the last one.
        using var answer = await app.Send("DELETE", $"/v1/keys/{next.Jwk.Thumbprint}", key: app.Key);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal((401, "key-withdrawn"), await State(Issue("SIGNED-9"), next));
        Assert.Equal(404, (int)(await app.Send("DELETE", $"/v1/keys/{next.Jwk.Thumbprint}", key: app.OtherKey)).StatusCode);
        Assert.Equal(["admit", "admit", "register-key", "register-key", "withdraw-key", "issue", "withdraw-key"],
            app.Database.Read(db => EntryLog.Range(db, 0, 100)).Select(entry => (string)JsonNode.Parse(Jws.PayloadOf(entry.Leaf))!["act"]!));
    }
}
