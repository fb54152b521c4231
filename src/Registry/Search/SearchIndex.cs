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
