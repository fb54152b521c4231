using System.Buffers.Text;
using System.Data.Common;
using System.Text.Json;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>What a query asks of the index, and whether that decides it.</summary>
public sealed class SearchPlan
{
    /// <summary>Rows that bear exactly what was typed, at the most: beyond it they are no better than the others.</summary>
    private const int MaxExactly = 10_000;
    /// <summary>Certificates whose number or code begins so that are listed; where there are more, they are what begins as its first
    /// characters do.</summary>
    private const int MaxListed = 100_000;

    /// <summary>Certificates whose text may hold a word that are read before anything is looked for.</summary>
    private const int MaxRead = 100;

    private readonly DbConnection db;
    private readonly IndexView view;

    public SearchPlan(DbConnection db, IndexView view, SearchQuery query)
    {
        (this.db, this.view, Query) = (db, view, query);
        var filters = new List<Condition>();
        if (query.NumberKey is { } number) filters.Add(Among(ofNumber, CertificateNumber.Stripped(number), number));
        if (query.Uscc is { } uscc) filters.Add(Among(OfUscc, uscc));
        if (query.OrganisationCode is { } code) filters.Add(Among(OfOrganisation, code));
        if (query.Body is { } body) filters.Add(Of(body));
        if (query.Categories.Length > 0) filters.Add(Condition.AnyOf([.. query.Categories.Select(no => view.Has(Terms.OfCategory(no)))]));
        if (query.Regions.Length > 0) filters.Add(Condition.AnyOf([.. query.Regions.Select(region => view.Has(Terms.OfRegion(region)))]));
        // Of an earlier day the facts tell the level.
        if (query.Level is { } level && query.On is null) filters.Add(view.Has(Terms.OfLevel(level)));
        filters.AddRange(query.HolderWords.Select(word => Meaning(word, code: false, spelled: true)));
        filters.AddRange(query.ScopeWords.Select(word => Meaning(word, code: false, spelled: false)));
        Filters = filters.Count == 0 ? null : Condition.AllOf(filters);
        Decides = query.HolderWords.Length + query.ScopeWords.Length == 0;
        Words = query.Words.Length == 0 ? null : Condition.AllOf([.. query.Words.Select(word => Meaning(word, code: true, spelled: true))]);
    }

    private const string
        OfUscc = "SELECT seq FROM certificate WHERE uscc = @uscc",
        OfOrganisation = "SELECT seq FROM certificate WHERE substr(uscc, 9, 9) = @organisation AND uscc IS NOT NULL",
        Bearing = "SELECT seq FROM certificate WHERE holder_key",
        Borne = "SELECT certificate FROM holder_name WHERE name_key";

    private static readonly string
        ofStripped = $"SELECT seq FROM certificate WHERE {CertificateStore.Stripped} = @stripped",
        ofNumber = $"{ofStripped} AND number_key = @number";

    /// <summary>Is one of those that a statement tells.</summary>
    private Condition Among(string sql, params ReadOnlySpan<object?> values) => view.Among(db.Rows(sql, row => row.GetInt64(0), values));

    /// <summary>Is of a body by its approval number.</summary>
    private Condition Of(string body)
    {
        var admitted = db.Ask<long?>("SELECT seq FROM body WHERE approval_number = @body", row => row.GetInt64(0), body);
        return admitted is { } seq ? view.Has(Terms.OfBody(seq)) : Condition.Nothing;
    }

    private SearchQuery Query { get; }

    public Condition? Filters { get; }

    public Condition? Words { get; }

    /// <summary>What fulfils the conditions is a hit; else the row has to be read.</summary>
    public bool Decides { get; private set; }

    public FactFilter FilterOn(AskedDay day) => new(day)
    {
        Status = Query.Status,
        Level = Query.On is not null && Query.Level is { } level ? Catalogue.Schemes.NumberOf(level) : null,
        Issued = Bounds(Query.IssuedFrom, Query.IssuedTo),
        Expires = Bounds(Query.ExpiresFrom, Query.ExpiresTo),
    };

    private static (ushort, ushort)? Bounds(DateOnly? from, DateOnly? to)
    {
        if (from is null && to is null) return null;
        return (Facts.NumberOf(from ?? DateOnly.MinValue), Facts.NumberOf(to ?? DateOnly.MaxValue));
    }

    /// <summary>Everything a word may mean, together.</summary>
    private Condition Meaning(Word word, bool code, bool spelled)
    {
        var asked = Terms.Asked(word.Text);
        var text = Condition.AllOf([.. asked.Select(term => view.Having(term.From, term.To))]);
        // Terms can meet without standing side by side; one alone cannot.
        var isNumber = code && word is { Code.Length: > Terms.MaxBeginning, Spellings.Length: 0, IsInitials: false };
        if (asked.Count > 1 && isNumber && Standing(word, text) is { } few) text = few;
        else Decides &= asked.Count == 1;
        var meanings = new List<Condition> { text };
        if (spelled && word.IsInitials)
        {
            Decides &= word.Text.Length == 2;
            var pairs = Enumerable.Range(0, word.Text.Length - 1).Select(i => Terms.OfInitials(word.Text[i], word.Text[i + 1]));
            meanings.Add(Condition.AllOf([.. pairs.Distinct().Select(view.Has)]));
        }
        if (spelled) meanings.AddRange(word.Spellings.Select(Spelled));
        if (code && word.Code is { } beginning) meanings.Add(WithCode(beginning));
        return Condition.AnyOf(meanings);
    }

    /// <summary>Whose text holds a word, where few may: their rows are read at once. What a longer beginning of a number finds is listed,
    /// and it is these few alone that the index could not decide.</summary>
    /// <param name="word">The word.</param>
    /// <param name="text">Has all its terms.</param>
    /// <returns>Null where they are many.</returns>
    private Condition? Standing(Word word, Condition text)
    {
        if (text.Rows > MaxRead) return null;
        var some = new List<long>();
        foreach (var tile in view.NewestFirst())
        {
            using var found = view.Evaluate(text, tile);
            if (some.Count + found.Count > MaxRead) return null;
            some.AddRange(found.NewestFirst().Select(view.SeqOf));
        }
        var read = Texts(db, [.. some], (_, row) => row.InHolder(word) || row.InScope(word));
        return view.Among([.. read.Where(row => row.Hit).Select(row => row.Seq)]);
    }

    private Condition Spelled(string[] syllables)
    {
        Decides &= syllables.Length == 1;
        var terms = new HashSet<long>();
        for (var i = 0; i < syllables.Length; i++)
        {
            if (i == 0 || i < syllables.Length - 1 || !Word.IsBeginning(syllables[i])) terms.Add(Terms.OfSyllable(syllables[i]));
            if (i > 0) terms.Add(Terms.OfInitials(syllables[i - 1][0], syllables[i][0]));
        }
        return Condition.AllOf([.. terms.Select(view.Has)]);
    }

    /// <summary>A number, credit code or organisation code begins so.</summary>
    private Condition WithCode(string code)
    {
        if (Terms.OfBeginning(code) is { Length: > 0 } terms) return Condition.AnyOf([.. terms.Select(view.Has)]);
        Condition[] coarse = [.. Terms.OfBeginning(code[..Terms.MaxBeginning]).Select(view.Has)];
        if (Listed(code) is { } listed)
            // A number that begins with a sign is listed, too, but has no such term.
            return Condition.AnyOf([.. listed.Zip(coarse, (some, one) => Condition.AllOf(view.Among(some), one))]);
        Decides = false;
        return Condition.AnyOf(coarse);
    }

    /// <summary>Log indexes of those whose number, credit code and organisation code begin so, without signs; null where they are more than
    /// are listed.</summary>
    private List<long>[]? Listed(string code)
    {
        var (end, lists, many) = (code + SearchIndex.Last, new List<long>[beginnings.Length], 0);
        for (var kind = 0; kind < beginnings.Length; many += lists[kind++].Count)
            if (many + (lists[kind] = ListOf(kind, code, end, MaxListed + 1 - many)).Count > MaxListed) return null;
        return lists;
    }

    /// <summary>As one text: a row of its own for each takes twice as long.</summary>
    private List<long> ListOf(int kind, string code, string end, int most)
    {
        var seqs = new List<long>();
        db.Bytes($"SELECT group_concat(seq) FROM (SELECT seq {beginnings[kind]} LIMIT @most)", Read, code, end, most);
        return seqs;

        void Read(ReadOnlySpan<byte> text)
        {
            for (var at = 0; at < text.Length; at++) // over a comma
            {
                Utf8Parser.TryParse(text[at..], out long seq, out var digits);
                seqs.Add(seq);
                at += digits;
            }
        }
    }

    private static readonly string[] beginnings =
    [
        $"FROM certificate WHERE {Between(CertificateStore.Stripped)}",
        $"FROM certificate WHERE {Between("uscc")} AND uscc IS NOT NULL",
        $"FROM certificate WHERE {Between("substr(uscc, 9, 9)")} AND uscc IS NOT NULL",
    ];

    private static string Between(string column) => $"{column} >= @code AND {column} < @end";

    // ---- rows

    /// <summary>The names of those whose name changed, in lines.</summary>
    private const string Names =
        "CASE WHEN c.last_seq <> c.seq THEN (SELECT group_concat(n.name, char(10)) FROM holder_name n WHERE n.certificate = c.seq) END";

    /// <summary>Decides rows by their texts.</summary>
    public static List<(long Seq, bool Hit)> Texts(DbConnection db, long[] seqs, Func<long, RowText, bool> decide)
    {
        return db.Rows($"""
            SELECT c.seq, c.last_seq, c.holder_key, c.holder_name_en, c.scope, c.number_key, c.uscc, {Names}
            FROM certificate c WHERE c.seq IN (SELECT value FROM json_each(@seqs))
            """, Read, JsonSerializer.Serialize(seqs));

        (long, bool) Read(DbDataReader row) =>
            (row.GetInt64(0), decide(row.GetInt64(0), new(column => row.IsDBNull(column) ? null : row.GetString(column))));
    }

    /// <summary>Rows that bear exactly what was typed as the holder's name, number, credit code, organisation code or id, or as the code of
    /// a mark: newest first. None where they are so many that they are no better than the others.</summary>
    public static long[] Exactly(DbConnection db, string typed)
    {
        // An item's code leads to the certificate of its mark.
        var (name, number, id) = (PlainText.Fold(typed), CertificateNumber.Normalise(typed), ItemCode.Parse(typed)?.Mark);
        if (name.Length == 0) return [];
        var simplified = Characters.Simplify(name);
        var (ways, values) = (new List<string>(4), new List<object?>(6));
        void Way(string text, params ReadOnlySpan<object?> asked)
        {
            ways.Add(text);
            values.AddRange(asked);
        }
        if (simplified == name) Way($"{Bearing} = @name UNION {Borne} = @name", name);
        else Way($"{Bearing} IN (@name, @simplified) UNION {Borne} IN (@name, @simplified)", name, simplified);
        // A number holds a digit.
        if (number is not null && number.Any(char.IsDigit)) Way(ofStripped, CertificateNumber.Stripped(number));
        if (number is { Length: SocialCreditCode.Length }) Way(OfUscc, number);
        if (number is { Length: SocialCreditCode.OrganisationLength }) Way(OfOrganisation, number);
        if (id is not null) Way("SELECT seq FROM certificate WHERE id = @id UNION SELECT certificate FROM mark WHERE code = @id", id);
        var found = db.Rows($"{string.Join(" UNION ", ways)} LIMIT {MaxExactly + 1}", row => row.GetInt64(0), [.. values]);
        return found.Count > MaxExactly ? [] : [.. found.OrderDescending()];
    }
}
