namespace Registry.Marks;

/// <summary>
/// What a GS1 Digital Link URI names: a product (GTIN, AI 01) or a document (GDTI, AI 253), its key qualifiers, and what else a compressed
/// URI carried. (GS1 Digital Link: URI Syntax 1.7, 4.3 to 4.9.)
/// </summary>
/// <param name="Ai">The primary key's Application Identifier.</param>
/// <param name="Value">The primary key: a GTIN of 14 digits, or a GDTI.</param>
/// <param name="Qualifiers">Variant, lot and serial, in the order of the standard; an item has the links of its product.</param>
/// <param name="Attributes">Pairs that a compressed URI carried beside them and that belong in the query.</param>
public sealed record Gs1Key(
    string Ai, string Value, IReadOnlyList<(string Ai, string Value)> Qualifiers, IReadOnlyList<(string Name, string Value)> Attributes)
{
    public const string Product = "01", Document = "253";

    /// <summary>Consumer product variant, lot, serial and the serial of a third party, with their greatest lengths.</summary>
    private static readonly (string Ai, int MaxLength)[] qualifiers = [("22", 20), ("10", 20), ("21", 20), (ThirdPartySerial, 28)];
    /// <summary>It identifies the item by itself, so nothing stands beside it.</summary>
    private const string ThirdPartySerial = "235";

    /// <summary>Path of the primary key alone, which the links are of.</summary>
    public string Anchor => $"/{Ai}/{Uri.EscapeDataString(Value)}";

    /// <summary>Path with the qualifiers.</summary>
    public string Path => Anchor + string.Concat(Qualifiers.Select(q => $"/{q.Ai}/{Uri.EscapeDataString(q.Value)}"));

    /// <summary>Reads the path of a request. It is cut at slashes first and decoded then: <c>%2F</c> belongs to a value.</summary>
    /// <param name="path">As it was sent, percent-encoded, compressed or not, with or without a slash at its end.</param>
    /// <returns>Null when it is none: its structure, a length, a character, a check digit or the order of qualifiers is wrong.</returns>
    public static Gs1Key? Parse(string path)
    {
        var parts = path.Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        if (parts.Length % 2 == 0) return Of([.. parts.Chunk(2).Select(pair => (pair[0], pair[1]))], []);
        // A part too many can only be what was compressed, first in its own order and then sorted into that of the path.
        if (Gs1Compression.Expand(parts[^1]) is not { } expanded) return null;
        var pairs = parts[..^1].Chunk(2).Select(pair => (Ai: pair[0], Value: pair[1])).Concat(expanded.Elements).ToList();
        int Place((string Ai, string) pair) => pair.Ai is Product or Document ? -1 : Array.FindIndex(qualifiers, q => q.Ai == pair.Ai);
        return Of([.. pairs.Where(pair => InPath(pair.Ai)).OrderBy(Place)], [.. pairs.Where(pair => !InPath(pair.Ai)), .. expanded.Others]);
    }

    private static bool InPath(string ai) => ai is Product or Document || qualifiers.Any(q => q.Ai == ai);

    private static Gs1Key? Of((string Ai, string Value)[] path, (string, string)[] attributes)
    {
        if (path is not [var key, .. var rest]) return null;
        var isDocument = key.Ai == Document && Gtin.IsDocument(key.Value) && rest.Length == 0;
        if (isDocument) return new(key.Ai, key.Value, [], attributes);
        var isProduct = key.Ai == Product && Gtin.IsValid(key.Value) && AreQualifiers(rest);
        return isProduct ? new(key.Ai, Gtin.To14(key.Value), rest, attributes) : null;
    }

    private static bool AreQualifiers((string Ai, string Value)[] pairs)
    {
        var before = -1;
        foreach (var (ai, value) in pairs)
        {
            var place = Array.FindIndex(qualifiers, q => q.Ai == ai);
            if (place <= before || value.Length == 0 || value.Length > qualifiers[place].MaxLength || !Gtin.IsGs1Text(value)) return false;
            before = place;
        }
        return pairs.Length <= 1 || pairs[^1].Ai != ThirdPartySerial;
    }
}
