using System.Reflection;

namespace Registry;

/// <summary>How a refusal is answered; <c>Http/Problems</c> gives each its status.</summary>
public enum RefusalKind { Malformed, Invalid, Unauthorised, Forbidden, NotFound, MadeUp, Gone, Conflict, TooLarge, Unsupported, Limited, Unavailable }

/// <summary>
/// One reason to refuse, with a code that never changes. The wordings may hold {0}, {1}. This list is complete: the published contract
/// and the page of problems are made from it.
/// </summary>
public sealed record Refusal(string Code, RefusalKind Kind, Text Message)
{
    private static Refusal Of(string code, RefusalKind kind, string zh, string en) => new(code, kind, new(zh, en));

    // ---- requests
    public static readonly Refusal InvalidRequest = Of("invalid-request", RefusalKind.Invalid, "请求中有 {0} 处错误，未作任何更改。", "The request has {0} error(s); nothing was changed.");
    public static readonly Refusal MalformedJson = Of("malformed-json", RefusalKind.Malformed, "内容不是有效的 JSON（第 {0} 行，第 {1} 字节附近）。", "The content is not valid JSON (near line {0}, byte {1}).");
    public static readonly Refusal BadRequest = Of("bad-request", RefusalKind.Malformed, "请求无法读取。", "The request cannot be read.");
    public static readonly Refusal UnknownParameter = Of("unknown-parameter", RefusalKind.Invalid, "这个地址不接受参数 {0}{1}", "This address takes no parameter {0}{1}");
    public static readonly Refusal GivenTwice = Of("given-twice", RefusalKind.Invalid, "参数 {0} 给了不止一次；只能给一次。", "{0} is given more than once; give it once.");
    public static readonly Refusal TooLarge = Of("too-large", RefusalKind.TooLarge, "内容过大，最多 {0} 字节。", "The content is too large; at most {0} bytes.");
    public static readonly Refusal UnsupportedMedia = Of("unsupported-media-type", RefusalKind.Unsupported, "不支持此内容类型，请使用 {0}。", "This content type is not supported; send {0}.");
    public static readonly Refusal NotFound = Of("not-found", RefusalKind.NotFound, "没有这个地址。", "There is nothing at this address.");
    public static readonly Refusal MethodNotAllowed = Of("method-not-allowed", RefusalKind.Malformed, "此地址不支持该方法。", "This address does not take that method.");
    public static readonly Refusal NoSuchRange = Of("no-such-range", RefusalKind.Malformed, "文件没有所要的部分（Range）：共 {0} 字节。", "The file has no such part (Range): it has {0} bytes.");
    public static readonly Refusal ChangedSince = Of("changed-since", RefusalKind.Malformed, "现有的内容不是所给条件（If-Match、If-Unmodified-Since）所指的那一份。", "What is here is not what the condition names (If-Match, If-Unmodified-Since).");
    public static readonly Refusal Unavailable = Of("cannot-check-now", RefusalKind.Unavailable, "暂时无法查询，这不表示证书无效。请稍后再试。", "It cannot be checked right now. This does not mean that the certificate is invalid. Please try again shortly.");
    public static readonly Refusal CannotRecord = Of("cannot-record-now", RefusalKind.Unavailable, "暂时无法记录，未作任何更改。请稍后再试。", "It cannot be recorded right now; nothing was changed. Please try again shortly.");
    public static readonly Refusal OutcomeUnknown = Of("outcome-unknown", RefusalKind.Unavailable, "不能确定是否已经记录。请原样再发一次（Idempotency-Key 也不变）：已经记录的会照此回答，不会记录两次；没有用 Idempotency-Key 的，请先查询记录。", "It is not known whether it was recorded. Send the same again with the same Idempotency-Key: what was recorded is answered as such and not recorded twice. If you sent none, look at the record first.");
    public static readonly Refusal CatchingUp = Of("catching-up", RefusalKind.Unavailable, "本节点正在追赶日志：已到 {0} 条，共 {1} 条。", "This node is catching up with the log: {0} of {1} entries.");
    public static readonly Refusal TooWide = Of("too-wide", RefusalKind.Unavailable, "查询范围过大，未能在时限内完成。请增加条件。", "The query is too wide to finish in time. Please add conditions.");

    public static readonly Refusal TooManyRequests = Of("too-many-requests", RefusalKind.Limited, "来自同一网络或同一密钥的请求过多：{0} 每 {1} 秒最多 {2} 次。请 {3} 秒后再试。", "Too many requests from one network or one key: of {0} at most {2} in {1} s. Please try again in {3} s.");

    // ---- fields
    public static readonly Refusal Required = Of("required", RefusalKind.Invalid, "必填。", "This is required.");
    public static readonly Refusal UnknownField = Of("unknown-field", RefusalKind.Invalid, "没有这个字段{0}", "There is no such field{0}");
    public static readonly Refusal WrongType = Of("wrong-type", RefusalKind.Invalid, "类型不对，应为{0}。", "Of the wrong type; expected {0}.");
    public static readonly Refusal TooLong = Of("too-long", RefusalKind.Invalid, "最多 {0} 个字符。", "At most {0} characters.");
    public static readonly Refusal TooMany = Of("too-many", RefusalKind.Invalid, "最多 {0} 项。", "At most {0} items.");
    public static readonly Refusal BadText = Of("bad-text", RefusalKind.Invalid, "含有控制字符或不成对的代理字符。", "Contains control characters or unpaired surrogates.");
    public static readonly Refusal Spoilt = Of("spoilt", RefusalKind.Invalid, "“{0}”不是原来的内容：被表格软件改写（科学计数、.0、尾数变零、错误值），或因编码不对、网页转写而丢失。请把该列设为文本格式或改用 UTF-8，重新填写原值。", "“{0}” is not what was once written: a spreadsheet changed it (a power of ten, .0, zeros at the end, an error value), or a wrong encoding or a web page's spelling lost it. Make the column text, or save as UTF-8, and enter the original again.");
    public static readonly Refusal SaysNone = Of("says-none", RefusalKind.Invalid, "“{0}”只说没有，或说在别处。必填的请填写原值，没有的请留空。", "“{0}” only says that there is none, or that it stands elsewhere. Enter the value, or leave blank what there is none of.");
    public static readonly Refusal HoldsMore = Of("holds-more", RefusalKind.Invalid, "“{0}”里除了应填的内容还有“{1}”。请只填内容本身，一格一个。", "“{0}” holds “{1}” beside what belongs here. Enter that alone, one in a cell.");
    public static readonly Refusal BadNumber = Of("bad-number", RefusalKind.Invalid, "证书编号去除空白后应为 1 至 50 个字符。", "A certificate number has 1 to 50 characters, white space not counted.");
    public static readonly Refusal BadDate = Of("bad-date", RefusalKind.Invalid, "日期应写作 YYYY-MM-DD，在 1990-01-01 至 2199-12-31 之间。", "Write a date as YYYY-MM-DD, from 1990-01-01 to 2199-12-31.");
    public static readonly Refusal BadInstant = Of("bad-instant", RefusalKind.Invalid, "时刻应带时区，如 2026-05-01T00:00:00Z 或 2026-05-01T08:00:00+08:00。", "Write an instant with its offset, such as 2026-05-01T00:00:00Z or 2026-05-01T08:00:00+08:00.");
    public static readonly Refusal BadUscc = Of("bad-uscc", RefusalKind.Invalid, "统一社会信用代码不符合 GB 32100-2015：应为 18 位且校验码正确。", "Not a unified social credit code of GB 32100-2015: 18 characters with a correct check character.");
    public static readonly Refusal BadRegion = Of("bad-region", RefusalKind.Invalid, "地区应为六位 GB/T 2260 代码或完整名称，如 370200 或 山东省青岛市。", "A region is a six-digit code of GB/T 2260 or a full name, such as 370200 or 山东省青岛市.");
    public static readonly Refusal UnknownCategory = Of("unknown-category", RefusalKind.Invalid, "认证项目应为目录编号 1 至 28。", "A category is a catalogue number from 1 to 28.");
    public static readonly Refusal UnknownLevel = Of("unknown-level", RefusalKind.Invalid, "该认证项目的服务等级应为：{0}。", "The levels of this category are: {0}.");
    public static readonly Refusal NoLevels = Of("no-levels", RefusalKind.Invalid, "该认证项目不分等级。", "This category has no levels.");
    public static readonly Refusal LevelRequired = Of("level-required", RefusalKind.Invalid, "该认证项目须给出服务等级：{0}。", "This category needs a level: {0}.");
    public static readonly Refusal ScoreTooLow = Of("score-too-low", RefusalKind.Invalid, "得分低于 {0}，不能颁发证书。", "With a score below {0} there is no certificate.");
    public static readonly Refusal ScoreDisagrees = Of("score-disagrees", RefusalKind.Invalid, "得分对应的等级是 {0}，与所填等级不符。分数不进位。", "That score gives the level {0}, not the one stated. Scores are never rounded up.");
    public static readonly Refusal BadScore = Of("bad-score", RefusalKind.Invalid, "得分应在 0 至 101 之间。", "A score lies between 0 and 101.");
    public static readonly Refusal NoScores = Of("no-scores", RefusalKind.Invalid, "该认证项目不评分。", "This category has no scores.");
    public static readonly Refusal ReasonNotPermitted = Of("reason-not-permitted", RefusalKind.Invalid, "该认证方案的{0}不用这个原因；可用：{1}。", "The scheme does not permit that reason to {0}; permitted are: {1}.");
    public static readonly Refusal UnknownWord = Of("unknown-word", RefusalKind.Invalid, "应为以下之一：{0}。", "Must be one of: {0}.");
    public static readonly Refusal OutOfRange = Of("out-of-range", RefusalKind.Invalid, "应在 {0} 与 {1} 之间。", "Must lie between {0} and {1}.");
    public static readonly Refusal BadCursor = Of("bad-cursor", RefusalKind.Invalid, "游标无效，请使用上一页给出的 next。", "Not a cursor of this query; use the `next` of the page before.");
    public static readonly Refusal BadGtin = Of("bad-gtin", RefusalKind.Invalid, "GTIN 应为 8、12、13 或 14 位数字且校验位正确。", "A GTIN has 8, 12, 13 or 14 digits with a correct check digit.");
    public static readonly Refusal TermTooLong = Of("term-too-long", RefusalKind.Invalid, "有效期最长 {0} 个月。", "The term is at most {0} months.");
    public static readonly Refusal ExpiryBeforeIssue = Of("expiry-before-issue", RefusalKind.Invalid, "证书到期日期早于颁证日期。", "It would expire before it is issued.");
    public static readonly Refusal FirstIssueAfterIssue = Of("first-issue-after-issue", RefusalKind.Invalid, "初次获证日期晚于颁证日期。", "The first issue cannot come after the issue.");
    public static readonly Refusal TooFarAhead = Of("too-far-ahead", RefusalKind.Invalid, "颁证日期最多提前一年登记。", "A certificate can be recorded at most one year ahead.");
    public static readonly Refusal SurveyOutOfTerm = Of("survey-out-of-term", RefusalKind.Invalid, "监督日期应在颁证日期之后且不晚于今天。", "Surveillance falls on or after the day of issue and not after today.");
    public static readonly Refusal NothingToCorrect = Of("nothing-to-correct", RefusalKind.Invalid, "没有给出要变更的内容。", "Nothing to correct is given.");

    // ---- who
    public static readonly Refusal KeyRequired = Of("key-required", RefusalKind.Unauthorised, "需要认证机构的密钥：Authorization: Bearer reg_…", "A key of a certification body is needed: Authorization: Bearer reg_…");
    public static readonly Refusal KeyRejected = Of("key-rejected", RefusalKind.Unauthorised, "密钥无效、已过期或已吊销。", "The key is unknown, expired or revoked.");
    public static readonly Refusal UnknownBody = Of("unknown-body", RefusalKind.Invalid, "该认证机构未在本登记簿登记。", "That certification body is not admitted to this registry.");
    public static readonly Refusal BadApprovalNumber = Of("bad-approval-number", RefusalKind.Invalid, "批准号应写作 CNCA-R-YYYY-NNN 或 CNCA-RF-YYYY-NN。", "An approval number reads CNCA-R-YYYY-NNN or CNCA-RF-YYYY-NN.");
    public static readonly Refusal BodyExists = Of("body-exists", RefusalKind.Conflict, "该批准号已登记，名称不同。", "That approval number is already admitted under another name.");

    // ---- signed statements
    public static readonly Refusal MalformedJws = Of("malformed-jws", RefusalKind.Malformed, "内容不是紧凑式 JWS（RFC 7515）：应为以点分隔的三段 base64url，无填充和空白。", "This is no compact JWS (RFC 7515): three parts of base64url with dots between, no padding, no white space.");
    public static readonly Refusal AlgorithmNone = Of("algorithm-none", RefusalKind.Malformed, "不接受未签名的声明（alg 为 none）。", "A statement without a signature (alg none) is not taken.");
    public static readonly Refusal UnsupportedAlgorithm = Of("unsupported-algorithm", RefusalKind.Malformed, "签名算法应为 ES256 或 Ed25519（EdDSA）。", "The algorithm must be ES256 or Ed25519 (EdDSA).");
    public static readonly Refusal UnsupportedHeader = Of("unsupported-header", RefusalKind.Malformed, "JWS 头只能含 alg、kid 和 typ，typ 应为 statement+jws。", "The JWS header holds alg, kid and typ and nothing else, and typ is statement+jws.");
    public static readonly Refusal UnknownKey = Of("unknown-key", RefusalKind.Unauthorised, "kid 不是任何认证机构登记的公钥（应为 RFC 7638 指纹）。", "That kid (RFC 7638 thumbprint) is no key a certification body has registered.");
    public static readonly Refusal KeyWithdrawn = Of("key-withdrawn", RefusalKind.Unauthorised, "该公钥已撤回。", "That key has been withdrawn.");
    public static readonly Refusal WrongAlgorithm = Of("wrong-algorithm", RefusalKind.Unauthorised, "所用算法不属于该公钥。", "That algorithm is not the key's.");
    public static readonly Refusal BadSignature = Of("bad-signature", RefusalKind.Unauthorised, "签名与内容或公钥不符。", "The signature does not fit the content and the key.");
    public static readonly Refusal NotAStatement = Of("not-a-statement", RefusalKind.Invalid, "签名的内容不是声明：缺少必要字段、含有未知字段或类型不对。", "What is signed is no statement: a field is missing, unknown or of the wrong type.");
    public static readonly Refusal NotYours = Of("not-yours", RefusalKind.Forbidden, "该公钥无权作此声明。", "That key may not state this.");
    public static readonly Refusal WrongAudience = Of("wrong-audience", RefusalKind.Invalid, "aud 应为本登记簿的日志标识 {0}。", "The audience (aud) must be the origin of this log, {0}.");
    public static readonly Refusal StatedAhead = Of("stated-ahead", RefusalKind.Invalid, "statedAt 比登记簿的时钟晚一分钟以上。", "The statement's statedAt is more than a minute ahead of the registry's clock.");
    public static readonly Refusal StatedLongAgo = Of("stated-long-ago", RefusalKind.Invalid, "statedAt 已过五分钟以上，请重新签名。", "The statement's statedAt is more than five minutes ago; sign it anew.");
    public static readonly Refusal BadStatedAt = Of("bad-stated-at", RefusalKind.Invalid, "statedAt 应写作 UTC 时刻，精确到毫秒，如 2026-05-01T00:00:00.000Z。", "Write statedAt as an instant in UTC with three decimals, such as 2026-05-01T00:00:00.000Z.");
    public static readonly Refusal StalePrev = Of("stale-prev", RefusalKind.Conflict, "prev 不是该证书最新一条声明（第 {0} 条）的叶哈希：签名后证书已变更。", "This prev is not the leaf hash of the newest statement about the certificate, entry {0}: it has changed since.");
    public static readonly Refusal Replayed = Of("replayed", RefusalKind.Conflict, "该声明已记录为第 {0} 条。", "This statement is recorded already, as entry {0}.");
    public static readonly Refusal NotCanonical = Of("not-canonical", RefusalKind.Invalid, "写法不是登记簿保存的写法（空白、全角、代码代替名称、毫秒），请按规范写法重新签名。", "It is not written as the registry keeps it (white space, full width, codes for names, milliseconds); sign it in that form.");
    public static readonly Refusal BadKey = Of("bad-key", RefusalKind.Invalid, "公钥应为 JWK：EC P-256 或 OKP Ed25519，坐标为 32 字节的 base64url。", "A key is a JWK: EC with P-256, or OKP with Ed25519, coordinates of 32 bytes in base64url.");
    public static readonly Refusal BadProof = Of("bad-proof", RefusalKind.Invalid, "缺少由新公钥本身签署的登记声明，或与之不符。", "The registration must be signed by the new key itself and say the same.");
    public static readonly Refusal WrongMap = Of("wrong-map", RefusalKind.Invalid, "声明所载的最新声明映射之根，与其前各条所得不同。", "It bears another root of the map to newest statements than the entries before it give.");
    public static readonly Refusal KeyKnown = Of("key-known", RefusalKind.Conflict, "该公钥已被登记过，不能再次登记。", "That key was registered before and cannot be registered again.");
    public static readonly Refusal KeyMustSign = Of("key-must-sign", RefusalKind.Forbidden, "贵机构已登记过公钥：新公钥须由现用公钥签署登记（POST /v1/statements）；现用公钥遗失的，由登记机构设置。", "The body has registered a key before: a new one is registered by a statement that a standing key signs (POST /v1/statements); where none is left, the registry sets it.");
    public static readonly Refusal OwnSignatureOnly = Of("own-signature-only", RefusalKind.Forbidden, "该机构已声明只认自己的签名（第 {0} 条）：请用其公钥签署（POST /v1/statements）。", "The body has stated that its own signature alone counts (entry {0}): sign it with the body's key (POST /v1/statements).");
    public static readonly Refusal BadLogKey = Of("bad-log-key", RefusalKind.Invalid, "日志公钥形如 名称+编号+base64（登记簿在 /log 页和 GET /log/key 给出）。", "A log's public key reads name+id+base64 (a registry shows it on /log and at GET /log/key).");
    public static readonly Refusal NoSuchKey = Of("no-such-key", RefusalKind.NotFound, "没有这个公钥。", "There is no such key.");

    // ---- the log
    public static readonly Refusal Mirror = Of("mirror", RefusalKind.Forbidden, "这是 {0} 的镜像，只供查询；请到该登记簿办理。", "This is a mirror of {0} and records nothing; send it there.");
    public static readonly Refusal NoSuchEntry = Of("no-such-entry", RefusalKind.NotFound, "日志没有这一条，或尚未有检查点覆盖它。", "The log has no such entry, or no checkpoint covers it yet.");
    public static readonly Refusal NoEvidence = Of("no-evidence", RefusalKind.NotFound, "这里没有不利于该日志的证据。", "There is no evidence against the log here.");
    public static readonly Refusal NoSuchDump = Of("no-such-dump", RefusalKind.NotFound, "没有这一天或这个名称的数据文件；现有的列在 /data。", "There is no dump of that day, or no file of that name in it: /data lists what there is.");
    public static readonly Refusal NoSuchTile = Of("no-such-tile", RefusalKind.NotFound, "日志没有这个分片。", "The log has no such tile.");
    public static readonly Refusal BeyondTheLog = Of("beyond-the-log", RefusalKind.Invalid, "日志只有 {0} 条：所跟随的是另一份日志，或其后一部分已丢失（见 /log）。请与日志核对后再继续。", "The log has {0} entries: what was followed is another log, or a part of it was lost (see /log). Compare with the log before going on.");

    // ---- kept answers
    public static readonly Refusal UnknownAnswer = Of("unknown-answer", RefusalKind.NotFound, "这里没有这份答复：编号不对，或保存期已过。", "There is no such answer here: the id is wrong, or the time it is kept for has passed.");
    public static readonly Refusal AnswerDeleted = Of("answer-deleted", RefusalKind.Gone, "这份答复已被删除。", "This answer was deleted.");
    public static readonly Refusal WrongDeletionCode = Of("wrong-deletion-code", RefusalKind.Forbidden, "删除码不对：它只在保存答复时给出一次（请求头 Deletion-Code）。", "That is not the deletion code, which was given once with the answer (header Deletion-Code).");
    public static readonly Refusal AnswerTooLarge = Of("answer-too-large", RefusalKind.TooLarge, "答复压缩后超过 {0} 字节，不能保存：请把名单分成几份。", "The answer takes more than {0} bytes when compressed and is not kept: split the list.");
    public static readonly Refusal TooManyStatements = Of("too-many-statements", RefusalKind.TooLarge, "答复所依据的声明超过 {0} 条，不能签署：请把名单分成几份。", "The answer rests on more than {0} statements and is not signed: split the list.");
    public static readonly Refusal AnswersFull = Of("answers-full", RefusalKind.Unavailable, "本登记簿暂时不能再保存答复（已满）。名单仍可核验，只是不保存、不签署。", "This registry has no room to keep further answers now. Lists are still checked, only not kept and signed.");
    public static readonly Refusal CannotSign = Of("cannot-sign", RefusalKind.Forbidden, "这是 {0} 的镜像，没有密钥，不能签署答复；请到该登记簿办理。", "This is a mirror of {0}: it holds no key and cannot sign answers; ask that registry.");

    // ---- identity
    public static readonly Refusal Mistyped = Of("mistyped", RefusalKind.Malformed, "编码有误：应为 13 位（单件商品的为 26 位）且校验位正确。请对照原件重新输入。", "The code is mistyped: it has 13 characters (26 for a single item) with check characters that agree. Compare it with the original.");
    public static readonly Refusal UnknownCertificate = Of("unknown-certificate", RefusalKind.NotFound, "本登记簿未收录此证书。", "This certificate is not in this registry.");
    public static readonly Refusal UnknownMark = Of("unknown-mark", RefusalKind.NotFound, "本登记簿未收录此标志。", "This mark is not in this registry.");
    public static readonly Refusal NotRecordedThen = Of("not-recorded-then", RefusalKind.NotFound, "在该时刻本登记簿尚未收录此证书。", "At that instant this registry had not recorded the certificate.");
    public static readonly Refusal KnownAtWith = Of("known-at-with", RefusalKind.Invalid, "knownAt 不能与 {0} 同用：这些按现在所知的登记查找。请按名称、编号、代码、机构、地区或项目查找。", "A knownAt does not go with {0}, which is looked for by what is known now: search by name, number, code, body, region or category.");
    public static readonly Refusal KnownAtAhead = Of("known-at-ahead", RefusalKind.Invalid, "knownAt 晚于现在（{0}）：那时登记了什么还无从知道。", "This knownAt lies ahead of now ({0}): what is recorded until then nobody knows.");
    public static readonly Refusal NumberTaken = Of("number-taken", RefusalKind.Conflict, "该编号已登记，内容不同；变更请用 correct。", "That number is recorded with other content; state a change with `correct`.");
    public static readonly Refusal NumberFixed = Of("number-fixed", RefusalKind.Invalid, "证书编号不能变更；请注销后以新编号颁发。", "The number cannot be corrected; cancel the certificate and issue another.");
    public static readonly Refusal UnknownReplaces = Of("unknown-replaces", RefusalKind.Invalid, "被替换的证书不是贵机构在本登记簿的证书。", "The replaced certificate is not one of yours in this registry.");
    public static readonly Refusal ReplacesItself = Of("replaces-itself", RefusalKind.Invalid, "证书不能替换它自己，也不能替换由它换来的证书。", "A certificate cannot replace itself, nor one that came in its own place.");
    public static readonly Refusal KeyReused = Of("idempotency-key-reused", RefusalKind.Invalid, "此 Idempotency-Key 已用于另一请求。", "This Idempotency-Key was used for another request.");
    public static readonly Refusal InProgress = Of("idempotency-in-progress", RefusalKind.Conflict, "带有此 Idempotency-Key 的请求还在处理中，请稍后再发。", "A request with this Idempotency-Key is still being worked on; send it again shortly.");
    public static readonly Refusal BadIdempotencyKey = Of("bad-idempotency-key", RefusalKind.Malformed, "Idempotency-Key 应为一个 1 至 255 个可见 ASCII 字符的值，用引号括起，或不含引号。", "An Idempotency-Key is one value of 1 to 255 visible ASCII characters, in quotes or without any.");

    // ---- lifecycle
    public static readonly Refusal AlreadyEnded = Of("already-ended", RefusalKind.Conflict, "证书已撤销或注销，不能再变更。", "The certificate is revoked or cancelled, which is final.");
    public static readonly Refusal AlreadySuspended = Of("already-suspended", RefusalKind.Conflict, "证书已处于暂停状态。", "The certificate is already suspended.");
    public static readonly Refusal NotSuspended = Of("not-suspended", RefusalKind.Conflict, "证书未被暂停，无从恢复。", "The certificate is not suspended; there is nothing to restore.");
    public static readonly Refusal HasExpired = Of("has-expired", RefusalKind.Conflict, "证书已过期，不能再暂停或恢复。", "The certificate has expired; it can no longer be suspended or restored.");
    public static readonly Refusal NotYetInForce = Of("not-yet-in-force", RefusalKind.Conflict, "证书尚未生效，不能暂停或恢复。", "The certificate is not in force yet; it cannot be suspended or restored.");
    public static readonly Refusal EffectInFuture = Of("effect-in-future", RefusalKind.Invalid, "生效日期不能晚于今天；请在当天登记。", "An act takes effect today or earlier; state it on its day.");
    public static readonly Refusal EffectBeforeIssue = Of("effect-before-issue", RefusalKind.Invalid, "生效日期不能早于颁证日期 {0}。", "An act cannot take effect before the day of issue, {0}.");
    public static readonly Refusal EffectAfterExpiry = Of("effect-after-expiry", RefusalKind.Invalid, "证书于 {0} 到期，生效日期不能更晚。", "The certificate expired on {0}; an act cannot take effect later.");
    public static readonly Refusal EffectBeforeSuspension = Of("effect-before-suspension", RefusalKind.Invalid, "恢复日期不能早于暂停日期 {0}。", "It cannot be restored before it was suspended, {0}.");
    public static readonly Refusal UntilBeforeEffect = Of("until-before-effect", RefusalKind.Invalid, "暂停截止日期早于暂停日期。", "The suspension would end before it begins.");

    // ---- marks
    public static readonly Refusal PlacementForbidden = Of("placement-forbidden", RefusalKind.Invalid, "该认证方案不允许把标志用于此处；允许：{0}。", "The scheme does not permit marks there; permitted are: {0}.");
    public static readonly Refusal NoMarkNow = Of("no-mark-now", RefusalKind.Conflict, "只有有效的证书可以颁发标志。", "Marks are issued for valid certificates only.");
    public static readonly Refusal NoArtworkNow = Of("no-artwork-now", RefusalKind.Conflict, "证书现在不是有效状态，不提供标志图样。", "The certificate is not valid now, so the artwork of its marks is not given out.");
    public static readonly Refusal BadMarkSize = Of("bad-mark-size", RefusalKind.Invalid, "{0} 毫米过小：此内容在该纠错等级和分辨率下最小 {1} 毫米（模块不小于 0.396 毫米）。", "{0} mm is too small: with this content, error correction and resolution the smallest is {1} mm (module 0.396 mm or more).");
    public static readonly Refusal MarkWithdrawn = Of("mark-withdrawn", RefusalKind.Gone, "该标志已被认证机构收回，不再提供图样。", "The certification body has withdrawn this mark; its artwork is no longer given out.");

    public static readonly Refusal BadGdti = Of("bad-gdti", RefusalKind.Invalid, "GDTI 应为 13 位数字（校验位正确）加至多 17 个字符。", "A GDTI has 13 digits with a correct check digit and up to 17 characters after them.");
    public static readonly Refusal BadGs1Key = Of("bad-identification-key", RefusalKind.Malformed, "不是正确的 GS1 Digital Link：标识或限定符的长度、字符、校验位或次序有误。", "Not a GS1 Digital Link: the length, the characters, the check digit or the order of its key and qualifiers is wrong.");
    public static readonly Refusal UnknownGs1Key = Of("unknown-identification-key", RefusalKind.NotFound, "本登记簿没有与此 GS1 标识关联的证书；这不说明商品的真假。", "No certificate in this registry is linked with that GS1 key; this says nothing about the product.");
    public static readonly Refusal UnknownLinkType = Of("unknown-link-type", RefusalKind.NotFound, "没有这种类型的链接；有 gs1:certificationInfo、gs1:defaultLink、linkset。", "There is no link of that type; there are gs1:certificationInfo, gs1:defaultLink and linkset.");
    public static readonly Refusal NotSerialised = Of("not-serialised", RefusalKind.Invalid, "此标志不分件编码。", "This mark has no serials.");
    public static readonly Refusal Serialised = Of("serialised", RefusalKind.Invalid, "此标志分件编码：每件印自己的码（26 位），见 items.csv。", "This mark is serialised: each item bears its own code of 26 characters, see items.csv.");
    public static readonly Refusal UnknownItem = Of("unknown-item", RefusalKind.MadeUp, "此编码是编造的：它所指的标志存在，但这一件的编码不是本登记簿生成的。", "This code is made up: the mark it names exists, but the code of this item was not made by this registry.");
    public static readonly Refusal BadSeed = Of("bad-seed", RefusalKind.Invalid, "种子应为 64 位十六进制，且其 SHA-256 与日志所载一致。", "A seed is 64 hexadecimal digits whose SHA-256 is the one in the log.");
    public static readonly Refusal NoSeed = Of("no-seed", RefusalKind.Unavailable, "本机没有此标志的编码种子，无法列出各件编码。", "This copy of the registry does not hold the seed of that mark, so it cannot list the codes of its items.");
    public static readonly Refusal BadColour = Of("bad-colour", RefusalKind.Invalid, "颜色应写作六位十六进制，如 0b5d57。", "Write a colour as six hexadecimal digits, such as 0b5d57.");
    public static readonly Refusal Inverted = Of("inverted-colours", RefusalKind.Invalid, "码须为深色印在浅色上；反白的码许多扫描器读不出。", "The code must be dark on light; many scanners do not read an inverted one.");
    public static readonly Refusal LowContrast = Of("low-contrast", RefusalKind.Invalid, "对比不足：反射率之差 {0} %，至少须 {1} %（扫描器以红光读取，红色会显得很浅）。", "Too little contrast: the reflectances differ by {0} %, at least {1} % is needed (scanners read by red light, in which red looks pale).");
    public static readonly Refusal TextTooSmall = Of("text-too-small", RefusalKind.Invalid, "{0} 毫米过小：带文字的标志最小 {1} 毫米，否则字高不足 {2} 毫米；更小请用 layout=code。", "{0} mm is too small: with text the smallest is {1} mm, or letters are lower than {2} mm; smaller marks use layout=code.");
    public static readonly Refusal TooManyPixels = Of("too-many-pixels", RefusalKind.Invalid, "图像过大：该分辨率下最大 {0} 毫米；更大请用 SVG 或 PDF。", "The image is too large: at that resolution at most {0} mm; larger ones are SVG or PDF.");
    public static readonly Refusal DoesNotFit = Of("does-not-fit", RefusalKind.Invalid, "{0} × {1} 毫米的标志在 A4 纸上放不下。", "A mark of {0} × {1} mm does not fit on A4.");
    public static readonly Refusal GlyphMissing = Of("glyph-missing", RefusalKind.Unavailable, "所用字体没有字符“{0}”，无法绘制文字；layout=code 不需要字体。", "The font has no glyph for '{0}', so the text cannot be drawn; layout=code needs no font.");
    public static readonly Refusal TooBusy = Of("too-busy", RefusalKind.Unavailable, "现在请求太多，请 {0} 秒后再试。这不表示证书无效。", "Too much is asked at this moment; please try again in {0} s. This does not mean that a certificate is invalid.");
    public static readonly Refusal UnknownWatch = Of("unknown-watch", RefusalKind.NotFound, "这里没有这项关注：地址有误，或早已结束。", "Nothing is followed at this address: it is mistyped, or was over long ago.");
    public static readonly Refusal NothingToFollow = Of("nothing-to-follow", RefusalKind.Invalid, "没有可关注的证书。", "There is no certificate to follow.");
    public static readonly Refusal TooManyToFollow = Of("too-many-to-follow", RefusalKind.Invalid, "最多关注 {0} 张证书；请缩小范围。", "At most {0} certificates can be followed at once; narrow it down.");
    public static readonly Refusal TooManyWatches = Of("too-many-watches", RefusalKind.Limited, "现在的关注已太多，请以后再试。", "Too much is followed already; try again another day.");
    public static readonly Refusal TooManyWaiting = Of("too-many-waiting", RefusalKind.Unavailable, "现在等候新登记的连接太多，请几秒后再试，或不带 wait 查询。", "Too many connections wait for what comes next; try again in a few seconds, or ask without wait.");
    public static readonly Refusal TooManyReports = Of("too-many-reports", RefusalKind.Limited, "一段时间内的举报过多，请稍后再试。", "Too many reports in a short time; please try again later.");

    // ---- imports
    public static readonly Refusal MissingColumns = Of("missing-columns", RefusalKind.Invalid, "表头（第 {0} 行）缺少必要的列：{1}。读到的列：{2}（{3}）。", "The header in line {0} lacks the columns: {1}. Read were: {2} (as {3}).");
    public static readonly Refusal UnknownColumns = Of("unknown-columns", RefusalKind.Invalid, "表头（第 {0} 行）有不认得的列：{1}。请改用 /docs 所列的列名，或在 ignore 中写明略过它们。未作任何登记。", "The header in line {0} has columns that are not known: {1}. Rename them as /docs lists, or name them in `ignore`. Nothing was recorded.");
    public static readonly Refusal RepeatedColumns = Of("repeated-columns", RefusalKind.Invalid, "表头（第 {0} 行）有几列说的是同一件事：{1}。请只留一列。未作任何登记。", "The header in line {0} has several columns for one field: {1}. Keep one of them. Nothing was recorded.");
    public static readonly Refusal HeaderNotFound = Of("header-not-found", RefusalKind.Invalid, "没有找到表头：前 50 行中没有一行含两个认得的列名。按 {0} 读到的是：{1}", "No header was found: none of the first 50 lines holds two known column names. Read as {0}, it begins: {1}");
    public static readonly Refusal OneFile = Of("one-file", RefusalKind.Invalid, "表单须恰好带一个文件，收到 {0} 个。", "A form carries exactly one file; {0} came.");
    public static readonly Refusal Workbook = Of("workbook", RefusalKind.Unsupported, "这个文件不是能读的工作簿（能读 .xlsx、.xlsm、.xls）。请在表格软件中另存为 .xlsx 或 CSV 后再提交。", "This file is no workbook that can be read (.xlsx, .xlsm and .xls can). Save it as .xlsx or CSV in the spreadsheet and send that.");
    public static readonly Refusal NoTable = Of("no-table", RefusalKind.Unsupported, "这个文件是{0}，不是表格。请在表格软件中打开并另存为 .xlsx 或 CSV 后再提交，或把其中的表格复制、粘贴过来。", "This file is {0}, no table. Open it in a spreadsheet and save it as .xlsx or CSV, or copy its table and paste that.");
    public static readonly Refusal WorkbookLocked = Of("workbook-locked", RefusalKind.Invalid, "工作簿设有打开密码，无法读取。请在表格软件中去掉密码后再提交。", "The workbook is locked with a password and cannot be read. Take the password off in the spreadsheet and send it again.");
    public static readonly Refusal WorkbookBroken = Of("workbook-broken", RefusalKind.Invalid, "工作簿已损坏，无法读取。请在表格软件中打开并重新保存，或另存为 CSV 后再提交。", "The workbook is broken and cannot be read. Open and save it anew in the spreadsheet, or save it as CSV, and send that.");
    public static readonly Refusal WorkbookTooLarge = Of("workbook-too-large", RefusalKind.TooLarge, "工作簿解开后过大：最多 {0} 字节。请只留下要提交的表，另存为 .xlsx 或 CSV。", "Unpacked, the workbook is too large: at most {0} bytes. Keep only the sheet that is meant and save it as .xlsx or CSV.");
    public static readonly Refusal UnknownSheet = Of("unknown-sheet", RefusalKind.Invalid, "工作簿里没有名为“{0}”的工作表；有：{1}。", "The workbook has no sheet “{0}”; it has: {1}.");
    public static readonly Refusal ColumnTwice = Of("column-twice", RefusalKind.Invalid, "有两列都选作“{0}”；请只选一列。", "Two columns are both taken for “{0}”; choose one.");
    public static readonly Refusal OneList = Of("one-list", RefusalKind.Invalid, "粘贴的内容和文件只能给一个。", "Give either pasted rows or a file, not both.");
    public static readonly Refusal NothingAsked = Of("nothing-asked", RefusalKind.Invalid, "没有找到要核验的行：没有一行写有证书编号、组织名称、统一社会信用代码或标志编码。", "No row to check was found: none names a certificate number, a holder, a credit code or the code of a mark.");
    public static readonly Refusal BadQuotes = Of("bad-quotes", RefusalKind.Invalid, "引号不成对：以引号开头的单元格须以引号结束，其中的引号写两遍。这一行没有登记，其余各行照常读取。", "The quotes do not pair: a cell that begins with a quote ends with one, and a quote in it is written twice. This row was not recorded; the others were read.");
    public static readonly Refusal BrokenEncoding = Of("broken-encoding", RefusalKind.Invalid, "这一行的编码与文件其余部分（{0}）不一致，文字已损坏。", "This row is in another encoding than the rest of the file ({0}); its text is lost.");
    public static readonly Refusal WrongCells = Of("wrong-cells", RefusalKind.Invalid, "表头有 {0} 列，这一行有 {1} 格。", "The header has {0} columns, this row {1} cells.");
    public static readonly Refusal CellBeyondHeader = Of("cell-beyond-header", RefusalKind.Invalid, "“{0}”所在的列没有列名（第 {1} 列）。", "“{0}” stands in column {1}, which has no name.");

    // ---- days as people write them
    public static readonly Refusal UnreadDate = Of("unread-date", RefusalKind.Invalid, "“{0}”读不成日期。请写作 2025-03-01、2025/3/1、2025年3月1日 或 20250301。", "“{0}” cannot be read as a date. Write 2025-03-01, 2025/3/1, 2025年3月1日 or 20250301.");
    public static readonly Refusal NoSuchDay = Of("no-such-day", RefusalKind.Invalid, "没有“{0}”这一天。", "There is no such day as “{0}”.");
    public static readonly Refusal DayOutOfRange = Of("day-out-of-range", RefusalKind.Invalid, "“{0}”不在 1990-01-01 至 2199-12-31 之间。", "“{0}” is not between 1990-01-01 and 2199-12-31.");
    public static readonly Refusal NoLastDay = Of("no-last-day", RefusalKind.Invalid, "“{0}”不是一天。请填写证书上的最后有效日；该认证项目的有效期有规定的，可以留空。", "“{0}” is not a day. Give the certificate's last day of validity, or leave it blank where the scheme fixes the term.");
    public static readonly Refusal StatusDisagrees = Of("status-disagrees", RefusalKind.Invalid, "表中为“{0}”，而{1}。", "The row says “{0}”, but {1}.");
    public static readonly Refusal StatusDateRequired = Of("status-date-required", RefusalKind.Invalid, "状态“{0}”须写明从哪一天起（状态日期）：没有日期，就答不出此前某一天是否有效。", "The status “{0}” needs the day from which it holds: without it nobody can say whether the certificate was valid on a day before.");
    public static readonly Refusal OfAnotherStatus = Of("of-another-status", RefusalKind.Invalid, "此列只与状态“{0}”同用，而这一行的状态为“{1}”。", "This column goes with the status “{0}”; the status of this row is “{1}”.");
    public static readonly Refusal NumberRepeated = Of("number-repeated", RefusalKind.Invalid, "同一编号出现在文件第 {0} 行，内容不同；这几行均未登记。请只留正确的一行。", "The same number stands in lines {0} of the file with different content; none of them was recorded. Keep the right one.");
    public static readonly Refusal Differs = Of("differs", RefusalKind.Conflict, "表中为“{0}”，登记为“{1}”。登记内容没有改动；变更请用 correct。", "The row says “{0}”, registered is “{1}”. What is registered was not changed; state a change with `correct`.");
    public static readonly Refusal ActNotRecorded = Of("act-not-recorded", RefusalKind.Conflict, "状态“{0}”没有登记：{1}。", "The status “{0}” was NOT recorded: {1}.");
    public static readonly Refusal OtherBody = Of("other-body", RefusalKind.Invalid, "这一行属于认证机构 {0}，而登记以 {1} 的名义进行。", "This row belongs to body {0}, and the import is made for {1}.");
    public static readonly Refusal TooManyRows = Of("too-many-rows", RefusalKind.TooLarge, "最多 {0} 行：请分成几份。", "At most {0} rows: send it in parts.");

    /// <summary>Every refusal there is.</summary>
    public static readonly IReadOnlyList<Refusal> All =
        [.. typeof(Refusal).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.FieldType == typeof(Refusal)).Select(f => (Refusal)f.GetValue(null)!)];
}

/// <summary>A refusal at a place. The pointer is a JSON pointer (RFC 6901) into the request, empty for the whole of it.</summary>
public sealed record Fault(Refusal Refusal, string Pointer = "", params object[] Arguments)
{
    /// <summary>After so long it is worth trying again; null where nobody can say.</summary>
    public TimeSpan? Again { get; init; }

    public string Message(Language language)
    {
        object[] told = [.. Arguments.Select(argument => argument is Text text ? text[language] : argument)];
        return string.Format(System.Globalization.CultureInfo.InvariantCulture, Refusal.Message[language], told);
    }
}

/// <summary>A statement was refused: one fault or several. Nothing was changed.</summary>
public sealed class FaultException(params IReadOnlyList<Fault> faults) : Exception(faults[0].Refusal.Code)
{
    /// <summary>One fault.</summary>
    public FaultException(Refusal refusal, string pointer = "", params object[] arguments) : this(new Fault(refusal, pointer, arguments)) { }

    public IReadOnlyList<Fault> Faults { get; } = faults;
}
