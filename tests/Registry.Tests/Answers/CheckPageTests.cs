using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Registry.Answers;
using Registry.Transparency;

namespace Registry.Tests.AnswerTests;

/// <summary>The page that checks a file: without script, by the code of <c>registry check</c>.</summary>
public sealed class CheckPageTests
{
    private static async Task<(HttpStatusCode Status, string Text)> Post(RegistryApp app, byte[]? file, string language = "en", string? key = null, string name = "answer.json")
    {
        using var form = new MultipartFormDataContent();
        if (file is not null) form.Add(new ByteArrayContent(file), "file", name);
        if (key is not null) form.Add(new StringContent(key), "key");
        using var answer = await app.Client.PostAsync($"/check?lang={language}", form);
        Assert.Equal("no-store", $"{answer.Headers.CacheControl}");
        Assert.Equal("noindex, nofollow", string.Join(", ", answer.Headers.GetValues("X-Robots-Tag")));
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    private static string ResultOf(string page) => Regex.Match(page, "role=\"status\"><p><b>([^<]*)</b>").Groups[1].Value;

    [Fact]
    public async Task An_answer_a_proof_and_evidence_are_checked_line_by_line_as_on_the_command_line()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("CHECK-1"))["id"]!;
        var (_, file) = await AnswerTests.Keep(app, new { on = "2026-05-01", rows = new object[] { new { number = "CHECK-1" }, new { number = "NEVER-1" } } });
        foreach (var (language, right) in ((string, string)[])[("en", "Right."), ("zh", "正确。")])
        {
            var (status, page) = await Post(app, file, language, name: "<b>答复.json");
            Assert.Equal((HttpStatusCode.OK, right), (status, ResultOf(page)));
            var spoken = language == "en" ? Language.En : Language.Zh;
            Assert.All(CheckWording.Lines(AnswerTests.Check(app, file)), line => Assert.Contains(line.Said[spoken], page));
            Assert.Contains("<b>答复.json", page);
        }
        Assert.Contains("NOTE", (await Post(app, file)).Text);

        var proof = await app.Client.GetByteArrayAsync("/v1/log/2/proof");
        Assert.Equal("Right.", ResultOf((await Post(app, proof)).Text));
        proof[^90] ^= 1;
        var (_, wrong) = await Post(app, proof);
        Assert.Equal("Wrong: do not rely on it.", ResultOf(wrong));
        Assert.Contains("The proof fails", wrong);

        var note = app.Database.Read(db => TreeStore.Newest(db)!.Note);
        var other = (Checkpoint.Open(note, app.Log.Key)!.Value.Checkpoint with { Root = new byte[32] }).Sign(app.Log.Signer!);
        var evidence = Evidence.Fork(app.Log.Key, Note.Parse(note)!, other).ToString();
        Assert.Equal("Right.", ResultOf((await Post(app, Encoding.UTF8.GetBytes(evidence))).Text));
        Assert.Contains("Proven: that key signed", (await Post(app, Encoding.UTF8.GetBytes(evidence))).Text);

        // Another log's, by the key that is typed.
        using var elsewhere = new RegistryApp();
        await elsewhere.Issue("CHECK-2");
        var (_, foreign) = await AnswerTests.Keep(elsewhere, new { rows = new object[] { new { number = "CHECK-2" } } });
        Assert.Equal("Wrong: do not rely on it.", ResultOf((await Post(app, foreign)).Text));
        Assert.Equal("Right.", ResultOf((await Post(app, foreign, key: elsewhere.Log.Key.ToString())).Text));
    }

    [Fact]
    public async Task Bad_input_is_told_on_the_form_and_rubbish_is_never_wrong_nor_right()
    {
        using var app = new RegistryApp();
        foreach (var (file, key, status, told) in (((byte[]? File, string? Key, int Status, string Told)[])
        [
            (null, "", 422, "exactly one file; 0 came"),
            ([], null, 422, "exactly one file; 0 came"),
            ("{}"u8.ToArray(), "not a key", 422, Refusal.BadLogKey.Message.En),
            ("{}"u8.ToArray(), new string('x', 5000), 422, Refusal.BadLogKey.Message.En),
            (new byte[(16 << 20) + 1], null, 413, "too large"),
        ]))
        {
            var (answered, page) = await Post(app, file, key: key);
            Assert.True((int)answered == status && page.Contains(told, StringComparison.Ordinal) && page.Contains("type=\"file\"", StringComparison.Ordinal), $"{answered} {told} {page.Length}");
            Assert.DoesNotContain(new string('x', 600), page);
        }
        foreach (var rubbish in (string[])["{}", "x", "\uFEFF{", "[1]", "null", "{\"format\":\"registry-answer@v1\",\"log\":\"x\",\"key\":null}",
            "{\"format\":\"registry-answer@v1\",\"log\":\"x\",\"key\":{\"kty\":\"\",\"crv\":\"\",\"x\":\"\"},\"signed\":\"..\",\"checkpoint\":\"\",\"proofs\":[null]}"])
            Assert.Equal("Cannot tell.", ResultOf((await Post(app, Encoding.UTF8.GetBytes(rubbish))).Text));
        foreach (var rubbish in (string[])["c2sp.org/tlog-proof@v1\n", "registry-evidence@v1\nlog x\n",
            "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\na\n\n", $"registry-evidence@v1\nlog {app.Log.Key}\nwhat x\ncheckpoint 3\na\n\n"])
            Assert.Equal("Wrong: do not rely on it.", ResultOf((await Post(app, Encoding.UTF8.GetBytes(rubbish))).Text));
        using var plain = await app.Client.PostAsync("/check", new StringContent("x"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);
    }

    /// <summary>Whoever types a key of his own signs what he likes with it.</summary>
    [Fact]
    public async Task Whatever_a_key_of_one_s_own_signs_is_answered()
    {
        using var app = new RegistryApp();
        await app.Issue("ODD-1");
        var (_, file) = await AnswerTests.Keep(app, new { rows = new object[] { new { number = "ODD-1" }, new { number = "NEVER-1" } } });
        (string What, Action<System.Text.Json.Nodes.JsonObject> Lie, string Result)[] odd =
        [
            ("no row", said => said["rows"]![0] = null, "Cannot tell."),
            ("no statement", said => said["statements"]![0] = null, "Cannot tell."),
            ("an instant at the end of time", said => said["answeredAt"] = "9999-12-31T23:59:59.999Z", "Wrong: do not rely on it."),
            ("a day at the end of time", said => said["rows"]![0]!["on"] = "9999-12-31", "Wrong: do not rely on it."),
            ("an unknown member", said => said["more"] = 1, "Cannot tell."),
        ];
        foreach (var (what, lie, result) in odd)
            Assert.True(ResultOf((await Post(app, AnswerTests.Forge(app.Log.Signer!, file, lie))).Text) == result, what);
    }

    [Fact]
    public async Task The_page_says_whom_one_trusts_and_is_found_from_where_files_are()
    {
        using var app = new RegistryApp();
        await app.Issue("LINK-1");
        var (receipt, _) = await AnswerTests.Keep(app, new { rows = new object[] { new { number = "LINK-1" } } });
        var page = WebUtility.HtmlDecode(await app.Client.GetStringAsync("/check?lang=en"));
        Assert.All((string[])["To check here is to believe what this server says", "registry check", app.Log.Key.ToString(), "enctype=\"multipart/form-data\""],
            part => Assert.Contains(part, page));
        Assert.DoesNotContain("<script>", page);
        foreach (var from in (string[])["/", "/log", $"/a/{receipt.Id}"]) Assert.Contains("href=\"/check", await app.Client.GetStringAsync(from));
        Assert.Contains("/check", await app.Client.GetStringAsync("/sitemap.xml"));
    }

    /// <summary>What it finds, a browser tries: tests/pages/alone.mjs.</summary>
    [Fact]
    public async Task The_page_that_checks_alone_is_one_file_that_loads_nothing_and_holds_the_key()
    {
        using var app = new RegistryApp();
        using var answer = await app.Client.GetAsync("/check.html?lang=en");
        Assert.Equal("attachment; filename=check.html", $"{answer.Content.Headers.ContentDisposition}".Replace("\"", ""));
        var page = await answer.Content.ReadAsStringAsync();
        var (script, style) = (Part(page, "script"), Part(page, "style"));
        Assert.Contains($"content=\"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\"", page);
        Assert.DoesNotMatch("(src|href)=", page);
        var given = System.Text.Json.Nodes.JsonNode.Parse(Regex.Match(page, "id=\"given\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value)!;
        Assert.Equal(app.Log.Key.ToString(), (string)given["key"]!);
        Assert.Equal(Registry.Certificates.Catalogue.Regions.Count, given["regions"]!.AsObject().Count);
        Assert.Contains("lang=\"zh-CN\"", await app.Client.GetStringAsync("/check.html"));
    }

    /// <summary>What may be null is not written: a file that leaves it out has the form that the page knows.</summary>
    [Fact]
    public async Task The_page_that_checks_alone_asks_for_nothing_that_an_answer_may_leave_out()
    {
        using var app = new RegistryApp(bodies: false);
        var page = await app.Client.GetStringAsync("/check.html", TestContext.Current.CancellationToken);
        var given = Regex.Match(page, "id=\"given\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
        var answer = System.Text.Json.Nodes.JsonNode.Parse(given)!["forms"]!["answer"]!["properties"]!;
        string Required(System.Text.Json.Nodes.JsonNode form) =>
            string.Join(' ', form["items"]!["required"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("line text", Required(answer["lines"]!));
        Assert.Equal("id number holder category status body", Required(answer["rows"]!["items"]!["properties"]!["candidates"]!));
    }

    /// <summary>It compares by a script of its own: a right answer that it does not know to be right would accuse the registry.</summary>
    [Fact]
    public async Task The_page_that_checks_alone_finds_every_right_answer_right_however_it_was_asked()
    {
        using var app = new RegistryApp();
        const string Holder = "虚构翠鸟电器（演示）有限公司", Number = "CTS 2025/0001-A";
        await Verification.VerificationTests.Issue(app, Number, Holder, Verification.VerificationTests.Kingfisher, level: "four-star", nameEn: "Kingfisher Fictions Co., Ltd.");
        await Verification.VerificationTests.Issue(app, "NOUGHT-1", "虚构第七〇三研究所（演示）", Verification.VerificationTests.Heron);
        IEnumerable<object> Asked(string[] values, Func<string, object> row) => values.Select(row);
        object[] rows =
        [
            .. Asked(["GB/T 27922-2011《商品售后服务评价体系》", "商品售后服务评价体系", "国家标准GB/T27922", "GB/T 27922-2011 商品售后服务评价体系 认证标准", "gbt 27922", "GB／T２７９２２", "GB/T 27922-2011以外",
                "GB/T 27922；ISO 9001", "27922", "2011", "27922-2011", "GB/T 27922 ★★★★★", "质量管理体系"], standard => new { number = Number, standard }),
            .. Asked(["四星级", "★★★★", "4 stars", "五星", ">=四星级", "四星级★★★★", "⭐️⭐️⭐️⭐️⭐️", "达标级证书"], level => new { number = Number, level }),
            .. Asked([Holder, "虚构翠鸟電器（演示）有限公司", Holder + "?", Holder + "\uFFFD", Holder + "〇", Holder + "\u0301", "KINGFISHER FICTIONS CO LTD", "İ"], name => new { number = Number, name }),
            .. Asked(["虚构第七〇三研究所(演示)", "虚构第七三研究所（演示）", "虚构第七O三研究所（演示）"], name => new { number = "NOUGHT-1", name }),
            .. Asked(["家用电器 售后", "家用电器 ★★★★★", "家用電器", "汽车", "（演示）", "*"], scope => new { number = Number, scope }),
            .. Asked([Verification.VerificationTests.Kingfisher, Verification.VerificationTests.Heron, Verification.VerificationTests.Kingfisher[8..17]], uscc => new { number = Number, uscc }),
            .. Asked(["证书编号：" + Number, "CTS2025-0001A", "cts 2025 0001 a", "№ " + Number], number => new { number }),
        ];
        var folder = Directory.CreateTempSubdirectory("registry-alone-").FullName;
        try
        {
            var (page, answer) = (Path.Combine(folder, "check.html"), Path.Combine(folder, "answer.json"));
            await File.WriteAllBytesAsync(page, await app.Client.GetByteArrayAsync("/check.html"));
            string Alone(byte[] file)
            {
                File.WriteAllBytes(answer, file);
                return Tool.Run("node", Path.Combine(AnswerTests.Tools, "alone.mjs"), page, app.Log.Key.ToString(), answer);
            }
            foreach (var language in (string[])["en", "zh"])
            {
                var (_, file) = await AnswerTests.Keep(app, new { on = "2026-06-15", rows }, language);
                Assert.Equal(("Right: ", ""), (AnswerTests.Told(AnswerTests.Check(app, file)), Alone(file)));
                foreach (var lie in (Action<System.Text.Json.Nodes.JsonObject>[])[said => said["rows"]![0]!["compared"]![1]!["verdict"] = "different", said => said["question"]!["level"] = "five-star", said => said["rows"]![3]!["row"] = 3])
                {
                    var forged = AnswerTests.Forge(app.Log.Signer!, file, lie);
                    var found = AnswerTests.Check(app, forged).Wrong.Select(text => text.En);
                    Assert.Equal(found, Alone(forged).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                }
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static string Part(string page, string element) =>
        Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(page.Split($"<{element}>")[1].Split($"</{element}>")[0])));
}
