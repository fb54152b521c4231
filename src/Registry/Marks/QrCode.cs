using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;
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

    /// <param name="content">What a scanner reads; of digits, upper-case letters and <c>$%*+-./: </c> only, it gives the smallest
    /// code.</param>
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

    /// <summary>The smallest side in millimetres, rounded up to a tenth: a module not below <see cref="SmallestModule"/> and, for a printer
    /// of so many dots an inch, a whole number of its dots.</summary>
    public decimal Smallest(int? dpi = null)
    {
        var side = Side * (dpi is { } dots ? decimal.Ceiling(SmallestModule * dots / Inch) * Inch / dots : SmallestModule);
        return decimal.Ceiling(side * 10) / 10;
    }

    /// <summary>The dark modules as the runs of each row: x, y and how many.</summary>
    public IEnumerable<(int X, int Y, int Length)> Runs()
    {
        var words = Words();
        for (int at = Next(words, 0, isDark: true), end; at < dark.Length; at = Next(words, end, isDark: true))
        {
            end = Next(words, at, isDark: false); // in the same row: at its end lies the quiet zone
            yield return (at % Side, at / Side, end - at);
        }
    }

    private int[] Words()
    {
        var words = new int[(dark.Length + 31) / 32];
        dark.CopyTo(words, 0);
        return words;
    }

    /// <summary>The next dark or light module from one on; the end where there is none.</summary>
    private int Next(ReadOnlySpan<int> words, int from, bool isDark)
    {
        for (; from < dark.Length; from = (from | 31) + 1)
        {
            var left = (isDark ? words[from >> 5] : ~words[from >> 5]) & ~0 << from;
            if (left != 0) return Math.Min(dark.Length, (from & ~31) + BitOperations.TrailingZeroCount(left));
        }
        return dark.Length;
    }

    /// <summary>
    /// The edges of what is dark as closed lines of corners, for print: of rectangles side by side a viewer rounds each by itself, and
    /// light hairs show between them.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<(int X, int Y)>> Outlines => outlines ??= Trace();

    private List<List<(int, int)>>? outlines;

    private List<List<(int, int)>> Trace()
    {
        bool Dark(int x, int y) => x >= 0 && y >= 0 && x < Side && y < Side && IsDark(x, y);
        // An edge goes from a corner in one of four directions, right, down, left, up, what is dark on its right hand.
        var edges = new HashSet<(int X, int Y, int Way)>();
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                if (!IsDark(x, y)) continue;
                if (!Dark(x, y - 1)) edges.Add((x, y, 0));
                if (!Dark(x + 1, y)) edges.Add((x + 1, y, 1));
                if (!Dark(x, y + 1)) edges.Add((x + 1, y + 1, 2));
                if (!Dark(x - 1, y)) edges.Add((x, y + 1, 3));
            }
        var found = new List<List<(int, int)>>();
        foreach (var begin in edges.ToArray())
        {
            var (x, y, way) = begin;
            var corners = new List<(int, int)>();
            while (edges.Remove((x, y, way)))
            {
                (x, y) = (x + ways[way].X, y + ways[way].Y);
                // Where two dark modules touch at a corner each keeps an outline of its own: the turn to the right comes first.
                int[] turns = [(way + 1) % ways.Length, way, (way + ways.Length - 1) % ways.Length];
                var next = turns.FirstOrDefault(turn => edges.Contains((x, y, turn)), -1);
                if (next != way) corners.Add((x, y));
                if (next >= 0) way = next;
            }
            if (corners.Count > 0) found.Add(corners);
        }
        return found;
    }

    private static readonly (int X, int Y)[] ways = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    /// <summary>Writes the dark modules as one SVG path in units of a module, in ASCII.</summary>
    public void WritePath(IBufferWriter<byte> to)
    {
        const int LongestRun = 20; // M100 100h100v1h-100z
        var words = Words();
        for (int from = Next(words, 0, isDark: true), end; from < dark.Length; from = Next(words, end, isDark: true))
        {
            end = Next(words, from, isDark: false);
            var (y, x) = Math.DivRem(from, Side);
            var (begin, row, run) = (begins[x], numbers[y], runs[end - from]);
            var path = to.GetSpan(LongestRun);
            begin.CopyTo(path);
            row.CopyTo(path[begin.Length..]);
            run.CopyTo(path[(begin.Length + row.Length)..]);
            to.Advance(begin.Length + row.Length + run.Length);
        }
    }

    /// <summary>As far as the side of the largest code, version 40.</summary>
    private static readonly byte[][]
        numbers = [.. Numbers(number => number)],
        begins = [.. Numbers(x => $"M{x} ")],
        runs = [.. Numbers(run => $"h{run}v1h-{run}z")];

    private static IEnumerable<byte[]> Numbers(Func<string, string> text) => Enumerable.Range(0, LargestSide + 1)
        .Select(number => Encoding.ASCII.GetBytes(text(number.ToString(CultureInfo.InvariantCulture))));

    private const int LargestSide = 17 + 4 * 40 + 2 * QuietZone;
}
