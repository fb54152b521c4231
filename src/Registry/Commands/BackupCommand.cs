using System.CommandLine;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry backup</c>: a proven copy of the registry, made while it serves.</summary>
public static class BackupCommand
{
    private const string About = "Copy the registry as of now, while it serves, and prove the copy. "
        + "It holds everything but the key of the log.";

    public static Command Make()
    {
        var to = new Argument<string>("to") { Description = "A folder; or, with a name that ends in .db, the data file alone" };
        var backup = new Command("backup", About) { to };
        backup.SetAction((parsed, cancel) => CommandLine.Interruptible(async () =>
        {
            var settings = CommandLine.SettingsOf(parsed);
            var bar = new ProgressBar("pages");
            var made = new Backup(settings, KeyIn(settings), bar.Show);
            await made.Make(parsed.GetValue(to)!, cancel);
            bar.Done();
            var key = Path.GetFullPath(settings.KeyPath);
            Console.WriteLine($"""
                entries      {made.Size}, proven
                root         {Convert.ToBase64String(made.Root)}
                backup       {made.DataFile}
                NOT in it    the key of the log, {key}: {KeyApart}
                {Since(settings.ShipTo)}
                """);
            return 0;
        }, "Stopped. The backup that was there before, if any, is as it was."));
        return backup;
    }

    private const string KeyApart = "nobody can go on with the log without it. Keep copies of it apart from this one.";

    private static string Since(string? shipTo) => shipTo is null
        ? "What is recorded from now on is not in it: Registry:ShipTo ships it to a folder as it is recorded."
        : $"What is recorded from now on is shipped to {shipTo}.";

    /// <summary>The public key, of a registry or of a mirror.</summary>
    private static VerifierKey KeyIn(Settings settings)
    {
        if (!File.Exists(settings.KeyPath))
            throw new FileNotFoundException($"The key {settings.KeyPath} is missing: a backup is proven with it.", settings.KeyPath);
        return VerifyCommand.KeyIn(settings.KeyPath);
    }
}
