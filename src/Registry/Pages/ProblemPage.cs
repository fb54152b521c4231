using Microsoft.AspNetCore.Diagnostics;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;

namespace Registry.Pages;

/// <summary>A refusal as a page: what happened, what it means and what to do.</summary>
public static class ProblemPage
{
    /// <summary>What a person is told of a refusal. The colour is that of a made-up code, or none.</summary>
    private sealed record Told(Text Title, Text Advice, string Colour = "unknown");

    private static readonly Text nothing = new("", "");

    private static readonly Told
        mistyped = new(new("编码输入有误", "The code is mistyped"), new(
            "这不表示标志是假的：编码的校验位不符，多半是抄错了一个字符。请对照原件改正，或直接扫码。",
            "This does not mean that the mark is false: the check character does not agree, most likely one character was copied wrongly. "
            + "Compare it with the original and mend it, or scan it.")),
        unknown = new(new("本登记簿未收录", "Not in this registry"), new(
            "编码书写正确，但本登记簿没有它的记录。若它是 26 位编码的后一半，请连同前一半一起输入。请向持有者索取证书编号，或向其认证机构核实。",
            "The code is well formed, but this registry has no record of it. "
            + "If it is the second half of a code of 26 characters, enter both. "
            + "Ask the holder for the certificate number, or ask its certification body.")),
        forged = new(MarkResult.Name(MarkResult.Forged), new(
            "真的标志不会这样：请不要凭它相信这件东西，并把看到的告诉我们。",
            "A genuine mark does not do this: do not trust the item because of it, and tell us what you saw."), "revoked"),
        unlinked = new(new("没有与此商品码关联的证书", "No certificate is linked with this product code"),
            new(
                "这不说明商品是假的，也不说明它的厂家没有证书：只是没有认证机构在本登记簿把标志登记到这个商品码（GTIN）或文件码（GDTI）上。"
                + "请扫包装上的认证标志本身，或按企业名称查询。",
                "This does not mean that the product is false, nor that its maker holds no certificate: "
                + "no certification body has recorded a mark under this product code (GTIN) or document code (GDTI) here. "
                + "Scan the mark itself, or search by the company's name.")),
        unreadable = new(new("这不是正确的商品码", "This is no product code"), new(
            "请对照包装上条码下方的数字；也可以扫认证标志本身，或按企业名称查询。",
            "Compare it with the digits under the bar code; or scan the mark itself, or search by the company's name.")),
        notThen = new(new("当时尚未登记", "Not recorded then"), new(
            "这不说明它现在的状态。去掉“按到某日为止的登记”，或换一个较晚的日子再查。",
            "This says nothing of what it is now. Leave the day of the record out, or ask for a later one.")),
        unavailable = new(new("现在无法查询", "It cannot be checked now"), new("这是我们的问题，不说明证书的状态。请过几分钟再试；急用请向认证机构核实。",
            "The fault is ours and says nothing about the certificate. Try again in a few minutes, or ask the certification body.")),
        noPage = new(new("没有这个页面", "There is no such page"), new("地址可能抄错了，或页面已搬走。", "The address may be mistyped, or the page has moved.")),
        limited = new(new("过一会儿再试", "Try again later"), nothing),
        other = new(new("请求有误", "The request is not right"), nothing);

    private static Told Of(Refusal refusal) =>
        refusal == Refusal.Mistyped ? mistyped
        : refusal == Refusal.UnknownMark || refusal == Refusal.UnknownCertificate ? unknown
        : refusal == Refusal.NotRecordedThen ? notThen
        : refusal == Refusal.UnknownGs1Key ? unlinked
        : refusal == Refusal.BadGs1Key ? unreadable
        : refusal.Kind switch
        {
            RefusalKind.MadeUp => forged,
            RefusalKind.Unavailable => unavailable,
            RefusalKind.NotFound => noPage,
            RefusalKind.Limited => limited,
            _ => other,
        };

    public static Task Write(HttpContext context, Fault fault, int status)
    {
        var page = new Page(context, context.RequestServices.GetRequiredService<Settings>());
        var told = Of(fault.Refusal);
        // The handler of exceptions has taken the route's values from the request and keeps them itself.
        var route = context.Features.Get<IExceptionHandlerFeature>()?.RouteValues ?? context.Request.RouteValues;
        var code = (route.GetValueOrDefault("code") ?? route.GetValueOrDefault("id")) as string;
        var title = page.T(told.Title);
        var where = page.Link("/report" + (code is null ? "" : "?code=" + Uri.EscapeDataString(code)));
        var mayBeReported = told == unknown || told == forged;
        var report = mayBeReported ? Html.Of($"<a href=\"{where}\">{page.T("举报这个标志", "Report this mark")}</a> · ") : Html.None;
        var asked = told == unlinked ? route.GetValueOrDefault("key") as string : null;
        var key = asked is null ? Html.None : Html.Of($"<p class=\"code\">{asked}</p>");
        var icon = CertificatePages.Icon(told == forged ? CertificatePages.Shape(Status.Revoked) : Question);
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        var isUnknown = fault.Refusal == Refusal.UnknownParameter && endpoint is not null;
        var without = isUnknown ? Without(page, Parameters.WithoutUnknown(context.Request, endpoint!)) : Html.None;
        return page.Write(title, $"""
            <h1 class="status {told.Colour}">{icon}<span><b>{title}</b></span></h1>
            {key}<p>{fault.Message(page.Language)}</p><p>{page.T(Advice(told, code))}</p>
            {(told == mistyped && code is not null ? Ask(page, page.T("改正编码", "Mend the code"), code) : Html.None)}
            {without}<p>{report}<a href="{page.Link("/")}">{page.T("去查询", "Go to the search")}</a></p>
            """, status);
    }

    private static Html Without(Page page, string address) =>
        Html.Of($"<p><a class=\"button\" href=\"{address}\">{page.T("不带它打开", "Open without it")}</a></p>");

    /// <summary>Of a code that is too short or too long its check characters say nothing, but its length does.</summary>
    private static Text Advice(Told told, string? code)
    {
        if (told != mistyped || code is null) return told.Advice;
        var read = Identifier.Plain(code).Length;
        return read is Identifier.Length or ItemCode.Length ? told.Advice : new(
            $"这不表示标志是假的：读到 {read} 个字符；编码有 {Identifier.Length} 位，单件商品的编码有 {ItemCode.Length} 位。请对照原件补全，或直接扫码。",
            $"This does not mean that the mark is false: {read} characters were read; "
            + $"a code has {Identifier.Length}, that of a single item {ItemCode.Length}. Complete it from the original, or scan it.");
    }

    private const string Question = "M12 7v6M12 16.5v.5";

    /// <summary>A field for a code, filled with what is known of it, to be mended or completed: the search reads codes and leads
    /// on.</summary>
    public static Html Ask(Page page, string label, string code) => Html.Of($"""
        <form class="search" method="get" action="/">{page.LanguageField}
        <div class="find"><label>{label}
        <input name="q" class="code" maxlength="200" value="{code}" autocomplete="off" spellcheck="false"></label>
        <button>{page.T("查询", "Check")}</button></div></form>
        """);
}
