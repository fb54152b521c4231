namespace Registry.Tests.DatabaseTests;

/// <summary>A question that all who wait share.</summary>
public sealed class SharedQuestionTests
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whoever_comes_while_one_is_asked_has_the_next_answer_and_one_who_takes_long_keeps_nobody_waiting()
    {
        using var asked = new SemaphoreSlim(0);
        using var answers = new SemaphoreSlim(0);
        var count = 0;
        int Put()
        {
            count++;
            asked.Release();
            Assert.True(answers.Wait(patience));
            return count;
        }
        using var question = new SharedQuestion<int>(Put, "question");
        var before = question.Ask();
        Assert.True(await asked.WaitAsync(patience));
        var meanwhile = Enumerable.Range(0, 9).Select(_ => question.Ask()).ToArray();
        using var goOn = new ManualResetEventSlim();
        var slow = meanwhile[0].ContinueWith(_ => goOn.Wait(patience), TaskContinuationOptions.ExecuteSynchronously);
        answers.Release(2);
        Assert.Equal(1, await before.WaitAsync(patience));
        foreach (var one in meanwhile[1..]) Assert.Equal(2, await one.WaitAsync(patience));
        goOn.Set();
        Assert.True(await slow);
        Assert.Equal(2, count);
    }

    [Fact]
    public async Task What_the_question_throws_is_thrown_to_all_and_the_next_is_asked()
    {
        var fails = true;
        using var question = new SharedQuestion<int>(() => fails ? throw new InvalidOperationException("away") : 7, "question");
        var waiting = Enumerable.Range(0, 5).Select(_ => question.Ask()).ToArray();
        foreach (var one in waiting) await Assert.ThrowsAsync<InvalidOperationException>(() => one.WaitAsync(patience));
        fails = false;
        Assert.Equal(7, await question.Ask().WaitAsync(patience));
    }
}
