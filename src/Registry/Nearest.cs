namespace Registry;

/// <summary>What somebody may have meant by a name that there is none of.</summary>
public static class Nearest
{
    /// <summary>Longer texts are no slip of a name: comparing them would be work for nobody.</summary>
    private const int Longest = 64;

    /// <summary>The name that takes the fewest keystrokes to mend it to, capitals not counted; null when it would be another word
    /// altogether.</summary>
    public static string? Of(string typed, IEnumerable<string> names)
    {
        if (typed.Length is 0 or > Longest) return null;
        int StepsTo(string name) => Steps(typed.ToLowerInvariant(), name.ToLowerInvariant());
        var (near, steps) = names.Select(name => (Name: name, Steps: StepsTo(name))).OrderBy(name => name.Steps).FirstOrDefault();
        if (near is null) return null;
        // A third of the letters may be wrong, never all; or it is the beginning or the end of one name.
        var most = Math.Min(Math.Max(1, Math.Max(typed.Length, near.Length) / 3), typed.Length - 1);
        return steps <= most ? near : Part(typed, names);
    }

    /// <summary>The end of a sentence that says there is no such name: the one that is meant, or all there are.</summary>
    public static Text Hint(string typed, IReadOnlyCollection<string> names)
    {
        if (Of(typed, names) is { } near) return new($"，是否指 {near}？", $"; did you mean {near}?");
        if (names.Count == 0) return new("。", ".");
        var all = string.Join(", ", names);
        return new($"，可用的有：{all}。", $"; there are: {all}.");
    }

    private static string? Part(string typed, IEnumerable<string> names)
    {
        const int fewest = 3;
        var holding = names.Where(name => Holds(name, typed) || Holds(typed, name)).Take(2).ToList();
        return holding is [var only] ? only : null;

        static bool Holds(string whole, string part) => part.Length >= fewest && whole.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Letters left out, added, replaced or swapped with their neighbour (Damerau and Levenshtein, optimal string
    /// alignment).</summary>
    private static int Steps(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= to.Length; j++) table[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i < 2 || j < 2) continue;
                var isSwapped = from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if (isSwapped) table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        return table[from.Length, to.Length];
    }
}
