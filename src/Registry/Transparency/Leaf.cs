using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Registry.Transparency;

/// <summary>
/// A leaf of the log, and how it is stored: at two fifths of its length. A compact JWS is three texts in base64url. The first, the header,
/// is the same for all that one key signs, so it stands in the table <c>head</c> once. The signature is kept as its 64 bytes, and of the
/// payload the names of members and what always goes with them as one byte each: a control character, which JSON holds only escaped.
/// From that the very same bytes are made again; a leaf from which they would not be, is stored as it is.
/// </summary>
public sealed class Leaf
{
    private const int SignatureSize = 64;

    /// <summary>What the bytes 0, 1, 2… of a stored payload stand for. The files of every registry are written so: nothing here may ever
    /// change, only be added at the end, up to 32.</summary>
    private static readonly byte[][] phrases =
    [.. new[]
    {
        "{'act':'issue','body':'CNCA-R-", "{'act':'", "','body':'CNCA-R-", "','statedAt':'20", "Z','onBehalf':true,", "Z','aud':'http",
        "','prev':'", "'certificate':{'number':'", "','holder':{'name':'", "','nameEn':'", "','uscc':'", "','region':'", "','address':'",
        "'},'category':",
        ",'standard':'", ",'level':'", ",'scope':'", "','sites':['", ",'issuedOn':'20", "','firstIssuedOn':'20", "','expiresOn':'20",
        "','surveyedOn':'20", "','replaces':'", "'}}", "-star'", "'certificate':'", "','effectiveOn':'20", "'reason':'", "','placement':'",
        "','text':'", "','nonce':'",
    }.Select(phrase => Encoding.UTF8.GetBytes(phrase.Replace('\'', '"')))];

    public Leaf(byte[] bytes)
    {
        (Bytes, Hash, Stored) = (bytes, MerkleTree.LeafHash(bytes), bytes);
        var (first, last) = (bytes.AsSpan().IndexOf((byte)'.'), bytes.AsSpan().LastIndexOf((byte)'.'));
        if (last <= first || !Ascii.IsValid(bytes)) return;
        try
        {
            var (head, signature) = (Encoding.ASCII.GetString(bytes, 0, first), Base64Url.DecodeFromUtf8(bytes.AsSpan(last + 1)));
            var payload = Base64Url.DecodeFromUtf8(bytes.AsSpan(first + 1, last - first - 1));
            if (signature.Length != SignatureSize || payload.AsSpan().IndexOfAnyInRange((byte)0, (byte)31) >= 0) return;
            byte[] stored = [.. signature, .. Shorten(payload)];
            if (Restore(head, stored).AsSpan().SequenceEqual(bytes)) (Head, Stored) = (head, stored);
        }
        catch (FormatException) { }
    }

    /// <summary>The signed statement, byte for byte.</summary>
    public byte[] Bytes { get; }

    /// <summary>Its hash in the tree.</summary>
    public byte[] Hash { get; }

    /// <summary>The first part of the JWS where it is stored apart; null where <see cref="Stored"/> is the whole.</summary>
    public string? Head { get; }

    /// <summary>What is stored.</summary>
    public byte[] Stored { get; }

    /// <summary>The leaf that is stored so. What nobody stored so gives some leaf or other: whether it is the right one, its hash
    /// tells.</summary>
    public static byte[] Restore(string? head, byte[] stored)
    {
        if (head is null) return stored;
        var signature = stored.AsSpan(0, Math.Min(SignatureSize, stored.Length));
        var payload = new ArrayBufferWriter<byte>(1 + stored.Length * 2);
        for (var rest = stored.AsSpan(signature.Length); rest.Length > 0;)
        {
            var plain = rest.IndexOfAnyInRange((byte)0, (byte)31);
            payload.Write(plain < 0 ? rest : rest[..plain]);
            if (plain < 0) break;
            payload.Write(rest[plain] < phrases.Length ? phrases[rest[plain]] : rest.Slice(plain, 1));
            rest = rest[(plain + 1)..];
        }
        var (payloadLength, signatureLength) =
            (Base64Url.GetEncodedLength(payload.WrittenCount), Base64Url.GetEncodedLength(signature.Length));
        var leaf = new byte[head.Length + 1 + payloadLength + 1 + signatureLength];
        var at = Encoding.ASCII.GetBytes(head, leaf);
        leaf[at++] = (byte)'.';
        at += Base64Url.EncodeToUtf8(payload.WrittenSpan, leaf.AsSpan(at));
        leaf[at++] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, leaf.AsSpan(at));
        return leaf;
    }

    private static ReadOnlySpan<byte> Shorten(ReadOnlySpan<byte> payload)
    {
        var shorter = new ArrayBufferWriter<byte>(1 + payload.Length);
        var plain = 0;
        for (var i = 0; i < payload.Length;)
        {
            var phrase = payload[i] is (byte)'"' or (byte)',' or (byte)'{' or (byte)'Z' or (byte)'-' ? Find(payload[i..]) : -1;
            if (phrase < 0)
            {
                i++;
                continue;
            }
            shorter.Write(payload[plain..i]);
            shorter.Write([(byte)phrase]);
            plain = i += phrases[phrase].Length;
        }
        shorter.Write(payload[plain..]);
        return shorter.WrittenSpan;
    }

    private static int Find(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < phrases.Length; i++)
            if (text.StartsWith(phrases[i])) return i;
        return -1;
    }
}
