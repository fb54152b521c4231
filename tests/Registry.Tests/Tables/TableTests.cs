using Registry.Tables;

namespace Registry.Tests.Tables;

public sealed class TableTests
{
    private static string[] Read(string text, char separator = ',', int? width = null) =>
        [.. new TableRows(TableHeader.Lines(text), separator) { Width = width }.Read().Where(row => !row.IsBlank).Select(row => $"{row.Line}:{(row.Fault is { } fault ? fault.Refusal.Code : string.Join('¦', row.Cells))}")];

    [Theory]
    [InlineData("a,b\nc,d", "1:a¦b 2:c¦d")]
    [InlineData("a,b\r\nc,d\r\n", "1:a¦b 2:c¦d")]
    [InlineData("a,b\rc,d", "1:a¦b 2:c¦d")]
    [InlineData("a,\n\n,,\n,b", "1:a¦ 4:¦b")]
    [InlineData("\"a,b\",\"c\"\"d\"", "1:a,b¦c\"d")]
    [InlineData("\"a\" , \"b\"", "1:a¦b")]
    [InlineData("\"\",x", "1:¦x")]
    [InlineData("16\"电视,家电\"金牌\"售后", "1:16\"电视¦家电\"金牌\"售后")]
    [InlineData("=\"0012\",'7", "1:=\"0012\"¦'7")]
    [InlineData("\"a\nb\",c\nd,e", "1:a\nb¦c 3:d¦e")]
    [InlineData("x,\"金牌\"售后,y\nd,e,f", "1:bad-quotes 2:d¦e¦f")]
    [InlineData("x,\"open,y\nd,e,f", "1:bad-quotes 2:d¦e¦f")]
    [InlineData("x,\"open,y\nd,\"e,1\",f\ng,h,i", "1:bad-quotes 2:d¦e,1¦f 3:g¦h¦i")]
    [InlineData("x,\"open,y\nd,e,f\ng,close\",i\nj,k,l", "1:bad-quotes 2:d¦e¦f 3:g¦close\"¦i 4:j¦k¦l")]
    [InlineData("x,\"one\ntwo, of two\nthree\",y\nd,e,f", "1:x¦one\ntwo, of two\nthree¦y 4:d¦e¦f")]
    public void A_row_that_cannot_be_read_takes_no_other_with_it(string text, string rows) => Assert.Equal(rows, string.Join(' ', Read(text, width: text.StartsWith('x') ? 3 : null)));

    [Fact]
    public void An_open_quote_swallows_a_bounded_part_of_a_long_file_and_no_row_of_it()
    {
        var text = "a,\"open\n" + string.Join('\n', Enumerable.Range(0, 100_000).Select(i => $"{i},\"x"));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var rows = Read(text);
        Assert.Equal(100_001, rows.Length);
        Assert.All(rows, row => Assert.EndsWith("bad-quotes", row));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 10_000);
    }

    [Theory]
    [InlineData("证书编号", "/number")]
    [InlineData("*证书编号*", "/number")]
    [InlineData("\u200B证 书\n编号：", "/number")]
    [InlineData("获证组织名称（必填）", "/holder/name")]
    [InlineData("获证组织名称（英文）", "/holder/nameEn")]
    [InlineData("颁证日期(YYYY-MM-DD)", "/issuedOn")]
    [InlineData("【必填】颁证日期", "/issuedOn")]
    [InlineData("证书编号 Certificate No.", "/number")]
    [InlineData("issuedOn", "/issuedOn")]
    [InlineData("ＩＳＳＵＥＤＯＮ", "/issuedOn")]
    [InlineData("Issued on", "/issuedOn")]
    [InlineData("有效期至", "/expiresOn")]
    [InlineData("信用代码", "/holder/uscc")]
    [InlineData("撤销日期", "/revokedOn")]
    [InlineData("场所", "/sites")]
    [InlineData("序号", "/serial")]
    [InlineData("备注", null)]
    [InlineData("换发自", null)]
    [InlineData("颁证日期 Expiry date", null)]
    [InlineData("（备注）", null)]
    [InlineData(" ", null)]
    [InlineData("\uDC00", null)]
    public void Headings_are_known_whatever_stands_around_them(string heading, string? pointer) => Assert.Equal(pointer, Columns.Find(heading, ColumnUse.Import)?.Pointer);

    [Theory]
    [InlineData(ColumnUse.Import | ColumnUse.Passed)]
    [InlineData(ColumnUse.List)]
    public void No_two_columns_go_by_one_name(ColumnUse use)
    {
        var names = Columns.All.Where(column => column.Is(use)).SelectMany(column => Columns.NamesOf(column).Select(Columns.Normalise).Distinct()).ToList();
        Assert.Empty(names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.DoesNotContain("", names);
    }

    [Theory]
    [InlineData("证书编号,获证组织名称\nA-1,甲", 1, "A-1")]
    [InlineData("sep=;\n证书编号;获证组织名称\nA-1;甲", 2, "A-1")]
    [InlineData("\"sep=\\t\"\n证书编号\t获证组织名称\nA-1\t甲", 2, "A-1")]
    [InlineData("某机构证书清单,,\n截至2025年12月31日,,\n,,\n序号,证书编号,获证组织名称\n1,A-1,甲", 4, "A-1")]
    [InlineData("证书信息,,组织信息\n证书编号,认证项目,获证组织名称\nA-1,26,甲", 2, "A-1")]
    [InlineData("\"证书\n编号\",获证组织名称,,\nA-1,甲,,", 1, "A-1")]
    [InlineData("证书编号\t获证组织名称\nA-1\tCo., Ltd.", 1, "A-1")]
    [InlineData("证书编号|获证组织名称\nA-1|甲", 1, "A-1")]
    public void The_header_is_found_wherever_it_stands(string text, int line, string number)
    {
        var (header, rows, _) = TableHeader.Read(TableHeader.Lines(text), ColumnUse.Import, 2, ',');
        Assert.Equal(line, header!.Line);
        Assert.Equal(number, rows.First(row => !row.IsBlank).Cell(header.IndexOf("/number")));
    }

    [Fact]
    public void Without_a_header_every_row_is_given_from_the_first()
    {
        var (header, rows, _) = TableHeader.Read(TableHeader.Lines("A-1,甲\nA-2,乙"), ColumnUse.List, 1, ',');
        Assert.Null(header);
        Assert.Equal(["A-1", "A-2"], rows.Select(row => row.Cell(0)));
    }

    [Theory]
    [InlineData("'00123", "00123")]
    [InlineData("=\"00123\"", "00123")]
    [InlineData("=\"a\"\"b\"", "a\"b")]
    [InlineData(" x ", "x")]
    [InlineData("'=SUM(A1)", "=SUM(A1)")]
    [InlineData("''x", "'x")]
    public void What_keeps_a_spreadsheet_from_spoiling_a_cell_is_understood(string cell, string text) => Assert.Equal(text, Cells.Read(cell));

    [Theory]
    [InlineData("=SUM(A1)")]
    [InlineData("+86")]
    [InlineData("-")]
    [InlineData("@x")]
    [InlineData("'x")]
    [InlineData("a,\"b\"\nc")]
    [InlineData("=\"x\"")]
    public void What_is_written_is_read_back(string text) => Assert.Equal(text, Cells.Read(new TableRows(TableHeader.Lines(Cells.Line([text]).TrimEnd('\r', '\n')), ',').Read().Single().Cells[0]));
}
