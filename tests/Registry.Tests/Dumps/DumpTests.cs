using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Registry.Answers;
using Registry.Certificates;
using Registry.Dumps;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Tests.DumpsTests;

/// <summary>Open data: what a dump holds, as of what, how it is served and checked, and what becomes of one that fails.</summary>
public sealed class DumpTests : IDisposable
{
    private const string Today = "2026-06-15";
    private readonly string folder = Directory.CreateTempSubdirectory("registry-dumps-").FullName;
    private readonly RegistryApp app;

    public DumpTests() => app = new(settings: [("Registry:Dumps", folder), ("Registry:KeepDumps", "2.00:00:00")]);

    public void Dispose()
    {
        app.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private NightlyDump Nightly => app.Services.GetRequiredService<NightlyDump>();

    private DumpFolder Folder => app.Services.GetRequiredService<DumpFolder>();

    private Task<DumpManifest> Make(long leastFree = 0) =>
        new Dump(app.Database, app.Log, app.Services.GetRequiredService<Registry.Custody.Publication>(), app.Services.GetRequiredService<Settings>(), app.Clock)
        { LeastFree = leastFree }.Make(Folder, (_, _) => { }, CancellationToken.None);

    private string In(string file, string day = Today) => Path.Combine(folder, day, file);

    private static string Unzipped(string file)
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress), Encoding.UTF8);
        return text.ReadToEnd();
    }

    private async Task<string> Post(string path, object body)
    {
        using var answer = await app.Send("POST", path, body, app.Key);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    /// <summary>A certificate in every state, one of another body, a mark whose code is nobody's to copy.</summary>
    private async Task<(string[] Ids, string Mark)> Fill()
    {
        var ids = new List<string>();
        async Task<string> Issue(Action<JsonObject>? change = null)
        {
            ids.Add((string)(await app.Issue($"DUMP-{ids.Count}", change))["id"]!);
            return ids[^1];
        }
        await Issue();
        await Post($"/v1/certificates/{await Issue()}/suspend", new { until = "2026-07-01", reason = "nonconformity" });
        await Post($"/v1/certificates/{await Issue()}/revoke", new { effectiveOn = "2026-05-01", reason = "misuse" });
        await Post($"/v1/certificates/{await Issue()}/cancel", new { });
        await Issue(draft => draft["expiresOn"] = "2025-12-31");
        await Issue(draft => (draft["issuedOn"], draft["expiresOn"]) = ("2026-07-01", "2028-06-30"));
        await Issue(draft => (draft["sites"], draft["scope"], draft["holder"]!["nameEn"]) = (new JsonArray("甲；乙", "=丙"), "第一行，“引号\"”", "Qingyu (demo)"));
        var renamed = await Issue();
        await Post($"/v1/certificates/{renamed}/correct", new { certificate = new { holder = new { name = "改名后（演示）有限公司" } } });
        await Issue(draft => draft["replaces"] = ids[0]);
        var mark = (string)JsonNode.Parse(await Post($"/v1/certificates/{ids[0]}/marks", new { placement = "packaging", text = "洗衣机", items = 3 }))!["code"]!;
        return ([.. ids], mark);
    }

    [Fact]
    public async Task Of_a_registry_without_certificates_every_file_unpacks()
    {
        await Make();
        foreach (var (file, lines) in (ReadOnlySpan<(string, int)>)[("certificates.ndjson.gz", 0), ("certificates.csv.gz", 1)])
        {
            Tool.Run("gzip", "-t", In(file));
            Assert.Equal(lines, Unzipped(In(file)).Count(c => c == '\n'));
        }
    }

    [Fact]
    public async Task It_holds_what_the_registry_answers_and_nothing_else()
    {
        var (ids, mark) = await Fill();
        var made = await Make();
        Assert.Equal((ids.Length, app.Database.Read(EntryLog.Size)), (made.Certificates, made.Log.Size));

        // NDJSON and CSV are what an export says, the other way round.
        var lines = Unzipped(In("certificates.ndjson.gz")).TrimEnd().Split('\n');
        Assert.Equal((await app.Client.GetStringAsync("/v1/certificates?format=ndjson")).TrimEnd().Split('\n').Reverse(), lines);
        var exported = (await app.Client.GetStringAsync("/v1/certificates?format=csv&lang=zh")).TrimEnd().Split("\r\n");
        var csv = Unzipped(In("certificates.csv.gz")).TrimEnd().Split("\r\n");
        Assert.Equal(exported[0].TrimStart('\ufeff'), csv[0].TrimStart('\ufeff'));
        Assert.Equal(exported[1..].Reverse(), csv[1..]);

        using (var db = Location.File(In("certificates.db")).OpenReadOnly())
        {
            Assert.Equal("ok", db.ExecuteScalar<string>("PRAGMA integrity_check"));
            Assert.Equal(1, db.ExecuteScalar<long>("PRAGMA user_version"));
            var rows = db.Query("SELECT c.*, b.name AS body_name, y.name AS category_name FROM certificate c JOIN body b ON b.approval_number = c.body JOIN category y ON y.no = c.category ORDER BY log_index")
                .Cast<IDictionary<string, object?>>().ToList();
            Assert.Equal(ids, rows.Select(row => row["id"]));
            foreach (var (row, line) in rows.Zip(lines))
            {
                var answer = JsonNode.Parse(line)!;
                foreach (var (column, pointer) in columns) Assert.Equal(At(answer, pointer), row[column]?.ToString());
            }
            var about = db.Query<(string, string)>("SELECT name, value FROM about").ToDictionary();
            Assert.Equal((Today, $"{made.Log.Size}", made.Log.Root, "CC-BY-4.0", made.Changes), (about["day"], about["size"], about["root"], about["licence"], about["changes"]));
        }

        // What is only the operator's, and codes of marks, stand in none of the files.
        foreach (var file in Directory.GetFiles(Path.Combine(folder, Today)))
        {
            var text = file.EndsWith(".gz") ? Unzipped(file) : Encoding.UTF8.GetString(File.ReadAllBytes(file));
            Assert.DoesNotContain(mark, text);
            Assert.DoesNotContain(app.Key[4..], text);
            Assert.DoesNotContain("score", text);
        }
        // Whoever has the dump goes on where it ends.
        await app.Issue("AFTER-DUMP");
        var change = JsonNode.Parse((await app.Client.GetStringAsync(made.Changes)).TrimEnd())!;
        Assert.Equal((made.Log.Size, "AFTER-DUMP"), ((long)change["logIndex"]!, (string)change["number"]!));
    }

    /// <summary>Columns of the SQLite file by what they are in the answer.</summary>
    private static readonly (string Column, string Pointer)[] columns =
    [
        ("log_index", "logIndex"), ("number", "number"), ("status", "status"), ("status_code", "statusCode"), ("holder_name", "holder/name"),
        ("holder_name_en", "holder/nameEn"), ("uscc", "holder/uscc"), ("region", "holder/region"), ("region_name", "holder/regionName"),
        ("address", "holder/address"), ("body", "body/approvalNumber"), ("body_name", "body/name"), ("category", "category/no"),
        ("category_name", "category/name"), ("level", "level/code"), ("scope", "scope"), ("issued_on", "issuedOn"), ("first_issued_on", "firstIssuedOn"),
        ("expires_on", "expiresOn"), ("surveyed_on", "surveillance/lastOn"), ("suspended_on", "suspension/on"), ("suspended_until", "suspension/until"),
        ("suspended_reason", "suspension/reason"), ("ended_as", "ended/as"), ("ended_on", "ended/on"), ("ended_at", "ended/recordedAt"),
        ("ended_reason", "ended/reason"), ("replaces", "replaces"), ("replaced_by", "replacedBy"), ("recorded_at", "recordedAt"), ("signed_by", "signedBy"),
        .. Fields.Texts.Select(text => (text.Column, text.Pointer[1..])),
    ];

    private static string? At(JsonNode answer, string pointer)
    {
        var node = pointer.Split('/').Aggregate((JsonNode?)answer, (node, member) => node?[member]);
        return node?.ToString();
    }

    /// <summary>What is stated while a dump is made is left out of it, page by page: nothing is held meanwhile.</summary>
    [Fact]
    public async Task It_is_as_of_its_checkpoint_though_statements_come_in()
    {
        var (ids, _) = await Fill();
        var (size, day) = (app.Database.Read(EntryLog.Size), new DateOnly(2026, 6, 15));
        string[] Read() => [.. new DumpReading(app.Database, size, day).Pages(CancellationToken.None).SelectMany(page => page.Page.Items).Select(item => JsonSerializer.Serialize(item, Json.Options))];
        var before = Read();
        Assert.Equal(ids.Length, before.Length);
        await Post($"/v1/certificates/{ids[0]}/suspend", new { });
        await Post($"/v1/certificates/{ids[0]}/revoke", new { reason = "misuse" });
        await Post($"/v1/certificates/{ids[1]}/restore", new { });
        await Post($"/v1/certificates/{ids[7]}/correct", new { certificate = new { holder = new { name = "又改名（演示）有限公司" } } });
        await app.Issue("LATER-1", draft => draft["replaces"] = ids[0]);
        await app.Issue("LATER-2", draft => draft["replaces"] = ids[4]);
        Assert.Equal(before, Read());
    }

    [Fact]
    public async Task Anybody_checks_it_with_the_key_of_the_log()
    {
        await Fill();
        var made = await Make();
        var sums = File.ReadAllText(In("SHA256SUMS"));
        Assert.True(Note.Parse(sums)!.IsSignedBy(app.Log.Key));
        Assert.Null(Checkpoint.Open(sums, app.Log.Key));
        Assert.Null(Checkpoint.Parse(Note.Parse(sums)!.Text, extended: true));
        foreach (var file in made.Files) Assert.Equal((file.Bytes, file.Sha256), (new FileInfo(In(file.Name)).Length, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(In(file.Name))))));
        Assert.Equal(0, Tool.Try("sha256sum", ["--check", "--quiet", "SHA256SUMS"], folder: Path.Combine(folder, Today)).Code);

        Assert.Equal(CheckResult.Right, Check().Result);
        Assert.Equal(CheckResult.CannotTell, DumpCheck.Of(new(In("SHA256SUMS")), null)!.Result);
        Assert.Equal(CheckResult.Wrong, Check(NoteSigner.Create(app.Log.Key.Name).VerifierKey).Result);
        // A changed file, a changed line, another dump's manifest: each is wrong; one that was not fetched is named.
        foreach (var name in (string[])["certificates.db", "manifest.json", "LICENCE.txt"])
        {
            var kept = File.ReadAllBytes(In(name));
            File.WriteAllBytes(In(name), [.. kept[..^1], (byte)(kept[^1] ^ 1)]);
            Assert.Contains(name, Assert.Single(Check().Wrong, wrong => wrong.En.Contains("not what was signed")).En);
            File.Delete(In(name));
            Assert.Contains(name, Assert.Single(Check().Remarks).En);
            File.WriteAllBytes(In(name), kept);
        }
        foreach (var (was, becomes) in ((string, string)[])[($"day {Today}", "day 2026-06-14"), ("  certificates.db", "  ../registry.key"), ("\nsize ", "\nsize 0")])
        {
            File.WriteAllText(In("SHA256SUMS"), sums.Replace(was, becomes));
            Assert.Equal(CheckResult.Wrong, Check().Result);
        }
        // Alone it says nothing of files.
        var alone = Directory.CreateDirectory(Path.Combine(folder, "alone")).FullName;
        File.WriteAllText(Path.Combine(alone, "SHA256SUMS"), sums);
        Assert.Equal(CheckResult.CannotTell, DumpCheck.Of(new(Path.Combine(alone, "SHA256SUMS")), app.Log.Key)!.Result);

        // On the page, where nobody sends gigabytes: what was signed, and that the files were not looked at.
        foreach (var (sent, result) in ((string, string)[])
            [(sums, "Right."), (sums.Replace("\n", "\r\n"), "Right."), (sums.Replace("\nsize ", "\nsize 0"), "Wrong: do not rely on it.")])
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(sent)), "file", "SHA256SUMS" } };
            using var answer = await app.Client.PostAsync("/check?lang=en", form);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.Contains($"<b>{result}</b>", page);
            var isRight = result == "Right.";
            Assert.All(made.Files, file => Assert.Equal(isRight, page.Contains(file.Sha256)));
            Assert.Equal(isRight, page.Contains("Only the list was checked here"));
        }

        CheckReport Check(VerifierKey? key = null) => DumpCheck.Of(new(In("SHA256SUMS")), key ?? app.Log.Key)!;
    }

    private async Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(headers is [("HEAD", _), ..] ? HttpMethod.Head : HttpMethod.Get, path);
        foreach (var (name, value) in headers.Where(header => header.Name != "HEAD")) request.Headers.TryAddWithoutValidation(name, value);
        return await app.Client.SendAsync(request);
    }

    private static string CodeOf(string problem) => (string)JsonNode.Parse(problem)!["code"]!;

    [Fact]
    public async Task It_is_served_whole_and_in_parts_at_addresses_that_stay()
    {
        await Fill();
        Assert.Equal(HttpStatusCode.NotFound, (await Get("/data/manifest.json")).StatusCode);
        Assert.Contains("not made yet", await app.Client.GetStringAsync("/data?lang=en"));
        var made = await Make();
        foreach (var file in (DumpedFile[])[.. made.Files, new("manifest.json", "", 0, ""), new("SHA256SUMS", "", 0, "")])
        {
            var (path, whole) = ($"/data/{Today}/{file.Name}", File.ReadAllBytes(In(file.Name)));
            using var all = await Get(path, ("Accept-Encoding", "br, gzip"));
            Assert.Equal(whole, await all.Content.ReadAsByteArrayAsync());
            Assert.Equal((200, "bytes", "public, max-age=31536000, immutable", 0), ((int)all.StatusCode, all.Headers.AcceptRanges.ToString(), all.Headers.GetValues("Cache-Control").Single(), all.Content.Headers.ContentEncoding.Count));
            Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(whole))}:", all.Headers.GetValues("Repr-Digest").Single());
            Assert.False(all.Headers.ETag!.IsWeak);
            var tag = all.Headers.ETag.ToString();
            using var head = await Get(path, ("HEAD", ""));
            Assert.Equal((200, whole.Length, tag), ((int)head.StatusCode, head.Content.Headers.ContentLength, head.Headers.ETag!.ToString()));
            // Stopped in the middle it goes on, as long as it is the same.
            using var rest = await Get(path, ("Range", $"bytes={whole.Length / 2}-"), ("If-Range", tag));
            Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
            Assert.Equal(whole[(whole.Length / 2)..], await rest.Content.ReadAsByteArrayAsync());
            using var other = await Get(path, ("Range", "bytes=1-"), ("If-Range", "\"another\""));
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
            Assert.Equal(HttpStatusCode.NotModified, (await Get(path, ("If-None-Match", tag))).StatusCode);
            // A part that is not there, however it is asked for: told with the length, never as the whole or as a fault of form.
            foreach (var header in ((string, string)[])
                [("Accept", "application/json"), ("Accept-Encoding", "br, gzip"), ("If-Range", tag), ("Accept", "text/html")])
            {
                using var beyond = await Get(path, ("Range", $"bytes={whole.Length}-"), header);
                Assert.Equal((416, $"bytes */{whole.Length}"), ((int)beyond.StatusCode, $"{beyond.Content.Headers.ContentRange}"));
                Assert.DoesNotContain("age", $"{beyond.Headers.CacheControl}"); // nobody keeps it as he keeps the file
                var told = await beyond.Content.ReadAsStringAsync();
                if (header.Item2 == "text/html") Assert.Contains("text/html", $"{beyond.Content.Headers.ContentType}");
                else Assert.Equal(("no-such-range", 416), (CodeOf(told), (int)JsonNode.Parse(told)!["status"]!));
            }
            using var headBeyond = await Get(path, ("HEAD", ""), ("Range", $"bytes={whole.Length}-"));
            Assert.Equal((200, whole.Length), ((int)headBeyond.StatusCode, headBeyond.Content.Headers.ContentLength)); // GET alone has parts
            using var headPart = await Get(path, ("HEAD", ""), ("Range", "bytes=0-1"));
            Assert.Equal((200, whole.Length), ((int)headPart.StatusCode, headPart.Content.Headers.ContentLength));
            using var matched = await Get(path, ("If-Match", "\"another\""));
            Assert.Equal((412, "changed-since"), ((int)matched.StatusCode, CodeOf(await matched.Content.ReadAsStringAsync())));
            // Begun with what had a date, which no file here has: from the start.
            using var dated = await Get(path, ("Range", "bytes=1-"), ("If-Range", "Mon, 15 Jun 2026 00:00:00 GMT"));
            Assert.Equal((200, whole.Length), ((int)dated.StatusCode, (await dated.Content.ReadAsByteArrayAsync()).Length));
            // Several parts at once, another unit, what is no range: the whole, as RFC 9110 allows.
            foreach (var range in (string[])["bytes=0-0,2-2", "lines=0-1", "bytes=x", "bytes=5-2"])
            {
                using var given = await Get(path, ("Range", range));
                Assert.Equal((200, whole.Length), ((int)given.StatusCode, (await given.Content.ReadAsByteArrayAsync()).Length));
            }
            // The last byte, and a part that reaches beyond the end; never compressed, so that offsets are those of the file.
            using var tail = await Get(path, ("Range", "bytes=-1"), ("Accept-Encoding", "br, gzip"));
            Assert.Equal((206, $"bytes {whole.Length - 1}-{whole.Length - 1}/{whole.Length}"),
                ((int)tail.StatusCode, $"{tail.Content.Headers.ContentRange}"));
            Assert.Empty(tail.Content.Headers.ContentEncoding);
            using var reaching = await Get(path, ("Range", $"bytes=1-{whole.Length + 5}"));
            Assert.Equal(whole[1..], await reaching.Content.ReadAsByteArrayAsync());
            using var latest = await Get($"/data/latest/{file.Name}");
            Assert.Equal((HttpStatusCode.Found, path, "no-cache"), (latest.StatusCode, latest.Headers.Location!.ToString(), latest.Headers.CacheControl!.ToString()));
            Assert.Equal("*", all.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
        Assert.Equal(File.ReadAllText(In("manifest.json")), await app.Client.GetStringAsync("/data/manifest.json"));
        foreach (var path in (string[])
            [$"/data/{Today}/registry.key", $"/data/{Today}/..%2f..%2fregistry.key", $"/data/{Today}/%2e%2e%2fmanifest.json", "/data/2026-06-14/manifest.json", "/data/2026-6-15/manifest.json", "/data/latest/nothing", "/data/today/manifest.json"])
            Assert.Equal("no-such-dump", (string)JsonNode.Parse(await (await Get(path, ("Accept", "application/json"))).Content.ReadAsStringAsync())!["code"]!);
        // A file that is no longer what it was is served to nobody.
        File.AppendAllText(In("certificates.db"), "x");
        Assert.Equal(HttpStatusCode.NotFound, (await Get($"/data/{Today}/certificates.db")).StatusCode);
    }

    [Fact]
    public async Task The_page_tells_people_and_search_engines_the_same_in_both_languages()
    {
        await Fill();
        var made = await Make();
        foreach (var (language, words) in ((string, string)[])[("zh", "开放数据"), ("en", "Open data")])
        {
            var page = await app.Client.GetStringAsync($"/data?lang={language}");
            Assert.Contains($"<h1>{words}</h1>", page);
            foreach (var file in made.Files)
            {
                Assert.Contains($"href=\"/data/{Today}/{file.Name}\"", page);
                Assert.Contains(file.Sha256, page);
            }
            Assert.Contains(made.Changes, page);
            var json = page[(page.IndexOf("ld+json\">") + 9)..];
            var dataset = JsonNode.Parse(json[..json.IndexOf("</script>")])!;
            Assert.Equal(("Dataset", made.Files.Length), ((string)dataset["@type"]!, dataset["distribution"]!.AsArray().Count));
        }
        using var none = new RegistryApp();
        Assert.Contains("publishes no dumps", await none.Client.GetStringAsync("/data?lang=en"));
    }

    [Fact]
    public async Task One_that_fails_leaves_the_last_good_one_and_is_told()
    {
        await Fill();
        await Nightly.MakeIfDue(CancellationToken.None);
        Assert.Contains($"dump: ok, the newest is of {Today}", await app.Client.GetStringAsync("/readyz"));
        // A second one of the same day would change what never changes.
        Assert.Contains("already", (await Assert.ThrowsAsync<IOException>(() => Make())).Message);

        // No room, and whatever one that was killed has left: what was there stays, and nothing half made.
        app.Clock.Now = app.Clock.Now.AddDays(1);
        Assert.Contains("make room", (await Assert.ThrowsAsync<IOException>(() => Make(long.MaxValue))).Message);
        Assert.Equal([Path.Combine(folder, Today)], Directory.GetDirectories(folder));
        var left = Directory.CreateDirectory(Path.Combine(folder, ".making-2026-06-10")).FullName;
        File.WriteAllText(Path.Combine(left, "certificates.db"), "half");
        using (Location.File(Path.Combine(folder, "dump")).Alone("making", "taken"))
        {
            await Nightly.MakeIfDue(CancellationToken.None);
            Assert.Contains($"dump: failed, the newest is of {Today}: Another dump is being made", await app.Client.GetStringAsync("/readyz"));
        }
        Assert.Equal(HttpStatusCode.OK, (await Get($"/data/{Today}/certificates.db")).StatusCode);
        await Nightly.MakeIfDue(CancellationToken.None);
        Assert.False(Directory.Exists(left));
        Assert.Contains("dump: ok, the newest is of 2026-06-16", await app.Client.GetStringAsync("/readyz"));
    }

    /// <summary>Every day after three in Shanghai; what is older than it is kept goes, the newest never.</summary>
    [Fact]
    public async Task It_is_made_every_night_and_old_ones_go()
    {
        await app.Issue();
        foreach (var (at, days) in ((string, string[])[])
            [("2026-06-15T02:00+08:00", ["2026-06-15"]), ("2026-06-16T02:59+08:00", ["2026-06-15"]), ("2026-06-16T03:00+08:00", ["2026-06-16", "2026-06-15"]),
            ("2026-06-16T23:00+08:00", ["2026-06-16", "2026-06-15"]), ("2026-06-18T01:00+08:00", ["2026-06-18", "2026-06-16"]),
            ("2026-07-30T12:00+08:00", ["2026-07-30"])])
        {
            app.Clock.Now = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);
            await Nightly.MakeIfDue(CancellationToken.None);
            Assert.Equal(days, Folder.Days.Select(day => day.ToString("O")));
        }
    }

    [Fact]
    public void A_mirror_and_what_is_no_setting_end_the_start()
    {
        foreach (var (name, value, told) in ((string, string, string)[])
            [("Registry:MirrorOf", "http://127.0.0.1:9", "no key to sign"), ("Registry:KeepDumps", "0.01:00:00", "KeepDumps"), ("Registry:DumpLicence", " ", "DumpLicence")])
        {
            var settings = new Dictionary<string, string?> { ["Registry:Dumps"] = folder, [name] = value };
            var configuration = new Microsoft.Extensions.Configuration.ConfigurationBuilder();
            configuration.Add(new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = settings });
            Assert.Contains(told, Assert.Throws<InvalidDataException>(() => Settings.Read(configuration.Build())).Message);
        }
    }
}
