using System.Text;
using System.Text.Unicode;

namespace Registry.Tables;

/// <summary>
/// The lines of a file that people made, in the encoding that most of it is in: UTF-8, UTF-16, or GB 18030, which Chinese spreadsheets
/// write. A line in another one is given as broken, so that it takes no other with it.
/// </summary>
public sealed class TextFile
{
    /// <summary>Bytes of a line. The longest row a certificate can fill is less.</summary>
    private const int MaxLine = 1 << 17;
    private const int Sample = 4096;
    private static readonly UTF8Encoding strictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly Encoding gb18030 =
        CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
    private static readonly Encoding lenientGb18030 = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;

    private readonly Stream stream;
    private readonly Encoding encoding;

    /// <summary>Finds the encoding; reads the whole file for it.</summary>
    /// <param name="stream">Can seek; stays open.</param>
    /// <exception cref="FaultException">It is no text: a document, a picture, a web page.</exception>
    public TextFile(Stream stream)
    {
        this.stream = stream;
        var head = new byte[Sample];
        stream.Position = 0;
        var sample = head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        encoding = Utf16(sample) ?? Encoding.UTF8;
        var other = encoding == Encoding.UTF8 ? OtherFile.KindOf(sample) : null;
        if (other is not null) throw new FaultException(Refusal.NoTable, "", other);
        if (encoding == Encoding.UTF8 && !MostlyUtf8()) encoding = gb18030;
    }

    /// <summary>For people.</summary>
    public string EncodingName => encoding == gb18030 ? "GB 18030" : encoding == Encoding.UTF8 ? "UTF-8" : "UTF-16";

    /// <summary>Whether a stream that can seek begins as a workbook does (xlsx is a ZIP archive, xls a compound file). It stays where it
    /// was.</summary>
    public static bool IsWorkbook(Stream stream) => Begins(stream, [0x50, 0x4B, 0x03, 0x04]) || IsOldWorkbook(stream);

    /// <summary>The same for xls alone; a workbook locked with a password is wrapped in such a file too.</summary>
    public static bool IsOldWorkbook(Stream stream) => Begins(stream, [0xD0, 0xCF, 0x11, 0xE0]);

    public static bool IsGzip(Stream stream) => Begins(stream, [0x1F, 0x8B]);

    private static bool Begins(Stream stream, ReadOnlySpan<byte> magic)
    {
        Span<byte> start = stackalloc byte[magic.Length];
        var at = stream.Position;
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = at;
        return start[..read].SequenceEqual(magic);
    }

    /// <summary>Every line from the first, whatever ends it: CR LF, LF or CR. Each call reads the file anew.</summary>
    public IEnumerable<TextLine> Lines()
    {
        stream.Position = 0;
        var number = 0;
        var isByBytes = encoding == Encoding.UTF8 || encoding == gb18030;
        var bytes = isByBytes ? stream : Encoding.CreateTranscodingStream(stream, encoding, Encoding.UTF8, leaveOpen: true);
        foreach (var (line, whole) in Split(bytes))
        {
            number++;
            var text = number == 1 && line.AsSpan() is [0xEF, 0xBB, 0xBF, ..] ? line[3..] : line;
            if (whole) yield return Decode(number, text);
            else yield return new(number, Lenient(text[..Math.Min(text.Count, Sample)]), new(Refusal.TooLarge, "", MaxLine));
        }
    }

    private TextLine Decode(int number, ArraySegment<byte> line)
    {
        if (Ascii.IsValid(line)) return new(number, Encoding.ASCII.GetString(line));
        try
        {
            var text = (encoding == gb18030 ? gb18030 : strictUtf8).GetString(line);
            if (encoding != gb18030 || !IsUtf8OfIdeographs(line)) return new(number, text);
        }
        catch (DecoderFallbackException) { }
        return new(number, Lenient(line), new(Refusal.BrokenEncoding, "", EncodingName));
    }

    private string Lenient(ArraySegment<byte> line) => (encoding == gb18030 ? lenientGb18030 : Encoding.UTF8).GetString(line);

    /// <summary>Lines of bytes; one that is too long comes cut. Line ends are the same bytes in UTF-8 and in GB 18030.</summary>
    private static IEnumerable<(ArraySegment<byte> Line, bool Whole)> Split(Stream stream)
    {
        var buffer = new byte[MaxLine * 2];
        var (start, end, skipping, afterReturn) = (0, 0, false, false);
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOfAny((byte)'\n', (byte)'\r');
            if (at < 0 && end - start <= MaxLine)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                var read = stream.Read(buffer, end, buffer.Length - end);
                if (read > 0)
                {
                    end += read;
                    continue;
                }
                if (end > 0 && !skipping) yield return (new(buffer, 0, end), true);
                yield break;
            }
            var length = at < 0 ? end - start : at;
            // The LF of a CR LF ends no line of its own.
            var pair = afterReturn && at == 0 && buffer[start] == '\n';
            if (!skipping && !pair) yield return (new(buffer, start, Math.Min(length, MaxLine)), at >= 0 && length <= MaxLine);
            skipping = at < 0;
            afterReturn = at >= 0 && buffer[start + at] == '\r';
            start += at < 0 ? length : length + 1;
        }
    }

    private static Encoding? Utf16(ReadOnlySpan<byte> sample)
    {
        if (sample is [0xFF, 0xFE, ..]) return Encoding.Unicode;
        if (sample is [0xFE, 0xFF, ..]) return Encoding.BigEndianUnicode;
        // Without a mark: no other text holds zeros, and the commas, digits and line ends of this one hold one each.
        var (even, odd) = (0, 0);
        for (var i = 0; i < sample.Length; i++)
            if (sample[i] == 0)
                if (i % 2 == 0) even++;
                else odd++;
        var enough = sample.Length / 20;
        if (odd > enough && odd > even * 4) return Encoding.Unicode;
        return even > enough && even > odd * 4 ? Encoding.BigEndianUnicode : null;
    }

    /// <summary>Whether most lines that are more than ASCII are UTF-8: one broken line does not turn all others into another encoding, in
    /// which they
    /// would read as other text.</summary>
    private bool MostlyUtf8()
    {
        stream.Position = 0;
        var (right, wrong) = (0, 0);
        foreach (var (line, whole) in Split(stream))
            if (whole && !Ascii.IsValid(line))
                if (Utf8.IsValid(line)) right++;
                else wrong++;
        return right >= wrong;
    }

    /// <summary>Whether a line of a file in GB 18030 is UTF-8 with two ideographs or more, which by chance it never is.</summary>
    private static bool IsUtf8OfIdeographs(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line)) return false;
        var ideographs = 0;
        foreach (var b in line)
            if (b >= 0xE3 && ++ideographs == 2) return true;
        return false;
    }
}
