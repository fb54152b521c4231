using System.Buffers.Text;
using System.Text;
using Registry.Certificates;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

/// <summary>A leaf is stored short and comes back byte for byte.</summary>
public sealed class LeafTests
{
    private static readonly NoteSigner signer = NoteSigner.Create("reg.example/log");

    private static Leaf Signed(Statement statement) => new(Jws.Sign(signer, statement.ToJson()));

    private static byte[] Compact(string head, byte[] payload, int signature = 64) =>
        Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(head))}.{Base64Url.EncodeToString(payload)}.{Base64Url.EncodeToString(Enumerable.Range(0, signature).Select(i => (byte)i).ToArray())}");

    private static void ComesBack(Leaf leaf) => Assert.Equal(leaf.Bytes, Leaf.Restore(leaf.Head, leaf.Stored));

    [Fact]
    public void Damaged_files_give_some_leaf_not_an_error() => Assert.Equal(["e30..", "e30..AAAA"], ((byte[][])[[], [0, 0, 0]]).Select(stored => Encoding.ASCII.GetString(Leaf.Restore("e30", stored))));

    public static TheoryData<Statement> Statements =>
    [
        new Issue { Body = "CNCA-R-2099-901", StatedAt = DateTimeOffset.UnixEpoch, OnBehalf = true, Certificate = Samples.Content },
        new Issue { Body = "CNCA-RF-2099-01", Certificate = Samples.Sparse, Aud = "https://reg.example/log", Prev = "x" },
        new Correct { Body = "CNCA-R-2099-901", Certificate = "0", EffectiveOn = new(1999, 1, 1), Content = Samples.Content },
        new Revoke { Body = "CNCA-R-2099-901", OnBehalf = true, Certificate = "0123456789ABC", EffectiveOn = new(2026, 1, 1), Reason = Reason.Misuse },
        new Admit { Body = "CNCA-R-2099-901", OnBehalf = false, Name = "{\"act\":\"issue\",\"body\":\"CNCA-R-\u0001\n" },
    ];

    [Theory, MemberData(nameof(Statements))]
    public void Every_kind_of_statement_comes_back_from_half_its_length_or_so(Statement statement)
    {
        var leaf = Signed(statement);
        ComesBack(leaf);
        Assert.NotNull(leaf.Head);
        Assert.StartsWith(leaf.Head + ".", Encoding.ASCII.GetString(leaf.Bytes));
        Assert.True(leaf.Stored.Length < leaf.Bytes.Length * 0.62, $"{leaf.Stored.Length} of {leaf.Bytes.Length}");
    }

    /// <summary>White space between its members, a control character, a signature of another length: what a body signed is not made anew but kept.</summary>
    [Fact]
    public void What_would_not_come_back_is_stored_as_it_is()
    {
        foreach (var bytes in (byte[][])[Compact("{}", "{\n}"u8.ToArray()), Compact("{}", [0]), Compact("{}", "{}"u8.ToArray(), 63), [], "."u8.ToArray(), ".."u8.ToArray(), "no leaf"u8.ToArray(), "a.b.c.d"u8.ToArray(), [0xFF, (byte)'.', (byte)'.'], "YQ==.YQ.YQ"u8.ToArray(),
            Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(Compact("{}", "{}"u8.ToArray())) + "=")])
        {
            var leaf = new Leaf(bytes);
            Assert.Null(leaf.Head);
            Assert.Same(bytes, leaf.Stored);
            ComesBack(leaf);
        }
    }

    /// <summary>Any bytes of a payload come back, whatever pieces of the phrases they hold.</summary>
    [Fact]
    public void Payloads_made_of_pieces_of_statements_come_back()
    {
        var (random, json) = (new Random(1), Signed(new Issue { Body = "CNCA-R-2099-901", StatedAt = DateTimeOffset.UnixEpoch, OnBehalf = true, Certificate = Samples.Content }));
        var text = Jws.PayloadOf(json.Bytes);
        for (var n = 0; n < 2000; n++)
        {
            byte[] payload = [.. Enumerable.Range(0, random.Next(6)).SelectMany(_ => { var at = random.Next(text.Length); return text[at..Math.Min(text.Length, at + random.Next(60))]; })];
            if (random.Next(4) == 0) payload = [.. payload, (byte)random.Next(256)];
            ComesBack(new(Compact("""{"alg":"ES256"}""", payload)));
        }
    }

    /// <summary>The phrases are the form of every registry's file: this leaf was stored so once, and will be read so for ever.</summary>
    [Fact]
    public void A_leaf_stored_once_reads_the_same_for_ever()
    {
        byte[] stored = [.. Enumerable.Range(0, 64).Select(i => (byte)i), .. Enumerable.Range(0, 31).SelectMany(i => (byte[])[(byte)i, (byte)'|'])];
        var payload = Encoding.UTF8.GetString(Jws.PayloadOf(Leaf.Restore("e30", stored)));
        Assert.Equal("{'act':'issue','body':'CNCA-R-|{'act':'|','body':'CNCA-R-|','statedAt':'20|Z','onBehalf':true,|Z','aud':'http|','prev':'|'certificate':{'number':'|','holder':{'name':'|','nameEn':'|','uscc':'|','region':'|','address':'|'},'category':|,'standard':'|,'level':'|,'scope':'|','sites':['|,'issuedOn':'20|','firstIssuedOn':'20|','expiresOn':'20|','surveyedOn':'20|','replaces':'|'}}|-star'|'certificate':'|','effectiveOn':'20|'reason':'|','placement':'|','text':'|','nonce':'|", payload.Replace('"', '\''));
    }
}
