using System.CommandLine;
using System.Data.Common;
using System.Diagnostics;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry verify</c>: a whole log replayed and checked, or evidence against one.</summary>
public static class VerifyCommand
{
    /// <summary>Exit code when it could not be checked, which says nothing of the log.</summary>
    private const int NotChecked = 2;

    private const string About = "Replay a whole log and check every signature, hash, checkpoint and table. "
        + "Exit code 0: all is right, 1: something is wrong, 2: it could not be checked.";

    public static Command Make()
    {
        var log = new Option<string?>("--log")
        {
            Description = "Address of a registry, or a data file; left out, the database of the settings",
        };
        var key = new Option<string?>("--key")
        {
            Description = "Public key of the log; left out, the one of the settings, or the one the address shows",
        };
        var witness = new Option<string[]>("--witness")
        {
            Description = "Public key of a witness that must have cosigned",
            DefaultValueFactory = _ => [],
        };
        var policy = Policy();
        var evidence = new Option<string?>("--evidence")
        {
            Description = "Check a file of evidence against a log instead, as a mirror gives it at /log/evidence; --key is the log's key",
        };
        var work = new Option<string?>("--work")
        {
            Description = "A folder to work in: stopped, it goes on there when it is run again. "
                + "Left out, a temporary one, and stopped it begins anew",
        };
        var verify = new Command("verify", About) { log, key, witness, policy, evidence, work };
        verify.SetAction((parsed, cancel) => CommandLine.Interruptible(async () =>
        {
            try
            {
                if (parsed.GetValue(evidence) is { } file) return await CheckEvidence(file, parsed.GetValue(key), cancel);
                var settings = CommandLine.SettingsOf(parsed);
                var where = parsed.GetValue(log);
                var known = await KeyOf(parsed.GetValue(key), where, settings, cancel) ?? throw new FileNotFoundException(
                    $"There is no key of the log at {settings.KeyPath}: give the log's public key with --key.");
                var identity = new LogIdentity(known, null);
                VerifierKey[] required = [.. parsed.GetValue(witness)!.Select(WitnessKey)];
                var quorum = parsed.GetValue(policy) is { } named ? WitnessPolicy.Load(named) : settings.WitnessPolicy;
                var show = new ProgressBar("statements").Show;
                return await CheckLog(where, settings, new(identity, required, show, quorum, parsed.GetValue(work)), cancel);
            }
            catch (Exception error) when (!cancel.IsCancellationRequested && CannotCheck(error))
            {
                Console.Error.WriteLine($"\nIt could not be checked: {Trouble.Line(error)}");
                return NotChecked;
            }
        }, Stopped(parsed.GetValue(work))));
        return verify;
    }

    private static string Stopped(string? work) => work is null
        ? "Stopped, and nothing is left of it. With --work FOLDER it can go on where it was."
        : $"Stopped. Run it again with --work {work}, and it goes on where it was.";

    /// <summary>The option that names a policy of witnesses.</summary>
    internal static Option<string?> Policy() =>
        new("--policy") { Description = "A file of C2SP tlog-policy whose quorum of witnesses must have cosigned" };

    private static bool CannotCheck(Exception error) =>
        error is HttpRequestException or IOException or InvalidDataException or CannotStartException or DbException;

    private static async Task<int> CheckLog(string? where, Settings settings, Audit audit, CancellationToken cancel)
    {
        var begun = Stopwatch.GetTimestamp();
        if (where is not null && IsUrl(where)) await audit.Url(where, cancel);
        else await audit.Stored(where is null ? settings.Location : Location.File(where), where is null ? settings.ShipTo : null, cancel);
        if (where is null && settings.SharedLog is { } shared) audit.Shared(settings.Location, shared);
        if (!Console.IsErrorRedirected) Console.Error.WriteLine();
        Tell(audit, Stopwatch.GetElapsedTime(begun));
        return audit.Findings.Count == 0 ? 0 : 1;
    }

    private static void Tell(Audit audit, TimeSpan took)
    {
        var acts = string.Join(", ", audit.Acts.Select(act => $"{act.Value} {act.Key}"));
        var rules = audit.UnderRulesFrom is { } from
            ? $"under the rules of today from entry {from} on"
            : "under older rules: an API key could register a further key of its body";
        var seen = audit.Seen.Select(seen => $"{seen.Key} cosigned up to entry {seen.Value.Size} at {seen.Value.At:yyyy-MM-dd HH:mm:ss}Z");
        var tables = audit.TablesCompared ? ", and every table row by row" : "";
        var before = audit.CheckedBefore > 0 ? $"; {audit.CheckedBefore} were checked by the run before this one" : "";
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        Console.WriteLine($"""
            log          {audit.Identity.Key}
            entries      {audit.Entries}, of which {audit.ByBodies} signed by bodies themselves{before}
            statements   {acts}
            keys         {rules}
            root         {Convert.ToBase64String(audit.Root)}
            witnesses    {(audit.Cosignatures == 0 ? "none asked for that cosigned" : string.Join("; ", seen))}
            checked      every signature and signer, every rule of the lifecycle, every hash, the checkpoint{tables}
            took         {took.TotalSeconds:0.0} s, {processor.TotalSeconds:0.0} s of processor time
            """);
        foreach (var remark in audit.Remarks) Console.WriteLine($"NOTE: {remark}");
        foreach (var finding in audit.Findings) Console.WriteLine($"WRONG: {finding}");
        Console.WriteLine(audit.Findings.Count == 0 ? "All is right."
            : $"{audit.Findings.Count} finding(s). Do not trust what this copy answers.");
    }

    private static async Task<int> CheckEvidence(string file, string? vkey, CancellationToken cancel)
    {
        var evidence = Evidence.Parse(await File.ReadAllTextAsync(file, cancel))
            ?? throw new InvalidDataException($"{file} is no evidence against a log ({Evidence.Header}).");
        var key = vkey is null ? evidence.Log : LogKey(vkey);
        var proven = evidence.Proves(key);
        var asNamed = vkey is null ? " (as the file names it: compare it with the key you know, or give it with --key)" : "";
        Console.WriteLine($"""
            log          {key}{asNamed}
            says         {evidence.What}
            {(proven ? "Proven: that key signed this." : "NOT proven: this accuses nobody.")}
            """);
        return proven ? 0 : 1;
    }

    /// <summary>The key of the command line, of the log at an address, beside a data file, or of the settings; null where there is
    /// none.</summary>
    public static async Task<VerifierKey?> KeyOf(string? given, string? log, Settings settings, CancellationToken cancel)
    {
        if (given is not null) return LogKey(given);
        if (log is not null && IsUrl(log))
        {
            using var remote = new RemoteLog(log);
            return await remote.KeyAsync(cancel);
        }
        // A backup has no key beside it: it is this registry's, or it will not fit.
        var file = log is not null && Path.ChangeExtension(log, ".key") is var beside && File.Exists(beside) ? beside : settings.KeyPath;
        return File.Exists(file) ? KeyIn(file) : null;
    }

    /// <summary>The public key of a log whose key file lies here: a registry's, or a mirror's.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no key.</exception>
    public static VerifierKey KeyIn(string file)
    {
        var text = File.ReadAllText(file).Trim();
        try { return VerifierKey.Parse(text) ?? NoteSigner.Parse(text).VerifierKey; }
        catch (InvalidDataException error) { throw new InvalidDataException($"{file}: {error.Message}", error); }
    }

    internal static bool IsUrl(string where) =>
        where.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || where.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>A public key of a log as somebody typed it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static VerifierKey LogKey(string text) =>
        VerifierKey.Parse(text) ?? throw new InvalidDataException($"“{text}” is no public key of a log (name+id+base64).");

    private static VerifierKey WitnessKey(string text) =>
        VerifierKey.Parse(text) ?? throw new InvalidDataException($"“{text}” is no public key.");
}
