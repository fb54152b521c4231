using System.Globalization;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>The cells of one row as they are read, each in its place; what cannot be read becomes a fault and leaves its place
/// empty.</summary>
public sealed class RowCells
{
    private const int MaxCell = 8192;
    private static readonly char[] betweenSites = ['；', ';'], lines = ['\n'];
    private const StringSplitOptions tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
    private static readonly Text blank = new("空", "blank");
    private static readonly (Status Act, string Pointer)[] daysOfActs =
        [(Status.Suspended, "/suspendedOn"), (Status.Revoked, "/revokedOn"), (Status.Cancelled, "/cancelledOn")];

    private static readonly Text acts = Listed(daysOfActs.Select(day => (day.Act.Name().Zh, day.Act.Word())));
    private static readonly Text statuses = Listed(Statuses.All.Select(status => (status.Name().Zh, status.Word())));
    private static readonly Text reasons = Listed(Enum.GetValues<Reason>().Select(reason => (reason.Name().Zh, reason.Word())));

    private readonly Dictionary<string, string> texts = [];
    private readonly Dictionary<string, DateOnly> days = [];
    private int? category;
    private decimal? score;
    private Status? status;
    private Reason? reason;

    public string[]? Sites { get; set; }
    /// <summary>Number or id of the certificate it replaces.</summary>
    public string? Replaces => texts.GetValueOrDefault("/replaces");
    /// <summary>Name of the body.</summary>
    public string? BodyName => texts.GetValueOrDefault("/bodyName");
    /// <summary>Approval number.</summary>
    public string? Body => texts.GetValueOrDefault("/body");

    /// <summary>Reads a cell of a column of imports.</summary>
    /// <param name="pointer">The column's.</param>
    /// <param name="text">What the cell says; not empty.</param>
    /// <param name="faults">Receives why it cannot be read.</param>
    public void Set(string pointer, string text, List<Fault> faults)
    {
        if (text.Length > MaxCell) faults.Add(new(Refusal.TooLong, pointer, MaxCell));
        else if (Spoilt.IsError(text)) faults.Add(new(Refusal.Spoilt, pointer, PlainText.Echo(text)));
        else
            switch (pointer)
            {
                case "/category":
                    if ((category = Words.Category(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, Words.AllCategories));
                    break;
                case "/status":
                    if ((status = Words.Status(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, statuses));
                    break;
                case "/reason":
                    if ((reason = Reasons.Parse(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, reasons));
                    break;
                case "/score":
                    if ((score = Number(text)) is null) faults.Add(new(Refusal.WrongType, pointer, new Text("数字", "a number")));
                    break;
                case "/sites":
                    Sites = text.Split(text.Contains('\n') ? lines : betweenSites, tidy);
                    break;
                case { } day when day.EndsWith("On", StringComparison.Ordinal) || day == "/until":
                    if (Dates.Read(text, pointer, faults) is { } read) days[pointer] = read;
                    break;
                default:
                    texts[pointer] = text;
                    break;
            }
    }

    /// <summary>The certificate as the row drafts it, without what it replaces.</summary>
    public CertificateDraft Draft()
    {
        var draft = Typed();
        foreach (var text in Fields.Texts) text.Set(draft, texts.GetValueOrDefault(text.Pointer));
        return draft;
    }

    private CertificateDraft Typed() => new()
    {
        Number = texts.GetValueOrDefault("/number"),
        Holder = new()
        {
            Name = texts.GetValueOrDefault("/holder/name"),
            NameEn = texts.GetValueOrDefault("/holder/nameEn"),
            Uscc = texts.GetValueOrDefault("/holder/uscc"),
            Region = texts.GetValueOrDefault("/holder/region"),
            Address = texts.GetValueOrDefault("/holder/address"),
        },
        Category = category,
        Level = Level(),
        Score = score,
        Scope = texts.GetValueOrDefault("/scope"),
        Sites = Sites,
        IssuedOn = DayAt("/issuedOn"),
        FirstIssuedOn = DayAt("/firstIssuedOn"),
        ExpiresOn = DayAt("/expiresOn"),
        SurveyedOn = DayAt("/surveyedOn"),
    };

    /// <summary>Its code, by the names that the edition of the row gives its levels; as written where that is none of them.</summary>
    private string? Level()
    {
        if (texts.GetValueOrDefault("/level") is not { } text || category is not { } no) return texts.GetValueOrDefault("/level");
        return Words.Level(text, Catalogue.SchemeOf(no, DayAt("/issuedOn") ?? DateOnly.MaxValue)) ?? text;
    }

    /// <summary>The status with the day that goes with it. What belongs to another act, or stands beside none, would be lost: it is
    /// refused.</summary>
    public StatedStatus? Stated(List<Fault> faults)
    {
        var on = DayAt("/statusOn");
        var word = status?.Name() ?? blank;
        void OfAnother(string pointer, Text wanted) => faults.Add(new(Refusal.OfAnotherStatus, pointer, wanted, word));
        foreach (var (act, pointer) in daysOfActs)
        {
            if (DayAt(pointer) is not { } day) continue;
            if (act != status) OfAnother(pointer, act.Name());
            else if (on is { } other && other != day) faults.Add(new(Refusal.StatusDisagrees, pointer, $"{day:yyyy-MM-dd}", Since(other)));
            else on = day;
        }
        var until = DayAt("/until");
        if (until is not null && status != Status.Suspended) OfAnother("/until", Status.Suspended.Name());
        if (reason is not null && daysOfActs.All(day => day.Act != status)) OfAnother("/reason", acts);
        if (on is not null && status is null) OfAnother("/statusOn", acts);
        return status is { } stated ? new(stated, on, until, reason) : null;
    }

    private static Text Since(DateOnly day) => new($"状态日期为 {day:yyyy-MM-dd}", $"its status is of {day:yyyy-MM-dd}");

    private DateOnly? DayAt(string pointer) => days.TryGetValue(pointer, out var day) ? day : null;

    private static decimal? Number(string text)
    {
        var plain = PlainText.Unified(text);
        return decimal.TryParse(plain, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static Text Listed(IEnumerable<(string Zh, string En)> words) =>
        new(string.Join("、", words.Select(word => word.Zh)), string.Join(", ", words.Select(word => word.En)));
}
