using System.Globalization;
using System.Text;
using Registry.Marks;
using SkiaSharp;

namespace Registry.Answers;

/// <summary>What a document says of itself.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Language">Tag of its language, such as zh-CN.</param>
/// <param name="At">When it was made.</param>
public sealed record PdfAbout(string Title, string Subject, string Language, DateTimeOffset At);

/// <summary>
/// A PDF of text, boxes and lines (ISO 32000-1). Its fonts hold the outlines of the characters that are used, 255 to a font, and say which
/// character each is, so that all text can be selected and searched. Lengths are points, measured from the upper left corner.
/// </summary>
public sealed class PdfDocument(float width, float height)
{
    /// <summary>Codes 1 to 255: each font of outlines has a byte for its characters.</summary>
    private const int MaxCodes = 255;

    /// <summary>A character: its font, its code there, and how it is drawn.</summary>
    private sealed record Placed(int Font, int Code, PdfGlyph Glyph);

    /// <summary>A font and its characters by code, from 1.</summary>
    private sealed record Outlines(PdfFace Face, List<(Rune Character, PdfGlyph Glyph)> Characters);

    private readonly List<StringBuilder> pages = [];
    private readonly List<Outlines> fonts = [];
    private readonly Dictionary<(PdfFace, Rune), Placed> placed = [];

    /// <summary>How many pages there are.</summary>
    public int Pages => pages.Count;

    /// <summary>Begins a page.</summary>
    public void Begin() => pages.Add(new());

    /// <summary>How wide a text is.</summary>
    public float WidthOf(string text, PdfFace face, float size)
    {
        var thousandths = 0;
        foreach (var rune in text.EnumerateRunes()) thousandths += Place(face, rune).Glyph.Advance;
        return thousandths * size / 1000;
    }

    /// <summary>How many UTF-16 units of a text, from its beginning, are no wider than that.</summary>
    public int Fitting(string text, PdfFace face, float size, float within)
    {
        var (room, fits) = (within * 1000 / size, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            room -= Place(face, rune).Glyph.Advance;
            if (room < 0) break;
            fits += rune.Utf16SequenceLength;
        }
        return fits;
    }

    /// <summary>Writes a text in one line.</summary>
    /// <param name="page">The page, from 1.</param>
    /// <param name="text">The text.</param>
    /// <param name="x">Where it begins.</param>
    /// <param name="baseline">On what it stands.</param>
    /// <param name="face">In which face.</param>
    /// <param name="size">Height of an em.</param>
    /// <param name="colour">In which colour.</param>
    public void Write(int page, string text, float x, float baseline, PdfFace face, float size, SKColor colour)
    {
        var content = pages[page - 1];
        content.Append(CultureInfo.InvariantCulture, $"{Of(colour)} rg BT {Of(x)} {Of(height - baseline)} Td");
        var font = -1;
        foreach (var rune in text.EnumerateRunes())
        {
            var at = Place(face, rune);
            if (at.Font != font) content.Append(CultureInfo.InvariantCulture, $"{(font < 0 ? "" : "> Tj")} /F{at.Font} {Of(size)} Tf <");
            font = at.Font;
            content.Append(CultureInfo.InvariantCulture, $"{at.Code:X2}");
        }
        content.Append(font < 0 ? " ET\n" : "> Tj ET\n");
    }

    /// <summary>Fills boxes, all as one: viewers smooth the edges of each by itself and show light hairs between neighbours.</summary>
    public void Fill(int page, SKColor colour, params IEnumerable<SKRect> boxes)
    {
        var content = pages[page - 1].Append(Of(colour)).Append(" rg\n");
        foreach (var box in boxes) content.Append($"{Of(box.Left)} {Of(height - box.Bottom)} {Of(box.Width)} {Of(box.Height)} re\n");
        content.Append("f\n");
    }

    private Placed Place(PdfFace face, Rune rune)
    {
        if (placed.TryGetValue((face, rune), out var known)) return known;
        var font = fonts.FindLastIndex(one => one.Face == face);
        if (font < 0 || fonts[font].Characters.Count == MaxCodes)
        {
            font = fonts.Count;
            fonts.Add(new(face, []));
        }
        var glyph = face.GlyphOf(rune);
        fonts[font].Characters.Add((rune, glyph));
        return placed[(face, rune)] = new(font, fonts[font].Characters.Count, glyph);
    }

    private static string Of(float number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Of(SKColor colour)
    {
        static string Share(byte part) => (part / 255f).ToString("0.###", CultureInfo.InvariantCulture);
        return $"{Share(colour.Red)} {Share(colour.Green)} {Share(colour.Blue)}";
    }

    // ---- the file

    private const int Catalogue = 1, Tree = 2, Information = 3;

    /// <summary>Writes the file.</summary>
    public byte[] ToBytes(PdfAbout about)
    {
        var file = new Parts();
        var used = fonts.ConvertAll(font => Font(file, font));
        var named = string.Join(' ', used.Select((font, i) => $"/F{i} {font} 0 R"));
        var resources = file.Add($"<< /Font << {named} >> >>");
        var contents = pages.ConvertAll(page => file.Add("", PressPdf.Deflated(Encoding.ASCII.GetBytes(page.ToString()))));
        var common = $"/Type /Page /Parent {Tree} 0 R /MediaBox [0 0 {Of(width)} {Of(height)}] /Resources {resources} 0 R";
        var kids = contents.ConvertAll(content => file.Add($"<< {common} /Contents {content} 0 R >>"));
        file.Put(Tree, $"<< /Type /Pages /Count {kids.Count} /Kids [{string.Join(' ', kids.Select(kid => $"{kid} 0 R"))}] >>");
        const string shown = "/ViewerPreferences << /DisplayDocTitle true >>";
        file.Put(Catalogue, $"<< /Type /Catalog /Pages {Tree} 0 R /Lang ({about.Language}) {shown} >>");
        var at = $"(D:{about.At.UtcDateTime:yyyyMMddHHmmss}Z)";
        var made = $"/Creator (Registry) /CreationDate {at} /ModDate {at}";
        file.Put(Information, $"<< /Title {Of(about.Title)} /Subject {Of(about.Subject)} {made} >>");
        return file.End(Catalogue, Information);
    }

    /// <summary>A text in UTF-16.</summary>
    private static string Of(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    /// <summary>A font of outlines (9.6.5), and which characters they are (9.10.3).</summary>
    private static int Font(Parts file, Outlines font)
    {
        var glyphs = font.Characters.ConvertAll(one => one.Glyph);
        var drawings = glyphs.DistinctBy(glyph => glyph.Id).Select(glyph => $"/g{glyph.Id} {file.Add("", glyph.Drawing)} 0 R");
        var drawn = string.Join(' ', drawings);
        var table = file.Add("", PressPdf.Deflated(Encoding.ASCII.GetBytes(Characters(font))));
        return file.Add($"""
            << /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 1 /LastChar {glyphs.Count}
            /Widths [{string.Join(' ', glyphs.Select(glyph => glyph.Advance))}] /Resources << >> /CharProcs << {drawn} >>
            /Encoding << /Type /Encoding /Differences [1 {string.Join(' ', glyphs.Select(glyph => $"/g{glyph.Id}"))}] >>
            /ToUnicode {table} 0 R >>
            """);
    }

    private static string Characters(Outlines font)
    {
        const int most = 100; // in one block
        var lines = font.Characters.Select((one, i) =>
            $"<{i + 1:X2}> <{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(one.Character.ToString()))}>");
        var blocks = lines.Chunk(most).Select(block => $"{block.Length} beginbfchar\n{string.Join('\n', block)}\nendbfchar\n");
        return $"""
            /CIDInit /ProcSet findresource begin 12 dict begin begincmap
            /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
            /CMapName /Adobe-Identity-UCS def /CMapType 2 def
            1 begincodespacerange <00> <FF> endcodespacerange
            {string.Concat(blocks)}endcmap CMapName currentdict /CMap defineresource pop end end
            """;
    }

    /// <summary>The objects of a file by their numbers, and the table that finds them.</summary>
    private sealed class Parts
    {
        private readonly MemoryStream made = new();
        private readonly SortedDictionary<int, long> places = [];
        private int last = Information;

        public Parts() => made.Write("%PDF-1.7\n%\u00E2\u00E3\u00CF\u00D3\n"u8);

        public int Add(string content)
        {
            Put(++last, content);
            return last;
        }

        public int Add(string about, ReadOnlySpan<byte> deflated)
        {
            Begin(++last);
            Write($"<< /Length {deflated.Length} /Filter /FlateDecode{about} >>\nstream\n");
            made.Write(deflated);
            Write("\nendstream\nendobj\n");
            return last;
        }

        public void Put(int number, string content)
        {
            Begin(number);
            Write($"{content}\nendobj\n");
        }

        public byte[] End(int root, int information)
        {
            var start = made.Position;
            Write($"xref\n0 {last + 1}\n0000000000 65535 f \n");
            foreach (var place in places.Values) Write($"{place:0000000000} 00000 n \n");
            Write($"trailer\n<< /Size {last + 1} /Root {root} 0 R /Info {information} 0 R >>\nstartxref\n{start}\n%%EOF\n");
            return made.ToArray();
        }

        private void Begin(int number)
        {
            places[number] = made.Position;
            Write($"{number} 0 obj\n");
        }

        private void Write(string text) => made.Write(Encoding.ASCII.GetBytes(text));
    }
}
