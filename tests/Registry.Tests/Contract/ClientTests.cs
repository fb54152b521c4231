using System.Runtime.InteropServices;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;

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

    /// <summary>Namespaces that a new project has without saying so.</summary>
    private const string Usual = "global using System; global using System.IO; global using System.Linq; global using System.Net.Http;\n"
        + "global using System.Collections.Generic; global using System.Threading.Tasks;\n";

    [Fact]
    public async Task A_client_in_CSharp_compiles_without_a_warning_and_does_what_programs_do_without_a_cast()
    {
        var generated = await Generated();
        // A list has one name wherever it stands, and what is known has a type.
        Assert.DoesNotMatch(@"public enum \w*\d\b|public enum Anonymous|public object|JsonElement", generated);
        var program = await File.ReadAllTextAsync(Path.Combine(folder, "client.cs"), TestContext.Current.CancellationToken);
        Assert.DoesNotMatch(@"\((string|int|long|bool|Level\w*|\w+View)\)|\bas [A-Z]|\bdynamic\b", program);
        var key = await File.ReadAllTextAsync(Path.Combine(Served.Demo.Folder, "demo", "key"), TestContext.Current.CancellationToken);
        var made = Directory.CreateTempSubdirectory("registry-client-");
        try
        {
            var compiled = Path.Combine(made.FullName, "client.dll");
            string[] sources = [Write("generated.cs", generated), Write("usual.cs", Usual), Path.Combine(folder, "client.cs")];
            string[] strictly = ["-nologo", "-nullable:enable", "-warnaserror+", "-target:exe", $"-out:{compiled}"];
            Dotnet([Compiler(), .. strictly, .. Platform().Select(dll => "-r:" + dll), .. sources]);
            var runtime = Path.ChangeExtension(typeof(ClientTests).Assembly.Location, ".runtimeconfig.json");
            Assert.Equal("posted\nsearched\nread\nverified\nacted and refused\nimported\nproven\n",
                Dotnet(["exec", "--runtimeconfig", runtime, compiled, Served.Demo.Client.BaseAddress!.ToString(), key.Trim()]));
        }
        finally { made.Delete(recursive: true); }

        string Write(string name, string text)
        {
            var path = Path.Combine(made.FullName, name);
            File.WriteAllText(path, text);
            return path;
        }
    }

    private static async Task<string> Generated()
    {
        var contract = await OpenApiDocument.FromFileAsync(Path.Combine(ArchitectureTests.Root(), "openapi", "v1.json"));
        var settings = new CSharpClientGeneratorSettings { ClassName = "RegistryClient", InjectHttpClient = true, UseBaseUrl = false };
        settings.GenerateOptionalParameters = true;
        // By itself it leaves out the offset of an instant, and whoever reads it would have to guess one.
        settings.ParameterDateTimeFormat = "o";
        settings.CSharpGeneratorSettings.Namespace = "Registry.Client";
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        settings.CSharpGeneratorSettings.JsonLibraryVersion = 10;
        settings.CSharpGeneratorSettings.DateType = "System.DateOnly";
        settings.CSharpGeneratorSettings.GenerateNullableReferenceTypes = true;
        settings.CSharpGeneratorSettings.GenerateOptionalPropertiesAsNullable = true;
        return new CSharpClientGenerator(contract, settings).GenerateFile();
    }

    private static string Dotnet(string[] arguments)
    {
        var (code, output) = Tool.Try("dotnet", arguments);
        Assert.True(code == 0, output.Length > 4000 ? output[..4000] : output);
        return output;
    }

    /// <summary>The compiler of the SDK that builds everything else here.</summary>
    private static string Compiler()
    {
        var sdks = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "sdk"));
        var newest = Directory.Exists(sdks) ? Directory.GetDirectories(sdks, "10.*").Max(StringComparer.Ordinal) : null;
        Tool.Need(newest is not null, "the .NET SDK");
        return Path.Combine(newest!, "Roslyn", "bincore", "csc.dll");
    }

    private static IEnumerable<string> Platform() => Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "System*.dll")
        .Where(dll => !dll.EndsWith(".Native.dll", StringComparison.Ordinal)).Append(typeof(object).Assembly.Location);
}
