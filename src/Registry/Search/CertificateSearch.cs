using System.Data.Common;
using System.Text;
using Dapper;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>How many there are: exactly, or at least that many because counting stops at a cap.</summary>
public sealed record Total(int Value, string Relation);

/// <summary>A value of a facet and how many of the counted hits bear it.</summary>
public sealed record FacetValue(string Value, string Name, string NameEn, int Count);

/// <summary>Facets of the counted hits; where the total is "atLeast" these counts are of the newest hits only.</summary>
public sealed record Facets(FacetValue[] Status, FacetValue[] Level, FacetValue[] Category, FacetValue[] Group, FacetValue[] Region, FacetValue[] Body);

/// <summary>A page of hits, newest first. Total and facets come with the first page only; <c>next</c> is the cursor of the next.</summary>
public sealed record SearchResult(CertificateView[] Items, Total? Total, Facets? Facets, string? Next);

/// <summary>SQL of the search.</summary>
public static class CertificateSearch
{
    /// <summary>Counting stops here: an exact total of a broad query would cost far more than its page.</summary>
    public const int Cap = 1000;

    public static SearchResult Run(DbConnection db, SearchQuery query, DateOnly today)
    {
        var on = query.On ?? today;
        var page = new List<CertificateRow>();
        var counted = new List<(CertificateRow Row, Certificate Then)>();
        var more = false;
        var cap = query.Before is null ? Cap : 0;
        foreach (var (row, then) in Hits(db, query, today))
        {
            if (page.Count < query.Limit) page.Add(row);
            else more = true;
            if (counted.Count < cap) counted.Add((row, then));
            else if (more) { cap = -1; break; }
        }
        var items = page.Select(row => CertificateView.Of(db, row, on)!).ToArray();
        var next = more ? page[^1].Seq.ToString() : null;
        return query.Before is not null ? new(items, null, null, next)
            : new(items, new(counted.Count, cap < 0 ? "atLeast" : "exact"), FacetsOf(counted, on), next);
    }

    /// <summary>Every hit, newest first, with the certificate as it read on the day asked. Streams: stop reading and it stops.</summary>
    public static IEnumerable<(CertificateRow Row, Certificate Then)> Hits(DbConnection db, SearchQuery query, DateOnly today)
    {
        if (query.Nothing) yield break;
        var on = query.On ?? today;
        var (sql, parameters) = Statement(query);
        foreach (var row in db.Query<CertificateRow>(sql, parameters, buffered: false))
        {
            if (!query.Matches(row)) continue;
            // Today the row says it all; an earlier day may need the statements.
            var then = query.On is null ? row.Certificate : CertificateStore.AsOf(db, row, on)!;
            if (query.Status is { } status && Lifecycle.StatusOn(then, on) != status) continue;
            if (query.Level is { } level && then.Content.Level != level) continue;
            yield return (row, then);
        }
    }

    /// <summary>The index narrows by text, the row's columns by everything else; newest first either way, so reading can stop early.</summary>
    private static (string Sql, DynamicParameters Parameters) Statement(SearchQuery query)
    {
        var (where, parameters) = (new StringBuilder(), new DynamicParameters());
        void And(string condition, string? name = null, object? value = null)
        {
            where.Append(where.Length == 0 ? " WHERE " : " AND ").Append(condition);
            if (name is not null) parameters.Add(name, value);
        }
        var match = SearchIndex.Match([.. query.Words], [.. query.HolderWords, .. query.ScopeWords]);
        if (match is not null) And("s.search MATCH @match", "match", match);
        var seq = match is null ? "c.seq" : "s.rowid";
        if (query.Before is { } before) And($"{seq} < @before", "before", before);
        if (query.NumberKey is { } number) And("c.number_key = @number", "number", number);
        if (query.Uscc is { } uscc) And("c.uscc = @uscc", "uscc", uscc);
        if (query.OrganisationCode is { } organisation) And("substr(c.uscc, 9, 9) = @organisation AND c.uscc IS NOT NULL", "organisation", organisation);
        if (query.Body is { } body) And("b.approval_number = @body", "body", body);
        if (query.Categories.Length > 0) And($"c.category IN ({string.Join(',', query.Categories)})");
        // The level of an earlier day may be another: only today's can be left to the row.
        if (query.Level is { } level && query.On is null) And("c.level = @level", "level", level);
        if (query.Regions.Length > 0)
        {
            var ranges = query.Regions.Select((prefix, i) => { parameters.Add($"r{i}", prefix); parameters.Add($"s{i}", prefix + "~"); return $"(c.region >= @r{i} AND c.region < @s{i})"; });
            And($"({string.Join(" OR ", ranges)})");
        }
        foreach (var (column, comparison, name, day) in ((string, string, string, DateOnly?)[])
            [("issued_on", ">=", "if", query.IssuedFrom), ("issued_on", "<=", "it", query.IssuedTo), ("expires_on", ">=", "ef", query.ExpiresFrom), ("expires_on", "<=", "et", query.ExpiresTo)])
            if (day is not null) And($"c.{column} {comparison} @{name}", name, day);
        var from = match is null ? CertificateRow.From : "FROM search s CROSS JOIN certificate c ON c.seq = s.rowid JOIN body b ON b.seq = c.body";
        return ($"SELECT {CertificateRow.Columns} {from}{where} ORDER BY {seq} DESC", parameters);
    }

    private static Facets FacetsOf(List<(CertificateRow Row, Certificate Then)> counted, DateOnly on)
    {
        FacetValue[] Count(Func<(CertificateRow Row, Certificate Then), string?> value, Func<string, Text> name) =>
            [.. counted.Select(value).OfType<string>().CountBy(v => v).OrderByDescending(v => v.Value).ThenBy(v => v.Key, StringComparer.Ordinal)
                .Select(v => new FacetValue(v.Key, name(v.Key).Zh, name(v.Key).En, v.Value))];
        return new(
            Count(hit => Lifecycle.StatusOn(hit.Then, on).Word(), word => Statuses.Parse(word)!.Value.Name()),
            Count(hit => hit.Then.Content.Level, code => Catalogue.Schemes.SelectMany(s => s.Levels).First(l => l.Code == code).Name),
            Count(hit => hit.Row.Category.ToString(), no => Catalogue.CategoryOf(int.Parse(no))!.Name ?? Catalogue.NameMissing),
            Count(hit => Catalogue.CategoryOf(hit.Row.Category)!.Group, Catalogue.GroupName),
            Count(hit => hit.Row.Region is { } region ? region[..2] + "0000" : null, code => new(Catalogue.RegionName(code), Catalogue.RegionName(code))),
            Count(hit => hit.Row.BodyNumber, number => counted.Select(hit => hit.Row).First(row => row.BodyNumber == number) is var row ? new(row.BodyName, row.BodyNameEn ?? row.BodyName) : null!));
    }
}
