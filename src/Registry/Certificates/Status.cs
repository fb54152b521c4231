namespace Registry.Certificates;

/// <summary>
/// What a certificate is on a day. Expired and not yet valid follow from the dates and are never stored.
/// </summary>
public enum Status : byte
{
    /// <summary>有效, national code 01.</summary>
    Valid,
    /// <summary>暂停, national code 02.</summary>
    Suspended,
    /// <summary>撤销, national code 03. Final.</summary>
    Revoked,
    /// <summary>注销, national code 04. Final.</summary>
    Cancelled,
    /// <summary>过期失效, national code 05.</summary>
    Expired,
    /// <summary>尚未生效. The national list has no code for it.</summary>
    NotYetValid,
}

/// <summary>Names and national codes of <see cref="Status"/>.</summary>
public static class Statuses
{
    public static string Word(this Status status) => status switch
    {
        Status.Valid => "valid",
        Status.Suspended => "suspended",
        Status.Revoked => "revoked",
        Status.Cancelled => "cancelled",
        Status.Expired => "expired",
        Status.NotYetValid => "not-yet-valid",
    };

    public static string? Code(this Status status) => status switch
    {
        Status.Valid => "01",
        Status.Suspended => "02",
        Status.Revoked => "03",
        Status.Cancelled => "04",
        Status.Expired => "05",
        Status.NotYetValid => null,
    };

    public static Text Name(this Status status) => status switch
    {
        Status.Valid => new("有效", "Valid"),
        Status.Suspended => new("暂停", "Suspended"),
        Status.Revoked => new("撤销", "Revoked"),
        Status.Cancelled => new("注销", "Cancelled"),
        Status.Expired => new("过期失效", "Expired"),
        Status.NotYetValid => new("尚未生效", "Not yet valid"),
    };

    /// <summary>In one line what it means for whoever reads it.</summary>
    public static Text Meaning(this Status status) => status switch
    {
        Status.Valid => new("当天可以依据它；到期日当天仍有效。", "It may be relied on that day; its last day is still valid."),
        Status.Suspended => new("暂停期间不得使用证书和标志。", "Not to be used while it is suspended, nor its marks."),
        Status.Revoked => new("已被认证机构收回，不得再使用。", "Taken back by the body; not to be used any more."),
        Status.Cancelled => new("已终止，不得再使用。", "It has ended; not to be used any more."),
        Status.Expired => new("有效期已过，不得再作为有效证书使用。", "Past its term; not to be used as a valid one."),
        Status.NotYetValid => new("已颁发，生效日之前不得使用。", "Issued, but not to be used before its first day."),
    };

    /// <summary>The status a word, a national code or a Chinese name means; null when none.</summary>
    public static Status? Parse(string text) =>
        All.Cast<Status?>().FirstOrDefault(s => text == s!.Value.Word() || text == s.Value.Code() || text == s.Value.Name().Zh)
        ?? (text == "过期" ? Status.Expired : null);

    public static readonly Status[] All = Enum.GetValues<Status>();
}

/// <summary>
/// The category of reason for a suspension or revocation. Nothing beyond the category is public, so there is no free text.
/// </summary>
public enum Reason
{
    /// <summary>不再符合认证要求.</summary>
    Nonconformity,
    /// <summary>未按规定接受监督.</summary>
    SurveillanceRefused,
    /// <summary>误用证书或标志.</summary>
    Misuse,
    /// <summary>获证组织申请.</summary>
    HolderRequest,
    /// <summary>换证: replaced by a successor. No punishment.</summary>
    Replaced,
    /// <summary>其他.</summary>
    Other,
}

/// <summary>Names of <see cref="Reason"/>.</summary>
public static class Reasons
{
    public static string Word(this Reason reason) => reason switch
    {
        Reason.Nonconformity => "nonconformity",
        Reason.SurveillanceRefused => "surveillance-refused",
        Reason.Misuse => "misuse",
        Reason.HolderRequest => "holder-request",
        Reason.Replaced => "replaced",
        Reason.Other => "other",
    };

    public static Text Name(this Reason reason) => reason switch
    {
        Reason.Nonconformity => new("不再符合认证要求", "No longer meets the requirements"),
        Reason.SurveillanceRefused => new("未按规定接受监督", "Did not undergo surveillance"),
        Reason.Misuse => new("误用证书或标志", "Misuse of certificate or mark"),
        Reason.HolderRequest => new("获证组织申请", "At the holder's request"),
        Reason.Replaced => new("换证", "Replaced by a new certificate"),
        Reason.Other => new("其他", "Other"),
    };

    public static Reason? Parse(string text)
    {
        bool IsNamed(Reason? reason) => text == reason!.Value.Word() || text == reason.Value.Name().Zh
            || text.Equals(reason.Value.Name().En, StringComparison.OrdinalIgnoreCase);
        return Enum.GetValues<Reason>().Cast<Reason?>().FirstOrDefault(IsNamed);
    }
}
