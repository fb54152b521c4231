using System.Buffers;
using System.Text;
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
    public void The_runs_and_the_path_cover_the_dark_modules_and_nothing_else()
    {
        var qr = new QrCode(Content, ErrorCorrection.M);
        var dark = Enumerable.Range(0, 33 * 33).Where(i => qr.IsDark(i % 33, i / 33)).ToHashSet();
        Assert.Equal(dark, qr.Runs().SelectMany(run => Enumerable.Range(run.Y * 33 + run.X, run.Length)).ToHashSet());
        Assert.Equal(dark.Count, qr.Path().Split('z', StringSplitOptions.RemoveEmptyEntries).Sum(run => int.Parse(run[(run.IndexOf('h') + 1)..run.IndexOf('v')])));
    }

    /// <summary>33 modules of 0.396 mm are 13.068 mm; 300 dpi prints a module in 5 dots, 150 dpi in 3.</summary>
    [Theory]
    [InlineData(null, 13.1)]
    [InlineData(300, 14)]
    [InlineData(150, 16.8)]
    public void The_smallest_size_keeps_modules_to_GS1_and_to_whole_dots(int? dpi, double smallest) => Assert.Equal((decimal)smallest, new QrCode(Content, ErrorCorrection.M).Smallest(dpi));
}

internal static class QrPaths
{
    public static string Path(this QrCode qr)
    {
        var path = new ArrayBufferWriter<byte>();
        qr.WritePath(path);
        return Encoding.ASCII.GetString(path.WrittenSpan);
    }
}
