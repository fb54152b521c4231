using Registry.Certificates;
using Registry.Search;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>What asks for everything is answered from numbers that are kept. (Of blocks that are in the file: IndexTests.)</summary>
public sealed class EverythingTests
{
    private static readonly DateOnly today = new(2026, 6, 15);
    private static readonly DateOnly[] days =
        [today, today.AddDays(-200), today.AddDays(30), today.AddDays(-30), today.AddDays(-31), today.AddDays(-32)];

    private readonly Random random = new(20261127);

    private sealed record Read(Status Status, CertificateContent Then, CertificateRow Row);

    /// <summary>After every post and act they are those of all rows: of today, of more past days than are kept, of one to come.</summary>
    [Fact]
    public async Task Numbers_of_everything_are_those_of_all_rows_after_every_post_and_act()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var ids = new List<(string Id, string Body)>();
        for (var n = 0; n < 60; n++)
        {
            if (n % 3 == 0)
                for (var i = 0; i < 3; i++)
                {
                    var body = random.Next(3) == 0 ? RegistryApp.OtherBody : RegistryApp.Body;
                    ids.Add(((await test.Issue(Any(ids.Count), body)).Id, body));
                }
            else await Act(test, ids);
            Compare(test, days[random.Next(2)]);
            if (n % 10 == 9)
                foreach (var day in days) Compare(test, day);
        }
    }

    private CertificateContent Any(int n)
    {
        var (star, issued) = (random.Next(2) == 0, today.AddDays(random.Next(-400, 20)));
        return Samples.Sparse with
        {
            Number = $"EVERY-{n}",
            Category = star ? 26 : random.Next(1, 4),
            Level = star ? ((string[])["five-star", "four-star", "qualified"])[random.Next(3)] : null,
            IssuedOn = issued,
            ExpiresOn = issued.AddDays(random.Next(30, 600)),
        };
    }

    private async Task Act(TestDatabase test, List<(string Id, string Body)> ids)
    {
        var ((id, body), effect) = (ids[random.Next(ids.Count)], today.AddDays(-random.Next(0, 100)));
        var number = test.Database.Read(db => CertificateStore.Find(db, id)!.Certificate.Content.Number);
        Amendment act = random.Next(4) switch
        {
            0 => new Suspend { Body = body, Certificate = id, EffectiveOn = effect },
            1 => new Revoke { Body = body, Certificate = id, EffectiveOn = effect },
            _ => new Correct { Body = body, Certificate = id, EffectiveOn = effect, Content = Any(0) with { Number = number } },
        };
        try { await test.Amend(act); }
        catch (FaultException) { } // not every act is allowed to every certificate
    }

    private static void Compare(TestDatabase test, DateOnly day)
    {
        var on = day == today ? (DateOnly?)null : day;
        var all = test.Database.Read(db => CertificateStore.After(db, -1, int.MaxValue).ConvertAll(row =>
        {
            var then = CertificateStore.AsOf(db, row, day)!;
            return new Read(Lifecycle.StatusOn(then, day), then.Content, row);
        }));
        foreach (var status in Statuses.All.Cast<Status?>().Prepend(null))
        {
            var expected = all.Where(one => status is null || one.Status == status).ToList();
            var result = test.Database.Read(db =>
                CertificateSearch.Run(db, test.Index, new() { Status = status, On = on }, today));
            Assert.Equal((expected.Count, "exact"), (result.Total!.Value, result.Total.Relation));
            Same(result.Facets!.Status, one => one.Status.Word());
            Same(result.Facets.Level, one => one.Then.Level);
            Same(result.Facets.Category, one => $"{one.Row.Category}");
            Same(result.Facets.Body, one => one.Row.BodyNumber);

            void Same(FacetValue[] told, Func<Read, string?> of)
            {
                var numbers = expected.Select(of).OfType<string>().CountBy(value => value).ToDictionary(one => one.Key, one => (long)one.Value);
                Assert.Equal(numbers.OrderBy(one => one.Key, StringComparer.Ordinal),
                    told.ToDictionary(one => one.Value, one => one.Count).OrderBy(one => one.Key, StringComparer.Ordinal));
            }
        }
        if (on is not null) return;
        var categories = test.Database.Read(db => ReferenceStore.Categories(db, test.Index, today, null));
        var valid = all.Where(one => one.Status == Status.Valid).ToList();
        Assert.All(categories, one => Assert.Equal(valid.Count(read => read.Row.Category == one.No), one.Valid));
        var bodies = test.Database.Read(db => ReferenceStore.Bodies(db, test.Index, today));
        Assert.All(bodies, one => Assert.Equal(valid.Count(read => read.Row.BodyNumber == one.ApprovalNumber), one.Valid));
    }

    /// <summary>A reader whose snapshot is older than the memory counts what it sees.</summary>
    [Fact]
    public async Task An_older_snapshot_is_told_its_own_numbers()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        await test.Issue(Any(1));
        var (older, newer) = test.Database.Read(old =>
        {
            Count(old);
            test.Issue(Any(2)).GetAwaiter().GetResult();
            var now = test.Database.Read(Count);
            return (Count(old), now);
        });
        Assert.Equal((1, 2), (older, newer));

        long Count(System.Data.Common.DbConnection db) => CertificateSearch.Run(db, test.Index, new(), today).Total!.Value;
    }
}
