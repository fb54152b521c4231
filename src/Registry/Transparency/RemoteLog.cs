using System.Net;

namespace Registry.Transparency;

/// <summary>A log's key has signed what no honest log signs.</summary>
public sealed class MisbehaviourException(Evidence evidence) : Exception(evidence.What)
{
    /// <summary>What anybody can check.</summary>
    public Evidence Evidence { get; } = evidence;
}

/// <summary>What a log shows does not lead to a signature of its key: a byte changed on the way, a maintenance page, a broken proxy or
/// disk. Nobody can be held to it, so it accuses nobody: it is asked for again.</summary>
public sealed class UnprovenException(string message) : IOException(message);

/// <summary>Another log, read through its checkpoint and tiles.</summary>
public sealed class RemoteLog : IDisposable
{
    private const int MaxAnswer = 32 << 20;
    private readonly HttpClient http;

    /// <param name="url">Of the registry: its log is at <c>/log/</c> below.</param>
    public RemoteLog(string url) => http = new()
    {
        BaseAddress = new(url.TrimEnd('/') + "/log/"),
        Timeout = TimeSpan.FromSeconds(60),
        MaxResponseContentBufferSize = MaxAnswer,
    };

    /// <summary>The public key it says it has: to be trusted only at first sight or after a look elsewhere.</summary>
    /// <exception cref="InvalidDataException">It gives none.</exception>
    public async Task<VerifierKey> KeyAsync(CancellationToken cancel) =>
        VerifierKey.Parse((await TextAsync("key", cancel)).Trim()) is { Type: VerifierKey.Signature } key ? key
            : throw new InvalidDataException($"{http.BaseAddress}key is no public key of a log.");

    /// <summary>Its newest checkpoint, signed by the key, and the note around it. Lines that are no signatures, or claim to be the key's
    /// and are not, are left out: whoever stands on the way can add them.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="UnprovenException">It is not signed by the key.</exception>
    public Task<(Checkpoint Checkpoint, Note Note)> CheckpointAsync(VerifierKey key, CancellationToken cancel) =>
        OpenAsync("checkpoint", key, cancel);

    /// <summary>Its newest checkpoint that witnesses cosigned, where it offers one apart; else as <see cref="CheckpointAsync"/>.</summary>
    /// <inheritdoc cref="CheckpointAsync"/>
    public async Task<(Checkpoint Checkpoint, Note Note)> CosignedAsync(VerifierKey key, CancellationToken cancel)
    {
        try { return await OpenAsync("cosigned", key, cancel); }
        catch (HttpRequestException none) when (none.StatusCode == HttpStatusCode.NotFound) { return await CheckpointAsync(key, cancel); }
    }

    private async Task<(Checkpoint Checkpoint, Note Note)> OpenAsync(string path, VerifierKey key, CancellationToken cancel)
    {
        var note = Note.Parse(await TextAsync(path, cancel), skipBroken: true);
        bool IsPretended(NoteSignature line) => line.IsOf(key) && !key.Verify(note.Text, line.Bytes);
        if (note is not null) note = note with { Signatures = [.. note.Signatures.Where(line => !IsPretended(line))] };
        return note is not null && Checkpoint.Of(note, key) is { } checkpoint ? (checkpoint, note)
            : throw new UnprovenException($"what is at {AddressOf(path)} is no checkpoint that {key.Name} signed");
    }

    /// <summary>A file of the log.</summary>
    /// <exception cref="HttpRequestException">It cannot be had now; a log that lacks a tile of its own checkpoint says 404, which is no
    /// passing fault but may be a proxy's.</exception>
    public Task<byte[]> GetAsync(string path, CancellationToken cancel) =>
        InTime(AddressOf(path), http.GetByteArrayAsync(path, cancel), cancel);

    private Task<string> TextAsync(string path, CancellationToken cancel) =>
        InTime(AddressOf(path), http.GetStringAsync(path, cancel), cancel);

    /// <summary>Whoever does not answer in time cannot be reached: a client's own word for it is that of one who was told to
    /// stop.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    internal static async Task<T> InTime<T>(string address, Task<T> answer, CancellationToken cancel)
    {
        try { return await answer; }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new HttpRequestException($"{address} does not answer in time.");
        }
    }

    public string AddressOf(string path) => new Uri(http.BaseAddress!, path).ToString();

    public void Dispose() => http.Dispose();

    /// <summary>Whether a failure may pass: then it is asked again.</summary>
    public static bool IsPassing(Exception error) => error is HttpRequestException or TaskCanceledException or IOException;
}

/// <summary>
/// The tree under one signed checkpoint of another log. Nothing of a tile is used before it has been led back to the root: a full tile by
/// the hash of it in the tile above, the tiles at the right edge by the root itself.
/// </summary>
public sealed class RemoteTree(RemoteLog log, Checkpoint checkpoint, Note note)
{
    private readonly Dictionary<(int Level, long Index), byte[][]> trusted = [];
    private bool edgeIsTrusted;

    public Checkpoint Checkpoint { get; } = checkpoint;
    public Note Note { get; } = note;

    /// <summary>The root over its first entries, with the consistency proof from there to the checkpoint.</summary>
    /// <param name="size">How many; no more than the checkpoint covers.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="UnprovenException">Its tiles do not lead to the checkpoint.</exception>
    public async Task<(byte[] Root, List<byte[]> Proof)> Beginning(long size, CancellationToken cancel)
    {
        var root = await FromTiles(source => [MerkleTree.Root(size, source)], cancel);
        return (root[0], await FromTiles(source => MerkleTree.ConsistencyProof(size, Checkpoint.Size, source), cancel));
    }

    /// <summary>The inclusion proof of an entry under the checkpoint.</summary>
    /// <inheritdoc cref="Beginning"/>
    public Task<List<byte[]>> Inclusion(long index, CancellationToken cancel) =>
        FromTiles(source => MerkleTree.InclusionProof(index, Checkpoint.Size, source), cancel);

    /// <summary>Makes hashes from full subtrees, whose tiles are fetched first: which they are, the same computation tells.</summary>
    private async Task<List<byte[]>> FromTiles(Func<MerkleTree.Source, List<byte[]>> make, CancellationToken cancel)
    {
        var needed = new HashSet<(int Level, long Tile)>();
        make((height, index) =>
        {
            needed.Add((height / Tile.Height, (index << height % Tile.Height) / Tile.FullWidth));
            return MerkleTree.EmptyRoot;
        });
        foreach (var (level, tile) in needed) await Hashes(level, tile, cancel, keep: true);
        return make(Trusted);
    }

    /// <summary>The entries of a bundle, checked against the tree.</summary>
    /// <exception cref="UnprovenException">They are not those that the checkpoint covers.</exception>
    public async Task<List<byte[]>> Entries(long index, CancellationToken cancel)
    {
        var hashes = await Hashes(0, index, cancel, keep: false);
        var bundle = Tile.At(Tile.Entries, index, Checkpoint.Size);
        var bytes = await log.GetAsync(bundle.Path, cancel);
        var leaves = Tile.Unbundle(bytes, bundle.Width) ?? throw Bad(bundle, "is no bundle of that width");
        for (var i = 0; i < leaves.Count; i++)
        {
            if (MerkleTree.LeafHash(leaves[i]).AsSpan().SequenceEqual(hashes[i])) continue;
            throw Bad(bundle, $"holds an entry {index * Tile.FullWidth + i} that the checkpoint does not cover");
        }
        return leaves;
    }

    private async Task<byte[][]> Hashes(int level, long index, CancellationToken cancel, bool keep)
    {
        if (trusted.TryGetValue((level, index), out var known)) return known;
        var tile = Tile.At(level, index, Checkpoint.Size);
        if (tile.Width < Tile.FullWidth)
        {
            await TrustEdge(cancel);
            return trusted[(level, index)];
        }
        var hashes = await Fetch(tile, cancel);
        var above = await Hashes(level + 1, index / Tile.FullWidth, cancel, keep: true);
        var isCovered = MerkleTree.HashOf(hashes).AsSpan().SequenceEqual(above[index % Tile.FullWidth]);
        if (!isCovered) throw Bad(tile, "is not the tile that the checkpoint covers");
        if (keep) trusted[(level, index)] = hashes;
        return hashes;
    }

    /// <summary>The partial tiles at the right edge, which together give the root.</summary>
    private async Task TrustEdge(CancellationToken cancel)
    {
        if (edgeIsTrusted) return;
        for (var level = 0; Tile.Count(level, Checkpoint.Size) > 0; level++)
        {
            var tile = Tile.At(level, Tile.Count(level, Checkpoint.Size) / Tile.FullWidth, Checkpoint.Size);
            if (tile.Width > 0) trusted[(level, tile.Index)] = await Fetch(tile, cancel);
        }
        if (!MerkleTree.Root(Checkpoint.Size, Trusted).AsSpan().SequenceEqual(Checkpoint.Root))
            throw new UnprovenException($"the tiles at the right edge of {Checkpoint.Origin} at {Checkpoint.Size} entries "
                + "do not give the root of its checkpoint");
        edgeIsTrusted = true;
    }

    private byte[] Trusted(int height, long index)
    {
        var level = height / Tile.Height;
        var within = 1 << (height - level * Tile.Height);
        var (tile, at) = Math.DivRem(index * within, Tile.FullWidth);
        return MerkleTree.HashOf(trusted[(level, tile)].AsSpan((int)at, within));
    }

    private async Task<byte[][]> Fetch(Tile tile, CancellationToken cancel)
    {
        var bytes = await log.GetAsync(tile.Path, cancel);
        return tile.Hashes(bytes) ?? throw Bad(tile, $"has {bytes.Length} bytes instead of {tile.Width * MerkleTree.HashSize}");
    }

    private UnprovenException Bad(Tile tile, string what) => new($"{log.AddressOf(tile.Path)} {what}");
}
