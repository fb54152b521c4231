using System.Text.RegularExpressions;

namespace Registry.Tables;

/// <summary>The header of a table: what each of its columns is, null for one that has no name known here.</summary>
/// <param name="Line">The line it stands in, from 1.</param>
/// <param name="Names">The headings as they stand, without blank ones at the end.</param>
/// <param name="Columns">One for each heading.</param>
public sealed partial record TableHeader(int Line, string[] Names, Column?[] Columns)
{
    /// <summary>A header is looked for in so many lines from the beginning: titles and blank lines stand above it.</summary>
    private const int Window = 50;
    private static readonly char[] separators = [',', '\t', ';', '|', '，', '；'];

    /// <summary>Rows below a header, with the header where one was found; without one every row from the first.</summary>
    /// <param name="lines">The text.</param>
    /// <param name="use">Import, or List.</param>
    /// <param name="least">Headings that a row must name to be a header.</param>
    /// <param name="otherwise">Separator of a text without a header.</param>
    public static (TableHeader? Header, IEnumerable<TableRow> Rows, char Separator) Read(
        IEnumerable<TextLine> lines, ColumnUse use, int least, char otherwise)
    {
        var source = lines.GetEnumerator();
        var first = new List<TextLine>(Window);
        while (first.Count < Window && source.MoveNext()) first.Add(source.Current);
        char? stated = null;
        if (first.Count > 0 && SeparatorLine().Match(first[0].Text.Trim('\uFEFF')) is { Success: true } match)
        {
            stated = match.Groups[1].Value == "\\t" ? '\t' : match.Groups[1].Value[0];
            first.RemoveAt(0);
        }
        var (best, separator, named) = ((TableRow?)null, stated ?? otherwise, 0);
        foreach (var candidate in stated is { } only ? [only] : separators)
            foreach (var row in new TableRows(first, candidate).Read())
            {
                if (row.Fault is not null) continue;
                var count = row.Cells.Select(cell => Tables.Columns.Find(cell, use)).OfType<Column>().Distinct().Count();
                if (count > named) (best, separator, named) = (row, candidate, count);
            }
        if (best is null || named < least) return (null, new TableRows(Rest(first, 0, source), separator).Read(), separator);
        var width = best.Cells.Length;
        while (width > 0 && string.IsNullOrWhiteSpace(best.Cells[width - 1])) width--;
        var names = best.Cells[..width];
        var header = new TableHeader(best.Line, names, [.. names.Select(name => Tables.Columns.Find(name, use))]);
        var below = best.Line + best.Text.Count(c => c == '\n');
        return (header, new TableRows(Rest(first, below, source), separator) { Width = width }.Read(), separator);
    }

    /// <summary>The same of rows that are cut already, as those of a workbook are. Each is as wide as the header at least.</summary>
    /// <inheritdoc cref="Read(IEnumerable{TextLine}, ColumnUse, int, char)"/>
    public static (TableHeader? Header, IEnumerable<TableRow> Rows) Read(IEnumerable<TableRow> rows, ColumnUse use, int least)
    {
        var (header, known) = Find(rows, use);
        if (header is null || known < least) return (null, rows);
        return (header, rows.SkipWhile(row => row.Line <= header.Line).Select(row => row.AsWideAs(header.Names.Length)));
    }

    /// <summary>The row of the first ones that names most columns, and how many. A heading may stand over two rows: what is blank in the
    /// lower one stands above it, and both together may name a column that neither does.</summary>
    public static (TableHeader? Header, int Known) Find(IEnumerable<TableRow> rows, ColumnUse use)
    {
        var (best, most, above) = ((TableHeader?)null, 0, (TableRow?)null);
        foreach (var row in rows.Take(Window))
        {
            if (row.Fault is null && !row.IsBlank)
            {
                var header = Of(row, above, use);
                var known = header.Columns.OfType<Column>().Distinct().Count();
                if (known > most && row.Cells.Any(cell => Tables.Columns.Find(cell, use) is not null)) (best, most) = (header, known);
            }
            above = row.IsBlank ? null : row;
        }
        return (best, most);
    }

    /// <summary>A row as headings, with the row above it.</summary>
    public static TableHeader Of(TableRow row, TableRow? above, ColumnUse use)
    {
        var (names, over) = (new List<string>(), "");
        bool IsKnown(string name) => Tables.Columns.Find(name, use) is not null;
        var isUnderHeadings = above?.Cells.Any(IsKnown) == true;
        for (var i = 0; i < Math.Max(row.Cells.Length, above?.Cells.Length ?? 0); i++)
        {
            var (name, upper) = (row.Cell(i), above?.Cell(i) ?? "");
            if (!string.IsNullOrWhiteSpace(upper)) over = upper;
            var isBlank = string.IsNullOrWhiteSpace(name);
            if (!isBlank && over.Length > 0 && !IsKnown(name) && IsKnown(over + name)) name = over + name;
            else if (isBlank && isUnderHeadings || !IsKnown(name) && IsKnown(upper)) name = upper;
            names.Add(name);
        }
        while (names.Count > 0 && string.IsNullOrWhiteSpace(names[^1])) names.RemoveAt(names.Count - 1);
        return new(row.Line, [.. names], [.. names.Select(name => Tables.Columns.Find(name, use))]);
    }

    private static IEnumerable<TextLine> Rest(List<TextLine> first, int below, IEnumerator<TextLine> source)
    {
        using (source)
        {
            foreach (var line in first)
                if (line.Number > below) yield return line;
            while (source.MoveNext()) yield return source.Current;
        }
    }

    /// <summary>The lines of a text that is at hand, whatever ends them.</summary>
    public static IEnumerable<TextLine> Lines(string text)
    {
        var number = 0;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n')) yield return new(++number, line);
    }

    /// <summary>What stands above a column; blank where nothing does.</summary>
    public string Name(int column) => Names.ElementAtOrDefault(column)?.Trim() ?? "";

    /// <summary>Index of the column with that pointer, -1 when there is none.</summary>
    public int IndexOf(string pointer) => Array.FindIndex(Columns, column => column?.Pointer == pointer);

    /// <summary>What spreadsheets need to open a file: <c>sep=;</c>.</summary>
    [GeneratedRegex("""^"?sep=(\\t|.)"?\s*\z""", RegexOptions.IgnoreCase)]
    private static partial Regex SeparatorLine();
}
