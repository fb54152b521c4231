using System.Data.Common;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Carries a data file's log and the operator's rows into a shared log that is empty, or that holds the beginning of the same log. The way
/// there needs no deciding: the entries are proven by the file's own checkpoint before anything is written, and what was written is read
/// back and proven again.
/// </summary>
/// <remarks>Crash order: the head has no note while entries are missing, and a node refuses to follow such a log. So a copy that was
/// stopped is no registry yet.</remarks>
/// <param name="from">One snapshot of the file.</param>
/// <param name="target">The shared log.</param>
/// <param name="key">Of the log.</param>
/// <param name="progress">Told entries done and all.</param>
public sealed class SharedTransfer(DbConnection from, SharedLog target, VerifierKey key, Action<long, long> progress)
{
    /// <summary>Entries or rows in one message.</summary>
    private const int Together = 1000;

    /// <summary>Entries that this run added.</summary>
    public long Added { get; private set; }

    /// <summary>Entries that are there.</summary>
    public long Size { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>Rows of the operator that are there.</summary>
    public int Rows { get; private set; }

    /// <exception cref="TransferException">The target holds something else, the file is not whole, or what was written is not what is
    /// read.</exception>
    /// <exception cref="SharedLogException">The shared log cannot be reached.</exception>
    public void Run()
    {
        var newest = TreeStore.Newest(from) ?? throw new TransferException("The source has no checkpoint.");
        Size = EntryLog.Size(from);
        Root = MerkleTree.Root(Size, TreeStore.Source(from));
        if (!IsSigned(newest.Note, Size, Root, key))
            throw new TransferException(
                "The source's checkpoint does not fit its entries and the key of its log. Check it with `registry verify`.");
        var rows = OperatorRows.All(from).ToList();
        var head = Begin();
        // A node that followed this log by another server holds the operator's rows up to a version; what comes here must be newer.
        var followed = from.Ask("SELECT coalesce(max(version), 0) FROM followed", row => row.GetInt64(0));
        head = head with { Version = Math.Max(head.Version, followed) };
        while (head.Size < Size)
        {
            var entries = EntryLog.Range(from, head.Size, Together);
            head = target.Append(entries.ConvertAll(entry => new LogRow(entry.Seq, entry.Leaf, entry.RecordedAt)), [], head, "").Head;
            progress(head.Size, Size);
            Take(head);
        }
        foreach (var some in rows.Chunk(Together))
        {
            head = target.Append([], some, head, "").Head;
            Take(head);
        }
        target.Append([], [], head, newest.Signed);
        Check(target, from, key, Size, Root, progress);
        Compare(rows);
    }

    /// <summary>Locks the head of a log that the source continues.</summary>
    private Position Begin()
    {
        var there = target.Read(default);
        var isBeginning = there.Head.Size <= Size && (there.Note.Length == 0
            || IsSigned(there.Note, there.Head.Size, MerkleTree.Root(there.Head.Size, TreeStore.Source(from)), key));
        if (!isBeginning)
            throw new TransferException(
                $"The shared log holds {there.Head.Size} entries that are not the beginning of the source's {Size}: "
                + "it is another registry's, or has gone on by itself. Nothing was changed.");
        Added = Size - there.Head.Size;
        Take(there.Head);
        return there.Head;
    }

    private static bool IsSigned(string note, long size, ReadOnlySpan<byte> root, VerifierKey key) =>
        Checkpoint.Open(note, key) is { Checkpoint: var signed } && signed.Size == size && signed.Root.AsSpan().SequenceEqual(root);

    private void Take(Position expected)
    {
        var taken = target.Take(new(expected.Size, 0))
            ?? throw new TransferException("Something else has the head of the shared log. Stop it and run this again.");
        if (taken.Head.Size == expected.Size) return;
        target.Release();
        throw new TransferException("Something else appends to the shared log. Stop it and run this again.");
    }

    /// <summary>Reads a shared log through and holds it against a file.</summary>
    /// <param name="log">What is read.</param>
    /// <param name="file">The first entries have to be its.</param>
    /// <param name="key">Of the log.</param>
    /// <param name="size">Entries of the file.</param>
    /// <param name="root">Over them.</param>
    /// <param name="progress">Told entries done and all.</param>
    /// <exception cref="TransferException">An entry, the root or the checkpoint differs.</exception>
    public static void Check(SharedLog log, DbConnection file, VerifierKey key, long size, byte[] root, Action<long, long> progress)
    {
        var edge = new Edge();
        for (Appended there; ; progress(edge.Size, there.Head.Size))
        {
            there = log.Read(new(edge.Size, 0));
            var held = EntryLog.Range(file, edge.Size, there.Entries.Count);
            foreach (var (entry, own) in there.Entries.Zip(held))
                if (!entry.Leaf.AsSpan().SequenceEqual(own.Leaf) || entry.RecordedAt != own.RecordedAt)
                    throw new TransferException($"Entry {entry.Seq} of the shared log is not that of the file.");
            foreach (var entry in there.Entries)
            {
                edge.Append(MerkleTree.LeafHash(entry.Leaf), (_, _, _) => { });
                if (edge.Size == size && !edge.Root.AsSpan().SequenceEqual(root))
                    throw new TransferException($"The root of the first {size} entries of the shared log is not that of the file.");
            }
            if (edge.Size < there.Head.Size) continue;
            if (edge.Size < size) throw new TransferException($"The shared log holds {edge.Size} entries, the file {size}.");
            if (!IsSigned(there.Note, edge.Size, edge.Root, key))
                throw new TransferException("The checkpoint of the shared log does not fit its entries and the key of the log.");
            return;
        }
    }

    private void Compare(List<OperatorRow> rows)
    {
        var there = new Dictionary<(string, string), string?>();
        for (var since = new Position(Size, 0); ;)
        {
            var read = target.Read(since);
            foreach (var row in read.Rows) there[(row.Table, row.Key)] = row.Content;
            if (read.IsWhole) break;
            since = read.Reached;
        }
        if (rows.Find(row => there.GetValueOrDefault((row.Table, row.Key)) != row.Content) is { } other)
            throw new TransferException($"A row of {other.Table} is not the same on both sides.");
        if (there.Count > rows.Count)
            throw new TransferException($"The shared log holds {there.Count} rows of the operator, the source {rows.Count}: "
                + "it has been used by itself. Start with an empty database.");
        Rows = rows.Count;
    }
}
