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
        // All send their last byte at once: how many may wait hangs on how long they take here.
        Assert.True(codes.Count(code => code == 200) > admission.Searches.Threads);
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
        using var lane = new Lane("test", 1, 2, 2, Lane.Patience, Lane.Patience, 0);
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
        using var lane = new Lane("mine", 2, 8, 8, Lane.Patience, Lane.Patience, 5);
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

    /// <summary>A lane of one thread by a clock that only the test moves: each request moves it by what it takes.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly TestClock clock = new();
        private readonly Lane lane;
        private readonly SemaphoreSlim turns = new(0);
        private readonly List<Task<Fault?>> all = [];

        public Measured() =>
            lane = new("measured", 1, 128, 128, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(10), 0, clock);

        public Lane Lane => lane;

        public void Pass(double milliseconds) => clock.Now += TimeSpan.FromMilliseconds(milliseconds);

        /// <summary>One after the other: nobody waits.</summary>
        public async Task Answer(int count, double milliseconds)
        {
            for (var i = 0; i < count; i++) Assert.Null(await Ask(milliseconds, free: true));
        }

        /// <summary>Asks until one is refused or there are so many that wait; those wait for <see cref="Free"/>.</summary>
        /// <returns>How many were let in.</returns>
        public int Crowd(int most, double milliseconds)
        {
            var (before, came) = (lane.Refused, 0);
            for (; came < most; came++)
            {
                var asked = Ask(milliseconds, free: false);
                if (lane.Refused > before) break;
                all.Add(asked);
                // The first has the thread, and waits there.
                if (all.Count == 1) Assert.True(SpinWait.SpinUntil(() => lane.Begun == 1, TimeSpan.FromSeconds(30)));
            }
            return came;
        }

        /// <summary>Lets so many of those be answered.</summary>
        public async Task Free(int count)
        {
            turns.Release(count);
            await Task.WhenAll(all[..count]);
            all.RemoveRange(0, count);
            if (all.Count > 0) Assert.True(SpinWait.SpinUntil(() => lane.Waiting == all.Count - 1, TimeSpan.FromSeconds(30)));
        }

        public Task<Fault?> Ask(double milliseconds, bool free) => new Lane.Request(lane).Run(() =>
        {
            if (!free) turns.Wait();
            Pass(milliseconds);
            return Task.CompletedTask;
        }, hasContent: false, CancellationToken.None);

        public void Dispose()
        {
            turns.Release(all.Count);
            Task.WhenAll(all).GetAwaiter().GetResult();
            lane.Dispose();
        }
    }

    /// <summary>Half a second of waiting for those who come at once, eight times what a search takes once the queue does not end.</summary>
    [Fact]
    public async Task A_burst_is_let_in_and_a_queue_that_stands_is_short()
    {
        using var measured = new Measured();
        await measured.Answer(200, milliseconds: 10);
        Assert.InRange(measured.Crowd(200, 10), 45, 52);
        await measured.Free(measured.Lane.Waiting - 2);
        // More come than are answered: it has stood for half a second.
        Assert.Equal(6, measured.Crowd(200, 10));
        var refused = await measured.Ask(10, free: true);
        Assert.Equal("too-busy", refused!.Refusal.Code);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Again);
        await measured.Free(measured.Lane.Waiting + 1);
        // Once it was empty, forty may come again.
        Assert.Equal(40, measured.Crowd(40, 10));
    }

    /// <summary>A few who come at once are a burst for as long as it takes to answer them; quick ones that do not end are seen sooner.</summary>
    [Theory]
    [InlineData(1, 20, 128)]
    [InlineData(1, 40, 10)]
    [InlineData(10, 200, 50)]
    [InlineData(10, 400, 8)]
    public async Task How_long_a_burst_may_last_goes_by_what_requests_take(double milliseconds, double stood, int mostWaiting)
    {
        using var measured = new Measured();
        await measured.Answer(300, milliseconds);
        Assert.Equal(3, measured.Crowd(3, milliseconds));
        measured.Pass(stood);
        measured.Crowd(200, milliseconds);
        Assert.InRange(measured.Lane.Waiting, mostWaiting - 2, mostWaiting);
    }

    /// <summary>As much is answered by a shorter queue, and sooner; a second later it is seen whether the crowd has gone, and where it has not, twice as late.</summary>
    [Fact]
    public async Task While_much_is_refused_fewer_wait()
    {
        using var measured = new Measured();
        await measured.Answer(256, milliseconds: 10);
        Assert.Equal(3, measured.Crowd(3, 10));
        measured.Pass(900); // no burst
        foreach (var seconds in (int[])[1, 2, 4, 5, 5])
        {
            await RefuseMany();
            await measured.Free(measured.Lane.Waiting);
            Assert.Equal(2, measured.Crowd(200, 10));
            measured.Pass(seconds * 1000 - 900);
            await measured.Free(2);
            Assert.Equal(2, measured.Crowd(200, 10));
            measured.Pass(900); // whoever was at work meanwhile took long
            await measured.Free(2);
            Assert.InRange(measured.Crowd(200, 10), 7, 8); // no burst, although nobody waited
        }
        await measured.Free(measured.Lane.Waiting + 1);
        await measured.Answer(128, milliseconds: 10);
        Assert.Equal(40, measured.Crowd(40, 10)); // at once, and nobody is refused
        measured.Pass(900);
        await measured.Free(measured.Lane.Waiting);
        Assert.Equal(1, measured.Crowd(1, 10));
        measured.Pass(900);
        await RefuseMany();
        measured.Pass(1_000);
        await measured.Free(measured.Lane.Waiting - 1);
        Assert.InRange(measured.Crowd(200, 10), 5, 7);

        async Task RefuseMany()
        {
            measured.Crowd(200, 10);
            Assert.InRange(measured.Lane.Waiting, 7, 8);
            for (var i = 0; i < 64; i++) Assert.NotNull(await measured.Ask(10, free: true));
        }
    }

    [Fact]
    public async Task However_long_requests_take_a_few_may_wait_and_are_told_the_truth()
    {
        using var measured = new Measured();
        await measured.Answer(300, milliseconds: 2_000);
        Assert.Equal(2, measured.Crowd(10, 2_000)); // one at work, and one who waits as long as his own work takes
        measured.Pass(1_000);
        var refused = await measured.Ask(2_000, free: true);
        Assert.InRange(refused!.Again!.Value.TotalSeconds, 3, 4.1);
    }

    /// <summary>A list of 10,000 rows among searches, or the first searches of a cold start, are no measure of the next.</summary>
    [Fact]
    public async Task One_request_that_takes_long_has_nobody_refused()
    {
        using var measured = new Measured();
        await measured.Answer(200, milliseconds: 10);
        await measured.Answer(1, milliseconds: 5_000);
        Assert.Equal(40, measured.Crowd(40, 10));
    }

    [Fact]
    public void A_cold_start_refuses_no_page_and_what_it_asks_for()
    {
        using var measured = new Measured();
        Assert.Equal(40, measured.Crowd(40, 300));
    }

    /// <summary>What it waits for (a reader, a sender) holds no thread, and is no reason to refuse others.</summary>
    [Fact]
    public async Task Waiting_for_a_reader_is_no_work()
    {
        using var measured = new Measured();
        await measured.Answer(200, milliseconds: 10);
        for (var i = 0; i < 20; i++)
        {
            var (begun, reader) = (new TaskCompletionSource(), new TaskCompletionSource());
            var slow = new Lane.Request(measured.Lane).Run(async () =>
            {
                begun.SetResult();
                await reader.Task;
                measured.Pass(10);
            }, hasContent: false, CancellationToken.None);
            await begun.Task;
            await measured.Answer(1, milliseconds: 10); // by the one thread, which so is free
            measured.Pass(60_000);
            reader.SetResult();
            Assert.Null(await slow);
        }
        Assert.Equal(40, measured.Crowd(40, 10));
    }

    /// <summary>Below the program's own: what was started with more than the lane's would come before the writer.</summary>
    [Fact]
    public async Task The_threads_of_a_lane_give_way_to_whatever_the_program_was_started_with()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("niceness is a thread's on Linux alone");
        var own = Niceness.Own;
        using var started = new Lane("started", 1, 8, 8, Lane.Patience, Lane.Patience, 7);
        Assert.Equal(Math.Min(own + 7, 19), await NicenessOf(started));
        var nicer = new TaskCompletionSource<Lane>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Niceness.GiveWay(3);
            nicer.SetResult(new("nicer", 1, 8, 8, Lane.Patience, Lane.Patience, 2));
        });
        thread.Start();
        using var lane = await nicer.Task;
        Assert.Equal(Math.Min(own + 5, 19), await NicenessOf(lane));

        static async Task<int> NicenessOf(Lane lane)
        {
            var niceness = 0;
            Assert.Null(await new Lane.Request(lane).Run(() =>
            {
                niceness = Niceness.Own;
                return Task.CompletedTask;
            }, hasContent: false, CancellationToken.None));
            return niceness;
        }
    }
}
