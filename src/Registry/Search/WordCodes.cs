namespace Registry.Search;

/// <summary>
/// The different words of facts that are in memory by codes of 16 bits, in the order in which they were met: ten million certificates have
/// some ten thousand of them. A column is half as long so, and a hit is counted by one number in place of three. Where more are met than
/// there are codes, the rest share one and their blocks keep the words themselves.
/// </summary>
/// <param name="most">Codes beside that one; tests take few.</param>
public sealed class WordCodes(int most = WordCodes.Other)
{
    /// <summary>Of all words that have no code of their own.</summary>
    public const ushort Other = ushort.MaxValue;

    private readonly Dictionary<uint, ushort> codes = [];
    private uint[] words = new uint[256];
    private int count;

    /// <summary>The words by their codes; whoever has a block has those of its codes.</summary>
    public ReadOnlySpan<uint> Words
    {
        get
        {
            var known = Volatile.Read(ref count);
            return Volatile.Read(ref words).AsSpan(0, known);
        }
    }

    /// <summary>Numbers to count all codes by.</summary>
    public int Span => Words.Length is var known && known < most ? known : Other + 1;

    /// <summary>The codes of some words.</summary>
    public void Of(ReadOnlySpan<uint> some, Span<ushort> to)
    {
        lock (codes)
            for (var i = 0; i < some.Length; i++) to[i] = codes.TryGetValue(some[i], out var known) ? known : Next(some[i]);
    }

    private ushort Next(uint word)
    {
        if (count == most) return Other;
        if (count == words.Length)
        {
            var more = words;
            Array.Resize(ref more, words.Length * 2);
            Volatile.Write(ref words, more);
        }
        words[count] = word;
        codes[word] = (ushort)count;
        Volatile.Write(ref count, count + 1);
        return (ushort)(count - 1);
    }
}
