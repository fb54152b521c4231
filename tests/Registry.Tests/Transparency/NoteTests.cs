using System.Text;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class NoteTests
{
    /// <summary>The example of the specification (C2SP signed-note).</summary>
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    private const string Example = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    [Fact]
    public void The_example_of_the_specification_verifies()
    {
        var key = VerifierKey.Parse(ExampleKey)!;
        Assert.Equal(ExampleKey, key.ToString());
        var note = Note.Parse(Example)!;
        Assert.Equal("This is an example message.\n", note.Text);
        Assert.True(note.IsSignedBy(key));
        Assert.Equal(Example, note.ToString());
    }

    [Theory]
    [InlineData("message.\n", "message!\n")]
    [InlineData("\n\n—", "\n—")]
    [InlineData("— example.com/foo", "- example.com/foo")]
    [InlineData("— example.com/foo", "— example.com/bar")]
    [InlineData("Uw2QOkn8", "Uw2QOkn9")]
    [InlineData("Uw2QOkn8", "Uw2ROkn8")]
    [InlineData("IneyaQM=\n", "IneyaQM=")]
    [InlineData("IneyaQM=\n", "IneyaQN=\n")]
    [InlineData("This", "\tThis")]
    public void Any_other_text_does_not(string part, string other)
    {
        Assert.Contains(part, Example);
        Assert.False(Note.Parse(Example.Replace(part, other))?.IsSignedBy(VerifierKey.Parse(ExampleKey)!) ?? false);
    }

    [Theory]
    [InlineData("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530D903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a")]
    [InlineData("")]
    public void A_key_that_does_not_agree_with_its_id_is_none(string vkey) => Assert.Null(VerifierKey.Parse(vkey));

    [Fact]
    public void A_private_key_is_read_again_as_it_was_written()
    {
        using var made = NoteSigner.Create("reg.example/log");
        using var read = NoteSigner.Parse(made.ToString() + "\n");
        Assert.Equal(made.VerifierKey.ToString(), read.VerifierKey.ToString());
        var checkpoint = new Checkpoint("reg.example/log", 3, MerkleTree.EmptyRoot);
        Assert.NotNull(Checkpoint.Open(checkpoint.Sign(read).ToString(), made.VerifierKey));
        Assert.Throws<InvalidDataException>(() => NoteSigner.Parse(made.ToString().Replace("reg.example", "reg.exampel")));
        Assert.Throws<InvalidDataException>(() => NoteSigner.Parse("PRIVATE+KEY+x"));
    }

    [Fact]
    public void A_checkpoint_counts_for_its_own_log_only()
    {
        using var signer = NoteSigner.Create("reg.example/log");
        using var other = NoteSigner.Create("other.example/log");
        var checkpoint = new Checkpoint("reg.example/log", 3, MerkleTree.EmptyRoot);
        Assert.Equal((3L, "reg.example/log"), (Checkpoint.Open(checkpoint.Sign(signer).ToString(), signer.VerifierKey)!.Value.Checkpoint.Size, checkpoint.Origin));
        Assert.Null(Checkpoint.Open(checkpoint.Sign(signer).ToString(), other.VerifierKey));
        Assert.Null(Checkpoint.Open((checkpoint with { Origin = "other.example/log" }).Sign(signer).ToString(), signer.VerifierKey));
        foreach (var text in (string[])["reg.example/log\n03\nAAAA\n", "reg.example/log\n-1\n" + Convert.ToBase64String(new byte[32]) + "\n", checkpoint.Text + "extension\n", "reg.example/log\n3\n" + Convert.ToBase64String(new byte[31]) + "\n"])
            Assert.Null(Checkpoint.Parse(text));
    }

    [Fact]
    public void A_cosignature_says_who_saw_it_and_when()
    {
        using var log = NoteSigner.Create("reg.example/log");
        using var witness = NoteSigner.Create("witness.example", VerifierKey.Cosignature);
        var text = new Checkpoint("reg.example/log", 3, MerkleTree.EmptyRoot).Text;
        var line = witness.Cosign(text, DateTimeOffset.FromUnixTimeSeconds(1679315147));
        Assert.True(new Note(text, [log.SignText(text), line]).IsSignedBy(witness.VerifierKey));
        Assert.StartsWith("cosignature/v1\ntime 1679315147\nreg.example/log\n3\n", Encoding.UTF8.GetString(VerifierKey.Cosigned(text, 1679315147)));
        for (var i = 0; i < line.Bytes.Length; i++)
        {
            var bytes = line.Bytes.ToArray();
            bytes[i] ^= 1;
            Assert.False(new Note(text, [line with { Bytes = bytes }]).IsSignedBy(witness.VerifierKey));
        }
        // A line with the right name and id whose signature does not fit spoils the note, even beside one that fits.
        Assert.False(new Note(text, [line, line with { Bytes = new byte[72] }]).IsSignedBy(witness.VerifierKey));
    }

    [Fact]
    public void A_proof_stands_alone_and_no_bit_of_it_can_be_changed()
    {
        using var signer = NoteSigner.Create("reg.example/log");
        byte[][] leaves = [.. Enumerable.Range(0, 7).Select(i => Encoding.ASCII.GetBytes($"leaf {i}"))];
        byte[] Source(int height, long index) => MerkleTree.HashOf(leaves.Select(leaf => MerkleTree.LeafHash(leaf)).ToArray().AsSpan((int)(index << height), 1 << height));
        var text = new InclusionProof(leaves[4], 4, MerkleTree.InclusionProof(4, 7, Source), new Checkpoint("reg.example/log", 7, MerkleTree.Root(7, Source)).Sign(signer).ToString()).ToString();
        Assert.True(InclusionProof.Parse(text)!.Verify(signer.VerifierKey));
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (char)(text[i] ^ 1) + text[(i + 1)..];
            Assert.False(InclusionProof.Parse(changed)?.Verify(signer.VerifierKey) ?? false, changed);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_signed_statement_cannot_be_changed_or_spelt_otherwise(bool elliptic)
    {
        var signer = elliptic ? BodySigner.Es256() : BodySigner.Ed25519();
        var compact = signer.Sign("""{"act":"x"}""");
        Assert.True(Jws.Parse(compact).Jws!.IsSignedBy(signer.Jwk));
        Assert.False(Jws.Parse(compact).Jws!.IsSignedBy(BodySigner.Es256().Jwk));
        for (var i = 0; i < compact.Length; i++)
            foreach (var bit in (byte[])[1, 2, 4])
            {
                var changed = compact.ToArray();
                changed[i] ^= bit;
                Assert.False(Jws.Parse(changed).Jws?.IsSignedBy(signer.Jwk) ?? false, Encoding.ASCII.GetString(changed));
            }
        foreach (var spelt in (string[])["=", " ", "\n"]) Assert.Equal(JwsFault.Malformed, Jws.Parse([.. compact, .. Encoding.ASCII.GetBytes(spelt)]).Fault);
    }

    [Fact]
    public void A_thumbprint_is_that_of_RFC_8037() =>
        Assert.Equal("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", new Jwk("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").Thumbprint);

    [Theory]
    [InlineData("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", null, true)]
    [InlineData("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp", null, false)]
    [InlineData("OKP", "Ed25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR", null, false)]
    [InlineData("OKP", "X25519", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", null, false)]
    [InlineData("EC", "P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", true)]
    [InlineData("EC", "P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4", false)]
    [InlineData("EC", "P-384", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", false)]
    [InlineData("RSA", "P-256", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", false)]
    public void A_key_is_of_one_of_two_kinds_and_on_its_curve(string kty, string crv, string x, string? y, bool valid) => Assert.Equal(valid, new Jwk(kty, crv, x, y).IsValid);
}
