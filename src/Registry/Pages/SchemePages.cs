using Registry.Certificates;

namespace Registry.Pages;

/// <summary>Schemes told to a layman, and what the registry is and keeps.</summary>
public static class SchemePages
{
    public static Task All(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("认证方案与等级", "Schemes and levels"), $"""
            <h1>{page.T("认证方案与等级", "Schemes and levels")}</h1>
            <p>{page.T(whatSchemesSay)}</p>
            {Html.Join(Catalogue.Schemes.All.Select(scheme => Card(page, scheme)))}
            """);
    }

    private static readonly Text whatSchemesSay = new(
        "每个方案评什么、等级怎么分、证书管多久。",
        "What each scheme assesses, how its levels are told apart, how long a certificate holds.");

    private static Html Card(Page page, Scheme scheme) => Html.Of($"""
        <div class="card"><h2><a href="{page.Link("/schemes/" + scheme.Id)}">{page.T(scheme.Name)}</a></h2>
        <p class="soft">{scheme.Standard}{InForce(page, scheme)}</p>{Levels(page, scheme)}</div>
        """);

    /// <summary>From which day of issue on certificates are judged by an edition, and by which next.</summary>
    private static string InForce(Page page, Scheme scheme)
    {
        var from = scheme.InForceOn is { } day ? page.T($"，{day:yyyy-MM-dd} 起实施", $", in force since {day:yyyy-MM-dd}") : "";
        if (Catalogue.Schemes.After(scheme) is not { InForceOn: { } until } next) return from;
        var (zh, en) = ($"{until:yyyy-MM-dd} 起颁发的证书依", $"certificates issued from {until:yyyy-MM-dd} on are judged by");
        return from + page.T($"；{zh} {next.Standard}", $"; {en} {next.Standard}");
    }

    public static Task One(string id, HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        var scheme = Catalogue.Schemes.All.FirstOrDefault(s => s.Id == id) ?? throw new FaultException(Refusal.NotFound);
        var (zh, en) = scheme.Name;
        page.Description = page.T($"{zh}（{scheme.Standard}）评什么，各等级多少分，证书有效多久。",
            $"{en} ({scheme.Standard}): what is assessed, the score of each level, how long a certificate holds.");
        var placements = scheme.Placements.Select(p => page.Language == Language.En ? p.Name().En.ToLowerInvariant() : p.Name().Zh);
        return page.Write(page.T(scheme.Name), $"""
            <h1>{page.T(scheme.Name)}</h1>
            <p class="soft">{scheme.Standard}{InForce(page, scheme)}</p>
            {(scheme.Levels.Length == 0 ? Html.None : Html.Of($"<h2>{page.T("等级", "Levels")}</h2>{Levels(page, scheme)}"))}
            {Html.Join(scheme.About.Select(section => Section(page, section)))}
            <p>{page.T("方案允许的标志位置：", "Marks are permitted on: ")}{string.Join(page.T("、", ", "), placements)}{page.T("。", ".")}</p>
            <p><a href="{page.Link($"/?category={scheme.Category}&status=valid")}">{page.T("查看有效证书", "See valid certificates")}</a></p>
            """);
    }

    private static Html Section(Page page, SchemeSection section)
    {
        var paragraphs = section.Paragraphs.Select(paragraph => Html.Of($"<p>{page.T(paragraph)}</p>"));
        return Html.Of($"<h2>{page.T(section.Title)}</h2>{Html.Join(paragraphs)}");
    }

    /// <summary>The levels of an edition, highest first, and the scores that earn them where it gives any.</summary>
    private static Html Levels(Page page, Scheme scheme)
    {
        if (scheme.Levels.Length == 0) return Html.None;
        var heading = scheme.HasScores ? Html.Of($"<th>{page.T("评分（满分 100）", "Score (out of 100)")}</th>") : Html.None;
        var least = scheme.Levels[0].MinimumScore;
        var none = !scheme.HasScores ? Html.None : Html.Of($"""
            <tr><td>{page.T("不颁证", "No certificate")}</td><td>{page.T($"不到 {least:0.##} 分", $"below {least:0.##}")}</td></tr>
            """);
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="{page.T("等级", "Levels")}"><table>
            <thead><tr><th>{page.T("等级", "Level")}</th>{heading}</tr></thead><tbody>
            {Html.Join(scheme.Levels.Reverse().Select((level, i) => Row(page, scheme, level, i == 0 ? null : scheme.Levels[^i])))}
            {none}</tbody></table></div>
            """);
    }

    private static Html Row(Page page, Scheme scheme, ServiceLevel level, ServiceLevel? higher)
    {
        var (from, to) = (level.MinimumScore, higher?.MinimumScore);
        var scores = to is null ? page.T($"{from:0.##} 分及以上", $"{from:0.##} or more")
            : page.T($"{from:0.##} 分以上，不到 {to:0.##} 分", $"{from:0.##} to below {to:0.##}");
        var stars = Html.Of($"<span class=\"stars\" aria-hidden=\"true\">{new string('★', level.Stars)}</span>");
        return Html.Of($"<tr><td>{page.T(level.Name)} {stars}</td>{(scheme.HasScores ? Html.Of($"<td>{scores}</td>") : Html.None)}</tr>");
    }

    public static Task About(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        var statuses = Statuses.All.Select(status => Meaning(page, status.Word(), status.Name(), status.Meaning()));
        return page.Write(page.T("如何查验、留存什么", "How to check, and what is kept"), $"""
            <h1>{page.T("如何查验、留存什么", "How to check, and what is kept")}</h1>
            <h2>{page.T("三步查验", "Three steps")}</h2>
            <ol><li>{page.T(Address(page.Host))}</li>
            <li>{page.T("看状态：有效，还是暂停、撤销、注销、过期。", "Look at the status: valid, or suspended, revoked, cancelled, expired.")}</li>
            <li>{page.T(compare)}</li></ol>
            <h2>{page.T("回答的含义", "What the answers mean")}</h2>
            <dl>{Html.Join(statuses)}{Meaning(page, "unknown", new("未收录", "Not in this registry"), notHere)}</dl>
            <h2>{page.T("我们留存什么", "What is kept")}</h2>
            <ul><li>{page.T(openings)}</li>
            <li>{page.T("举报：编码、类别、地点与文字，没有举报人。", "Reports: code, kind, place and text, and nobody's name.")}</li>
            <li>{page.T(facts)}</li></ul>
            <h2>{page.T("我们从不", "What we never do")}</h2>
            <p>{page.T(never)}</p>
            """);
    }

    private static Html Meaning(Page page, string colour, Text name, Text meaning) =>
        Html.Of($"<dt><span class=\"chip {colour}\">{page.T(name)}</span></dt><dd>{page.T(meaning)}</dd>");

    private static Text Address(string host) => new(
        $"用手机扫标志上的码，看地址栏是不是 {host}。不是，就不要相信打开的页面。",
        $"Scan the code with your phone and look at the address: it must be {host}. If it is not, do not trust the page.");

    private static readonly Text
        compare = new(
            "看标志颁发给谁、用在什么上，与眼前的是否一致。不一致，标志可能是复制的。",
            "Look to whom and for what the mark was issued, and whether that is what you see. If not, the mark may be a copy."),
        notHere = new(
            "本登记簿没有它的记录；这不等于证书是假的。",
            "This registry has no record of it; that does not mean that the certificate is forged."),
        openings = new(
            "标志被打开的次数、第一次与最近一天。不留网络地址、设备、位置，不用 Cookie。"
                + "预览、抓取和刷新不算打开：为分辨刷新，网络地址与浏览器名只以打乱的形式在内存中停留至多二十分钟。",
            "How often a mark was opened, the first time and the latest day. No network address, no device, no place, no cookies. "
                + "Previews, crawlers and reloads are no openings: "
                + "to tell reloads, address and browser stay in memory, scrambled, for at most twenty minutes."),
        facts = new(
            "认证机构陈述的公开事实，逐条签名记入公开日志；它在这里能防住什么，见“公开日志”。",
            "The public facts that certification bodies state, each signed in the public log; "
                + "its page says what that guards against here."),
        never = new(
            "不要求登录、付款或下载；不把您转到别的网站。要求这些的页面不是我们的。",
            "We never ask for a login, a payment or a download, and never send you to another site. A page that does is not ours.");
}
