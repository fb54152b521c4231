using System.Globalization;
using System.Text;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// The one cutting of text, for the index and for the query. Ideographs are cut into pairs, everything else that counts (letters and
/// digits of other scripts) into runs of three; the ends of a run are kept shorter, so that a piece of any length is the beginning of a
/// term. Codes (certificate number, credit code, organisation code) are whole terms with a prefix of their own.
/// </summary>
public static class Terms
{
    /// <summary>Marks the terms that are whole codes: a private-use character no text contains after folding.</summary>
    public const char CodeMark = '\uE001';

    /// <summary>Compatibility forms unified (full width, half width), lower case, and only letters and digits left: brackets, spaces and
    /// punctuation do not tell names apart.</summary>
    public static string Fold(string text)
    {
        if (!CertificateNumber.WellFormed(text)) return "";
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune)) folded.Append(Rune.ToLowerInvariant(rune));
        return folded.ToString();
    }

    /// <summary>The terms of a folded text for the index.</summary>
    public static IEnumerable<string> Of(string folded)
    {
        foreach (var (start, end, length) in Runs(folded))
            for (var i = start; i < end; i++)
                yield return folded.Substring(i, Math.Min(length, end - i));
    }

    /// <summary>What a folded piece of text asks of the index: every term, the last of each run as a beginning where it is short.</summary>
    public static IEnumerable<(string Term, bool Prefix)> Asked(string folded)
    {
        foreach (var (start, end, length) in Runs(folded))
            if (end - start < length) yield return (folded[start..end], true);
            else
                for (var i = start; i + length <= end; i++) yield return (folded.Substring(i, length), false);
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
    private static bool IsWide(char c) => c >= '\u2E80' || char.GetUnicodeCategory(c) == UnicodeCategory.OtherLetter && c >= '\u1100' && c <= '\u11FF';
}
