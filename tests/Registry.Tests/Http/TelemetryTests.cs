using System.Net;

namespace Registry.Tests.Http;

/// <summary>What an operator watches, and by what name a request is found again.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_are_at_an_address_of_their_own_and_tell_of_log_lanes_and_disk()
    {
        var port = FreePort();
        using var app = new RegistryApp(settings: ("Registry:Metrics", $"http://127.0.0.1:{port}"));
        await app.Issue();
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        var text = await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        foreach (var name in (string[])["registry_commit_duration_seconds_count", "registry_posts", "registry_lane_waiting", "registry_lane_refused", "registry_clients_refused", "registry_disk_free_bytes", "registry_known_age_seconds", "http_server_request_duration_seconds"])
            Assert.Contains(name, text);
        var entries = Database.Entries(app);
        Assert.Matches($@"registry_log_entries(_ratio)?\{{?[^\n]*\}}? {entries}\b", text);
        Assert.Contains("lane=\"searches\"", text);
        Assert.DoesNotContain("青屿", text);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/v1/regions", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Send("GET", "/metrics")).StatusCode);
    }

    private static class Database
    {
        public static long Entries(RegistryApp app) => app.Database.Read(Registry.Transparency.EntryLog.Size);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Theory]
    [InlineData("X-Request-Id", "order-7.b:1", "order-7.b:1")]
    [InlineData("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("X-Request-Id", "two words", null)]
    [InlineData("X-Request-Id", "1234567890123456789012345678901234567890123456789012345678901234567890", null)]
    [InlineData("traceparent", "00-4bf92f3577b34da6a3ce929d0e0eXXXX-00f067aa0ba902b7-01", null)]
    [InlineData("traceparent", "nonsense", null)]
    public async Task An_answer_names_its_request(string header, string sent, string? name)
    {
        using var app = new RegistryApp(bodies: false);
        foreach (var path in (string[])["/v1/regions", "/v1/certificates/0000000000000", "/nowhere", "/livez"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, sent);
            using var answer = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var named = answer.Headers.GetValues("X-Request-Id").Single();
            if (name is null) Assert.True(named != sent && named.Length > 0); else Assert.Equal(name, named);
        }
    }
}
