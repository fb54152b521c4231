using System.Globalization;

namespace Registry.Transparency;

/// <summary>What a checkpoint of C2SP says: of which log, how many leaves, and the root over them.</summary>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The note's text.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>The signed note.</summary>
    public Note Sign(NoteSigner signer) => new(Text, [signer.SignText(Text)]);

    /// <summary>Reads a note's text; null when it has not the form of a checkpoint.</summary>
    /// <param name="text">Of the note.</param>
    /// <param name="extended">Takes extension lines, as a witness of any log does. This log has none, because nobody can audit
    /// them.</param>
    public static Checkpoint? Parse(string text, bool extended = false)
    {
        if (text.Split('\n') is not [{ Length: > 0 } origin, var size, var root, .. var more, ""]) return null;
        if (more.Length > 0 && !extended || more.Contains("")) return null;
        if (Digits.Decode(size) is not { } leaves) return null;
        return Base64.Decode(root) is { Length: MerkleTree.HashSize } hash ? new(origin, leaves, hash) : null;
    }

    /// <summary>Reads a checkpoint that a log's key signed, of the log the key is of; null when anything about it is wrong.</summary>
    public static (Checkpoint Checkpoint, Note Note)? Open(string signed, VerifierKey key, bool skipBroken = false) =>
        Note.Parse(signed, skipBroken) is { } note && Of(note, key) is { } checkpoint ? (checkpoint, note) : null;

    /// <summary>The same of a note.</summary>
    public static Checkpoint? Of(Note note, VerifierKey key) =>
        note.IsSignedBy(key) && Parse(note.Text) is { } checkpoint && checkpoint.Origin == key.Name ? checkpoint : null;
}

/// <summary>An inclusion proof that stands alone (C2SP tlog-proof): the entry itself as extra data, its index, the path and the
/// checkpoint.</summary>
public sealed record InclusionProof(byte[] Leaf, long Index, IReadOnlyList<byte[]> Hashes, string Checkpoint)
{
    public const string Header = "c2sp.org/tlog-proof@v1";
    private const string ExtraLine = "extra ", IndexLine = "index ";

    /// <summary>Hashes of a path in a tree of 63 bits.</summary>
    private const int MaxHashes = 63;

    public override string ToString()
    {
        var hashes = string.Concat(Hashes.Select(hash => Convert.ToBase64String(hash) + "\n"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{Header}\n{ExtraLine}{Convert.ToBase64String(Leaf)}\n{IndexLine}{Index}\n{hashes}\n{Checkpoint}");
    }

    /// <summary>Null when it has not that form.</summary>
    public static InclusionProof? Parse(string text)
    {
        var split = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return null;
        if (text[..split].Split('\n') is not [Header, var extra, var index, .. var path]) return null;
        if (!extra.StartsWith(ExtraLine, StringComparison.Ordinal) || !index.StartsWith(IndexLine, StringComparison.Ordinal)) return null;
        if (Base64.Decode(extra[ExtraLine.Length..]) is not { } leaf || Digits.Decode(index[IndexLine.Length..]) is not { } at) return null;
        var hashes = path.Select(Base64.Decode).ToList();
        return hashes.Count > MaxHashes || hashes.Contains(null) ? null : new(leaf, at, hashes!, text[(split + 2)..]);
    }

    /// <summary>Whether a checkpoint that the key signed holds the leaf at that index.</summary>
    public bool Verify(VerifierKey key) => Transparency.Checkpoint.Open(Checkpoint, key) is { Checkpoint: var checkpoint }
        && MerkleTree.VerifyInclusion(MerkleTree.LeafHash(Leaf), Index, checkpoint.Size, Hashes, checkpoint.Root);
}
