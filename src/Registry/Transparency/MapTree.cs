using System.Buffers.Binary;

namespace Registry.Transparency;

/// <summary>What the map says of one certificate.</summary>
/// <param name="Id">The sixty bits of its id.</param>
/// <param name="Newest">Index of the newest statement about it.</param>
/// <param name="Count">How many statements are about it, 65,535 where there are more: with their number known, whoever is shown so many of
/// them is shown all.</param>
public readonly record struct MapEntry(ulong Id, long Newest, int Count)
{
    /// <summary>Bytes: eight of the id, five of the index, two of the number, each with the highest first.</summary>
    public const int Size = IdSize + 5 + 2;
    public const int MostCounted = ushort.MaxValue;
    private const int IdSize = sizeof(ulong);

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, Id);
        to[IdSize] = (byte)(Newest >> 32);
        BinaryPrimitives.WriteUInt32BigEndian(to[(IdSize + 1)..], (uint)Newest);
        BinaryPrimitives.WriteUInt16BigEndian(to[(Size - 2)..], (ushort)Math.Min(Count, MostCounted));
    }

    public static MapEntry Read(ReadOnlySpan<byte> from)
    {
        var newest = (long)from[IdSize] << 32 | BinaryPrimitives.ReadUInt32BigEndian(from[(IdSize + 1)..]);
        return new(IdOf(from), newest, BinaryPrimitives.ReadUInt16BigEndian(from[(Size - 2)..]));
    }

    public static ulong IdOf(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadUInt64BigEndian(from);
}

/// <summary>
/// The map from each certificate to its newest statement, as a Merkle tree over ids whose root stands in the log (<c>map</c> of a
/// statement). A subtree holds the ids with a common beginning, as many bits as it is deep. The hash of one without ids is 32 zero bytes;
/// of one with at most 16, from a depth of ten on, SHA-256 of a two byte and its entries in the order of ids; of any other SHA-256 of a
/// three byte and the hashes of its halves, that whose next bit is 0 first. So the tree follows from what it holds, whatever came first.
/// </summary>
public static class MapTree
{
    /// <summary>Bits of an id; they come from a hash, so the tree is even.</summary>
    public const int Bits = 60;
    /// <summary>Depth above which every subtree is made of halves, and the number of subtrees of that depth.</summary>
    public const int TopDepth = 10, Tiles = 1 << TopDepth;
    /// <summary>Certificates that are hashed as they stand.</summary>
    public const int Bucket = 16;
    private const byte OfBucket = 2, OfHalves = 3;

    public static readonly byte[] Empty = new byte[MerkleTree.HashSize];

    /// <summary>The bit that divides a subtree of that depth.</summary>
    public static ulong Bit(int depth) => 1UL << (Bits - 1 - depth);

    /// <summary>The least id of the subtree of that depth which holds an id.</summary>
    public static ulong First(ulong id, int depth) => id >> (Bits - depth) << (Bits - depth);

    /// <summary>The hash of a subtree from those of its halves.</summary>
    public static byte[] Halves(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var hash = new byte[MerkleTree.HashSize];
        Halves(left, right, hash);
        return hash;
    }

    /// <summary>The same, written where it belongs.</summary>
    public static void Halves(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        if (left.SequenceEqual(Empty) && right.SequenceEqual(Empty))
        {
            hash.Clear();
            return;
        }
        Span<byte> text = stackalloc byte[1 + 2 * MerkleTree.HashSize];
        text[0] = OfHalves;
        left.CopyTo(text[1..]);
        right.CopyTo(text[(1 + MerkleTree.HashSize)..]);
        Sha256.Hash(text, hash);
    }

    /// <summary>The hash of the subtree that holds these entries and no others.</summary>
    /// <param name="entries">In the order of ids.</param>
    /// <param name="first">Its least id.</param>
    /// <param name="depth">At least <see cref="TopDepth"/>.</param>
    public static byte[] HashOf(ReadOnlySpan<byte> entries, ulong first, int depth)
    {
        if (entries.Length == 0) return Empty;
        if (entries.Length <= Bucket * MapEntry.Size)
        {
            Span<byte> text = stackalloc byte[1 + entries.Length];
            text[0] = OfBucket;
            entries.CopyTo(text[1..]);
            return Sha256.Of(text);
        }
        var middle = first + Bit(depth);
        var at = Place(entries, middle);
        return Halves(HashOf(entries[..at], first, depth + 1), HashOf(entries[at..], middle, depth + 1));
    }

    /// <summary>The hashes before and after a change, of which what is the same in both is hashed once.</summary>
    /// <inheritdoc cref="HashOf"/>
    public static (byte[] Before, byte[] After) HashesOf(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, ulong first, int depth)
    {
        if (before.SequenceEqual(after))
        {
            var both = HashOf(before, first, depth);
            return (both, both);
        }
        if (Math.Min(before.Length, after.Length) <= Bucket * MapEntry.Size)
            return (HashOf(before, first, depth), HashOf(after, first, depth));
        var middle = first + Bit(depth);
        var (at, to) = (Place(before, middle), Place(after, middle));
        var (left, newLeft) = HashesOf(before[..at], after[..to], first, depth + 1);
        var (right, newRight) = HashesOf(before[at..], after[to..], middle, depth + 1);
        return (Halves(left, right), Halves(newLeft, newRight));
    }

    /// <summary>Where entries of that id and greater ones begin, in bytes.</summary>
    public static int Place(ReadOnlySpan<byte> entries, ulong id)
    {
        var (low, high) = (0, entries.Length / MapEntry.Size);
        while (low < high)
        {
            var at = (low + high) / 2;
            if (MapEntry.IdOf(entries[(at * MapEntry.Size)..]) < id) low = at + 1;
            else high = at;
        }
        return low * MapEntry.Size;
    }
}

/// <summary>What the map says of a certificate, with what shows it: the neighbours that are hashed with it, and the hashes beside the way
/// to the root.</summary>
/// <param name="Id">The sixty bits of its id.</param>
/// <param name="Bucket">Entries of the lowest subtree on its way.</param>
/// <param name="Hashes">Of the other half at each depth, the lowest first.</param>
public sealed record MapProof(ulong Id, byte[] Bucket, IReadOnlyList<byte[]> Hashes)
{
    /// <summary>What the map says; null where it does not know the certificate.</summary>
    public MapEntry? Entry
    {
        get
        {
            var at = MapTree.Place(Bucket, Id);
            return at < Bucket.Length && MapEntry.IdOf(Bucket.AsSpan(at)) == Id ? MapEntry.Read(Bucket.AsSpan(at)) : null;
        }
    }

    /// <summary>The root that it gives; null where it has not the form of a proof.</summary>
    public byte[]? Root()
    {
        var depth = Hashes.Count;
        if (depth is < MapTree.TopDepth or > MapTree.Bits || !IsBucket(depth)) return null;
        var hash = MapTree.HashOf(Bucket, MapTree.First(Id, depth), depth);
        foreach (var other in Hashes)
        {
            if (other.Length != MerkleTree.HashSize) return null;
            hash = (Id & MapTree.Bit(--depth)) == 0 ? MapTree.Halves(hash, other) : MapTree.Halves(other, hash);
        }
        return hash;
    }

    private bool IsBucket(int depth)
    {
        if (Id >> MapTree.Bits != 0 || Bucket.Length % MapEntry.Size != 0 || Bucket.Length > MapTree.Bucket * MapEntry.Size) return false;
        for (var at = 0; at < Bucket.Length; at += MapEntry.Size)
        {
            var id = MapEntry.IdOf(Bucket.AsSpan(at));
            if (id >> MapTree.Bits != 0 || MapTree.First(id, depth) != MapTree.First(Id, depth)) return false;
            if (at > 0 && MapEntry.IdOf(Bucket.AsSpan(at - MapEntry.Size)) >= id) return false;
        }
        return true;
    }
}
