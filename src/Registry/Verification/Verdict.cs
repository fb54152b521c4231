using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>What is asked of one bidder: identifiers (a number, a holder's name, a social credit code, a code of a mark or certificate),
/// what the certificate must be, and what it is claimed to show. The first of code, number, credit code and name finds the certificate;
/// everything given is compared with it.</summary>
public sealed record VerificationRow
{
    public string? Number { get; init; }
    public string? Name { get; init; }
    /// <summary>The holder's name in English, compared beside <c>name</c>; where that is left out, it is the name.</summary>
    public string? NameEn { get; init; }
    /// <summary>Unified social credit code, 18 characters, or the 9 of the organisation code with or without its hyphen.</summary>
    public string? Uscc { get; init; }
    /// <summary>Code of a mark or of an item, or id of a certificate.</summary>
    public string? Code { get; init; }
    /// <summary>Approval number or name of the body: numbers are unique within a body only.</summary>
    public string? Body { get; init; }
    /// <summary>Catalogue number that is asked for.</summary>
    public int? Category { get; init; }
    /// <summary>Standard that is asked for, such as GB/T 27922; without a year any edition.</summary>
    public string? Standard { get; init; }
    /// <summary>The least level that is asked for, by its code or Chinese name.</summary>
    public string? Level { get; init; }
    /// <summary>Words that must all occur in the scope.</summary>
    public string? Scope { get; init; }
    /// <summary>The day of issue, which is the first of validity, as the certificate is said to show it.</summary>
    public DateOnly? IssuedOn { get; init; }
    /// <summary>The day of the first issue, as it is said to show it.</summary>
    public DateOnly? FirstIssuedOn { get; init; }
    /// <summary>The last day of validity, as it is said to show it.</summary>
    public DateOnly? ExpiresOn { get; init; }
    /// <summary>What the certificate is said to be on the day asked.</summary>
    public Status? Status { get; init; }
    /// <summary>The day; left out, that of the request, else today.</summary>
    public DateOnly? On { get; init; }

    /// <summary>Blank fields, which spreadsheets have, are fields left out. What is asked of all rows is asked of each beside what it asks
    /// itself: a bidder's own, lower level in a column takes nothing from it. The day is that of the rows that have none.</summary>
    public VerificationRow With(VerificationRequest request)
    {
        static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
        return this with
        {
            Number = Given(Number),
            Name = Given(Name) ?? Given(NameEn),
            NameEn = Given(Name) is null ? null : Given(NameEn),
            Uscc = Given(Uscc),
            Code = Given(Code),
            Body = Given(Body),
            // Of two that differ there is no certificate: Verifier says so.
            Category = request.Category ?? Category,
            Standard = Both(Given(Standard), Given(request.Standard), "；"),
            Level = Words.Higher(Given(Level), Given(request.Level)),
            Scope = Both(Given(Scope), Given(request.Scope), " "),
            On = On ?? request.On,
        };
    }

    private static string? Both(string? own, string? all, string between)
    {
        if (own is null || all is null) return own ?? all;
        return own == all || own.EndsWith(between + all, StringComparison.Ordinal) ? own : own + between + all;
    }

    /// <summary>Whether it names anybody.</summary>
    [JsonIgnore]
    public bool IsEmpty => string.IsNullOrWhiteSpace(Number) && string.IsNullOrWhiteSpace(Name) && string.IsNullOrWhiteSpace(NameEn)
        && string.IsNullOrWhiteSpace(Uscc) && string.IsNullOrWhiteSpace(Code);
}

/// <summary>The answer to one row in a word. Valid means: everything that was given agrees, on the day asked.</summary>
[JsonConverter(typeof(KebabEnum<Outcome>))]
public enum Outcome
{
    Valid,
    Suspended,
    Revoked,
    Cancelled,
    Expired,
    NotYetValid,
    /// <summary>Something that was given is not what is registered.</summary>
    Mismatch,
    /// <summary>Something that was given cannot be right: a check character does not agree.</summary>
    Mistyped,
    /// <summary>Several certificates fit, and nothing that was given tells which is meant.</summary>
    Ambiguous,
    NotInRegistry,
    /// <summary>The code is the first half of an item's: it does not tell the item.</summary>
    Incomplete,
    /// <summary>The code names a mark of this registry, but the registry did not make it.</summary>
    Forged,
    /// <summary>The tag of the item's code cannot be checked here, because this copy of the registry lacks the mark's seed.</summary>
    Unchecked,
    /// <summary>The item's code was opened like that of many copies.</summary>
    Copied,
    MarkWithdrawn,
}

/// <summary>What an outcome means for a bid.</summary>
[JsonConverter(typeof(KebabEnum<Finding>))]
public enum Finding { Pass, Fail, Unconfirmed }

/// <summary>Names of <see cref="Outcome"/>.</summary>
public static class Outcomes
{
    public static Outcome Of(Status status) => status switch
    {
        Status.Valid => Outcome.Valid,
        Status.Suspended => Outcome.Suspended,
        Status.Revoked => Outcome.Revoked,
        Status.Cancelled => Outcome.Cancelled,
        Status.Expired => Outcome.Expired,
        Status.NotYetValid => Outcome.NotYetValid,
    };

    /// <summary>Of a code of a mark or item: the worst that is known.</summary>
    public static Outcome Of(Status status, MarkTold mark) => Parse(mark.ResultBy(status));

    /// <summary>Of a word that there is.</summary>
    public static Outcome Parse(string word) => byWord[word];

    private static readonly Dictionary<string, Outcome> byWord = Enum.GetValues<Outcome>().ToDictionary(Word);

    public static string Word(this Outcome outcome) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.ToString());

    public static Text Name(this Outcome outcome) => outcome switch
    {
        Outcome.Mismatch => new("不符", "Mismatch"),
        Outcome.Mistyped => new("输入有误", "Mistyped"),
        Outcome.Ambiguous => new("需确认", "Ambiguous"),
        _ => MarkResult.Name(outcome.Word()),
    };

    /// <summary>Whether a bidder passes: only what is valid does, and what cannot be told is neither.</summary>
    public static Finding Finding(this Outcome outcome) => outcome switch
    {
        Outcome.Valid => Verification.Finding.Pass,
        Outcome.NotInRegistry or Outcome.Ambiguous or Outcome.Mistyped or Outcome.Incomplete or Outcome.Unchecked =>
            Verification.Finding.Unconfirmed,
        _ => Verification.Finding.Fail,
    };

    public static Text Name(this Finding finding) => finding switch
    {
        Verification.Finding.Pass => new("通过", "Pass"),
        Verification.Finding.Fail => new("不通过", "Fail"),
        Verification.Finding.Unconfirmed => new("未能确认", "Not confirmed"),
    };

    /// <summary>What most needs a look comes first.</summary>
    public static readonly Outcome[] ByUrgency =
    [
        Outcome.Forged, Outcome.Mismatch, Outcome.Revoked, Outcome.MarkWithdrawn, Outcome.Copied, Outcome.Suspended,
        Outcome.Cancelled, Outcome.Expired, Outcome.NotYetValid,
        Outcome.NotInRegistry, Outcome.Mistyped, Outcome.Incomplete, Outcome.Unchecked, Outcome.Ambiguous, Outcome.Valid,
    ];
}

/// <summary>The answer to one row, in the order asked.</summary>
public sealed record Verdict
{
    /// <summary>From 1.</summary>
    public required int Row { get; init; }
    public required VerificationRow Asked { get; init; }
    public required DateOnly On { get; init; }
    public required Outcome Result { get; init; }
    /// <summary>Whether it passes: pass (valid, and all that was given and asked for agrees), fail, or unconfirmed (not in this registry,
    /// ambiguous, mistyped: a person has to look).</summary>
    public Finding Finding { get => claimed ?? Result.Finding(); init => claimed = value; }
    /// <summary>Of an answer that is read: what it says, right or wrong.</summary>
    private readonly Finding? claimed;
    /// <summary>The result in a sentence: which fields contradict, with both values.</summary>
    public required string Message { get; init; }
    /// <summary>Everything that was given, beside what is registered.</summary>
    public required Comparison[] Compared { get; init; }
    /// <summary>The certificate as it was on the day.</summary>
    public CertificateView? Certificate { get; init; }
    /// <summary>When the statement was recorded that decides the result: the newest of those in effect on the day, or a mark's withdrawal.
    /// Null where none does.</summary>
    public DateTimeOffset? RecordedAt { get; init; }
    /// <summary>True where that is after the day asked: on the day itself the registry said something else, or nothing. Left out where it
    /// is not.</summary>
    public bool? RecordedLater { get; init; }
    /// <summary>How many further certificates of the holder fit as well: the best one speaks.</summary>
    public int? Others { get; init; }
    /// <summary>Of a signed answer: log indexes of the statements it rests on, oldest first. Null elsewhere, and where no certificate was
    /// found.</summary>
    public long[]? RestsOn { get; init; }
    /// <summary>The certificates to choose from, at most 20, where one cannot be told from another or the one asked for is not
    /// found.</summary>
    public Candidate[]? Candidates { get; init; }
    /// <summary>Numbers and codes of the registry that differ from the one given in one character: a question, never an answer.</summary>
    public Slip[]? DidYouMean { get; init; }
}

/// <summary>A certificate to choose, as it was on the day asked.</summary>
public sealed record Candidate(
    string Id, string Number, string Holder, CategoryView Category, string? Standard, LevelView? Level, Status Status, BodyView Body)
{
    public static Candidate Of(CertificateView view) =>
        new(view.Id, view.Number, view.Holder.Name, view.Category, view.Standard, view.Level, view.Status, view.Body);
}

/// <summary>What the registry covers: absence from it says nothing about certificates it was never told of.</summary>
public sealed record Coverage(long Certificates, long Bodies, DateTimeOffset? AsOf)
{
    public string Sentence(Language language)
    {
        var asOf = Day.Minute(AsOf ?? default);
        var sentence = new Text(
            $"本登记簿未收录。本登记簿收录 {Bodies} 家认证机构的 {Certificates} 张证书，截至 {asOf}（北京时间）。",
            $"Not in this registry, which covers {Certificates} certificates of {Bodies} certification bodies as of {asOf} (UTC+8).");
        return sentence[language];
    }
}
