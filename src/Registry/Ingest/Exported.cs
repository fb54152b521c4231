using System.Text.Json;
using System.Text.Json.Nodes;

namespace Registry.Ingest;

/// <summary>A certificate as the registry answers it, turned back into the draft that would make it.</summary>
public static class Exported
{
    private static readonly string[] notStated = ["id", "statusCode", "asOf", "replacedBy", "signedBy", "logIndex", "surveillance", "suspension", "ended"];

    /// <summary>The draft of an exported certificate, told by its category being an object; any other line as it is.</summary>
    public static JsonObject Draft(JsonObject line)
    {
        if (line["category"] is not JsonObject category) return line;
        line["category"] = category["no"]?.DeepClone();
        if (line["level"] is JsonObject level) line["level"] = level["code"]?.DeepClone();
        if (line["body"] is JsonObject body) line["body"] = body["approvalNumber"]?.DeepClone();
        if (line["holder"] is JsonObject holder) holder.Remove("regionName");
        if (line["surveillance"]?["lastOn"] is { } surveyed) line["surveyedOn"] = surveyed.DeepClone();
        if ((line["suspension"] ?? line["ended"]) is JsonObject act)
            foreach (var (member, name) in ((string, string)[])[("on", "statusOn"), ("until", "until"), ("reason", "reason")])
                if (act[member] is { } value) line[name] = value.DeepClone();
        if (line["sites"] is JsonArray { Count: 0 }) line.Remove("sites");
        foreach (var name in notStated) line.Remove(name);
        return line;
    }

    /// <summary>What a line says of itself without being read as a whole: number, what it replaces, its id where it has one, and its body.</summary>
    public static (string? Number, string? Replaces, string? Id, string? Body) Names(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            string? Text(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            var root = json.RootElement;
            var body = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("body", out var stated) && stated.ValueKind == JsonValueKind.Object ? Text(stated, "approvalNumber") : Text(root, "body");
            return (Text(root, "number"), Text(root, "replaces"), Text(root, "id"), body);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) { return default; }
    }
}
