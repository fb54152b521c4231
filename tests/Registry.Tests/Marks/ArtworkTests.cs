using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Registry.Marks;
using SkiaSharp;

namespace Registry.Tests.Marks;

public sealed class ArtworkTests
{
    internal static readonly MarkWording Wording = new("HTTPS://REG.EXAMPLE/M/0123456789ABC", "0123-4567-89ABC", "五星级", 5, "商品售后服务评价体系", "GB/T 27922-2011", "90126E00001R0L/3502", "青屿云帆电器（演示）有限公司", "reg.example");
    internal static readonly MarkFont Font = new(new Settings());
    private static readonly MarkFont noFont = new(new Settings { MarkFont = "/nowhere.otf" });

    private static Artwork Code(decimal size, ErrorCorrection correction = ErrorCorrection.M) => new(Wording, new() { Size = size, Correction = correction, Layout = MarkLayout.Code }, noFont);

    [Theory]
    [InlineData(MarkLayout.Code, 30.5, 0)]
    [InlineData(MarkLayout.Label, 30.5, 3)]
    [InlineData(MarkLayout.Wide, 150, 5)]
    public void The_drawing_has_exact_millimetres_its_bleed_included(MarkLayout layout, double size, double bleed)
    {
        Scanner.NeedsFont();
        var art = new Artwork(Wording, new() { Size = (decimal)size, Layout = layout, Bleed = (decimal)bleed }, Font);
        var svg = XDocument.Parse(art.Svg()).Root!;
        double Millimetres(string name) => double.Parse(svg.Attribute(name)!.Value.Replace("mm", ""), CultureInfo.InvariantCulture);
        var (width, height) = art.Trim;
        Assert.Equal((double)width + 2 * bleed, Millimetres("width"), 0.051);
        Assert.Equal((double)height + 2 * bleed, Millimetres("height"), 0.051);
        Assert.Equal(layout == MarkLayout.Wide ? 2.75 * size : size, (double)width, 0.051);
        Assert.DoesNotContain("<text", svg.ToString());
        var box = svg.Attribute("viewBox")!.Value.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([-bleed, -bleed, Millimetres("width"), Millimetres("height")], box);
    }

    [Theory]
    [InlineData(30, 150)]
    [InlineData(30, 203)] // label printers
    [InlineData(30, 300)]
    [InlineData(14, 600)]
    [InlineData(42, 2400)]
    public void A_module_of_the_image_is_a_whole_number_of_dots_and_the_image_says_its_resolution(double millimetres, int dpi)
    {
        var png = Code((decimal)millimetres).Png(dpi);
        var at = png.AsSpan().IndexOf("pHYs"u8);
        Assert.Equal((int)Math.Round(dpi / 0.0254), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at + 4)));
        using var image = SKBitmap.Decode(png);
        Assert.InRange(millimetres - image.Width * 25.4 / dpi, 0, 25.4 / dpi);
        var qr = new QrCode(Wording.Url, ErrorCorrection.M);
        var module = image.Width / qr.Side;
        Assert.True(module * 25.4 / dpi >= (double)QrCode.SmallestModule);
        var margin = (image.Width - module * qr.Side) / 2;
        var pixels = image.Pixels;
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
            {
                var (column, row) = ((x - margin) / module, (y - margin) / module);
                var expected = x >= margin && y >= margin && column < qr.Side && row < qr.Side && qr.IsDark(column, row) ? SKColors.Black : SKColors.White;
                if (pixels[y * image.Width + x] != expected) Assert.Fail($"pixel {x}, {y}");
            }
    }

    public static TheoryData<ArtworkOptions, int?, string, string> Refused => new()
    {
        { new() { Size = 13 }, null, "bad-mark-size", "smallest is 13.1 mm" },
        { new() { Size = 13.9m }, 300, "bad-mark-size", "smallest is 14 mm" },
        { new() { Size = 90 }, 2400, "too-many-pixels", "at most 42 mm" },
        { new() { Ink = SKColors.White, Paper = SKColors.Black }, null, "inverted-colours", "dark on light" },
        { new() { Ink = SKColors.Red }, null, "low-contrast", "0 %" }, // red is white to a scanner's red light
        { new() { Ink = new(0x80, 0x80, 0x80), Paper = new(0xC0, 0xC0, 0xC0) }, null, "low-contrast", "at least 55 %" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_would_not_scan_is_refused_with_the_reason(ArtworkOptions options, int? dpi, string code, string reason)
    {
        var fault = Assert.Single(Assert.Throws<FaultException>(() =>
        {
            var art = new Artwork(Wording, options with { Layout = MarkLayout.Code }, noFont);
            _ = dpi is { } dots ? art.Png(dots).Length : art.Svg().Length;
        }).Faults);
        Assert.Equal(code, fault.Refusal.Code);
        Assert.Contains(reason, fault.Message(Language.En));
    }

    [Theory]
    [InlineData(MarkLayout.Label, 25.2)]
    [InlineData(MarkLayout.Wide, 16.2)]
    public void Letters_that_nobody_could_read_are_refused(MarkLayout layout, double smallest)
    {
        Scanner.NeedsFont();
        Assert.Equal((decimal)smallest, Artwork.SmallestWithText(layout));
        Assert.Equal(Refusal.TextTooSmall, Assert.Throws<FaultException>(() => new Artwork(Wording, new() { Layout = layout, Size = (decimal)smallest - 0.1m }, Font)).Faults[0].Refusal);
        Assert.NotEmpty(new Artwork(Wording, new() { Layout = layout, Size = (decimal)smallest }, Font).Svg());
    }

    [Fact]
    public void Where_no_font_is_installed_the_code_stands_alone_and_what_is_missing_is_named()
    {
        Assert.False(noFont.Present);
        Assert.Contains("fonts-noto-cjk", noFont.Shortage!);
        Assert.Null(Font.Shortage);
        foreach (var layout in Enum.GetValues<MarkLayout>())
        {
            var art = new Artwork(Wording, new() { Layout = layout, Bleed = 2 }, noFont);
            Assert.Equal((30, 30), art.Trim);
            Assert.Equal(layout == MarkLayout.Code ? [] : ["all text"], art.LeftOut.Select(part => part.En));
            Assert.Equal(Wording.Url, Scanner.Zbar(art.Png(300)));
            Assert.NotEmpty(MarkPaper.Labels([art]));
        }
    }

    [Fact]
    public void A_character_the_font_lacks_is_named_instead_of_printed_as_a_box()
    {
        Scanner.NeedsFont();
        var fault = Assert.Single(Assert.Throws<FaultException>(() => new Artwork(Wording with { Holder = "甲\uE123乙" }, new(), Font)).Faults);
        Assert.Equal((Refusal.GlyphMissing, "\uE123"), (fault.Refusal, (string)fault.Arguments[0]));
    }

    [Fact]
    public void The_page_of_a_PDF_has_the_size_of_the_mark_and_names_its_trim()
    {
        Scanner.NeedsFont();
        var art = new Artwork(Wording, new() { Size = 50, Bleed = 3 }, Font);
        var pdf = Encoding.Latin1.GetString(MarkPaper.Labels([art, art]));
        var (width, height) = art.Trim;
        var boxes = Regex.Matches(pdf, @"/TrimBox \[([\d. ]+)\]\n/BleedBox \[([\d. ]+)\]");
        Assert.Equal(2, boxes.Count);
        double[] Millimetres(Group box) => [.. box.Value.Split(' ').Select(point => double.Parse(point, CultureInfo.InvariantCulture) * 25.4 / 72)];
        var (trim, bleed) = (Millimetres(boxes[0].Groups[1]), Millimetres(boxes[0].Groups[2]));
        Assert.Equal((double)width, trim[2] - trim[0], 0.06);
        Assert.Equal((double)height, trim[3] - trim[1], 0.06);
        Assert.Equal(3, trim[0], 0.01);
        Assert.Equal((double)width + 6, bleed[2], 0.06);
    }

    [Fact]
    public void Readers_of_PDF_find_the_glyphs_embedded_the_boxes_and_the_code()
    {
        Scanner.NeedsFont();
        var art = new Artwork(Wording, new() { Size = 50, Bleed = 3, Correction = ErrorCorrection.Q }, Font);
        Scanner.WithFile(MarkPaper.Labels([art]), ".pdf", file =>
        {
            Assert.Contains("TrimBox", Tool.Run("pdfinfo", "-box", file));
            var fonts = Tool.Run("pdffonts", file).Split('\n', StringSplitOptions.RemoveEmptyEntries)[2..];
            Assert.NotEmpty(fonts);
            Assert.All(fonts, font => Assert.Matches(@"\byes\b", font));
            Assert.Contains("reg.example", Tool.Run("pdftotext", file, "-"));
            Assert.Equal(Wording.Url, ReadPage(file));
            return true;
        });
        // As many as fit on a sheet, each of which is read.
        Scanner.WithFile(MarkPaper.Sheets([.. Enumerable.Repeat(Code(80), 7)]), ".pdf", file =>
        {
            Assert.Contains("Pages:           2", Tool.Run("pdfinfo", file));
            Assert.Contains("(A4)", Tool.Run("pdfinfo", file));
            return true;
        });
        Assert.Equal(Refusal.DoesNotFit, Assert.Throws<FaultException>(() => MarkPaper.Sheets([Code(200)])).Faults[0].Refusal);
    }

    private static string ReadPage(string pdf)
    {
        Tool.Run("pdftoppm", "-r", "200", "-png", "-singlefile", pdf, pdf);
        try { return Scanner.Zbar(File.ReadAllBytes(pdf + ".png")); }
        finally { File.Delete(pdf + ".png"); }
    }
}
