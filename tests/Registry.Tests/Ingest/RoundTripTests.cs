using System.Text;
using System.Text.Json.Nodes;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Demo;
using Registry.Statements;

namespace Registry.Tests.Ingest;

/// <summary>What the registry exports it takes back.</summary>
public sealed class RoundTripTests
{
    /// <summary>The demo, exported and taken back body by body into an empty registry, reads there as it did here.</summary>
    [Fact]
    public async Task A_demo_is_taken_back_without_a_rejected_row()
    {
        using var from = new RegistryApp(bodies: false);
        await from.LoadDemo();
        Assert.True(from.Database.Read(db => Registry.Search.ReferenceStore.Coverage(db)).Certificates > 1000);
        foreach (var query in (string[])["format=csv", "format=csv&lang=en", "format=ndjson"])
        {
            using var to = new RegistryApp(bodies: false);
            var keys = await to.Database.WriteAsync(transaction => DemoData.Bodies.Select(body =>
            {
                Publisher.Admit(transaction, new Admit { Body = body.Number, Name = body.Name, NameEn = body.NameEn });
                return ApiKeys.Create(transaction, body.Number, "test", transaction.Now.AddYears(20)).Key;
            }).ToArray());
            foreach (var (body, key) in DemoData.Bodies.Zip(keys))
            {
                var file = await from.Client.GetByteArrayAsync($"/v1/certificates?{query}&body={body.Number}");
                var (rows, summary) = await to.Import(file, query == "format=ndjson" ? "application/x-ndjson" : "text/csv", key: key);
                Assert.True((int)summary["rejected"]! == 0, string.Join('\n', rows.Where(row => (string)row["result"]! == "rejected").Take(5).Select(row => row.ToJsonString())));
                Assert.Equal((int)summary["rows"]!, (int)summary["recorded"]!);
                Assert.Equal(await Comparable(from, body.Number), await Comparable(to, body.Number));
            }
        }
    }

    /// <summary>The export without codes and log indexes, in the order of numbers.</summary>
    private static async Task<string[]> Comparable(RegistryApp app, string body) =>
        [.. (await app.Client.GetStringAsync($"/v1/certificates?format=csv&body={body}")).TrimEnd().Split("\r\n").Select(line => line[(line.IndexOf(',') + 1)..]).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task What_could_be_lost_on_the_way_is_not()
    {
        using var from = new RegistryApp();
        await from.Issue("=1+1", draft =>
        {
            draft["sites"] = new JsonArray("虚构路 1 号；2 单元", "虚构路, \"3\" 号");
            draft["holder"]!["nameEn"] = "'Quoted' Ltd.";
            draft["holder"]!["region"] = "110100";
            draft["standard"] = "-1";
        });
        await from.Issue("999999", draft => draft["holder"]!["region"] = "999999");
        foreach (var query in (string[])["?format=csv", "?format=csv&lang=en", "?format=ndjson"])
        {
            using var to = new RegistryApp();
            var (rows, _) = await to.Import(await from.Client.GetByteArrayAsync("/v1/certificates" + query), query.Contains("csv") ? "text/csv" : "application/x-ndjson");
            Assert.All(rows, row => Assert.Equal("recorded", (string)row["result"]!));
            Assert.Equal(await Comparable(from, RegistryApp.Body), await Comparable(to, RegistryApp.Body));
            var odd = (await to.GetJson("/v1/certificates?number=%3D1%2B1"))["items"]![0]!;
            Assert.Equal("虚构路 1 号；2 单元|虚构路, \"3\" 号|'Quoted' Ltd.|110100|-1", string.Join('|', odd["sites"]!.AsArray().Select(s => (string)s!).Append((string)odd["holder"]!["nameEn"]!).Append((string)odd["holder"]!["region"]!).Append((string)odd["standard"]!)));
        }
    }

    [Fact]
    public async Task The_template_holds_every_field_and_is_taken_in_both_languages()
    {
        using var app = new RegistryApp();
        foreach (var language in (string[])["zh", "en"])
        {
            var template = Encoding.UTF8.GetString(await app.Client.GetByteArrayAsync($"/v1/imports/template.csv?lang={language}"));
            Assert.Equal('\uFEFF', template[0]);
            var names = template.Trim('\uFEFF').TrimEnd().Split(',');
            var cells = new Dictionary<string, string> { ["/number"] = $"T-{language}", ["/holder/name"] = "虚构甲（演示）有限公司", ["/holder/nameEn"] = "Fictional Ltd.", ["/category"] = "26", ["/scope"] = "家电售后（演示）", ["/level"] = "五星级", ["/issuedOn"] = "2025-03-01", ["/score"] = "96.5" };
            var row = names.Select(name => cells.GetValueOrDefault(Registry.Tables.Columns.Find(name, Registry.Tables.ColumnUse.Import)!.Pointer, ""));
            var (rows, _) = await app.Import(Encoding.UTF8.GetBytes(template + string.Join(',', row)));
            Assert.Equal("recorded", (string)rows[0]["result"]!);
        }
    }

    [Fact]
    public async Task Every_name_that_is_taken_stands_in_the_contract()
    {
        using var app = new RegistryApp();
        var described = (string)(await app.GetJson("/openapi/v1.json"))["paths"]!["/v1/imports"]!["post"]!["description"]!;
        foreach (var column in Registry.Tables.Columns.All.Where(column => column.Is(Registry.Tables.ColumnUse.Import)))
            foreach (var name in (string[])[column.Name.Zh, column.Name.En, column.Json, .. column.Aliases])
                Assert.Contains(name, described);
    }

    [Fact]
    public async Task An_export_is_as_long_as_asked_for_or_whole()
    {
        using var app = new RegistryApp();
        var text = "证书编号,获证组织名称,认证项目,业务范围,服务等级,颁证日期\n" + string.Concat(Enumerable.Range(0, 1203).Select(i => $"E-{i},虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01\n"));
        await app.Import(Encoding.UTF8.GetBytes(text));
        foreach (var (query, rows) in (ValueTuple<string, int>[])[("", 1203), ("&limit=7", 7), ("&limit=500", 500), ("&limit=1000", 1000), ("&limit=99999", 1203), ("&holder=虚构甲", 1203)])
        {
            Assert.Equal(rows + 1, (await app.Client.GetStringAsync($"/v1/certificates?format=csv{query}")).TrimEnd().Split('\n').Length);
            Assert.Equal(rows, (await app.Client.GetStringAsync($"/v1/certificates?format=ndjson{query}")).TrimEnd().Split('\n').Distinct().Count());
        }
        using var refused = await app.Client.GetAsync("/v1/certificates?format=csv&limit=0");
        Assert.Equal(422, (int)refused.StatusCode);
    }
}
