using System.Text.Json.Nodes;
using Registry.Http;

namespace Registry.Contract;

/// <summary>Headers of requests and answers: what each says.</summary>
public static class Headers
{
    private const int Anything = 200;

    private static JsonObject Said() => new() { ["type"] = "string" };

    private static Asked Of(string zh, string en, Func<JsonObject>? make = null) => new(new(zh, en), make ?? Said);

    /// <summary>Of requests.</summary>
    public static readonly IReadOnlyDictionary<string, Asked> Heard = new Dictionary<string, Asked>
    {
        [Idempotency.Header] = Of("同一请求的键，保留七天；可以不带引号。",
            "Names the request for seven days (draft-ietf-httpapi-idempotency-key-header), as a quoted string or bare: the same again is answered as the first was, other content under it is refused.",
            () => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = Idempotency.MaxKey, ["pattern"] = "^[!-~]+$" }),
        ["If-None-Match"] = Of("已有答复的 ETag：相同时答复 304。", "ETag of the answer that the reader has: while it is the same, the answer is 304."),
        ["Deletion-Code"] = Of("保存答复时给出的删除码。", "The code that was given with the answer.", () => Kind.Text(Anything)),
        ["Last-Event-ID"] = Of("收到的最后一个事件：代替 after。", "The last event that was received: in place of `after`, for Server-Sent Events.", () => Kind.Whole(-1, long.MaxValue)),
        ["Range"] = Of("只取一段字节，以便续传。", "Only these bytes, to go on with what was cut off.", () => Kind.Text("^bytes=[0-9, -]+$")),
        ["Accept-Language"] = Of("语言：zh 或 en。", "The language of messages: zh or en."),
    };

    /// <summary>Of answers.</summary>
    public static readonly IReadOnlyDictionary<string, Asked> Told = new Dictionary<string, Asked>
    {
        ["RateLimit"] = Of("本次所用限额的余量：r 为剩余次数，t 为恢复的秒数。", "What is left of the budget: r requests, all of which are back after t seconds (draft-ietf-httpapi-ratelimit-headers)."),
        ["RateLimit-Policy"] = Of("限额：q 次每 w 秒。", "The budget: q requests in w seconds."),
        ["Retry-After"] = Of("可以再试前的秒数。", "Seconds after which it is worth coming again.", () => Kind.Whole(1, int.MaxValue)),
        ["X-Request-Id"] = Of("本次请求的标识，与日志中相同。", "What the request is called in the program's log; as the sender said, if he did."),
        ["ETag"] = Of("答复的标签，供 If-None-Match。", "Tag of the answer, for If-None-Match."),
        ["Link"] = Of("下一页（next），及对本接口的说明。", "The next page (rel next), and what describes the interface."),
        ["Location"] = Of("所产生的。", "Where that which was made can be read.", () => new() { ["type"] = "string", ["format"] = "uri-reference" }),
        ["Repr-Digest"] = Of("整个文件的 SHA-256（RFC 9530）。", "SHA-256 of the whole file (RFC 9530)."),
        ["Accept-Ranges"] = Of("bytes：可以取一段。", "bytes: a part can be asked for."),
        ["Content-Disposition"] = Of("文件的名称。", "Name of the file."),
        ["Content-Language"] = Of("文字的语言。", "The language of the texts.", () => Kind.Word(["zh-CN", "en"])),
        ["Left-Out"] = Of("文件中没有的内容。", "What the file does not hold."),
        ["Import-Summary"] = Of("各有多少行。", "How many rows came and what became of them."),
        ["WWW-Authenticate"] = Of("Bearer。", "Bearer."),
    };
}
