using System.Buffers;
using System.Text.RegularExpressions;
using Registry.Certificates;
using Registry.Marks;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>What a piece of a line is.</summary>
public enum PieceKind { Number, Code, Uscc, Name, Body, Day, Claim, Level, Category, Standard, Label, Serial, Amount, Unread, Beyond }

/// <summary>A piece of a line and where it stands: places of its first and last word.</summary>
public sealed record Piece(int First, int Last, string Text, PieceKind Kind);

/// <summary>A line without headings, cut into words: what it holds is told by the record first (<see cref="AskedList"/>), then by its
/// form.</summary>
public sealed partial class PastedLine
{
    /// <summary>Words of a line that are looked at, and the most that make one name or number: bounds what is looked up for it.</summary>
    public const int MaxWords = 40;
    private const int MaxSpan = 8;
    public static readonly SearchValues<char> Stars = SearchValues.Create(Surplus.Stars);

    private const int LongestHeading = 10, LongestEnded = 30;
    private const string Opening = "(（[［{｛<＜《〈【〔「『", Closing = ")）]］}｝>＞》〉】〕」』";
    private const string Trimmed = " \t\r\n\"“”'.。,，、;；:：|!！*=→";

    private readonly string text;
    private readonly (int Start, int End, int Cell)[] words;

    public PastedLine(string text)
    {
        this.text = text;
        var found = new List<(int, int, int)>();
        var cell = 0;
        foreach (Match match in Word().Matches(text))
            if (match.Value[0] == '\t') cell += match.Length;
            else
            {
                // A marker before the first word (1. and （1）) is a word of its own.
                var marker = found.Count == 0 ? Marker().Match(match.Value).Length : 0;
                if (marker > 0) found.Add((match.Index, match.Index + marker, cell));
                if (marker < match.Length) found.Add((match.Index + marker, match.Index + match.Length, cell));
            }
        (words, Beyond) = Bounded(text, found);
    }

    private PastedLine(string text, List<(int, int, int)> words) => (this.text, (this.words, Beyond)) = (text, Bounded(text, words));

    private static ((int, int, int)[], string?) Bounded(string text, List<(int Start, int, int)> words) =>
        ([.. words.Take(MaxWords)], words.Count > MaxWords ? text[words[MaxWords].Start..].Trim() : null);

    /// <summary>What of it is not looked at, behind so many words: whoever and whatever is meant there; null for nothing.</summary>
    public string? Beyond { get; }

    /// <summary>The line with words cut where brackets or strokes stand or one script meets another: 证书号A-1（五星级） is three. Null where
    /// none can be.</summary>
    /// <param name="isCut">Whether a word is to be cut.</param>
    public PastedLine? Cut(Func<int, bool> isCut)
    {
        var cut = new List<(int Start, int End, int Cell)>();
        for (var word = 0; word < words.Length; word++)
        {
            var (start, end, cell) = words[word];
            if (!isCut(word)) cut.Add(words[word]);
            else
            {
                // A code ends where it does: behind it another begins.
                var isCode = ItemCode.Parse(OneScript().Match(text[start..end]).Value) is not null;
                if (!isCode && Mentioned().Match(text[start..end]).Groups["name"] is { Success: true } name)
                {
                    cut.Add((start + name.Index, start + name.Index + name.Length, cell));
                    start += name.Index + name.Length;
                }
                foreach (Match part in OneScript().Matches(text[start..end]))
                    cut.Add((start + part.Index, start + part.Index + part.Length, cell));
            }
        }
        return cut.SequenceEqual(words) ? null : new(text, cut);
    }

    /// <summary>Its cells, whole.</summary>
    public IEnumerable<string> Cells => text.Split('\t').Select(cell => cell.Trim());

    /// <summary>Every run of words of one cell that may be one name, number or code, whole cells and single words first.</summary>
    /// <param name="most">At most so many: what is beyond it is not recognised.</param>
    public IEnumerable<(int First, int Last, string Text)> Spans(int most) => Runs().DistinctBy(run => run).Take(most)
        .Select(run => (run.First, run.Last, Text: Text(run.First, run.Last))).Where(span => span.Text.Length > 0);

    private IEnumerable<(int First, int Last)> Runs() =>
        AllRuns().Where(run => run.First == run.Last || Says(run.First) && Says(run.Last));

    /// <summary>Signs say nothing of a name or number they stand at, and are passed over where those are looked up: they are no part of
    /// it.</summary>
    private bool Says(int word) => Text(word, word).Any(char.IsLetterOrDigit);

    private IEnumerable<(int First, int Last)> AllRuns()
    {
        for (var first = 0; first < words.Length; first++)
            if (IsFirst(first)) yield return (first, Array.FindLastIndex(words, word => word.Cell == words[first].Cell));
        for (var length = 1; length <= Math.Min(MaxSpan, words.Length); length++)
            for (var first = 0; first + length <= words.Length; first++)
                if (words[first + length - 1].Cell == words[first].Cell) yield return (first, first + length - 1);
    }

    private bool IsFirst(int word) => word == 0 || words[word - 1].Cell != words[word].Cell;

    public string Text(int first, int last)
    {
        var (start, end) = (words[first].Start, words[last].End);
        // A bracket that was opened within is closed there, also where words were cut at it.
        if (end < text.Length && Closing.IndexOf(text[end]) is var kind && kind >= 0
            && text.LastIndexOf(Opening[kind], end - 1, end - start) > text.LastIndexOf(text[end], end - 1, end - start)) end++;
        var said = text[start..end].Trim([.. Trimmed]).TrimStart([.. Closing]).TrimEnd([.. Opening]);
        return AsksMore(start) && (said.Length == 0 || IsLevel(said)) ? ">" + said : said;
    }

    /// <summary>Whether a sign stands there, or before it, that asks for more (＞四星) and closes no bracket.</summary>
    private bool AsksMore(int at)
    {
        if (text[at] is not ('>' or '＞')) at = text.AsSpan(0, at).TrimEnd().Length - 1;
        return at >= 0 && text[at] is '>' or '＞'
            && text.AsSpan(0, at).LastIndexOfAny("<＜") <= text.AsSpan(0, at).LastIndexOfAny(">＞");
    }

    /// <summary>What was recognised and the words beside it: a company's name goes on as far as its words do, so that nobody is taken for a
    /// namesake whose name is the beginning of theirs.</summary>
    public Piece Whole(Piece piece, Func<int, bool> isTaken)
    {
        // A code is as long as it is: what stands at it is something else.
        if (piece.Kind == PieceKind.Code) return piece;
        var (first, last) = (piece.First, piece.Last);
        while (last + 1 < words.Length && !isTaken(last + 1) && Continues(piece.Kind, last, last + 1)) last++;
        while (first > 0 && !isTaken(first - 1) && Continues(piece.Kind, first - 1, first)) first--;
        return piece with { First = first, Last = last, Text = Text(first, last) };
    }

    /// <summary>Whether two neighbouring words of a cell, one of them part of a name or number, belong together.</summary>
    private bool Continues(PieceKind kind, int before, int after)
    {
        if (words[before].Cell != words[after].Cell) return false;
        var between = text[words[before].End..words[after].Start];
        var (one, other) = (Text(before, before), Text(after, after));
        if (kind == PieceKind.Name && LegalForm().IsMatch(other)) return true;
        // Stars are part of nothing, also those of which nobody can tell what they ask (★★★★☆).
        if (one.AsSpan().ContainsAny(Stars) || other.AsSpan().ContainsAny(Stars)) return false;
        var isCut = between.Length == 0 || !string.IsNullOrWhiteSpace(between);
        bool MayBelong(PieceKind other) => other is PieceKind.Unread or PieceKind.Name || isCut && other == PieceKind.Amount;
        if (between.AsSpan().Trim(Cuts).Trim().Length > 0 || !MayBelong(KindOf(one, before)) || !MayBelong(KindOf(other, after)))
            return false;
        if (BeginsWhatIsRead(after)) return false;
        if (kind == PieceKind.Number ? Wording().IsMatch(one) || Wording().IsMatch(other) : Holding().IsMatch(other)) return false;
        // What stands at a number without a space, and behind a name even in brackets, may be a part of it.
        if (between.Length == 0 || kind == PieceKind.Name && isCut) return true;
        var areLatin = IsLatin(one) && IsLatin(other);
        return areLatin && kind is PieceKind.Name or PieceKind.Number
            || kind == PieceKind.Name && IsOrganisation(one) && IsOrganisation(other);
    }

    /// <summary>Whether a word and those behind it are something by their form, such as a standard: GB, T and 27922-2011.</summary>
    private bool BeginsWhatIsRead(int first)
    {
        var last = Math.Min(first + MaxSpan, words.Length) - 1;
        while (words[last].Cell != words[first].Cell) last--;
        var runs = Enumerable.Range(first, last - first + 1).Select(end => KindOf(Text(first, end), first));
        return runs.Any(kind => kind is not (PieceKind.Unread or PieceKind.Name or PieceKind.Amount or PieceKind.Serial));
    }

    /// <summary>The words that nothing recognised, as what their form says: the longest runs of one cell that say anything, then single
    /// words.</summary>
    public IEnumerable<Piece> Rest(Func<int, bool> isTaken)
    {
        for (var first = 0; first < words.Length; first++)
        {
            if (isTaken(first)) continue;
            var end = first;
            while (end + 1 < words.Length && !isTaken(end + 1) && words[end + 1].Cell == words[first].Cell) end++;
            var longestFirst = Enumerable.Range(0, end - first + 1).Select(less => Formed(first, end - less));
            var piece = longestFirst.FirstOrDefault(run => run.Kind != PieceKind.Unread) ?? Unread(first, end);
            yield return piece;
            first = piece.Last;
        }
    }

    private Piece Formed(int first, int last)
    {
        var text = Text(first, last);
        var kind = KindOf(text, first);
        // Beside an ideograph a space parts one thing from another.
        var isParted = kind == PieceKind.Name && text.Any(char.IsWhiteSpace) && !IsLatin(text);
        return new(first, last, text, isParted ? PieceKind.Unread : kind);
    }

    /// <summary>Latin words belong together, and what was cut; others stand alone.</summary>
    private Piece Unread(int first, int end)
    {
        var last = first;
        while (last < end && GoesOn(Text(first, last + 1), last + 1)) last++;
        return new(first, last, Text(first, last), PieceKind.Unread);
        bool GoesOn(string text, int next)
        {
            var kind = KindOf(Text(next, next), next);
            var isGlued = words[next - 1].End == words[next].Start;
            return isGlued ? kind is PieceKind.Unread or PieceKind.Amount
                : kind == PieceKind.Unread && IsLatin(text) && !text.Any(char.IsAsciiDigit);
        }
    }

    /// <summary>What a text is by its form alone.</summary>
    /// <param name="piece">One word or a run of them.</param>
    /// <param name="place">Of its first word in the line: serial numbers stand at the beginning.</param>
    private static PieceKind KindOf(string piece, int place) =>
        piece.Length == 0 || place == 0 && Serial().IsMatch(piece) ? PieceKind.Serial
        : SocialCreditCode.Parse(piece) is not null || IsCreditCode(piece) ? PieceKind.Uscc
        : Dates.Read(piece, serials: false) is var (day, refusal) && (day is not null || refusal == Refusal.NoSuchDay) ? PieceKind.Day
        : Claims.Of(piece) is not null ? PieceKind.Claim
        : Catalogue.IsApprovalNumber(piece.ToUpperInvariant()) ? PieceKind.Body
        : IsLevel(piece) ? PieceKind.Level
        : IsCategory(piece) ? PieceKind.Category
        : IsStandard(piece) ? PieceKind.Standard
        : Amount().IsMatch(piece) || Telephone().IsMatch(piece) ? PieceKind.Amount
        : Surplus.IsRemark(piece) || Columns.Find(piece, ColumnUse.List) is not null || Columns.Find(piece, ColumnUse.Import) is not null
            ? PieceKind.Label
        : Identifier.IsAddress(piece) && Identifier.IsAlone(piece) ? PieceKind.Code
        : IsOrganisation(piece) ? PieceKind.Name
        : PieceKind.Unread;

    /// <summary>Meant as a social credit code although it is none: of about its length with a region where it has one, or what a
    /// spreadsheet makes of its digits.</summary>
    public static bool IsCreditCode(string piece)
    {
        if (Power().IsMatch(piece)) return true;
        var code = CertificateNumber.Normalise(piece.Replace("-", "", StringComparison.Ordinal)) ?? "";
        return CreditCode().IsMatch(code) && Catalogue.Regions.ContainsKey(code[2..4] + "0000");
    }

    /// <summary>Written as the numbers of certificates are: letters and digits together, or a number in words (第…号).</summary>
    public static bool IsNumber(string piece)
    {
        if (piece.Contains('@')) return false;
        var digits = piece.Count(char.IsAsciiDigit);
        return digits >= 4 && piece.Any(char.IsLetter) || digits > 0 && piece.EndsWith('号');
    }

    private static bool IsLevel(string piece) => Words.Level(Words.Least(piece)) is not null;

    /// <summary>A bare number may be anything, and 第1 the beginning of anything.</summary>
    private static bool IsCategory(string piece) => piece.Any(c => char.IsLetter(c) && c != '第') && Words.Category(piece) is not null;

    /// <summary>The field of a text that asks something of a certificate; null for others.</summary>
    public static string? Demanded(string piece) =>
        IsLevel(piece) ? "level" : IsCategory(piece) ? "category" : IsStandard(piece) ? "standard" : null;

    private static bool IsStandard(string piece) => Words.Standards(piece) is [var only] && only.Length == piece.Length;

    public static bool IsOrganisation(string piece) => Organisation().IsMatch(piece)
        || piece.Split(' ').Skip(1).Any(word => LegalForm().IsMatch(word.Trim([.. Trimmed])));

    /// <summary>The first organisation that a text names; null where it names none.</summary>
    public static string? OrganisationIn(string text)
    {
        var line = new PastedLine(text);
        return (line.Cut(_ => true) ?? line).Rest(_ => false).FirstOrDefault(piece => piece.Kind == PieceKind.Name)?.Text;
    }

    /// <summary>Whether a text speaks of a company, wherever in it: whom it names was not read.</summary>
    public static bool SpeaksOfCompany(string text) => Company().IsMatch(text);

    /// <summary>Whether a text may be a heading of whatever it may say: a short one without digits that is nobody's name, or one that ends
    /// as headings do, whatever stands before it: ISO9001证书编号, 证书编号2, Certificate #.</summary>
    public static bool IsHeadingWord(string cell)
    {
        var word = cell.Trim();
        if (IsOrganisation(word)) return false;
        return word.Length <= LongestHeading && !word.Any(char.IsDigit) || word.Length <= LongestEnded && HeadingEnd().IsMatch(word);
    }

    /// <summary>Whether a heading asks something of the certificates below it: 证书编号（须四星及以上）, ISO 9001证书号.</summary>
    public static bool Asks(string heading)
    {
        var key = Columns.Key(heading);
        bool Holds(string name) => name.Any(c => !char.IsAscii(c)) && key.Contains(name, StringComparison.Ordinal);
        bool IsAsked(string remark) => Demanded(remark) is not null || Words.Category(remark) is not null
            || Dates.Read(remark, serials: false).Day is not null;
        return Words.Standards(heading).Length > 0 || Words.LevelNames().Keys.Any(Holds)
            || heading.Split([.. Opening + Closing], StringSplitOptions.RemoveEmptyEntries).Skip(1).Any(IsAsked)
            || Catalogue.Categories.Any(category => category.Name is { } name && Holds(Columns.Key(name.Zh)));
    }

    private static bool IsLatin(string piece) => piece.All(char.IsAscii);

    /// <summary>An address is a word, whatever stands at it (behind its host it is ASCII), and so are stars: no name or number holds
    /// any.</summary>
    [GeneratedRegex("\\t|https?://[^\\s/,，;；、|\"“”]+(?:/[!-~-[,;|\"]]*)?"
        + $"|[{Surplus.Stars}]+|(?:(?!https?://)[^\\s,，;；、|:：\"“”{Surplus.Stars}])+", RegexOptions.IgnoreCase)]
    private static partial Regex Word();

    /// <summary>Where a word is cut, beside where one script meets another.</summary>
    private const string Cuts = "()[]{}<>/+&（）［］｛｝＜＞／＋＆《》〈〉【】〔〕「」『』";

    /// <summary>Letters, digits and signs of ASCII, in full width too, or anything else, up to the next cut.</summary>
    [GeneratedRegex(@"[!-~！-～-[()\[\]{}<>/+&（）［］｛｝＜＞／＋＆]]+|[^\x00-~！-～《》〈〉【】〔〕「」『』]+")]
    private static partial Regex OneScript();

    /// <summary>Of columns that this reads and of others, with what tells two of one name apart.</summary>
    [GeneratedRegex(@"(?:编号|编码|证书号|证号|号码|代码|名称|全称|单位|等级|级别|日期|时间|有效期|范围|标准|依据|状态|机构|项目|备注|说明|金额|报价|电话|联系人|地址|证书"
        + @"|\b(?:no\.?|number|name|date|level|code|status|scope|standard|certificate|remarks?|notes?)|#)\s*[(（]?[0-9一二三]?[)）]?\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex HeadingEnd();

    /// <summary>An organisation that a sentence speaks of: 请核实…有限公司持有的证书….</summary>
    [GeneratedRegex($@"^(?:(?:请|烦请|麻烦)?(?:帮忙)?(?:核实|核查|核验|核对|查询|查验|确认)(?:一下)?|关于|兹有|经查|[我本贵](?:公司|司|单位))?"
        + $"(?<name>.{{2,40}}?(?:{Organisations}))(?={Holds}|[证編编标查与和及]|[-—–.。*#=→+~&_/]|\\z)")]
    private static partial Regex Mentioned();

    private const string Holds = "的|所?持|获得|取得|提供|提交|获颁|颁发";

    /// <summary>What a sentence goes on with behind a name, or the label of what comes next.</summary>
    [GeneratedRegex($"^(?:{Holds}|(?:认证)?证书|证号|编[号码]|查询)")]
    private static partial Regex Holding();

    /// <summary>Words that belong to a sentence, and never to a number.</summary>
    [GeneratedRegex(@"的|是否|证书|证号|编号|持有|有效|^[A-Za-z]?[a-z]{3,}\z")]
    private static partial Regex Wording();

    /// <summary>What counts or marks lines besides numbers: bullets, ticks, circled numbers.</summary>
    private const string Bullets = "[•●○◆◇■□▪►➤√✓✔①-⑳㈠-㈩⑴-⒇]+";

    [GeneratedRegex($@"^(?:[0-9]{{1,3}}[.．)）](?![0-9])|[(（【\[](?:[0-9]{{1,3}}|[一二三四五六七八九十]{{1,3}})[)）】\]](?=.)|{Bullets})")]
    private static partial Regex Marker();

    [GeneratedRegex($@"^(?:[(（]?(?:[0-9]{{1,4}}|[一二三四五六七八九十]{{1,3}})[)）.]?|{Bullets})\z")]
    private static partial Regex Serial();

    [GeneratedRegex(@"^[0-9](?:\.[0-9]+)?E\+1[5-9]\z", RegexOptions.IgnoreCase)]
    private static partial Regex Power();

    [GeneratedRegex(@"^[1-9ANY][0-9A-Z][0-9]{6}[0-9A-Z]{9,11}\z")]
    private static partial Regex CreditCode();

    [GeneratedRegex(@"^[¥￥$]?[0-9][0-9,，]*(?:\.[0-9]+)?(?:元|万元|%)?\z")]
    private static partial Regex Amount();

    [GeneratedRegex(@"^\+?[0-9][0-9 -]{6,14}[0-9]\z")]
    private static partial Regex Telephone();

    private const string Organisations = "公司|集团|合伙企业|合作社|事务所|研究院|研究所|协会|学会|商会|大学|学校|医院|酒店|商场|超市|银行|中心|"
        + "经营部|服务部|门市部|工作室|分部|商行|工厂|厂";

    [GeneratedRegex($@"(?:{Organisations})(?:[（(].*[)）])?\z")]
    private static partial Regex Organisation();

    private const string Companies = "公司|集团|合伙企业|合作社|经营部|门市部|商行|事务所|工作室";

    /// <summary>Not one's own, nor a part of one: 我公司, 分公司.</summary>
    private const string NotOwn = "(?<![本我贵该此各分子母总](?:公司)?)";

    [GeneratedRegex(
        $@"[\p{{L}}）)]{{2,}}{NotOwn}(?:{Companies})|\b(?:ltd|inc|llc|corp|gmbh|plc)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Company();

    private const string LegalForms = "ltd|limited|inc|incorporated|llc|llp|corp|corporation|co|company|gmbh|plc|"
        + @"s\.?a|ag|pte|pty|bv|oy|ab|group|holdings";

    [GeneratedRegex($@"^(?:{LegalForms})\.?\z", RegexOptions.IgnoreCase)]
    private static partial Regex LegalForm();
}
