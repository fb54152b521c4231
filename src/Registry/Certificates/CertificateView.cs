using System.Data.Common;
using System.Text.Json.Serialization;
using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>A certificate as the public reads it, as of a day.</summary>
public sealed record CertificateView : OptionalTexts
{
    public CertificateView() { }

    /// <summary>With the same optional texts.</summary>
    public CertificateView(OptionalTexts texts) : base(texts) { }

    public required string Id { get; init; }
    public required string Number { get; init; }
    public required Status Status { get; init; }
    /// <summary>National code 01 to 05; none for not yet valid.</summary>
    public string? StatusCode { get; init; }
    /// <summary>The day, in Asia/Shanghai, that the status is of.</summary>
    public required DateOnly AsOf { get; init; }
    public required HolderView Holder { get; init; }
    public required BodyView Body { get; init; }
    public required CategoryView Category { get; init; }
    public LevelView? Level { get; init; }
    public required string Scope { get; init; }
    public required string[] Sites { get; init; }
    public required DateOnly IssuedOn { get; init; }
    public DateOnly? FirstIssuedOn { get; init; }
    /// <summary>The last day of validity, itself still valid.</summary>
    public required DateOnly ExpiresOn { get; init; }
    public SuspensionView? Suspension { get; init; }
    /// <summary>How and when it was revoked or cancelled; a cancellation is no revocation.</summary>
    public EndingView? Ended { get; init; }
    /// <summary>Id of the predecessor.</summary>
    public string? Replaces { get; init; }
    /// <summary>Id of the successor.</summary>
    public string? ReplacedBy { get; init; }
    public SurveillanceView? Surveillance { get; init; }
    /// <summary>What it is today, beside what it was on the day asked.</summary>
    public TodayView? Today { get; init; }
    /// <summary>Where the day asked is still to come: that nobody knows what will be recorded until then.</summary>
    public AheadView? Ahead { get; init; }
    /// <summary>When the statement was recorded that decides what it was on the day: the newest recorded of those in effect then. Since
    /// that instant the registry has answered so for that day.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    /// <summary>True where that is after the day itself: on the day the registry said something else, or nothing. Left out where it is
    /// not.</summary>
    public bool? RecordedLater { get; init; }
    /// <summary>Its log index.</summary>
    [JsonIgnore]
    public long DecidedBy { get; init; }
    /// <summary>Who signed the newest statement about it: <c>body</c>, or <c>registry</c> on behalf of the body.</summary>
    public required string SignedBy { get; init; }
    /// <summary>Index in the log of the statement that issued it.</summary>
    public required long LogIndex { get; init; }

    /// <summary>The certificate of a row as it was on a day, as the registry knew it at an instant (now when left out). Null when the
    /// registry had not recorded it then.</summary>
    public static CertificateView? Of(DbConnection db, CertificateRow row, DateOnly on, DateTimeOffset? knownAt = null)
    {
        var replacedBy = row.ReplacedBy;
        if (replacedBy is not null && knownAt is { } instant && !CertificateStore.Find(db, replacedBy)!.IssuedBy(db, instant))
            replacedBy = null;
        // Nothing about it was recorded since.
        if (row.RecordedAt <= knownAt) knownAt = null;
        if (CertificateStore.AsOf(db, row, on, knownAt) is not { } certificate) return null;
        var names = knownAt is null ? row.Names : NamesKnownAt(db, row, knownAt.Value);
        var body = new BodyView(row.BodyNumber, row.BodyName, row.BodyNameEn);
        return Of(certificate, body, names, on) with { ReplacedBy = replacedBy, SignedBy = Statement.SignerOf(row.ByBody, row.SetKey) };
    }

    private static HeldName[] NamesKnownAt(DbConnection db, CertificateRow row, DateTimeOffset instant)
    {
        var statements = CertificateStore.Statements(db, row.Seq).Select(entry => entry.Statement);
        return [.. Lifecycle.Names(statements.Where(statement => statement.RecordedAt <= instant))];
    }

    /// <summary>The same without a database: from a certificate with its history, its body and the names that its holder bore.</summary>
    public static CertificateView Of(Certificate certificate, BodyView body, HeldName[] names, DateOnly on)
    {
        var content = certificate.Content;
        var scheme = Catalogue.SchemeOf(content.Category, content.IssuedOn);
        var status = Lifecycle.StatusOn(certificate, on);
        var category = Catalogue.CategoryOf(content.Category)!;
        var suspension = status == Status.Suspended ? Lifecycle.SuspensionOn(certificate, on) : null;
        var ending = certificate.Ending is { } end && end.On <= on ? end : null;
        return new(content)
        {
            Id = certificate.Id,
            Number = content.Number,
            Status = status,
            StatusCode = status.Code(),
            AsOf = on,
            Holder = HolderOf(content.Holder, names, on),
            Body = body,
            Category = new(category.No, category.Group, category.Shown.Zh, category.Shown.En),
            Level = LevelView.Of(scheme, content.Level),
            Scope = content.Scope,
            Sites = content.Sites ?? [],
            IssuedOn = content.IssuedOn,
            FirstIssuedOn = content.FirstIssuedOn,
            ExpiresOn = content.ExpiresOn,
            Suspension = suspension is null ? null : new(suspension.On, suspension.Until, suspension.Until < on, suspension.Reason),
            Ended = ending is null ? null : new(ending.As, ending.On, ending.RecordedAt!.Value, ending.Reason),
            Replaces = content.Replaces,
            Surveillance = SurveillanceOf(content, scheme, status, on),
            RecordedAt = certificate.DecidedBy.RecordedAt,
            RecordedLater = Day.Of(certificate.DecidedBy.RecordedAt) > on ? true : null,
            DecidedBy = certificate.DecidedBy.Seq,
            SignedBy = "",
            LogIndex = certificate.Seq,
        };
    }

    /// <summary>What a certificate is on a day, with the first day it has been so.</summary>
    public static TodayView TodayOf(Certificate certificate, DateOnly today) =>
        new(Lifecycle.StatusOn(certificate, today), Lifecycle.Since(certificate, today));

    /// <summary>The same with what it is today.</summary>
    public CertificateView Beside(DbConnection db, CertificateRow row, DateOnly today)
    {
        var now = row.Certificate;
        // The row does not tell since when it is valid again.
        if (row.LastSeq != row.Seq && Lifecycle.StatusOn(now, today) == Status.Valid)
            now = Lifecycle.Replay(row.Id, CertificateStore.Statements(db, row.Seq), today)!;
        return this with { Today = TodayOf(now, today), Ahead = AheadView.Of(AsOf, today) };
    }

    private static HolderView HolderOf(Holder holder, HeldName[] names, DateOnly on)
    {
        string[]? Others(Func<HeldName, bool> when)
        {
            if (names.Length == 0) return null;
            bool IsOther(string name) => name != holder.Name && name != holder.NameEn;
            var newestFirst = names.Where(when).OrderByDescending(name => name.From).ThenBy(name => name.Name.All(char.IsAscii));
            var others = newestFirst.Select(name => name.Name).Where(IsOther).Distinct().ToArray();
            return others.Length == 0 ? null : others;
        }
        var former = Others(name => name.Until <= on);
        var regionName = holder.Region is { } region ? Catalogue.RegionName(region) : null;
        return new(holder.Name, holder.NameEn, holder.Uscc, holder.Region, regionName, holder.Address)
        {
            FormerNames = former,
            LaterNames = Others(name => name.From > on && former?.Contains(name.Name) != true),
        };
    }

    /// <summary>Due a year after the latest surveillance or the issue, unless the certificate expires before; overdue is a warning, not a
    /// status.</summary>
    private static SurveillanceView? SurveillanceOf(CertificateContent content, Scheme scheme, Status status, DateOnly on)
    {
        if (scheme.SurveillanceMonths is not { } months) return content.SurveyedOn is null ? null : new(content.SurveyedOn, null, false);
        DateOnly? due = (content.SurveyedOn ?? content.IssuedOn).AddMonths(months);
        if (due >= content.ExpiresOn || status is not (Status.Valid or Status.Suspended)) due = null;
        return new(content.SurveyedOn, due, due < on);
    }
}

/// <summary>What a copy knows bounds what it says.</summary>
public static class CertificateViews
{
    /// <summary>A certificate as of no later a day than is known. Its status still follows the calendar: that it has expired needs no
    /// log.</summary>
    public static CertificateView Cap(this KnownTo known, CertificateView view) =>
        known.IsLimited && Day.Of(known.Now) is var day && view.AsOf > day ? view with { AsOf = day } : view;

    /// <inheritdoc cref="Cap(KnownTo, CertificateView)"/>
    public static CertificateView[] Cap(this KnownTo known, CertificateView[] views) =>
        known.IsLimited ? [.. views.Select(known.Cap)] : views;
}

/// <summary>获证组织 on the day asked, with the names it bore before and bears since, where they differ.</summary>
public sealed record HolderView(string Name, string? NameEn, string? Uscc, string? Region, string? RegionName, string? Address)
{
    /// <summary>曾用名: names borne before the day asked.</summary>
    public string[]? FormerNames { get; init; }
    /// <summary>Names borne only since a day after the one asked.</summary>
    public string[]? LaterNames { get; init; }
}
public sealed record BodyView(string ApprovalNumber, string Name, string? NameEn);
public sealed record CategoryView(int No, string Group, string Name, string NameEn);
public sealed record LevelView(string Code, string Name, string NameEn, int Stars)
{
    /// <summary>A level that the edition does not know (a mirror may lack its origin's) is shown by its code: never left out.</summary>
    public static LevelView? Of(Scheme scheme, string? code) => code is null ? null
        : scheme.LevelOf(code) is { } level ? new(code, level.Name.Zh, level.Name.En, level.Stars) : new(code, code, code, 0);
}
/// <summary>A suspension; overdue when its last day has passed without an act, and it still lasts.</summary>
public sealed record SuspensionView(DateOnly On, DateOnly? Until, bool Overdue, Reason? Reason);
/// <summary>The end, with the day it takes effect and the instant it was recorded: one may be later than the other.</summary>
public sealed record EndingView(Status As, DateOnly On, DateTimeOffset RecordedAt, Reason? Reason);
/// <summary>The status today and the first day it has had it; no day before it comes into force.</summary>
public sealed record TodayView(Status Status, DateOnly? Since);
/// <summary>What is to be known of an answer for a day to come, in Chinese and in English.</summary>
public sealed record AheadView(string Remark, string RemarkEn)
{
    public static readonly Text Said = new(
        "所问之日尚未到，此后登记的变更还不知道", "that day is still to come: what will be recorded until then is not known");

    private static readonly AheadView told = new(Said.Zh, Said.En);

    /// <summary>Null where the day is not to come.</summary>
    public static AheadView? Of(DateOnly on, DateOnly today) => on > today ? told : null;
}
public sealed record SurveillanceView(DateOnly? LastOn, DateOnly? DueOn, bool Overdue);
