using System.Data.Common;
using System.Numerics;

namespace Registry.Search;

/// <summary>The search index as it is in one snapshot.</summary>
public sealed class IndexView(IndexReader reader, DbConnection db, long certificates, bool isNewest)
{
    public long Certificates => certificates;

    /// <summary>The tiles, the newest first; certificates that are in none as tiles in memory.</summary>
    public IEnumerable<IndexTile> NewestFirst()
    {
        var (newest, firstInMemory) = (certificates - 1 >> Tiles.Small, Tiles.Sealed(certificates) >> Tiles.Small);
        for (var index = newest; index >= firstInMemory; index--) yield return new(Tiles.Small, index);
        var tiles = Tiles.Of(certificates);
        for (var i = tiles.Count - 1; i >= 0; i--) yield return tiles[i];
    }

    public Block BlockOf(long no) => reader.BlockOf(db, no, isNewest);

    /// <summary>All certificates counted; null in a snapshot older than the memory.</summary>
    internal Everything? Everything(AskedDay day) => isNewest ? reader.EverythingOn(day) : null;

    public long SeqOf(long ordinal) => BlockOf(ordinal >> Facts.Log).Seqs[(int)ordinal & Facts.Size - 1];

    /// <summary>Parts of the order of holders' names; null where they are not known of this snapshot.</summary>
    internal NameParts? Names => isNewest ? reader.NamesOf(db, certificates) : null;

    /// <summary>The ordinal of a certificate that the snapshot's index holds.</summary>
    public long? OrdinalOf(long seq) => reader.OrdinalOf(db, seq) is { } ordinal && ordinal < certificates ? ordinal : null;

    public long BodySeq(int place) => reader.BodySeq(db, place);

    /// <summary>Those of certificates by their log indexes that the snapshot's index holds, ascending.</summary>
    public long[] OrdinalsOf(IReadOnlyCollection<long> seqs)
    {
        var ordinals = reader.OrdinalsOf(db, Ascending(seqs));
        var end = ordinals.BinarySearch(certificates);
        return [.. end < 0 ? ordinals[..~end] : ordinals[..end]];
    }

    /// <summary>As bits where they are many: to sort a hundred thousand took longer than to find them.</summary>
    private static long[] Ascending(IReadOnlyCollection<long> seqs)
    {
        const int Many = 1024, Sparse = 4096;
        var last = seqs.Count < Many ? 0 : seqs.Max();
        if (seqs.Count < Many || last / Sparse > seqs.Count) return [.. seqs.Order()];
        var (bits, ascending) = (new ulong[last / 64 + 1], new List<long>(seqs.Count));
        foreach (var seq in seqs) bits[seq >> 6] |= 1UL << (int)seq;
        for (var word = 0L; word < bits.Length; word++)
            for (var left = bits[word]; left != 0; left &= left - 1) ascending.Add(word * 64 + BitOperations.TrailingZeroCount(left));
        return [.. ascending];
    }

    /// <summary>Is one of certificates by their log indexes.</summary>
    public Condition Among(IReadOnlyCollection<long> seqs) =>
        OrdinalsOf(seqs) is { Length: > 0 } ordinals ? new Condition.OneOf(ordinals) { Rows = ordinals.Length } : Condition.Nothing;

    /// <summary>Has a term from one on and before another; about how many do is read from the file, and what is in no tile counts as
    /// few.</summary>
    public Condition Having(long from, long to)
    {
        const string Several = "SELECT sum(n) FROM term WHERE term >= @from AND term < @to";
        var known = to == from + 1 ? db.Ask<long?>("SELECT n FROM term WHERE term = @term", row => row.GetInt64(0), from)
            : db.Ask(Several, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), from, to);
        return new Condition.Of(from, to) { Rows = known ?? 0 };
    }

    public Condition Has(long term) => Having(term, term + 1);

    /// <summary>The certificates of a tile for which a condition holds.</summary>
    public Found Evaluate(Condition? condition, IndexTile tile)
    {
        var found = new Found(tile);
        if (condition is null) found.SetAll((int)Math.Min(tile.Size, certificates - tile.From));
        else
        {
            Set(found, condition);
            // A snapshot may be older than the memory.
            if (certificates - tile.From < tile.Size) found.Below((int)(certificates - tile.From));
        }
        return found;
    }

    private void Set(Found found, Condition condition)
    {
        switch (condition)
        {
            case Condition.Of of when reader.TailOf(found.Tile) is { } tail:
                if (of.To == of.From + 1) found.Set(tail.Places(of.From));
                else
                {
                    found.Set((ReadOnlySpan<int>)[]);
                    foreach (var term in tail.Terms(of.From, of.To)) found.Add(tail.Places(term));
                    found.Narrow();
                }
                break;
            case Condition.Of { Rows: 0 }:
                found.Set((ReadOnlySpan<int>)[]);
                break;
            case Condition.Of of when of.To == of.From + 1:
                if (reader.ContainerOf(db, found.Tile, of.From, isNewest) is { } container) found.Set(container.AsSpan());
                else found.Set((ReadOnlySpan<int>)[]);
                break;
            case Condition.Of of:
                found.Set((ReadOnlySpan<int>)[]);
                TileStore.Range(db, found.Tile, of.From, of.To, found.Add);
                found.Narrow();
                break;
            case Condition.OneOf one:
                var (from, to) = (Place(one.Ordinals, found.Tile.From), Place(one.Ordinals, found.Tile.From + found.Tile.Size));
                found.Set(one.Ordinals.AsSpan(from, to - from));
                break;
            case Condition.All all:
                Set(found, all.Parts[0]);
                for (var i = 1; i < all.Parts.Length && found.Count > 0; i++) Keep(found, all.Parts[i]);
                break;
            case Condition.Any any:
                Set(found, any.Parts[0]);
                foreach (var part in any.Parts.AsSpan(1))
                {
                    using var more = new Found(found.Tile);
                    Set(more, part);
                    if (more.Count > 0) found.Add(more);
                }
                found.Narrow();
                break;
        }
    }

    private void Keep(Found found, Condition condition)
    {
        if (condition is Condition.Of { Rows: > 0 } of && of.To == of.From + 1 && reader.TailOf(found.Tile) is null)
        {
            if (reader.ContainerOf(db, found.Tile, of.From, isNewest) is { } container) found.Keep(container.AsSpan());
            else found.Set((ReadOnlySpan<int>)[]);
            return;
        }
        using var other = new Found(found.Tile);
        Set(other, condition);
        found.Keep(other);
    }

    private static int Place(long[] ordinals, long from) => Array.BinarySearch(ordinals, from) is var at && at < 0 ? ~at : at;
}
