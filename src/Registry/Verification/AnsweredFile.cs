using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>An answer as a workbook to be saved: made before it is sent, so that it is whole or a problem.</summary>
public static class AnsweredFile
{
    /// <summary>The table that was sent, with the answer beside its rows.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sent">The table.</param>
    /// <param name="beside">The answer; its cells are gone then.</param>
    /// <param name="language">Of what is added.</param>
    public static async Task<IResult> Of(HttpContext context, SentTable sent, BesideRows beside, Language language)
    {
        var made = Made(context);
        var (ending, type) = await AnswerTable.Write(made, sent, beside, language, context.RequestAborted);
        made.Position = 0;
        return Results.File(made, type, NameOf(beside.AnsweredAt, ending));
    }

    private static FileStream Made(HttpContext context)
    {
        var made = KeptFile.New();
        context.Response.RegisterForDispose(made);
        return made;
    }

    /// <summary>What was asked otherwise than in a table.</summary>
    /// <param name="context">The request.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    /// <param name="name">What it is called, without its ending; left out, by its day.</param>
    public static async Task<IResult> Of(
        HttpContext context, AskedList asked, VerificationAnswer answer, string address, Language language, string? name = null)
    {
        var made = Made(context);
        await AnswerTable.Write(made, asked, answer, address, language, context.RequestAborted);
        made.Position = 0;
        return Results.File(made, MediaTypes.Workbook, name is null ? NameOf(answer.AnsweredAt, "xlsx") : $"{name}.xlsx");
    }

    /// <summary>What the file is called.</summary>
    public static string NameOf(DateTimeOffset answeredAt, string ending) => $"verification-{Day.Of(answeredAt):yyyy-MM-dd}.{ending}";
}
