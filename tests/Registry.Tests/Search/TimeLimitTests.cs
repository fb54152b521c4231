using Registry.Search;

namespace Registry.Tests.Search;

public sealed class TimeLimitTests
{
    /// <summary>A loaded machine does not shorten a search, and neither it nor a slow disk makes it last without end.</summary>
    [Fact]
    public void What_counts_is_the_work_of_the_processor_and_waiting_only_in_the_end()
    {
        var limit = new TimeLimit(TimeSpan.FromMilliseconds(150));
        Thread.Sleep(200);
        Assert.False(limit.IsOver);
        Assert.True(SpinWait.SpinUntil(() => limit.IsOver, TimeSpan.FromSeconds(30)));
        Assert.False(new TimeLimit(Timeout.InfiniteTimeSpan).IsOver);
    }

    [Fact]
    public void Waiting_has_an_end()
    {
        var limit = new TimeLimit(TimeSpan.FromMilliseconds(10));
        Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(20); return limit.IsOver; }, TimeSpan.FromSeconds(30)));
    }
}
