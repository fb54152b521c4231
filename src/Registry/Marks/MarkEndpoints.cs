using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Marks;

/// <summary>Marks 认证标志 and their QR codes.</summary>
public static class MarkEndpoints
{
    /// <summary>Millimetres: 30 scans from an arm's length; a metre is a shop window.</summary>
    private const decimal DefaultSize = 30, MaxSize = 1000;
    private const int DefaultDpi = 300, MinDpi = 150, MaxDpi = 2400;

    public static void MapMarks(this IEndpointRouteBuilder routes)
    {
        var acts = routes.MapGroup("/v1").WithTags("Marks").RequireKey();
        acts.MapPost("/certificates/{id}/marks", Issue).WithName("issueMark").WithSummary("Issue a mark of a valid certificate").Takes<MarkDraft>().Answers<MarkView>(201, 400, 401, 404, 409, 413, 415, 422);
        acts.MapDelete("/marks/{code}", Withdraw).WithName("withdrawMark").WithSummary("Withdraw a mark").Answers<MarkView>(200, 400, 401, 404, 409);

        var reads = routes.MapGroup("/v1/marks").WithTags("Marks");
        reads.MapGet("/{code}", Get).WithName("getMark").WithSummary("A mark with its certificate as of today").Answers<MarkView>(200, 400, 404);
        reads.MapGet("/{code}.svg", Svg).WithName("getMarkSvg").WithSummary("The QR code as a drawing; size in millimetres, error correction L, M, Q or H").Answers(200, "image/svg+xml", 400, 404, 410, 422);
        reads.MapGet("/{code}.png", Png).WithName("getMarkPng").WithSummary("The QR code in the dots of a printer; size in millimetres, error correction L, M, Q or H").Answers(200, "image/png", 400, 404, 410, 422);
    }

    private static async Task<IResult> Issue(string id, HttpContext context, Database database, PublicAddress address)
    {
        var (draft, bytes) = await Json.ReadAsync<MarkDraft>(context.Request, Json.MaxAct);
        // Ten shops may each get a mark that reads the same: a nonce makes the codes differ. Only an Idempotency-Key makes a repeat one.
        var statement = draft.Check(ApiKeys.Body(context), Parse(id), nonce: Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        return await Idempotency.Run(context, database, bytes, transaction =>
        {
            var code = Publisher.IssueMark(transaction, statement).Id;
            return (201, $"/v1/marks/{code}", View(transaction.Connection, code, Day.Of(transaction.Now), address));
        });
    }

    private static async Task<IResult> Withdraw(string code, HttpContext context, Database database, PublicAddress address)
    {
        var statement = new WithdrawMark { Body = ApiKeys.Body(context), Mark = Parse(code) };
        return await Idempotency.Run(context, database, [], transaction => (200, null, View(transaction.Connection, Publisher.WithdrawMark(transaction, statement).Id, Day.Of(transaction.Now), address)));
    }

    private static IResult Get(string code, HttpContext context, Database database, TimeProvider time, PublicAddress address)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return Json.Answer(database.Read(db => View(db, code, Day.Of(time.GetUtcNow()), address), context.RequestAborted));
    }

    private static IResult Svg(string code, string? size, string? ec, HttpContext context, Database database, PublicAddress address)
    {
        var faults = new List<Fault>();
        var (millimetres, correction) = (ReadSize(size, faults), ReadCorrection(ec, faults));
        var qr = Artwork(code, correction, faults, context, database, address);
        return Results.Text(qr.Svg(millimetres), "image/svg+xml");
    }

    private static IResult Png(string code, string? size, string? ec, string? dpi, HttpContext context, Database database, PublicAddress address)
    {
        var faults = new List<Fault>();
        var (millimetres, correction, resolution) = (ReadSize(size, faults), ReadCorrection(ec, faults), (int)Read(dpi, "/dpi", DefaultDpi, MinDpi, MaxDpi, NumberStyles.None, faults));
        var qr = Artwork(code, correction, faults, context, database, address);
        return Results.Bytes(qr.Png(millimetres, resolution), "image/png");
    }

    /// <summary>The QR code of a mark that stands.</summary>
    private static QrCode Artwork(string code, ErrorCorrection correction, List<Fault> faults, HttpContext context, Database database, PublicAddress address)
    {
        var mark = database.Read(db => Existing(db, code), context.RequestAborted);
        if (mark.WithdrawnAt is not null) throw new FaultException(new Fault(Refusal.MarkWithdrawn));
        if (faults.Count > 0) throw new FaultException(faults);
        context.Response.Headers.CacheControl = "no-cache"; // a withdrawn mark is gone at the next read
        return new(MarkView.UrlOf(address.Base, mark.Code), correction);
    }

    private static decimal ReadSize(string? text, List<Fault> faults) => Read(text, "/size", DefaultSize, 1, MaxSize, NumberStyles.AllowDecimalPoint, faults);

    private static decimal Read(string? text, string pointer, decimal otherwise, decimal least, decimal most, NumberStyles style, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return otherwise;
        if (decimal.TryParse(text, style, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        faults.Add(new(Refusal.OutOfRange, pointer, least, most));
        return otherwise;
    }

    private static ErrorCorrection ReadCorrection(string? text, List<Fault> faults)
    {
        switch (text?.ToUpperInvariant())
        {
            case "L": return ErrorCorrection.L;
            case null or "" or "M": return ErrorCorrection.M;
            case "Q": return ErrorCorrection.Q;
            case "H": return ErrorCorrection.H;
            default:
                faults.Add(new(Refusal.UnknownWord, "/ec", "L, M, Q, H"));
                return ErrorCorrection.M;
        }
    }

    /// <summary>A mark by its code, with its certificate as of a day.</summary>
    /// <exception cref="FaultException">It is not in this registry.</exception>
    private static MarkView View(DbConnection db, string code, DateOnly on, PublicAddress address) => MarkView.Of(db, Existing(db, code), address.Base, on);

    private static Mark Existing(DbConnection db, string code) =>
        MarkStore.Find(db, Parse(code)) ?? throw new FaultException(new Fault(Refusal.UnknownMark));

    private static string Parse(string typed) => Identifier.Parse(typed) ?? throw new FaultException(new Fault(Refusal.Mistyped));

    /// <summary>A file and the statuses of problems.</summary>
    private static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, string contentType, params int[] problems)
    {
        route.Produces<FileContentResult>(status, contentType);
        foreach (var problem in (int[])[.. problems, 503]) route.Produces<Problem>(problem, "application/problem+json");
        return route;
    }
}
