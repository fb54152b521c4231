using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Ingest;

namespace Registry.Tests.Ingest;

/// <summary>Files by their bytes: encodings, archives, content types, and rows that cannot be read.</summary>
public sealed class ImportFileTests
{
    private const string Header = "证书编号,获证组织名称,统一社会信用代码,认证项目,业务范围,服务等级,颁证日期,有效期至,状态,状态日期,暂停截止日期,原因,被替换证书\r\n";

    private static string Row(string number, string name = "虚构甲（演示）有限公司", string uscc = "", string issued = "2025-03-01", string status = "", string on = "", string until = "", string reason = "", string replaces = "", string expires = "", string category = "26", string scope = "家电售后（演示）") =>
        $"{number},{name},{uscc},{category},{scope},五星级,{issued},{expires},{status},{on},{until},{reason},{replaces}\r\n";

    private static byte[] Utf8(params string[] rows) => Encoding.UTF8.GetBytes(Header + string.Concat(rows));

    private static Encoding Gb => CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;

    private static string Told(IEnumerable<JsonNode> rows) => string.Join(" | ", rows.Select(row => $"{row["line"]} {row["result"]}{(row["errors"] is JsonArray errors ? " " + string.Join(' ', errors.Select(e => $"{e!["where"]}:{e["code"]}")) : "")}"));

    /// <summary>A dry run, the run, and what both say.</summary>
    private static async Task<string> Run(RegistryApp app, byte[] file)
    {
        var (dry, drySummary) = await app.Import(file, query: "?dryRun=true");
        var (rows, summary) = await app.Import(file);
        Assert.Equal(Told(dry), Told(rows));
        Assert.Equal(drySummary.ToJsonString(), summary.ToJsonString());
        return Told(rows);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    [Fact]
    public async Task A_table_is_taken_whatever_it_is_called_and_however_it_is_packed()
    {
        using var app = new RegistryApp();
        var file = Utf8(Row("A-1"));
        var expected = "recorded";
        foreach (var type in (string?[])["text/csv", "text/csv; charset=gbk", "application/vnd.ms-excel", "text/plain", "application/octet-stream", "text/tab-separated-values", "application/csv", null])
        {
            var (rows, _) = await app.Import(file, type);
            Assert.Equal(expected, (string)rows[0]["result"]!);
            expected = "already";
        }
        foreach (var (content, type, encoding) in (ValueTuple<byte[], string, string?>[])[(Gzip(file), "text/csv", "gzip"), (Gzip(file), "application/gzip", null), (Gzip(file), "text/csv", null)])
        {
            using var answer = await app.SendFile(content, type, encoding: encoding);
            Assert.Contains("\"already\":1", await answer.Content.ReadAsStringAsync());
        }
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", "证书.csv" }, { new StringContent("true"), "dryRun" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
        using var sent = await app.Client.SendAsync(request);
        Assert.Contains("\"already\":1", await sent.Content.ReadAsStringAsync());
        foreach (var type in (string[])["application/octet-stream", "text/plain", "application/jsonl"])
            Assert.Equal("recorded", (string)(await app.Import(Encoding.UTF8.GetBytes(RegistryApp.Draft($"J-{type.Length}").ToJsonString().Replace("91370200MA3TEST010", RegistryApp.Uscc("91370200MA3TEST01"))), type)).Rows[0]["result"]!);
    }

    /// <summary>A run that was meant dry records nothing, however that was written.</summary>
    [Fact]
    public async Task What_is_neither_dry_nor_not_is_refused()
    {
        using var app = new RegistryApp();
        foreach (var query in (string[])["?dryRun", "?dryRun=", "?dryRun=1", "?dryRun=yes"])
        {
            using var answer = await app.SendFile(Utf8(Row("A-1")), query: query);
            Assert.Equal(422, (int)answer.StatusCode);
            Assert.Contains("\"/dryRun\",\"code\":\"wrong-type\"", await answer.Content.ReadAsStringAsync());
        }
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Utf8(Row("A-1"))), "file", "证书.csv" }, { new StringContent(""), "dryRun" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
        using var sent = await app.Client.SendAsync(request);
        Assert.Equal(422, (int)sent.StatusCode);
        Assert.Equal("recorded", (string)(await app.Import(Utf8(Row("A-1")), query: "?dryRun=FALSE")).Rows[0]["result"]!);
    }

    /// <summary>Whose sender was cut off has sent less than he meant to: which rows are missing nobody could tell.</summary>
    [Fact]
    public async Task A_packed_file_that_is_cut_off_records_nothing()
    {
        using var app = new RegistryApp();
        var rows = Enumerable.Range(0, 500).Select(i => RegistryApp.Draft($"CUT-{i}").ToJsonString().ReplaceLineEndings("") + "\n");
        var packed = Gzip(Encoding.UTF8.GetBytes(string.Concat(rows)));
        foreach (var cut in (int[])[packed.Length / 2, packed.Length - 8])
        {
            using var answer = await app.SendFile(packed[..cut], "application/x-ndjson", encoding: "gzip");
            Assert.Equal((cut, HttpStatusCode.BadRequest), (cut, answer.StatusCode));
        }
        Assert.Equal(0, (int)(await app.GetJson("/v1/certificates"))["total"]!["value"]!);
    }

    [Theory]
    [InlineData("application/pdf", null, "hello", 415, "unsupported-media-type", "text/csv")]
    [InlineData("application/json", null, "[]", 415, "unsupported-media-type", "application/x-ndjson")]
    [InlineData("text/csv", "br", "hello", 415, "unsupported-media-type", "gzip")]
    [InlineData("application/octet-stream", null, "PK\u0003\u0004....", 422, "workbook-broken", "CSV")]
    [InlineData("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", null, "PK\u0003\u0004....", 422, "workbook-broken", "CSV")]
    [InlineData("multipart/form-data", null, "hello", 400, "bad-request", "")]
    [InlineData("multipart/form-data; boundary=x", null, "--x\r\nContent-Disposition: form-data; name=\"ignore\"\r\n\r\nb\r\n--x--\r\n", 422, "one-file", "0")]
    [InlineData("text/csv", null, "", 422, "header-not-found", "（空文件）")]
    [InlineData("text/csv", null, "%PDF-1.7", 415, "no-table", "PDF")]
    [InlineData("text/csv", null, "A-1,甲\r\nA-2,乙", 422, "header-not-found", "“A-1,甲” / “A-2,乙”")]
    [InlineData("text/csv", null, "标题\r\n地址,证书状态\r\n1,2", 422, "missing-columns", "第 2 行")]
    [InlineData("text/csv", null, "证书编号,获证组织名称,认证项目,业务范围,颁证日期,有效期起\r\n", 422, "repeated-columns", "颁证日期 = 有效期起")]
    public async Task What_is_not_taken_is_told_before_anything_is_recorded(string type, string? encoding, string content, int status, string code, string said)
    {
        using var app = new RegistryApp();
        using var answer = await app.SendFile(Encoding.UTF8.GetBytes(content), type, encoding: encoding);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, text);
        Assert.Equal(code, (string)JsonNode.Parse(text)!["code"]!);
        Assert.Contains(said, (string)JsonNode.Parse(text)!["detail"]!);
    }

    /// <summary>A log cannot forget: what is no number is not taken for one.</summary>
    [Fact]
    public async Task A_number_with_something_around_it_or_none_is_refused_and_a_stroke_is_blank()
    {
        using var app = new RegistryApp();
        string[] numbers = ["证书编号：B-1", "B-1（五星级）", "B-1（副本）", "B-1；B-2", "B-1、B-2", "/", "—", "无", "N/A", "待定"];
        var told = (await Run(app, Utf8([.. numbers.Select(number => Row(number))]))).Split(" | ");
        Assert.Equal(numbers.Select((number, i) => $"{i + 2} rejected 证书编号:{(i < 5 ? "holds-more" : "says-none")}"), told);
        string[] own = ["虚认〔2025〕第0001号", "No.77", "C/1（2）", "2025:12", "（甲）字7"];
        Assert.Equal(own.Select((_, i) => $"{i + 2} recorded"), (await Run(app, Utf8([.. own.Select(number => Row(number))]))).Split(" | "));
        Assert.Equal("2 recorded", await Run(app, Utf8(Row("B-3", uscc: "/", on: "—", until: "-", reason: "／", replaces: "--"))));
        Assert.Equal("2 rejected 业务范围:required", await Run(app, Utf8(Row("B-4", scope: "/"))));
    }

    [Fact]
    public async Task A_table_in_another_encoding_that_is_not_understood_says_what_was_read()
    {
        using var app = new RegistryApp();
        using var answer = await app.SendFile(CodePagesEncodingProvider.Instance.GetEncoding("big5")!.GetBytes("證書編號,名稱\r\nA-1,甲"));
        var detail = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!;
        Assert.Contains("GB 18030", detail);
        Assert.Contains("A-1,", detail);
    }

    [Fact]
    public async Task One_line_in_another_encoding_takes_no_other_with_it()
    {
        using var app = new RegistryApp();
        Assert.Equal("2 recorded | 3 rejected :broken-encoding | 4 recorded", await Run(app, [.. Utf8(Row("U-1")), .. Gb.GetBytes(Row("U-2")), .. Encoding.UTF8.GetBytes(Row("U-3"))]));
        Assert.Equal("2 recorded | 3 rejected :broken-encoding | 4 recorded", await Run(app, [.. Gb.GetBytes(Header + Row("G-1")), .. Encoding.UTF8.GetBytes(Row("G-2")), .. Gb.GetBytes(Row("G-3"))]));
        Assert.Equal("2 recorded | 3 rejected :broken-encoding", await Run(app, Utf8(Row("C-1"), "C-2,虚构甲")[..^1]));
        var names = (await app.GetJson("/v1/certificates?limit=100"))["items"]!.AsArray().Select(c => (string)c!["holder"]!["name"]!).Distinct();
        Assert.Equal(["虚构甲（演示）有限公司"], names);
    }

    [Fact]
    public async Task The_encoding_is_that_of_the_whole_file_and_needs_no_mark()
    {
        using var app = new RegistryApp();
        var latin = "certificate no,company,category,scope,level,issue date\r\n" + string.Concat(Enumerable.Range(0, 1500).Select(i => $"L-{i},Fictional {i} Ltd.,26,After-sales service (demo),five-star,2025-03-01\r\n"));
        var (rows, _) = await app.Import([.. Encoding.ASCII.GetBytes(latin), .. Gb.GetBytes("L-X,虚构甲（演示）有限公司,26,家电售后（演示）,五星级,2025-03-01\r\n")]);
        Assert.Equal("虚构甲（演示）有限公司", (string)(await app.GetJson($"/v1/certificates/{rows[^1]["id"]}"))["holder"]!["name"]!);
        Assert.Equal("2 recorded", await Run(app, Encoding.Unicode.GetBytes(Header + Row("W-1"))));
        Assert.Equal("2 recorded", await Run(app, [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(Header + Row("W-2"))]));
    }

    [Fact]
    public async Task Rows_too_short_too_long_or_giant_are_rejected_by_line_and_the_rest_goes_on()
    {
        using var app = new RegistryApp();
        Assert.Equal("2 recorded | 3 rejected :wrong-cells | 4 rejected :cell-beyond-header | 5 rejected 业务范围:too-long | 6 rejected :too-large | 7 rejected :bad-quotes | 8 recorded",
            await Run(app, Utf8(Row("S-1"), "S-2,虚构甲\r\n", Row("S-3").TrimEnd() + ",,多\r\n", Row("S-4", scope: new string('长', 9000)), Row("S-5", scope: new string('长', 60_000)), Row("S-6", scope: "\"开"), Row("S-7") + ",,,,,,,,,,,,\r\n\r\n" + Header)));
    }

    [Theory]
    [InlineData("9.13702E+17", null, "统一社会信用代码:spoilt")]
    [InlineData("913702022914177000", null, "统一社会信用代码:spoilt")]
    [InlineData("913702022914177001", null, "统一社会信用代码:bad-uscc")]
    [InlineData("", "????（??）????", "获证组织名称:spoilt")]
    [InlineData("", "虚构?燕电器", "获证组织名称:spoilt")]
    [InlineData("", "Caf?s Fictional", "获证组织名称:spoilt")]
    [InlineData("", "\u200B\u200B", "获证组织名称:spoilt")]
    [InlineData("", "12345", "获证组织名称:spoilt")]
    [InlineData("", "———", "获证组织名称:says-none")]
    [InlineData("", "同上", "获证组织名称:says-none")]
    [InlineData("无", null, "统一社会信用代码:says-none")]
    [InlineData("", "虚构甲（演示）有限公司（盖章）", "获证组织名称:holds-more")]
    [InlineData("", "获证组织：虚构甲（演示）有限公司", "获证组织名称:holds-more")]
    [InlineData("", "1、虚构甲（演示）有限公司", "获证组织名称:holds-more")]
    [InlineData("", "1.5度虚构科技（演示）有限公司", null)]
    [InlineData("", "re:Fictional GmbH", null)]
    [InlineData("", "虚构\uE123有限公司", "获证组织名称:spoilt")]
    [InlineData("", "锟斤拷锟斤拷", "获证组织名称:spoilt")]
    [InlineData("", "铏氭瀯娴风嚂", "获证组织名称:spoilt")]
    [InlineData("", "CafÃ© Fictional", "获证组织名称:spoilt")]
    [InlineData("", "#REF!", "获证组织名称:spoilt")]
    [InlineData("", "Fictional A &amp; B Ltd.", "获证组织名称:spoilt")]
    [InlineData("", "Fictional A & B Ltd.", null)]
    [InlineData("", "Café Fictional (demo) GmbH", null)]
    [InlineData("", "What next? Fictional Ltd.", null)]
    [InlineData("", "虚构联通（演示）有限公司", null)]
    [InlineData("", "=\"虚构甲（演示）有限公司\"", null)]
    public async Task What_a_spreadsheet_or_an_encoding_spoilt_is_refused_in_files_and_in_posts(string uscc, string? name, string? error)
    {
        using var app = new RegistryApp();
        Assert.Equal(error is null ? "2 recorded" : $"2 rejected {error}", await Run(app, Utf8(Row("X-1", name ?? "虚构甲（演示）有限公司", uscc))));
        var draft = RegistryApp.Draft("X-2");
        draft["holder"]!["uscc"] = uscc.Length == 0 ? null : uscc;
        draft["holder"]!["name"] = Registry.Tables.Cells.Read(name ?? "虚构甲（演示）有限公司");
        using var answer = await app.Send("POST", "/v1/certificates", draft, app.Key);
        Assert.Equal(error is null ? 201 : 422, (int)answer.StatusCode);
        if (error is not null) Assert.Equal(error.Split(':')[1], (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!["code"]!);
    }

    [Theory]
    [InlineData("1.22025E+11", false)]
    [InlineData("1.2E-05", false)]
    [InlineData("122025.0", false)]
    [InlineData("3月1日", false)]
    [InlineData("1-Mar", false)]
    [InlineData("######", false)]
    [InlineData("00114E22", true)]
    [InlineData("'00122", true)]
    [InlineData("=\"00123\"", true)]
    [InlineData("2017152203018122", true)]
    public async Task Numbers_that_became_quantities_are_refused_and_others_are_not(string number, bool taken)
    {
        using var app = new RegistryApp();
        Assert.Equal(taken ? "2 recorded" : "2 rejected 证书编号:spoilt", await Run(app, Utf8(Row(number))));
    }

    [Theory]
    [InlineData("撤销", "", "", "", "rejected 状态日期:status-date-required")]
    [InlineData("暂停", "", "", "", "rejected 状态日期:status-date-required")]
    [InlineData("撤销", "2026-01-05", "", "误用证书或标志", "recorded")]
    [InlineData("暂停", "2026-01-05", "2026-09-01", "", "recorded")]
    [InlineData("有效", "", "", "", "recorded")]
    [InlineData("有效", "2025-03-01", "", "", "recorded")]
    [InlineData("", "2026-01-05", "", "", "rejected 状态日期:of-another-status")]
    [InlineData("撤销", "2026-01-05", "2026-09-01", "", "rejected 暂停截止日期:of-another-status")]
    [InlineData("有效", "", "", "误用证书或标志", "rejected 原因:of-another-status")]
    [InlineData("过期失效", "", "", "", "rejected 状态:status-disagrees")]
    [InlineData("失效", "", "", "", "rejected 状态:unknown-word")]
    [InlineData("撤销", "2024-01-01", "", "", "rejected 状态日期:effect-before-issue")]
    [InlineData("撤销", "2026-06-31", "", "自己写的", "rejected 状态日期:no-such-day 原因:unknown-word")]
    public async Task A_status_is_recorded_as_stated_or_refused(string status, string on, string until, string reason, string told)
    {
        using var app = new RegistryApp();
        Assert.Equal("2 " + told, await Run(app, Utf8(Row("S-1", status: status, on: on, until: until, reason: reason))));
    }

    [Fact]
    public async Task A_status_needs_no_day_where_there_is_only_one_or_where_it_stands()
    {
        using var app = new RegistryApp();
        Assert.Equal("2 recorded", await Run(app, Utf8(Row("D-1", issued: "2026-06-15", status: "撤销"))));
        await Run(app, Utf8(Row("D-2", status: "暂停", on: "2026-01-05", until: "2026-09-01")));
        Assert.Equal("2 already", await Run(app, Utf8(Row("D-2", status: "暂停"))));
        Assert.Equal("2 rejected 证书编号:number-taken 暂停截止日期:differs", await Run(app, Utf8(Row("D-2", status: "暂停", until: "2026-10-01"))));
        await Run(app, Utf8(Row("D-3")));
        Assert.Equal("2 rejected 状态:act-not-recorded 状态日期:status-date-required", await Run(app, Utf8(Row("D-3", status: "撤销"))));
        Assert.Equal("2 rejected 状态:act-not-recorded 证书编号:number-taken 颁证日期:differs 有效期至:differs", await Run(app, Utf8(Row("D-3", issued: "2025-04-01", status: "撤销", on: "2026-01-05"))));
        Assert.Equal("2 rejected 状态:status-disagrees", await Run(app, Utf8(Row("D-2", status: "有效"))));
    }

    [Fact]
    public async Task One_number_twice_is_once_when_it_says_the_same_and_nothing_when_it_does_not()
    {
        using var app = new RegistryApp();
        var file = Utf8(Row("R-1"), Row("R-2"), Row("ｒ－1", issued: "2025/3/1"), Row("R-2", name: "虚构乙（演示）有限公司"), Row("R-1"));
        Assert.Equal("2 rejected 证书编号:number-repeated | 3 rejected 证书编号:number-repeated | 4 rejected 证书编号:number-repeated | 5 rejected 证书编号:number-repeated | 6 rejected 证书编号:number-repeated", await Run(app, file));
        var (rows, _) = await app.Import(file);
        Assert.Contains("第 2、4、6 行", (string)rows[0]["errors"]![0]!["detail"]!);
        Assert.Equal("2 recorded | 3 already | 4 recorded", await Run(app, Utf8(Row("R-1"), Row("R-1", issued: "2025年3月1日"), Row("R-2"))));
    }

    [Fact]
    public async Task A_certificate_may_replace_another_of_the_file_wherever_that_stands()
    {
        using var app = new RegistryApp();
        var file = Utf8(Row("P-3", issued: "2026-03-01", replaces: "P-2"), Row("P-2", issued: "2025-12-01", replaces: "P-1"), Row("P-1"), Row("P-5", replaces: "P-4"), Row("P-4", replaces: "P-5"), Row("P-6", replaces: "NONE"));
        Assert.Equal("4 recorded | 7 rejected 被替换证书:unknown-replaces | 3 recorded | 2 recorded | 6 rejected 被替换证书:unknown-replaces | 5 rejected 被替换证书:unknown-replaces", await Run(app, file));
        var one = (await app.GetJson("/v1/certificates?number=P-3"))["items"]![0]!;
        var two = await app.GetJson($"/v1/certificates/{one["replaces"]}");
        Assert.Equal(("P-2", "P-1"), ((string)two["number"]!, (string)(await app.GetJson($"/v1/certificates/{two["replaces"]}"))["number"]!));
        Assert.Equal("4 already | 7 rejected 被替换证书:unknown-replaces | 3 already | 2 already | 6 rejected 被替换证书:unknown-replaces | 5 rejected 被替换证书:unknown-replaces",
            string.Join(" | ", (await Run(app, file)).Split(" | ").OrderBy(told => "473265".IndexOf(told[0]))));
    }

    [Theory]
    [InlineData("认证机构", "示例认证（虚构）有限公司", true)]
    [InlineData("认证机构", "示例认证(虚构)有限公司", true)]
    [InlineData("发证机构", "Example Certification (fictional)", true)]
    [InlineData("认证机构", "另一认证中心（虚构）", false)]
    [InlineData("发证单位", "另一认证中心（虚构）", false)]
    [InlineData("认证机构批准号", RegistryApp.OtherBody, false)]
    [InlineData("认证机构批准号", RegistryApp.Body, true)]
    public async Task A_row_of_another_body_is_not_recorded_as_ones_own(string heading, string body, bool own)
    {
        using var app = new RegistryApp();
        var file = Encoding.UTF8.GetBytes($"证书编号,获证组织名称,认证项目,业务范围,服务等级,颁证日期,{heading}\nO-1,虚构甲（演示）有限公司,26,家电售后（演示）,五星级,2025-03-01,{body}\n\u001A");
        Assert.Equal(own ? "2 recorded" : $"2 rejected {heading}:other-body", await Run(app, file));
    }

    [Fact]
    public async Task The_operators_file_may_hold_more_rows_than_a_request()
    {
        using var app = new RegistryApp();
        var file = Utf8([.. Enumerable.Range(0, Importer.MaxRows + 1).Select(i => $"N-{i},,,,,,,,,,,,\r\n")]);
        using var answer = await app.SendFile(file);
        Assert.Equal(413, (int)answer.StatusCode);
        Assert.Contains("too-many-rows", await answer.Content.ReadAsStringAsync());
        var importer = new Importer(app.Database, app.Clock, RegistryApp.Body, dryRun: false, Language.Zh);
        using var stream = new MemoryStream(file);
        var last = 0;
        await foreach (var result in importer.Run(ImportFile.Open(stream, new(), Registry.Tables.WorkbookBounds.Own), int.MaxValue, CancellationToken.None)) last = result.Row;
        Assert.Equal((Importer.MaxRows + 1, Importer.MaxRows + 1), (last, importer.Summary.Rejected));
    }

    [Fact]
    public async Task A_body_mends_the_rejected_rows_of_its_list_and_sends_them_again()
    {
        using var app = new RegistryApp();
        string[] spoils = ["2025-02-30", "长期", "3/1/2025"];
        var rows = Enumerable.Range(0, 2000).Select(i => i % 50 != 7 ? Row($"W-{i}") : (i / 50 % 5) switch
        {
            0 => Row($"W-{i}", issued: spoils[i % 3]),
            1 => Row($"W-{i}", uscc: "9.13702E+17"),
            2 => Row($"W-{i}", category: "售后"),
            3 => Row($"W-{i}", status: "撤销"),
            _ => Row($"W-{i}", scope: "\"家电\"售后"),
        }).ToArray();
        using var answer = await app.SendFile(Utf8(rows), query: "?format=csv");
        Assert.Equal("rows=2000, recorded=1960, already=0, rejected=40, differing=0", answer.Headers.GetValues("Import-Summary").Single());
        var rejected = (await answer.Content.ReadAsStringAsync()).Trim('\uFEFF').TrimEnd().Split("\r\n");
        Assert.Equal(41, rejected.Length);
        Assert.Equal(Header.TrimEnd() + ",原文件行号,退回原因", rejected[0]);
        Assert.StartsWith("W-7,", rejected[1]);
        Assert.Contains(",9,", rejected[1]);
        Assert.Contains("没有“2025-02-30”这一天", string.Concat(rejected));

        // Mended as a person would: by the reason at the end of each line, which stays there.
        var mended = string.Join("\r\n", rejected.Select(line => line.Replace(",2025-02-30,", ",2025-03-01,").Replace(",长期,", ",2025-03-01,").Replace(",3/1/2025,", ",2025-03-01,").Replace(",9.13702E+17,", ",,")
            .Replace(",售后,", ",26,").Replace(",撤销,,", ",撤销,2026-05-01,").Replace("\"\"\"家电\"\"售后\"", "家电售后")));
        var (again, summary) = await app.Import(Encoding.UTF8.GetBytes(mended));
        Assert.True((int)summary["recorded"]! == 40, Told(again.Where(row => (string)row["result"]! != "recorded")));
        Assert.Equal(2000, app.Database.Read(db => Registry.Search.ReferenceStore.Coverage(db)).Certificates);
    }

    /// <summary>Columns of the file's own stay, whatever they are; those of a rejects file that is sent again are made anew.</summary>
    [Fact]
    public async Task Rejected_rows_come_in_the_columns_they_came_in()
    {
        using var app = new RegistryApp();
        const string Heading = "序号,证书编号*,获证组织名称（必填）,认证项目,业务范围,星级,发证日期,备注";
        var sent = $"{Heading}\r\n7,Z-1,虚构甲（演示）有限公司,26,家电售后（演示）,六星,2025-03-01,换证\r\n";
        for (var round = 0; round < 2; round++)
        {
            using var answer = await app.SendFile(Encoding.UTF8.GetBytes(sent), query: "?format=csv&ignore=备注&lang=zh");
            sent = (await answer.Content.ReadAsStringAsync()).Trim('\uFEFF');
            Assert.StartsWith($"{Heading},原文件行号,退回原因\r\n7,Z-1,虚构甲（演示）有限公司,26,家电售后（演示）,六星,2025-03-01,换证,2,星级：", sent);
        }
    }

    [Fact]
    public async Task Lines_of_JSON_come_back_with_their_reasons_and_are_taken_again()
    {
        using var app = new RegistryApp();
        var (good, bad) = (RegistryApp.Draft("J-1"), RegistryApp.Draft("J-2"));
        good["holder"]!.AsObject().Remove("uscc");
        using var answer = await app.SendFile(Encoding.UTF8.GetBytes($"{good.ToJsonString()}\n{bad.ToJsonString()}\nno json\n"), "application/x-ndjson", "?format=csv");
        var lines = (await answer.Content.ReadAsStringAsync()).TrimEnd().Split('\n');
        Assert.Equal("no json", lines[1]);
        var mended = JsonNode.Parse(lines[0])!.AsObject();
        Assert.Contains("GB 32100", (string)mended["rejectedBecause"]![0]!);
        mended["holder"]!.AsObject().Remove("uscc");
        Assert.Equal("recorded", (string)(await app.Import(Encoding.UTF8.GetBytes(mended.ToJsonString()), "application/x-ndjson")).Rows[0]["result"]!);
    }
}
