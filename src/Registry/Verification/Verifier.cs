using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;

namespace Registry.Verification;

/// <summary>What is asked of one bidder: a certificate number, a holder's name, a social credit code, or a code (certificate id or mark). A
/// name beside another identifier is compared, not searched.</summary>
public sealed record VerificationRow
{
    public string? Number { get; init; }
    public string? Name { get; init; }
    public string? Uscc { get; init; }
    /// <summary>Code of a mark or id of a certificate.</summary>
    public string? Code { get; init; }
    /// <summary>Approval number of the body: numbers are unique within a body only.</summary>
    public string? Body { get; init; }
    /// <summary>The day; left out, that of the request, else today.</summary>
    public DateOnly? On { get; init; }
}

/// <summary>The verdict of one row, in the order asked.</summary>
public sealed record Verdict
{
    /// <summary>From 1.</summary>
    public required int Row { get; init; }
    public required VerificationRow Asked { get; init; }
    public required DateOnly On { get; init; }
    /// <summary>A status word, or not-in-registry, ambiguous, mistyped, mark-withdrawn.</summary>
    public required string Result { get; init; }
    public required string Message { get; init; }
    /// <summary>Whether the name given is the holder's; absent when none was given.</summary>
    public bool? NameMatches { get; init; }
    /// <summary>The certificate as it was on the day.</summary>
    public CertificateView? Certificate { get; init; }
    /// <summary>Ids of further certificates that fit, at most 20.</summary>
    public string[]? Others { get; init; }
}

/// <summary>What the registry covers: absence from it says nothing about certificates it was never told of.</summary>
public sealed record Coverage(long Certificates, long Bodies, DateTimeOffset? AsOf)
{
    public string Sentence(Language language) => language == Language.En
        ? $"Not in this registry, which covers {Certificates} certificates of {Bodies} certification bodies as of {Day.InShanghai(AsOf ?? default):yyyy-MM-dd HH:mm} (UTC+8)."
        : $"本登记簿未收录。本登记簿收录 {Bodies} 家认证机构的 {Certificates} 张证书，截至 {Day.InShanghai(AsOf ?? default):yyyy-MM-dd HH:mm}（北京时间）。";
}

/// <summary>Answers lists: each row as of its day, from one snapshot.</summary>
public static class Verifier
{
    public const int MaxRows = 1000;
    private const int MaxOthers = 20;

    /// <summary>The verdicts of a list, with what the registry covers.</summary>
    public static VerificationAnswer Answer(DbConnection db, VerificationRequest request, DateTimeOffset now, Language language)
    {
        var coverage = CoverageOf(db);
        return new(now, coverage, Verify(db, request.Rows!, request.On, Day.Of(now), coverage, language));
    }

    public static Coverage CoverageOf(DbConnection db) => ReferenceStore.Coverage(db) is var (certificates, bodies, to) ? new(certificates, bodies, to) : null!;

    public static Verdict[] Verify(DbConnection db, IReadOnlyList<VerificationRow> rows, DateOnly? on, DateOnly today, Coverage coverage, Language language) =>
        [.. rows.Select((row, i) => Verify(db, row, i + 1, row.On ?? on ?? today, coverage, language))];

    private static Verdict Verify(DbConnection db, VerificationRow row, int n, DateOnly on, Coverage coverage, Language language)
    {
        Verdict Answer(string result, string message) => new() { Row = n, Asked = row, On = on, Result = result, Message = message };
        var found = Find(db, row, out var mistyped, out var withdrawn);
        if (mistyped is not null) return Answer("mistyped", mistyped.Message[language]);
        if (row.Body is { } body) found = [.. found.Where(c => c.BodyNumber == body)];
        if (found.Count == 0) return Answer("not-in-registry", coverage.Sentence(language));

        // A name narrows a number that several bodies use; it never hides a match.
        var name = row.Name is null ? null : Terms.Fold(row.Name);
        bool Named(CertificateView c) => Terms.Fold(c.Holder.Name) == name || c.Holder.NameEn is { } english && Terms.Fold(english) == name;
        var views = found.Select(c => CertificateView.Of(db, c, on)!).ToList();
        if (name is not null && views.Where(Named).ToList() is { Count: > 0 } named) views = named;

        // One number of several bodies with different answers is for a person to decide; of a holder's certificates the best one speaks.
        var byNumber = row.Code is null && row.Number is not null;
        if (byNumber && views.Select(v => v.Status).Distinct().Count() > 1)
            return Answer("ambiguous", new Text("多家认证机构使用此编号，请注明获证组织或认证机构。", "Several bodies use this number; name the holder or the body.")[language]) with { Others = [.. views.Take(MaxOthers).Select(v => v.Id)] };
        var best = views.OrderBy(v => v.Status == Status.Valid ? 0 : 1).ThenByDescending(v => v.LogIndex).First();
        var others = views.Where(v => v != best).Take(MaxOthers).Select(v => v.Id).ToArray();
        bool? matches = name is null ? null : Named(best);
        var message = best.Status.Name()[language];
        if (best.Status == Status.Revoked && best.Ended?.Reason == Reason.Replaced) message += new Text("（换证）", " (replaced by a new certificate)")[language];
        if (matches == false) message += new Text("；名称与获证组织不符", "; the name is not the holder's")[language];
        if (withdrawn) message = new Text("此标志已撤回；证书：", "This mark is withdrawn; the certificate: ")[language] + message;
        return Answer(withdrawn ? "mark-withdrawn" : best.Status.Word(), message) with { Certificate = best, NameMatches = matches, Others = others.Length == 0 ? null : others };
    }

    private static List<CertificateRow> Find(DbConnection db, VerificationRow row, out Refusal? mistyped, out bool withdrawn)
    {
        (mistyped, withdrawn) = (null, false);
        if (row.Code is { } typed)
        {
            if (ItemCode.Parse(typed) is not (var code, var item)) mistyped = Refusal.Mistyped;
            else if (item is null && CertificateStore.Find(db, code) is { } certificate) return [certificate];
            else if (MarkStore.Tell(db, code, item) is { } told)
            {
                if (told.IsForged) return [];
                withdrawn = told.Withdrawn is not null;
                return [told.Certificate];
            }
            return [];
        }
        if (row.Number is { } number) return CertificateNumber.Normalise(number) is { } key ? CertificateStore.WithNumber(db, key, MaxOthers + 1) : [];
        if (row.Uscc is { } uscc)
        {
            var key = CertificateNumber.Normalise(uscc);
            if (key is { Length: 9 }) return CertificateStore.WithOrganisationCode(db, key, MaxOthers + 1);
            if (key is not null && SocialCreditCode.Parse(key) is not null) return CertificateStore.WithUscc(db, key, MaxOthers + 1);
            mistyped = Refusal.BadUscc;
            return [];
        }
        return row.Name is { } name ? CertificateStore.OfHolder(db, Terms.Fold(name), MaxOthers + 1) : [];
    }

    /// <summary>Reads pasted lines: one bidder a line, fields parted by tab or comma, in any order: a date is the day, a valid credit code or
    /// code is that, a text with ideographs a name, the rest a number.</summary>
    public static List<VerificationRow> ParseLines(string text)
    {
        var rows = new List<VerificationRow>();
        foreach (var line in text.Split('\n'))
        {
            var row = new VerificationRow();
            foreach (var field in line.Split('\t', ',', '，', ';', '；').Select(f => f.Trim()).Where(f => f.Length > 0))
                row = Day.Parse(field) is { } day ? row with { On = day }
                    : SocialCreditCode.Parse(field) is not null ? row with { Uscc = field }
                    : ItemCode.Parse(field) is not null && row.Number is null ? row with { Code = field }
                    : field.Any(c => c >= '\u2E80' && c < '\uFF00') || field.Contains(' ') || Catalogue.IsApprovalNumber(field) ? Catalogue.IsApprovalNumber(field) ? row with { Body = field } : row with { Name = field }
                    : row with { Number = field };
            if (row != new VerificationRow()) rows.Add(row);
        }
        return rows;
    }
}
