using Registry.Tables;

namespace Registry.Tests.Tables;

public sealed class DatesTests
{
    [Theory]
    [InlineData("2025-03-01")]
    [InlineData("2025-3-1")]
    [InlineData("2025/3/1")]
    [InlineData("2025.3.1")]
    [InlineData("2025\\3\\1")]
    [InlineData("2025。3。1")]
    [InlineData("2025–03–01")]
    [InlineData("2025年3月1日")]
    [InlineData("2025年03月01")]
    [InlineData("2025 年 3 月 1 号")]
    [InlineData("2025年3月1日 星期六")]
    [InlineData("20250301")]
    [InlineData("２０２５－０３－０１")]
    [InlineData("２０２５．３．１")]
    [InlineData(" 2025 / 3 / 1 ")]
    [InlineData("2025/3/1 0:00:00")]
    [InlineData("2025/3/1 0:00")]
    [InlineData("2025-03-01T00:00:00")]
    [InlineData("2025-03-01T00:00:00.000")]
    [InlineData("2025-03-01T00:00:00+08:00")]
    [InlineData("2025/3/1 上午 12:00:00")]
    [InlineData("2025/3/1 12:00:00 AM")]
    [InlineData("2025-03-01 00:00:00")]
    [InlineData("2025年3月1日9时30分")]
    [InlineData("2025年3月1日上午 9:30")]
    [InlineData("2025年3月1日 9点整")]
    [InlineData("2025-03-01 9時")]
    [InlineData("\u200B2025-03-01\u00A0")]
    [InlineData("二〇二五年三月一日")]
    [InlineData("1 March 2025")]
    [InlineData("Mar 1, 2025")]
    [InlineData("01-Mar-2025")]
    [InlineData("45717")]
    [InlineData("45717.0")]
    [InlineData("45717.75")]
    [InlineData("４５７１７")]
    public void Every_way_of_writing_one_day_is_read(string cell) => Assert.Equal((new DateOnly(2025, 3, 1), null), Dates.Read(cell));

    [Theory]
    [InlineData("二○二四年十二月三十一日", "2024-12-31")]
    [InlineData("二〇二四年二月二十九日", "2024-02-29")]
    [InlineData("2024年十二月31日", null)]
    [InlineData("46811", "2028-02-28")]
    [InlineData("32874", "1990-01-01")]
    [InlineData("73050", "2099-12-31")]
    [InlineData("32873", null)]
    [InlineData("73051", null)]
    public void Serial_days_and_ideographs_reach_as_far_as_they_are_plausible(string cell, string? day) => Assert.Equal(day, Dates.Read(cell).Day?.ToString("yyyy-MM-dd"));

    [Theory]
    [InlineData("2025-02-30", "no-such-day")]
    [InlineData("2025年2月30日", "no-such-day")]
    [InlineData("20250230", "no-such-day")]
    [InlineData("2025-13-01", "no-such-day")]
    [InlineData("2025/0/1", "no-such-day")]
    [InlineData("2023-02-29", "no-such-day")]
    [InlineData("3/1/2025", "unread-date")]
    [InlineData("01.03.2025", "unread-date")]
    [InlineData("25/3/1", "unread-date")]
    [InlineData("2025年3月", "unread-date")]
    [InlineData("2025-03", "unread-date")]
    [InlineData("2025", "unread-date")]
    [InlineData("2025-3/1", "unread-date")]
    [InlineData("2025-02-28T16:00:00.000Z", "unread-date")]
    [InlineData("2025-03-01 起", "unread-date")]
    [InlineData("########", "unread-date")]
    [InlineData("\uD800", "unread-date")]
    [InlineData("1945-03-01", "day-out-of-range")]
    [InlineData("0204-03-01", "day-out-of-range")]
    [InlineData("2500-01-01", "day-out-of-range")]
    [InlineData("长期", "no-last-day")]
    [InlineData("长期有效", "no-last-day")]
    [InlineData("Permanent", "no-last-day")]
    [InlineData("9999-12-31", "no-last-day")]
    [InlineData("9999/12/31", "no-last-day")]
    public void What_is_no_day_is_refused_for_what_it_is_and_echoed(string cell, string code)
    {
        var faults = new List<Fault>();
        Assert.Null(Dates.Read(cell, "/issuedOn", faults));
        Assert.Equal((code, "/issuedOn"), (faults.Single().Refusal.Code, faults[0].Pointer));
        Assert.Contains(cell, faults[0].Message(Language.Zh));
        Assert.Contains(cell, faults[0].Message(Language.En));
    }

    [Fact]
    public void A_blank_cell_is_no_fault_and_a_serial_only_where_a_day_is_meant()
    {
        var faults = new List<Fault>();
        Assert.Null(Dates.Read(" ", "/x", faults));
        Assert.Empty(faults);
        Assert.Equal((null, Refusal.UnreadDate), Dates.Read("45717", serials: false));
    }
}
