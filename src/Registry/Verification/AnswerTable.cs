using System.Text;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>What stands beside the rows of a table that was sent, and what of it is to be known.</summary>
/// <param name="Asked">How it was read.</param>
/// <param name="AnsweredAt">When it was answered.</param>
/// <param name="Cells">Of each line that was answered, and of the headings.</param>
public sealed record BesideRows(AskedList Asked, DateTimeOffset AnsweredAt, WaitingCells Cells);

/// <summary>The answer to a list as a table for spreadsheets.</summary>
public static class AnswerTable
{
    private static readonly Text later = new("是", "yes");
    private static readonly Text ofList = new("名单说明", "Notes on the list");

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
        (new("认证项目", "Category"), line => line.CategoryName),
        (new("认证依据", "Standard"), line => line.View?.Standard),
        (new("服务等级", "Level"), line => line.LevelName),
        (new("证书状态", "Status"), line => line.View?.Status.Name()[line.Language]),
        (new("颁证日期", "Issued on"), line => $"{line.View?.IssuedOn:yyyy-MM-dd}"),
        (new("证书到期日期", "Expires on"), line => $"{line.View?.ExpiresOn:yyyy-MM-dd}"),
        (new("认证机构", "Certification body name"), line => line.View?.Body.Name),
        (new("登记于（北京时间）", "Recorded at (Beijing time)"), line => line.Verdict.RecordedAt is { } at ? Day.Minute(at) : null),
        (new("晚于所问之日登记", "Recorded after the day asked"), line => line.RecordedLater),
        (new("今天的状态", "Status today"), line => line.View?.Today?.Status.Name()[line.Language]),
        (new("网址", "Address"), line => line.Address),
        (new("查询时间（北京时间）", "Asked at (Beijing time)"), line => Day.Minute(line.AnsweredAt)),
        (ofList, line => line.OfList),
        (new("结论", "Finding"), line => line.Verdict.Finding.Name()[line.Language]),
    ];

    private const int AskedColumn = 1;

    /// <summary>What was asked in a row below the headings of such a table: all else in it is the answer, which would agree with itself.
    /// Null where the headings are others.</summary>
    public static TableRow? AskedIn(TableRow headings, TableRow row)
    {
        bool IsOwn(Language language) => columns.Select(column => column.Name[language]).SequenceEqual(headings.Cells.Select(Cells.Read));
        var asked = Cells.Read(row.Cell(AskedColumn));
        return IsOwn(Language.Zh) || IsOwn(Language.En) ? new(row.Line, [asked], asked, row.Fault) : null;
    }

    private sealed record Line(AskedList List, AskedRow Pasted, Verdict Verdict, string Base, Language Language, DateTimeOffset AnsweredAt)
    {
        /// <summary>What holds for all rows stands in the first.</summary>
        public string? OfList => ReferenceEquals(Pasted, List.Rows[0]) ? Wording.Joined(List.Told(Language), Language) : null;
        public CertificateView? View => Verdict.Certificate;
        public string? LevelName => Language == Language.En ? View?.Level?.NameEn : View?.Level?.Name;
        public string? CategoryName => View is { } view ? Catalogue.CategoryOf(view.Category.No)!.Numbered[Language] : null;
        public string? Address => View is { } view ? $"{Base}/c/{view.Id}?on={Verdict.On:yyyy-MM-dd}" : null;
        public string? RecordedLater => Verdict.RecordedLater == true ? later[Language] : null;
    }

    /// <summary>What is added to somebody's own table, with its width: named so that no reading takes it for something that is
    /// asked.</summary>
    private static readonly (Text Name, double Width, Func<Line, string?> Value)[] added =
    [
        (new("核验结论", "Check: finding"), NewWorkbook.Narrow, line => line.Verdict.Finding.Name()[line.Language]),
        (new("核验结果", "Check: result"), NewWorkbook.Narrow, line => line.Verdict.Result.Name()[line.Language]),
        (new("核验说明", "Check: note"), NewWorkbook.Wide, line => Wording.Note(line.Verdict, line.Pasted.Unused, line.Language)),
        (new("核验日", "Check: as of"), NewWorkbook.Narrow, line => $"{line.Verdict.On:yyyy-MM-dd}"),
        (new("当日等级", "Level that day"), NewWorkbook.Narrow, line => line.LevelName),
        (new("证书起始日", "Certificate from"), NewWorkbook.Narrow, line => $"{line.View?.IssuedOn:yyyy-MM-dd}"),
        (new("证书截止日", "Certificate until"), NewWorkbook.Narrow, line => $"{line.View?.ExpiresOn:yyyy-MM-dd}"),
        (new("登记的编号", "Registered number"), NewWorkbook.Middle, line => line.View?.Number),
        (new("名称核对", "Name compared"), NewWorkbook.Wide, line => Compared(line, "name", line.View?.Holder.Name)),
        (new("信用代码核对", "Credit code compared"), NewWorkbook.Wide, line => Compared(line, "uscc", line.View?.Holder.Uscc)),
        (new("复核网址", "To follow it"), NewWorkbook.Wide, line => line.Address),
        (new("核验时间（北京时间）", "Checked at (Beijing time)"), NewWorkbook.Middle, line => Day.Minute(line.AnsweredAt)),
        (ofList, NewWorkbook.Wide, line => line.OfList),
    ];

    /// <summary>Headings of what is added, in both languages: a list that is sent again is not asked by its own answer.</summary>
    public static readonly IReadOnlySet<string> Added = added.SelectMany(column => (string[])[column.Name.Zh, column.Name.En]).ToHashSet();

    private const int ColouredColumns = 2;

    /// <summary>How something that was given stands to what is registered, with what is registered.</summary>
    private static string? Compared(Line line, string field, string? registered)
    {
        if (line.View is null) return null;
        var comparison = Array.Find(line.Verdict.Compared, one => one.Field == field);
        var word = comparison is null ? new Text("未提供", "not given") : comparison.Verdict switch
        {
            Agreement.Same => new Text("一致", "agrees"),
            Agreement.Former => new("曾用名", "former name"),
            Agreement.Later => new("后来的名称", "later name"),
            Agreement.Different => new("不符", "differs"),
            Agreement.Malformed => new("书写有误", "cannot be right"),
        };
        var there = registered ?? new Text("登记簿未载", "nothing is registered")[line.Language];
        return line.Language == Language.En ? $"{word.En}: {there}" : $"{word.Zh}：{there}";
    }

    private static Tone ToneOf(Finding finding) => finding switch
    {
        Finding.Pass => Tone.Good,
        Finding.Fail => Tone.Bad,
        Finding.Unconfirmed => Tone.Doubtful,
    };

    private static IEnumerable<Line> Lines(AskedList list, VerificationAnswer answer, string address, Language language) =>
        list.Rows.Zip(answer.Rows, (row, verdict) => new Line(list, row, verdict, address, language, answer.AnsweredAt));

    /// <summary>What is added to the rows of a table.</summary>
    /// <param name="list">What was asked.</param>
    /// <param name="verdicts">Its verdicts; none is kept.</param>
    /// <param name="now">The instant.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    public static BesideRows Beside(
        AskedList list, IEnumerable<Verdict> verdicts, DateTimeOffset now, string address, Language language)
    {
        var headings = added.Select(column => new ShownCell(column.Name[language], Tone.Heading)).ToArray();
        var (cells, headers) = (new WaitingCells(), new Queue<int>(list.Headers.Order()));
        void Headings(int before)
        {
            while (headers.TryPeek(out var line) && line < before) cells.Add(headers.Dequeue(), headings);
        }
        try
        {
            foreach (var (row, verdict) in list.Rows.Zip(verdicts))
            {
                Headings(before: row.Line);
                var (line, tone) = (new Line(list, row, verdict, address, language, now), ToneOf(verdict.Finding));
                ShownCell Cell(int i) => new(added[i].Value(line), i < ColouredColumns ? tone : Tone.Plain);
                cells.Add(row.Line, [.. Enumerable.Range(0, added.Length).Select(Cell)]);
            }
            Headings(before: int.MaxValue);
            return new(list, now, cells);
        }
        catch
        {
            cells.Dispose();
            throw;
        }
    }

    /// <summary>The columns of <see cref="Csv"/> as a workbook.</summary>
    /// <param name="target">Where it is written; stays open.</param>
    /// <param name="list">What was asked.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    /// <param name="cancel">Stops it.</param>
    public static Task Write(
        Stream target, AskedList list, VerificationAnswer answer, string address, Language language, CancellationToken cancel) =>
        WriteAll(target, Lines(list, answer, address, language), language, cancel);

    /// <summary>The answer to a table as a workbook: the one that was sent with further columns at its right, or a new one with the same
    /// cells and these columns.</summary>
    /// <param name="target">Where it is written; stays open.</param>
    /// <param name="sent">What was sent.</param>
    /// <param name="beside">What is added; its cells are gone then.</param>
    /// <param name="language">Of the name of a sheet.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The ending of its name, and its media type.</returns>
    public static async Task<(string Ending, string Type)> Write(
        Stream target, SentTable sent, BesideRows beside, Language language, CancellationToken cancel)
    {
        using var cells = beside.Cells;
        ShownCell[]? Beside(int line) => cells.Of(line);
        var first = sent.Rows.Max(WidthOf);
        var frozen = beside.Asked.Headers.FirstOrDefault();
        var widths = added.Select(column => column.Width).ToArray();
        if (sent is { Book: OpenWorkbook own, Sheet: { } sheet })
        {
            first = Math.Max(first, own.RightOfMerges(sheet, frozen));
            WorkbookCopy.Write(own, sheet, new(first, widths, frozen, Beside), target);
            return own.Kind;
        }
        var all = Enumerable.Repeat(NewWorkbook.Middle, first).Concat(widths);
        var header = sent.Rows.FirstOrDefault(row => beside.Asked.Headers.Contains(row.Line));
        await WriteAnew(target, sent, header, Beside, all, first, language, cancel);
        return ("xlsx", MediaTypes.Workbook);
    }

    /// <summary>Cells of a row up to the last that says something; of one that was not read as a whole any may.</summary>
    private static int WidthOf(TableRow row) =>
        row.Fault is null ? Array.FindLastIndex(row.Cells, cell => !string.IsNullOrWhiteSpace(cell)) + 1 : row.Cells.Length;

    private static readonly Text sheetName = new("核验", "Check");

    /// <summary>Rows as they were, each in its line, and what is added beside them.</summary>
    private static async Task WriteAnew(
        Stream target, SentTable sent, TableRow? header, Func<int, ShownCell[]?> beside, IEnumerable<double> widths, int first,
        Language language, CancellationToken cancel)
    {
        var frozen = header is null ? 0 : sent.Rows.TakeWhile(row => row != header).Count() + 1;
        await using var workbook = await NewWorkbook.Begin(target, sheetName[language], widths, frozen, cancel);
        foreach (var row in sent.Rows)
        {
            var tone = row == header ? Tone.Heading : Tone.Plain;
            var own = Enumerable.Range(0, first).Select(i => new ShownCell(row.Cell(i), tone));
            await workbook.Add(own.Concat(beside(row.Line) ?? []), cancel);
        }
        await workbook.Finish(cancel);
    }

    private static async Task WriteAll(Stream target, IEnumerable<Line> lines, Language language, CancellationToken cancel)
    {
        var widths = columns.Select(_ => NewWorkbook.Middle);
        await using var workbook = await NewWorkbook.Begin(target, sheetName[language], widths, frozen: 1, cancel);
        await workbook.Add(columns.Select(column => new ShownCell(column.Name[language], Tone.Heading)), cancel);
        foreach (var line in lines)
        {
            var tone = ToneOf(line.Verdict.Finding);
            ShownCell Cell((Text Name, Func<Line, string?> Value) column, int i) =>
                new(column.Value(line), i == ResultColumn ? tone : Tone.Plain);
            await workbook.Add(columns.Select(Cell), cancel);
        }
        await workbook.Finish(cancel);
    }

    private const int ResultColumn = 3;

    /// <summary>A header and a line for each row, in the order pasted.</summary>
    /// <param name="list">What was asked.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    public static string Csv(AskedList list, VerificationAnswer answer, string address, Language language)
    {
        var text = new StringBuilder(Cells.Line(columns.Select(column => column.Name[language])));
        foreach (var line in Lines(list, answer, address, language)) text.Append(Cells.Line(columns.Select(column => column.Value(line))));
        return text.ToString();
    }
}
