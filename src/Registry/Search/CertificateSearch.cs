using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>How many there are: <c>exact</c>, or <c>about</c> where the words of a query were checked on a sample of what the index leads
/// to.</summary>
public sealed record Total(long Value, string Relation);

/// <summary>A value of a facet and how many of the hits bear it.</summary>
public sealed record FacetValue(string Value, string Name, string NameEn, long Count);

/// <summary>Facets of all hits, of each the 20 most frequent values; where the total is <c>about</c> so are these.</summary>
public sealed record Facets(
    FacetValue[] Status, FacetValue[] Level, FacetValue[] Category, FacetValue[] Group, FacetValue[] Region, FacetValue[] Body);

/// <summary>A page of hits in the order asked for: without one, those that bear exactly what was typed, then the newest. Total, facets and
/// didYouMean come with the first page only; <c>next</c> is the cursor of the next. When the search took too long it is incomplete: items
/// are what was found so far, and <c>next</c> goes on where it stopped.</summary>
public sealed record SearchResult(CertificateView[] Items, Total? Total, Facets? Facets, string? Next)
{
    /// <summary>True when the search was stopped before it had looked everywhere; left out otherwise.</summary>
    public bool? Incomplete { get; init; }
    /// <summary>Where the day asked is still to come: that nobody knows what will be recorded until then.</summary>
    public AheadView? Ahead { get; init; }
    /// <summary>Where a code of a mark or item was searched for: its page and what it says in one word. While anything stands against it
    /// the certificate is not among the items.</summary>
    public MarkHit? Mark { get; init; }
    /// <summary>Where nothing was found: numbers and codes of the registry that differ from the one asked for in one character.</summary>
    public Slip[]? DidYouMean { get; init; }
}

/// <summary>The search: conditions on the index, tile by tile from the newest certificates on; what the index cannot decide is decided on
/// the row.</summary>
public static class CertificateSearch
{
    /// <summary>Checking rows for a page ends with what there is when the processor has worked for so long
    /// (<see cref="TimeLimit"/>).</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(80);

    /// <param name="db">A reading connection.</param>
    /// <param name="index">What readers share.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="today">The day.</param>
    public static SearchResult Run(DbConnection db, IndexReader index, SearchQuery query, DateOnly today) => index.Read(db, view =>
    {
        var mark = query.Typed is { } typed ? MarkHit.Of(db, typed, query.On ?? today, query.KnownAt) : null;
        if (mark?.Stands() == false) query = query with { Nothing = true };
        using var hits = new Hits(db, view, query, today);
        var first = query.Cursor is null;
        var (page, next, incomplete) = OrderedHits.Page(hits, Limit);
        var isCounted = first && query.KnownAt is null && (query.Total || query.Facets);
        var (total, facets) = isCounted ? HitCounts.Of(hits) : default;
        var rows = CertificateStore.At(db, page).ToDictionary(row => row.Seq);
        var (on, ahead) = (query.On ?? today, AheadView.Of(query.On ?? today, today));
        var items = page.Select(seq => CertificateView.Of(db, rows[seq], on, query.KnownAt)).OfType<CertificateView>();
        if (ahead is not null) items = items.Select(item => item with { Ahead = ahead });
        // What would be meant may have been recorded since.
        var nothing = first && page.Count == 0 && !incomplete && query.KnownAt is null;
        return new SearchResult([.. items], query.Total ? total : null, facets, next?.ToString())
        {
            Incomplete = incomplete ? true : null,
            Ahead = ahead,
            Mark = mark ?? (nothing && query.Typed is { } looked ? MarkHit.Mistyped(looked) : null),
            DidYouMean = nothing && mark is null or { Result: MarkResult.Mistyped }
                ? SlipSearch.Of(db, query) ?? AsWords(db, view, query, today) : null,
        };
    });

    /// <summary>The same text as words, where that finds something: 云帆、电器 and 云帆公司 stand together in no name.</summary>
    private static Slip[]? AsWords(DbConnection db, IndexView view, SearchQuery query, DateOnly today)
    {
        if (query.Typed is not { } typed || SlipSearch.Parted(typed) is not { } parted) return null;
        using var hits = new Hits(db, view, query with { Typed = parted, Words = Word.Split(parted), Limit = 1 }, today);
        return OrderedHits.Page(hits, Limit).Seqs.Count > 0 ? [new(parted, "q")] : null;
    }

    /// <summary>Log indexes of the first hits, as many as the query's limit, and where to go on.</summary>
    public static (List<long> Seqs, Cursor? Next) Page(
        DbConnection db, IndexReader index, SearchQuery query, DateOnly today, TimeSpan limit) => index.Read(db, view =>
    {
        using var hits = new Hits(db, view, query, today);
        var (seqs, next, _) = OrderedHits.Page(hits, limit);
        return (seqs, next);
    });

    /// <summary>Every hit with the certificate as it read on the day asked, however long it takes, all in one snapshot. Streams: stop
    /// reading and it stops.</summary>
    public static IEnumerable<(CertificateRow Row, Certificate Then)> Hits(
        DbConnection db, IndexReader index, SearchQuery query, DateOnly today)
    {
        const int Pages = 200;
        for (var rest = query with { Limit = Pages }; ;)
        {
            var (seqs, next) = Page(db, index, rest, today, Timeout.InfiniteTimeSpan);
            var rows = CertificateStore.At(db, seqs).ToDictionary(row => row.Seq);
            foreach (var row in seqs.Select(seq => rows[seq]))
                yield return (row, query.On is { } on ? CertificateStore.AsOf(db, row, on)! : row.Certificate);
            if (next is null) yield break;
            rest = rest with { Cursor = next };
        }
    }

    /// <summary>How many certificates of each status, category and body there are on a day.</summary>
    public static Tally All(DbConnection db, IndexReader index, DateOnly day, Status? status = null) =>
        index.Read(db, view =>
        {
            using var hits = new Hits(db, view, new() { Status = status, On = day }, day);
            return HitCounts.Tallied(hits);
        });
}
