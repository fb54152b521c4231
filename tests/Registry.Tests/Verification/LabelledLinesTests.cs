using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Verification;

namespace Registry.Tests.Verification;

/// <summary>What tells of one certificate over several lines is one question; what a sentence, a heading or a title says besides is compared
/// or named.</summary>
public sealed class LabelledLinesTests
{
    private static readonly DateTimeOffset now = new TestClock().Now;
    private const string Kingfisher = "虚构翠鸟（演示）电器有限公司", Heron = "虚构苍鹭（演示）电器有限公司";

    private static string[] Told(RegistryApp app, string text) => app.Database.Read<string[]>(db =>
    {
        var list = ListReader.Read(db, SentTable.Of(text), new(), Day.Of(now));
        var rows = list.Answer(db, new(), now, Language.Zh).Rows.Zip(list.Rows, (verdict, row) =>
        {
            var unlike = verdict.Compared.Where(one => one.Verdict != Agreement.Same).Select(one => $" {one.Field}");
            return verdict.Result.Word() + string.Concat(unlike) + string.Concat(row.Unused.Select(text => $" ({text})"));
        });
        return [.. rows, .. list.Notes.Select(note => $"! {note.En}"), .. list.NoRows.Select(line => $"- {line.Text}")];
    });

    private static async Task<RegistryApp> Registry()
    {
        var app = new RegistryApp();
        await VerificationTests.Issue(app, "X-26001", Kingfisher, VerificationTests.Kingfisher, level: "four-star");
        await VerificationTests.Issue(app, "X-26002", Heron, VerificationTests.Heron, level: "four-star");
        return app;
    }

    [Fact]
    public async Task Fields_behind_their_labels_are_one_record_and_compared()
    {
        using var app = await Registry();
        (string Text, string[] Told)[] texts =
        [
            ($"投标人：{Kingfisher}\n证书编号：X-26001\n\n投标人：{Kingfisher}\n证书编号：X-26002", ["valid", "mismatch name"]),
            ($"证书编号\nX-26001\n获证组织名称\n{Heron}\n证书状态\n有效", ["mismatch name"]),
            ($"证书编号：\tX-26001\t证书状态：\t暂停\n获证组织名称：\t{Kingfisher}\t法人：\t张三", ["mismatch status (法人：张三)"]),
            ($"Bidder: {Kingfisher}\nCertificate no.: X-26001\nLevel: five-star", ["mismatch level"]),
            // One label behind another in a line is a record of its own, and lists under headings stay lists.
            ($"投标人：{Kingfisher} 证书编号：X-26001\n投标人：{Kingfisher} 证书编号：X-26002", ["valid", "mismatch name"]),
            ("证书编号：X-26001\n证书编号：X-26002", ["valid", "valid"]),
            ("证书编号\nX-26001\nX-26002", ["valid", "valid"]),
            // What has no labels is asked line by line, and that is said.
            ($"{Kingfisher}\nX-26002", ["valid", "valid",
                "! A name and a number in lines of their own were asked apart, not compared (lines 2): put both in one line"]),
        ];
        foreach (var (text, told) in texts) Assert.Equal((text, string.Join(" | ", told)), (text, string.Join(" | ", Told(app, text))));
    }

    /// <summary>Whoever writes a label means what stands behind it.</summary>
    [Fact]
    public async Task What_stands_behind_a_label_in_a_line_is_compared_or_no_answer()
    {
        using var app = await Registry();
        foreach (var (said, told) in ((string, string)[])
        [
            ("范围：锅炉制造", "mismatch scope"), ("认证范围：家用电器", "valid"), ("有效期到2030年", "mistyped"), ("有效期：三年", "mistyped"),
            ("等级：最高", "mistyped"), ("认证依据：企标", "mistyped"), ("状态：不明", "mistyped"), ("电话：0532-1234", "valid"), ("备注：已交", "valid"),
        ])
            Assert.Equal((said, told), (said, Told(app, $"{Kingfisher} X-26001 {said}")[0].Split(" (")[0]));
    }

    [Fact]
    public async Task A_table_that_lies_on_its_side_is_told()
    {
        using var app = await Registry();
        foreach (var between in (string[])["\t", ","])
            foreach (var above in (string[])["", $"序号{between}1{between}2\n", $"项目{between}投标人1{between}投标人2\n"])
            {
                var told = Told(app, $"{above}投标人{between}{Kingfisher}{between}{Heron}\n证书编号：{between}X-26001{between}X-26002\n");
                Assert.DoesNotContain("valid", told);
                Assert.Contains(told, note => note.EndsWith("turn the table, so that each has a row of its own", StringComparison.Ordinal));
            }
    }

    [Fact]
    public async Task Whom_a_sentence_speaks_of_is_compared()
    {
        using var app = await Registry();
        (string Text, string Told)[] sentences =
        [
            ($"请核实{Kingfisher}持有的证书X-26001是否有效", "valid (持有的证书) (是否有效)"),
            ($"请核实{Heron}持有的证书X-26001是否有效", "mismatch name (持有的证书) (是否有效)"),
            ($"{Kingfisher}的售后服务认证证书（编号：X-26001，服务等级四星级）", "valid (的售后服务认证证书)"),
            ("虚构不在册（演示）商贸有限公司的售后服务认证证书（编号：X-26001，四星级）", "mismatch name (的售后服务认证证书)"),
            ($"我公司{Kingfisher}，证书编号X-26001，服务等级五星级", "mismatch level"),
            // Whose trade name goes on is another.
            ($"上海{Kingfisher}，证书编号X-26001", "mismatch name"),
        ];
        foreach (var (text, told) in sentences) Assert.Equal((text, told), (text, string.Join(" | ", Told(app, text))));
    }

    [Fact]
    public async Task A_title_beside_a_standard_neither_hides_nor_replaces_it()
    {
        using var app = await Registry();
        (string Standard, string Told)[] standards =
        [
            ("GB/T 27922-2011《商品售后服务评价体系》", "valid"),
            ("《商品售后服务评价体系》（GB/T 27922）", "valid"),
            ("依据GB/T27922-2011标准", "valid"),
            ("商品售后服务评价体系", "valid"),
            ("GB/T 27922-2012《商品售后服务评价体系》", "mismatch standard"),
            ("GB/T 27922-2011《质量管理体系 要求》", "mismatch standard"),
            ("GB/T 27922-2011、GB/T 19001-2016", "mismatch standard"),
            ("标准", "mismatch standard"),
            ("26", "mismatch standard"),
            ("第26项", "mismatch standard"),
            ("GB/T 27922-2011 26", "mismatch standard"),
        ];
        foreach (var (standard, told) in standards)
            Assert.Equal((standard, told), (standard, Told(app, $"投标人\t证书编号\t认证依据\n{Kingfisher}\tX-26001\t{standard}").Single()));
    }

    [Fact]
    public async Task Headings_with_words_of_their_own_are_headings_and_what_they_ask_is_named()
    {
        using var app = await Registry();
        static string Asked(string heading) => $"valid | ! What the heading “{heading}” asks for was not compared: state it apart";
        static string Outside(int row) => $"! A day or a requirement stands outside the list (rows {row}) and was not read there: state it apart";
        var above = Outside(1);
        (string Text, string Told)[] tables =
        [
            ($"投标人\tISO9001证书编号\t售后服务证书编号\n{Kingfisher}\tQ-1\tX-26001", "valid"),
            ($"投标人\t证书1\t证书2\n{Kingfisher}\tX-26001\tX-26002", "ambiguous"),
            ($"投标人\t证书编号\t另附证书\n{Kingfisher}\tX-26001\tX-26002", "ambiguous"),
            ($"Supplier\tAfter-sales certificate no.\n{Heron}\tX-26001", "mismatch name"),
            ($"投标人\t证书编号（须五星级）\n{Kingfisher}\tX-26001", Asked("证书编号（须五星级）")),
            ($"投标人\tISO 14001证书号\n{Kingfisher}\tX-26001", Asked("ISO 14001证书号")),
            ($"开标时间：2026-01-01\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - 开标时间：2026-01-01"),
            ($"开标时间：2026-01-01\n投标人：{Kingfisher}\n证书编号：X-26001", $"valid | {above} | - 开标时间：2026-01-01"),
            ($"须具有五星级证书\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - 须具有五星级证书"),
            ($"核验表\n投标人\t证书编号\n{Kingfisher}\tX-26001", "valid | - 核验表"),
            ($"投标人名单（投标截止日：2026-01-01）\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - 投标人名单（投标截止日：2026-01-01）"),
            ($"某项目投标人名单（投标截止日：2026年1月1日）\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - 某项目投标人名单（投标截止日：2026年1月1日）"),
            ($"名单【开标：2026.1.1】\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - 名单【开标：2026.1.1】"),
            ($"Bids opened on 1 January 2026\nSupplier\tCertificate no.\n{Kingfisher}\tX-26001", $"valid | {above} | - Bids opened on 1 January 2026"),
            ($"投标人\t证书编号\n{Kingfisher}\tX-26001\n注：以开标日2026年1月1日为准", $"valid | {Outside(3)} | - 注：以开标日2026年1月1日为准"),
            ($"2026-01-01\n{Kingfisher} X-26001", $"valid | {above} | - 2026-01-01"),
            ($"（2026年1月1日）\n投标人\t证书编号\n{Kingfisher}\tX-26001", $"valid | {above} | - （2026年1月1日）"),
            ($"投标人\t证书编号\n{Kingfisher}\tX-26001\n制表日期：2026-01-01", "valid | - 制表日期：2026-01-01"),
            ($"2026年度投标人名单 招标编号：ZB-2026-01-01\n投标人\t证书编号\n{Kingfisher}\tX-26001", "valid | - 2026年度投标人名单 招标编号：ZB-2026-01-01"),
            ($"投标人\t证书编号\n{Kingfisher}\tX-26001\n合计\t1家", "valid | - 合计\t1家"),
            ($"序号\t投标人\t证书编号\n1\t{Kingfisher}\tX-26001\n合计\t{Heron}\tX-26001", "valid | mismatch name"),
            ($"| 投标人 | 证书编号 |\n|---|:---|\n| {Heron} | X-26001 |", "mismatch name | - |---|:---|"),
        ];
        foreach (var (text, told) in tables) Assert.Equal((text, told), (text, string.Join(" | ", Told(app, text))));
    }

    /// <summary>Text has lost which cells were merged: whoever stands above a blank cell may be meant, and may not hold that certificate.</summary>
    [Fact]
    public async Task Cells_that_are_blank_below_filled_ones_are_told()
    {
        using var app = await Registry();
        static string Blank(string field, string rows) => $"! “{field}” is empty in rows {rows}, which were checked without it: if what stands above holds for them, repeat it";
        (string Text, string Told)[] tables =
        [
            ($"投标人\t证书编号\n{Heron}\tX-26002\n\tX-26001", $"valid | valid | {Blank("Holder", "3")}"),
            ($"证书编号\t开标日期\t等级要求\nX-26001\t2026-01-01\t达标级\nX-26001\t\t\nX-26001\t\t达标级", $"valid | valid | valid | {Blank("On", "3, 4")} | {Blank("Level", "3")}"),
            ($"证书编号,投标人,等级要求\nX-26002,{Heron},四星级\nX-26001", $"valid | valid | {Blank("Holder", "3")} | {Blank("Level", "3")}"),
            ($"证书编号,投标人\nX-26002,{Heron}\nX-26001 {Kingfisher}", "valid | valid"),
            ($"投标人\t信用代码\t证书编号\n{Kingfisher}\t\tX-26001\n{Kingfisher}\t\tX-26001", "valid | valid"),
            ($"投标人\t证书编号\t等级要求\n{Kingfisher}\tX-26001\t", "valid"),
        ];
        foreach (var (text, told) in tables) Assert.Equal((text, told), (text, string.Join(" | ", Told(app, text))));
    }

    /// <summary>Of a long line the words behind the fortieth were passed over: another holder's name, a level, a day.</summary>
    [Fact]
    public async Task What_stands_beyond_what_is_read_of_a_line_leaves_it_to_a_person()
    {
        using var app = await Registry();
        var filling = string.Join(' ', Enumerable.Repeat("说明", 45));
        foreach (var beyond in (string[])[Heron, "五星级", "2020-01-01", "X-26002", string.Join('（', Enumerable.Repeat("一A", 45))])
            foreach (var text in (string[])[$"{Kingfisher} X-26001 {filling} {beyond}", $"投标人\t证书编号\n{Kingfisher}\tX-26001（{filling}）{beyond}"])
                Assert.False(Told(app, text)[0].StartsWith("valid", StringComparison.Ordinal), text);
        var told = Told(app, $"Please find below {filling}\n投标人\t证书编号\n{Kingfisher}\tX-26001");
        Assert.Equal(("valid", 2), (told[0], told.Length));
    }

    /// <summary>Lots of a tender part its list; who stands beside one is asked.</summary>
    [Fact]
    public async Task Headings_of_lots_ask_nothing()
    {
        using var app = await Registry();
        foreach (var lot in (string[])["第一包", "第2标段", "包3", "标段二：空调采购", "【第一包】", "Lot 4", "一标包（家电）", "采购包1 厨具"])
        {
            Assert.Equal((lot, $"valid | - {lot}"), (lot, string.Join(" | ", Told(app, $"投标人\t证书编号\n{lot}\t\n{Kingfisher}\tX-26001\n"))));
            Assert.Equal((lot, $"valid | - {lot}"), (lot, string.Join(" | ", Told(app, $"{lot}\n{Kingfisher} X-26001\n"))));
        }
        foreach (var bidder in (string[])["第一包 别家（演示）有限公司", "包6 X-99999", "包装一厂", "第一包装厂"])
            Assert.Equal((bidder, "not-in-registry"), (bidder, Told(app, $"投标人\t证书编号\n{Kingfisher}\tX-26001\n{bidder}\t\n")[1]));
    }

    /// <summary>The certificate has four: five that were passed over made it valid.</summary>
    [Fact]
    public async Task Stars_at_a_name_or_number_are_compared_and_what_a_heading_asks_in_brackets_is_told()
    {
        using var app = await Registry();
        foreach (var line in (string[])[$"{Kingfisher}★★★★★\tX-26001", $"{Kingfisher}；★★★★★；X-26001", $"★★★★★ {Kingfisher} X-26001", $"{Kingfisher}\tX-26001★★★★★", $"{Kingfisher} ★★★★★ X-26001"])
        {
            Assert.DoesNotContain("valid", Told(app, line)[0].Split(' '));
            Assert.DoesNotContain("valid", Told(app, $"投标人\t证书编号\t页\n{line}\t\t")[0].Split(' '));
        }
        // How many are meant of others nobody can tell.
        foreach (var others in (string[])["✭✭✭✭✭", "★★★★☆", "✰"])
            foreach (var heading in (string[])["", "投标人\t证书编号\n"])
                Assert.NotEqual("valid", Told(app, $"{heading}{Kingfisher}{others}\tX-26001")[0]);
        Assert.Equal(["valid"], Told(app, $"投标人\t证书编号\n{Kingfisher}★★★★\tX-26001"));
        using var refused = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { number = "X-26001", name = $"{Kingfisher}★★★★★" } } });
        Assert.Contains("holds-more", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (var asked in (string[])["2019年1月1日", "★★★★★", "第27项", "27", "五星级", "2026-10-01"])
            Assert.Contains(Told(app, $"投标人\t证书编号（{asked}）\n{Kingfisher}\tX-26001"), told => told.Contains("state it apart") && told.Contains(asked));
        foreach (var harmless in (string[])["全称", "必填", "18位", "与营业执照一致", "如有"])
            Assert.Equal((harmless, "valid"), (harmless, string.Join('|', Told(app, $"投标人（{harmless}）\t证书编号\n{Kingfisher}\tX-26001"))));
    }

    [Fact]
    public async Task A_score_behind_a_level_is_told_and_hides_no_level()
    {
        using var app = await Registry();
        foreach (var (level, told) in ((string, string)[])
        [
            ("四星级（96.5分）", "valid (96.5分)"), ("四星级 96.5", "valid (96.5)"), ("四星，得分：96.5分", "valid (得分：96.5分)"), ("不低于三星级/80分", "valid (80分)"),
            ("五星级（96.5分）", "mismatch level (96.5分)"), ("三星级（不含）及以上", "mistyped level"), ("96.5分", "mistyped level"),
        ])
            Assert.Equal((level, told), (level, Told(app, $"证书编号\t投标人\t等级\nX-26001\t{Kingfisher}\t{level}\n").Single()));
    }

    /// <summary>The code on a copied package is a real one; the site before it need not be: told in whatever way it is asked.</summary>
    [Fact]
    public async Task Addresses_of_other_sites_are_told()
    {
        using var app = await Registry();
        var id = (string)(await app.GetJson("/v1/certificates?number=X-26001"))["items"]![0]!["id"]!;
        string[] codes = [$"https://reg.example/c/{id}", $"https://evil.example/m/{id}", $"see evil.example/reg/m/{id}", $"HTTP://REG.example:8080/c/{id}", id, $"REG.EXAMPLE/c/{id}",
            $"https://例子.example/?q={id}"];
        using var content = new StringContent($"code\n{string.Join('\n', codes)}", Encoding.UTF8, "text/csv");
        using var answer = await app.Client.PostAsync("/v1/verifications?lang=en", content, TestContext.Current.CancellationToken);
        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        static string Told(string site) =>
            $"Valid; the address is one of {site}, not of this registry: only the code in it was checked; what that site shows proves nothing";
        string[] messages = ["Valid", Told("evil.example"), Told("evil.example"), Told("reg.example:8080"), "Valid", "Valid", Told("xn--fsqu00a.example")];
        static string[] Messages(JsonArray rows) => [.. rows.Select(row => $"{row!["message"]}")];
        Assert.Equal(messages, Messages(told["rows"]!.AsArray()));
        var rows = new { rows = codes.Append("https://evil.example/c/0000000000000").Select(code => new { code }) };
        var asked = Messages(await VerificationTests.Verify(app, rows));
        Assert.Equal(messages, asked[..^1]);
        Assert.EndsWith(Told("evil.example")["Valid".Length..], asked[^1]);
        // Whoever checks the signed answer makes the same messages.
        var (_, file) = await AnswerTests.AnswerTests.Keep(app, rows);
        Assert.Equal("Right: ", AnswerTests.AnswerTests.Told(AnswerTests.AnswerTests.Check(app, file)));
    }

    /// <summary>A name beside an address is compared: the address alone would make a borrowed certificate valid.</summary>
    [Fact]
    public async Task What_stands_beside_an_address_is_compared()
    {
        using var app = await Registry();
        var id = (string)(await app.GetJson("/v1/certificates?number=X-26001"))["items"]![0]!["id"]!;
        var address = $"https://reg.example/c/{id}?on=2026-06-15";
        foreach (var (line, told) in ((string, string)[])
        [
            (address, "valid"), ($"{Kingfisher} {address}", "valid"), ($"{Kingfisher} X-26001 {address}", "valid"),
            ($"{Heron} {address}", "mismatch name"), ($"{Heron}：{address}", "mismatch name"), ($"{Heron} X-26001 {address}", "mismatch name"),
            ($"{Heron}\t{address}", "mismatch name"), ($"{address} {Heron}", "mismatch name"), ($"{Kingfisher} {address} {Heron}", "ambiguous"),
        ])
            Assert.Equal((line, told), (line, Told(app, line).First()));
    }

    /// <summary>An answer holds what is registered: asked by that, a borrowed certificate would agree with itself.</summary>
    [Fact]
    public async Task An_answer_that_is_sent_again_is_asked_by_what_was_asked()
    {
        using var app = await Registry();
        foreach (var language in (Language[])[Language.Zh, Language.En])
        {
            var csv = app.Database.Read(db =>
            {
                var list = ListReader.Read(db, SentTable.Of($"投标人,证书编号\n{Kingfisher},X-26001\n{Heron},X-26001\n{Heron},X-26009"), new(), Day.Of(now));
                return AnswerTable.Csv(list, list.Answer(db, new(), now, language), "", language);
            });
            Assert.Equal(["valid", "mismatch name", "not-in-registry"], Told(app, csv)[..3]);
        }
    }
}
