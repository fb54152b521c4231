using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class ReportTests
{
    private static async Task<(HttpStatusCode Status, string Text)> Report(RegistryApp app, params (string, string)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/report?lang=en") { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2))) };
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await app.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_report_reaches_the_body_whose_mark_it_is_and_no_other()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var issued = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机" }, app.Key);
        var code = (string)JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["code"]!;
        var (status, page) = await Report(app, ("code", $"https://reg.example/registry/of/marks/m/{code.ToLowerInvariant()}?lang=en"), ("kind", "does-not-match"), ("place", "青岛某店"), ("text", "贴在\n别的牌子上 <b>"));
        Assert.Equal(HttpStatusCode.OK, status);
        async Task<JsonArray> Read(string key) => JsonNode.Parse(await (await app.Send("GET", "/v1/reports", key: key)).Content.ReadAsStringAsync())!.AsArray();
        var report = (await Read(app.Key)).Single()!;
        Assert.Contains((string)report["id"]!, page);
        Assert.Equal((code, "does-not-match", "青岛某店", "贴在 别的牌子上 <b>"), ((string)report["code"]!, (string)report["kind"]!, (string)report["place"]!, (string)report["text"]!));
        Assert.Empty(await Read(app.OtherKey));
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Send("GET", "/v1/reports")).StatusCode);

        // A mark nobody issued is reported too: the operator sees it.
        Assert.Equal(HttpStatusCode.OK, (await Report(app, ("code", "http://reg-example.cn/m/123"), ("kind", "unknown-mark"))).Status);
        Assert.Single(await Read(app.Key));
        Assert.Equal(2, app.Database.Read(db => ReportStore.List(db, null, long.MaxValue, 10)).Count);
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_what_was_typed_is_kept()
    {
        using var app = new RegistryApp();
        var (status, page) = await Report(app, ("code", "X"), ("text", new string('长', 1001)), ("place", "某处"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("What you saw: This is required.", page);
        Assert.Contains("At most 1000 characters", page);
        Assert.Contains("value=\"某处\"", page);
        // What no form can hold is told as that, not as too much of it.
        Assert.Equal(HttpStatusCode.BadRequest, (await Report(app, ("code", "a\0b"), ("kind", "other"))).Status);
    }

    [Fact]
    public async Task Reports_are_limited_and_nothing_tells_who_made_them()
    {
        using var app = new RegistryApp();
        for (var i = 0; i < ReportLimit.PerAddress; i++) Assert.Equal(HttpStatusCode.OK, (await Report(app, ("kind", "other"))).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Report(app, ("kind", "other"))).Status);
        app.Clock.Now = app.Clock.Now.AddMinutes(11);
        Assert.Equal(HttpStatusCode.OK, (await Report(app, ("kind", "other"))).Status);
        var columns = app.Database.Read(db => ((string[])["report", "scan"]).SelectMany(table =>
        {
            using var rows = db.ExecuteReader($"SELECT * FROM {table}");
            return Enumerable.Range(0, rows.FieldCount).Select(rows.GetName).ToList();
        }).Distinct().ToList());
        Assert.Equal(["body", "code", "days", "first_at", "id", "kind", "last_on", "place", "reported_at", "text", "total"], columns.Order());
    }

    [Fact]
    public void One_mark_cannot_be_flooded_and_neither_can_the_registry()
    {
        var limit = new ReportLimit(new TestClock());
        var address = 0;
        string Next() => $"10.0.0.{++address}";
        for (var i = 0; i < ReportLimit.PerMark; i++) limit.Take(Next(), "A");
        Assert.Equal(Refusal.TooManyReports, Assert.Throws<FaultException>(() => limit.Take(Next(), "A")).Faults[0].Refusal);
        for (var i = ReportLimit.PerMark; i < ReportLimit.InAll; i++) limit.Take(Next(), null);
        Assert.Throws<FaultException>(() => limit.Take(Next(), null));
    }
}
