using System.Text.Json.Nodes;

namespace Registry.Contract;

/// <summary>What a demo answered to the examples: asked once, kept in answers.json beside this file, and compared with a demo by a test.
/// Arrays are cut after two items and text after some lines.</summary>
public static class AnsweredExamples
{
    private static readonly Lazy<JsonObject> all = new(() =>
    {
        using var kept = typeof(AnsweredExamples).Assembly.GetManifestResourceStream("contract/answers.json")!;
        return JsonNode.Parse(kept)!.AsObject();
    });

    /// <summary>Type and content; null where it is a file that no text can show, or nothing.</summary>
    public static (string Type, JsonNode Example)? Of(string operation) =>
        all.Value[operation] is { } answer ? ((string)answer["type"]!, answer["example"]!.DeepClone()) : null;
}
