using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>That a signed statement was recorded.</summary>
/// <param name="LogIndex">Index in the log.</param>
/// <param name="LeafHash">Hash of the leaf (RFC 6962), base64url.</param>
/// <param name="Id">Of the certificate, mark or key it is about.</param>
/// <param name="RecordedAt">When.</param>
/// <param name="AlsoStatedFor">Of a mark: marks of other holders with the same GTIN or GDTI, at most 20.</param>
public sealed record StatementReceipt(
    long LogIndex, string LeafHash, string Id, DateTimeOffset RecordedAt, SharedKey[]? AlsoStatedFor = null);

/// <summary>A public key that signs statements, as a JWK (RFC 7517) with its life in the log. <c>registeredBy</c> is <c>api-key</c>,
/// <c>body-key</c> (another key of the body signed it) or <c>registry</c> (its own act); <c>registeredWith</c> the id of that key.
/// <c>setByRegistry</c> also holds for keys that a set key registered.</summary>
public sealed record PublishedKey(
    string Kty, string Crv, string X, string? Y, string Kid, string Use, string? Body, long? RegisteredAt, string? RegisteredBy,
    string? RegisteredWith, bool? SetByRegistry, long? WithdrawnAt)
{
    public static PublishedKey Of(Jwk key, BodyKey? life = null, KeyOrigin? origin = null) => new(
        key.Kty, key.Crv, key.X, key.Y, key.Thumbprint, "sig", life?.Body, life?.RegisteredAt, origin?.Word,
        origin?.Signer ?? origin?.ApiKey, life?.SetByRegistry, life?.WithdrawnAt);
}

/// <summary>A JWK set: the registry's own key first (it has no body), then those of bodies, withdrawn ones among them.</summary>
public sealed record PublishedKeys(PublishedKey[] Keys);

/// <summary>Statements that bodies sign themselves, and their keys.</summary>
public static class StatementEndpoints
{
    private const string Jose = "application/jose";

    public static void MapStatements(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").WithTags("Statements").RefuseOnMirror();
        group.MapPost("/statements", Post).WithName("postStatement")
            .Accepts<string>(Jose).Answers<StatementReceipt>(201, 400, 401, 403, 404, 409, 413, 415, 422);
        group.MapGet("/statements/{index:long}", Get).Keeps(Keeping.ForGood).WithName("getStatement")
            .AnswersAs(Jose, 404);
        group.MapGet("/keys", Keys).Keeps(Keeping.AskAgain).WithName("listKeys").Tells("ETag")
            .Answers<PublishedKeys>(200);

        var acts = routes.MapGroup("/v1/keys").WithTags("Statements").RequireKey();
        acts.MapPost("/", Register).WithName("registerKey")
            .Accepts<string>(Jose).Answers<StatementReceipt>(201, 400, 401, 403, 409, 413, 415, 422);
        acts.MapDelete("/{kid}", Withdraw).WithName("withdrawKey")
            .Answers<StatementReceipt>(200, 401, 403, 404);
    }

    private static async Task<IResult> Post(HttpContext context, Database database, LogIdentity identity)
    {
        var compact = await ReadAsync(context.Request);
        database.Read(db => { SignedStatements.Screen(db, compact, identity.Key); return true; }, context.RequestAborted);
        var receipt = await database.WriteAsync(transaction => Receipt(transaction, SignedStatements.Accept(transaction, compact)));
        return Told(context, receipt);
    }

    private static IResult Get(long index, HttpContext context, Database database)
    {
        var entry = database.Read(db => EntryLog.Find(db, index), context.RequestAborted) ?? throw new FaultException(Refusal.NoSuchEntry);
        return Results.Bytes(entry.Leaf, Jose);
    }

    private static IResult Keys(HttpContext context, Database database, LogIdentity identity)
    {
        List<PublishedKey> OfBodies(DbConnection db) =>
            KeyStore.List(db).ConvertAll(key => PublishedKey.Of(key.Key, key, KeyStore.OriginOf(db, key)));
        PublishedKey[] keys = [PublishedKey.Of(Jwk.Of(identity.Key)), .. database.Read(OfBodies, context.RequestAborted)];
        return Json.Tagged(new PublishedKeys(keys));
    }

    /// <summary>The body's API key says who registers, the statement's own signature that he holds the key.</summary>
    private static async Task<IResult> Register(HttpContext context, Database database, LogIdentity identity)
    {
        var compact = await ReadAsync(context.Request);
        var (body, via) = (RequestKeys.Body(context), RequestKeys.Id(context));
        var receipt = await database.WriteAsync(transaction =>
        {
            var registration = SignedStatements.Registration(compact, body, identity.Key, transaction.Now);
            return Receipt(transaction, Publisher.RegisterKey(transaction, registration with { Via = via }));
        });
        return Told(context, receipt);
    }

    /// <summary>That it was recorded, and where it is.</summary>
    private static IResult Told(HttpContext context, StatementReceipt receipt)
    {
        context.Response.Headers.Location = $"/v1/statements/{receipt.LogIndex}";
        return Results.Json(receipt, Json.Options, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> Withdraw(string kid, HttpContext context, Database database)
    {
        var withdraw = new WithdrawKey { Body = RequestKeys.Body(context), Kid = kid };
        var receipt = await database.WriteAsync(transaction => Receipt(transaction, Publisher.WithdrawKey(transaction, withdraw)));
        return Results.Json(receipt, Json.Options);
    }

    private static StatementReceipt Receipt(Transaction transaction, Recorded recorded)
    {
        var (db, entry) = (transaction.Connection, EntryLog.Get(transaction.Connection, recorded.Seq));
        var others = entry.Statement is IssueMark mark ? SharedKey.Of(db, mark.Gtin, mark.Gdti, mark.Certificate) : null;
        var recordedAt = DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt);
        return new(entry.Seq, SignedStatements.LeafHash(entry.Leaf), recorded.Id, recordedAt, others);
    }

    private static Task<byte[]> ReadAsync(HttpRequest request)
    {
        var isJose = request.ContentType?.Split(';')[0].Trim().Equals(Jose, StringComparison.OrdinalIgnoreCase) == true;
        return isJose ? Json.BytesAsync(request, EntryLog.MaxLeaf) : throw new FaultException(Refusal.UnsupportedMedia, "", Jose);
    }
}
