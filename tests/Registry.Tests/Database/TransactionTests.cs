using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

public sealed class TransactionTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_writer_keeps_its_settings_when_readers_have_come_and_gone()
    {
        await using var test = await TestDatabase.Create();
        for (var i = 0; i < 10; i++) test.Database.Read(EntryLog.Size);
        Assert.Equal((2L, 0L), await test.Database.WriteAsync(t => (t.Connection.ExecuteScalar<long>("PRAGMA synchronous"), t.Connection.ExecuteScalar<long>("PRAGMA query_only"))));
    }

    [Fact]
    public async Task A_reader_cannot_write()
    {
        await using var test = await TestDatabase.Create();
        Assert.ThrowsAny<DbException>(() => test.Database.Read(db => db.Execute("DELETE FROM entry")));
        Assert.Equal(2, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task Posts_that_wait_are_committed_together_and_seen_when_answered()
    {
        var ticks = new TickingClock();
        await using var test = await TestDatabase.Create(ticks);
        using var held = new Held(test.Database);
        var posts = Enumerable.Range(0, 100).Select(async i =>
        {
            var now = await test.Database.WriteAsync(t =>
            {
                Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"T-{i}" });
                return t.Now;
            });
            Assert.NotNull(test.Database.Read(db => CertificateStore.WithNumbers(db, [$"T{i}"], 1).Values.SingleOrDefault()));
            return now;
        }).ToArray();
        held.Release();
        // Every transaction reads the clock once, and this clock never says the same twice.
        Assert.Single((await Task.WhenAll(posts).WaitAsync(patience)).Distinct());
        Assert.Equal(102, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_post_that_throws_is_undone_and_hurts_no_other()
    {
        await using var test = await TestDatabase.Create();
        using var held = new Held(test.Database);
        var posts = Enumerable.Range(0, 30).Select(i => test.Database.WriteAsync(t =>
        {
            var recorded = Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"T-{i}" });
            return i % 3 == 1 ? throw new InvalidOperationException($"{i}") : i % 3 == 2 ? t.Connection.ExecuteScalar<long>("SELECT no_such_column") : recorded.Seq;
        })).ToArray();
        held.Release();
        for (var i = 0; i < posts.Length; i++)
            if (i % 3 == 0) await posts[i].WaitAsync(patience);
            else if (i % 3 == 1) Assert.Equal($"{i}", (await Assert.ThrowsAsync<InvalidOperationException>(() => posts[i])).Message);
            else await Assert.ThrowsAnyAsync<DbException>(() => posts[i]);
        // The log has no gap, and neither certificate nor search term of a post that was undone is left.
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), test.Database.Read(db => EntryLog.Range(db, 0, 100)).Select(entry => entry.Seq));
        Assert.Equal(Enumerable.Range(0, 30).Where(i => i % 3 == 0).Select(i => $"T-{i}"), test.Database.Read(db => db.Query<string>("SELECT number FROM certificate ORDER BY seq")));
        var dump = test.Dump();
        await test.Rebuild();
        Assert.Equal(dump, test.Dump());
        Assert.Null(test.Database.Failure);
    }

    /// <summary>A statement is kept by its text: what one use left (parameters, a row half read, an error) must not reach the next.</summary>
    [Fact]
    public async Task A_kept_statement_remembers_nothing_of_its_last_use()
    {
        await using var test = await TestDatabase.Create();
        var text = await test.Database.WriteAsync(t =>
        {
            const string echo = "SELECT coalesce(@a, 'none')", twice = "INSERT INTO followed (version) SELECT version FROM followed; SELECT count(*) FROM followed";
            t.Connection.Execute("INSERT INTO followed (version) VALUES (1)");
            var answers = new List<object?>();
            answers.Add(t.Connection.ExecuteScalar<string>(echo, new { a = "one" }));
            answers.Add(t.Connection.ExecuteScalar<string>(echo, new { a = (string?)null }));
            Assert.Throws<InvalidOperationException>(() => t.Connection.ExecuteScalar<string>(echo));
            answers.Add(t.Connection.ExecuteScalar<string>(echo, new { a = "two" }));
            // The same text while its first use is still open.
            foreach (var outer in t.Connection.Query<long>("SELECT value FROM json_each('[1,2]')", buffered: false))
                answers.Add(outer * 10 + t.Connection.Query<long>("SELECT value FROM json_each('[1,2]')", buffered: false).First());
            answers.Add(t.Connection.ExecuteScalar<long>(twice));
            answers.Add(t.Connection.ExecuteScalar<long>(twice));
            Assert.ThrowsAny<DbException>(() => t.Connection.Execute("INSERT INTO body (seq, approval_number, name) VALUES (@seq, 'x', 'x')", new { seq = 0L }));
            t.Connection.Execute("INSERT INTO body (seq, approval_number, name) VALUES (@seq, 'x', 'x')", new { seq = 99L });
            for (var i = 0; i < 1000; i++) Assert.Equal(i, t.Connection.ExecuteScalar<int>($"SELECT {i}"));
            return string.Join(' ', answers);
        });
        Assert.Equal("one none two 11 21 2 4", text);
    }

    /// <summary>More read at once than connections are kept, again and again, while somebody writes: each sees one state, and none is lost.</summary>
    [Fact]
    public async Task Many_read_at_once_each_in_a_snapshot()
    {
        await using var test = await TestDatabase.Create();
        using var all = new Barrier(24);
        var readers = Enumerable.Range(0, 24).Select(_ => Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < 20; i++)
                Assert.True(test.Database.Read(db =>
                {
                    var before = EntryLog.Size(db);
                    all.SignalAndWait(patience);
                    return before == EntryLog.Size(db) && before == db.ExecuteScalar<long>("SELECT count(*) FROM entry");
                }));
        }, TaskCreationOptions.LongRunning)).ToArray();
        for (var i = 0; !Task.WhenAll(readers).IsCompleted; i++) await test.Issue(Samples.Content with { Number = $"R-{i}" });
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Nobody_sees_what_is_not_committed()
    {
        await using var test = await TestDatabase.Create();
        using var held = new Held(test.Database, t => Publisher.Issue(t, RegistryApp.Body, Samples.Content));
        Assert.Equal(2, await Task.Run(() => test.Database.Read(EntryLog.Size)).WaitAsync(patience));
        Assert.False(held.Done.IsCompleted);
        held.Release();
        await held.Done.WaitAsync(patience);
        Assert.Equal(3, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task A_read_is_one_snapshot()
    {
        await using var test = await TestDatabase.Create();
        var (before, after) = await Task.Run(() => test.Database.Read(db =>
        {
            var size = EntryLog.Size(db);
            test.Issue(Samples.Content).GetAwaiter().GetResult();
            return (size, EntryLog.Size(db));
        })).WaitAsync(patience);
        Assert.Equal((2, 2, 3), (before, after, test.Database.Read(EntryLog.Size)));
    }

    [Fact]
    public async Task A_cancelled_read_stops_its_query()
    {
        await using var test = await TestDatabase.Create();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var error = Assert.ThrowsAny<DbException>(() => test.Database.Read(db => db.ExecuteScalar<long>(Engine.Endless), cancel.Token));
        Assert.True(Sqlite.IsInterrupted(error));
        Assert.Equal(2, test.Database.Read(EntryLog.Size));
    }

    [Fact]
    public async Task What_waits_is_written_before_it_closes_and_nothing_is_taken_after()
    {
        var test = await TestDatabase.Create();
        using var held = new Held(test.Database);
        var waiting = test.Issue(Samples.Content);
        var closing = test.DisposeAsync().AsTask();
        held.Release();
        await closing.WaitAsync(patience);
        Assert.True((await waiting).New);
        await Assert.ThrowsAsync<CannotRecordException>(() => test.Issue(Samples.Sparse));
    }

    [Fact]
    public async Task A_file_of_a_newer_registry_is_left_alone()
    {
        await using var test = await TestDatabase.Create();
        await test.Database.WriteAsync(t => t.Connection.Execute("INSERT INTO schema_version (version) VALUES (999)"));
        Assert.Throws<SchemaException>(() => Open(test));
    }

    [Fact]
    public async Task A_file_from_before_the_log_was_sealed_is_left_alone()
    {
        await using var test = await TestDatabase.Create();
        await test.Database.WriteAsync(t => t.Connection.Execute("UPDATE schema_version SET version = 1"));
        Assert.Throws<SchemaException>(() => Open(test));
    }

    private static Database Open(TestDatabase test) => new(test.Database.Location, TimeProvider.System, NullLogger<Database>.Instance, test.Signer, TreeStore.Seal);

    /// <summary>Keeps the writer inside a transaction until it is released.</summary>
    private sealed class Held : IDisposable
    {
        private readonly ManualResetEventSlim release = new();

        public Held(Database database, Action<Transaction>? first = null)
        {
            using var inside = new ManualResetEventSlim();
            Done = database.WriteAsync(transaction =>
            {
                first?.Invoke(transaction);
                inside.Set();
                return release.Wait(patience);
            });
            Assert.True(inside.Wait(patience));
        }

        public Task<bool> Done { get; }

        public void Release() => release.Set();

        public void Dispose()
        {
            release.Set();
            Done.Wait(patience);
            release.Dispose();
        }
    }

    private sealed class TickingClock : TimeProvider
    {
        private long ticks;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 6, 15, 4, 0, 0, TimeSpan.Zero).AddMilliseconds(Interlocked.Increment(ref ticks));
    }
}
