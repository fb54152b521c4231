using Registry.Certificates;
using Registry.Marks;

namespace Registry.Verification;

/// <summary>Lists as people paste them.</summary>
public static class PastedList
{
    /// <summary>Reads pasted lines: one bidder a line, fields parted by tab or comma, in any order: a date is the day, a valid credit code or
    /// code is that, a text with ideographs a name, the rest a number.</summary>
    public static List<VerificationRow> ParseLines(string text)
    {
        var rows = new List<VerificationRow>();
        foreach (var line in text.Split('\n'))
        {
            var row = new VerificationRow();
            foreach (var field in line.Split('\t', ',', '，', ';', '；').Select(f => f.Trim()).Where(f => f.Length > 0))
                row = Day.Parse(field) is { } day ? row with { On = day }
                    : SocialCreditCode.Parse(field) is not null ? row with { Uscc = field }
                    : ItemCode.Parse(field) is not null && row.Number is null ? row with { Code = field }
                    : field.Any(c => c >= '\u2E80' && c < '\uFF00') || field.Contains(' ') || Catalogue.IsApprovalNumber(field) ? Catalogue.IsApprovalNumber(field) ? row with { Body = field } : row with { Name = field }
                    : row with { Number = field };
            if (row != new VerificationRow()) rows.Add(row);
        }
        return rows;
    }
}
