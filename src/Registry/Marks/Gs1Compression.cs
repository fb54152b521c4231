using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Registry.Marks;

/// <summary>What a compressed part of a path held: GS1 elements in the order they stood, and pairs that are not GS1's.</summary>
public sealed record Gs1Expanded(List<(string Ai, string Value)> Elements, List<(string Name, string Value)> Others);

/// <summary>
/// Expands what was compressed by either of GS1's ways, so that a short code reaches the same links as a long one: the bit strings of
/// GS1 Digital Link 1.1 (chapter 8), and <c>eh…</c> or <c>ex…</c>, the content of a radio tag (Compression for EPC binary strings 1.0,
/// Tag Data Standard 2.2, 14.5: SGTIN-96 and -198, GDTI-96 and -174).
/// </summary>
public static class Gs1Compression
{
    /// <summary>No code for print holds more.</summary>
    private const int MaxLength = 400;
    private const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private const string Hexadecimal = "0123456789ABCDEF";
    /// <summary>Bits that tell the length of a name or a value that is not GS1's.</summary>
    private const int LengthBits = 7;
    /// <summary>Bits that tell how a text is written.</summary>
    private const int EncodingBits = 3;
    private const string ForeignPair = "F";

    /// <summary>How values are built: digits (N) or text (X), of a fixed length or up to one; the longest beginning counts.</summary>
    private static readonly Dictionary<string, (bool Digits, bool Fixed, int Length)[]> formats = Table("""
        N18: 00 8006 8017 8018 8026
        N14: 01 02 03 8001
        N17: 402
        N13: 410 411 412 413 414 415 416 417 7001
        N10: 4324 4325 7003
        N6: 11 12 13 15 16 17 31 32 33 34 35 36 395 4326 7006 8005
        N4: 394 8111
        N3: 422 424 426
        N2: 20
        N1: 4321 4322 4323
        N..15: 390 392
        N..12: 8011
        N..10: 8019
        N..8: 30 37
        N..6: 242
        N..4: 7004
        N3 N..15: 391 393
        N3 N..12: 423 425
        N8 N..4: 8008
        N6 N..6: 7007
        N13 N..12: 255
        N13 X..17: 253
        N14 X..16: 8003
        N3 X..27: 703
        N3 X..9: 421
        N1 X..3: 7040
        X2: 4307 4317
        X..90: 91 92 93 94 95 96 97 98 99
        X..70: 4302 4303 4304 4305 4306 4312 4313 4314 4315 4316 8110 8112 8200
        X..50: 8009
        X..35: 4300 4301 4310 4311 4320
        X..30: 240 241 250 251 400 401 403 4308 4319 7002 7023 723 8004 8010 8013 90
        X..28: 235
        X..25: 8020
        X..24: 8007
        X..20: 10 21 22 243 254 420 4318 7020 7021 7022 71 7240 8002 8012
        X..12: 7005
        X..10: 7009
        X..3: 427 7008
        X..2: 7010
        """);

    /// <summary>Identifiers so often together that one byte, which is no identifier, stands for them. Of 1A the standard lists 21 before
    /// 17; GS1's own toolkit, which makes the codes there are, writes them sorted.</summary>
    private static readonly Dictionary<string, string[]> frequent = Frequent("""
        0A:01,22 0B:01,10 0C:01,21 0D:01,17 0E:01,7003 0F:01,30 1A:01,10,17,21 1B:01,15 1C:01,11 1D:01,16 1E:01,91 1F:01,10,15
        2A:01,3100 2B:01,3101 2C:01,3102 2D:01,3103 2E:01,3104 2F:01,3105
        3A:01,3200 3B:01,3201 3C:01,3202 3D:01,3203 3E:01,3204 3F:01,3205
        9A:8010,8011 9B:8017,8019 9C:8018,8019 9D:414,254
        A0:01,3920 A1:01,3921 A2:01,3922 A3:01,3923 A4:01,3924 A5:01,3925 A6:01,3926 A7:01,3927 A8:01,3928 A9:01,3929
        C0:255,3900 C1:255,3901 C2:255,3902 C3:255,3903 C4:255,3904 C5:255,3905 C6:255,3906 C7:255,3907 C8:255,3908 C9:255,3909
        CA:255,3940 CB:255,3941 CC:255,3942 CD:255,3943
        """);

    /// <summary>How many digits identifiers have that begin with two; three here, and four or two as listed.</summary>
    private const string FourDigits = "31 32 33 34 35 36 39 43 70 72 80 81 82", ThreeDigits = "23 24 25 40 41 42 71";

    /// <summary>Of a company prefix in a tag, by its partition; the reference beside it has what is left of the whole.</summary>
    private static readonly (int Bits, int Digits)[] companies = [(40, 12), (37, 11), (34, 10), (30, 9), (27, 8), (24, 7), (20, 6)];
    /// <summary>Digits of company and reference together, without the check digit, and their bits.</summary>
    private static readonly (int Digits, int Bits) product = (13, 44), document = (12, 41);
    private const int Sgtin96 = 0x30, Sgtin198 = 0x36, Gdti96 = 0x2C, Gdti174 = 0x3E;

    /// <returns>Null when the text is no compressed GS1 Digital Link.</returns>
    public static Gs1Expanded? Expand(string text)
    {
        if (text.Length is < 3 or > MaxLength) return null;
        try
        {
            return text[..2] switch
            {
                "eh" => Tag(Bits.Of(text[2..].ToUpperInvariant(), Hexadecimal)),
                "ex" => Tag(Bits.Of(text[2..], Base64)),
                _ => Elements(Bits.Of(text, Base64)),
            };
        }
        catch (FormatException) { return null; }
    }

    private static Gs1Expanded Elements(Bits bits)
    {
        var expanded = new Gs1Expanded([], []);
        while (bits.Left >= 8)
        {
            var one = bits.Text(1, Hexadecimal);
            if (one == ForeignPair)
            {
                var name = bits.Text(bits.Number(LengthBits), Base64);
                var encoding = bits.Number(EncodingBits);
                expanded.Others.Add((name, Decoded(bits, encoding, bits.Number(LengthBits))));
                continue;
            }
            var two = one + bits.Text(1, Hexadecimal);
            if (!frequent.TryGetValue(two, out var sequence)) sequence = [two + bits.Text(MoreDigits(two), Hexadecimal)];
            foreach (var ai in sequence) expanded.Elements.Add((ai, Value(bits, ai)));
        }
        bits.End();
        var names = expanded.Elements.Select(element => element.Ai).ToList();
        return names.Count > 0 && names.Distinct().Count() == names.Count ? expanded : throw new FormatException();
    }

    /// <summary>Of an identifier that begins with these two digits.</summary>
    private static int MoreDigits(string two) => FourDigits.Contains(two) ? 2 : ThreeDigits.Contains(two) ? 1 : 0;

    private static string Value(Bits bits, string ai)
    {
        var beginnings = Enumerable.Range(0, ai.Length).Select(cut => ai[..^cut]);
        var key = beginnings.FirstOrDefault(formats.ContainsKey) ?? throw new FormatException();
        var value = new StringBuilder();
        foreach (var (digits, isFixed, length) in formats[key])
        {
            var encoding = digits ? 0 : bits.Number(EncodingBits);
            value.Append(Decoded(bits, encoding, isFixed ? length : bits.Number((int)Math.Ceiling(Math.Log2(length) + Margin))));
        }
        return value.ToString();
    }

    /// <summary>The standard rounds numbers of bits up by so much more.</summary>
    private const double Margin = 0.01;

    /// <summary>Text by the way it was written in bits: as a number, hexadecimal in either case, six bits a character, or ASCII.</summary>
    private static string Decoded(Bits bits, int encoding, int length) => encoding switch
    {
        0 => bits.Digits(length, (int)Math.Ceiling(length * Math.Log2(10) + Margin)),
        1 => bits.Text(length, Hexadecimal).ToLowerInvariant(),
        2 => bits.Text(length, Hexadecimal),
        3 => bits.Text(length, Base64),
        4 => bits.Text(length),
        _ => throw new FormatException(),
    };

    /// <summary>A product's or a document's tag: header, filter, partition, company and reference, serial.</summary>
    private static Gs1Expanded Tag(Bits bits)
    {
        var header = bits.Number(8);
        if (header is not (Sgtin96 or Sgtin198 or Gdti96 or Gdti174)) throw new FormatException();
        var isProduct = header is Sgtin96 or Sgtin198;
        var whole = isProduct ? product : document;
        bits.Number(3); // the filter tells a case from a pallet and is no part of the identifier
        var partition = bits.Number(3);
        if (partition >= companies.Length) throw new FormatException();
        var (companyBits, companyDigits) = companies[partition];
        var company = bits.Digits(companyDigits, companyBits);
        var reference = bits.Digits(whole.Digits - companyDigits, whole.Bits - companyBits);
        var serial = header switch
        {
            Sgtin96 => bits.Digits(null, 38),
            Gdti96 => bits.Digits(null, 41),
            Sgtin198 => bits.Text(20).TrimEnd('\0'),
            _ => bits.Text(17).TrimEnd('\0'),
        };
        bits.End();
        // The first digit of a product's reference is the indicator, which a GTIN begins with.
        var number = isProduct ? reference[..1] + company + reference[1..] : company + reference;
        number += Gtin.CheckDigitOf(number);
        return isProduct ? new([(Gs1Key.Product, number), ("21", serial)], []) : new([(Gs1Key.Document, number + serial)], []);
    }

    private static Dictionary<string, (bool Digits, bool Fixed, int Length)[]> Table(string text)
    {
        static (bool, bool, int) Part(string part) =>
            (part[0] == 'N', !part.Contains(".."), int.Parse(part.TrimStart('N', 'X', '.'), CultureInfo.InvariantCulture));
        var table = new Dictionary<string, (bool, bool, int)[]>();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var (format, identifiers) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..]);
            foreach (var ai in identifiers.Split(' ')) table.Add(ai, [.. format.Split(' ').Select(Part)]);
        }
        return table;
    }

    private static Dictionary<string, string[]> Frequent(string text) => text
        .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Trim().Split(':')).ToDictionary(entry => entry[0], entry => entry[1].Split(','));

    /// <summary>Bits read one after the other, the highest first.</summary>
    private sealed class Bits(BitArray bits)
    {
        private int at;

        /// <param name="text">Characters of the alphabet.</param>
        /// <param name="alphabet">Of 16 or 64 characters, four or six bits each.</param>
        /// <exception cref="FormatException">A character is not in the alphabet.</exception>
        public static Bits Of(string text, string alphabet)
        {
            var width = BitOperations.Log2((uint)alphabet.Length);
            var bits = new BitArray(text.Length * width);
            for (var i = 0; i < text.Length; i++)
            {
                var value = alphabet.IndexOf(text[i]);
                if (value < 0) throw new FormatException();
                for (var bit = 0; bit < width; bit++) bits[i * width + bit] = (value >> width - 1 - bit & 1) != 0;
            }
            return new(bits);
        }

        public int Left => bits.Length - at;

        /// <exception cref="FormatException">There are not so many.</exception>
        private BigInteger Read(int count)
        {
            if (count > Left) throw new FormatException();
            var value = BigInteger.Zero;
            for (; count > 0; count--) value = value << 1 | (bits[at++] ? 1 : 0);
            return value;
        }

        public int Number(int count) => (int)Read(count);

        /// <summary>Digits, with zeros in front up to a length; as many as the number has when there is none.</summary>
        public string Digits(int? length, int count)
        {
            var digits = Read(count).ToString(CultureInfo.InvariantCulture);
            if (length is 0) return "";
            return digits.Length <= (length ?? digits.Length) ? digits.PadLeft(length ?? 1, '0') : throw new FormatException();
        }

        public string Text(int length, string alphabet)
        {
            var width = BitOperations.Log2((uint)alphabet.Length);
            return string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[Number(width)]));
        }

        /// <summary>ASCII, seven bits a character.</summary>
        public string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)Number(7)));

        /// <summary>What fills up the last character or byte is zeros.</summary>
        public void End()
        {
            while (Left > 0)
                if (Number(1) != 0) throw new FormatException();
        }
    }
}
