using System.Text;
using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class CertificateNumberTests
{
    public static TheoryData<string> Shapes => [.. File.ReadAllLines("vectors/certificate-number-shapes.txt", Encoding.UTF8).Where(line => line.Length > 0)];

    [Theory, MemberData(nameof(Shapes))]
    public void Every_spelling_of_a_shape_has_one_key(string number)
    {
        var key = number.ToUpperInvariant();
        string[] spellings =
        [
            number,
            number.ToLowerInvariant(),
            FullWidth(number),
            FullWidth(number.ToLowerInvariant()),
            $"  {number}\u3000\r\n",
            string.Join(' ', number.AsEnumerable()),
            string.Join('\u00A0', number.AsEnumerable()),
            string.Join('\u200B', number.AsEnumerable()),
            string.Join("\u200D\u2060", number.AsEnumerable()),
            "\uFEFF\u202A" + number + "\u202C\u00AD\uFE0F",
        ];
        Assert.All(spellings, spelling => Assert.Equal(key, CertificateNumber.Normalise(spelling)));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void A_key_is_its_own_key(string number) =>
        Assert.Equal(CertificateNumber.Normalise(number), CertificateNumber.Normalise(CertificateNumber.Normalise(number)!));

    [Fact]
    public void Shapes_stay_apart() => Assert.Equal(Shapes.Count, Shapes.Select(row => CertificateNumber.Normalise(row.Data)).Distinct().Count());

    [Theory]
    [InlineData("A-1", "A1")]
    [InlineData("A/1", "A_1")]
    [InlineData("A-1", "A/1")]
    [InlineData("0A", "OA")]
    public void What_a_body_may_tell_apart_stays_apart(string one, string other) => Assert.NotEqual(CertificateNumber.Normalise(one), CertificateNumber.Normalise(other));

    [Theory]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(51, false)]
    [InlineData(5000, false)]
    public void A_key_has_at_most_50_characters(int length, bool accepted) => Assert.Equal(accepted, CertificateNumber.Normalise(new string('7', length)) is not null);

    [Fact]
    public void The_limit_counts_what_is_left() => Assert.Equal(50, CertificateNumber.Normalise(string.Join(' ', Enumerable.Repeat('7', 50)))!.Length);

    [Fact]
    public void A_ligature_counts_as_what_it_becomes() => Assert.Null(CertificateNumber.Normalise(new string('\uFDFA', 50))); // 18 characters each

    // Unpaired surrogates stand in the test itself: an attribute keeps its text as UTF-8, which has none.
    [Fact]
    public void Nothing_and_no_Unicode_have_no_key() => Assert.All(
        (string[])["", " \u3000\t\r\n", "\u200B\uFEFF\u3164\uFE0F", "A\uD800", "\uDC00A", "\uDC00\uD800", "\uD800\uD800\uDC00"],
        text => Assert.Null(CertificateNumber.Normalise(text)));

    [Fact]
    public void Only_a_pair_of_surrogates_is_well_formed()
    {
        Assert.All((string[])["", "A", "\U00020BB7", "A\U00020BB7\U00020BB7"], text => Assert.True(CertificateNumber.WellFormed(text)));
        Assert.All((string[])["\uD842", "\uDFB7", "\uDFB7\uD842", "\uD842A", "A\uDFB7", "\uD842\uD842\uDFB7"], text => Assert.False(CertificateNumber.WellFormed(text)));
    }

    [Fact]
    public void A_character_beyond_the_basic_plane_is_kept() => Assert.Equal("\U00020BB71", CertificateNumber.Normalise("\U00020BB7 1"));

    private static string FullWidth(string text) => string.Concat(text.Select(c => c is > ' ' and <= '~' ? (char)(c + 0xFEE0) : c));
}
