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

    /// <summary>Builders of this thread that nobody uses: a page is made of dozens, one within another.</summary>
    [ThreadStatic] private static Stack<StringBuilder>? free;

    private static StringBuilder Take() => (free ??= []).TryPop(out var text) ? text : new StringBuilder(1024);

    private static string Give(StringBuilder text)
    {
        var made = text.ToString();
        if (text.Capacity <= 1 << 16) (free ??= []).Push(text.Clear());
        return made;
    }

    /// <summary>Encodes every hole that is not HTML already.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Builder
    {
        private readonly StringBuilder text;

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
        public void AppendFormatted(int value) => text.Append(value);
        public void AppendFormatted(long value) => text.Append(value);
        public void AppendFormatted(decimal value) => text.Append(value.ToString(CultureInfo.InvariantCulture));
        public void AppendFormatted(DateOnly value) => text.Append(CultureInfo.InvariantCulture, $"{value:O}");
        /// <summary>Once: the builder goes back to its thread.</summary>
        public override string ToString() => Give(text);
    }
}
