using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Statements;

namespace Registry.Tests.DatabaseTests;

public sealed class WriterTests
{
    [Fact]
    public async Task The_writer_commits_to_the_disk_and_readers_do_not_wait_for_it()
    {
        using var app = new RegistryApp();
        var pragmas = await app.Database.WriteAsync(t => (t.Connection.ExecuteScalar<string>("PRAGMA journal_mode"), t.Connection.ExecuteScalar<long>("PRAGMA synchronous")));
        Assert.Equal(("wal", 2L), pragmas);
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var held = app.Database.WriteAsync(_ => { inside.Set(); return go.Wait(TimeSpan.FromSeconds(30)); });
        inside.Wait();
        Assert.Equal(2, app.Database.Read(Registry.Transparency.EntryLog.Size));
        go.Set();
        Assert.True(await held);
    }

    /// <summary>The queue is bounded: who finds it full is told at once, reading goes on, and who waits in it is answered.</summary>
    [Fact]
    public async Task A_full_queue_is_a_503_at_once()
    {
        using var app = new RegistryApp();
        using var go = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var held = app.Database.WriteAsync(_ => { inside.Set(); return go.Wait(TimeSpan.FromSeconds(60)); });
        inside.Wait(TestContext.Current.CancellationToken);
        var waiting = new List<Task<int>>();
        CannotRecordException? full = null;
        while (full is null && waiting.Count < 100_000)
        {
            var post = app.Database.WriteAsync(_ => 1);
            if (post.IsFaulted) full = (CannotRecordException)post.Exception!.InnerException!;
            else waiting.Add(post);
        }
        Assert.Equal((4096, false), (waiting.Count, full!.IsUnknown));
        var draft = RegistryApp.Draft("FULL-1");
        draft["holder"]!.AsObject().Remove("uscc");
        using (var refused = await app.Send("POST", "/v1/certificates", draft, app.Key))
        {
            Assert.Equal((System.Net.HttpStatusCode.ServiceUnavailable, "5"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
            Assert.Contains("\"cannot-record-now\"", await refused.Content.ReadAsStringAsync());
        }
        Assert.Equal(0, (int)(await app.GetJson("/v1/certificates"))["total"]!["value"]!);
        go.Set();
        Assert.True(await held);
        Assert.All(await Task.WhenAll(waiting), one => Assert.Equal(1, one));
        await app.Issue("FULL-1");
    }

    /// <summary>Another process rebuilds or imports for long: whoever posts meanwhile is told within seconds, and then taken again.</summary>
    [Fact]
    public async Task A_long_work_of_another_process_is_a_503_and_no_silence()
    {
        using var app = new RegistryApp();
        using (var other = Engine.Open(app.Database.Location))
        {
            other.Execute("BEGIN IMMEDIATE");
            var begun = Stopwatch.GetTimestamp();
            var draft = RegistryApp.Draft("BESIDE");
            draft["holder"]!.AsObject().Remove("uscc");
            using var refused = await app.Send("POST", "/v1/certificates", draft, app.Key);
            Assert.Equal((System.Net.HttpStatusCode.ServiceUnavailable, "5"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
            Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 9);
            Assert.Contains("Another process of this registry is writing", await app.Client.GetStringAsync("/readyz"));
            Assert.Equal(2, app.Database.Read(Registry.Transparency.EntryLog.Size));
            other.Execute("ROLLBACK");
        }
        await app.Issue("BESIDE");
        Assert.StartsWith("ok\n", await app.Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task A_change_that_throws_is_undone_and_hurts_no_other()
    {
        using var app = new RegistryApp();
        var posts = Enumerable.Range(0, 50).Select(i => app.Database.WriteAsync(t =>
        {
            Publisher.Admit(t, new Admit { Body = $"CNCA-R-2098-{i:000}", Name = "示例" });
            return i % 3 == 0 ? throw new InvalidOperationException() : i;
        })).ToArray();
        for (var i = 0; i < posts.Length; i++)
            if (i % 3 == 0) await Assert.ThrowsAsync<InvalidOperationException>(() => posts[i]);
            else Assert.Equal(i, await posts[i]);
        Assert.Equal(2 + 33, app.Database.Read(Registry.Transparency.EntryLog.Size));
        Assert.Equal(2 + 33, app.Database.Read(db => BodyStore.All(db).Count));
    }

    [Fact]
    public async Task Every_projection_is_made_from_the_log_alone()
    {
        using var app = new RegistryApp(bodies: false);
        await app.LoadDemo();
        // Every row there is takes longer than a reader is given.
        using var db = app.Database.Location.OpenReadOnly();
        var query = Registry.Search.SearchQuery.Parse(name => name == "q" ? "云帆 电器" : null);
        string Dump() => string.Join('\n', ((string[])["body", "certificate", "statement", "mark"]).SelectMany(Rows)
            .Concat(app.Database.Read(reader => Registry.Search.CertificateSearch.Page(reader, app.Index, query, Day.Of(app.Clock.Now), Timeout.InfiniteTimeSpan).Seqs.Select(seq => $"search {seq}").ToList())));
        IEnumerable<string> Rows(string table) =>
            db.Query($"SELECT * FROM {table} ORDER BY 1, 2").Select(row => string.Join('|', ((IDictionary<string, object>)row).Values));
        var before = Dump();
        Assert.Contains("search ", before);
        await app.Rebuild();
        Assert.Equal(before, Dump());
        var statuses = Statuses.All.Select(s => app.Database.Read(db => Registry.Search.CertificateSearch.Run(db, app.Index, Registry.Search.SearchQuery.Parse(n => n == "status" ? s.Word() : null), Day.Of(app.Clock.Now)).Total!.Value));
        Assert.All(statuses, count => Assert.True(count > 5));
        Assert.Equal(4, app.Database.Read(db => db.ExecuteScalar<long>("SELECT count(DISTINCT placement) FROM mark")));
    }

    /// <summary>The program itself, killed without warning while sixteen post, keeps every statement it acknowledged.</summary>
    [Fact]
    public async Task A_killed_registry_keeps_what_it_acknowledged()
    {
        var folder = Directory.CreateTempSubdirectory("registry-kill-").FullName;
        var location = Engine.Fresh(folder);
        try
        {
            const string body = "CNCA-R-2099-901";
            await Command(folder, location, "bodies", "add", body, "示例");
            var key = (await Command(folder, location, "bodies", "key", body)).Trim().Split('\n')[^1];
            var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
            using (var running = await Serve(folder, location))
            {
                var (server, client) = running;
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
                var posters = Enumerable.Range(0, 16).Select(async poster =>
                {
                    try
                    {
                        for (var i = 0; ; i++)
                        {
                            var draft = RegistryApp.Draft($"K-{poster}-{i}");
                            draft["holder"]!.AsObject().Remove("uscc");
                            using var answer = await client.PostAsync("/v1/certificates", new StringContent(draft.ToJsonString(), Encoding.UTF8, "application/json"));
                            if (answer.IsSuccessStatusCode) acknowledged.Add((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!);
                        }
                    }
                    catch (HttpRequestException) { }
                }).ToArray();
                for (var waited = 0; acknowledged.Count < 300 && waited < 6000; waited++) await Task.Delay(10);
                Assert.True(acknowledged.Count >= 300, "Posting does not get on.");
                server.Kill();
                await Task.WhenAll(posters);
                await server.WaitForExitAsync();
            }
            using var restarted = await Serve(folder, location);
            var (again, reader) = restarted;
            foreach (var id in acknowledged) Assert.True((await reader.GetAsync($"/v1/certificates/{id}")).IsSuccessStatusCode, id);
            again.Kill();
            await again.WaitForExitAsync();
        }
        finally
        {
            Engine.Drop(location);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string folder, Location location, params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "registry.dll"), .. arguments, .. Engine.Arguments(location)])
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        Environment = { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["Logging__LogLevel__Registry.Requests"] = "Warning" },
    })!;

    private static async Task<string> Command(string folder, Location location, params string[] arguments)
    {
        using var process = Start(folder, location, arguments);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static async Task<Running> Serve(string folder, Location location)
    {
        var process = Start(folder, location, "serve");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (System.Text.RegularExpressions.Regex.Match(line, @"listening on: (http://[\d.:]+)") is { Success: true } match)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new(process, new HttpClient { BaseAddress = new Uri(match.Groups[1].Value) });
            }
        throw new InvalidOperationException("The registry did not start.");
    }

    private sealed record Running(Process Process, HttpClient Client) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Process.Dispose();
        }
    }
}
