using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Marks;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>A statement of an answer's file, read.</summary>
public sealed record ShownStatement(long Seq, byte[] Leaf, Statement Statement);

/// <summary>
/// Makes the verdicts of an answer again from nothing but the statements they rest on, by the code that made them: the life of a
/// certificate, the comparison and the decision know no database.
/// </summary>
public sealed class AnswerReplay(Answer answer, IReadOnlyDictionary<long, ShownStatement> statements)
{
    private static readonly Outcome[] withoutCertificate = [Outcome.NotInRegistry, Outcome.Ambiguous, Outcome.Mistyped, Outcome.Forged];

    private readonly DateOnly today = Day.Of(answer.AnsweredAt);
    private readonly DateTimeOffset? knownAt = answer.Question.Until();

    /// <summary>Why a verdict does not follow from its statements; null where it does. Of a row without a certificate only the whole log
    /// could show more than its form.</summary>
    public Text? Fault(Verdict row)
    {
        if (row.On != (row.Asked.On ?? answer.Question.On ?? today))
            return new("日期不是所问的日期", "its day is not the day that was asked");
        if (row.Asked != row.Asked.With(answer.Question with { On = null }))
            return new("没有核对对全部行的要求", "it leaves out what was asked of every row");
        if (row.Certificate is not { } view)
            return !withoutCertificate.Contains(row.Result) ? namesNone : row.Finding != row.Result.Finding() ? otherFinding : null;
        if (row.RestsOn is not { Length: > 0 } indexes) return new("没有列出所依据的声明", "it names no statement that it rests on");
        var own = new List<ShownStatement>();
        foreach (var index in indexes)
            if (statements.TryGetValue(index, out var shown)) own.Add(shown);
            else return new($"所依据的第 {index} 条不在文件里", $"entry {index}, on which it rests, is not in the file");

        var about = own.Where(one => IsAbout(one, view.Id)).OrderBy(one => one.Seq).ToList();
        if (about.Count == 0 || about[0].Statement is not Issue issue)
            return new($"没有颁发 {view.Id} 的声明", $"no statement issues {view.Id}");
        var body = own.Select(one => one.Statement).OfType<Admit>().FirstOrDefault(admit => admit.Body == issue.Body);
        if (body is null) return new("没有认证机构的登记", "the admission of the body is missing");
        if (Forbidden(issue, [.. about.Skip(1)], view.Id, about[0].Seq) is { } seq)
            return new($"第 {seq} 条是日志规则不允许的", $"entry {seq} is one that the rules of the log forbid");
        return Fault(row, view, [.. about.Select(one => (one.Seq, one.Statement))], new(body.Body, body.Name, body.NameEn), own);
    }

    private static readonly Text
        namesNone = new("没有证书，却有证书的结果", "it has the result of a certificate and names none"),
        otherFinding = new("结论不是其结果的结论", "its finding is not that of its result");

    /// <summary>Whether it is a statement about a certificate: its issue, or an act on it.</summary>
    public static bool IsAbout(ShownStatement one, string id) => IsAbout(one.Leaf, one.Statement, id);

    /// <inheritdoc cref="IsAbout(ShownStatement, string)"/>
    public static bool IsAbout(byte[] leaf, Statement? statement, string id) => statement switch
    {
        Issue => Identifier.Of(leaf) == id,
        Amendment amendment => amendment.Certificate == id,
        _ => false,
    };

    /// <summary>The first statement that no registry records: every mirror decides them all anew, and so does whoever checks.</summary>
    private static long? Forbidden(Issue issue, ShownStatement[] later, string id, long first)
    {
        if (Catalogue.CategoryOf(issue.Certificate.Category) is null) return first;
        var certificate = Lifecycle.Begin(first, id, issue);
        foreach (var (seq, _, statement) in later)
        {
            if (statement is not Amendment amendment || amendment.Body != issue.Body) return seq;
            if (!IsAllowed(certificate, amendment)) return seq;
            certificate = Lifecycle.Apply(certificate, seq, amendment);
        }
        return null;
    }

    /// <summary>A statement that a body signed may be decided a little after the instant it is recorded at: on the next day, by
    /// chance.</summary>
    private static bool IsAllowed(Certificate certificate, Amendment amendment)
    {
        var (recorded, latest) = (Day.Of(amendment.RecordedAt), Day.Of(amendment.RecordedAt + Statement.MaxAge));
        return Lifecycle.Decide(certificate, amendment, recorded) is null || Lifecycle.Decide(certificate, amendment, latest) is null;
    }

    private Text? Fault(Verdict row, CertificateView view, (long Seq, Statement Statement)[] about, BodyView body, List<ShownStatement> own)
    {
        if (Lifecycle.Replay(view.Id, about, row.On, knownAt) is not { } certificate)
            return new("在所问的时刻尚未登记", "it was not recorded at the instant asked");
        var names = Lifecycle.Names(about.Select(one => one.Statement).Where(one => knownAt is null || one.RecordedAt <= knownAt));
        var remade = CertificateView.Of(certificate, body, [.. names], row.On) with
        {
            ReplacedBy = view.ReplacedBy,
            SignedBy = SignedBy(about[^1].Statement, view),
        };
        // Whoever checks may not have the scheme's edition: then its names are the registry's word, the level's code is not.
        var (scheme, level) = (Catalogue.SchemeOf(certificate.Content.Category, certificate.Content.IssuedOn), certificate.Content.Level);
        var isOnFile = scheme.Category is not null && (level is null || scheme.LevelOf(level) is not null);
        if (!isOnFile && level == view.Level?.Code) remade = remade with { Level = view.Level, Surveillance = view.Surveillance };
        if (row.On != today || knownAt is not null)
            remade = remade with { Today = CertificateView.TodayOf(Lifecycle.Replay(view.Id, about, today)!, today) };
        // Answers of the program before say it in their message alone.
        if (view.Ahead is not null) remade = remade with { Ahead = AheadView.Of(row.On, today) };

        var code = row.Asked.Code is { } typed ? ItemCode.Parse(typed) : null;
        CodeTold?[] told = [null];
        if (code is var (mark, item) && mark != view.Id)
        {
            if (OfMark(row, view, mark, item, own) is not { } found)
                return new($"没有颁发标志 {mark} 的声明", $"no statement issues the mark {mark}");
            // Whether a tag could be checked hangs on a secret of the registry's.
            told = [found, found with { NotChecked = true }];
        }
        var asked = new Verdict
        {
            Row = row.Row,
            Asked = row.Asked,
            On = row.On,
            Result = default,
            Message = "",
            Compared = [],
            Others = row.Others,
            RestsOn = row.RestsOn,
        };
        var compared = Comparison.Of(row.Asked, remade, code is var (m, i) ? m + i : null);
        // Answers of the program before say nothing of the site that a code was given under.
        string?[] homes = [answer.Address, null];
        var made = told.SelectMany(one => homes.Select(home => Decision.Of(asked, remade, compared, one, today, answer.Spoken, home)))
            .ToArray();
        var differing = made.Select(one => Differing(one, row)).ToArray();
        return differing.Any(members => members.Count == 0) ? null
            : new($"由声明推不出：{string.Join("、", differing[0])}", $"its statements do not give this {string.Join(", ", differing[0])}");
    }

    /// <summary>Of who signed the newest statement only this is in it; that the registry set the body's key is told by the key's own
    /// history.</summary>
    private static string SignedBy(Statement newest, CertificateView view) =>
        Statement.SignerOf(newest.OnBehalf is null, setKey: view.SignedBy == "set-key");

    /// <summary>Null where the mark is not one of the certificate.</summary>
    private CodeTold? OfMark(Verdict row, CertificateView view, string code, string? item, List<ShownStatement> own)
    {
        var issue = own.FirstOrDefault(one => one.Statement is IssueMark && Identifier.Of(one.Leaf) == code);
        if (issue?.Statement is not IssueMark mark || mark.Certificate != view.Id) return null;
        bool IsKnown(WithdrawMark one) => one.Mark == code && (knownAt is null || one.RecordedAt <= knownAt);
        var withdrawals = own.Select(one => one.Statement).OfType<WithdrawMark>().Where(IsKnown).ToList();
        var ranges = withdrawals.Where(one => one.First is not null).Select(RangeOf);
        var serial = item is null ? 0 : ItemCode.SerialOf(item);
        var range = item is not null ? ranges.FirstOrDefault(one => one.First <= serial && serial <= one.Last)
            : mark.Items is { } items ? MarkRange.LastOf(ranges.OrderBy(one => one.First), items) : null;
        DateTimeOffset? ofRange = range is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(range.WithdrawnAt);
        var ofWhole = withdrawals.Where(one => one.First is null).Select(one => (DateTimeOffset?)one.RecordedAt);
        var withdrawn = ofWhole.Append(ofRange).Min();
        // That an item looks copied, or could not be checked, is the registry's word: both are less than valid.
        var (isHalf, isCopied) = (item is null && mark.Items is not null, row.Result == Outcome.Copied);
        var word = MarkResult.Of(view.Status, withdrawn is not null, isHalf, isCopied, row.Result == Outcome.Unchecked);
        return new(Outcomes.Parse(word), withdrawn, false);

        static MarkRange RangeOf(WithdrawMark one) => new()
        {
            First = one.First!.Value,
            Last = one.Last!.Value,
            WithdrawnAt = one.RecordedAt.ToUnixTimeMilliseconds(),
        };
    }

    private static List<string> Differing(Verdict made, Verdict claimed)
    {
        static JsonObject Node(Verdict verdict) => JsonSerializer.SerializeToNode(verdict, Answer.Options)!.AsObject();
        var (one, other) = (Node(made), Node(claimed));
        var names = Members(one, other);
        if (!names.Remove("certificate")) return names;
        var inCertificate = Members(one["certificate"]!.AsObject(), other["certificate"]!.AsObject());
        return [.. names, .. inCertificate.Select(name => "certificate." + name)];
    }

    private static List<string> Members(JsonObject one, JsonObject other) =>
        [.. one.Select(member => member.Key).Union(other.Select(member => member.Key))
            .Where(name => !JsonNode.DeepEquals(one[name], other[name]))];
}
