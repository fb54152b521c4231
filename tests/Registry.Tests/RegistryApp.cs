using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Custody;
using Registry.Http;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests;

/// <summary>A clock that stands still until it is set.</summary>
public sealed class TestClock : TimeProvider
{
    /// <summary>Noon of 2026-06-15 in Shanghai.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 6, 15, 4, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
    public override long GetTimestamp() => Now.UtcTicks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}

/// <summary>The real program on a real, fresh database file, with two admitted bodies and a key of each.</summary>
public sealed class RegistryApp : WebApplicationFactory<Program>
{
    public const string Body = "CNCA-R-2099-901", OtherBody = "CNCA-R-2099-902";
    private readonly string folder = Directory.CreateTempSubdirectory("registry-test-").FullName;

    private readonly (string Name, string Value)[] settings;
    private readonly Location location;

    /// <param name="bodies">False for a registry nobody is admitted to yet; it has no keys.</param>
    /// <param name="settings">Further settings by name.</param>
    public RegistryApp(bool bodies = true, params (string Name, string Value)[] settings)
    {
        (this.settings, location) = (settings, Engine.Fresh(folder));
        // Witnesses are real programs: a clock that is far from theirs records nothing.
        if (settings.Any(setting => setting.Name.StartsWith("Registry:Witnesses", StringComparison.Ordinal))) Clock.Now = DateTimeOffset.UtcNow;
        // A second log under the key of another: the program refuses to begin one.
        if (settings.FirstOrDefault(setting => setting.Name == "Registry:KeyFile" && File.Exists(setting.Value)).Value is { } key)
            new Database(location, Clock, NullLogger<Database>.Instance, NoteSigner.Parse(File.ReadAllText(key)), TreeStore.Seal).DisposeAsync().AsTask().GetAwaiter().GetResult();
        Client = CreateClient(new() { AllowAutoRedirect = false });
        (Database, Mirror) = (Services.GetRequiredService<Database>(), Services.GetService<Mirror>());
        (Key, OtherKey) = !bodies ? ("", "") : Database.WriteAsync(transaction =>
        {
            Publisher.Admit(transaction, new Admit { Body = Body, Name = "示例认证（虚构）有限公司", NameEn = "Example Certification (fictional)" });
            Publisher.Admit(transaction, new Admit { Body = OtherBody, Name = "另一认证中心（虚构）" });
            return (ApiKeys.Create(transaction, Body, "test", transaction.Now.AddYears(20)).Key, ApiKeys.Create(transaction, OtherBody, "test", transaction.Now.AddYears(20)).Key);
        }).GetAwaiter().GetResult();
    }

    public TestClock Clock { get; } = new();
    public HttpClient Client { get; }
    public string Key { get; private set; }
    public string OtherKey { get; }
    public Database Database { get; }
    public Mirror? Mirror { get; }
    public Registry.Search.IndexReader Index => Services.GetRequiredService<Registry.Search.IndexReader>();
    public LogIdentity Log => Services.GetRequiredService<LogIdentity>();
    public string KeyFile => Path.ChangeExtension(DataFile, ".key");
    public string DataFile => Path.Combine(folder, "registry.db");

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Registry:DataFile", DataFile);
        builder.UseSetting("Registry:PublicUrl", "https://reg.example");
        foreach (var (name, value) in (IEnumerable<(string, string)>)[.. Engine.Named(location), .. settings]) builder.UseSetting(name, value);
        builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(Clock));
    }

    /// <summary>Sends JSON (an object or its text) with a key, if any.</summary>
    public async Task<HttpResponseMessage> Send(string method, string path, object? body = null, string? key = null, string? language = "en", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (language is not null) request.Headers.AcceptLanguage.ParseAdd(language);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null) request.Content = new StringContent(body as string ?? System.Text.Json.JsonSerializer.Serialize(body, Json.Options), Encoding.UTF8, "application/json");
        return await Client.SendAsync(request);
    }

    /// <summary>Sends a file of certificates with the first body's key: the results of its rows, and the last line.</summary>
    public async Task<(List<JsonNode> Rows, JsonNode Summary)> Import(byte[] content, string? type = "text/csv", string query = "", string? key = null)
    {
        using var answer = await SendFile(content, type, query, key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var lines = text.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        return (lines[..^1], lines[^1]["summary"]!);
    }

    /// <summary>The answer to a file of certificates, whatever it is.</summary>
    public async Task<HttpResponseMessage> SendFile(byte[] content, string? type = "text/csv", string query = "", string? key = null, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/imports" + query) { Content = new ByteArrayContent(content) };
        if (type is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        return await Client.SendAsync(request);
    }

    /// <summary>A certificate that is right in every field.</summary>
    public static JsonObject Draft(string number = "00114E22766R2L/3502") => new()
    {
        ["number"] = number,
        ["holder"] = new JsonObject { ["name"] = "青屿云帆电器（演示）有限公司", ["uscc"] = "91370200MA3TEST010", ["region"] = "370212", ["address"] = "虚构路 1 号" },
        ["category"] = 26,
        ["level"] = "five-star",
        ["score"] = 96.5,
        ["scope"] = "家用电器的销售与售后服务（演示）",
        ["issuedOn"] = "2025-03-01",
        ["expiresOn"] = "2028-02-29",
    };

    /// <summary>Issues a certificate with the first body's key.</summary>
    public async Task<JsonObject> Issue(string number = "00114E22766R2L/3502", Action<JsonObject>? change = null)
    {
        var draft = Draft(number);
        draft["holder"]!["uscc"] = Uscc("91370200MA3TEST01");
        change?.Invoke(draft);
        using var answer = await Send("POST", "/v1/certificates", draft, Key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <inheritdoc cref="Engine.Rebuild"/>
    public Task Rebuild() => Engine.Rebuild(Database.Location, Log.Signer!);

    /// <summary>Makes a key of the first body, which a test has admitted itself.</summary>
    public void Admitted() => Key = Database.WriteAsync(transaction => ApiKeys.Create(transaction, Body, "test", transaction.Now.AddYears(20)).Key).GetAwaiter().GetResult();

    /// <summary>The demo's data with fewer holders: every kind of certificate, act and mark is among 1,300 certificates, too.</summary>
    public Task LoadDemo() => Registry.Demo.DemoData.Load(Database, Clock.Now, holders: 900);

    /// <summary>Marks of a certificate until the log holds so many entries: the quickest way to a long one.</summary>
    public async Task Grow(long size)
    {
        var id = Database.Read(db => CertificateStore.WithNumbers(db, ["GROW1"], 1)).Values.FirstOrDefault()?[0].Id ?? (string)(await Issue("GROW-1"))["id"]!;
        for (long now; (now = Database.Read(EntryLog.Size)) < size;)
            await Database.WriteAsync(transaction =>
            {
                for (var i = 0; i < Math.Min(2000, size - now); i++)
                    Publisher.IssueMark(transaction, new IssueMark { Body = Body, Certificate = id, Placement = Placement.Documents, Text = "标志", Nonce = $"{now + i}" });
                return 0;
            });
    }

    /// <summary>A social credit code with its check character.</summary>
    public static string Uscc(string first17) => first17.Replace('S', '5') + SocialCreditCode.Check(first17.Replace('S', '5'));

    public async Task<JsonNode> GetJson(string path)
    {
        using var answer = await Client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing || !Directory.Exists(folder)) return;
        Engine.Drop(location);
        // A reader that was just being opened beside the end may leave its -shm in a folder that was empty when it was looked through.
        try { Directory.Delete(folder, recursive: true); }
        catch (IOException)
        {
            Thread.Sleep(200);
            Directory.Delete(folder, recursive: true);
        }
    }
}
