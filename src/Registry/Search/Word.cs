using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// One word of a query and all it may mean: a piece of the text; the beginning of a number or code; a name's pinyin, whole or by its
/// initials. The index may be read for any part of this; what a row must hold is decided here.
/// </summary>
public sealed record Word
{
    private const int MaxLetters = 40, MaxSpellings = 16, MaxInitials = 12;

    /// <summary>Folded and simplified.</summary>
    public required string Text { get; init; }
    /// <summary>The beginning of a number or code, stripped, upper case; null where the word holds more than Latin letters, digits and
    /// signs.</summary>
    public string? Code { get; init; }
    /// <summary>The ways to read the word as pinyin, each a row of syllables; of a word still being typed the last may be a
    /// beginning.</summary>
    public string[][] Spellings { get; init; } = [];
    /// <summary>The word as initials of two characters or more.</summary>
    public bool IsInitials { get; init; }

    /// <summary>The words of a text, each once. Syllables that stand apart (hai er) are one word.</summary>
    public static Word[] Split(string text)
    {
        var words = new List<string>();
        var joins = false;
        foreach (var typed in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var syllable = Letters(PlainText.Fold(typed)) is { } letters && Characters.IsSyllable(letters);
            if (syllable && joins) words[^1] += typed;
            else words.Add(typed);
            joins = syllable;
        }
        return [.. words.Select(Of).OfType<Word>().DistinctBy(word => (word.Text, word.Code))];
    }

    private static Word? Of(string typed)
    {
        var folded = PlainText.Fold(typed);
        if (folded.Length == 0) return null;
        var normalised = folded.All(char.IsAscii) ? CertificateNumber.Normalise(typed) : null;
        var code = normalised is null ? null : CertificateNumber.Stripped(normalised);
        var letters = Letters(folded);
        return new()
        {
            Text = Characters.Simplify(folded),
            Code = code is { Length: > 0 } && code.All(char.IsAscii) ? code : null,
            Spellings = letters is null ? [] : Spell(letters),
            // No syllable begins with i, u or v.
            IsInitials = letters is { Length: >= 2 and <= MaxInitials } && letters.AsSpan().IndexOfAny("iuv") < 0,
        };
    }

    /// <summary>The word in the letters of a keyboard; null when it holds anything else.</summary>
    private static string? Letters(string folded)
    {
        var letters = folded.Replace('ü', 'v');
        return letters.Length <= MaxLetters && letters.All(char.IsAsciiLetterLower) ? letters : null;
    }

    /// <summary>The readings in whole syllables; those whose last is only begun where there is none.</summary>
    private static string[][] Spell(string letters)
    {
        var all = Divide(letters).Take(MaxSpellings).ToArray();
        var whole = all.Where(syllables => syllables.Length == 1 || !IsBeginning(syllables[^1])).ToArray();
        return whole.Length > 0 ? whole : all;
    }

    /// <summary>Every division into syllables, longest first. One syllable alone has to be whole.</summary>
    private static IEnumerable<string[]> Divide(string letters, int from = 0, int before = 0)
    {
        for (var length = Math.Min(6, letters.Length - from); length > 0; length--)
        {
            var part = letters.Substring(from, length);
            if (from + length == letters.Length)
            {
                if (Characters.IsSyllable(part) || before > 0 && Characters.BeginsSyllable(part)) yield return [part];
            }
            else if (Characters.IsSyllable(part))
                foreach (var rest in Divide(letters, from + length, before + 1)) yield return [part, .. rest];
        }
    }

    public bool InText(string searched) => searched.Contains(Text, StringComparison.Ordinal);

    /// <summary>Whether a name is spelled so. <paramref name="folded"/> is not simplified: 乾 is read as itself, not as 干.</summary>
    public bool Spells(string folded)
    {
        if (Spellings.Length == 0 && !IsInitials) return false;
        for (var start = 0; start < folded.Length; start++)
        {
            if (Characters.Readings(folded[start]).Length == 0) continue;
            foreach (var syllables in Spellings)
                if (Reads(folded, start, syllables)) return true;
            if (IsInitials && Abbreviates(folded, start)) return true;
        }
        return false;
    }

    private static bool Reads(string folded, int start, string[] syllables)
    {
        if (start + syllables.Length > folded.Length) return false;
        for (var i = 0; i < syllables.Length; i++)
        {
            var mayGoOn = i > 0 && i == syllables.Length - 1 && IsBeginning(syllables[i]);
            if (!Read(folded[start + i], syllables[i], mayGoOn)) return false;
        }
        return true;
    }

    /// <summary>Whether the last syllable of several may go on: it is none yet, or a single letter (e of er).</summary>
    public static bool IsBeginning(string last) => last.Length == 1 || !Characters.IsSyllable(last);

    private static bool Read(char c, string syllable, bool beginning)
    {
        foreach (var reading in Characters.Readings(c))
            if (beginning ? reading.StartsWith(syllable, StringComparison.Ordinal) : reading == syllable) return true;
        return false;
    }

    private bool Abbreviates(string folded, int start)
    {
        if (start + Text.Length > folded.Length) return false;
        for (var i = 0; i < Text.Length; i++)
        {
            var found = false;
            foreach (var reading in Characters.Readings(folded[start + i])) found |= reading[0] == Text[i];
            if (!found) return false;
        }
        return true;
    }

    /// <param name="code">A number, credit code or organisation code, normalised.</param>
    public bool Begins(string code)
    {
        if (Code is not { } beginning || code.Length < beginning.Length || code[0] != beginning[0]) return false;
        return CertificateNumber.Stripped(code).StartsWith(beginning, StringComparison.Ordinal);
    }
}

/// <summary>The texts of a certificate as they are searched. A column is read, and folded, when a word asks for it.</summary>
/// <param name="column">Reads 2 the folded name, 3 the English name, 4 the scope, 5 the normalised number, 6 the credit code, 7 the names
/// of other days in lines.</param>
public sealed class RowText(Func<int, string?> column)
{
    private string? name, searched, english, englishSearched, scope;
    private string[]? names;

    private string Name => name ??= column(2)!;
    private string Searched => searched ??= Characters.Simplify(Name);
    private string English => english ??= column(3) is { } text ? PlainText.Fold(text) : "";
    private string EnglishSearched => englishSearched ??= Characters.Simplify(English);
    private string Scope => scope ??= Terms.Searched(column(4)!);

    private string[] Names => names ??= column(7) is { } lines ? [.. lines.Split('\n').Select(PlainText.Fold)] : [];

    public bool Holds(Word word) => InHolder(word) || InScope(word) || word.Code is not null && IsCode(word);

    public bool InHolder(Word word) => word.InText(Searched) || word.InText(EnglishSearched) || word.Spells(Name) || word.Spells(English)
        || Names.Any(other => word.InText(Characters.Simplify(other)) || word.Spells(other));

    public bool InScope(Word word) => word.InText(Scope);

    private bool IsCode(Word word) => word.Begins(column(5)!)
        || column(6) is { } uscc && (word.Begins(uscc) || word.Begins(SocialCreditCode.OrganisationCode(uscc)));
}
