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
        routes.MapGet("/sitemap.xml", Sitemap).WithMetadata(new NeedsNoLog()).Keeps(Keeping.OfTheProgram);
        routes.MapGet("/.well-known/security.txt", Security).WithMetadata(new NeedsNoLog()).Keeps(Keeping.OfTheProgram);
    }

    private static IResult Sitemap(PublicAddress address)
    {
        var urls = pages.Select(page => new XElement(sitemaps + "url", new XElement(sitemaps + "loc", address.Base + page)));
        var all = new XElement(sitemaps + "urlset", urls);
        return Results.Text($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{all}", "application/xml; charset=utf-8");
    }

    /// <summary>RFC 9116. Without a contact there is nothing to say.</summary>
    private static IResult Security(Settings settings, PublicAddress address, TimeProvider time)
    {
        if (settings.SecurityContact is not { Length: > 0 } contact) throw new FaultException(Refusal.NotFound);
        var expires = Day.Of(time.GetUtcNow()).AddDays(ExpiresInDays);
        var file = address.Base + "/.well-known/security.txt";
        return Results.Text($"""
            Contact: {contact}
            Expires: {expires:yyyy-MM-dd}T00:00:00Z
            Preferred-Languages: zh, en
            Canonical: {file}

            """, "text/plain; charset=utf-8");
    }
}
