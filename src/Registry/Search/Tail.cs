using System.Runtime.InteropServices;

namespace Registry.Search;

/// <summary>The terms of a small tile in memory, while its certificates come in. Two of three terms are those of a single certificate:
/// such a one takes no more than its place.</summary>
public sealed class Tail
{
    /// <summary>Of each term the one place that has it, or the complement of where its list stands.</summary>
    private readonly Dictionary<long, int> places = [];
    private readonly List<List<int>> lists = [];
    private readonly Dictionary<char, List<long>> byFirstUnit = [];

    /// <summary>Ascending.</summary>
    public ReadOnlySpan<int> Places(long term)
    {
        ref var only = ref CollectionsMarshal.GetValueRefOrNullRef(places, term);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref only)) return [];
        return only < 0 ? CollectionsMarshal.AsSpan(lists[~only]) : MemoryMarshal.CreateReadOnlySpan(ref only, 1);
    }

    /// <summary>Terms from one on and before another that begins with the same unit.</summary>
    public IEnumerable<long> Terms(long from, long to) =>
        byFirstUnit.TryGetValue(Search.Terms.FirstUnit(from), out var terms) ? terms.Where(term => term >= from && term < to) : [];

    public void Add(IEnumerable<long> terms, int place)
    {
        foreach (var term in terms)
        {
            ref var only = ref CollectionsMarshal.GetValueRefOrAddDefault(places, term, out var known);
            if (!known)
            {
                only = place;
                (CollectionsMarshal.GetValueRefOrAddDefault(byFirstUnit, Search.Terms.FirstUnit(term), out _) ??= new(2)).Add(term);
            }
            else if (only < 0) Insert(lists[~only], place);
            else if (only != place)
            {
                lists.Add(only < place ? [only, place] : [place, only]);
                only = ~(lists.Count - 1);
            }
        }
    }

    private static void Insert(List<int> list, int place)
    {
        if (list.Count == 0 || list[^1] < place) list.Add(place);
        else if (list.BinarySearch(place) is var at and < 0) list.Insert(~at, place);
    }

    /// <summary>A certificate's terms have changed: what it had is taken out.</summary>
    public void Remove(int place)
    {
        foreach (var list in lists)
            if (list.BinarySearch(place) is var at and >= 0) list.RemoveAt(at);
        foreach (var term in places.Where(one => one.Value == place).Select(one => one.Key).ToArray())
        {
            lists.Add([]);
            places[term] = ~(lists.Count - 1);
        }
    }
}
