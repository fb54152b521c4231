namespace Registry.Certificates;

/// <summary>A certificate as a body posts it, before anything is checked.</summary>
public sealed record CertificateDraft : OptionalTexts
{
    public CertificateDraft() { }

    /// <summary>With the same optional texts.</summary>
    public CertificateDraft(OptionalTexts texts) : base(texts) { }

    /// <summary>证书编号, at most 50 characters without white space.</summary>
    public string? Number { get; init; }
    public HolderDraft? Holder { get; init; }
    /// <summary>Catalogue number, 1 to 28.</summary>
    public int? Category { get; init; }
    /// <summary>Level code, such as five-star.</summary>
    public string? Level { get; init; }
    /// <summary>The score, checked against the level and then dropped: it is not public.</summary>
    public decimal? Score { get; init; }
    public string? Scope { get; init; }
    public string[]? Sites { get; init; }
    /// <summary>YYYY-MM-DD, a day in Asia/Shanghai.</summary>
    public DateOnly? IssuedOn { get; init; }
    public DateOnly? FirstIssuedOn { get; init; }
    /// <summary>The last day of validity; left out, the scheme's full term.</summary>
    public DateOnly? ExpiresOn { get; init; }
    public DateOnly? SurveyedOn { get; init; }
    /// <summary>Id of the certificate this one replaces.</summary>
    public string? Replaces { get; init; }

    public const int MaxName = 200, MaxAddress = 300, MaxScope = 2000, MaxSites = 50;

    /// <summary>The draft that would give this content.</summary>
    public static CertificateDraft Of(CertificateContent content) => new(content)
    {
        Number = content.Number,
        Holder = new()
        {
            Name = content.Holder.Name,
            NameEn = content.Holder.NameEn,
            Uscc = content.Holder.Uscc,
            Region = content.Holder.Region,
            Address = content.Holder.Address,
        },
        Category = content.Category,
        Level = content.Level,
        Scope = content.Scope,
        Sites = content.Sites,
        IssuedOn = content.IssuedOn,
        FirstIssuedOn = content.FirstIssuedOn,
        ExpiresOn = content.ExpiresOn,
        SurveyedOn = content.SurveyedOn,
        Replaces = content.Replaces,
    };

    /// <summary>Checks everything at once. <paramref name="faults"/> receives every error with its pointer under <paramref name="at"/>; the
    /// content is null when there is one.</summary>
    public CertificateContent? Check(DateOnly today, List<Fault> faults, string at = "")
    {
        var before = faults.Count;
        void Fail(Refusal refusal, string field, params object[] arguments) => faults.Add(new(refusal, at + field, arguments));
        string? Clean(string? text, string field, int max, bool required = false, Func<string, bool>? spoilt = null)
        {
            var (clean, refusal) = PlainText.Clean(text, max);
            if (refusal is not null) Fail(refusal, field, max);
            else if (clean is null && required) Fail(Refusal.Required, field);
            else if (clean is not null && Surplus.SaysNone(clean)) Fail(Refusal.SaysNone, field, PlainText.Echo(clean));
            else if (clean is not null && (spoilt ?? Spoilt.Text)(clean)) Fail(Refusal.Spoilt, field, PlainText.Echo(clean));
            return clean;
        }
        void Alone(string? text, Func<string, string?> around, string field)
        {
            if (text is null || around(text) is not { } surplus) return;
            Fail(Refusal.HoldsMore, field, PlainText.Echo(text), PlainText.Echo(surplus));
        }
        DateOnly? Date(DateOnly? day, string field)
        {
            if (day < Day.Earliest || day > Day.Latest) Fail(Refusal.BadDate, field);
            return day;
        }

        var number = Clean(Number, "/number", CertificateNumber.MaxLength * 4, required: true, Spoilt.Number);
        if (number is not null && CertificateNumber.Normalise(number) is null) Fail(Refusal.BadNumber, "/number");
        Alone(number, Surplus.AroundNumber, "/number");
        var name = Clean(Holder?.Name, "/holder/name", MaxName, required: true, Spoilt.Name);
        Alone(name, Surplus.AroundName, "/holder/name");
        var nameEn = Clean(Holder?.NameEn, "/holder/nameEn", MaxName, spoilt: Spoilt.Name);
        var uscc = Clean(Holder?.Uscc, "/holder/uscc", 40);
        if (uscc is { } typedCode && (uscc = SocialCreditCode.Parse(typedCode)) is null && !Spoilt.Text(typedCode)
            && !Surplus.SaysNone(typedCode))
            Fail(Spoilt.Code(typedCode) ? Refusal.Spoilt : Refusal.BadUscc, "/holder/uscc", PlainText.Echo(typedCode));
        var region = Clean(Holder?.Region, "/holder/region", 50);
        if (region is not null && !(region.Length == 6 && region.All(char.IsAsciiDigit)))
        {
            var named = Catalogue.RegionsNamed(region);
            if (named.Count == 1) region = named[0];
            else Fail(Refusal.BadRegion, "/holder/region");
        }
        var address = Clean(Holder?.Address, "/holder/address", MaxAddress);
        var texts = new string?[Fields.Texts.Count];
        for (var i = 0; i < texts.Length; i++)
            if (Fields.Texts[i] is var text) texts[i] = Clean(text.Get(this), text.Pointer, text.MaxLength);
        var scope = Clean(Scope, "/scope", MaxScope, required: true);
        var sites = new List<string>();
        if (Sites?.Length > MaxSites) Fail(Refusal.TooMany, "/sites", MaxSites);
        else
            for (var i = 0; i < Sites?.Length; i++)
                if (Clean(Sites[i], $"/sites/{i}", MaxAddress, required: true) is { } site) sites.Add(site);

        DateOnly? issued = Date(IssuedOn, "/issuedOn"), first = Date(FirstIssuedOn, "/firstIssuedOn");
        DateOnly? expires = Date(ExpiresOn, "/expiresOn"), surveyed = Date(SurveyedOn, "/surveyedOn");
        if (issued is null) Fail(Refusal.Required, "/issuedOn");
        else if (issued > today.AddYears(1)) Fail(Refusal.TooFarAhead, "/issuedOn");
        if (first > issued) Fail(Refusal.FirstIssueAfterIssue, "/firstIssuedOn");
        if (expires < issued) Fail(Refusal.ExpiryBeforeIssue, "/expiresOn");
        if (surveyed < issued || surveyed > today) Fail(Refusal.SurveyOutOfTerm, "/surveyedOn");

        string? level = null, ownStandard = null;
        if (Category is null) Fail(Refusal.Required, "/category");
        else if (Catalogue.CategoryOf(Category.Value) is null) Fail(Refusal.UnknownCategory, "/category");
        else
        {
            var scheme = Catalogue.SchemeOf(Category.Value, issued ?? today);
            level = CheckLevel(scheme, Fail);
            if (scheme.TermMonths is not { } months)
            {
                if (expires is null) Fail(Refusal.Required, "/expiresOn");
            }
            else if (issued is { } from && from <= Day.Latest.AddYears(-10))
            {
                // A term of three years from 2023-03-01 ends on 2026-02-28; bodies also print the same day three years later.
                expires ??= from.AddMonths(months).AddDays(-1);
                if (expires > from.AddMonths(months)) Fail(Refusal.TermTooLong, "/expiresOn", months);
            }
            ownStandard = scheme.Standard;
        }

        var replaces = Clean(Replaces, "/replaces", 40);
        if (replaces is { } typedId && (replaces = Identifier.Parse(typedId)) is null) Fail(Refusal.Mistyped, "/replaces");

        if (faults.Count > before) return null;
        var content = new CertificateContent
        {
            Number = number!,
            Holder = new() { Name = name!, NameEn = nameEn, Uscc = uscc, Region = region, Address = address },
            Category = Category!.Value,
            Level = level,
            Scope = scope!,
            Sites = sites.Count == 0 ? null : [.. sites],
            IssuedOn = issued!.Value,
            FirstIssuedOn = first,
            ExpiresOn = expires!.Value,
            SurveyedOn = surveyed,
            Replaces = replaces,
        };
        for (var i = 0; i < texts.Length; i++) Fields.Texts[i].Set(content, texts[i]);
        content.Standard ??= ownStandard;
        return content;
    }

    private string? CheckLevel(Scheme scheme, Action<Refusal, string, object[]> fail)
    {
        var level = string.IsNullOrWhiteSpace(Level) ? null : Level.Trim();
        if (scheme.Levels.Length == 0)
        {
            if (level is not null) fail(Refusal.NoLevels, "/level", []);
            if (Score is not null) fail(Refusal.NoScores, "/score", []);
            return null;
        }
        var codes = new Text(
            string.Join("、", scheme.Levels.Select(known => $"{known.Name.Zh}（{known.Code}）")),
            string.Join(", ", scheme.Levels.Select(known => known.Code)));
        var stated = scheme.LevelOf(level);
        if (level is null) fail(Refusal.LevelRequired, "/level", [codes]);
        else if (stated is null) fail(Refusal.UnknownLevel, "/level", [codes]);
        if (Score is not { } score) return stated?.Code;
        if (!scheme.HasScores) fail(Refusal.NoScores, "/score", []);
        else if (score is < 0 or > 101) fail(Refusal.BadScore, "/score", []);
        else if (scheme.LevelFor(score) is not { } earned) fail(Refusal.ScoreTooLow, "/score", [scheme.Levels[0].MinimumScore!]);
        else if (stated is not null && earned != stated) fail(Refusal.ScoreDisagrees, "/score", [earned.Name]);
        return stated?.Code;
    }
}

/// <summary>The holder as a body posts it.</summary>
public sealed record HolderDraft
{
    public string? Name { get; init; }
    public string? NameEn { get; init; }
    /// <summary>统一社会信用代码; foreign holders have none.</summary>
    public string? Uscc { get; init; }
    /// <summary>Six digits of GB/T 2260, or a full name such as 山东省青岛市.</summary>
    public string? Region { get; init; }
    public string? Address { get; init; }
}
