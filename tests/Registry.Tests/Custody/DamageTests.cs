using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests.Custody;

/// <summary>What a broken disk, a power cut or a wrong hand does to the files beneath a registry: nothing wrong is ever signed, and the registry says what to do.</summary>
public sealed class DamageTests
{
    private static Database Open(RegistryApp app) => Opening.Open(SettingsOf(app), Opening.Identity(SettingsOf(app)), app.Clock, NullLogger<Database>.Instance);

    private static Settings SettingsOf(RegistryApp app) => new() { DataFile = app.DataFile, PublicUrl = "https://reg.example" };

    private static System.Text.Json.Nodes.JsonObject Draft(string number)
    {
        var draft = RegistryApp.Draft(number);
        draft["holder"]!.AsObject().Remove("uscc");
        return draft;
    }

    private static void Execute(RegistryApp app, string change, object? parameters = null)
    {
        using var db = Engine.Open(app.Database.Location);
        Assert.True(db.Execute(change, parameters) > 0, change);
    }

    /// <summary>Every byte of the edge, of a node and of the note is flipped beneath the running registry. What then leaves under the log's key is of the log
    /// that was posted, or nothing leaves.</summary>
    [Theory]
    [InlineData("edge")]
    [InlineData("note")]
    [InlineData("hash")]
    public async Task A_flipped_byte_signs_nothing_but_the_log(string column)
    {
        using var app = new RegistryApp();
        await app.Grow(300);
        var (table, newest) = column == "hash" ? ("node", "height = 8 AND idx = 0") : ("checkpoint", "size = (SELECT max(size) FROM checkpoint)");
        byte[] right;
        using (var db = Engine.Open(app.Database.Location)) right = db.ExecuteScalar<byte[]>($"SELECT CAST({column} AS BLOB) FROM {table} WHERE {newest}")!;
        var value = column == "note" ? "CAST(@bytes AS TEXT)" : "@bytes";
        for (var at = 0; at < right.Length; at++)
        {
            var bytes = right.ToArray();
            bytes[at] ^= 0x10;
            Execute(app, $"UPDATE {table} SET {column} = {value} WHERE {newest}", new { bytes });
            using (var posted = await app.Send("POST", "/v1/certificates", Draft($"FLIP-{at}"), app.Key))
            {
                var refused = await posted.Content.ReadAsStringAsync();
                if (column == "hash") Assert.True(posted.StatusCode is HttpStatusCode.Created, refused); // nothing is signed by a node
                else Assert.True(posted.StatusCode == HttpStatusCode.ServiceUnavailable && refused.Contains("cannot-record-now") && posted.Headers.RetryAfter is not null, $"{column} {at}: {refused}");
            }
            await LeavesNothingWrong(app, $"{column} {at}");
            if (column != "hash")
            {
                Assert.Contains("registry rebuild", await app.Client.GetStringAsync("/readyz"));
                Assert.Contains("registry rebuild", Assert.Throws<ForkedLogException>(() => Open(app)).Message);
            }
            Execute(app, $"UPDATE {table} SET {column} = {value} WHERE {newest}", new { bytes = right });
        }
        (await app.Send("POST", "/v1/certificates", Draft("FLIP-AFTER"), app.Key)).EnsureSuccessStatusCode();
        Assert.StartsWith("ok\n", await app.Client.GetStringAsync("/readyz"));
        await using (Open(app)) { }
    }

    /// <summary>Checkpoint, proof and consistency, as anybody is shown them: each is right, or is not shown.</summary>
    private static async Task LeavesNothingWrong(RegistryApp app, string what)
    {
        using (var shown = await app.Client.GetAsync("/log/checkpoint"))
            if (shown.IsSuccessStatusCode && Checkpoint.Open(await shown.Content.ReadAsStringAsync(), app.Log.Key) is { Checkpoint: var checkpoint })
            {
                var hashes = app.Database.Read(db => EntryLog.Leaves(db, 0, int.MaxValue).Select(leaf => MerkleTree.LeafHash(leaf)).ToArray())[..(int)checkpoint.Size];
                Assert.True(MerkleTree.HashOf(hashes).AsSpan().SequenceEqual(checkpoint.Root), what);
            }
        using var proof = await app.Client.GetAsync("/v1/log/100/proof");
        if (proof.IsSuccessStatusCode) Assert.True(InclusionProof.Parse(await proof.Content.ReadAsStringAsync())!.Verify(app.Log.Key), what);
        else Assert.Equal(HttpStatusCode.ServiceUnavailable, proof.StatusCode);
    }

    [Theory]
    [InlineData("UPDATE checkpoint SET edge = zeroblob(length(edge))")]
    [InlineData("UPDATE checkpoint SET edge = x''")]
    [InlineData("UPDATE checkpoint SET note = replace(note, 'reg.example', 'reg.exampel')")]
    [InlineData("UPDATE checkpoint SET note = NULL")]
    [InlineData("UPDATE node SET hash = zeroblob(32)")]
    [InlineData("DELETE FROM node")]
    [InlineData("DELETE FROM checkpoint")]
    public async Task Rebuild_mends_the_tree_from_the_entries_where_what_was_signed_tells_that_they_are_the_log(string damage)
    {
        using var app = new RegistryApp();
        await app.Grow(300);
        var shown = await app.Client.GetStringAsync("/log/checkpoint");
        Execute(app, damage);
        Assert.Equal((0, "Rebuilt."), Rebuild(app));
        Assert.Equal(shown, await app.Client.GetStringAsync("/log/checkpoint"));
        (await app.Send("POST", "/v1/certificates", Draft("AFTER"), app.Key)).EnsureSuccessStatusCode();
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        Assert.Empty(audit.Findings);
    }

    /// <summary>And it does not make a log of what is none.</summary>
    [Theory]
    [InlineData("UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE seq = 100) WHERE seq = 101")]
    [InlineData("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")]
    [InlineData("UPDATE checkpoint SET edge = zeroblob(length(edge)), note = replace(note, 'reg.example', 'reg.exampel')")]
    public async Task Rebuild_refuses_entries_that_are_not_those_that_were_signed(string damage)
    {
        using var app = new RegistryApp();
        await app.Grow(300);
        await app.Services.GetServices<IHostedService>().OfType<Upkeep>().Single().StopAsync(CancellationToken.None);
        File.Delete(Path.ChangeExtension(app.DataFile, ".published"));
        Execute(app, damage);
        var (code, output) = Rebuild(app);
        Assert.True(code == 1 && output.Contains("Restore the newest copy"), output);
    }

    private static (int, string) Rebuild(RegistryApp app)
    {
        var (code, output) = Tool.Try("bash", ["-c", $"exec dotnet {typeof(Program).Assembly.Location} rebuild --Registry:DataFile={app.DataFile} 2>&1"]);
        return (code, output.Trim());
    }

    [Theory]
    [InlineData("")]
    [InlineData("reg.example/log\n30")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("flipped")]
    public async Task A_torn_note_beside_the_file_is_called_torn_and_made_anew(string torn)
    {
        using var app = new RegistryApp();
        await app.Grow(30);
        var shown = await app.Client.GetStringAsync("/log/checkpoint");
        var published = Path.ChangeExtension(app.DataFile, ".published");
        Assert.Equal(shown, await File.ReadAllTextAsync(published));
        await app.Services.GetServices<IHostedService>().OfType<Upkeep>().Single().StopAsync(CancellationToken.None);
        await File.WriteAllTextAsync(published, torn == "flipped" ? shown.Replace("\n30\n", "\n31\n") : torn);
        var (code, output) = Tool.Try("bash", ["-c", $"exec dotnet {typeof(Program).Assembly.Location} bodies list --Registry:DataFile={app.DataFile} 2>&1"]);
        Assert.True(code == 0 && output.Contains("was torn") && output.Contains(RegistryApp.Body), output);
        Assert.Equal(shown, await File.ReadAllTextAsync(published));
    }

    [Fact]
    public async Task A_note_of_another_log_or_of_more_entries_is_not_torn_and_still_refuses()
    {
        using var app = new RegistryApp();
        await app.Grow(30);
        await app.Services.GetServices<IHostedService>().OfType<Upkeep>().Single().StopAsync(CancellationToken.None);
        var published = Path.ChangeExtension(app.DataFile, ".published");
        foreach (var (signer, found) in ((NoteSigner, string)[])[(NoteSigner.Create("reg.example/log"), "not one of this log"), (app.Log.Signer!, "It is an older copy")])
        {
            await File.WriteAllTextAsync(published, new Checkpoint("reg.example/log", 31, new byte[32]).Sign(signer).ToString());
            Assert.Contains(found, Assert.Throws<ForkedLogException>(() => Open(app)).Message);
        }
    }

    [Fact]
    public async Task The_newest_seal_is_noted_within_seconds_and_at_the_stop_though_nobody_asks()
    {
        using var app = new RegistryApp();
        var published = Path.ChangeExtension(app.DataFile, ".published");
        await app.Issue();
        for (var waited = 0; waited < 100 && Size() < 3; waited++) await Task.Delay(100);
        Assert.Equal(3, Size());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(published));
        var old = Engine.Copy(app.Database.Location, Path.GetDirectoryName(app.DataFile)!);
        await app.Issue("SECOND");
        await app.Services.GetServices<IHostedService>().OfType<Upkeep>().Single().StopAsync(CancellationToken.None);
        Assert.Equal(4, Size());
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(published)!), file => file.Contains(".published."));
        // The copy of before is known for what it is.
        Assert.Contains("It is an older copy", Assert.Throws<ForkedLogException>(() =>
        {
            File.Copy(old.Address, app.DataFile + ".old");
            File.Copy(published, app.DataFile + ".published");
            File.Copy(app.KeyFile, app.DataFile + ".key");
            var settings = SettingsOf(app) with { DataFile = app.DataFile + ".old" };
            Opening.Open(settings, Opening.Identity(settings), app.Clock, NullLogger<Database>.Instance);
        }).Message);

        long Size() => File.Exists(published) ? Checkpoint.Parse(Note.Parse(File.ReadAllText(published))!.Text)!.Size : 0;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_without_its_registry_begins_no_other_log(bool empty)
    {
        using var app = new RegistryApp();
        await app.Issue();
        var folder = Directory.CreateTempSubdirectory("registry-unmounted-").FullName;
        try
        {
            var settings = SettingsOf(app) with { DataFile = Path.Combine(folder, "data", "registry.db"), KeyFile = app.KeyFile };
            Directory.CreateDirectory(Path.Combine(folder, "data"));
            if (empty) await File.WriteAllBytesAsync(settings.DataFile, []);
            var refused = Assert.Throws<ForkedLogException>(() => Opening.Identity(settings)).Message;
            Assert.Contains("Is its folder mounted", refused);
            var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "serve", $"--Registry:DataFile={settings.DataFile}", $"--Registry:KeyFile={settings.KeyPath}"]);
            Assert.True(code == 1 && output.Contains("Is its folder mounted") && !output.Contains("   at "), output);
            // A new registry has a new key.
            settings = settings with { KeyFile = null };
            File.Delete(settings.DataFile);
            await using (Opening.Open(settings, Opening.Identity(settings), app.Clock, NullLogger<Database>.Instance)) { }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Each opens the file as a command does while sixteen post, somebody fetches every checkpoint, and the newest is noted all the time.</summary>
    [Fact]
    public async Task Fifty_commands_beside_a_registry_under_load_are_taken()
    {
        using var app = new RegistryApp();
        using var stop = new CancellationTokenSource();
        var posted = 0;
        var load = Enumerable.Range(0, 16).Select(poster => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                (await app.Send("POST", "/v1/certificates", Draft($"L-{poster}-{i}"), app.Key)).EnsureSuccessStatusCode();
                Interlocked.Increment(ref posted);
            }
        })).Append(Task.Run(async () => { while (!stop.IsCancellationRequested) await app.Client.GetStringAsync("/log/checkpoint"); })).ToArray();
        for (var i = 0; i < 49; i++)
            await using (var command = Open(app))
                Assert.True((await command.WriteAsync(t => Publisher.Admit(t, new Admit { Body = $"CNCA-R-2098-{i:000}", Name = "示例" }))).New);
        var id = app.Database.Read(db => Registry.Bodies.ApiKeys.List(db, RegistryApp.OtherBody))[0].Id;
        var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "bodies", "key", RegistryApp.OtherBody, "--revoke", id, $"--Registry:DataFile={app.DataFile}"]);
        Assert.True(code == 0 && output.Contains($"Revoked key {id}"), output);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(posted > 100, $"{posted}");
        Assert.Equal(2 + 49 + posted, app.Database.Read(EntryLog.Size));
    }
}
