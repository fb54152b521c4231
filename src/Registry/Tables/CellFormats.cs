using System.Globalization;
using System.Text;
using System.Xml;

namespace Registry.Tables;

/// <summary>What the formats of a workbook make of numbers: days, and digits with zeros before them. A certificate's number is read as it
/// is shown.</summary>
public sealed class CellFormats
{
    private enum Kind : byte { Number, Day, Zeros }

    private const int MaxFormats = 100_000;
    /// <summary>A spreadsheet keeps fifteen digits: what is as large is shown as the power of ten that it has become.</summary>
    private const double Exact = 1e15;
    /// <summary>Days of 2199-12-31, counted from 1899-12-30.</summary>
    private const double LastDay = 109_572;

    private readonly List<(Kind Kind, byte Width)> styles = [];
    private readonly DateTime zero;

    /// <param name="from1904">Whether the workbook counts its days from 1904-01-01.</param>
    public CellFormats(bool from1904) => zero = from1904 ? new(1904, 1, 1) : new(1899, 12, 30);

    /// <summary>Reads the part of styles.</summary>
    public void Read(XmlReader xml)
    {
        var (own, inCells) = (new Dictionary<int, string>(), false);
        while (xml.Read() && styles.Count < MaxFormats)
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "cellXfs") inCells = false;
            else if (xml.NodeType != XmlNodeType.Element) continue;
            else if (xml.LocalName == "cellXfs") inCells = !xml.IsEmptyElement;
            else if (xml.LocalName == "numFmt")
                own[OpenWorkbook.Whole(xml.GetAttribute("numFmtId"))] = xml.GetAttribute("formatCode") ?? "";
            else if (xml.LocalName == "xf" && inCells) styles.Add(KindOf(OpenWorkbook.Whole(xml.GetAttribute("numFmtId")), own));
    }

    /// <summary>What is built in has no code in the file (ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58 are days in Chinese).</summary>
    private static (Kind, byte) KindOf(int format, Dictionary<int, string> own) =>
        own.TryGetValue(format, out var code) ? KindOf(code)
        : format is >= 14 and <= 17 or 22 or >= 27 and <= 36 or >= 50 and <= 58 ? (Kind.Day, (byte)0) : (Kind.Number, (byte)0);

    private static (Kind, byte) KindOf(string code)
    {
        var bare = Bare(code);
        if (bare.Length is > 1 and <= 50 && bare.All(c => c == '0')) return (Kind.Zeros, (byte)bare.Length);
        var isTime = bare.AsSpan().IndexOfAny("hs0#?") >= 0;
        return bare.Contains('y') || bare.Contains('d') || bare.Contains('m') && !isTime ? (Kind.Day, (byte)0) : (Kind.Number, (byte)0);
    }

    /// <summary>The first section of a code, without what stands in quotes, in brackets or behind a stroke.</summary>
    private static string Bare(string code)
    {
        if (code.Equals("General", StringComparison.OrdinalIgnoreCase)) return "";
        var bare = new StringBuilder();
        for (var i = 0; i < code.Length && code[i] != ';'; i++)
            if (code[i] is '\\' or '_' or '*') i++;
            else if (code[i] is '"' or '[')
            {
                var end = code.IndexOf(code[i] == '"' ? '"' : ']', i + 1);
                if (end < 0) break;
                i = end;
            }
            else bare.Append(char.ToLowerInvariant(code[i]));
        return bare.ToString();
    }

    /// <summary>A number as it is shown, as far as that tells which day or number is meant.</summary>
    /// <param name="value">As the file holds it.</param>
    /// <param name="style">Number of its format.</param>
    public string Shown(string value, int style)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return value;
        var (kind, width) = style >= 0 && style < styles.Count ? styles[style] : default;
        if (kind == Kind.Day && number is >= 1 and < LastDay) return Day(zero.AddDays(number));
        return Shown(number, kind == Kind.Zeros ? width : 1);
    }

    /// <summary>A number that is no day, by the code of its format.</summary>
    public static string Shown(double number, string? code) => Shown(number, KindOf(code ?? "") is (Kind.Zeros, var width) ? width : 1);

    private static string Shown(double number, int width)
    {
        var isWhole = Math.Floor(number) == number && Math.Abs(number) < Exact;
        return number.ToString(isWhole ? "F0" : "R", CultureInfo.InvariantCulture).PadLeft(number >= 0 ? width : 0, '0');
    }

    /// <summary>Fractions of a day are not exact: to the second.</summary>
    public static string Day(DateTime instant)
    {
        var whole = new DateTime((instant.Ticks + TimeSpan.TicksPerSecond / 2) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond);
        return whole.ToString(whole.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
