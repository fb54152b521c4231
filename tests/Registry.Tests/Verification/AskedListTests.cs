using System.Net.Http.Headers;
using Registry.Certificates;
using Registry.Marks;
using Registry.Verification;

namespace Registry.Tests.Verification;

/// <summary>Lists as people paste them into /verify.</summary>
public sealed class AskedListTests
{
    private static readonly DateTimeOffset now = new TestClock().Now;

    /// <summary>A registry with certificates whose numbers and names are hard to read out of a line.</summary>
    private static async Task<RegistryApp> Registry()
    {
        var app = new RegistryApp();
        await VerificationTests.Issue(app, "CTS 2025/0001-A", "虚构翠鸟电器（演示）有限公司", VerificationTests.Kingfisher);
        await VerificationTests.Issue(app, "虚认〔2025〕第0001号", "虚构苍鹭电器（演示）有限公司", VerificationTests.Heron);
        await VerificationTests.Issue(app, "V-3", "Demo Fictional Appliances Co., Ltd.");
        await VerificationTests.Issue(app, "V-4", "虚构甲；乙（演示）合伙企业");
        await VerificationTests.Issue(app, "V-5", "虚构丁,戊（演示）有限公司");
        await VerificationTests.Issue(app, "V-6", "Fictionalis");
        await VerificationTests.Issue(app, "2025-03-02", "虚构日期号（演示）有限公司");
        var renamed = await VerificationTests.Issue(app, "RN-1", "虚构旧名（演示）有限公司");
        (await app.Send("POST", $"/v1/certificates/{renamed}/correct", new { effectiveOn = "2026-06-01", certificate = new { holder = new { name = "虚构新名（演示）有限公司" } } }, app.Key)).EnsureSuccessStatusCode();
        return app;
    }

    /// <summary>Every row in one line: its line number, result, the certificate found, its day where it has one, what does not agree, what was not used.</summary>
    private static string[] Answer(RegistryApp app, string text) => app.Database.Read(db =>
    {
        var list = ListReader.Read(db, SentTable.Of(text), new(), Day.Of(now));
        return list.Rows.Zip(list.Answer(db, new(), now, Language.Zh).Rows).Select(row =>
            $"{row.First.Line} {row.Second.Result.Word()} {row.Second.Certificate?.Number ?? "-"}{(row.First.Row.On is { } on ? $" @{on:O}" : "")}"
            + string.Concat(row.Second.Compared.Where(one => one.Verdict != Agreement.Same).Select(one => $" {one.Field}:{one.Verdict.ToString().ToLowerInvariant()}"))
            + (row.First.Unused.Length == 0 ? "" : $" ({string.Join("|", row.First.Unused)})")).ToArray();
    });

    /// <summary>Each has the limit of a read for itself (<see cref="Steps"/>): a long list on a busy machine is answered all the same.</summary>
    [Fact]
    public async Task A_list_is_read_and_answered_in_steps_no_longer_than_a_row()
    {
        using var app = await Registry();
        using var db = (KeptStatements)app.Database.Location.OpenReadOnly();
        var (steps, text) = (0, string.Join('\n', Enumerable.Range(0, 30).Select(i => $"虚构无名{i}（演示）有限公司 N-{i}")));
        db.NextStep = () => steps++;
        var list = ListReader.Read(db, SentTable.Of(text), new(), Day.Of(now));
        Assert.True(steps >= 30, $"{steps} steps to read");
        steps = 0;
        Assert.Equal(30, list.Answer(db, new(), now, Language.Zh).Rows.Length);
        Assert.True(steps >= 30, $"{steps} steps to answer");
    }

    private static string[] Told(RegistryApp app, params string[] lines) => Answer(app, string.Join('\n', lines));

    [Fact]
    public async Task Every_line_that_names_a_certificate_on_record_finds_it_whatever_stands_beside_it()
    {
        using var app = await Registry();
        var (kingfisher, heron) = (VerificationTests.Kingfisher, VerificationTests.Heron);
        (string Line, string Told)[] lines =
        [
            ("CTS 2025/0001-A", "valid CTS 2025/0001-A"),
            ("CTS2025/0001-A", "valid CTS 2025/0001-A"),
            ("虚认〔2025〕第0001号", "valid 虚认〔2025〕第0001号"),
            ("虚认[2025]第0001号", "valid 虚认〔2025〕第0001号"),
            ("虚认【2025】第0001号。", "valid 虚认〔2025〕第0001号"),
            ("Demo Fictional Appliances Co., Ltd.", "valid V-3"),
            ("Demo Fictional Appliances Co.,Ltd.", "valid V-3"),
            ("Demo Fictional Appliances Co., Ltd.\tV-3", "valid V-3"),
            ("\"Demo Fictional Appliances Co., Ltd.\",\"V-3\"", "valid V-3"),
            ("\"Demo Fictional Appliances Co., Ltd.\"\t\"V-3\"", "valid V-3"),
            ("虚构甲；乙（演示）合伙企业", "valid V-4"),
            ("虚构丁,戊（演示）有限公司", "valid V-5"),
            ("Fictionalis", "valid V-6"),
            ("\"V-3\"", "valid V-3"),
            ("V-3\t2026/2/1", "valid V-3 @2026-02-01"),
            ("V-3\t2026年2月1日", "valid V-3 @2026-02-01"),
            ("V-3\t2026.2.1", "valid V-3 @2026-02-01"),
            ("V-3\t20260201", "valid V-3 @2026-02-01"),
            ("V-3\t2026-2-1", "valid V-3 @2026-02-01"),
            ("V-3 2026-02-01", "valid V-3 @2026-02-01"),
            ("1\t虚构翠鸟电器（演示）有限公司\tCTS2025/0001-A\t1250000.00", "valid CTS 2025/0001-A (1250000.00)"),
            ("1\t虚构翠鸟电器（演示）有限公司\tCTS2025/0001-A\t1,250,000.00", "valid CTS 2025/0001-A (1,250,000.00)"),
            ("1\t虚构翠鸟电器（演示）有限公司\tCTS2025/0001-A\t张三\t13800000000", "valid CTS 2025/0001-A (张三|13800000000)"),
            ("1\t虚构翠鸟电器（演示）有限公司\t洗衣机（演示）\tCTS2025/0001-A", "valid CTS 2025/0001-A (洗衣机（演示）)"),
            ("2  CTS2025/0001-A  五星级  GB/T 27922-2011  虚构翠鸟电器（演示）有限公司", "valid CTS 2025/0001-A"),
            (kingfisher, "valid CTS 2025/0001-A"),
            (kingfisher.ToLowerInvariant(), "valid CTS 2025/0001-A"),
            ($"{kingfisher[..10]} {kingfisher[10..]}", "valid CTS 2025/0001-A"),
            (kingfisher.Substring(8, 9), "valid CTS 2025/0001-A"),
            ($"{kingfisher.Substring(8, 8)}-{kingfisher[16]}", "valid CTS 2025/0001-A"),
            ($"{kingfisher[..^1]}0", "mistyped - uscc:malformed"),
            ("9.13702E+17", "mistyped - uscc:malformed"),
            ("91370202-787789323", "mistyped - uscc:malformed"),
            ($"CTS2025/0001-A\t{kingfisher[..^1]}0", "mistyped CTS 2025/0001-A uscc:malformed"),
            ("2025-03-02", "valid 2025-03-02"),
            ("V-3\t2025-03-02", "valid V-3 @2025-03-02"),
            ("虚构旧名（演示）有限公司", "valid RN-1 name:former"),
            ("虚构新名（演示）有限公司", "valid RN-1"),
            ("RN-1\t虚构旧名（演示）有限公司", "valid RN-1 name:former"),
            ("RN-1\t虚构旧名（演示）有限公司\t2025-12-01", "valid RN-1 @2025-12-01"),
            ("1. V-3", "valid V-3"),
            ("1、V-3", "valid V-3"),
            ("（1）V-3", "valid V-3"),
            ("12) V-3", "valid V-3"),
            ("V-3。", "valid V-3"),
            ("V-3 有效", "valid V-3"),
            ("V-3 暂停", "mismatch V-3 status:different"),
            ("证书编号：V-3", "valid V-3"),
            ("投标人：Fictionalis 证书编号：V-6", "valid V-6"),
            ("V—3", "valid V-3"),
            ("V–3", "valid V-3"),
            ("V－3", "valid V-3"),
            ("ｖ-３", "valid V-3"),
            ("HTTPS://REG.EXAMPLE/C/0000000000001 V-3", "mistyped V-3 code:malformed"),
            // Two of a kind compete: which is meant is for a person to say.
            ("V-3、V-6", "ambiguous -"),
            ("V-3 V-6", "ambiguous -"),
            ("V-3\t2026-02-01\t2026-03-01", "ambiguous - @2026-02-01"),
            ("虚构翠鸟电器（演示）有限公司\t虚构苍鹭电器（演示）有限公司", "ambiguous -"),
            ("CTS2025/0001-A\t虚构翠鸟电器（演示）有限公司\t虚构代理商贸（演示）有限公司", "ambiguous -"),
            ("V-3\t2026-02-30", "mistyped -"),
            // Borrowed.
            ($"CTS2025/0001-A\t{heron}", "mismatch CTS 2025/0001-A uscc:different"),
            ($"{heron}\tCTS2025/0001-A", "mismatch CTS 2025/0001-A uscc:different"),
            ($"虚构苍鹭电器（演示）有限公司\t{heron}\tCTS2025/0001-A", "mismatch CTS 2025/0001-A uscc:different name:different"),
            ("CTS2025/0001-A\t虚构从未登记电器有限公司", "mismatch CTS 2025/0001-A name:different"),
            ("CTS2025/0001-A\t示例认证（虚构）有限公司", "valid CTS 2025/0001-A"),
            ("CTS2025/0001-A\t另一认证中心（虚构）", "mismatch CTS 2025/0001-A body:different"),
            ("CTS2025/0001-A\tCNCA-R-2099-902", "mismatch CTS 2025/0001-A body:different"),
            ("CTS2025/0001-A\tISO 9001:2015", "mismatch CTS 2025/0001-A standard:different"),
            // A namesake whose name begins as one on record is somebody else.
            ("Fictionalis Trading Co., Ltd.", "not-in-registry -"),
            ("Fictionalis, Inc.", "not-in-registry -"),
            ("虚构翠鸟电器（演示）有限公司 北京分公司", "not-in-registry -"),
            ("V-3 B", "not-in-registry -"),
            ("虚构翠鸟电器（演示）有限公司\tNEVER-00001", "not-in-registry -"),
            ("虚构从未登记电器有限公司\tNEVER-0001\t1200000.00", "not-in-registry - (1200000.00)"),
            ("虚构从未登记电器有限公司", "not-in-registry -"),
        ];
        Assert.Equal(lines.Select((line, i) => $"{i + 1} {line.Told}   <- {line.Line}"), Told(app, [.. lines.Select(line => line.Line)]).Zip(lines, (told, line) => $"{told}   <- {line.Line}"));
    }

    [Fact]
    public async Task Headings_name_the_columns_wherever_they_stand_and_are_no_row()
    {
        using var app = await Registry();
        var heron = VerificationTests.Heron;
        Assert.Equal(["4 valid CTS 2025/0001-A", "5 mismatch 虚认〔2025〕第0001号 name:different", "6 not-in-registry -", "7 valid V-3"], Told(app,
            "某项目投标人一览表", "", "序号\t投标人名称\t统一社会信用代码*\t证书编号\t投标报价（元）",
            $"1\t虚构翠鸟电器（演示）有限公司\t{VerificationTests.Kingfisher}\tCTS2025/0001-A\t1216353.00",
            $"2\t虚构翠鸟电器（演示）有限公司\t{heron}\t虚认〔2025〕第0001号\t2025-03-02",
            "3\t虚构翠鸟电器（演示）有限公司\t\tNEVER-1\t1",
            "4\t\"Demo Fictional Appliances Co., Ltd.\"\t\t=\"V-3\"\t"));
        // CSV, other words, other order, requirements and days as columns.
        Assert.Equal(["2 valid V-3 @2026-02-01", "3 valid V-6 @2026-02-01", "4 mistyped - @2026-02-01 level:malformed", "5 mistyped -", "6 mismatch V-6 category:different"], Told(app,
            "Certificate No,Bidder,等级,认证项目,日期",
            "V-3,\"Demo Fictional Appliances Co., Ltd.\",四星,26,2026/2/1", "V-6,Fictionalis,5星,商品售后服务评价体系,46054", "V-6,Fictionalis,AAA,26,2026年2月1日", "V-6,Fictionalis,,,下周", "V-6,Fictionalis,,25,"));
        // Headings in the middle, rows that are pasted otherwise below them, a sum at the end.
        Assert.Equal(["1 valid V-3", "3 valid V-6", "4 valid V-4"], Told(app, "V-3", "投标人\t证书编号", "Fictionalis\tV-6", "虚构甲；乙（演示）合伙企业", "\t\t合计 3 家"));
        Assert.Equal(["2 valid V-3", "3 valid V-6"], Told(app, "证书编号", "V-3", "V-6"));
        app.Database.Read(db =>
        {
            var list = ListReader.Read(db, SentTable.Of("某项目投标人一览表\n序号\t投标人名称\t证书编号\t报价\n1\tFictionalis\tV-6\t2\n"), new(), Day.Of(now));
            Assert.Equal(["序号", "报价"], list.UnusedColumns);
            Assert.Equal("某项目投标人一览表", list.NoRows.Single().Text);
            return true;
        });
    }

    /// <summary>A code is read however it was copied, and what stands against it is told; what is too long for a number is none.</summary>
    [Fact]
    public async Task Codes_are_read_with_their_address_in_full_width_and_with_any_hyphen()
    {
        using var app = await Registry();
        var id = (string)(await app.GetJson("/v1/certificates?number=V-3"))["items"]![0]!["id"]!;
        async Task<string> Mark(object json)
        {
            using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", json, app.Key);
            return (string)System.Text.Json.Nodes.JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        }
        var (mark, half) = (await Mark(new { placement = "documents", text = "演示" }), await Mark(new { placement = "packaging", text = "演示", items = 9 }));
        var item = ItemCode.Of(half, 3, app.Database.Read(db => MarkStore.Seed(db, half)!));
        var forged = half + Identifier.Of(Identifier.Bits(item[13..]) ^ 1);
        foreach (var (code, result, number) in ((string, string, string)[])[(id, "valid", "V-3"), (mark, "valid", "V-3"), (item, "valid", "V-3"), (half, "incomplete", "V-3"), (forged, "forged", "-")])
            foreach (var written in (string[])
            [
                code, code.ToLowerInvariant(), string.Concat(code.Select(c => (char)(c + 0xFEE0))), $"{code[..4]}-{code[4..8]}－{code[8..]}", $"{code}。", $"“{code}”", $"https://reg.example/m/{code}", $"HTTPS://REG.EXAMPLE/M/{code}?lang=zh",
                $"https://registry.of.certificates.example/m/{code}?lang=en", $"1. 编码：{code}",
            ])
                Assert.StartsWith($"1 {result} {number}", Told(app, written).Single());
        var remark = new string('长', 60);
        Assert.StartsWith("1 valid V-3", Told(app, $"V-3\t{remark}").Single());
        Assert.StartsWith("1 mistyped - number:malformed", Told(app, $"{new string('X', 80)}1").Single());
    }

    /// <summary>What is looked up for a line has a bound; whole cells come first, then single words, so that what people have is within it.</summary>
    [Fact]
    public void A_line_of_many_words_costs_no_more_than_its_share()
    {
        var line = new PastedLine($"甲 乙\tV-3\t{string.Join(' ', Enumerable.Range(0, 500).Select(i => $"w{i}"))}");
        var spans = line.Spans(60).ToArray();
        Assert.Equal(60, spans.Length);
        Assert.Equal(["甲 乙", "V-3"], spans.Take(2).Select(span => span.Text));
        Assert.All((string[])["甲", "乙", "w36"], word => Assert.Contains(word, spans.Select(span => span.Text)));
        Assert.InRange(line.Spans(int.MaxValue).Count(), 100, 400);
    }

    private static async Task<(string Text, HttpResponseMessage Answer)> Post(RegistryApp app, string lines, params (string Name, string Value)[] more)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/verify") { Content = new FormUrlEncodedContent([new("lines", lines), .. more.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))]) };
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue("zh"));
        var answer = await app.Client.SendAsync(request);
        return (await answer.Content.ReadAsStringAsync(), answer);
    }

    [Fact]
    public async Task The_page_tells_totals_the_day_the_coverage_and_every_line_as_it_was_pasted()
    {
        using var app = await Registry();
        var revoked = await VerificationTests.Issue(app, "GONE-1", "虚构已撤（演示）有限公司");
        (await app.Send("POST", $"/v1/certificates/{revoked}/revoke", new { effectiveOn = "2026-05-01" }, app.Key)).EnsureSuccessStatusCode();
        const string List = "V-3\t张三\nNEVER-00001\t虚构从未登记电器有限公司\nGONE-1\nV-7\nV-3 V-6\n<b>&\n";
        var (page, _) = await Post(app, List, ("on", "2026-04-01"));
        Assert.All((string[])["6 行", "有效 2", "未收录 3", "需确认 1", "按 2026-04-01 当日", "收录 2 家认证机构的 9 张证书", "NEVER-00001 虚构从未登记电器有限公司", "未用于核对：张三", "今天：撤销（自 2026-05-01）", "一行里有 2 个证书编号：V-3、V-6",
            "26 商品售后服务评价体系", "GB/T 27922-2011", "示例认证（虚构）有限公司", "五星级", "&lt;b&gt;&amp;", revoked], part => Assert.Contains(part, page));
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(page, "张证书，截至"));
        Assert.DoesNotContain("<b>&", page);

        var order = (string text) => System.Text.RegularExpressions.Regex.Matches(text, "<tr><td>([0-9]+)</td>").Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(["1", "2", "3", "4", "5", "6"], order(page));
        Assert.Equal(["3", "2", "4", "6", "5", "1"], order((await Post(app, List, ("first", "urgent"))).Text));

        var (csv, answer) = await Post(app, List, ("on", "2026-04-01"), ("format", "csv"));
        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("\uFEFF行号,所问,查询日期,结果,", csv);
        Assert.Contains($"3,GONE-1,2026-04-01,有效,有效；所依据的声明登记于 2026-06-15，晚于所问之日,,GONE-1,{revoked},虚构已撤（演示）有限公司,", csv);
        Assert.Equal(7, csv.TrimEnd().Split('\n').Length);

        Assert.Equal(422, (int)(await Post(app, " \n ")).Answer.StatusCode);
        Assert.Contains("最多 10000 行", (await Post(app, string.Join('\n', Enumerable.Repeat("V-3", 10_001)))).Text);
        var many = (await Post(app, string.Join('\n', Enumerable.Repeat("V-3", 1_500).Append("没有的号 0001")))).Text;
        Assert.Contains("页面只列 1000 行", many);
        Assert.Contains("<td>1501</td>", many);
        Assert.Contains("不符", (await Post(app, "V-3", ("category", "25"))).Text);
        Assert.Contains("是不是", (await Post(app, "CTS20250001-A")).Text);
    }
}
