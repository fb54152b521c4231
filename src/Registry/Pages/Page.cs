using System.Reflection;
using System.Security.Cryptography;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Pages;

/// <summary>What every page shares: language, links that keep it, head and foot, and the headers that keep strangers out.</summary>
public sealed class Page(HttpContext context, Settings settings)
{
    private static readonly byte[] css = Asset("site.css"), icon = Asset("icon.svg");
    private static readonly string version = Convert.ToHexStringLower(SHA256.HashData(css))[..8];

    public Language Language { get; } = Languages.Of(context);

    public string T(string zh, string en) => Language == Language.En ? en : zh;
    public string T(Text text) => text[Language];

    /// <summary>A link within the registry that keeps a language chosen by hand.</summary>
    public string Link(string path) => context.Request.Query["lang"].ToString() is not { Length: > 0 } ? path : path + (path.Contains('?') ? '&' : '?') + "lang=" + (Language == Language.En ? "en" : "zh");

    /// <summary>Keeps the language in a form that is sent by GET.</summary>
    public Html LanguageField => context.Request.Query["lang"].ToString() is { Length: > 0 } ? Html.Of($"<input type=\"hidden\" name=\"lang\" value=\"{(Language == Language.En ? "en" : "zh")}\">") : Html.None;

    public Task Write(string title, Html body, int status = 200)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept, Accept-Language";
        response.Headers.ContentLanguage = T("zh-CN", "en");
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.XContentTypeOptions = "nosniff";
        var query = string.Join('&', context.Request.Query.Where(p => p.Key != "lang").SelectMany(p => p.Value, (p, value) => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(value ?? "")}"));
        var other = $"{context.Request.Path}?{query}{(query.Length > 0 ? "&" : "")}lang={T("en", "zh")}";
        var demo = settings.DataFile == Server.DemoFile ? Html.Of($"<p class=\"demo\">{T("演示数据：获证组织、认证机构与等级均为虚构。", "Demo data: holders, bodies and levels are invented.")}</p>") : Html.None;
        return Html.Of($"""
            <!doctype html>
            <html lang="{T("zh-CN", "en")}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} · {T("认证证书登记簿", "Certificate registry")}</title>
            <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
            <link rel="stylesheet" href="/assets/site.css?v={version}">
            </head>
            <body>
            <a class="skip" href="#main">{T("跳到正文", "Skip to content")}</a>
            <header class="top"><nav aria-label="{T("主导航", "Main")}"><a class="brand" href="{Link("/")}">{T("认证证书登记簿", "Certificate registry")}</a><a href="{Link("/verify")}">{T("批量核验", "Check a list")}</a><a href="{Link("/categories")}">{T("认证项目", "Categories")}</a><a href="{other}" lang="{T("en", "zh-CN")}" hreflang="{T("en", "zh-CN")}">{T("English", "中文")}</a></nav></header>
            <main id="main">
            {body}
            </main>
            <footer><p>{T("状态以北京时间的日期为准。任何人都可以免费查询。", "Statuses are of the calendar day in Beijing. Anyone may check, free of charge.")} <a href="{Link("/log")}">{T("公开日志", "Public log")}</a> <a href="/docs">API</a></p>{demo}</footer>
            </body>
            </html>
            """).WriteTo(response);
    }

    public static void MapAssets(IEndpointRouteBuilder routes)
    {
        IResult Serve(HttpContext http, byte[] bytes, string type)
        {
            http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Results.Bytes(bytes, type);
        }
        routes.MapGet("/assets/site.css", (HttpContext http) => Serve(http, css, "text/css; charset=utf-8")).ExcludeFromDescription();
        routes.MapGet("/assets/icon.svg", (HttpContext http) => Serve(http, icon, "image/svg+xml")).ExcludeFromDescription();
    }

    private static byte[] Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("assets/" + name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
