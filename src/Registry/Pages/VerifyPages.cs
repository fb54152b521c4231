using Microsoft.AspNetCore.WebUtilities;
using Registry.Http;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>What was entered to check a list, to be shown and sent again.</summary>
/// <param name="Query">The settings: they are what an address of this page remembers.</param>
/// <param name="Lines">What was pasted.</param>
/// <param name="Carried">A file that was sent, as base64url: the page carries it, because nothing of a list is kept here. Empty where there
/// is none or it is too large for that.</param>
/// <param name="FileName">What the file is called; empty where there is none.</param>
/// <param name="UrgentFirst">Whether what is not valid stands first.</param>
public sealed record EnteredList(ListQuery Query, string Lines = "", string Carried = "", string FileName = "", bool UrgentFirst = false)
{
    /// <summary>Bytes of a file that a page carries.</summary>
    public const int MaxCarried = 2 << 20;

    /// <summary>Whether the file has to be chosen anew to go on with it.</summary>
    public bool IsLeftBehind => FileName.Length > 0 && Carried.Length == 0;
}

/// <summary>What the forms of the page may send beside a file: its settings, what was pasted or carried, and how it is to be
/// read.</summary>
public sealed record VerifyFields(
    string? On, string? Category, string? Standard, string? Level, string? Scope, string? KnownAt, string? Sheet, string? Header,
    string? Columns, string? Lines, string? Carried, string? Name, string? First, string? Format, string? Read, string? SheetChosen,
    string? SheetRead, string? HeaderChosen, string? HeaderRead, string[] Column);

/// <summary>Checking a list of bidders: a file or pasted rows, with columns that can be chosen, and the answer on a page or in a
/// file.</summary>
public static class VerifyPages
{
    /// <summary>Bytes of a field as a browser sends it: a file that the page carries is the longest. Fields: one for each column.</summary>
    private const int MaxField = 4 << 20, MaxFields = 600;
    private const int MaxName = 200;

    public static readonly Text Title = new("批量核验投标人证书", "Check a list of bidders");

    public static Task Empty(HttpContext context, [AsParameters] ListQuery query, Settings settings)
    {
        var page = new Page(context, settings);
        var faults = new List<Fault>();
        query.Choice(faults);
        query.Demands(page.AsOf, faults);
        return faults.Count == 0 ? Form(page, new(query), []) : Form(page, new(new()), faults);
    }

    private static Task Form(Page page, EnteredList entered, IReadOnlyList<Fault> faults, Html reading = default)
    {
        var messages = string.Join(" ", faults.Select(fault => fault.Message(page.Language)));
        var told = faults.Count == 0 ? Html.None : Html.Of($"<p class=\"note fault\" role=\"alert\">{messages}</p>");
        var body = Html.Of($"<h1>{page.T(Title)}</h1>{told}{reading}{VerifyForm.Of(page, entered)}");
        return page.Write(page.T("批量核验", "Check a list"), $"{body}", faults.Count == 0 ? 200 : Problems.StatusOf(faults[0].Refusal));
    }

    public static async Task Answer(
        HttpContext context, Database database, TimeProvider time, Settings settings, Answers.AnswerKeeper keeper)
    {
        var page = new Page(context, settings) { ShowsStatus = true };
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = SentList.MaxFile + 2 * MaxField;
        var entered = new EnteredList(new());
        try
        {
            if (!context.Request.HasFormContentType) throw new FaultException(Refusal.UnsupportedMedia, "", "multipart/form-data");
            var (form, files) = await SentForm.Read<VerifyFields>(context, SentList.MaxFile, MaxField, MaxFields);
            var sent = files.Where(file => file.Length > 0).ToList();
            var format = form.Format ?? "";
            entered = Entered(form, sent.FirstOrDefault());
            using var list = await Sent(context, entered, sent, page.AsOf, content => entered = entered with { Carried = content });
            if (format == AnswerPages.Kept)
                await AnswerPages.Keep(context, page, keeper, list.Demands, (db, now) => list.Answer(db, now, page.Language));
            else await Answer(context, page, database, time.GetUtcNow(), entered, list, format);
        }
        // What is no request at all is told as such, not on the form.
        catch (FaultException refused) when (!context.Response.HasStarted && refused.Faults[0].Refusal != Refusal.BadRequest)
        {
            await Form(page, entered, refused.Faults);
        }
    }

    private static async Task Answer(
        HttpContext context, Page page, Database database, DateTimeOffset now, EnteredList entered, SentList list, string format)
    {
        var asked = database.Read(db => list.Ask(db, now), context.RequestAborted);
        // Where nothing was found the columns may have been read wrongly: they are shown to be chosen.
        if (asked.Rows.Count == 0)
        {
            await Form(page, entered, [new(Refusal.NothingAsked)], VerifyForm.Again(page, entered, list.Table!, asked, Html.None));
            return;
        }
        if (format == "xlsx")
        {
            var beside = database.Read(db => list.Beside(db, now, page.Base, page.Language), context.RequestAborted);
            var file = await AnsweredFile.Of(context, list.Table!, beside, page.Language);
            await file.ExecuteAsync(context);
            return;
        }
        var (read, answer) = database.Read(db => list.Answer(db, now, page.Language), context.RequestAborted);
        if (format == "csv") await Csv(context, page, read, answer);
        else await page.Write(page.T("核验结果", "Result"), $"{VerifyResult.Of(page, entered, list, read, answer)}");
    }

    private static EnteredList Entered(VerifyFields form, IFormFile? file)
    {
        static string? Text(string? typed) => typed?.Trim() is { Length: > 0 } text ? text : null;
        var query = new ListQuery
        {
            On = Text(form.On), Category = Text(form.Category), Standard = Text(form.Standard), Level = Text(form.Level),
            Scope = Text(form.Scope), KnownAt = Text(form.KnownAt), Sheet = Text(form.Sheet), Header = Text(form.Header),
            Columns = Text(form.Columns),
        };
        if (form.Read == "chosen") query = Chosen(form, query);
        var name = file?.FileName ?? Text(form.Name) ?? "";
        var shown = name[..Math.Min(name.Length, MaxName)];
        return new(query, form.Lines ?? "", form.Carried ?? "", shown, Text(form.First) == "urgent");
    }

    /// <summary>With the sheet, the headings and the columns that were chosen. Columns of another sheet, or below other headings, are found
    /// anew.</summary>
    private static ListQuery Chosen(VerifyFields form, ListQuery query)
    {
        static string Text(string? typed) => typed?.Trim() ?? "";
        var (sheet, header) = (Text(form.SheetChosen), Text(form.HeaderChosen));
        if (sheet.Length > 0 && sheet != Text(form.SheetRead)) return query with { Sheet = sheet, Header = null, Columns = null };
        if (header.Length > 0 && header != Text(form.HeaderRead)) return query with { Header = header, Columns = null };
        return query with { Columns = string.Join(',', form.Column) };
    }

    private static async Task<SentList> Sent(
        HttpContext context, EnteredList entered, List<IFormFile> files, DateTimeOffset known, Action<string> carry)
    {
        if (files.Count > 1) throw new FaultException(Refusal.OneFile, "", files.Count);
        var (file, home) = (files.FirstOrDefault(), context.RequestServices.GetRequiredService<PublicAddress>().Base);
        if (file is null && entered.Carried.Length == 0)
        {
            if (!string.IsNullOrWhiteSpace(entered.Lines)) return SentList.Of(entered.Lines, entered.Query, known, home);
            throw new FaultException(Refusal.NothingAsked);
        }
        if (!string.IsNullOrWhiteSpace(entered.Lines)) throw new FaultException(Refusal.OneList);
        await using var sent = file?.OpenReadStream() ?? new MemoryStream(Content(entered.Carried));
        carry(await Carried(sent, context.RequestAborted));
        var kept = await Tables.KeptFile.Of(sent, SentList.MaxFile, context.RequestAborted);
        context.Response.RegisterForDispose(kept);
        return SentList.Of(kept, entered.Query, known, home, null);
    }

    private static byte[] Content(string carried)
    {
        try { return WebEncoders.Base64UrlDecode(carried); }
        catch (FormatException) { throw new FaultException(Refusal.BadRequest); }
    }

    private static async Task<string> Carried(Stream file, CancellationToken cancel)
    {
        if (file.Length > EnteredList.MaxCarried) return "";
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancel);
        file.Position = 0;
        return WebEncoders.Base64UrlEncode(content);
    }

    private static Task Csv(HttpContext context, Page page, AskedList list, VerificationAnswer answer)
    {
        context.Response.ContentType = $"{Tables.MediaTypes.Csv}; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{AnsweredFile.NameOf(answer.AnsweredAt, "csv")}\"";
        // Spreadsheets take UTF-8 for what it is by its byte order mark.
        return context.Response.WriteAsync("\uFEFF" + AnswerTable.Csv(list, answer, page.Base, page.Language), context.RequestAborted);
    }
}
