using System.Text.Json.Nodes;

namespace Registry.Contract;

/// <summary>An answer of an operation.</summary>
public sealed record ContractAnswer(string Status, string Means, IEnumerable<string> Forms, IEnumerable<string> Headers);

/// <summary>An operation of the contract, as a page shows it.</summary>
public sealed record ContractEntry(string Method, string Path, JsonObject Told)
{
    public string Name => (string)Told["operationId"]!;
    public string Tag => (string)Told["tags"]![0]!;
    public string Summary => (string)Told["summary"]!;
    public string Description => (string)Told["description"]!;
    public bool NeedsKey => Told["security"]!.AsArray().Count > 0;

    private IEnumerable<JsonObject> Asked => Told["parameters"]!.AsArray().Select(parameter => parameter!.AsObject());

    private IEnumerable<(string Name, string Place, string Value)> Given => Asked.Where(parameter => parameter["example"] is not null)
        .Select(parameter => ((string)parameter["name"]!, (string)parameter["in"]!, parameter["example"]!.ToString()));

    /// <summary>Those it shares with all others at their end.</summary>
    public IEnumerable<JsonObject> Parameters(JsonObject contract)
    {
        var shared = contract["components"]!["parameters"]!;
        return Asked.Select(parameter => (string?)parameter["$ref"] is { } place ? shared[place.Split('/')[^1]]!.AsObject() : parameter);
    }

    public IEnumerable<(string Name, string Value)> Headers =>
        [.. Given.Where(one => one.Place == "header").Select(one => (one.Name, one.Value)), .. IsPage ? AskJson : []];

    private static readonly (string Name, string Value)[] AskJson = [("Accept", "application/json")];

    /// <summary>Whether it answers people with a page, and programs with JSON.</summary>
    private bool IsPage => Told["responses"]!["200"]?["content"]?.AsObject() is { } forms
        && forms.ContainsKey("text/html") && forms.ContainsKey("application/json");

    /// <summary>Path and query of the example.</summary>
    public string Address
    {
        get
        {
            var path = Path;
            foreach (var (name, _, value) in Given.Where(one => one.Place == "path"))
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value));
            var query = Given.Where(one => one.Place == "query").Select(one => KeyValuePair.Create(one.Name, (string?)one.Value));
            return path + QueryString.Create(query).ToUriComponent();
        }
    }

    private IEnumerable<KeyValuePair<string, JsonNode?>>? Content => Told["requestBody"]?["content"]?.AsObject();

    public IEnumerable<string>? Forms => Content?.Select(form => form.Key);

    /// <summary>The content of the example and its type; fields of a form as they are sent.</summary>
    public (string Type, JsonNode Example)? Sent
    {
        get
        {
            var shown = Content?.FirstOrDefault(form => form.Value!["example"] is not null);
            if (shown is not { Key: { } type, Value: { } form }) return null;
            return (type, type == Fields ? Joined(form["example"]!.AsObject()) : form["example"]!);
        }
    }

    private const string Fields = "application/x-www-form-urlencoded";

    private static string Joined(JsonObject fields) =>
        QueryString.Create(fields.Select(field => KeyValuePair.Create(field.Key, (string?)field.Value))).ToUriComponent()[1..];

    /// <summary>What a demo answered to the example.</summary>
    public (string Status, JsonNode Example)? Answered
    {
        get
        {
            foreach (var (status, response) in Told["responses"]!.AsObject())
                foreach (var (_, form) in response!["content"]?.AsObject() ?? [])
                    if (form!["example"] is { } example) return (status, example);
            return null;
        }
    }

    public IEnumerable<ContractAnswer> Responses => Told["responses"]!.AsObject().Select(response => Answer(response.Key, response.Value!));

    private static ContractAnswer Answer(string status, JsonNode told) => new(status, (string?)told["description"] ?? "",
        told["content"]?.AsObject().Select(form => form.Key) ?? [], told["headers"]!.AsObject().Select(header => header.Key));
}
