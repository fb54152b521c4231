using System.Text.Json;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>How anybody reports that a mark is misused.</summary>
public static class ReportPages
{
    /// <summary>Bytes of a field as a browser encodes it: nine for an ideograph.</summary>
    private const int MaxReport = 40_000;
    /// <summary>Characters of the longest code with an address around it, of a place, of what is added.</summary>
    private const int MaxCode = 200, MaxPlace = 200, MaxText = 1000;

    private static readonly (MisuseKind Kind, Text Name)[] kinds =
    [
        (MisuseKind.DoesNotMatch, new("标志与商品、门店或企业不符", "The mark does not match the product, the shop or the company")),
        (MisuseKind.LooksCopied, new("看起来是复制或翻印的", "It looks copied or printed over")),
        (MisuseKind.UsedAfterEnd, new("证书已失效或标志已撤回，仍在使用", "It is still used although the certificate ended or the mark was withdrawn")),
        (MisuseKind.UnknownMark, new("扫出来查不到", "The registry does not know it")),
        (MisuseKind.Overstated, new("宣传夸大了认证的含义", "Advertising overstates what was certified")),
        (MisuseKind.Other, new("其他", "Something else")),
    ];

    private static readonly Text
        title = new("举报误用", "Report misuse"),
        noName = new(
            "不用登录，也不用留姓名电话：请不要写个人信息。举报交给颁发标志的认证机构和本登记簿的运营者。",
            "No login, no name, no phone number: please write no personal data. "
            + "The report goes to the body that issued the mark and to the operator of this registry."),
        code = new("标志或证书的编码（扫码可得；没有可空）", "Code of the mark or certificate (from scanning; may be left blank)"),
        place = new("在哪里看到（如城市与店名、网址；可空）", "Where (such as city and shop, or a web address; may be blank)"),
        more = new("还想说明的（可空，最多 1000 字）", "Anything to add (may be blank, at most 1,000 characters)"),
        notKept = new(
            "为防滥用，同一网络十分钟内最多五次；网络地址只以打乱的形式在内存中停留十分钟，不保存。",
            "Against abuse one network may send five in ten minutes; "
            + "its address stays in memory, scrambled, for ten minutes and is not stored."),
        received = new(
            "认证机构和运营者会看到这份举报。我们不知道您是谁，因此不会回复；向认证机构询问时请报回执号。",
            "The body and the operator will see it. We do not know who you are and cannot answer; name the receipt when you ask the body.");

    /// <summary>What somebody typed: the fields of the form.</summary>
    private sealed record Typed(string? Code, string? Kind = null, string? Place = null, string? Text = null);

    public static Task Form(string? code, HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T(title), $"{Form(page, new(code), Html.None)}");
    }

    private static Html Form(Page page, Typed typed, Html faults) => Html.Of($"""
        <h1>{page.T("举报标志误用", "Report a misused mark")}</h1>
        <p>{page.T(noName)}</p>
        {faults}
        <form method="post" action="{page.Link("/report")}">
        <p><label>{page.T(code)}<input name="code" maxlength="{MaxCode}" value="{typed.Code}" autocomplete="off"></label></p>
        <fieldset><legend>{page.T("看到了什么", "What you saw")}</legend>
        {Html.Join(kinds.Select(kind => Choice(page, kind.Kind, kind.Name, typed)))}</fieldset>
        <p><label>{page.T(place)}<input name="place" maxlength="{MaxPlace}" value="{typed.Place}"></label></p>
        <p><label>{page.T(more)}<textarea name="text" maxlength="{MaxText}">{typed.Text}</textarea></label></p>
        <p><button>{page.T("提交举报", "Send the report")}</button></p></form>
        <p class="soft small">{page.T(notKept)}</p>
        """);

    private static Html Choice(Page page, MisuseKind kind, Text name, Typed typed)
    {
        var isChosen = new Html(typed.Kind == Word(kind) ? " checked" : "");
        return Html.Of($"""
            <label class="choice"><input type="radio" name="kind" value="{Word(kind)}" required{isChosen}>{page.T(name)}</label>
            """);
    }

    public static async Task Send(HttpContext context, Database database, Settings settings, ReportLimit limit, LogIdentity identity)
    {
        // What a mirror kept would reach neither the body nor the operator.
        if (identity.IsMirror) throw new FaultException(Refusal.Mirror, "", identity.Key.Name);
        var page = new Page(context, settings);
        var form = await SentForm.Read<Typed>(context, MaxReport);
        var faults = new List<(string Field, Fault Fault)>();
        string? Clean(string name, string? text, int most)
        {
            var (clean, refusal) = PlainText.Clean((text ?? "").ReplaceLineEndings(" "), most);
            if (refusal is not null) faults.Add((name, new(refusal, "/" + name, most)));
            return clean;
        }
        var typed = new Typed(
            Clean("code", form.Code, MaxCode), form.Kind, Clean("place", form.Place, MaxPlace), Clean("text", form.Text, MaxText));
        if (kinds.All(known => Word(known.Kind) != typed.Kind)) faults.Add(("kind", new(Refusal.Required, "/kind")));
        if (faults.Count > 0)
        {
            await page.Write(page.T(title), $"{Form(page, form, Faults(page, faults))}", StatusCodes.Status422UnprocessableEntity);
            return;
        }
        var parsed = typed.Code is null ? null : ItemCode.Parse(typed.Code);
        limit.Take(Client.Of(context)?.ToString() ?? "", parsed?.Mark);
        var receipt = await database.WriteAsync(transaction => Keep(transaction, typed, parsed));
        await page.Write(page.T("已收到举报", "Report received"), $"""
            <h1>{page.T("已收到，谢谢", "Received, thank you")}</h1>
            <p>{page.T("回执号", "Receipt")} <b class="code">{receipt}</b></p>
            <p>{page.T(received)}</p>
            <p><a href="{page.Link("/")}">{page.T("回到查询", "Back to the search")}</a></p>
            """);
    }

    private static Html Faults(Page page, List<(string Field, Fault Fault)> faults)
    {
        var sentences = faults.Select(one => $"{page.T(Name(one.Field))}{page.T("：", ": ")}{one.Fault.Message(page.Language)}");
        return Html.Of($"<p class=\"note fault\" role=\"alert\">{string.Join(" ", sentences)}</p>");
    }

    private static Text Name(string field) => field switch
    {
        "code" => new("编码", "Code"),
        "kind" => new("看到了什么", "What you saw"),
        "place" => new("在哪里", "Where"),
        _ => new("说明", "Anything to add"),
    };

    /// <summary>Keeps it for the body that the code leads to, where it leads to one.</summary>
    private static string Keep(Transaction transaction, Typed typed, (string Mark, string? Item)? parsed)
    {
        var (db, body) = (transaction.Connection, (string?)null);
        if (parsed is { } known) body = MarkStore.Find(db, known.Mark)?.BodyNumber ?? CertificateStore.Find(db, known.Mark)?.BodyNumber;
        var told = parsed is { } read ? read.Mark + read.Item : typed.Code;
        return ReportStore.Add(transaction, new() { Code = told, Body = body, Kind = typed.Kind!, Place = typed.Place, Text = typed.Text });
    }

    private static string Word(MisuseKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
