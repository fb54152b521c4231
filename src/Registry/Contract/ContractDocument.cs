using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace Registry.Contract;

/// <summary>
/// The published contract, OpenAPI 3.1: what the framework can tell from the endpoints' methods and types, completed by what their routes
/// say (<see cref="Http.RouteContract"/>) and by the lists of this folder. Built once; a release, which is one file, serves it as it was
/// published.
/// </summary>
public sealed class ContractDocument(IServiceProvider services, EndpointDataSource endpoints)
{
    private static readonly JsonSerializerOptions written =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the compiler wrote of the source's comments, beside the program where it was built.</summary>
    private static readonly string comments = Path.Combine(AppContext.BaseDirectory, "registry.xml");

    private readonly Lazy<JsonObject> english = new(() => File.Exists(comments) ? Make(services, endpoints) : Published());

    private readonly Lock guard = new();
    private readonly Dictionary<Language, byte[]> told = [];

    /// <summary>Where the comments can be read, if they can.</summary>
    public static string? Comments => File.Exists(comments) ? comments : null;

    /// <summary>The contract with its sentences in a language.</summary>
    public JsonObject In(Language language)
    {
        var contract = english.Value.DeepClone().AsObject();
        if (language == Language.En) return contract;
        foreach (var operation in contract["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(method => method.Value!))
        {
            var name = (string)operation["operationId"]!;
            var (summary, means) = (Operations.All[name].Summary, Operations.All[name].Means);
            (operation["summary"], operation["description"]) = (summary[language], means[language]);
            foreach (var parameter in operation["parameters"]!.AsArray().OfType<JsonObject>().Where(one => one["name"] is not null))
                parameter["description"] = Meaning(name, parameter)[language];
        }
        return contract;
    }

    private static Text Meaning(string operation, JsonObject parameter) => (string)parameter["in"]! == "header"
        ? Headers.Heard[(string)parameter["name"]!].Means : AskedParameters.Of(operation, (string)parameter["name"]!).Means;

    /// <summary>The same as it is served.</summary>
    public byte[] Bytes(Language language)
    {
        lock (guard)
        {
            if (!told.TryGetValue(language, out var bytes))
                told[language] = bytes = JsonSerializer.SerializeToUtf8Bytes(In(language), written);
            return bytes;
        }
    }

    private static JsonObject Published()
    {
        using var published = typeof(ContractDocument).Assembly.GetManifestResourceStream("openapi/v1.json")!;
        return JsonNode.Parse(published)!.AsObject();
    }

    private static JsonObject Make(IServiceProvider services, EndpointDataSource endpoints)
    {
        var told = services.GetRequiredService<ISwaggerProvider>().GetSwagger(ContractSetup.Version);
        using var text = new StringWriter();
        told.SerializeAsV31(new OpenApiJsonWriter(text));
        var contract = JsonNode.Parse(text.ToString())!.AsObject();
        var named = endpoints.Endpoints.OfType<RouteEndpoint>().Where(endpoint => NameOf(endpoint) is not null)
            .ToDictionary(endpoint => NameOf(endpoint)!);
        Schemas.Complete(contract);
        PublishedOperation.Share(contract);
        foreach (var (path, methods) in contract["paths"]!.AsObject())
            foreach (var (_, operation) in methods!.AsObject())
                new PublishedOperation(operation!.AsObject(), named[(string)operation!["operationId"]!]).Complete();
        ClosedLists.Name(contract);
        Schemas.DropUnused(contract);
        InOrder(contract);
        return contract;
    }

    private static string? NameOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;

    /// <summary>Operations in the order of their list, and their tags likewise: what people need first comes first.</summary>
    private static void InOrder(JsonObject contract)
    {
        var place = Operations.All.Keys.Select((name, at) => (name, at)).ToDictionary(one => one.name, one => one.at);
        int PlaceOf(JsonNode path) => path.AsObject().Min(method => place[(string)method.Value!["operationId"]!]);
        var paths = contract["paths"]!.AsObject().OrderBy(path => PlaceOf(path.Value!)).ToList();
        contract["paths"] = new JsonObject(paths.Select(path => KeyValuePair.Create(path.Key, path.Value?.DeepClone())));
        var tags = paths.SelectMany(path => path.Value!.AsObject()).Select(method => (string)method.Value!["tags"]![0]!).Distinct();
        contract["tags"] = new JsonArray([.. tags.Select(tag => new JsonObject { ["name"] = tag, ["description"] = Tags.All[tag].En })]);
    }
}

/// <summary>What operations belong to.</summary>
public static class Tags
{
    public static readonly IReadOnlyDictionary<string, Text> All = new Dictionary<string, Text>
    {
        ["Verification"] = new("核对名单", "Checking lists"),
        ["Answers"] = new("签名并保存的答复", "Answers that are signed and kept"),
        ["Search"] = new("查询与参考数据", "Searching, and reference data"),
        ["Certificates"] = new("证书", "Certificates"),
        ["Log"] = new("公开日志及证明", "The public log and its proofs"),
        ["Marks"] = new("认证标志", "Marks"),
        ["Acts"] = new("认证机构的登记", "What bodies record"),
        ["Statements"] = new("机构自己签名的声明", "What bodies sign themselves"),
        ["Changes"] = new("变化", "What changes"),
        ["Watches"] = new("关注", "Following"),
        ["Open data"] = new("开放数据", "Open data"),
        ["Reconciliation"] = new("对账服务", "Reconciliation"),
        ["Operation"] = new("运行状况", "How the program is"),
    };
}
