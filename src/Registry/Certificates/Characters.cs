namespace Registry.Certificates;

/// <summary>What Unihan tells of a character: its readings and its simplified form (db/reference/pinyin.csv and simplified.csv).</summary>
public static class Characters
{
    private const int First = 0x3400, Last = 0x9FFF;
    private static readonly
        (string[][] Readings, char[] Simplified, Dictionary<string, string> Syllables, HashSet<string> Beginnings) data = Load();

    /// <summary>Every reading in use, without tones, ü written v; none for what is no ideograph.</summary>
    public static ReadOnlySpan<string> Readings(char c) => c is >= (char)First and <= (char)Last ? data.Readings[c - First] : [];

    public static bool IsSyllable(string letters) => data.Syllables.ContainsKey(letters);

    /// <summary>The simplified characters read so.</summary>
    public static string Of(string syllable) => data.Syllables.GetValueOrDefault(syllable, "");

    /// <summary>Whether a syllable begins so.</summary>
    public static bool BeginsSyllable(string letters) => data.Beginnings.Contains(letters);

    /// <summary>Traditional characters by their simplified forms; the length stays. Two that share a form (乾, 幹: 干) are one afterwards,
    /// so this is for finding, never for telling names apart.</summary>
    public static string Simplify(string text)
    {
        foreach (var c in text)
            if (Simplify(c) != c)
                return string.Create(text.Length, text, static (span, text) =>
                {
                    for (var i = 0; i < text.Length; i++) span[i] = Simplify(text[i]);
                });
        return text;
    }

    private static char Simplify(char c) => c is >= (char)First and <= (char)Last ? data.Simplified[c - First] : c;

    private static (string[][], char[], Dictionary<string, string>, HashSet<string>) Load()
    {
        var readings = new string[Last - First + 1][];
        Array.Fill(readings, []);
        // Syllables without a vowel (嗯 n, 噷 hm) stand in no name, and every consonant of an abbreviation would read as one.
        var rows = Catalogue.Rows("pinyin.csv").Where(row => row[0].AsSpan().IndexOfAny("aeiouv") >= 0).ToArray();
        foreach (var row in rows)
            foreach (var c in row[1]) readings[c - First] = [.. readings[c - First], row[0]];
        var simplified = new char[Last - First + 1];
        for (var i = 0; i < simplified.Length; i++) simplified[i] = (char)(First + i);
        foreach (var row in Catalogue.Rows("simplified.csv"))
            foreach (var form in row[1]) simplified[form - First] = row[0][0];
        string SimplifiedOf(string forms) => string.Concat(forms.Select(c => simplified[c - First]).Distinct());
        var beginnings = rows.SelectMany(row => Enumerable.Range(1, row[0].Length).Select(n => row[0][..n]));
        return (readings, simplified, rows.ToDictionary(row => row[0], row => SimplifiedOf(row[1])), [.. beginnings]);
    }
}
