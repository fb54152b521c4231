using System.Globalization;
using System.Text;

namespace Registry.Transparency;

/// <summary>
/// What shows that the holder of a log's key broke his word, for whoever has nothing but the public key: two checkpoints of which neither
/// continues the other, or a checkpoint over an entry that the log's own rules forbid. As a text it can be passed on.
/// </summary>
public sealed record Evidence(VerifierKey Log, string What)
{
    public const string Header = "registry-evidence@v1";
    private const string LogLine = "log ", WhatLine = "what ", RootLine = "root ", HashLine = "hash ";
    private const string CheckpointSection = "checkpoint ", EntrySection = "tlog-proof ";

    /// <summary>The two checkpoints, the smaller first; none where it is about an entry.</summary>
    public IReadOnlyList<Note> Checkpoints { get; init; } = [];

    /// <summary>The root that the tree of the second checkpoint has over as many entries as the first covers: not the first one's root.
    /// Null where both are of one size.</summary>
    public byte[]? OtherRoot { get; init; }

    /// <summary>The consistency proof from that root to the second checkpoint (RFC 6962 §2.1.2).</summary>
    public IReadOnlyList<byte[]> Hashes { get; init; } = [];

    /// <summary>The entry with its proof, a C2SP tlog-proof; null where it is about two checkpoints.</summary>
    public string? Entry { get; init; }

    /// <summary>Two checkpoints of one log.</summary>
    /// <param name="log">Whose.</param>
    /// <param name="one">A checkpoint.</param>
    /// <param name="other">Another, of the same size or larger.</param>
    /// <param name="otherRoot">Of the larger tree over as many entries as the smaller has; null where both are of one size.</param>
    /// <param name="proof">That it is.</param>
    public static Evidence Fork(VerifierKey log, Note one, Note other, byte[]? otherRoot = null, IReadOnlyList<byte[]>? proof = null)
    {
        var (first, second) = (Checkpoint.Parse(one.Text, extended: true)!, Checkpoint.Parse(other.Text, extended: true)!);
        var how = first.Size == second.Size ? $"two roots over {first.Size} entries"
            : $"its checkpoint over {second.Size} entries does not continue the one over {first.Size}";
        return new(log, $"the key of {log.Name} signed two logs: {how}")
        {
            Checkpoints = [one.OnlyOf(log), other.OnlyOf(log)],
            OtherRoot = otherRoot,
            Hashes = proof ?? [],
        };
    }

    /// <summary>Whether the log's key signed what no honest log signs. Of an entry: that the key signed a checkpoint over it; which rule it
    /// breaks, <see cref="What"/> says.</summary>
    public bool Proves(VerifierKey key)
    {
        if (Entry is not null) return InclusionProof.Parse(Entry)?.Verify(key) == true;
        if (Checkpoints is not [var one, var other] || !one.IsSignedBy(key) || !other.IsSignedBy(key)) return false;
        if (Checkpoint.Parse(one.Text, extended: true) is not { } first || first.Origin != key.Name) return false;
        if (Checkpoint.Parse(other.Text, extended: true) is not { } second || second.Origin != key.Name) return false;
        if (first.Size == second.Size) return !first.Root.AsSpan().SequenceEqual(second.Root);
        return OtherRoot is not null && !OtherRoot.AsSpan().SequenceEqual(first.Root)
            && MerkleTree.VerifyConsistency(first.Size, second.Size, OtherRoot, second.Root, Hashes);
    }

    /// <summary>The text: lines, then each checkpoint or proof after a line that says how many characters it has.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Header}\n{LogLine}{Log}\n{WhatLine}{What.ReplaceLineEndings(" ")}\n");
        if (OtherRoot is not null) text.Append(CultureInfo.InvariantCulture, $"{RootLine}{Convert.ToBase64String(OtherRoot)}\n");
        foreach (var hash in Hashes) text.Append(CultureInfo.InvariantCulture, $"{HashLine}{Convert.ToBase64String(hash)}\n");
        foreach (var checkpoint in Checkpoints) Section(CheckpointSection, checkpoint.ToString());
        if (Entry is not null) Section(EntrySection, Entry);
        return text.ToString();

        void Section(string name, string content) => text.Append(CultureInfo.InvariantCulture, $"{name}{content.Length}\n{content}");
    }

    /// <summary>Null when it has not that form.</summary>
    public static Evidence? Parse(string text)
    {
        string? Line()
        {
            if (text.IndexOf('\n') is not (>= 0 and var end)) return null;
            var line = text[..end];
            text = text[(end + 1)..];
            return line;
        }
        if (Line() != Header || Line() is not { } log || !log.StartsWith(LogLine, StringComparison.Ordinal)) return null;
        if (VerifierKey.Parse(log[LogLine.Length..]) is not { } key) return null;
        if (Line() is not { } what || !what.StartsWith(WhatLine, StringComparison.Ordinal)) return null;
        var (evidence, hashes, notes) = (new Evidence(key, what[WhatLine.Length..]), new List<byte[]>(), new List<Note>());
        while (Line() is { } line)
        {
            var (word, rest) = line.IndexOf(' ') is >= 0 and var space ? (line[..(space + 1)], line[(space + 1)..]) : ("", line);
            if (word is RootLine or HashLine)
            {
                if (Base64.Decode(rest) is not { Length: MerkleTree.HashSize } hash) return null;
                if (word == HashLine) hashes.Add(hash);
                else evidence = evidence with { OtherRoot = hash };
                continue;
            }
            if (word is not (CheckpointSection or EntrySection)) return null;
            if (!int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > text.Length) return null;
            var content = text[..length];
            text = text[length..];
            if (word == EntrySection) evidence = evidence with { Entry = content };
            else if (Note.Parse(content) is { } note) notes.Add(note);
            else return null;
        }
        return text.Length > 0 ? null : evidence with { Hashes = hashes, Checkpoints = notes };
    }
}
