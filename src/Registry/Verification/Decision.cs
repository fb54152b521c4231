using Registry.Certificates;

namespace Registry.Verification;

/// <summary>What the code of a mark or item adds to its certificate.</summary>
/// <param name="Outcome">The worst that is known of both.</param>
/// <param name="WithdrawnAt">When the withdrawal was recorded; null while it stands.</param>
/// <param name="NotChecked">Whether the tag of an item's code could not be checked here.</param>
public sealed record CodeTold(Outcome Outcome, DateTimeOffset? WithdrawnAt, bool NotChecked);

/// <summary>The verdict on one certificate, from what is registered and what was given: the one rule, for whoever answers and for whoever
/// checks an answer without a database.</summary>
public static class Decision
{
    /// <summary>Whether nothing that was given contradicts.</summary>
    /// <param name="compared">Everything that was given.</param>
    /// <param name="identifiersOnly">Leaves out what is asked of the certificate.</param>
    public static bool Agrees(Comparison[] compared, bool identifiersOnly = false) =>
        compared.All(one => one.Verdict != Agreement.Different || identifiersOnly && !one.Identifies);

    /// <summary>Valid only when nothing that was given says otherwise.</summary>
    /// <param name="asked">The row, its day and what was asked.</param>
    /// <param name="view">The certificate as it was on the day.</param>
    /// <param name="compared">Everything that was given, beside it.</param>
    /// <param name="code">Of the code that led there, where it is a mark's.</param>
    /// <param name="today">The day of the answer.</param>
    /// <param name="language">Of the message.</param>
    /// <param name="home">The registry's public address, where it is known.</param>
    public static Verdict Of(
        Verdict asked, CertificateView view, Comparison[] compared, CodeTold? code, DateOnly today, Language language, string? home)
    {
        var ofCertificate = Outcomes.Of(view.Status);
        var ofMark = code?.Outcome ?? ofCertificate;
        var isMistyped = compared.Any(one => one.Verdict == Agreement.Malformed);
        var result = !Agrees(compared) ? Outcome.Mismatch : isMistyped ? Outcome.Mistyped : ofMark;
        var (recordedAt, later) = (view.RecordedAt, view.RecordedLater);
        if (result == Outcome.MarkWithdrawn && code?.WithdrawnAt is { } at)
            (recordedAt, later) = (at, Day.Of(at) > asked.On ? true : null);

        // The reason for the result comes first, what else is to be known after it.
        var status = view.Status == Status.Revoked && view.Ended?.Reason == Reason.Replaced ? Wording.Replaced : view.Status.Name();
        var sentences = new List<string>();
        if (result == ofCertificate) sentences.Add(status[language]);
        sentences.AddRange(compared.Select(one => one.Sentence(language)).OfType<string>());
        if (ofMark != ofCertificate) sentences.Add(Wording.OfCode(ofMark)[language]);
        if (ofMark != Outcome.Unchecked && code?.NotChecked == true) sentences.Add(Wording.Unchecked[language]);
        if (result != ofCertificate) sentences.Add(new Text($"证书：{status.Zh}", $"the certificate: {status.En}")[language]);
        if (later == true) sentences.Add(Wording.RecordedLater(recordedAt)[language]);
        if (asked.On > today) sentences.Add(AheadView.Said[language]);
        if (asked.Asked.Code is { } typed && Wording.OtherSite(typed, home) is { } other) sentences.Add(other[language]);
        return asked with
        {
            Result = result,
            RecordedAt = recordedAt,
            RecordedLater = later,
            Message = Wording.Joined(sentences, language),
            Compared = compared,
            Certificate = view,
        };
    }
}
