using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Unicode;
using Registry.Answers;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>
/// The page that checks a file without any server: one file for a memory stick. In it are its script, the log's public key, and the
/// reference data and names that an answer is made with, so that it takes what this registry gives and refuses what <c>registry check</c>
/// refuses.
/// </summary>
public static class CheckFile
{
    public const string Path = "/check.html", Name = "check.html";

    /// <summary>It comes in two languages, and anew with the program.</summary>
    public static readonly Keeping ToKeep = new("no-cache", "Accept-Language", IsListed: false);

    /// <summary>In the order in which they need each other.</summary>
    private static readonly string script =
        string.Concat(((string[])["log.js", "certificate.js", "verdict.js", "newest.js", "page.js"]).Select(Part));

    private static readonly string template = WithPolicy(Part(Name).Replace("{script}", script));

    private static readonly JsonSerializerOptions writing =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>The same for every reader but for the key: made once for each.</summary>
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(string Key, Language Language), byte[]> made = new();

    /// <summary>Downloads it.</summary>
    public static IResult Get(HttpContext context, LogIdentity identity)
    {
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{Name}\"";
        var language = Languages.Of(context);
        var page = made.GetOrAdd((identity.Key.ToString(), language), one => Encoding.UTF8.GetBytes(Of(one.Key, one.Language)));
        return Results.Bytes(page, "text/html; charset=utf-8");
    }

    private static string Of(string key, Language language) => template
        .Replace("{lang}", language == Language.En ? "en" : "zh-CN")
        .Replace("{made}", Html.Of($"{Origin(key)}").ToString())
        .Replace("{given}", Given(key).ToJsonString(writing));

    private static string Origin(string key) => $"{VerifierKey.Parse(key)!.Name} · registry {typeof(CheckFile).Assembly.GetName().Version}";

    private static string Part(string name) => Encoding.UTF8.GetString(Page.Asset(name));

    /// <summary>Nothing runs but this very script, and nothing is loaded: in the file itself, for there is no server to say it.</summary>
    private static string WithPolicy(string page)
    {
        string Hash(string element) => "'sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(
            page.Split($"<{element}>")[1].Split($"</{element}>")[0]))) + "'";
        return page.Replace("{policy}",
            $"default-src 'none'; script-src {Hash("script")}; style-src {Hash("style")}; base-uri 'none'; form-action 'none'");
    }

    /// <summary>What the script reads: names and reference data as this registry has them.</summary>
    private static JsonObject Given(string key) => new()
    {
        ["key"] = key,
        ["maxAhead"] = EntryLog.MaxAhead.TotalMilliseconds,
        ["texts"] = Of(Fields.Texts.Select(text => text.Pointer[1..])),
        ["categories"] = Of(Catalogue.Categories.Select(one => new object[]
        {
            one.No, one.Group, one.Shown.Zh, one.Shown.En, one.Numbered.Zh, one.Numbered.En,
        })),
        ["schemes"] = new JsonArray([.. Catalogue.Schemes.AndGeneral.Select(Scheme)]),
        ["categoryWords"] = Of(Words.CategoryNames),
        ["standards"] = Words.StandardPattern,
        ["ofEveryStandard"] = Words.OfEveryStandardPattern,
        ["stars"] = Surplus.Stars,
        ["fullStars"] = Surplus.FullStars,
        ["otherwise"] = Words.OtherwisePattern,
        ["levelWords"] = Of(Words.LevelNames()),
        ["regions"] = Of(Catalogue.Regions.Keys.ToDictionary(code => code, Catalogue.RegionName)),
        ["simplified"] = Of(Catalogue.Rows("simplified.csv").Select(row => row[..2])),
        ["words"] = Said(),
        ["forms"] = new JsonObject
        {
            ["file"] = Answer.Options.GetJsonSchemaAsNode(typeof(AnswerFile), absentIfNull),
            ["answer"] = Answer.Options.GetJsonSchemaAsNode(typeof(Answer), absentIfNull),
            ["statement"] = LeafJson.Default.Options.GetJsonSchemaAsNode(typeof(Statement)),
        },
    };

    /// <summary>What may be null is not written, also where a constructor takes it: by its lines a list's answer was of no known
    /// form.</summary>
    private static readonly JsonSchemaExporterOptions absentIfNull = new() { TransformSchemaNode = WithoutNullable };

    private static JsonNode WithoutNullable(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject form || form["required"] is not JsonArray required) return schema;
        var nullable = context.TypeInfo.Properties.Where(member => member.IsGetNullable).Select(member => member.Name);
        form["required"] = Of(required.Select(name => (string)name!).Except(nullable));
        return form;
    }

    private static JsonNode Of<T>(T value) => JsonSerializer.SerializeToNode(value, writing)!;

    private static JsonNode? Scheme(Scheme scheme) => Of(new
    {
        scheme.Category,
        scheme.InForceOn,
        scheme.SurveillanceMonths,
        Levels = scheme.Levels.Select(level => new { level.Code, level.Name, level.Stars }),
        Words = Words.LevelNames(scheme),
    });

    private static JsonObject Said() => new()
    {
        ["status"] = Of(Statuses.All.ToDictionary(Statuses.Word, status => new { Code = status.Code(), Name = status.Name() })),
        ["outcome"] = Of(Enum.GetValues<Outcome>().ToDictionary(Outcomes.Word, Outcomes.Name)),
        ["field"] = Of(Comparison.Names),
        ["replaced"] = Of(Wording.Replaced),
        ["ahead"] = Of(AheadView.Said),
        ["ofCode"] = Of(Enum.GetValues<Outcome>().ToDictionary(Outcomes.Word, Wording.OfCode)),
    };
}
