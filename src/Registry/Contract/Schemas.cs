using System.Text.Json.Nodes;

namespace Registry.Contract;

/// <summary>The schemas of the contract, completed: what is never written as null is not nullable, words of closed lists are named, and
/// what the framework cannot tell is told.</summary>
public static class Schemas
{
    private const string Place = "#/components/schemas/";
    /// <summary>The draft, of which a correction gives some members.</summary>
    private const string Draft = "CertificateDraft", Changes = "CertificateChanges";
    /// <summary>The question, and as an answer repeats it: without its rows.</summary>
    private const string Asked = "VerificationRequest", Repeated = "VerificationDemands";

    public static JsonObject To(string schema) => new() { ["$ref"] = Place + schema };

    public static void Complete(JsonObject contract)
    {
        var schemas = contract["components"]!["schemas"]!.AsObject();
        foreach (var (_, schema) in schemas) WithoutNull(schema!);
        Members.Say(schemas);
        // Null removes a member; nothing else is read as null.
        schemas[Changes] = Partial(schemas[Draft]!, "number");
        schemas["HolderChanges"] = Partial(schemas["HolderDraft"]!);
        schemas[Changes]!["properties"]!["holder"] = To("HolderChanges");
        schemas["CorrectRequest"]!["properties"]!["certificate"] = To(Changes);
        var repeated = schemas[Asked]!.DeepClone().AsObject();
        repeated["properties"]!.AsObject().Remove("rows");
        repeated.Remove("required");
        schemas[Repeated] = repeated;
        schemas["Answer"]!["properties"]!["question"] = To(Repeated);
        foreach (var (_, schema) in schemas) Described(schema!);
    }

    /// <summary>Schemas that nothing leads to are none of the contract.</summary>
    public static void DropUnused(JsonObject contract)
    {
        var schemas = contract["components"]!["schemas"]!.AsObject();
        var (used, open) = (new HashSet<string>(), new Queue<JsonNode>([contract["paths"]!]));
        while (open.TryDequeue(out var node))
            foreach (var name in References(node))
                if (used.Add(name)) open.Enqueue(schemas[name]!);
        foreach (var name in schemas.Select(schema => schema.Key).Where(name => !used.Contains(name)).ToList()) schemas.Remove(name);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(Named),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static IEnumerable<string> Named(KeyValuePair<string, JsonNode?> member)
    {
        if (member is not { Key: "$ref", Value: JsonValue place }) return References(member.Value);
        return ((string)place!).StartsWith(Place, StringComparison.Ordinal) ? [((string)place!)[Place.Length..]] : [];
    }

    /// <summary>Members that may be absent are left out and never null.</summary>
    private static void WithoutNull(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) WithoutNull(item);
        if (node is not JsonObject schema) return;
        if (schema["type"] is JsonArray types) schema["type"] = types.Select(type => (string)type!).First(type => type != "null");
        foreach (var (_, member) in schema) WithoutNull(member);
    }

    /// <summary>Any of its members, each of which may be null.</summary>
    private static JsonObject Partial(JsonNode schema, params string[] without)
    {
        var partial = schema.DeepClone().AsObject();
        partial.Remove("required");
        var members = partial["properties"]!.AsObject();
        foreach (var name in without) members.Remove(name);
        foreach (var (_, member) in members)
        {
            if (member!["type"] is JsonValue type) member["type"] = new JsonArray((string)type!, "null");
            if (member["enum"] is JsonArray words) words.Add(null);
        }
        return partial;
    }

    /// <summary>A description stands in one line, and names of the source are none for whoever reads it.</summary>
    private static void Described(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) Described(item);
        if (node is not JsonObject schema) return;
        if (schema["description"] is JsonValue text && text.TryGetValue<string>(out var said)) schema["description"] = Line(said);
        foreach (var (_, member) in schema) Described(member);
    }

    private static string Line(string text)
    {
        var words = text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words.Select(word => word.StartsWith("Registry.", StringComparison.Ordinal) ? Member(word) : word));
    }

    /// <summary>Of a reference to the source, the member it names.</summary>
    private static string Member(string reference)
    {
        var name = reference.TrimEnd('.', ',', ':', ';');
        var last = name[(name.LastIndexOf('.') + 1)..];
        return $"`{char.ToLowerInvariant(last[0])}{last[1..]}`{reference[name.Length..]}";
    }
}
