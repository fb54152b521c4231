using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;
using SkiaSharp;

namespace Registry.Pages;

/// <summary>A status as a picture: the badge of holders' web sites and the preview of a shared link. Both turn when the status
/// turns.</summary>
public static class Pictures
{
    private const int Width = 1200, Height = 630;
    private static readonly Html Fonts = new("system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif");

    /// <summary>Colours of a status, as on the pages: ground and text of the light theme.</summary>
    private static (string Ground, string Ink) Colours(Status status) => status switch
    {
        Status.Valid => ("#e2f3e8", "#0a6436"),
        Status.Suspended or Status.NotYetValid => ("#fdf0dc", "#834700"),
        Status.Revoked => ("#fce7e7", "#9e121c"),
        Status.Cancelled or Status.Expired => ("#e9ebef", "#454d59"),
    };

    public static IResult Badge(string id, HttpContext context, Database database, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var view = Today(id, context, database, time);
        var (ground, ink) = Colours(view.Status);
        var level = CertificatePages.LevelName(page, view) is { } name ? " · " + name : "";
        var (first, second) = ($"{page.T(view.Status.Name())}{level}", $"{view.AsOf:yyyy-MM-dd} · {page.Host}");
        // An image cannot measure the viewer's font: textLength makes the text fit whatever it is.
        static int Long(string text, int em) => (int)Math.Ceiling(text.Sum(c => c > 0x2E7F ? 1 : 0.56) * em);
        var (longFirst, longSecond) = (Long(first, 15), Long(second, 11));
        var width = 46 + Math.Max(longFirst, longSecond) + 12;
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return Results.Bytes(Html.Of($"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="40" viewBox="0 0 {width} 40"
            role="img" aria-label="{first} {second}">
            <title>{first} · {CertificatePages.Holder(page, view)}</title>
            <rect x=".5" y=".5" width="{width - 1}" height="39" rx="7" fill="{ground}" stroke="{ink}"/>
            <g transform="translate(10 8)" fill="none" stroke="{ink}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">
            <circle cx="12" cy="12" r="10"/><path d="{CertificatePages.Shape(view.Status)}"/></g>
            <g fill="{ink}" font-family="{Fonts}">
            <text x="44" y="18" font-size="15" font-weight="700" textLength="{longFirst}" lengthAdjust="spacingAndGlyphs">{first}</text>
            <text x="44" y="33" font-size="11" textLength="{longSecond}" lengthAdjust="spacingAndGlyphs">{second}</text></g></svg>
            """).Utf8, "image/svg+xml");
    }

    /// <summary>The Open Graph picture. Without a font it is the sign of the status alone, which needs no words.</summary>
    public static IResult Card(string id, HttpContext context, Database database, TimeProvider time, Settings settings, MarkFont font)
    {
        var page = new Page(context, settings);
        var view = Today(id, context, database, time);
        return Results.Bytes(Draw(page, view, font), "image/png");
    }

    private static byte[] Draw(Page page, CertificateView view, MarkFont font)
    {
        var (ground, ink) = Colours(view.Status);
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        var canvas = surface.Canvas;
        canvas.Clear(SKColor.Parse(ground));
        using var paint = new SKPaint { Color = SKColor.Parse(ink), IsAntialias = true };
        canvas.DrawRect(0, 0, 28, Height, paint);
        using (var stroke = new SKPaint
        {
            Color = paint.Color,
            IsAntialias = true,
            IsStroke = true,
            StrokeWidth = 2.2f,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        })
        using (var sign = SKPath.ParseSvgPathData(CertificatePages.Shape(view.Status)))
        {
            canvas.Save();
            canvas.Translate(font.Present ? 88 : Width / 2 - 200, font.Present ? 76 : Height / 2 - 200);
            canvas.Scale(font.Present ? 7.5f : 16.7f);
            canvas.DrawCircle(12, 12, 10, stroke);
            canvas.DrawPath(sign, stroke);
            canvas.Restore();
        }
        if (font.Present)
        {
            void Write(string text, float x, float y, float size, bool bold)
            {
                using var face = font.Of(size, bold);
                while (face.MeasureText(text) > Width - x - 60 && text.Length > 2) text = text[..^2] + "…";
                canvas.DrawText(text, x, y, SKTextAlign.Left, face, paint);
            }
            Write(page.T(view.Status.Name()), 300, 200, 120, bold: true);
            Write(CertificatePages.Holder(page, view), 88, 350, 60, bold: true);
            var level = CertificatePages.LevelName(page, view) is { } name ? name + " · " : "";
            Write(level + page.T(view.Category.Name, view.Category.NameEn), 88, 432, 42, bold: false);
            Write(view.Number, 88, 496, 36, bold: false);
            Write($"{view.AsOf:yyyy-MM-dd} · {page.Host}", 88, 572, 36, bold: false);
        }
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static CertificateView Today(string id, HttpContext context, Database database, TimeProvider time)
    {
        CertificateView View(System.Data.Common.DbConnection db) =>
            CertificateView.Of(db, CertificateStore.Existing(db, id), Day.Of(time.GetUtcNow()))!;
        var known = context.RequestServices.GetRequiredService<KnownTo>();
        return known.Cap(database.Read(View, context.RequestAborted));
    }

}
