using Registry.Search;

namespace Registry.Tests.Search;

/// <summary>The schedule of the search index, window by window, against what it promises.</summary>
public sealed class TilesTests
{
    [Fact]
    public void A_tile_is_made_whole_before_it_is_read_and_its_parts_go_afterwards()
    {
        var (made, dropped) = (new Dictionary<IndexTile, int>(), new Dictionary<IndexTile, int>());
        for (long certificates = Tiles.Interval; certificates <= 3L << 20; certificates += Tiles.Interval)
        {
            foreach (var due in Tiles.Due(certificates))
            {
                var done = due.Work == TileWork.DropParts ? dropped : made;
                Assert.Equal(done.GetValueOrDefault(due.Tile), due.Slice);
                Assert.InRange(due.Slice, 0, due.Slices - 1);
                done[due.Tile] = due.IsLast ? int.MaxValue : due.Slice + 1;
                if (due.IsFirst && due.Work == TileWork.Merge) Assert.All(Enumerable.Range(0, Tiles.Merged), part => Assert.Equal(int.MaxValue, made[due.Tile.Part(part)]));
                if (due.IsFirst && due.Work == TileWork.DropParts) Assert.Equal(int.MaxValue, made[due.Tile]);
            }
            var tiles = Tiles.Of(certificates);
            Assert.All(tiles, tile => Assert.Equal(int.MaxValue, made[tile]));
            Assert.All(tiles, tile => Assert.DoesNotContain(dropped, drop => Enumerable.Range(0, Tiles.Merged).Any(part => drop.Key.Part(part) == tile)));
            // They stand side by side from the first ordinal on, and what is in none is bounded.
            Assert.Equal(tiles.Select(tile => tile.From), tiles.Select(tile => tile.From + tile.Size).Prepend(0).SkipLast(1));
            Assert.Equal(tiles.Sum(tile => (long)tile.Size), Tiles.Sealed(certificates));
            Assert.InRange(certificates - Tiles.Sealed(certificates), 0, 2 << Tiles.Small);
            Assert.InRange(tiles.Count - (certificates >> Tiles.Large), 0, 20);
        }
    }

    [Fact]
    public void Keys_of_different_tiles_that_are_there_together_differ_and_stand_in_order()
    {
        foreach (var certificates in (long[])[100_000, 1_000_000, 10_000_000, 100_000_000])
        {
            var keys = Tiles.Of(certificates).SelectMany(tile => (long[])[tile.Key(0), tile.Key((1L << 48) - 1)]).ToArray();
            Assert.Equal(keys.Length, keys.Distinct().Count());
            Assert.All(keys, key => Assert.InRange(key, 0, long.MaxValue));
        }
        Assert.Equal(0x4E91_5E06_0000, IndexTile.TermOf(new IndexTile(17, 3).Key(0x4E91_5E06_0000)));
    }
}
