using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>The certificate as a person sees it: the status first. The page of a mark shares its parts.</summary>
public static class CertificatePages
{
    public static Task Certificate(
        string id, string? on, string? knownAt, string? name,
        HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        var asked = AskedTime.Read(on, knownAt, time.GetUtcNow(), page.AsOf, days: true);
        var (day, until, today) = asked;
        // A hot route: nobody is told when the caller goes, which costs more than most of these reads.
        var (view, current, twoTimes, history, marks) = database.Read(db =>
        {
            var row = CertificateStore.Existing(db, id);
            var now = CertificateView.Of(db, row, today)!;
            if (asked.IsNow) return (now, now, null, HistoryItem.Told(db, row), MarkStore.Of(db, row.Seq, 50));
            var then = CertificateView.Of(db, row, day, until) ?? throw new FaultException(Refusal.NotRecordedThen);
            var told = TwoTimes.Of(row.Id, [.. CertificateStore.Statements(db, row.Seq)], day, until);
            return (then.Beside(db, row, today), now, told, HistoryItem.Told(db, row), MarkStore.Of(db, row.Seq, 50));
        });
        // Previews and search engines are told today: the address they keep names no day.
        CertificateHead.Describe(page, current);
        page.Head = Html.Of($"{page.Head}<script type=\"application/ld+json\">{CertificateHead.JsonLd(page, current)}</script>\n");
        var check = new HolderCheck(name, view);
        return page.Write($"{Holder(page, view)} · {Title(page, view)}", $"""
            {check.Told(page)}
            {Top(page, view, page.AsOf, led: check.Contradicts)}
            {Told(page, twoTimes)}
            {check.Form(page, "/c/" + view.Id, asked)}
            {What(page, view)}
            <div class="two"><section><h2>{page.T("证书", "The certificate")}</h2>
            {Details(page, view)}</section>
            <section><h2>{page.T("经过", "History")}</h2>
            {CertificateStory.History(page, history)}
            {OtherDay(page, "/c/" + view.Id, asked)}{AnswerPages.OfCertificate(page, view.Id, day, until)}</section>
            <section><h2>{page.T("谁负责", "Who is responsible")}</h2>
            {Responsible(page, view)}</section>
            <section class="noprint"><h2>{page.T("分享、打印与状态牌", "Share, print, badge")}</h2>
            {Share(page, view)}</section></div>
            {WatchPages.OfCertificate(page, view)}
            {Marks(page, marks)}
            {Proof(page, "/C/", view.Id, page.AsOf)}
            """);
    }

    /// <summary>The form of the two times, and what they mean.</summary>
    public static Html OtherDay(Page page, string path, AskedTime asked)
    {
        var known = asked.KnownAt is { } instant ? $"{Day.Of(instant):O}" : "";
        return Html.Of($"""
            <form class="row noprint" method="get" action="{path}">{page.LanguageField}
            <label>{page.T(onLabel)}<input type="date" name="on" value="{asked.On}"></label>
            <label>{page.T(knownAtLabel)}<input type="date" name="knownAt" value="{known}"></label>
            <button>{page.T("查询", "Check")}</button></form>
            <p class="soft small noprint">{page.T(twoTimesExplained)}</p>
            """);
    }

    /// <summary>What was recorded since and reaches back, where there is such.</summary>
    public static Html Told(Page page, TwoTimes? times) =>
        times is null ? Html.None : Html.Of($"<p class=\"note\">{times.Sentence(page.Language)}</p>");

    private static readonly Text onLabel = new("查询某一天的状态（如投标截止日）", "Status on another day (such as the bid date)"),
        knownAtLabel = new("只按到这一天为止的登记（可不填）", "Only what was recorded by the end of (may be left out)"),
        twoTimesExplained = new(
            "每一行为有两个时间：自哪一天起生效，何时登记。按今天所知，“某日是否有效”看生效日；“登记簿当时怎么说”看登记时间。"
                + "事后登记而追溯生效的，两个都写明。",
            "Every act has two times: the day it takes effect, and when it was recorded. "
                + "Whether a certificate was valid on a day follows the days of effect, as known today; "
                + "what the registry said then follows what was recorded by then. "
                + "Where an act was recorded later and reaches back, both are told.");

    private static string Title(Page page, CertificateView view)
    {
        var then = view.Status.Name();
        if (view.Today is null) return page.T(then);
        var today = view.Today.Status.Name();
        return page.T(
            $"{view.AsOf:O} {then.Zh}，今天{today.Zh}",
            $"{then.En} on {view.AsOf:O}, {today.En.ToLowerInvariant()} today");
    }

    /// <summary>Status, holder and level, which must stand on the first screen of a phone, and why it is not simply valid.</summary>
    /// <param name="page">The page.</param>
    /// <param name="view">The certificate; of another day with <see cref="CertificateView.Today"/>.</param>
    /// <param name="now">When it is asked.</param>
    /// <param name="led">Whether something that stands against it leads the page.</param>
    public static Html Top(Page page, CertificateView view, DateTimeOffset now, bool led = false)
    {
        var asOf = page.T($"截至 {Local(now)}（北京时间）", $"as of {Local(now)} (Beijing time)");
        Html OfOneDay() => led ? Led(page, view, asOf) : OfToday(page, view, asOf);
        return Html.Of($"""
            {(view.Today is { } today ? OfBothDays(page, view, today, led) : OfOneDay())}
            <h1 class="holder">{Holder(page, view)}</h1>{OtherNames(page, view.Holder)}
            <p class="level">{Level(page, view)}</p>
            {CertificateStory.Why(page, view)}
            """);
    }

    private static Html OfToday(Page page, CertificateView view, string asOf) =>
        Html.Of($"{Banner(page, view.Status, asOf)}<p class=\"meaning\">{page.T(view.Status.Meaning())}</p>");

    /// <summary>Green only where nothing says otherwise.</summary>
    private static string Colour(Status status, bool plain) => plain && status == Status.Valid ? "led" : status.Word();

    private static Html Banner(Page page, Status status, string when, bool plain = false) => Html.Of($"""
        <p class="status {Colour(status, plain)}">{Icon(status)}<span><b>{page.T(status.Name())}</b>{when}</span></p>
        """);

    /// <summary>Under the banner of what stands against it a second one in green would be read as the answer.</summary>
    private static Html Led(Page page, CertificateView view, string asOf) => Html.Of($"""
        <p>{page.T("证书本身：", "The certificate itself: ")}
        <span class="chip {Colour(view.Status, plain: true)}">{page.T(view.Status.Name())}</span>
        <span class="soft small">{asOf}</span></p>
        """);

    /// <summary>The day asked and today, equally loud; where they differ nothing is green, so that neither is taken for the
    /// other, nor where the day is still to come.</summary>
    private static Html OfBothDays(Page page, CertificateView view, TodayView today, bool led)
    {
        var isToCome = view.AsOf > Day.Of(page.AsOf);
        var plain = led || isToCome || today.Status != view.Status;
        var on = page.T($"{view.AsOf:O} 当日", $"on {view.AsOf:O}");
        var since = today.Since is { } day ? page.T($"今天，自 {day:O} 起", $"today, since {day:O}") : page.T("今天", "today");
        var meaning = today.Status.Meaning();
        var ahead = isToCome ? DayAhead(page, view.AsOf) : Html.None;
        return Html.Of($"""
            <div class="days">{Banner(page, view.Status, on, plain)}{Banner(page, today.Status, since, plain)}</div>
            <p class="meaning">{page.T($"今天：{meaning.Zh}", $"Today: {meaning.En}")}</p>{ahead}
            """);
    }

    /// <summary>That a day is still to come.</summary>
    public static Html DayAhead(Page page, DateOnly day)
    {
        var told = page.T($"{day:O}：{AheadView.Said.Zh}。", $"{day:O}: {AheadView.Said.En}.");
        return Html.Of($"<p class=\"note\">{told}</p>");
    }

    private static Html Level(Page page, CertificateView view) =>
        view.Level is null ? Html.Of($"{page.T(Catalogue.CategoryOf(view.Category.No)!.Shown)}") : LevelOf(page, view);

    /// <summary>The level with its stars; grey and said to be past where the certificate no longer counts.</summary>
    public static Html LevelOf(Page page, CertificateView view)
    {
        if (view.Level is not { } level) return Html.None;
        var stars = level.Stars == 0 ? Html.None : Stars(page, level.Stars);
        return Counts(view) ? Html.Of($"{LevelName(page, view)}{stars}")
            : Html.Of($"<span class=\"past\">{LevelName(page, view)}{stars}</span>");
    }

    private static Html Stars(Page page, int stars)
    {
        var told = page.T($"{stars} 星", $"{stars} stars");
        return Html.Of($" <span class=\"stars\" role=\"img\" aria-label=\"{told}\">{new string('★', stars)}</span>");
    }

    /// <summary>The name of the level, said to be past where the certificate no longer counts; null where there is none.</summary>
    public static string? LevelName(Page page, CertificateView view)
    {
        if (view.Level is not { } level) return null;
        return Counts(view) ? page.T(level.Name, level.NameEn) : page.T($"曾为 {level.Name}", $"formerly {level.NameEn}");
    }

    internal static bool Counts(CertificateView view) => Counts(view.Status) && Counts(view.Today?.Status ?? view.Status);

    private static bool Counts(Status status) => status is Status.Valid or Status.NotYetValid;

    public static string Holder(Page page, CertificateView view) => page.T(view.Holder.Name, view.Holder.NameEn ?? view.Holder.Name);

    public static string Body(Page page, CertificateView view) => page.T(view.Body.Name, view.Body.NameEn ?? view.Body.Name);

    /// <summary>曾用名: a holder is known by the names it bore before, and on an earlier day by those it bears since.</summary>
    public static Html OtherNames(Page page, HolderView holder)
    {
        Html Line(string what, string[]? names) => names is null ? Html.None
            : Html.Of($" <span class=\"soft small\">{what} {string.Join(page.T("；", "; "), names)}</span>");
        return Html.Of($"{Line(page.T("曾用名", "formerly"), holder.FormerNames)}{Line(page.T("后更名为", "later"), holder.LaterNames)}");
    }

    /// <summary>What is certified and what is not, as the edition of the scheme says it, and what the level means.</summary>
    public static Html What(Page page, CertificateView view)
    {
        var scheme = Catalogue.SchemeOf(view.Category.No, view.IssuedOn);
        var category = Catalogue.CategoryOf(view.Category.No)!.Shown;
        string Said(Text text) => page.T(text).Replace("{0}", page.T(category));
        var (link, how) = (page.Link("/schemes/" + scheme.Id), page.T("等级怎么评", "How levels are scored"));
        var more = scheme.Category is null ? Html.None
            : Html.Of($"<p>{ScoreOf(page, scheme, view.Level?.Code)} <a href=\"{link}\">{how}</a></p>");
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
            {Row(page.T("获证组织", "Holder"), Holder(page, view) == view.Holder.Name ? view.Holder.NameEn : view.Holder.Name)}
            {Row(Label("/holder/uscc"), view.Holder.Uscc)}
            {Row(Label("/holder/region"), view.Holder.RegionName)}
            {Row(Label("/holder/address"), view.Holder.Address)}
            {Row(Label("/sites"), view.Sites.Length == 0 ? null : string.Join("；", view.Sites))}
            {Row(Label("/issuedOn"), $"{view.IssuedOn:O}")}
            {Row(Label("/firstIssuedOn"), view.FirstIssuedOn?.ToString("O"))}
            {Row(Label("/expiresOn"), $"{view.ExpiresOn:O}")}
            {Row(Label("/surveyedOn"), view.Surveillance?.LastOn?.ToString("O"))}
            {Row(page.T("查询编码", "Code"), view.Id)}
            <dt>{page.T("最新声明", "Newest statement")}</dt><dd>{CertificateStory.Signed(page, view.SignedBy)}
            <a href="{page.Link("/log?id=" + view.Id)}">{page.T("逐步核对", "Check it step by step")}</a></dd>
            </dl>
            """);
    }

    /// <summary>Who certified, who watches them, where to complain.</summary>
    public static Html Responsible(Page page, CertificateView view) => Html.Of($"""
        <dl><dt>{page.T("谁认证", "Who certified")}</dt><dd>{Body(page, view)}
        <br><span class="soft small">{page.T("批准号", "Approval number")} {view.Body.ApprovalNumber}</span></dd>
        <dt>{page.T("谁监管", "Who watches them")}</dt><dd>{page.T(supervision)}</dd>
        <dt>{page.T("如何投诉", "How to complain")}</dt><dd>{page.T(complaints)}
        <a href="{page.Link("/report?code=" + view.Id)}" class="noprint">{page.T("标志被误用", "The mark is misused")}</a></dd></dl>
        """);

    private static readonly Text
        supervision = new(
            "认证活动由国务院认证认可监督管理部门统一管理和监督（《认证认可条例》第四条）。",
            "Certification is administered and supervised nationally by the certification and accreditation department "
                + "of the State Council (Regulation on Certification and Accreditation, article 4)."),
        complaints = new(
            "服务不好：先找获证组织，再找上述认证机构。认证本身有问题：找认证机构，或向监督管理部门反映。",
            "About service: to the holder first, then to the body above. "
                + "About the certification: to the body, or to the supervising department.");

    private static Html Share(Page page, CertificateView view)
    {
        var (address, language) = ($"{page.Base}/c/{view.Id}", page.T("zh", "en"));
        var (badge, alternative) = ($"badge.svg?lang={language}", page.T("认证状态", "Certificate status"));
        var code = $"<a href=\"{address}\"><img src=\"{address}/{badge}\" alt=\"{alternative}\" height=\"40\"></a>";
        return Html.Of($"""
            <p><a href="{page.Link("/c/" + view.Id)}" class="code">{address}</a></p>
            <p><button type="button" class="plain" data-do="share" data-url="{address}" hidden>{page.T("分享", "Share")}</button>
            <button type="button" class="plain" data-do="print" hidden>{page.T("打印为一页", "Print on one page")}</button></p>
            <p><img src="/c/{view.Id}/{badge}" alt="{page.T("状态牌：", "Badge: ")}{page.T(view.Status.Name())}" height="40"></p>
            <details><summary>{page.T("把状态牌放到自己的网站", "Put this badge on your own site")}</summary>
            <p>{page.T("状态一变，状态牌随之改变。", "It turns when the status turns.")}</p><pre>{code}</pre></details>
            """);
    }

    private static Html Marks(Page page, List<Mark> marks) => marks.Count == 0 ? Html.None : Html.Of($"""
        <section class="noprint"><h2>{page.T("认证标志", "Marks")}</h2>
        <ul>{Html.Join(marks.Select(mark => MarkLine(page, mark)))}</ul></section>
        """);

    private static Html MarkLine(Page page, Mark mark)
    {
        var serialised = mark.Items is { } items ? page.T($" · 分件编码 {items} 件", $" · {items} serialised items") : "";
        var withdrawn = mark.WithdrawnAt is null ? "" : page.T(" · 已撤回", " · withdrawn");
        var link = page.Link("/m/" + mark.Code);
        return Html.Of($"<li><a href=\"{link}\">{mark.Text}</a> <span class=\"soft small\">{mark.Code}{serialised}{withdrawn}</span></li>");
    }

    /// <summary>A code as a drawing.</summary>
    public static Html Qr(QrCode qr, string label) => Html.Of($"""
        <svg class="qr" viewBox="0 0 {qr.Side} {qr.Side}" role="img" aria-label="{label}"><path d="{Html.Written(qr.WritePath)}"/></svg>
        """);

    /// <summary>On paper only: the code that leads to the page as it stands then, and when this one was printed.</summary>
    public static Html Proof(Page page, string path, string code, DateTimeOffset now)
    {
        var (beginning, local) = (page.Base + path, Local(now));
        var qr = QrSeries.Code(beginning.ToUpperInvariant(), code, ErrorCorrection.M);
        var told = page.T(
            $"打印件只说明 {local}（北京时间）的状态。现在的状态请扫码，并核对手机打开的是 {page.Host}。{page.DemoNote}",
            $"This print tells the status of {local} (Beijing time) only. "
                + $"For the present status scan the code, and check that your phone opens {page.Host}. {page.DemoNote}");
        return Html.Of($"""
            <div class="only-print"><div class="proof">{Qr(qr, "QR")}<p>{told}<br>{beginning}{code}</p></div></div>
            """);
    }

    /// <summary>A shape for each status, so that colour is never the only sign.</summary>
    public static Html Icon(Status status) => icons[status];

    private static readonly Dictionary<Status, Html> icons = Statuses.All.ToDictionary(status => status, status => Icon(Shape(status)));

    /// <param name="shape">Strokes in a square of 24.</param>
    public static Html Icon(string shape) => new($"""
        <svg viewBox="0 0 24 24" aria-hidden="true" {Strokes}><circle cx="12" cy="12" r="10"/><path d="{shape}"/></svg>
        """);

    private const string Strokes =
        "fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.2\" stroke-linecap=\"round\" stroke-linejoin=\"round\"";

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
