using System.Numerics;
using System.Runtime.Intrinsics;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>4,096 certificates as they are counted and filtered, in memory: read from the file, or growing with the newest ones.</summary>
public sealed class Block
{
    public const int Words = Facts.Size / 64;

    private readonly ushort[] issued, expires;
    private readonly uint[] words;
    private Episode[] episodes;
    private volatile OnDay? lately;

    /// <summary>A block of the file.</summary>
    public Block(long[] seqs, ushort[] issued, ushort[] expires, uint[] words, Episode[] episodes) =>
        (Seqs, this.issued, this.expires, this.words, this.episodes, Count) = (seqs, issued, expires, words, episodes, Facts.Size);

    /// <summary>An empty one that will grow.</summary>
    public Block() : this(new long[Facts.Size], new ushort[Facts.Size], new ushort[Facts.Size], new uint[Facts.Size], []) => Count = 0;

    /// <summary>Log indexes by place.</summary>
    public long[] Seqs { get; }

    public int Count { get; private set; }

    /// <summary>Puts a certificate in, or in the place of what it was before an act.</summary>
    public void Set(int place, long seq, Fact fact, IEnumerable<Episode> itsEpisodes)
    {
        (Seqs[place], issued[place], expires[place], words[place]) = (seq, fact.Issued, fact.Expires, fact.Word);
        // The newest stands behind all others; only an act on an older one puts the list in order anew.
        if (place >= Count) Append([.. itsEpisodes.OrderBy(episode => episode.From)]);
        else
        {
            var all = episodes.Where(episode => episode.Place != place).Concat(itsEpisodes);
            episodes = [.. all.OrderBy(episode => episode.Place).ThenBy(episode => episode.From)];
        }
        Count = Math.Max(Count, place + 1);
        lately = null;
    }

    private void Append(Episode[] its)
    {
        if (its.Length > 0) episodes = [.. episodes, .. its];
    }

    /// <summary>Everything about a day: what was asked about last is remembered, nearly always today.</summary>
    public OnDay On(ushort day) => Made(day) ?? (lately = new(this, day));

    private OnDay? Made(ushort day) => lately is { } known && known.Day == day && known.Certificates == Count ? known : null;

    /// <summary>One certificate on a day. Where few of a block are asked about, the day of the whole block is not made for them.</summary>
    public Reading At(int place, ushort day)
    {
        if (Made(day) is { } made) return made.At(place);
        if (IsAskedOften(day)) return On(day).At(place);
        var (last, word) = (-1, words[place]);
        for (var i = FirstOf(place); i < episodes.Length && episodes[i].Place == place && episodes[i].From <= day; i++) last = i;
        if (last < 0) return new(OnDay.StatusOf(issued[place], expires[place], day), issued[place], expires[place], word);
        ref readonly var episode = ref episodes[last];
        return new(OnDay.StatusIn(episode, day), episode.Issued, episode.Expires, FactWord.WithLevel(word, episode.Level));
    }

    /// <summary>Reads of single certificates of one day after which the whole is made: it costs about as much.</summary>
    private const int Often = 256;

    private int askedDay = -1, asked;

    private bool IsAskedOften(ushort day)
    {
        if (askedDay != day) (askedDay, asked) = (day, 0);
        return ++asked >= Often;
    }

    /// <summary>The first episode of a place, or of one behind it.</summary>
    private int FirstOf(int place)
    {
        var (from, to) = (0, episodes.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (episodes[middle].Place < place) from = middle + 1;
            else to = middle;
        }
        return from;
    }

    /// <summary>Counts one certificate on a day.</summary>
    public void AddTo(Tally tally, int place, ushort day)
    {
        var at = At(place, day);
        tally.Add(at.Status, 1);
        tally.Add(at.Word, 1);
    }

    /// <summary>How a certificate reads on a day.</summary>
    /// <param name="Status">Of that day.</param>
    /// <param name="Issued">As <see cref="Fact"/>.</param>
    /// <param name="Expires">As <see cref="Fact"/>.</param>
    /// <param name="Word">As <see cref="Fact"/>, with the level of that day.</param>
    public readonly record struct Reading(Status Status, ushort Issued, ushort Expires, uint Word);

    /// <summary>Status and word of every certificate on one day, and how many there are of each.</summary>
    public sealed class OnDay
    {
        private static readonly Status[] kinds = Statuses.All;
        /// <summary>For each status which certificates have it.</summary>
        private readonly ulong[] maps = new ulong[kinds.Length * Words];
        private ushort[] issued, expires;
        private uint[] words;
        private (Tally.Sparse All, Tally.Sparse Valid)? tallies;

        public OnDay(Block block, ushort day)
        {
            (Day, Certificates, issued, expires, words) = (day, block.Count, block.issued, block.expires, block.words);
            OfDaysAlone();
            if (block.episodes.Length > 0) OfActs(block);
        }

        /// <summary>Of what has acts the last episode that has begun stands: they are in order. All of them are taken out of every map at
        /// once: to look through six maps for each episode was most of what a past day cost.</summary>
        private void OfActs(Block block)
        {
            var episodes = block.episodes.AsSpan();
            Span<ulong> acted = stackalloc ulong[Words];
            acted.Clear();
            foreach (ref readonly var episode in episodes)
                if (episode.From <= Day) acted[episode.Place >> 6] |= 1UL << episode.Place;
            foreach (var status in kinds) Container.AndNot(acted, Map(status));
            for (var i = 0; i < episodes.Length; i++)
            {
                ref readonly var episode = ref episodes[i];
                if (episode.From > Day) continue;
                var isFollowed = i + 1 < episodes.Length && episodes[i + 1].Place == episode.Place && episodes[i + 1].From <= Day;
                if (!isFollowed) Apply(episode, block);
            }
        }

        private void Apply(in Episode episode, Block block)
        {
            Map(StatusIn(episode, Day))[episode.Place >> 6] |= 1UL << episode.Place;
            if (episode.Issued != issued[episode.Place] || episode.Expires != expires[episode.Place])
            {
                if (issued == block.issued) (issued, expires) = ([.. issued], [.. expires]);
                (issued[episode.Place], expires[episode.Place]) = (episode.Issued, episode.Expires);
            }
            if (episode.Level == FactWord.Level(words[episode.Place])) return;
            if (words == block.words) words = [.. words];
            words[episode.Place] = FactWord.WithLevel(words[episode.Place], episode.Level);
        }

        /// <summary>The status of what has no acts.</summary>
        private void OfDaysAlone()
        {
            Span<ulong> valid = Map(Status.Valid), early = Map(Status.NotYetValid), late = Map(Status.Expired);
            if (Day < ushort.MaxValue) Within(ofExpiry: false, (ushort)(Day + 1), ushort.MaxValue, early);
            if (Day > 0) Within(ofExpiry: true, 0, (ushort)(Day - 1), late);
            All(valid);
            Container.And(valid, early);
            Container.And(valid, late);
            Container.AndNot(early, late);
            Container.AndNot(early, valid);
            Container.AndNot(late, valid);
        }

        /// <summary>All certificates of the block as bits.</summary>
        private void All(Span<ulong> map)
        {
            map.Clear();
            map[..(Certificates / 64)].Fill(ulong.MaxValue);
            if (Certificates % 64 > 0) map[Certificates / 64] = (1UL << Certificates % 64) - 1;
        }

        private Span<ulong> Map(Status status) => maps.AsSpan((int)status * Words, Words);

        public ushort Day { get; }
        public int Certificates { get; }

        /// <summary>Lifecycle.StatusOn, of an episode.</summary>
        public static Status StatusIn(Episode episode, ushort day)
        {
            if (episode.State is Status.Revoked or Status.Cancelled) return episode.State;
            var ofDays = StatusOf(episode.Issued, episode.Expires, day);
            return ofDays == Status.Valid ? episode.State : ofDays;
        }

        /// <summary>The same of what has no acts.</summary>
        public static Status StatusOf(ushort issued, ushort expires, ushort day) =>
            day < issued ? Status.NotYetValid : day > expires ? Status.Expired : Status.Valid;

        public Reading At(int place) => new(StatusOf(place), issued[place], expires[place], words[place]);

        public ushort Issued(int place) => issued[place];

        public ushort Expires(int place) => expires[place];

        /// <summary>Days of the block as bits: those from one to another.</summary>
        public void Within(bool ofExpiry, ushort from, ushort to, Span<ulong> map)
        {
            var days = (ofExpiry ? expires : issued).AsSpan();
            for (var word = 0; word < Words; word++)
                map[word] = Among(days.Slice(word * 64, 32), from, to) | (ulong)Among(days.Slice(word * 64 + 32, 32), from, to) << 32;
        }

        /// <summary>Of 32 days, as bits.</summary>
        private static uint Among(ReadOnlySpan<ushort> days, ushort from, ushort to)
        {
            var (first, last) = (Vector256.Create(from), Vector256.Create(to));
            var (low, high) = (Vector256.Create(days), Vector256.Create(days[16..]));
            var within = Vector256.Narrow(
                Vector256.GreaterThanOrEqual(low, first) & Vector256.LessThanOrEqual(low, last),
                Vector256.GreaterThanOrEqual(high, first) & Vector256.LessThanOrEqual(high, last));
            return within.ExtractMostSignificantBits();
        }

        public Status StatusOf(int place)
        {
            foreach (var status in kinds)
                if ((With(status)[place >> 6] >> place & 1) != 0) return status;
            throw new ArgumentOutOfRangeException(nameof(place));
        }

        public int LevelOf(int place) => FactWord.Level(words[place]);

        public ReadOnlySpan<ulong> With(Status status) => maps.AsSpan((int)status * Words, Words);

        /// <summary>Counts certificates of the block. Of more than half it counts those that are missing.</summary>
        public void Count(ReadOnlySpan<ulong> map, Tally tally)
        {
            var many = Container.Count(map);
            if (many == 0) return;
            // What is asked for most is known beforehand: all that are valid, and all.
            if (map.SequenceEqual(With(Status.Valid))) tally.Add(Tallies.Valid);
            else if (many > Certificates / 2)
            {
                tally.Add(Tallies.All);
                if (many == Certificates) return;
                Span<ulong> missing = stackalloc ulong[Words];
                All(missing);
                Container.AndNot(map, missing);
                Add(missing, -1, tally);
            }
            else Add(map, 1, tally);
        }

        private void Add(ReadOnlySpan<ulong> map, int times, Tally tally)
        {
            Span<ulong> some = stackalloc ulong[Words];
            foreach (var status in kinds)
            {
                map.CopyTo(some);
                Container.And(With(status), some);
                tally.Add(status, times * Container.Count(some));
            }
            for (var word = 0; word < map.Length; word++)
                for (var bits = map[word]; bits != 0; bits &= bits - 1)
                    tally.Add(words[word * 64 + BitOperations.TrailingZeroCount(bits)], times);
        }

        private (Tally.Sparse All, Tally.Sparse Valid) Tallies => tallies ??= (Sum(null), Sum(Status.Valid));

        private Tally.Sparse Sum(Status? of)
        {
            var (tally, map) = (new Tally(), new ulong[Words]);
            if (of is { } status) With(status).CopyTo(map);
            else All(map);
            Add(map, 1, tally);
            return tally.ToSparse();
        }
    }
}

/// <summary>How many certificates there are of each status, level, category, province and body.</summary>
public sealed class Tally
{
    // One row of numbers: statuses, then levels, categories, provinces and bodies by their numbers.
    private const int
        Levels = 8,
        Categories = Levels + (1 << FactWord.LevelBits),
        Provinces = Categories + (1 << FactWord.CategoryBits),
        Bodies = Provinces + (1 << FactWord.ProvinceBits);
    private readonly long[] numbers = new long[Bodies + (1 << FactWord.BodyBits)];

    /// <summary>What is not nought.</summary>
    public sealed record Sparse(long Total, int[] Places, int[] Numbers);

    public long Total { get; private set; }

    public long Of(Status status) => numbers[(int)status];

    public IEnumerable<(int Level, long Number)> OfLevels => Some(Levels, Categories);
    public IEnumerable<(int Category, long Number)> OfCategories => Some(Categories, Provinces);
    public IEnumerable<(int Province, long Number)> OfProvinces => Some(Provinces, Bodies);
    public IEnumerable<(int Body, long Number)> OfBodies => Some(Bodies, numbers.Length);

    /// <summary>So many of a status; each is added by its word too.</summary>
    public void Add(Status status, int many)
    {
        Total += many;
        numbers[(int)status] += many;
    }

    public void Add(uint word, int times)
    {
        numbers[Levels + FactWord.Level(word)] += times;
        numbers[Categories + FactWord.Category(word)] += times;
        numbers[Provinces + FactWord.Province(word)] += times;
        numbers[Bodies + FactWord.Body(word)] += times;
    }

    public void Add(Sparse sparse)
    {
        Total += sparse.Total;
        for (var i = 0; i < sparse.Places.Length; i++) numbers[sparse.Places[i]] += sparse.Numbers[i];
    }

    public Sparse ToSparse()
    {
        var places = Enumerable.Range(0, numbers.Length).Where(place => numbers[place] != 0).ToArray();
        return new(Total, places, [.. places.Select(place => (int)numbers[place])]);
    }

    private IEnumerable<(int, long)> Some(int from, int to)
    {
        for (var place = from; place < to; place++)
            if (numbers[place] != 0) yield return (place - from, numbers[place]);
    }
}
