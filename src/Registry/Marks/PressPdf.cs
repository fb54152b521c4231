using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Marks;

/// <summary>
/// Makes of a PDF as Skia writes it one for a press: black and greys are the black ink alone (Skia knows red, green and blue only, and a
/// press would print black in four inks, whose edges never meet), the trim is named, and a viewer scales nothing when it prints.
/// </summary>
public static partial class PressPdf
{
    /// <summary>An object: its number, what stands before its stream, and the stream, if it has one.</summary>
    private sealed record Part(int Number, string Head, byte[]? Stream);

    private const string BeginStream = " stream\n", EndStream = "\nendstream\nendobj\n";

    /// <param name="pdf">As Skia writes it: objects as plain text, one cross-reference table.</param>
    /// <param name="bleed">Points of bleed on each side; null where the page is a sheet and not a mark.</param>
    /// <param name="note">What whoever prints it should know; none when empty.</param>
    public static byte[] Finish(byte[] pdf, float? bleed, string note)
    {
        var (text, trailer, parts) = Read(pdf);
        var pages = parts.Select(part => Contents().Match(part.Head)).Where(page => page.Success);
        var contents = pages.Select(page => Number(page.Groups[1])).ToHashSet();
        var information = Number(Information().Match(trailer.Value).Groups[1]);

        return Write(pdf, text, trailer, parts.ConvertAll(part =>
        {
            var (head, stream) = (part.Head, part.Stream);
            if (contents.Contains(part.Number)) (head, stream) = InBlackInk(head, stream!);
            head = Catalogue().Replace(head, "$0\n/PrintScaling /None");
            if (bleed is { } points) head = Page().Replace(head, page => Boxes(page, points));
            if (part.Number == information && note.Length > 0) head = head.Replace("<<", $"<</Subject ({Escaped(note)})\n");
            return part with { Head = head, Stream = stream };
        }));
    }

    private static (string Text, Match Trailer, List<Part> Parts) Read(byte[] pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var trailer = Trailer().Match(text);
        if (!trailer.Success) throw new InvalidOperationException("The PDF is not laid out as expected.");
        return (text, trailer, Parts(pdf, text, int.Parse(trailer.Groups["start"].Value, CultureInfo.InvariantCulture)));
    }

    private static byte[] Write(byte[] pdf, string text, Match trailer, List<Part> parts)
    {
        using var made = new MemoryStream();
        void Write(string written) => made.Write(Encoding.Latin1.GetBytes(written));
        made.Write(pdf.AsSpan(0, text.IndexOf("obj", StringComparison.Ordinal) - $"{parts[0].Number} 0 ".Length));
        var places = new SortedDictionary<int, long>();
        foreach (var (number, head, stream) in parts)
        {
            places[number] = made.Position;
            Write(stream is null ? head : head + BeginStream);
            if (stream is null) continue;
            made.Write(stream);
            Write(EndStream);
        }
        var (start, last) = (made.Position, places.Keys.Max());
        Write($"xref\n0 {last + 1}\n0000000000 65535 f \n");
        for (var number = 1; number <= last; number++)
            Write(places.TryGetValue(number, out var place) ? $"{place:0000000000} 00000 n \n" : "0000000000 65535 f \n");
        Write($"trailer\n<<{trailer.Groups["entries"].Value}>>\nstartxref\n{start}\n%%EOF\n");
        return made.ToArray();
    }

    /// <summary>The objects in the order they stand: each begins where the table says and ends where the next begins.</summary>
    private static List<Part> Parts(byte[] pdf, string text, int table)
    {
        var starts = Entry().Matches(text, table).Select(entry => Number(entry.Groups[1])).Where(start => start > 0).Order().ToList();
        var parts = new List<Part>();
        foreach (var (start, end) in starts.Zip(starts.Skip(1).Append(table)))
        {
            var whole = text[start..end];
            var number = int.Parse(whole[..whole.IndexOf(' ')], CultureInfo.InvariantCulture);
            var at = whole.IndexOf(BeginStream, StringComparison.Ordinal);
            var stop = whole.LastIndexOf(EndStream, StringComparison.Ordinal);
            if (at < 0) parts.Add(new(number, whole, null));
            else parts.Add(new(number, whole[..at], pdf[(start + at + BeginStream.Length)..(start + stop)]));
        }
        return parts;
    }

    private static (string Head, byte[] Stream) InBlackInk(string head, byte[] stream)
    {
        var drawn = Grey().Replace(Inflated(stream), grey =>
        {
            var black = 1 - float.Parse(grey.Groups[1].Value, CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"0 0 0 {black:0.###} {(grey.Groups[2].Value == "rg" ? "k" : "K")}");
        });
        var deflated = Deflated(Encoding.Latin1.GetBytes(drawn));
        return (Length().Replace(head, $"/Length {deflated.Length}"), deflated);
    }

    private static string Inflated(byte[] stream)
    {
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(stream), CompressionMode.Decompress)) zlib.CopyTo(inflated);
        return Encoding.Latin1.GetString(inflated.ToArray());
    }

    /// <summary>Content as a PDF packs it.</summary>
    public static byte[] Deflated(ReadOnlySpan<byte> content)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(content);
        return deflated.ToArray();
    }

    private static string Boxes(Match page, float bleed)
    {
        var number = CultureInfo.InvariantCulture;
        float End(string side) => float.Parse(page.Groups[side].Value, number) - bleed;
        var box = page.Groups["box"].Value;
        var trim = string.Create(number, $"[{bleed:0.###} {bleed:0.###} {End("width"):0.###} {End("height"):0.###}]");
        return $"/TrimBox {trim}\n/BleedBox {box}\n/MediaBox {box}";
    }

    /// <summary>Text of Latin letters as a PDF writes it.</summary>
    private static string Escaped(string note) => note.Replace("\\", "\\\\").Replace("(", "\\(").Replace(")", "\\)");

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"/MediaBox (?<box>\[0 0 (?<width>[\d.]+) (?<height>[\d.]+)\])")]
    private static partial Regex Page();

    [GeneratedRegex(@"/Type /Page\n[\s\S]*/Contents (\d+) 0 R")]
    private static partial Regex Contents();

    [GeneratedRegex(@"/Type /ViewerPreferences")]
    private static partial Regex Catalogue();

    [GeneratedRegex(@"/Info (\d+) 0 R")]
    private static partial Regex Information();

    /// <summary>Three equal shares and the operator that sets them. Text is written in hexadecimal, so nothing else reads so.</summary>
    [GeneratedRegex(@"(?<![\d.])(\d*\.?\d+) \1 \1 (RG|rg)\b")]
    private static partial Regex Grey();

    [GeneratedRegex(@"/Length \d+")]
    private static partial Regex Length();

    [GeneratedRegex(@"^(\d{10}) \d{5} n ", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"trailer\n<<(?<entries>(?:(?!startxref)[\s\S])*)>>\nstartxref\n(?<start>\d+)\n%%EOF\s*$")]
    private static partial Regex Trailer();
}
