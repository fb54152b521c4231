using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Custody;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Transparency;

namespace Registry.Tests.TransparencyTests;

/// <summary>The log as others read it, checked with tools that Registry did not write.</summary>
public sealed class LogTests
{
    private static readonly string tools = Path.Combine(ArchitectureTests.Root(), "tests", "Registry.Tests", "Transparency", "tools");

    /// <summary>Go's golang.org/x/mod/sumdb, from Debian: built once.</summary>
    private static readonly Lazy<string> checklog = new(() =>
    {
        Tool.Need(Directory.Exists("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog"), "golang-golang-x-mod-dev");
        var folder = Directory.CreateTempSubdirectory("registry-go-").FullName;
        var (code, output) = Tool.Try("go", ["build", "-o", Path.Combine(folder, "checklog"), Path.Combine(tools, "checklog.go")], null, folder,
            ("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOCACHE", Path.Combine(Path.GetTempPath(), "registry-go-cache")), ("GOFLAGS", ""));
        Assert.True(code == 0, output);
        return Path.Combine(folder, "checklog");
    });

    private static (int Code, string Output) CheckLog(Front front, RegistryApp app, params string[] earlier) => Tool.Try(checklog.Value, [front.Url, app.Log.Key.ToString(), .. earlier]);

    [Fact]
    public async Task Go_reads_and_verifies_the_log_at_every_size_that_matters()
    {
        using var app = new RegistryApp(bodies: false);
        await using var front = new Front(app.Client);
        var earlier = new List<string>();
        async Task Check(long size)
        {
            Assert.Equal(size, app.Database.Read(EntryLog.Size));
            var (code, output) = CheckLog(front, app, [.. earlier]);
            Assert.True(code == 0 && output.StartsWith($"ok {size} ", StringComparison.Ordinal), output);
            earlier.Add($"{size}:{output.Trim().Split(' ')[2]}");
            Assert.Equal(output.Trim().Split(' ')[2], Convert.ToBase64String(app.Database.Read(TreeStore.Newest)!.Root));
            await Task.CompletedTask;
        }
        await Check(0);
        await app.Database.WriteAsync(t => Publisher.Admit(t, new Admit { Body = RegistryApp.Body, Name = "示例认证（虚构）有限公司" }));
        await Check(1);
        app.Admitted();
        foreach (var size in (long[])[255, 256, 257, 65_535, 65_536, 65_537, 70_111])
        {
            await app.Grow(size);
            await Check(size);
        }
        // Two levels of tiles are stored; the third is made of them.
        Assert.Equal((HttpStatusCode.OK, 32 * 17), await Length("/log/tile/1/001.p/17"));
        Assert.Equal((HttpStatusCode.OK, 32), await Length("/log/tile/2/000.p/1"));
        Assert.Equal(HttpStatusCode.NotFound, (await Length("/log/tile/2/000.p/2")).Status);

        async Task<(HttpStatusCode Status, int Length)> Length(string path)
        {
            using var answer = await app.Client.GetAsync(path);
            return (answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).Length);
        }
    }

    /// <summary>A file of before the hashes of 16 entries were kept: it proves as it did, and has them from the next start on.</summary>
    [Fact]
    public async Task The_lowest_nodes_are_made_from_the_entries_where_a_file_lacks_them()
    {
        using var app = new RegistryApp();
        await app.Grow(300);
        string[] Proofs() => [.. new long[] { 0, 15, 16, 100, 255, 256, 271, 272, 299 }.Select(index => app.Database.Read(db => TreeStore.Prove(db, index, TreeStore.Newest(db)!)).ToString())];
        (int, string) Nodes() => app.Database.Read(db => db.Rows("SELECT idx, hash FROM node WHERE height = 4 ORDER BY idx", row => $"{row.GetInt64(0)} {Convert.ToHexString(row.GetFieldValue<byte[]>(1))}")) is var rows ? (rows.Count, string.Join('\n', rows)) : default;
        var (proofs, nodes) = (Proofs(), Nodes());
        Assert.Equal(300 / 16, nodes.Item1);
        using (var writer = Sqlite.OpenWriter(app.DataFile)) writer.Run("DELETE FROM node WHERE height = 4");
        Assert.Equal((0, ""), Nodes());
        Assert.Equal(proofs, Proofs());
        using (var writer = Sqlite.OpenWriter(app.DataFile)) TreeStore.Complete(writer, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.Equal(nodes, Nodes());
        Assert.Equal(proofs, Proofs());
        await app.Grow(330);
        Assert.Equal(330 / 16, Nodes().Item1);
    }

    [Fact]
    public async Task Every_kind_of_flipped_bit_is_found_by_Go_and_by_us()
    {
        using var app = new RegistryApp();
        await using var front = new Front(app.Client);
        await app.Grow(600);
        Assert.Equal(0, CheckLog(front, app).Code);
        Assert.Empty(await Findings());
        foreach (var (path, at) in ((string, Func<byte[], int>)[])[("/log/checkpoint", c => 20), ("/log/checkpoint", c => c.Length - 20), ("/log/tile/0/000", c => 100), ("/log/tile/0/002.p", c => c.Length - 1),
            ("/log/tile/1/", c => 33), ("/log/tile/entries/000", c => 5), ("/log/tile/entries/002.p", c => c.Length - 1), ("/log/tile/entries/002.p", c => 0)])
        {
            front.Flip(path, at);
            Assert.True(CheckLog(front, app).Code == 1, path);
            Assert.True((await Findings()).Count > 0, path);
        }
        // Proofs: ours by Go, and any by us.
        foreach (var at in (Func<byte[], int>[])[c => 30, c => c.Length - 250, c => c.Length - 150, c => c.Length - 10])
        {
            front.Flip("/proof", at);
            Assert.Equal(1, CheckLog(front, app).Code);
            using var http = new HttpClient();
            var text = await http.GetStringAsync($"{front.Url}/v1/log/300/proof");
            Assert.False(InclusionProof.Parse(text)?.Verify(app.Log.Key) ?? false);
        }

        async Task<IReadOnlyList<string>> Findings()
        {
            var audit = new Audit(app.Log, [], (_, _) => { });
            await audit.Url(front.Url, CancellationToken.None);
            return audit.Findings;
        }
    }

    [Fact]
    public async Task Jose_verifies_statements_of_both_kinds_and_Sigstore_their_proofs()
    {
        var folder = Environment.GetEnvironmentVariable("REGISTRY_TEST_TOOLS");
        Tool.Need(folder is not null, "REGISTRY_TEST_TOOLS, a folder with npm's jose and @sigstore/verify,");
        using var app = new RegistryApp();
        await app.Issue("RECORDED-1");
        BodySigner? before = null;
        foreach (var signer in (BodySigner[])[BodySigner.Es256(), BodySigner.Ed25519(), BodySigner.Ed25519("EdDSA")])
            await app.Database.WriteAsync(t =>
            {
                var register = signer.Register(RegistryApp.Body, app.Log.Key.Name, app.Clock.Now);
                if (before is null) Publisher.RegisterKey(t, register);
                else SignedStatements.Accept(t, before.Sign(register with { Aud = app.Log.Key.Name, StatedAt = app.Clock.Now }));
                before = signer;
                return SignedStatements.Accept(t, signer.Sign(new Issue { Body = RegistryApp.Body, Aud = app.Log.Key.Name, StatedAt = app.Clock.Now, Certificate = Samples.Content with { Number = $"SIGNED-{signer.Algorithm}" } }));
            });
        await app.Grow(300);
        var (statements, proofs, good) = (new JsonArray(), new JsonArray(), new List<(string Payload, bool)>());
        foreach (var number in (string[])["RECORDED-1", "SIGNED-ES256", "SIGNED-Ed25519", "SIGNED-EdDSA", "GROW-1"])
        {
            var id = app.Database.Read(db => CertificateStore.WithNumbers(db, [CertificateNumber.Stripped(CertificateNumber.Normalise(number)!)], 1)).Values.Single()[0].Id;
            var proof = await app.GetJson($"/v1/certificates/{id}/proof");
            var statement = proof["statements"]![0]!;
            var jws = (string)statement["statement"]!;
            JsonObject Proof(string leaf, JsonArray hashes, long index) => new() { ["leaf"] = leaf, ["index"] = index, ["size"] = (long)proof["treeSize"]!, ["root"] = (string)proof["rootHash"]!, ["hashes"] = hashes };
            var hashes = statement["hashes"]!.AsArray();
            var index = (long)statement["logIndex"]!;
            statements.Add(jws);
            proofs.Add(Proof(jws, hashes.DeepClone().AsArray(), index));
            // Each kind of change: header, payload, signature; leaf, hash, index.
            foreach (var at in (int[])[3, jws.IndexOf('.') + 40, jws.Length - 3]) statements.Add(Flip(jws, at));
            proofs.Add(Proof(Flip(jws, 50), hashes.DeepClone().AsArray(), index));
            var flipped = hashes.DeepClone().AsArray();
            flipped[2] = Flip((string)flipped[2]!, 5);
            proofs.Add(Proof(jws, flipped, index));
            proofs.Add(Proof(jws, hashes.DeepClone().AsArray(), index + 1));
        }
        File.Copy(Path.Combine(tools, "check.mjs"), Path.Combine(folder!, "check.mjs"), overwrite: true);
        var input = new JsonObject { ["keys"] = (await app.GetJson("/v1/keys"))["keys"]!.DeepClone(), ["statements"] = statements, ["proofs"] = proofs };
        var (code, output) = Tool.Try("node", ["check.mjs"], input.ToJsonString(), folder);
        Assert.True(code == 0, output);
        var answer = JsonNode.Parse(output)!;
        for (var i = 0; i < statements.Count; i++)
        {
            Assert.Equal(i % 4 == 0, answer["statements"]![i] is not null);
            if (i % 4 == 0) Assert.Equal("issue", (string)JsonNode.Parse((string)answer["statements"]![i]!)!["act"]!);
        }
        for (var i = 0; i < proofs.Count; i++) Assert.Equal(i % 4 == 0, (bool)answer["proofs"]![i]!);

        static string Flip(string text, int at) => text[..at] + (char)(text[at] ^ (text[at] is 'A' or 'a' or 'B' or 'b' ? 3 : 1)) + text[(at + 1)..];
    }

    [Fact]
    public async Task Tiles_are_for_ever_checkpoints_are_not_and_nothing_beyond_the_log_is_served()
    {
        using var app = new RegistryApp();
        await app.Grow(300);
        using (var tile = await app.Client.GetAsync("/log/tile/0/000"))
        {
            Assert.Equal(("public, max-age=31536000, immutable", 8192L, "application/octet-stream"), (tile.Headers.CacheControl!.ToString().Replace(" immutable", "immutable").Replace("immutable", " immutable"), tile.Content.Headers.ContentLength, tile.Content.Headers.ContentType!.ToString()));
        }
        using (var checkpoint = await app.Client.GetAsync("/log/checkpoint"))
        {
            Assert.Equal("*", checkpoint.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal(("no-cache", "text/plain; charset=utf-8"), (checkpoint.Headers.CacheControl!.ToString(), checkpoint.Content.Headers.ContentType!.ToString()));
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, "/log/tile/entries/000");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var zipped = await app.Client.SendAsync(request);
        using var unzipped = new MemoryStream();
        await new System.IO.Compression.GZipStream(await zipped.Content.ReadAsStreamAsync(), System.IO.Compression.CompressionMode.Decompress).CopyToAsync(unzipped);
        Assert.Equal(await app.Client.GetByteArrayAsync("/log/tile/entries/000"), unzipped.ToArray());
        // A partial tile is the beginning of its full tile.
        Assert.Equal((await app.Client.GetByteArrayAsync("/log/tile/0/000"))[..(32 * 7)], await app.Client.GetByteArrayAsync("/log/tile/0/000.p/7"));
        foreach (var path in (string[])["0/001", "0/001.p/45", "0/002.p/1", "1/000", "1/000.p/2", "2/000.p/1", "0/1", "9/000", "entries/001", "0/x999/x999/x999/x999/x999/999", "0/..%2f..%2fkey", "data/000"])
            Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/log/tile/" + path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/v1/log/300/proof")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/v1/statements/300")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await app.Client.GetAsync("/v1/log/consistency?from=5&to=301")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await app.Client.GetAsync("/v1/log/consistency?from=5&to=4")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await app.Client.GetAsync("/v1/log/consistency?from=-1")).StatusCode);
        Assert.StartsWith("reg.example/log+", await app.Client.GetStringAsync("/log/key"));
    }

    [Fact]
    public async Task An_acknowledged_statement_is_under_a_signed_checkpoint_at_once()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        (await app.Send("POST", $"/v1/certificates/{id}/suspend", new { }, app.Key)).EnsureSuccessStatusCode();
        var proof = await app.GetJson($"/v1/certificates/{id}/proof");
        Assert.Equal(4, (long)proof["treeSize"]!);
        Assert.Equal(["issue", "suspend"], proof["statements"]!.AsArray().Select(s => (string)s!["act"]!));
        foreach (var statement in proof["statements"]!.AsArray())
        {
            var parsed = InclusionProof.Parse((string)statement!["proof"]!)!;
            Assert.True(parsed.Verify(app.Log.Key));
            Assert.Equal((string)statement["statement"]!, Encoding.ASCII.GetString(parsed.Leaf));
            Assert.True(Jws.Parse(parsed.Leaf).Jws!.IsSignedBy(Jwk.Of(app.Log.Key)));
            Assert.True((bool)JsonNode.Parse(Jws.PayloadOf(parsed.Leaf))!["onBehalf"]!);
        }
        // A tlog-proof is a file: one comes as it is, several in an archive or in JSON, never one after another.
        using (var several = await As(id, "text/plain")) Assert.Equal(("application/json", proof.ToJsonString()), (several.Content.Headers.ContentType!.MediaType, JsonNode.Parse(await several.Content.ReadAsStringAsync())!.ToJsonString()));
        using (var archive = await As(id, "application/zip"))
        {
            Assert.Equal("application/zip", archive.Content.Headers.ContentType!.MediaType);
            using var zip = new System.IO.Compression.ZipArchive(await archive.Content.ReadAsStreamAsync());
            Assert.Equal(["entry-2.tlog-proof", "entry-3.tlog-proof"], zip.Entries.Select(entry => entry.FullName));
            foreach (var (entry, statement) in zip.Entries.Zip(proof["statements"]!.AsArray())) Assert.Equal((string)statement!["proof"]!, await new StreamReader(entry.Open()).ReadToEndAsync());
        }
        var alone = (string)(await app.Issue("ALONE-1"))["id"]!;
        using (var one = await As(alone, "text/plain"))
        {
            Assert.Equal("text/plain", one.Content.Headers.ContentType!.MediaType);
            Assert.True(InclusionProof.Parse(await one.Content.ReadAsStringAsync())!.Verify(app.Log.Key));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/v1/certificates/0000000000000/proof")).StatusCode);

        async Task<HttpResponseMessage> As(string certificate, string type)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/certificates/{certificate}/proof");
            request.Headers.Accept.ParseAdd(type);
            return await app.Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_refused_or_tried_statement_leaves_no_trace_in_the_tree()
    {
        using var app = new RegistryApp();
        var before = await app.Client.GetStringAsync("/log/checkpoint");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await app.Send("POST", "/v1/certificates", new { number = "X" }, app.Key)).StatusCode);
        await app.Database.WriteAsync(t => t.Attempt(() => Publisher.Issue(t, RegistryApp.Body, Samples.Content), keep: false));
        await Assert.ThrowsAsync<InvalidOperationException>(() => app.Database.WriteAsync<int>(t => { Publisher.Issue(t, RegistryApp.Body, Samples.Content); throw new InvalidOperationException(); }));
        Assert.Equal(before, await app.Client.GetStringAsync("/log/checkpoint"));
        await app.Issue();
        var audit = new Audit(app.Log, [], (_, _) => { });
        await audit.Stored(app.Database.Location);
        Assert.Empty(audit.Findings);
    }
}
