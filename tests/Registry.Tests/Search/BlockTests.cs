using Registry.Certificates;
using Registry.Search;

namespace Registry.Tests.Search;

/// <summary>A block on any day beside a plain reading of each certificate's acts, as it grows and as acts come to older ones.</summary>
public sealed class BlockTests
{
    private const int Certificates = 700, LastDay = 60, Levels = 4;

    private static readonly Status[] standing = [Status.Valid, Status.Suspended, Status.Revoked, Status.Cancelled];

    private readonly Random random = new(20261127);

    private sealed record Known(Fact Fact, Episode[] Episodes);

    [Theory]
    [InlineData(WordCodes.Other)]
    [InlineData(5)] // of most of their words blocks keep the words themselves
    public void Every_day_reads_as_each_certificates_last_act_until_then(int codes)
    {
        var (block, known) = (new Block(new WordCodes(codes)), new List<Known>());
        while (known.Count < Certificates)
        {
            known.Add(Any(known.Count));
            Put(block, known, known.Count - 1);
            if (random.Next(4) > 0) continue;
            // An act on an older one: it is put in again.
            var place = random.Next(known.Count);
            known[place] = Any(place);
            Put(block, known, place);
        }
        for (ushort day = 0; day <= LastDay + 1; day++)
        {
            Compare(known, block.On(new(day, IsToday: false)), day);
            // As today it is kept, and then serves whoever asks for that day.
            Compare(known, block.On(new(day, IsToday: true)), day);
            Compare(known, block.On(new(day, IsToday: false)), day);
        }
    }

    private static void Put(Block block, List<Known> known, int place) =>
        block.Set(place, place + 10, known[place].Fact, known[place].Episodes);

    private Known Any(int place)
    {
        var (issued, expires) = Days();
        var fact = new Fact(issued, expires, FactWord.Of(random.Next(3), random.Next(1, 4), random.Next(Levels), 11 + random.Next(2)));
        if (random.Next(3) > 0) return new(fact, []);
        var episodes = Enumerable.Range(0, random.Next(2, 5)).Select(n =>
        {
            var (from, to) = random.Next(2) == 0 ? (issued, expires) : Days();
            var begins = (ushort)(n == 0 ? 0 : random.Next(1, LastDay));
            var stands = n == 0 ? Status.Valid : standing[random.Next(standing.Length)];
            return new Episode((ushort)place, begins, from, to, (byte)random.Next(Levels), stands);
        });
        return new(fact, [.. episodes.OrderBy(episode => episode.From)]);

        (ushort, ushort) Days()
        {
            var first = random.Next(LastDay);
            return ((ushort)first, (ushort)random.Next(first, LastDay));
        }
    }

    private void Compare(List<Known> known, OnDay on, ushort day)
    {
        var read = known.Select((one, place) => Naive(one, place, day)).ToArray();
        for (var place = 0; place < read.Length; place++) Assert.Equal(read[place], on.At(place));
        Span<ulong> room = stackalloc ulong[Block.Words], some = stackalloc ulong[Block.Words];
        foreach (var oneIn in (int[])[1, 3])
        {
            var drawn = Drawn(oneIn);
            foreach (var status in Statuses.All)
            {
                on.With(status, Bits(drawn, one => one.IsIn), room).CopyTo(some);
                Container.And(Bits(drawn, one => one.IsIn), some);
                Assert.Equal(Bits(drawn, one => one.IsIn && one.Read.Status == status), some.ToArray());
            }
        }
        Kept(read, on, day);
        var (from, to) = ((ushort)random.Next(LastDay), (ushort)random.Next(LastDay));
        foreach (var oneIn in (int[])[1, 3])
        {
            var drawn = Drawn(oneIn);
            Bits(drawn, one => one.IsIn).CopyTo(room);
            on.KeepWithin(ofExpiry: false, from, to, room);
            Assert.Equal(Bits(drawn, one => one.IsIn && one.Read.Issued >= from && one.Read.Issued <= to), room.ToArray());
            Bits(drawn, one => one.IsIn).CopyTo(room);
            on.KeepWithin(ofExpiry: true, from, to, room);
            Assert.Equal(Bits(drawn, one => one.IsIn && one.Read.Expires >= from && one.Read.Expires <= to), room.ToArray());
        }
        var level = random.Next(Levels);
        on.WithLevel(level, room);
        Bits(read, _ => true).CopyTo(some);
        Container.And(some, room);
        Assert.Equal(Bits(read, one => FactWord.Level(one.Word) == level), room.ToArray());
        // All, about half of them, few, and those of one status, which need not be found out then.
        foreach (var oneIn in (int[])[1, 2, 30])
        {
            var drawn = Drawn(oneIn);
            Counted(drawn, null);
            Counted([.. drawn.Select(one => (one.Read, one.IsIn && one.Read.Status == Status.Valid))], Status.Valid);
        }

        (Reading Read, bool IsIn)[] Drawn(int oneIn) => [.. read.Select(one => (one, random.Next(oneIn) == 0))];

        void Counted((Reading Read, bool IsIn)[] asked, Status? all)
        {
            // As bits, and as a list of places of a tile.
            int[] list = [.. Enumerable.Range(0, asked.Length).Where(place => asked[place].IsIn).Select(place => 3 * Facts.Size + place)];
            foreach (var isList in (bool[])[false, true])
            {
                var tally = new Tally();
                if (isList) on.Count(list, all, tally);
                else on.Count(Bits(asked, one => one.IsIn), all, tally);
                Told([.. asked.Where(one => one.IsIn).Select(one => one.Read)], tally);
            }
        }

        static void Told(List<Reading> expected, Tally tally)
        {
            Assert.Equal(expected.Count, tally.Total);
            Assert.All(Statuses.All, status => Assert.Equal(expected.Count(one => one.Status == status), tally.Of(status)));
            Assert.Equal(Numbers(expected, one => FactWord.Level(one.Word)), tally.OfLevels);
            Assert.Equal(Numbers(expected, one => FactWord.Category(one.Word)), tally.OfCategories);
            Assert.Equal(Numbers(expected, one => FactWord.Province(one.Word)), tally.OfProvinces);
            Assert.Equal(Numbers(expected, one => FactWord.Body(one.Word)), tally.OfBodies);
        }
    }

    /// <summary>Of a list, what has a status.</summary>
    private void Kept(Reading[] read, OnDay on, ushort day)
    {
        const int Tile = 3 * Facts.Size; // places are those of a tile, of which this is some block
        foreach (var status in Statuses.All)
        {
            int[] drawn = [.. Enumerable.Range(0, read.Length).Where(_ => random.Next(3) == 0)], list = [.. drawn.Select(place => Tile + place)];
            var kept = on.Keep(new(new(day, IsToday: false)) { Status = status }, list);
            Assert.Equal(drawn.Where(place => read[place].Status == status), list[..kept].Select(place => place - Tile));
        }
    }

    private static IEnumerable<(int, long)> Numbers(List<Reading> all, Func<Reading, int> of) =>
        all.CountBy(of).OrderBy(one => one.Key).Select(one => (one.Key, (long)one.Value));

    private static ulong[] Bits<T>(T[] all, Func<T, bool> isSet)
    {
        var bits = new ulong[Block.Words];
        for (var place = 0; place < all.Length; place++)
            if (isSet(all[place])) bits[place >> 6] |= 1UL << place;
        return bits;
    }

    private static Reading Naive(Known known, int place, ushort day)
    {
        var (fact, episodes) = known;
        var issue = new Episode((ushort)place, 0, fact.Issued, fact.Expires, (byte)FactWord.Level(fact.Word), Status.Valid);
        var stands = episodes.LastOrDefault(episode => episode.From <= day, issue);
        var status = stands.State is Status.Revoked or Status.Cancelled ? stands.State
            : day < stands.Issued ? Status.NotYetValid : day > stands.Expires ? Status.Expired : stands.State;
        return new(status, stands.Issued, stands.Expires, FactWord.WithLevel(fact.Word, stands.Level));
    }

    /// <summary>Log indexes with gaps of any length, as they grow and as they are read from the file.</summary>
    [Fact]
    public void Log_indexes_are_found_by_place_and_places_by_log_index()
    {
        var (growing, seqs, next) = (new LogIndexes(), new long[Facts.Size], 7L);
        for (var place = 0; place < seqs.Length; place++)
        {
            next += random.Next(8) > 0 ? 1 : random.NextInt64(1, random.Next(2) == 0 ? 5 : 1L << 40);
            growing.Add(seqs[place] = next);
        }
        var bytes = LogIndexes.Write(seqs);
        foreach (var indexes in (LogIndexes[])[growing, LogIndexes.Read(bytes)])
        {
            Assert.Equal(seqs, Enumerable.Range(0, indexes.Count).Select(place => indexes[place]));
            Assert.Equal(seqs[^1], indexes[^1]);
            foreach (var seq in seqs.SelectMany(seq => (long[])[seq - 1, seq, seq + 1]))
                Assert.Equal(Array.BinarySearch(seqs, seq), indexes.PlaceOf(seq));
            // One after the other in a walk: all of them, and ever fewer.
            foreach (var oneIn in (int[])[1, 10, 1000])
            {
                var run = 0;
                foreach (var seq in seqs.SelectMany(seq => (long[])[seq - 1, seq, seq + 1]).Distinct().Order().Where(_ => random.Next(oneIn) == 0))
                    Assert.Equal(Array.BinarySearch(seqs, seq), indexes.PlaceOf(seq, ref run));
            }
        }
        for (var n = 0; n < 2_000; n++)
        {
            // Damaged anywhere it is told as such, or reads as other ascending indexes: never beyond its end, never for long.
            var damaged = bytes[..random.Next(1, bytes.Length + 1)];
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try { Assert.Equal(Facts.Size, LogIndexes.Read(damaged).Count); }
            catch (InvalidDataException) { }
        }
    }
}
