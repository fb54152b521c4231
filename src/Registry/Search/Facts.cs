using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>What is counted and filtered by, of one certificate.</summary>
/// <param name="Issued">Days since <see cref="Facts.Epoch"/>.</param>
/// <param name="Expires">Days since <see cref="Facts.Epoch"/>.</param>
/// <param name="Word">Category, level, province and body: <see cref="FactWord"/>.</param>
public readonly record struct Fact(ushort Issued, ushort Expires, uint Word);

/// <summary>Four numbers in 32 bits. They are in files: their places never change.</summary>
public static class FactWord
{
    public const int BodyBits = 13, CategoryBits = 6, LevelBits = 6, ProvinceBits = 7;

    /// <summary>Of category and level together.</summary>
    public const int PairBits = CategoryBits + LevelBits;

    public const int MaxLevel = (1 << LevelBits) - 1;

    /// <param name="body">Its place in the order of admission.</param>
    /// <param name="category">Number of the catalogue.</param>
    /// <param name="level">Number of table level; 0 for none.</param>
    /// <param name="province">The first two digits of the region; 0 for none.</param>
    public static uint Of(long body, int category, int level, int province)
    {
        if (body >> BodyBits != 0 || category >> CategoryBits != 0 || level >> LevelBits != 0 || province >> ProvinceBits != 0)
            throw new InvalidDataException(
                $"The search index has no room for body {body}, category {category}, level {level} or province {province}.");
        var high = (uint)body << CategoryBits + LevelBits + ProvinceBits | (uint)category << LevelBits + ProvinceBits;
        return high | (uint)level << ProvinceBits | (uint)province;
    }

    public static int Body(uint word) => (int)(word >> CategoryBits + LevelBits + ProvinceBits);

    public static int Category(uint word) => (int)(word >> LevelBits + ProvinceBits) & (1 << CategoryBits) - 1;

    public static int Level(uint word) => (int)(word >> ProvinceBits) & MaxLevel;

    /// <summary>Category and level as they stand beside each other: the level in the low bits.</summary>
    public static int Pair(uint word) => (int)(word >> ProvinceBits) & (1 << PairBits) - 1;

    public static uint WithLevel(uint word, int level) => word & ~((uint)MaxLevel << ProvinceBits) | (uint)level << ProvinceBits;

    public static int Province(uint word) => (int)word & (1 << ProvinceBits) - 1;
}

/// <summary>How a certificate with acts reads from a day on, until that of its next: what the status and the level of any day follow
/// from.</summary>
/// <param name="Place">Of the certificate in its block.</param>
/// <param name="From">Days since <see cref="Facts.Epoch"/>; 0 for what it was issued as.</param>
/// <param name="Issued">As <see cref="Fact"/>.</param>
/// <param name="Expires">As <see cref="Fact"/>.</param>
/// <param name="Level">As <see cref="FactWord"/>.</param>
/// <param name="State">What stands against it: suspended, revoked, cancelled; valid for nothing.</param>
public readonly record struct Episode(ushort Place, ushort From, ushort Issued, ushort Expires, byte Level, Status State)
{
    private const int Bytes = 10;

    public static byte[] Write(IReadOnlyList<Episode> episodes)
    {
        var bytes = new byte[episodes.Count * Bytes];
        for (var i = 0; i < episodes.Count; i++)
        {
            var episode = episodes[i];
            var at = bytes.AsSpan(i * Bytes);
            BinaryPrimitives.WriteUInt16LittleEndian(at, episode.Place);
            BinaryPrimitives.WriteUInt16LittleEndian(at[2..], episode.From);
            BinaryPrimitives.WriteUInt16LittleEndian(at[4..], episode.Issued);
            BinaryPrimitives.WriteUInt16LittleEndian(at[6..], episode.Expires);
            (at[8], at[9]) = (episode.Level, (byte)episode.State);
        }
        return bytes;
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Episode[] Read(ReadOnlySpan<byte> bytes)
    {
        var episodes = new Episode[bytes.Length / Bytes];
        for (var i = 0; i < episodes.Length; i++)
        {
            var at = bytes.Slice(i * Bytes, Bytes);
            var place = BinaryPrimitives.ReadUInt16LittleEndian(at);
            if (place >= Facts.Size || at[9] > (byte)Status.Cancelled) throw Facts.Damaged();
            var (from, issued) = (BinaryPrimitives.ReadUInt16LittleEndian(at[2..]), BinaryPrimitives.ReadUInt16LittleEndian(at[4..]));
            episodes[i] = new(place, from, issued, BinaryPrimitives.ReadUInt16LittleEndian(at[6..]), Level: at[8], State: (Status)at[9]);
        }
        return bytes.Length % Bytes == 0 ? episodes : throw Facts.Damaged();
    }
}

/// <summary>Columns of a block of 4,096 neighbouring ordinals: the log index of each certificate, its days, its word, and the episodes of
/// those with acts.</summary>
public static class Facts
{
    public const int Log = 12, Size = 1 << Log;

    /// <summary>Days are counted from here in 16 bits, to the year 2169.</summary>
    public static readonly DateOnly Epoch = Day.Earliest;

    /// <summary>A day as a number; what lies beyond 16 bits is the last.</summary>
    public static ushort NumberOf(DateOnly day) => (ushort)Math.Clamp(day.DayNumber - Epoch.DayNumber, 0, ushort.MaxValue);

    public static InvalidDataException Damaged() =>
        new("A block of the search index is damaged: `registry rebuild` makes the index anew from the log.");

    /// <summary>Numbers as bytes, the lowest first.</summary>
    public static byte[] Write<T>(ReadOnlySpan<T> numbers) where T : unmanaged, IBinaryInteger<T>
    {
        var bytes = MemoryMarshal.AsBytes(numbers).ToArray();
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("The search index is written on little-endian machines.");
        return bytes;
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static T[] Read<T>(byte[] bytes) where T : unmanaged, IBinaryInteger<T> =>
        MemoryMarshal.Cast<byte, T>(bytes) is { Length: Size } numbers ? numbers.ToArray() : throw Damaged();
}
