using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Certificates;

namespace Registry.Tables;

/// <summary>Categories, levels and statuses as people write them. What could mean two of them is not read.</summary>
public static partial class Words
{
    private static readonly FrozenDictionary<string, int> categories =
        Known(Catalogue.Categories, NamesOf, category => category.No, Columns.Key);

    /// <summary>The catalogue number of each name of a category, as names are compared.</summary>
    public static IReadOnlyDictionary<string, int> CategoryNames => categories;

    private static readonly Lazy<FrozenDictionary<string, string>> levels = new(() => LevelsOf(Catalogue.Schemes.All));

    private static readonly Lazy<Dictionary<Scheme, FrozenDictionary<string, string>>> levelsOf =
        new(() => Catalogue.Schemes.All.ToDictionary(scheme => scheme, scheme => LevelsOf([scheme])));

    private static FrozenDictionary<string, string> LevelsOf(IEnumerable<Scheme> schemes) =>
        Known(schemes.SelectMany(scheme => scheme.Levels), NamesOf, level => level.Code, Columns.Normalise);

    private static readonly FrozenDictionary<string, Status> statuses = Known(Statuses.All, NamesOf, status => status, Columns.Key);

    /// <summary>The catalogue in words, for messages.</summary>
    public static readonly Text AllCategories = new(
        string.Join("、", Catalogue.Categories.Select(category => $"{category.No} {category.Name?.Zh}".TrimEnd())),
        string.Join(", ", Catalogue.Categories.Select(category => $"{category.No} {category.Name?.En}".TrimEnd())));

    /// <summary>Catalogue number of 26, 26.0, ２６, 第26项, a category's name, or both when they agree; null when it is none of the
    /// 28.</summary>
    public static int? Category(string text)
    {
        var key = PlainText.Unified(text.Trim());
        if (Numbered().Match(key) is { Success: true } match)
        {
            var no = int.Parse(match.Groups["no"].ValueSpan, CultureInfo.InvariantCulture);
            var name = match.Groups["name"].Value;
            // Of 第1名 a key would leave nothing: only signs may stand there and say no more than the number. 26、27 asks for two.
            var agrees = !name.Any(char.IsLetterOrDigit) || categories.TryGetValue(Columns.Key(name), out var named) && named == no;
            return agrees && Catalogue.CategoryOf(no) is not null ? no : null;
        }
        return categories.TryGetValue(Columns.Key(key), out var found) ? found : null;
    }

    /// <summary>What names the levels of an edition, or of any, as names are compared; and the code of each.</summary>
    public static IReadOnlyDictionary<string, string> LevelNames(Scheme? scheme = null) =>
        scheme is null ? levels.Value : levelsOf.Value.GetValueOrDefault(scheme, FrozenDictionary<string, string>.Empty);

    /// <summary>Level code of 五星, 5星, 五星级, ★★★★★, Five-star, five-star; null when it is none.</summary>
    /// <param name="text">As somebody writes it.</param>
    /// <param name="scheme">The edition whose levels are meant; left out, any.</param>
    public static string? Level(string text, Scheme? scheme = null)
    {
        if (Otherwise().IsMatch(text)) return null;
        var (names, key, stars) = (LevelNames(scheme), Columns.Normalise(text), text.Count(Surplus.Stars.Contains));
        var named = names.GetValueOrDefault(key);
        if (stars == 0) return named;
        // 四星级★★★★ says it twice; how many are meant of stars that are not full nobody can tell.
        var counted = stars == text.Count(Surplus.FullStars.Contains) ? names.GetValueOrDefault($"{stars}星") : null;
        return key.Length == 0 || named == counted ? counted : null;
    }

    /// <summary>The higher of two levels that are asked; the first where it is none, or no scheme knows both.</summary>
    public static string? Higher(string? own, string? all)
    {
        if (own is null || all is null) return own ?? all;
        if (Level(own) is not { } one || Level(all) is not { } other) return own;
        return Catalogue.Schemes.All.Any(scheme => scheme.Reaches(other, one) && !scheme.Reaches(one, other)) ? all : own;
    }

    /// <summary>Signs that make of a level another question: more than it (＞四星), not it, as high at most.</summary>
    public const string OtherwisePattern = "[<＜≤≦⩽≠!！~～≈]|[>＞](?![=＝])";

    [GeneratedRegex(OtherwisePattern)]
    private static partial Regex Otherwise();

    /// <summary>The standards that a text names: GB/T 27922-2011, ISO 9001.</summary>
    public static string[] Standards(string text) => [.. Standard().Matches(text).Select(match => match.Value)];

    /// <summary>What a text says besides the standards it names: their title, without what every title has (标准, 要求) and signs.</summary>
    public static string WithoutStandards(string text) =>
        OfEveryStandard().Replace(Columns.Key(Standard().Replace(text, " ")), "");

    private const string Issuers = "GB|GB/T|GBT|ISO|ISO/IEC|IEC|RB|RB/T|SB/T|HJ|T/[A-Z]+";

    /// <summary>How a standard is written, and what every title of one has: for the page that checks alone, too.</summary>
    public const string StandardPattern = $@"(?<![A-Za-z0-9/])(?:{Issuers}) ?/?[0-9]{{3,6}}(?:[-—–:：][0-9]{{4}})?(?![0-9])",
        OfEveryStandardPattern = "^(?:依据|国家|推荐性|标准|认证)+|(?:标准|认证|证书|要求|及使用指南)+$";

    [GeneratedRegex(StandardPattern, RegexOptions.IgnoreCase)]
    private static partial Regex Standard();

    [GeneratedRegex(OfEveryStandardPattern)]
    private static partial Regex OfEveryStandard();

    /// <summary>The level of a text that asks for it or a higher one, or calls it so: 四星级及以上, 不低于四星, four-star or higher,
    /// 服务等级四星级.</summary>
    public static string Least(string text) => OrHigher().Replace(Characters.Simplify(text), "").Trim();

    /// <summary>A level that may have its score behind it (五星级（96.5分）), and the score as it stands there; empty where it has
    /// none.</summary>
    public static (string Level, string Score) WithoutScore(string text)
    {
        var score = Score().Match(text);
        return score.Success && Level(Least(text[..score.Index])) is not null
            ? (text[..score.Index], score.Groups["score"].Value) : (text, "");
    }

    [GeneratedRegex(@"[\s(（,，;；/]+(?<score>(?:(?:得|评|总)分 ?[:：为]? ?)?[0-9]{1,3}(?:\.[0-9]{1,2})? ?分?)[)）]?\s*\z")]
    private static partial Regex Score();

    private const string Included = "[（(]含[）)]";

    private const string OrMore = $@"(?:(?:{Included})?[及或]?其?以上(?:{Included})?|{Included}|or (?:higher|above|better))";

    private const string Labels = "(?:服务|认证|证书|评价)?(?:等级|级别)[为是]?";

    [GeneratedRegex(
        $@"^\s*(?:{Labels})?(?:[≥≧⩾]|[>＞][=＝]|不低于|至少|最低|须|应|at least)?\s*|\s*{OrMore}\s*\z", RegexOptions.IgnoreCase)]
    private static partial Regex OrHigher();

    /// <summary>The status a word in either language or a national code means; null when none. 失效 and 吊销 are none: they could mean
    /// two.</summary>
    public static Status? Status(string text) => statuses.TryGetValue(Columns.Key(text), out var status) ? status : null;

    /// <summary>Whether a text could be meant as a status, read or not: an outcome of a bid (已递交) or of an inspection (合格) is
    /// none.</summary>
    public static bool IsMeantAsStatus(string text) => Status(text) is not null || OfStatus().IsMatch(Characters.Simplify(text));

    [GeneratedRegex("效|停|销|期|吊|废|valid|suspen|revok|cancel|expir|withdr", RegexOptions.IgnoreCase)]
    private static partial Regex OfStatus();

    /// <summary>What each name means, as names are compared; one that means two things means none.</summary>
    private static FrozenDictionary<string, TValue> Known<T, TValue>(
        IEnumerable<T> all, Func<T, IEnumerable<string>> names, Func<T, TValue> value, Func<string, string> key)
    {
        var named = all.SelectMany(one => names(one).Select(name => (Key: key(name), Value: value(one)))).Distinct();
        var clear = named.GroupBy(pair => pair.Key, pair => pair.Value).Where(group => group.Count() == 1);
        return clear.ToFrozenDictionary(group => group.Key, group => group.Single());
    }

    private static IEnumerable<string> NamesOf(Category category) =>
        category.Name is not { } name ? [] : [name.Zh, name.Zh + "认证", name.En];

    private static IEnumerable<string> NamesOf(ServiceLevel level)
    {
        var bare = level.Name.Zh.TrimEnd('级');
        IEnumerable<string> names = [level.Code, level.Name.Zh, level.Name.En, bare, level.Name.Zh + "证书"];
        return level.Stars == 0 ? names : [.. names, $"{level.Stars}星", $"{level.Stars}星级", $"{level.Stars}-star", $"{level.Stars} stars"];
    }

    private static IEnumerable<string> NamesOf(Status status) =>
        [status.Word(), status.Name().Zh, status.Name().En, status.Code() ?? status.Word(), .. AlsoCalled(status)];

    private static string[] AlsoCalled(Status status) => status switch
    {
        Certificates.Status.Valid => ["正常", "在有效期", "在有效期内", "证书有效"],
        Certificates.Status.Suspended => ["已暂停", "暂停中", "证书暂停"],
        Certificates.Status.Revoked => ["已撤销", "撤消", "已撤消", "证书撤销"],
        Certificates.Status.Cancelled => ["已注销", "证书注销", "canceled"],
        Certificates.Status.Expired => ["过期", "已过期", "到期失效", "证书过期"],
        Certificates.Status.NotYetValid => ["未生效"],
    };

    [GeneratedRegex(@"^\(?(?:第 *)?(?<no>[0-9]{1,2})(?:[.]0+)?(?: *[项号])?\)?(?<name>(?![0-9]).*)\z", RegexOptions.Singleline)]
    private static partial Regex Numbered();
}
