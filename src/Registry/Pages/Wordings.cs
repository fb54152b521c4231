using System.Globalization;
using System.Runtime.CompilerServices;

namespace Registry.Pages;

/// <summary>A wording of a page that is in Chinese; for any other it is not made, and its holes are not even asked for.</summary>
[InterpolatedStringHandler]
public ref struct InChinese
{
    private DefaultInterpolatedStringHandler text;

    public InChinese(int literalLength, int formattedCount, Page page, out bool isAsked)
    {
        isAsked = page.Language == Language.Zh;
        if (isAsked) text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string literal) => text.AppendLiteral(literal);
    public void AppendFormatted(string? value) => text.AppendFormatted(value);
    public void AppendFormatted<T>(T value, string? format = null) => text.AppendFormatted(value, format);
    public string Made() => text.ToStringAndClear();
}

/// <summary>Likewise of a page that is in English.</summary>
[InterpolatedStringHandler]
public ref struct InEnglish
{
    private DefaultInterpolatedStringHandler text;

    public InEnglish(int literalLength, int formattedCount, Page page, out bool isAsked)
    {
        isAsked = page.Language == Language.En;
        if (isAsked) text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string literal) => text.AppendLiteral(literal);
    public void AppendFormatted(string? value) => text.AppendFormatted(value);
    public void AppendFormatted<T>(T value, string? format = null) => text.AppendFormatted(value, format);
    public string Made() => text.ToStringAndClear();
}
