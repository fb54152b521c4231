using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>SQL of the text index.</summary>
public static class SearchIndex
{
    public static void Add(DbConnection db, long seq, CertificateContent content) =>
        db.Execute("INSERT INTO search (rowid, terms) VALUES (@seq, @terms)", new { seq, terms = TermsOf(content) });

    public static void Replace(DbConnection db, long seq, CertificateContent content)
    {
        db.Execute("DELETE FROM search WHERE rowid = @seq", new { seq });
        Add(db, seq, content);
    }

    public static void Clear(DbConnection db) => db.Execute("DELETE FROM search");

    /// <summary>The index's query for folded words, all of which must occur; a word of <paramref name="anywhere"/> may also begin a code.
    /// Null when there are none. Terms hold letters and digits only and are quoted, so nothing anybody types is read as syntax.</summary>
    public static string? Match(string[] anywhere, string[] inText)
    {
        static string InText(string word) => string.Join(" AND ", Terms.Asked(word).Select(term => Quote(term.Term, term.Prefix)));
        string[] parts = [.. anywhere.Select(word => $"(({InText(word)}) OR {Quote(Terms.CodeMark + word, prefix: true)})"), .. inText.Select(word => $"({InText(word)})")];
        return parts.Length == 0 ? null : string.Join(" AND ", parts);
    }

    private static string Quote(string term, bool prefix) => $"\"{term}\"{(prefix ? "*" : "")}";

    private static string TermsOf(CertificateContent content)
    {
        var terms = new HashSet<string>();
        foreach (var text in (string?[])[content.Holder.Name, content.Holder.NameEn, content.Scope])
            if (text is not null) terms.UnionWith(Terms.Of(Terms.Fold(text)));
        terms.Add(Terms.CodeMark + Terms.Fold(content.Number));
        if (content.Holder.Uscc is { } uscc)
        {
            terms.Add(Terms.CodeMark + uscc.ToLowerInvariant());
            terms.Add(Terms.CodeMark + SocialCreditCode.OrganisationCode(uscc).ToLowerInvariant());
        }
        return string.Join(' ', terms);
    }
}
