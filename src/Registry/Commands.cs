using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Http;
using Registry.Ingest;

namespace Registry;

/// <summary>What an operator does on the command line. Each may run while the registry serves: the file takes one writer at a time.</summary>
public static class Commands
{
    public static IEnumerable<Command> All(string[] args) => [Bodies(args), Import(args), Reports(args), Rebuild(args)];

    private static Command Bodies(string[] args)
    {
        var number = new Argument<string>("approval-number") { Description = "CNCA-R-YYYY-NNN or CNCA-RF-YYYY-NN" };
        var name = new Argument<string>("name");
        var nameEn = new Option<string?>("--name-en");
        var add = new Command("add", "Admit a certification body.") { number, name, nameEn };
        add.SetAction(parsed => With(args, async database =>
        {
            var (clean, refusal) = PlainText.Clean(parsed.GetValue(name), CertificateDraft.MaxName);
            if (clean is null) throw new FaultException(new Fault(refusal ?? Refusal.Required, "", CertificateDraft.MaxName));
            var admit = new Admit { Body = parsed.GetValue(number)!, Name = clean, NameEn = PlainText.Clean(parsed.GetValue(nameEn), CertificateDraft.MaxName).Text };
            var recorded = await database.WriteAsync(transaction => Publisher.Admit(transaction, admit));
            Console.WriteLine(recorded.New ? $"Admitted {admit.Body} {admit.Name}, log index {recorded.Seq}." : $"{admit.Body} is admitted already.");
        }));

        var label = new Option<string>("--label") { DefaultValueFactory = _ => "default", Description = "What the key is for" };
        var days = new Option<int>("--days") { DefaultValueFactory = _ => 365, Description = "Days until it expires" };
        var revoke = new Option<string?>("--revoke") { Description = "Id of a key to revoke instead" };
        var key = new Command("key", "Make a key of a body, shown once; or revoke one.") { number, label, days, revoke };
        key.SetAction(parsed => With(args, async database =>
        {
            if (parsed.GetValue(revoke) is { } id)
            {
                Console.WriteLine(await database.WriteAsync(transaction => ApiKeys.Revoke(transaction, id)) ? $"Revoked key {id}." : $"There is no key {id} to revoke.");
                return;
            }
            var made = await database.WriteAsync(transaction => ApiKeys.Create(transaction, parsed.GetValue(number)!, parsed.GetValue(label)!, transaction.Now.AddDays(Math.Clamp(parsed.GetValue(days), 1, 3650))));
            Console.WriteLine($"Key {made.Id}. It is shown this once and cannot be read again:\n{made.Key}");
        }));

        var list = new Command("list", "List bodies and their keys.");
        list.SetAction(_ => With(args, database =>
        {
            foreach (var (body, called, keys) in database.Read(db => CertificateStore.Bodies(db).Select(b => (b.ApprovalNumber, b.Name, ApiKeys.List(db, b.ApprovalNumber))).ToList()))
            {
                Console.WriteLine($"{body}  {called}");
                foreach (var one in keys)
                    Console.WriteLine($"  key {one.Id}  {one.Label}  expires {Day.Of(DateTimeOffset.FromUnixTimeMilliseconds(one.ExpiresAt)):O}{(one.RevokedAt is null ? "" : "  revoked")}");
            }
            return Task.CompletedTask;
        }));
        return new Command("bodies", "Certification bodies and their keys.") { add, key, list };
    }

    private static Command Import(string[] args)
    {
        var file = new Argument<FileInfo>("file") { Description = "CSV with the body's headers, or NDJSON when it ends in .ndjson" }.AcceptExistingOnly();
        var body = new Option<string>("--body") { Required = true, Description = "Approval number of the body whose certificates these are" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check every row and record nothing" };
        var import = new Command("import", "Record the certificates of a file; one reason for each rejected row.") { file, body, dryRun };
        import.SetAction(parsed => With(args, async database =>
        {
            var importer = new Importer(database, TimeProvider.System, parsed.GetValue(body)!, parsed.GetValue(dryRun), Language.Zh);
            await using var stream = parsed.GetValue(file)!.OpenRead();
            await foreach (var result in parsed.GetValue(file)!.Extension == ".ndjson" ? importer.Ndjson(stream) : importer.Csv(stream))
            {
                if (result.Errors is { } errors)
                    Console.WriteLine($"\r第 {result.Row} 行 {result.Number}: {string.Join(" ", errors.Select(e => $"{e.Where}: {e.Detail} [{e.Code}]"))}");
                if (result.Row % 200 == 0) Console.Error.Write($"\r{result.Row} rows");
            }
            var summary = importer.Summary;
            Console.WriteLine($"\r{summary.Rows} rows: {summary.Recorded} recorded, {summary.Already} already there, {summary.Rejected} rejected.{(parsed.GetValue(dryRun) ? " Dry run: nothing was changed." : "")}");
        }));
        return import;
    }

    private static Command Reports(string[] args)
    {
        var limit = new Option<int>("--limit") { DefaultValueFactory = _ => 50, Description = "How many, newest first" };
        var reports = new Command("reports", "What the public reported about marks, of every body and of none.") { limit };
        reports.SetAction(parsed => With(args, database =>
        {
            foreach (var report in database.Read(db => Marks.ReportStore.List(db, null, long.MaxValue, Math.Clamp(parsed.GetValue(limit), 1, 100_000))))
                Console.WriteLine($"{DateTimeOffset.FromUnixTimeMilliseconds(report.ReportedAt):yyyy-MM-dd HH:mm}Z  {report.Id}  {report.Kind}  {report.Code ?? "-"}  {report.Body ?? "-"}  {report.Place}  {report.Text}");
            return Task.CompletedTask;
        }));
        return reports;
    }

    private static Command Rebuild(string[] args)
    {
        var rebuild = new Command("rebuild", "Empty every projection and fill it from the log.");
        rebuild.SetAction(_ => With(args, async database =>
        {
            await database.WriteAsync(transaction =>
            {
                CertificateStore.Rebuild(transaction, (done, all) => Console.Error.Write($"\r{done} of {all} statements"));
                return 0;
            });
            Console.Error.WriteLine("\nRebuilt.");
        }));
        return rebuild;
    }

    /// <summary>Opens the data file the settings name and turns refusals into a line and exit code 1.</summary>
    private static async Task<int> With(string[] args, Func<Database, Task> act)
    {
        try
        {
            var settings = Settings.Read(WebApplication.CreateBuilder(args).Configuration);
            await using var database = new Database(settings.DataFile, TimeProvider.System, NullLogger<Database>.Instance);
            await act(database);
            return 0;
        }
        catch (FaultException refused)
        {
            foreach (var fault in refused.Faults) Console.Error.WriteLine($"{fault.Message(Language.En)} {fault.Message(Language.Zh)}");
            return 1;
        }
    }
}
