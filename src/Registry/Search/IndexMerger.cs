namespace Registry.Search;

/// <summary>Merges the text index into one segment while nobody posts: each segment costs every term of a query a look of its own (22 of
/// them, after ten million rows, half the time of a search). Small steps, so that a post never waits long.</summary>
public sealed class IndexMerger(Database database) : BackgroundService
{
    /// <summary>Segments that are not worth the work, and pages of 4 kB a step: about 30 ms of the writer.</summary>
    private const int Enough = 6, Pages = 250;
    private static readonly TimeSpan idle = TimeSpan.FromSeconds(10), pause = TimeSpan.FromMilliseconds(30);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var before = -1L;
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(idle, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            try
            {
                var (now, segments) = database.Read(db => (Transparency.EntryLog.Size(db), SearchIndex.Segments(db)));
                var quiet = now == before;
                before = now;
                for (var more = quiet && segments > Enough; more && !stop.IsCancellationRequested; await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
                    more = await database.WriteAsync(transaction => SearchIndex.Merge(transaction.Connection, Pages)) && database.Read(Transparency.EntryLog.Size) == now;
            }
            // The writer has stopped or is too busy, or the file cannot be read: another time. Nothing depends on it but speed.
            catch (Exception error) when (error is CannotRecordException or System.Data.Common.DbException) { }
        }
    }
}
