using System.CommandLine;
using Registry.Custody;
using Registry.Dumps;

namespace Registry.Commands;

/// <summary><c>registry dump</c>: what a registry publishes every night, once.</summary>
public static class DumpCommand
{
    private const string About = "Make the dump of today, as a registry does every night: every certificate as the public reads it, "
        + "as CSV, NDJSON and a SQLite file, signed. It may serve meanwhile.";

    public static Command Make()
    {
        var to = new Argument<string?>("to")
        {
            Description = "A folder; left out, that of Registry:Dumps",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var dump = new Command("dump", About) { to };
        dump.SetAction((parsed, cancel) => CommandLine.Interruptible(() => OpenRegistry.Run(parsed, async (database, settings, identity) =>
        {
            var place = parsed.GetValue(to) ?? settings.Dumps ?? throw new InvalidDataException("Name a folder, or set Registry:Dumps.");
            var (folder, publication) = (new DumpFolder(place), new Publication(settings, identity));
            var bar = new ProgressBar("entries");
            var made = await new Dump(database, identity, publication, settings, TimeProvider.System).Make(folder, bar.Show, cancel);
            bar.Done();
            Console.WriteLine($"""
                certificates {made.Certificates}, as of {made.Day:yyyy-MM-dd}
                entries      {made.Log.Size}
                root         {made.Log.Root}
                dump         {Path.Combine(folder.Path, made.Day.ToString("O"))}
                """);
            return 0;
        }), "Stopped. The dumps that were there before are as they were."));
        return dump;
    }
}
