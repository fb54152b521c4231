using System.Text.RegularExpressions;

namespace Registry.Certificates;

/// <summary>What people write into a field beside what belongs there, or in its place. A log cannot forget: whoever states a certificate is
/// asked for the number and the name alone.</summary>
public static partial class Surplus
{
    /// <summary>Whether a text says only that there is nothing to say, or that it stands elsewhere: 无, 不详, 同上, N/A, a stroke.</summary>
    public static bool SaysNone(string text) => text.Length <= LongestNone && None().IsMatch(text.Trim());

    /// <summary>Whether a text says nothing of the name or number it stands at: 盖章, 复印件.</summary>
    public static bool IsRemark(string text) => Remark().IsMatch(text);

    /// <summary>The label before a number, the remark behind it, or what parts it from another; null where it stands alone.</summary>
    public static string? AroundNumber(string number) => Part(AtNumber(), number);

    /// <summary>The label or serial number before a name, or the remark behind it: 投标人：…, 1、…, …（盖章）. Null where it stands
    /// alone.</summary>
    public static string? AroundName(string name) => Part(AtName(), name);

    private static string? Part(Regex around, string text) => around.Match(text) is { Success: true } found ? found.Value : null;

    private const int LongestNone = 12;

    [GeneratedRegex(@"^(?:[/／\\\-－—–―_.…*、 ]+|无|無|没有|暂无|暂缺|未知|不详|不適用|不适用|未提供|待定|待补|空|略|同上|见附件|N/?A|none|null|nil|tbd|unknown|ditto)\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex None();

    private const string InConsortium = "联合体[^（）()]{0,8}|(?:牵头|成员)(?:人|方|单位)|成员";
    private const string Remarks = $"{InConsortium}|(?:加?盖)?(?:公|单位)?章|签章|复印件|扫描件|原件|正本|副本";

    [GeneratedRegex($@"^(?:{Remarks})\z")]
    private static partial Regex Remark();

    /// <summary>In which people write levels.</summary>
    public const string Stars = FullStars + "☆✩✪✫✬✭✮✯✰", FullStars = "★⭐";

    private const string Levels = $"达标级|[一二三四五1-5]星级?|[{Stars}]+|有效|暂停|撤销|注销|过期";

    /// <summary>A stroke may be a sign of the number; what stands in lists between two of them is none.</summary>
    [GeneratedRegex($@"^[^:：（(]{{0,10}}(?:证书|编号|号码|No\.?|number)[^:：（(]{{0,4}}[:：]|[（(](?:{Remarks}|{Levels})[）)]\z|[;；,，、\n\r]",
        RegexOptions.IgnoreCase)]
    private static partial Regex AtNumber();

    private const string Labels = @"[\u4E00-\u9FFF]{2,10}|(?:bidder|holder|company|supplier)(?: name)?";

    /// <summary>Digits before a stop may begin a name; behind a bracket or 、 they count rows.</summary>
    [GeneratedRegex($@"[（(](?:{Remarks})[）)]\z|^(?:{Labels}) ?[:：]|^[（(]?[0-9]{{1,3}}(?:[）)、]|[.．](?![0-9A-Za-z]))",
        RegexOptions.IgnoreCase)]
    private static partial Regex AtName();
}
