using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

public sealed class ReferenceTests
{
    /// <summary>Whatever was stated and whatever the day, the counts are what a look at every certificate gives; a rebuild gives them again.</summary>
    [Fact]
    public async Task Valid_certificates_are_counted_by_category_and_body()
    {
        var clock = new TestClock();
        await using var test = await TestDatabase.Create(clock);
        var random = new Random(20261124);
        var today = Day.Of(clock.Now);
        var ids = new List<(string Id, string Body)>();
        var seqs = new List<long>();
        for (var round = 0; round < 6; round++)
        {
            await test.Database.WriteAsync(t =>
            {
                for (var i = 0; i < 500; i++)
                {
                    var body = random.Next(3) == 0 ? RegistryApp.OtherBody : RegistryApp.Body;
                    var issued = today.AddDays(random.Next(-900, 30));
                    var recorded = Publisher.Issue(t, body, Samples.Sparse with { Number = $"{round}/{i}", Category = random.Next(1, 4), IssuedOn = issued, ExpiresOn = issued.AddDays(random.Next(30, 1100)) });
                    ids.Add((recorded.Id, body));
                    seqs.Add(recorded.Seq);
                }
                return 0;
            });
            for (var i = 0; i < 150; i++)
            {
                var (id, body) = ids[random.Next(ids.Count)];
                Amendment act = random.Next(5) switch
                {
                    0 => new Suspend { Body = body, Certificate = id, EffectiveOn = today },
                    1 => new Restore { Body = body, Certificate = id, EffectiveOn = today },
                    2 => new Revoke { Body = body, Certificate = id, EffectiveOn = today },
                    3 => new Cancel { Body = body, Certificate = id, EffectiveOn = today },
                    _ => new Correct { Body = body, Certificate = id, EffectiveOn = today, Content = test.Database.Read(db => CertificateStore.Find(db, id)!.Certificate.Content) with { Category = random.Next(1, 4), ExpiresOn = today.AddDays(random.Next(1, 900)) } },
                };
                try { await test.Amend(act); }
                catch (FaultException) { } // not every act is allowed to every certificate
            }
            foreach (var days in (int[])[0, 1, 17, 200, 900])
            {
                var on = today.AddDays(days);
                test.Database.Read(db =>
                {
                    var valid = CertificateStore.At(db, seqs).Select(row => row.Certificate).Where(c => Lifecycle.StatusOn(c, on) == Status.Valid).ToList();
                    Assert.NotEmpty(valid);
                    Assert.Equal(valid.CountBy(c => c.Content.Category).OrderBy(c => c.Key).Select(c => (c.Key, (long)c.Value)), ReferenceStore.Categories(db, test.Index, on, null).Where(c => c.Valid > 0).Select(c => (c.No, c.Valid)));
                    Assert.Equal(valid.CountBy(c => c.Body).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, (long)c.Value)), ReferenceStore.Bodies(db, test.Index, on).Where(b => b.Valid > 0).Select(b => (b.ApprovalNumber, b.Valid)).OrderBy(b => b.ApprovalNumber, StringComparer.Ordinal));
                    return 0;
                });
            }
        }
        var dump = test.Dump();
        await test.Rebuild();
        Assert.Equal(dump, test.Dump());
    }
}
