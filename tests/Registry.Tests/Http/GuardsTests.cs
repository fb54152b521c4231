using System.Net.Sockets;
using System.Text;

namespace Registry.Tests.Http;

/// <summary>What an attacker may send, and what every answer bears.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Interoperability", "CA1416", Justification = "skipped there")]
public sealed class GuardsTests
{
    [Fact]
    public async Task Every_answer_forbids_frames_guessed_types_and_whatever_it_does_not_need()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "documents", text = "证书" }, app.Key);
        var code = (string)System.Text.Json.Nodes.JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        string[] paths = ["/", $"/c/{id}", $"/c/{id}/badge.svg", $"/c/{id}/card.png", $"/m/{code}", "/assets/site.css", "/docs", "/docs/verify", "/openapi/v1.json", "/livez", "/readyz",
            $"/v1/certificates/{id}", "/v1/certificates?format=csv", $"/v1/marks/{code}.svg?layout=code", $"/v1/marks/{code}.png?layout=code", $"/v1/marks/{code}.pdf?layout=code", "/log/checkpoint", "/log/tile/entries/000.p/1",
            "/.well-known/gs1resolver", "/01/09506000134352", "/nothing", "/v1/nothing", "/c/WRONG", $"/v1/certificates/{id}?on=x", "/v1/reports"];
        foreach (var path in paths)
        {
            using var answer = await app.Send("GET", path);
            string? Header(string name) => answer.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;
            Assert.Equal(("nosniff", "DENY", "no-referrer"), (Header("X-Content-Type-Options"), Header("X-Frame-Options"), Header("Referrer-Policy")));
            Assert.Matches("^default-src 'none'; .*frame-ancestors 'none'", Header("Content-Security-Policy"));
            Assert.DoesNotContain("script-src 'unsafe", Header("Content-Security-Policy"));
        }
        using var wrongMethod = await app.Send("DELETE", "/v1/certificates");
        Assert.True(wrongMethod.Headers.Contains("X-Frame-Options"));
        using var refused = await app.Send("POST", "/v1/verifications", "{");
        Assert.True(refused.Headers.Contains("Content-Security-Policy"));
    }

    /// <summary>Content in chunks whose lengths are no numbers, or larger ones than there are.</summary>
    [Fact]
    public void Chunks_of_impossible_length_are_a_bad_request_and_no_failure_of_the_registry()
    {
        using var served = new Served();
        foreach (var path in (string[])["/v1/verifications", "/v1/statements", "/verify", "/report"])
            foreach (var length in (string[])["FFFFFFFFFFFFFFFFF", "80000000", "-1", "zz"])
            {
                var answer = Raw(served.Port, $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {(path[1] == 'v' && path[2] == '1' ? "application/json" : "application/x-www-form-urlencoded")}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{length}\r\nabc\r\n0\r\n\r\n");
                Assert.Matches("^HTTP/1.1 4(00|15) ", answer);
                Assert.Contains("application/problem+json", answer);
            }
        Assert.DoesNotContain("Exception", served.Log);
    }

    /// <summary>What is refused before there is a request: told as all else is, whatever it is that cannot be read, and the next one is
    /// answered.</summary>
    [Fact]
    public async Task What_is_no_request_is_told_as_a_problem()
    {
        using var served = new Served();
        var most = new string('a', 40_000);
        (int Status, string Request)[] refused =
        [
            (400, "GET /v1/certificates/%00 HTTP/1.1\r\nHost: x"), (400, "GET /c/a%00b?lang=en HTTP/1.1\r\nHost: x"),
            (400, "GET /v1/%2e%00/.. HTTP/1.1\r\nHost: x"), (400, "GET / HTTP/1.1"), (400, "GET / HTTP/1.1\r\nHost: x\r\nHost: y"),
            (400, "GET / HTTP/1.1\r\nHost: x\r\nno header"), (400, "rubbish"), (505, "GET / HTTP/3.7\r\nHost: x"),
            (414, $"GET /{most} HTTP/1.1\r\nHost: x"), (431, $"GET / HTTP/1.1\r\nHost: x\r\nX: {most}"),
        ];
        foreach (var (status, request) in refused)
            // As the first of a connection, and after one that was answered.
            foreach (var before in (string[])["", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"])
                AssertProblem(status, Raw(served.Port, $"{before}{request}\r\n\r\n"));
        await served.Client.GetStringAsync("/livez", TestContext.Current.CancellationToken);
        Assert.DoesNotContain("Exception", served.Log);
    }

    private static void AssertProblem(int status, string answers)
    {
        var answer = answers[answers.LastIndexOf("HTTP/1.1", StringComparison.Ordinal)..];
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (headers, content) = (answer[..end].Split("\r\n"), answer[(end + 4)..]);
        Assert.StartsWith($"HTTP/1.1 {status} ", headers[0]);
        Assert.Contains("Connection: close", headers);
        Assert.Contains("X-Content-Type-Options: nosniff", headers);
        Assert.Contains("Content-Type: application/problem+json", headers);
        Assert.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(content)}", headers);
        var problem = System.Text.Json.Nodes.JsonNode.Parse(content)!;
        Assert.Equal((status, "bad-request"), ((int)problem["status"]!, (string)problem["code"]!));
    }

    private static string Raw(int port, string request)
    {
        using var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 10_000 };
        client.GetStream().Write(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return reader.ReadToEnd();
    }

    [Fact]
    public async Task What_the_program_writes_its_owner_alone_reads()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files");
        var served = Served.Demo;
        await served.Client.GetStringAsync("/log/checkpoint", TestContext.Current.CancellationToken);
        var files = Directory.GetFiles(Path.Combine(served.Folder, "demo")).ToDictionary(file => Path.GetFileName(file), File.GetUnixFileMode);
        Assert.Equal(["key", "registry.db", "registry.db-shm", "registry.db-wal", "registry.key", "registry.published"], files.Keys.Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.Value));
    }

    [Fact]
    public void A_file_that_was_left_open_to_others_is_closed_to_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files");
        var folder = Directory.CreateTempSubdirectory("registry-mode-").FullName;
        try
        {
            var file = Path.Combine(folder, "registry.db");
            File.WriteAllBytes(file, []);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            using var writer = Sqlite.OpenWriter(file);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
