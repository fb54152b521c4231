using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;

namespace Registry.Transparency;

/// <summary>
/// Replays a whole log from its first entry and checks all that can be checked: that each statement was signed by who may, that the
/// registry's own rules allow it, hashes, tree, checkpoint and cosignatures; and of a database, that every table made from the log is
/// what the log makes.
/// </summary>
/// <param name="identity">Whose log.</param>
/// <param name="witnesses">Keys of witnesses whose cosignatures are to be checked.</param>
/// <param name="progress">Told entries done and all.</param>
public sealed class Audit(LogIdentity identity, IReadOnlyCollection<VerifierKey> witnesses, Action<long, long> progress)
{
    private const int MaxFindings = 50, Together = 1024;
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

    /// <summary>Lines of the known witnesses under the checkpoint.</summary>
    public int Cosignatures { get; private set; }

    /// <summary>Checks a registry's database, which may be in use.</summary>
    public async Task Stored(Location location)
    {
        using var source = location.OpenReadOnly();
        await using var copy = new Copy();
        var size = EntryLog.Size(source);
        var at = long.MinValue;
        for (long from = 0; from < size;)
        {
            var entries = EntryLog.Range(source, from, Together);
            if (entries.Count == 0) break;
            foreach (var entry in entries)
            {
                if (entry.Seq != from++) Found($"entry {from - 1} is missing.");
                if (entry.RecordedAt < at) Found($"entry {entry.Seq} was recorded before the entry before it.");
                at = entry.RecordedAt;
            }
            await Replay(copy.Database, entries.Select(entry => entry.Leaf).ToList(), size);
            copy.Database.Read(db => { Compare(EntryLog.Range(db, entries[0].Seq, entries.Count), entries, entry => (entry.Seq, entry.RecordedAt), "entry"); return true; });
        }
        CheckTree(copy.Database, TreeStore.Newest(source)?.Note, TreeStore.Newest(source)?.Size);
        if (TreeStore.NewestCosigned(source) is { } cosigned) CheckNote(cosigned.Note, copy.Database);
        using var made = copy.Database.Location.OpenReadOnly();
        foreach (var (table, order) in Database.Derived)
            if (StoredTables.Difference(source, made, table, order) is var (has, makes)) Found($"table {table} differs from what the log makes: it has {has}, the log makes {makes}.");
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
        }
        catch (MisbehaviourException found) { Found(found.Message); }
    }

    private async Task Replay(Database copy, List<byte[]> leaves, long size)
    {
        await copy.WriteAsync(transaction =>
        {
            foreach (var leaf in leaves)
            {
                var seq = EntryLog.Size(transaction.Connection);
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
                    // It keeps its place, so that the hashes of the others are still compared.
                    EntryLog.Append(transaction, new(leaf), EntryLog.Next(transaction, DateTimeOffset.MinValue));
                }
            }
            TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
            return 0;
        });
        Entries += leaves.Count;
        progress(Entries, size);
    }

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
        Cosignatures = 0;
        foreach (var witness in witnesses.Where(witness => note.Signatures.Any(line => line.Name == witness.Name && line.KeyId == witness.Id)))
            if (note.IsSignedBy(witness)) Cosignatures++;
            else Found($"the cosignature of {witness.Name} does not fit.");
    }

    private void Compare<T>(List<T> made, List<T> found, Func<T, object> key, string what)
    {
        foreach (var (one, other) in made.Zip(found))
            if (!key(one).Equals(key(other))) Found($"{what} {key(other)} is not what the log makes, {key(one)}.");
    }

    private void Found(string what)
    {
        if (findings.Count < MaxFindings) findings.Add(what);
    }

    /// <summary>The copy that is built for comparison, in a folder of its own.</summary>
    private sealed class Copy : IAsyncDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("registry-verify-").FullName;

        public Copy() => Database = new(Location.File(Path.Combine(folder, "copy.db")), TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal);

        public Database Database { get; }

        public async ValueTask DisposeAsync()
        {
            await Database.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
