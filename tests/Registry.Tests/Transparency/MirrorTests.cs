using System.Diagnostics;
using System.Net;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class MirrorTests
{
    private static RegistryApp MirrorOf(Front front) => new(bodies: false, ("Registry:MirrorOf", front.Url));

    private static async Task Until(Func<bool> reached, string what, int seconds = 60)
    {
        for (var begin = Stopwatch.GetTimestamp(); !reached(); await Task.Delay(50))
            Assert.True(Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds, $"waited for {what}");
    }

    private static Task Level(RegistryApp mirror, RegistryApp origin) =>
        Until(() => mirror.Database.Read(TreeStore.Newest)?.Signed == origin.Database.Read(TreeStore.Newest)!.Signed, "the mirror to be level");

    /// <summary>Every table made from the log, and the log itself.</summary>
    private static void Same(RegistryApp one, RegistryApp other) => Assert.Equal(Dump(one.Database.Location), Dump(other.Database.Location));

    private static string Dump(Location location)
    {
        using var db = location.OpenReadOnly();
        return string.Join('\n', Database.Derived.Prepend(("entry", "seq")).SelectMany(table => Database.Rows(db, table.Item1, table.Item2).Prepend(table.Item1)));
    }

    [Fact]
    public async Task A_mirror_of_a_mirror_builds_the_same_registry_serves_reads_and_refuses_writes()
    {
        using var origin = new RegistryApp();
        await using var first = new Front(origin.Client);
        await origin.Grow(600);
        using var mirror = MirrorOf(first);
        await Level(mirror, origin);
        await using var second = new Front(mirror.Client);
        using var again = MirrorOf(second);
        await Level(again, mirror);
        Same(origin, mirror);
        Same(origin, again);

        // A later act arrives within seconds, by tiles only.
        var id = (string)(await origin.Issue("LATE-1"))["id"]!;
        (await origin.Send("POST", $"/v1/certificates/{id}/revoke", new { }, origin.Key)).EnsureSuccessStatusCode();
        await Until(() => again.Client.GetAsync($"/v1/certificates/{id}").Result.StatusCode == HttpStatusCode.OK, "the act to arrive", 15);
        await Level(again, origin);
        Assert.Equal("revoked", (string)(await again.GetJson($"/v1/certificates/{id}"))["status"]!);
        Assert.Equal(await origin.Client.GetStringAsync($"/v1/certificates/{id}/proof"), await again.Client.GetStringAsync($"/v1/certificates/{id}/proof"));
        Assert.All(first.Asked.Concat(second.Asked), path => Assert.StartsWith("/log/", path));
        Same(origin, again);
        Assert.Equal(HttpStatusCode.OK, (await again.Client.GetAsync("/readyz")).StatusCode);

        foreach (var (method, path) in ((string, string)[])[("POST", "/v1/certificates"), ("POST", $"/v1/certificates/{id}/revoke"), ("POST", $"/v1/certificates/{id}/marks"), ("DELETE", "/v1/marks/0000000000000")])
        {
            using var answer = await again.Send(method, path, new { }, origin.Key);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden && text.Contains("\"mirror\"") && text.Contains("reg.example/log"), $"{path} {text}");
        }
        using (var report = await again.Client.PostAsync("/report", new FormUrlEncodedContent([new("kind", "copied")]))) Assert.Equal(HttpStatusCode.Forbidden, report.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await again.Send("POST", "/v1/verifications", new { rows = new[] { new { number = "LATE-1" } } })).StatusCode);
    }

    [Theory]
    [InlineData("/log/tile/entries/000", 2)]
    [InlineData("/log/tile/0/001", 256)]
    [InlineData("/log/tile/0/002.p", 2)]
    [InlineData("/log/tile/1/", 2)]
    [InlineData("/log/checkpoint", 2)]
    public async Task A_bad_tile_stops_it_with_the_evidence_and_nothing_of_it_is_kept(string path, long kept)
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        using var mirror = MirrorOf(front);
        await Level(mirror, origin);
        front.Flip(path, content => content.Length / 2);
        await origin.Grow(600);
        await Alarm(mirror, path == "/log/checkpoint" ? "/log/checkpoint" : path.Contains("002") || path.Contains("/1/") ? "right edge" : path);
        Assert.InRange(mirror.Database.Read(EntryLog.Size), kept, Math.Max(kept, 3));
        Assert.InRange(mirror.Database.Read(TreeStore.Newest)!.Size, 2, 3);
    }

    [Fact]
    public async Task A_fork_stops_it_with_both_checkpoints()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        await origin.Grow(20);
        using var mirror = MirrorOf(front);
        await Level(mirror, origin);
        var published = origin.Database.Read(TreeStore.Newest)!.Signed;
        // Another log under the same key: the same bodies, another certificate, and longer.
        using var fork = new RegistryApp(bodies: false, ("Registry:KeyFile", origin.KeyFile));
        await fork.Database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "另一个" }));
        fork.Admitted();
        await fork.Grow(30);
        front.Registry = fork.Client;
        var evidence = await Alarm(mirror, "forked");
        Assert.Contains(published, evidence);
        Assert.Contains(fork.Database.Read(TreeStore.Newest)!.Signed, evidence);
        Assert.Equal(20, mirror.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task An_origin_that_goes_back_stops_it()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        using var old = new RegistryApp(bodies: true, ("Registry:KeyFile", origin.KeyFile)); // the same clock and key: the same first two entries
        await origin.Grow(20);
        using var mirror = MirrorOf(front);
        await Level(mirror, origin);
        front.Registry = old.Client;
        await Alarm(mirror, "gone back from 20 entries to 2");
    }

    /// <summary>An operator who holds the key can sign what the rules forbid; a mirror finds it all the same.</summary>
    [Fact]
    public async Task An_entry_that_breaks_the_rules_stops_it()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        using var mirror = MirrorOf(front);
        await Level(mirror, origin);
        var id = (string)(await origin.Issue())["id"]!;
        await origin.Database.WriteAsync(t =>
        {
            var forged = new Revoke { Body = RegistryApp.OtherBody, StatedAt = origin.Clock.Now, OnBehalf = true, Certificate = id, EffectiveOn = new(2026, 6, 15) };
            return EntryLog.Append(t, new(Jws.Sign(t.Signer!, forged.ToJson())), origin.Clock.Now);
        });
        await Alarm(mirror, "entry 3 breaks the registry's own rules");
    }

    private static async Task<string> Alarm(RegistryApp mirror, string what)
    {
        await Until(() => mirror.Mirror!.Misbehaviour is not null, "the alarm");
        string[] files = [];
        await Until(() => (files = Directory.GetFiles(Path.GetDirectoryName(mirror.DataFile)!, "*.evidence-*")).Length == 1 && File.ReadAllText(files[0]).Length > 0, "the evidence");
        var evidence = await File.ReadAllTextAsync(files[0]);
        Assert.Contains(what, evidence);
        return evidence;
    }

    /// <summary>The program itself, killed without warning at any moment while the origin writes.</summary>
    [Fact]
    public async Task A_mirror_killed_twenty_times_while_the_origin_writes_ends_equal_to_it()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        var folder = Directory.CreateTempSubdirectory("registry-mirror-").FullName;
        var location = Engine.Fresh(Path.Combine(folder, "data"));
        try
        {
            await origin.Grow(1000);
            using var stop = new CancellationTokenSource();
            var writing = Task.Run(async () =>
            {
                for (long size = 1000; !stop.IsCancellationRequested; await Task.Delay(250)) await origin.Grow(size += 37);
            });
            var random = new Random(20);
            var grew = new HashSet<long>();
            for (var kill = 0; kill < 20; kill++)
            {
                var (running, listening) = Start(folder, front.Url, location);
                using var _ = running;
                // Every fourth is killed while it starts, the others while they write.
                if (kill % 4 != 3)
                {
                    await listening;
                    var before = Size(location);
                    for (var waited = 0; waited < 200 && Size(location) == before; waited++) await Task.Delay(50);
                }
                await Task.Delay(random.Next(0, 800));
                running.Kill();
                await running.WaitForExitAsync();
                grew.Add(Size(location));
            }
            Assert.True(grew.Count > 3, $"It got on between kills: {string.Join(' ', grew)}");
            await stop.CancelAsync();
            await writing;
            var wanted = origin.Database.Read(TreeStore.Newest)!;
            var last = Start(folder, front.Url, location).Process;
            using (last)
            {
                await Until(() => Size(location) == wanted.Size && Note(location) == wanted.Signed, "the mirror to be level");
                last.Kill();
                await last.WaitForExitAsync();
            }
            Assert.Equal(Dump(origin.Database.Location), Dump(location));
            var audit = new Audit(origin.Log, [], (_, _) => { });
            await audit.Stored(location);
            Assert.Empty(audit.Findings);
        }
        finally { Directory.Delete(folder, recursive: true); }

        static long Size(Location location)
        {
            if (!location.IsMade) return 0;
            using var db = location.OpenReadOnly();
            return EntryLog.Size(db);
        }
        static string? Note(Location location)
        {
            using var db = location.OpenReadOnly();
            return TreeStore.Newest(db)?.Signed;
        }
    }

    private static (Process Process, Task Listening) Start(string folder, string url, Location location)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "mirror", url, .. Engine.Arguments(location)]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        var process = Process.Start(start)!;
        var listening = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("listening on") != false) listening.TrySetResult();
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return (process, listening.Task);
    }
}
