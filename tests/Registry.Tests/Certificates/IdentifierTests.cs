using System.Text;
using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class IdentifierTests
{
    private static readonly string[] samples = [.. Enumerable.Range(0, 20).Select(i => Identifier.Of(Encoding.UTF8.GetBytes($"leaf {i}")))];

    [Fact]
    public void It_follows_from_the_leaf_alone()
    {
        // RFC 6962: the hash of the empty leaf is 6e340b9cffb37a98….
        Assert.Equal("DRT0Q77ZPDX9G", Identifier.Of([]));
        Assert.Equal(Identifier.Of([1, 2, 3]), Identifier.Of([1, 2, 3]));
        Assert.Equal(samples.Length, samples.Distinct().Count());
    }

    [Fact]
    public void It_is_read_back() => Assert.All(samples, id => Assert.Equal(id, Identifier.Parse(id)));

    [Fact]
    public void Any_one_wrong_character_is_caught()
    {
        foreach (var id in samples)
            for (var i = 0; i < Identifier.Length; i++)
                foreach (var wrong in Identifier.Alphabet.Where(c => c != id[i]))
                    Assert.Null(Identifier.Parse(id[..i] + wrong + id[(i + 1)..]));
    }

    [Fact]
    public void Any_two_exchanged_characters_are_caught()
    {
        foreach (var id in samples)
            for (var i = 0; i < Identifier.Length; i++)
                for (var j = i + 1; j < Identifier.Length; j++)
                    if (id[i] != id[j])
                    {
                        var exchanged = id.ToCharArray();
                        (exchanged[i], exchanged[j]) = (exchanged[j], exchanged[i]);
                        Assert.Null(Identifier.Parse(new string(exchanged)));
                    }
    }

    [Fact]
    public void Case_hyphens_spaces_and_look_alikes_do_not_matter()
    {
        foreach (var id in samples)
            foreach (var typed in (string[])[id.ToLowerInvariant(), $" {id[..4]}-{id[4..8]} {id[8..]} ", id.Replace('1', 'I'), id.Replace('1', 'l'), id.Replace('0', 'O'), id.Replace('0', 'o')])
                Assert.Equal(id, Identifier.Parse(typed));
    }

    /// <summary>{0} stands for the code, {1} and {2} for its halves.</summary>
    [Theory]
    [InlineData("HTTPS://REG.EXAMPLE/M/{0}")]
    [InlineData("https://reg.example/m/{0}?lang=en")]
    [InlineData("https://reg.example/c/{0}/history#top")]
    [InlineData("reg.example:8080/m/{0}/")]
    [InlineData("http://登记.example/v1/marks/{0}.svg?size=30")]
    [InlineData("/v1/certificates/{0}/proof")]
    [InlineData("请看 https://reg.example/m/{0}，谢谢")]
    [InlineData("https://reg.example/m/{0}扫码可查")]
    [InlineData("https://reg.example/m/{0} is the mark")]
    [InlineData("<https://reg.example/m/{0}>.")]
    [InlineData("https://reg.example/m/{1}-{2}…")]
    [InlineData("https://reg.example/m/{1} {2}")]
    [InlineData("https://reg.example/m/{1}\n  {2} （演示）")]
    [InlineData("https://chat.example/open?u=https%3A%2F%2Freg.example%2Fm%2F{0}%3Flang%3Dzh&s=1")]
    [InlineData("ｈｔｔｐｓ：／／ｒｅｇ．ｅｘａｍｐｌｅ／ｍ／{0}")]
    [InlineData("{1}-{2}")]
    [InlineData("{1}‐{2}")]
    [InlineData("{1}‑{2}")]
    [InlineData("{1}–{2}")]
    [InlineData("{1}—{2}")]
    [InlineData("{1}−{2}")]
    [InlineData("{1}－{2}")]
    [InlineData("{1}ー{2}")]
    [InlineData("{1}\u00AD{2}")]
    [InlineData("{1}\u200B{2}\uFEFF")]
    [InlineData("{1}　{2}")]
    [InlineData("{1}\u00A0{2}\t")]
    [InlineData("{0}。")]
    [InlineData("{0}．")]
    [InlineData("{0}, ")]
    [InlineData("“{0}”")]
    [InlineData("（{0}）")]
    [InlineData("编码：{0}")]
    [InlineData("Code: {0}.")]
    [InlineData("查询编码 {0} 请核对")]
    [InlineData("No. {0}")]
    [InlineData("code={0}.")]
    [InlineData("='{0}'")]
    [InlineData("#{0}")]
    [InlineData("{1}·{2}")]
    [InlineData("M/{0}")]
    [InlineData("https://reg.example/report?code={0}&lang=en")]
    [InlineData("https://reg.example/log?lang=en&id={0}")]
    [InlineData("https://reg.example/?q={1}%20{2}")]
    public void A_code_is_read_wherever_it_stands_in_full_width_and_in_lower_case_too(string written)
    {
        foreach (var id in samples.Take(5))
            foreach (var code in (string[])[id, id.ToLowerInvariant(), string.Concat(id.Select(c => (char)(c + 0xFEE0))), id.Replace('1', 'l').Replace('0', 'o')])
                Assert.Equal(id, Identifier.Parse(string.Format(System.Globalization.CultureInfo.InvariantCulture, written, code, code[..5], code[5..])));
    }

    [Theory]
    [InlineData("https://reg.example/m/7K3M9XQ2Z4AB", true)]
    [InlineData("REG.EXAMPLE/M/", false)]
    [InlineData("看 reg.example/m/几", false)]
    [InlineData("reg.example/c/7K3M9XQ2Z4AB", true)]
    [InlineData("https%3A%2F%2Freg.example%2Fm%2FX", true)]
    [InlineData("00114E22766R2M/3502", false)]
    [InlineData("CQC.12/M/0034", false)]
    [InlineData("CNCA/C/2025-001", false)]
    [InlineData("7K3M9XQ2Z4ABC", false)]
    public void An_address_says_that_a_code_was_meant_and_a_number_with_slashes_does_not(string typed, bool meant) => Assert.Equal(meant, Identifier.IsAddress(typed));

    [Fact]
    public void A_code_among_other_words_or_too_far_in_is_none()
    {
        var id = samples[0];
        Assert.All((string[])[$"A {id}", $"{id} A", $"{id}/{id}", $"{id}.{id[..1]}", $"Mark {id}", "No. ", ":", "=", new string(' ', 3000) + id, "\uD800" + id, $"https://reg.example/m/{id}0"], typed => Assert.Null(Identifier.Parse(typed)));
    }

    [Fact]
    public void Anything_else_is_mistyped()
    {
        var id = samples[0];
        Assert.All((string[])["", id[1..], id + "0", "U" + id[1..], "é" + id[1..], id.Replace(id[0], '\uFF10')], typed => Assert.Null(Identifier.Parse(typed)));
    }
}
