using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Registry.Tests.Contract;

/// <summary>An operation as the contract names it.</summary>
public sealed record ContractOperation(string Method, string Path, JsonObject Told)
{
    public string Name => (string)Told["operationId"]!;
    public JsonObject Responses => Told["responses"]!.AsObject();
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>The contract as a reader of it: what it refers to, and whether something is as it says.</summary>
public sealed class PublishedContract(JsonObject contract)
{
    public JsonObject Root => contract;

    public static PublishedContract Committed { get; } =
        new(JsonNode.Parse(File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "openapi", "v1.json")))!.AsObject());

    public ContractOperation[] Operations { get; } =
        [.. from path in contract["paths"]!.AsObject() from method in path.Value!.AsObject() select new ContractOperation(method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject())];

    /// <summary>What a reference leads to, or the thing itself.</summary>
    public JsonObject At(JsonNode node)
    {
        while (node["$ref"] is JsonValue place)
            node = ((string)place!).Split('/')[1..].Aggregate((JsonNode)contract, (at, name) => at[name] ?? throw new InvalidDataException($"{place} leads nowhere."));
        return node.AsObject();
    }

    public JsonObject[] Parameters(ContractOperation operation) => [.. operation.Told["parameters"]?.AsArray().Select(parameter => At(parameter!)) ?? []];

    public IEnumerable<KeyValuePair<string, JsonNode?>> Schemas => contract["components"]!["schemas"]!.AsObject();

    /// <summary>Of HTTP itself, of caches, of browsers: they say nothing of one operation.</summary>
    private static readonly HashSet<string> ofEveryAnswer = new(StringComparer.OrdinalIgnoreCase)
    {
        "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Age", "Allow", "Cache-Control", "Content-Encoding",
        "Content-Language", "Content-Length", "Content-Range", "Content-Security-Policy", "Content-Type", "Cross-Origin-Resource-Policy", "Date",
        "Expires", "Last-Modified", "Permissions-Policy", "Pragma", "Referrer-Policy", "Transfer-Encoding", "Vary", "X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
    };

    /// <summary>Where the contract names one, no answer is without it.</summary>
    private static readonly string[] always = ["X-Request-Id", "Retry-After", "Location", "WWW-Authenticate"];

    /// <summary>What of an answer is not as the contract says; null when all is.</summary>
    public string? Against(ContractOperation operation, HttpResponseMessage answer, byte[] content)
    {
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (operation.Responses[status] is not JsonObject told) return $"{status} is not in the contract";
        foreach (var name in told["headers"]!.AsObject().Select(header => header.Key))
            if (answer.Headers.TryGetValues(name, out var values) && Against(JsonNode.Parse($"{{\"$ref\":\"#/components/headers/{name}\"}}")!, values.First()) is { } spoilt) return $"{status} header {name}: {spoilt}";
        var all = answer.Headers.Concat(answer.Content.Headers).Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var named = told["headers"]!.AsObject().Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = all.FirstOrDefault(name => !named.Contains(name) && !ofEveryAnswer.Contains(name));
        if (unknown is not null) return $"{status} has a header {unknown} that is not in the contract";
        bool Lacks(string name) => named.Contains(name) && !all.Contains(name);
        if (always.FirstOrDefault(Lacks) is { } missing) return $"{status} lacks the header {missing}";
        if (told["content"] is not JsonObject forms) return content.Length == 0 ? null : $"{status} has content";
        var type = answer.Content.Headers.ContentType?.MediaType ?? "";
        if (forms[type] is not JsonObject form) return $"{status} as “{type}” is not in the contract";
        if (type is not ("application/json" or "application/problem+json"))
            return form["x-line"] is { } line && type == "application/x-ndjson" && !IsAsSent(answer) ? Lines(line, content) : null;
        JsonNode? value;
        try { value = JsonNode.Parse(content); }
        catch (JsonException error) { return $"{status} is no JSON: {error.Message}"; }
        return Against(form["schema"]!, value) is { } wrong ? $"{status}{wrong}" : null;
    }

    /// <summary>Rejected lines of an import come back as they were sent.</summary>
    private static bool IsAsSent(HttpResponseMessage answer) =>
        answer.Content.Headers.ContentDisposition?.FileName?.Contains("rejected", StringComparison.Ordinal) == true;

    /// <summary>Each line is what the contract says; a last one may sum up.</summary>
    private string? Lines(JsonNode schema, byte[] content)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < lines.Length; i++)
            if (Against(schema, JsonNode.Parse(lines[i])) is { } wrong && i < lines.Length - 1) return $" line {i + 1}{wrong}";
        return null;
    }

    private string? Against(JsonNode header, string value) => Against(At(header)["schema"]!, long.TryParse(value, out var number) ? JsonValue.Create(number) : JsonValue.Create(value));

    /// <summary>Where a value is not as a schema says, and how; null when it is.</summary>
    public string? Against(JsonNode schema, JsonNode? value)
    {
        var told = At(schema);
        if (told["oneOf"] is JsonArray options) return options.Count(option => Against(option!, value) is null) == 1 ? null : ": none or several of the kinds it may be";
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        string[] types = told["type"] switch { JsonArray several => [.. several.Select(type => (string)type!)], JsonValue only => [(string)only!], _ => [] };
        if (types.Length > 0 && !types.Any(type => Is(type, kind, value))) return $": {kind} and no {string.Join(" or ", types)}";
        if (told["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value))) return $": {value} is none of the words";
        return kind switch
        {
            JsonValueKind.Object => Members(told, value!.AsObject()),
            JsonValueKind.Array => Items(told, value!.AsArray()),
            JsonValueKind.String => Text(told, (string)value!),
            JsonValueKind.Number => Number(told, value!.GetValue<decimal>()),
            _ => null,
        };
    }

    private static bool Is(string type, JsonValueKind kind, JsonNode? value) => type switch
    {
        "string" => kind == JsonValueKind.String,
        "integer" => kind == JsonValueKind.Number && value!.ToJsonString().All(c => char.IsAsciiDigit(c) || c == '-'),
        "number" => kind == JsonValueKind.Number,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "object" => kind == JsonValueKind.Object,
        "array" => kind == JsonValueKind.Array,
        "null" => kind == JsonValueKind.Null,
        _ => throw new InvalidDataException(type),
    };

    private string? Members(JsonObject told, JsonObject value)
    {
        var known = told["properties"] as JsonObject ?? [];
        foreach (var name in told["required"]?.AsArray() ?? []) if (!value.ContainsKey((string)name!)) return $": {name} is missing";
        foreach (var (name, member) in value)
        {
            var schema = known[name] ?? (told["additionalProperties"] is JsonObject others ? others : null);
            if (schema is null) return told["additionalProperties"] is JsonValue open && !(bool)open ? $": {name} is not in the contract" : null;
            if (Against(schema, member) is { } wrong) return $"/{name}{wrong}";
        }
        return null;
    }

    private string? Items(JsonObject told, JsonArray items)
    {
        if (told["maxItems"] is { } most && items.Count > (int)most || told["minItems"] is { } least && items.Count < (int)least) return $": {items.Count} items";
        for (var i = 0; i < items.Count; i++) if (told["items"] is { } schema && Against(schema, items[i]) is { } wrong) return $"/{i}{wrong}";
        return null;
    }

    private static string? Text(JsonObject told, string text)
    {
        if (told["maxLength"] is { } most && text.Length > (int)most) return $": {text.Length} characters";
        if (told["pattern"] is { } pattern && !Regex.IsMatch(text, (string)pattern!)) return $": {text} has not the form {pattern}";
        return (string?)told["format"] switch
        {
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : $": {text} is no day",
            "date-time" => text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) && Regex.IsMatch(text, "(Z|[+-][0-9:]{5})$") ? null : $": {text} is no instant",
            _ => null,
        };
    }

    private static string? Number(JsonObject told, decimal number) =>
        told["minimum"] is { } least && number < (decimal)least || told["maximum"] is { } most && number > (decimal)most ? $": {number} is out of bounds" : null;
}
