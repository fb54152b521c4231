using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Registry.Marks;

/// <summary>
/// A mark as artwork for print, in exact millimetres: SVG with text as outlines, PNG in the printer's own dots, and what
/// <see cref="MarkPaper"/> prints. What would not scan or not be legible is refused with the reason.
/// </summary>
public sealed partial class Artwork
{
    /// <summary>Lowest letters, in millimetres, that are still read without a glass: the house's own bound.</summary>
    public const decimal SmallestText = 1.8m;
    /// <summary>Least difference of reflectance in red light, per cent: the house's own bound, held by decoders on darkened
    /// prints.</summary>
    public const int LeastContrast = 55;
    /// <summary>Anybody may ask for an image, and each costs time and memory by its pixels.</summary>
    public const int MaxPixels = 16_000_000;
    internal const decimal Inch = 25.4m;
    /// <summary>Ems in the side of the code: the fewer, the larger the text.</summary>
    private const decimal LabelEms = 14, WideEms = 9;

    private readonly MarkWording wording;
    private readonly ArtworkOptions options;
    private readonly MarkFont font;
    private readonly QrCode qr;

    internal static decimal Tenths(float millimetres) => Math.Round((decimal)millimetres, 1);

    internal ArtworkOptions Options => options;

    internal string Url => wording.Url;

    /// <summary>What the machine's font cannot write and the mark does not say; empty where it says all.</summary>
    public IReadOnlyList<Text> LeftOut { get; private set; } = [];

    /// <exception cref="FaultException">The options would give a mark that does not scan or cannot be read.</exception>
    public Artwork(MarkWording wording, ArtworkOptions options, MarkFont font)
    {
        (this.wording, this.options, this.font, qr) = (wording, options, font, new(wording.Url, options.Correction));
        if (options.Layout != MarkLayout.Code && !font.Present) (this.wording, this.options) = (wording, options) = Writable();
        Require(qr.Smallest(), options.Size);
        var contrast = Reflectance(options.Paper) - Reflectance(options.Ink);
        if (contrast < 0) throw new FaultException(Refusal.Inverted, "/ink");
        if (contrast < LeastContrast) throw new FaultException(Refusal.LowContrast, "/ink", contrast, LeastContrast);
        if (options.Layout == MarkLayout.Code) return;
        var smallest = SmallestWithText(options.Layout);
        var tooSmall = new Fault(Refusal.TextTooSmall, "/size", options.Size, smallest, SmallestText);
        if (options.Size < smallest) throw new FaultException(tooSmall);
        var text = wording.Level + wording.Scheme + wording.Standard + wording.Number + wording.Holder + wording.Host;
        if (font.Lacks(text) is { } character) throw new FaultException(Refusal.GlyphMissing, "", character);
    }

    /// <summary>What a machine without Chinese can write: a mark that scans is worth more than none.</summary>
    private (MarkWording, ArtworkOptions) Writable()
    {
        var missing = new List<Text>();
        string Keep(string text, string zh, string en)
        {
            if (font.Lacks(text) is null) return text;
            missing.Add(new(zh, en));
            return "";
        }
        var written = wording with
        {
            Level = Keep(wording.Level, "等级", "level"),
            Scheme = Keep(wording.Scheme, "认证项目", "scheme"),
            Standard = Keep(wording.Standard, "认证依据", "standard"),
            Number = Keep(wording.Number, "证书编号", "number"),
            Holder = Keep(wording.Holder, "获证组织", "holder"),
            Host = Keep(wording.Host, "网址", "host"),
            Code = Keep(wording.Code, "可读的编码", "code in letters"),
        };
        LeftOut = missing;
        // Where nothing can be read but the code, it stands alone.
        var nothing = written.Number.Length == 0 || written.Code.Length == 0;
        if (nothing) LeftOut = [new("全部文字", "all text")];
        return (written, options with { Language = Language.En, Layout = nothing ? MarkLayout.Code : options.Layout });
    }

    /// <summary>The smallest side of the code at which the text of a layout is still legible.</summary>
    public static decimal SmallestWithText(MarkLayout layout) => layout switch
    {
        MarkLayout.Label => decimal.Ceiling(SmallestText * LabelEms * 10) / 10,
        MarkLayout.Wide => decimal.Ceiling(SmallestText * WideEms * 10) / 10,
        MarkLayout.Code => 0,
    };

    /// <summary>Per cent of red light, in which scanners see, that a colour throws back.</summary>
    private static int Reflectance(SKColor colour)
    {
        var red = colour.Red / 255.0;
        return (int)Math.Round(100 * (red <= 0.04045 ? red / 12.92 : Math.Pow((red + 0.055) / 1.055, 2.4)));
    }

    private static void Require(decimal smallest, decimal size)
    {
        if (size < smallest) throw new FaultException(Refusal.BadMarkSize, "/size", size, smallest);
    }

    /// <summary>Width and height of the trimmed mark in millimetres.</summary>
    public (decimal Width, decimal Height) Trim
    {
        get
        {
            using var drawing = Compose(1, (float)options.Size / qr.Side);
            return (Tenths(drawing.Width), Tenths(drawing.Height));
        }
    }

    /// <summary>The drawing with exact width and height, the bleed included. Text is outlines: it needs no font where it is
    /// printed.</summary>
    public string Svg()
    {
        using var drawing = Compose(1, (float)options.Size / qr.Side);
        var bleed = (float)options.Bleed;
        var (width, height) = (drawing.Width + 2 * bleed, drawing.Height + 2 * bleed);
        var svg = new StringBuilder();
        var number = CultureInfo.InvariantCulture;
        var box = string.Create(number, $"{-bleed:0.###} {-bleed:0.###} {width:0.###} {height:0.###}");
        svg.Append("""<svg xmlns="http://www.w3.org/2000/svg" """);
        svg.Append(number, $"""width="{width:0.###}mm" height="{height:0.###}mm" viewBox="{box}" role="img">""");
        svg.Append(number, $"\n<title>{SecurityElement.Escape(wording.Url)}</title>\n");
        svg.Append(number, $"""<rect x="{-bleed:0.###}" y="{-bleed:0.###}" width="{width:0.###}" height="{height:0.###}" """);
        svg.Append($"""fill="{Hex(options.Paper)}"/>""").Append('\n');
        foreach (var (path, colour) in drawing.Shapes) Append(path, colour);
        foreach (var words in drawing.Words)
        {
            using var outline = words.Font.GetTextPath(words.Text, new SKPoint(words.X, words.Baseline));
            Append(outline, words.Colour);
        }
        var place = string.Create(number, $"translate({drawing.CodeX:0.###} {drawing.CodeY:0.###}) scale({drawing.Module:0.######})");
        svg.Append($"""<path fill="{Hex(options.Ink)}" shape-rendering="crispEdges" transform="{place}" d="{Outline(qr)}"/>""");
        return svg.Append("\n</svg>\n").ToString();

        void Append(SKPath path, SKColor colour) => svg.Append($"""<path fill="{Hex(colour)}" d="{Data(path)}"/>""").Append('\n');
    }

    /// <summary>The image in the printer's own dots: a module is a whole number of them, so no edge is blurred by scaling. It says its
    /// resolution.</summary>
    /// <exception cref="FaultException">At this resolution it is too small (<see cref="Refusal.BadMarkSize"/>) or too large (<see
    /// cref="Refusal.TooManyPixels"/>).</exception>
    public byte[] Png(int dpi)
    {
        Require(qr.Smallest(dpi), options.Size);
        var scale = (float)(dpi / Inch);
        using var drawing = Compose(scale, MathF.Floor((float)options.Size * scale / qr.Side));
        var bleed = MathF.Round((float)options.Bleed * scale);
        var (width, height) = ((int)MathF.Floor(drawing.Width + 2 * bleed), (int)MathF.Floor(drawing.Height + 2 * bleed));
        if ((long)width * height > MaxPixels)
        {
            var fits = (decimal)Math.Sqrt(MaxPixels / ((double)width * height));
            throw new FaultException(Refusal.TooManyPixels, "/size", decimal.Floor(options.Size * fits));
        }
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque))
            ?? throw new InsufficientMemoryException("There is no memory for the image.");
        surface.Canvas.Clear(options.Paper);
        surface.Canvas.Translate(bleed, bleed);
        Draw(surface.Canvas, drawing);
        using var image = surface.Snapshot();
        using var encoded = image.Encode(SKEncodedImageFormat.Png, 100);
        return WithResolution(encoded.AsSpan(), dpi);
    }

    /// <summary>All that it shows, in millimetres.</summary>
    internal Drawing InMillimetres() => Compose(1, (float)options.Size / qr.Side);

    internal void Draw(SKCanvas canvas, Drawing drawing)
    {
        using var paint = new SKPaint { IsAntialias = true };
        foreach (var (path, colour) in drawing.Shapes)
        {
            paint.Color = colour;
            canvas.DrawPath(path, paint);
        }
        foreach (var words in drawing.Words)
        {
            paint.Color = words.Colour;
            canvas.DrawText(words.Text, words.X, words.Baseline, SKTextAlign.Left, words.Font, paint);
        }
        paint.IsAntialias = false;
        paint.Color = options.Ink;
        using var code = new SKPathBuilder();
        SKPoint At((int X, int Y) corner) => new(drawing.CodeX + corner.X * drawing.Module, drawing.CodeY + corner.Y * drawing.Module);
        foreach (var corners in qr.Outlines) code.AddPoly([.. corners.Select(At)]);
        using var modules = code.Detach();
        canvas.DrawPath(modules, paint);
    }

    internal sealed record Words(string Text, float X, float Baseline, SKFont Font, SKColor Colour);

    /// <summary>What is drawn, in one unit, from the upper left corner of the trim.</summary>
    internal sealed class Drawing : IDisposable
    {
        public float Width, Height, CodeX, CodeY, Module;
        public readonly List<(SKPath Path, SKColor Colour)> Shapes = [];
        public readonly List<Words> Words = [];

        public void Dispose()
        {
            foreach (var (path, _) in Shapes) path.Dispose();
            foreach (var words in Words) words.Font.Dispose();
        }
    }

    /// <summary>Places everything.</summary>
    /// <param name="scale">Units of the drawing in a millimetre.</param>
    /// <param name="module">Side of a module in those units.</param>
    private Drawing Compose(float scale, float module)
    {
        var size = (float)options.Size * scale;
        var spare = (size - module * qr.Side) / 2; // what whole dots leave over widens the quiet zone
        if (scale != 1) spare = MathF.Floor(spare);
        var drawing = new Drawing { Width = size, Height = size, Module = module, CodeX = spare, CodeY = spare };
        if (options.Layout == MarkLayout.Code) return drawing;

        // The band goes on beyond the trim: where the knife is off by a little, no white edge shows.
        var bleed = scale == 1 ? (float)options.Bleed : MathF.Ceiling((float)options.Bleed * scale);
        var em = size / (float)(options.Layout == MarkLayout.Label ? LabelEms : WideEms);
        var quiet = module * QrCode.QuietZone;
        if (options.Layout == MarkLayout.Label)
        {
            var band = MathF.Ceiling(Band(drawing, size, bleed, em, quiet * 0.6f));
            drawing.CodeY += band;
            drawing.Height = Text(drawing, quiet * 0.6f, band + size - quiet * 0.25f, size - quiet * 1.2f, em) + em * 0.6f;
        }
        else
        {
            var text = size * 1.75f;
            drawing.Width = size + text;
            var band = MathF.Ceiling(Band(drawing, drawing.Width, bleed, em, quiet));
            var end = Text(drawing, size, band + em * 0.8f, text - em * 0.8f, em);
            drawing.Height = Math.Max(band + size, end + em * 0.8f);
            drawing.CodeY += band;
        }
        return drawing;
    }

    /// <summary>The level, light on the ink, with its stars. Tells how high it is.</summary>
    private float Band(Drawing drawing, float width, float bleed, float em, float margin)
    {
        if (wording.Level.Length == 0 && wording.Stars == 0) return 0;
        using var large = font.Of(em * 1.35f, bold: true);
        var lines = Wrap(wording.Level, large, width - 2 * margin).ToList();
        var stars = wording.Stars * em * 1.25f;
        // Stars stand beside a short name and beneath a long one.
        var beside = lines.Count == 1 && large.MeasureText(wording.Level) + em * 0.5f + stars <= width - 2 * margin;
        var height = em * (0.9f + 1.75f * lines.Count + (wording.Stars > 0 && !beside ? 1.5f : 0));
        using var back = new SKPathBuilder();
        back.AddRect(new SKRect(-bleed, -bleed, width + bleed, height));
        drawing.Shapes.Add((back.Detach(), options.Ink));
        var y = em * 0.45f;
        foreach (var line in lines)
        {
            drawing.Words.Add(new(line, margin, y + em * 1.35f, font.Of(em * 1.35f, bold: true), options.Paper));
            y += em * 1.75f;
        }
        var x = beside ? margin + large.MeasureText(wording.Level) + em * 1.1f : margin + em * 0.55f;
        var middle = beside ? height / 2 : y + em * 0.45f;
        for (var i = 0; i < wording.Stars; i++, x += em * 1.25f) drawing.Shapes.Add((Star(x, middle, em * 0.58f), options.Paper));
        return height;
    }

    private static SKPath Star(float x, float y, float radius)
    {
        using var star = new SKPathBuilder();
        var points = new SKPoint[10];
        for (var i = 0; i < 10; i++)
        {
            var (angle, r) = (MathF.PI * (i / 5f - 0.5f), i % 2 == 0 ? radius : radius * 0.42f);
            points[i] = new(x + r * MathF.Cos(angle), y + r * MathF.Sin(angle));
        }
        star.AddPoly(points);
        return star.Detach();
    }

    /// <summary>The lines of text. Tells where they end.</summary>
    private float Text(Drawing drawing, float left, float top, float width, float em)
    {
        var zh = options.Language == Language.Zh;
        var y = top;
        void Lines(string text, bool bold = false, float before = 0)
        {
            if (text.Length == 0) return;
            y += before * em;
            using var measure = font.Of(em, bold);
            foreach (var line in Wrap(text, measure, width))
            {
                drawing.Words.Add(new(line, left, y + em * 0.95f, font.Of(em, bold), options.Ink));
                y += em * 1.35f;
            }
        }
        Lines(wording.Holder, bold: true);
        Lines(wording.Scheme, before: 0.15f);
        Lines(wording.Standard);
        Lines((zh ? "证书 " : "No. ") + wording.Number);
        if (wording.Host.Length > 0) Lines(zh ? "请核对手机打开的网址：" : "Check that your phone opens", before: 0.25f);
        Lines(wording.Host, bold: true);
        Lines(wording.Code);
        return y;
    }

    /// <summary>Lines no wider than a width: broken at spaces where there are any, and anywhere in Chinese.</summary>
    private static IEnumerable<string> Wrap(string text, SKFont font, float width)
    {
        while (font.MeasureText(text) > width)
        {
            var fits = 1;
            while (fits < text.Length && font.MeasureText(text[..(fits + 1)]) <= width) fits++;
            var cut = fits;
            if (char.IsAscii(text[fits]) && text.LastIndexOfAny([' ', '-', '/'], fits - 1) is > 0 and var space) cut = space + 1;
            if (char.IsHighSurrogate(text[cut - 1])) cut += cut > 1 ? -1 : 1;
            yield return text[..cut].TrimEnd();
            text = text[cut..].TrimStart();
        }
        if (text.Length > 0) yield return text;
    }

    private static string Outline(QrCode qr) =>
        string.Concat(qr.Outlines.Select(corners => $"M{string.Join('L', corners.Select(at => $"{at.X} {at.Y}"))}z"));

    /// <summary>To a hundredth of a millimetre, a dot of 2,540 to the inch.</summary>
    private static string Data(SKPath path)
    {
        var number = CultureInfo.InvariantCulture;
        return Decimals().Replace(path.ToSvgPathData(), exact => float.Parse(exact.ValueSpan, number).ToString("0.##", number));
    }

    [GeneratedRegex(@"\d+\.\d{3,}(?!\d*e)")]
    private static partial Regex Decimals();

    private static string Hex(SKColor colour) => $"#{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}";

    /// <summary>A PNG that says its resolution, which printing programs take the size from.</summary>
    private static byte[] WithResolution(ReadOnlySpan<byte> png, int dpi)
    {
        const int afterHeader = 8 + 25; // signature, and IHDR with its length, type and check
        Span<byte> chunk = stackalloc byte[21];
        BinaryPrimitives.WriteInt32BigEndian(chunk, 9);
        "pHYs"u8.CopyTo(chunk[4..]);
        var perMetre = (int)Math.Round(dpi / 0.0254);
        BinaryPrimitives.WriteInt32BigEndian(chunk[8..], perMetre);
        BinaryPrimitives.WriteInt32BigEndian(chunk[12..], perMetre);
        chunk[16] = 1; // the unit is the metre
        BinaryPrimitives.WriteUInt32BigEndian(chunk[17..], Crc32.HashToUInt32(chunk[4..17]));
        return [.. png[..afterHeader], .. chunk, .. png[afterHeader..]];
    }
}
