using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Registry.Certificates;

namespace Registry.Search;

/// <summary>A day that is asked about.</summary>
/// <param name="Number">As <see cref="Facts.NumberOf"/>.</param>
/// <param name="IsToday">What is asked about most: its statuses are kept.</param>
public readonly record struct AskedDay(ushort Number, bool IsToday)
{
    /// <param name="on">The day asked for; none for today.</param>
    /// <param name="today">The day it is.</param>
    public static AskedDay Of(DateOnly? on, DateOnly today) => new(Facts.NumberOf(on ?? today), on is null || on == today);
}

/// <summary>How a certificate reads on a day.</summary>
/// <param name="Status">Of that day.</param>
/// <param name="Issued">As <see cref="Fact"/>.</param>
/// <param name="Expires">As <see cref="Fact"/>.</param>
/// <param name="Word">As <see cref="Fact"/>, with the level of that day.</param>
public readonly record struct Reading(Status Status, ushort Issued, ushort Expires, uint Word);

/// <summary>For each status which certificates of a block have it on a day.</summary>
internal sealed record StatusMaps(ushort Day, ulong[] Bits)
{
    public ReadOnlySpan<ulong> With(Status status) => Bits.AsSpan((int)status * Block.Words, Block.Words);
}

/// <summary>Days from one to another.</summary>
internal readonly record struct Days(ushort From, ushort To)
{
    public static readonly Days Any = new(0, ushort.MaxValue);

    public bool Has(ushort day) => (ushort)(day - From) <= (ushort)(To - From);
}

/// <summary>A status on a day in numbers (Lifecycle.StatusOn): what is issued and expires within these days, and against which nothing
/// else stands than one of these.</summary>
internal readonly record struct StatusTest(Days Issued, Days Expires, int States)
{
    private const int Open = 1 << (int)Status.Valid | 1 << (int)Status.Suspended;

    /// <summary>Null where no certificate can have it.</summary>
    public static StatusTest? Of(Status status, ushort day)
    {
        var begun = new Days(0, day);
        return status switch
        {
            Status.Valid or Status.Suspended => new(begun, new(day, ushort.MaxValue), 1 << (int)status),
            Status.Revoked or Status.Cancelled => new(Days.Any, Days.Any, 1 << (int)status),
            Status.Expired => day == 0 ? null : new(begun, new(0, (ushort)(day - 1)), Open),
            Status.NotYetValid => day == ushort.MaxValue ? null : new(new((ushort)(day + 1), ushort.MaxValue), Days.Any, Open),
        };
    }

    public bool TakesWhatHasNoActs => (States & 1 << (int)Status.Valid) != 0;

    /// <summary>Of what has no acts.</summary>
    public bool Holds(DaysOf days) => TakesWhatHasNoActs & Issued.Has(days.Issued) & Expires.Has(days.Expires);

    public bool Holds(in Episode episode) =>
        (States >> (int)episode.State & 1) != 0 & Issued.Has(episode.Issued) & Expires.Has(episode.Expires);
}

/// <summary>A block on one day. Which certificates have a status is arithmetic over columns of days, and then the last episode that has
/// begun of each that has acts.</summary>
public readonly struct OnDay(Block block, AskedDay day)
{
    /// <summary>So few are looked at one by one where the statuses of the day are not at hand.</summary>
    private const int Few = 256;

    /// <summary>Where so many are asked about all episodes are gone through.</summary>
    private const int Many = Facts.Size / 4;

    /// <summary>One certificate.</summary>
    public Reading At(int place)
    {
        var word = block.WordOf(place);
        if (!block.HasActs(place) || LastOf(place) is not (>= 0 and var last))
            return Standing(block.Days[place], word);
        ref readonly var episode = ref block.Episodes[last];
        var status = StatusOf(episode.Issued, episode.Expires, episode.State);
        return new(status, episode.Issued, episode.Expires, FactWord.WithLevel(word, episode.Level));
    }

    private Reading Standing(DaysOf days, uint word) =>
        new(StatusOf(days.Issued, days.Expires, Status.Valid), days.Issued, days.Expires, word);

    public ushort Expires(int place) => block.IsCorrected(place) ? At(place).Expires : block.Days[place].Expires;

    /// <summary>Lifecycle.StatusOn.</summary>
    private Status StatusOf(ushort issued, ushort expires, Status state)
    {
        if (state is Status.Revoked or Status.Cancelled) return state;
        return day.Number < issued ? Status.NotYetValid : day.Number > expires ? Status.Expired : state;
    }

    /// <summary>The last episode that has begun of a place that has some; -1 for none.</summary>
    private int LastOf(int place)
    {
        var (episodes, from, last) = (block.Episodes, block.BeginOf(place), -1);
        for (; from < episodes.Length && episodes[from].Place == place && episodes[from].From <= day.Number; from++) last = from;
        return last;
    }

    // ---- some of a list

    /// <summary>Keeps what a filter keeps, and tells how many these are.</summary>
    /// <param name="filter">Of this day.</param>
    /// <param name="places">Ascending places of a tile, all in this block.</param>
    public int Keep(FactFilter filter, Span<int> places)
    {
        if (filter is { Status: { } status, IsStatusAlone: true })
            return AtHand is { } maps ? Keep(maps.With(status), places) : Keep(StatusTest.Of(status, day.Number), places);
        var kept = 0;
        foreach (var place in places)
            if (filter.Keeps(At(place & Facts.Size - 1))) places[kept++] = place;
        return kept;
    }

    private static int Keep(ReadOnlySpan<ulong> map, Span<int> places)
    {
        var kept = 0;
        foreach (var place in places)
        {
            places[kept] = place;
            kept += IsIn(map, place);
        }
        return kept;
    }

    /// <summary>1 or 0.</summary>
    /// <param name="map">Of the block.</param>
    /// <param name="place">In a tile.</param>
    private static int IsIn(ReadOnlySpan<ulong> map, int place) => (int)(map[(place & Facts.Size - 1) >> 6] >> place) & 1;

    private int Keep(StatusTest? asked, Span<int> places)
    {
        if (asked is not { } test) return 0;
        // Without a branch: who is valid on a day follows no pattern, and the next is read from memory while one still waits for it.
        Span<bool> holds = stackalloc bool[places.Length];
        Span<ushort> acted = stackalloc ushort[places.Length];
        var days = block.Days;
        var many = 0;
        for (var i = 0; i < places.Length; i++)
        {
            var place = places[i] & Facts.Size - 1;
            holds[i] = test.Holds(days[place]);
            acted[many] = (ushort)i;
            many += IsIn(block.Acted, place);
        }
        foreach (var i in acted[..many])
            if (LastOf(places[i] & Facts.Size - 1) is >= 0 and var last) holds[i] = test.Holds(block.Episodes[last]);
        var kept = 0;
        for (var i = 0; i < places.Length; i++)
        {
            places[kept] = places[i];
            kept += holds[i] ? 1 : 0;
        }
        return kept;
    }

    // ---- all at once, as bits

    /// <summary>Which of some have a status; of others nothing is told.</summary>
    /// <param name="status">The status.</param>
    /// <param name="among">Those that are asked about.</param>
    /// <param name="room">Where to put them, unless they are at hand.</param>
    public ReadOnlySpan<ulong> With(Status status, ReadOnlySpan<ulong> among, Span<ulong> room)
    {
        if (AtHand is { } maps) return maps.With(status);
        Find(status, among, room);
        return room;
    }

    private StatusMaps? AtHand =>
        block.Today is { } known && known.Day == day.Number ? known : day.IsToday ? block.Today = Made() : null;

    private StatusMaps Made()
    {
        Span<ulong> all = stackalloc ulong[Block.Words];
        all.Fill(ulong.MaxValue);
        var bits = new ulong[Statuses.All.Length * Block.Words];
        foreach (var status in Statuses.All) Find(status, all, bits.AsSpan((int)status * Block.Words, Block.Words));
        return new(day.Number, bits);
    }

    private void Find(Status status, ReadOnlySpan<ulong> among, Span<ulong> map)
    {
        if (StatusTest.Of(status, day.Number) is not { } test)
        {
            map.Clear();
            return;
        }
        if (test.TakesWhatHasNoActs) Inside(test.Issued, test.Expires, map);
        else map.Clear();
        if (Container.Count(among) < Many)
        {
            for (var word = 0; word < map.Length; word++)
                for (var bits = block.Acted[word] & among[word]; bits != 0; bits &= bits - 1)
                {
                    var place = word * 64 + BitOperations.TrailingZeroCount(bits);
                    if (LastOf(place) is >= 0 and var last) Put(map, place, test.Holds(block.Episodes[last]));
                }
            return;
        }
        foreach (ref readonly var episode in block.Episodes.AsSpan())
        {
            // Without a branch: which of them have begun on a day follows no pattern.
            var (begun, holds) = (episode.From <= day.Number ? 1UL : 0, test.Holds(episode) ? 1UL : 0);
            ref var word = ref map[episode.Place >> 6];
            word = word & ~(begun << episode.Place) | (begun & holds) << episode.Place;
        }
    }

    /// <summary>Keeps of some what was issued, or expires, from one day to another.</summary>
    public void KeepWithin(bool ofExpiry, ushort from, ushort to, Span<ulong> some)
    {
        var days = new Days(from, to);
        Span<ulong> map = stackalloc ulong[Block.Words];
        if (from > to) map.Clear();
        else Inside(ofExpiry ? Days.Any : days, ofExpiry ? days : Days.Any, map);
        for (var word = 0; word < map.Length; word++)
            for (var bits = block.Corrected[word] & some[word]; bits != 0; bits &= bits - 1)
            {
                var read = At(word * 64 + BitOperations.TrailingZeroCount(bits));
                Put(map, word * 64 + BitOperations.TrailingZeroCount(bits), from <= to && days.Has(ofExpiry ? read.Expires : read.Issued));
            }
        Container.And(map, some);
    }

    /// <summary>Which bear a level.</summary>
    public void WithLevel(int level, Span<ulong> map)
    {
        var codes = block.Codes;
        var words = block.WordCodes.Words;
        map.Clear();
        for (var place = 0; place < block.Count; place++)
        {
            var code = codes[place];
            var bears = code < words.Length && FactWord.Level(words[code]) == level;
            map[place >> 6] |= (bears ? 1UL : 0) << place;
        }
        if (block.Others is { } others)
            foreach (var (place, word) in others) Put(map, place, FactWord.Level(word) == level);
        for (var word = 0; word < map.Length; word++)
            for (var bits = block.Corrected[word]; bits != 0; bits &= bits - 1)
            {
                var place = word * 64 + BitOperations.TrailingZeroCount(bits);
                Put(map, place, FactWord.Level(At(place).Word) == level);
            }
    }

    private static void Put(Span<ulong> map, int place, bool isSet)
    {
        if (isSet) map[place >> 6] |= 1UL << place;
        else map[place >> 6] &= ~(1UL << place);
    }

    /// <summary>By their columns alone.</summary>
    private void Inside(Days issued, Days expires, Span<ulong> map)
    {
        const int Parts = 64 / (512 / 32);
        var columns = MemoryMarshal.Cast<DaysOf, Vector512<ushort>>(block.Days);
        var (first, length) = (Each(issued.From, expires.From), Each(Length(issued), Length(expires)));
        for (var word = 0; word < Block.Words; word++)
        {
            var bits = 0UL;
            for (var part = 0; part < Parts; part++)
            {
                // Nothing is left of both days of a certificate that are no further from the first than the last.
                var left = Vector512.SubtractSaturate(columns[word * Parts + part] - first, length).AsUInt32();
                bits |= Vector512.Equals(left, Vector512<uint>.Zero).ExtractMostSignificantBits() << part * Vector512<uint>.Count;
            }
            map[word] = bits;
        }
        Clip(map);

        static ushort Length(Days days) => (ushort)(days.To - days.From);

        static Vector512<ushort> Each(ushort issued, ushort expires) => Vector512.Create((uint)expires << 16 | issued).AsUInt16();
    }

    /// <summary>Nothing is behind the last certificate.</summary>
    private void Clip(Span<ulong> map)
    {
        if (block.Count == Facts.Size) return;
        map[block.Count >> 6] &= (1UL << block.Count) - 1;
        map[((block.Count >> 6) + 1)..].Clear();
    }

    // ---- numbers

    /// <summary>Counts one certificate.</summary>
    public void Count(int place, Tally tally)
    {
        var at = At(place);
        tally.Add(at.Status, 1);
        tally.Add(at.Word, 1);
    }

    /// <summary>Counts some of a list.</summary>
    /// <param name="places">Of a tile, all in this block.</param>
    /// <param name="all">The status that all of them have, where that is known.</param>
    /// <param name="tally">Where they are counted.</param>
    public void Count(ReadOnlySpan<int> places, Status? all, Tally tally)
    {
        var numbers = tally.NumbersOf(block.WordCodes);
        var codes = block.Codes;
        foreach (var place in places) numbers[codes[place & Facts.Size - 1]]++;
        if (block.Others is { } others)
            foreach (var place in places)
                if (others.TryGetValue(place & Facts.Size - 1, out var word)) tally.Add(word, 1);
        if (block.HasCorrected)
            foreach (var of in places)
            {
                var place = of & Facts.Size - 1;
                if (block.IsCorrected(place)) tally.MoveLevel(block.WordOf(place), FactWord.Level(At(place).Word), 1);
            }
        if (all is { } one) tally.Add(one, places.Length);
        else if (AtHand is { } maps)
            foreach (var status in Statuses.All)
            {
                var many = 0;
                var map = maps.With(status);
                foreach (var place in places) many += IsIn(map, place);
                tally.Add(status, many);
            }
        else CountStatuses(places, tally);
    }

    private void CountStatuses(ReadOnlySpan<int> places, Tally tally)
    {
        // Without a branch, as they stand: the next is read from memory while one still waits for it. Then what has acts is put right.
        Span<ushort> acted = stackalloc ushort[places.Length];
        var days = block.Days;
        var (many, early, late, on) = (0, 0, 0, day.Number);
        foreach (var of in places)
        {
            var place = of & Facts.Size - 1;
            var (issued, expires) = days[place];
            early += on < issued ? 1 : 0;
            late += issued <= on & expires < on ? 1 : 0;
            acted[many] = (ushort)place;
            many += IsIn(block.Acted, place);
        }
        tally.Add(Status.NotYetValid, early);
        tally.Add(Status.Expired, late);
        tally.Add(Status.Valid, places.Length - early - late);
        foreach (var place in acted[..many])
        {
            if (LastOf(place) is not (>= 0 and var last)) continue;
            ref readonly var episode = ref block.Episodes[last];
            tally.Add(StatusOf(days[place].Issued, days[place].Expires, Status.Valid), -1);
            tally.Add(StatusOf(episode.Issued, episode.Expires, episode.State), 1);
        }
    }

    /// <summary>Counts certificates of the block.</summary>
    /// <param name="map">Which.</param>
    /// <param name="all">The status that all of them have, where that is known.</param>
    /// <param name="tally">Where they are counted.</param>
    public void Count(ReadOnlySpan<ulong> map, Status? all, Tally tally)
    {
        var many = Container.Count(map);
        if (many == 0) return;
        if (all is { } one) tally.Add(one, many);
        else CountStatuses(map, many, tally);
        // Of more than half those that are missing are counted.
        if (many <= block.Count / 2) tally.Add(map, block, 1);
        else
        {
            Span<ulong> missing = stackalloc ulong[Block.Words];
            missing.Fill(ulong.MaxValue);
            Container.AndNot(map, missing);
            Clip(missing);
            tally.Add(block.All);
            tally.Add(missing, block, -1);
        }
        CountLevels(map, 1, tally);
    }

    private void CountStatuses(ReadOnlySpan<ulong> map, int many, Tally tally)
    {
        if (many < Few && AtHand is null)
        {
            for (var word = 0; word < map.Length; word++)
                for (var bits = map[word]; bits != 0; bits &= bits - 1)
                    tally.Add(At(word * 64 + BitOperations.TrailingZeroCount(bits)).Status, 1);
            return;
        }
        Span<ulong> room = stackalloc ulong[Block.Words];
        foreach (var status in Statuses.All) tally.Add(status, Container.CountBoth(map, With(status, map, room)));
    }

    /// <summary>What was counted by words as they stand bore other levels.</summary>
    private void CountLevels(ReadOnlySpan<ulong> map, int times, Tally tally)
    {
        if (!block.HasCorrected) return;
        for (var word = 0; word < map.Length; word++)
            for (var bits = block.Corrected[word] & map[word]; bits != 0; bits &= bits - 1)
            {
                var place = word * 64 + BitOperations.TrailingZeroCount(bits);
                tally.MoveLevel(block.WordOf(place), FactWord.Level(At(place).Word), times);
            }
    }

    /// <summary>Counts all, each by its status.</summary>
    /// <param name="ofStatus">By the number of a status.</param>
    /// <param name="times">1, or -1 to take them out again.</param>
    internal void CountAll(Tally[] ofStatus, int times)
    {
        Span<ulong> room = stackalloc ulong[Block.Words], everything = stackalloc ulong[Block.Words];
        everything.Fill(ulong.MaxValue);
        foreach (var status in Statuses.All)
        {
            var tally = ofStatus[(int)status];
            var map = With(status, everything, room);
            if (Container.Count(map) is not (> 0 and var many)) continue;
            tally.Add(status, times * many);
            tally.Add(map, block, times);
            CountLevels(map, times, tally);
        }
    }
}
