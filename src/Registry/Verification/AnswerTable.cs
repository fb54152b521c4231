using System.Text;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>The answer to a pasted list as a table for spreadsheets.</summary>
public static class AnswerTable
{
    private static readonly Text later = new("是", "yes");

    private static readonly (Text Name, Func<Line, string?> Value)[] columns =
    [
        (new("行号", "Line"), line => $"{line.Pasted.Line}"),
        (new("所问", "Asked"), line => line.Pasted.Text.Replace('\t', ' ')),
        (new("查询日期", "On"), line => $"{line.Verdict.On:yyyy-MM-dd}"),
        (new("结果", "Answer"), line => line.Verdict.Result.Name()[line.Language]),
        (new("说明", "Message"), line => line.Verdict.Message),
        (new("未用于核对", "Not used"), line => string.Join(line.Language == Language.En ? ", " : "、", line.Pasted.Unused)),
        (new("证书编号", "Certificate number"), line => line.View?.Number),
        (new("查询编码", "Code"), line => line.View?.Id),
        (new("获证组织名称", "Holder"), line => line.View?.Holder.Name),
        (new("统一社会信用代码", "Unified social credit code"), line => line.View?.Holder.Uscc),
        (new("认证项目", "Category"), line => line.View is { } view ? Catalogue.CategoryOf(view.Category.No)!.Numbered[line.Language] : null),
        (new("认证依据", "Standard"), line => line.View?.Standard),
        (new("服务等级", "Level"), line => line.Language == Language.En ? line.View?.Level?.NameEn : line.View?.Level?.Name),
        (new("证书状态", "Status"), line => line.View?.Status.Name()[line.Language]),
        (new("颁证日期", "Issued on"), line => $"{line.View?.IssuedOn:yyyy-MM-dd}"),
        (new("证书到期日期", "Expires on"), line => $"{line.View?.ExpiresOn:yyyy-MM-dd}"),
        (new("认证机构", "Certification body name"), line => line.View?.Body.Name),
        (new("登记于（北京时间）", "Recorded at (Beijing time)"), line => line.Verdict.RecordedAt is { } at ? Beijing(at) : null),
        (new("晚于所问之日登记", "Recorded after the day asked"), line => line.Verdict.RecordedLater == true ? later[line.Language] : null),
        (new("今天的状态", "Status today"), line => line.View?.Today?.Status.Name()[line.Language]),
        (new("网址", "Address"), line => line.View is { } view ? $"{line.Base}/c/{view.Id}?on={line.Verdict.On:yyyy-MM-dd}" : null),
        (new("查询时间（北京时间）", "Asked at (Beijing time)"), line => Beijing(line.AnsweredAt)),
    ];

    private static string Beijing(DateTimeOffset instant) => Day.InShanghai(instant).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Line(AskedRow Pasted, Verdict Verdict, string Base, Language Language, DateTimeOffset AnsweredAt)
    {
        public CertificateView? View => Verdict.Certificate;
    }

    /// <summary>A header and a line for each row, in the order pasted.</summary>
    /// <param name="list">What was asked.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    public static string Csv(IEnumerable<AskedRow> list, VerificationAnswer answer, string address, Language language)
    {
        var text = new StringBuilder(Cells.Line(columns.Select(column => column.Name[language])));
        foreach (var (pasted, verdict) in list.Zip(answer.Rows))
        {
            var line = new Line(pasted, verdict, address, language, answer.AnsweredAt);
            text.Append(Cells.Line(columns.Select(column => column.Value(line))));
        }
        return text.ToString();
    }
}
