using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;

namespace Registry.Commands;

/// <summary><c>registry rebuild</c>: every projection anew from the log.</summary>
public static class RebuildCommand
{
    private const string IsStopped = "Stopped. Nothing was changed; run it again and it goes on where it was.";

    public static Command Make()
    {
        var rebuild = new Command("rebuild", "Make every table that the log makes anew, beside a registry that may be serving, and put them in the place of the old ones.");
        rebuild.SetAction((parsed, cancel) => CommandLine.Interruptible(() => OpenRegistry.Run(parsed, async (database, settings, identity) =>
        {
            var bar = new ProgressBar("statements");
            await new Rebuilding(database.Location, identity, TimeProvider.System, Opening.Noted(settings), bar.Show, NullLogger.Instance).Run(cancel);
            bar.Done();
            await using (Opening.Open(settings, identity, TimeProvider.System, NullLogger<Database>.Instance)) { }
            Console.Error.WriteLine("Rebuilt.");
            return 0;
        }, isDamaged: true), IsStopped));
        return rebuild;
    }
}
