using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Registry.Bodies;
using Registry.Certificates;

namespace Registry.Ingest;

/// <summary>
/// Records the rows of a file, each decided by itself: a bad row never takes a good one with it. Rows are committed by the hundred; a
/// result
/// is given only after its commit. While one batch is written, the next are read, checked and signed on the other processors.
/// </summary>
/// <param name="database">Where they are recorded.</param>
/// <param name="time">The clock.</param>
/// <param name="body">Approval number of the body whose certificates these are; null when each row names its own.</param>
/// <param name="dryRun">Whether everything is decided and nothing recorded.</param>
/// <param name="language">Of the reasons given.</param>
/// <param name="mayRecord">Asked with each batch where it is recorded: throws where who sends it may record no more.</param>
public sealed class Importer(
    Database database, TimeProvider time, string? body, bool dryRun, Language language, Action<Transaction>? mayRecord = null)
{
    /// <summary>What one request may hold. An operator's own file has no limit.</summary>
    public const int MaxRows = 100_000, MaxBytes = 64 << 20;
    private const int Together = 200, Ahead = 2, Writing = 2;

    private int rows, recorded, already, rejected, differing;

    public ImportSummary Summary => new(rows, recorded, already, rejected, differing == 0 ? null : differing);

    /// <summary>Records the rows and gives a result for each, nearly in their order: rows that replace others of the file come
    /// last.</summary>
    /// <exception cref="FaultException">The body is not admitted, or there are more rows than <paramref name="maxRows"/>: nothing was
    /// recorded.</exception>
    public async IAsyncEnumerable<RowResult> Run(ImportFile file, int maxRows, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (body is not null && database.Read(db => BodyStore.All(db)).All(admitted => admitted.ApprovalNumber != body))
            throw new FaultException(Refusal.UnknownBody);
        var today = Day.Of(time.GetUtcNow());
        var first = await Task.Run(() => new FirstReading(file, body, today, maxRows, cancel), cancel);
        rows = first.Rows;
        var (preparation, decision) = (new Preparation(database, time, file, first, body), new Decision(file, first, dryRun, language));
        var ready = Channel.CreateBounded<Ready[]>(Ahead);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = Task.Run(() => ReadAhead(file, preparation, ready.Writer, gone.Token), CancellationToken.None);
        // The next batch waits at the writer while one is written, so that it never waits for this side.
        var writing = new Queue<Task<List<RowResult>>>();
        var waiting = new List<Ready>();
        try
        {
            await foreach (var batch in ready.Reader.ReadAllAsync(cancel))
            {
                waiting.AddRange(batch.Where(row => row.WaitsFor is not null));
                writing.Enqueue(Write(decision, batch.Where(row => row.WaitsFor is null)));
                if (writing.Count < Writing) continue;
                foreach (var result in Counted(await writing.Dequeue())) yield return result;
            }
            while (writing.TryDequeue(out var last))
                foreach (var result in Counted(await last)) yield return result;
            if (await reading is { } stopped) ExceptionDispatchInfo.Throw(stopped);
            // In a dry run each is decided before the next is made, because it changes nothing that the next could see.
            foreach (var together in preparation.InOrder(waiting).Chunk(dryRun ? 1 : Together))
                foreach (var result in Counted(await Write(decision, together.Select(row => preparation.Finish(row, decision.WouldStand)))))
                    yield return result;
        }
        finally
        {
            await gone.CancelAsync();
            await reading;
            // Whoever asked has gone, or one before has failed: nothing of it may be written behind the caller's back.
            await Task.WhenAll(writing.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<List<RowResult>> Write(Decision decision, IEnumerable<Ready> batch)
    {
        var made = batch.ToArray();
        return database.WriteAsync(transaction =>
        {
            mayRecord?.Invoke(transaction);
            return made.Select(row => decision.Record(transaction, row)).ToList();
        });
    }

    private List<RowResult> Counted(List<RowResult> results)
    {
        foreach (var result in results)
        {
            if (result.Result == RowResult.Recorded) recorded++;
            else if (result.Result == RowResult.Already) already++;
            else rejected++;
            if (result.Differs is not null) differing++;
        }
        return results;
    }

    /// <summary>Reads rows and makes them ready by the batch, in their order, and tells what stopped it before their end.</summary>
    private static async Task<Exception?> ReadAhead(
        ImportFile file, Preparation preparation, ChannelWriter<Ready[]> ready, CancellationToken gone)
    {
        try
        {
            foreach (var batch in file.Rows().Chunk(Together))
            {
                var made = new Ready[batch.Length];
                Parallel.For(0, made.Length, i => made[i] = preparation.Make(batch[i]));
                await ready.WriteAsync(made, gone);
            }
            return null;
        }
        catch (Exception stopped) { return stopped; }
        finally { ready.Complete(); }
    }
}
