using System.Text.Json.Nodes;

namespace Registry.Tests.Ingest;

/// <summary>Files as people really have them, and what each must give.</summary>
public sealed class ImportCasesTests
{
    private static byte[] Case(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Ingest", "cases", file));

    private static string Told(JsonNode row) =>
        $"{row["number"]} {row["result"]}{(row["errors"] is JsonArray errors ? " " + string.Join(' ', errors.Select(e => $"{e!["where"]}:{e["code"]}")) : "")}{(row["differs"] is JsonArray differs ? " differs " + string.Join(' ', differs.Select(e => $"{e!["where"]}")) : "")}";

    private static async Task<string> Registered(RegistryApp app) => string.Join(", ", (await app.GetJson("/v1/certificates?limit=100"))["items"]!.AsArray().Reverse()
        .Select(c => $"{c!["number"]} {c["status"]} {c["issuedOn"]}..{c["expiresOn"]}{(c["sites"]!.AsArray() is { Count: > 0 } sites ? " " + string.Join('+', sites) : "")}"));

    [Theory]
    [InlineData("01-excel-serial-dates.csv", "SER-1 valid 2025-03-01..2028-02-28")]
    [InlineData("01b-excel-datetime.csv", "DT-1 valid 2025-03-01..2028-02-29, DT-2 valid 2025-03-01..2028-02-29, DT-3 valid 2025-03-01..2028-02-29")]
    [InlineData("03-title-row.csv", "TIT-1 valid 2025-03-01..2028-02-29")]
    [InlineData("03b-blank-first.csv", "TIT-2 valid 2025-03-01..2028-02-29")]
    [InlineData("05d-sep-line.csv", "UNI-4 valid 2025-03-01..2028-02-29")]
    [InlineData("08-dirty-headers.csv", "HDR-1 valid 2025-03-01..2028-02-29")]
    [InlineData("08b-star-headers.csv", "HDR-2 valid 2025-03-01..2028-02-29")]
    [InlineData("09-misnamed-columns.csv", "COL-1 revoked 2024-03-01..2025-02-28 虚构路 2 号+虚构路 3 号")]
    [InlineData("22-libreoffice.xlsx", "XLS-1 valid 2025-03-01..2028-02-29")]
    [InlineData("22b-libreoffice.xls", "XLS-1 valid 2025-03-01..2028-02-29")]
    [InlineData("15-multi-site.csv", "SIT-1 valid 2025-03-01..2028-02-29 虚构路 1 号+虚构路 2 号")]
    public async Task These_are_recorded_as_a_person_reads_them(string file, string registered)
    {
        using var app = new RegistryApp();
        var (dry, _) = await app.Import(Case(file), query: "?dryRun=true");
        Assert.Equal("", await Registered(app));
        var (rows, summary) = await app.Import(Case(file));
        Assert.Equal(0, (int)summary["rejected"]!);
        Assert.Equal(dry.Select(Told), rows.Select(Told));
        Assert.Equal(registered, await Registered(app));
    }

    [Fact]
    public async Task A_revocation_in_a_column_of_its_own_holds_from_its_day()
    {
        using var app = new RegistryApp();
        var (rows, _) = await app.Import(Case("09-misnamed-columns.csv"));
        var certificate = await app.GetJson($"/v1/certificates/{rows[0]["id"]}");
        Assert.Equal(("2024-09-01", "91370202011524491G", "370200"), ((string)certificate["ended"]!["on"]!, (string)certificate["holder"]!["uscc"]!, (string)certificate["holder"]!["region"]!));
        Assert.Equal("valid", (string)(await app.GetJson($"/v1/certificates/{rows[0]["id"]}?on=2024-08-31"))["status"]!);
    }

    [Theory]
    [InlineData("02-sci-notation.csv", "1.22025E+11 rejected 证书编号:spoilt", "SCI-2 rejected 统一社会信用代码:spoilt", "SCI-3 rejected 统一社会信用代码:spoilt", "1.22025E+11 rejected 证书编号:spoilt")]
    [InlineData("10f-question-marks.csv", "ENC-7 rejected 获证组织名称:spoilt", "ENC-8 rejected 获证组织名称:spoilt")]
    [InlineData("26-two-rounds.csv", "TWO-1 rejected 颁证日期:no-such-day 获证组织名称:required 统一社会信用代码:bad-uscc 所在地区:bad-region")]
    [InlineData("07-unclosed-quote.csv", "QUO-1 recorded", "QUO-2 rejected :bad-quotes", "QUO-3 recorded", "QUO-4 recorded", "QUO-5 recorded", "QUO-6 recorded", "QUO-7 recorded")]
    [InlineData("07b-stray-quote.csv", "QUB-1 recorded", "QUB-2 rejected :bad-quotes", "QUB-3 recorded", "QUB-4 recorded")]
    [InlineData("17b-level-words.csv", "LEV-0 recorded", "LEV-1 recorded", "LEV-2 recorded", "LEV-3 recorded", "LEV-4 rejected 服务等级:unknown-level", "LEV-5 rejected 服务等级:unknown-level", "LEV-6 recorded", "LEV-7 recorded", "LEV-8 rejected 服务等级:unknown-level", "LEV-9 recorded")]
    [InlineData("17c-category-words.csv", "CAT-0 recorded", "CAT-1 recorded", "CAT-2 recorded", "CAT-3 rejected 认证项目:unknown-word", "CAT-4 recorded", "CAT-5 recorded", "CAT-6 recorded")]
    [InlineData("51b-dup-dry.csv", "DRY-1 rejected 证书编号:number-repeated", "DRY-1 rejected 证书编号:number-repeated")]
    public async Task Every_row_is_answered_and_the_dry_run_says_the_same(string file, params string[] told)
    {
        using var app = new RegistryApp();
        var (dry, _) = await app.Import(Case(file), query: "?dryRun=true");
        Assert.Equal(told, dry.Select(Told));
        var (rows, _) = await app.Import(Case(file));
        Assert.Equal(told, rows.Select(Told));
        Assert.Equal(told.Count(line => line.EndsWith("recorded")), (await app.GetJson("/v1/certificates?limit=100"))["items"]!.AsArray().Count);
        // A message that refuses a word lists those that are taken, in Chinese.
        foreach (var error in rows.Where(row => row["errors"] is not null).SelectMany(row => row["errors"]!.AsArray()).Where(e => (string)e!["code"]! is "unknown-level" or "unknown-word"))
            Assert.Contains((string)error!["code"]! == "unknown-level" ? "五星级" : "26 商品售后服务评价体系", (string)error["detail"]!);
    }

    [Theory]
    [InlineData("06-duplicate-header.csv", 422, "repeated-columns", "证书到期日期")]
    [InlineData("09d-misnamed-replaces.csv", 422, "unknown-columns", "换发自、备注")]
    public async Task These_are_refused_before_the_first_row(string file, int status, string code, string named)
    {
        using var app = new RegistryApp();
        using var answer = await app.SendFile(Case(file));
        Assert.Equal(status, (int)answer.StatusCode);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(code, (string)problem["code"]!);
        Assert.Contains(named, (string)problem["detail"]!);
        Assert.Equal("", await Registered(app));
    }

    [Fact]
    public async Task An_unknown_column_can_be_left_out_by_name_and_cells_beyond_the_header_are_named()
    {
        using var app = new RegistryApp();
        var (rows, _) = await app.Import(Case("09d-misnamed-replaces.csv"), query: "?ignore=换发自,备注");
        Assert.Equal("COL-4 recorded", Told(rows[0]));
        (rows, _) = await app.Import(Case("27b-extra-col.csv"));
        Assert.Equal("SHF-2 rejected :cell-beyond-header", Told(rows[0]));
        Assert.Contains("“2 单元”", (string)rows[0]["errors"]![0]!["detail"]!);
    }

    [Fact]
    public async Task A_list_sent_again_records_its_acts_and_tells_what_differs()
    {
        using var app = new RegistryApp();
        app.Clock.Now = new(2026, 7, 20, 4, 0, 0, TimeSpan.Zero);
        var (april, _) = await app.Import(Case("52a-list-april.csv"));
        Assert.All(april, row => Assert.Equal("recorded", (string)row["result"]!));
        var (dry, _) = await app.Import(Case("52b-list-july.csv"), query: "?dryRun=true");
        var (july, summary) = await app.Import(Case("52b-list-july.csv"));
        Assert.Equal(["LIF-1 rejected 证书状态:status-disagrees", "LIF-2 recorded differs 获证组织名称", "LIF-3 recorded differs 认证覆盖的业务范围", "LIF-4 recorded"], july.Select(Told));
        Assert.Equal(dry.Select(Told), july.Select(Told));
        Assert.Equal("""{"rows":4,"recorded":3,"already":0,"rejected":1,"differing":2}""", summary.ToJsonString());
        Assert.Contains("自 2026-04-01 起", (string)july[0]["errors"]![0]!["detail"]!);
        Assert.Equal(april.Select(row => (string)row["id"]!), july.Select(row => (string)row["id"]!));
        Assert.Contains("“虚构海燕电器（演示）集团有限公司”，登记为“虚构海燕电器（演示）有限公司”", (string)july[1]["differs"]![0]!["detail"]!);
        Assert.Equal("LIF-1 suspended, LIF-2 revoked, LIF-3 revoked, LIF-4 cancelled", string.Join(", ", (await Registered(app)).Split(", ").Select(c => string.Join(' ', c.Split(' ')[..2]))));

        // Once more: what stands is told again, nothing is recorded.
        var (again, _) = await app.Import(Case("52b-list-july.csv"));
        Assert.Equal(["LIF-1 rejected 证书状态:status-disagrees", "LIF-2 rejected 证书编号:number-taken 获证组织名称:differs", "LIF-3 rejected 证书编号:number-taken 认证覆盖的业务范围:differs", "LIF-4 already"], again.Select(Told));
    }
}
