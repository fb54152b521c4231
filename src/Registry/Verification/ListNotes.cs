using Registry.Tables;

namespace Registry.Verification;

/// <summary>What whoever sent a list is told of how it was read: what was not used or not compared, and what may not be what was
/// meant.</summary>
internal sealed class ListNotes
{
    /// <summary>Lines and sheets that a note names.</summary>
    private const int MostNamed = 10;

    public required SentTable Table { get; init; }
    /// <summary>What was said of it.</summary>
    public required ListChoice Choice { get; init; }
    /// <summary>Its lines, each with the columns of its cells; null columns where it was read without headings.</summary>
    public required IReadOnlyList<(TableRow Row, Column?[]? Columns)> Lines { get; init; }
    public required IReadOnlyList<TableHeader> Headers { get; init; }
    /// <summary>What is asked.</summary>
    public required IReadOnlyList<AskedRow> Rows { get; init; }
    /// <summary>Lines that ask nothing.</summary>
    public required IReadOnlyList<(int Line, string Text)> NoRows { get; init; }
    /// <summary>Lines of rows that stood over several, each field behind its label.</summary>
    public required IReadOnlySet<int> Labelled { get; init; }
    /// <summary>Whether it is an answer that is sent as a list again.</summary>
    public required bool IsAnswer { get; init; }
    /// <summary>Cells of the first rows, column by column.</summary>
    public required IReadOnlyList<string[]> Sample { get; init; }
    /// <summary>What the columns under the first headings were taken for.</summary>
    public required Column?[] Used { get; init; }

    /// <summary>Every note, what concerns the whole list first.</summary>
    public IEnumerable<Text> All()
    {
        foreach (var note in SheetNotes()) yield return note;
        foreach (var heading in UnusedDays())
            yield return new(
                $"“{heading}”一列是日期，没有用到：如果要按这些日期核验，请把这一列选作“查询日期”",
                $"The column “{heading}” holds days and was not used: if certificates are asked of those days, choose “On” for it");
        if (IsAnswer)
            yield return new(
                "这是一份核验结果：只按“所问”一列重新核验，查询日期和要求请另行填写",
                "This is an answer: only what was asked in it is asked again; state the day and what is required apart");
        foreach (var heading in Headers.SelectMany((one, i) => AskingHeadings(one, i == 0 ? Used : one.Columns)).Distinct())
            yield return new(
                $"列名“{heading}”里的要求没有用于核对，请另行填写", $"What the heading “{heading}” asks for was not compared: state it apart");
        var asked = Rows.Select(row => row.Line).ToHashSet();
        int[] AskedLines(Func<TableRow, bool> which) =>
            [.. Lines.Where(row => which(row.Row) && asked.Contains(row.Row.Line)).Select(row => row.Row.Line)];
        int[] asking = [.. NoRows.Where(line => LinesBeside.Asks(line.Text)).Select(line => line.Line).Order()];
        if (asking.Length > 0)
            yield return new(
                $"表外写有日期或要求（第 {Named(asking, "、")} 行），没有从中读取："
                    + "请另行填写查询日期和要求",
                $"A day or a requirement stands outside the list (rows {Named(asking, ", ")}) and was not read there: state it apart");
        foreach (var (column, blank) in Blank())
            yield return new(
                $"第 {Named(blank, "、")} 行的“{column.Name.Zh}”是空的，核验时没有用到："
                    + "如果沿用上面的内容，请逐行填写",
                $"“{column.Name.En}” is empty in rows {Named(blank, ", ")}, which were checked without it: "
                    + "if what stands above holds for them, repeat it");
        if (LonelyNumbers() is { Length: > 0 } lonely)
            yield return new(
                $"名称与编号分行写的，各自查询、没有互相核对（第 {Named(lonely, "、")} 行）：请把同一张证书的名称和编号放在一行",
                $"A name and a number in lines of their own were asked apart, not compared (lines {Named(lonely, ", ")}): "
                    + "put both in one line");
        if (SideBySide() is { Length: > 1 } sideBySide)
            yield return new(
                $"第 {Named(sideBySide, "、")} 行以列名开头，后面并排写着几家："
                    + "请把表转置，一家一行，再核验",
                $"Rows {Named(sideBySide, ", ")} begin with a heading, with several side by side behind it: "
                    + "turn the table, so that each has a row of its own");
        var hidden = AskedLines(row => row.IsHidden);
        if (hidden.Length > 0)
            yield return new(
                $"隐藏的行也核验了：第 {Named(hidden, "、")} 行", $"Hidden rows were checked too: {Named(hidden, ", ")}");
        foreach (var i in Enumerable.Range(0, Used.Length).Where(i => Used[i] is not null && IsHidden(i)))
            yield return new(
                $"隐藏的列“{Used[i]!.Name.Zh}”也用于核对", $"The hidden column “{Used[i]!.Name.En}” was compared too");
        foreach (var i in Enumerable.Range(0, Used.Length).Where(i => ListChoice.FieldOf(Used[i]) is "number" or "uscc" or "code"))
        {
            var numbers = AskedLines(row => i < MaxNoted && (row.Numbers >> i & 1) == 1);
            if (numbers.Length > 0) yield return KeptAsNumbers(Used[i]!, numbers);
        }
    }

    /// <summary>Columns of who is meant, of days and requirements that say something in one row and nothing in others: a file of text has
    /// lost which cells were merged, and who stands above may be meant, who does not hold that certificate.</summary>
    private IEnumerable<(Column Column, int[] Lines)> Blank()
    {
        var asked = Rows.ToDictionary(row => row.Line, row => row.Row);
        var (first, top) = (Headers.FirstOrDefault()?.Columns, Headers.FirstOrDefault()?.Line);
        // A line that ends with its first cell is read without its headings, and lacks what stands under the others.
        var headed = Lines.Where(row => asked.ContainsKey(row.Row.Line) && (row.Columns is not null || row.Row.Line > top)).ToArray();
        for (var i = 0; i < Used.Length; i++)
        {
            if (Used[i] is not { } column || ListChoice.FieldOf(column) is not { } field || !repeated.Contains(field)) continue;
            bool IsOfIt((TableRow Row, Column?[]? Columns) row) =>
                row.Columns is null || row.Columns == first || ListChoice.FieldOf(row.Columns.ElementAtOrDefault(i)) == field;
            bool IsBlank((TableRow Row, Column?[]? Columns) row) =>
                (row.Columns is null || Cells.Read(row.Row.Cell(i)).Length == 0) && Lacks(asked[row.Row.Line], field);
            var lines = headed.Where(IsOfIt).ToLookup(IsBlank, row => row.Row.Line);
            if (lines[true].Any() && lines[false].Any()) yield return (column, [.. lines[true]]);
        }
    }

    private static bool Lacks(VerificationRow row, string field) => field switch
    {
        "name" => row is { Name: null, NameEn: null, Uscc: null },
        "on" => row.On is null,
        "category" => row.Category is null,
        "standard" => row.Standard is null,
        "level" => row.Level is null,
        _ => row.Scope is null,
    };

    /// <summary>Fields that hold for several rows where they are written once.</summary>
    private static readonly string[] repeated = ["name", "on", "category", "standard", "level", "scope"];

    /// <summary>Lines without headings that hold a number alone, below one that holds a name alone, or above.</summary>
    private int[] LonelyNumbers()
    {
        var free = Lines.Where(row => row.Columns is null).Select(row => row.Row.Line).ToHashSet();
        bool IsNameBeside(int i) => i >= 0 && i < Rows.Count && free.Contains(Rows[i].Line)
            && Rows[i].Row is { Name: not null, Number: null, Uscc: null, Code: null };
        bool IsLonely(int i) => free.Contains(Rows[i].Line)
            && Rows[i].Row is { Name: null } row && (row.Number ?? row.Code ?? row.Uscc) is not null
            && (IsNameBeside(i - 1) || IsNameBeside(i + 1));
        return [.. Enumerable.Range(0, Rows.Count).Where(IsLonely).Select(i => Rows[i].Line)];
    }

    /// <summary>Lines of a table that lies on its side: its headings stand below each other, and behind each what it heads. Such a table
    /// has as many lines as there are columns, not hundreds.</summary>
    private int[] SideBySide()
    {
        if (Lines.Count > Columns.All.Count) return [];
        static bool IsHeading(string cell) => Columns.Find(cell.TrimEnd(':', '：'), ColumnUse.List) is not null;
        // Of a text in whose headings no separator shows, a row is one cell.
        static string[] Cut(string[] cells) => cells is [var line] ? line.Split(',', '，') : cells;
        bool Lies(TableRow row) => Cut(LinesBeside.Filled(row)) is [var heading, _, _, ..] cells
            && IsHeading(heading) && !cells.Skip(1).Any(IsHeading);
        return [.. Lines.Where(row => !Labelled.Contains(row.Row.Line) && Lies(row.Row)).Select(row => row.Row.Line)];
    }

    /// <summary>Headings that are read as what they head, and ask for something besides; what is not read is named anyway.</summary>
    private static IEnumerable<string> AskingHeadings(TableHeader header, Column?[] columns) =>
        header.Names.Zip(columns).Where(column => HeadedRow.SaysWho(column.Second) && PastedLine.Asks(column.First))
            .Select(column => column.First.Trim());

    /// <summary>Columns of days under headings that say nothing, where no column tells the day that is asked: it may be meant.</summary>
    private IEnumerable<string> UnusedDays()
    {
        if (Choice.Fields is not null || Used.Any(column => ListChoice.FieldOf(column) == "on")) return [];
        bool MayBeAsked(int i) => Used[i] is null && Heading(i) is { Length: > 0 } heading
            && Columns.Find(heading, ColumnUse.Import) is null or { Pointer: "/asOf" };
        bool AreDays(string[] cells) =>
            cells.Length > 0 && Array.TrueForAll(cells, cell => Dates.Read(cell, serials: false).Day is not null);
        return Enumerable.Range(0, Sample.Count).Where(i => MayBeAsked(i) && AreDays(Sample[i])).Select(Heading);
    }

    /// <summary>A list may go on in the next sheet; and nobody sees a hidden one.</summary>
    private IEnumerable<Text> SheetNotes()
    {
        if (Table is not { Book: { } book, Sheet: { } sheet }) yield break;
        if (sheet.IsHidden) yield return new($"工作表“{sheet.Name}”是隐藏的", $"The sheet “{sheet.Name}” is hidden");
        var others = book.Sheets.Where(other => other != sheet && book.Rows(other).Any(row => !row.IsBlank)).Select(other => other.Name);
        if (others.Take(MostNamed).ToArray() is { Length: > 0 } names)
            yield return new(
                $"只读了工作表“{sheet.Name}”，没有读：{string.Join("、", names)}",
                $"Only the sheet “{sheet.Name}” was read, not: {string.Join(", ", names)}");
    }

    /// <summary>Columns of which <see cref="TableRow.Numbers"/> tells what is kept as a number.</summary>
    private const int MaxNoted = 64;

    private static Text KeptAsNumbers(Column column, int[] lines) => new(
        $"“{column.Name.Zh}”有 {lines.Length} 格在表中存为数字（第 {Named(lines, "、")} 行），"
            + "开头的零和第 15 位以后的数字可能已经丢失；没有查到的请与原件核对",
        $"“{column.Name.En}” is kept as a number in {lines.Length} {(lines.Length == 1 ? "cell" : "cells")} (rows {Named(lines, ", ")}): "
            + "zeros before it and digits after the fifteenth may be lost; compare what was not found with the original");

    private bool IsHidden(int column) => Table is { Book: { } book, Sheet: { } sheet } && book.IsHidden(sheet, column);

    private static string Named(int[] lines, string between) =>
        string.Join(between, lines.Take(MostNamed)) + (lines.Length > MostNamed ? "…" : "");

    /// <summary>What stands above a column; blank where nothing does.</summary>
    private string Heading(int column) => Headers.Count == 0 ? "" : Headers[0].Name(column);
}
