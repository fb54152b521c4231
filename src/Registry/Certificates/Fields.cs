using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Certificates;

/// <summary>
/// The optional texts of a certificate that read the same wherever they stand: as posted, in the log, in the row, in every answer. A member
/// here and its line in <see cref="Fields"/> are a whole field; the rest is made from both. Only whoever makes the object that holds one
/// sets it.
/// </summary>
public abstract record OptionalTexts
{
    /// <summary>认证依据, such as GB/T 27922-2011; left out, the scheme's.</summary>
    [JsonPropertyOrder(-9)]
    public string? Standard { get; set; }
}

/// <summary>A field of a certificate: everything about it that is told once.</summary>
/// <param name="Pointer">Its member in a draft and in an answer, such as <c>/holder/name</c>.</param>
/// <param name="Column">In table certificate.</param>
/// <param name="Name">Heading of its column in tables that are imported and exported.</param>
/// <param name="Kept">What the row keeps of it.</param>
/// <param name="Aliases">Other headings that people give it.</param>
public record Field(string Pointer, string Column, Text Name, Func<StoredContent, object?> Kept, params string[] Aliases)
{
    /// <summary>Whether a table cannot do without it.</summary>
    public bool IsNeeded { get; init; }

    /// <summary>Whether a list of certificates to check may state it.</summary>
    public bool IsListed { get; init; }

    /// <summary>What the page of a certificate calls it.</summary>
    public Text Label { get => field ?? Name; init; }

    /// <summary>The parameter of its column in SQL, of letters alone.</summary>
    public string Parameter { get; } = "@" + Pointer.Replace("/", "");
}

/// <summary>One of the <see cref="OptionalTexts"/>: read, checked, kept, written and shown without a line that names it.</summary>
/// <param name="Pointer">As <see cref="Field"/> has it.</param>
/// <param name="Column">As <see cref="Field"/> has it.</param>
/// <param name="Name">As <see cref="Field"/> has it.</param>
/// <param name="MaxLength">Characters.</param>
/// <param name="Get">Its value.</param>
/// <param name="Set">Gives it one.</param>
/// <param name="Aliases">As <see cref="Field"/> has them.</param>
public sealed record TextField(
    string Pointer, string Column, Text Name, int MaxLength, Func<OptionalTexts, string?> Get, Action<OptionalTexts, string?> Set,
    params string[] Aliases)
    : Field(Pointer, Column, Name, stored => Get(stored.Content), Aliases)
{
    /// <summary>Its member in JSON.</summary>
    public JsonEncodedText Json { get; } = JsonEncodedText.Encode(Pointer[1..]);
}

/// <summary>Every field that a body states about a certificate, once, in the order of tables and pages.</summary>
public static class Fields
{
    public static readonly IReadOnlyList<Field> All =
    [
        new("/number", "number", new("证书编号", "Certificate number"), stored => stored.Content.Number, "编号", "证书号", "证书号码", "证书注册号", "注册号", "注册编号", "证书注册编号", "认证证书编号", "认证证书号", "certificate no", "certificate #", "cert no", "cert #", "cert number") { IsNeeded = true, IsListed = true },
        new("/holder/name", "holder_name", new("获证组织名称", "Holder"), stored => stored.Content.Holder.Name, "获证组织",
            "组织名称", "获证企业", "获证企业名称", "企业名称", "公司名称", "单位名称", "获证单位",
            "持证单位", "证书持有人", "委托人", "认证委托人", "认证委托人名称", "客户名称", "名称",
            "供应商", "供应商名称", "投标人", "投标人名称", "投标人全称", "投标单位", "投标供应商",
            "响应供应商", "中标候选人", "中标人", "中标单位", "成交供应商", "竞标人", "应答人", "报价人",
            "报价单位", "公司", "企业", "holder name", "bidder name", "supplier name", "name of bidder", "name of supplier",
            "vendor", "tenderer", "company", "company name", "organisation", "organization", "bidder", "supplier")
            { IsNeeded = true, IsListed = true },
        new("/holder/nameEn", "holder_name_en", new("获证组织英文名称", "Holder (English)"), stored => stored.Content.Holder.NameEn, "英文名称", "组织英文名称", "企业英文名称", "公司英文名称", "单位英文名称", "获证组织名称英文", "获证组织英文", "组织名称英文", "企业名称英文", "公司名称英文", "单位名称英文", "名称英文", "holder name english", "english name", "name english") { IsListed = true },
        new("/holder/uscc", "uscc", new("统一社会信用代码", "Unified social credit code"), stored => stored.Content.Holder.Uscc, "信用代码", "社会信用代码", "统一信用代码", "统一社会信用代码证号", "组织机构代码", "机构代码", "统一代码", "credit code", "social credit code") { IsListed = true },
        new("/holder/region", "region", new("所在地区", "Region"), stored => stored.Content.Holder.Region, "地区", "所在地", "所属地区", "所在区域", "区域", "行政区划", "省市", "region name"),
        new("/holder/address", "address", new("地址", "Address"), stored => stored.Content.Holder.Address, "注册地址", "组织地址", "企业地址", "公司地址", "单位地址", "获证组织地址", "通讯地址", "详细地址", "holder address"),
        new("/category", "category", new("认证项目", "Category"), stored => stored.Content.Category, "认证领域", "认证类别", "认证种类", "认证类型", "项目", "认证项目名称", "认证项目编号", "certification category", "catalogue no") { IsNeeded = true, IsListed = true },
        new TextField("/standard", "standard", new("认证依据", "Standard"), 200, texts => texts.Standard, (texts, value) => texts.Standard = value, "认证标准", "依据标准", "执行标准", "标准", "认证依据标准", "认证标准号", "标准号", "标准编号", "依据", "certification standard") { IsListed = true },
        new("/scope", "scope", new("认证覆盖的业务范围", "Scope"), stored => stored.Content.Scope, "业务范围", "认证范围", "覆盖范围", "范围", "认证覆盖范围", "证书范围", "认证业务范围", "scope of certification", "certification scope") { IsNeeded = true, IsListed = true, Label = new("业务范围", "Scope") },
        new("/level", "level", new("服务等级", "Level"), stored => stored.Content.Level, "等级", "级别", "星级", "服务级别", "服务星级", "认证等级", "认证级别", "证书等级", "获证等级", "评价等级", "service level", "certificate level", "grade", "rating") { IsListed = true },
        new("/sites", "sites", new("场所", "Sites"), stored => stored.Sites, "多场所", "多场所地址", "场所地址", "认证场所", "覆盖场所", "其他场所", "分场所", "site"),
        new("/issuedOn", "issued_on", new("颁证日期", "Issued on"), stored => stored.Content.IssuedOn, "发证日期", "颁发日期", "签发日期", "颁证日", "发证日", "本次颁证日期", "本次发证日期", "有效期起", "有效期自", "有效期开始", "有效期起始", "起始日期", "生效日期", "issue date", "date of issue", "issued", "valid from") { IsNeeded = true, IsListed = true, Label = new("颁证日期", "Issued") },
        new("/firstIssuedOn", "first_issued_on", new("初次获证日期", "First issued on"), stored => stored.Content.FirstIssuedOn, "初次颁证日期", "初次发证日期", "首次颁证日期", "首次发证日期", "首次获证日期", "初次认证日期", "初评日期", "first issue date", "first issued") { IsListed = true, Label = new("初次获证日期", "First issued") },
        new("/expiresOn", "expires_on", new("证书到期日期", "Expires on"), stored => stored.Content.ExpiresOn, "到期日期", "到期日", "证书到期日", "有效期至", "有效期止", "有效期到", "有效期截止", "有效期", "证书有效期", "证书有效期至", "有效期限至", "截止有效期", "有效截止日期", "有效期限", "有效期间", "证书有效期限", "证书有效期间", "有效期起止", "有效期起止日期", "证书有效期起止", "expiry date", "expiration date", "expiration", "date of expiry", "expiry", "expires", "valid until", "valid to", "valid till", "valid through", "validity", "validity period", "period of validity") { IsListed = true, Label = new("证书到期日期", "Last day of validity") },
        new("/surveyedOn", "surveyed_on", new("监督日期", "Surveyed on"), stored => stored.Content.SurveyedOn, "最近监督日期", "监督审核日期", "最近一次监督日期", "年审日期", "监审日期", "surveillance date") { Label = new("最近一次监督", "Latest surveillance") },
        new("/replaces", "replaces", new("被替换证书", "Replaces"), stored => stored.Content.Replaces, "被替换证书编号", "原证书编号", "原证书号", "旧证书编号", "旧证书号", "replaced certificate"),
    ];

    /// <summary>Those that need no more than their line above.</summary>
    public static readonly IReadOnlyList<TextField> Texts = [.. All.OfType<TextField>()];

    private static readonly Dictionary<string, Field> byPointer = All.ToDictionary(field => field.Pointer);

    /// <summary>The field of a pointer.</summary>
    public static Field At(string pointer) => byPointer[pointer];

    /// <summary>One of the texts by its pointer; null when it is none.</summary>
    public static TextField? TextAt(string pointer) => byPointer.GetValueOrDefault(pointer) as TextField;
}
