using Registry.Certificates;

namespace Registry.Search;

/// <summary>Reads a search from its parameters, and finds every fault at once.</summary>
/// <param name="parameter">The value of a name.</param>
/// <param name="known">Up to when the record is known; null where no earlier record can be asked of.</param>
/// <param name="days">Whether a day will do for the instant of that record.</param>
internal sealed class QueryReader(Func<string, string?> parameter, DateTimeOffset? known, bool days)
{
    private readonly List<Fault> faults = [];

    /// <summary>Text was asked for, but nothing in it can be searched, or a body that cannot be.</summary>
    private bool nothing;

    /// <exception cref="FaultException">One of them cannot be read.</exception>
    public SearchQuery Read(int maxLimit)
    {
        var (typed, code, order) = (Get("q"), CreditCode(), Order());
        var query = new SearchQuery
        {
            Typed = typed,
            Words = Words("q", typed),
            HolderWords = Words("holder", Get("holder")),
            ScopeWords = Words("scope", Get("scope")),
            NumberKey = Number(),
            Uscc = code?.Length == SocialCreditCode.Length ? code : null,
            OrganisationCode = code?.Length == SocialCreditCode.OrganisationLength ? code : null,
            Body = Body(),
            Categories = Categories(),
            Level = Level(),
            Status = Status(),
            Regions = Regions(),
            IssuedFrom = Date("issuedFrom"),
            IssuedTo = Date("issuedTo"),
            ExpiresFrom = Date("expiresFrom"),
            ExpiresTo = Date("expiresTo"),
            On = Date("on"),
            KnownAt = KnownAt(),
            Order = order ?? default,
            Limit = Limit(maxLimit),
            Total = Switch("total"),
            Facets = Switch("facets"),
            Cursor = Cursor(order),
        };
        return faults.Count == 0 ? query with { Nothing = nothing } : throw new FaultException(faults);
    }

    /// <summary>No category has it: nothing is found.</summary>
    private const int NoCategory = -1;

    private void Fail(Refusal refusal, string name, params object[] arguments) => faults.Add(new(refusal, "/" + name, arguments));

    private string? Get(string name, int max = SearchQuery.MaxText)
    {
        var text = parameter(name)?.Trim();
        if (string.IsNullOrEmpty(text)) return null;
        if (text.Length <= max) return text;
        // Chat programs wrap an address in their own; of it the code is what was meant.
        if (name == "q" && Identifier.IsAddress(text)) return Identifier.Plain(text);
        Fail(Refusal.TooLong, name, max);
        return null;
    }

    private DateOnly? Date(string name)
    {
        if (Get(name) is not { } text) return null;
        var day = Day.Parse(text);
        if (day is null) Fail(Refusal.BadDate, name);
        return day;
    }

    /// <summary>What the index decides by what is known now.</summary>
    private static readonly string[] ofNow = ["level", "status", "issuedFrom", "issuedTo", "expiresFrom", "expiresTo"];

    private DateTimeOffset? KnownAt()
    {
        if (known is not { } limit || Get(SearchQuery.KnownAtName) is not { } text) return null;
        foreach (var name in ofNow)
            if (Get(name) is not null) Fail(Refusal.KnownAtWith, name, name);
        return Instant.ReadKnownAt(text, limit, faults, days);
    }

    private bool Switch(string name)
    {
        var text = Get(name);
        if (text is not (null or "true" or "false")) Fail(Refusal.UnknownWord, name, "true, false");
        return text != "false";
    }

    private Word[] Words(string name, string? text)
    {
        if (text is null) return [];
        var words = Word.Split(text);
        if (words.Length > SearchQuery.MaxWords) Fail(Refusal.TooMany, name, SearchQuery.MaxWords);
        nothing |= words.Length == 0;
        return words;
    }

    private string? Number()
    {
        if (Get("number") is not { } typed) return null;
        var number = CertificateNumber.Normalise(typed);
        if (number is null) Fail(Refusal.BadNumber, "number");
        return number;
    }

    /// <summary>A credit code, or the older code within it.</summary>
    private string? CreditCode()
    {
        if (Get("uscc") is not { } typed) return null;
        var code = SocialCreditCode.ParseOrganisation(typed) ?? CertificateNumber.Normalise(typed);
        if (code is not { Length: SocialCreditCode.OrganisationLength or SocialCreditCode.Length }) Fail(Refusal.BadUscc, "uscc");
        return code;
    }

    private string? Body()
    {
        var body = Get("body");
        nothing |= body is not null && !Catalogue.IsApprovalNumber(body);
        return body;
    }

    private int[] Categories()
    {
        var (category, group) = (Get("category"), Get("group"));
        int[]? asked = category is null ? null : CategoriesOf(category), inGroup = group is null ? null : CategoriesIn(group);
        if (asked is { Length: 0 }) Fail(Refusal.UnknownCategory, "category");
        if (inGroup is { Length: 0 }) Fail(Refusal.UnknownWord, "group", string.Join(", ", Catalogue.Groups.Select(known => known.Code)));
        if (asked is null || inGroup is null) return asked ?? inGroup ?? [];
        return [.. asked.Intersect(inGroup).DefaultIfEmpty(NoCategory)];
    }

    /// <summary>A category by its number, or those whose name holds a text.</summary>
    private static int[] CategoriesOf(string category)
    {
        if (int.TryParse(category, out var no)) return Catalogue.CategoryOf(no) is null ? [] : [no];
        var text = PlainText.Fold(category);
        bool Holds(string name) => PlainText.Fold(name).Contains(text);
        return [.. Catalogue.Categories.Where(known => Holds(known.Shown.Zh) || Holds(known.Shown.En)).Select(known => known.No)];
    }

    private static int[] CategoriesIn(string group)
    {
        var asked = Catalogue.Categories.Where(known => known.Group == group || Catalogue.GroupName(known.Group).Zh == group);
        return [.. asked.Select(known => known.No)];
    }

    private string? Level()
    {
        if (Get("level") is not { } typed) return null;
        var level = Catalogue.Schemes.Levels.FirstOrDefault(known => known.Code == typed || known.Name.Zh == typed)?.Code;
        if (level is null) Fail(Refusal.UnknownWord, "level", Catalogue.Schemes.LevelWords);
        return level;
    }

    private Status? Status()
    {
        if (Get("status") is not { } typed) return null;
        var status = Statuses.Parse(typed);
        if (status is null) Fail(Refusal.UnknownWord, "status", string.Join(", ", Statuses.All.Select(known => known.Word())));
        return status;
    }

    /// <summary>Beginnings of codes, of a code or of every region of a name.</summary>
    private string[] Regions()
    {
        if (Get("region") is not { } typed) return [];
        var codes = typed.Length is 6 && typed.All(char.IsAsciiDigit) ? [typed] : Catalogue.RegionsNamed(typed);
        string[] regions = [.. codes.Select(Catalogue.RegionPrefix).Distinct()];
        if (regions.Length == 0) Fail(Refusal.BadRegion, "region");
        return regions;
    }

    private int Limit(int most)
    {
        if (Get("limit") is not { } typed) return SearchQuery.DefaultLimit;
        var isNumber = int.TryParse(typed, out var limit);
        if (!isNumber || limit < 1 || limit > most) Fail(Refusal.OutOfRange, "limit", 1, most);
        return limit;
    }

    /// <summary>Null for one that is unknown.</summary>
    private SearchOrder? Order()
    {
        if (Get("sort") is not { } typed) return SearchOrder.Newest;
        var order = SearchOrders.Parse(typed);
        if (order is null) Fail(Refusal.UnknownWord, "sort", string.Join(", ", SearchOrders.All.Select(known => known.Word)));
        return order;
    }

    private Cursor? Cursor(SearchOrder? order)
    {
        if (Get("cursor", Search.Cursor.MaxText) is not { } typed) return null;
        var from = Search.Cursor.Parse(typed);
        // Of another order it would lead to a place that no page ended at.
        if (from is null || order is not null && from.Order != order) Fail(Refusal.BadCursor, "cursor");
        return from;
    }
}
