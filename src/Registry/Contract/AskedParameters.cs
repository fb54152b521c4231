using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Dumps;
using Registry.Marks;
using Registry.Search;
using Registry.Verification;
using Registry.Watching;

namespace Registry.Contract;

/// <summary>A parameter: what it means, and what it is.</summary>
/// <param name="Means">For people, in one sentence.</param>
/// <param name="Make">Its schema.</param>
public sealed record Asked(Text Means, Func<JsonObject> Make);

/// <summary>Every parameter of the API by its name; where a name means something else in one operation, by the operation's name, a dot and
/// the name. One that an endpoint takes and that is missing here cannot be published.</summary>
public static class AskedParameters
{
    private const int Anything = 300;

    // Where one is left out, the first is meant.
    internal static readonly string[] VerificationForms = ["json", "ndjson", "csv", "xlsx"], SearchForms = ["json", "csv", "ndjson"],
        ImportForms = ["ndjson", "csv", "xlsx"], Cases = ["upper", "lower"], PaperSizes = ["label", "a4"];

    internal static readonly string[] DumpFiles =
        [.. Dump.Contents.Select(file => file.Name), DumpFolder.ManifestName, DumpFolder.SumsName];

    private static Asked Of(string zh, string en, Func<JsonObject> make) => new(new(zh, en), make);

    private static Func<JsonObject> Searched => () => Kind.Text(SearchQuery.MaxText);

    private static Asked Words(string zh, string en) => Of(zh, en, Searched);

    private static Asked Day(string zh, string en) => Of(zh, en, Kind.Day);

    private static Asked Instant(string zh, string en) => Of(zh, en, Kind.Instant);

    private static readonly Dictionary<string, Asked> all = new()
    {
        // What is meant.
        ["id"] = Words("证书的标识：13 个字符，不分大小写。", "Id of the certificate: 13 characters, upper or lower case."),
        ["code"] = Words("标志的编码：13 个字符；一件的编码为 26 个。", "Code of the mark: 13 characters; of an item 26."),
        ["certificate"] = Words("证书的标识。", "Id of a certificate: what is stated about it and its marks."),
        ["kid"] = Words("公钥的指纹（RFC 7638）。", "Thumbprint of the key (RFC 7638)."),
        ["index"] = Of("日志中的序号。", "Index in the log.", () => Kind.Whole(0, long.MaxValue)),
        ["level"] = Of("最低的服务等级。", "The least service level.", LevelCode),
        ["search.level"] = Of("服务等级。", "The service level.", LevelCode),
        ["getTile.level"] = Of("树的层，或 entries 为成束的声明。", "Level of the tree, or `entries` for a bundle of statements.",
            () => Kind.Text("^(entries|[0-9]|[1-5][0-9]|6[0-3])$")),
        ["path"] = Of("砖的序号，如 000、x001/234，未满的加 .p/宽度。", "Index of the tile: 000, x001/234, with .p/WIDTH where it is partial.",
            () => Kind.Text(@"^(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?$")),
        ["getAnswer.id"] = Unguessable,
        ["deleteAnswer.id"] = Unguessable,
        ["getAnswerCsv.id"] = Unguessable,
        ["getAnswerWorkbook.id"] = Unguessable,
        ["getAnswerPdf.id"] = Unguessable,
        ["getWatch.id"] = Unguessable,
        ["endWatch.id"] = Unguessable,
        ["watchFeed.id"] = Unguessable,
        ["watchJsonFeed.id"] = Unguessable,
        ["watchCalendar.id"] = Unguessable,

        // A search.
        ["q"] = Words("名称、范围、编号或编码中的词，须全部出现。", "Words of names, scopes, numbers or codes; all must occur."),
        ["suggest.q"] = Words("所输入的开头：汉字、拼音或首字母。", "What is typed so far: text, pinyin or initials."),
        ["categories.q"] = Words("名称中的文字。", "Text of a name."),
        ["bodies.q"] = Words("批准号或名称中的文字。", "Text of an approval number or name."),
        ["regions.q"] = Words("代码的开头或名称中的文字。", "The beginning of a code, or text of a name."),
        ["parent"] = Of("上级区划的代码。", "Code of the region that holds them.", () => Kind.Text("^[0-9]{6}$")),
        ["number"] = Words("证书编号，空格与大小写不计。", "Number of the certificate; spaces and case do not count."),
        ["holder"] = Words("获证组织名称中的词。", "Words of the holder's name."),
        ["uscc"] = Words("统一社会信用代码，或其中 9 位组织机构代码。", "The holder's social credit code, or the nine characters of its organisation."),
        ["body"] = Words("认证机构的批准号。", "Approval number of the body."),
        ["category"] = Words("认证项目的序号（1 至 28）或名称。", "Catalogue number (1 to 28) or name of the category."),
        ["changes.category"] = CategoryNumber,
        ["changesFeed.category"] = CategoryNumber,
        ["group"] = Of("认证项目的类别。", "Group of categories.", () => Kind.Word(Catalogue.Groups.Select(group => group.Code))),
        ["status"] = Of("状态，按 on 所指之日。", "Status on the day that `on` names.", () => Kind.Word(Statuses.All.Select(status => status.Word()))),
        ["region"] = Words("行政区划的代码或名称（GB/T 2260）。", "Code or name of a region (GB/T 2260)."),
        ["scope"] = Of("认证范围中的词，须全部出现。", "Words of the scope; all must occur.", () => Kind.Text(SentList.MaxField)),
        ["search.scope"] = Words("认证范围中的词，须全部出现。", "Words of the scope; all must occur."),
        ["issuedFrom"] = Day("颁证日期不早于。", "Issued on this day or later."),
        ["issuedTo"] = Day("颁证日期不晚于。", "Issued on this day or earlier."),
        ["expiresFrom"] = Day("到期日期不早于。", "Expires on this day or later."),
        ["expiresTo"] = Day("到期日期不晚于。", "Expires on this day or earlier."),
        ["sort"] = Of("次序。", "The order.", () => Kind.Word(SearchOrders.All.Select(order => order.Word))),
        ["cursor"] = Of("上一页给出的 next。", "`next` of the page before.", () => Kind.Text(Cursor.MaxText)),
        ["total"] = Of("是否给出总数。", "Whether to tell how many there are.", () => Kind.Flag(true)),
        ["facets"] = Of("是否给出分面。", "Whether to tell of which kinds they are.", () => Kind.Flag(true)),
        ["limit"] = Of($"条数，一页最多 {SearchQuery.MaxLimit}；导出时不限，省略则全部。",
            $"How many: of a page at most {SearchQuery.MaxLimit}; of an export any number, and all when left out.",
            () => Kind.Whole(1, int.MaxValue, SearchQuery.DefaultLimit)),
        ["search.format"] = Format(SearchForms),

        // Two times.
        ["on"] = Day("哪一天的情况；省略为今天。", "As of this day; today when left out."),
        ["knownAt"] = Instant("当时登记簿所知：此后登记的不计。", "As the registry knew it at this instant: what was recorded since does not count."),

        // A list that is sent as a table.
        ["standard"] = Of("认证依据。", "The standard.", () => Kind.Text(SentList.MaxField)),
        ["sheet"] = Of("工作表的名称或序号（从 1 起）。", "Name or place (from 1) of the sheet of a workbook.", () => Kind.Text(Anything)),
        ["header"] = Of("表头所在的行，没有为 0。", "Line of the headings, 0 for none; found when left out.", () => Kind.Whole(0, int.MaxValue)),
        ["columns"] = Of("各列的含义，- 为不用。", "Fields of the columns, `-` for one that is not used; found when left out.",
            () => Kind.Words([.. ListChoice.Names, ListChoice.NotUsed])),
        ["verify.format"] = Format(VerificationForms),
        ["import.format"] = Format(ImportForms),
        ["dryRun"] = Of("只检查，不登记。", "Only say what would be recorded.", () => Kind.Flag(false)),
        ["ignore"] = Of("不用的列的名称，以逗号分隔。", "Headings of columns to leave out, with commas between.", () => Kind.Text(SearchQuery.MaxText * 50)),

        // Open data.
        ["day"] = Day("转储的日期。", "Day of the dump."),
        ["file"] = Of("文件名。", "Name of a file of it.", () => Kind.Word(DumpFiles)),

        // The log.
        ["after"] = Of("已知的最后一条的序号，-1 为从头。", "Index of the last entry that is known; -1 for none.", () => Kind.Whole(-1, long.MaxValue, -1)),
        ["changes.limit"] = Of("条数。", "How many.", () => Kind.Whole(1, ChangeQuery.MaxLimit, ChangeQuery.DefaultLimit)),
        ["wait"] = Of("没有新条目时最多等待的秒数。", "Seconds to wait for something new.", () => Kind.Whole(0, ChangeQuery.MaxWaitSeconds, 0)),
        ["getConsistency.from"] = Of("较小的条数。", "The smaller size.", () => Kind.Whole(0, long.MaxValue, 0)),
        ["getConsistency.to"] = Of("较大的条数；省略为当前。", "The larger size; the newest when left out.", () => Kind.Whole(0, long.MaxValue)),

        // Marks.
        ["from"] = Of(
            "第一件的序号，与 to 同用；都省略为全部。", "The first serial, together with `to`; all where both are left out.", Serial),
        ["to"] = Of("最后一件的序号。", "The last serial.", Serial),
        ["by"] = Of("应谁的要求。", "At whose wish.", () => Kind.Word(Enum.GetValues<Withdrawer>().Select(one => one.ToString().ToLowerInvariant()))),
        ["before"] = Instant("早于此刻的。", "Reported before this instant."),
        ["reports.limit"] = Of("条数。", "How many.", () => Kind.Whole(1, ReportStore.MaxListed, ReportStore.DefaultListed)),
        ["size"] = Of("二维码含空白区的边长，毫米。", "Side of the code with its quiet zone, in millimetres.", () => Kind.Number(1, ArtworkQuery.MaxSize, ArtworkQuery.DefaultSize)),
        ["ec"] = Of("纠错等级。", "Error correction.", () => Kind.Word(Enum.GetNames<ErrorCorrection>(), nameof(ErrorCorrection.M))),
        ["layout"] = Of("文字在下方、在旁边或没有。", "Text under the code, beside it, or none.",
            () => Kind.Word(Enum.GetNames<MarkLayout>().Select(name => name.ToLowerInvariant()), "label")),
        ["ink"] = Of("码与文字的颜色，六位十六进制。", "Colour of code and text, six hexadecimal digits.", () => Colour("000000")),
        ["paper"] = Of("底色，六位十六进制。", "Colour of the ground, six hexadecimal digits.", () => Colour("ffffff")),
        ["bleed"] = Of("出血，毫米。", "Millimetres of ground beyond the trim.", () => Kind.Number(0, ArtworkQuery.MaxBleed, 0)),
        ["case"] = Of("码中地址的大小写；大写的码最小。", "How the code's address is written; in upper case the code is smallest.", () => Kind.Word(Cases, Cases[0])),
        ["dpi"] = Of("打印机的分辨率。", "Dots per inch of the printer.", () => Kind.Whole(ArtworkQuery.MinDpi, ArtworkQuery.MaxDpi, ArtworkQuery.DefaultDpi)),
        ["copies"] = Of("份数。", "How many.", () => Kind.Whole(1, ArtworkQuery.MaxLabels, 1)),
        ["paperSize"] = Of("每页一枚，或排在 A4 上。", "One a page, or on sheets.", () => Kind.Word(PaperSizes, PaperSizes[0])),

        ["openMark.name"] = Words("手中物品上印的名称：网页说明是否相符。", "The name on what is held: the page says whether it agrees."),
        ["suggestEntity.cursor"] = Words("已有的条数；只有第一页。", "How many are there already: there is only a first page."),
        ["prefix"] = Words("所输入的开头。", "What is typed so far."),
        ["queries"] = Of("一批查询，JSON 对象：名称与查询。", "A batch as a JSON object: names and queries.", () => Kind.Text(1 << 16)),
    };

    private static Asked Unguessable => Words("无法猜到的标识，给出时只此一次。", "The unguessable id, as it was given out.");

    private static Asked CategoryNumber => Of("认证项目的序号。", "Catalogue number of the category.", Category);

    private static Asked Format(string[] words) =>
        Of("答复的形式；省略则由 Accept 决定。", "The form of the answer; when left out, Accept chooses.", () => Kind.Word(words, words[0]));

    private static JsonObject Serial() => Kind.Whole(1, ItemCode.MaxItems);

    private static JsonObject Category() => Kind.Whole(1, Catalogue.Categories.Count);

    internal static JsonObject LevelCode() => Kind.Word(Catalogue.Schemes.Levels.Select(level => level.Code));

    private static JsonObject Colour(string otherwise)
    {
        var colour = Kind.Text("^#?[0-9A-Fa-f]{6}$");
        colour["default"] = otherwise;
        return colour;
    }

    /// <summary>A parameter of an operation.</summary>
    /// <exception cref="InvalidOperationException">Nobody has said what it is.</exception>
    public static Asked Of(string operation, string name) => all.GetValueOrDefault($"{operation}.{name}") ?? all.GetValueOrDefault(name)
        ?? throw new InvalidOperationException($"The parameter {name} of {operation} is not described: {nameof(AskedParameters)}.");

    /// <summary>Every name, to be compared with what endpoints take.</summary>
    public static IEnumerable<string> Names => all.Keys;
}
