using System.Globalization;
using System.Text;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// The one cutting of text, for the index and for the query. Ideographs are cut into pairs, everything else that counts (letters and
/// digits of other scripts) into runs of three; the ends of a run are kept shorter, so that a piece of any length is the beginning of a
/// term. Beside the text stand the initials of the name, in pairs, and the values that are filtered by, under a mark no text contains.
/// </summary>
public static class Terms
{
    /// <summary>Begins the terms that are no piece of text: a middle dot is neither letter nor digit, so folding leaves none.</summary>
    private const char Mark = '·';

    public static bool IsText(string term) => term[0] != Mark;

    /// <summary>Compatibility forms unified (full width, half width), lower case, and only letters and digits left: brackets, spaces and
    /// punctuation do not tell names apart.</summary>
    public static string Fold(string text)
    {
        if (Plain(text) is { } plain) return plain;
        if (!CertificateNumber.WellFormed(text)) return "";
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune)) folded.Append(Rune.ToLowerInvariant(rune));
        return folded.ToString();
    }

    /// <summary>The same for what nearly every text is made of, ideographs, ASCII and the usual punctuation, without the tables of Unicode; null for others.</summary>
    private static string? Plain(string text)
    {
        if (text.Length > 256) return null;
        Span<char> folded = stackalloc char[text.Length];
        var length = 0;
        foreach (var c in text)
            if (c is >= '\u4E00' and <= '\u9FFF' || char.IsAsciiLetterOrDigit(c)) folded[length++] = char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
            else if (!char.IsAscii(c) && !"、。，（）；：".Contains(c)) return null;
        return length == text.Length && !text.AsSpan().ContainsAnyInRange('A', 'Z') ? text : new string(folded[..length]);
    }

    /// <summary>Folded, and traditional characters by their simplified forms: what is searched.</summary>
    public static string Searched(string text) => Characters.Simplify(Fold(text));

    /// <summary>A normalised number or code without the signs that people leave out or exchange. The index certificate_number strips the same.</summary>
    public static string Stripped(string normalised)
    {
        if (normalised.AsSpan().IndexOfAny(signs) < 0) return normalised;
        var stripped = new StringBuilder(normalised.Length);
        foreach (var c in normalised)
            if (!CertificateNumber.Signs.Contains(c)) stripped.Append(c);
        return stripped.ToString();
    }

    private static readonly System.Buffers.SearchValues<char> signs = System.Buffers.SearchValues.Create(CertificateNumber.Signs);

    /// <summary>Every term of a certificate, each once.</summary>
    /// <param name="body">Approval number.</param>
    /// <param name="content">What it reads.</param>
    /// <param name="names">Names its holder bears or bore beside the one it reads.</param>
    public static HashSet<string> Of(string body, CertificateContent content, params ReadOnlySpan<string> names)
    {
        var terms = new HashSet<string> { OfBody(body), OfCategory(content.Category) };
        foreach (var text in (string?[])[content.Holder.Name, content.Holder.NameEn, content.Scope])
            if (text is not null) terms.UnionWith(Of(Searched(text)));
        terms.UnionWith(Initials(Fold(content.Holder.Name)));
        foreach (var name in names)
        {
            terms.UnionWith(Of(Searched(name)));
            terms.UnionWith(Initials(Fold(name)));
        }
        if (content.Level is { } level) terms.Add(OfLevel(level));
        if (content.Holder.Region is { Length: 6 } region) terms.UnionWith([OfRegion(region[..2]), OfRegion(region[..4]), OfRegion(region)]);
        return terms;
    }

    public static string OfCategory(int no) => $"{Mark}{no}";

    /// <param name="beginning">The first two, four or six digits of a code.</param>
    public static string OfRegion(string beginning) => $"{Mark}r{beginning}";

    public static string OfLevel(string code) => $"{Mark}l{Fold(code)}";

    public static string OfBody(string approvalNumber) => $"{Mark}b{Fold(approvalNumber)}";

    /// <summary>A character beyond the basic plane is cut in two like any pair, and half of it is no text: U+FFFD stands for that in the index.</summary>
    public static string Whole(string term)
    {
        if (!term.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return term;
        var whole = new StringBuilder(term.Length);
        foreach (var rune in term.EnumerateRunes()) whole.Append(rune);
        return whole.ToString();
    }

    /// <summary>The terms of a folded text for the index.</summary>
    public static IEnumerable<string> Of(string folded)
    {
        foreach (var (start, end, length) in Runs(folded))
            for (var i = start; i < end; i++)
                yield return Whole(folded.Substring(i, Math.Min(length, end - i)));
    }

    /// <summary>What a folded piece of text asks of the index: every term, a short last run as a beginning. A short run before another ends in the text where it
    /// ends here, so it is a whole term.</summary>
    public static IEnumerable<(string Term, bool Prefix)> Asked(string folded)
    {
        foreach (var (start, end, length) in Runs(folded))
            if (end - start < length) yield return (Whole(folded[start..end]), end == folded.Length);
            else
                for (var i = start; i + length <= end; i++) yield return (Whole(folded.Substring(i, length)), false);
    }

    /// <summary>The initials of each two neighbouring characters of a folded name, by every reading: 海尔 gives he.</summary>
    private static IEnumerable<string> Initials(string folded)
    {
        for (var i = 0; i + 1 < folded.Length; i++)
            foreach (var (first, second) in Pairs(folded[i], folded[i + 1]))
                yield return OfInitials(first[0], second[0]);
    }

    public static string OfInitials(char first, char second) => $"{Mark}{first}{second}";

    /// <summary>How each two neighbouring characters of a folded name are spelled, by every reading, and the two as they are searched.</summary>
    public static IEnumerable<(string Syllables, string Pair)> Spellings(string folded)
    {
        var searched = Characters.Simplify(folded);
        for (var i = 0; i + 1 < folded.Length; i++)
            foreach (var (first, second) in Pairs(folded[i], folded[i + 1]))
                yield return ($"{first} {second}", searched.Substring(i, 2));
    }

    private static List<(string, string)> Pairs(char a, char b)
    {
        var pairs = new List<(string, string)>(4);
        foreach (var first in Characters.Readings(a))
            foreach (var second in Characters.Readings(b)) pairs.Add((first, second));
        return pairs;
    }

    /// <summary>Runs of one kind: pairs for ideographs and their like, threes for alphabets and digits.</summary>
    private static IEnumerable<(int Start, int End, int Length)> Runs(string folded)
    {
        for (var start = 0; start < folded.Length;)
        {
            var wide = IsWide(folded[start]);
            var end = start + 1;
            while (end < folded.Length && IsWide(folded[end]) == wide) end++;
            yield return (start, end, wide ? 2 : 3);
            start = end;
        }
    }

    /// <summary>Scripts written without spaces: ideographs (surrogates among them), kana, hangul.</summary>
    public static bool IsWide(char c) => c >= '\u2E80' || char.GetUnicodeCategory(c) == UnicodeCategory.OtherLetter && c >= '\u1100' && c <= '\u11FF';
}
