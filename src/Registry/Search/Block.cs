using System.Numerics;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>The days of a certificate beside each other, because who asks for one asks for the other, too.</summary>
internal readonly record struct DaysOf(ushort Issued, ushort Expires);

/// <summary>4,096 certificates as they are counted and filtered, in memory: read from the file, or growing with the newest ones. How they
/// read on a day is told by <see cref="OnDay"/>.</summary>
public sealed class Block
{
    public const int Words = Facts.Size / 64;

    private readonly ArraySegment<DaysOf> days;
    private readonly ArraySegment<ushort> codes;
    /// <summary>By place the words that have no code; null where all have.</summary>
    private Dictionary<int, uint>? others;
    private Tally.Sparse? all;

    /// <summary>A block of the file.</summary>
    internal Block(LogIndexes seqs, ushort[] issued, ushort[] expires, uint[] words, Episode[] episodes, WordCodes wordCodes,
        (ArraySegment<DaysOf>, ArraySegment<ushort>) room)
    {
        (Seqs, (days, codes), WordCodes, Count) = (seqs, room, wordCodes, Facts.Size);
        for (var place = 0; place < Facts.Size; place++) days[place] = new(issued[place], expires[place]);
        wordCodes.Of(words, codes);
        for (var place = 0; place < Facts.Size; place++)
            if (codes[place] == WordCodes.Other) (others ??= [])[place] = words[place];
        Take(episodes);
    }

    /// <summary>An empty one that will grow.</summary>
    public Block(WordCodes wordCodes) => (Seqs, (days, codes), WordCodes) = (new(), OwnRoom(), wordCodes);

    /// <summary>Of a block by itself.</summary>
    internal static (ArraySegment<DaysOf>, ArraySegment<ushort>) OwnRoom() => (new DaysOf[Facts.Size], new ushort[Facts.Size]);

    /// <summary>Log indexes by place.</summary>
    public LogIndexes Seqs { get; }

    public int Count { get; private set; }

    // As the certificates stand after all that was stated about them.
    internal ReadOnlySpan<DaysOf> Days => days.AsSpan();
    /// <summary>Of their words (<see cref="FactWord"/>).</summary>
    internal ReadOnlySpan<ushort> Codes => codes.AsSpan();
    internal WordCodes WordCodes { get; }
    internal Dictionary<int, uint>? Others => others;

    internal uint WordOf(int place) => others is not null && others.TryGetValue(place, out var word) ? word : WordCodes.Words[codes[place]];

    /// <summary>What reads otherwise on some days, by place and then by day. Before the first of a place it reads as it stands.</summary>
    internal Episode[] Episodes { get; private set; } = [];

    /// <summary>Which have episodes.</summary>
    internal ulong[] Acted { get; } = new ulong[Words];

    internal bool HasActs(int place) => (Acted[place >> 6] >> place & 1) != 0;

    /// <summary>Where the episodes of those that have some begin, by their rank, which is counted from the bits and from how many are set
    /// before each word. Null until it is asked for.</summary>
    /// <param name="Before">By word.</param>
    /// <param name="Begins">By rank; null where each has one episode.</param>
    private sealed record Ranked(ushort[] Before, int[]? Begins);

    private volatile Ranked? ranked;

    /// <summary>The first episode of a place that has some.</summary>
    internal int BeginOf(int place)
    {
        var (before, begins) = ranked ??= Rank();
        var rank = before[place >> 6] + BitOperations.PopCount(Acted[place >> 6] & (1UL << place) - 1);
        return begins is null ? rank : begins[rank];
    }

    private Ranked Rank()
    {
        var (before, begins, many) = (new ushort[Words], new List<int>(), 0);
        for (var word = 0; word < Words; many += BitOperations.PopCount(Acted[word++])) before[word] = (ushort)many;
        for (var i = 0; i < Episodes.Length; i++)
            if (i == 0 || Episodes[i - 1].Place != Episodes[i].Place) begins.Add(i);
        return new(before, many == Episodes.Length ? null : [.. begins]);
    }

    /// <summary>Of which days or level were others once.</summary>
    internal ulong[] Corrected { get; } = new ulong[Words];

    internal bool IsCorrected(int place) => HasCorrected && (Corrected[place >> 6] >> place & 1) != 0;

    /// <summary>Few blocks have any.</summary>
    internal bool HasCorrected { get; private set; }

    /// <summary>Statuses of the day that is today; null until they are asked for.</summary>
    internal volatile StatusMaps? Today;

    /// <summary>Puts a certificate in, or in the place of what it was before an act.</summary>
    public void Set(int place, long seq, Fact fact, IEnumerable<Episode> itsEpisodes)
    {
        days[place] = new(fact.Issued, fact.Expires);
        WordCodes.Of([fact.Word], codes.AsSpan(place, 1));
        others?.Remove(place);
        if (codes[place] == WordCodes.Other) (others ??= [])[place] = fact.Word;
        var its = itsEpisodes.OrderBy(episode => episode.From);
        // The newest stands behind all others; only an act on an older one puts the list in order anew.
        if (place < Count) Take([.. Episodes.Where(episode => episode.Place != place).Concat(its).OrderBy(episode => episode.Place)]);
        else
        {
            Seqs.Add(seq);
            Count = place + 1;
            Add([.. its]);
        }
        (Today, all) = (null, null);
    }

    private void Take(Episode[] read)
    {
        (Episodes, ranked) = ([], null);
        Array.Clear(Acted);
        Array.Clear(Corrected);
        HasCorrected = false;
        Add(read);
    }

    /// <summary>All episodes of places behind those of all others.</summary>
    private void Add(Episode[] read)
    {
        var some = read.Where((episode, i) => i > 0 && read[i - 1].Place == episode.Place || !SaysNothing(episode)).ToArray();
        if (some.Length == 0) return;
        Episodes = [.. Episodes, .. some];
        foreach (var episode in some)
        {
            Acted[episode.Place >> 6] |= 1UL << episode.Place;
            if (IsAsItStands(episode)) continue;
            Corrected[episode.Place >> 6] |= 1UL << episode.Place;
            HasCorrected = true;
        }
        ranked = null;
    }

    /// <summary>Most acts change no content: how such a certificate was issued need not be remembered twice.</summary>
    private bool SaysNothing(in Episode episode) => episode is { From: 0, State: Status.Valid } && IsAsItStands(episode);

    private bool IsAsItStands(in Episode episode) =>
        days[episode.Place] == new DaysOf(episode.Issued, episode.Expires) && episode.Level == FactWord.Level(WordOf(episode.Place));

    public OnDay On(AskedDay day) => new(this, day);

    /// <summary>The words of all, counted.</summary>
    internal Tally.Sparse All => all ??= Summed();

    private Tally.Sparse Summed()
    {
        var tally = new Tally();
        for (var place = 0; place < Count; place++) tally.Add(WordOf(place), 1);
        return tally.ToSparse();
    }
}
