using System.Data.Common;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>A holder's name to choose while typing.</summary>
public sealed record Suggestion(string Name, string? NameEn);

/// <summary>At most ten names: those that begin with what is typed, then the holders of the newest certificates whose name holds it or is
/// spelled so.</summary>
public sealed record Suggestions(Suggestion[] Items)
{
    /// <summary>True when there was no time to look everywhere; left out otherwise.</summary>
    public bool? Incomplete { get; init; }
}

/// <summary>SQL of suggestions while typing.</summary>
public static class HolderSearch
{
    private const int Most = 10, Newest = 60;
    /// <summary>Whoever types does not wait.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(5);

    /// <param name="db">A reading connection.</param>
    /// <param name="index">What readers share.</param>
    /// <param name="query">What is typed, as q.</param>
    /// <param name="today">The day.</param>
    /// <param name="limit">How long it may take; <see cref="Limit"/> when left out.</param>
    public static Suggestions Of(DbConnection db, IndexReader index, SearchQuery query, DateOnly today, TimeSpan? limit = null)
    {
        var found = new Dictionary<string, Suggestion>();
        if (query.Typed is not { } typed || query.Words.Length == 0) return new([]);
        var name = PlainText.Fold(typed);
        foreach (var beginning in (string[])[.. ((string[])[name, Characters.Simplify(name)]).Distinct()])
            for (var after = ""; found.Count < Most;)
            {
                // The next other name: a holder may have thousands of certificates.
                var next = db.Ask(Next, Named, beginning, beginning + SearchIndex.Last, after);
                if (next.Key is null) break;
                found.TryAdd(after = next.Key, next.Suggestion);
            }
        if (found.Count >= Most) return new([.. found.Values]);

        var (newest, rest) = CertificateSearch.Page(db, index, new() { HolderWords = query.Words, Limit = Newest }, today, limit ?? Limit);
        foreach (var (key, suggestion) in db.Rows(Names, Named, Sqlite.List(newest)))
            if (found.Count < Most) found.TryAdd(key, suggestion);
        return new([.. found.Values]) { Incomplete = rest is not null && newest.Count < Newest && found.Count < Most ? true : null };
    }

    private const string
        Next = """
            SELECT holder_key, holder_name, holder_name_en FROM certificate
            WHERE holder_key >= @beginning AND holder_key < @end AND holder_key > @after ORDER BY holder_key, seq LIMIT 1
            """,
        Names = """
            SELECT holder_key, holder_name, holder_name_en FROM certificate
            WHERE seq IN (SELECT value FROM json_each(@seqs)) ORDER BY seq DESC
            """;

    private static (string Key, Suggestion Suggestion) Named(DbDataReader row) =>
        (row.GetString(0), new(row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)));
}
