using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Registry.Http;

namespace Registry.Pages;

/// <summary>Finished HTML, as it is sent: in UTF-8. Made only from literals and encoded holes:
/// <c>Html.Of($"…{text}…")</c>. Such a piece lies in a place that is lent: it is put into one other piece, once, whereby the place becomes
/// free for the next. What is to be used again is kept (<see cref="Kept"/>).</summary>
public readonly struct Html
{
    private static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);
    /// <summary>What the encoder replaces, or <see cref="IsForeign"/>, a bit for each character: a text without any is written as it
    /// is. (The framework's search for so many values guesses first, and here guesses wrong.)</summary>
    private static readonly ulong[] special = Bits(IsSpecial);

    private static ulong[] Bits(Func<char, bool> isSet)
    {
        var bits = new ulong[(char.MaxValue + 1) / 64];
        for (var c = 0; c <= char.MaxValue; c++)
            if (isSet((char)c)) bits[c >> 6] |= 1UL << c;
        return bits;
    }

    private static bool HasSpecial(ReadOnlySpan<char> text)
    {
        var bits = special;
        foreach (var c in text)
            if ((bits[c >> 6] >> c & 1) != 0) return true;
        return false;
    }

    private static bool IsSpecial(char c) => IsForeign(c) || encoder.Encode($"{c}") != $"{c}";

    /// <summary>Control characters, which HTML has no way to write; what somebody sent in a form is shown again without them.</summary>
    private static bool IsForeign(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    private readonly byte[]? kept;
    private readonly Growing? lent;
    private readonly int loan;

    /// <param name="utf8">HTML already, which nobody changes.</param>
    public Html(byte[] utf8) => kept = utf8;

    /// <param name="text">Likewise.</param>
    public Html(string text) : this(Encoding.UTF8.GetBytes(text)) { }

    private Html(Growing text) => (lent, loan) = (text, text.Loan);

    /// <summary>Its bytes, as long as it is put into no other piece.</summary>
    public ReadOnlyMemory<byte> Utf8 => lent is null ? kept : lent.Written(loan);

    public bool IsNone => Utf8.IsEmpty;

    public static readonly Html None;

    public static Html Of(Builder builder) => builder.Made();

    public static Html Join(IEnumerable<Html> parts)
    {
        var text = Growing.Take();
        foreach (var part in parts) part.MoveTo(text);
        return new(text);
    }

    /// <summary>What is HTML already, as it is written.</summary>
    public static Html Written(Action<IBufferWriter<byte>> write)
    {
        var text = Growing.Take();
        write(text);
        return new(text);
    }

    /// <summary>The same, to be put into any number of pieces.</summary>
    public Html Kept()
    {
        if (lent is null) return this;
        var own = Utf8.ToArray();
        lent.GiveBack();
        return new(own);
    }

    private void MoveTo(Growing other)
    {
        other.Append(Utf8.Span);
        lent?.GiveBack();
    }

    /// <summary>One to choose among others.</summary>
    public static Html Option(string value, string name, bool isChosen) =>
        Of($"<option value=\"{value}\"{new Html(isChosen ? " selected" : "")}>{name}</option>");

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    /// <summary>Sends a page with its length, so that it goes out in one piece; nothing where whoever asks has it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mayBeKept">Whether it has a tag.</param>
    /// <param name="page">The whole of it.</param>
    public static Task Send(HttpContext context, bool mayBeKept, Builder page) => page.Made().Send(context, mayBeKept);

    private async Task Send(HttpContext context, bool mayBeKept)
    {
        if (!mayBeKept || !Manners.IsKept(context, Manners.TagOf(Utf8.Span)))
        {
            context.Response.ContentLength = Utf8.Length;
            // Else the server keeps what is written apart until it has made the headers, and copies it once more.
            await context.Response.StartAsync();
            context.Response.BodyWriter.Write(Utf8.Span);
        }
        lent?.GiveBack();
    }

    /// <summary>A text that grows, in one piece: what a StringBuilder keeps in several it makes anew each time it is cleared.</summary>
    private sealed class Growing : IBufferWriter<byte>
    {
        /// <summary>Bytes of a text that is kept for the next.</summary>
        private const int MaxKept = 1 << 16;
        /// <summary>Texts that a thread keeps: some are given back on another than they were taken on.</summary>
        private const int MostKept = 64;
        private const int LongestNumber = 32;
        /// <summary>Bytes of UTF-8 that a character of UTF-16 takes at most.</summary>
        private const int Widest = 3;

        /// <summary>Texts of this thread that nobody writes: a page is made of dozens, one within another.</summary>
        [ThreadStatic] private static Stack<Growing>? free;

        private byte[] bytes = new byte[1024];
        private int length;

        public static Growing Take() => (free ??= []).TryPop(out var text) ? text : new();

        /// <summary>How often it was given back: whoever has it by an earlier loan has it no longer.</summary>
        public int Loan { get; private set; }

        /// <summary>What is written in it.</summary>
        /// <exception cref="InvalidOperationException">It was given back since, because it was put into a piece before.</exception>
        public ReadOnlyMemory<byte> Written(int loan) => loan == Loan ? bytes.AsMemory(0, length)
            : throw new InvalidOperationException("A piece of HTML that is not kept is used twice.");

        public void Append(ReadOnlySpan<byte> utf8)
        {
            utf8.CopyTo(Room(utf8.Length));
            length += utf8.Length;
        }

        public void Append(ReadOnlySpan<char> text) => length += Encoding.UTF8.GetBytes(text, Room(text.Length * Widest));

        public void Append<T>(T value, ReadOnlySpan<char> format) where T : IUtf8SpanFormattable
        {
            value.TryFormat(Room(LongestNumber), out var written, format, CultureInfo.InvariantCulture);
            length += written;
        }

        private Span<byte> Room(int more)
        {
            if (bytes.Length - length < more) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + more));
            return bytes.AsSpan(length);
        }

        public void Advance(int count) => length += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Room(Math.Max(sizeHint, 1));
            return bytes.AsMemory(length);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => Room(Math.Max(sizeHint, 1));

        public void GiveBack()
        {
            (length, Loan) = (0, Loan + 1);
            if (bytes.Length <= MaxKept && (free ??= []).Count < MostKept) free.Push(this);
        }
    }

    /// <summary>Encodes every hole that is not HTML already.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Builder
    {
        private readonly Growing text;

#pragma warning disable IDE0060 // the compiler tells every handler both
        public Builder(int literalLength, int formattedCount) => text = Growing.Take();
#pragma warning restore IDE0060

        public void AppendLiteral(string literal) => text.Append(literal);
        public void AppendFormatted(Html piece) => piece.MoveTo(text);
        /// <summary>Which is used up by it.</summary>
        public void AppendFormatted(Builder part) => part.Made().MoveTo(text);
        public void AppendFormatted(string? value) => text.Append(value is not null && HasSpecial(value) ? Encoded(value) : value);
        public void AppendFormatted(int value) => text.Append(value, default);
        public void AppendFormatted(long value) => text.Append(value, default);
        public void AppendFormatted(decimal value) => text.Append(value, default);
        public void AppendFormatted(DateOnly value) => text.Append(value, "O");

        private static string Encoded(string value) =>
            encoder.Encode(value.Any(IsForeign) ? string.Concat(value.Where(c => !IsForeign(c))) : value);

        /// <summary>Once: what is written is its own from then on.</summary>
        internal Html Made() => new(text);
    }
}
