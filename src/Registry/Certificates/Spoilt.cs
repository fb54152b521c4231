using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Registry.Certificates;

/// <summary>What spreadsheets and wrong encodings leave of a text. It looks like a value and is none, so it is refused instead of
/// published.</summary>
public static partial class Spoilt
{
    private static readonly Encoding gb18030 =
        CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;

    /// <summary>Whether a cell holds an error of the spreadsheet, such as #REF! or ######.</summary>
    public static bool IsError(string text) => text is ['#', ..] && Errors().IsMatch(text);

    /// <summary>Whether a spreadsheet took a number for a quantity or a day: 1.22025E+11, 122025.0, 3月1日, 1-Mar.</summary>
    public static bool Number(string text) => IsError(text) || AsQuantity().IsMatch(text) || AsDay().IsMatch(text);

    /// <summary>Whether a spreadsheet rounded a credit code: fifteen digits are kept, the rest are zeros, or it stands as a power of ten.
    /// For codes
    /// whose check fails.</summary>
    public static bool Code(string text) =>
        IsError(text) || AsQuantity().IsMatch(text)
        || text.Length == SocialCreditCode.Length && text.EndsWith("000", StringComparison.Ordinal) && text.All(char.IsAsciiDigit);

    /// <summary>Whether a text was read or written in a wrong encoding on its way, or taken from a page as it stands in HTML: runs of
    /// question marks, 锟斤拷, &amp;amp;, private-use
    /// characters.</summary>
    public static bool Text(string text) =>
        IsError(text) || text.AsSpan().IndexOf("??") >= 0 || text.AsSpan().IndexOf("锟斤") >= 0
        || text.Contains('&') && Entities().IsMatch(text) || HoldsPrivateUse(text);

    /// <summary>The same for a name, which besides has at least one letter and no question mark within it, and is no UTF-8 read as GB
    /// 18030 or
    /// Latin-1.</summary>
    public static bool Name(string text) => Garbled(text) || !HoldsLetter(text) || LostCharacter(text);

    /// <summary>Whether a text has lost a character to a wrong encoding: what stands in its place is passed over where names are compared,
    /// as signs are.</summary>
    public static bool Lost(string text) =>
        text.Contains('\uFFFD') || text.Contains("??", StringComparison.Ordinal) || HoldsPrivateUse(text) || LostCharacter(text);

    /// <summary>Whether a text of any kind came through a wrong encoding.</summary>
    public static bool Garbled(string text) => Text(text) || text.Contains('\uFFFD') || Misread(text);

    private static bool HoldsPrivateUse(string text)
    {
        foreach (var c in text)
            if (c is >= '\uE000' and <= '\uF8FF' or >= '\uDB80' and <= '\uDBFF') return true;
        return false;
    }

    private static bool HoldsLetter(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (Rune.IsLetter(rune)) return true;
        return false;
    }

    /// <summary>A question mark in the place of a letter: beside an ideograph, or between two letters.</summary>
    private static bool LostCharacter(string text)
    {
        for (var at = text.IndexOf('?'); at >= 0; at = text.IndexOf('?', at + 1))
        {
            var (before, after) = (at > 0 ? text[at - 1] : ' ', at + 1 < text.Length ? text[at + 1] : ' ');
            if (IsIdeograph(before) || IsIdeograph(after) || char.IsLetter(before) && char.IsLetter(after)) return true;
        }
        return false;
    }

    private static bool IsIdeograph(char c) =>
        char.GetUnicodeCategory(c) == UnicodeCategory.OtherLetter || char.IsSurrogate(c) || c is '（' or '）';

    /// <summary>Whether the bytes of a text in GB 18030 or Latin-1 are UTF-8 of fewer characters: by chance they nearly never
    /// are.</summary>
    private static bool Misread(string text)
    {
        if (Ascii.IsValid(text)) return false;
        var western = Western(text);
        byte[] bytes;
        try { bytes = western ?? gb18030.GetBytes(text); }
        catch (EncoderFallbackException) { return false; }
        // Nearly every name ends here, so it is asked and not tried: an exception costs as much as all else that is looked at.
        if (!Utf8.IsValid(bytes)) return false;
        // Three bytes of UTF-8 make an ideograph, and one and a half characters of GB 18030.
        var characters = Encoding.UTF8.GetCharCount(bytes);
        return western is not null ? characters < text.Length : characters <= text.Length * 2 / 3;
    }

    /// <summary>The bytes that Latin-1, or Windows 1252 where it has a sign of its own, reads so; null where there are none.</summary>
    private static byte[]? Western(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
            if (text[i] <= 0xFF) bytes[i] = (byte)text[i];
            else if (Signs.IndexOf(text[i]) is >= 0 and var sign) bytes[i] = (byte)(FirstSign + sign);
            else return null;
        return bytes;
    }

    /// <summary>What Windows 1252 has from byte 80 to 9F, where Latin-1 has control characters; a blank where it has nothing.</summary>
    private const string Signs = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
    private const int FirstSign = 0x80;

    [GeneratedRegex(@"^#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|#+)\z")]
    private static partial Regex Errors();

    [GeneratedRegex("&(amp|lt|gt|quot|apos|nbsp|#[0-9]+|#x[0-9a-f]+);", RegexOptions.IgnoreCase)]
    private static partial Regex Entities();

    [GeneratedRegex(@"^[0-9]([.][0-9]+)?E[+-][0-9]{2,3}\z|^[0-9]+[.]0+\z", RegexOptions.IgnoreCase)]
    private static partial Regex AsQuantity();

    private const string Months = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";

    [GeneratedRegex($@"^[0-9]{{1,2}}月[0-9]{{1,2}}日\z|^[0-9]{{1,2}}-{Months}\z|^{Months}-[0-9]{{2}}\z", RegexOptions.IgnoreCase)]
    private static partial Regex AsDay();
}
