using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Registry.Http;

namespace Registry.Pages;

/// <summary>Finished HTML, as it is sent: in UTF-8. Made only from literals and encoded holes:
/// <c>Html.Of($"…{text}…")</c>.</summary>
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

    private readonly byte[]? utf8;

    /// <param name="utf8">HTML already, which nobody changes.</param>
    public Html(byte[] utf8) => this.utf8 = utf8;

    /// <param name="text">Likewise.</param>
    public Html(string text) : this(Encoding.UTF8.GetBytes(text)) { }

    public ReadOnlyMemory<byte> Utf8 => utf8;

    public bool IsNone => utf8 is not { Length: > 0 };

    public static readonly Html None;

    public static Html Of(Builder builder) => builder.Made();

    public static Html Join(IEnumerable<Html> parts)
    {
        var text = Growing.Take();
        foreach (var part in parts) text.Append(part.utf8);
        return new(text.Give());
    }

    /// <summary>One to choose among others.</summary>
    public static Html Option(string value, string name, bool isChosen) =>
        Of($"<option value=\"{value}\"{new Html(isChosen ? " selected" : "")}>{name}</option>");

    public override string ToString() => Encoding.UTF8.GetString(utf8 ?? []);

    /// <summary>Sends a page with its length, so that it goes out in one piece; nothing where whoever asks has it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mayBeKept">Whether it has a tag.</param>
    /// <param name="page">The whole of it.</param>
    public static Task Send(HttpContext context, bool mayBeKept, Builder page) => page.Send(context, mayBeKept);

    /// <summary>A text that grows, in one piece: what a StringBuilder keeps in several it makes anew each time it is cleared.</summary>
    private sealed class Growing
    {
        /// <summary>Bytes of a text that is kept for the next.</summary>
        private const int MaxKept = 1 << 16;
        private const int LongestNumber = 32;
        /// <summary>Bytes of UTF-8 that a character of UTF-16 takes at most.</summary>
        private const int Widest = 3;

        /// <summary>Texts of this thread that nobody writes: a page is made of dozens, one within another.</summary>
        [ThreadStatic] private static Stack<Growing>? free;

        private byte[] bytes = new byte[1024];
        private int length;

        public static Growing Take() => (free ??= []).TryPop(out var text) ? text : new();

        public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

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

        /// <summary>What was written; the place goes back to its thread.</summary>
        public byte[] Give()
        {
            var made = Written.ToArray();
            GiveBack();
            return made;
        }

        public void GiveBack()
        {
            length = 0;
            if (bytes.Length <= MaxKept) (free ??= []).Push(this);
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
        public void AppendFormatted(Html html) => text.Append(html.utf8);
        /// <summary>Which is used up by it.</summary>
        public void AppendFormatted(Builder part)
        {
            text.Append(part.text.Written);
            part.text.GiveBack();
        }
        public void AppendFormatted(string? value)
        {
            if (HasSpecial(value)) value = encoder.Encode(string.Concat(value!.Where(c => !IsForeign(c))));
            text.Append(value);
        }
        public void AppendFormatted(int value) => text.Append(value, default);
        public void AppendFormatted(long value) => text.Append(value, default);
        public void AppendFormatted(decimal value) => text.Append(value, default);
        public void AppendFormatted(DateOnly value) => text.Append(value, "O");

        /// <summary>Once: the builder goes back to its thread.</summary>
        internal Html Made() => new(text.Give());

        /// <summary>Likewise.</summary>
        internal Task Send(HttpContext context, bool mayBeKept) => Send(context, mayBeKept, text);

        private static async Task Send(HttpContext context, bool mayBeKept, Growing text)
        {
            if (!mayBeKept || !Manners.IsKept(context, Manners.TagOf(text.Written)))
            {
                context.Response.ContentLength = text.Written.Length;
                // Else the server keeps what is written apart until it has made the headers, and copies it once more.
                await context.Response.StartAsync();
                context.Response.BodyWriter.Write(text.Written);
            }
            text.GiveBack();
        }
    }
}
