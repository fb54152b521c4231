using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Ingest;

/// <summary>One row of an import, read: the number it states, the certificate as it should stand, and the act its stated status calls for; or why it cannot be taken.</summary>
public sealed record ImportRow(string? Number, CertificateContent? Content, Func<string, string, Amendment>? Then, FaultException? Fault);

/// <summary>The result of one row, counted from 1 without the header. Errors name the column or the pointer.</summary>
public sealed record RowResult(int Row, string Result, string? Number, string? Id, RowError[]? Errors);

/// <summary>One reason why a row was rejected.</summary>
public sealed record RowError(string Where, string Code, string Detail);

/// <summary>Reads rows. A row of CSV becomes the same draft a post would bring, so that one check serves both.</summary>
public static partial class ImportRows
{
    /// <summary>Columns by their Chinese header and the place in a draft; JSON names serve as headers too.</summary>
    private static readonly (string Header, string Pointer)[] columns =
    [
        ("证书编号", "/number"), ("获证组织名称", "/holder/name"), ("获证组织英文名称", "/holder/nameEn"), ("统一社会信用代码", "/holder/uscc"), ("所在地区", "/holder/region"), ("地址", "/holder/address"),
        ("认证项目", "/category"), ("认证依据", "/standard"), ("认证覆盖的业务范围", "/scope"), ("服务等级", "/level"), ("得分", "/score"), ("颁证日期", "/issuedOn"), ("初次获证日期", "/firstIssuedOn"),
        ("证书到期日期", "/expiresOn"), ("监督日期", "/surveyedOn"), ("被替换证书", "/replaces"), ("证书状态", "/status"), ("状态日期", "/statusOn"), ("暂停截止日期", "/until"), ("原因", "/reason"),
        ("业务范围", "/scope"), // as the pages call it
    ];
    private static readonly string[] needed = ["/number", "/holder/name", "/category", "/scope", "/issuedOn"];

    /// <summary>The place in a draft of each column, null for columns nobody asked for.</summary>
    /// <exception cref="FaultException">A necessary column is missing.</exception>
    public static string?[] Header(IEnumerable<string> names)
    {
        var places = names.Select(name => name.Trim().TrimStart('\uFEFF')).Select(name => columns.Where(c => c.Header == name || c.Pointer.Split('/')[^1] == name).Select(c => c.Pointer).FirstOrDefault()).ToArray();
        var missing = columns.Where(c => needed.Contains(c.Pointer) && !places.Contains(c.Pointer)).DistinctBy(c => c.Pointer).Select(c => c.Header).ToArray();
        return missing.Length == 0 ? places : throw new FaultException(new Fault(Refusal.MissingColumns, "", 1, string.Join("、", missing), "", ""));
    }

    /// <summary>The column of a pointer, for the result.</summary>
    public static string ColumnOf(string pointer) => columns.FirstOrDefault(c => c.Pointer == pointer).Header ?? pointer;

    /// <summary>A row of cells in the order of the header.</summary>
    public static ImportRow FromCells(string?[] header, Func<int, string> cell, DateOnly today)
    {
        var (draft, holder, status) = (new JsonObject(), new JsonObject(), new Dictionary<string, string>());
        for (var i = 0; i < header.Length; i++)
        {
            var text = cell(i).Trim();
            if (header[i] is not { } place || text.Length == 0) continue;
            var name = place.Split('/')[^1];
            if (place.StartsWith("/holder/", StringComparison.Ordinal)) holder[name] = text;
            else if (name is "status" or "statusOn" or "until" or "reason") status[name] = text;
            else draft[name] = Value(name, text);
        }
        draft["holder"] = holder;
        return Read(draft, status, today);
    }

    /// <summary>A line of NDJSON: a draft, with <c>status</c>, <c>statusOn</c>, <c>until</c> and <c>reason</c> beside its members.</summary>
    public static ImportRow FromJson(ReadOnlySpan<byte> line, DateOnly today)
    {
        var draft = Json.Parse<JsonObject>(line);
        var status = new Dictionary<string, string>();
        foreach (var name in (string[])["status", "statusOn", "until", "reason"])
            if (draft.Remove(name, out var value) && value is not null) status[name] = value.ToString();
        return Read(draft, status, today);
    }

    private static ImportRow Read(JsonObject json, Dictionary<string, string> status, DateOnly today)
    {
        // Whoever mends a long list looks for the number first.
        var number = json["number"] is JsonValue value && value.TryGetValue(out string? stated) && stated.Length <= CertificateNumber.MaxLength * 4 ? stated : null;
        try
        {
            var draft = Json.Parse<CertificateDraft>(JsonSerializer.SerializeToUtf8Bytes(json));
            var faults = new List<Fault>();
            var content = draft.Check(today, faults);
            var then = content is null ? null : Act(status, content, today, faults);
            return new(number, content, then, faults.Count == 0 ? null : new(faults));
        }
        catch (FaultException fault) { return new(number, null, null, fault); }
    }

    /// <summary>What a stated status asks for beyond the issue.</summary>
    private static Func<string, string, Amendment>? Act(Dictionary<string, string> stated, CertificateContent content, DateOnly today, List<Fault> faults)
    {
        if (!stated.TryGetValue("status", out var word)) return null;
        var status = Statuses.Parse(word);
        if (status is null) faults.Add(new(Refusal.UnknownWord, "/status", string.Join("、", Statuses.All.Select(s => s.Name().Zh))));
        DateOnly? Date(string name)
        {
            if (!stated.TryGetValue(name, out var text)) return null;
            if (Day.Parse(IsoDate(text)) is { } day) return day;
            faults.Add(new(Refusal.BadDate, "/" + name));
            return null;
        }
        var (on, until) = (Date("statusOn"), Date("until"));
        Reason? reason = null;
        if (stated.TryGetValue("reason", out var why) && (reason = Reasons.Parse(why)) is null) faults.Add(new(Refusal.UnknownWord, "/reason", string.Join("、", Enum.GetValues<Reason>().Select(r => r.Name().Zh))));
        var byDates = today < content.IssuedOn ? Status.NotYetValid : today > content.ExpiresOn ? Status.Expired : Status.Valid;
        if (status is Status.Expired or Status.NotYetValid && status != byDates) faults.Add(new(Refusal.StatusDisagrees, "/status"));
        // After expiry nobody can say from which day without a date of its own: the last day of validity is the latest there is.
        var effect = on ?? (today > content.ExpiresOn ? content.ExpiresOn : today);
        return status switch
        {
            Status.Suspended => (body, id) => new Suspend { Body = body, Certificate = id, EffectiveOn = effect, Until = until, Reason = reason },
            Status.Revoked => (body, id) => new Revoke { Body = body, Certificate = id, EffectiveOn = effect, Reason = reason },
            Status.Cancelled => (body, id) => new Cancel { Body = body, Certificate = id, EffectiveOn = effect, Reason = reason },
            _ => null,
        };
    }

    private static JsonNode Value(string name, string text) => name switch
    {
        "issuedOn" or "firstIssuedOn" or "expiresOn" or "surveyedOn" => IsoDate(text),
        "category" => int.TryParse(text, out var no) ? no : Catalogue.Categories.FirstOrDefault(c => c.Name?.Zh == text)?.No is { } named ? named : text,
        "score" => decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var score) ? score : text,
        "level" => Catalogue.Schemes.SelectMany(s => s.Levels).FirstOrDefault(l => l.Name.Zh == text || l.Name.Zh == text + "级")?.Code ?? text,
        _ => text,
    };

    /// <summary>2024/1/5, 2024.1.5, 2024年1月5日 as 2024-01-05; anything else as it is.</summary>
    private static string IsoDate(string text) => LooseDate().Match(text) is { Success: true } m ? $"{m.Groups[1].Value}-{m.Groups[2].Value.PadLeft(2, '0')}-{m.Groups[3].Value.PadLeft(2, '0')}" : text;

    [GeneratedRegex(@"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?$")]
    private static partial Regex LooseDate();
}
