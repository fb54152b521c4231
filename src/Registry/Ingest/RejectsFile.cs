using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>
/// The rows of an import that were not recorded as they stand, in the columns they came in, with line and reason beside them: to mend and
/// to
/// send again. An import lets these two columns pass.
/// </summary>
public sealed class RejectsFile : IAsyncDisposable
{
    /// <summary>The member that holds the reasons in lines of JSON.</summary>
    public const string Reasons = "rejectedBecause";
    private static readonly string[] added = ["/sourceLine", "/rejectedBecause"];

    private readonly StreamWriter writer;
    private readonly ImportFile file;
    private readonly Language language;
    private readonly int[] kept = [];

    /// <param name="stream">Where it is written; stays open.</param>
    /// <param name="file">What was sent.</param>
    /// <param name="language">Of the added headings.</param>
    public RejectsFile(Stream stream, ImportFile file, Language language)
    {
        (this.file, this.language) = (file, language);
        writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: file.Header is not null), leaveOpen: true);
        if (file.Header is not { } header) return;
        // A file that was mended holds the columns of the last time.
        kept = [.. Enumerable.Range(0, header.Names.Length).Where(i => !added.Contains(header.Columns[i]?.Pointer))];
        writer.Write(Cells.Line([.. kept.Select(i => header.Names[i]), .. added.Select(pointer => Columns.At(pointer)!.Name[language])]));
    }

    /// <summary>Adds the row of a result where not all it says was recorded.</summary>
    public void Add(RowResult result)
    {
        if ((result.Errors ?? result.Differs) is not { } errors) return;
        var sent = result.Sent!.Source;
        var reasons = errors.Select(Reason).ToList();
        if (file.Header is not { } header)
        {
            writer.Write(WithReasons(sent.Text, reasons) + "\n");
            return;
        }
        // Cells beyond the header stay beyond it.
        var (own, beyond) = (kept.Select(sent.Cell).Select(Cells.Read), sent.Cells.Skip(header.Names.Length).Select(Cells.Read));
        writer.Write(Cells.Line([.. own, $"{sent.Line}", string.Join(language == Language.Zh ? "" : " ", reasons), .. beyond]));
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private string Reason(RowError error)
    {
        var colon = language == Language.Zh ? "：" : ": ";
        return error.Where.Length == 0 ? error.Detail : error.Where + colon + error.Detail;
    }

    private static string WithReasons(string line, List<string> reasons)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject json)
            {
                json[Reasons] = new JsonArray([.. reasons.Select(reason => JsonValue.Create(reason))]);
                return json.ToJsonString(Json.Options);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException) { }
        return line;
    }
}
