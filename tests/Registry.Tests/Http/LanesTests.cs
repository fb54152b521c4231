using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Registry.Http;

namespace Registry.Tests.Http;

/// <summary>Bounded work and short queues: what is full refuses at once and only its own.</summary>
public sealed class LanesTests
{
    /// <summary>Occupies every thread of a lane and its whole queue until disposed.</summary>
    private sealed class Filled : IDisposable
    {
        private readonly ManualResetEventSlim end = new();
        private readonly List<Task> all = [];

        public Filled(Lane lane)
        {
            var started = 0;
            void Add() => all.Add(new Lane.Request(lane).Run(() =>
            {
                Interlocked.Increment(ref started);
                end.Wait();
                return Task.CompletedTask;
            }, hasContent: false, CancellationToken.None));
            for (var i = 0; i < lane.Threads; i++) Add();
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref started) == lane.Threads, TimeSpan.FromSeconds(30)));
            while (lane.Refused == 0) Add();
        }

        public void Dispose()
        {
            end.Set();
            Task.WhenAll(all).GetAwaiter().GetResult();
        }
    }

    private static readonly string[] searches = ["/v1/certificates?q=x", "/", "/v1/suggest?q=x", "/v1/categories", "/v1/bodies", "/categories"];
    private static readonly string[] quick = ["/livez", "/readyz", "/readyz/writing", "/c/ID", "/v1/certificates/ID", "/c/ID/badge.svg", "/v1/certificates/ID/history", "/v1/certificates/ID/proof", "/log/checkpoint", "/v1/regions"];

    private static async Task<string?> Refused(HttpResponseMessage answer)
    {
        if (answer.StatusCode != HttpStatusCode.ServiceUnavailable) return null;
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!;
    }

    private static HttpContent Verification() => new StringContent("{\"rows\":[{\"number\":\"X\"}]}", Encoding.UTF8, "application/json");

    [Fact]
    public async Task Searches_that_are_too_many_are_refused_and_everything_else_is_answered()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var lane = app.Services.GetRequiredService<Admission>().Searches;
        using (new Filled(lane))
        {
            foreach (var path in searches) Assert.Equal("too-busy", await Refused(await app.Send("GET", path)));
            Assert.Equal("too-busy", await Refused(await app.Client.PostAsync("/v1/verifications", Verification(), TestContext.Current.CancellationToken)));
            foreach (var path in quick) Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", path.Replace("ID", id))).StatusCode);
            await app.Issue("BESIDE-1");
            Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", "/v1/certificates?format=csv")).StatusCode);
            using var page = new HttpRequestMessage(HttpMethod.Get, "/?q=x&lang=en");
            page.Headers.Accept.ParseAdd("text/html");
            using var told = await app.Client.SendAsync(page, TestContext.Current.CancellationToken);
            Assert.Contains("does not mean that a certificate is invalid", await told.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        foreach (var path in searches) Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", path)).StatusCode);
        Assert.Equal((0, 0), (lane.Waiting, lane.Begun));
    }

    [Fact]
    public async Task Exports_drawings_and_imports_wait_for_each_other_and_for_nobody_else()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机", items = 3 }, app.Key);
        var code = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        string[] slow = ["/v1/certificates?format=csv", "/v1/certificates?format=ndjson", $"/c/{id}/card.png", $"/v1/marks/{code}/labels.pdf?layout=code", $"/v1/marks/{code}/items.csv"];
        using (new Filled(app.Services.GetRequiredService<Admission>().Slow))
        {
            foreach (var path in slow) Assert.Equal("too-busy", await Refused(await app.Send("GET", path, key: app.Key)));
            Assert.Equal("too-busy", await Refused(await app.SendFile("证书编号\n"u8.ToArray())));
            foreach (var path in (string[])[.. quick, .. searches]) Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", path.Replace("ID", id))).StatusCode);
        }
        foreach (var path in slow) Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", path, key: app.Key)).StatusCode);
    }

    [Fact]
    public async Task Posts_beyond_what_may_wait_for_the_writer_are_refused_at_once()
    {
        using var app = new RegistryApp();
        var (hold, held) = (new ManualResetEventSlim(), new TaskCompletionSource());
        var holding = app.Database.WriteAsync(_ => { held.SetResult(); hold.Wait(); return 0; });
        await held.Task;
        var admission = app.Services.GetRequiredService<Admission>();
        var posts = new List<Task<HttpResponseMessage>>();
        while (admission.Refused == 0 && posts.Count < 2000)
        {
            var draft = RegistryApp.Draft($"MANY-{posts.Count}");
            draft["holder"]!["uscc"] = RegistryApp.Uscc("91370200MA3TEST01");
            posts.Add(app.Send("POST", "/v1/certificates", draft, app.Key));
            if (posts.Count % 64 == 0) await Task.Delay(5);
        }
        // The refused one is answered while the writer is held.
        var first = await Refused(await await Task.WhenAny(posts));
        hold.Set();
        Assert.Equal("too-busy", first);
        await holding;
        var codes = (await Task.WhenAll(posts)).Select(answer => (int)answer.StatusCode).ToList();
        Assert.Equal(posts.Count, codes.Count(code => code is 201 or 503));
        Assert.InRange(codes.Count(code => code == 201), 500, posts.Count - 1);
        Assert.Equal(0, admission.Posts);
    }

    /// <summary>A thousand who send slowly hold no thread and no place of those who do not.</summary>
    [Fact]
    public async Task Whoever_sends_slowly_waits_for_himself_alone()
    {
        using var app = new RegistryApp();
        var admission = app.Services.GetRequiredService<Admission>();
        var slow = new List<(SlowContent Content, Task<HttpResponseMessage> Answer)>();
        for (var i = 0; i < 300; i++)
        {
            var content = new SlowContent();
            slow.Add((content, app.Client.PostAsync("/v1/verifications", content, TestContext.Current.CancellationToken)));
        }
        Assert.Equal(HttpStatusCode.OK, (await app.Client.PostAsync("/v1/verifications", Verification(), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Send("GET", "/v1/certificates?q=x")).StatusCode);
        Assert.Equal(0, admission.Searches.Waiting);
        foreach (var (content, _) in slow) content.End.SetResult();
        var codes = (await Task.WhenAll(slow.Select(one => one.Answer))).Select(answer => (int)answer.StatusCode).ToList();
        Assert.Equal(slow.Count, codes.Count(code => code is 200 or 503));
        Assert.True(codes.Count(code => code == 200) >= 128);
        Assert.Equal((0, 0), (admission.Searches.Waiting, admission.Searches.Begun));
    }

    private sealed class SlowContent : HttpContent
    {
        public TaskCompletionSource End { get; } = new();

        public SlowContent() => Headers.ContentType = new("application/json");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{\"rows\":[{\"num"u8.ToArray());
            await stream.FlushAsync();
            await End.Task;
            await stream.WriteAsync("ber\":\"X\"}]}"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    [Fact]
    public async Task Whoever_has_gone_leaves_the_queue_and_what_fails_gives_its_place_back()
    {
        using var lane = new Lane("test", 1, 2, 2, 0);
        using var gone = new CancellationTokenSource();
        var end = new ManualResetEventSlim();
        var first = new Lane.Request(lane).Run(() => { end.Wait(); return Task.CompletedTask; }, false, CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => lane.Begun == 1, TimeSpan.FromSeconds(30)));
        var asked = false;
        var left = new Lane.Request(lane).Run(() => { asked = true; return Task.CompletedTask; }, false, gone.Token);
        await gone.CancelAsync();
        end.Set();
        Assert.Null(await first);
        Assert.Null(await left);
        Assert.False(asked);
        for (var i = 0; i < 10; i++) await Assert.ThrowsAsync<InvalidOperationException>(() => new Lane.Request(lane).Run(() => throw new InvalidOperationException(), false, CancellationToken.None));
        Assert.Null(await new Lane.Request(lane).Run(() => Task.CompletedTask, false, CancellationToken.None));
        Assert.Equal((0, 0), (lane.Waiting, lane.Begun));
    }

    /// <summary>On the lane's threads to its end, whatever it waits for: they give way to all others.</summary>
    [Fact]
    public async Task A_request_stays_on_the_threads_of_its_lane()
    {
        using var lane = new Lane("mine", 2, 8, 8, 5);
        var names = new List<string?>();
        await new Lane.Request(lane).Run(async () =>
        {
            names.Add(Thread.CurrentThread.Name);
            await Task.Delay(5);
            names.Add(Thread.CurrentThread.Name);
            await Task.Run(() => names.Add(Thread.CurrentThread.Name));
            names.Add(Thread.CurrentThread.Name);
        }, false, CancellationToken.None);
        Assert.Equal(["mine", "mine", "mine"], [names[0], names[1], names[3]]);
        Assert.NotEqual("mine", names[2]);
    }
}
