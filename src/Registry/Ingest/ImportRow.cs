using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>A status that a row states beside its certificate, and what it says about it.</summary>
public sealed record StatedStatus(Status Status, DateOnly? On, DateOnly? Until, Reason? Reason)
{
    /// <summary>The act that would make a certificate so; null where the status follows from the dates.</summary>
    public Amendment? Act(string body, string id, DateOnly on) => Status switch
    {
        Status.Suspended => new Suspend { Body = body, Certificate = id, EffectiveOn = on, Until = Until, Reason = Reason },
        Status.Revoked => new Revoke { Body = body, Certificate = id, EffectiveOn = on, Reason = Reason },
        Status.Cancelled => new Cancel { Body = body, Certificate = id, EffectiveOn = on, Reason = Reason },
        _ => null,
    };

    public bool IsAct => Status is Status.Suspended or Status.Revoked or Status.Cancelled;
}

/// <summary>One row of an import, read. Where there is a fault it cannot be taken, and all its faults are there.</summary>
public sealed record ImportRow
{
    /// <summary>As the row states it: whoever mends a long list looks for the number first.</summary>
    public string? Number { get; init; }
    /// <summary>The certificate as it should read, without what it replaces.</summary>
    public CertificateContent? Content { get; init; }
    public StatedStatus? Stated { get; init; }
    /// <summary>Number or id of the certificate that this one replaces.</summary>
    public string? Replaces { get; init; }
    /// <summary>Approval number, where the row names its body.</summary>
    public string? Body { get; init; }
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}

/// <summary>Reads rows. A row of a table becomes the same draft that a post would bring, so that one check serves both.</summary>
public static class ImportRows
{
    private const int MaxCell = 8192;
    private static readonly string[] beside = ["status", "statusOn", "until", "reason", "body"];
    private static readonly char[] betweenSites = ['；', ';'];

    /// <summary>A row of cells below a header.</summary>
    /// <param name="header">What each column is.</param>
    /// <param name="ignored">Columns that are to be left out.</param>
    /// <param name="row">The cells.</param>
    /// <param name="today">The day it is read on.</param>
    public static ImportRow FromCells(TableHeader header, bool[] ignored, TableRow row, DateOnly today)
    {
        if (row.Fault is not null) return new() { Number = Cells.Read(row.Cell(header.IndexOf("/number"))), Faults = [row.Fault] };
        var (cells, faults) = (new RowCells(), new List<Fault>());
        if (row.Cells.Length < header.Names.Length)
            return new() { Number = Cells.Read(row.Cell(header.IndexOf("/number"))), Faults = [new(Refusal.WrongCells, "", header.Names.Length, row.Cells.Length)] };
        for (var i = 0; i < row.Cells.Length && faults.Count < CertificateDraft.MaxSites; i++)
        {
            var text = Cells.Read(row.Cells[i]);
            if (text.Length == 0 || i < ignored.Length && ignored[i]) continue;
            if (i >= header.Columns.Length || header.Columns[i] is not { } column) faults.Add(new(Refusal.CellBeyondHeader, "", PlainText.Echo(text), i + 1));
            else if (!column.Is(ColumnUse.Import)) continue;
            else if (text.Length > MaxCell) faults.Add(new(Refusal.TooLong, column.Pointer, MaxCell));
            else if (Spoilt.IsError(text)) faults.Add(new(Refusal.Spoilt, column.Pointer, text));
            else cells.Set(column.Pointer, text, faults);
        }
        return Checked(cells.Draft(), cells.Stated(faults), cells.Replaces, cells.Body, faults, today);
    }

    /// <summary>A line of NDJSON: a draft, with <c>status</c>, <c>statusOn</c>, <c>until</c>, <c>reason</c> and <c>body</c> beside its members.</summary>
    public static ImportRow FromJson(TableRow line, DateOnly today)
    {
        if (line.Fault is not null) return new() { Faults = [line.Fault] };
        JsonObject? json = null;
        try
        {
            if (line.Text.Length > Json.MaxAct) return new() { Faults = [new(Refusal.TooLarge, "", Json.MaxAct)] };
            json = Exported.Draft(Json.Parse<JsonObject>(System.Text.Encoding.UTF8.GetBytes(line.Text)));
            json.Remove(RejectsFile.Reasons);
            var (cells, faults) = (new RowCells(), new List<Fault>());
            foreach (var name in beside)
                if (json.Remove(name, out var value) && value is not null) cells.Set("/" + name, value.ToString(), faults);
            var draft = Json.Parse<CertificateDraft>(JsonSerializer.SerializeToUtf8Bytes(json));
            return Checked(draft with { Replaces = null }, cells.Stated(faults), draft.Replaces, cells.Body, faults, today);
        }
        catch (FaultException fault) { return new() { Number = NumberOf(json), Faults = fault.Faults }; }
    }

    private static string? NumberOf(JsonObject? json) => json?["number"] is JsonValue value && value.TryGetValue(out string? stated) && stated.Length <= CertificateNumber.MaxLength * 4 ? stated : null;

    /// <summary>Checks what was read and keeps one fault for each place: a cell that could not be read is not missing besides.</summary>
    private static ImportRow Checked(CertificateDraft draft, StatedStatus? stated, string? replaces, string? body, List<Fault> faults, DateOnly today)
    {
        var found = new List<Fault>();
        var content = draft.Check(today, found);
        faults.AddRange(found.Where(fault => faults.All(before => before.Pointer != fault.Pointer)));
        if (content is not null && stated?.Status is Status.Expired or Status.NotYetValid or Status.Valid)
        {
            var byDates = today < content.IssuedOn ? Status.NotYetValid : today > content.ExpiresOn ? Status.Expired : Status.Valid;
            // 有效 in a list of last year is no contradiction: it was. That it expired or is still to come is.
            if (stated.Status != byDates && stated.Status != Status.Valid)
                faults.Add(new(Refusal.StatusDisagrees, "/status", stated.Status.Name(), new Text($"按证书日期今天是{byDates.Name().Zh}", $"by the dates it is {byDates.Name().En.ToLowerInvariant()} today")));
        }
        return new() { Number = draft.Number, Content = content, Stated = stated, Replaces = replaces, Body = body, Faults = faults };
    }

    /// <summary>The cells of a row as they are gathered.</summary>
    private sealed class RowCells
    {
        private string? number, name, nameEn, uscc, region, address, standard, scope, level;
        private int? category;
        private decimal? score;
        private string[]? sites;
        private DateOnly? issued, first, expires, surveyed, statusOn, until;
        private Status? status;
        private Reason? reason;
        /// <summary>Days in the columns of single acts (撤销日期), by the status they go with.</summary>
        private List<(Status Of, DateOnly On, string Pointer)>? actDays;

        public string? Replaces { get; private set; }
        public string? Body { get; private set; }

        public void Set(string pointer, string text, List<Fault> faults)
        {
            switch (pointer)
            {
                case "/number": number = text; break;
                case "/holder/name": name = text; break;
                case "/holder/nameEn": nameEn = text; break;
                case "/holder/uscc": uscc = text; break;
                case "/holder/region": region = text; break;
                case "/holder/address": address = text; break;
                case "/standard": standard = text; break;
                case "/scope": scope = text; break;
                case "/level": level = Words.Level(text) ?? text; break;
                case "/replaces": Replaces = text; break;
                case "/body": Body = text; break;
                case "/sites": sites = text.Split(text.Contains('\n') ? ['\n'] : betweenSites, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries); break;
                case "/issuedOn": issued = Dates.Read(text, pointer, faults); break;
                case "/firstIssuedOn": first = Dates.Read(text, pointer, faults); break;
                case "/expiresOn": expires = Dates.Read(text, pointer, faults); break;
                case "/surveyedOn": surveyed = Dates.Read(text, pointer, faults); break;
                case "/statusOn": statusOn = Dates.Read(text, pointer, faults); break;
                case "/until": until = Dates.Read(text, pointer, faults); break;
                case "/suspendedOn": ActDay(Status.Suspended, text, pointer, faults); break;
                case "/revokedOn": ActDay(Status.Revoked, text, pointer, faults); break;
                case "/cancelledOn": ActDay(Status.Cancelled, text, pointer, faults); break;
                case "/category": if ((category = Words.Category(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, Words.AllCategories)); break;
                case "/status": if ((status = Words.Status(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, statusWords)); break;
                case "/reason": if ((reason = Reasons.Parse(text)) is null) faults.Add(new(Refusal.UnknownWord, pointer, reasonWords)); break;
                case "/score":
                    if (decimal.TryParse(text.Normalize(System.Text.NormalizationForm.FormKC), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var points)) score = points;
                    else faults.Add(new(Refusal.WrongType, pointer, new Text("数字", "a number")));
                    break;
                default: throw new ArgumentOutOfRangeException(nameof(pointer), pointer, "A column of imports has no place in a draft.");
            }
        }

        private static readonly Text acts = new("暂停、撤销、注销", "suspended, revoked, cancelled");
        private static readonly Text statusWords = new(string.Join("、", Statuses.All.Select(s => s.Name().Zh)), string.Join(", ", Statuses.All.Select(s => s.Word())));
        private static readonly Text reasonWords = new(string.Join("、", Enum.GetValues<Reason>().Select(r => r.Name().Zh)), string.Join(", ", Enum.GetValues<Reason>().Select(r => r.Word())));

        private void ActDay(Status of, string text, string pointer, List<Fault> faults)
        {
            if (Dates.Read(text, pointer, faults) is { } day) (actDays ??= []).Add((of, day, pointer));
        }

        public CertificateDraft Draft() => new()
        {
            Number = number,
            Holder = new() { Name = name, NameEn = nameEn, Uscc = uscc, Region = region, Address = address },
            Category = category,
            Standard = standard,
            Level = level,
            Score = score,
            Scope = scope,
            Sites = sites,
            IssuedOn = issued,
            FirstIssuedOn = first,
            ExpiresOn = expires,
            SurveyedOn = surveyed,
        };

        /// <summary>The status with the day that goes with it. What belongs to another act, or stands beside none, would be lost: it is refused.</summary>
        public StatedStatus? Stated(List<Fault> faults)
        {
            var word = status?.Name() ?? new Text("空", "blank");
            foreach (var (of, on, pointer) in actDays ?? [])
                if (of != status) faults.Add(new(Refusal.OfAnotherStatus, pointer, of.Name(), word));
                else if (statusOn is { } other && other != on) faults.Add(new(Refusal.StatusDisagrees, pointer, $"{on:yyyy-MM-dd}", new Text($"状态日期为 {other:yyyy-MM-dd}", $"its status is of {other:yyyy-MM-dd}")));
                else statusOn = on;
            if (until is not null && status != Status.Suspended) faults.Add(new(Refusal.OfAnotherStatus, "/until", Status.Suspended.Name(), word));
            if (reason is not null && status is not (Status.Suspended or Status.Revoked or Status.Cancelled)) faults.Add(new(Refusal.OfAnotherStatus, "/reason", acts, word));
            if (statusOn is not null && status is null) faults.Add(new(Refusal.OfAnotherStatus, "/statusOn", acts, word));
            return status is { } stated ? new(stated, statusOn, until, reason) : null;
        }
    }
}
