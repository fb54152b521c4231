using System.Data.Common;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>What a mark opens.</summary>
public static class MarkPages
{
    private static readonly Text whole = new("证书全文与经过", "The whole certificate and its history");

    public static Task Mark(
        string code, string? on, string? knownAt, string? name,
        HttpContext context, Database database, TimeProvider time, Settings settings, PublicAddress address, ScanCounter counter)
    {
        var asksForJson = !Problems.WantsPage(context.Request) && context.Request.Headers.Accept.ToString().Contains("json");
        var known = context.RequestServices.GetRequiredService<KnownTo>();
        var asked = AskedTime.Read(on, knownAt, time.GetUtcNow(), known.Now, days: !asksForJson);
        var (mark, stored, twoTimes) = database.Read(db =>
        {
            var found = MarkView.Of(db, code, address.Base, asked.On, asked.KnownAt).Beside(db, asked);
            return (found, ScanStore.Find(db, found.Held), asked.IsNow ? null : Times(db, found.Certificate, asked));
        });
        if (asksForJson) return Json.Tagged(mark with { Certificate = known.Cap(mark.Certificate) }).ExecuteAsync(context);
        var own = mark.Held;
        // What a QR code opens has no language in its address: whoever only changes the language has not scanned again.
        var opened = !context.Request.Query.ContainsKey("lang") && name is null && asked.IsNow && Visitor.IsPerson(context);
        var scans = opened ? counter.Count(own, stored, Visitor.Of(context)) : counter.Of(own, stored);
        mark = mark with { LooksCopied = mark.Item is not null && scans.LooksCopied ? true : null };
        var page = new Page(context, settings) { ShowsStatus = true, Crawled = false };
        var view = mark.Certificate;
        var check = new HolderCheck(name, view);
        var against = mark.Result == view.Status.Word() ? null : MarkResult.Name(mark.Result);
        CertificateHead.Describe(page, view, against);
        return page.Write($"{CertificatePages.Holder(page, view)} · {page.T(against ?? view.Status.Name())}", $"""
            {check.Told(page)}
            {Against(page, mark, scans)}
            {CertificatePages.Top(page, view, page.AsOf, led: against is not null || check.Contradicts)}
            {CertificatePages.Told(page, twoTimes)}
            {Issued(page, mark)}
            {(against is null ? Beside(page, mark, scans) : Html.None)}
            {check.Form(page, "/m/" + own, asked)}
            {CertificatePages.What(page, view)}
            <div class="two"><section><h2>{page.T("证书", "The certificate")}</h2>
            {CertificatePages.Details(page, view)}
            <p class="noprint"><a href="{page.Link("/c/" + view.Id)}">{page.T(whole)}</a></p></section>
            <section><h2>{page.T("谁负责", "Who is responsible")}</h2>
            {CertificatePages.Responsible(page, view)}</section>
            <section class="wide"><h2>{page.T("这个标志", "This mark")}</h2>
            {About(page, mark, scans)}</section>
            <section class="wide noprint"><h2>{page.T("另一天，或当时的登记", "Another day, or the record of then")}</h2>
            {CertificatePages.OtherDay(page, "/m/" + own, asked)}
            <p class="soft small">{page.T(ofMarks)}</p></section></div>
            {CertificatePages.Proof(page, "/M/", own, page.AsOf)}
            """);
    }

    private static TwoTimes? Times(DbConnection db, CertificateView view, AskedTime asked) =>
        TwoTimes.Of(view.Id, [.. CertificateStore.Statements(db, view.LogIndex)], asked.On, asked.KnownAt);

    private static readonly Text ofMarks = new(
        "标志本身没有生效日：撤回自登记的时刻起算。它一经撤回，问哪一天都写明；只有“按到某日为止的登记”才回到撤回之前。",
        "A mark has no day of effect: it is withdrawn from the instant at which that is recorded, and this is said whichever day is asked. "
        + "Only the record of an earlier day goes back before it.");

    /// <summary>What stands against the mark leads the page; nothing where the certificate's own status does.</summary>
    private static Html Against(Page page, MarkView mark, Scans scans) => mark.Result switch
    {
        MarkResult.Withdrawn => Lead(page, mark, CertificatePages.Icon(Status.Revoked), SinceWhen(mark)),
        MarkResult.Incomplete => Html.Of($"{Lead(page, mark, CertificatePages.Icon(Warning), OnlyHalf(mark))}{Rest(page, mark)}"),
        MarkResult.Unchecked => Lead(page, mark, CertificatePages.Icon(Warning), notChecked),
        MarkResult.Copied => Lead(page, mark, CertificatePages.Icon(Warning), OftenOpened(scans)),
        _ => Html.None,
    };

    /// <summary>The banner of a result, in its colour.</summary>
    private static Html Lead(Page page, MarkView mark, Html icon, Text sentence) => Html.Of($"""
        <p class="status {mark.Result}">{icon}<span><b>{page.T(MarkResult.Name(mark.Result))}</b>{page.T(sentence)}</span></p>
        """);

    /// <summary>The same below the status of a certificate that has ended, which weighs more.</summary>
    private static Html Beside(Page page, MarkView mark, Scans scans) => mark switch
    {
        { IsHalf: true } => Html.Of($"<p class=\"note\">{page.T(OnlyHalf(mark))}</p>"),
        { Item.Checked: false } => Html.Of($"<p class=\"note\">{page.T(notChecked)}</p>"),
        { LooksCopied: true } => Html.Of($"<p class=\"note fault\">{page.T(OftenOpened(scans))}</p>"),
        _ => Html.None,
    };

    /// <summary>Asks for the other half of an item's code.</summary>
    private static Html Rest(Page page, MarkView mark)
    {
        var form = ProblemPage.Ask(page, page.T(otherHalf), MarkWording.Spaced(mark.Code) + " ");
        return Html.Of($"<div class=\"noprint\">{form}</div>");
    }

    private static readonly Text otherHalf = new(
        $"补上其余 {Identifier.Length} 位，或重新扫整个码",
        $"Add the other {Identifier.Length} characters, or scan the whole code again");

    private static readonly Text notChecked = new(
        "本机只有公开日志，没有此标志的种子：标志、件号范围与撤回已核对，这一件编码的校验部分在这里无法核对，请到原登记簿查询。",
        "This copy holds the public log but not the mark's seed: the mark, the range of serials and withdrawals are checked, "
        + "the tag of this item's code is not. Check it at the original registry.");

    /// <summary>An exclamation mark in a square of 24.</summary>
    private const string Warning = "M12 6.5v7M12 17v.5";

    private static Text SinceWhen(MarkView mark)
    {
        var at = CertificatePages.Local(mark.WithdrawnAt!.Value);
        var wish = mark.WithdrawnBy switch
        {
            Withdrawer.Holder => new Text("，由获证组织要求撤回", "; withdrawn at the holder's wish"),
            Withdrawer.Body => new("，由认证机构撤回", "; withdrawn by the certification body"),
            _ => new("", ""),
        };
        return mark.IsHalf ? new($"自 {at} 起，它的每一件都不应再使用{wish.Zh}。", $"Since {at} none of its items should be used{wish.En}.")
            : new($"自 {at} 起不应再使用{wish.Zh}。", $"Since {at} it should no longer be used{wish.En}.");
    }

    private static Text OnlyHalf(MarkView mark) => new(
        $"这只是前一半：这类标志每件有自己的 {ItemCode.Length} 位编码（共 {mark.Items} 件）。单凭这一半说明不了手中这件的真假。",
        $"This is only the first half: each item of this mark bears its own code of {ItemCode.Length} characters ({mark.Items} items). "
        + "This half says nothing about the item you hold.");

    private static Text OftenOpened(Scans scans) => new(
        $"每件只有一个编码，通常只打开几次；它已在 {scans.Days} 天里打开 {scans.Total} 次。若东西刚到手，请仔细核对。",
        $"Each item has a code of its own, which is usually opened a few times; this one was opened {Count(scans.Total, "time")} on "
        + $"{Count(scans.Days, "day")}. If the item is new to you, compare carefully.");

    private static readonly Text
        alike = new("这与您手中或眼前的一致吗？", "Does this match what you hold or see?"),
        unlike = new("不一致，就可能是从别处复制来的标志。", "If not, the mark may have been copied from elsewhere."),
        reportUnlike = new("不一致，我要举报", "It does not match: report it");

    /// <summary>What it was issued for: whoever holds something else holds a copy.</summary>
    private static Html Issued(Page page, MarkView mark)
    {
        var holder = mark.Certificate.Holder;
        var name = page.Language == Language.En && holder.NameEn is { } english ? $"{english} · {holder.Name}" : holder.Name;
        var serial = mark.Item is { } item ? page.T($"第 {item.Serial} 件（共 {mark.Items} 件）", $"{item.Serial} of {mark.Items}") : null;
        (string Name, string? Value)[] rows =
        [
            (page.T("颁发给", "Issued to"), name),
            (page.T("用于", "To be put on"), page.T(mark.Placement.Name())),
            (page.T("件号", "Item"), serial),
            (page.T("印制批次", "Print run"), mark.Run),
            ("GTIN", mark.Gtin),
            ("GDTI", mark.Gdti),
        ];
        var told = rows.Where(row => row.Value is not null).Select(row => Html.Of($"<dt>{row.Name}</dt><dd>{row.Value}</dd>"));
        return Html.Of($"""
            <section class="card ask"><h2>{page.T(alike)}</h2>
            <p class="for">{mark.Text}</p>
            <dl>{Html.Join(told)}</dl>
            <p>{page.T(unlike)} <a href="{page.Link($"/report?code={mark.Held}")}" class="noprint">{page.T(reportUnlike)}</a></p></section>
            """);
    }

    private static readonly Text kept = new(
        "我们只记打开的次数和日子，不记网络地址、设备或地点。为不把刷新也算一次，网络地址只以打乱的形式在内存中停留至多二十分钟。",
        "Only the number of openings and their days are kept: no network address, no device, no place. "
        + "So that looking again is not counted, the address stays in memory, scrambled, for at most twenty minutes.");

    private static string Count(int number, string word) => number == 1 ? $"1 {word}" : $"{number} {word}s";

    private static Html About(Page page, MarkView mark, Scans scans)
    {
        var issued = CertificatePages.Local(mark.IssuedAt);
        return Html.Of($"""
            <p>{page.T($"颁发于 {issued}，编码", $"Issued {issued}, code")} <span class="code">{MarkWording.Spaced(mark.Held)}</span></p>
            <p>{(scans.Total == 0 ? "" : page.T(Openings(mark, scans)))}</p>{Ranges(page, mark.Withdrawn ?? [])}
            <p class="soft small">{page.T(kept)}</p>
            {ToPrint(page, mark)}
            """);
    }

    /// <summary>How often it was opened, and what that says.</summary>
    private static Text Openings(MarkView mark, Scans scans)
    {
        var (times, days) = (Count(scans.Total, "time"), Count(scans.Days, "day"));
        if (mark.Item is null)
            return new($"同一图样可印很多次，所以打开次数说明不了真假。此页已在 {scans.Days} 天里打开 {scans.Total} 次。",
                $"One design may be printed many times, so the number of openings proves nothing. This page was opened {times} on {days}.");
        if (scans.Total == 1) return new("这个编码此刻是第一次打开。", "This code is opened for the first time now.");
        var first = CertificatePages.Local(DateTimeOffset.FromUnixTimeMilliseconds(scans.FirstAt));
        return new($"这个编码第一次打开是 {first}，至今在 {scans.Days} 天里打开 {scans.Total} 次。",
            $"This code was first opened {first}, and {times} on {days} so far.");
    }

    private static Html Ranges(Page page, WithdrawnRange[] withdrawn)
    {
        if (withdrawn.Length == 0) return Html.None;
        var ranges = string.Join(page.T("；", "; "), withdrawn.Select(Told));
        return Html.Of($"<p>{page.T("已撤回的件号：", "Items withdrawn: ")}{ranges}</p>");

        string Told(WithdrawnRange range)
        {
            var serials = range.First == range.Last ? $"{range.First}" : $"{range.First}–{range.Last}";
            var at = CertificatePages.Local(range.At);
            return serials + page.T($"（自 {at}）", $" (since {at})");
        }
    }

    private static Html ToPrint(Page page, MarkView mark)
    {
        if (mark.WithdrawnAt is not null || mark.Certificate.Status is not (Status.Valid or Status.NotYetValid)) return Html.None;
        var (link, name) = (page.Link($"/m/{mark.Held}/print"), page.T("印制此标志", "Print this mark"));
        return Html.Of($"<p class=\"noprint\"><a href=\"{link}\">{name}</a></p>");
    }
}
