using Registry.Certificates;
using Registry.Search;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>
/// The search by reading every row: no index, no term, no tile. What a word, a filter or a day makes of all rows is kept as bits, so that many
/// questions made of the same parts can be answered; none of it is the program's but how one row is read (<see cref="RowText"/>, <see cref="Lifecycle"/>).
/// </summary>
internal sealed class NaiveSearch
{
    /// <summary>More that bear exactly what was typed are no better than the others.</summary>
    private const int MaxExactly = 10_000;

    private readonly TestDatabase test;
    private readonly CertificateRow[] rows;
    private readonly RowText[] texts;
    private readonly Dictionary<string, ulong[]> kept = [];
    private readonly Dictionary<DateOnly, Certificate[]> days = [];
    private readonly Dictionary<(SearchOrder, DateOnly), int[]> orders = [];

    public NaiveSearch(TestDatabase test)
    {
        this.test = test;
        var all = new List<CertificateRow>();
        while (test.Database.Read(db => CertificateStore.After(db, all.Count == 0 ? -1 : all[^1].Seq, 5000)) is { Count: > 0 } more) all.AddRange(more);
        rows = [.. all];
        texts = [.. rows.Select(row => new RowText(column => column switch
        {
            2 => PlainText.Fold(row.HolderName),
            3 => row.HolderNameEn,
            4 => row.Scope,
            5 => CertificateNumber.Normalise(row.Number),
            6 => row.Uscc,
            7 => row.Names.Length == 0 ? null : string.Join('\n', row.Names.Select(held => held.Name)),
            _ => throw new ArgumentOutOfRangeException(nameof(column)),
        }))];
    }

    public int Count => rows.Length;

    public CertificateRow this[int place] => rows[place];

    /// <summary>How many hits there are, and the log indexes of the first in their order.</summary>
    public (int Count, long[] First) Of(SearchQuery query, DateOnly today, int first)
    {
        var day = query.On ?? today;
        var found = new ulong[rows.Length + 63 >> 6];
        Array.Fill(found, ulong.MaxValue);
        var exactly = query.Typed is { } typed ? Exactly(typed) : null;
        if (query.Nothing) Array.Clear(found);
        if (query.Words.Length > 0)
        {
            foreach (var word in query.Words) And(found, Where($"q {word.Text} {word.Code}", i => texts[i].Holds(word)));
            if (exactly is not null)
                for (var word = 0; word < found.Length; word++) found[word] |= exactly[word];
        }
        foreach (var word in query.HolderWords) And(found, Where($"holder {word.Text}", i => texts[i].InHolder(word)));
        foreach (var word in query.ScopeWords) And(found, Where($"scope {word.Text}", i => texts[i].InScope(word)));
        if (query.NumberKey is { } number) And(found, Where($"number {number}", i => CertificateNumber.Normalise(rows[i].Number) == number));
        if (query.Uscc is { } uscc) And(found, Where($"uscc {uscc}", i => rows[i].Uscc == uscc));
        if (query.OrganisationCode is { } code) And(found, Where($"organisation {code}", i => rows[i].Uscc?.Substring(8, 9) == code));
        if (query.Body is { } body) And(found, Where($"body {body}", i => rows[i].BodyNumber == body));
        if (query.Categories.Length > 0) And(found, Where($"category {string.Join(' ', query.Categories)}", i => query.Categories.Contains(rows[i].Category)));
        if (query.Regions.Length > 0)
            And(found, Where($"region {string.Join(' ', query.Regions)}", i => query.Regions.Any(region => rows[i].Region?.StartsWith(region, StringComparison.Ordinal) == true)));
        if (query.Status is { } status) And(found, Where($"status {status} {day:O}", i => Lifecycle.StatusOn(rows[i].LastSeq == rows[i].Seq ? rows[i].Certificate : OnDay(day)[i], day) == status));
        if (query.Level is { } level) And(found, Where($"level {level} {query.On:O}", i => OnDay(day)[i].Content.Level == level));
        foreach (var (name, from, to, of) in ((string, DateOnly?, DateOnly?, Func<CertificateContent, DateOnly>)[])
            [("issued", query.IssuedFrom, query.IssuedTo, content => content.IssuedOn), ("expires", query.ExpiresFrom, query.ExpiresTo, content => content.ExpiresOn)])
            if (from is not null || to is not null)
                And(found, Where($"{name} {from:O} {to:O} {day:O}", i => of(OnDay(day)[i].Content) is var date && !(date < from) && !(date > to)));

        var count = 0;
        for (var i = 0; i < rows.Length; i++) count += Has(found, i) ? 1 : 0;
        var ordered = Order(query.Order, day);
        var hits = ordered.Where(i => Has(found, i));
        if (query.Order == SearchOrder.Newest && exactly is not null) hits = hits.Where(i => Has(exactly, i)).Concat(hits.Where(i => !Has(exactly, i)));
        return (count, [.. hits.Take(first).Select(i => rows[i].Seq)]);
    }

    private static bool Has(ulong[] bits, int place) => (bits[place >> 6] >> place & 1) != 0;

    private static void And(ulong[] found, ulong[] with)
    {
        for (var word = 0; word < found.Length; word++) found[word] &= with[word];
    }

    private ulong[] Where(string condition, Func<int, bool> holds)
    {
        if (kept.TryGetValue(condition, out var bits)) return bits;
        kept[condition] = bits = new ulong[rows.Length + 63 >> 6];
        for (var i = 0; i < rows.Length; i++)
            if (holds(i)) bits[i >> 6] |= 1UL << i;
        return bits;
    }

    /// <summary>Certificates as they read on a day.</summary>
    private Certificate[] OnDay(DateOnly day) => days.TryGetValue(day, out var known) ? known : days[day] =
        [.. rows.Select(row => row.LastSeq == row.Seq ? row.Certificate : test.Database.Read(db => CertificateStore.AsOf(db, row, day))!)];

    private int[] Order(SearchOrder order, DateOnly day)
    {
        var of = (order, order is SearchOrder.Expires or SearchOrder.ExpiresLast ? day : default);
        if (orders.TryGetValue(of, out var known)) return known;
        var all = Enumerable.Range(0, rows.Length).Reverse();
        return orders[of] = [.. order switch
        {
            SearchOrder.Expires => all.OrderBy(i => OnDay(day)[i].Content.ExpiresOn),
            SearchOrder.ExpiresLast => all.OrderByDescending(i => OnDay(day)[i].Content.ExpiresOn),
            SearchOrder.Holder => all.Reverse().OrderBy(i => PlainText.Fold(rows[i].HolderName), StringComparer.Ordinal),
            _ => all,
        }];
    }

    /// <summary>What bears exactly what was typed: as a name on any day, as number without its signs, credit code, organisation code or id.</summary>
    private ulong[] Exactly(string typed) => kept.TryGetValue($"exactly {typed}", out var known) ? known : kept[$"exactly {typed}"] = FewExactly(typed);

    private ulong[] FewExactly(string typed)
    {
        var (name, number) = (PlainText.Fold(typed), CertificateNumber.Normalise(typed));
        var simplified = Characters.Simplify(name);
        var stripped = number is null ? "" : CertificateNumber.Stripped(number);
        var bits = Where($"exactly {typed}", i =>
        {
            var row = rows[i];
            if (name.Length == 0) return false;
            var names = row.Names.Select(held => held.Name).Append(row.HolderName).Append(row.HolderNameEn ?? "").Select(PlainText.Fold);
            return names.Any(one => one == name || one == simplified)
                || number is not null && number.Any(char.IsDigit) && CertificateNumber.Stripped(CertificateNumber.Normalise(row.Number)!) == stripped
                || row.Uscc is { } uscc && (uscc == number || uscc.Substring(8, 9) == number)
                || row.Id.Equals(number, StringComparison.Ordinal);
        });
        kept.Remove($"exactly {typed}");
        return bits.Sum(word => System.Numerics.BitOperations.PopCount(word)) > MaxExactly ? new ulong[bits.Length] : bits;
    }
}
