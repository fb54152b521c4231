using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>
/// Certificate numbers follow each body's own rule (slashes, underscores, letters), so there is no pattern to check: at most 50
/// characters, compared after normalisation, unique within a body and not beyond it. The original spelling is kept for display.
/// </summary>
public static partial class CertificateNumber
{
    public const int MaxLength = 50;

    /// <summary>NFKC, upper case, every white and invisible character removed. Null when nothing is left, too much is left, or the
    /// text is no Unicode (an unpaired surrogate).</summary>
    public static string? Normalise(string text)
    {
        // Nearly every number is of nothing but visible ASCII, which needs no tables of Unicode.
        if (text.Length is > 0 and <= MaxLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~')) return text.ToUpperInvariant();
        if (text.Length > MaxLength * 4 || !WellFormed(text)) return null;
        var key = Once(text);
        // What was between two signs is gone, and capitals combine otherwise: who types what he sees is to find it.
        for (var round = 0; round < MaxRounds && Once(key) is var again && again != key; round++) key = again;
        return key.Length is 0 or > MaxLength ? null : key;
    }

    private const int MaxRounds = 4;

    private static string Once(string text)
    {
        var key = new StringBuilder(text.Length);
        foreach (var rune in PlainText.Unified(text).EnumerateRunes())
            if (!Invisible(rune)) key.Append(Rune.ToUpperInvariant(rune));
        return key.ToString();
    }

    /// <summary>A number as it may be meant, normalised: as it stands, then without a label before it (证书编号：…, No. …); empty where it can
    /// be none. A body's own numbers may begin with what looks like a label, so the first that is on record counts.</summary>
    public static string[] Readings(string text)
    {
        // Nearly every number is of visible ASCII, where a label would end in one of its signs.
        if (text.Length is > 0 and <= MaxLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny(".:=#"))
            return [text.ToUpperInvariant()];
        if (text.Length > MaxLength * 4 || !WellFormed(text)) return [];
        var label = Label().Match(text.Replace("№", "No.", StringComparison.Ordinal).Normalize(NormalizationForm.FormKC));
        string?[] readings = [Normalise(text), label.Success ? Normalise(label.Groups["number"].Value) : null];
        return [.. readings.OfType<string>()];
    }

    private const string InChinese =
        "(?:(?:认证)?[证證][书書](?:[注註][册冊])?(?:[编編]?[号號]码?)?|(?:[注註][册冊])?[编編][号號]|[注註][册冊][号號]|[证證][号號])";
    private const string InEnglish = @"(?:cert(?:ificate|\.)? *)?(?:reg(?:istration|\.)? *)?(?:no|nr|num|number|id)(?: *[.:=]+| )"
        + "|cert(?:ificate)? *[:=]|#";

    /// <summary>Of a text in half width.</summary>
    [GeneratedRegex($@"^[ (\[]*(?:{InChinese} *(?:为|是)? *[:=]?|{InEnglish}) *(?<number>.+?)[ ,.;。)\]]*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Label();

    /// <summary>What people exchange for one another in a number: hyphens, strokes, stops and brackets.</summary>
    public const string Signs = "-/_.()[]{}〔〕【】‐–—―−:,·、。";

    /// <summary>A number as it is compared: any sign will do, but each where the body has one; at the ends they do not count.</summary>
    /// <param name="normalised">As <see cref="Normalise"/> gives it.</param>
    public static string Compared(string normalised)
    {
        if (normalised.AsSpan().IndexOfAny(signs) < 0) return normalised;
        var key = new StringBuilder(normalised.Length);
        var sign = false;
        foreach (var c in normalised)
        {
            if (signs.Contains(c)) { sign = true; continue; }
            if (sign && key.Length > 0) key.Append('-');
            key.Append(c);
            sign = false;
        }
        return key.ToString();
    }

    /// <summary>White space, controls, formats (zero-width, bidi, soft hyphen, byte order mark), and fillers and variation selectors
    /// that show nothing.</summary>
    public static bool Invisible(Rune rune) => Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Control or UnicodeCategory.Format
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>False for a text with an unpaired surrogate, which neither normalises nor encodes, or with U+FFFE, which is no character
    /// and does not normalise.</summary>
    public static bool WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\uFFFE') return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])) return false;
        }
        return true;
    }

    /// <summary>A normalised number or code without the signs that people leave out or exchange. The index certificate_number strips the
    /// same.</summary>
    public static string Stripped(string normalised)
    {
        if (normalised.AsSpan().IndexOfAny(signs) < 0) return normalised;
        var stripped = new StringBuilder(normalised.Length);
        foreach (var c in normalised)
            if (!signs.Contains(c)) stripped.Append(c);
        return stripped.ToString();
    }

    private static readonly System.Buffers.SearchValues<char> signs = System.Buffers.SearchValues.Create(Signs);
}
