using System.Buffers;
using System.Numerics;
using Registry.Certificates;

namespace Registry.Search;

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

    /// <param name="ordinals">Of the tile, ascending.</param>
    public void Set(ReadOnlySpan<long> ordinals)
    {
        Dispose();
        list = ArrayPool<int>.Shared.Rent(Math.Max(1, ordinals.Length));
        for (var i = 0; i < ordinals.Length; i++) list[i] = (int)(ordinals[i] - Tile.From);
        Count = ordinals.Length;
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
        if (Count == 0)
        {
            (list, map, Count, other.list, other.map, other.Count) = (other.list, other.map, other.Count, list, map, 0);
            return;
        }
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

    /// <summary>Keeps what the facts of a day allow.</summary>
    public void Keep(FactFilter filter, Func<long, Block> blockOf)
    {
        if (filter.IsNone || Count == 0) return;
        if (IsMap) KeepOfMap(filter, blockOf);
        else KeepOfList(filter, blockOf);
    }

    private void KeepOfList(FactFilter filter, Func<long, Block> blockOf)
    {
        var kept = 0;
        for (var at = 0; NextOfList(ref at) is { IsEmpty: false } some;)
        {
            var many = BlockAt(some[0], blockOf).On(filter.Day).Keep(filter, some);
            some[..many].CopyTo(list.AsSpan(kept));
            kept += many;
        }
        Count = kept;
    }

    /// <summary>Those of the list that are in the next block; none at the end.</summary>
    /// <param name="at">0 at first, and then as it was left.</param>
    internal Span<int> NextOfList(ref int at)
    {
        var from = at;
        while (at < Count && list[at] >> Facts.Log == list[from] >> Facts.Log) at++;
        return list.AsSpan(from, at - from);
    }

    private Block BlockAt(int place, Func<long, Block> blockOf) => blockOf(Tile.From + place >> Facts.Log);

    private void KeepOfMap(FactFilter filter, Func<long, Block> blockOf)
    {
        Span<ulong> room = stackalloc ulong[Block.Words];
        for (var at = 0; at < Tile.Size / 64; at += Block.Words)
        {
            var words = map.AsSpan(at, Block.Words);
            if (!words.ContainsAnyExcept(0UL)) continue;
            var on = BlockAt(at * 64, blockOf).On(filter.Day);
            if (filter.Status is { } status) Container.And(on.With(status, words, room), words);
            if (filter.Issued is var (issuedFrom, issuedTo)) on.KeepWithin(ofExpiry: false, issuedFrom, issuedTo, words);
            if (filter.Expires is var (expiresFrom, expiresTo)) on.KeepWithin(ofExpiry: true, expiresFrom, expiresTo, words);
            if (filter.Level is not { } level) continue;
            on.WithLevel(level, room);
            Container.And(room, words);
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
    /// <param name="day">The day.</param>
    /// <param name="all">The status that all of them have, where that is known.</param>
    /// <param name="blockOf">The block of a number.</param>
    /// <param name="tally">The numbers.</param>
    public void Tally(AskedDay day, Status? all, Func<long, Block> blockOf, Tally tally)
    {
        Span<ulong> bits = stackalloc ulong[Block.Words];
        if (IsMap)
        {
            for (var at = 0; NextBlock(ref at, bits) is { } block;) blockOf(block).On(day).Count(bits, all, tally);
            return;
        }
        for (var at = 0; NextOfList(ref at) is { IsEmpty: false } some;)
            BlockAt(some[0], blockOf).On(day).Count(some, all, tally);
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
