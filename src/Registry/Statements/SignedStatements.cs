using System.Buffers.Text;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>
/// Statements that carry their own signature: what a body signs and posts, and what a log already holds when it is read again. The
/// signature is the authentication, so everything a forger could choose is checked before anything is decided.
/// </summary>
public static class SignedStatements
{
    /// <summary>Refuses on a reader what is not signed by a body's key, so that strangers cannot keep the writer busy.</summary>
    /// <exception cref="FaultException">It is no statement that a body signed for this log.</exception>
    public static void Screen(DbConnection db, byte[] compact, VerifierKey log) => Open(db, ReadLeaf.Of(compact), log);

    /// <summary>Records a statement that a body signed.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="compact">The compact JWS, as posted.</param>
    /// <exception cref="FaultException">It is refused: every reason has a code of its own.</exception>
    public static Recorded Accept(Transaction transaction, byte[] compact)
    {
        var db = transaction.Connection;
        var read = ReadLeaf.Of(compact);
        var (statement, key) = Open(db, read, transaction.Signer!.VerifierKey);
        // Ours: nobody else holds it, so it is an entry copied from the log.
        if (key is null) throw new FaultException(Refusal.UnknownKey);
        CheckInstant(Jws.PayloadOf(compact), statement, transaction.Now);
        CheckContent(statement, Day.Of(transaction.Now));
        if (AlreadyRecorded(db, statement) is { } seq) throw new FaultException(Refusal.Replayed, "", seq);
        CheckPrevious(db, statement);
        CheckIncoming(db, statement);
        // Decided at the instant that the log will show, so that whoever replays it decides the same.
        var recorded = Publisher.Record(transaction with { Now = EntryLog.Next(transaction, statement.StatedAt) }, read);
        return recorded.New ? recorded : throw new FaultException(Refusal.Replayed, "", recorded.Seq);
    }

    /// <summary>The instant that whoever signed stated: spelt as the log spells it, because its bytes are kept and read by others, and not
    /// long ago.</summary>
    /// <param name="payload">What was signed.</param>
    /// <param name="statement">The same, read.</param>
    /// <param name="now">The registry's clock.</param>
    /// <exception cref="FaultException">It is spelt otherwise, ahead of the clock or too old.</exception>
    public static void CheckInstant(ReadOnlySpan<byte> payload, Statement statement, DateTimeOffset now)
    {
        var spelt = Milliseconds.Spelt(payload, "statedAt"u8);
        if (spelt != Milliseconds.Text(statement.StatedAt)) throw new FaultException(Refusal.BadStatedAt);
        if (statement.StatedAt > now + Statement.MaxAhead) throw new FaultException(Refusal.StatedAhead);
        if (statement.StatedAt < now - Statement.MaxAge) throw new FaultException(Refusal.StatedLongAgo);
    }

    /// <summary>Records an entry of another copy of the log after checking all that can be checked: signature, authority, and that the
    /// registry's own rules allow it. <paramref name="transaction"/> needs no signer.</summary>
    /// <exception cref="FaultException">The log's own rules refuse it: a registry would not have recorded it.</exception>
    public static Recorded Replay(Transaction transaction, byte[] leaf, VerifierKey log) => Replay(transaction, ReadLeaf.Of(leaf), log);

    /// <summary>The same of a leaf that was read ahead, by a <see cref="LeafReader"/> of this log.</summary>
    /// <inheritdoc cref="Replay(Transaction, byte[], VerifierKey)"/>
    public static Recorded Replay(Transaction transaction, ReadLeaf leaf, VerifierKey log)
    {
        var db = transaction.Connection;
        var (statement, _) = Open(db, leaf, log);
        CheckPrevious(db, statement);
        var recorded = Publisher.Record(transaction with { Now = EntryLog.Next(transaction, statement.StatedAt) }, leaf);
        return recorded.New ? recorded : throw new FaultException(Refusal.Replayed, "", recorded.Seq);
    }

    /// <summary>The leaf hash as statements and answers spell it: base64url.</summary>
    public static string LeafHash(byte[] leaf) => Base64Url.EncodeToString(MerkleTree.LeafHash(leaf));

    /// <summary>The registration that a body's new key signed itself, for whoever states it on the word of something else.</summary>
    /// <param name="compact">The compact JWS of a register-key statement.</param>
    /// <param name="body">Whose key it is to be.</param>
    /// <param name="log">For which log.</param>
    /// <param name="now">When it was posted, which it may not be much older than; null where it may be of any age.</param>
    /// <exception cref="FaultException">It says something else.</exception>
    public static RegisterKey Registration(ReadOnlySpan<byte> compact, string body, VerifierKey log, DateTimeOffset? now)
    {
        var proof = compact.TrimEnd("\r\n"u8).ToArray();
        if (Jws.Parse(proof).Jws is not { } jws) throw new FaultException(Refusal.MalformedJws);
        RegisterKey stated;
        try { stated = Statement.FromJson(jws.Payload) as RegisterKey ?? throw new FaultException(Refusal.BadProof); }
        catch (JsonException) { throw new FaultException(Refusal.NotAStatement); }
        if (stated.Body != body) throw new FaultException(Refusal.NotYours);
        if (stated.Aud != log.Name) throw new FaultException(Refusal.WrongAudience, "", log.Name);
        if (now is { } instant) CheckInstant(jws.Payload, stated, instant);
        return new RegisterKey { Body = body, Key = stated.Key, Proof = Encoding.ASCII.GetString(proof) };
    }

    /// <summary>Whether the new key has signed its own registration.</summary>
    public static bool Proves(RegisterKey register)
    {
        if (register.Proof is null || !Ascii.IsValid(register.Proof)) return false;
        var proof = Jws.Parse(Encoding.ASCII.GetBytes(register.Proof)).Jws;
        if (proof is null || !proof.IsSignedBy(register.Key)) return false;
        try
        {
            var stated = Statement.FromJson(proof.Payload) as RegisterKey;
            return stated is { Proof: null, Aud: not null } && stated.Body == register.Body && stated.Key == register.Key;
        }
        catch (JsonException) { return false; }
    }

    /// <summary>The statement of a leaf whose signature, signer and audience are right, and the body's key that made it; no key when it
    /// is the registry's.</summary>
    private static (Statement Statement, BodyKey? Key) Open(DbConnection db, ReadLeaf read, VerifierKey log)
    {
        if (read.Jws is not { } jws) throw new FaultException(read.Fault switch
        {
            JwsFault.Malformed => Refusal.MalformedJws,
            JwsFault.AlgorithmNone => Refusal.AlgorithmNone,
            JwsFault.UnsupportedAlgorithm => Refusal.UnsupportedAlgorithm,
            JwsFault.UnsupportedHeader => Refusal.UnsupportedHeader,
        });
        var own = Jwk.Of(log);
        var key = own.Thumbprint == jws.Kid ? null : KeyStore.Find(db, jws.Kid) ?? throw new FaultException(Refusal.UnknownKey);
        if (!(key?.Key ?? own).Allows(jws.Algorithm)) throw new FaultException(Refusal.WrongAlgorithm);
        if (!read.IsSigned && !jws.IsSignedBy(key?.Key ?? own)) throw new FaultException(Refusal.BadSignature);
        if (key?.WithdrawnAt is not null) throw new FaultException(Refusal.KeyWithdrawn);
        var statement = read.Statement ?? throw new FaultException(Refusal.NotAStatement);
        // Who may say what: the registry anything, and it says for whom; a body its own acts, for this log.
        if (key is null != statement.OnBehalf is not null || !MayState(statement)) throw new FaultException(Refusal.NotYours);
        var lost = (statement as AcceptLoss)?.Lost;
        if (lost is not null && Checkpoint.Open(lost, log) is null) throw new FaultException(Refusal.NotAStatement);
        if (key is not null)
        {
            if (statement.Map is not null) throw new FaultException(Refusal.NotYours);
            if (statement.Body != key.Body) throw new FaultException(Refusal.NotYours);
            if (statement.Aud != log.Name) throw new FaultException(Refusal.WrongAudience, "", log.Name);
        }
        return (statement, key);
    }

    /// <summary>Bodies and their keys are all that the registry acts on by itself; what it says of its rules and of API keys nobody else
    /// says.</summary>
    private static bool MayState(Statement statement) => statement switch
    {
        Admit admit => admit is { OnBehalf: false, Rules: null or Statement.KeyRules },
        RegisterKey { OnBehalf: null } register => register is { Via: null, Rules: null },
        RegisterKey register => register.Rules is null or Statement.KeyRules && (register.OnBehalf == true || register.Via is null),
        WithdrawKey => true,
        OwnSignatureOnly => statement.OnBehalf is null,
        AcceptLoss => statement.OnBehalf == false,
        _ => statement.OnBehalf != false,
    };

    /// <summary>An act that a body signs names the statement it saw last; another in between would make it an act on what it never
    /// saw.</summary>
    private static void CheckPrevious(DbConnection db, Statement statement)
    {
        if (statement.OnBehalf is not null || statement is not Amendment amendment) return;
        var row = CertificateStore.Find(db, amendment.Certificate);
        if (row is null || row.BodyNumber != amendment.Body) throw new FaultException(Refusal.UnknownCertificate);
        var newest = LeafHash(EntryLog.Get(db, row.LastSeq).Leaf);
        if (amendment.Prev != newest) throw new FaultException(Refusal.StalePrev, "", row.LastSeq);
    }

    private static void CheckIncoming(DbConnection db, Statement statement)
    {
        var id = statement switch { Amendment act => act.Certificate, IssueMark mark => mark.Certificate, _ => null };
        if (id is null || CertificateStore.Find(db, id) is not { } row || row.BodyNumber != statement.Body) return;
        Publisher.CheckIncoming(db, row, statement);
    }

    /// <summary>Index of the entry that says exactly this already. ECDSA signatures can be varied by anybody, so it is the statement that
    /// counts, not its bytes. What a number, a newest statement or a withdrawal makes unique, <see cref="Publisher"/> finds.</summary>
    private static long? AlreadyRecorded(DbConnection db, Statement statement)
    {
        IEnumerable<Entry> like = statement switch
        {
            Amendment act when CertificateStore.Find(db, act.Certificate) is { } row => EntryLog.About(db, row.Seq),
            IssueMark mark when CertificateStore.Find(db, mark.Certificate) is { } row =>
                MarkStore.IssuedSince(db, row.Seq, statement.StatedAt).Select(seq => EntryLog.Get(db, seq)),
            _ => [],
        };
        var json = statement.ToJson();
        bool IsThis(Entry entry) => entry.Statement.ToJson().AsSpan().SequenceEqual(json);
        return like.Where(IsThis).Select(entry => (long?)entry.Seq).FirstOrDefault();
    }

    /// <summary>A signed statement is kept as it is, so its fields must be as the registry would have written them.</summary>
    private static void CheckContent(Statement statement, DateOnly today)
    {
        var faults = new List<Fault>();
        switch (statement)
        {
            case Issue issue:
                Canonical(issue.Certificate, "/certificate");
                break;
            case Correct correct:
                Canonical(correct.Content, "/content");
                break;
            case IssueMark mark:
                CheckMark(mark, faults);
                break;
        }
        if (faults.Count > 0) throw new FaultException(faults);

        void Canonical(CertificateContent content, string at)
        {
            if (CertificateDraft.Of(content).Check(today, faults, at) is not { } clean) return;
            var (stated, kept) = (JsonSerializer.SerializeToNode(content)!.AsObject(), JsonSerializer.SerializeToNode(clean)!.AsObject());
            foreach (var (name, value) in kept)
                if (!JsonNode.DeepEquals(value, stated[name]))
                    faults.Add(new(Refusal.NotCanonical, $"{at}/{JsonNamingPolicy.CamelCase.ConvertName(name)}"));
        }
    }

    private static void CheckMark(IssueMark mark, List<Fault> faults)
    {
        var draft = new MarkDraft
        {
            Placement = mark.Placement,
            Text = mark.Text,
            Gtin = mark.Gtin,
            Gdti = mark.Gdti,
            Run = mark.Run,
            Items = mark.Items,
        };
        var clean = draft.Check(mark.Body, mark.Certificate, mark.Nonce ?? "", []);
        // The seed of a body that signs is the body's own: it says the hash and may hand the seed over afterwards.
        Canonical("/seedHash", (mark.Items is null) == (mark.SeedHash is null) && (mark.SeedHash is null || IsHash(mark.SeedHash)));
        Canonical("/run", clean.Run == mark.Run);
        Canonical("/gtin", clean.Gtin == mark.Gtin);
        Canonical("/gdti", clean.Gdti == mark.Gdti);
        Canonical("/text", clean.Text == mark.Text);
        if (mark.Nonce?.Length > MarkDraft.MaxText) faults.Add(new(Refusal.TooLong, "/nonce", MarkDraft.MaxText));

        void Canonical(string pointer, bool isCanonical)
        {
            if (!isCanonical) faults.Add(new(Refusal.NotCanonical, pointer));
        }
    }

    /// <summary>SHA-256 in small hexadecimal letters.</summary>
    private static bool IsHash(string text) => text.Length == 2 * MerkleTree.HashSize && text.All(char.IsAsciiHexDigitLower);
}
