using System.Globalization;
using System.Text;

namespace Registry.Certificates;

/// <summary>Text that people typed.</summary>
public static class PlainText
{
    private const int EchoLength = 40;

    /// <summary>A text as a message repeats it: its beginning.</summary>
    public static string Echo(string text) => text.Length <= EchoLength ? text : text[..EchoLength] + "…";

    /// <summary>Trimmed, inner line breaks and tabs as one space; null when empty. Refused: more than <paramref name="max"/> characters,
    /// control characters, what a wrong encoding leaves (U+FFFD), bidirectional overrides (which make a name read as another), unpaired
    /// surrogates.</summary>
    public static (string? Text, Refusal? Refusal) Clean(string? text, int max)
    {
        if (string.IsNullOrWhiteSpace(text)) return (null, null);
        text = text.Trim();
        if (text.Length > max) return (null, Refusal.TooLong);
        if (!CertificateNumber.WellFormed(text)) return (null, Refusal.BadText);
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\r' or '\n' or '\t') { if (clean[^1] != ' ') clean.Append(' '); }
            else if (IsBad(c)) return (null, Refusal.BadText);
            else clean.Append(c);
        }
        return (clean.ToString(), null);
    }

    /// <summary>Controls, the sign for what could not be read, and those that turn the direction of a text.</summary>
    private static bool IsBad(char c) =>
        char.IsControl(c) || c is '\uFFFD' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>Compatibility forms unified (NFKC); empty where it is no Unicode.</summary>
    public static string Unified(string text) => CertificateNumber.WellFormed(text) ? text.Normalize(NormalizationForm.FormKC) : "";

    /// <summary>Compatibility forms unified (full width, half width), lower case, and only letters and digits left (〇 of 七〇三 among
    /// them): brackets, spaces and punctuation do not tell names apart.</summary>
    public static string Fold(string text)
    {
        if (Plain(text) is { } plain) return plain;
        var folded = new StringBuilder(text.Length);
        foreach (var rune in Unified(text).EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber)
                folded.Append(Rune.ToLowerInvariant(rune));
        return folded.ToString();
    }

    /// <summary>The same for what nearly every text is made of, ideographs, ASCII and the usual punctuation, without the tables of Unicode;
    /// null for others.</summary>
    private static string? Plain(string text)
    {
        if (text.Length > 256) return null;
        Span<char> folded = stackalloc char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            var isIdeograph = c is >= '\u4E00' and <= '\u9FFF';
            if (isIdeograph || char.IsAsciiLetterOrDigit(c)) folded[length++] = char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
            else if (!char.IsAscii(c) && !"、。，（）；：".Contains(c)) return null;
        }
        return length == text.Length && !text.AsSpan().ContainsAnyInRange('A', 'Z') ? text : new string(folded[..length]);
    }
}
