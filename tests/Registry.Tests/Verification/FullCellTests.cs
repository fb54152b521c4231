using Registry.Certificates;
using Registry.Verification;

namespace Registry.Tests.Verification;

/// <summary>Numbers, codes and names that something else is written at: in a line, and in a cell under their heading.</summary>
public sealed class FullCellTests
{
    private static readonly DateTimeOffset now = new TestClock().Now;
    private const string Kingfisher = "虚构翠鸟电器（演示）有限公司", Heron = "虚构苍鹭电器（演示）有限公司";
    private static readonly string Own = VerificationTests.Kingfisher, Others = VerificationTests.Heron;

    private static string Told(RegistryApp app, string text) => app.Database.Read(db =>
    {
        var list = ListReader.Read(db, SentTable.Of(text), new(), Day.Of(now));
        var verdict = list.Answer(db, new(), now, Language.Zh).Rows.Single();
        var unlike = verdict.Compared.Where(one => one.Verdict != Agreement.Same).Select(one => $" {one.Field}");
        return verdict.Result.Word() + string.Concat(unlike) + string.Concat(list.Rows.Single().Unused.Select(text => $" ({text})"));
    });

    [Fact]
    public async Task What_stands_at_a_number_neither_hides_it_nor_goes_uncompared()
    {
        using var app = await Registry();
        (string Cell, string Told)[] cells =
        [
            // What stands beside a number is compared, or told as not used; it does not hide the number.
            ("X-26001(五星级)", "valid"),
            ("X-26001（五星级）", "valid"),
            ("证书号X-26001五星级", "valid"),
            ("《X-26001》", "valid"),
            ("【X-26001】", "valid"),
            ("X-26001（见第12页）", "valid (见第12页)"),
            ("X-26001[复印件]", "valid"),
            ("X-26001（有效期至2028-02-29）", "valid"),
            ("X-26001（有效期至2028-02-28）", "mismatch expiresOn"),
            ("X-26001（2028-02-29到期）", "valid"),
            ("X-26001（2028年2月28日到期）", "mismatch expiresOn"),
            ("X-26001（2026-02-01开标）", "valid (2026-02-01) (开标)"),
            ("X-26001（已撤销）", "mismatch status"),
            ("X-26001(GB/T 27922-2011)", "valid"),
            ("X-26001（ISO9001）", "mismatch standard"),
            ($"X-26001（{Kingfisher}）", "valid"),
            ($"{Kingfisher}X-26001", "valid"),
            ($"{Kingfisher}（盖章）X-26001", "valid"),
            ($"X-26001（{Own}）", "valid"),
            // Borrowed: the code or name at the number is another's.
            ($"X-26001（{Others}）", "mismatch uscc"),
            ($"X-26001{Others}", "not-in-registry"),
            ($"{Kingfisher}（{Others}）X-26001", "mismatch uscc"),
            // Several are for a person to choose from.
            ("X-26001/X-26002", "ambiguous"),
            ("X-26001+X-26002", "ambiguous"),
            ("X-26001；X-26002", "ambiguous"),
            ("X-26001（X-26002）", "ambiguous"),
            // What may be a part of the number is one: its certificate is not on record.
            ("X-26001-1", "not-in-registry"),
            ("X-26001/1", "not-in-registry"),
            ("X-26001(2)", "not-in-registry"),
            ("X-26001（A）", "not-in-registry"),
            ("X-26001A", "not-in-registry"),
            ("沪X-26001", "not-in-registry"),
            ("X-26001甲", "not-in-registry"),
        ];
        Same(app, cells, cell => cell, "证书编号\t备注", cell => cell + "\t");
    }

    /// <summary>Lines of a letter or a slide: what marks or counts them is no part of what they name, and no category.</summary>
    [Fact]
    public async Task Bullets_and_ranks_hide_nothing_and_ask_nothing()
    {
        using var app = await Registry();
        foreach (var mark in (string[])["•", "• ", "◆", "√ ", "①", "① ", "⑴", "（一）", "(三)", "一、", "1. "])
            foreach (var line in (string[])["X-26001", Kingfisher])
                Assert.Equal((mark, "valid"), (mark, Told(app, mark + line)));
        Assert.Equal("valid (第1名)", Told(app, $"第1名 {Kingfisher} X-26001"));
    }

    /// <summary>What looks like an explanation of the headings or a signature below the list, and is on record, is a row.</summary>
    [Fact]
    public async Task What_is_on_record_is_asked_however_it_is_written()
    {
        using var app = await Registry();
        foreach (var row in (string[])["（X-26001）", "注册号：X-26001"])
            Assert.Equal((row, "valid"), (row, Told(app, $"证书编号\n{row}\n")));
    }

    /// <summary>A code is read wherever it stands; whom the words at it name is compared, or a borrowed certificate is valid.</summary>
    [Fact]
    public async Task A_name_at_a_code_or_an_address_is_compared_however_they_are_glued()
    {
        using var app = await Registry();
        // One code in a hundred is of letters alone.
        var (code, page) = ("0", "");
        for (var i = 0; code.Any(char.IsDigit); i++) code = await VerificationTests.Issue(app, $"Z-{i}", Kingfisher, Own);
        page = $"https://reg.example/c/{code}";
        (string Cell, string Told)[] cells =
        [
            .. new[] { code, page, $"{page}?on=2026-06-15", $"reg.example/c/{code}", $"{code[..5]} {code[5..]}" }.Select(cell => (cell, "valid")),
            ($"查询编码：{code}", "valid"), ($"查询编码{code}", "valid"), ($"编码{code}", "valid (编码)"), ($"扫码{page}", "valid (扫码)"), ($"{Kingfisher}{code}", "valid"), ($"{page}（{Kingfisher}）", "valid"),
            .. new[] { "{1}{0}", "{1} {0}", "{1}：{0}", "{1}（{0}）", "{1}/{0}", "{1}-{0}", "{1}查询编码{0}", "{0}{1}", "{0}（{1}）", "{0} {1}", "{0}，{1}" }
                .SelectMany(glue => new[] { code, page }.Select(it => (string.Format(System.Globalization.CultureInfo.InvariantCulture, glue, it, Heron), "mismatch name"))),
            ($"{Heron}的{page}", "mismatch name (的)"), ($"{code}（{Others}）", "mismatch uscc"), ($"X-26002 {code}", "mismatch number"), ($"{code}（四星级）", "valid"),
        ];
        foreach (var heading in (string[])["查询编码", "证书编号", "投标人", "统一社会信用代码"])
            Same(app, cells, cell => cell, heading + "\t备注\t页", cell => cell + "\t\t");
        foreach (var (cell, told) in cells.Where(cell => cell.Cell.Contains(Heron)))
        {
            using var refused = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { code = cell } } });
            var problem = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(problem.Contains("holds-more") && problem.Contains("/rows/0/code"), cell + problem);
        }
    }

    /// <summary>However somebody else's name is written at what identifies a certificate, and under whatever headings: the row is not
    /// valid.</summary>
    [Fact]
    public async Task A_borrowed_certificate_is_valid_in_no_way_of_writing_it()
    {
        using var app = await Registry();
        var code = (string)(await app.GetJson("/v1/certificates?number=X-26001"))["items"]![0]!["id"]!;
        string[] signs = ["", " ", "_", "—", "-", "~", "#", "=", "→", ".", "。", "+", "&", "*", "/", "|", "与", "和", "的", "编号", "证书", "证书编号", "，", "：", "（", "["];
        string[] others = [Heron, "别家（演示）有限公司", "北京别样（演示）电器集团", "虚构电器经营部", "Other Appliances Co., Ltd."];
        foreach (var other in others)
            foreach (var it in (string[])["X-26001", code, $"https://reg.example/c/{code}"])
                foreach (var line in signs.SelectMany(sign => new[] { other + sign + it, it + sign + other }))
                    foreach (var text in (string[])[line, $"证书编号\t备注\t页\n{line}\t\t", $"投标人\t备注\t页\n{line}\t\t", $"查询编码\t备注\t页\n{line}\t\t"])
                        Assert.False(IsValid(text), text);
        foreach (var heading in (string[])["公司", "企业", "参与方", "谁", "响应人（全称）"])
            foreach (var (name, told) in ((string, string)[])[(Kingfisher, "valid"), (Heron, "mismatch name"), ("别家（演示）有限公司", "mismatch name")])
                foreach (var number in heading is not ("公司" or "企业") ? ["证书编号\tX-26001"] : (string[])["证书编号\tX-26001", $"资质\t6、X-26001；见附件", $"证书/编码\t{code}"])
                    Assert.StartsWith($"{heading} {told}", $"{heading} {Told(app, $"序号\t{heading}\t{number.Split('\t')[0]}\n1\t{name}\t{number.Split('\t')[1]}")}");
        // Who buys or tests is no bidder: the column is told as not used.
        foreach (var heading in (string[])["采购人", "採購人", "招标代理机构", "招標代理機構", "监督单位", "检测机构", "Purchaser", "procurement agency", "buyer's agent"])
            Assert.Equal((heading, "valid"), (heading, Told(app, $"序号\t{heading}\t证书编号\n1\t别家（演示）有限公司\tX-26001")));
        foreach (var heading in (string[])["发证单位", "颁证单位", "发证机关", "认证公司", "Issued by"])
            Assert.Equal((heading, "mismatch body"), (heading, Told(app, $"证书编号\t{heading}\nX-26001\t别家（演示）有限公司")));
        foreach (var label in (string[])["资质：X-26001", $"售后服务证书\t{code}", $"证书/编码：https://reg.example/c/{code}"])
        {
            Assert.Equal((label, "mismatch name"), (label, Told(app, $"供应商名称：{Heron}\n{label}")));
            Assert.Equal((label, "valid"), (label, Told(app, $"公司\t{Kingfisher}\n{label}")));
        }
        bool IsValid(string text) => app.Database.Read(db =>
            ListReader.Read(db, SentTable.Of(text), new(), Day.Of(now)).Answer(db, new(), now, Language.Zh).Rows.Any(row => row.Result == Outcome.Valid));
        Assert.True(IsValid($"{Kingfisher}（{code}）"));
        // A company that was not understood is no reason to pass over it; a remark on the own one is.
        Assert.Equal("mistyped (由苍鹭公司授权)", Told(app, "X-26001\t由苍鹭公司授权"));
        Assert.Equal("valid (我公司已提供)", Told(app, "X-26001\t我公司已提供"));
        Assert.Equal("valid (由苍鹭公司授权)", Told(app, $"{Kingfisher}\tX-26001\t由苍鹭公司授权"));
    }

    [Fact]
    public async Task What_stands_under_another_heading_is_asked_as_what_it_is_on_record_as()
    {
        using var app = await Registry();
        foreach (var heading in (string[])["查询编码", "证书编号", "投标人", "统一社会信用代码"])
        {
            Assert.Equal((heading, "valid"), (heading, Told(app, $"{heading}\n{Own}\n")));
            Assert.Equal((heading, "valid"), (heading, Told(app, $"{heading}\nX-26001\n")));
            Assert.Equal((heading, "valid"), (heading, Told(app, $"{heading}\n{Kingfisher}（X-26001）\n")));
            Assert.Equal((heading, "mismatch name"), (heading, Told(app, $"{heading}\n{Heron}（X-26001）\n")));
        }
        // A name may hold digits, and a number that nobody has is no reason to ask for the name alone.
        await VerificationTests.Issue(app, "2028", "虚构第2028（演示）电器有限公司", VerificationTests.Heron);
        Assert.Equal("valid", Told(app, "投标人\n虚构第2028（演示）电器有限公司\n"));
        Assert.Equal("not-in-registry", Told(app, "投标人\n虚构第2028（演示）厨具有限公司\n"));
        Assert.Equal("not-in-registry", Told(app, $"投标人\n{Kingfisher} X-99999\n"));
    }

    [Fact]
    public async Task A_code_is_compared_whatever_it_is_glued_to()
    {
        using var app = await Registry();
        (string Cell, string Told)[] cells =
        [
            ($"{Own}（统一社会信用代码）", "valid"),
            ($"统一社会信用代码：{Own}", "valid"),
            ($"信用代码{Own}", "valid"),
            ($"（{Own}）", "valid"),
            ($"（{Others}）", "mismatch uscc"),
            ($"信用代码{Others}", "mismatch uscc"),
            ($"{Own}/{Others}", "ambiguous"),
        ];
        Same(app, cells, cell => $"{cell}\tX-26001", "信用代码\t证书编号", cell => $"{cell}\tX-26001");
    }

    [Fact]
    public async Task Labels_serials_and_seals_are_no_part_of_a_name_and_places_are()
    {
        using var app = await Registry();
        (string Cell, string Told)[] cells =
        [
            ($"{Kingfisher}（盖章）", "valid"),
            ($"{Kingfisher}(联合体牵头人)", "valid"),
            ($"投标人：{Kingfisher}", "valid"),
            ($"供应商名称:{Kingfisher}（公章）", "valid"),
            ($"1、{Kingfisher}", "valid"),
            ($"（1）{Kingfisher}", "valid"),
            ($"{Heron}（盖章）", "mismatch name"),
            ($"投标人：{Heron}", "mismatch name"),
            // Stars ask for a level wherever they stand.
            ($"{Kingfisher}★★★★★", "valid"), ($"{Kingfisher}；★★★★★", "valid"), ($"{Kingfisher}（★★★★★）", "valid"), ($"★★★★{Kingfisher}", "valid"),
            // Two names, of a consortium, are for a person.
            ($"{Kingfisher}、{Heron}", "ambiguous"),
            ($"{Kingfisher}（牵头人）；{Heron}（成员）", "ambiguous"),
            ($"{Kingfisher},{Heron}", "ambiguous"),
            // Another company's name may begin like this one's.
            ($"{Kingfisher}（香港）", "mismatch name"),
            ($"{Kingfisher}上海分公司", "mismatch name"),
            ($"{Kingfisher}-上海分公司", "mismatch name"),
            ($"{Kingfisher}—上海分公司", "mismatch name"),
            ($"{Kingfisher}和平分公司", "mismatch name"),
            ($"{Kingfisher}标准件厂", "mismatch name"),
            ($"{Kingfisher}（上海分公司）", "mismatch name"),
        ];
        Same(app, cells, cell => $"{cell}\tX-26001", "投标人\t证书编号", cell => $"{cell}\tX-26001");
    }

    /// <summary>A cell says the same in a line without headings and beneath one.</summary>
    private static void Same(
        RegistryApp app, (string Cell, string Told)[] cells, Func<string, string> line, string headings, Func<string, string> row)
    {
        Assert.Equal(cells, cells.Select(one => (one.Cell, Told(app, line(one.Cell)))));
        Assert.Equal(cells, cells.Select(one => (one.Cell, Told(app, $"{headings}\n{row(one.Cell)}\n"))));
    }

    private static async Task<RegistryApp> Registry()
    {
        var app = new RegistryApp();
        await VerificationTests.Issue(app, "X-26001", Kingfisher, Own);
        await VerificationTests.Issue(app, "X-26002", Heron, Others);
        return app;
    }
}
