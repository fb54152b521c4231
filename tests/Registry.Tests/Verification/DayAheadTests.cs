using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kept = Registry.Tests.AnswerTests.AnswerTests;

namespace Registry.Tests.Verification;

/// <summary>What is answered for a day to come says that nobody knows what will be recorded until then, wherever a day is asked.</summary>
public sealed class DayAheadTests
{
    private const string Ahead = "2027-01-01", Zh = "所问之日尚未到，此后登记的变更还不知道",
        En = "that day is still to come: what will be recorded until then is not known";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_for_a_day_to_come_says_so_and_no_other_does()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("AHEAD-1"))["id"]!;
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "premises", text = "店" }, app.Key);
        var mark = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync(Cancel))!["code"]!;
        string[] json = [$"/v1/certificates/{id}?on=", $"/v1/marks/{mark}?on=", "/v1/certificates?q=AHEAD-1&on=",
            "/v1/certificates?q=NEVER&on=", "/v1/certificates?format=ndjson&on="];
        foreach (var path in json)
        {
            var told = await app.Client.GetStringAsync(path + Ahead, Cancel);
            Assert.Contains($"\"ahead\":{{\"remark\":\"{Zh}\",\"remarkEn\":\"{En}\"}}", told);
            Assert.DoesNotContain("ahead", await app.Client.GetStringAsync(path + "2026-06-15", Cancel));
            Assert.DoesNotContain("ahead", await app.Client.GetStringAsync(path + "2026-01-01", Cancel));
        }
        foreach (var path in (string[])[$"/c/{id}?on=", $"/m/{mark}?on=", "/?q=AHEAD-1&on=", "/?q=NEVER&on="])
            foreach (var (language, said) in ((string, string)[])[("zh", Zh), ("en", En)])
            {
                Assert.Contains(said, WebUtility.HtmlDecode(await app.Client.GetStringAsync($"{path}{Ahead}&lang={language}", Cancel)));
                var today = await app.Client.GetStringAsync($"{path}2026-06-15&lang={language}", Cancel);
                Assert.DoesNotContain(said, WebUtility.HtmlDecode(today));
            }
        await TableSays(app);
        // Kept and signed; and a file of the program before, which said it in the message alone, is still right.
        var (_, file) = await Kept.Keep(app, new { on = Ahead, rows = new object[] { new { number = "AHEAD-1" } } });
        var signed = Encoding.UTF8.GetString(global::Registry.Transparency.Jws.PayloadOf(
            Encoding.ASCII.GetBytes((string)JsonNode.Parse(file)!["signed"]!)));
        Assert.Contains("\"ahead\"", signed);
        Assert.Contains(En, signed);
        byte[] Changed(Action<JsonObject> change) => Kept.Forge(app.Log.Signer!, file, said => change(said["rows"]![0]!.AsObject()));
        JsonObject Certificate(JsonObject row) => row["certificate"]!.AsObject();
        Assert.Equal("Right: ", Kept.Told(Kept.Check(app, file)));
        Assert.Equal("Right: ", Kept.Told(Kept.Check(app, Changed(row => Certificate(row).Remove("ahead")))));
        foreach (var lie in (Action<JsonObject>[])[row => Certificate(row)["ahead"]!["remark"] = "没有什么", row => row["message"] = "Valid"])
            Assert.Equal(global::Registry.Answers.CheckResult.Wrong, Kept.Check(app, Changed(lie)).Result);
    }

    /// <summary>A table of certificates says it in a column, which it has for no other day, and an import takes the table back.</summary>
    private static async Task TableSays(RegistryApp app)
    {
        Task<string> Table(string day, string language) =>
            app.Client.GetStringAsync($"/v1/certificates?q=AHEAD-1&format=csv&lang={language}&on={day}", Cancel);
        foreach (var (language, heading, said) in ((string, string, string)[])[("zh", "所问之日未到", Zh), ("en", "Day to come", En)])
        {
            var lines = (await Table(Ahead, language)).TrimEnd().Split("\r\n");
            Assert.EndsWith("," + heading, lines[0]);
            Assert.EndsWith(said, lines[1].TrimEnd('"'));
            Assert.Equal(-1, (await Table("2026-06-15", language)).IndexOf(heading, StringComparison.Ordinal));
        }
        using var again = await app.SendFile(Encoding.UTF8.GetBytes(await Table(Ahead, "zh")));
        var told = await again.Content.ReadAsStringAsync(Cancel);
        Assert.True(again.IsSuccessStatusCode && told.Contains("\"rejected\":0"), told);
    }
}
