using System.Diagnostics;
using System.Net;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests.Custody;

public sealed class MirrorTests
{
    private static RegistryApp MirrorOf(Front front) => new(bodies: false, ("Registry:MirrorOf", front.Url));

    /// <summary>A registry, an address before it, and a mirror that follows it there and is level.</summary>
    private sealed class Followed : IAsyncDisposable
    {
        private readonly RegistryApp origin = new();
        private readonly Front front;
        private RegistryApp? mirror;

        private Followed() => front = new(origin.Client);

        /// <param name="size">Entries of the registry before it is followed.</param>
        public static async Task<Followed> Begin(long size = 0)
        {
            var all = new Followed();
            if (size > 0) await all.origin.Grow(size);
            all.mirror = MirrorOf(all.front);
            await Level(all.mirror, all.origin);
            return all;
        }

        public void Deconstruct(out RegistryApp origin, out Front front, out RegistryApp mirror) => (origin, front, mirror) = (this.origin, this.front, this.mirror!);

        public async ValueTask DisposeAsync()
        {
            mirror?.Dispose();
            await front.DisposeAsync();
            origin.Dispose();
        }
    }

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
        await using var followed = await Followed.Begin(600);
        var (origin, first, mirror) = followed;
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

    /// <summary>What nobody signed accuses nobody: it is asked for again until it is right, and nothing of it is kept.</summary>
    [Theory]
    [InlineData("/log/tile/entries/000", 2)]
    [InlineData("/log/tile/0/001", 256)]
    [InlineData("/log/tile/0/002.p", 2)]
    [InlineData("/log/tile/1/", 2)]
    [InlineData("/log/checkpoint", 2)]
    public async Task A_bad_byte_is_asked_for_again_and_nothing_of_it_is_kept(string path, long kept)
    {
        await using var followed = await Followed.Begin();
        var (origin, front, mirror) = followed;
        front.Flip(path, content => content.Length / 2);
        await origin.Grow(600);
        await Until(() => mirror.Mirror!.Faults is { Count: > 1, Now: not null }, "two failures");
        Assert.InRange(mirror.Database.Read(EntryLog.Size), kept, Math.Max(kept, 3));
        Assert.InRange(mirror.Database.Read(TreeStore.Newest)!.Size, 2, 3);
        Assert.Null(mirror.Mirror!.Misbehaviour);
        Assert.Contains("\nmirror: not following", await mirror.Client.GetStringAsync("/readyz"));
        front.Alter = (_, content) => content;
        await Level(mirror, origin);
        Same(origin, mirror);
        await Until(() => mirror.Client.GetStringAsync("/readyz").Result.Contains("\nmirror: ok\nas of: 2026-06-15T") && !mirror.Client.GetStringAsync("/readyz").Result.Contains(", old"), "the mirror to say so");
    }

    /// <summary>What stands between a registry and its mirrors: each of these passes.</summary>
    [Theory, InlineData("<!doctype html><title>Maintenance</title>"), InlineData(""), InlineData("\0\0\0\0"), InlineData("too many requests\n\n— proxy AAAA\n")]
    public async Task A_page_of_somebody_else_passes(string page)
    {
        await using var followed = await Followed.Begin();
        var (origin, front, mirror) = followed;
        front.Alter = (_, _) => System.Text.Encoding.UTF8.GetBytes(page);
        await Until(() => mirror.Mirror!.Faults.Count > 1, "two failures");
        var id = (string)(await origin.Issue())["id"]!;
        front.Alter = (_, content) => content;
        await Level(mirror, origin);
        Assert.Equal(HttpStatusCode.OK, (await mirror.Client.GetAsync($"/c/{id}")).StatusCode);
        Assert.Null(mirror.Mirror!.Misbehaviour);
    }

    /// <summary>Lines that others added, broken or invented, hide nothing and are not passed on.</summary>
    [Fact]
    public async Task Lines_of_others_neither_hide_the_logs_own_nor_are_passed_on()
    {
        using var origin = new RegistryApp();
        await using var front = new Front(origin.Client);
        using var invented = NoteSigner.Create("invented.example/w", VerifierKey.Cosignature);
        using var known = NoteSigner.Create("witness.example/w1", VerifierKey.Cosignature);
        front.Alter = (path, content) =>
        {
            if (path != "/log/checkpoint" || Note.Parse(System.Text.Encoding.UTF8.GetString(content)) is not { } note) return content;
            string[] lines = ["— nobody", "— a b c", "not a line", invented.Cosign(note.Text, origin.Clock.Now).Line, $"— {origin.Log.Key.Name} {Convert.ToBase64String(new byte[68])}",
                (note.Signatures[0] with { Bytes = new byte[64] }).Line, (known.Cosign(note.Text, origin.Clock.Now) with { Bytes = new byte[72] }).Line, known.Cosign(note.Text, origin.Clock.Now).Line];
            return System.Text.Encoding.UTF8.GetBytes(note + string.Concat(lines.Select(line => line + "\n")));
        };
        using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url), ("Registry:Witnesses:0", $"{known.VerifierKey} http://127.0.0.1:9"));
        await Until(() => mirror.Mirror!.CaughtUp, "the mirror to be level");
        var own = origin.Database.Read(TreeStore.Newest)!.Signed;
        Assert.Equal(own + known.Cosign(Note.Parse(own)!.Text, origin.Clock.Now).Line + "\n", await mirror.Client.GetStringAsync("/log/checkpoint"));
        var page = await mirror.Client.GetStringAsync("/log?lang=en");
        Assert.Contains("witness.example/w1 · up to entry 2", page);
        Assert.DoesNotContain("invented.example", page);
        // A mirror that had taken one in drops it; the page of any registry shows none.
        await mirror.Database.WriteAsync(t => { TreeStore.SetCosignatures(t, 2, invented.Cosign(Note.Parse(own)!.Text, origin.Clock.Now).Line + "\n"); return 0; });
        Assert.DoesNotContain("invented.example", await mirror.Client.GetStringAsync("/log?lang=en"));
        await Until(() => !mirror.Client.GetStringAsync("/log/checkpoint").Result.Contains("invented.example"), "the line to be dropped");
        await origin.Database.WriteAsync(t => { TreeStore.SetCosignatures(t, 2, invented.Cosign(Note.Parse(own)!.Text, origin.Clock.Now).Line + "\n"); return 0; });
        Assert.DoesNotContain("invented.example", await origin.Client.GetStringAsync("/log?lang=en"));
    }

    [Theory, InlineData(30), InlineData(20), InlineData(10)]
    public async Task A_signed_fork_ends_the_following_and_nothing_else(long size)
    {
        await using var followed = await Followed.Begin(20);
        var (origin, front, mirror) = followed;
        var id = (string)(await origin.GetJson("/v1/certificates?number=GROW-1"))["items"]![0]!["id"]!;
        var published = origin.Database.Read(TreeStore.Newest)!.Signed;
        // Another log under the same key: the same bodies, another certificate.
        using var fork = new RegistryApp(bodies: false, ("Registry:KeyFile", Copy(origin.KeyFile, "fork")));
        await fork.Database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "另一个" }));
        fork.Admitted();
        await fork.Grow(size);
        front.Registry = fork.Client;
        await Until(() => mirror.Mirror!.Misbehaviour is not null, "the alarm");

        // The evidence stands alone: nothing but the public key is needed.
        var text = await mirror.Client.GetStringAsync("/log/evidence");
        Assert.Contains(published, text);
        Assert.Contains(fork.Database.Read(TreeStore.Newest)!.Signed, text);
        var evidence = Evidence.Parse(text)!;
        Assert.Equal(text, evidence.ToString());
        Assert.True(evidence.Proves(origin.Log.Key));
        Assert.Equal(size != 20, evidence.OtherRoot is not null);
        using var other = NoteSigner.Create(origin.Log.Key.Name);
        Assert.False(evidence.Proves(other.VerifierKey));
        var file = Path.Combine(Path.GetDirectoryName(mirror.DataFile)!, "evidence.txt");
        foreach (var (content, code, said) in ((string, int, string)[])[(text, 0, "Proven"), (text.Replace(published, published.Replace("\n20\n", "\n21\n")), 1, "NOT proven"), ("x", 2, "no evidence")])
        {
            await File.WriteAllTextAsync(file, content);
            var run = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--evidence", file, "--key", origin.Log.Key.ToString()]);
            Assert.True(run.Code == code && run.Output.Contains(said), run.Output);
        }

        // It goes on serving the last proven state, and says so first on every page, to supervisors too.
        Assert.Equal(20, mirror.Database.Read(EntryLog.Size));
        foreach (var path in (string[])["/", $"/c/{id}", "/log", "/verify", "/categories", "/about", "/c/0000000000000"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path + "?lang=en");
            request.Headers.Accept.ParseAdd("text/html");
            var page = await (await mirror.Client.SendAsync(request)).Content.ReadAsStringAsync();
            Assert.True(page.IndexOf("role=\"alert\"", StringComparison.Ordinal) is > 0 and var at && at < page.IndexOf("<h1", StringComparison.Ordinal) && page.Contains("/log/evidence"), path);
        }
        Assert.Equal("valid", (string)(await mirror.GetJson($"/v1/certificates/{id}"))["status"]!);
        using (var ready = await mirror.Client.GetAsync("/readyz"))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            var said = await ready.Content.ReadAsStringAsync();
            Assert.StartsWith("alarm\n", said);
            Assert.Contains("\nmirror: alarm, the key of", said);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await origin.Client.GetAsync("/log/evidence")).StatusCode);
        Assert.DoesNotContain("role=\"alert\"", await origin.Client.GetStringAsync("/"));

        // Started anew it still knows, although the origin shows its first face again.
        front.Registry = origin.Client;
        using var again = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url), ("Registry:DataFile", mirror.DataFile));
        Assert.True(again.Mirror!.Misbehaviour is not null);
        Assert.Equal(text, await again.Client.GetStringAsync("/log/evidence"));
    }

    /// <summary>A file beside the copy of a key, in a folder that ends with the test's own.</summary>
    private static string Copy(string file, string name)
    {
        var copy = $"{file}.{name}";
        File.Copy(file, copy);
        return copy;
    }

    [Fact]
    public async Task A_smaller_checkpoint_is_no_misbehaviour_but_tells_its_age()
    {
        await using var followed = await Followed.Begin(20);
        var (origin, front, mirror) = followed;
        // The same clock and key: the same first two entries.
        using var old = new RegistryApp(bodies: true, ("Registry:KeyFile", Copy(origin.KeyFile, "old")));
        front.Registry = old.Client;
        await Until(() => mirror.Mirror!.Faults.Now?.Contains("shows 2 entries, 20 are held") == true, "it to be seen");
        mirror.Clock.Now = mirror.Clock.Now.AddHours(3);
        Assert.Contains("as of: 2026-06-15T04:00:00Z, old", await mirror.Client.GetStringAsync("/readyz"));
        front.Registry = origin.Client;
        await origin.Grow(25);
        await Level(mirror, origin);
        Assert.Null(mirror.Mirror!.Misbehaviour);
        await Until(() => mirror.Client.GetStringAsync("/readyz").Result.Contains("\nmirror: ok\nas of: 2026-06-15T") && !mirror.Client.GetStringAsync("/readyz").Result.Contains(", old"), "the mirror to be fresh");
    }

    /// <summary>An operator who holds the key can sign what the rules forbid; a mirror finds it all the same, and can show it.</summary>
    [Fact]
    public async Task An_entry_that_breaks_the_rules_ends_the_following()
    {
        await using var followed = await Followed.Begin();
        var (origin, front, mirror) = followed;
        await origin.Grow(300);
        var id = (string)(await origin.Issue())["id"]!;
        await Level(mirror, origin);
        await origin.Database.WriteAsync(t =>
        {
            var forged = new Revoke { Body = RegistryApp.OtherBody, StatedAt = origin.Clock.Now, OnBehalf = true, Certificate = id, EffectiveOn = new(2026, 6, 15) };
            return EntryLog.Append(t, new(Jws.Sign(t.Signer!, forged.ToJson())), origin.Clock.Now);
        });
        await Until(() => mirror.Mirror!.Misbehaviour is not null, "the alarm");
        var evidence = Evidence.Parse(await mirror.Client.GetStringAsync("/log/evidence"))!;
        Assert.Contains("entry 301 breaks the registry's own rules", evidence.What);
        Assert.True(evidence.Proves(origin.Log.Key));
        Assert.Equal(301, InclusionProof.Parse(evidence.Entry!)!.Index);
        Assert.Equal("valid", (string)(await mirror.GetJson($"/v1/certificates/{id}"))["status"]!);
    }

    [Fact]
    public async Task A_mirror_without_its_origin_is_ready_and_tells_its_age_first()
    {
        await using var followed = await Followed.Begin(20);
        var (origin, front, mirror) = followed;
        var id = (string)(await origin.GetJson("/v1/certificates?number=GROW-1"))["items"]![0]!["id"]!;
        Assert.Contains("as of 2026-06-15 12:00", await Text(mirror, $"/c/{id}"));
        front.Alter = (_, _) => throw new InvalidOperationException("down");
        await Until(() => mirror.Mirror!.Faults.Now is not null, "the origin to be down");
        await mirror.Mirror!.StopAsync(CancellationToken.None);

        using var again = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url), ("Registry:DataFile", mirror.DataFile));
        Assert.Equal(HttpStatusCode.OK, (await again.Client.GetAsync("/readyz")).StatusCode);
        again.Clock.Now = again.Clock.Now.AddMinutes(59);
        Assert.DoesNotContain("does not know what has changed", await Text(again, $"/c/{id}"));
        Assert.Contains("as of 2026-06-15 12:00", await Text(again, $"/c/{id}"));
        again.Clock.Now = again.Clock.Now.AddDays(2);
        foreach (var path in (string[])[$"/c/{id}", "/", "/log"])
        {
            var page = await Text(again, path);
            Assert.True(page.IndexOf("as of 2026-06-15 12:00 (Beijing time): this site does not know", StringComparison.Ordinal) is > 0 and var at && at < page.IndexOf("<h1", StringComparison.Ordinal), path);
        }
        Assert.Contains("as of 2026-06-15 12:00", await Text(again, $"/c/{id}"));
        Assert.Equal("2026-06-15", (string)(await again.GetJson($"/v1/certificates/{id}"))["asOf"]!);
        Assert.Equal("2026-06-15", (string)(await again.GetJson("/v1/certificates?number=GROW-1"))["items"]![0]!["asOf"]!);
        Assert.Equal("2026-06-10", (string)(await again.GetJson($"/v1/certificates/{id}?on=2026-06-10"))["asOf"]!);
        using var answer = await again.Client.GetAsync($"/v1/certificates/{id}");
        Assert.Equal(TimeSpan.FromDays(2) + TimeSpan.FromMinutes(59), answer.Headers.Age);
        Assert.Null((await origin.Client.GetAsync($"/v1/certificates/{id}")).Headers.Age);
    }

    private static async Task<string> Text(RegistryApp app, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.AcceptLanguage.ParseAdd("en");
        return await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task A_mirror_restored_from_its_own_backup_catches_up_and_a_fork_since_is_found()
    {
        await using var followed = await Followed.Begin(20);
        var (origin, front, mirror) = followed;
        var folder = Directory.CreateTempSubdirectory("registry-backup-").FullName;
        try
        {
            var backup = Engine.Copy(mirror.Database.Location, folder);
            await origin.Grow(40);
            await Level(mirror, origin);
            var shown = await mirror.Client.GetStringAsync("/log/checkpoint");
            await mirror.Mirror!.StopAsync(CancellationToken.None);
            (string, string)[] Settings(string name)
            {
                var file = Path.Combine(folder, name + ".db");
                File.Copy(backup.Address, file);
                File.Copy(mirror.KeyFile, Path.ChangeExtension(file, ".key"));
                File.WriteAllText(Path.ChangeExtension(file, ".published"), shown);
                return [("Registry:MirrorOf", front.Url), ("Registry:DataFile", file)];
            }
            using (var restored = new RegistryApp(bodies: false, Settings("restored")))
            {
                await Level(restored, origin);
                Same(origin, restored);
                Assert.Null(restored.Mirror!.Misbehaviour);
            }
            // Another continuation of the backup's 20 entries than the one that this mirror had shown.
            using var fork = new RegistryApp(bodies: true, ("Registry:KeyFile", Copy(origin.KeyFile, "fork")));
            await Follow(fork, origin, 20);
            await fork.Issue("FORK-1");
            await fork.Grow(60);
            front.Registry = fork.Client;
            using var fooled = new RegistryApp(bodies: false, Settings("fooled"));
            await Until(() => fooled.Mirror!.Misbehaviour is not null, "the alarm");
            Assert.True(Evidence.Parse(await fooled.Client.GetStringAsync("/log/evidence"))!.Proves(origin.Log.Key));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Appends the other's first entries as they are.</summary>
    private static Task Follow(RegistryApp app, RegistryApp other, int size)
    {
        var leaves = other.Database.Read(db => EntryLog.Leaves(db, 0, size).ToList());
        return app.Database.WriteAsync(t =>
        {
            foreach (var leaf in leaves.Skip((int)EntryLog.Size(t.Connection))) SignedStatements.Replay(t, leaf, app.Log.Key);
            return 0;
        });
    }

    /// <summary>The program itself, killed without warning at any moment while the origin writes.</summary>
    [Fact]
    public async Task A_mirror_killed_ten_times_while_the_origin_writes_ends_equal_to_it()
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
            for (var kill = 0; kill < 10; kill++)
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
