using System.Data.Common;
using System.Runtime.InteropServices;

namespace Registry.Search;

/// <summary>SQL of tiles: containers by term, and how many certificates have each term.</summary>
internal static class TileStore
{
    /// <summary>Containers read at a time while tiles are merged.</summary>
    private const int Together = 256;

    /// <summary>Behind the last term.</summary>
    private const long NoMore = long.MaxValue;

    /// <summary>Does a slice of what is due.</summary>
    public static void Do(Transaction transaction, Growing growing, TileSlice due)
    {
        switch (due.Work)
        {
            case TileWork.Seal:
                Seal(transaction, growing, due);
                break;
            case TileWork.Merge:
                Merge(transaction.Connection, growing, due);
                break;
            case TileWork.DropParts:
                Drop(transaction.Connection, due);
                break;
        }
    }

    // ---- how far a tile of a size is made

    /// <summary>The first term of a slice, and the rows of the whole work by which its slices are divided.</summary>
    private static (long Next, long Rows) Begin(DbConnection db, TileSlice due, Func<long> rows)
    {
        if (due.IsFirst) db.Run("""
            INSERT INTO making (log, next, rows) VALUES (@log, 0, @rows)
            ON CONFLICT (log) DO UPDATE SET next = 0, rows = excluded.rows
            """, due.Tile.Log, rows());
        return db.Ask("SELECT next, rows FROM making WHERE log = @log", row => (row.GetInt64(0), row.GetInt64(1)), due.Tile.Log);
    }

    private static void End(DbConnection db, TileSlice due, long next)
    {
        if (due.IsLast) db.Run("DELETE FROM making WHERE log = @log", due.Tile.Log);
        else db.Run("UPDATE making SET next = @next WHERE log = @log", next, due.Tile.Log);
    }

    /// <summary>The first term that a tile does not hold yet: none of one that can be read, all of one that is not begun.</summary>
    private static long MadeTo(DbConnection db, IndexTile tile, long certificates)
    {
        var ready = Tiles.Ready(tile.Log, certificates);
        if (tile.Index != ready) return tile.Index < ready ? NoMore : 0;
        return db.Ask("SELECT next FROM making WHERE log = @log", row => row.GetInt64(0), tile.Log);
    }

    // ---- containers

    private static void Write(DbConnection db, Growing growing, IndexTile tile, long term, ReadOnlySpan<int> places)
    {
        var length = Container.Encode(places, tile.Log, growing.Bytes);
        db.Run("INSERT INTO posting (key, bits) VALUES (@key, @bits) ON CONFLICT (key) DO UPDATE SET bits = excluded.bits",
            tile.Key(term), growing.Bytes[..length]);
    }

    /// <summary>The bytes of a container; null where none of the tile has the term.</summary>
    public static byte[]? Read(DbConnection db, IndexTile tile, long term) =>
        db.Ask("SELECT bits FROM posting WHERE key = @key", row => row.GetFieldValue<byte[]>(0), tile.Key(term));

    /// <summary>Tells the bytes of the containers of a tile from a term on and before another, where they lie.</summary>
    public static void Range(DbConnection db, IndexTile tile, long from, long to, Hand.Taking take) =>
        db.Bytes("SELECT bits FROM posting WHERE key >= @from AND key < @to", take, tile.Key(from), tile.Key(to));

    private static long Count(DbConnection db, IndexTile tile) =>
        db.Ask("SELECT count(*) FROM posting WHERE key >= @from AND key < @to", row => row.GetInt64(0), tile.Key(0), tile.End);

    /// <summary>The containers of a tile from a term on and before another, in the order of their terms.</summary>
    private static IEnumerable<(long Term, byte[] Bits)> Postings(DbConnection db, IndexTile tile, long from, long to)
    {
        const string some = "SELECT key, bits FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT @most";
        var end = to == NoMore ? tile.End : tile.Key(to);
        for (var next = from; next < to;)
        {
            var read = db.Rows(some, Posting, tile.Key(next), end, Together);
            foreach (var one in read) yield return one;
            if (read.Count < Together) yield break;
            next = read[^1].Term + 1;
        }

        static (long Term, byte[] Bits) Posting(DbDataReader row) => (IndexTile.TermOf(row.GetInt64(0)), row.GetFieldValue<byte[]>(1));
    }

    // ---- sealing, merging, dropping

    private static void Seal(Transaction transaction, Growing growing, TileSlice due)
    {
        const string count = "INSERT INTO term (term, n) VALUES (@term, @n) ON CONFLICT (term) DO UPDATE SET n = n + excluded.n";
        if (growing.Written?.Index != due.Tile.Index) growing.Written = (due.Tile.Index, Load(transaction.Connection, due.Tile));
        var (db, terms) = (transaction.Connection, growing.Written.Value.Terms);
        var (next, rows) = Begin(db, due, () => terms.Count);
        var left = growing.WrittenFrom(next);
        var some = due.IsLast ? left.Length : (int)Math.Min(left.Length, rows / due.Slices + 1);
        foreach (var term in left[..some])
        {
            Write(db, growing, due.Tile, term, CollectionsMarshal.AsSpan(terms[term]));
            db.Run(count, term, (long)terms[term].Count);
        }
        End(db, due, some == left.Length ? NoMore : left[some]);
        if (due.IsLast) growing.Written = null;
    }

    /// <summary>The terms of a small tile from the rows of its certificates.</summary>
    private static Dictionary<long, List<int>> Load(DbConnection db, IndexTile tile)
    {
        var (terms, place) = (new Dictionary<long, List<int>>(), 0);
        // A tile is a whole number of blocks.
        var before = tile.From == 0 ? -1 : BlockStore.EndOf(db, tile.From / Facts.Size - 1);
        for (var rows = After(before); place < tile.Size && rows.Count > 0; rows = After(before))
            foreach (var row in rows.Take(tile.Size - place))
            {
                foreach (var term in row.Terms()) Growing.Put(terms, term, place);
                (before, place) = (row.Seq, place + 1);
            }
        return terms;

        List<IndexedRow> After(long seq) => IndexedRow.After(db, seq, Tiles.Interval);
    }

    /// <summary>Eight tiles into one, term by term.</summary>
    private static void Merge(DbConnection db, Growing growing, TileSlice due)
    {
        var first = due.Tile.Part(0);
        var (next, rows) = Begin(db, due, () => Count(db, first));
        // The slice ends where so many rows of the first part do; the others have about as many to there.
        var end = due.IsLast ? NoMore : TermAt(db, first, next, rows / due.Slices + 1);
        var postings = Enumerable.Range(0, Tiles.Merged).Select(part => Postings(db, due.Tile.Part(part), next, end));
        var parts = postings.Select(some => some.GetEnumerator()).ToArray();
        var heads = parts.Select(part => part.MoveNext()).ToArray();
        while (heads.Contains(true))
        {
            var (term, count) = (NoMore, 0);
            for (var part = 0; part < parts.Length; part++)
                if (heads[part]) term = Math.Min(term, parts[part].Current.Term);
            for (var part = 0; part < parts.Length; part++)
            {
                if (!heads[part] || parts[part].Current.Term != term) continue;
                var many = Container.List(parts[part].Current.Bits, first.Log, growing.Part);
                for (var i = 0; i < many; i++) growing.List[count++] = growing.Part[i] + (part << first.Log);
                heads[part] = parts[part].MoveNext();
            }
            Write(db, growing, due.Tile, term, growing.List.AsSpan(0, count));
        }
        End(db, due, end);
    }

    /// <summary>The term so many rows of a tile behind another.</summary>
    private static long TermAt(DbConnection db, IndexTile tile, long from, long rows)
    {
        const string far = "SELECT key FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT 1 OFFSET @rows";
        return db.Ask<long?>(far, row => row.GetInt64(0), tile.Key(from), tile.End, rows) is { } key ? IndexTile.TermOf(key) : NoMore;
    }

    private static void Drop(DbConnection db, TileSlice due)
    {
        var slices = due.Slices / Tiles.Merged;
        var (part, slice) = (due.Tile.Part(due.Slice / slices), due.Slice % slices);
        // Each takes its share of what is left.
        var some = slice == slices - 1 ? long.MaxValue : Count(db, part) / (slices - slice) + 1;
        db.Run("DELETE FROM posting WHERE key IN (SELECT key FROM posting WHERE key >= @from AND key < @to ORDER BY key LIMIT @some)",
            part.Key(0), part.End, some);
    }

    // ---- corrections

    /// <summary>A correction: the certificate has other terms. Every container that is written and is still read, or will be merged, is
    /// changed.</summary>
    public static void Change(Transaction transaction, Growing growing, long ordinal, IReadOnlyCollection<long> before, HashSet<long> after)
    {
        var db = transaction.Connection;
        var lost = before.Except(after).Select(term => (Term: term, Has: false));
        var changed = lost.Concat(after.Except(before).Select(term => (Term: term, Has: true))).ToArray();
        growing.Change(ordinal, changed);
        foreach (var log in Tiles.Sizes)
        {
            var tile = new IndexTile(log, ordinal >> log);
            var made = MadeTo(db, tile, growing.Certificates);
            foreach (var (term, has) in changed.Where(change => change.Term < made))
                Set(db, growing, tile, term, (int)(ordinal - tile.From), has);
            // What was merged already is read no more.
            if (made == NoMore) break;
        }
        // A term is counted once its small tile is written.
        var counted = MadeTo(db, new(Tiles.Small, ordinal >> Tiles.Small), growing.Certificates);
        foreach (var (term, has) in changed.Where(change => change.Term < counted)) CountOne(db, term, has);
    }

    private static void Set(DbConnection db, Growing growing, IndexTile tile, long term, int place, bool has)
    {
        var count = Read(db, tile, term) is { } bits ? Container.List(bits, tile.Log, growing.List) : 0;
        var others = growing.List.Take(count).Where(other => other != place);
        var places = others.Concat(has ? [place] : []).Order().ToArray();
        if (places.Length > 0) Write(db, growing, tile, term, places);
        else db.Run("DELETE FROM posting WHERE key = @key", tile.Key(term));
    }

    private static void CountOne(DbConnection db, long term, bool has)
    {
        db.Run("INSERT INTO term (term, n) VALUES (@term, 1) ON CONFLICT (term) DO UPDATE SET n = n + @by", term, has ? 1L : -1L);
        if (!has) db.Run("DELETE FROM term WHERE term = @term AND n = 0", term);
    }
}
