using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Registry.Search;

/// <summary>
/// Ascending values in two parts: the low bits of each as they are, and of the high bits how far each is from the one before, as that
/// many zeros and a one. Nothing smaller can be read from its middle: 2 bits a value and those of the mean gap.
/// </summary>
internal readonly ref struct EliasFano
{
    /// <summary>Against a list this many times shorter, values are looked for one by one.</summary>
    private const int ManyTimes = 4;

    /// <summary>Together fewer than one in so many ordinals of the tile, and values are compared side by side.</summary>
    private const int FewOfBitmap = 256;

    private readonly ReadOnlySpan<byte> low, high;
    private readonly int lowBits, universe;

    public readonly int Count;

    public EliasFano(ReadOnlySpan<byte> container, int log)
    {
        var at = 1;
        Count = Container.ReadVarint(container, ref at);
        universe = 1 << log;
        if (Count > universe) throw Container.Damaged();
        lowBits = LowBits(Count, log);
        var lowBytes = LowBytes(Count, log);
        if (container.Length != at + lowBytes + HighBytes(Count, log)) throw Container.Damaged();
        low = container.Slice(at, lowBytes);
        high = container[(at + lowBytes)..];
    }

    private static int LowBits(int count, int log) => count < 2 ? log : log - (32 - BitOperations.LeadingZeroCount((uint)count - 1));

    private static int LowBytes(int count, int log) => (int)(((long)count * LowBits(count, log) + 7) / 8);

    private static int HighBytes(int count, int log) => (count + (1 << log - LowBits(count, log)) + 7) / 8;

    public static int Bytes(int count, int log) => 1 + Container.VarintBytes(count) + LowBytes(count, log) + HighBytes(count, log);

    public static int Encode(ReadOnlySpan<int> set, int log, Span<byte> to)
    {
        var (at, bits) = (Container.WriteVarint(to, 1, set.Length), LowBits(set.Length, log));
        var (lowBytes, highBytes) = (LowBytes(set.Length, log), HighBytes(set.Length, log));
        var low = to.Slice(at, lowBytes);
        var high = to.Slice(at + lowBytes, highBytes);
        high.Clear();
        var (waiting, held, written) = (0UL, 0, 0);
        for (var i = 0; i < set.Length; i++)
        {
            var turned = (set[i] >> bits) + i;
            high[turned >> 3] |= (byte)(1 << (turned & 7));
            waiting |= (ulong)(set[i] & (1 << bits) - 1) << held;
            for (held += bits; held >= 8; held -= 8, waiting >>= 8) low[written++] = (byte)waiting;
        }
        if (held > 0) low[written] = (byte)waiting;
        return at + lowBytes + highBytes;
    }

    /// <summary>Eight bytes from a place on; zeros beyond the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> bytes, int at) =>
        bytes.Length - at >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) : LastWord(bytes, at);

    private static ulong LastWord(ReadOnlySpan<byte> bytes, int at)
    {
        var word = 0UL;
        for (var i = 0; at + i < bytes.Length; i++) word |= (ulong)bytes[at + i] << 8 * i;
        return word;
    }

    private int LowAt(int index)
    {
        var bit = (long)index * lowBits;
        return (int)(Word(low, (int)(bit >> 3)) >> (int)(bit & 7)) & (1 << lowBits) - 1;
    }

    public int List(Span<int> to)
    {
        Check();
        to = to[..Count];
        var (found, mask) = (0, (1 << lowBits) - 1);
        // Low bits that were read and not yet used.
        var (held, left) = (0UL, 0);
        for (var at = 0; at < high.Length; at += 8)
            for (var word = Word(high, at); word != 0; word &= word - 1)
            {
                if (left < lowBits)
                {
                    var bit = (long)found * lowBits;
                    held = Word(low, (int)(bit >> 3)) >> (int)(bit & 7);
                    left = 64 - (int)(bit & 7);
                }
                to[found] = (at * 8 + BitOperations.TrailingZeroCount(word) - found << lowBits) | (int)held & mask;
                held >>= lowBits;
                left -= lowBits;
                found++;
            }
        return found;
    }

    /// <summary>There are as many values as there should be, and the last is one of the tile: looked at once, because to look at each was
    /// a third of the time.</summary>
    private void Check()
    {
        var (many, last) = (0, 0);
        for (var at = 0; at < high.Length; at += 8)
        {
            var word = Word(high, at);
            if (word == 0) continue;
            many += BitOperations.PopCount(word);
            last = at * 8 + 63 - BitOperations.LeadingZeroCount(word);
        }
        if (many != Count || Count > 0 && last - (Count - 1) >= universe >> lowBits) throw Container.Damaged();
    }

    /// <summary>Keeps of an ascending list what the set has, and tells how many that are. What the spare bitmap of the tile holds is
    /// lost.</summary>
    public int Filter(Span<int> list, Span<ulong> spare)
    {
        if (list.Length < Count / ManyTimes) return LookFor(list);
        using var lease = Listed(out var own);
        // Side by side a step costs three times as much, but a bitmap has to be cleared before.
        if (own.Length + list.Length < universe / FewOfBitmap) return Merge(own, list);
        spare.Clear();
        foreach (var ordinal in own) spare[ordinal >> 6] |= 1UL << ordinal;
        return Container.Filter((ReadOnlySpan<ulong>)spare, list);
    }

    private static int Merge(ReadOnlySpan<int> own, Span<int> list)
    {
        var kept = 0;
        for (int i = 0, j = 0; i < list.Length && j < own.Length;)
        {
            var (asked, has) = (list[i], own[j]);
            list[kept] = asked;
            kept += asked == has ? 1 : 0;
            i += asked <= has ? 1 : 0;
            j += has <= asked ? 1 : 0;
        }
        return kept;
    }

    /// <summary>Goes through the high bits by whole words, counting zeros, and looks only where a value would be.</summary>
    private int LookFor(Span<int> list)
    {
        var (kept, at, zeros) = (0, 0, 0);
        var word = Word(high, 0);
        foreach (var asked in list)
        {
            var wanted = asked >> lowBits;
            // Values with these high bits stand after so many zeros.
            while (64 - BitOperations.PopCount(word) + zeros < wanted)
            {
                zeros += 64 - BitOperations.PopCount(word);
                at += 8;
                if (at >= high.Length) return kept;
                word = Word(high, at);
            }
            var position = at * 8 + (wanted == zeros ? 0 : Container.PlaceOf(~word, wanted - zeros - 1) + 1);
            for (var index = position - wanted; index < Count && IsOne(position); index++, position++)
            {
                var value = LowAt(index);
                if (value < (asked & (1 << lowBits) - 1)) continue;
                if (value == (asked & (1 << lowBits) - 1)) list[kept++] = asked;
                break;
            }
        }
        return kept;
    }

    private bool IsOne(int position) => position >> 3 < high.Length && (high[position >> 3] >> (position & 7) & 1) != 0;

    /// <summary>The values in rented room, which goes back when the lease is disposed of.</summary>
    public Lease Listed(out ReadOnlySpan<int> values)
    {
        var rented = ArrayPool<int>.Shared.Rent(Count);
        values = rented.AsSpan(0, List(rented));
        return new(rented);
    }

    public readonly struct Lease(int[] rented) : IDisposable
    {
        public void Dispose() => ArrayPool<int>.Shared.Return(rented);
    }
}
