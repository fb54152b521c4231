using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Registry.Http;

namespace Registry.Contract;

/// <summary>One operation of the contract, completed by what its route says and by the lists of this folder.</summary>
/// <param name="operation">What the framework could tell.</param>
/// <param name="endpoint">Its route.</param>
public sealed class PublishedOperation(JsonObject operation, RouteEndpoint endpoint)
{
    private const string Json = "application/json", Problem = "application/problem+json", Anything = "*/*";
    private const string Form = "multipart/form-data", Fields = "application/x-www-form-urlencoded";
    private const string Language = Http.Parameters.Language, Tag = "ETag", Part = "206", HeldTag = "If-None-Match", Kept = "304";

    private static readonly Dictionary<string, string> refusals = new()
    {
        ["400"] = "Bad Request",
        ["413"] = "Content Too Large",
        ["415"] = "Unsupported Media Type",
        ["422"] = "Unprocessable Content",
        ["429"] = "Too Many Requests",
        ["503"] = "Service Unavailable",
    };

    private readonly string name = (string)operation["operationId"]!;

    private JsonObject Responses => operation["responses"]!.AsObject();

    private bool IsTagged => Names<ToldHeaders>(told => told.Names).Contains(Tag) || FollowsLog;

    private bool FollowsLog => endpoint.Metadata.GetMetadata<Keeping>()?.FollowsLog == true;

    private bool IsKeyed => endpoint.Metadata.GetMetadata<RequestKeys.Keyed>() is not null;

    private bool IsLimited => endpoint.Metadata.GetMetadata<Work>() is not { Lane: LaneKind.None };

    /// <summary>Who names HTML in Accept is refused with a page: <see cref="Problems.WantsPage"/>.</summary>
    private bool IsForBrowsers => endpoint.RoutePattern.RawText?.StartsWith("/v1", StringComparison.Ordinal) == false;

    private string[] Names<T>(Func<T, string[]> names) where T : class => [.. endpoint.Metadata.OfType<T>().SelectMany(names)];

    public void Complete()
    {
        var told = Operations.All.GetValueOrDefault(name)
            ?? throw new InvalidOperationException($"{name} is not described: {nameof(Operations)}.");
        (operation["summary"], operation["description"]) = (told.Summary.En, told.Means.En);
        operation["security"] = IsKeyed ? new JsonArray(new JsonObject { ["key"] = new JsonArray() }) : new JsonArray();
        Ask(told);
        if (operation["requestBody"] is JsonObject body) Send(body, told);
        Answer(told);
    }

    private void Ask(Operation told)
    {
        var own = operation["parameters"]?.AsArray() ?? [];
        var asked = own.Select(parameter => Described(parameter!.AsObject(), told)).OfType<JsonNode>().ToList();
        string[] headers = [.. Names<HeardHeaders>(heard => heard.Names), .. IsTagged ? (string[])[HeldTag] : []];
        asked.AddRange(headers.Select(header => Header(header, told)));
        string[] shared = [Language, "Accept-Language"];
        asked.AddRange(shared.Select(name => new JsonObject { ["$ref"] = $"#/components/parameters/{name}" }));
        operation["parameters"] = new JsonArray([.. asked]);
    }

    /// <summary>Null for the language, which every operation shares.</summary>
    private JsonObject? Described(JsonObject parameter, Operation told)
    {
        var asked = (string)parameter["name"]!;
        asked = char.ToLowerInvariant(asked[0]) + asked[1..];
        if (asked == Language) return null;
        var meaning = AskedParameters.Of(name, asked);
        var schema = meaning.Make();
        var made = new JsonObject { ["name"] = asked, ["in"] = (string)parameter["in"]!, ["description"] = meaning.Means.En };
        if ((string)parameter["in"]! == "path") made["required"] = true;
        // With commas between.
        if ((string)schema["type"]! == "array") (made["style"], made["explode"]) = ("form", false);
        made["schema"] = schema;
        if (told.Given.TryGetValue(asked, out var example)) made["example"] = example.DeepClone();
        return made;
    }

    private static JsonObject Header(string header, Operation told)
    {
        var heard = Headers.Heard[header];
        var made = new JsonObject { ["name"] = header, ["in"] = "header", ["description"] = heard.Means.En };
        if (told.Given.TryGetValue(header, out var example)) (made["required"], made["example"]) = (true, example.DeepClone());
        made["schema"] = heard.Make();
        return made;
    }

    private void Send(JsonObject body, Operation told)
    {
        var accepts = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()!;
        body["required"] = !accepts.IsOptional;
        var json = body["content"]?[Json]?["schema"]?.DeepClone().AsObject();
        json?.Remove("description");
        var content = new JsonObject();
        foreach (var type in accepts.ContentTypes.Where(type => type != Anything))
            content[type] = new JsonObject { ["schema"] = SchemaOf(type) };
        if (told.Content is { } example) content[Json]!["example"] = example.DeepClone();
        if (told.Sent is var (sent, text)) content[sent]!["example"] = sent == Fields ? Parted(text) : text;
        body["content"] = content;

        JsonObject SchemaOf(string type) => type switch
        {
            Json => json!.DeepClone().AsObject(),
            Form => FormOf(),
            Fields => FieldsOf(),
            _ => Shape(type),
        };
    }

    /// <summary>The fields of a form without a file.</summary>
    private JsonObject FieldsOf()
    {
        var fields = Names<FormFields>(form => form.Names)
            .Select(field => KeyValuePair.Create(field, (JsonNode?)AskedParameters.Of(name, field).Make()));
        return new() { ["type"] = "object", ["properties"] = new JsonObject(fields) };
    }

    /// <summary>Such fields as they are sent, by their names.</summary>
    private static JsonObject Parted(string sent) =>
        new(QueryHelpers.ParseQuery(sent).Select(field => KeyValuePair.Create(field.Key, (JsonNode?)(string?)field.Value)));

    /// <summary>A file, and what may stand beside it: it is not told twice, or a client has two parameters of one name.</summary>
    private JsonObject FormOf()
    {
        var file = new JsonObject { ["file"] = Shape("application/octet-stream") };
        var form = new JsonObject { ["type"] = "object", ["properties"] = file, ["required"] = new JsonArray("file") };
        string[] beside = [.. Names<FormFields>(form => form.Names).Select(field => $"`{field}`")];
        if (beside.Length > 0) form["description"] = $"A field may say what a parameter does: {string.Join(", ", beside)}.";
        return form;
    }

    /// <summary>Plain text, or bytes: a file goes through a client as it is, in whatever encoding.</summary>
    private static JsonObject Shape(string type) =>
        type == "text/plain" ? new() { ["type"] = "string" } : new() { ["type"] = "string", ["format"] = "binary" };

    private void Answer(Operation told)
    {
        if (endpoint.Metadata.GetMetadata<Forms>() is not null) Responses.TryAdd("200", new JsonObject { ["description"] = "OK" });
        var everywhere = new List<string> { "400", "422", "503" };
        if (operation["requestBody"] is not null) everywhere.AddRange(["413", "415"]);
        if (IsLimited) everywhere.Add("429");
        foreach (var status in everywhere) Responses.TryAdd(status, new JsonObject { ["description"] = refusals[status] });
        foreach (var (status, response) in Responses.ToList())
        {
            if (status[0] is '4' or '5') Refuse(status, response!.AsObject());
            else if (status is "200" or "201" or Part) response!["content"] = Forms(status, response["content"]);
            else response!.AsObject().Remove("content");
            response!["headers"] = HeadersOf(status);
        }
        if (IsTagged) Responses[Kept] = new JsonObject { ["description"] = "Not Modified", ["headers"] = HeadersOf(Kept) };
        var ordered = Responses.OrderBy(response => response.Key).ToList();
        operation["responses"] = new JsonObject(ordered.Select(one => KeyValuePair.Create(one.Key, one.Value?.DeepClone())));
        if (AnsweredExamples.Of(name) is var (type, example)) Responses[$"{told.Status}"]!["content"]![type]!["example"] = example;
    }

    private void Refuse(string status, JsonObject response)
    {
        var others = TypesOf(status).Where(type => type != Problem).Concat(IsForBrowsers ? ["text/html"] : []);
        var content = new JsonObject { [Problem] = new JsonObject { ["schema"] = Schemas.To(nameof(Problem)) } };
        foreach (var type in others) content[type] = new JsonObject { ["schema"] = Shape(type) };
        response["content"] = content;
    }

    private IEnumerable<string> TypesOf(string status) => endpoint.Metadata.OfType<IProducesResponseTypeMetadata>()
        .Where(produces => $"{produces.StatusCode}" == status).SelectMany(produces => produces.ContentTypes);

    /// <summary>Every form of an answer.</summary>
    private JsonObject Forms(string status, JsonNode? told)
    {
        var forms = endpoint.Metadata.OfType<Forms>().ToList();
        var content = new JsonObject();
        foreach (var type in TypesOf(status).Concat(status == "200" ? forms.SelectMany(form => form.Types) : []).Distinct())
            content[type] = new JsonObject { ["schema"] = type == Json && status != Part ? Told(told![Json]!["schema"]!) : Shape(type) };
        foreach (var form in forms.Where(form => form.Line is not null))
            foreach (var type in form.Types) content[type]!["x-line"] = Schemas.To(form.Line!.Name);
        return content;
    }

    /// <summary>What an answer is, or else another thing.</summary>
    private JsonNode Told(JsonNode schema) => endpoint.Metadata.GetMetadata<OrElse>() is { Type: var other }
        ? new JsonObject { ["oneOf"] = new JsonArray(Schemas.To(other.Name), schema.DeepClone()) } : schema.DeepClone();

    private JsonObject HeadersOf(string status)
    {
        List<string> names = ["X-Request-Id"];
        if (IsLimited) names.AddRange(["RateLimit", "RateLimit-Policy"]);
        if (status[0] is '4' or '5') names.Add("Content-Language");
        if (status == "401") names.Add("WWW-Authenticate");
        if (status is "429" or "503") names.Add("Retry-After");
        if (status is "201" or "302") names.Add("Location");
        if (status[0] == '2') names.AddRange(Names<ToldHeaders>(told => told.Names));
        if (status is "200" or Kept)
        {
            if (IsTagged) names.Add(Tag);
            if (FollowsLog) names.Add("Link");
        }
        JsonObject To(string header) => new() { ["$ref"] = $"#/components/headers/{header}" };
        return new(names.Distinct().Select(header => KeyValuePair.Create(header, (JsonNode?)To(header))));
    }

    /// <summary>What operations share.</summary>
    public static void Share(JsonObject contract)
    {
        var components = contract["components"]!.AsObject();
        components["headers"] = new JsonObject(Headers.Told.Select(header => KeyValuePair.Create(header.Key,
            (JsonNode?)new JsonObject { ["description"] = header.Value.Means.En, ["schema"] = header.Value.Make() })));
        var accepted = Headers.Heard["Accept-Language"];
        components["parameters"] = new JsonObject
        {
            [Language] = Shared(Language, "query", "The language of messages, before Accept-Language.", Kind.Word(["zh", "en"])),
            ["Accept-Language"] = Shared("Accept-Language", "header", accepted.Means.En, accepted.Make()),
        };
    }

    private static JsonObject Shared(string name, string place, string means, JsonObject schema) =>
        new() { ["name"] = name, ["in"] = place, ["description"] = means, ["schema"] = schema, ["example"] = "en" };
}
