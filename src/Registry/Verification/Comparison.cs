using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>How something that was given stands to what is registered.</summary>
[JsonConverter(typeof(KebabEnum<Agreement>))]
public enum Agreement
{
    /// <summary>It agrees. A level that is asked for agrees with any that is as high or higher, words with a scope that holds them
    /// all.</summary>
    Same,
    /// <summary>The holder bore that name before the day asked (曾用名).</summary>
    Former,
    /// <summary>The holder bears that name since a day after the one asked (现名).</summary>
    Later,
    /// <summary>It contradicts, or nothing is registered to compare it with.</summary>
    Different,
    /// <summary>It cannot be right, whatever is registered.</summary>
    Malformed,
}

/// <summary>One thing that was given beside what is registered: the one comparison that verification and the pages of certificates and
/// marks make.</summary>
/// <param name="Field">Name of the field in a <see cref="VerificationRow"/>.</param>
/// <param name="Given">As it was given.</param>
/// <param name="Registered">As it was registered on the day asked; null where nothing is, or nothing was found to compare with.</param>
/// <param name="Verdict">How they agree.</param>
public sealed record Comparison(string Field, string Given, string? Registered, Agreement Verdict)
{
    private static readonly Dictionary<string, Text> fields = new()
    {
        ["code"] = new("编码", "Code"),
        ["number"] = new("证书编号", "Certificate number"),
        ["uscc"] = new("统一社会信用代码", "Social credit code"),
        ["name"] = new("组织名称", "Holder's name"),
        ["nameEn"] = new("组织英文名称", "Holder's name in English"),
        ["body"] = new("认证机构", "Certification body"),
        ["category"] = new("认证项目", "Category"),
        ["standard"] = new("认证依据", "Standard"),
        ["level"] = new("等级", "Level"),
        ["scope"] = new("业务范围", "Scope"),
        ["issuedOn"] = new("颁证日期", "Day of issue"),
        ["firstIssuedOn"] = new("初次获证日期", "Day of first issue"),
        ["expiresOn"] = new("证书到期日期", "Last day of validity"),
        ["status"] = new("证书状态", "Status"),
        ["on"] = new("日期", "Day"),
    };

    /// <summary>The fields as people read them.</summary>
    public static IReadOnlyDictionary<string, Text> Names => fields;

    /// <summary>Whether it tells who is meant, and not what is asked of the certificate.</summary>
    public bool Identifies
    {
        get => claimed ?? Field is "code" or "number" or "uscc" or "name" or "nameEn" or "body";
        init => claimed = value;
    }
    /// <summary>Of an answer that is read: what it says, right or wrong.</summary>
    private readonly bool? claimed;

    /// <summary>Everything a row gives, beside a certificate as it was on the day asked.</summary>
    /// <param name="row">Blank fields left out (<see cref="VerificationRow.With"/>).</param>
    /// <param name="view">The certificate.</param>
    /// <param name="code">The code of the mark or certificate that led here; null where none did.</param>
    public static Comparison[] Of(VerificationRow row, CertificateView view, string? code = null)
    {
        var compared = new List<Comparison>();
        void Put(string field, string? given, string? registered, Func<string, Agreement> agreement)
        {
            if (given is null) return;
            compared.Add(new(field, given, registered, IsMalformed(field, given) ? Agreement.Malformed : agreement(given)));
        }
        void Add(string field, string? given, string? registered, Func<string, bool> agrees) => Put(field, given, registered,
            given => registered is not null && agrees(given) ? Agreement.Same : Agreement.Different);
        void AddDay(string field, DateOnly? given, DateOnly? registered)
        {
            if (given is not { } day) return;
            Add(field, $"{day:yyyy-MM-dd}", registered is { } own ? $"{own:yyyy-MM-dd}" : null, _ => day == registered);
        }
        var body = Catalogue.IsApprovalNumber(Approval(row.Body)) ? view.Body.ApprovalNumber : view.Body.Name;
        Add("code", row.Code, code ?? view.Id, _ => code is not null);
        Add("number", row.Number, view.Number, given => NumberAgrees(given, view.Number));
        Add("uscc", row.Uscc, view.Holder.Uscc, given => CodeAgrees(given, view.Holder.Uscc!));
        Put("name", row.Name, view.Holder.Name, given => Named(given, view.Holder));
        Put("nameEn", row.NameEn, view.Holder.NameEn, given => Named(given, view.Holder));
        Add("body", row.Body, body, given => IsBody(given, view.Body));
        Add("category", Digits(row.Category), Digits(view.Category.No), _ => row.Category == view.Category.No);
        Add("standard", row.Standard, view.Standard, given => !HoldsStars(given) && StandardAgrees(given, view));
        Add("level", row.Level, view.Level?.Code, given => LevelAgrees(given, view));
        Add("scope", row.Scope, view.Scope, given => !HoldsStars(given) && ScopeAgrees(given, view.Scope));
        AddDay("issuedOn", row.IssuedOn, view.IssuedOn);
        AddDay("firstIssuedOn", row.FirstIssuedOn, view.FirstIssuedOn);
        AddDay("expiresOn", row.ExpiresOn, view.ExpiresOn);
        Add("status", row.Status?.Word(), view.Status.Word(), _ => row.Status == view.Status);
        return [.. compared];
    }

    /// <summary>A level that is asked where other words are compared, which know no signs.</summary>
    private static bool HoldsStars(string given) => given.AsSpan().ContainsAny(Surplus.Stars);

    private static string? Digits(int? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What of a row cannot be right, where there is no certificate to compare with.</summary>
    public static Comparison[] Malformed(VerificationRow row)
    {
        (string Field, string? Given)[] identifiers =
            [("code", row.Code), ("number", row.Number), ("uscc", row.Uscc), ("name", row.Name), ("nameEn", row.NameEn)];
        var malformed = identifiers.Where(one => one.Given is not null && IsMalformed(one.Field, one.Given));
        return [.. malformed.Select(one => new Comparison(one.Field, one.Given!, null, Agreement.Malformed))];
    }

    private static bool IsMalformed(string field, string given) => field switch
    {
        "code" => ItemCode.Parse(given) is null,
        "number" => CertificateNumber.Readings(given).Length == 0,
        "uscc" => SocialCreditCode.Parse(given) is null && SocialCreditCode.ParseOrganisation(given) is null,
        "name" or "nameEn" => PlainText.Fold(given).Length == 0,
        "level" => Words.Level(given) is null,
        _ => false,
    };

    private static bool NumberAgrees(string given, string registered)
    {
        var key = CertificateNumber.Compared(CertificateNumber.Normalise(registered)!);
        return CertificateNumber.Readings(given).Any(reading => CertificateNumber.Compared(reading) == key);
    }

    private static bool CodeAgrees(string given, string registered) => SocialCreditCode.Parse(given) is { } whole
        ? whole == registered : SocialCreditCode.ParseOrganisation(given) == SocialCreditCode.OrganisationCode(registered);

    private static Agreement Named(string given, HolderView holder)
    {
        // Two characters may share a simplified form: what is only spelled traditionally is found, shown and left to a person.
        var name = PlainText.Fold(given);
        bool Is(string? borne) => borne is not null && PlainText.Fold(borne) == name;
        var agreement = Is(holder.Name) || Is(holder.NameEn) ? Agreement.Same
            : holder.FormerNames?.Any(Is) == true ? Agreement.Former
            : holder.LaterNames?.Any(Is) == true ? Agreement.Later : Agreement.Different;
        // Whose name it was that has lost a character, nobody can tell.
        return agreement != Agreement.Different && Spoilt.Lost(given) ? Agreement.Malformed : agreement;
    }

    private static string Approval(string? given) => given is null ? "" : CertificateNumber.Normalise(given) ?? "";

    private static bool IsBody(string given, BodyView body)
    {
        if (Approval(given) == body.ApprovalNumber) return true;
        var name = PlainText.Fold(given);
        return name == PlainText.Fold(body.Name) || body.NameEn is { } english && name == PlainText.Fold(english);
    }

    private static bool LevelAgrees(string given, CertificateView view)
    {
        var scheme = Catalogue.SchemeOf(view.Category.No, view.IssuedOn);
        return (Words.Level(given, scheme) ?? Words.Level(given)) is { } asked && scheme.Reaches(view.Level!.Code, asked);
    }

    private const string BetweenWords = " \t\r\n\u3000,，、;；。.|/";

    private static bool ScopeAgrees(string given, string registered)
    {
        var scope = Terms.Searched(registered);
        var words = given.Split([.. BetweenWords], StringSplitOptions.RemoveEmptyEntries).Select(Terms.Searched);
        var asked = words.Where(word => word.Length > 0).ToArray();
        return asked.Length > 0 && asked.All(word => scope.Contains(word, StringComparison.Ordinal));
    }

    /// <summary>Its title may stand at a standard: GB/T 27922-2011《商品售后服务评价体系》, or in its place. What says something else
    /// there does not agree.</summary>
    private static bool StandardAgrees(string given, CertificateView view)
    {
        if (StandsIn(given, view.Standard!)) return true;
        var named = Words.Standards(given);
        var beside = Words.WithoutStandards(given);
        // A bare number is no title, although it may be a category's.
        var isTitle = !beside.Any(char.IsDigit) && Words.Category(beside) == view.Category.No;
        return named.All(one => StandsIn(one, view.Standard!)) && (isTitle || beside.Length == 0 && named.Length > 0);
    }

    /// <summary>Whether the parts of a standard stand in the registered text one after another: GB/T 27922 is in GB/T27922-2011, ISO
    /// 9001:2015 in GB/T 19001-2016/ISO 9001:2015, and 2792 in neither.</summary>
    private static bool StandsIn(string given, string registered)
    {
        var (asked, parts) = (Parts(given), Parts(registered));
        if (!asked.Any(part => char.IsAsciiDigit(part[0]))) return false;
        // Letters run together (GB/T, GBT, idt ISO): the last of them name the standard.
        bool Ends(string part) => !char.IsAsciiDigit(asked[0][0]) && part.EndsWith(asked[0], StringComparison.Ordinal);
        // A number behind another is its part or its year: 2011 is no standard.
        bool Begins(int at) => at == 0 || !char.IsAsciiDigit(parts[at][0]) || !char.IsAsciiDigit(parts[at - 1][0]);
        bool GoesOnAt(int at) => parts.Skip(at).Take(asked.Count - 1).SequenceEqual(asked.Skip(1));
        bool StandsAt(int at) => Begins(at) && (parts[at] == asked[0] || Ends(parts[at])) && GoesOnAt(at + 1);
        return Enumerable.Range(0, Math.Max(0, parts.Count - asked.Count + 1)).Any(StandsAt);
    }

    /// <summary>Runs of digits and runs of anything else that is a letter, in upper case.</summary>
    private static List<string> Parts(string text)
    {
        var parts = new List<string>();
        var digits = false;
        var ended = true;
        foreach (var c in CertificateNumber.Normalise(text) ?? "")
            if (!char.IsLetterOrDigit(c)) ended |= digits;
            else
            {
                var digit = char.IsAsciiDigit(c);
                if (parts.Count > 0 && digit == digits && !ended) parts[^1] += c;
                else parts.Add(c.ToString());
                (digits, ended) = (digit, false);
            }
        return parts;
    }

    /// <summary>The name of a field as people read it.</summary>
    public static Text Name(string field) => fields[field];

    /// <summary>What does not simply agree, with both values; null when it does.</summary>
    public string? Sentence(Language language)
    {
        if (Verdict == Agreement.Same) return null;
        var (field, given) = (fields[Field][language], Shown(Given, language));
        return Told(field, given, Registered is null ? null : Shown(Registered, language))[language];
    }

    private Text Told(string field, string given, string? registered) => Verdict switch
    {
        Agreement.Former => new(
            $"“{given}”是曾用名，当日名称为“{registered}”", $"“{given}” is a former name; on the day it was “{registered}”"),
        Agreement.Later => new(
            $"“{given}”是后来的名称，当日名称为“{registered}”", $"“{given}” is a later name; on the day it was “{registered}”"),
        Agreement.Malformed => new(
            $"{field}“{given}”书写有误，长度、字符或校验位不对",
            $"{field} “{given}” cannot be right: its length, characters or check character"),
        _ when registered is null => new(
            $"{field}无从核对：所给“{given}”，登记簿未载", $"{field} cannot be compared: given “{given}”, nothing is registered"),
        _ when Field == "level" => new(
            $"等级不够：要求至少“{given}”，登记为“{registered}”",
            $"The level is too low: at least “{given}” is asked for, “{registered}” is registered"),
        _ => new($"{field}不符：所给“{given}”，登记为“{registered}”", $"{field} differs: given “{given}”, registered “{registered}”"),
    };

    private string Shown(string value, Language language) => Field switch
    {
        "level" => Words.Level(value) is { } code ? Catalogue.Schemes.LevelOf(code)!.Name[language] : value,
        "status" => Words.Status(value)?.Name()[language] ?? value,
        "category" => int.TryParse(value, out var no) && Catalogue.CategoryOf(no) is { } category ? category.Numbered[language] : value,
        _ => value,
    };
}
