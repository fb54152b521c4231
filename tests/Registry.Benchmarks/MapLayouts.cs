using System.Buffers.Binary;
using System.Data.Common;
using System.Numerics;
using System.Security.Cryptography;

namespace Registry.Benchmarks;

/// <summary>A map from certificate id to the index of its newest statement: a Merkle tree over ids, whose root says for every id what it leads to, or that there is none.</summary>
public abstract class CertificateMap(DbConnection db)
{
    /// <summary>Bits of an id; they come from a hash, so the tree is even.</summary>
    public const int Bits = 60;
    protected const int HashSize = 32, EntrySize = 13; // 8 bytes of id, 5 of index
    protected static readonly byte[] Empty = new byte[HashSize];

    protected DbConnection Db => db;

    public abstract string Name { get; }
    public abstract string[] Tables { get; }
    public abstract void Create();

    /// <summary>Puts pairs in, sorted by id, each id once, and gives the new root.</summary>
    public abstract byte[] Put(ReadOnlySpan<(ulong Id, long Seq)> changes);

    /// <summary>Bytes of the proof of an id: the hashes beside its way to the root, and what stands at its end.</summary>
    public abstract int ProofSize(ulong id, ulong[] sorted);

    protected static ulong Bit(int depth) => 1UL << (Bits - 1 - depth);

    protected static byte[] Inner(byte[] left, byte[] right)
    {
        Span<byte> text = stackalloc byte[1 + 2 * HashSize];
        text[0] = 1;
        left.CopyTo(text[1..]);
        right.CopyTo(text[(1 + HashSize)..]);
        return SHA256.HashData(text);
    }

    protected static void Write(Span<byte> to, ulong id, long seq)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, id);
        to[8] = (byte)(seq >> 32);
        BinaryPrimitives.WriteUInt32BigEndian(to[9..], (uint)seq);
    }

    protected static (ulong Id, long Seq) Read(ReadOnlySpan<byte> from) => (BinaryPrimitives.ReadUInt64BigEndian(from), (long)from[8] << 32 | BinaryPrimitives.ReadUInt32BigEndian(from[9..]));

    /// <summary>How many of sorted ids lie in a subtree.</summary>
    protected static int Count(ulong[] sorted, ulong first, int depth) => At(sorted, first + (1UL << (Bits - depth))) - At(sorted, first);

    private static int At(ulong[] sorted, ulong id)
    {
        var at = Array.BinarySearch(sorted, id);
        return at < 0 ? ~at : at;
    }
}

/// <summary>
/// A leaf of the tree is a bucket: the 16 neighbours at most of a subtree, hashed as they stand, so a proof of presence and one of absence is the bucket and the way up. A row holds the
/// buckets of up to 100 neighbours, its depth and its own hash before them; a second table the hash over the rows of each 1,024th of all ids. What is between is remembered, and made anew
/// from these where another process wrote.
/// </summary>
public sealed class PagedMap(DbConnection db) : CertificateMap(db)
{
    private const int Bucket = 16, MaxRow = 100, TileDepth = 10, Tiles = 1 << TileDepth, HeadSize = 1 + HashSize;

    public override string Name => "buckets of 16 in rows of 100";
    public override string[] Tables => ["map_row", "map_tile"];

    private readonly Tile?[] tiles = new Tile?[Tiles];
    private readonly byte[][] top = new byte[2 * Tiles][];

    /// <summary>The rows of one 1,024th of all ids, in order, and the nodes above them that are known.</summary>
    private sealed class Tile(List<(ulong First, int Depth, byte[] Hash)> rows)
    {
        public List<(ulong First, int Depth, byte[] Hash)> Rows { get; } = rows;
        public Dictionary<(int, ulong), byte[]> Known { get; } = [];
    }

    public override void Create()
    {
        Db.Run("CREATE TABLE map_row (first INTEGER PRIMARY KEY, entries BLOB NOT NULL)");
        Db.Run("CREATE TABLE map_tile (no INTEGER PRIMARY KEY, hash BLOB NOT NULL)");
        Forget();
    }

    /// <summary>Reads the hashes of all tiles, as whoever finds that another process has written does.</summary>
    public void Forget()
    {
        Array.Clear(tiles);
        Array.Fill(top, Empty);
        foreach (var (no, hash) in Db.Rows("SELECT no, hash FROM map_tile", row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)))) top[Tiles + no] = hash;
        for (var i = Tiles - 1; i > 0; i--) top[i] = Inner(top[2 * i], top[2 * i + 1]);
    }

    /// <summary>The rows of a tile lie side by side in the file.</summary>
    private Tile Load(int no)
    {
        var (from, to) = ((long)no << (Bits - TileDepth), (long)(no + 1) << (Bits - TileDepth));
        var rows = Db.Rows("SELECT first, substr(entries, 1, 33) FROM map_row WHERE first >= @from AND first < @to ORDER BY first", row => ((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1)), from, to);
        return new(rows.Count == 0 ? [((ulong)from, TileDepth, Empty)] : rows.ConvertAll(row => (row.Item1, (int)row.Item2[0], row.Item2[1..])));
    }

    public override byte[] Put(ReadOnlySpan<(ulong Id, long Seq)> changes)
    {
        for (var at = 0; at < changes.Length;)
        {
            var no = (int)(changes[at].Id >> (Bits - TileDepth));
            var end = at + 1;
            while (end < changes.Length && (int)(changes[end].Id >> (Bits - TileDepth)) == no) end++;
            Put(no, changes[at..end]);
            at = end;
            var next = no < Tiles - 1 && at < changes.Length ? (int)(changes[at].Id >> (Bits - TileDepth)) : -1;
            // Nodes above two changed tiles are made once: with the last of those below them.
            for (var node = Tiles + no >> 1; node > 0; node >>= 1)
            {
                var last = ((node << (int)(TileDepth - BitOperations.Log2((uint)node))) | ((1 << (TileDepth - BitOperations.Log2((uint)node))) - 1)) - Tiles;
                if (next >= 0 && next <= last) break;
                top[node] = Inner(top[2 * node], top[2 * node + 1]);
            }
        }
        return top[1];
    }

    private void Put(int no, ReadOnlySpan<(ulong Id, long Seq)> changes)
    {
        var start = (ulong)no << (Bits - TileDepth);
        var tile = tiles[no] ??= Load(no);
        for (var at = 0; at < changes.Length;)
        {
            var i = Find(tile.Rows, changes[at].Id);
            var (first, depth, _) = tile.Rows[i];
            var end = at + 1;
            while (end < changes.Length && changes[end].Id - first < 1UL << (Bits - depth)) end++;
            var kept = Db.Ask("SELECT entries FROM map_row WHERE first = @first", row => row.GetFieldValue<byte[]>(0), (long)first);
            var entries = Merge(kept is null ? [] : kept.AsSpan(HeadSize), changes[at..end]);
            tile.Rows.RemoveAt(i);
            tile.Rows.InsertRange(i, Store(first, depth, entries));
            for (var d = TileDepth; d < depth; d++) tile.Known.Remove((d, first >> (Bits - d)));
            at = end;
        }
        top[Tiles + no] = Root(tile, start, TileDepth);
        Db.Run("INSERT INTO map_tile (no, hash) VALUES (@no, @hash) ON CONFLICT (no) DO UPDATE SET hash = excluded.hash", (long)no, top[Tiles + no]);
    }

    private static int Find(List<(ulong First, int Depth, byte[] Hash)> rows, ulong id)
    {
        var (low, high) = (0, rows.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (rows[middle].First <= id) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private static byte[] Merge(ReadOnlySpan<byte> old, ReadOnlySpan<(ulong Id, long Seq)> changes)
    {
        var merged = new byte[old.Length + changes.Length * EntrySize];
        var (from, to) = (0, 0);
        foreach (var (id, seq) in changes)
        {
            var begin = from;
            while (from < old.Length && BinaryPrimitives.ReadUInt64BigEndian(old[from..]) < id) from += EntrySize;
            old[begin..from].CopyTo(merged.AsSpan(to));
            to += from - begin;
            if (from < old.Length && BinaryPrimitives.ReadUInt64BigEndian(old[from..]) == id) from += EntrySize;
            Write(merged.AsSpan(to), id, seq);
            to += EntrySize;
        }
        old[from..].CopyTo(merged.AsSpan(to));
        return merged[..(to + old.Length - from)];
    }

    /// <summary>Writes a row, or the rows it is split into.</summary>
    private IEnumerable<(ulong, int, byte[])> Store(ulong first, int depth, byte[] entries)
    {
        if (entries.Length > MaxRow * EntrySize)
        {
            var middle = first + Bit(depth);
            var at = Split(entries, middle);
            return [.. Store(first, depth + 1, entries[..at]), .. Store(middle, depth + 1, entries[at..])];
        }
        var hash = HashOf(entries, first, depth);
        Db.Run("INSERT INTO map_row (first, entries) VALUES (@first, @entries) ON CONFLICT (first) DO UPDATE SET entries = excluded.entries", (long)first, (byte[])[(byte)depth, .. hash, .. entries]);
        return [(first, depth, hash)];
    }

    private static int Split(ReadOnlySpan<byte> entries, ulong middle)
    {
        var (low, high) = (0, entries.Length / EntrySize);
        while (low < high)
        {
            var at = (low + high) / 2;
            if (BinaryPrimitives.ReadUInt64BigEndian(entries[(at * EntrySize)..]) < middle) low = at + 1;
            else high = at;
        }
        return low * EntrySize;
    }

    private static byte[] HashOf(ReadOnlySpan<byte> entries, ulong first, int depth)
    {
        if (entries.Length <= Bucket * EntrySize)
        {
            Span<byte> text = stackalloc byte[1 + entries.Length];
            text[0] = 0;
            entries.CopyTo(text[1..]);
            return SHA256.HashData(text);
        }
        var middle = first + Bit(depth);
        var at = Split(entries, middle);
        return Inner(HashOf(entries[..at], first, depth + 1), HashOf(entries[at..], middle, depth + 1));
    }

    private static byte[] Root(Tile tile, ulong first, int depth)
    {
        // Each row stands for the subtree of its depth; a row of a tile that was never split stands for the tile.
        var at = Find(tile.Rows, first);
        return Node(first, depth);

        byte[] Node(ulong from, int d)
        {
            if (tile.Rows[at].Depth == d) return tile.Rows[at++].Hash;
            if (tile.Known.TryGetValue((d, from >> (Bits - d)), out var known))
            {
                var end = from + (1UL << (Bits - d));
                at = end - 1 >= tile.Rows[^1].First ? tile.Rows.Count : Find(tile.Rows, end);
                return known;
            }
            var left = Node(from, d + 1);
            return tile.Known[(d, from >> (Bits - d))] = Inner(left, Node(from + Bit(d), d + 1));
        }
    }

    public override int ProofSize(ulong id, ulong[] sorted)
    {
        for (var depth = TileDepth; ; depth++)
        {
            var neighbours = Count(sorted, id >> (Bits - depth) << (Bits - depth), depth);
            if (neighbours <= Bucket) return depth * HashSize + neighbours * EntrySize;
        }
    }
}

/// <summary>What key transparency does: every certificate a leaf of its own, the hashes of four levels a row, sixteen to it.</summary>
public sealed class TiledMap(DbConnection db) : CertificateMap(db)
{
    private const int Height = 4, Slots = 1 << Height;
    private const byte None = 0, Leaf = 1, Node = 2;

    public override string Name => "a leaf a certificate, rows of four levels";
    public override string[] Tables => ["map_node"];
    public override void Create() => Db.Run("CREATE TABLE map_node (place INTEGER PRIMARY KEY, slots BLOB NOT NULL)");

    public override byte[] Put(ReadOnlySpan<(ulong Id, long Seq)> changes) => Put(0, 0, changes);

    private struct Slot
    {
        public byte Kind;
        public (ulong Id, long Seq) Entry;
        public byte[] Hash;
    }

    /// <summary>Its place in the table: of neighbours on one level the prefixes, under the bit that tells the level.</summary>
    private static long Place(int depth, ulong prefix) => (long)((1UL << depth) + prefix);

    private byte[] Put(int depth, ulong prefix, ReadOnlySpan<(ulong Id, long Seq)> changes)
    {
        var place = Place(depth, prefix);
        var slots = Parse(Db.Ask("SELECT slots FROM map_node WHERE place = @place", row => row.GetFieldValue<byte[]>(0), place) ?? new byte[Slots]);
        for (var at = 0; at < changes.Length;)
        {
            var i = SlotOf(changes[at].Id, depth);
            var end = at + 1;
            while (end < changes.Length && SlotOf(changes[end].Id, depth) == i) end++;
            ref var slot = ref slots[i];
            var here = changes[at..end];
            if (here.Length == 1 && (slot.Kind == None || slot.Kind == Leaf && slot.Entry.Id == here[0].Id)) slot = new() { Kind = Leaf, Entry = here[0] };
            else
            {
                // What stood here alone goes down with those that came.
                (ulong Id, long Seq)[] below = slot.Kind == Leaf && !Holds(here, slot.Entry.Id) ? [.. here, slot.Entry] : here.ToArray();
                Array.Sort(below);
                slot = new() { Kind = Node, Hash = Put(depth + Height, prefix << Height | (uint)i, below) };
            }
            at = end;
        }
        Db.Run("INSERT INTO map_node (place, slots) VALUES (@place, @slots) ON CONFLICT (place) DO UPDATE SET slots = excluded.slots", place, Bytes(slots));
        return Root(slots);
    }

    private static int SlotOf(ulong id, int depth) => (int)(id >> (Bits - depth - Height)) & (Slots - 1);

    private static bool Holds(ReadOnlySpan<(ulong Id, long Seq)> changes, ulong id)
    {
        foreach (var change in changes)
            if (change.Id == id) return true;
        return false;
    }

    private static Slot[] Parse(ReadOnlySpan<byte> bytes)
    {
        var slots = new Slot[Slots];
        for (int i = 0, at = 0; i < Slots; i++)
        {
            slots[i].Kind = bytes[at++];
            if (slots[i].Kind == Leaf) slots[i].Entry = Read(bytes[at..]);
            if (slots[i].Kind == Node) slots[i].Hash = bytes.Slice(at, HashSize).ToArray();
            at += slots[i].Kind switch { Leaf => EntrySize, Node => HashSize, _ => 0 };
        }
        return slots;
    }

    private static byte[] Bytes(Slot[] slots)
    {
        var bytes = new byte[slots.Sum(slot => 1 + slot.Kind switch { Leaf => EntrySize, Node => HashSize, _ => 0 })];
        var at = 0;
        foreach (var slot in slots)
        {
            bytes[at++] = slot.Kind;
            if (slot.Kind == Leaf) Write(bytes.AsSpan(at), slot.Entry.Id, slot.Entry.Seq);
            if (slot.Kind == Node) slot.Hash.CopyTo(bytes, at);
            at += slot.Kind switch { Leaf => EntrySize, Node => HashSize, _ => 0 };
        }
        return bytes;
    }

    private static byte[] Root(Slot[] slots)
    {
        Span<byte> text = stackalloc byte[1 + EntrySize];
        var level = new byte[Slots][];
        for (var i = 0; i < Slots; i++)
        {
            text[0] = 0;
            if (slots[i].Kind == Leaf) Write(text[1..], slots[i].Entry.Id, slots[i].Entry.Seq);
            level[i] = slots[i].Kind switch { Leaf => SHA256.HashData(text), Node => slots[i].Hash, _ => Empty };
        }
        // A subtree with nothing in it has no hash to make.
        for (var width = Slots / 2; width > 0; width /= 2)
            for (var i = 0; i < width; i++) level[i] = level[2 * i] == Empty && level[2 * i + 1] == Empty ? Empty : Inner(level[2 * i], level[2 * i + 1]);
        return level[0];
    }

    public override int ProofSize(ulong id, ulong[] sorted)
    {
        var depth = 0;
        while (Count(sorted, id >> (Bits - depth) << (Bits - depth), depth) > 1) depth += Height;
        // An empty neighbour is told by a bit.
        var siblings = Enumerable.Range(1, depth).Count(d => Count(sorted, (id >> (Bits - d) ^ 1) << (Bits - d), d) > 0);
        return siblings * HashSize + depth / 8 + EntrySize;
    }
}
