using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>What each kind of statement changes, and in which table. The log is the truth and every other table is made from it, here and
/// nowhere else.</summary>
public static class Projection
{
    /// <summary>Makes of one entry of a log that is read again what the tables say of it, as it was recorded.</summary>
    /// <exception cref="InvalidDataException">This program knows no such statement: a newer registry recorded it.</exception>
    public static void Apply(Transaction transaction, Entry entry, ReadLeaf read)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt);
        NewestStatements.Follow(transaction, entry.Seq, read.Statement?.Map);
        if (read.Issue is { } issue) Apply(transaction, entry.Seq, at, issue);
        else Apply(transaction, entry.Seq, read.Leaf, (read.Statement ?? throw Unknown(entry.Seq, "none at all")) with { RecordedAt = at });
    }

    /// <summary>Makes of one entry of the log what the tables say of it.</summary>
    /// <exception cref="InvalidDataException">This program knows no such kind of statement: a newer registry recorded it.</exception>
    public static void Apply(Transaction transaction, long seq, Leaf leaf, Statement statement)
    {
        var db = transaction.Connection;
        switch (statement)
        {
            case Admit admit:
                BodyStore.Add(db, seq, admit);
                break;
            case OwnSignatureOnly only:
                BodyStore.OwnSignatureOnly(transaction, seq, only);
                break;
            case RegisterKey register:
                KeyStore.Add(db, seq, register, BySetKey(transaction, leaf, register));
                break;
            case WithdrawKey withdraw:
                KeyStore.Withdraw(db, seq, withdraw);
                break;
            case Issue issue:
                Apply(transaction, seq, issue.RecordedAt, new ReadyIssue(issue, leaf));
                break;
            case IssueMark mark:
                MarkStore.Add(db, seq, Identifier.OfHash(leaf.Hash), mark);
                break;
            case WithdrawMark withdraw:
                MarkStore.Withdraw(db, seq, withdraw);
                break;
            case Amendment amendment:
                Amend(transaction, amendment, By(transaction, seq, leaf, amendment));
                break;
            case AcceptLoss loss:
                LossStore.Add(db, seq, loss.Lost);
                break;
            default:
                throw Unknown(seq, statement.GetType().Name);
        }
        if (statement is not Issue) NewestStatements.Note(transaction, seq, (statement as Amendment)?.Certificate);
    }

    /// <summary>The same of an issue whose columns and terms were made before.</summary>
    /// <returns>What the row of the certificate holds.</returns>
    public static CertificateRow Apply(Transaction transaction, long seq, DateTimeOffset recordedAt, ReadyIssue ready)
    {
        var body = BodyStore.Find(transaction, ready.Issue.Body)
            ?? throw new InvalidDataException($"Entry {seq} is of a body that no entry admitted.");
        var made = new NewCertificate(ready.Id, body.Seq, ready.Stored, By(transaction, seq, ready.Leaf, ready.Issue));
        CertificateStore.Add(transaction, made);
        NewestStatements.Note(transaction, seq, ready.Id);
        SearchIndex.Add(transaction, seq, ready.SearchTerms, body.Seq);
        return CertificateStore.Added(made, body.View, recordedAt);
    }

    private static void Amend(Transaction transaction, Amendment act, Stating by)
    {
        var certificate = CertificateStore.File(transaction, act.Certificate, by.Seq);
        var before = act is Correct ? SearchIndex.TermsOf(CertificateStore.Find(transaction.Connection, act.Certificate)!) : null;
        switch (act)
        {
            case Correct correct:
                CertificateStore.Correct(transaction, certificate, new(correct.Content), by);
                break;
            case Suspend suspend:
                CertificateStore.Suspend(transaction, certificate, suspend.EffectiveOn, suspend.Until, suspend.Reason, by);
                break;
            case Restore:
                CertificateStore.Suspend(transaction, certificate, on: null, until: null, reason: null, by);
                break;
            case Revoke revoke:
                CertificateStore.End(transaction, certificate, Status.Revoked, revoke.EffectiveOn, revoke.Reason, by);
                break;
            case Cancel cancel:
                CertificateStore.End(transaction, certificate, Status.Cancelled, cancel.EffectiveOn, cancel.Reason, by);
                break;
            default:
                throw Unknown(by.Seq, act.GetType().Name);
        }
        SearchIndex.Acted(transaction, CertificateStore.Find(transaction.Connection, act.Certificate)!, before);
    }

    private static InvalidDataException Unknown(long seq, string kind) =>
        new($"Entry {seq} is a statement of a kind that this program does not know ({kind}): a newer registry recorded it. Use that one.");

    private static Stating By(Transaction transaction, long seq, Leaf leaf, Statement statement) =>
        new(seq, statement.OnBehalf is null, BySetKey(transaction, leaf, statement));

    private static bool BySetKey(Transaction transaction, Leaf leaf, Statement statement) =>
        statement.OnBehalf is null && KeyStore.SignedBySetKey(transaction.Connection, leaf.Bytes, statement);
}
