using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class SocialCreditCodeTests
{
    public static TheoryData<string, bool, string> Vectors
    {
        get
        {
            var vectors = new TheoryData<string, bool, string>();
            foreach (var line in File.ReadLines("vectors/uscc-vectors.csv").Skip(1).Where(line => line.Length > 0))
                if (line.Split(',', 3) is [var code, var valid, var why]) vectors.Add(code, bool.Parse(valid), why);
            return vectors;
        }
    }

    public static TheoryData<string> Valid => [.. Vectors.Where(row => row.Data.Item2).Select(row => row.Data.Item1)];

    [Theory, MemberData(nameof(Vectors))]
    public void Every_vector(string code, bool valid, string why) => Assert.True(valid == SocialCreditCode.Parse(code) is not null, why);

    [Theory, MemberData(nameof(Valid))]
    public void Case_width_and_spaces_do_not_matter(string code)
    {
        Assert.Equal(code, SocialCreditCode.Parse(code.ToLowerInvariant()));
        Assert.Equal(code, SocialCreditCode.Parse($" {code[..9]} {code[9..]}\u3000"));
        Assert.Equal(code, SocialCreditCode.Parse(string.Concat(code.Select(c => (char)(c + 0xFEE0)))));
    }

    [Theory, MemberData(nameof(Valid))]
    public void Every_wrong_character_is_caught(string code)
    {
        for (var i = 0; i < code.Length; i++)
            foreach (var wrong in SocialCreditCode.Alphabet.Where(c => c != code[i]))
                Assert.Null(SocialCreditCode.Parse(code[..i] + wrong + code[(i + 1)..]));
    }

    [Theory, MemberData(nameof(Valid))]
    public void The_organisation_code_is_characters_9_to_17(string code) => Assert.Equal(code[8..17], SocialCreditCode.OrganisationCode(code));

    [Theory]
    [InlineData("")]
    [InlineData("91371323760038087M0")]
    [InlineData("\uD800")]
    public void Anything_else_is_none(string text) => Assert.Null(SocialCreditCode.Parse(text));
}
