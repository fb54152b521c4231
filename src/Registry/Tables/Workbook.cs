using System.Globalization;
using System.Xml;
using Registry.Certificates;

namespace Registry.Tables;

/// <summary>A sheet of a workbook.</summary>
/// <param name="Name">As its tab says.</param>
/// <param name="IsHidden">Whether its tab is not shown.</param>
/// <param name="Part">The part of the file that holds it; of an old workbook its place.</param>
public sealed record Sheet(string Name, bool IsHidden, string Part);

/// <summary>Cells that are shown as one: first and last row, from 1, and column, from 0.</summary>
public readonly record struct Merge(int Top, int Bottom, int Left, int Right);

/// <summary>
/// The cells of a workbook as they were last shown: formulas by the result that the file holds. Nothing in it is run, computed or fetched.
/// A sheet is read row by row; of the whole file only its texts are kept.
/// </summary>
public abstract class Workbook : IDisposable
{
    /// <summary>Cells of a row; the same bound as of text (<see cref="TableRows"/>).</summary>
    protected const int MaxCells = 500;
    /// <summary>Merged cells that are looked at.</summary>
    protected const int MaxMerges = 20_000;
    private const int MaxSheets = 50;

    /// <summary>In the order of their tabs.</summary>
    public abstract IReadOnlyList<Sheet> Sheets { get; }

    /// <summary>Every row of a sheet that the file holds, hidden ones too, merged cells filled downwards. Each call reads anew.</summary>
    public abstract IEnumerable<TableRow> Rows(Sheet sheet);

    /// <summary>Whether a column of a sheet, from 0, is hidden.</summary>
    public abstract bool IsHidden(Sheet sheet, int column);

    /// <summary>Opens a workbook of any age.</summary>
    /// <param name="stream">Can seek; stays open.</param>
    /// <param name="bounds">What it may hold.</param>
    /// <exception cref="FaultException">It is locked, broken, too large or of a kind that is not read.</exception>
    public static Workbook Open(Stream stream, WorkbookBounds bounds) =>
        TextFile.IsOldWorkbook(stream) ? new OldWorkbook(stream) : new OpenWorkbook(stream, bounds);

    /// <summary>The sheet that is meant: the one named by its name or its place from 1, else the one whose headings are known best, shown
    /// ones first.</summary>
    /// <exception cref="FaultException">There is none of that name.</exception>
    public Sheet Choose(string? named, ColumnUse use)
    {
        if (!string.IsNullOrWhiteSpace(named)) return Named(named.Trim()) ?? throw new FaultException(Unknown(named));
        return Sheets.Take(MaxSheets).MaxBy(sheet => (TableHeader.Find(Rows(sheet), use).Known, !sheet.IsHidden, HasRows(sheet)))
            ?? throw Package.Corrupt();
    }

    private bool HasRows(Sheet sheet) => Rows(sheet).Any(row => !row.IsBlank);

    private Sheet? Named(string named)
    {
        var same = Sheets.FirstOrDefault(sheet => sheet.Name == named)
            ?? Sheets.FirstOrDefault(sheet => sheet.Name.Trim().Equals(named, StringComparison.OrdinalIgnoreCase));
        if (same is not null) return same;
        return int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place >= 1 && place <= Sheets.Count
            ? Sheets[place - 1] : null;
    }

    private Fault Unknown(string named)
    {
        var names = Sheets.Take(MaxSheets).Select(sheet => PlainText.Echo(sheet.Name));
        return new(Refusal.UnknownSheet, "/sheet", PlainText.Echo(named), string.Join("、", names));
    }

    /// <summary>Gives the rows of merged cells what stands in the first of them.</summary>
    protected static IEnumerable<TableRow> Filled(IEnumerable<TableRow> rows, IEnumerable<Merge> merges)
    {
        var waiting = new Queue<Merge>(merges.Where(merge => merge.Bottom > merge.Top).OrderBy(merge => merge.Top));
        var active = new List<(Merge Merge, string Text)>();
        foreach (var row in rows)
        {
            active.RemoveAll(one => one.Merge.Bottom < row.Line);
            var cells = row.Cells;
            foreach (var (merge, text) in active)
            {
                if (cells.Length <= merge.Left) Array.Resize(ref cells, merge.Left + 1);
                if (string.IsNullOrEmpty(cells[merge.Left])) cells[merge.Left] = text;
            }
            for (var i = row.Cells.Length; i < cells.Length; i++) cells[i] ??= "";
            while (waiting.TryPeek(out var next) && next.Top <= row.Line)
                if (waiting.Dequeue() is var begun && begun.Top == row.Line && row.Cell(begun.Left) is { Length: > 0 } text)
                    active.Add((begun, text));
            var isAsItWas = active.Count == 0 || ReferenceEquals(cells, row.Cells);
            yield return isAsItWas ? row : row with { Cells = cells };
        }
    }

    public abstract void Dispose();
}

/// <summary>Workbooks of Excel 2007 and later: .xlsx, .xlsm (ECMA-376 part 1, SpreadsheetML).</summary>
public sealed class OpenWorkbook : Workbook
{
    private const string Types = "[Content_Types].xml";
    private static readonly (string Ending, string Type)[] kinds =
    [
        ("xlsx", MediaTypes.Workbook),
        ("xlsm", MediaTypes.MacroWorkbook),
        ("xltx", MediaTypes.Workbook.Replace(".sheet", ".template", StringComparison.Ordinal)),
        ("xltm", "application/vnd.ms-excel.template.macroenabled.12"),
    ];
    private const string Main = "officeDocument", Texts = "sharedStrings", Styles = "styles";

    private readonly Package package;
    private readonly List<Sheet> sheets = [];
    private readonly Lazy<SharedTexts> texts;
    private readonly CellFormats formats;
    private readonly Dictionary<string, Shape> shapes = [];

    /// <summary>What of a sheet stands apart from its cells.</summary>
    private sealed record Shape(List<Merge> Merges, List<(int First, int Last)> Hidden);

    /// <inheritdoc cref="Workbook.Open"/>
    public OpenWorkbook(Stream stream, WorkbookBounds bounds)
    {
        package = new(stream, bounds);
        try
        {
            var main = package.Relations("").Find(relation => relation.Kind == Main).Part;
            if (main is null || !package.Has(main) || main.EndsWith(".bin", StringComparison.OrdinalIgnoreCase)) throw NotRead();
            var relations = package.Relations(main);
            var from1904 = Package.Sound(() => ReadSheets(main, relations));
            if (sheets.Count == 0) throw Package.Corrupt();
            formats = new(from1904);
            if (PartOf(relations, Styles) is { } styles) Package.Sound(() => Read(styles, formats.Read));
            var shared = PartOf(relations, Texts);
            if (shared is not null && package.SizeOf(shared) > bounds.Texts)
                throw new FaultException(Refusal.WorkbookTooLarge, "", bounds.Texts);
            texts = new(() => shared is null ? new() : Package.Sound(() => ReadTexts(shared)));
            StylesPart = PartOf(relations, Styles);
            Kind = package.Has(Types) ? Package.Sound(() => KindOf(main)) : kinds[0];
        }
        catch
        {
            package.Dispose();
            throw;
        }
    }

    /// <summary>The part with the formats, where there is one.</summary>
    public string? StylesPart { get; }

    /// <summary>What a copy of it is called: the ending of its name, and its type as its own list of types has it.</summary>
    public (string Ending, string Type) Kind { get; }

    public Package Package => package;

    public override IReadOnlyList<Sheet> Sheets => sheets;

    private FaultException NotRead() =>
        OtherFile.KindOf(package) is { } other ? new(Refusal.NoTable, "", other) : new(new Fault(Refusal.Workbook));

    private string? PartOf(List<(string Id, string Kind, string Part)> relations, string kind) =>
        relations.Find(relation => relation.Kind == kind).Part is { } part && package.Has(part) ? part : null;

    private (string, string) KindOf(string main)
    {
        using var xml = package.Read(Types);
        while (xml.Read())
        {
            var isOfMain = xml.GetAttribute("PartName")?.TrimStart('/').Equals(main, StringComparison.OrdinalIgnoreCase) == true;
            if (xml.LocalName != "Override" || !isOfMain) continue;
            var type = xml.GetAttribute("ContentType") ?? "";
            var isMacro = type.Contains("macroEnabled", StringComparison.OrdinalIgnoreCase);
            var isTemplate = type.Contains(".template.", StringComparison.Ordinal);
            return kinds[(isTemplate ? 2 : 0) + (isMacro ? 1 : 0)];
        }
        return kinds[0];
    }

    private bool Read(string part, Action<XmlReader> read)
    {
        using var xml = package.Read(part);
        read(xml);
        return true;
    }

    private SharedTexts ReadTexts(string part)
    {
        using var xml = package.Read(part);
        return SharedTexts.Of(xml);
    }

    /// <summary>Tells whether days are counted from 1904.</summary>
    private bool ReadSheets(string main, List<(string Id, string Kind, string Part)> relations)
    {
        using var xml = package.Read(main);
        xml.MoveToContent();
        if (xml.LocalName != "workbook") throw NotRead();
        var from1904 = false;
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "workbookPr") from1904 = Flag(xml, "date1904");
            if (xml.LocalName != "sheet" || RelationOf(xml) is not { } id) continue;
            var (_, kind, part) = relations.Find(relation => relation.Id == id);
            // Sheets of charts and of old macros hold no cells.
            if (kind == "worksheet" && package.Has(part))
                sheets.Add(new(xml.GetAttribute("name") ?? "", xml.GetAttribute("state") is "hidden" or "veryHidden", part));
        }
        return from1904;
    }

    private static string? RelationOf(XmlReader xml)
    {
        string? id = null;
        for (var more = xml.MoveToFirstAttribute(); more; more = xml.MoveToNextAttribute())
            if (xml.LocalName == "id" && xml.Prefix.Length > 0) id = xml.Value;
        xml.MoveToElement();
        return id;
    }

    private static bool Flag(XmlReader xml, string name) => xml.GetAttribute(name) is "1" or "true";

    public override bool IsHidden(Sheet sheet, int column) =>
        ShapeOf(sheet).Hidden.Exists(range => range.First <= column + 1 && column + 1 <= range.Last);

    /// <summary>The first column, from 0, that no merged cells of a line or below reach.</summary>
    public int RightOfMerges(Sheet sheet, int line) =>
        ShapeOf(sheet).Merges.Where(merge => merge.Bottom >= line).Select(merge => merge.Right + 1).DefaultIfEmpty(0).Max();

    public override IEnumerable<TableRow> Rows(Sheet sheet) => Filled(Cells(sheet), ShapeOf(sheet).Merges);

    private IEnumerable<TableRow> Cells(Sheet sheet)
    {
        using var xml = package.Read(sheet.Part);
        var rows = new RowReader(xml, texts, formats);
        while (Package.Sound(rows.Next) is { } row) yield return row;
    }

    private Shape ShapeOf(Sheet sheet)
    {
        if (!shapes.TryGetValue(sheet.Part, out var shape)) shapes[sheet.Part] = shape = Package.Sound(() => ReadShape(sheet));
        return shape;
    }

    private Shape ReadShape(Sheet sheet)
    {
        var shape = new Shape([], []);
        using var xml = package.Read(sheet.Part);
        for (var more = xml.Read(); more;)
        {
            var isCells = xml.NodeType == XmlNodeType.Element && xml.LocalName == "sheetData";
            if (isCells) xml.Skip();
            else
            {
                Note(xml, shape);
                more = xml.Read();
            }
            more = more && !xml.EOF;
        }
        return shape;
    }

    private static void Note(XmlReader xml, Shape shape)
    {
        if (xml.NodeType != XmlNodeType.Element) return;
        if (xml.LocalName == "col" && Flag(xml, "hidden") && shape.Hidden.Count < MaxCells)
            shape.Hidden.Add((Whole(xml.GetAttribute("min")), Whole(xml.GetAttribute("max"))));
        if (xml.LocalName != "mergeCell" || shape.Merges.Count >= MaxMerges) return;
        if (xml.GetAttribute("ref")?.Split(':') is not [var first, var last]) return;
        var (top, bottom) = (Place(first), Place(last));
        if (top.Column < MaxCells) shape.Merges.Add(new(top.Row, bottom.Row, top.Column, bottom.Column));
    }

    /// <summary>A number from 0 on; 0 where it is none.</summary>
    internal static int Whole(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Column from 0 and row from 1 of a reference such as AB12.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static (int Column, int Row) Place(string reference)
    {
        var (column, at) = (0, 0);
        for (; at < reference.Length && char.IsAsciiLetter(reference[at]); at++)
        {
            column = column * 26 + (reference[at] & ~0x20) - 'A' + 1;
            if (column > 16_384) throw new InvalidDataException("There is no such column.");
        }
        return (column - 1, Whole(reference[at..]));
    }

    /// <summary>The line of a row, from 1: the one it tells, or where that does not come after the one before, the next.</summary>
    public static int LineOf(XmlReader row, int before) => Whole(row.GetAttribute("r")) is var told && told > before ? told : before + 1;

    public override void Dispose() => package.Dispose();

    /// <summary>Reads one row after the other.</summary>
    private sealed class RowReader(XmlReader xml, Lazy<SharedTexts> texts, CellFormats formats)
    {
        /// <summary>Characters of a row, as of a line of text: many cells may name one long text.</summary>
        private const int MaxRow = 1 << 17;
        /// <summary>Rows of a sheet: no spreadsheet holds more, so a part with more of them was written to be read for long.</summary>
        private const int MaxLine = 1 << 20;
        /// <summary>Texts that were read last and may be again, such as one word in all of a column: so many, a power of two, and no longer
        /// than so many characters.</summary>
        private const int Recent = 1 << 10, LongestRecent = 64;

        private readonly CellText text = new();
        private readonly (int Number, string? Text)[] recent = new (int, string?)[Recent];
        private readonly List<string> cells = [];
        private ulong numbers;
        private int line, length;
        private bool isTooLong, isTooWide;

        public TableRow? Next()
        {
            while (xml.Read())
                if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "row") return Row();
            return null;
        }

        private TableRow Row()
        {
            line = LineOf(xml, line);
            if (line > MaxLine) throw new FaultException(Refusal.WorkbookBroken);
            var isHidden = Flag(xml, "hidden");
            cells.Clear();
            (numbers, length, isTooLong, isTooWide) = (0, 0, false, false);
            if (!xml.IsEmptyElement)
                for (var depth = xml.Depth; xml.Read() && xml.Depth > depth;)
                    if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "c") Cell();
            var fault = isTooWide ? new Fault(Refusal.TooMany, "", MaxCells)
                : length > MaxRow ? new Fault(Refusal.TooLong, "", MaxRow)
                : isTooLong ? new Fault(Refusal.TooLong, "", SharedTexts.MaxCell) : null;
            return new(line, [.. cells], Stood: null, fault) { IsHidden = isHidden, Numbers = numbers };
        }

        private void Cell()
        {
            var column = xml.GetAttribute("r") is { Length: > 0 } reference ? Place(reference).Column : cells.Count;
            var (type, style) = (xml.GetAttribute("t"), Whole(xml.GetAttribute("s")));
            var said = xml.IsEmptyElement || length > MaxRow ? "" : Content(type, style);
            length += said.Length;
            if (column < cells.Count || column >= MaxCells) isTooWide |= said.Length > 0;
            else
            {
                while (cells.Count < column) cells.Add("");
                cells.Add(said);
                if (said.Length > 0 && type is null or "n" && column < 64) numbers |= 1UL << column;
            }
        }

        private string Content(string? type, int style)
        {
            var (value, inline, formula) = ((string?)null, (string?)null, (string?)null);
            for (var depth = xml.Depth; xml.Read() && xml.Depth > depth;)
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "v") value = text.Of(xml);
                else if (xml.LocalName == "is") inline = text.OfRuns(xml);
                else if (xml.LocalName == "f") formula = text.Of(xml);
                isTooLong |= text.WasCut;
            }
            // A formula that was never computed says nothing; what it would say is not known, so it is shown as it stands.
            if (inline is null && string.IsNullOrEmpty(value)) return formula is null || type == "str" ? "" : "=" + formula;
            return type switch
            {
                "inlineStr" => inline ?? "",
                "s" => Shared(Whole(value)),
                "str" or "d" or "e" => value ?? inline ?? "",
                "b" => value == "1" ? "TRUE" : "FALSE",
                _ => value is null ? inline! : formats.Shown(value, style),
            };
        }

        private string Shared(int number)
        {
            isTooLong |= texts.Value.WasCut(number);
            ref var kept = ref recent[number & (Recent - 1)];
            if (kept.Text is { } same && kept.Number == number) return same;
            var shared = texts.Value[number];
            if (shared.Length <= LongestRecent) kept = (number, shared);
            return shared;
        }
    }
}
