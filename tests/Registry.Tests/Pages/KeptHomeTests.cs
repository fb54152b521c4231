namespace Registry.Tests.Pages;

/// <summary>The first page is kept as it was made last.</summary>
public sealed class KeptHomeTests
{
    /// <summary>Until the log or the day goes on: each language apart, and one chosen by hand, which its links keep.</summary>
    [Fact]
    public async Task The_first_page_is_that_of_the_log_of_the_day_and_of_the_language()
    {
        using var app = new RegistryApp();
        await app.Issue("HOME-1");
        for (var again = 0; again < 2; again++)
        {
            Assert.Contains("1 张证书，其中今天有效的 1 张", await Page("/?lang=zh"));
            Assert.Contains("It holds 1 certificate of 2 certification bodies; 1 is valid today.", await Page("/?lang=en"));
            Assert.Contains("HOME-1", await Page("/"));
        }
        Assert.Contains("status=valid&amp;lang=en", await Page("/?lang=en"));
        Assert.DoesNotContain("lang=zh&amp;", await Page("/"));
        await app.Issue("HOME-2");
        Assert.Contains("2 张证书，其中今天有效的 2 张", await Page("/?lang=zh"));
        Assert.Contains("HOME-2", await Page("/"));
        app.Clock.Now = app.Clock.Now.AddYears(20);
        Assert.Contains("2 张证书，其中今天有效的 0 张", await Page("/?lang=zh"));

        Task<string> Page(string path) => app.Client.GetStringAsync(path);
    }
}
