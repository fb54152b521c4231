using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>
/// Records the rows of a file, each decided by itself: a bad row never takes a good one with it. Rows are committed by the hundred; a result
/// is given only after its commit. While one batch is written, the next are read, checked and signed on the other processors.
/// </summary>
/// <param name="database">Where they are recorded.</param>
/// <param name="time">The clock.</param>
/// <param name="body">Approval number of the body whose certificates these are; null when each row names its own.</param>
/// <param name="dryRun">Whether everything is decided and nothing recorded.</param>
/// <param name="language">Of the reasons given.</param>
public sealed class Importer(Database database, TimeProvider time, string? body, bool dryRun, Language language)
{
    /// <summary>What one request may hold. An operator's own file has no limit.</summary>
    public const int MaxRows = 100_000, MaxBytes = 64 << 20;
    private const int Together = 200, Ahead = 2, Writing = 2;

    private readonly Dictionary<int, bool> firstsStand = [];
    private readonly HashSet<string> wouldStand = [];
    private int rows, recorded, already, rejected, differing;

    public ImportSummary Summary => new(rows, recorded, already, rejected, differing == 0 ? null : differing);

    /// <summary>A row as far as it goes without the database. One that replaces another row of the file waits for it.</summary>
    private sealed record Ready(SentRow Sent, ImportRow Read, IReadOnlyList<Fault> Faults, ReadyIssue? Issue = null, string? WaitsFor = null)
    {
        public string Number => Read.Content!.Number;
    }

    /// <summary>Records the rows and gives a result for each, nearly in their order: rows that replace later ones come last.</summary>
    /// <exception cref="FaultException">The body is not admitted, or there are more rows than <paramref name="maxRows"/>: nothing was recorded.</exception>
    public async IAsyncEnumerable<RowResult> Run(ImportFile file, int maxRows, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (body is not null && !database.Read(db => CertificateStore.Bodies(db)).Any(admitted => admitted.ApprovalNumber == body)) throw new FaultException(new Fault(Refusal.UnknownBody));
        var first = await Task.Run(() => new FirstReading(file, body, Today, maxRows, cancel), cancel);
        rows = first.Rows;
        var ready = Channel.CreateBounded<Ready[]>(Ahead);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = Task.Run(() => ReadAhead(file, first, ready.Writer, gone.Token), CancellationToken.None);
        // The next batch waits at the writer while one is written, so that it never waits for this side.
        var writing = new Queue<Task<List<RowResult>>>();
        var waiting = new List<Ready>();
        try
        {
            await foreach (var batch in ready.Reader.ReadAllAsync(cancel))
            {
                waiting.AddRange(batch.Where(row => row.WaitsFor is not null));
                writing.Enqueue(Write(file, first, [.. batch.Where(row => row.WaitsFor is null)]));
                if (writing.Count < Writing) continue;
                foreach (var result in Counted(await writing.Dequeue())) yield return result;
            }
            while (writing.TryDequeue(out var last))
                foreach (var result in Counted(await last)) yield return result;
            if (await reading is { } stopped) ExceptionDispatchInfo.Throw(stopped);
            await foreach (var result in RecordWaiting(file, first, waiting)) yield return result;
        }
        finally
        {
            await gone.CancelAsync();
            await reading;
            // Whoever asked has gone, or one before has failed: nothing of it may be written behind the caller's back.
            await Task.WhenAll(writing.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private DateOnly Today => Day.Of(time.GetUtcNow());

    private Task<List<RowResult>> Write(ImportFile file, FirstReading first, Ready[] batch) =>
        database.WriteAsync(transaction => batch.Select(row => Record(transaction, file, first, row)).ToList());

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
    private async Task<Exception?> ReadAhead(ImportFile file, FirstReading first, ChannelWriter<Ready[]> ready, CancellationToken gone)
    {
        try
        {
            foreach (var batch in file.Rows().Chunk(Together))
            {
                var made = new Ready[batch.Length];
                Parallel.For(0, made.Length, i => made[i] = Make(file, first, batch[i], null));
                await ready.WriteAsync(made, gone);
            }
            return null;
        }
        catch (Exception stopped) { return stopped; }
        finally { ready.Complete(); }
    }

    /// <param name="file">Where the row comes from.</param>
    /// <param name="first">What is known of the whole file.</param>
    /// <param name="sent">The row.</param>
    /// <param name="replacedId">Id of the certificate it replaces, or empty for one that a dry run would have made; null to look for it.</param>
    private Ready Make(ImportFile file, FirstReading first, SentRow sent, string? replacedId)
    {
        var now = time.GetUtcNow();
        var read = file.Read(sent, Day.Of(now));
        var faults = new List<Fault>(read.Faults);
        if ((body ?? read.Body) is not { } of) faults.Add(new(Refusal.Required, "/body"));
        else if (read.Body is { } stated && stated != of) faults.Add(new(Refusal.OtherBody, "/body", stated, of));
        if (first.RepeatOf(read.Body, read.Number) is { Different: true } repeat && faults.All(fault => fault.Pointer != "/number")) faults.Add(new(Refusal.NumberRepeated, "/number", string.Join("、", repeat.Lines)));
        if (faults.Count > 0 || read.Content is not { } content) return new(sent, read, faults);
        if (read.Replaces is { } replaces)
        {
            replacedId ??= Registered(body ?? read.Body!, replaces);
            if (replacedId is null && first.Replaced(read.Body, replaces) is { } before) return new(sent, read, faults, null, before);
            if (replacedId is null) return new(sent, read, [new(Refusal.UnknownReplaces, "/replaces")]);
            content = content with { Replaces = replacedId.Length == 0 ? null : replacedId };
            read = read with { Content = content };
        }
        var act = read.Stated is { IsAct: true, On: var on } status && (on ?? DayOfIssue(content, Day.Of(now))) is { } day ? (Func<string, string, Amendment>)((by, id) => status.Act(by, id, day)!) : null;
        return new(sent, read, faults, ReadyIssue.Sign(database.Signer!, body ?? read.Body!, content, now, act));
    }

    /// <summary>The day an act without one can only be of: today, where the certificate is issued today.</summary>
    private static DateOnly? DayOfIssue(CertificateContent content, DateOnly today) => content.IssuedOn >= today ? today : null;

    /// <summary>Id of the body's certificate with that number or id; null when there is none.</summary>
    private string? Registered(string of, string numberOrId) => database.Read(db =>
        (CertificateNumber.Normalise(numberOrId) is { } key ? CertificateStore.Numbered(db, of, key)?.Id : null)
        ?? (Identifier.Parse(numberOrId) is { } id && CertificateStore.Find(db, id)?.BodyNumber == of ? id : null));

    /// <summary>Records the rows that replace others of the file, predecessors first: an id is known as soon as its statement is signed.</summary>
    private async IAsyncEnumerable<RowResult> RecordWaiting(ImportFile file, FirstReading first, List<Ready> waiting)
    {
        var ids = new Dictionary<string, string>();
        // In a dry run each is decided before the next is made, because it changes nothing that the next could see.
        foreach (var together in InOrder(first, waiting).Chunk(dryRun ? 1 : Together))
        {
            var batch = together.Select(row =>
            {
                var before = row.WaitsFor!;
                var id = ids.GetValueOrDefault(before) ?? Registered(body ?? row.Read.Body!, FirstReading.NumberOf(before)) ?? (dryRun && wouldStand.Contains(before) ? "" : null);
                var made = Make(file, first, row.Sent, id);
                if (made.WaitsFor is not null) return made with { Faults = [new(Refusal.UnknownReplaces, "/replaces")] };
                if (!dryRun && made.Issue is { } issue && first.Key(row.Read.Body, row.Read.Number) is { } key) ids[key] = issue.Id;
                return made;
            }).ToArray();
            foreach (var result in Counted(await Write(file, first, batch))) yield return result;
        }
    }

    private static IEnumerable<Ready> InOrder(FirstReading first, List<Ready> waiting)
    {
        var byKey = new Dictionary<string, Ready>();
        foreach (var row in waiting) byKey.TryAdd(first.Key(row.Read.Body, row.Read.Number)!, row);
        var given = new HashSet<Ready>(ReferenceEqualityComparer.Instance);
        foreach (var row in waiting)
        {
            var chain = new Stack<Ready>();
            for (var next = row; next is not null && given.Add(next); next = byKey.GetValueOrDefault(next.WaitsFor!)) chain.Push(next);
            foreach (var one in chain) yield return one;
        }
    }

    private RowResult Record(Transaction transaction, ImportFile file, FirstReading first, Ready row)
    {
        var result = Decide(transaction, file, first, row);
        var stands = result.Result != RowResult.Rejected;
        if (!dryRun || !stands && result.Id is null) return result;
        // What a dry run does not write, later rows of the same file have to know of.
        if (first.RepeatOf(row.Read.Body, row.Read.Number)?.First == row.Sent.Row) firstsStand[row.Sent.Row] = stands;
        if (stands && first.Key(row.Read.Body, row.Read.Number) is { } key && first.IsReplaced(key)) wouldStand.Add(key);
        return result;
    }

    private RowResult Decide(Transaction transaction, ImportFile file, FirstReading first, Ready row)
    {
        if (row.Faults.Count > 0) return Rejected(file, row, row.Faults);
        if (dryRun && first.RepeatOf(row.Read.Body, row.Read.Number) is { } repeat && repeat.First != row.Sent.Row && firstsStand.GetValueOrDefault(repeat.First))
            return new(row.Sent.Row, row.Sent.Source.Line, RowResult.Already, row.Number, null, null) { Sent = row.Sent };
        try { return dryRun ? transaction.Attempt(Acts, keep: false) : Acts(); }
        catch (FaultException fault) { return Rejected(file, row, fault.Faults); }

        // Each act is refused before anything is changed, so none needs to be undone.
        RowResult Acts()
        {
            var needsDay = row.Read.Stated is { IsAct: true } && row.Issue!.Then is null;
            if (needsDay && !IsRegistered(transaction, row.Issue!)) throw new FaultException(new Fault(Refusal.StatusDateRequired, "/statusOn", row.Read.Stated!.Status.Name()));
            Recorded? issued = null;
            try { issued = Publisher.Issue(transaction, row.Issue!); }
            catch (FaultException taken) when (taken.Faults[0].Refusal == Refusal.NumberTaken) { }
            return issued is { New: true } ? new(row.Sent.Row, row.Sent.Source.Line, RowResult.Recorded, row.Number, dryRun ? null : issued.Id, null) { Sent = row.Sent } : Again(transaction, file, row, issued is not null);
        }
    }

    private static bool IsRegistered(Transaction transaction, ReadyIssue issue) =>
        CertificateStore.Numbered(transaction.Connection, issue.Issue.Body, issue.NumberKey) is not null;

    /// <summary>A row whose number is registered: what differs is named, and its act is recorded where it can only be about that certificate.</summary>
    private RowResult Again(Transaction transaction, ImportFile file, Ready row, bool asIssued)
    {
        var id = CertificateStore.Numbered(transaction.Connection, row.Issue!.Issue.Body, row.Issue.NumberKey)!.Value.Id;
        var again = new SentAgain(CertificateStore.Find(transaction.Connection, id)!.Certificate, row.Read, file.States);
        // The list of last night says what was issued, whatever has been corrected since.
        var differences = asIssued ? [] : again.Differences;
        RowResult Result(string result, RowError[]? errors = null, RowError[]? differs = null) => new(row.Sent.Row, row.Sent.Source.Line, result, row.Number, id, errors) { Differs = differs, Sent = row.Sent };
        RowResult Refused(params IEnumerable<Fault> faults) => Result(RowResult.Rejected, Errors(file, [.. faults, .. differences]));

        if (row.Read.Stated is not { } stated) return differences.Count == 0 ? Result(RowResult.Already) : Refused(new Fault(Refusal.NumberTaken, "/number"));
        if (again.Disagrees(stated, Day.Of(transaction.Now)) is { } disagrees) return Refused(disagrees);
        if (!stated.IsAct) return differences.Count == 0 ? Result(RowResult.Already) : Refused(new Fault(Refusal.NumberTaken, "/number"));
        if (again.Stands(stated))
        {
            differences = asIssued ? [.. again.Differences.Where(d => d.Pointer is "/statusOn" or "/until" or "/reason")] : again.Differences;
            return differences.Count == 0 ? Result(RowResult.Already) : Refused(new Fault(Refusal.NumberTaken, "/number"));
        }
        RowResult NotRecorded(params IEnumerable<Fault> why) =>
            Refused([new Fault(Refusal.ActNotRecorded, "/status", stated.Status.Name(), new Text(Joined(why, Language.Zh), Joined(why, Language.En))), .. why]);
        if (!asIssued && !again.IsSame) return NotRecorded(new Fault(Refusal.NumberTaken, "/number"));
        if ((stated.On ?? DayOfIssue(row.Read.Content!, Day.Of(transaction.Now))) is not { } day) return NotRecorded(new Fault(Refusal.StatusDateRequired, "/statusOn", stated.Status.Name()));
        try { Publisher.Amend(transaction, stated.Act(row.Issue.Issue.Body, id, day)!); }
        catch (FaultException refused) { return NotRecorded(refused.Faults); }
        return Result(RowResult.Recorded, null, differences.Count == 0 ? null : Errors(file, differences));
    }

    private static string Joined(IEnumerable<Fault> faults, Language language) => string.Join(language == Language.Zh ? "；" : "; ", faults.Select(fault => fault.Message(language).TrimEnd('。', '.')));

    private RowResult Rejected(ImportFile file, Ready row, IReadOnlyList<Fault> faults) =>
        new(row.Sent.Row, row.Sent.Source.Line, RowResult.Rejected, row.Read.Number, null, Errors(file, faults)) { Sent = row.Sent };

    private RowError[] Errors(ImportFile file, IReadOnlyList<Fault> faults) => [.. faults.Select(fault => new RowError(file.NameOf(fault.Pointer, language), fault.Refusal.Code, fault.Message(language)))];
}
