using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Registry.Certificates;

namespace Registry.Pages;

/// <summary>What machines read of the page of a certificate or mark: previews, search engines.</summary>
internal static class CertificateHead
{
    /// <summary>What a preview and a search engine say.</summary>
    /// <param name="page">The page.</param>
    /// <param name="view">The certificate.</param>
    /// <param name="against">What stands against the mark the page is of; it stands where the status would, and no picture shows a valid
    /// certificate.</param>
    public static void Describe(Page page, CertificateView view, Text? against = null)
    {
        var status = against ?? view.Status.Name();
        var body = CertificatePages.Body(page, view);
        var level = CertificatePages.LevelName(page, view) ?? page.T(view.Category.Name, view.Category.NameEn);
        page.Description = against is not null
            ? page.T(
                $"{against.Zh}。{view.Holder.Name}，{body}颁发的证书，编号 {view.Number}。",
                $"{against.En}. {CertificatePages.Holder(page, view)}, certificate {view.Number} of {body}.")
            : page.T(
                $"{view.Holder.Name}：{level}，{status.Zh}，有效期至 {view.ExpiresOn:O}。{body}颁发，编号 {view.Number}。",
                $"{CertificatePages.Holder(page, view)}: {level}, {status.En.ToLowerInvariant()}, valid until {view.ExpiresOn:O}. "
                    + $"Issued by {body}, number {view.Number}.");
        var picture = against is not null ? Html.None : Html.Of($"""
            <link rel="canonical" href="{page.Base}/c/{view.Id}">
            <meta property="og:url" content="{page.Base}/c/{view.Id}">
            <meta property="og:image" content="{page.Base}/c/{view.Id}/card.png?lang={page.T("zh", "en")}">
            <meta property="og:image:width" content="1200">
            <meta property="og:image:height" content="630">

            """);
        page.Head = Html.Of($"""
            {picture}<meta property="og:type" content="website">
            <meta property="og:title" content="{CertificatePages.Holder(page, view)} · {page.T(status)}">
            <meta property="og:description" content="{page.Description}">

            """);
    }

    /// <summary>schema.org Certification. The encoder escapes every character that could end the script element.</summary>
    public static Html JsonLd(Page page, CertificateView view) => Html.Written(to =>
    {
        using var json = new Utf8JsonWriter(to, jsonLd);
        void Text(string name, string? value)
        {
            if (value is not null) json.WriteString(name, value);
        }
        void Organisation(string member, string name, string? identifier)
        {
            json.WriteStartObject(member);
            json.WriteString("@type", "Organization");
            json.WriteString("name", name);
            Text("identifier", identifier);
            json.WriteEndObject();
        }
        var address = $"{page.Base}/c/{view.Id}";
        json.WriteStartObject();
        json.WriteString("@context", "https://schema.org");
        json.WriteString("@type", "Certification");
        json.WriteString("@id", address);
        json.WriteString("url", address);
        var standard = view.Standard is null ? "" : " " + view.Standard;
        json.WriteString("name", page.T(view.Category.Name, view.Category.NameEn) + standard);
        json.WriteString("certificationIdentification", view.Number);
        json.WriteString("certificationStatus",
            $"https://schema.org/Certification{(view.Status == Status.Valid ? "Active" : "Inactive")}");
        Organisation("issuedBy", CertificatePages.Body(page, view), view.Body.ApprovalNumber);
        Organisation("about", CertificatePages.Holder(page, view), view.Holder.Uscc);
        json.WriteString("datePublished", view.IssuedOn.ToString("O"));
        json.WriteString("validFrom", view.IssuedOn.ToString("O"));
        json.WriteString("expires", view.ExpiresOn.ToString("O"));
        Text("auditDate", view.Surveillance?.LastOn?.ToString("O"));
        if (view.Level is { Stars: > 0 } level && CertificatePages.Counts(view))
        {
            json.WriteStartObject("certificationRating");
            json.WriteString("@type", "Rating");
            json.WriteNumber("ratingValue", level.Stars);
            json.WriteNumber("bestRating", Catalogue.SchemeOf(view.Category.No, view.IssuedOn).Levels.Max(l => l.Stars));
            json.WriteString("name", page.T(level.Name, level.NameEn));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    });

    private static readonly JsonWriterOptions jsonLd =
        new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };
}
