using System.Net;
using System.Text.Json.Nodes;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class MarkTests
{
    private static async Task<JsonNode> Mark(RegistryApp app, string id, string placement = "packaging")
    {
        using var answer = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement, text = "云帆洗衣机 <演示>", gtin = "06901234567892" }, app.Key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!;
    }

    [Theory]
    [InlineData("L", 16, 600)]
    [InlineData("M", 30, 300)]
    [InlineData("Q", 50, 203)]
    [InlineData("H", 20, 1200)]
    public async Task The_served_QR_is_read_by_two_decoders_we_did_not_write(string ec, double size, int dpi)
    {
        using var app = new RegistryApp();
        var code = (string)(await Mark(app, (string)(await app.Issue())["id"]!))["code"]!;
        var png = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "mark.png");
        await File.WriteAllBytesAsync(png, await app.Client.GetByteArrayAsync($"/v1/marks/{code.ToLowerInvariant()}.png?ec={ec}&size={size}&dpi={dpi}"));
        var expected = $"HTTPS://REG.EXAMPLE/M/{code}";
        Assert.Equal(expected, Tool.Run("zbarimg", "--raw", "-q", png).Trim());
        Assert.Contains(expected, Tool.Run("ZXingReader", png));
        var svg = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "mark.svg");
        await File.WriteAllBytesAsync(svg, await app.Client.GetByteArrayAsync($"/v1/marks/{code}.svg?ec={ec}&size={size}"));
        Tool.Run("rsvg-convert", "-d", "300", "-p", "300", "-o", png, svg);
        Assert.Equal(expected, Tool.Run("zbarimg", "--raw", "-q", png).Trim());
    }

    [Fact]
    public void A_short_host_fits_version_2_at_level_M_and_a_module_is_whole_dots()
    {
        var qr = new QrArtwork("https://abcdefghij.com/m/0123456789ABC", 'M');
        Assert.Equal(25 + 8, qr.Modules);
        Assert.Equal(13.1, qr.MinSize);
        foreach (var dpi in (int[])[150, 203, 300, 600, 1200])
            foreach (var size in (double[])[13.1, 14, 20, 33.3])
            {
                var pixels = qr.Pixels(size, dpi);
                Assert.Equal(0, pixels % qr.Modules);
                Assert.True(pixels / (double)qr.Modules / dpi * 25.4 >= QrArtwork.MinModule - 1e-9);
            }
        Assert.Contains("width=\"14.5mm\" height=\"14.5mm\" viewBox=\"0 0 33 33\"", qr.Svg(14.5, "x"));
    }

    [Fact]
    public async Task A_withdrawn_mark_says_so_and_since_when_and_is_printed_no_more()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var code = (string)(await Mark(app, id))["code"]!;
        using var others = await app.Send("DELETE", $"/v1/marks/{code}", key: app.OtherKey);
        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        (await app.Send("DELETE", $"/v1/marks/{code}", key: app.Key)).EnsureSuccessStatusCode();
        (await app.Send("DELETE", $"/v1/marks/{code}", key: app.Key)).EnsureSuccessStatusCode();
        Assert.Equal("2026-06-15T04:00:00.000Z", (string)(await app.GetJson($"/v1/marks/{code}"))["withdrawnAt"]!);
        using var png = await app.Client.GetAsync($"/v1/marks/{code}.png");
        Assert.Equal(HttpStatusCode.Conflict, png.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_a_mark_is_refused_with_every_reason()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var wrong = await app.Send("POST", $"/v1/certificates/{id}/marks", new { gtin = "06901234567893" }, app.Key);
        Assert.Equal("/gtin /placement /text", string.Join(' ', JsonNode.Parse(await wrong.Content.ReadAsStringAsync())!["errors"]!.AsArray().Select(e => (string)e!["pointer"]!).Order()));
        var iso = (string)(await app.Issue("ISO-1", d => { d["category"] = 1; d.Remove("level"); d.Remove("score"); }))["id"]!;
        using var forbidden = await app.Send("POST", $"/v1/certificates/{iso}/marks", new { placement = "packaging", text = "x" }, app.Key);
        Assert.Contains("placement-forbidden", await forbidden.Content.ReadAsStringAsync());
        await Mark(app, iso, "documents");
        var code = (string)(await Mark(app, id))["code"]!;
        foreach (var (query, status) in ((string, int)[])[("size=5", 422), ("size=-1", 422), ("ec=X", 422), ("dpi=10", 422), ("size=2000&dpi=2400", 422), ("size=100&dpi=600", 200)])
        {
            using var answer = await app.Client.GetAsync($"/v1/marks/{code}.png?{query}");
            Assert.Equal(status, (int)answer.StatusCode);
        }
        (await app.Send("POST", $"/v1/certificates/{id}/suspend", new { }, app.Key)).EnsureSuccessStatusCode();
        using var suspended = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "premises", text = "x" }, app.Key);
        Assert.Equal(HttpStatusCode.Conflict, suspended.StatusCode);
        Assert.Equal("suspended", (string)(await app.GetJson($"/v1/marks/{code}"))["certificate"]!["status"]!);
    }
}
