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

        /// <summary>Names that are gone through, in case that candidates are mixed among them, before parts are counted.</summary>
        private const int MaxMixed = 4096;

        /// <summary>What takes the least time.</summary>
        public static Ways Of(IndexView view, long candidates, int page)
        {
            var names = view.Certificates * page / Math.Max(1, candidates);
            if (candidates <= MaxRead) return new(candidates, 0, 0, null);
            var parts = view.Names;
            // To look at each candidate takes as long as some thousand names.
            if (parts is not null && names > Together) return new(0, names <= MaxMixed ? names : 0, 0, parts);
            return new(names / SortedIn, Patience * Math.Max(names, Together), MaxSortedThen: 5_000, parts);
        }
    }

    private readonly Hits hits;
    private readonly Found[] all;
    private readonly long candidates;
    private readonly Ways ways;
    private long walked;
    private long[]? among;
    /// <summary>Candidates of each part.</summary>
    private int[]? counts;

    /// <param name="hits">The search.</param>
    /// <param name="ways">What is done when; what takes the least time when left out.</param>
    public HolderOrder(Hits hits, Ways? ways)
    {
        (this.hits, all) = (hits, [.. hits.Matching()]);
        candidates = all.Sum(found => (long)found.Count);
        this.ways = ways ?? Ways.Of(hits.View, candidates, hits.Query.Limit);
        if (candidates <= this.ways.MaxSorted) among = [.. Seqs()];
    }

    /// <summary>The next candidates behind a place, in order, and where to go on behind them; null at the end.</summary>
    public (List<Cursor> Some, Cursor? Next) After(Cursor from)
    {
        if (among is null && counts is null && walked >= ways.MaxWalked)
        {
            if (ways.Parts is { } parts) counts = Counted(parts);
            else if (candidates <= ways.MaxSortedThen) among = [.. Seqs()];
        }
        if (among is null) return counts is null ? Walk(from) : OfParts(ways.Parts!, from);
        var sorted = Sorted(from, among);
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

    /// <summary>How many candidates each part has. Where most certificates are candidates, the others are counted.</summary>
    private int[] Counted(NameParts parts)
    {
        var certificates = hits.View.Certificates;
        var isAll = all.Sum(found => Math.Min(found.Tile.Size, certificates - found.Tile.From)) == certificates;
        var others = isAll && candidates > certificates / 2;
        var (counted, add) = (others ? parts.Sizes : new int[parts.Count], others ? -1 : 1);
        Each(others, seqs =>
        {
            foreach (var seq in seqs) counted[parts[seq]] += add;
        });
        return counted;
    }

    private delegate void Some(ReadOnlySpan<long> seqs);

    /// <summary>Tells the candidates, or the other certificates of their tiles, block by block.</summary>
    private void Each(bool others, Some tell)
    {
        Span<ulong> bits = stackalloc ulong[Block.Words];
        var seqs = new long[Facts.Size];
        foreach (var found in all)
            for (var (at, block) = (found.Tile.From, 0); at < found.Tile.From + found.Tile.Size; at += Facts.Size, block++)
            {
                if (at >= hits.View.Certificates) break;
                found.CopyBlock(block, bits);
                if (others) Invert(bits, (int)Math.Min(Facts.Size, hits.View.Certificates - at));
                if (bits.ContainsAnyExcept(0UL)) tell(seqs.AsSpan(0, hits.View.BlockOf(at >> Facts.Log).Seqs.Of(bits, seqs)));
            }
    }

    /// <summary>What is not among the first so many.</summary>
    private static void Invert(Span<ulong> bits, int many)
    {
        for (var word = 0; word < bits.Length; word++)
        {
            var left = many - word * 64;
            bits[word] = left >= 64 ? ~bits[word] : left <= 0 ? 0 : ~bits[word] & (1UL << left) - 1;
        }
    }

    /// <summary>Those of the next parts that have any.</summary>
    private (List<Cursor>, Cursor?) OfParts(NameParts parts, Cursor from)
    {
        var first = parts.PartOf(from.Name, from.Seq);
        if (counts![first] == 0)
        {
            while (first < counts.Length && counts[first] == 0) first++;
            if (first == counts.Length) return ([], null);
            from = parts.Before(first);
        }
        if (counts[first] > MaxRead) return Walk(from);
        var (end, many) = (first, 0);
        while (end < counts.Length && many <= hits.Query.Limit && many + counts[end] <= MaxRead) many += counts[end++];
        var some = new List<long>(many);
        Each(others: false, seqs =>
        {
            foreach (var seq in seqs)
                if (parts[seq] >= first && parts[seq] < end) some.Add(seq);
        });
        return (Sorted(from, some), end == counts.Length ? null : parts.Before(end));
    }

    // ---- sorting

    private const string sorted = """
        SELECT c.seq, c.holder_key FROM json_each(@among) l CROSS JOIN certificate c ON c.seq = l.value
        WHERE (c.holder_key, c.seq) > (@name, @seq) ORDER BY c.holder_key, c.seq LIMIT @limit
        """;

    /// <summary>Some in the order of names, as many as are read together.</summary>
    private List<Cursor> Sorted(Cursor from, IEnumerable<long> some) => hits.Db.Rows(
        sorted, row => Place(row.GetInt64(0), row.GetString(1)), Sqlite.List(some), from.Name, from.Seq, Together);
}
