using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Registry.Certificates;

namespace Registry.Tables;

/// <summary>Days as people and spreadsheets write them. What could be two days (3/1/2025, 25/3/1) is not read.</summary>
public static partial class Dates
{
    /// <summary>Serial days of spreadsheets that can be meant: 1990-01-01 to 2099-12-31, counted from 1899-12-30.</summary>
    private const int FirstSerial = 32874, LastSerial = 73050;
    private const int NoEndYear = 9999;
    private static readonly DateOnly serialZero = new(1899, 12, 30);
    private static readonly HashSet<string> noEnd = new(StringComparer.OrdinalIgnoreCase)
    {
        "长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限", "永续", "long-term", "longterm", "permanent", "indefinite", "unlimited",
    };
    private static readonly string[] named =
        ["d MMM yyyy", "d MMMM yyyy", "d-MMM-yyyy", "MMM d, yyyy", "MMMM d, yyyy", "MMM d yyyy", "MMMM d yyyy"];

    /// <summary>The day a cell holds; null when it is blank, and null with a fault that echoes the cell when it is no day.</summary>
    /// <param name="cell">The whole cell.</param>
    /// <param name="pointer">Where it stands.</param>
    /// <param name="faults">Receives the fault.</param>
    /// <param name="serials">Whether a bare number of five digits may be a spreadsheet's serial day: only where the column says that it
    /// holds
    /// a day.</param>
    public static DateOnly? Read(string? cell, string pointer, List<Fault> faults, bool serials = true)
    {
        if (string.IsNullOrWhiteSpace(cell)) return null;
        var (day, refusal) = Read(cell, serials);
        if (refusal is not null) faults.Add(new(refusal, pointer, PlainText.Echo(cell)));
        return day;
    }

    /// <summary>The day a text is, or why it is none: a day that does not exist and a form that is not read are different
    /// reasons.</summary>
    public static (DateOnly? Day, Refusal? Refusal) Read(string cell, bool serials = true)
    {
        if (DateOnly.TryParseExact(cell, "yyyy-MM-dd", out var plain)) return Within(plain);
        if (!CertificateNumber.WellFormed(cell)) return (null, Refusal.UnreadDate);
        var text = Plain(cell);
        if (noEnd.Contains(text)) return (null, Refusal.NoLastDay);
        var serial = serials && Serial().Match(text) is { Success: true } bare ? Digits(bare.Groups[1].Value) : 0;
        if (serial is >= FirstSerial and <= LastSerial) return (serialZero.AddDays(serial), null);
        var match = Written().Match(text);
        if (!match.Success) match = Ideographs().Match(text);
        if (match.Success) return Exists(Digits(match.Groups["y"].Value), Digits(match.Groups["m"].Value), Digits(match.Groups["d"].Value));
        var isNamed = DateOnly.TryParseExact(text, named, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var english);
        return isNamed ? Within(english) : (null, Refusal.UnreadDate);
    }

    /// <summary>Longest text in which a term is looked for.</summary>
    private const int MaxTerm = 80;

    /// <summary>A term as certificates tell it: from a day to a day (2025-01-01至2027-12-31, 自2025年1月1日起至2027年12月31日止), to one
    /// (有效期至2027.12.31) or from one (自2025-01-01起). A day alone is its last. Both are null where nothing was read.</summary>
    public static (DateOnly? First, DateOnly? Last) Term(string cell)
    {
        if (Read(cell).Day is { } only) return (null, only);
        if (cell.Length > MaxTerm || !CertificateNumber.WellFormed(cell)) return default;
        var text = BeforeTerm().Replace(Plain(cell), "");
        if (FromOn().Match(text) is { Success: true } from) return (Read(from.Groups["day"].Value, serials: false).Day, null);
        text = AfterTerm().Replace(text, "");
        foreach (Match to in To().Matches(text))
        {
            var (before, after) = (text[..to.Index], text[(to.Index + to.Length)..]);
            if (Read(after, serials: false).Day is not { } last) continue;
            if (before.Length == 0) return (null, last);
            if (Read(before, serials: false).Day is { } first && first <= last) return (first, last);
        }
        return (null, text.Length == cell.Length ? null : Read(text, serials: false).Day);
    }

    /// <summary>Whether a text could be meant as a day or a term: a year stands in it, or that there is no end.</summary>
    public static bool IsMeant(string cell)
    {
        if (!CertificateNumber.WellFormed(cell)) return false;
        var text = Plain(cell);
        return Year().IsMatch(text) || noEnd.Contains(text);
    }

    private static (DateOnly?, Refusal?) Exists(int year, int month, int day)
    {
        if (year == NoEndYear) return (null, Refusal.NoLastDay);
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)) return (null, Refusal.NoSuchDay);
        return Within(new(year, month, day));
    }

    private static (DateOnly?, Refusal?) Within(DateOnly day)
    {
        if (day.Year == NoEndYear) return (null, Refusal.NoLastDay);
        return day < Day.Earliest || day > Day.Latest ? (null, Refusal.DayOutOfRange) : (day, null);
    }

    /// <summary>Half width, without invisible characters, with one kind of hyphen, slash and stop.</summary>
    private static string Plain(string cell)
    {
        var plain = new StringBuilder(cell.Length);
        foreach (var rune in PlainText.Unified(cell).EnumerateRunes())
            if (rune.Value is ' ' or '\t' or '\n' or '\r') plain.Append(' ');
            else if (!CertificateNumber.Invisible(rune)) plain.Append(rune.Value switch
            {
                (>= 0x2010 and <= 0x2015) or 0x2212 => "-",
                '\\' => "/",
                '。' => ".",
                _ => rune.ToString(),
            });
        return plain.ToString().Trim();
    }

    /// <summary>The value of digits, or of ideographs as 二〇二五 or 二十一.</summary>
    private static int Digits(string text)
    {
        if (char.IsAsciiDigit(text[0])) return int.Parse(text, CultureInfo.InvariantCulture);
        var (value, ten) = (0, text.IndexOf('十'));
        foreach (var c in text)
            if (c == '十') value = Math.Max(value, 1) * 10;
            else if (ten >= 0) value += ideographs.IndexOf(c);
            else value = value * 10 + Math.Max(ideographs.IndexOf(c), 0);
        return value;
    }

    private const string ideographs = "〇一二三四五六七八九";

    [GeneratedRegex(@"^([0-9]{5})(?:\.[0-9]+)?\z")]
    private static partial Regex Serial();

    [GeneratedRegex("[0-9〇零○一二三四五六七八九]{4}")]
    private static partial Regex Year();

    /// <summary>What stands before a term, and after it.</summary>
    [GeneratedRegex(@"^(?:(?:证书)?有效期(?:限|间)?|valid(?:ity)?)? *[:：]? *(?:自|从|由|from\b)? *", RegexOptions.IgnoreCase)]
    private static partial Regex BeforeTerm();

    [GeneratedRegex(@" *(?:为?止|截止|有效)\z")]
    private static partial Regex AfterTerm();

    /// <summary>A day from which something holds, and no last one.</summary>
    [GeneratedRegex(@"^(?<day>[^起]+?) *(?:起|开始)(?:有效|生效)?\z")]
    private static partial Regex FromOn();

    [GeneratedRegex(@" *(?:起|开始)? *(?:截?至|截?止|到|[-~〜/]+|\b(?:to|until|till|through)\b) *", RegexOptions.IgnoreCase)]
    private static partial Regex To();

    private const string Parted = @"年 *(?<m>[0-9]{1,2}) *月 *(?<d>[0-9]{1,2}) *[日号]?|(?<s>[-/.]) *(?<m>[0-9]{1,2}) *\k<s> *(?<d>[0-9]{1,2})";
    private const string Unparted = "(?<m>[0-9]{2})(?<d>[0-9]{2})";
    private const string Weekday = @"(?:\(?(?:星期|周)[一二三四五六日天]\)?)?";
    private const string Clock = @"[0-9]{1,2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?| *[时点時點] *(?:整|半|[0-9]{1,2} *分?)?)";
    private const string TimeOfDay = $@"(?:T? *(?:上午|下午|AM|PM)? *{Clock} *(?:AM|PM)?(?:\+08:?00)?)?";

    /// <summary>Year, month, day with one kind of separator or none; a weekday and a time of day may follow. A zone other than Shanghai's
    /// could mean
    /// the day beside.</summary>
    [GeneratedRegex($@"^(?<y>[0-9]{{4}}) *(?:{Parted}|{Unparted}) *{Weekday} *{TimeOfDay}\z", RegexOptions.IgnoreCase)]
    private static partial Regex Written();

    [GeneratedRegex(@"^(?<y>[〇零○一二三四五六七八九]{4}) *年 *(?<m>[一二三四五六七八九十]{1,3}) *月 *(?<d>[一二三四五六七八九十]{1,3}) *[日号]\z")]
    private static partial Regex Ideographs();
}
