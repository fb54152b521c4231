using System.Data.Common;
using System.Globalization;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>SQL of blocks: the facts of 4,096 certificates, and the episodes of those with acts.</summary>
internal static class BlockStore
{
    /// <summary>How many blocks there are, and the last log index in them; -1 where there are none.</summary>
    public static (long Blocks, long LastSeq) Last(DbConnection db, long before = long.MaxValue)
    {
        const string newest = "SELECT no + 1, last_seq FROM block WHERE last_seq < @before ORDER BY no DESC LIMIT 1";
        return db.Ask<(long, long)?>(newest, row => (row.GetInt64(0), row.GetInt64(1)), before) ?? (0, -1);
    }

    /// <summary>Certificates before a log index: of whole blocks, and one by one of those after the last.</summary>
    public static long Count(DbConnection db, long before)
    {
        var (blocks, last) = Last(db, before);
        return blocks * Facts.Size + Between(db, last, before);
    }

    /// <summary>The last log index in a block.</summary>
    public static long EndOf(DbConnection db, long no) => db.Ask("SELECT last_seq FROM block WHERE no = @no", row => row.GetInt64(0), no);

    /// <summary>The same of each block from one on.</summary>
    public static List<long> EndsFrom(DbConnection db, long no) =>
        db.Rows("SELECT last_seq FROM block WHERE no >= @no ORDER BY no", row => row.GetInt64(0), no);

    /// <summary>Log indexes of all certificates, by ordinal.</summary>
    public static IEnumerable<long> Seqs(DbConnection db)
    {
        const string block = "SELECT seqs, last_seq FROM block WHERE no = @no";
        var (no, last) = (0L, -1L);
        while (db.Ask<(byte[] Seqs, long Last)?>(block, row => (Bytes(row, 0), row.GetInt64(1)), no++) is var (bytes, end))
        {
            var seqs = LogIndexes.Read(bytes);
            for (var place = 0; place < Facts.Size; place++) yield return seqs[place];
            last = end;
        }
        foreach (var seq in db.Rows("SELECT seq FROM certificate WHERE seq > @last ORDER BY seq", row => row.GetInt64(0), last))
            yield return seq;
    }

    private static long Between(DbConnection db, long last, long before) =>
        db.Ask("SELECT count(*) FROM certificate WHERE seq > @last AND seq < @before", row => row.GetInt64(0), last, before);

    /// <summary>The block of a certificate, its place there, and whether that block is written yet.</summary>
    public static (long No, int Place, bool IsWritten) Find(DbConnection db, long seq)
    {
        const string holding = "SELECT no, seqs FROM block WHERE last_seq >= @seq ORDER BY last_seq LIMIT 1";
        var found = db.Ask<(long No, byte[] Seqs)?>(holding, row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), seq);
        if (found is var (no, seqs)) return (no, LogIndexes.Read(seqs).PlaceOf(seq), true);
        var (blocks, last) = Last(db);
        return (blocks, (int)Between(db, last, seq), false);
    }

    // ---- facts

    /// <summary>Writes the block of the newest certificates.</summary>
    public static void Add(Transaction transaction, Growing growing, long no)
    {
        var db = transaction.Connection;
        var rows = IndexedRow.After(db, Last(db).LastSeq, Facts.Size);
        if (rows.Count != Facts.Size)
            throw new InvalidDataException($"Block {no} of the search index lacks certificates: {rows.Count} are there.");
        var facts = rows.Select(row => row.Fact(PlaceOf(transaction, growing, row.Body))).ToArray();
        db.Run("INSERT INTO block (no, last_seq, seqs, issued, expires, words) VALUES (@no, @last, @seqs, @issued, @expires, @words)",
            no, rows[^1].Seq, LogIndexes.Write([.. rows.Select(row => row.Seq)]),
            Facts.Write<ushort>([.. facts.Select(fact => fact.Issued)]), Facts.Write<ushort>([.. facts.Select(fact => fact.Expires)]),
            Facts.Write<uint>([.. facts.Select(fact => fact.Word)]));
        var episodes = rows.SelectMany((row, place) => row.HasActs ? EpisodesOf(db, place, row.Seq, row.Id) : []).ToArray();
        if (episodes.Length > 0) db.Run("INSERT INTO episode (block, episodes) VALUES (@no, @episodes)", no, Episode.Write(episodes));
    }

    /// <param name="content">What it reads.</param>
    /// <param name="body">Place of its body in the order of admission.</param>
    public static Fact FactOf(CertificateContent content, int body)
    {
        var (level, province) = (Catalogue.Schemes.NumberOf(content.Level), ProvinceOf(content.Holder.Region));
        var (issued, expires) = (Facts.NumberOf(content.IssuedOn), Facts.NumberOf(content.ExpiresOn));
        return new(issued, expires, FactWord.Of(body, content.Category, level, province));
    }

    /// <summary>The place of a body in the order of admission.</summary>
    private static int PlaceOf(Transaction transaction, Growing growing, long body)
    {
        if (growing.Bodies.TryGetValue(body, out var place)) return place;
        place = transaction.Connection.Ask("SELECT count(*) FROM body WHERE seq < @body", row => row.GetInt32(0), body);
        return growing.Bodies[body] = place;
    }

    /// <summary>The first two digits of a region's code; 0 where it has none.</summary>
    private static int ProvinceOf(string? region)
    {
        if (region is not { Length: >= 2 }) return 0;
        return int.TryParse(region.AsSpan(0, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var province) ? province : 0;
    }

    /// <summary>A correction: the certificate has other facts.</summary>
    public static void Correct(DbConnection db, long no, int place, CertificateRow row)
    {
        var (issued, expires, words) = db.Ask("SELECT issued, expires, words FROM block WHERE no = @no",
            found => (Facts.Read<ushort>(Bytes(found, 0)), Facts.Read<ushort>(Bytes(found, 1)), Facts.Read<uint>(Bytes(found, 2))), no);
        (issued[place], expires[place], words[place]) = FactOf(row.Content, FactWord.Body(words[place]));
        db.Run("UPDATE block SET issued = @issued, expires = @expires, words = @words WHERE no = @no",
            Facts.Write<ushort>(issued), Facts.Write<ushort>(expires), Facts.Write<uint>(words), no);
    }

    /// <summary>A block of the file; null where there is none of that number.</summary>
    public static Block? Read(DbConnection db, long no, WordCodes wordCodes, (ArraySegment<DaysOf>, ArraySegment<ushort>) room) =>
        db.Ask("SELECT seqs, issued, expires, words FROM block WHERE no = @no",
            row => new Block(LogIndexes.Read(Bytes(row, 0)), Facts.Read<ushort>(Bytes(row, 1)), Facts.Read<ushort>(Bytes(row, 2)),
                Facts.Read<uint>(Bytes(row, 3)), Episodes(db, no), wordCodes, room), no);

    private static byte[] Bytes(DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    // ---- episodes

    private static Episode[] Episodes(DbConnection db, long block) =>
        db.Ask("SELECT episodes FROM episode WHERE block = @block", row => Episode.Read(Bytes(row, 0)), block) ?? [];

    /// <summary>Puts how a certificate reads from which day on in the place of what was there.</summary>
    public static void SetEpisodes(DbConnection db, long block, int place, CertificateRow row)
    {
        var others = Episodes(db, block).Where(episode => episode.Place != place);
        var all = others.Concat(EpisodesOf(db, place, row.Seq, row.Id));
        db.Run("""
            INSERT INTO episode (block, episodes) VALUES (@no, @episodes) ON CONFLICT (block) DO UPDATE SET episodes = excluded.episodes
            """, block, Episode.Write([.. all.OrderBy(episode => episode.Place).ThenBy(episode => episode.From)]));
    }

    /// <summary>How a certificate read from each day on, on which one of its acts took effect.</summary>
    public static IEnumerable<Episode> EpisodesOf(DbConnection db, int place, long seq, string id)
    {
        var statements = CertificateStore.Statements(db, seq).ToList();
        var whole = Lifecycle.Replay(id, statements)!;
        var acts = statements.Select(one => one.Statement).OfType<Amendment>().Select(act => act.EffectiveOn);
        foreach (var day in acts.Prepend(DateOnly.MinValue).Distinct().Order())
        {
            var then = Lifecycle.Replay(id, statements, day)!.Content;
            var from = day == DateOnly.MinValue ? (ushort)0 : Facts.NumberOf(day);
            yield return new((ushort)place, from, Facts.NumberOf(then.IssuedOn), Facts.NumberOf(then.ExpiresOn),
                (byte)Catalogue.Schemes.NumberOf(then.Level), StateOn(whole, day));
        }
    }

    /// <summary>What stands against it on a day; valid for nothing.</summary>
    private static Status StateOn(Certificate whole, DateOnly day)
    {
        if (whole.Ending is { } end && end.On <= day) return end.As;
        return Lifecycle.SuspensionOn(whole, day) is not null ? Status.Suspended : Status.Valid;
    }
}
