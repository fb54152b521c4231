using System.CommandLine;
using System.Globalization;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry restore</c>: a registry from a backup and what was shipped since, proven.</summary>
public static class RestoreCommand
{
    public static Command Make()
    {
        var from = new Argument<string>("from")
        {
            Description = "A folder or file that `registry backup` made; or a folder that Registry:ShipTo named, for the log alone",
        };
        var shipped = new Option<string?>("--shipped")
        {
            Description = "A folder that Registry:ShipTo named; left out, the one of the settings, if there is one",
        };
        var acceptLoss = new Option<bool>("--accept-loss")
        {
            Description = "Go on although entries that were published are lost for good. "
                + "This forks the log: it states so itself, and every mirror and witness reports it",
        };
        var restore = new Command("restore", "Put the registry back where the settings say, and prove it. "
            + "The log's key must be there already; nothing is written over a registry that is there.") { from, shipped, acceptLoss };
        restore.SetAction((parsed, cancel) => CommandLine.Interruptible(async () =>
        {
            var settings = CommandLine.SettingsOf(parsed);
            if (settings.MirrorOf is not null) throw new TransferException(OfMirror);
            var (backup, folder) = Sources(parsed.GetValue(from)!, parsed.GetValue(shipped), settings.ShipTo);
            var bar = new ProgressBar("entries");
            var restored = new Restoring(settings, KeyOf(settings), TimeProvider.System, bar.Show);
            await restored.Run(backup, folder, parsed.GetValue(acceptLoss), cancel);
            bar.Done();
            Tell(settings, restored, backup);
            return 0;
        }, "Stopped. Nothing was restored."));
        return restore;
    }

    private const string OfMirror = "A mirror needs no backup: it makes its copy anew from its origin. "
        + "To go on with a lost registry from a mirror's file, restore that file as a backup.";

    /// <summary>What a place holds: a backup, a shipped log, or both, where both were sent to one folder.</summary>
    /// <exception cref="TransferException">There are two shipped logs to choose from.</exception>
    private static (string? Backup, string? Shipped) Sources(string from, string? shipped, string? shipTo)
    {
        if (!ShippedLog.IsAt(from)) return (from, shipped ?? (shipTo is not null && ShippedLog.IsAt(shipTo) ? shipTo : null));
        if (shipped is not null && Path.GetFullPath(shipped) != Path.GetFullPath(from))
            throw new TransferException($"{from} is a shipped log itself, and {shipped} is named as one too: "
                + "name the backup, and one of them with --shipped.");
        return (File.Exists(Path.Combine(from, Backup.DataName)) ? from : null, from);
    }

    private static LogIdentity KeyOf(Settings settings)
    {
        if (!File.Exists(settings.KeyPath))
            throw new FileNotFoundException($"Put the key of the log at {settings.KeyPath} first: "
                + "a backup never holds it, and a new key makes a new log.");
        var signer = NoteSigner.Load(settings.KeyPath, settings.NewOrigin, VerifierKey.Signature, mayCreate: false);
        return new(signer.VerifierKey, signer);
    }

    private const string WithoutBackup = "NOTE: what the log does not hold is lost: make new API keys for the bodies (bodies key). "
        + "Items of serialised marks cannot be checked without their seeds.";

    private const string AsOfBackup =
        "NOTE: API keys, seeds of marks, counts of scans and reports are as of the backup: make anew what is missing since.";

    private static void Tell(Settings settings, Restoring restored, string? backup)
    {
        var recordedTo = restored.RecordedTo?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never";
        Console.WriteLine($"""
            entries      {restored.FromBackup + restored.FromShipped}, of them {restored.FromShipped} from what was shipped
            recorded to  {recordedTo}
            root         {Convert.ToBase64String(restored.Root)}
            proven       every entry, against every checkpoint that could be found
            restored     {settings.Location}
            """);
        foreach (var witness in restored.Losses!.Unheard)
            Console.WriteLine($"NOTE: the witness {witness} could not be asked what it has seen. It is asked again at the start.");
        Console.WriteLine(backup is null ? WithoutBackup : AsOfBackup);
        foreach (var lost in restored.Losses.Words) Console.WriteLine($"LOST: {lost}");
        if (restored.Losses.RecordedAt is { } at) Console.WriteLine($"Entry {at} of the log states it. {Losses.Consequences}");
        Console.WriteLine("Now `registry verify` compares every table with the log, and `registry serve` goes on.");
    }
}
