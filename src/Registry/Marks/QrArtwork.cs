using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using QRCoder;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>
/// The QR of a mark, in print sizes. The address is upper case, so that it is encoded alphanumerically and stays small; the quiet zone of
/// four modules is part of the size.
/// </summary>
public sealed class QrArtwork
{
    /// <summary>GS1's smallest module.</summary>
    public const double MinModule = 0.396;
    public const double MaxSize = 2000, DefaultSize = 30;
    public const int MinDpi = 150, MaxDpi = 2400, DefaultDpi = 300, MaxPixels = 12_000;

    private readonly bool[,] dark;

    /// <param name="address">What the QR opens.</param>
    /// <param name="errorCorrection">L, M, Q or H: up to 7, 15, 25 or 30 % of it may be lost.</param>
    public QrArtwork(string address, char errorCorrection)
    {
        var level = errorCorrection switch { 'L' => QRCodeGenerator.ECCLevel.L, 'M' => QRCodeGenerator.ECCLevel.M, 'Q' => QRCodeGenerator.ECCLevel.Q, 'H' => QRCodeGenerator.ECCLevel.H, _ => throw new ArgumentOutOfRangeException(nameof(errorCorrection)) };
        using var data = QRCodeGenerator.GenerateQrCode(address.ToUpperInvariant(), level);
        Modules = data.ModuleMatrix.Count;
        dark = new bool[Modules, Modules];
        for (var y = 0; y < Modules; y++)
            for (var x = 0; x < Modules; x++) dark[y, x] = data.ModuleMatrix[y][x];
    }

    /// <summary>Modules a side, the quiet zone of four on each side included.</summary>
    public int Modules { get; }

    /// <summary>The smallest side in millimetres.</summary>
    public double MinSize => Math.Ceiling(Modules * MinModule * 10) / 10;

    /// <summary>An SVG of exactly that many millimetres.</summary>
    public string Svg(double millimetres, string title)
    {
        var path = new StringBuilder();
        for (var y = 0; y < Modules; y++)
            for (var x = 0; x < Modules; x++)
            {
                var start = x;
                while (x < Modules && dark[y, x]) x++;
                if (x > start) path.Append(CultureInfo.InvariantCulture, $"M{start} {y}h{x - start}v1h-{x - start}z");
            }
        var size = millimetres.ToString("0.###", CultureInfo.InvariantCulture);
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" viewBox="0 0 {Modules} {Modules}" shape-rendering="crispEdges" role="img"><title>{System.Net.WebUtility.HtmlEncode(title)}</title><path fill="#fff" d="M0 0h{Modules}v{Modules}H0z"/><path d="{path}"/></svg>
            """;
    }

    /// <summary>Pixels a side at a resolution: a module is a whole number of printer dots, the greatest that keeps within the size, and never
    /// below the smallest module.</summary>
    public int Pixels(double millimetres, int dpi) =>
        Modules * Math.Max((int)Math.Ceiling(MinModule / 25.4 * dpi - 1e-9), (int)(millimetres / 25.4 * dpi / Modules + 1e-9));

    /// <summary>A black and white PNG with its resolution, so that it prints at its size.</summary>
    public byte[] Png(double millimetres, int dpi)
    {
        var side = Pixels(millimetres, dpi);
        var scale = side / Modules;
        using var raw = new MemoryStream();
        using (var zlib = new ZLibStream(raw, CompressionLevel.Optimal, leaveOpen: true))
        {
            var row = new byte[1 + (side + 7) / 8];
            for (var y = 0; y < Modules; y++)
            {
                Array.Fill(row, (byte)0xFF, 1, row.Length - 1);
                for (var x = 0; x < side; x++)
                    if (dark[y, x / scale]) row[1 + x / 8] &= (byte)~(0x80 >> (x % 8));
                for (var i = 0; i < scale; i++) zlib.Write(row);
            }
        }
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        header[8] = 1; // one bit a pixel, grey
        Chunk(png, "IHDR", header);
        var density = new byte[9];
        var perMetre = (int)Math.Round(dpi / 0.0254);
        BinaryPrimitives.WriteInt32BigEndian(density, perMetre);
        BinaryPrimitives.WriteInt32BigEndian(density.AsSpan(4), perMetre);
        density[8] = 1;
        Chunk(png, "pHYs", density);
        Chunk(png, "IDAT", raw.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, string type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(body));
        png.Write(number);
    }
}
