using System.Data.Common;
using Dapper;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Marks;

/// <summary>A mark 认证标志 as it stands, with the certificate and body it belongs to.</summary>
public sealed record Mark
{
    public long Seq { get; init; }
    public string Code { get; init; } = "";
    public string CertificateId { get; init; } = "";
    public string BodyNumber { get; init; } = "";
    public string Placement { get; init; } = "";
    public string Text { get; init; } = "";
    public string? Gtin { get; init; }
    public string? Gdti { get; init; }
    public string? Run { get; init; }
    /// <summary>Of a serialised mark; null where one design is printed any number of times.</summary>
    public int? Items { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public long IssuedAt { get; init; }
    /// <summary>Milliseconds since 1970; null while it stands.</summary>
    public long? WithdrawnAt { get; init; }
    public string? WithdrawnBy { get; init; }
    /// <summary>SHA-256 of the seed of its items, lower-case hex.</summary>
    public string? SeedHash { get; init; }

    /// <summary>How many columns <see cref="Read"/> takes.</summary>
    public const int Columns = 14;

    /// <summary>The row a reader stands on, by place, as <see cref="MarkStore"/> lists the columns.</summary>
    public static Mark Read(DbDataReader row)
    {
        string? Text(int i) => row.IsDBNull(i) ? null : row.GetString(i);
        return new()
        {
            Seq = row.GetInt64(0),
            Code = row.GetString(1),
            CertificateId = row.GetString(2),
            BodyNumber = row.GetString(3),
            Placement = row.GetString(4),
            Text = row.GetString(5),
            Gtin = Text(6),
            Gdti = Text(7),
            Run = Text(8),
            Items = row.IsDBNull(9) ? null : row.GetInt32(9),
            IssuedAt = row.GetInt64(10),
            WithdrawnAt = row.IsDBNull(11) ? null : row.GetInt64(11),
            WithdrawnBy = Text(12),
            SeedHash = Text(13),
        };
    }
}

/// <summary>A range of a serialised mark that was withdrawn, both ends included.</summary>
public sealed record MarkRange
{
    public int First { get; init; }
    public int Last { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public long WithdrawnAt { get; init; }
    public string? WithdrawnBy { get; init; }

    /// <summary>The range with which the last item went; null while an item stands. Of ranges that overlap the earlier counts.</summary>
    /// <param name="byFirst">The ranges of a mark in the order of their first serials; read up to the first item that stands.</param>
    /// <param name="items">How many items the mark has.</param>
    public static MarkRange? LastOf(IEnumerable<MarkRange> byFirst, int items)
    {
        var (open, serial, last) = (new PriorityQueue<MarkRange, long>(), 1, (MarkRange?)null);
        foreach (var range in byFirst.Append(new() { First = items + 1 }))
        {
            while (serial < range.First)
            {
                while (open.TryPeek(out var passed, out _) && passed.Last < serial) open.Dequeue();
                if (!open.TryPeek(out var earliest, out _)) return null;
                if (last is null || earliest.WithdrawnAt > last.WithdrawnAt) last = earliest;
                serial = earliest.Last + 1;
            }
            open.Enqueue(range, range.WithdrawnAt);
        }
        return last;
    }
}

/// <summary>What the tables say of a code somebody holds.</summary>
/// <param name="Mark">As it stands.</param>
/// <param name="Certificate">It belongs to.</param>
/// <param name="Half">The second half of an item's code, if one was given.</param>
public sealed record MarkTold(Mark Mark, CertificateRow Certificate, string? Half)
{
    /// <summary>The item, where the registry made its code.</summary>
    public ItemView? Item { get; init; }
    /// <summary>Since when (milliseconds since 1970) it should no longer be used, and at whose wish: the mark, its item, or the last of
    /// all items.</summary>
    public (long At, string? By)? Withdrawn { get; init; }
    /// <summary>Of an item: its openings look like those of many copies.</summary>
    public bool LooksCopied { get; init; }
    /// <summary>An item's code that this registry did not make.</summary>
    public bool IsForged => Half is not null && Item is null;
    /// <summary>Only the first half of an item's code.</summary>
    public bool IsHalf => Half is null && Mark.Items is not null;

    /// <summary>The answer in one word.</summary>
    /// <param name="status">Of the certificate on the day asked.</param>
    public string ResultBy(Status status) =>
        IsForged ? MarkResult.Forged : MarkResult.Of(status, Withdrawn is not null, IsHalf, LooksCopied, Item is { Checked: false });

    /// <summary>As it was known at an instant: null where the mark was not recorded yet; no withdrawal that was recorded since.</summary>
    public MarkTold? AsKnown(DbConnection db, DateTimeOffset then)
    {
        var at = then.ToUnixTimeMilliseconds();
        return Mark.IssuedAt > at || !Certificate.IssuedBy(db, then) ? null : Withdrawn?.At > at ? this with { Withdrawn = null } : this;
    }

    /// <summary>Whichever was withdrawn first, the whole or the range, is since when it should not be used.</summary>
    public MarkTold With(MarkRange? range)
    {
        (long, string?)? whole = Mark.WithdrawnAt is { } at ? (at, Mark.WithdrawnBy) : null;
        var isWhole = range is null || Mark.WithdrawnAt <= range.WithdrawnAt;
        return this with { Withdrawn = isWhole ? whole : (range!.WithdrawnAt, range.WithdrawnBy) };
    }
}

/// <summary>SQL of marks.</summary>
public static class MarkStore
{
    private const string Columns = """
        m.seq, m.code, c.id AS CertificateId, b.approval_number AS BodyNumber, m.placement, m.text, m.gtin, m.gdti, m.run, m.items,
        m.issued_at AS IssuedAt, m.withdrawn_at AS WithdrawnAt, m.withdrawn_by AS WithdrawnBy, m.seed_hash AS SeedHash
        """;
    private const string From = "FROM mark m JOIN certificate c ON c.seq = m.certificate JOIN body b ON b.seq = c.body";
    private const string Select = $"SELECT {Columns} {From}";
    private const string SelectRange = """
        SELECT first_serial AS First, last_serial AS Last, withdrawn_at AS WithdrawnAt, withdrawn_by AS WithdrawnBy
        FROM mark_range WHERE mark = @mark
        """;

    public static Mark? Find(DbConnection db, string code) =>
        db.Rows($"{Select} WHERE m.code = @code", Mark.Read, code) is [var mark] ? mark : null;

    private static readonly string selectBoth = $"SELECT {Columns}, {CertificateRow.Columns} {From}";
    private static readonly string both = $"{selectBoth} WHERE m.code = @code";

    private static (Mark Mark, CertificateRow Certificate) ReadBoth(DbDataReader row) =>
        (Mark.Read(row), CertificateRow.Read(row, Mark.Columns));

    /// <summary>A mark and the certificate it belongs to.</summary>
    public static (Mark Mark, CertificateRow Certificate)? FindBoth(DbConnection db, string code) =>
        db.Rows(both, ReadBoth, code) is [var found] ? found : null;

    /// <summary>Of many codes those that are marks, with the certificates they belong to.</summary>
    public static Dictionary<string, (Mark Mark, CertificateRow Certificate)> FindAll(DbConnection db, IEnumerable<string> codes) =>
        db.Rows($"{selectBoth} WHERE m.code {Sqlite.In("@codes")}", ReadBoth, Sqlite.List(codes.Distinct()))
            .ToDictionary(found => found.Mark.Code);

    /// <summary>The mark of a code as somebody typed it.</summary>
    /// <exception cref="FaultException">It is mistyped, or not in this registry.</exception>
    public static Mark Existing(DbConnection db, string typed)
    {
        var (code, _) = ItemCode.Parse(typed) ?? throw new FaultException(Refusal.Mistyped);
        return Find(db, code) ?? throw new FaultException(Refusal.UnknownMark);
    }

    /// <summary>The newest mark that stands on a certificate that is valid on a day, with a product code or whichever; null when there is
    /// none.</summary>
    public static Mark? Newest(DbConnection db, DateOnly on, bool ofProduct) => db.QueryFirstOrDefault<Mark>($"""
        {Select} WHERE m.withdrawn_at IS NULL AND c.ended_on IS NULL AND c.suspended_on IS NULL
          AND c.issued_on <= @on AND c.expires_on >= @on {(ofProduct ? "AND m.gtin IS NOT NULL" : "")}
        ORDER BY m.seq DESC LIMIT 1
        """, new { on });

    /// <summary>Log indexes of the marks of a certificate that were issued at an instant or later.</summary>
    public static List<long> IssuedSince(DbConnection db, long certificate, DateTimeOffset from) =>
        db.Query<long>("SELECT seq FROM mark WHERE certificate = @certificate AND issued_at >= @from",
            new { certificate, from = from.ToUnixTimeMilliseconds() }).AsList();

    /// <summary>The marks of a certificate, newest first; one whose items are all withdrawn is withdrawn.</summary>
    public static List<Mark> Of(DbConnection db, long certificate, int limit) =>
        [.. db.Rows($"{Select} WHERE m.certificate = @certificate ORDER BY m.seq DESC LIMIT @limit", Mark.Read, certificate, limit)
            .Select(mark => mark.WithdrawnAt is null ? mark with { WithdrawnAt = LastOf(db, mark)?.WithdrawnAt } : mark)];

    /// <summary>The marks of a product: of each certificate the newest that stands and the newest that was withdrawn, the withdrawn first,
    /// so that no number of others hides one.</summary>
    public static List<Mark> OfGtin(DbConnection db, string[] spellings, int limit) =>
        OfKey(db, $"gtin {Sqlite.In("@spellings")}", new { spellings = Sqlite.List(spellings), limit });

    /// <summary>The marks of a document, likewise.</summary>
    public static List<Mark> OfGdti(DbConnection db, string gdti, int limit) => OfKey(db, "gdti = @gdti", new { gdti, limit });

    private static List<Mark> OfKey(DbConnection db, string key, object parameters) => db.Query<Mark>($"""
        {Select} WHERE m.seq IN (SELECT max(seq) FROM mark WHERE {key} GROUP BY certificate, withdrawn_at IS NULL)
        ORDER BY m.withdrawn_at IS NULL, m.seq DESC LIMIT @limit
        """, parameters).AsList();

    /// <summary>Marks of other holders with the same GS1 keys as a mark, as <see cref="OfGtin"/> finds them: a holder is known by his
    /// credit code, or else by his name.</summary>
    public static List<Mark> OfOtherHolders(DbConnection db, string? gtin, string? gdti, string certificate, int limit)
    {
        string[] spellings = gtin is null ? [] : Gtin.Spellings(gtin);
        return db.Query<Mark>($"""
            {Select} JOIN certificate own ON own.id = @certificate
            WHERE m.seq IN
                (SELECT max(seq) FROM mark WHERE gtin {Sqlite.In("@spellings")} OR gdti = @gdti GROUP BY certificate, withdrawn_at IS NULL)
              AND CASE WHEN own.uscc IS NULL OR c.uscc IS NULL THEN c.holder_name <> own.holder_name ELSE c.uscc <> own.uscc END
            ORDER BY m.seq DESC LIMIT @limit
            """, new { spellings = Sqlite.List(spellings), gdti, certificate, limit }).AsList();
    }

    /// <summary>The withdrawn range an item lies in, the earliest recorded; null when it stands.</summary>
    public static MarkRange? RangeOf(DbConnection db, long mark, int serial) => db.QueryFirstOrDefault<MarkRange>(
        $"{SelectRange} AND first_serial <= @serial AND last_serial >= @serial ORDER BY seq LIMIT 1", new { mark, serial });

    /// <summary>The statements that withdrew a mark, or ranges of its items. The table tells the instant of the first, not its
    /// index.</summary>
    public static List<Entry> Withdrawals(DbConnection db, Mark mark)
    {
        var ofRanges = db.Query<long>("SELECT seq FROM mark_range WHERE mark = @Seq ORDER BY seq", new { mark.Seq });
        var found = ofRanges.Select(seq => EntryLog.Get(db, seq)).ToList();
        if (mark.WithdrawnAt is not { } at) return found;
        for (var seq = EntryLog.SizeAt(db, DateTimeOffset.FromUnixTimeMilliseconds(at)) - 1; seq > mark.Seq; seq--)
        {
            var entry = EntryLog.Get(db, seq);
            if (entry.Statement is WithdrawMark { First: null } withdraw && withdraw.Mark == mark.Code) return [.. found, entry];
        }
        return found;
    }

    /// <summary>What the tables say of a code: the mark, its certificate, the item and what stands against them; null for a mark that is
    /// not in this registry.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="code">Of the mark.</param>
    /// <param name="half">The second half of an item's code, if any.</param>
    public static MarkTold? Tell(DbConnection db, string code, string? half) =>
        FindBoth(db, code) is (var mark, var certificate) ? Tell(db, mark, certificate, half) : null;

    /// <summary>The same of a mark that was read before.</summary>
    public static MarkTold Tell(DbConnection db, Mark mark, CertificateRow certificate, string? half)
    {
        var told = new MarkTold(mark, certificate, half);
        if (half is null) return told.With(LastOf(db, mark));
        var (serial, seed) = (ItemCode.SerialOf(half), Seed(db, mark.Code));
        var derived = seed is null || ItemCode.IsDerived(half, seed);
        if (serial < 1 || serial > (mark.Items ?? 0) || !derived) return told;
        var code = mark.Code + half;
        return told.With(RangeOf(db, mark.Seq, serial)) with
        {
            Item = new(serial, code, seed is not null),
            LooksCopied = ScanStore.Find(db, code)?.LooksCopied == true,
        };
    }

    /// <summary>The range with which the last item of a serialised mark went; null while an item stands.</summary>
    private static MarkRange? LastOf(DbConnection db, Mark mark)
    {
        if (mark.Items is not { } items) return null;
        var byFirst = db.Query<MarkRange>($"{SelectRange} ORDER BY first_serial, seq", new { mark = mark.Seq }, buffered: false);
        return MarkRange.LastOf(byFirst, items);
    }

    /// <summary>The withdrawn ranges of a mark in the order of their serials.</summary>
    public static List<MarkRange> Ranges(DbConnection db, long mark, int limit) =>
        db.Query<MarkRange>($"{SelectRange} ORDER BY first_serial, seq LIMIT @limit", new { mark, limit }).AsList();

    /// <summary>Writes a mark that was issued.</summary>
    /// <param name="db">The writer's.</param>
    /// <param name="seq">Log index of the statement.</param>
    /// <param name="code">Of the mark.</param>
    /// <param name="mark">What is stated.</param>
    public static void Add(DbConnection db, long seq, string code, IssueMark mark) => db.Execute("""
        INSERT INTO mark (seq, code, certificate, placement, text, gtin, gdti, run, items, seed_hash, issued_at)
        VALUES (@seq, @code, (SELECT seq FROM certificate WHERE id = @Certificate),
          @placement, @Text, @Gtin, @Gdti, @Run, @Items, @SeedHash, @at)
        """, new
    {
        seq,
        code,
        mark.Certificate,
        placement = mark.Placement.Word(),
        mark.Text,
        mark.Gtin,
        mark.Gdti,
        mark.Run,
        mark.Items,
        mark.SeedHash,
        at = mark.RecordedAt.ToUnixTimeMilliseconds(),
    });

    /// <summary>Writes a withdrawal: of the whole mark, or of a range of its items.</summary>
    public static void Withdraw(DbConnection db, long seq, WithdrawMark withdraw)
    {
        var (at, by) = (withdraw.RecordedAt.ToUnixTimeMilliseconds(), withdraw.By?.ToString().ToLowerInvariant());
        if (withdraw.First is null)
            db.Execute("""
                UPDATE mark SET withdrawn_at = @at, withdrawn_by = @by WHERE code = @Mark AND withdrawn_at IS NULL
                """, new { withdraw.Mark, at, by });
        else
            db.Execute("""
                INSERT INTO mark_range (seq, mark, first_serial, last_serial, withdrawn_at, withdrawn_by)
                VALUES (@seq, (SELECT seq FROM mark WHERE code = @Mark), @First, @Last, @at, @by)
                """, new { seq, withdraw.Mark, withdraw.First, withdraw.Last, at, by });
    }

    // ---- the operator's own

    public static void KeepSeed(DbConnection db, string mark, byte[] seed) =>
        db.Execute("INSERT INTO mark_seed (mark, seed) VALUES (@mark, @seed) ON CONFLICT (mark) DO NOTHING", new { mark, seed });

    /// <summary>What the codes of a mark's items derive from; null where this copy of the registry was not given it.</summary>
    public static byte[]? Seed(DbConnection db, string mark) =>
        db.QueryFirstOrDefault<byte[]>("SELECT seed FROM mark_seed WHERE mark = @mark", new { mark });

    /// <summary>Marks whose seed is not the one whose hash the log holds, or that are in no log.</summary>
    public static List<string> SeedsAmiss(DbConnection db)
    {
        const string Query = "SELECT s.mark, s.seed, m.seed_hash FROM mark_seed s LEFT JOIN mark m ON m.code = s.mark";
        var kept = db.Query<(string Mark, byte[] Seed, string? Hash)>(Query).AsList();
        return kept.FindAll(row => ItemCode.HashOf(row.Seed) != row.Hash).ConvertAll(row => row.Mark);
    }
}
