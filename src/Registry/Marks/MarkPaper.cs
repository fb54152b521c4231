using SkiaSharp;

namespace Registry.Marks;

/// <summary>Marks on paper, as PDF with embedded glyphs: labels of their own size with a trim box, or sheets of A4 to be cut.</summary>
public static class MarkPaper
{
    /// <summary>Of a sheet, in millimetres. Printers leave up to five at the edge unprinted; six marks of 30 stand in a row.</summary>
    private const float A4Width = 210, A4Height = 297, Gap = 3.6f, Border = 6;

    /// <summary>A page for each mark in its own size, its bleed included and its trim named, as a label printer takes them.</summary>
    /// <param name="marks">Drawn by the same options.</param>
    /// <param name="note">What whoever prints it should know.</param>
    public static byte[] Labels(IReadOnlyList<Artwork> marks, string note = "")
    {
        using var stream = new MemoryStream();
        using (var document = Document(stream, marks[0]))
        {
            foreach (var mark in marks)
            {
                using var drawing = mark.InMillimetres();
                var bleed = (float)mark.Options.Bleed;
                var page = document.BeginPage(Points(drawing.Width + 2 * bleed), Points(drawing.Height + 2 * bleed));
                page.Scale(Points(1));
                page.Clear(mark.Options.Paper);
                page.Translate(bleed, bleed);
                mark.Draw(page, drawing);
                document.EndPage();
            }
            document.Close();
        }
        return PressPdf.Finish(stream.ToArray(), Points((float)marks[0].Options.Bleed), note);
    }

    /// <summary>How many of this mark fit on one A4 sheet.</summary>
    public static int PerSheet(Artwork mark)
    {
        var (width, height) = mark.Trim;
        int Fit(float sheet, decimal side) => (int)((sheet - 2 * Border + Gap) / ((float)(side + 2 * mark.Options.Bleed) + Gap));
        return Fit(A4Width, width) * Fit(A4Height, height);
    }

    /// <summary>A4 sheets with as many marks as fit, their bleeds 3.6 millimetres apart, with cutting corners.</summary>
    /// <param name="marks">Drawn by the same options.</param>
    /// <param name="note">What whoever prints it should know.</param>
    /// <exception cref="FaultException">Not even one fits.</exception>
    public static byte[] Sheets(IReadOnlyList<Artwork> marks, string note = "")
    {
        using var stream = new MemoryStream();
        using (var document = Document(stream, marks[0]))
        {
            SKCanvas? page = null;
            float x = Border, y = Border, tallest = 0;
            foreach (var mark in marks)
            {
                using var drawing = mark.InMillimetres();
                var bleed = (float)mark.Options.Bleed;
                var (width, height) = (drawing.Width + 2 * bleed, drawing.Height + 2 * bleed);
                if (width > A4Width - 2 * Border || height > A4Height - 2 * Border)
                    throw new FaultException(Refusal.DoesNotFit, "/size", Artwork.Tenths(width), Artwork.Tenths(height));
                if (x + width > A4Width - Border + Rounding) (x, y, tallest) = (Border, y + tallest + Gap, 0);
                if (page is null || y + height > A4Height - Border + Rounding)
                {
                    if (page is not null) document.EndPage();
                    page = document.BeginPage(Points(A4Width), Points(A4Height));
                    page.Scale(Points(1));
                    (x, y, tallest) = (Border, Border, 0);
                }
                page.Save();
                page.Translate(x + bleed, y + bleed);
                using (var paper = new SKPaint { Color = mark.Options.Paper }) page.DrawRect(-bleed, -bleed, width, height, paper);
                mark.Draw(page, drawing);
                Corners(page, drawing.Width, drawing.Height, bleed);
                page.Restore();
                x += width + Gap;
                tallest = Math.Max(tallest, height);
            }
            document.EndPage();
            document.Close();
        }
        return PressPdf.Finish(stream.ToArray(), null, note);
    }

    /// <summary>Millimetres that sums of sides may be off by.</summary>
    private const float Rounding = 0.01f;

    /// <summary>Where to cut, outside the bleed.</summary>
    private static void Corners(SKCanvas page, float width, float height, float bleed)
    {
        const float near = 0.5f, far = 1.7f;
        using var line = new SKPaint { Color = SKColors.Gray, StrokeWidth = 0.1f, IsStroke = true };
        foreach (var (x, outward) in ((float, float)[])[(0, -1), (width, 1)])
            foreach (var (y, downward) in ((float, float)[])[(0, -1), (height, 1)])
            {
                page.DrawLine(x + outward * (bleed + near), y, x + outward * (bleed + far), y, line);
                page.DrawLine(x, y + downward * (bleed + near), x, y + downward * (bleed + far), line);
            }
    }

    /// <summary>Skia rounds pages to dots of the raster resolution: so fine a one keeps the millimetres exact.</summary>
    private static SKDocument Document(Stream stream, Artwork first) => SKDocument.CreatePdf(stream, new SKDocumentPdfMetadata
    {
        Title = first.Url,
        Creator = "Registry",
        RasterDpi = 7200,
        EncodingQuality = 101,
    });

    private static float Points(float millimetres) => millimetres * 72 / (float)Artwork.Inch;
}
