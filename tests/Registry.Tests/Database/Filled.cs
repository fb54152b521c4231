using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>
/// A registry with something in every table and a statement of every kind, made through its own doors: what a version leaves behind for
/// those that follow it (kept/README.md).
/// </summary>
internal sealed class Filled(RegistryApp app)
{
    private const string Body = RegistryApp.Body, OtherBody = RegistryApp.OtherBody;

    /// <summary>Entries of the log: more than the 256 from which on the tree has rows of its own.</summary>
    public const int Entries = 300;

    /// <summary>Files of a version that is kept.</summary>
    public const string Database = "registry.db.gz", LogKey = "registry.key", ApiKey = "api-key", Answers = "answers.ndjson", Applied = "applied.txt";

    private string Log => app.Log.Key.Name;

    public async Task Fill()
    {
        await Issues();
        await Acts();
        await Marks();
        await BodiesKeys();
        await ApiKeysOfAllKinds();
        await app.Grow(Entries);
        await app.Services.GetRequiredService<ScanCounter>().Flush();
    }

    /// <summary>Closes the registry and writes what a test of a later version needs.</summary>
    public async Task Keep(string folder)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, Answers), await app.Client.GetStringAsync("/v1/certificates?format=ndjson"));
        await File.WriteAllTextAsync(Path.Combine(folder, ApiKey), app.Key);
        await File.WriteAllLinesAsync(Path.Combine(folder, Applied), Migrations.All.Select(Line));
        File.Copy(app.KeyFile, Path.Combine(folder, LogKey), overwrite: true);
        var copy = Engine.Copy(app.Database.Location, folder);
        await using (var from = File.OpenRead(copy.Address))
        await using (var to = new GZipStream(File.Create(Path.Combine(folder, Database)), CompressionLevel.SmallestSize))
            await from.CopyToAsync(to);
        Engine.Drop(copy);
    }

    /// <summary>As <c>sha256sum</c> writes it.</summary>
    public static string Line(Migration file) => $"{file.Hash}  {file.Name}";

    private async Task Issues()
    {
        await app.Issue("KEPT-1");
        await app.Issue("KEPT〔2025〕-2/甲", draft =>
        {
            draft["holder"]!["nameEn"] = "Qingyu Yunfan Appliances (demo) Co., Ltd.";
            draft["sites"] = new JsonArray("虚构路 2 号", "虚构路 3 号；东楼");
            draft["firstIssuedOn"] = "2022-03-01";
            draft["surveyedOn"] = "2026-03-02";
        });
        await app.Issue("ＫＥＰＴ-3", draft =>
        {
            draft["holder"] = new JsonObject { ["name"] = "Kept Foreign Holder (fictional) Ltd" };
            (draft["level"], draft["score"]) = ("qualified", 79.99);
        });
        await app.Issue("KEPT-4", draft =>
        {
            (draft["category"], draft["standard"]) = (1, "GB/T 19001-2016");
            draft.Remove("level");
            draft.Remove("score");
        });
        foreach (var number in (string[])["KEPT-CORRECTED", "KEPT-SUSPENDED", "KEPT-RESTORED", "KEPT-REVOKED", "KEPT-CANCELLED", "KEPT-REPLACED"]) await app.Issue(number);
        await app.Issue("KEPT-EXPIRED", draft => (draft["issuedOn"], draft["expiresOn"]) = ("2022-03-01", "2025-02-28"));
        await app.Issue("KEPT-AHEAD", draft => (draft["issuedOn"], draft["expiresOn"]) = ("2026-09-01", "2029-08-31"));
        var csv = "证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期,证书到期日期,证书状态,状态日期\n"
            + "KEPT-ROW-1,泊岸百货（虚构）有限公司,26,百货零售,四星级,2024-01-01,2026-12-31,有效,\nKEPT-ROW-2,泊岸百货（虚构）有限公司,26,百货零售,四星级,2024-01-01,2026-12-31,暂停,2026-02-01\n";
        await app.Import(Encoding.UTF8.GetBytes(csv));
        using var repeated = await app.Send("POST", "/v1/certificates", Plain("KEPT-REPEATED"), app.Key, idempotencyKey: "kept");
        repeated.EnsureSuccessStatusCode();
    }

    private static JsonObject Plain(string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        return draft;
    }

    private async Task Acts()
    {
        await Act("KEPT-CORRECTED", "correct", new { effectiveOn = "2026-01-10", certificate = new { holder = new { name = "改名之后（虚构）有限公司" }, level = "four-star" } });
        await Act("KEPT-CORRECTED", "correct", new { certificate = new { scope = "家用电器的销售" } });
        await Act("KEPT-SUSPENDED", "suspend", new { effectiveOn = "2026-04-01", until = "2026-06-30", reason = "surveillance-refused" });
        await Act("KEPT-RESTORED", "suspend", new { effectiveOn = "2026-02-01", reason = "nonconformity" });
        await Act("KEPT-RESTORED", "restore", new { effectiveOn = "2026-03-01" });
        await Act("KEPT-REVOKED", "revoke", new { effectiveOn = "2026-05-01", reason = "misuse" });
        await Act("KEPT-CANCELLED", "cancel", new { });
        var replaced = await IdOf("KEPT-REPLACED");
        await app.Issue("KEPT-SUCCESSOR", draft => (draft["issuedOn"], draft["expiresOn"], draft["replaces"]) = ("2026-06-01", "2029-05-31", replaced));
        await Act("KEPT-REPLACED", "cancel", new { effectiveOn = "2026-06-01", reason = "replaced" });
    }

    private async Task Act(string number, string act, object request) =>
        (await app.Send("POST", $"/v1/certificates/{await IdOf(number)}/{act}", request, app.Key)).EnsureSuccessStatusCode();

    private async Task<string> IdOf(string number) => (string)(await app.GetJson($"/v1/certificates?number={Uri.EscapeDataString(number)}"))["items"]![0]!["id"]!;

    private async Task Marks()
    {
        var shown = await Mark(new { placement = "premises", text = "虚构路 1 号门店" });
        var product = await Mark(new { placement = "packaging", text = "云帆洗衣机（演示）", gtin = "4006381333931", run = "2026-06 A" });
        var document = await Mark(new { placement = "documents", text = "投标文件", gdti = "4719512002889KEPT" });
        var series = await Mark(new { placement = "packaging", text = "云帆冰箱（演示）", items = 40 });
        var items = (await Sent("GET", $"/v1/marks/{series}/items.csv")).Split('\n').Skip(1).Select(line => line.Split(',').ElementAtOrDefault(1)).ToArray();
        foreach (var code in (string?[])[shown, product, items[3], items[3]]) await Opened($"/m/{code}");
        await Sent("DELETE", $"/v1/marks/{document}?by=holder");
        await Sent("DELETE", $"/v1/marks/{series}?from=10&to=20");
        using var report = new FormUrlEncodedContent([new("code", product), new("kind", "does-not-match"), new("place", "某店"), new("text", "贴在别的牌子上")]);
        (await app.Client.PostAsync("/report", report)).EnsureSuccessStatusCode();
    }

    private async Task<string> Mark(object draft) => (string)JsonNode.Parse(await Sent("POST", $"/v1/certificates/{await IdOf("KEPT-1")}/marks", draft))!["code"]!;

    private async Task<string> Sent(string method, string path, object? body = null)
    {
        using var answer = await app.Send(method, path, body, app.Key);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private async Task Opened(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        (await app.Client.SendAsync(request)).EnsureSuccessStatusCode();
    }

    /// <summary>The first body rotates its key and signs; the registry sets one for the second, which then lets its own signature alone count.</summary>
    private async Task BodiesKeys()
    {
        var (first, next, other) = (BodySigner.Es256(), BodySigner.Ed25519(), BodySigner.Ed25519());
        await Post("/v1/keys", first.Registration(Body, Log, app.Clock.Now), app.Key);
        var issued = await Post("/v1/statements", first.Sign(new Issue { Body = Body, Aud = Log, StatedAt = app.Clock.Now, Certificate = Samples.Content with { Number = "KEPT-SIGNED" } }));
        await Post("/v1/statements", first.Sign(next.Register(Body, Log, app.Clock.Now) with { Aud = Log, StatedAt = app.Clock.Now }));
        await Post("/v1/statements", next.Sign(new WithdrawKey { Body = Body, Aud = Log, StatedAt = app.Clock.Now, Kid = first.Jwk.Thumbprint }));
        var suspend = new Suspend { Body = Body, Aud = Log, StatedAt = app.Clock.Now, Certificate = (string)issued["id"]!, Prev = (string)issued["leafHash"]!, EffectiveOn = Day.Of(app.Clock.Now) };
        await Post("/v1/statements", next.Sign(suspend));
        await app.Database.WriteAsync(t => Publisher.RegisterKey(t, other.Register(OtherBody, Log, app.Clock.Now) with { OnBehalf = false }));
        await Post("/v1/statements", other.Sign(new Issue { Body = OtherBody, Aud = Log, StatedAt = app.Clock.Now, Certificate = Samples.Content with { Number = "KEPT-SET-KEY" } }));
        await Post("/v1/statements", other.Sign(new OwnSignatureOnly { Body = OtherBody, Aud = Log, StatedAt = app.Clock.Now }));
        var lost = new Checkpoint(Log, 100_000, new byte[MerkleTree.HashSize]).Sign(app.Log.Signer!).ToString();
        await app.Database.WriteAsync(t => Publisher.AcceptLoss(t, new() { Body = "", Lost = lost, OnBehalf = false }));
    }

    private async Task<JsonNode> Post(string path, byte[] compact, string? apiKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(compact) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose");
        if (apiKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        using var answer = await app.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private Task<bool> ApiKeysOfAllKinds() => app.Database.WriteAsync(transaction =>
    {
        ApiKeys.Create(transaction, Body, "expired", transaction.Now.AddDays(-1));
        return ApiKeys.Revoke(transaction, ApiKeys.Create(transaction, Body, "revoked", transaction.Now.AddYears(1)).Id);
    });
}
