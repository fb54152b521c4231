using System.Globalization;
using Registry.Certificates;
using Registry.Tables;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>What a kept answer says about itself, on its page and in its PDF.</summary>
public static class AnswerWording
{
    public static readonly Text HowToCheck = new(
        "不必相信本页：下载文件后可离线核对签名、证明与每一行结论。",
        "You need not trust this page: the file can be checked offline, signature, proofs and every verdict.");

    /// <summary>The day asked and the instant of the answer.</summary>
    public static Text AsOf(Answer answer)
    {
        var (on, at) = (answer.Question.On, Day.Minute(answer.AnsweredAt));
        var (bodies, certificates) = (answer.Coverage.Bodies, answer.Coverage.Certificates);
        var until = answer.Question.Until() is { } known ? Until(Day.Minute(known)) : new Text("", "");
        return new(
            $"按 {on:yyyy-MM-dd} 当日（另有注明的行除外）{until.Zh}。{at}（北京时间）作答；"
                + $"收录 {bodies} 家认证机构的 {certificates} 张证书，未收录不等于证书不存在。",
            $"As of {on:yyyy-MM-dd}, but for lines that say another day{until.En}. Answered at {at} (Beijing time), "
                + $"from {certificates} certificates of {bodies} bodies; what is not among them may exist.");
    }

    private static Text Until(string known) => new($"，只按到 {known} 为止的登记", $", as recorded until {known}");

    /// <summary>How many rows of each result, what most needs a look first.</summary>
    public static IEnumerable<(Outcome Outcome, int Count)> Totals(Verdict[] rows) =>
        Outcomes.ByUrgency.Select(outcome => (outcome, rows.Count(row => row.Result == outcome))).Where(total => total.Item2 > 0);

    /// <summary>What was demanded of every certificate, in words; empty where nothing was.</summary>
    public static Text Demands(VerificationRequest question)
    {
        var (zh, en) = (new List<string>(), new List<string>());
        void Add(Text text)
        {
            zh.Add(text.Zh);
            en.Add(text.En);
        }
        if (question.Category is { } no && Catalogue.CategoryOf(no) is { } category) Add(category.Numbered);
        if (question.Level is { } word && Words.Level(word) is { } code)
        {
            var level = Catalogue.Schemes.LevelOf(code)!.Name;
            Add(new($"等级不低于{level.Zh}", $"level at least {level.En}"));
        }
        if (question.Standard is { } standard && !string.IsNullOrWhiteSpace(standard)) Add(new(standard, standard));
        if (question.Scope is { } scope && !string.IsNullOrWhiteSpace(scope)) Add(new($"范围含“{scope}”", $"scope with “{scope}”"));
        return zh.Count == 0 ? new("", "") : new($"要求：{string.Join("，", zh)}。", $"Asked for: {string.Join(", ", en)}.");
    }

    /// <summary>What ties a copy to the signed file.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="hash">SHA-256 of the JWS, lower-case hex; null where it is not shown.</param>
    public static IEnumerable<(Text Name, string Value)> Evidence(Answer answer, string? hash)
    {
        yield return (new("答复编号", "Answer"), answer.Id);
        yield return (new("地址", "Address"), answer.Address);
        yield return (new("作答时刻", "Answered at"), Checker.At(answer.AnsweredAt));
        yield return (new("日志", "Log"), $"{answer.Log.Origin} · {answer.Log.Size.ToString(CultureInfo.InvariantCulture)}");
        yield return (new("根哈希", "Root"), answer.Log.Root);
        if (hash is not null) yield return (new("签名文件 SHA-256", "SHA-256 of the JWS"), hash);
    }
}
