using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Registry.Http;

namespace Registry.Tests.Http;

public sealed class JsonLinesTests
{
    [Fact]
    public void Every_line_is_one_JSON_object_in_order_with_its_members()
    {
        var output = new MemoryStream();
        using (var lines = new JsonLines(output))
        {
            var log = lines.CreateLogger("Registry.Requests");
            for (var i = 0; i < 1000; i++) log.LogInformation("{Method} {Route} {Status} {Milliseconds:0.0}", "GET", $"/行 \"{i}\"\n", i, 0.25);
            log.LogError(new InvalidOperationException("broken"), "failed");
            // What failed is there before anything else happens to the process.
            Assert.Contains("broken", System.Text.Encoding.UTF8.GetString(output.ToArray()));
            log.LogWarning("the last");
        }
        var written = System.Text.Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(1002, written.Length);
        Assert.Equal(Enumerable.Range(0, 1000), written.Take(1000).Select(line => (int)line["State"]!["Status"]!));
        Assert.Equal(("Information", "Registry.Requests", "GET /行 \"7\"\n 7 0.3"), ((string)written[7]["LogLevel"]!, (string)written[7]["Category"]!, (string)written[7]["Message"]!));
        Assert.Equal(("Error", "the last"), ((string)written[^2]["LogLevel"]!, (string)written[^1]["Message"]!));
        Assert.True((DateTime)written[^1]["Timestamp"]! > DateTime.UtcNow.AddMinutes(-5));
    }
}
