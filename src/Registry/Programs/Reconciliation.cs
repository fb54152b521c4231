using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Search;
using Registry.Verification;

namespace Registry.Programs;

/// <summary>What a service of reconciliation is asked about one row.</summary>
/// <param name="Query">What stands in the cell.</param>
/// <param name="Type">The only one there is: <c>certificate</c>.</param>
/// <param name="Limit">At most so many candidates.</param>
/// <param name="Properties">Further cells of the row.</param>
/// <param name="TypeStrict">Read and not needed: there is one type.</param>
public sealed record ReconciliationQuery(string? Query = null, JsonElement? Type = null, int? Limit = null,
    ReconciliationProperty[]? Properties = null, [property: JsonPropertyName("type_strict")] string? TypeStrict = null);

/// <summary>A further cell.</summary>
/// <param name="Pid">One of <see cref="Reconciliation.Properties"/>.</param>
/// <param name="V">Its value: text, a number, an object with an id, or an array of one of them.</param>
public sealed record ReconciliationProperty(string? Pid = null, JsonElement V = default);

/// <summary>An id with a name.</summary>
public sealed record Named(string Id, string Name);

/// <summary>A certificate that may be meant.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Holder and number.</param>
/// <param name="Description">Category, level, body, status.</param>
/// <param name="Type">Certificate.</param>
/// <param name="Score">Of 100; the order is what counts.</param>
/// <param name="Match">Whether it alone fits and everything given agrees: that it is meant, not that it is valid.</param>
public sealed record ReconciliationCandidate(string Id, string Name, string Description, Named[] Type, double Score, bool Match);

/// <summary>Candidates of one query, the best first.</summary>
public sealed record ReconciliationResult(ReconciliationCandidate[] Result);

/// <summary>Which certificate a row of somebody's table means, decided by the same comparison as a check of a list.</summary>
public sealed class Reconciliation(DbConnection db, IndexReader index, DateTimeOffset now, Language language)
{
    public const int MaxQueries = 50, MaxCandidates = 20;
    private const int UsualCandidates = 5, MaxText = 300;
    private const double Exact = 100, Agreeing = 90, Close = 50;

    public static readonly Named Type = new("certificate", "Certificate");

    /// <summary>What further cells may say.</summary>
    public static readonly Named[] Properties =
    [
        new("number", "Certificate number"), new("name", "Holder"), new("uscc", "Social credit code"), new("code", "Code"),
        new("body", "Body"), new("category", "Category number"), new("standard", "Standard"), new("level", "Level at least"),
        new("scope", "Words in the scope"), new("on", "Day"),
    ];

    /// <summary>The candidates of a query.</summary>
    /// <exception cref="FaultException">It holds what is not known.</exception>
    public ReconciliationResult Of(string key, ReconciliationQuery query)
    {
        var faults = new List<Fault>();
        var limit = query.Limit ?? UsualCandidates;
        if (limit is < 1 or > MaxCandidates) faults.Add(new(Refusal.OutOfRange, $"/{key}/limit", 1, MaxCandidates));
        if (!IsOurs(query.Type)) faults.Add(new(Refusal.UnknownWord, $"/{key}/type", Type.Id));
        var cell = Cell(key, query.Query, faults);
        var further = With(new(), key, query, faults);
        var row = With(cell, key, query, []);
        if (faults.Count > 0) throw new FaultException(faults);
        if (row.IsEmpty) return new([]);
        var verdict = Verifier.Answer(db, new(Rows: [row]), now, language).Rows[0];
        var candidates = Decided(verdict, !Contradict(cell, further)).Take(limit).ToArray();
        return new(candidates.Length > 0 || string.IsNullOrWhiteSpace(query.Query) ? candidates : [.. Searched(query.Query, limit)]);
    }

    private static bool IsOurs(JsonElement? type) => type switch
    {
        null or { ValueKind: JsonValueKind.Null } => true,
        { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().All(one => IsOurs(one)),
        { } one => TryValue(one, out var id) && (string.IsNullOrEmpty(id) || id == Type.Id),
    };

    /// <summary>What the cell itself says.</summary>
    private VerificationRow Cell(string key, string? query, List<Fault> faults)
    {
        if (query?.Length > MaxText) faults.Add(new(Refusal.TooLong, $"/{key}/query", MaxText));
        if (string.IsNullOrWhiteSpace(query) || query.Length > MaxText) return new();
        var text = query.ReplaceLineEndings(" ");
        var line = new PastedLine(text);
        var read = new FreeReading(db, [line], [], Day.Of(now)).Read(line);
        return read is { Doubt: null, Row.IsEmpty: false } ? read.Row : new() { Name = text };
    }

    /// <summary>A row with what the further cells say, which goes before what it said.</summary>
    private static VerificationRow With(VerificationRow row, string key, ReconciliationQuery query, List<Fault> faults)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < query.Properties?.Length; i++)
        {
            var at = $"/{key}/properties/{i}";
            if (query.Properties[i] is not { } property) faults.Add(new(Refusal.Required, at));
            else if (!TryValue(property.V, out var value)) faults.Add(new(Refusal.WrongType, at + "/v", readable));
            else if (value?.Length > MaxText) faults.Add(new(Refusal.TooLong, at + "/v", MaxText));
            else if (string.IsNullOrWhiteSpace(value)) continue;
            else if (property.Pid is { } pid && !seen.Add(pid)) faults.Add(new(Refusal.ColumnTwice, at + "/pid", pid));
            else row = With(row, property.Pid, value, at, faults);
        }
        return row;
    }

    /// <summary>Whether two cells say different things of the same kind: then nothing agrees with everything that was given.</summary>
    private static bool Contradict(VerificationRow cell, VerificationRow further) =>
        Differ(cell.Number, further.Number) || Differ(cell.Name, further.Name) || Differ(cell.Uscc, further.Uscc)
        || Differ(cell.Code, further.Code) || Differ(cell.Body, further.Body);

    private static bool Differ(string? one, string? other) =>
        one is not null && other is not null && CertificateNumber.Normalise(one) != CertificateNumber.Normalise(other);

    private static VerificationRow With(VerificationRow row, string? property, string value, string at, List<Fault> faults)
    {
        switch (property)
        {
            case "number": return row with { Number = value };
            case "name": return row with { Name = value };
            case "uscc": return row with { Uscc = value };
            case "code": return row with { Code = value };
            case "body": return row with { Body = value };
            case "standard": return row with { Standard = value };
            case "scope": return row with { Scope = value };
            case "category" when int.TryParse(value, out var no) && Catalogue.CategoryOf(no) is not null: return row with { Category = no };
            case "category": faults.Add(new(Refusal.UnknownCategory, at + "/v")); return row;
            case "level" when Tables.Words.Level(value) is { } level: return row with { Level = level };
            case "level": faults.Add(new(Refusal.UnknownWord, at + "/v", Catalogue.Schemes.LevelWords)); return row;
            case "on": return row with { On = Day.Read(value, at + "/v", faults) };
            default: faults.Add(new(Refusal.UnknownWord, at + "/pid", string.Join(", ", Properties.Select(known => known.Id)))); return row;
        }
    }

    private static readonly Text readable = new("文本、数字，或只含其一的数组", "text, a number, or an array of one of them");

    /// <summary>What a cell says, null for nothing; false where it cannot be read as one value.</summary>
    private static bool TryValue(JsonElement cell, out string? value)
    {
        value = null;
        switch (cell.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null: return true;
            case JsonValueKind.String: value = cell.GetString(); return true;
            case JsonValueKind.Number: value = cell.GetRawText(); return true;
            case JsonValueKind.Array when cell.GetArrayLength() == 0: return true;
            case JsonValueKind.Array when cell.GetArrayLength() == 1: return TryValue(cell[0], out value);
            case JsonValueKind.Object when cell.TryGetProperty("id", out var id): return TryValue(id, out value);
            default: return false;
        }
    }

    private IEnumerable<ReconciliationCandidate> Decided(Verdict verdict, bool agrees)
    {
        var decided = Statuses.Parse(verdict.Result.Word()) is not null; // whatever its status: it is the one
        if (verdict.Certificate is { } view)
            yield return Told(Candidate.Of(view), decided ? Exact : Close, decided && agrees && verdict.Others is null);
        foreach (var candidate in verdict.Candidates ?? [])
            if (candidate.Id != verdict.Certificate?.Id) yield return Told(candidate, Agreeing, false);
        if (verdict is not { Others: > 0, Certificate: { } best }) yield break;
        foreach (var other in Searched(best.Holder.Name, MaxCandidates))
            if (other.Id != best.Id) yield return other;
    }

    /// <summary>What a search for the text finds, where nothing on record is what was given.</summary>
    public IEnumerable<ReconciliationCandidate> Searched(string text, int limit)
    {
        var query = new SearchQuery { Typed = text.Trim(), Words = Word.Split(text), Limit = limit };
        if (query.Words.Length is 0 or > SearchQuery.MaxWords) yield break;
        var (seqs, _) = CertificateSearch.Page(db, index, query, Day.Of(now), CertificateSearch.Limit);
        var rows = CertificateStore.At(db, seqs).ToDictionary(row => row.Seq);
        foreach (var seq in seqs) yield return Told(Candidate.Of(CertificateView.Of(db, rows[seq], Day.Of(now))!), Close, false);
    }

    private static ReconciliationCandidate Told(Candidate found, double score, bool match)
    {
        string?[] parts = [found.Category.Name, found.Level?.Name, found.Body.Name, found.Status.Name().Zh];
        return new(found.Id, $"{found.Holder} {found.Number}", string.Join(" · ", parts.OfType<string>()), [Type], score, match);
    }
}
