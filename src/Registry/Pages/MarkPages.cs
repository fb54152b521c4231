using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>What a mark opens, how to print it, and how to report that it is misused.</summary>
public static class MarkPages
{
    /// <summary>Bytes of a field as a browser encodes it: nine for an ideograph.</summary>
    private const int MaxReport = 40_000;
    /// <summary>Longest code with an address around it, in characters.</summary>
    private const int MaxCode = 200;

    private static readonly (MisuseKind Kind, Text Name)[] kinds =
    [
        (MisuseKind.DoesNotMatch, new("标志与商品、门店或企业不符", "The mark does not match the product, the shop or the company")),
        (MisuseKind.LooksCopied, new("看起来是复制或翻印的", "It looks copied or printed over")),
        (MisuseKind.UsedAfterEnd, new("证书已失效或标志已撤回，仍在使用", "It is still used although the certificate ended or the mark was withdrawn")),
        (MisuseKind.UnknownMark, new("扫出来查不到", "The registry does not know it")),
        (MisuseKind.Overstated, new("宣传夸大了认证的含义", "Advertising overstates what was certified")),
        (MisuseKind.Other, new("其他", "Something else")),
    ];

    public static Task Mark(string code, string? name, HttpContext context, Database database, TimeProvider time, Settings settings, PublicAddress address, ScanCounter counter)
    {
        var now = time.GetUtcNow();
        var (mark, stored) = database.Read(db =>
        {
            var found = MarkView.Of(db, code, address.Base, Day.Of(now));
            return (found, ScanStore.Find(db, found.Item?.Code ?? found.Code));
        }, context.RequestAborted);
        if (!Problems.WantsPage(context.Request) && context.Request.Headers.Accept.ToString().Contains("json"))
        {
            context.Response.Headers.Vary = "Accept";
            context.Response.Headers.CacheControl = "no-cache";
            return context.Response.WriteAsJsonAsync(mark with { Certificate = context.RequestServices.GetRequiredService<KnownTo>().Cap(mark.Certificate) }, Json.Options);
        }
        var own = mark.Item?.Code ?? mark.Code;
        // What a QR code opens has no language in its address: whoever only changes the language has not scanned again.
        var opened = !context.Request.Query.ContainsKey("lang") && name is null && Visitor.IsPerson(context);
        var scans = opened ? counter.Count(own, stored, Visitor.Of(context)) : counter.Of(own, stored);
        mark = mark with { LooksCopied = mark.Item is not null && scans.LooksCopied ? true : null };
        var page = new Page(context, settings) { ShowsStatus = true, Crawled = false };
        var view = mark.Certificate;
        var check = new HolderCheck(name, view);
        var against = mark.Result == view.Status.Word() ? null : MarkResult.Name(mark.Result);
        CertificatePages.Describe(page, view, against);
        return page.Write($"{CertificatePages.Holder(page, view)} · {page.T(against ?? view.Status.Name())}", Html.Of($"""
            {check.Told(page)}
            {Against(page, mark, scans)}
            {CertificatePages.Top(page, view, page.AsOf, led: against is not null || check.Contradicts)}
            {Issued(page, mark)}
            {(against is null ? Beside(page, mark, scans) : Html.None)}
            {check.Form(page, "/m/" + own)}
            {CertificatePages.What(page, view)}
            <div class="two"><section><h2>{page.T("证书", "The certificate")}</h2>
            {CertificatePages.Details(page, view)}
            <p class="noprint"><a href="{page.Link("/c/" + view.Id)}">{page.T("证书全文与经过", "The whole certificate and its history")}</a></p></section>
            <section><h2>{page.T("谁负责", "Who is responsible")}</h2>
            {CertificatePages.Responsible(page, view)}</section>
            <section class="wide"><h2>{page.T("这个标志", "This mark")}</h2>
            {About(page, mark, scans)}</section></div>
            {CertificatePages.Proof(page, "/M/", own, page.AsOf)}
            """));
    }

    /// <summary>What stands against the mark leads the page; nothing where the certificate's own status does.</summary>
    private static Html Against(Page page, MarkView mark, Scans scans) => mark.Result switch
    {
        MarkResult.Withdrawn => Lead(page, mark, CertificatePages.Icon(Status.Revoked), SinceWhen(mark)),
        MarkResult.Incomplete => Html.Of($"{Lead(page, mark, CertificatePages.Icon(Warning), OnlyHalf(mark))}{Rest(page, mark)}"),
        MarkResult.Unchecked => Lead(page, mark, CertificatePages.Icon(Warning), notChecked),
        MarkResult.Copied => Lead(page, mark, CertificatePages.Icon(Warning), OftenOpened(scans)),
        _ => Html.None,
    };

    /// <summary>The banner of a result, in its colour.</summary>
    private static Html Lead(Page page, MarkView mark, Html icon, Text sentence) => Html.Of($"""
        <p class="status {mark.Result}">{icon}<span><b>{page.T(MarkResult.Name(mark.Result))}</b>{page.T(sentence)}</span></p>
        """);

    /// <summary>The same below the status of a certificate that has ended, which weighs more.</summary>
    private static Html Beside(Page page, MarkView mark, Scans scans) => mark switch
    {
        { IsHalf: true } => Html.Of($"<p class=\"note\">{page.T(OnlyHalf(mark))}</p>"),
        { Item.Checked: false } => Html.Of($"<p class=\"note\">{page.T(notChecked)}</p>"),
        { LooksCopied: true } => Html.Of($"<p class=\"note fault\">{page.T(OftenOpened(scans))}</p>"),
        _ => Html.None,
    };

    /// <summary>Asks for the other half of an item's code.</summary>
    private static Html Rest(Page page, MarkView mark)
    {
        var label = page.T($"补上其余 {Identifier.Length} 位，或重新扫整个码", $"Add the other {Identifier.Length} characters, or scan the whole code again");
        return Html.Of($"<div class=\"noprint\">{ProblemPage.Ask(page, label, MarkWording.Spaced(mark.Code) + " ")}</div>");
    }

    private static readonly Text notChecked = new(
        "本机只有公开日志，没有此标志的种子：标志、件号范围与撤回已核对，这一件编码的校验部分在这里无法核对，请到原登记簿查询。",
        "This copy holds the public log but not the mark's seed: the mark, the range of serials and withdrawals are checked, "
        + "the tag of this item's code is not. Check it at the original registry.");

    /// <summary>An exclamation mark in a square of 24.</summary>
    private const string Warning = "M12 6.5v7M12 17v.5";

    private static Text SinceWhen(MarkView mark)
    {
        var at = CertificatePages.Local(mark.WithdrawnAt!.Value);
        var wish = mark.WithdrawnBy switch
        {
            Withdrawer.Holder => new Text("，由获证组织要求撤回", "; withdrawn at the holder's wish"),
            Withdrawer.Body => new("，由认证机构撤回", "; withdrawn by the certification body"),
            _ => new("", ""),
        };
        return mark.IsHalf ? new($"自 {at} 起，它的每一件都不应再使用{wish.Zh}。", $"Since {at} none of its items should be used{wish.En}.")
            : new($"自 {at} 起不应再使用{wish.Zh}。", $"Since {at} it should no longer be used{wish.En}.");
    }

    private static Text OnlyHalf(MarkView mark) => new(
        $"这只是前一半：这类标志每件有自己的 {ItemCode.Length} 位编码（共 {mark.Items} 件）。单凭这一半说明不了手中这件的真假。",
        $"This is only the first half: each item of this mark bears its own code of {ItemCode.Length} characters ({mark.Items} items). "
        + "This half says nothing about the item you hold.");

    private static Text OftenOpened(Scans scans) => new(
        $"每件只有一个编码，通常只打开几次；它已在 {scans.Days} 天里打开 {scans.Total} 次。若东西刚到手，请仔细核对。",
        $"Each item has a code of its own, which is usually opened a few times; this one was opened {Count(scans.Total, "time")} on "
        + $"{Count(scans.Days, "day")}. If the item is new to you, compare carefully.");

    /// <summary>What it was issued for: whoever holds something else holds a copy.</summary>
    private static Html Issued(Page page, MarkView mark)
    {
        Html Row(string name, string? value) => value is null ? Html.None : Html.Of($"<dt>{name}</dt><dd>{value}</dd>");
        return Html.Of($"""
            <section class="card ask"><h2>{page.T("这与您手中或眼前的一致吗？", "Does this match what you hold or see?")}</h2>
            <p class="for">{mark.Text}</p>
            <dl>{Row(page.T("颁发给", "Issued to"), page.Language == Language.En && mark.Certificate.Holder.NameEn is { } english ? $"{english} · {mark.Certificate.Holder.Name}" : mark.Certificate.Holder.Name)}{Row(page.T("用于", "To be put on"), page.T(mark.Placement.Name()))}{Row(page.T("件号", "Item"), mark.Item is { } item ? page.T($"第 {item.Serial} 件（共 {mark.Items} 件）", $"{item.Serial} of {mark.Items}") : null)}{Row(page.T("印制批次", "Print run"), mark.Run)}{Row("GTIN", mark.Gtin)}{Row("GDTI", mark.Gdti)}</dl>
            <p>{page.T("不一致，就可能是从别处复制来的标志。", "If not, the mark may have been copied from elsewhere.")} <a href="{page.Link($"/report?code={mark.Item?.Code ?? mark.Code}")}" class="noprint">{page.T("不一致，我要举报", "It does not match: report it")}</a></p></section>
            """);
    }

    private static readonly Text kept = new(
        "我们只记打开的次数和日子，不记网络地址、设备或地点。为不把刷新也算一次，网络地址只以打乱的形式在内存中停留至多二十分钟。",
        "Only the number of openings and their days are kept: no network address, no device, no place. So that looking again is not counted, "
        + "the address stays in memory, scrambled, for at most twenty minutes.");

    private static string Count(int number, string word) => number == 1 ? $"1 {word}" : $"{number} {word}s";

    private static Html About(Page page, MarkView mark, Scans scans)
    {
        var first = DateTimeOffset.FromUnixTimeMilliseconds(scans.FirstAt);
        var opened = scans.Total == 0 ? ""
            : mark.Item is null ? page.T($"同一图样可印很多次，所以打开次数说明不了真假。此页已在 {scans.Days} 天里打开 {scans.Total} 次。", $"One design may be printed many times, so the number of openings proves nothing. This page was opened {Count(scans.Total, "time")} on {Count(scans.Days, "day")}.")
            : scans.Total == 1 ? page.T("这个编码此刻是第一次打开。", "This code is opened for the first time now.")
            : page.T($"这个编码第一次打开是 {CertificatePages.Local(first)}，至今在 {scans.Days} 天里打开 {scans.Total} 次。", $"This code was first opened {CertificatePages.Local(first)}, and {Count(scans.Total, "time")} on {Count(scans.Days, "day")} so far.");
        var ranges = mark.Withdrawn is not { Length: > 0 } withdrawn ? Html.None
            : Html.Of($"<p>{page.T("已撤回的件号：", "Items withdrawn: ")}{string.Join(page.T("；", "; "), withdrawn.Select(r => (r.First == r.Last ? $"{r.First}" : $"{r.First}–{r.Last}") + page.T($"（自 {CertificatePages.Local(r.At)}）", $" (since {CertificatePages.Local(r.At)})")))}</p>");
        return Html.Of($"""
            <p>{page.T($"颁发于 {CertificatePages.Local(mark.IssuedAt)}，编码", $"Issued {CertificatePages.Local(mark.IssuedAt)}, code")} <span class="code">{MarkWording.Spaced(mark.Item?.Code ?? mark.Code)}</span></p>
            <p>{opened}</p>{ranges}
            <p class="soft small">{page.T(kept)}</p>
            {(mark.WithdrawnAt is null && mark.Certificate.Status is (Status.Valid or Status.NotYetValid) ? Html.Of($"<p class=\"noprint\"><a href=\"{page.Link($"/m/{mark.Item?.Code ?? mark.Code}/print")}\">{page.T("印制此标志", "Print this mark")}</a></p>") : Html.None)}
            """);
    }

    // ---- printing

    public static Task Print(string code, [AsParameters] ArtworkQuery query, string? dpi, HttpContext context, Database database, TimeProvider time, Settings settings, PublicAddress address, MarkFont font)
    {
        var page = new Page(context, settings);
        var mark = database.Read(db => MarkView.Of(db, code, address.Base, Day.Of(time.GetUtcNow())), context.RequestAborted);
        if (mark.WithdrawnAt is not null) throw new FaultException(new Fault(Refusal.MarkWithdrawn));
        if (mark.Certificate.Status is not (Status.Valid or Status.NotYetValid)) throw new FaultException(new Fault(Refusal.NoArtworkNow));
        var asked = context.Request.Query;
        query = query with { Lang = page.T("zh", "en") };
        if (string.IsNullOrEmpty(dpi)) dpi = "300";
        string Or(string name, string otherwise) => asked[name].ToString() is { Length: > 0 } text ? text : otherwise;
        var own = mark.Item?.Code ?? mark.Code;
        // A serialised mark is shown by an item like any of its items: all their codes are as long, and so is the symbol.
        var wording = MarkWording.Of(mark, address.Base, address.Host, new() { Language = font.Present ? page.Language : Language.En, LowerCase = asked["case"] == "lower" });
        if (mark.Items is not null && mark.Item is null) wording = wording with { Url = wording.Url + new string('0', Identifier.Length) };

        Html result;
        try
        {
            var art = new Artwork(wording, query.Read([]), font);
            var (width, height) = art.Trim;
            var parameters = string.Join('&', asked.Where(p => p.Key is "size" or "ec" or "layout" or "ink" or "paper" or "bleed" or "case" && p.Value.ToString().Length > 0).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value.ToString())}").Append("lang=" + page.T("zh", "en")));
            result = mark.Items is not null && mark.Item is null
                ? Html.Of($"<p>{page.T($"成品 {width} × {height} 毫米。分件编码的图样由认证机构用密钥取得：", $"Finished {width} × {height} mm. The artwork of its items is fetched by the body with its key: ")}<span class=\"code\">/v1/marks/{mark.Code}/labels.pdf</span>, <span class=\"code\">/v1/marks/{mark.Code}/items.csv</span></p>")
                : Html.Of($"""
                <p>{page.T($"成品 {width} × {height} 毫米（不含出血）。", $"Finished {width} × {height} mm (without bleed).")}</p>
                {(art.LeftOut.Count == 0 ? Html.None : Html.Of($"<p class=\"note\">{page.T($"本机没有中文字体，这个图样没有写：{string.Join("、", art.LeftOut.Select(part => part.Zh))}。码可以扫；请运营者安装中文字体后再印。", $"This machine has no Chinese font; the artwork does not say: {string.Join(", ", art.LeftOut.Select(part => part.En))}. The code scans; ask the operator to install a font before printing.")}</p>"))}
                <p><img class="art" src="/v1/marks/{own}.svg?{parameters}" alt="{page.T("图样预览", "Preview of the artwork")}"></p>
                <p><a class="button" href="/v1/marks/{own}.pdf?{parameters}">PDF</a> <a class="button" href="/v1/marks/{own}.svg?{parameters}">SVG</a> <a class="button" href="/v1/marks/{own}.png?{parameters}&amp;dpi={dpi}">PNG</a> {OnA4(page, $"/v1/marks/{own}.pdf?{parameters}", art.PerSheet)}</p>
                """);
        }
        catch (FaultException refused)
        {
            result = Html.Of($"<p class=\"note fault\" role=\"alert\"><b>{page.T("不能这样印：", "Not like this: ")}</b>{string.Join(" ", refused.Faults.Select(fault => fault.Message(page.Language)))}</p>");
        }
        var letters = Or("case", "upper");
        Html Option(string value, string name, string chosen) => Html.Of($"<option value=\"{value}\"{new Html(value == chosen ? " selected" : "")}>{name}</option>");
        var (layout, correction) = (Or("layout", "label"), Or("ec", "M").ToUpperInvariant());
        return page.Write(page.T("印制标志", "Print the mark"), Html.Of($"""
            <h1>{page.T("印制标志", "Print the mark")}</h1>
            <p class="for">{mark.Text}</p><p class="soft">{CertificatePages.Holder(page, mark.Certificate)} · {page.T(mark.Placement.Name())}</p>
            <form class="row" method="get" action="/m/{own}/print">{page.LanguageField}
            <label>{page.T("码的边长（毫米，含白边）", "Side of the code (mm, with its margin)")}<input name="size" inputmode="decimal" value="{Or("size", "30")}"></label>
            <label>{page.T("纠错等级", "Error correction")}<select name="ec">{Option("L", "L 7 %", correction)}{Option("M", "M 15 %", correction)}{Option("Q", "Q 25 %", correction)}{Option("H", "H 30 %", correction)}</select></label>
            <label>{page.T("版式", "Layout")}<select name="layout">{Option("label", page.T("文字在下", "text under the code"), layout)}{Option("wide", page.T("文字在旁", "text beside it"), layout)}{Option("code", page.T("只有码", "code alone"), layout)}</select></label>
            <label>{page.T("墨色", "Ink")}<input name="ink" value="{Or("ink", "000000")}" maxlength="7"></label>
            <label>{page.T("底色", "Ground")}<input name="paper" value="{Or("paper", "ffffff")}" maxlength="7"></label>
            <label>{page.T("出血（毫米）", "Bleed (mm)")}<input name="bleed" inputmode="decimal" value="{Or("bleed", "0")}"></label>
            <label>{page.T("码中网址", "Address in the code")}<select name="case">{Option("upper", page.T("大写（码最小）", "capitals (smallest code)"), letters)}{Option("lower", page.T("小写（个别扫码器需要）", "small letters (some scanners need them)"), letters)}</select></label>
            <label>{page.T("打印机分辨率（dpi）", "Printer (dpi)")}<input name="dpi" inputmode="numeric" value="{dpi}"></label>
            <button>{page.T("看看", "Show")}</button></form>
            {result}
            <h2>{page.T("最小能印多大", "How small it may be")}</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="{page.T("最小尺寸", "Smallest sizes")}"><table><caption>{page.T($"码的边长（毫米，含四个模块的白边），内容：{wording.Url}。模块不小于 GS1 规定的 0.396 毫米。", $"Side of the code in mm, its margin of four modules included, for {wording.Url}. A module is not below GS1's 0.396 mm.")}</caption>
            <thead><tr><th>{page.T("纠错", "Correction")}</th><th class="n">SVG/PDF</th><th class="n">203 dpi</th><th class="n">300 dpi</th><th class="n">600 dpi</th><th>{page.T("用在", "For")}</th></tr></thead><tbody>
            {Html.Join(Enum.GetValues<ErrorCorrection>().Select(level =>
            {
                var qr = new QrCode(wording.Url, level);
                var use = level switch { ErrorCorrection.L => page.T("屏幕、干净的印刷品", "screens, clean print"), ErrorCorrection.M => page.T("纸盒、说明书（通常的选择）", "boxes, leaflets (the usual choice)"), ErrorCorrection.Q => page.T("会磨损的包装、门贴", "packages that wear, door stickers"), ErrorCorrection.H => page.T("户外、易污处", "outdoors, where it gets dirty") };
                return Html.Of($"<tr><td>{level.ToString()}</td><td class=\"n\">{qr.Smallest()}</td><td class=\"n\">{qr.Smallest(203)}</td><td class=\"n\">{qr.Smallest(300)}</td><td class=\"n\">{qr.Smallest(600)}</td><td>{use}</td></tr>");
            }))}
            </tbody></table></div>
            <p>{page.T($"带文字时，文字在下至少 {Artwork.SmallestWithText(MarkLayout.Label)} 毫米，在旁至少 {Artwork.SmallestWithText(MarkLayout.Wide)} 毫米，字高才不低于 {Artwork.SmallestText} 毫米。", $"With text the side is at least {Artwork.SmallestWithText(MarkLayout.Label)} mm (under) or {Artwork.SmallestWithText(MarkLayout.Wide)} mm (beside), so that letters are not below {Artwork.SmallestText} mm.")} {(font.Present ? "" : page.T("本机没有中文字体：只印得出拉丁字母写的内容。", "This machine has no Chinese font: only what is written in Latin letters can be printed."))}</p>
            <h2>{page.T("印得好扫", "So that it scans")}</h2>
            <ul><li>{page.T("读码距离大约是边长的十倍：30 毫米在 30 厘米处，150 毫米的门贴在 1.5 米处。", "It is read from about ten times its side: 30 mm at 30 cm, a door sticker of 150 mm at 1.5 m.")}</li>
            <li>{page.T("深色印在浅色上，不反白；不用红、橙作墨色：扫描器以红光读码。", "Dark on light, never inverted; no red or orange ink: scanners read by red light.")}</li>
            <li>{page.T("白边里什么都不印；不裁、不拉伸、不压在图案上。", "Print nothing in the white margin; do not crop, stretch or lay it over a pattern.")}</li>
            <li>{page.T("选哑光材料；曲面上码宽不超过直径的三分之一。", "Choose matt material; on a curve no wider than a third of the diameter.")}</li>
            <li>{page.T($"付印前用两部手机扫样张，看打开的是不是 {page.Host}。", $"Before the run, scan a proof with two phones and see that {page.Host} opens.")}</li></ul>
            """));
    }

    /// <summary>As many as fit; more than two are worth a sheet.</summary>
    private static Html OnA4(Page page, string file, int count) => count < 2 ? Html.None
        : Html.Of($"<a class=\"button plain\" href=\"{file}&amp;copies={count}&amp;paperSize=a4\">{page.T($"A4 一张 {count} 枚", $"{count} on A4")}</a>");

    // ---- reports

    public static Task ReportForm(string? code, HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("举报误用", "Report misuse"), Form(page, code, null, null, null, Html.None));
    }

    private static Html Form(Page page, string? code, string? kind, string? place, string? text, Html faults) => Html.Of($"""
        <h1>{page.T("举报标志误用", "Report a misused mark")}</h1>
        <p>{page.T("不用登录，也不用留姓名电话：请不要写个人信息。举报交给颁发标志的认证机构和本登记簿的运营者。", "No login, no name, no phone number: please write no personal data. The report goes to the body that issued the mark and to the operator of this registry.")}</p>
        {faults}
        <form method="post" action="{page.Link("/report")}">
        <p><label>{page.T("标志或证书的编码（扫码可得；没有可空）", "Code of the mark or certificate (from scanning; may be left blank)")}<input name="code" maxlength="{MaxCode}" value="{code}" autocomplete="off"></label></p>
        <fieldset><legend>{page.T("看到了什么", "What you saw")}</legend>{Html.Join(kinds.Select(k => Html.Of($"<label class=\"choice\"><input type=\"radio\" name=\"kind\" value=\"{Word(k.Kind)}\" required{new Html(kind == Word(k.Kind) ? " checked" : "")}>{page.T(k.Name)}</label>")))}</fieldset>
        <p><label>{page.T("在哪里看到（如城市与店名、网址；可空）", "Where (such as city and shop, or a web address; may be blank)")}<input name="place" maxlength="200" value="{place}"></label></p>
        <p><label>{page.T("还想说明的（可空，最多 1000 字）", "Anything to add (may be blank, at most 1,000 characters)")}<textarea name="text" maxlength="1000">{text}</textarea></label></p>
        <p><button>{page.T("提交举报", "Send the report")}</button></p></form>
        <p class="soft small">{page.T("为防滥用，同一网络十分钟内最多五次；网络地址只以打乱的形式在内存中停留十分钟，不保存。", "Against abuse one network may send five in ten minutes; its address stays in memory, scrambled, for ten minutes and is not stored.")}</p>
        """);

    public static async Task Report(HttpContext context, Database database, Settings settings, ReportLimit limit, Transparency.LogIdentity identity)
    {
        // What a mirror kept would reach neither the body nor the operator.
        if (identity.IsMirror) throw new FaultException(new Fault(Refusal.Mirror, "", identity.Key.Name));
        var page = new Page(context, settings);
        var form = await Page.ReadForm(context, MaxReport);
        var faults = new List<(string Field, Fault Fault)>();
        string? Clean(string name, int most)
        {
            var (clean, refusal) = PlainText.Clean(form[name].ToString().ReplaceLineEndings(" "), most);
            if (refusal is not null) faults.Add((name, new(refusal, "/" + name, most)));
            return clean;
        }
        var (code, place, text) = (Clean("code", MaxCode), Clean("place", 200), Clean("text", 1000));
        var kind = form["kind"].ToString();
        if (kinds.All(k => Word(k.Kind) != kind)) faults.Add(("kind", new(Refusal.Required, "/kind")));
        if (faults.Count > 0)
        {
            var names = new Dictionary<string, string> { ["code"] = page.T("编码", "Code"), ["kind"] = page.T("看到了什么", "What you saw"), ["place"] = page.T("在哪里", "Where"), ["text"] = page.T("说明", "Anything to add") };
            var list = Html.Of($"<p class=\"note fault\" role=\"alert\">{string.Join(" ", faults.Select(f => $"{names[f.Field]}{page.T("：", ": ")}{f.Fault.Message(page.Language)}"))}</p>");
            await page.Write(page.T("举报误用", "Report misuse"), Form(page, form["code"], kind, form["place"], form["text"], list), 422);
            return;
        }
        var parsed = code is null ? null : ItemCode.Parse(code);
        limit.Take(Client.Of(context)?.ToString() ?? "", parsed?.Mark);
        var receipt = await database.WriteAsync(transaction =>
        {
            var body = parsed is not { } known ? null : MarkStore.Find(transaction.Connection, known.Mark)?.BodyNumber ?? CertificateStore.Find(transaction.Connection, known.Mark)?.BodyNumber;
            return ReportStore.Add(transaction, new() { Code = parsed is { } p ? p.Mark + p.Item : code, Body = body, Kind = kind, Place = place, Text = text });
        });
        await page.Write(page.T("已收到举报", "Report received"), Html.Of($"""
            <h1>{page.T("已收到，谢谢", "Received, thank you")}</h1>
            <p>{page.T("回执号", "Receipt")} <b class="code">{receipt}</b></p>
            <p>{page.T("认证机构和运营者会看到这份举报。我们不知道您是谁，因此不会回复；向认证机构询问时请报回执号。", "The body and the operator will see it. We do not know who you are and cannot answer; name the receipt when you ask the body.")}</p>
            <p><a href="{page.Link("/")}">{page.T("回到查询", "Back to the search")}</a></p>
            """));
    }

    private static string Word(MisuseKind kind) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
