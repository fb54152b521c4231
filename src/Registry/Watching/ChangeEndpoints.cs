using System.Globalization;
using System.Text;
using System.Text.Json;
using Registry.Certificates;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Watching;

/// <summary>What somebody follows.</summary>
public sealed record ChangeQuery
{
    public const int DefaultLimit = 100, MaxLimit = 1000, MaxWaitSeconds = 30;

    /// <summary>Approval number of the body that states it.</summary>
    public string? Body { get; init; }
    /// <summary>Catalogue number, 1 to 28, that the certificate has, or that a correction takes from it.</summary>
    public string? Category { get; init; }
    /// <summary>The holder's credit code, or the nine characters in it that are the organisation's code; likewise.</summary>
    public string? Uscc { get; init; }
    /// <summary>Id of a certificate: what is stated about it and its marks.</summary>
    public string? Certificate { get; init; }

    /// <summary>The filter; what is wrong with it is added to the faults.</summary>
    public ChangeFilter Read(List<Fault> faults)
    {
        var code = string.IsNullOrEmpty(Uscc) ? null : CertificateNumber.Normalise(Uscc);
        if (!string.IsNullOrEmpty(Uscc) && code is not { Length: 9 or SocialCreditCode.Length }) faults.Add(new(Refusal.BadUscc, "/uscc"));
        var category = Whole(Category) is { } no && Catalogue.CategoryOf(no) is not null ? no : (int?)null;
        if (!string.IsNullOrEmpty(Category) && category is null) faults.Add(new(Refusal.UnknownCategory, "/category"));
        var id = string.IsNullOrEmpty(Certificate) ? null : Identifier.Parse(Certificate);
        if (!string.IsNullOrEmpty(Certificate) && id is null) faults.Add(new(Refusal.Mistyped, "/certificate"));
        return new(string.IsNullOrEmpty(Body) ? null : Body, category, code, id);
    }

    internal static int? Whole(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The log as it grows, for programs and for people: the cursor is the index of an entry, and the log has no gaps.</summary>
public static class ChangeEndpoints
{
    private const int InFeed = 50;
    private const string Lines = "application/x-ndjson", Events = "text/event-stream", LastEvent = "Last-Event-ID";

    /// <summary>Between two signs of life where nothing happens: proxies let go of a connection that is silent for a minute.</summary>
    private static readonly TimeSpan signOfLife = TimeSpan.FromSeconds(15);

    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Changes");
        group.MapGet("/v1/changes", Read).Keeps(Keeping.Never with { Vary = "Accept" }).WithName("changes")
            .Hears(LastEvent).Tells("Link").AlsoLines<Change>(Lines, Events).Refuses(400, 422);
        group.MapGet("/changes.atom", Atom).FollowsLog().WithName("changesFeed")
            .AnswersAs(Feed.AtomType, 400, 422);
    }

    private static int Within(string? text, string name, int least, int most, int otherwise, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return otherwise;
        if (ChangeQuery.Whole(text) is { } number && number >= least && number <= most) return number;
        faults.Add(new(Refusal.OutOfRange, "/" + name, least, most));
        return otherwise;
    }

    /// <summary>Index of the last entry that is known; -1 for none.</summary>
    private static long After(string? text, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return -1;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index) && index >= -1) return index;
        faults.Add(new(Refusal.OutOfRange, "/after", -1, long.MaxValue));
        return -1;
    }

    private static async Task Read(HttpContext context, Database database, ChangeWatch watch,
        string? after, [AsParameters] ChangeQuery query, string? limit, string? wait)
    {
        var faults = new List<Fault>();
        var filter = query.Read(faults);
        var most = Within(limit, "limit", 1, ChangeQuery.MaxLimit, ChangeQuery.DefaultLimit, faults);
        var seconds = Within(wait, "wait", 0, ChangeQuery.MaxWaitSeconds, 0, faults);
        var headers = context.Request.Headers;
        var events = headers.Accept.ToString().StartsWith(Events, StringComparison.OrdinalIgnoreCase);
        var from = After(events && headers[LastEvent].ToString() is { Length: > 0 } seen ? seen : after, faults);
        if (faults.Count > 0) throw new FaultException(faults);

        if (events && !Manners.IsHead(context))
        {
            RefuseBeyond(context, database.Read(EntryLog.Size, context.RequestAborted), from);
            await Stream(context, watch, filter, from, most);
        }
        else await Answer(context, await Next(context, database, watch, filter, (from, most, TimeSpan.FromSeconds(seconds))));
    }

    /// <summary>A mirror, and a node that may answer from before, can hold less than a reader knows: nothing new is there. The log itself
    /// is another then, or its end was lost for good: whoever waited for the next would miss what is recorded in its place.</summary>
    private static void RefuseBeyond(HttpContext context, long size, long after)
    {
        var services = context.RequestServices;
        var mayBeBehind = services.GetRequiredService<LogIdentity>().IsMirror
            || services.GetRequiredService<Settings>().StaleReads > TimeSpan.Zero;
        if (after >= size && !mayBeBehind) throw new FaultException(Refusal.BeyondTheLog, "/after", size);
    }

    /// <summary>What there is; where there is nothing, what comes within the time.</summary>
    private static async Task<ChangePage> Next(
        HttpContext context, Database database, ChangeWatch watch, ChangeFilter filter, (long After, int Limit, TimeSpan Wait) asked)
    {
        var (after, limit, wait) = asked;
        var (size, page) = database.Read(db => (EntryLog.Size(db), ChangeStore.Page(db, filter, after, limit)), context.RequestAborted);
        RefuseBeyond(context, size, after);
        if (wait == TimeSpan.Zero || page.Items.Count > 0 || !page.IsEnd || Manners.IsHead(context)) return page;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(wait);
        try
        {
            await foreach (var next in watch.Follow(filter, page.Next, limit, patience.Token))
            {
                page = next;
                if (page.Items.Count > 0) break;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested) { } // nothing came in time
        return page.Items.Count <= limit ? page : new([.. page.Items.Take(limit)], page.Items[limit - 1].LogIndex, false);
    }

    private static async Task Answer(HttpContext context, ChangePage page)
    {
        Manners.LeadOn(context, "after", page.Next.ToString(CultureInfo.InvariantCulture));
        context.Response.ContentType = Lines;
        foreach (var change in page.Items) await context.Response.BodyWriter.WriteAsync(Line(change), context.RequestAborted);
    }

    /// <summary>Each change is an event under its index. Where others were passed over, an event without content moves the reader's
    /// cursor on.</summary>
    private static async Task Stream(HttpContext context, ChangeWatch watch, ChangeFilter filter, long after, int limit)
    {
        await using var pages = watch.Follow(filter, after, limit, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        var (sent, known) = (after, after);
        try
        {
            for (var first = true; ; first = false)
            {
                var next = pages.MoveNextAsync().AsTask();
                while (await Task.WhenAny(next, Task.Delay(signOfLife, context.RequestAborted)) != next)
                {
                    await Send(known > sent ? $"id: {known}\n\n" : ":\n\n");
                    sent = known;
                }
                if (!await next) return;
                if (first) await Begin();
                var page = pages.Current;
                foreach (var change in page.Items)
                {
                    byte[] told = [.. Encoding.ASCII.GetBytes($"id: {change.LogIndex}\ndata: "), .. Line(change), (byte)'\n'];
                    await context.Response.BodyWriter.WriteAsync(told, context.RequestAborted);
                    sent = change.LogIndex;
                }
                known = page.Next;
            }
        }
        catch (OperationCanceledException) { } // the reader has gone, or the registry stops: both come back by the last index

        Task Send(string text) => context.Response.BodyWriter.WriteAsync(Encoding.ASCII.GetBytes(text), context.RequestAborted).AsTask();

        async Task Begin()
        {
            context.Response.ContentType = Events;
            await Send("retry: 5000\n\n");
        }
    }

    private static byte[] Line(Change change) => change.Line ??= [.. JsonSerializer.SerializeToUtf8Bytes(change, Json.Options), (byte)'\n'];

    private static IResult Atom(HttpContext context, Database database, PublicAddress address, [AsParameters] ChangeQuery query)
    {
        var faults = new List<Fault>();
        var filter = query.Read(faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var language = Languages.Of(context);
        var newest = database.Read(db => ChangeStore.Newest(db, filter, InFeed), context.RequestAborted);
        var entries = newest.Select(change => ChangeWording.Entry(change, address.Base, language));
        var self = address.Base + context.Request.Path + context.Request.QueryString.ToUriComponent();
        var feed = new Feed(ChangeWording.AllChanges[language], self, $"{address.Base}/log", language, [.. entries]);
        return Results.Text(feed.Atom(), Feed.AtomType + "; charset=utf-8");
    }
}
