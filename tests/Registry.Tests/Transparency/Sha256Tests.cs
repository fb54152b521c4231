using System.Security.Cryptography;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class Sha256Tests
{
    /// <summary>By OpenSSL's own functions or by the framework's: the lengths of every kind of block end, and some that are long.</summary>
    [Fact]
    public void A_text_of_any_length_has_the_hash_that_the_framework_gives()
    {
        var text = new byte[1_025];
        new Random(1).NextBytes(text);
        for (var length = 0; length <= text.Length; length++)
            Assert.Equal(SHA256.HashData(text.AsSpan(0, length)), Sha256.Of(text.AsSpan(0, length)));
    }

    [Fact]
    public void There_must_be_room_for_a_hash() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sha256.Hash("text"u8, new byte[SHA256.HashSizeInBytes - 1]));
}
