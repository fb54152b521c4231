using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>The whole search compared with a naive reading of all rows, on a random registry with acts and corrections, from its first certificate until tiles have been merged.</summary>
public sealed class IndexTests
{
    private const int Seed = 20260202, Certificates = (9 << Tiles.Small) + 3000, Round = 42_000, Rounds = (Certificates + Round - 1) / Round, ShortRun = 400;

    /// <summary>Set to a number of questions for a long run: `REGISTRY_SEARCH_QUESTIONS=1000000 dotnet test -c Release --filter IndexTests`.</summary>
    private static readonly int questions = int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_SEARCH_QUESTIONS"), out var asked) ? asked : ShortRun;
    private static readonly int seed = int.TryParse(Environment.GetEnvironmentVariable("REGISTRY_SEARCH_SEED"), out var other) ? other : Seed;
    private static readonly string[] Syllables = ["hai", "er", "yun", "fan", "qing", "yu", "dian", "qi", "ke", "ji", "gong", "si", "a", "e"];
    private static readonly string[] Levels = ["five-star", "four-star", "qualified"];
    private static readonly DateOnly today = new(2026, 6, 15);
    private const string Characters = "海尔云帆青屿电器科技有限公司演示服务安装维修", Latin = "abcde";
    private readonly Random random = new(seed);

    [Fact]
    public async Task Every_answer_is_that_of_reading_all_rows_and_a_rebuild_makes_the_same_index()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var (ids, incomplete) = (new List<(string Id, string Body)>(), 0);
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
            incomplete += Compare(test, questions / Rounds);
            CompareStatuses(test);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{questions / Rounds * Rounds} questions without a difference, {incomplete} incomplete");
        var dump = test.Dump();
        await test.Rebuild();
        Assert.True(dump == test.Dump());
    }

    private string Text(int from, int to) => string.Concat(Enumerable.Range(0, random.Next(from, to)).Select(_ => random.Next(6) == 0 ? Latin[random.Next(Latin.Length)] : Characters[random.Next(Characters.Length)]));

    private CertificateContent Content(int i)
    {
        var issued = today.AddDays(random.Next(-1500, 20));
        var star = random.Next(4) == 0;
        return Samples.Sparse with
        {
            Number = $"{random.Next(100)}-{i}",
            Holder = new()
            {
                Name = Text(2, 6),
                NameEn = random.Next(5) == 0 ? Text(1, 3) + " Demo " + Latin[random.Next(Latin.Length)] : null,
                Region = random.Next(2) == 0 ? "370212" : "330106",
                Uscc = random.Next(3) == 0 ? RegistryApp.Uscc($"9137020{random.Next(10)}MA{random.Next(10_000_000):0000000}") : null,
            },
            Category = star ? 26 : random.Next(1, 4),
            Level = star ? Levels[random.Next(Levels.Length)] : null,
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

    /// <summary>What is asked for: of each registry a number of words, asked in every combination.</summary>
    private string[] Words() =>
        [.. Enumerable.Range(0, Math.Clamp(questions / 100, 20, 600)).Select(_ => random.Next(12) switch
        {
            0 => "haier",
            1 => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Syllables[random.Next(Syllables.Length)])),
            2 => string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => Syllables[random.Next(Syllables.Length)][0])),
            3 => random.Next(1000).ToString(),
            4 => $"{random.Next(100)}-{random.Next(Certificates)}"[..random.Next(2, 6)],
            5 => Latin[random.Next(Latin.Length)].ToString(),
            6 => Characters[random.Next(Characters.Length)].ToString(),
            7 => "9137" + random.Next(10),
            8 => Text(5, 9),
            _ => Text(1, 4),
        })];

    /// <summary>Everything of each status, today and on a day of each round again: these numbers are kept from one round to the next.</summary>
    private static void CompareStatuses(TestDatabase test)
    {
        var naive = new NaiveSearch(test);
        foreach (var on in (DateOnly?[])[null, today.AddDays(-50)])
            foreach (var status in Statuses.All.Append(Status.Valid))
            {
                var query = new SearchQuery { Status = status, On = on };
                var result = test.Database.Read(db => CertificateSearch.Run(db, test.Index, query, today));
                var told = result.Facets!;
                long[] counts = [result.Total!.Value, told.Status.Sum(one => one.Count), told.Category.Sum(one => one.Count), told.Body.Sum(one => one.Count)];
                Assert.Equal(Enumerable.Repeat((long)naive.Of(query, today, 1).Count, counts.Length), counts);
            }
    }

    /// <summary>Questions against reading all rows: how many were incomplete.</summary>
    private int Compare(TestDatabase test, int questions)
    {
        var (naive, words, days, incomplete) = (new NaiveSearch(test), Words(), Enumerable.Range(0, Math.Clamp(questions / 1000, 4, 16)).Select(_ => today.AddDays(random.Next(-700, 200))).ToArray(), 0);
        string Word() => words[random.Next(words.Length)];
        string? Now(int oneIn, Func<string> text) => random.Next(oneIn) == 0 ? text() : null;
        string Date() => days[random.Next(days.Length)].ToString("O");
        CertificateRow Any() => naive[random.Next(naive.Count)];
        for (var n = 0; n < questions; n++)
        {
            var asked = new Dictionary<string, string?>
            {
                ["q"] = random.Next(6) == 0 ? Now(3, () => Exact(Any())) : string.Join(' ', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word())),
                ["holder"] = Now(12, Word),
                ["scope"] = Now(12, Word),
                ["number"] = Now(200, () => Any().Number),
                ["uscc"] = Now(200, () => Any().Uscc is { } uscc ? random.Next(2) == 0 ? uscc : uscc.Substring(8, 9) : "91370200MA3TEST010"),
                ["category"] = Now(4, () => random.Next(1, 4).ToString()),
                ["group"] = Now(12, () => Catalogue.Groups[random.Next(Catalogue.Groups.Count)].Code),
                ["level"] = Now(8, () => Levels[random.Next(Levels.Length)]),
                ["status"] = Now(3, () => Statuses.All[random.Next(Statuses.All.Length)].Word()),
                ["region"] = Now(6, () => ((string[])["370000", "370212", "330106", "110000"])[random.Next(4)]),
                ["body"] = Now(6, () => RegistryApp.OtherBody),
                ["on"] = Now(3, Date),
                ["issuedFrom"] = Now(12, Date),
                ["issuedTo"] = Now(12, Date),
                ["expiresFrom"] = Now(8, Date),
                ["expiresTo"] = Now(8, Date),
                ["sort"] = Now(2, () => SearchOrders.All[random.Next(SearchOrders.All.Length)].Word),
                ["limit"] = random.Next(1, 51).ToString(),
            };
            SearchQuery query;
            try { query = SearchQuery.Parse(name => asked.GetValueOrDefault(name)); }
            catch (FaultException) { continue; } // a cut code that is none
            var why = string.Join('&', asked.Where(one => one.Value is not null).Select(one => $"{one.Key}={one.Value}"));
            var (count, first) = naive.Of(query, today, query.Limit * 2);
            var result = test.Database.Read(db => CertificateSearch.Run(db, test.Index, query, today));
            var (total, facets) = (result.Total!, result.Facets!.Status.Sum(value => value.Count));
            if (result.Incomplete == true) incomplete++;
            else Assert.True(first.Take(query.Limit).SequenceEqual(result.Items.Select(item => item.LogIndex)), why);
            if (n % 4 == 0 || result.Incomplete == true)
            {
                var (found, next) = test.Database.Read(db => CertificateSearch.Page(db, test.Index, query, today, Timeout.InfiniteTimeSpan));
                var then = query with { Cursor = next is null ? null : Cursor.Parse(next.ToString()) };
                var second = next is null ? [] : test.Database.Read(db => CertificateSearch.Page(db, test.Index, then, today, Timeout.InfiniteTimeSpan)).Seqs;
                Assert.True(first.SequenceEqual([.. found, .. second]), why);
            }
            if (total.Relation == "exact") Assert.True(count == total.Value && count == facets, $"{why}: {count}, told {total.Value} and {facets}");
            else Assert.True(total.Value >= count * 0.7 - 20 && total.Value <= count * 1.3 + 20 && Math.Abs(facets - total.Value) <= total.Value * 0.2, $"{why}: {count}, told about {total.Value} and {facets}");
        }
        return incomplete;

        string Exact(CertificateRow row) => random.Next(4) switch { 0 => row.HolderName, 1 => row.Number, 2 => row.Id, _ => row.Uscc ?? row.HolderNameEn ?? row.Scope };
    }
}
