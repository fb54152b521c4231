using Registry.Certificates;
using Registry.Http;
using Registry.Marks;

namespace Registry.Pages;

/// <summary>The certificate and the mark as a person sees them: the status first.</summary>
public static class CertificatePages
{
    public static Task Certificate(string id, HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var today = Day.Of(time.GetUtcNow());
        var faults = new List<Fault>();
        var on = Day.Read(context.Request.Query["on"], "/on", faults) ?? today;
        if (faults.Count > 0) throw new FaultException(faults);
        var (view, history, marks) = database.Read(db =>
        {
            var row = CertificateStore.Existing(db, id);
            return (CertificateView.Of(db, row, on)!, HistoryItem.Of(db, row), MarkStore.Of(db, row.Seq, 50));
        }, context.RequestAborted);
        return page.Write($"{view.Holder.Name} · {page.T(view.Status.Name())}", Html.Of($"""
            {Head(page, view, time.GetUtcNow(), on != today)}
            {What(page, view)}
            {Details(page, view)}
            <form class="row noprint" method="get" action="/c/{view.Id}">{page.LanguageField}<label>{page.T("查询某一天的状态（如投标截止日）", "Status on another day (such as the bid date)")}<input type="date" name="on" value="{on}"></label><button>{page.T("查询", "Check")}</button></form>
            <h2>{page.T("经过", "History")}</h2>
            <ul>{Html.Join(history.Select(item => History(page, item)))}</ul>
            {Marks(page, marks)}
            """));
    }

    public static Task Mark(string code, HttpContext context, Database database, TimeProvider time, Settings settings, PublicAddress address)
    {
        var now = time.GetUtcNow();
        var parsed = Identifier.Parse(code) ?? throw new FaultException(new Fault(Refusal.Mistyped));
        var mark = database.Read(db => MarkView.Of(db, MarkStore.Find(db, parsed) ?? throw new FaultException(new Fault(Refusal.UnknownMark)), address.Base, Day.Of(now)), context.RequestAborted);
        if (!Problems.WantsPage(context.Request) && context.Request.Headers.Accept.ToString().Contains("json"))
        {
            context.Response.Headers.Vary = "Accept";
            context.Response.Headers.CacheControl = "no-cache";
            return context.Response.WriteAsJsonAsync(mark, Json.Options);
        }
        var page = new Page(context, settings);
        var view = mark.Certificate;
        var withdrawn = mark.WithdrawnAt is not { } at ? Html.None
            : Html.Of($"<p class=\"status withdrawn\">{Icon(Status.Revoked)}<span><b>{page.T("此标志已撤回", "This mark is withdrawn")}</b>{page.T($"自 {Local(at)} 起不应再使用。", $"Since {Local(at)} it should no longer be used.")}</span></p>");
        return page.Write($"{view.Holder.Name} · {page.T(view.Status.Name())}", Html.Of($"""
            {withdrawn}
            {Head(page, view, now, earlier: false)}
            <div class="card"><p><b>{page.T("这与您手中或眼前的一致吗？", "Does this match what you hold or see?")}</b></p>
            <dl><dt>{page.T("标志颁发给", "Issued to")}</dt><dd>{view.Holder.Name}</dd><dt>{page.T(mark.Placement == Placement.Premises ? "场所" : "产品或用途", mark.Placement == Placement.Premises ? "Premises" : "Product or use")}</dt><dd>{mark.Text}</dd><dt>{page.T("位置", "Placement")}</dt><dd>{page.T(mark.Placement.Name())}</dd>{(mark.Gtin is null ? Html.None : Html.Of($"<dt>GTIN</dt><dd>{mark.Gtin}</dd>"))}</dl>
            <p class="soft">{page.T("不一致时，标志可能是从别处复制的。", "If not, the mark may have been copied from elsewhere.")}</p></div>
            {What(page, view)}
            {Details(page, view)}
            <p><a href="{page.Link("/c/" + view.Id)}">{page.T("证书全文与经过", "The whole certificate and its history")}</a></p>
            """));
    }

    private static Html Head(Page page, CertificateView view, DateTimeOffset now, bool earlier)
    {
        var asOf = earlier ? page.T($"{view.AsOf:yyyy-MM-dd} 当日的状态（{Local(now)} 查询）", $"as of {view.AsOf:yyyy-MM-dd} (checked {Local(now)})") : page.T($"截至 {Local(now)}（北京时间）", $"as of {Local(now)} (Beijing time)");
        var level = view.Level is not { } l ? Html.None : Html.Of($"<p class=\"level\">{page.T(l.Name, l.NameEn)} {(l.Stars == 0 ? Html.None : Html.Of($"<span class=\"stars\" role=\"img\" aria-label=\"{page.T($"{l.Stars} 星", $"{l.Stars} stars")}\">{new string('★', l.Stars)}</span>"))}</p>");
        return Html.Of($"""
            <p class="status {view.Status.Word()}">{Icon(view.Status)}<span><b>{page.T(view.Status.Name())}</b>{asOf}</span></p>
            <h1 class="holder">{(page.Language == Language.En ? view.Holder.NameEn ?? view.Holder.Name : view.Holder.Name)}</h1>
            {level}
            {Why(page, view)}
            """);
    }

    /// <summary>Why it is not simply valid, in plain words.</summary>
    private static Html Why(Page page, CertificateView view) => view.Status switch
    {
        Status.Suspended when view.Suspension is { } s => Html.Of($"""
            <p class="note">{page.T($"自 {s.On:yyyy-MM-dd} 起暂停{(s.Until is null ? "" : $"，预计至 {s.Until:yyyy-MM-dd}")}。", $"Suspended from {s.On:yyyy-MM-dd}{(s.Until is null ? "" : $", announced until {s.Until:yyyy-MM-dd}")}.")} {(s.Overdue ? page.T("期限已过，认证机构尚未恢复或撤销，仍为暂停。", "That day has passed without an act of the body: it is still suspended.") : "")} {Because(page, s.Reason)}</p>
            """),
        Status.Revoked when view.Revocation is { Reason: Reason.Replaced } => Html.Of($"""
            <p class="note">{page.T("因换证撤销，不是处罚。", "Revoked because it was replaced; this is no punishment.")} {(view.ReplacedBy is { } successor ? Html.Of($"<a href=\"{page.Link("/c/" + successor)}\">{page.T("查看新证书", "See the new certificate")}</a>") : Html.None)}</p>
            """),
        Status.Revoked or Status.Cancelled when view.Revocation is { } r => Html.Of($"""
            <p class="note">{page.T($"自 {r.On:yyyy-MM-dd} 起{view.Status.Name().Zh}，登记于 {Local(r.RecordedAt)}。", $"{view.Status.Name().En} from {r.On:yyyy-MM-dd}, recorded {Local(r.RecordedAt)}.")} {Because(page, r.Reason)}</p>
            """),
        Status.Expired => Html.Of($"<p class=\"note\">{page.T($"有效期至 {view.ExpiresOn:yyyy-MM-dd}，已过。", $"Its last day of validity was {view.ExpiresOn:yyyy-MM-dd}.")}</p>"),
        Status.NotYetValid => Html.Of($"<p class=\"note\">{page.T($"自 {view.IssuedOn:yyyy-MM-dd} 起生效。", $"It comes into force on {view.IssuedOn:yyyy-MM-dd}.")}</p>"),
        _ when view.Surveillance is { Overdue: true } s => Html.Of($"<p class=\"note\">{page.T($"证书有效，但应于 {s.DueOn:yyyy-MM-dd} 前进行的年度监督尚无记录。", $"Valid, but no surveillance is recorded that was due by {s.DueOn:yyyy-MM-dd}.")}</p>"),
        _ => Html.None,
    };

    private static string Because(Page page, Reason? reason) => reason is { } r ? page.T($"原因类别：{r.Name().Zh}。", $"Category of reason: {r.Name().En}.") : "";

    private static Html What(Page page, CertificateView view) => view.Category.No == 26
        ? Html.Of($"""
            <div class="card"><p>{page.T("认证的是：该组织在下述范围内的售后服务。", "Certified: this organisation's after-sales service, within the scope below.")}</p><p>{page.T("没有认证：任何产品本身的质量或安全。", "Not certified: the quality or safety of any product.")}</p></div>
            """)
        : Html.Of($"<div class=\"card\"><p>{page.T($"认证的是：{view.Category.Name}，限于下述范围。", $"Certified: {view.Category.NameEn}, within the scope below.")}</p><p>{page.T("没有认证：范围以外的任何事项。", "Not certified: anything beyond that scope.")}</p></div>");

    private static Html Details(Page page, CertificateView view)
    {
        Html Row(string name, string? value) => value is null ? Html.None : Html.Of($"<dt>{name}</dt><dd>{value}</dd>");
        return Html.Of($"""
            <dl>
            {Row(page.T("证书编号", "Certificate number"), view.Number)}
            {Row(page.T("统一社会信用代码", "Social credit code"), view.Holder.Uscc)}
            {Row(page.T("所在地区", "Region"), view.Holder.RegionName)}
            {Row(page.T("地址", "Address"), view.Holder.Address)}
            {Row(page.T("认证项目", "Category"), $"{view.Category.No} {page.T(view.Category.Name, view.Category.NameEn)}")}
            {Row(page.T("认证依据", "Standard"), view.Standard)}
            {Row(page.T("业务范围", "Scope"), view.Scope)}
            {Row(page.T("场所", "Sites"), view.Sites.Length == 0 ? null : string.Join("；", view.Sites))}
            {Row(page.T("颁证日期", "Issued"), $"{view.IssuedOn:yyyy-MM-dd}")}
            {Row(page.T("初次获证日期", "First issued"), view.FirstIssuedOn?.ToString("yyyy-MM-dd"))}
            {Row(page.T("证书到期日期", "Last day of validity"), $"{view.ExpiresOn:yyyy-MM-dd}")}
            {Row(page.T("认证机构", "Certification body"), $"{page.T(view.Body.Name, view.Body.NameEn ?? view.Body.Name)} · {view.Body.ApprovalNumber}")}
            {Row(page.T("查询编码", "Code"), view.Id)}
            <dt>{page.T("最新声明", "Newest statement")}</dt><dd>{Signed(page, view.SignedBy)} <a href="{page.Link("/log?id=" + view.Id)}">{page.T("逐步核对", "Check it step by step")}</a></dd>
            </dl>
            """);
    }

    private static Html History(Page page, HistoryItem item)
    {
        var what = ActName(page, item.Act);
        return Html.Of($"<li>{item.EffectiveOn} {what}{(item.Until is { } until ? page.T($"（至 {until:yyyy-MM-dd}）", $" (until {until:yyyy-MM-dd})") : "")} <span class=\"soft\">{page.T($"登记于 {Local(item.RecordedAt)}，第 {item.LogIndex} 条", $"recorded {Local(item.RecordedAt)}, entry {item.LogIndex}")} · {Signed(page, item.SignedBy)}</span></li>");
    }

    public static string ActName(Page page, string act) => act switch
    {
        "issue" => page.T("颁发", "issued"),
        "correct" => page.T("变更", "corrected"),
        "suspend" => page.T("暂停", "suspended"),
        "restore" => page.T("恢复", "restored"),
        "revoke" => page.T("撤销", "revoked"),
        _ => page.T("注销", "cancelled"),
    };

    /// <summary>Who stands for a statement: the body with its own key, or the registry for it.</summary>
    public static string Signed(Page page, string signedBy) => signedBy == "body" ? page.T("由认证机构签名", "signed by the body") : page.T("代认证机构登记", "recorded for the body");

    private static Html Marks(Page page, List<Mark> marks) => marks.Count == 0 ? Html.None : Html.Of($"""
        <h2>{page.T("认证标志", "Marks")}</h2>
        <ul>{Html.Join(marks.Select(mark => Html.Of($"<li><a href=\"{page.Link("/m/" + mark.Code)}\">{mark.Code}</a> {mark.Text}{(mark.WithdrawnAt is null ? "" : page.T("（已撤回）", " (withdrawn)"))}</li>")))}</ul>
        """);

    /// <summary>A shape for each status, so that colour is never the only sign.</summary>
    public static Html Icon(Status status) => new("<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"" + status switch
    {
        Status.Valid => "M7 12.5l3.5 3.5L17 9",
        Status.Suspended => "M9.5 8v8M14.5 8v8",
        Status.Revoked => "M8 8l8 8M16 8l-8 8",
        Status.Cancelled => "M7 12h10",
        Status.Expired => "M12 7v5l3.5 2",
        Status.NotYetValid => "M8 12h8M13 9l3 3-3 3",
    } + "\"/></svg>");

    public static string Local(DateTimeOffset instant) => Day.InShanghai(instant).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
}
