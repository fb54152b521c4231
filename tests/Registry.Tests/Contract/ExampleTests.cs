using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
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
        var (wrong, answers) = (new List<string>(), new JsonObject());
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
            if (Shown(answer, content) is not { } shown) continue;
            answers[operation.Name] = new JsonObject { ["type"] = answer.Content.Headers.ContentType!.MediaType, ["example"] = shown };
            var forms = operation.Responses[$"{(int)answer.StatusCode}"]?["content"];
            var told = forms?[answer.Content.Headers.ContentType.MediaType!]?["example"];
            if (Outline(told) != Outline(shown)) wrong.Add($"{operation}: it answers {Outline(shown)}, the contract shows {Outline(told)}");
        }
        if (Environment.GetEnvironmentVariable("REGISTRY_WRITE_EXAMPLES") == "1")
        {
            // As README's demo would have said it: where this one listens is chance.
            var text = answers.ToJsonString(written).Replace("HTTP://" + demo.Client.BaseAddress!.Authority, "HTTP://LOCALHOST:5000")
                .Replace(demo.Client.BaseAddress.Authority, "localhost:5000").Replace(demo.Client.BaseAddress.Host, "localhost");
            await File.WriteAllTextAsync(kept, text + "\n", TestContext.Current.CancellationToken);
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    // To keep what a demo answers: REGISTRY_WRITE_EXAMPLES=1 dotnet test --filter ExampleTests, then the contract anew.
    private static readonly string kept = Path.Combine(ArchitectureTests.Root(), "src", "Registry", "Contract", "answers.json");
    private static readonly JsonSerializerOptions written =
        new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const int MaxItems = 2, MaxText = 6000, MaxLines = 3;

    /// <summary>An answer as the contract shows it, arrays and texts cut; null where it is a file that no text can show.</summary>
    private static JsonNode? Shown(HttpResponseMessage answer, byte[] content)
    {
        var type = answer.Content.Headers.ContentType?.MediaType ?? "";
        if (content.Length == 0) return null;
        if (type is "application/json" or "application/problem+json") return Cut(JsonNode.Parse(content));
        string[] texts = ["application/x-ndjson", "application/jose", "application/atom+xml", "application/feed+json", "image/svg+xml"];
        if (!type.StartsWith("text/", StringComparison.Ordinal) && !texts.Contains(type)) return null;
        var text = Encoding.UTF8.GetString(content).TrimStart('\uFEFF');
        if (type is "application/x-ndjson" or "text/csv")
            text = string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(MaxLines).Select(line => line + "\n"));
        return text.Length > MaxText ? null : JsonValue.Create(text);
    }

    private static JsonNode? Cut(JsonNode? node) => node switch
    {
        JsonArray items => new JsonArray([.. items.Take(MaxItems).Select(Cut)]),
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Cut(member.Value)))),
        _ => node?.DeepClone(),
    };

    /// <summary>What two answers to one question have in common, whenever they are asked: the rest is compared with the schema.</summary>
    private static string? Outline(JsonNode? node) => node switch
    {
        JsonObject members => string.Join(' ', members.Select(member => member.Key)),
        JsonArray items => $"[{Outline(items.FirstOrDefault())}]",
        null => null,
        _ => $"{node.GetValueKind()}",
    };

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
        // What is a page as well is asked for as a program asks.
        var forms = operation.Responses["200"]?["content"];
        if (forms?["text/html"] is not null && forms["application/json"] is not null) request.Headers.Accept.ParseAdd("application/json");
        request.RequestUri = new(path + (query.Count == 0 ? "" : "?" + string.Join('&', query)), UriKind.Relative);
        if (operation.Told["requestBody"]?["content"]?.AsObject().FirstOrDefault(form => form.Value!["example"] is not null) is not { Key: not null } sent) return request;
        var example = sent.Value!["example"]!;
        request.Content = sent.Key == "application/x-www-form-urlencoded"
            ? new FormUrlEncodedContent(example.AsObject().Select(field => KeyValuePair.Create(field.Key, (string)field.Value!)))
            : new ByteArrayContent(Encoding.UTF8.GetBytes(example is JsonObject ? example.ToJsonString() : (string)example!));
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(sent.Key);
        return request;
    }
}
