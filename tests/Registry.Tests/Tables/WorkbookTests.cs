using System.IO.Compression;
using System.Text;
using Registry.Tables;

namespace Registry.Tests.Tables;

/// <summary>Workbooks in layouts that people make.</summary>
public sealed class WorkbookTests
{
    private static string[][] Read(byte[] bytes, string? sheet = null)
    {
        using var book = Workbook.Open(new MemoryStream(bytes), WorkbookBounds.List);
        return [.. book.Rows(book.Choose(sheet, ColumnUse.List)).Select(row => row.Cells)];
    }

    private static string Code(byte[] bytes) =>
        Assert.Throws<FaultException>(() => Read(bytes)).Faults.Single().Refusal.Code;

    [Fact]
    public void Cells_are_read_as_they_are_shown()
    {
        var book = new Xlsx
        {
            Formats = ["General", "yyyy/m/d;@", "000000", "yyyy\"年\"m\"月\"d\"日\"", "[Red]#,##0.00_)", "h:mm", "[$-804]m\"月\"d\"日\""],
            Texts = ["<si><t>共享</t></si>", "<si><r><t>富</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\"> 文本</t></r><rPh sb=\"0\" eb=\"1\"><t>fu</t></rPh></si>", "<si><t>一行_x000D_\n二行_x005F_x</t></si>", "<si/>"],
        }.Sheet("表", """
            <row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c t="s"><v>2</v></c><c r="E2" t="s"><v>3</v></c><c r="F2" t="str"><f>A1&amp;"x"</f><v>算过</v></c><c r="G2"><f>NOW()</f></c><c r="H2" t="b"><v>1</v></c><c r="I2" t="e"><v>#N/A</v></c></row>
            <row><c s="1"><v>46023</v></c><c s="2"><v>1234</v></c><c s="3"><v>46023.5</v></c><c s="4"><v>1250000.5</v></c><c><v>79.989999999999995</v></c><c><v>9.1370202787789323E+17</v></c><c s="5"><v>0.5</v></c><c><v>20260101</v></c><c s="6"><v>46023</v></c><c t="d"><v>2026-01-01T00:00:00</v></c></row>
            """).Bytes();
        var rows = Read(book);
        Assert.Equal(["共享", "富 文本", "一行\n二行_x", "", "", "算过", "=NOW()", "TRUE", "#N/A"], rows[0]);
        Assert.Equal(["2026-01-01", "001234", "2026-01-01 12:00:00", "1250000.5", "79.99", "9.137020278778932E+17", "0.5", "20260101", "2026-01-01", "2026-01-01T00:00:00"], rows[1]);
    }

    /// <summary>Counts and sizes in the first bytes of an old workbook, which once took two minutes and all memory.</summary>
    [Theory]
    [InlineData(30, 29)] // a sector of half a gigabyte
    [InlineData(32, 31)]
    [InlineData(44, int.MaxValue)] // tables of sectors
    [InlineData(64, int.MaxValue)]
    [InlineData(72, int.MaxValue)]
    [InlineData(72, 5)]
    public void A_header_that_counts_more_than_the_file_holds_is_told_as_broken(int at, int count)
    {
        var file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Ingest", "cases", "22c-libreoffice-errors.xls"));
        BitConverter.GetBytes(count).AsSpan(0, at < 44 ? 2 : 4).CopyTo(file.AsSpan(at));
        BitConverter.GetBytes(0).CopyTo(file, 68); // the first table of tables: itself
        Assert.Equal(at < 44 ? "workbook" : "workbook-broken", Code(file));
    }

    /// <summary>A level that is asked for and could not be computed must not read as none that is asked for.</summary>
    [Fact]
    public void Errors_in_cells_of_an_old_workbook_are_no_blank_cells()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Ingest", "cases", "22c-libreoffice-errors.xls");
        Assert.Equal([["证书编号", "服务等级"], ["XLS-1", "#VALUE!"], ["#VALUE!", "五星级"], ["XLS-2", ""]], Read(File.ReadAllBytes(file)));
    }

    [Fact]
    public void Days_count_from_1904_where_the_workbook_says_so() =>
        Assert.Equal("2026-01-01", Read(new Xlsx { WorkbookProperties = "<workbookPr date1904=\"1\"/>", Formats = ["yyyy-mm-dd"] }.Sheet("a", "<row><c s=\"0\"><v>44561</v></c></row>").Bytes())[0][0]);

    [Fact]
    public void The_sheet_that_looks_like_the_list_is_read_and_another_one_can_be_chosen()
    {
        var book = new Xlsx()
            .Sheet("说明", Xlsx.Rows(["请填写"]))
            .Sheet("旧表", Xlsx.Rows(["证书编号", "组织名称"], ["OLD", "旧"]), attributes: "state=\"hidden\"")
            .Sheet("投标人", Xlsx.Rows(["一览表"], ["证书编号", "组织名称"], ["NEW", "新"])).Bytes();
        Assert.Equal("NEW", Read(book)[2][0]);
        Assert.Equal("OLD", Read(book, "旧表")[1][0]);
        Assert.Equal("请填写", Read(book, "1")[0][0]);
        var fault = Assert.Throws<FaultException>(() => Read(book, "没有")).Faults.Single();
        Assert.Equal("unknown-sheet", fault.Refusal.Code);
        Assert.Contains("说明、旧表、投标人", fault.Message(Language.Zh));
    }

    [Fact]
    public void Merged_cells_stand_in_each_of_their_rows_and_headings_over_two_rows_are_one()
    {
        var book = new Xlsx().Sheet("a", Xlsx.Rows(["投标情况汇总表"], ["序号", "投标单位", "证书", null, "备注"], [null, null, "编号", "有效期至"], ["1", "甲公司", "N-1", "2027-01-01"], [null, null, "N-2", "2028-01-01", "副证"]),
            after: "<mergeCells count=\"6\"><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"A2:A3\"/><mergeCell ref=\"B2:B3\"/><mergeCell ref=\"C2:D2\"/><mergeCell ref=\"A4:A5\"/><mergeCell ref=\"B4:B5\"/></mergeCells>").Bytes();
        using var workbook = Workbook.Open(new MemoryStream(book), WorkbookBounds.List);
        var (header, rows) = TableHeader.Read(workbook.Rows(workbook.Sheets[0]), ColumnUse.Import, 2);
        Assert.Equal(3, header!.Line);
        Assert.Equal(["/serial", "/holder/name", "/number", "/expiresOn"], header.Columns.Take(4).Select(column => column?.Pointer));
        // A row is as wide as its sheet.
        Assert.Equal([["1", "甲公司", "N-1", "2027-01-01", ""], ["1", "甲公司", "N-2", "2028-01-01", "副证"]], rows.Select(row => row.Cells));
    }

    [Fact]
    public void Hidden_rows_and_columns_and_numbers_are_known_as_such()
    {
        using var book = Workbook.Open(new MemoryStream(new Xlsx().Sheet("a", "<row r=\"1\"><c r=\"A1\"><v>12</v></c><c r=\"B1\" t=\"str\"><v>12</v></c></row><row r=\"9\" hidden=\"1\"><c r=\"A9\"><v>3</v></c></row>",
            before: "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>").Bytes()), WorkbookBounds.List);
        var rows = book.Rows(book.Sheets[0]).ToArray();
        Assert.Equal([(1, false, 1UL), (9, true, 1UL)], rows.Select(row => (row.Line, row.IsHidden, row.Numbers)));
        Assert.Equal([false, true, true, false], Enumerable.Range(0, 4).Select(column => book.IsHidden(book.Sheets[0], column)));
    }

    [Fact]
    public void What_is_no_readable_workbook_is_told_as_what_it_is()
    {
        var good = new Xlsx().Sheet("a", Xlsx.Rows(["证书编号"])).Bytes();
        Assert.Equal("workbook-broken", Code(good[..^40]));
        var content = good.AsSpan().IndexOf("xl/worksheets/sheet1.xml"u8) + 30;
        Assert.Equal("workbook-broken", Code([.. good[..content], .. new byte[20], .. good[(content + 20)..]]));
        Assert.Equal("workbook-locked", Code([0xD0, 0xCF, 0x11, 0xE0, .. new byte[65_530], .. Encoding.Unicode.GetBytes("EncryptedPackage"), .. new byte[600]]));
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", "<row><c></row>").Bytes()));
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", "<row><c t=\"s\"><v>7</v></c></row>").Bytes()));
        Assert.Equal("workbook-broken", Code(new Xlsx { WorkbookProperties = "<!DOCTYPE a [<!ENTITY b \"c\">]>" }.Sheet("a", "").Bytes()));
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", $"<row><c t=\"inlineStr\"><is><t><![CDATA[<]]></t></is></c></row>").Bytes()));
        Assert.Equal("no-table", Code(Zip(("word/document.xml", "<w/>"))));
        Assert.Equal("no-table", Code(Zip(("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<a/>"))));
        Assert.Equal("no-table", Code(Zip(("list.xlsx", "PK"))));
        Assert.Equal("no-table", Code(Zip(("_rels/.rels", "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>"), ("word/document.xml", "<document/>"))));
        Assert.Equal("workbook", Code(Zip(("_rels/.rels", "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>"), ("xl/workbook.bin", ""))));
        Assert.Equal("workbook", Code([0xD0, 0xCF, 0x11, 0xE0, .. new byte[600]]));
    }

    /// <summary>A row that holds nothing packs a thousandfold; a text of many megabytes would stand in memory as a whole.</summary>
    [Fact]
    public void What_would_unpack_to_too_much_is_refused_by_the_size_it_tells_and_gives_no_more_than_it_tells()
    {
        Assert.Equal("workbook-too-large", Code(new Xlsx().Part("xl/media/a.bin", new byte[257 << 20]).Sheet("a", "").Bytes()));
        Assert.Equal("workbook-too-large", Code(new Xlsx { Texts = [new string(' ', 65 << 20)] }.Sheet("a", "").Bytes()));
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", $"<row><c t=\"str\"><v>{new string('a', 2 << 20)}</v></c></row>").Bytes()));
        // Its directory tells a thousand bytes, the part holds two million.
        var lying = new Xlsx().Sheet("a", string.Concat(Enumerable.Repeat("<row></row>", 200_000))).Bytes();
        var size = BitConverter.GetBytes(Entry(lying, "xl/worksheets/sheet1.xml"));
        for (var at = lying.AsSpan().LastIndexOf(size); at >= 0; at = lying.AsSpan(0, at).LastIndexOf(size)) BitConverter.GetBytes(1000).CopyTo(lying, at);
        Assert.Equal("workbook-broken", Code(lying));
        // More rows than a sheet has, none of which says a thing.
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", string.Concat(Enumerable.Repeat("<row/>", (1 << 20) + 1))).Bytes()));
        Assert.Equal("workbook-broken", Code(new Xlsx().Sheet("a", "<row r=\"2000000000\"/>").Bytes()));
    }

    [Fact]
    public void A_text_longer_than_a_cell_can_be_and_a_cell_far_to_the_right_are_faults_of_their_row_alone()
    {
        var book = new Xlsx { Texts = ["<si><t>a</t></si>", $"<si><t>{new string('a', 40_000)}</t></si>"] }.Sheet("a", $"{Xlsx.Row(1, "证书编号")}<row r=\"2\"><c r=\"A2\" t=\"str\"><v>{new string('a', 40_000)}</v></c></row><row r=\"3\"><c r=\"XFD3\" t=\"str\"><v>x</v></c></row>{Xlsx.Row(4, "N")}<row r=\"5\"><c t=\"s\"><v>0</v></c></row><row r=\"6\"><c t=\"s\"><v>1</v></c></row>").Bytes();
        using var workbook = Workbook.Open(new MemoryStream(book), WorkbookBounds.List);
        Assert.Equal([null, "too-long", "too-many", null, null, "too-long"], workbook.Rows(workbook.Sheets[0]).Select(row => row.Fault?.Refusal.Code));
    }

    private static byte[] Zip(params (string Name, string Content)[] parts)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in parts)
            {
                using var part = zip.CreateEntry(name).Open();
                part.Write(Encoding.UTF8.GetBytes(content));
            }
        return stream.ToArray();
    }

    private static int Entry(byte[] bytes, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(bytes));
        return (int)zip.GetEntry(name)!.Length;
    }
}
