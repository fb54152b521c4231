using Registry.Certificates;

namespace Registry.Search;

/// <summary>All certificates of the newest state counted on a day, each by its status: the first page, the reference data and every search
/// for a status alone ask for nothing else. A block that is about to change is taken out, and put in again by whoever asks next.</summary>
internal sealed class Everything(AskedDay day)
{
    private readonly Lock gate = new();
    private readonly Tally[] ofStatus = [.. Statuses.All.Select(_ => new Tally())];
    private readonly List<bool> isCounted = [];
    private readonly Known[] known = new Known[Statuses.All.Length + 1];

    private struct Known
    {
        public Tally? Tally;
        public Facets? Facets;
    }

    public ushort Day => day.Number;

    /// <summary>Those of a status, or all.</summary>
    /// <param name="status">Null for all.</param>
    /// <param name="view">The newest.</param>
    /// <param name="facets">What is told of the numbers; left out, nothing is made of them.</param>
    public (Tally Tally, Facets? Facets) Of(Status? status, IndexView view, Func<Tally, Facets?>? facets = null)
    {
        lock (gate)
        {
            CountRest(view);
            ref var one = ref known[status is { } of ? (int)of + 1 : 0];
            one.Tally ??= Sum(status);
            if (facets is not null) one.Facets ??= facets(one.Tally);
            return (one.Tally, one.Facets);
        }
    }

    private void CountRest(IndexView view)
    {
        var blocks = (view.Certificates + Facts.Size - 1) / Facts.Size;
        while (isCounted.Count < blocks) isCounted.Add(false);
        for (var no = isCounted.IndexOf(false); no >= 0; no = isCounted.IndexOf(false, no))
        {
            view.BlockOf(no).On(day).CountAll(ofStatus, 1);
            isCounted[no] = true;
        }
    }

    private Tally Sum(Status? status)
    {
        var sum = new Tally();
        foreach (var one in Statuses.All)
            if (status is null || one == status) sum.Add(ofStatus[(int)one]);
        return sum;
    }

    /// <summary>Whether a block's certificates are among the numbers.</summary>
    public bool Counts(long no) => no < isCounted.Count && isCounted[(int)no];

    /// <summary>A block is about to change. Nobody asks meanwhile.</summary>
    public void TakeOut(long no, Block block)
    {
        if (!Counts(no)) return;
        block.On(day).CountAll(ofStatus, -1);
        isCounted[(int)no] = false;
    }

    /// <summary>The log has grown: what is told of the numbers is told anew. Nobody asks meanwhile.</summary>
    public void Forget() => Array.Clear(known);
}
