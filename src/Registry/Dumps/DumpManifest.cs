using System.Globalization;
using System.Text.Json.Serialization;
using Registry.Transparency;

namespace Registry.Dumps;

/// <summary>What a dump is.</summary>
/// <param name="Day">The day in Asia/Shanghai that every status is of, and that names the dump.</param>
/// <param name="MadeAt">When it was begun.</param>
/// <param name="Log">The log that it was made from.</param>
/// <param name="Certificates">How many it holds.</param>
/// <param name="Licence">Under which its files may be used: an identifier of SPDX, an address, or a sentence.</param>
/// <param name="Changes">Where what was recorded since is read, relative to the registry's address.</param>
/// <param name="Files">All but this one and the signed sums.</param>
public sealed record DumpManifest(
    DateOnly Day, DateTimeOffset MadeAt, DumpedLog Log, long Certificates, string Licence, string Changes, DumpedFile[] Files)
{
    /// <summary>An instant as every file of a dump writes it.</summary>
    internal static string At(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Where everything behind so many entries is read.</summary>
    internal static string ChangesAfter(long size) => string.Create(CultureInfo.InvariantCulture, $"/v1/changes?after={size - 1}");
}

/// <summary>The log that a dump was made from.</summary>
/// <param name="Origin">Its name.</param>
/// <param name="Key">Its public key, a vkey of C2SP.</param>
/// <param name="Size">Entries that the dump is made of.</param>
/// <param name="Root">Base64 of the root hash over them.</param>
/// <param name="Checkpoint">The signed note that says so.</param>
public sealed record DumpedLog(string Origin, string Key, long Size, string Root, string Checkpoint);

/// <summary>A file of a dump.</summary>
/// <param name="Name">Behind the dump's day in its address.</param>
/// <param name="MediaType">What it is.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its bytes, 64 hexadecimal digits.</param>
public sealed record DumpedFile(string Name, string MediaType, long Bytes, string Sha256)
{
    /// <summary>A strong tag of HTTP.</summary>
    [JsonIgnore]
    public string Tag => $"\"{Sha256[..32]}\"";
}

/// <summary>
/// The hashes of all files of a dump as <c>sha256sum -c</c> reads them, under four lines that say of what they are, signed by the log's key
/// as a note of C2SP. A checkpoint begins with the log's origin, this does not: neither can be taken for the other.
/// </summary>
/// <param name="Origin">Of the log.</param>
/// <param name="Day">Of the dump.</param>
/// <param name="Size">Entries of the log.</param>
/// <param name="Root">Base64 of the root hash over them.</param>
/// <param name="Sums">Names of files and their SHA-256.</param>
public sealed record SignedSums(string Origin, string Day, long Size, string Root, IReadOnlyList<(string Name, string Sha256)> Sums)
{
    private const string Header = "registry dump v1 of ", DayLine = "day ", SizeLine = "size ", RootLine = "root ";
    private const int HashDigits = 64;

    /// <summary>What claims to be one begins so.</summary>
    public static ReadOnlySpan<byte> Beginning => "registry dump v1 of "u8;

    public string Text
    {
        get
        {
            var size = Size.ToString(CultureInfo.InvariantCulture);
            return $"{Header}{Origin}\n{DayLine}{Day}\n{SizeLine}{size}\n{RootLine}{Root}\n"
                + string.Concat(Sums.Select(sum => $"{sum.Sha256}  {sum.Name}\n"));
        }
    }

    public Note Sign(NoteSigner signer) => new(Text, [signer.SignText(Text)]);

    /// <summary>Reads the text of a note; null when it has not the form.</summary>
    public static SignedSums? Parse(string text)
    {
        if (text.Split('\n') is not [var origin, var day, var size, var root, .. var sums, ""]) return null;
        if (After(Header, origin) is not { Length: > 0 } log) return null;
        if (After(DayLine, day) is not { } on || After(RootLine, root) is not { } hash) return null;
        if (!long.TryParse(After(SizeLine, size), NumberStyles.None, CultureInfo.InvariantCulture, out var entries)) return null;
        var read = sums.Select(Sum).ToList();
        if (read.Contains(null)) return null;
        var parsed = new SignedSums(log, on, entries, hash, read.ConvertAll(sum => sum!.Value));
        return parsed.Text == text ? parsed : null;
    }

    private static string? After(string beginning, string line) =>
        line.StartsWith(beginning, StringComparison.Ordinal) ? line[beginning.Length..] : null;

    /// <summary>A name is one of a file beside, never a path.</summary>
    private static (string, string)? Sum(string line)
    {
        if (line.Length <= HashDigits + Between.Length || line[HashDigits..(HashDigits + Between.Length)] != Between) return null;
        var (hash, name) = (line[..HashDigits], line[(HashDigits + Between.Length)..]);
        var isName = name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');
        return isName && hash.All(char.IsAsciiHexDigitLower) ? (name, hash) : null;
    }

    private const string Between = "  ";
}
