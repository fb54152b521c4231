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

    private static string Part(string page, string element) =>
        Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(page.Split($"<{element}>")[1].Split($"</{element}>")[0])));
}
