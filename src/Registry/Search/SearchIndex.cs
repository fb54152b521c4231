using System.Data.Common;
using System.Runtime.InteropServices;
using Registry.Bodies;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// SQL of writing the search index: tiles of containers by term, how many certificates have each term, and blocks of facts. Certificates
/// have ordinals in the order of issue; nothing is written for one that is issued, but one time in 256 a slice of what is due (<see
/// cref="Tiles.Due"/>).
/// </summary>
public static class SearchIndex
{
    /// <summary>Sorts behind every text that begins with what stands before it.</summary>
    public const string Last = "\U0010FFFF";

    private const int MaxList = 1 << Tiles.Large;

    /// <summary>What the writer remembers between transactions: the terms of the tile that fills and of the one that is written. Made anew
    /// from the rows where it is missing.</summary>
    private sealed class Growing
    {
        public long Transaction = -1, DataVersion = -1, Certificates = -1;
        public (long Index, Dictionary<long, List<int>> Terms)? Filling, Written;
        public readonly Dictionary<long, int> Bodies = [];
        public readonly int[] List = new int[MaxList], Part = new int[MaxList];
        public readonly byte[] Bytes = new byte[Container.MaxBytes(Tiles.Large)];

        public void Clear()
        {
            (Certificates, Filling, Written) = (-1, null, null);
            Bodies.Clear();
        }
    }

    private static Growing Of(Transaction transaction)
    {
        var growing = transaction.Memory.Of<Growing>();
        if (growing.Transaction == transaction.Memory.Transactions) return growing;
        // Another process may have written since the last transaction of this one.
        var version = transaction.Connection.Ask("PRAGMA data_version", row => row.GetInt64(0));
        if (growing.DataVersion != version) growing.Clear();
        (growing.Transaction, growing.DataVersion) = (transaction.Memory.Transactions, version);
        return growing;
    }

    // ---- certificates

    /// <summary>Counts a certificate that was added as the newest, and does what is due then.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="seq">Log index of the certificate, whose row is written.</param>
    /// <param name="terms">All but its body's.</param>
    /// <param name="body">Log index of its body's admission.</param>
    public static void Add(Transaction transaction, long seq, IReadOnlyCollection<long> terms, long body)
    {
        var growing = Of(transaction);
        if (growing.Certificates < 0) growing.Certificates = Count(transaction.Connection, seq);
        Grow(transaction, growing, terms, body);
    }

    private static void Grow(Transaction transaction, Growing growing, IReadOnlyCollection<long> terms, long body)
    {
        var (ordinal, place) = (growing.Certificates++, (int)(growing.Certificates - 1) & (1 << Tiles.Small) - 1);
        if (place == 0) (growing.Written, growing.Filling) = (growing.Filling, (ordinal >> Tiles.Small, []));
        if (growing.Filling is var (_, filling))
        {
            foreach (var term in terms) Put(filling, term, place);
            Put(filling, Terms.OfBody(body), place);
        }
        if (growing.Certificates % Tiles.Interval != 0) return;
        if (growing.Certificates % Facts.Size == 0) WriteBlock(transaction, growing, growing.Certificates / Facts.Size - 1);
        foreach (var due in Tiles.Due(growing.Certificates)) Do(transaction, growing, due);

        static void Put(Dictionary<long, List<int>> lists, long term, int place) => (CollectionsMarshal.GetValueRefOrAddDefault(lists, term, out _) ??= new(2)).Add(place);
    }

    /// <summary>Certificates before a log index: of whole blocks, and one by one of those after the last.</summary>
    public static long Count(DbConnection db, long before)
    {
        var (blocks, last) = LastBlock(db, before);
        return blocks * Facts.Size + db.Ask("SELECT count(*) FROM certificate WHERE seq > @last AND seq < @before", row => row.GetInt64(0), last, before);
    }

    /// <summary>How many blocks there are, and the last log index in them; -1 where there are none.</summary>
    public static (long Blocks, long LastSeq) LastBlock(DbConnection db, long before = long.MaxValue) =>
        db.Ask<(long, long)?>("SELECT no + 1, last_seq FROM block WHERE last_seq < @before ORDER BY no DESC LIMIT 1", row => (row.GetInt64(0), row.GetInt64(1)), before) ?? (0, -1);

    /// <summary>Takes in what an act has changed, after its row was written.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="row">The certificate as it stands now.</param>
    /// <param name="before">Its terms before the act, where the act changed its content.</param>
    public static void Acted(Transaction transaction, CertificateRow row, IReadOnlyCollection<long>? before)
    {
        var (db, growing) = (transaction.Connection, Of(transaction));
        if (growing.Certificates < 0) growing.Certificates = Count(db, long.MaxValue);
        var found = db.Ask<(long No, byte[] Seqs)?>("SELECT no, seqs FROM block WHERE last_seq >= @seq ORDER BY last_seq LIMIT 1", row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), row.Seq);
        var (no, place) = found is var (block, seqs) ? (block, Array.BinarySearch(Facts.ReadSeqs(seqs), row.Seq))
            : (LastBlock(db).Blocks, (int)db.Ask("SELECT count(*) FROM certificate WHERE seq > @last AND seq < @seq", counted => counted.GetInt64(0), LastBlock(db).LastSeq, row.Seq));
        if (before is not null) Change(transaction, growing, no * Facts.Size + place, before, TermsOf(row));
        if (found is null) return;
        if (before is not null) Rewrite(transaction, no, place, row);
        var kept = Episodes(db, no).Where(episode => episode.Place != place).Concat(EpisodesOf(db, place, row)).OrderBy(episode => episode.Place).ThenBy(episode => episode.From).ToArray();
        transaction.Connection.Run("INSERT INTO episode (block, episodes) VALUES (@no, @episodes) ON CONFLICT (block) DO UPDATE SET episodes = excluded.episodes", no, Episode.Write(kept));
    }

    /// <summary>The terms of a certificate as it stands, those of the names its holder bore on other days among them, but that of its
    /// body.</summary>
    public static HashSet<long> TermsOf(CertificateRow row) => Terms.Of(row.Certificate.Content, row.Names.Select(held => held.Name));

    // ---- blocks of facts

    private const string Columns = "c.seq, c.issued_on, c.expires_on, c.body, c.category, c.level, c.region, c.last_seq";

    private static void WriteBlock(Transaction transaction, Growing growing, long no)
    {
        var db = transaction.Connection;
        var (seqs, issued, expires, words, acted) = (new long[Facts.Size], new ushort[Facts.Size], new ushort[Facts.Size], new uint[Facts.Size], new List<(int, long)>());
        var place = 0;
        foreach (var (seq, fact, changed) in FactsAfter(transaction, growing, LastBlock(db).LastSeq, Facts.Size))
        {
            (seqs[place], issued[place], expires[place], words[place]) = (seq, fact.Issued, fact.Expires, fact.Word);
            if (changed) acted.Add((place, seq));
            place++;
        }
        if (place != Facts.Size) throw new InvalidDataException($"There are no {Facts.Size} certificates for block {no} of the search index.");
        transaction.Connection.Run("INSERT INTO block (no, last_seq, seqs, issued, expires, words) VALUES (@no, @last, @seqs, @issued, @expires, @words)",
            no, seqs[^1], Facts.WriteSeqs(seqs), Facts.Write<ushort>(issued), Facts.Write<ushort>(expires), Facts.Write<uint>(words));
        if (acted.Count == 0) return;
        var episodes = acted.SelectMany(one => EpisodesOf(db, one.Item1, CertificateStore.At(db, [one.Item2])[0])).ToArray();
        transaction.Connection.Run("INSERT INTO episode (block, episodes) VALUES (@no, @episodes)", no, Episode.Write(episodes));
    }

    private static List<(long Seq, Fact Fact, bool Acted)> FactsAfter(Transaction transaction, Growing growing, long seq, int most) =>
        transaction.Connection.Rows($"SELECT {Columns} FROM certificate c WHERE c.seq > @seq ORDER BY c.seq LIMIT @most", row => (row.GetInt64(0),
            new Fact(Facts.NumberOf(row.GetFieldValue<DateOnly>(1)), Facts.NumberOf(row.GetFieldValue<DateOnly>(2)),
                FactWord.Of(PlaceOf(transaction, growing, row.GetInt64(3)), row.GetInt32(4), Catalogue.Schemes.NumberOf(row.IsDBNull(5) ? null : row.GetString(5)), row.IsDBNull(6) ? 0 : ProvinceOf(row.GetString(6)))),
            row.GetInt64(7) != row.GetInt64(0)), seq, most);

    private static void Rewrite(Transaction transaction, long no, int place, CertificateRow row)
    {
        var (issued, expires, words) = transaction.Connection.Ask("SELECT issued, expires, words FROM block WHERE no = @no",
            found => (Facts.Read<ushort>(found.GetFieldValue<byte[]>(0)), Facts.Read<ushort>(found.GetFieldValue<byte[]>(1)), Facts.Read<uint>(found.GetFieldValue<byte[]>(2))), no);
        (issued[place], expires[place]) = (Facts.NumberOf(row.IssuedOn), Facts.NumberOf(row.ExpiresOn));
        var level = Catalogue.Schemes.NumberOf(row.Level);
        words[place] = FactWord.Of(FactWord.Body(words[place]), row.Category, level, ProvinceOf(row.Region));
        transaction.Connection.Run("UPDATE block SET issued = @issued, expires = @expires, words = @words WHERE no = @no", Facts.Write<ushort>(issued), Facts.Write<ushort>(expires), Facts.Write<uint>(words), no);
    }

    public static Episode[] Episodes(DbConnection db, long block) => db.Ask("SELECT episodes FROM episode WHERE block = @block", row => Episode.Read(row.GetFieldValue<byte[]>(0)), block) ?? [];

    private static IEnumerable<Episode> EpisodesOf(DbConnection db, int place, CertificateRow row) => EpisodesOf(CertificateStore.Statements(db, row.Seq), row.Id, place);

    /// <summary>How a certificate read from each day on, on which one of its acts took effect.</summary>
    public static IEnumerable<Episode> EpisodesOf(IEnumerable<(long Seq, Statement Statement)> statements, string id, int place)
    {
        var all = statements.ToList();
        var whole = Lifecycle.Replay(id, all)!;
        foreach (var day in all.Select(one => one.Statement).OfType<Amendment>().Select(act => act.EffectiveOn).Prepend(DateOnly.MinValue).Distinct().Order())
        {
            var then = Lifecycle.Replay(id, all, day)!;
            var state = whole.Ending is { } end && end.On <= day ? end.As : Lifecycle.SuspensionOn(whole, day) is not null ? Status.Suspended : Status.Valid;
            yield return new((ushort)place, day == DateOnly.MinValue ? (ushort)0 : Facts.NumberOf(day), Facts.NumberOf(then.Content.IssuedOn), Facts.NumberOf(then.Content.ExpiresOn),
                (byte)Catalogue.Schemes.NumberOf(then.Content.Level), state);
        }
    }

    /// <summary>The first two digits of a region's code; 0 where it has none.</summary>
    public static int ProvinceOf(string? region) => region is { Length: >= 2 } && int.TryParse(region.AsSpan(0, 2), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var province) ? province : 0;

    private static int PlaceOf(Transaction transaction, Growing growing, long body)
    {
        if (!growing.Bodies.TryGetValue(body, out var place)) growing.Bodies[body] = place = transaction.Connection.Ask("SELECT count(*) FROM body WHERE seq < @body", row => row.GetInt32(0), body);
        return place;
    }

    // ---- tiles

    private static void Do(Transaction transaction, Growing growing, TileSlice due)
    {
        switch (due.Work)
        {
            case TileWork.Seal:
                Seal(transaction, growing, due);
                break;
            case TileWork.Merge:
                Merge(transaction, growing, due);
                break;
            case TileWork.DropParts:
                Drop(transaction, due);
                break;
        }
    }

    private static (long Next, long Rows) Under(Transaction transaction, TileSlice due, Func<long> rows)
    {
        if (due.IsFirst) transaction.Connection.Run("INSERT INTO making (log, next, rows) VALUES (@log, 0, @rows) ON CONFLICT (log) DO UPDATE SET next = 0, rows = excluded.rows", due.Tile.Log, rows());
        return transaction.Connection.Ask("SELECT next, rows FROM making WHERE log = @log", row => (row.GetInt64(0), row.GetInt64(1)), due.Tile.Log);
    }

    private static void Reached(Transaction transaction, TileSlice due, long next)
    {
        if (due.IsLast) transaction.Connection.Run("DELETE FROM making WHERE log = @log", due.Tile.Log);
        else transaction.Connection.Run("UPDATE making SET next = @next WHERE log = @log", next, due.Tile.Log);
    }

    private static void Seal(Transaction transaction, Growing growing, TileSlice due)
    {
        if (growing.Written?.Index != due.Tile.Index) growing.Written = (due.Tile.Index, Load(transaction, due.Tile));
        var terms = growing.Written.Value.Terms;
        var (next, rows) = Under(transaction, due, () => terms.Count);
        var left = terms.Keys.Where(term => term >= next).Order().ToArray();
        var some = due.IsLast ? left.Length : (int)Math.Min(left.Length, rows / due.Slices + 1);
        foreach (var term in left.AsSpan(0, some))
        {
            Write(transaction, growing, due.Tile, term, CollectionsMarshal.AsSpan(terms[term]));
            transaction.Connection.Run("INSERT INTO term (term, n) VALUES (@term, @n) ON CONFLICT (term) DO UPDATE SET n = n + excluded.n", term, (long)terms[term].Count);
        }
        Reached(transaction, due, some == left.Length ? long.MaxValue : left[some]);
        if (due.IsLast) growing.Written = null;
    }

    /// <summary>The terms of a small tile from the rows of its certificates.</summary>
    private static Dictionary<long, List<int>> Load(Transaction transaction, IndexTile tile)
    {
        var (db, terms, place) = (transaction.Connection, new Dictionary<long, List<int>>(), 0);
        // A tile is a whole number of blocks.
        var before = tile.From == 0 ? -1 : db.Ask("SELECT last_seq FROM block WHERE no = @no", row => row.GetInt64(0), tile.From / Facts.Size - 1);
        for (var rows = After(before); place < tile.Size && rows.Count > 0; rows = After(before))
            foreach (var row in rows.Take(tile.Size - place))
            {
                foreach (var term in TermsOf(row).Append(Terms.OfBody(BodySeq(row)))) (CollectionsMarshal.GetValueRefOrAddDefault(terms, term, out _) ??= new(2)).Add(place);
                (before, place) = (row.Seq, place + 1);
            }
        return terms;

        List<CertificateRow> After(long seq) => CertificateStore.After(db, seq, Tiles.Interval);
        long BodySeq(CertificateRow row) => BodyStore.Find(transaction, row.BodyNumber)!.Seq;
    }

    private static void Write(Transaction transaction, Growing growing, IndexTile tile, long term, ReadOnlySpan<int> places) =>
        transaction.Connection.Run("INSERT INTO posting (key, bits) VALUES (@key, @bits) ON CONFLICT (key) DO UPDATE SET bits = excluded.bits", tile.Key(term), growing.Bytes[..Container.Encode(places, tile.Log, growing.Bytes)]);

    /// <summary>Eight tiles into one, term by term.</summary>
    private static void Merge(Transaction transaction, Growing growing, TileSlice due)
    {
        var (db, partLog) = (transaction.Connection, due.Tile.Log - Tiles.Step);
        var first = due.Tile.Part(0);
        var (next, rows) = Under(transaction, due, () => db.Ask("SELECT count(*) FROM posting WHERE key >= @from AND key < @to", row => row.GetInt64(0), first.Key(0), first.Key(0) + (1L << 48)));
        // The slice ends where so many rows of the first part do; the others have about as many to there.
        var end = due.IsLast ? long.MaxValue : db.Ask<long?>("SELECT key FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT 1 OFFSET @rows", row => row.GetInt64(0), first.Key(next), first.Key(0) + (1L << 48), rows / due.Slices + 1) is { } key
            ? IndexTile.TermOf(key) : long.MaxValue;
        var parts = Enumerable.Range(0, Tiles.Merged).Select(part => Postings(db, due.Tile.Part(part), next, end).GetEnumerator()).ToArray();
        var heads = parts.Select(part => part.MoveNext()).ToArray();
        while (heads.Contains(true))
        {
            var (term, count) = (long.MaxValue, 0);
            for (var part = 0; part < parts.Length; part++)
                if (heads[part]) term = Math.Min(term, parts[part].Current.Term);
            for (var part = 0; part < parts.Length; part++)
            {
                if (!heads[part] || parts[part].Current.Term != term) continue;
                var many = Container.List(parts[part].Current.Bits, partLog, growing.Part);
                for (var i = 0; i < many; i++) growing.List[count++] = growing.Part[i] + (part << partLog);
                heads[part] = parts[part].MoveNext();
            }
            Write(transaction, growing, due.Tile, term, growing.List.AsSpan(0, count));
        }
        Reached(transaction, due, end);
    }

    /// <summary>The containers of a tile, in the order of their terms.</summary>
    private static IEnumerable<(long Term, byte[] Bits)> Postings(DbConnection db, IndexTile tile, long from, long to)
    {
        const int Together = 256;
        for (var next = from; next < to;)
        {
            var some = db.Rows("SELECT key, bits FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT @most", row => (Term: IndexTile.TermOf(row.GetInt64(0)), Bits: row.GetFieldValue<byte[]>(1)),
                tile.Key(next), to >= 1L << 48 ? tile.Key(0) + (1L << 48) : tile.Key(to), Together);
            foreach (var one in some) yield return one;
            if (some.Count < Together) yield break;
            next = some[^1].Term + 1;
        }
    }

    private static void Drop(Transaction transaction, TileSlice due)
    {
        var (db, slices) = (transaction.Connection, due.Slices / Tiles.Merged);
        var (part, slice) = (due.Tile.Part(due.Slice / slices), due.Slice % slices);
        var (from, to) = (part.Key(0), part.Key(0) + (1L << 48));
        // Each takes its share of what is left.
        var some = db.Ask("SELECT count(*) FROM posting WHERE key >= @from AND key < @to", row => row.GetInt64(0), from, to) / (slices - slice) + 1;
        transaction.Connection.Run("DELETE FROM posting WHERE key IN (SELECT key FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT @some)", from, to, slice == slices - 1 ? long.MaxValue : some);
    }

    /// <summary>A correction: the certificate has other terms. Every container that is written and is still read, or will be merged, is
    /// changed.</summary>
    private static void Change(Transaction transaction, Growing growing, long ordinal, IReadOnlyCollection<long> before, HashSet<long> after)
    {
        var db = transaction.Connection;
        var changed = before.Except(after).Select(term => (Term: term, Has: false)).Concat(after.Except(before).Select(term => (Term: term, Has: true))).ToArray();
        foreach (var (index, terms) in new[] { growing.Filling, growing.Written }.OfType<(long, Dictionary<long, List<int>>)>())
            if (index == ordinal >> Tiles.Small)
                foreach (var (term, has) in changed) Set(terms, term, (int)ordinal & (1 << Tiles.Small) - 1, has);
        foreach (var log in Tiles.Sizes)
        {
            var tile = new IndexTile(log, ordinal >> log);
            var made = MadeTo(db, tile, growing.Certificates);
            foreach (var (term, has) in changed.Where(change => change.Term < made))
            {
                var count = db.Ask("SELECT bits FROM posting WHERE key = @key", row => row.GetFieldValue<byte[]>(0), tile.Key(term)) is { } bits ? Container.List(bits, log, growing.List) : 0;
                var places = growing.List.Take(count).Where(place => place != ordinal - tile.From).Concat(has ? [(int)(ordinal - tile.From)] : []).Order().ToArray();
                if (places.Length == 0) transaction.Connection.Run("DELETE FROM posting WHERE key = @key", tile.Key(term));
                else Write(transaction, growing, tile, term, places);
            }
            // What was merged already is read no more.
            if (made == long.MaxValue) break;
        }
        // A term is counted once its small tile is written.
        var counted = MadeTo(db, new(Tiles.Small, ordinal >> Tiles.Small), growing.Certificates);
        foreach (var (term, has) in changed.Where(change => change.Term < counted))
        {
            transaction.Connection.Run("INSERT INTO term (term, n) VALUES (@term, 1) ON CONFLICT (term) DO UPDATE SET n = n + @by", term, has ? 1L : -1L);
            if (!has) transaction.Connection.Run("DELETE FROM term WHERE term = @term AND n = 0", term);
        }

        static void Set(Dictionary<long, List<int>> terms, long term, int place, bool has)
        {
            var list = CollectionsMarshal.GetValueRefOrAddDefault(terms, term, out _) ??= new(2);
            var at = list.BinarySearch(place);
            if (has && at < 0) list.Insert(~at, place);
            if (!has && at >= 0) list.RemoveAt(at);
            if (list.Count == 0) terms.Remove(term);
        }
    }

    /// <summary>The first term that a tile does not hold yet: none of one that can be read, all of one that is not begun.</summary>
    private static long MadeTo(DbConnection db, IndexTile tile, long certificates)
    {
        var ready = Tiles.Ready(tile.Log, certificates);
        return tile.Index < ready ? long.MaxValue : tile.Index > ready ? 0 : db.Ask("SELECT next FROM making WHERE log = @log", row => row.GetInt64(0), tile.Log);
    }
}
