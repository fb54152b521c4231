using Registry.Certificates;
using Registry.Http;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>Checking a list of bidders.</summary>
public static class VerifyPages
{
    private const int MaxPaste = 200_000;

    private static Html Form(Page page, string? lines, string? on) => Html.Of($"""
        <h1>{page.T("批量核验投标人证书", "Check a list of bidders")}</h1>
        <form method="post" action="{page.Link("/verify")}">
        <p><label>{page.T("每行一个：证书编号、组织名称、统一社会信用代码或标志编码；可用逗号加名称或日期。最多 1,000 行。", "One a line: certificate number, holder, credit code or mark code; a name or a date may follow after a comma. At most 1,000 lines.")}<textarea class="list" name="lines" required>{lines}</textarea></label></p>
        <p><label>{page.T("哪一天（如投标截止日；空白为今天）", "On which day (such as the bid date; blank for today)")}<input type="date" name="on" value="{on}"></label></p>
        <p><button>{page.T("核验", "Check")}</button></p></form>
        """);

    public static Task Empty(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("批量核验", "Check a list"), Form(page, null, null));
    }

    public static async Task Answer(HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var form = await Page.ReadForm(context, MaxPaste);
        var faults = new List<Fault>();
        var on = Day.Read(form["on"], "/on", faults);
        var rows = PastedList.ParseLines(form["lines"].ToString());
        if (rows.Count == 0) faults.Add(new(Refusal.Required, "/lines"));
        if (rows.Count > Verifier.MaxRows) faults.Add(new(Refusal.TooManyRows, "/lines", Verifier.MaxRows));
        if (faults.Count > 0)
        {
            await page.Write(page.T("批量核验", "Check a list"), Html.Of($"<p class=\"note\" role=\"alert\">{string.Join(" ", faults.Select(f => f.Message(page.Language)))}</p>{Form(page, form["lines"], form["on"])}"), 422);
            return;
        }
        var now = time.GetUtcNow();
        var answer = database.Read(db => Verifier.Answer(db, new(on, Rows: [.. rows]), now, page.Language), context.RequestAborted);
        await page.Write(page.T("核验结果", "Result"), Html.Of($"""
            <h1>{page.T("核验结果", "Result of the check")}</h1>
            <p class="soft">{page.T($"{CertificatePages.Local(now)}（北京时间）查询；收录 {answer.Coverage.Bodies} 家认证机构的 {answer.Coverage.Certificates} 张证书。", $"Checked {CertificatePages.Local(now)} (Beijing time) against {answer.Coverage.Certificates} certificates of {answer.Coverage.Bodies} bodies.")}</p>
            <div class="scroll" tabindex="0" role="region" aria-label="{page.T("核验结果", "Result of the check")}"><table class="rows"><thead><tr><th>#</th><th>{page.T("所问", "Asked")}</th><th>{page.T("日期", "Day")}</th><th>{page.T("结果", "Answer")}</th><th>{page.T("等级", "Level")}</th><th>{page.T("获证组织与证书", "Holder and certificate")}</th></tr></thead><tbody>
            {Html.Join(answer.Rows.Select(row => Html.Of($"""
            <tr><td>{row.Row}</td><td>{row.Asked.Number ?? row.Asked.Code ?? row.Asked.Uscc ?? row.Asked.Name}</td><td>{row.On}</td><td><span class="chip {row.Result.Word()}">{page.T(row.Result.Name())}</span>{(row.Message == page.T(row.Result.Name()) ? Html.None : Html.Of($"<br>{row.Message}"))}</td><td>{(row.Certificate?.Level is { } level ? page.T(level.Name, level.NameEn) : "")}</td><td>{(row.Certificate is { } c ? Html.Of($"<a href=\"{page.Link($"/c/{c.Id}?on={row.On:yyyy-MM-dd}")}\">{c.Holder.Name}</a><br>{c.Number} · {page.T("至", "until")} {c.ExpiresOn}") : Html.None)}</td></tr>
            """)))}
            </tbody></table></div>
            {Form(page, form["lines"], form["on"])}
            """));
    }
}
