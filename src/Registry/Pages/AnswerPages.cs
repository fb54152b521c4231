using Registry.Answers;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>Keeping an answer, and the page where it is seen again. Nothing here leads to another answer, and no search engine is let
/// in.</summary>
public static class AnswerPages
{
    private const int MaxCode = 200;

    /// <summary>Fields of the form that keeps what a certificate's page says.</summary>
    private sealed record KeptTimes(string? On, string? KnownAt);

    /// <summary>Fields of the form that deletes an answer.</summary>
    private sealed record Deletion(string? Code);

    /// <summary>What a form says that wants its answer kept.</summary>
    public const string Kept = "keep";

    private static readonly Text keepButton = new("保存并签名", "Keep and sign"),
        deleted = new("答复已删除", "The answer is deleted"),
        stillChecked = new("已经下载的文件仍可核对。", "Files that were downloaded can still be checked."),
        keepExplained = new("签名的答复有自己的地址、PDF 和可离线核对的文件，可以归档；以后谁都能验证它，登记簿也不能抵赖。",
            "A signed answer has an address of its own, a PDF and a file that can be checked offline. "
            + "It can be filed: anybody can verify it later, and the registry cannot deny it."),
        once = new("删除码只显示这一次：凭它可以删除这份答复。请与归档文件分开保存。",
            "The deletion code is shown this once: whoever has it can delete this answer. Keep it apart from the file."),
        checkPage = new("离线核对页", "The page that checks it offline"),
        offlineFile = new("可离线核对的文件（JSON）", "The file that can be checked offline (JSON)"),
        confidential = new("知道这个地址的人都能看到这份答复；它不被列出，也不被搜索引擎收录。",
            "Whoever knows this address can see the answer. It is listed nowhere, and no search engine is let in.");

    /// <summary>The button that keeps the answer a form asks for.</summary>
    public static Html Button(Page page) =>
        Html.Of($"<button class=\"plain\" name=\"format\" value=\"{Kept}\">{page.T(keepButton)}</button>");

    /// <summary>On the page of a certificate: keeps what it says for that day.</summary>
    public static Html OfCertificate(Page page, string id, DateOnly day, DateTimeOffset? until)
    {
        var knownAt = until is { } instant ? Milliseconds.Text(instant) : "";
        var keep = page.T($"保存并签名 {day:yyyy-MM-dd} 的答复", $"Keep and sign the answer for {day:yyyy-MM-dd}");
        return Html.Of($"""
            <form class="noprint" method="post" action="{page.Link($"/c/{id}/answer")}">
            <input type="hidden" name="on" value="{day}"><input type="hidden" name="knownAt" value="{knownAt}">
            <p><button class="plain">{keep}</button><br><span class="soft small">{page.T(keepExplained)}</span></p></form>
            """);
    }

    public static async Task KeepCertificate(string id, HttpContext context, TimeProvider time, Settings settings, AnswerKeeper keeper)
    {
        var page = new Page(context, settings) { Confidential = true };
        var form = await SentForm.Read<KeptTimes>(context, MaxCode);
        var faults = new List<Fault>();
        var day = Day.Read(form.On, "/on", faults) ?? Day.Of(time.GetUtcNow());
        var until = Instant.ReadKnownAt(form.KnownAt, page.AsOf, faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var code = Identifier.Parse(id) ?? throw new FaultException(Refusal.Mistyped);
        var question = new VerificationRequest(day, KnownAt: until is { } instant ? Milliseconds.Text(instant) : null);
        var asked = AskedList.Of([new() { Code = code }]);
        await Keep(context, page, keeper, question, (db, now) => (asked, asked.Answer(db, question, now, page.Language)));
    }

    /// <summary>Keeps an answer and shows where it is, once with the code that deletes it.</summary>
    public static async Task Keep(HttpContext context, Page page, AnswerKeeper keeper, VerificationRequest question, ListAnswer answer)
    {
        var receipt = await keeper.Keep(question, answer, page.Language, context.RequestAborted);
        await page.Write(page.T("答复已保存", "The answer is kept"), $"""
            <h1>{page.T("答复已签名并保存", "The answer is signed and kept")}</h1>
            <div class="card"><p><a href="{page.Link("/a/" + receipt.Id)}"><b class="code">{receipt.Address}</b></a></p>
            <p>{Until(page, receipt.KeptUntil)} {page.T(confidential)}</p></div>
            {Files(page, receipt.Id)}
            <h2>{page.T("删除码", "Deletion code")}</h2>
            <p class="code">{receipt.DeletionCode}</p><p>{page.T(once)}</p>
            """, 201);
    }

    private static string Until(Page page, DateOnly day) => page.T($"保存到 {day:yyyy-MM-dd}。", $"Kept until {day:yyyy-MM-dd}.");

    private static Html Files(Page page, string id)
    {
        var (at, own, other, otherTongue) = ($"/v1/answers/{id}", page.T("zh", "en"), page.T("en", "zh"), page.T("en", "zh-CN"));
        return Html.Of($"""
            <ul><li><a href="{at}.pdf?lang={own}">{page.T("PDF，供归档", "PDF, for the file")}</a> ·
            <a href="{at}.pdf?lang={other}" lang="{otherTongue}">{page.T("English", "中文")}</a></li>
            <li><a href="{at}" download="answer-{id}.json">{page.T(offlineFile)}</a></li>
            <li><a href="{at}.xlsx?lang={own}">{page.T("工作簿（XLSX）", "Workbook (XLSX)")}</a> ·
            <a href="{at}.csv?lang={own}">CSV</a></li></ul>
            """);
    }

    public static Task Show(string id, HttpContext context, Settings settings, AnswerKeeper keeper, LogIdentity identity)
    {
        var page = new Page(context, settings) { Confidential = true };
        var answer = keeper.Read(id, context.RequestAborted);
        var title = page.T($"签名的答复 {answer.Id}", $"Signed answer {answer.Id}");
        var rows = answer.Rows is [{ Certificate: { } view } only] ? One(page, answer.Asked[0], only, view)
            : VerifyResult.Table(page, answer.Asked.Zip(answer.Rows), answer.Coverage, answer.Question.On ?? Day.Of(answer.AnsweredAt));
        return page.Write(title, $"""
            <div class="answer"><h1>{page.T("签名的答复", "Signed answer")}</h1>
            {VerifyResult.Totals(page, answer.Rows)}
            <p>{page.T(AnswerWording.AsOf(answer))} {page.T(AnswerWording.Demands(answer.Question))}</p>
            {VerifyResult.Notes(answer.List.Told(page.Language))}
            {rows}
            {Proof(page, answer, identity.Key.ToString())}</div>
            {WatchPages.OfList(page, answer.Rows.Select(row => row.Certificate?.Id).OfType<string>())}
            <section class="noprint"><h2>{page.T("文件", "Files")}</h2>{Files(page, answer.Id)}
            <p class="soft">{page.T(confidential)} {Until(page, answer.KeptUntil)}</p>
            <p><button type="button" class="plain" data-do="print" hidden>{page.T("打印", "Print")}</button></p>
            {DeleteForm(page, answer.Id)}</section>
            """);
    }

    private static Html DeleteForm(Page page, string id) => Html.Of($"""
        <details><summary>{page.T("删除这份答复", "Delete this answer")}</summary>
        <form class="row" method="post" action="{page.Link($"/a/{id}/delete")}">
        <label>{page.T("删除码", "Deletion code")}<input name="code" required autocomplete="off" maxlength="100"></label>
        <button class="plain">{page.T("删除", "Delete")}</button></form></details>
        """);

    public static async Task Delete(string id, HttpContext context, Settings settings, AnswerKeeper keeper)
    {
        var page = new Page(context, settings) { Confidential = true };
        var form = await SentForm.Read<Deletion>(context, MaxCode);
        await keeper.Delete(id, form.Code ?? "");
        await page.Write(page.T(deleted), $"<h1>{page.T(deleted)}</h1><p>{page.T(stillChecked)}</p>");
    }

    private static Html One(Page page, AskedRow asked, Verdict row, CertificateView view) => Html.Of($"""
        <p><span class="chip {VerifyResult.Colour(row.Result)}">{page.T(row.Result.Name())}</span>
        {Wording.Note(row, asked.Unused, page.Language)}</p>
        <p class="soft">{page.T("所问：", "Asked: ")}{asked.Text.Replace('\t', ' ')}</p>
        <h2 class="holder">{CertificatePages.Holder(page, view)}</h2>
        {CertificatePages.Details(page, view)}
        """);

    private static Html Proof(Page page, Answer answer, string key)
    {
        var address = answer.Address.ToUpperInvariant();
        var qr = CertificatePages.Qr(new QrCode(address, ErrorCorrection.M), page.T("这份答复的二维码", "QR code of this answer"));
        var lines = AnswerWording.Evidence(answer, null).Select(line => Line(page.T(line.Name), line.Value));
        return Html.Of($"""
            <div class="proof">{qr}
            <p>{Html.Join(lines)}{Line(page.T("日志公钥", "Public key of the log"), key)}
            {page.T(AnswerWording.HowToCheck)}
            <span class="noprint"><a href="{page.Link("/check")}">{page.T("怎样核对", "How to check it")}</a> ·
            <a href="{page.Link(CheckFile.Path)}" download="{CheckFile.Name}">{page.T(checkPage)} ({CheckFile.Name})</a></span>
            {page.DemoNote}</p></div>
            """);

        static Html Line(string name, string value) => Html.Of($"{name} <span class=\"code\">{value}</span><br>");
    }
}
