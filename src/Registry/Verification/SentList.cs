using System.Data.Common;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;
using Registry.Transparency;

namespace Registry.Verification;

/// <summary>What an address says of a table that is sent to it: the day of every row that has none of its own, what is asked of all, and
/// how it is to be read.</summary>
public sealed record ListQuery
{
    /// <summary>The day.</summary>
    public string? On { get; init; }
    /// <summary>Catalogue number or name that is asked for.</summary>
    public string? Category { get; init; }
    /// <summary>Standard that is asked for.</summary>
    public string? Standard { get; init; }
    /// <summary>The least level.</summary>
    public string? Level { get; init; }
    /// <summary>Words that must all occur in the scope.</summary>
    public string? Scope { get; init; }
    /// <summary>An instant with its offset: nothing recorded since counts.</summary>
    public string? KnownAt { get; init; }
    /// <summary>Name or place (from 1) of the sheet of a workbook; left out, the one that looks most like a list.</summary>
    public string? Sheet { get; init; }
    /// <summary>Line of the headings, 0 for none; left out, they are found.</summary>
    public string? Header { get; init; }
    /// <summary>Fields of the columns with commas between, - for one that is not used: <c>-,name,number,on</c>; left out, they are
    /// told by headings and by what is on record.</summary>
    public string? Columns { get; init; }

    /// <summary>The names that say something, with what they say.</summary>
    public IEnumerable<(string Name, string Value)> Said
    {
        get
        {
            (string Name, string? Value)[] all =
            [
                ("on", On), ("category", Category), ("standard", Standard), ("level", Level), ("scope", Scope), ("knownAt", KnownAt),
                ("sheet", Sheet), ("header", Header), ("columns", Columns),
            ];
            return all.Where(one => !string.IsNullOrWhiteSpace(one.Value)).Select(one => (one.Name, one.Value!));
        }
    }

    /// <summary>How the table is to be read.</summary>
    public ListChoice Choice(List<Fault> faults) => ListChoice.Read(Sheet, Header, Columns, faults);

    /// <summary>What is asked of every row.</summary>
    public VerificationRequest Demands(DateTimeOffset known, List<Fault> faults)
    {
        var category = string.IsNullOrWhiteSpace(Category) ? null : Words.Category(Category);
        if (category is null && !string.IsNullOrWhiteSpace(Category)) faults.Add(new(Refusal.UnknownCategory, "/category"));
        var level = string.IsNullOrWhiteSpace(Level) ? null : Words.Level(Level);
        if (level is null && !string.IsNullOrWhiteSpace(Level))
            faults.Add(new(Refusal.UnknownWord, "/level", Catalogue.Schemes.LevelWords));
        if (Standard?.Length > SentList.MaxField) faults.Add(new(Refusal.TooLong, "/standard", SentList.MaxField));
        if (Scope?.Length > SentList.MaxField) faults.Add(new(Refusal.TooLong, "/scope", SentList.MaxField));
        var until = Instant.ReadKnownAt(KnownAt, known, faults);
        var knownAt = until is { } instant ? Milliseconds.Text(instant) : null;
        return new(Dates.Read(On, "/on", faults, serials: false), category, Standard, level, Scope, null, knownAt);
    }
}

/// <summary>A list as it was sent, in any of the forms that are taken, before anything is looked up: the one reading of checks and of
/// signed answers.</summary>
public sealed class SentList : IDisposable
{
    /// <summary>Characters of a field.</summary>
    public const int MaxField = 300;
    /// <summary>Bytes of a request in JSON: 10,000 rows with every field and a scope of some length. Bytes of a file.</summary>
    private const int MaxJson = 4 << 20;
    /// <inheritdoc cref="MaxJson"/>
    public const int MaxFile = 16 << 20;
    /// <summary>What a form may have beside its file.</summary>
    private const int BesideFile = 1 << 16;
    private const string Form = "multipart/form-data";

    private static readonly string[] tables =
    [
        MediaTypes.Csv, MediaTypes.Tabs, "text/plain", "application/csv",
        MediaTypes.Workbook, MediaTypes.MacroWorkbook, MediaTypes.OldWorkbook,
        "application/octet-stream", "application/gzip", Form,
    ];

    /// <summary>Content types taken: what a file is, it says itself.</summary>
    public static readonly string[] Taken = ["application/json", .. tables];

    private readonly VerificationRow[]? rows;
    private readonly ListChoice choice = new();
    private readonly string? home;
    private readonly IDisposable? kept;

    private SentList(VerificationRequest request, string home) =>
        (Demands, rows, this.home) = (request with { Rows = null }, request.Rows!, home);

    private SentList(SentTable table, VerificationRequest demands, ListChoice choice, string? home, IDisposable? kept) =>
        (Table, Demands, this.choice, this.home, this.kept) = (table, demands, choice, home, kept);

    /// <summary>The day of every row that has none of its own, and what is asked of all certificates. It holds no rows.</summary>
    public VerificationRequest Demands { get; }

    /// <summary>The table it was sent as; null where it came as JSON.</summary>
    public SentTable? Table { get; }

    /// <summary>Reads a request. What is kept of it goes when the request ends.</summary>
    /// <exception cref="FaultException">Its content is not taken, too large, or holds faults.</exception>
    public static async Task<SentList> Of(HttpContext context, ListQuery query)
    {
        var known = context.RequestServices.GetRequiredService<KnownTo>().Now;
        var type = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var list = context.Request.HasJsonContentType() ? await OfJson(context, query, known) : await OfTable(context, query, type, known);
        context.Response.RegisterForDispose(list);
        return list;
    }

    private static async Task<SentList> OfJson(HttpContext context, ListQuery query, DateTimeOffset known)
    {
        // In JSON the request itself says all this: what is said in two places could differ.
        if (query.Said.Select(one => new Fault(Refusal.UnknownParameter, "/" + one.Name, one.Name, "")).ToArray() is { Length: > 0 } faults)
            throw new FaultException(faults);
        SentForm.Allow(context, MaxJson);
        var (request, _) = await Json.ReadAsync<VerificationRequest>(context.Request, MaxJson);
        return new(Checked(request, known), HomeOf(context));
    }

    private static string HomeOf(HttpContext context) => context.RequestServices.GetRequiredService<PublicAddress>().Base;

    private static async Task<SentList> OfTable(HttpContext context, ListQuery query, string? type, DateTimeOffset known)
    {
        var packed = context.Request.Headers.ContentEncoding.ToString();
        if (type is not null && !tables.Contains(type) || packed is not ("" or "gzip" or "identity"))
            throw new FaultException(Refusal.UnsupportedMedia, "", string.Join(", ", Taken));
        SentForm.Allow(context, MaxFile + BesideFile);
        var files = type == Form ? (await SentForm.Read<NoFields>(context, MaxFile, BesideFile)).Files : null;
        if (files is { Count: not 1 }) throw new FaultException(Refusal.OneFile, "", files.Count);
        await using var sent = files?[0].OpenReadStream();
        var kept = await KeptFile.Of(sent ?? context.Request.Body, MaxFile, context.RequestAborted);
        try { return Of(kept, query, known, HomeOf(context), kept); }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file.</summary>
    /// <param name="file">Can seek; stays open as long as the list.</param>
    /// <param name="query">What is said of it.</param>
    /// <param name="known">Up to when the registry knows.</param>
    /// <param name="home">As <see cref="AskedList.Home"/>.</param>
    /// <param name="kept">What goes with the list.</param>
    public static SentList Of(Stream file, ListQuery query, DateTimeOffset known, string? home, IDisposable? kept)
    {
        var (demands, choice) = Read(query, known);
        return new(SentTable.Of(file, choice.Sheet), demands, choice, home, kept);
    }

    /// <summary>A text that was pasted.</summary>
    /// <inheritdoc cref="Of(Stream, ListQuery, DateTimeOffset, string, IDisposable)"/>
    public static SentList Of(string text, ListQuery query, DateTimeOffset known, string? home)
    {
        var (demands, choice) = Read(query, known);
        return new(SentTable.Of(text), demands, choice, home, null);
    }

    private static (VerificationRequest, ListChoice) Read(ListQuery query, DateTimeOffset known)
    {
        var faults = new List<Fault>();
        var read = (query.Demands(known, faults), query.Choice(faults));
        return faults.Count == 0 ? read : throw new FaultException(faults);
    }

    /// <summary>What it asks, row by row, with what is on record to tell what its cells are, and the answer from the same
    /// snapshot.</summary>
    /// <param name="db">The snapshot.</param>
    /// <param name="now">The instant.</param>
    /// <param name="language">Of the messages.</param>
    /// <exception cref="FaultException">It asks nothing, or too much.</exception>
    public (AskedList Asked, VerificationAnswer Answer) Answer(DbConnection db, DateTimeOffset now, Language language)
    {
        var asked = Bounded(db, now);
        return (asked, Written(asked, db, now, language).Whole());
    }

    /// <summary>The same for whoever writes it while the snapshot is open.</summary>
    /// <inheritdoc cref="Answer"/>
    public WrittenVerdicts Written(DbConnection db, DateTimeOffset now, Language language) =>
        Written(Bounded(db, now), db, now, language);

    private WrittenVerdicts Written(AskedList asked, DbConnection db, DateTimeOffset now, Language language) =>
        asked.Written(db, Demands, now, language) with { Reading = Table is null ? null : asked.Reading(Table, language) };

    /// <summary>The same of a table as the cells that stand beside its rows: of a long list no more is held.</summary>
    /// <param name="db">The snapshot.</param>
    /// <param name="now">The instant.</param>
    /// <param name="address">The registry's public address.</param>
    /// <param name="language">Of headings and words.</param>
    /// <inheritdoc cref="Answer"/>
    public BesideRows Beside(DbConnection db, DateTimeOffset now, string address, Language language)
    {
        var asked = Bounded(db, now);
        return AnswerTable.Beside(asked, asked.Verdicts(db, Demands, now, language), now, address, language);
    }

    private AskedList Bounded(DbConnection db, DateTimeOffset now)
    {
        var asked = Ask(db, now);
        if (asked.Rows.Count == 0) throw new FaultException(Refusal.NothingAsked);
        var isTooLong = Table?.IsCut == true || asked.Rows.Count > Verifier.MaxRows;
        return isTooLong ? throw new FaultException(Refusal.TooManyRows, "", Verifier.MaxRows) : asked;
    }

    /// <summary>What it asks, to be shown before it is answered.</summary>
    public AskedList Ask(DbConnection db, DateTimeOffset now) =>
        Table is null ? AskedList.Of(rows!, home) : ListReader.Read(db, Table, choice, Day.Of(now), home);

    public void Dispose()
    {
        Table?.Dispose();
        kept?.Dispose();
    }

    /// <summary>A request that is right, with its instant as it is written here.</summary>
    /// <exception cref="FaultException">It holds faults.</exception>
    public static VerificationRequest Checked(VerificationRequest request, DateTimeOffset known)
    {
        if (request.Rows is not { Length: > 0 }) throw new FaultException(Refusal.Required, "/rows");
        if (request.Rows.Length > Verifier.MaxRows) throw new FaultException(Refusal.TooManyRows, "/rows", Verifier.MaxRows);
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
            Length(row.Number, $"{at}/number");
            Length(row.Name, $"{at}/name");
            Starless(row.Name, $"{at}/name");
            Length(row.NameEn, $"{at}/nameEn");
            Length(row.Uscc, $"{at}/uscc");
            Length(row.Code, $"{at}/code");
            Alone(row.Code, $"{at}/code");
            Length(row.Body, $"{at}/body");
            Within(row.IssuedOn, $"{at}/issuedOn");
            Within(row.FirstIssuedOn, $"{at}/firstIssuedOn");
            Within(row.ExpiresOn, $"{at}/expiresOn");
            Asked(at, row.On, row.Category, row.Standard, row.Level, row.Scope);
        }
        if (faults.Count > 0) throw new FaultException(faults);
        return request with { KnownAt = until is { } instant ? Milliseconds.Text(instant) : null };

        // Names are compared without signs: the level that is asked in stars would be passed over.
        void Starless(string? name, string pointer)
        {
            if (name is not null && name.AsSpan().ContainsAny(PastedLine.Stars))
                faults.Add(new(Refusal.HoldsMore, pointer, PlainText.Echo(name), "★"));
        }
        // Whom a text names at the code would be compared with nothing.
        void Alone(string? code, string pointer)
        {
            if (code is null || code.Length > MaxField || Identifier.IsAlone(code)) return;
            if (PastedLine.OrganisationIn(code) is { } name)
                faults.Add(new(Refusal.HoldsMore, pointer, PlainText.Echo(code), PlainText.Echo(name)));
        }
        void Length(string? field, string pointer)
        {
            if (field?.Length > MaxField) faults.Add(new(Refusal.TooLong, pointer, MaxField));
        }
        void Within(DateOnly? day, string pointer)
        {
            if (day < Day.Earliest || day > Day.Latest) faults.Add(new(Refusal.BadDate, pointer));
        }
        void Asked(string at, DateOnly? on, int? category, string? standard, string? level, string? scope)
        {
            Within(on, at + "/on");
            if (category is { } no && Catalogue.CategoryOf(no) is null) faults.Add(new(Refusal.UnknownCategory, at + "/category"));
            var isLevel = string.IsNullOrWhiteSpace(level) || Words.Level(level) is not null;
            if (!isLevel) faults.Add(new(Refusal.UnknownWord, at + "/level", Catalogue.Schemes.LevelWords));
            Length(standard, at + "/standard");
            Length(scope, at + "/scope");
        }
    }
}
