using System.Data.Common;
using Dapper;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>
/// What to read for a query, newest first: an expression of the text index, a list of rows, an index of the table, or the table itself.
/// Whatever it leads to is a superset of the hits; the row decides.
/// </summary>
/// <param name="Match">Expression of the text index (<see cref="Dialect.Matches"/>); null for none.</param>
/// <param name="List">Log indexes, descending, to read beside or instead; null for none.</param>
/// <param name="Index">Index of the table to read where there is neither.</param>
/// <param name="Window">How many log indexes to read at a stretch, so that none takes long.</param>
/// <param name="Decides">The expression tells the hits of the text exactly: no row needs to be checked for it.</param>
public sealed record ReadPlan(string? Match, long[]? List, string? Index, long Window, bool Decides)
{
    /// <summary>One row in fifty or more has what the expression asks for: the newest rows hold some, whether or not an index leads to them.</summary>
    public bool Frequent { get; init; }

    public static readonly ReadPlan Nothing = new(null, [], null, long.MaxValue, false);
}

/// <summary>SQL of the text index: what is written with each certificate, how often a term occurs, and what to read for a query.</summary>
public static class SearchIndex
{
    /// <summary>Terms are counted over one entry of the log in so many.</summary>
    private const int Sample = 64;
    /// <summary>Rows that are cheaper to check one by one than to look up anything for.</summary>
    private const int Few = 200;
    /// <summary>What it costs in SQLite, in microseconds: to find a term, to go past one row in its list, to read a row and check it.</summary>
    private const double Finding = 25, Passing = 0.03, Checking = 2.5;
    /// <summary>Of rows with some characters of a word, how many have the others too, at the least: neighbours are seldom met apart.</summary>
    private const double Together = 0.7;
    /// <summary>Longest list of rows: beyond it the rows are so frequent that the newest of the table hold some.</summary>
    private const int MaxList = 10_000;
    /// <summary>A beginning of terms is merged as a whole before the first row comes: not where it is more frequent than this.</summary>
    private const int MaxBeginning = 20_000;
    private const int MaxPairs = 64, MaxTerms = 5;
    /// <summary>Rows of a stretch: about ten milliseconds of checking.</summary>
    private const int Stretch = 8000;
    /// <summary>Log indexes of the shortest stretch.</summary>
    public const int LeastWindow = 4096;

    /// <summary>Log indexes of a block whose dates are noted.</summary>
    public const int Zone = 8192;

    /// <summary>Sorts behind every text that begins with what stands before it.</summary>
    public const string Last = "\U0010FFFF";

    // ---- writing

    public static void Add(Transaction transaction, long seq, IReadOnlyCollection<string> terms, string holderKey)
    {
        var dialect = transaction.Dialect;
        transaction.Run(dialect.AddTerms, seq, string.Join(' ', terms));
        if (seq % Sample == 0)
        {
            CountTo(transaction, seq);
            transaction.Connection.Execute($"INSERT INTO term_sample (term, n) SELECT t.value, 1 FROM {dialect.Each("@terms", "t")} WHERE true ON CONFLICT (term) DO UPDATE SET n = term_sample.n + 1",
                new { terms = dialect.List(Counted(terms)) });
        }
        for (var i = 0; i + 1 < holderKey.Length; i++)
            if (transaction.Memory.IsNew(holderKey[i], holderKey[i + 1]))
                foreach (var (syllables, pair) in Terms.Spellings(holderKey.Substring(i, 2))) transaction.Run("INSERT INTO spelling (syllables, pair) VALUES (@syllables, @pair) ON CONFLICT DO NOTHING", syllables, pair);
    }

    /// <summary>Makes the terms of a certificate anew, those of the names that its holder bore on other days among them.</summary>
    public static void Replace(Transaction transaction, long seq, string body, CertificateContent old, string[] oldNames, CertificateContent content, string[] names)
    {
        var db = transaction.Connection;
        var dialect = Dialect.Of(db);
        db.Execute(dialect.RemoveTerms, new { seq, terms = string.Join(' ', Terms.Of(body, old, oldNames)) });
        Add(transaction, seq, Terms.Of(body, content, names), Terms.Fold(content.Holder.Name));
        db.Execute($"""
            UPDATE zone SET issued_from = {dialect.Least}(issued_from, @IssuedOn), issued_to = {dialect.Greatest}(issued_to, @IssuedOn),
              expires_from = {dialect.Least}(expires_from, @ExpiresOn), expires_to = {dialect.Greatest}(expires_to, @ExpiresOn)
            WHERE block = @seq / {Zone}
            """, new { seq, content.IssuedOn, content.ExpiresOn });
    }

    /// <summary>Counts the certificates up to a log index and notes their dates. What came after is looked at row by row.</summary>
    private static void CountTo(Transaction transaction, long seq)
    {
        var db = transaction.Connection;
        var upto = db.ExecuteScalar<long?>("SELECT upto FROM coverage");
        if (upto >= seq) return;
        var (least, greatest) = (Dialect.Of(db).Least, Dialect.Of(db).Greatest);
        db.Execute($"""
            INSERT INTO zone (block, issued_from, issued_to, expires_from, expires_to)
            SELECT seq / {Zone}, min(issued_on), max(issued_on), min(expires_on), max(expires_on) FROM certificate WHERE seq > @from AND seq <= @seq GROUP BY 1
            ON CONFLICT (block) DO UPDATE SET issued_from = {least}(zone.issued_from, excluded.issued_from), issued_to = {greatest}(zone.issued_to, excluded.issued_to),
              expires_from = {least}(zone.expires_from, excluded.expires_from), expires_to = {greatest}(zone.expires_to, excluded.expires_to)
            """, new { from = upto ?? -1, seq });
        db.Execute(upto is null ? "INSERT INTO coverage (upto, certificates) SELECT @seq, count(*) FROM certificate WHERE seq <= @seq"
            : "UPDATE coverage SET certificates = certificates + (SELECT count(*) FROM certificate WHERE seq > @upto AND seq <= @seq), upto = @seq", new { upto, seq });
        ReferenceStore.CountTo(transaction, seq);
    }

    /// <summary>The blocks (<see cref="Zone"/>) that hold nothing of the days a query asks for; none where it asks for no days.</summary>
    public static HashSet<long> Without(DbConnection db, SearchQuery query, DateOnly on)
    {
        // A corrected certificate may have had other dates on an earlier day.
        var today = query.On is null;
        var (from, to) = (query.ExpiresFrom, query.ExpiresTo);
        if (today && query.Status == Status.Expired) to = to < on.AddDays(-1) ? to : on.AddDays(-1);
        if (today && query.Status is Status.Valid or Status.Suspended) from = from > on ? from : on;
        var issuedFrom = today && query.Status == Status.NotYetValid && !(query.IssuedFrom > on) ? on.AddDays(1) : query.IssuedFrom;
        if ((from ?? to ?? issuedFrom ?? query.IssuedTo) is null) return [];
        // A block that CountTo has not finished may hold more than is noted.
        return [.. db.Query<long>($"""
            SELECT block FROM zone WHERE (expires_to < @from OR expires_from > @to OR issued_to < @issuedFrom OR issued_from > @issuedTo) AND block < (SELECT upto FROM coverage) / {Zone}
            """, new { from, to, issuedFrom, issuedTo = query.IssuedTo })];
    }

    public static void Clear(DbConnection db) => db.Execute($"{Dialect.Of(db).ClearTerms}; DELETE FROM term_sample; DELETE FROM spelling; DELETE FROM coverage; DELETE FROM zone;");

    /// <summary>Of the index of SQLite.</summary>
    public static long Segments(DbConnection db) => db.ExecuteScalar<long>("SELECT count(DISTINCT segid) FROM search_idx");

    /// <summary>Goes on merging the index of SQLite into one segment, about so many pages; false when there is nothing left to merge.</summary>
    public static bool Merge(DbConnection db, int pages)
    {
        const string Changes = "SELECT total_changes()";
        var before = db.ExecuteScalar<long>(Changes);
        db.Execute("INSERT INTO search (search, rank) VALUES ('merge', @pages)", new { pages = -pages });
        return db.ExecuteScalar<long>(Changes) - before >= 2;
    }

    public static IEnumerable<string> Counted(IReadOnlyCollection<string> terms) => terms.Concat(terms.SelectMany(Beginnings).Distinct());

    /// <summary>What a short query may ask for: one ideograph, one or two letters.</summary>
    private static IEnumerable<string> Beginnings(string term) =>
        Terms.IsText(term) ? Enumerable.Range(1, Terms.IsWide(term[0]) ? 1 : Math.Min(2, term.Length)).Select(n => Terms.Whole(term[..n]) + "*") : [];

    // ---- reading

    /// <summary>A part of a query as the index can be asked for it, and about how many rows that gives.</summary>
    private sealed record Part(string Match, double Rows, bool Whole = false)
    {
        public static readonly Part Empty = new("", 0);

        /// <summary>What it is made of where all of it must be there; null where it is one.</summary>
        private Part[]? Terms { get; init; }

        /// <summary>Rows that have every part; null when none can be read. The rarest is read, and of the others whatever costs less than the
        /// rows it saves from being checked.</summary>
        public static Part? AllOf(Dialect dialect, double newest, IEnumerable<Part?> parts)
        {
            var all = parts.ToArray();
            if (all.Contains(Empty)) return Empty;
            var terms = all.OfType<Part>().SelectMany((part, of) => (part.Terms ?? [part]).Select(term => (Term: term, Of: of))).OrderBy(term => term.Term.Rows).ToArray();
            if (terms.Length == 0) return null;
            var (read, left) = (terms[..1].ToList(), terms[0].Term.Rows);
            foreach (var next in terms.Skip(1))
            {
                var stay = Math.Min(1, next.Term.Rows / newest);
                if (read.Any(term => term.Of == next.Of)) stay = Math.Max(stay, Together);
                if (read.Count == MaxTerms || Finding + next.Term.Rows * Passing > left * (1 - stay) * Checking) continue;
                read.Add(next);
                left *= stay;
            }
            var made = read is [var one] ? one.Term with { Whole = one.Term.Whole && all.Length == 1 } : new($"({string.Join(dialect.And, read.Select(term => term.Term.Match))})", terms[0].Term.Rows);
            return made with { Terms = terms.Length == 1 ? null : [.. terms.Select(term => term.Term)] };
        }

        /// <summary>Rows that have any part; null when one of them cannot be read.</summary>
        public static Part? AnyOf(Dialect dialect, IEnumerable<Part?> parts)
        {
            var all = parts.Where(part => part != Empty).ToArray();
            return all.Contains(null) ? null : all.Length == 0 ? Empty : all is [{ } one] ? one : new($"({string.Join(dialect.Or, all.Select(part => part!.Match))})", all.Sum(part => part!.Rows));
        }
    }

    /// <summary>Log index of the newest certificate; -1 when there is none.</summary>
    public static long Newest(DbConnection db) => db.Rows("SELECT seq FROM certificate ORDER BY seq DESC LIMIT 1", row => row.GetInt64(0)) is [var newest] ? newest : -1;

    /// <summary>What to read for a query, where <c>newest</c> is the log index of the newest certificate: about how many there are.</summary>
    public static ReadPlan Plan(DbConnection db, SearchQuery query, long newest)
    {
        if (query.Nothing || query.Categories is [-1]) return ReadPlan.Nothing;
        if (query.NumberKey is not null || query.Uscc is not null || query.OrganisationCode is not null)
            return new(null, [.. db.Query<long>($"""
                SELECT seq FROM certificate WHERE {(query.NumberKey is not null ? $"{CertificateStore.Stripped} = @stripped AND number_key = @NumberKey" : query.Uscc is not null ? "uscc = @Uscc" : "substr(uscc, 9, 9) = @OrganisationCode AND uscc IS NOT NULL")} ORDER BY seq DESC
                """, new { query.NumberKey, stripped = Terms.Stripped(query.NumberKey ?? ""), query.Uscc, query.OrganisationCode })], null, long.MaxValue, false);

        var words = (Word[])[.. query.Words, .. query.HolderWords, .. query.ScopeWords];
        string[][] filters =
        [
            [.. query.Categories.Select(Terms.OfCategory)], [.. query.Regions.Select(Terms.OfRegion)],
            query.Level is { } level && query.On is null ? [Terms.OfLevel(level)] : [], query.Body is { } body ? [Terms.OfBody(body)] : [],
        ];
        var dialect = Dialect.Of(db);
        var counts = Counts(db, words.SelectMany(TermsOf).Concat(filters.SelectMany(terms => terms)));

        // What each word can be read by. The beginning of a number or code is a list of rows beside it, where the list is short.
        var parts = words.Select((word, i) =>
        {
            var codes = i < query.Words.Length && word.Code is { } code ? WithCode(db, code) : [];
            return (Part: codes is null ? null : InIndex(db, word, counts, newest, spelled: i < query.Words.Length + query.HolderWords.Length), List: codes ?? []);
        }).Concat(filters.Where(terms => terms.Length > 0).Select(terms => (Part: Part.AnyOf(dialect, terms.Select(term => One(dialect, term, counts))), List: Array.Empty<long>()))).ToArray();
        if (parts.Any(part => part.Part == Part.Empty && part.List.Length == 0)) return ReadPlan.Nothing;

        var readable = parts.Where(part => part.Part is not null).OrderBy(part => part.Part!.Rows + part.List.Length).ToArray();
        var fewest = readable.Length > 0 ? readable[0].Part!.Rows + readable[0].List.Length : double.MaxValue;
        // Few are suspended or ended, today, and have an index of the table; of an earlier day only the statements tell.
        var index = query.On is null ? query.Status switch { Status.Suspended => "certificate_suspended", Status.Revoked or Status.Cancelled => "certificate_ended", _ => null } : null;
        if (index is not null && fewest > newest * 0.03) return new(null, null, index, Math.Max(4096, newest / 16), false);
        // What every third row has is not worth reading the index for.
        if (fewest > newest * 0.3 && fewest > Few) return new(null, null, null, Stretch * 2, false);

        var together = readable[0].Part == Part.Empty ? null : Part.AllOf(dialect, newest, [readable[0].Part, .. readable.Skip(1).Where(part => part.List.Length == 0).Select(part => part.Part)]);
        var decides = words is [var only] && query.Words.Length == 1 && parts[0] is { Part.Whole: true, List.Length: 0 } && together?.Match.Contains(parts[0].Part!.Match, StringComparison.Ordinal) == true;
        return new(together?.Match, readable[0].List is { Length: > 0 } list ? list : null, null, together is null ? long.MaxValue : (long)Math.Min(1e15, Math.Max(LeastWindow, newest * (double)Stretch / together.Rows)), decides) { Frequent = together?.Rows * 50 > newest };
    }

    private static IEnumerable<string> TermsOf(Word word) => Terms.Asked(word.Text).Select(asked => asked.Prefix ? asked.Term + "*" : asked.Term)
        .Concat(InitialsOf(word)).Concat(word.Spellings is [[var syllable], ..] ? Beginning(syllable) : []);

    private static IEnumerable<string> InitialsOf(Word word) => word.IsInitials ? Enumerable.Range(0, word.Text.Length - 1).Select(i => Terms.OfInitials(word.Text[i], word.Text[i + 1])).Distinct() : [];

    private static IEnumerable<string> Beginning(string syllable) => Characters.Of(syllable).Select(c => c + "*");

    /// <summary>Everything a word may mean, together; null when a part of it cannot be read.</summary>
    private static Part? InIndex(DbConnection db, Word word, Dictionary<string, double> counts, long newest, bool spelled)
    {
        var dialect = Dialect.Of(db);
        var meanings = new List<Part?> { Part.AllOf(dialect, newest, Terms.Asked(word.Text).Select(asked => One(dialect, asked.Prefix ? asked.Term + "*" : asked.Term, counts))) };
        if (spelled && word.IsInitials) meanings.Add(Part.AllOf(dialect, newest, InitialsOf(word).Select(term => One(dialect, term, counts))));
        if (spelled)
            foreach (var syllables in word.Spellings)
                meanings.Add(syllables is [var syllable] ? Characters.Of(syllable).Length > MaxPairs ? null : Part.AnyOf(dialect, Beginning(syllable).Select(term => One(dialect, term, counts)))
                    : Part.AllOf(dialect, newest, Enumerable.Range(0, syllables.Length - 1).Select(i => Spelled(db, syllables[i], syllables[i + 1], i + 2 == syllables.Length))));
        return Part.AnyOf(dialect, meanings);
    }

    private static Part? One(Dialect dialect, string term, Dictionary<string, double> counts)
    {
        var rows = counts.GetValueOrDefault(term, Sample / 2);
        return term[^1] != '*' ? new(dialect.Term(term, beginning: false), rows, Whole: true) : rows > MaxBeginning ? null : new(dialect.Term(term[..^1], beginning: true), rows, Whole: true);
    }

    /// <summary>Pairs of characters spelled so; null when there are too many to read.</summary>
    private static Part? Spelled(DbConnection db, string first, string second, bool last)
    {
        var (key, dialect) = ($"{first} {second}", Dialect.Of(db));
        var pairs = db.Query<(string Pair, long? N)>($"""
            SELECT DISTINCT s.pair, t.n FROM spelling s LEFT JOIN term_sample t ON t.term = s.pair
            WHERE s.syllables >= @key AND s.syllables {(last && Word.IsBeginning(second) ? "< @key || '~'" : "<= @key")} LIMIT {MaxPairs + 1}
            """, new { key }).AsList();
        return pairs.Count > MaxPairs ? null : Part.AnyOf(dialect, pairs.Select(pair => new Part(dialect.Term(pair.Pair, beginning: false), pair.N * Sample ?? Sample / 2)));
    }

    private static Dictionary<string, double> Counts(DbConnection db, IEnumerable<string> terms) =>
        db.Rows($"SELECT term, n FROM term_sample WHERE term {Dialect.Of(db).In("@terms")}", row => (Term: row.GetString(0), N: row.GetInt64(1)), Dialect.Of(db).ListValue(terms.Distinct()))
            .ToDictionary(row => row.Term, row => (double)row.N * Sample);

    /// <summary>Rows with a number, credit code or organisation code that begins so; null when there are too many to list.</summary>
    private static long[]? WithCode(DbConnection db, string code)
    {
        if (code.Length < 3) return null;
        var found = new SortedSet<long>();
        foreach (var column in (string[])[CertificateStore.Stripped, "uscc", "substr(uscc, 9, 9)"])
        {
            found.UnionWith(db.Query<long>($"SELECT seq FROM certificate WHERE {column} >= @code AND {column} < @end {(column == CertificateStore.Stripped ? "" : "AND uscc IS NOT NULL")} LIMIT @limit", new { code, end = code + Last, limit = MaxList + 1 }));
            if (found.Count > MaxList) return null;
        }
        return [.. found.Reverse()];
    }

    /// <summary>Rows that bear exactly what was typed as the holder's name, number, credit code, organisation code or id, or as the code of
    /// a mark: newest first. None where they are so many that they are no better than the others.</summary>
    public static long[] Exactly(DbConnection db, string typed)
    {
        // An item's code leads to the certificate of its mark.
        var (name, number, id) = (Terms.Fold(typed), CertificateNumber.Normalise(typed), Marks.ItemCode.Parse(typed)?.Mark);
        if (name.Length == 0) return [];
        var simplified = Characters.Simplify(name);
        var (ways, values) = (new List<string>(4), new List<object?>(6));
        void Way(string text, params ReadOnlySpan<object?> asked)
        {
            ways.Add(text);
            values.AddRange(asked);
        }
        if (simplified == name) Way("SELECT seq FROM certificate WHERE holder_key = @name UNION SELECT certificate FROM holder_name WHERE name_key = @name", name);
        else Way("SELECT seq FROM certificate WHERE holder_key IN (@name, @simplified) UNION SELECT certificate FROM holder_name WHERE name_key IN (@name, @simplified)", name, simplified);
        // A number holds a digit.
        if (number is not null && number.Any(char.IsDigit)) Way($"SELECT seq FROM certificate WHERE {CertificateStore.Stripped} = @stripped", Terms.Stripped(number));
        if (number is { Length: SocialCreditCode.Length }) Way("SELECT seq FROM certificate WHERE uscc = @uscc", number);
        if (number is { Length: 9 }) Way("SELECT seq FROM certificate WHERE substr(uscc, 9, 9) = @organisation AND uscc IS NOT NULL", number);
        if (id is not null) Way("SELECT seq FROM certificate WHERE id = @id UNION SELECT certificate FROM mark WHERE code = @id", id);
        var found = db.Rows($"{string.Join(" UNION ", ways)} LIMIT {MaxList + 1}", row => row.GetInt64(0), [.. values]);
        return found.Count > MaxList ? [] : [.. found.OrderDescending()];
    }
}
