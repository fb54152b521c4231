using Registry.Tables;

namespace Registry.Verification;

/// <summary>A table as somebody has it, pasted or in a file, cut into rows and not yet understood.</summary>
public sealed class SentTable : IDisposable
{
    /// <summary>Titles, headings and sums may stand beside the rows that are asked.</summary>
    private const int BesideRows = 200;
    /// <summary>Characters of all its cells: a small file may name one long text a million times.</summary>
    private const int MaxText = 16 << 20;
    private static readonly char[] separators = ['\t', ',', '，', ';', '；', '|'];

    private readonly List<TableRow> rows = [];

    private SentTable() { }

    /// <summary>Every row that is not blank.</summary>
    public IReadOnlyList<TableRow> Rows => rows;
    /// <summary>Whether there are more rows than may be asked; they were not read.</summary>
    public bool IsCut { get; private init; }
    /// <summary>Null for text.</summary>
    public Workbook? Book { get; private init; }
    /// <summary>The sheet that was read, of a workbook.</summary>
    public Sheet? Sheet { get; private init; }

    /// <summary>A text that was pasted.</summary>
    public static SentTable Of(string text)
    {
        var lines = TableHeader.Lines(text.TrimStart('\uFEFF')).ToArray();
        return Of(new TableRows(lines, Separator(lines)).Read(), null, null);
    }

    /// <summary>A file: a workbook, or text in any encoding and with any separator.</summary>
    /// <param name="stream">Can seek; has to stay open as long as the table.</param>
    /// <param name="sheet">Name or place of the sheet; left out, the one that looks most like a list.</param>
    /// <exception cref="FaultException">It cannot be read, or holds too much.</exception>
    public static SentTable Of(Stream stream, string? sheet)
    {
        if (!TextFile.IsWorkbook(stream))
        {
            var lines = new TextFile(stream).Lines().Take(TextLines).ToArray();
            return Of(new TableRows(lines, Separator(lines)).Read(), null, null);
        }
        var book = Workbook.Open(stream, WorkbookBounds.List);
        var chosen = book.Choose(sheet, ColumnUse.List);
        return Of(book.Rows(chosen), book, chosen);
    }

    /// <summary>Lines in which headings are looked for to tell the separator.</summary>
    private const int HeadLines = 500;
    /// <summary>Lines of a file, blank ones and those within cells among them.</summary>
    private const int TextLines = 20 * Verifier.MaxRows;

    private static SentTable Of(IEnumerable<TableRow> source, Workbook? book, Sheet? sheet)
    {
        var (read, length) = (new List<TableRow>(), 0L);
        foreach (var row in source)
        {
            if (row.IsBlank) continue;
            length += row.Length;
            if (length > MaxText) throw new FaultException(Refusal.TooLarge, "", MaxText);
            read.Add(row);
            if (read.Count > Verifier.MaxRows + BesideRows) break;
        }
        var table = new SentTable { Book = book, Sheet = sheet, IsCut = read.Count > Verifier.MaxRows + BesideRows };
        table.rows.AddRange(read);
        return table;
    }

    /// <summary>The separator by which some line reads as headings; a tab, which spreadsheets paste, where none does.</summary>
    private static char Separator(TextLine[] lines)
    {
        var (best, most) = ('\t', 0);
        foreach (var line in lines.Take(HeadLines))
            foreach (var separator in separators)
                if (Headings(line.Text, separator) is var known && known > most) (best, most) = (separator, known);
        return best;
    }

    /// <summary>Headings of a line that are known; none where it is one alone beside what is no heading.</summary>
    private static int Headings(string line, char separator)
    {
        if (!line.Contains(separator)) return 0;
        var cells = Array.ConvertAll(line.Split(separator), cell => cell.Trim('"', ' '));
        var known = cells.Count(cell => Columns.Find(cell, ColumnUse.List) is not null);
        return known == 1 && !Array.TrueForAll(cells, PastedLine.IsHeadingWord) ? 0 : known;
    }

    public void Dispose() => Book?.Dispose();
}
