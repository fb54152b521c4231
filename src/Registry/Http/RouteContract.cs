namespace Registry.Http;

/// <summary>Further forms of an answer beside JSON.</summary>
/// <param name="Types">Content types.</param>
/// <param name="Line">What a line of NDJSON or an event holds; null where there are none.</param>
public sealed record Forms(string[] Types, Type? Line = null);

/// <summary>Another thing that the answer may be.</summary>
public sealed record OrElse(Type Type);

/// <summary>Headers of its own that an answer may carry.</summary>
public sealed record ToldHeaders(params string[] Names);

/// <summary>Headers of its own that a request may carry.</summary>
public sealed record HeardHeaders(params string[] Names);

/// <summary>Fields that a form may have beside its file; their parameters say what they mean.</summary>
public sealed record FormFields(params string[] Names);

/// <summary>What an endpoint takes and answers, told by its route: the contract is made from it.</summary>
public static class RouteContract
{
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, bool mayBeEmpty = false) where T : notnull =>
        route.Accepts<T>(mayBeEmpty, "application/json");

    /// <summary>The answer with its status, and the statuses of problems.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status, params int[] problems) =>
        route.Produces<T>(status).Refuses(problems);

    /// <summary>An answer that is never JSON.</summary>
    public static RouteHandlerBuilder AnswersAs(this RouteHandlerBuilder route, string type, params int[] problems) =>
        route.Produces<string>(StatusCodes.Status200OK, type).Refuses(problems);

    /// <summary>The statuses of problems; that the registry cannot answer now is one everywhere.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] problems)
    {
        foreach (var problem in problems.Append(StatusCodes.Status503ServiceUnavailable))
            route.Produces<Problem>(problem, Problems.MediaType);
        return route;
    }

    /// <inheritdoc cref="Forms"/>
    public static RouteHandlerBuilder Also(this RouteHandlerBuilder route, params string[] types) => route.WithMetadata(new Forms(types));

    /// <summary>Lines, each of which holds one of these.</summary>
    public static RouteHandlerBuilder AlsoLines<T>(this RouteHandlerBuilder route, params string[] types) =>
        route.WithMetadata(new Forms(types, typeof(T)));

    /// <inheritdoc cref="OrElse"/>
    public static RouteHandlerBuilder AnswersOrElse<T>(this RouteHandlerBuilder route) => route.WithMetadata(new OrElse(typeof(T)));

    /// <inheritdoc cref="ToldHeaders"/>
    public static T Tells<T>(this T route, params string[] headers) where T : IEndpointConventionBuilder =>
        route.WithMetadata(new ToldHeaders(headers));

    /// <inheritdoc cref="HeardHeaders"/>
    public static T Hears<T>(this T route, params string[] headers) where T : IEndpointConventionBuilder =>
        route.WithMetadata(new HeardHeaders(headers));

    /// <summary>A form whose fields are the members of a record (<see cref="SentForm"/>).</summary>
    public static RouteHandlerBuilder TakesForm<T>(this RouteHandlerBuilder route) where T : notnull =>
        route.WithMetadata(new FormFields(SentForm.NamesOf<T>()));
}
