using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>认证项目: one of the 28 of the national catalogue. <see cref="Name"/> is null where its source blanks the wording out (原文缺失).</summary>
public sealed record Category(int No, string Group, Text? Name)
{
    /// <summary>What people are shown: the name, or where the source has none the number and whose wording counts.</summary>
    public Text Shown => Name ?? new($"第 {No} 项（名称以国家目录为准）", $"Category {No} (named in the national catalogue)");

    /// <summary>In a list: by its number.</summary>
    public Text Numbered => Name is null ? Shown : new($"{No} {Name.Zh}", $"{No} {Name.En}");
}

/// <summary>A level of a scheme edition and the least score that earns it.</summary>
public sealed record ServiceLevel(string Code, Text Name, int Stars, decimal MinimumScore);

/// <summary>An edition of a scheme: thresholds, terms and permitted placements are its data, never code.</summary>
public sealed record Scheme
{
    public required string Id { get; init; }
    /// <summary>Null for the edition that stands in for categories without one on file.</summary>
    public int? Category { get; init; }
    public string? Standard { get; init; }
    public required Text Name { get; init; }
    public DateOnly? InForceOn { get; init; }
    /// <summary>Longest validity; null where no rule is on file.</summary>
    public int? TermMonths { get; init; }
    public int? SurveillanceMonths { get; init; }
    /// <summary>Lowest first.</summary>
    public required ServiceLevel[] Levels { get; init; }
    public required Placement[] Placements { get; init; }
    /// <summary>What its page tells a layman.</summary>
    public SchemeSection[] About { get; init; } = [];

    /// <summary>The level a score earns, never rounded up; null below the lowest.</summary>
    public ServiceLevel? LevelFor(decimal score) => Levels.LastOrDefault(level => score >= level.MinimumScore);

    public ServiceLevel? LevelOf(string? code) => code is null ? null : Levels.FirstOrDefault(level => level.Code == code);
}

/// <summary>A heading and its paragraphs.</summary>
public sealed record SchemeSection(Text Title, Text[] Paragraphs);

/// <summary>A row of GB/T 2260.</summary>
public sealed record Region(string Code, string Name, string Level, string? Parent);

/// <summary>The reference data that ships with the program (db/reference).</summary>
public static partial class Catalogue
{
    /// <summary>Of the reference data, which tells what its source says; people are shown <see cref="Category.Shown"/>.</summary>
    public static readonly Text NameMissing = new("原文缺失", "wording missing in the source");

    /// <summary>Groups in the order they are shown.</summary>
    public static readonly IReadOnlyList<(string Code, Text Name)> Groups =
        [("product", new("产品认证", "Product certification")), ("service", new("服务认证", "Service certification")), ("management_system", new("管理体系认证", "Management system certification"))];

    public static readonly IReadOnlyList<Category> Categories =
        [.. Rows("categories.csv").Select(row => new Category(int.Parse(row[0]), row[1], row[2].Length == 0 ? null : new(row[2], row[3])))];

    public static readonly IReadOnlyDictionary<string, Region> Regions =
        Rows("regions.csv").Select(row => new Region(row[0], row[1], row[2], row[3].Length == 0 ? null : row[3])).ToDictionary(region => region.Code);

    private static readonly Scheme[] schemes = JsonSerializer.Deserialize<Scheme[]>(Resource("schemes.json"),
        new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new KebabEnum<Placement>() } })!;

    public static Category? CategoryOf(int no) => no >= 1 && no <= Categories.Count ? Categories[no - 1] : null;

    /// <summary>The edition under which a certificate of the category is judged.</summary>
    public static Scheme SchemeOf(int category) => editions.GetValueOrDefault(category, general);

    private static readonly Scheme general = schemes.First(scheme => scheme.Category is null);
    private static readonly Dictionary<int, Scheme> editions = schemes.Where(scheme => scheme.Category is not null).ToDictionary(scheme => scheme.Category!.Value);

    /// <summary>Schemes with an edition on file.</summary>
    public static IEnumerable<Scheme> Schemes => schemes.Where(scheme => scheme.Category is not null);

    /// <summary>The codes of all levels, for those who have to choose.</summary>
    public static string LevelWords => string.Join(", ", LevelCodes);

    /// <summary>Codes of levels by their numbers in the search index, from 1 on: in the order of schemes.json, to whose end new ones are added.</summary>
    public static readonly IReadOnlyList<string> LevelCodes = [.. schemes.SelectMany(scheme => scheme.Levels).Select(level => level.Code).Distinct()];

    /// <summary>Number of a level's code; 0 for none, and for one that no scheme on file has.</summary>
    public static int LevelNumber(string? code)
    {
        for (var i = 0; i < LevelCodes.Count; i++)
            if (LevelCodes[i] == code) return i + 1;
        return 0;
    }

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
        return [.. byName.Value.Where(pair => wanted.Length >= 2 && pair.Key.StartsWith(wanted, StringComparison.Ordinal) && Regions[pair.Value[0]].Level == "province").SelectMany(pair => pair.Value).Distinct()];
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
