using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;
using static Registry.Tests.Nodes.Node;

namespace Registry.Tests.Nodes;

/// <summary>What a node must not answer, must not follow, and must tell.</summary>
[Collection(NodesCollection.Name)]
public sealed class NodeFaultTests(Cluster cluster) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-node-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_node_that_lags_says_cannot_check_now_and_never_valid()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        using var other = Another(one, address);
        await Ready(other);
        var id = await Issue(one, "LAG-1", one.Key);
        Assert.Equal("valid", await StatusOf(other, id));

        // Another process has the file of the other node, which cannot follow.
        using (var busy = Engine.Open(other.Database.Location))
        {
            using var hold = busy.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            hold.ExecuteNonQuery();
            await Revoke(one, id, one.Key);
            var clock = Stopwatch.StartNew();
            using (var answer = await other.Send("GET", $"/v1/certificates/{id}"))
            {
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
                Assert.Contains("cannot-check-now", await answer.Content.ReadAsStringAsync());
            }
            Assert.InRange(clock.Elapsed.TotalSeconds, 1.5, 10);
            using var alive = await other.Client.GetAsync("/livez");
            using var style = await other.Client.GetAsync("/assets/site.css");
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (alive.StatusCode, style.StatusCode));
            hold.CommandText = "ROLLBACK";
            hold.ExecuteNonQuery();
        }
        await Until(async () => await StatusOf(other, id) == "revoked", "the other node to follow");
        await Same(one, other);
    }

    [Fact]
    public async Task While_the_shared_log_is_away_nothing_is_read_unless_old_answers_are_wanted_and_those_tell_their_age()
    {
        var address = cluster.Fresh();
        using var wire = new Wire(cluster.Port);
        var through = address.Replace($"Port={cluster.Port}", $"Port={wire.Port}");
        using var strict = First(through);
        using var patient = Another(strict, through, ("Registry:StaleReads", "00:00:04"));
        var id = await Issue(strict, "STALE-1", strict.Key);
        await Until(MissesNothing, "both nodes to follow"); // on a busy machine the first takes more than the two seconds that a read waits
        using (var fresh = await patient.Send("GET", $"/c/{id}")) Assert.DoesNotContain("cannot be reached right now", await fresh.Content.ReadAsStringAsync());

        wire.Cut = true;
        Assert.Equal("503", await StatusOf(strict, id));
        using (var old = await patient.Send("GET", $"/v1/certificates/{id}"))
        {
            Assert.Equal(HttpStatusCode.OK, old.StatusCode);
            Assert.InRange(old.Headers.Age!.Value.TotalSeconds, 0, 4);
        }
        using (var page = await patient.Send("GET", $"/c/{id}")) Assert.Contains("The database cannot be reached right now: this is as of", await page.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Post(patient, "STALE-2", strict.Key)).Status);
        await Until(async () => await StatusOf(patient, id) == "503", "the answer to be too old");

        wire.Cut = false;
        await Until(MissesNothing, "the shared log to be there again");
        await Until(async () => (await Post(patient, "STALE-2", strict.Key)).Status == HttpStatusCode.Created, "posts");
        await Same(strict, patient);

        async Task<bool> MissesNothing()
        {
            using var fresh = await patient.Send("GET", $"/v1/certificates/{id}");
            return fresh is { StatusCode: HttpStatusCode.OK, Headers.Age: null } && await StatusOf(strict, id) == "valid";
        }
    }

    [Fact]
    public async Task A_shared_log_that_was_rewritten_is_neither_read_nor_written()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        using var other = Another(one, address);
        await Ready(other);
        var id = await Issue(one, "FORK-1", one.Key);
        Assert.Equal("valid", await StatusOf(other, id));

        // What is appended past the log's key: a copy of an entry under another index, and an entry nobody signed the root of.
        Cluster.Execute(address, "INSERT INTO entry SELECT (SELECT max(seq) + 1 FROM entry), leaf, recorded_at FROM entry WHERE seq = 1; UPDATE head SET size = size + 1");
        await Until(async () => other.Database.Failure is ForkedLogException || await StatusOf(other, id) != "503" && false, "the fork to be found");
        Assert.Equal("503", await StatusOf(other, id));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Post(other, "FORK-2", one.Key)).Status);
        using (var ready = await other.Client.GetAsync("/readyz")) Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);

        // Its own file was not touched, and goes on when the log is what it was.
        Cluster.Execute(address, "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry); UPDATE head SET size = size - 1");
        await Until(async () => await StatusOf(other, id) == "valid", "the log to be followed again");
        await Until(async () => (await Post(other, "FORK-2", one.Key)).Status == HttpStatusCode.Created, "posts");
        await Same(one, other);

        // A new node is shown an entry whose bytes were changed.
        Cluster.Execute(address, "UPDATE entry SET leaf = set_byte(leaf, 90, get_byte(leaf, 90) # 1) WHERE seq = 2");
        using var late = Another(one, address);
        await Until(() => Task.FromResult(late.Database.Failure is ForkedLogException or SharedLogException), "the fork to be found");
        Assert.Equal("503", await StatusOf(late, id));
    }

    [Fact]
    public async Task A_file_of_another_log_or_ahead_of_the_shared_one_is_refused_with_the_reason()
    {
        var (address, elsewhere) = (cluster.Fresh(), cluster.Fresh());
        using var one = First(address);
        using var foreign = First(elsewhere);
        for (var i = 0; i < 4; i++) await Issue(one, $"AHEAD-{i}", one.Key);
        await Issue(foreign, "FOREIGN-1", foreign.Key);

        string Reason(Settings settings)
        {
            return Assert.Throws<SharedLogException>(() =>
            {
                var database = Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
                try { Opening.Level(database, TimeSpan.FromSeconds(1), (_, _) => { }, default).GetAwaiter().GetResult(); }
                finally { database.DisposeAsync().AsTask().GetAwaiter().GetResult(); }
            }).Message;
        }
        Settings With(Location file, string keyFile) => new() { Database = "postgres", ConnectionString = address, DataFile = Engine.Copy(file, folder).Address, KeyFile = keyFile };

        Assert.Contains("it is another log", Reason(With(foreign.Database.Location, foreign.KeyFile)));
        Assert.Contains("not signed by this node's key", Reason(new() { Database = "postgres", ConnectionString = address, DataFile = Path.Combine(folder, "new.db"), KeyFile = foreign.KeyFile }));

        // A server that lost what was acknowledged: nothing is read from it, nothing written to it, by no node that knows better.
        var shorter = cluster.Fresh();
        Cluster.Execute(shorter, File.ReadAllText(Path.Combine(ContractTests.Root, "db", "shared-log.sql")));
        using (var full = Cluster.Open(address))
        using (var part = Cluster.Open(shorter))
        {
            using var rows = full.BeginTextExport("COPY (SELECT * FROM entry WHERE seq < 4) TO STDOUT");
            using var into = part.BeginTextImport("COPY entry FROM STDIN");
            into.Write(rows.ReadToEnd());
        }
        Cluster.Execute(shorter, "UPDATE head SET size = 4, note = 'x'");
        Assert.Contains("holds 4 entries, this node's file 6", Reason(With(one.Database.Location, one.KeyFile) with { ConnectionString = shorter }));
        Assert.Equal(4, Cluster.Ask<long>(shorter, "SELECT size FROM head"));

        // The key of a log that exists is not made anew, and tables of an earlier version are told from a log.
        Assert.Throws<FileNotFoundException>(() => Opening.Identity(new() { Database = "postgres", ConnectionString = address, DataFile = Path.Combine(folder, "keyless.db") }));
        // A key whose log is not there begins no other.
        Assert.Throws<ForkedLogException>(() => Opening.Identity(new() { Database = "postgres", ConnectionString = cluster.Fresh(), DataFile = Path.Combine(folder, "empty.db"), KeyFile = one.KeyFile }));
        var old = cluster.Fresh();
        Cluster.Execute(old, "CREATE TABLE certificate (seq BIGINT)");
        Assert.Contains("an earlier version", Reason(new() { Database = "postgres", ConnectionString = old, DataFile = Path.Combine(folder, "old.db"), KeyFile = one.KeyFile }));
    }

    [Fact]
    public async Task A_new_node_starts_from_nothing_or_from_any_copy_and_is_not_ready_before_it_is_level()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        await one.Grow(300);
        var early = Engine.Copy(one.Database.Location, folder);
        await one.Grow(5000);
        await Issue(one, "NEW-1", one.Key);

        // From a copy of some age, as another process starts from it.
        using (var copied = new RegistryApp(bodies: false, ("Registry:Database", "postgres"), ("Registry:ConnectionString", address), ("Registry:KeyFile", one.KeyFile), ("Registry:DataFile", early.Address)))
        {
            await Ready(copied);
            Assert.Equal(one.Database.Read(EntryLog.Size), copied.Database.Read(EntryLog.Size));
        }

        // From nothing: it says how far it is, and answers nothing before.
        using var slow = new Wire(cluster.Port) { Slowness = 50 };
        using var late = Another(one, address.Replace($"Port={cluster.Port}", $"Port={slow.Port}"));
        var seen = new List<string>();
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            using var ready = await late.Client.GetAsync("/readyz");
            if (ready.StatusCode == HttpStatusCode.OK) break;
            seen.Add(await ready.Content.ReadAsStringAsync());
            Assert.True(clock.Elapsed < Patience);
        }
        Assert.Contains(seen, text => text.Contains("catching-up") && text.Contains("5,"));
        await Same(one, late);
    }

    [Fact]
    public async Task A_registry_of_one_file_is_carried_into_a_shared_log_and_back()
    {
        using var file = new RegistryApp();
        await file.Grow(1500);
        await Issue(file, "CARRY-1", file.Key);
        var address = cluster.Fresh();
        (int Code, string Output) Copy(string to, params string[] more) => Tool.Try("dotnet",
            [typeof(Program).Assembly.Location, "copy", "--to", to, $"--Registry:DataFile={file.DataFile}", $"--Registry:KeyFile={file.KeyFile}", .. more]);

        var (code, output) = Copy(address);
        Assert.True(code == 0 && output.Contains($"{file.Database.Read(EntryLog.Size)}, {file.Database.Read(EntryLog.Size)} of them added now"), output);
        await Issue(file, "CARRY-2", file.Key);
        (code, output) = Copy(address);
        Assert.True(code == 0 && output.Contains(", 1 of them added now"), output);

        // Half a copy is no registry yet.
        var half = cluster.Fresh();
        Cluster.Execute(half, File.ReadAllText(Path.Combine(ContractTests.Root, "db", "shared-log.sql")) + "; INSERT INTO entry SELECT 0, '\\x00', 0; UPDATE head SET size = 1");
        await using (var waiting = Opening.Open(new() { Database = "postgres", ConnectionString = half, DataFile = Path.Combine(folder, "half.db"), KeyFile = file.KeyFile }, file.Log, TimeProvider.System, NullLogger<Database>.Instance))
            await Until(() => Task.FromResult(waiting.Failure is not null), "the half copy to be refused");

        // Its keys work on a node, which makes a file of its own; the source is no node's file any more once it goes on.
        using var node = Another(file, address);
        await Ready(node);
        Assert.Equal("valid", await StatusOf(node, await Issue(node, "CARRY-3", file.Key)));
        await Issue(file, "FORK", file.Key);
        (code, output) = Copy(address);
        Assert.True(code == 1 && output.Contains("not the beginning of the source's"), output);

        // And back: a node's file copied is a registry of one file.
        var back = Path.Combine(folder, "back.db");
        (code, output) = Copy(back, $"--Registry:DataFile={node.DataFile}", "--Registry:Database=postgres", $"--Registry:ConnectionString={address}");
        Assert.True(code == 0, output);
        await using var again = Opening.Open(new() { DataFile = back, KeyFile = file.KeyFile }, file.Log, TimeProvider.System, NullLogger<Database>.Instance);
        Assert.Equal(node.Database.Read(EntryLog.Size), again.Read(EntryLog.Size));
        Assert.True((await again.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Certificates.Samples.Content with { Number = "GOES-ON" }))).New);
    }

    /// <summary>A commit brings the file level as following does: a node that gets posts as it starts, and no reader, would never be ready.</summary>
    [Fact]
    public async Task A_node_that_is_posted_to_before_anything_else_is_level()
    {
        var address = cluster.Fresh();
        using var one = First(address);
        for (var round = 0; round < 20; round++)
        {
            await using var node = Opening.Open(new() { Database = "postgres", ConnectionString = address, DataFile = Path.Combine(folder, "posted.db"), KeyFile = one.KeyFile }, one.Log, TimeProvider.System, NullLogger<Database>.Instance);
            await node.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Certificates.Samples.Content with { Number = $"FIRST-{round}" }));
            Assert.True(node.Node!.HasBeenLevel, $"round {round}");
        }
    }

    [Fact]
    public async Task What_a_server_lost_is_put_back_from_a_nodes_file_or_given_up_loudly()
    {
        var address = cluster.Fresh();
        string keyFile = Path.Combine(folder, "registry.key"), data = Path.Combine(folder, "registry.db"), aside = Path.Combine(folder, "other.db");
        using (var one = First(address))
        {
            for (var i = 0; i < 3; i++) await Issue(one, $"LOSS-{i}", one.Key);
            await Same(one, one);
            File.Copy(one.KeyFile, keyFile);
            File.Move(Engine.Copy(one.Database.Location, folder).Address, data);
        }
        File.Copy(data, aside);
        string[] node = ["--Registry:Database=postgres", $"--Registry:ConnectionString={address}", $"--Registry:KeyFile={keyFile}"];
        (int Code, string Output) Registry(params string[] arguments) => Tool.Try("dotnet", [typeof(Program).Assembly.Location, .. arguments]);

        // The log as it was two entries ago.
        Cluster.Execute(address, "DELETE FROM entry WHERE seq >= 3; UPDATE head SET size = 3, note = ''");
        var (code, output) = Registry(["bodies", "list", .. node, $"--Registry:DataFile={data}"]);
        Assert.True(code == 1 && output.Contains("holds 3 entries, this node's file 5"), output);
        (code, output) = Registry(["accept-loss", .. node, $"--Registry:DataFile={data}"]);
        Assert.True(code == 1 && output.Contains("the first 3 are the same") && output.Contains("nothing is lost") && output.Contains("With --yes"), output);
        (code, output) = Registry(["copy", "--to", address, "--Registry:Database=sqlite", $"--Registry:DataFile={data}", $"--Registry:KeyFile={keyFile}"]);
        Assert.True(code == 0 && output.Contains("5, 2 of them added now"), output);
        (code, output) = Registry(["accept-loss", .. node, $"--Registry:DataFile={data}"]);
        Assert.True(code == 0 && output.Contains("Nothing would be lost"), output);

        // Another node, whose file lacked them too, has gone on with the shorter log.
        var (signer, edge) = (NoteSigner.Parse(File.ReadAllText(keyFile).Trim()), new Edge());
        using (var rows = Location.File(aside).OpenReadOnly())
            foreach (var entry in EntryLog.Range(rows, 0, 3)) edge.Append(MerkleTree.LeafHash(entry.Leaf), (_, _, _) => { });
        Cluster.Execute(address, "DELETE FROM entry WHERE seq >= 3; UPDATE head SET size = 3, note = @note", new { note = new Checkpoint(signer.Name, 3, edge.Root).Sign(signer).ToString() });
        (code, output) = Registry(["bodies", "add", "CNCA-R-2099-955", "重新开始（虚构）", .. node, $"--Registry:DataFile={Path.Combine(folder, "gone-on.db")}"]);
        Assert.True(code == 0, output);
        (code, output) = Registry(["accept-loss", .. node, $"--Registry:DataFile={aside}", "--yes"]);
        Assert.True(code == 0 && output.Contains("has gone on by itself") && output.Contains("the first 3 are the same") && output.Contains("Given up: 2 entries") && output.Contains("Entry 4 of the log states it"), output);
        Assert.Equal(2, File.ReadAllLines(Directory.GetFiles(folder, "other.db.lost-*.txt").Single()).Length);
        (code, output) = Registry(["bodies", "list", .. node, $"--Registry:DataFile={aside}"]);
        Assert.True(code == 0 && output.Contains("CNCA-R-2099-955"), output);
    }
}
