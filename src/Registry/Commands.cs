using System.CommandLine;
using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Http;
using Registry.Ingest;
using Registry.Transparency;

namespace Registry;

/// <summary>What an operator does on the command line. Each may run while the registry serves: the database takes one writer at a time.</summary>
public static class Commands
{
    public static IEnumerable<Command> All() => [Bodies(), Import(), Reports(), Rebuild(), Verify(), Copy(), LostEntries.Command(), Mirror(), Witness()];

    private static Command Bodies()
    {
        var number = new Argument<string>("approval-number") { Description = "CNCA-R-YYYY-NNN or CNCA-RF-YYYY-NN" };
        var name = new Argument<string>("name");
        var nameEn = new Option<string?>("--name-en");
        var add = new Command("add", "Admit a certification body.") { number, name, nameEn };
        add.SetAction(parsed => With(parsed, async database =>
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
        var withdrawKeys = new Option<bool>("--withdraw-keys") { Description = "With --revoke: withdraw the signing keys that came in through it too" };
        var key = new Command("key", "Make a key of a body, shown once; or revoke one.") { number, label, days, revoke, withdrawKeys };
        key.SetAction(parsed => With(parsed, async database =>
        {
            if (parsed.GetValue(revoke) is { } id)
            {
                await RevokeKey(database, parsed.GetValue(number)!, id, parsed.GetValue(withdrawKeys));
                return;
            }
            var made = await database.WriteAsync(transaction => ApiKeys.Create(transaction, parsed.GetValue(number)!, parsed.GetValue(label)!, transaction.Now.AddDays(Math.Clamp(parsed.GetValue(days), 1, 3650))));
            Console.WriteLine($"Key {made.Id}. It is shown this once and cannot be read again:\n{made.Key}");
        }));

        var kid = new Argument<string>("kid") { Description = "Thumbprint of the key, as GET /v1/keys shows it" };
        var withdrawKey = new Command("withdraw-key", "Withdraw a body's own public key, on the registry's own account: for a body that lost it.") { number, kid };
        withdrawKey.SetAction(parsed => With(parsed, async database =>
        {
            var withdraw = new WithdrawKey { Body = parsed.GetValue(number)!, Kid = parsed.GetValue(kid)!, OnBehalf = false };
            var recorded = await database.WriteAsync(transaction => Publisher.WithdrawKey(transaction, withdraw));
            Console.WriteLine(recorded.New ? $"Withdrawn, log index {recorded.Seq}." : "It was withdrawn before.");
        }));

        var registration = new Argument<FileInfo>("file") { Description = "The registration that the new key has signed itself: a compact JWS" }.AcceptExistingOnly();
        var registerKey = new Command("register-key", "Set a body's public key, on the registry's own account: for a body that lost every key. Every page names it so.") { number, registration };
        registerKey.SetAction(parsed => With(parsed, async (database, _, identity) =>
        {
            var stated = SignedStatements.Registration(await File.ReadAllBytesAsync(parsed.GetValue(registration)!.FullName), parsed.GetValue(number)!, identity.Key, now: null);
            var recorded = await database.WriteAsync(transaction => Publisher.RegisterKey(transaction, stated with { OnBehalf = false }));
            Console.WriteLine(recorded.New ? $"Set key {recorded.Id}, log index {recorded.Seq}. What it signs is shown as signed with a key set by the registry." : "It is registered already.");
        }));

        var list = new Command("list", "List bodies, their API keys and their signing keys.");
        list.SetAction(parsed => With(parsed, database =>
        {
            database.Read(db =>
            {
                foreach (var body in CertificateStore.Bodies(db))
                {
                    Console.WriteLine($"{body.ApprovalNumber}  {body.Name}{(KeyStore.OwnSignatureAt(db, body.ApprovalNumber) is { } at ? $"  its own signature alone counts, entry {at}" : "")}");
                    foreach (var one in ApiKeys.List(db, body.ApprovalNumber))
                        Console.WriteLine($"  key {one.Id}  {one.Label}  expires {Day.Of(DateTimeOffset.FromUnixTimeMilliseconds(one.ExpiresAt)):O}{(one.RevokedAt is null ? "" : "  revoked")}");
                    foreach (var one in KeyStore.List(db, body.ApprovalNumber))
                        Console.WriteLine($"  signs {one.Kid}  {Origin(db, one)}, entry {one.RegisteredAt}{(one.WithdrawnAt is { } withdrawn ? $"  withdrawn, entry {withdrawn}" : "")}");
                }
                return true;
            });
            return Task.CompletedTask;
        }));
        return new Command("bodies", "Certification bodies and their keys.") { add, key, registerKey, withdrawKey, list };
    }

    /// <summary>By what a signing key was registered, in words.</summary>
    private static string Origin(DbConnection db, BodyKey key) => KeyStore.OriginOf(db, key) switch
    {
        { Signer: { } signer } => $"registered by {signer}{(key.SetByRegistry ? ", which goes back to a key set by the registry" : "")}",
        { ByRegistry: true } => "set by the registry",
        { ApiKey: { } apiKey } => $"registered with API key {apiKey}",
        _ => "registered with an API key that older logs do not name",
    };

    /// <summary>Revokes an API key and names the signing keys that came in through it, which go on signing until they are withdrawn too.</summary>
    private static async Task RevokeKey(Database database, string body, string id, bool withdraw)
    {
        var (revoked, through) = await database.WriteAsync<(bool Revoked, List<BodyKey>? Through)>(transaction =>
        {
            var db = transaction.Connection;
            if (ApiKeys.List(db, body).All(one => one.Id != id)) return (false, null);
            var keys = KeyStore.Through(db, body, id);
            if (withdraw) keys.ForEach(one => Publisher.WithdrawKey(transaction, new WithdrawKey { Body = body, Kid = one.Kid, OnBehalf = false }));
            return (ApiKeys.Revoke(transaction, id), keys);
        });
        if (through is null)
        {
            Console.WriteLine($"There is no key {id} of {body} to revoke.");
            return;
        }
        Console.WriteLine(revoked ? $"Revoked key {id}." : $"Key {id} was revoked before.");
        foreach (var one in through) Console.WriteLine($"  signing key {one.Kid} came in through it: {(withdraw ? "withdrawn" : "it still signs")}");
        if (through.Count > 0 && !withdraw) Console.WriteLine($"To withdraw them: bodies key {body} --revoke {id} --withdraw-keys. Did somebody else hold the API key, the body decides which keys are its own.");
    }

    private static Command Import()
    {
        var file = new Argument<FileInfo>("file") { Description = "A table (CSV, separated by comma, tab, semicolon or |) or lines of JSON (NDJSON), gzip or not" }.AcceptExistingOnly();
        var body = new Option<string?>("--body") { Description = "Approval number of the body whose certificates these are; left out, each row names its own (认证机构批准号)" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check every row as the run will, and record nothing" };
        var ignore = new Option<string?>("--ignore") { Description = "Headings of columns to leave out, with commas between" };
        var rejects = new Option<FileInfo?>("--rejects") { Description = "Writes the rows that were not recorded to a file of the same columns, with line and reason beside them, to mend and to send again" };
        var import = new Command("import", $"""
            Record the certificates of a file; all reasons for each rejected row. Exit code 0: all is recorded, 2: some rows are not, 1: it could not be done.

            {Tables.Columns.Described}
            """) { file, body, dryRun, ignore, rejects };
        import.SetAction((parsed, cancel) => WithCode(parsed, async (database, _, _) =>
        {
            var importer = new Importer(database, TimeProvider.System, parsed.GetValue(body), parsed.GetValue(dryRun), Language.Zh);
            await using Stream stream = parsed.GetValue(file)!.OpenRead();
            await using var unpacked = Tables.TextFile.IsGzip(stream) ? await KeptFile.Unpacked(stream, long.MaxValue, cancel) : null;
            var sent = ImportFile.Open(unpacked ?? stream, parsed.GetValue(ignore));
            await using var rejected = parsed.GetValue(rejects)?.Create();
            await using var rejectsFile = rejected is null ? null : new RejectsFile(rejected, sent, Language.Zh);
            await foreach (var result in importer.Run(sent, int.MaxValue, cancel))
            {
                rejectsFile?.Add(result);
                if ((result.Errors ?? result.Differs) is { } errors)
                    Console.WriteLine($"\r第 {result.Row} 行（文件第 {result.Line} 行）{result.Number}{(result.Errors is null ? "，状态已登记，其余不同" : "")}: {string.Join(" ", errors.Select(e => $"{e.Where}: {e.Detail} [{e.Code}]"))}");
                if (result.Row % 200 == 0 && !Console.IsErrorRedirected) Console.Error.Write($"\r{result.Row} rows");
            }
            var summary = importer.Summary;
            Console.WriteLine($"\r{summary.Rows} rows: {summary.Recorded} recorded, {summary.Already} already there, {summary.Rejected} rejected.{(summary.Differing is { } n ? $" {n} of the recorded ones differ besides." : "")}{(parsed.GetValue(dryRun) ? " Dry run: nothing was changed." : "")}");
            return summary.Rejected > 0 || summary.Differing > 0 ? SomeRejected : 0;
        }));
        return import;
    }

    /// <summary>Exit code of an import that did not record every row.</summary>
    private const int SomeRejected = 2;

    private static Command Reports()
    {
        var limit = new Option<int>("--limit") { DefaultValueFactory = _ => 50, Description = "How many, newest first" };
        var reports = new Command("reports", "What the public reported about marks, of every body and of none.") { limit };
        reports.SetAction(parsed => With(parsed, database =>
        {
            foreach (var report in database.Read(db => Marks.ReportStore.List(db, null, long.MaxValue, Math.Clamp(parsed.GetValue(limit), 1, 100_000))))
                Console.WriteLine($"{DateTimeOffset.FromUnixTimeMilliseconds(report.ReportedAt):yyyy-MM-dd HH:mm}Z  {report.Id}  {report.Kind}  {report.Code ?? "-"}  {report.Body ?? "-"}  {report.Place}  {report.Text}");
            return Task.CompletedTask;
        }));
        return reports;
    }

    private static Command Rebuild()
    {
        var rebuild = new Command("rebuild", "Empty every projection and fill it from the log.");
        rebuild.SetAction(parsed => WithCode(parsed, async (database, settings, identity) =>
        {
            var bar = new ProgressBar("statements");
            await database.WriteAsync(transaction =>
            {
                CertificateStore.Rebuild(transaction, bar.Show, Opening.Noted(settings));
                return 0;
            });
            bar.Done();
            await using (Opening.Open(settings, identity, TimeProvider.System, NullLogger<Database>.Instance)) { }
            Console.Error.WriteLine("Rebuilt.");
            return 0;
        }, isDamaged: true));
        return rebuild;
    }

    private static Command Verify()
    {
        var log = new Option<string?>("--log") { Description = "Address of a registry, or a data file; left out, the database of the settings" };
        var key = new Option<string?>("--key") { Description = "Public key of the log; left out, the one of the settings, or the one the address shows" };
        var witness = new Option<string[]>("--witness") { Description = "Public key of a witness that must have cosigned", DefaultValueFactory = _ => [] };
        var policy = new Option<string?>("--policy") { Description = "A file of C2SP tlog-policy whose quorum of witnesses must have cosigned" };
        var evidence = new Option<string?>("--evidence") { Description = "Check a file of evidence against a log instead, as a mirror gives it at /log/evidence; --key is the log's key" };
        var verify = new Command("verify", "Replay a whole log and check every signature, hash, checkpoint and table. Exit code 0: all is right, 1: something is wrong, 2: it could not be checked.") { log, key, witness, policy, evidence };
        verify.SetAction(async (parsed, cancel) =>
        {
            try
            {
                if (parsed.GetValue(evidence) is { } file) return await CheckEvidence(file, parsed.GetValue(key), cancel);
                var settings = SettingsOf(parsed);
                var (where, start) = (parsed.GetValue(log), System.Diagnostics.Stopwatch.GetTimestamp());
                var isUrl = where is not null && (where.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || where.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
                var bar = new ProgressBar("statements");
                var identity = new LogIdentity(await KeyOf(where, isUrl, parsed.GetValue(key), settings, cancel), null);
                VerifierKey[] required = [.. parsed.GetValue(witness)!.Select(text => VerifierKey.Parse(text) ?? throw new InvalidDataException($"“{text}” is no public key."))];
                var audit = new Audit(identity, required, bar.Show, parsed.GetValue(policy) is { } quorum ? WitnessPolicy.Load(quorum) : settings.WitnessPolicy);
                await (isUrl ? audit.Url(where!, cancel) : audit.Stored(where is null ? settings.Location : Location.File(where), cancel));
                if (where is null && settings.SharedLog is { } shared) audit.Shared(settings.Location, shared);
                bar.Done();
                Console.WriteLine($"""
                    log          {identity.Key}
                    entries      {audit.Entries}, of which {audit.ByBodies} signed by bodies themselves
                    statements   {string.Join(", ", audit.Acts.Select(act => $"{act.Value} {act.Key}"))}
                    keys         {(audit.UnderRulesFrom is { } from ? $"under the rules of today from entry {from} on" : "under older rules: an API key could register a further key of its body")}
                    root         {Convert.ToBase64String(audit.Root)}
                    witnesses    {(audit.Cosignatures == 0 ? "none asked for that cosigned" : string.Join("; ", audit.Seen.Select(seen => $"{seen.Key} cosigned up to entry {seen.Value.Size} at {seen.Value.At:yyyy-MM-dd HH:mm:ss}Z")))}
                    checked      every signature and signer, every rule of the lifecycle, every hash, the checkpoint{(audit.TablesCompared ? ", and every table row by row" : "")}
                    took         {System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s
                    """);
                foreach (var remark in audit.Remarks) Console.WriteLine($"NOTE: {remark}");
                foreach (var finding in audit.Findings) Console.WriteLine($"WRONG: {finding}");
                Console.WriteLine(audit.Findings.Count == 0 ? "All is right." : $"{audit.Findings.Count} finding(s). Do not trust what this copy answers.");
                return audit.Findings.Count == 0 ? 0 : 1;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException or TaskCanceledException or SharedLogException or DbException)
            {
                Console.Error.WriteLine($"\nIt could not be checked: {CommandLine.Line(error)}");
                return 2;
            }
        });
        return verify;
    }

    private static async Task<int> CheckEvidence(string file, string? vkey, CancellationToken cancel)
    {
        if (Transparency.Evidence.Parse(await File.ReadAllTextAsync(file, cancel)) is not { } evidence) throw new InvalidDataException($"{file} is no evidence against a log ({Transparency.Evidence.Header}).");
        var key = vkey is null ? evidence.Log : VerifierKey.Parse(vkey) ?? throw new InvalidDataException($"“{vkey}” is no public key of a log (name+id+base64).");
        var proven = evidence.Proves(key);
        Console.WriteLine($"""
            log          {key}{(vkey is null ? " (as the file names it: compare it with the key you know, or give it with --key)" : "")}
            says         {evidence.What}
            {(proven ? "Proven: that key signed this." : "NOT proven: this accuses nobody.")}
            """);
        return proven ? 0 : 1;
    }

    private static async Task<VerifierKey> KeyOf(string? where, bool isUrl, string? given, Settings settings, CancellationToken cancel)
    {
        if (given is not null) return VerifierKey.Parse(given) ?? throw new InvalidDataException($"“{given}” is no public key of a log (name+id+base64).");
        if (isUrl)
        {
            using var remote = new RemoteLog(where!);
            return await remote.KeyAsync(cancel);
        }
        if (where is not null && where != settings.DataFile) settings = settings with { DataFile = where, KeyFile = null };
        var text = (await File.ReadAllTextAsync(settings.KeyPath, cancel)).Trim();
        return VerifierKey.Parse(text) ?? NoteSigner.Parse(text).VerifierKey;
    }

    private static Command Copy()
    {
        var to = new Option<string>("--to") { Required = true, Description = "What to make or to go on with: a data file, or the connection string of a log to share, such as 'Host=localhost;Database=registry'" };
        var copy = new Command("copy", "Carry the registry over to another database through its log, and compare both row by row. Run again after a stop it goes on; the registry may serve meanwhile.") { to };
        copy.SetAction(parsed => With(parsed, async (database, settings, identity) =>
        {
            if (parsed.GetValue(to)!.Contains("Host=", StringComparison.OrdinalIgnoreCase))
            {
                CopyToShared(database, settings, identity, parsed.GetValue(to)!);
                return;
            }
            var target = settings.InFile(parsed.GetValue(to)!) with { KeyFile = settings.KeyPath };
            if (target.Location == database.Location) throw new TransferException("The target is the registry itself.");
            var bar = new ProgressBar("statements");
            await using var made = new Database(target.Location, TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal);
            var transfer = new Transfer(database, made, identity.Key, [new(settings, identity), new(target, identity)], bar.Show);
            await transfer.Run(CancellationToken.None);
            bar.Done();
            Console.WriteLine($"""
                log          {identity.Key}
                entries      {transfer.Size}, {transfer.Added} of them added now
                root         {Convert.ToBase64String(transfer.Root)}
                compared     every row of {Database.Derived.Length + StoredTables.Kept.Length + 1} tables: the same
                key          {Path.GetFullPath(settings.KeyPath)}: it signs this log, here as there
                {(transfer.Since > 0 ? $"The source took {transfer.Since} more meanwhile: something still serves it. Stop that, run this again, and then start from the copy:" : "Stop what serves the source. If it served during the copy, run this once more: it adds the rest. Then start from the copy:")}
                  Registry__Database={target.Database} Registry__DataFile={Path.GetFullPath(target.DataFile)} Registry__KeyFile={Path.GetFullPath(settings.KeyPath)} registry serve
                Never let both serve: two registries that sign with one key make two different logs, which every mirror and witness reports.
                """);
        }));
        return copy;
    }

    private static void CopyToShared(Database database, Settings settings, LogIdentity identity, string to)
    {
        using var source = database.Location.OpenReadOnly();
        using var target = new SharedLog(to, NullLogger.Instance);
        if (settings.SharedLog is { } own && new SharedLog(own, NullLogger.Instance) is var from)
        {
            using (from)
                if (from.Name == target.Name) throw new TransferException("The target is the registry itself.");
        }
        var bar = new ProgressBar("statements");
        var transfer = new SharedTransfer(source, target, identity.Key, bar.Show);
        transfer.Run();
        bar.Done();
        Console.WriteLine($"""
            log          {identity.Key}
            entries      {transfer.Size}, {transfer.Added} of them added now
            root         {Convert.ToBase64String(transfer.Root)}
            compared     every entry and {transfer.Rows} rows of the operator: the same
            key          {Path.GetFullPath(settings.KeyPath)}: every node needs a copy of it
            Stop what serves the source. If it served during the copy, run this once more: it adds the rest. Then start nodes, each with a data file of its own (a copy of this one saves it the catching up):
              Registry__Database=postgres Registry__ConnectionString='…' Registry__KeyFile={Path.GetFullPath(settings.KeyPath)} registry serve
            Never let the source serve again: two registries that sign with one key make two different logs, which every mirror and witness reports.
            """);
    }

    private static Command Mirror()
    {
        var url = new Argument<string>("url") { Description = "Address of the registry, or of another mirror of it" };
        var key = new Option<string?>("--key") { Description = "Public key of the log; left out, the one shown at first sight is kept" };
        var policy = new Option<string?>("--policy") { Description = "A file of C2SP tlog-policy: follow only what its quorum of witnesses has cosigned" };
        var mirror = new Command("mirror", "Follow another registry by its log, verify everything, and serve all reads.") { url, key, policy };
        mirror.TreatUnmatchedTokensAsErrors = false;
        mirror.SetAction(parsed =>
        {
            var settings = SettingsOf(parsed) with { MirrorOf = parsed.GetValue(url) };
            if (parsed.GetValue(key) is { } given) Opening.Identity(settings, VerifierKey.Parse(given) ?? throw new InvalidDataException($"“{given}” is no public key of a log (name+id+base64)."));
            string[] policyFile = parsed.GetValue(policy) is { } file ? [$"--Registry:Policy={file}"] : [];
            return Server.Run([.. parsed.UnmatchedTokens, $"--Registry:MirrorOf={parsed.GetValue(url)}", .. policyFile], demo: false);
        });
        return mirror;
    }

    /// <summary>Longest time between two looks of a witness, in seconds: a day.</summary>
    private const int MaxInterval = 24 * 60 * 60;

    private static Command Witness()
    {
        var url = new Argument<string>("url") { Description = "Address of the registry whose log is witnessed" };
        var also = new Option<string[]>("--also") { Description = "Address of a further registry whose log is witnessed under the same key", DefaultValueFactory = _ => [] };
        var key = new Option<string[]>("--key") { Description = "Public key of each log, in the order of the addresses; left out, those shown at first sight are kept", DefaultValueFactory = _ => [] };
        var interval = new Option<int>("--interval") { DefaultValueFactory = _ => 60, Description = "Seconds between two looks of its own at each log; 0 to wait for what registries bring" };
        var witness = new Command("witness", "Cosign the checkpoints of logs (C2SP tlog-witness).") { url, also, key, interval };
        interval.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 0 or > MaxInterval) given.AddError($"--interval is a number of seconds from 0 to {MaxInterval}.");
        });
        witness.TreatUnmatchedTokensAsErrors = false;
        witness.SetAction(parsed => WitnessServer.Serve([.. parsed.UnmatchedTokens], [parsed.GetValue(url)!, .. parsed.GetValue(also)!], parsed.GetValue(key)!, TimeSpan.FromSeconds(parsed.GetValue(interval))));
        return witness;
    }

    /// <summary>The settings, of the arguments those that no command takes: the framework would read the path of a file as the name of a setting, and the
    /// argument after it as its value.</summary>
    public static Settings SettingsOf(ParseResult parsed) => Settings.Read(WebApplication.CreateBuilder([.. parsed.UnmatchedTokens]).Configuration);

    /// <summary>How long a shared log that is busy or being replaced is waited for.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    /// <summary>Opens the database the settings name and turns refusals into a line and exit code 1; all else that fails becomes one in <c>Program.cs</c>.</summary>
    private static Task<int> With(ParseResult parsed, Func<Database, Task> act) => With(parsed, (database, _, _) => act(database));

    private static Task<int> With(ParseResult parsed, Func<Database, Settings, LogIdentity, Task> act) => WithCode(parsed, async (database, settings, identity) =>
    {
        await act(database, settings, identity);
        return 0;
    });

    private static async Task<int> WithCode(ParseResult parsed, Func<Database, Settings, LogIdentity, Task<int>> act, bool isDamaged = false)
    {
        try
        {
            var settings = SettingsOf(parsed);
            if (settings.MirrorOf is not null) throw new FaultException(new Fault(Refusal.Mirror, "", settings.MirrorOf));
            var identity = Opening.Identity(settings);
            using var warnings = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft", LogLevel.None));
            var log = warnings.CreateLogger<Database>();
            await using var database = isDamaged ? Opening.OpenDamaged(settings, identity, TimeProvider.System, log) : Opening.Open(settings, identity, TimeProvider.System, log);
            var bar = new ProgressBar("statements");
            await Opening.Level(database, patience, bar.Show, CancellationToken.None);
            if (!isDamaged && database.Node is null) await database.WriteAsync(transaction => CertificateStore.Complete(transaction));
            var code = await act(database, settings, identity);
            if (database.Read(TreeStore.Newest) is { } newest) new Publication(settings, identity).Show(newest);
            return code;
        }
        catch (FaultException refused)
        {
            foreach (var fault in refused.Faults) Console.Error.WriteLine($"{fault.Message(Language.En)} {fault.Message(Language.Zh)}");
            return 1;
        }
    }
}

/// <summary>One line on the terminal that shows how far a long work has come; nothing where nobody looks.</summary>
public sealed class ProgressBar(string what)
{
    private const int Width = 30;
    private long shown;

    public void Show(long done, long all)
    {
        if (Console.IsErrorRedirected || done < all && System.Diagnostics.Stopwatch.GetElapsedTime(shown).TotalMilliseconds < 100) return;
        shown = System.Diagnostics.Stopwatch.GetTimestamp();
        var full = all == 0 ? Width : (int)(done * Width / all);
        Console.Error.Write($"\r[{new string('#', full)}{new string('.', Width - full)}] {done} of {all} {what}");
    }

    public void Done()
    {
        if (!Console.IsErrorRedirected) Console.Error.WriteLine();
    }
}
