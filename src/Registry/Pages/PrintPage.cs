using Registry.Certificates;
using Registry.Marks;

namespace Registry.Pages;

/// <summary>How to print a mark: its artwork as wished for, how small it may be, and what makes it scan.</summary>
public static class PrintPage
{
    /// <summary>What the form holds where nothing was asked for.</summary>
    private const string
        Millimetres = "30", Dpi = "300", Correction = "M", Label = "label", Capitals = "upper", Black = "000000", White = "ffffff";

    /// <summary>What the artwork takes of what the form asks; dots an inch only where it is drawn in dots.</summary>
    private static readonly string[] ofArtwork = ["size", "ec", "layout", "ink", "paper", "bleed", "case"];

    /// <summary>Dots an inch of usual printers of labels.</summary>
    private static readonly int[] printers = [203, 300, 600];

    private static readonly Text
        title = new("印制标志", "Print the mark"),
        byKey = new("分件编码的图样由认证机构用密钥取得：", "The artwork of its items is fetched by the body with its key: "),
        notLikeThis = new("不能这样印：", "Not like this: "),
        preview = new("图样预览", "Preview of the artwork"),
        noFont = new(
            "本机没有中文字体：只印得出拉丁字母写的内容。",
            "This machine has no Chinese font: only what is written in Latin letters can be printed."),
        withText = new(
            $"带文字时，文字在下至少 {Artwork.SmallestWithText(MarkLayout.Label)} 毫米，在旁至少 {Artwork.SmallestWithText(MarkLayout.Wide)} 毫米，"
            + $"字高才不低于 {Artwork.SmallestText} 毫米。",
            $"With text the side is at least {Artwork.SmallestWithText(MarkLayout.Label)} mm (under) or "
            + $"{Artwork.SmallestWithText(MarkLayout.Wide)} mm (beside), so that letters are not below {Artwork.SmallestText} mm.");

    private static readonly Text[] advice =
    [
        new("读码距离大约是边长的十倍：30 毫米在 30 厘米处，150 毫米的门贴在 1.5 米处。",
            "It is read from about ten times its side: 30 mm at 30 cm, a door sticker of 150 mm at 1.5 m."),
        new("深色印在浅色上，不反白；不用红、橙作墨色：扫描器以红光读码。",
            "Dark on light, never inverted; no red or orange ink: scanners read by red light."),
        new("白边里什么都不印；不裁、不拉伸、不压在图案上。",
            "Print nothing in the white margin; do not crop, stretch or lay it over a pattern."),
        new("选哑光材料；曲面上码宽不超过直径的三分之一。",
            "Choose matt material; on a curve no wider than a third of the diameter."),
    ];

    public static Task Show(string code, [AsParameters] ArtworkQuery query, string? dpi, HttpContext context, Database database,
        TimeProvider time, Settings settings, PublicAddress address, MarkFont font)
    {
        var page = new Page(context, settings);
        var mark = database.Read(db => MarkView.Of(db, code, address.Base, Day.Of(time.GetUtcNow())), context.RequestAborted);
        if (mark.WithdrawnAt is not null) throw new FaultException(Refusal.MarkWithdrawn);
        mark.RequireArtwork();
        if (string.IsNullOrEmpty(dpi)) dpi = Dpi;
        var options = new ArtworkOptions
        {
            Language = font.Present ? page.Language : Language.En,
            LowerCase = context.Request.Query["case"] == "lower",
        };
        var wording = MarkWording.Of(mark, address.Base, address.Host, options);
        // A serialised mark is shown by an item like any of its items: all their codes are as long, and so is the symbol.
        if (mark.IsHalf) wording = wording with { Url = wording.Url + new string('0', Identifier.Length) };
        var smallest = Html.Of($"{page.T(withText)} {(font.Present ? "" : page.T(noFont))}");
        return page.Write(page.T(title), $"""
            <h1>{page.T(title)}</h1>
            <p class="for">{mark.Text}</p>
            <p class="soft">{CertificatePages.Holder(page, mark.Certificate)} · {page.T(mark.Placement.Name())}</p>
            {Form(page, mark, context.Request.Query, dpi)}
            {Result(page, mark, context.Request.Query, dpi, () => new Artwork(wording, (query with { Lang = Lang(page) }).Read([]), font))}
            <h2>{page.T("最小能印多大", "How small it may be")}</h2>
            {Sizes(page, wording.Url)}
            <p>{smallest}</p>
            <h2>{page.T("印得好扫", "So that it scans")}</h2>
            <ul>{Html.Join(advice.Append(Proof(page)).Select(one => Html.Of($"<li>{page.T(one)}</li>\n")))}</ul>
            """);
    }

    private static string Lang(Page page) => page.T("zh", "en");

    private static Text Proof(Page page) => new(
        $"付印前用两部手机扫样张，看打开的是不是 {page.Host}。",
        $"Before the run, scan a proof with two phones and see that {page.Host} opens.");

    // ---- what is wished for

    private static Html Form(Page page, MarkView mark, IQueryCollection asked, string dpi)
    {
        (string, string)[] corrections = [("L", "L 7 %"), ("M", "M 15 %"), ("Q", "Q 25 %"), ("H", "H 30 %")];
        (string, string)[] layouts =
        [
            (Label, page.T("文字在下", "text under the code")),
            ("wide", page.T("文字在旁", "text beside it")),
            ("code", page.T("只有码", "code alone")),
        ];
        (string, string)[] cases =
        [
            (Capitals, page.T("大写（码最小）", "capitals (smallest code)")),
            ("lower", page.T("小写（个别扫码器需要）", "small letters (some scanners need them)")),
        ];
        return Html.Of($"""
            <form class="row" method="get" action="/m/{mark.Held}/print">{page.LanguageField}
            {Number("size", page.T("码的边长（毫米，含白边）", "Side of the code (mm, with its margin)"), Millimetres)}
            {Choice("ec", page.T("纠错等级", "Error correction"), Or("ec", Correction).ToUpperInvariant(), corrections)}
            {Choice("layout", page.T("版式", "Layout"), Or("layout", Label), layouts)}
            {Colour("ink", page.T("墨色", "Ink"), Black)}
            {Colour("paper", page.T("底色", "Ground"), White)}
            {Number("bleed", page.T("出血（毫米）", "Bleed (mm)"), "0")}
            {Choice("case", page.T("码中网址", "Address in the code"), Or("case", Capitals), cases)}
            <label>{page.T("打印机分辨率（dpi）", "Printer (dpi)")}<input name="dpi" inputmode="numeric" value="{dpi}"></label>
            <button>{page.T("看看", "Show")}</button></form>
            """);

        string Or(string name, string otherwise) => asked[name].ToString() is { Length: > 0 } text ? text : otherwise;

        Html Number(string name, string label, string otherwise) =>
            Html.Of($"<label>{label}<input name=\"{name}\" inputmode=\"decimal\" value=\"{Or(name, otherwise)}\"></label>");

        Html Colour(string name, string label, string otherwise) =>
            Html.Of($"<label>{label}<input name=\"{name}\" value=\"{Or(name, otherwise)}\" maxlength=\"7\"></label>");
    }

    private static Html Choice(string name, string label, string chosen, (string Value, string Name)[] options)
    {
        var all = options.Select(option => Html.Option(option.Value, option.Name, option.Value == chosen));
        return Html.Of($"<label>{label}<select name=\"{name}\">{Html.Join(all)}</select></label>");
    }

    // ---- what comes of it

    /// <summary>The artwork and where to fetch it, or why it cannot be.</summary>
    private static Html Result(Page page, MarkView mark, IQueryCollection asked, string dpi, Func<Artwork> make)
    {
        try
        {
            var art = make();
            return mark.IsHalf ? OfItems(page, mark, art) : Files(page, mark, art, Parameters(page, asked), dpi);
        }
        catch (FaultException refused)
        {
            var faults = string.Join(" ", refused.Faults.Select(fault => fault.Message(page.Language)));
            return Html.Of($"<p class=\"note fault\" role=\"alert\"><b>{page.T(notLikeThis)}</b>{faults}</p>");
        }
    }

    private static Html OfItems(Page page, MarkView mark, Artwork art)
    {
        var (width, height) = art.Trim;
        var finished = page.T($"成品 {width} × {height} 毫米。", $"Finished {width} × {height} mm. ");
        var files = $"/v1/marks/{mark.Code}";
        return Html.Of($"""
            <p>{finished}{page.T(byKey)}<span class="code">{files}/labels.pdf</span>, <span class="code">{files}/items.csv</span></p>
            """);
    }

    private static Html Files(Page page, MarkView mark, Artwork art, string parameters, string dpi)
    {
        var (width, height) = art.Trim;
        var file = $"/v1/marks/{mark.Held}";
        var (svg, pdf) = ($"{file}.svg?{parameters}", $"{file}.pdf?{parameters}");
        var png = $"{file}.png?{parameters}&dpi={Uri.EscapeDataString(dpi)}";
        return Html.Of($"""
            <p>{page.T($"成品 {width} × {height} 毫米（不含出血）。", $"Finished {width} × {height} mm (without bleed).")}</p>
            {(art.LeftOut.Count == 0 ? Html.None : Html.Of($"<p class=\"note\">{page.T(NotWritten(art.LeftOut))}</p>"))}
            <p><img class="art" src="{svg}" alt="{page.T(preview)}"></p>
            <p>{Button(pdf, "PDF")} {Button(svg, "SVG")} {Button(png, "PNG")} {OnA4(page, pdf, MarkPaper.PerSheet(art))}</p>
            """);
    }

    private static Html Button(string file, string kind) => Html.Of($"<a class=\"button\" href=\"{file}\">{kind}</a>");

    /// <summary>What was asked for, as the artwork takes it.</summary>
    private static string Parameters(Page page, IQueryCollection asked)
    {
        var given = asked.Where(p => ofArtwork.Contains(p.Key) && p.Value.ToString().Length > 0);
        return string.Join('&', given.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value.ToString())}").Append("lang=" + Lang(page)));
    }

    private static Text NotWritten(IReadOnlyList<Text> parts) => new(
        $"本机没有中文字体，这个图样没有写：{string.Join("、", parts.Select(part => part.Zh))}。码可以扫；请运营者安装中文字体后再印。",
        $"This machine has no Chinese font; the artwork does not say: {string.Join(", ", parts.Select(part => part.En))}. "
        + "The code scans; ask the operator to install a font before printing.");

    /// <summary>As many as fit; more than two are worth a sheet.</summary>
    private static Html OnA4(Page page, string pdf, int count)
    {
        var (sheet, name) = ($"{pdf}&copies={count}&paperSize=a4", page.T($"A4 一张 {count} 枚", $"{count} on A4"));
        return count < 2 ? Html.None : Html.Of($"<a class=\"button plain\" href=\"{sheet}\">{name}</a>");
    }

    // ---- how small

    private static Html Sizes(Page page, string url)
    {
        var caption = new Text(
            $"码的边长（毫米，含四个模块的白边），内容：{url}。模块不小于 GS1 规定的 0.396 毫米。",
            $"Side of the code in mm, its margin of four modules included, for {url}. A module is not below GS1's 0.396 mm.");
        var dots = Html.Join(printers.Select(dpi => Html.Of($"<th class=\"n\">{dpi} dpi</th>")));
        var (correction, use) = (page.T("纠错", "Correction"), page.T("用在", "For"));
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="{page.T("最小尺寸", "Smallest sizes")}">
            <table><caption>{page.T(caption)}</caption>
            <thead><tr><th>{correction}</th><th class="n">SVG/PDF</th>{dots}<th>{use}</th></tr></thead><tbody>
            {Html.Join(Enum.GetValues<ErrorCorrection>().Select(Row))}
            </tbody></table></div>
            """);

        Html Row(ErrorCorrection level)
        {
            var qr = new QrCode(url, level);
            var cells = Html.Join(((decimal[])[qr.Smallest(), .. printers.Select(dpi => qr.Smallest(dpi))]).Select(Cell));
            return Html.Of($"<tr><td>{level.ToString()}</td>{cells}<td>{page.T(Use(level))}</td></tr>");
        }
    }

    private static Html Cell(decimal millimetres) => Html.Of($"<td class=\"n\">{millimetres}</td>");

    private static Text Use(ErrorCorrection level) => level switch
    {
        ErrorCorrection.L => new("屏幕、干净的印刷品", "screens, clean print"),
        ErrorCorrection.M => new("纸盒、说明书（通常的选择）", "boxes, leaflets (the usual choice)"),
        ErrorCorrection.Q => new("会磨损的包装、门贴", "packages that wear, door stickers"),
        ErrorCorrection.H => new("户外、易污处", "outdoors, where it gets dirty"),
    };
}
