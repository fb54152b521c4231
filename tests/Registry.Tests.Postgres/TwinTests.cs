using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Search;
using Registry.Transparency;

namespace Registry.Tests.Search;

public sealed class TwinTests
{
    private static readonly DateOnly today = Day.Of(new TestClock().Now);

    /// <summary>One log, projected by PostgreSQL and by SQLite: every question has the same answer, item by item, with its total, facets, next and questions back.</summary>
    [Fact]
    public async Task The_same_questions_have_the_same_answers_on_both_engines()
    {
        var folder = Directory.CreateTempSubdirectory("registry-twin-").FullName;
        var (clock, signer) = (new TestClock(), NoteSigner.Create("reg.example/log"));
        var place = Engine.Fresh(folder);
        try
        {
            await using var file = new Database(Location.File(Path.Combine(folder, "twin.db")), clock, NullLogger<Database>.Instance, signer, TreeStore.Seal);
            await using var server = new Database(place, clock, NullLogger<Database>.Instance, signer, TreeStore.Seal);
            await Demo.DemoData.Load(file, clock.Now);
            await server.WriteAsync(t =>
            {
                file.Read(db =>
                {
                    foreach (var entry in EntryLog.Range(db, 0, int.MaxValue)) EntryLog.Append(t, new(entry.Leaf), DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt));
                    return 0;
                });
                CertificateStore.Rebuild(t);
                return 0;
            });
            Assert.Equal(file.Read(TreeStore.EdgeOf).Root, server.Read(TreeStore.EdgeOf).Root);

            var (asked, found) = (0, 0);
            foreach (var (q, filters) in Questions(file))
            {
                string? cursor = null;
                for (var page = 0; page < 3; page++)
                {
                    var query = SearchQuery.Parse(name => name switch { "q" => q, "limit" => "7", "cursor" => cursor, _ => filters.FirstOrDefault(f => f.Name == name).Value });
                    var (here, there) = (Answer(file, query), Answer(server, query));
                    Assert.True(here.Text == there.Text, $"{q} {string.Join('&', filters)} page {page + 1}:\n{here.Text}\n{there.Text}");
                    asked++;
                    found += here.Result.Items.Length;
                    if ((cursor = here.Result.Next) is null) break;
                }
                var typed = SearchQuery.Parse(name => name == "q" ? q : null);
                Assert.Equal(Json(file.Read(db => HolderSearch.Of(db, typed, today, Timeout.InfiniteTimeSpan))), Json(server.Read(db => HolderSearch.Of(db, typed, today, Timeout.InfiniteTimeSpan))));
            }
            Assert.True(asked > 400 && found > 1500, $"{asked} questions found {found}: too few to compare");
            foreach (var day in (DateOnly[])[today, today.AddDays(300)])
            {
                Assert.Equal(file.Read(db => ReferenceStore.Categories(db, day, null)), server.Read(db => ReferenceStore.Categories(db, day, null)));
                Assert.Equal(file.Read(db => ReferenceStore.Bodies(db, day)), server.Read(db => ReferenceStore.Bodies(db, day)));
            }
        }
        finally
        {
            Engine.Drop(place);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (SearchResult Result, string Text) Answer(Database database, SearchQuery query)
    {
        var result = database.Read(db => CertificateSearch.Run(db, query, today, Timeout.InfiniteTimeSpan));
        return (result, Json(result));
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, global::Registry.Http.Json.Options);

    /// <summary>Pieces of what the registry holds, in every writing, alone and in pairs, and slips in them; with and without filters.</summary>
    private static IEnumerable<(string? Q, (string Name, string Value)[] Filters)> Questions(Database database)
    {
        var rows = database.Read(db => db.Query<(string Name, string? English, string Scope, string Number, string? Uscc, string Id)>("SELECT holder_name, holder_name_en, scope, number, uscc, id FROM certificate ORDER BY seq")).ToArray();
        var random = new Random(20261124);
        string Piece(string text, int most) => text.Substring(random.Next(text.Length), 1) is var one && text.Length < 2 ? one : text.Substring(random.Next(text.Length - 1), 1) is var at ? Cut(text, random.Next(text.Length), random.Next(1, most + 1)) : at;
        static string Cut(string text, int from, int length) => text.Substring(from, Math.Min(length, text.Length - from));
        string Read(string text, bool whole) => string.Concat(text.Select(c => Characters.Readings(c) is { Length: > 0 } readings ? whole ? readings[random.Next(readings.Length)] : readings[random.Next(readings.Length)][..1] : ""));
        string Slip(string code) => random.Next(code.Length) is var at ? code[..at] + "0123456789ABCDEF"[random.Next(16)] + code[(at + random.Next(2))..] : code;
        foreach (var q in (string?[])[null, "公司", "有限公司", "零号幻影", "限公司有", "（）", "co", "demo holder 7", "电器 公司", "a", "he", "shi", "zhongguo", "·26"]) yield return (q, []);
        for (var n = 0; n < 260; n++)
        {
            var row = rows[random.Next(rows.Length)];
            var q = random.Next(12) switch
            {
                0 => row.Number,
                1 => Cut(row.Number, 0, random.Next(2, row.Number.Length + 1)),
                2 => row.Uscc ?? row.Id,
                3 => Slip(row.Number),
                4 => Slip(random.Next(2) == 0 ? row.Uscc ?? row.Id : row.Id),
                5 => Read(Piece(row.Name, 4), whole: true),
                6 => Read(Piece(row.Name, 4), whole: false),
                7 => $"{Piece(row.Name, 3)} {Piece(row.Scope, 3)}",
                8 => Piece(row.English ?? row.Scope, 6),
                9 => row.Name,
                _ => Piece(row.Name, 6),
            };
            var filters = new List<(string, string)>();
            if (random.Next(4) == 0) filters.Add(("category", $"{random.Next(1, 29)}"));
            if (random.Next(4) == 0) filters.Add(("status", Statuses.All.ElementAt(random.Next(Statuses.All.Count())).Word()));
            if (random.Next(6) == 0) filters.Add(("level", "five-star"));
            if (random.Next(6) == 0) filters.Add(("region", random.Next(2) == 0 ? "370000" : "浙江"));
            if (random.Next(8) == 0) filters.Add(("on", $"{today.AddDays(-random.Next(800)):O}"));
            if (random.Next(8) == 0) filters.Add(("expiresFrom", $"{today.AddDays(random.Next(400)):O}"));
            if (random.Next(10) == 0) filters.Add(("issuedTo", $"{today.AddDays(-random.Next(400)):O}"));
            if (random.Next(10) == 0) filters.Add(("group", "service"));
            if (random.Next(10) == 0) filters.Add(("body", "CNCA-R-2099-902"));
            yield return (random.Next(10) == 0 ? null : q, [.. filters]);
        }
    }
}
