using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Marks;

/// <summary>Says in a finished PDF where its pages are trimmed. Skia writes no such box, so each page object is written again at the end:
/// an incremental update (ISO 32000-1, 7.5.6).</summary>
public static partial class PdfBoxes
{
    /// <param name="pdf">As Skia writes it: objects as plain text, one cross-reference table.</param>
    /// <param name="bleed">Points of bleed on each side.</param>
    public static byte[] Trim(byte[] pdf, float bleed)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var update = new StringBuilder();
        var table = new StringBuilder();
        foreach (Match page in Page().Matches(text))
        {
            var (width, height) = (Number(page.Groups["width"]), Number(page.Groups["height"]));
            table.Append(CultureInfo.InvariantCulture, $"{page.Groups["id"].Value} 1\n{pdf.Length + update.Length:0000000000} 00000 n \n");
            var box = string.Create(CultureInfo.InvariantCulture, $"[{bleed:0.###} {bleed:0.###} {width - bleed:0.###} {height - bleed:0.###}]");
            update.Append(CultureInfo.InvariantCulture, $"{page.Groups["id"].Value} 0 obj\n<<{page.Groups["before"].Value}/TrimBox {box}\n/BleedBox {page.Groups["box"].Value}\n/MediaBox {page.Groups["box"].Value}{page.Groups["after"].Value}>>\nendobj\n");
        }
        var trailer = Trailer().Match(text);
        if (table.Length == 0 || !trailer.Success) throw new InvalidOperationException("The PDF is not laid out as expected.");
        var at = pdf.Length + update.Length;
        update.Append(CultureInfo.InvariantCulture, $"xref\n{table}trailer\n<<{trailer.Groups["entries"].Value}\n/Prev {trailer.Groups["start"].Value}>>\nstartxref\n{at}\n%%EOF\n");
        return [.. pdf, .. Encoding.Latin1.GetBytes(update.ToString())];
    }

    private static float Number(Group group) => float.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<id>\d+) 0 obj\n<<(?<before>/Type /Page\n(?:(?!endobj)[\s\S])*?)/MediaBox (?<box>\[0 0 (?<width>[\d.]+) (?<height>[\d.]+)\])(?<after>(?:(?!endobj)[\s\S])*?)>>\nendobj")]
    private static partial Regex Page();

    [GeneratedRegex(@"trailer\n<<(?<entries>(?:(?!startxref)[\s\S])*)>>\nstartxref\n(?<start>\d+)\n%%EOF\s*$")]
    private static partial Regex Trailer();
}
