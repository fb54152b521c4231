using System.Text.Json.Nodes;

namespace Registry.Contract;

/// <summary>What an operation is for, and an example of it that works as it stands against <c>registry demo</c>.</summary>
/// <param name="Summary">In a line.</param>
/// <param name="Means">What else a caller has to know.</param>
/// <param name="Status">Of the example's answer.</param>
public sealed record Operation(Text Summary, Text Means, int Status = 200)
{
    /// <summary>Values of parameters by their names.</summary>
    public IReadOnlyDictionary<string, JsonNode> Given { get; init; } = new Dictionary<string, JsonNode>();

    /// <summary>The request's content, where it is JSON.</summary>
    public JsonNode? Content { get; init; }

    /// <summary>The request's content as text, with its type, where it is not.</summary>
    public (string Type, string Text)? Sent { get; init; }

    public Operation With(string name, JsonNode value) => this with { Given = new Dictionary<string, JsonNode>(Given) { [name] = value } };
}
