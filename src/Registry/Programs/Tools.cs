using System.ComponentModel;
using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Statements;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Programs;

/// <summary>What the tool <c>search</c> takes.</summary>
public sealed record SearchArguments
{
    [Description("Words of the holder's name, the scope, a certificate number, a credit code or the code of a mark, in any order.")]
    public string? Q { get; init; }
    [Description("Certificate number.")]
    public string? Number { get; init; }
    [Description("Words of the holder's name; pinyin and initials are understood.")]
    public string? Holder { get; init; }
    [Description("Unified social credit code of the holder, 18 characters, or the 9 of the organisation code.")]
    public string? Uscc { get; init; }
    [Description("Approval number of the certification body, such as CNCA-R-2099-901.")]
    public string? Body { get; init; }
    [Description("Catalogue number of the category, 1 to 28, or words of its name.")]
    public string? Category { get; init; }
    [Description("qualified, three-star, four-star or five-star.")]
    public string? Level { get; init; }
    [Description("valid, suspended, revoked, cancelled, expired or not-yet-valid.")]
    public string? Status { get; init; }
    [Description("Region by its code of GB/T 2260 or its name.")]
    public string? Region { get; init; }
    [Description("Words of the scope.")]
    public string? Scope { get; init; }
    [Description("The day, YYYY-MM-DD, whose status and level are meant; today when left out.")]
    public string? On { get; init; }
    [Description("At most so many, 1 to 20; 10 when left out.")]
    public int? Limit { get; init; }
    [Description("Where to go on: the `next` of the answer before.")]
    public string? Cursor { get; init; }
}

/// <summary>What the tool <c>verify</c> takes.</summary>
public sealed record VerifyArguments
{
    [Description("What is to be checked, 1 to 100 rows. Everything that is given in a row is compared with the certificate.")]
    public VerificationRow[]? Rows { get; init; }
    [Description("The day, YYYY-MM-DD, of every row that has none of its own; today when left out.")]
    public DateOnly? On { get; init; }
    [Description("Catalogue number that is asked for, 1 to 28.")]
    public int? Category { get; init; }
    [Description("Standard that is asked for, such as GB/T 27922.")]
    public string? Standard { get; init; }
    [Description("The least level that is asked for: qualified, three-star, four-star or five-star.")]
    public string? Level { get; init; }
    [Description("Words that must occur in the scope.")]
    public string? Scope { get; init; }
    [Description("Language of the messages: zh or en.")]
    public string? Lang { get; init; }
}

/// <summary>What the tool <c>explain</c> takes.</summary>
public sealed record ExplainArguments
{
    [Description("Id of a certificate, or code of a mark or item, 13 or 26 characters; an address that holds it will do.")]
    public string? Code { get; init; }
    [Description("The day, YYYY-MM-DD; today when left out.")]
    public DateOnly? On { get; init; }
    [Description("Language of the words: zh or en.")]
    public string? Lang { get; init; }
}

/// <summary>What a status means and on what it rests.</summary>
/// <param name="Result">In one word: the worst that is known of a mark, else the certificate's status.</param>
/// <param name="Name">The same for people.</param>
/// <param name="Meaning">What it means for whoever relies on it.</param>
/// <param name="Certificate">As it was on the day.</param>
/// <param name="Statements">Every statement about it, oldest first: what takes effect after the day does not count.</param>
/// <param name="Log">Under what they can be proven.</param>
/// <param name="Page">For people.</param>
/// <param name="Proof">Address of the proofs.</param>
public sealed record Explanation(string Result, string Name, string Meaning, CertificateView Certificate, List<HistoryItem> Statements,
    ExplainedLog? Log, string Page, string Proof);

/// <summary>The newest checkpoint.</summary>
/// <param name="Origin">Name of the log.</param>
/// <param name="Size">Entries.</param>
/// <param name="RootHash">Base64.</param>
public sealed record ExplainedLog(string Origin, long Size, string RootHash);

/// <summary>The look-ups that language models may make: they read and change nothing.</summary>
public sealed class Tools(
    Database database, IndexReader index, TimeProvider time, KnownTo known, PublicAddress address, LogIdentity identity)
{
    private const int MaxHits = 20, UsualHits = 10, MaxRows = 100;

    private static readonly Text notTheStatus = new(
        "这是标志本身的结果，比证书的状态更要紧。", "This is what is known of the mark itself; it weighs more than the certificate's status.");

    public SearchResult Search(SearchArguments asked, CancellationToken cancel)
    {
        if (asked.Limit is < 1 or > MaxHits) throw new FaultException(Refusal.OutOfRange, "/limit", 1, MaxHits);
        var query = SearchQuery.Parse(name => name switch
        {
            "q" => asked.Q,
            "number" => asked.Number,
            "holder" => asked.Holder,
            "uscc" => asked.Uscc,
            "body" => asked.Body,
            "category" => asked.Category,
            "level" => asked.Level,
            "status" => asked.Status,
            "region" => asked.Region,
            "scope" => asked.Scope,
            "on" => asked.On,
            "cursor" => asked.Cursor,
            _ => null,
        }) with
        { Limit = asked.Limit ?? UsualHits, Facets = false };
        var result = database.Read(db => CertificateSearch.Run(db, index, query, Day.Of(time.GetUtcNow())), cancel);
        return result with { Items = known.Cap(result.Items) };
    }

    public VerificationAnswer Verify(VerifyArguments asked, CancellationToken cancel)
    {
        if (asked.Rows?.Length > MaxRows) throw new FaultException(Refusal.TooMany, "/rows", MaxRows);
        var language = LanguageOf(asked.Lang);
        var request = SentList.Checked(new(asked.On, asked.Category, asked.Standard, asked.Level, asked.Scope, asked.Rows), known.Now);
        return database.Read(db => Verifier.Answer(db, request, time.GetUtcNow(), language, address.Base), cancel);
    }

    public Explanation Explain(ExplainArguments asked, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(asked.Code)) throw new FaultException(Refusal.Required, "/code");
        if (asked.On < Day.Earliest || asked.On > Day.Latest) throw new FaultException(Refusal.BadDate, "/on");
        var (language, day) = (LanguageOf(asked.Lang), asked.On ?? Day.Of(time.GetUtcNow()));
        return database.Read(db => Explain(db, asked.Code, day, language), cancel);
    }

    private Explanation Explain(DbConnection db, string code, DateOnly day, Language language)
    {
        var id = Identifier.Parse(code);
        var mark = id is not null && CertificateStore.Find(db, id) is not null ? null : MarkView.Of(db, code, address.Base, day);
        var row = CertificateStore.Existing(db, mark?.Certificate.Id ?? id!);
        var (then, today) = (CertificateView.Of(db, row, day)!, Day.Of(time.GetUtcNow()));
        var view = known.Cap(day == today ? then : then.Beside(db, row, today));
        var result = mark?.Result ?? view.Status.Word();
        var meaning = result == view.Status.Word() ? view.Status.Meaning() : notTheStatus;
        var log = TreeStore.Newest(db) is { } newest
            ? new ExplainedLog(identity.Key.Name, newest.Size, Convert.ToBase64String(newest.Root)) : null;
        var page = mark is null ? $"{address.Base}/c/{row.Id}" : $"{address.Base}/m/{mark.Held}";
        var proof = $"{address.Base}/v1/certificates/{row.Id}/proof";
        return new(result, MarkResult.Name(result)[language], meaning[language], view, HistoryItem.Of(db, row), log, page, proof);
    }

    private static Language LanguageOf(string? lang) => lang switch
    {
        null or "" or "zh" => Language.Zh,
        "en" => Language.En,
        _ => throw new FaultException(Refusal.UnknownWord, "/lang", "zh, en"),
    };
}
