using System.Diagnostics;
using Registry.Certificates;
using SkiaSharp;

namespace Registry.Marks;

/// <summary>
/// The font marks are written in: the file the operator names, or the machine's own for Chinese as fontconfig knows it. None is shipped,
/// because one weighs more than the program; where there is none, artwork with text is refused and says why.
/// </summary>
public sealed class MarkFont(Settings settings)
{
    private readonly Lazy<(SKTypeface Regular, SKTypeface Bold)?> faces = new(() => Find(settings.MarkFont));

    public bool Present => faces.Value is not null;

    /// <param name="size">Height of an em, in the unit of the drawing.</param>
    /// <param name="bold">The heavier cut, where there is one.</param>
    /// <exception cref="FaultException">There is no font.</exception>
    public SKFont Of(float size, bool bold = false)
    {
        var (regular, heavy) = faces.Value ?? throw new FaultException(new Fault(Refusal.FontMissing));
        return new(bold ? heavy : regular, size) { Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true, LinearMetrics = true };
    }

    /// <exception cref="FaultException">There is no font, or it lacks a glyph.</exception>
    public void Require(string text)
    {
        using var font = Of(1);
        foreach (var rune in text.EnumerateRunes())
            if (font.GetGlyph(rune.Value) == 0) throw new FaultException(new Fault(Refusal.GlyphMissing, "", rune.ToString()));
    }

    private static (SKTypeface, SKTypeface)? Find(string? file)
    {
        if (file is not null) return Load(file, 0) is { } named ? (named, named) : null;
        return Match(":lang=zh-cn") is { } regular ? (regular, Match(":lang=zh-cn:bold") ?? regular) : null;
    }

    /// <summary>What fontconfig answers, if it really has Chinese: it answers something in any case.</summary>
    private static SKTypeface? Match(string pattern)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("fc-match", ["-f", "%{file}\n%{index}", pattern]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = process.StandardOutput.ReadToEnd().Split('\n');
            process.WaitForExit();
            return answer.Length == 2 && int.TryParse(answer[1], out var index) && Load(answer[0], index & 0xFFFF) is { } face && face.GetGlyphs("证")[0] != 0 ? face : null;
        }
        catch (System.ComponentModel.Win32Exception) { return null; } // no fontconfig
    }

    private static SKTypeface? Load(string file, int index) => File.Exists(file) ? SKTypeface.FromFile(file, index) : null;
}
