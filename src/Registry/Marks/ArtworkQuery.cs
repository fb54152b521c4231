using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SkiaSharp;

namespace Registry.Marks;

/// <summary>The parameters of artwork as they are asked for.</summary>
public sealed record ArtworkQuery
{
    /// <summary>Millimetres: a metre is a shop window.</summary>
    internal const decimal MaxSize = 1000, DefaultSize = 30, MaxBleed = 10;
    /// <summary>Dots per inch.</summary>
    internal const int DefaultDpi = 300, MinDpi = 150, MaxDpi = 2400;
    /// <summary>Copies or labels of one file.</summary>
    internal const int MaxLabels = 500;

    /// <summary>Side of the code with its quiet zone, in millimetres; 30 when left out.</summary>
    [FromQuery(Name = "size")]
    public string? Size { get; init; }
    /// <summary>Error correction L, M, Q or H; M when left out.</summary>
    [FromQuery(Name = "ec")]
    public string? Ec { get; init; }
    /// <summary>label (text under the code), wide (beside it) or code (none); label when left out.</summary>
    [FromQuery(Name = "layout")]
    public string? Layout { get; init; }
    /// <summary>Colour of code and text, six hexadecimal digits; 000000 when left out.</summary>
    [FromQuery(Name = "ink")]
    public string? Ink { get; init; }
    /// <summary>Colour of the ground; ffffff when left out.</summary>
    [FromQuery(Name = "paper")]
    public string? Paper { get; init; }
    /// <summary>Millimetres of ground beyond the trim, 0 to 10.</summary>
    [FromQuery(Name = "bleed")]
    public string? Bleed { get; init; }
    /// <summary>upper or lower: how the code's address is written; upper when left out, which gives the smallest code.</summary>
    [FromQuery(Name = "case")]
    public string? Case { get; init; }
    /// <summary>zh or en; zh when left out.</summary>
    [FromQuery(Name = "lang")]
    public string? Lang { get; init; }

    /// <exception cref="FaultException">Some are wrong: all of them are named.</exception>
    public ArtworkOptions Read(List<Fault> faults)
    {
        var options = new ArtworkOptions
        {
            Size = Number(Size, "/size", DefaultSize, 1, MaxSize, NumberStyles.AllowDecimalPoint, faults),
            Correction = Word(Ec?.ToUpperInvariant(), "/ec", ErrorCorrection.M, faults),
            Layout = Word(Layout, "/layout", MarkLayout.Label, faults),
            Ink = Colour(Ink, "/ink", SKColors.Black, faults),
            Paper = Colour(Paper, "/paper", SKColors.White, faults),
            LowerCase = IsLower(Case, faults),
            Bleed = Number(Bleed, "/bleed", 0, 0, MaxBleed, NumberStyles.AllowDecimalPoint, faults),
            Language = Lang?.StartsWith("en", StringComparison.OrdinalIgnoreCase) == true ? Language.En : Language.Zh,
        };
        return faults.Count == 0 ? options : throw new FaultException(faults);
    }

    internal static decimal Number(
        string? text, string pointer, decimal otherwise, decimal least, decimal most, NumberStyles style, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return otherwise;
        if (decimal.TryParse(text, style, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        faults.Add(new(Refusal.OutOfRange, pointer, least, most));
        return otherwise;
    }

    internal static bool IsLower(string? text, List<Fault> faults)
    {
        if (text is not (null or "" or "upper" or "lower")) faults.Add(new(Refusal.UnknownWord, "/case", "upper, lower"));
        return text == "lower";
    }

    private static T Word<T>(string? text, string pointer, T otherwise, List<Fault> faults) where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return otherwise;
        if (text.All(char.IsAsciiLetter) && Enum.TryParse<T>(text, ignoreCase: true, out var value)) return value;
        var words = Enum.GetNames<T>().Select(name => name.Length == 1 ? name : name.ToLowerInvariant());
        faults.Add(new(Refusal.UnknownWord, pointer, string.Join(", ", words)));
        return otherwise;
    }

    private static SKColor Colour(string? text, string pointer, SKColor otherwise, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return otherwise;
        var digits = text.TrimStart('#');
        var isHex = uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb);
        if (isHex && digits.Length == 6) return new SKColor(0xFF000000 | rgb);
        faults.Add(new(Refusal.BadColour, pointer));
        return otherwise;
    }
}
