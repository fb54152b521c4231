using System.Runtime.ExceptionServices;
using System.Text;
using System.Threading.Channels;
using Registry.Certificates;
using Sylvan.Data.Csv;

namespace Registry.Ingest;

/// <summary>How many rows came and what became of them.</summary>
public sealed record ImportSummary(int Rows, int Recorded, int Already, int Rejected);

/// <summary>
/// Records many rows from one stream, each decided by itself: a bad row never takes a good one with it. Rows are committed by the
/// hundred; a result is given only after its commit. While one batch is written, the next are read, checked and signed on the other processors.
/// </summary>
public sealed class Importer(Database database, TimeProvider time, string body, bool dryRun, Language language)
{
    public const int MaxRows = 100_000, MaxBytes = 64 << 20;
    private const int Together = 200, Ahead = 2, Writing = 2, MaxCell = 8192;

    private int rows, recorded, already, rejected;

    public ImportSummary Summary => new(rows, recorded, already, rejected);

    /// <exception cref="FaultException">The header lacks a necessary column. Nothing was recorded.</exception>
    public IAsyncEnumerable<RowResult> Csv(Stream stream) => Record(Cells(stream));

    public IAsyncEnumerable<RowResult> Ndjson(Stream stream) => Record(Lines(stream));

    private static async IAsyncEnumerable<Func<DateOnly, ImportRow>> Cells(Stream stream)
    {
        using var text = Reader(stream);
        CsvDataReader csv;
        try { csv = await CsvDataReader.CreateAsync(text, new CsvDataReaderOptions { MaxBufferSize = 1 << 20, BufferSize = 1 << 16, HasHeaders = false }); }
        catch (CsvFormatException) { throw new FaultException(new Fault(Refusal.BadRequest)); }
        await using var _ = csv;
        if (!await csv.ReadAsync()) throw new FaultException(new Fault(Refusal.MissingColumns, "", 1, "证书编号", "", ""));
        var header = ImportRows.Header(Enumerable.Range(0, csv.RowFieldCount).Select(csv.GetString));
        while (await csv.ReadAsync())
        {
            var cells = Enumerable.Range(0, csv.RowFieldCount).Select(i => csv.GetString(i) is { Length: <= MaxCell } cell ? cell : new string('x', MaxCell)).ToArray();
            if (cells.Any(cell => cell.Length > 0)) yield return today => ImportRows.FromCells(header, i => i < cells.Length ? cells[i] : "", today);
        }
    }

    private static async IAsyncEnumerable<Func<DateOnly, ImportRow>> Lines(Stream stream)
    {
        using var text = new StreamReader(stream, Encoding.UTF8);
        while (await text.ReadLineAsync() is { } line)
            if (!string.IsNullOrWhiteSpace(line))
                yield return today => line.Length <= Http.Json.MaxAct ? ImportRows.FromJson(Encoding.UTF8.GetBytes(line), today) : throw new FaultException(new Fault(Refusal.TooLarge, "", Http.Json.MaxAct));
    }

    /// <summary>A row as far as it goes without the database.</summary>
    private sealed record Ready(int Row, ImportRow? Read, ReadyIssue? Issue, FaultException? Fault);

    private async IAsyncEnumerable<RowResult> Record(IAsyncEnumerable<Func<DateOnly, ImportRow>> source)
    {
        var ready = Channel.CreateBounded<Ready[]>(Ahead);
        using var gone = new CancellationTokenSource();
        var reading = Task.Run(() => ReadAhead(source, ready.Writer, gone.Token));
        // The next batch waits at the writer while one is written, so that it never waits for this side.
        var writing = new Queue<Task<List<RowResult>>>();
        try
        {
            await foreach (var batch in ready.Reader.ReadAllAsync())
            {
                writing.Enqueue(database.WriteAsync(transaction => batch.Select(row => Record(transaction, row)).ToList()));
                if (writing.Count < Writing) continue;
                foreach (var result in Counted(await writing.Dequeue())) yield return result;
            }
            while (writing.TryDequeue(out var last))
                foreach (var result in Counted(await last)) yield return result;
            if (await reading is { } stopped) ExceptionDispatchInfo.Throw(stopped);
        }
        finally
        {
            await gone.CancelAsync();
            await reading;
            // Whoever asked has gone, or one before has failed: nothing of it may be written behind the caller's back.
            await Task.WhenAll(writing.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<RowResult> Counted(List<RowResult> results)
    {
        foreach (var result in results)
            if (result.Result == "recorded") recorded++;
            else if (result.Result == "already") already++;
            else rejected++;
        return results;
    }

    /// <summary>Reads rows and makes them ready by the batch, in their order, and tells what stopped it before their end.</summary>
    private async Task<Exception?> ReadAhead(IAsyncEnumerable<Func<DateOnly, ImportRow>> source, ChannelWriter<Ready[]> ready, CancellationToken gone)
    {
        try
        {
            var batch = new List<Func<DateOnly, ImportRow>>(Together);
            await foreach (var row in source)
            {
                if (++rows > MaxRows) throw new FaultException(new Fault(Refusal.TooManyRows, "", MaxRows));
                batch.Add(row);
                if (batch.Count == Together) await Send();
            }
            if (batch.Count > 0) await Send();
            return null;

            async Task Send()
            {
                var (made, first) = (new Ready[batch.Count], rows - batch.Count + 1);
                Parallel.For(0, made.Length, i => made[i] = Make(first + i, batch[i]));
                batch.Clear();
                await ready.WriteAsync(made, gone);
            }
        }
        catch (Exception stopped) { return stopped; }
        finally { ready.Complete(); }
    }

    private Ready Make(int row, Func<DateOnly, ImportRow> read)
    {
        var now = time.GetUtcNow();
        try
        {
            var made = read(Day.Of(now));
            return new(row, made, made.Fault is null ? ReadyIssue.Sign(database.Signer!, body, made.Content!, now, made.Then) : null, made.Fault);
        }
        catch (FaultException fault) { return new(row, null, null, fault); }
    }

    private RowResult Record(Transaction transaction, Ready row)
    {
        if (row.Fault is not null) return Rejected(row.Row, row.Read?.Number, row.Fault);
        var number = row.Read!.Content!.Number;
        try { return dryRun ? transaction.Attempt(Acts, keep: false) : Acts(); }
        catch (FaultException fault) { return Rejected(row.Row, number, fault); }

        // Each act is refused before anything is changed, so none needs to be undone.
        RowResult Acts()
        {
            var issued = Publisher.Issue(transaction, row.Issue!);
            var fresh = issued.New;
            if (!issued.New && row.Read.Then?.Invoke(body, issued.Id) is { } then && !Stands(transaction, issued.Id, then)) fresh = Publisher.Amend(transaction, then).New;
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
