using System.Text.Json;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>
/// Reads a log from its first entry beside an answer: whether it is the log that the answer was read from, whether a statement about these
/// certificates was left out, whether what was not found is there, and what has been recorded since.
/// </summary>
/// <param name="answer">The answer.</param>
/// <param name="report">Told what is found.</param>
public sealed class LogScan(Answer answer, CheckReport report)
{
    private readonly Edge edge = new();
    private readonly ILookup<string, Verdict>
        byCertificate = By(answer, row => row.Certificate?.Id),
        byMark = By(answer, row => row.Certificate is null ? null : CodeOf(row)),
        missing = By(answer, row => row.Result == Outcome.NotInRegistry ? KeyOf(row.Asked) : null);
    private readonly Dictionary<long, RestingOn> told = answer.Statements.ToDictionary(statement => statement.LogIndex);
    private readonly DateTimeOffset? knownAt = answer.Question.Until();
    private DateTimeOffset recordedAt = DateTimeOffset.MinValue;
    private int since;

    /// <summary>Entries read.</summary>
    public long Size => edge.Size;

    /// <summary>Root over those read.</summary>
    public byte[] Root => edge.Root;

    /// <summary>Root over as many entries as the answer's log had; null until they are read.</summary>
    public byte[]? AnsweredRoot { get; private set; } = answer.Log.Size == 0 ? MerkleTree.EmptyRoot : null;

    /// <summary>The next entry.</summary>
    public void Read(byte[] leaf)
    {
        var (seq, hash) = (edge.Size, MerkleTree.LeafHash(leaf));
        edge.Append(hash);
        if (edge.Size == answer.Log.Size) AnsweredRoot = edge.Root;
        Statement statement;
        try { statement = Statement.FromJson(Jws.PayloadOf(leaf)); }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
        {
            report.IsWrong(new($"日志第 {seq} 条不是声明。", $"Entry {seq} of the log is no statement."));
            return;
        }
        if (statement.StatedAt > recordedAt) recordedAt = statement.StatedAt;
        statement = statement with { RecordedAt = recordedAt };
        if (told.TryGetValue(seq, out var resting) && resting.RecordedAt.ToUnixTimeMilliseconds() != recordedAt.ToUnixTimeMilliseconds())
            report.IsWrong(new(
                $"第 {seq} 条登记于 {Checker.At(recordedAt)}，答复说 {Checker.At(resting.RecordedAt)}。",
                $"Entry {seq} was recorded at {Checker.At(recordedAt)}, the answer says {Checker.At(resting.RecordedAt)}."));
        if (seq < answer.Log.Size) Before(seq, hash, statement);
        else After(seq, statement);
    }

    /// <summary>All is read.</summary>
    public void End()
    {
        var newer = Math.Max(0, edge.Size - answer.Log.Size);
        report.Fact(new(
            $"对照了日志的 {edge.Size} 条，其中 {newer} 条在答复之后。",
            $"Compared with {edge.Size} entries of the log, {newer} of them newer than the answer."));
        if (edge.Size < answer.Log.Size)
            report.IsUntold(new(
                $"这份日志只有 {edge.Size} 条，比答复的日志旧。",
                $"This log holds {edge.Size} entries only: it is older than the answer."));
        else if (since == 0) report.Fact(new("此后没有登记涉及这些证书的声明。", "Nothing about these certificates has been recorded since."));
    }

    private IEnumerable<Verdict> About(Statement statement, byte[]? hash) => statement switch
    {
        Issue => hash is null ? [] : byCertificate[Identifier.OfHash(hash)],
        Amendment amendment => byCertificate[amendment.Certificate],
        IssueMark => hash is null ? [] : byMark[Identifier.OfHash(hash)],
        WithdrawMark withdraw => byMark[withdraw.Mark],
        _ => [],
    };

    private void Before(long seq, byte[] hash, Statement statement)
    {
        var said = Told(statement);
        foreach (var row in About(statement, hash).Where(row => row.RestsOn?.Contains(seq) != true))
            report.IsWrong(new(
                $"第 {row.Row} 行的答复是假的：遗漏了第 {seq} 条，即 {said.Zh}；它在答复之前已在该日志中。",
                $"Row {row.Row} is false: entry {seq} was left out, {said.En}; it was in the log before the answer was signed."));
        if (recordedAt > knownAt) return;
        foreach (var row in KeysOf(statement, hash).SelectMany(key => missing[key]))
            report.IsWrong(new(
                $"第 {row.Row} 行说未收录，而第 {seq} 条就是：{said.Zh}。",
                $"Row {row.Row} says that it is not in the registry, and entry {seq} is: {said.En}."));
    }

    private void After(long seq, Statement statement)
    {
        foreach (var row in About(statement, null))
        {
            since++;
            if (statement is Amendment { EffectiveOn: var effect } && effect > row.On) continue;
            var (said, day) = (Told(statement), $"{row.On:yyyy-MM-dd}");
            report.Remark(new(
                $"第 {row.Row} 行：此后登记了第 {seq} 条，{said.Zh}，影响所问的 {day}。现在再问，答复会不同。",
                $"Row {row.Row}: since then entry {seq} was recorded, {said.En}, which touches {day}. "
                    + "Asked today, the answer would differ."));
        }
    }

    private static Text Told(Statement statement)
    {
        var at = Checker.At(statement.RecordedAt);
        if (statement is Amendment { EffectiveOn: var effect, Act: var act })
            return new($"{at} 登记、自 {effect:yyyy-MM-dd} 起生效的 {act}", $"a {act} recorded at {at} with effect from {effect:yyyy-MM-dd}");
        var kind = statement.GetType().Name.ToLowerInvariant();
        return new($"{at} 登记的 {kind}", $"a statement ({kind}) recorded at {at}");
    }

    private static ILookup<string, Verdict> By(Answer answer, Func<Verdict, string?> key) =>
        answer.Rows.Select(row => (Key: key(row), Row: row)).Where(one => one.Key is not null).ToLookup(one => one.Key!, one => one.Row);

    private static string? CodeOf(Verdict row)
    {
        if (row.Asked.Code is not { } typed || ItemCode.Parse(typed) is not { } code) return null;
        return code.Mark != row.Certificate!.Id ? code.Mark : null;
    }

    /// <summary>By what a row is looked up: the first of code, number, credit code and name that is given.</summary>
    private static string? KeyOf(VerificationRow asked) => asked switch
    {
        { Code: { } code } => ItemCode.Parse(code) is { } parsed ? "code " + parsed.Mark : null,
        { Number: { } number } =>
            CertificateNumber.Normalise(number) is { } normalised ? "number " + CertificateNumber.Compared(normalised) : null,
        { Uscc: { } uscc } => SocialCreditCode.Parse(uscc) is { } parsed ? "uscc " + parsed : null,
        { Name: { } name } => "name " + PlainText.Fold(name),
        _ => null,
    };

    private static IEnumerable<string> KeysOf(Statement statement, byte[] hash)
    {
        var content = statement is Issue issue ? issue.Certificate : (statement as Correct)?.Content;
        if (statement is Issue or IssueMark) yield return "code " + Identifier.OfHash(hash);
        if (content is null) yield break;
        yield return "number " + CertificateNumber.Compared(CertificateNumber.Normalise(content.Number)!);
        if (content.Holder.Uscc is { } uscc) yield return "uscc " + uscc;
        yield return "name " + PlainText.Fold(content.Holder.Name);
        if (content.Holder.NameEn is { } english) yield return "name " + PlainText.Fold(english);
    }
}
