using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry rebuild</c>: every projection anew from the log.</summary>
public static class RebuildCommand
{
    private const string About = "Make every table that the log makes anew, beside a registry that may be serving, "
        + "and put them in the place of the old ones.";

    private const string IsStopped = "Stopped. Nothing was changed; run it again and it goes on where it was.";

    public static Command Make()
    {
        var rebuild = new Command("rebuild", About);
        rebuild.SetAction((parsed, cancel) => CommandLine.Interruptible(
            () => OpenRegistry.Run(parsed, (database, settings, identity) => Run(database, settings, identity, cancel), isDamaged: true),
            IsStopped));
        return rebuild;
    }

    private static async Task<int> Run(Database database, Settings settings, LogIdentity identity, CancellationToken cancel)
    {
        var (bar, noted) = (new ProgressBar("statements"), Opening.Noted(settings));
        await new Rebuilding(database.Location, identity, TimeProvider.System, noted, bar.Show, NullLogger.Instance).Run(cancel);
        bar.Done();
        await using (Opening.Open(settings, identity, TimeProvider.System, NullLogger<Database>.Instance)) { }
        Console.Error.WriteLine("Rebuilt.");
        return 0;
    }
}
