using System.Collections;
using System.Collections.Concurrent;

namespace Registry.Marks;

/// <summary>
/// QR codes of texts that begin alike and end in as many other characters, such as the addresses of all certificates, made as fast as they
/// are shown. Apart from its mask a code is linear: every bit of the text turns the same modules whatever the others are. So each bit's
/// modules are found once, and a code is those of its bits, under the mask of the first. (ISO/IEC 18004: alphanumeric mode in 7.4.4, masks
/// in 7.8.2.)
/// </summary>
public sealed class QrSeries
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    private const int PairBits = 11, SingleBits = 6;
    /// <summary>What the first code holds in place of the rest: a letter, because a row of digits would be written in a mode of its
    /// own.</summary>
    private const char Fill = 'A';
    /// <summary>Larger ones hold their version too and have more patterns.</summary>
    private const int LargestSide = 17 + 4 * 6;

    private static readonly ConcurrentDictionary<(string Beginning, int Length, ErrorCorrection), Task<QrSeries?>> made = [];

    /// <summary>The beginning, and its whole pairs of characters with <see cref="Fill"/> for all that follows.</summary>
    private readonly string beginning, filled;
    private readonly int begin, side;
    private readonly BitArray first;
    private readonly List<BitArray> turned = [];

    private QrSeries(string beginning, int length, ErrorCorrection correction)
    {
        (this.beginning, begin) = (beginning, beginning.Length & ~1);
        filled = beginning[..begin].PadRight(beginning.Length + length, Fill);
        var origin = new QrCode(filled, correction);
        (side, first) = (origin.Side, origin.Modules);
        var plain = Unmasked(first, side);
        for (var at = begin; at < filled.Length; at += 2)
            for (var bit = 0; bit < Bits(at); bit++)
            {
                var text = filled.ToCharArray();
                Put(text, at, Value(filled, at) ^ 1 << bit);
                turned.Add(Unmasked(new QrCode(new string(text), correction).Modules, side).Xor(plain));
            }
    }

    /// <summary>The code of a text. Those of a beginning are made ready in the background when it is first asked for.</summary>
    /// <param name="beginning">What many texts share.</param>
    /// <param name="rest">Digits and upper-case letters.</param>
    /// <param name="correction">Error correction.</param>
    public static QrCode Code(string beginning, string rest, ErrorCorrection correction)
    {
        var series = made.GetOrAdd((beginning, rest.Length, correction), key => Task.Run(() => Make(key.Beginning, key.Length, key.Item3)));
        return series is { IsCompletedSuccessfully: true, Result: { } ready } ? ready.Of(rest) : new QrCode(beginning + rest, correction);
    }

    /// <summary>Null when the texts are in another mode or their codes too large.</summary>
    internal static QrSeries? Make(string beginning, int length, ErrorCorrection correction)
    {
        if (beginning.Any(c => !Alphabet.Contains(c)) || beginning.All(char.IsAsciiDigit)) return null;
        var side = new QrCode(beginning + new string(Fill, length), correction).Side;
        return side <= LargestSide + 2 * QrCode.QuietZone ? new(beginning, length, correction) : null;
    }

    internal QrCode Of(string rest)
    {
        var modules = new BitArray(first);
        Span<char> text = stackalloc char[filled.Length];
        beginning.CopyTo(text);
        rest.CopyTo(text[beginning.Length..]);
        var n = 0;
        for (var at = begin; at < filled.Length; at += 2)
        {
            var value = Value(text, at) ^ Value(filled, at);
            for (var bit = 0; bit < Bits(at); bit++, n++)
                if ((value >> bit & 1) != 0) modules.Xor(turned[n]);
        }
        return new(side, modules);
    }

    private int Bits(int at) => at + 1 < filled.Length ? PairBits : SingleBits;

    private static int Value(ReadOnlySpan<char> text, int at)
    {
        var value = Alphabet.IndexOf(text[at]);
        return at + 1 < text.Length ? value * Alphabet.Length + Alphabet.IndexOf(text[at + 1]) : value;
    }

    /// <summary>Any value will do, also one that no rest has.</summary>
    private static void Put(char[] text, int at, int value)
    {
        if (at + 1 < text.Length) (text[at], text[at + 1]) = (Alphabet[value / Alphabet.Length], Alphabet[value % Alphabet.Length]);
        else text[at] = Alphabet[value];
    }

    /// <summary>The modules that hold data, as they were before the mask; the others, which say the same in every code but for the mask's
    /// name, light.</summary>
    private static BitArray Unmasked(BitArray modules, int side)
    {
        var (n, plain) = (side - 2 * QrCode.QuietZone, new BitArray(modules.Length));
        bool Dark(int row, int column) => modules[(row + QrCode.QuietZone) * side + column + QrCode.QuietZone];
        // Its name stands beside the upper left pattern, itself under the mask 101.
        var mask = (Dark(8, 2) ? 4 : 0) + (Dark(8, 3) ? 2 : 0) + (Dark(8, 4) ? 1 : 0) ^ 0b101;
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                if (!IsPattern(i, j, n)) plain[(i + QrCode.QuietZone) * side + j + QrCode.QuietZone] = Dark(i, j) ^ IsMasked(mask, i, j);
        return plain;
    }

    private static bool IsPattern(int i, int j, int n)
    {
        var isTiming = i == 6 || j == 6;
        var isFinder = i < 9 && j < 9 || i < 9 && j >= n - 8 || i >= n - 8 && j < 9;
        var isAlignment = n > 21 && i >= n - 9 && i < n - 4 && j >= n - 9 && j < n - 4;
        return isTiming || isFinder || isAlignment;
    }

    private static bool IsMasked(int mask, int i, int j) => 0 == mask switch
    {
        0 => (i + j) % 2,
        1 => i % 2,
        2 => j % 3,
        3 => (i + j) % 3,
        4 => (i / 2 + j / 3) % 2,
        5 => i * j % 2 + i * j % 3,
        6 => (i * j % 2 + i * j % 3) % 2,
        _ => ((i + j) % 2 + i * j % 3) % 2,
    };
}
