using System.ComponentModel;
using System.Diagnostics;

namespace Registry.Tests.Marks;

/// <summary>Programs the registry did not write, which read and draw what it serves. A test skips where one is not installed.</summary>
public static class Scanner
{
    /// <summary>What zbar reads in an image.</summary>
    public static string Zbar(byte[] image) => WithFile(image, ".png", file => Run("zbarimg", "--quiet", "--raw", file)).Trim();

    /// <summary>What ZXing reads in an image.</summary>
    public static string ZXing(byte[] image) => WithFile(image, ".png", file => Run("ZXingReader", "-bytes", file)).Trim();

    /// <summary>A drawing as an image, by rsvg-convert or else Chromium.</summary>
    public static byte[] Rasterise(byte[] svg) => WithFile(svg, ".svg", file =>
    {
        var image = file + ".png";
        try
        {
            if (Find("rsvg-convert")) Run("rsvg-convert", "--dpi-x=300", "--dpi-y=300", "-o", image, file);
            else if (Find("chromium")) Run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=400,400", "--force-device-scale-factor=3", $"--screenshot={image}", $"file://{file}");
            else Assert.Skip("neither rsvg-convert nor chromium is installed");
            return File.ReadAllBytes(image);
        }
        finally { File.Delete(image); }
    });

    private static T WithFile<T>(byte[] content, string extension, Func<string, T> use)
    {
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + extension);
        File.WriteAllBytes(file, content);
        try { return use(file); }
        finally { File.Delete(file); }
    }

    private static bool Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static string Run(string program, params string[] arguments)
    {
        Process? started = null;
        try { started = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }); }
        catch (Win32Exception) { Assert.Skip($"{program} is not installed"); }
        using var process = started!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill();
            Assert.Fail($"{program} did not end");
        }
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return output;
    }
}
