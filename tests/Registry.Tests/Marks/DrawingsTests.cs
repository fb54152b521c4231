using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Tests.Marks;

/// <summary>Few places to draw at and a short queue before them.</summary>
public sealed class DrawingsTests
{
    private const int Most = 64;

    /// <summary>Fills every place and the whole queue until the one returned is set.</summary>
    private static async Task<(TaskCompletionSource End, Task[] All)> Fill(Drawings drawings, CancellationToken gone = default)
    {
        var end = new TaskCompletionSource();
        var started = 0;
        var all = Enumerable.Range(0, Drawings.Places + Drawings.Queue).Select(_ => Task.Run(() => drawings.Draw(() =>
        {
            Interlocked.Increment(ref started);
            end.Task.Wait();
            return 0;
        }, gone))).ToArray();
        while (Volatile.Read(ref started) < Drawings.Places) await Task.Delay(5);
        await Task.Delay(200); // those who wait have come too
        return (end, all);
    }

    [Fact]
    public async Task Whoever_comes_when_the_queue_is_full_is_told_at_once()
    {
        using var drawings = new Drawings();
        var (end, all) = await Fill(drawings);
        var refused = await Assert.ThrowsAsync<FaultException>(() => drawings.Draw(() => 0, default));
        Assert.Equal(Refusal.TooBusy, refused.Faults[0].Refusal);
        end.SetResult();
        await Task.WhenAll(all);
        for (var i = 0; i < Most; i++) Assert.Equal(i, await drawings.Draw(() => i, default)); // no place was lost
    }

    [Fact]
    public async Task Whoever_has_gone_leaves_the_queue_and_a_drawing_that_fails_gives_its_place_back()
    {
        using var drawings = new Drawings();
        using var gone = new CancellationTokenSource();
        var (end, all) = await Fill(drawings, gone.Token);
        await gone.CancelAsync();
        await Task.Delay(200);
        var next = drawings.Draw(() => 7, default);
        end.SetResult();
        Assert.Equal(7, await next);
        for (var i = 0; i < Most; i++) await Assert.ThrowsAsync<FaultException>(() => drawings.Draw<int>(() => throw new FaultException(new Fault(Refusal.LowContrast)), default));
        Assert.Equal(1, await drawings.Draw(() => 1, default));
        Assert.Equal(Drawings.Queue, all.Count(task => task.IsCanceled));
    }

    [Fact]
    public async Task Pictures_are_refused_with_a_time_to_come_back_and_certificates_are_answered_meanwhile()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        using var posted = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机", items = 3 }, app.Key);
        var serialised = (string)JsonNode.Parse(await posted.Content.ReadAsStringAsync())!["code"]!;
        using var plain = await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "packaging", text = "云帆洗衣机" }, app.Key);
        var code = (string)JsonNode.Parse(await plain.Content.ReadAsStringAsync())!["code"]!;
        string[] drawn = [$"/v1/marks/{code}.svg?layout=code", $"/v1/marks/{code}.png?layout=code", $"/v1/marks/{code}.pdf?layout=code", $"/v1/marks/{serialised}/labels.pdf?layout=code", $"/c/{id}/card.png"];
        var (end, all) = await Fill(app.Services.GetRequiredService<Drawings>());
        foreach (var path in drawn)
        {
            using var answer = await app.Send("GET", path, key: app.Key);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), (answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
            Assert.Equal("too-busy", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!);
        }
        foreach (var path in (string[])["/livez", $"/c/{id}", $"/m/{code}", $"/v1/certificates/{id}", $"/c/{id}/badge.svg"])
        {
            using var answer = await app.Send("GET", path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        end.SetResult();
        await Task.WhenAll(all);
        foreach (var path in drawn)
        {
            using var answer = await app.Send("GET", path, key: app.Key);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }
}
