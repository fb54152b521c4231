using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Certificates;

/// <summary>A body's own key, as its own software would hold it: .NET's ECDSA, or Ed25519.</summary>
internal sealed class BodySigner
{
    private readonly Func<byte[], byte[]> sign;

    private BodySigner(Jwk jwk, string algorithm, Func<byte[], byte[]> sign) => (Jwk, Algorithm, this.sign) = (jwk, algorithm, sign);

    public Jwk Jwk { get; }
    public string Algorithm { get; }

    public static BodySigner Es256()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(false).Q;
        return new(new("EC", "P-256", Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y)), "ES256", data => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    public static BodySigner Ed25519(string algorithm = "Ed25519")
    {
        var key = NoteSigner.Create("body");
        return new(key.Jwk, algorithm, data => key.Sign(data));
    }

    /// <summary>The compact JWS of a statement.</summary>
    public byte[] Sign(Statement statement) => Sign(Encoding.UTF8.GetString(statement.ToJson()));

    public byte[] Sign(string payload, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = Algorithm, ["kid"] = Jwk.Thumbprint, ["typ"] = "statement+jws" };
        header?.Invoke(head);
        var input = Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}");
        return [.. input, (byte)'.', .. Encoding.ASCII.GetBytes(Base64Url.EncodeToString(sign(input)))];
    }

    /// <summary>The registration, signed by the key itself.</summary>
    public byte[] Registration(string body, string log, DateTimeOffset now) => Sign(new RegisterKey { Body = body, Aud = log, StatedAt = now, Key = Jwk });

    /// <summary>The statement that registers it on the word of an API key.</summary>
    public RegisterKey Register(string body, string log, DateTimeOffset now) => new() { Body = body, Key = Jwk, Proof = Encoding.ASCII.GetString(Registration(body, log, now)) };
}
