using Registry.Certificates;
using Registry.Http;
using Registry.Search;
using Registry.Watching;

namespace Registry.Pages;

/// <summary>Following certificates without an account: a form on the pages that show them, and the page of what is followed.</summary>
internal static class WatchPages
{
    /// <summary>Bytes of a field: a thousand ids.</summary>
    private const int MaxField = 1 << 16;
    private const int Shown = 200;

    private static readonly Text what = new(
        "得到一个别人猜不到的地址：订阅源（Atom、JSON Feed）列出这些证书的每一次变更，日历列出到期日。无须注册，不留邮箱。",
        "You get an address that nobody can guess: a feed (Atom, JSON Feed) of every change to these certificates, and a calendar of the "
        + "days they expire. No account, no e-mail.");

    private static readonly Text keep = new(
        "请收藏本页：这个地址就是钥匙，知道它的人都能查看和结束；丢失后无法找回，重新关注即可。",
        "Keep this page: its address is the key. Whoever has it can read and end this; if it is lost it cannot be found again, "
        + "just follow anew.");

    /// <summary>The form; what is followed is told in hidden fields, or chosen.</summary>
    private static Html Form(Page page, Html fields)
    {
        var today = Day.Of(page.AsOf);
        var (usual, last) = (today.AddYears(Watch.DefaultYears), today.AddYears(Watch.MaxYears));
        return Html.Of($"""
            <form class="row" method="post" action="{page.Link("/watch")}">{fields}
            <label>{page.T("直到", "Until")}<input type="date" name="until" value="{usual}" min="{today}" max="{last}"></label>
            <button class="plain">{page.T("关注变更", "Follow")}</button></form>
            """);
    }

    private static Html Section(Page page, Html form) => Html.Of($"""
        <section class="noprint"><h2>{page.T("关注变更与到期", "Follow changes and expiry")}</h2>
        <p class="soft">{page.T(what)}</p>
        {form}</section>
        """);

    /// <summary>On the page of a certificate: it alone, or all of its holder's.</summary>
    public static Html OfCertificate(Page page, CertificateView view)
    {
        var own = Hidden("certificates", view.Id);
        if (view.Holder.Uscc is not { } uscc) return Section(page, Form(page, own));
        var all = page.T("该组织的全部证书，包括以后颁发的", "All certificates of this holder, later ones too");
        return Section(page, Form(page, Html.Of($"""
            {own}<fieldset><legend>{page.T("关注什么", "What to follow")}</legend>
            <label class="choice"><input type="radio" name="uscc" value="" checked>{page.T("这张证书", "This certificate")}</label>
            <label class="choice"><input type="radio" name="uscc" value="{uscc}">{all}</label></fieldset>
            """)));
    }

    /// <summary>Below the hits of a search.</summary>
    public static Html OfSearch(Page page, string query) => Html.Of($"""
        <details class="noprint"><summary>{page.T("关注这些证书的变更与到期", "Follow changes and expiry of these certificates")}</summary>
        <p class="soft">{page.T(what)} {page.T($"最多 {Watch.MaxCertificates} 张。", $"At most {Watch.MaxCertificates} certificates.")}</p>
        {Form(page, Hidden("search", query))}</details>
        """);

    /// <summary>Below an answered list.</summary>
    public static Html OfList(Page page, IEnumerable<string> certificates)
    {
        var ids = string.Join(' ', certificates.Distinct().Take(Watch.MaxCertificates));
        return ids.Length == 0 ? Html.None : Section(page, Form(page, Hidden("certificates", ids)));
    }

    private static Html Hidden(string name, string value) => Html.Of($"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");

    /// <summary>Fields of the form that begins it.</summary>
    private sealed record Follow(string? Certificates, string? Uscc, string? Search, string? Until);

    public static async Task Begin(HttpContext context, Database database, IndexReader index, TimeProvider time, Settings settings)
    {
        var form = await SentForm.Read<Follow>(context, MaxField);
        var (page, today, faults) = (new Page(context, settings), Day.Of(time.GetUtcNow()), new List<Fault>());
        var until = Day.Read(form.Until?.Trim(), "/until", faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var ids = (form.Certificates ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var request = new WatchRequest(ids, form.Uscc, form.Search, until);
        var draft = database.Read(db => request.Read(db, index, today), context.RequestAborted);
        var id = await database.WriteAsync(transaction => WatchStore.Begin(transaction, draft));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = page.Link("/w/" + id);
    }

    public static async Task End(string id, HttpContext context, Database database, Settings settings)
    {
        await SentForm.ReadNone(context);
        await database.WriteAsync(transaction =>
        {
            WatchStore.End(transaction, id);
            return 0;
        });
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = new Page(context, settings).Link("/w/" + id);
    }

    public static Task Show(string id, HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true, Crawled = false };
        var (now, today) = (time.GetUtcNow(), Day.Of(time.GetUtcNow()));
        var (watch, followed, entries) = database.Read(db =>
        {
            var watch = WatchStore.Existing(db, id);
            return (watch, WatchStore.Followed(db, watch), WatchFeeds.Entries(db, watch, page.Base, page.Language, now));
        }, context.RequestAborted);
        var name = page.T(WatchFeeds.Name(watch, followed));
        page.Head = Html.Of($"""
            <link rel="alternate" type="{Feed.AtomType}" title="{name}" href="/w/{watch.Id}.atom">
            <link rel="alternate" type="{Feed.JsonType}" title="{name}" href="/w/{watch.Id}.json">

            """);
        return page.Write(page.T("关注", "Followed"), $"""
            <h1>{page.T("关注：", "Followed: ")}{name}</h1>
            {(watch.IsOver(today) ? Over(page, watch) : Running(page, watch))}
            <h2>{page.T("此后的变更", "What has changed since")}</h2>
            {Changes(page, entries)}
            <h2>{page.T("证书", "Certificates")}</h2>
            {Certificates(page, followed, today)}
            """);
    }

    private static Html Running(Page page, Watch watch) => Html.Of($"""
        <p class="note">{page.T(keep)}</p>
        <dl><dt>{page.T("订阅源（Atom）", "Feed (Atom)")}</dt><dd>{Address(page, watch, ".atom")}</dd>
        <dt>{page.T("订阅源（JSON Feed）", "Feed (JSON Feed)")}</dt><dd>{Address(page, watch, ".json")}</dd>
        <dt>{page.T("到期日历", "Calendar of expiries")}</dt><dd>{Address(page, watch, ".ics")}</dd>
        <dt>{page.T("开始于", "Since")}</dt><dd>{CertificatePages.Local(watch.CreatedAt)}</dd>
        <dt>{page.T("直到", "Until")}</dt><dd>{watch.Until}</dd></dl>
        <form method="post" action="{page.Link($"/w/{watch.Id}/end")}">
        <button class="plain">{page.T("结束关注", "Follow no longer")}</button></form>
        """);

    private static Html Over(Page page, Watch watch)
    {
        var told = page.T($"已结束，最后一天是 {watch.Until:yyyy-MM-dd}；此后的变更不再列出。",
            $"It is over; the last day was {watch.Until:yyyy-MM-dd}. What changes after is not told.");
        return Html.Of($"<p class=\"note\" role=\"status\">{told}</p>");
    }

    private static Html Address(Page page, Watch watch, string form)
    {
        var path = page.Link($"/w/{watch.Id}{form}");
        return Html.Of($"<a href=\"{path}\" class=\"code\">{page.Base}{path}</a>");
    }

    private static Html Changes(Page page, FeedEntry[] entries)
    {
        if (entries.Length == 0) return Html.Of($"<p>{page.T("还没有。", "Nothing yet.")}</p>");
        var items = entries.Select(entry => Html.Of($"<li>{entry.Title}<br><span class=\"soft small\">{entry.Text}</span></li>"));
        return Html.Of($"<ol class=\"path\">{Html.Join(items)}</ol>");
    }

    private static Html Certificates(Page page, CertificateRow[] followed, DateOnly today)
    {
        var rows = followed.Take(Shown).Select(row =>
        {
            var status = Lifecycle.StatusOn(row.Certificate, today);
            var link = Html.Of($"<a href=\"{page.Link("/c/" + row.Id)}\">{row.Number}</a>");
            var chip = Html.Of($"<span class=\"chip {status.Word()}\">{page.T(status.Name())}</span>");
            var until = Html.Of($"<span class=\"soft small\">{page.T("至", "until")} {row.ExpiresOn}</span>");
            return Html.Of($"<li>{link} {chip}<br>{row.HolderName} {until}</li>");
        });
        var more = followed.Length - Shown;
        var rest = more <= 0 ? Html.None
            : Html.Of($"<p class=\"soft\">{page.T($"另有 {more} 张，见日历。", $"{more} more: see the calendar.")}</p>");
        return Html.Of($"<ul class=\"hits\">{Html.Join(rows)}</ul>{rest}");
    }
}
