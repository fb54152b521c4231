using System.Reflection;
using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;
using Registry.Transparency;

namespace Registry.Tests.Statements;

public sealed class ProjectionTests
{
    private sealed record Unheard : Statement;

    private sealed record UnheardAct : Amendment;

    [Fact]
    public async Task A_kind_of_statement_that_is_not_known_changes_nothing_in_silence()
    {
        await using var test = await TestDatabase.Create();
        var certificate = (await test.Issue(Samples.Content)).Id;
        var before = test.Dump();
        Statement[] unknown = [new Unheard { Body = RegistryApp.Body }, new UnheardAct { Body = RegistryApp.Body, Certificate = certificate, EffectiveOn = default }];
        foreach (var statement in unknown)
        {
            var told = await Assert.ThrowsAsync<InvalidDataException>(() => test.Database.WriteAsync(transaction =>
            {
                Projection.Apply(transaction, 99, new Leaf([]), statement);
                return 0;
            }));
            Assert.Contains(statement.GetType().Name, told.Message);
        }
        Assert.Equal(before, test.Dump());
    }

    [Fact]
    public void A_page_has_words_for_every_act_on_a_certificate_and_for_no_other()
    {
        var kinds = typeof(Statement).GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();
        var acts = kinds.Where(kind => kind.DerivedType == typeof(Issue) || kind.DerivedType.IsSubclassOf(typeof(Amendment))).Select(kind => (string)kind.TypeDiscriminator!).ToList();
        Assert.Equal(1 + Enum.GetValues<Act>().Length, acts.Select(act => Acts.Done(act)).Distinct().Count());
        foreach (var other in (string[])["", "unheard", .. kinds.Select(kind => (string)kind.TypeDiscriminator!).Except(acts)])
            Assert.Throws<InvalidOperationException>(() => Acts.Done(other));
    }
}
