using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Transparency;

/// <summary>Why a text is not a signed statement.</summary>
public enum JwsFault { Malformed, AlgorithmNone, UnsupportedAlgorithm, UnsupportedHeader }

/// <summary>
/// A compact JWS (RFC 7515 §3.1) as the log takes it. Its header holds <c>alg</c>, <c>kid</c> and <c>typ</c> and nothing else: what could
/// point a verifier to a key, a curve or an extension of the sender's choice is refused before it is read (RFC 8725 §3.1, §3.11).
/// </summary>
public sealed class Jws
{
    /// <summary>Says what is signed, so that a token made for something else is never taken for a statement.</summary>
    public const string Type = "statement+jws";

    /// <summary>Of an answer that the registry gave, which is no statement and never a leaf.</summary>
    public const string AnswerType = "answer+jws";

    private readonly byte[] signingInput;

    private Jws(byte[] compact, Header header, byte[] payload, byte[] signature, byte[] signingInput)
    {
        (Compact, Algorithm, Kid) = (compact, header.Alg!, header.Kid!);
        (Payload, Signature, this.signingInput) = (payload, signature, signingInput);
    }

    /// <summary>The three parts with their dots, ASCII.</summary>
    public byte[] Compact { get; }
    public string Algorithm { get; }
    /// <summary>Thumbprint (RFC 7638) of the key that signed.</summary>
    public string Kid { get; }
    public byte[] Payload { get; }
    public byte[] Signature { get; }

    /// <summary>Takes it apart without verifying; one of another type is none.</summary>
    public static (Jws? Jws, JwsFault Fault) Parse(byte[] compact, string type = Type)
    {
        var first = Array.IndexOf(compact, (byte)'.');
        var second = first < 0 ? -1 : Array.IndexOf(compact, (byte)'.', first + 1);
        if (second < 0 || Decode(compact.AsSpan(0, first)) is not { } head) return (null, JwsFault.Malformed);
        if (Decode(compact.AsSpan(first + 1, second - first - 1)) is not { } payload) return (null, JwsFault.Malformed);
        if (Decode(compact.AsSpan(second + 1)) is not { } signature) return (null, JwsFault.Malformed);
        Header? header;
        try { header = JsonSerializer.Deserialize(head, JwsJson.Default.Header); }
        catch (Exception error) when (error is JsonException or InvalidOperationException) { return (null, JwsFault.Malformed); }
        if (header is null) return (null, JwsFault.Malformed);
        if (string.Equals(header.Alg, "none", StringComparison.OrdinalIgnoreCase)) return (null, JwsFault.AlgorithmNone);
        if (header.Alg is not (Jwk.Es256 or Jwk.Ed25519 or Jwk.EdDsa)) return (null, JwsFault.UnsupportedAlgorithm);
        if (header.Kid is null || header.Typ != type || header.Others is not null) return (null, JwsFault.UnsupportedHeader);
        return (new(compact, header, payload, signature, compact[..second]), default);
    }

    /// <summary>The payload of a JWS that is known to be one: an entry of our own log.</summary>
    public static byte[] PayloadOf(ReadOnlySpan<byte> compact)
    {
        var first = compact.IndexOf((byte)'.');
        var rest = compact[(first + 1)..];
        return Base64Url.DecodeFromUtf8(rest[..rest.IndexOf((byte)'.')]);
    }

    /// <summary>Whether that key made the signature, with an algorithm that is the key's own.</summary>
    public bool IsSignedBy(Jwk key) => key.Thumbprint == Kid && key.Allows(Algorithm) && key.Verify(signingInput, Signature);

    /// <summary>Signs a payload with the registry's key.</summary>
    public static byte[] Sign(NoteSigner signer, ReadOnlySpan<byte> payload, string type = Type)
    {
        var head = Encoding.ASCII.GetBytes($$"""{"alg":"Ed25519","kid":"{{signer.Kid}}","typ":"{{type}}"}""");
        var compact = new byte[Base64Url.GetEncodedLength(head.Length) + 1 + Base64Url.GetEncodedLength(payload.Length) + 1 + 86];
        var at = Base64Url.EncodeToUtf8(head, compact);
        compact[at++] = (byte)'.';
        at += Base64Url.EncodeToUtf8(payload, compact.AsSpan(at));
        var signature = signer.Sign(compact.AsSpan(0, at));
        compact[at++] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, compact.AsSpan(at));
        return compact;
    }

    /// <summary>Only the canonical spelling, without padding or white space: otherwise two texts would be one statement.</summary>
    private static byte[]? Decode(ReadOnlySpan<byte> part)
    {
        try
        {
            var bytes = Base64Url.DecodeFromUtf8(part);
            return Base64Url.EncodeToUtf8(bytes).AsSpan().SequenceEqual(part) ? bytes : null;
        }
        catch (FormatException) { return null; }
    }

    internal sealed record Header(string? Alg, string? Kid, string? Typ)
    {
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Others { get; set; }
    }
}

/// <summary>A public key as a JWK (RFC 7517): P-256 for ES256, or Ed25519.</summary>
/// <param name="Kty"><c>EC</c> or <c>OKP</c>.</param>
/// <param name="Crv"><c>P-256</c> or <c>Ed25519</c>.</param>
/// <param name="X">Base64url of the x coordinate, or of the Ed25519 key; 32 bytes.</param>
/// <param name="Y">Base64url of the y coordinate of P-256.</param>
public sealed record Jwk(string Kty, string Crv, string X, string? Y = null)
{
    /// <summary>EdDSA is the older name of Ed25519 (RFC 9864), which many libraries still write.</summary>
    public const string Es256 = "ES256", Ed25519 = "Ed25519", EdDsa = "EdDSA";

    public static Jwk Of(VerifierKey key) => new("OKP", "Ed25519", Base64Url.EncodeToString(key.Key));

    /// <summary>SHA-256 over the required members in order, base64url (RFC 7638).</summary>
    [JsonIgnore]
    public string Thumbprint => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Kty == "EC"
        ? $$"""{"crv":"{{Crv}}","kty":"{{Kty}}","x":"{{X}}","y":"{{Y}}"}""" : $$"""{"crv":"{{Crv}}","kty":"{{Kty}}","x":"{{X}}"}""")));

    /// <summary>A key has its own algorithms and takes no other.</summary>
    public bool Allows(string algorithm) => Kty == "EC" ? algorithm == Es256 : algorithm is Ed25519 or EdDsa;

    /// <summary>Whether it is a key of one of the two kinds, in canonical spelling, and its point lies on the curve.</summary>
    [JsonIgnore]
    public bool IsValid
    {
        get
        {
            if (Coordinate(X) is not { } x) return false;
            if ((Kty, Crv) == ("OKP", "Ed25519")) return Y is null && Transparency.Ed25519.IsKey(x);
            if ((Kty, Crv) != ("EC", "P-256") || Y is null || Coordinate(Y) is null) return false;
            try
            {
                using var _ = P256();
                return true;
            }
            catch (CryptographicException) { return false; }
        }
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (Kty != "EC") return Transparency.Ed25519.Verify(Coordinate(X), data, signature);
        using var key = P256();
        return signature.Length == 64
            && key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private ECDsa P256() =>
        ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = Coordinate(X), Y = Coordinate(Y!) } });

    private static byte[]? Coordinate(string text)
    {
        if (text.Length != 43) return null;
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            return bytes.Length == 32 && Base64Url.EncodeToString(bytes) == text ? bytes : null;
        }
        catch (FormatException) { return null; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Jws.Header))]
internal sealed partial class JwsJson : JsonSerializerContext;
