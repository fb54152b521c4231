using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Registry.Tests.Ingest;

public sealed class ImportTests
{
    private const string Header = "证书状态,证书编号,获证组织名称,统一社会信用代码,认证项目,认证依据,认证覆盖的业务范围,服务等级,颁证日期,初次获证日期,证书到期日期,所在地区,地址,状态日期";

    private static string Row(string number, string status = "有效", string level = "五星级", string issued = "2025/3/1", string uscc = "", string region = "山东省青岛市", string on = "") =>
        $"{status},{number},\"云帆电器（演示）,有限公司\",{uscc},商品售后服务评价体系,GB/T 27922-2011,家电售后（演示）,{level},{issued},,2028年2月28日,{region},虚构路 1 号,{on}";

    private static Task<(List<JsonNode> Rows, JsonNode Summary)> Import(RegistryApp app, byte[] content, string type = "text/csv", string query = "") => app.Import(content, type, query);

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("GB18030", false)]
    public async Task One_bad_row_never_takes_a_good_one_with_it_in_any_encoding(string encoding, bool mark)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var app = new RegistryApp();
        var text = string.Join("\r\n", Header, Row("A/1"), Row("A-2", status: "撤销", on: "2026-01-05"), Row("A-3", level: "六星级", issued: "2025-02-30", uscc: "91310115MA1G4L1WXK"), Row("A-4", status: "暂停", issued: "2025.3.1", on: "2026年1月5日"), Row("A-5", region: "火星"), Row("B-1", level: "四星"), Row("ｂ－1"));
        var coding = Encoding.GetEncoding(encoding);
        byte[] content = [.. mark ? coding.GetPreamble() : [], .. coding.GetBytes(text)];

        var (dry, _) = await Import(app, content, query: "?dryRun=true");
        Assert.Equal(7, dry.Count);
        Assert.Equal("[]", (await app.GetJson("/v1/certificates"))["items"]!.ToJsonString());

        var (rows, summary) = await Import(app, content);
        Assert.Equal("recorded recorded rejected recorded rejected rejected rejected", string.Join(' ', rows.Select(r => (string)r["result"]!)));
        Assert.Equal("""{"rows":7,"recorded":3,"already":0,"rejected":4}""", summary.ToJsonString());
        Assert.Equal(["A/1", "A-2", "A-3", "A-4", "A-5", "B-1", "ｂ－1"], rows.Select(r => (string?)r["number"]));
        Assert.Equal("颁证日期 no-such-day, 统一社会信用代码 bad-uscc, 服务等级 unknown-level", string.Join(", ", rows[2]["errors"]!.AsArray().Select(e => $"{e!["where"]} {e["code"]}")));
        Assert.Equal(["number-repeated", "number-repeated"], rows[5..].Select(r => (string?)r["errors"]![0]!["code"]));
        var items = (await app.GetJson("/v1/certificates"))["items"]!.AsArray();
        Assert.Equal("A-4 suspended, A-2 revoked, A/1 valid", string.Join(", ", items.Select(c => $"{c!["number"]} {c["status"]}")));
        Assert.Equal(("370200", "2028-02-28", "云帆电器（演示）,有限公司"), ((string)items[2]!["holder"]!["region"]!, (string)items[2]!["expiresOn"]!, (string)items[2]!["holder"]!["name"]!));

        app.Clock.Now = app.Clock.Now.AddDays(3);
        var (_, again) = await Import(app, content);
        Assert.Equal("""{"rows":7,"recorded":0,"already":3,"rejected":4}""", again.ToJsonString());
    }

    /// <summary>Whoever copies the headers from our own pages is understood.</summary>
    [Fact]
    public async Task The_scope_goes_by_the_name_it_has_on_the_pages_too()
    {
        using var app = new RegistryApp();
        var (_, summary) = await Import(app, Encoding.UTF8.GetBytes($"{Header.Replace("认证覆盖的业务范围", "业务范围")}\n{Row("ALIAS-1")}"));
        Assert.Equal("""{"rows":1,"recorded":1,"already":0,"rejected":0}""", summary.ToJsonString());
    }

    [Fact]
    public async Task Five_thousand_rows_of_every_shape_are_recorded()
    {
        using var app = new RegistryApp();
        var shapes = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "vectors", "certificate-number-shapes.txt")).Where(line => line.Length > 0).ToArray();
        var codes = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "vectors", "uscc-vectors.csv")).Skip(1).Select(line => line.Split(',')).Where(v => v[1] == "true").Select(v => v[0]).ToArray();
        var text = Header + "\n" + string.Join('\n', Enumerable.Range(0, 5000).Select(i => Row($"{shapes[i % shapes.Length]}-{i}", uscc: codes[i % codes.Length])));
        var (rows, summary) = await Import(app, Encoding.UTF8.GetBytes(text));
        Assert.Equal("""{"rows":5000,"recorded":5000,"already":0,"rejected":0}""", summary.ToJsonString());
        Assert.Equal(Enumerable.Range(1, 5000), rows.Select(r => (int)r["row"]!));
    }

    [Fact]
    public async Task Lines_of_JSON_are_read_too_and_a_header_without_the_number_is_refused()
    {
        using var app = new RegistryApp();
        var draft = RegistryApp.Draft("J-1");
        draft["holder"]!.AsObject().Remove("uscc");
        var (rows, _) = await Import(app, Encoding.UTF8.GetBytes(draft.ToJsonString() + "\n{\"number\":5,\"x\":1}\nnot json\n"), "application/x-ndjson");
        Assert.Equal("recorded rejected rejected", string.Join(' ', rows.Select(r => (string)r["result"]!)));
        var told = rows[1]["errors"]!.AsArray().Select(e => $"{e!["where"]} {e["code"]}").ToList();
        Assert.Equal(["/number wrong-type", "/x unknown-field", "/holder/name required", "/scope required", "/issuedOn required", "/category required"], told);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/imports") { Content = new StringContent("地址,证书状态\n1,2", Encoding.UTF8, "text/csv") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", app.Key);
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("证书编号", await answer.Content.ReadAsStringAsync());
    }
}
