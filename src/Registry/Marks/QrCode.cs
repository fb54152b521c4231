using System.Buffers;
using System.Collections;
using System.Globalization;
using QRCoder;

namespace Registry.Marks;

/// <summary>Share of a QR code that may be lost and still be read, ISO/IEC 18004: 7, 15, 25 and 30 per cent.</summary>
public enum ErrorCorrection { L, M, Q, H }

/// <summary>A QR code as modules, the quiet zone included.</summary>
public sealed class QrCode
{
    /// <summary>Modules of white around the code.</summary>
    public const int QuietZone = 4;
    /// <summary>GS1's smallest module, in millimetres.</summary>
    public const decimal SmallestModule = 0.396m;

    private const decimal Inch = 25.4m;
    /// <summary>Row by row.</summary>
    private readonly BitArray dark;

    /// <param name="content">What a scanner reads; of digits, upper-case letters and <c>$%*+-./: </c> only, it gives the smallest code.</param>
    /// <param name="correction">Error correction.</param>
    public QrCode(string content, ErrorCorrection correction)
    {
        var rows = QRCodeGenerator.GenerateQrCode(content, correction switch
        {
            ErrorCorrection.L => QRCodeGenerator.ECCLevel.L,
            ErrorCorrection.M => QRCodeGenerator.ECCLevel.M,
            ErrorCorrection.Q => QRCodeGenerator.ECCLevel.Q,
            ErrorCorrection.H => QRCodeGenerator.ECCLevel.H,
        }).ModuleMatrix; // it brings the quiet zone
        (Side, dark) = (rows.Count, new(rows.Count * rows.Count));
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++) dark[y * Side + x] = rows[y][x];
    }

    internal QrCode(int side, BitArray dark) => (Side, this.dark) = (side, dark);

    /// <summary>Modules from side to side.</summary>
    public int Side { get; }

    /// <summary>The modules row by row, dark ones set: for whoever makes another code of them.</summary>
    internal BitArray Modules => new(dark);

    public bool IsDark(int x, int y) => dark[y * Side + x];

    /// <summary>The smallest side in millimetres, rounded up to a tenth: a module not below <see cref="SmallestModule"/> and, for a printer of
    /// so many dots an inch, a whole number of its dots.</summary>
    public decimal Smallest(int? dpi = null)
    {
        var side = Side * (dpi is { } dots ? decimal.Ceiling(SmallestModule * dots / Inch) * Inch / dots : SmallestModule);
        return decimal.Ceiling(side * 10) / 10;
    }

    /// <summary>The dark modules as the runs of each row: x, y and how many.</summary>
    public IEnumerable<(int X, int Y, int Length)> Runs()
    {
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                if (!IsDark(x, y)) continue;
                var start = x;
                while (x < Side && IsDark(x, y)) x++;
                yield return (start, y, x - start);
            }
    }

    /// <summary>The dark modules as one SVG path in units of a module.</summary>
    public string Path()
    {
        // A run takes at most "M100 100h100v1h-100z", and beside it lies a light module or the edge.
        var path = ArrayPool<char>.Shared.Rent(Side * (Side + 1) / 2 * 20);
        var at = 0;
        void Put(string text)
        {
            text.CopyTo(path.AsSpan(at));
            at += text.Length;
        }
        foreach (var (x, y, run) in Runs())
        {
            path[at++] = 'M';
            Put(numbers[x]);
            path[at++] = ' ';
            Put(numbers[y]);
            path[at++] = 'h';
            Put(numbers[run]);
            Put("v1h-");
            Put(numbers[run]);
            path[at++] = 'z';
        }
        var made = new string(path, 0, at);
        ArrayPool<char>.Shared.Return(path);
        return made;
    }

    /// <summary>As far as the side of the largest code, version 40.</summary>
    private static readonly string[] numbers = [.. Enumerable.Range(0, 17 + 4 * 40 + 2 * QuietZone + 1).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
