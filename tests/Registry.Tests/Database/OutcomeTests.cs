using System.Data.Common;
using System.Diagnostics;
using Dapper;
using Microsoft.AspNetCore.Http;
using Registry.Http;

namespace Registry.Tests.DatabaseTests;

public sealed class OutcomeTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    /// <summary>A commit that the disk did not confirm may be on it all the same: to say "nothing was changed" would be a guess.</summary>
    [Fact]
    public async Task When_nobody_knows_whether_it_was_recorded_the_answer_says_so()
    {
        using var app = new RegistryApp();
        var (inside, release) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        // A key to nothing, which only the commit looks at.
        var failing = app.Database.WriteAsync(transaction =>
        {
            transaction.Connection.Execute("CREATE TABLE kept (id INTEGER PRIMARY KEY); CREATE TABLE holds (kept INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED); INSERT INTO holds VALUES (1)");
            inside.Set();
            return release.Wait(patience);
        });
        Assert.True(inside.Wait(patience, TestContext.Current.CancellationToken));
        var beside = app.Database.WriteAsync(_ => 0); // in the same commit
        release.Set();
        foreach (var waiting in (Task[])[failing, beside])
        {
            var error = await Assert.ThrowsAsync<CannotRecordException>(() => waiting);
            Assert.Equal(Refusal.OutcomeUnknown, Assert.Single(Problems.FaultsOf(error, new DefaultHttpContext().Request)).Refusal);
        }
        // What comes after is tried as if nothing had been.
        Assert.Equal(1, await app.Database.WriteAsync(_ => 1));
    }

    [Fact]
    public async Task What_the_program_reads_at_its_start_has_no_time_limit_and_a_request_has()
    {
        await using var test = await TestDatabase.Create();
        long Read(double seconds) => test.Database.Read(db =>
        {
            var start = Stopwatch.GetTimestamp();
            var rows = 0L;
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
                rows += db.ExecuteScalar<long>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) SELECT max(i) FROM n");
            return rows;
        });
        Assert.True(Read(5.5) > 0);
        test.Database.LimitReads();
        Assert.True(Sqlite.IsInterrupted(Assert.ThrowsAny<DbException>(() => Read(10))));
    }
}
