using System.Buffers;
using System.Data.Common;
using System.Numerics;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>What a search asks of the index: for each tile a set of certificates.</summary>
public abstract record Condition
{
    /// <summary>How many certificates about; what is rarer is read first.</summary>
    public required double Rows { get; init; }

    /// <summary>Has one of the terms from one on and before another.</summary>
    public sealed record Of(long From, long To) : Condition;

    /// <summary>Is one of these.</summary>
    /// <param name="Ordinals">Ascending.</param>
    public sealed record OneOf(long[] Ordinals) : Condition;

    public sealed record All(Condition[] Parts) : Condition;

    public sealed record Any(Condition[] Parts) : Condition;

    public static readonly Condition Nothing = new OneOf([]) { Rows = 0 };

    public static Condition AllOf(params IReadOnlyList<Condition> parts)
    {
        if (parts is [var one]) return one;
        if (parts.Contains(Nothing)) return Nothing;
        return new All([.. parts.OrderBy(part => part.Rows)]) { Rows = parts.Min(part => part.Rows) };
    }

    public static Condition AnyOf(params IReadOnlyList<Condition> parts) => parts.Where(part => part != Nothing).ToArray() switch
    {
        [] => Nothing,
        [var one] => one,
        var some => new Any(some) { Rows = some.Sum(part => part.Rows) },
    };
}

/// <summary>What a search asks of the facts of a certificate on a day.</summary>
/// <param name="Day">As <see cref="Facts.NumberOf"/>.</param>
public sealed record FactFilter(ushort Day)
{
    public Status? Status { get; init; }
    /// <summary>Number of the level on that day.</summary>
    public int? Level { get; init; }
    public (ushort From, ushort To)? Issued { get; init; }
    public (ushort From, ushort To)? Expires { get; init; }

    public bool IsNone => Status is null && Level is null && Issued is null && Expires is null;

    public bool Keeps(Block.Reading read) =>
        (Status is null || read.Status == Status) && (Level is null || FactWord.Level(read.Word) == Level)
        && (Issued is not var (from, to) || read.Issued >= from && read.Issued <= to)
        && (Expires is not var (first, last) || read.Expires >= first && read.Expires <= last);
}

/// <summary>Certificates of one tile: places, ascending; as a list where they are few, else as a bitmap.</summary>
public sealed class Found(IndexTile tile) : IDisposable
{
    /// <summary>A list where they are fewer than one in this many.</summary>
    private const int Few = 32;

    private int[] list = [];
    private ulong[] map = [];

    public IndexTile Tile { get; } = tile;
    public int Count { get; private set; }
    private bool IsMap => map.Length > 0;

    public ReadOnlySpan<ulong> Map => map.AsSpan(0, IsMap ? Tile.Size / 64 : 0);
    public ReadOnlySpan<int> List => list.AsSpan(0, IsMap ? 0 : Count);

    public void Dispose()
    {
        if (list.Length > 0) ArrayPool<int>.Shared.Return(list);
        if (map.Length > 0) ArrayPool<ulong>.Shared.Return(map);
        (list, map, Count) = ([], [], 0);
    }

    public void Set(ReadOnlySpan<int> places)
    {
        Dispose();
        list = ArrayPool<int>.Shared.Rent(Math.Max(1, places.Length));
        places.CopyTo(list);
        Count = places.Length;
    }

    public void Set(ReadOnlySpan<byte> container)
    {
        Dispose();
        var count = Container.Count(container, Tile.Log);
        if (count < Tile.Size / Few)
        {
            list = ArrayPool<int>.Shared.Rent(Math.Max(1, count));
            Count = Container.List(container, Tile.Log, list);
        }
        else
        {
            map = Cleared();
            Container.Or(container, Tile.Log, map.AsSpan(0, Tile.Size / 64));
            Count = count;
        }
    }

    /// <summary>All of the tile.</summary>
    public void SetAll(int many)
    {
        Dispose();
        map = Cleared();
        for (var word = 0; word < many / 64; word++) map[word] = ulong.MaxValue;
        if (many % 64 > 0) map[many / 64] = (1UL << many % 64) - 1;
        Count = many;
    }

    private ulong[] Cleared()
    {
        var words = ArrayPool<ulong>.Shared.Rent(Tile.Size / 64);
        words.AsSpan(0, Tile.Size / 64).Clear();
        return words;
    }

    /// <summary>Puts these and those of others together.</summary>
    public void Add(ReadOnlySpan<int> places)
    {
        Widen();
        foreach (var place in places) map[place >> 6] |= 1UL << place;
    }

    public void Add(ReadOnlySpan<byte> container)
    {
        Widen();
        Container.Or(container, Tile.Log, map.AsSpan(0, Tile.Size / 64));
    }

    public void Add(Found other)
    {
        if (!other.IsMap) { Add(other.List); return; }
        Widen();
        Container.Or(other.Map, map.AsSpan(0, Tile.Size / 64));
    }

    private void Widen()
    {
        if (IsMap) return;
        var words = Cleared();
        foreach (var place in List) words[place >> 6] |= 1UL << place;
        if (list.Length > 0) ArrayPool<int>.Shared.Return(list);
        (list, map) = ([], words);
    }

    /// <summary>Keeps what a container has.</summary>
    public void Keep(ReadOnlySpan<byte> container)
    {
        var spare = ArrayPool<ulong>.Shared.Rent(Tile.Size / 64);
        if (IsMap) Container.And(container, Tile.Log, map.AsSpan(0, Tile.Size / 64), spare.AsSpan(0, Tile.Size / 64));
        else Count = Container.Filter(container, Tile.Log, list.AsSpan(0, Count), spare.AsSpan(0, Tile.Size / 64));
        ArrayPool<ulong>.Shared.Return(spare);
        Narrow();
    }

    public void Keep(Found other)
    {
        if (!IsMap && other.IsMap) Count = Container.Filter(other.Map, list.AsSpan(0, Count));
        else if (IsMap && other.IsMap) Container.And(other.Map, map.AsSpan(0, Tile.Size / 64));
        else if (IsMap)
        {
            var own = Map.ToArray();
            Set(other.List);
            Count = Container.Filter(own, list.AsSpan(0, Count));
        }
        else
        {
            var kept = 0;
            for (int i = 0, j = 0; i < Count && j < other.Count;)
            {
                var (mine, its) = (list[i], other.list[j]);
                if (mine == its) list[kept++] = mine;
                if (mine <= its) i++;
                if (its <= mine) j++;
            }
            Count = kept;
        }
        Narrow();
    }

    /// <summary>Counts a bitmap, and makes a list of what few are left in it.</summary>
    public void Narrow()
    {
        if (!IsMap) return;
        Count = Container.Count(Map);
        if (Count >= Tile.Size / Few) return;
        var words = map;
        list = ArrayPool<int>.Shared.Rent(Math.Max(1, Count));
        Container.List(words.AsSpan(0, Tile.Size / 64), list);
        map = [];
        ArrayPool<ulong>.Shared.Return(words);
    }

    /// <summary>Keeps what the facts of a day allow, and what is before a place.</summary>
    public void Keep(FactFilter filter, Func<long, Block> blockOf)
    {
        if (filter.IsNone || Count == 0) return;
        if (!IsMap)
        {
            var kept = 0;
            foreach (var place in List)
            {
                var ordinal = Tile.From + place;
                if (filter.Keeps(blockOf(ordinal >> Facts.Log).At((int)ordinal & Facts.Size - 1, filter.Day))) list[kept++] = place;
            }
            Count = kept;
            return;
        }
        Span<ulong> days = stackalloc ulong[Block.Words];
        for (var at = 0; at < Tile.Size / 64; at += Block.Words)
        {
            var words = map.AsSpan(at, Block.Words);
            if (!words.ContainsAnyExcept(0UL)) continue;
            var block = blockOf((Tile.From >> Facts.Log) + at / Block.Words).On(filter.Day);
            if (filter.Status is { } status) Container.And(block.With(status), words);
            foreach (var (ofExpiry, bounds) in ((bool, (ushort, ushort)?)[])[(false, filter.Issued), (true, filter.Expires)])
                if (bounds is var (from, to))
                {
                    block.Within(ofExpiry, from, to, days);
                    Container.And(days, words);
                }
            if (filter.Level is not { } level) continue;
            for (var word = 0; word < words.Length; word++)
                for (var bits = words[word]; bits != 0; bits &= bits - 1)
                {
                    var bit = BitOperations.TrailingZeroCount(bits);
                    if (block.LevelOf(word * 64 + bit) != level) words[word] &= ~(1UL << bit);
                }
        }
        Narrow();
    }

    /// <summary>Whether a place is among them.</summary>
    public bool Has(int place) => IsMap ? (map[place >> 6] >> place & 1) != 0 : List.BinarySearch(place) >= 0;

    /// <summary>The next block that holds some of them, and those as its bits; null at the end.</summary>
    /// <param name="at">0 at first, and then as it was left.</param>
    /// <param name="bits">Of a block.</param>
    public long? NextBlock(ref int at, Span<ulong> bits)
    {
        if (IsMap)
        {
            for (; at < Tile.Size / 64; at += Block.Words)
            {
                if (!Map.Slice(at, Block.Words).ContainsAnyExcept(0UL)) continue;
                Map.Slice(at, Block.Words).CopyTo(bits);
                at += Block.Words;
                return (Tile.From >> Facts.Log) + at / Block.Words - 1;
            }
            return null;
        }
        if (at == Count) return null;
        bits.Clear();
        var block = list[at] >> Facts.Log;
        for (; at < Count && list[at] >> Facts.Log == block; at++) bits[(list[at] & Facts.Size - 1) >> 6] |= 1UL << list[at];
        return (Tile.From >> Facts.Log) + block;
    }

    /// <summary>Leaves only places below one.</summary>
    public void Below(int place)
    {
        if (place >= Tile.Size) return;
        if (!IsMap)
        {
            var at = List.BinarySearch(place);
            Count = at < 0 ? ~at : at;
            return;
        }
        map[place >> 6] &= (1UL << place) - 1;
        map.AsSpan((place >> 6) + 1, Tile.Size / 64 - (place >> 6) - 1).Clear();
        Narrow();
    }

    /// <summary>Adds them to the numbers of a day.</summary>
    public void Tally(ushort day, Func<long, Block> blockOf, Tally tally)
    {
        Span<ulong> bits = stackalloc ulong[Block.Words];
        if (IsMap)
            for (var at = 0; NextBlock(ref at, bits) is { } block;) blockOf(block).On(day).Count(bits, tally);
        else
            foreach (var place in List) blockOf(Tile.From + place >> Facts.Log).AddTo(tally, place & Facts.Size - 1, day);
    }

    /// <summary>Ordinals, the newest first.</summary>
    /// <param name="end">Those below it; all when left out.</param>
    public IEnumerable<long> NewestFirst(long? end = null)
    {
        var places = (int)Math.Clamp((end ?? long.MaxValue) - Tile.From, 0, Tile.Size);
        if (!IsMap)
        {
            var behind = List.BinarySearch(places);
            for (var i = (behind < 0 ? ~behind : behind) - 1; i >= 0; i--) yield return Tile.From + list[i];
            yield break;
        }
        for (var word = (places - 1) >> 6; word >= 0; word--)
        {
            var bits = map[word];
            if (places - word * 64 is var left and < 64) bits &= (1UL << left) - 1;
            while (bits != 0)
            {
                var bit = 63 - BitOperations.LeadingZeroCount(bits);
                bits &= ~(1UL << bit);
                yield return Tile.From + word * 64 + bit;
            }
        }
    }

    /// <summary>Adds ordinals at even distances: of a rank among all (from 0) and of each so many ranks on.</summary>
    /// <returns>The rank that comes next, counted from the end of these.</returns>
    public long Sample(long rank, long step, List<long> ordinals)
    {
        if (!IsMap)
            for (; rank < Count; rank += step) ordinals.Add(Tile.From + list[(int)rank]);
        for (int word = 0, before = 0; word < Map.Length && rank < Count; before += BitOperations.PopCount(map[word]), word++)
            for (; rank < before + BitOperations.PopCount(map[word]); rank += step)
                ordinals.Add(Tile.From + word * 64 + Container.PlaceOf(map[word], (int)rank - before));
        return rank - Count;
    }
}

/// <summary>The search index as it is in one snapshot.</summary>
public sealed class IndexView(IndexReader reader, DbConnection db, long certificates, bool isNewest)
{
    public long Certificates => certificates;

    /// <summary>The tiles, the newest first; certificates that are in none as tiles in memory.</summary>
    public IEnumerable<IndexTile> NewestFirst()
    {
        var (newest, firstInMemory) = (certificates - 1 >> Tiles.Small, Tiles.Sealed(certificates) >> Tiles.Small);
        for (var index = newest; index >= firstInMemory; index--) yield return new(Tiles.Small, index);
        var tiles = Tiles.Of(certificates);
        for (var i = tiles.Count - 1; i >= 0; i--) yield return tiles[i];
    }

    public Block BlockOf(long no) => reader.BlockOf(db, no, isNewest);

    public long SeqOf(long ordinal) => BlockOf(ordinal >> Facts.Log).Seqs[ordinal & Facts.Size - 1];

    /// <summary>The ordinal of a certificate that the snapshot's index holds.</summary>
    public long? OrdinalOf(long seq) => reader.OrdinalOf(db, seq) is { } ordinal && ordinal < certificates ? ordinal : null;

    public long BodySeq(int place) => reader.BodySeq(db, place);

    /// <summary>Those of certificates by their log indexes that the snapshot's index holds, ascending.</summary>
    public long[] OrdinalsOf(IReadOnlyCollection<long> seqs)
    {
        var ordinals = reader.OrdinalsOf(db, Ascending(seqs));
        var end = ordinals.BinarySearch(certificates);
        return [.. end < 0 ? ordinals[..~end] : ordinals[..end]];
    }

    /// <summary>As bits where they are many: to sort a hundred thousand took longer than to find them.</summary>
    private static long[] Ascending(IReadOnlyCollection<long> seqs)
    {
        const int Many = 1024, Sparse = 4096;
        var last = seqs.Count < Many ? 0 : seqs.Max();
        if (seqs.Count < Many || last / Sparse > seqs.Count) return [.. seqs.Order()];
        var (bits, ascending) = (new ulong[last / 64 + 1], new List<long>(seqs.Count));
        foreach (var seq in seqs) bits[seq >> 6] |= 1UL << (int)seq;
        for (var word = 0L; word < bits.Length; word++)
            for (var left = bits[word]; left != 0; left &= left - 1) ascending.Add(word * 64 + BitOperations.TrailingZeroCount(left));
        return [.. ascending];
    }

    /// <summary>Is one of certificates by their log indexes.</summary>
    public Condition Among(IReadOnlyCollection<long> seqs) =>
        OrdinalsOf(seqs) is { Length: > 0 } ordinals ? new Condition.OneOf(ordinals) { Rows = ordinals.Length } : Condition.Nothing;

    /// <summary>Has a term from one on and before another; about how many do is read from the file, and what is in no tile counts as
    /// few.</summary>
    public Condition Having(long from, long to)
    {
        const string Several = "SELECT sum(n) FROM term WHERE term >= @from AND term < @to";
        var known = to == from + 1 ? db.Ask<long?>("SELECT n FROM term WHERE term = @term", row => row.GetInt64(0), from)
            : db.Ask(Several, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), from, to);
        return new Condition.Of(from, to) { Rows = known ?? 0 };
    }

    public Condition Has(long term) => Having(term, term + 1);

    /// <summary>The certificates of a tile for which a condition holds.</summary>
    public Found Evaluate(Condition? condition, IndexTile tile)
    {
        var found = new Found(tile);
        if (condition is null) found.SetAll((int)Math.Min(tile.Size, certificates - tile.From));
        else
        {
            Set(found, condition);
            // A snapshot may be older than the memory.
            if (certificates - tile.From < tile.Size) found.Below((int)(certificates - tile.From));
        }
        return found;
    }

    private void Set(Found found, Condition condition)
    {
        switch (condition)
        {
            case Condition.Of of when reader.TailOf(found.Tile) is { } tail:
                if (of.To == of.From + 1) found.Set(tail.Places(of.From));
                else
                {
                    found.Set((ReadOnlySpan<int>)[]);
                    foreach (var term in tail.Terms(of.From, of.To)) found.Add(tail.Places(term));
                    found.Narrow();
                }
                break;
            case Condition.Of { Rows: 0 }:
                found.Set((ReadOnlySpan<int>)[]);
                break;
            case Condition.Of of when of.To == of.From + 1:
                if (reader.ContainerOf(db, found.Tile, of.From, isNewest) is { } container) found.Set(container.AsSpan());
                else found.Set((ReadOnlySpan<int>)[]);
                break;
            case Condition.Of of:
                found.Set((ReadOnlySpan<int>)[]);
                foreach (var bits in TileStore.Range(db, found.Tile, of.From, of.To)) found.Add(bits.AsSpan());
                found.Narrow();
                break;
            case Condition.OneOf one:
                var (from, to) = (Place(one.Ordinals, found.Tile.From), Place(one.Ordinals, found.Tile.From + found.Tile.Size));
                found.Set(one.Ordinals[from..to].Select(ordinal => (int)(ordinal - found.Tile.From)).ToArray().AsSpan());
                break;
            case Condition.All all:
                Set(found, all.Parts[0]);
                for (var i = 1; i < all.Parts.Length && found.Count > 0; i++) Keep(found, all.Parts[i]);
                break;
            case Condition.Any any:
                found.Set((ReadOnlySpan<int>)[]);
                foreach (var part in any.Parts)
                {
                    using var more = new Found(found.Tile);
                    Set(more, part);
                    if (more.Count > 0) found.Add(more);
                }
                found.Narrow();
                break;
        }
    }

    private void Keep(Found found, Condition condition)
    {
        if (condition is Condition.Of { Rows: > 0 } of && of.To == of.From + 1 && reader.TailOf(found.Tile) is null)
        {
            if (reader.ContainerOf(db, found.Tile, of.From, isNewest) is { } container) found.Keep(container.AsSpan());
            else found.Set((ReadOnlySpan<int>)[]);
            return;
        }
        using var other = new Found(found.Tile);
        Set(other, condition);
        found.Keep(other);
    }

    private static int Place(long[] ordinals, long from) => Array.BinarySearch(ordinals, from) is var at && at < 0 ? ~at : at;
}
