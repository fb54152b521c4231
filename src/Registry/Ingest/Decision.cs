using Registry.Certificates;
using Registry.Statements;

namespace Registry.Ingest;

/// <summary>Decides rows within the writer's transaction, one after the other, and says what became of each.</summary>
/// <param name="file">Where they come from.</param>
/// <param name="first">What is known of the whole file.</param>
/// <param name="dryRun">Whether what is decided is undone.</param>
/// <param name="language">Of the reasons given.</param>
public sealed class Decision(ImportFile file, FirstReading first, bool dryRun, Language language)
{
    private readonly HashSet<int> standing = [];
    private readonly HashSet<string> wouldStand = [];

    /// <summary>Keys of rows that others replace and that a dry run found right: it records nothing that the others could see.</summary>
    public IReadOnlySet<string> WouldStand => wouldStand;

    /// <summary>Records a row, or in a dry run decides it.</summary>
    public RowResult Record(Transaction transaction, Ready row)
    {
        var repeat = first.RepeatOf(row.Read);
        if (row.Faults.Count > 0) return Rejected(row, row.Faults);
        var isRepeated = repeat is not null && repeat.First != row.Sent.Row;
        if (isRepeated && standing.Contains(repeat!.First)) return Result(row, RowResult.Already, null);
        RowResult result;
        try { result = dryRun ? transaction.Attempt(() => Act(transaction, row), keep: false) : Act(transaction, row); }
        catch (FaultException fault) { return Rejected(row, fault.Faults); }
        if (!dryRun || result.Result == RowResult.Rejected) return result;
        // What a dry run does not write, later rows of the same file have to know of.
        if (repeat is not null) standing.Add(repeat.First);
        if (first.KeyOf(row.Read) is { } key && first.IsReplaced(key)) wouldStand.Add(key);
        return result;
    }

    /// <summary>Issues, or goes on with what is registered. Each act is refused before anything is changed, so none needs to be
    /// undone.</summary>
    private RowResult Act(Transaction transaction, Ready row)
    {
        var lacksDay = row.Read.Stated is { IsAct: true } && row.Issue!.Then is null;
        if (lacksDay && Registered(transaction, row) is null) throw new FaultException(NoDay(row.Read.Stated!));
        Recorded? issued = null;
        try { issued = Publisher.Issue(transaction, row.Issue!); }
        catch (FaultException refused) when (refused.Faults[0].Refusal == Refusal.NumberTaken) { }
        if (issued is { New: true }) return Result(row, RowResult.Recorded, dryRun ? null : issued.Id);
        return Again(transaction, row, asIssued: issued is not null);
    }

    /// <summary>A row whose number is registered: what differs is named, and its act is recorded where it can only be about that
    /// certificate.</summary>
    private RowResult Again(Transaction transaction, Ready row, bool asIssued)
    {
        var (id, today) = (Registered(transaction, row)!, Day.Of(transaction.Now));
        // The list of last night says what was issued, whatever has been corrected since.
        var registered = CertificateStore.Find(transaction.Connection, id)!.Certificate;
        var again = new SentAgain(registered, row.Read, asIssued ? _ => false : file.States);
        RowResult Refused(IEnumerable<Fault> faults) => Result(row, RowResult.Rejected, id, Errors([.. faults, .. again.Differences]));
        RowResult AsItStands() => again.Differences.Count == 0 ? Result(row, RowResult.Already, id) : Refused([taken]);
        RowResult NotRecorded(StatedStatus stated, IReadOnlyList<Fault> why) => Refused([NotDone(stated, why), .. why]);

        if (row.Read.Stated is not { } stated) return AsItStands();
        if (again.Disagrees(stated, today) is { } disagrees) return Refused([disagrees]);
        if (!stated.IsAct || again.Stands(stated)) return AsItStands();
        if (!asIssued && !again.IsSame) return NotRecorded(stated, [taken]);
        if (Preparation.DayOf(stated, row.Read.Content!, today) is not { } day) return NotRecorded(stated, [NoDay(stated)]);
        try { Publisher.Amend(transaction, stated.Act(row.Issue!.Issue.Body, id, day)); }
        catch (FaultException refused) { return NotRecorded(stated, refused.Faults); }
        return Result(row, RowResult.Recorded, id) with { Differs = again.Differences.Count == 0 ? null : Errors(again.Differences) };
    }

    private static string? Registered(Transaction transaction, Ready row) =>
        CertificateStore.Numbered(transaction.Connection, row.Issue!.Issue.Body, row.Issue.Stored.NumberKey)?.Id;

    private static readonly Fault taken = new(Refusal.NumberTaken, "/number");

    private static Fault NotDone(StatedStatus stated, IReadOnlyList<Fault> why) =>
        new(Refusal.ActNotRecorded, "/status", stated.Status.Name(), new Text(Joined(why, Language.Zh), Joined(why, Language.En)));

    private static Fault NoDay(StatedStatus stated) => new(Refusal.StatusDateRequired, "/statusOn", stated.Status.Name());

    private static string Joined(IEnumerable<Fault> faults, Language language) =>
        string.Join(language == Language.Zh ? "；" : "; ", faults.Select(fault => fault.Message(language).TrimEnd('。', '.')));

    private static RowResult Result(Ready row, string result, string? id, RowError[]? errors = null) =>
        new(row.Sent.Row, row.Sent.Source.Line, result, row.Read.Number, id, errors) { Sent = row.Sent };

    private RowResult Rejected(Ready row, IReadOnlyList<Fault> faults) => Result(row, RowResult.Rejected, null, Errors(faults));

    private RowError[] Errors(IReadOnlyList<Fault> faults) =>
        [.. faults.Select(fault => new RowError(file.NameOf(fault.Pointer, language), fault.Refusal.Code, fault.Message(language)))];
}
