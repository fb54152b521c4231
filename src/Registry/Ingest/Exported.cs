using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>A certificate as the registry answers it, turned back into the draft that would make it.</summary>
public static class Exported
{
    private static readonly string[] notStated = Beside(typeof(CertificateView), "/"),
        notStatedOfHolder = Beside(typeof(HolderView), "/holder/");

    /// <summary>Members of an answer that the registry adds to what was stated: those that no column carries into an import.</summary>
    private static string[] Beside(Type answer, string at) =>
        [.. answer.GetProperties().Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name))
            .Where(name => !IsStated(at + name))];

    private static bool IsStated(string pointer) => pointer == "/holder" || Columns.At(pointer)?.Is(ColumnUse.Import) == true;

    private static readonly (string Member, string Name)[] ofActs = [("on", "statusOn"), ("until", "until"), ("reason", "reason")];

    /// <summary>The draft of an exported certificate, told by its category being an object; any other line as it is.</summary>
    public static JsonObject Draft(JsonObject line)
    {
        if (line["category"] is not JsonObject category) return line;
        line["category"] = category["no"]?.DeepClone();
        if (line["level"] is JsonObject level) line["level"] = level["code"]?.DeepClone();
        if (line["body"] is JsonObject body) line["body"] = body["approvalNumber"]?.DeepClone();
        if (line["holder"] is JsonObject holder) Array.ForEach(notStatedOfHolder, name => holder.Remove(name));
        if (line["surveillance"]?["lastOn"] is { } surveyed) line["surveyedOn"] = surveyed.DeepClone();
        if ((line["suspension"] ?? line["ended"]) is JsonObject act)
            foreach (var (member, name) in ofActs)
                if (act[member] is { } value) line[name] = value.DeepClone();
        foreach (var name in notStated) line.Remove(name);
        return line;
    }

    /// <summary>What a line says of itself without being read as a whole.</summary>
    public static RowNames Names(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var body = Member(root, "body");
            return new(Text(root, "number"), Text(root, "replaces"), Text(root, "id"), Text(root, "body") ?? Text(body, "approvalNumber"));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) { return default; }
    }

    private static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
