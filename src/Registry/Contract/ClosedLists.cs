using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Marks;
using Registry.Verification;

namespace Registry.Contract;

/// <summary>Closed lists that stand in several places of the contract. Each is a schema of its own: a client that is made from the contract
/// has one type for it, and what came in one answer can be sent in the next question.</summary>
public static class ClosedLists
{
    /// <summary>Those that no type of the program already names.</summary>
    private static readonly Dictionary<string, IEnumerable<string>> named = new()
    {
        ["LevelCode"] = Catalogue.Schemes.Levels.Select(level => level.Code),
        ["GroupCode"] = Catalogue.Groups.Select(group => group.Code),
        ["ProblemCode"] = Refusal.All.Select(refusal => refusal.Code),
        ["ActWord"] = Statement.Words,
        ["Signer"] = Members.Signers,
        ["MarkOutcome"] = Members.Marks,
        ["LanguageCode"] = ["zh", "en"],
        ["KeyType"] = Members.KeyTypes,
        ["KeyCurve"] = Members.KeyCurves,
        ["ListColumn"] = [.. ListChoice.Names, ListChoice.NotUsed],
        ["VerificationForm"] = AskedParameters.VerificationForms,
        ["SearchForm"] = AskedParameters.SearchForms,
        ["ImportForm"] = AskedParameters.ImportForms,
        ["ErrorCorrection"] = Enum.GetNames<ErrorCorrection>(),
        ["MarkLayout"] = Enum.GetNames<MarkLayout>().Select(name => name.ToLowerInvariant()),
        ["LetterCase"] = AskedParameters.Cases,
        ["PaperSize"] = AskedParameters.PaperSizes,
        ["DumpFileName"] = AskedParameters.DumpFiles,
    };

    /// <summary>Puts the name in every place of such a list.</summary>
    public static void Name(JsonObject contract)
    {
        var schemas = contract["components"]!["schemas"]!.AsObject();
        foreach (var (name, words) in named) schemas[name] = Kind.Word(words);
        var lists = schemas.Where(schema => schema.Value!["enum"] is not null);
        var names = lists.ToDictionary(list => WordsOf(list.Value!), list => list.Key);
        foreach (var (_, schema) in schemas) Name(schema!["properties"], names);
        foreach (var part in (string[])["parameters", "headers"]) Name(contract["components"]![part], names);
        Name(contract["paths"], names);
    }

    private static void Name(JsonNode? node, Dictionary<string, string> names)
    {
        if (node is JsonArray items) foreach (var item in items) Name(item, names);
        if (node is not JsonObject schema) return;
        if (schema["enum"] is JsonArray && names.TryGetValue(WordsOf(schema), out var name)) Lead(schema, name);
        foreach (var (_, member) in schema) Name(member, names);
    }

    private static void Lead(JsonObject schema, string name)
    {
        var mayBeNull = schema["enum"]!.AsArray().Contains(null);
        schema.Remove("enum");
        schema.Remove("type");
        if (mayBeNull) schema["oneOf"] = new JsonArray(Schemas.To(name), new JsonObject { ["type"] = "null" });
        else schema["$ref"] = (string)Schemas.To(name)["$ref"]!;
    }

    private static string WordsOf(JsonNode schema) => string.Join(' ', schema["enum"]!.AsArray().OfType<JsonNode>());
}
