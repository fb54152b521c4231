using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class DayTests
{
    [Theory]
    [InlineData("2026-02-28T15:59:59.999Z", "2026-02-28")]
    [InlineData("2026-02-28T16:00:00.000Z", "2026-03-01")]
    [InlineData("2024-02-28T16:00:00Z", "2024-02-29")]
    [InlineData("2025-12-31T16:00:00Z", "2026-01-01")]
    [InlineData("2026-07-01T00:00:00+08:00", "2026-07-01")]
    [InlineData("2026-07-01T12:00:00-05:00", "2026-07-02")]
    public void A_day_begins_in_Shanghai(string instant, string day) =>
        Assert.Equal(day, Day.Of(DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture)).ToString("O"));
}
