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

    [Fact]
    public void Every_day_reads_as_each_certificates_last_act_until_then()
    {
        var (block, known) = (new Block(), new List<Known>());
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
        for (ushort day = 0; day <= LastDay + 1; day++) Compare(block, known, day);
    }

    private static void Put(Block block, List<Known> known, int place) =>
        block.Set(place, place + 10, known[place].Fact, known[place].Episodes);

    private Known Any(int place)
    {
        var (issued, expires) = Days();
        var fact = new Fact(issued, expires, FactWord.Of(1, 1, random.Next(Levels), 11));
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

    private static void Compare(Block block, List<Known> known, ushort day)
    {
        // One by one before the whole day is made, which they are read from afterwards.
        var alone = known.Select((_, place) => block.At(place, day)).ToList();
        var on = block.On(day);
        var counted = new Tally();
        Span<ulong> all = stackalloc ulong[Block.Words];
        for (var place = 0; place < known.Count; place++)
        {
            var (fact, episodes) = known[place];
            var issue = new Episode((ushort)place, 0, fact.Issued, fact.Expires, (byte)FactWord.Level(fact.Word), Status.Valid);
            var stands = episodes.LastOrDefault(episode => episode.From <= day, issue);
            var status = stands.State is Status.Revoked or Status.Cancelled ? stands.State
                : day < stands.Issued ? Status.NotYetValid : day > stands.Expires ? Status.Expired : stands.State;
            var read = (on.StatusOf(place), on.Issued(place), on.Expires(place), on.LevelOf(place));
            Assert.Equal((status, stands.Issued, stands.Expires, (int)stands.Level), read);
            Assert.Equal(alone[place], block.At(place, day));
            Assert.Equal(read, (alone[place].Status, alone[place].Issued, alone[place].Expires, FactWord.Level(alone[place].Word)));
            all[place >> 6] |= 1UL << place;
            counted.Add(status, 1);
        }
        var tally = new Tally();
        on.Count(all, tally);
        Assert.All(Statuses.All, status => Assert.Equal(counted.Of(status), tally.Of(status)));
    }
}
