using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Registry.Certificates;
using Registry.Http;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Marks;

/// <summary>Marks 认证标志, their artwork, the codes of serialised ones, and what the public reports.</summary>
public static class MarkEndpoints
{
    private const string SvgType = "image/svg+xml", PngType = "image/png", PdfType = "application/pdf";
    /// <summary>Says in an answer what its file does not hold.</summary>
    private const string LeftOut = "Left-Out";

    public static void MapMarks(this IEndpointRouteBuilder routes)
    {
        var acts = routes.MapGroup("/v1").WithTags("Marks").RequireKey();
        acts.MapPost("/certificates/{id}/marks", Issue).WithName("issueMark")
            .Takes<MarkDraft>().Hears(Idempotency.Header).Answers<MarkView>(201, 400, 401, 404, 409, 413, 415, 422);
        acts.MapDelete("/marks/{code}", Withdraw).WithName("withdrawMark")
            .Hears(Idempotency.Header).Answers<MarkView>(200, 400, 401, 404, 409, 422);
        acts.MapPut("/marks/{code}/seed", HandOverSeed).WithName("putMarkSeed")
            .Takes<SeedRequest>().Answers<MarkView>(200, 400, 401, 404, 413, 415, 422);
        acts.MapGet("/marks/{code}/items.csv", Items).Asks(Work.File).Keeps(Keeping.Never).WithName("getMarkItems")
            .Tells("Content-Disposition").AnswersAs("text/csv", 400, 401, 404, 422);
        acts.MapGet("/marks/{code}/labels.pdf", ItemLabels).Asks(Work.File).WithName("getItemLabels")
            .Tells(LeftOut).AnswersAs(PdfType, 400, 401, 404, 409, 410, 422);
        acts.MapGet("/reports", Reports).Keeps(Keeping.Never).WithName("reports")
            .Answers<ReportView[]>(200, 401, 422);

        var reads = routes.MapGroup("/v1/marks").WithTags("Marks");
        reads.MapGet("/{code}", Get).Keeps(Keeping.AskAgain).WithName("getMark").Tells("ETag")
            .Answers<MarkView>(200, 400, 404, 422);
        reads.MapGet("/{code}.svg", Svg).Asks(Work.File).WithName("getMarkSvg")
            .Tells(LeftOut).AnswersAs(SvgType, 400, 404, 409, 410, 422);
        reads.MapGet("/{code}.png", Png).Asks(Work.File).WithName("getMarkPng")
            .Tells(LeftOut).AnswersAs(PngType, 400, 404, 409, 410, 422);
        reads.MapGet("/{code}.pdf", Pdf).Asks(Work.File).WithName("getMarkPdf")
            .Tells(LeftOut).AnswersAs(PdfType, 400, 404, 409, 410, 422);
    }

    private static async Task<IResult> Issue(string id, HttpContext context, Database database, PublicAddress address)
    {
        var (draft, bytes) = await Json.ReadAsync<MarkDraft>(context.Request, Json.MaxAct);
        var seed = ItemCode.NewSeed();
        // Ten shops may each get a mark that reads the same: a nonce makes the codes differ. Only an Idempotency-Key makes a repeat one.
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var certificate = Identifier.Parse(id) ?? throw new FaultException(Refusal.Mistyped);
        var statement = draft.Check(RequestKeys.Body(context), certificate, nonce, seed);
        return await Idempotency.Run(context, database, bytes, transaction =>
        {
            var db = transaction.Connection;
            var code = Publisher.IssueMark(transaction, statement).Id;
            if (statement.Items is not null) MarkStore.KeepSeed(db, code, seed);
            var view = MarkView.Of(db, code, address.Base, Day.Of(transaction.Now));
            var others = SharedKey.Of(db, view.Gtin, view.Gdti, view.Certificate.Id);
            return (201, $"/v1/marks/{code}", view with { AlsoStatedFor = others });
        });
    }

    private static async Task<IResult> Withdraw(
        string code, string? from, string? to, string? by, HttpContext context, Database database, PublicAddress address)
    {
        var faults = new List<Fault>();
        var (mark, item) = ItemCode.Parse(code) ?? throw new FaultException(Refusal.Mistyped);
        var (first, last) = ReadRange(from, to, faults);
        if (item is not null)
        {
            var own = ItemCode.SerialOf(item);
            if ((first ?? own, last ?? own) != (own, own)) faults.Add(new(Refusal.OutOfRange, "/from", own, own));
            (first, last) = (own, own);
        }
        Withdrawer? who = by switch { null or "" => null, "body" => Withdrawer.Body, "holder" => Withdrawer.Holder, _ => Fail() };
        if (faults.Count > 0) throw new FaultException(faults);
        var statement = new WithdrawMark { Body = RequestKeys.Body(context), Mark = mark, First = first, Last = last, By = who };
        return await Idempotency.Run(context, database, Encoding.UTF8.GetBytes($"{from} {to} {by}"), transaction =>
        {
            MarkView View() => MarkView.Of(transaction.Connection, code, address.Base, Day.Of(transaction.Now));
            if (item is not null) _ = View(); // a code that was made up withdraws nothing
            Publisher.WithdrawMark(transaction, statement);
            return (200, null, View());
        });

        Withdrawer? Fail()
        {
            faults.Add(new(Refusal.UnknownWord, "/by", "body, holder"));
            return null;
        }
    }

    /// <summary>Both ends of a range of serials; null twice where neither is given. One end alone, and one that was left blank, is no
    /// range: what was meant for a few items would withdraw a whole run, which cannot be taken back. What the mark has is for the caller
    /// to compare.</summary>
    private static (int? First, int? Last) ReadRange(string? from, string? to, List<Fault> faults)
    {
        if (from is null && to is null) return (null, null);
        int? Serial(string? text, string pointer)
        {
            var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var serial);
            if (isNumber && serial is >= 1 and <= ItemCode.MaxItems) return serial;
            if (string.IsNullOrEmpty(text)) faults.Add(new(Refusal.Required, pointer));
            else faults.Add(new(Refusal.OutOfRange, pointer, 1, ItemCode.MaxItems));
            return null;
        }
        return (Serial(from, "/from"), Serial(to, "/to"));
    }

    private static IResult Get(string code, string? on, string? knownAt, HttpContext context, Database database, TimeProvider time,
        PublicAddress address, KnownTo known)
    {
        var asked = AskedTime.Read(on, knownAt, time.GetUtcNow(), known.Now);
        var mark = database.Read(
            db => MarkView.Of(db, code, address.Base, asked.On, asked.KnownAt).Beside(db, asked), context.RequestAborted);
        return Json.Tagged(mark with { Certificate = known.Cap(mark.Certificate) });
    }

    private static async Task<IResult> HandOverSeed(string code, HttpContext context, Database database, PublicAddress address)
    {
        var (request, _) = await Json.ReadAsync<SeedRequest>(context.Request, 1000);
        var isSeed = request.Seed?.Length == 2 * ItemCode.SeedLength && request.Seed.All(char.IsAsciiHexDigit);
        var seed = isSeed ? Convert.FromHexString(request.Seed!) : throw new FaultException(Refusal.BadSeed, "/seed");
        var body = RequestKeys.Body(context);
        var view = await database.WriteAsync(transaction =>
        {
            var mark = MarkStore.Existing(transaction.Connection, code);
            if (mark.BodyNumber != body) throw new FaultException(Refusal.UnknownMark);
            if (mark.SeedHash is null) throw new FaultException(Refusal.NotSerialised);
            if (mark.SeedHash != ItemCode.HashOf(seed)) throw new FaultException(Refusal.BadSeed, "/seed");
            MarkStore.KeepSeed(transaction.Connection, mark.Code, seed);
            return MarkView.Of(transaction.Connection, mark.Code, address.Base, Day.Of(transaction.Now));
        });
        return Results.Json(view, Json.Options);
    }

    /// <summary>Streams the codes: nothing but the seed is stored, and a million take a few seconds to derive.</summary>
    private static IResult Items(
        string code, string? from, string? to, [FromQuery(Name = "case")] string? letters,
        HttpContext context, Database database, PublicAddress address)
    {
        var faults = new List<Fault>();
        Func<string, string, string> urlOf = ArtworkQuery.IsLower(letters, faults) ? MarkView.LowerUrlOf : MarkView.UrlOf;
        if (faults.Count > 0) throw new FaultException(faults);
        var (mark, seed, first, last) = Serialised(code, from, to, context, database);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{mark.Code}-{first}-{last}.csv\"";
        return Results.Stream(async stream =>
        {
            await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
            await writer.WriteAsync("serial,code,url\r\n");
            for (var serial = first; serial <= last; serial++)
            {
                var item = ItemCode.Of(mark.Code, serial, seed);
                await writer.WriteAsync($"{serial},{item},{urlOf(address.Base, item)}\r\n");
                if (serial % 10_000 == 0) context.RequestAborted.ThrowIfCancellationRequested();
            }
        }, "text/csv; charset=utf-8");
    }

    /// <summary>A serialised mark of the body that asks, its seed and the serials asked for (all when left out).</summary>
    private static (Mark Mark, byte[] Seed, int First, int Last) Serialised(
        string code, string? from, string? to, HttpContext context, Database database)
    {
        var faults = new List<Fault>();
        var (first, last) = ReadRange(from, to, faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var (mark, seed) = database.Read(db =>
        {
            var found = MarkStore.Existing(db, code);
            if (found.BodyNumber != RequestKeys.Body(context)) throw new FaultException(Refusal.UnknownMark);
            if (found.Items is null) throw new FaultException(Refusal.NotSerialised);
            return (found, MarkStore.Seed(db, found.Code) ?? throw new FaultException(Refusal.NoSeed));
        }, context.RequestAborted);
        var items = mark.Items!.Value;
        var (begin, end) = (first ?? 1, last ?? items);
        if (end < begin || end > items) throw new FaultException(Refusal.OutOfRange, "/to", begin, items);
        return (mark, seed, begin, end);
    }

    private static IResult ItemLabels(
        string code, string? from, string? to, [AsParameters] ArtworkQuery query, string? paperSize, [AsParameters] Studio studio)
    {
        var (mark, seed, first, last) = Serialised(code, from, to, studio.Context, studio.Database);
        if (last - first >= ArtworkQuery.MaxLabels) throw new FaultException(Refusal.TooMany, "/to", ArtworkQuery.MaxLabels);
        var (options, onSheets) = (query.Read([]), OnSheets(paperSize));
        var serials = Enumerable.Range(first, last - first + 1);
        var all = studio.Read(db => serials.Select(serial => studio.View(db, ItemCode.Of(mark.Code, serial, seed))).ToList());
        var marks = all.Where(view => view.WithdrawnAt is null).ToList();
        if (marks.Count == 0) throw new FaultException(Refusal.MarkWithdrawn);
        marks[0].RequireArtwork();
        var withdrawn = all.Where(view => view.WithdrawnAt is not null).Select(view => view.Item!.Serial).ToList();
        return Draw(() =>
        {
            var artworks = marks.Select(view => studio.Artwork(view, options)).ToList();
            var note = Note(artworks[0], withdrawn);
            return (onSheets ? MarkPaper.Sheets(artworks, note) : MarkPaper.Labels(artworks, note), note);
        }, PdfType, studio);
    }

    /// <summary>What is not in the file, for its reader.</summary>
    private static string Note(Artwork art, List<int> withdrawn)
    {
        var parts = new List<string>();
        if (withdrawn.Count > 0) parts.Add($"serials {Ranges(withdrawn)} (withdrawn)");
        if (art.LeftOut.Count > 0) parts.Add($"{string.Join(", ", art.LeftOut.Select(part => part.En))} ({MarkFont.NoChinese})");
        return string.Join("; ", parts);
    }

    /// <summary>Numbers in their order as ranges: 2, 5-9.</summary>
    private static string Ranges(List<int> numbers)
    {
        var ranges = numbers.Select((number, i) => (number, i)).GroupBy(pair => pair.number - pair.i, pair => pair.number);
        static string Shown(int first, int last) => first == last ? $"{first}" : $"{first}-{last}";
        return string.Join(", ", ranges.Select(range => Shown(range.First(), range.Last())));
    }

    private static IResult Reports(string? before, string? limit, HttpContext context, Database database)
    {
        var faults = new List<Fault>();
        const int usual = ReportStore.DefaultListed, most = ReportStore.MaxListed;
        var count = (int)ArtworkQuery.Number(limit, "/limit", usual, 1, most, NumberStyles.None, faults);
        var until = Instant.Read(before, "/before", faults) ?? DateTimeOffset.MaxValue;
        if (faults.Count > 0) throw new FaultException(faults);
        var body = RequestKeys.Body(context);
        var reports = database.Read(db => ReportStore.List(db, body, until.ToUnixTimeMilliseconds(), count), context.RequestAborted);
        return Results.Json(reports.ConvertAll(ReportView.Of), Json.Options);
    }

    private static IResult Svg(string code, [AsParameters] ArtworkQuery query, [AsParameters] Studio studio) =>
        One(code, query, [], art => Encoding.UTF8.GetBytes(art.Svg()), SvgType, studio);

    private static IResult Png(string code, [AsParameters] ArtworkQuery query, string? dpi, [AsParameters] Studio studio)
    {
        var faults = new List<Fault>();
        var resolution = (int)ArtworkQuery.Number(dpi, "/dpi", ArtworkQuery.DefaultDpi, ArtworkQuery.MinDpi, ArtworkQuery.MaxDpi,
            NumberStyles.None, faults);
        return One(code, query, faults, art => art.Png(resolution), PngType, studio);
    }

    private static IResult Pdf(
        string code, [AsParameters] ArtworkQuery query, string? copies, string? paperSize, [AsParameters] Studio studio)
    {
        var faults = new List<Fault>();
        var count = (int)ArtworkQuery.Number(copies, "/copies", 1, 1, ArtworkQuery.MaxLabels, NumberStyles.None, faults);
        var onSheets = OnSheets(paperSize);
        return One(code, query, faults, art =>
        {
            Artwork[] all = [.. Enumerable.Repeat(art, count)];
            var note = Note(art, []);
            return onSheets ? MarkPaper.Sheets(all, note) : MarkPaper.Labels(all, note);
        }, PdfType, studio);
    }

    private static bool OnSheets(string? paperSize) => paperSize switch
    {
        null or "" or "label" => false,
        "a4" => true,
        _ => throw new FaultException(Refusal.UnknownWord, "/paperSize", "label, a4"),
    };

    /// <summary>The artwork of a mark that stands.</summary>
    private static IResult One(string code, ArtworkQuery query, List<Fault> faults, Func<Artwork, byte[]> draw, string type, Studio studio)
    {
        var mark = studio.Read(db => studio.View(db, code));
        if (mark.WithdrawnAt is not null) throw new FaultException(Refusal.MarkWithdrawn);
        mark.RequireArtwork();
        if (mark.Items is not null && mark.Item is null) throw new FaultException(Refusal.Serialised);
        var options = query.Read(faults);
        return Draw(() =>
        {
            var art = studio.Artwork(mark, options);
            return (draw(art), Note(art, []));
        }, type, studio);
    }

    private static IResult Draw(Func<(byte[] File, string Note)> draw, string type, Studio studio)
    {
        var (file, note) = draw();
        var headers = studio.Context.Response.Headers;
        // A withdrawn mark is gone at the next read; codes of items, which a key gives out, are nobody's to keep.
        headers.CacheControl = studio.Context.Request.Headers.Authorization.Count > 0 ? "no-store" : "no-cache";
        if (note.Length > 0) headers[LeftOut] = note;
        return Results.Bytes(file, type);
    }
}

/// <summary>The seed of a serialised mark: 32 bytes in hexadecimal.</summary>
public sealed record SeedRequest
{
    public string? Seed { get; init; }
}

/// <summary>What artwork is drawn with.</summary>
/// <remarks>The services are named as such: the compiler, which writes how a route is read, else lets one that is inside another type come
/// from a JSON body.</remarks>
public sealed record Studio(
    HttpContext Context, [FromServices] Database Database, [FromServices] TimeProvider Time, [FromServices] PublicAddress Address,
    [FromServices] MarkFont Font)
{
    public T Read<T>(Func<DbConnection, T> read) => Database.Read(read, Context.RequestAborted);

    /// <summary>A mark or an item as of today.</summary>
    public MarkView View(DbConnection db, string code) => MarkView.Of(db, code, Address.Base, Day.Of(Time.GetUtcNow()));

    /// <summary>Without Chinese the text is English, as far as there is any.</summary>
    /// <exception cref="FaultException">The options would give a mark that does not scan or cannot be read.</exception>
    public Artwork Artwork(MarkView mark, ArtworkOptions options)
    {
        if (!Font.Present) options = options with { Language = Language.En };
        return new(MarkWording.Of(mark, Address.Base, Address.Host, options), options, Font);
    }
}

/// <summary>A report of misuse as the body reads it. Nothing tells who made it.</summary>
public sealed record ReportView(string Id, DateTimeOffset ReportedAt, string? Code, string Kind, string? Place, string? Text)
{
    internal static ReportView Of(Report report) => new(
        report.Id, DateTimeOffset.FromUnixTimeMilliseconds(report.ReportedAt), report.Code, report.Kind, report.Place, report.Text);
}
