using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry copy</c>: the registry carried over to another database.</summary>
public static class CopyCommand
{
    private const string IsTheRegistry = "The target is the registry itself.";

    private const string NeverBoth =
        "two registries that sign with one key make two different logs, which every mirror and witness reports.";

    private const string About = "Carry the registry over to another database through its log, and compare both row by row. "
        + "Run again after a stop it goes on; the registry may serve meanwhile.";

    private const string StopSource =
        "Stop what serves the source. If it served during the copy, run this once more: it adds the rest.";

    public static Command Make()
    {
        var to = new Option<string>("--to")
        {
            Required = true,
            Description = "What to make or to go on with: a data file, "
                + "or the connection string of a log to share, such as 'Host=localhost;Database=registry'",
        };
        var copy = new Command("copy", About) { to };
        copy.SetAction((parsed, cancel) => CommandLine.Interruptible(() => OpenRegistry.Run(parsed, async (database, settings, identity) =>
        {
            var target = parsed.GetValue(to)!;
            if (target.Contains("Host=", StringComparison.OrdinalIgnoreCase)) ToShared(database, settings, identity, target);
            else await ToFile(database, settings, identity, target, cancel);
            return 0;
        }), "Stopped. The source is as it was; run it again and it goes on where it was."));
        return copy;
    }

    private static async Task ToFile(Database database, Settings settings, LogIdentity identity, string file, CancellationToken cancel)
    {
        var target = settings.InFile(file) with { KeyFile = settings.KeyPath };
        if (target.Location.IsSameAs(database.Location)) throw new TransferException(IsTheRegistry);
        if (Directory.Exists(file))
            throw new TransferException(
                $"{file} is a folder: name the data file to be made in it, such as {Path.Combine(file, "registry.db")}.");
        var bar = new ProgressBar("statements");
        await using var made = new Database(target.Location, TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal);
        var transfer = new Transfer(database, made, identity.Key, [new(settings, identity), new(target, identity)], bar.Show);
        await transfer.Run(cancel);
        bar.Done();
        var (key, copied) = (Path.GetFullPath(settings.KeyPath), Path.GetFullPath(target.DataFile));
        var meanwhile = $"The source took {transfer.Since} more meanwhile: something still serves it. Stop that, run this again,";
        var next = transfer.Since > 0 ? $"{meanwhile} and then start from the copy:" : $"{StopSource} Then start from the copy:";
        Console.WriteLine($"""
            log          {identity.Key}
            entries      {transfer.Size}, {transfer.Added} of them added now
            root         {Convert.ToBase64String(transfer.Root)}
            compared     every row of {Database.Derived.Length + StoredTables.Kept.Length + 1} tables: the same
            key          {key}: it signs this log, here as there
            {next}
              Registry__Database={target.Database} Registry__DataFile={copied} Registry__KeyFile={key} registry serve
            Never let both serve: {NeverBoth}
            """);
    }

    private static void ToShared(Database database, Settings settings, LogIdentity identity, string to)
    {
        using var source = database.Location.OpenReadOnly();
        using var target = new SharedLog(to, NullLogger.Instance);
        if (settings.SharedLog is { } own && NameOf(own) == target.Name) throw new TransferException(IsTheRegistry);
        var bar = new ProgressBar("statements");
        var transfer = new SharedTransfer(source, target, identity.Key, bar.Show);
        transfer.Run();
        bar.Done();
        var key = Path.GetFullPath(settings.KeyPath);
        Console.WriteLine($"""
            log          {identity.Key}
            entries      {transfer.Size}, {transfer.Added} of them added now
            root         {Convert.ToBase64String(transfer.Root)}
            compared     every entry and {transfer.Rows} rows of the operator: the same
            key          {key}: every node needs a copy of it
            {StopSource} Then start nodes, {EachItsOwn}:
              Registry__Database=postgres Registry__ConnectionString='…' Registry__KeyFile={key} registry serve
            Never let the source serve again: {NeverBoth}
            """);
    }

    private const string EachItsOwn = "each with a data file of its own (a copy of this one saves it the catching up)";

    private static string NameOf(string address)
    {
        using var log = new SharedLog(address, NullLogger.Instance);
        return log.Name;
    }
}
