using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Registry.Certificates;

namespace Registry.Tables;

/// <summary>Where a column stands.</summary>
[Flags]
public enum ColumnUse
{
    /// <summary>Carries a field into an import.</summary>
    Import = 1,
    /// <summary>An import cannot do without it.</summary>
    Needed = 2,
    /// <summary>An import lets it pass: it holds nothing that could be recorded, such as a serial number.</summary>
    Passed = 4,
    /// <summary>Part of an export.</summary>
    Export = 8,
    /// <summary>Says something about a row of a list that is checked.</summary>
    List = 16,
    /// <summary>Part of the template of an import.</summary>
    Template = 32,
}

/// <summary>A column of people's tables: the place it fills, its headings in both languages (templates and exports write them), and the
/// other names people give it.</summary>
/// <param name="Pointer">Place in a certificate's draft, such as <c>/holder/name</c>; the last part is accepted as a heading too.</param>
/// <param name="Name">The heading.</param>
/// <param name="Use">Where it stands.</param>
/// <param name="Aliases">Other headings, in any case and width.</param>
public sealed record Column(string Pointer, Text Name, ColumnUse Use, params string[] Aliases)
{
    /// <summary>The name in JSON.</summary>
    public string Json { get; } = Pointer[(Pointer.LastIndexOf('/') + 1)..];

    public bool Is(ColumnUse use) => (Use & use) != 0;
}

/// <summary>Every column there is, once: for imports, exports, templates, lists, help and docs.</summary>
public static partial class Columns
{
    private const ColumnUse Both = ColumnUse.Import | ColumnUse.Export | ColumnUse.Template;
    private const ColumnUse Listed = Both | ColumnUse.List;

    /// <summary>The score, which is checked and dropped, stands beside the level.</summary>
    private const string AfterScore = "/sites";

    private static Column Of(Field field) =>
        new(field.Pointer, field.Name, (field.IsListed ? Listed : Both) | (field.IsNeeded ? ColumnUse.Needed : 0), field.Aliases);

    /// <summary>In the order in which exports and templates write them.</summary>
    public static readonly IReadOnlyList<Column> All =
    [
        new("/code", new("查询编码", "Code"), ColumnUse.Passed | ColumnUse.Export | ColumnUse.List,
            "id", "标志编码", "标志码", "认证标志编码", "二维码", "certificate id", "mark code", "mark"),
        .. Fields.All.TakeWhile(field => field.Pointer != AfterScore).Select(Of),
        new("/score", new("得分", "Score"), ColumnUse.Import | ColumnUse.Template, "分数", "评分", "评价得分", "认证得分"),
        .. Fields.All.SkipWhile(field => field.Pointer != AfterScore).Select(Of),
        new("/status", new("证书状态", "Status"), Listed, "状态", "当前状态", "证书当前状态", "认证状态", "certificate status"),
        new("/statusOn", new("状态日期", "Status since"), Both, "状态变更日期", "状态变化日期", "状态生效日期", "变更状态日期", "status date"),
        new("/suspendedOn", new("暂停日期", "Suspended on"), ColumnUse.Import, "暂停开始日期", "暂停起始日期", "suspension date"),
        new("/revokedOn", new("撤销日期", "Revoked on"), ColumnUse.Import, "revocation date"),
        new("/cancelledOn", new("注销日期", "Cancelled on"), ColumnUse.Import, "cancellation date"),
        new("/until", new("暂停截止日期", "Suspended until"), Both, "暂停截止", "暂停到期日期", "暂停结束日期", "暂停期限", "暂停至"),
        new("/reason", new("原因", "Reason"), Both, "暂停原因", "撤销原因", "注销原因", "状态原因", "变更原因"),
        new("/body", new("认证机构批准号", "Certification body"), Listed,
            "批准号", "机构批准号", "认证机构编号", "认证机构号", "approval number", "body approval number"),
        new("/bodyName", new("认证机构", "Certification body name"), ColumnUse.Import | ColumnUse.Export | ColumnUse.List,
            "认证机构名称", "发证机构", "颁证机构", "发证单位", "颁证单位",
            "颁发机构", "颁发单位", "发证机关", "发证方", "颁证方", "认证公司", "issued by", "issuer", "issuing body", "certifier",
            "certified by"),
        new("/asOf", new("状态截至", "As of"), ColumnUse.Passed | ColumnUse.Export),
        // Of an export for a day to come alone.
        new("/ahead", new("所问之日未到", "Day to come"), ColumnUse.Passed),
        new("/on", new("查询日期", "On"), ColumnUse.List,
            // And the day of a step of a tender: DayOfTender.
            "日期", "核查日期", "核验日期", "基准日期", "查询日", "核查日", "基准日", "date", "as-of date", "bid opening",
            "tender opening"),
        new("/serial", new("序号", "No."), ColumnUse.Passed, "行号", "#", "seq", "row", "line", "serial number"),
        new("/sourceLine", new("原文件行号", "Line in the file"), ColumnUse.Passed),
        new("/rejectedBecause", new("退回原因", "Rejected because"), ColumnUse.Passed),
    ];

    private const string Headings = "Columns of a table, each with every heading that is understood. Case, width, white space, stars and "
        + "remarks in brackets do not count; * must be there. 表格的列与各列认得的列名；大小写、全半角、空白、星号与括号里的说明不计；带 * 的必须有。";
    private const string LetPass = "Let pass without being recorded 可留在表中、不作登记";
    private const string Refused = "Any other column is refused unless `ignore=名,名` names it 其余的列须在 ignore 中写明才会略过。";
    private const string Forms =
        "The header may stand below titles and blank rows; `sep=` is skipped; "
        + "separators are comma, tab, semicolon or |; encodings UTF-8, UTF-16 or GB 18030; gzip. "
        + "Days: 2025-03-01, 2025/3/1, 2025.3.1, 2025年3月1日, 20250301, serial days. "
        + "Several sites are parted by ；. A status of 暂停, 撤销 or 注销 needs its day. 被替换证书 takes a number or an id.";

    private static string Line(Column column)
    {
        var (needed, json) = (column.Is(ColumnUse.Needed) ? " *" : "", column.Pointer[1..].Replace('/', '.'));
        return $"| {column.Name.Zh}{needed} | {column.Name.En} | {json} | {string.Join("、", column.Aliases)} |";
    }

    /// <summary>Every heading that an import understands, for docs and help (Markdown).</summary>
    public static readonly string Described = $"""
        {Headings}

        | 列 | Column | JSON | 别名 Also |
        |---|---|---|---|
        {string.Join('\n', All.Where(column => column.Is(ColumnUse.Import)).Select(Line))}

        {LetPass}: {string.Join("、", All.Where(column => column.Is(ColumnUse.Passed)).Select(column => column.Name.Zh))}. {Refused}

        {Forms}
        """;

    private static readonly FrozenDictionary<string, Column> importing = ByName(ColumnUse.Import | ColumnUse.Passed);
    private static readonly FrozenDictionary<string, Column> listing = ByName(ColumnUse.List);

    /// <summary>The column of a pointer; null when none stands for it.</summary>
    public static Column? At(string pointer) => All.FirstOrDefault(column => column.Pointer == pointer);

    /// <summary>Every heading a column goes by.</summary>
    public static IEnumerable<string> NamesOf(Column column) => [column.Name.Zh, column.Name.En, column.Json, .. column.Aliases];

    /// <summary>The column a heading names; null when none. Stars, white and invisible characters, case, width and remarks in brackets do
    /// not count, nor does an English name beside a Chinese one when both name the same; traditional characters are their simplified
    /// forms. In lists, what is asked of a certificate may be headed so: 最低等级, 等级要求, required level; and its day by a step of the
    /// tender: 递交投标文件截止时间, quotation date.</summary>
    /// <param name="heading">The cell of the header.</param>
    /// <param name="use">Import, or List for lists that are checked.</param>
    public static Column? Find(string heading, ColumnUse use)
    {
        var names = use == ColumnUse.List ? listing : importing;
        // What stands in brackets may belong to the name (获证组织名称（英文）) before it is taken for a remark.
        var whole = Key(heading);
        if (whole.Length == 0) return null;
        if (names.GetValueOrDefault(whole) is { } exact) return exact;
        var bare = Key(Remarks().Replace(PlainText.Unified(heading), " "));
        if (names.GetValueOrDefault(bare) is { } column) return column;
        var chinese = string.Concat(bare.Where(c => c > 0x7F));
        var latin = string.Concat(bare.Where(c => c <= 0x7F));
        var inChinese = chinese.Length > 0 && latin.Length > 0 ? names.GetValueOrDefault(chinese) : null;
        if (inChinese is not null && inChinese == names.GetValueOrDefault(latin)) return inChinese;
        if (use != ColumnUse.List) return null;
        if (DayOfTender().IsMatch(bare)) return At("/on");
        if (MadeOf(bare) is { } made) return made;
        var rest = Asked().Replace(bare, "");
        if (rest.Length == bare.Length) return null;
        return (names.GetValueOrDefault(rest) ?? MadeOf(rest)) is { } asked && IsAsked(asked) ? asked : null;
    }

    /// <summary>What a heading of a list tells by the words it is made of: 证书有效期截止日, 售后服务星级. Of an import what is recorded
    /// hangs on it: there a heading is known by name, or refused.</summary>
    private static Column? MadeOf(string heading)
    {
        if (Made().Match(heading) is not { Success: true } match) return null;
        var field = match.Groups.Values.First(group => group.Success && group.Name != "0").Name;
        return At(field == "name" ? "/holder/name" : "/" + field);
    }

    private const string Dated = "(?:日期?|之日|时间)";

    /// <summary>信用等级 is no level of a certificate.</summary>
    private const string LevelMade = "(?<level>(?:证书|认证|商品|售后|服务|评价|评定|体系|达标|获证|星级|的)+(?:等级|级别|星级|星数))";

    /// <summary>截止日期 alone is no day of a certificate, and 证书截止日 heads what an answer added.</summary>
    private const string LastDayMade = "(?<expiresOn>(?!证书截止日\\z)"
        + $"(?:(?:证书|认证|有效|期|限|的)+(?:截止|终止|失效|届满|到期|结束|满){Dated}?|(?:失效|届满|期满){Dated}))";

    private const string FirstDayMade = $"(?<issuedOn>(?:证书|认证|的)*(?:颁证|发证|颁发|签发){Dated})";
    private const string StatusMade = "(?<status>(?:证书|认证|当前|目前|的)*(?:有效状态|有效性|状态))";
    private const string HolderMade =
        "(?<name>(?:投标|响应|应答|竞标|竞价|报价|参选|参与|申请|候选|供货|承包|持证|获证|受评价|被评价|受审核)+"
        + "(?:人|方|单位|企业|商|公司|厂商|组织|供应商)(?:名称|全称)?)";

    [GeneratedRegex($"^(?:{LevelMade}|{LastDayMade}|{FirstDayMade}|{StatusMade}|{HolderMade})\\z")]
    private static partial Regex Made();

    /// <summary>Whether a column says what is asked of a certificate.</summary>
    public static bool IsAsked(Column column) => column.Pointer is "/category" or "/standard" or "/level" or "/scope";

    /// <summary>What a heading says besides what it asks for.</summary>
    [GeneratedRegex("^(?:最低|至少|不低于|(?:招标|投标)?要求的?|所需|需要|须具备|应具备|必须|asked|required|minimum|min|least|atleast)+"
        + "|(?:要求|不低于|下限|最低|required|requirement|requirements|asked|minimum|atleast)+\\z")]
    private static partial Regex Asked();

    private const string Step = "投标|开标|评标|截标|定标|招标|竞标|报价|询价|竞价|磋商|谈判|响应|递交|提交|遴选|比选"
        + "|bids?|tenders?|quotes?|quotations?|offers?|proposals?|submission|opening|closing|evaluation|reference";
    private const string DayOfIt = "日期?|之日|时间|date|day|time|deadline";
    private const string Between = "文件|截止|的|for|of|the";

    /// <summary>The day of a step of a tender, in whatever words of both languages; a day alone (截止日期) may be a
    /// certificate's.</summary>
    [GeneratedRegex($@"^(?:(?<step>{Step})|(?<day>{DayOfIt})|{Between})+\z(?(step)|(?!))(?(day)|(?!))")]
    private static partial Regex DayOfTender();

    /// <summary>Whether a text names a step of a tender, in either language.</summary>
    public static bool NamesStep(string text) => StepInText().IsMatch(text);

    [GeneratedRegex($@"(?<![A-Za-z])(?:{Step})(?![A-Za-z])", RegexOptions.IgnoreCase)]
    private static partial Regex StepInText();

    /// <summary>A heading as it is compared: letters, digits and ideographs in half width and lower case.</summary>
    public static string Normalise(string heading)
    {
        var key = new StringBuilder(heading.Length);
        foreach (var rune in PlainText.Unified(heading).EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune) || rune.Value == '#') key.Append(Rune.ToLowerInvariant(rune));
        return key.ToString();
    }

    /// <summary>The same with traditional characters by their simplified forms.</summary>
    public static string Key(string heading) => Characters.Simplify(Normalise(heading));

    private static FrozenDictionary<string, Column> ByName(ColumnUse use)
    {
        var named = All.Where(column => column.Is(use)).SelectMany(NamesOf, (column, name) => (Name: Key(name), Column: column));
        return named.Distinct().ToFrozenDictionary(pair => pair.Name, pair => pair.Column);
    }

    [GeneratedRegex(@"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|\{[^{}]*\}|<[^<>]*>|《[^《》]*》")]
    private static partial Regex Remarks();
}
