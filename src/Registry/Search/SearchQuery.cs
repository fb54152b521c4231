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
    public SearchOrder Order { get; init; }
    public int Limit { get; init; } = DefaultLimit;
    /// <summary>Whether the first page tells how many hits there are, and of which kinds.</summary>
    public bool Total { get; init; } = true;
    public bool Facets { get; init; } = true;
    /// <summary>Where to go on; null for the first page.</summary>
    public Cursor? Cursor { get; init; }

    /// <summary>The names that <see cref="Parse"/> reads.</summary>
    public static readonly string[] Parameters =
        ["q", "number", "holder", "uscc", "body", "category", "group", "level", "status", "region", "scope", "issuedFrom", "issuedTo", "expiresFrom", "expiresTo", "on", "sort", "limit", "cursor", "total", "facets"];

    /// <summary>Reads the parameters by their names and finds every fault at once; the pointer names the parameter.</summary>
    /// <param name="parameter">The value of a name.</param>
    /// <param name="maxLimit">The greatest limit: of a page, or of an export.</param>
    public static SearchQuery Parse(Func<string, string?> parameter, int maxLimit = MaxLimit)
    {
        var faults = new List<Fault>();
        string? Get(string name, int max = MaxText)
        {
            var text = parameter(name)?.Trim();
            if (string.IsNullOrEmpty(text)) return null;
            if (text.Length <= max) return text;
            // Chat programs wrap an address in their own; of it the code is what was meant.
            if (name == "q" && Identifier.IsAddress(text)) return Identifier.Plain(text);
            faults.Add(new(Refusal.TooLong, "/" + name, max));
            return null;
        }
        DateOnly? Date(string name)
        {
            if (Get(name) is not { } text) return null;
            if (Day.Parse(text) is { } day) return day;
            faults.Add(new(Refusal.BadDate, "/" + name));
            return null;
        }
        T? Fail<T>(Refusal refusal, string name, params object[] arguments)
        {
            faults.Add(new(refusal, "/" + name, arguments));
            return default;
        }
        bool Switch(string name)
        {
            var text = Get(name);
            if (text is not (null or "true" or "false")) faults.Add(new(Refusal.UnknownWord, "/" + name, "true, false"));
            return text != "false";
        }
        var nothing = false;
        Word[] Words(string name)
        {
            if (Get(name) is not { } text) return [];
            var words = Word.Split(text);
            if (words.Length > MaxWords) return Fail<Word[]>(Refusal.TooMany, name, MaxWords) ?? [];
            nothing |= words.Length == 0;
            return words;
        }

        var (number, credit, category, group, level, status, region, limit, cursor, body) =
            (Get("number"), Get("uscc"), Get("category"), Get("group"), Get("level"), Get("status"), Get("region"), Get("limit"), Get("cursor", Search.Cursor.MaxText), Get("body"));
        var numberKey = number is null ? null : CertificateNumber.Normalise(number) ?? Fail<string>(Refusal.BadNumber, "number");
        nothing |= body is not null && !Catalogue.IsApprovalNumber(body);
        var code = credit is null ? null : CertificateNumber.Normalise(credit);
        if (credit is not null && code is not { Length: 9 or SocialCreditCode.Length }) Fail<string>(Refusal.BadUscc, "uscc");

        int[] categories = [];
        if (category is not null)
        {
            categories = int.TryParse(category, out var no)
                ? Catalogue.CategoryOf(no) is null ? [] : [no]
                : [.. Catalogue.Categories.Where(c => PlainText.Fold(c.Shown.Zh).Contains(PlainText.Fold(category)) || PlainText.Fold(c.Shown.En).Contains(PlainText.Fold(category))).Select(c => c.No)];
            if (categories.Length == 0) Fail<int>(Refusal.UnknownCategory, "category");
        }
        if (group is not null)
        {
            var inGroup = Catalogue.Categories.Where(c => c.Group == group || Catalogue.GroupName(c.Group).Zh == group).Select(c => c.No).ToArray();
            if (inGroup.Length == 0) Fail<int>(Refusal.UnknownWord, "group", string.Join(", ", Catalogue.Groups.Select(g => g.Code)));
            // A category outside the group leaves nothing; -1 is no category.
            categories = category is null ? inGroup : [.. categories.Intersect(inGroup).DefaultIfEmpty(-1)];
        }
        var wantedLevel = level is null ? null : Catalogue.Schemes.Levels.FirstOrDefault(l => l.Code == level || l.Name.Zh == level)?.Code ?? Fail<string>(Refusal.UnknownWord, "level", Catalogue.Schemes.LevelWords);
        var wantedStatus = status is null ? null : Statuses.Parse(status);
        if (status is not null && wantedStatus is null) Fail<int>(Refusal.UnknownWord, "status", string.Join(", ", Statuses.All.Select(s => s.Word())));
        string[] regions = [];
        if (region is not null)
        {
            regions = region.Length is 6 && region.All(char.IsAsciiDigit) ? [Catalogue.RegionPrefix(region)] : [.. Catalogue.RegionsNamed(region).Select(Catalogue.RegionPrefix).Distinct()];
            if (regions.Length == 0) Fail<int>(Refusal.BadRegion, "region");
        }
        var size = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out size) || size < 1 || size > maxLimit)) Fail<int>(Refusal.OutOfRange, "limit", 1, maxLimit);
        var sort = Get("sort");
        var order = sort is null ? SearchOrder.Newest : SearchOrders.Parse(sort);
        if (order is null) Fail<int>(Refusal.UnknownWord, "sort", string.Join(", ", SearchOrders.All.Select(known => known.Word)));
        var from = cursor is null ? null : Search.Cursor.Parse(cursor);
        // Of another order it would lead to a place that no page ended at.
        if (cursor is not null && (from is null || order is not null && from.Order != order)) Fail<int>(Refusal.BadCursor, "cursor");

        var query = new SearchQuery
        {
            Typed = Get("q"),
            Words = Words("q"),
            HolderWords = Words("holder"),
            ScopeWords = Words("scope"),
            NumberKey = numberKey,
            Uscc = code?.Length == SocialCreditCode.Length ? code : null,
            OrganisationCode = code?.Length == 9 ? code : null,
            Body = body,
            Categories = categories,
            Level = wantedLevel,
            Status = wantedStatus,
            Regions = regions,
            IssuedFrom = Date("issuedFrom"),
            IssuedTo = Date("issuedTo"),
            ExpiresFrom = Date("expiresFrom"),
            ExpiresTo = Date("expiresTo"),
            On = Date("on"),
            Order = order ?? default,
            Limit = size,
            Total = Switch("total"),
            Facets = Switch("facets"),
            Cursor = from,
        };
        return faults.Count == 0 ? query with { Nothing = nothing } : throw new FaultException(faults);
    }

    /// <summary>Whether the text of a row holds every word: the index knows only which terms occur, not that they stand together.</summary>
    public bool Matches(RowText row) => Words.All(row.Holds) && MatchesBeside(row);

    /// <summary>Whether it holds the words asked for beside q.</summary>
    public bool MatchesBeside(RowText row) => HolderWords.All(row.InHolder) && ScopeWords.All(row.InScope);
}
