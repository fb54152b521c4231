using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Registry.Custody;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>What every page shares: language, links that keep it, head and foot, and the headers that keep strangers out.</summary>
public sealed class Page(HttpContext context, Settings settings)
{
    private static readonly byte[]
        css = Asset("site.css"), script = Asset("site.js"), icon = Asset("icon.svg"), picture = Asset("icon.png");
    /// <summary>What is opened by scanning is for people. Crawlers tell paths apart by case, and QR codes write them in capitals.</summary>
    private static readonly string[] uncrawled = ["/m/", "/M/", "/w/", "/a/", "/A/", "/report", "/v1/"];
    private static readonly string version = Convert.ToHexStringLower(SHA256.HashData([.. css, .. script, .. icon]))[..8];
    private static readonly Html mark = new(System.Text.Encoding.UTF8.GetString(icon).Replace("<svg ", "<svg aria-hidden=\"true\" "));

    private readonly bool chosen = context.Request.Query["lang"].ToString().Length > 0;
    private readonly PublicAddress address = context.RequestServices.GetRequiredService<PublicAddress>();

    public Language Language { get; } = Languages.Of(context);

    public string T(string zh, string en) => Language == Language.En ? en : zh;
    public string T([InterpolatedStringHandlerArgument("")] InChinese zh, [InterpolatedStringHandlerArgument("")] InEnglish en) =>
        Language == Language.En ? en.Made() : zh.Made();
    public string T(Text text) => text[Language];

    /// <summary>A link within the registry that keeps a language chosen by hand.</summary>
    public string Link(string path) => chosen ? $"{path}{(path.Contains('?') ? '&' : '?')}lang={T("zh", "en")}" : path;

    /// <summary>Keeps the language in a form that is sent by GET.</summary>
    public Html LanguageField =>
        chosen ? Html.Of($"<input type=\"hidden\" name=\"lang\" value=\"{T("zh", "en")}\">") : Html.None;

    /// <summary>The host a phone must show: marks name it, and so does every page.</summary>
    public string Host => field ??= address.Host;

    /// <summary>The registry's public address.</summary>
    public string Base => field ??= address.Base;

    /// <summary>What this page adds to the head: its description, its picture for those who share it, data for machines.</summary>
    public Html Head { get; set; }

    /// <summary>One sentence for search engines and previews.</summary>
    public string Description { get; set; } = "";

    /// <summary>Up to when what it shows is known, for every "as of".</summary>
    public DateTimeOffset AsOf => Known.Now;

    private KnownTo Known => context.RequestServices.GetRequiredService<KnownTo>();

    private static readonly Text
        forked = new(
            "警告：本站所镜像的日志，其密钥签署了诚实的日志不会签署的内容。本站已停止跟随，以下为最后一次核实的内容。",
            "Warning: the key of the log that this site mirrors has signed what no honest log signs. "
                + "This site follows it no longer; what you see is the last state that was proven."),
        unlevel = new(
            "本站尚未与登记机构同步完成，以下内容可能不全。",
            "This site has not caught up with the registry it mirrors yet: what you see may be incomplete."),
        anyone = new(
            "任何人都可以免费查询认证证书与标志的真实状态。",
            "Anyone may check the true status of certificates and marks, free of charge."),
        name = new("认证证书登记簿", "Certificate registry");

    private static Text Old(DateTimeOffset at) => new(
        $"以下内容截至 {CertificatePages.Local(at)}（北京时间），此后的变更本站尚不知道。",
        $"What you see is as of {CertificatePages.Local(at)} (Beijing time): this site does not know what has changed since.");

    private static Text Belongs(string host) => new(
        $"本页应来自 {host}；浏览器地址栏若不是它，请勿相信。查询不需登录，也不收费。",
        $"This page belongs to {host}; if your browser shows another address, do not trust it. Checking needs no login and no payment.");

    /// <summary>What whoever reads a mirror has to know first: that the log was caught lying, or how old this is.</summary>
    private Html Warnings()
    {
        if (context.RequestServices.GetService<Mirror>() is not { } mirror) return Html.None;
        var evidence = Html.Of($"<a href=\"/log/evidence\">{T("证据", "Evidence")}</a>");
        var alarm = mirror.Misbehaviour is null ? Html.None
            : Html.Of($"<p class=\"note fault\" role=\"alert\">{T(forked)} {evidence}</p>\n");
        var age = !mirror.CaughtUp ? unlevel : Known.IsOld ? Old(AsOf) : null;
        return age is null ? alarm : Html.Of($"{alarm}<p class=\"note\" role=\"status\">{T(age)}</p>\n");
    }

    /// <summary>That the data are invented; empty where they are not. On every page, on paper too.</summary>
    public string DemoNote => settings.DataFile == Settings.DemoFile ? T(Settings.DemoNotice) : "";

    /// <summary>Whether it tells a status, which may turn: then no copy is kept, so that the Back button asks anew. Where a browser keeps
    /// the whole page alive all the same, site.js asks.</summary>
    public bool ShowsStatus { get; init; }

    /// <summary>Whether it shows what only who knows its address may see: no copy is kept, and no search engine let in.</summary>
    public bool Confidential { get; init; }

    /// <summary>Whether search engines may list it.</summary>
    public bool Crawled { get; init; } = true;

    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public Task Write(string title, Html.Builder body, int status = 200)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = ShowsStatus || Confidential ? "no-store" : "no-cache";
        if (!Crawled || Confidential) response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.Headers.Vary = "Accept, Accept-Language, Accept-Encoding";
        response.Headers.ContentLanguage = T("zh-CN", "en");
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=()";
        var stale = Freshness.AgeOf(context) is { } age
            ? Html.Of($"<p class=\"note stale\" role=\"status\">{T(Freshness.AsOf(age))}</p>\n") : Html.None;
        var (otherTongue, otherName) = (T("en", "zh-CN"), T("English", "中文"));
        var mayBeKept = !ShowsStatus && status == StatusCodes.Status200OK;
        return Html.Send(context, mayBeKept, $"""
            <!doctype html>
            <html lang="{T("zh-CN", "en")}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} · {T(name)}</title>
            <meta name="description" content="{(Description.Length > 0 ? Description : T(anyone))}">
            {Head}<link rel="icon" href="/assets/icon.svg?v={version}" type="image/svg+xml">
            <link rel="apple-touch-icon" href="/assets/icon.png?v={version}">
            <link rel="stylesheet" href="/assets/site.css?v={version}">
            <script src="/assets/site.js?v={version}" defer></script>
            </head>
            <body>
            <a class="skip" href="#main">{T("跳到正文", "Skip to content")}</a>
            <header class="top"><nav class="bar" aria-label="{T("主导航", "Main")}">
            <a class="brand" href="{Link("/")}">{mark}{T(name)}</a>
            <a class="lang" href="{InOther}" lang="{otherTongue}" hreflang="{otherTongue}">{otherName}</a>
            {Navigation}</nav></header>
            <main id="main"{new Html(ShowsStatus ? " data-fresh=\"60\"" : "")}>
            {stale}{Warnings()}{body}
            </main>
            {Foot}
            </body>
            </html>
            """);
    }

    /// <summary>The address of this page in the other language.</summary>
    private string InOther
    {
        get
        {
            static string Pair(string name, string? value) => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value ?? "")}&";
            var parameters = !context.Request.QueryString.HasValue ? ""
                : string.Concat(context.Request.Query.Where(parameter => parameter.Key != "lang")
                    .SelectMany(parameter => parameter.Value, (parameter, value) => Pair(parameter.Key, value)));
            return $"{context.Request.Path}?{parameters}lang={T("en", "zh")}";
        }
    }

    // ---- what is the same on very many pages: made once, by all that it hangs on

    private static readonly ConcurrentDictionary<(Language, bool IsChosen, int Current), Html> navigations = [];
    private static readonly ConcurrentDictionary<(Language, bool IsChosen, string Host, string? IcpNumber, string Demo), Html> feet = [];
    private static readonly (string Path, Text Name)[] rooms =
    [
        ("/verify", new("批量核验", "Check a list")), ("/schemes", new("等级说明", "Levels")), ("/categories", new("认证项目", "Categories")),
    ];

    private Html Navigation
    {
        get
        {
            var current = Array.FindIndex(rooms, room => context.Request.Path == room.Path);
            return navigations.GetOrAdd((Language, chosen, current), static (key, page) => page.NavigationFrom(key.Current).Kept(), this);
        }
    }

    private Html NavigationFrom(int current)
    {
        Html Current(int room) => new(room == current ? " aria-current=\"page\"" : "");
        Html Room(int i) => Html.Of($"<a href=\"{Link(rooms[i].Path)}\"{Current(i)}>{T(rooms[i].Name)}</a>");
        return Html.Of($"{Room(0)}\n{Room(1)}\n{Room(2)}");
    }

    private Html Foot =>
        feet.GetOrAdd((Language, chosen, Host, settings.IcpNumber, DemoNote), static (_, page) => page.MadeFoot().Kept(), this);

    private Html MadeFoot()
    {
        var demo = DemoNote.Length > 0 ? Html.Of($"<p class=\"demo\">{DemoNote}</p>") : Html.None;
        var icp = settings.IcpNumber is { Length: > 0 } number
            ? Html.Of($" · <a href=\"https://beian.miit.gov.cn/\" rel=\"noreferrer\">{number}</a>") : Html.None;
        return Html.Of($"""
            <footer><p>{T(Belongs(Host))}</p>
            <p><a href="{Link("/about")}">{T("如何查验、留存什么", "How to check, and what is kept")}</a>
            · <a href="{Link("/report")}">{T("举报误用", "Report misuse")}</a>
            · <a href="{Link("/log")}">{T("公开日志", "Public log")}</a>
            · <a href="{Link("/data")}">{T("开放数据", "Open data")}</a>
            · <a href="{Link("/check")}">{T("核对文件", "Check a file")}</a>
            · <a href="{Link("/docs")}">API</a>{icp}</p>{demo}</footer>
            """);
    }

    public static void MapAssets(IEndpointRouteBuilder routes)
    {
        void Map(string path, byte[] bytes, string type) => routes.MapGet(path, (string? v, HttpContext http) =>
        {
            // The address of style and script holds their hash, so a copy is good for ever; the icon has none where a browser guesses its
            // address.
            (v is not null ? Keeping.ForGood : Keeping.OfTheProgram).Tell(http.Response.Headers);
            return Results.Bytes(bytes, type);
        }).WithMetadata(new NeedsNoLog());
        Map("/assets/site.css", css, "text/css; charset=utf-8");
        Map("/assets/site.js", script, "text/javascript; charset=utf-8");
        Map("/assets/icon.svg", icon, "image/svg+xml");
        Map("/assets/icon.png", picture, "image/png");
        Map("/favicon.ico", picture, "image/png");
        routes.MapGet("/robots.txt", Robots).WithMetadata(new NeedsNoLog()).Keeps(Keeping.OfTheProgram);
    }

    private static IResult Robots(PublicAddress address)
    {
        var rules = string.Concat(uncrawled.Select(path => $"Disallow: {path}\n"));
        return Results.Text($"User-agent: *\n{rules}Sitemap: {address.Base}/sitemap.xml\n", "text/plain; charset=utf-8");
    }

    internal static byte[] Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("assets/" + name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
