using System.Globalization;
using System.Text;
using System.Text.Json;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Answers;

/// <summary>
/// Checks without the registry what it handed out: answers, single proofs in the form of C2SP tlog-proof, and evidence of forks. It needs
/// the log's public key and nothing more.
/// </summary>
/// <param name="trusted">The log's public key as it is known otherwise; null where nobody gave it: then nothing is called right.</param>
/// <param name="policy">The quorum of witnesses that must have cosigned; null where none is asked for.</param>
public sealed class Checker(VerifierKey? trusted, WitnessPolicy? policy = null)
{
    private readonly CheckReport report = new();

    /// <summary>Checks the bytes of a file.</summary>
    public CheckReport Check(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("\uFEFF"u8)) file = file[3..];
        var text = file.Length > 0 && file[0] != '{' ? Encoding.UTF8.GetString(file) : "";
        if (AnswerFile.Parse(file) is { } answer) CheckAnswer(answer);
        else if (text.StartsWith(InclusionProof.Header, StringComparison.Ordinal)) CheckProof(text);
        else if (text.StartsWith(Evidence.Header, StringComparison.Ordinal)) CheckEvidence(text);
        else report.IsUntold(new(
            "这不是签名的答复、包含证明（tlog-proof）或分叉证据。答复的 PDF、工作簿和 CSV 是给人看的：能核对的是其二维码所指地址上的文件 answer-….json。",
            "This is no signed answer, no inclusion proof (tlog-proof) and no evidence of a fork. The PDF, workbook or CSV of an answer is "
            + "for reading: what can be checked is the file answer-….json at the address of its QR code."));
        return report;
    }

    /// <summary>The key to check with; where none is trusted, the one that the file names, and that is said.</summary>
    private VerifierKey? KeyOf(string? named)
    {
        if (named is not null && VerifierKey.Parse(named) is not { Type: VerifierKey.Signature })
        {
            report.IsWrong(new("文件里的公钥不是日志的公钥。", "The key that the file names is no key of a log."));
            return null;
        }
        if (trusted is null)
        {
            report.IsUntold(named is null ? new("需要登记簿的公钥才能核对。", "The registry's public key is needed to check it.")
                : new($"文件自称由此公钥签署：{named}。请与另行得知的公钥比较，或给出公钥再核对。",
                    $"The file itself names the key {named}: compare it with the one you know otherwise, or give that one (--key)."));
            return named is null ? null : VerifierKey.Parse(named);
        }
        if (named is not null && named != trusted.ToString())
            report.IsWrong(new($"文件属于另一个日志：{named}。", $"The file is of another log: {named}."));
        return trusted;
    }

    private void CheckAnswer(AnswerFile file)
    {
        if (KeyOf(file.Log) is not { } key) return;
        if (file.Key != Jwk.Of(key))
            report.IsWrong(new(
                "文件里供 JWS 工具使用的公钥不是该日志的公钥。", "The key that the file holds for tools of JWS is not the key of the log."));
        var jws = Jws.Parse(Encoding.UTF8.GetBytes(file.Signed), Jws.AnswerType).Jws;
        if (jws is null || !jws.IsSignedBy(Jwk.Of(key)))
        {
            report.IsWrong(new("答复不是由该公钥签署的。", "The answer is not signed by that key."));
            return;
        }
        Answer answer;
        try { answer = Answer.FromJson(jws.Payload); }
        catch (JsonException)
        {
            report.IsUntold(new(
                "签名正确，但内容的格式不是本程序认识的。",
                "The signature is right, but the content has a form that this program does not know."));
            return;
        }
        report.Answer = answer;
        try { CheckContent(file, answer, key); }
        // Whoever holds a key may sign anything: days beyond the calendar, certificates of nothing.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            report.IsWrong(new("答复含有任何登记簿都不会签署的内容。", "The answer holds what no registry signs."));
        }
    }

    private void CheckContent(AnswerFile file, Answer answer, VerifierKey key)
    {
        if (answer.Log.Origin != key.Name) report.IsWrong(new("答复说的是另一个日志。", "The answer speaks of another log."));
        if (Checkpoint.Open(file.Checkpoint, key) is not { } under)
        {
            report.IsWrong(new("检查点不是由该公钥签署的。", "The checkpoint is not signed by that key."));
            return;
        }
        report.Under = under;
        if (under.Checkpoint.Size != answer.Log.Size || Convert.ToBase64String(under.Checkpoint.Root) != answer.Log.Root)
            report.IsWrong(new("答复的日志大小或根哈希与检查点不同。", "Size or root of the answer are not those of the checkpoint."));
        var statements = Statements(file, answer, under.Checkpoint, key);
        CheckRows(answer, statements);
        CheckNewest(file, answer, under.Checkpoint, statements);
        CheckAge(answer);
        CheckWitnesses(under, file.Witnessed, key);
    }

    /// <summary>The statements of the file whose proofs are right, with the instants that the answer says.</summary>
    private Dictionary<long, ShownStatement> Statements(AnswerFile file, Answer answer, Checkpoint checkpoint, VerifierKey key)
    {
        var leaves = new Dictionary<long, byte[]>();
        foreach (var text in file.Proofs)
        {
            if (InclusionProof.Parse(text) is not { } proof)
            {
                report.IsWrong(new("有一份包含证明无法读取。", "An inclusion proof cannot be read."));
                continue;
            }
            var (index, hash) = (proof.Index, MerkleTree.LeafHash(proof.Leaf));
            if (proof.Checkpoint != file.Checkpoint && Checkpoint.Open(proof.Checkpoint, key) is null)
                report.IsWrong(new(
                    $"第 {index} 条的证明所附的检查点不是由该公钥签署的。", $"The checkpoint beside the proof of entry {index} is not signed by that key."));
            if (MerkleTree.VerifyInclusion(hash, index, checkpoint.Size, proof.Hashes, checkpoint.Root)) leaves[index] = proof.Leaf;
            else report.IsWrong(new($"第 {index} 条不在签署的日志里。", $"Entry {index} is not in the log that was signed."));
        }

        var statements = new Dictionary<long, ShownStatement>();
        var before = DateTimeOffset.MinValue;
        foreach (var told in answer.Statements)
        {
            if (told.RecordedAt < before)
                report.IsWrong(new(
                    $"第 {told.LogIndex} 条的登记时间早于前一条。",
                    $"Entry {told.LogIndex} is said to be recorded before the one before it."));
            before = told.RecordedAt;
            if (!leaves.TryGetValue(told.LogIndex, out var leaf) || Convert.ToBase64String(MerkleTree.LeafHash(leaf)) != told.LeafHash)
                report.IsWrong(new(
                    $"文件里没有答复所指的第 {told.LogIndex} 条。",
                    $"The file does not hold entry {told.LogIndex} as the answer names it."));
            else if (Read(told, leaf) is { } shown) statements[told.LogIndex] = shown;
        }
        CheckSigners(statements.Values, key);
        report.Fact(new(
            $"{answer.Statements.Length} 条声明，逐条证明在 {checkpoint.Size} 条的日志之中。",
            $"{answer.Statements.Length} statements, each proven to be in the log of {checkpoint.Size} entries."));
        return statements;
    }

    private ShownStatement? Read(RestingOn told, byte[] leaf)
    {
        try
        {
            var statement = Statement.FromJson(Jws.PayloadOf(leaf)) with { RecordedAt = told.RecordedAt };
            // Recorded is what was stated, or the instant of an earlier entry that was later.
            if (statement.StatedAt > told.RecordedAt)
                report.IsWrong(new(
                    $"第 {told.LogIndex} 条说登记早于声明。",
                    $"Entry {told.LogIndex} is said to be recorded before it was stated."));
            return new(told.LogIndex, leaf, statement);
        }
        catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
        {
            report.IsWrong(new($"第 {told.LogIndex} 条不是声明。", $"Entry {told.LogIndex} is no statement."));
            return null;
        }
    }

    /// <summary>Each statement is signed by the log's key for a body, or by a key that the body had registered before.</summary>
    private void CheckSigners(IEnumerable<ShownStatement> statements, VerifierKey log)
    {
        var (own, keys) = (Jwk.Of(log), new Dictionary<string, (string Body, Jwk Key)>());
        foreach (var (seq, leaf, statement) in statements.OrderBy(one => one.Seq))
        {
            // A key that another key of its body signed in stands in the log; the chain back to its first is the whole log's matter.
            if (!IsSigned(leaf, statement) && statement is not RegisterKey { OnBehalf: null })
                report.IsWrong(new(
                    $"第 {seq} 条的签名不对，或签名的公钥不在文件里。",
                    $"The signature of entry {seq} is wrong, or the key that signed it is not in the file."));
            if (statement is RegisterKey register) keys[register.Key.Thumbprint] = (register.Body, register.Key);
        }

        bool IsSigned(byte[] leaf, Statement statement)
        {
            if (Jws.Parse(leaf).Jws is not { } jws) return false;
            if (statement.OnBehalf is not null) return jws.IsSignedBy(own);
            return keys.TryGetValue(jws.Kid, out var known) && known.Body == statement.Body && jws.IsSignedBy(known.Key);
        }
    }

    private static readonly Text
        onlyPresent = new(
            "包含证明说明声明在日志之中，不说明没有别的声明：有没有遗漏，用 registry check --log 对照日志。",
            "A proof of inclusion shows that a statement is there, not that none was left out: "
                + "registry check --log compares with the log itself."),
        ofMarks = new(
            "标志是否另被收回，要对照日志：registry check --log。",
            "Whether a mark was withdrawn otherwise only the log shows: registry check --log."),
        clockWrong = new(
            "日志最新的一条晚于答复的时刻：登记簿的时钟不对。",
            "The newest entry of the log is later than the answer: the registry's clock was wrong.");
    private void CheckRows(Answer answer, Dictionary<long, ShownStatement> statements)
    {
        var replay = new AnswerReplay(answer, statements);
        var (follow, without) = (0, 0);
        var isNumbered = answer.Rows.Select(row => row.Row).SequenceEqual(Enumerable.Range(1, answer.Rows.Length));
        if (!isNumbered || answer.Lines is { } lines && lines.Length != answer.Rows.Length)
            report.IsWrong(new(
                "各行的行号、所给的原文与各行不对应。",
                "Its rows, their numbers and the lines they were given in do not fit each other."));
        foreach (var row in answer.Rows)
            if (replay.Fault(row) is { } fault) report.IsWrong(new($"第 {row.Row} 行：{fault.Zh}。", $"Row {row.Row}: {fault.En}."));
            else if (row.Certificate is null) without++;
            else follow++;
        report.Fact(new($"{follow} 行的结论由其声明重新推出，完全一致。", $"{follow} verdicts follow from their statements, field by field."));
        if (without > 0)
            report.Remark(new(
                $"{without} 行没有证书可证：日志里没有什么，只有读完整个日志（registry check --log）才能看出。",
                $"{without} rows name no certificate: what is not in a log only the whole log can show (registry check --log)."));
    }

    private void CheckNewest(AnswerFile file, Answer answer, Checkpoint checkpoint, Dictionary<long, ShownStatement> statements)
    {
        if (answer.Rows.All(row => row.Certificate is null)) return;
        if (file.Newest is not { } newest)
        {
            report.Remark(onlyPresent);
            return;
        }
        var check = new NewestCheck(newest, answer, statements);
        foreach (var fault in check.Faults(checkpoint)) report.IsWrong(fault);
        if (check.Shown > 0)
            report.Fact(new(
                $"关于 {check.Shown} 张证书，所列声明就是所签署的日志中的全部：日志自身的映射（第 {newest.Size} 条所载之根）证明没有遗漏。",
                $"About {check.Shown} certificates these are all statements of the log that was signed: "
                + $"its own map, whose root entry {newest.Size} bears, shows that none was left out."));
        if (answer.Rows.Any(row => row.Asked.Code is { } code && ItemCode.Parse(code)?.Mark != row.Certificate?.Id)) report.Remark(ofMarks);
    }

    private void CheckAge(Answer answer)
    {
        if (answer.Log.RecordedTo is not { } newest) return;
        if (newest > answer.AnsweredAt + EntryLog.MaxAhead) report.Remark(clockWrong);
        if (answer.Statements.Any(one => one.RecordedAt > newest))
            report.IsWrong(new(
                "有声明登记于所说的日志最新一条之后。",
                "A statement was recorded after what is said to be the newest entry."));
        var age = Span(answer.AnsweredAt - newest);
        report.Fact(new(
            $"答复时日志最新的一条登记于 {At(newest)}，在答复之前 {age.Zh}。",
            $"When it answered, the newest entry of the log was recorded at {At(newest)}, {age.En} before."));
    }

    private void CheckWitnesses((Checkpoint Checkpoint, Note Note) under, Witnessed? witnessed, VerifierKey key)
    {
        var notes = new List<Note> { under.Note };
        if (witnessed is not null)
        {
            if (Continued(under.Checkpoint, witnessed, key) is { } later) notes.Add(later);
            else report.IsWrong(new(
                "见证人共签的检查点与答复的日志不连续。",
                "The checkpoint that witnesses cosigned does not continue the log of the answer."));
        }
        foreach (var note in notes)
            foreach (var line in note.Signatures.Where(line => line.Name != key.Name))
            {
                var told = Told(note, line);
                report.Fact(new(
                    $"见证人 {line.Name} 于 {At(line.At)} 看到此日志（{told.Zh}）。",
                    $"Witness {line.Name} saw this log at {At(line.At)} ({told.En})."));
            }
        if (policy is null) return;
        if (!policy.IsAbout(key)) report.IsWrong(new("见证策略里没有这个日志。", "The policy names other logs, and not this one."));
        if (notes.All(note => policy.QuorumAt(note) is null))
            report.IsUntold(new("见证策略的法定数没有共签。", "The quorum of the policy did not cosign."));

        Text Told(Note note, NoteSignature line)
        {
            var known = policy?.Witnesses.FirstOrDefault(line.IsOf);
            if (known is null) return new("未核对：没有给出其公钥", "not checked: its key was not given");
            return note.Cosignature(known) is null ? new("签名不符", "its signature does not fit") : new("签名相符", "its signature fits");
        }
    }

    /// <summary>The later checkpoint that witnesses cosigned; null where it does not continue the log of the answer.</summary>
    private static Note? Continued(Checkpoint from, Witnessed witnessed, VerifierKey key)
    {
        var hashes = witnessed.Consistency.Select(Base64.Decode).ToList();
        if (hashes.Contains(null) || Checkpoint.Open(witnessed.Checkpoint, key) is not { Checkpoint: var to, Note: var note }) return null;
        return MerkleTree.VerifyConsistency(from.Size, to.Size, from.Root, to.Root, hashes!) ? note : null;
    }

    private void CheckProof(string text)
    {
        if (KeyOf(null) is not { } key) return;
        if (InclusionProof.Parse(text) is not { } proof || !proof.Verify(key))
        {
            report.IsWrong(new(
                "证明不成立：该声明不在由此公钥签署的检查点之中。",
                "The proof fails: the statement is not under a checkpoint that this key signed."));
            return;
        }
        report.Under = Checkpoint.Open(proof.Checkpoint, key);
        var (said, size) = (Describe(proof.Leaf), report.Under!.Value.Checkpoint.Size);
        report.Fact(new(
            $"第 {proof.Index} 条在 {size} 条的日志之中：{said}",
            $"Entry {proof.Index} is in the log of {size} entries: {said}"));
        report.Remark(new("此证明不说明之后没有别的声明。", "It does not show that nothing was stated later."));
        CheckWitnesses(report.Under.Value, null, key);
    }

    private static string Describe(byte[] leaf)
    {
        try { return Encoding.UTF8.GetString(Jws.PayloadOf(leaf)); }
        catch (Exception error) when (error is FormatException or ArgumentException) { return Convert.ToBase64String(leaf); }
    }

    private void CheckEvidence(string text)
    {
        if (Evidence.Parse(text) is not { } evidence)
        {
            report.IsWrong(new("证据无法读取。", "The evidence cannot be read."));
            return;
        }
        if (KeyOf(evidence.Log.ToString()) is not { } key) return;
        report.Fact(new($"所指控的：{evidence.What}", $"It says: {evidence.What}"));
        if (evidence.Proves(key)) report.Fact(new("证据成立：该公钥签署了诚实的日志不会签署的内容。", "Proven: that key signed what no honest log signs."));
        else report.IsWrong(new("证据不成立：它不能指控任何人。", "Not proven: this accuses nobody."));
    }

    /// <summary>An instant as both languages write it.</summary>
    public static string At(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Text Span(TimeSpan span)
    {
        if (span.TotalDays >= 2) return new($"{span.TotalDays:0} 天", $"{span.TotalDays:0} days");
        if (span.TotalMinutes >= 2) return new($"{span.TotalMinutes:0} 分钟", $"{span.TotalMinutes:0} minutes");
        var seconds = Math.Max(0, span.TotalSeconds);
        return new($"{seconds:0} 秒", $"{seconds:0} seconds");
    }
}
