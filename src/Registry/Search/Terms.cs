using System.Globalization;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// The one cutting of text, for the index and for the query. Ideographs are cut into pairs, everything else that counts (letters and
/// digits of other scripts) into runs of three; the ends of a run are kept shorter, so that a piece of any length is the beginning of a
/// term; and where one kind meets the other, the two characters on either side. Beside the text stand the initials of the name, in pairs,
/// the beginnings of its number and codes, and the values that are filtered by.
/// A term is a number of 48 bits. Of text it is up to three UTF-16 units in their order, so that what begins alike stands together; folded
/// text begins with a letter or digit, so smaller first units tell the other kinds apart.
/// </summary>
public static class Terms
{
    /// <summary>What a term is that is no piece of text: its first unit. The numbers are in files: they never change.</summary>
    private enum Kind
    {
        Category = 1, Region = 2, Level = 3, Body = 4, Initials = 5, Number = 6, Uscc = 7, OrganisationCode = 8, Syllable = 9,
    }

    private const int UnitBits = 16, Units = 3;

    /// <summary>Beginnings of numbers and codes up to this length are terms: of what begins so there are too many to list.</summary>
    public const int MaxBeginning = 4;

    private static long Of(Kind kind, long value) => (long)kind << (Units - 1) * UnitBits | value & 0xFFFF_FFFF;

    /// <summary>The term of a piece of folded text, three units at most.</summary>
    public static long OfText(ReadOnlySpan<char> piece)
    {
        var term = 0L;
        for (var i = 0; i < Units; i++) term = term << UnitBits | (i < piece.Length ? piece[i] : 0u);
        return term;
    }

    /// <summary>The first term that no longer begins with a piece of text.</summary>
    public static long Behind(ReadOnlySpan<char> piece) => OfText(piece) + (1L << (Units - piece.Length) * UnitBits);

    /// <summary>The first unit of a term.</summary>
    public static char FirstUnit(long term) => (char)(term >> (Units - 1) * UnitBits);

    /// <summary>Folded, and traditional characters by their simplified forms: what is searched.</summary>
    public static string Searched(string text) => Characters.Simplify(PlainText.Fold(text));

    /// <summary>Every term of a certificate, each once, but that of its body.</summary>
    /// <param name="content">What it reads.</param>
    /// <param name="names">Names its holder bears or bore beside the one it reads.</param>
    public static HashSet<long> Of(CertificateContent content, IEnumerable<string>? names = null)
    {
        var terms = new HashSet<long>(96) { OfCategory(content.Category) };
        foreach (var name in (IEnumerable<string>)[content.Holder.Name, .. names ?? []])
        {
            AddText(terms, Searched(name));
            AddReadings(terms, PlainText.Fold(name));
        }
        // Read as every other name, whatever stands in it: names of other days are kept without a word on their language.
        if (content.Holder.NameEn is { } english)
        {
            AddText(terms, Searched(english));
            AddReadings(terms, PlainText.Fold(english));
        }
        AddText(terms, Searched(content.Scope));
        if (content.Level is { } level) terms.Add(OfLevel(level));
        if (content.Holder.Region is { Length: 6 } region)
            for (var digits = 2; digits <= region.Length; digits += 2) terms.Add(OfRegion(region[..digits]));
        AddBeginnings(terms, Kind.Number, CertificateNumber.Normalise(content.Number)!);
        if (content.Holder.Uscc is { } uscc)
        {
            AddBeginnings(terms, Kind.Uscc, uscc);
            AddBeginnings(terms, Kind.OrganisationCode, SocialCreditCode.OrganisationCode(uscc));
        }
        return terms;
    }

    public static long OfCategory(int no) => Of(Kind.Category, no);

    /// <param name="beginning">The first two, four or six digits of a code.</param>
    public static long OfRegion(string beginning) => Of(Kind.Region, Hash(beginning));

    public static long OfLevel(string code) => Of(Kind.Level, Hash(code));

    /// <param name="seq">Log index of the statement that admitted it.</param>
    public static long OfBody(long seq) => Of(Kind.Body, seq);

    /// <summary>The terms that a beginning of a number or code is, stripped: one of them is there where it is; none where it is too long to
    /// be a term.</summary>
    public static long[] OfBeginning(string code)
    {
        if (code.Length > MaxBeginning) return [];
        var hash = Hash(code);
        return [Of(Kind.Number, hash), Of(Kind.Uscc, hash), Of(Kind.OrganisationCode, hash)];
    }

    /// <summary>Of few different words or beginnings (a test compares all there are), so none is met twice.</summary>
    private static uint Hash(ReadOnlySpan<char> text)
    {
        const uint Offset = 2166136261, Prime = 16777619; // FNV-1a
        var hash = Offset;
        foreach (var c in text) hash = (hash ^ c) * Prime;
        return hash;
    }

    private static void AddBeginnings(HashSet<long> terms, Kind kind, string code)
    {
        var stripped = CertificateNumber.Stripped(code);
        if (stripped.Length == 0 || stripped[0] != code[0]) return; // begins with a sign: nobody types it without
        for (var length = 1; length <= Math.Min(MaxBeginning, stripped.Length); length++)
            terms.Add(Of(kind, Hash(stripped.AsSpan(0, length))));
    }

    /// <summary>The terms of a folded text for the index.</summary>
    public static void AddText(HashSet<long> terms, string folded)
    {
        foreach (var (start, end, length) in Runs(folded))
        {
            for (var i = start; i < end; i++) terms.Add(OfText(folded.AsSpan(i, Math.Min(length, end - i))));
            if (end < folded.Length) terms.Add(OfText(folded.AsSpan(end - 1, 2)));
        }
    }

    /// <summary>What a folded piece of text asks of the index: every term, a short last run as a beginning (up to the term behind it). A
    /// short run before another ends in the text where it ends here, so it is a whole term. A single term is the whole question: no term is
    /// left out but where the others say the same.</summary>
    public static List<(long From, long To)> Asked(string folded)
    {
        var asked = new List<(long From, long To)>();
        void One(ReadOnlySpan<char> piece) => asked.Add((OfText(piece), OfText(piece) + 1));
        foreach (var (start, end, length) in Runs(folded))
        {
            // A single character is told by the term where it meets its neighbour.
            if (end - start > 1 || folded.Length == 1) Run(start, end, length);
            if (end < folded.Length) One(folded.AsSpan(end - 1, 2));
        }
        return asked;

        void Run(int start, int end, int length)
        {
            var run = folded.AsSpan(start, end - start);
            if (run.Length >= length)
                for (var i = 0; i + length <= run.Length; i++) One(run.Slice(i, length));
            else if (end < folded.Length) One(run);
            else asked.Add((OfText(run), Behind(run)));
        }
    }

    /// <summary>How the characters of a folded name are read, by every reading: the syllables, and the initials of each two neighbours (海尔
    /// gives he).</summary>
    private static void AddReadings(HashSet<long> terms, string folded)
    {
        for (var i = 0; i < folded.Length; i++)
            foreach (var first in Characters.Readings(folded[i]))
            {
                terms.Add(OfSyllable(first));
                if (i + 1 == folded.Length) continue;
                foreach (var second in Characters.Readings(folded[i + 1])) terms.Add(OfInitials(first[0], second[0]));
            }
    }

    public static long OfInitials(char first, char second) => Of(Kind.Initials, (long)first << UnitBits | second);

    /// <param name="syllable">Six Latin letters at most.</param>
    public static long OfSyllable(string syllable)
    {
        const int LetterBits = 5;
        var value = 0L;
        foreach (var letter in syllable) value = value << LetterBits | (uint)(letter - 'a' + 1);
        return Of(Kind.Syllable, value);
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
    public static bool IsWide(char c) =>
        c >= '\u2E80' || char.GetUnicodeCategory(c) == UnicodeCategory.OtherLetter && c is >= '\u1100' and <= '\u11FF';
}
