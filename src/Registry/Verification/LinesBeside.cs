using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Tells lines of a table that name no bidder although their cells stand where bidders do: titles with the number of a tender,
/// what explains the headings, sums, who signs. They are told as not asked, never dropped unseen.</summary>
internal static partial class LinesBeside
{
    /// <summary>Whether a line above the first headings is a title: it names nobody on record, and what looks like a number in it is a
    /// tender's or project's by the label before it, or words with a year (2026年度…一览表).</summary>
    public static bool IsTitle(AskedRow above, Func<VerificationRow, bool> isOnRecord)
    {
        // An introduction may be longer than is read of a line.
        if (above is not { Doubt: null or { Field: "", Spoilt: null }, Row: { Uscc: null, Code: null } row }) return false;
        if (isOnRecord(row)) return false;
        return row.Number is not { } number || IsWords(number) || IsDay(number)
            || LabelOf(above.Source, number) is { } label && IsOtherNumber(label);
    }

    /// <summary>With the bracket at its end that opened long before: （投标截止日：2026年11月1日）.</summary>
    private static bool IsDay(string number) => Dates.Read(number.Trim([.. Brackets]), serials: false).Day is not null;

    private const string Brackets = "()（）[]【】〔〕";

    /// <summary>Ideographs that no number holds: of those in words (第…号) the last is told by its end.</summary>
    private const int ManyIdeographs = 6;

    private static bool IsWords(string number) =>
        !number.EndsWith('号') && number.Count(c => char.GetUnicodeCategory(c) == UnicodeCategory.OtherLetter) >= ManyIdeographs;

    /// <summary>What stands before a number in its cell, else in the cell before it.</summary>
    private static string? LabelOf(TableRow row, string number)
    {
        var before = "";
        foreach (var cell in Filled(row))
        {
            var at = cell.IndexOf(number, StringComparison.Ordinal);
            if (at > 0) return cell[..at];
            if (at == 0) return before;
            before = cell;
        }
        return null;
    }

    private static bool IsOtherNumber(string label)
    {
        var word = label.Trim().TrimEnd(':', '：').TrimEnd();
        return OfTender().IsMatch(word) && Columns.Find(word, ColumnUse.List) is null;
    }

    /// <summary>Whether a line asks something of the certificates, or tells on which day they are meant: 开标时间：…, a day alone,
    /// or one anywhere beside a step of the tender (以开标日2026年10月1日为准).</summary>
    public static bool Asks(string line)
    {
        bool IsAsked(string part) => Labelled().Match(part) is { Success: true } match
            && ListChoice.FieldOf(Columns.Find(match.Groups[1].Value, ColumnUse.List)) == "on";
        return PastedLine.Asks(line) || IsDay(line.Trim()) || Columns.NamesStep(line) && HoldsDay().IsMatch(line)
            || line.Split([.. BetweenParts], StringSplitOptions.TrimEntries).Any(IsAsked);
    }

    private const string BetweenParts = "\t ,，;；";

    /// <summary>Whether a row is a line drawn with signs, as between headings and rows: ---|---.</summary>
    public static bool IsRule(TableRow row) => Array.TrueForAll(Filled(row), Drawn().IsMatch);

    /// <summary>Whether a row directly under headings explains them: every cell stands in brackets.</summary>
    public static bool IsExplanation(TableRow row) => Array.TrueForAll(Filled(row), Bracketed().IsMatch);

    /// <summary>Whether a line is a remark on the list by its first word (注：…), or says who made it and when
    /// (制表日期：…).</summary>
    public static bool IsRemark(TableRow row, VerificationRow asked) =>
        asked is { Uscc: null, Code: null } && Filled(row) is [var first, ..] && Remark().IsMatch(first);

    /// <summary>Whether a line is the heading of a group of rows: a lot of the tender (第一包, 标段2：…), alone in its row or
    /// over all of its cells.</summary>
    public static bool IsGroup(TableRow row, VerificationRow asked) =>
        asked is { Uscc: null, Code: null } && Filled(row).Distinct().ToArray() is [var only] && Lot().IsMatch(only)
        && PastedLine.OrganisationIn(only) is null && only.Count(char.IsAsciiDigit) <= DigitsOfLot;

    private const int DigitsOfLot = 3;

    /// <summary>Whether a row under headings is a sum, or every cell of it begins with a label that does not say who is meant, such as who
    /// made the table and when.</summary>
    public static bool IsFooter(TableRow row, VerificationRow asked)
    {
        if (asked is not { Uscc: null, Code: null }) return false;
        var filled = Filled(row);
        // Under the heading of numbers a sum may have its count: 合计, 3家.
        var isSum = Sum().IsMatch(filled[0]) && (asked.Number is null || filled.Skip(1).All(cell => Counted().IsMatch(cell)));
        return isSum || Array.TrueForAll(filled, IsLabelled);
    }

    private static bool IsLabelled(string cell) =>
        Labelled().Match(cell) is { Success: true } match && !HeadedRow.SaysWho(Columns.Find(match.Groups[1].Value, ColumnUse.List));

    /// <summary>What the cells of a row say, those that say something.</summary>
    public static string[] Filled(TableRow row) => [.. row.Cells.Select(Cells.Read).Where(cell => cell.Length > 0)];

    [GeneratedRegex(@"^:?[-－—–―─━_=＝*~～+\u2500-\u257F ]{2,}:?\z")]
    private static partial Regex Drawn();

    [GeneratedRegex(@"^\P{Nd}*(?:编号|号|代码|[Nn]o\.?|[Nn]umber)\z")]
    private static partial Regex OfTender();

    [GeneratedRegex(@"^[(（\[【〔].*[)）\]】〕]\z", RegexOptions.Singleline)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^(?:[合总小共累]\s*计|(?:sub|grand )?total)\s*[:：]?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Sum();

    [GeneratedRegex(@"^[¥￥]?[0-9][0-9,，.]* ?\p{L}{0,2}\z")]
    private static partial Regex Counted();

    private const string Noted = "备?注|说明|附注|notes?|remarks?|n\\.b\\.";
    private const string MadeBy = "(?:制表|填表|编制|打印|导出|经办|审核|复核|联系)\\p{L}{0,2}";

    [GeneratedRegex($"^(?:{Noted}|{MadeBy}) ?[:：]", RegexOptions.IgnoreCase)]
    private static partial Regex Remark();

    private const string Lots = "(?:采购|招标)?(?:标?包|包组|包件|标段|分标|批次)";
    private const string Ordinal = "(?:[0-9]{1,3}|[A-Z]|[一二三四五六七八九十]{1,3})";

    [GeneratedRegex(
        $@"^[【\[(（]?(?:第? ?{Ordinal} ?{Lots}|{Lots}[号 ]?{Ordinal}|(?:lot|package)\s*(?:no\.? ?)?{Ordinal})号?[】\])）]?"
            + @"(?:[\s:：、(（—-].*)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Lot();

    private const string InFigures = "20[0-9]{2} ?[年./-] ?[0-9]{1,2} ?[月./-] ?[0-9]{1,2}(?![0-9-])";
    private const string InIdeographs = "[〇零○一二三四五六七八九]{4} ?年.{1,3}月";
    private const string MonthAndYear = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\\b[^\\p{L}]{1,6}20[0-9]{2}\\b";

    /// <summary>A day in words around it; a number of a tender (ZB-2026-10-01) is none.</summary>
    [GeneratedRegex(
        $@"(?<![\p{{Nd}}A-Za-z-]){InFigures}|{InIdeographs}|\b{MonthAndYear}", RegexOptions.IgnoreCase)]
    private static partial Regex HoldsDay();

    [GeneratedRegex(@"^([\p{L}\s（）()]{1,12})[:：]")]
    private static partial Regex Labelled();
}
