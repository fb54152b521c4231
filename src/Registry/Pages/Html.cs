using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Registry.Pages;

/// <summary>Finished HTML. Made only from literals and encoded holes: <c>Html.Of($"…{text}…")</c>.</summary>
public readonly record struct Html(string Text)
{
    private static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);
    /// <summary>What the encoder replaces, or <see cref="IsForeign"/>: a text without any is written as it is.</summary>
    private static readonly SearchValues<char> special =
        SearchValues.Create([.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(IsSpecial)]);

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

    /// <summary>Sends it with its length, so that it goes out in one piece.</summary>
    public Task WriteTo(HttpResponse response)
    {
        response.ContentLength = Encoding.UTF8.GetByteCount(Text);
        Encoding.UTF8.GetBytes(Text, response.BodyWriter);
        return Task.CompletedTask;
    }

    /// <summary>Texts of this thread that nobody writes: a page is made of dozens, one within another.</summary>
    [ThreadStatic] private static Stack<Growing>? free;

    private static Growing Take() => (free ??= []).TryPop(out var text) ? text : new();

    private static string Give(Growing text)
    {
        var made = text.Written.ToString();
        if (text.Clear()) (free ??= []).Push(text);
        return made;
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
            if (value.AsSpan().ContainsAny(special)) value = encoder.Encode(string.Concat(value!.Where(c => !IsForeign(c))));
            text.Append(value);
        }
        public void AppendFormatted(int value) => text.Append(value, default);
        public void AppendFormatted(long value) => text.Append(value, default);
        public void AppendFormatted(decimal value) => text.Append(value, default);
        public void AppendFormatted(DateOnly value) => text.Append(value, "O");
        /// <summary>Once: the builder goes back to its thread.</summary>
        public override string ToString() => Give(text);
    }
}
