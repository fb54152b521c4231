using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Registry.Http;

namespace Registry.Tests.Http;

/// <summary>Limits by client: who is taken for whom, what is left, and when it is worth coming again.</summary>
public sealed class LimitsTests
{
    /// <summary>The address a request comes from over the network, in a header of the test's own.</summary>
    private sealed class FromAddress : IStartupFilter
    {
        public const string Header = "Test-From";

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers[Header].ToString() is { Length: > 0 } from) context.Connection.RemoteIpAddress = IPAddress.Parse(from);
                return following(context);
            });
            next(app);
        };
    }

    private sealed class Asker : IDisposable
    {
        private readonly Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program> host;
        private readonly HttpClient client;

        public Asker(params (string Name, string Value)[] settings)
        {
            App = new RegistryApp(settings: settings);
            host = App.WithWebHostBuilder(builder => builder.UseSetting("Registry:DataFile", App.DataFile + ".second").ConfigureTestServices(services => services.AddSingleton<IStartupFilter, FromAddress>()));
            client = host.CreateClient(new() { AllowAutoRedirect = false });
        }

        public RegistryApp App { get; }

        public async Task<(int Status, string? Left, int? Again, string Text)> Get(string from, string? forwarded = null, string path = "/v1/regions?q=3702", string? key = null, HttpMethod? method = null, HttpContent? content = null, string language = "en")
        {
            using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path) { Content = content };
            request.Headers.Add(FromAddress.Header, from);
            request.Headers.Add("Accept-Language", language);
            if (forwarded is not null) request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwarded);
            if (key is not null) request.Headers.Authorization = new("Bearer", key);
            using var answer = await client.SendAsync(request);
            var left = answer.Headers.TryGetValues("RateLimit", out var told) ? told.Single() : null;
            return ((int)answer.StatusCode, left, (int?)answer.Headers.RetryAfter?.Delta?.TotalSeconds, await answer.Content.ReadAsStringAsync());
        }

        /// <summary>Uses up a budget.</summary>
        public async Task Use(Budget budget, string from, string? forwarded = null, string path = "/v1/regions?q=3702")
        {
            for (var i = 0; i < budget.Quota; i++) Assert.Equal(200, (await Get(from, forwarded, path)).Status);
        }

        public void Dispose()
        {
            client.Dispose();
            host.Dispose();
            App.Dispose();
        }
    }

    private const string Search = "/v1/suggest?q=x";
    private static int Left(string? told) => int.Parse(told!.Split(";r=")[1].Split(';')[0], CultureInfo.InvariantCulture);

    [Fact]
    public async Task One_client_has_a_budget_and_is_told_truly_when_there_is_room_again()
    {
        using var asker = new Asker();
        await asker.Use(Budget.Verifications, "192.0.2.1", path: "/verify?lang=en"); // a form: a cheap read
        Assert.Equal(Budget.Reads.Quota - Budget.Verifications.Quota - 1, Left((await asker.Get("192.0.2.1")).Left));
        await asker.Use(Budget.Files, "192.0.2.1", path: "/v1/certificates?format=csv");
        var (status, left, again, text) = await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv");
        Assert.Equal((429, "\"files\";r=0;t=60", 1), (status, left, again));
        var problem = JsonNode.Parse(text)!;
        Assert.Equal(("too-many-requests", 429), ((string)problem["code"]!, (int)problem["status"]!));
        Assert.Contains("at most 240 in 60 s", (string)problem["detail"]!);
        Assert.Contains("同一网络", (string)JsonNode.Parse((await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv", language: "zh-CN")).Text)!["detail"]!);

        // True: a moment before there is none, and then there is one.
        asker.App.Clock.Now += TimeSpan.FromSeconds(60.0 / Budget.Files.Quota) - TimeSpan.FromMilliseconds(1);
        Assert.Equal(429, (await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv")).Status);
        asker.App.Clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(200, (await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv")).Status);
        Assert.Equal(429, (await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv")).Status);
        // Other budgets and other clients are untouched, and whoever watches is never refused.
        Assert.Equal(200, (await asker.Get("192.0.2.1")).Status);
        Assert.Equal(200, (await asker.Get("192.0.2.2", path: "/v1/certificates?format=csv")).Status);
        Assert.Equal((200, null), ((await asker.Get("192.0.2.1", path: "/livez")).Status, (await asker.Get("192.0.2.1", path: "/livez")).Left));
        asker.App.Clock.Now += Budget.Window;
        Assert.Equal(Budget.Files.Quota - 1, Left((await asker.Get("192.0.2.1", path: "/v1/certificates?format=csv")).Left));
    }

    /// <summary>One household is given 64 bits of IPv6; an IPv4 client may come over a socket of both kinds.</summary>
    [Fact]
    public async Task Addresses_of_one_network_are_one_client()
    {
        using var asker = new Asker();
        async Task<int> Ask(string from) => Left((await asker.Get(from)).Left);
        var full = Budget.Reads.Quota;
        Assert.Equal([full - 1, full - 2, full - 1], [await Ask("2001:db8:1:2::1"), await Ask("2001:db8:1:2:ffff:ffff:ffff:ffff"), await Ask("2001:db8:1:3::1")]);
        Assert.Equal([full - 1, full - 2, full - 1], [await Ask("192.0.2.7"), await Ask("::ffff:192.0.2.7"), await Ask("192.0.2.8")]);
        Assert.Equal([full, full], [await Ask("127.0.0.1"), await Ask("::1")]);
    }

    [Theory]
    [InlineData(null, "127.0.0.1", "198.51.100.1", true)] // a proxy on this machine, without a setting
    [InlineData(null, "192.0.2.1", "198.51.100.1", false)]
    [InlineData("10.0.0.0/24, 2001:db8::7", "10.0.0.9", "198.51.100.1", true)]
    [InlineData("10.0.0.0/24, 2001:db8::7", "2001:db8::7", "198.51.100.1", true)]
    [InlineData("10.0.0.0/24, 2001:db8::7", "10.0.1.9", "198.51.100.1", false)]
    [InlineData("10.0.0.0/24", "10.0.0.9", "203.0.113.9, 198.51.100.1", true)] // the left one is what the client says of himself
    [InlineData("10.0.0.0/24", "10.0.0.9", "203.0.113.9, 198.51.100.1, 10.0.0.8", true)] // two proxies
    [InlineData("10.0.0.0/24", "10.0.0.9", "nonsense", false)]
    [InlineData("10.0.0.9", "10.0.0.9", "198.51.100.1", true)]
    public async Task The_client_is_who_a_trusted_proxy_says_and_no_other(string? trusted, string from, string forwarded, bool isBelieved)
    {
        using var asker = new Asker(trusted is null ? [] : [("Registry:TrustedProxies", trusted)]);
        await asker.Get(from, forwarded);
        var direct = Left((await asker.Get("198.51.100.1")).Left);
        Assert.Equal(isBelieved ? Budget.Reads.Quota - 2 : Budget.Reads.Quota - 1, direct);
    }

    /// <summary>Behind a proxy the sixth report of a whole country was refused.</summary>
    [Fact]
    public async Task Reports_are_limited_by_client_behind_a_proxy()
    {
        using var asker = new Asker(("Registry:TrustedProxies:0", "10.0.0.1"));
        async Task<(int, int?)> Report(string client)
        {
            var (status, _, again, _) = await asker.Get("10.0.0.1", client, "/report", method: HttpMethod.Post, content: new FormUrlEncodedContent([new("kind", "other")]));
            return (status, again);
        }
        for (var i = 0; i < Registry.Marks.ReportLimit.PerAddress; i++) Assert.Equal((200, null), await Report("198.51.100.1"));
        asker.App.Clock.Now += TimeSpan.FromMinutes(4);
        Assert.Equal((429, 360), await Report("198.51.100.1"));
        Assert.Equal((200, null), await Report("198.51.100.2"));
        asker.App.Clock.Now += TimeSpan.FromMinutes(6);
        Assert.Equal((200, null), await Report("198.51.100.1"));
    }

    /// <summary>Two bodies behind one address have a budget each; whoever tries keys is charged by address.</summary>
    [Fact]
    public async Task With_a_key_it_is_the_key_that_is_limited()
    {
        using var asker = new Asker();
        var limits = asker.App.Services.GetRequiredService<Limits>();
        async Task<string?> Left(string? key) => (await asker.Get("192.0.2.1", path: "/v1/reports", key: key)).Left;
        Assert.StartsWith("\"reads\";r=5999", await Left("reg_unknown"));
        Assert.StartsWith("\"reads\";r=5998", await Left(null));
        Assert.Equal(0, limits.Refused);
    }

    [Theory]
    [InlineData("TrustedProxies", "10.0.0")]
    [InlineData("TrustedProxies", "10.0.0.1/33")]
    [InlineData("TrustedProxies", "proxy.example")]
    [InlineData("Metrics", "localhost:9464")]
    [InlineData("Traces", "collector")]
    public void An_address_that_is_none_stops_the_start_and_its_setting_is_named(string setting, string wrong)
    {
        var folder = Directory.CreateTempSubdirectory("registry-test-");
        var (code, _, error) = Served.Run(folder.FullName, ["serve", "--urls", "http://127.0.0.1:0", $"--Registry:{setting}={wrong}"]);
        folder.Delete(recursive: true);
        Assert.Equal(1, code);
        Assert.Contains($"Registry:{setting} ", error);
        Assert.Contains($"“{wrong}”", error);
    }

    /// <summary>README's table is what is enforced.</summary>
    [Fact]
    public void Budgets_are_stated_as_they_are()
    {
        var readme = File.ReadAllText(Path.Combine(ContractTests.Root, "README.md"));
        foreach (var budget in Budget.All) Assert.Matches($@"\| {budget.Name} \| {budget.Quota.ToString("#,0", CultureInfo.InvariantCulture)} \|", readme);
    }
}
