using System.Reflection;
using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>认证项目: one of the 28 of the national catalogue. <see cref="Name"/> is null where its source blanks the wording out
/// (原文缺失).</summary>
public sealed record Category(int No, string Group, Text? Name)
{
    /// <summary>What people are shown: the name, or where the source has none the number and whose wording counts.</summary>
    public Text Shown => Name ?? new($"第 {No} 项（名称以国家目录为准）", $"Category {No} (named in the national catalogue)");

    /// <summary>In a list: by its number.</summary>
    public Text Numbered => Name is null ? Shown : new($"{No} {Name.Zh}", $"{No} {Name.En}");
}

/// <summary>A row of GB/T 2260.</summary>
public sealed record Region(string Code, string Name, string Level, string? Parent);

/// <summary>The reference data that ships with the program (db/reference).</summary>
public static partial class Catalogue
{
    /// <summary>Of the reference data, which tells what its source says; people are shown <see cref="Category.Shown"/>.</summary>
    public static readonly Text NameMissing = new("原文缺失", "wording missing in the source");

    /// <summary>Groups in the order they are shown.</summary>
    public static readonly IReadOnlyList<(string Code, Text Name)> Groups =
    [
        ("product", new("产品认证", "Product certification")),
        ("service", new("服务认证", "Service certification")),
        ("management_system", new("管理体系认证", "Management system certification")),
    ];

    public static readonly IReadOnlyList<Category> Categories =
        [.. Rows("categories.csv").Select(row => new Category(int.Parse(row[0]), row[1], row[2].Length == 0 ? null : new(row[2], row[3])))];

    public static readonly IReadOnlyDictionary<string, Region> Regions = Rows("regions.csv")
        .Select(row => new Region(row[0], row[1], row[2], row[3].Length == 0 ? null : row[3])).ToDictionary(region => region.Code);

    public static Category? CategoryOf(int no) => no >= 1 && no <= Categories.Count ? Categories[no - 1] : null;

    private static readonly Schemes shipped =
        Certificates.Schemes.Read(new StreamReader(Resource("schemes.json")).ReadToEnd(), "db/reference/schemes.json");

    private static Schemes? own;

    /// <summary>Every scheme edition on file: those that ship with the program, or the operator's own.</summary>
    public static Schemes Schemes => own ?? shipped;

    /// <summary>Takes the editions of a file in place of those that ship; before anything is served.</summary>
    /// <param name="file">Null for those that ship.</param>
    /// <exception cref="InvalidDataException">It does not hold what a scheme needs.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Take(string? file)
    {
        if (file is not null) own = Schemes.Read(File.ReadAllText(file), file);
    }

    /// <summary>The edition under which a certificate of the category is judged that was issued on the day.</summary>
    public static Scheme SchemeOf(int category, DateOnly issuedOn) => Schemes.Of(category, issuedOn);

    public static Text GroupName(string group) => Groups.First(g => g.Code == group).Name;

    /// <summary>A region with its parents, such as 山东省青岛市崂山区; the code itself when it is not in the table. 市辖区 and 县, which
    /// only group, are left out.</summary>
    public static string RegionName(string code) => regionNames.Value.GetValueOrDefault(code, code);

    private static readonly Lazy<Dictionary<string, string>> regionNames = new(() => Regions.Keys.ToDictionary(code => code, FullName));

    private static string FullName(string code)
    {
        if (!Regions.TryGetValue(code, out var region)) return code;
        var own = OnlyGroups(region) ? "" : region.Name;
        return region.Parent is null ? own : FullName(region.Parent) + own;
    }

    private static bool OnlyGroups(Region region) => region.Level == "city" && region.Name is "市辖区" or "县" or "省直辖县级行政区划" or "自治区直辖县级行政区划";

    /// <summary>The digits every code inside a region begins with: two for a province, four for a city, all six for a county.</summary>
    public static string RegionPrefix(string code) => code.EndsWith("0000") ? code[..2] : code.EndsWith("00") ? code[..4] : code;

    private static readonly Lazy<Dictionary<string, string[]>> byName = new(() => Regions.Values.Where(region => !OnlyGroups(region))
        .SelectMany(region => new[] { RegionName(region.Code), region.Name }.Distinct().Select(name => (name, region.Code)))
        .GroupBy(pair => pair.name, pair => pair.Code).ToDictionary(group => group.Key, group => group.Distinct().ToArray()));

    /// <summary>The regions of a name: of a full name exactly one, of a bare name such as 朝阳区 all that bear it. Suffixes 省 市 区 县
    /// may be left out.</summary>
    public static IReadOnlyList<string> RegionsNamed(string name)
    {
        var wanted = Spaces().Replace(name, "");
        if (wanted.Length == 0) return [];
        if (byName.Value.TryGetValue(wanted, out var codes)) return codes;
        foreach (var suffix in (string[])["市", "省", "自治区", "区", "县"])
            if (byName.Value.TryGetValue(wanted + suffix, out codes)) return codes;
        if (wanted.Length < 2) return [];
        var begun = byName.Value.Where(pair => pair.Key.StartsWith(wanted, StringComparison.Ordinal)).Select(pair => pair.Value);
        return [.. begun.Where(named => Regions[named[0]].Level == "province").SelectMany(named => named).Distinct()];
    }

    /// <summary>批准号: CNCA-R-YYYY-NNN, or CNCA-RF-YYYY-NN with two digits or more for bodies with foreign capital.</summary>
    public static bool IsApprovalNumber(string text) => ApprovalNumber().IsMatch(text);

    [GeneratedRegex(@"^CNCA-(R-[0-9]{4}-[0-9]{3}|RF-[0-9]{4}-[0-9]{2,4})\z")]
    private static partial Regex ApprovalNumber();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    /// <summary>The rows of a table of db/reference below its header; no cell holds a comma.</summary>
    internal static IEnumerable<string[]> Rows(string file)
    {
        using var reader = new StreamReader(Resource(file));
        reader.ReadLine();
        while (reader.ReadLine() is { Length: > 0 } line) yield return line.Split(',');
    }

    private static Stream Resource(string file) => Assembly.GetExecutingAssembly().GetManifestResourceStream($"db/reference/{file}")!;
}
