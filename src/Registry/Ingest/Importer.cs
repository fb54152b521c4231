using System.Text;
using Registry.Certificates;
using Sylvan.Data.Csv;

namespace Registry.Ingest;

/// <summary>How many rows came and what became of them.</summary>
public sealed record ImportSummary(int Rows, int Recorded, int Already, int Rejected);

/// <summary>
/// Records many rows from one stream, each decided by itself: a bad row never takes a good one with it. Rows are committed by the
/// hundred; a result is given only after its commit.
/// </summary>
public sealed class Importer(Database database, TimeProvider time, string body, bool dryRun, Language language)
{
    public const int MaxRows = 100_000, MaxBytes = 64 << 20;
    private const int Together = 200, MaxCell = 8192;

    private readonly List<(int Row, ImportRow? Row1, FaultException? Fault)> waiting = [];
    private int rows, recorded, already, rejected;

    public ImportSummary Summary => new(rows, recorded, already, rejected);

    /// <exception cref="FaultException">The header lacks a necessary column. Nothing was recorded.</exception>
    public async IAsyncEnumerable<RowResult> Csv(Stream stream)
    {
        using var text = Reader(stream);
        CsvDataReader csv;
        try { csv = await CsvDataReader.CreateAsync(text, new CsvDataReaderOptions { MaxBufferSize = 1 << 20, BufferSize = 1 << 16, HasHeaders = false }); }
        catch (CsvFormatException) { throw new FaultException(new Fault(Refusal.BadRequest)); }
        await using var _ = csv;
        if (!await csv.ReadAsync()) throw new FaultException(new Fault(Refusal.UnknownColumns, "", "证书编号"));
        var header = ImportRows.Header(Enumerable.Range(0, csv.RowFieldCount).Select(csv.GetString));
        while (await csv.ReadAsync())
        {
            if (Enumerable.Range(0, csv.RowFieldCount).All(i => csv.GetString(i).Length == 0)) continue;
            Read(today => ImportRows.FromCells(header, i => i < csv.RowFieldCount && csv.GetString(i) is { Length: <= MaxCell } cell ? cell : i < csv.RowFieldCount ? new string('x', MaxCell) : "", today));
            if (waiting.Count == Together)
                foreach (var result in await Commit()) yield return result;
        }
        foreach (var result in await Commit()) yield return result;
    }

    public async IAsyncEnumerable<RowResult> Ndjson(Stream stream)
    {
        using var text = new StreamReader(stream, Encoding.UTF8);
        while (await text.ReadLineAsync() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            Read(today => line.Length <= Http.Json.MaxAct ? ImportRows.FromJson(Encoding.UTF8.GetBytes(line), today) : throw new FaultException(new Fault(Refusal.TooLarge, "", Http.Json.MaxAct)));
            if (waiting.Count == Together)
                foreach (var result in await Commit()) yield return result;
        }
        foreach (var result in await Commit()) yield return result;
    }

    private void Read(Func<DateOnly, ImportRow> read)
    {
        if (++rows > MaxRows) throw new FaultException(new Fault(Refusal.TooManyRows, "", MaxRows));
        try { waiting.Add((rows, read(Day.Of(time.GetUtcNow())), null)); }
        catch (FaultException fault) { waiting.Add((rows, null, fault)); }
    }

    private async Task<List<RowResult>> Commit()
    {
        var results = waiting.Count == 0 ? [] : await database.WriteAsync(transaction => waiting.Select(row => Record(transaction, row)).ToList());
        waiting.Clear();
        foreach (var result in results)
            if (result.Result == "recorded") recorded++;
            else if (result.Result == "already") already++;
            else rejected++;
        return results;
    }

    /// <summary>A row's acts hold together: two of them under a savepoint, undone as one when the second is refused, and always in a dry run.</summary>
    private RowResult Record(Transaction transaction, (int Row, ImportRow? Read, FaultException? Fault) row)
    {
        if (row.Fault is not null) return Rejected(row.Row, null, row.Fault);
        var number = row.Read!.Content.Number;
        try
        {
            // A single act is refused before anything is changed.
            return dryRun || row.Read.Then is not null ? transaction.Attempt(Acts, keep: !dryRun) : Acts();
        }
        catch (FaultException fault) { return Rejected(row.Row, number, fault); }

        RowResult Acts()
        {
            var issued = Publisher.Issue(transaction, body, row.Read.Content);
            var fresh = issued.New;
            if (row.Read.Then is { } then && !Stands(transaction, issued.Id, then(body, issued.Id, default)))
                fresh |= Publisher.Amend(transaction, then(body, issued.Id, default)).New;
            return new RowResult(row.Row, fresh ? "recorded" : "already", number, issued.Id, null);
        }
    }

    /// <summary>Whether the certificate already is what the act would make it: a list sent again changes nothing.</summary>
    private static bool Stands(Transaction transaction, string id, Amendment amendment)
    {
        var certificate = CertificateStore.Find(transaction.Connection, id)!.Certificate;
        return amendment switch
        {
            Suspend => certificate.Ending is null && certificate.Suspensions.Length > 0,
            Revoke => certificate.Ending?.As == Status.Revoked,
            Cancel => certificate.Ending?.As == Status.Cancelled,
            _ => false,
        };
    }

    private RowResult Rejected(int row, string? number, FaultException fault) =>
        new(row, "rejected", number, null, [.. fault.Faults.Select(f => new RowError(ImportRows.ColumnOf(f.Pointer), f.Refusal.Code, f.Message(language)))]);

    /// <summary>UTF-8 or UTF-16 by its mark; without one UTF-8 where the beginning is valid UTF-8, else GB 18030, which Chinese spreadsheets write.</summary>
    private static StreamReader Reader(Stream stream)
    {
        var start = new byte[1 << 16];
        var read = stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false).AsTask().GetAwaiter().GetResult();
        var head = start.AsSpan(0, read);
        // The last character of the piece may be cut: a decoder that is not flushed does not mind.
        var utf8 = true;
        try { new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder().GetCharCount(head, flush: false); }
        catch (DecoderFallbackException) { utf8 = false; }
        var encoding = utf8 || head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;
        return new StreamReader(new Prefixed(head.ToArray(), stream), encoding, detectEncodingFromByteOrderMarks: true);
    }

    /// <summary>A stream whose beginning was read already.</summary>
    private sealed class Prefixed(byte[] head, Stream rest) : Stream
    {
        private int at;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            if (at == head.Length) return await rest.ReadAsync(buffer, cancel);
            var n = Math.Min(buffer.Length, head.Length - at);
            head.AsMemory(at, n).CopyTo(buffer);
            at += n;
            return n;
        }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
