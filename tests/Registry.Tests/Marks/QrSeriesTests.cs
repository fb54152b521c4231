using System.Text;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

public sealed class QrSeriesTests
{
    /// <summary>Beginnings of even and odd length, of the versions 2 to 6; the first bits of a text, all, none, and any.</summary>
    [Theory]
    [InlineData("HTTPS://REG.EXAMPLE/C/", 13, ErrorCorrection.M)]
    [InlineData("HTTPS://REG2.EXAMPLE/C/", 13, ErrorCorrection.M)]
    [InlineData("HTTPS://REG.EXAMPLE/M/", 26, ErrorCorrection.M)]
    [InlineData("HTTPS://REG.EXAMPLE/M/", 26, ErrorCorrection.H)]
    [InlineData("HTTPS://CERTIFICATES.SOMEWHERE.EXAMPLE:8443/REGISTRY/M/", 26, ErrorCorrection.Q)]
    public void A_code_of_a_series_scans_as_its_text(string beginning, int length, ErrorCorrection correction)
    {
        var series = QrSeries.Make(beginning, length, correction)!;
        foreach (var rest in (string[])[new('0', length), new('Z', length), "1" + new string('0', length - 1), new string('0', length - 1) + "1", string.Concat(Enumerable.Range(1, length / 13).Select(i => Identifier.Of(0x123456789ABCDEFUL * (ulong)i >> 4)))])
        {
            var qr = series.Of(rest);
            Assert.Equal(new QrCode(beginning + rest, correction).Side, qr.Side);
            var image = Scanner.Rasterise(Encoding.UTF8.GetBytes($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60mm\" height=\"60mm\" viewBox=\"0 0 {qr.Side} {qr.Side}\"><rect width=\"{qr.Side}\" height=\"{qr.Side}\" fill=\"#fff\"/><path shape-rendering=\"crispEdges\" d=\"{qr.Path()}\"/></svg>"));
            Assert.Equal(beginning + rest, Scanner.Zbar(image));
        }
    }

    /// <summary>A scanner forgives many wrong modules; this forgives none. One code in eight or so has the mask of its series.</summary>
    [Fact]
    public void No_module_is_wrong()
    {
        const string beginning = "HTTPS://REG.EXAMPLE/C/";
        var (series, same) = (QrSeries.Make(beginning, 13, ErrorCorrection.M)!, 0);
        for (var i = 1UL; i <= 64; i++) // not the one of digits only, which the library writes in a mode of its own
        {
            var rest = Identifier.Of(i * 0x0FEDCBA987654321UL >> 4);
            var (made, plain) = (series.Of(rest), new QrCode(beginning + rest, ErrorCorrection.M));
            bool Same(int x, int y) => made.IsDark(x, y) == plain.IsDark(x, y);
            // The name of the mask stands beside the upper left pattern.
            if (!Enumerable.Range(2, 3).All(x => Same(x + QrCode.QuietZone, 8 + QrCode.QuietZone))) continue;
            same++;
            for (var n = 0; n < made.Side * made.Side; n++) Assert.True(Same(n % made.Side, n / made.Side));
        }
        Assert.True(same > 0);
    }

    [Theory]
    [InlineData("https://reg.example/c/")]
    [InlineData("0123456789")]
    [InlineData("HTTPS://A.VERY.LONG.NAME.OF.A.HOST.THAT.NOBODY.WOULD.PRINT.ON.A.BOX.BECAUSE.IT.IS.LONG.EXAMPLE/AND.SO.IS.THE.PATH.BEHIND.IT.WHICH.GOES.ON.AND.ON.AND.ON/C/")]
    public void What_is_in_another_mode_or_too_large_is_no_series(string beginning)
    {
        Assert.Null(QrSeries.Make(beginning, 13, ErrorCorrection.M));
        Assert.Equal(new QrCode(beginning + "0123456789ABC", ErrorCorrection.M).Path(), QrSeries.Code(beginning, "0123456789ABC", ErrorCorrection.M).Path());
    }
}
