using System.Buffers;
using System.Numerics;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>How many certificates there are of each status, level, category, province and body.</summary>
public sealed class Tally
{
    // One row of numbers: statuses, then pairs of category and level as they stand beside each other in a word, provinces, bodies.
    private const int
        Pairs = 8,
        Provinces = Pairs + (1 << FactWord.PairBits),
        Bodies = Provinces + (1 << FactWord.ProvinceBits),
        End = Bodies + (1 << FactWord.BodyBits);
    private readonly uint[] numbers = new uint[End];

    /// <summary>Of words by their codes, not yet among the numbers above.</summary>
    private uint[] coded = [];
    private WordCodes? codes;

    /// <summary>What is not nought, of a block.</summary>
    public sealed record Sparse(ushort[] Places, ushort[] Numbers);

    public long Total
    {
        get
        {
            var total = 0L;
            foreach (var number in numbers.AsSpan(0, Pairs)) total += number;
            return total;
        }
    }

    public long Of(Status status) => numbers[(int)status];

    public IEnumerable<(int Level, long Number)> OfLevels => Sums(pair => pair & (1 << FactWord.LevelBits) - 1);
    public IEnumerable<(int Category, long Number)> OfCategories => Sums(pair => pair >> FactWord.LevelBits);
    public IEnumerable<(int Province, long Number)> OfProvinces => Some(Provinces, Bodies);
    public IEnumerable<(int Body, long Number)> OfBodies => Some(Bodies, End);

    /// <summary>So many of a status; each is added by its word too.</summary>
    public void Add(Status status, int many) => numbers[(int)status] += (uint)many;

    /// <summary>The word of one, or of one less.</summary>
    public void Add(uint word, int times)
    {
        numbers[Pairs + FactWord.Pair(word)] += (uint)times;
        numbers[Provinces + FactWord.Province(word)] += (uint)times;
        numbers[Bodies + FactWord.Body(word)] += (uint)times;
    }

    /// <summary>The words of those whose bits are set.</summary>
    public void Add(ReadOnlySpan<ulong> map, Block block, int times)
    {
        var ofCode = NumbersOf(block.WordCodes);
        var codesOf = block.Codes;
        var by = (uint)times;
        for (var i = 0; i < map.Length; i++)
        {
            var some = codesOf.Slice(i * 64, 64);
            for (var bits = map[i]; bits != 0; bits &= bits - 1) ofCode[some[BitOperations.TrailingZeroCount(bits)]] += by;
        }
        if (block.Others is not { } others) return;
        foreach (var (place, word) in others)
            if ((map[place >> 6] >> place & 1) != 0) Add(word, times);
    }

    /// <summary>Numbers by the codes of words; what is counted as <see cref="WordCodes.Other"/> is not taken.</summary>
    public Span<uint> NumbersOf(WordCodes wordCodes)
    {
        if (codes != wordCodes || coded.Length < wordCodes.Span)
        {
            Take();
            (codes, coded) = (wordCodes, ArrayPool<uint>.Shared.Rent(wordCodes.Span));
            Array.Clear(coded);
        }
        return coded;
    }

    /// <summary>Puts what was counted by codes among the numbers.</summary>
    private void Take()
    {
        if (codes is null) return;
        var words = codes.Words;
        for (var code = 0; code < Math.Min(words.Length, coded.Length); code++)
            if (coded[code] != 0) Add(words[code], (int)coded[code]);
        ArrayPool<uint>.Shared.Return(coded);
        (codes, coded) = (null, []);
    }

    /// <summary>One that was added by its word bears another level.</summary>
    public void MoveLevel(uint word, int level, int times)
    {
        numbers[Pairs + FactWord.Pair(word)] -= (uint)times;
        numbers[Pairs + FactWord.Pair(FactWord.WithLevel(word, level))] += (uint)times;
    }

    public void Add(Sparse sparse)
    {
        for (var i = 0; i < sparse.Places.Length; i++) numbers[sparse.Places[i]] += sparse.Numbers[i];
    }

    public void Add(Tally other)
    {
        other.Take();
        for (var i = 0; i < numbers.Length; i++) numbers[i] += other.numbers[i];
    }

    public Sparse ToSparse()
    {
        var places = Enumerable.Range(0, End).Where(place => numbers[place] != 0).ToArray();
        return new([.. places.Select(place => (ushort)place)], [.. places.Select(place => (ushort)numbers[place])]);
    }

    private IEnumerable<(int Of, long Number)> Some(int from, int to)
    {
        Take();
        for (var place = from; place < to; place++)
        {
            var next = numbers.AsSpan(place, to - place).IndexOfAnyExcept(0u);
            if (next < 0) yield break;
            place += next;
            yield return (place - from, numbers[place]);
        }
    }

    private IEnumerable<(int Of, long Number)> Sums(Func<int, int> of) =>
        Some(Pairs, Provinces).GroupBy(pair => of(pair.Of), pair => pair.Number, (key, some) => (key, some.Sum())).OrderBy(one => one.key);
}
