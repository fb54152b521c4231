using System.Data.Common;
using Dapper;

namespace Registry.Transparency;

/// <summary>A checkpoint the log has published, with the lines of witnesses that cosigned it.</summary>
public sealed record PublishedCheckpoint
{
    /// <summary>Leaves.</summary>
    public long Size { get; init; }

    /// <summary>Hashes of the full subtrees the size is made of.</summary>
    public byte[] Edge { get; init; } = [];

    /// <summary>The note with the log's signature; empty before it is signed.</summary>
    public string Signed { get; init; } = "";

    /// <summary>Lines of witnesses, each with its newline; null when there are none.</summary>
    public string? Cosignatures { get; init; }

    /// <summary>The note as it is published.</summary>
    public string Note => Signed + Cosignatures;

    /// <summary>The root that was signed. The edge gives the same, or the row is damaged.</summary>
    public byte[] Root => Claim.Root;

    /// <exception cref="ForkedLogException">The note is damaged.</exception>
    private Checkpoint Claim => Transparency.Note.Parse(Signed) is { } note && Checkpoint.Parse(note.Text) is { } claim ? claim
        : throw new ForkedLogException(
            $"The checkpoint over {Size} entries cannot be read: the database is damaged. {TreeStore.HowToMend}");
}

/// <summary>SQL of the seal over the log: tree nodes and checkpoints.</summary>
public static class TreeStore
{
    internal const string HowToRestore = "Restore the newest copy (registry restore), "
        + "or take the missing entries back from a mirror (registry mirror) and start from its database.";

    internal const string HowToMend =
        "Run `registry rebuild`: it makes the tree anew from the entries and compares it with what was signed. "
        + $"If it refuses: {HowToRestore}";

    /// <summary>Height of the lowest nodes that are stored, each the hash of 16 entries: a proof hashes the 16 beside its own, where it
    /// would hash 256 if there were none below a tile's. They are four bytes an entry; those of the heights between would save
    /// little.</summary>
    private const int Low = 4, LowWidth = 1 << Low, LowInTile = Tile.FullWidth / LowWidth;

    private const string Select = "SELECT size, edge, note, cosignatures FROM checkpoint";

    /// <summary>Seals what was appended since the last seal: its nodes, and a signed checkpoint over all. Part of every commit, in its
    /// own transaction; does nothing, and tells none, when nothing was appended.</summary>
    /// <returns>The note it signed.</returns>
    public static string? Seal(Transaction transaction)
    {
        if (transaction.Signer is not { } signer) return null;
        var db = transaction.Connection;
        if (transaction.Memory.Appended.Count == 0 && SizeOf(db) == EntryLog.Size(db)) return null;
        var (before, held) = (Proven(db, signer.VerifierKey, transaction.Memory), EntryLog.Size(db) - transaction.Memory.Appended.Count);
        if (before.Size != held) throw Damaged($"the log holds {held} entries, its checkpoint covers {before.Size}");
        var edge = Extend(transaction, before);
        var signed = new Checkpoint(signer.Name, edge.Size, edge.Root).Sign(signer).ToString();
        Publish(transaction, edge, signed, null);
        Vouch(transaction.Memory, signed);
        return signed;
    }

    /// <summary>The right edge as the last seal left it, under the signature of the log's key. Whatever is sealed next stands on it: one
    /// flipped bit, and everything signed from then on would be of a log that nobody posted.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="key">Of the log.</param>
    /// <param name="memory">Remembers the note whose signature was checked last.</param>
    /// <exception cref="ForkedLogException">The edge does not give the root that was signed, or the note is not signed by that
    /// key.</exception>
    public static Edge Proven(DbConnection db, VerifierKey key, Memory memory)
    {
        if (NewestTree(db) is not (var edge, var note)) return new();
        if (note is null) throw Damaged($"the tree over {edge.Size} entries was never signed");
        if (note != memory.Of<Vouched>().Note && Checkpoint.Open(note, key) is null)
            throw Damaged($"the checkpoint over {edge.Size} entries is not what the log's key signed");
        Vouch(memory, note);
        return edge;
    }

    /// <summary>The note whose signature was made or checked last: once signed it stays so, and this outlives the transaction.</summary>
    private sealed class Vouched
    {
        public string? Note { get; set; }
    }

    /// <summary>The writer itself has made or checked the signature of a note.</summary>
    public static void Vouch(Memory memory, string note) => memory.Of<Vouched>().Note = note;

    private static ForkedLogException Damaged(string what) => new($"Nothing is signed: {what}. The database is damaged. {HowToMend}");

    /// <summary>Leaves under the last seal; null before the first.</summary>
    private static long? SizeOf(DbConnection db) => db.ExecuteScalar<long?>("SELECT max(size) FROM checkpoint");

    /// <summary>Entries that are read at once.</summary>
    private const int Together = 1024;

    /// <summary>Puts the nodes of what was appended since the last seal into the tree, and gives its new edge.</summary>
    public static Edge Extend(Transaction transaction) => Extend(transaction, EdgeOf(transaction.Connection));

    /// <summary>Puts the nodes of the entries after an edge into the tree; the edge grows with them.</summary>
    public static Edge Extend(Transaction transaction, Edge edge)
    {
        var memory = transaction.Memory;
        // Nearly always the hashes are at hand: those of the entries that this transaction appended.
        if (memory.Newest is { } newest && newest.Seq + 1 - memory.Appended.Count == edge.Size)
        {
            memory.Appended.ForEach(appended => Append(appended.Hash));
            return edge;
        }
        foreach (var entry in EntryLog.Portions(transaction.Connection, edge.Size, Together).SelectMany(entries => entries))
        {
            if (entry.Seq != edge.Size) throw new InvalidDataException($"The log has no entry {edge.Size}.");
            Append(MerkleTree.LeafHash(entry.Leaf));
        }
        return edge;

        void Append(byte[] hash) => edge.Append(hash, (height, idx, node) =>
        {
            if (height is Low or >= Tile.Height) AddNode(transaction.Connection, height, idx, node);
        });
    }

    private static void AddNode(DbConnection db, int height, long index, byte[] hash) =>
        db.Run("INSERT INTO node (height, idx, hash) VALUES (@height, @idx, @hash)", height, index, hash);

    /// <summary>Makes the lowest nodes of a log whose tree was stored from 256 entries on, in one transaction; does nothing where they
    /// are.</summary>
    /// <param name="writer">The writer's connection, outside of a transaction.</param>
    /// <param name="log">Where it is told what is waited for.</param>
    public static void Complete(DbConnection writer, ILogger log)
    {
        if (Lowest(writer, 0, 1).Count > 0 || EntryLog.Size(writer) < LowWidth) return;
        Sqlite.Write(writer, log, () =>
        {
            writer.Run("DELETE FROM node WHERE height = @height", Low);
            foreach (var entries in EntryLog.Portions(writer, 0, LowWidth))
            {
                if (entries.Count < LowWidth) break;
                var hashes = entries.ConvertAll(entry => MerkleTree.LeafHash(entry.Leaf)).ToArray();
                AddNode(writer, Low, entries[0].Seq / LowWidth, MerkleTree.HashOf(hashes));
            }
        });
    }

    private static List<byte[]> Lowest(DbConnection db, long from, int count) => db.Rows(
        "SELECT hash FROM node WHERE height = @height AND idx >= @from AND idx < @to ORDER BY idx", Hash, Low, from, from + count);

    private static byte[] Hash(DbDataReader row) => row.GetFieldValue<byte[]>(0);

    /// <summary>Hashes every entry and holds them against all that was signed over them: nothing in the tree is believed.</summary>
    /// <param name="snapshot">A connection of <see cref="Location.OpenReadOnly"/>.</param>
    /// <param name="key">Of the log.</param>
    /// <param name="published">A note kept outside the database; null where there is none.</param>
    /// <param name="at">A size of whoever asks.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The root over the first <paramref name="at"/> entries; empty where there are fewer.</returns>
    /// <exception cref="ForkedLogException">The entries are not those that were signed: nothing can be made from them.</exception>
    public static async Task<byte[]> ProveEntries(
        DbConnection snapshot, VerifierKey key, string? published, long at, CancellationToken cancel)
    {
        var signed = Signed(snapshot, key, published).ToLookup(checkpoint => checkpoint.Size);
        var most = signed.Select(checkpoint => checkpoint.Key).DefaultIfEmpty().Max();
        var (edge, asked) = (new Edge(), Array.Empty<byte>());
        Check();
        await foreach (var hashes in Ahead.Make(Portions().ToAsyncEnumerable(), LeafHashes, cancel))
            foreach (var hash in hashes)
            {
                edge.Append(hash);
                Check();
            }
        if (most > edge.Size) throw Changed(edge.Size, most);
        return asked;

        static List<byte[]> LeafHashes(List<Entry> portion) => portion.ConvertAll(entry => MerkleTree.LeafHash(entry.Leaf));

        IEnumerable<List<Entry>> Portions()
        {
            var next = 0L;
            foreach (var entries in EntryLog.Portions(snapshot, next, Tile.FullWidth))
            {
                next += entries.Count;
                yield return entries[^1].Seq == next - 1 ? entries : throw Changed(EntryLog.Size(snapshot), most);
            }
        }

        void Check()
        {
            if (edge.Size == at) asked = edge.Root;
            if (!signed.Contains(edge.Size)) return;
            var root = edge.Root;
            if (signed[edge.Size].Any(checkpoint => !checkpoint.Root.AsSpan().SequenceEqual(root))) throw Changed(edge.Size, edge.Size);
        }
    }

    /// <summary>What the key signed of the notes in the database and the one outside.</summary>
    private static IEnumerable<Checkpoint> Signed(DbConnection db, VerifierKey key, string? published) =>
        db.Query<string?>("SELECT note FROM checkpoint").Append(published).OfType<string>()
            .Select(note => Checkpoint.Open(note, key)?.Checkpoint).OfType<Checkpoint>();

    private static ForkedLogException Changed(long held, long size) => new(
        $"The {held} entries of the database do not give the root that was signed over {size}: entries were lost or changed. "
        + HowToRestore);

    /// <summary>Makes the checkpoints anew over a tree whose nodes were. What was signed stays as it was signed, and the tree has to give
    /// it. A note that is damaged is signed again only where the entries and the tree's edge, each kept by itself, say the same.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="edge">Of the tree over all entries.</param>
    /// <param name="key">Of the log.</param>
    /// <param name="published">A note kept outside the database, which then is right too; if there is one.</param>
    /// <exception cref="ForkedLogException">The entries are not those that were signed.</exception>
    public static void Resign(Transaction transaction, Edge edge, VerifierKey key, string? published)
    {
        var (db, signer) = (transaction.Connection, transaction.Signer);
        var kept = db.Rows($"{Select} ORDER BY size", Published);
        db.Execute("DELETE FROM checkpoint");
        var signed = kept.Where(one => Checkpoint.Open(one.Signed, key) is not null).ToList();
        if (published is not null && Checkpoint.Open(published, key) is { Checkpoint: var shown })
            signed.Add(new() { Size = shown.Size, Signed = published });
        foreach (var one in signed)
            if (one.Size > edge.Size || !HasRoot(db, one.Size, one.Root)) throw Changed(edge.Size, one.Size);
        var newest = signed.Find(one => one.Size == edge.Size);
        var isEmpty = edge.Size == 0 && kept.Count == 0;
        if (newest is null && signer is not null && !isEmpty && !kept.Exists(HasThisEdge))
            throw new ForkedLogException(
                $"Nothing that was signed, and no edge of the tree, tells that these {edge.Size} entries are the log. {HowToRestore}");
        if (signed.FindLast(one => one.Cosignatures is not null && one.Size < edge.Size) is { } cosigned)
            AddCosignature(db, cosigned with { Edge = EdgeAt(cosigned.Size, Source(db)) }, cosigned.Cosignatures!);
        Publish(transaction, edge, newest?.Signed ?? (signer is null ? null : NoteOf(edge, signer)), newest?.Cosignatures);

        bool HasThisEdge(PublishedCheckpoint one) => one.Size == edge.Size && one.Edge.AsSpan().SequenceEqual(edge.ToBytes());
    }

    /// <summary>Signs the newest tree where it has no note yet.</summary>
    public static bool Sign(Transaction transaction, NoteSigner signer)
    {
        if (NewestTree(transaction.Connection) is not (var edge, null)) return false;
        Publish(transaction, edge, NoteOf(edge, signer), null);
        return true;
    }

    private static string NoteOf(Edge edge, NoteSigner signer) => new Checkpoint(signer.Name, edge.Size, edge.Root).Sign(signer).ToString();

    /// <summary>The edge of the first entries.</summary>
    public static byte[] EdgeAt(long size, MerkleTree.Source source)
    {
        var (bytes, from) = (new List<byte>(), 0L);
        for (var height = 62; height >= 0; height--)
            if ((size >> height & 1) == 1)
            {
                bytes.AddRange(source(height, from >> height));
                from += 1L << height;
            }
        return [.. bytes];
    }

    /// <summary>The right edge as the last seal left it.</summary>
    /// <exception cref="ForkedLogException">It does not give the root that was signed.</exception>
    public static Edge EdgeOf(DbConnection db) => NewestTree(db)?.Edge ?? new();

    /// <summary>The newest tree and its note, where it has one yet; they agree on size and root.</summary>
    private static (Edge Edge, string? Note)? NewestTree(DbConnection db)
    {
        var (size, bytes, signed) = db.Ask("SELECT size, edge, note FROM checkpoint ORDER BY size DESC LIMIT 1",
            row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : row.GetString(2)));
        if (bytes is null) return null;
        if (Edge.Parse(size, bytes) is not { } edge) throw Damaged($"the tree's edge does not fit its {size} entries");
        if (signed is null) return (edge, null);
        if (Note.Parse(signed) is not { } note || Checkpoint.Parse(note.Text) is not { } claim)
            throw Damaged($"the checkpoint over {size} entries cannot be read");
        return claim.Size == size && edge.Root.AsSpan().SequenceEqual(claim.Root) ? (edge, signed)
            : throw Damaged($"the tree's edge over {size} entries does not give the root that was signed over {claim.Size}");
    }

    /// <summary>Keeps a tree as the newest, with its signed note if there is one yet, and lets older ones go that nothing needs.</summary>
    public static void Publish(Transaction transaction, Edge edge, string? note, string? cosignatures)
    {
        transaction.Connection.Run("""
            INSERT INTO checkpoint (size, edge, note, cosignatures) VALUES (@size, @edge, @note, @cosignatures)
            ON CONFLICT (size) DO UPDATE
            SET note = coalesce(excluded.note, checkpoint.note), cosignatures = coalesce(excluded.cosignatures, checkpoint.cosignatures)
            """, edge.Size, edge.ToBytes(), note, cosignatures);
        // Until there is a note for the newest, the one before stays published.
        const string DropOlder = "DELETE FROM checkpoint WHERE size < @size AND (note IS NULL OR cosignatures IS NULL AND @signed)";
        transaction.Connection.Run(DropOlder, edge.Size, note is not null);
        if (cosignatures is not null) DropOlderCosigned(transaction.Connection, edge.Size);
    }

    /// <summary>Adds the line of a witness to a checkpoint it was asked about, which may have been overtaken since, in the place of its
    /// line from before: only the newest says how fresh the log is.</summary>
    public static void AddCosignature(DbConnection db, PublishedCheckpoint asked, string line)
    {
        var witness = line[..(line.LastIndexOf(' ') + 1)];
        bool IsOthers(string there) => there.Length > 0 && !there.StartsWith(witness, StringComparison.Ordinal);
        if (db.ExecuteScalar<string?>("SELECT cosignatures FROM checkpoint WHERE size = @Size", new { asked.Size }) is { } before)
        {
            var lines = string.Concat(before.Split('\n').Where(IsOthers).Select(there => there + "\n"));
            db.Execute("UPDATE checkpoint SET cosignatures = @lines WHERE size = @Size", new { asked.Size, lines });
        }
        db.Execute("""
            INSERT INTO checkpoint (size, edge, note, cosignatures) VALUES (@Size, @Edge, @Signed, @line)
            ON CONFLICT (size) DO UPDATE SET cosignatures = coalesce(checkpoint.cosignatures, '') || excluded.cosignatures
            """, new { asked.Size, asked.Edge, asked.Signed, line });
        DropOlderCosigned(db, asked.Size);
    }

    /// <summary>Those that witnesses cosigned.</summary>
    public static List<PublishedCheckpoint> Cosigned(DbConnection db) =>
        db.Rows($"{Select} WHERE cosignatures IS NOT NULL ORDER BY size", Published);

    /// <summary>Puts the lines of witnesses under a checkpoint, instead of those that are there.</summary>
    public static void SetCosignatures(Transaction transaction, long size, string? lines) =>
        transaction.Connection.Run("UPDATE checkpoint SET cosignatures = @lines WHERE size = @size", lines, size);

    /// <summary>Of the cosigned ones the newest is enough, unless it is the newest of all.</summary>
    private static void DropOlderCosigned(DbConnection db, long size) =>
        db.Execute("DELETE FROM checkpoint WHERE size < @size", new { size });

    /// <summary>The newest published checkpoint; null before the first.</summary>
    public static PublishedCheckpoint? Newest(DbConnection db) =>
        db.Ask($"{Select} WHERE note IS NOT NULL ORDER BY size DESC LIMIT 1", Published);

    /// <summary>The newest that a witness cosigned; null when there is none.</summary>
    public static PublishedCheckpoint? NewestCosigned(DbConnection db) =>
        db.Ask($"{Select} WHERE cosignatures IS NOT NULL ORDER BY size DESC LIMIT 1", Published);

    private static PublishedCheckpoint Published(DbDataReader row) => new()
    {
        Size = row.GetInt64(0),
        Edge = row.GetFieldValue<byte[]>(1),
        Signed = row.IsDBNull(2) ? "" : row.GetString(2),
        Cosignatures = row.IsDBNull(3) ? null : row.GetString(3),
    };

    /// <summary>The checkpoint to prove an entry by: cosigned where one covers it, else the newest; null when none covers it yet.</summary>
    public static PublishedCheckpoint? Covering(DbConnection db, long index)
    {
        if (index < 0) return null;
        if (NewestCosigned(db) is { } cosigned && cosigned.Size > index) return cosigned;
        return Newest(db) is { } newest && newest.Size > index ? newest : null;
    }

    /// <summary>The proof of one entry under a checkpoint that covers it.</summary>
    /// <exception cref="ForkedLogException">It would not lead to the root that was signed: better none than one that accuses the
    /// log.</exception>
    public static InclusionProof Prove(DbConnection db, long index, PublishedCheckpoint checkpoint, MerkleTree.Source? source = null)
    {
        var proof = Steps(db, index, checkpoint, source);
        var hash = MerkleTree.LeafHash(proof.Leaf);
        if (MerkleTree.VerifyInclusion(hash, index, checkpoint.Size, proof.Hashes, checkpoint.Root)) return proof;
        throw new ForkedLogException($"Entry {index} does not lead to the root that was signed over {checkpoint.Size} entries: "
            + $"the database is damaged. {HowToMend}");
    }

    /// <summary>What the file holds for a proof, whether or not it leads anywhere: for whoever shows each step and says which does not
    /// fit.</summary>
    public static InclusionProof Steps(DbConnection db, long index, PublishedCheckpoint checkpoint, MerkleTree.Source? source = null)
    {
        var hashes = MerkleTree.InclusionProof(index, checkpoint.Size, source ?? Source(db, checkpoint));
        return new(EntryLog.Get(db, index).Leaf, index, hashes, checkpoint.Note);
    }

    /// <summary>Hashes of full subtrees: one row each from the height of a tile on, below it from those of 16 entries, and below these from
    /// the entries themselves, each 16 of which are read once. So a proof in a log of ten million costs a few rows more than in one of ten
    /// thousand.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="under">A checkpoint whose own subtrees need not be read: those of its right edge, which every proof to its root ends
    /// with.</param>
    public static MerkleTree.Source Source(DbConnection db, PublishedCheckpoint? under = null)
    {
        var (leaves, lowest) = (new Dictionary<long, byte[][]>(), new Dictionary<long, byte[][]>());
        var known = under is null ? [] : new Edge(under.Size, under.Edge).Subtrees
            .ToDictionary(subtree => (subtree.Height, subtree.Index), subtree => subtree.Hash);
        return (height, index) =>
        {
            if (known.TryGetValue((height, index), out var ofEdge)) return ofEdge;
            if (height >= Tile.Height) return db.Ask(OfNode, Hash, height, index) ?? throw Lacking(height, index);
            var (kept, within, width) = height < Low ? (leaves, 1 << height, LowWidth) : (lowest, 1 << (height - Low), LowInTile);
            var (group, at) = Math.DivRem(index * within, width);
            if (!kept.TryGetValue(group, out var hashes))
                kept[group] = hashes = height < Low ? LeafHashes(db, group * width, width) : LowestOf(db, group);
            return at + within <= hashes.Length ? MerkleTree.HashOf(hashes.AsSpan((int)at, within)) : throw Lacking(height, index);
        };
    }

    private static ForkedLogException Lacking(int height, long index) =>
        new($"The tree lacks its node {index} of height {height}: the database is damaged. {HowToMend}");

    private static byte[][] LeafHashes(DbConnection db, long from, int count) =>
        [.. EntryLog.Leaves(db, from, count).Select(leaf => MerkleTree.LeafHash(leaf))];

    /// <summary>The lowest nodes of a tile; made from its entries in a file of before they were stored, until it is completed.</summary>
    private static byte[][] LowestOf(DbConnection db, long tile)
    {
        if (Lowest(db, tile * LowInTile, LowInTile) is { Count: > 0 } stored) return [.. stored];
        var sixteens = LeafHashes(db, tile * Tile.FullWidth, Tile.FullWidth).Chunk(LowWidth).Where(part => part.Length == LowWidth);
        return [.. sixteens.Select(part => MerkleTree.HashOf(part))];
    }

    /// <summary>Whether what is stored of a full tile, its hash and its lowest nodes, is what these hashes of its leaves give.</summary>
    public static bool Agrees(DbConnection db, long tile, byte[][] leaves)
    {
        var lowest = Lowest(db, tile * LowInTile, LowInTile);
        return Node(db, tile).AsSpan().SequenceEqual(MerkleTree.HashOf(leaves)) && lowest.Count == LowInTile
            && leaves.Chunk(LowWidth).Zip(lowest).All(pair => MerkleTree.HashOf(pair.First).AsSpan().SequenceEqual(pair.Second));
    }

    /// <summary>The stored hash of 256 entries; null where there is none.</summary>
    public static byte[]? Node(DbConnection db, long tile) => db.Ask(OfNode, Hash, Tile.Height, tile);

    private const string OfNode = "SELECT hash FROM node WHERE height = @height AND idx = @index";

    /// <summary>Whether the first entries give a root.</summary>
    public static bool HasRoot(DbConnection db, long size, ReadOnlySpan<byte> root) =>
        MerkleTree.Root(size, Source(db)).AsSpan().SequenceEqual(root);

    /// <summary>Whether the entries that a checkpoint covers give its root; there have to be as many.</summary>
    public static bool HasRoot(DbConnection db, Checkpoint checkpoint) => HasRoot(db, checkpoint.Size, checkpoint.Root);

    /// <summary>The hashes of a tile, fewer where the tree ends.</summary>
    public static byte[][] Hashes(DbConnection db, Tile tile) => tile.Level == 0
        ? LeafHashes(db, tile.Index * Tile.FullWidth, tile.Width)
        : [.. db.Query<byte[]>("SELECT hash FROM node WHERE height = @height AND idx >= @from AND idx < @to ORDER BY idx",
            new { height = tile.Level * Tile.Height, from = tile.Index * Tile.FullWidth, to = tile.Index * Tile.FullWidth + tile.Width })];
}
