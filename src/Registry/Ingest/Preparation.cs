using Registry.Bodies;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Ingest;

/// <summary>A row as far as it goes without the writer: its faults, or its signed issue. One that replaces another row of the file waits
/// for that key.</summary>
public sealed record Ready(SentRow Sent, ImportRow Read, IReadOnlyList<Fault> Faults, ReadyIssue? Issue = null, string? WaitsFor = null);

/// <summary>Makes rows ready beside the writer: reads, checks and signs them.</summary>
/// <param name="database">To look up what a row replaces, and whose key signs.</param>
/// <param name="time">The clock.</param>
/// <param name="file">Where the rows come from.</param>
/// <param name="first">What is known of the whole file.</param>
/// <param name="body">Approval number of the body; null when each row names its own.</param>
public sealed class Preparation(Database database, TimeProvider time, ImportFile file, FirstReading first, string? body)
{
    private readonly Dictionary<string, BodyView> bodies = database.Read(BodyStore.All).ToDictionary(known => known.ApprovalNumber);

    /// <summary>Ids of waiting rows that were signed, by their keys: an id is known before its statement is recorded.</summary>
    private readonly Dictionary<string, string> signed = [];

    /// <summary>Reads, checks and signs a row. Several at a time may be made.</summary>
    public Ready Make(SentRow sent)
    {
        var now = time.GetUtcNow();
        var read = file.Read(sent, Day.Of(now));
        var faults = new List<Fault>(read.Faults);
        if (BodyFault(read) is { } other) faults.Add(other);
        if (first.RepeatOf(read) is { Different: true } repeat && faults.All(fault => fault.Pointer != "/number"))
            faults.Add(new(Refusal.NumberRepeated, "/number", string.Join("、", repeat.Lines)));
        if (faults.Count > 0 || read.Content is not { } content) return new(sent, read, faults);
        if (read.Replaces is null) return Sign(sent, read, content, now);
        if (Registered(read, read.Replaces) is { } id) return Sign(sent, read, content with { Replaces = id }, now);
        return first.Replaced(read) is { } before ? new(sent, read, faults, null, before) : Unknown(sent, read);
    }

    /// <summary>Makes a row ready that waited for another of the file. Ask for them one by one, <see cref="InOrder"/>.</summary>
    /// <param name="row">As it was made at first.</param>
    /// <param name="wouldStand">Keys of rows that a dry run found right and did not record.</param>
    public Ready Finish(Ready row, IReadOnlySet<string> wouldStand)
    {
        var (before, content) = (row.WaitsFor!, row.Read.Content!);
        var id = signed.GetValueOrDefault(before) ?? Registered(row.Read, FirstReading.NumberOf(before));
        if (id is null && !wouldStand.Contains(before)) return Unknown(row.Sent, row.Read);
        var made = Sign(row.Sent, row.Read, content with { Replaces = id }, time.GetUtcNow());
        if (id is not null && first.KeyOf(row.Read) is { } key)
        {
            signed[key] = made.Issue!.Id;
            made.Issue.KeepId();
        }
        return made;
    }

    /// <summary>Rows that wait for each other, each after the one it waits for; those that wait in a ring come too, and find
    /// nothing.</summary>
    public IEnumerable<Ready> InOrder(List<Ready> waiting)
    {
        var byKey = new Dictionary<string, Ready>();
        foreach (var row in waiting) byKey.TryAdd(first.KeyOf(row.Read)!, row);
        var given = new HashSet<Ready>(ReferenceEqualityComparer.Instance);
        foreach (var row in waiting)
        {
            var chain = new Stack<Ready>();
            for (var next = row; next is not null && given.Add(next); next = byKey.GetValueOrDefault(next.WaitsFor!)) chain.Push(next);
            foreach (var one in chain) yield return one;
        }
    }

    /// <summary>The day of an act that states none, where it can only be one: today, of a certificate issued today.</summary>
    public static DateOnly? DayOf(StatedStatus stated, CertificateContent content, DateOnly today) =>
        stated.On ?? (content.IssuedOn >= today ? today : null);

    private Ready Sign(SentRow sent, ImportRow read, CertificateContent content, DateTimeOffset now)
    {
        Func<string, string, Amendment>? then = null;
        if (read.Stated is { IsAct: true } stated && DayOf(stated, content, Day.Of(now)) is { } day)
            then = (of, id) => stated.Act(of, id, day);
        var issue = ReadyIssue.Sign(database.Signer!, body ?? read.Body!, content, now, then);
        return new(sent, read with { Content = content }, [], issue);
    }

    /// <summary>Whose row it is must be known, and nothing in it may say that it is another's.</summary>
    private Fault? BodyFault(ImportRow row)
    {
        if ((body ?? row.Body) is not { } of) return new(Refusal.Required, "/body");
        if (row.Body is { } stated && stated != of) return new(Refusal.OtherBody, "/body", stated, of);
        if (row.BodyName is not { } name || !bodies.TryGetValue(of, out var known)) return null;
        var folded = PlainText.Fold(name);
        var isOwn = folded == PlainText.Fold(known.Name) || known.NameEn is { } english && folded == PlainText.Fold(english);
        return isOwn ? null : new(Refusal.OtherBody, "/bodyName", PlainText.Echo(name), known.Name);
    }

    private static Ready Unknown(SentRow sent, ImportRow read) => new(sent, read, [new(Refusal.UnknownReplaces, "/replaces")]);

    /// <summary>Id of the body's certificate with that number or id; null when there is none.</summary>
    private string? Registered(ImportRow row, string numberOrId) => database.Read(db =>
    {
        var of = body ?? row.Body!;
        var numbered = CertificateNumber.Normalise(numberOrId) is { } key ? CertificateStore.Numbered(db, of, key)?.Id : null;
        if (numbered is not null) return numbered;
        return Identifier.Parse(numberOrId) is { } id && CertificateStore.Find(db, id)?.BodyNumber == of ? id : null;
    });
}
