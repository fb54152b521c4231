using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Dapper;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>How many there are: exactly, or at least that many because counting stopped.</summary>
public sealed record Total(int Value, string Relation);

/// <summary>A value of a facet and how many of the counted hits bear it.</summary>
public sealed record FacetValue(string Value, string Name, string NameEn, int Count);

/// <summary>Facets of the counted hits, of each the 20 most frequent values; where the total is "atLeast" these counts are of the hits counted only.</summary>
public sealed record Facets(FacetValue[] Status, FacetValue[] Level, FacetValue[] Category, FacetValue[] Group, FacetValue[] Region, FacetValue[] Body);

/// <summary>A page of hits: those that bear exactly what was typed, then the newest. Total, facets and didYouMean come with the first page only; <c>next</c> is
/// the cursor of the next. When the search took too long it is incomplete: items are what was found so far, and <c>next</c> goes on where it stopped.</summary>
public sealed record SearchResult(CertificateView[] Items, Total? Total, Facets? Facets, string? Next)
{
    /// <summary>True when the search was stopped before it had looked everywhere; left out otherwise.</summary>
    public bool? Incomplete { get; init; }
    /// <summary>Where a code of a mark or item was searched for: its page and what it says in one word. While anything stands against it the
    /// certificate is not among the items.</summary>
    public MarkHit? Mark { get; init; }
    /// <summary>Where nothing was found: numbers and codes of the registry that differ from the one asked for in one character.</summary>
    public Slip[]? DidYouMean { get; init; }
}

/// <summary>SQL of the search.</summary>
public static class CertificateSearch
{
    /// <summary>Counting stops here: an exact total of a broad query would cost far more than its page.</summary>
    public const int Cap = 50;

    private const int FacetValues = 20;

    /// <summary>After the page is full, rows looked at to count.</summary>
    private const int CountingRows = 500;

    /// <summary>A search ends after this with what it has, and a single step of the database is interrupted at twice the time. However busy the
    /// machine, the first rows are looked at: a small registry is always searched as a whole.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(80);
    private const int LeastRows = 1000, SmallRegistry = 100_000;

    /// <summary>Lifecycle.StatusOn in SQL, for a row whose statements are all in force on the day @on.</summary>
    public const string StatusOn = """
        CASE WHEN c.ended_on <= @on THEN c.ended_as WHEN c.issued_on > @on THEN 'not-yet-valid' WHEN c.expires_on < @on THEN 'expired' WHEN c.suspended_on <= @on THEN 'suspended' ELSE 'valid' END
        """;

    /// <summary>What is seen of a row: from the third on the texts as <see cref="RowText"/> numbers them, then what facets are made of.</summary>
    private const string Seen = $"c.seq, c.last_seq, c.holder_key, c.holder_name_en, c.scope, c.number_key, c.uscc, c.category, c.body, {StatusOn}, c.level, c.region, {Names}";

    /// <summary>The names of those whose name changed.</summary>
    private const string Names = "CASE WHEN c.last_seq <> c.seq THEN (SELECT group_concat(n.name, char(10)) FROM holder_name n WHERE n.certificate = c.seq) END";

    /// <summary>A hit, with what facets are made of: status and level on the day asked.</summary>
    public sealed record Hit(long Seq, bool Exact, int Category, long Body, string Status, string? Level, string? Region);

    /// <param name="db">A reading connection.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="today">The day.</param>
    /// <param name="limit">How long it may take; <see cref="Limit"/> when left out.</param>
    public static SearchResult Run(DbConnection db, SearchQuery query, DateOnly today, TimeSpan? limit = null)
    {
        var on = query.On ?? today;
        var mark = query.Typed is { } typed ? MarkHit.Of(db, typed, on) : null;
        if (mark?.Stands() == false) query = query with { Nothing = true };
        using var walk = new Walk(db, query, on, limit ?? Limit);
        var page = new List<Hit>();
        var counted = new List<Hit>();
        var (first, more, capped, full, cap) = (query.Cursor is null, false, false, 0L, Math.Max(Cap, query.Limit));
        foreach (var hit in walk.Hits())
        {
            if (page.Count < query.Limit) page.Add(hit);
            else more = true;
            if (page.Count == query.Limit && full == 0) full = walk.Looked;
            if (first && counted.Count < cap) counted.Add(hit);
            else capped = true;
            if (more && (capped || !first)) break;
            if (full > 0 && walk.Looked - full > CountingRows && more) { capped = true; break; }
        }
        walk.Dispose();
        var incomplete = walk.Incomplete && page.Count < query.Limit;
        var nothing = first && page.Count == 0 && !incomplete;
        var next = more || walk.Incomplete && !incomplete ? new Cursor(page[^1].Exact, page[^1].Seq) : incomplete ? walk.Reached : null;
        var rows = CertificateStore.At(db, page.Select(hit => hit.Seq)).ToDictionary(row => row.Seq);
        var items = page.Select(hit => CertificateView.Of(db, rows[hit.Seq], on)!).ToArray();
        return new(items, first ? new(counted.Count, capped || walk.Incomplete ? "atLeast" : "exact") : null, first ? FacetsOf(db, counted) : null, next?.ToString())
        {
            Incomplete = incomplete ? true : null,
            Mark = mark ?? (nothing && query.Typed is { } looked ? MarkHit.Mistyped(looked) : null),
            DidYouMean = nothing && mark is null or { Result: MarkResult.Mistyped } ? SlipSearch.Of(db, query) : null,
        };
    }

    /// <summary>Every hit with the certificate as it read on the day asked, however long it takes. Streams: stop reading and it stops.</summary>
    public static IEnumerable<(CertificateRow Row, Certificate Then)> Hits(DbConnection db, SearchQuery query, DateOnly today)
    {
        using var walk = new Walk(db, query, query.On ?? today, Timeout.InfiniteTimeSpan);
        foreach (var hits in walk.Hits().Chunk(50))
            foreach (var row in CertificateStore.At(db, hits.Select(hit => hit.Seq)).OrderByDescending(row => row.Seq))
                yield return (row, query.On is { } on ? CertificateStore.AsOf(db, row, on)! : row.Certificate);
    }

    /// <summary>One search as it goes from the newest certificate to the oldest: the exact hits, then all others.</summary>
    public sealed class Walk : IDisposable
    {
        private readonly DbConnection db;
        private readonly Dialect dialect;
        private readonly SearchQuery query;
        private readonly DateOnly on;
        private readonly long ends;
        private readonly TimeSpan limit;
        private IDisposable? interrupt;
        private static readonly Comparer<long> descending = Comparer<long>.Create(static (a, b) => b.CompareTo(a));

        public Walk(DbConnection db, SearchQuery query, DateOnly on, TimeSpan limit)
        {
            (this.db, dialect, this.query, this.on) = (db, Dialect.Of(db), query, on);
            this.limit = limit;
            ends = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        }

        /// <summary>Rows looked at.</summary>
        public long Looked { get; private set; }

        /// <summary>Time was up before everything was looked at.</summary>
        public bool Incomplete { get; private set; }

        /// <summary>Everything above has been looked at.</summary>
        public Cursor Reached { get; private set; } = new(true, 0);

        public void Dispose()
        {
            interrupt?.Dispose();
            interrupt = null;
        }

        public IEnumerable<Hit> Hits()
        {
            if (query.Nothing) yield break;
            var newest = SearchIndex.Newest(db);
            if (limit != Timeout.InfiniteTimeSpan && newest > SmallRegistry) interrupt = dialect.Limit(db, limit * 2);
            var (from, plan, exactly) = (query.Cursor ?? new(true, newest + 1), ReadPlan.Nothing, Array.Empty<long>());
            Reached = from;
            if (!Try(() =>
                {
                    exactly = query.Typed is { } typed ? SearchIndex.Exactly(db, typed) : [];
                    plan = SearchIndex.Plan(db, query, newest);
                })) yield break;
            if (from.Exact && exactly.Length > 0)
                foreach (var hit in Read(new(null, exactly, null, long.MaxValue, true), from.Before, exact: true)) yield return hit;
            if (Incomplete) yield break;
            var before = from.Exact ? newest + 1 : Math.Min(from.Before, newest + 1);
            Reached = new(false, before);
            foreach (var hit in Read(plan, before, exact: false))
                if (Array.BinarySearch(exactly, hit.Seq, descending) < 0) yield return hit;
        }

        /// <summary>The hits that a plan leads to, newest first.</summary>
        private IEnumerable<Hit> Read(ReadPlan plan, long before, bool exact)
        {
            using var list = plan.List is null ? null : Command($"FROM {dialect.Each("@list", "l")} {dialect.JoinInOrder} certificate c ON c.seq = l.value", "c.seq", plan, before);
            var listed = list is null ? [] : Hits(list, plan, exact);
            if (list is not null && plan.Match is null)
            {
                foreach (var hit in listed) yield return hit;
                yield break;
            }
            using var merged = listed.GetEnumerator();
            var waits = merged.MoveNext();
            using var command = plan.Match is null ? Command($"FROM certificate c {(plan.Index is null ? "" : dialect.By(plan.Index))}", "c.seq", plan, before)
                : Command($"FROM search s {dialect.JoinInOrder} certificate c ON c.seq = s.rowid", plan.Frequent ? "s.rowid" : dialect.RowId, plan, before);
            // What is valid is nearly always found among the newest: then the blocks are asked for only when a stretch was not enough.
            HashSet<long>? without = null;
            if (query.Status != Status.Valid && !Try(() => without = SearchIndex.Without(db, query, on))) yield break;
            var window = plan.Match is null || plan.Frequent ? plan.Window : Math.Max(SearchIndex.LeastWindow, plan.Window / dialect.FirstStretch);
            for (var high = Above(before, without); high > 0; window = Math.Min(window * 4, plan.Window))
            {
                var low = Below(high, high > window ? high - window : 0, without);
                (command.Parameters["@low"].Value, command.Parameters["@high"].Value) = (low, high);
                if (plan.Match is not null && !plan.Frequent) command.Parameters["@match"].Value = dialect.Between(plan.Match, low, high);
                foreach (var hit in Hits(command, plan, exact))
                {
                    for (; waits && merged.Current.Seq >= hit.Seq; waits = merged.MoveNext())
                        if (merged.Current.Seq > hit.Seq) yield return merged.Current;
                    yield return hit;
                }
                if (Incomplete) yield break;
                for (; waits && merged.Current.Seq >= low; waits = merged.MoveNext()) yield return merged.Current;
                if (without is null && low > 0 && !Try(() => without = SearchIndex.Without(db, query, on))) yield break;
                high = Above(low, without);
                Reached = Reached with { Before = high };
                if (high > 0 && Stopwatch.GetTimestamp() > ends)
                {
                    Incomplete = true;
                    yield break;
                }
            }
        }

        /// <summary>Where to go on below blocks that hold nothing.</summary>
        private static long Above(long high, HashSet<long>? without)
        {
            while (high > 0 && without?.Contains((high - 1) / SearchIndex.Zone) == true) high = (high - 1) / SearchIndex.Zone * SearchIndex.Zone;
            return high;
        }

        /// <summary>Where to stop above the next block that holds nothing.</summary>
        private static long Below(long high, long low, HashSet<long>? without)
        {
            if (without is null or { Count: 0 }) return low;
            for (var block = (high - 1) / SearchIndex.Zone; block * SearchIndex.Zone > low; block--)
                if (without.Contains(block - 1)) return block * SearchIndex.Zone;
            return low;
        }

        /// <summary>Runs a statement; false when it was interrupted.</summary>
        private bool Try(Action act)
        {
            try
            {
                act();
                return true;
            }
            catch (DbException stopped) when (interrupt is not null && Dialect.IsInterrupted(stopped) && Stopwatch.GetTimestamp() > ends)
            {
                Incomplete = true;
                return false;
            }
        }

        /// <summary>The rows of a statement that are hits. Only the columns that decide are read of the others.</summary>
        private IEnumerable<Hit> Hits(DbCommand command, ReadPlan plan, bool exact)
        {
            using var rows = dialect.Stream(command).GetEnumerator();
            Func<int, string?> text = column => rows.Current.IsDBNull(column) ? null : rows.Current.GetString(column);
            for (var read = false; Try(() => read = rows.MoveNext()) && read;)
            {
                Looked++;
                var row = rows.Current;
                var seq = row.GetInt64(0);
                if (Looked > LeastRows && Stopwatch.GetTimestamp() > ends)
                {
                    (Incomplete, Reached) = (true, Reached with { Before = seq + 1 });
                    yield break;
                }
                // What was found by its name or code exactly need not hold the words besides.
                if (!plan.Decides && !query.Matches(new(text)) || exact && !query.MatchesBeside(new(text))) continue;
                var hit = new Hit(seq, exact, (int)row.GetInt64(7), row.GetInt64(8), row.GetString(9), text(10), text(11));
                // Of a certificate with a history the row tells today; an earlier day is told by its statements.
                if (query.On is not null && row.GetInt64(1) != seq)
                {
                    var then = CertificateStore.AsOf(db, CertificateStore.At(db, [seq])[0], on)!;
                    hit = hit with { Status = Lifecycle.StatusOn(then, on).Word(), Level = then.Content.Level };
                    if (query.Status is { } status && hit.Status != status.Word() || query.Level is { } level && hit.Level != level) continue;
                }
                yield return hit;
            }
        }

        private DbCommand Command(string from, string seq, ReadPlan plan, long high)
        {
            var command = db.CreateCommand();
            void Add(string name, object value)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
            Add("@on", on);
            Add("@low", 0L);
            Add("@high", high);
            var where = new StringBuilder($"WHERE {seq} >= @low AND {seq} < @high");
            var listed = from.Contains("@list", StringComparison.Ordinal);
            if (listed) Add("@list", dialect.ListValue(plan.List!));
            else if (plan.Match is not null)
            {
                where.Append($" AND {dialect.Matches}");
                Add("@match", plan.Match);
            }
            if (query.Body is { } body)
            {
                where.Append(" AND c.body = (SELECT seq FROM body WHERE approval_number = @body)");
                Add("@body", body);
            }
            if (query.Categories.Length > 0)
            {
                where.Append(query.Categories is [_] ? " AND c.category = @category" : $" AND c.category {dialect.In("@category")}");
                Add("@category", query.Categories is [var only] ? only : dialect.ListValue(query.Categories));
            }
            for (var i = 0; i < query.Regions.Length; i++)
            {
                where.Append(i == 0 ? " AND (" : " OR ").Append($"c.region >= @r{i} AND c.region < @r{i} || '~'").Append(i == query.Regions.Length - 1 ? ")" : "");
                Add($"@r{i}", query.Regions[i]);
            }
            foreach (var (column, comparison, name, day) in ((string, string, string, DateOnly?)[])
                [("issued_on", ">=", "@if", query.IssuedFrom), ("issued_on", "<=", "@it", query.IssuedTo), ("expires_on", ">=", "@ef", query.ExpiresFrom), ("expires_on", "<=", "@et", query.ExpiresTo)])
                if (day is { } bound)
                {
                    where.Append($" AND c.{column} {comparison} {name}");
                    Add(name, bound);
                }
            // Status and level of an earlier day are another matter where there is a history.
            var history = query.On is null ? "" : "c.last_seq <> c.seq OR ";
            if (query.Level is { } level)
            {
                where.Append($" AND ({history}c.level = @level)");
                Add("@level", level);
            }
            if (query.Status is { } status)
            {
                where.Append($" AND ({history}{StatusOn} = @status)");
                Add("@status", status.Word());
                // What the small indexes are of.
                if (query.On is null && status == Status.Suspended) where.Append(" AND c.suspended_on IS NOT NULL");
                if (query.On is null && status is Status.Revoked or Status.Cancelled) where.Append(" AND c.ended_as = @status");
            }
            command.CommandText = $"SELECT {Seen} {from} {where} {(listed ? dialect.ListOrder : $"ORDER BY {seq} DESC")}";
            return command;
        }
    }

    private static Facets FacetsOf(DbConnection db, List<Hit> counted)
    {
        var bodies = Top(counted, hit => hit.Body);
        var body = bodies.Count == 0 ? [] : db.Rows($"SELECT seq, approval_number, name, name_en FROM body WHERE seq {Dialect.Of(db).In("@seqs")}",
            row => (Seq: row.GetInt64(0), Number: row.GetString(1), Name: row.GetString(2), NameEn: row.IsDBNull(3) ? null : row.GetString(3)), Dialect.Of(db).ListValue(bodies.Select(b => b.Key))).ToDictionary(b => b.Seq);
        return new(
            Named(Top(counted, hit => hit.Status), word => (word, Statuses.Parse(word)!.Value.Name())),
            Named(Top(counted, hit => hit.Level), code => (code, levels[code])),
            Named(Top(counted, hit => hit.Category), no => (no.ToString(CultureInfo.InvariantCulture), Catalogue.CategoryOf(no)!.Shown)),
            Named(Top(counted, hit => Catalogue.CategoryOf(hit.Category)!.Group), group => (group, Catalogue.GroupName(group))),
            Named(Top(counted, hit => hit.Region?[..2]), province => (province + "0000", Catalogue.RegionName(province + "0000") is var name ? new(name, name) : null!)),
            Named(bodies, seq => (body[seq].Number, new(body[seq].Name, body[seq].NameEn ?? body[seq].Name))));
    }

    private static readonly Dictionary<string, Text> levels = Catalogue.Schemes.SelectMany(scheme => scheme.Levels).DistinctBy(level => level.Code).ToDictionary(level => level.Code, level => level.Name);

    /// <summary>The most frequent values with their numbers; of equally frequent ones texts in their order, others as they came.</summary>
    private static List<KeyValuePair<T, int>> Top<T>(List<Hit> counted, Func<Hit, T?> value) where T : notnull
    {
        var numbers = new Dictionary<T, int>();
        foreach (var hit in counted)
            if (value(hit) is { } of) CollectionsMarshal.GetValueRefOrAddDefault(numbers, of, out _)++;
        return [.. numbers.OrderByDescending(v => v.Value).ThenBy(v => v.Key as string, StringComparer.Ordinal).Take(FacetValues)];
    }

    private static FacetValue[] Named<T>(List<KeyValuePair<T, int>> values, Func<T, (string Value, Text Name)> name) => [.. values.Select(v => name(v.Key) is var named ? new FacetValue(named.Value, named.Name.Zh, named.Name.En, v.Value) : null!)];
}
