namespace Registry.Certificates;

/// <summary>The acts that change a certificate.</summary>
public enum Act { Correct, Suspend, Restore, Revoke, Cancel }

/// <summary>Names of <see cref="Act"/>.</summary>
public static class Acts
{
    /// <summary>Its name, and in English besides what it did and the noun.</summary>
    private static (string Zh, string En, string Done, string Noun) Words(Act act) => act switch
    {
        Act.Correct => ("变更", "correct", "corrected", "a correction"),
        Act.Suspend => ("暂停", "suspend", "suspended", "a suspension"),
        Act.Restore => ("恢复", "restore", "restored", "a restoration"),
        Act.Revoke => ("撤销", "revoke", "revoked", "a revocation"),
        Act.Cancel => ("注销", "cancel", "cancelled", "a cancellation"),
    };

    public static Text Name(this Act act) => new(Words(act).Zh, Words(act).En);

    /// <summary>What it did to a certificate.</summary>
    public static Text Done(this Act act) => new(Words(act).Zh, Words(act).Done);

    /// <summary>As a noun.</summary>
    public static Text Noun(this Act act) => new(Words(act).Zh, Words(act).Noun);

    /// <summary>What a statement did to a certificate, by its word in the log.</summary>
    /// <exception cref="InvalidOperationException">There are no words for it: better none than another act's.</exception>
    public static Text Done(string act)
    {
        if (act == "issue") return new("颁发", "issued");
        foreach (var known in Enum.GetValues<Act>())
            if (known.Name().En == act) return known.Done();
        throw new InvalidOperationException($"There are no words for the act {act}.");
    }
}

/// <summary>
/// The life of a certificate as pure functions: what an act may do to it, what it becomes, and what it was on a day.
/// </summary>
public static class Lifecycle
{
    /// <summary>
    /// The transition table: null where an act is allowed on a certificate of that status today, else the refusal. Revoked and
    /// cancelled are final. After expiry a correction of the record, and a revocation or cancellation with an earlier effect, still
    /// matter to a tender of that time; a suspension no longer does.
    /// </summary>
    public static Refusal? Allows(Status status, Act act) => (status, act) switch
    {
        (Status.Revoked or Status.Cancelled, _) => Refusal.AlreadyEnded,
        (_, Act.Correct or Act.Revoke or Act.Cancel) => null,
        (Status.Valid, Act.Suspend) => null,
        (Status.Suspended, Act.Suspend) => Refusal.AlreadySuspended,
        (Status.Suspended, Act.Restore) => null,
        (Status.Valid, Act.Restore) => Refusal.NotSuspended,
        (Status.Expired, Act.Suspend or Act.Restore) => Refusal.HasExpired,
        (Status.NotYetValid, Act.Suspend or Act.Restore) => Refusal.NotYetInForce,
    };

    /// <summary>Decides an act on a certificate as it stands. Null means accepted: <see cref="Apply"/> gives what it becomes.</summary>
    /// <param name="certificate">As it stands.</param>
    /// <param name="amendment">The act.</param>
    /// <param name="today">The day of recording in Asia/Shanghai.</param>
    public static Fault? Decide(Certificate certificate, Amendment amendment, DateOnly today)
    {
        var status = StatusOn(certificate, today);
        if (Allows(status, ActOf(amendment)) is { } refusal) return new(refusal);

        var (effect, content) = (amendment.EffectiveOn, certificate.Content);
        if (effect > today) return new(Refusal.EffectInFuture, At);
        // Before it is in force a certificate can still be ended or corrected, with effect from the day that is stated.
        if (effect < content.IssuedOn && status != Status.NotYetValid) return Wrong(Refusal.EffectBeforeIssue, content.IssuedOn);
        if (effect > content.ExpiresOn && amendment is not Correct) return Wrong(Refusal.EffectAfterExpiry, content.ExpiresOn);
        return amendment switch
        {
            Restore when effect < certificate.Suspensions[^1].On =>
                Wrong(Refusal.EffectBeforeSuspension, certificate.Suspensions[^1].On),
            Suspend { Until: { } until } when until < effect => new(Refusal.UntilBeforeEffect, "/until"),
            Correct correct when !HasSameNumber(correct.Content, content) => new(Refusal.NumberFixed, "/certificate/number"),
            _ => null,
        };

        static Fault Wrong(Refusal refusal, DateOnly day) => new(refusal, At, day.ToString("O"));
        static bool HasSameNumber(CertificateContent one, CertificateContent other) =>
            CertificateNumber.Normalise(one.Number) == CertificateNumber.Normalise(other.Number);
    }

    private const string At = "/effectiveOn";

    public static Act ActOf(Amendment amendment) => amendment switch
    {
        Correct => Act.Correct,
        Suspend => Act.Suspend,
        Restore => Act.Restore,
        Revoke => Act.Revoke,
        Cancel => Act.Cancel,
        _ => throw new ArgumentOutOfRangeException(nameof(amendment)),
    };

    /// <summary>The category of reason that an act states; null where it states none.</summary>
    public static Reason? ReasonOf(Amendment amendment) => amendment switch
    {
        Suspend suspend => suspend.Reason,
        Revoke revoke => revoke.Reason,
        Cancel cancel => cancel.Reason,
        _ => null,
    };

    /// <summary>The certificate that an issue makes.</summary>
    public static Certificate Begin(long seq, string id, Issue issue) =>
        new() { Id = id, Seq = seq, LastSeq = seq, DecidedBy = new(seq, issue.RecordedAt), Body = issue.Body, Content = issue.Certificate };

    /// <summary>What an accepted act makes of a certificate.</summary>
    public static Certificate Apply(Certificate certificate, long seq, Amendment amendment)
    {
        var next = certificate with { LastSeq = seq, DecidedBy = new(seq, amendment.RecordedAt) };
        return amendment switch
        {
            Correct correct => next with { Content = correct.Content },
            Suspend suspend => next with { Suspensions = [.. certificate.Suspensions, Begun(suspend)] },
            Restore restore => next with { Suspensions = [.. certificate.Suspensions[..^1], Ended(certificate.Suspensions[^1], restore)] },
            Revoke revoke => next with { Ending = End(Status.Revoked, revoke, revoke.Reason) },
            Cancel cancel => next with { Ending = End(Status.Cancelled, cancel, cancel.Reason) },
            _ => throw new ArgumentOutOfRangeException(nameof(amendment)),
        };
        static Suspension Begun(Suspend act) => new() { On = act.EffectiveOn, Until = act.Until, Reason = act.Reason };
        static Suspension Ended(Suspension open, Restore act) => open with { RestoredOn = act.EffectiveOn };
        static Ending End(Status status, Amendment act, Reason? reason) =>
            new() { As = status, On = act.EffectiveOn, Reason = reason, RecordedAt = act.RecordedAt };
    }

    /// <summary>
    /// The certificate as its statements make it, oldest first: only those the registry had recorded at <paramref name="knownAt"/>, and
    /// of the corrections only those in effect on <paramref name="on"/>. Suspensions and the end carry their own days; which statement
    /// decides, its own day and <paramref name="on"/> tell. Null when the registry had not recorded it yet.
    /// </summary>
    public static Certificate? Replay(
        string id, IEnumerable<(long Seq, Statement Statement)> statements, DateOnly? on = null, DateTimeOffset? knownAt = null)
    {
        Certificate? certificate = null;
        foreach (var (seq, statement) in statements)
        {
            if (statement.RecordedAt > knownAt) break;
            var isLater = statement is Amendment { EffectiveOn: var effect } && effect > on;
            var decider = isLater ? certificate!.DecidedBy : new(seq, statement.RecordedAt);
            var next = statement switch
            {
                Issue issue => Begin(seq, id, issue),
                Correct correct when correct.EffectiveOn > on => certificate! with { LastSeq = seq },
                Amendment amendment => Apply(certificate!, seq, amendment),
                _ => throw new ArgumentOutOfRangeException(nameof(statements)),
            };
            certificate = next with { DecidedBy = decider };
        }
        return certificate;
    }

    /// <summary>The names that a holder's statements give it, Chinese ones and English ones, by days: of the corrections in effect on a day
    /// the newest recorded counts. A Chinese name that never changed is left out.</summary>
    /// <param name="statements">About one certificate, oldest first.</param>
    public static List<HeldName> Names(IEnumerable<Statement> statements)
    {
        var contents = new List<(DateOnly From, Holder Holder)>();
        foreach (var statement in statements)
            if (statement is Issue issue) contents.Add((DateOnly.MinValue, issue.Certificate.Holder));
            else if (statement is Correct correct) contents.Add((correct.EffectiveOn, correct.Content.Holder));
        var days = contents.Select(content => content.From).Distinct().Order().ToArray();
        List<HeldName> Of(Func<Holder, string?> name)
        {
            var held = new List<HeldName>();
            foreach (var day in days)
            {
                var now = name(contents.FindLast(content => content.From <= day).Holder);
                if (held.Count > 0 && held[^1].Until is null)
                {
                    if (held[^1].Name == now) continue;
                    held[^1] = held[^1] with { Until = day };
                }
                if (now is not null) held.Add(new(now, day, null));
            }
            return held;
        }
        var chinese = Of(holder => holder.Name);
        return [.. chinese.Count > 1 ? chinese : [], .. Of(holder => holder.NameEn)];
    }

    /// <summary>The status on a day, by effect. An end counts from its day on, whether or not the term had begun or passed.</summary>
    public static Status StatusOn(Certificate certificate, DateOnly day)
    {
        var content = certificate.Content;
        if (certificate.Ending is { } ending && ending.On <= day) return ending.As;
        if (day < content.IssuedOn) return Status.NotYetValid;
        if (day > content.ExpiresOn) return Status.Expired;
        return SuspensionOn(certificate, day) is null ? Status.Valid : Status.Suspended;
    }

    /// <summary>Since which day a certificate has the status it has on a day; null before it comes into force.</summary>
    /// <param name="certificate">With its whole history (<see cref="Replay"/>) where it may have been restored.</param>
    /// <param name="day">The day.</param>
    public static DateOnly? Since(Certificate certificate, DateOnly day) => StatusOn(certificate, day) switch
    {
        Status.NotYetValid => null,
        Status.Valid => certificate.Suspensions.Select(suspension => suspension.RestoredOn).Where(restored => restored <= day)
            .Append(certificate.Content.IssuedOn).Max(),
        Status.Suspended => SuspensionOn(certificate, day)!.On,
        Status.Expired => certificate.Content.ExpiresOn.AddDays(1),
        Status.Revoked or Status.Cancelled => certificate.Ending!.On,
    };

    /// <summary>The suspension in force on a day: from its first day to the day before it is lifted.</summary>
    public static Suspension? SuspensionOn(Certificate certificate, DateOnly day) =>
        certificate.Suspensions.LastOrDefault(s => s.On <= day && (s.RestoredOn is null || day < s.RestoredOn));
}
