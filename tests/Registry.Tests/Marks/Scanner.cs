using Registry.Marks;

namespace Registry.Tests.Marks;

/// <summary>Programs the registry did not write, which read and draw what it serves.</summary>
public static class Scanner
{
    /// <summary>What zbar reads in an image.</summary>
    public static string Zbar(byte[] image) => WithFile(image, ".png", file => Tool.Run("zbarimg", "--quiet", "--raw", file)).Trim();

    /// <summary>What ZXing reads in an image.</summary>
    public static string ZXing(byte[] image) => WithFile(image, ".png", file => Tool.Run("ZXingReader", "-bytes", file)).Trim();

    /// <summary>Marks that say something in Chinese need a font that has the characters.</summary>
    public static void NeedsFont() => Tool.Need(new MarkFont(new Settings()).Present, "a Chinese font");

    /// <summary>A drawing as an image, by rsvg-convert or else Chromium.</summary>
    public static byte[] Rasterise(byte[] svg) => WithFile(svg, ".svg", file =>
    {
        var image = file + ".png";
        try
        {
            if (!Installed("rsvg-convert") && Installed("chromium"))
                Tool.Run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=400,400", "--force-device-scale-factor=3", $"--screenshot={image}", $"file://{file}");
            else Tool.Run("rsvg-convert", "--dpi-x=300", "--dpi-y=300", "-o", image, file);
            return File.ReadAllBytes(image);
        }
        finally { File.Delete(image); }
    });

    public static T WithFile<T>(byte[] content, string extension, Func<string, T> use)
    {
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + extension);
        File.WriteAllBytes(file, content);
        try { return use(file); }
        finally { File.Delete(file); }
    }

    private static bool Installed(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
