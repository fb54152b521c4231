using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Registry.Custody;

namespace Registry.Tests.Nodes;

/// <summary>Nodes of one registry within a test, and what is asked of them.</summary>
internal static class Node
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static RegistryApp First(string address, params (string, string)[] settings) =>
        new(bodies: true, [("Registry:Database", "postgres"), ("Registry:ConnectionString", address), .. settings]);

    /// <summary>Another node of the same registry.</summary>
    public static RegistryApp Another(RegistryApp first, string address, params (string, string)[] settings) =>
        new(bodies: false, [("Registry:Database", "postgres"), ("Registry:ConnectionString", address), ("Registry:KeyFile", first.KeyFile), .. settings]);

    public static JsonObject Draft(string number = "NODE-1")
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!["uscc"] = RegistryApp.Uscc("91370200MA3TEST01");
        return draft;
    }

    public static async Task<string?> StatusOf(RegistryApp node, string id)
    {
        using var answer = await node.Send("GET", $"/v1/certificates/{id}");
        return answer.StatusCode == HttpStatusCode.OK ? (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"] : $"{(int)answer.StatusCode}";
    }

    public static async Task Ready(RegistryApp node)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            using var answer = await node.Client.GetAsync("/readyz");
            if (answer.StatusCode == HttpStatusCode.OK) return;
            Assert.True(clock.Elapsed < Patience, await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Everything in both files, the operator's rows among it, is the same, and is what the log makes.</summary>
    public static async Task Same(params RegistryApp[] nodes)
    {
        foreach (var node in nodes) await Ready(node);
        using var first = nodes[0].Database.Location.OpenReadOnly();
        foreach (var node in nodes[1..])
        {
            using var other = node.Database.Location.OpenReadOnly();
            foreach (var (table, order) in (IEnumerable<(string, string)>)[.. Database.Derived, ("entry", "seq"), .. StoredTables.Operator]) Assert.Null(StoredTables.Difference(first, other, table, order));
        }
        var audit = new Audit(new(nodes[0].Log.Key, null), [], (_, _) => { });
        await audit.Stored(nodes[0].Database.Location);
        Assert.Empty(audit.Findings);
    }

    public static async Task<(HttpStatusCode Status, string Text)> Post(RegistryApp node, string number, string key, string? once = null)
    {
        using var answer = await node.Send("POST", "/v1/certificates", Draft(number), key, idempotencyKey: once);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A certificate that is issued on a node, its id.</summary>
    public static async Task<string> Issue(RegistryApp node, string number, string key)
    {
        var (status, text) = await Post(node, number, key);
        Assert.True(status == HttpStatusCode.Created, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    public static async Task Revoke(RegistryApp node, string id, string key)
    {
        using var revoked = await node.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, key);
        Assert.True(revoked.StatusCode == HttpStatusCode.OK, await revoked.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until something holds.</summary>
    public static async Task Until(Func<Task<bool>> reached, string what)
    {
        for (var clock = Stopwatch.StartNew(); !await reached(); await Task.Delay(50)) Assert.True(clock.Elapsed < Patience, $"waited for {what}");
    }
}
