namespace Registry.Transparency;

/// <summary>
/// A witness (C2SP tlog-witness) of one log: it cosigns a checkpoint when that continues the last one it cosigned, and so makes it
/// impossible to show different logs to different people. It keeps one file, the newest checkpoint it cosigned, and another with what
/// conflicts with it.
/// </summary>
public sealed class Witness(NoteSigner signer, VerifierKey log, string stateFile, TimeProvider time)
{
    private const int MaxProof = 63;
    private const string Plain = "text/plain; charset=utf-8", OldLine = "old ";
    private readonly Lock state = new();

    public VerifierKey Key { get; } = log;

    /// <summary>The newest checkpoint it cosigned, as a note; null when there is none.</summary>
    public string? Newest => Read(stateFile) is { } text && text != NothingYet ? text : null;

    /// <summary>What stands in the file of a log that nothing was cosigned of yet: an absent file may have been lost.</summary>
    public const string NothingYet = "nothing cosigned yet\n";

    /// <summary>Whether a text is what such a file holds.</summary>
    public static bool IsState(string text, VerifierKey log) => text == NothingYet
        || Note.Parse(text) is { } note && note.IsSignedBy(log) && Checkpoint.Parse(note.Text, extended: true) is not null;

    /// <summary>What shows that the log's key signed two logs; null while nothing does.</summary>
    public Evidence? Conflict =>
        Read(EvidenceFile) is { } text && Evidence.Parse(text) is { } evidence && evidence.Proves(Key) ? evidence : null;

    private string EvidenceFile => stateFile + ".evidence";

    /// <summary>The first checkpoint that came with a proof that did not fit: it may have been the proof alone.</summary>
    private string UnprovenFile => stateFile + ".unproven";

    private static string? Read(string file) => File.Exists(file) ? File.ReadAllText(file) : null;

    /// <summary>The origin that a request to add a checkpoint names; null when it names none.</summary>
    public static string? OriginOf(string request) =>
        request.Split("\n\n", 2) is [_, var note] && note.IndexOf('\n') is > 0 and var end ? note[..end] : null;

    /// <summary>Answers <c>POST /add-checkpoint</c>.</summary>
    /// <returns>Status, content type and content, as the specification lays down.</returns>
    public (int Status, string Type, string Content) AddCheckpoint(string request)
    {
        var split = request.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return (400, Plain, "There is no empty line before the checkpoint.\n");
        var lines = request[..split].Split('\n');
        var hashes = lines.Skip(1).Select(Base64.Decode).ToList();
        if (OldSize(lines[0]) is not { } old || hashes.Count > MaxProof || hashes.Any(hash => hash is not { Length: MerkleTree.HashSize }))
            return (400, Plain, "The lines before the checkpoint are not an old size and hashes in base64.\n");
        var note = Note.Parse(request[(split + 2)..]);
        var checkpoint = note is null ? null : Checkpoint.Parse(note.Text, extended: true);
        if (note is null || checkpoint is null) return (400, Plain, "This is no checkpoint.\n");
        if (checkpoint.Origin != Key.Name) return (404, Plain, "This witness does not know that log.\n");
        if (!note.IsSignedBy(Key)) return (403, Plain, "The checkpoint is not signed by the key of that log.\n");
        if (old > checkpoint.Size) return (400, Plain, "The old size is above the size.\n");
        return Add(old, note, checkpoint, hashes!, otherRoot: null);
    }

    private static long? OldSize(string line) =>
        line.StartsWith(OldLine, StringComparison.Ordinal) ? Digits.Decode(line[OldLine.Length..]) : null;

    /// <summary>What the newest cosigned one says, and its note; an empty log where nothing was cosigned yet.</summary>
    private (Checkpoint Checkpoint, Note? Note) Last()
    {
        if (Newest is not { } newest) return (new(Key.Name, 0, MerkleTree.EmptyRoot), null);
        var note = Note.Parse(newest)!;
        return (Checkpoint.Parse(note.Text, extended: true)!, note);
    }

    /// <summary>Cosigns what continues the last one, and keeps what conflicts with it.</summary>
    /// <param name="old">Size that the proof begins at.</param>
    /// <param name="note">Signed by the log's key.</param>
    /// <param name="checkpoint">What it says.</param>
    /// <param name="proof">From the old size to its own.</param>
    /// <param name="otherRoot">The root over the old size that this proof leads from, where that is known.</param>
    private (int Status, string Type, string Content) Add(
        long old, Note note, Checkpoint checkpoint, IReadOnlyList<byte[]> proof, byte[]? otherRoot)
    {
        lock (state)
        {
            var (last, kept) = Last();
            if (old != last.Size) return (409, "text/x.tlog.size", $"{last.Size}\n");
            if (!MerkleTree.VerifyConsistency(old, checkpoint.Size, last.Root, checkpoint.Root, proof))
            {
                var same = old == checkpoint.Size && !last.Root.AsSpan().SequenceEqual(checkpoint.Root);
                otherRoot ??= MerkleTree.RootBefore(old, checkpoint.Size, checkpoint.Root, proof);
                if (kept is not null) Conflicts(same ? Evidence.Fork(Key, kept, note) : Evidence.Fork(Key, kept, note, otherRoot, proof));
                return same ? (409, Plain, "The checkpoint has another root than the one of this size that this witness cosigned.\n")
                    : (422, Plain, "The checkpoint does not continue the one this witness cosigned.\n");
            }
            var line = signer.Cosign(note.Text, time.GetUtcNow());
            // On disk before anybody hears of it: a witness that forgets would cosign a fork.
            var own = note.Signatures.Where(signature => signature.IsOf(Key));
            DurableFile.Write(stateFile, $"{note with { Signatures = [.. own, line] }}");
            return (200, Plain, line.Line + "\n");
        }
    }

    private void Conflicts(Evidence conflict)
    {
        if (conflict.Proves(Key)) DurableFile.Write(EvidenceFile, conflict.ToString());
        else if (!File.Exists(UnprovenFile)) DurableFile.Write(UnprovenFile, conflict.ToString());
    }

    /// <summary>Looks at the log itself, as anybody else sees it: what is only shown to others is never brought here. A checkpoint that
    /// does not continue the last one is compared tile by tile, so that the conflict can be proven.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="UnprovenException">What it shows is not signed, or its tiles do not lead there.</exception>
    public async Task<bool> Look(RemoteLog remote, CancellationToken cancel)
    {
        var (checkpoint, note) = await remote.CheckpointAsync(Key, cancel);
        var (last, _) = Last();
        if (checkpoint.Size < last.Size)
            throw new UnprovenException($"it shows {checkpoint.Size} entries, {last.Size} were cosigned: an older copy, or a cache");
        var (root, proof) = await new RemoteTree(remote, checkpoint, note).Beginning(last.Size, cancel);
        return Add(last.Size, note, checkpoint, proof, root).Status == 200;
    }
}
