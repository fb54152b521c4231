using System.Data.Common;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Registry.Transparency;

/// <summary>
/// SQL of the map. A row holds all entries of a subtree, at most a hundred, with its hash before them; a tile the hash of a 1,024th of all
/// ids. What is between is made from these and remembered, by the writer from one transaction to the next (<see cref="Memory"/>).
/// </summary>
public sealed class MapStore
{
    /// <summary>Entries of a row beyond which it is divided: more, and a post writes more bytes; fewer, and their hashes take more
    /// room.</summary>
    private const int MaxRow = 100;
    private const int HeadSize = 1 + MerkleTree.HashSize;

    private readonly Tile?[] tiles = new Tile?[MapTree.Tiles];
    /// <summary>The nodes above the tiles as a heap: the root is the first, and the halves of each stand at twice its place.</summary>
    private readonly byte[][] top = new byte[2 * MapTree.Tiles][];
    private long size = -1;

    private sealed record Row(ulong First, int Depth, byte[] Hash);

    /// <summary>The tables are not what the log makes. They are read anew when they are asked again: somebody may have mended
    /// them.</summary>
    public ForkedLogException Damaged()
    {
        size = -1;
        return new(
            "The map to newest statements is not the one whose root the log holds. The database is damaged. " + TreeStore.HowToMend);
    }

    /// <summary>The rows of a tile in order, and the nodes above them that are known.</summary>
    private sealed class Tile(List<Row> rows)
    {
        public List<Row> Rows { get; } = rows;
        public Dictionary<(int Depth, ulong First), byte[]> Known { get; } = [];
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
        while (changes.Length > 0)
        {
            var at = Find(tile.Rows, changes[0].Id);
            var row = tile.Rows[at];
            var (first, depth) = (row.First, row.Depth);
            var end = 1;
            while (end < changes.Length && MapTree.First(changes[end].Id, depth) == first) end++;
            var made = Change(db, row, changes[..end]);
            tile.Rows.RemoveAt(at);
            tile.Rows.InsertRange(at, made);
            for (var above = MapTree.TopDepth; above < depth; above++) tile.Known.Remove((above, MapTree.First(first, above)));
            changes = changes[end..];
        }
        var hash = NodeOf(tile, FirstOf(no), MapTree.TopDepth);
        top[MapTree.Tiles + no] = hash;
        if (db.Run("UPDATE map_tile SET hash = @hash WHERE no = @no", hash, (long)no) == 0)
            db.Run("INSERT INTO map_tile (no, hash) VALUES (@no, @hash)", (long)no, hash);
    }

    private static ulong FirstOf(int no) => (ulong)no << (MapTree.Bits - MapTree.TopDepth);

    private Tile TileAt(DbConnection db, int no)
    {
        if (tiles[no] is { } known) return known;
        var tile = Load(db, no);
        if (!NodeOf(tile, FirstOf(no), MapTree.TopDepth).AsSpan().SequenceEqual(top[MapTree.Tiles + no])) throw Damaged();
        return tiles[no] = tile;
    }

    private Tile Load(DbConnection db, int no)
    {
        const string Heads = "SELECT first, substr(entries, 1, 33) FROM map_row WHERE first >= @from AND first < @to ORDER BY first";
        var rows = db.Rows(Heads, Head, (long)FirstOf(no), (long)FirstOf(no + 1));
        return new(rows.Count > 0 ? rows : [new(FirstOf(no), MapTree.TopDepth, MapTree.Empty)]);

        Row Head(DbDataReader row)
        {
            var (first, head) = ((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1));
            var isWhole = head.Length == HeadSize && head[0] is >= MapTree.TopDepth and <= MapTree.Bits;
            return isWhole && MapTree.First(first, head[0]) == first ? new(first, head[0], head[1..]) : throw Damaged();
        }
    }

    /// <summary>As they are stored: their hash tells whether they are right.</summary>
    private ReadOnlySpan<byte> Stored(DbConnection db, Row row)
    {
        var kept = db.Ask("SELECT entries FROM map_row WHERE first = @first", found => found.GetFieldValue<byte[]>(0), (long)row.First);
        var entries = kept is null ? [] : kept.AsSpan(Math.Min(HeadSize, kept.Length));
        return entries.Length % MapEntry.Size == 0 ? entries : throw Damaged();
    }

    private ReadOnlySpan<byte> Entries(DbConnection db, Row row)
    {
        var entries = Stored(db, row);
        return MapTree.HashOf(entries, row.First, row.Depth).AsSpan().SequenceEqual(row.Hash) ? entries : throw Damaged();
    }

    /// <summary>Writes a row with changes, or the rows that it is divided into.</summary>
    private List<Row> Change(DbConnection db, Row row, ReadOnlySpan<MapEntry> changes)
    {
        var stored = Stored(db, row);
        var text = new byte[HeadSize + stored.Length + changes.Length * MapEntry.Size];
        var end = HeadSize + Merge(stored, changes, text.AsSpan(HeadSize));
        var merged = text.AsSpan(HeadSize..end);
        var (before, after) = MapTree.HashesOf(stored, merged, row.First, row.Depth);
        if (!before.AsSpan().SequenceEqual(row.Hash)) throw Damaged();
        if (merged.Length <= MaxRow * MapEntry.Size) return [Write(db, row.First, row.Depth, after, end == text.Length ? text : text[..end])];
        var made = new List<Row>();
        Divide(db, row.First, row.Depth, merged, made);
        return made;
    }

    /// <summary>The row that holds an id.</summary>
    private static int Find(List<Row> rows, ulong id)
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

    private static void Divide(DbConnection db, ulong first, int depth, ReadOnlySpan<byte> entries, List<Row> made)
    {
        if (entries.Length <= MaxRow * MapEntry.Size)
        {
            made.Add(Write(db, first, depth, MapTree.HashOf(entries, first, depth), [.. new byte[HeadSize], .. entries]));
            return;
        }
        var middle = first + MapTree.Bit(depth);
        var at = MapTree.Place(entries, middle);
        Divide(db, first, depth + 1, entries[..at], made);
        Divide(db, middle, depth + 1, entries[at..], made);
    }

    /// <param name="db">The writer's.</param>
    /// <param name="first">Least id.</param>
    /// <param name="depth">Of the subtree.</param>
    /// <param name="hash">Over the entries.</param>
    /// <param name="text">Room for the head, then the entries.</param>
    private static Row Write(DbConnection db, ulong first, int depth, byte[] hash, byte[] text)
    {
        text[0] = (byte)depth;
        hash.CopyTo(text, 1);
        // Nearly every row is there: an insertion that turns out to be a change looks for its place twice.
        if (db.Run("UPDATE map_row SET entries = @text WHERE first = @first", text, (long)first) == 0)
            db.Run("INSERT INTO map_row (first, entries) VALUES (@first, @text)", (long)first, text);
        return new(first, depth, hash);
    }

    /// <summary>The hash of a subtree at or above the rows of a tile.</summary>
    private byte[] NodeOf(Tile tile, ulong first, int depth)
    {
        var row = tile.Rows[Find(tile.Rows, first)];
        if (row.Depth <= depth) return row.Depth == depth && row.First == first ? row.Hash : throw Damaged();
        if (tile.Known.TryGetValue((depth, first), out var known)) return known;
        var (left, right) = (NodeOf(tile, first, depth + 1), NodeOf(tile, first + MapTree.Bit(depth), depth + 1));
        return tile.Known[(depth, first)] = MapTree.Halves(left, right);
    }

    /// <summary>What the map says of a certificate, with what shows it.</summary>
    /// <param name="db">The snapshot that it was read from.</param>
    /// <param name="id">The sixty bits of its id.</param>
    public MapProof Prove(DbConnection db, ulong id)
    {
        var no = TileOf(id);
        var tile = TileAt(db, no);
        var row = tile.Rows[Find(tile.Rows, id)];
        var depth = row.Depth;
        var hashes = new List<byte[]>();
        for (var node = MapTree.Tiles + no; node > 1; node >>= 1) hashes.Add(top[node ^ 1]);
        for (var above = MapTree.TopDepth; above < row.Depth; above++) hashes.Insert(0, NodeOf(tile, Other(id, above), above + 1));
        var entries = Entries(db, row);
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
