using Registry.Certificates;

namespace Registry.Marks;

/// <summary>
/// What a code of a mark or item says in one word, the worst that is known first. It is the certificate's status only where nothing stands
/// against it: what is withdrawn, the half of an item's code, an item whose tag could not be checked and one that looks copied are never
/// "valid".
/// </summary>
public static class MarkResult
{
    public const string Withdrawn = "mark-withdrawn", Incomplete = "incomplete", Unchecked = "unchecked", Copied = "copied";
    public const string Forged = "forged", Mistyped = "mistyped", NotInRegistry = "not-in-registry";

    /// <param name="status">Of the certificate on the day asked.</param>
    /// <param name="withdrawn">The mark, its item, or every one of its items.</param>
    /// <param name="half">Of a code of an item only the first half is given.</param>
    /// <param name="copied">Its openings look like those of many copies.</param>
    /// <param name="unchecked">Of an item the tag could not be checked, because this copy of the registry lacks the mark's seed.</param>
    public static string Of(Status status, bool withdrawn, bool half, bool copied, bool @unchecked = false) =>
        withdrawn ? Withdrawn
        : status is not (Status.Valid or Status.NotYetValid) ? status.Word()
        : half ? Incomplete
        : @unchecked ? Unchecked
        : copied ? Copied
        : status.Word();

    public static Text Name(string result) => result switch
    {
        Withdrawn => new("标志已撤回", "Mark withdrawn"),
        Incomplete => new("编码不完整", "Incomplete code"),
        Unchecked => new("未核对这一件", "Item not checked here"),
        Copied => new("可能被复制", "Possibly copied"),
        Forged => new("此编码是编造的", "This code is made up"),
        Mistyped => new("编码输入有误", "The code is mistyped"),
        NotInRegistry => new("未收录", "Not in this registry"),
        _ => Statuses.All.First(status => status.Word() == result).Name(),
    };
}
