using System.Text;

namespace Registry.Tables;

/// <summary>Cells of many lines that wait in a temporary file until their line's turn comes: of a long list none is held.</summary>
public sealed class WaitingCells : IDisposable
{
    private const int BufferBytes = 1 << 14;

    private readonly BufferedStream file = new(KeptFile.New(), BufferBytes);
    private readonly BinaryWriter writer;
    private readonly BinaryReader reader;
    private int last, next;
    private bool isRead;

    public WaitingCells() =>
        (writer, reader) = (new(file, Encoding.UTF8, leaveOpen: true), new(file, Encoding.UTF8, leaveOpen: true));

    /// <summary>Adds the cells of a line, from 1, that comes after all before it. After the first question none can be added.</summary>
    public void Add(int line, ReadOnlySpan<ShownCell> cells)
    {
        if (line <= last || isRead) throw new InvalidOperationException($"Line {line} comes too late.");
        last = line;
        writer.Write7BitEncodedInt(line);
        writer.Write7BitEncodedInt(cells.Length);
        foreach (var cell in cells)
        {
            writer.Write((byte)cell.Tone);
            writer.Write(cell.Text ?? "");
        }
    }

    /// <summary>The cells of a line; null where there are none. Each line is asked for once, in their order.</summary>
    public ShownCell[]? Of(int line)
    {
        if (!isRead) Begin();
        while (next < line) Take();
        return next == line ? Take() : null;
    }

    private void Begin()
    {
        isRead = true;
        writer.Write7BitEncodedInt(int.MaxValue);
        writer.Flush();
        file.Position = 0;
        next = reader.Read7BitEncodedInt();
    }

    private ShownCell[] Take()
    {
        var cells = new ShownCell[reader.Read7BitEncodedInt()];
        foreach (ref var cell in cells.AsSpan())
        {
            var tone = (Tone)reader.ReadByte();
            cell = new(reader.ReadString(), tone);
        }
        next = reader.Read7BitEncodedInt();
        return cells;
    }

    public void Dispose() => file.Dispose();
}
