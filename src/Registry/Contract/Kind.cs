using System.Text.Json.Nodes;
using Registry.Certificates;

namespace Registry.Contract;

/// <summary>What a value in an address or a header is, as JSON Schema. Handlers read many of them as text, to say everything that is wrong
/// at once; what they take is the same.</summary>
public static class Kind
{
    public static JsonObject Text(int most) => new() { ["type"] = "string", ["maxLength"] = most };

    public static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    /// <summary>A calendar day.</summary>
    public static JsonObject Day() => new() { ["type"] = "string", ["format"] = "date" };

    /// <summary>An instant with its offset.</summary>
    public static JsonObject Instant() => new() { ["type"] = "string", ["format"] = "date-time" };

    public static JsonObject Flag(bool otherwise) => new() { ["type"] = "boolean", ["default"] = otherwise };

    /// <param name="least">The least.</param>
    /// <param name="most">The greatest; null where only the log's length bounds it.</param>
    /// <param name="otherwise">Where it is left out; null for none.</param>
    public static JsonObject Whole(long least, long? most, long? otherwise = null)
    {
        var kind = new JsonObject { ["type"] = "integer", ["format"] = most <= int.MaxValue ? "int32" : "int64", ["minimum"] = least };
        if (most is not null) kind["maximum"] = most;
        if (otherwise is not null) kind["default"] = otherwise;
        return kind;
    }

    public static JsonObject Number(decimal least, decimal most, decimal otherwise) =>
        new() { ["type"] = "number", ["minimum"] = least, ["maximum"] = most, ["default"] = otherwise };

    /// <summary>One of a closed list.</summary>
    /// <param name="words">The list; its first is meant where the value is left out, if <paramref name="otherwise"/> says so.</param>
    /// <param name="otherwise">Where it is left out; null for none.</param>
    public static JsonObject Word(IEnumerable<string> words, string? otherwise = null)
    {
        var kind = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]) };
        if (otherwise is not null) kind["default"] = otherwise;
        return kind;
    }

    /// <summary>Several of a closed list with commas between.</summary>
    public static JsonObject Words(IEnumerable<string> words) => new() { ["type"] = "array", ["items"] = Word(words) };

    /// <summary>Id of a certificate or code of a mark: 13 characters of Crockford base32.</summary>
    public static JsonObject Code() => Text($"^[0-9A-HJKMNP-TV-Z]{{{Identifier.Length}}}$");
}
