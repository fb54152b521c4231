using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Registry.Http;

namespace Registry.Tests;

/// <summary>That the table of SECURITY.md is true: each control has the test it names.</summary>
public sealed partial class SecurityTests
{
    private const int Risks = 10;

    [GeneratedRegex(@"^\| API(\d+):2023 [^|]+\|[^|]+\|([^|]+)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex Named();

    [Fact]
    public void Every_row_of_the_table_names_tests_that_there_are()
    {
        var table = File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "SECURITY.md"));
        var rows = Row().Matches(table).ToDictionary(row => int.Parse(row.Groups[1].Value), row => Named().Matches(row.Groups[2].Value));
        Assert.Equal(Enumerable.Range(1, Risks), rows.Keys.Order());
        Assert.All(rows.Values, Assert.NotEmpty);
        var tests = typeof(SecurityTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)).Select(method => $"{type.Name}.{method.Name}")).ToHashSet();
        Assert.Empty(rows.Values.SelectMany(names => names).Select(name => name.Value.Trim('`')).Except(tests));
    }

    /// <summary>What anybody may send: questions, what bears its own signature, what somebody reports or follows, and what only who knows
    /// its address can end.</summary>
    private static readonly string[] forAnybody =
    [
        "POST /v1/verifications", "POST /v1/answers/", "POST /v1/statements", "POST /v1/watches/", "DELETE /v1/watches/{id}",
        "POST /mcp/", "DELETE /mcp", "POST /reconcile/", "POST /check", "POST /verify", "POST /report", "POST /watch", "POST /w/{id}/end",
        "POST /c/{id}/answer", "POST /a/{id}/delete", "DELETE /v1/answers/{id}",
    ];

    [Fact]
    public void Whatever_changes_something_asks_for_a_key_but_for_what_is_listed()
    {
        using var app = new RegistryApp();
        var open = from route in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                   where route.Metadata.GetMetadata<RequestKeys.Keyed>() is null
                   from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
                   where method is not ("GET" or "HEAD" or "OPTIONS")
                   select $"{method} {route.RoutePattern.RawText}";
        var found = open.Distinct().ToList();
        Assert.True(found.ToHashSet().SetEquals(forAnybody), string.Join("\n", found.Except(forAnybody).Concat(forAnybody.Except(found))));
    }

    [GeneratedRegex(@"\bHttpClient\b|\bRemoteLog\(|\bSocketsHttpHandler\b|\bWebRequest\b|\bTcpClient\b")]
    private static partial Regex Fetches();

    /// <summary>Files that fetch: what they fetch stands in the settings or on a command line.</summary>
    private static readonly string[] fetching =
    [
        "Commands/CheckCommand.cs", "Commands/VerifyCommand.cs", "Commands/WitnessServer.cs", "Custody/Audit.cs", "Custody/CosignatureCollector.cs",
        "Custody/Mirror.cs", "Custody/Opening.cs", "Server.cs", "Transparency/RemoteLog.cs",
    ];

    [Fact]
    public void What_is_fetched_is_named_by_settings_and_commands_alone()
    {
        var source = Path.Combine(ArchitectureTests.Root(), "src", "Registry");
        var found = from file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                    let path = Path.GetRelativePath(source, file).Replace('\\', '/')
                    where !path.StartsWith("obj/") && !path.StartsWith("bin/") && Fetches().IsMatch(File.ReadAllText(file))
                    select path;
        Assert.Equal(fetching.Order(), found.Order());
    }
}
