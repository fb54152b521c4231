using Registry.Certificates;

namespace Registry.Search;

/// <summary>4,096 certificates as they are counted and filtered, in memory: read from the file, or growing with the newest ones. How they
/// read on a day is told by <see cref="OnDay"/>.</summary>
public sealed class Block
{
    public const int Words = Facts.Size / 64;

    private readonly ushort[] issued, expires;
    private readonly uint[] words;
    private Tally.Sparse? all;

    /// <summary>A block of the file.</summary>
    public Block(LogIndexes seqs, ushort[] issued, ushort[] expires, uint[] words, Episode[] episodes)
    {
        (Seqs, this.issued, this.expires, this.words, Count) = (seqs, issued, expires, words, Facts.Size);
        Take(episodes);
    }

    /// <summary>An empty one that will grow.</summary>
    public Block() : this(new(), new ushort[Facts.Size], new ushort[Facts.Size], new uint[Facts.Size], []) => Count = 0;

    /// <summary>Log indexes by place.</summary>
    public LogIndexes Seqs { get; }

    public int Count { get; private set; }

    // As the certificates stand after all that was stated about them.
    internal ReadOnlySpan<ushort> Issued => issued;
    internal ReadOnlySpan<ushort> Expires => expires;
    internal ReadOnlySpan<uint> WordsOf => words;

    /// <summary>What reads otherwise on some days, by place and then by day. Before the first of a place it reads as it stands.</summary>
    internal Episode[] Episodes { get; private set; } = [];

    /// <summary>Which have episodes.</summary>
    internal ulong[] Acted { get; } = new ulong[Words];

    /// <summary>Places, ascending, whose days or level were others once.</summary>
    internal ushort[] Corrected { get; private set; } = [];

    /// <summary>Statuses of the day that is today; null until they are asked for.</summary>
    internal volatile StatusMaps? Today;

    /// <summary>Puts a certificate in, or in the place of what it was before an act.</summary>
    public void Set(int place, long seq, Fact fact, IEnumerable<Episode> itsEpisodes)
    {
        (issued[place], expires[place], words[place]) = (fact.Issued, fact.Expires, fact.Word);
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
        (Episodes, Corrected) = ([], []);
        Array.Clear(Acted);
        Add(read);
    }

    /// <summary>All episodes of places behind those of all others.</summary>
    private void Add(Episode[] read)
    {
        var some = read.Where((episode, i) => i > 0 && read[i - 1].Place == episode.Place || !SaysNothing(episode)).ToArray();
        if (some.Length == 0) return;
        Episodes = [.. Episodes, .. some];
        Corrected = [.. Corrected, .. some.Where(episode => !IsAsItStands(episode)).Select(episode => episode.Place).Distinct()];
        foreach (var episode in some) Acted[episode.Place >> 6] |= 1UL << episode.Place;
    }

    /// <summary>Most acts change no content: how such a certificate was issued need not be remembered twice.</summary>
    private bool SaysNothing(in Episode episode) => episode is { From: 0, State: Status.Valid } && IsAsItStands(episode);

    private bool IsAsItStands(in Episode episode) => episode.Issued == issued[episode.Place]
        && episode.Expires == expires[episode.Place] && episode.Level == FactWord.Level(words[episode.Place]);

    public OnDay On(AskedDay day) => new(this, day);

    /// <summary>The words of all, counted.</summary>
    internal Tally.Sparse All => all ??= Summed();

    private Tally.Sparse Summed()
    {
        var tally = new Tally();
        foreach (var word in words.AsSpan(0, Count)) tally.Add(word, 1);
        return tally.ToSparse();
    }
}
