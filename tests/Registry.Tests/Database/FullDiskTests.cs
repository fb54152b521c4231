using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>No room left. Here SQLite is told that the file may not grow; tests/faults/full-disk.sh does it with a disk that is full.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_posts_and_nothing_else_and_writing_resumes_by_itself()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        var most = await app.Database.WriteAsync(t => t.Connection.ExecuteScalar<long>("PRAGMA max_page_count=1; PRAGMA max_page_count"));
        var (size, refused) = (0L, 0);
        for (var i = 0; i < 60 || refused < 20; i++)
        {
            Assert.True(i < 5000, "It never fills.");
            if (refused == 0) size = app.Database.Read(EntryLog.Size);
            var draft = RegistryApp.Draft($"FULL-{i}");
            draft["holder"]!.AsObject().Remove("uscc");
            using var posted = await app.Send("POST", "/v1/certificates", draft, app.Key);
            if (posted.StatusCode == HttpStatusCode.Created && refused == 0) continue;
            refused++;
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "5"), (posted.StatusCode, posted.Headers.RetryAfter?.ToString()));
            Assert.Equal("cannot-record-now", (string)JsonNode.Parse(await posted.Content.ReadAsStringAsync())!["code"]!);
            foreach (var read in (string[])[$"/v1/certificates/{id}", $"/c/{id}", "/v1/certificates?q=" + Uri.EscapeDataString("云帆"), "/log/checkpoint", "/readyz", "/livez"])
                Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(read)).StatusCode);
        }
        // Nothing of what was refused is there, and the two kinds of readiness are told apart.
        Assert.Equal(size, app.Database.Read(EntryLog.Size));
        Assert.StartsWith("reading only\nreading: ok\nwriting: The disk is full.", await app.Client.GetStringAsync("/readyz"));
        using (var writing = await app.Client.GetAsync("/readyz/writing")) Assert.Equal((HttpStatusCode.ServiceUnavailable, "The disk is full.\n"), (writing.StatusCode, await writing.Content.ReadAsStringAsync()));
        Assert.Null(app.Database.Failure);

        // There is room again: it is noticed without a post, and the next is taken.
        await app.Database.WriteAsync(t => t.Connection.ExecuteScalar<long>("PRAGMA max_page_count=1073741823"));
        for (var waited = 0; waited < 100 && !(await app.Client.GetStringAsync("/readyz")).StartsWith("ok", StringComparison.Ordinal); waited++) await Task.Delay(100);
        Assert.Equal("ok", await app.Client.GetStringAsync("/readyz/writing"));
        await app.Issue("AFTER-FULL");
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        Assert.Empty(audit.Findings);
    }
}
