using System.Globalization;
using ExcelDataReader;
using ExcelDataReader.Exceptions;

namespace Registry.Tables;

/// <summary>Workbooks of Excel 97 to 2003 (.xls), which ExcelDataReader reads. A sheet has 65,536 rows of 256 cells
/// at most. Cells that hold an error, such as #N/A, are given as blank ones.</summary>
public sealed class OldWorkbook : Workbook
{
    private static readonly byte[] locked = System.Text.Encoding.Unicode.GetBytes("EncryptedPackage");

    private readonly IExcelDataReader reader;
    private readonly List<Sheet> sheets = [];
    private readonly Dictionary<string, HashSet<int>> hidden = [];

    /// <inheritdoc cref="Workbook.Open"/>
    public OldWorkbook(Stream stream)
    {
        if (IsLocked(stream)) throw new FaultException(new Fault(Refusal.WorkbookLocked));
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

    /// <summary>Whether it is the wrapping of a newer workbook with a password ([MS-OFFCRYPTO] 2.3.4): its directory names what is
    /// locked.</summary>
    private static bool IsLocked(Stream stream)
    {
        var (buffer, kept) = (new byte[1 << 16], 0);
        stream.Position = 0;
        for (int read; (read = stream.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var held = buffer.AsSpan(0, kept + read);
            if (held.IndexOf(locked) >= 0) return true;
            kept = Math.Min(locked.Length, held.Length);
            held[^kept..].CopyTo(buffer);
        }
        return false;
    }

    /// <summary>The library tells what is wrong by many kinds of errors.</summary>
    private static T Sound<T>(Func<T> read)
    {
        try { return read(); }
        catch (InvalidPasswordException) { throw new FaultException(new Fault(Refusal.WorkbookLocked)); }
        catch (HeaderException) { throw new FaultException(new Fault(Refusal.Workbook)); }
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
        return new(reader.Depth + 1, cells, TableRow.Joined(cells)) { IsHidden = reader.RowHeight == 0, Numbers = numbers };
    }

    private string Shown(object? value, int column) => value switch
    {
        null => "",
        DateTime instant => CellFormats.Day(instant),
        double number => CellFormats.Shown(number, reader.GetNumberFormatString(column)),
        bool flag => flag ? "TRUE" : "FALSE",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    public override void Dispose() => reader.Dispose();
}
