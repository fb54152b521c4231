namespace Registry.Search;

/// <summary>One tile of the search index: a power of two of neighbouring ordinals. (Tiles of the log are
/// <see cref="Transparency.Tile"/>.)</summary>
/// <param name="Log">Of their number: 14, 17 or 20.</param>
/// <param name="Index">Counts tiles of that size, from the oldest certificates on.</param>
public readonly record struct IndexTile(int Log, long Index)
{
    /// <summary>Bits of a term in a key; above them stands the tile.</summary>
    private const int TermBits = 48;

    /// <summary>Tiles of one size that are there at one time lie close together: these bits of their index tell them apart.</summary>
    private const int IndexBits = 13;

    /// <summary>The first ordinal.</summary>
    public long From => Index << Log;

    public int Size => 1 << Log;

    /// <summary>Key of a term's container in this tile. The rows of a tile stand together, in the order of the terms.</summary>
    public long Key(long term) => ((long)((Log - Tiles.Small) / Tiles.Step) << IndexBits | Index & (1 << IndexBits) - 1) << TermBits | term;

    /// <summary>Behind every key of this tile.</summary>
    public long End => Key(0) + (1L << TermBits);

    /// <summary>The term of a key.</summary>
    public static long TermOf(long key) => key & (1L << TermBits) - 1;

    /// <summary>The tile of the next smaller size at a place among the eight that this one is merged from.</summary>
    public IndexTile Part(int place) => new(Log - Tiles.Step, (Index << Tiles.Step) + place);
}

/// <summary>What is done to a tile as certificates come in: it is written from their terms, merged from eight smaller ones, or these are
/// deleted.</summary>
public enum TileWork { Seal, Merge, DropParts }

/// <summary>A slice of a work.</summary>
public readonly record struct TileSlice(TileWork Work, IndexTile Tile, int Slice, int Slices)
{
    public bool IsFirst => Slice == 0;
    public bool IsLast => Slice == Slices - 1;
}

/// <summary>
/// Which tiles can be read and what there is to do: both follow from the number of certificates alone, so every copy of a log has the same
/// tiles. A small tile is written while the next fills; eight of a size are merged into one of the next as soon as they are there, and
/// deleted after it. Each work is done in slices, one after every 256 certificates, so that no post waits for more than some milliseconds.
/// </summary>
public static class Tiles
{
    public const int Small = 14, Step = 3, Large = 20, Merged = 1 << Step;

    /// <summary>Certificates from one slice to the next.</summary>
    public const int Interval = 256;

    /// <summary>Slices in a window: the time in which a small tile fills.</summary>
    private const int PerWindow = (1 << Small) / Interval;

    public static readonly int[] Sizes = [Large, Small + Step, Small];

    /// <summary>Windows that writing a tile takes: many where there is much to do.</summary>
    private static int Takes(int log) => log == Large ? Merged : 1;

    /// <summary>Windows from the last certificate of a tile until it can be read: its parts have to be there first, and then it is
    /// made.</summary>
    private static int Delay(int log) => log == Small ? Takes(log) : Delay(log - Step) + Takes(log);

    private static int WindowsOf(int log) => 1 << log - Small;

    /// <summary>How many tiles of a size can be read, or could before they were merged, when there are so many certificates.</summary>
    public static long Ready(int log, long certificates) => Math.Max(0, ((certificates >> Small) - Delay(log)) / WindowsOf(log));

    /// <summary>The tiles to read, the oldest first; the certificates from the end of the last on are in none yet.</summary>
    public static List<IndexTile> Of(long certificates)
    {
        var tiles = new List<IndexTile>();
        var next = 0L;
        foreach (var log in Sizes)
            for (; next + (1 << log) <= Ready(log, certificates) << log; next += 1 << log) tiles.Add(new(log, next >> log));
        return tiles;
    }

    /// <summary>Certificates that are in tiles to read.</summary>
    public static long Sealed(long certificates) => Ready(Small, certificates) << Small;

    /// <summary>What is to be done when there are so many certificates: a multiple of <see cref="Interval"/>.</summary>
    public static IEnumerable<TileSlice> Due(long certificates)
    {
        var (window, slice) = Math.DivRem(certificates / Interval - 1, PerWindow);
        foreach (var log in Sizes)
        {
            var takes = Takes(log);
            if (At(Delay(log) - takes) is var (made, after)) yield return Slice(log == Small ? TileWork.Seal : TileWork.Merge, made, after);
            if (log != Small && At(Delay(log)) is var (ready, since)) yield return Slice(TileWork.DropParts, ready, since);

            TileSlice Slice(TileWork work, IndexTile tile, long windows) =>
                new(work, tile, (int)(windows * PerWindow + slice), takes * PerWindow);

            // The tile whose last certificate came in so many windows ago, or a little more: as long as a work takes.
            (IndexTile, long)? At(long ago)
            {
                var (index, windows) = Math.DivRem(window - ago - WindowsOf(log), WindowsOf(log));
                return window >= ago + WindowsOf(log) && windows < takes ? (new IndexTile(log, index), windows) : null;
            }
        }
    }
}
