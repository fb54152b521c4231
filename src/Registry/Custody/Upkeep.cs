using System.Data.Common;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// What a registry looks after every second beside its work: the newest checkpoint is noted outside the database, so that an older copy is
/// known for what it is though nobody was shown more; the room on the disk; the clock; and whether writing can go on that had to stop.
/// </summary>
public sealed class Upkeep(
    Settings settings, LogIdentity identity, Database database, Publication publication, TimeProvider time, ILogger<Upkeep> logger)
    : EndingService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), WarnEvery = TimeSpan.FromHours(1);
    /// <summary>Bytes on the disk below which it is warned: the write-ahead log alone may take a quarter of it.</summary>
    private const long LowSpace = 1 << 30;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, TimeSpan> clocks = new();
    private DateTimeOffset warned = DateTimeOffset.MinValue;
    private readonly Lock judging = new();
    private string? ahead, doubtful;

    /// <summary>Bytes left on the disk of the data file; null where that cannot be told.</summary>
    public long? Space
    {
        get
        {
            try { return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(settings.DataFile))!).AvailableFreeSpace; }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException) { return null; }
        }
    }

    public bool IsLow => Space < LowSpace;

    /// <summary>Why nothing is recorded now; null while posts are taken.</summary>
    public string? NotWriting =>
        database.Failure is { } failure ? $"The writer has stopped: {failure.Message}"
        : database.IsFull ? "The disk is full."
        : database.Refusing?.Message ?? database.Withheld ?? (identity.IsMirror ? null : Later);

    /// <summary>What is to be said of entries that are later than they are seen; null when none is.</summary>
    public string? Later => database.Read(db => EntryLog.Ahead(db, time.GetUtcNow()));

    /// <summary>A witness has told what time it is.</summary>
    public void Saw(string witness, DateTimeOffset at)
    {
        clocks[witness] = time.GetUtcNow() - at;
        Withhold();
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Note();
                WarnOfSpace();
                WarnOfClock();
                if (database.Refusing is not null) await database.WriteOwnAsync(Try);
            }
            // Nothing hangs on one look: the next is in a second.
            catch (Exception error) when (MayPass(error)) { }
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool MayPass(Exception error) =>
        error is CannotRecordException or ForkedLogException or DbException or IOException or UnauthorizedAccessException;

    protected override void AtEnd(CancellationToken cancel)
    {
        try { Note(); }
        catch (Exception error) when (error is ForkedLogException or DbException or IOException or UnauthorizedAccessException) { }
    }

    private void Note()
    {
        if (!identity.IsMirror && database.Read(TreeStore.Newest) is { } newest) publication.Show(newest);
    }

    /// <summary>Does what a post would need, and leaves nothing.</summary>
    private static bool Try(Transaction transaction)
    {
        if (transaction.Signer is { } signer) TreeStore.Proven(transaction.Connection, signer.VerifierKey, new());
        return Migrations.TakeRoom(transaction.Connection);
    }

    private void WarnOfSpace()
    {
        if (!IsLow || time.GetUtcNow() - warned < WarnEvery) return;
        warned = time.GetUtcNow();
        Log.SpaceLow(logger, (Space ?? 0) >> 20, settings.DataFile);
    }

    private void WarnOfClock()
    {
        Withhold();
        var later = Later;
        if (later is not null && ahead is null) Log.EntriesLater(logger, later);
        ahead = later;
    }

    /// <summary>The clock is judged by the middle one of those the witnesses told last: one that is wrong itself does not stop the
    /// registry. One judges at a time, or what was told before would count after what was told since.</summary>
    private void Withhold()
    {
        using var judged = judging.EnterScope();
        var told = clocks.Values.Order().ToArray();
        var off = told.Length == 0 ? TimeSpan.Zero : told[told.Length / 2];
        var doubt = off.Duration() <= EntryLog.MaxAhead ? null
            : $"The clock of this machine is {off.Duration().TotalMinutes:0} minutes {(off > TimeSpan.Zero ? "ahead of" : "behind")} "
                + "the times that witnesses sign: set it right. What was recorded now would date all that follows.";
        if (doubt is not null && doubtful is null) Log.ClockWrong(logger, doubt);
        database.Withheld = doubtful = doubt;
    }
}

internal static partial class Log
{
    [LoggerMessage(15, LogLevel.Warning, "Only {Megabytes} MB are left on the disk of {File}. "
        + "When it is full nothing can be recorded; what was recorded is kept, and reading goes on.")]
    public static partial void SpaceLow(ILogger logger, long megabytes, string file);

    [LoggerMessage(16, LogLevel.Critical, "Entries are later than they are seen. {What}")]
    public static partial void EntriesLater(ILogger logger, string what);

    [LoggerMessage(17, LogLevel.Critical, "Nothing is recorded. {What}")]
    public static partial void ClockWrong(ILogger logger, string what);
}
