using System.Globalization;
using System.Security;
using System.Text;
using QRCoder;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>Share of a QR code that may be lost and still be read, ISO/IEC 18004: 7, 15, 25 and 30 per cent.</summary>
public enum ErrorCorrection { L, M, Q, H }

/// <summary>
/// A QR code as artwork for print. Sizes are millimetres over all, the quiet zone included. A size whose modules would be smaller than
/// GS1 permits is refused, because a print of it would not scan.
/// </summary>
public sealed class QrCode
{
    /// <summary>Modules of white around the code.</summary>
    public const int QuietZone = 4;
    /// <summary>GS1's smallest module, in millimetres.</summary>
    public const decimal SmallestModule = 0.396m;
    /// <summary>Side of the largest PNG: anybody may ask for one, and each costs time and memory by its pixels.</summary>
    public const int MaxPixels = 8192;

    private const decimal Inch = 25.4m;
    private readonly QRCodeData data;
    private readonly string content;

    /// <param name="content">What a scanner reads; of digits, upper-case letters and <c>$%*+-./: </c> only, it gives the smallest code.</param>
    /// <param name="correction">Error correction.</param>
    public QrCode(string content, ErrorCorrection correction)
    {
        this.content = content;
        data = QRCodeGenerator.GenerateQrCode(content, correction switch
        {
            ErrorCorrection.L => QRCodeGenerator.ECCLevel.L,
            ErrorCorrection.M => QRCodeGenerator.ECCLevel.M,
            ErrorCorrection.Q => QRCodeGenerator.ECCLevel.Q,
            ErrorCorrection.H => QRCodeGenerator.ECCLevel.H,
        });
    }

    /// <summary>Modules from side to side. QRCoder's matrix brings the quiet zone.</summary>
    public int Side => data.ModuleMatrix.Count;

    public bool IsDark(int x, int y) => data.ModuleMatrix[y][x];

    /// <summary>The drawing, with exact width and height: one path of one rectangle for each dark run of a row, on white.</summary>
    /// <exception cref="FaultException">It is too small (<see cref="Refusal.BadMarkSize"/>).</exception>
    public string Svg(decimal size)
    {
        Require(size, Side * SmallestModule);
        var path = new StringBuilder();
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                if (!IsDark(x, y)) continue;
                var start = x;
                while (x < Side && IsDark(x, y)) x++;
                path.Append(CultureInfo.InvariantCulture, $"M{start} {y}h{x - start}v1h-{x - start}z");
            }
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" viewBox="0 0 {Side} {Side}" shape-rendering="crispEdges" role="img">
            <title>{SecurityElement.Escape(content)}</title>
            <rect width="{Side}" height="{Side}" fill="#fff"/>
            <path d="{path}"/>
            </svg>

            """);
    }

    /// <summary>The image in the printer's own dots: a module is a whole number of them, so no edge is blurred by scaling. What is left
    /// over of the size widens the quiet zone.</summary>
    /// <exception cref="FaultException">It is too small (<see cref="Refusal.BadMarkSize"/>), or more than <see cref="MaxPixels"/> pixels.</exception>
    public byte[] Png(decimal size, int dpi)
    {
        Require(size, Side * decimal.Ceiling(SmallestModule * dpi / Inch) * Inch / dpi);
        var largest = decimal.Floor(MaxPixels * Inch / dpi * 10) / 10;
        if (size > largest) throw new FaultException(new Fault(Refusal.OutOfRange, "/size", 1, largest));
        var pixels = (int)decimal.Floor(size * dpi / Inch);
        var module = pixels / Side;
        var margin = (pixels - module * Side) / 2;
        var white = Row(_ => false);
        var rows = Enumerable.Range(0, Side).Select(y => Row(x => IsDark(x, y))).ToArray();
        return Marks.Png.Encode(pixels, dpi, y => y >= margin && y < margin + module * Side ? rows[(y - margin) / module] : white);

        // Packed for PNG: the leftmost pixel is the highest bit, and one is white.
        byte[] Row(Func<int, bool> dark)
        {
            var row = new byte[(pixels + 7) / 8];
            Array.Fill(row, (byte)0xFF);
            for (var x = margin; x < margin + module * Side; x++)
                if (dark((x - margin) / module)) row[x / 8] &= (byte)~(0x80 >> (x % 8));
            return row;
        }
    }

    private static void Require(decimal size, decimal smallest)
    {
        if (size < smallest) throw new FaultException(new Fault(Refusal.BadMarkSize, "/size", size, decimal.Ceiling(smallest * 10) / 10));
    }
}
