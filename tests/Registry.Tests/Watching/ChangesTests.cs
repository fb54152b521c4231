using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Registry.Transparency;
using Registry.Watching;

namespace Registry.Tests.WatchingTests;

/// <summary>The log as it grows: by cursor, by waiting, as events, as a feed.</summary>
public sealed class ChangesTests
{
    private static readonly XNamespace atom = "http://www.w3.org/2005/Atom";

    private sealed record Told(JsonNode[] Lines, string? Next)
    {
        public string Acts => string.Join(' ', Lines.Select(line => (string)line["act"]!));
        public long[] Indexes => [.. Lines.Select(line => (long)line["logIndex"]!)];
    }

    private static async Task<Told> Ask(HttpClient client, string query)
    {
        using var answer = await client.GetAsync("/v1/changes" + query);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType!.MediaType);
        var link = Assert.Single(answer.Headers.GetValues("Link"));
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
        return new([.. lines], link[link.IndexOf('?')..link.IndexOf('>')]);
    }

    private static async Task Act(RegistryApp app, string method, string path, object? body = null)
    {
        using var answer = await app.Send(method, path, body, app.Key);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> Mark(RegistryApp app, string id, int? items = null)
    {
        var mark = new { placement = "documents", text = "证书", items };
        using var answer = await app.Send("POST", $"/v1/certificates/{id}/marks", mark, app.Key);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!;
    }

    [Fact]
    public async Task Whoever_follows_the_cursor_reads_every_entry_once_and_in_order()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        await Act(app, "POST", $"/v1/certificates/{id}/suspend", new { until = "2026-08-01", reason = "nonconformity" });
        await Act(app, "POST", $"/v1/certificates/{id}/restore", new { });
        await Act(app, "POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" });
        var all = await Ask(app.Client, "");
        Assert.Equal("admit admit issue suspend restore revoke", all.Acts);
        Assert.Equal([0, 1, 2, 3, 4, 5], all.Indexes);
        Assert.Equal("?after=5", all.Next);

        var followed = new List<long>();
        for (var query = "?limit=1"; ;)
        {
            var piece = await Ask(app.Client, query);
            if (piece.Lines.Length == 0) break;
            followed.AddRange(piece.Indexes);
            query = piece.Next!;
        }
        Assert.Equal(all.Indexes, followed);

        var suspended = all.Lines[3];
        string[] members = ["effectiveOn", "until", "reason", "certificate", "body", "signedBy", "category"];
        var told = string.Join(' ', members.Select(name => suspended[name]));
        Assert.Equal($"2026-06-15 2026-08-01 nonconformity {id} {RegistryApp.Body} registry 26", told);
        var history = (await app.GetJson($"/v1/certificates/{id}/history")).AsArray();
        string[] same = ["logIndex", "leafHash", "recordedAt", "content"];
        string Same(JsonNode? item) => string.Join(' ', same.Select(name => item![name]?.ToJsonString()));
        Assert.Equal(history.Select(Same), all.Lines.Skip(2).Select(Same));
    }

    /// <summary>What is asked for, and the acts that come; names in capitals stand for what the test makes.</summary>
    private static readonly (string Query, string Acts)[] asked =
    [
        ("?body=CNCA-R-2099-902", "admit issue"),
        ("?category=1", "issue correct"), // what it was: that it is so no longer, and nothing after
        ("?category=2", "issue correct revoke"),
        ("?category=26", "issue issue-mark issue-mark withdraw-mark withdraw-mark"),
        ("?uscc=FIRST-USCC", "issue issue-mark issue-mark withdraw-mark withdraw-mark"),
        ("?uscc=FIRST-ORGANISATION", "issue issue-mark issue-mark withdraw-mark withdraw-mark"),
        ("?uscc=SECOND-OLD", "issue correct"),
        ("?certificate=FIRST-ID", "issue issue-mark issue-mark withdraw-mark withdraw-mark"),
        ("?certificate=SECOND-ID", "issue correct revoke"),
        ("?certificate=SECOND-ID&category=26", ""),
        ("?certificate=SECOND-ID&body=CNCA-R-2099-902", ""),
        ("?certificate=0000000000000", ""),
    ];

    [Fact]
    public async Task What_is_asked_for_comes_and_nothing_else()
    {
        using var app = new RegistryApp();
        var first = await app.Issue("FIRST");
        var id = (string)first["id"]!;
        var (whole, items) = (await Mark(app, id), await Mark(app, id, 10));
        var old = RegistryApp.Uscc("91110108MA3TE5T9X");
        var second = (string)(await app.Issue("SECOND", draft =>
        {
            Unlevelled(draft, 1);
            draft["holder"]!["uscc"] = old;
        }))["id"]!;
        var other = RegistryApp.Draft("THIRD");
        Unlevelled(other, 3);
        other["holder"]!["uscc"] = null;
        using (var issued = await app.Send("POST", "/v1/certificates", other, app.OtherKey))
            Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        app.Clock.Now = app.Clock.Now.AddMinutes(1);
        await Act(app, "DELETE", $"/v1/marks/{items}?from=2&to=4");
        await Act(app, "DELETE", $"/v1/marks/{whole}");
        // The code was wrong and so was the category: whoever followed the old ones hears that they are so no longer.
        var right = new { category = 2, holder = new { uscc = RegistryApp.Uscc("91310115MA3TE5T8X") } };
        await Act(app, "POST", $"/v1/certificates/{second}/correct", new { certificate = right });
        await Act(app, "POST", $"/v1/certificates/{second}/revoke", new { reason = "misuse" });

        var uscc = (string)first["holder"]!["uscc"]!;
        (string, string)[] made =
            [("FIRST-USCC", uscc), ("FIRST-ORGANISATION", uscc[8..17]), ("SECOND-OLD", old), ("FIRST-ID", id), ("SECOND-ID", second)];
        foreach (var (of, acts) in asked)
        {
            var query = made.Aggregate(of, (text, one) => text.Replace(one.Item1, one.Item2));
            var told = await Ask(app.Client, query);
            Assert.Equal((of, acts), (of, told.Acts));
            Assert.Equal(told.Indexes.Order(), told.Indexes);
            Assert.EndsWith($"after={app.Database.Read(EntryLog.Size) - 1}", told.Next);

            // The same as the newest of a feed, and in pieces.
            var feed = XDocument.Parse(await app.Client.GetStringAsync("/changes.atom" + query));
            var entries = feed.Root!.Elements(atom + "entry").Select(entry => entry.Element(atom + "id")!.Value);
            Assert.Equal(told.Indexes.Reverse().Select(index => $"https://reg.example/v1/log/{index}/proof"), entries);
            var pieces = new List<long>();
            for (var next = query + "&limit=1"; await Ask(app.Client, next) is { Lines.Length: > 0 } piece; next = piece.Next!)
                pieces.AddRange(piece.Indexes);
            Assert.Equal(told.Indexes, pieces);
        }

        static void Unlevelled(JsonObject draft, int category)
        {
            draft["category"] = category;
            draft.Remove("level");
            draft.Remove("score");
        }
    }

    [Fact]
    public async Task What_cannot_be_followed_is_named()
    {
        using var app = new RegistryApp();
        foreach (var (query, code) in ((string, string)[])
        [
            ("?after=-2", "out-of-range"), ("?after=first", "out-of-range"), ("?limit=0", "out-of-range"), ("?limit=1001", "out-of-range"),
            ("?wait=31", "out-of-range"), ("?wait=1.5", "out-of-range"), ("?category=29", "unknown-category"), ("?uscc=123", "bad-uscc"),
            ("?certificate=0000000000001", "mistyped"), ("?since=3", "unknown-parameter"),
        ])
        {
            using var answer = await app.Send("GET", "/v1/changes" + query);
            Assert.InRange((int)answer.StatusCode, 400, 422);
            Assert.Contains($"\"{code}\"", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Where_few_of_many_are_asked_for_an_answer_may_be_empty_and_leads_on()
    {
        using var app = new RegistryApp();
        await app.Grow(ChangeStore.MaxLookedAt + 700);
        var last = (string)(await app.Issue("LAST", draft =>
        {
            draft["category"] = 7;
            draft.Remove("level");
            draft.Remove("score");
        }))["id"]!;
        var told = await Ask(app.Client, "?category=7");
        Assert.Empty(told.Lines);
        told = await Ask(app.Client, told.Next!);
        Assert.Equal(last, (string)Assert.Single(told.Lines)["certificate"]!);
    }

    [Fact]
    public async Task Whoever_waits_hears_what_he_asked_for_as_soon_as_it_is_recorded()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var watch = app.Services.GetRequiredService<ChangeWatch>();
        string[] filters = ["&body=CNCA-R-2099-902", "&certificate=" + id, ""];
        var asked = Enumerable.Range(0, 60).Select(i => Ask(app.Client, "?after=2&wait=30" + filters[i % 3])).ToArray();
        await Until(() => watch.Waiting == 60);
        await app.Issue("ANOTHER");
        await Until(() => watch.Waiting == 40);
        await Act(app, "POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" });
        await Until(() => watch.Waiting == 20);
        var other = RegistryApp.Draft("OTHER");
        other["holder"]!["uscc"] = null;
        using (var issued = await app.Send("POST", "/v1/certificates", other, app.OtherKey))
            Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        var told = await Task.WhenAll(asked);
        for (var i = 0; i < told.Length; i++) Assert.Equal([i % 3 == 0 ? 5 : i % 3 == 1 ? 4 : 3], told[i].Indexes);
        Assert.Equal(0, watch.Waiting);

        // Nothing comes: the answer is empty, and says where to go on; HEAD waits for nothing.
        Assert.Equal(("", "?wait=1&after=5"), (await Ask(app.Client, "?after=5&wait=1")) is var none ? (none.Acts, none.Next) : default);
        using var head = await app.Client.SendAsync(new(HttpMethod.Head, "/v1/changes?after=5&wait=30"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Fact]
    public async Task Events_go_on_where_the_reader_was_and_come_as_they_are_recorded()
    {
        using var app = new RegistryApp();
        await app.Issue();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/changes?after=0");
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.Add("Last-Event-ID", "1");
        using var answer = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.ToString());
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        async Task<(string Id, JsonNode Data)> Next()
        {
            for (var id = ""; await reader.ReadLineAsync() is { } line;)
                if (line.StartsWith("id: ")) id = line[4..];
                else if (line.StartsWith("data: ")) return (id, JsonNode.Parse(line[6..])!);
            throw new InvalidOperationException("The stream ended.");
        }
        var (first, told) = await Next();
        Assert.Equal(("2", "issue"), (first, (string)told["act"]!));
        await app.Issue("ANOTHER");
        (first, told) = await Next();
        Assert.Equal(("3", "ANOTHER"), (first, (string)told["number"]!));
    }

    [Fact]
    public async Task More_than_may_wait_are_told_so_at_once_and_may_still_ask()
    {
        using var app = new RegistryApp();
        var watch = app.Services.GetRequiredService<ChangeWatch>();
        watch.MaxWaiting = 1;
        var waits = Ask(app.Client, "?after=1&wait=30");
        await Until(() => watch.Waiting == 1);
        foreach (var events in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/changes?after=1&wait=30");
            if (events) request.Headers.Accept.ParseAdd("text/event-stream");
            using var refused = await app.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (refused.StatusCode, refused.Headers.RetryAfter is not null));
            Assert.Contains("\"too-many-waiting\"", await refused.Content.ReadAsStringAsync());
        }
        Assert.Equal("admit", (await Ask(app.Client, "?after=0&wait=30")).Acts);
        await app.Issue();
        Assert.Equal("issue", (await waits).Acts);
    }

    [Fact]
    public async Task Whoever_reads_more_slowly_than_the_log_grows_misses_nothing()
    {
        using var app = new RegistryApp();
        var watch = app.Services.GetRequiredService<ChangeWatch>();
        watch.MaxKept = 1000;
        var cancel = TestContext.Current.CancellationToken;
        await using var slow = watch.Follow(new(), -1, 1000, cancel).GetAsyncEnumerator(cancel);
        var seen = new List<long>();
        async Task Read()
        {
            Assert.True(await slow.MoveNextAsync());
            seen.AddRange(slow.Current.Items.Select(change => change.LogIndex));
        }
        await Read();
        await app.Grow(1000);
        await Read();
        var before = seen.Count;
        await app.Grow(4000); // more than is kept for those who are slow
        await Task.Delay(500, cancel);
        while (seen.Count < 4000) await Read();
        Assert.True(before < 1000);
        Assert.Equal(Enumerable.Range(0, 4000).Select(index => (long)index), seen);
    }

    [Fact]
    public async Task On_a_mirror_it_is_the_same_and_comes_by_following()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url));
        await Until(() => mirror.Database.Read(EntryLog.Size) == 2);
        var waits = Ask(mirror.Client, "?after=1&wait=30");
        await origin.Issue();
        Assert.Equal("issue", (await waits).Acts);
        // It may hold less than the reader knows: nothing new is there, and nobody is led back. The log itself is another then, or was cut.
        Assert.Equal(("", "?after=3"), ((await Ask(mirror.Client, "?after=3")).Acts, (await Ask(mirror.Client, "?after=3")).Next));
        Assert.Equal(("", "?after=2"), ((await Ask(origin.Client, "?after=2")).Acts, (await Ask(origin.Client, "?after=2")).Next));
        foreach (var accept in (string[])["application/x-ndjson", "text/event-stream"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/changes?after=3");
            request.Headers.Accept.ParseAdd(accept);
            using var beyond = await origin.Client.SendAsync(request);
            Assert.Equal(422, (int)beyond.StatusCode);
            Assert.Contains("\"beyond-the-log\"", await beyond.Content.ReadAsStringAsync());
        }
        Assert.Equal(await origin.Client.GetStringAsync("/v1/changes"), await mirror.Client.GetStringAsync("/v1/changes"));
    }

    [Theory]
    [InlineData("zh-CN", "撤销：青屿云帆电器（演示）有限公司，A&B", "原因类别：")]
    [InlineData("en", "Revoked: 青屿云帆电器（演示）有限公司, A&B", "category of reason: ")]
    public async Task People_read_the_newest_changes_in_their_feed_reader(string language, string title, string text)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("A&B"))["id"]!;
        await Act(app, "POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" });
        using var answer = await app.Send("GET", "/changes.atom", language: language);
        Assert.Equal("application/atom+xml; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var feed = XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;
        Assert.Equal(language, feed.Attribute(XNamespace.Xml + "lang")!.Value);
        // RFC 4287 §4.1.1, §4.1.2: what a feed and an entry must have.
        foreach (var part in (XElement[])[feed, .. feed.Elements(atom + "entry")])
        {
            foreach (var name in (string[])["id", "title", "updated"]) Assert.Single(part.Elements(atom + name));
            Assert.True(Uri.IsWellFormedUriString(part.Element(atom + "id")!.Value, UriKind.Absolute));
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", part.Element(atom + "updated")!.Value);
        }
        Assert.Single(feed.Elements(atom + "author"));
        var self = feed.Elements(atom + "link").Single(link => link.Attribute("rel")!.Value == "self");
        Assert.Equal("https://reg.example/changes.atom", self.Attribute("href")!.Value);
        var newest = feed.Elements(atom + "entry").First();
        Assert.Equal(title, newest.Element(atom + "title")!.Value);
        Assert.Equal($"https://reg.example/c/{id}", newest.Element(atom + "link")!.Attribute("href")!.Value);
        Assert.Contains(text, newest.Element(atom + "summary")!.Value);
    }

    private static async Task Until(Func<bool> reached)
    {
        for (var i = 0; !reached(); i++)
        {
            Assert.True(i < 600, "waited in vain");
            await Task.Delay(50);
        }
    }
}
