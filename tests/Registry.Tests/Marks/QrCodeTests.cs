using System.Buffers.Binary;
using System.IO.Compression;
using System.Xml.Linq;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class QrCodeTests
{
    private const string Content = "HTTPS://REG.EXAMPLE/M/0123456789ABC";

    [Theory]
    [InlineData(ErrorCorrection.L, 25)]
    [InlineData(ErrorCorrection.M, 25)]
    [InlineData(ErrorCorrection.Q, 29)]
    [InlineData(ErrorCorrection.H, 29)]
    public void The_quiet_zone_is_four_white_modules_around_the_smallest_version_that_fits(ErrorCorrection correction, int modules)
    {
        var qr = new QrCode(Content, correction);
        Assert.Equal(modules + 2 * QrCode.QuietZone, qr.Side);
        for (var i = 0; i < qr.Side; i++)
            for (var edge = 0; edge < QrCode.QuietZone; edge++)
                Assert.False(qr.IsDark(i, edge) || qr.IsDark(edge, i) || qr.IsDark(i, qr.Side - 1 - edge) || qr.IsDark(qr.Side - 1 - edge, i));
        Assert.True(qr.IsDark(QrCode.QuietZone, QrCode.QuietZone));
    }

    [Theory]
    [InlineData(14, 33)]
    [InlineData(15, 37)]
    public void A_host_of_fourteen_characters_is_the_longest_of_version_2_at_level_M(int host, int side) =>
        Assert.Equal(side, new QrCode(MarkView.UrlOf("https://" + new string('a', host), "0123456789ABC"), ErrorCorrection.M).Side);

    [Fact]
    public void The_drawing_has_exact_millimetres_and_one_path_that_covers_the_dark_modules()
    {
        var qr = new QrCode(Content, ErrorCorrection.M);
        var svg = XDocument.Parse(qr.Svg(30.5m)).Root!;
        Assert.Equal(("30.5mm", "30.5mm", "0 0 33 33"), (svg.Attribute("width")!.Value, svg.Attribute("height")!.Value, svg.Attribute("viewBox")!.Value));
        var path = Assert.Single(svg.Descendants(), element => element.Name.LocalName == "path").Attribute("d")!.Value;
        var covered = path.Split('z', StringSplitOptions.RemoveEmptyEntries).Sum(run => int.Parse(run[(run.IndexOf('h') + 1)..run.IndexOf('v')]));
        Assert.Equal(Enumerable.Range(0, 33 * 33).Count(i => qr.IsDark(i % 33, i / 33)), covered);
    }

    [Theory]
    [InlineData(30, 150)]
    [InlineData(30, 203)] // label printers
    [InlineData(30, 300)]
    [InlineData(14, 600)]
    [InlineData(86, 2400)]
    public void A_module_of_the_image_is_a_whole_number_of_dots_and_the_image_says_its_resolution(double millimetres, int dpi)
    {
        var qr = new QrCode(Content, ErrorCorrection.M);
        var (side, perMetre, dark) = Decode(qr.Png((decimal)millimetres, dpi));
        Assert.Equal((int)Math.Round(dpi / 0.0254), perMetre);
        Assert.InRange(millimetres - side * 25.4 / dpi, 0, 25.4 / dpi);
        var module = side / qr.Side;
        Assert.True(module * 25.4 / dpi >= (double)QrCode.SmallestModule);
        var margin = (side - module * qr.Side) / 2;
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                var (column, row) = ((x - margin) / module, (y - margin) / module);
                var expected = x >= margin && y >= margin && column < qr.Side && row < qr.Side && qr.IsDark(column, row);
                if (dark(x, y) != expected) Assert.Fail($"pixel {x}, {y}");
            }
    }

    /// <summary>33 modules of 0.396 mm are 13.068 mm; 300 dpi prints a module in 5 dots, 150 dpi in 3.</summary>
    [Theory]
    [InlineData(null, 13, 13.1)]
    [InlineData(300, 13.9, 14)]
    [InlineData(150, 16.7, 16.8)]
    public void What_would_not_scan_is_refused_with_the_smallest_size(int? dpi, double refused, double smallest)
    {
        var qr = new QrCode(Content, ErrorCorrection.M);
        void Draw(double size) => _ = dpi is { } dots ? qr.Png((decimal)size, dots).Length : qr.Svg((decimal)size).Length;
        var fault = Assert.Single(Assert.Throws<FaultException>(() => Draw(refused)).Faults);
        Assert.Equal((Refusal.BadMarkSize, "/size"), (fault.Refusal, fault.Pointer));
        Assert.Contains($"smallest is {smallest:0.#} mm", fault.Message(Language.En));
        Draw(smallest);
    }

    [Fact]
    public void An_image_of_too_many_pixels_is_refused() =>
        Assert.Equal(Refusal.OutOfRange, Assert.Throws<FaultException>(() => new QrCode(Content, ErrorCorrection.M).Png(90, 2400)).Faults[0].Refusal);

    /// <summary>A reader of its own: side, pixels a metre, and whether a pixel is black.</summary>
    private static (int Side, int PerMetre, Func<int, int, bool> Dark) Decode(byte[] png)
    {
        int side = 0, perMetre = 0;
        var pixels = new MemoryStream();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var content = png.AsSpan(at + 8, length);
            switch (System.Text.Encoding.ASCII.GetString(png, at + 4, 4))
            {
                case "IHDR": side = BinaryPrimitives.ReadInt32BigEndian(content); break;
                case "pHYs": perMetre = BinaryPrimitives.ReadInt32BigEndian(content); break;
                case "IDAT":
                    using (var inflate = new ZLibStream(new MemoryStream(content.ToArray()), CompressionMode.Decompress)) inflate.CopyTo(pixels);
                    break;
            }
            at += 12 + length;
        }
        var (data, stride) = (pixels.ToArray(), 1 + (side + 7) / 8);
        Assert.Equal(stride * side, data.Length);
        return (side, perMetre, (x, y) => (data[y * stride + 1 + x / 8] >> (7 - x % 8) & 1) == 0);
    }
}
