using System.IO.Compression;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>One row of a file as it was sent: its number from 1 below the header, and how it stands in the file.</summary>
public sealed record SentRow(int Row, TableRow Source);

/// <summary>A file of rows that can be read again: a table with a header, or lines of JSON.</summary>
public sealed class ImportFile
{
    /// <summary>Headings a row must name to be taken for the header.</summary>
    private const int LeastHeadings = 2;
    private const int EchoedHeadings = 12;

    private readonly TextFile text;
    private readonly bool[] ignored;
    private readonly int number = -1, replaces = -1, id = -1, body = -1;

    private ImportFile(TextFile text, TableHeader? header, bool[] ignored)
    {
        (this.text, Header, this.ignored) = (text, header, ignored);
        if (header is not null) (number, replaces, id, body) = (header.IndexOf("/number"), header.IndexOf("/replaces"), header.IndexOf("/code"), header.IndexOf("/body"));
    }

    /// <summary>Null for lines of JSON.</summary>
    public TableHeader? Header { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="stream">Can seek; stays open while the file is read.</param>
    /// <param name="ignore">Headings of columns that are to be left out.</param>
    /// <param name="isJson">Lines of JSON; left out, whether it begins with a brace.</param>
    /// <exception cref="FaultException">It is a workbook, or its header is not found, lacks columns, or has unknown or repeated ones. Nothing was recorded.</exception>
    public static ImportFile Open(Stream stream, IReadOnlyCollection<string> ignore, bool? isJson = null)
    {
        if (TextFile.IsWorkbook(stream)) throw new FaultException(new Fault(Refusal.Workbook));
        var text = new TextFile(stream);
        if (isJson ?? text.Lines().FirstOrDefault(line => !string.IsNullOrWhiteSpace(line.Text)).Text?.TrimStart() is ['{', ..]) return new(text, null, []);
        var (header, rows, _) = TableHeader.Read(text.Lines(), ColumnUse.Import, LeastHeadings, ',');
        if (header is null) throw new FaultException(new Fault(Refusal.HeaderNotFound, "", text.EncodingName, Beginning(rows)));
        return new(text, header, Check(header, [.. ignore.Select(Columns.Normalise)], text.EncodingName));
    }

    /// <summary>Every row from the first; blank ones, and the header where it is repeated, are none.</summary>
    public IEnumerable<SentRow> Rows()
    {
        var number = 0;
        if (Header is null)
        {
            foreach (var line in text.Lines())
                if (!string.IsNullOrWhiteSpace(line.Text)) yield return new(++number, new(line.Number, [], line.Text, line.Fault));
            yield break;
        }
        foreach (var row in TableHeader.Read(text.Lines(), ColumnUse.Import, LeastHeadings, ',').Rows)
            if (!row.IsBlank && !IsHeader(row)) yield return new(++number, row);
    }

    /// <summary>Reads a row: the number it states and what it asks for, or all that is wrong with it.</summary>
    public ImportRow Read(SentRow row, DateOnly today) => Header is { } header ? ImportRows.FromCells(header, ignored, row.Source, today) : ImportRows.FromJson(row.Source, today);

    /// <summary>What a row says of itself without being read as a whole: number, what it replaces, its id where it has one, and its body.</summary>
    public (string? Number, string? Replaces, string? Id, string? Body) NamesOf(SentRow row)
    {
        if (Header is null) return Exported.Names(row.Source.Text);
        string? Cell(int column) => column >= 0 && !ignored[column] && Cells.Read(row.Source.Cell(column)) is { Length: > 0 } text ? text : null;
        return (Cell(number), Cell(replaces), Cell(id), Cell(body));
    }

    /// <summary>Whether rows say something about the place of a pointer: a table does where it has the column.</summary>
    public bool States(string pointer) => Header is null || Header.IndexOf(pointer) is >= 0 and var column && !ignored[column];

    /// <summary>What the file calls the place of a fault: its own heading, else the column's name; of lines of JSON the pointer.</summary>
    public string NameOf(string pointer, Language language)
    {
        if (Header is null || pointer.Length == 0) return pointer;
        if (pointer == "/effectiveOn") pointer = ((string[])["/statusOn", "/revokedOn", "/suspendedOn", "/cancelledOn"]).FirstOrDefault(States) ?? "/statusOn";
        var column = Columns.At(pointer.StartsWith("/sites/", StringComparison.Ordinal) ? "/sites" : pointer);
        return column is null ? pointer : Header.IndexOf(column.Pointer) is >= 0 and var at ? Header.Names[at].Trim() : column.Name[language];
    }

    private bool IsHeader(TableRow row) => row.Cells.Length >= Header!.Names.Length && row.Cells[0] == Header.Names[0] && row.Cells.AsSpan(0, Header.Names.Length).SequenceEqual(Header.Names);

    private static bool[] Check(TableHeader header, HashSet<string> ignore, string encoding)
    {
        var ignored = header.Names.Select(name => ignore.Contains(Columns.Normalise(name))).ToArray();
        var used = header.Columns.Select((column, i) => (Column: column, Name: header.Names[i], Ignored: ignored[i])).Where(c => !c.Ignored).ToList();
        var faults = new List<Fault>();
        var repeated = used.Where(c => c.Column?.Is(ColumnUse.Import) == true).GroupBy(c => c.Column).Where(group => group.Count() > 1).ToList();
        if (repeated.Count > 0) faults.Add(new(Refusal.RepeatedColumns, "", header.Line, Listed(repeated.Select(group => string.Join(" = ", group.Select(c => c.Name.Trim()))))));
        var unknown = used.Where(c => c.Column is null && !string.IsNullOrWhiteSpace(c.Name)).Select(c => c.Name.Trim()).ToList();
        if (unknown.Count > 0) faults.Add(new(Refusal.UnknownColumns, "", header.Line, Listed(unknown)));
        var missing = Columns.All.Where(column => column.Is(ColumnUse.Needed) && used.All(c => c.Column != column)).ToList();
        if (missing.Count > 0)
            faults.Add(new(Refusal.MissingColumns, "", header.Line, new Text(Listed(missing.Select(c => c.Name.Zh)), string.Join(", ", missing.Select(c => $"{c.Name.En} ({c.Name.Zh})"))), Listed(header.Names.Select(n => n.Trim())), encoding));
        return faults.Count == 0 ? ignored : throw new FaultException(faults);
    }

    private static string Listed(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join("、", all.Take(EchoedHeadings).Select(PlainText.Echo)) + (all.Count > EchoedHeadings ? "…" : "");
    }

    /// <summary>What was read where no header was found.</summary>
    private static string Beginning(IEnumerable<TableRow> rows) => string.Join(" / ", rows.Where(row => !row.IsBlank).Take(3).Select(row => $"“{PlainText.Echo(row.Text)}”"));

    /// <summary>Keeps what is sent in a temporary file, unpacked where it is gzip, so that it can be read twice; nobody else can open it, and it goes with its stream.</summary>
    /// <exception cref="FaultException">There is more than <paramref name="maxBytes"/>, or it claims to be gzip and is not.</exception>
    public static async Task<Stream> Keep(Stream sent, long maxBytes, CancellationToken cancel)
    {
        var kept = Temporary();
        try
        {
            await Copy(sent, kept, maxBytes, cancel);
            if (!TextFile.IsGzip(kept)) return kept;
            var unpacked = await Unpack(kept, maxBytes, cancel);
            await kept.DisposeAsync();
            return kept = unpacked;
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }

    /// <summary>The content of a file in gzip, as <see cref="Keep"/> keeps it.</summary>
    public static async Task<FileStream> Unpack(Stream packed, long maxBytes, CancellationToken cancel)
    {
        var unpacked = Temporary();
        try
        {
            await using var gzip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
            await Copy(gzip, unpacked, maxBytes, cancel);
            return unpacked;
        }
        catch (Exception error)
        {
            await unpacked.DisposeAsync();
            if (error is InvalidDataException) throw new FaultException(new Fault(Refusal.BadRequest));
            throw;
        }
    }

    private static async Task Copy(Stream from, FileStream to, long maxBytes, CancellationToken cancel)
    {
        var buffer = new byte[1 << 16];
        long all = 0;
        for (int read; (read = await from.ReadAsync(buffer, cancel)) > 0;)
        {
            if ((all += read) > maxBytes) throw new FaultException(new Fault(Refusal.TooLarge, "", maxBytes));
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
        to.Position = 0;
    }

    /// <summary>A new file that only this user may read and that is gone when it is closed.</summary>
    public static FileStream Temporary()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(Path.Combine(Path.GetTempPath(), $"registry-{Guid.NewGuid():N}"), options);
    }
}
