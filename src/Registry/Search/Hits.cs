using System.Data.Common;

namespace Registry.Search;

/// <summary>One search in one snapshot: what may be a hit by the index, tile by tile from the newest on, and whether it is one by its
/// row.</summary>
internal sealed class Hits : IDisposable
{
    private readonly FactFilter filter;
    private readonly Condition? filters, words;
    private readonly HashSet<long> exactSet;
    private readonly Dictionary<long, bool> checkedRows = [];
    private readonly List<Found> matching = [];
    private readonly IEnumerator<Found> rest;

    /// <param name="db">The reading connection.</param>
    /// <param name="view">The index in its snapshot.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="today">The day.</param>
    public Hits(DbConnection db, IndexView view, SearchQuery query, DateOnly today)
    {
        (Db, View, Query, Day) = (db, view, query, AskedDay.Of(query.On, today));
        var plan = new SearchPlan(db, view, query);
        (filters, words, Decides) = (plan.Filters, plan.Words, plan.Decides);
        filter = plan.FilterOn(Day);
        Exactly = query.Typed is { } typed && !query.Nothing ? SearchPlan.Exactly(db, typed) : [];
        exactSet = [.. Exactly];
        var wanted = words is null || Exactly.Length == 0 ? words : Condition.AnyOf(words, view.Among(Exactly));
        // A later page of the newest begins in a tile further down; nothing is counted then.
        var before = query.Cursor is { Order: SearchOrder.Newest, Exact: false } behind ? behind.Seq : long.MaxValue;
        rest = Tiles(wanted is null ? filters : And(wanted), before).GetEnumerator();
    }

    public DbConnection Db { get; }
    public IndexView View { get; }
    public SearchQuery Query { get; }

    /// <summary>The day whose status and level are meant.</summary>
    public AskedDay Day { get; }

    /// <summary>The index alone tells whether a certificate is a hit.</summary>
    public bool Decides { get; }

    /// <summary>Log indexes of what bears exactly what was typed, the newest first; filters may still leave them out.</summary>
    public long[] Exactly { get; }

    /// <summary>Every certificate counted beforehand, where nothing but a status is asked for; of another day than today it takes some
    /// time to count them, which only facets are worth.</summary>
    public Everything? Everything => filters is null && words is null && !Query.Nothing && filter.IsStatusAlone
        && (Day.IsToday || Query.Facets) ? View.Everything(Day) : null;

    public bool IsExact(long seq) => exactSet.Contains(seq);

    /// <summary>Everything that may be a hit, the newest tile first. Evaluated as far as somebody asks and kept: a page needs the first, a
    /// total all.</summary>
    public IEnumerable<Found> Matching()
    {
        for (var i = 0; ; i++)
        {
            if (i == matching.Count)
            {
                if (!rest.MoveNext()) yield break;
                matching.Add(rest.Current);
            }
            yield return matching[i];
        }
    }

    /// <summary>Those that bear exactly what was typed, below a log index, the newest first.</summary>
    public IEnumerable<long> ExactBelow(long before)
    {
        if (Exactly.Length == 0) yield break;
        foreach (var found in Tiles(And(View.Among([.. Exactly.Where(seq => seq < before)]))))
            using (found)
                foreach (var ordinal in found.NewestFirst()) yield return View.SeqOf(ordinal);
    }

    private Condition And(Condition one) => filters is null ? one : Condition.AllOf(one, filters);

    /// <summary>What fulfils a condition and the facts of the day, in tiles that reach below a log index; whoever asks disposes of
    /// it.</summary>
    private IEnumerable<Found> Tiles(Condition? condition, long before = long.MaxValue)
    {
        if (Query.Nothing || condition == Condition.Nothing) yield break;
        foreach (var tile in View.NewestFirst())
        {
            if (before < long.MaxValue && View.SeqOf(tile.From) >= before) continue;
            var found = View.Evaluate(condition, tile);
            found.Keep(filter, View.BlockOf);
            if (found.Count > 0) yield return found;
            else found.Dispose();
        }
    }

    /// <summary>Reads and decides rows that the index does not.</summary>
    public void Check(IEnumerable<long> seqs)
    {
        if (Decides) return;
        var unknown = seqs.Where(seq => !checkedRows.ContainsKey(seq)).ToArray();
        if (unknown.Length == 0) return;
        foreach (var (seq, hit) in SearchPlan.Texts(Db, unknown, Decide)) checkedRows[seq] = hit;

        bool Decide(long seq, RowText text) => IsExact(seq) ? Query.MatchesBeside(text) : Query.Matches(text);
    }

    /// <summary>How many rows that were read are hits.</summary>
    public int Seen => checkedRows.Values.Count(hit => hit);

    public bool IsHit(long seq)
    {
        if (Decides || IsExact(seq) && Query.HolderWords.Length + Query.ScopeWords.Length == 0) return true;
        Check([seq]);
        return checkedRows.GetValueOrDefault(seq);
    }

    public void Dispose()
    {
        rest.Dispose();
        foreach (var found in matching) found.Dispose();
        matching.Clear();
    }
}
