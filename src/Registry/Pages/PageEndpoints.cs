using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Search;

namespace Registry.Pages;

/// <summary>What a person sees. No page needs script.</summary>
public static class PageEndpoints
{
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/").ExcludeFromDescription().MayBeTracked();
        pages.MapGet("/", Search).Takes(SearchQuery.Parameters);
        pages.MapGet("/c/{id}", CertificatePages.Certificate);
        pages.MapGet("/c/{id}/badge.svg", Pictures.Badge);
        pages.MapGet("/c/{id}/card.png", Pictures.Card);
        pages.MapGet("/m/{code}", MarkPages.Mark);
        pages.MapGet("/m/{code}/print", MarkPages.Print);
        pages.MapGet("/report", MarkPages.ReportForm);
        pages.MapPost("/report", MarkPages.Report).DisableAntiforgery(); // no cookie, no session: there is nothing to forge
        pages.MapGet("/schemes", SchemePages.All);
        pages.MapGet("/schemes/{id}", SchemePages.One);
        pages.MapGet("/about", SchemePages.About);
        pages.MapGet("/verify", VerifyPages.Empty);
        pages.MapPost("/verify", VerifyPages.Answer).DisableAntiforgery(); // no cookie, no session: there is nothing to forge
        pages.MapGet("/categories", Categories);
        pages.MapGet("/log", LogPage.Show);
        pages.MapGet("/problems", ProblemList);
        Page.MapAssets(pages);
    }

    private static string Counted(long number) => number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task Search(HttpContext context, Database database, Registry.Search.IndexReader index, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        var today = Day.Of(time.GetUtcNow());
        var parameters = context.Request.Query;
        var query = SearchQuery.Parse(name => parameters[name]);
        var result = database.Read(db => CertificateSearch.Run(db, index, query, today), context.RequestAborted);
        if (result.Mark is { } mark && query.On is null && (mark.Result != MarkResult.Mistyped || Identifier.IsAddress(query.Typed!)))
        {
            // The page of the mark leads with whatever stands against it.
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Redirect(page.Link(mark.Page));
            return;
        }
        var asked = parameters.Where(p => p.Key is not ("lang" or "cursor") && p.Value.ToString().Length > 0).ToDictionary(p => p.Key, p => p.Value.ToString());
        string With(string name, string? value) => page.Link("/?" + string.Join('&', asked.Where(p => p.Key != name).Append(new(name, value ?? "")).Where(p => p.Value.Length > 0).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}")));
        Html Options(IEnumerable<(string Value, string Name)> options, string name) => Html.Of($"<option value=\"\">{page.T("全部", "All")}</option>{Html.Join(options.Select(o => Html.Of($"<option value=\"{o.Value}\"{new Html(asked.GetValueOrDefault(name) == o.Value ? " selected" : "")}>{o.Name}</option>")))}");
        Html Facet(string name, string title, FacetValue[] values) => values.Length == 0 ? Html.None : Html.Of($"""
            <p class="facets"><span class="soft">{title}</span>{(asked.ContainsKey(name) ? Html.Of($"<a href=\"{With(name, null)}\">✕ {page.T("取消", "clear")}</a>") : Html.None)}{Html.Join(values.Take(8).Select(v => Html.Of($"<a href=\"{With(name, v.Value)}\">{page.T(v.Name, v.NameEn)} {Counted(v.Count)}</a>")))}</p>
            """);
        // A question, never an answer: the visitor compares it with what is in hand.
        var slips = result.DidYouMean is not { } near ? Html.None
            : Html.Of($"<p class=\"note\">{page.T("您是不是要找（相差一个字符，请与原件核对）：", "Did you mean (one character differs; compare it with the original):")} {Html.Join(near.Select(slip => Html.Of($"<a href=\"{page.Link($"/?q={Uri.EscapeDataString(slip.Text)}")}\">{slip.Text}</a> ")))}</p>");
        var code = result.Mark is not { } read ? Html.None
            : read.Result == MarkResult.Mistyped ? Html.Of($"<p class=\"note\" role=\"status\">{page.T(mistyped)}</p>")
            : Html.Of($"""
            <p class="note" role="status"><b>{page.T(read.Name, read.NameEn)}</b> <a href="{page.Link(read.Page)}">{page.T("查看这个标志", "See this mark")}</a></p>
            """);
        var incomplete = result.Incomplete is null ? Html.None
            : Html.Of($"<p class=\"note\" role=\"status\">{page.T("查询范围太大，未能查完：以下只是已找到的，可能还有更多。请增加条件，或继续查找。", "The search is too wide to finish in time: this is only what was found so far, there may be more. Add a condition, or go on.")}</p>");
        var count = result.Total is not { } total || result.Incomplete is not null && total.Value == 0 ? Html.None
            : Html.Of($"<p aria-live=\"polite\">{(total.Value == 0 ? page.T("没有找到。本登记簿未收录不等于证书不存在；请换一个词，或减少条件。", "Nothing found. What this registry does not hold may still exist; try another word or fewer conditions.") : page.T($"{(total.Relation == "exact" ? "" : "约 ")}{Counted(total.Value)} 张证书", $"{(total.Relation == "exact" ? "" : "About ")}{Counted(total.Value)} certificate{(total.Value == 1 ? "" : "s")}"))}</p>");
        var facets = result.Facets is not { } f || result.Items.Length == 0 ? Html.None
            : Html.Of($"{Facet("status", page.T("状态", "Status"), f.Status)}{Facet("level", page.T("等级", "Level"), f.Level)}{Facet("group", page.T("类别", "Group"), f.Group)}{Facet("region", page.T("地区", "Region"), f.Region)}");
        await page.Write(page.T("查询", "Search"), Html.Of($"""
            <h1>{page.T("查询认证证书", "Look up a certificate")}</h1>
            <form class="search" method="get" action="/">{page.LanguageField}
            <div class="find"><label>{page.T("组织名称、证书编号、信用代码、标志编码或业务范围", "Holder, certificate number, credit code, code of a mark or scope")}<input type="search" name="q" maxlength="{Identifier.MaxTyped}" value="{asked.GetValueOrDefault("q")}" data-host="{page.Host}" autocomplete="off"></label><button>{page.T("查询", "Search")}</button></div>
            <details class="wide"{new Html(asked.Keys.Any(name => name is "category" or "status" or "level" or "region" or "on") ? " open" : "")}><summary>{page.T("更多条件", "More conditions")}</summary><div class="search row">
            <label>{page.T("认证项目", "Category")}<select name="category">{Options(Catalogue.Categories.Select(c => (c.No.ToString(), page.T(c.Numbered))), "category")}</select></label>
            <label>{page.T("状态", "Status")}<select name="status">{Options(Statuses.All.Select(s => (s.Word(), page.T(s.Name()))), "status")}</select></label>
            <label>{page.T("等级", "Level")}<select name="level">{Options(Catalogue.SchemeOf(26).Levels.Select(l => (l.Code, page.T(l.Name))), "level")}</select></label>
            <label>{page.T("地区（名称或代码）", "Region (name or code)")}<input name="region" maxlength="50" value="{asked.GetValueOrDefault("region")}"></label>
            <label>{page.T("哪一天的状态", "Status on the day")}<input type="date" name="on" value="{asked.GetValueOrDefault("on")}"></label></div></details></form>
            {incomplete}
            {code}
            {count}
            {slips}
            {facets}
            <ul class="hits">{Html.Join(result.Items.Select(item => Html.Of($"""
            <li><span class="chip {item.Status.Word()}">{page.T(item.Status.Name())}</span> <a href="{page.Link("/c/" + item.Id + (query.On is { } day ? $"?on={day:yyyy-MM-dd}" : ""))}">{item.Holder.Name}</a>{CertificatePages.OtherNames(page, item.Holder)}<br>{(item.Level is null ? Html.None : Html.Of($"{CertificatePages.LevelOf(page, item)} · "))}{page.T(item.Category.Name, item.Category.NameEn)}<br><span class="soft">{item.Number} · {item.Holder.RegionName} · {page.T("至", "until")} {item.ExpiresOn}</span></li>
            """)))}</ul>
            {(result.Next is null ? Html.None : Html.Of($"<p><a rel=\"next\" href=\"{With("cursor", result.Next)}\">{(result.Incomplete is null ? page.T("下一页", "Next page") : page.T("继续查找", "Go on searching"))} →</a></p>"))}
            """));
    }

    private static readonly Text mistyped = new(
        "看起来是一个编码，但校验位不符，多半是抄错了一个字符。请对照原件在上面改正；这不表示标志是假的。",
        "This looks like a code, but its check character does not agree: most likely one character was copied wrongly. "
        + "Compare it with the original and mend it above; it does not mean that the mark is false.");

    private static Task Categories(HttpContext context, Database database, Registry.Search.IndexReader index, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var counted = database.Read(db => ReferenceStore.Categories(db, index, Day.Of(time.GetUtcNow()), null), context.RequestAborted);
        return page.Write(page.T("认证项目", "Categories"), Html.Of($"""
            <h1>{page.T("认证项目目录", "The catalogue of categories")}</h1>
            {Html.Join(Catalogue.Groups.Select(group => Html.Of($"""
            <h2>{page.T(group.Name)}</h2><ul>{Html.Join(counted.Where(c => c.Group == group.Code).Select(c => Html.Of($"<li><a href=\"{page.Link($"/?category={c.No}&status=valid")}\">{page.T(Catalogue.CategoryOf(c.No)!.Numbered)}</a> <span class=\"soft\">{page.T($"有效 {c.Valid}", $"{c.Valid} valid")}</span></li>")))}</ul>
            """)))}
            """));
    }

    private static Task ProblemList(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("错误代码", "Problems"), Html.Of($"""
            <h1>{page.T("接口可能给出的错误", "Problems the API may answer")}</h1>
            <dl>{Html.Join(Refusal.All.Select(refusal => Html.Of($"<dt id=\"{refusal.Code}\"><code>{refusal.Code}</code> {Problems.StatusOf(refusal)}</dt><dd>{page.T(refusal.Message)}</dd>")))}</dl>
            """));
    }
}
