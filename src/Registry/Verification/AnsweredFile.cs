using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>An answer as a workbook to be saved: made before it is sent, so that it is whole or a problem.</summary>
public static class AnsweredFile
{
    public static async Task<IResult> Of(
        HttpContext context, SentList list, AskedList asked, VerificationAnswer answer, string address, Language language)
    {
        var made = KeptFile.New();
        context.Response.RegisterForDispose(made);
        var (ending, type) = await AnswerTable.Write(made, list.Table, asked, answer, address, language, context.RequestAborted);
        made.Position = 0;
        return Results.File(made, type, NameOf(answer, ending));
    }

    /// <summary>What the file is called.</summary>
    public static string NameOf(VerificationAnswer answer, string ending) => $"verification-{Day.Of(answer.AnsweredAt):yyyy-MM-dd}.{ending}";
}
