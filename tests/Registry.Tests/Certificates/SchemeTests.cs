using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;

namespace Registry.Tests.Certificates;

/// <summary>A scheme is data: another edition, other levels, other reasons need a file and no line of code.</summary>
public sealed class SchemeTests : IDisposable
{
    private const string SecondEdition = "gbt27922-next", OtherLevels = "graded";

    private readonly string folder = Directory.CreateTempSubdirectory("registry-schemes-").FullName;
    private static readonly HttpClient client = new();
    private string key = "";
    private Uri address = null!;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>The shipped schemes, a second edition of category 26 from 2025 on, and a scheme of category 12 whose levels have no scores.</summary>
    private static JsonArray Data()
    {
        var schemes = JsonNode.Parse(File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "db", "reference", "schemes.json")))!.AsArray();
        schemes.Add(JsonNode.Parse($$"""
            { "id": "{{SecondEdition}}", "category": 26, "standard": "GB/T 27922-2099（虚构）", "name": { "zh": "售后服务（新版）", "en": "Service (new)" },
              "inForceOn": "2025-01-01", "termMonths": 24, "certified": { "zh": "{0}，按新版。", "en": "{0}, by the new edition." },
              "notCertified": { "zh": "旧版的内容。", "en": "what the old edition said." },
              "levels": [ { "code": "standard", "number": 5, "name": { "zh": "标准级", "en": "Standard" }, "minimumScore": 60 },
                          { "code": "excellent", "number": 6, "name": { "zh": "卓越级", "en": "Excellent" }, "stars": 2, "minimumScore": 85 } ],
              "placements": ["documents"], "reasons": { "suspend": ["other"] } }
            """));
        schemes.Add(JsonNode.Parse($$"""
            { "id": "{{OtherLevels}}", "category": 12, "name": { "zh": "分级方案", "en": "Graded" },
              "certified": { "zh": "分级。", "en": "its grade." }, "notCertified": { "zh": "其余。", "en": "the rest." },
              "levels": [ { "code": "grade-b", "number": 7, "name": { "zh": "乙级", "en": "Grade B" } }, { "code": "grade-a", "number": 8, "name": { "zh": "甲级", "en": "Grade A" } } ],
              "placements": ["premises"], "reasons": {} }
            """));
        return schemes;
    }

    private string SchemesFile(JsonNode schemes)
    {
        var file = Path.Combine(folder, "schemes.json");
        File.WriteAllText(file, schemes.ToJsonString());
        return file;
    }

    private string Command(params string[] arguments)
    {
        var (code, output, error) = Served.Run(folder, arguments);
        Assert.True(code == 0, error + output);
        return output;
    }

    private async Task<(int Status, JsonNode Json)> Send(string method, string path, object? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new(method), new Uri(address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.AcceptLanguage.ParseAdd("en");
        if (body is not null) request.Content = new StringContent(body as string ?? ((JsonNode)body).ToJsonString(), Encoding.UTF8, type);
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, JsonNode.Parse(type == "text/csv" ? $"[{text.TrimEnd().Replace('\n', ',')}]" : text)!);
    }

    /// <summary>The code of the first fault and what it says.</summary>
    private async Task<string> Refused(string path, object body)
    {
        var (status, json) = await Send("POST", path, body);
        Assert.True(status == 422, json.ToJsonString());
        return $"{json["errors"]![0]!["code"]} {json["errors"]![0]!["detail"]}";
    }

    private static JsonObject Draft(string number, int category, string issued, string expires, string? level, double? score = null)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        draft.Remove("score");
        (draft["category"], draft["issuedOn"], draft["expiresOn"], draft["level"]) = (category, issued, expires, level);
        if (score is not null) draft["score"] = score;
        return draft;
    }

    private async Task<string> Issue(JsonObject draft)
    {
        var (status, json) = await Send("POST", "/v1/certificates", draft);
        Assert.True(status == 201, json.ToJsonString());
        return (string)json["id"]!;
    }

    private async Task<string> Page(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Accept.ParseAdd("text/html");
        return WebUtility.HtmlDecode(await (await client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_second_edition_and_a_scheme_with_other_levels_need_no_line_of_code()
    {
        Command("bodies", "add", RegistryApp.Body, "示例");
        key = Command("bodies", "key", RegistryApp.Body).Trim().Split('\n')[^1];
        string before, since, graded;
        using (var served = new Served(folder: folder, environment: ("Registry__Schemes", SchemesFile(Data()))))
        {
            address = served.Client.BaseAddress!;
            // The edition is that of the day of issue: its levels, scores, term and standard.
            before = await Issue(Draft("BEFORE-1", 26, "2024-12-31", "2027-12-30", "five-star", 96));
            var draft = Draft("SINCE-1", 26, "2025-01-01", "2026-12-31", "five-star");
            Assert.Equal("unknown-level The levels of this category are: standard, excellent.", await Refused("/v1/certificates", draft));
            Assert.StartsWith("score-disagrees", await Refused("/v1/certificates", Draft("SINCE-1", 26, "2025-01-01", "2026-12-31", "excellent", 84.99)));
            Assert.StartsWith("term-too-long", await Refused("/v1/certificates", Draft("SINCE-1", 26, "2025-01-01", "2027-12-31", "excellent", 85)));
            since = await Issue(Draft("SINCE-1", 26, "2025-01-01", "2026-12-31", "excellent", 85));
            Assert.Equal("GB/T 27922-2011", (string)(await Send("GET", $"/v1/certificates/{before}")).Json["standard"]!);
            Assert.Equal("GB/T 27922-2099（虚构）", (string)(await Send("GET", $"/v1/certificates/{since}")).Json["standard"]!);

            // Other levels, without scores.
            Assert.Equal("level-required This category needs a level: grade-b, grade-a.", await Refused("/v1/certificates", Draft("GRADED-1", 12, "2024-01-01", "2029-12-31", null)));
            Assert.StartsWith("no-scores", await Refused("/v1/certificates", Draft("GRADED-1", 12, "2024-01-01", "2029-12-31", "grade-a", 90)));
            graded = await Issue(Draft("GRADED-1", 12, "2024-01-01", "2029-12-31", "grade-a"));

            // Its words, and where its marks may be put.
            var (old, next) = (await Page($"/c/{before}"), await Page($"/c/{since}"));
            Assert.Contains("认证的是：该组织在下述范围内的售后服务。", old);
            Assert.Contains("认证的是：商品售后服务评价体系，按新版。", next);
            Assert.Contains("没有认证：旧版的内容。", next);
            Assert.DoesNotContain("认证的是：该组织", next);
            Assert.Equal(201, (await Send("POST", $"/v1/certificates/{before}/marks", new JsonObject { ["placement"] = "packaging", ["text"] = "洗衣机" })).Status);
            Assert.StartsWith("placement-forbidden The scheme does not permit marks there; permitted are: documents", await Refused($"/v1/certificates/{since}/marks", new JsonObject { ["placement"] = "packaging", ["text"] = "洗衣机" }));

            // Reasons by act.
            Assert.Equal("reason-not-permitted The scheme does not permit that reason to suspend; permitted are: other.", await Refused($"/v1/certificates/{since}/suspend", new JsonObject { ["reason"] = "misuse" }));
            Assert.Equal(200, (await Send("POST", $"/v1/certificates/{since}/suspend", new JsonObject { ["reason"] = "other" })).Status);
            Assert.Equal(200, (await Send("POST", $"/v1/certificates/{before}/suspend", new JsonObject { ["reason"] = "misuse" })).Status);

            // Lists name levels as their edition does.
            var (_, rows) = await Send("POST", "/v1/imports", "证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期,证书到期日期,证书状态,状态日期,原因\n"
                + "LIST-1,虚构甲,26,零售,★★★★★,2024-06-01,2027-05-31,有效,,\nLIST-2,虚构甲,26,零售,卓越,2025-06-01,2027-05-31,有效,,\nLIST-3,虚构甲,12,零售,甲级,2024-06-01,2027-05-31,有效,,\n"
                + "LIST-4,虚构甲,26,零售,五星级,2025-06-01,2027-05-31,有效,,\nLIST-5,虚构甲,26,零售,卓越级,2025-06-01,2027-05-31,暂停,2025-07-01,误用证书或标志\n", "text/csv");
            Assert.Equal(["recorded", "recorded", "recorded", "unknown-level", "reason-not-permitted"], rows.AsArray().Take(5).Select(row => (string)(row!["errors"]?[0]!["code"] ?? row["result"])!));

            // Found by level, counted by its name, and compared by its rank.
            var found = (await Send("GET", "/v1/certificates?level=excellent&on=2025-06-30")).Json;
            Assert.Equal(2, (int)found["total"]!["value"]!);
            Assert.Equal("Excellent", (string)found["facets"]!["level"]![0]!["nameEn"]!);
            Assert.Contains("卓越级", await Page("/?q=SINCE-1"));
            foreach (var (asked, outcome) in ((string, string)[])[("grade-b", "valid"), ("甲级", "valid"), ("standard", "mismatch"), ("五星级", "mismatch")])
            {
                var (_, answer) = await Send("POST", "/v1/verifications", new JsonObject { ["rows"] = new JsonArray(new JsonObject { ["number"] = "GRADED-1", ["level"] = asked }) });
                Assert.True(answer.ToJsonString().Contains($"\"{outcome}\""), $"{asked}: {answer.ToJsonString()}");
            }
            Assert.Contains("2025-01-01 起颁发的证书依 GB/T 27922-2099（虚构）", await Page("/schemes"));
            Assert.DoesNotContain("评分", await Page($"/schemes/{OtherLevels}"));
            Assert.Contains("85 分及以上", await Page($"/schemes/{SecondEdition}"));
        }

        // What a scheme says is asked of what comes in; a copy with other schemes replays the log all the same and leaves no level out.
        Assert.Contains("All is right.", Command("verify"));
        using var other = new Served(folder: folder);
        address = other.Client.BaseAddress!;
        Assert.Equal("excellent", (string)(await Send("GET", $"/v1/certificates/{since}")).Json["level"]!["name"]!);
        Assert.Contains("grade-a", await Page($"/c/{graded}"));
    }

    [Fact]
    public void The_edition_is_that_of_the_day_of_issue()
    {
        var schemes = Schemes.Read(Data().ToJsonString(), "data");
        foreach (var (day, id) in ((string, string)[])[("1990-01-01", "gbt27922-2011"), ("2024-12-31", "gbt27922-2011"), ("2025-01-01", SecondEdition), ("2199-12-31", SecondEdition)])
            Assert.Equal(id, schemes.Of(26, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)).Id);
        Assert.Equal("no-edition", schemes.Of(1, Day.Latest).Id);
        Assert.Equal(["qualified", "three-star", "four-star", "five-star", "standard", "excellent", "grade-b", "grade-a"], schemes.Levels.Select(level => level.Code));
        Assert.All(schemes.Levels, level => Assert.Equal(level.Code, schemes.CodeOf(schemes.NumberOf(level.Code))));
        Assert.Equal((0, null), (schemes.NumberOf("gold"), schemes.CodeOf(Schemes.MaxLevel)));
        Assert.Equal(SecondEdition, schemes.After(schemes.All[0])?.Id);
        Assert.Null(schemes.After(schemes.All[1]));
    }

    [Theory]
    [InlineData("/0/levels/0/minimumScore", "null", "either every level has a minimumScore or none")]
    [InlineData("/0/levels/0/minimumScore", "85", "lowest first")]
    [InlineData("/0/levels/1/code", "\"qualified\"", "a level is there twice")]
    [InlineData("/0/levels/0/number", "2", "two levels have the number 2")]
    [InlineData("/0/levels/0/number", "64", "1 to 63")]
    [InlineData("/0/category", "29", "there is no category 29")]
    [InlineData("/0/termMonths", "0", "one month or more")]
    [InlineData("/0/certified", "null", "tells no schemes")]
    [InlineData("/0/placements", "[\"moon\"]", "tells no schemes")]
    [InlineData("/0/reasons", "{ \"suspend\": [\"because\"] }", "tells no schemes")]
    [InlineData("/0/level", "[]", "tells no schemes")]
    [InlineData("/2/inForceOn", "\"2012-02-01\"", "two editions of category 26 are in force from the same day")]
    [InlineData("/2/levels/0/code", "\"qualified\"", "level qualified has two numbers")]
    [InlineData("/2/id", "\"no-edition\"", "two schemes have the id no-edition")]
    [InlineData("/1/category", "5", "exactly one scheme has no category")]
    public void What_a_file_of_schemes_says_wrong_is_named(string pointer, string value, string fault)
    {
        var data = Data();
        var path = pointer[1..].Split('/');
        JsonNode node = data;
        foreach (var step in path[..^1]) node = int.TryParse(step, out var i) ? node[i]! : node[step]!;
        node[path[^1]] = JsonNode.Parse(value);
        Assert.Contains(fault, Assert.Throws<InvalidDataException>(() => Schemes.Read(data.ToJsonString(), "data")).Message);
    }

    [Fact]
    public void A_broken_file_of_schemes_ends_the_start()
    {
        var data = Data();
        data[0]!["certified"] = null;
        var (code, _, error) = Served.Run(folder, ["serve", "--urls", "http://127.0.0.1:0", $"--Registry:Schemes={SchemesFile(data)}"]);
        Assert.Equal(1, code);
        Assert.Contains("schemes.json tells no schemes", Assert.Single(error.Trim().Split('\n')));
    }
}
