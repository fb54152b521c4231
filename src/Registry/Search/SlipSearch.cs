using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Search;

/// <summary>A number or code of the registry that differs from what was asked in one character or in those that are mistaken for one
/// another, or one, or a holder, that what was asked names among other things; or what was asked as words of their own.
/// <see cref="Kind"/> is the parameter or path that takes it: <c>number</c>, <c>uscc</c>, <c>holder</c>, <c>q</c>, <c>certificate</c> or
/// <c>mark</c>.</summary>
public sealed record Slip(string Text, string Kind);

/// <summary>SQL of "did you mean": one character wrong, missing or too many, two neighbours exchanged, digits read as letters; or something
/// written at it, such as its label. Never an answer, only a question.</summary>
public static partial class SlipSearch
{
    public const int Most = 5;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>What the number or code of a query may have been meant to be; null when there is nothing near or nothing like a code in
    /// it.</summary>
    public static Slip[]? Of(DbConnection db, SearchQuery query)
    {
        if (query.Typed is { } address && Identifier.IsAddress(address)) return Meant(Codes(db, Identifier.Plain(address)));
        if (query.Typed is { } whole && Named(db, whole) is { } named) return named;
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

    /// <summary>What a text with more around it names: 证书编号：A-1, A-1（五星级）, a name with 盖章 behind it.</summary>
    private static Slip[]? Named(DbConnection db, string typed)
    {
        string[] pieces = [.. Pieces(typed).Where(piece => piece.Length >= LeastPiece && piece != typed).Distinct().Take(MostPieces)];
        if (pieces.Length == 0) return null;
        var numbers = pieces.Select(CertificateNumber.Normalise).OfType<string>().Select(CertificateNumber.Stripped);
        return Meant(
        [
            .. Of("number", "number", CertificateStore.Stripped, numbers),
            .. Of("uscc", "uscc", "uscc", pieces.Select(SocialCreditCode.Parse).OfType<string>()),
            .. Of("holder", "holder_name", "holder_key", pieces.Select(PlainText.Fold)),
        ]);

        IEnumerable<Slip> Of(string kind, string column, string key, IEnumerable<string> keys) => db.Query<string>(
            $"SELECT DISTINCT {column} FROM certificate WHERE {key} {Sqlite.In("@keys")} ORDER BY 1 LIMIT @Most",
            new { keys = Sqlite.List(keys), Most }).Select(text => new Slip(text, kind));
    }

    /// <summary>Shorter ones are everywhere; so many are looked up.</summary>
    private const int LeastPiece = 4, MostPieces = 40;

    private static IEnumerable<string> Pieces(string typed)
    {
        foreach (var part in Part().Split(typed))
        {
            yield return part;
            yield return InBrackets().Replace(part, "");
            foreach (Match run in LikeCode().Matches(part)) yield return run.Value;
        }
    }

    private const string Between = @"\s:：,，;；、|""“”";

    [GeneratedRegex($"[{Between}]+")]
    private static partial Regex Part();

    [GeneratedRegex(@"[（(【\[][^（(【\[]*[）)】\]]?\z")]
    private static partial Regex InBrackets();

    /// <summary>What may be a number or code among ideographs or in brackets.</summary>
    [GeneratedRegex(@"[0-9A-Za-z][0-9A-Za-z./_-]*[0-9A-Za-z]")]
    private static partial Regex LikeCode();

    /// <summary>A text with spaces for its signs, and before what companies of every name are called; null when that changes nothing, or
    /// makes more than a search takes, and of a number, whose signs part no words.</summary>
    public static string? Parted(string typed)
    {
        if (typed.Any(char.IsAsciiDigit)) return null;
        var parted = string.Join(' ', Form().Replace(Sign().Replace(typed, " "), " $0").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var isTaken = parted.Length <= SearchQuery.MaxText && Word.Split(parted).Length is > 1 and <= SearchQuery.MaxWords;
        return isTaken && parted != typed ? parted : null;
    }

    [GeneratedRegex($@"[{Between}/\\+&·•（）()【】\[\]《》]+")]
    private static partial Regex Sign();

    [GeneratedRegex("(?<=[\\u4e00-\\u9fff]{2})(?:(?:股份|有限|责任)*公司|集团)")]
    private static partial Regex Form();

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

    /// <summary>Letters and digits that are mistaken for one another.</summary>
    private static readonly string[] alike = ["0OQD", "1IL", "2Z", "5S", "8B"];
    /// <summary>Places of a code where several may be wrong at once: each doubles what is looked up.</summary>
    private const int MostAlike = 7;

    /// <summary>The codes that look like one: each of its digits that a letter is mistaken for, or the other way, right or wrong.</summary>
    private static List<string> LookingLike(string code)
    {
        List<string> all = [code];
        int[] places = [.. Enumerable.Range(0, code.Length).Where(place => Alike(code[place]) is not null).Take(MostAlike)];
        foreach (var place in places)
            all.AddRange(all.Select(one => $"{one[..place]}{Alike(code[place])}{one[(place + 1)..]}").ToArray());
        return all;

        static char? Alike(char c) =>
            Array.Find(alike, group => group.Contains(c)) is not { } group ? null : c == group[0] ? group[1] : group[0];
    }

    /// <summary>Every code one slip away.</summary>
    private static HashSet<string> Near(string code)
    {
        var near = new HashSet<string>(LookingLike(code));
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
