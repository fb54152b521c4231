using Registry.Http;
using Registry.Marks;
using Registry.Tables;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>Answers that stand up: kept at an address nobody can guess, signed, and checkable by anybody who has the file.</summary>
public static class AnswerEndpoints
{
    private const string DeletionCode = "Deletion-Code", Pdf = "application/pdf";

    public static void MapAnswers(this IEndpointRouteBuilder routes)
    {
        var answers = routes.MapGroup("/v1/answers").WithTags("Answers").Keeps(confidential);
        answers.MapPost("/", Post).Asks(Work.Verification).WithName("keepAnswer")
            .Accepts<VerificationRequest>("application/json", [.. SentList.Taken[1..], "*/*"])
            .TakesForm<NoFields>().Answers<AnswerReceipt>(201, 400, 403, 413, 415, 422);
        answers.MapGet("/{id}", Get).Asks(Work.File).WithName("getAnswer").Tells("Content-Disposition").Answers<AnswerFile>(200, 404, 410);
        IsFile(answers.MapGet("/{id}.csv", GetCsv), "getAnswerCsv", MediaTypes.Csv);
        IsFile(answers.MapGet("/{id}.xlsx", GetWorkbook), "getAnswerWorkbook", MediaTypes.Workbook);
        IsFile(answers.MapGet("/{id}.pdf", GetPdf), "getAnswerPdf", Pdf);
        answers.MapDelete("/{id}", Delete).WithName("deleteAnswer").Hears(DeletionCode).Produces(204).Refuses(403, 404);

        static void IsFile(RouteHandlerBuilder route, string name, string type) =>
            route.Asks(Work.File).WithName(name).Tells("Content-Disposition").AnswersAs(type, 404, 410);
    }

    /// <summary>Lists of bidders: no copy on the way, no search engine.</summary>
    private static readonly Keeping confidential = Keeping.Never with { IsListed = false };

    private static async Task<IResult> Post(HttpContext context, [AsParameters] ListQuery query, AnswerKeeper keeper)
    {
        var (list, language) = (await SentList.Of(context, query), Languages.Of(context));
        var receipt = await keeper.Keep(list.Demands, (db, now) => list.Answer(db, now, language), language, context.RequestAborted);
        context.Response.Headers.Location = $"/v1/answers/{receipt.Id}";
        context.Response.StatusCode = StatusCodes.Status201Created;
        return Json.Answer(receipt);
    }

    private static IResult Get(string id, HttpContext context, AnswerKeeper keeper)
    {
        var file = keeper.File(id, context.RequestAborted);
        context.Response.Headers.ContentDisposition = $"inline; filename=\"answer-{id}.json\"";
        return Results.Stream(file, "application/json; charset=utf-8");
    }

    private static IResult GetCsv(string id, HttpContext context, AnswerKeeper keeper, PublicAddress address)
    {
        var answer = keeper.Read(id, context.RequestAborted);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"answer-{id}.csv\"";
        var csv = AnswerTable.Csv(answer.List, answer.Answered, address.Base, Languages.Of(context));
        return Results.Text("\uFEFF" + csv, $"{MediaTypes.Csv}; charset=utf-8");
    }

    private static async Task<IResult> GetWorkbook(string id, HttpContext context, AnswerKeeper keeper, PublicAddress address)
    {
        var answer = keeper.Read(id, context.RequestAborted);
        var name = $"answer-{answer.Id}";
        return await AnsweredFile.Of(context, answer.List, answer.Answered, address.Base, Languages.Of(context), name);
    }

    private static IResult GetPdf(
        string id, HttpContext context, AnswerKeeper keeper, LogIdentity identity, MarkFont fonts, Settings settings)
    {
        var (kept, language) = (keeper.Kept(id, context.RequestAborted), Languages.Of(context));
        var (answer, hash) = (kept.Answer, kept.Hash());
        context.Response.Headers.ContentDisposition = $"inline; filename=\"answer-{answer.Id}.pdf\"";
        var demo = settings.DataFile == Settings.DemoFile ? Settings.DemoNotice[language] : "";
        return Results.Bytes(AnswerPdf.Of(answer, hash, identity.Key.ToString(), language, fonts, demo), Pdf);
    }

    private static async Task<IResult> Delete(string id, HttpContext context, AnswerKeeper keeper)
    {
        await keeper.Delete(id, context.Request.Headers[DeletionCode].ToString());
        return Results.NoContent();
    }
}
