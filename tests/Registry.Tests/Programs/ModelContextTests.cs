using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Registry.Tests.ProgramsTests;

/// <summary>The endpoint for language models, spoken to by the protocol's own client and by hand.</summary>
public sealed class ModelContextTests
{
    private static Task<McpClient> Connect(RegistryApp app) => McpClient.CreateAsync(
        new HttpClientTransport(new() { Endpoint = new("http://localhost/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, app.Client),
        cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<(bool IsError, JsonNode Answer)> Call(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: TestContext.Current.CancellationToken);
        var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        if (result.IsError != true) Assert.Equal(JsonNode.Parse(text)!.ToJsonString(), JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!.ToJsonString());
        return (result.IsError == true, JsonNode.Parse(text)!);
    }

    [Fact]
    public async Task A_model_searches_verifies_and_is_told_what_a_status_means_and_on_what_it_rests()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("ONE"))["id"]!;
        await app.Issue("TWO", draft => draft["holder"]!["name"] = "别家（演示）有限公司");
        using (var act = await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-08-01" }, app.Key)) act.EnsureSuccessStatusCode();
        await using var client = await Connect(app);
        Assert.Contains("public register", client.ServerInstructions);
        var tools = await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["explain", "search", "verify"], tools.Select(tool => tool.Name).Order());
        Assert.All(tools, tool => Assert.Equal((true, false), (tool.ProtocolTool.Annotations!.ReadOnlyHint, tool.ProtocolTool.Annotations.DestructiveHint)));
        Assert.All(tools, tool => Assert.Contains("description", tool.JsonSchema.GetRawText()));

        var (_, found) = await Call(client, "search", new() { ["q"] = "云帆", ["status"] = "suspended" });
        Assert.Equal(id, (string)Assert.Single(found["items"]!.AsArray())!["id"]!);
        Assert.Equal(1, (int)found["total"]!["value"]!);

        object[] rows = [new { number = "ONE", name = "青屿云帆电器（演示）有限公司" }, new { number = "TWO", name = "青屿云帆电器（演示）有限公司" }, new { number = "NONE" }];
        var (_, verified) = await Call(client, "verify", new() { ["rows"] = rows, ["lang"] = "en", ["on"] = "2026-06-15" });
        Assert.Equal(["suspended", "mismatch", "not-in-registry"], verified["rows"]!.AsArray().Select(row => (string)row!["result"]!));

        var (_, explained) = await Call(client, "explain", new() { ["code"] = $"https://reg.example/c/{id}", ["lang"] = "en" });
        Assert.Equal(("suspended", "Not to be used while it is suspended, nor its marks."), ((string)explained["result"]!, (string)explained["meaning"]!));
        Assert.Equal(["issue", "suspend"], explained["statements"]!.AsArray().Select(item => (string)item!["act"]!));
        Assert.Equal((5, $"https://reg.example/c/{id}"), ((int)explained["log"]!["size"]!, (string)explained["page"]!));
        Assert.Contains("\"leafHash\":\"" + explained["statements"]![1]!["leafHash"], await app.Client.GetStringAsync($"/v1/certificates/{id}/history"));
    }

    /// <summary>A mark that was withdrawn is told first, whatever the certificate's status.</summary>
    [Fact]
    public async Task What_stands_against_a_mark_is_its_result()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "documents", text = "证书" }, app.Key);
        var code = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        await using var client = await Connect(app);
        Assert.Equal("valid", (string)(await Call(client, "explain", new() { ["code"] = code })).Answer["result"]!);
        using (var withdrawn = await app.Send("DELETE", $"/v1/marks/{code}", key: app.Key)) withdrawn.EnsureSuccessStatusCode();
        var (_, explained) = await Call(client, "explain", new() { ["code"] = code, ["lang"] = "en" });
        Assert.Equal("mark-withdrawn", (string)explained["result"]!);
        Assert.DoesNotContain("relied on", (string)explained["meaning"]!);
        Assert.Equal("mark-withdrawn", (string)(await Call(client, "verify", new() { ["rows"] = new[] { new { code } } })).Answer["rows"]![0]!["result"]!);
    }

    [Fact]
    public async Task What_a_tool_does_not_take_is_named_and_more_than_is_taken_refused()
    {
        using var app = new RegistryApp();
        await using var client = await Connect(app);
        foreach (var (tool, arguments, code) in ((string, Dictionary<string, object?>, string)[])
        [
            ("search", new() { ["querry"] = "x" }, "unknown-field"), ("search", new() { ["limit"] = 21 }, "out-of-range"), ("search", new() { ["limit"] = "5" }, "wrong-type"),
            ("search", new() { ["status"] = "good" }, "unknown-word"), ("verify", new(), "required"), ("verify", new() { ["rows"] = new[] { new { numbr = "1" } } }, "unknown-field"),
            ("verify", new() { ["rows"] = Enumerable.Repeat(new { number = "1" }, 101) }, "too-many"), ("explain", new(), "required"), ("explain", new() { ["code"] = "x" }, "mistyped"),
            ("explain", new() { ["code"] = "0000000000000" }, "unknown-mark"), ("explain", new() { ["code"] = "0000000000000", ["lang"] = "fr" }, "unknown-word"),
            ("verify", new() { ["rows"] = new[] { new { number = "1" } }, ["category"] = 99 }, "unknown-category"),
        ])
        {
            var (isError, answer) = await Call(client, tool, arguments);
            Assert.True(isError, tool);
            Assert.Contains($"\"{code}\"", answer.ToJsonString());
        }
    }

    /// <summary>JSON-RPC as it goes over the wire, without a session.</summary>
    [Fact]
    public async Task Each_call_stands_alone()
    {
        using var app = new RegistryApp();
        await app.Issue("ONE");
        using var call = new HttpRequestMessage(HttpMethod.Post, "/mcp");
        call.Headers.Accept.ParseAdd("application/json, text/event-stream");
        call.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        var rpc = new { jsonrpc = "2.0", id = 7, method = "tools/call", @params = new { name = "search", arguments = new { number = "ONE" } } };
        call.Content = new StringContent(JsonSerializer.Serialize(rpc), Encoding.UTF8, "application/json");
        using var answer = await app.Client.SendAsync(call);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
        var told = JsonNode.Parse(text.Split('\n').First(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..])!;
        Assert.Equal((7, "ONE"), ((int)told["id"]!, (string)told["result"]!["structuredContent"]!["items"]![0]!["number"]!));
        using var get = await app.Client.GetAsync("/mcp");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.Equal(["POST", "OPTIONS"], get.Content.Headers.Allow);
    }
}
