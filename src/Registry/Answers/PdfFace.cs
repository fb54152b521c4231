using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Registry.Marks;
using SkiaSharp;

namespace Registry.Answers;

/// <summary>A glyph as a PDF draws it, in thousandths of an em.</summary>
/// <param name="Id">Its number in the font.</param>
/// <param name="Advance">From its origin to the next one's.</param>
/// <param name="Drawing">Its outline: the deflated content of a stream (ISO 32000-1, 9.6.5).</param>
public sealed record PdfGlyph(int Id, int Advance, byte[] Drawing);

/// <summary>
/// A face of a font whose glyphs are outlined once and kept: to read, to write and to deflate the outlines of some hundred Chinese
/// characters is nearly all the work of a document, and the next one has the same.
/// </summary>
public sealed class PdfFace
{
    /// <summary>Glyphs that are kept, of some 300 bytes; who asks for more rare characters waits for them each time.</summary>
    private const int MaxKept = 8192;
    private const int Em = 1000;

    private static readonly ConditionalWeakTable<SKTypeface, PdfFace> faces = [];

    private readonly SKTypeface typeface;
    private readonly ConcurrentDictionary<int, PdfGlyph> kept = [];

    private PdfFace(SKTypeface typeface) => this.typeface = typeface;

    /// <summary>The face of a typeface, which lives as long as that.</summary>
    public static PdfFace Of(SKTypeface typeface) => faces.GetValue(typeface, one => new(one));

    /// <summary>The glyph of a character; where the font has none, the one that says so.</summary>
    public PdfGlyph GlyphOf(Rune rune)
    {
        if (kept.TryGetValue(rune.Value, out var known)) return known;
        var made = Outlined(rune);
        if (kept.Count < MaxKept) kept.TryAdd(rune.Value, made);
        return made;
    }

    private PdfGlyph Outlined(Rune rune)
    {
        using var font = new SKFont(typeface, Em) { Hinting = SKFontHinting.None, LinearMetrics = true, Subpixel = true };
        var glyph = font.GetGlyph(rune.Value);
        var advance = (int)MathF.Round(font.GetGlyphWidths(new[] { glyph })[0]);
        using var path = font.GetGlyphPath(glyph);
        return new(glyph, advance, PressPdf.Deflated(Encoding.ASCII.GetBytes(Drawn(path, advance))));
    }

    /// <summary>The outline in whole thousandths, upwards, filled in the colour of the text.</summary>
    private static string Drawn(SKPath? path, int advance)
    {
        var (drawn, at) = (new StringBuilder(), SKPoint.Empty);
        var bounds = path?.TightBounds ?? SKRect.Empty;
        string Point(float x, float y) => string.Create(CultureInfo.InvariantCulture, $"{MathF.Round(x)} {MathF.Round(-y)} ");
        var low = Point(MathF.Floor(bounds.Left), MathF.Ceiling(bounds.Bottom));
        var high = Point(MathF.Ceiling(bounds.Right), MathF.Floor(bounds.Top));
        drawn.Append(CultureInfo.InvariantCulture, $"{advance} 0 {low}{high}d1\n");
        if (path is null || path.IsEmpty) return drawn.ToString();
        using var steps = path.CreateRawIterator();
        var points = new SKPoint[4];
        for (SKPathVerb verb; (verb = steps.Next(points)) != SKPathVerb.Done;)
            switch (verb)
            {
                case SKPathVerb.Move:
                    at = points[0];
                    drawn.Append(Point(at.X, at.Y)).Append("m\n");
                    break;
                case SKPathVerb.Line: To("l", points[1]); break;
                // A curve of one control point is one of two, each two thirds of the way.
                case SKPathVerb.Quad or SKPathVerb.Conic:
                    To("c", Between(at, points[1]), Between(points[2], points[1]), points[2]);
                    break;
                case SKPathVerb.Cubic: To("c", points[1], points[2], points[3]); break;
                case SKPathVerb.Close: drawn.Append("h\n"); break;
            }
        return drawn.Append('f').ToString();

        void To(string verb, params ReadOnlySpan<SKPoint> through)
        {
            foreach (var point in through) drawn.Append(Point(point.X, point.Y));
            drawn.Append(verb).Append('\n');
            at = through[^1];
        }
        static float Third(float end, float control) => end + 2 * (control - end) / 3;
        static SKPoint Between(SKPoint end, SKPoint control) => new(Third(end.X, control.X), Third(end.Y, control.Y));
    }
}
