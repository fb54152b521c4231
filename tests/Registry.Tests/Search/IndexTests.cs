using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>The whole search compared with a naive reading of all rows, on a random registry with acts and corrections, from its first certificate until tiles have been merged.</summary>
public sealed class IndexTests
{
    private const int Seed = 20260202, Certificates = (10 << Tiles.Small) + 3000, Round = 42_000;
    private static readonly DateOnly today = new(2026, 6, 15);
    private const string Characters = "海尔云帆青屿电器科技有限公司演示服务安装维修", Latin = "abcde";
    private readonly Random random = new(Seed);

    [Fact]
    public async Task Every_answer_is_that_of_reading_all_rows_and_a_rebuild_makes_the_same_index()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var ids = new List<(string Id, string Body)>();
        while (ids.Count < Certificates)
        {
            await test.Database.WriteAsync(transaction =>
            {
                for (var i = Math.Min(Round, Certificates - ids.Count); i > 0; i--)
                {
                    var body = random.Next(3) == 0 ? RegistryApp.OtherBody : RegistryApp.Body;
                    ids.Add((Publisher.Issue(transaction, body, Content(ids.Count)).Id, body));
                }
                return 0;
            });
            for (var i = 0; i < 60; i++) await Act(test, ids);
            Compare(test, 25);
        }
        var dump = test.Dump();
        await test.Rebuild();
        Assert.True(dump == test.Dump());
    }

    private string Text(int from, int to) => string.Concat(Enumerable.Range(0, random.Next(from, to)).Select(_ => random.Next(6) == 0 ? Latin[random.Next(Latin.Length)] : Characters[random.Next(Characters.Length)]));

    private CertificateContent Content(int i)
    {
        var issued = today.AddDays(random.Next(-1500, 20));
        return Samples.Sparse with
        {
            Number = $"{random.Next(100)}-{i}",
            Holder = new() { Name = Text(2, 6), Region = random.Next(2) == 0 ? "370212" : "330106" },
            Category = random.Next(4) == 0 ? 26 : random.Next(1, 4),
            Level = null,
            Scope = Text(1, 4),
            IssuedOn = issued,
            ExpiresOn = issued.AddDays(random.Next(30, 1100)),
        };
    }

    private async Task Act(TestDatabase test, List<(string Id, string Body)> ids)
    {
        var (id, body) = ids[random.Next(random.Next(2) == 0 ? ids.Count : Math.Min(ids.Count, 3000))];
        var effect = today.AddDays(-random.Next(0, 100));
        var old = test.Database.Read(db => CertificateStore.Find(db, id)!.Certificate.Content);
        Amendment act = random.Next(6) switch
        {
            0 => new Suspend { Body = body, Certificate = id, EffectiveOn = effect },
            1 => new Restore { Body = body, Certificate = id, EffectiveOn = today },
            2 => new Revoke { Body = body, Certificate = id, EffectiveOn = effect },
            3 => new Cancel { Body = body, Certificate = id, EffectiveOn = effect },
            _ => new Correct { Body = body, Certificate = id, EffectiveOn = effect, Content = Content(0) with { Number = old.Number } },
        };
        try { await test.Amend(act); }
        catch (FaultException) { } // not every act is allowed to every certificate
    }

    private void Compare(TestDatabase test, int questions)
    {
        var rows = new List<CertificateRow>();
        while (test.Database.Read(db => CertificateStore.After(db, rows.Count == 0 ? -1 : rows[^1].Seq, 5000)) is { Count: > 0 } more) rows.AddRange(more);
        var texts = rows.Select(row => new RowText(column => column switch { 2 => PlainText.Fold(row.HolderName), 3 => row.HolderNameEn, 4 => row.Scope, 5 => CertificateNumber.Normalise(row.Number), 6 => row.Uscc, 7 => row.Names.Length == 0 ? null : string.Join('\n', row.Names.Select(held => held.Name)), _ => throw new ArgumentOutOfRangeException(nameof(column)) })).ToArray();
        for (var n = 0; n < questions; n++)
        {
            var asked = new Dictionary<string, string?>
            {
                ["q"] = random.Next(5) == 0 ? null : string.Join(' ', Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.Next(8) switch { 0 => "haier", 1 => "yf", 2 => random.Next(100).ToString(), _ => Text(1, 4) })),
                ["category"] = random.Next(4) == 0 ? random.Next(1, 4).ToString() : null,
                ["status"] = random.Next(3) == 0 ? Statuses.All[random.Next(Statuses.All.Length)].Word() : null,
                ["region"] = random.Next(6) == 0 ? "370000" : null,
                ["body"] = random.Next(6) == 0 ? RegistryApp.OtherBody : null,
                ["on"] = random.Next(3) == 0 ? today.AddDays(random.Next(-400, 100)).ToString("O") : null,
                ["expiresTo"] = random.Next(6) == 0 ? today.ToString("O") : null,
                ["expiresFrom"] = random.Next(8) == 0 ? today.AddDays(random.Next(-900, 400)).ToString("O") : null,
                ["sort"] = random.Next(2) == 0 ? SearchOrders.All[random.Next(SearchOrders.All.Length)].Word : null,
                ["limit"] = "50",
            };
            var query = SearchQuery.Parse(name => asked.GetValueOrDefault(name));
            var day = query.On ?? today;
            // Days and status are those of the day asked.
            Certificate Then(CertificateRow row) => row.LastSeq == row.Seq ? row.Certificate : test.Database.Read(db => CertificateStore.AsOf(db, row, day))!;
            var expected = rows.Where((row, i) => query.Matches(texts[i]) && (query.Categories.Length == 0 || query.Categories.Contains(row.Category)) && (query.Regions.Length == 0 || row.Region!.StartsWith("37", StringComparison.Ordinal))
                && (query.Body is null || row.BodyNumber == query.Body) && !(Then(row).Content.ExpiresOn > query.ExpiresTo) && !(Then(row).Content.ExpiresOn < query.ExpiresFrom)
                && (query.Status is null || Lifecycle.StatusOn(Then(row), day) == query.Status)).Reverse().ToArray();
            var why = string.Join('&', asked.Where(one => one.Value is not null).Select(one => $"{one.Key}={one.Value}"));
            var result = test.Database.Read(db => CertificateSearch.Run(db, test.Index, query, today));
            var exactly = query.Typed is { } typed ? test.Database.Read(db => SearchPlan.Exactly(db, typed)) : [];
            var (found, next) = test.Database.Read(db => CertificateSearch.Page(db, test.Index, query, today, Timeout.InfiniteTimeSpan));
            var (second, _) = next is null ? ([], null) : test.Database.Read(db => CertificateSearch.Page(db, test.Index, query with { Cursor = Cursor.Parse(next.ToString()) }, today, Timeout.InfiniteTimeSpan));
            var ordered = query.Order switch
            {
                SearchOrder.Expires => expected.OrderBy(row => Then(row).Content.ExpiresOn).ThenByDescending(row => row.Seq),
                SearchOrder.ExpiresLast => expected.OrderByDescending(row => Then(row).Content.ExpiresOn).ThenByDescending(row => row.Seq),
                SearchOrder.Holder => expected.OrderBy(row => PlainText.Fold(row.HolderName), StringComparer.Ordinal).ThenBy(row => row.Seq),
                _ => expected.OrderByDescending(row => exactly.Contains(row.Seq)).ThenByDescending(row => row.Seq),
            };
            Assert.True(ordered.Take(100).Select(row => row.Seq).SequenceEqual([.. found, .. second]), why);
            if (result.Total!.Relation == "exact") Assert.True(expected.Length == result.Total.Value, $"{why}: {expected.Length}, told {result.Total.Value}");
            else Assert.True(expected.Length is var all && result.Total.Value >= all * 0.7 - 20 && result.Total.Value <= all * 1.3 + 20, $"{why}: {expected.Length}, told about {result.Total.Value}");
            Assert.True(Math.Abs(result.Facets!.Status.Sum(value => value.Count) - result.Total.Value) <= result.Total.Value * (result.Total.Relation == "exact" ? 0 : 0.2), why);
        }
    }
}

