using System.IO.Compression;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Registry.Certificates;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>Data files that released versions left behind: each is opened, migrated, verified and made anew from its log.</summary>
public sealed class KeptVersionTests
{
    private static readonly string kept = Path.Combine(ArchitectureTests.Root(), "tests", "Registry.Tests", "Database", "kept");

    /// <summary>Entries of a kept file, and the kinds of statements in that of 0.1.0; later ones may have more.</summary>
    private const int Entries = Filled.Entries, Acts = 12;

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(kept).Select(folder => Path.GetFileName(folder))];

    /// <summary>With REGISTRY_KEEP_VERSION the folder of a version that is released is written: kept/README.md.</summary>
    [Fact]
    public async Task What_is_kept_of_a_version_holds_every_kind_of_statement()
    {
        using var app = new RegistryApp();
        var filled = new Filled(app);
        await filled.Fill();
        // That entries were lost is no part of a registry that is well.
        var kinds = typeof(Statement).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(kind => kind.DerivedType).Where(kind => kind != typeof(AcceptLoss));
        var stated = app.Database.Read(db => EntryLog.Range(db, 0, Entries).Select(entry => entry.Statement.GetType()).ToHashSet());
        Assert.DoesNotContain(kinds, kind => !stated.Contains(kind));
        if (Environment.GetEnvironmentVariable("REGISTRY_KEEP_VERSION") is { } version) await filled.Keep(Path.Combine(kept, version));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_file_of_a_released_version_is_migrated_and_is_what_its_log_makes(string version)
    {
        var folder = Directory.CreateTempSubdirectory("registry-kept-").FullName;
        try
        {
            var (file, key) = (Location.File(Path.Combine(folder, "registry.db")), Path.Combine(folder, Filled.LogKey));
            File.Copy(Path.Combine(kept, version, Filled.LogKey), key);
            using (var packed = new GZipStream(File.OpenRead(Path.Combine(kept, version, Filled.Database)), CompressionMode.Decompress))
            using (var unpacked = File.Create(file.Address))
                packed.CopyTo(unpacked);
            await IsRight(file, key);

            using (var app = new RegistryApp(bodies: false, ("Registry:DataFile", file.Address), ("Registry:KeyFile", key)))
            {
                Assert.Equal(Migrations.All.Select(one => one.Hash), app.Database.Read(db => Dapper.SqlMapper.Query<string>(db, "SELECT hash FROM schema_version ORDER BY version")));
                await AnswersAsBefore(app, version);
                await GoesOn(app, (await File.ReadAllTextAsync(Path.Combine(kept, version, Filled.ApiKey))).Trim());
                var migrated = Tables(file);
                await app.Rebuild();
                Assert.Equal(migrated, Tables(file));
            }
            Assert.True(await IsRight(file, key));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Verifies a file as `registry verify` does: whether its tables were compared too.</summary>
    private static async Task<bool> IsRight(Location file, string key)
    {
        var audit = new Audit(new(NoteSigner.Parse((await File.ReadAllTextAsync(key)).Trim()).VerifierKey, null), [], (_, _) => { });
        await audit.Stored(file, cancel: TestContext.Current.CancellationToken);
        Assert.Empty(audit.Findings);
        Assert.True(audit.Acts.Count >= Acts);
        return audit.TablesCompared;
    }

    private static string Tables(Location file)
    {
        using var db = file.OpenReadOnly();
        var tables = new StringBuilder();
        foreach (var (table, order) in Database.Derived) tables.AppendLine(table).AppendJoin('\n', Database.Rows(db, table, order)).AppendLine();
        return tables.ToString();
    }

    /// <summary>What a certificate said then it says now; it may say more.</summary>
    private static async Task AnswersAsBefore(RegistryApp app, string version)
    {
        var before = await File.ReadAllLinesAsync(Path.Combine(kept, version, Filled.Answers));
        var now = (await app.Client.GetStringAsync("/v1/certificates?format=ndjson")).TrimEnd().Split('\n').ToDictionary(line => (string)JsonNode.Parse(line)!["id"]!);
        Assert.Equal(before.Length, now.Count);
        foreach (var line in before.Select(line => JsonNode.Parse(line)!.AsObject()))
        {
            var answer = JsonNode.Parse(now[(string)line["id"]!])!;
            Assert.All(line, member => Assert.True(JsonNode.DeepEquals(member.Value, answer[member.Key]), $"{line["number"]} {member.Key}: {member.Value} → {answer[member.Key]}"));
        }
    }

    /// <summary>The body's key goes on, what it repeats is answered from before, and what it posts is recorded.</summary>
    private static async Task GoesOn(RegistryApp app, string key)
    {
        var draft = RegistryApp.Draft("KEPT-REPEATED");
        draft["holder"]!.AsObject().Remove("uscc");
        using var repeated = await app.Send("POST", "/v1/certificates", draft, key, idempotencyKey: "kept");
        Assert.Equal(201, (int)repeated.StatusCode);
        Assert.True((long)JsonNode.Parse(await repeated.Content.ReadAsStringAsync())!["logIndex"]! < Entries);
        draft["number"] = "AFTER-1";
        using var issued = await app.Send("POST", "/v1/certificates", draft, key);
        Assert.Equal(201, (int)issued.StatusCode);
        Assert.Single(JsonNode.Parse(await (await app.Send("GET", "/v1/reports", key: key)).Content.ReadAsStringAsync())!.AsArray());
    }

    /// <summary>The hashes of <c>sha256sum</c>: an applied file is never edited, its comments neither.</summary>
    [Theory, MemberData(nameof(Versions))]
    public void What_a_released_version_applied_stands_as_it_was(string version)
    {
        var applied = File.ReadAllLines(Path.Combine(kept, version, Filled.Applied));
        Assert.NotEmpty(applied);
        Assert.Equal(applied, Migrations.All.Take(applied.Length).Select(Filled.Line));
    }
}
