using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registry.Tests.Certificates;
using Registry.Tests.Contract;

namespace Registry.Tests.Http;

/// <summary>
/// Requests that a generator makes from the contract and spoils: whatever is sent to an operation, its answer is one that the contract names, a refusal is
/// a problem with a code, and nothing fails. By hand, with other numbers: REGISTRY_REQUESTS=22000 REGISTRY_SEED=7 and the filter of this class.
/// </summary>
public sealed class GeneratedRequestsTests
{
    private static readonly int requests = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_REQUESTS") ?? "1200", CultureInfo.InvariantCulture);
    private static readonly int seed = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_SEED") ?? "20261127", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Whatever_is_sent_is_answered_as_the_contract_says_and_nothing_fails()
    {
        using var app = new RegistryApp();
        var failures = new Failures();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(failures);
        var contract = (await app.GetJson("/openapi/v1.json")).AsObject();
        var (make, published) = (await Generator.Of(app, contract, new Random(seed)), new PublishedContract(contract));
        var (wrong, statuses) = (new SortedDictionary<string, string>(), new SortedDictionary<int, int>());
        for (var i = 0; i < requests; i++)
        {
            var (request, operation) = make.Next();
            var sent = $"{request.Method} {request.RequestUri} {request.Content?.Headers.ContentType} {(request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)))}";
            using (request)
            {
                using var answer = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
                var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                var (content, status) = (Encoding.UTF8.GetString(bytes), (int)answer.StatusCode);
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
                var what = status >= 500 ? $"{status} {Code(content)}"
                    : published.Against(operation, answer, bytes) is { } how ? $"{how} ({Code(content)})" : null;
                if (failures.Taken() is { } logged) what = $"{what} logged {logged}";
                // The first of each kind is enough to mend it.
                if (what is not null) wrong.TryAdd($"{make.Operation}: {what}", sent[..Math.Min(sent.Length, 600)]);
            }
        }
        TestContext.Current.SendDiagnosticMessage("{0} requests, seed {1}: {2}", requests, seed, string.Join(", ", statuses.Select(status => $"{status.Value} × {status.Key}")));
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Select(one => $"{one.Key}\n    {one.Value}")));
        // It reaches what lies behind the checks too.
        Assert.Superset(new HashSet<int> { 200, 201, 400, 401, 404, 409, 415, 422 }, statuses.Keys.ToHashSet());
    }

    /// <summary>Pages are in no contract: nothing fails, and what is refused is a page too.</summary>
    [Fact]
    public async Task Whatever_is_asked_of_a_page_nothing_fails()
    {
        using var app = new RegistryApp();
        var failures = new Failures();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(failures);
        var make = await Generator.Of(app, (await app.GetJson("/openapi/v1.json")).AsObject(), new Random(seed));
        var wrong = new SortedDictionary<string, string>();
        for (var i = 0; i < requests; i++)
        {
            using var request = make.NextPage();
            using var answer = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var (status, type, logged) = ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, failures.Taken());
            var what = status >= 500 || logged is not null ? $"{status} {logged}" : status >= 400 && type is not ("text/html" or "application/problem+json") ? $"{status} as {type}" : null;
            if (what is not null) wrong.TryAdd($"{make.Operation}: {what}", $"{request.RequestUri} {(request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)))}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Select(one => $"{one.Key}\n    {one.Value}")));
    }

    private static string? Code(string content)
    {
        try { return (string?)JsonNode.Parse(content)?["code"]; }
        catch (Exception error) when (error is System.Text.Json.JsonException or InvalidOperationException) { return null; }
    }

    /// <summary>What the program logs as failed.</summary>
    private sealed class Failures : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> failed = new();

        public string? Taken()
        {
            var first = failed.TryDequeue(out var one) ? one : null;
            failed.Clear();
            return first;
        }

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error) failed.Enqueue($"{formatter(state, exception)}: {exception?.GetType().Name} {exception?.Message} {exception?.StackTrace?.Split((char)10)[0].Trim()}");
        }

        public void Dispose() { }
    }

    /// <summary>Makes requests: most of their parts right, some spoilt.</summary>
    private sealed class Generator(JsonObject contract, Random random, string[] codes, string[] keys, byte[][] signed)
    {
        private static readonly string[] texts =
            ["", " ", "青屿云帆", "00114E22766R2L/3502", "91370200MA3TEST010", "five-star", "valid", "26", "CNCA-R-2099-901", "2026-05-01", "2026-02-30", "0001-01-01", "9999-12-31", "2026-05-01T00:00:00Z", "2026-05-01T00:00:00+14:00",
                "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0", "1", "-1", "9223372036854775807", "9223372036854775808", "1e400", "NaN", "x9223372036854775807", "\0", "a\0b", "'", "\"", "\"]['\"", "%", "%00", "a/b", "..", "../../x", "*", "NEAR(", "AND OR NOT",
                "\u202E", "\uFFFD", "\uFEFF", "👩‍👩‍👧", "\U0001F600", "ﷺ", "İıŞ", "ß", "１２３", new string('9', 60), new string('字', 300), new string('a', 5000), "=1+1", "{}", "[]", "null", "true", "000", "000.p/1", "x999/999", "0.p/300", "#ff0000", "ff0000", "label", "wide", "code", "M", "a4", "ndjson", "csv", "tr,ue"];

        /// <summary>JSON that no sane client writes; halves of characters among it.</summary>
        private static readonly string[] odd =
            ["null", "true", "0", "-0.0", "1e999", "1.5", "12345678901234567890", "\"\"", "\"\\uD800\"", "\"\\uDC00x\"", "\"\\u0000\"", "[]", "{}", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "{\"\\uD800\":1}", "{\"\\\"]['\\\"\":1}", "{\"a\":1,\"a\":2}", "[null,1,{}]"];

        private static readonly string[] types = ["application/json", "application/json; charset=utf-8", "text/csv", "application/x-ndjson", "application/jose", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/json; charset=utf-7", "application/octet-stream"];

        private readonly (string Method, string Path, JsonObject Operation)[] operations =
            [.. from path in contract["paths"]!.AsObject() from operation in path.Value!.AsObject() select (operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject())];

        private int turn;

        public string Operation { get; private set; } = "";

        public static async Task<Generator> Of(RegistryApp app, JsonObject contract, Random random)
        {
            var id = (string)(await app.Issue("GENERATED-1"))["id"]!;
            async Task<string> Mark(object draft)
            {
                using var answer = await app.Send("POST", $"/v1/certificates/{id}/marks", draft, app.Key);
                return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!;
            }
            var (mark, many) = (await Mark(new { placement = "packaging", text = "洗衣机", gtin = "09506000134352" }), await Mark(new { placement = "packaging", text = "水壶", items = 100 }));
            var signer = BodySigner.Ed25519();
            async Task<string> Kept(string path, object asked)
            {
                using var answer = await app.Send("POST", path, asked);
                return answer.Headers.Location!.ToString().Split('/')[^1];
            }
            var kept = await Kept("/v1/answers", new { rows = new[] { new { number = "GENERATED-1" } } });
            var watched = await Kept("/v1/watches", new { certificates = new[] { id } });
            byte[][] signed = [signer.Registration(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now), signer.Sign("{\"act\":\"issue\",\"body\":\"\\uD800\"}"), signer.Sign("[]"), signer.Sign("{}", head => head["kid"] = "\uFFFD"), "a.b.c"u8.ToArray(), "..."u8.ToArray()];
            return new(contract, random, [id, mark, many, id.ToLowerInvariant(), mark[..12] + (mark[12] == '0' ? '1' : '0'), "0000000000000", kept, watched], [app.Key, app.OtherKey], signed);
        }

        /// <summary>What a reference leads to.</summary>
        private JsonNode Led(JsonNode schema)
        {
            while (schema["$ref"] is { } name) schema = contract["components"]!["schemas"]![((string)name!).Split('/')[^1]]!;
            return schema;
        }

        private bool Chance(double part) => random.NextDouble() < part;

        private T One<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

        public (HttpRequestMessage Request, ContractOperation Operation) Next()
        {
            // One after another: none is left out, however few there are.
            var (method, path, operation) = operations[turn++ % operations.Length];
            Operation = $"{method} {path}";
            var parameters = operation["parameters"]?.AsArray().Select(parameter => parameter!.AsObject()).Where(parameter => parameter["name"] is not null).ToList() ?? [];
            var address = path;
            foreach (var parameter in parameters.Where(parameter => (string)parameter["in"]! == "path"))
                address = address.Replace($"{{{parameter["name"]}}}", Uri.EscapeDataString(Chance(0.7) ? (string)parameter["name"]! is "index" ? $"{random.Next(6)}" : One(codes) : NoDots(One(texts))));
            var query = parameters.Where(parameter => (string)parameter["in"]! == "query" && Chance(0.3)).Select(parameter => (Name: (string)parameter["name"]!, Value: Value(parameter))).ToList();
            if (Chance(0.03)) query.Add((One(texts), "x"));
            if (Chance(0.2)) query.Add(("lang", One((string[])["zh", "en", "x"])));
            var pairs = query.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}");
            var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address + (query.Count == 0 ? "" : "?" + string.Join('&', pairs)), UriKind.Relative));
            if (Chance(0.8)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Chance(0.9) ? keys[0] : One((string[])[keys[1], "reg_x", new string('x', 3000)]));
            if (Chance(0.2)) request.Headers.TryAddWithoutValidation("Idempotency-Key", One((string[])["k1", "k2", "", new string('k', 300), "é"]));
            if (Chance(0.3)) request.Headers.TryAddWithoutValidation("Accept", One((string[])["*/*", "text/csv", "text/plain", "application/x-ndjson", "x", "text/plain;q=x", "application/json;q=0", "text/html"]));
            if (Chance(0.3)) request.Headers.TryAddWithoutValidation("Accept-Language", One((string[])["en", "zh", "x;q=y", "en;q=0", "*", new string('a', 3000)]));
            if (operation["requestBody"] is JsonObject body) request.Content = Content(body["content"]!.AsObject());
            else if (method != "GET" && Chance(0.2)) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            return (request, new(method, path, operation));
        }

        private static readonly string[] pages =
            ["/", "/c/{id}", "/c/{id}/badge.svg", "/c/{id}/card.png", "/m/{id}", "/m/{id}/print", "/report", "/schemes", "/schemes/{id}", "/about", "/verify", "/categories", "/log", "/problems", "/assets/site.css",
                "/01/{id}", "/01/09506000134352/10/{id}", "/01/09506000134352", "/253/{id}", "/{id}", "/.well-known/gs1resolver", "/openapi/{id}", "/docs/{id}", "/robots.txt"];

        private static readonly string[] asked = ["q", "number", "holder", "uscc", "body", "category", "group", "level", "status", "region", "scope", "issuedFrom", "expiresTo", "on", "sort", "limit", "cursor", "id", "entry", "code", "size", "ec", "layout", "ink", "paper", "bleed", "dpi", "lang", "linkType", "v", "from", "17"];

        public HttpRequestMessage NextPage()
        {
            var page = One(pages);
            var posts = page is "/verify" or "/report" && Chance(0.7);
            Operation = $"{(posts ? "POST" : "GET")} {page}";
            var path = page.Replace("{id}", Uri.EscapeDataString(Chance(0.6) ? One(codes) : NoDots(One(texts))));
            var pairs = Enumerable.Range(0, posts ? 0 : random.Next(4)).Select(_ => $"{One(asked)}={Uri.EscapeDataString(Chance(0.2) ? One(codes) : One(texts))}");
            var request = new HttpRequestMessage(posts ? HttpMethod.Post : HttpMethod.Get, new Uri($"{path}?{string.Join('&', pairs)}".TrimEnd('?'), UriKind.Relative));
            if (Chance(0.7)) request.Headers.Accept.ParseAdd("text/html");
            if (!posts) return request;
            var fields = ((string[])["lines", "on", "code", "kind", "place", "text", "category", "standard", "level", "scope"]).Where(_ => Chance(0.6)).Select(name => $"{name}={Uri.EscapeDataString(string.Join(One((string[])["\n", "\t", ","]), Enumerable.Range(0, random.Next(4)).Select(_ => One(texts))))}");
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Chance(0.9) ? string.Join('&', fields) : One(odd)));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", Chance(0.9) ? "application/x-www-form-urlencoded" : One(types));
            return request;
        }

        /// <summary>As the contract says three times of four: its example, or any value of its kind; else what nobody asked for.</summary>
        private string Value(JsonObject parameter)
        {
            if (Chance(0.25)) return Chance(0.3) ? One(codes) : One(texts);
            if (parameter["example"] is { } example && Chance(0.5)) return example.ToString();
            var schema = Led(parameter["schema"]!);
            if ((schema["enum"] ?? (schema["items"] is { } item ? Led(item)["enum"] : null)) is JsonArray words) return (string)One([.. words])!;
            var (least, most) = (schema["minimum"]?.GetValue<decimal>() ?? 0, schema["maximum"]?.GetValue<decimal>() ?? 1000);
            decimal[] numbers = [least, most, Math.Min(most, least + random.Next(20)), least - 1];
            return (string?)schema["type"] switch
            {
                // A client waits no longer than it must.
                "integer" or "number" => (string)parameter["name"]! is "wait" ? "0" : One(numbers).ToString(CultureInfo.InvariantCulture),
                "boolean" => One((string[])["true", "false"]),
                _ => (string?)schema["format"] switch
                {
                    "date" => $"202{random.Next(3, 9)}-0{random.Next(1, 10)}-1{random.Next(10)}",
                    "date-time" => $"2026-0{random.Next(1, 10)}-01T00:00:00{One((string[])["Z", "+08:00", ""])}",
                    _ => One(codes),
                },
            };
        }

        /// <summary>A client takes dots out of the path before it sends anything, and a server takes no NUL.</summary>
        private static string NoDots(string text) => text.Trim('.').Length == 0 || text.Contains('\0') ? "x" : text;

        private ByteArrayContent Content(JsonObject kinds)
        {
            var (type, schema) = kinds.Select(kind => (kind.Key, kind.Value!["schema"])).ElementAt(random.Next(kinds.Count));
            var bytes = type switch
            {
                "application/jose" => One(signed),
                "text/csv" => Encoding.UTF8.GetBytes(Table()),
                "application/x-www-form-urlencoded" => Encoding.UTF8.GetBytes(string.Join('&', schema!["properties"]!.AsObject()
                    .Select(field => $"{field.Key}={Uri.EscapeDataString(Chance(0.3) ? "{\"a\":{\"query\":\"GENERATED-1\"}}" : One(texts))}"))),
                "application/x-ndjson" => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, random.Next(4)).Select(_ => Json(contract["components"]!["schemas"]!["CertificateDraft"], 0)))),
                _ => Encoding.UTF8.GetBytes(Json(schema, 0)),
            };
            if (Chance(0.1) && bytes.Length > 0) bytes = bytes[..random.Next(bytes.Length)];
            for (var flips = Chance(0.1) ? random.Next(1, 8) : 0; flips > 0 && bytes.Length > 0; flips--) (bytes = [.. bytes])[random.Next(bytes.Length)] = (byte)random.Next(256);
            var content = new ByteArrayContent(bytes);
            content.Headers.TryAddWithoutValidation("Content-Type", Chance(0.9) ? type : One(types));
            return content;
        }

        private string Table()
        {
            string[] headings = ["证书编号", "获证组织名称", "认证项目", "认证覆盖的业务范围", "颁证日期", "服务等级", "证书状态", "状态日期", "number", "不存在", "\"", ""];
            var header = headings.Where(_ => Chance(0.8)).ToList();
            var rows = Enumerable.Range(0, random.Next(5)).Select(_ => string.Join(',', header.Select(_ => One(texts))));
            return string.Join(One((string[])["\n", "\r\n", "\r"]), rows.Prepend(string.Join(',', header)));
        }

        /// <summary>A value of a schema as JSON.</summary>
        private string Json(JsonNode? schema, int depth)
        {
            if (Chance(0.04)) return One(odd);
            if (schema is not null) schema = Led(schema);
            if (schema?["oneOf"] is JsonArray options) return Json(One([.. options]), depth);
            if (schema?["enum"] is JsonArray words) return One([.. words])?.ToJsonString() ?? "null";
            var type = schema?["type"] is JsonArray several ? (string)several.First(one => (string)one! != "null")! : (string?)schema?["type"] ?? "object";
            return type switch
            {
                "string" => Text((string?)schema!["format"]),
                "integer" => $"{random.Next(-1, 30)}",
                "number" => random.Next(60, 105).ToString(CultureInfo.InvariantCulture),
                "boolean" => Chance(0.5) ? "true" : "false",
                "array" => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(schema!["items"], depth + 1)))}]",
                _ => Members(schema?["properties"] as JsonObject ?? [], depth),
            };
        }

        private string Members(JsonObject properties, int depth)
        {
            var members = properties.Where(_ => Chance(0.7)).Select(property => $"{JsonValue.Create(property.Key).ToJsonString()}:{(depth > 6 ? "null" : Json(property.Value, depth + 1))}").ToList();
            if (Chance(0.05)) members.Add(One((string[])["\"x\":1", "\"\\uD800\":1", "\"\\\"]['\\\"\":[1]", "\"\":{}", "\"number\":1"]));
            return $"{{{string.Join(',', members)}}}";
        }

        private string Text(string? format) => JsonValue.Create(format == "date" && Chance(0.8) ? $"202{random.Next(3, 9)}-0{random.Next(1, 10)}-1{random.Next(10)}" : Chance(0.3) ? One(codes) : One(texts)).ToJsonString();
    }
}
