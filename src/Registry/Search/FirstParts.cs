using System.Numerics;

namespace Registry.Search;

/// <summary>
/// The candidates that come first by the parts of the order of names: as many as are wanted, and what else the last part of these holds.
/// Each is compared with the last part that is still wanted, of a bitmap sixteen at a time, and that part moves forward as candidates are
/// found: what lies behind it costs next to nothing, wherever in the order a page begins.
/// </summary>
/// <param name="parts">The order.</param>
/// <param name="first">The part to begin with.</param>
/// <param name="wanted">Candidates.</param>
internal sealed class FirstParts(NameParts parts, int first, int wanted)
{
    /// <summary>So many are let go together when they have turned out to lie behind the last part.</summary>
    private const int Together = 4096;

    private readonly int[] counts = new int[parts.Count];
    private readonly List<(long Ordinal, int Part)> some = [];
    /// <summary>The last part that is wanted, and candidates up to it.</summary>
    private int last = parts.Count - 1, many;

    /// <summary>Takes in the candidates of a tile.</summary>
    public void Add(Found found)
    {
        foreach (var place in found.List)
            if (parts[found.Tile.From + place] is var part && part >= first && part <= last) Add(found.Tile.From + place, part);
        if (found.Map.IsEmpty) return;
        Span<ulong> bits = stackalloc ulong[Block.Words];
        for (var at = 0; found.NextBlock(ref at, bits) is { } no;)
        {
            parts.Keep(no, first, last, bits);
            for (var word = 0; word < bits.Length; word++)
                for (var left = bits[word]; left != 0; left &= left - 1)
                {
                    var ordinal = no * Facts.Size + word * 64 + BitOperations.TrailingZeroCount(left);
                    Add(ordinal, parts[ordinal]);
                }
        }
    }

    private void Add(long ordinal, int part)
    {
        if (part > last) return;
        some.Add((ordinal, part));
        counts[part]++;
        many++;
        while (last > first && many - counts[last] >= wanted) many -= counts[last--];
        if (some.Count - many > Together) some.RemoveAll(one => one.Part > last);
    }

    /// <summary>The candidates of the first parts that have any; of one alone where two hold more than can be read.</summary>
    /// <param name="most">That can be read at once.</param>
    /// <returns>Ordinals, the first of their parts, and the part behind the last of these; nothing at the end.</returns>
    public (long[] Some, int Begin, int End) Take(int most)
    {
        var begin = first;
        while (begin <= last && counts[begin] == 0) begin++;
        var (end, chosen) = (begin, 0);
        while (end <= last && (end == begin || chosen + counts[end] <= most)) chosen += counts[end++];
        return ([.. some.Where(one => one.Part < end).Select(one => one.Ordinal)], begin, end);
    }
}
