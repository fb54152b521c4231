using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Registry.Tables;

/// <summary>Columns that are added at the right of a sheet.</summary>
/// <param name="First">The first of them, from 0.</param>
/// <param name="Widths">Of each, in characters.</param>
/// <param name="Frozen">Rows that shall stay when the sheet is scrolled; 0 for none. A sheet that has frozen rows keeps its own.</param>
/// <param name="Cells">Their cells in a line, from 1; null where it stays as it is. Asked once for each line, when its turn comes: no more
/// cells are held.</param>
public sealed record AddedColumns(int First, IReadOnlyList<double> Widths, int Frozen, Func<int, ShownCell[]?> Cells);

/// <summary>
/// Somebody's own workbook with further columns in one of its sheets. Every other part of the file goes over as it is, macros among them,
/// and of that sheet every cell, width and format. It is copied as it is read: a part is never held as a whole.
/// </summary>
public sealed class WorkbookCopy
{
    /// <summary>Rows of headings and titles that may be frozen: more would fill a screen.</summary>
    private const int MostFrozen = 12;
    /// <summary>Built-in format of text (ECMA-376 part 1, 18.8.30).</summary>
    private const string TextFormat = "49";
    private static readonly string[] beforeViews = ["sheetPr", "dimension"];
    private static readonly string[] beforeWidths = ["sheetPr", "dimension", "sheetViews", "sheetFormatPr"];
    private static readonly Tone[] tones = Enum.GetValues<Tone>();

    private readonly OpenWorkbook book;
    private readonly Sheet sheet;
    private readonly AddedColumns added;
    private readonly StyleCounts? styles;

    /// <summary>How many fonts, fills and formats of cells there are, and what the first font is.</summary>
    private sealed record StyleCounts(int Fonts, int Fills, int Formats, bool HasNamed, string Size, string Font);

    private WorkbookCopy(OpenWorkbook book, Sheet sheet, AddedColumns added)
    {
        (this.book, this.sheet, this.added) = (book, sheet, added);
        if (book.StylesPart is { } part) styles = Package.Sound(() => Count(part));
    }

    /// <summary>Writes the copy.</summary>
    /// <param name="book">What is copied.</param>
    /// <param name="sheet">The sheet that gets the columns.</param>
    /// <param name="added">The columns.</param>
    /// <param name="target">Where the copy is written; stays open.</param>
    /// <exception cref="FaultException">It is broken.</exception>
    public static void Write(OpenWorkbook book, Sheet sheet, AddedColumns added, Stream target) => Package.Sound(() =>
    {
        new WorkbookCopy(book, sheet, added).Write(target);
        return true;
    });

    private void Write(Stream target)
    {
        using var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var part in book.Package.Parts)
        {
            // What was not packed, such as pictures, would not become smaller.
            var isPacked = part.CompressedLength < part.Length;
            var entry = zip.CreateEntry(part.FullName, isPacked ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
            entry.LastWriteTime = part.LastWriteTime;
            if (part.FullName.EndsWith('/')) continue;
            using var written = entry.Open();
            var name = part.FullName.Replace('\\', '/').TrimStart('/');
            bool Is(string named) => name.Equals(named, StringComparison.OrdinalIgnoreCase);
            if (Is(sheet.Part)) Copy(sheet.Part, written, CopySheet);
            else if (styles is not null && Is(book.StylesPart!)) Copy(name, written, CopyStyles);
            else
            {
                using var read = part.Open();
                read.CopyTo(written);
            }
        }
    }

    private void Copy(string part, Stream written, Action<XmlReader, XmlWriter> copy)
    {
        using var reader = book.Package.Read(part, keepWhiteSpace: true);
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize };
        using var writer = XmlWriter.Create(written, settings);
        while (reader.Read())
            if (reader is { NodeType: XmlNodeType.Element, Depth: 0 })
            {
                Start(reader, writer);
                copy(reader, writer);
                writer.WriteEndElement();
            }
            else Same(reader, writer);
    }

    // ---- copying what stays

    /// <summary>Writes the node the reader is at, of an element only its beginning (and its end where it is empty).</summary>
    private static void Same(XmlReader reader, XmlWriter writer)
    {
        switch (reader.NodeType)
        {
            case XmlNodeType.Element:
                Start(reader, writer);
                if (reader.IsEmptyElement) writer.WriteEndElement();
                break;
            case XmlNodeType.EndElement: writer.WriteFullEndElement(); break;
            case XmlNodeType.Text: writer.WriteString(reader.Value); break;
            case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace: writer.WriteWhitespace(reader.Value); break;
        }
    }

    /// <summary>The beginning of an element with its attributes.</summary>
    /// <param name="reader">At the element; stays there.</param>
    /// <param name="writer">Where it is written.</param>
    /// <param name="changed">Attributes by name that are written otherwise; null leaves one out.</param>
    private static void Start(XmlReader reader, XmlWriter writer, params (string Name, string? Value)[] changed)
    {
        writer.WriteStartElement(reader.Prefix, reader.LocalName, reader.NamespaceURI);
        for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
        {
            var at = reader.Prefix.Length > 0 ? -1 : Array.FindIndex(changed, one => one.Name == reader.LocalName);
            var value = at < 0 ? reader.Value : changed[at].Value;
            if (value is not null) writer.WriteAttributeString(reader.Prefix, reader.LocalName, reader.NamespaceURI, value);
        }
        reader.MoveToElement();
    }

    private static void CopyElement(XmlReader reader, XmlWriter writer)
    {
        var depth = reader.Depth;
        Same(reader, writer);
        if (reader.IsEmptyElement) return;
        while (reader.Read() && reader.Depth > depth) Same(reader, writer);
        Same(reader, writer);
    }

    // ---- the sheet

    private void CopySheet(XmlReader reader, XmlWriter writer)
    {
        var (hasViews, hasWidths) = (added.Frozen is <= 0 or > MostFrozen, false);
        while (reader.Read() && reader.Depth > 0)
        {
            if (reader.NodeType != XmlNodeType.Element)
            {
                Same(reader, writer);
                continue;
            }
            var name = reader.LocalName;
            if (!hasViews && !beforeViews.Contains(name))
            {
                if (name != "sheetViews") NewViews(reader, writer);
                hasViews = true;
            }
            if (!hasWidths && !beforeWidths.Contains(name))
            {
                if (name != "cols") Widths(reader, writer, []);
                hasWidths = true;
            }
            if (name == "dimension") Dimension(reader, writer);
            else if (name == "sheetViews" && added.Frozen is > 0 and <= MostFrozen) Views(reader, writer);
            else if (name == "cols") Widths(reader, writer, ReadWidths(reader));
            else if (name == "sheetData") Rows(reader, writer);
            else CopyElement(reader, writer);
        }
    }

    private int Last => added.First + added.Widths.Count - 1;

    private void Dimension(XmlReader reader, XmlWriter writer)
    {
        var told = (reader.GetAttribute("ref") ?? "").Split(':');
        var (first, last) = (told[0], OpenWorkbook.Place(told[^1]));
        var end = $"{NewWorkbook.ColumnName(Math.Max(last.Column, Last))}{Math.Max(last.Row, 1)}";
        Start(reader, writer, ("ref", first.Length > 0 ? $"{first}:{end}" : end));
        writer.WriteEndElement();
    }

    private void NewViews(XmlReader reader, XmlWriter writer)
    {
        writer.WriteStartElement(reader.Prefix, "sheetViews", reader.NamespaceURI);
        writer.WriteStartElement(reader.Prefix, "sheetView", reader.NamespaceURI);
        writer.WriteAttributeString("workbookViewId", "0");
        Pane(reader, writer);
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    /// <summary>Freezes the first view, where it is not frozen as its owner likes it.</summary>
    private void Views(XmlReader reader, XmlWriter writer)
    {
        Same(reader, writer);
        if (reader.IsEmptyElement) return;
        var (depth, isFirst) = (reader.Depth, true);
        while (reader.Read() && reader.Depth > depth)
            if (isFirst && reader is { NodeType: XmlNodeType.Element, LocalName: "sheetView" })
            {
                isFirst = false;
                View(reader, writer);
            }
            else Same(reader, writer);
        Same(reader, writer);
    }

    private void View(XmlReader reader, XmlWriter writer)
    {
        var (depth, isEmpty) = (reader.Depth, reader.IsEmptyElement);
        // Scrolled as it was, the frozen rows would not be the first ones.
        Start(reader, writer, ("topLeftCell", null));
        if (isEmpty) Pane(reader, writer);
        var isFirst = !isEmpty;
        while (!isEmpty && reader.Read() && reader.Depth > depth)
        {
            if (isFirst && reader.NodeType == XmlNodeType.Element)
            {
                if (reader.LocalName != "pane") Pane(reader, writer);
                isFirst = false;
            }
            Same(reader, writer);
        }
        if (isFirst) Pane(reader, writer);
        writer.WriteEndElement();
    }

    private void Pane(XmlReader reader, XmlWriter writer)
    {
        writer.WriteStartElement(reader.Prefix, "pane", reader.NamespaceURI);
        writer.WriteAttributeString("ySplit", added.Frozen.ToString(CultureInfo.InvariantCulture));
        writer.WriteAttributeString("topLeftCell", $"A{added.Frozen + 1}");
        writer.WriteAttributeString("activePane", "bottomLeft");
        writer.WriteAttributeString("state", "frozen");
        writer.WriteEndElement();
    }

    /// <summary>Attributes of the widths of columns as they are, with the columns they are of.</summary>
    private static List<(int First, int Last, List<(string, string)> Attributes)> ReadWidths(XmlReader reader)
    {
        var widths = new List<(int, int, List<(string, string)>)>();
        if (reader.IsEmptyElement) return widths;
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader is not { NodeType: XmlNodeType.Element, LocalName: "col" }) continue;
            var (first, last, attributes) = (0, 0, new List<(string, string)>());
            for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
                if (reader.LocalName == "min") first = int.Parse(reader.Value, CultureInfo.InvariantCulture) - 1;
                else if (reader.LocalName == "max") last = int.Parse(reader.Value, CultureInfo.InvariantCulture) - 1;
                else if (reader.Prefix.Length == 0) attributes.Add((reader.LocalName, reader.Value));
            reader.MoveToElement();
            widths.Add((first, last, attributes));
        }
        return widths;
    }

    /// <summary>Widths as they were, but for the columns that are added.</summary>
    private void Widths(XmlReader reader, XmlWriter writer, List<(int First, int Last, List<(string, string)> Attributes)> own)
    {
        var all = new List<(int First, int Last, List<(string, string)> Attributes)>();
        foreach (var (first, last, attributes) in own)
        {
            if (first < added.First) all.Add((first, Math.Min(last, added.First - 1), attributes));
            if (last > Last) all.Add((Math.Max(first, Last + 1), last, attributes));
        }
        for (var i = 0; i < added.Widths.Count; i++)
        {
            var (column, width) = (added.First + i, added.Widths[i].ToString(CultureInfo.InvariantCulture));
            all.Add((column, column, [("width", width), ("customWidth", "1")]));
        }
        writer.WriteStartElement(reader.Prefix, "cols", reader.NamespaceURI);
        foreach (var (first, last, attributes) in all.OrderBy(one => one.First))
        {
            writer.WriteStartElement(reader.Prefix, "col", reader.NamespaceURI);
            writer.WriteAttributeString("min", (first + 1).ToString(CultureInfo.InvariantCulture));
            writer.WriteAttributeString("max", (last + 1).ToString(CultureInfo.InvariantCulture));
            foreach (var (name, value) in attributes) writer.WriteAttributeString(name, value);
            writer.WriteEndElement();
        }
        writer.WriteEndElement();
    }

    private void Rows(XmlReader reader, XmlWriter writer)
    {
        Same(reader, writer);
        if (reader.IsEmptyElement) return;
        var (depth, line) = (reader.Depth, 0);
        while (reader.Read() && reader.Depth > depth)
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "row" })
            {
                line = OpenWorkbook.LineOf(reader, line);
                if (added.Cells(line) is { } cells) Row(reader, writer, line, cells);
                else CopyElement(reader, writer);
            }
            else Same(reader, writer);
        Same(reader, writer);
    }

    private void Row(XmlReader reader, XmlWriter writer, int line, ShownCell[] cells)
    {
        var (depth, column, isAdded) = (reader.Depth, 0, false);
        var (prefix, space) = (reader.Prefix, reader.NamespaceURI);
        Start(reader, writer, ("spans", null));
        if (!reader.IsEmptyElement)
            while (reader.Read() && reader.Depth > depth)
            {
                var isCell = reader is { NodeType: XmlNodeType.Element, LocalName: "c" };
                if (isCell) column = reader.GetAttribute("r") is { Length: > 0 } place ? OpenWorkbook.Place(place).Column : column;
                if (isCell && column > Last) Add();
                // Where columns are added there are blank cells at most: they make room.
                if (isCell && column >= added.First && column <= Last) Skip(reader);
                else if (isCell) CopyElement(reader, writer);
                else Same(reader, writer);
                if (isCell) column++;
            }
        Add();
        writer.WriteEndElement();

        void Add()
        {
            string Place(int i) => $"{NewWorkbook.ColumnName(added.First + i)}{line}";
            for (var i = 0; i < cells.Length && !isAdded; i++) Cell(writer, prefix, space, Place(i), cells[i]);
            isAdded = true;
        }
    }

    private static void Skip(XmlReader reader)
    {
        var depth = reader.Depth;
        if (reader.IsEmptyElement) return;
        while (reader.Read() && reader.Depth > depth) { }
    }

    private void Cell(XmlWriter writer, string prefix, string space, string place, ShownCell cell)
    {
        writer.WriteStartElement(prefix, "c", space);
        writer.WriteAttributeString("r", place);
        if (styles is not null) writer.WriteAttributeString("s", (styles.Formats + (int)cell.Tone).ToString(CultureInfo.InvariantCulture));
        if (!string.IsNullOrEmpty(cell.Text))
        {
            writer.WriteAttributeString("t", "inlineStr");
            writer.WriteStartElement(prefix, "is", space);
            writer.WriteStartElement(prefix, "t", space);
            writer.WriteAttributeString("xml", "space", null, "preserve");
            writer.WriteString(Cells.Shown(cell.Text));
            writer.WriteEndElement();
            writer.WriteEndElement();
        }
        writer.WriteEndElement();
    }

    // ---- the formats

    private StyleCounts? Count(string part)
    {
        var (fonts, fills, formats, inside, hasNamed) = (0, 0, 0, "", false);
        var (size, font) = ("11", "Calibri");
        using var xml = book.Package.Read(part);
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.Depth == 1) inside = xml.LocalName;
            if (xml.Depth == 2 && inside == "fonts") fonts++;
            else if (xml.Depth == 2 && inside == "fills") fills++;
            else if (xml.Depth == 2 && inside == "cellXfs") formats++;
            else if (xml.Depth == 2 && inside == "cellStyleXfs") hasNamed = true;
            else if (fonts == 1 && inside == "fonts" && xml.LocalName == "sz") size = xml.GetAttribute("val") ?? size;
            else if (fonts == 1 && inside == "fonts" && xml.LocalName == "name") font = xml.GetAttribute("val") ?? font;
        }
        return fonts > 0 && fills > 0 && formats > 0 ? new(fonts, fills, formats, hasNamed, size, font) : null;
    }

    private void CopyStyles(XmlReader reader, XmlWriter writer)
    {
        while (reader.Read() && reader.Depth > 0)
            switch (reader is { NodeType: XmlNodeType.Element, Depth: 1 } ? reader.LocalName : "")
            {
                case "fonts": Extended(reader, writer, styles!.Fonts, Font); break;
                case "fills": Extended(reader, writer, styles!.Fills, Fill); break;
                case "cellXfs": Extended(reader, writer, styles!.Formats, Format); break;
                default: Same(reader, writer); break;
            }
    }

    /// <summary>A list of formats with one more for each tone.</summary>
    private static void Extended(XmlReader reader, XmlWriter writer, int count, Action<XmlWriter, string, string, Tone> add)
    {
        var (depth, prefix, space) = (reader.Depth, reader.Prefix, reader.NamespaceURI);
        Start(reader, writer, ("count", (count + tones.Length).ToString(CultureInfo.InvariantCulture)));
        while (reader.Read() && reader.Depth > depth) Same(reader, writer);
        foreach (var tone in tones) add(writer, prefix, space, tone);
        writer.WriteEndElement();
    }

    private static void Empty(XmlWriter writer, string prefix, string space, string name, params (string Name, string Value)[] attributes)
    {
        writer.WriteStartElement(prefix, name, space);
        foreach (var (attribute, value) in attributes) writer.WriteAttributeString(attribute, value);
        writer.WriteEndElement();
    }

    private static string Argb(System.Drawing.Color colour) => colour.ToArgb().ToString("X8", CultureInfo.InvariantCulture);

    private void Font(XmlWriter writer, string prefix, string space, Tone tone)
    {
        writer.WriteStartElement(prefix, "font", space);
        if (tone == Tone.Heading) Empty(writer, prefix, space, "b");
        Empty(writer, prefix, space, "sz", ("val", styles!.Size));
        if (NewWorkbook.ColoursOf(tone) is { Letters: var letters }) Empty(writer, prefix, space, "color", ("rgb", Argb(letters)));
        Empty(writer, prefix, space, "name", ("val", styles.Font));
        writer.WriteEndElement();
    }

    private static void Fill(XmlWriter writer, string prefix, string space, Tone tone)
    {
        writer.WriteStartElement(prefix, "fill", space);
        writer.WriteStartElement(prefix, "patternFill", space);
        writer.WriteAttributeString("patternType", tone == Tone.Plain ? "none" : "solid");
        if (NewWorkbook.ColoursOf(tone) is { Fill: var fill })
        {
            Empty(writer, prefix, space, "fgColor", ("rgb", Argb(fill)));
            Empty(writer, prefix, space, "bgColor", ("indexed", "64"));
        }
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    /// <summary>Text, and such that a spreadsheet takes it for text after it was edited too.</summary>
    private void Format(XmlWriter writer, string prefix, string space, Tone tone)
    {
        var (font, fill) = (styles!.Fonts + (int)tone, styles.Fills + (int)tone);
        writer.WriteStartElement(prefix, "xf", space);
        writer.WriteAttributeString("numFmtId", TextFormat);
        writer.WriteAttributeString("fontId", font.ToString(CultureInfo.InvariantCulture));
        writer.WriteAttributeString("fillId", fill.ToString(CultureInfo.InvariantCulture));
        writer.WriteAttributeString("borderId", "0");
        if (styles.HasNamed) writer.WriteAttributeString("xfId", "0");
        string[] flags = ["quotePrefix", "applyNumberFormat", "applyFont", "applyFill"];
        foreach (var flag in flags) writer.WriteAttributeString(flag, "1");
        writer.WriteEndElement();
    }
}
