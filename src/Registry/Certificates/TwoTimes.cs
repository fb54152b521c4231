namespace Registry.Certificates;

/// <summary>
/// The two times of an answer in words: what the record said of a day, as it stood then, and what has been recorded since with an effect up
/// to that day. So a certificate of last year that was issued today, and a revocation that reaches back, are seen for what they are.
/// </summary>
/// <param name="On">The day asked.</param>
/// <param name="Until">Up to when the record is taken: the instant asked, or the end of that day.</param>
/// <param name="Then">What it said of that day; null where it held nothing of the certificate yet.</param>
/// <param name="Now">What it says of it today.</param>
/// <param name="Since">What was recorded later and takes effect on that day or before, oldest first.</param>
public sealed record TwoTimes(DateOnly On, DateTimeOffset Until, Status? Then, Status Now, IReadOnlyList<Statement> Since)
{
    /// <summary>Null where nothing was recorded since that touches the day.</summary>
    /// <param name="id">Of the certificate.</param>
    /// <param name="statements">Every one about it, oldest first.</param>
    /// <param name="on">The day asked.</param>
    /// <param name="knownAt">The instant asked; null where the end of that day is meant.</param>
    public static TwoTimes? Of(string id, IReadOnlyList<(long Seq, Statement Statement)> statements, DateOnly on, DateTimeOffset? knownAt)
    {
        var until = knownAt ?? Day.End(on);
        bool TouchesTheDay(Statement one) => one is not Amendment amendment || amendment.EffectiveOn <= on;
        var since = statements.Select(entry => entry.Statement).Where(one => one.RecordedAt > until && TouchesTheDay(one)).ToList();
        if (since.Count == 0) return null;
        Status? Of(DateTimeOffset? known) =>
            Lifecycle.Replay(id, statements, on, known) is { } certificate ? Lifecycle.StatusOn(certificate, on) : null;
        return new(on, until, Of(until), Of(null)!.Value, since);
    }

    /// <summary>As one reads it: "valid on 2026-05-01; a revocation recorded on 2026-05-20 takes effect from 2026-04-15".</summary>
    public string Sentence(Language language)
    {
        var acts = string.Join(new Text("；", "; ")[language], Since.Select(one => Told(one)[language]));
        var then = Then is { } status ? Shown(status)
            : new Text("本登记簿还没有这张证书", "the registry had nothing of this certificate");
        var record = Until == Day.End(On) ? new Text("当日的登记情况", "As recorded by the end of that day")
            : new Text($"按 {Day.Minute(Until)}（北京时间）为止的登记", $"As recorded until {Day.Minute(Until)} (Beijing time)");
        var now = Shown(Now);
        var end = Then == Now ? "" : new Text($"。所以现在答：{now.Zh}", $". So the answer now is: {now.En}")[language];
        return new Text($"{record.Zh}：{then.Zh}；{acts}{end}。", $"{record.En}: {then.En}; {acts}{end}.")[language];

        Text Shown(Status status) =>
            new($"{On:yyyy-MM-dd} {status.Name().Zh}", $"{status.Name().En.ToLowerInvariant()} on {On:yyyy-MM-dd}");
    }

    private static Text Told(Statement statement)
    {
        var at = Day.Of(statement.RecordedAt);
        return statement is not Amendment amendment ? new($"{at:yyyy-MM-dd} 才登记颁发", $"its issue was recorded on {at:yyyy-MM-dd}")
            : Acting(Lifecycle.ActOf(amendment).Noun(), $"{at:yyyy-MM-dd}", $"{amendment.EffectiveOn:yyyy-MM-dd}");
    }

    private static Text Acting(Text act, string recorded, string from) =>
        new($"{recorded} 登记的{act.Zh}自 {from} 起生效", $"{act.En} recorded on {recorded} takes effect from {from}");

}
