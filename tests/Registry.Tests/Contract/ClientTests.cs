namespace Registry.Tests.Contract;

/// <summary>Clients that are made from the published contract, compiled as strictly as their compilers can, and used against the program.</summary>
public sealed class ClientTests
{
    private static readonly string folder = Path.Combine(ArchitectureTests.Root(), "tests", "clients");

    private static string Node(params string[] arguments)
    {
        var (code, output) = Tool.Try("node", arguments, folder: folder);
        Assert.True(code == 0, $"node {string.Join(' ', arguments)}: {output}");
        return output;
    }

    [Fact]
    public async Task A_client_in_TypeScript_compiles_under_strict_and_does_what_programs_do_without_a_cast()
    {
        Tool.Need(Directory.Exists(Path.Combine(folder, "node_modules")), "npm ci in tests/clients");
        Node("node_modules/openapi-typescript/bin/cli.js", Path.Combine(ArchitectureTests.Root(), "openapi", "v1.json"), "-o", "out/registry.d.ts");
        Node("node_modules/typescript/bin/tsc", "-p", ".");
        Assert.DoesNotContain(" as ", await File.ReadAllTextAsync(Path.Combine(folder, "client.ts"), TestContext.Current.CancellationToken));
        var key = await File.ReadAllTextAsync(Path.Combine(Served.Demo.Folder, "demo", "key"), TestContext.Current.CancellationToken);
        Assert.Equal("posted\nsearched\nread\nverified\nrefused\n", Node("out/client.js", Served.Demo.Client.BaseAddress!.ToString(), key.Trim()));
    }
}
