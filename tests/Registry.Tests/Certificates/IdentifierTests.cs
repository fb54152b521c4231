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

    [Fact]
    public void Anything_else_is_mistyped()
    {
        var id = samples[0];
        Assert.All((string[])["", id[1..], id + "0", "U" + id[1..], "é" + id[1..], id.Replace(id[0], '\uFF10')], typed => Assert.Null(Identifier.Parse(typed)));
    }
}
