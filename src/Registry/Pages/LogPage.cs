using System.Data.Common;
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
    private static readonly Text
        title = new("公开日志", "The public log"),
        byAnyTool = new(
            "日志采用 C2SP tlog-tiles 格式，任何兼容的工具都能读取和核对。用本程序：",
            "The log has the form of C2SP tlog-tiles, which any tool for it can read and check. With this program:"),
        codeOf = new("证书查询编码（13 位）", "Code of the certificate (13 characters)");

    public static Task Show(string? id, string? entry, HttpContext context, Database database, Settings settings, LogIdentity identity,
        Publication publication, PublicAddress address)
    {
        var page = new Page(context, settings);
        var html = database.Read(db =>
        {
            var newest = TreeStore.Newest(db) is { } published ? publication.Show(published) : null;
            var cosigned = newest is null ? null : TreeStore.NewestCosigned(db);
            var certificate = string.IsNullOrEmpty(id) ? null : CertificateStore.Existing(db, id);
            var items = certificate is null ? [] : HistoryItem.Of(db, certificate);
            var index = IndexOf(entry, items);
            return Html.Of($"""
                <h1>{page.T(title)}</h1>
                {Lost(page, LossStore.List(db))}
                {Explained(page, IsWitnessed(cosigned, settings))}
                {Facts(page, newest, cosigned, identity, settings.KnownWitnesses)}
                <h2 id="check">{page.T("核对一张证书", "Check one certificate")}</h2>
                {Asking(page, id)}
                {Statements(page, certificate, items, index)}
                {(index is { } at ? Steps(page, db, at, identity, publication) : Html.None)}
                <h2>{page.T("自己核对全部", "Check everything yourself")}</h2>
                {Everything(page, address)}
                """);
        }, context.RequestAborted);
        return page.Write(page.T(title), $"{html}");
    }

    /// <summary>The entry to show: the one asked for, else the newest of the certificate; null for neither.</summary>
    private static long? IndexOf(string? entry, List<HistoryItem> items)
    {
        if (string.IsNullOrEmpty(entry)) return items.Count > 0 ? items[^1].LogIndex : null;
        return long.TryParse(entry, out var typed) ? typed : throw new FaultException(Refusal.NoSuchEntry);
    }

    private static Html Asking(Page page, string? id) => Html.Of($"""
        <form class="row" method="get" action="/log#check">{page.LanguageField}
        <label>{page.T(codeOf)}<input name="id" maxlength="40" required value="{id}"></label>
        <button>{page.T("逐步核对", "Check step by step")}</button></form>
        """);

    private static Html Everything(Page page, PublicAddress address)
    {
        var (checkpoint, key) = (page.T("检查点", "Checkpoint"), page.T("公钥", "Public key"));
        var keys = page.T("认证机构的公钥", "Keys of certification bodies");
        return Html.Of($"""
            <p>{page.T(byAnyTool)}</p>
            <pre><code>registry verify --log {address.Base}
            registry mirror {address.Base}</code></pre>
            <p><a href="/log/checkpoint">{checkpoint}</a> · <a href="/log/key">{key}</a> · <a href="/v1/keys">{keys}</a></p>
            """);
    }

    private static readonly Text loss = new(
        "本日志丢失过已经公布的条目：第 {0} 号条目声明，曾经签名公布的前 {1} 个条目中，有一部分已经丢失，未能找回。当时看到过它们的人，看到的是另一份日志。",
        "This log has lost entries that were published: "
        + "entry {0} states that of what was once signed over {1} entries some are lost for good. Whoever was shown them saw another log.");

    private static Html Lost(Page page, List<Loss> losses)
    {
        var told = losses.Select(lost => string.Format(CultureInfo.InvariantCulture, page.T(loss), lost.Seq, lost.Size));
        return Html.Join(told.Select(sentence => Html.Of($"<p class=\"note\"><strong>{sentence}</strong></p>")));
    }

    /// <summary>Whether a witness that this installation names has signed: what it cannot do unseen depends on that.</summary>
    private static bool IsWitnessed(PublishedCheckpoint? cosigned, Settings settings) =>
        cosigned?.Note is { } text && Note.Parse(text, skipBroken: true) is { } note && settings.KnownWitnesses.Any(note.IsSignedBy);

    /// <summary>A promise: what it says in short, and why.</summary>
    private sealed record Promise(Text Short, Text Why);

    private static readonly Text statements = new(
        "认证机构的每一项声明（颁发、变更、暂停、恢复、撤销、注销）都经签名，按登记的先后写入这份日志，一经写入不再改动。",
        "Every statement of a certification body (issued, corrected, suspended, restored, revoked, cancelled) is signed "
        + "and written into this log in the order of recording. What is written does not change.");

    private static readonly Text proves = new(
        "日志不能证明声明本身属实：它证明谁在何时声明了什么。",
        "The log does not prove that a statement is true: it proves who stated what, and when.");

    private static readonly Promise bodies = new(new("认证机构不能否认。", "The body cannot deny it."), new(
        "声明由认证机构用自己的密钥签名，或由登记簿代其登记并注明；登记机构代为设置的公钥也会注明。",
        "It signed the statement with its own key, or the registry recorded it for the body and says so. "
        + "A key that the registry set for a body is named as such."));

    private static readonly Promise[] witnessed =
    [
        new(new("登记簿不能改写、删除或倒填日期而不被发现。", "The registry cannot rewrite, remove or back-date unseen."), new(
            "全部条目汇成一个根哈希，由登记簿签名；改动任何一位，根哈希都会不同，与见证方联署过的不符。",
            "All entries together give one root hash, which the registry signs; "
            + "change a single bit and the root is not the one that was cosigned.")),
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
            "If the log were rewritten, or different people were shown different logs, "
            + "only mirrors and whoever kept an older checkpoint would notice. Anyone can keep a mirror or a checkpoint.")),
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

    private static Html Facts(
        Page page, PublishedCheckpoint? newest, PublishedCheckpoint? cosigned, LogIdentity identity, VerifierKey[] witnesses)
    {
        if (newest is null) return Html.None;
        var mirror = page.T($"{identity.Key.Name} 的镜像，只供查询", $"a mirror of {identity.Key.Name}; it records nothing");
        return Html.Of($"""
            <h2>{page.T("现状", "Where it stands")}</h2>
            <p><a href="{page.Link("/changes.atom")}">{page.T("订阅新登记（Atom）", "Follow what is recorded (Atom)")}</a></p>
            <dl><dt>{page.T("条目数", "Entries")}</dt><dd>{newest.Size}</dd>
            <dt>{page.T("根哈希", "Root hash")}</dt><dd><code>{Convert.ToBase64String(newest.Root)}</code></dd>
            <dt>{page.T("日志公钥", "Public key of the log")}</dt><dd><code>{identity.Key.ToString()}</code></dd>
            <dt>{page.T("见证方", "Witnesses")}</dt><dd>{Witnesses(page, cosigned, witnesses)}</dd>
            {(identity.IsMirror ? Html.Of($"<dt>{page.T("本站", "This site")}</dt><dd>{mirror}</dd>") : Html.None)}</dl>
            """);
    }

    /// <summary>The witnesses that are configured here and whose signature fits: any other line under a checkpoint anybody can have
    /// written.</summary>
    private static Html Witnesses(Page page, PublishedCheckpoint? cosigned, VerifierKey[] witnesses)
    {
        if (witnesses.Length == 0) return Html.Of($"{page.T("本站没有设置见证方。", "None is configured here.")}");
        var note = cosigned is null ? null : Note.Parse(cosigned.Note, skipBroken: true);
        return Html.Join(witnesses.Select(witness => Html.Of($"{witness.Name} · {State(witness)}<br>")));

        string State(VerifierKey witness)
        {
            if (note?.Cosignature(witness) is not { } line) return page.T("尚未联署", "has not cosigned yet");
            return $"{page.T($"第 {cosigned!.Size} 条为止", $"up to entry {cosigned!.Size}")} · {CertificatePages.Local(line.At)}";
        }
    }

    private static Html Statements(Page page, CertificateRow? certificate, List<HistoryItem> items, long? chosen)
    {
        if (certificate is null) return Html.None;
        return Html.Of($"""
            <p><a href="{page.Link("/c/" + certificate.Id)}">{certificate.HolderName}</a> · {certificate.Number}</p>
            <ul>{Html.Join(items.Select(Line))}</ul>
            """);

        Html Line(HistoryItem item)
        {
            var (link, isChosen) = (page.Link($"/log?id={certificate.Id}&entry={item.LogIndex}"), item.LogIndex == chosen);
            var entry = page.T($"第 {item.LogIndex} 条", $"Entry {item.LogIndex}");
            var what = $"{page.T(Acts.Done(item.Act))} {item.EffectiveOn:O} · {CertificateStory.Signed(page, item.SignedBy)}";
            return Html.Of($"<li><a href=\"{link}\"{new Html(isChosen ? " aria-current=\"true\"" : "")}>{entry}</a> {what}</li>");
        }
    }

    // ---- one entry, step by step

    private static readonly Text
        statement = new("声明原文", "The statement as it was signed"),
        leaf = new("叶哈希：SHA-256(0x00 ‖ 签名后的声明)", "Leaf hash: SHA-256(0x00 ‖ the signed statement)"),
        joinedLeft = new(
            "与左侧相邻的哈希合并：SHA-256(0x01 ‖ 左 ‖ 上一步)",
            "Joined with the hash on its left: SHA-256(0x01 ‖ left ‖ the step before)"),
        joinedRight = new(
            "与右侧相邻的哈希合并：SHA-256(0x01 ‖ 上一步 ‖ 右)",
            "Joined with the hash on its right: SHA-256(0x01 ‖ the step before ‖ right)"),
        note = new("检查点的签名", "The checkpoint's signature"),
        download = new("下载可离线核对的证明（.tlog-proof）", "Download the proof, which can be checked offline (.tlog-proof)"),
        computedHere = new(
            "这些步骤由本站计算；要不依赖本站，请用下面的命令或任何 C2SP 工具。",
            "These steps were computed by this site; to depend on it no longer, use the commands below or any tool for C2SP logs.");

    /// <summary>What is said of a check that came out right, and of one that did not.</summary>
    private sealed record Outcome(Text Right, Text Wrong);

    private static readonly Outcome
        ofStatement = new(
            new("签名与内容相符。", "The signature fits the statement."),
            new("签名与内容不符。", "The signature does not fit the statement.")),
        ofRoot = new(
            new("上一步得到的正是这个根哈希：该声明在日志之中。", "The step before gives exactly this root: the statement is in the log."),
            new("上一步得到的不是这个根哈希：本站的数据已被改动。", "The step before gives another root: the data of this site have been changed.")),
        ofNote = new(new("由日志公钥签名。", "Signed by the key of the log."), new("不是由日志公钥签名。", "Not signed by the key of the log."));

    /// <exception cref="FaultException">No checkpoint covers such an entry.</exception>
    private static Html Steps(Page page, DbConnection db, long index, LogIdentity identity, Publication publication)
    {
        var covering = TreeStore.Covering(db, index) ?? throw new FaultException(Refusal.NoSuchEntry);
        return Steps(page, TreeStore.Steps(db, index, publication.Show(covering)), KeyOf(db, identity, index), identity);
    }

    /// <summary>The key that signed an entry: the registry's own, or a body's.</summary>
    private static Jwk? KeyOf(DbConnection db, LogIdentity identity, long index)
    {
        if (Jws.Parse(EntryLog.Find(db, index)?.Leaf ?? []).Jws is not { } jws) return null;
        var own = Jwk.Of(identity.Key);
        return own.Thumbprint == jws.Kid ? own : KeyStore.Find(db, jws.Kid)?.Key;
    }

    private static Html Steps(Page page, InclusionProof proof, Jwk? key, LogIdentity identity)
    {
        var (jws, signedNote) = (Jws.Parse(proof.Leaf).Jws!, Note.Parse(proof.Checkpoint)!);
        var checkpoint = Checkpoint.Parse(signedNote.Text)!;
        var leafHash = MerkleTree.LeafHash(proof.Leaf);
        var climb = MerkleTree.Climb(leafHash, proof.Index, checkpoint.Size, proof.Hashes) ?? [];
        var isSigned = key is not null && jws.IsSignedBy(key);
        var signature = new Text($"签名：算法 {jws.Algorithm}，密钥 {jws.Kid}", $"Its signature: algorithm {jws.Algorithm}, key {jws.Kid}");
        var root = new Text(
            $"与 {checkpoint.Size} 条的检查点比较，其根哈希为",
            $"Compared with the checkpoint over {checkpoint.Size} entries, whose root is");
        var (file, stated) = ($"entry-{proof.Index}.tlog-proof", $"/v1/statements/{proof.Index}");
        return Html.Of($"""
            <h3>{page.T($"第 {proof.Index} 条：逐步核对", $"Entry {proof.Index}, step by step")}</h3>
            <ol class="steps">
            <li>{page.T(statement)}<pre><code>{JsonNode.Parse(jws.Payload)!.ToJsonString(Http.Json.Indented)}</code></pre></li>
            <li>{page.T(signature)}{Told(page, isSigned, ofStatement)}</li>
            <li>{page.T(leaf)}<br><code>{Convert.ToHexStringLower(leafHash)}</code></li>
            {Html.Join(climb.Select(step => Joined(page, step)))}
            <li>{page.T(root)} <code>{Convert.ToHexStringLower(checkpoint.Root)}</code>{Told(page, proof.Verify(identity.Key), ofRoot)}</li>
            <li>{page.T(note)}<pre><code>{proof.Checkpoint}</code></pre>{Told(page, signedNote.IsSignedBy(identity.Key), ofNote)}</li>
            </ol>
            <p><a href="/v1/log/{proof.Index}/proof" download="{file}">{page.T(download)}</a> · <a href="{stated}">JWS</a></p>
            <p class="soft">{page.T(computedHere)}</p>
            """);
    }

    private static Html Told(Page page, bool isRight, Outcome outcome) => isRight
        ? Html.Of($"<p class=\"right\">✓ {page.T(outcome.Right)}</p>")
        : Html.Of($"<p class=\"note\">✗ {page.T(outcome.Wrong)}</p>");

    private static Html Joined(Page page, (bool SiblingIsLeft, byte[] Sibling, byte[] Result) step)
    {
        var (sibling, result) = (Convert.ToHexStringLower(step.Sibling), Convert.ToHexStringLower(step.Result));
        var how = page.T(step.SiblingIsLeft ? joinedLeft : joinedRight);
        return Html.Of($"<li>{how}<br><code>{sibling}</code> → <code>{result}</code></li>");
    }
}
