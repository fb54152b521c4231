namespace Registry.Http;

/// <summary>
/// Who may keep a copy of an answer and for how long (RFC 9111), and by what answers of one address differ. Metadata of the route; only
/// where that hangs on what was asked for does a handler say it itself.
/// </summary>
/// <param name="Control">Cache-Control.</param>
/// <param name="Vary">Names of headers, null for none.</param>
/// <param name="IsListed">Whether search engines may list it.</param>
public sealed record Keeping(string Control, string? Vary = null, bool IsListed = true)
{
    /// <summary>Kept, and asked for again: what follows a revocation says revoked.</summary>
    public static readonly Keeping AskAgain = new("no-cache");

    /// <summary>Nobody's to keep.</summary>
    public static readonly Keeping Never = new("no-store");

    /// <summary>It never changes.</summary>
    public static readonly Keeping ForGood = new("public, max-age=31536000, immutable");

    /// <summary>It changes with the program only, at an address that does not tell its version: a day.</summary>
    public static readonly Keeping OfTheProgram = new("public, max-age=86400");

    /// <summary>Its address is its key: no cache of others keeps it, no search engine lists it.</summary>
    public static readonly Keeping Secret = new("private, no-cache", "Accept-Language", IsListed: false);

    /// <summary>The answer follows from the log, the day, the language and the request alone: while they are the same it is not made
    /// anew.</summary>
    internal bool FollowsLog { get; init; }

    internal void Tell(IHeaderDictionary headers)
    {
        headers.CacheControl = Control;
        if (Vary is not null) headers.Vary = Vary;
        if (!IsListed) headers[RobotsTag] = Unlisted;
    }

    private const string RobotsTag = "X-Robots-Tag", Unlisted = "noindex, nofollow";
}

/// <summary>How routes say it.</summary>
public static class KeepingMetadata
{
    private static readonly Keeping ofTheLog = new("no-cache", "Accept, Accept-Language") { FollowsLog = true };

    public static T Keeps<T>(this T route, Keeping keeping) where T : IEndpointConventionBuilder => route.WithMetadata(keeping);

    /// <summary>The answer follows from the log, the day, the language and the request alone.</summary>
    public static T FollowsLog<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(ofTheLog);
}
