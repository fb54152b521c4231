using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

public sealed class AuditTests
{
    /// <summary>A closed registry's files, with every kind of row in them.</summary>
    private static async Task<(string Folder, VerifierKey Key)> Files()
    {
        var folder = Directory.CreateTempSubdirectory("registry-audit-").FullName;
        using var app = new RegistryApp(bodies: false);
        await Registry.Demo.DemoData.Load(app.Database, app.Clock.Now);
        var key = BodySigner.Es256();
        await app.Database.WriteAsync(t =>
        {
            Publisher.RegisterKey(t, key.Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now));
            return SignedStatements.Accept(t, key.Sign(new Issue { Body = RegistryApp.Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = Samples.Content }));
        });
        await app.Client.GetStringAsync("/log/checkpoint");
        await app.Database.WriteAsync(t => t.Connection.Execute("SELECT 1"));
        using (var source = new SqliteConnection($"Data Source={app.DataFile};Pooling=False"))
        {
            source.Open();
            source.Execute("VACUUM INTO @copy", new { copy = Path.Combine(folder, "registry.db") });
        }
        File.Copy(app.KeyFile, Path.Combine(folder, "registry.key"));
        return (folder, app.Log.Key);
    }

    [Fact]
    public async Task Every_change_of_any_table_is_found()
    {
        var (folder, key) = await Files();
        try
        {
            var file = Path.Combine(folder, "registry.db");
            Assert.Empty(await Findings());
            var (code, output) = Verify(folder);
            Assert.True(code == 0 && output.Contains("All is right."), output);

            foreach (var (change, found) in ((string, string)[])
            [
                ("UPDATE certificate SET level = 'five-star' WHERE seq = (SELECT max(seq) FROM certificate WHERE level <> 'five-star')", "table certificate"),
                ("UPDATE certificate SET ended_on = NULL, ended_as = NULL WHERE seq = (SELECT max(seq) FROM certificate WHERE ended_as = 'revoked')", "table certificate"),
                ("DELETE FROM statement WHERE seq = (SELECT max(seq) FROM statement)", "table statement"),
                ("UPDATE mark SET withdrawn_at = 1 WHERE seq = (SELECT max(seq) FROM mark)", "table mark"),
                ("UPDATE body SET name = 'x' WHERE seq = (SELECT min(seq) FROM body)", "table body"),
                ("UPDATE body_key SET withdrawn_at = 9", "table body_key"),
                ("UPDATE node SET hash = zeroblob(32) WHERE idx = 3", "table node"),
                ("UPDATE validity SET days = (SELECT days FROM validity WHERE kind = 'category' AND no = 1) WHERE kind = 'category' AND no = 26", "table validity"),
                ("INSERT INTO search (rowid, terms) SELECT max(seq), 'added' FROM certificate", "table search_term"),
                ("UPDATE entry SET recorded_at = recorded_at + 1 WHERE seq = 1000", "entry"),
                ("UPDATE entry SET (head, leaf) = (SELECT head, leaf FROM entry WHERE seq = 1001) WHERE seq = 1000", "entry 1001"),
                ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "the checkpoint covers"),
                ("DELETE FROM entry WHERE seq = 1000", "entry 1000 is missing"),
                ("DELETE FROM checkpoint", "there is no checkpoint"),
                ("UPDATE checkpoint SET note = replace(note, 'reg.example', 'reg.exampel')", "not signed by the key"),
            ])
            {
                File.Copy(file, file + ".good", overwrite: true);
                Execute(file, change);
                var findings = await Findings();
                Assert.True(findings.Any(finding => finding.Contains(found)), $"{change}: {string.Join('\n', findings)}");
                File.Copy(file + ".good", file, overwrite: true);
            }

            // One bit of one leaf, and what the command says to it.
            var leaf = Query<byte[]>(file, "SELECT leaf FROM entry WHERE seq = 2000");
            leaf[leaf.Length / 2] ^= 1;
            Execute(file, "UPDATE entry SET leaf = @leaf WHERE seq = 2000", new { leaf });
            (code, output) = Verify(folder);
            Assert.True(code == 1 && output.Contains("WRONG: entry 2000") && output.Contains("root") && !output.Contains("All is right"), output);
            Assert.Equal(2, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", "nowhere.db"], null, folder).Code);
            Assert.Equal(2, Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", "http://127.0.0.1:9"], null, folder).Code);

            async Task<IReadOnlyList<string>> Findings()
            {
                var audit = new Audit(new(key, null), [], (_, _) => { });
                await audit.Stored(Location.File(file));
                return audit.Findings;
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static (int Code, string Output) Verify(string folder) => Tool.Try("dotnet", [typeof(Program).Assembly.Location, "verify", "--log", "registry.db"], null, folder);

    private static void Execute(string file, string change, object? parameters = null)
    {
        using var db = new SqliteConnection($"Data Source={file};Pooling=False");
        db.Open();
        Assert.True(db.Execute(change, parameters) > 0, change);
    }

    private static T Query<T>(string file, string query)
    {
        using var db = new SqliteConnection($"Data Source={file};Pooling=False");
        db.Open();
        return db.ExecuteScalar<T>(query)!;
    }

    [Fact]
    public async Task A_restored_old_copy_and_a_rewritten_log_are_refused_at_the_start()
    {
        var (folder, _) = await Files();
        try
        {
            var settings = new Settings { DataFile = Path.Combine(folder, "registry.db") };
            Database Open() => Opening.Open(settings, Opening.Identity(settings), TimeProvider.System, NullLogger<Database>.Instance);
            File.Copy(settings.DataFile, settings.DataFile + ".old");
            await using (var database = Open())
            {
                await database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-977", Name = "甲" }));
                // It counts only when somebody has been shown it.
                new Publication(settings).Show(database.Read(TreeStore.Newest)!);
            }
            await using (Open()) { }
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            File.Copy(settings.DataFile, settings.DataFile + ".new");
            Restore(".old");
            Assert.Contains("It is an older copy", Assert.Throws<ForkedLogException>(Open).Message);
            Restore(".new");
            await using (Open()) { }

            // The same number of entries, other words: the table of nodes does not betray it, the published root does.
            Restore(".old");
            File.Move(settings.PublishedPath, settings.PublishedPath + ".away");
            await using (var database = Open())
                await database.WriteAsync(t => { Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-978", Name = "乙" }); return Publisher.Admit(t, new Admit { Body = "CNCA-R-2099-979", Name = "丙" }); });
            File.Move(settings.PublishedPath + ".away", settings.PublishedPath);
            Assert.Contains("has been rewritten", Assert.Throws<ForkedLogException>(Open).Message);

            // The program says it, in a line, and stops with 1.
            var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "serve", "--Registry:DataFile=registry.db"], null, folder);
            Assert.True(code == 1 && output.Contains("has been rewritten") && !output.Contains("   at "), output);

            Restore(".new");
            File.Move(settings.KeyPath, settings.KeyPath + ".away");
            Assert.Throws<FileNotFoundException>(() => Opening.Identity(settings));
            File.WriteAllText(settings.KeyPath, NoteSigner.Create("reg.example/log") + "\n");
            Assert.Contains("another log", Assert.Throws<ForkedLogException>(Open).Message);

            void Restore(string which)
            {
                foreach (var beside in (string[])["-wal", "-shm"]) File.Delete(settings.DataFile + beside);
                File.Copy(settings.DataFile + which, settings.DataFile, overwrite: true);
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
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
