using System.Data.Common;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Tests.Certificates;
using Registry.Transparency;
using Registry.Trials;

namespace Registry.Tests.DatabaseTests;

/// <summary>A primary and its standby, under one registry.</summary>
public sealed class ServersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-servers-").FullName;
    private readonly int port = Free(4);

    public ServersTests()
    {
        Tool.Need(Cluster.Database("postgres") is not null, "PostgreSQL");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101); // the servers run as another user than root
    }

    private string Folder(int server) => Path.Combine(folder, $"server{server}");

    private void Script(params string[] arguments)
    {
        var (code, output) = Tool.Try("sh", [Path.Combine(ContractTests.Root, "tests", "postgres", "cluster.sh"), .. arguments]);
        Assert.True(code == 0, output);
    }

    private Location Server(int server) => new(Dialect.Postgres, $"Host=127.0.0.1;Port={port + server};Username=postgres;Database=postgres");

    private T Ask<T>(int server, string question)
    {
        using var db = Engine.Open(Server(server));
        return db.ExecuteScalar<T>(question)!;
    }

    private Database Open()
    {
        var settings = Engine.Settings(new(Dialect.Postgres, $"Host=127.0.0.1:{port},127.0.0.1:{port + 1};Username=postgres;Database=postgres"), folder);
        return Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
    }

    private static bool FromStandby(Database database) => database.Read(db => db.ExecuteScalar<bool>("SELECT pg_is_in_recovery()"));

    private static string? Status(Database database, string id) => database.Read(db => CertificateStore.Find(db, id)) is { } row ? row.EndedAs ?? "valid" : null;

    private static Task<Recorded> Issue(Database database, string number) => database.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = number }));

    /// <summary>As a body does: again until it is acknowledged.</summary>
    private static async Task<Recorded> IssueAtLast(Database database, string number)
    {
        for (var begin = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
            try { return await Issue(database, number); }
            catch (CannotRecordException) when (Stopwatch.GetElapsedTime(begin).TotalSeconds < 60) { }
    }

    private static Task Revoke(Database database, string id) => database.WriteAsync(t => Publisher.Amend(t, new Revoke { Body = RegistryApp.Body, Certificate = id, EffectiveOn = Day.Of(t.Now) }));

    private static async Task Until(Func<bool> reached, string what)
    {
        for (var begin = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            try
            {
                if (reached()) return;
            }
            catch (DbException) { } // not now
            Assert.True(Stopwatch.GetElapsedTime(begin).TotalSeconds < 60, $"waited for {what}");
        }
    }

    private async Task<Database> Pair()
    {
        Script("start", Folder(0), $"{port}");
        var database = Open();
        await database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "示例认证（虚构）有限公司" }));
        Script("standby", Folder(1), $"{port + 1}", $"{port}");
        await Until(() => FromStandby(database), "reads from the standby");
        return database;
    }

    [Fact]
    public async Task A_read_never_misses_what_was_acknowledged_though_the_standby_is_behind()
    {
        await using var database = await Pair();
        await using var other = Open();
        var id = (await Issue(database, "BEHIND-1")).Id;
        await Until(() => FromStandby(other) && Status(other, id) == "valid", "the standby to be level");

        // It stands still: asked directly it would still say valid.
        Ask<object>(1, "SELECT pg_wal_replay_pause()");
        await Revoke(database, id);
        for (var i = 0; i < 50; i++)
            foreach (var process in (Database[])[database, other])
            {
                Assert.False(FromStandby(process));
                Assert.Equal("revoked", Status(process, id));
            }
        Assert.Equal(0, Ask<int>(1, "SELECT count(*)::int FROM certificate WHERE ended_as IS NOT NULL"));

        // The primary is gone and the standby would say valid: nothing is said.
        Script("kill", Folder(0));
        for (var i = 0; i < 50; i++)
            foreach (var process in (Database[])[database, other])
                Assert.ThrowsAny<DbException>(() => Status(process, id));
        await Assert.ThrowsAsync<CannotRecordException>(() => Issue(database, "BEHIND-2"));

        // What it had received it replays before it is the primary.
        Script("promote", Folder(1));
        await Until(() => Status(database, id) == "revoked" && Status(other, id) == "revoked", "the promoted server");

        // The former primary comes back as it was, and a process starts that never saw the new one.
        await IssueAtLast(database, "AFTER-1");
        Script("start", Folder(0), $"{port}");
        await using var third = Open();
        Assert.Equal(4, (await IssueAtLast(third, "AFTER-2")).Seq);
        Assert.Equal(5, (await IssueAtLast(other, "AFTER-3")).Seq);
        Assert.Equal(3, Ask<int>(0, "SELECT count(*)::int FROM entry"));

        // As a standby of the new one it is read from again.
        Script("stop", Folder(0));
        Script("standby", Folder(0), $"{port}", $"{port + 1}");
        await Until(() => FromStandby(database) && FromStandby(other) && FromStandby(third), "reads from the new standby");
        Assert.Equal("revoked", Status(third, id));
    }

    [Fact]
    public async Task A_server_that_lacks_what_was_acknowledged_is_neither_read_nor_written()
    {
        await using var database = await Pair();
        Script("kill", Folder(1));
        var id = (await Issue(database, "LACKED-1")).Id;
        Script("kill", Folder(0));
        Script("start", Folder(1), $"{port + 1}");
        Script("promote", Folder(1));
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalSeconds < 4; await Task.Delay(100))
        {
            Assert.ThrowsAny<DbException>(() => Status(database, id));
            await Assert.ThrowsAsync<CannotRecordException>(() => Issue(database, "LACKED-2"));
        }
        await Until(() => database.Failure is not null, "the reason");
        Assert.Contains("It is an older copy", Assert.ThrowsAny<DbException>(() => Status(database, id)).Message);
        Assert.Equal(1, Ask<int>(1, "SELECT count(*)::int FROM entry"));

        // The one that holds it is taken up again.
        Script("stop", Folder(1));
        Script("start", Folder(0), $"{port}");
        await Until(() => Status(database, id) == "valid", "the first server");
        Assert.Equal(2, (await IssueAtLast(database, "LACKED-2")).Seq);
    }

    [Fact]
    public async Task A_former_primary_that_comes_back_without_its_synchronous_standby_is_not_believed()
    {
        await using var database = await Pair();
        foreach (var setting in (string[])["synchronous_commit = 'remote_apply'", "synchronous_standby_names = 'FIRST 1 (*)'"]) Ask<object>(0, $"ALTER SYSTEM SET {setting}");
        Ask<object>(0, "SELECT pg_reload_conf()");
        await Until(() => Ask<bool>(0, "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')"), "the synchronous standby");
        var id = (await Issue(database, "SECURED-1")).Id;
        Assert.Equal(1, Ask<int>(1, "SELECT count(*)::int FROM certificate"));
        Script("kill", Folder(0));
        Script("kill", Folder(1));
        Script("start", Folder(0), $"{port}");
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalSeconds < 3; await Task.Delay(100)) Assert.ThrowsAny<DbException>(() => Status(database, id));
        Assert.Contains("demands a synchronous standby", Assert.ThrowsAny<DbException>(() => Status(database, id)).Message);
        Assert.ThrowsAny<DbException>(Open);
        Script("start", Folder(1), $"{port + 1}");
        await Until(() => Status(database, id) == "valid", "both");
    }

    /// <summary>Half a minute of what `registry-benchmarks cluster` does for as long as is asked.</summary>
    [Fact]
    public async Task Sixteen_post_and_thirty_two_read_while_processes_and_the_primary_are_killed()
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, "trial")).FullName;
        await using var trial = new ClusterTrial(ContractTests.Root, typeof(Program).Assembly.Location, own, port, onServers: true, seed: 5);
        await trial.Start(fsync: false);
        var result = await trial.Load(seconds: 25, promotions: 1, pause: 20);
        Assert.Empty(result.Wrong);
        Assert.True(result.Acknowledged > 50 && result.Reads > 200, $"{result}");
        Assert.InRange(Assert.Single(result.Recoveries), 0, 30);
        Assert.True(result.ProcessesKilled >= 2 && result.PrimariesKilled >= 1, $"{result}");
    }

    /// <summary>The first of some ports in a row that nobody listens on.</summary>
    private static int Free(int count)
    {
        for (var random = new Random(); ;)
        {
            var first = random.Next(20_000, 30_000);
            var listeners = Enumerable.Range(first, count).Select(port => new TcpListener(IPAddress.Loopback, port)).ToList();
            try
            {
                listeners.ForEach(listener => listener.Start());
                return first;
            }
            catch (SocketException) { }
            finally { listeners.ForEach(listener => listener.Stop()); }
        }
    }

    public void Dispose()
    {
        for (var server = 0; server < 2; server++) Script("stop", Folder(server));
        Directory.Delete(folder, recursive: true);
    }
}
