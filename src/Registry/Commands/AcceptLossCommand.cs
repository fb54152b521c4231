using System.CommandLine;
using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary>
/// The way out when what holds the better copy is gone for good. Of a registry of one file that lacks what it published, or what a witness
/// has seen; or of a node whose file holds entries that the shared log lacks. To put them back (<c>restore</c>, <c>copy --to</c>) loses
/// nothing and comes first. Where that is no longer possible the log goes on without them, and states it. That is a fork, and nobody is
/// spared knowing it.
/// </summary>
public static class AcceptLossCommand
{
    private const string Description = "Go on although entries that were signed and shown are lost for good: "
        + "those that a registry's file lacks and somebody has seen, or those of a node's file that the shared log lacks. "
        + "The log states it from then on. Stop what serves first.";

    private const string WithYes = "With --yes they are given up: acknowledged, and no longer in the log.";

    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    public static Command Make()
    {
        var yes = new Option<bool>("--yes") { Description = "Do it; left out, only tell what would be lost" };
        var command = new Command("accept-loss", Description) { yes };
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var (settings, isYes) = (CommandLine.SettingsOf(parsed), parsed.GetValue(yes));
                if (settings.SharedLog is { } address) return await OfNode(settings, address, isYes, cancel);
                return await OfFile(settings, isYes, cancel);
            }
            catch (Exception error) when (error is CannotStartException or InvalidDataException or IOException or DbException)
            {
                Console.Error.WriteLine(error.Message);
                return 1;
            }
        });
        return command;
    }

    /// <summary>A registry of one file against every checkpoint of it that can be found.</summary>
    private static async Task<int> OfFile(Settings settings, bool yes, CancellationToken cancel)
    {
        OpenRegistry.RefuseToBegin(settings);
        var identity = Opening.Identity(settings);
        await using var database =
            new Database(settings.Location, TimeProvider.System, NullLogger<Database>.Instance, identity.Signer, TreeStore.Seal);
        var losses = await Losses.Of(settings, identity, database, settings.ShipTo, cancel);
        foreach (var lost in losses.Words) Console.WriteLine($"LOST: {lost}");
        foreach (var witness in losses.Unheard) Console.WriteLine($"NOTE: the witness {witness} could not be asked what it has seen.");
        if (losses.Words.Count == 0)
        {
            Console.WriteLine("Nothing would be lost: start the registry.");
            return 0;
        }
        if (!yes)
        {
            Console.WriteLine(WithYes);
            return 1;
        }
        await losses.Accept(database);
        Losses.SetAside(settings.PublishedPath);
        new Publication(settings, identity).Show(database.Read(TreeStore.Newest)!);
        Console.WriteLine($"Entry {losses.RecordedAt} of the log states it. {Losses.Consequences}");
        return 0;
    }

    private static async Task<int> OfNode(Settings settings, string address, bool yes, CancellationToken cancel)
    {
        List<Entry> lost;
        string? signed;
        using (var log = new SharedLog(address, NullLogger.Instance))
        using (var file = settings.Location.OpenReadOnly())
        {
            var (held, there) = (EntryLog.Size(file), log.Read(default).Head.Size);
            var kept = Level(log, file, Math.Min(held, there));
            (lost, signed) = (EntryLog.Range(file, kept, int.MaxValue), TreeStore.Newest(file)?.Signed);
            Console.WriteLine($"This node's file holds {held} entries, the shared log {there}; the first {kept} are the same.");
            if (lost.Count == 0)
            {
                Console.WriteLine("Nothing would be lost: start the node.");
                return 0;
            }
            Console.WriteLine(there == kept ? PutBack(settings) : "The shared log has gone on by itself: they cannot be put back.");
        }
        foreach (var (seq, statement) in lost.Take(MostShown).Select(entry => (entry.Seq, entry.Statement)))
            Console.WriteLine($"  {seq}  {statement.GetType().Name}  {statement.Body}  {statement.RecordedAt:O}");
        if (lost.Count > MostShown) Console.WriteLine($"  … and {lost.Count - MostShown} more");
        if (!yes)
        {
            Console.WriteLine(WithYes);
            return 1;
        }
        var list = Aside(settings, lost);
        long? at = signed is null ? null : await State(settings, signed, cancel);
        Console.WriteLine($"""
            Given up: {lost.Count} entries. Their signed statements are in {list}, the former file beside it.
            Do the same on every node that holds them, then start the nodes: each makes its file anew from the shared log.
            {(at is null ? "" : $"Entry {at} of the log states it. ")}{Losses.Consequences}
            """);
        return 0;
    }

    /// <summary>Entries that are listed one by one.</summary>
    private const int MostShown = 20;

    private static string PutBack(Settings settings)
    {
        var (data, key) = (Path.GetFullPath(settings.DataFile), Path.GetFullPath(settings.KeyPath));
        return $"""
            The shared log can take them back, and nothing is lost. Do that instead, from the node whose file holds the most:
              registry copy --Registry:Database=sqlite --Registry:DataFile={data} --Registry:KeyFile={key} --to '…'
            """;
    }

    /// <summary>Follows the shared log with a new file, and states in it what was lost.</summary>
    private static async Task<long> State(Settings settings, string signed, CancellationToken cancel)
    {
        await using var node = Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
        await Opening.Level(node, patience, new ProgressBar("statements").Show, cancel);
        var loss = new AcceptLoss { Body = "", Lost = signed, OnBehalf = false };
        return (await node.WriteAsync(transaction => Publisher.AcceptLoss(transaction, loss))).Seq;
    }

    /// <summary>How many entries both hold: those of a log that was left behind differ from one index on.</summary>
    private static long Level(SharedLog log, DbConnection file, long most)
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
    private static string Aside(Settings settings, List<Entry> lost)
    {
        var data = settings.DataFile;
        var list = $"{data}{Losses.SetAside(data, data + "-wal", data + "-shm", settings.PublishedPath)}.txt";
        File.WriteAllLines(list, lost.Select(entry => System.Text.Encoding.ASCII.GetString(entry.Leaf)));
        return list;
    }
}
