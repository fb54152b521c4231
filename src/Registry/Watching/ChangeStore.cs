using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Watching;

/// <summary>Entries of the log read as changes.</summary>
public static class ChangeStore
{
    /// <summary>Entries that are looked at for one answer: some tens of milliseconds. Where few are asked for an answer may be empty and
    /// still lead on.</summary>
    public const int MaxLookedAt = 5000;

    /// <summary>Entries read at a time.</summary>
    private const int Together = 500;

    /// <summary>Withdrawn marks of one certificate whose withdrawals are looked for.</summary>
    private const int MaxWithdrawn = 200;

    /// <summary>What was recorded behind an entry, oldest first.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="filter">Which.</param>
    /// <param name="after">Index of the last entry that is known; -1 for none.</param>
    /// <param name="limit">At most so many.</param>
    public static ChangePage Page(DbConnection db, ChangeFilter filter, long after, int limit)
    {
        var newest = EntryLog.Size(db) - 1;
        if (after >= newest) return new([], after, true);
        if (filter.Certificate is { } id) return OfCertificate(db, filter, id, after, newest, limit);
        var found = new List<Change>();
        for (var next = after; ;)
        {
            var some = Of(db, EntryLog.Range(db, next + 1, Together));
            foreach (var change in some.Where(filter.Matches))
            {
                found.Add(change);
                if (found.Count == limit) return new(found, change.LogIndex, change.LogIndex == newest);
            }
            next = some[^1].LogIndex;
            if (next >= newest || next - after >= MaxLookedAt) return new(found, next, next >= newest);
        }
    }

    private static ChangePage OfCertificate(DbConnection db, ChangeFilter filter, string id, long after, long newest, int limit)
    {
        if (CertificateStore.Find(db, id) is not { } row) return new([], newest, true);
        var found = About(db, [row.Seq], after).Order().Take(limit + 1).ToArray();
        var items = Of(db, [.. found.Take(limit).Select(seq => EntryLog.Get(db, seq))]).Where(filter.Matches).ToArray();
        return found.Length > limit ? new(items, found[limit - 1], false) : new(items, newest, true);
    }

    /// <summary>The newest changes, newest first, at most <paramref name="limit"/>; where few are asked for, among the newest
    /// entries.</summary>
    public static List<Change> Newest(DbConnection db, ChangeFilter filter, int limit)
    {
        var size = EntryLog.Size(db);
        if (filter.Certificate is { } id)
        {
            List<Change> about = CertificateStore.Find(db, id) is { } row ? Newest(db, [row.Seq], -1, MaxLookedAt) : [];
            return [.. about.Where(filter.Matches).Take(limit)];
        }
        var found = new List<Change>();
        for (var end = size; end > 0 && size - end < MaxLookedAt && found.Count < limit; end -= Math.Min(end, Together))
        {
            var from = Math.Max(0, end - Together);
            found.AddRange(Of(db, EntryLog.Range(db, from, (int)(end - from))).Where(filter.Matches).Reverse());
        }
        return [.. found.Take(limit)];
    }

    /// <summary>The newest changes about certificates, newest first.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="certificates">Log indexes.</param>
    /// <param name="after">Index of the last entry that does not count.</param>
    /// <param name="limit">At most so many.</param>
    public static List<Change> Newest(DbConnection db, IReadOnlyCollection<long> certificates, long after, int limit) =>
        Of(db, [.. About(db, certificates, after).OrderDescending().Take(limit).Select(seq => EntryLog.Get(db, seq))]);

    /// <summary>Log indexes of all that was stated about certificates and their marks behind an entry, in no order.</summary>
    private static HashSet<long> About(DbConnection db, IReadOnlyCollection<long> certificates, long after)
    {
        var (listed, among) = (Sqlite.List(certificates), $"certificate {Sqlite.In("@certificates")}");
        HashSet<long> found = [.. certificates.Where(seq => seq > after), .. db.Rows($"""
            SELECT seq FROM statement WHERE {among} AND seq > @after
            UNION ALL SELECT seq FROM mark WHERE {among} AND seq > @after
            UNION ALL SELECT seq FROM mark_range WHERE mark IN (SELECT seq FROM mark WHERE {among}) AND seq > @after
            """, row => row.GetInt64(0), listed, after)];
        // Of a mark that was withdrawn as a whole the table tells the instant, and instants never run backwards in the log.
        var withdrawn = db.Rows($"""
            SELECT code, withdrawn_at FROM mark WHERE {among} AND withdrawn_at IS NOT NULL ORDER BY withdrawn_at DESC LIMIT @most
            """, row => (Code: row.GetString(0), At: row.GetInt64(1)), listed, MaxWithdrawn);
        foreach (var (code, at) in withdrawn)
            if (Withdrawal(db, code, at) is { } seq && seq > after) found.Add(seq);
        return found;
    }

    /// <summary>The entry that withdrew a mark at an instant.</summary>
    private static long? Withdrawal(DbConnection db, string mark, long at)
    {
        for (var seq = EntryLog.FirstAt(db, at); EntryLog.Find(db, seq) is { } entry && entry.RecordedAt == at; seq++)
            if (entry.Statement is WithdrawMark { First: null } withdraw && withdraw.Mark == mark) return seq;
        return null;
    }

    /// <summary>Entries as changes, in their order.</summary>
    public static List<Change> Of(DbConnection db, IReadOnlyList<Entry> entries)
    {
        var read = entries.Select(entry => (Entry: entry, entry.Statement)).ToList();
        var marks = MarkStore.FindAll(db, read.Select(one => one.Statement).OfType<WithdrawMark>().Select(withdraw => withdraw.Mark));
        string? About(Entry entry, Statement statement) => statement switch
        {
            Issue => Identifier.Of(entry.Leaf),
            Amendment amendment => amendment.Certificate,
            IssueMark mark => mark.Certificate,
            WithdrawMark withdraw => marks[withdraw.Mark].Certificate.Id,
            _ => null,
        };
        var about = read.ConvertAll(one => About(one.Entry, one.Statement));
        var rows = CertificateStore.WithIds(db, about.OfType<string>());
        return [.. read.Zip(about, (one, id) => Of(db, one.Entry, one.Statement, id is null ? null : rows[id][0]))];
    }

    private static Change Of(DbConnection db, Entry entry, Statement statement, CertificateRow? row) => new()
    {
        LogIndex = entry.Seq,
        Act = statement.Act,
        RecordedAt = statement.RecordedAt,
        EffectiveOn = (statement as Amendment)?.EffectiveOn ?? (statement as Issue)?.Certificate.IssuedOn,
        Body = statement.Body,
        SignedBy = SignerOf(db, entry, statement),
        Certificate = row?.Id,
        Number = row?.Number,
        Holder = row?.HolderName,
        Uscc = row?.Uscc,
        Category = row?.Category,
        Mark = statement switch { IssueMark => Identifier.Of(entry.Leaf), WithdrawMark withdraw => withdraw.Mark, _ => null },
        Until = (statement as Suspend)?.Until,
        Reason = statement switch { Suspend s => s.Reason, Revoke r => r.Reason, Cancel c => c.Reason, _ => null },
        Content = (statement as Issue)?.Certificate ?? (statement as Correct)?.Content,
        LeafHash = SignedStatements.LeafHash(entry.Leaf),
        Before = statement is Correct && row is not null ? Before(db, row, entry.Seq) : null,
    };

    /// <summary>An admission and the registry's own acts on keys are its own; all else is the body's, or recorded for it.</summary>
    private static string SignerOf(DbConnection db, Entry entry, Statement statement)
    {
        var own = statement is Admit || statement is RegisterKey or WithdrawKey && statement.OnBehalf == false;
        return own ? "registry" : HistoryItem.SignerOf(db, entry.Leaf, statement);
    }

    private static CertificateContent? Before(DbConnection db, CertificateRow row, long seq) =>
        Lifecycle.Replay(row.Id, CertificateStore.Statements(db, row.Seq).TakeWhile(entry => entry.Seq < seq))?.Content;
}
