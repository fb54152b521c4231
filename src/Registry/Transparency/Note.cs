using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Registry.Transparency;

/// <summary>A signed note of C2SP: a text that ends in a newline, and signature lines.</summary>
public sealed record Note(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>A checkpoint and sixteen large signatures fit.</summary>
    public const int MaxLength = 128 << 10;
    private const int MaxSignatures = 100;

    /// <summary>Null when it has not the form of a signed note.</summary>
    /// <param name="note">The text, of any characters that Unicode has but control characters.</param>
    /// <param name="skipBroken">Leaves out lines that are no signatures: whoever passes a log's note on may have added them, and the log's
    /// own line still counts.</param>
    public static Note? Parse(string note, bool skipBroken = false)
    {
        if (note.Length > MaxLength || note.Any(c => c < ' ' && c != '\n') || !IsText(note)) return null;
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || split + 2 >= note.Length || !note.EndsWith('\n')) return null;
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures) return null;
        var signatures = new List<NoteSignature>(lines.Length);
        foreach (var line in lines)
        {
            if (NoteSignature.Parse(line) is { } signature) signatures.Add(signature);
            else if (!skipBroken) return null;
        }
        return new(note[..(split + 1)], signatures);
    }

    /// <summary>Whether no half of a character stands alone.</summary>
    private static bool IsText(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var at)
        {
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return false;
            text = text[(at + 2)..];
        }
        return true;
    }

    /// <summary>The newest valid cosignature of a witness; null when there is none. As in <see cref="IsSignedBy"/>, one that does not fit
    /// spoils all of that key.</summary>
    public NoteSignature? Cosignature(VerifierKey witness) =>
        IsSignedBy(witness) ? Signatures.Where(line => line.IsOf(witness)).MaxBy(line => line.Seconds) : null;

    /// <summary>The same with the lines of one key alone: anybody may have added others.</summary>
    public Note OnlyOf(VerifierKey key) => this with { Signatures = [.. Signatures.Where(line => line.IsOf(key))] };

    public override string ToString() => Text + "\n" + string.Concat(Signatures.Select(signature => signature.Line + "\n"));

    /// <summary>Whether a key signed it. As the specification asks, a signature of that key which does not verify spoils the whole
    /// note.</summary>
    public bool IsSignedBy(VerifierKey key)
    {
        var own = Signatures.Where(signature => signature.IsOf(key)).ToList();
        return own.Count > 0 && own.All(signature => key.Verify(Text, signature.Bytes));
    }
}

/// <summary>A line of a note: em dash, name of the key, and base64 of its id and the signature.</summary>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Bytes)
{
    public string Line
    {
        get
        {
            Span<byte> id = stackalloc byte[IdSize];
            BinaryPrimitives.WriteUInt32BigEndian(id, KeyId);
            return $"{Dash}{Name} {Convert.ToBase64String([.. id, .. Bytes])}";
        }
    }

    private const string Dash = "— ";
    private const int IdSize = 4;

    /// <summary>Whether it says that it is a key's.</summary>
    public bool IsOf(VerifierKey key) => Name == key.Name && KeyId == key.Id;

    /// <summary>Of a timestamped cosignature: when the witness signed, in seconds since 1970; 0 of any other signature.</summary>
    public long Seconds =>
        Bytes.Length == TimestampedSize ? Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(Bytes), 0, MaxSeconds) : 0;

    /// <summary>Of a cosignature: eight bytes of time, then the signature.</summary>
    public const int TimeSize = 8, TimestampedSize = TimeSize + Ed25519.SignatureSize;

    /// <summary>The same instant.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeSeconds(Seconds);

    /// <summary>The last second that a date can hold.</summary>
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Null when it has not that form.</summary>
    public static NoteSignature? Parse(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal)) return null;
        if (line[Dash.Length..].Split(' ') is not [{ Length: > 0 } name, var base64]) return null;
        if (name.Any(c => c == '+' || char.IsWhiteSpace(c))) return null;
        var bytes = Base64.Decode(base64);
        return bytes is { Length: > IdSize } ? new(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[IdSize..]) : null;
    }
}

/// <summary>Base64 of RFC 4648 §4 in its one canonical spelling.</summary>
public static class Base64
{
    /// <summary>Null for anything but the spelling that encoding gives again: a flipped bit is never read as the same bytes.</summary>
    public static byte[]? Decode(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            return Convert.ToBase64String(bytes) == text ? bytes : null;
        }
        catch (FormatException) { return null; }
    }
}

/// <summary>A number from 0 on in its one canonical spelling.</summary>
public static class Digits
{
    /// <summary>Null for anything but decimal digits without a zero in front.</summary>
    public static long? Decode(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number.ToString(CultureInfo.InvariantCulture) == text ? number : null;
}

/// <summary>A public key of notes, a vkey of C2SP: <c>name+id+base64(type, key)</c>.</summary>
/// <param name="Name">Of the key: the origin of a log, or the name of a witness.</param>
/// <param name="Type">Ed25519 signatures (1) or timestamped cosignatures (4).</param>
/// <param name="Key">The Ed25519 public key, 32 bytes.</param>
public sealed record VerifierKey(string Name, byte Type, byte[] Key)
{
    public const byte Signature = 1, Cosignature = 4;

    /// <summary>The first four bytes of SHA-256 over name, newline, type and key.</summary>
    public uint Id { get; } = IdOf(Name, Type, Key);

    private static uint IdOf(string name, byte type, byte[] key) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', type, .. key]));

    /// <summary>Type and key as base64 holds them; null when it is neither of these, or of another length.</summary>
    internal static byte[]? Decode(string base64) =>
        Base64.Decode(base64) is [Signature or Cosignature, ..] bytes && bytes.Length == 1 + Ed25519.KeySize ? bytes : null;

    public override string ToString() => $"{Name}+{Id:x8}+{Convert.ToBase64String([Type, .. Key])}";

    /// <summary>Null when it is no vkey of Ed25519, or its id does not agree.</summary>
    public static VerifierKey? Parse(string vkey)
    {
        if (vkey.Split('+', 3) is not [{ Length: > 0 } name, var id, var base64] || name.Any(char.IsWhiteSpace)) return null;
        if (Decode(base64) is not { } key) return null;
        var parsed = new VerifierKey(name, key[0], key[1..]);
        return id == parsed.Id.ToString("x8", CultureInfo.InvariantCulture) ? parsed : null;
    }

    /// <summary>Whether these are this key's signature bytes on a text.</summary>
    public bool Verify(string text, ReadOnlySpan<byte> signature)
    {
        if (Type == Signature) return Ed25519.Verify(Key, Encoding.UTF8.GetBytes(text), signature);
        if (signature.Length != NoteSignature.TimestampedSize) return false;
        var time = BinaryPrimitives.ReadInt64BigEndian(signature);
        return time >= 0 && Ed25519.Verify(Key, Cosigned(text, time), signature[NoteSignature.TimeSize..]);
    }

    /// <summary>What a witness signs: that it saw this checkpoint at that time (C2SP tlog-cosignature, cosignature/v1).</summary>
    /// <param name="text">Text of the checkpoint.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static byte[] Cosigned(string text, long time) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time}\n{text}"));
}

/// <summary>Ed25519 of RFC 8032, which .NET leaves to libsodium.</summary>
public static class Ed25519
{
    /// <summary>Bytes.</summary>
    public const int KeySize = 32, SignatureSize = 64;

    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureSize && Import(key) is { } parsed && SignatureAlgorithm.Ed25519.Verify(parsed, data, signature);

    /// <summary>Whether bytes are a public key.</summary>
    public static bool IsKey(ReadOnlySpan<byte> key) => Import(key) is not null;

    private static PublicKey? Import(ReadOnlySpan<byte> key) =>
        PublicKey.TryImport(SignatureAlgorithm.Ed25519, key, KeyBlobFormat.RawPublicKey, out var parsed) ? parsed : null;
}

/// <summary>
/// A private key of notes, kept in a file of its own beside the data: <c>PRIVATE+KEY+name+id+base64(type, seed)</c>, the form of Go's
/// note package. The registry's signs its checkpoints and the statements it records on behalf of bodies; the two can never be taken for
/// each other, because a note holds newlines and the signed part of a statement holds none.
/// </summary>
public sealed class NoteSigner : IDisposable
{
    private const string Prefix = "PRIVATE+KEY+";
    private const string SignedWithIt =
        "and the log was signed with it. Put it back; nobody can sign for this log without it.";

    private readonly Key key;

    private NoteSigner(string name, byte type, Key key)
    {
        this.key = key;
        VerifierKey = new(name, type, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        Jwk = Jwk.Of(VerifierKey);
        Kid = Jwk.Thumbprint;
    }

    public VerifierKey VerifierKey { get; }

    /// <summary>The same public key for statements.</summary>
    public Jwk Jwk { get; }

    /// <summary>Its thumbprint, which names it in statements.</summary>
    public string Kid { get; }

    /// <summary>Name of the key: the origin of the log it signs.</summary>
    public string Name => VerifierKey.Name;

    public static NoteSigner Create(string name, byte type = VerifierKey.Signature) =>
        new(name, type, NSec.Cryptography.Key.Create(SignatureAlgorithm.Ed25519, Exportable));

    /// <summary>The key of a seed that is not secret: where the same has to be signed again.</summary>
    public static NoteSigner Of(string name, ReadOnlySpan<byte> seed) => new(name, VerifierKey.Signature,
        NSec.Cryptography.Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey, Exportable));

    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    /// <exception cref="InvalidDataException">It is no such key.</exception>
    public static NoteSigner Parse(string text)
    {
        var parts = text.Trim().Split('+', 5);
        if (parts is not ["PRIVATE", "KEY", { Length: > 0 } name, var id, var base64] || VerifierKey.Decode(base64) is not { } bytes)
            throw new InvalidDataException("This is no private key of the form PRIVATE+KEY+name+id+base64.");
        var key = NSec.Cryptography.Key.Import(SignatureAlgorithm.Ed25519, bytes.AsSpan(1), KeyBlobFormat.RawPrivateKey, Exportable);
        var signer = new NoteSigner(name, bytes[0], key);
        return signer.VerifierKey.Id.ToString("x8", CultureInfo.InvariantCulture) == id ? signer
            : throw new InvalidDataException("The key's id does not agree with it: the file is damaged.");
    }

    /// <summary>Reads the key of a file, or makes one there that only the owner can read.</summary>
    /// <param name="file">Where it is.</param>
    /// <param name="name">Given to a new key.</param>
    /// <param name="type">Of a new key.</param>
    /// <param name="mayCreate">False where a missing key means that something was lost.</param>
    /// <param name="make">Makes a new key of that name; left out, a random one.</param>
    /// <exception cref="InvalidDataException">It is no such key.</exception>
    /// <exception cref="FileNotFoundException">It is missing and may not be made.</exception>
    public static NoteSigner Load(string file, string name, byte type, bool mayCreate, Func<string, NoteSigner>? make = null)
    {
        if (File.Exists(file))
            try { return Parse(File.ReadAllText(file)); }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"{file}: {error.Message} Put the key back that was made with the log.", error);
            }
        if (!mayCreate) throw new FileNotFoundException($"The private key {file} is missing, {SignedWithIt}", file);
        var made = make?.Invoke(name) ?? Create(name, type);
        DurableFile.Write(file, made + "\n", replace: false);
        return made;
    }

    public byte[] Sign(ReadOnlySpan<byte> data) => SignatureAlgorithm.Ed25519.Sign(key, data);

    /// <summary>Signs a text as a note's line.</summary>
    public NoteSignature SignText(string text) => new(Name, VerifierKey.Id, Sign(Encoding.UTF8.GetBytes(text)));

    /// <summary>Cosigns a checkpoint's text (C2SP tlog-cosignature).</summary>
    public NoteSignature Cosign(string text, DateTimeOffset now)
    {
        var time = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, now.ToUnixTimeSeconds());
        return new(Name, VerifierKey.Id, [.. time, .. Sign(VerifierKey.Cosigned(text, now.ToUnixTimeSeconds()))]);
    }

    /// <summary>The private key itself.</summary>
    public override string ToString() =>
        $"{Prefix}{Name}+{VerifierKey.Id:x8}+{Convert.ToBase64String([VerifierKey.Type, .. key.Export(KeyBlobFormat.RawPrivateKey)])}";

    public void Dispose() => key.Dispose();
}
