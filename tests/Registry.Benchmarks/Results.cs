using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Benchmarks;

/// <summary>What a command wrote about one size.</summary>
/// <param name="Size">Certificates; 0 where the number is no matter.</param>
/// <param name="Text">Markdown.</param>
internal sealed record Section(long Size, string Text)
{
    /// <summary>The cells of the first table behind a text, without its heading.</summary>
    public List<string[]> Rows(string after = "")
    {
        var from = Text.IndexOf(after, StringComparison.Ordinal);
        if (from < 0) return [];
        var table = Text[from..].Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'));
        return [.. table.Skip(2).Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];
    }

    /// <summary>What the first group of a pattern finds, as a number; not a number where it finds nothing.</summary>
    public double Find(string pattern) =>
        Regex.Match(Text, pattern, RegexOptions.Singleline) is { Success: true } match ? Results.Number(match.Groups[1].Value) : double.NaN;
}

/// <summary>The files of <c>results/</c>: one a section and size, written by its command alone. What is drawn up from them, the table of
/// goals in the README and the sizes side by side, is drawn up anew with each.</summary>
internal static partial class Results
{
    private const string Begin = "<!-- goals begin -->\n", End = "<!-- goals end -->";
    private static string Home => Path.Combine(Measured.Root(), "tests", "Registry.Benchmarks");
    private static string Folder => Path.Combine(Home, "results");

    /// <summary>Prints a section, and keeps it unless only some of its scenarios were wanted.</summary>
    public static void Write(Settings run, string section, string text)
    {
        Console.WriteLine($"\n{text}");
        if (run.Only is not null) return;
        Keep(run.Count == 0 ? section : string.Create(CultureInfo.InvariantCulture, $"{section}-{run.Count}"), text);
        DrawUp();
    }

    /// <summary>The sections of a name, the smallest first.</summary>
    public static List<Section> Of(string section) =>
        [.. Directory.EnumerateFiles(Folder, section + "*.md").Select(file => (File: file, Name: FileName().Match(Path.GetFileName(file))))
            .Where(found => found.Name.Groups[1].Value == section)
            .Select(found => new Section(long.TryParse(found.Name.Groups[2].ValueSpan, out var size) ? size : 0, File.ReadAllText(found.File)))
            .OrderBy(found => found.Size)];

    /// <summary>The table of goals, and the sizes side by side, from what the files say.</summary>
    public static void DrawUp()
    {
        if (Sizes(Of("http")) is { } sizes) Keep("sizes", sizes);
        var file = Path.Combine(Home, "README.md");
        var readme = File.ReadAllText(file);
        var (from, to) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        Replace(file, $"{readme[..from]}{Goals.Table().TrimEnd()}\n{readme[to..]}");
    }

    /// <summary>A figure as it was written, or no number.</summary>
    public static double Number(string text) =>
        double.TryParse(text.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : double.NaN;

    private static void Keep(string name, string text)
    {
        Directory.CreateDirectory(Folder);
        Replace(Path.Combine(Folder, name + ".md"), text.TrimEnd() + "\n");
    }

    private static void Replace(string file, string text) => File.WriteAllText(file, text, new UTF8Encoding(false));

    /// <summary>What each question costs at each size; null below two sizes.</summary>
    private static string? Sizes(List<Section> http)
    {
        const int Columns = 10, P50 = 4, P99 = 5, Cpu = 7;
        if (http.Count < 2) return null;
        var sizes = http.Select(section => section.Rows().Where(cells => cells.Length == Columns)
            .ToDictionary(cells => Volatile().Replace(cells[0], ""), cells => $"{cells[Cpu]} · {cells[P50]} / {cells[P99]}")).ToList();
        var names = sizes.SelectMany(rows => rows.Keys).Distinct();
        return $"""
            # Sizes side by side
            Microseconds of processor time a request · p50 / p99 in ms of one request alone; from `http-*.md`, with their machine, load and limit.

            | asked | {string.Join(" | ", http.Select(section => section.Size.ToString("#,0", CultureInfo.InvariantCulture)))} |
            |---|{string.Concat(http.Select(_ => "---|"))}
            {string.Join('\n', names.Select(name => $"| {name} | {string.Join(" | ", sizes.Select(rows => rows.GetValueOrDefault(name, "")))} |"))}
            """;
    }

    [GeneratedRegex(@"^([a-z]+)(?:-([0-9]+))?\.md$")]
    private static partial Regex FileName();

    /// <summary>What a name holds that differs between sizes: failures, the number of a rare category.</summary>
    [GeneratedRegex(@" \((\*\*.*?|[0-9]+)\)")]
    private static partial Regex Volatile();
}
