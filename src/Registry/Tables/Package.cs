using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Registry.Tables;

/// <summary>How much a workbook may hold, so that a small file cannot become a large one.</summary>
/// <param name="Unpacked">Bytes of all its parts together.</param>
/// <param name="Texts">Bytes of the part with its texts, which are kept in memory.</param>
public sealed record WorkbookBounds(long Unpacked, long Texts)
{
    private const long Megabyte = 1 << 20;

    /// <summary>Of a list to check: 10,000 rows of forty columns are a quarter of it.</summary>
    public static readonly WorkbookBounds List = new(256 * Megabyte, 64 * Megabyte);
    /// <summary>Of an import that a body sends: 100,000 rows of fourteen columns, as LibreOffice writes them, are 233 MB, 164 of them
    /// texts.</summary>
    public static readonly WorkbookBounds Import = new(1024 * Megabyte, 512 * Megabyte);
    /// <summary>Of the operator's own file.</summary>
    public static readonly WorkbookBounds Own = new(64 * 1024 * Megabyte, 2048 * Megabyte);
}

/// <summary>The parts of a workbook file (ECMA-376 part 2: a ZIP archive of XML). Whatever its XML refers to outside of itself is never
/// fetched.</summary>
public sealed class Package : IDisposable
{
    private const int MaxParts = 10_000;
    private const int BufferBytes = 1 << 14;

    private readonly ZipArchive zip;
    private readonly Dictionary<string, ZipArchiveEntry> parts = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="stream">Can seek; stays open.</param>
    /// <param name="bounds">What it may hold. The sizes its directory tells are believed: no part gives more than it tells.</param>
    /// <exception cref="FaultException">It is no archive, a locked one, or too large.</exception>
    public Package(Stream stream, WorkbookBounds bounds)
    {
        stream.Position = 0;
        zip = Sound(() => new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true));
        var unpacked = 0L;
        foreach (var part in Sound(() => zip.Entries))
        {
            if (part.IsEncrypted) throw new FaultException(Refusal.WorkbookLocked);
            unpacked += part.Length;
            if (unpacked > bounds.Unpacked) throw new FaultException(Refusal.WorkbookTooLarge, "", bounds.Unpacked);
            parts.TryAdd(part.FullName.Replace('\\', '/').TrimStart('/'), part);
            if (parts.Count > MaxParts) throw Corrupt();
        }
    }

    /// <summary>Every part in the order of the file.</summary>
    public IReadOnlyCollection<ZipArchiveEntry> Parts => zip.Entries;

    public static FaultException Corrupt() => new(Refusal.WorkbookBroken);

    /// <summary>Does something with the content of a workbook; what is wrong with it is told as such.</summary>
    /// <exception cref="FaultException">It is broken.</exception>
    public static T Sound<T>(Func<T> read)
    {
        try { return read(); }
        catch (Exception error)
            when (error is InvalidDataException or XmlException or EndOfStreamException or OverflowException or FormatException)
        {
            throw Corrupt();
        }
    }

    public bool Has(string part) => parts.ContainsKey(part);

    /// <summary>Bytes that a part tells; 0 where there is none.</summary>
    public long SizeOf(string part) => parts.TryGetValue(part, out var entry) ? entry.Length : 0;

    /// <summary>The XML of a part, read as it goes; without what says nothing to a spreadsheet and may be of any length.</summary>
    /// <exception cref="FaultException">There is no such part.</exception>
    public XmlReader Read(string part, bool keepWhiteSpace = false)
    {
        if (!parts.TryGetValue(part, out var entry)) throw Corrupt();
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            CloseInput = true,
            IgnoreWhitespace = !keepWhiteSpace,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        return Sound(() => XmlReader.Create(TextOf(entry), settings));
    }

    /// <summary>All workbooks are UTF-8, whatever else XML could be in.</summary>
    private static StreamReader TextOf(ZipArchiveEntry entry) =>
        new(new MarkupStream(entry.Open()), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, BufferBytes);

    /// <summary>Relations of a part: their ids, kinds (the last part of the type) and the parts they lead to. Those that lead out of the
    /// file are left out.</summary>
    /// <param name="of">The part; empty for the package.</param>
    public List<(string Id, string Kind, string Part)> Relations(string of)
    {
        var folder = of[..(of.LastIndexOf('/') + 1)];
        var part = $"{folder}_rels/{of[folder.Length..]}.rels";
        var found = new List<(string, string, string)>();
        if (!Has(part)) return found;
        using var xml = Read(part);
        return Sound(() =>
        {
            while (xml.Read() && found.Count < MaxParts)
            {
                if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "Relationship") continue;
                if (xml.GetAttribute("TargetMode") == "External") continue;
                string Told(string attribute) => xml.GetAttribute(attribute) ?? "";
                var (id, type, target) = (Told("Id"), Told("Type"), Told("Target"));
                found.Add((id, type[(type.LastIndexOf('/') + 1)..], Resolve(folder, target)));
            }
            return found;
        });
    }

    private static string Resolve(string folder, string target)
    {
        target = target.Replace('\\', '/');
        var steps = new List<string>();
        foreach (var step in (target.StartsWith('/') ? target : folder + target).Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (step == ".." && steps.Count > 0) steps.RemoveAt(steps.Count - 1);
            else if (step is not ("." or "..")) steps.Add(step);
        return string.Join('/', steps);
    }

    public void Dispose() => zip.Dispose();

    /// <summary>Markup of workbooks, in which no text or tag is a megabyte long: a reader of XML keeps each in memory as a whole.</summary>
    private sealed class MarkupStream(Stream stream) : ReadOnceStream
    {
        private const int Longest = 1 << 20;

        private int since;
        private byte last, lastButOne;

        public override int Read(Span<byte> buffer)
        {
            var read = stream.Read(buffer);
            var found = buffer[..read];
            // Content that hides its ends from this count stands in CDATA, which no spreadsheet writes.
            var hidden = found.IndexOf("<!["u8) >= 0 || last == '<' && found is [(byte)'!', ..] || lastButOne == '<' && last == '!';
            var at = found.LastIndexOf((byte)'<');
            since = at >= 0 ? read - at : since + read;
            if (hidden || since > Longest) throw new InvalidDataException("The markup is no workbook's.");
            if (read > 1) (lastButOne, last) = (found[^2], found[^1]);
            else if (read == 1) (lastButOne, last) = (last, found[0]);
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        protected override void Dispose(bool disposing)
        {
            if (disposing) stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
