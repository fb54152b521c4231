using Registry.Certificates;

namespace Registry.Verification;

/// <summary>What verification says to people.</summary>
public static class Wording
{
    public static readonly Text
        SeveralBodies = new("多家认证机构使用此编号，请注明获证组织或认证机构", "Several bodies use this number; name the holder or the body"),
        SeveralHolders = new(
            "同名的组织不止一家，请给出统一社会信用代码或证书编号",
            "Several holders bear this name; give the credit code or the certificate number"),
        SeveralCategories = new(
            "该组织有多个认证项目的证书，请注明所问的认证项目",
            "The holder has certificates in several categories; say which category is meant"),
        NoneOfCategory = new(
            "该组织在本登记簿没有所问认证项目的证书，有的见备选",
            "The holder has no certificate of the category asked for in this registry; those it has are the candidates"),
        TooManyOfHolder = new(
            $"该组织的证书超过 {Found.MaxOfHolder} 张，请给出证书编号",
            $"The holder has more than {Found.MaxOfHolder} certificates; give the certificate number"),
        OfSameHolder = new("该组织在本登记簿另有证书，见备选。", "The holder has other certificates in this registry, see the candidates."),
        Replaced = new("撤销（换证）", "Revoked (replaced by a new certificate)"),
        Forged = new(
            "此编码是编造的：它所指的标志存在，但登记簿没有生成过这个编码",
            "This code is invented: the mark it names exists, but the registry did not make this code"),
        Unchecked = new(
            "本机没有此标志的种子，未核对这一件编码的校验部分",
            "This copy of the registry has no seed of the mark: the tag of the item's code was not checked"),
        Withdrawn = new("此标志已撤回", "This mark is withdrawn"),
        Incomplete = new(
            "编码不全：每件有自己的 26 位编码，这只是前 13 位，请补全",
            "The code is incomplete: each item has its own code of 26 characters, these are the first 13; give the rest"),
        Copied = new("这一件的编码打开次数过多，可能被复制", "The code of this item was opened too often, it may have been copied");

    /// <summary>That a row asks for another category than is asked of all.</summary>
    public static Text TwoCategories(int own, int all)
    {
        var (one, other) = (Catalogue.CategoryOf(own)!.Numbered, Catalogue.CategoryOf(all)!.Numbered);
        return new(
            $"本行要求的认证项目是“{one.Zh}”，对全部行要求的是“{other.Zh}”：没有证书两者都是",
            $"the row asks for category “{one.En}” and all rows for “{other.En}”: no certificate is of both");
    }

    /// <summary>That what decides was recorded only after the day asked.</summary>
    public static Text RecordedLater(DateTimeOffset at) => new(
        $"所依据的声明登记于 {Day.Of(at):yyyy-MM-dd}，晚于所问之日",
        $"what it rests on was recorded on {Day.Of(at):yyyy-MM-dd}, after the day asked");

    /// <summary>That a code was given in an address of another site: whoever printed it may have put his own before it. Null where it was
    /// not.</summary>
    /// <param name="code">As it was given.</param>
    /// <param name="home">The registry's public address, where it is known.</param>
    public static Text? OtherSite(string code, string? home)
    {
        if (home is null || Identifier.SiteOf(code) is not { } site || PublicAddress.IsOf(site, home)) return null;
        var other = PublicAddress.Authority(site);
        return new(
            $"网址是 {other} 的，不是本登记簿的：只核对了其中的编码，那个网站显示的内容不能作准",
            $"the address is one of {other}, not of this registry: only the code in it was checked; what that site shows proves nothing");
    }

    public static string Joined(IEnumerable<string> sentences, Language language) => string.Join(new Text("；", "; ")[language], sentences);

    /// <summary>What of a row nothing was compared with.</summary>
    public static Text Unused(string[] texts) => new($"未用于核对：{string.Join("、", texts)}", $"Not used: {string.Join(", ", texts)}");

    private const int MostNamed = 20, LongestNamed = 100;

    /// <summary>Columns that nothing was compared with.</summary>
    public static Text UnusedColumns(IReadOnlyList<string> headings)
    {
        var names = headings.Select(Cut).Select(name => new Text(name, name));
        return Listed(new("没有用到的列", "Columns that were not used"), names, headings.Count, "列");
    }

    /// <summary>Lines that name nobody.</summary>
    public static Text NotAsked(IReadOnlyList<(int Line, string Text)> lines)
    {
        static Text Named(int line, string text) => new($"第 {line} 行“{text}”", $"line {line} “{text}”");
        var named = lines.Select(line => Named(line.Line, Cut(line.Text)));
        return Listed(new("没有当作投标人的行", "Lines that were not taken for bidders"), named, lines.Count, "行");
    }

    private static Text Listed(Text what, IEnumerable<Text> names, int count, string unit)
    {
        string Named(Language language, string between) => string.Join(between, names.Take(MostNamed).Select(name => name[language]));
        var all = count > MostNamed ? new Text($"；等 {count} {unit}", $"; {count} in all") : new("", "");
        return new($"{what.Zh}：{Named(Language.Zh, "；")}{all.Zh}", $"{what.En}: {Named(Language.En, "; ")}{all.En}");
    }

    private static string Cut(string text)
    {
        if (text.Length <= LongestNamed) return text;
        return text[..(char.IsHighSurrogate(text[LongestNamed - 1]) ? LongestNamed - 1 : LongestNamed)] + "…";
    }

    /// <summary>The message of a verdict, with what of its row nothing was compared with.</summary>
    public static string Note(Verdict verdict, string[] unused, Language language)
    {
        IEnumerable<string> said = unused.Length == 0 ? [verdict.Message] : [verdict.Message, Unused(unused)[language]];
        return Joined(said.Where(sentence => sentence.Length > 0), language);
    }

    /// <summary>Why a row is not answered.</summary>
    public static Text Of(Doubt doubt)
    {
        var values = doubt.Values;
        if (doubt.Field.Length == 0)
            return new(
                $"太长：从“{values[0]}”起没有读，请分行",
                $"Too long: from “{values[0]}” on it was not read; put it on lines of its own");
        var field = Comparison.Name(doubt.Field);
        if (doubt.Outcome != Outcome.Ambiguous)
            return new($"{field.Zh}“{values[0]}”没有读懂", $"{field.En} “{values[0]}” was not understood");
        return new(
            $"一行里有 {values.Length} 个{field.Zh}：{string.Join("、", values)}；请分行或去掉多余的",
            $"{values.Length} values for {field.En.ToLowerInvariant()} in one line: {string.Join(", ", values)}; "
                + "put them on lines of their own or take out what is too much");
    }

    /// <summary>Why a code is worth less than its certificate.</summary>
    public static Text OfCode(Outcome outcome) => outcome switch
    {
        Outcome.MarkWithdrawn => Withdrawn,
        Outcome.Incomplete => Incomplete,
        Outcome.Unchecked => Unchecked,
        Outcome.Copied => Copied,
        _ => outcome.Name(),
    };
}
