using System.Data.Common;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Registry.Transparency;

/// <summary>
/// SQL of the map. A row holds all entries of a subtree, at most a hundred, with its hash before them; a tile the hash of a 1,024th of all
/// ids. What is between is made from these and remembered, by the writer from one transaction to the next (<see cref="Memory"/>).
/// </summary>
public sealed class MapStore
{
    /// <summary>Entries of a row beyond which it is divided: more, and a post hashes and writes more; fewer, and their hashes take more
    /// room, in the file and in memory.</summary>
    private const int MaxRow = 32;
    private const int HeadSize = 1 + MerkleTree.HashSize;

    private readonly Tile?[] tiles = new Tile?[MapTree.Tiles];
    /// <summary>The nodes above the tiles as a heap: the root is the first, and the halves of each stand at twice its place.</summary>
    private readonly byte[][] top = new byte[2 * MapTree.Tiles][];
    private long size = -1;

    /// <summary>The tables are not what the log makes. They are read anew when they are asked again: somebody may have mended
    /// them.</summary>
    public ForkedLogException Damaged()
    {
        size = -1;
        return new(
            "The map to newest statements is not the one whose root the log holds. The database is damaged. " + TreeStore.HowToMend);
    }

    /// <summary>The rows of a tile and the nodes above them, as a tree of its own: 36 bytes a node.</summary>
    private sealed class Tile
    {
        private Node[] nodes = new Node[1];
        private int count = 1;

        [InlineArray(MerkleTree.HashSize)]
        private struct Hash
        {
            private byte first;
        }

        private struct Node
        {
            public Hash Hash;
            public int Halves;
        }

        /// <summary>Where the first half of a node stands, before the other; 0 where it is a row.</summary>
        public int HalvesOf(int node) => nodes[node].Halves;

        public Span<byte> HashOf(int node) => nodes[node].Hash;

        /// <summary>Gives a row halves, which are rows.</summary>
        public int Divide(int node)
        {
            if (count + 2 > nodes.Length) Array.Resize(ref nodes, Math.Max(count + 2, nodes.Length * 3 / 2));
            nodes[node].Halves = count;
            return (count += 2) - 2;
        }

        /// <summary>Makes the hash of a node from those of its halves.</summary>
        public void Join(int node) => MapTree.Halves(HashOf(HalvesOf(node)), HashOf(HalvesOf(node) + 1), HashOf(node));
    }

    /// <summary>Entries of the log that the stored map covers.</summary>
    public static long SizeOf(DbConnection db) => db.Ask("SELECT size FROM map", row => row.GetInt64(0));

    /// <summary>What this transaction's writer remembers, as the tables are now: other processes write to them as well.</summary>
    public static MapStore Of(Transaction transaction)
    {
        var store = transaction.Memory.Of<MapStore>();
        store.Read(transaction.Connection);
        return store;
    }

    /// <summary>The map as a snapshot shows it.</summary>
    public static MapStore Of(DbConnection snapshot)
    {
        var store = new MapStore();
        store.Read(snapshot);
        return store;
    }

    /// <summary>Entries of the log that it covers.</summary>
    public long Size => size;

    /// <summary>Whether its root is the one that the log holds: made here, or compared since it was read.</summary>
    public bool IsVouched { get; set; }

    public byte[] Root => top[1];

    private void Read(DbConnection db)
    {
        if (SizeOf(db) is var now && now == size) return;
        (size, IsVouched) = (now, false);
        Array.Clear(tiles);
        Array.Fill(top, MapTree.Empty);
        foreach (var (no, hash) in db.Rows("SELECT no, hash FROM map_tile", row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1))))
            if (no is < 0 or >= MapTree.Tiles || hash.Length != MerkleTree.HashSize) throw Damaged();
            else top[MapTree.Tiles + no] = hash;
        for (var node = MapTree.Tiles - 1; node > 0; node--) top[node] = MapTree.Halves(top[2 * node], top[2 * node + 1]);
    }

    /// <summary>Brings the map to so many entries of the log.</summary>
    /// <param name="db">The writer's.</param>
    /// <param name="covers">Entries that it covers then.</param>
    /// <param name="statements">Of each certificate that a statement since is about its id, the index of the newest of them and how many
    /// they are; in the order of ids, each once.</param>
    public void Put(DbConnection db, long covers, List<MapEntry> statements)
    {
        ReadOnlySpan<MapEntry> changes = CollectionsMarshal.AsSpan(statements);
        while (changes.Length > 0)
        {
            var no = TileOf(changes[0].Id);
            var end = 1;
            while (end < changes.Length && TileOf(changes[end].Id) == no) end++;
            Put(db, no, changes[..end]);
            changes = changes[end..];
            Climb(no, changes.Length > 0 ? TileOf(changes[0].Id) : -1);
        }
        db.Run("UPDATE map SET size = @covers", covers);
        (size, IsVouched) = (covers, true);
    }

    private static int TileOf(ulong id) => (int)(id >> (MapTree.Bits - MapTree.TopDepth));

    /// <summary>Makes the nodes above a tile anew; those that are above the next one that changes too, with that.</summary>
    private void Climb(int no, int next)
    {
        for (var node = (MapTree.Tiles + no) >> 1; node > 0; node >>= 1)
        {
            var below = MapTree.TopDepth - BitOperations.Log2((uint)node);
            if (next >= 0 && (MapTree.Tiles + next) >> below == node) return;
            top[node] = MapTree.Halves(top[2 * node], top[2 * node + 1]);
        }
    }

    private void Put(DbConnection db, int no, ReadOnlySpan<MapEntry> changes)
    {
        var tile = TileAt(db, no);
        Put(db, tile, 0, FirstOf(no), MapTree.TopDepth, changes);
        var hash = top[MapTree.Tiles + no] = tile.HashOf(0).ToArray();
        if (db.Run("UPDATE map_tile SET hash = @hash WHERE no = @no", hash, (long)no) == 0)
            db.Run("INSERT INTO map_tile (no, hash) VALUES (@no, @hash)", (long)no, hash);
    }

    private void Put(DbConnection db, Tile tile, int node, ulong first, int depth, ReadOnlySpan<MapEntry> changes)
    {
        if (changes.Length == 0) return;
        if (tile.HalvesOf(node) is not (> 0 and var halves))
        {
            Change(db, tile, node, first, depth, changes);
            return;
        }
        var middle = first + MapTree.Bit(depth);
        var left = 0;
        while (left < changes.Length && changes[left].Id < middle) left++;
        Put(db, tile, halves, first, depth + 1, changes[..left]);
        Put(db, tile, halves + 1, middle, depth + 1, changes[left..]);
        tile.Join(node);
    }

    private static ulong FirstOf(int no) => (ulong)no << (MapTree.Bits - MapTree.TopDepth);

    private Tile TileAt(DbConnection db, int no)
    {
        if (tiles[no] is { } known) return known;
        var tile = Load(db, no);
        if (!tile.HashOf(0).SequenceEqual(top[MapTree.Tiles + no])) throw Damaged();
        return tiles[no] = tile;
    }

    private Tile Load(DbConnection db, int no)
    {
        const string Heads = "SELECT first, substr(entries, 1, 33) FROM map_row WHERE first >= @from AND first < @to ORDER BY first";
        var rows = db.Rows(Heads, row => (First: (ulong)row.GetInt64(0), Head: row.GetFieldValue<byte[]>(1)),
            (long)FirstOf(no), (long)FirstOf(no + 1));
        var (tile, next) = (new Tile(), 0);
        if (rows.Count > 0) Place(0, FirstOf(no), MapTree.TopDepth);
        return next == rows.Count ? tile : throw Damaged();

        // The rows of a subtree follow one another and leave nothing out.
        void Place(int node, ulong first, int depth)
        {
            if (next == rows.Count || rows[next].First != first || rows[next].Head.Length != HeadSize) throw Damaged();
            if (rows[next].Head[0] == depth)
            {
                rows[next++].Head.AsSpan(1).CopyTo(tile.HashOf(node));
                return;
            }
            if (rows[next].Head[0] is < MapTree.TopDepth or > MapTree.Bits || rows[next].Head[0] < depth) throw Damaged();
            var halves = tile.Divide(node);
            Place(halves, first, depth + 1);
            Place(halves + 1, first + MapTree.Bit(depth), depth + 1);
            tile.Join(node);
        }
    }

    /// <summary>As they are stored: their hash tells whether they are right.</summary>
    private ReadOnlySpan<byte> Stored(DbConnection db, ulong first)
    {
        var kept = db.Ask("SELECT entries FROM map_row WHERE first = @first", found => found.GetFieldValue<byte[]>(0), (long)first);
        var entries = kept is null ? [] : kept.AsSpan(Math.Min(HeadSize, kept.Length));
        return entries.Length % MapEntry.Size == 0 ? entries : throw Damaged();
    }

    private ReadOnlySpan<byte> Entries(DbConnection db, ulong first, int depth, ReadOnlySpan<byte> hash)
    {
        var entries = Stored(db, first);
        return MapTree.HashOf(entries, first, depth).AsSpan().SequenceEqual(hash) ? entries : throw Damaged();
    }

    /// <summary>Writes a row with changes, or the rows that it is divided into.</summary>
    private void Change(DbConnection db, Tile tile, int node, ulong first, int depth, ReadOnlySpan<MapEntry> changes)
    {
        var stored = Stored(db, first);
        var text = new byte[HeadSize + stored.Length + changes.Length * MapEntry.Size];
        var end = HeadSize + Merge(stored, changes, text.AsSpan(HeadSize));
        var merged = text.AsSpan(HeadSize..end);
        var (before, after) = MapTree.HashesOf(stored, merged, first, depth);
        if (!before.AsSpan().SequenceEqual(tile.HashOf(node))) throw Damaged();
        if (merged.Length > MaxRow * MapEntry.Size) Divide(db, tile, node, first, depth, merged);
        else Write(db, tile, node, first, depth, after, end == text.Length ? text : text[..end]);
    }

    /// <returns>Bytes written.</returns>
    private static int Merge(ReadOnlySpan<byte> old, ReadOnlySpan<MapEntry> changes, Span<byte> merged)
    {
        var to = 0;
        foreach (var change in changes)
        {
            var before = MapTree.Place(old, change.Id);
            old[..before].CopyTo(merged[to..]);
            old = old[before..];
            to += before;
            var known = 0;
            if (old.Length > 0 && MapEntry.Read(old) is var kept && kept.Id == change.Id)
            {
                known = kept.Count;
                old = old[MapEntry.Size..];
            }
            (change with { Count = known + change.Count }).Write(merged[to..]);
            to += MapEntry.Size;
        }
        old.CopyTo(merged[to..]);
        return to + old.Length;
    }

    private static void Divide(DbConnection db, Tile tile, int node, ulong first, int depth, ReadOnlySpan<byte> entries)
    {
        if (entries.Length <= MaxRow * MapEntry.Size)
        {
            Write(db, tile, node, first, depth, MapTree.HashOf(entries, first, depth), [.. new byte[HeadSize], .. entries]);
            return;
        }
        var middle = first + MapTree.Bit(depth);
        var at = MapTree.Place(entries, middle);
        var halves = tile.Divide(node);
        Divide(db, tile, halves, first, depth + 1, entries[..at]);
        Divide(db, tile, halves + 1, middle, depth + 1, entries[at..]);
        tile.Join(node);
    }

    /// <param name="db">The writer's.</param>
    /// <param name="tile">That it is of.</param>
    /// <param name="node">Where it stands in that.</param>
    /// <param name="first">Its least id.</param>
    /// <param name="depth">Of its subtree.</param>
    /// <param name="hash">Over its entries.</param>
    /// <param name="text">Room for its head, then its entries.</param>
    private static void Write(DbConnection db, Tile tile, int node, ulong first, int depth, byte[] hash, byte[] text)
    {
        text[0] = (byte)depth;
        hash.CopyTo(text, 1);
        hash.CopyTo(tile.HashOf(node));
        // Nearly every row is there: an insertion that turns out to be a change looks for its place twice.
        if (db.Run("UPDATE map_row SET entries = @text WHERE first = @first", text, (long)first) == 0)
            db.Run("INSERT INTO map_row (first, entries) VALUES (@first, @text)", (long)first, text);
    }

    /// <summary>What the map says of a certificate, with what shows it.</summary>
    /// <param name="db">The snapshot that it was read from.</param>
    /// <param name="id">The sixty bits of its id.</param>
    public MapProof Prove(DbConnection db, ulong id)
    {
        var no = TileOf(id);
        var tile = TileAt(db, no);
        var hashes = new List<byte[]>();
        for (var above = MapTree.Tiles + no; above > 1; above >>= 1) hashes.Add(top[above ^ 1]);
        var (node, depth) = (0, MapTree.TopDepth);
        for (; tile.HalvesOf(node) is > 0 and var halves; depth++)
        {
            var half = (id & MapTree.Bit(depth)) == 0 ? 0 : 1;
            hashes.Insert(0, tile.HashOf(halves + 1 - half).ToArray());
            node = halves + half;
        }
        var entries = Entries(db, MapTree.First(id, depth), depth, tile.HashOf(node));
        for (; entries.Length > MapTree.Bucket * MapEntry.Size; depth++)
        {
            var at = MapTree.Place(entries, MapTree.First(id, depth) + MapTree.Bit(depth));
            var isLeft = (id & MapTree.Bit(depth)) == 0;
            hashes.Insert(0, MapTree.HashOf(isLeft ? entries[at..] : entries[..at], Other(id, depth), depth + 1));
            entries = isLeft ? entries[..at] : entries[at..];
        }
        return new(id, entries.ToArray(), hashes);
    }

    /// <summary>The least id of the half, one deeper, that does not hold an id.</summary>
    private static ulong Other(ulong id, int depth) => MapTree.First(id, depth + 1) ^ MapTree.Bit(depth);
}
