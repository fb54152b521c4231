using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Tables;
using Registry.Tests.Tables;

using Kept = Registry.Tests.AnswerTests.AnswerTests;

namespace Registry.Tests.Verification;

/// <summary>What a list says that a certificate shows, its days and its status, is compared with the record: a claim that differs
/// fails.</summary>
public sealed class ClaimsTests
{
    private const string Holder = "虚构翠鸟电器（演示）有限公司";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>V-1: issued on 2025-03-01, its last day 2028-02-29. R-1: the same, revoked from 2026-05-01.</summary>
    private static async Task<RegistryApp> Filled()
    {
        var app = new RegistryApp();
        await VerificationTests.Issue(app, "V-1", Holder, VerificationTests.Kingfisher);
        var revoked = await VerificationTests.Issue(app, "R-1", "虚构苍鹭电器（演示）有限公司", VerificationTests.Heron);
        using var done = await app.Send("POST", $"/v1/certificates/{revoked}/revoke", new { effectiveOn = "2026-05-01" }, app.Key);
        done.EnsureSuccessStatusCode();
        return app;
    }

    private static async Task<JsonNode> Ask(RegistryApp app, string text, string query = "?lang=zh")
    {
        using var content = new StringContent(text, Encoding.UTF8, "text/csv");
        using var answer = await app.Client.PostAsync("/v1/verifications" + query, content, Cancel);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
    }

    private static string Findings(JsonNode answer) => string.Join(' ', answer["rows"]!.AsArray().Select(row => (string?)row!["finding"]));

    [Fact]
    public async Task A_day_in_every_spelling_agrees_or_fails_under_every_heading()
    {
        using var app = await Filled();
        (string[] Headings, string[] Right, string[] Wrong)[] all =
        [
            (["有效期至", "证书到期日期", "證書有效期至", "到期日", "Valid until", "Expiry date", "证书有效期至（年/月/日）"],
                ["2028-02-29", "2028年2月29日", "2028.2.29", "2028/2/29 0:00:00", "20280229", "46812", "至2028-02-29", "2028-02-29止"],
                ["2028-02-28", "2028年3月1日", "2029.2.28", "46811", "至2029-01-01"]),
            (["证书有效期", "有效期", "有效期限", "Validity", "有效期起止日期"],
                ["2025-03-01至2028-02-29", "2025年3月1日至2028年2月29日", "自2025年3月1日起至2028年2月29日止", "2025.03.01-2028.02.29",
                    "2025/3/1～2028/2/29", "2025-03-01 — 2028-02-29", "20250301-20280229", "2025-03-01/2028-02-29",
                    "from 2025-03-01 to 2028-02-29", "有效期：2025-03-01 到 2028-02-29", "2028-02-29"],
                ["2025-03-01至2028-12-31", "2025年1月1日至2028年2月29日", "2026.03.01-2028.02.29", "2027-02-28"]),
            (["发证日期", "颁证日期", "有效期起", "Issued", "Date of issue"],
                ["2025-03-01", "二〇二五年三月一日", "1 March 2025", "45717", "自2025-03-01起"],
                ["2025-02-28", "2024年3月1日", "自2025-03-02起"]),
        ];
        foreach (var (headings, right, wrong) in all)
            foreach (var heading in headings)
            {
                var rows = right.Concat(wrong).Select(cell => $"{Holder}\tV-1\t{cell}\n");
                var found = await Ask(app, $"投标人\t证书编号\t{heading}\n{string.Concat(rows)}");
                var told = found["rows"]!.AsArray().Select((row, i) => $"{right.Concat(wrong).ElementAt(i)} {row!["message"]}");
                var expected = right.Select(_ => "pass").Concat(wrong.Select(_ => "fail"));
                Assert.True(Findings(found) == string.Join(' ', expected), $"{heading}: {string.Join(" | ", told)}");
            }
    }

    [Fact]
    public async Task A_status_agrees_only_as_the_very_one_on_the_day_asked()
    {
        using var app = await Filled();
        foreach (var heading in (string[])["证书状态", "状态", "Status", "认证状态"])
        {
            (string Number, string Cell, string Told)[] rows =
            [
                ("V-1", "有效", "valid pass"), ("V-1", "正常", "valid pass"), ("V-1", "valid", "valid pass"), ("V-1", "暂停", "mismatch fail"),
                ("R-1", "有效", "mismatch fail"), ("R-1", "已撤销", "revoked fail"), ("R-1", "注销", "mismatch fail"),
                // It could mean two: nobody can say that it agrees.
                ("V-1", "失效", "mistyped unconfirmed"), ("V-1", "—", "valid pass"),
            ];
            var found = await Ask(app, $"证书编号\t{heading}\n{string.Concat(rows.Select(row => $"{row.Number}\t{row.Cell}\n"))}");
            Assert.Equal(rows.Select(row => $"{row.Cell} {row.Told}"),
                found["rows"]!.AsArray().Select((row, i) => $"{rows[i].Cell} {row!["result"]} {row["finding"]}"));
        }
        Assert.Equal("pass", Findings(await Ask(app, "证书编号\t证书状态\nR-1\t有效\n", "?on=2026-04-30")));
    }

    [Fact]
    public async Task What_differs_stands_with_both_values_in_every_form_of_the_answer_and_is_signed()
    {
        using var app = await Filled();
        var list = "证书编号,证书状态,有效期至,发证日期\nR-1,有效,2029-01-01,2025-03-01\n";
        string[] zh = ["证书状态不符：所给“有效”，登记为“撤销”", "证书到期日期不符：所给“2029-01-01”，登记为“2028-02-29”"];
        string[] en = ["Status differs: given “Valid”, registered “Revoked”",
            "Last day of validity differs: given “2029-01-01”, registered “2028-02-29”"];
        var row = (await Ask(app, list))["rows"]![0]!;
        var compared = row["compared"]!.AsArray().Select(one => $"{one!["field"]}:{one["verdict"]}");
        Assert.Equal("mismatch", (string)row["result"]!);
        Assert.Equal(["number:same", "issuedOn:same", "expiresOn:different", "status:different"], compared);
        Assert.All(zh, said => Assert.Contains(said, (string)row["message"]!));
        Assert.All(en, said => Assert.Contains(said, (string)Ask(app, list, "?lang=en").Result["rows"]![0]!["message"]!));

        async Task<HttpResponseMessage> Post(string path)
        {
            using var content = new StringContent(list, Encoding.UTF8, "text/csv");
            return await app.Client.PostAsync(path, content, Cancel);
        }
        using var csv = await Post("/v1/verifications?format=csv&lang=zh");
        var text = await csv.Content.ReadAsStringAsync(Cancel);
        using var xlsx = await Post("/v1/verifications?format=xlsx&lang=zh");
        using var book = Workbook.Open(new MemoryStream(await xlsx.Content.ReadAsByteArrayAsync(Cancel)), WorkbookBounds.List);
        var sheet = string.Join('\n', book.Rows(book.Sheets[0]).Select(line => line.Text));
        using var form = new MultipartFormDataContent { { new StringContent(list), "lines" } };
        using var shown = await app.Client.PostAsync("/verify?lang=zh", form, Cancel);
        var page = WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync(Cancel));
        Assert.All(zh, said => Assert.All((string[])[text, sheet, page], whole => Assert.Contains(said, whole)));

        using var kept = await Post("/v1/answers?lang=zh");
        var receipt = JsonNode.Parse(await kept.Content.ReadAsStringAsync(Cancel))!;
        var file = await app.Client.GetByteArrayAsync(kept.Headers.Location, Cancel);
        Assert.Equal("Right: ", Kept.Told(Kept.Check(app, file)));
        (string What, Action<JsonObject> Lie)[] lies =
        [
            ("left out", said => said["rows"]![0]!["compared"]!.AsArray().RemoveAt(3)),
            ("another claim", said => said["rows"]![0]!["asked"]!["expiresOn"] = "2028-02-29"),
            ("no claim", said => said["rows"]![0]!["asked"]!.AsObject().Remove("status")),
            ("result", said => said["rows"]![0]!["result"] = "revoked"),
        ];
        foreach (var (what, lie) in lies)
        {
            var forged = Kept.Forge(app.Log.Signer!, file, lie);
            Assert.True(Kept.Check(app, forged).Result == global::Registry.Answers.CheckResult.Wrong, what);
        }
        var answer = await app.Client.GetStringAsync($"/a/{receipt["id"]}?lang=zh", Cancel);
        Assert.All(zh, said => Assert.Contains(said, WebUtility.HtmlDecode(answer)));
    }

    [Fact]
    public async Task What_cannot_be_a_claim_is_told_and_what_is_meant_otherwise_is_named_as_unused()
    {
        using var app = await Filled();
        foreach (var cell in (string[])["2028-02-30", "长期", "2028年底", "2028-02-29至2025-03-01", "2025-03-01至长期"])
        {
            var row = (await Ask(app, $"证书编号\t有效期至\nV-1\t{cell}\nV-1\t2028-02-29\n"))["rows"]!;
            Assert.Equal((cell, "mistyped", "valid"), (cell, (string)row[0]!["result"]!, (string)row[1]!["result"]!));
            Assert.Contains($"证书到期日期“{cell}”没有读懂", (string)row[0]!["message"]!);
        }
        // A bid has a status and a term, too.
        foreach (var (heading, cell) in ((string, string)[])[("状态", "已递交"), ("有效期", "90天"), ("有效期", "三年"), ("状态", "合格")])
        {
            var found = await Ask(app, $"证书编号\t{heading}\nV-1\t{cell}\n");
            Assert.Equal("pass", Findings(found));
            Assert.Contains(heading, found["reading"]!["notes"]!.ToJsonString(global::Registry.Http.Json.Options));
        }
        // Two columns that say one thing otherwise, and a term whose first day is not the day of issue beside it.
        var two = await Ask(app, "证书编号\t发证日期\t有效期\nV-1\t2025-03-01\t2025.3.1-2028.2.29\nV-1\t2025-03-05\t2025.3.1-2028.2.29\n");
        Assert.Equal("pass unconfirmed", Findings(two));
        var words = await Ask(app, "证书编号\t有效期至\t到期日期\nV-1\t2028-02-29\t2028年2月29日\nV-1\t2028-02-29\t2028-02-28\n");
        Assert.Equal("pass unconfirmed", Findings(words));
        // A day of first issue that nothing is registered for cannot be confirmed.
        Assert.Equal("fail", Findings(await Ask(app, "证书编号\t初次获证日期\nV-1\t2020-02-03\n")));
    }

    [Fact]
    public async Task Lines_without_headings_and_rows_in_JSON_claim_the_same()
    {
        using var app = await Filled();
        (string Line, string Told)[] lines =
        [
            ("V-1 有效", "valid"), ("V-1 暂停", "mismatch"), ("R-1\t有效", "mismatch"), ("R-1\t证书状态：撤销", "revoked"),
            ("V-1\t有效期至：2028-02-29", "valid"), ("V-1\t有效期至2029年1月1日", "mismatch"), ("V-1\t有效期至\t2029-01-01", "mismatch"),
            ("V-1\t2025-03-01至2028-02-29", "valid"), ("V-1\t2025-03-01至2028-12-31", "mismatch"), ("V-1 valid until 2028-02-29", "valid"),
            ("V-1\t发证日期：2025-03-02", "mismatch"), ("V-1\t有效期至：2028-02-29\t有效期至：2028-02-28", "ambiguous"),
            // A day that nothing names stays the day asked.
            ("V-1\t2025-02-28", "not-yet-valid"), ("V-1\t2025-02-28\t有效期至：2028-02-29", "not-yet-valid"),
        ];
        var found = await Ask(app, string.Join('\n', lines.Select(line => line.Line)));
        Assert.Equal(lines.Select(line => $"{line.Line} {line.Told}"),
            found["rows"]!.AsArray().Select((row, i) => $"{lines[i].Line} {row!["result"]}"));

        var rows = await VerificationTests.Verify(app, new
        {
            rows = new object[]
            {
                new { number = "V-1", issuedOn = "2025-03-01", expiresOn = "2028-02-29", status = "valid" },
                new { number = "V-1", expiresOn = "2028-03-01" }, new { number = "V-1", status = "revoked" },
                // Of a holder's certificates the one that shows what is claimed is meant.
                new { name = Holder, issuedOn = "2025-03-01" }, new { name = Holder, firstIssuedOn = "2025-03-01" },
            },
        });
        Assert.Equal(["valid", "mismatch expiresOn:different", "mismatch status:different", "valid", "mismatch firstIssuedOn:different"],
            rows.Select(VerificationTests.Told));
        foreach (var (row, code) in ((object, string)[])[(new { number = "V-1", status = "good" }, "not-yet-valid"),
            (new { number = "V-1", expiresOn = "9999-12-31" }, "bad-date"), (new { number = "V-1", expires = "2028-02-29" }, "expiresOn")])
        {
            using var refused = await app.Send("POST", "/v1/verifications", new { rows = new[] { row } });
            Assert.Contains(code, await refused.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_number_is_read_behind_its_label_in_a_cell()
    {
        using var app = await Filled();
        await VerificationTests.Issue(app, "No.77", "虚构丙（演示）有限公司");
        await VerificationTests.Issue(app, "88", "虚构丁（演示）有限公司");
        string[] cells =
        [
            "证书编号：V-1", "编号:V-1；", "No. V-1", "No.V-1", "NO：V-1", "№ V-1", "№V-1", "证书号 V-1", "Certificate No.: V-1",
            "（编号：V-1）", "證書編號：V-1。", "认证证书编号为V-1", "Cert. No. V-1", "# V-1", "证书：V-1",
        ];
        foreach (var heading in (string[])["证书编号", "资质"])
        {
            var found = await Ask(app, $"序号\t投标人\t{heading}\n{string.Concat(cells.Select(cell => $"1\t{Holder}\t{cell}\n"))}");
            Assert.Equal(cells.Select(cell => $"{cell} valid V-1"),
                found["rows"]!.AsArray().Select((row, i) => $"{cells[i]} {row!["result"]} {row["compared"]!.AsArray().Single(one =>
                    (string)one!["field"]! == "number")!["registered"]}"));
        }
        var free = await Ask(app, string.Join('\n', cells.Select(cell => $"{Holder}\t{cell}")));
        Assert.All(free["rows"]!.AsArray(), row => Assert.True((string)row!["result"]! == "valid", row.ToJsonString()));
        // What is on record as it stands is meant as it stands; another's number behind a label is another's.
        var rows = (await Ask(app, "证书编号\t投标人\nNo.77\t\nNo. 88\t\nNo. 77\t虚构丁（演示）有限公司\n编号：R-1\t" + Holder + "\n编号：NEVER-1\t\n"))["rows"]!;
        Assert.Equal(["valid No.77", "valid 88", "mismatch No.77", "mismatch R-1", "not-in-registry "],
            rows.AsArray().Select(row => $"{row!["result"]} {row["certificate"]?["number"]}"));
        // Signed, and made again from the statements.
        using var content = new StringContent("证书编号\n证书编号：V-1\n", Encoding.UTF8, "text/csv");
        using var kept = await app.Client.PostAsync("/v1/answers", content, Cancel);
        var file = await app.Client.GetByteArrayAsync(kept.Headers.Location, Cancel);
        Assert.Equal("Right: ", Kept.Told(Kept.Check(app, file)));
    }

    [Fact]
    public async Task In_a_workbook_days_are_read_as_the_sheet_holds_them()
    {
        using var app = await Filled();
        var book = new Xlsx { Formats = ["General", "yyyy\"年\"m\"月\"d\"日\""] }.Sheet("名单", Xlsx.Row(1, "证书编号", "有效期至", "发证日期")
            + $"<row r=\"2\">{Xlsx.Cell('A', 2, "V-1")}<c r=\"B2\" s=\"1\"><v>46812</v></c><c r=\"C2\"><v>45717</v></c></row>"
            + $"<row r=\"3\">{Xlsx.Cell('A', 3, "V-1")}<c r=\"B3\" s=\"1\"><v>46813</v></c><c r=\"C3\"><v>45717</v></c></row>");
        using var content = new ByteArrayContent(book.Bytes()) { Headers = { ContentType = new(MediaTypes.Workbook) } };
        using var answer = await app.Client.PostAsync("/v1/verifications", content, Cancel);
        Assert.Equal("pass fail", Findings(JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!));
    }
}
