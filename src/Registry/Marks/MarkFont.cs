using System.Collections.Concurrent;
using System.Diagnostics;
using SkiaSharp;

namespace Registry.Marks;

/// <summary>
/// The font marks are written in: the file the operator names, or the machine's own for Chinese as fontconfig knows it. None is shipped,
/// because one weighs more than the program. Where there is none with Chinese, one of Latin letters writes what it can.
/// </summary>
public sealed class MarkFont(Settings settings)
{
    private sealed record Faces(SKTypeface Regular, SKTypeface Bold, bool Chinese);

    /// <summary>Of each file that was named, and of none, as long as the process lives: to find one takes two programs, and memory that
    /// the collector does not see.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Faces?>> found = [];

    private readonly Lazy<Faces?> faces = found.GetOrAdd(settings.MarkFont ?? "", _ => new(() => Find(settings.MarkFont)));

    /// <summary>Whether there is a font that has Chinese.</summary>
    public bool Present => faces.Value is { Chinese: true };

    /// <summary>What the public is told of a machine whose marks lack text.</summary>
    public const string NoChinese = "no font with Chinese on this machine";

    /// <summary>What is missing and how to mend it, for whoever looks after the machine; null where nothing is.</summary>
    public string? Shortage => IsThere ? null
        : $"{NoChinese} (install fonts-noto-cjk or set Registry:MarkFont{(settings.MarkFont is { } file ? $", which is {file}" : "")})";

    /// <summary>The same as <see cref="Present"/>, of the machine's own fonts as fontconfig tells it: to open them takes megabytes, which a
    /// server needs only once it draws.</summary>
    private bool IsThere => IsOpened ? Present : Ask(Chinese, "%{lang}").Split('|').Contains("zh-cn");

    private bool IsOpened => settings.MarkFont is not null || faces.IsValueCreated;

    /// <param name="size">Height of an em, in the unit of the drawing.</param>
    /// <param name="bold">The heavier cut, where there is one.</param>
    /// <exception cref="InvalidOperationException">There is no font at all.</exception>
    public SKFont Of(float size, bool bold = false)
    {
        var all = faces.Value ?? throw new InvalidOperationException("There is no font.");
        return new(bold ? all.Bold : all.Regular, size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.None,
            Subpixel = true,
            LinearMetrics = true,
        };
    }

    /// <summary>The first character of a text that the font has no glyph for; null when it has all.</summary>
    public string? Lacks(string text)
    {
        if (text.Length == 0) return null;
        if (faces.Value is null) return text[..1];
        using var font = Of(1);
        foreach (var rune in text.EnumerateRunes())
            if (font.GetGlyph(rune.Value) == 0) return rune.ToString();
        return null;
    }

    private static Faces? Find(string? file)
    {
        if (file is not null) return Load(file, 0) is { } named ? new(named, named, HasChinese(named)) : null;
        foreach (var pattern in (string[])[Chinese, "sans"])
            if (Match(pattern) is { } regular && (HasChinese(regular) || pattern == "sans"))
                return new(regular, Match(pattern + ":bold") ?? regular, HasChinese(regular));
        return null;
    }

    private static bool HasChinese(SKTypeface face) => face.GetGlyphs("证")[0] != 0;

    private const string Chinese = ":lang=zh-cn";

    private static SKTypeface? Match(string pattern)
    {
        var answer = Ask(pattern, "%{file}\n%{index}").Split('\n');
        return answer.Length == 2 && int.TryParse(answer[1], out var index) ? Load(answer[0], index & 0xFFFF) : null;
    }

    /// <summary>What fontconfig answers: it answers something in any case, if there is any font.</summary>
    private static string Ask(string pattern, string format)
    {
        try
        {
            var start = new ProcessStartInfo("fc-match", ["-f", format, pattern])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return answer;
        }
        catch (System.ComponentModel.Win32Exception) { return ""; } // no fontconfig
    }

    private static SKTypeface? Load(string file, int index) => File.Exists(file) ? SKTypeface.FromFile(file, index) : null;
}
