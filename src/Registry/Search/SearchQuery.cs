using Registry.Certificates;

namespace Registry.Search;

/// <summary>A search as somebody asked it, checked. Conditions are joined by and.</summary>
public sealed record SearchQuery
{
    public const int MaxText = 200, MaxWords = 12, MaxLimit = 100, DefaultLimit = 20;

    /// <summary>The text as typed: what a certificate bears exactly comes first.</summary>
    public string? Typed { get; init; }
    /// <summary>Words that must occur in name, English name, scope or a code, in any order.</summary>
    public Word[] Words { get; init; } = [];
    public Word[] HolderWords { get; init; } = [];
    public Word[] ScopeWords { get; init; } = [];
    /// <summary>Text was asked for, but nothing in it can be searched, or a body that cannot be: there are no hits.</summary>
    public bool Nothing { get; init; }
    public string? NumberKey { get; init; }
    public string? Uscc { get; init; }
    public string? OrganisationCode { get; init; }
    public string? Body { get; init; }
    /// <summary>Catalogue numbers; empty for all.</summary>
    public int[] Categories { get; init; } = [];
    public string? Level { get; init; }
    public Status? Status { get; init; }
    /// <summary>Beginnings of region codes; empty for all.</summary>
    public string[] Regions { get; init; } = [];
    public DateOnly? IssuedFrom { get; init; }
    public DateOnly? IssuedTo { get; init; }
    public DateOnly? ExpiresFrom { get; init; }
    public DateOnly? ExpiresTo { get; init; }
    /// <summary>The day whose status and level are meant; null for today.</summary>
    public DateOnly? On { get; init; }
    /// <summary>Up to when what was recorded counts for what hits say; null where all does. Then there is no total, and no facet.</summary>
    public DateTimeOffset? KnownAt { get; init; }
    public SearchOrder Order { get; init; }
    public int Limit { get; init; } = DefaultLimit;
    /// <summary>Whether the first page tells how many hits there are, and of which kinds.</summary>
    public bool Total { get; init; } = true;
    public bool Facets { get; init; } = true;
    /// <summary>Where to go on; null for the first page.</summary>
    public Cursor? Cursor { get; init; }

    /// <summary>Taken where hits are shown, and not where they are followed or exported.</summary>
    public const string KnownAtName = "knownAt";

    /// <summary>The names that <see cref="Parse"/> reads.</summary>
    public static readonly string[] Parameters =
    [
        "q", "number", "holder", "uscc", "body", "category", "group", "level", "status", "region", "scope",
        "issuedFrom", "issuedTo", "expiresFrom", "expiresTo", "on", "sort", "limit", "cursor", "total", "facets",
    ];

    /// <summary>Reads the parameters by their names and finds every fault at once; the pointer names the parameter.</summary>
    /// <param name="parameter">The value of a name.</param>
    /// <param name="maxLimit">The greatest limit: of a page, or of an export.</param>
    /// <param name="known">Up to when the record is known; null where <see cref="KnownAtName"/> is not taken.</param>
    /// <param name="days">Whether a day will do for that instant, as people enter it.</param>
    /// <exception cref="FaultException">One of them cannot be read.</exception>
    public static SearchQuery Parse(
        Func<string, string?> parameter, int maxLimit = MaxLimit, DateTimeOffset? known = null, bool days = false) =>
        new QueryReader(parameter, known, days).Read(maxLimit);

    /// <summary>Whether the text of a row holds every word: the index knows only which terms occur, not that they stand together.</summary>
    public bool Matches(RowText row) => Words.All(row.Holds) && MatchesBeside(row);

    /// <summary>Whether it holds the words asked for beside q.</summary>
    public bool MatchesBeside(RowText row) => HolderWords.All(row.InHolder) && ScopeWords.All(row.InScope);
}
