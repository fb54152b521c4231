using System.Buffers.Binary;
using System.Globalization;
using ExcelDataReader;
using ExcelDataReader.Exceptions;

namespace Registry.Tables;

/// <summary>Workbooks of Excel 97 to 2003 (.xls), which ExcelDataReader reads. A sheet has 65,536 rows of 256 cells at most.</summary>
public sealed class OldWorkbook : Workbook
{
    private static readonly byte[] locked = System.Text.Encoding.Unicode.GetBytes("EncryptedPackage");

    /// <summary>Errors that cells hold ([MS-XLS] 2.5.10), by their codes.</summary>
    private static readonly Dictionary<byte, string> errorNames = new()
    {
        [0x00] = "#NULL!",
        [0x07] = "#DIV/0!",
        [0x0F] = "#VALUE!",
        [0x17] = "#REF!",
        [0x1D] = "#NAME?",
        [0x24] = "#NUM!",
        [0x2A] = "#N/A",
    };

    private readonly IExcelDataReader reader;
    private readonly Dictionary<(int Row, int Column), string> errors = [];
    private readonly List<Sheet> sheets = [];
    private readonly Dictionary<string, HashSet<int>> hidden = [];

    /// <inheritdoc cref="Workbook.Open"/>
    public OldWorkbook(Stream stream)
    {
        Scan(stream);
        CheckHeader(stream);
        stream.Position = 0;
        System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance);
        reader = Sound(() => ExcelReaderFactory.CreateBinaryReader(stream, new() { LeaveOpen = true }));
        Sound(() =>
        {
            do sheets.Add(new(reader.Name, reader.VisibleState != "visible", sheets.Count.ToString(CultureInfo.InvariantCulture)));
            while (reader.NextResult());
            return true;
        });
    }

    public override IReadOnlyList<Sheet> Sheets => sheets;

    /// <summary>Sizes and counts of the header ([MS-CFB] 2.2). The library goes by them whatever the length of the file: a table of sectors
    /// that names itself filled the memory in two minutes, from four kilobytes.</summary>
    /// <exception cref="FaultException">It has no such header, or cannot hold so many.</exception>
    private static void CheckHeader(Stream stream)
    {
        const int Length = 76, SectorShift = 30, MiniSectorShift = 32, Tables = 44, MiniTables = 64, TablesOfTables = 72;
        var header = new byte[Length];
        stream.Position = 0;
        if (stream.ReadAtLeast(header, Length, throwOnEndOfStream: false) < Length) throw new FaultException(Refusal.Workbook);
        uint Count(int at) => BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(at));
        int Power(int at) => BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(at));
        var shift = Power(SectorShift);
        if (shift is not (9 or 12) || Power(MiniSectorShift) != 6) throw new FaultException(Refusal.Workbook);
        // Four bytes a sector; one more for what is rounded up.
        var (sectors, named) = ((stream.Length >> shift) + 1, 1L << shift - 2);
        var tables = sectors / named + 1;
        if (Count(Tables) > tables || Count(MiniTables) > sectors || Count(TablesOfTables) > tables / named + 1) throw Package.Corrupt();
    }

    /// <summary>Looks at its bytes for what the library does not tell: the wrapping of a newer workbook with a password
    /// ([MS-OFFCRYPTO] 2.3.4), whose directory names what is locked, and cells that hold an error, which it gives as blank ones. A cell
    /// that is blank and one that was asked and could not be computed are not the same.</summary>
    /// <exception cref="FaultException">It is locked.</exception>
    private void Scan(Stream stream)
    {
        var (buffer, kept) = (new byte[1 << 16], 0);
        stream.Position = 0;
        for (int read; (read = stream.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var held = buffer.AsSpan(0, kept + read);
            if (held.IndexOf(locked) >= 0) throw new FaultException(Refusal.WorkbookLocked);
            for (var at = 0; at + ErrorRecord <= held.Length; at++) NoteError(held.Slice(at, ErrorRecord));
            kept = Math.Min(locked.Length, held.Length);
            held[^kept..].CopyTo(buffer);
        }
    }

    /// <summary>Bytes by which a record is told to hold an error: kind and length, row, column and format, then what the cell
    /// holds.</summary>
    private const int ErrorRecord = 18;
    private const int MaxErrors = 1 << 20;

    /// <summary>Of which sheet it is does not show: a blank cell in the place of another sheet's error is taken for one too.</summary>
    private void NoteError(ReadOnlySpan<byte> record)
    {
        // BoolErr ([MS-XLS] 2.4.24), and the last result of a Formula (2.4.127, 2.5.133).
        byte? code = record is [0x05, 0x02, 8, 0, _, _, _, _, _, _, var constant, 1, ..] ? constant
            : record is [0x06, 0, _, < 0x21, _, _, _, _, _, _, 2, _, var result, _, _, _, 0xFF, 0xFF] ? result : null;
        if (code is not { } known || !errorNames.TryGetValue(known, out var name)) return;
        if (errors.Count == MaxErrors) throw Package.Corrupt();
        errors[(record[4] | record[5] << 8, record[6] | record[7] << 8)] = name;
    }

    /// <summary>The library tells what is wrong by many kinds of errors.</summary>
    private static T Sound<T>(Func<T> read)
    {
        try { return read(); }
        catch (InvalidPasswordException) { throw new FaultException(Refusal.WorkbookLocked); }
        catch (HeaderException) { throw new FaultException(Refusal.Workbook); }
        catch (Exception error) when (error is not (FaultException or OutOfMemoryException)) { throw Package.Corrupt(); }
    }

    public override bool IsHidden(Sheet sheet, int column)
    {
        if (hidden.TryGetValue(sheet.Part, out var known)) return known.Contains(column);
        hidden[sheet.Part] = known = [];
        Sound(() => Begin(sheet));
        for (var i = 0; i < Math.Min(reader.FieldCount, MaxCells); i++)
            if (reader.GetColumnWidth(i) == 0) known.Add(i);
        return known.Contains(column);
    }

    public override IEnumerable<TableRow> Rows(Sheet sheet)
    {
        Sound(() => Begin(sheet));
        var merges = (reader.MergeCells ?? []).Take(MaxMerges)
            .Select(merge => new Merge(merge.FromRow + 1, merge.ToRow + 1, merge.FromColumn, merge.ToColumn)).ToArray();
        foreach (var row in Filled(Cells(), merges)) yield return row;
    }

    private bool Begin(Sheet sheet)
    {
        reader.Reset();
        for (var place = int.Parse(sheet.Part, CultureInfo.InvariantCulture); place > 0; place--) reader.NextResult();
        return true;
    }

    private IEnumerable<TableRow> Cells()
    {
        while (Sound(Next) is { } row) yield return row;
    }

    private TableRow? Next()
    {
        if (!reader.Read()) return null;
        var (cells, numbers) = (new string[Math.Min(reader.FieldCount, MaxCells)], 0UL);
        for (var i = 0; i < cells.Length; i++)
        {
            var value = reader.GetValue(i);
            cells[i] = Shown(value, i);
            if (value is double && i < 64) numbers |= 1UL << i;
        }
        return new(reader.Depth + 1, cells, Stood: null) { IsHidden = reader.RowHeight == 0, Numbers = numbers };
    }

    private string Shown(object? value, int column) => value switch
    {
        null => errors.GetValueOrDefault((reader.Depth, column), ""),
        DateTime instant => CellFormats.Day(instant),
        double number => CellFormats.Shown(number, reader.GetNumberFormatString(column)),
        bool flag => flag ? "TRUE" : "FALSE",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    public override void Dispose() => reader.Dispose();
}
