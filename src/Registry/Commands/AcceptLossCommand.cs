using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary>
/// The way out when the server that held the whole shared log is gone for good and the one that is left lacks entries that this node's file holds. To put
/// them back (<c>copy --to</c>) loses nothing and comes first. Where the other log has gone on by itself that is no longer possible: then its entries count, and
/// what was acknowledged and is not among them is lost. That is a fork, and nobody is spared knowing it.
/// </summary>
public static class AcceptLossCommand
{
    public static Command Make()
    {
        var yes = new Option<bool>("--yes") { Description = "Do it; left out, only tell what would be lost" };
        var command = new Command("accept-loss", "On a node whose file holds entries that the shared log lacks: give them up, so that the node starts anew from the shared log. Stop the node first.") { yes };
        command.SetAction(parsed =>
        {
            try { return Run(CommandLine.SettingsOf(parsed), parsed.GetValue(yes)); }
            catch (Exception error) when (error is CannotStartException or InvalidDataException or IOException or System.Data.Common.DbException)
            {
                Console.Error.WriteLine(error.Message);
                return 1;
            }
        });
        return command;
    }

    private static int Run(Settings settings, bool yes)
    {
        var address = settings.SharedLog ?? throw new InvalidDataException("This registry shares no log (Registry:Database=postgres).");
        List<Entry> lost;
        long held, kept;
        using (var log = new SharedLog(address, NullLogger.Instance))
        using (var file = settings.Location.OpenReadOnly())
        {
            held = EntryLog.Size(file);
            var there = log.Read(default).Head.Size;
            kept = Level(log, file, Math.Min(held, there));
            lost = EntryLog.Range(file, kept, int.MaxValue);
            Console.WriteLine($"This node's file holds {held} entries, the shared log {there}; the first {kept} are the same.");
            if (lost.Count == 0)
            {
                Console.WriteLine("Nothing would be lost: start the node.");
                return 0;
            }
            Console.WriteLine(there == kept
                ? "The shared log can take them back, and nothing is lost. Do that instead, from the node whose file holds the most:\n"
                    + $"  registry copy --Registry:Database=sqlite --Registry:DataFile={Path.GetFullPath(settings.DataFile)} --Registry:KeyFile={Path.GetFullPath(settings.KeyPath)} --to '…'"
                : "The shared log has gone on by itself: they cannot be put back.");
        }
        foreach (var entry in lost.Take(20)) Console.WriteLine($"  {entry.Seq}  {entry.Statement.GetType().Name}  {entry.Statement.Body}  {entry.Statement.RecordedAt:O}");
        if (lost.Count > 20) Console.WriteLine($"  … and {lost.Count - 20} more");
        if (!yes)
        {
            Console.WriteLine("With --yes they are given up: acknowledged, and no longer in the log.");
            return 1;
        }
        Aside(settings, lost);
        return 0;
    }

    /// <summary>How many entries both hold: those of a log that was left behind differ from one index on.</summary>
    private static long Level(SharedLog log, System.Data.Common.DbConnection file, long most)
    {
        var (same, other) = (0L, most + 1);
        while (other - same > 1)
        {
            var middle = same + (other - same) / 2;
            var there = log.Read(new(middle - 1, 0)).Entries[0];
            if (there.Leaf.AsSpan().SequenceEqual(EntryLog.Get(file, middle - 1).Leaf)) same = middle;
            else other = middle;
        }
        return same;
    }

    /// <summary>What is given up stays beside the file: it was signed, and whoever relied on it may ask.</summary>
    private static void Aside(Settings settings, List<Entry> lost)
    {
        var mark = $".lost-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        var list = settings.DataFile + mark + ".txt";
        File.WriteAllLines(list, lost.Select(entry => System.Text.Encoding.ASCII.GetString(entry.Leaf)));
        foreach (var file in (string[])[settings.DataFile, settings.DataFile + "-wal", settings.DataFile + "-shm", settings.PublishedPath])
            if (File.Exists(file)) File.Move(file, file + mark);
        Console.WriteLine($"""
            Given up: {lost.Count} entries. Their signed statements are in {list}, the former file beside it.
            Do the same on every node that holds them, then start the nodes: each makes its file anew from the shared log.
            The log has forked. Tell the bodies concerned, so that they state it again, and everybody who runs a mirror or a witness of this log: theirs stop, and tell why. They have to start anew.
            """);
    }
}
