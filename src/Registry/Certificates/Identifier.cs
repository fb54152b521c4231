namespace Registry.Certificates;

/// <summary>
/// The id of a certificate and the code of a mark: 13 characters of Crockford base32, 60 bits of the leaf hash of the statement that
/// made it and a check character. The same on every mirror, known to nobody before the statement is recorded.
/// </summary>
public static class Identifier
{
    public const int Length = 13;
    public const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>The identifier a leaf gives. The hash is that of RFC 6962 §2.1: SHA-256 of a zero byte and the leaf.</summary>
    public static string Of(ReadOnlySpan<byte> leaf) => OfHash(Transparency.MerkleTree.LeafHash(leaf));

    /// <summary>The identifier the leaf of that hash gives.</summary>
    public static string OfHash(ReadOnlySpan<byte> hash) => Of(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash) >> 4);

    /// <summary>Sixty bits as twelve characters and their check character.</summary>
    public static string Of(ulong bits)
    {
        Span<char> text = stackalloc char[Length];
        for (var i = Length - 2; i >= 0; i--, bits >>= 5) text[i] = Alphabet[(int)(bits & 31)];
        text[Length - 1] = Check(text[..(Length - 1)]);
        return new string(text);
    }

    /// <summary>Reads what a person or a scanner typed: case, hyphens and spaces do not matter; I and L read as 1, O as 0 (Crockford).
    /// Null when it is mistyped: wrong length, a foreign character, or a check character that does not agree.</summary>
    public static string? Parse(string typed)
    {
        Span<char> text = stackalloc char[Length];
        var n = 0;
        foreach (var c in typed)
        {
            if (c is ' ' or '-') continue;
            var canonical = char.ToUpperInvariant(c) switch { 'I' or 'L' => '1', 'O' => '0', var upper => upper };
            if (n == Length || !Alphabet.Contains(canonical)) return null;
            text[n++] = canonical;
        }
        return n == Length && Check(text[..(Length - 1)]) == text[Length - 1] ? new string(text) : null;
    }

    /// <summary>The sixty bits of an identifier.</summary>
    public static ulong Bits(string identifier) => identifier[..^1].Aggregate(0UL, (bits, c) => bits << 5 | (uint)Alphabet.IndexOf(c));

    /// <summary>Sum of a^i x value over GF(32), a being a root of x^5 + x^2 + 1. All weights differ
    /// from each other and from the check character's own, so any one wrong character and
    /// any two exchanged ones are caught.</summary>
    private static char Check(ReadOnlySpan<char> text)
    {
        var sum = 0;
        foreach (var c in text)
        {
            sum = (sum ^ Alphabet.IndexOf(c)) << 1;
            if ((sum & 32) != 0) sum ^= 0b100101;
        }
        return Alphabet[sum];
    }
}
