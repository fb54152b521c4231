using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Http;
using Registry.Pages;

namespace Registry.Contract;

/// <summary>The contract as people read it, a page for each operation: in the page's language, without any script.</summary>
public static class DocsPages
{
    /// <summary>What nearly everybody comes for.</summary>
    private static readonly string[] first = ["verify", "search", "getCertificate"];

    private static readonly JsonSerializerOptions shown = new(Json.Indented);

    public static void MapDocs(this IEndpointRouteBuilder routes)
    {
        var docs = routes.MapGroup("/docs").ExcludeFromDescription().MayBeTracked();
        docs.MapGet("", All);
        docs.MapGet("/{operation}", One);
    }

    private static Task All(HttpContext context, Settings settings, ContractDocument contract)
    {
        var page = new Page(context, settings);
        var told = contract.In(page.Language);
        var operations = Operations(told);
        page.Description = page.T(forSearchEngines);
        return page.Write(page.T("接口说明", "API"), $"""
            <h1>{page.T("接口说明", "API")}</h1>
            <p>{page.T(manners)} <a href="{page.Link("/problems")}">{page.T("全部代码", "All codes")}</a></p>
            <p>{Note(page)}</p>
            {Html.Join(first.Select(name => Section(page, operations[name])))}
            <h2>{page.T("全部操作", "Every operation")}</h2>
            {Html.Join(told["tags"]!.AsArray().Select(tag => Group(page, (string)tag!["name"]!, operations.Values)))}
            <h2>{page.T("供程序使用", "For programs")}</h2>
            <p><a href="/openapi/v1.json">openapi/v1.json</a>{page.T(generators)}</p>
            <pre><code>npx openapi-typescript {page.Base}/openapi/v1.json -o registry.ts</code></pre>
            """);
    }

    private static readonly Text forSearchEngines = new("查询与核验证书的开放接口：无需密钥，附可直接运行的例子。",
        "The open interface to look up and check certificates: no key, with examples that run as they stand.");
    private static readonly Text manners = new("查询和核验不需密钥，也不收费。日期是北京时间的日历日；凡有错误，一次说全，并给出不变的代码。",
        "Reading needs no key and costs nothing. Dates are calendar days in Asia/Shanghai; "
        + "whatever is wrong is told at once, under codes that stay.");
    private static readonly Text generators = new("（OpenAPI 3.1）：可生成各种语言的客户端，例如",
        " (OpenAPI 3.1): clients of any language are made from it, such as");
    private static readonly Text here = new("例子可以原样运行；需要密钥的，在启动演示的文件夹中运行。",
        "The examples run as they stand; those that need a key, in the folder in which the demo was started.");
    private static readonly Text inDemo = new("例子使用演示数据：在 registry demo 上可以原样运行。",
        "The examples are about invented data: they run as they stand against registry demo.");

    private static bool IsDemo(Page page) => page.DemoNote.Length > 0;

    private static string Note(Page page) => page.T(IsDemo(page) ? here : inDemo);

    private static Dictionary<string, ContractEntry> Operations(JsonObject told) => told["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject(), (path, method) => (Path: path.Key, Method: method.Key, Told: method.Value!.AsObject()))
        .Select(one => new ContractEntry(one.Method.ToUpperInvariant(), one.Path, one.Told))
        .ToDictionary(entry => entry.Name);

    /// <summary>What stands between backticks is code.</summary>
    private static Html Marked(string text) =>
        Html.Join(text.Split('`').Select((part, i) => i % 2 == 0 ? Html.Of($"{part}") : Html.Of($"<code>{part}</code>")));

    private static Html Section(Page page, ContractEntry entry) => Html.Of($"""
        <section class="card"><h2><a href="{page.Link("/docs/" + entry.Name)}">{entry.Summary}</a></h2>
        <p><code>{entry.Method} {entry.Path}</code></p><p>{Marked(entry.Description)}</p>
        {Example(page, entry)}</section>
        """);

    private static Html Group(Page page, string tag, IEnumerable<ContractEntry> entries)
    {
        var rows = entries.Where(entry => entry.Tag == tag).Select(entry => Html.Of($"""
            <li><a href="{page.Link("/docs/" + entry.Name)}">{entry.Summary}</a> <code>{entry.Method} {entry.Path}</code></li>
            """));
        return Html.Of($"<h3>{page.T(Tags.All[tag])}</h3><ul>{Html.Join(rows)}</ul>");
    }

    private static Task One(string operation, HttpContext context, Settings settings, ContractDocument contract)
    {
        var page = new Page(context, settings);
        var told = contract.In(page.Language);
        var entry = Operations(told).GetValueOrDefault(operation) ?? throw new FaultException(new Fault(Refusal.NotFound));
        page.Description = entry.Summary;
        return page.Write(entry.Summary, $"""
            <p class="soft"><a href="{page.Link("/docs")}">{page.T("接口说明", "API")}</a> · {page.T(Tags.All[entry.Tag])}</p>
            <h1>{entry.Summary}</h1>
            <p><code>{entry.Method} {entry.Path}</code></p><p>{Marked(entry.Description)}</p>
            <h2>{page.T("例子", "Example")}</h2>{Example(page, entry)}{Answered(page, entry)}<p class="soft">{Note(page)}</p>
            {Parameters(page, entry, told)}{Sent(page, entry)}{Answers(page, entry)}
            """);
    }

    /// <summary>The example as a command; what is read without a key is a link, too.</summary>
    private static Html Example(Page page, ContractEntry entry)
    {
        var address = page.Base + entry.Address;
        var key = !entry.NeedsKey ? "" : $" \\\n  -H \"Authorization: Bearer {(IsDemo(page) ? "$(cat demo/key)" : "KEY")}\"";
        var headers = string.Concat(entry.Headers.Select(header => $" \\\n  -H {Quoted($"{header.Name}: {header.Value}")}"));
        var content = entry.Sent is not var (type, example) ? ""
            : $" \\\n  -H 'Content-Type: {type}' \\\n  --data-binary {Quoted(Written(example))}";
        var method = entry.Method == "GET" || entry.Method == "POST" && content.Length > 0 ? "" : $"-X {entry.Method} ";
        var isOpen = entry.Method == "GET" && !entry.NeedsKey;
        var opened = isOpen ? Html.Of($"<p><a href=\"{entry.Address}\">{page.T("打开", "Open it")}</a></p>") : Html.None;
        return Html.Of($"<pre><code>curl {method}{Quoted(address)}{key}{headers}{content}</code></pre>{opened}");
    }

    /// <summary>What a demo answered to it; arrays and texts cut.</summary>
    private static Html Answered(Page page, ContractEntry entry)
    {
        if (entry.Answered is not var (status, answer)) return Html.None;
        var told = page.T($"演示答复 {status}；列表只显示前两项：", $"A demo answers {status}; of lists the first two items:");
        return Html.Of($"<p class=\"soft\">{told}</p><pre><code>{Written(answer)}</code></pre>");
    }

    private static string Written(JsonNode example) => example is JsonValue ? (string)example! : example.ToJsonString(shown);

    /// <summary>As a shell reads it literally.</summary>
    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''")}'";

    private static Html Parameters(Page page, ContractEntry entry, JsonObject told)
    {
        var rows = entry.Parameters(told).Select(parameter => Html.Of($"""
            <tr><td><code>{(string)parameter["name"]!}</code></td><td>{Place(page, parameter)}</td>
            <td>{Marked((string)parameter["description"]!)} {Kind(page, parameter["schema"]!, told)}</td></tr>
            """));
        string[] headings = [page.T("名称", "Name"), page.T("位置", "Place"), page.T("含义", "Meaning")];
        return Table(page.T("参数", "Parameters"), Html.Join(rows), headings);
    }

    private static string Place(Page page, JsonObject parameter) => (string)parameter["in"]! switch
    {
        "path" => page.T("路径", "path"),
        "query" => page.T("查询", "query"),
        _ => page.T("请求头", "header"),
    };

    private static Html Kind(Page page, JsonNode schema, JsonObject told)
    {
        var one = schema["items"] ?? schema;
        var named = (string?)one["$ref"] is { } place ? told["components"]!["schemas"]![place.Split('/')[^1]]! : one;
        var list = named["enum"]?.AsArray() ?? [];
        var words = list.Select(word => Html.Of($" <code>{(string)word!}</code>"));
        var (least, most) = (schema["minimum"]?.ToJsonString(), schema["maximum"]?.ToJsonString());
        var bounds = least is null ? "" : most is null or "9223372036854775807" or "2147483647" ? $"≥ {least}" : $"{least} – {most}";
        var form = (string?)schema["format"] switch { "date" => "YYYY-MM-DD", "date-time" => "2026-05-01T00:00:00+08:00", _ => bounds };
        var otherwise = schema["default"] is { } value ? Html.Of($" {page.T("默认", "default")} <code>{value.ToString()}</code>") : Html.None;
        return Html.Of($"<span class=\"soft\">{form}{Html.Join(words)}{otherwise}</span>");
    }

    private static Html Table(string title, Html rows, params string[] headings) => Html.Of($"""
        <h2>{title}</h2><div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>
        <thead><tr>{Html.Join(headings.Select(heading => Html.Of($"<th>{heading}</th>")))}</tr></thead><tbody>{rows}</tbody></table></div>
        """);

    private static Html Sent(Page page, ContractEntry entry) => entry.Forms is not { } forms ? Html.None : Html.Of($"""
        <h2>{page.T("请求的内容", "Content of the request")}</h2>
        <ul>{Html.Join(forms.Select(form => Html.Of($"<li><code>{form}</code></li>")))}</ul>
        """);

    private static Html Answers(Page page, ContractEntry entry)
    {
        var rows = entry.Responses.Select(response => Html.Of($"""
            <tr><td>{response.Status}</td><td>{response.Means}</td>
            <td>{Html.Join(response.Forms.Select(form => Html.Of($"<code>{form}</code> ")))}</td>
            <td>{string.Join(", ", response.Headers)}</td></tr>
            """));
        string[] headings = [page.T("状态码", "Status"), page.T("名称", "Name"), page.T("形式", "Forms"), page.T("响应头", "Headers")];
        return Table(page.T("答复", "Answers"), Html.Join(rows), headings);
    }
}
