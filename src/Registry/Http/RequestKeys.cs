using Registry.Bodies;
using Registry.Transparency;

namespace Registry.Http;

/// <summary>Who may act: requests that carry a body's API key, and none of them on a mirror.</summary>
public static class RequestKeys
{
    private const string KeyItem = "registry.key", Scheme = "Bearer ";

    /// <summary>On an endpoint that needs a key: its work is charged to the key.</summary>
    internal sealed record Keyed;

    private sealed record Used(string Id, string Body);

    /// <summary>A mirror records nothing: it names the log whose registry does.</summary>
    public static RouteGroupBuilder RefuseOnMirror(this RouteGroupBuilder group)
    {
        group.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status403Forbidden, typeof(Problem), [Problems.MediaType]));
        group.AddEndpointFilter(async (context, next) =>
        {
            var identity = context.HttpContext.RequestServices.GetRequiredService<LogIdentity>();
            var reads = HttpMethods.IsGet(context.HttpContext.Request.Method);
            if (identity.IsMirror && !reads) throw new FaultException(Refusal.Mirror, "", identity.Key.Name);
            return await next(context);
        });
        return group;
    }

    /// <summary>Lets only a body's key in: <c>Authorization: Bearer reg_…</c>.</summary>
    public static RouteGroupBuilder RequireKey(this RouteGroupBuilder group)
    {
        group.WithMetadata(new Keyed()).RefuseOnMirror().AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var (limits, client) = (http.RequestServices.GetRequiredService<Limits>(), Client.Of(http));
            var header = http.Request.Headers.Authorization.ToString();
            if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) throw Refused(Refusal.KeyRequired);
            var (secret, now) = (header[Scheme.Length..].Trim(), http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
            var database = http.RequestServices.GetRequiredService<Database>();
            var found = Find();
            if (found is null && database.Node is { } node)
            {
                await node.Level(http.RequestAborted); // another node may have made it a moment ago
                found = Find();
            }
            if (found is not var (id, body)) throw Refused(Refusal.KeyRejected);
            http.Items[KeyItem] = new Used(id, body);
            if (client is not null) client = Client.OfKey(id);
            if (limits.Take(http, Work.Of(http).Budget, client) is { } tooMany) throw new FaultException(tooMany);
            return await next(context);

            (string Id, string Body)? Find() => database.Read(db => ApiKeys.Find(db, secret, now));

            // Whoever has no key is charged by address.
            FaultException Refused(Refusal why) => new(limits.Take(http, Budget.Reads, client) ?? new(why));
        });
        return group;
    }

    /// <summary>Approval number of the body whose key came with the request.</summary>
    public static string Body(HttpContext context) => Key(context).Body;

    /// <summary>Id of the key that came with the request.</summary>
    public static string Id(HttpContext context) => Key(context).Id;

    /// <summary>Looks again where it is decided: another node, or the operator during a long import, may have revoked the key, which was
    /// looked up before anything was asked.</summary>
    /// <exception cref="FaultException">It counts no more.</exception>
    public static void CheckAgain(HttpContext context, Transaction transaction)
    {
        if (!ApiKeys.Counts(transaction, Id(context))) throw new FaultException(Refusal.KeyRejected);
    }

    private static Used Key(HttpContext context) => (Used)context.Items[KeyItem]!;
}
