using System.Text.Json.Nodes;
using Registry.Answers;
using Registry.Certificates;
using Registry.Ingest;
using Registry.Marks;
using Registry.Verification;
using Registry.Watching;

namespace Registry.Contract;

/// <summary>What members of JSON are beyond their type: one word of a closed list, or bounded. The lists and the bounds are the program's
/// own. What an answer holds is checked against this in tests of every operation.</summary>
public static class Members
{
    private static readonly string[] levels = [.. Catalogue.Schemes.Levels.Select(level => level.Code)];
    private static readonly string[] statuses = [.. Statuses.All.Select(status => status.Word())];

    internal static readonly string[] Signers = ["body", "set-key", "registry"], KeyTypes = ["OKP", "EC"], KeyCurves = ["Ed25519", "P-256"];
    internal static readonly string[] Marks =
        [.. statuses, MarkResult.Withdrawn, MarkResult.Incomplete, MarkResult.Unchecked, MarkResult.Copied];
    private static readonly string[] codes = [.. Refusal.All.Select(refusal => refusal.Code)];
    private static readonly string[] groups = [.. Catalogue.Groups.Select(group => group.Code)];

    private const int MaxScore = 101;

    private static JsonObject OneOf(IEnumerable<string> words) => Kind.Word(words);

    private static JsonObject Category() => Kind.Whole(1, Catalogue.Categories.Count);

    private static JsonObject Asked() => Kind.Text(SentList.MaxField);

    /// <summary>By schema and member; [] for what an array holds.</summary>
    private static readonly Dictionary<string, Func<JsonObject>> all = new()
    {
        ["Problem.code"] = () => OneOf(codes),
        ["ProblemError.code"] = () => OneOf(codes),
        ["RowError.code"] = () => OneOf(codes),
        ["Problem.status"] = () => new() { ["minimum"] = 400, ["maximum"] = 599 },

        ["CertificateView.id"] = Kind.Code,
        ["CertificateView.statusCode"] = () => OneOf(Statuses.All.Select(status => status.Code()).OfType<string>()),
        ["CertificateView.signedBy"] = () => OneOf(Signers),
        ["HistoryItem.signedBy"] = () => OneOf(Signers),
        ["Change.signedBy"] = () => OneOf(Signers),
        ["StatementProof.signedBy"] = () => OneOf(Signers),
        ["HistoryItem.act"] = () => OneOf(Statement.Words),
        ["Change.act"] = () => OneOf(Statement.Words),
        ["StatementProof.act"] = () => OneOf(Statement.Words),
        ["LevelView.code"] = () => OneOf(levels),
        ["CertificateDraft.level"] = () => OneOf(levels),
        ["CategoryView.no"] = Category,
        ["CategoryView.group"] = () => OneOf(groups),
        ["CategoryCount.no"] = Category,
        ["CategoryCount.group"] = () => OneOf(groups),
        ["CertificateContent.category"] = Category,
        ["CertificateContent.level"] = () => OneOf(levels),
        ["Change.category"] = Category,
        ["RegionView.level"] = () => OneOf(Catalogue.Regions.Values.Select(region => region.Level).Distinct()),
        ["Total.relation"] = () => OneOf(["exact", "about"]),
        ["Slip.kind"] = () => OneOf(["number", "uscc", "holder", "certificate", "mark"]),
        ["RowResult.result"] = () => OneOf([RowResult.Recorded, RowResult.Already, RowResult.Rejected]),
        ["Comparison.field"] = () => OneOf(Comparison.Names.Keys),
        ["ReadColumn.field"] = () => OneOf(ListChoice.Names),
        ["AnswerFile.format"] = () => OneOf([AnswerFile.Version]),
        ["Answer.language"] = () => OneOf(["zh", "en"]),
        ["Jwk.kty"] = () => OneOf(KeyTypes),
        ["Jwk.crv"] = () => OneOf(KeyCurves),
        ["PublishedKey.kty"] = () => OneOf(KeyTypes),
        ["PublishedKey.crv"] = () => OneOf(KeyCurves),
        ["PublishedKey.use"] = () => OneOf(["sig"]),
        ["PublishedKey.registeredBy"] = () => OneOf(["api-key", "body-key", "registry"]),
        ["MarkView.code"] = () => Kind.Text($"^[0-9A-HJKMNP-TV-Z]{{{Identifier.Length}}}$"),
        ["MarkView.result"] = () => OneOf(Marks),
        ["MarkHit.result"] = () => OneOf([.. Marks, MarkResult.Forged, MarkResult.Mistyped, MarkResult.NotInRegistry]),
        ["ReportView.kind"] = () => OneOf(Enum.GetNames<MisuseKind>().Select(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName)),

        ["CertificateDraft.number"] = () => Kind.Text(CertificateNumber.MaxLength * 4),
        ["CertificateDraft.category"] = Category,
        ["CertificateDraft.score"] = () => new() { ["minimum"] = 0, ["maximum"] = MaxScore },
        ["CertificateDraft.scope"] = () => Kind.Text(CertificateDraft.MaxScope),
        ["CertificateDraft.sites"] = () => new() { ["maxItems"] = CertificateDraft.MaxSites },
        ["CertificateDraft.sites[]"] = () => Kind.Text(CertificateDraft.MaxAddress),
        ["HolderDraft.name"] = () => Kind.Text(CertificateDraft.MaxName),
        ["HolderDraft.nameEn"] = () => Kind.Text(CertificateDraft.MaxName),
        ["HolderDraft.address"] = () => Kind.Text(CertificateDraft.MaxAddress),
        ["MarkDraft.text"] = () => Kind.Text(MarkDraft.MaxText),
        ["MarkDraft.run"] = () => Kind.Text(MarkDraft.MaxRun),
        ["MarkDraft.items"] = () => Kind.Whole(1, ItemCode.MaxItems),
        ["MarkDraft.gtin"] = () => Kind.Text("^([0-9]{8}|[0-9]{12,14})$"),
        ["SeedRequest.seed"] = () => Kind.Text($"^[0-9A-Fa-f]{{{2 * ItemCode.SeedLength}}}$"),
        ["WatchRequest.certificates"] = () => new() { ["maxItems"] = Watch.MaxCertificates },
        ["VerificationRequest.rows"] = () => new() { ["minItems"] = 1, ["maxItems"] = Verifier.MaxRows },
        ["VerificationRequest.category"] = Category,
        ["VerificationRow.category"] = Category,
        ["VerificationRequest.knownAt"] = Kind.Instant,
        ["VerificationRequest.standard"] = Asked,
        ["VerificationRequest.scope"] = Asked,
    };

    /// <summary>Members that a request must have, although they are read as if it might not, to say everything that is wrong at
    /// once.</summary>
    private static readonly Dictionary<string, string[]> required = new()
    {
        ["CertificateDraft"] = ["number", "holder", "category", "scope", "issuedOn"],
        ["HolderDraft"] = ["name"],
        ["CorrectRequest"] = ["certificate"],
        ["MarkDraft"] = ["placement", "text"],
        ["SeedRequest"] = ["seed"],
        ["VerificationRequest"] = ["rows"],
    };

    /// <summary>Says it of every schema.</summary>
    /// <exception cref="InvalidOperationException">A schema or member that is named here is not there.</exception>
    public static void Say(JsonObject schemas)
    {
        foreach (var (place, make) in all) Say(schemas, place, make());
        foreach (var (schema, members) in required) schemas[schema]!["required"] = new JsonArray([.. members.Select(name => JsonValue.Create(name))]);
    }

    private static void Say(JsonObject schemas, string place, JsonObject what)
    {
        var (schema, member) = (place.Split('.')[0], place.Split('.')[1].Replace("[]", ""));
        var found = schemas[schema]?["properties"]?[member] ?? throw new InvalidOperationException($"The contract has no {place}: {nameof(Members)}.");
        if (place.EndsWith("[]", StringComparison.Ordinal)) found = found["items"]!;
        foreach (var (key, value) in what)
            if (key is not ("type" or "format") || found["format"] is null && key == "format" && found["type"]?.ToString() == what["type"]?.ToString())
                found[key] = value!.DeepClone();
    }
}
