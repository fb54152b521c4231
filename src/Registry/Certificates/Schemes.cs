using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Certificates;

/// <summary>A level of a scheme edition.</summary>
/// <param name="Code">As the log and the interface write it, such as five-star.</param>
/// <param name="Number">In the search index, 1 to <see cref="Schemes.MaxLevel"/>: one for each code, and never another.</param>
/// <param name="Name">As people read it.</param>
/// <param name="Stars">Shown beside the name; none where 0.</param>
/// <param name="MinimumScore">The least score out of 100 that earns it; null where the scheme gives no scores.</param>
public sealed record ServiceLevel(string Code, int Number, Text Name, int Stars = 0, decimal? MinimumScore = null);

/// <summary>A heading and its paragraphs.</summary>
public sealed record SchemeSection(Text Title, Text[] Paragraphs);

/// <summary>
/// An edition of a scheme. What it says is checked when a statement comes in; a log is replayed by what its statements say alone, so
/// that an edition that is added or mended here changes nothing that was recorded.
/// </summary>
public sealed record Scheme
{
    public required string Id { get; init; }
    /// <summary>Null for the edition that stands in for categories without one on file.</summary>
    public int? Category { get; init; }
    public string? Standard { get; init; }
    public required Text Name { get; init; }
    /// <summary>Certificates issued from this day on are judged by it, until the next edition of the category is in force.</summary>
    public DateOnly? InForceOn { get; init; }
    /// <summary>Longest validity; null where no rule is on file.</summary>
    public int? TermMonths { get; init; }
    public int? SurveillanceMonths { get; init; }
    /// <summary>What a certificate says of its holder; {0} stands for the name of the category.</summary>
    public required Text Certified { get; init; }
    /// <summary>What it is easily taken to say and does not.</summary>
    public required Text NotCertified { get; init; }
    /// <summary>Lowest first.</summary>
    public required ServiceLevel[] Levels { get; init; }
    /// <summary>Where its marks may be put.</summary>
    public required Placement[] Placements { get; init; }
    /// <summary>Reasons that may be stated for an act.</summary>
    public required Dictionary<Act, Reason[]> Reasons { get; init; }
    /// <summary>What its page tells a layman; nothing where the file leaves it out.</summary>
    public SchemeSection[] About { get => field ?? []; init; }

    /// <summary>Whether its levels are earned by a score.</summary>
    [JsonIgnore]
    public bool HasScores => Levels is [{ MinimumScore: not null }, ..];

    /// <summary>The level a score earns, never rounded up; null below the lowest.</summary>
    public ServiceLevel? LevelFor(decimal score) => Levels.LastOrDefault(level => score >= level.MinimumScore);

    public ServiceLevel? LevelOf(string? code) => code is null ? null : Levels.FirstOrDefault(level => level.Code == code);

    /// <summary>Whether a level is as high as another or higher; both by their codes, and of this edition.</summary>
    public bool Reaches(string? level, string least) => RankOf(least) is >= 0 and var rank && RankOf(level) >= rank;

    private int RankOf(string? code) => Array.FindIndex(Levels, level => level.Code == code);

    /// <summary>The refusal of a reason that the scheme does not permit for the act; null when it does, or none is stated.</summary>
    public Fault? Refuses(Act act, Reason? reason)
    {
        var permitted = Reasons.GetValueOrDefault(act, []);
        if (reason is not { } stated || permitted.Contains(stated)) return null;
        var (zh, en) = (permitted.Select(one => $"{one.Name().Zh}（{one.Word()}）"), permitted.Select(one => one.Word()));
        return new(Refusal.ReasonNotPermitted, "/reason", act.Name(), new Text(string.Join("、", zh), string.Join(", ", en)));
    }

    /// <summary>The refusal of a place where the scheme permits no mark; null where it does.</summary>
    public Fault? Refuses(Placement placement) => Placements.Contains(placement) ? null
        : new(Refusal.PlacementForbidden, "/placement", string.Join(", ", Placements.Select(one => one.Word())));
}

/// <summary>Every edition of every scheme: a file's content (db/reference/schemes.json), checked as a whole.</summary>
public sealed class Schemes
{
    /// <summary>The greatest number of a level: what the search index has room for.</summary>
    public const int MaxLevel = 63;

    private readonly FrozenDictionary<int, Scheme[]> editions;
    private readonly Scheme general;
    private readonly FrozenDictionary<string, ServiceLevel> levels;
    private readonly string?[] codes = new string?[MaxLevel + 1];

    private Schemes(Scheme[] all)
    {
        All = [.. all.Where(scheme => scheme.Category is not null)];
        general = all.Single(scheme => scheme.Category is null);
        editions = All.GroupBy(scheme => scheme.Category!.Value)
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(scheme => scheme.InForceOn ?? DateOnly.MinValue).ToArray());
        Levels = [.. all.SelectMany(scheme => scheme.Levels).DistinctBy(level => level.Code)];
        levels = Levels.ToFrozenDictionary(level => level.Code);
        foreach (var level in Levels) codes[level.Number] = level.Code;
    }

    /// <summary>Editions on file, in the order of the file.</summary>
    public IReadOnlyList<Scheme> All { get; }

    /// <summary>The same with the edition that stands in for categories without one.</summary>
    public IEnumerable<Scheme> AndGeneral => All.Append(general);

    /// <summary>Every level by its code, once; where editions name it differently, as the first does.</summary>
    public IReadOnlyList<ServiceLevel> Levels { get; }

    /// <summary>The codes of all levels, for those who have to choose.</summary>
    public string LevelWords => string.Join(", ", Levels.Select(level => level.Code));

    public ServiceLevel? LevelOf(string? code) => code is null ? null : levels.GetValueOrDefault(code);

    /// <summary>Number of a level's code in the search index; 0 for none, and for one that no edition on file has.</summary>
    public int NumberOf(string? code) => LevelOf(code)?.Number ?? 0;

    /// <summary>Code of a number in the search index; null for one that no edition on file has.</summary>
    public string? CodeOf(int number) => codes[number];

    /// <summary>The edition in force when a certificate was issued; of a day before the first of its category that one.</summary>
    public Scheme Of(int category, DateOnly issuedOn)
    {
        if (!editions.TryGetValue(category, out var all)) return general;
        for (var i = all.Length - 1; i > 0; i--)
            if (all[i].InForceOn <= issuedOn) return all[i];
        return all[0];
    }

    /// <summary>The edition that took the place of one; null while it is the newest of its category.</summary>
    public Scheme? After(Scheme scheme)
    {
        var all = scheme.Category is { } category ? editions[category] : [scheme];
        return all.ElementAtOrDefault(Array.IndexOf(all, scheme) + 1);
    }

    /// <param name="json">The content.</param>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <exception cref="InvalidDataException">It does not hold what a scheme needs.</exception>
    public static Schemes Read(string json, string file)
    {
        Scheme[] all;
        try { all = JsonSerializer.Deserialize(json, SchemeJson.Default.SchemeArray) ?? []; }
        catch (JsonException error) { throw new InvalidDataException($"{file} tells no schemes: {error.Message}", error); }
        return Faults(all).FirstOrDefault() is { } fault ? throw new InvalidDataException($"{file}: {fault}") : new(all);
    }

    private static IEnumerable<string> Faults(Scheme[] all)
    {
        var of = all.Where(scheme => scheme.Category is not null).ToList();
        if (of.Count != all.Length - 1) yield return "exactly one scheme has no category: it stands in for categories without one.";
        foreach (var scheme in Twice(all, scheme => scheme.Id)) yield return $"two schemes have the id {scheme.Id}.";
        foreach (var scheme in all)
            foreach (var fault in Faults(scheme)) yield return $"scheme {scheme.Id}: {fault}";
        foreach (var scheme in Twice(of, scheme => (scheme.Category, scheme.InForceOn ?? DateOnly.MinValue)))
            yield return $"two editions of category {scheme.Category} are in force from the same day on.";
        var numbered = all.SelectMany(scheme => scheme.Levels).Select(level => new { level.Code, level.Number }).Distinct().ToList();
        foreach (var level in Twice(numbered, level => level.Code)) yield return $"level {level.Code} has two numbers.";
        foreach (var level in Twice(numbered, level => level.Number)) yield return $"two levels have the number {level.Number}.";
    }

    private static IEnumerable<string> Faults(Scheme scheme)
    {
        var (levels, scores) = (scheme.Levels, scheme.Levels.Select(level => level.MinimumScore).ToList());
        var mixed = scores.Contains(null) && scores.Exists(score => score is not null);
        var falling = scores.Zip(scores.Skip(1)).Any(pair => pair.First >= pair.Second);
        if (scheme.Category is { } no && Catalogue.CategoryOf(no) is null) yield return $"there is no category {no}.";
        if (scheme.TermMonths is <= 0 || scheme.SurveillanceMonths is <= 0) yield return "a term is one month or more.";
        if (levels.Any(level => level.Number is < 1 or > MaxLevel)) yield return $"the number of a level is 1 to {MaxLevel}.";
        if (Twice(levels, level => level.Code).Any()) yield return "a level is there twice.";
        if (mixed) yield return "either every level has a minimumScore or none.";
        if (falling) yield return "levels stand lowest first, by their minimumScore.";
    }

    /// <summary>Those whose key one before them has.</summary>
    private static IEnumerable<T> Twice<T>(IEnumerable<T> all, Func<T, object> key)
    {
        var seen = new HashSet<object>();
        return all.Where(one => !seen.Add(key(one)));
    }
}

/// <summary>How editions are read: by code made with the program, for every start reads them.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(KebabEnum<Placement>), typeof(KebabEnum<Reason>), typeof(KebabEnum<Act>)])]
[JsonSerializable(typeof(Scheme[]))]
internal sealed partial class SchemeJson : JsonSerializerContext;
