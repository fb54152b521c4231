using System.Data.Common;
using Registry.Certificates;

namespace Registry.Transparency;

/// <summary>
/// Follows another registry through its tiles only: verifies everything, builds the same projection, and stops with an alarm when the
/// origin shows what no honest log shows. Every bundle of entries is one transaction, so it goes on wherever it was killed.
/// </summary>
public sealed class Mirror(Settings settings, LogIdentity identity, Database database, IHostApplicationLifetime lifetime, ILogger<Mirror> logger) : BackgroundService
{
    /// <summary>Between two looks at the origin.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    /// <summary>A smaller checkpoint may come from a cache; when it keeps coming, the origin has gone back.</summary>
    private const int LooksUntilRewound = 10;

    private int smaller;
    private volatile bool caughtUp;

    /// <summary>Whether it has been level with the origin once since it started.</summary>
    public bool CaughtUp => caughtUp;

    /// <summary>What stopped it; null while it follows.</summary>
    public MisbehaviourException? Misbehaviour { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var log = new RemoteLog(settings.MirrorOf!);
        var wait = Interval;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Follow(log, stop);
                caughtUp = true;
                wait = Interval;
            }
            catch (MisbehaviourException found)
            {
                Misbehaviour = found;
                Alarm(found);
                return;
            }
            catch (Exception error) when (!stop.IsCancellationRequested && (RemoteLog.IsPassing(error) || error is CannotRecordException or DbException or ForkedLogException))
            {
                Log.CannotFollow(logger, error.Message);
                wait = TimeSpan.FromSeconds(Math.Min(wait.TotalSeconds * 2, 15));
            }
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Follow(RemoteLog log, CancellationToken stop)
    {
        var (checkpoint, note) = await log.CheckpointAsync(identity.Key, stop);
        var (edge, published) = database.Read(db => (TreeStore.EdgeOf(db), TreeStore.Newest(db)));
        var cosignatures = string.Concat(note.Signatures.Where(line => line.Name != identity.Key.Name || line.KeyId != identity.Key.Id).Select(line => line.Line + "\n")) is { Length: > 0 } lines ? lines : null;
        var signed = (note with { Signatures = [.. note.Signatures.Where(line => line.Name == identity.Key.Name && line.KeyId == identity.Key.Id)] }).ToString();

        if (checkpoint.Size <= edge.Size)
        {
            if (!database.Read(db => MerkleTree.Root(checkpoint.Size, TreeStore.Source(db))).AsSpan().SequenceEqual(checkpoint.Root)) throw Forked(note, published);
            if (checkpoint.Size < edge.Size)
            {
                if (++smaller < LooksUntilRewound) return;
                throw new MisbehaviourException($"the origin has gone back from {edge.Size} entries to {checkpoint.Size}.", $"{published?.Note}\n{note}");
            }
            smaller = 0;
            if (published?.Size != checkpoint.Size || cosignatures is not null && cosignatures != published.Cosignatures)
                await database.WriteAsync(transaction => { TreeStore.Publish(transaction, edge, signed, cosignatures); return 0; });
            return;
        }
        smaller = 0;

        var tree = new RemoteTree(log, checkpoint, note);
        if (!await tree.BeginsWith(edge.Size, edge.Root, stop)) throw Forked(note, published);
        var (first, last) = (edge.Size / Tile.FullWidth, (checkpoint.Size - 1) / Tile.FullWidth);
        for (var bundle = first; bundle <= last; bundle++)
        {
            var (from, leaves) = (bundle * Tile.FullWidth, await tree.Entries(bundle, stop));
            var done = from + leaves.Count == checkpoint.Size;
            await database.WriteAsync(transaction =>
            {
                var next = EntryLog.Size(transaction.Connection);
                foreach (var leaf in leaves.Skip((int)(next - from))) Record(transaction, next++, leaf, note);
                var sealing = TreeStore.Extend(transaction);
                TreeStore.Publish(transaction, sealing, done ? signed : null, done ? cosignatures : null);
                return 0;
            });
        }
    }

    private void Record(Transaction transaction, long index, byte[] leaf, Note note)
    {
        try { SignedStatements.Replay(transaction, leaf, identity.Key); }
        catch (FaultException refused)
        {
            throw new MisbehaviourException($"entry {index} breaks the registry's own rules: {refused.Faults[0].Message(Language.En)} ({refused.Faults[0].Refusal.Code})", $"{note}\nentry {index}\n{System.Text.Encoding.ASCII.GetString(leaf)}\n");
        }
    }

    private static MisbehaviourException Forked(Note note, PublishedCheckpoint? published) =>
        new($"the origin has forked: its checkpoint does not continue the one over {published?.Size ?? 0} entries that it signed before.", $"{published?.Note}\n{note}");

    private void Alarm(MisbehaviourException found)
    {
        var file = Path.ChangeExtension(settings.DataFile, $".evidence-{DateTimeOffset.UtcNow:yyyyMMdd-HHmmss}.txt");
        File.WriteAllText(file, $"{found.Message}\n\n{found.Evidence}");
        Log.Evidence(logger, found.Message, file);
        lifetime.StopApplication();
    }
}
