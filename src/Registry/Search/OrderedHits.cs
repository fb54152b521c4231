using System.Data.Common;
using System.Diagnostics;
using System.Numerics;

namespace Registry.Search;

/// <summary>One page of hits in the order asked for.</summary>
internal sealed class OrderedHits
{
    /// <summary>Rows checked at a time, and names read at a time.</summary>
    private const int Together = 32, NamesTogether = 512;

    /// <summary>So many times as many candidates are looked for when too few of the first were hits, up to so many.</summary>
    private const int Growth = 4, MaxTogether = 1024;

    /// <summary>How hits are put in the order of their holders' names: few candidates are sorted. Where there are more, names are gone
    /// through in their order until a page of them are candidates; names of one city stand together, and may be far down, so after some
    /// without a page the candidates are sorted after all.</summary>
    /// <param name="MaxSorted">Candidates that are sorted at once.</param>
    /// <param name="MaxWalked">Names that are gone through before more are.</param>
    /// <param name="MaxSortedThen">Candidates that are sorted then.</param>
    internal readonly record struct NameOrder(long MaxSorted, long MaxWalked, long MaxSortedThen)
    {
        /// <summary>Names that are gone through in the time in which a candidate is sorted.</summary>
        private const int SortedIn = 3;
        /// <summary>So many times as many names as it takes where they are mixed.</summary>
        private const int Patience = 4;

        /// <summary>What takes the least time.</summary>
        public static NameOrder Of(long certificates, long candidates, int page)
        {
            var names = certificates * page / Math.Max(1, candidates);
            return new(names / SortedIn, Math.Max(Patience * names, Patience * NamesTogether), MaxSortedThen: 100_000);
        }
    }

    private readonly Hits hits;
    private readonly long ends;
    private readonly List<long> page = [];

    private readonly NameOrder? names;

    private OrderedHits(Hits hits, TimeSpan limit, NameOrder? names)
    {
        (this.hits, this.names) = (hits, names);
        var ticks = (long)(limit.TotalSeconds * Stopwatch.Frequency);
        ends = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Stopwatch.GetTimestamp() + ticks;
    }

    /// <summary>Log indexes of the next hits behind the query's cursor, where to go on, and whether the time ran out before the page was
    /// full.</summary>
    public static (List<long> Seqs, Cursor? Next, bool Incomplete) Page(Hits hits, TimeSpan limit, NameOrder? names = null)
    {
        var one = new OrderedHits(hits, limit, names);
        return hits.Query.Order switch
        {
            SearchOrder.Expires or SearchOrder.ExpiresLast => one.ByExpiry(),
            SearchOrder.Holder => one.ByHolder(),
            _ => one.Newest(),
        };
    }

    private Cursor From => hits.Query.Cursor ?? Cursor.Start(hits.Query.Order);

    private bool IsLate => Stopwatch.GetTimestamp() > ends;

    private (List<long>, Cursor?, bool) Full(Cursor last) => (page, last, false);

    private (List<long>, Cursor?, bool) Late(Cursor reached) => (page, reached, true);

    private (List<long>, Cursor?, bool) End => (page, null, false);

    // ---- the newest first

    private (List<long>, Cursor?, bool) Newest()
    {
        foreach (var candidate in Candidates(From))
        {
            // One more is there, if only as a candidate: the next page tells.
            if (page.Count == hits.Query.Limit) return Full(new(SearchOrder.Newest, page[^1]) { Exact = hits.IsExact(page[^1]) });
            if (hits.IsHit(candidate.Seq)) page.Add(candidate.Seq);
            else if (IsLate) return Late(candidate);
        }
        return End;
    }

    private IEnumerable<Cursor> Candidates(Cursor from)
    {
        if (from.Exact)
            foreach (var seq in hits.ExactBelow(from.Seq)) yield return new(SearchOrder.Newest, seq) { Exact = true };
        var before = from.Exact ? long.MaxValue : from.Seq;
        var end = before == long.MaxValue ? null : hits.View.OrdinalOf(before);
        foreach (var found in hits.Matching())
        {
            var left = found.NewestFirst(end).Select(hits.View.SeqOf).Where(seq => seq < before && !hits.IsExact(seq));
            foreach (var some in left.Chunk(Together))
            {
                hits.Check(some);
                foreach (var seq in some) yield return new(SearchOrder.Newest, seq);
            }
        }
    }

    // ---- by the last day of validity

    /// <summary>A candidate in the order of days. A lower key comes first: the day, counted back where the last is first.</summary>
    private readonly record struct Dated(int Key, long Seq) : IComparable<Dated>
    {
        public int CompareTo(Dated other) => Key != other.Key ? Key.CompareTo(other.Key) : other.Seq.CompareTo(Seq);
    }

    private static readonly Comparer<Dated> lastOnTop = Comparer<Dated>.Create((one, other) => other.CompareTo(one));

    private (List<long>, Cursor?, bool) ByExpiry()
    {
        var from = From;
        for (var many = hits.Query.Limit + 1; ; many = Math.Min(many * Growth, MaxTogether))
        {
            var some = FirstToExpire(KeyOf(from.Day), from.Seq, many);
            hits.Check(some.Select(dated => dated.Seq));
            foreach (var dated in some)
            {
                if (page.Count == hits.Query.Limit) return Full(from);
                if (hits.IsHit(dated.Seq)) page.Add(dated.Seq);
                from = CursorOf(dated);
            }
            if (some.Length < many) return End;
            if (page.Count == hits.Query.Limit) return Full(from);
            if (IsLate) return Late(from);
        }
    }

    private bool IsBackward => hits.Query.Order == SearchOrder.ExpiresLast;

    private int KeyOf(ushort day) => IsBackward ? ushort.MaxValue - day : day;

    private Cursor CursorOf(Dated dated) => new(hits.Query.Order, dated.Seq) { Day = (ushort)KeyOf((ushort)dated.Key) };

    /// <summary>So many candidates behind a place, in order. Of each block only those are looked at that are between that place and the
    /// last of the best so far.</summary>
    private Dated[] FirstToExpire(int key, long seq, int many)
    {
        var (after, best) = (new Dated(key, seq), new PriorityQueue<Dated, Dated>(lastOnTop));
        Span<ulong> words = stackalloc ulong[Block.Words], days = stackalloc ulong[Block.Words];
        foreach (var found in hits.Matching())
            for (var at = 0; found.NextBlock(ref at, words) is { } no;)
            {
                var block = hits.View.BlockOf(no);
                var on = block.On(hits.Day);
                var worst = best.Count < many ? ushort.MaxValue : best.Peek().Key;
                on.Within(ofExpiry: true, KeyDay(IsBackward ? worst : key), KeyDay(IsBackward ? key : worst), days);
                Container.And(days, words);
                for (var word = 0; word < words.Length; word++)
                    for (var bits = words[word]; bits != 0; bits &= bits - 1)
                    {
                        var place = word * 64 + BitOperations.TrailingZeroCount(bits);
                        var dated = new Dated(KeyOf(on.Expires(place)), block.Seqs[place]);
                        if (dated.CompareTo(after) <= 0) continue;
                        if (best.Count < many) best.Enqueue(dated, dated);
                        else if (dated.CompareTo(best.Peek()) < 0) best.EnqueueDequeue(dated, dated);
                    }
            }
        var sorted = best.UnorderedItems.Select(one => one.Element).ToArray();
        Array.Sort(sorted);
        return sorted;

        ushort KeyDay(int of) => (ushort)KeyOf((ushort)of);
    }

    // ---- by the holder's name

    private (List<long>, Cursor?, bool) ByHolder()
    {
        var candidates = hits.Matching().Sum(found => (long)found.Count);
        var way = names ?? NameOrder.Of(hits.View.Certificates, candidates, hits.Query.Limit);
        var among = candidates <= way.MaxSorted ? All() : null;
        for (var (from, walked) = (From, 0); ;)
        {
            var some = among is null ? Walk(from) : Sorted(from, among);
            foreach (var part in some.Select(one => one.Candidate).OfType<Cursor>().Chunk(Together))
            {
                hits.Check(part.Select(name => name.Seq));
                foreach (var name in part)
                {
                    if (page.Count == hits.Query.Limit) return Full(from);
                    if (hits.IsHit(name.Seq)) page.Add(name.Seq);
                    from = name;
                }
            }
            if (some.Count < NamesTogether) return End;
            from = some[^1].Candidate ?? hits.Db.Ask(ofSeq, Named, some[^1].Seq)!;
            if (page.Count == hits.Query.Limit) return Full(from);
            if (IsLate) return Late(from);
            walked += some.Count;
            if (among is null && walked >= way.MaxWalked && candidates <= way.MaxSortedThen) among = All();
        }

        long[] All() => [.. hits.Matching().SelectMany(found => found.NewestFirst()).Select(hits.View.SeqOf)];
    }

    private bool IsCandidate(long seq)
    {
        if (hits.View.OrdinalOf(seq) is not { } ordinal) return false;
        foreach (var found in hits.Matching())
            if (ordinal - found.Tile.From is >= 0 and var place && place < found.Tile.Size) return found.Has((int)place);
        return false;
    }

    /// <summary>A certificate in the order of names; its name is read where it may be a hit.</summary>
    private readonly record struct Passed(long Seq, Cursor? Candidate);

    private static readonly string
        ofSeq = "SELECT seq, holder_key FROM certificate WHERE seq = @seq",
        walk = $"""
            SELECT seq, holder_key FROM certificate
            WHERE (holder_key, seq) > (@name, @seq) ORDER BY holder_key, seq LIMIT {NamesTogether}
            """,
        sorted = $"""
            SELECT c.seq, c.holder_key FROM json_each(@among) l CROSS JOIN certificate c ON c.seq = l.value
            WHERE (c.holder_key, c.seq) > (@name, @seq) ORDER BY c.holder_key, c.seq LIMIT {NamesTogether}
            """;

    private static Cursor Named(DbDataReader row) => new(SearchOrder.Holder, row.GetInt64(0)) { Name = row.GetString(1) };

    /// <summary>Certificates behind a place in the order of their holders' names.</summary>
    private List<Passed> Walk(Cursor from) => hits.Db.Rows(walk, row =>
    {
        var seq = row.GetInt64(0);
        return new Passed(seq, IsCandidate(seq) ? Named(row) : null);
    }, from.Name, from.Seq);

    /// <summary>The same of some.</summary>
    private List<Passed> Sorted(Cursor from, long[] among) =>
        hits.Db.Rows(sorted, row => new Passed(row.GetInt64(0), Named(row)), Sqlite.List(among), from.Name, from.Seq);
}
