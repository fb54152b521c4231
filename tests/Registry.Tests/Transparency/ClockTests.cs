using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Registry.Bodies;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

/// <summary>A clock that is wrong: what is recorded then would date all that follows, so nothing is.</summary>
public sealed class ClockTests
{
    private static async Task<HttpStatusCode> Post(RegistryApp app, string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        using var posted = await app.Send("POST", "/v1/certificates", draft, app.Key);
        return posted.StatusCode;
    }

    [Fact]
    public async Task After_an_entry_from_the_future_nothing_is_recorded_until_the_clock_is_there()
    {
        using var app = new RegistryApp();
        var right = app.Clock.Now;
        app.Clock.Now = right.AddDays(200);
        Assert.Equal(HttpStatusCode.Created, await Post(app, "FUTURE")); // nobody can tell here: there is no witness
        app.Clock.Now = right;
        var size = app.Database.Read(EntryLog.Size);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Post(app, "NOW"));
        Assert.Equal(size, app.Database.Read(EntryLog.Size));
        var ready = await app.Client.GetStringAsync("/readyz");
        Assert.StartsWith($"reading only\nreading: ok\nwriting: Entry {size - 1} was recorded at 2027-01-01 04:00:00Z, which is later than the clock", ready);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.Client.GetAsync("/readyz/writing")).StatusCode);
        // What is no entry goes on: a key that leaked is revoked whatever the clock says.
        Assert.True(await app.Database.WriteAsync(t => Registry.Bodies.ApiKeys.Revoke(t, ApiKeys.List(t.Connection, RegistryApp.OtherBody)[0].Id)));
        app.Clock.Now = right.AddDays(200) - EntryLog.MaxAhead;
        Assert.Equal(HttpStatusCode.Created, await Post(app, "THEN"));
        Assert.StartsWith("ok\n", await app.Client.GetStringAsync("/readyz"));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(-200)]
    public async Task A_clock_far_from_the_times_that_witnesses_sign_records_nothing(int days)
    {
        using var app = new RegistryApp();
        var upkeep = app.Services.GetRequiredService<Upkeep>();
        // One witness of three that is wrong itself stops nothing.
        upkeep.Saw("one.example", app.Clock.Now.AddMinutes(-4));
        upkeep.Saw("two.example", app.Clock.Now.AddDays(-days));
        upkeep.Saw("three.example", app.Clock.Now.AddMinutes(4));
        Assert.Equal(HttpStatusCode.Created, await Post(app, "RIGHT"));
        upkeep.Saw("three.example", app.Clock.Now.AddDays(-days));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Post(app, "WRONG"));
        using (var writing = await app.Client.GetAsync("/readyz/writing")) Assert.Contains(days > 0 ? "ahead of the times that witnesses sign" : "behind the times that witnesses sign", await writing.Content.ReadAsStringAsync());
        upkeep.Saw("two.example", app.Clock.Now);
        Assert.Equal(HttpStatusCode.Created, await Post(app, "AGAIN"));
    }

    /// <summary>An entry from the future is named by whoever reads the log: verify, of a file and of an address, a mirror, and where a witness saw it earlier.</summary>
    [Fact]
    public async Task Entries_later_than_they_were_seen_are_named_by_verify_and_mirrors()
    {
        using var app = new RegistryApp();
        app.Clock.Now = DateTimeOffset.UtcNow.AddDays(200);
        Assert.Equal(HttpStatusCode.Created, await Post(app, "FUTURE"));
        await using var front = new Front(app.Client);
        using var witness = NoteSigner.Create("witness.example/w", VerifierKey.Cosignature);
        await app.Database.WriteAsync(t =>
        {
            var newest = TreeStore.Newest(t.Connection)!;
            TreeStore.AddCosignature(t.Connection, newest, witness.Cosign(Note.Parse(newest.Signed)!.Text, DateTimeOffset.UtcNow).Line + "\n");
            return 0;
        });
        foreach (var isUrl in (bool[])[false, true])
        {
            var audit = new Audit(app.Log, [witness.VerifierKey], (_, _) => { });
            await (isUrl ? audit.Url(front.Url, CancellationToken.None) : audit.Stored(app.Database.Location));
            Assert.Empty(audit.Findings);
            Assert.Contains(audit.Remarks, remark => remark.StartsWith("Entry 2 was recorded at", StringComparison.Ordinal) && remark.Contains("later than the clock"));
            Assert.Contains(audit.Remarks, remark => remark.StartsWith("entry 2 is dated", StringComparison.Ordinal) && remark.Contains("witness.example/w saw it at"));
        }
        var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", front.Url]);
        Assert.True(code == 0 && output.Contains("NOTE: Entry 2 was recorded at"), output);

        using var mirror = new RegistryApp(bodies: false, ("Registry:MirrorOf", front.Url));
        mirror.Clock.Now = DateTimeOffset.UtcNow;
        for (var waited = 0; mirror.Database.Read(EntryLog.Size) < 3; waited++)
        {
            Assert.True(waited < 600);
            await Task.Delay(50);
        }
        Assert.Contains("clock: Entry 2 was recorded at", await mirror.Client.GetStringAsync("/readyz"));
    }
}
