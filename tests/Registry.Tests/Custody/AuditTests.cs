using System.Buffers.Text;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Custody;

/// <summary>A registry with every kind of row in it, closed. Made once: to load the demo takes longer than most tests of it.</summary>
public sealed class ClosedRegistry : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("registry-audit-").FullName;
    public Location Location { get; private set; } = null!;
    public VerifierKey Key { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        using var app = new RegistryApp(bodies: false);
        await app.LoadDemo();
        var key = BodySigner.Es256();
        await app.Database.WriteAsync(t =>
        {
            Publisher.RegisterKey(t, key.Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now));
            return SignedStatements.Accept(t, key.Sign(new Issue { Body = RegistryApp.Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = Samples.Content }));
        });
        await app.Client.GetStringAsync("/log/checkpoint");
        await app.Database.DisposeAsync();
        File.Copy(app.KeyFile, Path.Combine(Folder, "registry.key"));
        (Location, Key) = (Engine.Copy(app.Database.Location, Folder), app.Log.Key);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class AuditTests(ClosedRegistry made) : IClassFixture<ClosedRegistry>
{
    /// <summary>A copy of the closed registry that a test may spoil: its folder, and its database.</summary>
    private (string Folder, Location Location, VerifierKey Key) Closed()
    {
        var folder = Directory.CreateTempSubdirectory("registry-audit-").FullName;
        File.Copy(Path.Combine(made.Folder, "registry.key"), Path.Combine(folder, "registry.key"));
        return (folder, Engine.Copy(made.Location, folder), made.Key);
    }

    private static (int Code, string Output) Verify(Location location, string folder) =>
        Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", .. Engine.Arguments(location), "--Registry:KeyFile=registry.key"], null, folder);

    /// <summary>A file that an earlier version made is not called wrong because this one makes other tables; its log is checked all the same.</summary>
    [Fact]
    public async Task A_file_of_an_earlier_version_is_verified_by_its_log()
    {
        var (folder, file, _) = Closed();
        try
        {
            Execute(file, "UPDATE schema_version SET version = 9; DROP TABLE followed; DROP TABLE holder_name; ALTER TABLE body DROP COLUMN rules");
            var (code, output) = Verify(file, folder);
            Assert.True(code == 0 && output.Contains("NOTE: the file is of an earlier version (schema 9") && !output.Contains("every table row by row"), output);
            Execute(file, "UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 1001) WHERE seq = 1000");
            (code, output) = Verify(file, folder);
            Assert.True(code == 1 && output.Contains("WRONG: entry 1001"), output);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task Every_change_of_any_table_is_found()
    {
        var (folder, good, key) = Closed();
        try
        {
            Assert.Empty(await Findings(good));
            var (code, output) = Verify(good, folder);
            Assert.True(code == 0 && output.Contains("All is right."), output);

            // One change of the log at a time, for each hides others; those of tables, and those of what the file is made of, at once.
            foreach (var changes in ((string Change, string Found)[][])
            [
                [
                    ("UPDATE certificate SET level = 'five-star' WHERE seq = (SELECT max(seq) FROM certificate WHERE level <> 'five-star')", "table certificate"),
                    ("DELETE FROM statement WHERE seq = (SELECT max(seq) FROM statement)", "table statement"),
                    ("UPDATE mark SET withdrawn_at = 1 WHERE seq = (SELECT max(seq) FROM mark)", "table mark"),
                    ("UPDATE body SET name = 'x' WHERE seq = (SELECT min(seq) FROM body)", "table body"),
                    ("UPDATE body_key SET withdrawn_at = 9", "table body_key"),
                    ("UPDATE node SET hash = (SELECT hash FROM node WHERE height = 8 AND idx = 2) WHERE idx = 3", "table node"),
                    ("INSERT INTO posting (key, bits) VALUES (1, x'03')", "table posting"),
                    ("INSERT INTO term (term, n) VALUES (1, 1)", "table term"),
                    ("INSERT INTO mark_seed (mark, seed) SELECT code, zeroblob(32) FROM mark LIMIT 1", "table mark_seed"),
                ],
                [
                    ("UPDATE certificate SET ended_on = NULL, ended_as = NULL WHERE seq = (SELECT max(seq) FROM certificate WHERE ended_as = 'revoked')", "table certificate"),
                    ("CREATE TRIGGER quiet AFTER INSERT ON certificate BEGIN DELETE FROM certificate WHERE seq = new.seq; END", "trigger quiet is not of this program"),
                    ("DROP INDEX certificate_holder", "index certificate_holder is missing"),
                    ("CREATE TABLE beside (x)", "table beside is not of this program"),
                    ("ALTER TABLE mark ADD COLUMN more TEXT", "table mark is not as this program makes it"),
                    ("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(sql, 'uscc IS NOT NULL', 'uscc IS NULL') WHERE name = 'certificate_uscc'", "certificate_uscc"),
                ],
                [("UPDATE entry SET recorded_at = recorded_at + 1 WHERE seq = 1000", "entry")],
                [("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 1001) WHERE seq = 1000", "entry 1001")],
                [("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 1001) WHERE seq = 1000", "entries 768 to 1023 are not those that the tree was made of")],
                [("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "the checkpoint covers")],
                [("DELETE FROM entry WHERE seq = 1000", "entry 1000 is missing")],
                [("DELETE FROM entry WHERE seq BETWEEN 1000 AND 1002", "entries 1000 to 1002 are missing")],
                [("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = (SELECT seq FROM certificate ORDER BY seq LIMIT 1 OFFSET 1)) WHERE seq = (SELECT min(seq) FROM certificate)", "was rewritten: what it issued has the id")],
                [("UPDATE checkpoint SET edge = zeroblob(length(edge))", "the tree's edge")],
                [("DELETE FROM checkpoint", "there is no checkpoint")],
                [("UPDATE checkpoint SET note = replace(note, 'reg.example', 'reg.exampel')", "not signed by the key")],
            ])
            {
                var changed = Engine.Copy(good, folder);
                foreach (var (change, _) in changes) Execute(changed, change);
                var findings = await Findings(changed);
                foreach (var (change, found) in changes)
                    Assert.True(findings.Any(finding => finding.Contains(found)), $"{change}: {string.Join('\n', findings)}");
                Engine.Drop(changed);
            }

            // One bit of one leaf, and what the command says to it.
            byte[] leaf;
            using (var db = Engine.Open(good)) leaf = db.ExecuteScalar<byte[]>("SELECT leaf FROM entry WHERE seq = 1200")!;
            leaf[leaf.Length / 2] ^= 1;
            Execute(good, "UPDATE entry SET leaf = @leaf WHERE seq = 1200", new { leaf });
            (code, output) = Verify(good, folder);
            Assert.True(code == 1 && output.Contains("WRONG: entry 1200") && output.Contains("root") && !output.Contains("All is right"), output);
            Assert.Equal(2, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", "nowhere.db"], null, folder).Code);
            Assert.Equal(2, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", "http://127.0.0.1:9"], null, folder).Code);

            async Task<IReadOnlyList<string>> Findings(Location location)
            {
                var audit = new Audit(new(key, null), [], (_, _) => { });
                await audit.Stored(location);
                return audit.Findings;
            }
        }
        finally
        {
            Engine.Drop(good);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Execute(Location location, string change, object? parameters = null)
    {
        using var db = Engine.Open(location);
        Assert.True(db.Execute(change, parameters) > 0 || change.StartsWith("CREATE", StringComparison.Ordinal) || change.StartsWith("DROP", StringComparison.Ordinal) || change.StartsWith("ALTER", StringComparison.Ordinal), change);
    }

    /// <summary>One bit of an index, beneath SQLite: the certificate is there, and nobody who asks by its id or number is told so.</summary>
    [Fact]
    public async Task A_flipped_bit_of_an_index_is_found()
    {
        var (folder, good, key) = Closed();
        try
        {
            string id;
            using (var db = Engine.Open(good))
            {
                id = db.ExecuteScalar<string>("SELECT id FROM certificate WHERE ended_as = 'revoked' ORDER BY seq DESC LIMIT 1")!;
                db.Execute("VACUUM");
                Sqlite.WriteBack(db);
            }
            var bytes = await File.ReadAllBytesAsync(good.Address);
            var places = new List<int>();
            for (var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(id)); at >= 0;)
            {
                places.Add(at);
                var next = bytes.AsSpan(at + 1).IndexOf(Encoding.ASCII.GetBytes(id));
                at = next < 0 ? -1 : at + 1 + next;
            }
            var (read, hidden) = (0, 0);
            var untouched = Ids(good);
            foreach (var at in places)
            {
                bytes[at + 3] ^= 1;
                await File.WriteAllBytesAsync(good.Address, bytes);
                bytes[at + 3] ^= 1;
                // A page that was split keeps in its free room what went to the other: to flip that changes nothing that is read.
                if (Ids(good).SequenceEqual(untouched)) continue;
                read++;
                using (var db = Engine.Open(good)) hidden += CertificateStore.Find(db, id) is null ? 1 : 0;
                var audit = new Audit(new(key, null), [], (_, _) => { });
                await audit.Stored(good);
                Assert.NotEmpty(audit.Findings);
            }
            Assert.True(read >= 2, $"{read} of {places.Count}"); // the table's row, and the index
            Assert.True(hidden > 0, "No flip hid the certificate.");
            await File.WriteAllBytesAsync(good.Address, bytes);
            var whole = new Audit(new(key, null), [], (_, _) => { });
            await whole.Stored(good);
            Assert.Empty(whole.Findings);
            Assert.DoesNotContain(Directory.GetDirectories(Path.GetTempPath(), "registry-verify-*"), left => Directory.GetCreationTimeUtc(left) < DateTime.UtcNow.AddMinutes(-5));
        }
        finally
        {
            Engine.Drop(good);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Every place where ids stand that is read: rows, the index, entries.</summary>
    private static List<string> Ids(Location location)
    {
        using var db = Engine.Open(location);
        List<string> all =
        [
            .. db.Query<string>("SELECT id FROM certificate NOT INDEXED ORDER BY seq"),
            .. db.Query<string>("SELECT id FROM certificate INDEXED BY sqlite_autoindex_certificate_1 ORDER BY id"),
        ];
        all.AddRange(EntryLog.Portions(db, 0, 256).SelectMany(portion => portion).Select(entry => Convert.ToBase64String(entry.Leaf)));
        return all;
    }

    /// <summary>The entry of an act whose certificate's id lost a bit: it is told, and what follows it is still looked through.</summary>
    [Theory, InlineData('['), InlineData('@'), InlineData('U'), InlineData('Z')]
    public async Task An_act_about_what_is_no_id_is_told(char flipped)
    {
        var (folder, good, key) = Closed();
        try
        {
            using (var db = Engine.Open(good))
            {
                var seq = db.ExecuteScalar<long>("SELECT max(s.seq) FROM statement s JOIN certificate c ON c.seq = s.certificate AND c.ended_as = 'revoked'");
                var parts = Encoding.ASCII.GetString(EntryLog.Get(db, seq).Leaf).Split('.');
                var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1]));
                var id = payload.IndexOf("\"certificate\":\"", StringComparison.Ordinal) + 15;
                payload = $"{payload[..id]}{(payload[id] == flipped ? 'Y' : flipped)}{payload[(id + 1)..]}";
                var leaf = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{parts[2]}";
                db.Execute("UPDATE entry SET head = NULL, leaf = @leaf WHERE seq = @seq", new { leaf = Encoding.ASCII.GetBytes(leaf), seq });
            }
            var audit = new Audit(new(key, null), [], (_, _) => { });
            await audit.Stored(good);
            Assert.Contains(audit.Findings, finding => finding.Contains("signature"));
            Assert.DoesNotContain(audit.Findings, finding => finding.Contains("is missing"));
        }
        finally
        {
            Engine.Drop(good);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Every index of every table is looked through, row by row, and what it does not find is named.</summary>
    [Fact]
    public async Task Every_index_is_asked_for_every_row()
    {
        var (folder, good, _) = Closed();
        try
        {
            using (var db = good.OpenReadOnly()) Assert.Empty(FileCheck.NotFoundByIndex(db, TestContext.Current.CancellationToken));
            (string Name, string Table, string Sql)[] indexes;
            using (var db = Engine.Open(good))
            {
                db.Execute("INSERT INTO report (id, reported_at, kind) VALUES ('r', 1, 'copied'); INSERT INTO idempotency (body, key, request, status, answer, created_at) VALUES ('b', 'k', x'00', 200, x'00', 1)");
                indexes = [.. db.Query<(string, string, string)>("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")];
            }
            var emptied = 0;
            foreach (var (name, table, sql) in indexes)
            {
                var changed = Engine.Copy(good, folder);
                using (var db = Engine.Open(changed))
                {
                    var where = sql.IndexOf(" WHERE ", StringComparison.Ordinal);
                    if (db.ExecuteScalar<long>($"SELECT count(*) FROM {table}{(where < 0 ? "" : sql[where..])}") == 0) continue;
                    // Beneath SQLite's feet: made with no row in it, and then called what it was.
                    var none = $"{(where < 0 ? sql : sql[..where])} WHERE rowid_of_none IS NOT NULL".Replace("rowid_of_none", FirstColumn(db, table)) + " AND 1 = 0";
                    db.Execute($"DROP INDEX {name}");
                    db.Execute(none);
                    db.Execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = @sql WHERE name = @name; PRAGMA writable_schema=RESET", new { sql, name });
                }
                using (var db = changed.OpenReadOnly())
                {
                    var found = FileCheck.NotFoundByIndex(db, TestContext.Current.CancellationToken).ToList();
                    Assert.True(found.Exists(finding => finding.Contains($"is not found by its index {name}.")) && found.Exists(finding => finding.StartsWith($"index {name} finds 0 rows", StringComparison.Ordinal)), $"{name}: {string.Join('\n', found)}");
                }
                Engine.Drop(changed);
                emptied++;
            }
            Assert.True(emptied > 8, $"{emptied} of {indexes.Length}");
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static string FirstColumn(System.Data.Common.DbConnection db, string table) => db.ExecuteScalar<string>("SELECT name FROM pragma_table_info(@table) LIMIT 1", new { table })!;

    /// <summary>What was rewritten is named by its entry where anything made of it is kept apart: ids of issues and marks, rows of acts, and what was shipped.</summary>
    [Fact]
    public async Task A_rewritten_act_is_named_by_its_entry()
    {
        using var app = new RegistryApp();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add((string)(await app.Issue($"ACT-{i}"))["id"]!);
        (await app.Send("POST", $"/v1/certificates/{ids[0]}/suspend", new { reason = "surveillance-overdue" }, app.Key)).Dispose();
        foreach (var id in ids) (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { reason = "misuse" }, app.Key)).Dispose();
        await app.Grow(600);
        var shipped = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "shipped");
        using (var log = new ShippedLog(shipped))
        {
            log.GoOn(0);
            log.Add(app.Database.Read(db => EntryLog.Leaves(db, 0, 1000).ToList()));
        }
        var act = app.Database.Read(db => EntryLog.Range(db, 0, 50)).First(entry => entry.Statement is Revoke revoke && revoke.Certificate == ids[1]);
        var rewritten = new Leaf(Jws.Sign(app.Log.Signer!, ((Revoke)act.Statement with { Reason = Reason.HolderRequest }).ToJson()));
        Execute(app.Database.Location, "UPDATE entry SET leaf = @Stored WHERE seq = @Seq", new { rewritten.Stored, act.Seq });
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        Assert.Contains(audit.Findings, finding => finding.StartsWith($"entry {act.Seq} was rewritten", StringComparison.Ordinal) && finding.Contains(ids[1]));
        audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location, shipped);
        Assert.Contains(audit.Findings, finding => finding.StartsWith($"entry {act.Seq} is not the one that was shipped", StringComparison.Ordinal));
    }

    /// <summary>What is recorded and shipped after the look at the file began accuses nobody.</summary>
    [Fact]
    public async Task A_log_that_is_shipped_while_it_is_verified_is_right()
    {
        using var app = new RegistryApp();
        await app.Grow(30);
        var shipped = Path.Combine(Path.GetDirectoryName(app.DataFile)!, "shipped");
        using var log = new ShippedLog(shipped);
        log.GoOn(0);
        var audit = new Audit(app.Log, [], (_, _) =>
        {
            app.Grow(app.Database.Read(EntryLog.Size) + 600).GetAwaiter().GetResult();
            log.Add(app.Database.Read(db => EntryLog.Leaves(db, log.Size, 1000).ToList()));
        });
        await audit.Stored(app.Database.Location, shipped);
        Assert.Empty(audit.Findings);
        Assert.True(log.Size > audit.Entries);
    }

    /// <summary>What a verify that was killed left behind, the next removes; that of one that lives stays.</summary>
    [Fact]
    public async Task What_a_killed_verify_left_is_removed_by_the_next()
    {
        var (folder, good, key) = Closed();
        var (left, lives) = (Directory.CreateTempSubdirectory("registry-verify-").FullName, Directory.CreateTempSubdirectory("registry-verify-").FullName);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(left, "copy.db"), "left");
            foreach (var old in (string[])[left, lives]) Tool.Run("touch", "-d", "2 minutes ago", old);
            using var living = new FileStream(Path.Combine(lives, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            Tool.Run("touch", "-d", "2 minutes ago", lives);
            var audit = new Audit(new(key, null), [], (_, _) => { });
            await audit.Stored(good);
            Assert.Empty(audit.Findings);
            Assert.False(Directory.Exists(left));
            Assert.True(Directory.Exists(lives));
        }
        finally
        {
            Directory.Delete(lives, recursive: true);
            Engine.Drop(good);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_restored_old_copy_and_a_rewritten_log_are_refused_at_the_start()
    {
        var (folder, location, _) = Closed();
        var copies = new List<Location> { location };
        try
        {
            var settings = Engine.Settings(location, folder);
            Database Open() => Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
            copies.Add(Engine.Copy(location, folder));
            var old = Engine.Settings(copies[1], folder);
            await using (var database = Open())
            {
                await database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-977", Name = "甲" }));
                // It counts only when somebody has been shown it.
                new Publication(settings, Opening.Identity(settings)).Show(database.Read(TreeStore.Newest)!);
            }
            await using (Open()) { }
            var newest = settings;
            settings = old;
            Assert.Contains("It is an older copy", Assert.Throws<ForkedLogException>(Open).Message);
            settings = newest;
            await using (Open()) { }

            // The same number of entries, other words: the table of nodes does not betray it, the published root does.
            settings = old;
            File.Move(settings.PublishedPath, settings.PublishedPath + ".away");
            await using (var database = Open())
                await database.WriteAsync(t => { Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-978", Name = "乙" }); return Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-979", Name = "丙" }); });
            File.Move(settings.PublishedPath + ".away", settings.PublishedPath);
            Assert.Contains("has been rewritten", Assert.Throws<ForkedLogException>(Open).Message);

            // The program says it, in a line, and stops with 1.
            var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "serve", .. Engine.Arguments(copies[1])], null, folder, ("Registry__DataFile", "registry.db"), ("Registry__KeyFile", "registry.key"));
            Assert.True(code == 1 && output.Contains("has been rewritten") && !output.Contains("   at "), output);

            settings = newest;
            File.Move(settings.KeyPath, settings.KeyPath + ".away");
            Assert.Throws<FileNotFoundException>(() => Opening.Identity(settings));
            File.WriteAllText(settings.KeyPath, NoteSigner.Create("reg.example/log") + "\n");
            Assert.Contains("another log", Assert.Throws<ForkedLogException>(Open).Message);
        }
        finally
        {
            foreach (var copy in copies) Engine.Drop(copy);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_key_is_readable_by_its_owner_only_and_made_once()
    {
        using var app = new RegistryApp();
        await app.Issue();
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(app.KeyFile));
        var settings = new Settings { DataFile = app.DataFile };
        Assert.Equal(app.Log.Key.ToString(), Opening.Identity(settings).Key.ToString());
        Assert.Equal("reg.example/sub/log", new Settings { PublicUrl = "https://reg.example/sub/" }.NewOrigin);
        Assert.NotEqual(new Settings().NewOrigin, new Settings().NewOrigin);
        Assert.Throws<InvalidDataException>(() => new Settings { Witnesses = ["x"] }.WitnessKeys.ToList());
    }
}
