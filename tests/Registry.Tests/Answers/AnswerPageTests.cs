using System.Net;
using System.Text.RegularExpressions;
using Registry.Tests.Marks;

namespace Registry.Tests.AnswerTests;

/// <summary>The page of a kept answer and its PDF, as an officer files it.</summary>
public sealed class AnswerPageTests
{
    private static async Task<(HttpStatusCode Status, string Text)> Post(RegistryApp app, string path, params (string Name, string Value)[] fields)
    {
        using var answer = await app.Client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_answer_for_a_day_is_kept_from_the_page_of_a_certificate_without_script()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("PAGE-1"))["id"]!;
        var page = await app.Client.GetStringAsync($"/c/{id}?on=2026-05-01&lang=en");
        Assert.Contains($"action=\"/c/{id}/answer?lang=en\"", page);
        Assert.Contains("Keep and sign the answer for 2026-05-01", page);
        var (status, receipt) = await Post(app, $"/c/{id}/answer?lang=en", ("on", "2026-05-01"), ("knownAt", ""));
        Assert.Equal(HttpStatusCode.Created, status);
        var answer = Regex.Match(receipt, "https://reg.example/a/([0-9A-Z]{26})").Groups[1].Value;
        var code = Regex.Match(receipt, "<p class=\"code\">([0-9a-f]{32})</p>").Groups[1].Value;
        Assert.True(answer.Length == 26 && code.Length == 32, receipt);

        using var shown = await app.Client.GetAsync($"/a/{answer}?lang=en");
        var text = await shown.Content.ReadAsStringAsync();
        Assert.Equal("no-store noindex, nofollow", $"{shown.Headers.CacheControl} {string.Join(", ", shown.Headers.GetValues("X-Robots-Tag"))}");
        Assert.All((string[])["As of 2026-05-01", "recorded on 2026-06-15, after the day asked", answer, "class=\"qr\"", "PAGE-1"], part => Assert.Contains(part, text));
        Assert.DoesNotContain(code, text);
        Assert.Contains("按 2026-05-01 当日", await app.Client.GetStringAsync($"/A/{answer.ToLowerInvariant()}"));

        Assert.Equal(HttpStatusCode.Forbidden, (await Post(app, $"/a/{answer}/delete", ("code", "x"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Post(app, $"/a/{answer}/delete", ("code", code))).Status);
        Assert.Equal(HttpStatusCode.Gone, (await app.Client.GetAsync($"/a/{answer}")).StatusCode);
    }

    [Fact]
    public async Task A_list_is_kept_from_its_result_with_every_line_as_it_was_given()
    {
        using var app = new RegistryApp();
        await app.Issue("LIST-1");
        Assert.Contains("value=\"keep\"", (await Post(app, "/verify", ("lines", "LIST-1"))).Text);
        var (status, receipt) = await Post(app, "/verify", ("lines", "序号\t证书编号\t经办\n1\tLIST-1\t张三\n<b>从未登记（演示）有限公司\n合计\t\t\n开标时间：2026-05-01\t\t"), ("on", "2026-06-15"), ("level", "three-star"), ("format", "keep"));
        Assert.Equal(HttpStatusCode.Created, status);
        var id = Regex.Match(receipt, "/a/([0-9A-Z]{26})").Groups[1].Value;
        var page = await app.Client.GetStringAsync($"/a/{id}");
        Assert.All((string[])["2 行", "LIST-1 张三", "&lt;b&gt;从未登记（演示）有限公司", "未收录", "要求：等级不低于三星级", "没有用到的列：序号；经办"], part => Assert.Contains(part, page));
        string[] notes = ["没有用到的列：序号；经办", "没有当作投标人的行：第 4 行“合计”", "表外写有日期或要求（第 5 行）"];
        var csv = await app.Client.GetStringAsync($"/v1/answers/{id}.csv");
        Assert.All(notes, note => Assert.All((string[])[page, csv], text => Assert.Contains(note, text)));
        Assert.Contains("LIST-1 张三", csv);
        Assert.Equal("Right: ", AnswerTests.Told(AnswerTests.Check(app, await app.Client.GetByteArrayAsync($"/v1/answers/{id}"))));
    }

    /// <summary>A font of outlines holds 255 characters, and fonts draw 日 as the radical U+2F47, for which nobody searches.</summary>
    [Fact]
    public async Task Every_character_of_the_PDF_can_be_searched_however_many_there_are()
    {
        using var app = new RegistryApp();
        Scanner.NeedsFont();
        await app.Issue("PDF-2");
        string Twenty(int row) => string.Concat(Enumerable.Range(0x4E00 + row * 20, 20).Select(char.ConvertFromUtf32));
        var names = Enumerable.Range(0, 30).Select(row => Twenty(row) + "公司").ToArray();
        names[0] = "日月水火木金土人大山𠮷公司";
        // Wherever a line ends, none begins with what closes, nor ends with what opens.
        names = [.. names, .. Enumerable.Range(5, 16).Select(many => Twenty(many)[..many] + "（演示）、（虚构）有限公司")];
        var (kept, _) = await AnswerTests.Keep(app, new { rows = names.Select(name => new { name }) });
        foreach (var language in (string[])["zh", "en", "zh"])
        {
            var path = $"/v1/answers/{kept.Id}.pdf?lang={language}";
            var bytes = await app.Client.GetByteArrayAsync(path, TestContext.Current.CancellationToken);
            var text = Scanner.WithFile(bytes, ".pdf", file => Tool.Run("pdftotext", "-raw", file, "-"));
            var plain = Regex.Replace(text, @"\s", "");
            Assert.All(names, name => Assert.Contains(name, plain));
            Assert.DoesNotContain(text.Split('\n'), line => Regex.IsMatch(line.Trim(), "^[，。、；：）]|（$"));
        }
    }

    [Fact]
    public async Task The_PDF_is_one_page_for_one_certificate_selectable_and_its_code_leads_back()
    {
        using var app = new RegistryApp();
        Scanner.NeedsFont();
        await app.Issue("PDF-1");
        var (one, _) = await AnswerTests.Keep(app, new { on = "2026-05-01", rows = new object[] { new { number = "PDF-1", name = "青屿云帆电器（演示）有限公司" } } }, "zh");
        var text = await Pdf(one.Id, "zh", pages: 1);
        Assert.All((string[])["签名的答复", "有效", "青屿云帆电器（演示）有限公司", "家用电器的销售与售后服务（演示）", "五星级", "晚于所问之日", one.Id, one.Answer.Log.Root, "2026-06-15 04:00:00Z"], part => Assert.Contains(part, text));
        Assert.Contains("Certificate number", await Pdf(one.Id, "en", pages: 1));

        var (many, _) = await AnswerTests.Keep(app, new { rows = Enumerable.Range(0, 60).Select(i => new { number = i % 3 == 0 ? "PDF-1" : $"NEVER-{i}" }) });
        var table = await Pdf(many.Id, "en", pages: null);
        Assert.All((string[])["Valid 20", "Not in this registry 40", "NEVER-58"], part => Assert.Contains(part, table));
        Assert.Matches(@"2 ?/ ?\d", table);

        // A row of another day says so: the head tells the day of all others.
        var days = new { on = "2026-05-01", rows = new object[] { new { number = "PDF-1" }, new { number = "PDF-1", on = "2026-02-03" } } };
        var (mixed, _) = await AnswerTests.Keep(app, days, "zh");
        var dated = Regex.Replace(await Pdf(mixed.Id, "zh", pages: 1), @"\s", "");
        Assert.Contains("按2026-05-01当日", dated);
        Assert.Single(Regex.Matches(dated, "按2026-02-03：有效"));

        // What is told of a list goes on over as many pages as it takes.
        var titles = string.Concat(Enumerable.Range(1, 30).Select(i => $"虚构采购项目（演示）第{i}包{new string('甲', 80)}开标一览表\t\t\n"));
        using var content = new StringContent($"{titles}证书编号\t经办\t电话\nPDF-1\t张三\t0\n", System.Text.Encoding.UTF8, "text/tab-separated-values");
        using var sent = await app.Client.PostAsync("/v1/answers", content, TestContext.Current.CancellationToken);
        var told = Regex.Replace(await Pdf(sent.Headers.Location!.ToString().Split('/')[^1], "zh", pages: null), @"\s", "");
        Assert.All((string[])["没有用到的列：经办；电话", "第20行“虚构采购项目（演示）第20包", "等30行"], note => Assert.Contains(note, told));

        async Task<string> Pdf(string id, string language, int? pages)
        {
            using var answer = await app.Client.GetAsync($"/v1/answers/{id}.pdf?lang={language}");
            Assert.Equal("application/pdf no-store", $"{answer.Content.Headers.ContentType} {answer.Headers.CacheControl}");
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            return Scanner.WithFile(bytes, ".pdf", file =>
            {
                var count = Regex.Match(Tool.Run("pdfinfo", file), @"Pages:\s+(\d+)").Groups[1].Value;
                Assert.True(pages is null ? int.Parse(count) > 1 : count == $"{pages}", count);
                Assert.All(Tool.Run("pdffonts", file).TrimEnd().Split('\n').Skip(2), font => Assert.Matches(@"(Type 3.*yes +\w+ +yes)|yes\s+yes\s+yes", font));
                Tool.Run("pdftoppm", "-r", "300", "-png", "-f", count, "-l", count, "-singlefile", file, file);
                try { Assert.Contains($"HTTPS://REG.EXAMPLE/A/{id}", Tool.Run("zbarimg", "-q", "--raw", file + ".png")); }
                finally { File.Delete(file + ".png"); }
                return Regex.Replace(Tool.Run("pdftotext", "-layout", file, "-"), "[ ]+", " ");
            });
        }
    }
}
