using System.Data.Common;
using Registry.Answers;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>Keeping an answer, and the page where it is seen again. Nothing here leads to another answer, and no search engine is let
/// in.</summary>
public static class AnswerPages
{
    private const int MaxCode = 200;

    /// <summary>What a form says that wants its answer kept.</summary>
    public const string Kept = "keep";

    private static readonly Text keepButton = new("保存并签名", "Keep and sign"),
        keepExplained = new("签名的答复有自己的地址、PDF 和可离线核对的文件，可以归档；以后谁都能验证它，登记簿也不能抵赖。",
            "A signed answer has an address of its own, a PDF and a file that can be checked offline. It can be filed: anybody can verify it later, and the registry cannot deny it."),
        once = new("删除码只显示这一次：凭它可以删除这份答复。请与归档文件分开保存。", "The deletion code is shown this once: whoever has it can delete this answer. Keep it apart from the file."),
        confidential = new("知道这个地址的人都能看到这份答复；它不被列出，也不被搜索引擎收录。", "Whoever knows this address can see the answer. It is listed nowhere, and no search engine is let in.");

    /// <summary>The button that keeps the answer a form asks for.</summary>
    public static Html Button(Page page) => Html.Of($"<button class=\"plain\" name=\"format\" value=\"{Kept}\">{page.T(keepButton)}</button>");

    /// <summary>On the page of a certificate: keeps what it says for that day.</summary>
    public static Html OfCertificate(Page page, string id, DateOnly day, DateTimeOffset? until) => Html.Of($"""
        <form class="noprint" method="post" action="{page.Link($"/c/{id}/answer")}"><input type="hidden" name="on" value="{day}"><input type="hidden" name="knownAt" value="{(until is { } instant ? Milliseconds.Text(instant) : "")}">
        <p><button class="plain">{page.T($"保存并签名 {day:yyyy-MM-dd} 的答复", $"Keep and sign the answer for {day:yyyy-MM-dd}")}</button><br><span class="soft small">{page.T(keepExplained)}</span></p></form>
        """);

    public static async Task KeepCertificate(string id, HttpContext context, TimeProvider time, Settings settings, AnswerKeeper keeper)
    {
        var page = new Page(context, settings) { Confidential = true };
        var form = await Page.ReadForm(context, MaxCode);
        var faults = new List<Fault>();
        var day = Day.Read(form["on"], "/on", faults) ?? Day.Of(time.GetUtcNow());
        var until = Instant.ReadKnownAt(form["knownAt"], page.AsOf, faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var code = Identifier.Parse(id) ?? throw new FaultException(new Fault(Refusal.Mistyped));
        var question = new VerificationRequest(day, KnownAt: until is { } instant ? Milliseconds.Text(instant) : null);
        var asked = AskedList.Of([new() { Code = code }]);
        await Keep(context, page, keeper, question, (db, now) => (asked, asked.Answer(db, question, now, page.Language)));
    }

    /// <summary>Keeps an answer and shows where it is, once with the code that deletes it.</summary>
    public static async Task Keep(HttpContext context, Page page, AnswerKeeper keeper, VerificationRequest question, Func<DbConnection, DateTimeOffset, (AskedList Asked, VerificationAnswer Answer)> answer)
    {
        var receipt = await keeper.Keep(question, answer, page.Language, context.RequestAborted);
        await page.Write(page.T("答复已保存", "The answer is kept"), Html.Of($"""
            <h1>{page.T("答复已签名并保存", "The answer is signed and kept")}</h1>
            <div class="card"><p><a href="{page.Link("/a/" + receipt.Id)}"><b class="code">{receipt.Address}</b></a></p>
            <p>{page.T($"保存到 {receipt.KeptUntil:yyyy-MM-dd}。", $"Kept until {receipt.KeptUntil:yyyy-MM-dd}.")} {page.T(confidential)}</p></div>
            {Files(page, receipt.Id)}
            <h2>{page.T("删除码", "Deletion code")}</h2>
            <p class="code">{receipt.DeletionCode}</p><p>{page.T(once)}</p>
            """), 201);
    }

    private static Html Files(Page page, string id) => Html.Of($"""
        <ul><li><a href="/v1/answers/{id}.pdf?lang={page.T("zh", "en")}">{page.T("PDF，供归档", "PDF, for the file")}</a> · <a href="/v1/answers/{id}.pdf?lang={page.T("en", "zh")}" lang="{page.T("en", "zh-CN")}">{page.T("English", "中文")}</a></li>
        <li><a href="/v1/answers/{id}" download="answer-{id}.json">{page.T("可离线核对的文件（JSON）", "The file that can be checked offline (JSON)")}</a></li>
        <li><a href="/v1/answers/{id}.xlsx?lang={page.T("zh", "en")}">{page.T("工作簿（XLSX）", "Workbook (XLSX)")}</a> · <a href="/v1/answers/{id}.csv?lang={page.T("zh", "en")}">CSV</a></li></ul>
        """);

    public static Task Show(string id, HttpContext context, Settings settings, AnswerKeeper keeper, LogIdentity identity)
    {
        var page = new Page(context, settings) { Confidential = true };
        var answer = keeper.Read(id, context.RequestAborted);
        var title = page.T($"签名的答复 {answer.Id}", $"Signed answer {answer.Id}");
        return page.Write(title, Html.Of($"""
            <div class="answer"><h1>{page.T("签名的答复", "Signed answer")}</h1>
            {Totals(page, answer)}
            <p>{page.T(AnswerWording.AsOf(answer))}</p>
            {(answer.Rows is [{ Certificate: { } view } only] ? One(page, only, view) : Table(page, answer))}
            {Proof(page, answer, identity.Key.ToString())}</div>
            <section class="noprint"><h2>{page.T("文件", "Files")}</h2>{Files(page, answer.Id)}
            <p class="soft">{page.T(confidential)} {page.T($"保存到 {answer.KeptUntil:yyyy-MM-dd}。", $"Kept until {answer.KeptUntil:yyyy-MM-dd}.")}</p>
            <p><button type="button" class="plain" data-do="print" hidden>{page.T("打印", "Print")}</button></p>
            <details><summary>{page.T("删除这份答复", "Delete this answer")}</summary><form class="row" method="post" action="{page.Link($"/a/{answer.Id}/delete")}"><label>{page.T("删除码", "Deletion code")}<input name="code" required autocomplete="off" maxlength="100"></label><button class="plain">{page.T("删除", "Delete")}</button></form></details></section>
            """));
    }

    public static async Task Delete(string id, HttpContext context, Settings settings, AnswerKeeper keeper)
    {
        var page = new Page(context, settings) { Confidential = true };
        var form = await Page.ReadForm(context, MaxCode);
        await keeper.Delete(id, form["code"].ToString());
        await page.Write(page.T("答复已删除", "The answer is deleted"), Html.Of($"<h1>{page.T("答复已删除", "The answer is deleted")}</h1><p>{page.T("已经下载的文件仍可核对。", "Files that were downloaded can still be checked.")}</p>"));
    }

    private static Html Totals(Page page, Answer answer) => Html.Of($"""
        <p class="totals"><b>{page.T($"{answer.Rows.Length} 行", answer.Rows.Length == 1 ? "1 line" : $"{answer.Rows.Length} lines")}</b> {Html.Join(AnswerWording.Totals(answer).Select(total => Html.Of($"<span class=\"chip {VerifyResult.Colour(total.Outcome)}\">{page.T(total.Outcome.Name())} {total.Count}</span> ")))}</p>
        """);

    private static Html One(Page page, Verdict row, CertificateView view) => Html.Of($"""
        <p><span class="chip {VerifyResult.Colour(row.Result)}">{page.T(row.Result.Name())}</span> {row.Message}</p>
        <h2 class="holder">{CertificatePages.Holder(page, view)}</h2>
        {CertificatePages.Details(page, view)}
        """);

    private static Html Table(Page page, Answer answer) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="{page.T("核验结果", "Result of the check")}"><table class="rows"><thead><tr><th>{page.T("行", "Line")}</th><th>{page.T("所问", "Asked")}</th><th>{page.T("结果", "Answer")}</th><th>{page.T("证书编号与查询编码", "Certificate and code")}</th><th>{page.T("获证组织", "Holder")}</th><th>{page.T("认证项目、依据与等级", "Category, standard, level")}</th><th>{page.T("认证机构", "Body")}</th></tr></thead><tbody>
        {Html.Join(answer.Asked.Zip(answer.Rows, (asked, row) => Row(page, answer, asked, row)))}
        </tbody></table></div>
        """);

    private static Html Row(Page page, Answer answer, AskedRow asked, Verdict row)
    {
        var day = row.On == answer.Question.On ? Html.None : Html.Of($"<span class=\"told\">{page.T($"按 {row.On:yyyy-MM-dd}", $"as of {row.On:yyyy-MM-dd}")}</span>");
        var found = row.Certificate is not { } c ? Html.Of($"<td colspan=\"4\"></td>") : Html.Of($"""
            <td><a href="{page.Link($"/c/{c.Id}?on={row.On:yyyy-MM-dd}")}">{c.Number}</a> <span class="code">{c.Id}</span></td><td>{c.Holder.Name}</td><td>{page.T(Catalogue.CategoryOf(c.Category.No)!.Numbered)} {c.Standard} {CertificatePages.LevelOf(page, c)}</td><td>{page.T(c.Body.Name, c.Body.NameEn ?? c.Body.Name)}</td>
            """);
        return Html.Of($"<tr><td>{asked.Line}</td><td class=\"asked\">{asked.Text.Replace('\t', ' ')}</td><td><span class=\"chip {VerifyResult.Colour(row.Result)}\">{page.T(row.Result.Name())}</span>{day}<span class=\"told\">{row.Message}</span></td>{found}</tr>\n");
    }

    private static Html Proof(Page page, Answer answer, string key)
    {
        var address = answer.Address.ToUpperInvariant();
        var qr = new QrCode(address, ErrorCorrection.M);
        return Html.Of($"""
            <div class="proof"><svg class="qr" viewBox="0 0 {qr.Side} {qr.Side}" role="img" aria-label="{page.T("这份答复的二维码", "QR code of this answer")}"><path d="{new Html(qr.Path())}"/></svg>
            <p>{Html.Join(AnswerWording.Evidence(answer, null).Select(line => Html.Of($"{page.T(line.Name)} <span class=\"code\">{line.Value}</span><br>")))}{page.T("日志公钥", "Public key of the log")} <span class="code">{key}</span><br>
            {page.T(AnswerWording.HowToCheck)} <code class="noprint">registry check answer-{answer.Id}.json --key KEY</code> {page.DemoNote}</p></div>
            """);
    }
}
