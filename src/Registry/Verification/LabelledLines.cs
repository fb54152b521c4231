using System.Text.RegularExpressions;
using Registry.Certificates;
using Registry.Marks;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Joins lines that tell of one certificate together, each field behind its label, as forms and the pages of certificates have
/// it: <c>证书编号：A-1</c> and in the line below it <c>获证组织名称：…</c>. Asked line by line, a borrowed certificate would be two right
/// answers.</summary>
internal static partial class LabelledLines
{
    private const int LongestLabel = 24;

    private sealed record Field(TableRow Row, Column? Column, string Label, string Value);

    /// <summary>The rows, those of one record as one with the columns of its cells; null columns for all others.</summary>
    public static IEnumerable<(TableRow Row, Column?[]? Columns)> Joined(IReadOnlyList<TableRow> rows)
    {
        for (var i = 0; i < rows.Count;)
        {
            var (fields, first) = (new List<Field>(), i);
            while (i < rows.Count && FieldsOf(rows, i, fields.Count > 0) is { } next && !next.Fields.Exists(field => IsTold(fields, field)))
            {
                fields.AddRange(next.Fields);
                i += next.Rows;
            }
            // A day above the first record is that of all below it, and not read there.
            while (fields is [var above, var next, ..] && ListChoice.FieldOf(above.Column) == "on" && rows[first + 1] == next.Row)
            {
                fields.RemoveAt(0);
                yield return (rows[first++], null);
            }
            if (IsRecord(fields)) yield return Record(fields, rows.Skip(first).Take(i - first));
            else
            {
                i = Math.Max(i, first + 1);
                foreach (var row in rows.Skip(first).Take(i - first)) yield return (row, null);
            }
        }
    }

    private static bool IsTold(List<Field> fields, Field next) =>
        fields.Exists(field => field.Column is null ? field.Label == next.Label : field.Column == next.Column);

    /// <summary>Over several lines, of two known labels at least, one of which says who is meant.</summary>
    private static bool IsRecord(List<Field> fields) => fields.Select(field => field.Row).Distinct().Skip(1).Any()
        && fields.Count(field => field.Column is not null) > 1 && fields.Exists(field => HeadedRow.SaysWho(field.Column));

    private static (TableRow, Column?[]?) Record(List<Field> fields, IEnumerable<TableRow> rows)
    {
        var known = fields.Where(field => field.Column is not null).ToArray();
        // What has no column is told as not used, with its label.
        var unknown = fields.Where(field => field.Column is null).Select(field => $"{field.Label}：{field.Value}");
        var stood = string.Join('\t', rows.Select(row => row.Text.Trim()));
        var row = new TableRow(fields[0].Row.Line, [.. known.Select(field => field.Value), .. unknown], stood);
        return (row, [.. known.Select(field => field.Column)]);
    }

    /// <summary>The labels of a line with what stands behind each, or of a line that is a label alone with the line below it; null where
    /// anything in it is neither.</summary>
    private static (List<Field> Fields, int Rows)? FieldsOf(IReadOnlyList<TableRow> rows, int at, bool isWithin)
    {
        if (rows[at].Fault is not null) return null;
        var (cells, fields) = (LinesBeside.Filled(rows[at]), new List<Field>());
        for (var i = 0; i < cells.Length; i++)
        {
            if (Labelled().Match(cells[i]) is { Success: true } match)
            {
                var (label, value) = (match.Groups[1].Value, match.Groups[2].Value);
                fields.Add(new(rows[at], ColumnOf(label) ?? ByForm(label, value), label, value));
            }
            else
            {
                // Most rows end here: a number is no label, and no known one is so long.
                if (cells[i].Length > LongestLabel || cells[i].Any(char.IsDigit)) return null;
                var (column, name) = (ColumnOf(cells[i]), cells[i].TrimEnd(':', '：'));
                column ??= i + 1 < cells.Length ? ByForm(name, cells[i + 1]) : null;
                if (column is null && name == cells[i]) return null;
                if (i + 1 < cells.Length && IsValue(cells[i + 1])) fields.Add(new(rows[at], column, name, cells[++i]));
                else return cells.Length == 1 && Below(rows, at, isWithin) is { } below ? ([new(rows[at], column, name, below)], 2) : null;
            }
        }
        return fields.Count > 0 ? (fields, 1) : null;
    }

    /// <summary>The one value between a line that is a label and the next such line, or the end: several are a list. Within a record it is
    /// the first.</summary>
    private static string? Below(IReadOnlyList<TableRow> rows, int at, bool isWithin)
    {
        if (at + 1 >= rows.Count || LinesBeside.Filled(rows[at + 1]) is not [var value] || !IsValue(value)) return null;
        var isEnd = isWithin || at + 2 >= rows.Count || LinesBeside.Filled(rows[at + 2]) is [var next] && !IsValue(next);
        return isEnd ? value : null;
    }

    private static bool IsValue(string cell) => ColumnOf(cell) is null && !Labelled().IsMatch(cell);

    /// <summary>The column of what tells of a certificate behind another label (资质：A-1, 查询网址 …), by what it is.</summary>
    private static Column? ByForm(string label, string value) =>
        !OfCertificate().IsMatch(Columns.Key(label)) ? null
        : ItemCode.IsAlone(value) ? Columns.At("/code")
        : SocialCreditCode.Parse(value) is not null ? Columns.At("/holder/uscc")
        : PastedLine.IsNumber(value) && !value.AsSpan().ContainsAnyExceptInRange('!', '~') ? Columns.At("/number") : null;

    [GeneratedRegex("证|资质|售后|查询|二维码|标志|cert")]
    private static partial Regex OfCertificate();

    private static Column? ColumnOf(string label) => Columns.Find(label.Trim().TrimEnd(':', '：'), ColumnUse.List);

    /// <summary>One label in front, and no other behind it: that is a record in one line.</summary>
    [GeneratedRegex(@"^([\p{L}][\p{L}\s（）().#/]{0,19}?)\s*[:：](?!//)\s*((?!.*\p{L}\s*[:：](?!//))\S.*)\z", RegexOptions.Singleline)]
    private static partial Regex Labelled();
}
