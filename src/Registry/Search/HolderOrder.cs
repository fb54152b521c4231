namespace Registry.Search;

/// <summary>
/// Candidates in the order of their holders' names, some at a time. Few are sorted. Where nearly everything is a candidate, names are gone
/// through. Of what lies between, <see cref="NameParts"/> tell which come first. While these are not known, names are gone through
/// until a page of them are candidates; names of one city stand together, and may be far down, so after some without a page the candidates
/// are sorted after all.
/// </summary>
internal sealed class HolderOrder
{
    /// <summary>Names read at a time: at first so few, because each may lie in a block that is not in memory, and then more.</summary>
    private const int First = 64, Together = 512;

    /// <summary>Of a part with more candidates its names are gone through, with fewer those of the candidates are read.</summary>
    private const int MaxRead = 128;

    /// <summary>So many times as many candidates are looked for when too few of the first were hits, up to so many.</summary>
    private const int Growth = 4, MaxWanted = 1024;

    /// <summary>What is done when.</summary>
    /// <param name="MaxSorted">Candidates that are sorted at once.</param>
    /// <param name="MaxWalked">Names that are gone through before anything else is done.</param>
    /// <param name="MaxSortedThen">Candidates that are sorted then, where there are no parts.</param>
    /// <param name="Parts">Known parts.</param>
    internal readonly record struct Ways(long MaxSorted, long MaxWalked, long MaxSortedThen, NameParts? Parts)
    {
        /// <summary>Names that are gone through in the time in which a candidate is sorted, which takes a page of the file.</summary>
        private const int SortedIn = 20;
        /// <summary>So many times as many names as it takes where they are mixed.</summary>
        private const int Patience = 4;

        /// <summary>What takes the least time.</summary>
        public static Ways Of(IndexView view, long candidates, int page)
        {
            var names = view.Certificates * page / Math.Max(1, candidates);
            if (candidates <= MaxRead) return new(candidates, 0, 0, null);
            var parts = view.Names;
            if (parts is not null) return new(0, names <= Together ? Patience * Together : 0, 0, parts);
            return new(names / SortedIn, Patience * Math.Max(names, Together), MaxSortedThen: 5_000, parts);
        }
    }

    private readonly Hits hits;
    private readonly Found[] all;
    private readonly long candidates;
    private readonly Ways ways;
    private long walked;
    private long[]? among;
    private int wanted;

    /// <param name="hits">The search.</param>
    /// <param name="ways">What is done when; what takes the least time when left out.</param>
    public HolderOrder(Hits hits, Ways? ways)
    {
        (this.hits, all) = (hits, [.. hits.Matching()]);
        candidates = all.Sum(found => (long)found.Count);
        // One more tells whether there is a next page.
        wanted = hits.Query.Limit + 1;
        this.ways = ways ?? Ways.Of(hits.View, candidates, hits.Query.Limit);
        if (candidates <= this.ways.MaxSorted) among = [.. Seqs()];
    }

    /// <summary>The next candidates behind a place, in order, and where to go on behind them; null at the end.</summary>
    public (List<Cursor> Some, Cursor? Next) After(Cursor from)
    {
        if (among is null && walked >= ways.MaxWalked)
        {
            if (ways.Parts is { } parts) return OfParts(parts, from);
            if (candidates <= ways.MaxSortedThen) among = [.. Seqs()];
        }
        if (among is null) return Walk(from);
        var sorted = Sorted(from, among, Together);
        return (sorted, sorted.Count < Together ? null : sorted[^1]);
    }

    /// <summary>Log indexes of the candidates, the newest tile first.</summary>
    private IEnumerable<long> Seqs() => all.SelectMany(found => found.NewestFirst()).Select(hits.View.SeqOf);

    // ---- going through names

    private bool IsCandidate(long seq)
    {
        if (hits.View.OrdinalOf(seq) is not { } ordinal) return false;
        foreach (var found in all)
            if (ordinal - found.Tile.From is >= 0 and var place && place < found.Tile.Size) return found.Has((int)place);
        return false;
    }

    private static Cursor Place(long seq, string name) => new(SearchOrder.Holder, seq) { Name = name };

    private (List<Cursor>, Cursor?) Walk(Cursor from)
    {
        var (some, last, many) = (new List<Cursor>(), (Cursor?)null, walked == 0 ? First : Together);
        var passed = NameParts.Behind(hits.Db, from, many, (row, place) =>
        {
            var seq = row.GetInt64(0);
            var isCandidate = IsCandidate(seq);
            if (!isCandidate && place < many - 1) return false;
            last = Place(seq, row.GetString(1));
            if (isCandidate) some.Add(last);
            return isCandidate;
        });
        walked += passed.Count;
        return (some, passed.Count < many ? null : last);
    }

    // ---- by parts

    /// <summary>Those of the next parts that have any.</summary>
    private (List<Cursor>, Cursor?) OfParts(NameParts parts, Cursor from)
    {
        var first = parts.PartOf(from.Name, from.Seq);
        var chosen = new FirstParts(parts, first, wanted);
        foreach (var found in all) chosen.Add(found);
        var most = Math.Max(MaxRead, wanted);
        var (some, begin, end) = chosen.Take(most);
        if (some.Length == 0) return ([], null);
        if (begin > first) from = parts.Before(begin);
        if (some.Length > most) return Walk(from);
        wanted = Math.Min(wanted * Growth, MaxWanted);
        var sorted = Sorted(from, some.Select(hits.View.SeqOf), some.Length);
        return (sorted, end == parts.Count ? null : parts.Before(end));
    }

    // ---- sorting

    private const string sorted = """
        SELECT c.seq, c.holder_key FROM json_each(@among) l CROSS JOIN certificate c ON c.seq = l.value
        WHERE (c.holder_key, c.seq) > (@name, @seq) ORDER BY c.holder_key, c.seq LIMIT @limit
        """;

    /// <summary>Some in the order of names, so many at the most.</summary>
    private List<Cursor> Sorted(Cursor from, IEnumerable<long> some, int most) => hits.Db.Rows(
        sorted, row => Place(row.GetInt64(0), row.GetString(1)), Sqlite.List(some), from.Name, from.Seq, most);
}
