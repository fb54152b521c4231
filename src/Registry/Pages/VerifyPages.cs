using Registry.Certificates;
using Registry.Search;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>Checking a list of bidders.</summary>
public static class VerifyPages
{
    /// <summary>Bytes of the text as a browser encodes it, and rows: a page of more is nothing to read.</summary>
    private const int MaxPaste = 600_000, MaxRows = 1000;

    /// <summary>What was entered, to be shown again.</summary>
    private sealed record Entered(string Lines, string On, string Category, string Level, string Standard, string Scope, bool UrgentFirst)
    {
        public static Entered Of(IFormCollection form)
        {
            string Text(string name) => form[name].ToString().Trim();
            return new(form["lines"].ToString(), Text("on"), Text("category"), Text("level"), Text("standard"), Text("scope"), Text("first") == "urgent");
        }

        public VerificationRequest Read(List<Fault> faults)
        {
            int? category = int.TryParse(Category, out var no) && Catalogue.CategoryOf(no) is not null ? no : null;
            if (Category.Length > 0 && category is null) faults.Add(new(Refusal.UnknownCategory, "/category"));
            var level = Tables.Words.Level(Level);
            if (Level.Length > 0 && level is null) faults.Add(new(Refusal.UnknownWord, "/level", Catalogue.Schemes.LevelWords));
            return new(Tables.Dates.Read(On, "/on", faults, serials: false), category, Standard, level, Scope);
        }
    }

    private static readonly Entered nothing = new("", "", "", "", "", "", false);

    public static Task Empty(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("批量核验", "Check a list"), Html.Of($"<h1>{page.T("批量核验投标人证书", "Check a list of bidders")}</h1>{Form(page, nothing)}"));
    }

    private static Html Form(Page page, Entered entered)
    {
        Html Option(string value, string name, string chosen) => Html.Of($"<option value=\"{value}\"{new Html(value == chosen ? " selected" : "")}>{name}</option>");
        var asked = (entered.Category + entered.Level + entered.Standard + entered.Scope).Length > 0;
        return Html.Of($"""
            <form method="post" action="{page.Link("/verify")}">
            <p><label>{page.T($"从表格里整块粘贴即可，每行一家：证书编号、组织名称、统一社会信用代码或标志编码，列的次序不限，有没有表头都行；给出的每一项都会与登记核对。最多 {MaxRows} 行。", $"Paste the rows of a spreadsheet as they are, one bidder a line: certificate number, holder, credit code or code of a mark, in any order of columns, with or without a header; everything given is compared. At most {MaxRows} lines.")}<textarea class="list" name="lines" required>{entered.Lines}</textarea></label></p>
            <p><label>{page.T("哪一天（如投标截止日；空白为今天）", "On which day (such as the bid date; blank for today)")}<input type="date" name="on" value="{entered.On}"></label></p>
            <details{new Html(asked ? " open" : "")}><summary>{page.T("对证书的要求（可不填）", "What the certificate must be (may be left out)")}</summary><div class="search row">
            <label>{page.T("认证项目", "Category")}<select name="category">{Option("", page.T("不限", "Any"), entered.Category)}{Html.Join(Catalogue.Categories.Select(c => Option($"{c.No}", page.T(c.Numbered), entered.Category)))}</select></label>
            <label>{page.T("等级不低于", "Level at least")}<select name="level">{Option("", page.T("不限", "Any"), entered.Level)}{Html.Join(Catalogue.Schemes.Levels.Select(level => Option(level.Code, page.T(level.Name), entered.Level)))}</select></label>
            <label>{page.T("认证依据（标准）", "Standard")}<input name="standard" maxlength="100" value="{entered.Standard}"></label>
            <label>{page.T("业务范围须含（空格分开）", "Words in the scope")}<input name="scope" maxlength="200" value="{entered.Scope}"></label></div></details>
            <p><label class="choice"><input type="checkbox" name="first" value="urgent"{new Html(entered.UrgentFirst ? " checked" : "")}>{page.T("不是有效的排在前面，同样结果排在一起", "Those that are not valid first, equal results together")}</label></p>
            <p><button>{page.T("核验", "Check")}</button> <button class="plain" name="format" value="csv">{page.T("下载 CSV", "Download CSV")}</button></p></form>
            """);
    }

    public static async Task Answer(HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        var form = await Page.ReadForm(context, MaxPaste);
        var (entered, faults, now) = (Entered.Of(form), new List<Fault>(), time.GetUtcNow());
        var request = entered.Read(faults);
        var (list, answer) = faults.Count > 0 ? (null, null) : database.Read(db =>
        {
            var read = new AskedList(db, entered.Lines, Day.Of(now), MaxRows + 1);
            if (read.Rows.Count == 0) faults.Add(new(Refusal.Required, "/lines"));
            if (read.Rows.Count > MaxRows) faults.Add(new(Refusal.TooManyRows, "/lines", MaxRows));
            return (read, faults.Count > 0 ? null : read.Answer(db, request, now, page.Language));
        }, context.RequestAborted);
        if (list is null || answer is null)
        {
            await page.Write(page.T("批量核验", "Check a list"), Html.Of($"<h1>{page.T("批量核验投标人证书", "Check a list of bidders")}</h1><p class=\"note\" role=\"alert\">{string.Join(" ", faults.Select(f => f.Message(page.Language)))}</p>{Form(page, entered)}"), 422);
            return;
        }
        if (form["format"] == "csv") await WriteCsv(context, page, list, answer);
        else await page.Write(page.T("核验结果", "Result"), Result(page, entered, list, answer, request.On ?? Day.Of(now)));
    }

    private static Task WriteCsv(HttpContext context, Page page, AskedList list, VerificationAnswer answer)
    {
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"verification-{Day.Of(answer.AnsweredAt):yyyy-MM-dd}.csv\"";
        context.Response.Headers.CacheControl = "no-store";
        // Spreadsheets take UTF-8 for what it is by its byte order mark.
        return context.Response.WriteAsync("\uFEFF" + AnswerTable.Csv(list.Rows, answer, page.Base, page.Language), context.RequestAborted);
    }

    private static Html Result(Page page, Entered entered, AskedList list, VerificationAnswer answer, DateOnly on)
    {
        var rows = list.Rows.Zip(answer.Rows).ToArray();
        var shown = entered.UrgentFirst ? [.. rows.OrderBy(row => Array.IndexOf(Outcomes.ByUrgency, row.Second.Result))] : rows;
        var totals = Outcomes.ByUrgency.Reverse().Select(outcome => (Outcome: outcome, Count: answer.Rows.Count(row => row.Result == outcome))).Where(total => total.Count > 0);
        Html Hidden(string name, string value) => Html.Of($"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        Html Note(string what, IReadOnlyCollection<string> items) => items.Count == 0 ? Html.None : Html.Of($"<p class=\"note\">{what}{string.Join(page.T("；", "; "), items)}</p>");
        return Html.Of($"""
            <div class="answer"><h1>{page.T("核验结果", "Result of the check")}</h1>
            <p class="totals"><b>{page.T($"{rows.Length} 行", $"{rows.Length} lines")}</b> {Html.Join(totals.Select(total => Html.Of($"<span class=\"chip {Colour(total.Outcome)}\">{page.T(total.Outcome.Name())} {total.Count}</span> ")))}</p>
            <p>{page.T($"按 {on:yyyy-MM-dd} 当日（另有注明的行除外）。{Asked(page, entered)}", $"As of {on:yyyy-MM-dd}, but for lines that say another day. {Asked(page, entered)}")}</p>
            <p class="soft">{page.T($"{CertificatePages.Local(answer.AnsweredAt)}（北京时间）查询 {page.Base}；收录 {answer.Coverage.Bodies} 家认证机构的 {answer.Coverage.Certificates} 张证书，截至 {CertificatePages.Local(answer.Coverage.AsOf ?? answer.AnsweredAt)}。未收录不等于证书不存在。逐行复核：{page.Base}/c/ 后接查询编码。", $"Asked {page.Base} at {CertificatePages.Local(answer.AnsweredAt)} (Beijing time), which covers {answer.Coverage.Certificates} certificates of {answer.Coverage.Bodies} bodies as of {CertificatePages.Local(answer.Coverage.AsOf ?? answer.AnsweredAt)}. What is not in it may exist. To follow a line: {page.Base}/c/ and its code.")} {page.DemoNote}</p>
            {Note(page.T("没有用到的列：", "Columns that were not used: "), list.UnusedColumns)}
            {Note(page.T("没有当作投标人的行：", "Lines that were not taken for bidders: "), [.. list.NoRows.Select(line => page.T($"第 {line.Line} 行“{line.Text}”", $"line {line.Line} “{line.Text}”"))])}
            <form class="noprint" method="post" action="{page.Link("/verify")}">{Hidden("lines", entered.Lines)}{Hidden("on", entered.On)}{Hidden("category", entered.Category)}{Hidden("level", entered.Level)}{Hidden("standard", entered.Standard)}{Hidden("scope", entered.Scope)}
            <p>{(entered.UrgentFirst ? Html.Of($"<button class=\"plain\">{page.T("按粘贴的次序", "In the order pasted")}</button>") : Html.Of($"<button class=\"plain\" name=\"first\" value=\"urgent\">{page.T("不是有效的排在前面", "Those that are not valid first")}</button>"))} <button class="plain" name="format" value="csv">{page.T("下载 CSV", "Download CSV")}</button> <button type="button" class="plain" data-do="print" hidden>{page.T("打印（A4 横向）", "Print (A4 landscape)")}</button></p></form>
            <div class="scroll" tabindex="0" role="region" aria-label="{page.T("核验结果", "Result of the check")}"><table class="rows"><thead><tr><th>{page.T("行", "Line")}</th><th>{page.T("所问", "Asked")}</th><th>{page.T("结果", "Answer")}</th><th>{page.T("证书编号与查询编码", "Certificate and code")}</th><th>{page.T("获证组织", "Holder")}</th><th>{page.T("认证项目、依据与等级", "Category, standard, level")}</th><th>{page.T("认证机构", "Body")}</th></tr></thead><tbody>
            {Html.Join(shown.Select(row => Row(page, row.First, row.Second, answer.Coverage, on)))}
            </tbody></table></div></div>
            {WatchPages.OfList(page, answer.Rows.Select(row => row.Certificate?.Id).OfType<string>())}
            <h2 class="noprint">{page.T("再核一次", "Check again")}</h2>
            {Form(page, entered)}
            """);
    }

    /// <summary>What was asked of every certificate, in words.</summary>
    private static string Asked(Page page, Entered entered)
    {
        var parts = new List<string>();
        if (int.TryParse(entered.Category, out var no) && Catalogue.CategoryOf(no) is { } category) parts.Add(page.T(category.Numbered));
        if (entered.Level.Length > 0) parts.Add(page.T("等级不低于", "level at least ") + page.T(Catalogue.Schemes.LevelOf(entered.Level)!.Name));
        if (entered.Standard.Length > 0) parts.Add(entered.Standard);
        if (entered.Scope.Length > 0) parts.Add(page.T($"范围含“{entered.Scope}”", $"scope with “{entered.Scope}”"));
        return parts.Count == 0 ? "" : page.T($"要求：{string.Join("，", parts)}。", $"Asked for: {string.Join(", ", parts)}.");
    }

    private static string Colour(Outcome outcome) => outcome switch
    {
        Outcome.Mismatch => "revoked",
        Outcome.NotInRegistry or Outcome.Ambiguous or Outcome.Mistyped => "unknown",
        _ => outcome.Word(),
    };

    private static Html Row(Page page, AskedRow pasted, Verdict verdict, Coverage coverage, DateOnly on)
    {
        var name = page.T(verdict.Result.Name());
        // The coverage stands once at the head of the answer.
        var message = verdict.Message.Replace(coverage.Sentence(page.Language), "", StringComparison.Ordinal).Trim();
        if (message.StartsWith(name, StringComparison.Ordinal)) message = message[name.Length..].TrimStart('；', ';', ' ');
        var later = verdict.Certificate is { Today: { } today } view && today.Status != view.Status ? page.T($"今天：{today.Status.Name().Zh}{(today.Since is { } day ? $"（自 {day:yyyy-MM-dd}）" : "")}", $"today: {today.Status.Name().En}{(today.Since is { } since ? $" (since {since:yyyy-MM-dd})" : "")}") : null;
        var told = ((string?[])
        [
            verdict.On == on ? null : page.T($"按 {verdict.On:yyyy-MM-dd}", $"as of {verdict.On:yyyy-MM-dd}"), message, later,
            verdict.Others is { } others ? page.T($"另有 {others} 张同项目证书", others == 1 ? "1 further certificate of this category" : $"{others} further certificates of this category") : null,
            pasted.Unused.Length == 0 ? null : page.T($"未用于核对：{string.Join("、", pasted.Unused)}", $"Not used: {string.Join(", ", pasted.Unused)}"),
        ]).Where(line => !string.IsNullOrEmpty(line)).Select(line => Html.Of($"<span class=\"told\">{line}</span>"));
        return Html.Of($"""
            <tr><td>{pasted.Line}</td><td class="asked">{pasted.Text.Replace('\t', ' ')}</td><td><span class="chip {Colour(verdict.Result)}">{name}</span>{Html.Join(told)}{Slips(page, verdict)}</td>{(verdict.Certificate is { } c ? Of(page, c, verdict.On) : Html.Of($"<td colspan=\"4\">{Candidates(page, verdict)}</td>"))}</tr>

            """);
    }

    private static Html Of(Page page, CertificateView c, DateOnly on) => Html.Of($"""
        <td><a href="{page.Link($"/c/{c.Id}?on={on:yyyy-MM-dd}")}">{c.Number}</a> <span class="code">{c.Id}</span></td><td>{c.Holder.Name}</td><td>{page.T(Catalogue.CategoryOf(c.Category.No)!.Numbered)} {c.Standard} {CertificatePages.LevelOf(page, c)}</td><td>{page.T(c.Body.Name, c.Body.NameEn ?? c.Body.Name)}</td>
        """);

    private static Html Candidates(Page page, Verdict verdict) => verdict.Candidates is not { Length: > 0 } candidates ? Html.None
        : Html.Of($"{page.T("备选：", "To choose from: ")}{Html.Join(candidates.Select((c, i) => Html.Of($"{(i > 0 ? page.T("；", "; ") : "")}<a href=\"{page.Link($"/c/{c.Id}?on={verdict.On:yyyy-MM-dd}")}\">{c.Number}</a> {c.Holder} · {page.T(Catalogue.CategoryOf(c.Category.No)!.Numbered)} {c.Standard} {(c.Level is { } level ? page.T(level.Name, level.NameEn) : "")} · {page.T(c.Status.Name())} · {page.T(c.Body.Name, c.Body.NameEn ?? c.Body.Name)}")))}");

    private static Html Slips(Page page, Verdict verdict) => verdict.DidYouMean is not { Length: > 0 } slips ? Html.None
        : Html.Of($"<span class=\"told\">{page.T("是不是（请与原件核对）：", "Did you mean (compare with the original): ")}{Html.Join(slips.Select(slip => Html.Of($"<a href=\"{page.Link("/?q=" + Uri.EscapeDataString(slip.Text))}\">{slip.Text}</a> ")))}</span>");
}
