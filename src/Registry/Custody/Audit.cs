using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Bodies;
using Registry.Certificates;
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
public sealed class Audit(LogIdentity identity, IReadOnlyCollection<VerifierKey> witnesses, Action<long, long> progress, WitnessPolicy? policy = null)
{
    private const int MaxFindings = 50, MaxRow = 300, Together = 1024;
    private readonly List<string> findings = [];

    /// <summary>What is wrong, in plain words; empty when nothing is.</summary>
    public IReadOnlyList<string> Findings => findings;

    /// <summary>Statements by act.</summary>
    public SortedDictionary<string, long> Acts { get; } = [];

    /// <summary>Statements that bodies signed themselves.</summary>
    public long ByBodies { get; private set; }

    /// <summary>From which entry on the log is under the rules of today about bodies' keys; null where an older registry made all of it.</summary>
    public long? UnderRulesFrom { get; private set; }

    public long Entries { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>Witnesses of those asked for that cosigned, with the size up to which and the instant.</summary>
    public Dictionary<string, (long Size, DateTimeOffset At)> Seen { get; } = [];

    /// <summary>How many of them.</summary>
    public int Cosignatures => Seen.Count;

    /// <summary>What is strange and yet of no consequence for what is proven.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Whether the tables made from the log were compared: a file of an earlier version has others than this program makes.</summary>
    public bool TablesCompared { get; private set; }

    /// <summary>Checks a registry's database, which may be in use.</summary>
    public async Task Stored(Location location, CancellationToken cancel = default)
    {
        using var source = location.OpenReadOnly();
        await using var copy = new Copy();
        try { await Stored(source, copy.Database, cancel); }
        // What cannot be read any more is a finding where the file is known to be damaged.
        catch (Exception error) when (findings.Count > 0 && error is DbException or InvalidDataException or FormatException) { Found($"it cannot be read to its end: {error.Message}"); }
    }

    private async Task Stored(DbConnection source, Database copy, CancellationToken cancel)
    {
        using var made = copy.Location.OpenReadOnly();
        var schema = Migrations.Of(source);
        TablesCompared = schema >= Migrations.Newest;
        if (!TablesCompared) Remarks.Add(EarlierVersion(schema));
        else foreach (var difference in FileCheck.SchemaDifferences(source, made)) Found($"the schema differs from db/: {difference}.");
        foreach (var damage in FileCheck.Damage(source)) Found($"the file is damaged: {damage}.");
        var size = EntryLog.Size(source);
        var at = long.MinValue;
        for (long next = 0; next < size;)
        {
            cancel.ThrowIfCancellationRequested();
            var entries = EntryLog.Range(source, next, Together);
            if (entries.Count == 0) break;
            var leaves = new List<byte[]?>(entries.Count);
            foreach (var entry in entries)
            {
                if (entry.Seq > next) Found(entry.Seq == next + 1 ? $"entry {next} is missing." : $"entries {next} to {entry.Seq - 1} are missing.");
                for (; next < entry.Seq; next++) leaves.Add(null);
                if (entry.RecordedAt < at) Found($"entry {entry.Seq} was recorded before the entry before it.");
                at = entry.RecordedAt;
                leaves.Add(entry.Leaf);
                next++;
            }
            await Replay(copy, leaves, size);
            var replayed = copy.Read(db => EntryLog.Range(db, entries[0].Seq, leaves.Count)).ToDictionary(entry => entry.Seq, entry => entry.RecordedAt);
            foreach (var entry in entries)
                if (replayed[entry.Seq] != entry.RecordedAt) Found($"entry {entry.Seq} was recorded at {entry.RecordedAt}, the log makes {replayed[entry.Seq]}.");
        }
        try { TreeStore.EdgeOf(source); }
        catch (ForkedLogException damaged) { Found(damaged.Message); }
        CheckTree(copy, TreeStore.Newest(source)?.Note, TreeStore.Newest(source)?.Size);
        CheckWitnesses(copy, TreeStore.Newest(source)?.Note, TreeStore.NewestCosigned(source)?.Note);
        if (findings.Count > 0) NameRewritten(source, copy);
        if (EntryLog.Ahead(source, DateTimeOffset.UtcNow) is { } later) Remarks.Add(later);
        foreach (var mark in Marks.MarkStore.SeedsAmiss(source)) Found($"the seed of mark {mark} in table mark_seed is not the one whose hash is in the log.");
        if (!TablesCompared) return;
        using var finished = copy.Location.OpenReadOnly();
        foreach (var (table, order) in Database.Derived)
            if (StoredTables.Difference(source, finished, table, order) is var (has, makes)) Found($"table {table} differs from what the log makes: it has {Short(has)}, the log makes {Short(makes)}.");
    }

    private static string EarlierVersion(long schema) =>
        $"the file is of an earlier version (schema {schema}, this program has {Migrations.Newest}): its log, tree and checkpoints were checked, its tables were not compared. Open it with this program once, such as by `registry bodies list`, and verify it again.";

    /// <summary>Which entries are not those that the tree was made of: by the hash of each 256, and among them by the ids that derive from each entry's own hash.</summary>
    private void NameRewritten(DbConnection source, Database copy) => copy.Read(made =>
    {
        for (long tile = 0; (tile + 1) * Tile.FullWidth <= Entries; tile++)
        {
            var (kept, makes) = (TreeStore.Node(source, tile), TreeStore.Node(made, tile));
            var (from, to) = (tile * Tile.FullWidth, (tile + 1) * Tile.FullWidth - 1);
            if (kept is not null && !kept.AsSpan().SequenceEqual(makes)) Found($"entries {from} to {to} are not those that the tree was made of, or its node was changed.");
        }
        var ids = CertificateStore.Derivations(made).ToDictionary();
        foreach (var (seq, id) in CertificateStore.Derivations(source))
            if (ids.TryGetValue(seq, out var makes) && makes != id) Found($"entry {seq} was rewritten: what it issued has the id {id}, and the entry as it is now would have made {makes}.");
        return true;
    });

    /// <summary>Checks that a shared log holds what a node's file holds, and nothing under another checkpoint than the log's key signed.</summary>
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
        await using var copy = new Copy();
        try
        {
            var (checkpoint, note) = await log.CheckpointAsync(identity.Key, cancel);
            var tree = new RemoteTree(log, checkpoint, note);
            for (long bundle = 0; bundle * Tile.FullWidth < checkpoint.Size; bundle++) await Replay(copy.Database, await tree.Entries(bundle, cancel), checkpoint.Size);
            CheckTree(copy.Database, note.ToString(), checkpoint.Size);
            CheckWitnesses(copy.Database, note.ToString(), witnesses.Count == 0 && policy is null ? null : (await log.CosignedAsync(identity.Key, cancel)).Note.ToString());
        }
        catch (UnprovenException found) { Found(found.Message); }
    }

    private async Task Replay(Database copy, IReadOnlyCollection<byte[]?> leaves, long size)
    {
        await copy.WriteAsync(transaction =>
        {
            foreach (var leaf in leaves)
            {
                var seq = EntryLog.Size(transaction.Connection);
                if (leaf is null)
                {
                    Keep(transaction, "missing"u8.ToArray());
                    continue;
                }
                try
                {
                    transaction.Attempt(() => SignedStatements.Replay(transaction, leaf, identity.Key), keep: true);
                    var statement = EntryLog.Get(transaction.Connection, seq).Statement;
                    var act = System.Text.Json.Nodes.JsonNode.Parse(Jws.PayloadOf(leaf))!["act"]!.GetValue<string>();
                    Acts[act] = Acts.GetValueOrDefault(act) + 1;
                    if (statement.OnBehalf is null) ByBodies++;
                }
                catch (FaultException refused)
                {
                    Found($"entry {seq}: {refused.Faults[0].Message(Language.En)} ({refused.Faults[0].Refusal.Code})");
                    Keep(transaction, leaf);
                }
            }
            TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
            return 0;
        });
        Entries += leaves.Count;
        progress(Entries, size);
    }

    /// <summary>What is wrong or missing keeps its place, so that the hashes of the others are still compared.</summary>
    private static void Keep(Transaction transaction, byte[] leaf) => EntryLog.Append(transaction, new(leaf), EntryLog.Next(transaction, DateTimeOffset.MinValue));

    private void CheckTree(Database copy, string? note, long? size)
    {
        (Root, UnderRulesFrom) = copy.Read(db => (TreeStore.EdgeOf(db).Root, KeyStore.UnderRulesFrom(db)));
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
        if (checkpoint.Size > Entries || !copy.Read(db => MerkleTree.Root(checkpoint.Size, TreeStore.Source(db))).AsSpan().SequenceEqual(checkpoint.Root))
            Found($"the checkpoint's root {Convert.ToBase64String(checkpoint.Root)} over {checkpoint.Size} entries is not that of the entries.");
    }

    /// <summary>Each witness asked for, and the quorum of the policy, must have cosigned the newest checkpoint or the one that is offered as the newest cosigned; more
    /// may have been posted since.</summary>
    private void CheckWitnesses(Database copy, string? newest, string? cosigned)
    {
        if (cosigned is not null && cosigned != newest) CheckNote(cosigned, copy);
        var notes = ((string?[])[newest, cosigned]).Select(text => text is null ? null : Checkpoint.Open(text, identity.Key)).OfType<(Checkpoint Checkpoint, Note Note)>().ToList();
        foreach (var witness in witnesses)
        {
            if (notes.Any(note => note.Note.Signatures.Any(line => line.Name == witness.Name && line.KeyId == witness.Id) && !note.Note.IsSignedBy(witness))) Found($"the cosignature of {witness.Name} does not fit.");
            var seen = notes.Select(note => (note.Checkpoint.Size, Line: note.Note.Cosignature(witness))).FirstOrDefault(note => note.Line is not null);
            if (seen.Line is { } line)
            {
                Seen[witness.Name] = (seen.Size, line.At);
                RemarkLater(copy, seen.Size, witness.Name, line);
            }
            else Found($"the witness {witness.Name} did not cosign the checkpoint over {Entries} entries.");
        }
        if (policy is null) return;
        if (policy.Logs.Count > 0 && policy.Logs.All(log => log.ToString() != identity.Key.ToString())) Found("the policy names other logs, and not this one.");
        if (notes.All(note => policy.QuorumAt(note.Note) is null)) Found($"the quorum of the policy did not cosign the checkpoint over {Entries} entries.");
    }

    /// <summary>An entry is dated later than a witness saw it: the clock of the registry was wrong, and dates all that follow.</summary>
    private void RemarkLater(Database copy, long size, string witness, NoteSignature line)
    {
        if (size == 0 || size > Entries) return;
        var (seen, recorded) = (line.At, DateTimeOffset.FromUnixTimeMilliseconds(copy.Read(db => EntryLog.RecordedAt(db, size - 1))));
        if (recorded > seen + EntryLog.MaxAhead) Remarks.Add($"entry {size - 1} is dated {recorded:O}, and {witness} saw it at {seen:O}: the registry's clock was wrong.");
    }

    /// <summary>Rows of the search index are long.</summary>
    private static string Short(string row) => row.Length <= MaxRow ? row : row[..MaxRow] + "…";

    private void Found(string what)
    {
        if (findings.Count < MaxFindings) findings.Add(what);
    }

    /// <summary>The copy that is built for comparison, in a folder of its own. Folders of those that were killed are removed by the next: a lock tells who lives.</summary>
    private sealed class Copy : IAsyncDisposable
    {
        private const string Prefix = "registry-verify-";
        private readonly string folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        private readonly FileStream living;

        public Copy()
        {
            living = new(Path.Combine(folder, "lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            foreach (var left in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
                try
                {
                    // Who is about to make its lock has it within moments.
                    if (left == folder || DateTime.UtcNow - Directory.GetLastWriteTimeUtc(left) < TimeSpan.FromMinutes(1)) continue;
                    using (new FileStream(Path.Combine(left, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)) { }
                    Directory.Delete(left, recursive: true);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException) { } // it lives, or is another's
            Database = new(Location.File(Path.Combine(folder, "copy.db")), TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal);
        }

        public Database Database { get; }

        public async ValueTask DisposeAsync()
        {
            await Database.DisposeAsync();
            await living.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
