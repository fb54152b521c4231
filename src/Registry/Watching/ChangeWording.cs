using Registry.Certificates;

namespace Registry.Watching;

/// <summary>Changes in words.</summary>
public static class ChangeWording
{
    public static readonly Text AllChanges = new("认证证书登记簿：新登记", "Certificate registry: what was recorded");

    private static Text Act(string act) => act switch
    {
        "issue-mark" => new("颁发标志", "Mark issued"),
        "withdraw-mark" => new("收回标志", "Mark withdrawn"),
        "admit" => new("认证机构登记", "Body admitted"),
        "register-key" => new("公钥登记", "Key registered"),
        "withdraw-key" => new("公钥撤回", "Key withdrawn"),
        "accept-loss" => new("日志丢失的声明", "Loss stated"),
        "own-signature-only" => new("只认自己的签名", "Own signature only"),
        _ => Begun(Acts.Done(act)),
    };

    /// <summary>As a title begins.</summary>
    private static Text Begun(Text text) => new(text.Zh, char.ToUpperInvariant(text.En[0]) + text.En[1..]);

    private static Text Title(Change change)
    {
        var act = Act(change.Act);
        return change.Certificate is null ? new($"{act.Zh}：{change.Body}", $"{act.En}: {change.Body}")
            : new($"{act.Zh}：{change.Holder}，{change.Number}", $"{act.En}: {change.Holder}, {change.Number}");
    }

    private static Text Told(Change change)
    {
        var recorded = Day.Minute(change.RecordedAt);
        var none = new Text("", "");
        var effect = change.EffectiveOn is { } day ? new($"自 {day:yyyy-MM-dd} 起生效；", $"Takes effect on {day:yyyy-MM-dd}; ") : none;
        var until = change.Until is { } end ? new($"预计至 {end:yyyy-MM-dd}；", $"announced until {end:yyyy-MM-dd}; ") : none;
        var reason = change.Reason is { } why ? new($"原因类别：{why.Name().Zh}；", $"category of reason: {why.Name().En}; ") : none;
        return new($"{effect.Zh}{until.Zh}{reason.Zh}登记于 {recorded}（北京时间），日志第 {change.LogIndex} 条，认证机构 {change.Body}。",
            $"{effect.En}{until.En}{reason.En}recorded {recorded} (Beijing time) as entry {change.LogIndex}, body {change.Body}.");
    }

    /// <summary>A change as an entry of a feed.</summary>
    public static FeedEntry Entry(Change change, string address, Language language) => new(
        $"{address}/v1/log/{change.LogIndex}/proof", address + PageOf(change),
        Title(change)[language], Told(change)[language], change.RecordedAt);

    private static string PageOf(Change change)
    {
        if (change.Mark is { } mark) return $"/m/{mark}";
        return change.Certificate is { } id ? $"/c/{id}" : "/log";
    }
}
