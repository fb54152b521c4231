using System.Buffers.Binary;
using System.Globalization;

namespace Registry.Transparency;

/// <summary>
/// A tile of the log (C2SP tlog-tiles): 256 consecutive hashes of one height, or fewer at the right edge. At level 0 they are leaf hashes;
/// above, each is the hash of a full tile of the level below. A bundle of entries has the shape of a tile of level 0.
/// </summary>
/// <param name="Level">0 to 7; <see cref="Entries"/> for a bundle.</param>
/// <param name="Index">Which tile of its level.</param>
/// <param name="Width">Hashes in it, 1 to 256.</param>
public readonly record struct Tile(int Level, long Index, int Width)
{
    public const int FullWidth = 256, Height = 8, Entries = -1;
    private const string EntriesLevel = "entries", PartialEnd = ".p";
    /// <summary>256^8 leaves do not fit 63 bits.</summary>
    private const int Levels = 8;

    /// <summary>Hashes of a level in a tree of that size.</summary>
    public static long Count(int level, long size) => size >> (Height * Math.Max(level, 0));

    /// <summary>The tile as it is in a tree of that size; width 0 when it holds nothing.</summary>
    public static Tile At(int level, long index, long size) =>
        new(level, index, (int)Math.Clamp(Count(level, size) - index * FullWidth, 0, FullWidth));

    /// <summary>Its path below the log: <c>tile/0/x001/234.p/17</c>.</summary>
    public string Path
    {
        get
        {
            var number = (Index % 1000).ToString("000", CultureInfo.InvariantCulture);
            for (var rest = Index / 1000; rest > 0; rest /= 1000) number = $"x{rest % 1000:000}/{number}";
            var level = Level == Entries ? EntriesLevel : Level.ToString(CultureInfo.InvariantCulture);
            return $"tile/{level}/{number}{(Width == FullWidth ? "" : $"{PartialEnd}/{Width}")}";
        }
    }

    /// <summary>Reads level and path as a client writes them; null when they do not follow the form to the letter, so that each tile has
    /// one address.</summary>
    public static Tile? Parse(string level, string path)
    {
        var tile = new Tile(Entries, 0, FullWidth);
        if (level != EntriesLevel)
        {
            if (level is not [>= '0' and < (char)('0' + Levels)]) return null;
            tile = tile with { Level = level[0] - '0' };
        }
        var parts = path.Split('/').ToList();
        if (parts.Count >= 2 && parts[^2].EndsWith(PartialEnd, StringComparison.Ordinal))
        {
            if (Digits.Decode(parts[^1]) is not (>= 1 and < FullWidth and var width)) return null;
            tile = tile with { Width = (int)width };
            parts.RemoveAt(parts.Count - 1);
            parts[^1] = parts[^1][..^PartialEnd.Length];
        }
        if (parts.Count is 0 or > 6) return null;
        long index = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            var last = i == parts.Count - 1;
            if (!last && part is not ['x', ..]) return null;
            var digits = last ? part : part[1..];
            if (digits is not [>= '0' and <= '9', >= '0' and <= '9', >= '0' and <= '9'] || !last && i == 0 && digits == "000") return null;
            index = index * 1000 + int.Parse(digits, CultureInfo.InvariantCulture);
        }
        return tile with { Index = index };
    }

    /// <summary>Writes entries as a bundle: each with its length before it, two bytes, most significant first.</summary>
    public static byte[] Bundle(IEnumerable<byte[]> leaves)
    {
        using var bundle = new MemoryStream();
        Span<byte> length = stackalloc byte[2];
        foreach (var leaf in leaves)
        {
            BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)leaf.Length));
            bundle.Write(length);
            bundle.Write(leaf);
        }
        return bundle.ToArray();
    }

    /// <summary>The entries of a bundle; null when its lengths do not fit it or their number is not <paramref name="count"/>.</summary>
    public static List<byte[]>? Unbundle(ReadOnlySpan<byte> bundle, int count)
    {
        var leaves = new List<byte[]>(count);
        while (bundle.Length > 0)
        {
            if (bundle.Length < 2) return null;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle);
            if (bundle.Length < 2 + length || leaves.Count == count) return null;
            leaves.Add(bundle.Slice(2, length).ToArray());
            bundle = bundle[(2 + length)..];
        }
        return leaves.Count == count ? leaves : null;
    }

    /// <summary>The hashes of a tile; null when it is not exactly as long as its width says.</summary>
    public byte[][]? Hashes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Width * MerkleTree.HashSize) return null;
        var hashes = new byte[Width][];
        for (var i = 0; i < Width; i++) hashes[i] = bytes.Slice(i * MerkleTree.HashSize, MerkleTree.HashSize).ToArray();
        return hashes;
    }
}
