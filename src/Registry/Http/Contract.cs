namespace Registry.Http;

/// <summary>What an endpoint takes and answers, for the published contract.</summary>
public static class Contract
{
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route) where T : notnull => route.Accepts<T>("application/json");

    /// <summary>The answer with its status, and the statuses of problems.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status, params int[] problems)
    {
        route.Produces<T>(status);
        foreach (var problem in (int[])[.. problems, 503]) route.Produces<Problem>(problem, "application/problem+json");
        return route;
    }
}
