using Registry.Http;
using Registry.Marks;
using Registry.Tables;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>Answers that stand up: kept at an address nobody can guess, signed, and checkable by anybody who has the file.</summary>
public static class AnswerEndpoints
{
    private const string DeletionCode = "Deletion-Code", Csv = "text/csv", Pdf = "application/pdf";

    public static void MapAnswers(this IEndpointRouteBuilder routes)
    {
        var answers = routes.MapGroup("/v1/answers").WithTags("Answers").AddEndpointFilter(Confidential);
        answers.MapPost("/", Post).Asks(Work.Verification).WithName("keepAnswer").WithSummary("Answer a list as /v1/verifications does, sign the answer with the log's key and keep it: the receipt holds the code that deletes it").Accepts<VerificationRequest>("application/json", [.. SentList.Taken[1..], "*/*"]).Answers<AnswerReceipt>(201, 400, 403, 413, 415, 422);
        answers.MapGet("/{id}", Get).Asks(Work.File).WithName("getAnswer").WithSummary("A kept answer as one file that can be checked offline: a JWS of type answer+jws, its leaves with their proofs, and the checkpoint").Answers<AnswerFile>(200, 404, 410);
        answers.MapGet("/{id}.csv", GetCsv).Asks(Work.File).WithName("getAnswerCsv").WithSummary("The rows of a kept answer as CSV").Answers(200, Csv, 404, 410);
        answers.MapGet("/{id}.xlsx", GetWorkbook).Asks(Work.File).WithName("getAnswerWorkbook").WithSummary("The rows of a kept answer as a workbook").Answers(200, MediaTypes.Workbook, 404, 410);
        answers.MapGet("/{id}.pdf", GetPdf).Asks(Work.File).WithName("getAnswerPdf").WithSummary("A kept answer as a document to file: a page for one certificate, a table for many; its text can be selected").Answers(200, Pdf, 404, 410);
        answers.MapDelete("/{id}", Delete).WithName("deleteAnswer").WithSummary("Delete a kept answer, with its code in the header Deletion-Code").Produces(204).Produces<Problem>(403, "application/problem+json").Produces<Problem>(404, "application/problem+json").Produces<Problem>(503, "application/problem+json");
    }

    /// <summary>Lists of bidders are confidential: no copy on the way, no search engine.</summary>
    private static ValueTask<object?> Confidential(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.CacheControl = "no-store";
        headers["X-Robots-Tag"] = "noindex, nofollow";
        return next(context);
    }

    private static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, string contentType, params int[] problems)
    {
        route.Produces(status, contentType: contentType);
        foreach (var problem in (int[])[.. problems, 503]) route.Produces<Problem>(problem, "application/problem+json");
        return route;
    }

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
        return Results.Bytes(file.ToJson(), "application/json; charset=utf-8");
    }

    private static IResult GetCsv(string id, HttpContext context, AnswerKeeper keeper, PublicAddress address)
    {
        var answer = keeper.Read(id, context.RequestAborted);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"answer-{id}.csv\"";
        return Results.Text("\uFEFF" + AnswerTable.Csv(answer.Asked, answer.Answered, address.Base, Languages.Of(context)), "text/csv; charset=utf-8");
    }

    private static async Task<IResult> GetWorkbook(string id, HttpContext context, AnswerKeeper keeper, PublicAddress address)
    {
        var answer = keeper.Read(id, context.RequestAborted);
        var made = KeptFile.New();
        context.Response.RegisterForDispose(made);
        var (ending, type) = await AnswerTable.Write(made, null, new AskedList { Rows = answer.Asked }, answer.Answered, address.Base, Languages.Of(context), context.RequestAborted);
        made.Position = 0;
        return Results.File(made, type, $"answer-{answer.Id}.{ending}");
    }

    private static IResult GetPdf(string id, HttpContext context, AnswerKeeper keeper, LogIdentity identity, MarkFont fonts, Settings settings)
    {
        var (kept, language) = (keeper.Kept(id, context.RequestAborted), Languages.Of(context));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(kept.Signed));
        context.Response.Headers.ContentDisposition = $"inline; filename=\"answer-{kept.Answer.Id}.pdf\"";
        return Results.Bytes(AnswerPdf.Of(kept.Answer, hash, identity.Key.ToString(), language, fonts, settings.DataFile == Settings.DemoFile ? Settings.DemoNotice[language] : ""), Pdf);
    }

    private static async Task<IResult> Delete(string id, HttpContext context, AnswerKeeper keeper)
    {
        await keeper.Delete(id, context.Request.Headers[DeletionCode].ToString());
        return Results.NoContent();
    }
}
