using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Search;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>What a server brings that a file has not: other processes, and connections that are lost.</summary>
public sealed class ServerTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    /// <summary>Cuts every connection of the database from the server's side.</summary>
    private static void Cut(Location location)
    {
        using var other = Engine.Open(location);
        other.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    [Fact]
    public async Task Several_processes_write_one_log_in_one_order()
    {
        await using var test = await TestDatabase.Create();
        await using var second = new Database(test.Database.Location, TimeProvider.System, NullLogger<Database>.Instance, test.Signer, TreeStore.Seal);
        await using var third = new Database(test.Database.Location, TimeProvider.System, NullLogger<Database>.Instance, test.Signer, TreeStore.Seal);
        var posts = Enumerable.Range(0, 150).Select(i => ((Database[])[test.Database, second, third])[i % 3].WriteAsync(t =>
        {
            var recorded = Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"T-{i / 2}" }); // each number is posted twice
            return i % 10 == 9 ? throw new InvalidOperationException() : recorded;
        })).ToArray();
        var recorded = new List<Recorded>();
        for (var i = 0; i < posts.Length; i++)
            if (i % 10 == 9) await Assert.ThrowsAsync<InvalidOperationException>(() => posts[i].WaitAsync(patience));
            else recorded.Add(await posts[i].WaitAsync(patience));
        // Each once, under indexes without a gap, wherever it was posted.
        Assert.Equal(75, recorded.Count(post => post.New));
        Assert.Equal(Enumerable.Range(2, 75).Select(i => (long)i), recorded.Where(post => post.New).Select(post => post.Seq).Order());
        Assert.All(recorded, post => Assert.Equal(post.Id, third.Read(db => CertificateStore.At(db, [post.Seq])[0].Id)));
        var audit = new Audit(new(test.Signer.VerifierKey, null), [], (_, _) => { });
        await audit.Stored(test.Database.Location);
        Assert.Empty(audit.Findings);
    }

    [Fact]
    public async Task A_writer_that_loses_its_connection_tells_those_who_wait_and_goes_on()
    {
        await using var test = await TestDatabase.Create();
        for (var cut = 0; cut < 3; cut++)
        {
            var content = Samples.Content with { Number = $"CUT-{cut}" };
            await Assert.ThrowsAsync<CannotRecordException>(() => test.Database.WriteAsync(t =>
            {
                var recorded = Publisher.Issue(t, RegistryApp.Body, content);
                Cut(test.Database.Location);
                return recorded;
            }).WaitAsync(patience));
            // Not recorded, and the same statement again is.
            Assert.True((await test.Issue(content).WaitAsync(patience)).New);
            Assert.Null(test.Database.Failure);
        }
        // One that was idle when it was lost takes the next post as if nothing had happened.
        Cut(test.Database.Location);
        Assert.Equal(5, (await test.Issue(Samples.Content).WaitAsync(patience)).Seq);
    }

    [Fact]
    public async Task Reads_go_on_after_every_connection_was_lost()
    {
        await using var test = await TestDatabase.Create();
        using var all = new Barrier(4);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => test.Database.Read(db => all.SignalAndWait(patience) && EntryLog.Size(db) == 2));
        Assert.ThrowsAny<DbException>(() => test.Database.Read(db =>
        {
            Cut(test.Database.Location);
            return EntryLog.Size(db);
        }));
        // Those that were idle are lost too, and nobody notices.
        await Task.Delay(1100);
        for (var i = 0; i < 10; i++) Assert.Equal(2, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_search_that_was_stopped_leaves_its_snapshot_good()
    {
        await using var test = await TestDatabase.Create();
        test.Database.Read(db =>
        {
            var error = (DbException?)null;
            using (Dialect.Of(db).Limit(db, TimeSpan.FromMilliseconds(50))) error = Assert.ThrowsAny<DbException>(() => db.Execute(Engine.Endless));
            Assert.True(Dialect.IsInterrupted(error));
            Assert.Equal("5s", db.ExecuteScalar<string>("SHOW statement_timeout"));
            return EntryLog.Size(db);
        });
    }

    /// <summary>Rows are read while other statements run, in portions, and a reader may stop anywhere.</summary>
    [Fact]
    public async Task Rows_stream_while_other_statements_run()
    {
        await using var test = await TestDatabase.Create();
        test.Database.Read(db =>
        {
            using var numbers = db.CreateCommand();
            numbers.CommandText = "SELECT CAST(i AS bigint) FROM generate_series(1, 1000) i";
            Assert.Equal(1000, Dialect.Postgres.Stream(numbers).Sum(row => row.GetInt64(0) > 0 ? db.ExecuteScalar<long>("SELECT 1") : 0));
            foreach (var most in (int[])[1, 99, 100, 101, 500, 501]) Assert.Equal(most, Dialect.Postgres.Stream(numbers).Take(most).Last().GetInt64(0));
            return 0;
        });
    }

    [Fact]
    public async Task Text_is_compared_by_its_bytes_whatever_the_database_was_made_with()
    {
        await using var test = await TestDatabase.Create();
        Assert.Empty(test.Database.Read(db => db.Query<string>("""
            SELECT table_name || '.' || column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
            """)));
        Assert.Equal("date", test.Database.Read(db => db.ExecuteScalar<string>("SELECT data_type FROM information_schema.columns WHERE table_name = 'certificate' AND column_name = 'expires_on'")));
    }

    /// <summary>The planner knows nothing of a table that was just copied or rebuilt; a look-up must find its successor by the index all the same.</summary>
    [Fact]
    public async Task A_look_up_reads_no_table_before_statistics_are_gathered()
    {
        await using var test = await TestDatabase.Create();
        await test.Database.WriteAsync(t => t.Connection.Execute("""
            INSERT INTO certificate (seq, id, body, number, holder_name, category, scope, issued_on, expires_on, last_seq, by_body)
            SELECT i, i, 1, i, '示例', 26, repeat('示例', 80), '2026-01-01', '2028-12-31', i, false FROM generate_series(1, 20000) i
            """));
        var plan = test.Database.Read(db => string.Join('\n', db.Query<string>($"EXPLAIN SELECT {CertificateRow.Columns} {CertificateRow.From} WHERE c.id = '5'")));
        Assert.Contains("certificate_replaces", plan);
        Assert.DoesNotContain("Seq Scan", plan);
    }

    [Fact]
    public void A_database_of_another_encoding_is_refused()
    {
        using var postgres = Engine.Open(Cluster.Database("postgres"));
        postgres.Execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        var refused = Assert.Throws<InvalidDataException>(() => new Database(Cluster.Database("latin"), TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal));
        Assert.Contains("UTF8", refused.Message);
        Assert.DoesNotContain("Username", refused.Message);
    }

    /// <summary>The key of the log is made once: a second machine has to be given it.</summary>
    [Fact]
    public async Task A_process_without_the_key_of_the_log_does_not_start()
    {
        await using var test = await TestDatabase.Create();
        var folder = Directory.CreateTempSubdirectory("registry-key-").FullName;
        try
        {
            var settings = Engine.Settings(test.Database.Location, folder);
            Assert.Throws<FileNotFoundException>(() => Opening.Identity(settings));
            File.WriteAllText(settings.KeyPath, NoteSigner.Create("reg.example/log") + "\n");
            Assert.Contains("another log", Assert.Throws<ForkedLogException>(() => Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance)).Message);
            Assert.Throws<InvalidDataException>(() => (settings with { ConnectionString = null }).Location);
            Assert.Throws<InvalidDataException>(() => (settings with { Database = "oracle" }).Location);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
