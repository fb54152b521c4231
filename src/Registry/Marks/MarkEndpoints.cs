using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Marks;

/// <summary>A mark to issue: where it is put, and the product or premises it is for.</summary>
public sealed record MarkRequest(Placement? Placement = null, string? Text = null, string? Gtin = null);

/// <summary>A mark as the public reads it.</summary>
public sealed record MarkView(string Code, string Url, Placement Placement, string Text, string? Gtin, DateTimeOffset IssuedAt, DateTimeOffset? WithdrawnAt, CertificateView Certificate);

/// <summary>Marks and their QR.</summary>
public static class MarkEndpoints
{
    private const int MaxText = 200;

    public static void MapMarks(this IEndpointRouteBuilder routes)
    {
        var keyed = routes.MapGroup("/v1").WithTags("Marks").RequireKey();
        keyed.MapPost("/certificates/{id}/marks", Issue).WithName("issueMark").WithSummary("Issue a mark of a valid certificate").Takes<MarkRequest>().Answers<MarkView>(201, 400, 401, 404, 409, 422);
        keyed.MapDelete("/marks/{code}", Withdraw).WithName("withdrawMark").WithSummary("Withdraw a mark").Answers<MarkView>(200, 400, 401, 404);
        var open = routes.MapGroup("/v1/marks").WithTags("Marks");
        open.MapGet("/{code}", Get).WithName("getMark").WithSummary("A mark and its certificate as it is today").Answers<MarkView>(200, 400, 404);
        open.MapGet("/{code}.svg", Svg).WithName("getMarkSvg").WithSummary("The QR as SVG; size in mm, ec = L, M, Q or H").Answers<string>(200, 400, 404, 409, 422);
        open.MapGet("/{code}.png", Png).WithName("getMarkPng").WithSummary("The QR as PNG; size in mm, ec, dpi of the printer").Answers<string>(200, 400, 404, 409, 422);
    }

    private static async Task<IResult> Issue(string id, HttpContext context, Database database, PublicAddress address)
    {
        var (request, bytes) = await Json.ReadAsync<MarkRequest>(context.Request, Json.MaxAct);
        var faults = new List<Fault>();
        if (request.Placement is null) faults.Add(new(Refusal.Required, "/placement"));
        var (text, refusal) = PlainText.Clean(request.Text, MaxText);
        if (refusal is not null) faults.Add(new(refusal, "/text", MaxText));
        else if (text is null) faults.Add(new(Refusal.Required, "/text"));
        if (request.Gtin is { } gtin && !Gtin.IsValid(gtin)) faults.Add(new(Refusal.BadGtin, "/gtin"));
        if (faults.Count > 0) throw new FaultException(faults);
        var (certificate, body) = (Parse(id), ApiKeys.Body(context));
        return await Idempotency.Run(context, database, bytes, transaction =>
        {
            var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            var recorded = Publisher.IssueMark(transaction, new IssueMark { Body = body, Certificate = certificate, Placement = request.Placement!.Value, Text = text!, Gtin = request.Gtin, Nonce = nonce });
            return (201, $"/v1/marks/{recorded.Id}", View(transaction.Connection, recorded.Id, Day.Of(transaction.Now), address));
        });
    }

    private static async Task<IResult> Withdraw(string code, HttpContext context, Database database, PublicAddress address)
    {
        var (mark, body) = (Parse(code), ApiKeys.Body(context));
        return await Idempotency.Run(context, database, [], transaction =>
        {
            Publisher.WithdrawMark(transaction, new WithdrawMark { Body = body, Mark = mark });
            return (200, null, View(transaction.Connection, mark, Day.Of(transaction.Now), address));
        });
    }

    private static IResult Get(string code, HttpContext context, Database database, TimeProvider time, PublicAddress address)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Json(database.Read(db => View(db, Parse(code), Day.Of(time.GetUtcNow()), address), context.RequestAborted), Json.Options);
    }

    /// <exception cref="FaultException">It is not in this registry.</exception>
    public static MarkView View(System.Data.Common.DbConnection db, string code, DateOnly today, PublicAddress address)
    {
        var mark = MarkStore.Find(db, code) ?? throw new FaultException(new Fault(Refusal.UnknownMark));
        return new(mark.Code, $"{address.Base}/m/{mark.Code}", Enum.Parse<Placement>(mark.Placement, ignoreCase: true), mark.Text, mark.Gtin, DateTimeOffset.FromUnixTimeMilliseconds(mark.IssuedAt),
            mark.WithdrawnAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, CertificateView.Of(db, CertificateStore.Find(db, mark.CertificateId)!, today)!);
    }

    private static IResult Svg(string code, string? size, string? ec, HttpContext context, Database database, PublicAddress address)
    {
        var (qr, mark, millimetres, _) = Artwork(code, size, ec, null, context, database, address);
        return Results.Bytes(Encoding.UTF8.GetBytes(qr.Svg(millimetres, $"{address.Base}/m/{mark}")), "image/svg+xml; charset=utf-8");
    }

    private static IResult Png(string code, string? size, string? ec, string? dpi, HttpContext context, Database database, PublicAddress address)
    {
        var (qr, _, millimetres, resolution) = Artwork(code, size, ec, dpi, context, database, address);
        return Results.Bytes(qr.Png(millimetres, resolution), "image/png");
    }

    /// <summary>The QR in the size asked for. Badly chosen parameters are refused, not printed; so is a withdrawn mark.</summary>
    private static (QrArtwork Qr, string Code, double Millimetres, int Dpi) Artwork(string code, string? size, string? ec, string? dpi, HttpContext context, Database database, PublicAddress address)
    {
        var mark = database.Read(db => MarkStore.Find(db, Parse(code)), context.RequestAborted) ?? throw new FaultException(new Fault(Refusal.UnknownMark));
        if (mark.WithdrawnAt is not null) throw new FaultException(new Fault(Refusal.MarkWithdrawn));
        var faults = new List<Fault>();
        var level = (ec ?? "M").ToUpperInvariant();
        if (level is not ("L" or "M" or "Q" or "H")) faults.Add(new(Refusal.UnknownWord, "/ec", "L, M, Q, H"));
        var millimetres = QrArtwork.DefaultSize;
        if (size is not null && (!double.TryParse(size, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out millimetres) || millimetres is <= 0 or > QrArtwork.MaxSize))
            faults.Add(new(Refusal.OutOfRange, "/size", 0, QrArtwork.MaxSize));
        var resolution = QrArtwork.DefaultDpi;
        if (dpi is not null && (!int.TryParse(dpi, NumberStyles.None, CultureInfo.InvariantCulture, out resolution) || resolution is < QrArtwork.MinDpi or > QrArtwork.MaxDpi))
            faults.Add(new(Refusal.OutOfRange, "/dpi", QrArtwork.MinDpi, QrArtwork.MaxDpi));
        if (faults.Count > 0) throw new FaultException(faults);
        var qr = new QrArtwork($"{address.Base}/m/{mark.Code}", level[0]);
        if (millimetres < qr.MinSize) throw new FaultException(new Fault(Refusal.BadMarkSize, "/size", millimetres, qr.MinSize));
        if (qr.Pixels(millimetres, resolution) > QrArtwork.MaxPixels) throw new FaultException(new Fault(Refusal.OutOfRange, "/size", qr.MinSize, Math.Floor(QrArtwork.MaxPixels * 25.4 / resolution)));
        context.Response.Headers.CacheControl = "no-cache";
        return (qr, mark.Code, millimetres, resolution);
    }

    private static string Parse(string code) => Identifier.Parse(code) ?? throw new FaultException(new Fault(Refusal.Mistyped));
}
