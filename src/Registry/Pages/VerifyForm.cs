using Registry.Certificates;
using Registry.Tables;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>The forms of the page that checks lists.</summary>
public static class VerifyForm
{
    /// <summary>Lines that are offered as headings.</summary>
    private const int OfferedLines = 12;
    private const int ShownOfLine = 40, ShownOfCell = 18;

    private static readonly Text
        choose = new("选择文件：Excel 工作簿（.xlsx、.xls）或 CSV", "Choose a file: a workbook of Excel (.xlsx, .xls) or CSV"),
        chooseMore = new(
            "表怎样排都行：标题行、合并的表头、多个工作表都能读；给出的每一项都会与登记核对。"
                + $"最多 {Verifier.MaxRows:N0} 行、{SentList.MaxFile >> 20} MB。文件只用来回答这一次，不留存。",
            "Any layout will do: titles above, merged headings, several sheets; everything given is compared. "
                + $"At most {Verifier.MaxRows:N0} rows and {SentList.MaxFile >> 20} MB. The file serves this one answer and is not kept."),
        paste = new(
            "或者从表格里整块粘贴，每行一家：证书编号、组织名称、统一社会信用代码或标志编码，列的次序不限，有没有表头都行",
            "Or paste the rows of a spreadsheet as they are, one bidder a line: "
                + "certificate number, holder, credit code or code of a mark, in any order of columns, with or without a header"),
        day = new("哪一天（如投标截止日；空白为今天）", "On which day (such as the bid date; blank for today)"),
        demands = new("对证书的要求（可不填）", "What the certificate must be (may be left out)"),
        urgent = new("不是有效的排在前面，同样结果排在一起", "Those that are not valid first, equal results together"),
        notUsed = new("不用", "not used"),
        any = new("不限", "Any"),
        workbook = new("直接下载工作簿", "Download as a workbook"),
        byLine = new(
            "没有表头：逐行按登记簿里有的内容识别。选定各列后按列读。",
            "There are no headings: each line is read by what is on record. Once columns are chosen, they are read by column."),
        remembering = new("记住这些设置的网址", "An address that remembers these settings"),
        bookmark = new("：收藏它，下次同样的表选了文件就行。", ": bookmark it, and the next table like this needs only its file.");

    /// <summary>Ends of the names of files that are offered to choose.</summary>
    private const string Endings = ".xlsx,.xlsm,.xls,.csv,.tsv,.txt";

    private static Html Checked(bool isOn, string word) => new(isOn ? " " + word : "");

    private static Html Option(string value, string name, string? chosen) =>
        Html.Of($"<option value=\"{value}\"{new Html(value == (chosen ?? "") ? " selected" : "")}>{name}</option>");

    private static Html Hidden(string name, string? value) =>
        string.IsNullOrEmpty(value) ? Html.None : Html.Of($"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");

    private static Html Begin(Page page, string more = "") =>
        Html.Of($"<form method=\"post\" enctype=\"multipart/form-data\" action=\"{page.Link("/verify")}\"{new Html(more)}>");

    /// <summary>The form of a new list.</summary>
    public static Html Of(Page page, EnteredList entered)
    {
        var query = entered.Query;
        var hasDemands = (query.Category + query.Level + query.Standard + query.Scope).Length > 0;
        var categories = Html.Join(Catalogue.Categories.Select(c => Option($"{c.No}", page.T(c.Numbered), query.Category)));
        var chosenLevel = Words.Level(query.Level ?? "");
        var levels = Html.Join(Catalogue.Schemes.Levels.Select(level => Option(level.Code, page.T(level.Name), chosenLevel)));
        var (noCategory, noLevel) = (Option("", page.T(any), query.Category), Option("", page.T(any), query.Level));
        return Html.Of($"""
            {Begin(page)}
            <p><label>{page.T(choose)}<input type="file" name="file" accept="{Endings}"></label></p>
            <p class="soft">{page.T(chooseMore)}</p>
            <p><label>{page.T(paste)}<textarea class="list" name="lines">{entered.Lines}</textarea></label></p>
            <p><label>{page.T(day)}<input type="date" name="on" value="{query.On}"></label></p>
            <details{Checked(hasDemands, "open")}><summary>{page.T(demands)}</summary><div class="fields">
            <label>{page.T("认证项目", "Category")}<select name="category">{noCategory}{categories}</select></label>
            <label>{page.T("等级不低于", "Level at least")}<select name="level">{noLevel}{levels}</select></label>
            <label>{page.T("认证依据（标准）", "Standard")}<input name="standard" maxlength="100" value="{query.Standard}"></label>
            <label>{page.T("业务范围须含（空格分开）", "Words in the scope")}
            <input name="scope" maxlength="200" value="{query.Scope}"></label></div></details>
            {Remembered(page, query)}
            <p><label class="choice"><input type="checkbox" name="first"
            value="urgent"{Checked(entered.UrgentFirst, "checked")}>{page.T(urgent)}</label></p>
            <p><button>{page.T("核验", "Check")}</button>
            <button class="plain" name="format" value="xlsx">{page.T(workbook)}</button>
            <button class="plain" name="format" value="csv">{page.T("下载 CSV", "Download CSV")}</button></p></form>
            """);
    }

    /// <summary>How the next list is going to be read, where the address says so.</summary>
    private static Html Remembered(Page page, ListQuery query)
    {
        if ((query.Columns ?? query.Sheet ?? query.Header) is null) return Html.None;
        var columns = query.Columns?.Split(',').Select((name, i) => (Name: name.Trim(), At: NewWorkbook.ColumnName(i)))
            .Where(column => ListChoice.Names.Contains(column.Name))
            .Select(column => $"{column.At} = {page.T(Comparison.Name(column.Name))}");
        string?[] said =
        [
            query.Sheet is { } sheet ? page.T($"工作表 {sheet}", $"sheet {sheet}") : null,
            query.Header is { } header ? page.T($"表头在第 {header} 行", $"headings in line {header}") : null,
            columns is null ? null : string.Join(page.T("，", ", "), columns),
        ];
        var all = string.Join(page.T("；", "; "), said.Where(one => one is not null));
        return Html.Of($"""
            <p class="note">{page.T($"按记住的设置读：{all}。", $"Read as remembered: {all}.")}
            <a href="{page.Link("/verify")}">{page.T("不用这些设置", "Do not")}</a>{HiddenReading(query)}</p>
            """);
    }

    /// <summary>How a list is read, for the next request.</summary>
    private static Html HiddenReading(ListQuery query) =>
        Html.Of($"{Hidden("sheet", query.Sheet)}{Hidden("header", query.Header)}{Hidden("columns", query.Columns)}");

    /// <summary>What is asked of every row, for the next request.</summary>
    private static Html HiddenDemands(ListQuery query) => Html.Of($"""
        {Hidden("on", query.On)}{Hidden("category", query.Category)}{Hidden("level", query.Level)}{Hidden("standard", query.Standard)}
        {Hidden("scope", query.Scope)}{Hidden("knownAt", query.KnownAt)}
        """);

    /// <summary>The form that asks the same list again: otherwise read, or in another form.</summary>
    /// <param name="page">The page.</param>
    /// <param name="entered">What was entered.</param>
    /// <param name="table">The table.</param>
    /// <param name="asked">How it was read.</param>
    /// <param name="buttons">What it offers beside reading it otherwise.</param>
    public static Html Again(Page page, EnteredList entered, SentTable table, AskedList asked, Html buttons)
    {
        var query = entered.Query;
        var open = asked.Rows.Count == 0 || asked.Headers.Count == 0 || asked.Columns.Any(column => column.IsGuessed);
        var file = entered.IsLeftBehind ? FileAgain(page, entered.FileName) : Html.None;
        var isByLine = asked.Headers.Count == 0 && query.Columns is null;
        return Html.Of($"""
            {Begin(page, " class=\"noprint\"")}{Hidden("lines", entered.Lines)}{Hidden("carried", entered.Carried)}
            {Hidden("name", entered.FileName)}{HiddenDemands(query)}{HiddenReading(query)}
            {file}{buttons}
            <details{Checked(open, "open")}><summary>{page.T("这张表是这样读的（可改）", "How the table was read (can be changed)")}</summary>
            {SheetChoice(page, table)}{HeaderChoice(page, table, asked)}
            {(isByLine ? Html.Of($"<p class=\"soft\">{page.T(byLine)}</p>") : Html.None)}
            <div class="fields">{Html.Join(asked.Columns.Select((column, i) => ColumnChoice(page, column, i)))}</div>
            <p><button class="plain" name="read" value="chosen">{page.T("按所选的重新核验", "Check again as chosen")}</button></p>
            <p class="soft"><a href="{page.Link(Address(query, table, asked))}">{page.T(remembering)}</a>{page.T(bookmark)}</p>
            </details></form>
            """);
    }

    private static Html FileAgain(Page page, string name)
    {
        var told = page.T($"文件较大，请再选一次同一个文件（{name}）", $"The file is large: choose the same file again ({name})");
        return Html.Of($"<p><label>{told}<input type=\"file\" name=\"file\" required accept=\"{Endings}\"></label></p>");
    }

    private static Html SheetChoice(Page page, SentTable table)
    {
        if (table is not { Book: { Sheets: var sheets }, Sheet: { } read }) return Html.None;
        if (sheets.Count == 1) return Html.Of($"<p>{page.T($"工作表：{read.Name}", $"Sheet: {read.Name}")}</p>");
        var hidden = page.T("（隐藏）", " (hidden)");
        var options = sheets.Select(sheet => Option(sheet.Name, sheet.Name + (sheet.IsHidden ? hidden : ""), read.Name));
        return Html.Of($"""
            <p><label>{page.T("工作表", "Sheet")}<select name="sheetChosen">{Html.Join(options)}</select></label>
            {Hidden("sheetRead", read.Name)}</p>
            """);
    }

    private static Html HeaderChoice(Page page, SentTable table, AskedList asked)
    {
        var read = $"{asked.Headers.FirstOrDefault()}";
        var offered = table.Rows.Take(OfferedLines).Union(table.Rows.Where(row => $"{row.Line}" == read));
        string Shown(TableRow row) => Short(row.Text.Replace('\t', ' '), ShownOfLine);
        string Named(TableRow row) => page.T($"第 {row.Line} 行：{Shown(row)}", $"Line {row.Line}: {Shown(row)}");
        var options = offered.Select(row => Option($"{row.Line}", Named(row), read));
        var none = Option("0", page.T("没有表头", "There are none"), read);
        return Html.Of($"""
            <p><label>{page.T("表头", "Headings")}<select name="headerChosen">{none}{Html.Join(options)}</select></label>
            {Hidden("headerRead", read)}</p>
            """);
    }

    private static string Short(string text, int most) => text.Length > most ? text[..most] + "…" : text;

    private static Html ColumnChoice(Page page, AskedColumn column, int place)
    {
        var heading = column.Heading.Length > 0 ? $"{NewWorkbook.ColumnName(place)} · {column.Heading}" : NewWorkbook.ColumnName(place);
        var guessed = column.IsGuessed ? page.T("（按登记内容识别）", " (told by what is on record)") : "";
        var cells = column.Sample.Select(cell => Short(cell, ShownOfCell));
        var sample = column.Sample.Length == 0 ? page.T("（空）", "(blank)") : string.Join(page.T("；", "; "), cells);
        var options = ListChoice.Names.Select(name => Option(name, page.T(Comparison.Name(name)), column.Field));
        var none = Option(ListChoice.NotUsed, page.T(notUsed), column.Field ?? ListChoice.NotUsed);
        return Html.Of($"""
            <label>{heading}{guessed}<span class="soft told">{sample}</span>
            <select name="column">{none}{Html.Join(options)}</select></label>
            """);
    }

    /// <summary>The address of an empty form with these settings.</summary>
    private static string Address(ListQuery query, SentTable table, AskedList asked)
    {
        var columns = query.Columns ?? (asked.Headers.Count == 0 ? null
            : new ListChoice(Fields: [.. asked.Columns.Select(column => column.Field)]).InAddress);
        var sheet = query.Sheet ?? (table.Book?.Sheets.Count > 1 ? table.Sheet?.Name : null);
        var said = (query with { Sheet = sheet, Columns = columns, KnownAt = null }).Said;
        return "/verify?" + string.Join('&', said.Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value)}"));
    }
}
