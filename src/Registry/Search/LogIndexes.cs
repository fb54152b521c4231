using System.Runtime.InteropServices;

namespace Registry.Search;

/// <summary>Log indexes of the certificates of a block by their places, ascending: in runs, because most certificates were issued right
/// after the one before.</summary>
public sealed class LogIndexes
{
    /// <summary>Bytes that a run takes at least.</summary>
    private const int RunBytes = 2;

    // Of each run its first place, and how far log indexes are ahead of places in it.
    private readonly List<ushort> starts;
    private readonly List<long> ahead;

    public LogIndexes() : this(0) { }

    private LogIndexes(int runs) => (starts, ahead) = (new(runs), new(runs));

    public int Count { get; private set; }

    public long this[int place]
    {
        get
        {
            var run = CollectionsMarshal.AsSpan(starts).BinarySearch((ushort)place);
            return place + ahead[run < 0 ? ~run - 1 : run];
        }
    }

    /// <summary>The next one, greater than the last.</summary>
    public void Add(long seq) => Add(seq, 1);

    private void Add(long first, int many)
    {
        if (Count == 0 || first != Count + ahead[^1])
        {
            starts.Add((ushort)Count);
            ahead.Add(first - Count);
        }
        Count += many;
    }

    /// <summary>The place of a log index; the complement of the place where it would stand when it is none of them.</summary>
    public int PlaceOf(long seq)
    {
        var run = 0;
        return PlaceOf(seq, ref run);
    }

    /// <inheritdoc cref="PlaceOf(long)"/>
    /// <param name="seq">The log index.</param>
    /// <param name="run">0 at first, and then, for a greater log index, as it was left: many are found in one walk.</param>
    public int PlaceOf(long seq, ref int run)
    {
        const int Steps = 32;
        // The first run that begins behind it.
        var (from, to) = (run, Math.Min(run + Steps, starts.Count));
        while (from < to && starts[from] + ahead[from] <= seq) from++;
        to = from < to ? from : starts.Count;
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (starts[middle] + ahead[middle] <= seq) from = middle + 1;
            else to = middle;
        }
        run = from;
        if (from == 0) return ~0;
        var (end, place) = (from < starts.Count ? starts[from] : Count, seq - ahead[from - 1]);
        return place < end ? (int)place : ~end;
    }

    /// <summary>Runs: the gap from the end of the run before (for the first, from 0), and the length less one, as integers of seven bits a
    /// byte.</summary>
    public static byte[] Write(ReadOnlySpan<long> seqs)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        var end = 0L;
        for (var i = 0; i < seqs.Length;)
        {
            var length = 1;
            while (i + length < seqs.Length && seqs[i + length] == seqs[i] + length) length++;
            writer.Write7BitEncodedInt64(seqs[i] - end);
            writer.Write7BitEncodedInt(length - 1);
            end = seqs[i] + length;
            i += length;
        }
        return bytes.ToArray();
    }

    /// <summary>Those of a whole block.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static LogIndexes Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var (read, next) = (new LogIndexes(bytes.Length / RunBytes), 0L);
        try
        {
            while (reader.BaseStream.Position < bytes.Length)
            {
                var (gap, others) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt());
                if (gap < 0 || others < 0 || others >= Facts.Size - read.Count || next > long.MaxValue - gap - Facts.Size)
                    throw Facts.Damaged();
                read.Add(next + gap, others + 1);
                next += gap + others + 1;
            }
        }
        catch (Exception damaged) when (damaged is EndOfStreamException or FormatException) { throw Facts.Damaged(); }
        return read.Count == Facts.Size ? read : throw Facts.Damaged();
    }
}
