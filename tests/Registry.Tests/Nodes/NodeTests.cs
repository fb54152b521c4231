using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Registry.Bodies;
using Registry.Marks;
using Registry.Statements;
using SQLitePCL;
using static Registry.Tests.Nodes.Node;

namespace Registry.Tests.Nodes;

/// <summary>Several nodes of one registry on a shared log, each with a file of its own.</summary>
[Collection(NodesCollection.Name)]
public sealed class NodeTests(Cluster cluster)
{
    [Fact]
    public async Task What_is_acknowledged_on_one_node_is_read_on_the_other_at_once_a_thousand_times()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        using var other = Another(one, address);
        await Ready(other); // on a busy machine it takes a while, and until then refuses posts
        await Task.WhenAll(Enumerable.Range(0, 4).Select(stream => Task.Run(async () =>
        {
            for (var i = 0; i < 125; i++)
            {
                var (here, there) = (i + stream) % 2 == 0 ? (one, other) : (other, one);
                using var posted = await here.Send("POST", "/v1/certificates", Draft($"N-{stream}-{i}"), one.Key);
                var text = await posted.Content.ReadAsStringAsync();
                Assert.True(posted.StatusCode == HttpStatusCode.Created, text);
                var id = (string)JsonNode.Parse(text)!["id"]!;
                Assert.Equal("valid", await StatusOf(there, id));
                using var revoked = await here.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, one.Key);
                Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
                Assert.Equal("revoked", await StatusOf(there, id));
            }
        })));
        await Same(one, other);
    }

    [Fact]
    public async Task Whoever_waits_on_one_node_hears_what_is_recorded_on_another()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        using var other = Another(one, address);
        await Ready(other);
        var waits = other.Client.GetStringAsync("/v1/changes?after=1&wait=30");
        await Until(() => Task.FromResult(other.Services.GetRequiredService<Watching.ChangeWatch>().Waiting == 1), "the reader to wait");
        await Issue(one, "N-1", one.Key);
        Assert.Equal("issue", (string)JsonNode.Parse(await waits)!["act"]!);
    }

    /// <summary>Between the two commits of a post lies a moment in which the shared log has it, and the node's own file has not.</summary>
    [Fact]
    public async Task A_post_is_answered_when_the_shared_log_has_it_and_read_on_that_node_when_its_file_has_it()
    {
        using var mayCommit = new ManualResetEventSlim(initialState: true); // the node's last commit asks it too
        using var node = First(cluster.Fresh());
        int Hold()
        {
            mayCommit.Wait();
            return raw.SQLITE_OK;
        }
        await node.Database.WriteAsync(t =>
        {
            raw.sqlite3_commit_hook(((SqliteConnection)t.Connection).Handle, _ => Hold(), null);
            return t.Now;
        });
        mayCommit.Reset();
        try
        {
            var id = await Issue(node, "N-1", node.Key).WaitAsync(Patience);
            var read = StatusOf(node, id);
            await Task.WhenAny(read, Task.Delay(aMoment));
            Assert.False(read.IsCompleted, "It was read before the file had it.");
            mayCommit.Set();
            // On a busy machine the file was too late for the first.
            Assert.Equal("valid", await read is var status and not "503" ? status : await StatusOf(node, id));
        }
        finally { mayCommit.Set(); }
    }

    private static readonly TimeSpan aMoment = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task What_the_operator_keeps_is_the_same_on_every_node()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        using var other = Another(one, address);
        await Ready(other);
        using var first = await one.Send("POST", "/v1/certificates", Draft(), one.Key, idempotencyKey: "once");
        using var again = await other.Send("POST", "/v1/certificates", Draft(), one.Key, idempotencyKey: "once");
        Assert.Equal((HttpStatusCode.Created, await first.Content.ReadAsStringAsync()), (again.StatusCode, await again.Content.ReadAsStringAsync()));
        using var reused = await other.Send("POST", "/v1/certificates", Draft("ANOTHER"), one.Key, idempotencyKey: "once");
        Assert.Equal(HttpStatusCode.UnprocessableContent, reused.StatusCode);

        // What is followed is read and ended on any node.
        var followed = (string)JsonNode.Parse(await first.Content.ReadAsStringAsync())!["id"]!;
        using var begun = await one.Send("POST", "/v1/watches", new { certificates = new[] { followed } });
        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        using (var ended = await other.Send("DELETE", begun.Headers.Location!.ToString())) Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        using var view = await one.Send("GET", begun.Headers.Location!.ToString());
        Assert.Contains("\"until\":\"2026-06-14\"", await view.Content.ReadAsStringAsync());

        // Codes of items derive from a seed that one node made; openings are counted on both.
        var id = (string)JsonNode.Parse(await first.Content.ReadAsStringAsync())!["id"]!;
        using var marked = await one.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机", items = 10 }, one.Key);
        var code = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        using var items = await other.Send("GET", $"/v1/marks/{code}/items.csv?from=1&to=3", key: one.Key);
        Assert.True(items.IsSuccessStatusCode, await items.Content.ReadAsStringAsync());
        foreach (var node in (RegistryApp[])[one, other])
        {
            using var opened = new HttpRequestMessage(HttpMethod.Get, $"/m/{code}");
            opened.Headers.UserAgent.ParseAdd("Mozilla/5.0");
            (await node.Client.SendAsync(opened)).EnsureSuccessStatusCode();
            await node.Services.GetRequiredService<ScanCounter>().Flush();
        }
        await one.Database.Node!.Level(default).WaitAsync(Patience);
        Assert.Equal(2, one.Database.Read(db => ScanStore.Find(db, code))?.Total);

        // A key that is revoked on one node stops on the other at once.
        var (keyId, key) = await one.Database.WriteAsync(t => ApiKeys.Create(t, RegistryApp.Body, "short", t.Now.AddYears(1)));
        using (var works = await other.Send("GET", "/v1/reports", key: key)) Assert.Equal(HttpStatusCode.OK, works.StatusCode);
        Assert.True(await one.Database.WriteAsync(t => ApiKeys.Revoke(t, keyId)));
        using (var stops = await other.Send("GET", "/v1/reports", key: key)) Assert.Equal(HttpStatusCode.Unauthorized, stops.StatusCode);

        // The same of posts, which nothing is asked before: the other node has not heard of the key, nor of its end.
        var (id2, key2) = await one.Database.WriteAsync(t => ApiKeys.Create(t, RegistryApp.Body, "shorter", t.Now.AddYears(1)));
        using (var posts = await other.Send("POST", "/v1/certificates", Draft("BY-NEW-KEY"), key2)) Assert.Equal(HttpStatusCode.Created, posts.StatusCode);
        Assert.True(await one.Database.WriteAsync(t => ApiKeys.Revoke(t, id2)));
        using (var stops = await other.Send("POST", "/v1/certificates", Draft("BY-OLD-KEY"), key2)) Assert.Equal(HttpStatusCode.Unauthorized, stops.StatusCode);

        // What goes by its age goes on every node, and from the shared log.
        foreach (var node in (RegistryApp[])[one, other]) node.Clock.Now = node.Clock.Now.AddDays(8);
        using var later = await one.Send("POST", "/v1/certificates", Draft("LATER"), one.Key, idempotencyKey: "later");
        Assert.Equal(HttpStatusCode.Created, later.StatusCode);
        Assert.Equal(1, Cluster.Ask<long>(address, "SELECT count(*) FROM operator_row WHERE name = 'idempotency'"));
        using var once = await other.Send("POST", "/v1/certificates", Draft("ONCE-MORE"), one.Key, idempotencyKey: "once");
        Assert.Equal(HttpStatusCode.Created, once.StatusCode);
        await Same(one, other);
    }

    [Fact]
    public async Task A_commit_is_two_messages_however_many_posts_it_carries()
    {
        var address = cluster.Fresh();
        using var wire = new Wire(cluster.Port);
        var through = address.Replace($"Port={cluster.Port}", $"Port={wire.Port}");
        using var node = First(through);
        using var other = Another(node, address);
        await Ready(other);
        await node.Issue();
        for (var round = 0; round < 5; round++)
        {
            // The other node appends meanwhile, so there is something to follow every time.
            await other.Database.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Certificates.Samples.Content with { Number = $"OTHER-{round}" }));
            using var inside = new ManualResetEventSlim();
            using var release = new ManualResetEventSlim();
            var held = node.Database.WriteOwnAsync(_ => { inside.Set(); return release.Wait(Patience); });
            Assert.True(inside.Wait(Patience));
            var posts = Enumerable.Range(0, 100).Select(i => node.Database.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Certificates.Samples.Content with { Number = $"TOGETHER-{round}-{i}" }))).ToArray();
            var before = wire.Messages;
            release.Set();
            await Task.WhenAll(posts).WaitAsync(Patience);
            Assert.Equal(2, wire.Messages - before);
            await held;
        }
        await Same(node, other);
    }

    [Fact]
    public async Task A_commit_that_others_wait_for_already_keeps_the_head_for_them_and_the_last_gives_it_up()
    {
        // One commit takes so many posts.
        const int Together = 512;
        var address = cluster.Fresh();
        using var wire = new Wire(cluster.Port);
        using var node = First(address.Replace($"Port={cluster.Port}", $"Port={wire.Port}"));
        using var other = Another(node, address);
        await Ready(other);
        Task<Recorded> Issue(RegistryApp on, string number) =>
            on.Database.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Certificates.Samples.Content with { Number = number }));
        // Of three commits in a row the first takes the head, the second and the third have it already; where another appended meanwhile,
        // the second takes it anew.
        foreach (var (round, isAlone) in new[] { true, false, true }.Index())
        {
            await (isAlone ? Issue(node, $"BEFORE-{round}") : Issue(other, $"OTHER-{round}"));
            using var inside = new ManualResetEventSlim();
            using var release = new ManualResetEventSlim();
            var held = node.Database.WriteOwnAsync(_ => { inside.Set(); return release.Wait(Patience); });
            Assert.True(inside.Wait(Patience));
            Task<Recorded> Nothing() => node.Database.WriteAsync(_ => new Recorded("", 0, New: false));
            var posts = Enumerable.Range(0, 2 * Together + 1)
                .Select(i => i % Together == 0 ? Issue(node, $"ROW-{round}-{i}") : Nothing()).ToArray();
            var before = wire.Messages;
            release.Set();
            await Task.WhenAll(posts).WaitAsync(Patience);
            Assert.Equal(isAlone ? 4 : 5, wire.Messages - before);
            Assert.True(await held);
        }
        await Issue(other, "FREE").WaitAsync(Patience);
        await Same(node, other);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_told_as_unknown_and_the_same_again_is_answered()
    {
        var address = cluster.Fresh();
        using var wire = new Wire(cluster.Port);
        using var node = First(address.Replace($"Port={cluster.Port}", $"Port={wire.Port}"));
        for (var i = 0; i < 5; i++)
        {
            wire.LoseNextAnswer();
            using var lost = await node.Send("POST", "/v1/certificates", Draft($"LOST-{i}"), node.Key, idempotencyKey: $"key-{i}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.StatusCode);
            await Ready(node);
            using var again = await node.Send("POST", "/v1/certificates", Draft($"LOST-{i}"), node.Key, idempotencyKey: $"key-{i}");
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
            Assert.Equal(3 + i, Cluster.Ask<long>(address, "SELECT size FROM head"));
        }
        using var other = Another(node, address);
        await Same(node, other);
    }
}
