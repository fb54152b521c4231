using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Registry.Pages;

/// <summary>Finished HTML. Made only from literals and encoded holes: <c>Html.Of($"…{text}…")</c>.</summary>
public readonly record struct Html(string Text)
{
    private static readonly HtmlEncoder encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static readonly Html None = new("");

    public static Html Of(Builder builder) => new(builder.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Text)));

    public override string ToString() => Text;

    /// <summary>Encodes every hole that is not HTML already.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Builder(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + formattedCount * 16);

        public void AppendLiteral(string literal) => text.Append(literal);
        public void AppendFormatted(Html html) => text.Append(html.Text);
        public void AppendFormatted(string? value) => text.Append(value is null ? "" : encoder.Encode(value));
        public void AppendFormatted(int value) => text.Append(value);
        public void AppendFormatted(long value) => text.Append(value);
        public void AppendFormatted(decimal value) => text.Append(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        public void AppendFormatted(DateOnly value) => text.Append(value.ToString("yyyy-MM-dd"));
        public override string ToString() => text.ToString();
    }
}
