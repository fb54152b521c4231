using System.Data.Common;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Takes the log's new entries to a folder, a fraction of a second after they were recorded: on another disk, or one that is mounted from
/// another machine. What a backup holds as of last night is brought up to the last second with it. Recording does not wait for it; /readyz
/// says when it lags.
/// </summary>
public sealed class Shipping(Settings settings, LogIdentity identity, Database database, ILogger<Shipping> logger) : EndingService
{
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(200), afterFault = TimeSpan.FromSeconds(2);
    /// <summary>Milliseconds by which the folder may be behind before that is told.</summary>
    private const long Tolerated = 1000;
    /// <summary>Entries that are read from the database and synced at once.</summary>
    private const int Together = 1000;

    private readonly string folder = settings.ShipTo!;
    private volatile string? fault;
    private long shipped = -1;
    /// <summary>When the folder held everything, as <see cref="Environment.TickCount64"/>; -1 where it never has since the start.</summary>
    private long levelAt = -1;

    /// <summary>How far it is, for whoever watches over the program.</summary>
    public string Told
    {
        get
        {
            var (size, there, level) = (database.Read(EntryLog.Size), Math.Max(0, Volatile.Read(ref shipped)), Volatile.Read(ref levelAt));
            var behind = Environment.TickCount64 - level;
            if (there >= size || level >= 0 && behind <= Tolerated) return $"ok, {there} entries in {folder}";
            var since = level < 0 ? "never level since the start" : $"level last {behind / 1000} s ago";
            return $"lags, {size - there} entries are not in {folder}, {since}{(fault is { } reason ? $": {reason}" : "")}";
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try { await Ship(stop); }
            catch (OperationCanceledException) { return; }
            // Whatever it is, the registry goes on recording, and the folder is looked at anew.
            catch (Exception error) when (MayPass(error))
            {
                if (fault != error.Message) Log.CannotShip(logger, folder, error.Message);
                fault = error.Message;
            }
            await Task.Delay(afterFault, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool MayPass(Exception error) =>
        error is IOException or UnauthorizedAccessException or InvalidDataException or ForkedLogException or DbException;

    private async Task Ship(CancellationToken stop)
    {
        using var log = new ShippedLog(folder);
        log.GoOn(database.Read(db => Continues(db, folder, identity.Key)));
        for (; ; await Task.Delay(interval, stop))
        {
            var asked = Environment.TickCount64;
            // At the stop too, and then no more.
            while (Next(log)) stop.ThrowIfCancellationRequested();
            if (fault is not null) Log.ShipsAgain(logger, folder);
            fault = null;
            Volatile.Write(ref levelAt, asked);
        }
    }

    protected override void AtEnd(CancellationToken cancel)
    {
        try
        {
            using var log = new ShippedLog(folder);
            log.GoOn(database.Read(db => Continues(db, folder, identity.Key)));
            while (Next(log)) cancel.ThrowIfCancellationRequested();
        }
        catch (Exception error) when (MayPass(error))
        {
            Log.CannotShip(logger, folder, error.Message);
        }
    }

    /// <summary>Ships some entries, and the checkpoint where it has come to it.</summary>
    /// <returns>Whether there are more.</returns>
    private bool Next(ShippedLog log)
    {
        var (newest, leaves) = database.Read(db => (TreeStore.Newest(db), EntryLog.Leaves(db, log.Size, Together).ToList()));
        if (newest is null || log.Size >= newest.Size && Volatile.Read(ref shipped) >= newest.Size) return false;
        log.Add(leaves.Take((int)Math.Min(Together, newest.Size - log.Size)));
        if (log.Size == newest.Size) log.Seal(newest.Signed);
        Volatile.Write(ref shipped, log.Size);
        return log.Size < newest.Size;
    }

    /// <summary>How many entries a folder holds that are the beginning of a registry's.</summary>
    /// <exception cref="ForkedLogException">It holds others, or more: the registry is an older copy.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long Continues(DbConnection db, string folder, VerifierKey key)
    {
        if (ShippedLog.CheckpointIn(folder) is not { } note) return Level(db, folder, 0);
        if (Checkpoint.Open(note, key) is not { Checkpoint: var there })
            throw new ForkedLogException($"The checkpoint in {folder} is not one of this log. "
                + "It is shipped to no longer: name an empty folder in Registry:ShipTo.");
        if (!Opening.RefuseOlder(db, key, note, folder))
            throw new ForkedLogException(
                $"What {folder} holds was accepted as lost. Keep it, and name an empty folder in Registry:ShipTo.");
        return Level(db, folder, there.Size);
    }

    /// <summary>Refuses a registry that lacks what it shipped itself: it is an older copy. What cannot be read is no reason not to start:
    /// then it is told while it runs.</summary>
    /// <exception cref="ForkedLogException">It lacks some.</exception>
    public static void RefuseOlder(DbConnection db, string folder, VerifierKey key)
    {
        try
        {
            if (ShippedLog.CheckpointIn(folder) is not { } note || Checkpoint.Open(note, key) is null) return;
            if (Opening.RefuseOlder(db, key, note, folder)) Continues(db, folder, key);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException) { }
    }

    /// <summary>Lines beyond the checkpoint, as a crash leaves them, count where they are the registry's own.</summary>
    private static long Level(DbConnection db, string folder, long size)
    {
        foreach (var leaf in ShippedLog.Leaves(folder, size))
        {
            if (EntryLog.Find(db, size) is not { } own || !own.Leaf.AsSpan().SequenceEqual(leaf))
                throw new ForkedLogException($"The folder {folder} holds an entry {size} that this registry does not: "
                    + $"it is an older copy, and going on from it would fork the log. {TreeStore.HowToRestore}");
            size++;
        }
        return size;
    }
}

internal static partial class Log
{
    [LoggerMessage(30, LogLevel.Error, "The log is not shipped to {Folder} now: {Reason} Recording goes on; it is tried again.")]
    public static partial void CannotShip(ILogger logger, string folder, string reason);

    [LoggerMessage(31, LogLevel.Information, "The log is shipped to {Folder} again.")]
    public static partial void ShipsAgain(ILogger logger, string folder);
}
