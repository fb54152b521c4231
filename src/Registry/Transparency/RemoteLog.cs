
namespace Registry.Transparency;

/// <summary>A log has shown something that no honest log shows. The message says what, and <see cref="Evidence"/> holds it.</summary>
public sealed class MisbehaviourException(string message, string evidence) : Exception(message)
{
    /// <summary>What was seen, byte for byte where it is text, for others to check.</summary>
    public string Evidence { get; } = evidence;
}

/// <summary>Another log, read through its checkpoint and tiles.</summary>
public sealed class RemoteLog : IDisposable
{
    private readonly HttpClient http;

    /// <param name="url">Of the registry: its log is at <c>/log/</c> below.</param>
    public RemoteLog(string url) => http = new HttpClient { BaseAddress = new Uri(url.TrimEnd('/') + "/log/"), Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = 32 << 20 };

    /// <summary>The public key it says it has: to be trusted only at first sight or after a look elsewhere.</summary>
    /// <exception cref="InvalidDataException">It gives none.</exception>
    public async Task<VerifierKey> KeyAsync(CancellationToken cancel) =>
        VerifierKey.Parse((await http.GetStringAsync("key", cancel)).Trim()) is { Type: VerifierKey.Signature } key ? key : throw new InvalidDataException($"{http.BaseAddress}key is no public key of a log.");

    /// <summary>Its checkpoint, signed by the key, and the note around it.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="MisbehaviourException">It is not signed by the key.</exception>
    public async Task<(Checkpoint Checkpoint, Note Note)> CheckpointAsync(VerifierKey key, CancellationToken cancel)
    {
        var note = await http.GetStringAsync("checkpoint", cancel);
        return Checkpoint.Open(note, key) ?? throw new MisbehaviourException($"the checkpoint at {http.BaseAddress}checkpoint is not one that {key.Name} signed.", note);
    }

    /// <summary>A file of the log.</summary>
    /// <exception cref="HttpRequestException">It cannot be had now; a log that lacks a tile of its own checkpoint says 404, which is no passing fault but may be a proxy's.</exception>
    public Task<byte[]> GetAsync(string path, CancellationToken cancel) => http.GetByteArrayAsync(path, cancel);

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

    /// <summary>Whether the first entries of it are the tree of that size and root.</summary>
    public async Task<bool> BeginsWith(long size, byte[] root, CancellationToken cancel)
    {
        // The tiles that the right edge of the smaller tree lies in.
        for (var level = 0; Tile.Count(level, size) > 0; level++)
            if (Tile.Count(level, size) % Tile.FullWidth > 0) await Hashes(level, Tile.Count(level, size) / Tile.FullWidth, cancel, keep: true);
        return MerkleTree.Root(size, Trusted).AsSpan().SequenceEqual(root);
    }

    /// <summary>The entries of a bundle, checked against the tree.</summary>
    /// <exception cref="MisbehaviourException">They are not those that the checkpoint covers.</exception>
    public async Task<List<byte[]>> Entries(long index, CancellationToken cancel)
    {
        var hashes = await Hashes(0, index, cancel, keep: false);
        var bundle = Tile.At(Tile.Entries, index, Checkpoint.Size);
        var bytes = await log.GetAsync(bundle.Path, cancel);
        var leaves = Tile.Unbundle(bytes, bundle.Width) ?? throw Bad(bundle, bytes, "is no bundle of that width");
        for (var i = 0; i < leaves.Count; i++)
            if (!MerkleTree.LeafHash(leaves[i]).AsSpan().SequenceEqual(hashes[i])) throw Bad(bundle, bytes, $"holds an entry {index * Tile.FullWidth + i} that the checkpoint does not cover");
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
        var (hashes, bytes) = await Fetch(tile, cancel);
        var above = await Hashes(level + 1, index / Tile.FullWidth, cancel, keep: true);
        if (!MerkleTree.HashOf(hashes).AsSpan().SequenceEqual(above[index % Tile.FullWidth])) throw Bad(tile, bytes, "is not the tile that the checkpoint covers");
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
            if (tile.Width > 0) trusted[(level, tile.Index)] = (await Fetch(tile, cancel)).Hashes;
        }
        if (!MerkleTree.Root(Checkpoint.Size, Trusted).AsSpan().SequenceEqual(Checkpoint.Root))
            throw new MisbehaviourException($"the tiles at the right edge of {Checkpoint.Origin} at {Checkpoint.Size} entries do not give the root of its checkpoint.", Note.ToString());
        edgeIsTrusted = true;
    }

    private byte[] Trusted(int height, long index)
    {
        var level = height / Tile.Height;
        var within = 1 << (height - level * Tile.Height);
        var (tile, at) = Math.DivRem(index * within, Tile.FullWidth);
        return MerkleTree.HashOf(trusted[(level, tile)].AsSpan((int)at, within));
    }

    private async Task<(byte[][] Hashes, byte[] Bytes)> Fetch(Tile tile, CancellationToken cancel)
    {
        var bytes = await log.GetAsync(tile.Path, cancel);
        return (tile.Hashes(bytes) ?? throw Bad(tile, bytes, $"has {bytes.Length} bytes instead of {tile.Width * MerkleTree.HashSize}"), bytes);
    }

    private MisbehaviourException Bad(Tile tile, byte[] bytes, string what) =>
        new($"{log.AddressOf(tile.Path)} {what}.", $"{Note}\n{tile.Path}\n{Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 1 << 20)))}\n");
}
