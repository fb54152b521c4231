using Registry.Tables;

namespace Registry.Tests.Tables;

/// <summary>Cells that wait in a file until their line is written.</summary>
public class WaitingCellsTests
{
    private static ShownCell[] Of(string text, Tone tone = Tone.Plain) => [new(text, tone), new(null), new("𠮷\n" + text, Tone.Bad)];

    [Fact]
    public void Cells_come_back_as_they_were_when_their_line_does()
    {
        using var waiting = new WaitingCells();
        foreach (var line in (int[])[2, 3, 7, 9]) waiting.Add(line, Of($"第 {line} 行", Tone.Good));
        Assert.Null(waiting.Of(1));
        foreach (var line in (int[])[2, 3, 9])
            Assert.Equal(Of($"第 {line} 行", Tone.Good).Select(cell => cell with { Text = cell.Text ?? "" }), waiting.Of(line)!);
        Assert.Null(waiting.Of(10));
        Assert.Null(waiting.Of(1 << 20));
    }

    [Fact]
    public void A_list_of_none_has_none()
    {
        using var waiting = new WaitingCells();
        Assert.Null(waiting.Of(1));
    }

    [Fact]
    public void Lines_are_added_in_their_order_and_before_they_are_asked_for()
    {
        using var waiting = new WaitingCells();
        waiting.Add(5, Of("五"));
        Assert.Throws<InvalidOperationException>(() => waiting.Add(5, Of("又")));
        Assert.NotNull(waiting.Of(5));
        Assert.Throws<InvalidOperationException>(() => waiting.Add(6, Of("六")));
    }
}
