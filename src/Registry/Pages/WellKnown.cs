using System.Xml.Linq;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Pages;

/// <summary>Files that programs look for at fixed addresses.</summary>
internal static class WellKnown
{
    private static readonly XNamespace sitemaps = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private static readonly string[] pages = ["/", "/verify", "/schemes", "/categories", "/about", "/log", "/check", "/data", "/docs"];

    /// <summary>Whoever finds a hole has half a year to believe the file; a registry that is served makes it anew.</summary>
    private const int ExpiresInDays = 180;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sitemap.xml", Sitemap).WithMetadata(new NeedsNoLog());
        routes.MapGet("/.well-known/security.txt", Security).WithMetadata(new NeedsNoLog());
    }

    private static IResult Sitemap(HttpContext context, PublicAddress address)
    {
        var urls = pages.Select(page => new XElement(sitemaps + "url", new XElement(sitemaps + "loc", address.Base + page)));
        return Page.Kept(context, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + new XElement(sitemaps + "urlset", urls), "application/xml");
    }

    /// <summary>RFC 9116. Without a contact there is nothing to say.</summary>
    private static IResult Security(HttpContext context, Settings settings, PublicAddress address, TimeProvider time)
    {
        if (settings.SecurityContact is not { Length: > 0 } contact) throw new FaultException(new Fault(Refusal.NotFound));
        var expires = Day.Of(time.GetUtcNow()).AddDays(ExpiresInDays);
        var file = address.Base + "/.well-known/security.txt";
        return Page.Kept(context, $"Contact: {contact}\nExpires: {expires:yyyy-MM-dd}T00:00:00Z\nPreferred-Languages: zh, en\nCanonical: {file}\n", "text/plain");
    }
}
