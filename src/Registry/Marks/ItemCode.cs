using System.Buffers.Binary;
using System.Security.Cryptography;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>
/// The code of one item of a serialised mark: the mark's own 13 characters and 13 more that hold the serial (20 bits), a tag (40 bits) and
/// a check character. The tag is HMAC-SHA-256 over the serial under the mark's seed, so a million codes are derived and none is stored,
/// and nobody who has seen some can make another. The log holds the seed's hash.
/// </summary>
public static class ItemCode
{
    public const int Length = 2 * Identifier.Length, MaxItems = 1_000_000, SeedLength = 32;
    private const int TagBits = 40;

    public static byte[] NewSeed() => RandomNumberGenerator.GetBytes(SeedLength);

    /// <summary>What the statement says of a seed.</summary>
    public static string HashOf(byte[] seed) => Convert.ToHexStringLower(SHA256.HashData(seed));

    public static string Of(string mark, int serial, byte[] seed) => mark + Identifier.Of((ulong)serial << TagBits | Tag(serial, seed));

    /// <summary>The mark and, in a code of an item, its second half, as <see cref="Identifier.Plain"/> reads them. Null when it is
    /// mistyped.</summary>
    public static (string Mark, string? Item)? Parse(string typed)
    {
        var plain = Identifier.Plain(typed);
        if (plain.Length != Length) return Identifier.Parse(plain) is { } only ? (only, null) : null;
        if (Identifier.Parse(plain[..Identifier.Length]) is not { } mark) return null;
        return Identifier.Parse(plain[Identifier.Length..]) is { } item ? (mark, item) : null;
    }

    /// <summary>Whether a text is a code, of a certificate, mark or item, and nothing else (<see cref="Identifier.IsAlone"/>).</summary>
    public static bool IsAlone(string typed) => Identifier.IsAlone(typed) && Parse(typed) is not null;

    /// <summary>The serial that the second half of a code states.</summary>
    public static int SerialOf(string item) => (int)(Identifier.Bits(item) >> TagBits);

    /// <summary>Whether the second half of a code was derived from the seed.</summary>
    public static bool IsDerived(string item, byte[] seed) => (Identifier.Bits(item) & (1UL << TagBits) - 1) == Tag(SerialOf(item), seed);

    private static ulong Tag(int serial, byte[] seed)
    {
        Span<byte> input = stackalloc byte[4], hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt32BigEndian(input, serial);
        HMACSHA256.HashData(seed, input, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) >> 64 - TagBits;
    }
}
