using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>One statement in the history of a certificate.</summary>
/// <param name="LogIndex">Index in the log.</param>
/// <param name="LeafHash">Hash of the leaf (RFC 6962), base64url: what the next act that a body signs names as <c>prev</c>.</param>
/// <param name="SignedBy"><c>body</c>; <c>set-key</c> when by a key of the body that the registry set; <c>registry</c> on behalf of the
/// body.</param>
/// <param name="Act">What was stated.</param>
/// <param name="EffectiveOn">The day it takes effect.</param>
/// <param name="RecordedAt">When the registry recorded it.</param>
/// <param name="Until">Announced end of a suspension.</param>
/// <param name="Reason">Category of reason.</param>
/// <param name="Content">What the certificate reads from then on.</param>
public sealed record HistoryItem(
    long LogIndex, string LeafHash, string SignedBy, string Act, DateOnly EffectiveOn, DateTimeOffset RecordedAt,
    DateOnly? Until, Reason? Reason, CertificateContent? Content)
{
    /// <summary>The history of a certificate, oldest first, without hashes where there is only the issue: then no leaf has to be
    /// read.</summary>
    public static List<HistoryItem> Told(DbConnection db, CertificateRow row) =>
        row.LastSeq == row.Seq ? [Issued(row, "")] : Of(db, row);

    /// <summary>Of a row whose newest statement is its issue.</summary>
    private static HistoryItem Issued(CertificateRow row, string hash) =>
        Issued(row.Seq, hash, Statement.SignerOf(row.ByBody, row.SetKey), row.RecordedAt, row.Content);

    private static HistoryItem Issued(long seq, string hash, string signer, DateTimeOffset recordedAt, CertificateContent content) =>
        new(seq, hash, signer, "issue", content.IssuedOn, recordedAt, Until: null, Reason: null, content);

    /// <summary>The history of a certificate, oldest first.</summary>
    public static List<HistoryItem> Of(DbConnection db, CertificateRow row) => [.. EntryLog.About(db, row.Seq).Select(entry =>
    {
        var hash = SignedStatements.LeafHash(entry.Leaf);
        // Where there is only the issue, the row says the same, and the leaf need not be read back.
        if (row.LastSeq == row.Seq)
            return Issued(row, hash);
        var statement = entry.Statement;
        var signer = SignerOf(db, entry.Leaf, statement);
        return statement switch
        {
            Issue issue => Issued(entry.Seq, hash, signer, issue.RecordedAt, issue.Certificate),
            Amendment a => new HistoryItem(entry.Seq, hash, signer, a.Act, a.EffectiveOn, a.RecordedAt, (a as Suspend)?.Until,
                Lifecycle.ReasonOf(a), (a as Correct)?.Content),
            _ => throw new InvalidOperationException("A statement of another kind is filed under a certificate."),
        };
    })];

    /// <summary>Who signed a statement, as <see cref="SignedBy"/> says it.</summary>
    public static string SignerOf(DbConnection db, byte[] leaf, Statement statement) =>
        Statement.SignerOf(statement.OnBehalf is null, KeyStore.SignedBySetKey(db, leaf, statement));
}
