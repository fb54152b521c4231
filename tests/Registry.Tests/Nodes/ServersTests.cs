using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Trials;

namespace Registry.Tests.Nodes;

/// <summary>A primary and its standby under the nodes of one registry, and nodes as processes that are stopped and killed.</summary>
[Collection(NodesCollection.Name)]
public sealed class ServersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-servers-").FullName;
    private readonly int port = Cluster.Free(4);
    private readonly Cluster cluster;

    public ServersTests(Cluster cluster)
    {
        this.cluster = cluster;
        cluster.Fresh();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101); // the servers run as another user than root
    }

    private string Folder(int server) => Path.Combine(folder, $"server{server}");

    private static void Script(params string[] arguments)
    {
        var (code, output) = Cluster.Script(arguments);
        Assert.True(code == 0, output);
    }

    private string Server(int server) => $"Host=127.0.0.1;Port={port + server};Username=postgres;Database=postgres";

    private Database Open(int node = 0)
    {
        var settings = new Settings
        {
            Database = "postgres",
            ConnectionString = $"Host=127.0.0.1:{port},127.0.0.1:{port + 1};Username=postgres;Database=postgres",
            DataFile = Path.Combine(folder, $"node{node}", "registry.db"),
            KeyFile = Path.Combine(folder, "registry.key"),
        };
        return Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
    }

    private static async Task<string?> Status(Database node, string id)
    {
        await node.Node!.Level(default);
        return node.Read(db => CertificateStore.Find(db, id)) is { } row ? row.EndedAs ?? "valid" : null;
    }

    private static Task<Recorded> Issue(Database node, string number) => node.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = number }));

    /// <summary>As a body does: again until it is acknowledged.</summary>
    private static async Task<Recorded> IssueAtLast(Database node, string number)
    {
        for (var begin = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
            try { return await Issue(node, number); }
            catch (CannotRecordException) when (Stopwatch.GetElapsedTime(begin) < Node.Patience) { }
    }

    private static async Task<bool> Is(Database node, string id, string status)
    {
        try { return await Status(node, id) == status; }
        catch (SharedLogException) { return false; }
    }

    private async Task<Database> Pair(bool secured)
    {
        Script("start", Folder(0), $"{port}");
        var node = Open();
        await Opening.Level(node, Node.Patience, (_, _) => { }, default);
        await node.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "示例认证（虚构）有限公司" }));
        Script("standby", Folder(1), $"{port + 1}", $"{port}");
        await Node.Until(() => Task.FromResult(Cluster.Ask<bool>(Server(0), "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE state = 'streaming')")), "the standby");
        if (!secured) return node;
        foreach (var setting in (string[])["synchronous_commit = 'on'", "synchronous_standby_names = 'FIRST 1 (*)'"]) Cluster.Execute(Server(0), $"ALTER SYSTEM SET {setting}");
        Cluster.Execute(Server(0), "SELECT pg_reload_conf()");
        await Node.Until(() => Task.FromResult(Cluster.Ask<bool>(Server(0), "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')")), "the synchronous standby");
        return node;
    }

    [Fact]
    public async Task A_server_that_lacks_what_was_acknowledged_is_neither_read_nor_written()
    {
        await using var node = await Pair(secured: false);
        Script("kill", Folder(1));
        var id = (await Issue(node, "LACKED-1")).Id;
        Script("kill", Folder(0));
        Script("start", Folder(1), $"{port + 1}");
        Script("promote", Folder(1));
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalSeconds < 4; await Task.Delay(100))
        {
            await Assert.ThrowsAsync<SharedLogException>(() => Status(node, id));
            await Assert.ThrowsAsync<CannotRecordException>(() => Issue(node, "LACKED-2"));
        }
        await Node.Until(() => Task.FromResult(node.Failure?.Message.Contains("holds 1 entries, this node's file 2") == true), "the reason");
        Assert.Equal(1, Cluster.Ask<long>(Server(1), "SELECT count(*) FROM entry"));

        // The one that holds it is taken up again.
        Script("stop", Folder(1));
        Script("start", Folder(0), $"{port}");
        await Node.Until(() => Is(node, id, "valid"), "the first server");
        Assert.Equal(2, (await IssueAtLast(node, "LACKED-2")).Seq);
    }

    [Fact]
    public async Task A_former_primary_that_comes_back_is_not_believed_by_a_node_that_never_saw_the_new_one()
    {
        await using var node = await Pair(secured: true);
        var id = (await Issue(node, "FORMER-1")).Id;
        Script("kill", Folder(0));
        Assert.False(await Is(node, id, "valid"));
        Script("promote", Folder(1));
        Cluster.Execute(Server(1), "ALTER SYSTEM SET synchronous_standby_names = ''");
        Cluster.Execute(Server(1), "SELECT pg_reload_conf()");
        Assert.Equal(2, (await IssueAtLast(node, "FORMER-2")).Seq);

        // It is the first in the list, takes writes, and demands a standby that it has not.
        Script("start", Folder(0), $"{port}");
        await using (var other = Open(1))
        {
            await Opening.Level(other, Node.Patience, (_, _) => { }, default);
            Assert.Equal(3, (await IssueAtLast(other, "FORMER-3")).Seq);
        }
        // Nor where it would take writes alone: the other's timeline is newer.
        Cluster.Execute(Server(0), "ALTER SYSTEM SET synchronous_standby_names = ''");
        Cluster.Execute(Server(0), "SELECT pg_reload_conf()");
        await using var third = Open(2);
        await Opening.Level(third, Node.Patience, (_, _) => { }, default);
        Assert.Equal(4, (await IssueAtLast(third, "FORMER-4")).Seq);
        Assert.Equal(2, Cluster.Ask<long>(Server(0), "SELECT count(*) FROM entry"));
        Script("kill", Folder(1));
        await Task.Delay(500);
        Assert.False(await Is(node, id, "valid"));
        Assert.Equal(2, Cluster.Ask<long>(Server(0), "SELECT count(*) FROM entry"));
    }

    [Fact]
    public async Task A_node_that_slept_or_was_killed_while_others_posted_never_says_valid_of_what_was_revoked()
    {
        var address = cluster.Fresh();
        using var awake = Node.First(address);
        var number = Cluster.Free(1);
        Process Start() => Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "serve", "--Registry:Database=postgres", $"--Registry:ConnectionString={address}",
            $"--Registry:KeyFile={awake.KeyFile}", $"--Registry:DataFile={Path.Combine(folder, "sleeper", "registry.db")}", "--Registry:PublicUrl=https://reg.example", "--urls", $"http://127.0.0.1:{number}"])
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{number}"), Timeout = TimeSpan.FromSeconds(20) };
        async Task<bool> IsReady()
        {
            try { return (await http.GetAsync("/readyz")).IsSuccessStatusCode; }
            catch (Exception down) when (down is HttpRequestException or TaskCanceledException) { return false; }
        }
        async Task<string?> Asked(string id)
        {
            using var answer = await http.GetAsync($"/v1/certificates/{id}");
            return answer.IsSuccessStatusCode ? (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"] : null;
        }
        var sleeper = Start();
        _ = sleeper.StandardOutput.ReadToEndAsync();
        try
        {
            await Node.Until(IsReady, "the other process");
            for (var round = 0; round < 3; round++)
            {
                var id = await Node.Issue(awake, $"SLEEP-{round}", awake.Key);
                Assert.Equal("valid", await Asked(id));
                Tool.Run("kill", "-STOP", $"{sleeper.Id}");
                var reading = Asked(id); // it waits in the sleeper's queue
                await Node.Revoke(awake, id, awake.Key);
                await awake.Database.WriteAsync(t => { for (var i = 0; i < 100; i++) Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"MEANWHILE-{round}-{i}" }); return 0; });
                Tool.Run("kill", "-CONT", $"{sleeper.Id}");
                var after = await Asked(id);
                Assert.True(after is null or "revoked", after);
                await reading; // it was asked before, and may say either
                await Node.Until(async () => await Asked(id) == "revoked", "the sleeper to follow");

                // Killed while it follows and posts: it catches up from whatever its file holds.
                var posts = Enumerable.Range(0, 8).Select(i => http.PostAsync("/v1/statements", null)).ToArray();
                var posted = awake.Database.WriteAsync(t => { for (var i = 0; i < 300; i++) Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"KILL-{round}-{i}" }); return 0; });
                await Task.Delay(Random.Shared.Next(0, 60));
                sleeper.Kill();
                await sleeper.WaitForExitAsync();
                await posted;
                foreach (var post in posts)
                    try { (await post).Dispose(); }
                    catch (Exception down) when (down is HttpRequestException or TaskCanceledException or SocketException or IOException) { }
                sleeper.Dispose();
                sleeper = Start();
                _ = sleeper.StandardOutput.ReadToEndAsync();
                await Node.Until(IsReady, "the process to come back");
                Assert.Equal("revoked", await Asked(id));
            }
        }
        finally
        {
            sleeper.Kill();
            await sleeper.WaitForExitAsync();
            sleeper.Dispose();
        }
        var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--Registry:Database=postgres", $"--Registry:ConnectionString={address}", $"--Registry:KeyFile={awake.KeyFile}",
            $"--Registry:DataFile={Path.Combine(folder, "sleeper", "registry.db")}"]);
        Assert.True(code == 0 && output.Contains("All is right."), output);
    }

    /// <summary>Fifteen seconds of what `registry-benchmarks cluster` does for as long as is asked; REGISTRY_FAILOVERS=20: so many primaries.</summary>
    [Fact]
    public async Task Sixteen_post_and_thirty_two_read_while_nodes_and_the_primary_are_killed()
    {
        var failovers = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_FAILOVERS") ?? "1", CultureInfo.InvariantCulture);
        await using var trial = Trial(5);
        await trial.Start(fsync: false);
        var result = await trial.Load(seconds: 15 * failovers, promotions: failovers, pause: 250);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result} recovered in {string.Join(", ", result.Recoveries.Select(s => $"{s:0.0}"))} s");
        Assert.Empty(result.Wrong);
        Assert.True(result.Acknowledged > ClusterTrial.LeastAcknowledged && result.Reads > ClusterTrial.LeastReads, $"{result}");
        Assert.Equal(failovers, result.Recoveries.Count);
        Assert.All(result.Recoveries, seconds => Assert.InRange(seconds, 0, 30));
        Assert.True(result.ProcessesKilled >= 2 && result.PrimariesKilled >= failovers, $"{result}");
    }

    /// <summary>The control of the trial.</summary>
    [Fact]
    public async Task Without_the_safety_the_trial_finds_that_acknowledged_statements_are_lost()
    {
        await using var trial = Trial(6);
        await trial.Start(fsync: false);
        Assert.Contains(await trial.WithoutSafety(), wrong => wrong.Contains("is there 0 times"));
    }

    private ClusterTrial Trial(int seed) =>
        new(ContractTests.Root, typeof(Program).Assembly.Location, Directory.CreateDirectory(Path.Combine(folder, "trial")).FullName, port, onServers: true, seed);

    public void Dispose()
    {
        for (var server = 0; server < 2; server++) Cluster.Script("stop", Folder(server));
        Directory.Delete(folder, recursive: true);
    }
}
