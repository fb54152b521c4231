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

    /// <summary>In the order in which exports and templates write them.</summary>
    public static readonly IReadOnlyList<Column> All =
    [
        new("/code", new("查询编码", "Code"), ColumnUse.Passed | ColumnUse.Export | ColumnUse.List, "id", "标志编码", "标志码", "认证标志编码", "二维码", "certificate id", "mark code", "mark"),
        new("/number", new("证书编号", "Certificate number"), Listed | ColumnUse.Needed, "编号", "证书号", "证书号码", "证书注册号", "注册号", "注册编号", "证书注册编号", "认证证书编号", "认证证书号", "certificate no", "cert no", "cert number"),
        new("/holder/name", new("获证组织名称", "Holder"), Listed | ColumnUse.Needed, "获证组织", "组织名称", "获证企业", "获证企业名称", "企业名称", "公司名称", "单位名称", "获证单位", "持证单位", "证书持有人", "委托人", "认证委托人", "认证委托人名称", "客户名称", "名称", "供应商", "供应商名称", "投标人", "投标人名称", "投标单位", "holder name", "company", "company name", "organisation", "organization", "bidder", "supplier"),
        new("/holder/nameEn", new("获证组织英文名称", "Holder (English)"), Listed, "英文名称", "组织英文名称", "企业英文名称", "公司英文名称", "单位英文名称", "获证组织名称英文", "获证组织英文", "组织名称英文", "企业名称英文", "公司名称英文", "单位名称英文", "名称英文", "holder name english", "english name", "name english"),
        new("/holder/uscc", new("统一社会信用代码", "Unified social credit code"), Listed, "信用代码", "社会信用代码", "统一信用代码", "统一社会信用代码证号", "组织机构代码", "机构代码", "统一代码", "credit code", "social credit code"),
        new("/holder/region", new("所在地区", "Region"), Both, "地区", "所在地", "所属地区", "所在区域", "区域", "行政区划", "省市", "region name"),
        new("/holder/address", new("地址", "Address"), Both, "注册地址", "组织地址", "企业地址", "公司地址", "单位地址", "获证组织地址", "通讯地址", "详细地址", "holder address"),
        new("/category", new("认证项目", "Category"), Listed | ColumnUse.Needed, "认证领域", "认证类别", "认证种类", "项目", "认证项目编号", "certification category"),
        new("/standard", new("认证依据", "Standard"), Listed, "认证标准", "依据标准", "执行标准", "标准", "认证依据标准", "认证标准号", "标准号", "依据"),
        new("/scope", new("认证覆盖的业务范围", "Scope"), Listed | ColumnUse.Needed, "业务范围", "认证范围", "覆盖范围", "范围", "认证覆盖范围", "证书范围", "认证业务范围", "scope of certification"),
        new("/level", new("服务等级", "Level"), Listed, "等级", "级别", "星级", "服务级别", "服务星级", "认证等级", "认证级别", "service level", "grade", "rating"),
        new("/score", new("得分", "Score"), ColumnUse.Import | ColumnUse.Template, "分数", "评分", "评价得分", "认证得分"),
        new("/sites", new("场所", "Sites"), Both, "多场所", "多场所地址", "场所地址", "认证场所", "覆盖场所", "其他场所", "分场所", "site"),
        new("/issuedOn", new("颁证日期", "Issued on"), Both | ColumnUse.Needed, "发证日期", "颁发日期", "签发日期", "颁证日", "发证日", "本次颁证日期", "本次发证日期", "有效期起", "有效期自", "有效期开始", "有效期起始", "起始日期", "生效日期", "issue date", "date of issue", "issued", "valid from"),
        new("/firstIssuedOn", new("初次获证日期", "First issued on"), Both, "初次颁证日期", "初次发证日期", "首次颁证日期", "首次发证日期", "首次获证日期", "初次认证日期", "初评日期", "first issue date"),
        new("/expiresOn", new("证书到期日期", "Expires on"), Both, "到期日期", "到期日", "证书到期日", "有效期至", "有效期止", "有效期到", "有效期截止", "有效期", "证书有效期", "证书有效期至", "有效期限至", "截止有效期", "有效截止日期", "expiry date", "expiration date", "expires", "valid until", "valid to"),
        new("/surveyedOn", new("监督日期", "Surveyed on"), Both, "最近监督日期", "监督审核日期", "最近一次监督日期", "年审日期", "监审日期", "surveillance date"),
        new("/replaces", new("被替换证书", "Replaces"), Both, "被替换证书编号", "原证书编号", "原证书号", "旧证书编号", "旧证书号", "replaced certificate"),
        new("/status", new("证书状态", "Status"), Both, "状态", "当前状态", "证书当前状态", "认证状态", "certificate status"),
        new("/statusOn", new("状态日期", "Status since"), Both, "状态变更日期", "状态变化日期", "状态生效日期", "变更状态日期", "status date"),
        new("/suspendedOn", new("暂停日期", "Suspended on"), ColumnUse.Import, "暂停开始日期", "暂停起始日期", "suspension date"),
        new("/revokedOn", new("撤销日期", "Revoked on"), ColumnUse.Import, "revocation date"),
        new("/cancelledOn", new("注销日期", "Cancelled on"), ColumnUse.Import, "cancellation date"),
        new("/until", new("暂停截止日期", "Suspended until"), Both, "暂停截止", "暂停到期日期", "暂停结束日期", "暂停期限", "暂停至"),
        new("/reason", new("原因", "Reason"), Both, "暂停原因", "撤销原因", "注销原因", "状态原因", "变更原因"),
        new("/body", new("认证机构批准号", "Certification body"), Listed, "批准号", "机构批准号", "认证机构编号", "认证机构号", "approval number", "body approval number"),
        new("/bodyName", new("认证机构", "Certification body name"), ColumnUse.Import | ColumnUse.Export | ColumnUse.List, "认证机构名称", "发证机构", "颁证机构"),
        new("/asOf", new("状态截至", "As of"), ColumnUse.Passed | ColumnUse.Export),
        new("/on", new("查询日期", "On"), ColumnUse.List, "日期", "投标日期", "开标日期", "评标日期", "招标日期", "截标日期", "投标截止日期", "核查日期", "核验日期", "date", "bid date"),
        new("/serial", new("序号", "No."), ColumnUse.Passed, "行号", "#", "seq", "row", "line", "serial number"),
        new("/sourceLine", new("原文件行号", "Line in the file"), ColumnUse.Passed),
        new("/rejectedBecause", new("退回原因", "Rejected because"), ColumnUse.Passed),
    ];

    private const string Headings = "Columns of a table, each with every heading that is understood. Case, width, white space, stars and "
        + "remarks in brackets do not count; * must be there. 表格的列与各列认得的列名；大小写、全半角、空白、星号与括号里的说明不计；带 * 的必须有。";
    private const string LetPass = "Let pass without being recorded 可留在表中、不作登记";
    private const string Refused = "Any other column is refused unless `ignore=名,名` names it 其余的列须在 ignore 中写明才会略过。";
    private const string Forms = "The header may stand below titles and blank rows; `sep=` is skipped; separators are comma, tab, semicolon or "
        + "|; encodings UTF-8, UTF-16 or GB 18030; gzip. Days: 2025-03-01, 2025/3/1, 2025.3.1, 2025年3月1日, 20250301, serial days. "
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
    /// not count, nor does
    /// an English name beside a Chinese one when both name the same.</summary>
    /// <param name="heading">The cell of the header.</param>
    /// <param name="use">Import, or List for lists that are checked.</param>
    public static Column? Find(string heading, ColumnUse use)
    {
        var names = use == ColumnUse.List ? listing : importing;
        // What stands in brackets may belong to the name (获证组织名称（英文）) before it is taken for a remark.
        var whole = Normalise(heading);
        if (whole.Length == 0) return null;
        if (names.GetValueOrDefault(whole) is { } exact) return exact;
        var bare = Normalise(Remarks().Replace(heading.Normalize(NormalizationForm.FormKC), " "));
        if (names.GetValueOrDefault(bare) is { } column) return column;
        var chinese = string.Concat(bare.Where(c => c > 0x7F));
        var latin = string.Concat(bare.Where(c => c <= 0x7F));
        var inChinese = chinese.Length > 0 && latin.Length > 0 ? names.GetValueOrDefault(chinese) : null;
        return inChinese is not null && inChinese == names.GetValueOrDefault(latin) ? inChinese : null;
    }

    /// <summary>A heading as it is compared: letters, digits and ideographs in half width and lower case.</summary>
    public static string Normalise(string heading)
    {
        if (!CertificateNumber.WellFormed(heading)) return "";
        var key = new StringBuilder(heading.Length);
        foreach (var rune in heading.Normalize(NormalizationForm.FormKC).EnumerateRunes())
            if (Rune.IsLetterOrDigit(rune) || rune.Value == '#') key.Append(Rune.ToLowerInvariant(rune));
        return key.ToString();
    }

    private static FrozenDictionary<string, Column> ByName(ColumnUse use)
    {
        var named = All.Where(column => column.Is(use)).SelectMany(column => NamesOf(column).Select(name => (name: Normalise(name), column))).Distinct();
        return named.ToFrozenDictionary(pair => pair.name, pair => pair.column);
    }

    [GeneratedRegex(@"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|\{[^{}]*\}|<[^<>]*>|《[^《》]*》")]
    private static partial Regex Remarks();
}
