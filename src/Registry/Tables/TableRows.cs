using System.Text;

namespace Registry.Tables;

/// <summary>A line of a text: its number from 1, and why it could not be read, if so.</summary>
public readonly record struct TextLine(int Number, string Text, Fault? Fault = null);

/// <summary>A row of a table as it stands. Where quotes, encoding or length make it unreadable there is a fault, and the cells are a rough
/// cut for people to mend.</summary>
/// <param name="Line">The number of the line it begins in, from 1.</param>
/// <param name="Cells">Its cells.</param>
/// <param name="Stood">How it stood in a text; null of a workbook, whose rows have cells alone.</param>
/// <param name="Fault">Why it cannot be read.</param>
public sealed record TableRow(int Line, string[] Cells, string? Stood, Fault? Fault = null)
{
    /// <summary>As a line of text. Of a workbook it is made when it is asked for: most are not, and each is as long as all cells.</summary>
    public string Text => Stood ?? string.Join('\t', Cells).TrimEnd('\t');

    /// <summary>Characters of its text, those of blank cells at its end too.</summary>
    public int Length => Stood?.Length ?? Cells.Sum(cell => cell.Length + 1);

    /// <summary>Whether it holds nothing: the byte 1A at the end of old files is nothing too.</summary>
    public bool IsBlank => Fault is null && Cells.All(cell => cell.All(c => char.IsWhiteSpace(c) || char.IsControl(c)));

    /// <summary>The cell of a column, tidied; empty where the row has none.</summary>
    public string Cell(int column) => column < Cells.Length ? Cells[column] : "";

    /// <summary>With blank cells at its end where it has fewer.</summary>
    public TableRow AsWideAs(int width) =>
        Cells.Length >= width ? this : this with { Cells = [.. Cells, .. Enumerable.Repeat("", width - Cells.Length)] };

    /// <summary>Whether the workbook that holds it does not show it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Of the first 64 cells a bit for each that the workbook holds as a number: zeros before it, and digits after the fifteenth,
    /// are lost.</summary>
    public ulong Numbers { get; init; }
}

/// <summary>
/// Cuts lines into rows of cells (RFC 4180, any one separator). A row whose quotes do not close takes nothing with it: it is given as
/// unreadable, and reading goes on in the line below the one it began in.
/// </summary>
public sealed class TableRows(IEnumerable<TextLine> lines, char separator)
{
    /// <summary>Longest row in characters, and the most lines and cells it may have: bounds what an unclosed quote can swallow.</summary>
    private const int MaxRow = 16_384, MaxLines = 50, MaxCells = 500;

    private readonly Stack<TextLine> again = new();
    private readonly Cutter cutter = new(separator);

    /// <summary>Columns of the header, once it is known: a quoted cell that runs over lines and leaves another number of cells swallowed
    /// rows.</summary>
    public int? Width { get; set; }

    /// <summary>Every row in its order, blank ones too.</summary>
    public IEnumerable<TableRow> Read()
    {
        using var source = lines.GetEnumerator();
        while (Next(source) is { } line) yield return Row(line, source);
    }

    private TextLine? Next(IEnumerator<TextLine> source)
    {
        if (again.TryPop(out var kept)) return kept;
        return source.MoveNext() ? source.Current : null;
    }

    private TableRow Row(TextLine line, IEnumerator<TextLine> source)
    {
        if (line.Fault is not null) return Unreadable(line, line.Fault);
        cutter.Begin();
        switch (cutter.Cut(line.Text))
        {
            case Cut.Whole when cutter.Cells.Count > MaxCells: return Unreadable(line, new(Refusal.TooMany, "", MaxCells));
            case Cut.Whole: return new(line.Number, [.. cutter.Cells], line.Text);
            case Cut.Stray: return Unreadable(line, new(Refusal.BadQuotes));
        }
        var (below, text) = (new List<TextLine>(), new StringBuilder(line.Text));
        while (below.Count < MaxLines && text.Length < MaxRow && Next(source) is { } next)
        {
            below.Add(next);
            if (next.Fault is not null) break;
            text.Append('\n').Append(next.Text);
            var cut = cutter.Cut(next.Text);
            if (cut == Cut.Open) continue;
            if (cut == Cut.Whole && !Swallowed(cutter.Cells.Count, below)) return new(line.Number, [.. cutter.Cells], text.ToString());
            break;
        }
        for (var i = below.Count - 1; i >= 0; i--) again.Push(below[i]);
        return Unreadable(line, new(Refusal.BadQuotes));
    }

    /// <summary>Whether what a quote holds together is rather rows of their own.</summary>
    private bool Swallowed(int cells, List<TextLine> below)
    {
        if (Width is not { } width) return false;
        var ofRow = Math.Max(width - 1, 2);
        return cells < width || below.SkipLast(1).Any(line => line.Text.AsSpan().Count(separator) >= ofRow);
    }

    private TableRow Unreadable(TextLine line, Fault fault) => new(line.Number, line.Text.Split(separator, MaxCells), line.Text, fault);

    private enum Cut { Whole, Open, Stray }

    /// <summary>Cuts one row, line by line while a quoted cell is open.</summary>
    private sealed class Cutter(char separator)
    {
        private readonly StringBuilder open = new();
        private bool isOpen;

        public List<string> Cells { get; } = [];

        public void Begin()
        {
            Cells.Clear();
            open.Clear();
            isOpen = false;
        }

        public Cut Cut(string text)
        {
            var at = 0;
            if (isOpen)
            {
                open.Append('\n');
                if (Quoted(text, ref at) is not TableRows.Cut.Whole and var cut) return cut;
            }
            else if (Cell(text, ref at) is not TableRows.Cut.Whole and var first) return first;
            while (at < text.Length)
            {
                at++; // the separator
                if (Cell(text, ref at) is not TableRows.Cut.Whole and var cut) return cut;
            }
            return TableRows.Cut.Whole;
        }

        /// <summary>One cell; afterwards <paramref name="at"/> is at the separator or at the end.</summary>
        private Cut Cell(string text, ref int at)
        {
            var begin = at;
            while (begin < text.Length && text[begin] == ' ') begin++;
            if (begin < text.Length && text[begin] == '"')
            {
                open.Clear();
                at = begin + 1;
                return Quoted(text, ref at);
            }
            var end = text.IndexOf(separator, at);
            if (end < 0) end = text.Length;
            // A quote within a cell that does not begin with one is a character like others: 16"电视.
            Cells.Add(text[at..end]);
            at = end;
            return TableRows.Cut.Whole;
        }

        private Cut Quoted(string text, ref int at)
        {
            isOpen = true;
            while (true)
            {
                var close = text.IndexOf('"', at);
                if (close < 0)
                {
                    open.Append(text, at, text.Length - at);
                    return TableRows.Cut.Open;
                }
                open.Append(text, at, close - at);
                at = close + 1;
                if (at < text.Length && text[at] == '"')
                {
                    open.Append('"');
                    at++;
                    continue;
                }
                while (at < text.Length && text[at] == ' ') at++;
                if (at < text.Length && text[at] != separator) return TableRows.Cut.Stray;
                Cells.Add(open.ToString());
                isOpen = false;
                return TableRows.Cut.Whole;
            }
        }
    }
}
