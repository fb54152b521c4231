using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>One row of a file as it was sent: its number from 1 below the header, and how it stands in the file.</summary>
public sealed record SentRow(int Row, TableRow Source);

/// <summary>What a row says of itself without being read as a whole: number, what it replaces, its id where it has one, and its
/// body.</summary>
public readonly record struct RowNames(string? Number, string? Replaces, string? Id, string? Body);

/// <summary>What whoever sends a file says about it.</summary>
/// <param name="Ignore">Headings of columns that are to be left out, with commas between.</param>
/// <param name="Sheet">Name or place (from 1) of the sheet of a workbook; left out, the one whose headings are known best.</param>
/// <param name="IsJson">Whether it is lines of JSON; left out, whether it begins with a brace.</param>
public sealed record ImportChoice(string? Ignore = null, string? Sheet = null, bool? IsJson = null);

/// <summary>A file of rows that can be read again: a table with a header, as text or in a workbook, or lines of JSON.</summary>
public sealed class ImportFile
{
    /// <summary>Headings a row must name to be taken for the header.</summary>
    private const int LeastHeadings = 2;
    /// <summary>What a message repeats of a file.</summary>
    private const int EchoedHeadings = 12, EchoedLines = 3;
    private static readonly string[] daysOfActs = ["/statusOn", "/revokedOn", "/suspendedOn", "/cancelledOn"];

    private readonly TextFile? text;
    private readonly (Workbook Book, Sheet Sheet)? sheet;
    private readonly bool[] ignored;
    private readonly int number = -1, replaces = -1, id = -1, body = -1;

    private ImportFile(TextFile text) => (this.text, ignored) = (text, []);

    private ImportFile(TextFile? text, (Workbook, Sheet)? sheet, TableHeader header, bool[] ignored)
    {
        (this.text, this.sheet, Header, this.ignored) = (text, sheet, header, ignored);
        (number, replaces) = (header.IndexOf("/number"), header.IndexOf("/replaces"));
        (id, body) = (header.IndexOf("/code"), header.IndexOf("/body"));
    }

    /// <summary>Null for lines of JSON.</summary>
    public TableHeader? Header { get; }

    /// <summary>Whether it is a workbook.</summary>
    public bool IsWorkbook => sheet is not null;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="stream">Can seek; stays open while the file is read.</param>
    /// <param name="choice">What whoever sends it says about it.</param>
    /// <param name="bounds">What a workbook may hold.</param>
    /// <exception cref="FaultException">It is a workbook that cannot be read, or its header is not found, lacks columns, or has unknown or
    /// repeated ones. Nothing was recorded.</exception>
    public static ImportFile Open(Stream stream, ImportChoice choice, WorkbookBounds bounds)
    {
        if (TextFile.IsWorkbook(stream)) return OfWorkbook(Workbook.Open(stream, bounds), choice);
        var text = new TextFile(stream);
        var first = text.Lines().FirstOrDefault(line => !string.IsNullOrWhiteSpace(line.Text)).Text;
        if (choice.IsJson ?? first?.TrimStart() is ['{', ..]) return new(text);
        var (header, rows, _) = TableHeader.Read(text.Lines(), ColumnUse.Import, LeastHeadings, ',');
        var readAs = new Text($"编码 {text.EncodingName}", text.EncodingName);
        return new(text, null, Found(header, rows, readAs), Ignored(header!, choice.Ignore, readAs));
    }

    private static ImportFile OfWorkbook(Workbook book, ImportChoice choice)
    {
        var sheet = book.Choose(choice.Sheet, ColumnUse.Import);
        var (header, rows) = TableHeader.Read(book.Rows(sheet), ColumnUse.Import, LeastHeadings);
        var readAs = new Text($"工作表“{PlainText.Echo(sheet.Name)}”", $"sheet “{PlainText.Echo(sheet.Name)}”");
        return new(null, (book, sheet), Found(header, rows, readAs), Ignored(header!, choice.Ignore, readAs));
    }

    private static TableHeader Found(TableHeader? header, IEnumerable<TableRow> rows, Text readAs) =>
        header ?? throw new FaultException(Refusal.HeaderNotFound, "", readAs, Beginning(rows));

    /// <summary>Which of its columns are to be left out.</summary>
    private static bool[] Ignored(TableHeader header, string? ignore, Text readAs)
    {
        var left = (ignore ?? "").Split(',', '，', '、').Select(Columns.Normalise).ToHashSet();
        var ignored = header.Names.Select(name => left.Contains(Columns.Normalise(name))).ToArray();
        var faults = Check(header, ignored, readAs);
        return faults.Count == 0 ? ignored : throw new FaultException(faults);
    }

    /// <summary>Every row from the first; blank ones, and the header where it is repeated, are none.</summary>
    public IEnumerable<SentRow> Rows()
    {
        var count = 0;
        if (Header is null)
        {
            foreach (var line in text!.Lines())
                if (!string.IsNullOrWhiteSpace(line.Text)) yield return new(++count, new(line.Number, [], line.Text, line.Fault));
            yield break;
        }
        foreach (var row in Below())
            if (!row.IsBlank && !IsHeader(row)) yield return new(++count, row);
    }

    private IEnumerable<TableRow> Below() => sheet is var (book, of)
        ? TableHeader.Read(book.Rows(of), ColumnUse.Import, LeastHeadings).Rows
        : TableHeader.Read(text!.Lines(), ColumnUse.Import, LeastHeadings, ',').Rows;

    /// <summary>Reads a row: what it asks for, or all that is wrong with it.</summary>
    public ImportRow Read(SentRow row, DateOnly today) =>
        Header is null ? ImportRows.FromJson(row.Source, today) : ImportRows.FromCells(Header, ignored, row.Source, today);

    /// <summary>What a row says of itself, for the first reading.</summary>
    public RowNames NamesOf(SentRow row)
    {
        if (Header is null) return Exported.Names(row.Source.Text);
        string? Cell(int column)
        {
            if (column < 0 || ignored[column]) return null;
            return Cells.Read(row.Source.Cell(column)) is { Length: > 0 } text ? text : null;
        }
        return new(Cell(number), Cell(replaces), Cell(id), Cell(body));
    }

    /// <summary>Whether rows say something about the place of a pointer: a table does where it has the column.</summary>
    public bool States(string pointer) => Header is null || Header.IndexOf(pointer) is >= 0 and var column && !ignored[column];

    /// <summary>What the file calls the place of a fault: its own heading, else the column's name; of lines of JSON the pointer.</summary>
    public string NameOf(string pointer, Language language)
    {
        if (Header is null || pointer.Length == 0) return pointer;
        if (pointer == "/effectiveOn") pointer = daysOfActs.FirstOrDefault(States) ?? daysOfActs[0];
        if (pointer.StartsWith("/sites/", StringComparison.Ordinal)) pointer = "/sites";
        return Header.IndexOf(pointer) is >= 0 and var at ? Header.Names[at].Trim() : Columns.At(pointer)?.Name[language] ?? pointer;
    }

    private bool IsHeader(TableRow row)
    {
        var names = Header!.Names;
        return row.Cells.Length >= names.Length && row.Cells[0] == names[0] && row.Cells.AsSpan(0, names.Length).SequenceEqual(names);
    }

    private static List<Fault> Check(TableHeader header, bool[] ignored, Text readAs)
    {
        var faults = new List<Fault>();
        var all = header.Columns.Select((column, i) => (Column: column, Name: header.Names[i].Trim(), Ignored: ignored[i]));
        var used = all.Where(c => !c.Ignored).ToList();
        var repeated = used.Where(c => c.Column?.Is(ColumnUse.Import) == true).GroupBy(c => c.Column).Where(group => group.Count() > 1)
            .Select(group => string.Join(" = ", group.Select(c => c.Name))).ToList();
        if (repeated.Count > 0) faults.Add(new(Refusal.RepeatedColumns, "", header.Line, Listed(repeated)));
        var unknown = used.Where(c => c.Column is null && c.Name.Length > 0).Select(c => c.Name).ToList();
        if (unknown.Count > 0) faults.Add(new(Refusal.UnknownColumns, "", header.Line, Listed(unknown)));
        var needed = Columns.All.Where(column => column.Is(ColumnUse.Needed));
        var missing = needed.Where(column => used.All(c => c.Column != column)).Select(column => column.Name).ToList();
        if (missing.Count == 0) return faults;
        var lacking = new Text(Listed(missing.Select(name => name.Zh)), Listed(missing.Select(name => $"{name.En} ({name.Zh})")));
        faults.Add(new(Refusal.MissingColumns, "", header.Line, lacking, Listed(header.Names.Select(name => name.Trim())), readAs));
        return faults;
    }

    private static string Listed(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join("、", all.Take(EchoedHeadings).Select(PlainText.Echo)) + (all.Count > EchoedHeadings ? "…" : "");
    }

    /// <summary>What was read where no header was found.</summary>
    private static Text Beginning(IEnumerable<TableRow> rows)
    {
        var lines = string.Join(" / ", rows.Where(row => !row.IsBlank).Take(EchoedLines).Select(row => $"“{PlainText.Echo(row.Text)}”"));
        return lines.Length == 0 ? new("（空文件）", "(an empty file)") : new(lines, lines);
    }
}
