using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>How long a search may look: a small register is searched whole however slow the machine is, of a large one it is told that there
/// was no time for more.</summary>
public sealed class TimeLimitTests
{
    private const string Asked = "云帆有";
    private static readonly DateOnly today = new(2026, 6, 15);

    /// <summary>A loaded machine does not shorten a search, and neither it nor a slow disk makes it last without end.</summary>
    [Fact]
    public void What_counts_is_the_work_of_the_processor_and_waiting_only_in_the_end()
    {
        var limit = new TimeLimit(TimeSpan.FromMilliseconds(150));
        Assert.False(limit.IsOver(TimeLimit.Always));
        Thread.Sleep(200);
        Assert.False(limit.IsOver(1));
        Assert.True(SpinWait.SpinUntil(() => limit.IsOver(1), TimeSpan.FromSeconds(30)));
        Assert.False(new TimeLimit(Timeout.InfiniteTimeSpan).IsOver(TimeLimit.Always + 1));
    }

    [Fact]
    public void Waiting_has_an_end()
    {
        var limit = new TimeLimit(TimeSpan.FromMilliseconds(10));
        Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(20); return limit.IsOver(TimeLimit.Always + 1); }, TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("newest")]
    [InlineData("expires")]
    [InlineData("holder")]
    public async Task Without_any_time_a_little_is_looked_at_and_pages_go_on_where_it_ended(string sort)
    {
        await using var test = await TestDatabase.Create(new TestClock());
        // Found by pairs of characters, but the pairs do not stand side by side: only the row tells.
        await Issue(test, "云帆有限公司", 0, 3);
        await Issue(test, "云帆大帆有限公司", 3, TimeLimit.Always - 3);
        Assert.Equal((3, 0), Pages(test, sort));
        await Issue(test, "云帆大帆有限公司", TimeLimit.Always, 2 * TimeLimit.Always);
        var (found, late) = Pages(test, sort);
        Assert.Equal(3, found);
        if (sort == "newest") Assert.True(late > 0);
    }

    private static Task Issue(TestDatabase test, string name, int from, int many) => test.Database.WriteAsync(transaction =>
        Enumerable.Range(from, many).Select(i => Publisher.Issue(transaction, RegistryApp.Body, Samples.Sparse with { Number = $"N-{i}", Holder = new() { Name = name } }).Id).ToList());

    private static (int Found, int Late) Pages(TestDatabase test, string sort) =>
        test.Database.Read(db => test.Index.Read(db, view =>
        {
            var (found, late) = (0, 0);
            var query = SearchQuery.Parse(name => name switch { "q" => Asked, "sort" => sort, _ => null });
            for (Cursor? next = null; ;)
            {
                using var hits = new Hits(db, view, query with { Cursor = next }, today);
                (var page, next, var incomplete) = OrderedHits.Page(hits, TimeSpan.Zero);
                found += page.Count;
                if (incomplete) late++;
                if (next is null) return (found, late);
            }
        }));
}
