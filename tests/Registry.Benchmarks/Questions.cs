using System.Globalization;
using System.Text;
using Registry.Certificates;

namespace Registry.Benchmarks;

/// <summary>One kind of search: its name, and addresses that ask it. A kind of one address is asked again and again.</summary>
public sealed record Kind(string Name, string[] Addresses);

/// <summary>Every kind of search: pieces of holders' names from all over the data with filters that the piece's own certificate passes, and the hard cases by name.</summary>
public static class Questions
{
    private const int Drawn = 4_000;
    private const string Search = "/v1/certificates?";

    /// <summary>What total and facets cost is shown by asking without them.</summary>
    public const string Alone = "&facets=false&total=false", Counted = "&facets=false";

    public static List<Kind> Searches(Settings run)
    {
        var generator = new Generator(run.Seed);
        var rare = run.Count < 100_000 ? "22" : "20";
        return
        [
            Pieces("search, 2 characters of a name", 2, 2, _ => []),
            Pieces("search, 3 or 4", 3, 4, _ => []),
            Pieces("search, 5 to 8", 5, 8, _ => []),
            Pieces("search, 2 to 8, category", 2, 8, c => [Category(c)]),
            Pieces("search, 2 to 8, status", 2, 8, c => [Status(c)]),
            Pieces("search, 2 to 8, level", 2, 8, c => c.Level is null ? null : [("level", c.Level)]),
            Pieces("search, 2 to 8, region", 2, 8, c => [Region(c)]),
            Pieces("search, 2 to 4, category and status", 2, 4, c => [Category(c), Status(c)]),
            Pieces("search, 2 to 8, category, status, region", 2, 8, c => [Category(c), Status(c), Region(c)]),
            Pieces("search, 2 to 4, valid on a day of the last three years", 2, 4, c => [("status", "valid"), ("on", c.IssuedOn.AddDays(100).ToString("O", CultureInfo.InvariantCulture))]),
            new("search 公司", [Line("公司")]),
            new("search 有限公司", [Line("有限公司")]),
            new("search 有限公司 in a rare category", [Line("有限公司", ("category", rare))]),
            new("search 食品 电梯: two common terms that rarely meet", [Line("食品 电梯")]),
            new("search 食品 电梯 with category 4", [Line("食品 电梯", ("category", "4"))]),
            new("search 零号幻影: no hit", [Line("零号幻影")]),
            new("search 限公司有: common pieces, no hit", [Line("限公司有")]),
            new("search without words: the newest valid", [$"{Search}status=valid"]),
            new("search without anything", [Search.TrimEnd('?')]),
            Read("search, pinyin of 2 or 3 characters of a name", 2, 3, syllables => string.Concat(syllables)),
            Read("search, pinyin of 4 or 5", 4, 5, syllables => string.Concat(syllables)),
            Read("search, initials of 2 to 4", 2, 4, syllables => string.Concat(syllables.Select(syllable => syllable[..1]))),
            Pieces("search, one ideograph of a name", 1, 1, _ => [], IsIdeograph),
            new("search, one letter", [.. "abcdefghijklmnopqrstuvwxyz".Select(letter => Line(letter.ToString()))]),
            new("search, two letters of no syllable", [.. ((string[])["bk", "kx", "tv", "xd", "pk", "zt", "cd", "gb", "hd", "js"]).Select(letters => Line(letters))]),
            new("search, one or two digits", [.. Enumerable.Range(0, 100).Select(number => Line(number.ToString(CultureInfo.InvariantCulture)))]),
            Numbers("search, the beginning of a number, 3 to 8 characters", 3, 8),
            Pieces("search, 2 to 4, first to expire", 2, 4, _ => [("sort", "expires")]),
            Pieces("search, 2 to 4, by holder's name", 2, 4, _ => [("sort", "holder")]),
        ];

        Kind Pieces(string name, int least, int most, Func<GeneratedCertificate, (string, string)[]?> filters, Func<Rune, bool>? only = null)
        {
            var draw = new Generator.Draw(run.Seed, 9, least * 100 + most);
            var lines = new List<string>();
            while (lines.Count < Drawn)
            {
                var row = Any(ref draw);
                var runes = row.Holder.Name.EnumerateRunes().Where(rune => only?.Invoke(rune) != false).ToArray();
                var length = Math.Min(runes.Length, draw.Between(least, most));
                if (runes.Length > 0 && filters(row) is { } with) lines.Add(Line(Piece(runes, ref draw, length), with));
            }
            return new(name, [.. lines]);
        }

        Kind Read(string name, int least, int most, Func<string[], string> spell)
        {
            var draw = new Generator.Draw(run.Seed, 14, least * 100 + most);
            var lines = new List<string>();
            while (lines.Count < Drawn)
            {
                var runes = Any(ref draw).Holder.Name.EnumerateRunes().Where(IsIdeograph).ToArray();
                if (runes.Length >= most) lines.Add(Line(spell([.. Piece(runes, ref draw, draw.Between(least, most)).Select(c => Registry.Certificates.Characters.Readings(c)[0])])));
            }
            return new(name, [.. lines]);
        }

        Kind Numbers(string name, int least, int most)
        {
            var draw = new Generator.Draw(run.Seed, 15, 0);
            var lines = new string[Drawn];
            for (var n = 0; n < Drawn; n++)
            {
                var number = Any(ref draw).Number;
                lines[n] = Line(number[..Math.Min(number.Length, draw.Between(least, most))]);
            }
            return new(name, lines);
        }

        GeneratedCertificate Any(ref Generator.Draw draw) => generator.Row((long)(draw.Unit() * run.Count));
    }

    /// <summary>What somebody has typed so far, of names from all over the data.</summary>
    public static Kind Suggestions(Settings run)
    {
        var (generator, draw) = (new Generator(run.Seed), new Generator.Draw(run.Seed, 13, 0));
        var lines = new string[Drawn];
        for (var n = 0; n < Drawn; n++) lines[n] = Typed();
        return new("`/v1/suggest`, 1 to 4 characters of a name, its pinyin or its initials", lines);

        string Typed()
        {
            var name = generator.Row((long)(draw.Unit() * run.Count)).Holder.Name;
            var runes = name.EnumerateRunes().Where(Rune.IsLetterOrDigit).ToArray();
            var length = Math.Min(runes.Length, draw.Between(1, 4));
            var piece = string.Concat(runes.Skip(draw.Unit() < 0.5 ? 0 : draw.Between(0, runes.Length - length)).Take(length));
            var read = piece.Select(c => Registry.Certificates.Characters.Readings(c) is { Length: > 0 } readings ? readings[0] : c.ToString()).ToArray();
            return "/v1/suggest?q=" + Uri.EscapeDataString(draw.Unit() switch { < 0.6 => piece, < 0.8 => string.Concat(read), _ => string.Concat(read.Select(syllable => syllable[..1])) });
        }
    }

    private static bool IsIdeograph(Rune rune) => rune.IsBmp && Registry.Certificates.Characters.Readings((char)rune.Value).Length > 0;

    private static string Piece(Rune[] runes, ref Generator.Draw draw, int length) => string.Concat(runes.Skip(draw.Between(0, runes.Length - length)).Take(length));

    private static string Line(string q, params (string Name, string Value)[] filters) =>
        $"{Search}q={Uri.EscapeDataString(q)}{string.Concat(filters.Select(f => $"&{f.Name}={Uri.EscapeDataString(f.Value)}"))}";

    private static (string, string) Category(GeneratedCertificate c) => ("category", c.Category.ToString(CultureInfo.InvariantCulture));

    private static (string, string) Status(GeneratedCertificate c) =>
        ("status", c.Ended?.Word() ?? (c.IssuedOn > Generator.Day ? "not-yet-valid" : c.ExpiresOn < Generator.Day ? "expired" : "valid"));

    private static (string, string) Region(GeneratedCertificate c) => ("region", c.Holder.Region![..2] + "0000");
}
