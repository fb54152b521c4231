using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>
/// Finds the statements that verdicts rest on, in the snapshot the verdicts were read from: every one about a certificate, the admission of
/// its body, the registration of each key that signed one, and those of the mark whose code was given.
/// </summary>
public sealed class AnswerSigning
{
    /// <summary>Statements of one answer: each takes a proof in its file.</summary>
    public const int MaxStatements = 12_000;

    private readonly DbConnection db;
    private readonly SortedDictionary<long, RestingOn> all = [];
    private readonly Dictionary<long, long[]> ofCertificate = [];
    private readonly Dictionary<string, long[]> ofMark = [];

    private AnswerSigning(DbConnection db) => this.db = db;

    /// <summary>The verdicts with what each rests on, and the statements themselves, by index.</summary>
    /// <exception cref="FaultException">They are too many.</exception>
    public static (Verdict[] Rows, RestingOn[] Statements) Of(DbConnection db, Verdict[] rows)
    {
        var signing = new AnswerSigning(db);
        Verdict Resting(Verdict row)
        {
            db.NextStep();
            return row.Certificate is null ? row : row with { RestsOn = signing.RestsOn(row.Asked, row.Certificate) };
        }
        var made = rows.Select(Resting).ToArray();
        return (made, [.. signing.all.Values]);
    }

    private long[] RestsOn(VerificationRow asked, CertificateView view)
    {
        if (!ofCertificate.TryGetValue(view.LogIndex, out var about)) ofCertificate[view.LogIndex] = about = About(view);
        if (asked.Code is null || ItemCode.Parse(asked.Code) is not { } code || code.Mark == view.Id) return about;
        if (!ofMark.TryGetValue(code.Mark, out var mark)) ofMark[code.Mark] = mark = OfMark(code.Mark);
        return [.. about.Union(mark).Order()];
    }

    private long[] About(CertificateView view)
    {
        var entries = EntryLog.About(db, view.LogIndex);
        var admission = EntryLog.Get(db, BodyStore.AdmissionOf(db, view.Body.ApprovalNumber));
        return [.. WithSigners(entries).Append(Take(admission)).Distinct().Order()];
    }

    private long[] OfMark(string code)
    {
        if (MarkStore.Find(db, code) is not { } mark) return [];
        return [.. WithSigners([EntryLog.Get(db, mark.Seq), .. MarkStore.Withdrawals(db, mark)])];
    }

    private IEnumerable<long> WithSigners(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            yield return Take(entry);
            if (entry.Statement.OnBehalf is not null) continue;
            if (KeyStore.Find(db, Jws.Parse(entry.Leaf).Jws!.Kid) is { } key) yield return Take(EntryLog.Get(db, key.RegisteredAt));
        }
    }

    private long Take(Entry entry)
    {
        if (all.ContainsKey(entry.Seq)) return entry.Seq;
        if (all.Count == MaxStatements) throw new FaultException(Refusal.TooManyStatements, "/rows", MaxStatements);
        var hash = Convert.ToBase64String(MerkleTree.LeafHash(entry.Leaf));
        all[entry.Seq] = new(entry.Seq, hash, DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt));
        return entry.Seq;
    }
}
