using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Registry.Http;

namespace Registry.Pages;

/// <summary>Finished HTML. Made only from literals and encoded holes: <c>Html.Of($"…{text}…")</c>.</summary>
public readonly record struct Html(string Text)
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

    public static readonly Html None = new("");

    public static Html Of(Builder builder) => new(builder.ToString());

    public static Html Join(IEnumerable<Html> parts)
    {
        var text = Take();
        foreach (var part in parts) text.Append(part.Text);
        return new(Give(text));
    }

    /// <summary>One to choose among others.</summary>
    public static Html Option(string value, string name, bool isChosen) =>
        Of($"<option value=\"{value}\"{new Html(isChosen ? " selected" : "")}>{name}</option>");

    public override string ToString() => Text;

    /// <summary>Sends a page with its length, so that it goes out in one piece; nothing where whoever asks has it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mayBeKept">Whether it has a tag.</param>
    /// <param name="page">The whole of it.</param>
    public static Task Send(HttpContext context, bool mayBeKept, Builder page)
    {
        var (bytes, length) = page.ToUtf8();
        var content = bytes.AsSpan(0, length);
        if (!mayBeKept || !Manners.IsKept(context, Manners.TagOf(content)))
        {
            context.Response.ContentLength = length;
            context.Response.BodyWriter.Write(content);
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return Task.CompletedTask;
    }

    /// <summary>Texts of this thread that nobody writes: a page is made of dozens, one within another.</summary>
    [ThreadStatic] private static Stack<Growing>? free;

    private static Growing Take() => (free ??= []).TryPop(out var text) ? text : new();

    private static string Give(Growing text)
    {
        var made = text.Written.ToString();
        GiveBack(text);
        return made;
    }

    private static void GiveBack(Growing text)
    {
        if (text.Clear()) (free ??= []).Push(text);
    }

    /// <summary>A text that grows, in one piece: what a StringBuilder keeps in several it makes anew each time it is cleared.</summary>
    private sealed class Growing
    {
        /// <summary>Characters of a text that is kept for the next.</summary>
        private const int MaxKept = 1 << 16;
        private const int LongestNumber = 32;

        private char[] chars = new char[1024];
        private int length;

        public ReadOnlySpan<char> Written => chars.AsSpan(0, length);

        public void Append(ReadOnlySpan<char> text)
        {
            text.CopyTo(Room(text.Length));
            length += text.Length;
        }

        public void Append<T>(T value, ReadOnlySpan<char> format) where T : ISpanFormattable
        {
            value.TryFormat(Room(LongestNumber), out var written, format, CultureInfo.InvariantCulture);
            length += written;
        }

        private Span<char> Room(int more)
        {
            if (chars.Length - length < more) Array.Resize(ref chars, Math.Max(chars.Length * 2, length + more));
            return chars.AsSpan(length);
        }

        /// <summary>Whether it is to be kept.</summary>
        public bool Clear()
        {
            length = 0;
            return chars.Length <= MaxKept;
        }
    }

    /// <summary>Encodes every hole that is not HTML already.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Builder
    {
        private readonly Growing text;

#pragma warning disable IDE0060 // the compiler tells every handler both
        public Builder(int literalLength, int formattedCount) => text = Take();
#pragma warning restore IDE0060

        public void AppendLiteral(string literal) => text.Append(literal);
        public void AppendFormatted(Html html) => text.Append(html.Text);
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
        public override string ToString() => Give(text);

        /// <summary>Likewise, in bytes of the pool.</summary>
        internal (byte[] Bytes, int Length) ToUtf8()
        {
            var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Written.Length));
            var length = Encoding.UTF8.GetBytes(text.Written, bytes);
            GiveBack(text);
            return (bytes, length);
        }
    }
}
