using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Marks;
using Registry.Verification;

namespace Registry.Tests.Verification;

public sealed class VerificationTests
{
    /// <summary>Issues with the key of one of the two bodies.</summary>
    internal static async Task<string> Issue(RegistryApp app, string number, string name, string? uscc = null, int category = 26, string? level = "five-star", string? standard = null, bool other = false, string? nameEn = null, string issuedOn = "2025-03-01")
    {
        var draft = RegistryApp.Draft(number);
        draft.Remove("score");
        (draft["category"], draft["level"], draft["standard"], draft["issuedOn"], draft["expiresOn"]) = (category, level, standard, issuedOn, DateOnly.Parse(issuedOn).AddYears(3).AddDays(-1).ToString("O"));
        draft["holder"] = new JsonObject { ["name"] = name, ["nameEn"] = nameEn, ["uscc"] = uscc };
        using var answer = await app.Send("POST", "/v1/certificates", draft, other ? app.OtherKey : app.Key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    internal static async Task<JsonArray> Verify(RegistryApp app, object request, string language = "en")
    {
        using var answer = await app.Send("POST", "/v1/verifications", request, language: language);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["rows"]!.AsArray();
    }

    /// <summary>The row in one line: the result, then each comparison that does not simply agree.</summary>
    internal static string Told(JsonNode? row) =>
        $"{row!["result"]}{string.Concat(row["compared"]!.AsArray().Where(c => (string)c!["verdict"]! != "same").Select(c => $" {c!["field"]}:{c["verdict"]}"))}";

    internal static readonly string Heron = RegistryApp.Uscc("91370202748526053"), Kingfisher = RegistryApp.Uscc("91370202787789323");

    [Fact]
    public async Task Every_row_has_its_verdict_in_the_order_asked()
    {
        using var app = new RegistryApp();
        var first = await app.Issue("N-1");
        var id = (string)first["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-05-01" }, app.Key)).EnsureSuccessStatusCode();
        var second = await app.Issue("N-2", d => (d["level"], d["score"]) = ("three-star", 80));
        (await app.Send("POST", $"/v1/certificates/{second["id"]}/correct", """{"effectiveOn":"2026-06-01","certificate":{"level":"four-star"}}""", app.Key)).EnsureSuccessStatusCode();
        await Issue(app, "N-1", "另一持有者（演示）", other: true);
        using var marked = await app.Send("POST", $"/v1/certificates/{second["id"]}/marks", new { placement = "premises", text = "店" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;

        var rows = await Verify(app, new
        {
            on = "2026-05-10",
            rows = new object[]
            {
                new { number = "n-1" }, new { number = "n-1", name = "另一持有者(演示)" }, new { number = "n-1", body = RegistryApp.Body }, new { number = "N-2" }, new { number = "N-2", on = "2026-06-02", name = "别人" },
                new { code = mark.ToLowerInvariant() }, new { code = "0000000000001" }, new { uscc = ((string)first["holder"]!["uscc"]!).Substring(8, 9) }, new { name = "没有的" }, new { number = "N-2", on = "2020-01-01" },
            },
        });
        Assert.Equal("ambiguous | valid | revoked | valid | mismatch name:different | valid | mistyped code:malformed | valid | not-in-registry | not-yet-valid", string.Join(" | ", rows.Select(Told)));
        Assert.Equal(("three-star", "four-star"), ((string)rows[3]!["certificate"]!["level"]!["code"]!, (string)rows[4]!["certificate"]!["level"]!["code"]!));
        Assert.Equal(1, (int)rows[7]!["others"]!);
        Assert.Contains("Not in this registry, which covers 3 certificates of 2 certification bodies as of 2026-06-15 12:00", (string)rows[8]!["message"]!);
    }

    [Fact]
    public async Task Nothing_that_was_given_may_contradict_what_is_registered()
    {
        using var app = new RegistryApp();
        var kingfisher = await Issue(app, "CTS 2025/0001-A", "虚构翠鸟电器（演示）有限公司", Kingfisher, nameEn: "Kingfisher Appliances (demo) Co., Ltd.");
        await Issue(app, "虚认〔2025〕第0001号", "虚构苍鹭电器（演示）有限公司", Heron);
        await Issue(app, "V-3", "Demo Fictional Appliances Co., Ltd.");
        var organisation = Kingfisher.Substring(8, 9);
        (object Row, string Told)[] rows =
        [
            // Borrowed: the number is one holder's, the code or name another's.
            (new { number = "CTS2025/0001-A", uscc = Heron }, "mismatch uscc:different"),
            (new { number = "CTS2025/0001-A", name = "虚构苍鹭电器（演示）有限公司", uscc = Heron }, "mismatch uscc:different name:different"),
            (new { uscc = Heron, name = "虚构翠鸟电器（演示）有限公司" }, "mismatch name:different"),
            (new { code = kingfisher, number = "虚认〔2025〕第0001号" }, "mismatch number:different"),
            (new { number = "CTS2025/0001-A", uscc = Heron.Substring(8, 9) }, "mismatch uscc:different"),
            (new { number = "CTS2025/0001-A", body = RegistryApp.OtherBody }, "mismatch body:different"),
            (new { number = "CTS2025/0001-A", body = "另一认证中心（虚构）" }, "mismatch body:different"),
            // Nothing is registered to compare the code with: not valid either.
            (new { number = "V-3", uscc = Kingfisher }, "mismatch uscc:different"),
            // A malformed one beside one that is right.
            (new { number = "CTS2025/0001-A", uscc = "913702027877893230" }, "mistyped uscc:malformed"),
            (new { number = "CTS2025/0001-A", uscc = "9.13702E+17" }, "mistyped uscc:malformed"),
            (new { number = "CTS2025/0001-A", code = "0000000000001" }, "mistyped code:malformed"),
            (new { uscc = "91370202-787789323" }, "mistyped uscc:malformed"),
            (new { number = "CTS2025/0001-A", uscc = Heron, code = "0000000000001" }, "mismatch code:malformed uscc:different"),
            // The same, however it is written.
            (new { number = "cts２０２５／0001—a", uscc = Kingfisher.ToLowerInvariant(), name = "虚构翠鸟电器(演示)有限公司", body = RegistryApp.Body }, "valid"),
            // Two characters may share a simplified form: found, but for a person to decide.
            (new { name = "虛構翠鳥電器（演示）有限公司" }, "mismatch name:different"),
            (new { number = "虚认[2025]第0001号", uscc = "9137020274 8526053" + Heron[^1] }, "valid"),
            (new { number = "CTS 2025/0001-A", uscc = organisation }, "valid"),
            (new { uscc = $"{organisation[..8]}-{organisation[8]}", name = "kingfisher appliances (DEMO) co.,ltd" }, "valid"),
            (new { number = "CTS2025/0001-A", body = "示例认证（虚构）有限公司" }, "valid"),
            (new { code = $"https://reg.example/c/{kingfisher}", number = "CTS2025/0001-A" }, "valid"),
            // A number whose signs stand elsewhere is another number: it is asked about.
            (new { number = "CTS20250001A" }, "not-in-registry"),
            // A blank field of a spreadsheet is a field left out.
            (new { number = "V-3", uscc = "", name = " " }, "valid"),
        ];
        var answered = await Verify(app, new { rows = rows.Select(row => row.Row) });
        Assert.Equal(rows.Select((row, i) => $"{i} {row.Told}"), answered.Select((row, i) => $"{i} {Told(row)}"));

        Assert.Contains($"Social credit code differs: given “{Heron}”, registered “{Kingfisher}”", (string)answered[0]!["message"]!);
        Assert.Equal(["number CTS2025/0001-A CTS 2025/0001-A same", $"uscc {Heron} {Kingfisher} different"], answered[0]!["compared"]!.AsArray().Select(c => $"{c!["field"]} {c["given"]} {c["registered"]} {c["verdict"]}"));
        Assert.Equal("CTS 2025/0001-A", (string)answered[20]!["didYouMean"]![0]!["text"]!);
        Assert.Equal(Kingfisher, (string)(await Verify(app, new { rows = new object[] { new { uscc = Kingfisher[..^1] + "0" } } }))[0]!["didYouMean"]![0]!["text"]!);
        // The number is unknown, its holder is not: shown to choose from, never answered with.
        var unknown = (await Verify(app, new { rows = new object[] { new { number = "NEVER-1", uscc = Heron, name = "虚构苍鹭电器（演示）有限公司" } } }))[0]!;
        Assert.Equal(("not-in-registry", "虚认〔2025〕第0001号"), ((string)unknown["result"]!, (string)unknown["candidates"]![0]!["number"]!));
    }

    [Fact]
    public async Task A_number_that_several_bodies_use_is_ambiguous_even_when_all_are_valid()
    {
        using var app = new RegistryApp();
        await Issue(app, "SHARED/1", "虚构甲（演示）有限公司", Kingfisher);
        await Issue(app, "SHARED/1", "虚构乙（演示）有限公司", Heron, level: "three-star", other: true);
        var rows = await Verify(app, new
        {
            rows = new object[]
            {
                new { number = "SHARED/1" }, new { number = "SHARED/1", body = RegistryApp.OtherBody }, new { number = "SHARED/1", uscc = Kingfisher }, new { number = "SHARED/1", name = "虚构丙（演示）有限公司" },
                // What is asked of a certificate does not tell whose it is.
                new { number = "SHARED/1", level = "five-star" },
            },
        });
        Assert.Equal(["ambiguous", "valid", "valid", "ambiguous", "ambiguous"], rows.Select(row => (string)row!["result"]!));
        Assert.Equal([("虚构乙（演示）有限公司", RegistryApp.OtherBody), ("虚构甲（演示）有限公司", RegistryApp.Body)], rows[0]!["candidates"]!.AsArray().Select(c => ((string)c!["holder"]!, (string)c["body"]!["approvalNumber"]!)));
        Assert.Equal("虚构乙（演示）有限公司", (string)rows[1]!["certificate"]!["holder"]!["name"]!);
    }

    [Fact]
    public async Task What_is_asked_of_a_certificate_is_part_of_the_question()
    {
        using var app = new RegistryApp();
        var name = "虚构翠鸟电器（演示）有限公司";
        await Issue(app, "CAT-26", name, Kingfisher, level: "three-star");
        await Issue(app, "CAT-26-OLD", name, Kingfisher, issuedOn: "2022-03-01");
        await Issue(app, "CAT-25", name, Kingfisher, category: 25, level: null, standard: "GB/T 19001-2016/ISO 9001:2015");
        (object Row, string Told)[] rows =
        [
            (new { name }, "ambiguous"),
            (new { uscc = Kingfisher }, "ambiguous"),
            (new { name, category = 26 }, "valid"),
            (new { uscc = Kingfisher, category = 25 }, "valid"),
            (new { name, category = 9 }, "ambiguous"),
            (new { number = "CAT-26", category = 25 }, "mismatch category:different"),
            (new { name, standard = "ISO9001" }, "valid"),
            (new { name, standard = "GBT19001—2016" }, "valid"),
            (new { name, standard = "ISO 9001:2015" }, "valid"),
            (new { number = "CAT-25", standard = "ISO 9001:2008" }, "mismatch standard:different"),
            (new { number = "CAT-25", standard = "GB/T 1900" }, "mismatch standard:different"),
            (new { number = "CAT-25", standard = "2015" }, "mismatch standard:different"),
            (new { number = "CAT-25", standard = "9001:2015" }, "valid"),
            (new { number = "CAT-25", standard = "ISO 9001:2015 ★★★★★" }, "mismatch standard:different"),
            (new { number = "CAT-26", scope = "家用电器 ★★★★★" }, "mismatch scope:different"),
            (new { number = "CAT-26", level = "达标" }, "valid"),
            (new { number = "CAT-26", level = "三星级" }, "valid"),
            (new { number = "CAT-26", level = "★★★★" }, "mismatch level:different"),
            (new { number = "CAT-25", level = "qualified" }, "mismatch level:different"),
            (new { number = "CAT-26", scope = "家用电器 售后服务" }, "valid"),
            (new { number = "CAT-26", scope = "汽车" }, "mismatch scope:different"),
        ];
        var answered = await Verify(app, new { rows = rows.Select(row => row.Row) });
        Assert.Equal(rows.Select((row, i) => $"{i} {row.Told}"), answered.Select((row, i) => $"{i} {Told(row)}"));
        var ofNone = answered[Array.FindIndex(rows, row => row.Row.ToString()!.Contains("category = 9"))]!;
        Assert.StartsWith("The holder has no certificate of the category asked for", (string)ofNone["message"]!, StringComparison.Ordinal);
        Assert.Equal(3, ofNone["candidates"]!.AsArray().Count);
        Assert.Equal(["25 CAT-25 - valid", "26 CAT-26-OLD five-star expired", "26 CAT-26 three-star valid"], answered[0]!["candidates"]!.AsArray().OrderBy(c => (int)c!["category"]!["no"]!).ThenByDescending(c => (string)c!["number"]!)
            .Select(c => $"{c!["category"]!["no"]} {c["number"]} {c["level"]?["code"] ?? "-"} {c["status"]}"));
        Assert.Equal(("CAT-26", 1), ((string)answered[2]!["certificate"]!["number"]!, (int)answered[2]!["others"]!));
        Assert.Contains("The level is too low: at least “Four-star” is asked for, “Three-star” is registered", (string)answered[17]!["message"]!);

        // Of the request for every row, beside what the row asks itself: the higher level, both standards, all words; its own day.
        var common = await Verify(app, new { category = 26, level = "five-star", on = "2024-01-01", rows = new object[] { new { name }, new { name, on = "2026-01-01" }, new { name, level = "three-star", on = "2026-01-01" } } });
        Assert.Equal(["valid", "expired", "expired"], common.Select(row => (string)row!["result"]!));
    }

    [Fact]
    public async Task Two_holders_of_one_name_are_not_taken_for_one()
    {
        using var app = new RegistryApp();
        await Issue(app, "TWIN-1", "虚构同名（演示）有限公司", Kingfisher);
        await Issue(app, "TWIN-2", "虚构同名（演示）有限公司", Heron);
        var rows = await Verify(app, new { rows = new object[] { new { name = "虚构同名（演示）有限公司" }, new { name = "虚构同名（演示）有限公司", uscc = Heron } } });
        Assert.Equal(["ambiguous", "valid"], rows.Select(row => (string)row!["result"]!));
    }

    [Fact]
    public async Task A_code_is_worth_no_more_than_its_mark()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("MARKED-1"))["id"]!;
        async Task<string> Mark(object request)
        {
            using var answer = await app.Send("POST", $"/v1/certificates/{id}/marks", request, app.Key);
            return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!;
        }
        var (plain, withdrawn, serialised) = (await Mark(new { placement = "premises", text = "店" }), await Mark(new { placement = "premises", text = "旧店" }), await Mark(new { placement = "packaging", text = "箱", items = 2 }));
        (await app.Send("DELETE", $"/v1/marks/{withdrawn}", key: app.Key)).EnsureSuccessStatusCode();
        using var listed = await app.Send("GET", $"/v1/marks/{serialised}/items.csv?from=1&to=2", key: app.Key);
        var items = (await listed.Content.ReadAsStringAsync()).Split('\n').Where(line => line.Contains(serialised)).Select(line => line.Split(',').First(cell => cell.Length == 26)).ToArray();
        (await app.Send("DELETE", $"/v1/marks/{serialised}?from=2&to=2", key: app.Key)).EnsureSuccessStatusCode();
        var invented = serialised + ItemCode.Of(serialised, 1, new byte[ItemCode.SeedLength])[Identifier.Length..];
        var rows = await Verify(app, new
        {
            rows = new object[]
            {
                new { code = plain }, new { code = withdrawn }, new { code = serialised }, new { code = items[0] }, new { code = items[1] }, new { code = invented }, new { code = $"HTTPS://REG.EXAMPLE/M/{plain}?lang=en" },
                new { code = withdrawn, name = "别的公司" },
            },
        });
        Assert.Equal(["valid", "mark-withdrawn", "incomplete", "valid", "mark-withdrawn", "forged", "valid", "mismatch"], rows.Select(row => (string)row!["result"]!));
        Assert.Contains("withdrawn", (string)rows[7]!["message"]!);
        Assert.Null(rows[5]!["certificate"]);
    }

    /// <summary>Whatever a mark may answer, verification has an outcome of that word, and every outcome a name and a place in the order.</summary>
    [Fact]
    public void Every_word_of_a_mark_is_an_outcome()
    {
        var words = typeof(MarkResult).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).Concat(Statuses.All.Select(status => status.Word()));
        Assert.Subset(Enum.GetValues<Outcome>().Select(outcome => outcome.Word()).ToHashSet(), words.ToHashSet());
        Assert.Equal(Enum.GetValues<Outcome>(), Outcomes.ByUrgency.Order());
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.NotEmpty(outcome.Name().Zh));
    }

    /// <summary>Beside a field that finds a certificate, and where nothing does.</summary>
    [Fact]
    public async Task A_number_that_can_be_none_finds_nothing_and_is_no_failure()
    {
        using var app = new RegistryApp();
        var never = new string('a', 120);
        var rows = await Verify(app, new { rows = new object[] { new { number = never }, new { number = never, name = "没有这家（演示）有限公司" } } });
        Assert.Equal(["mistyped", "not-in-registry"], rows.Select(row => (string)row!["result"]!));
        foreach (var lines in (string[])[never, $"1,{never}", $"{never},没有这家（演示）有限公司", $"证书编号,名称\n{never},没有"])
        {
            using var form = new FormUrlEncodedContent([new("lines", lines)]);
            using var page = await app.Client.PostAsync("/verify", form, TestContext.Current.CancellationToken);
            Assert.True((int)page.StatusCode < 500, lines);
        }
    }

    [Fact]
    public async Task Too_many_rows_and_wrong_ones_are_refused()
    {
        using var app = new RegistryApp();
        using var many = await app.Send("POST", "/v1/verifications", new { rows = Enumerable.Repeat(new { number = "x" }, 10_001) });
        Assert.Equal(413, (int)many.StatusCode);
        var tooMany = await many.Content.ReadAsStringAsync();
        Assert.All(["\"code\":\"too-many-rows\"", "10000", "send it in parts"], part => Assert.Contains(part, tooMany));
        using var wrong = await app.Send("POST", "/v1/verifications", """{"on":"1900-01-01","rows":[{},{"number":"x","on":"2026-13-01"},null,{"number":" "}]}""");
        Assert.Contains("/rows/1/on", await wrong.Content.ReadAsStringAsync());
        using var words = await app.Send("POST", "/v1/verifications", """{"category":99,"rows":[{"number":"x","level":"七星"},{"number":" ","name":""}]}""");
        var faults = await words.Content.ReadAsStringAsync();
        Assert.All(["\"/category\"", "\"/rows/0/level\"", "\"/rows/1\"", "five-star"], part => Assert.Contains(part, faults));
        using var full = await app.Send("POST", "/v1/verifications", new { rows = Enumerable.Range(0, 10_000).Select(i => new { number = $"NONE-{i}", name = $"没有第{i}家（演示）有限公司", uscc = Kingfisher }) });
        Assert.Equal(200, (int)full.StatusCode);
    }
}
