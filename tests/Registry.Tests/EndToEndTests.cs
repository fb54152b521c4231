using System.Text.Json.Nodes;

namespace Registry.Tests;

public sealed class EndToEndTests
{
    [Fact]
    public async Task Posted_searched_scanned_revoked_and_scanned_again()
    {
        Marks.Scanner.NeedsFont();
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("E2E-1"))["id"]!;
        Assert.Equal(id, (string)(await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString("云帆 售后")))["items"]![0]!["id"]!);
        using var marked = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "洗衣机" }, app.Key);
        var code = (string)JsonNode.Parse(await marked.Content.ReadAsStringAsync())!["code"]!;
        var png = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "mark.png");
        await File.WriteAllBytesAsync(png, await app.Client.GetByteArrayAsync($"/v1/marks/{code}.png"));
        var path = new Uri(Tool.Run("zbarimg", "--raw", "-q", png).Trim()).AbsolutePath;
        async Task<string> Scan(string accept)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd(accept);
            return await (await app.Client.SendAsync(request)).Content.ReadAsStringAsync();
        }
        Assert.Contains("<b>有效</b>", await Scan("text/html"));
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, app.Key)).EnsureSuccessStatusCode();
        Assert.Contains("<b>撤销</b>", await Scan("text/html"));
        Assert.Equal("revoked", (string)JsonNode.Parse(await Scan("application/json"))!["certificate"]!["status"]!);
        foreach (var read in (string[])[$"/v1/certificates/{id}", "/v1/certificates?number=e2e-1", "/v1/certificates?format=ndjson"]) Assert.Contains("\"status\":\"revoked\"", await app.Client.GetStringAsync(read));
        Assert.Contains("撤销", await app.Client.GetStringAsync("/v1/certificates?format=csv"));
    }
}
