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

    [Theory]
    [InlineData("00000096385074", "96385074", "000096385074", "0000096385074", "00000096385074")]
    [InlineData("6901234567892", "6901234567892", "06901234567892")]
    [InlineData("16901234567899", "16901234567899")]
    public void One_item_has_a_spelling_for_each_length_that_holds_it(string gtin, params string[] spellings) => Assert.Equal(spellings, Gtin.Spellings(gtin));

    [Theory]
    [InlineData("6901234567892", true)]
    [InlineData("6901234567892CERT-2026/1", true)]
    [InlineData("6901234567893CERT", false)]
    [InlineData("6901234567892123456789012345678", false)] // eighteen characters after the digits
    [InlineData("6901234567892证", false)]
    [InlineData("690123456789", false)]
    public void A_gdti_is_thirteen_digits_and_a_serial(string text, bool valid) => Assert.Equal(valid, Gtin.IsDocument(text));
}
