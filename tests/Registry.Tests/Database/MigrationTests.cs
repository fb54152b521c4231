using System.Data.Common;
using Dapper;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>The files of db/ are applied once each, and a database remembers which they were.</summary>
public sealed class MigrationTests : IDisposable
{
    /// <summary>What keeps the hashes is itself a file, here the first.</summary>
    private static readonly Migration hashes = Migrations.All.Single(file => file.Name == "015-hashes.sql") with { Number = 4 };

    private static readonly Migration one = new(5, "005-one.sql", "-- The first.\nCREATE TABLE one (a TEXT);\n"), two = new(6, "006-two.sql", "CREATE TABLE two (b TEXT);"),
        three = new(8, "008-three.sql", "CREATE TABLE three (c TEXT);");

    private readonly string folder = Directory.CreateTempSubdirectory("registry-migrations-").FullName;
    private readonly DbConnection db;

    public MigrationTests() => db = Engine.Open(Engine.Fresh(folder));

    public void Dispose()
    {
        db.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string[] Tables() => [.. db.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_version' ORDER BY name")];

    private string State() => string.Join(' ', [.. Tables(), .. db.Query<(long, string, string)>("SELECT version, file, hash FROM schema_version").Select(row => $"{row}")]);

    private string Refused(params Migration[] files)
    {
        var before = State();
        var refused = Assert.Throws<SchemaException>(() => Migrations.Apply(db, [hashes, .. files]));
        Assert.Equal(before, State());
        Assert.DoesNotContain('\n', refused.Message);
        return refused.Message;
    }

    [Fact]
    public void Each_is_applied_once_in_its_order_and_remembered()
    {
        Migrations.Apply(db, [hashes, one, two]);
        Migrations.Apply(db, [hashes, one, two]);
        Migrations.Apply(db, [hashes, one, two, three]);
        Assert.Equal(["one", "three", "two"], Tables());
        Assert.Equal([(4, "015-hashes.sql", hashes.Hash), (5, "005-one.sql", one.Hash), (6, "006-two.sql", two.Hash), (8, "008-three.sql", three.Hash)], db.Query<(long, string, string)>("SELECT version, file, hash FROM schema_version ORDER BY version"));
        Assert.Equal("6f0da999d91c5758f77a0530b54c606d", three.Hash[..32]);
    }

    [Theory]
    [InlineData("-- The first.\nCREATE TABLE one (a TEXT, b TEXT);\n")]
    [InlineData("-- The very first.\nCREATE TABLE one (a TEXT);\n")]
    [InlineData("")]
    public void An_edited_file_is_refused_comments_too(string sql)
    {
        Migrations.Apply(db, [hashes, one, two]);
        Assert.StartsWith("db/005-one.sql is not the file that was applied", Refused(one with { Sql = sql }, two));
        Assert.StartsWith("db/005-one.sql is not the file that was applied", Refused(one with { Sql = sql }, two, three));
    }

    [Fact]
    public void Line_ends_are_the_checkouts_own()
    {
        Migrations.Apply(db, [hashes, one]);
        Migrations.Apply(db, [hashes, one with { Sql = one.Sql.Replace("\n", "\r\n") }]);
    }

    [Fact]
    public void A_file_that_comes_late_below_the_newest_is_refused()
    {
        Migrations.Apply(db, [hashes, one, three]);
        Assert.StartsWith("db/006-two.sql was never applied", Refused(one, two, three));
        Assert.StartsWith("db/006-two.sql was never applied", Refused(one, two, three, new(9, "009-four.sql", "CREATE TABLE four (d TEXT);")));
    }

    [Fact]
    public void A_file_that_the_program_lacks_is_refused()
    {
        Migrations.Apply(db, [hashes, one, two, three]);
        Assert.StartsWith("db/006-two.sql was applied to the database, and this program does not have it", Refused(one, three));
        Assert.Contains("a newer registry made it", Refused(one, two));
        Assert.Contains("from before the log was signed", Assert.Throws<SchemaException>(() => Migrations.Apply(db, [new(20, "020-later.sql", "")])).Message);
    }

    /// <summary>Version 0.1.0 kept the number of the newest file alone.</summary>
    [Fact]
    public void A_file_from_before_hashes_is_remembered_as_it_is_first_seen()
    {
        db.Execute("CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (5), (6); CREATE TABLE one (a TEXT); CREATE TABLE two (b TEXT)");
        var later = hashes with { Number = 9 };
        Migrations.Apply(db, [one, two, three, later]);
        Assert.Equal(["one", "three", "two"], Tables());
        Assert.Equal([(5, one.Hash), (6, two.Hash), (8, three.Hash), (9, later.Hash)], db.Query<(long, string)>("SELECT version, hash FROM schema_version ORDER BY version"));
        Assert.Contains("db/006-two.sql is not the file", Assert.Throws<SchemaException>(() => Migrations.Apply(db, [one, two with { Sql = "" }, three, later])).Message);
    }

    [Fact]
    public void One_that_fails_leaves_nothing()
    {
        Migrations.Apply(db, [hashes, one]);
        Assert.ThrowsAny<DbException>(() => Migrations.Apply(db, [hashes, one, two, new(7, "007-wrong.sql", "CREATE TABLE one (a TEXT)")]));
        Assert.Equal(["one"], Tables());
        Migrations.Apply(db, [hashes, one, two]);
    }

    /// <summary>Where English names hold what is read otherwise since, the index would lack terms that `verify` makes: it is made anew
    /// first, and accuses nobody.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData("Demo Trading (Qingdao) Co., Ltd. – Café", false)]
    [InlineData("Demo 演示 Trading", true)]
    [InlineData("𠮷 Trading", true)]
    public void What_the_log_makes_more_of_is_made_anew_at_the_next_start(string? english, bool isDue)
    {
        Migrations.Apply(db, [.. Migrations.All.TakeWhile(file => file.Number < 19)]);
        db.Execute("""
            INSERT INTO body (seq, approval_number, name) VALUES (0, 'CNCA-R-2099-901', '演示');
            INSERT INTO certificate (seq, id, body, number, holder_name, holder_name_en, category, scope, issued_on, expires_on, last_seq, by_body)
            VALUES (1, '0', 0, 'N', '演示', @english, 26, '', '2026-01-01', '2028-12-31', 1, 0)
            """, new { english });
        Migrations.Apply(db);
        Assert.Equal(isDue, CertificateStore.IsIncomplete(db));
    }

    /// <summary>The whole program: another file under a number is an edited one.</summary>
    [Fact]
    public void The_program_does_not_start_on_a_file_of_another_schema()
    {
        var file = Engine.Fresh(Directory.CreateDirectory(Path.Combine(folder, "data")).FullName);
        using (var made = Engine.Open(file))
        {
            Migrations.Apply(made);
            made.Execute("UPDATE schema_version SET hash = 'ab' WHERE version = (SELECT max(version) FROM schema_version)");
        }
        File.WriteAllText(Path.Combine(folder, "data", "registry.key"), NoteSigner.Create("reg.example/log") + "\n");
        foreach (var command in (string[][])[["serve", "--urls", "http://127.0.0.1:0"], ["bodies", "list"]])
        {
            var (code, _, error) = Served.Run(folder, command);
            Assert.Equal(1, code);
            Assert.Contains($"db/{Migrations.All[^1].Name} is not the file that was applied to the database", Assert.Single(error.Trim().Split('\n')));
        }
    }
}
