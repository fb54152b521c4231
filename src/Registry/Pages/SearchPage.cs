using System.Data.Common;
using System.Globalization;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Tables;

namespace Registry.Pages;

/// <summary>The first page: what this register is and holds, and the search with its answers.</summary>
internal static class SearchPage
{
    private const int FacetsShown = 8;

    private static readonly Text mistyped = new(
        "看起来是一个编码，但校验位不符，多半是抄错了一个字符。请对照原件在上面改正；这不表示标志是假的。",
        "This looks like a code, but its check character does not agree: most likely one character was copied wrongly. "
        + "Compare it with the original and mend it above; it does not mean that the mark is false.");

    private static readonly Text nothing = new(
        "没有找到。本登记簿未收录不等于证书不存在；请换一个词，或减少条件。",
        "Nothing found. What this registry does not hold may still exist; try another word or fewer conditions.");

    private static readonly Text tooWide = new(
        "查询范围太大，未能查完：以下只是已找到的，可能还有更多。请增加条件，或继续查找。",
        "The search is too wide to finish in time: this is only what was found so far, there may be more. Add a condition, or go on.");

    private static readonly Text meant = new(
        "您是不是要找（请与原件核对）：",
        "Did you mean (compare it with the original):"),
        asFilters = new("按等级和状态查：", "By level and status:");

    private static readonly Text whatItIs = new(
        "这里是认证证书的公开登记簿：认证机构登记颁发、变更、暂停、恢复、撤销和注销，任何人都可以查询和核对，记录一经写入，谁也不能悄悄改动。",
        "A public register of certificates: certification bodies record what they issue, correct, suspend, restore, revoke and cancel; "
        + "anyone can look it up and check it, and nobody can change a record unseen.");

    private static readonly Text findBy = new(
        "组织名称、证书编号、信用代码、标志编码或业务范围",
        "Holder, certificate number, credit code, code of a mark or scope");

    /// <summary>One request: its page, what was asked, and the answer.</summary>
    private sealed record Asked(Page Page, SearchQuery Query, Dictionary<string, string> Parameters, SearchResult Result)
    {
        /// <summary>The same search with one parameter changed, from its first page on.</summary>
        public string With(string name, string? value)
        {
            var kept = Parameters.Where(p => p.Key != name).Append(new(name, value ?? "")).Where(p => p.Value.Length > 0);
            return Page.Link("/?" + string.Join('&', kept.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}")));
        }

        public string? Value(string name) => Parameters.GetValueOrDefault(name);
    }

    private static readonly Text title = new("查询", "Search"), heading = new("查询认证证书", "Look up a certificate");

    public static async Task Show(
        HttpContext context, Database database, IndexReader index, KeptHome home, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        var today = Day.Of(time.GetUtcNow());
        if (context.Request.Query.All(p => p.Key == "lang" || p.Value.ToString().Length == 0))
        {
            var key = page.Link(page.T("zh", "en"));
            Html Kept(DbConnection db) => home.Of(db, key, today, () => Home(page, db, index, today));
            await page.Write(page.T(title), $"{database.Read(Kept, context.RequestAborted)}");
            return;
        }
        var query = SearchQuery.Parse(name => context.Request.Query[name], known: page.AsOf, days: true);
        var result = database.Read(db => CertificateSearch.Run(db, index, query, today), context.RequestAborted);
        var isOfNow = query is { On: null, KnownAt: null };
        if (isOfNow && result.Mark is { } mark && (mark.Result != MarkResult.Mistyped || Identifier.IsAddress(query.Typed!)))
        {
            // The page of the mark leads with whatever stands against it.
            context.Response.Redirect(page.Link(mark.Page));
            return;
        }
        var given = context.Request.Query.Where(p => p.Key is not ("lang" or "cursor") && p.Value.ToString().Length > 0);
        var asked = new Asked(page, query, given.ToDictionary(p => p.Key, p => p.Value.ToString()), result);
        await page.Write(page.T(title), $"""
            <h1>{page.T(heading)}</h1>
            {Form(asked)}
            {(result.Incomplete is null ? Html.None : Html.Of($"<p class=\"note\" role=\"status\">{page.T(tooWide)}</p>"))}
            {OfMark(asked)}
            {Count(asked)}
            {OfTheDay(asked)}{(query.On > today ? CertificatePages.DayAhead(page, query.On.Value) : Html.None)}
            {Slips(asked)}
            {AsFilters(asked)}
            {Facets(asked)}
            <ul class="hits">{Html.Join(result.Items.Select(item => Hit(asked, item)))}</ul>
            {Next(asked)}
            {Follow(asked)}
            """);
    }

    /// <summary>What a visitor sees first, when nothing has been asked.</summary>
    private static Html Home(Page page, DbConnection db, IndexReader index, DateOnly today)
    {
        var query = new SearchQuery();
        var asked = new Asked(page, query, [], CertificateSearch.Run(db, index, query, today));
        return Html.Of($"""
            <h1>{page.T(heading)}</h1>
            {Intro(asked, ReferenceStore.Coverage(db).Bodies)}
            {Form(asked)}
            {Facets(asked)}
            <ul class="hits">{Html.Join(asked.Result.Items.Select(item => Hit(asked, item)))}</ul>
            {Next(asked)}
            """);
    }

    /// <summary>What the register is, and how much it holds.</summary>
    private static Html Intro(Asked asked, long bodies)
    {
        var (page, all) = (asked.Page, asked.Result.Total!.Value);
        var valid = asked.Result.Facets!.Status.FirstOrDefault(status => status.Value == Status.Valid.Word())?.Count ?? 0;
        var (certificates, ofBodies) = (Of(all, "certificate", "certificates"), Of(bodies, "certification body", "certification bodies"));
        var holds = page.T($"收录 {Counted(bodies)} 家认证机构的 {Counted(all)} 张证书，其中今天有效的 {Counted(valid)} 张。",
            $"It holds {certificates} of {ofBodies}; {Counted(valid)} {(valid == 1 ? "is" : "are")} valid today.");
        return Html.Of($"<p>{page.T(whatItIs)} <b>{holds}</b></p>");

        static string Of(long number, string one, string many) => $"{Counted(number)} {(number == 1 ? one : many)}";
    }

    private static Html Form(Asked asked)
    {
        var page = asked.Page;
        Html Options(IEnumerable<(string Value, string Name)> options, string name)
        {
            var all = options.Select(o => Html.Option(o.Value, o.Name, asked.Value(name) == o.Value));
            return Html.Of($"<option value=\"\">{page.T("全部", "All")}</option>{Html.Join(all)}");
        }
        var categories = Options(
            Catalogue.Categories.Select(c => (c.No.ToString(CultureInfo.InvariantCulture), page.T(c.Numbered))), "category");
        var statuses = Options(Statuses.All.Select(s => (s.Word(), page.T(s.Name()))), "status");
        var levels = Options(Catalogue.Schemes.Levels.Select(l => (l.Code, page.T(l.Name))), "level");
        var sorts = Html.Join(SearchOrders.All.Select(order =>
            Html.Option(order.Word, page.T(order.Name), order.Order == asked.Query.Order)));
        var hasMore = asked.Parameters.Keys.Any(
            name => name is "category" or "status" or "level" or "region" or "on" or "knownAt" or "sort");
        var knownUntil = asked.Query.KnownAt is { } known ? $"{Day.Of(known):yyyy-MM-dd}" : "";
        var open = new Html(hasMore ? " open" : "");
        return Html.Of($"""
            <form class="search" method="get" action="/">{page.LanguageField}
            <div class="find"><label>{page.T(findBy)}
            <input type="search" name="q" maxlength="{Identifier.MaxTyped}" value="{asked.Value("q")}" data-host="{page.Host}"
            autocomplete="off"></label>
            <button>{page.T("查询", "Search")}</button></div>
            <details class="wide"{open}><summary>{page.T("更多条件", "More conditions")}</summary><div class="row">
            <label>{page.T("认证项目", "Category")}<select name="category">{categories}</select></label>
            <label>{page.T("状态", "Status")}<select name="status">{statuses}</select></label>
            <label>{page.T("等级", "Level")}<select name="level">{levels}</select></label>
            <label>{page.T("地区（名称或代码）", "Region (name or code)")}
            <input name="region" maxlength="50" value="{asked.Value("region")}"></label>
            <label>{page.T("哪一天的状态", "Status on the day")}<input type="date" name="on" value="{asked.Value("on")}"></label>
            <label>{page.T(knownAtLabel)}<input type="date" name="knownAt" value="{knownUntil}"></label>
            <label>{page.T("顺序", "Order")}<select name="sort">{sorts}</select></label></div></details></form>
            """);
    }

    /// <summary>What a code that was typed says in one word.</summary>
    private static Html OfMark(Asked asked) => asked.Result.Mark switch
    {
        null => Html.None,
        { Result: MarkResult.Mistyped } => Html.Of($"<p class=\"note\" role=\"status\">{asked.Page.T(mistyped)}</p>"),
        var read => Html.Of($"""
            <p class="note" role="status"><b>{asked.Page.T(read.Name, read.NameEn)}</b>
            <a href="{asked.Page.Link(read.Page)}">{asked.Page.T("查看这个标志", "See this mark")}</a></p>
            """),
    };

    private static Html Count(Asked asked)
    {
        var page = asked.Page;
        if (asked.Result.Total is not { } total || asked.Result.Incomplete is not null && total.Value == 0) return Html.None;
        var (zh, en) = total.Relation == "exact" ? ("", "") : ("约 ", "About ");
        var (number, plural) = (Counted(total.Value), total.Value == 1 ? "" : "s");
        var told = total.Value == 0 ? nothing : new($"{zh}{number} 张证书", $"{en}{number} certificate{plural}");
        return Html.Of($"<p aria-live=\"polite\">{page.T(told)}</p>");
    }

    private static readonly Text knownAtLabel = new("只按到这一天为止的登记", "Only what was recorded by the end of");

    /// <summary>What is of the day asked, and what is not; and of what record.</summary>
    private static Html OfTheDay(Asked asked)
    {
        if (asked.Query.KnownAt is { } known) return OfThatRecord(asked.Page, asked.Query.On, Day.Minute(known));
        if (asked.Query.On is not { } day) return Html.None;
        var told = new Text(
            $"状态、等级和日期都是 {day:yyyy-MM-dd} 的；名称、业务范围、地区和认证项目按证书现在的内容查找。",
            $"Status, level and dates are those of {day:yyyy-MM-dd}; "
            + "name, scope, region and category are looked for as certificates read now.");
        return Html.Of($"<p class=\"soft small\">{asked.Page.T(told)}</p>");
    }

    private static Html OfThatRecord(Page page, DateOnly? on, string until)
    {
        var (zh, en) = on is { } day ? ($" {day:yyyy-MM-dd} 的状态", $" the status on {day:yyyy-MM-dd}") : ("今天的状态", " today's status");
        var told = new Text(
            $"以下是按到 {until}（北京时间）为止的登记所知的{zh}：此后才登记的证书不列出，此后登记的行为不计，不论自哪一天起生效。"
            + "名称、业务范围、地区和认证项目按证书现在的内容查找；没有合计。",
            $"This is{en} by what was recorded until {until} (Beijing time): certificates recorded since are not listed, acts recorded "
            + "since do not count, whatever day they take effect. Name, scope, region and category are looked for as certificates read "
            + "now; there is no total.");
        return Html.Of($"<p class=\"note\">{page.T(told)}</p>");
    }

    /// <summary>A question, never an answer: the visitor compares it with what is in hand.</summary>
    private static Html Slips(Asked asked)
    {
        if (asked.Result.DidYouMean is not { } near) return Html.None;
        // The same words ask the same otherwise; a number is looked for by itself.
        string Address(Slip slip) => slip.Kind != "q" ? asked.Page.Link("/?q=" + Uri.EscapeDataString(slip.Text))
            : (asked with { Parameters = new(asked.Parameters) { ["q"] = slip.Text } }).With("cursor", null);
        var links = near.Select(slip => Html.Of($"<a href=\"{Address(slip)}\">{slip.Text}</a> "));
        return Html.Of($"<p class=\"note\">{asked.Page.T(meant)} {Html.Join(links)}</p>");
    }

    /// <summary>Where nothing bears the words: the same search with a level or status among them (五星级 家具) as what it is.</summary>
    private static Html AsFilters(Asked asked)
    {
        if (asked.Result.Items.Length > 0 || asked.Query.Cursor is not null || asked.Value("q") is not { } typed) return Html.None;
        var (page, parameters, words) = (asked.Page, new Dictionary<string, string>(asked.Parameters), new List<string>());
        var named = new List<string>();
        foreach (var word in typed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            if (Words.Level(word) is { } level && parameters.TryAdd("level", level)) named.Add(word);
            else if (Words.Status(word) is { } status && parameters.TryAdd("status", status.Word())) named.Add(word);
            else words.Add(word);
        if (named.Count == 0) return Html.None;
        parameters["q"] = string.Join(' ', words);
        var link = asked with { Parameters = parameters };
        return Html.Of($"""
            <p class="note">{page.T(asFilters)} <a href="{link.With("cursor", null)}">{string.Join(' ', words.Concat(named))}</a></p>
            """);
    }

    private static Html Facets(Asked asked)
    {
        var page = asked.Page;
        if (asked.Result.Facets is not { } facets || asked.Result.Items.Length == 0) return Html.None;
        return Html.Join([Facet("status", page.T("状态", "Status"), facets.Status), Facet("level", page.T("等级", "Level"), facets.Level),
            Facet("group", page.T("类别", "Group"), facets.Group), Facet("region", page.T("地区", "Region"), facets.Region)]);

        Html Facet(string name, string title, FacetValue[] values)
        {
            if (values.Length == 0) return Html.None;
            var clear = asked.Parameters.ContainsKey(name) ? Link(asked.With(name, null), "✕ " + page.T("取消", "clear")) : Html.None;
            var links = values.Take(FacetsShown)
                .Select(v => Link(asked.With(name, v.Value), $"{page.T(v.Name, v.NameEn)} {Counted(v.Count)}"));
            return Html.Of($"<p class=\"facets\"><span class=\"soft\">{title}</span>{clear}{Html.Join(links)}</p>");
        }

        static Html Link(string address, string name) => Html.Of($"<a href=\"{address}\">{name}</a>");
    }

    private static Html Hit(Asked asked, CertificateView item)
    {
        var page = asked.Page;
        string?[] times =
        [
            asked.Query.On is { } day ? $"on={day:yyyy-MM-dd}" : null,
            asked.Query.KnownAt is { } known ? "knownAt=" + Milliseconds.Text(known) : null,
        ];
        var query = string.Join('&', times.Where(time => time is not null));
        var link = page.Link("/c/" + item.Id + (query.Length > 0 ? "?" + query : ""));
        var level = item.Level is null ? Html.None : Html.Of($"{CertificatePages.LevelOf(page, item)} · ");
        var until = page.T($"至 {item.ExpiresOn:yyyy-MM-dd}", $"until {item.ExpiresOn:yyyy-MM-dd}");
        return Html.Of($"""
            <li><span class="chip {item.Status.Word()}">{page.T(item.Status.Name())}</span>
            <a href="{link}">{item.Holder.Name}</a>{CertificatePages.OtherNames(page, item.Holder)}<br>
            {level}{page.T(item.Category.Name, item.Category.NameEn)}<br>
            <span class="soft">{item.Number} · {item.Holder.RegionName} · {until}</span></li>
            """);
    }

    private static Html Next(Asked asked)
    {
        if (asked.Result.Next is not { } next) return Html.None;
        var words = asked.Result.Incomplete is null ? asked.Page.T("下一页", "Next page") : asked.Page.T("继续查找", "Go on searching");
        return Html.Of($"<p><a rel=\"next\" href=\"{asked.With("cursor", next)}\">{words} →</a></p>");
    }

    private static Html Follow(Asked asked)
    {
        if (asked.Result.Items.Length == 0 || asked.Parameters.Count == 0 || asked.Query.KnownAt is not null) return Html.None;
        return WatchPages.OfSearch(asked.Page, string.Join('&', asked.Parameters.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}")));
    }

    private static string Counted(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
