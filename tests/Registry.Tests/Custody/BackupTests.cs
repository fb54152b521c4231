using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.CustodyTests;

/// <summary>A registry that is destroyed comes back: from its backup, from what was shipped since, and never as another log than was shown.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-backup-").FullName;
    private string BackupFolder => Path.Combine(folder, "backup");
    private string Shipped => Path.Combine(folder, "shipped");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Settings SettingsOf(RegistryApp app) => new() { DataFile = app.DataFile, PublicUrl = "https://reg.example" };

    private static Task Make(RegistryApp app, string to) => new Backup(SettingsOf(app), app.Log.Key, (_, _) => { }).Make(to, CancellationToken.None);

    /// <summary>A place of its own with the log's key in it.</summary>
    private Settings Elsewhere(RegistryApp app, bool published = false)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"))).FullName;
        var settings = new Settings { DataFile = Path.Combine(place, "registry.db"), PublicUrl = "https://reg.example" };
        File.Copy(app.KeyFile, settings.KeyPath);
        if (published) File.Copy(Path.ChangeExtension(app.DataFile, ".published"), settings.PublishedPath);
        return settings;
    }

    private static async Task<Restoring> Restore(Settings settings, RegistryApp app, string? backup, string? shipped, bool acceptLoss = false)
    {
        var restoring = new Restoring(settings, app.Log, app.Clock, (_, _) => { });
        await restoring.Run(backup, shipped, acceptLoss, CancellationToken.None);
        return restoring;
    }

    private static async Task ShipsAll(RegistryApp app)
    {
        var shipping = app.Services.GetRequiredService<Shipping>();
        for (var waited = 0; !(shipping.Told.StartsWith("ok, ", StringComparison.Ordinal) && shipping.Told.Contains($"ok, {app.Database.Read(EntryLog.Size)} entries")); waited++)
        {
            Assert.True(waited < 600, shipping.Told);
            await Task.Delay(20);
        }
    }

    private static async Task Sound(Settings settings, LogIdentity log)
    {
        var audit = new Audit(log, [], (_, _) => { });
        await audit.Stored(settings.Location);
        Assert.Empty(audit.Findings);
    }

    /// <summary>The drill: backed up and shipped while it is written to, destroyed, restored elsewhere: the same root, the same rows, the same keys, and it goes on.</summary>
    [Fact]
    public async Task Destroyed_and_restored_it_is_the_same_registry()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", Shipped));
        await app.Grow(1500);
        using var stop = new CancellationTokenSource();
        var posting = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await app.Issue($"MEANWHILE-{i}");
        });
        await Make(app, BackupFolder);
        await Task.Delay(200);
        await stop.CancelAsync();
        await posting;
        await app.Issue("THE-LAST");
        await ShipsAll(app);
        await app.Client.GetStringAsync("/log/checkpoint");
        var (root, size) = app.Database.Read(db => (TreeStore.EdgeOf(db).Root, EntryLog.Size(db)));
        Assert.Contains($"shipping: ok, {size} entries", await app.Client.GetStringAsync("/readyz"));

        var settings = Elsewhere(app, published: true);
        var restored = await Restore(settings, app, BackupFolder, Shipped);
        Assert.Equal((Convert.ToBase64String(root), size), (Convert.ToBase64String(restored.Root), restored.FromBackup + restored.FromShipped));
        Assert.True(restored.FromShipped > 0 && restored.FromBackup >= 1500 && restored.Losses!.Words.Count == 0);
        await Sound(settings, app.Log);
        using (var one = app.Database.Location.OpenReadOnly())
        using (var other = settings.Location.OpenReadOnly())
            foreach (var (table, order) in Database.Derived.Prepend(("entry", "seq")).Append(("api_key", "id")))
                Assert.True(StoredTables.Difference(one, other, table, order) is null, table);
        Assert.Equal(await File.ReadAllTextAsync(Path.ChangeExtension(app.DataFile, ".published")), await File.ReadAllTextAsync(settings.PublishedPath));
        await using (var opened = Opening.Open(settings, app.Log, app.Clock, NullLogger<Database>.Instance))
            Assert.True((await opened.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = "GOES-ON" }))).New);

        // And from what was shipped alone, which holds the whole log.
        var alone = Elsewhere(app, published: true);
        Assert.Equal(Convert.ToBase64String(root), Convert.ToBase64String((await Restore(alone, app, null, Shipped)).Root));
        await Sound(alone, app.Log);
        // Nothing is restored over a registry.
        Assert.Contains("nothing is restored over a registry", (await Assert.ThrowsAsync<TransferException>(() => Restore(alone, app, BackupFolder, Shipped))).Message);
    }

    [Fact]
    public async Task The_commands_do_it_and_say_what_is_not_in_a_backup()
    {
        using var app = new RegistryApp();
        await app.Issue();
        var (code, said) = Run(app, "backup", BackupFolder);
        Assert.True(code == 0 && said.Contains("entries      3, proven") && said.Contains($"NOT in it    the key of the log, {app.KeyFile}"), said);
        Assert.Equal(["README.txt", "registry.db", "registry.published"], Directory.GetFiles(BackupFolder).Select(Path.GetFileName).Order());
        Assert.Contains("Registry__PublicUrl=https://reg.example", await File.ReadAllTextAsync(Path.Combine(BackupFolder, "README.txt")));
        await app.Issue("SECOND");
        Assert.Contains("entries      4, proven", Run(app, "backup", BackupFolder).Output);
        // An older copy, or another log, never takes the place of a backup.
        var older = Path.Combine(folder, "older.db");
        await Make(app, older);
        await app.Issue("NEWER");
        await Make(app, BackupFolder);
        var (refused, why) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "backup", BackupFolder, $"--Registry:DataFile={older}", $"--Registry:KeyFile={app.KeyFile}"]);
        Assert.True(refused == 1 && why.Contains("is left as it is"), why);

        var settings = Elsewhere(app);
        string[] restore = [typeof(Program).Assembly.Location, "restore", BackupFolder, $"--Registry:DataFile={settings.DataFile}"];
        (code, said) = Tool.Try("dotnet", restore);
        Assert.True(code == 0 && said.Contains("entries      5, of them 0 from what was shipped") && said.Contains(Convert.ToBase64String(app.Database.Read(TreeStore.EdgeOf).Root)), said);
        (code, said) = Tool.Try("dotnet", restore);
        Assert.True(code == 1 && said.Contains("Move it away first"), said);
        File.Delete(settings.KeyPath);
        File.Delete(settings.DataFile);
        (code, said) = Tool.Try("dotnet", restore);
        Assert.True(code == 1 && said.Contains("Put the key of the log at"), said);
        Assert.Equal(1, Tool.Try("dotnet", restore[..2]).Code);
    }

    private static (int Code, string Output) Run(RegistryApp app, params string[] arguments) =>
        Tool.Try("dotnet", [typeof(Program).Assembly.Location, .. arguments, $"--Registry:DataFile={app.DataFile}", "--Registry:PublicUrl=https://reg.example"]);

    /// <summary>A backup from before what was shown is refused, whoever was shown it; accepted by name, the log itself says what is lost, and mirrors see a fork.</summary>
    /// <summary>A host may be stopped by two at once: by a signal, and by whoever started it.</summary>
    [Fact]
    public async Task Once_it_has_ended_nothing_is_shipped_any_more()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", Shipped));
        await app.Issue();
        var shipping = app.Services.GetRequiredService<Shipping>();
        await shipping.StopAsync(CancellationToken.None);
        Assert.Equal(app.Database.Read(EntryLog.Size), ShippedLog.Leaves(Shipped, 0).Count());
        Directory.Delete(Shipped, recursive: true);
        await shipping.StopAsync(CancellationToken.None);
        Assert.False(Directory.Exists(Shipped));
    }

    [Fact]
    public async Task An_older_state_than_was_shown_is_refused_or_the_log_says_that_it_is_lost()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", Shipped));
        await app.Issue();
        await Make(app, BackupFolder);
        await app.Issue("LOST-1");
        await app.Issue("LOST-2");
        await ShipsAll(app);
        var lost = (await app.Client.GetStringAsync("/log/checkpoint")).Trim();
        var settings = Elsewhere(app, published: true);
        Assert.Contains("It is an older copy", (await Assert.ThrowsAsync<ForkedLogException>(() => Restore(settings, app, BackupFolder, null))).Message);
        Assert.False(File.Exists(settings.DataFile));
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(settings.DataFile)!), file => file.Contains(".restoring"));

        var restored = await Restore(settings, app, BackupFolder, null, acceptLoss: true);
        Assert.Equal(3, restored.Losses!.RecordedAt);
        await using (var opened = Opening.Open(settings, app.Log, app.Clock, NullLogger<Database>.Instance))
        {
            var stated = Assert.IsType<AcceptLoss>(opened.Read(db => EntryLog.Get(db, 3)).Statement);
            Assert.Equal(5, Assert.Single(opened.Read(LossStore.List)).Size);
            Assert.StartsWith(lost.Split('\n')[0], stated.Lost);
            // It goes on, over what was lost too, and never says it twice.
            for (var i = 0; i < 5; i++) await opened.WriteAsync(t => Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"AFTER-{i}" }));
            Assert.False((await opened.WriteAsync(t => Publisher.AcceptLoss(t, stated with { StatedAt = default }))).New);
            // Where the log was shipped to lies the lost one: it is kept, and never written over.
            Assert.Contains("accepted as lost", Assert.Throws<ForkedLogException>(() => opened.Read(db => Shipping.Continues(db, Shipped, app.Log.Key))).Message);
            // Whoever holds the lost log sees the fork.
            var (one, other) = (Checkpoint.Open(lost + "\n", app.Log.Key)!.Value.Note, Checkpoint.Open(opened.Read(TreeStore.Newest)!.Note, app.Log.Key)!.Value.Note);
            var (root, proof) = opened.Read(db => (MerkleTree.Root(5, TreeStore.Source(db)), MerkleTree.ConsistencyProof(5, EntryLog.Size(db), TreeStore.Source(db))));
            Assert.True(Evidence.Fork(app.Log.Key, one, other, root, proof).Proves(app.Log.Key));
        }
        await using (Opening.Open(settings with { ShipTo = Shipped }, app.Log, app.Clock, NullLogger<Database>.Instance)) { }
        await Sound(settings, app.Log);
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(settings.Location);
        Assert.Contains(audit.Remarks, remark => remark.Contains("entry 3 states that what was signed over 5 entries was lost"));
        audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(settings.Location, Shipped);
        Assert.Empty(audit.Findings);
        Assert.Contains(audit.Remarks, remark => remark.Contains("was accepted as lost, and was not compared"));
        // The page says so first.
        using var again = new RegistryApp(bodies: false, ("Registry:DataFile", settings.DataFile));
        Assert.Contains("signed over 5 entries", await (await again.Send("GET", "/log", language: "en")).Content.ReadAsStringAsync());
        await again.Rebuild();
        Assert.Single(again.Database.Read(LossStore.List));
    }

    /// <summary>An older copy was put in place by hand, and the better one is gone: the command tells what is lost, and on demand the log does.</summary>
    [Fact]
    public async Task An_older_copy_is_accepted_by_name_where_the_better_one_is_gone()
    {
        using var app = new RegistryApp();
        await app.Issue();
        var settings = Elsewhere(app);
        await Make(app, settings.DataFile);
        await app.Issue("LOST");
        await app.Client.GetStringAsync("/log/checkpoint");
        File.Copy(Path.ChangeExtension(app.DataFile, ".published"), settings.PublishedPath);
        string[] arguments = [typeof(Program).Assembly.Location, "accept-loss", $"--Registry:DataFile={settings.DataFile}"];
        var (code, said) = Tool.Try("dotnet", arguments);
        Assert.True(code == 1 && said.Contains("LOST: The database holds 3 entries, but a checkpoint over 4") && said.Contains("With --yes"), said);
        Assert.Throws<ForkedLogException>(() => Opening.Open(settings, app.Log, app.Clock, NullLogger<Database>.Instance));
        (code, said) = Tool.Try("dotnet", [.. arguments, "--yes"]);
        Assert.True(code == 0 && said.Contains("Entry 3 of the log states it"), said);
        (code, said) = Tool.Try("dotnet", arguments);
        Assert.True(code == 0 && said.Contains("Nothing would be lost"), said);
        await using (Opening.Open(settings, app.Log, app.Clock, NullLogger<Database>.Instance)) { }
    }

    /// <summary>The registry is never its own backup, under whatever name; and a backup can be read where nobody may write.</summary>
    [Fact]
    public async Task A_backup_is_a_file_of_its_own_and_whole_by_itself()
    {
        using var app = new RegistryApp();
        var data = Path.GetDirectoryName(app.DataFile)!;
        Directory.CreateSymbolicLink(Path.Combine(folder, "link"), data);
        foreach (var to in (string[])[data, app.DataFile, Path.Combine(folder, "link")])
            Assert.Contains("is the registry itself", (await Assert.ThrowsAsync<TransferException>(() => Make(app, to))).Message);
        // What a backup that was killed left is in nobody's way.
        Directory.CreateDirectory(BackupFolder);
        foreach (var left in (string[])["registry.db.making", "registry.db.making-wal", "registry.db.backup.lock"]) await File.WriteAllTextAsync(Path.Combine(BackupFolder, left), "left");
        await Make(app, BackupFolder);
        Assert.Equal(["README.txt", "registry.db", "registry.published"], Directory.GetFiles(BackupFolder).Select(Path.GetFileName).Order());
        const int FormatOfWriting = 18, FormatOfReading = 19;
        var header = (await File.ReadAllBytesAsync(Path.Combine(BackupFolder, "registry.db")))[..100];
        Assert.Equal((1, 1), (header[FormatOfWriting], header[FormatOfReading])); // 2 with a write-ahead log
    }

    /// <summary>What the registry that is gone had not written back yet would be taken for a part of the restored one.</summary>
    [Fact]
    public async Task Nothing_is_restored_beside_what_is_left_of_another()
    {
        using var app = new RegistryApp();
        await Make(app, BackupFolder);
        var settings = Elsewhere(app);
        await File.WriteAllTextAsync(settings.DataFile + "-wal", "left");
        Assert.Contains("-wal is there", (await Assert.ThrowsAsync<TransferException>(() => Restore(settings, app, BackupFolder, null))).Message);
        File.Delete(settings.DataFile + "-wal");
        await Restore(settings, app, BackupFolder, null);
    }

    /// <summary>Backup and shipped log in one folder: both are used, and the API keys come back.</summary>
    [Fact]
    public async Task A_folder_that_holds_both_gives_both()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", BackupFolder));
        await Make(app, BackupFolder);
        await app.Issue();
        await ShipsAll(app);
        var settings = Elsewhere(app);
        string[] restore = [typeof(Program).Assembly.Location, "restore", BackupFolder, $"--Registry:DataFile={settings.DataFile}"];
        var (code, said) = Tool.Try("dotnet", [.. restore, "--shipped", Shipped]);
        Assert.True(code == 1 && said.Contains("name the backup, and one of them with --shipped"), said);
        (code, said) = Tool.Try("dotnet", restore);
        Assert.True(code == 0 && said.Contains("entries      3, of them 1 from what was shipped") && said.Contains("as of the backup"), said);
    }

    /// <summary>A witness that takes the connection and says nothing is one that could not be asked.</summary>
    [Fact]
    public async Task A_silent_witness_stops_no_restore()
    {
        using var app = new RegistryApp();
        await Make(app, BackupFolder);
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var witness = NoteSigner.Create("witness.example/silent", VerifierKey.Cosignature);
        var restored = await Restore(Elsewhere(app) with { Witnesses = [$"{witness.VerifierKey} http://{silent.LocalEndpoint}"] }, app, BackupFolder, null);
        Assert.Equal(["witness.example/silent"], restored.Losses!.Unheard);
    }

    /// <summary>What is not this log's, or was changed on the way, is never restored.</summary>
    [Theory]
    [InlineData("a shipped entry changed", "are not those of the backup")]
    [InlineData("a shipped entry after the backup changed", "give the root")]
    [InlineData("a shipped entry beyond the checkpoint changed", "breaks the registry's own rules")]
    [InlineData("a shipped line missing", "lines are missing")]
    [InlineData("another log shipped", "not one that")]
    [InlineData("a fork shipped", "are not those of the backup")]
    [InlineData("an entry of the backup changed", "entries were lost or changed")]
    [InlineData("an index of the backup damaged", "is damaged")]
    [InlineData("the backup of another log", "another log's backup")]
    public async Task What_was_changed_is_not_restored(string change, string says)
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", Shipped));
        await app.Grow(300);
        await Make(app, BackupFolder);
        for (var i = 0; i < 10; i++) await app.Issue($"SHIPPED-{i}");
        await ShipsAll(app);
        foreach (var service in app.Services.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None);
        var (entries, checkpoint, data) = (Path.Combine(Shipped, "entries-000000000000"), Path.Combine(Shipped, "checkpoint"), Path.Combine(BackupFolder, "registry.db"));
        var lines = await File.ReadAllLinesAsync(entries);
        using var other = new RegistryApp();
        switch (change)
        {
            case "a shipped entry changed":
            case "a shipped entry after the backup changed":
                (lines[change.Contains("after") ? 305 : 100], _) = (lines[101], 0);
                await File.WriteAllLinesAsync(entries, lines);
                break;
            case "a shipped entry beyond the checkpoint changed":
                await File.WriteAllTextAsync(checkpoint, (await File.ReadAllTextAsync(Path.Combine(BackupFolder, "registry.published"))));
                lines[^1] = lines[^1][..^8] + "AAAAAAAA";
                await File.WriteAllLinesAsync(entries, lines);
                break;
            case "a shipped line missing": await File.WriteAllLinesAsync(entries, lines[..^1]); break;
            case "another log shipped": await File.WriteAllTextAsync(checkpoint, other.Database.Read(TreeStore.Newest)!.Note); break;
            case "a fork shipped":
                File.Delete(checkpoint);
                (lines[100], lines[101]) = (lines[101], lines[100]);
                await File.WriteAllLinesAsync(entries, lines);
                break;
            case "an entry of the backup changed":
                using (var db = Engine.Open(Location.File(data))) db.Execute("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 100) WHERE seq = 101");
                break;
            case "an index of the backup damaged":
                var (bytes, code) = (await File.ReadAllBytesAsync(data), System.Text.Encoding.ASCII.GetBytes(app.Database.Read(db => db.ExecuteScalar<string>("SELECT code FROM mark LIMIT 1"))!));
                for (var at = bytes.AsSpan().IndexOf(code); !IsDamaged(data); at += 1 + bytes.AsSpan(at + 1).IndexOf(code))
                {
                    // In the index or in the row: they no longer agree.
                    bytes[at + 3] ^= 1;
                    await File.WriteAllBytesAsync(data, bytes);
                    bytes[at + 3] ^= 1;
                }
                break;
            case "the backup of another log": await Make(other, Path.Combine(folder, "other")); break;
        }
        var settings = Elsewhere(app);
        var backup = change == "the backup of another log" ? Path.Combine(folder, "other") : BackupFolder;
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => Restore(settings, app, backup, Shipped));
        Assert.Contains(says, refused.Message);
        Assert.True(refused is TransferException or ForkedLogException, refused.ToString());
        Assert.False(File.Exists(settings.DataFile));
    }

    private static bool IsDamaged(string file)
    {
        using var db = Location.File(file).OpenReadOnly();
        return FileCheck.Damage(db).Count > 0;
    }

    /// <summary>A crash leaves half a line, and lines beyond the checkpoint: they go on being shipped, and are restored as far as they are whole.</summary>
    [Fact]
    public async Task What_a_crash_left_where_the_log_is_shipped_is_gone_on_with()
    {
        using var app = new RegistryApp();
        await app.Grow(30);
        var leaves = app.Database.Read(db => EntryLog.Leaves(db, 0, 100).ToList());
        using (var log = new ShippedLog(Shipped))
        {
            Assert.Throws<IOException>(() => new ShippedLog(Shipped)); // one at a time
            log.GoOn(0);
            log.Add(leaves.Take(10));
            log.Seal(app.Database.Read(TreeStore.Newest)!.Note);
            log.Add(leaves.Skip(10).Take(10));
        }
        var file = Path.Combine(Shipped, "entries-000000000000");
        await File.AppendAllTextAsync(file, "half of a li");
        File.Delete(Path.Combine(Shipped, "checkpoint"));
        Assert.Equal(20, app.Database.Read(db => Shipping.Continues(db, Shipped, app.Log.Key)));
        var settings = Elsewhere(app);
        Assert.Equal(20, (await Restore(settings, app, null, Shipped)).FromShipped);
        await Sound(settings, app.Log);
        using (var log = new ShippedLog(Shipped))
        {
            log.GoOn(20);
            log.Add(leaves.Skip(20));
        }
        Assert.Equal(30, ShippedLog.Leaves(Shipped, 0).Count());
        // An older copy of the registry knows itself by it.
        Assert.Contains("holds an entry 20 that this registry does not", Assert.Throws<ForkedLogException>(() =>
        {
            using var older = settings.Location.OpenReadOnly();
            Shipping.Continues(older, Shipped, app.Log.Key);
        }).Message);
    }

    /// <summary>The folder is gone for a while: recording goes on, /readyz says how far it lags, and it is made up for.</summary>
    [Fact]
    public async Task While_it_cannot_be_shipped_the_registry_says_how_far_it_lags()
    {
        using var app = new RegistryApp(bodies: true, ("Registry:ShipTo", Shipped));
        await ShipsAll(app);
        foreach (var service in app.Services.GetServices<IHostedService>().OfType<Shipping>()) await service.StopAsync(CancellationToken.None);
        Directory.Move(Shipped, Shipped + ".away");
        await File.WriteAllTextAsync(Shipped, "a file in the folder's place");
        await app.Services.GetRequiredService<Shipping>().StartAsync(CancellationToken.None);
        await app.Issue();
        string ready;
        for (var waited = 0; !(ready = await app.Client.GetStringAsync("/readyz")).Contains("shipping: lags, 1 entries are not in"); waited++)
        {
            Assert.True(waited < 100, ready);
            await Task.Delay(100);
        }
        Assert.StartsWith("ok\n", ready);
        File.Delete(Shipped);
        Directory.Move(Shipped + ".away", Shipped);
        await ShipsAll(app);
        Assert.Equal(3, ShippedLog.Leaves(Shipped, 0).Count());
    }

    /// <summary>Entries of more than one file, and its names.</summary>
    [Fact]
    public void A_long_log_is_shipped_in_files_of_65536_lines()
    {
        var leaf = new byte[] { (byte)'a', (byte)'.', (byte)'b' };
        using (var log = new ShippedLog(Shipped))
        {
            log.GoOn(0);
            log.Add(Enumerable.Repeat(leaf, 65_536 + 10));
        }
        using (var log = new ShippedLog(Shipped))
        {
            log.GoOn(65_536 + 5);
            log.Add([leaf]);
        }
        Assert.Equal(["entries-000000000000", "entries-000000065536"], Directory.GetFiles(Shipped, "entries-*").Select(Path.GetFileName).Order());
        Assert.Equal(65_536 + 6, ShippedLog.Leaves(Shipped, 0).Count());
        Assert.Equal(6, ShippedLog.Leaves(Shipped, 65_536).Count());
    }
}
