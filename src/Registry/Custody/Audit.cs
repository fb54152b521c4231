using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Replays a whole log from its first entry and checks all that can be checked: that each statement was signed by who may, that the
/// registry's own rules allow it, hashes, tree, checkpoint and cosignatures; and of a database, that every table made from the log is
/// what the log makes.
/// </summary>
/// <param name="identity">Whose log.</param>
/// <param name="witnesses">Keys of witnesses, each of which must have cosigned.</param>
/// <param name="progress">Told entries done and all.</param>
/// <param name="policy">Whose quorum must have cosigned; null where none is asked for.</param>
/// <param name="work">A folder to work in, which is kept when it is stopped: run again it goes on there. Left out, one of its own that goes
/// with it.</param>
public sealed class Audit(
    LogIdentity identity, IReadOnlyCollection<VerifierKey> witnesses, Action<long, long> progress,
    WitnessPolicy? policy = null, string? work = null)
{
    private const int MaxFindings = 50, MaxRow = 300;
    /// <summary>Entries that one processor reads at once, and entries of one transaction of the copy.</summary>
    private const int Portion = 256;
    private readonly List<string> findings = [];

    public LogIdentity Identity => identity;

    /// <summary>What is wrong, in plain words; empty when nothing is.</summary>
    public IReadOnlyList<string> Findings => findings;

    /// <summary>Statements by act.</summary>
    public SortedDictionary<string, long> Acts { get; } = [];

    /// <summary>Statements that bodies signed themselves.</summary>
    public long ByBodies { get; private set; }

    /// <summary>From which entry on the log is under the rules of today about bodies' keys; null where an older registry made all of
    /// it.</summary>
    public long? UnderRulesFrom { get; private set; }

    public long Entries { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>Witnesses of those asked for that cosigned, with the size up to which and the instant.</summary>
    public Dictionary<string, (long Size, DateTimeOffset At)> Seen { get; } = [];

    /// <summary>How many of them.</summary>
    public int Cosignatures => Seen.Count;

    /// <summary>What is strange and yet of no consequence for what is proven.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Whether the tables made from the log were compared: a file of an earlier version has others than this program
    /// makes.</summary>
    public bool TablesCompared { get; private set; }

    /// <summary>Entries that an earlier run in the same folder had checked; this one went on from there.</summary>
    public long CheckedBefore { get; private set; }

    /// <summary>Checks a registry's database, which may be in use.</summary>
    /// <param name="location">The data file.</param>
    /// <param name="shipped">A folder that its log is shipped to, with which every entry is compared; null where there is none.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task Stored(Location location, string? shipped = null, CancellationToken cancel = default)
    {
        using var source = location.OpenReadOnly();
        await using var copy = AuditCopy.Open(work);
        try
        {
            await Stored(source, copy, cancel);
            if (shipped is not null && ShippedLog.IsAt(shipped)) CompareShipped(location, shipped);
        }
        // What cannot be read any more is a finding where the file is known to be damaged.
        catch (Exception error) when (findings.Count > 0 && error is DbException or InvalidDataException or FormatException)
        {
            Found($"it cannot be read to its end: {error.Message}");
        }
        copy.IsDone = true;
    }

    private async Task Stored(DbConnection source, AuditCopy copy, CancellationToken cancel)
    {
        await GoOn(copy, kept => BeginsAlike(source, copy, kept));
        await CheckFile(source, cancel);
        var (size, reader) = (EntryLog.Size(source), ReaderOf(copy));
        await foreach (var portion in Ahead.Make(Portions(source, Entries).ToAsyncEnumerable(), entries => Read(entries, reader), cancel))
        {
            await Replay(copy, portion.Leaves, portion.Entries, size);
            cancel.ThrowIfCancellationRequested();
        }
        try { TreeStore.EdgeOf(source); }
        catch (ForkedLogException damaged) { Found(damaged.Message); }
        CheckTree(copy.Database, TreeStore.Newest(source)?.Note, TreeStore.Newest(source)?.Size);
        CheckWitnesses(copy.Database, TreeStore.Newest(source)?.Note, TreeStore.NewestCosigned(source)?.Note);
        if (findings.Count > 0) copy.Database.Read(made => { NameRewritten(source, made); return true; });
        foreach (var mark in MarkStore.SeedsAmiss(source))
            Found($"the seed of mark {mark} in table mark_seed is not the one whose hash is in the log.");
        if (!TablesCompared) return;
        using var finished = copy.Database.Location.OpenReadOnly();
        foreach (var (table, order) in Database.Derived)
            if (StoredTables.Difference(source, finished, table, order) is var (has, makes))
                Found($"table {table} differs from what the log makes: it has {Short(has)}, the log makes {Short(makes)}.");
    }

    /// <summary>Pages, indexes and schema, whatever the rows say.</summary>
    private async Task CheckFile(DbConnection source, CancellationToken cancel)
    {
        var schema = Migrations.Of(source);
        TablesCompared = schema >= Migrations.Newest;
        if (!TablesCompared) Remarks.Add(EarlierVersion(schema));
        else foreach (var difference in FileCheck.SchemaDifferences(source)) Found($"the schema differs from db/: {difference}.");
        foreach (var damage in FileCheck.Damage(source)) Found($"the file is damaged: {damage}.");
        await Task.Yield();
        foreach (var unfound in FileCheck.NotFoundByIndex(source, cancel)) Found(unfound);
    }

    /// <summary>Entries of a portion with their places, which are empty where an entry is missing.</summary>
    private sealed record Gathered(List<Entry> Entries, long From);

    private static IEnumerable<Gathered> Portions(DbConnection source, long from)
    {
        foreach (var entries in EntryLog.Portions(source, from, Portion))
        {
            yield return new(entries, from);
            from = entries[^1].Seq + 1;
        }
    }

    private static (List<ReadLeaf?> Leaves, List<Entry> Entries) Read(Gathered gathered, LeafReader reader)
    {
        var leaves = new List<ReadLeaf?>(gathered.Entries.Count);
        foreach (var entry in gathered.Entries)
        {
            while (gathered.From + leaves.Count < entry.Seq) leaves.Add(null);
            leaves.Add(reader.Read(entry.Leaf));
        }
        return (leaves, gathered.Entries);
    }

    /// <summary>Takes up what an earlier run in the same folder came to, where that still is the beginning of the log.</summary>
    private async Task GoOn(AuditCopy copy, Func<long, Task<bool>> beginsAlike)
    {
        if (copy.Kept is { } kept && await beginsAlike(kept.Entries))
        {
            (CheckedBefore, Entries, ByBodies) = (kept.Entries, kept.Entries, kept.ByBodies);
            findings.AddRange(kept.Findings);
            foreach (var (act, count) in kept.Acts) Acts[act] = count;
        }
        else await copy.BeginAnew();
    }

    private static Task<bool> BeginsAlike(DbConnection source, AuditCopy copy, long size) => Task.FromResult(copy.Database.Read(made =>
    {
        for (long next = 0; next < size;)
        {
            var (entries, kept) = (EntryLog.Range(source, next, Portion), EntryLog.Range(made, next, (int)Math.Min(Portion, size - next)));
            if (entries.Count < kept.Count || kept.Count == 0) return false;
            for (var i = 0; i < kept.Count; i++)
                if (!IsSame(entries[i], kept[i])) return false;
            next += kept.Count;
        }
        return true;
    }));

    private static bool IsSame(Entry one, Entry other) =>
        one.Seq == other.Seq && one.RecordedAt == other.RecordedAt && one.Leaf.AsSpan().SequenceEqual(other.Leaf);

    private LeafReader ReaderOf(AuditCopy copy) => new(identity.Key, copy.Database.Read(db => KeyStore.List(db)).Select(key => key.Key));

    private static string EarlierVersion(long schema) =>
        $"the file is of an earlier version (schema {schema}, this program has {Migrations.Newest}): its log, tree and checkpoints were "
        + "checked, its tables were not compared. Open it with this program once, such as by `registry bodies list`, and verify it again.";

    /// <summary>Which entries are not those that the tree was made of: by the hash of each 256, and among them by what was made of each and
    /// is kept apart from it.</summary>
    private void NameRewritten(DbConnection source, DbConnection made)
    {
        var changed = new List<(long From, long To)>();
        for (long tile = 0; (tile + 1) * Tile.FullWidth <= Entries; tile++)
        {
            var (kept, makes) = (TreeStore.Node(source, tile), TreeStore.Node(made, tile));
            var (from, to) = (tile * Tile.FullWidth, (tile + 1) * Tile.FullWidth - 1);
            if (kept is null || kept.AsSpan().SequenceEqual(makes)) continue;
            Found($"entries {from} to {to} are not those that the tree was made of, or its node was changed.");
            changed.Add((from, to));
        }
        var ids = CertificateStore.Derivations(made).ToDictionary();
        foreach (var (seq, id) in CertificateStore.Derivations(source))
            if (ids.TryGetValue(seq, out var makes) && makes != id)
                Found($"entry {seq} was rewritten: what it issued has the id {id}, and the entry as it is now would have made {makes}.");
        foreach (var (seq, certificate) in CertificateStore.ActsMadeOtherwise(source, made))
            Found($"entry {seq} was rewritten, or the row that was made of it: "
                + $"as it is now, the certificate {certificate} would read otherwise.");
        foreach (var (from, to) in changed)
            if (CertificateStore.ActsOvertaken(source, from, to) is { Count: > 0 } overtaken)
                Found($"of entries {from} to {to} these are acts that later ones overtook, so nothing but a mirror or what was shipped "
                    + $"tells whether they were rewritten: {string.Join(", ", overtaken)}.");
    }

    /// <summary>Every entry against the same one where the log is shipped to. It may grow meanwhile, and faster than one snapshot
    /// shows.</summary>
    private void CompareShipped(Location location, string folder)
    {
        var next = 0L;
        var source = location.OpenReadOnly();
        try
        {
            if (IsLost(source, folder))
            {
                Remarks.Add($"what {folder} holds was accepted as lost, and was not compared. "
                    + "Keep it, and name an empty folder in Registry:ShipTo.");
                return;
            }
            foreach (var leaves in ShippedLog.Leaves(folder, 0).Chunk(Portion))
            {
                if (next + leaves.Length > EntryLog.Size(source))
                {
                    // What was shipped had been recorded before: whoever looks only now sees it.
                    source.Dispose();
                    source = location.OpenReadOnly();
                }
                Compare(EntryLog.Range(source, next, leaves.Length), leaves, next, folder);
                next += leaves.Length;
            }
            if (EntryLog.Size(source) is var size && next > size) Found($"{folder} holds {next} entries, the file {size}.");
        }
        finally { source.Dispose(); }
    }

    private bool IsLost(DbConnection source, string folder)
    {
        var note = ShippedLog.CheckpointIn(folder);
        var shipped = note is null ? null : Checkpoint.Open(note, identity.Key)?.Checkpoint;
        return shipped is not null && LossStore.Find(source, shipped) is not null;
    }

    private void Compare(List<Entry> entries, byte[][] leaves, long from, string folder)
    {
        for (var i = 0; i < Math.Min(entries.Count, leaves.Length); i++)
            if (entries[i].Seq != from + i || !entries[i].Leaf.AsSpan().SequenceEqual(leaves[i]))
                Found($"entry {from + i} is not the one that was shipped to {folder}.");
    }

    /// <summary>Checks that a shared log holds what a node's file holds, and nothing under another checkpoint than the log's key
    /// signed.</summary>
    public void Shared(Location location, string address)
    {
        using var file = location.OpenReadOnly();
        using var log = new SharedLog(address, NullLogger.Instance);
        var size = EntryLog.Size(file);
        try { SharedTransfer.Check(log, file, identity.Key, size, MerkleTree.Root(size, TreeStore.Source(file)), progress); }
        catch (TransferException differs) { Found(differs.Message); }
    }

    /// <summary>Checks the log of a registry over HTTP.</summary>
    public async Task Url(string url, CancellationToken cancel)
    {
        using var log = new RemoteLog(url);
        await using var copy = AuditCopy.Open(work);
        try
        {
            var (checkpoint, note) = await log.CheckpointAsync(identity.Key, cancel);
            var tree = new RemoteTree(log, checkpoint, note);
            await GoOn(copy, async kept => kept <= checkpoint.Size && HasRoot(copy, (await tree.Beginning(kept, cancel)).Root));
            var reader = ReaderOf(copy);
            List<ReadLeaf?> Read(List<byte[]> bundle) => bundle.ConvertAll(leaf => (ReadLeaf?)reader.Read(leaf));
            await foreach (var leaves in Ahead.Make(Bundles(tree, Entries, cancel), Read, cancel))
                await Replay(copy, leaves, null, checkpoint.Size);
            CheckTree(copy.Database, note.ToString(), checkpoint.Size);
            var asksWitnesses = witnesses.Count > 0 || policy is not null;
            var cosigned = asksWitnesses ? (await log.CosignedAsync(identity.Key, cancel)).Note : null;
            CheckWitnesses(copy.Database, note.ToString(), cosigned?.ToString());
        }
        catch (UnprovenException found) { Found(found.Message); }
        copy.IsDone = true;
    }

    private static bool HasRoot(AuditCopy copy, byte[] root) => copy.Database.Read(TreeStore.EdgeOf).Root.AsSpan().SequenceEqual(root);

    private static async IAsyncEnumerable<List<byte[]>> Bundles(
        RemoteTree tree, long from, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var bundle = from / Tile.FullWidth; bundle * Tile.FullWidth < tree.Checkpoint.Size; bundle++)
        {
            var entries = await tree.Entries(bundle, cancel);
            yield return entries[(int)Math.Max(0, from - bundle * Tile.FullWidth)..];
        }
    }

    /// <summary>Decides a portion again, in one transaction with how far it has come.</summary>
    private async Task Replay(AuditCopy copy, List<ReadLeaf?> leaves, List<Entry>? entries, long size)
    {
        await copy.Database.WriteAsync(transaction =>
        {
            var from = EntryLog.Size(transaction.Connection);
            TellMissing(leaves, from);
            foreach (var leaf in leaves) Replay(transaction, leaf);
            TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
            if (entries is not null) CompareInstants(transaction, entries, from);
            AuditCopy.Keep(transaction, new(from + leaves.Count, ByBodies, Acts, findings));
            return 0;
        });
        Entries += leaves.Count;
        progress(Entries, size);
    }

    private void TellMissing(List<ReadLeaf?> leaves, long from)
    {
        for (var i = 0; i < leaves.Count; i++)
        {
            if (leaves[i] is not null) continue;
            var first = from + i;
            while (leaves[i + 1] is null) i++;
            Found(first == from + i ? $"entry {first} is missing." : $"entries {first} to {from + i} are missing.");
        }
    }

    private bool isMapWrong;

    private void Replay(Transaction transaction, ReadLeaf? leaf)
    {
        if (leaf is null)
        {
            Keep(transaction, "missing"u8.ToArray());
            return;
        }
        try
        {
            SignedStatements.Replay(transaction, leaf, identity.Key);
            var act = Milliseconds.Spelt(leaf.Jws!.Payload, "act"u8)!;
            Acts[act] = Acts.GetValueOrDefault(act) + 1;
            if (leaf.Statement!.OnBehalf is null) ByBodies++;
            if (leaf.Statement is AcceptLoss loss) Remarks.Add(Lost(loss, EntryLog.Size(transaction.Connection) - 1));
        }
        catch (FaultException refused) when (refused.Faults[0].Refusal == Refusal.WrongMap)
        {
            // After one entry that is wrong, missing or too much every root is another: said once.
            if (!isMapWrong) Found($"entry {EntryLog.Size(transaction.Connection)}: {refused.Faults[0].Message(Language.En)} (wrong-map)");
            isMapWrong = true;
            Replay(transaction, leaf.WithoutMap());
        }
        catch (FaultException refused)
        {
            var fault = refused.Faults[0];
            Found($"entry {EntryLog.Size(transaction.Connection)}: {fault.Message(Language.En)} ({fault.Refusal.Code})");
            Keep(transaction, leaf.Leaf.Bytes);
        }
    }

    private static string Lost(AcceptLoss loss, long seq)
    {
        var lost = Checkpoint.Parse(Note.Parse(loss.Lost)!.Text)!;
        return $"entry {seq} states that what was signed over {lost.Size} entries was lost: whoever was shown that saw another log.";
    }

    /// <summary>Instants are not in the leaves: they follow from them.</summary>
    private void CompareInstants(Transaction transaction, List<Entry> entries, long from)
    {
        var before = from == 0 ? long.MinValue : EntryLog.RecordedAt(transaction.Connection, from - 1);
        var made = transaction.Memory.Appended.ToDictionary(appended => appended.Row.Seq, appended => appended.Row.RecordedAt);
        foreach (var (seq, at) in entries.Select(entry => (entry.Seq, entry.RecordedAt)))
        {
            if (at < before) Found($"entry {seq} was recorded before the entry before it.");
            else if (made[seq] != at) Found($"entry {seq} was recorded at {at}, the log makes {made[seq]}.");
            before = at;
        }
    }

    /// <summary>What is wrong or missing keeps its place, so that the hashes of the others are still compared.</summary>
    private static void Keep(Transaction transaction, byte[] leaf) =>
        EntryLog.Append(transaction, new(leaf), EntryLog.Next(transaction, DateTimeOffset.MinValue));

    private void CheckTree(Database copy, string? note, long? size)
    {
        (Root, UnderRulesFrom) = copy.Read(db => (TreeStore.EdgeOf(db).Root, KeyStore.UnderRulesFrom(db)));
        if (copy.Read(db => EntryLog.Ahead(db, DateTimeOffset.UtcNow)) is { } later) Remarks.Add(later);
        if (note is null) Found("there is no checkpoint.");
        else if (size != Entries) Found($"the checkpoint covers {size} entries, the log holds {Entries}.");
        if (note is not null) CheckNote(note, copy);
    }

    private void CheckNote(string text, Database copy)
    {
        if (Checkpoint.Open(text, identity.Key) is not { Checkpoint: var checkpoint, Note: var note })
        {
            Found("the checkpoint is not signed by the key of the log.");
            return;
        }
        if (checkpoint.Size > Entries || !copy.Read(db => TreeStore.HasRoot(db, checkpoint)))
            Found($"the checkpoint's root {Convert.ToBase64String(checkpoint.Root)} over {checkpoint.Size} entries "
                + "is not that of the entries.");
    }

    /// <summary>Each witness asked for, and the quorum of the policy, must have cosigned the newest checkpoint or the one that is offered
    /// as the newest cosigned; more may have been posted since.</summary>
    private void CheckWitnesses(Database copy, string? newest, string? cosigned)
    {
        if (cosigned is not null && cosigned != newest) CheckNote(cosigned, copy);
        var opened = ((string?[])[newest, cosigned]).Select(text => text is null ? null : Checkpoint.Open(text, identity.Key));
        var notes = opened.OfType<(Checkpoint Checkpoint, Note Note)>().ToList();
        foreach (var witness in witnesses)
        {
            bool IsForged(Note note) => note.Signatures.Any(line => line.IsOf(witness)) && !note.IsSignedBy(witness);
            if (notes.Any(note => IsForged(note.Note))) Found($"the cosignature of {witness.Name} does not fit.");
            var lines = notes.Select(note => (note.Checkpoint.Size, Line: note.Note.Cosignature(witness)));
            var seen = lines.FirstOrDefault(note => note.Line is not null);
            if (seen.Line is { } line)
            {
                Seen[witness.Name] = (seen.Size, line.At);
                RemarkLater(copy, seen.Size, witness.Name, line);
            }
            else Found($"the witness {witness.Name} did not cosign the checkpoint over {Entries} entries.");
        }
        if (policy is null) return;
        if (!policy.IsAbout(identity.Key)) Found("the policy names other logs, and not this one.");
        if (notes.All(note => policy.QuorumAt(note.Note) is null))
            Found($"the quorum of the policy did not cosign the checkpoint over {Entries} entries.");
    }

    /// <summary>An entry is dated later than a witness saw it: the clock of the registry was wrong, and dates all that follow.</summary>
    private void RemarkLater(Database copy, long size, string witness, NoteSignature line)
    {
        if (size == 0 || size > Entries) return;
        var (index, seen) = (size - 1, line.At);
        var recorded = DateTimeOffset.FromUnixTimeMilliseconds(copy.Read(db => EntryLog.RecordedAt(db, index)));
        if (recorded > seen + EntryLog.MaxAhead)
            Remarks.Add($"entry {index} is dated {recorded:O}, and {witness} saw it at {seen:O}: the registry's clock was wrong.");
    }

    /// <summary>Rows of the search index are long.</summary>
    private static string Short(string row) => row.Length <= MaxRow ? row : row[..MaxRow] + "…";

    private void Found(string what)
    {
        if (findings.Count < MaxFindings) findings.Add(what);
    }
}
