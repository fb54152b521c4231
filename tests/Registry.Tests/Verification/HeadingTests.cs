using System.Text;
using System.Text.Json.Nodes;
using Registry.Tables;
using Registry.Tests.Tables;

namespace Registry.Tests.Verification;

/// <summary>Everything that a list gives is compared or named: a requirement under a heading of whatever wording, a second name, a
/// column of which nothing is known.</summary>
public sealed class HeadingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private const string Holder = "虚构翠鸟电器（演示）有限公司";

    private static async Task<JsonNode> Ask(RegistryApp app, string text, string query = "")
    {
        using var content = new StringContent(text, Encoding.UTF8, "text/csv");
        using var answer = await app.Client.PostAsync("/v1/verifications" + query, content, Cancel);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
    }

    private static string Findings(JsonNode answer) => string.Join(' ', answer["rows"]!.AsArray().Select(row => (string?)row!["finding"]));

    /// <summary>One cell that says nothing keeps a column from being told by its cells: its heading has to be understood.</summary>
    [Fact]
    public async Task A_heading_is_understood_by_the_words_it_is_made_of()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher, level: "four-star");
        (string Wrong, string Right, string[] Headings)[] all =
        [
            ("五星级", "四星级", ["证书级别", "达标等级", "评定等级", "售后服务星级", "商品售后服务评价等级", "認證星級", "售后服务等级要求"]),
            ("2030-01-01", "2028-02-29", ["证书截止日期", "有效截止日", "失效日期", "有效期截止日", "证书有效截止日期", "有效期结束", "有效期满日期", "證書有效期終止日期"]),
            ("2020-01-01", "2025-03-01", ["发证时间", "证书签发日", "頒證時間"]),
            ("别家贸易", Holder, ["投标方", "参选单位名称", "候选供应商", "供货商", "受评价组织", "持證人"]),
            ("暂停", "有效", ["有效状态", "证书有效性", "目前状态"]),
        ];
        foreach (var (wrong, right, headings) in all)
            foreach (var heading in headings)
                foreach (var (value, found) in ((string, string)[])[(wrong, "fail"), (right, "pass")])
                {
                    var answer = await Ask(app, $"证书编号,{heading}\nV-1,{value}\nV-1,—\n");
                    Assert.True(Findings(answer).Split(' ')[0] == found, $"{heading}: {answer.ToJsonString()}");
                }
        // Of a bidder, or of the tender: told as not used.
        foreach (var heading in (string[])["信用等级", "资质等级", "截止日期", "合同终止日期", "投标状态", "服务期限"])
        {
            var answer = await Ask(app, $"投标人,证书编号,{heading}\n{Holder},V-1,AAA\n");
            var isTold = answer["reading"]!["notes"]!.AsArray().Any(note => ((string)note!).Contains(heading));
            Assert.True(Findings(answer) == "pass" && isTold, $"{heading}: {answer.ToJsonString()}");
        }
    }

    /// <summary>The certificate is of four stars, of category 26, issued on 2026-01-01: each of these asks for something else.</summary>
    [Fact]
    public async Task What_a_column_asks_for_is_compared_however_it_is_headed()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher, level: "four-star");
        (string Value, string[] Headings)[] all =
        [
            ("五星级", ["等级", "最低等级", "等级要求", "要求等级", "招标要求的等级", "Required level", "least level", "Level (minimum)", "證書等級",
                "服務等級要求", "投标人自报"]),
            ("质量管理体系", ["认证项目", "认证项目名称", "要求认证类别", "認證項目", "证书类型", "Required category"]),
            ("ISO 14001", ["认证依据", "标准要求", "標準", "执行标准（必须）", "Required standard", "体系"]),
            ("2025-01-01", ["开标时间", "投标日", "開標日期", "投標截止日期", "Bid opening", "基准日"]),
            ("电梯", ["范围要求", "認證範圍", "Required scope"]),
        ];
        foreach (var (value, headings) in all)
            foreach (var heading in headings)
            {
                var answer = await Ask(app, $"投标人,证书编号,{heading}\n{Holder},V-1,{value}\n");
                Assert.True(Findings(answer) == "fail", $"{heading}: {answer.ToJsonString()}");
            }
        foreach (var blank in (string[])["/", "—", "--", "／"])
            Assert.Equal("pass unconfirmed", Findings(await Ask(app,
                $"投标人,证书编号,等级要求,认证项目,标准\n{Holder},V-1,{blank},{blank},{blank}\n{Holder},{blank},四星,,\n")));
        // What a bid is about is no requirement on the certificate, and a delivery date is no day to ask about.
        Assert.Equal("pass", Findings(await Ask(app, $"投标人,证书编号,投标范围,Required date\n{Holder},V-1,第一包,2020-01-01\n")));
        var traditional = "投標單位,證書編號,統一社會信用代碼,最低等級,認證項目\n"
            + $"{Holder},V-1,{VerificationTests.Kingfisher},四星級,商品售後服務評價體系\n";
        Assert.Equal("pass", Findings(await Ask(app, traditional)));
        foreach (var (least, found) in ((string, string)[])[("四星级及以上", "pass"), ("≥四星", "pass"), ("不低于五星级（含）", "fail"),
            ("五星或以上", "fail"), ("Five-star or higher", "fail"), ("at least three-star", "pass"), ("最高级", "unconfirmed"),
            (">=4星", "pass"), ("＞＝四星", "pass"), ("≧四星级", "pass"), (">4星", "unconfirmed"), ("＞四星级", "unconfirmed"), ("≤五星", "unconfirmed"), ("≠四星", "unconfirmed"),
            ("四星级★★★★", "pass"), ("⭐️⭐️⭐️⭐️", "pass"), ("四星级★★★★★", "unconfirmed"), ("五星★★★★", "unconfirmed"), ("✭✭✭✭", "unconfirmed"), ("★★★★☆", "unconfirmed")])
            Assert.Equal((least, found), (least, Findings(await Ask(app, $"投标人,证书编号,等级要求\n{Holder},V-1,{least}\n"))));
    }

    /// <summary>Two headings of which one says nothing here are headings; a label with whom it names beside it is a row.</summary>
    [Fact]
    public async Task Two_words_are_headings_and_a_label_with_a_name_beside_it_is_none()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder);
        foreach (var heading in (string[])["备注", "包号", "联系人", "remarks"])
            foreach (var separator in ",\t;，；")
                Assert.Equal((heading, "pass"), (heading, Findings(await Ask(app, $"证书编号,{heading}\nV-1,无\n".Replace(',', separator)))));
        Assert.Equal("pass", Findings(await Ask(app, "序号,证书编号,报价\n1,V-1,\"1,200.00\"\n")));
        Assert.Equal("pass", Findings(await Ask(app, $"投标人,{Holder}\n")));
        Assert.Equal("unconfirmed", Findings(await Ask(app, "投标人,没有登记\n证书编号,NEVER-0001\n"))[..11]);
    }

    /// <summary>A list asked as of today although its days stand in it would call valid what was not on them.</summary>
    [Fact]
    public async Task A_day_is_asked_under_whatever_name_a_tender_has_for_it()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder);
        string[] days = ["递交投标文件截止时间", "响应文件提交截止日期", "报价日", "询价日期", "磋商时间", "竞价之日", "as-of date", "Bids opening date", "deadline for submission", "Quotation date"];
        foreach (var heading in days) Assert.Equal((heading, "fail"), (heading, Findings(await Ask(app, $"证书编号,{heading}\nV-1,2001-01-01\n"))));
        foreach (var heading in (string[])["截止日期", "as of", "到场"])
        {
            var answer = await Ask(app, $"证书编号,{heading}\nV-1,2001-01-01\n");
            Assert.Equal((heading, "pass"), (heading, Findings(answer)));
            Assert.Contains($"“{heading}”", answer["reading"]!["notes"]![0]!.ToString());
        }
        foreach (var heading in (string[])["标的", "报价", "商标", "提交人"])
            Assert.Equal((heading, "pass"), (heading, Findings(await Ask(app, $"证书编号,{heading}\nV-1,无\n"))));
    }

    [Fact]
    public async Task A_second_name_of_the_holder_or_the_body_is_compared_too()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        const string Body = RegistryApp.Body, Name = "示例认证（虚构）有限公司";
        Assert.Equal("fail pass", Findings(await Ask(app, $"企业名称,英文名称,证书编号\n{Holder},Other Co.,V-1\n{Holder},,V-1\n")));
        Assert.Equal("fail", Findings(await Ask(app, "英文名称,证书编号\nOther Co.,V-1\n")));
        var bodies = await Ask(app, $"证书编号,认证机构批准号,认证机构\nV-1,{Body},{Name}\nV-1,{Body},别家认证有限公司\nV-1,,{Name}\n");
        Assert.Equal("pass unconfirmed pass", Findings(bodies));
    }

    [Fact]
    public async Task What_was_compared_with_nothing_is_named_in_every_form_of_the_answer()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        var text = $"投标人,证书编号,我方编号的由来\n{Holder},V-1,某说明\n";
        Assert.Contains("我方编号的由来", (await Ask(app, text))["reading"]!["notes"]!.ToJsonString(global::Registry.Http.Json.Options));
        foreach (var format in (string[])["csv", "xlsx"])
        {
            using var content = new StringContent(text, Encoding.UTF8, "text/csv");
            using var answer = await app.Client.PostAsync($"/v1/verifications?format={format}", content, Cancel);
            var file = await answer.Content.ReadAsByteArrayAsync(Cancel);
            if (format == "csv") Assert.EndsWith(",没有用到的列：我方编号的由来,通过\r\n", Encoding.UTF8.GetString(file));
            else
            {
                using var book = Workbook.Open(new MemoryStream(file), WorkbookBounds.List);
                Assert.Equal("没有用到的列：我方编号的由来", book.Rows(book.Sheets[0]).Last().Cells[^1]);
            }
        }
        var pasted = await Ask(app, $"{Holder} V-1 某说明\n");
        Assert.Equal("""[{"line":1,"texts":["某说明"]}]""", pasted["reading"]!["notUsed"]!.ToJsonString(global::Registry.Http.Json.Options));
    }

    /// <summary>The certificate has four stars: more than four is not four at least, in a line or a row of JSON neither.</summary>
    [Fact]
    public async Task What_asks_for_more_than_a_level_is_never_read_as_the_level()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher, level: "four-star");
        foreach (var more in (string[])[">4星", "＞四星级", "> 4星", "<五星", "≠四星"])
        {
            foreach (var line in (string[])[$"{Holder} V-1 {more}\n", $"V-1，{Holder}；{more}", $"{Holder} V-1{more}"])
                Assert.True((await Ask(app, line)) is var answer && (Findings(answer) != "pass" || answer["reading"]!["notUsed"]!.AsArray().Count > 0), line);
            using var refused = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { number = "V-1", level = more } } });
            Assert.Equal(422, (int)refused.StatusCode);
        }
        // Nor are two categories the first of them.
        foreach (var two in (string[])["26/27", "26、27", "26 27", "26-28", "26(27)"])
            Assert.Equal((two, "unconfirmed"), (two, Findings(await Ask(app, $"投标人,证书编号,认证项目\n{Holder},V-1,\"{two}\"\n"))));
        foreach (var least in (string[])["≥4星", ">=四星级", "四星级及以上", "<四星>", "＜四星＞"])
            Assert.Equal((least, "pass"), (least, Findings(await Ask(app, $"{Holder} V-1 {least}\n"))));
    }

    /// <summary>A list tells which level each bidder says to have: it takes nothing from what the officer asks of all of them.</summary>
    [Fact]
    public async Task What_is_asked_of_all_rows_holds_beside_what_a_row_asks()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher, level: "four-star");
        (string Heading, string Own, string Query, string Found)[] all =
        [
            ("等级", "四星级", "level=five-star", "fail"), ("等级", "四星级", "level=three-star", "pass"), ("等级", "四星级", "level=four-star", "pass"),
            ("等级", "五星级", "level=three-star", "fail"), ("等级", "无", "level=five-star", "unconfirmed"),
            ("认证项目", "26", "category=25", "unconfirmed"), ("认证项目", "25", "category=26", "unconfirmed"), ("认证项目", "26", "category=26", "pass"),
            ("标准", "GB/T 27922", "standard=ISO 9001", "fail"), ("标准", "商品售后服务评价体系", "standard=GB/T 27922-2011", "pass"),
            ("范围", "家用电器", "scope=汽车", "fail"), ("范围", "家用电器", "scope=售后", "pass"),
            ("开标日期", "2026-02-01", "on=2025-01-01", "pass"),
        ];
        foreach (var (heading, own, query, found) in all)
        {
            var answer = await Ask(app, $"证书编号,投标人,{heading}\nV-1,{Holder},{own}\n", "?" + query);
            Assert.True(Findings(answer) == found, $"{own} {query}: {answer.ToJsonString(global::Registry.Http.Json.Options)}");
        }
    }

    /// <summary>A column may have lost its heading, or never had one: what is asked in it is named by its letter.</summary>
    [Fact]
    public async Task What_stands_under_no_heading_is_named_too()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        (string Text, string Told)[] all =
        [
            ($"投标人,证书编号,\n{Holder},V-1,五星以上的\n", "没有用到的列：(C)"),
            ($",投标人,,证书编号,备注\n1,{Holder},2020-01-01,V-1,\n", "没有用到的列：备注；(A)；(C)"),
            ($"投标人,证书编号,,\n{Holder},V-1,,\n投标人,,证书编号\n{Holder},不得转包,V-1\n", "没有用到的列：(B)"),
            ($"投标人,证书编号,\n{Holder},V-1,\n", ""),
        ];
        foreach (var (text, told) in all)
            Assert.Equal((text, told), (text, string.Join(' ', (await Ask(app, text))["reading"]!["notes"]!.AsArray().Select(note => (string)note!))));
    }

    /// <summary>A bid day may lie ahead: the answer says what it cannot know, and a checker says the same.</summary>
    [Fact]
    public async Task A_day_that_is_still_to_come_is_told_in_the_answer_and_on_the_page()
    {
        using var app = new RegistryApp();
        var id = await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        const string Ahead = "所问之日尚未到，此后登记的变更还不知道";
        string Messages(JsonNode answer) => string.Join(' ', answer["rows"]!.AsArray().Select(row => (string?)row!["message"]));
        var answer = await Ask(app, "证书编号,开标日期\nV-1,2026-06-16\nV-1,2026-06-15\nV-1,\n");
        Assert.Equal($"有效；{Ahead} 有效 有效", Messages(answer));
        var page = await app.Client.GetStringAsync($"/c/{id}?on=2026-06-16", Cancel);
        Assert.Contains(Ahead, page);
        Assert.DoesNotContain("class=\"status valid\"", page);
        Assert.DoesNotContain(Ahead, await app.Client.GetStringAsync($"/c/{id}?on=2026-06-15", Cancel));
        var (_, file) = await AnswerTests.AnswerTests.Keep(app, new { on = "2026-06-16", rows = new[] { new { number = "V-1" } } });
        Assert.Equal("Right: ", AnswerTests.AnswerTests.Told(AnswerTests.AnswerTests.Check(app, file)));
    }

    /// <summary>UTF-8 that a spreadsheet read as Latin-1: the number beside it says nothing of whoever was named.</summary>
    [Fact]
    public async Task A_line_with_a_spoilt_name_is_no_answer_about_its_number()
    {
        using var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        var bytes = Encoding.UTF8.GetBytes(Holder);
        string[] spoilt =
        [
            Encoding.Latin1.GetString(bytes), CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetString(bytes),
            CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!.GetString(bytes), "?????????有限公司", "虚构\uFFFD鸟电器有限公司",
        ];
        foreach (var name in spoilt) Assert.Equal((name, "unconfirmed"), (name, Findings(await Ask(app, $"{name}\tV-1\n"))));
        foreach (var beside in (string[])[Holder, "Müller & Søn", "第一包？", "¥12,000"])
            Assert.Equal((beside, "pass"), (beside, Findings(await Ask(app, $"{Holder}\tV-1\t{beside}\n"))));
    }

    [Fact]
    public async Task Sheets_that_were_not_read_are_named_and_so_is_a_hidden_one_that_was()
    {
        using var app = new RegistryApp();
        string?[] headings = ["投标人", "证书编号"];
        var book = new Xlsx().Sheet("甲包", Xlsx.Rows(headings, [Holder, "V-1"])).Sheet("空", "")
            .Sheet("乙包", Xlsx.Rows(headings, [Holder, "V-2"]));
        using var content = new ByteArrayContent(book.Bytes()) { Headers = { ContentType = new(MediaTypes.Workbook) } };
        foreach (var (sheet, read, left) in (ValueTuple<string, string, string>[])[("", "甲包", "乙包"), ("?sheet=乙包", "乙包", "甲包")])
        {
            using var answer = await app.Client.PostAsync("/v1/verifications" + sheet, content, Cancel);
            var notes = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["reading"]!["notes"]!.AsArray();
            Assert.Equal([$"只读了工作表“{read}”，没有读：{left}"], notes.Select(note => (string?)note));
        }
        var list = Xlsx.Rows(headings, [Holder, "V-1"]);
        var hidden = new Xlsx().Sheet("封面", Xlsx.Rows(["请看"])).Sheet("名单", list, attributes: "state=\"hidden\"");
        using var other = new ByteArrayContent(hidden.Bytes()) { Headers = { ContentType = new(MediaTypes.Workbook) } };
        using var told2 = await app.Client.PostAsync("/v1/verifications", other, Cancel);
        Assert.Contains("工作表“名单”是隐藏的", await told2.Content.ReadAsStringAsync(Cancel));
    }
}
