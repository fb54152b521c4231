using System.Text;
using Registry.Certificates;
using Registry.Http;
using Registry.Search;

namespace Registry.Watching;

/// <summary>What is followed, and where it is told.</summary>
/// <param name="Id">Whoever knows it reads and ends it: it is shown to nobody else.</param>
/// <param name="Until">The last day.</param>
/// <param name="Certificates">How many are followed now.</param>
/// <param name="Page">For people.</param>
/// <param name="Atom">The feed as Atom.</param>
/// <param name="JsonFeed">The feed as JSON Feed.</param>
/// <param name="Calendar">The last days of validity as a calendar file.</param>
public sealed record WatchView(string Id, DateOnly Until, int Certificates, string Page, string Atom, string JsonFeed, string Calendar)
{
    public static WatchView Of(Watch watch, int certificates, string address)
    {
        var page = $"{address}/w/{watch.Id}";
        return new(watch.Id, watch.Until, certificates, page, page + ".atom", page + ".json", page + ".ics");
    }
}

/// <summary>Feeds and calendars at an unguessable address, without an account.</summary>
public static class WatchEndpoints
{
    /// <summary>Bytes of a request: a thousand ids.</summary>
    private const int MaxBytes = 1 << 16;

    public static void MapWatches(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/v1/watches").WithTags("Watches").Keeps(Keeping.Secret);
        api.MapPost("", Begin).Asks(Work.Report).WithName("watch").Takes<WatchRequest>()
            .Answers<WatchView>(201, 400, 404, 413, 415, 422, 429);
        api.MapGet("/{id}", Get).WithName("getWatch").Answers<WatchView>(200, 404);
        api.MapDelete("/{id}", End).WithName("endWatch").Produces(204).Refuses(404);
        var feeds = routes.MapGroup("/w").WithTags("Watches").Keeps(Keeping.Secret);
        feeds.MapGet("/{id}.atom", Atom).WithName("watchFeed").Tells("ETag").AnswersAs(Watching.Feed.AtomType, 404);
        feeds.MapGet("/{id}.json", JsonFeed).WithName("watchJsonFeed").Tells("ETag").AnswersAs(Watching.Feed.JsonType, 404);
        feeds.MapGet("/{id}.ics", Ics).WithName("watchCalendar").Tells("ETag", "Content-Disposition").AnswersAs(Calendar.Type, 404);
    }

    private static async Task<IResult> Begin(
        HttpContext context, Database database, IndexReader index, TimeProvider time, PublicAddress address)
    {
        var (request, _) = await Json.ReadAsync<WatchRequest>(context.Request, MaxBytes);
        var draft = database.Read(db => request.Read(db, index, Day.Of(time.GetUtcNow())), context.RequestAborted);
        var id = await database.WriteAsync(transaction => WatchStore.Begin(transaction, draft));
        context.Response.Headers.Location = "/v1/watches/" + id;
        return View(context, database, address, id, StatusCodes.Status201Created);
    }

    private static IResult Get(string id, HttpContext context, Database database, PublicAddress address) =>
        View(context, database, address, id, StatusCodes.Status200OK);

    private static IResult View(HttpContext context, Database database, PublicAddress address, string id, int status)
    {
        var view = database.Read(db =>
        {
            var watch = WatchStore.Existing(db, id);
            return WatchView.Of(watch, WatchStore.Followed(db, watch).Length, address.Base);
        }, context.RequestAborted);
        context.Response.StatusCode = status;
        return Json.Answer(view);
    }

    private static async Task<IResult> End(string id, Database database)
    {
        await database.WriteAsync(transaction =>
        {
            WatchStore.End(transaction, id);
            return 0;
        });
        return Results.NoContent();
    }

    private static IResult Atom(string id, HttpContext context, Database database, TimeProvider time, PublicAddress address)
    {
        var text = Feed(id, ".atom", context, database, time, address).Atom();
        return Told(context, Encoding.UTF8.GetBytes(text), Watching.Feed.AtomType + "; charset=utf-8");
    }

    private static IResult JsonFeed(string id, HttpContext context, Database database, TimeProvider time, PublicAddress address) =>
        Told(context, Feed(id, ".json", context, database, time, address).Json(), Watching.Feed.JsonType);

    /// <summary>Readers of feeds ask again and again: mostly they have it.</summary>
    private static IResult Told(HttpContext context, byte[] content, string type) =>
        Manners.IsKept(context, Manners.TagOf(content)) ? Results.Empty : Results.Bytes(content, type);

    private static Feed Feed(string id, string form, HttpContext context, Database database, TimeProvider time, PublicAddress address)
    {
        var (language, now) = (Languages.Of(context), time.GetUtcNow());
        return database.Read(db =>
        {
            var watch = WatchStore.Existing(db, id);
            var name = WatchFeeds.Name(watch, WatchStore.Followed(db, watch))[language];
            var page = $"{address.Base}/w/{watch.Id}";
            var self = page + form + context.Request.QueryString.ToUriComponent();
            return new Feed(name, self, page, language, WatchFeeds.Entries(db, watch, address.Base, language, now))
            {
                Since = watch.CreatedAt,
                IsOver = watch.IsOver(Day.Of(now)),
            };
        }, context.RequestAborted);
    }

    private static IResult Ics(string id, HttpContext context, Database database, PublicAddress address)
    {
        var language = Languages.Of(context);
        context.Response.Headers.ContentDisposition = "inline; filename=\"certificates.ics\"";
        var text = database.Read(db =>
        {
            var watch = WatchStore.Existing(db, id);
            var name = WatchFeeds.Name(watch, WatchStore.Followed(db, watch))[language];
            return Calendar.Of(name, language, WatchFeeds.Days(db, watch, address.Base, language));
        }, context.RequestAborted);
        return Told(context, Encoding.UTF8.GetBytes(text), Calendar.Type + "; charset=utf-8");
    }
}
