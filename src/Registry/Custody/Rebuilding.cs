using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Makes every table that the log makes anew, beside a registry that may be serving. They are made in a file of their own beside the data
/// file, from snapshots of its entries, until they are nearly level; then one transaction puts them in the place of the old ones and adds
/// what came in meanwhile. Stopped or killed at any moment it has changed nothing, and goes on with what stands in that file when it is run
/// again.
/// </summary>
/// <remarks>The entries are proven first, by what the log's key signed over them: nothing is made of what nobody signed.</remarks>
/// <param name="location">The data file.</param>
/// <param name="identity">Of the log: its key signs the tree again where the note is damaged, but on a mirror.</param>
/// <param name="time">The clock.</param>
/// <param name="published">A note kept outside the file; null where there is none.</param>
/// <param name="progress">Told entries done and all.</param>
/// <param name="log">Where it is told what is waited for.</param>
public sealed class Rebuilding(
    Location location, LogIdentity identity, TimeProvider time, string? published, Action<long, long> progress, ILogger log)
{
    /// <summary>Entries that one processor reads at once, and entries of one transaction of the file beside.</summary>
    private const int Portion = 512;

    /// <summary>How few may have come in meanwhile for the old tables to be replaced: they are added in the same transaction.</summary>
    private const int Few = 1000;

    private readonly Location beside = Location.File(location.Address + ".rebuild");

    /// <summary>Fills the tables anew where a newer program makes more of the log than the one that made the file: a migration says so in a
    /// row that no log makes.</summary>
    /// <returns>Whether that was so.</returns>
    /// <inheritdoc cref="Run"/>
    public async Task<bool> IfDue(CancellationToken cancel)
    {
        using (var file = Sqlite.OpenWriter(location.Address))
        {
            Migrations.Apply(file, log);
            TreeStore.Complete(file, log);
            NewestStatements.Complete(file, log);
            if (!CertificateStore.IsIncomplete(file)) return false;
        }
        await Run(cancel);
        return true;
    }

    /// <summary>Makes them anew.</summary>
    /// <exception cref="ForkedLogException">The entries are not those that were signed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is changed, and run again it goes on.</exception>
    public async Task Run(CancellationToken cancel)
    {
        using (var file = Sqlite.OpenWriter(location.Address)) Migrations.Apply(file, log);
        using var alone = location.Alone("rebuild", $"Another process makes the tables of {location} anew: wait until it is done.");
        var made = await Make(cancel);
        TakeOver(made);
        beside.Delete();
    }

    /// <summary>Brings the file beside up to the log.</summary>
    /// <returns>The edge of the tree in it.</returns>
    private async Task<Edge> Make(CancellationToken cancel)
    {
        await BeginOrGoOn(cancel);
        await using var database = new Database(beside, time, NullLogger<Database>.Instance, null, TreeStore.Seal, isFlushed: false);
        for (var held = database.Read(EntryLog.Size); ;)
        {
            using var source = location.OpenReadOnly();
            var (begun, size) = (held, EntryLog.Size(source));
            await foreach (var entries in Ahead.Make(EntryLog.Portions(source, held, Portion).ToAsyncEnumerable(), Read, cancel))
            {
                await database.WriteAsync(transaction => Project(transaction, entries));
                held += entries.Count;
                progress(held, size);
            }
            if (size - begun <= Few) return database.Read(TreeStore.EdgeOf);
        }
    }

    /// <summary>Proves the entries, and lets the file beside go where it is not made of them.</summary>
    private async Task BeginOrGoOn(CancellationToken cancel)
    {
        var held = EdgeBeside();
        using var source = location.OpenReadOnly();
        var proven = await TreeStore.ProveEntries(source, identity.Key, published, held.Size, cancel);
        if (held.Size > 0 && !proven.AsSpan().SequenceEqual(held.Root)) beside.Delete();
    }

    private Edge EdgeBeside()
    {
        if (!beside.IsMade) return new();
        try
        {
            using var db = beside.OpenReadOnly();
            if (Migrations.Of(db) == Migrations.Newest) return TreeStore.EdgeOf(db);
        }
        catch (Exception torn) when (torn is DbException or ForkedLogException) { }
        beside.Delete();
        return new();
    }

    private static List<(Entry Entry, ReadLeaf Read)> Read(List<Entry> entries) =>
        entries.ConvertAll(entry => (entry, ReadLeaf.Of(entry.Leaf)));

    private static long Project(Transaction transaction, List<(Entry Entry, ReadLeaf Read)> entries)
    {
        foreach (var (entry, read) in entries)
        {
            EntryLog.Append(transaction, read.Leaf, DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt));
            Projection.Apply(transaction, entry, read);
        }
        TreeStore.Publish(transaction, TreeStore.Extend(transaction), null, null);
        return entries.Count;
    }

    /// <summary>The one moment at which nothing can be recorded.</summary>
    private void TakeOver(Edge made)
    {
        using var file = Sqlite.OpenWriter(location.Address);
        StoredTables.Attach(file, beside.Address);
        Sqlite.Write(file, log, () =>
        {
            var transaction = new Transaction(file, time.GetUtcNow(), identity.Signer);
            StoredTables.TakeOver(file, Database.Derived.Select(derived => derived.Table));
            var next = made.Size;
            TreeStore.Resign(transaction, TreeStore.Extend(transaction, made), identity.Key, published);
            foreach (var entry in EntryLog.Portions(file, next, Portion).SelectMany(rest => rest))
                Projection.Apply(transaction, entry, ReadLeaf.Of(entry.Leaf));
            StoredTables.NextGeneration(file);
        });
    }
}
