using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using DocumentFormat.OpenXml.Packaging;
using Registry.Tables;
using Registry.Tests.Ingest;
using Registry.Tests.Tables;
using Pane = DocumentFormat.OpenXml.Spreadsheet.Pane;

namespace Registry.Tests.Verification;

/// <summary>Lists as people have them, in files: what is read, and what comes back.</summary>
public sealed class ListFileTests
{
    private const string First = "虚构翠鸟电器（演示）有限公司", Second = "虚构苍鹭电器（演示）有限公司";

    private static async Task<RegistryApp> Registry()
    {
        var app = new RegistryApp();
        await VerificationTests.Issue(app, "CTS 2025/0001-A", First, VerificationTests.Kingfisher);
        await VerificationTests.Issue(app, "V-3", Second, VerificationTests.Heron);
        return app;
    }

    /// <summary>A workbook as an officer has it: two sheets, a title, headings over two rows, merged cells, a hidden row, other formats, a formula.</summary>
    private static byte[] Officers(bool macros = false)
    {
        var book = new Xlsx { Formats = ["General", "yyyy\"年\"m\"月\"d\"日\""], Texts = ["<si><t>投标单位（盖章）</t></si>"] }
            .Sheet("须知", Xlsx.Rows(["请各投标人核对"]))
            .Sheet("开标一览", Xlsx.Row(1, "某项目投标人一览表")
                + "<row r=\"2\" spans=\"1:6\" ht=\"30\" customHeight=\"1\"><c r=\"A2\" t=\"inlineStr\"><is><t>序号</t></is></c><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"C2\" t=\"inlineStr\"><is><t>证书</t></is></c><c r=\"E2\" t=\"inlineStr\"><is><t>投标日期</t></is></c><c r=\"F2\" t=\"inlineStr\"><is><t>报价</t></is></c></row>"
                + "<row r=\"3\"><c r=\"C3\" t=\"inlineStr\"><is><t>编号</t></is></c><c r=\"D3\" t=\"inlineStr\"><is><t>等级</t></is></c><c r=\"H3\"/></row>"
                + $"<row r=\"4\"><c r=\"A4\"><v>1</v></c>{Xlsx.Cell('B', 4, First)}{Xlsx.Cell('C', 4, "CTS2025/0001-A")}{Xlsx.Cell('D', 4, "五星级")}<c r=\"E4\" s=\"1\"><v>46054</v></c><c r=\"F4\"><f>[1]报价!A1*2</f><v>100</v></c></row>"
                + $"<row r=\"5\" hidden=\"1\"><c r=\"A5\"><v>2</v></c>{Xlsx.Cell('B', 5, "别家（演示）有限公司")}{Xlsx.Cell('C', 5, "V-3")}<c r=\"E5\" s=\"1\"><v>46054</v></c></row>"
                + $"<row r=\"8\"><c r=\"A8\"><v>3</v></c><c r=\"C8\"><v>777</v></c></row>{Xlsx.Row(9, "合计", null, null, null, null)}",
                before: "<sheetPr/><dimension ref=\"A1:F9\"/><sheetViews><sheetView topLeftCell=\"A5\" workbookViewId=\"0\"><selection activeCell=\"B2\"/></sheetView></sheetViews><cols><col min=\"1\" max=\"3\" width=\"14.5\" customWidth=\"1\"/><col min=\"7\" max=\"16384\" width=\"2\" hidden=\"1\"/></cols>",
                after: "<mergeCells count=\"5\"><mergeCell ref=\"A1:F1\"/><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"B2:B3\"/><mergeCell ref=\"C2:D2\"/><mergeCell ref=\"E2:E3\"/></mergeCells>")
            .Part("docProps/custom-picture.png", [1, 2, 3]);
        return (macros ? book.Part("xl/vbaProject.bin", Encoding.ASCII.GetBytes(new string('v', 4000))) : book).Bytes();
    }

    private static async Task<HttpResponseMessage> Send(RegistryApp app, byte[] file, string type = MediaTypes.Workbook, string query = "", string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/verifications" + query) { Content = new ByteArrayContent(file) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        return await app.Client.SendAsync(request);
    }

    private static async Task<JsonNode> Json(Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static string[] Results(JsonNode answer) => [.. answer["rows"]!.AsArray().Select(row => $"{row!["result"]} {row["finding"]} {row["on"]}")];

    private static TableRow[] Read(byte[] workbook, string? sheet = null)
    {
        using var book = Workbook.Open(new MemoryStream(workbook), WorkbookBounds.List);
        return [.. book.Rows(book.Choose(sheet, ColumnUse.List))];
    }

    /// <summary>Read as text, each would be rows that are asked and found nowhere.</summary>
    [Theory]
    [InlineData("%PDF-1.7\n%\u00e2\u00e3\n1 0 obj", "PDF")]
    [InlineData("\u00ff\u00d8\u00ff\u00e0 JFIF", "图片")]
    [InlineData("\r\n <HTML><body><table><tr><td>证书编号</td></tr></table>", "网页")]
    [InlineData("{\\rtf1\\ansi 证书编号", "RTF")]
    [InlineData("Rar!\u001a\u0007", "压缩包")]
    [InlineData("\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u000e\u000f\u0010 x", "二进制")]
    public async Task What_is_no_table_is_told_as_what_it_is_and_asked_nothing(string beginning, string kind)
    {
        using var app = new RegistryApp();
        var file = beginning.Contains('证') ? Encoding.UTF8.GetBytes(beginning) : Encoding.Latin1.GetBytes(beginning);
        foreach (var (path, key) in ((string, string?)[])[("/v1/verifications", null), ("/v1/imports", app.Key)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(file) { Headers = { ContentType = new("application/octet-stream") } } };
            if (key is not null) request.Headers.Authorization = new("Bearer", key);
            using var answer = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.UnsupportedMediaType && text.Contains("no-table") && text.Contains(kind), $"{path}: {text}");
        }
    }

    [Fact]
    public async Task A_workbook_of_any_layout_is_read_and_what_was_not_used_is_told()
    {
        using var app = await Registry();
        var answer = await Json(Send(app, Officers()));
        Assert.Equal(["valid pass 2026-02-01", "mismatch fail 2026-02-01", "not-in-registry unconfirmed 2026-06-15"], Results(answer));
        var reading = answer["reading"]!;
        Assert.Equal("""["开标一览",[3],[4,5,8]]""", new JsonArray(reading["sheet"]!.DeepClone(), reading["headers"]!.DeepClone(), reading["lines"]!.DeepClone()).ToJsonString(global::Registry.Http.Json.Options));
        Assert.Equal(["序号 ", "投标单位（盖章） name", "编号 number", "等级 level", "投标日期 on", "报价 "], reading["columns"]!.AsArray().Select(column => $"{column!["heading"]} {column["field"]}"));
        Assert.Contains("合计", reading["notAsked"]!.ToJsonString(global::Registry.Http.Json.Options));
        Assert.Contains(reading["notes"]!.AsArray(), note => ((string)note!).Contains("隐藏的行也核验了：第 5 行"));
        Assert.Contains(reading["notes"]!.AsArray(), note => ((string)note!).Contains("存为数字（第 8 行）"));
    }

    [Fact]
    public async Task The_officers_own_workbook_comes_back_with_columns_at_its_right_and_nothing_else_changed()
    {
        using var app = await Registry();
        var sent = Officers(macros: true);
        using var answer = await Send(app, sent, accept: MediaTypes.Workbook);
        Assert.Equal((MediaTypes.MacroWorkbook, true), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName!.EndsWith(".xlsm")));
        var back = await answer.Content.ReadAsByteArrayAsync();
        using (var one = new ZipArchive(new MemoryStream(sent)))
        using (var other = new ZipArchive(new MemoryStream(back)))
        {
            Assert.Equal(one.Entries.Select(part => part.FullName), other.Entries.Select(part => part.FullName));
            foreach (var part in one.Entries.Where(part => part.FullName is not ("xl/worksheets/sheet2.xml" or "xl/styles.xml"))) Assert.Equal(Content(part), Content(other.GetEntry(part.FullName)!));
            var sheet = Encoding.UTF8.GetString(Content(other.GetEntry("xl/worksheets/sheet2.xml")!));
            foreach (var kept in (string[])["<f>[1]报价!A1*2</f><v>100</v>", "<c r=\"E4\" s=\"1\"><v>46054</v></c>", "ht=\"30\" customHeight=\"1\"", "<col min=\"1\" max=\"3\" width=\"14.5\" customWidth=\"1\" />", "<mergeCell ref=\"C2:D2\" />", "hidden=\"1\""]) Assert.Contains(kept, sheet);
            Assert.Contains("<dimension ref=\"A1:S9\" />", sheet);
        }
        var (before, after) = (Read(sent, "开标一览"), Read(back, "开标一览"));
        Assert.Equal(before.Select(row => (row.Line, string.Join('|', row.Cells.Take(6)).TrimEnd('|'))), after.Select(row => (row.Line, string.Join('|', row.Cells.Take(6)).TrimEnd('|'))));
        Assert.Equal(["核验结论", "核验结果"], after[2].Cells[6..8]);
        Assert.Equal(["通过", "有效"], after[3].Cells[6..8]);
        Assert.Equal(("2026-02-01", "五星级", $"一致：{First}"), (after[3].Cells[9], after[3].Cells[10], after[3].Cells[14]));
        Assert.Equal(("不通过", "不符", $"不符：{Second}"), (after[4].Cells[6], after[4].Cells[7], after[4].Cells[14]));
        Assert.Equal("未能确认", after[5].Cells[6]);
        // What holds for the whole list stands in the first row.
        Assert.Equal("名单说明", after[2].Cells[18]);
        Assert.All((string[])["没有用到的列：序号；报价", "合计", "隐藏的行也核验了：第 5 行"], part => Assert.Contains(part, after[3].Cells[18]));
        Assert.Equal("", after[4].Cell(18));
        Assert.Equal(1, after[6].Cells.Count(cell => cell.Length > 0));
        using var document = SpreadsheetDocument.Open(new MemoryStream(back), isEditable: false);
        Assert.Equal("3", document.WorkbookPart!.WorksheetParts.Select(part => part.Worksheet!.Descendants<Pane>().SingleOrDefault()).OfType<Pane>().Single().VerticalSplit!.InnerText);
        Assert.Equal(4, document.WorkbookPart.WorkbookStylesPart!.Stylesheet!.Fills!.Count() - 3);
        ImportWorkbookTests.Valid(back);
    }

    private static byte[] Content(ZipArchiveEntry part)
    {
        using var content = new MemoryStream();
        using var opened = part.Open();
        opened.CopyTo(content);
        return content.ToArray();
    }

    [Fact]
    public async Task A_list_of_any_kind_is_answered_in_any_form_that_is_asked_for()
    {
        using var app = await Registry();
        var text = $"投标人,证书编号\r\n{First},CTS 2025/0001-A\r\n=cmd|'/c calc'!A1,V-3\r\n";
        var gb = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;
        foreach (var (file, type) in (ValueTuple<byte[], string>[])[(Encoding.UTF8.GetBytes(text), "text/csv"), (gb.GetBytes(text), "text/csv"), (Encoding.Unicode.GetBytes(text.Replace(',', '\t')), "text/tab-separated-values"), (Encoding.UTF8.GetBytes(text.Replace(',', ';')), "text/plain")])
        {
            var json = await Json(Send(app, file, type));
            Assert.Equal(["valid pass 2026-06-15", "mismatch fail 2026-06-15"], Results(json));
            using var workbook = await Send(app, file, type, "?format=xlsx&lang=en");
            var bytes = await workbook.Content.ReadAsByteArrayAsync();
            ImportWorkbookTests.Valid(bytes);
            var rows = Read(bytes);
            Assert.Equal(["投标人", "证书编号", "Check: finding", "Check: result"], rows[0].Cells[..4]);
            Assert.Equal([First, "CTS 2025/0001-A", "Pass", "Valid"], rows[1].Cells[..4]);
            // What looked like a formula is text, and says so to whoever saves it as CSV.
            Assert.Equal("'=cmd|'/c calc'!A1", rows[2].Cells[0]);
        }
        using var csv = await Send(app, Encoding.UTF8.GetBytes(text), "text/csv", accept: "text/csv");
        Assert.Contains(",通过\r\n", await csv.Content.ReadAsStringAsync());
        using var lines = await Send(app, Encoding.UTF8.GetBytes(text), "text/csv", "?format=ndjson");
        var all = (await lines.Content.ReadAsStringAsync()).TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(("application/x-ndjson", 3, "valid", 2), (lines.Content.Headers.ContentType!.MediaType, all.Length, (string)all[0]["result"]!, all[2]["reading"]!["lines"]!.AsArray().Count));
        using var ofJson = await app.Client.PostAsync("/v1/verifications?format=xlsx", new StringContent("""{"rows":[{"number":"V-3"}]}""", Encoding.UTF8, "application/json"));
        Assert.Equal("通过", Read(await ofJson.Content.ReadAsByteArrayAsync())[1].Cells[^1]);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "file", "名单.csv" } };
        Assert.Equal(["valid pass 2026-06-15", "mismatch fail 2026-06-15"], Results(JsonNode.Parse(await (await app.Client.PostAsync("/v1/verifications", form)).Content.ReadAsStringAsync())!));
    }

    [Fact]
    public async Task What_is_asked_of_all_rows_and_how_columns_are_read_can_stand_in_the_address()
    {
        using var app = await Registry();
        var file = Encoding.UTF8.GetBytes($"厂家\t凭证\n{First}\tCTS 2025/0001-A\n{Second}\tV-3\n");
        // Headings that say nothing: what is on record tells, line by line, and the headings are no bidder.
        Assert.Equal(["valid pass 2026-01-05", "valid pass 2026-01-05"], Results(await Json(Send(app, file, "text/csv", "?columns=name,number&header=1&on=2026-01-05&category=26&level=四星级&standard=GB/T 27922&scope=电器"))).Select(row => row));
        Assert.Equal(["not-in-registry unconfirmed 2026-06-15", "valid pass 2026-06-15", "valid pass 2026-06-15"], Results(await Json(Send(app, file, "text/csv", "?columns=-,number"))));
        Assert.Equal(["mismatch fail 2026-06-15", "mismatch fail 2026-06-15"], Results(await Json(Send(app, file, "text/csv", "?header=1&columns=name,number&category=1"))));
        var guessed = (await Json(Send(app, file, "text/csv", "?header=1")))["reading"]!["columns"]!;
        Assert.Equal(["name", "number"], guessed.AsArray().Select(column => (string)column!["field"]!));
        Assert.All(guessed.AsArray(), column => Assert.True((bool)column!["guessed"]!));
        foreach (var (query, code) in (ValueTuple<string, string>[])[("?columns=firm", "unknown-word"), ("?columns=name,name", "column-twice"), ("?header=x", "wrong-type"), ("?level=六星", "unknown-word"), ("?format=pdf", "unknown-word"), ("?sheets=1", "unknown-parameter")])
            Assert.Contains($"\"{code}\"", (await Json(Send(app, file, "text/csv", query))).ToJsonString());
        // A heading that is known among others that say nothing; what an answer added before is not asked.
        var sentBack = Encoding.UTF8.GetBytes($"标书一览\n编次\t投标单位\t凭证\t登记的编号\n1\t{First}\tCTS 2025/0001-A\tV-3\n");
        var again = await Json(Send(app, sentBack, "text/tab-separated-values"));
        Assert.Equal(["valid pass 2026-06-15"], Results(again));
        Assert.Equal([null, "name", "number", null], again["reading"]!["columns"]!.AsArray().Select(column => (string?)column!["field"]));
        using var both = await app.Client.PostAsync("/v1/verifications?on=2026-01-01", new StringContent("""{"rows":[{"number":"V-3"}]}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, both.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_answered_has_a_clear_answer()
    {
        using var app = await Registry();
        var many = Encoding.UTF8.GetBytes("证书编号\n" + string.Concat(Enumerable.Range(0, 10_001).Select(i => $"N-{i}\n")));
        foreach (var (file, type, status, code) in (ValueTuple<byte[], string, int, string>[])
        [
            (many, "text/csv", 413, "too-many-rows"), ([], "text/csv", 422, "nothing-asked"), (new Xlsx().Sheet("空", "").Bytes(), MediaTypes.Workbook, 422, "nothing-asked"),
            (Encoding.UTF8.GetBytes("合计,,\n"), "text/csv", 200, ""), (Encoding.ASCII.GetBytes("PK\x3\x4no"), MediaTypes.Workbook, 422, "workbook-broken"),
            (new byte[17 << 20], "application/octet-stream", 413, "too-large"), (Encoding.UTF8.GetBytes("x"), "application/pdf", 415, "unsupported-media-type"),
        ])
        {
            using var answer = await Send(app, file, type);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Contains(code, await answer.Content.ReadAsStringAsync());
        }
        Assert.Equal(10_000, (await Json(Send(app, many[..many.AsSpan().IndexOf("N-10000\n"u8)], "text/csv")))["rows"]!.AsArray().Count);
    }

    [Fact]
    public async Task Bidders_that_nobody_knows_stay_bidders_where_the_headings_stand_again_below_them()
    {
        using var app = await Registry();
        var answer = await Json(Send(app, new Xlsx().Sheet("a", Xlsx.Rows(["某项目"], ["投标人"], ["无此甲公司"], ["无此乙公司"], ["投标人"], [First])).Bytes()));
        Assert.Equal("[3,4,6]", answer["reading"]!["lines"]!.ToJsonString());
        Assert.Equal(["not-in-registry", "not-in-registry", "valid"], answer["rows"]!.AsArray().Select(row => (string)row!["result"]!));
    }

    [Fact]
    public async Task Lines_beside_the_bidders_are_told_and_not_asked_and_whoever_stands_among_them_is()
    {
        using var app = await Registry();
        string[][] rows =
        [
            ["2026年度售后服务项目投标人一览表"], ["招标编号：ZB-2026-0001", "", "开标日期：2026年3月20日"], ["项目编号", "XM-2026-77"],
            ["序号", "投标人", "证书", ""], ["", "全称", "证书编号", "等级"], ["", "（与营业执照一致）", "（与证书一致）", "（不低于）"],
            ["1", First, "CTS 2025/0001-A"], ["2", "无此甲公司", "ZB-9"], ["合计", "2 家"], ["总 计：", "2 家", "", ""], ["3", "无此乙公司"],
            ["制表人：某某", "", "审核人：某某", "日期：2026年3月1日"], ["说明", "证书编号：V-3"],
        ];
        var answer = await Json(Send(app, new Xlsx().Sheet("a", Xlsx.Rows(rows)).Bytes()));
        Assert.Equal("[7,8,11,13]", answer["reading"]!["lines"]!.ToJsonString());
        Assert.Equal([1, 2, 3, 6, 9, 10, 12], answer["reading"]!["notAsked"]!.AsArray().Select(line => (int)line!["line"]!).Order());
        // A number of its own above the headings is somebody's, unless a label says of what.
        rows[2] = ["无此丙公司", "XM-2026-77"];
        answer = await Json(Send(app, new Xlsx().Sheet("a", Xlsx.Rows(rows)).Bytes()));
        Assert.Equal("[1,2,3,7,8,11,13]", answer["reading"]!["lines"]!.ToJsonString());
    }

    [Fact]
    public async Task Of_two_columns_of_one_heading_only_the_same_value_is_no_question()
    {
        using var app = await Registry();
        var file = Encoding.UTF8.GetBytes($"投标人,证书编号,证书编号\n{First},CTS 2025/0001-A,V-3\n{First},CTS 2025/0001-A,CTS 2025/0001-A\n{Second},,V-3\n");
        Assert.Equal(["ambiguous", "valid", "valid"], (await Json(Send(app, file, "text/csv")))["rows"]!.AsArray().Select(row => (string)row!["result"]!));
        Assert.Equal(["valid", "valid", "valid"], (await Json(Send(app, file, "text/csv", "?columns=name,number,-")))["rows"]!.AsArray().Select(row => (string)row!["result"]!));
    }

    [Fact]
    public async Task What_stands_far_to_the_right_stays_and_comments_of_any_length_go()
    {
        using var app = await Registry();
        var rows = $"{Xlsx.Row(1, "证书编号")}<row r=\"2\">{Xlsx.Cell('A', 2, "V-3")}<c r=\"XFD2\" t=\"str\"><v>远处</v></c></row>";
        var comment = $"<!--{string.Concat(Enumerable.Repeat(new string('<', 1000), 30_000))}-->";
        using var answer = await Send(app, new Xlsx().Sheet("a", comment + rows).Bytes(), accept: MediaTypes.Workbook);
        using var zip = new ZipArchive(new MemoryStream(await answer.Content.ReadAsByteArrayAsync()));
        var sheet = Encoding.UTF8.GetString(Content(zip.GetEntry("xl/worksheets/sheet1.xml")!));
        Assert.Matches("r=\"B2\".*r=\"M2\".*<c r=\"XFD2\" t=\"str\"><v>远处</v></c></row>", sheet);
        Assert.DoesNotContain("<!--", sheet);
    }

    /// <summary>One cell that many name, and rows that hold nothing: a small file must not become a large one.</summary>
    [Fact]
    public async Task A_text_named_by_every_cell_is_refused_before_it_fills_the_memory()
    {
        using var app = await Registry();
        var cells = string.Concat(Enumerable.Repeat("<c t=\"s\"><v>0</v></c>", 4));
        var bomb = new Xlsx { Texts = [$"<si><t>{new string('名', 30_000)}</t></si>"] }.Sheet("a", Xlsx.Row(1, "证书编号") + string.Concat(Enumerable.Repeat($"<row>{cells}</row>", 9_000))).Bytes();
        using var answer = await Send(app, bomb);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        var empty = new Xlsx().Sheet("a", Xlsx.Row(1, "证书编号") + string.Concat(Enumerable.Repeat("<row/>", 1_000_000)) + "<row r=\"1048576\"><c t=\"str\"><v>V-3</v></c></row>").Bytes();
        Assert.Equal(["valid pass 2026-06-15"], Results(await Json(Send(app, empty))));
    }

    [Fact]
    public void What_is_added_is_never_taken_for_something_that_is_asked()
    {
        foreach (var name in (string[])["核验结论", "核验结果", "核验说明", "核验日", "当日等级", "证书起始日", "证书截止日", "登记的编号", "名称核对", "信用代码核对", "复核网址", "核验时间（北京时间）", "Check: finding", "Check: result", "Check: note", "Check: as of", "Level that day", "Certificate from", "Certificate until", "Registered number", "Name compared", "Credit code compared", "To follow it", "Checked at (Beijing time)"])
            Assert.Null(Columns.Find(name, ColumnUse.List));
    }

    // ---- the page

    private static MultipartFormDataContent Form(byte[]? file, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        if (file is not null) form.Add(new ByteArrayContent(file), "file", "开标.xlsx");
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        return form;
    }

    private static string Field(string page, string name) => System.Text.RegularExpressions.Regex.Match(page, $"name=\"{name}\" value=\"([^\"]*)\"").Groups[1].Value;

    [Fact]
    public async Task The_page_takes_the_workbook_shows_how_it_was_read_and_carries_it_on()
    {
        using var app = await Registry();
        using var answer = await app.Client.PostAsync("/verify", Form(Officers(), ("on", "2026-02-01")));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var part in (string[])["隐藏的行也核验了：第 5 行", "<option value=\"须知\">", "<option value=\"开标一览\" selected>", "B · 投标单位（盖章）", "<option value=\"name\" selected>", "第 9 行“合计"]) Assert.Contains(part, page);
        Assert.Contains("/verify?on=2026-02-01&amp;sheet=%E5%BC%80%E6%A0%87%E4%B8%80%E8%A7%88&amp;columns=-,name,number,level,on,-".Replace(",", "%2C"), page);
        // The page carries the file: the next step needs no upload and nothing was kept.
        var carried = Field(page, "carried");
        using var workbook = await app.Client.PostAsync("/verify", Form(null, ("carried", carried), ("name", "开标.xlsx"), ("on", "2026-02-01"), ("format", "xlsx")));
        Assert.Equal("通过", Read(await workbook.Content.ReadAsByteArrayAsync(), "开标一览")[3].Cells[6]);
        // Another choice of columns: the number alone.
        using var again = await app.Client.PostAsync("/verify", Form(null, [("carried", carried), ("name", "开标.xlsx"), ("read", "chosen"), ("sheetChosen", "开标一览"), ("sheetRead", "开标一览"), ("headerChosen", "3"), ("headerRead", "3"), .. "-,-,number,-,-,-".Split(',').Select(field => ("column", field))]));
        page = await again.Content.ReadAsStringAsync();
        Assert.Equal("-,-,number,-,-,-", Field(page, "columns"));
        Assert.DoesNotContain("别家（演示）有限公司”，登记为", page);
        // Another sheet: its columns are found anew.
        using var other = await app.Client.PostAsync("/verify", Form(null, ("carried", carried), ("name", "开标.xlsx"), ("read", "chosen"), ("sheetChosen", "须知"), ("sheetRead", "开标一览"), ("column", "number")));
        Assert.Contains("请各投标人核对", await other.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Settings_in_the_address_of_the_page_are_remembered_by_its_form()
    {
        using var app = await Registry();
        var page = await app.Client.GetStringAsync("/verify?on=2026-02-01&category=26&level=four-star&columns=-,name,number&sheet=2");
        foreach (var part in (string[])["value=\"2026-02-01\"", "<option value=\"26\" selected>", "<option value=\"four-star\" selected>", "name=\"columns\" value=\"-,name,number\"", "name=\"sheet\" value=\"2\"", "B = 组织名称"]) Assert.Contains(part, page);
        using var wrong = await app.Client.GetAsync("/verify?columns=firm");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    [Fact]
    public async Task The_page_says_what_is_wrong_and_keeps_what_was_entered()
    {
        using var app = await Registry();
        foreach (var (form, status, said) in (ValueTuple<MultipartFormDataContent, int, string>[])
        [
            (Form(Officers(), ("lines", "V-3")), 422, "只能给一个"), (Form(null, ("lines", "")), 422, "没有找到要核验的行"),
            (Form(Encoding.ASCII.GetBytes("PK\x3\x4no")), 422, "已损坏"), (Form(Officers(), ("sheet", "没有"), ("on", "2026-02-01")), 422, "value=\"2026-02-01\""),
            (Form(null, ("carried", "%%%")), 400, "无法读取"), (Form(new Xlsx().Sheet("a", Xlsx.Rows(["备注"], ["1"])).Bytes(), ("columns", "-")), 422, "按所选的重新核验"),
        ])
            using (form)
            {
                using var answer = await app.Client.PostAsync("/verify", form);
                Assert.Equal(status, (int)answer.StatusCode);
                Assert.Contains(said, await answer.Content.ReadAsStringAsync());
            }
        // A large file is not carried: it has to be chosen again.
        var large = new Xlsx().Part("xl/media/a.bin", System.Security.Cryptography.RandomNumberGenerator.GetBytes(3 << 20)).Sheet("a", Xlsx.Rows(["证书编号"], ["V-3"])).Bytes();
        using var page = await app.Client.PostAsync("/verify", Form(large));
        Assert.Contains("请再选一次同一个文件（开标.xlsx）", await page.Content.ReadAsStringAsync());
    }
}
