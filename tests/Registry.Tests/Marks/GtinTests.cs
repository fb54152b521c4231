using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class GtinTests
{
    [Theory]
    [InlineData("96385074", true)]
    [InlineData("036000291452", true)]
    [InlineData("6901234567892", true)]
    [InlineData("16901234567899", true)]
    [InlineData("6901234567893", false)] // check digit
    [InlineData("690123456789", false)] // twelve digits whose check digit is another
    [InlineData("901234567892", false)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("690123456789X", false)]
    [InlineData("６９０１２３４５６７８９２", false)] // full-width digits
    public void A_gtin_has_one_of_four_lengths_and_a_check_digit(string text, bool valid) => Assert.Equal(valid, Gtin.IsValid(text));
}
