using System.Security.Cryptography;
using Dapper;
using Registry.Answers;
using Registry.Transparency;

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
            var kept = new KeptAnswer("a", RandomNumberGenerator.GetBytes(bytes), "sig"u8.ToArray(), "", null);
            AnswerStore.Add(transaction, AnswerStore.NewId(), kept, "code", transaction.Now.AddDays(1).ToUnixTimeMilliseconds());
            return 0;
        });
        async Task<string> Refused(int bytes) => (await Assert.ThrowsAsync<FaultException>(() => Keep(bytes))).Faults[0].Refusal.Code;
        await Keep(1000);
        Assert.Equal("answer-too-large", await Refused(AnswerStore.MaxBytes + 1));
        await test.Database.WriteAsync(t => t.Connection.Execute("UPDATE answer SET bytes = @full", new { full = AnswerStore.MaxTotal - AnswerStore.LeastBytes }));
        await Keep(1000);
        Assert.Equal("answers-full", await Refused(1000));
    }

    [Fact]
    public void A_long_answer_comes_back_piece_by_piece_as_it_was_signed()
    {
        var payload = RandomNumberGenerator.GetBytes(200_001);
        var compact = Jws.Sign(NoteSigner.Create("pieces.example/log"), payload, Jws.AnswerType);
        var kept = KeptAnswer.Of(payload, compact, "", null);
        Assert.Equal(compact, kept.Signed().SelectMany(piece => piece.ToArray()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(compact)), kept.Hash());
    }
}
