using System.Data.Common;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>
/// Understands a table: by its headings, by what is on record where a heading says nothing, and line by line where there are none. Whoever
/// sent it may say otherwise (<see cref="ListChoice"/>).
/// </summary>
public sealed class ListReader
{
    /// <summary>Rows by which a column is told, cells that are shown of it, and columns that are told and shown at all.</summary>
    private const int SampleRows = 20, ShownCells = 3, MaxColumns = 60;
    /// <summary>Of so many cells those of columns nothing is known of are looked through, too.</summary>
    private const int FewCells = 3000;
    /// <summary>Cells of a row that is a header because none of them holds a digit.</summary>
    private const int WordsOfHeader = 3;

    private readonly SentTable table;
    private readonly ListChoice choice;
    private readonly List<(TableRow Row, Column?[]? Columns)> read = [];
    private readonly List<TableHeader> headers = [];
    private readonly HashSet<int> headerLines = [];
    private readonly List<AskedRow> rows = [];
    private readonly List<(int Line, string Text)> noRows = [];
    private readonly HashSet<int> guessed = [];
    /// <summary>Headings of an answer that is sent as a list again.</summary>
    private TableRow? answered;
    /// <summary>Rows that stood over several lines, each field behind its label.</summary>
    private readonly HashSet<int> labelled = [];

    private readonly string? home;
    private Dictionary<string, PastedLine> full = [];

    private ListReader(SentTable table, ListChoice choice, string? home) =>
        (this.table, this.choice, this.home) = (table, choice, home);

    /// <summary>Reads a table.</summary>
    /// <param name="db">What is on record.</param>
    /// <param name="table">The table.</param>
    /// <param name="choice">What is said of it.</param>
    /// <param name="today">The day.</param>
    /// <param name="home">As <see cref="AskedList.Home"/>.</param>
    public static AskedList Read(DbConnection db, SentTable table, ListChoice choice, DateOnly today, string? home = null) =>
        new ListReader(table, choice, home).Read(db, today);

    private AskedList Read(DbConnection db, DateOnly today)
    {
        FindHeaders();
        var sample = Sample();
        var lines = read.Where(row => row.Columns is null).ToDictionary(row => row.Row.Line, row => new PastedLine(row.Row.Text));
        foreach (var line in headerLines) lines.Remove(line);
        var isShort = read.Sum(row => row.Columns?.Length ?? 0) <= FewCells;
        full = read.SelectMany(row => HeadedRow.Full(row.Row, row.Columns, isShort)).Distinct()
            .ToDictionary(cell => cell, cell => new PastedLine(cell));
        var free = new FreeReading(db, [.. lines.Values, .. full.Values], sample.SelectMany(column => column).Concat(full.Keys), today);
        var columns = Guess(sample, free);
        var first = headers.FirstOrDefault();
        foreach (var (row, byHeading) in read)
            if (headerLines.Contains(row.Line))
            {
                if (row.Line == first?.Line) DropTitles(free);
            }
            else if (LinesBeside.IsRule(row)) NotAsked(row);
            else if (row.Fault is { } fault && fault.Refusal != Refusal.BadQuotes)
                Add(row, new(HeadedRow.Read(row, columns, free, full).Row, [], SpoiltBy(fault)));
            // What the record told of the first headings holds for their rows.
            else if (byHeading is not null)
            {
                var ownColumns = first is not null && byHeading == first.Columns ? columns : byHeading;
                AddHeaded(row, HeadedRow.Read(row, ownColumns, free, full), free);
            }
            else AddFree(row, free.Read(lines[row.Line]), free);
        return new()
        {
            Home = home,
            Rows = rows,
            NoRows = noRows,
            UnusedColumns = [.. Unused(columns)],
            Headers = [.. headers.Select(header => header.Line)],
            Columns = [.. Shown(sample, columns)],
            Notes =
            [
                .. new ListNotes
                {
                    Table = table,
                    Choice = choice,
                    Lines = read,
                    Headers = headers,
                    Rows = rows,
                    NoRows = noRows,
                    Labelled = labelled,
                    IsAnswer = answered is not null,
                    Sample = sample,
                    Used = columns,
                }.All(),
            ],
        };
    }

    private static Doubt SpoiltBy(Fault fault) => new("", [], Outcome.Mistyped, [], fault);

    private void Add(TableRow row, ReadRow asked)
    {
        if (asked.Row.IsEmpty && asked.Doubt is null) NotAsked(row);
        else rows.Add(new(row, asked.Row, asked.Unused, asked.Doubt));
    }

    private void AddHeaded(TableRow row, ReadRow asked, FreeReading free)
    {
        var isExplanation = headerLines.Contains(row.Line - 1) && LinesBeside.IsExplanation(row);
        var isBeside = isExplanation
            || !asked.Row.IsEmpty && (LinesBeside.IsFooter(row, asked.Row) || LinesBeside.IsGroup(row, asked.Row));
        if (isBeside && !free.Knows(asked.Row)) NotAsked(row);
        else Add(row, asked);
    }

    private void AddFree(TableRow row, ReadRow asked, FreeReading free)
    {
        if ((LinesBeside.IsRemark(row, asked.Row) || LinesBeside.IsGroup(row, asked.Row)) && !free.Knows(asked.Row)) NotAsked(row);
        else Add(row, asked);
    }

    private void NotAsked(TableRow row) => noRows.Add((row.Line, row.Text.Trim()));

    /// <summary>What stood above the first heading and is nobody on record is a title.</summary>
    private void DropTitles(FreeReading free)
    {
        if (!rows.TrueForAll(above => LinesBeside.IsTitle(above, free.Knows))) return;
        noRows.AddRange(rows.Select(title => (title.Line, title.Text)));
        rows.Clear();
    }

    // ---- headings

    private void FindHeaders()
    {
        var (columns, above) = ((Column?[]?)null, (TableRow?)null);
        var chosen = choice.Fields?.Select(field => field is null ? null : ListChoice.ColumnOf(field)).ToArray();
        var isToldHow = choice.Header is not null || chosen is not null;
        foreach (var (row, labels) in isToldHow ? table.Rows.Select(row => (row, (Column?[]?)null)) : LabelledLines.Joined(table.Rows))
        {
            if (labels is not null)
            {
                labelled.Add(row.Line);
                read.Add((row, labels));
                continue;
            }
            // A heading above a heading stands directly above it.
            var header = IsHeader(row, above is { } near && near.Line == row.Line - 1 ? above : null);
            above = row;
            if (header is not null && !isToldHow && AnswerTable.AskedIn(row, row) is not null)
            {
                answered = row;
                NotAsked(row);
                continue;
            }
            if (header is not null)
            {
                // Headings over two lines are one header, which stands in the lower.
                if (headerLines.Contains(row.Line - 1)) headers.RemoveAt(headers.Count - 1);
                headers.Add(header);
                headerLines.Add(row.Line);
                columns = chosen ?? header.Columns;
                read.Add((row, null));
                continue;
            }
            if (choice.Header is { } line && row.Line < line)
            {
                NotAsked(row);
                continue;
            }
            if (answered is not null && AnswerTable.AskedIn(answered, row) is { } asked)
            {
                read.Add((asked, null));
                continue;
            }
            var known = columns ?? (chosen is not null && choice.Header is null or 0 ? chosen : null);
            read.Add((row, known is not null && Fits(row, known) ? known : null));
        }
    }

    private TableHeader? IsHeader(TableRow row, TableRow? above)
    {
        if (choice.Header is { } line) return row.Line == line ? TableHeader.Of(row, above, ColumnUse.List) : null;
        if (!row.Cells.Any(cell => Columns.Find(cell, ColumnUse.List) is not null)) return null;
        var header = TableHeader.Of(row, above, ColumnUse.List);
        if (!header.Columns.Any(HeadedRow.SaysWho)) return null;
        // Headings that say nothing here, such as a serial number's or a price's, are headings all the same: none holds a digit.
        string[] filled = [.. row.Cells.Where(cell => !string.IsNullOrWhiteSpace(cell))];
        static bool IsKnown(string cell) =>
            Columns.Find(cell, ColumnUse.List) is not null || Columns.Find(cell, ColumnUse.Import) is not null;
        var known = filled.Count(IsKnown);
        // Of two cells the other may be what the first names: 投标人, and beside it who that is.
        var isAllWords = filled.Length >= WordsOfHeader
            ? filled.All(cell => !cell.Any(char.IsDigit) || IsKnown(cell) || PastedLine.IsHeadingWord(cell))
            : filled.All(PastedLine.IsHeadingWord);
        return known >= 2 || filled.Length == 1 || isAllWords ? header : null;
    }

    /// <summary>Headings of columns that are not used.</summary>
    private IEnumerable<string> Unused(Column?[] ofFirst)
    {
        bool IsUnused(int header, int i) => (header == 0 ? ofFirst.ElementAtOrDefault(i) : headers[header].Columns[i]) is null;
        var names = headers.SelectMany((header, place) => header.Names.Where((_, i) => IsUnused(place, i)));
        return names.Select(name => name.Trim()).Where(name => name.Length > 0).Concat(Unheaded(ofFirst)).Distinct();
    }

    /// <summary>Columns that are not used and have no heading to be named by, where anything stands in them: by their letter.</summary>
    private IEnumerable<string> Unheaded(Column?[] ofFirst)
    {
        var first = headers.FirstOrDefault();
        foreach (var (row, byHeading) in read)
        {
            if (byHeading is null) continue;
            var columns = byHeading == first?.Columns ? ofFirst : byHeading;
            var names = (headers.Find(header => header.Columns == byHeading) ?? first)?.Names ?? [];
            for (var i = 0; i < Math.Min(columns.Length, row.Cells.Length); i++)
                if (columns[i] is null && string.IsNullOrWhiteSpace(names.ElementAtOrDefault(i)) && Cells.Read(row.Cells[i]).Length > 0)
                    yield return $"({NewWorkbook.ColumnName(i)})";
        }
    }

    /// <summary>Whether the cells of a row stand under headings: a single one where there are several columns was pasted
    /// otherwise.</summary>
    private bool Fits(TableRow row, Column?[] columns) =>
        table.Book is not null || choice.Fields is not null || (columns.Length == 1 ? row.Cells.Length == 1 : row.Cells.Length > 1);

    // ---- columns

    /// <summary>Cells of the first rows, column by column.</summary>
    private List<string[]> Sample()
    {
        bool IsOfColumns((TableRow Row, Column?[]? Columns) row) =>
            (headers.Count == 0 || row.Columns is not null) && !labelled.Contains(row.Row.Line);
        var sampled = read.Where(IsOfColumns).Take(SampleRows).Select(row => row.Row).ToArray();
        var widest = sampled.Select(row => row.Cells.Length).DefaultIfEmpty(0).Max();
        var width = Math.Min(MaxColumns, Math.Max(headers.FirstOrDefault()?.Names.Length ?? 0, widest));
        string[] Filled(int i) => [.. sampled.Select(row => Cells.Read(row.Cell(i))).Where(cell => cell.Length > 0)];
        return [.. Enumerable.Range(0, width).Select(Filled)];
    }

    /// <summary>The columns by their headings; of one whose heading says nothing, what half of its cells are on record as, or all of
    /// them ask for.</summary>
    private Column?[] Guess(List<string[]> sample, FreeReading free)
    {
        if (choice.Fields is { } fields) return [.. fields.Select(field => field is null ? null : ListChoice.ColumnOf(field))];
        var columns = new Column?[Math.Max(sample.Count, headers.FirstOrDefault()?.Columns.Length ?? 0)];
        headers.FirstOrDefault()?.Columns.CopyTo(columns, 0);
        for (var i = 0; i < sample.Count; i++)
            if (IsOtherwiseMeant(ListChoice.FieldOf(columns[i]), sample[i])) columns[i] = null;
        for (var i = 0; i < sample.Count; i++)
        {
            if (columns[i] is not null || IsOwn(i) || FieldOf(sample[i], free) is not { } field) continue;
            // Numbers in a second column are those of further certificates: which of them is asked is for a person to say.
            if (field == "number" || !Has(field)) Take(i, field);
        }
        // Whoever is listed beside certificates is who should hold them; and what a table lacks may stand in words in one of its columns.
        for (var i = 0; i < sample.Count; i++)
        {
            if (columns[i] is not null || IsOwn(i)) continue;
            var mayBeBidders = !Has("name") && !Has("nameEn") && !Array.Exists(otherParties, Columns.Key(Heading(i)).Contains);
            if (mayBeBidders && IsHalf(sample[i], PastedLine.IsOrganisation)) Take(i, "name");
            else if (!Has("number") && !Has("uscc") && !Has("code") && Identified(sample[i], cell => Within(cell, free)) is { } field)
                Take(i, field);
        }
        return columns;

        bool Has(string field) => columns.Any(column => ListChoice.FieldOf(column) == field);
        void Take(int i, string field)
        {
            columns[i] = ListChoice.ColumnOf(field);
            guessed.Add(i);
        }
    }

    /// <summary>Words of headings, as <see cref="Columns.Key"/> has them, under which organisations stand that are no bidders.</summary>
    private static readonly string[] otherParties =
    [
        "采购", "招标", "代理", "业主", "甲方", "建设", "发证", "颁证", "检测", "审核", "监督", "主管",
        "认证", "开户",
        "purchas", "buyer", "agen", "issu",
    ];

    private static bool IsHalf(string[] cells, Func<string, bool> which) => cells.Length > 0 && cells.Count(which) * 2 >= cells.Length;

    /// <summary>The kind of the one identifier in a cell that says more.</summary>
    private PieceKind Within(string cell, FreeReading free)
    {
        if (!full.TryGetValue(cell, out var line)) return PieceKind.Unread;
        var found = free.Understood(line).Where(HeadedRow.IsIdentifier).ToArray();
        return found is [var only] ? only.Kind : PieceKind.Unread;
    }

    /// <summary>Whether a heading says 状态 or 有效期 and every cell that it is of something else, such as a bid: 已递交, 90天.</summary>
    private static bool IsOtherwiseMeant(string? field, string[] cells) =>
        Claims.Is(field) && cells.Length > 0 && !cells.Any(cell => Claims.IsMeant(field!, cell));

    /// <summary>Whether the column was added by an answer before.</summary>
    private bool IsOwn(int column) => AnswerTable.Added.Contains(Heading(column));

    /// <summary>What stands above a column; blank where nothing does.</summary>
    private string Heading(int column) => headers.FirstOrDefault()?.Name(column) ?? "";

    private static string? FieldOf(string[] cells, FreeReading free) => Identified(cells, free.KindOf) ?? Demanded(cells);

    /// <summary>What every cell of a column asks of the certificate: a level, a category by its name, a standard.</summary>
    private static string? Demanded(string[] cells)
    {
        var kinds = cells.Select(PastedLine.Demanded).Distinct().ToArray();
        return kinds is [{ } only] ? only : null;
    }

    private static string? Identified(string[] cells, Func<string, PieceKind> kindOf)
    {
        var kinds = cells.Select(kindOf).Where(kind => kind != PieceKind.Unread).GroupBy(kind => kind).MaxBy(group => group.Count());
        if (kinds is null || kinds.Count() * 2 < cells.Length) return null;
        return kinds.Key switch
        {
            PieceKind.Number => "number",
            PieceKind.Uscc => "uscc",
            PieceKind.Code => "code",
            PieceKind.Name => "name",
            PieceKind.Body => "body",
            _ => null,
        };
    }

    private IEnumerable<AskedColumn> Shown(List<string[]> sample, Column?[] columns) =>
        sample.Select((cells, i) => new AskedColumn(
            Heading(i), [.. cells.Distinct().Take(ShownCells)],
            ListChoice.FieldOf(columns.ElementAtOrDefault(i)), guessed.Contains(i)));
}
