using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>How many there are: <c>exact</c>, or <c>about</c> where the words of a query were checked on a sample of what the index leads to.</summary>
public sealed record Total(long Value, string Relation);

/// <summary>A value of a facet and how many of the hits bear it.</summary>
public sealed record FacetValue(string Value, string Name, string NameEn, long Count);

/// <summary>Facets of all hits, of each the 20 most frequent values; where the total is <c>about</c> so are these.</summary>
public sealed record Facets(FacetValue[] Status, FacetValue[] Level, FacetValue[] Category, FacetValue[] Group, FacetValue[] Region, FacetValue[] Body);

/// <summary>A page of hits: those that bear exactly what was typed, then the newest. Total, facets and didYouMean come with the first page only; <c>next</c> is
/// the cursor of the next. When the search took too long it is incomplete: items are what was found so far, and <c>next</c> goes on where it stopped.</summary>
public sealed record SearchResult(CertificateView[] Items, Total? Total, Facets? Facets, string? Next)
{
    /// <summary>True when the search was stopped before it had looked everywhere; left out otherwise.</summary>
    public bool? Incomplete { get; init; }
    /// <summary>Where a code of a mark or item was searched for: its page and what it says in one word. While anything stands against it the certificate is not among the items.</summary>
    public MarkHit? Mark { get; init; }
    /// <summary>Where nothing was found: numbers and codes of the registry that differ from the one asked for in one character.</summary>
    public Slip[]? DidYouMean { get; init; }
}

/// <summary>The search: conditions on the index, tile by tile from the newest certificates on; what the index cannot decide is decided on the row.</summary>
public static class CertificateSearch
{
    private const int FacetValues = 20;

    /// <summary>Rows checked at a time.</summary>
    private const int Together = 32;

    /// <summary>Up to so many candidates are all checked, and the total is exact; of more a sample is, of each tile.</summary>
    private const int CheckedAll = 1000, CheckedOfTile = 16;

    /// <summary>What an estimated total is told to: digits.</summary>
    private const int SignificantDigits = 2;

    /// <summary>Checking rows for a page ends after this with what there is.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(80);

    /// <param name="db">A reading connection.</param>
    /// <param name="index">What readers share.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="today">The day.</param>
    public static SearchResult Run(DbConnection db, IndexReader index, SearchQuery query, DateOnly today) => index.Read(db, view =>
    {
        var mark = query.Typed is { } typed ? MarkHit.Of(db, typed, query.On ?? today) : null;
        if (mark?.Stands() == false) query = query with { Nothing = true };
        var search = new Asked(db, view, query, today);
        var first = query.Cursor is null;
        var page = search.Page(Limit, out var next, out var incomplete);
        var (total, facets) = first && (query.Total || query.Facets) ? search.Count() : default;
        var rows = CertificateStore.At(db, page).ToDictionary(row => row.Seq);
        return new SearchResult([.. page.Select(seq => CertificateView.Of(db, rows[seq], query.On ?? today)!)], query.Total ? total : null, query.Facets ? facets : null, next?.ToString())
        {
            Incomplete = incomplete ? true : null,
            Mark = mark ?? (first && page.Count == 0 && !incomplete && query.Typed is { } looked ? MarkHit.Mistyped(looked) : null),
            DidYouMean = first && page.Count == 0 && !incomplete && mark is null or { Result: MarkResult.Mistyped } ? SlipSearch.Of(db, query) : null,
        };
    });

    /// <summary>Log indexes of the first hits, as many as the query's limit, and where to go on.</summary>
    public static (List<long> Seqs, Cursor? Next) Page(DbConnection db, IndexReader index, SearchQuery query, DateOnly today, TimeSpan limit) => index.Read(db, view =>
        (new Asked(db, view, query, today).Page(limit, out var next, out _), next));

    /// <summary>Every hit with the certificate as it read on the day asked, however long it takes, all in one snapshot. Streams: stop reading and it stops.</summary>
    public static IEnumerable<(CertificateRow Row, Certificate Then)> Hits(DbConnection db, IndexReader index, SearchQuery query, DateOnly today)
    {
        const int Pages = 200;
        for (var rest = query with { Limit = Pages }; ;)
        {
            var (seqs, next) = Page(db, index, rest, today, Timeout.InfiniteTimeSpan);
            var rows = CertificateStore.At(db, seqs).ToDictionary(row => row.Seq);
            foreach (var row in seqs.Select(seq => rows[seq])) yield return (row, query.On is { } on ? CertificateStore.AsOf(db, row, on)! : row.Certificate);
            if (next is null) yield break;
            rest = rest with { Cursor = next };
        }
    }

    /// <summary>How many certificates of each status, category and body there are on a day.</summary>
    public static Tally All(DbConnection db, IndexReader index, DateOnly day, Status? status = null) =>
        index.Read(db, view => new Asked(db, view, new() { Status = status, On = day }, day).Tallied());

    /// <summary>One search in one snapshot.</summary>
    private sealed class Asked
    {
        private readonly DbConnection db;
        private readonly IndexView view;
        private readonly SearchQuery query;
        private readonly FactFilter filter;
        private readonly ushort day;
        private readonly Condition? filters, words;
        private readonly long[] exactly;
        private readonly HashSet<long> exactSet;
        /// <summary>The index alone tells whether a certificate is a hit.</summary>
        private readonly bool decides;
        private readonly Dictionary<long, bool> checkedRows = [];

        public Asked(DbConnection db, IndexView view, SearchQuery query, DateOnly today)
        {
            (this.db, this.view, this.query) = (db, view, query);
            day = Facts.NumberOf(query.On ?? today);
            var plan = new SearchPlan(db, view, query);
            (filters, words, decides) = (plan.Filters, plan.Words, plan.Decides);
            filter = plan.FilterOn(day);
            exactly = query.Typed is { } typed && !query.Nothing ? SearchPlan.Exactly(db, typed) : [];
            exactSet = [.. exactly];
        }

        /// <summary>Everything that may be a hit.</summary>
        private Condition? Matching => words is null ? filters : And(exactly.Length == 0 ? words : Condition.AnyOf(words, Among(exactly)), filters);

        private static Condition And(Condition one, Condition? other) => other is null ? one : Condition.AllOf(one, other);

        private Condition Among(long[] seqs) => view.OrdinalsOf(seqs) is { Length: > 0 } ordinals ? new Condition.OneOf(ordinals) { Rows = ordinals.Length } : Condition.Nothing;

        private IEnumerable<Found> Tiles(Condition? condition)
        {
            if (query.Nothing || condition == Condition.Nothing) yield break;
            foreach (var tile in view.NewestFirst())
            {
                using var found = view.Evaluate(condition, tile);
                found.Keep(filter, view.BlockOf);
                if (found.Count > 0) yield return found;
            }
        }

        /// <summary>The next hits below the cursor: the exact ones first.</summary>
        public List<long> Page(TimeSpan limit, out Cursor? next, out bool incomplete)
        {
            var (page, ends, reached) = (new List<long>(), limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency), new Cursor(true, long.MaxValue));
            incomplete = false;
            next = null;
            foreach (var (exact, seq) in Candidates(query.Cursor ?? reached))
            {
                if (page.Count == query.Limit)
                {
                    // One more is there, if only as a candidate: the next page tells.
                    next = new(exactSet.Contains(page[^1]), page[^1]);
                    return page;
                }
                if (IsHit(seq, exact)) page.Add(seq);
                else if (Stopwatch.GetTimestamp() > ends)
                {
                    incomplete = true;
                    next = new(exact, seq);
                    return page;
                }
            }
            return page;
        }

        private IEnumerable<(bool Exact, long Seq)> Candidates(Cursor from)
        {
            if (from.Exact && exactly.Length > 0)
                foreach (var found in Tiles(And(Among([.. exactly.Where(seq => seq < from.Before)]), filters)))
                    foreach (var ordinal in found.NewestFirst()) yield return (true, view.SeqOf(ordinal));
            var before = from.Exact ? long.MaxValue : from.Before;
            foreach (var found in Tiles(words is null ? filters : And(words, filters)))
            {
                if (view.SeqOf(found.Tile.From) >= before) continue;
                foreach (var some in found.NewestFirst().Select(view.SeqOf).Where(seq => seq < before && !exactSet.Contains(seq)).Chunk(Together))
                {
                    Check(some);
                    foreach (var seq in some) yield return (false, seq);
                }
            }
        }

        /// <summary>Reads and decides rows that the index does not.</summary>
        private void Check(IEnumerable<long> seqs)
        {
            if (decides) return;
            var unknown = seqs.Where(seq => !checkedRows.ContainsKey(seq)).ToArray();
            if (unknown.Length == 0) return;
            foreach (var (seq, hit) in SearchPlan.Texts(db, unknown, (seq, text) => exactSet.Contains(seq) ? query.MatchesBeside(text) : query.Matches(text))) checkedRows[seq] = hit;
        }

        private bool IsHit(long seq, bool exact)
        {
            if (decides || exact && query.HolderWords.Length + query.ScopeWords.Length == 0) return true;
            Check([seq]);
            return checkedRows.GetValueOrDefault(seq);
        }

        public Tally Tallied()
        {
            var tally = new Tally();
            foreach (var found in Tiles(Matching)) found.Tally(day, view.BlockOf, tally);
            return tally;
        }

        /// <summary>Counts all hits: exactly, where the index decides or the rows are few; else by what it leads to and a sample of it.</summary>
        public (Total, Facets) Count()
        {
            var (tally, hits, few) = (new Tally(), 0.0, new List<long>());
            foreach (var found in Tiles(Matching))
            {
                if (query.Facets) found.Tally(day, view.BlockOf, tally);
                if (decides) { hits += found.Count; continue; }
                if (few.Count <= CheckedAll) few.AddRange(found.NewestFirst().Take(CheckedAll + 1));
                hits += found.Count * Share(found);
            }
            if (!decides && few.Count <= CheckedAll) return OfFew(few);
            return decides ? (new((long)hits, "exact"), FacetsOf(tally)) : (new(Rounded(hits), "about"), FacetsOf(tally, hits / Math.Max(1, tally.Total)));
        }

        /// <summary>How much of what was found in a tile are hits, by a sample.</summary>
        private double Share(Found found)
        {
            var sample = found.Sample(CheckedOfTile).Select(view.SeqOf).ToArray();
            Check(sample);
            return sample.Count(seq => IsHit(seq, exactSet.Contains(seq))) / (double)sample.Length;
        }

        private (Total, Facets) OfFew(List<long> ordinals)
        {
            var (tally, count) = (new Tally(), 0);
            Check(ordinals.Select(view.SeqOf));
            foreach (var ordinal in ordinals)
            {
                if (!IsHit(view.SeqOf(ordinal), exactSet.Contains(view.SeqOf(ordinal)))) continue;
                count++;
                view.BlockOf(ordinal >> Facts.Log).On(day).Count((int)ordinal & Facts.Size - 1, tally);
            }
            return (new(count, "exact"), FacetsOf(tally));
        }

        private static long Rounded(double number)
        {
            var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, number))) - SignificantDigits + 1));
            return (long)(Math.Round(number / step) * step);
        }

        /// <param name="tally">Of what was found.</param>
        /// <param name="share">How much of it are hits, where that is an estimate.</param>
        private Facets FacetsOf(Tally tally, double? share = null)
        {
            var bodies = Top(tally.OfBodies.Select(body => (Key: view.BodySeq(body.Body), body.Number)), Comparer<long>.Default);
            var names = db.Rows("SELECT seq, approval_number, name, name_en FROM body WHERE seq IN (SELECT value FROM json_each(@seqs))",
                row => (Seq: row.GetInt64(0), Number: row.GetString(1), Name: new Text(row.GetString(2), row.GetString(row.IsDBNull(3) ? 2 : 3))), JsonSerializer.Serialize(bodies.Select(body => body.Key))).ToDictionary(body => body.Seq);
            var statuses = Top(Statuses.All.Select(status => (status.Word(), tally.Of(status))), StringComparer.Ordinal);
            var level = Top(tally.OfLevels.Where(level => level.Level > 0).Select(level => (Catalogue.LevelCodes[level.Level - 1], level.Number)), StringComparer.Ordinal);
            var categories = Top(tally.OfCategories, Comparer<int>.Default);
            var groups = Top(tally.OfCategories.GroupBy(one => Catalogue.CategoryOf(one.Category)!.Group).Select(group => (group.Key, group.Sum(one => one.Number))), StringComparer.Ordinal);
            var provinces = Top(tally.OfProvinces.Where(province => province.Province > 0).Select(province => ($"{province.Province:00}0000", province.Number)), StringComparer.Ordinal);
            return new(Named(statuses, word => Statuses.Parse(word)!.Value.Name()), Named(level, code => levels[code]), Named(categories, no => Catalogue.CategoryOf(no)!.Shown), Named(groups, Catalogue.GroupName),
                Named(provinces, code => new(Catalogue.RegionName(code), Catalogue.RegionName(code))), Named([.. bodies.Select(body => (names[body.Key].Number, body.Number))], number => names.Values.First(body => body.Number == number).Name));

            FacetValue[] Named<T>(List<(T Key, long Number)> values, Func<T, Text> name) =>
                [.. values.Select(value => new FacetValue(Convert.ToString(value.Key, CultureInfo.InvariantCulture)!, name(value.Key).Zh, name(value.Key).En, share is { } hits ? Rounded(value.Number * hits) : value.Number))];
        }

        /// <summary>The most frequent values; of equally frequent ones in the order of the values.</summary>
        private static List<(T Key, long Number)> Top<T>(IEnumerable<(T Key, long Number)> values, IComparer<T> order) =>
            [.. values.Where(value => value.Number > 0).OrderByDescending(value => value.Number).ThenBy(value => value.Key, order).Take(FacetValues)];

        private static readonly Dictionary<string, Text> levels = Catalogue.Schemes.SelectMany(scheme => scheme.Levels).DistinctBy(level => level.Code).ToDictionary(level => level.Code, level => level.Name);
    }
}
