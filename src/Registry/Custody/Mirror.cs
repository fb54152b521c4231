using System.Globalization;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Follows another registry through its tiles only: verifies everything and builds the same projection. Every bundle of entries is one
/// transaction, so it goes on wherever it was killed. What no key signed proves nothing and is asked for again, however long it takes; when
/// the log's key signed what no honest log signs, it stops following, keeps the evidence, and goes on serving the last state that was
/// proven.
/// </summary>
public sealed class Mirror : EndingService
{
    /// <summary>Between two looks at the origin, and the longest after failures.</summary>
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1), longest = TimeSpan.FromSeconds(15);
    /// <summary>How often the instant of the last contact goes to the disk: by so much more an answer after a crash may say it is older
    /// than it is.</summary>
    private static readonly TimeSpan noting = TimeSpan.FromSeconds(5);

    private readonly Settings settings;
    private readonly LogIdentity identity;
    private readonly Database database;
    private readonly KnownTo known;
    private readonly TimeProvider time;
    private readonly ILogger<Mirror> logger;
    private readonly WitnessPolicy? policy;
    private readonly VerifierKey[] witnesses;
    private DateTimeOffset noted;
    private long faults;
    private volatile string? fault;

    /// <exception cref="InvalidDataException">The policy is none, or is not about this log.</exception>
    public Mirror(Settings settings, LogIdentity identity, Database database, KnownTo known, TimeProvider time, ILogger<Mirror> logger)
    {
        (this.settings, this.identity, this.database) = (settings, identity, database);
        (this.known, this.time, this.logger) = (known, time, logger);
        (policy, witnesses) = (settings.WitnessPolicy, settings.KnownWitnesses);
        if (policy?.IsAbout(identity.Key) == false)
            throw new InvalidDataException($"{settings.Policy} names other logs, and not the one that is mirrored: {identity.Key}");
        known.Set(LastContact());
        Misbehaviour = KeptEvidence() is { } kept ? new MisbehaviourException(kept) : null;
    }

    /// <summary>The newest evidence beside the data file that proves what it says.</summary>
    private Evidence? KeptEvidence()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(settings.DataFile))!;
        var name = Path.GetFileNameWithoutExtension(settings.DataFile);
        return Directory.GetFiles(folder, name + ".evidence-*").Order().Select(file => Evidence.Parse(File.ReadAllText(file)))
            .LastOrDefault(evidence => evidence?.Proves(identity.Key) == true);
    }

    /// <summary>Whether it has a state that is proven, however old: then it answers, and says how old.</summary>
    public bool CaughtUp => database.Read(TreeStore.Newest) is not null;

    /// <summary>What stopped it; null while it follows. It stands until the file with the evidence is taken away.</summary>
    public MisbehaviourException? Misbehaviour { get; private set; }

    /// <summary>How often since the start the origin could not be followed, and why the last time; null while it can.</summary>
    public (long Count, string? Now) Faults => (Volatile.Read(ref faults), fault);

    private string ContactFile => Path.ChangeExtension(settings.DataFile, ".contact");

    private string FollowedFile => Path.ChangeExtension(settings.DataFile, ".followed");

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        if (Misbehaviour is not null) Log.StillMisbehaved(logger, Misbehaviour.Message);
        using var log = new RemoteLog(settings.MirrorOf!);
        var wait = interval;
        await Retry(DropInvented);
        while (!stop.IsCancellationRequested && Misbehaviour is null)
        {
            await Retry(() => Follow(log, stop));
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task Retry(Func<Task> act)
        {
            try
            {
                await act();
                (wait, fault) = (interval, null);
            }
            catch (MisbehaviourException found) { Alarm(found); }
            // Whatever else it is, it may pass: nothing but a signature ends the following.
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                Log.CannotFollow(logger, Interlocked.Increment(ref faults), error.Message);
                (wait, fault) = (TimeSpan.FromSeconds(Math.Min(wait.TotalSeconds * 2, longest.TotalSeconds)), error.Message);
            }
            catch (OperationCanceledException) { }
        }
    }

    protected override void AtEnd(CancellationToken cancel)
    {
        if (noted != default) NoteContact();
    }

    private async Task Follow(RemoteLog log, CancellationToken stop)
    {
        var asked = time.GetUtcNow();
        var needsWitnesses = policy is { IsNone: false };
        var (checkpoint, note) = await (needsWitnesses ? log.CosignedAsync(identity.Key, stop) : log.CheckpointAsync(identity.Key, stop));
        var edge = database.Read(TreeStore.EdgeOf);
        var tree = new RemoteTree(log, checkpoint, note);
        if (checkpoint.Size > edge.Size) await Continues(tree, edge, stop);
        else Contained(checkpoint, note, edge);

        // The lines that witnesses of ours signed, and no others: anybody on the way may have added some.
        var published = database.Read(TreeStore.Newest);
        IReadOnlyList<NoteSignature> kept = published?.Size == checkpoint.Size ? LinesOf(published.Cosignatures) : [];
        var cosignatures = Verified(note.Text, [.. note.Signatures, .. kept]);
        var signed = note.OnlyOf(identity.Key).ToString();
        DateTimeOffset? seen = policy is null ? asked : policy.QuorumAt(Note.Parse(signed + cosignatures)!);
        if (seen is null)
            throw new UnprovenException($"the checkpoint over {checkpoint.Size} entries is not cosigned "
                + $"by the witnesses that {settings.Policy} requires");
        if (checkpoint.Size > edge.Size) await Take(tree, edge, signed, cosignatures, stop);
        else if (published?.Size != checkpoint.Size || cosignatures != published.Cosignatures)
            await database.WriteAsync(transaction =>
            {
                TreeStore.Publish(transaction, edge, signed, cosignatures);
                TreeStore.SetCosignatures(transaction, edge.Size, cosignatures);
                return 0;
            });
        known.Set(seen < asked ? seen.Value : asked);
        if (asked - noted >= noting) NoteContact();
    }

    private static IReadOnlyList<NoteSignature> LinesOf(string? lines) =>
        lines is null ? [] : [.. lines.Split('\n').Select(NoteSignature.Parse).OfType<NoteSignature>()];

    private string? Verified(string text, IEnumerable<NoteSignature> lines)
    {
        var newest = witnesses.Select(witness =>
            lines.Where(line => line.IsOf(witness) && witness.Verify(text, line.Bytes)).MaxBy(line => line.Seconds));
        var verified = string.Concat(newest.OfType<NoteSignature>().Select(line => line.Line + "\n"));
        return verified.Length > 0 ? verified : null;
    }

    /// <summary>Lines that a mirror of an earlier version, or with other witnesses, passed on unseen.</summary>
    private Task DropInvented() => database.WriteAsync(transaction =>
    {
        foreach (var one in TreeStore.Cosigned(transaction.Connection))
        {
            if (Note.Parse(one.Signed) is not { } note) continue;
            var verified = Verified(note.Text, LinesOf(one.Cosignatures));
            if (verified != one.Cosignatures) TreeStore.SetCosignatures(transaction, one.Size, verified);
        }
        return 0;
    });

    /// <summary>A checkpoint over no more entries than are held here must be over those. A smaller one proves nothing: it may be an older
    /// copy, or a cache's.</summary>
    private void Contained(Checkpoint checkpoint, Note note, Edge edge)
    {
        var root = database.Read(db => MerkleTree.Root(checkpoint.Size, TreeStore.Source(db)));
        if (!root.AsSpan().SequenceEqual(checkpoint.Root))
        {
            foreach (var (held, its) in Held().Where(held => held.Checkpoint.Size >= checkpoint.Size && held.Checkpoint.Size <= edge.Size))
                Accuse(held.Size == checkpoint.Size ? Evidence.Fork(identity.Key, its, note)
                    : Evidence.Fork(identity.Key, note, its, root, ProofBetween(checkpoint.Size, held.Size)));
            throw Contradicts(checkpoint, edge);
        }
        if (checkpoint.Size < edge.Size)
            throw new UnprovenException(
                $"the origin shows {checkpoint.Size} entries, {edge.Size} are held here: an older copy of it, or a cache");
    }

    private List<byte[]> ProofBetween(long from, long to) =>
        database.Read(db => MerkleTree.ConsistencyProof(from, to, TreeStore.Source(db)));

    /// <summary>A checkpoint over more entries must begin with those held here, and with those of every checkpoint that was signed
    /// before.</summary>
    private async Task Continues(RemoteTree tree, Edge edge, CancellationToken stop)
    {
        foreach (var (held, its) in Held().Where(held => held.Checkpoint.Size <= tree.Checkpoint.Size))
        {
            var (root, proof) = await tree.Beginning(held.Size, stop);
            if (root.AsSpan().SequenceEqual(held.Root)) continue;
            Accuse(held.Size == tree.Checkpoint.Size ? Evidence.Fork(identity.Key, its, tree.Note)
                : Evidence.Fork(identity.Key, its, tree.Note, root, proof));
        }
        if (!(await tree.Beginning(edge.Size, stop)).Root.AsSpan().SequenceEqual(edge.Root)) throw Contradicts(tree.Checkpoint, edge);
    }

    private static UnprovenException Contradicts(Checkpoint checkpoint, Edge edge) =>
        new($"the checkpoint over {checkpoint.Size} entries does not agree with the {edge.Size} held here, "
            + "and what was signed before does not prove which is wrong: check this copy with `registry verify`");

    /// <summary>The checkpoints that the log's key signed and this mirror knows: the published one, the one that was shown before (a copy
    /// that was restored may hold less), and the one that is being followed.</summary>
    private IEnumerable<(Checkpoint Checkpoint, Note Note)> Held()
    {
        static string? Read(string file) => File.Exists(file) ? File.ReadAllText(file) : null;
        string?[] texts = [database.Read(TreeStore.Newest)?.Signed, Read(settings.PublishedPath), Read(FollowedFile)];
        var opened = texts.Select(text => text is null ? null : Checkpoint.Open(text, identity.Key));
        return opened.OfType<(Checkpoint Checkpoint, Note Note)>().DistinctBy(held => held.Note.Text);
    }

    private void Accuse(Evidence evidence)
    {
        if (evidence.Proves(identity.Key)) throw new MisbehaviourException(evidence);
    }

    /// <summary>Takes the entries in, bundle by bundle.</summary>
    private async Task Take(RemoteTree tree, Edge edge, string signed, string? cosignatures, CancellationToken stop)
    {
        var (first, last) = (edge.Size / Tile.FullWidth, (tree.Checkpoint.Size - 1) / Tile.FullWidth);
        // Halfway nothing but this shows under which signature the entries stand.
        if (first < last) await File.WriteAllTextAsync(FollowedFile, signed, stop);
        for (var bundle = first; bundle <= last; bundle++)
        {
            var (from, leaves) = (bundle * Tile.FullWidth, await tree.Entries(bundle, stop));
            var done = from + leaves.Count == tree.Checkpoint.Size;
            try
            {
                await database.WriteAsync(transaction =>
                {
                    var next = EntryLog.Size(transaction.Connection);
                    foreach (var leaf in leaves.Skip((int)(next - from))) Record(transaction, next++, leaf);
                    var sealing = TreeStore.Extend(transaction);
                    TreeStore.Publish(transaction, sealing, done ? signed : null, done ? cosignatures : null);
                    return 0;
                });
            }
            catch (BrokenRuleException broken)
            {
                var proof = new InclusionProof(broken.Leaf, broken.Index, await tree.Inclusion(broken.Index, stop), signed);
                throw new MisbehaviourException(new Evidence(identity.Key, broken.Message) { Entry = proof.ToString() });
            }
        }
    }

    private void Record(Transaction transaction, long index, byte[] leaf)
    {
        try { SignedStatements.Replay(transaction, leaf, identity.Key); }
        catch (FaultException refused) { throw new BrokenRuleException(index, leaf, refused.Faults[0]); }
    }

    private sealed class BrokenRuleException(long index, byte[] leaf, Fault fault)
        : Exception($"entry {index} breaks the registry's own rules: {fault.Message(Language.En)} ({fault.Refusal.Code})")
    {
        public long Index { get; } = index;
        public byte[] Leaf { get; } = leaf;
    }

    private void Alarm(MisbehaviourException found)
    {
        Misbehaviour = found;
        var at = DateTimeOffset.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var file = Path.ChangeExtension(settings.DataFile, $".evidence-{at}.txt");
        try { File.WriteAllText(file, found.Evidence.ToString()); }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException) { file = $"memory only ({full.Message})"; }
        Log.Evidence(logger, found.Message, file);
    }

    /// <summary>The instant that was noted last; without it that of the newest entry, which cannot be later.</summary>
    private DateTimeOffset LastContact()
    {
        var recorded = database.Read(EntryLog.RecordedTo) ?? DateTimeOffset.UnixEpoch;
        if (!File.Exists(ContactFile)) return recorded;
        var kept = File.ReadAllText(ContactFile).Trim();
        var isWhole = DateTimeOffset.TryParseExact(kept, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var contact);
        return isWhole && contact > recorded ? contact : recorded;
    }

    /// <summary>Written beside and moved, so that it is whole; what a crash loses makes an answer older, never newer.</summary>
    private void NoteContact()
    {
        noted = time.GetUtcNow();
        try
        {
            File.WriteAllText(ContactFile + ".new", known.Now.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
            File.Move(ContactFile + ".new", ContactFile, overwrite: true);
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            Log.CannotFollow(logger, Volatile.Read(ref faults), full.Message);
        }
    }
}
