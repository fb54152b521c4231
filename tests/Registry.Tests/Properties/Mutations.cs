using System.Text;

namespace Registry.Tests.Properties;

/// <summary>Spoils what is right: bits, bytes, pieces left out, doubled, moved from another, cut off, numbers at their edges, two grown together,
/// and what often breaks readers.</summary>
/// <param name="seed">The same again gives the same.</param>
public sealed class Mutations(int seed)
{
    private const int MaxSteps = 4, MaxPiece = 64, Largest = 1 << 16;

    private static readonly byte[][] breaking =
    [
        .. ((string[])["", "\0", "\n\n", "\r\n", "\"", "\"\"", "{", "[", "]}", ",", "\t", "=", "'", "\uFEFF", "\u202e", "\u200b", "０", "ａ", "😀", "9223372036854775808", "-1", "1e999", "NaN", "null", "true",
            "2026-02-30", "0000-00-00", "— ", "+", "/", ".", "..", "%2F", "%00", "&amp;", "<!DOCTYPE", "\\ud800", "\\u0000", "证书编号"]).Select(Encoding.UTF8.GetBytes),
        [0xff], [0xfe, 0xff], [0xff, 0xfe], [0x80], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x81, 0x30, 0x81, 0x30], [0x50, 0x4b, 3, 4],
    ];

    private static readonly byte[][] numbers =
        [.. ((string[])["0", "1", "9", "10", "99", "127", "128", "255", "256", "999", "1000", "65535", "65536", "2147483647", "4294967296", "00", "007"]).Select(Encoding.UTF8.GetBytes)];

    private readonly Random random = new(seed);

    /// <summary>One of the inputs, spoilt.</summary>

    public byte[] Of(IReadOnlyList<byte[]> corpus)
    {
        var bytes = corpus[random.Next(corpus.Count)].ToList();
        for (var step = random.Next(1, MaxSteps + 1); step > 0; step--)
        {
            var at = random.Next(bytes.Count + 1);
            var piece = Math.Min(random.Next(1, MaxPiece), bytes.Count - at);
            switch (random.Next(10))
            {
                case 0 when piece > 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when piece > 0: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, piece); break;
                case 3: bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, piece)); break;
                case 4: bytes.InsertRange(at, breaking[random.Next(breaking.Length)]); break;
                case 5: bytes.RemoveRange(at, bytes.Count - at); break;
                case 6:
                    var other = corpus[random.Next(corpus.Count)];
                    var from = random.Next(other.Length + 1);
                    bytes.InsertRange(at, other.AsSpan(from, Math.Min(random.Next(1, MaxPiece), other.Length - from)).ToArray());
                    break;
                case 7 when piece > 0:
                    for (var again = random.Next(2, 200); again > 0 && bytes.Count < Largest; again--) bytes.InsertRange(at, bytes.GetRange(at, piece));
                    break;
                case 8:
                    var grown = corpus[random.Next(corpus.Count)];
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(grown.AsSpan(random.Next(grown.Length + 1)));
                    break;
                case 9 when bytes.FindIndex(at, b => char.IsAsciiDigit((char)b)) is >= 0 and var number:
                    var end = number;
                    while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
                    bytes.RemoveRange(number, end - number);
                    bytes.InsertRange(number, numbers[random.Next(numbers.Length)]);
                    break;
            }
        }
        return [.. bytes];
    }
}
