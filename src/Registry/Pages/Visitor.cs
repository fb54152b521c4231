using System.Text.RegularExpressions;

namespace Registry.Pages;

/// <summary>
/// Whether a person opened a page, as far as a request tells. What fetches ahead, draws a preview for a chat or crawls says so in its
/// headers, and counts as no opening; nor does a reload. (Who opens a page again within minutes: <see cref="Marks.ScanCounter"/>.)
/// </summary>
public static partial class Visitor
{
    private static readonly object head = new();

    /// <summary>Headers by which a browser or an app says that nobody looks yet. Any value counts: there is none for a person.</summary>
    private static readonly string[] ahead = ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"];

    private const string Words =
        "(?<!cu)bot|spider|crawl|slurp|preview|externalhit|embedly|scrap|fetch|monitor|uptime|headless|lighthouse|inspection|url-?manager";

    /// <summary>Programs that fetch for others and call themselves browsers besides. Cubot makes telephones.</summary>
    [GeneratedRegex(Words, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Programs();

    /// <summary>With what every browser's User-Agent begins.</summary>
    private static readonly string[] browsers = ["Mozilla/", "Opera/"];

    /// <summary>HEAD is answered as GET is; the server leaves the content out. That nobody looked at it is kept.</summary>
    public static void AskedByHead(HttpContext context)
    {
        context.Request.Method = HttpMethods.Get;
        context.Items[head] = head;
    }

    /// <summary>Whether nothing says that it is a program, or a browser that fetches ahead. Who sends no User-Agent says nothing.</summary>
    public static bool IsPerson(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (context.Items.ContainsKey(head) || ahead.Any(headers.ContainsKey)) return false;
        // A picture, a script or a frame on another page is no visit.
        if (headers["Sec-Fetch-Dest"].ToString() is not ("" or "document")) return false;
        // Browsers ask so when they are told to reload, and when they bring an old tab back.
        if (headers.CacheControl.ToString().Contains("max-age=0", StringComparison.OrdinalIgnoreCase)) return false;
        var agent = headers.UserAgent.ToString();
        if (agent.Length == 0) return true;
        return browsers.Any(browser => agent.StartsWith(browser, StringComparison.Ordinal)) && !Programs().IsMatch(agent);
    }

    /// <summary>What tells one visitor from another for a few minutes: the network address (<see cref="Http.Forwarding"/>) and the
    /// browser's name.</summary>
    public static string Of(HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Headers.UserAgent}";
}
