using Registry.Search;

namespace Registry.Tests.Search;

/// <summary>Every operation on containers compared with plain sets, on sets of every shape; and bytes that are none.</summary>
public sealed class ContainerTests
{
    private const int Seed = 20260101;

    /// <summary>Sets of a tile: empty, full, one, all but one, ends, runs, every density.</summary>
    private static IEnumerable<int[]> Sets(int log, Random random)
    {
        var universe = 1 << log;
        yield return [];
        yield return [.. Enumerable.Range(0, universe)];
        foreach (var one in (int[])[0, 1, universe / 2, universe - 1])
        {
            yield return [one];
            yield return [.. Enumerable.Range(0, universe).Where(ordinal => ordinal != one)];
        }
        yield return [0, universe - 1];
        yield return [.. Enumerable.Range(universe / 3, universe / 4)];
        for (var power = 0; power <= log; power++)
        {
            yield return Drawn(1 << power);
            yield return Drawn(Math.Max(1, (1 << power) - 1));
        }
        for (var i = 0; i < 20; i++)
        {
            var (set, at) = (new List<int>(), 0);
            while ((at += random.Next(universe / 8)) < universe)
                for (var length = random.Next(1, 40); length > 0 && at < universe; length--) set.Add(at++);
            yield return [.. set];
        }

        int[] Drawn(int many)
        {
            var set = new SortedSet<int>();
            for (var i = 0; i < many; i++) set.Add(random.Next(universe));
            return [.. set];
        }
    }

    private static byte[] Encoded(int[] set, int log)
    {
        var buffer = new byte[Container.MaxBytes(log)];
        return buffer[..Container.Encode(set, log, buffer)];
    }

    private static ulong[] Map(IEnumerable<int> set, int log)
    {
        var map = new ulong[1 << log - 6];
        foreach (var ordinal in set) map[ordinal >> 6] |= 1UL << ordinal;
        return map;
    }

    [Theory, InlineData(6), InlineData(9), InlineData(14)]
    public void Every_operation_is_that_of_a_set(int log)
    {
        var random = new Random(Seed);
        var all = Sets(log, random).ToArray();
        var (list, spare) = (new int[1 << log], new ulong[1 << log - 6]);
        foreach (var set in all)
        {
            var container = Encoded(set, log);
            Assert.Equal(set.Length, Container.Count(container, log));
            Assert.Equal(set, list[..Container.List(container, log, list)]);
            var other = all[random.Next(all.Length)];
            var (union, common) = (Map(other, log), Map(other, log));
            Container.Or(container, log, union);
            Assert.Equal(Map(set.Union(other), log), union);
            Container.And(container, log, common, spare);
            var expected = set.Intersect(other).Order().ToArray();
            Assert.Equal(Map(expected, log), common);
            Assert.Equal(expected.Length, Container.Count(common));
            foreach (var asked in (int[][])[other, [.. other.Where(_ => random.Next(50) == 0)]])
            {
                var kept = asked.ToArray();
                Assert.Equal(set.Intersect(asked).Order(), kept[..Container.Filter(container, log, kept, spare)]);
            }
        }
    }

    [Fact]
    public void What_is_written_follows_from_the_set_and_is_small()
    {
        Assert.Equal(4, Encoded([5000], 14).Length);
        Assert.Equal(3, Encoded([5], 20).Length);
        Assert.True(Encoded([.. Enumerable.Range(0, 1 << 14)], 14).Length <= 5);
        // One in a hundred: two bits beside those of the mean gap.
        Assert.InRange(Encoded([.. Enumerable.Range(0, 1 << 20).Where(ordinal => ordinal % 100 == 7)], 20).Length, 9_000, 12_000);
        // What has a quarter is a bitmap, which is read much faster.
        Assert.Equal(Container.MaxBytes(20), Encoded([.. Enumerable.Range(0, 1 << 20).Where(ordinal => ordinal % 4 == 1)], 20).Length);
    }

    /// <summary>Cut, lengthened and flipped bytes: either they are told, or ordinals below 2^log come out. Never a read beyond the end.</summary>
    [Fact]
    public void Damaged_bytes_are_told_or_harmless()
    {
        const int Log = 9;
        var random = new Random(Seed);
        var (list, map, spare, told) = (new int[1 << Log], new ulong[1 << Log - 6], new ulong[1 << Log - 6], 0);
        foreach (var set in Sets(Log, random))
            for (var round = 0; round < 200; round++)
            {
                var bytes = Encoded(set, Log);
                for (var flips = random.Next(1, 4); flips > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];
                if (random.Next(5) == 0) bytes = [.. bytes, 0xFF];
                foreach (var act in (Action[])[
                    () => Assert.All(list[..Container.List(bytes, Log, list)], ordinal => Assert.InRange(ordinal, 0, (1 << Log) - 1)),
                    () => Container.Count(bytes, Log), () => Container.Or(bytes, Log, map), () => Container.And(bytes, Log, map, spare),
                    () => Container.Filter(bytes, Log, [1, 2, 300, 511], spare)])
                    try { act(); }
                    catch (InvalidDataException) { told++; }
            }
        Assert.True(told > 1000);
    }
}
