using System.Globalization;
using System.Text.Json.Nodes;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>The log in plain words, and the proof of one statement step by step.</summary>
public static class LogPage
{
    public static Task Show(string? id, string? entry, HttpContext context, Database database, Settings settings, LogIdentity identity, Publication publication, PublicAddress address)
    {
        var page = new Page(context, settings);
        var html = database.Read(db =>
        {
            var newest = TreeStore.Newest(db) is { } published ? publication.Show(published) : null;
            var cosigned = newest is null ? null : TreeStore.NewestCosigned(db);
            var certificate = string.IsNullOrEmpty(id) ? null : CertificateStore.Existing(db, id);
            var statements = certificate is null ? [] : HistoryItem.Of(db, certificate);
            var index = string.IsNullOrEmpty(entry) ? statements.Count > 0 ? statements[^1].LogIndex : (long?)null : long.TryParse(entry, out var typed) ? typed : throw new FaultException(new Fault(Refusal.NoSuchEntry));
            return Html.Of($"""
                <h1>{page.T("公开日志", "The public log")}</h1>
                {Lost(page, LossStore.List(db))}
                {Explained(page, IsWitnessed(cosigned, settings))}
                {Facts(page, newest, cosigned, identity, settings.KnownWitnesses)}
                <h2 id="check">{page.T("核对一张证书", "Check one certificate")}</h2>
                <form class="row" method="get" action="/log#check">{page.LanguageField}<label>{page.T("证书查询编码（13 位）", "Code of the certificate (13 characters)")}<input name="id" maxlength="40" required value="{id}"></label><button>{page.T("逐步核对", "Check step by step")}</button></form>
                {Statements(page, certificate, statements, index)}
                {(index is { } at ? Steps(page, TreeStore.Steps(db, at, publication.Show(TreeStore.Covering(db, at) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry)))), KeyOf(db, identity, at), identity) : Html.None)}
                <h2>{page.T("自己核对全部", "Check everything yourself")}</h2>
                <p>{page.T("日志采用 C2SP tlog-tiles 格式，任何兼容的工具都能读取和核对。用本程序：", "The log has the form of C2SP tlog-tiles, which any tool for it can read and check. With this program:")}</p>
                <pre><code>registry verify --log {address.Base}
                registry mirror {address.Base}</code></pre>
                <p><a href="/log/checkpoint">{page.T("检查点", "Checkpoint")}</a> · <a href="/log/key">{page.T("公钥", "Public key")}</a> · <a href="/v1/keys">{page.T("认证机构的公钥", "Keys of certification bodies")}</a></p>
                """);
        }, context.RequestAborted);
        return page.Write(page.T("公开日志", "The public log"), html);
    }

    private static readonly Text loss = new(
        "本日志丢失过已经公布的条目：第 {0} 号条目声明，曾经签名公布的前 {1} 个条目中，有一部分已经丢失，未能找回。当时看到过它们的人，看到的是另一份日志。",
        "This log has lost entries that were published: entry {0} states that of what was once signed over {1} entries some are lost for good. Whoever was shown them saw another log.");

    private static Html Lost(Page page, List<Loss> losses) =>
        Html.Join(losses.Select(lost => Html.Of($"""<p class="note"><strong>{string.Format(CultureInfo.InvariantCulture, page.T(loss), lost.Seq, lost.Size)}</strong></p>""")));

    /// <summary>Whether a witness that this installation names has signed: what it cannot do unseen depends on that.</summary>
    private static bool IsWitnessed(PublishedCheckpoint? cosigned, Settings settings) =>
        cosigned?.Note is { } text && Note.Parse(text, skipBroken: true) is { } note && settings.KnownWitnesses.Any(note.IsSignedBy);

    /// <summary>A promise: what it says in short, and why.</summary>
    private sealed record Promise(Text Short, Text Why);

    private static readonly Text statements = new(
        "认证机构的每一项声明（颁发、变更、暂停、恢复、撤销、注销）都经签名，按登记的先后写入这份日志，一经写入不再改动。",
        "Every statement of a certification body (issued, corrected, suspended, restored, revoked, cancelled) is signed and written into this "
        + "log in the order of recording. What is written does not change.");

    private static readonly Text proves = new("日志不能证明声明本身属实：它证明谁在何时声明了什么。", "The log does not prove that a statement is true: it proves who stated what, and when.");

    private static readonly Promise bodies = new(new("认证机构不能否认。", "The body cannot deny it."), new(
        "声明由认证机构用自己的密钥签名，或由登记簿代其登记并注明；登记机构代为设置的公钥也会注明。",
        "It signed the statement with its own key, or the registry recorded it for the body and says so. A key that the registry set for a body is named as such."));

    private static readonly Promise[] witnessed =
    [
        new(new("登记簿不能改写、删除或倒填日期而不被发现。", "The registry cannot rewrite, remove or back-date unseen."), new(
            "全部条目汇成一个根哈希，由登记簿签名；改动任何一位，根哈希都会不同，与见证方联署过的不符。",
            "All entries together give one root hash, which the registry signs; change a single bit and the root is not the one that was cosigned.")),
        new(new("登记簿不能给不同的人看不同的日志。", "The registry cannot show different logs to different people."), new(
            "见证方只为接续上一次的检查点联署，任何人都可以保存镜像。",
            "Witnesses sign only what continues the checkpoint they saw before, and anyone can keep a mirror.")),
    ];

    private static readonly Promise[] unwitnessed =
    [
        new(new("改写、删除或倒填日期会改变根哈希。", "To rewrite, remove or back-date changes the root hash."), new(
            "全部条目汇成一个根哈希，由登记簿签名；改动任何一位，根哈希都会不同。",
            "All entries together give one root hash, which the registry signs; change a single bit and the root is another.")),
        new(new("本登记簿目前没有见证方。", "This registry has no witness at present."), new(
            "若有人改写日志，或给不同的人看不同的日志，只有镜像和留有较早检查点的人会发现。任何人都可以保存镜像或检查点。",
            "If the log were rewritten, or different people were shown different logs, only mirrors and whoever kept an older checkpoint would notice. "
            + "Anyone can keep a mirror or a checkpoint.")),
    ];

    /// <summary>What this installation can promise, not what the program could.</summary>
    private static Html Explained(Page page, bool isWitnessed)
    {
        Promise[] promises = [bodies, .. isWitnessed ? witnessed : unwitnessed];
        return Html.Of($"""
            <p>{page.T(statements)}</p>
            <ul>
            {Html.Join(promises.Select(promise => Html.Of($"<li><b>{page.T(promise.Short)}</b> {page.T(promise.Why)}</li>")))}
            </ul>
            <p class="soft">{page.T(proves)}</p>
            """);
    }

    private static Html Facts(Page page, PublishedCheckpoint? newest, PublishedCheckpoint? cosigned, LogIdentity identity, VerifierKey[] witnesses) => newest is null ? Html.None : Html.Of($"""
        <h2>{page.T("现状", "Where it stands")}</h2>
        <p><a href="{page.Link("/changes.atom")}">{page.T("订阅新登记（Atom）", "Follow what is recorded (Atom)")}</a></p>
        <dl><dt>{page.T("条目数", "Entries")}</dt><dd>{newest.Size}</dd>
        <dt>{page.T("根哈希", "Root hash")}</dt><dd><code>{Convert.ToBase64String(newest.Root)}</code></dd>
        <dt>{page.T("日志公钥", "Public key of the log")}</dt><dd><code>{identity.Key.ToString()}</code></dd>
        <dt>{page.T("见证方", "Witnesses")}</dt><dd>{Witnesses(page, cosigned, witnesses)}</dd>
        {(identity.IsMirror ? Html.Of($"<dt>{page.T("本站", "This site")}</dt><dd>{page.T($"{identity.Key.Name} 的镜像，只供查询", $"a mirror of {identity.Key.Name}; it records nothing")}</dd>") : Html.None)}</dl>
        """);

    /// <summary>The witnesses that are configured here and whose signature fits: any other line under a checkpoint anybody can have
    /// written.</summary>
    private static Html Witnesses(Page page, PublishedCheckpoint? cosigned, VerifierKey[] witnesses)
    {
        if (witnesses.Length == 0) return Html.Of($"{page.T("本站没有设置见证方。", "None is configured here.")}");
        var note = cosigned is null ? null : Note.Parse(cosigned.Note, skipBroken: true);
        return Html.Join(witnesses.Select(witness => note?.Cosignature(witness) is { } line
            ? Html.Of($"{witness.Name} · {page.T($"第 {cosigned!.Size} 条为止", $"up to entry {cosigned.Size}")} · {CertificatePages.Local(line.At)}<br>")
            : Html.Of($"{witness.Name} · {page.T("尚未联署", "has not cosigned yet")}<br>")));
    }

    private static Html Statements(Page page, CertificateRow? certificate, List<HistoryItem> statements, long? chosen) => certificate is null ? Html.None : Html.Of($"""
        <p><a href="{page.Link("/c/" + certificate.Id)}">{certificate.HolderName}</a> · {certificate.Number}</p>
        <ul>{Html.Join(statements.Select(item => Html.Of($"<li><a href=\"{page.Link($"/log?id={certificate.Id}&entry={item.LogIndex}")}\"{new Html(item.LogIndex == chosen ? " aria-current=\"true\"" : "")}>{page.T($"第 {item.LogIndex} 条", $"Entry {item.LogIndex}")}</a> {page.T(Acts.Done(item.Act))} {item.EffectiveOn} · {CertificatePages.Signed(page, item.SignedBy)}</li>")))}</ul>
        """);

    /// <summary>The key that signed an entry: the registry's own, or a body's.</summary>
    private static Jwk? KeyOf(System.Data.Common.DbConnection db, LogIdentity identity, long index) =>
        Jws.Parse(EntryLog.Find(db, index)?.Leaf ?? []).Jws is not { } jws ? null : Jwk.Of(identity.Key) is var own && own.Thumbprint == jws.Kid ? own : KeyStore.Find(db, jws.Kid)?.Key;

    private static Html Steps(Page page, InclusionProof proof, Jwk? key, LogIdentity identity)
    {
        var jws = Jws.Parse(proof.Leaf).Jws!;
        var (checkpoint, note) = (Checkpoint.Parse(Note.Parse(proof.Checkpoint)!.Text)!, Note.Parse(proof.Checkpoint)!);
        var leafHash = MerkleTree.LeafHash(proof.Leaf);
        var climb = MerkleTree.Climb(leafHash, proof.Index, checkpoint.Size, proof.Hashes);
        var signed = key is not null && jws.IsSignedBy(key);
        var (reached, sealing) = (proof.Verify(identity.Key), note.IsSignedBy(identity.Key));
        Html Verdict(bool right, Text yes, Text no) => Html.Of($"<p class=\"{(right ? "right" : "note")}\">{(right ? "✓" : "✗")} {page.T(right ? yes : no)}</p>");
        return Html.Of($"""
            <h3>{page.T($"第 {proof.Index} 条：逐步核对", $"Entry {proof.Index}, step by step")}</h3>
            <ol class="steps">
            <li>{page.T("声明原文", "The statement as it was signed")}<pre><code>{JsonNode.Parse(jws.Payload)!.ToJsonString(Http.Json.Indented)}</code></pre></li>
            <li>{page.T($"签名：算法 {jws.Algorithm}，密钥 {jws.Kid}", $"Its signature: algorithm {jws.Algorithm}, key {jws.Kid}")}{Verdict(signed, new("签名与内容相符。", "The signature fits the statement."), new("签名与内容不符。", "The signature does not fit the statement."))}</li>
            <li>{page.T("叶哈希：SHA-256(0x00 ‖ 签名后的声明)", "Leaf hash: SHA-256(0x00 ‖ the signed statement)")}<br><code>{Convert.ToHexStringLower(leafHash)}</code></li>
            {Html.Join((climb ?? []).Select(step => Html.Of($"<li>{(step.SiblingIsLeft ? page.T("与左侧相邻的哈希合并：SHA-256(0x01 ‖ 左 ‖ 上一步)", "Joined with the hash on its left: SHA-256(0x01 ‖ left ‖ the step before)") : page.T("与右侧相邻的哈希合并：SHA-256(0x01 ‖ 上一步 ‖ 右)", "Joined with the hash on its right: SHA-256(0x01 ‖ the step before ‖ right)"))}<br><code>{Convert.ToHexStringLower(step.Sibling)}</code> → <code>{Convert.ToHexStringLower(step.Result)}</code></li>")))}
            <li>{page.T($"与 {checkpoint.Size} 条的检查点比较，其根哈希为", $"Compared with the checkpoint over {checkpoint.Size} entries, whose root is")} <code>{Convert.ToHexStringLower(checkpoint.Root)}</code>{Verdict(reached, new("上一步得到的正是这个根哈希：该声明在日志之中。", "The step before gives exactly this root: the statement is in the log."), new("上一步得到的不是这个根哈希：本站的数据已被改动。", "The step before gives another root: the data of this site have been changed."))}</li>
            <li>{page.T("检查点的签名", "The checkpoint's signature")}<pre><code>{proof.Checkpoint}</code></pre>{Verdict(sealing, new("由日志公钥签名。", "Signed by the key of the log."), new("不是由日志公钥签名。", "Not signed by the key of the log."))}</li>
            </ol>
            <p><a href="/v1/log/{proof.Index}/proof" download="entry-{proof.Index}.tlog-proof">{page.T("下载可离线核对的证明（.tlog-proof）", "Download the proof, which can be checked offline (.tlog-proof)")}</a> · <a href="/v1/statements/{proof.Index}">JWS</a></p>
            <p class="soft">{page.T("这些步骤由本站计算；要不依赖本站，请用下面的命令或任何 C2SP 工具。", "These steps were computed by this site; to depend on it no longer, use the commands below or any tool for C2SP logs.")}</p>
            """);
    }
}
