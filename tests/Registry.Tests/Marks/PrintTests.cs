using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Registry.Marks;
using SkiaSharp;

namespace Registry.Tests.Marks;

/// <summary>What a printer is given: read from the files themselves, and by programs the registry did not write.</summary>
public sealed class PrintTests
{
    private static readonly MarkFont nowhere = new(new Settings { MarkFont = "/nowhere.otf" });

    private static Artwork Art(ArtworkOptions options, MarkFont? font = null) => new(ArtworkTests.Wording, options, font ?? ArtworkTests.Font);

    /// <summary>The operators of each page.</summary>
    private static List<string> Pages(byte[] pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var contents = Regex.Matches(text, @"/Type /Page\n[^>]*>>>*[\s\S]*?/Contents (\d+) 0 R").Select(match => match.Groups[1].Value);
        return [.. contents.Select(number =>
        {
            var stream = Regex.Match(text, $@"(?<=\n){number} 0 obj\n<<[^>]*/Length (\d+)[^>]*>> stream\n");
            using var zlib = new ZLibStream(new MemoryStream(pdf, stream.Index + stream.Length, int.Parse(stream.Groups[1].Value)), CompressionMode.Decompress);
            return new StreamReader(zlib, Encoding.Latin1).ReadToEnd();
        })];
    }

    public static TheoryData<string> Pdfs => ["label", "wide", "code", "sheet", "labels"];

    private static byte[] Pdf(string kind)
    {
        if (kind != "code") Scanner.NeedsFont();
        return kind switch
        {
            "label" => MarkPaper.Labels([Art(new() { Bleed = 3 })]),
            "wide" => MarkPaper.Labels([Art(new() { Layout = MarkLayout.Wide })]),
            "code" => MarkPaper.Labels([Art(new() { Layout = MarkLayout.Code }, nowhere)]),
            "sheet" => MarkPaper.Sheets([.. Enumerable.Repeat(Art(new()), 24)]),
            _ => MarkPaper.Labels([.. Enumerable.Repeat(Art(new()), 3)]),
        };
    }

    [Theory]
    [MemberData(nameof(Pdfs))]
    public void Black_is_the_black_ink_alone_and_nothing_is_scaled(string kind)
    {
        var pdf = Pdf(kind);
        foreach (var page in Pages(pdf))
        {
            Assert.DoesNotMatch(@"\b(RG|rg|G|g|SCN|scn|cs|CS)\b", page);
            Assert.Contains("0 0 0 1 k", page);
            Assert.Contains("0 0 0 0 k", page); // the paper
        }
        var text = Encoding.Latin1.GetString(pdf);
        Assert.Matches(@"/ViewerPreferences <</Type /ViewerPreferences\s+/PrintScaling /None", text);
        Assert.DoesNotContain("/DeviceRGB", text);
        Scanner.WithFile(pdf, ".pdf", file => Tool.Run("pdfinfo", file)); // which reads the table of its objects
    }

    [Theory]
    [InlineData("0b5d57")]
    [InlineData("000001")]
    public void A_coloured_ink_stays_that_colour(string ink)
    {
        var page = Assert.Single(Pages(MarkPaper.Labels([Art(new() { Layout = MarkLayout.Code, Ink = SKColor.Parse(ink) }, nowhere)])));
        Assert.Matches(@"[\d.]+ [\d.]+ [\d.]+ rg", page);
        Assert.DoesNotContain("0 0 0 1 k", page);
    }

    /// <summary>Of single rectangles a viewer smooths each edge by itself.</summary>
    [Fact]
    public void The_code_is_one_path()
    {
        var page = Assert.Single(Pages(MarkPaper.Labels([Art(new() { Layout = MarkLayout.Code }, nowhere)])));
        Assert.Equal(2, Regex.Count(page, @"^f\*?$", RegexOptions.Multiline)); // the paper and the code
        var svg = Art(new() { Layout = MarkLayout.Code }, nowhere).Svg();
        Assert.Equal(1, Regex.Count(svg, "<path"));
    }

    /// <summary>Rendered fine, no light line runs through what is dark.</summary>
    [Fact]
    public void A_viewer_shows_no_hairs_between_the_rows()
    {
        var pdf = MarkPaper.Labels([Art(new() { Layout = MarkLayout.Code, Size = 31.7m }, nowhere)]);
        Scanner.WithFile(pdf, ".pdf", file =>
        {
            Tool.Run("pdftoppm", "-r", "437", "-png", "-singlefile", file, file);
            try
            {
                using var image = SKBitmap.Decode(file + ".png");
                var qr = new QrCode(ArtworkTests.Wording.Url, ErrorCorrection.M);
                var module = (double)image.Width / qr.Side;
                const int black = 0x28; // as a viewer shows the black ink
                bool Dark(double column, double row) => image.GetPixel((int)(column * module), (int)(row * module)).Red <= black;
                for (var row = 0; row < qr.Side; row++)
                    for (var column = 0; column < qr.Side; column++)
                    {
                        Assert.Equal(qr.IsDark(column, row), Dark(column + 0.5, row + 0.5));
                        if (!qr.IsDark(column, row)) continue;
                        for (var part = 0.5; part < 1.5; part += 0.5 / module)
                        {
                            if (row + 1 < qr.Side && qr.IsDark(column, row + 1)) Assert.True(Dark(column + 0.5, row + part), $"below {column}, {row}");
                            if (column + 1 < qr.Side && qr.IsDark(column + 1, row)) Assert.True(Dark(column + part, row + 0.5), $"beside {column}, {row}");
                        }
                    }
                return true;
            }
            finally { File.Delete(file + ".png"); }
        });
    }

    [Theory]
    [InlineData(MarkLayout.Label)]
    [InlineData(MarkLayout.Wide)]
    public void The_band_goes_on_into_the_bleed(MarkLayout layout)
    {
        Scanner.NeedsFont();
        const int dpi = 300, bleed = 3;
        var art = Art(new() { Layout = layout, Bleed = bleed, Ink = SKColor.Parse("0b5d57") });
        void AllInk(SKBitmap image, double perMillimetre)
        {
            var ink = SKColor.Parse("0b5d57");
            for (var x = 1; x < image.Width - 1; x++)
                foreach (var y in (int[])[1, (int)(bleed * perMillimetre / 2), (int)((bleed + 0.3) * perMillimetre)])
                {
                    var pixel = image.GetPixel(x, y);
                    Assert.True(Math.Abs(pixel.Red - ink.Red) < 4 && Math.Abs(pixel.Green - ink.Green) < 4, $"{x}, {y} is {pixel}");
                }
            Assert.Equal(SKColors.White, image.GetPixel(image.Width / 2, image.Height - 2)); // and the ground below
        }
        using (var png = SKBitmap.Decode(art.Png(dpi))) AllInk(png, dpi / 25.4);
        Scanner.WithFile(MarkPaper.Labels([art]), ".pdf", file =>
        {
            Tool.Run("pdftoppm", "-r", $"{dpi}", "-png", "-singlefile", file, file);
            try
            {
                using var pdf = SKBitmap.Decode(file + ".png");
                AllInk(pdf, dpi / 25.4);
                return true;
            }
            finally { File.Delete(file + ".png"); }
        });
        Assert.Contains($"M-{bleed} -{bleed}", art.Svg());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_one_sheet_is_said_to_hold_it_holds(int bleed)
    {
        Scanner.NeedsFont();
        var art = Art(new() { Bleed = bleed });
        if (bleed == 0) Assert.Equal(24, MarkPaper.PerSheet(art));
        Assert.Single(Pages(MarkPaper.Sheets([.. Enumerable.Repeat(art, MarkPaper.PerSheet(art))])));
        Assert.Equal(2, Pages(MarkPaper.Sheets([.. Enumerable.Repeat(art, MarkPaper.PerSheet(art) + 1)])).Count);
    }

    [Fact]
    public void Each_mark_of_a_sheet_is_read()
    {
        Scanner.NeedsFont();
        Scanner.WithFile(MarkPaper.Sheets([.. Enumerable.Repeat(Art(new()), 24)]), ".pdf", file =>
        {
            Tool.Run("pdftoppm", "-r", "300", "-png", "-singlefile", file, file);
            try
            {
                using var sheet = SKBitmap.Decode(file + ".png");
                const double dot = 300 / 25.4, border = 6, pitch = 33.6;
                var height = ((double)Art(new()).Trim.Height + 3.6) * dot;
                for (var i = 0; i < 24; i++)
                {
                    using var one = new SKBitmap();
                    Assert.True(sheet.ExtractSubset(one, SKRectI.Create((int)((border + i % 6 * pitch - 1) * dot), (int)((border - 1) * dot + i / 6 * height), (int)(32 * dot), (int)height)));
                    using var png = one.Encode(SKEncodedImageFormat.Png, 100);
                    Assert.Equal(ArtworkTests.Wording.Url, Scanner.Zbar(png.ToArray()));
                }
            }
            finally { File.Delete(file + ".png"); }
            return true;
        });
    }

    // ---- through the program

    private static async Task<string> Mark(RegistryApp app, int? items = null)
    {
        var id = (string)(await app.Issue())["id"]!;
        using var answer = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机", items }, app.Key);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!;
    }

    private static async Task<(HttpResponseMessage Answer, byte[] File)> Get(RegistryApp app, string path, bool withKey = false)
    {
        var answer = await app.Send("GET", path, key: withKey ? app.Key : null);
        return (answer, await answer.Content.ReadAsByteArrayAsync());
    }

    private static string? LeftOut(HttpResponseMessage answer) => answer.Headers.TryGetValues("Left-Out", out var values) ? values.Single() : null;

    [Theory]
    [InlineData("", "HTTPS://REG.EXAMPLE/M/{0}")]
    [InlineData("&case=upper", "HTTPS://REG.EXAMPLE/M/{0}")]
    [InlineData("&case=lower", "https://reg.example/m/{0}")]
    public async Task The_code_holds_its_address_in_the_case_asked_for(string query, string expected)
    {
        using var app = new RegistryApp();
        var code = await Mark(app);
        var url = string.Format(expected, query.EndsWith("lower") ? code.ToLowerInvariant() : code);
        var (answer, png) = await Get(app, $"/v1/marks/{code}.png?layout=code{query}");
        using (answer) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(url, Scanner.Zbar(png));
        Assert.Equal(url, Scanner.ZXing(png));
        // What it holds opens the page.
        using var page = await app.Client.GetAsync(new Uri(url).AbsolutePath);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var (refused, _) = await Get(app, $"/v1/marks/{code}.png?case=title");
        using (refused) Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        using var print = await app.Send("GET", $"/m/{code}/print?{query.TrimStart('&')}");
        Assert.Contains(query.Length > 0 ? $".pdf?{query[1..]}&amp;lang=en" : ".pdf?lang=en", await print.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Labels_and_the_list_for_the_printer_say_what_is_not_among_them()
    {
        Scanner.NeedsFont();
        using var app = new RegistryApp();
        var code = await Mark(app, items: 12);
        foreach (var range in (string[])["from=2&to=2", "from=5&to=9"]) (await app.Send("DELETE", $"/v1/marks/{code}?{range}", key: app.Key)).EnsureSuccessStatusCode();
        foreach (var (query, expected) in ((string, string?)[])[("from=1&to=12", "serials 2, 5-9 (withdrawn)"), ("from=6&to=10&paperSize=a4", "serials 6-9 (withdrawn)"), ("from=10&to=12", null)])
        {
            var (answer, pdf) = await Get(app, $"/v1/marks/{code}/labels.pdf?{query}", withKey: true);
            using (answer) Assert.Equal((HttpStatusCode.OK, expected), (answer.StatusCode, LeftOut(answer)));
            Assert.Equal(expected is not null, Scanner.WithFile(pdf, ".pdf", file => Tool.Run("pdfinfo", file)).Contains($"Subject:         {expected}") && expected is not null);
        }
        var (all, labels) = await Get(app, $"/v1/marks/{code}/labels.pdf?from=1&to=12", withKey: true);
        using (all) Assert.Equal(6, Pages(labels).Count);
        var (list, csv) = await Get(app, $"/v1/marks/{code}/items.csv?from=1&to=1&case=lower", withKey: true);
        using (list) Assert.Matches($"^serial,code,url\r\n1,{code}[0-9A-Z]{{13}},https://reg.example/m/{code.ToLowerInvariant()}[0-9a-z]{{13}}\r\n$", Encoding.UTF8.GetString(csv));
    }

    /// <summary>The default artwork of a machine that has no font at all, and of one that has Latin letters only.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_a_machine_without_Chinese_the_default_artwork_scans_and_says_what_it_leaves_out(bool latin)
    {
        var file = latin ? Tool.Run("fc-match", "-f", "%{file}", "DejaVu Sans") : "/nowhere.otf";
        if (latin) Tool.Need(new MarkFont(new Settings { MarkFont = file }) is { Present: false } font && font.Lacks("A1") is null, "a font without Chinese");
        using var app = new RegistryApp(settings: ("Registry:MarkFont", file));
        var code = await Mark(app);
        foreach (var format in (string[])["svg", "png", "pdf"])
        {
            var (answer, made) = await Get(app, $"/v1/marks/{code}.{format}");
            using (answer)
            {
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Equal(latin ? "holder (no font with Chinese on this machine)" : "all text (no font with Chinese on this machine)", LeftOut(answer));
            }
            if (format == "png") Assert.Equal(($"HTTPS://REG.EXAMPLE/M/{code}", $"HTTPS://REG.EXAMPLE/M/{code}"), (Scanner.Zbar(made), Scanner.ZXing(made)));
            if (format == "pdf" && latin)
            {
                var text = Scanner.WithFile(made, ".pdf", pdf => Tool.Run("pdftotext", pdf, "-"));
                foreach (var expected in (string[])["00114E22766R2L/3502", "reg.example", "GB/T 27922-2011", MarkWording.Spaced(code)]) Assert.Contains(expected, text.Replace("\n", ""));
            }
        }
        foreach (var page in (string[])[$"/m/{code}", $"/m/{code}/print"])
        {
            using var answer = await app.Send("GET", page);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            if (page.EndsWith("print")) Assert.Contains("This machine has no Chinese font; the artwork does not say", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Where_there_is_Chinese_nothing_is_left_out()
    {
        Scanner.NeedsFont();
        using var app = new RegistryApp();
        var (answer, _) = await Get(app, $"/v1/marks/{await Mark(app)}.svg");
        using (answer) Assert.Null(LeftOut(answer));
    }

    /// <summary>The demo on a fresh machine: its own mark is drawn, its own product's code leads to a certificate, and the start says what is missing.</summary>
    [Fact]
    public async Task The_demos_own_mark_is_drawn_on_a_machine_without_fonts_and_the_start_says_so()
    {
        using var served = new Served(["demo", "--Registry:MarkFont=/nowhere.otf"]);
        async Task<string> Printed(string pattern)
        {
            for (var i = 0; ; i++)
            {
                if (Regex.Match(served.Log, pattern) is { Success: true } match) return match.Groups[1].Value;
                Assert.True(i < 600, served.Log);
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
        var warning = await Printed("(Marks are drawn without Chinese: .*)");
        foreach (var expected in (string[])["fonts-noto-cjk", "/nowhere.otf", "Left-Out"]) Assert.Contains(expected, warning);
        var code = await Printed("/m/([0-9A-Z]{13})");
        foreach (var path in (string[])[$"/v1/marks/{code}.svg", $"/v1/marks/{code}.png", $"/v1/marks/{code}.pdf", $"/m/{code}", $"/m/{code}/print", "/01/" + await Printed("/01/([0-9]{14})")])
        {
            using var answer = await served.Client.GetAsync(path, TestContext.Current.CancellationToken);
            // A product's code leads on to the certificate's page.
            if (answer.Headers.Location is { } page) await served.Client.GetStringAsync(page, TestContext.Current.CancellationToken);
            else Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode}");
            if (path.EndsWith(".png")) Assert.EndsWith($"/M/{code}", Scanner.Zbar(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
        }
    }

    /// <summary>A name in other letters is punycode wherever a machine reads it, and itself where a person does.</summary>
    [Theory]
    [InlineData("https://登记.示例", "https://xn--7wy856b.xn--fsq092h", "登记.示例")]
    [InlineData("https://登记.示例:8443/", "https://xn--7wy856b.xn--fsq092h:8443", "登记.示例:8443")]
    [InlineData("https://Bücher.example", "https://xn--bcher-kva.example", "bücher.example")]
    [InlineData("http://[::1]:5000", "http://[::1]:5000", "[::1]:5000")]
    public async Task An_address_in_other_letters_is_punycode_in_codes_links_and_headers(string publicUrl, string ascii, string host)
    {
        using var app = new RegistryApp(settings: ("Registry:PublicUrl", publicUrl));
        var id = (string)(await app.Issue())["id"]!;
        using var posted = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机", gtin = "6901234567892" }, app.Key);
        var mark = JsonNode.Parse(await posted.Content.ReadAsStringAsync())!;
        var code = (string)mark["code"]!;
        Assert.Equal($"{ascii}/m/{code}".ToUpperInvariant(), (string)mark["url"]!);
        foreach (var (letters, expected) in ((string, string)[])[("upper", $"{ascii}/m/{code}".ToUpperInvariant()), ("lower", $"{ascii}/m/{code.ToLowerInvariant()}")])
        {
            var (answer, png) = await Get(app, $"/v1/marks/{code}.png?layout=code&size=40&case={letters}");
            using (answer) Assert.Equal(expected, Scanner.Zbar(png));
        }
        using var resolved = await app.Send("GET", "/01/6901234567892");
        Assert.Equal($"{ascii}/c/{id}", resolved.Headers.GetValues("Location").Single());
        Assert.Contains($"<{ascii}/01/06901234567892?linkType=linkset>", resolved.Headers.GetValues("Link").Single());
        Assert.Equal(ascii, (string)(await app.GetJson("/.well-known/gs1resolver"))["resolverRoot"]!);
        Assert.StartsWith(ascii.Split("//")[1] + "/log", app.Log.Key.Name);
        using var page = await app.Send("GET", $"/c/{id}");
        Assert.Contains($"belongs to {host};", await page.Content.ReadAsStringAsync());
        Assert.All(page.Headers.Concat(resolved.Headers).SelectMany(header => header.Value), value => Assert.True(value.All(char.IsAscii), value));
        // No page holds a link in other letters.
        foreach (var path in (string[])["/", $"/c/{id}", $"/m/{code}", $"/m/{code}/print", "/log", "/verify"])
        {
            using var shown = await app.Send("GET", path);
            Assert.DoesNotContain($"://{host}", (await shown.Content.ReadAsStringAsync()).Replace(ascii, "", StringComparison.OrdinalIgnoreCase));
        }
    }
}
