using System.Text;
using Registry.Pages;

namespace Registry.Tests.Pages;

public sealed class HtmlTests
{
    [Fact]
    public void Every_hole_is_encoded_whatever_stands_around_it()
    {
        const string Odd = "<&\"'é𠮷\u0007\ud800\n字";
        var inner = Html.Of($"<i>{Odd}</i>");
        var page = Html.Of($"“{inner}” {1} {-2L} {3.50m} {new DateOnly(2026, 1, 2)} {(string?)null}·");

        const string Encoded = "&lt;&amp;&quot;&#x27;é&#x20BB7;&#xFFFD;&#xA;字";
        Assert.Equal($"“<i>{Encoded}</i>” 1 -2 3.50 2026-01-02 ·", page.ToString());
        Assert.Equal(Encoding.UTF8.GetBytes(page.ToString()), page.Utf8.ToArray());
    }

    /// <summary>Texts longer than the place that is kept for them, one within another, and a hole that fails.</summary>
    [Fact]
    public void A_text_of_any_length_is_made_whole_and_is_nobody_elses()
    {
        var longest = new string('字', 100_000);
        Html Within(int depth) => depth == 0 ? Html.Of($"<p>{longest}</p>") : Html.Of($"<div>{Within(depth - 1)}</div>");
        var (first, second) = (Within(3), Within(3));
        Assert.Throws<FormatException>(() => Html.Of($"lost {Fails()}"));
        var third = Html.Of($"{1}{Html.Join([Html.None, Html.Of($"a"), Html.None])}");

        Assert.Equal($"<div><div><div><p>{longest}</p></div></div></div>", first.ToString());
        Assert.Equal(first.ToString(), second.ToString());
        Assert.Equal("1a", third.ToString());
        Assert.True(Html.None.IsNone && Html.Join([]).IsNone && !third.IsNone);

        static string Fails() => throw new FormatException();
    }

    [Fact]
    public void A_piece_is_put_into_one_other_once_unless_it_is_kept()
    {
        var kept = Html.Of($"<b>").Kept();
        Assert.Equal("<b><b>", Html.Of($"{kept}{kept}").ToString());
        var piece = Html.Of($"<i>");
        Assert.Equal("<i>", Html.Of($"{piece}").ToString());
        Assert.Throws<InvalidOperationException>(() => Html.Of($"{piece}"));
    }
}
