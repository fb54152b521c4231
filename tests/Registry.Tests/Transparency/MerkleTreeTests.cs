using System.Text;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class MerkleTreeTests
{
    private const int Most = 40;
    private static readonly byte[][] leaves = [.. Enumerable.Range(0, Most).Select(i => MerkleTree.LeafHash(Encoding.ASCII.GetBytes($"leaf {i}")))];

    private static byte[] Source(int height, long index) => MerkleTree.HashOf(leaves.AsSpan((int)(index << height), 1 << height));

    private static byte[] RootOf(int size) => MerkleTree.Root(size, Source);

    /// <summary>Vectors of the certificate transparency project's own tests (RFC 6962 trees of 0 to 3 leaves).</summary>
    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    public void Roots_are_those_of_RFC_6962(int size, string root)
    {
        byte[][] known = [[], [0x00], [0x10]];
        var edge = new Edge();
        foreach (var leaf in known[..size]) edge.Append(MerkleTree.LeafHash(leaf));
        Assert.Equal(root, Convert.ToHexStringLower(edge.Root));
    }

    [Fact]
    public void The_edge_grows_as_the_tree_does_and_tells_each_subtree_it_completes()
    {
        var edge = new Edge();
        var told = new Dictionary<(int, long), byte[]>();
        for (var size = 0; size < Most; size++)
        {
            Assert.Equal(RootOf(size), edge.Root);
            Assert.Equal(edge.Root, new Edge(edge.Size, edge.ToBytes()).Root);
            edge.Append(leaves[size], (height, index, hash) => told.Add((height, index), hash));
        }
        Assert.Equal(20 + 10 + 5 + 2 + 1, told.Count);
        Assert.All(told, subtree => Assert.Equal(Source(subtree.Key.Item1, subtree.Key.Item2), subtree.Value));
        Assert.Throws<InvalidDataException>(() => new Edge(3, new byte[32]));
    }

    [Fact]
    public void Every_leaf_of_every_tree_is_proven_and_nothing_else_is()
    {
        for (var size = 1; size <= Most; size++)
            for (var index = 0; index < size; index++)
            {
                var proof = MerkleTree.InclusionProof(index, size, Source);
                Assert.True(MerkleTree.VerifyInclusion(leaves[index], index, size, proof, RootOf(size)));
                Assert.False(MerkleTree.VerifyInclusion(leaves[(index + 1) % Most], index, size, proof, RootOf(size)));
                Assert.False(MerkleTree.VerifyInclusion(leaves[index], index + 1, size, proof, RootOf(size)));
                Assert.False(MerkleTree.VerifyInclusion(leaves[index], index, size, [.. proof, leaves[0]], RootOf(size)));
                if (proof.Count > 0) Assert.False(MerkleTree.VerifyInclusion(leaves[index], index, size, proof[1..], RootOf(size)));
                for (var i = 0; i < proof.Count; i++) Assert.False(MerkleTree.VerifyInclusion(leaves[index], index, size, Flipped(proof, i), RootOf(size)));
            }
    }

    [Fact]
    public void Every_tree_is_proven_to_begin_every_larger_one_and_nothing_else_is()
    {
        for (var to = 0; to <= Most; to++)
            for (var from = 0; from <= to; from++)
            {
                var proof = MerkleTree.ConsistencyProof(from, to, Source);
                Assert.True(MerkleTree.VerifyConsistency(from, to, RootOf(from), RootOf(to), proof), $"{from} {to}");
                Assert.False(MerkleTree.VerifyConsistency(from, to, leaves[0][..31], RootOf(to), proof));
                Assert.False(MerkleTree.VerifyConsistency(from, to, RootOf(from), RootOf(to), [.. proof, leaves[0]]));
                if (from > 0 && from < to) Assert.False(MerkleTree.VerifyConsistency(from, to, RootOf(from - 1), RootOf(to), proof));
                if (from > 0 && to > from) Assert.False(MerkleTree.VerifyConsistency(from, to, RootOf(from), RootOf(to - 1), proof));
                for (var i = 0; i < proof.Count; i++) Assert.False(MerkleTree.VerifyConsistency(from, to, RootOf(from), RootOf(to), Flipped(proof, i)));
            }
    }

    private static List<byte[]> Flipped(List<byte[]> proof, int at)
    {
        var flipped = proof.Select(hash => hash.ToArray()).ToList();
        flipped[at][at % 32] ^= 1;
        return flipped;
    }

    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 5, 1, "tile/0/005.p/1")]
    [InlineData(2, 1234067, 256, "tile/2/x001/x234/067")]
    [InlineData(Tile.Entries, 273, 112, "tile/entries/273.p/112")]
    [InlineData(1, 1000, 255, "tile/1/x001/000.p/255")]
    public void A_tile_has_one_address(int level, long index, int width, string path)
    {
        var tile = new Tile(level, index, width);
        Assert.Equal(path, tile.Path);
        var parts = path.Split('/', 3);
        Assert.Equal(tile, Tile.Parse(parts[1], parts[2]));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0", "0000")]
    [InlineData("0", "x000/001")]
    [InlineData("0", "001/002")]
    [InlineData("0", "x001")]
    [InlineData("0", "000.p/0")]
    [InlineData("0", "000.p/256")]
    [InlineData("0", "000.p/01")]
    [InlineData("0", "000.p/+1")]
    [InlineData("0", "000/")]
    [InlineData("00", "000")]
    [InlineData("8", "000")]
    [InlineData("-1", "000")]
    [InlineData("data", "000")]
    [InlineData("0", "x999/x999/x999/x999/x999/x999/999")]
    [InlineData("0", "..")]
    public void No_other_spelling_is_a_tile(string level, string path) => Assert.Null(Tile.Parse(level, path));

    [Fact]
    public void A_bundle_that_was_cut_or_lengthened_is_none()
    {
        byte[][] entries = [[1, 2, 3], [], [4]];
        var bundle = Tile.Bundle(entries);
        Assert.Equal(entries, Tile.Unbundle(bundle, 3));
        Assert.Null(Tile.Unbundle(bundle, 2));
        Assert.Null(Tile.Unbundle(bundle, 4));
        Assert.Null(Tile.Unbundle(bundle.AsSpan(0, bundle.Length - 1), 3));
        Assert.Null(Tile.Unbundle([.. bundle, 0], 3));
    }
}
