using System.Data.Common;
using Dapper;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>A number or code of the registry that differs from what was asked in one character. <see cref="Kind"/> is the parameter or path
/// that takes it: <c>number</c>, <c>uscc</c>, <c>certificate</c> or <c>mark</c>.</summary>
public sealed record Slip(string Text, string Kind);

/// <summary>SQL of "did you mean": one character wrong, missing or too many, or two neighbours exchanged. Never an answer, only a
/// question.</summary>
public static class SlipSearch
{
    public const int Most = 5;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>What the number or code of a query may have been meant to be; null when there is nothing near or nothing like a code in
    /// it.</summary>
    public static Slip[]? Of(DbConnection db, SearchQuery query)
    {
        if (query.Typed is { } address && Identifier.IsAddress(address)) return Meant(Codes(db, Identifier.Plain(address)));
        var typed = query.NumberKey ?? query.Uscc ?? query.OrganisationCode ?? query.Typed;
        if (typed is null || CertificateNumber.Normalise(typed) is not { } normalised) return null;
        var code = CertificateNumber.Stripped(normalised);
        if (code.Length < 5 || !code.All(char.IsAsciiLetterOrDigit)) return null;
        var near = Sqlite.List(Near(code));
        var found = new List<Slip>();
        // Without a digit it is a word and no number; one id in a hundred has none all the same.
        var numbered = code.Any(char.IsAsciiDigit);
        if (numbered && query.Uscc is null && query.OrganisationCode is null)
            Add("number", $"""
                SELECT DISTINCT number FROM certificate WHERE {CertificateStore.Stripped} {Sqlite.In("@near")} ORDER BY 1 LIMIT @Most
                """);
        if (numbered && query.NumberKey is null && code.Length is >= SocialCreditCode.Length - 1 and <= SocialCreditCode.Length + 1)
            Add("uscc", $"SELECT DISTINCT uscc FROM certificate WHERE uscc {Sqlite.In("@near")} ORDER BY 1 LIMIT @Most");
        if (numbered && query.NumberKey is null && code.Length is >= 8 and <= 10)
            Add("uscc", $"""
                SELECT DISTINCT substr(uscc, 9, 9) FROM certificate
                WHERE substr(uscc, 9, 9) {Sqlite.In("@near")} AND uscc IS NOT NULL ORDER BY 1 LIMIT @Most
                """);
        if (query.Typed is { } text) found.AddRange(Codes(db, Identifier.Plain(text)));
        return Meant(found);

        void Add(string kind, string select) =>
            found.AddRange(db.Query<string>(select, new { near, Most }).Select(text => new Slip(text, kind)));
    }

    private static Slip[]? Meant(IEnumerable<Slip> near) => near.Take(Most).ToArray() is { Length: > 0 } meant ? meant : null;

    /// <summary>Certificates, marks and items whose code is one slip away: few of the neighbours have check characters that
    /// agree.</summary>
    private static IEnumerable<Slip> Codes(DbConnection db, string code)
    {
        bool About(int length) => Math.Abs(code.Length - length) <= 1;
        if (!(About(Identifier.Length) || About(ItemCode.Length)) || !code.All(char.IsAsciiLetterOrDigit)) yield break;
        var parts = Near(code).Select(ItemCode.Parse).OfType<(string Mark, string? Item)>().Distinct().ToList();
        if (parts.Count == 0) yield break;
        var asked = new { ids = Sqlite.List(parts.Select(part => part.Mark).Distinct()), Most };
        foreach (var id in db.Query<string>($"SELECT id FROM certificate WHERE id {Sqlite.In("@ids")} ORDER BY 1 LIMIT @Most", asked))
            if (parts.Contains((id, null))) yield return new(id, "certificate");
        foreach (var mark in db.Query<string>($"SELECT code FROM mark WHERE code {Sqlite.In("@ids")} ORDER BY 1 LIMIT @Most", asked))
            foreach (var (_, item) in parts.Where(part => part.Mark == mark))
                if (MarkStore.Tell(db, mark, item) is { IsForged: false }) yield return new(mark + item, "mark");
    }

    /// <summary>Every code one slip away.</summary>
    private static HashSet<string> Near(string code)
    {
        var near = new HashSet<string>();
        for (var i = 0; i <= code.Length; i++)
        {
            foreach (var c in Alphabet)
            {
                near.Add(code.Insert(i, c.ToString()));
                if (i < code.Length) near.Add(code[..i] + c + code[(i + 1)..]);
            }
            if (i < code.Length) near.Add(code.Remove(i, 1));
            if (i + 1 < code.Length) near.Add($"{code[..i]}{code[i + 1]}{code[i]}{code[(i + 2)..]}");
        }
        near.Remove(code);
        return near;
    }
}
