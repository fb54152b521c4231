using Registry.Certificates;
using SkiaSharp;

namespace Registry.Marks;

/// <summary>How a mark is laid out: text under the code, text beside it, or the code alone.</summary>
public enum MarkLayout { Label, Wide, Code }

/// <summary>What a mark says beside its code.</summary>
/// <param name="Url">What the code holds.</param>
/// <param name="Code">The code for people to type.</param>
/// <param name="Level">Name of the level, or of the category where there is none.</param>
/// <param name="Stars">Stars of the level.</param>
/// <param name="Scheme">Name of the category, where the level stands above it.</param>
/// <param name="Standard">Standard.</param>
/// <param name="Number">Certificate number.</param>
/// <param name="Holder">Name of the holder.</param>
/// <param name="Host">Host the phone must open.</param>
public sealed record MarkWording(
    string Url, string Code, string Level, int Stars, string Scheme, string Standard, string Number, string Holder, string Host)
{
    /// <param name="mark">The mark or its item.</param>
    /// <param name="address">The registry as codes know it.</param>
    /// <param name="host">The registry as people read it.</param>
    /// <param name="options">Language and case.</param>
    public static MarkWording Of(MarkView mark, string address, string host, ArtworkOptions options)
    {
        var (c, english) = (mark.Certificate, options.Language == Language.En);
        var category = english ? c.Category.NameEn : c.Category.Name;
        var level = english ? c.Level?.NameEn : c.Level?.Name;
        var holder = english ? c.Holder.NameEn ?? c.Holder.Name : c.Holder.Name;
        var code = mark.Held;
        var url = options.LowerCase ? MarkView.LowerUrlOf(address, code) : mark.Url;
        var (above, below) = level is null ? (category, "") : (level, category);
        return new(url, Spaced(code), above, c.Level?.Stars ?? 0, below, c.Standard ?? "", c.Number, holder, host);
    }

    /// <summary>In groups that can be copied by eye.</summary>
    public static string Spaced(string code) =>
        string.Join('-', code.Chunk(Identifier.Length).SelectMany(half => (string[])[new(half[..4]), new(half[4..8]), new(half[8..])]));
}

/// <summary>How artwork is wished for. Sizes are millimetres.</summary>
public sealed record ArtworkOptions
{
    /// <summary>Side of the code, its quiet zone included.</summary>
    public decimal Size { get; init; } = 30;
    public ErrorCorrection Correction { get; init; } = ErrorCorrection.M;
    public MarkLayout Layout { get; init; }
    public SKColor Ink { get; init; } = SKColors.Black;
    public SKColor Paper { get; init; } = SKColors.White;
    /// <summary>Paper and band beyond the trim on each side.</summary>
    public decimal Bleed { get; init; }
    public Language Language { get; init; }
    /// <summary>The address in small letters, for scanners that take <c>HTTPS://</c> for no address: a larger code.</summary>
    public bool LowerCase { get; init; }
}
