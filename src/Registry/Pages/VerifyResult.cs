using Registry.Answers;
using Registry.Certificates;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>The answer to a list, as a page.</summary>
public static class VerifyResult
{
    /// <summary>Rows that a page shows: more is nothing to read. The files hold all.</summary>
    private const int MaxShown = 1000;

    public static Html Of(Page page, EnteredList entered, SentList list, AskedList asked, VerificationAnswer answer)
    {
        var rows = asked.Rows.Zip(answer.Rows).ToArray();
        var on = list.Demands.On ?? Day.Of(answer.AnsweredAt);
        var urgentFirst = entered.UrgentFirst || rows.Length > MaxShown;
        var shown = urgentFirst ? rows.OrderBy(row => Array.IndexOf(Outcomes.ByUrgency, row.Second.Result)).Take(MaxShown) : rows;
        var day = page.T($"按 {on:yyyy-MM-dd} 当日（另有注明的行除外）。", $"As of {on:yyyy-MM-dd}, but for lines that say another day. ");
        var next = new EnteredList(
            entered.Query with { Columns = null, Header = null, Sheet = null }, entered.Lines, UrgentFirst: entered.UrgentFirst);
        return Html.Of($"""
            <div class="answer"><h1>{page.T("核验结果", "Result of the check")}</h1>
            {Totals(page, answer.Rows)}
            <p>{day}{page.T(AnswerWording.Demands(list.Demands))}</p>
            {AskedAt(page, answer)}
            {Notes(asked.Told(page.Language))}{Cut(page, rows.Length)}
            {VerifyForm.Again(page, entered, list.Table!, asked, Buttons(page, entered, rows.Length))}
            {Table(page, shown, answer.Coverage, on)}</div>
            {WatchPages.OfList(page, answer.Rows.Select(row => row.Certificate?.Id).OfType<string>())}
            <h2 class="noprint">{page.T("再核一份", "Check another list")}</h2>
            {VerifyForm.Of(page, next)}
            """);
    }

    /// <summary>How many rows of each result.</summary>
    internal static Html Totals(Page page, Verdict[] rows)
    {
        var lines = page.T($"{rows.Length} 行", rows.Length == 1 ? "1 line" : $"{rows.Length} lines");
        var totals = AnswerWording.Totals(rows)
            .Select(total => Html.Of($"<span class=\"chip {Colour(total.Outcome)}\">{page.T(total.Outcome.Name())} {total.Count}</span> "));
        return Html.Of($"<p class=\"totals\"><b>{lines}</b> {Html.Join(totals)}</p>");
    }

    private static Html AskedAt(Page page, VerificationAnswer answer)
    {
        var (at, to) = (CertificatePages.Local(answer.AnsweredAt), CertificatePages.Local(answer.Coverage.AsOf ?? answer.AnsweredAt));
        var (certificates, bodies) = (answer.Coverage.Certificates, answer.Coverage.Bodies);
        var told = page.T(
            $"{at}（北京时间）查询 {page.Base}；收录 {bodies} 家认证机构的 {certificates} 张证书，截至 {to}。"
                + $"未收录不等于证书不存在。逐行复核：{page.Base}/c/ 后接查询编码。",
            $"Asked {page.Base} at {at} (Beijing time), which covers {certificates} certificates of {bodies} bodies as of {to}. "
                + $"What is not in it may exist. To follow a line: {page.Base}/c/ and its code.");
        return Html.Of($"<p class=\"soft\">{told} {page.DemoNote}</p>");
    }

    private static Html Cut(Page page, int count)
    {
        var told = page.T(
            $"页面只列 {MaxShown} 行，不是有效的在前；全部 {count} 行在工作簿和 CSV 里。",
            $"The page shows {MaxShown} lines, those that are not valid first; all {count} are in the workbook and in CSV.");
        return count <= MaxShown ? Html.None : Html.Of($"<p class=\"note\">{told}</p>");
    }

    /// <summary>What is to be known of how the list was read.</summary>
    internal static Html Notes(IEnumerable<string> notes) => Html.Join(notes.Select(note => Html.Of($"<p class=\"note\">{note}</p>\n")));

    private static Html Buttons(Page page, EnteredList entered, int count)
    {
        var (inOrder, urgent) = (page.T("按原来的次序", "In the order given"), page.T("不是有效的排在前面", "Those that are not valid first"));
        var order = count > MaxShown ? Html.None
            : entered.UrgentFirst ? Html.Of($"<button class=\"plain\">{inOrder}</button>")
            : Html.Of($"<button class=\"plain\" name=\"first\" value=\"urgent\">{urgent}</button>");
        var workbook = entered.FileName.Length > 0
            ? page.T("下载原工作簿（右侧加上结果）", "Download the workbook with results at its right") : page.T("下载工作簿", "Download as a workbook");
        return Html.Of($"""
            <p><button name="format" value="xlsx">{workbook}</button>
            <button class="plain" name="format" value="csv">{page.T("下载 CSV", "Download CSV")}</button> {AnswerPages.Button(page)} {order}
            <button type="button" class="plain" data-do="print" hidden>{page.T("打印（A4 横向）", "Print (A4 landscape)")}</button></p>
            """);
    }

    private static Html Headings(Page page)
    {
        string[] names =
        [
            page.T("行", "Line"), page.T("所问", "Asked"), page.T("结果", "Answer"), page.T("证书编号与查询编码", "Certificate and code"),
            page.T("获证组织", "Holder"), page.T("认证项目、依据与等级", "Category, standard, level"), page.T("认证机构", "Body"),
        ];
        return Html.Of($"<thead><tr>{Html.Join(names.Select(name => Html.Of($"<th>{name}</th>")))}</tr></thead>");
    }

    /// <summary>Verdicts beside what was asked.</summary>
    /// <param name="page">The page.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="coverage">Of the answer: it stands once at its head.</param>
    /// <param name="on">The day of every row that names none of its own.</param>
    internal static Html Table(
        Page page, IEnumerable<(AskedRow Asked, Verdict Verdict)> rows, Coverage coverage, DateOnly on) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="{page.T("核验结果", "Result of the check")}">
        <table class="rows">{Headings(page)}<tbody>
        {Html.Join(rows.Select(row => Row(page, row.Asked, row.Verdict, coverage, on)))}
        </tbody></table></div>
        """);

    internal static string Colour(Outcome outcome) => outcome switch
    {
        Outcome.Mismatch => "revoked",
        Outcome.NotInRegistry or Outcome.Ambiguous or Outcome.Mistyped => "unknown",
        _ => outcome.Word(),
    };

    private static Html Row(Page page, AskedRow asked, Verdict verdict, Coverage coverage, DateOnly on)
    {
        var name = page.T(verdict.Result.Name());
        var message = verdict.Message.Replace(coverage.Sentence(page.Language), "", StringComparison.Ordinal).Trim();
        if (message.StartsWith(name, StringComparison.Ordinal)) message = message[name.Length..].TrimStart('；', ';', ' ');
        string?[] lines =
        [
            verdict.On == on ? null : page.T($"按 {verdict.On:yyyy-MM-dd}", $"as of {verdict.On:yyyy-MM-dd}"),
            message, Later(page, verdict), Others(page, verdict),
            asked.Unused.Length == 0 ? null : page.T(Wording.Unused(asked.Unused)),
        ];
        var said = lines.Where(line => !string.IsNullOrEmpty(line));
        var told = Html.Join(said.Select(line => Html.Of($"<span class=\"told\">{line}</span>")));
        var found = verdict.Certificate is { } certificate ? Of(page, certificate, verdict.On)
            : Html.Of($"<td colspan=\"4\">{Candidates(page, verdict)}</td>");
        return Html.Of($"""
            <tr><td>{asked.Line}</td><td class="asked">{asked.Text.Replace('\t', ' ')}</td>
            <td><span class="chip {Colour(verdict.Result)}">{name}</span>{told}{Slips(page, verdict)}</td>{found}</tr>

            """);
    }

    /// <summary>What the certificate is today, where it is something else than on the day asked.</summary>
    private static string? Later(Page page, Verdict verdict)
    {
        if (verdict.Certificate is not { Today: { } today } view || today.Status == view.Status) return null;
        var since = today.Since is { } day ? page.T($"（自 {day:yyyy-MM-dd}）", $" (since {day:yyyy-MM-dd})") : "";
        return page.T("今天：", "today: ") + page.T(today.Status.Name()) + since;
    }

    private static string? Others(Page page, Verdict verdict)
    {
        if (verdict.Others is not { } others) return null;
        var english = others == 1 ? "1 further certificate of this category" : $"{others} further certificates of this category";
        return page.T($"另有 {others} 张同项目证书", english);
    }

    private static Html Of(Page page, CertificateView c, DateOnly on)
    {
        var category = page.T(Catalogue.CategoryOf(c.Category.No)!.Numbered);
        return Html.Of($"""
            <td><a href="{page.Link($"/c/{c.Id}?on={on:yyyy-MM-dd}")}">{c.Number}</a> <span class="code">{c.Id}</span></td>
            <td>{c.Holder.Name}</td><td>{category} {c.Standard} {CertificatePages.LevelOf(page, c)}</td>
            <td>{CertificatePages.Body(page, c)}</td>
            """);
    }

    private static Html Candidates(Page page, Verdict verdict)
    {
        if (verdict.Candidates is not { Length: > 0 } candidates) return Html.None;
        var between = Html.Of($"{page.T("；", "; ")}").Kept();
        var all = candidates.Select((one, i) => Html.Of($"{(i > 0 ? between : Html.None)}{Candidate(page, one, verdict.On)}"));
        return Html.Of($"{page.T("备选：", "To choose from: ")}{Html.Join(all)}");
    }

    private static Html Candidate(Page page, Candidate c, DateOnly on)
    {
        var level = c.Level is { } of ? page.T(of.Name, of.NameEn) : "";
        var category = page.T(Catalogue.CategoryOf(c.Category.No)!.Numbered);
        var body = page.T(c.Body.Name, c.Body.NameEn ?? c.Body.Name);
        return Html.Of($"""
            <a href="{page.Link($"/c/{c.Id}?on={on:yyyy-MM-dd}")}">{c.Number}</a> {c.Holder}
            · {category} {c.Standard} {level} · {page.T(c.Status.Name())} · {body}
            """);
    }

    private static Html Slips(Page page, Verdict verdict)
    {
        if (verdict.DidYouMean is not { Length: > 0 } slips) return Html.None;
        var links = slips.Select(slip => Html.Of($"<a href=\"{page.Link("/?q=" + Uri.EscapeDataString(slip.Text))}\">{slip.Text}</a> "));
        var question = page.T("是不是（请与原件核对）：", "Did you mean (compare with the original): ");
        return Html.Of($"<span class=\"told\">{question}{Html.Join(links)}</span>");
    }
}
