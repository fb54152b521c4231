using System.Buffers.Binary;
using System.Security.Cryptography;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class ItemCodeTests
{
    private const string Mark = "0000000000000";
    private static readonly byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void A_code_is_the_mark_the_serial_and_forty_bits_that_only_the_seed_gives()
    {
        var code = ItemCode.Of(Mark, 777, seed);
        Assert.Equal(ItemCode.Length, code.Length);
        var bits = code[13..25].Aggregate(0UL, (sum, c) => sum * 32 + (uint)Identifier.Alphabet.IndexOf(c));
        Assert.Equal(777UL, bits >> 40);
        Span<byte> serial = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(serial, 777);
        using var hmac = new HMACSHA256(seed);
        Assert.Equal(Convert.ToHexString(hmac.ComputeHash(serial.ToArray()))[..10], (bits & 0xFF_FFFF_FFFF).ToString("X10"));
    }

    [Fact]
    public void Codes_of_a_million_differ_and_each_says_its_serial()
    {
        var seen = new HashSet<string>();
        foreach (var serial in Enumerable.Range(1, 3000).Append(ItemCode.MaxItems))
        {
            var code = ItemCode.Of(Mark, serial, seed);
            Assert.True(seen.Add(code));
            var (mark, item) = ItemCode.Parse(code.ToLowerInvariant())!.Value;
            Assert.Equal((Mark, serial), (mark, ItemCode.SerialOf(item!)));
            Assert.True(ItemCode.IsDerived(item!, seed));
        }
    }

    [Fact]
    public void Whoever_does_not_know_the_seed_makes_no_code()
    {
        var item = ItemCode.Of(Mark, 5, seed)[13..];
        Assert.False(ItemCode.IsDerived(item, [.. seed[..31], 0]));
        // The tag of one serial under the number of the next, with a check character that is right.
        Assert.False(ItemCode.IsDerived(Identifier.Of(Identifier.Bits(item) + (1UL << 40)), seed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000000000000000000000")]
    [InlineData("00000000000000000000000001")] // the second check character
    [InlineData("00000000000010000000000000")] // the first
    public void A_mistyped_code_is_none(string typed) => Assert.Null(ItemCode.Parse(typed));

    [Theory]
    [InlineData("https://reg.example/m/{0}{1}?from=chat")]
    [InlineData("{0} {1}。")]
    [InlineData("{0}－{1}")]
    [InlineData("HTTPS://REG.EXAMPLE/M/{0}\n{1}")]
    public void Both_halves_are_read_wherever_they_stand(string written)
    {
        var item = ItemCode.Of(Mark, 9, seed)[13..];
        Assert.Equal((Mark, item), ItemCode.Parse(string.Format(System.Globalization.CultureInfo.InvariantCulture, written, Mark, item.ToLowerInvariant())));
    }

    [Fact]
    public void A_mark_alone_has_no_item_and_hyphens_do_not_matter() => Assert.Equal((Mark, null), ItemCode.Parse("0000-0000-00000"));
}
