using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using System.Xml;

namespace Registry.Watching;

/// <summary>An entry of a feed.</summary>
/// <param name="Id">Its address for good.</param>
/// <param name="Link">The page to read.</param>
/// <param name="Title">One line.</param>
/// <param name="Text">What happened.</param>
/// <param name="At">When.</param>
public sealed record FeedEntry(string Id, string Link, string Title, string Text, DateTimeOffset At);

/// <summary>A feed, newest entry first, as Atom (RFC 4287) and as JSON Feed 1.1.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Self">Its own address.</param>
/// <param name="Page">The page that it is about.</param>
/// <param name="Language">Of its texts.</param>
/// <param name="Entries">Newest first.</param>
public sealed record Feed(string Title, string Self, string Page, Language Language, FeedEntry[] Entries)
{
    public const string AtomType = "application/atom+xml", JsonType = "application/feed+json";

    private const string Namespace = "http://www.w3.org/2005/Atom";
    private static readonly JsonWriterOptions writing = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>When it was last more than it is now, where it has no entry yet.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Whether nothing more will come.</summary>
    public bool IsOver { get; init; }

    private string Tongue => Language == Language.En ? "en" : "zh-CN";

    private DateTimeOffset Updated => Entries.Length == 0 ? Since : Entries.Max(entry => entry.At);

    public string Atom()
    {
        var text = new Utf8Text();
        using (var xml = XmlWriter.Create(text, new() { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("feed", Namespace);
            xml.WriteAttributeString("xml", "lang", null, Tongue);
            Element(xml, "title", Title);
            Element(xml, "id", Self);
            Link(xml, "self", Self, AtomType);
            Link(xml, "alternate", Page, "text/html");
            Element(xml, "updated", Stamp(Updated));
            xml.WriteStartElement("author", Namespace);
            Element(xml, "name", new Uri(Self).Host);
            xml.WriteEndElement();
            foreach (var entry in Entries)
            {
                xml.WriteStartElement("entry", Namespace);
                Element(xml, "title", entry.Title);
                Element(xml, "id", entry.Id);
                Link(xml, "alternate", entry.Link, "text/html");
                Element(xml, "updated", Stamp(entry.At));
                Element(xml, "published", Stamp(entry.At));
                Element(xml, "summary", entry.Text);
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        return text.ToString();
    }

    private static void Element(XmlWriter xml, string name, string value) => xml.WriteElementString(name, Namespace, value);

    private static void Link(XmlWriter xml, string relation, string address, string type)
    {
        xml.WriteStartElement("link", Namespace);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("href", address);
        xml.WriteAttributeString("type", type);
        xml.WriteEndElement();
    }

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public byte[] Json()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, writing))
        {
            json.WriteStartObject();
            json.WriteString("version", "https://jsonfeed.org/version/1.1");
            json.WriteString("title", Title);
            json.WriteString("home_page_url", Page);
            json.WriteString("feed_url", Self);
            json.WriteString("language", Tongue);
            if (IsOver) json.WriteBoolean("expired", true);
            json.WriteStartArray("items");
            foreach (var entry in Entries)
            {
                json.WriteStartObject();
                json.WriteString("id", entry.Id);
                json.WriteString("url", entry.Link);
                json.WriteString("title", entry.Title);
                json.WriteString("content_text", entry.Text);
                json.WriteString("date_published", Stamp(entry.At));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private sealed class Utf8Text() : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
