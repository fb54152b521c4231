using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>SQL of the counts beside the reference data. How many are valid changes with every statement and with every day: table validity keeps
/// of each category and body the days on which the number changes, so that an answer adds up some thousand small numbers and reads no certificates.</summary>
public static class ReferenceStore
{
    /// <summary>Log indexes that are counted together: one by one, each certificate would rewrite the days of its category and of its body.</summary>
    private const int Block = 1024;

    private const string Upto = "coalesce((SELECT max(no) FROM validity WHERE kind = 'upto'), 0)";

    /// <summary>Neither suspended nor ended: valid throughout its term (Lifecycle.StatusOn in SQL, for today and later).</summary>
    private const string Stands = "ended_on IS NULL AND suspended_on IS NULL";

    /// <summary>Categories whose number, name or group holds a text (all for none), with how many of their certificates are valid.</summary>
    public static CategoryCount[] Categories(DbConnection db, DateOnly today, string? text)
    {
        var wanted = Terms.Fold(text ?? "");
        var valid = Valid(db, today, "category");
        bool Holds(Text? name) => name is not null && (Terms.Fold(name.Zh).Contains(wanted) || Terms.Fold(name.En).Contains(wanted));
        return [.. Catalogue.Categories.Where(c => c.No.ToString() == wanted || Holds(c.Name) || Holds(Catalogue.GroupName(c.Group)))
            .Select(c => new CategoryCount(c.No, c.Group, Catalogue.GroupName(c.Group).Zh, Catalogue.GroupName(c.Group).En, (c.Name ?? Catalogue.NameMissing).Zh, (c.Name ?? Catalogue.NameMissing).En, Catalogue.SchemeOf(c.No).Standard, valid.GetValueOrDefault(c.No)))];
    }

    public static BodyCount[] Bodies(DbConnection db, DateOnly today)
    {
        var valid = Valid(db, today, "body");
        return [.. db.Query<(long Seq, string Number, string Name, string? NameEn)>("SELECT seq, approval_number, name, name_en FROM body ORDER BY seq")
            .Select(body => new BodyCount(body.Number, body.Name, body.NameEn, valid.GetValueOrDefault(body.Seq)))];
    }

    /// <summary>What the registry covers: certificates, bodies, and the instant of its newest entry.</summary>
    public static (long Certificates, long Bodies, DateTimeOffset? RecordedTo) Coverage(DbConnection db) =>
        (db.ExecuteScalar<long>("SELECT coalesce(max(certificates), 0) + (SELECT count(*) FROM certificate WHERE seq > coalesce((SELECT upto FROM coverage), -1)) FROM coverage"),
            db.ExecuteScalar<long>("SELECT count(*) FROM body"), Transparency.EntryLog.RecordedTo(db));

    private static Dictionary<long, long> Valid(DbConnection db, DateOnly today, string kind)
    {
        // What is not counted yet is few rows, in the order of the table.
        var valid = db.Query<(long No, long Count)>($"SELECT {kind}, count(*) FROM certificate WHERE seq >= {Upto} AND {Stands} AND issued_on <= @today AND NOT expires_on < @today GROUP BY {kind}", new { today })
            .ToDictionary(row => row.No, row => row.Count);
        foreach (var (no, days) in db.Query<(long, byte[])>("SELECT no, days FROM validity WHERE kind = @kind", new { kind }))
            valid[no] = valid.GetValueOrDefault(no) + Changes(days).TakeWhile(change => change.Day <= today.DayNumber).Sum(change => (long)change.By);
        return valid;
    }

    // ---- projection

    /// <summary>Counts every block before the one a log index lies in.</summary>
    public static void CountTo(Transaction transaction, long seq)
    {
        var db = transaction.Connection;
        transaction.Memory.CountedTo = null;
        var (from, to) = (db.ExecuteScalar<long>($"SELECT {Upto}"), seq / Block * Block);
        if (to > from) Count(db, from, to, 1);
        if (to > from) db.Execute("DELETE FROM validity WHERE kind = 'upto'; INSERT INTO validity (kind, no, days) VALUES ('upto', @to, @days)", new { to, days = Array.Empty<byte>() });
    }

    /// <summary>Before a statement changes a certificate that is counted it is taken out, after it put back in.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="seq">The certificate.</param>
    /// <param name="by">-1 before the statement, 1 after it.</param>
    public static void Recount(Transaction transaction, long seq, int by)
    {
        if (seq < (transaction.Memory.CountedTo ??= transaction.Connection.Ask($"SELECT {Upto}", row => row.GetInt64(0)))) Count(transaction.Connection, seq, seq + 1, by);
    }

    public static void Clear(DbConnection db) => db.Execute("DELETE FROM validity");

    /// <summary>Adds certificates to the days on which they begin and end to be valid, or takes them away.</summary>
    private static void Count(DbConnection db, long from, long to, int by)
    {
        var changes = new Dictionary<(string Kind, long No), Dictionary<int, int>>();
        using (var certificates = db.Command($"SELECT category, body, issued_on, expires_on FROM certificate WHERE seq >= @from AND seq < @to AND {Stands}", ("@from", from), ("@to", to)))
        using (var rows = certificates.ExecuteReader())
            while (rows.Read())
                foreach (var of in ((string, long)[])[("category", rows.GetInt64(0)), ("body", rows.GetInt64(1))])
                {
                    if (!changes.TryGetValue(of, out var days)) changes[of] = days = [];
                    var (first, end) = (rows.GetFieldValue<DateOnly>(2).DayNumber, rows.GetFieldValue<DateOnly>(3).DayNumber + 1);
                    days[first] = days.GetValueOrDefault(first) + by;
                    days[end] = days.GetValueOrDefault(end) - by;
                }
        foreach (var ((kind, no), days) in changes)
        {
            foreach (var (day, counted) in Changes(db.QueryFirstOrDefault<byte[]>("SELECT days FROM validity WHERE kind = @kind AND no = @no", new { kind, no }) ?? [])) days[day] = days.GetValueOrDefault(day) + counted;
            var written = Written(days);
            db.Execute(written.Length == 0 ? "DELETE FROM validity WHERE kind = @kind AND no = @no" : "INSERT INTO validity (kind, no, days) VALUES (@kind, @no, @written) ON CONFLICT (kind, no) DO UPDATE SET days = excluded.days",
                new { kind, no, written });
        }
    }

    /// <summary>Days in their order, each by the days since the one before and the change of the number, as integers of seven bits a byte; of the change the lowest bit is its sign.</summary>
    private static byte[] Written(Dictionary<int, int> changes)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        var before = 0;
        foreach (var (day, by) in changes.Where(change => change.Value != 0).OrderBy(change => change.Key))
        {
            writer.Write7BitEncodedInt(day - before);
            writer.Write7BitEncodedInt(by << 1 ^ by >> 31);
            before = day;
        }
        return bytes.ToArray();
    }

    private static IEnumerable<(int Day, int By)> Changes(byte[] written)
    {
        using var reader = new BinaryReader(new MemoryStream(written));
        for (var day = 0; reader.BaseStream.Position < written.Length;)
        {
            day += reader.Read7BitEncodedInt();
            var by = reader.Read7BitEncodedInt();
            yield return (day, by >> 1 ^ -(by & 1));
        }
    }
}
