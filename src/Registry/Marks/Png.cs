using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Registry.Marks;

/// <summary>Square black-and-white PNG images that say their resolution, which printing programs take the size from.</summary>
public static class Png
{
    private static readonly byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="side">Pixels from side to side.</param>
    /// <param name="dpi">Pixels per inch.</param>
    /// <param name="row">The packed pixels of a row: the leftmost is the highest bit, and one is white.</param>
    public static byte[] Encode(int side, int dpi, Func<int, byte[]> row)
    {
        using var png = new MemoryStream();
        png.Write(signature);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], side);
        header[8] = 1; // bit a pixel; the rest zero: greyscale, deflate, no interlacing
        Chunk(png, "IHDR"u8, header);

        Span<byte> resolution = stackalloc byte[9];
        var perMetre = (int)Math.Round(dpi / 0.0254);
        BinaryPrimitives.WriteInt32BigEndian(resolution, perMetre);
        BinaryPrimitives.WriteInt32BigEndian(resolution[4..], perMetre);
        resolution[8] = 1; // the unit is the metre
        Chunk(png, "pHYs"u8, resolution);

        using var pixels = new MemoryStream();
        using (var deflate = new ZLibStream(pixels, CompressionLevel.Optimal, leaveOpen: true))
            for (var y = 0; y < side; y++)
            {
                deflate.WriteByte(0); // no filter
                deflate.Write(row(y));
            }
        Chunk(png, "IDAT"u8, pixels.GetBuffer().AsSpan(0, (int)pixels.Length));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        var check = new Crc32();
        check.Append(type);
        check.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, check.GetCurrentHashAsUInt32());
        png.Write(number);
    }
}
