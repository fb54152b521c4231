using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>
/// The id of a certificate and the code of a mark: 13 characters of Crockford base32, 60 bits of the leaf hash of the statement that
/// made it and a check character. The same on every mirror, known to nobody before the statement is recorded.
/// </summary>
public static partial class Identifier
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

    /// <summary>Reads what a person or a scanner typed, as <see cref="Plain"/> does; I and L read as 1, O as 0 (Crockford).
    /// Null when it is mistyped: wrong length, a foreign character, or a check character that does not agree.</summary>
    public static string? Parse(string typed)
    {
        var plain = Plain(typed);
        if (plain.Length != Length) return null;
        Span<char> text = stackalloc char[Length];
        for (var i = 0; i < Length; i++)
        {
            text[i] = plain[i] switch { 'I' or 'L' => '1', 'O' => '0', var same => same };
            if (!Alphabet.Contains(text[i])) return null;
        }
        return Check(text[..(Length - 1)]) == text[Length - 1] ? new string(text) : null;
    }

    /// <summary>
    /// The one reading of a code as somebody typed, pasted or scanned it, of 13 characters or the 26 of an item: in upper case, without the
    /// address around it (…/m/CODE?lang=en, …/v1/marks/CODE.svg) or a label before it (编码：CODE), in full width or half, with any hyphens,
    /// spaces and invisible characters, with punctuation or words in another script about it. What is wrong inside stays, to be told or
    /// mended.
    /// </summary>
    public static string Plain(string typed)
    {
        if (IsCanonical(typed)) return typed;
        if (typed.Length > MaxTyped) return "";
        var text = PlainText.Unified(typed);
        if (text.Contains('%')) text = PlainText.Unified(Uri.UnescapeDataString(text));
        if (InPath().Matches(text) is [.., var address]) return Joined(address.Groups["code"].Value);
        return Squeezed(Unlabelled(text));
    }

    /// <summary>Whether a text holds an address of a mark or certificate: then what stands there was meant as a code, mistyped or
    /// not.</summary>
    public static bool IsAddress(string typed)
    {
        if (typed.Length > MaxTyped) return false;
        var text = Uri.UnescapeDataString(PlainText.Unified(typed));
        var path = InPath().Match(text);
        return path.Success && Host().IsMatch(text[..path.Index]);
    }

    /// <summary>Whether a text holds nothing but a code, or an address of one: <see cref="Plain"/> passes over whatever words stand at it,
    /// and in a list they may name another holder.</summary>
    public static bool IsAlone(string typed)
    {
        if (IsCanonical(typed)) return true;
        if (typed.Length > MaxTyped) return false;
        var text = Uri.UnescapeDataString(PlainText.Unified(typed)).Trim();
        if (InPath().Matches(text) is not [.., var path])
            return Squeezed(text) is { Length: Length or 2 * Length } code && code.All(char.IsAsciiLetterOrDigit);
        return Squeezed(path.Groups["code"].Value).Length is Length or 2 * Length
            && BeforePath().IsMatch(text[..path.Index]) && !text.AsSpan(path.Index + path.Length).ContainsAnyExceptInRange('!', '~');
    }

    /// <summary>The site of the address around a code; null where it stands in none. Whoever printed the code may have put another site
    /// before it.</summary>
    public static Uri? SiteOf(string typed)
    {
        if (IsCanonical(typed) || typed.Length > MaxTyped) return null;
        var text = Uri.UnescapeDataString(PlainText.Unified(typed));
        if (InPath().Matches(text) is not [.., var path] || Site().Match(text[..path.Index]) is not { Success: true } site) return null;
        var address = site.Value.Contains("://", StringComparison.Ordinal) ? site.Value : "https://" + site.Value.Trim();
        return Uri.TryCreate(address, UriKind.Absolute, out var url) ? url : null;
    }

    /// <summary>Longest text in which a code is looked for, in UTF-16 units: chat programs wrap addresses in their own.</summary>
    public const int MaxTyped = 2000;

    /// <summary>As the registry writes codes: nothing else can be in it.</summary>
    private static bool IsCanonical(string typed) =>
        typed.Length is Length or 2 * Length && !typed.AsSpan().ContainsAnyExcept(canonical);

    private static readonly SearchValues<char> canonical = SearchValues.Create(Alphabet);
    private static readonly SearchValues<char> lettersAndDigits =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>What stands behind a label (编码：, No. , code=), from its first ASCII letter or digit to its last.</summary>
    private static string Unlabelled(string text)
    {
        text = text[..(text.AsSpan().LastIndexOfAny(lettersAndDigits) + 1)];
        var label = Math.Max(text.LastIndexOfAny([':', '=']), text.LastIndexOf(". ", StringComparison.Ordinal));
        var first = text.AsSpan(label + 1).IndexOfAny(lettersAndDigits);
        return first < 0 ? "" : text[(label + 1 + first)..];
    }

    /// <summary>Of the words that follow in an address, as many as give the length of a code: it may be written in groups or broken over
    /// lines, and text may follow.</summary>
    private static string Joined(string inPath)
    {
        string code = "", whole = "";
        foreach (var word in inPath.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            whole += Squeezed(word);
            if (whole.Length is Length or 2 * Length) code = whole;
        }
        return code.Length > 0 ? code : whole;
    }

    /// <summary>In upper case, without hyphens, spaces and what is not seen.</summary>
    private static string Squeezed(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (!CertificateNumber.Invisible(rune) && !IsHyphen(rune)) plain.Append(Rune.ToUpperInvariant(rune));
        return plain.ToString();
    }

    /// <summary>Every dash of Unicode, and what stands for one: minus, hyphen bullet, the long-vowel mark of kana, dots at half
    /// height.</summary>
    private static bool IsHyphen(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DashPunctuation
        || rune.Value is 0x2212 or 0x2043 or 0x30FC or 0x00B7 or 0x2022 or 0x2027;

    private const string Where = "(?:(?:^|/)(?:m|c|v1/marks|v1/certificates)/|[?&](?:code|id|q)=)";
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>A code in a path or a query ends at the next sign of an address, at punctuation or at an ideograph.</summary>
    [GeneratedRegex(Where + @"(?<code>[^/?#&.,;:!<>()\[\]""'\u2018-\u201F\u3001-\u30FB\u3400-\uFFFF]+)", AnyCase)]
    private static partial Regex InPath();

    [GeneratedRegex(@"^(?:(?:https?://(?:\[[^\s/]+\]|[^\s/:]+)|[!-~-[/:]]+)(?::[0-9]+)?(?:/[!-~]*)?)?\z", AnyCase)]
    private static partial Regex BeforePath();

    /// <summary>An address begins with its scheme, or with a host whose last label is letters: a certificate's number may hold /M/
    /// too.</summary>
    [GeneratedRegex(@"(?:https?://[^\s/]+|(?:^|\s)[\w.-]*\.\p{L}{2,}(?::[0-9]+)?)$", AnyCase)]
    private static partial Regex Host();

    /// <summary>The last site before a path, with its scheme or without.</summary>
    [GeneratedRegex(@"https?://[^\s/?#]+|(?:^|\s)[\w.-]*\.\p{L}{2,}(?::[0-9]+)?(?=/|$)", AnyCase | RegexOptions.RightToLeft)]
    private static partial Regex Site();

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
