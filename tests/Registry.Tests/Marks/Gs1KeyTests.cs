using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class Gs1KeyTests
{
    private const string Gtin = "06901234567892", Product = "/01/" + Gtin;

    [Theory]
    [InlineData(Product, Product)]
    [InlineData("/01/6901234567892", Product)]
    [InlineData("/01/96385074", "/01/00000096385074")]
    [InlineData("/01/036000291452", "/01/00036000291452")]
    [InlineData(Product + "/", Product)]
    [InlineData(Product + "/22/2A", Product + "/22/2A")]
    [InlineData(Product + "/10/LOT-7/21/S1", Product + "/10/LOT-7/21/S1")]
    [InlineData(Product + "/22/V/10/L/21/S", Product + "/22/V/10/L/21/S")]
    [InlineData(Product + "/10/A%2FB%25", Product + "/10/A%2FB%25")] // a slash and a per cent sign of the value
    [InlineData(Product + "/235/12345678901234567890ABCDEFGH", Product + "/235/12345678901234567890ABCDEFGH")]
    [InlineData("/253/6901234567892CERT%2F1", "/253/6901234567892CERT%2F1")]
    [InlineData("/253/6901234567892", "/253/6901234567892")]
    public void A_path_is_read_as_the_standard_writes_it(string path, string canonical) => Assert.Equal(canonical, Gs1Key.Parse(path)?.Path);

    [Theory]
    [InlineData("/01")]
    [InlineData("/01/")]
    [InlineData("/01/06901234567893")] // check digit
    [InlineData("/01/690123456789")] // a length that none has with that check digit
    [InlineData("/01/notagtin")]
    [InlineData("/01/０６９０１２３４５６７８９２")]
    [InlineData(Product + "/foo")]
    [InlineData(Product + "/foo/bar")]
    [InlineData(Product + "/8011/5")] // no qualifier
    [InlineData(Product + "/17/261231")] // an attribute belongs in the query
    [InlineData(Product + "/21/S/10/L")] // out of order
    [InlineData(Product + "/10/L/10/M")] // twice
    [InlineData(Product + "/10/L/235/T")] // the third party's serial stands alone
    [InlineData(Product + "/10/")]
    [InlineData(Product + "/10//21/S")]
    [InlineData(Product + "/10/123456789012345678901")] // 21 characters
    [InlineData(Product + "/22/123456789012345678901")]
    [InlineData(Product + "/21/123456789012345678901")]
    [InlineData(Product + "/235/12345678901234567890123456789")]
    [InlineData(Product + "/10/L%20T")] // characters outside the 82
    [InlineData(Product + "/10/批号")]
    [InlineData(Product + "/10/L%23")]
    [InlineData("/253/6901234567893CERT")]
    [InlineData("/253/6901234567892123456789012345678")]
    [InlineData("/253/6901234567892CERT/foo")]
    [InlineData("/253/6901234567892/10/L")]
    [InlineData("/01/06901234567892/253/6901234567892")]
    public void What_is_none_is_refused(string path) => Assert.Null(Gs1Key.Parse(path));

    /// <summary>Made by GS1's own toolkit, with and without its short forms; the pairs at the end are passed on.</summary>
    [Theory]
    [InlineData("AQyNo0UVqA", Product)]
    [InlineData("CwyNo0UVqMpZyf3ZCxJag", Product + "/10/LOT-7/21/S1")]
    [InlineData("AQyNo0UVqCDKWcn92QsSWo", Product + "/10/LOT-7/21/S1")]
    [InlineData("CgyNo0UVqIRU", Product + "/22/2A")]
    [InlineData("AQyNo0UVqESEVA", Product + "/22/2A")]
    [InlineData("GgyNo0UVqIVCf43gU0", Product + "/10/A1/21/77", "17=261231")]
    [InlineData("AQyNo0UVqCCFQi5_jeQgU0", Product + "/10/A1/21/77", "17=261231")]
    [InlineData("LQyNo0UVqAAXohB4V-I", Product + "/10/a%2Fb", "3103=000189")]
    [InlineData("DAyNo0UVqE9Xm94A", Product + "/21/abcdef0")]
    [InlineData("AQyNo0UVqEKHV4", Product + "/21/ABC")]
    [InlineData("DAyNo0UVqAoAew", Product + "/21/00123")] // its own reader loses the zeros
    [InlineData("AQyNo0UVqQBAw4g", Product, "8020=x")]
    [InlineData("CwyNo0UVqMJfgqJ2K2020-01-018DJAfZB3", Product + "/10/L", "on=2020-01-01", "k=v w")]
    [InlineData("01/06901234567892/EGUs5P7shYktQ", Product + "/10/LOT-7/21/S1")] // only what follows the key
    [InlineData("eh30164596f40c0e5cbe991a83", "/01/09528765123457/21/123456789123")] // the example of the standard for radio tags
    [InlineData("exMBZFlvQMDly-mRqD", "/01/09528765123457/21/123456789123")]
    public void What_was_compressed_is_expanded(string compressed, string path, params string[] attributes)
    {
        var key = Gs1Key.Parse("/" + compressed);
        Assert.Equal(path, key?.Path);
        Assert.Equal(attributes, key!.Attributes.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    [Theory]
    [InlineData("about")]
    [InlineData("foo")]
    [InlineData("AQyNo0UVqB")] // something after the last value
    [InlineData("AQyNo0UV")] // cut off
    [InlineData("eh30164596f40c0e5cbe991a")]
    [InlineData("eh35164596f40c0e5cbe991a83")] // another kind of tag
    [InlineData("ehzz")]
    [InlineData("ex")]
    [InlineData("")]
    [InlineData("robots.txt")]
    [InlineData("gGgG-____________")]
    public void What_is_not_compressed_is_not_expanded(string text) => Assert.Null(Gs1Compression.Expand(text));

    /// <summary>Whatever is sent, an answer comes: nothing but null for what is none.</summary>
    [Fact]
    public void No_text_makes_it_fail()
    {
        var random = new Random(27922);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_%/";
        for (var i = 0; i < 50_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            _ = Gs1Key.Parse("/" + text)?.Path.Length + Gs1Compression.Expand(text)?.Elements.Count;
        }
    }
}
