using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;

namespace Registry.Pages;

/// <summary>The certificate as a person sees it: the status first. The page of a mark shares its parts.</summary>
public static class CertificatePages
{
    public static Task Certificate(string id, string? on, string? knownAt, string? name, HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        var now = time.GetUtcNow();
        var today = Day.Of(now);
        var faults = new List<Fault>();
        var day = Day.Read(on, "/on", faults) ?? today;
        var until = Instant.ReadKnownAt(knownAt, page.AsOf, faults, days: true);
        if (faults.Count > 0) throw new FaultException(faults);
        var asksToday = day == today && until is null;
        var (view, current, twoTimes, history, marks) = database.Read(db =>
        {
            var row = CertificateStore.Existing(db, id);
            var now = CertificateView.Of(db, row, today)!;
            if (asksToday) return (now, now, null, HistoryItem.Told(db, row), MarkStore.Of(db, row.Seq, 50));
            var then = CertificateView.Of(db, row, day, until) ?? throw new FaultException(new Fault(Refusal.NotRecordedThen));
            var told = TwoTimes.Of(row.Id, [.. CertificateStore.Statements(db, row.Seq)], day, until);
            return (then.Beside(db, row, today), now, told, HistoryItem.Told(db, row), MarkStore.Of(db, row.Seq, 50));
        }, context.RequestAborted);
        // Previews and search engines are told today: the address they keep names no day.
        Describe(page, current);
        page.Head = Html.Of($"{page.Head}<script type=\"application/ld+json\">{JsonLd(page, current)}</script>\n");
        var check = new HolderCheck(name, view);
        return page.Write($"{Holder(page, view)} · {Title(page, view)}", Html.Of($"""
            {check.Told(page)}
            {Top(page, view, page.AsOf, led: check.Contradicts)}
            {(twoTimes is null ? Html.None : Html.Of($"<p class=\"note\">{twoTimes.Sentence(page.Language)}</p>"))}
            {check.Form(page, "/c/" + view.Id, day == today ? null : day)}
            {What(page, view)}
            <div class="two"><section><h2>{page.T("证书", "The certificate")}</h2>
            {Details(page, view)}</section>
            <section><h2>{page.T("经过", "History")}</h2>
            {History(page, history)}
            {OtherDay(page, view.Id, day, until)}{AnswerPages.OfCertificate(page, view.Id, day, until)}</section>
            <section><h2>{page.T("谁负责", "Who is responsible")}</h2>
            {Responsible(page, view)}</section>
            <section class="noprint"><h2>{page.T("分享、打印与状态牌", "Share, print, badge")}</h2>
            {Share(page, view)}</section></div>
            {WatchPages.OfCertificate(page, view)}
            {Marks(page, marks)}
            {Proof(page, "/C/", view.Id, page.AsOf)}
            """));
    }

    /// <summary>The form of the two times, and what they mean.</summary>
    private static Html OtherDay(Page page, string id, DateOnly day, DateTimeOffset? until) => Html.Of($"""
        <form class="row noprint" method="get" action="/c/{id}">{page.LanguageField}<label>{page.T(onLabel)}<input type="date" name="on" value="{day}"></label>
        <label>{page.T(knownAtLabel)}<input type="date" name="knownAt" value="{(until is { } instant ? $"{Day.Of(instant):yyyy-MM-dd}" : "")}"></label><button>{page.T("查询", "Check")}</button></form>
        <p class="soft small noprint">{page.T(twoTimesExplained)}</p>
        """);

    private static readonly Text onLabel = new("查询某一天的状态（如投标截止日）", "Status on another day (such as the bid date)"),
        knownAtLabel = new("只按到这一天为止的登记（可不填）", "Only what was recorded by the end of (may be left out)"),
        twoTimesExplained = new("每一行为有两个时间：自哪一天起生效，何时登记。按今天所知，“某日是否有效”看生效日；“登记簿当时怎么说”看登记时间。事后登记而追溯生效的，两个都写明。",
            "Every act has two times: the day it takes effect, and when it was recorded. Whether a certificate was valid on a day follows the days of effect, as known today; what the registry said then follows what was recorded by then. Where an act was recorded later and reaches back, both are told.");

    private static string Title(Page page, CertificateView view) => view.Today is not { } today ? page.T(view.Status.Name())
        : page.T($"{view.AsOf:yyyy-MM-dd} {view.Status.Name().Zh}，今天{today.Status.Name().Zh}", $"{view.Status.Name().En} on {view.AsOf:yyyy-MM-dd}, {today.Status.Name().En.ToLowerInvariant()} today");

    /// <summary>Status, holder and level, which must stand on the first screen of a phone, and why it is not simply valid.</summary>
    /// <param name="page">The page.</param>
    /// <param name="view">The certificate; of another day with <see cref="CertificateView.Today"/>.</param>
    /// <param name="now">When it is asked.</param>
    /// <param name="led">Whether something that stands against it leads the page.</param>
    public static Html Top(Page page, CertificateView view, DateTimeOffset now, bool led = false)
    {
        var asOf = page.T($"截至 {Local(now)}（北京时间）", $"as of {Local(now)} (Beijing time)");
        return Html.Of($"""
            {(view.Today is { } today ? OfBothDays(page, view, today, led) : led ? Led(page, view, asOf) : Html.Of($"{Banner(page, view.Status, asOf)}<p class=\"meaning\">{page.T(view.Status.Meaning())}</p>"))}
            <h1 class="holder">{Holder(page, view)}</h1>{OtherNames(page, view.Holder)}
            <p class="level">{Level(page, view)}</p>
            {Why(page, view)}
            """);
    }

    private static Html Banner(Page page, Status status, string when, bool plain = false) =>
        Html.Of($"<p class=\"status {(plain && status == Status.Valid ? "led" : status.Word())}\">{Icon(status)}<span><b>{page.T(status.Name())}</b>{when}</span></p>");

    /// <summary>Under the banner of what stands against it a second one in green would be read as the answer.</summary>
    private static Html Led(Page page, CertificateView view, string asOf) =>
        Html.Of($"<p>{page.T("证书本身：", "The certificate itself: ")}<span class=\"chip {(view.Status == Status.Valid ? "led" : view.Status.Word())}\">{page.T(view.Status.Name())}</span> <span class=\"soft small\">{asOf}</span></p>");

    /// <summary>The day asked and today, equally loud; where they differ nothing is green, so that neither is taken for the
    /// other.</summary>
    private static Html OfBothDays(Page page, CertificateView view, TodayView today, bool led)
    {
        var plain = led || today.Status != view.Status;
        var since = today.Since is { } day ? page.T($"今天，自 {day:yyyy-MM-dd} 起", $"today, since {day:yyyy-MM-dd}") : page.T("今天", "today");
        return Html.Of($"<div class=\"days\">{Banner(page, view.Status, page.T($"{view.AsOf:yyyy-MM-dd} 当日", $"on {view.AsOf:yyyy-MM-dd}"), plain)}{Banner(page, today.Status, since, plain)}</div><p class=\"meaning\">{page.T($"今天：{today.Status.Meaning().Zh}", $"Today: {today.Status.Meaning().En}")}</p>");
    }

    private static Html Level(Page page, CertificateView view) => view.Level is null ? Html.Of($"{page.T(Catalogue.CategoryOf(view.Category.No)!.Shown)}") : LevelOf(page, view);

    /// <summary>The level with its stars; grey and said to be past where the certificate no longer counts.</summary>
    public static Html LevelOf(Page page, CertificateView view)
    {
        if (view.Level is not { } level) return Html.None;
        var stars = level.Stars == 0 ? Html.None : Html.Of($" <span class=\"stars\" role=\"img\" aria-label=\"{page.T($"{level.Stars} 星", $"{level.Stars} stars")}\">{new string('★', level.Stars)}</span>");
        return Counts(view) ? Html.Of($"{LevelName(page, view)}{stars}") : Html.Of($"<span class=\"past\">{LevelName(page, view)}{stars}</span>");
    }

    /// <summary>The name of the level, said to be past where the certificate no longer counts; null where there is none.</summary>
    public static string? LevelName(Page page, CertificateView view) =>
        view.Level is not { } level ? null : Counts(view) ? page.T(level.Name, level.NameEn) : page.T($"曾为 {level.Name}", $"formerly {level.NameEn}");

    private static bool Counts(CertificateView view) => Counts(view.Status) && Counts(view.Today?.Status ?? view.Status);

    private static bool Counts(Status status) => status is Status.Valid or Status.NotYetValid;

    public static string Holder(Page page, CertificateView view) => page.Language == Language.En ? view.Holder.NameEn ?? view.Holder.Name : view.Holder.Name;

    /// <summary>曾用名: a holder is known by the names it bore before, and on an earlier day by those it bears since.</summary>
    public static Html OtherNames(Page page, HolderView holder)
    {
        Html Line(string what, string[]? names) => names is null ? Html.None : Html.Of($" <span class=\"soft small\">{what} {string.Join(page.T("；", "; "), names)}</span>");
        return Html.Of($"{Line(page.T("曾用名", "formerly"), holder.FormerNames)}{Line(page.T("后更名为", "later"), holder.LaterNames)}");
    }

    /// <summary>Why it is not simply valid, in plain words.</summary>
    private static Html Why(Page page, CertificateView view) => view.Status switch
    {
        Status.Suspended when view.Suspension is { } s => Html.Of($"""
            <p class="note">{page.T($"自 {s.On:yyyy-MM-dd} 起暂停{(s.Until is null ? "" : $"，预计至 {s.Until:yyyy-MM-dd}")}。", $"Suspended from {s.On:yyyy-MM-dd}{(s.Until is null ? "" : $", announced until {s.Until:yyyy-MM-dd}")}.")} {(s.Overdue ? page.T("期限已过，认证机构尚未恢复或撤销，仍为暂停。", "That day has passed without an act of the body: it is still suspended.") : "")} {Because(page, s.Reason)}</p>
            """),
        Status.Revoked when view.Ended is { Reason: Reason.Replaced } => Html.Of($"""
            <p class="note">{page.T("因换证撤销，不是处罚。", "Revoked because it was replaced; this is no punishment.")} {(view.ReplacedBy is { } successor ? Html.Of($"<a href=\"{page.Link("/c/" + successor)}\">{page.T("查看新证书", "See the new certificate")}</a>") : Html.None)}</p>
            """),
        Status.Revoked or Status.Cancelled when view.Ended is { } r => Html.Of($"""
            <p class="note">{page.T($"自 {r.On:yyyy-MM-dd} 起{view.Status.Name().Zh}，登记于 {Local(r.RecordedAt)}。", $"{view.Status.Name().En} from {r.On:yyyy-MM-dd}, recorded {Local(r.RecordedAt)}.")} {Because(page, r.Reason)}</p>
            """),
        Status.Expired => Html.Of($"<p class=\"note\">{page.T($"有效期至 {view.ExpiresOn:yyyy-MM-dd}，已过。", $"Its last day of validity was {view.ExpiresOn:yyyy-MM-dd}.")}</p>"),
        Status.NotYetValid => Html.Of($"<p class=\"note\">{page.T($"自 {view.IssuedOn:yyyy-MM-dd} 起生效。", $"It comes into force on {view.IssuedOn:yyyy-MM-dd}.")}</p>"),
        _ when view.Surveillance is { Overdue: true } s => Html.Of($"<p class=\"note\">{page.T($"证书有效，但应于 {s.DueOn:yyyy-MM-dd} 前进行的年度监督尚无记录。", $"Valid, but no surveillance is recorded that was due by {s.DueOn:yyyy-MM-dd}.")}</p>"),
        _ => Html.None,
    };

    private static string Because(Page page, Reason? reason) => reason is { } r ? page.T($"原因类别：{r.Name().Zh}。", $"Category of reason: {r.Name().En}.") : "";

    /// <summary>What is certified and what is not, as the edition of the scheme says it, and what the level means.</summary>
    public static Html What(Page page, CertificateView view)
    {
        var scheme = Catalogue.SchemeOf(view.Category.No, view.IssuedOn);
        var category = Catalogue.CategoryOf(view.Category.No)!.Shown;
        string Said(Text text) => page.T(text.Zh.Replace("{0}", category.Zh), text.En.Replace("{0}", category.En));
        var link = Html.Of($"<a href=\"{page.Link("/schemes/" + scheme.Id)}\">{page.T("等级怎么评", "How levels are scored")}</a>");
        var more = scheme.Category is null ? Html.None : Html.Of($"<p>{ScoreOf(page, scheme, view.Level?.Code)} {link}</p>");
        return Html.Of($"""
            <div class="card"><p><b>{page.T("认证的是：", "Certified: ")}{Said(scheme.Certified)}</b></p>
            <p>{page.T("没有认证：", "Not certified: ")}{Said(scheme.NotCertified)}</p>{more}</div>
            """);
    }

    /// <summary>The scores that earn a level; nothing where the scheme gives none.</summary>
    private static string ScoreOf(Page page, Scheme scheme, string? code)
    {
        if (scheme.LevelOf(code) is not { MinimumScore: { } from } level) return "";
        var higher = scheme.Levels.FirstOrDefault(other => other.MinimumScore > from);
        var below = higher?.MinimumScore;
        var scores = below is null ? new Text($"评分 {from:0.##} 分及以上", $"a score of {from:0.##} or more")
            : new Text($"评分 {from:0.##} 分以上、不到 {below:0.##} 分", $"a score from {from:0.##} to below {below:0.##}");
        return page.T($"{level.Name.Zh}：{scores.Zh}，满分 100。", $"{level.Name.En}: {scores.En} out of 100.");
    }

    public static Html Details(Page page, CertificateView view)
    {
        Html Row(string name, string? value) => value is null ? Html.None : Html.Of($"<dt>{name}</dt><dd>{value}</dd>");
        string Label(string pointer) => page.T(Fields.At(pointer).Label);
        return Html.Of($"""
            <dl>
            {Row(Label("/scope"), view.Scope)}
            {Row(Label("/number"), view.Number)}
            {Row(Label("/category"), page.T(Catalogue.CategoryOf(view.Category.No)!.Numbered))}
            {Html.Join(Fields.Texts.Select(text => Row(page.T(text.Label), text.Get(view))))}
            {Row(page.T("获证组织", "Holder"), page.Language == Language.En && view.Holder.NameEn is not null ? view.Holder.Name : view.Holder.NameEn)}
            {Row(Label("/holder/uscc"), view.Holder.Uscc)}
            {Row(Label("/holder/region"), view.Holder.RegionName)}
            {Row(Label("/holder/address"), view.Holder.Address)}
            {Row(Label("/sites"), view.Sites.Length == 0 ? null : string.Join("；", view.Sites))}
            {Row(Label("/issuedOn"), $"{view.IssuedOn:yyyy-MM-dd}")}
            {Row(Label("/firstIssuedOn"), view.FirstIssuedOn?.ToString("yyyy-MM-dd"))}
            {Row(Label("/expiresOn"), $"{view.ExpiresOn:yyyy-MM-dd}")}
            {Row(Label("/surveyedOn"), view.Surveillance?.LastOn?.ToString("yyyy-MM-dd"))}
            {Row(page.T("查询编码", "Code"), view.Id)}
            <dt>{page.T("最新声明", "Newest statement")}</dt><dd>{Signed(page, view.SignedBy)} <a href="{page.Link("/log?id=" + view.Id)}">{page.T("逐步核对", "Check it step by step")}</a></dd>
            </dl>
            """);
    }

    /// <summary>The life in plain words: a suspension and its end are one sentence.</summary>
    private static Html History(Page page, List<HistoryItem> history)
    {
        var lines = new List<Html>();
        for (var i = 0; i < history.Count; i++)
        {
            var item = history[i];
            var day = item.EffectiveOn.ToString("yyyy-MM-dd");
            var restored = item.Act == "suspend" && i + 1 < history.Count && history[i + 1].Act == "restore" ? history[++i] : null;
            var (what, colour) = item.Act switch
            {
                "correct" => (page.T($"{day} 内容变更", $"{day} content corrected"), ""),
                "suspend" when restored is not null => (page.T($"{day} 暂停，{restored.EffectiveOn:yyyy-MM-dd} 恢复", $"{day} suspended, {restored.EffectiveOn:yyyy-MM-dd} restored"), "warn"),
                "suspend" => (page.T($"{day} 暂停{(item.Until is { } until ? $"，预计至 {until:yyyy-MM-dd}" : "")}", $"{day} suspended{(item.Until is { } until2 ? $", announced until {until2:yyyy-MM-dd}" : "")}"), "warn"),
                "revoke" => (item.Reason == Reason.Replaced ? page.T($"{day} 因换证撤销", $"{day} revoked, replaced by a new certificate") : page.T($"{day} 撤销", $"{day} revoked"), "bad"),
                "cancel" => (page.T($"{day} 注销", $"{day} cancelled"), "bad"),
                _ => (page.T($"{day} {Acts.Done(item.Act).Zh}", $"{day} {Acts.Done(item.Act).En}"), ""),
            };
            string Entry(HistoryItem one) => page.T($"登记于 {Local(one.RecordedAt)}，第 {one.LogIndex} 条，", $"recorded {Local(one.RecordedAt)}, entry {one.LogIndex}, ") + Signed(page, one.SignedBy);
            lines.Add(Html.Of($"<li class=\"{colour}\">{what}<br><span class=\"soft small\">{Entry(item)}{(restored is null ? "" : page.T("；", "; ") + Entry(restored))}</span></li>"));
        }
        return Html.Of($"<ol class=\"path\">{Html.Join(lines)}</ol>");
    }

    /// <summary>Who stands for a statement: the body with its own key, the body with a key that the registry set for it, or the registry
    /// for it.</summary>
    public static string Signed(Page page, string signedBy) => signedBy switch
    {
        "body" => page.T("由认证机构签名", "signed by the body"),
        "set-key" => page.T("由认证机构的公钥签名，该公钥由登记机构设置", "signed with the body's key; key set by the registry"),
        _ => page.T("代认证机构登记", "recorded for the body"),
    };

    /// <summary>Who certified, who watches them, where to complain.</summary>
    public static Html Responsible(Page page, CertificateView view) => Html.Of($"""
        <dl><dt>{page.T("谁认证", "Who certified")}</dt><dd>{page.T(view.Body.Name, view.Body.NameEn ?? view.Body.Name)}<br><span class="soft small">{page.T("批准号", "Approval number")} {view.Body.ApprovalNumber}</span></dd>
        <dt>{page.T("谁监管", "Who watches them")}</dt><dd>{page.T("认证活动由国务院认证认可监督管理部门统一管理和监督（《认证认可条例》第四条）。", "Certification is administered and supervised nationally by the certification and accreditation department of the State Council (Regulation on Certification and Accreditation, article 4).")}</dd>
        <dt>{page.T("如何投诉", "How to complain")}</dt><dd>{page.T("服务不好：先找获证组织，再找上述认证机构。认证本身有问题：找认证机构，或向监督管理部门反映。", "About service: to the holder first, then to the body above. About the certification: to the body, or to the supervising department.")} <a href="{page.Link("/report?code=" + view.Id)}" class="noprint">{page.T("标志被误用", "The mark is misused")}</a></dd></dl>
        """);

    private static Html Share(Page page, CertificateView view)
    {
        var address = $"{page.Base}/c/{view.Id}";
        return Html.Of($"""
            <p><a href="{page.Link("/c/" + view.Id)}" class="code">{address}</a></p>
            <p><button type="button" class="plain" data-do="share" data-url="{address}" hidden>{page.T("分享", "Share")}</button> <button type="button" class="plain" data-do="print" hidden>{page.T("打印为一页", "Print on one page")}</button></p>
            <p><img src="/c/{view.Id}/badge.svg?lang={page.T("zh", "en")}" alt="{page.T("状态牌：", "Badge: ")}{page.T(view.Status.Name())}" height="40"></p>
            <details><summary>{page.T("把状态牌放到自己的网站", "Put this badge on your own site")}</summary><p>{page.T("状态一变，状态牌随之改变。", "It turns when the status turns.")}</p><pre>{$"<a href=\"{address}\"><img src=\"{address}/badge.svg?lang={page.T("zh", "en")}\" alt=\"{page.T("认证状态", "Certificate status")}\" height=\"40\"></a>"}</pre></details>
            """);
    }

    private static Html Marks(Page page, List<Mark> marks) => marks.Count == 0 ? Html.None : Html.Of($"""
        <section class="noprint"><h2>{page.T("认证标志", "Marks")}</h2>
        <ul>{Html.Join(marks.Select(mark => Html.Of($"<li><a href=\"{page.Link("/m/" + mark.Code)}\">{mark.Text}</a> <span class=\"soft small\">{mark.Code}{(mark.Items is { } items ? page.T($" · 分件编码 {items} 件", $" · {items} serialised items") : "")}{(mark.WithdrawnAt is null ? "" : page.T(" · 已撤回", " · withdrawn"))}</span></li>")))}</ul></section>
        """);

    /// <summary>On paper only: the code that leads to the page as it stands then, and when this one was printed.</summary>
    public static Html Proof(Page page, string path, string code, DateTimeOffset now)
    {
        var (beginning, local) = (page.Base + path, Local(now));
        var qr = QrSeries.Code(beginning.ToUpperInvariant(), code, ErrorCorrection.M);
        return Html.Of($"""
            <div class="only-print"><div class="proof"><svg class="qr" viewBox="0 0 {qr.Side} {qr.Side}" role="img" aria-label="QR"><path d="{new Html(qr.Path())}"/></svg><p>{page.T($"打印件只说明 {local}（北京时间）的状态。现在的状态请扫码，并核对手机打开的是 {page.Host}。{page.DemoNote}", $"This print tells the status of {local} (Beijing time) only. For the present status scan the code, and check that your phone opens {page.Host}. {page.DemoNote}")}<br>{beginning}{code}</p></div></div>
            """);
    }

    /// <summary>What a preview and a search engine say.</summary>
    /// <param name="page">The page.</param>
    /// <param name="view">The certificate.</param>
    /// <param name="against">What stands against the mark the page is of; it stands where the status would, and no picture shows a valid
    /// certificate.</param>
    public static void Describe(Page page, CertificateView view, Text? against = null)
    {
        var status = against ?? view.Status.Name();
        page.Description = against is not null ? page.T($"{against.Zh}。{view.Holder.Name}，{view.Body.Name}颁发的证书，编号 {view.Number}。",
                $"{against.En}. {Holder(page, view)}, certificate {view.Number} of {view.Body.NameEn ?? view.Body.Name}.")
            : page.T($"{view.Holder.Name}：{LevelName(page, view) ?? view.Category.Name}，{status.Zh}，有效期至 {view.ExpiresOn:yyyy-MM-dd}。{view.Body.Name}颁发，编号 {view.Number}。",
                $"{Holder(page, view)}: {LevelName(page, view) ?? view.Category.NameEn}, {status.En.ToLowerInvariant()}, valid until {view.ExpiresOn:yyyy-MM-dd}. Issued by {view.Body.NameEn ?? view.Body.Name}, number {view.Number}.");
        var picture = against is not null ? Html.None : Html.Of($"""
            <link rel="canonical" href="{page.Base}/c/{view.Id}">
            <meta property="og:url" content="{page.Base}/c/{view.Id}">
            <meta property="og:image" content="{page.Base}/c/{view.Id}/card.png?lang={page.T("zh", "en")}">
            <meta property="og:image:width" content="1200">
            <meta property="og:image:height" content="630">

            """);
        page.Head = Html.Of($"""
            {picture}<meta property="og:type" content="website">
            <meta property="og:title" content="{Holder(page, view)} · {page.T(status)}">
            <meta property="og:description" content="{page.Description}">

            """);
    }

    /// <summary>schema.org Certification. The encoder escapes every character that could end the script element.</summary>
    private static Html JsonLd(Page page, CertificateView view)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, jsonLd))
        {
            void Text(string name, string? value)
            {
                if (value is not null) json.WriteString(name, value);
            }
            void Organisation(string member, string name, string? identifier)
            {
                json.WriteStartObject(member);
                json.WriteString("@type", "Organization");
                json.WriteString("name", name);
                Text("identifier", identifier);
                json.WriteEndObject();
            }
            var address = $"{page.Base}/c/{view.Id}";
            json.WriteStartObject();
            json.WriteString("@context", "https://schema.org");
            json.WriteString("@type", "Certification");
            json.WriteString("@id", address);
            json.WriteString("url", address);
            json.WriteString("name", $"{page.T(view.Category.Name, view.Category.NameEn)}{(view.Standard is null ? "" : " " + view.Standard)}");
            json.WriteString("certificationIdentification", view.Number);
            json.WriteString("certificationStatus", view.Status == Status.Valid ? "https://schema.org/CertificationActive" : "https://schema.org/CertificationInactive");
            Organisation("issuedBy", page.T(view.Body.Name, view.Body.NameEn ?? view.Body.Name), view.Body.ApprovalNumber);
            Organisation("about", Holder(page, view), view.Holder.Uscc);
            json.WriteString("datePublished", view.IssuedOn.ToString("O"));
            json.WriteString("validFrom", view.IssuedOn.ToString("O"));
            json.WriteString("expires", view.ExpiresOn.ToString("O"));
            Text("auditDate", view.Surveillance?.LastOn?.ToString("O"));
            if (view.Level is { Stars: > 0 } level && Counts(view))
            {
                json.WriteStartObject("certificationRating");
                json.WriteString("@type", "Rating");
                json.WriteNumber("ratingValue", level.Stars);
                json.WriteNumber("bestRating", Catalogue.SchemeOf(view.Category.No, view.IssuedOn).Levels.Max(l => l.Stars));
                json.WriteString("name", page.T(level.Name, level.NameEn));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return new(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    private static readonly JsonWriterOptions jsonLd = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };

    /// <summary>A shape for each status, so that colour is never the only sign.</summary>
    public static Html Icon(Status status) => Icon(Shape(status));

    /// <param name="shape">Strokes in a square of 24.</param>
    public static Html Icon(string shape) => new($"<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"{shape}\"/></svg>");

    /// <summary>The sign of a status in a square of 24, as an SVG path of strokes.</summary>
    public static string Shape(Status status) => status switch
    {
        Status.Valid => "M7 12.5l3.5 3.5L17 9",
        Status.Suspended => "M9.5 8v8M14.5 8v8",
        Status.Revoked => "M8 8l8 8M16 8l-8 8",
        Status.Cancelled => "M7 12h10",
        Status.Expired => "M12 7v5l3.5 2",
        Status.NotYetValid => "M8 12h8M13 9l3 3-3 3",
    };

    public static string Local(DateTimeOffset instant) => Day.Minute(instant);
}
