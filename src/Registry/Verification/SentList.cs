using System.Data.Common;
using Microsoft.AspNetCore.Http.Features;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;
using Registry.Transparency;

namespace Registry.Verification;

/// <summary>A list as it was sent, in any of the forms that are taken, before anything is looked up: the one reading of checks and of
/// signed answers.</summary>
public sealed class SentList
{
    /// <summary>Bytes of a request: 10,000 rows with every field and a scope of some length.</summary>
    private const int MaxBytes = 4 << 20;
    /// <summary>Characters of a field.</summary>
    private const int MaxField = 300;

    private readonly VerificationRow[] rows;

    private SentList(VerificationRequest request) => (Demands, rows) = (request with { Rows = null }, request.Rows!);

    /// <summary>The day, and what is asked of the certificates, of every row that has none of its own. It holds no rows.</summary>
    public VerificationRequest Demands { get; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="FaultException">Its content is not taken, too large, or holds faults.</exception>
    public static async Task<SentList> Of(HttpContext context)
    {
        // The server's own bound is for single acts.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxBytes;
        var (request, _) = await Json.ReadAsync<VerificationRequest>(context.Request, MaxBytes);
        return new(Checked(request, context.RequestServices.GetRequiredService<KnownTo>().Now));
    }

    /// <summary>What it asks, row by row, with what is on record to tell what its cells are, and the answer from the same snapshot.</summary>
    /// <param name="db">The snapshot.</param>
    /// <param name="now">The instant.</param>
    /// <param name="language">Of the messages.</param>
    public (AskedList Asked, VerificationAnswer Answer) Answer(DbConnection db, DateTimeOffset now, Language language)
    {
        var asked = new AskedList(rows);
        return (asked, asked.Answer(db, Demands, now, language));
    }

    private static VerificationRequest Checked(VerificationRequest request, DateTimeOffset known)
    {
        if (request.Rows is not { Length: > 0 }) throw new FaultException(new Fault(Refusal.Required, "/rows"));
        if (request.Rows.Length > Verifier.MaxRows) throw new FaultException(new Fault(Refusal.TooMany, "/rows", Verifier.MaxRows));
        var faults = new List<Fault>();
        Asked("", request.On, request.Category, request.Standard, request.Level, request.Scope);
        var until = Instant.ReadKnownAt(request.KnownAt, known, faults);
        for (var i = 0; i < request.Rows.Length && faults.Count < JsonFaults.Most; i++)
        {
            var (row, at) = (request.Rows[i], $"/rows/{i}");
            if (row is null || row.IsEmpty)
            {
                faults.Add(new(Refusal.Required, at));
                continue;
            }
            foreach (var (field, name) in ((string?, string)[])[(row.Number, "number"), (row.Name, "name"), (row.Uscc, "uscc"), (row.Code, "code"), (row.Body, "body")]) Length(field, $"{at}/{name}");
            Asked(at, row.On, row.Category, row.Standard, row.Level, row.Scope);
        }
        return faults.Count > 0 ? throw new FaultException(faults) : request with { KnownAt = until is { } instant ? Milliseconds.Text(instant) : null };

        void Length(string? field, string pointer)
        {
            if (field?.Length > MaxField) faults.Add(new(Refusal.TooLong, pointer, MaxField));
        }
        void Asked(string at, DateOnly? on, int? category, string? standard, string? level, string? scope)
        {
            if (on < Day.Earliest || on > Day.Latest) faults.Add(new(Refusal.BadDate, at + "/on"));
            if (category is { } no && Catalogue.CategoryOf(no) is null) faults.Add(new(Refusal.UnknownCategory, at + "/category"));
            if (!string.IsNullOrWhiteSpace(level) && Words.Level(level) is null) faults.Add(new(Refusal.UnknownWord, at + "/level", Catalogue.Schemes.LevelWords));
            Length(standard, at + "/standard");
            Length(scope, at + "/scope");
        }
    }
}
