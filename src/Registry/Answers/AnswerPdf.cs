using System.Globalization;
using Registry.Certificates;
using Registry.Marks;
using Registry.Verification;
using SkiaSharp;

namespace Registry.Answers;

/// <summary>
/// A kept answer as a document one files: a page for one certificate, a table for many, on A4. Its text can be selected and searched,
/// Chinese too; it says by which file it can be checked.
/// </summary>
public sealed class AnswerPdf
{
    /// <summary>Points: A4, its margins, and the side of the code (30 mm).</summary>
    private const float Short = 595, Long = 842, Margin = 42, CodeSide = 85, FootHeight = 106, EvidenceNames = 92;
    private const float Small = 7, Body = 9, Heading = 15, Line = 1.35f;
    private static readonly SKColor
        ink = new(0x1a, 0x1a, 0x1a), soft = new(0x55, 0x55, 0x55), rule = new(0xbb, 0xbb, 0xbb),
        good = new(0x0b, 0x6b, 0x3a), bad = new(0xa4, 0x1e, 0x22), doubtful = new(0x8a, 0x5a, 0x00);

    private readonly Answer answer;
    private readonly string hash, key, demo;
    private readonly Language language;
    private readonly MarkFont fonts;
    private readonly PdfFace regular, bold;
    private readonly float width, height;
    private readonly PdfDocument document;
    private float y = Margin;

    /// <summary>Columns of the table: heading, share of the width, content.</summary>
    private static readonly (Text Name, float Share, Func<Listed, string> Value)[] columns =
    [
        (new("行", "No."), 3, line => line.Asked.Line.ToString(CultureInfo.InvariantCulture)),
        (new("所问", "Asked"), 20, line => line.Asked.Text.Replace('\t', ' ')),
        (new("结果", "Answer"), 8, line => line.Row.Result.Name()[line.Language]),
        (new("说明", "Message"), 19, line => line.OwnDay + Wording.Note(line.Row, line.Asked.Unused, line.Language)),
        (new("证书编号", "Certificate"), 14, line => line.View is { } view ? $"{view.Number} {view.Id}" : ""),
        (new("获证组织", "Holder"), 14, line => line.View?.Holder.Name ?? ""),
        (new("等级与依据", "Level, standard"), 11, line => $"{line.LevelName} {line.View?.Standard}".Trim()),
        (new("有效期", "Valid"), 11, line => line.View is { } view ? $"{view.IssuedOn:yyyy-MM-dd} – {view.ExpiresOn:yyyy-MM-dd}" : ""),
    ];

    private sealed record Listed(AskedRow Asked, Verdict Row, DateOnly? OfAll, Language Language)
    {
        /// <summary>The day of the row, where it is not the one that the head of the document tells.</summary>
        public string OwnDay => Row.On == OfAll ? "" : new Text($"按 {Row.On:yyyy-MM-dd}：", $"As of {Row.On:yyyy-MM-dd}: ")[Language];
        public CertificateView? View => Row.Certificate;
        public string? LevelName => Language == Language.En ? View?.Level?.NameEn : View?.Level?.Name;
    }

    /// <param name="answer">What was signed.</param>
    /// <param name="hash">SHA-256 of the JWS, lower-case hex.</param>
    /// <param name="key">Public key of the log.</param>
    /// <param name="language">Of all that is not the answer's own words.</param>
    /// <param name="fonts">The machine's.</param>
    /// <param name="demo">That the data are invented; empty where they are not.</param>
    public static byte[] Of(Answer answer, string hash, string key, Language language, MarkFont fonts, string demo)
    {
        var drawn = new AnswerPdf(answer, hash, key, language, fonts, demo);
        drawn.Draw();
        var title = $"{drawn.T("签名的答复", "Signed answer")} {answer.Id}";
        return drawn.document.ToBytes(new(title, hash, drawn.T("zh-CN", "en"), answer.AnsweredAt));
    }

    private AnswerPdf(Answer answer, string hash, string key, Language language, MarkFont fonts, string demo)
    {
        (this.answer, this.hash, this.key, this.language, this.fonts, this.demo) = (answer, hash, key, language, fonts, demo);
        (width, height) = answer.Rows.Length == 1 ? (Short, Long) : (Long, Short);
        (regular, bold) = (FaceOf(bold: false), FaceOf(bold: true));
        document = new(width, height);
        document.Begin();
    }

    private PdfFace FaceOf(bool bold)
    {
        using var font = fonts.Of(Body, bold);
        return PdfFace.Of(font.Typeface);
    }

    private string T(string zh, string en) => language == Language.En ? en : zh;
    private float Right => width - Margin;

    private void Draw()
    {
        Head();
        if (answer.Rows is [{ Certificate: { } view } only]) One(answer.Asked[0], only, view);
        else Table();
        Finish();
        // Each page names how many there are.
        for (var page = 1; page <= document.Pages; page++) Foot(page);
    }

    private void NextPage()
    {
        document.Begin();
        y = Margin;
    }

    /// <summary>What every page says at its foot, so that none can be taken for another's.</summary>
    private void Foot(int page)
    {
        var at = height - Margin / 2;
        var about = $"{answer.Id} · {Checker.At(answer.AnsweredAt)} · {T("根", "root")} {answer.Log.Root}";
        document.Write(page, about, Margin, at, regular, Small, soft);
        var place = $"{page} / {document.Pages}";
        document.Write(page, place, Right - document.WidthOf(place, regular, Small), at, regular, Small, soft);
    }

    private void Head()
    {
        Say(T("认证证书核验：签名的答复", "Check of certificates: signed answer"), Heading, ink, bold: true);
        if (demo.Length > 0) Say(demo, Body, doubtful, bold: true);
        Say(AnswerWording.AsOf(answer)[language], Body, soft);
        if (AnswerWording.Demands(answer.Question)[language] is { Length: > 0 } demands) Say(demands, Body, soft);
        foreach (var note in answer.List.Told(language))
        {
            Room(Wrapped(note, Right - Margin, Body, bold: false).Count * Body * Line);
            Say(note, Body, soft);
        }
        var totals = AnswerWording.Totals(answer.Rows).Select(total => $"{total.Outcome.Name()[language]} {total.Count}");
        if (answer.Rows.Length > 1) Say(string.Join(T("，", ", "), totals), Body + 1, ink, bold: true);
        y += 6;
    }

    private static SKColor Colour(Verdict row) => row.Finding switch
    {
        Finding.Pass => good,
        Finding.Fail => bad,
        Finding.Unconfirmed => doubtful,
    };

    private void One(AskedRow asked, Verdict row, CertificateView view)
    {
        document.Fill(document.Pages, Colour(row), SKRect.Create(Margin, y, 5, 44));
        Put(row.Result.Name()[language], Margin + 14, y + 20, 20, Colour(row), bold: true);
        var today = view.Today is { } now ? T($"；今天：{now.Status.Name().Zh}", $"; today: {now.Status.Name().En}") : "";
        Put(T($"{row.On:yyyy-MM-dd} 当日{today}", $"on {row.On:yyyy-MM-dd}{today}"), Margin + 14, y + 38, Body + 1, ink);
        y += 56;
        Say(language == Language.En ? view.Holder.NameEn ?? view.Holder.Name : view.Holder.Name, Heading, ink, bold: true);
        y += 4;
        Field(T("所问", "Asked"), asked.Text.Replace('\t', ' '));
        Field(T("说明", "Message"), Wording.Note(row, asked.Unused, language));
        Field(T("证书编号", "Certificate number"), view.Number);
        Field(T("查询编码", "Code"), view.Id);
        Field(T("获证组织", "Holder"), view.Holder.Name);
        Field(T("统一社会信用代码", "Social credit code"), view.Holder.Uscc);
        Field(T("认证项目", "Category"), $"{view.Category.No} {T(view.Category.Name, view.Category.NameEn)}");
        Field(T("认证依据", "Standard"), view.Standard);
        Field(T("服务等级", "Level"), T(view.Level?.Name ?? "", view.Level?.NameEn ?? ""));
        Field(T("业务范围", "Scope"), view.Scope);
        Field(T("颁证日期", "Issued"), $"{view.IssuedOn:yyyy-MM-dd}");
        Field(T("证书到期日期", "Last day of validity"), $"{view.ExpiresOn:yyyy-MM-dd}");
        if (view.Suspension is { } suspension) Field(T("暂停", "Suspended"), Span(suspension.On, suspension.Until));
        if (view.Ended is { } ended) Field(ended.As.Name()[language], Since(ended.On, Day.Minute(ended.RecordedAt)));
        Field(T("认证机构", "Certification body"), $"{T(view.Body.Name, view.Body.NameEn ?? view.Body.Name)} ({view.Body.ApprovalNumber})");
        var later = row.RecordedLater == true ? T("（晚于所问之日）", "(after the day asked)") : "";
        Field(T("所依据的声明登记于", "Recorded"), $"{Day.Minute(row.RecordedAt ?? view.RecordedAt)} {later}");
        Field(T("所依据的日志条目", "Entries of the log"), string.Join(", ", row.RestsOn ?? []));
    }

    private static string Span(DateOnly from, DateOnly? until) =>
        until is { } last ? $"{from:yyyy-MM-dd} – {last:yyyy-MM-dd}" : $"{from:yyyy-MM-dd}";

    private string Since(DateOnly day, string recorded) =>
        T($"自 {day:yyyy-MM-dd} 起，登记于 {recorded}", $"from {day:yyyy-MM-dd}, recorded {recorded}");

    private void Field(string name, string? value)
    {
        if (string.IsNullOrWhiteSpace(value)) return;
        const float column = 120;
        var lines = Wrapped(value, Right - Margin - column, Body, bold: false);
        Room(lines.Count * Body * Line + 3);
        Put(name, Margin, y + Body, Body, soft);
        foreach (var line in lines)
        {
            Put(line, Margin + column, y + Body, Body, ink);
            y += Body * Line;
        }
        y += 3;
    }

    private void Table()
    {
        Headings();
        foreach (var (asked, row) in answer.Asked.Zip(answer.Rows))
        {
            var line = new Listed(asked, row, answer.Question.On, language);
            var cells = columns.Select((column, i) => Wrapped(column.Value(line), Width(i) - 4, Small, i == 2)).ToArray();
            var tall = cells.Max(cell => cell.Count) * Small * Line + 4;
            if (y + tall > height - Margin)
            {
                NextPage();
                Headings();
            }
            for (var i = 0; i < cells.Length; i++)
            {
                var (colour, bold) = i == ResultColumn ? (Colour(row), true) : (ink, false);
                for (var n = 0; n < cells[i].Count; n++) Put(cells[i][n], Left(i), y + Small + n * Small * Line, Small, colour, bold);
            }
            y += tall;
            Rule();
        }
    }

    private const int ResultColumn = 2;

    private static readonly float shares = columns.Sum(column => column.Share);

    private float Width(int column) => (Right - Margin) * columns[column].Share / shares;
    private float Left(int column) => Margin + (Right - Margin) * columns[..column].Sum(one => one.Share) / shares;

    private void Headings()
    {
        for (var i = 0; i < columns.Length; i++) Put(columns[i].Name[language], Left(i), y + Small, Small, soft, bold: true);
        y += Small * Line + 3;
        Rule();
    }

    private void Rule()
    {
        document.Fill(document.Pages, rule, SKRect.Create(Margin, y, Right - Margin, 0.5f));
        y += 2;
    }

    /// <summary>What ties the document to the signed file, with the code that leads to it.</summary>
    private void Finish()
    {
        if (y + FootHeight > height - Margin) NextPage();
        y = Math.Max(y + 8, answer.Rows.Length == 1 ? height - Margin - FootHeight - 10 : y + 8);
        Rule();
        var top = y + 4;
        var code = new QrCode(answer.Address.ToUpperInvariant(), ErrorCorrection.M);
        var module = CodeSide / code.Side;
        SKRect Box((int X, int Y, int Length) run) =>
            SKRect.Create(Right - CodeSide + run.X * module, top + run.Y * module, run.Length * module, module);
        document.Fill(document.Pages, SKColors.Black, code.Runs().Select(Box));
        y = top;
        foreach (var (name, value) in AnswerWording.Evidence(answer, hash).Append((new("日志公钥", "Public key of the log"), key)))
        {
            Put(name[language], Margin, y + Small, Small, soft);
            // Beside the code, never beneath it.
            foreach (var line in Wrapped(value, Right - Margin - EvidenceNames - CodeSide - 10, Small, bold: false))
            {
                Put(line, Margin + EvidenceNames, y + Small, Small, ink);
                y += Small * Line;
            }
        }
        var copy = T("本文件是签名答复的副本，以签名文件为准。", "This is a copy of the signed answer; the signed file is what counts. ");
        Say(copy + AnswerWording.HowToCheck[language], Small, soft, Right - Margin - CodeSide - 10);
        if (!fonts.Present) Say($"({MarkFont.NoChinese})", Small, doubtful);
    }

    // ---- text

    private void Room(float needed)
    {
        if (y + needed > height - Margin - FootHeight) NextPage();
    }

    private void Say(string text, float size, SKColor colour, float? within = null, bool bold = false)
    {
        foreach (var line in Wrapped(text, within ?? Right - Margin, size, bold))
        {
            Put(line, Margin, y + size, size, colour, bold);
            y += size * Line;
        }
    }

    private void Say(string text, float size, SKColor colour, bool bold) => Say(text, size, colour, null, bold);

    private void Put(string text, float x, float baseline, float size, SKColor colour, bool bold = false) =>
        document.Write(document.Pages, text, x, baseline, bold ? this.bold : regular, size, colour);

    private const string NeverFirst = "，。、；：！？）》」』”’,.;:!?)", NeverLast = "（《「『“‘(";

    /// <summary>The last place up to there where a line of Chinese may end: not before a sign that ends something, nor behind one that
    /// begins it.</summary>
    private static int MayBreak(string text, int fits)
    {
        for (var at = fits; at > 1; at--)
            if (!NeverFirst.Contains(text[at]) && !NeverLast.Contains(text[at - 1]) && !char.IsLowSurrogate(text[at])) return at;
        return fits;
    }

    /// <summary>Lines that fit a width: broken at spaces where there are any, else between characters, as Chinese is.</summary>
    private List<string> Wrapped(string text, float within, float size, bool bold)
    {
        var (face, lines) = (bold ? this.bold : regular, new List<string>());
        foreach (var paragraph in text.Split('\n'))
        {
            var rest = paragraph.Trim();
            while (rest.Length > 0)
            {
                var fits = document.Fitting(rest, face, size, within);
                if (fits >= rest.Length)
                {
                    lines.Add(rest);
                    break;
                }
                fits = Math.Max(char.IsSurrogatePair(rest, 0) ? 2 : 1, fits);
                var space = rest.LastIndexOf(' ', fits - 1);
                // Words stay whole; a line that is Chinese up to its end breaks anywhere.
                if (space > 0 && char.IsAscii(rest[fits]) && char.IsAscii(rest[fits - 1])) fits = space;
                else fits = MayBreak(rest, fits);
                lines.Add(rest[..fits].TrimEnd());
                rest = rest[fits..].TrimStart();
            }
        }
        return lines;
    }
}
