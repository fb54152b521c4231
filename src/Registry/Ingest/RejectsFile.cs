using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>
/// The rows of an import that were not recorded as they stand, in the columns they came in, with line and reason beside them: to mend and
/// to send again. An import lets these two columns pass. Of a table it is CSV or a workbook, of lines of JSON such lines.
/// </summary>
public sealed class RejectsFile : IAsyncDisposable
{
    /// <summary>The member that holds the reasons in lines of JSON.</summary>
    public const string Reasons = "rejectedBecause";
    private static readonly string[] added = ["/sourceLine", "/rejectedBecause"];
    private static readonly Text sheetName = new("退回的行", "Rejected rows");

    private readonly ImportFile file;
    private readonly Language language;
    private readonly StreamWriter? text;
    private readonly NewWorkbook? workbook;
    private readonly int[] kept = [];

    private RejectsFile(ImportFile file, Language language, StreamWriter? text, NewWorkbook? workbook)
    {
        (this.file, this.language, this.text, this.workbook) = (file, language, text, workbook);
        if (file.Header is not { } header) return;
        // A file that was mended holds the columns of the last time.
        kept = [.. Enumerable.Range(0, header.Names.Length).Where(i => !added.Contains(header.Columns[i]?.Pointer))];
    }

    /// <summary>Begins such a file.</summary>
    /// <param name="stream">Where it is written; stays open.</param>
    /// <param name="file">What was sent.</param>
    /// <param name="language">Of the added headings.</param>
    /// <param name="asWorkbook">Whether it is a workbook; lines of JSON never are.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<RejectsFile> Begin(
        Stream stream, ImportFile file, Language language, bool asWorkbook, CancellationToken cancel)
    {
        var isTable = file.Header is not null;
        var workbook = isTable && asWorkbook ? await Workbook(stream, file.Header!, language, cancel) : null;
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: isTable);
        var text = workbook is null ? new StreamWriter(stream, encoding, leaveOpen: true) : null;
        var rejects = new RejectsFile(file, language, text, workbook);
        if (isTable) await rejects.Heading(file.Header!, cancel);
        return rejects;
    }

    private static Task<NewWorkbook> Workbook(Stream stream, TableHeader header, Language language, CancellationToken cancel)
    {
        var widths = Enumerable.Repeat(NewWorkbook.Middle, header.Names.Length).Append(NewWorkbook.Wide);
        return NewWorkbook.Begin(stream, sheetName[language], widths, frozen: 1, cancel);
    }

    private async ValueTask Heading(TableHeader header, CancellationToken cancel)
    {
        string[] names = [.. kept.Select(i => header.Names[i]), .. added.Select(pointer => Columns.At(pointer)!.Name[language])];
        if (text is not null) await text.WriteAsync(Cells.Line(names));
        else await workbook!.Add(names.Select(name => new ShownCell(name, Tone.Heading)), cancel);
    }

    /// <summary>Adds the row of a result where not all it says was recorded.</summary>
    public async ValueTask Add(RowResult result, CancellationToken cancel)
    {
        if ((result.Errors ?? result.Differs) is not { } errors) return;
        var sent = result.Sent!.Source;
        var reasons = errors.Select(Reason).ToList();
        if (file.Header is not { } header)
        {
            await text!.WriteAsync(WithReasons(sent.Text, reasons) + "\n");
            return;
        }
        // Cells beyond the header stay beyond it.
        var (own, beyond) = (kept.Select(sent.Cell).Select(Cells.Read), sent.Cells.Skip(header.Names.Length).Select(Cells.Read));
        string[] cells = [.. own, $"{sent.Line}", string.Join(language == Language.Zh ? "" : " ", reasons), .. beyond];
        if (text is not null) await text.WriteAsync(Cells.Line(cells));
        else await workbook!.Add(cells.Select((cell, i) => new ShownCell(cell, i == kept.Length + 1 ? Tone.Bad : Tone.Plain)), cancel);
    }

    /// <summary>Completes it.</summary>
    public async ValueTask Finish(CancellationToken cancel)
    {
        if (workbook is not null) await workbook.Finish(cancel);
        if (text is not null) await text.FlushAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (workbook is not null) await workbook.DisposeAsync();
        if (text is not null) await text.DisposeAsync();
    }

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
