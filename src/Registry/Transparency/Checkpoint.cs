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
        if (text.Split('\n') is not [{ Length: > 0 } origin, var size, var root, .. var more, ""] || more.Length > 0 && !extended || more.Contains("")) return null;
        if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) || leaves.ToString(CultureInfo.InvariantCulture) != size) return null;
        return Base64.Decode(root) is { Length: MerkleTree.HashSize } hash ? new(origin, leaves, hash) : null;
    }

    /// <summary>Reads a checkpoint that a log's key signed, of the log the key is of; null when anything about it is wrong.</summary>
    public static (Checkpoint Checkpoint, Note Note)? Open(string signed, VerifierKey key, bool skipBroken = false) =>
        Note.Parse(signed, skipBroken) is { } note && note.IsSignedBy(key) && Parse(note.Text) is { } checkpoint && checkpoint.Origin == key.Name ? (checkpoint, note) : null;
}

/// <summary>An inclusion proof that stands alone (C2SP tlog-proof): the entry itself as extra data, its index, the path and the
/// checkpoint.</summary>
public sealed record InclusionProof(byte[] Leaf, long Index, IReadOnlyList<byte[]> Hashes, string Checkpoint)
{
    public const string Header = "c2sp.org/tlog-proof@v1";

    public override string ToString() =>
        $"{Header}\nextra {Convert.ToBase64String(Leaf)}\nindex {Index.ToString(CultureInfo.InvariantCulture)}\n{string.Concat(Hashes.Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{Checkpoint}";

    /// <summary>Null when it has not that form.</summary>
    public static InclusionProof? Parse(string text)
    {
        var split = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return null;
        var lines = text[..split].Split('\n');
        if (lines is not [Header, var extra, var index, ..] || !extra.StartsWith("extra ", StringComparison.Ordinal) || !index.StartsWith("index ", StringComparison.Ordinal)) return null;
        if (Base64.Decode(extra[6..]) is not { } leaf || !long.TryParse(index[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at.ToString(CultureInfo.InvariantCulture) != index[6..]) return null;
        var hashes = lines[3..].Select(Base64.Decode).ToList();
        return hashes.Count > 63 || hashes.Contains(null) ? null : new(leaf, at, hashes!, text[(split + 2)..]);
    }

    /// <summary>Whether a checkpoint that the key signed holds the leaf at that index.</summary>
    public bool Verify(VerifierKey key) =>
        Transparency.Checkpoint.Open(Checkpoint, key) is { Checkpoint: var checkpoint } && MerkleTree.VerifyInclusion(MerkleTree.LeafHash(Leaf), Index, checkpoint.Size, Hashes, checkpoint.Root);
}
