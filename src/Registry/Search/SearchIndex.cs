using System.Runtime.InteropServices;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>
/// Writes the search index: tiles of containers by term (<see cref="TileStore"/>) and blocks of facts (<see cref="BlockStore"/>).
/// Certificates have ordinals in the order of issue; nothing is written for one that is issued, but one time in 256 a slice of what is due
/// (<see cref="Tiles.Due"/>).
/// </summary>
public static class SearchIndex
{
    /// <summary>Sorts behind every text that begins with what stands before it.</summary>
    public const string Last = "\U0010FFFF";

    /// <summary>Counts a certificate that was added as the newest, and does what is due then.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="seq">Log index of the certificate, whose row is written.</param>
    /// <param name="terms">All but its body's.</param>
    /// <param name="body">Log index of its body's admission.</param>
    public static void Add(Transaction transaction, long seq, IReadOnlyCollection<long> terms, long body)
    {
        var growing = Growing.Of(transaction);
        if (growing.Certificates < 0) growing.Certificates = BlockStore.Count(transaction.Connection, seq);
        growing.Add(terms, body);
        if (growing.Certificates % Tiles.Interval != 0) return;
        if (growing.Certificates % Facts.Size == 0) BlockStore.Add(transaction, growing, growing.Certificates / Facts.Size - 1);
        foreach (var due in Tiles.Due(growing.Certificates)) TileStore.Do(transaction, growing, due);
    }

    /// <summary>Takes in what an act has changed, after its row was written.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="row">The certificate as it stands now.</param>
    /// <param name="before">Its terms before the act, where the act changed its content.</param>
    public static void Acted(Transaction transaction, CertificateRow row, IReadOnlyCollection<long>? before)
    {
        var (db, growing) = (transaction.Connection, Growing.Of(transaction));
        if (growing.Certificates < 0) growing.Certificates = BlockStore.Count(db, long.MaxValue);
        var (block, place, isWritten) = BlockStore.Find(db, row.Seq);
        if (before is not null) TileStore.Change(transaction, growing, block * Facts.Size + place, before, TermsOf(row));
        if (!isWritten) return;
        if (before is not null) BlockStore.Correct(db, block, place, row);
        BlockStore.SetEpisodes(db, block, place, row);
    }

    /// <summary>The terms of a certificate as it stands, those of the names its holder bore on other days among them, but that of its
    /// body.</summary>
    public static HashSet<long> TermsOf(CertificateRow row) => Terms.Of(row.Certificate.Content, row.Names.Select(held => held.Name));
}

/// <summary>What the writer of the index remembers between transactions: the terms of the tile that fills and of the one that is written.
/// Made anew from the rows where it is missing.</summary>
internal sealed class Growing
{
    private long transactions = -1, dataVersion = -1;

    /// <summary>How many there are; -1 while it is not known.</summary>
    public long Certificates { get; set; } = -1;

    /// <summary>By term the places in the tile of that index.</summary>
    public (long Index, Dictionary<long, List<int>> Terms)? Filling { get; private set; }

    /// <inheritdoc cref="Filling"/>
    public (long Index, Dictionary<long, List<int>> Terms)? Written
    {
        get;
        set => (field, order) = (value, null);
    }

    /// <summary>The terms of <see cref="Written"/> in their order, once they were asked for.</summary>
    private long[]? order;

    /// <summary>The terms of <see cref="Written"/> from one on, in their order.</summary>
    public ReadOnlySpan<long> WrittenFrom(long term)
    {
        order ??= [.. Written!.Value.Terms.Keys.Order()];
        var at = Array.BinarySearch(order, term);
        return order.AsSpan(at < 0 ? ~at : at);
    }

    /// <summary>Places of bodies in the order of admission, by the log index of each.</summary>
    public Dictionary<long, int> Bodies { get; } = [];

    /// <summary>Room for the places of the largest tile, of a part of it, and for its largest container.</summary>
    public int[] List { get; } = new int[1 << Tiles.Large];
    public int[] Part { get; } = new int[1 << Tiles.Large];
    public byte[] Bytes { get; } = new byte[Container.MaxBytes(Tiles.Large)];

    public static Growing Of(Transaction transaction)
    {
        var growing = transaction.Memory.Of<Growing>();
        if (growing.transactions == transaction.Memory.Transactions) return growing;
        // Another process may have written since the last transaction of this one.
        var version = transaction.Connection.Ask("PRAGMA data_version", row => row.GetInt64(0));
        if (growing.dataVersion != version) growing.Clear();
        (growing.transactions, growing.dataVersion) = (transaction.Memory.Transactions, version);
        return growing;
    }

    private void Clear()
    {
        (Certificates, Filling, Written) = (-1, null, null);
        Bodies.Clear();
    }

    /// <summary>One more certificate; its terms are kept where the tile is known from its first on.</summary>
    public void Add(IReadOnlyCollection<long> terms, long body)
    {
        var (ordinal, place) = (Certificates, PlaceOf(Certificates));
        Certificates++;
        if (place == 0) (Written, Filling) = (Filling, (ordinal >> Tiles.Small, []));
        if (Filling is not var (_, filling)) return;
        foreach (var term in terms) Put(filling, term, place);
        Put(filling, Terms.OfBody(body), place);
    }

    /// <summary>The place of an ordinal in its small tile.</summary>
    public static int PlaceOf(long ordinal) => (int)ordinal & (1 << Tiles.Small) - 1;

    public static void Put(Dictionary<long, List<int>> lists, long term, int place) =>
        (CollectionsMarshal.GetValueRefOrAddDefault(lists, term, out _) ??= new(2)).Add(place);

    /// <summary>The certificate has a term now, or has it no longer.</summary>
    public void Change(long ordinal, IEnumerable<(long Term, bool Has)> changed)
    {
        order = null;
        foreach (var (index, terms) in new[] { Filling, Written }.OfType<(long, Dictionary<long, List<int>>)>())
            if (index == ordinal >> Tiles.Small)
                foreach (var (term, has) in changed) Set(terms, term, PlaceOf(ordinal), has);
    }

    private static void Set(Dictionary<long, List<int>> terms, long term, int place, bool has)
    {
        var list = CollectionsMarshal.GetValueRefOrAddDefault(terms, term, out _) ??= new(2);
        var at = list.BinarySearch(place);
        if (has && at < 0) list.Insert(~at, place);
        if (!has && at >= 0) list.RemoveAt(at);
        if (list.Count == 0) terms.Remove(term);
    }
}
