using System.CommandLine;
using Registry.Ingest;
using Registry.Tables;

namespace Registry.Commands;

/// <summary><c>registry import</c>: the certificates of a file.</summary>
public static class ImportCommand
{
    /// <summary>Exit code of an import that did not record every row.</summary>
    private const int SomeRejected = 2;
    /// <summary>Rows between two counts on the terminal.</summary>
    private const int CountEvery = 200;

    private const string About = "Record the certificates of a file; all reasons for each rejected row. "
        + "Exit code 0: all is recorded, 2: some rows are not, 1: it could not be done.";

    private const string IsStopped = "Stopped. What was recorded stays; run it again with the same file: "
        + "what is there already is recognised, and it goes on after it.";

    public static Command Make()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "A table (a workbook of Excel, or CSV separated by comma, tab, semicolon or |) "
                + "or lines of JSON (NDJSON), gzip or not",
        }.AcceptExistingOnly();
        var body = new Option<string?>("--body")
        {
            Description = "Approval number of the body whose certificates these are; left out, each row names its own (认证机构批准号)",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check every row as the run will, and record nothing" };
        var ignore = new Option<string?>("--ignore") { Description = "Headings of columns to leave out, with commas between" };
        var sheet = new Option<string?>("--sheet")
        {
            Description = "Name or place (1, 2, …) of the sheet of a workbook; left out, the one whose headings are known best",
        };
        var rejects = new Option<FileInfo?>("--rejects")
        {
            Description = "Writes the rows that were not recorded to a file of the same columns, with line and reason beside them, "
                + "to mend and to send again; a name that ends in .xlsx makes it a workbook",
        };
        var import = new Command("import", $"{About}\n\n{Columns.Described}") { file, body, dryRun, ignore, sheet, rejects };
        import.SetAction((parsed, cancel) => CommandLine.Interruptible(() => OpenRegistry.Run(parsed, async (database, _, _) =>
        {
            var importer = new Importer(database, TimeProvider.System, parsed.GetValue(body), parsed.GetValue(dryRun), Language.Zh);
            await using Stream stream = parsed.GetValue(file)!.OpenRead();
            await using var unpacked = TextFile.IsGzip(stream) ? await KeptFile.Unpacked(stream, long.MaxValue, cancel) : null;
            var sent = ImportFile.Open(unpacked ?? stream, new(parsed.GetValue(ignore), parsed.GetValue(sheet)), WorkbookBounds.Own);
            await using var rejected = parsed.GetValue(rejects)?.Create();
            var asWorkbook = parsed.GetValue(rejects)?.Extension.Equals(".xlsx", StringComparison.OrdinalIgnoreCase) == true;
            await using var rejectsFile = rejected is null ? null
                : await RejectsFile.Begin(rejected, sent, Language.Zh, asWorkbook, cancel);
            await foreach (var result in importer.Run(sent, int.MaxValue, cancel))
            {
                if (rejectsFile is not null) await rejectsFile.Add(result, cancel);
                if ((result.Errors ?? result.Differs) is { } errors) Console.WriteLine(Line(result, errors));
                if (result.Row % CountEvery == 0 && !Console.IsErrorRedirected) Console.Error.Write($"\r{result.Row} rows");
            }
            if (rejectsFile is not null) await rejectsFile.Finish(cancel);
            Console.WriteLine($"\r{Total(importer.Summary)}{(parsed.GetValue(dryRun) ? " Dry run: nothing was changed." : "")}");
            return importer.Summary is { Rejected: > 0 } or { Differing: > 0 } ? SomeRejected : 0;
        }), IsStopped));
        return import;
    }

    private static string Line(RowResult result, IEnumerable<RowError> errors)
    {
        var recorded = result.Errors is null ? "，状态已登记，其余不同" : "";
        var reasons = errors.Select(error => $"{error.Where}: {error.Detail} [{error.Code}]");
        return $"\r第 {result.Row} 行（文件第 {result.Line} 行）{result.Number}{recorded}: {string.Join(" ", reasons)}";
    }

    private static string Total(ImportSummary summary)
    {
        var differing = summary.Differing is { } rows ? $" {rows} of the recorded ones differ besides." : "";
        var recorded = $"{summary.Recorded} recorded, {summary.Already} already there, {summary.Rejected} rejected";
        return $"{summary.Rows} rows: {recorded}.{differing}";
    }
}
