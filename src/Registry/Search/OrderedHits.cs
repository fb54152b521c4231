using System.Numerics;

namespace Registry.Search;

/// <summary>One page of hits in the order asked for.</summary>
internal sealed class OrderedHits
{
    /// <summary>Rows checked at a time.</summary>
    private const int Together = 32;

    /// <summary>So many times as many candidates are looked for when too few of the first were hits, up to so many.</summary>
    private const int Growth = 4, MaxTogether = 1024;

    private readonly Hits hits;
    private TimeLimit limit;
    private readonly HolderOrder.Ways? names;
    private readonly List<long> page = [];

    private OrderedHits(Hits hits, TimeSpan limit, HolderOrder.Ways? names) =>
        (this.hits, this.limit, this.names) = (hits, new(limit), names);

    /// <summary>Log indexes of the next hits behind the query's cursor, where to go on, and whether the time ran out before the page was
    /// full.</summary>
    public static (List<long> Seqs, Cursor? Next, bool Incomplete) Page(Hits hits, TimeSpan limit, HolderOrder.Ways? names = null)
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
            else if (limit.IsOver(1)) return Late(candidate);
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
            if (limit.IsOver(some.Length)) return Late(from);
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
        Span<ulong> words = stackalloc ulong[Block.Words];
        foreach (var found in hits.Matching())
        {
            for (var at = 0; !found.List.IsEmpty && found.NextOfList(ref at) is { IsEmpty: false } some;)
            {
                var block = hits.View.BlockOf(found.Tile.From + some[0] >> Facts.Log);
                var on = block.On(hits.Day);
                foreach (var listed in some)
                {
                    var place = listed & Facts.Size - 1;
                    var day = KeyOf(on.Expires(place));
                    if (day >= key && day <= Worst()) Offer(new(day, block.Seqs[place]));
                }
            }
            for (var at = 0; !found.Map.IsEmpty && found.NextBlock(ref at, words) is { } no;)
            {
                var block = hits.View.BlockOf(no);
                var (on, worst) = (block.On(hits.Day), Worst());
                on.KeepWithin(ofExpiry: true, KeyDay(IsBackward ? worst : key), KeyDay(IsBackward ? key : worst), words);
                for (var word = 0; word < words.Length; word++)
                    for (var bits = words[word]; bits != 0; bits &= bits - 1)
                    {
                        var place = word * 64 + BitOperations.TrailingZeroCount(bits);
                        Offer(new(KeyOf(on.Expires(place)), block.Seqs[place]));
                    }
            }
        }
        var sorted = best.UnorderedItems.Select(one => one.Element).ToArray();
        Array.Sort(sorted);
        return sorted;

        int Worst() => best.Count < many ? ushort.MaxValue : best.Peek().Key;

        void Offer(Dated dated)
        {
            if (dated.CompareTo(after) <= 0) return;
            if (best.Count < many) best.Enqueue(dated, dated);
            else if (dated.CompareTo(best.Peek()) < 0) best.EnqueueDequeue(dated, dated);
        }

        ushort KeyDay(int of) => (ushort)KeyOf((ushort)of);
    }

    // ---- by the holder's name

    private (List<long>, Cursor?, bool) ByHolder()
    {
        var order = new HolderOrder(hits, names);
        for (var from = From; ;)
        {
            var (some, next) = order.After(from);
            foreach (var part in some.Chunk(Together))
            {
                hits.Check(part.Select(name => name.Seq));
                foreach (var name in part)
                {
                    if (page.Count == hits.Query.Limit) return Full(from);
                    if (hits.IsHit(name.Seq)) page.Add(name.Seq);
                    from = name;
                }
            }
            if (next is null) return End;
            from = next;
            if (page.Count == hits.Query.Limit) return Full(from);
            if (limit.IsOver(Math.Max(some.Count, Together))) return Late(from);
        }
    }
}
