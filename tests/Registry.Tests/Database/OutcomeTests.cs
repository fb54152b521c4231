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

    /// <summary>A list of ten thousand rows on a busy machine is answered later, and never with "cannot check now".</summary>
    [Fact]
    public async Task A_read_has_a_limit_for_each_of_its_steps_and_one_for_all_and_at_the_start_none()
    {
        const int OfStep = 1, OfAll = 2;
        await using var test = await TestDatabase.Create();
        using var readers = new Readers(test.Database.Location.Address, TimeSpan.FromSeconds(OfStep), TimeSpan.FromSeconds(OfAll));
        Assert.True(Read(seconds: 1.2, inSteps: false));
        readers.Limited = true;
        Assert.True(Read(seconds: 1.2, inSteps: true));
        Assert.False(Read(seconds: 10, inSteps: false));
        Assert.False(Read(seconds: 10, inSteps: true));

        bool Read(double seconds, bool inSteps)
        {
            const string Some = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) SELECT max(i) FROM n";
            var (reader, start) = (readers.Begin(CancellationToken.None), Stopwatch.GetTimestamp());
            try
            {
                while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
                {
                    if (inSteps) reader.Connection.NextStep();
                    reader.Connection.ExecuteScalar<long>(Some);
                }
                return true;
            }
            catch (DbException error) when (Sqlite.IsInterrupted(error)) { return false; }
            finally { readers.End(reader); }
        }
    }
}
