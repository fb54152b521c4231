using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;

namespace Registry.Tests.Verification;

/// <summary>Names belong to days.</summary>
public sealed class NameTests
{
    private const string Old = "虚构旧名（演示）有限公司", New = "虚构新名（演示）有限公司";

    private static async Task Rename(RegistryApp app, string id, string on, string name, string? nameEn = null) =>
        (await app.Send("POST", $"/v1/certificates/{id}/correct", new { effectiveOn = on, certificate = new { holder = new { name, nameEn } } }, app.Key)).EnsureSuccessStatusCode();

    private static async Task<string> Registered(RegistryApp app)
    {
        var id = await VerificationTests.Issue(app, "RN-1", Old, VerificationTests.Kingfisher, nameEn: "Old Fictions Co., Ltd.");
        await Rename(app, id, "2026-06-01", New, "New Fictions Co., Ltd.");
        return id;
    }

    [Fact]
    public async Task The_name_of_the_day_is_the_same_one_of_another_day_former_or_later()
    {
        using var app = new RegistryApp();
        await Registered(app);
        (object Row, string Told)[] rows =
        [
            (new { number = "RN-1", name = Old, on = "2025-12-01" }, "valid"),
            (new { number = "RN-1", name = Old }, "valid name:former"),
            (new { number = "RN-1", name = New }, "valid"),
            (new { number = "RN-1", name = New, on = "2026-05-31" }, "valid name:later"),
            (new { number = "RN-1", name = Old, on = "2026-05-31" }, "valid"),
            (new { number = "RN-1", name = Old, on = "2026-06-01" }, "valid name:former"),
            (new { name = Old }, "valid name:former"),
            (new { name = Old, on = "2025-12-01" }, "valid"),
            (new { name = New, on = "2025-12-01" }, "valid name:later"),
            (new { name = "old fictions co ltd" }, "valid name:former"),
            (new { name = "NEW FICTIONS CO., LTD." }, "valid"),
            (new { number = "RN-1", name = "虚构别名（演示）有限公司" }, "mismatch name:different"),
            (new { name = "虚构别名（演示）有限公司" }, "not-in-registry"),
        ];
        var answered = await VerificationTests.Verify(app, new { rows = rows.Select(row => row.Row) });
        Assert.Equal(rows.Select((row, i) => $"{i} {row.Told}"), answered.Select((row, i) => $"{i} {VerificationTests.Told(row)}"));
        Assert.Equal($"Valid; “{Old}” is a former name; on the day it was “{New}”", (string)answered[1]!["message"]!);
        Assert.Equal([Old, "Old Fictions Co., Ltd."], answered[1]!["certificate"]!["holder"]!["formerNames"]!.AsArray().Select(name => (string)name!));
        Assert.Equal([New, "New Fictions Co., Ltd."], answered[0]!["certificate"]!["holder"]!["laterNames"]!.AsArray().Select(name => (string)name!));
    }

    /// <summary>〇 is a letter of names as 七 is, and what a wrong encoding left in the place of one may have been any.</summary>
    [Fact]
    public async Task No_character_of_a_name_is_passed_over()
    {
        using var app = new RegistryApp();
        const string Seven = "虚构第七三研究所（演示）", Field = "虚构田野家具（演示）有限公司";
        await VerificationTests.Issue(app, "SEVEN-1", Seven, VerificationTests.Kingfisher);
        await VerificationTests.Issue(app, "FIELD-1", Field, VerificationTests.Heron);
        await VerificationTests.Issue(app, "NOUGHT-1", "虚构第二〇三研究所（演示）", RegistryApp.Uscc("91370202748526999"));
        (object Row, string Told)[] rows =
        [
            (new { number = "SEVEN-1", name = "虚构第七〇三研究所（演示）" }, "mismatch name:different"),
            (new { name = "虚构第七〇三研究所（演示）" }, "not-in-registry"),
            (new { number = "NOUGHT-1", name = "虚构第二三研究所（演示）" }, "mismatch name:different"),
            (new { name = "虚构第二〇三研究所(演示)" }, "valid"),
            (new { number = "FIELD-1", name = "虚构?田野家具（演示）有限公司" }, "mistyped name:malformed"),
            (new { number = "FIELD-1", name = "虚构\uFFFD田野家具（演示）有限公司" }, "mistyped name:malformed"),
            (new { name = "虚构田野家具\uE000（演示）有限公司" }, "mistyped name:malformed"),
            (new { number = "FIELD-1", name = "虚构·田野家具 (演示) 有限公司" }, "valid"),
        ];
        var answered = await VerificationTests.Verify(app, new { rows = rows.Select(row => row.Row) });
        Assert.Equal(rows.Select((row, i) => $"{i} {row.Told}"), answered.Select((row, i) => $"{i} {VerificationTests.Told(row)}"));
    }

    /// <summary>Who bears a name on the day comes before those who bore it on others.</summary>
    [Fact]
    public async Task A_name_that_another_company_took_over_is_that_of_the_day()
    {
        using var app = new RegistryApp();
        await Registered(app);
        await VerificationTests.Issue(app, "HEIR-1", Old, VerificationTests.Heron, issuedOn: "2026-06-10", level: "three-star");
        var rows = await VerificationTests.Verify(app, new { rows = new object[] { new { name = Old }, new { name = Old, on = "2026-01-01" }, new { name = Old, number = "RN-1" } } });
        Assert.Equal(["HEIR-1", "RN-1", "RN-1"], rows.Select(row => (string)row!["certificate"]!["number"]!));
    }

    [Fact]
    public async Task A_correction_recorded_late_takes_the_days_it_takes_effect_on()
    {
        using var app = new RegistryApp();
        var id = await Registered(app);
        await Rename(app, id, "2026-03-01", "虚构中名（演示）有限公司");
        var rows = await VerificationTests.Verify(app, new { rows = new object[] { new { name = New }, new { number = "RN-1", name = Old, on = "2026-02-28" }, new { number = "RN-1", name = "虚构中名（演示）有限公司", on = "2026-03-01" } } });
        Assert.Equal(["not-in-registry", "valid", "valid"], rows.Select(VerificationTests.Told));
    }

    [Fact]
    public async Task Search_finds_former_names_and_says_so()
    {
        using var app = new RegistryApp();
        var id = await Registered(app);
        await VerificationTests.Issue(app, "OTHER-1", "虚构别家（演示）有限公司");
        foreach (var asked in (string[])["q=" + Uri.EscapeDataString(Old), "q=" + Uri.EscapeDataString("旧名"), "holder=" + Uri.EscapeDataString("旧名"), "q=jiuming", "q=Old+Fictions", "q=" + Uri.EscapeDataString("新名")])
        {
            var found = await app.GetJson("/v1/certificates?" + asked);
            Assert.Equal((asked, id), (asked, string.Join(' ', found["items"]!.AsArray().Select(item => (string)item!["id"]!))));
            Assert.Equal(Old, (string)found["items"]![0]!["holder"]!["formerNames"]![0]!);
        }
        using var page = await app.Send("GET", "/?q=" + Uri.EscapeDataString("旧名"), language: "zh");
        Assert.Contains($"曾用名 {Old}", await page.Content.ReadAsStringAsync());
        using var certificate = await app.Send("GET", $"/c/{id}", language: "zh");
        Assert.Contains(Old, await certificate.Content.ReadAsStringAsync());
        Assert.Null((await app.GetJson("/v1/certificates?q=OTHER-1"))["items"]![0]!["holder"]!["formerNames"]);
    }

    /// <summary>A database made before names were kept by days has none; the first start fills them in from the log.</summary>
    [Fact]
    public async Task An_older_database_gets_its_names_from_the_log()
    {
        using var app = new RegistryApp();
        await Registered(app);
        await app.Database.WriteAsync(transaction => transaction.Connection.Execute("DELETE FROM holder_name; INSERT INTO holder_name (name_key, certificate, borne_from, name) VALUES ('', -1, '0001-01-01', '')"));
        object asked = new { rows = new object[] { new { name = Old } } };
        Assert.Equal("not-in-registry", (string)(await VerificationTests.Verify(app, asked))[0]!["result"]!);
        var rebuilding = new Rebuilding(app.Database.Location, app.Log, app.Clock, null, (_, _) => { }, NullLogger.Instance);
        Assert.True(await rebuilding.IfDue(TestContext.Current.CancellationToken));
        Assert.False(await rebuilding.IfDue(TestContext.Current.CancellationToken));
        Assert.Equal("valid name:former", VerificationTests.Told((await VerificationTests.Verify(app, asked))[0]));
    }
}
