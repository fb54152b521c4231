using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Http;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>A status that a row states beside its certificate, and what it says about it.</summary>
public sealed record StatedStatus(Status Status, DateOnly? On, DateOnly? Until, Reason? Reason)
{
    /// <summary>Whether an act makes a certificate so; the others follow from its dates.</summary>
    public bool IsAct => Status is Status.Suspended or Status.Revoked or Status.Cancelled;

    /// <summary>The refusal of its reason by the scheme of the certificate; null when it may be stated.</summary>
    public Fault? RefusedReason(CertificateContent of) => Catalogue.SchemeOf(of.Category, of.IssuedOn).Refuses(Status switch
    {
        Status.Suspended => Certificates.Act.Suspend,
        Status.Revoked => Certificates.Act.Revoke,
        _ => Certificates.Act.Cancel,
    }, Reason);

    /// <summary>The act that would make a certificate so.</summary>
    public Amendment Act(string body, string id, DateOnly on) => Status switch
    {
        Status.Suspended => new Suspend { Body = body, Certificate = id, EffectiveOn = on, Until = Until, Reason = Reason },
        Status.Revoked => new Revoke { Body = body, Certificate = id, EffectiveOn = on, Reason = Reason },
        Status.Cancelled => new Cancel { Body = body, Certificate = id, EffectiveOn = on, Reason = Reason },
        _ => throw new InvalidOperationException($"No act makes a certificate {Status}."),
    };
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
    /// <summary>Name of the body, where the row states it: it is compared.</summary>
    public string? BodyName { get; init; }
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}

/// <summary>Reads rows. A row of a table and a line of JSON become the same draft that a post would bring, so that one check serves
/// all.</summary>
public static class ImportRows
{
    private const int MaxFaults = 50;
    private static readonly string[] fields = [.. Columns.All.Where(column => column.Is(ColumnUse.Import)).Select(column => column.Json)];

    /// <summary>A row of cells below a header.</summary>
    /// <param name="header">What each column is.</param>
    /// <param name="ignored">Columns that are to be left out.</param>
    /// <param name="row">The cells.</param>
    /// <param name="today">The day it is read on.</param>
    public static ImportRow FromCells(TableHeader header, bool[] ignored, TableRow row, DateOnly today)
    {
        var unreadable = row.Fault;
        if (row.Cells.Length < header.Names.Length) unreadable ??= new(Refusal.WrongCells, "", header.Names.Length, row.Cells.Length);
        if (unreadable is not null) return new() { Number = Cells.Read(row.Cell(header.IndexOf("/number"))), Faults = [unreadable] };
        var (cells, faults) = (new RowCells(), new List<Fault>());
        for (var i = 0; i < row.Cells.Length && faults.Count < MaxFaults; i++)
        {
            var text = Cells.Read(row.Cells[i]);
            if (text.Length == 0 || i < ignored.Length && ignored[i]) continue;
            var column = i < header.Columns.Length ? header.Columns[i] : null;
            // A stroke is how tables show that there is nothing; every certificate has a number and a holder.
            if (Cells.IsStroke(text) && column?.Pointer is not ("/number" or "/holder/name")) continue;
            if (column is null) faults.Add(new(Refusal.CellBeyondHeader, "", PlainText.Echo(text), i + 1));
            else if (column.Is(ColumnUse.Import)) cells.Set(column.Pointer, text, faults);
        }
        return Checked(cells, faults, today);
    }

    /// <summary>A line of NDJSON: a draft, with <c>status</c>, <c>statusOn</c>, <c>until</c>, <c>reason</c> and <c>body</c> beside its
    /// members; or a
    /// certificate as the registry exports it.</summary>
    public static ImportRow FromJson(TableRow line, DateOnly today)
    {
        if (line.Fault is not null) return new() { Faults = [line.Fault] };
        if (line.Text.Length > Json.MaxAct) return new() { Faults = [new(Refusal.TooLarge, "", Json.MaxAct)] };
        var (cells, faults) = (new RowCells(), new List<Fault>());
        try
        {
            var draft = Exported.Draft(Json.Parse<JsonObject>(Encoding.UTF8.GetBytes(line.Text)));
            draft.Remove(RejectsFile.Reasons);
            if (draft.Remove("holder", out var holder) && holder is not null) Members(holder, "/holder", cells, faults);
            Members(draft, "", cells, faults);
        }
        catch (FaultException malformed) { return new() { Faults = malformed.Faults }; }
        return Checked(cells, faults, today);
    }

    private static void Members(JsonNode node, string at, RowCells cells, List<Fault> faults)
    {
        if (node is not JsonObject members)
        {
            faults.Add(new(Refusal.WrongType, at, new Text("对象", "an object")));
            return;
        }
        foreach (var (name, value) in members)
        {
            if (faults.Count >= MaxFaults) return;
            var pointer = $"{at}/{name.Replace("~", "~0").Replace("/", "~1")}";
            if (Columns.At(pointer)?.Is(ColumnUse.Import) != true)
                faults.Add(new(Refusal.UnknownField, pointer, Nearest.Hint(name, fields)));
            else if (pointer == "/sites" && value is not null) Sites(value, cells, faults);
            else if (value is not null) Member(pointer, value, cells, faults);
        }
    }

    /// <summary>A text, or a number where one is meant: a number elsewhere may have lost its zeros.</summary>
    private static void Member(string pointer, JsonNode value, RowCells cells, List<Fault> faults)
    {
        var kind = value.GetValueKind();
        if (kind == JsonValueKind.String || kind == JsonValueKind.Number && pointer is "/category" or "/score")
        {
            var text = value.ToString().Trim();
            if (text.Length > 0) cells.Set(pointer, text, faults);
        }
        else faults.Add(new(Refusal.WrongType, pointer, pointer is "/category" ? new Text("整数", "an integer") : new Text("文本", "text")));
    }

    private static void Sites(JsonNode value, RowCells cells, List<Fault> faults)
    {
        if (value is JsonArray list && list.All(site => site?.GetValueKind() == JsonValueKind.String))
            cells.Sites = [.. list.Select(site => site!.GetValue<string>())];
        else faults.Add(new(Refusal.WrongType, "/sites", new Text("文本的数组", "an array of texts")));
    }

    /// <summary>Checks what was read and keeps one fault for each place: a cell that could not be read is not missing besides.</summary>
    private static ImportRow Checked(RowCells cells, List<Fault> faults, DateOnly today)
    {
        var (draft, found) = (cells.Draft(), new List<Fault>());
        var stated = cells.Stated(faults);
        var content = draft.Check(today, found);
        faults.AddRange(found.Where(fault => faults.All(before => before.Pointer != fault.Pointer)));
        var contradiction = content is null || stated is null ? null : Contradicts(stated.Status, content, today);
        if (contradiction is not null) faults.Add(contradiction);
        if (stated is { IsAct: true } && content is not null && stated.RefusedReason(content) is { } notPermitted) faults.Add(notPermitted);
        return new()
        {
            Number = draft.Number,
            Content = content,
            Stated = stated,
            Replaces = cells.Replaces,
            Body = cells.Body,
            BodyName = cells.BodyName,
            Faults = faults,
        };
    }

    /// <summary>The fault of a status that the dates of the same row rule out. 有效 in a list of last year is none: it was.</summary>
    private static Fault? Contradicts(Status stated, CertificateContent content, DateOnly today)
    {
        if (stated is not (Status.Expired or Status.NotYetValid)) return null;
        var byDates = today < content.IssuedOn ? Status.NotYetValid : today > content.ExpiresOn ? Status.Expired : Status.Valid;
        if (stated == byDates) return null;
        var (zh, en) = byDates.Name();
        var there = new Text($"按证书日期今天是{zh}", $"by the dates it is {en.ToLowerInvariant()} today");
        return new(Refusal.StatusDisagrees, "/status", stated.Name(), there);
    }
}
