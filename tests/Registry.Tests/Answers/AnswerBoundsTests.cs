using System.Buffers.Text;
using System.Security.Cryptography;
using Dapper;
using Registry.Answers;

namespace Registry.Tests.AnswersTests;

/// <summary>What is kept for others has bounds, and says so.</summary>
public sealed class AnswerBoundsTests
{
    [Fact]
    public async Task Answers_are_bounded_each_and_all_together()
    {
        await using var test = await DatabaseTests.TestDatabase.Create();
        Task Keep(int bytes) => test.Database.WriteAsync(transaction =>
        {
            var payload = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
            AnswerStore.Add(transaction, AnswerStore.NewId(), new(System.Text.Encoding.ASCII.GetBytes($"a.{payload}.c2ln"), ""), "code", transaction.Now.AddDays(1).ToUnixTimeMilliseconds());
            return 0;
        });
        async Task<string> Refused(int bytes) => (await Assert.ThrowsAsync<FaultException>(() => Keep(bytes))).Faults[0].Refusal.Code;
        await Keep(1000);
        Assert.Equal("answer-too-large", await Refused(AnswerStore.MaxBytes + 1));
        await test.Database.WriteAsync(t => t.Connection.Execute("UPDATE answer SET bytes = @full", new { full = AnswerStore.MaxTotal - AnswerStore.LeastBytes }));
        await Keep(1000);
        Assert.Equal("answers-full", await Refused(1000));
    }
}
