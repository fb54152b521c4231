using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Demo;
using Registry.Tables;

namespace Registry.Contract;

/// <summary>Every operation by its name. The examples are about the specimens of a demo.</summary>
public static class Operations
{
    private static Operation Of(Text summary, Text means, int status = 200) => new(summary, means, status);

    private static JsonNode Read => Specimens.Certificate(Specimens.Read);

    private static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    private static readonly Text byKey = new("须带认证机构的密钥。", "Needs the body's key.");
    private static readonly Text act = new(
        "须带认证机构的密钥；带 Idempotency-Key 时，重复发送得到第一次的答复。",
        "Needs the body's key. With an Idempotency-Key a repeat is answered as the first was.");
    private static readonly Text artwork = new("已撤回的标志没有图样；证书须有效或尚未生效。", "None for a mark that was withdrawn; its certificate must be valid or not yet valid.");

    private const string Statements = "index", Id = "id", Code = "code";

    /// <summary>In the order in which people need them.</summary>
    public static readonly IReadOnlyDictionary<string, Operation> All = new Dictionary<string, Operation>
    {
        ["verify"] = Of(
            new("核对一份名单", "Check a list"),
            new("最多 10,000 行，每行给出编号、名称、信用代码或编码，以及要求；每行按各自的日期，凡给出的都要相符。可发送 JSON，或原样的表格：Excel、CSV、TSV、含文件的表单。"
                + "答复为 JSON；用 format 或 Accept 可得 NDJSON、CSV，或添了几列的原表。",
                "Up to 10,000 rows of numbers, names, credit codes or codes and what is asked of them, each as of a day; everything given is compared. Takes JSON, or the table "
                + "as somebody has it: a workbook (.xlsx, .xlsm, .xls), CSV or TSV in any encoding, or a form with such a file. Columns are told by their headings and by what is "
                + "on record; `columns`, `header` and `sheet` say otherwise. Answers JSON; with `format` or `Accept` NDJSON (a verdict a line, and a last line with the rest), CSV, or the workbook "
                + "that was sent with further columns."))
            with
        { Content = List() },
        ["keepAnswer"] = Of(
            new("核对一份名单，签名并保存答复", "Check a list, sign the answer and keep it"),
            new("与 /v1/verifications 相同，答复以日志的密钥签名，保存在无法猜到的地址；回执含删除码。",
                "As /v1/verifications; the answer is signed with the log's key and kept at an address that nobody can guess. The receipt holds the code that deletes it."), 201)
            with
        { Content = List() },
        ["getAnswer"] = Of(new("取一份保存的答复", "A kept answer"),
            new("一个可离线核验的文件：签名的答复、所依据的声明及其证明、检查点。", "One file that can be checked offline: the signed answer, the statements it rests on with their proofs, and the checkpoint."))
            .With(Id, Specimens.Answer),
        ["getAnswerPdf"] = Of(new("保存的答复，供存档的 PDF", "A kept answer as a document to file"),
            new("一张证书一页，多张为表；文字可选。", "A page for one certificate, a table for many; its text can be selected.")).With(Id, Specimens.Answer),
        ["getAnswerCsv"] = Of(new("保存的答复的各行，CSV", "The rows of a kept answer as CSV"), new("UTF-8，带 BOM。", "In UTF-8 with a byte order mark.")).With(Id, Specimens.Answer),
        ["getAnswerWorkbook"] = Of(new("保存的答复的各行，Excel", "The rows of a kept answer as a workbook"), new("一行一项。", "A row each.")).With(Id, Specimens.Answer),
        ["deleteAnswer"] = Of(new("删除一份保存的答复", "Delete a kept answer"),
            new("凭保存时给出的删除码。", "With the code that was given with it."), 204)
            .With(Id, Specimens.DeletedAnswer).With("Deletion-Code", Specimens.DeletionCode),

        ["search"] = Of(new("查询证书", "Search certificates"),
            new("各条件须同时满足；默认最新的在前。给出 on 时，状态、等级和日期按该日，其余按现在；组织以其用过的每个名称都能找到。给出 knownAt 时，每张证书按当时的登记，此后登记的不列出，没有总数和分类计数，也不能再按状态、等级或日期筛选。format 或 Accept 可导出 CSV、NDJSON：整个结果，每行一张。",
                "Conditions are joined by and; the newest come first. With `on` status, level and dates are those of that day, and so are their facets; each hit is told as it read then. Text, holder, "
                + "scope, category, group and region, and the facets of these, are what certificates bear now; a holder is found by every name it ever bore. With `knownAt` each hit is told as it was recorded until that instant, what was not recorded yet is left out, "
                + "there is neither total nor facet, and conditions on status, level and dates are refused. With `format` or `Accept` an export as CSV or NDJSON: the whole result, a certificate a line."))
            .With("q", "电器").With("status", "valid").With("category", "26").With("level", "five-star").With("limit", 5),
        ["suggest"] = Of(new("边输入边提示组织名称", "Names of holders while typing"), new("最多十个。", "At most ten.")).With("q", "青屿"),
        ["getCertificate"] = Of(new("一张证书", "One certificate"),
            new("某日的情况；knownAt 给出当时登记簿所知。", "As of a day; with `knownAt` as the registry knew it then.")).With(Id, Read).With("on", "2026-05-01"),
        ["getHistory"] = Of(new("一张证书的全部声明", "Every statement about a certificate"), new("最早的在前。", "The oldest first.")).With(Id, Read),
        ["getProof"] = Of(new("一张证书在日志中的证明", "The proof of a certificate in the log"),
            new("每条声明一份证明；Accept 为 application/zip 时得 C2SP tlog-proof 文件的压缩包，为 text/plain 且只有一条声明时得该文件。",
                "For each statement the proof that it is in the log; with Accept application/zip an archive of C2SP tlog-proof files, with text/plain that one file where there is one statement."))
            .With(Id, Read),
        ["getBadge"] = Of(new("一张证书今天的状态，供网页嵌入的图", "The status of a certificate today as a picture for web sites"),
            new("SVG；可以放在任何网页中，状态变化时随之变化。", "An SVG that any site may embed; it turns when the status turns.")).With(Id, Read),
        ["getCard"] = Of(new("一张证书今天的状态，供转发时预览的图", "The same as the preview of a shared link"), new("PNG，1200 × 630。", "A PNG of 1200 × 630.")).With(Id, Read),
        ["categories"] = Of(new("认证项目及有效证书数", "Categories with the number of valid certificates"), new("目录共 28 项。", "The catalogue has 28.")).With("q", "服务"),
        ["bodies"] = Of(new("认证机构及有效证书数", "Bodies with the number of valid certificates"), new("按批准号或名称查找。", "Found by approval number or name.")).With("q", "示例"),
        ["regions"] = Of(new("行政区划", "Regions"), new("GB/T 2260，最多 500 个。", "Of GB/T 2260, at most 500.")).With("parent", "370000"),

        ["getMark"] = Of(new("一枚标志及其证书", "A mark with its certificate"),
            new("某日的情况，省略为今天；knownAt 给出当时登记簿所知；也可以是一件的编码。result 用一个词说明。",
                "As of a day, today when left out; with `knownAt` as the registry knew it then; also by the code of an item. `result` says it in one word.")).With(Code, Specimens.Mark),
        ["openMark"] = Of(new("二维码打开的地址", "What the code of a mark opens"),
            new("给人看的网页；Accept 为 application/json 时与 getMark 相同。", "A page for people; with Accept application/json the same as getMark.")).With(Code, Specimens.Mark),
        ["getMarkSvg"] = Of(new("标志图样，SVG", "Artwork as a drawing"), artwork).With(Code, Specimens.Mark).With("size", 40),
        ["getMarkPng"] = Of(new("标志图样，PNG", "Artwork in the dots of a printer"), artwork).With(Code, Specimens.Mark).With("dpi", 300),
        ["getMarkPdf"] = Of(new("标志图样，PDF", "Artwork for print"), artwork).With(Code, Specimens.Mark).With("copies", 8).With("paperSize", "a4"),

        ["issue"] = Of(new("颁发证书", "Issue 颁发"),
            new("须带认证机构的密钥。内容相同的声明再次发送，答复 200 和当时的证书。", "Needs the body's key. The same statement again is answered with 200 and the certificate that it made."), 201)
            with
        { Content = Draft() },
        ["correct"] = Of(new("变更证书", "Correct 变更"),
            new("给出的成员替换，null 移除（RFC 7396）；编号不可变更。须带密钥。", "Members given replace, null removes (RFC 7396); the number cannot be corrected. Needs the body's key."))
            .With(Id, Specimens.Certificate(Specimens.Corrected)) with
        { Content = Json("""{"certificate":{"holder":{"address":"演示路 2 号"}}}""") },
        ["suspend"] = Of(new("暂停证书", "Suspend 暂停"), act).With(Id, Specimens.Certificate(Specimens.Suspended)) with
        { Content = Json("""{"reason":"nonconformity"}""") },
        ["restore"] = Of(new("恢复证书", "Restore 恢复"), act).With(Id, Specimens.Certificate(Specimens.Restored)) with { Content = new JsonObject() },
        ["revoke"] = Of(new("撤销证书", "Revoke 撤销"), act).With(Id, Specimens.Certificate(Specimens.Revoked)) with { Content = Json("""{"reason":"misuse"}""") },
        ["cancel"] = Of(new("注销证书", "Cancel 注销"), act).With(Id, Specimens.Certificate(Specimens.Cancelled)) with
        { Content = Json("""{"reason":"holder-request"}""") },
        ["import"] = Of(new("批量登记", "Record many certificates"),
            new("Excel、CSV 或 NDJSON，一行一张；每行一个结果，末行为汇总。format 为 csv 或 xlsx 时得被拒的行。" + "列：" + Columns.Described,
                "A workbook, CSV, or lines of JSON (NDJSON); answers a line of JSON a row and a last line with the summary, or with `format=csv` or `format=xlsx` the rejected rows "
                + "as a file to mend (lines of JSON as they were sent). " + Columns.Described))
            .With("dryRun", true) with
        { Sent = (MediaTypes.Csv, Table) },
        ["importTemplate"] = Of(new("批量登记的空表，CSV", "The columns of an import as a file to fill in"), new("lang=en 时为英文。", "With lang=en in English.")),
        ["importTemplateWorkbook"] = Of(new("批量登记的空表，Excel", "The same as a workbook"),
            new("认证项目、等级、状态和地区可以选。", "It offers categories, levels, statuses and regions.")),

        ["issueMark"] = Of(new("颁发标志", "Issue a mark"),
            new("证书须有效；给出 items 时每件有自己的编码。" + act.Zh, "The certificate must be valid; with `items` each item has a code of its own. " + act.En), 201)
            .With(Id, Read) with
        { Content = Json("""{"placement":"premises","text":"样例新店（演示）"}""") },
        ["withdrawMark"] = Of(new("撤回标志", "Withdraw a mark"),
            new("整枚标志，一件（以其编码），或序号 from 至 to。" + act.Zh, "The whole of it, an item by its own code, or the serials `from` to `to`. " + act.En))
            .With(Code, Specimens.Withdrawn).With("by", "holder"),
        ["putMarkSeed"] = Of(new("交付种子", "Hand over a seed"),
            new("机构自己签名的标志：其哈希须与日志所载相同。" + byKey.Zh, "Of a mark that the body signed itself: its hash must be the one in the log. " + byKey.En))
            .With(Code, Specimens.Serialised) with
        { Content = new JsonObject { ["seed"] = Convert.ToHexStringLower(Specimens.Seed) } },
        ["getMarkItems"] = Of(new("各件的编码，CSV", "Codes of the items as CSV"), byKey).With(Code, Specimens.Serialised).With("from", 1).With("to", 10),
        ["getItemLabels"] = Of(new("各件的标签，PDF", "Labels of the items"),
            new("最多 500 件；已撤回的不在其中，Left-Out 说明。" + byKey.Zh, "At most 500; those withdrawn are not among them, and the header Left-Out says so. " + byKey.En))
            .With(Code, Specimens.Serialised).With("from", 1).With("to", 10).With("paperSize", "a4"),
        ["reports"] = Of(new("公众对本机构标志的举报", "What the public reported about the body's marks"), new("最新的在前。" + byKey.Zh, "The newest first. " + byKey.En)).With("limit", 10),

        ["postStatement"] = Of(new("登记机构自己签名的声明", "Record a statement that the body signed itself"),
            new("紧凑形式的 JWS，逐字节保存。aud 须为本日志，时刻最多早五分钟，所以这个例子被拒。",
                "A compact JWS, kept byte for byte. It names this log (`aud`) and is five minutes old at most, so this example is refused."), 422)
            with
        { Sent = ("application/jose", Specimens.Signed(new Revoke { Body = Specimens.Body, Certificate = Specimens.Certificate(Specimens.Read), EffectiveOn = new(2022, 1, 4), Reason = Reason.Misuse })) },
        ["getStatement"] = Of(new("日志中的一条声明", "A statement of the log"), new("原样：紧凑形式的 JWS。", "As it was signed: a compact JWS.")).With(Statements, 0),
        ["listKeys"] = Of(new("签过声明的全部公钥", "Every key that signs or signed statements"), new("JWK 集；第一个是登记簿的。", "A JWK set; the first is the registry's.")),
        ["registerKey"] = Of(new("登记机构自己的公钥", "Register the body's own public key"),
            new("由该密钥签名的 register-key 声明；只限第一个。这个例子不是给本日志的，所以被拒。" + byKey.Zh,
                "A register-key statement signed by that key; only a body's first. This example is for another log and therefore refused. " + byKey.En), 422)
            with
        { Sent = ("application/jose", Specimens.Signed(Specimens.Registration())) },
        ["withdrawKey"] = Of(new("撤回机构的公钥", "Withdraw a key of the body"), byKey).With("kid", Kid()),

        ["changes"] = Of(new("日志的变化", "Changes of the log"),
            new("某条之后登记的，一行一条；wait 时等待新的；Accept 为 text/event-stream 时为 Server-Sent Events。Link 给出下一页。",
                "What was recorded behind an entry, a line each; with `wait` what comes next, too; with Accept text/event-stream as Server-Sent Events. Link says where to go on."))
            .With("after", 10).With("limit", 20).With("body", Specimens.Body),
        ["changesFeed"] = Of(new("最新的变化，Atom", "The newest changes as an Atom feed"), new("最多 50 条。", "At most 50.")).With("certificate", Read),
        ["watch"] = Of(new("关注证书、查询或组织", "Follow certificates, a search or a holder"),
            new("到某日为止，得一个订阅地址和一个日历。", "Until a day: a feed and a calendar at an address that nobody can guess."), 201)
            with
        { Content = new JsonObject { ["certificates"] = new JsonArray(Read) } },
        ["getWatch"] = Of(new("所关注的，及其地址", "What is followed, and where it is told"), new("凭其地址。", "By its address.")).With(Id, Specimens.Watch),
        ["watchFeed"] = Of(new("所关注的变化，Atom", "What changes of it, as an Atom feed"), new("凭其地址；登记和即将到期都在其中。", "By its address; with what was recorded and what expires soon.")).With(Id, Specimens.Watch),
        ["watchJsonFeed"] = Of(new("所关注的变化，JSON Feed", "The same as a JSON Feed"), new("JSON Feed 1.1。", "JSON Feed 1.1.")).With(Id, Specimens.Watch),
        ["watchCalendar"] = Of(new("所关注的日期，日历", "Its days as a calendar"), new("iCalendar：到期和监督审核。", "iCalendar: the days on which certificates expire.")).With(Id, Specimens.Watch),
        ["endWatch"] = Of(new("停止关注", "End it"), new("凭其地址。", "By its address."), 204).With(Id, Specimens.EndedWatch),

        ["getLogKey"] = Of(new("日志的公钥", "Public key of the log"), new("C2SP 的 vkey。", "A vkey of C2SP.")),
        ["getCheckpoint"] = Of(new("最新的检查点", "The newest checkpoint"), new("C2SP 的签名短笺。", "A signed note of C2SP.")),
        ["getCosigned"] = Of(new("见证人联署的最新检查点", "The newest checkpoint that witnesses cosigned"),
            new("可能略旧；没有见证人时没有，如在演示中。", "It may be a little older; there is none without witnesses, as in a demo."), 404),
        ["getEvidence"] = Of(new("日志分叉的证据", "Evidence of a fork"),
            new("只在镜像上，且其源签了诚实的日志不会签的内容时；别处没有。", "On a mirror whose origin signed what no honest log signs; elsewhere there is none."), 404),
        ["getTile"] = Of(new("日志的一块砖", "A tile of the log"), new("C2SP tlog-tiles；不再改变。", "Of C2SP tlog-tiles; it never changes.")).With("level", "0").With("path", "000"),
        ["getEntryProof"] = Of(new("一条声明的证明", "The proof of one entry"), new("C2SP tlog-proof，独立成文。", "A text that stands alone (C2SP tlog-proof).")).With(Statements, 0),
        ["getConsistency"] = Of(new("日志只增不改的证明", "That a log is the beginning of another"), new("RFC 6962 §2.1.2。", "RFC 6962 §2.1.2.")).With("from", 10).With("to", 20),

        ["getNewestDump"] = Of(new("最新的转储", "The newest dump"),
            new("每夜一份：全部证书，附哈希与签名；此后的变化从 changes 取。", "Every night all certificates, with hashes and a signature; what was recorded since is read from `changes`.")),
        ["getLatestDumpFile"] = Of(new("最新转储中的一个文件", "A file of the newest dump"), new("转到该日的地址。", "Leads to its address of that day."), 302).With("file", "certificates.csv.gz"),
        ["getDumpFile"] = Of(new("某日转储中的一个文件", "A file of a day's dump"),
            new("不再改变；可用 Range 续传。只保留近几日的，所以这个例子已没有。", "It never changes, and can be gone on with (Range). Only those of the last days are kept: that of this example is not."), 404)
            .With("day", "2026-05-01").With("file", "certificates.csv.gz"),

        ["reconciliation"] = Of(new("对账服务，供 OpenRefine 等", "Reconciliation service for OpenRefine and others"),
            new("Reconciliation API 0.2：不带 queries 时为服务说明，带时为每个查询的候选。", "Reconciliation API 0.2: the manifest, or with `queries` the candidates of each."))
            .With("queries", """{"a":{"query":"SAMPLE-READ"}}"""),
        ["reconcile"] = Of(new("一批对账查询", "The same, for batches that no address holds"),
            new("表单，queries 与 GET 的相同。", "A form; its `queries` are those of GET."))
            with
        { Sent = ("application/x-www-form-urlencoded", "queries=%7B%22a%22%3A%7B%22query%22%3A%22SAMPLE-READ%22%7D%7D") },
        ["suggestEntity"] = Of(new("对账时边输入边提示证书", "Certificates while typing, for reconciliation"), new("最多十个。", "At most ten.")).With("prefix", "样例"),
        ["suggestType"] = Of(new("对账的类型", "Types of reconciliation"), new("只有一个：证书。", "There is one: certificate.")).With("prefix", "cert"),
        ["suggestProperty"] = Of(new("对账时可用的其他列", "Further columns of reconciliation"), new("名称中含所输入的。", "Those whose name holds what is typed.")).With("prefix", "num"),
        ["previewEntity"] = Of(new("对账时显示的几行", "A few lines of a certificate"), new("可放在其他程序框中的网页。", "A page for a frame of another program.")).With(Id, Read),
        ["live"] = Of(new("进程在答复", "The process answers"), new("不受限额。", "Outside of all limits.")),
        ["ready"] = Of(new("能否读取", "Whether it can be read"), new("每行一项：读、写、空间、时钟、自查。", "A line each of reading, writing, room, clock and what it looks after.")),
        ["readyToWrite"] = Of(new("能否登记", "Whether it takes posts"), new("不能时说明原因。", "Or why not.")),
    };

    private static JsonObject List() => new()
    {
        ["on"] = "2026-05-01",
        ["rows"] = new JsonArray(
            new JsonObject { ["number"] = Specimens.Read, ["name"] = Specimens.HolderName },
            new JsonObject { ["number"] = "00125E00000R0M", ["name"] = "未登记（演示）有限公司", ["level"] = "four-star" }),
    };

    private static JsonObject Draft() => Json("""
        {
          "number": "SAMPLE-2026-1",
          "holder": { "name": "样例电器（演示）有限公司", "region": "370212", "address": "演示路 3 号" },
          "category": 26,
          "level": "five-star",
          "score": 96.5,
          "scope": "家用电器的销售与售后服务（演示）",
          "issuedOn": "2026-03-01"
        }
        """);

    private const string Table = "证书编号,获证组织名称,认证项目,服务等级,认证得分,认证覆盖的业务范围,颁证日期\n"
        + "SAMPLE-2026-2,样例家具（演示）有限公司,26,四星级,92,办公家具的配送与维修（演示）,2026-03-01\n";

    private static string Kid()
    {
        using var key = Specimens.BodyKey;
        return key.Kid;
    }
}
