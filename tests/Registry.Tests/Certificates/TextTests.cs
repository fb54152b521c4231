using System.Text.RegularExpressions;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Tests.Certificates;

public sealed partial class TextTests
{
    /// <summary>What does not normalise is read as nothing, wherever it stands, and never a failure of the registry.</summary>
    [Fact]
    public void What_is_no_Unicode_is_nothing() => Assert.All(["\uFFFE", "云\uFFFE帆", "\ud800", "A\udc00B"], text =>
    {
        Assert.Equal("", PlainText.Unified(text));
        Assert.Equal("", PlainText.Fold(text));
        Assert.Null(CertificateNumber.Normalise(text));
        Assert.Equal(Refusal.BadText, PlainText.Clean(text, 100).Refusal);
        Assert.Equal("", Identifier.Plain(text));
        Assert.Null(Identifier.Parse(Uri.EscapeDataString("\uFFFE") + text));
        Assert.Null(Words.Category(text));
        Assert.Null(Columns.Find(text, ColumnUse.List));
        Assert.NotNull(Dates.Read(text).Refusal);
    });

    [Fact]
    public async Task What_is_no_Unicode_finds_nothing()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var path in (string[])["/v1/certificates?q=", "/v1/certificates?holder=", "/v1/certificates?number=", "/v1/suggest?q=", "/v1/categories?q=", "/v1/regions?q=", "/m/", $"/c/{id}?name="])
            Assert.InRange((int)(await app.Send("GET", path + "%EF%BF%BE")).StatusCode, 200, 499);
        using var verified = await app.Send("POST", "/v1/verifications", new { rows = new[] { new { number = "\uFFFE", name = "云\uFFFE", code = "\uFFFE" } } });
        Assert.InRange((int)verified.StatusCode, 200, 499);
        using var posted = await app.Send("POST", "/v1/certificates", RegistryApp.Draft("\uFFFE-1"), app.Key);
        Assert.Equal(422, (int)posted.StatusCode);
    }

    [Fact]
    public void Refusal_codes_are_unique_and_kebab_case()
    {
        Assert.Equal(Refusal.All.Count, Refusal.All.Select(refusal => refusal.Code).Distinct().Count());
        Assert.All(Refusal.All, refusal => Assert.Matches("^[a-z]+(-[a-z]+)*$", refusal.Code));
    }

    [Fact]
    public void Refusals_say_the_same_in_both_languages() => Assert.All(Refusal.All, refusal =>
    {
        Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", refusal.Message.Zh);
        Assert.Matches("[a-z]", refusal.Message.En);
        Assert.Equal(Placeholders(refusal.Message.Zh), Placeholders(refusal.Message.En));
    });

    [Fact]
    public void An_argument_is_worded_in_the_language_asked_for()
    {
        var fault = new Fault(Refusal.ScoreDisagrees, "/score", new Text("达标级", "Qualified"));
        Assert.Contains("达标级", fault.Message(Language.Zh));
        Assert.Contains("Qualified", fault.Message(Language.En));
    }

    [Fact]
    public void National_codes()
    {
        Assert.Equal(["01", "02", "03", "04", "05", null], Statuses.All.Select(status => status.Code()));
        Assert.All(Statuses.All, status => Assert.Equal([status, status], [Statuses.Parse(status.Word())!.Value, Statuses.Parse(status.Name().Zh)!.Value]));
        Assert.Equal(Status.Expired, Statuses.Parse("过期"));
        Assert.Null(Statuses.Parse(""));
    }

    [Fact]
    public void Every_reason_is_read_by_word_and_by_name()
    {
        Assert.All(Enum.GetValues<Reason>(), reason => Assert.Equal([reason, reason], [Reasons.Parse(reason.Word())!.Value, Reasons.Parse(reason.Name().Zh)!.Value]));
        Assert.Null(Reasons.Parse(""));
    }

    [Theory]
    [InlineData("  甲\r\n\t乙  ", "甲 乙")]
    [InlineData("甲 \n乙", "甲 乙")]
    [InlineData(" \u3000 ", null)]
    [InlineData(null, null)]
    public void Typed_text_is_cleaned(string? typed, string? clean) => Assert.Equal((clean, null), PlainText.Clean(typed, 10));

    [Fact]
    public void Typed_text_is_refused()
    {
        Assert.All((string[])["甲\u0000乙", "甲\u202E乙", "甲\u2066乙", "甲\uD800", "\uDC00甲"], typed => Assert.Equal((null, Refusal.BadText), PlainText.Clean(typed, 10)));
        Assert.Equal((null, Refusal.TooLong), PlainText.Clean("一二三四五六七八九十一", 10));
        Assert.Equal(("一二三四五六七八九十", null), PlainText.Clean(" 一二三四五六七八九十 ", 10));
    }

    private static IEnumerable<string> Placeholders(string text) => PlaceholderPattern().Matches(text).Select(match => match.Value).Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex PlaceholderPattern();
}
