using System.Text;
using System.Text.Json.Nodes;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Registry.Tables;
using Registry.Tests.Tables;
using DataValidation = DocumentFormat.OpenXml.Spreadsheet.DataValidation;

namespace Registry.Tests.Ingest;

/// <summary>Imports of workbooks, and the workbooks they answer.</summary>
public sealed class ImportWorkbookTests
{
    private const string Type = MediaTypes.Workbook;
    private static readonly string[] header = ["证书编号", "获证组织名称", "认证项目", "业务范围", "服务等级", "颁证日期"];

    private static byte[] Book(params string?[][] rows) => new Xlsx().Sheet("清单", Xlsx.Rows([["年度证书清单"], header, .. rows])).Bytes();

    private static string?[] Certificate(string number, string level = "五星级", string issued = "2026-01-01") =>
        [number, "虚构海燕电器（演示）有限公司", "26", "家用电器售后服务（演示）", level, issued];

    private static string[][] Read(byte[] workbook)
    {
        using var book = Workbook.Open(new MemoryStream(workbook), WorkbookBounds.List);
        return [.. book.Rows(book.Sheets[0]).Select(row => row.Cells)];
    }

    /// <summary>Whether another library, which checks every rule of the format, finds nothing wrong.</summary>
    internal static void Valid(byte[] workbook)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(workbook), isEditable: false);
        Assert.Empty(new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(document).Select(error => $"{error.Part?.Uri} {error.Path?.XPath} {error.Description}"));
    }

    [Fact]
    public async Task Rows_of_a_workbook_are_recorded_and_those_refused_come_back_in_one_to_mend_and_to_send_again()
    {
        using var app = new RegistryApp();
        var file = Book(Certificate("W-1"), Certificate("W-2", "六星级"), [], Certificate("=W-3", issued: "昨天"));
        var (rows, _) = await app.Import(file, Type, query: "?dryRun=true");
        Assert.Equal([(3, "recorded"), (4, "rejected"), (6, "rejected")], rows.Select(row => ((int)row["line"]!, (string)row["result"]!)));
        using var answer = await app.SendFile(file, Type, query: "?format=xlsx");
        Assert.Equal((Type, "rows=3, recorded=1, already=0, rejected=2, differing=0"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.GetValues("Import-Summary").Single()));
        var rejects = await answer.Content.ReadAsByteArrayAsync();
        Valid(rejects);
        var read = Read(rejects);
        Assert.Equal([.. header, "原文件行号", "退回原因"], read[0]);
        Assert.Equal((3, "W-2", "4", "'=W-3", "6"), (read.Length, read[1][0], read[1][6], read[2][0], read[2][6]));
        Assert.StartsWith("服务等级：", read[1][7]);
        // Mended and sent again with the columns that were added.
        var mended = new Xlsx().Sheet("a", Xlsx.Rows([.. read.Select(cells => cells.Select(cell => cell.Replace("六星级", "五星级").Replace("昨天", "2026-01-01")).ToArray())])).Bytes();
        (rows, _) = await app.Import(mended, Type);
        Assert.Equal([("W-2", "recorded"), ("=W-3", "recorded")], rows.Select(row => ((string)row["number"]!, (string)row["result"]!)));
    }

    [Theory]
    [InlineData("text/csv", "text/csv"), InlineData("*/*, text/csv;q=0", "application/x-ndjson")]
    [InlineData("text/csv;q=0.5, " + Type, Type), InlineData("application/x-ndjson, " + Type, "application/x-ndjson")]
    public async Task Rejected_rows_come_back_in_the_form_that_Accept_prefers(string accept, string type)
    {
        using var app = new RegistryApp();
        app.Client.DefaultRequestHeaders.Add("Accept", accept);
        using var answer = await app.SendFile(Book(Certificate("A-1", "六星级")), Type, query: "?dryRun=true");
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_sheet_can_be_named_and_what_is_wrong_with_a_workbook_is_told()
    {
        using var app = new RegistryApp();
        var two = new Xlsx().Sheet("今年", Xlsx.Rows(header, Certificate("T-1"))).Sheet("去年", Xlsx.Rows(header, Certificate("T-0"))).Bytes();
        Assert.Equal("T-0", (string)(await app.Import(two, Type, query: "?sheet=去年&dryRun=true")).Rows[0]["number"]!);
        Assert.Equal("T-1", (string)(await app.Import(two, Type, query: "?dryRun=true")).Rows[0]["number"]!);
        foreach (var (bytes, query, code, named) in (ValueTuple<byte[], string, string, string>[])
        [
            (two, "?sheet=明年", "unknown-sheet", "今年、去年"), (new Xlsx().Sheet("空", "").Bytes(), "", "header-not-found", "空文件"),
            (Encoding.ASCII.GetBytes("PK\x3\x4rubbish"), "", "workbook-broken", "损坏"), (new Xlsx().Sheet("a", Xlsx.Rows(["证书编号", "颁证日期", "备注"])).Bytes(), "", "unknown-columns", "备注"),
        ])
        {
            using var answer = await app.SendFile(bytes, Type, query: query);
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            var error = problem["errors"]?[0] ?? problem;
            Assert.Equal(code, (string)error["code"]!);
            Assert.Contains(named, (string)error["detail"]!);
        }
    }

    /// <summary>What is offered in the template is what an import understands.</summary>
    [Theory]
    [InlineData("zh"), InlineData("en")]
    public async Task The_template_offers_words_that_an_import_takes(string language)
    {
        using var app = new RegistryApp();
        var template = await app.Client.GetByteArrayAsync($"/v1/imports/template.xlsx?lang={language}");
        if (language == "zh") Valid(template);
        var headings = Read(template)[0];
        Assert.Equal(Columns.All.Where(column => column.Is(ColumnUse.Template)).Select(column => column.Name[language == "en" ? Language.En : Language.Zh]), headings);
        using var book = Workbook.Open(new MemoryStream(template), WorkbookBounds.List);
        var words = book.Rows(book.Sheets[1]).Select(row => row.Cells).ToArray();
        Assert.True(book.Sheets[1].IsHidden);
        Assert.Equal(28, words.Count(row => row[0].Length > 0 && Words.Category(row[0]) is not null));
        Assert.Equal(4, words.Count(row => row[1].Length > 0 && Words.Level(row[1]) is not null));
        Assert.Equal(6, words.Count(row => row[3].Length > 0 && Words.Status(row[3]) is not null));
        Assert.All(words.Where((row, i) => i % 100 == 0), row => Assert.NotEmpty(Registry.Certificates.Catalogue.RegionsNamed(row[2])));
        using var document = SpreadsheetDocument.Open(new MemoryStream(template), isEditable: false);
        var validations = document.WorkbookPart!.WorksheetParts.SelectMany(part => part.Worksheet!.Descendants<DataValidation>()).ToList();
        Assert.Equal(5, validations.Count);
        Assert.Contains("B1:B4", string.Join(' ', validations.Select(one => one.Formula1!.InnerText.Replace("$", ""))));
    }

    /// <summary>One list in three forms gives the same register.</summary>
    [Fact]
    public async Task A_list_as_lines_of_JSON_as_CSV_and_as_a_workbook_gives_the_same_register()
    {
        var rows = Enumerable.Range(1, 300).Select(i => new[] { $"S-{i:D4}", $"虚构第{i}（演示）有限公司", "26", "家用电器售后服务（演示）", i % 2 == 0 ? "五星级" : "三星级", $"2026-01-{i % 28 + 1:D2}" }).ToArray();
        var json = Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => new JsonObject { ["number"] = row[0], ["holder"] = new JsonObject { ["name"] = row[1] }, ["category"] = 26, ["scope"] = row[3], ["level"] = row[4], ["issuedOn"] = row[5] }.ToJsonString() + "\n")));
        var csv = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!.GetBytes(string.Concat(rows.Prepend(header).Select(Cells.Line)));
        var registers = new List<string>();
        foreach (var (file, type) in (ValueTuple<byte[], string>[])[(json, "application/x-ndjson"), (csv, "text/csv"), (new Xlsx().Sheet("a", Xlsx.Rows([header, .. rows])).Bytes(), Type)])
        {
            using var app = new RegistryApp();
            var (_, summary) = await app.Import(file, type);
            Assert.Equal(300, (int)summary["recorded"]!);
            registers.Add(string.Join('\n', (await app.Client.GetStringAsync("/v1/certificates?format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(WithoutIds).Order(StringComparer.Ordinal)));
        }
        Assert.Equal(300, registers[0].Split('\n').Length);
        Assert.Equal(registers[0], registers[1]);
        Assert.Equal(registers[0], registers[2]);
    }

    /// <summary>Ids follow from signatures of keys that each registry makes for itself.</summary>
    private static string WithoutIds(string line)
    {
        var certificate = JsonNode.Parse(line)!.AsObject();
        foreach (var name in (string[])["id", "logIndex", "asOf"]) certificate.Remove(name);
        return certificate.ToJsonString();
    }
}
