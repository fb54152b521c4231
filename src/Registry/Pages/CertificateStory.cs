using Registry.Certificates;
using Registry.Statements;

namespace Registry.Pages;

/// <summary>What has happened to a certificate, in plain words.</summary>
internal static class CertificateStory
{
    /// <summary>Why it is not simply valid, in plain words.</summary>
    public static Html Why(Page page, CertificateView view) => view.Status switch
    {
        Status.Suspended when view.Suspension is { } suspension => Suspended(page, suspension),
        Status.Revoked when view.Ended is { Reason: Reason.Replaced } => Replaced(page, view.ReplacedBy),
        Status.Revoked or Status.Cancelled when view.Ended is { } ended =>
            Note(page, Ended(view.Status.Name(), ended), Because(page, ended.Reason)),
        Status.Expired => Note(page, new(
            $"有效期至 {view.ExpiresOn:O}，已过。", $"Its last day of validity was {view.ExpiresOn:O}.")),
        Status.NotYetValid => Note(page, new(
            $"自 {view.IssuedOn:O} 起生效。", $"It comes into force on {view.IssuedOn:O}.")),
        _ when view.Surveillance is { Overdue: true } surveillance => Note(page, new(
            $"证书有效，但应于 {surveillance.DueOn:O} 前进行的年度监督尚无记录。",
            $"Valid, but no surveillance is recorded that was due by {surveillance.DueOn:O}.")),
        _ => Html.None,
    };

    private static Html Note(Page page, Text told, string more = "") =>
        Html.Of($"<p class=\"note\">{page.T(told)}{(more.Length > 0 ? " " : "")}{more}</p>");

    private static Html Suspended(Page page, SuspensionView suspension)
    {
        var (on, until) = ($"{suspension.On:O}", $"{suspension.Until:O}");
        var (announcedZh, announcedEn) = until.Length == 0 ? ("", "") : ($"，预计至 {until}", $", announced until {until}");
        var overdue = suspension.Overdue ? page.T(isOverdue) + " " : "";
        var told = new Text($"自 {on} 起暂停{announcedZh}。", $"Suspended from {on}{announcedEn}.");
        return Note(page, told, overdue + Because(page, suspension.Reason));
    }

    private static readonly Text
        isOverdue = new(
            "期限已过，认证机构尚未恢复或撤销，仍为暂停。", "That day has passed without an act of the body: it is still suspended."),
        isReplaced = new("因换证撤销，不是处罚。", "Revoked because it was replaced; this is no punishment.");

    private static Html Replaced(Page page, string? successor)
    {
        var link = successor is null ? Html.None
            : Html.Of($"<a href=\"{page.Link("/c/" + successor)}\">{page.T("查看新证书", "See the new certificate")}</a>");
        return Html.Of($"<p class=\"note\">{page.T(isReplaced)} {link}</p>");
    }

    private static Text Ended(Text status, EndingView ended) => new(
        $"自 {ended.On:O} 起{status.Zh}，登记于 {CertificatePages.Local(ended.RecordedAt)}。",
        $"{status.En} from {ended.On:O}, recorded {CertificatePages.Local(ended.RecordedAt)}.");

    private static string Because(Page page, Reason? reason) =>
        reason is { } r ? page.T($"原因类别：{r.Name().Zh}。", $"Category of reason: {r.Name().En}.") : "";

    /// <summary>The life in plain words: a suspension and its end are one sentence.</summary>
    public static Html History(Page page, List<HistoryItem> history)
    {
        var lines = new List<Html>();
        for (var i = 0; i < history.Count; i++)
        {
            var item = history[i];
            var day = item.EffectiveOn.ToString("O");
            var restored = item.Act == "suspend" && i + 1 < history.Count && history[i + 1].Act == "restore" ? history[++i] : null;
            var (what, colour) = restored is not null ? (Interrupted(day, restored), "warn") : Told(item, day);
            var after = restored is null ? "" : page.T("；", "; ") + Entry(restored);
            lines.Add(Html.Of($"""
                <li class="{colour}">{page.T(what)}<br><span class="soft small">{Entry(item)}{after}</span></li>
                """));
        }
        return Html.Of($"<ol class=\"path\">{Html.Join(lines)}</ol>");

        string Entry(HistoryItem one) => page.T(
            $"登记于 {CertificatePages.Local(one.RecordedAt)}，第 {one.LogIndex} 条，",
            $"recorded {CertificatePages.Local(one.RecordedAt)}, entry {one.LogIndex}, ") + Signed(page, one.SignedBy);
    }

    private static Text Interrupted(string day, HistoryItem restored) => new(
        $"{day} 暂停，{restored.EffectiveOn:O} 恢复", $"{day} suspended, {restored.EffectiveOn:O} restored");

    private static (Text What, string Colour) Told(HistoryItem item, string day) => item.Act switch
    {
        "correct" => (new($"{day} 内容变更", $"{day} content corrected"), ""),
        "suspend" when item.Until is { } until => (new(
            $"{day} 暂停，预计至 {until:O}", $"{day} suspended, announced until {until:O}"), "warn"),
        "suspend" => (new($"{day} 暂停", $"{day} suspended"), "warn"),
        "revoke" when item.Reason == Reason.Replaced => (new(
            $"{day} 因换证撤销", $"{day} revoked, replaced by a new certificate"), "bad"),
        "revoke" => (new($"{day} 撤销", $"{day} revoked"), "bad"),
        "cancel" => (new($"{day} 注销", $"{day} cancelled"), "bad"),
        _ => (new($"{day} {Acts.Done(item.Act).Zh}", $"{day} {Acts.Done(item.Act).En}"), ""),
    };

    /// <summary>Who stands for a statement: the body with its own key, the body with a key that the registry set for it, or the registry
    /// for it.</summary>
    public static string Signed(Page page, string signedBy) => signedBy switch
    {
        "body" => page.T("由认证机构签名", "signed by the body"),
        "set-key" => page.T("由认证机构的公钥签名，该公钥由登记机构设置", "signed with the body's key; key set by the registry"),
        _ => page.T("代认证机构登记", "recorded for the body"),
    };
}
