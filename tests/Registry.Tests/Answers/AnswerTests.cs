using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Answers;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Tests.AnswerTests;

/// <summary>Answers that are kept and signed, and what checking them without the registry finds.</summary>
public sealed class AnswerTests
{
    internal static readonly string Tools = Path.Combine(ArchitectureTests.Root(), "tests", "Registry.Tests", "Answers", "tools");

    internal static async Task<(AnswerReceipt Receipt, byte[] File)> Keep(RegistryApp app, object request, string language = "en")
    {
        using var answer = await app.Send("POST", "/v1/answers", request, language: language);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        var receipt = System.Text.Json.JsonSerializer.Deserialize<AnswerReceipt>(text, Answer.Options)!;
        Assert.Equal($"/v1/answers/{receipt.Id}", answer.Headers.Location!.ToString());
        return (receipt, await app.Client.GetByteArrayAsync(answer.Headers.Location));
    }

    internal static CheckReport Check(RegistryApp app, byte[] file, WitnessPolicy? policy = null) => new Checker(app.Log.Key, policy).Check(file);

    /// <summary>Everything that was found, in one text.</summary>
    internal static string Told(CheckReport report) => $"{report.Result}: {string.Join(" | ", report.Wrong.Concat(report.Untold).Select(text => text.En))}";

    /// <summary>A file whose answer says something else, signed anew by whoever holds that key.</summary>
    internal static byte[] Forge(NoteSigner signer, byte[] file, Action<JsonObject> payload, Action<JsonObject>? around = null)
    {
        var node = JsonNode.Parse(file)!.AsObject();
        var said = JsonNode.Parse(Jws.PayloadOf(Encoding.ASCII.GetBytes((string)node["signed"]!)))!.AsObject();
        payload(said);
        node["signed"] = Encoding.ASCII.GetString(Jws.Sign(signer, Encoding.UTF8.GetBytes(said.ToJsonString(Answer.Options)), Jws.AnswerType));
        around?.Invoke(node);
        return Encoding.UTF8.GetBytes(node.ToJsonString(Answer.Options));
    }

    private static async Task<(string First, string Mark)> Several(RegistryApp app)
    {
        var first = (string)(await app.Issue("A-1"))["id"]!;
        (await app.Send("POST", $"/v1/certificates/{first}/suspend", new { effectiveOn = "2026-06-01", until = "2026-06-10" }, app.Key)).EnsureSuccessStatusCode();
        app.Clock.Now += TimeSpan.FromDays(1);
        (await app.Send("POST", $"/v1/certificates/{first}/restore", new { effectiveOn = "2026-06-05" }, app.Key)).EnsureSuccessStatusCode();
        (await app.Send("POST", $"/v1/certificates/{first}/correct", """{"effectiveOn":"2026-06-07","certificate":{"holder":{"name":"改名（演示）有限公司"}}}""", app.Key)).EnsureSuccessStatusCode();
        using var marked = await app.Send("POST", $"/v1/certificates/{first}/marks", new { placement = "premises", text = "店" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        var ended = (string)(await app.Issue("A-2"))["id"]!;
        (await app.Send("POST", $"/v1/certificates/{ended}/revoke", new { effectiveOn = "2026-06-15", reason = "misuse" }, app.Key)).EnsureSuccessStatusCode();
        var signer = BodySigner.Es256();
        await app.Database.WriteAsync(t =>
        {
            Publisher.RegisterKey(t, signer.Register(RegistryApp.OtherBody, app.Log.Key.Name, t.Now));
            return SignedStatements.Accept(t, signer.Sign(new Registry.Certificates.Issue { Body = RegistryApp.OtherBody, Aud = app.Log.Key.Name, StatedAt = t.Now, Certificate = Samples.Content with { Number = "A-3" } }));
        });
        return (first, mark);
    }

    private static readonly object[] questions = [new { number = "A-1", name = "改名（演示）有限公司" }, new { number = "A-1", on = "2026-06-03" }, new { number = "A-2" }, new { number = "A-2", on = "2026-01-01", level = "five-star" }, new { number = "A-3" }, new { number = "A-1", scope = "没有的范围" }, new { number = "NEVER-1" }];

    [Fact]
    public async Task An_answer_is_kept_signed_and_right_without_the_registry()
    {
        using var app = new RegistryApp();
        var (first, mark) = await Several(app);
        await app.Grow(300);
        app.Clock.Now += TimeSpan.FromHours(3);
        var (receipt, file) = await Keep(app, new { on = "2026-06-15", rows = (object[])[.. questions, new { code = mark }, new { code = first, on = "2026-06-16" }] });
        Assert.Equal("valid suspended revoked valid valid mismatch not-in-registry valid valid", string.Join(' ', receipt.Answer.Rows.Select(row => row.Result.Word())));
        Assert.Equal((300, "2031-06-16", app.Log.Key.Name), (receipt.Answer.Log.Size, receipt.Answer.KeptUntil.ToString("O"), receipt.Answer.Log.Origin));
        Assert.Equal($"https://reg.example/a/{receipt.Id}", receipt.Address);
        var report = Check(app, file);
        Assert.Equal("Right: ", Told(report));
        Assert.Contains(report.Facts, fact => fact.En.Contains("8 verdicts follow from their statements", StringComparison.Ordinal));
        Assert.Contains(report.Facts, fact => fact.En.Contains("180 minutes before", StringComparison.Ordinal));
        Assert.Contains(report.Remarks, remark => remark.En.StartsWith("1 rows name no certificate", StringComparison.Ordinal));
        // It is written member by member, as the serialiser would write it.
        var written = new System.Text.Json.JsonSerializerOptions(Answer.Options) { WriteIndented = true };
        Assert.Equal(Encoding.UTF8.GetString(file), System.Text.Json.JsonSerializer.Serialize(AnswerFile.Parse(file), written));
        // What was read is what is read again.
        Assert.Equal(receipt.Answer.ToJson(), Check(app, file).Answer!.ToJson());
        // Without a key that is known otherwise nothing is called right, with another all is wrong.
        Assert.StartsWith("CannotTell: The file itself names the key", Told(new Checker(null).Check(file)));
        Assert.StartsWith("Wrong: The file is of another log", Told(new Checker(NoteSigner.Create("other").VerifierKey).Check(file)));
        Assert.Equal(CheckResult.CannotTell, new Checker(app.Log.Key).Check("{}"u8).Result);

        var csv = await app.Client.GetStringAsync($"/v1/answers/{receipt.Id}.csv?lang=en");
        Assert.Contains("A-2,2026-06-15,Revoked,", csv.Replace("\"", ""));
        // A later answer: what has happened since does not touch the first.
        (await app.Send("POST", $"/v1/certificates/{first}/cancel", new { effectiveOn = "2026-06-01" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Equal(file, await app.Client.GetByteArrayAsync($"/v1/answers/{receipt.Id.ToLowerInvariant()}"));
    }

    [Fact]
    public async Task Answers_over_random_histories_are_right_and_follow_from_their_statements()
    {
        using var app = new RegistryApp();
        var numbers = await RandomHistories.Make(app, new Random(17), 12, 60);
        var random = new Random(18);
        for (var list = 0; list < 6; list++)
        {
            DateTimeOffset? known = list % 2 == 0 ? null : new TestClock().Now.AddDays(random.Next(1, 60));
            var rows = Enumerable.Range(0, 40).Select(_ => new { number = numbers[random.Next(numbers.Count)].Number, on = new DateOnly(2025, 9, 1).AddDays(random.Next(0, 700)).ToString("O") });
            var (_, file) = await Keep(app, new { knownAt = known?.ToString("O"), rows }, list == 3 ? "zh" : "en");
            Assert.Equal("Right: ", Told(Check(app, file)));
        }
    }

    /// <summary>Whoever holds the registry's key signs what its own statements do not give.</summary>
    [Fact]
    public async Task Every_lie_within_a_signed_answer_is_seen_from_its_own_statements()
    {
        using var app = new RegistryApp();
        var (_, mark) = await Several(app);
        var (_, file) = await Keep(app, new { on = "2026-06-15", rows = (object[])[.. questions, new { code = mark }] });
        (string What, Action<JsonObject> Lie)[] lies =
        [
            ("result", said => said["rows"]![2]!["result"] = "valid"),
            ("finding", said => said["rows"]![2]!["finding"] = "pass"),
            ("identifies", said => said["rows"]![5]!["compared"]![1]!["identifies"] = true),
            ("surveillance", said => said["rows"]![0]!["certificate"]!["surveillance"]!["dueOn"] = "2099-01-01"),
            ("status", said => said["rows"]![2]!["certificate"]!["status"] = "valid"),
            ("level", said => said["rows"]![0]!["certificate"]!["level"]!["stars"] = 6),
            ("holder", said => said["rows"]![4]!["certificate"]!["holder"]!["name"] = "别家（演示）有限公司"),
            ("expires", said => said["rows"]![0]!["certificate"]!["expiresOn"] = "2029-01-01"),
            ("recordedAt", said => said["rows"]![0]!["recordedAt"] = "2026-01-01T00:00:00.000Z"),
            ("later", said => said["rows"]![3]!.AsObject().Remove("recordedLater")),
            ("message", said => said["rows"]![2]!["message"] = "Valid"),
            ("comparison", said => said["rows"]![5]!["compared"]!.AsArray().Clear()),
            ("mismatch", said => said["rows"]![5]!["result"] = "valid"),
            ("day", said => said["rows"]![1]!["on"] = "2026-06-15"),
            ("rests on less", said => said["rows"]![2]!["restsOn"]!.AsArray().RemoveAt(said["rows"]![2]!["restsOn"]!.AsArray().Count - 1)),
            ("rests on nothing", said => said["rows"]![0]!.AsObject().Remove("restsOn")),
            ("no certificate", said => said["rows"]![2]!.AsObject().Remove("certificate")),
            ("today", said => said["rows"]![3]!["certificate"]!["today"]!["status"] = "valid"),
            ("size", said => said["log"]!["size"] = 7),
            ("root", said => said["log"]!["root"] = Convert.ToBase64String(new byte[32])),
            ("origin", said => said["log"]!["origin"] = "other.example/log"),
            ("instant", said => said["statements"]![2]!["recordedAt"] = "2026-06-01T00:00:00.000Z"),
            ("leaf", said => said["statements"]![2]!["leafHash"] = said["statements"]![3]!["leafHash"]!.DeepClone()),
            ("mark", said => said["rows"]![7]!["certificate"]!["status"] = "revoked"),
            ("finding without a certificate", said => said["rows"]!.AsArray().First(row => row!["certificate"] is null)!["finding"] = "pass"),
            ("a level asked of all", said => said["question"]!["level"] = "five-star"),
            ("a category asked of all", said => said["question"]!["category"] = 25),
            ("words asked of all", said => said["question"]!["scope"] = "汽车"),
            ("a row less", said => said["rows"]!.AsArray().RemoveAt(2)),
            ("a row twice", said => said["rows"]!.AsArray().Add(said["rows"]![0]!.DeepClone())),
            ("newest", said => said["log"]!["recordedTo"] = "2026-01-01T00:00:00.000Z"),
        ];
        foreach (var (what, lie) in lies) Assert.True(Check(app, Forge(app.Log.Signer!, file, lie)).Result == CheckResult.Wrong, what);
        // What nobody signed, or another key did.
        Assert.Equal("Wrong: The answer is not signed by that key.", Told(Check(app, Forge(NoteSigner.Create(app.Log.Key.Name), file, _ => { }))));
        foreach (var (member, at) in ((string, int)[])[("signed", 200), ("signed", -5), ("checkpoint", 30), ("checkpoint", -5)])
        {
            var node = JsonNode.Parse(file)!.AsObject();
            var text = ((string)node[member]!).ToCharArray();
            var place = at < 0 ? text.Length + at : at;
            text[place] = text[place] == 'A' ? 'B' : 'A';
            node[member] = new string(text);
            Assert.Equal(CheckResult.Wrong, Check(app, Encoding.UTF8.GetBytes(node.ToJsonString(Answer.Options))).Result);
        }
        Assert.Equal(CheckResult.Wrong, Check(app, Forge(app.Log.Signer!, file, _ => { }, around => around["proofs"]!.AsArray().RemoveAt(1))).Result);
        // Nor may the key beside the answer be another's: tools of JWS would check with it.
        foreach (var member in (string[])["kty", "crv", "x"])
        {
            var lie = Forge(app.Log.Signer!, file, _ => { }, around => around["key"]![member] = $"{around["key"]![member]}"[1..]);
            Assert.Equal(CheckResult.Wrong, Check(app, lie).Result);
        }
        // Each proof stands for itself too: the checkpoint that it carries is signed, whatever stands beside it.
        var proof = (string)JsonNode.Parse(file)!["proofs"]![2]!;
        for (var at = proof.IndexOf("\n\n", StringComparison.Ordinal) + 3; at < proof.Length - 1; at += 7)
        {
            var bent = proof.ToCharArray();
            bent[at] = bent[at] == 'A' ? 'B' : 'A';
            var report = Check(app, Forge(app.Log.Signer!, file, _ => { }, around => around["proofs"]![2] = new string(bent)));
            Assert.True(report.Result == CheckResult.Wrong, new string(bent[at..]));
        }
        Assert.Equal(CheckResult.Right, Check(app, Forge(app.Log.Signer!, file, _ => { })).Result);
    }

    [Fact]
    public async Task A_revocation_that_was_left_out_is_shown_by_the_log_and_what_came_later_is_told()
    {
        using var app = new RegistryApp();
        await using var front = new Front(app.Client);
        var id = (string)(await app.Issue("LIE-1"))["id"]!;
        var (_, before) = await Keep(app, new { rows = new object[] { new { number = "LIE-1" }, new { number = "LATER-1" } } });
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { }, app.Key)).EnsureSuccessStatusCode();
        var (_, honest) = await Keep(app, new { rows = new object[] { new { number = "LIE-1" } } });

        // Signed by the registry's own key under the newest checkpoint, as if there had been no revocation.
        var old = JsonNode.Parse(Jws.PayloadOf(Encoding.ASCII.GetBytes((string)JsonNode.Parse(before)!["signed"]!)))!;
        var forged = Forge(app.Log.Signer!, honest, said => (said["rows"], said["statements"]) = (new JsonArray(old["rows"]![0]!.DeepClone()), old["statements"]!.DeepClone()));
        // The log's own map shows it from the file alone; a liar leaves that away, and then the log has to be asked.
        Assert.Equal($"Wrong: Row 1: the log holds statements about the certificate {id} that the answer leaves out.", Told(Check(app, forged)));
        forged = Forge(app.Log.Signer!, forged, _ => { }, around => around.Remove("newest"));
        Assert.Equal("Right: ", Told(Check(app, forged)));
        Assert.Contains(Check(app, forged).Remarks, remark => remark.En.Contains("not that none was left out"));
        Assert.DoesNotContain(Check(app, honest).Remarks, remark => remark.En.Contains("not that none was left out"));
        var folder = Directory.CreateTempSubdirectory("registry-check-").FullName;
        try
        {
            string Write(string name, byte[] bytes)
            {
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
                return Path.Combine(folder, name);
            }
            (int Code, string Output) Run(params string[] arguments)
            {
                var (code, output, error) = Served.Run(folder, ["check", .. arguments]);
                return (code, output + error);
            }
            var (code, output) = Run(Write("forged.json", forged), "--key", app.Log.Key.ToString(), "--log", front.Url);
            Assert.True(code == 1, output);
            Assert.Contains("WRONG: Row 1 is false: entry 3 was left out, a revoke recorded at 2026-06-15 04:00:00Z with effect from 2026-06-15", output);
            // The one from before was right then; the log says what has happened since, from the file as from the address.
            (code, output) = Run(Write("before.json", before), "--key", app.Log.Key.ToString(), "--log", app.DataFile);
            Assert.True(code == 0, output);
            Assert.Contains("NOTE: Row 1: since then entry 3 was recorded, a revoke", output);
            Assert.Contains("Right.", output);
            Assert.Equal(2, Run(Write("before.json", before)).Code);
            Assert.Equal(2, Run(Write("nothing.json", "{}"u8.ToArray()), "--key", app.Log.Key.ToString()).Code);
        }
        finally { Directory.Delete(folder, recursive: true); }

        // "Not in the registry", when it is.
        await app.Issue("LATER-1");
        var (_, after) = await Keep(app, new { rows = new object[] { new { number = "LATER-1" } } });
        var denied = Forge(app.Log.Signer!, after, said => (said["rows"], said["statements"]) = (new JsonArray(old["rows"]![1]!.DeepClone()), new JsonArray()));
        denied = Forge(app.Log.Signer!, denied, said => said["rows"]![0]!["row"] = 1);
        Assert.StartsWith("Wrong: Row 1 says that it is not in the registry, and entry 4 is", Told(await Compared(app, denied)));
        Assert.Equal("Right: ", Told(await Compared(app, honest)));
    }

    private static async Task<CheckReport> Compared(RegistryApp app, byte[] file)
    {
        var report = Check(app, file);
        var scan = new LogScan(report.Answer!, report);
        foreach (var leaf in app.Database.Read(db => EntryLog.Leaves(db, 0, int.MaxValue).ToList())) scan.Read(leaf);
        scan.End();
        Assert.Equal(report.Answer!.Log.Root, Convert.ToBase64String(scan.AnsweredRoot!));
        await Task.CompletedTask;
        return report;
    }

    [Fact]
    public async Task An_answer_from_a_second_log_of_the_same_key_is_evidence()
    {
        using var app = new RegistryApp();
        await app.Issue("FORK-1");
        using var other = new RegistryApp(settings: ("Registry:KeyFile", app.KeyFile));
        await other.Issue("FORK-2");
        var (_, file) = await Keep(other, new { rows = new object[] { new { number = "FORK-2" } } });
        Assert.Equal("Right: ", Told(Check(app, file)));
        await app.Grow(20);
        var folder = Directory.CreateTempSubdirectory("registry-check-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "answer.json"), file);
            await using var front = new Front(app.Client);
            foreach (var log in (string[])[front.Url, app.DataFile])
            {
                var (code, output, _) = Served.Run(folder, ["check", "answer.json", "--key", app.Log.Key.ToString(), "--log", log]);
                Assert.True(code == 1, output);
                var evidence = output[output.IndexOf(Evidence.Header, StringComparison.Ordinal)..output.LastIndexOf("Wrong:", StringComparison.Ordinal)].TrimEnd('\n') + "\n";
                Assert.Equal("Right: ", Told(Check(app, Encoding.UTF8.GetBytes(evidence))));
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task Single_proofs_are_checked_and_a_quorum_of_witnesses_asked_for()
    {
        using var app = new RegistryApp();
        await app.Issue("PROOF-1");
        var proof = await app.Client.GetByteArrayAsync("/v1/log/2/proof");
        Assert.Equal("Right: ", Told(Check(app, proof)));
        proof[^90] ^= 1;
        Assert.Equal(CheckResult.Wrong, Check(app, proof).Result);
        var (_, file) = await Keep(app, new { rows = new object[] { new { number = "PROOF-1" } } });

        var witness = NoteSigner.Create("witness.example", VerifierKey.Cosignature);
        var policy = WitnessPolicy.Parse(Encoding.ASCII.GetBytes($"witness w {witness.VerifierKey}\nquorum w\n"));
        Assert.Equal("CannotTell: The quorum of the policy did not cosign.", Told(Check(app, file, policy)));
        // It cosigns a later checkpoint: the answer stands under it, because the later one continues its own.
        await app.Grow(40);
        await app.Database.WriteAsync(t =>
        {
            var newest = TreeStore.Newest(t.Connection)!;
            TreeStore.AddCosignature(t.Connection, newest, witness.Cosign(Note.Parse(newest.Note)!.Text, app.Clock.Now).Line + "\n");
            return 0;
        });
        var id = JsonNode.Parse(Jws.PayloadOf(Encoding.ASCII.GetBytes((string)JsonNode.Parse(file)!["signed"]!)))!["id"];
        var later = await app.Client.GetByteArrayAsync($"/v1/answers/{id}");
        var report = Check(app, later, policy);
        Assert.Equal("Right: ", Told(report));
        Assert.Contains(report.Facts, fact => fact.En == "Witness witness.example saw this log at 2026-06-15 04:00:00Z (its signature fits).");
        var bent = JsonNode.Parse(later)!;
        bent["witnessed"]!["consistency"]![0] = Convert.ToBase64String(new byte[32]);
        Assert.StartsWith("Wrong: The checkpoint that witnesses cosigned does not continue", Told(Check(app, Encoding.UTF8.GetBytes(bent.ToJsonString(Answer.Options)), policy)));
    }

    [Fact]
    public async Task Jose_verifies_the_signature_and_Go_every_proof()
    {
        using var app = new RegistryApp();
        await Several(app);
        await app.Grow(700);
        var (receipt, file) = await Keep(app, new { rows = questions });
        var folder = Directory.CreateTempSubdirectory("registry-answer-").FullName;
        try
        {
            var path = Path.Combine(folder, "answer.json");
            File.WriteAllBytes(path, file);
            Tool.Need(Directory.Exists("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog"), "golang-golang-x-mod-dev");
            var (built, output) = Tool.Try("go", ["build", "-o", Path.Combine(folder, "checkanswer"), Path.Combine(Tools, "checkanswer.go")], null, folder,
                ("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOCACHE", Path.Combine(Path.GetTempPath(), "registry-go-cache")), ("GOFLAGS", ""));
            Assert.True(built == 0, output);
            (int Code, string Output) Go() => Tool.Try(Path.Combine(folder, "checkanswer"), [path, app.Log.Key.ToString()]);
            Assert.Equal((0, $"ok {receipt.Answer.Statements.Length} of 700\n"), Go());

            var jose = Environment.GetEnvironmentVariable("REGISTRY_TEST_TOOLS");
            Tool.Need(jose is not null, "REGISTRY_TEST_TOOLS, a folder with npm's jose,");
            File.Copy(Path.Combine(Tools, "checkanswer.mjs"), Path.Combine(jose!, "checkanswer.mjs"), overwrite: true);
            (int Code, string Output) Jose() => Tool.Try("node", [Path.Combine(jose!, "checkanswer.mjs"), path]);
            Assert.Equal((0, $"ok {receipt.Id}\n"), Jose());

            File.WriteAllBytes(path, Forge(NoteSigner.Create(app.Log.Key.Name), file, _ => { }, around => around["proofs"]![3] = ((string)around["proofs"]![3]!).Replace("index ", "index 1")));
            Assert.NotEqual(0, Go().Code);
            Assert.NotEqual(0, Jose().Code);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task A_kept_answer_is_confidential_goes_by_its_code_and_by_its_time()
    {
        using var app = new RegistryApp(settings: ("Registry:KeepAnswers", "30.00:00:00"));
        await app.Issue("KEEP-1");
        var (receipt, file) = await Keep(app, new { rows = new object[] { new { number = "KEEP-1" } } });
        var (second, _) = await Keep(app, new { rows = new object[] { new { number = "KEEP-1" } } });
        Assert.Equal("2026-07-15", receipt.KeptUntil.ToString("O"));
        Assert.True(receipt.Id.Length * 5 >= 128 && receipt.Id != second.Id && receipt.DeletionCode.Length == 32 && receipt.DeletionCode != second.DeletionCode);
        foreach (var path in (string[])[$"/v1/answers/{receipt.Id}", $"/v1/answers/{receipt.Id}.csv"])
        {
            using var answer = await app.Client.GetAsync(path);
            Assert.Equal("no-store noindex, nofollow", $"{answer.Headers.CacheControl} {string.Join(", ", answer.Headers.GetValues("X-Robots-Tag"))}");
        }
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await app.Client.GetAsync("/v1/answers")).StatusCode);
        Assert.Contains("/a/", await app.Client.GetStringAsync("/robots.txt"));
        Assert.Equal("404 unknown-answer", await Status("GET", "0123456789ABCDEFGHJKMNPQRS"));
        Assert.Equal("404 unknown-answer", await Status("GET", "x"));
        Assert.Equal("403 wrong-deletion-code", await Status("DELETE", receipt.Id));
        Assert.Equal("403 wrong-deletion-code", await Status("DELETE", receipt.Id, second.DeletionCode));
        Assert.Equal("204 ", await Status("DELETE", receipt.Id, receipt.DeletionCode));
        Assert.Equal("410 answer-deleted", await Status("GET", receipt.Id));
        // Nothing of it is left in the file, and whoever kept his own copy can still check it.
        Assert.Equal(0, app.Database.Read(db => Convert.ToInt32(Sql(db, $"SELECT count(*) FROM answer WHERE id = '{receipt.Id}' AND payload IS NOT NULL"))));
        Assert.Equal("Right: ", Told(Check(app, file)));

        app.Clock.Now = new(2026, 7, 15, 15, 59, 0, TimeSpan.Zero);
        Assert.Equal("200 ", await Status("GET", second.Id));
        app.Clock.Now = new(2026, 7, 15, 16, 0, 0, TimeSpan.Zero);
        Assert.Equal("404 unknown-answer", await Status("GET", second.Id));
        await Keep(app, new { rows = new object[] { new { number = "KEEP-1" } } });
        Assert.Equal(1, app.Database.Read(db => Convert.ToInt32(Sql(db, "SELECT count(*) FROM answer"))));

        async Task<string> Status(string method, string id, string? code = null)
        {
            using var request = new HttpRequestMessage(new(method), $"/v1/answers/{id}");
            if (code is not null) request.Headers.Add("Deletion-Code", code);
            using var answer = await app.Client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return $"{(int)answer.StatusCode} {(answer.IsSuccessStatusCode ? "" : JsonNode.Parse(text)!["code"])}";
        }
    }

    private static object? Sql(System.Data.Common.DbConnection db, string text)
    {
        using var command = db.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }

    [Fact]
    public async Task What_verification_refuses_an_answer_refuses_and_a_mirror_says_that_it_cannot_sign()
    {
        using var app = new RegistryApp();
        await app.Issue("M-1");
        using var wrong = await app.Send("POST", "/v1/answers", new { rows = new object[] { new { } } });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        await using var front = new Front(app.Client);
        using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url));
        using var refused = await mirror.Send("POST", "/v1/answers", new { rows = new object[] { new { number = "M-1" } } });
        Assert.Equal((HttpStatusCode.Forbidden, "cannot-sign"), (refused.StatusCode, (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["code"]!));
    }
}
