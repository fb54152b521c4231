using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>An answer as a workbook to be saved: made before it is sent, so that it is whole or a problem.</summary>
public static class AnsweredFile
{
    /// <param name="context">The request.</param>
    /// <param name="sent">What was sent; null where it was no table.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    /// <param name="name">What it is called, without its ending; left out, by its day.</param>
    public static async Task<IResult> Of(
        HttpContext context, SentTable? sent, AskedList asked, VerificationAnswer answer, string address, Language language,
        string? name = null)
    {
        var made = KeptFile.New();
        context.Response.RegisterForDispose(made);
        var (ending, type) = await AnswerTable.Write(made, sent, asked, answer, address, language, context.RequestAborted);
        made.Position = 0;
        return Results.File(made, type, name is null ? NameOf(answer, ending) : $"{name}.{ending}");
    }

    /// <summary>What the file is called.</summary>
    public static string NameOf(VerificationAnswer answer, string ending) =>
        $"verification-{Day.Of(answer.AnsweredAt):yyyy-MM-dd}.{ending}";
}
