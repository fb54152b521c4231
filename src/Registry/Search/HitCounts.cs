using System.Globalization;
using System.Text.Json;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>How many hits there are, and of which kinds: exactly, where the index decides or the rows are few; else by what it leads to and
/// a sample of it.</summary>
internal static class HitCounts
{
    private const int FacetValues = 20;

    /// <summary>Up to so many candidates are all checked, and the total is exact; of more a sample is, and a larger one where not all of
    /// the first are hits.</summary>
    private const int CheckedAll = 1000, Sampled = 100, SampledMore = 400;

    /// <summary>What an estimated total is told to: digits.</summary>
    private const int SignificantDigits = 2;

    /// <summary>Total and facets; facets only where the query asks for them.</summary>
    public static (Total, Facets?) Of(Hits hits)
    {
        if (hits.Everything is { } everything) return Of(hits, everything);
        var candidates = hits.Matching().Sum(found => (long)found.Count);
        if (!hits.Decides && candidates <= CheckedAll) return OfFew(hits);
        var tally = hits.Query.Facets ? Tallied(hits) : new Tally();
        if (hits.Decides) return (new(candidates, "exact"), FacetsOf(hits, tally));
        var share = Share(hits, candidates, Sampled);
        if (share < 1) share = Share(hits, candidates, SampledMore);
        // A sample may miss the few hits among many candidates: those that were seen are told.
        var number = Math.Max(Rounded(candidates * share), hits.Seen);
        return (new(number, "about"), FacetsOf(hits, tally, (double)number / candidates));
    }

    private static (Total, Facets?) Of(Hits hits, Everything everything)
    {
        var (tally, facets) = everything.Of(hits.Query.Status, hits.View, hits.Query.Facets ? known => FacetsOf(hits, known) : null);
        return (new(tally.Total, "exact"), hits.Query.Facets ? facets : null);
    }

    /// <summary>Numbers of everything that the index leads to.</summary>
    public static Tally Tallied(Hits hits)
    {
        if (hits.Everything is { } everything) return everything.Of(hits.Query.Status, hits.View).Tally;
        var tally = new Tally();
        foreach (var found in hits.Matching()) found.Tally(hits.Day, hits.Query.Status, hits.View.BlockOf, tally);
        return tally;
    }

    /// <summary>How much of the candidates are hits, by a sample at even distances.</summary>
    private static double Share(Hits hits, long candidates, int sampled)
    {
        var (sample, step) = (new List<long>(sampled + 1), candidates / sampled);
        var rank = step / 2;
        foreach (var found in hits.Matching()) rank = found.Sample(rank, step, sample);
        var seqs = sample.ConvertAll(hits.View.SeqOf);
        hits.Check(seqs);
        return seqs.Count(hits.IsHit) / (double)seqs.Count;
    }

    private static (Total, Facets?) OfFew(Hits hits)
    {
        var (tally, count) = (new Tally(), 0);
        var ordinals = hits.Matching().SelectMany(found => found.NewestFirst());
        var few = ordinals.Select(ordinal => (Ordinal: ordinal, Seq: hits.View.SeqOf(ordinal))).ToList();
        hits.Check(few.Select(one => one.Seq));
        foreach (var (ordinal, seq) in few)
        {
            if (!hits.IsHit(seq)) continue;
            count++;
            hits.View.BlockOf(ordinal >> Facts.Log).On(hits.Day).Count((int)ordinal & Facts.Size - 1, tally);
        }
        return (new(count, "exact"), FacetsOf(hits, tally));
    }

    private static long Rounded(double number)
    {
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, number))) - SignificantDigits + 1));
        return (long)(Math.Round(number / step) * step);
    }

    /// <param name="hits">The search.</param>
    /// <param name="tally">Of what was found.</param>
    /// <param name="share">How much of it are hits, where that is an estimate.</param>
    private static Facets? FacetsOf(Hits hits, Tally tally, double? share = null)
    {
        if (!hits.Query.Facets) return null;
        var bodies = Top(tally.OfBodies.Select(body => (Key: hits.View.BodySeq(body.Body), body.Number)), Comparer<long>.Default);
        var names = hits.Db.Rows("SELECT seq, approval_number, name, name_en FROM body WHERE seq IN (SELECT value FROM json_each(@seqs))",
            row => (Seq: row.GetInt64(0), Number: row.GetString(1), Name: NameIn(row)),
            JsonSerializer.Serialize(bodies.Select(body => body.Key))).ToDictionary(body => body.Seq);
        var statuses = Top(Statuses.All.Select(status => (status.Word(), tally.Of(status))), StringComparer.Ordinal);
        // A number that no edition on file has is of another file of schemes: such certificates are hits and no facet.
        var leveled = tally.OfLevels.Select(level => (Code: Catalogue.Schemes.CodeOf(level.Level), level.Number))
            .Where(level => level.Code is not null).Select(level => (level.Code!, level.Number));
        var categories = Top(tally.OfCategories, Comparer<int>.Default);
        var grouped = tally.OfCategories.GroupBy(one => Catalogue.CategoryOf(one.Category)!.Group);
        var groups = Top(grouped.Select(group => (group.Key, group.Sum(one => one.Number))), StringComparer.Ordinal);
        var placed = tally.OfProvinces.Where(province => province.Province > 0)
            .Select(province => ($"{province.Province:00}0000", province.Number));
        return new(Named(statuses, word => Statuses.Parse(word)!.Value.Name()),
            Named(Top(leveled, StringComparer.Ordinal), code => Catalogue.Schemes.LevelOf(code)!.Name),
            Named(categories, no => Catalogue.CategoryOf(no)!.Shown), Named(groups, Catalogue.GroupName),
            Named(Top(placed, StringComparer.Ordinal), code => new(Catalogue.RegionName(code), Catalogue.RegionName(code))),
            [.. bodies.Select(OfBody)]);

        FacetValue[] Named<T>(List<(T Key, long Number)> values, Func<T, Text> name) =>
            [.. values.Select(value => Value(Convert.ToString(value.Key, CultureInfo.InvariantCulture)!, name(value.Key), value.Number))];

        FacetValue OfBody((long Seq, long Number) body) => Value(names[body.Seq].Number, names[body.Seq].Name, body.Number);

        FacetValue Value(string value, Text name, long number) =>
            new(value, name.Zh, name.En, share is { } estimate ? Rounded(number * estimate) : number);

        static Text NameIn(System.Data.Common.DbDataReader row) => new(row.GetString(2), row.GetString(row.IsDBNull(3) ? 2 : 3));
    }

    /// <summary>The most frequent values; of equally frequent ones in the order of the values.</summary>
    private static List<(T Key, long Number)> Top<T>(IEnumerable<(T Key, long Number)> values, IComparer<T> order) =>
        [.. values.Where(value => value.Number > 0)
            .OrderByDescending(value => value.Number).ThenBy(value => value.Key, order).Take(FacetValues)];
}
