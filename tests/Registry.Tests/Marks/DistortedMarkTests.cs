using Registry.Marks;
using SkiaSharp;

namespace Registry.Tests.Marks;

/// <summary>A mark as a phone meets it: out of focus, held at a slant, in poor light, partly covered. Two readers that the registry did not
/// write must read it.</summary>
public sealed class DistortedMarkTests
{
    /// <summary>Share of the modules that carry data which is covered: 20 per cent, or what stays below the level's promise (7, 15, 25, 30).
    /// A patch also spoils the codewords it only touches, so it stays clear of the promise itself.</summary>
    private static double Covered(ErrorCorrection level) => level switch { ErrorCorrection.L => 0.04, ErrorCorrection.M => 0.1, _ => 0.2 };

    public static TheoryData<MarkLayout, ErrorCorrection, double> Marks()
    {
        var marks = new TheoryData<MarkLayout, ErrorCorrection, double>();
        foreach (var level in Enum.GetValues<ErrorCorrection>())
        {
            marks.Add(MarkLayout.Code, level, 0); // the smallest there is
            foreach (var size in (double[])[20, 30, 60, 150, 1000]) marks.Add(MarkLayout.Code, level, size);
            foreach (var size in (double[])[0, 60]) marks.Add(MarkLayout.Label, level, size);
            foreach (var size in (double[])[0, 60]) marks.Add(MarkLayout.Wide, level, size);
        }
        return marks;
    }

    [Theory]
    [MemberData(nameof(Marks))]
    public void Blurred_turned_darkened_and_partly_covered_it_is_still_read(MarkLayout layout, ErrorCorrection level, double millimetres)
    {
        if (layout != MarkLayout.Code) Scanner.NeedsFont();
        var qr = new QrCode(ArtworkTests.Wording.Url, level);
        var size = millimetres == 0 ? Math.Max(qr.Smallest(300), Artwork.SmallestWithText(layout)) : (decimal)millimetres;
        var art = new Artwork(ArtworkTests.Wording, new() { Size = size, Correction = level, Layout = layout }, ArtworkTests.Font);
        using var printed = SKBitmap.Decode(size > 300 ? Small(art) : art.Png(size > 100 ? 150 : 300));
        // A camera sees a mark with a few pixels a module, however large it was printed.
        var scale = Math.Min(1, 8f * qr.Side / Width(layout, printed));
        using var sharp = scale == 1 ? printed.Copy() : printed.Resize(new SKSizeI((int)(printed.Width * scale), (int)(printed.Height * scale)), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        var module = scale == 1 ? Width(layout, sharp) / qr.Side : (float)Width(layout, sharp) / qr.Side;
        foreach (var (name, image) in ((string, SKBitmap)[])
        [
            ("blurred", Distort(sharp, blur: 0.33f * module)), ("turned", Distort(sharp, degrees: 7)), ("darkened", Distort(sharp, light: 0.4f)),
            ("covered", Distort(sharp, cover: Patch(qr, level, layout, sharp, module))),
            ("all at once", Distort(sharp, blur: 0.25f * module, degrees: 7, light: 0.5f, cover: Patch(qr, level, layout, sharp, module))),
        ])
            using (image)
            {
                var png = Encode(image);
                Assert.True(Reads(Scanner.Zbar, png), $"zbar: {name} {layout} {level} {size} mm");
                Assert.True(Reads(Scanner.ZXing, png), $"zxing: {name} {layout} {level} {size} mm");
            }
    }

    /// <summary>That the distortions are no ornament: twice the promised share is read by neither.</summary>
    [Fact]
    public void More_damage_than_the_level_promises_is_not_read()
    {
        var qr = new QrCode(ArtworkTests.Wording.Url, ErrorCorrection.L);
        using var sharp = SKBitmap.Decode(new Artwork(ArtworkTests.Wording, new() { Correction = ErrorCorrection.L, Layout = MarkLayout.Code }, ArtworkTests.Font).Png(300));
        using var covered = Distort(sharp, cover: Patch(qr, ErrorCorrection.H, MarkLayout.Code, sharp, sharp.Width / qr.Side));
        Assert.False(Reads(Scanner.Zbar, Encode(covered)) || Reads(Scanner.ZXing, Encode(covered)));
    }

    /// <summary>A metre wide is drawn as a drawing; on the screen of a phone it is no larger than any other.</summary>
    private static byte[] Small(Artwork art) => Scanner.Rasterise(System.Text.Encoding.UTF8.GetBytes(art.Svg().Replace("mm\"", "px\"")));

    private static int Width(MarkLayout layout, SKBitmap image) => layout == MarkLayout.Wide ? (int)Math.Round(image.Width / 2.75) : image.Width;

    /// <summary>A patch on the right, between the finder above and the corner below, where only data lie.</summary>
    private static SKRect Patch(QrCode qr, ErrorCorrection level, MarkLayout layout, SKBitmap image, float module)
    {
        var side = qr.Side - 2 * QrCode.QuietZone;
        const int columns = 10;
        // Modules that carry codewords in versions 1 to 5, ISO/IEC 18004 table 1.
        var data = side switch { 21 => 208, 25 => 359, 29 => 567, 33 => 807, _ => 1079 };
        var rows = (int)(data * Covered(level) / columns);
        var left = (Width(layout, image) - module * qr.Side) / 2 + module * (QrCode.QuietZone + side - columns);
        var codeTop = layout == MarkLayout.Code ? (Width(layout, image) - module * qr.Side) / 2 : TopOfCode(image, (int)((Width(layout, image) - module * qr.Side) / 2 + module * (QrCode.QuietZone + 0.5f)), module) - module * QrCode.QuietZone;
        var top = codeTop + module * (QrCode.QuietZone + 9);
        return new(left, top, left + columns * module, top + rows * module);
    }

    /// <summary>Under a band the code begins after its white margin: the first dark pixel of the finder's left column below white.</summary>
    private static int TopOfCode(SKBitmap image, int x, float module)
    {
        var y = 0;
        while (image.GetPixel(x, y).Red < 128) y++;
        for (var white = 0; white < module * 2 || image.GetPixel(x, y).Red >= 128; y++) white = image.GetPixel(x, y).Red >= 128 ? white + 1 : 0;
        return y;
    }

    private static SKBitmap Distort(SKBitmap sharp, float blur = 0, float degrees = 0, float light = 1, SKRect cover = default)
    {
        using var covered = sharp.Copy();
        if (!cover.IsEmpty)
        {
            using var canvas = new SKCanvas(covered);
            using var dirt = new SKPaint { Color = new(0x70, 0x66, 0x5A) };
            canvas.DrawRect(cover, dirt);
        }
        var margin = (int)(Math.Max(sharp.Width, sharp.Height) * 0.12);
        var image = new SKBitmap(sharp.Width + 2 * margin, sharp.Height + 2 * margin);
        using (var canvas = new SKCanvas(image))
        {
            canvas.Clear(new SKColor((byte)(255 * light), (byte)(255 * light), (byte)(255 * light)));
            canvas.RotateDegrees(degrees, image.Width / 2f, image.Height / 2f);
            using var paint = new SKPaint
            {
                ImageFilter = blur > 0 ? SKImageFilter.CreateBlur(blur, blur) : null,
                ColorFilter = light < 1 ? SKColorFilter.CreateColorMatrix([light, 0, 0, 0, 0, 0, light, 0, 0, 0, 0, 0, light, 0, 0, 0, 0, 0, 1, 0]) : null,
            };
            using var picture = SKImage.FromBitmap(covered);
            canvas.DrawImage(picture, margin, margin, new SKSamplingOptions(SKFilterMode.Linear), paint);
        }
        return image;
    }

    private static byte[] Encode(SKBitmap image)
    {
        using var encoded = image.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    private static bool Reads(Func<byte[], string> scanner, byte[] png)
    {
        try { return scanner(png) == ArtworkTests.Wording.Url; }
        catch (Xunit.Sdk.TrueException) { return false; } // the reader found nothing and said so by its exit code
    }
}
