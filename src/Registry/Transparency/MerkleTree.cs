using System.Numerics;
using System.Security.Cryptography;

namespace Registry.Transparency;

/// <summary>
/// The Merkle tree of RFC 6962 §2.1, over SHA-256: hashes, roots, inclusion and consistency proofs. It keeps no tree: a source gives the
/// hash of any full subtree, whose leaves are 2^<c>height</c> and begin at <c>index</c>·2^<c>height</c>.
/// </summary>
public static class MerkleTree
{
    public const int HashSize = 32;

    /// <summary>Gives the hash of a full subtree.</summary>
    public delegate byte[] Source(int height, long index);

    /// <summary>The root of the tree without leaves: the hash of nothing.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>SHA-256 of a zero byte and the leaf.</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> leaf)
    {
        // In one piece: hashing begins anew for each, and a tile takes 256 of them.
        Span<byte> whole = leaf.Length < 2048 ? stackalloc byte[2048] : new byte[1 + leaf.Length];
        whole[0] = 0;
        leaf.CopyTo(whole[1..]);
        return Sha256.Of(whole[..(1 + leaf.Length)]);
    }

    /// <summary>SHA-256 of a one byte and both children.</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + 2 * HashSize];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + HashSize)..]);
        return Sha256.Of(both);
    }

    /// <summary>The hash over consecutive hashes of one height, MTH of RFC 6962 §2.1; they need not be a power of two.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte[]> hashes)
    {
        if (hashes.Length == 0) return EmptyRoot;
        if (hashes.Length == 1) return hashes[0];
        var left = (int)Split(hashes.Length);
        return NodeHash(HashOf(hashes[..left]), HashOf(hashes[left..]));
    }

    /// <summary>The root of the tree of the first <paramref name="size"/> leaves.</summary>
    public static byte[] Root(long size, Source source) => size == 0 ? EmptyRoot : Range(0, size, source);

    /// <summary>Hashes from the leaf's sibling up to the root's child: PATH of RFC 6962 §2.1.1.</summary>
    public static List<byte[]> InclusionProof(long index, long size, Source source)
    {
        if (index < 0 || index >= size) throw new ArgumentOutOfRangeException(nameof(index));
        var path = new List<byte[]>();
        Path(index, 0, size, source, path);
        return path;
    }

    /// <summary>PROOF of RFC 6962 §2.1.2; empty when there is nothing to prove (from nothing, or the same size).</summary>
    public static List<byte[]> ConsistencyProof(long from, long to, Source source)
    {
        if (from < 0 || from > to) throw new ArgumentOutOfRangeException(nameof(from));
        var proof = new List<byte[]>();
        if (from > 0 && from < to) SubProof(from, 0, to, whole: true, source, proof);
        return proof;
    }

    /// <summary>Whether a leaf is at that index of the tree with that root (RFC 9162 §2.1.3.2).</summary>
    public static bool VerifyInclusion(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root) =>
        Climb(leafHash, index, size, proof) is { } steps && (steps.Count == 0 ? leafHash : steps[^1].Result).AsSpan().SequenceEqual(root);

    /// <summary>The way from a leaf to the root: at each step on which side the sibling stands, and what both give. Null when a proof of
    /// that length cannot lead there.</summary>
    public static List<(bool SiblingIsLeft, byte[] Sibling, byte[] Result)>? Climb(
        byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof)
    {
        if (index < 0 || index >= size || proof.Any(hash => hash.Length != HashSize)) return null;
        var steps = new List<(bool, byte[], byte[])>(proof.Count);
        var (node, last) = (index, size - 1);
        var hash = leafHash;
        foreach (var sibling in proof)
        {
            if (last == 0) return null;
            var left = (node & 1) == 1 || node == last;
            hash = left ? NodeHash(sibling, hash) : NodeHash(hash, sibling);
            steps.Add((left, sibling, hash));
            if (left)
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 ? steps : null;
    }

    /// <summary>Whether the tree of <paramref name="from"/> leaves is the beginning of the tree of <paramref name="to"/> (RFC 9162
    /// §2.1.4.2).</summary>
    public static bool VerifyConsistency(
        long from, long to, ReadOnlySpan<byte> fromRoot, ReadOnlySpan<byte> toRoot, IReadOnlyList<byte[]> proof)
    {
        if (from < 0 || from > to || proof.Any(hash => hash.Length != HashSize)) return false;
        if (from == 0) return proof.Count == 0 && fromRoot.SequenceEqual(EmptyRoot) && (to > 0 || toRoot.SequenceEqual(EmptyRoot));
        if (from == to) return proof.Count == 0 && fromRoot.SequenceEqual(toRoot);
        // A power of two is one full subtree: its root is the beginning, which the proof leaves out.
        var isWhole = BitOperations.IsPow2(from);
        if (!isWhole && proof.Count == 0) return false;
        var roots = isWhole ? Grow(from, to, fromRoot.ToArray(), proof) : Grow(from, to, proof[0], proof.Skip(1));
        return roots is (var old, var grown) && old.AsSpan().SequenceEqual(fromRoot) && grown.AsSpan().SequenceEqual(toRoot);
    }

    /// <summary>The root that a consistency proof begins at, where it ends at <paramref name="toRoot"/>: when that is not the root it
    /// should begin at, the proof shows another tree. Null when it ends elsewhere, and when <paramref name="from"/> is a power of two,
    /// whose proof leaves its beginning out.</summary>
    public static byte[]? RootBefore(long from, long to, ReadOnlySpan<byte> toRoot, IReadOnlyList<byte[]> proof)
    {
        if (from <= 0 || from >= to || proof.Count == 0 || BitOperations.IsPow2(from)) return null;
        return Grow(from, to, proof[0], proof.Skip(1)) is (var old, var grown) && grown.AsSpan().SequenceEqual(toRoot) ? old : null;
    }

    /// <summary>Both roots that a consistency proof gives (RFC 9162 §2.1.4.2); null when one of that length cannot lead there.</summary>
    private static (byte[] Old, byte[] Grown)? Grow(long from, long to, byte[] first, IEnumerable<byte[]> siblings)
    {
        var (node, last) = (from - 1, to - 1);
        while ((node & 1) == 1) (node, last) = (node >> 1, last >> 1);
        var (old, grown) = (first, first);
        foreach (var sibling in siblings)
        {
            if (last == 0) return null;
            if ((node & 1) == 1 || node == last)
            {
                old = NodeHash(sibling, old);
                grown = NodeHash(sibling, grown);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else grown = NodeHash(grown, sibling);
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 ? (old, grown) : null;
    }

    /// <summary>The largest power of two below a number above one.</summary>
    private static long Split(long count) => (long)BitOperations.RoundUpToPowerOf2((ulong)count) / 2;

    private static byte[] Range(long from, long to, Source source)
    {
        var count = to - from;
        if (BitOperations.IsPow2(count))
        {
            var height = BitOperations.Log2((ulong)count);
            return source(height, from >> height);
        }
        var split = from + Split(count);
        return NodeHash(Range(from, split, source), Range(split, to, source));
    }

    private static void Path(long index, long from, long to, Source source, List<byte[]> path)
    {
        if (to - from == 1) return;
        var split = from + Split(to - from);
        if (index < split)
        {
            Path(index, from, split, source, path);
            path.Add(Range(split, to, source));
        }
        else
        {
            Path(index, split, to, source, path);
            path.Add(Range(from, split, source));
        }
    }

    private static void SubProof(long size, long from, long to, bool whole, Source source, List<byte[]> proof)
    {
        if (size == to)
        {
            if (!whole) proof.Add(Range(from, to, source));
            return;
        }
        var split = from + Split(to - from);
        if (size <= split)
        {
            SubProof(size, from, split, whole, source, proof);
            proof.Add(Range(split, to, source));
        }
        else
        {
            SubProof(size, split, to, whole: false, source, proof);
            proof.Add(Range(from, split, source));
        }
    }
}

/// <summary>
/// The right edge of a growing tree: the hashes of the full subtrees its size is made of, largest first. Enough to append and to know
/// the root, whatever the size.
/// </summary>
public sealed class Edge
{
    private readonly List<byte[]> hashes;

    public Edge() => hashes = [];

    /// <summary>Null when the bytes do not fit the size.</summary>
    public static Edge? Parse(long size, ReadOnlySpan<byte> bytes) => size >= 0 && Fits(size, bytes) ? new(size, bytes) : null;

    private static bool Fits(long size, ReadOnlySpan<byte> bytes) =>
        bytes.Length == BitOperations.PopCount((ulong)size) * MerkleTree.HashSize;

    /// <exception cref="InvalidDataException">The bytes do not fit the size.</exception>
    public Edge(long size, ReadOnlySpan<byte> bytes)
    {
        Size = size;
        if (!Fits(size, bytes)) throw new InvalidDataException("The edge of the tree does not fit its size.");
        hashes = new(64);
        for (var i = 0; i < bytes.Length; i += MerkleTree.HashSize) hashes.Add(bytes.Slice(i, MerkleTree.HashSize).ToArray());
    }

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>Appends a leaf.</summary>
    /// <param name="leafHash">Of the leaf.</param>
    /// <param name="full">Told of each subtree this completes: its height above the leaves, its index and its hash.</param>
    public void Append(byte[] leafHash, Action<int, long, byte[]>? full = null)
    {
        var (hash, height) = (leafHash, 0);
        for (var rest = Size; (rest & 1) == 1; rest >>= 1)
        {
            hash = MerkleTree.NodeHash(hashes[^1], hash);
            hashes.RemoveAt(hashes.Count - 1);
            height++;
            full?.Invoke(height, Size >> height, hash);
        }
        hashes.Add(hash);
        Size++;
    }

    public byte[] Root
    {
        get
        {
            if (hashes.Count == 0) return MerkleTree.EmptyRoot;
            var root = hashes[^1];
            for (var i = hashes.Count - 2; i >= 0; i--) root = MerkleTree.NodeHash(hashes[i], root);
            return root;
        }
    }

    /// <summary>The full subtrees it is made of, by height and index.</summary>
    public IEnumerable<(int Height, long Index, byte[] Hash)> Subtrees
    {
        get
        {
            var (from, n) = (0L, 0);
            for (var height = 62; height >= 0; height--)
                if ((Size >> height & 1) == 1)
                {
                    yield return (height, from >> height, hashes[n++]);
                    from += 1L << height;
                }
        }
    }

    public byte[] ToBytes() => [.. hashes.SelectMany(hash => hash)];
}
