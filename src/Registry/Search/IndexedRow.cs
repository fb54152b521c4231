using System.Data.Common;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>What the search index is made of, of one certificate as it stands: a row is read for it without what only an answer tells, such
/// as the instant of its newest entry, which lies on a page of the log.</summary>
internal sealed class IndexedRow
{
    private const string Some = """
        SELECT c.seq, c.id, c.last_seq, c.body, c.number, c.holder_name, c.holder_name_en, c.uscc, c.region, c.category, c.level, c.scope,
          c.issued_on, c.expires_on, CASE WHEN c.last_seq <> c.seq THEN (
            SELECT group_concat(n.name, char(10)) FROM holder_name n WHERE n.certificate = c.seq) END
        FROM certificate c
        """, Next = Some + " WHERE c.seq > @seq ORDER BY c.seq LIMIT @limit", One = Some + " WHERE c.seq = @seq";

    private readonly CertificateContent content;
    private readonly string[] names;

    private IndexedRow(DbDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        (Seq, Id, Body, HasActs) = (row.GetInt64(0), row.GetString(1), row.GetInt64(3), row.GetInt64(2) != row.GetInt64(0));
        content = new()
        {
            Number = row.GetString(4),
            Holder = new() { Name = row.GetString(5), NameEn = Text(6), Uscc = Text(7), Region = Text(8) },
            Category = row.GetInt32(9),
            Level = Text(10),
            Scope = row.GetString(11),
            IssuedOn = row.GetFieldValue<DateOnly>(12),
            ExpiresOn = row.GetFieldValue<DateOnly>(13),
        };
        names = Text(14)?.Split('\n') ?? [];
    }

    /// <summary>The next ones in the order of issue.</summary>
    public static List<IndexedRow> After(DbConnection db, long seq, int limit) => db.Rows(Next, row => new IndexedRow(row), seq, limit);

    public static IndexedRow At(DbConnection db, long seq) =>
        db.Ask(One, row => new IndexedRow(row), seq) ?? throw Facts.Damaged();

    public long Seq { get; }

    public string Id { get; }

    /// <summary>Log index of the statement that admitted its body.</summary>
    public long Body { get; }

    /// <summary>Whether its issue is not all that was stated about it.</summary>
    public bool HasActs { get; }

    /// <summary>Every term, that of its body among them.</summary>
    public HashSet<long> Terms()
    {
        var terms = Search.Terms.Of(content, names);
        terms.Add(Search.Terms.OfBody(Body));
        return terms;
    }

    /// <param name="body">Place of its body in the order of admission.</param>
    public Fact Fact(int body) => BlockStore.FactOf(content, body);
}
