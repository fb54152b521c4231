using System.Data.Common;
using System.Globalization;
using System.Text;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Takes the newest checkpoint to the witnesses and publishes what they sign. It runs beside the writer: no post waits for it. All are
/// asked about the same one, so that a quorum of them can stand under it; and again every few minutes although nothing is new, so that
/// everybody sees how fresh the log is.
/// </summary>
public sealed class CosignatureCollector(
    Settings settings, Database database, Upkeep upkeep, TimeProvider time, ILogger<CosignatureCollector> logger) : BackgroundService
{
    /// <summary>Between two rounds; how old a cosignature may get while nothing is new; how long a witness is waited for.</summary>
    private static readonly TimeSpan
        interval = TimeSpan.FromSeconds(1), refresh = TimeSpan.FromMinutes(3), patience = TimeSpan.FromSeconds(5);
    /// <summary>Rounds that a witness which failed is left out, at the most.</summary>
    private const int MaxSkipped = 60;

    /// <summary>A witness, with the size it says it knows.</summary>
    private sealed class Asked(VerifierKey key, string url)
    {
        public VerifierKey Key { get; } = key;
        public string Url { get; } = url;
        public long Known { get; set; }
        public int Failed { get; set; }
        public int Skip { get; set; }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = patience, MaxResponseContentBufferSize = Note.MaxLength };
        Asked[] witnesses = [.. settings.WitnessKeys.Select(witness => new Asked(witness.Key, witness.Url))];
        while (!stop.IsCancellationRequested)
        {
            try { await Round(http, witnesses, stop); }
            catch (Exception error) when (!stop.IsCancellationRequested && error is CannotRecordException or DbException)
            {
                Log.CannotCollect(logger, error.Message);
            }
            catch (OperationCanceledException) { }
            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Round(HttpClient http, Asked[] witnesses, CancellationToken stop)
    {
        if (database.Read(TreeStore.Newest) is not { } newest) return;
        var note = Note.Parse(newest.Note, skipBroken: true)!;
        var late = time.GetUtcNow().Add(-refresh).ToUnixTimeSeconds();
        // After a restart it may have been cosigned before.
        bool IsFresh(Asked witness) => note.Cosignature(witness.Key)?.Seconds > late;
        var asked = witnesses.Where(witness => !IsFresh(witness)).Select(witness => Try(http, witness, newest, stop));
        var lines = await Task.WhenAll(asked);
        if (lines.OfType<NoteSignature>().ToList() is { Count: > 0 } signed)
            await database.WriteOwnAsync(transaction =>
            {
                foreach (var line in signed) TreeStore.AddCosignature(transaction.Connection, newest, line.Line + "\n");
                return 0;
            });
    }

    private async Task<NoteSignature?> Try(HttpClient http, Asked witness, PublishedCheckpoint newest, CancellationToken stop)
    {
        if (witness.Skip-- > 0) return null;
        try
        {
            var line = await Ask(http, witness, newest, stop);
            witness.Failed = line is null ? witness.Failed + 1 : 0;
            return line;
        }
        catch (Exception error) when (!stop.IsCancellationRequested && RemoteLog.IsPassing(error))
        {
            Log.WitnessUnreachable(logger, witness.Key.Name, error.Message);
            witness.Failed++;
            return null;
        }
        finally { witness.Skip = witness.Failed == 0 ? 0 : Math.Min((1 << Math.Min(witness.Failed, 6)) - 1, MaxSkipped); }
    }

    private async Task<NoteSignature?> Ask(HttpClient http, Asked witness, PublishedCheckpoint newest, CancellationToken stop)
    {
        // It says what it knows when it is asked from something else. More than this file holds: Opening refuses that at the next start.
        for (var attempt = 0; attempt < 2 && witness.Known <= newest.Size; attempt++)
        {
            var proof = database.Read(db => MerkleTree.ConsistencyProof(witness.Known, newest.Size, TreeStore.Source(db, newest)), stop);
            var hashes = string.Concat(proof.Select(hash => Convert.ToBase64String(hash) + "\n"));
            using var request = new StringContent($"old {witness.Known}\n{hashes}\n{newest.Signed}", Encoding.UTF8, "text/plain");
            using var answer = await http.PostAsync($"{witness.Url}/add-checkpoint", request, stop);
            var content = await answer.Content.ReadAsStringAsync(stop);
            var conflicts = answer.StatusCode == System.Net.HttpStatusCode.Conflict;
            if (conflicts && long.TryParse(content.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var known))
            {
                witness.Known = known;
                continue;
            }
            if (!answer.IsSuccessStatusCode) return Refused($"{(int)answer.StatusCode} {content}");
            var text = Note.Parse(newest.Signed)!.Text;
            var own = content.Split('\n').Select(NoteSignature.Parse).OfType<NoteSignature>().Where(line => line.IsOf(witness.Key));
            var signed = own.FirstOrDefault(line => witness.Key.Verify(text, line.Bytes));
            if (signed is null) return Refused("its answer holds no signature of its key");
            witness.Known = newest.Size;
            upkeep.Saw(witness.Key.Name, signed.At);
            return signed;
        }
        return witness.Known <= newest.Size ? null : Refused($"it has seen {witness.Known} entries");

        NoteSignature? Refused(string reason)
        {
            Log.WitnessRefused(logger, witness.Key.Name, newest.Size, reason);
            return null;
        }
    }
}

internal static partial class Log
{
    [LoggerMessage(24, LogLevel.Warning, "Cosignatures cannot be kept now: {Reason}")]
    public static partial void CannotCollect(ILogger logger, string reason);
}
