using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Tests.Certificates;

/// <summary>A field is told once: these tests name none, and hold for one that is added.</summary>
public sealed class FieldsTests
{
    [Fact]
    public void Every_optional_text_has_its_line_and_no_two_are_mixed_up()
    {
        Assert.Equal(typeof(OptionalTexts).GetProperties().Select(member => member.Name).Where(name => name != "EqualityContract").Order(), Fields.Texts.Select(text => char.ToUpperInvariant(text.Pointer[1]) + text.Pointer[2..]).Order());
        foreach (var text in Fields.Texts)
        {
            var draft = new CertificateDraft();
            text.Set(draft, "一");
            Assert.Equal("一", typeof(OptionalTexts).GetProperty(char.ToUpperInvariant(text.Pointer[1]) + text.Pointer[2..])!.GetValue(draft));
            Assert.All(Fields.Texts.Where(other => other != text), other => Assert.Null(other.Get(draft)));
        }
        Assert.Equal(Fields.All.Count, Fields.All.Select(field => field.Column).Distinct().Count());
        Assert.Equal(Fields.All.Count, Fields.All.Select(field => field.Parameter).Distinct().Count());
    }

    /// <summary>Every text of every field goes from a post and from a table into the log, the row, the answer, the page, the export and back.</summary>
    [Fact]
    public async Task Every_optional_text_is_recorded_answered_shown_exported_and_corrected()
    {
        using var app = new RegistryApp();
        var certificate = await app.Issue("FIELDS-1", draft =>
        {
            foreach (var text in Fields.Texts) draft[text.Pointer[1..]] = $"字段 {text.Pointer[1..]} 之一";
        });
        var id = (string)certificate["id"]!;
        async Task Reads(string ending)
        {
            var answer = await app.GetJson($"/v1/certificates/{id}");
            var history = (await app.GetJson($"/v1/certificates/{id}/history")).AsArray()[^1]!["content"]!;
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/c/{id}");
            request.Headers.Accept.ParseAdd("text/html");
            var page = WebUtility.HtmlDecode(await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync());
            var csv = await app.Client.GetStringAsync("/v1/certificates?number=FIELDS-1&format=csv");
            foreach (var text in Fields.Texts)
            {
                var value = $"字段 {text.Pointer[1..]} {ending}";
                Assert.Equal((value, value), ((string)answer[text.Pointer[1..]]!, (string)history[text.Pointer[1..]]!));
                Assert.Contains($"<dt>{text.Label.Zh}</dt><dd>{value}</dd>", page);
                Assert.Contains(text.Name.Zh, csv);
                Assert.Contains(value, csv);
            }
        }
        await Reads("之一");
        var changes = new JsonObject();
        foreach (var text in Fields.Texts) changes[text.Pointer[1..]] = $"字段 {text.Pointer[1..]} 之二";
        (await app.Send("POST", $"/v1/certificates/{id}/correct", new JsonObject { ["certificate"] = changes }, app.Key)).EnsureSuccessStatusCode();
        await Reads("之二");
        var before = Rows(app);
        await app.Rebuild();
        Assert.Equal(before, Rows(app));

        // What is exported is imported again as it stands; another value is named as different.
        var exported = await app.Client.GetByteArrayAsync("/v1/certificates?number=FIELDS-1&format=csv");
        Assert.Equal("already", (string)(await app.Import(exported)).Rows[0]["result"]!);
        var (rows, _) = await app.Import(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(exported).Replace("之二", "之三")));
        Assert.Equal(Fields.Texts.Count, rows[0]["errors"]!.AsArray().Count(error => (string)error!["code"]! == "differs"));

        foreach (var text in Fields.Texts)
        {
            var long1 = RegistryApp.Draft("FIELDS-2");
            long1[text.Pointer[1..]] = new string('长', text.MaxLength + 1);
            using var refused = await app.Send("POST", "/v1/certificates", long1, app.Key);
            Assert.Contains($"{{\"pointer\":\"{text.Pointer}\",\"code\":\"too-long\"", await refused.Content.ReadAsStringAsync());
            Assert.NotNull(Columns.Find(text.Name.En, ColumnUse.Import));
        }
    }

    private static string Rows(RegistryApp app)
    {
        using var db = app.Database.Location.OpenReadOnly();
        return string.Join('\n', Registry.Database.Rows(db, "certificate", "seq"));
    }
}
