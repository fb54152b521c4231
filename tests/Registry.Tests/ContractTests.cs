using System.Text.Json.Nodes;
using Registry.Http;

namespace Registry.Tests;

public sealed class ContractTests
{
    public static readonly string Root = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Registry.sln"))) folder = folder.Parent;
        return folder.FullName;
    }

    /// <summary>To publish a changed contract: REGISTRY_WRITE_CONTRACT=1 dotnet test --filter ContractTests.</summary>
    [Fact]
    public async Task The_committed_contract_is_what_the_program_serves()
    {
        using var app = new RegistryApp();
        var served = (await app.Client.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var file = Path.Combine(Root, "openapi", "v1.json");
        if (Environment.GetEnvironmentVariable("REGISTRY_WRITE_CONTRACT") == "1") await File.WriteAllTextAsync(file, served);
        Assert.Equal((await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n"), served);
        Assert.StartsWith("3.1", (string)JsonNode.Parse(served)!["openapi"]!);
    }

    [Fact]
    public async Task The_docs_page_and_health_are_served()
    {
        using var app = new RegistryApp();
        Assert.Contains("/v1/verifications", await app.Client.GetStringAsync("/docs"));
        Assert.Contains("<code>columns</code>", await app.Client.GetStringAsync("/docs/verify?lang=en"));
        Assert.Equal("ok", await app.Client.GetStringAsync("/livez"));
        Assert.StartsWith("ok\nreading: ok\nwriting: ok\n", await app.Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public void Every_setting_is_in_the_table_of_README_and_every_row_is_a_setting()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        var settings = typeof(Settings).GetProperties().Where(property => property.CanWrite).Where(p => p.Name != "EqualityContract").Select(p => "Registry:" + p.Name).Order();
        var table = System.Text.RegularExpressions.Regex.Matches(readme, @"^\| `(Registry:\w+)` \|", System.Text.RegularExpressions.RegexOptions.Multiline).Select(m => m.Groups[1].Value).Order();
        Assert.Equal(settings, table);
        foreach (var property in typeof(Settings).GetProperties().Where(property => property.CanWrite).Where(p => p.CanWrite && p.GetValue(new Settings()) is string))
            Assert.Contains($"| `Registry:{property.Name}` | `{property.GetValue(new Settings())}` |", readme);
    }

    [Fact]
    public void Every_refusal_has_a_code_of_its_own_and_both_wordings_with_the_same_arguments()
    {
        Assert.Equal(Refusal.All.Count, Refusal.All.Select(r => r.Code).Distinct().Count());
        foreach (var refusal in Refusal.All)
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*$", refusal.Code);
            for (var i = 0; i < 3; i++) Assert.Equal(refusal.Message.Zh.Contains($"{{{i}}}"), refusal.Message.En.Contains($"{{{i}}}"));
            Assert.InRange(Problems.StatusOf(refusal), 400, 503);
        }
    }
}
