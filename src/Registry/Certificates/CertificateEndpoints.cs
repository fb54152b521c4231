using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Http;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>Reading one certificate, and the acts of its body.</summary>
public static class CertificateEndpoints
{
    public static void MapCertificates(this IEndpointRouteBuilder routes)
    {
        var reads = routes.MapGroup("/v1/certificates").WithTags("Certificates").Keeps(Keeping.AskAgain);
        reads.MapGet("/{id}", Get).WithName("getCertificate").Tells("ETag")
            .Answers<CertificateView>(200, 400, 404, 422);
        reads.MapGet("/{id}/history", History).WithName("getHistory").Tells("ETag")
            .Answers<List<HistoryItem>>(200, 400, 404);

        var acts = routes.MapGroup("/v1/certificates").WithTags("Acts").RequireKey().Hears(Idempotency.Header)
            .WithMetadata(new DecidedByWriter());
        acts.MapPost("/", Issue).WithName("issue")
            .Takes<CertificateDraft>().Produces<CertificateView>(200).Answers<CertificateView>(201, 401, 409, 413, 415, 422);
        acts.MapPost("/{id}/correct", Correct).WithName("correct")
            .Act<CorrectRequest>(mayBeEmpty: false);
        acts.MapPost("/{id}/suspend", Suspend).WithName("suspend").Act<SuspendRequest>();
        acts.MapPost("/{id}/restore", Restore).WithName("restore").Act<RestoreRequest>();
        acts.MapPost("/{id}/revoke", Revoke).WithName("revoke").Act<RevokeRequest>();
        acts.MapPost("/{id}/cancel", Cancel).WithName("cancel").Act<RevokeRequest>();
    }

    private static RouteHandlerBuilder Act<T>(this RouteHandlerBuilder route, bool mayBeEmpty = true) where T : notnull =>
        route.Takes<T>(mayBeEmpty).Answers<CertificateView>(200, 401, 404, 409, 422);

    private static IResult Get(
        string id, string? on, string? knownAt, HttpContext context, Database database, TimeProvider time, KnownTo known)
    {
        var faults = new List<Fault>();
        var day = Day.Read(on, "/on", faults) ?? Day.Of(time.GetUtcNow());
        var instant = Instant.ReadKnownAt(knownAt, known.Now, faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var today = Day.Of(time.GetUtcNow());
        // A hot route: a row of two indexes. Nobody is told when the caller goes, which would cost more than to finish; and nothing is
        // added here that not every look-up needs: what others need belongs to their routes. The tag comes from what is read anyway.
        var (view, newest) = database.Read(db =>
        {
            var row = CertificateStore.Existing(db, id);
            var view = CertificateView.Of(db, row, day, instant) ?? throw new FaultException(Refusal.NotRecordedThen);
            return (string.IsNullOrEmpty(on) ? view : view.Beside(db, row, today), row.LastSeq);
        });
        view = known.Cap(view);
        var tag = Manners.TagOf(newest, view.ReplacedBy, view.AsOf, today, string.IsNullOrEmpty(on) ? knownAt : "on" + knownAt);
        return Manners.IsKept(context, tag) ? Results.Empty : Json.Answer(view);
    }

    private static IResult History(string id, HttpContext context, Database database) =>
        Json.Tagged(database.Read(db => HistoryItem.Of(db, CertificateStore.Existing(db, id)), context.RequestAborted));

    private static async Task<IResult> Issue(HttpContext context, Database database, TimeProvider time)
    {
        var (draft, bytes) = await Json.ReadAsync<CertificateDraft>(context.Request, Json.MaxAct);
        var faults = new List<Fault>();
        var now = time.GetUtcNow();
        var content = draft.Check(Day.Of(now), faults) ?? throw new FaultException(faults);
        var ready = ReadyIssue.Sign(database.Signer!, RequestKeys.Body(context), content, now);
        return await Idempotency.Run(context, database, bytes, transaction =>
        {
            var recorded = Publisher.Issue(transaction, ready);
            var row = recorded.Row ?? CertificateStore.Find(transaction.Connection, recorded.Id)!;
            return (recorded.New ? 201 : 200, $"/v1/certificates/{recorded.Id}", View(transaction, row));
        });
    }

    private static async Task<IResult> Correct(string id, HttpContext context, Database database)
    {
        var (request, bytes) = await Json.ReadAsync<CorrectRequest>(context.Request, Json.MaxAct);
        if (request.Certificate is not { Count: > 0 } changes) throw new FaultException(Refusal.NothingToCorrect, At);
        var (certificate, body) = (ParseId(id), RequestKeys.Body(context));
        return await Idempotency.Run(context, database, bytes, transaction =>
        {
            var today = Day.Of(transaction.Now);
            var row = Publisher.Own(transaction, body, certificate);
            var merged = JsonSerializer.SerializeToNode(row.Certificate.Content, Json.Options)!.AsObject();
            Merge(merged, changes);
            var content = Read(JsonSerializer.SerializeToUtf8Bytes(merged), today);
            var effect = request.EffectiveOn ?? today;
            return Act(transaction, new Correct { Body = body, Certificate = certificate, EffectiveOn = effect, Content = content });
        });
    }

    private static CertificateContent Read(byte[] json, DateOnly today)
    {
        CertificateDraft draft;
        try { draft = Json.Parse<CertificateDraft>(json); }
        catch (FaultException wrong)
        {
            throw new FaultException([.. wrong.Faults.Select(fault => fault with { Pointer = At + fault.Pointer })]);
        }
        var faults = new List<Fault>();
        return draft.Check(today, faults, At) ?? throw new FaultException(faults);
    }

    private const string At = "/certificate";

    private static Task<IResult> Suspend(string id, HttpContext context, Database database) =>
        Amend<SuspendRequest>(id, context, database, (by, request, today) => new Suspend
        {
            Body = by.Body,
            Certificate = by.Certificate,
            EffectiveOn = request.EffectiveOn ?? today,
            Until = request.Until,
            Reason = request.Reason,
        });

    private static Task<IResult> Restore(string id, HttpContext context, Database database) =>
        Amend<RestoreRequest>(id, context, database, (by, request, today) =>
            new Restore { Body = by.Body, Certificate = by.Certificate, EffectiveOn = request.EffectiveOn ?? today });

    private static Task<IResult> Revoke(string id, HttpContext context, Database database) =>
        Amend<RevokeRequest>(id, context, database, (by, request, today) => new Revoke
        {
            Body = by.Body,
            Certificate = by.Certificate,
            EffectiveOn = request.EffectiveOn ?? today,
            Reason = request.Reason,
        });

    private static Task<IResult> Cancel(string id, HttpContext context, Database database) =>
        Amend<RevokeRequest>(id, context, database, (by, request, today) => new Cancel
        {
            Body = by.Body,
            Certificate = by.Certificate,
            EffectiveOn = request.EffectiveOn ?? today,
            Reason = request.Reason,
        });

    private static async Task<IResult> Amend<T>(
        string id, HttpContext context, Database database, Func<(string Body, string Certificate), T, DateOnly, Amendment> act)
        where T : new()
    {
        var (request, bytes) = context.Request.ContentLength is 0 ? (new T(), []) : await Json.ReadAsync<T>(context.Request, Json.MaxAct);
        var by = (RequestKeys.Body(context), ParseId(id));
        return await Idempotency.Run(context, database, bytes, transaction =>
            Act(transaction, act(by, request, Day.Of(transaction.Now))));
    }

    private static (int, string?, object) Act(Transaction transaction, Amendment amendment)
    {
        var id = Publisher.Amend(transaction, amendment).Id;
        return (200, null, View(transaction, CertificateStore.Find(transaction.Connection, id)!));
    }

    private static CertificateView View(Transaction transaction, CertificateRow row) =>
        CertificateView.Of(transaction.Connection, row, Day.Of(transaction.Now))!;

    private static string ParseId(string id) => Identifier.Parse(id) ?? throw new FaultException(Refusal.Mistyped);

    /// <summary>JSON merge patch, RFC 7396.</summary>
    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (name, value) in changes)
            if (value is null) target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject present) Merge(present, inner);
            else target[name] = value.DeepClone();
    }
}

/// <summary>A correction: the members of the certificate that change, and from which day (today when left out).</summary>
public sealed record CorrectRequest(DateOnly? EffectiveOn = null, JsonObject? Certificate = null);

/// <summary>A suspension. <c>until</c> announces its end; only a restoration ends it.</summary>
public sealed record SuspendRequest
{
    public DateOnly? EffectiveOn { get; init; }
    public DateOnly? Until { get; init; }
    public Reason? Reason { get; init; }
}

/// <summary>The day of effect; today when left out.</summary>
public sealed record RestoreRequest
{
    public DateOnly? EffectiveOn { get; init; }
}

/// <summary>The day of effect (today when left out) and the category of reason.</summary>
public sealed record RevokeRequest
{
    public DateOnly? EffectiveOn { get; init; }
    public Reason? Reason { get; init; }
}
