using System.Globalization;
using Registry.Custody;
using Registry.Dumps;
using Registry.Search;
using Registry.Transparency;

namespace Registry.Http;

/// <summary>For whoever watches over the program.</summary>
public static class HealthEndpoints
{
    private const string Plain = "text/plain";
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").WithTags("Operation").WithMetadata(new NeedsNoLog()).Asks(Work.Watch);
        health.MapGet("/livez", () => Results.Text("ok")).WithName("live")
            .AnswersAs(Plain);
        health.MapGet("/readyz", Ready).WithName("ready")
            .AnswersAs(Plain);
        health.MapGet("/readyz/writing", Writing).WithName("readyToWrite")
            .Produces<string>(200, Plain).Produces<string>(503, Plain).Refuses();
    }

    // Reading does not hang on writing: with a full disk whoever looks something up is still to be sent here.
    private static async Task<IResult> Ready(
        Database database, IndexReader index, Upkeep upkeep, SelfCheck check, IServiceProvider services, CancellationToken cancel)
    {
        if (database.Node is { HasBeenLevel: false } node)
            throw new FaultException(Refusal.CatchingUp, "", Shown(node.Reached.Size), Shown(node.Expected));
        static string Shown(long entries) => entries.ToString("#,0", CultureInfo.InvariantCulture);

        if (services.GetService<Mirror>() is { CaughtUp: false })
            throw new CannotRecordException("The mirror has not caught up with its origin yet.");
        if (database.Node is { } level) await level.Level(cancel);
        // Who is sent here may search.
        await index.Prepare(database.Location).WaitAsync(cancel);
        database.Read(EntryLog.Size);
        var (reason, later, mirror) = (upkeep.NotWriting, upkeep.Later, services.GetService<Mirror>());
        var following = mirror is null ? "" : Following(mirror, services.GetRequiredService<KnownTo>());
        var shipping = services.GetService<Shipping>() is { } runs ? $"\nshipping: {runs.Told}" : "";
        var dumping = services.GetService<NightlyDump>() is { } nightly ? $"\ndump: {nightly.Told}" : "";
        var state = reason is null ? "ok" : "reading only";
        return Results.Text($"""
            {(mirror?.Misbehaviour is null ? state : "alarm")}
            reading: ok
            writing: {reason ?? "ok"}
            space: {(upkeep.Space is { } bytes ? $"{bytes >> 20} MB left" : "not known")}{(upkeep.IsLow ? ", low" : "")}
            clock: {later ?? "ok"}
            check: {check.Told}{shipping}{dumping}{following}

            """.ReplaceLineEndings("\n"));
    }

    /// <summary>What the operator of a mirror has to look into although it goes on answering.</summary>
    private static string Following(Mirror mirror, KnownTo known)
    {
        var state = mirror.Misbehaviour is { } forked ? $"alarm, {forked.Message}; the evidence is at /log/evidence"
            : mirror.Faults is { Now: { } reason, Count: var count } ? $"not following ({count} failures since the start), {reason}" : "ok";
        var asOf = known.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"\nmirror: {state}\nas of: {asOf}{(known.IsOld ? ", old" : "")}";
    }

    private static IResult Writing(Upkeep upkeep) =>
        upkeep.NotWriting is { } reason ? Results.Text($"{reason}\n", statusCode: 503) : Results.Text("ok");
}
