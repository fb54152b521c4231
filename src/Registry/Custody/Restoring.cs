using Microsoft.Extensions.Logging.Abstractions;
using Registry.Bodies;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Puts a registry back from a backup and the entries that were shipped since, and proves it: the entries give the root of every checkpoint
/// that came with them, each shipped entry is decided again, and nothing that was ever shown to anybody is missing. Where something is,
/// that is refused; or accepted as lost, by name, and the restored log then says so itself.
/// </summary>
/// <param name="settings">Where the registry is to be; its key lies there already.</param>
/// <param name="identity">Of the log.</param>
/// <param name="time">The clock.</param>
/// <param name="progress">Told entries done and all.</param>
public sealed class Restoring(Settings settings, LogIdentity identity, TimeProvider time, Action<long, long> progress)
{
    /// <summary>Shipped entries in one transaction.</summary>
    private const int Together = 1000;

    private readonly Location beside = Location.File(settings.Location.Address + ".restoring");

    /// <summary>Entries of the backup, and those that were shipped beyond it.</summary>
    public long FromBackup { get; private set; }
    public long FromShipped { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>When the newest entry was recorded; null where there is none.</summary>
    public DateTimeOffset? RecordedTo { get; private set; }

    /// <summary>What was shown and is not here; where it was accepted as lost, the log says so.</summary>
    public Losses? Losses { get; private set; }

    /// <summary>Restores.</summary>
    /// <param name="backup">A folder or file that <c>registry backup</c> made; null to restore from what was shipped alone.</param>
    /// <param name="shipped">A folder that <c>Registry:ShipTo</c> named; null where there is none.</param>
    /// <param name="acceptLoss">Whether what was shown and is not here is given up.</param>
    /// <param name="cancel">Stops it; nothing is changed then.</param>
    /// <exception cref="TransferException">It would be a fork, or something is in the way.</exception>
    /// <exception cref="ForkedLogException">It would be older than what was shown.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public async Task Run(string? backup, string? shipped, bool acceptLoss, CancellationToken cancel)
    {
        // Beside another data file, what was not written back yet would be taken for a part of that one.
        if (settings.Location.Files.FirstOrDefault(file => new FileInfo(file) is { Exists: true, Length: > 0 }) is { } there)
            throw new TransferException($"{there} is there: nothing is restored over a registry. "
                + $"Move it away first, with {settings.Location}-wal and -shm, and keep it.");
        Directory.CreateDirectory(Path.GetDirectoryName(beside.Address)!);
        using var alone = settings.Location.Alone("restore", $"Another process restores {settings.Location}: wait until it is done.");
        beside.Delete();
        try
        {
            if (backup is not null) CopyBackup(backup, cancel);
            await new Rebuilding(beside, identity, time, null, progress, NullLogger.Instance).IfDue(cancel);
            await using (var database = new Database(beside, time, NullLogger<Database>.Instance, null, TreeStore.Seal, isFlushed: false))
            {
                FromBackup = database.Read(EntryLog.Size);
                if (FromBackup > 0) await ProveBackup(backup, cancel);
                if (shipped is not null) await Follow(database, shipped, cancel);
                await database.WriteAsync(transaction => TreeStore.Sign(transaction, identity.Signer!));
                Losses = await Losses.Of(settings, identity, database, shipped, cancel);
            }
            if (Losses.Words is [var first, ..] && !acceptLoss)
                throw new ForkedLogException($"{first} Where all of that is gone for good, "
                    + "--accept-loss goes on without what is missing, and the log states it.");
            await using (var database = new Database(beside, time, NullLogger<Database>.Instance, identity.Signer, TreeStore.Seal))
                await Losses.Accept(database);
            using (var db = beside.OpenReadOnly()) (Root, RecordedTo) = (TreeStore.EdgeOf(db).Root, EntryLog.RecordedTo(db));
            Put();
        }
        finally { beside.Delete(); }
    }

    private void CopyBackup(string backup, CancellationToken cancel)
    {
        var file = Backup.IsFile(backup) ? backup : Path.Combine(backup, Backup.DataName);
        using var source = Location.File(file).OpenReadOnly();
        EntryLog.Size(source); // or it is no data file of a registry
        Sqlite.Backup(source, beside.Address, (_, _) => { }, cancel);
    }

    private async Task ProveBackup(string? backup, CancellationToken cancel)
    {
        using var db = beside.OpenReadOnly();
        if (TreeStore.Newest(db) is not { } newest || newest.Size != FromBackup || Checkpoint.Open(newest.Note, identity.Key) is null)
            throw new TransferException($"The {FromBackup} entries of {backup} are not under a checkpoint that {settings.KeyPath} signed: "
                + "it is another log's backup, or damaged.");
        await TreeStore.ProveEntries(db, identity.Key, published: null, 0, cancel);
        if (FileCheck.Damage(db) is [var damage, ..])
            throw new TransferException($"{backup} is damaged: {damage}. Take another backup, or restore from the shipped entries alone.");
        progress(FromBackup, FromBackup);
    }

    /// <summary>Takes what was shipped: the beginning has to be the backup's, and the rest is decided again.</summary>
    private async Task Follow(Database database, string folder, CancellationToken cancel)
    {
        var (sealing, held, edge) = (SealIn(folder), database.Read(TreeStore.EdgeOf), new Edge());
        var reader = new LeafReader(identity.Key, database.Read(db => KeyStore.List(db)).Select(key => key.Key));
        var expected = Math.Max(held.Size, sealing?.Checkpoint.Size ?? 0);
        await foreach (var leaves in Ahead.Make(Portions(folder).ToAsyncEnumerable(), portion => portion.ConvertAll(reader.Read), cancel))
        {
            foreach (var read in leaves) Append(read);
            var inBackup = (int)Math.Clamp(leaves.Count - (edge.Size - held.Size), 0, leaves.Count);
            if (inBackup < leaves.Count) await Take(database, leaves[inBackup..]);
            progress(edge.Size, Math.Max(edge.Size, expected));
        }
        // What was shipped may end before the backup does: then it has to be its beginning.
        if (edge.Size < held.Size && !HasRoot(RootOf(database, edge.Size))) throw Differs(folder, edge.Size);
        if (sealing?.Checkpoint.Size is { } covered && edge.Size < covered)
            throw new TransferException($"{folder} holds {edge.Size} entries, and a checkpoint over {covered}: lines are missing.");
        FromShipped = Math.Max(0, edge.Size - held.Size);
        if (FromShipped > 0 && edge.Size == sealing?.Checkpoint.Size) await Seal(database, sealing.Value.Note);

        bool HasRoot(byte[] root) => edge.Root.AsSpan().SequenceEqual(root);

        void Append(ReadLeaf read)
        {
            edge.Append(read.Leaf.Hash);
            if (edge.Size == held.Size && !HasRoot(held.Root)) throw Differs(folder, held.Size);
            if (edge.Size == sealing?.Checkpoint.Size && !HasRoot(sealing.Value.Checkpoint.Root))
                throw new TransferException($"The first {edge.Size} lines in {folder} do not give the root of the checkpoint beside them: "
                    + "they were changed, or lines are missing.");
        }
    }

    /// <summary>The checkpoint in a folder that a log was shipped to; null where a crash came before the first.</summary>
    private (Checkpoint Checkpoint, Note Note)? SealIn(string folder)
    {
        if (!ShippedLog.IsAt(folder)) throw new FileNotFoundException($"{folder} holds no shipped log.", folder);
        if (ShippedLog.CheckpointIn(folder) is not { } note) return null;
        return Checkpoint.Open(note, identity.Key)
            ?? throw new TransferException($"The checkpoint in {folder} is not one that {settings.KeyPath} signed.");
    }

    private static byte[] RootOf(Database database, long size) => database.Read(db => MerkleTree.Root(size, TreeStore.Source(db)));

    private static Task Seal(Database database, Note note) => database.WriteAsync(transaction =>
    {
        TreeStore.Publish(transaction, TreeStore.EdgeOf(transaction.Connection), note.ToString(), null);
        return 0;
    });

    private static IEnumerable<List<byte[]>> Portions(string folder) =>
        ShippedLog.Leaves(folder, 0).Chunk(Together).Select(chunk => chunk.ToList());

    private static TransferException Differs(string folder, long size) =>
        new($"The first {size} entries in {folder} are not those of the backup: one of them is of another log, or one key has signed two. "
            + "Nothing was restored.");

    private Task Take(Database database, List<ReadLeaf> leaves) => database.WriteAsync(transaction =>
    {
        foreach (var read in leaves)
            try { SignedStatements.Replay(transaction, read, identity.Key); }
            catch (FaultException refused)
            {
                var (at, fault) = (EntryLog.Size(transaction.Connection), refused.Faults[0]);
                throw new TransferException($"Entry {at} that was shipped breaks the registry's own rules: "
                    + $"{fault.Message(Language.En)} ({fault.Refusal.Code})");
            }
        TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
        return 0;
    });

    private void Put()
    {
        using (var db = Sqlite.OpenWriter(beside.Address)) Sqlite.WriteBack(db);
        DurableFile.Put(beside.Address, settings.Location.Address);
        // Only now: the note alone keeps a restore that was killed before from being run again without a word of what is lost.
        if (Losses!.Words.Count > 0) Losses.SetAside(settings.PublishedPath);
        using var restored = settings.Location.OpenReadOnly();
        if (TreeStore.Newest(restored) is { } newest && Checkpoint.Open(newest.Note, identity.Key) is not null)
            new Publication(settings, identity).Show(newest);
    }
}
