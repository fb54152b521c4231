using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Registry.Search;

/// <summary>
/// A set of ordinals below 2^log, written in the way that serves it best; Search/README.md tells the format byte by byte. Bytes come from a
/// file: whatever they hold, nothing is read beyond them and no ordinal beyond the tile is told; what does not fit is
/// <see cref="InvalidDataException"/>.
/// </summary>
public static class Container
{
    /// <summary>The first byte. The numbers are in files: they never change.</summary>
    private enum Kind : byte { EliasFano = 0, Bitmap = 1, Missing = 2, Runs = 3 }

    /// <summary>A bitmap is read some fifty times faster than Elias-Fano: it may take this many times its room.</summary>
    private const int BitmapMayTake = 2, BitmapMayTakeOfMissing = 4;

    /// <summary>Bytes that any set below 2^log fits in.</summary>
    public static int MaxBytes(int log) => 1 + (1 << log) / 8;

    /// <summary>Writes a set, the same bytes for the same set, and tells their number.</summary>
    /// <param name="set">Ascending, each once, below 2^log.</param>
    /// <param name="log">Of the tile's size; 6 at least.</param>
    /// <param name="to">Has room for <see cref="MaxBytes"/>.</param>
    public static int Encode(ReadOnlySpan<int> set, int log, Span<byte> to)
    {
        var (sparse, bitmap, missing) = (EliasFano.Bytes(set.Length, log), MaxBytes(log), EliasFano.Bytes((1 << log) - set.Length, log));
        var least = Math.Min(bitmap, Math.Min(sparse, missing));
        if (RunBytes(set, least) < least) return EncodeRuns(set, to);
        if (bitmap <= sparse * BitmapMayTake && bitmap <= missing * BitmapMayTakeOfMissing) return EncodeBitmap(set, log, to);
        to[0] = (byte)(sparse <= missing ? Kind.EliasFano : Kind.Missing);
        return EliasFano.Encode(sparse <= missing ? set : Without(set, log), log, to);
    }

    /// <summary>How many there are.</summary>
    public static int Count(ReadOnlySpan<byte> container, int log)
    {
        switch (KindOf(container))
        {
            case Kind.EliasFano: return new EliasFano(container, log).Count;
            case Kind.Missing: return (1 << log) - new EliasFano(container, log).Count;
            case Kind.Bitmap: return Count(BitmapOf(container, log));
            default:
                var count = 0;
                for (var runs = new RunReader(container, log); runs.Next();) count += runs.Length;
                return count;
        }
    }

    /// <summary>The ordinals, ascending, into what has room for 2^log of them; tells how many.</summary>
    public static int List(ReadOnlySpan<byte> container, int log, Span<int> to)
    {
        switch (KindOf(container))
        {
            case Kind.EliasFano: return new EliasFano(container, log).List(to);
            case Kind.Bitmap: return List(BitmapOf(container, log), to);
            case Kind.Missing:
                Span<ulong> map = new ulong[1 << log - 6];
                Or(container, log, map);
                return List(map, to);
            default:
                var count = 0;
                for (var runs = new RunReader(container, log); runs.Next();)
                    for (var i = 0; i < runs.Length; i++) to[count++] = runs.Start + i;
                return count;
        }
    }

    /// <summary>The ordinals of a bitmap, ascending.</summary>
    public static int List(ReadOnlySpan<ulong> map, Span<int> to)
    {
        var count = 0;
        for (var word = 0; word < map.Length; word++)
            for (var bits = map[word]; bits != 0; bits &= bits - 1) to[count++] = word * 64 + BitOperations.TrailingZeroCount(bits);
        return count;
    }

    public static int Count(ReadOnlySpan<ulong> map)
    {
        var count = 0;
        foreach (var word in map) count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>How many two bitmaps have in common.</summary>
    public static int CountBoth(ReadOnlySpan<ulong> map, ReadOnlySpan<ulong> other)
    {
        var count = 0;
        for (var word = 0; word < map.Length; word++) count += BitOperations.PopCount(map[word] & other[word]);
        return count;
    }

    /// <summary>Puts the set into a bitmap.</summary>
    public static void Or(ReadOnlySpan<byte> container, int log, Span<ulong> map)
    {
        switch (KindOf(container))
        {
            case Kind.Bitmap:
                Or(BitmapOf(container, log), map);
                return;
            case Kind.EliasFano:
                using (new EliasFano(container, log).Listed(out var ordinals))
                    foreach (var ordinal in ordinals) map[ordinal >> 6] |= 1UL << ordinal;
                return;
            case Kind.Missing:
                using (new EliasFano(container, log).Listed(out var gaps))
                {
                    var from = 0;
                    foreach (var gap in gaps)
                    {
                        Fill(map, from, gap - from);
                        from = gap + 1;
                    }
                    Fill(map, from, (1 << log) - from);
                }
                return;
            default:
                for (var runs = new RunReader(container, log); runs.Next();) Fill(map, runs.Start, runs.Length);
                return;
        }
    }

    /// <summary>Keeps in a bitmap what the set has. What the spare one, as long, holds is lost.</summary>
    public static void And(ReadOnlySpan<byte> container, int log, Span<ulong> map, Span<ulong> spare)
    {
        switch (KindOf(container))
        {
            case Kind.Bitmap:
                And(BitmapOf(container, log), map);
                return;
            case Kind.Missing:
                using (new EliasFano(container, log).Listed(out var gaps))
                    foreach (var gap in gaps) map[gap >> 6] &= ~(1UL << gap);
                return;
            default:
                spare.Clear();
                Or(container, log, spare);
                And((ReadOnlySpan<ulong>)spare, map);
                return;
        }
    }

    /// <summary>Keeps of an ascending list what the set has, and tells how many that are. What the spare bitmap of the tile holds is
    /// lost.</summary>
    public static int Filter(ReadOnlySpan<byte> container, int log, Span<int> list, Span<ulong> spare)
    {
        switch (KindOf(container))
        {
            case Kind.Bitmap: return Filter(BitmapOf(container, log), list);
            case Kind.EliasFano: return new EliasFano(container, log).Filter(list, spare);
            default:
                spare.Clear();
                Or(container, log, spare);
                return Filter((ReadOnlySpan<ulong>)spare, list);
        }
    }

    /// <summary>Keeps of an ascending list what a bitmap has.</summary>
    public static int Filter(ReadOnlySpan<ulong> map, Span<int> list)
    {
        var kept = 0;
        foreach (var ordinal in list)
        {
            list[kept] = ordinal;
            kept += (int)(map[ordinal >> 6] >> ordinal & 1);
        }
        return kept;
    }

    public static void And(ReadOnlySpan<ulong> with, Span<ulong> map)
    {
        var vectors = MemoryMarshal.Cast<ulong, Vector<ulong>>(map);
        var others = MemoryMarshal.Cast<ulong, Vector<ulong>>(with);
        for (var i = 0; i < vectors.Length; i++) vectors[i] &= others[i];
        for (var i = vectors.Length * Vector<ulong>.Count; i < map.Length; i++) map[i] &= with[i];
    }

    public static void Or(ReadOnlySpan<ulong> with, Span<ulong> map)
    {
        var vectors = MemoryMarshal.Cast<ulong, Vector<ulong>>(map);
        var others = MemoryMarshal.Cast<ulong, Vector<ulong>>(with);
        for (var i = 0; i < vectors.Length; i++) vectors[i] |= others[i];
        for (var i = vectors.Length * Vector<ulong>.Count; i < map.Length; i++) map[i] |= with[i];
    }

    public static void AndNot(ReadOnlySpan<ulong> without, Span<ulong> map)
    {
        for (var word = 0; word < map.Length; word++) map[word] &= ~without[word];
    }

    /// <summary>Place of the bit of a word that so many bits are before.</summary>
    public static int PlaceOf(ulong word, int before)
    {
        if (Bmi2.X64.IsSupported) return BitOperations.TrailingZeroCount(Bmi2.X64.ParallelBitDeposit(1UL << before, word));
        while (before-- > 0) word &= word - 1;
        return BitOperations.TrailingZeroCount(word);
    }

    internal static InvalidDataException Damaged() =>
        new("A container of the search index is damaged: `registry rebuild` makes the index anew from the log.");

    private static Kind KindOf(ReadOnlySpan<byte> container) =>
        container.Length > 0 && container[0] <= (byte)Kind.Runs ? (Kind)container[0] : throw Damaged();

    private static ReadOnlySpan<ulong> BitmapOf(ReadOnlySpan<byte> container, int log) =>
        container.Length == MaxBytes(log) ? MemoryMarshal.Cast<byte, ulong>(container[1..]) : throw Damaged();

    private static int EncodeBitmap(ReadOnlySpan<int> set, int log, Span<byte> to)
    {
        var bytes = MaxBytes(log);
        to[0] = (byte)Kind.Bitmap;
        to[1..bytes].Clear();
        foreach (var ordinal in set) to[1 + (ordinal >> 3)] |= (byte)(1 << (ordinal & 7));
        return bytes;
    }

    /// <summary>What a set lacks.</summary>
    private static int[] Without(ReadOnlySpan<int> set, int log)
    {
        var missing = new int[(1 << log) - set.Length];
        var (at, next) = (0, 0);
        foreach (var ordinal in set)
        {
            while (next < ordinal) missing[at++] = next++;
            next = ordinal + 1;
        }
        while (at < missing.Length) missing[at++] = next++;
        return missing;
    }

    private static void Fill(Span<ulong> map, int from, int length)
    {
        for (var end = from + length; from < end;)
        {
            var bit = from & 63;
            var many = Math.Min(64 - bit, end - from);
            map[from >> 6] |= (many == 64 ? ulong.MaxValue : (1UL << many) - 1) << bit;
            from += many;
        }
    }

    // ---- numbers of seven bits a byte, the lowest first

    internal static int VarintBytes(int value) => (31 - BitOperations.LeadingZeroCount((uint)value | 1)) / 7 + 1;

    internal static int WriteVarint(Span<byte> to, int at, int value)
    {
        for (; value >= 128; value >>= 7) to[at++] = (byte)(value | 128);
        to[at++] = (byte)value;
        return at;
    }

    internal static int ReadVarint(ReadOnlySpan<byte> from, ref int at)
    {
        for (int value = 0, shift = 0; shift < 28 && at < from.Length; shift += 7)
        {
            var next = from[at++];
            value |= (next & 127) << shift;
            if (next < 128) return value;
        }
        throw Damaged();
    }

    // ---- runs

    /// <summary>Bytes of the runs of a set; stops where it is too many.</summary>
    private static int RunBytes(ReadOnlySpan<int> set, int tooMany)
    {
        var (bytes, end) = (1, 0);
        for (var i = 0; i < set.Length && bytes < tooMany;)
        {
            var length = RunAt(set, i);
            bytes += VarintBytes(set[i] - end) + VarintBytes(length - 1);
            end = set[i] + length;
            i += length;
        }
        return bytes;
    }

    private static int RunAt(ReadOnlySpan<int> set, int at)
    {
        var length = 1;
        while (at + length < set.Length && set[at + length] == set[at] + length) length++;
        return length;
    }

    private static int EncodeRuns(ReadOnlySpan<int> set, Span<byte> to)
    {
        to[0] = (byte)Kind.Runs;
        var (at, end) = (1, 0);
        for (var i = 0; i < set.Length;)
        {
            var length = RunAt(set, i);
            at = WriteVarint(to, at, set[i] - end);
            at = WriteVarint(to, at, length - 1);
            end = set[i] + length;
            i += length;
        }
        return at;
    }

    private ref struct RunReader(ReadOnlySpan<byte> container, int log)
    {
        private readonly ReadOnlySpan<byte> container = container;
        private readonly int universe = 1 << log;
        private int at = 1;

        public int Start { get; private set; }
        public int Length { get; private set; }

        public bool Next()
        {
            if (at == container.Length) return false;
            Start += Length + ReadVarint(container, ref at);
            Length = ReadVarint(container, ref at) + 1;
            return Start <= universe - Length ? true : throw Damaged();
        }
    }
}
