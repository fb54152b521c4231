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
}
