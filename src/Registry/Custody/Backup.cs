using System.Data.Common;
using System.Globalization;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// A copy of a data file as of one moment, made while the registry writes, and proven before it takes its name: the entries give the root
/// that the log's key signed. It holds all that the registry has but the key of the log.
/// </summary>
/// <param name="settings">Of the registry.</param>
/// <param name="key">Of the log.</param>
/// <param name="progress">Told pages done and all.</param>
public sealed class Backup(Settings settings, VerifierKey key, Action<long, long> progress)
{
    /// <summary>Names in a folder that holds a backup.</summary>
    internal const string DataName = "registry.db", PublishedName = "registry.published", AboutName = "README.txt";

    /// <summary>Entries in the backup.</summary>
    public long Size { get; private set; }

    public byte[] Root { get; private set; } = MerkleTree.EmptyRoot;

    /// <summary>The data file of the backup.</summary>
    public string DataFile { get; private set; } = "";

    /// <summary>Makes it, in the place of an older one of the same log.</summary>
    /// <param name="to">A folder; or with a name that ends in .db, the file alone.</param>
    /// <param name="cancel">Stops it; what was there stays.</param>
    /// <exception cref="TransferException">There is something else, or a newer backup; or the registry's file is damaged.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task Make(string to, CancellationToken cancel)
    {
        var isFile = IsFile(to);
        DataFile = Path.GetFullPath(isFile ? to : Path.Combine(to, DataName));
        var folder = Path.GetDirectoryName(DataFile)!;
        Directory.CreateDirectory(folder);
        var target = Location.File(DataFile);
        if (target.IsSameAs(settings.Location))
            throw new TransferException($"{DataFile} is the registry itself: name another folder, on another disk.");
        using var alone = target.Alone("backup", $"Another backup is being made in {folder}: wait until it is done.");
        // One that was killed left its own there.
        var beside = Location.File(DataFile + ".making");
        beside.Delete();
        try
        {
            using (var source = settings.Location.OpenReadOnly()) Sqlite.Backup(source, beside.Address, progress, cancel);
            var newest = await Prove(beside, cancel);
            using (var made = beside.OpenReadOnly()) RefuseNewer(made);
            DurableFile.Put(beside.Address, DataFile);
            if (isFile) return;
            DurableFile.Write(Path.Combine(folder, PublishedName), newest);
            DurableFile.Write(Path.Combine(folder, AboutName), About());
        }
        finally { beside.Delete(); }
    }

    /// <summary>Whether a name is that of a file and not of a folder.</summary>
    internal static bool IsFile(string name) =>
        !Directory.Exists(name) && (File.Exists(name) || name.EndsWith(".db", StringComparison.Ordinal));

    private async Task<string> Prove(Location made, CancellationToken cancel)
    {
        using var db = made.OpenReadOnly();
        Size = EntryLog.Size(db);
        if (TreeStore.Newest(db) is not { } newest || newest.Size != Size)
            throw new TransferException(
                $"The {Size} entries are not under a checkpoint: the registry's file is damaged. {TreeStore.HowToMend}");
        await TreeStore.ProveEntries(db, key, published: null, 0, cancel);
        Root = newest.Root;
        return newest.Note;
    }

    /// <summary>A backup is replaced by what continues it, never by an older copy or by another log.</summary>
    private void RefuseNewer(DbConnection made)
    {
        if (!Location.File(DataFile).IsMade) return;
        string? before;
        try
        {
            using var there = Location.File(DataFile).OpenReadOnly();
            before = TreeStore.Newest(there)?.Note;
        }
        catch (DbException error)
        {
            throw new TransferException($"{DataFile} is there and no backup ({error.Message}). Move it away, or name another place.");
        }
        try
        {
            if (before is not null) Opening.RefuseOlder(made, key, before, DataFile);
        }
        catch (ForkedLogException newer)
        {
            throw new TransferException($"{DataFile} holds what this registry does not, and is left as it is: {newer.Message}");
        }
    }

    private string About()
    {
        var hints = new List<string> { $"Registry__PublicUrl={settings.PublicUrl}", $"Registry__Database={settings.Database}" };
        hints.AddRange(settings.Witnesses.Select((witness, i) => $"Registry__Witnesses__{i}={witness}"));
        if (settings.Policy is { } policy) hints.Add($"Registry__Policy={Path.GetFullPath(policy)}");
        if (settings.ShipTo is { } shipped) hints.Add($"Registry__ShipTo={Path.GetFullPath(shipped)}");
        var now = DateTimeOffset.UtcNow.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return $"""
            A backup of the registry whose log is {key.Name}, made at {now}Z by `registry backup`.
            entries      {Size}
            root         {Convert.ToBase64String(Root)}

            {DataName} is the whole registry as of then, with the operator's own tables (API keys as hashes, seeds of marks, scans,
            reports): keep it as you keep the registry.
            {PublishedName} is the newest checkpoint in it.

            NOT here: the key of the log, {Path.GetFullPath(settings.KeyPath)}.
            Nobody can go on with the log without it. Keep copies of it apart from this one.

            To restore, where the registry is to run, with the key at its place:
              registry restore THIS-FOLDER{(settings.ShipTo is null ? "" : " --shipped FOLDER")}

            It ran with these settings:
              {string.Join("\n  ", hints)}

            """;
    }
}
