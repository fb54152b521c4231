using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Looks through the whole file beside the work, after the start and every day, in small steps: entries against the tree, the tree against
/// the signed root, each certificate through every index that finds it, and against what the log says of it. What it finds stands in the
/// log of the program and in /readyz.
/// </summary>
public sealed class SelfCheck(Database database, TimeProvider time, ILogger<SelfCheck> logger) : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30), Daily = TimeSpan.FromDays(1);
    private const int MaxFindings = 20;

    /// <summary>So many times as long as a step took it rests: a fortieth of a processor is not missed by those who ask. Ten million
    /// entries take some hours.</summary>
    private const int Rest = 40;

    private volatile string told = "not done yet";

    /// <summary>What the last one came to.</summary>
    public string Told => told;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        for (var wait = First; ; wait = Daily)
        {
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            try { await Check(Rest, stop); }
            catch (OperationCanceledException) { return; }
            catch (Exception error)
                when (error is DbException or InvalidDataException or InvalidOperationException or FormatException or ForkedLogException)
            {
                Tell([$"The file cannot be read: {error.Message}"], 0);
            }
        }
    }

    /// <summary>Checks all there is; what comes in meanwhile is the next one's.</summary>
    /// <param name="rest">So many times as long as a step took nothing is done.</param>
    /// <param name="stop">Stops it.</param>
    public async Task Check(int rest, CancellationToken stop)
    {
        var findings = new List<string>();
        var size = database.Read(db => TreeStore.EdgeOf(db).Size, stop);
        for (long from = 0; from < size && findings.Count < MaxFindings; from += Tile.FullWidth)
        {
            var begun = Stopwatch.GetTimestamp();
            database.Read(db => { Step(db, from, size, findings); return true; }, stop);
            await Task.Delay(Stopwatch.GetElapsedTime(begun) * rest, stop);
        }
        database.Read(db =>
        {
            if (TreeStore.Newest(db) is { } newest && !TreeStore.HasRoot(db, newest.Size, newest.Root))
                findings.Add($"The tree does not give the root that was signed over {newest.Size} entries.");
            return true;
        }, stop);
        Tell(findings, size);
    }

    /// <summary>A tile of entries and what was made of them.</summary>
    private void Step(DbConnection db, long from, long size, List<string> findings)
    {
        var entries = EntryLog.Range(db, from, (int)Math.Min(Tile.FullWidth, size - from));
        if (entries.Count == 0 || entries[^1].Seq != from + entries.Count - 1 || entries.Count < Math.Min(Tile.FullWidth, size - from))
        {
            findings.Add($"Of the entries from {from} on some are missing.");
            return;
        }
        var hashes = entries.ConvertAll(entry => MerkleTree.LeafHash(entry.Leaf)).ToArray();
        if (hashes.Length == Tile.FullWidth && !TreeStore.Agrees(db, from / Tile.FullWidth, hashes))
            findings.Add($"Entries {from} to {from + Tile.FullWidth - 1} are not those that the tree was made of.");
        var rows = CertificateStore.At(db, entries.Select(entry => entry.Seq)).ToDictionary(row => row.Seq);
        var acted = CertificateStore.Acted(db, from, from + entries.Count - 1);
        foreach (var (seq, statement) in entries.Select(entry => (entry.Seq, entry.Statement)))
        {
            if (statement is not Issue) continue;
            if (!rows.TryGetValue(seq, out var row)) findings.Add($"Entry {seq} issued a certificate that is not there.");
            else if (Wrong(db, row, Identifier.OfHash(hashes[seq - from]), Stated) is { } wrong)
                findings.Add($"The certificate of entry {seq} {wrong}.");

            // Nearly all were only issued: what is read already is all of it.
            IEnumerable<(long, Statement)> Stated() => acted.Contains(seq) ? CertificateStore.Statements(db, seq) : [(seq, statement)];
        }
    }

    /// <summary>What is wrong with a certificate; null when nothing is.</summary>
    private string? Wrong(DbConnection db, CertificateRow row, string id, Func<IEnumerable<(long, Statement)>> stated)
    {
        if (row.Id != id) return "has an id that its entry does not make";
        if (CertificateStore.SeqOf(db, id) != row.Seq) return "is not found by its id";
        var number = CertificateNumber.Normalise(row.Number)!;
        if (CertificateStore.Numbered(db, row.BodyNumber, number)?.Seq != row.Seq)
            return "is not found by its number, which could be issued again";
        var today = Day.Of(time.GetUtcNow());
        var said = Lifecycle.Replay(row.Id, stated(), null, null);
        var isSaid = said?.LastSeq == row.LastSeq && Lifecycle.StatusOn(said, today) == Lifecycle.StatusOn(row.Certificate, today);
        return isSaid ? null : "is not what the log says of it";
    }

    private void Tell(List<string> findings, long size)
    {
        var at = time.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var found = findings.Count == 0 ? "nothing found" : $"{findings.Count} found: {findings[0]} {Log.HowToMend}";
        told = $"{at}Z, {size} entries, {found}";
        if (findings.Count == 0) Log.CheckedWhole(logger, size);
        else foreach (var finding in findings) Log.CheckFound(logger, finding);
    }
}

internal static partial class Log
{
    internal const string HowToMend = "Run `registry verify`; `registry rebuild` makes all anew that the log makes.";
    [LoggerMessage(18, LogLevel.Information, "The file was looked through: {Size} entries and what is made of them, nothing found.")]
    public static partial void CheckedWhole(ILogger logger, long size);

    [LoggerMessage(19, LogLevel.Critical, "The file is damaged. {Finding} " + HowToMend)]
    public static partial void CheckFound(ILogger logger, string finding);
}
