using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Registry.Custody;

namespace Registry.Tests.Custody;

/// <summary>The check beside the work finds what no request would notice.</summary>
public sealed class SelfCheckTests
{
    [Theory]
    [InlineData("", "nothing found")]
    [InlineData("UPDATE certificate SET ended_on = NULL, ended_as = NULL WHERE ended_as IS NOT NULL", "is not what the log says of it")]
    [InlineData("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 100) WHERE seq = 101", "Entries 0 to 255 are not those")]
    [InlineData("DELETE FROM entry WHERE seq = 200", "some are missing")]
    [InlineData("UPDATE node SET hash = zeroblob(32)", "Entries 0 to 255 are not those")]
    [InlineData("UPDATE node SET hash = zeroblob(32) WHERE height = 4 AND idx = 17", "Entries 256 to 511 are not those")]
    [InlineData("DELETE FROM certificate WHERE number = 'CHECK-1'", "issued a certificate that is not there")]
    public async Task It_finds_what_is_damaged_and_says_so(string damage, string found)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("CHECK-1"))["id"]!;
        await app.Issue("CHECK-2");
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, app.Key)).EnsureSuccessStatusCode();
        await app.Grow(600);
        if (damage != "")
            using (var db = Engine.Open(app.Database.Location)) db.Execute(damage);
        var check = app.Services.GetRequiredService<SelfCheck>();
        Assert.Contains("check: not done yet", await app.Client.GetStringAsync("/readyz"));
        await check.Check(rest: 0, CancellationToken.None);
        Assert.Contains(found, check.Told);
        if (damage != "") Assert.Contains("registry verify", await app.Client.GetStringAsync("/readyz"));
    }
}
