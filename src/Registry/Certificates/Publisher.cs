using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>A statement was refused: one fault or several. Nothing was changed.</summary>
public sealed class FaultException(params IReadOnlyList<Fault> faults) : Exception(faults[0].Refusal.Code)
{
    public IReadOnlyList<Fault> Faults { get; } = faults;
}

/// <summary>What a statement led to: the certificate or mark it is about, and whether it was new or had been recorded before.</summary>
public sealed record Recorded(string Id, long Seq, bool New);

/// <summary>
/// The path of a statement: decide, append to the log, project. It runs inside the writer's transaction and throws
/// <see cref="FaultException"/> before anything is changed.
/// </summary>
public static class Publisher
{
    /// <summary>Issues a certificate. The same statement again is answered with the first result, whatever has happened to the
    /// certificate since: a body may send its whole list every night.</summary>
    public static Recorded Issue(Transaction transaction, string body, CertificateContent content)
    {
        var db = transaction.Connection;
        var owner = CertificateStore.BodyOf(db, body) ?? throw new FaultException(new Fault(Refusal.UnknownBody));
        var issue = new Issue { Body = body, Certificate = content };
        if (CertificateStore.Find(db, owner, CertificateNumber.Normalise(content.Number)!) is { } present)
            return EntryLog.Get(db, present.Seq).SaysTheSameAs(issue)
                ? new(present.Id, present.Seq, New: false)
                : throw new FaultException(new Fault(Refusal.NumberTaken, "/number"));
        if (content.Replaces is { } replaces && CertificateStore.Find(db, replaces)?.BodyNumber != body)
            throw new FaultException(new Fault(Refusal.UnknownReplaces, "/replaces"));
        return Record(transaction, issue, leaf => Identifier.Of(leaf));
    }

    /// <summary>Records an act on a certificate of the body. The newest statement again is answered with the first result.</summary>
    public static Recorded Amend(Transaction transaction, Amendment amendment)
    {
        var db = transaction.Connection;
        var row = Own(transaction, amendment.Body, amendment.Certificate);
        if (row.LastSeq != row.Seq && EntryLog.Get(db, row.LastSeq).SaysTheSameAs(amendment)) return new(row.Id, row.LastSeq, New: false);
        if (Lifecycle.Decide(row.Certificate, amendment, Day.Of(transaction.Now)) is { } fault) throw new FaultException(fault);
        if (amendment is Correct { Content.Replaces: { } replaces } && replaces != row.Replaces && CertificateStore.Find(db, replaces)?.BodyNumber != amendment.Body)
            throw new FaultException(new Fault(Refusal.UnknownReplaces, "/certificate/replaces"));
        return Record(transaction, amendment, _ => row.Id);
    }

    /// <summary>Issues a mark of a valid certificate, where the scheme permits it.</summary>
    public static Recorded IssueMark(Transaction transaction, IssueMark mark)
    {
        var row = Own(transaction, mark.Body, mark.Certificate);
        if (Lifecycle.StatusOn(row.Certificate, Day.Of(transaction.Now)) != Status.Valid) throw new FaultException(new Fault(Refusal.NoMarkNow));
        var permitted = Catalogue.SchemeOf(row.Category).Placements;
        if (!permitted.Contains(mark.Placement))
            throw new FaultException(new Fault(Refusal.PlacementForbidden, "/placement", string.Join(", ", permitted.Select(p => p.Word()))));
        return Record(transaction, mark, leaf => Identifier.Of(leaf));
    }

    /// <summary>Withdraws a mark of the body, or a range of its items; once is enough.</summary>
    public static Recorded WithdrawMark(Transaction transaction, WithdrawMark withdraw)
    {
        var mark = Marks.MarkStore.Find(transaction.Connection, withdraw.Mark);
        if (mark is null || mark.BodyNumber != withdraw.Body) throw new FaultException(new Fault(Refusal.UnknownMark));
        if (withdraw.First is not null)
        {
            if (mark.Items is not { } items) throw new FaultException(new Fault(Refusal.NotSerialised));
            if (withdraw.First < 1 || withdraw.Last < withdraw.First || withdraw.Last > items) throw new FaultException(new Fault(Refusal.OutOfRange, "/from", 1, items));
            if (Marks.MarkStore.RangeOf(transaction.Connection, mark.Seq, withdraw.First.Value) is { } range && range.Last >= withdraw.Last) return new(mark.Code, mark.Seq, New: false);
        }
        return mark.WithdrawnAt is not null ? new(mark.Code, mark.Seq, New: false) : Record(transaction, withdraw, _ => mark.Code);
    }

    /// <summary>The registry's own act: admits a body.</summary>
    public static Recorded Admit(Transaction transaction, Admit admit)
    {
        if (!Catalogue.IsApprovalNumber(admit.Body)) throw new FaultException(new Fault(Refusal.BadApprovalNumber));
        if (CertificateStore.BodyOf(transaction.Connection, admit.Body) is { } seq)
            return EntryLog.Get(transaction.Connection, seq).SaysTheSameAs(admit) ? new(admit.Body, seq, New: false) : throw new FaultException(new Fault(Refusal.BodyExists));
        return Record(transaction, admit, _ => admit.Body);
    }

    /// <summary>A certificate of the body. Another body's answers like one that does not exist.</summary>
    public static CertificateRow Own(Transaction transaction, string body, string id) =>
        CertificateStore.Find(transaction.Connection, id) is { } row && row.BodyNumber == body ? row : throw new FaultException(new Fault(Refusal.UnknownCertificate));

    private static Recorded Record<T>(Transaction transaction, T statement, Func<byte[], string> id) where T : Statement
    {
        var (seq, leaf, recorded) = EntryLog.Append(transaction, statement);
        CertificateStore.Project(transaction.Connection, seq, leaf, recorded);
        return new(id(leaf), seq, New: true);
    }
}
