using System.Data.Common;
using Registry.Bodies;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>The copy cannot be made, or is not what it was copied from.</summary>
public sealed class TransferException(string message) : CannotStartException(message);

/// <summary>
/// Carries a registry over to another database through its log alone, as a mirror does: each entry is checked and decided again, and what
/// the log does not hold (<see cref="StoredTables.Kept"/>) goes along as it is. At the end both are compared, root and row by row.
/// It goes on wherever it was stopped, and the source may serve meanwhile: what comes in is followed until both are level.
/// </summary>
/// <remarks>Crash order: before anything is copied the source's checkpoint is noted as published for the target, so a target that holds
/// less is refused at its start. The operator's tables go before the entries: a target that starts has them.</remarks>
/// <param name="source">An open registry.</param>
/// <param name="target">Without a signer: nothing but the source's own checkpoints may stand in it.</param>
/// <param name="key">Of the log.</param>
/// <param name="published">Notes of either side.</param>
/// <param name="progress">Told entries done and all.</param>
public sealed class Transfer(Database source, Database target, VerifierKey key, Publication[] published, Action<long, long> progress)
{
    /// <summary>Entries in one transaction, and how few a pass may leave to the comparison, which follows once more.</summary>
    private const int Together = 1000;

    /// <summary>Entries that this run added.</summary>
    public long Added { get; private set; }

    /// <summary>Entries that are level.</summary>
    public long Size { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>Entries that the source took since: it is still in use.</summary>
    public long Since { get; private set; }

    /// <exception cref="TransferException">The target holds something else, the source breaks the rules of the log, or a row
    /// differs.</exception>
    public async Task Run(CancellationToken stop)
    {
        for (var begun = target.Read(EntryLog.Size); ; begun = Size)
        {
            using var from = source.Location.OpenReadOnly();
            await Follow(from, stop);
            if (Size - begun > Together) continue;
            using var to = target.Location.OpenReadOnly();
            var tables = Database.Derived.Prepend(("entry", "seq")).Concat(StoredTables.Kept);
            foreach (var (table, order) in tables)
                if (StoredTables.Difference(from, to, table, order) is not null) // the rows may be secret
                    throw new TransferException($"Table {table} is not the same on both sides. "
                        + "Check the source with `registry verify`; if it is right, start again with an empty target.");
            Since = source.Read(EntryLog.Size) - Size;
            return;
        }
    }

    /// <summary>Brings the target up to one snapshot of the source.</summary>
    private async Task Follow(DbConnection from, CancellationToken stop)
    {
        var (newest, held) = (TreeStore.Newest(from), target.Read(TreeStore.EdgeOf));
        Size = EntryLog.Size(from);
        if (held.Size > Size || !TreeStore.HasRoot(from, held.Size, held.Root))
            throw new TransferException($"The target holds {held.Size} entries that are not the beginning of the source's {Size}: "
                + "it is another registry's, or has gone on by itself. Nothing was changed.");
        if (newest is not null)
        {
            if (Checkpoint.Open(newest.Note, key) is null)
                throw new TransferException("The source's checkpoint is not signed by the key of its log.");
            foreach (var one in published) one.Show(newest);
        }
        await Keep(from, StoredTables.Kept[1..]);
        var reader = new LeafReader(key, target.Read(db => KeyStore.List(db)).Select(registered => registered.Key));
        var next = held.Size;
        await foreach (var entries in Ahead.Make(EntryLog.Portions(from, held.Size, Together).ToAsyncEnumerable(), Read, stop))
        {
            await target.WriteAsync(transaction =>
            {
                foreach (var (seq, read) in entries) Replay(transaction, seq, read);
                TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
                return 0;
            });
            next += entries.Count;
            Added += entries.Count;
            progress(next, Size);
        }
        Root = target.Read(TreeStore.EdgeOf).Root;
        if (newest is not null && newest.Size == Size && !newest.Root.AsSpan().SequenceEqual(Root))
            throw new TransferException("The root of what was copied is not that of the source.");
        await Keep(from, StoredTables.Kept[..1]);

        List<(long Seq, ReadLeaf Read)> Read(List<Entry> portion) => portion.ConvertAll(entry => (entry.Seq, reader.Read(entry.Leaf)));
    }

    private void Replay(Transaction transaction, long seq, ReadLeaf read)
    {
        try { SignedStatements.Replay(transaction, read, key); }
        catch (FaultException refused)
        {
            var fault = refused.Faults[0];
            throw new TransferException(
                $"Entry {seq} of the source breaks the registry's own rules: {fault.Message(Language.En)} ({fault.Refusal.Code})");
        }
    }

    private async Task Keep(DbConnection from, (string Table, string Order)[] tables)
    {
        using var to = target.Location.OpenReadOnly();
        var changed = tables.Where(table => StoredTables.Difference(from, to, table.Table, table.Order) is not null).ToList();
        if (changed.Count > 0)
            await target.WriteAsync(transaction => changed.Sum(table => StoredTables.Replace(from, transaction.Connection, table.Table)));
    }
}
