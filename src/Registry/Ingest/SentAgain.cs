using Registry.Certificates;

namespace Registry.Ingest;

/// <summary>A row whose number is registered already, beside the certificate that bears it.</summary>
/// <param name="registered">The certificate as it stands.</param>
/// <param name="row">What was sent.</param>
/// <param name="states">Whether the row says something about a pointer: of what its file has no column for, it says nothing.</param>
public sealed class SentAgain(Certificate registered, ImportRow row, Func<string, bool> states)
{
    private static readonly Text blank = new("空", "blank");

    private readonly List<Fault> differences = Compare(registered.Content, row.Content!, states);

    /// <summary>The columns in which the row differs from what is registered, with both values.</summary>
    public IReadOnlyList<Fault> Differences => differences;

    /// <summary>Whether the row is about that certificate beyond its number, so that an act on it cannot hit another's: same category and
    /// day of
    /// issue, and no other credit code.</summary>
    public bool IsSame
    {
        get
        {
            var (there, given) = (registered.Content, row.Content!);
            var otherCode = there.Holder.Uscc is { } code && given.Holder.Uscc is { } stated && code != stated;
            return there.Category == given.Category && there.IssuedOn == given.IssuedOn && !otherCode;
        }
    }

    /// <summary>Whether the certificate already is what the row's status calls for. A day, end or reason that differs is a difference of
    /// its own.</summary>
    public bool Stands(StatedStatus stated)
    {
        var suspension = registered.Ending is null ? registered.Suspensions.LastOrDefault(s => s.RestoredOn is null) : null;
        var isSuspension = stated.Status == Status.Suspended;
        if (isSuspension ? suspension is null : registered.Ending?.As != stated.Status) return false;
        var (on, reason) = isSuspension ? (suspension!.On, suspension.Reason) : (registered.Ending!.On, registered.Ending.Reason);
        if (stated.On is { } day && day != on) Differ("/statusOn", day, on);
        if (stated.Until is { } end && end != suspension?.Until) Differ("/until", end, suspension?.Until);
        if (stated.Reason is { } why && why != reason) Differ("/reason", why.Name(), reason?.Name());
        return true;
    }

    /// <summary>The fault of a row that calls a certificate valid, expired or not yet valid which an act has suspended or ended.</summary>
    public Fault? Disagrees(StatedStatus stated, DateOnly today)
    {
        var status = Lifecycle.StatusOn(registered, today);
        if (stated.IsAct || status is not (Status.Suspended or Status.Revoked or Status.Cancelled)) return null;
        var since = $"{registered.Ending?.On ?? registered.Suspensions[^1].On:yyyy-MM-dd}";
        var there = status == Status.Suspended ? Suspended(since) : Ended(status, since);
        return new(Refusal.StatusDisagrees, "/status", stated.Status.Name(), there);
    }

    private static Text Suspended(string since) => new(
        $"登记为暂停，自 {since} 起。已恢复的，请用 restore 声明恢复，并写明日期",
        $"it is registered as suspended since {since}. If it was restored, state that with `restore` and its day");

    private static Text Ended(Status status, string since) => new(
        $"登记为{status.Name().Zh}，自 {since} 起；这是最终的，恢复须另发新证",
        $"it is registered as {status.Word()} since {since}, which is final; a new certificate would have to be issued");

    private void Differ(string pointer, object given, object? there) =>
        differences.Add(new(Refusal.Differs, pointer, Shown(given), Shown(there)));

    private static List<Fault> Compare(CertificateContent there, CertificateContent given, Func<string, bool> states)
    {
        var found = new List<Fault>();
        void Field(string pointer, object? one, object? other)
        {
            if (!Equals(one, other) && states(pointer)) found.Add(new(Refusal.Differs, pointer, Shown(one), Shown(other)));
        }
        Field("/holder/name", given.Holder.Name, there.Holder.Name);
        Field("/holder/nameEn", given.Holder.NameEn, there.Holder.NameEn);
        Field("/holder/uscc", given.Holder.Uscc, there.Holder.Uscc);
        Field("/holder/region", Region(given), Region(there));
        Field("/holder/address", given.Holder.Address, there.Holder.Address);
        Field("/category", given.Category, there.Category);
        foreach (var text in Fields.Texts) Field(text.Pointer, text.Get(given), text.Get(there));
        Field("/scope", given.Scope, there.Scope);
        Field("/level", Level(given), Level(there));
        Field("/sites", Sites(given), Sites(there));
        Field("/issuedOn", given.IssuedOn, there.IssuedOn);
        Field("/firstIssuedOn", given.FirstIssuedOn, there.FirstIssuedOn);
        Field("/expiresOn", given.ExpiresOn, there.ExpiresOn);
        Field("/surveyedOn", given.SurveyedOn, there.SurveyedOn);
        Field("/replaces", given.Replaces, there.Replaces);
        return found;
    }

    private static object Shown(object? value) => value switch
    {
        null => blank,
        DateOnly day => $"{day:yyyy-MM-dd}",
        string text => PlainText.Echo(text),
        _ => value,
    };

    private static string? Region(CertificateContent content) => content.Holder.Region is { } code ? Catalogue.RegionName(code) : null;

    private static Text? Level(CertificateContent content) =>
        Catalogue.SchemeOf(content.Category, content.IssuedOn).LevelOf(content.Level)?.Name;

    private static string? Sites(CertificateContent content) => content.Sites is null ? null : string.Join("；", content.Sites);
}
