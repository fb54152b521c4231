using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>What a statement led to: the certificate, mark or key it is about, and whether it was new or had been recorded
/// before.</summary>
public sealed record Recorded(string Id, long Seq, bool New)
{
    /// <summary>The row of a certificate that is new and as it was issued, so that nobody has to read it back.</summary>
    public CertificateRow? Row { get; init; }
}

/// <summary>
/// The path of a statement: decide, append to the log, project. It runs inside the writer's transaction and throws
/// <see cref="FaultException"/> before anything is changed. A statement comes either alone, and the registry signs it on behalf of its
/// body, or as the leaf that its signer made, which is kept byte for byte.
/// </summary>
public static class Publisher
{
    /// <summary>Keys of a body that stand at one time.</summary>
    public const int MaxKeys = 16;

    /// <summary>Decides a statement by its kind and records it.</summary>
    /// <param name="transaction">The writer's, whose instant is that of recording.</param>
    /// <param name="read">The statement as it was signed.</param>
    /// <exception cref="FaultException">It is refused; nothing was changed.</exception>
    public static Recorded Record(Transaction transaction, ReadLeaf read) =>
        read.Issue is { } ready ? Issue(transaction, ready) : Record(transaction, read.Statement!, read.Leaf);

    private static Recorded Record(Transaction transaction, Statement statement, Leaf leaf) => statement switch
    {
        Amendment amendment => Amend(transaction, amendment, leaf),
        IssueMark mark => IssueMark(transaction, mark, leaf),
        WithdrawMark withdraw => WithdrawMark(transaction, withdraw, leaf),
        Admit admit => Admit(transaction, admit, leaf),
        RegisterKey register => RegisterKey(transaction, register, leaf),
        WithdrawKey withdraw => WithdrawKey(transaction, withdraw, leaf),
        OwnSignatureOnly only => OwnSignatureOnly(transaction, only, leaf),
        AcceptLoss loss => AcceptLoss(transaction, loss, leaf),
        _ => throw new ArgumentOutOfRangeException(nameof(statement)),
    };

    /// <summary>Issues a certificate. The same statement again is answered with the first result, whatever has happened to the
    /// certificate since: a body may send its whole list every night.</summary>
    public static Recorded Issue(Transaction transaction, string body, CertificateContent content) =>
        Issue(transaction, ReadyIssue.Sign(Signer(transaction), body, content, EntryLog.Next(transaction, transaction.Now)));

    /// <inheritdoc cref="Issue(Transaction, string, CertificateContent)"/>
    public static Recorded Issue(Transaction transaction, ReadyIssue ready)
    {
        var (db, body, content) = (transaction.Connection, ready.Issue.Body, ready.Issue.Certificate);
        var owner = BodyStore.Find(transaction, body) ?? throw new FaultException(Refusal.UnknownBody);
        if (CertificateStore.Numbered(db, owner.Seq, ready.Stored.NumberKey) is var (seq, id))
            return EntryLog.Get(db, seq).Statement.SaysTheSameAs(ready.Issue)
                ? new(id, seq, New: false)
                : throw new FaultException(Refusal.NumberTaken, "/number");
        RefuseOnBehalf(transaction, ready.Issue);
        if (content.Replaces is { } replaces) CheckReplaced(transaction, replaces, body, "/replaces");
        if (ready.Then is var (act, _))
        {
            CheckDays(act);
            CheckAct(transaction, Lifecycle.Begin(0, ready.Id, ready.Issue), act);
        }
        var at = EntryLog.Next(transaction, ready.Issue.StatedAt);
        if (!ready.MayBear) NewestStatements.Follow(transaction, EntryLog.NextSeq(transaction), ready.Issue.Map);
        else if (NewestStatements.Root(transaction) is { } map) ready = ready.Bearing(map);
        seq = EntryLog.Append(transaction, ready.Leaf, at);
        var row = Projection.Apply(transaction, seq, at, ready);
        if (ready.Then is not { } then) return new(ready.Id, seq, New: true) { Row = row };
        Record(transaction, then.Act, then.Leaf, _ => ready.Id);
        return new(ready.Id, seq, New: true);
    }

    /// <summary>Records an act on a certificate of the body. The newest statement again is answered with the first result.</summary>
    public static Recorded Amend(Transaction transaction, Amendment amendment, Leaf? leaf = null)
    {
        CheckDays(amendment);
        var row = Own(transaction, amendment.Body, amendment.Certificate);
        if (row.LastSeq != row.Seq)
        {
            var newest = EntryLog.Get(transaction.Connection, row.LastSeq).Statement;
            if (newest.SaysTheSameAs(amendment)) return new(row.Id, row.LastSeq, New: false);
        }
        CheckAct(transaction, row.Certificate, amendment);
        if (leaf is null) CheckIncoming(transaction.Connection, row, amendment);
        if (amendment is Correct { Content.Replaces: { } replaces } && replaces != row.Replaces)
            CheckReplaced(transaction, replaces, amendment.Body, "/certificate/replaces");
        return Record(transaction, amendment, leaf, _ => row.Id);
    }

    /// <summary>A certificate replaces another of the same body.</summary>
    private static void CheckReplaced(Transaction transaction, string replaced, string body, string pointer)
    {
        var owner = CertificateStore.Find(transaction.Connection, replaced)?.BodyNumber;
        if (owner != body) throw new FaultException(Refusal.UnknownReplaces, pointer);
    }

    /// <summary>Whether a certificate is another, or came in its place, be it after several. A log of before may hold a ring.</summary>
    private static bool IsOrFollows(DbConnection db, string? id, string other)
    {
        var passed = new HashSet<string>();
        while (id is not null && id != other && passed.Add(id)) id = CertificateStore.Find(db, id)?.Replaces;
        return id == other;
    }

    private static void CheckAct(Transaction transaction, Certificate certificate, Amendment act)
    {
        if (Lifecycle.Decide(certificate, act, Day.Of(transaction.Now)) is { } fault) throw new FaultException(fault);
    }

    private static void CheckDays(Amendment amendment)
    {
        Check(amendment.EffectiveOn, "/effectiveOn");
        Check((amendment as Suspend)?.Until, "/until");

        static void Check(DateOnly? day, string pointer)
        {
            if (day < Day.Earliest || day > Day.Latest) throw new FaultException(Refusal.BadDate, pointer);
        }
    }

    /// <summary>What is asked of what comes in, never of what a log holds: what the scheme of a certificate permits (schemes are data, and
    /// change), and that nothing comes in its own place, which earlier versions took.</summary>
    /// <exception cref="FaultException">The reason or the placement is not permitted, or what is replaced came in this one's
    /// place.</exception>
    public static void CheckIncoming(DbConnection db, CertificateRow row, Statement statement)
    {
        if (statement is Correct { Content.Replaces: { } replaced } && replaced != row.Replaces && IsOrFollows(db, replaced, row.Id))
            throw new FaultException(Refusal.ReplacesItself, "/certificate/replaces");
        var scheme = Catalogue.SchemeOf(row.Category, row.IssuedOn);
        var refused = statement switch
        {
            Amendment act => scheme.Refuses(Lifecycle.ActOf(act), Lifecycle.ReasonOf(act)),
            IssueMark mark => scheme.Refuses(mark.Placement),
            _ => null,
        };
        if (refused is { } fault) throw new FaultException(fault);
    }

    /// <summary>Issues a mark of a valid certificate, where the scheme permits it.</summary>
    public static Recorded IssueMark(Transaction transaction, IssueMark mark, Leaf? leaf = null)
    {
        var row = Own(transaction, mark.Body, mark.Certificate);
        if (Lifecycle.StatusOn(row.Certificate, Day.Of(transaction.Now)) != Status.Valid) throw new FaultException(Refusal.NoMarkNow);
        if (leaf is null) CheckIncoming(transaction.Connection, row, mark);
        return Record(transaction, mark, leaf, made => Identifier.OfHash(made.Hash));
    }

    /// <summary>Withdraws a mark of the body, or a range of its items; once is enough.</summary>
    public static Recorded WithdrawMark(Transaction transaction, WithdrawMark withdraw, Leaf? leaf = null)
    {
        var db = transaction.Connection;
        var mark = MarkStore.Find(db, withdraw.Mark);
        if (mark is null || mark.BodyNumber != withdraw.Body) throw new FaultException(Refusal.UnknownMark);
        var before = new Recorded(mark.Code, mark.Seq, New: false);
        if (withdraw.First is not null || withdraw.Last is not null)
        {
            if (mark.Items is not { } items) throw new FaultException(Refusal.NotSerialised);
            var isRange = withdraw.First >= 1 && withdraw.Last >= withdraw.First && withdraw.Last <= items;
            if (!isRange) throw new FaultException(Refusal.OutOfRange, "/from", 1, items);
            if (MarkStore.RangeOf(db, mark.Seq, withdraw.First!.Value) is { } range && range.Last >= withdraw.Last) return before;
        }
        return mark.WithdrawnAt is not null ? before : Record(transaction, withdraw, leaf, _ => mark.Code);
    }

    /// <summary>The registry's own act: admits a body.</summary>
    public static Recorded Admit(Transaction transaction, Admit admit, Leaf? leaf = null)
    {
        if (!Catalogue.IsApprovalNumber(admit.Body)) throw new FaultException(Refusal.BadApprovalNumber);
        if (BodyStore.Find(transaction, admit.Body) is { Seq: var seq })
        {
            var isSame = EntryLog.Get(transaction.Connection, seq).Statement.SaysTheSameAs(admit);
            return isSame ? new(admit.Body, seq, New: false) : throw new FaultException(Refusal.BodyExists);
        }
        return Record(transaction, leaf is null ? admit with { Rules = Statement.KeyRules } : admit, leaf, _ => admit.Body);
    }

    /// <summary>Registers a body's own key, which has signed its registration itself. On the word of an API key only a body's first:
    /// whoever took that key would otherwise make himself the body's own signature. Logs from before this rule are replayed by what they
    /// say of it.</summary>
    public static Recorded RegisterKey(Transaction transaction, RegisterKey register, Leaf? leaf = null)
    {
        var db = transaction.Connection;
        if (BodyStore.Find(transaction, register.Body) is null) throw new FaultException(Refusal.UnknownBody);
        if (!register.Key.IsValid) throw new FaultException(Refusal.BadKey);
        if (!SignedStatements.Proves(register)) throw new FaultException(Refusal.BadProof);
        var kid = register.Key.Thumbprint;
        if (KeyStore.Find(db, kid) is { } known)
        {
            var stands = known.Body == register.Body && known.WithdrawnAt is null;
            return stands ? new(kid, known.RegisteredAt, New: false) : throw new FaultException(Refusal.KeyKnown);
        }
        var keys = KeyStore.List(db, register.Body);
        var byApiKey = leaf is null ? register.OnBehalf != false : register.OnBehalf == true;
        var underRules = leaf is null || KeyStore.UnderRulesFrom(db) is not null;
        if (byApiKey && keys.Count > 0 && underRules) throw new FaultException(Refusal.KeyMustSign);
        if (keys.Count(key => key.WithdrawnAt is null) >= MaxKeys) throw new FaultException(Refusal.TooMany, "", MaxKeys);
        return Record(transaction, leaf is null ? register with { Rules = Statement.KeyRules } : register, leaf, _ => kid);
    }

    /// <summary>Withdraws a body's key; once is enough.</summary>
    public static Recorded WithdrawKey(Transaction transaction, WithdrawKey withdraw, Leaf? leaf = null)
    {
        var key = KeyStore.Find(transaction.Connection, withdraw.Kid);
        if (key is null || key.Body != withdraw.Body) throw new FaultException(Refusal.NoSuchKey);
        return key.WithdrawnAt is { } seq ? new(key.Kid, seq, New: false) : Record(transaction, withdraw, leaf, _ => key.Kid);
    }

    /// <summary>From now on the body's own signature alone counts; once is enough.</summary>
    private static Recorded OwnSignatureOnly(Transaction transaction, OwnSignatureOnly only, Leaf leaf)
    {
        var before = BodyStore.Find(transaction, only.Body)!.OwnSignatureAt;
        return before is { } seq ? new(only.Body, seq, New: false) : Record(transaction, only, leaf, _ => only.Body);
    }

    /// <summary>The registry's own act: states that what a checkpoint of its log covers is lost; once is enough.</summary>
    public static Recorded AcceptLoss(Transaction transaction, AcceptLoss loss, Leaf? leaf = null)
    {
        var lost = Checkpoint.Parse(Note.Parse(loss.Lost)!.Text)!;
        var before = LossStore.Find(transaction.Connection, lost);
        return before is { } seq ? new("", seq, New: false) : Record(transaction, loss, leaf, _ => "");
    }

    /// <summary>What the registry would sign for a body that has stated that its own signature alone counts.</summary>
    private static void RefuseOnBehalf(Transaction transaction, Statement statement)
    {
        if (statement.OnBehalf != true) return;
        var ownSignatureAt = BodyStore.Find(transaction, statement.Body)?.OwnSignatureAt;
        if (ownSignatureAt is { } seq) throw new FaultException(Refusal.OwnSignatureOnly, "", seq);
    }

    /// <summary>A certificate of the body. Another body's answers like one that does not exist.</summary>
    public static CertificateRow Own(Transaction transaction, string body, string id)
    {
        var row = CertificateStore.Find(transaction.Connection, id);
        return row?.BodyNumber == body ? row : throw new FaultException(Refusal.UnknownCertificate);
    }

    /// <summary>Appends and projects. Without a leaf the registry signs: on behalf of the body, unless the act is its own.</summary>
    private static Recorded Record<T>(Transaction transaction, T statement, Leaf? leaf, Func<Leaf, string> id) where T : Statement
    {
        var at = EntryLog.Next(transaction, leaf is null ? transaction.Now : statement.StatedAt);
        var onBehalf = statement.OnBehalf ?? !(statement is Admit);
        Statement recorded = leaf is null ? statement with { StatedAt = at, OnBehalf = onBehalf, RecordedAt = at }
            : statement with { RecordedAt = at };
        RefuseOnBehalf(transaction, recorded);
        if (leaf is null) recorded = recorded with { Map = NewestStatements.Root(transaction) };
        else NewestStatements.Follow(transaction, EntryLog.NextSeq(transaction), recorded.Map);
        leaf ??= new(Jws.Sign(Signer(transaction), recorded.ToJson()));
        var seq = EntryLog.Append(transaction, leaf, at);
        Projection.Apply(transaction, seq, leaf, recorded);
        return new(id(leaf), seq, New: true);
    }

    private static NoteSigner Signer(Transaction transaction) =>
        transaction.Signer ?? throw new InvalidOperationException("There is no key to sign with.");
}
