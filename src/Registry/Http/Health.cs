using Registry.Transparency;

namespace Registry.Http;

/// <summary>For whoever watches over the program.</summary>
public static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/livez", () => Results.Text("ok")).WithTags("Operation").WithName("live").WithSummary("The process answers").Produces<string>(200, "text/plain").Produces<Problem>(503, "application/problem+json");
        routes.MapGet("/readyz", Ready).WithTags("Operation").WithName("ready").WithSummary("The file can be read and the writer takes posts").Produces<string>(200, "text/plain").Produces<Problem>(503, "application/problem+json");
    }

    private static IResult Ready(Database database, IServiceProvider services)
    {
        if (services.GetService<Mirror>() is { CaughtUp: false }) throw new CannotRecordException("The mirror has not caught up with its origin yet.");
        if (database.Failure is { } failure) throw new CannotRecordException("The writer has stopped.", failure);
        database.Read(EntryLog.Size);
        return Results.Text("ok");
    }
}
