using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Contract;

namespace Registry.Tests.Contract;

/// <summary>Every example of the published contract, sent as it stands to a demo that was begun anew.</summary>
public sealed class ExampleTests
{
    [Fact]
    public async Task Every_example_works_as_it_stands_against_a_demo()
    {
        var (demo, contract) = (Served.Demo, PublishedContract.Committed);
        var key = await File.ReadAllTextAsync(Path.Combine(demo.Folder, "demo", "key"), TestContext.Current.CancellationToken);
        var wrong = new List<string>();
        // A demo makes its dump some seconds after it has begun.
        foreach (var operation in contract.Operations.OrderBy(operation => operation.Path.StartsWith("/data/", StringComparison.Ordinal)))
        {
            if (operation.Path.StartsWith("/data/", StringComparison.Ordinal)) await Dumped(demo.Client);
            using var request = Request(contract, operation);
            if (operation.Told["security"]!.AsArray().Count > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var answer = await demo.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var content = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            if ((int)answer.StatusCode != Operations.All[operation.Name].Status) wrong.Add($"{operation}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(content)}");
            else if (contract.Against(operation, answer, content) is { } how) wrong.Add($"{operation}: {how}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static async Task Dumped(HttpClient client)
    {
        for (var i = 0; i < 60 && !(await client.GetAsync("/data/manifest.json")).IsSuccessStatusCode; i++) await Task.Delay(500);
    }

    /// <summary>The request that an operation's examples make.</summary>
    public static HttpRequestMessage Request(PublishedContract contract, ContractOperation operation)
    {
        var (path, query, request) = (operation.Path, new List<string>(), new HttpRequestMessage { Method = new(operation.Method) });
        foreach (var parameter in contract.Parameters(operation).Where(parameter => parameter["example"] is not null))
        {
            var (name, value) = ((string)parameter["name"]!, parameter["example"]!.ToString());
            if ((string)parameter["in"]! == "path") path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value));
            else if ((string)parameter["in"]! == "query") query.Add($"{name}={Uri.EscapeDataString(value)}");
            else request.Headers.TryAddWithoutValidation(name, value);
        }
        request.RequestUri = new(path + (query.Count == 0 ? "" : "?" + string.Join('&', query)), UriKind.Relative);
        if (operation.Told["requestBody"]?["content"]?.AsObject().FirstOrDefault(form => form.Value!["example"] is not null) is not { Key: not null } sent) return request;
        var example = sent.Value!["example"]!;
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(example is JsonObject ? example.ToJsonString() : (string)example!));
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(sent.Key);
        return request;
    }
}
