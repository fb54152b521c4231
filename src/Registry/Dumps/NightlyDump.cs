using System.Data.Common;
using System.Diagnostics.Metrics;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Dumps;

/// <summary>
/// Makes a dump every night, and takes old ones away. One that fails leaves the last good one where it is; it is told in the log of the
/// program and in /readyz, and tried again.
/// </summary>
public sealed class NightlyDump(
    Dump dump, DumpFolder folder, Database database, Settings settings, TimeProvider time, ILogger<NightlyDump> logger)
    : BackgroundService
{
    /// <summary>In Asia/Shanghai: most of those who ask are asleep.</summary>
    private static readonly TimeOnly hour = new(3, 0);
    private static readonly TimeSpan first = TimeSpan.FromSeconds(10), look = TimeSpan.FromMinutes(1), afterFault = TimeSpan.FromHours(1);

    private readonly Meter meter = new(Measures.Name);
    private volatile string? fault;

    /// <summary>How it stands, for whoever watches over the program.</summary>
    public string Told
    {
        get
        {
            var newest = folder.Days is [var day, ..] ? $"the newest is of {day:yyyy-MM-dd}" : "there is none yet";
            return fault is { } reason ? $"failed, {newest}: {reason}" : $"ok, {newest}";
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        meter.CreateObservableGauge("registry.dump.age", Age, "s", "Since the day of the newest dump began");
        for (var wait = first; ; wait = fault is null ? look : afterFault)
        {
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            await MakeIfDue(stop);
        }
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    private IEnumerable<Measurement<double>> Age() =>
        folder.Days is [var newest, ..] ? [new((time.GetUtcNow() - Day.Begins(newest)).TotalSeconds)] : [];

    /// <summary>Whether it is past the hour and there is none of today; or there is none of yesterday either.</summary>
    private bool IsDue(DateOnly today)
    {
        if (folder.Days is not [var newest, ..] || newest < today.AddDays(-1)) return true;
        return newest < today && TimeOnly.FromDateTime(Day.InShanghai(time.GetUtcNow()).DateTime) >= hour;
    }

    internal async Task MakeIfDue(CancellationToken stop)
    {
        try
        {
            var today = Day.Of(time.GetUtcNow());
            if (!IsDue(today) || database.Read(TreeStore.Newest, stop) is null) return; // nothing was recorded yet
            var made = await dump.Make(folder, (_, _) => { }, stop);
            Log.DumpMade(logger, made.Day, made.Certificates, made.Log.Size);
            fault = null;
            folder.Forget(today.AddDays(-settings.KeepDumps.Days));
        }
        catch (OperationCanceledException) { }
        // Whatever it is, the registry goes on, and the last good dump stays.
        catch (Exception error) when (MayPass(error))
        {
            fault = error.Message;
            Log.DumpFailed(logger, error.Message);
        }
    }

    private static bool MayPass(Exception error) => error is IOException or UnauthorizedAccessException or DbException
        or ForkedLogException or InvalidOperationException;
}

internal static partial class Log
{
    [LoggerMessage(50, LogLevel.Information, "The dump of {Day} is made: {Certificates} certificates as of entry {Size} of the log.")]
    public static partial void DumpMade(ILogger logger, DateOnly day, long certificates, long size);

    [LoggerMessage(51, LogLevel.Error, "No dump was made: {Reason} The last one stays, and it is tried again in an hour.")]
    public static partial void DumpFailed(ILogger logger, string reason);
}
