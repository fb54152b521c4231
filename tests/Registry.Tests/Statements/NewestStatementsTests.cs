using System.Buffers.Binary;
using System.Security.Cryptography;
using Registry.Certificates;
using Registry.Tests.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests.Statements;

/// <summary>The map from each certificate to its newest statement, whose root stands in the log.</summary>
public sealed class NewestStatementsTests
{
    /// <summary>The tree as MapTree tells it, made from all entries at once.</summary>
    private static byte[] Naive(IReadOnlyList<MapEntry> entries, int depth = 0)
    {
        if (entries.Count == 0) return new byte[32];
        if (depth >= 10 && entries.Count <= 16)
        {
            var text = new byte[1 + entries.Count * 15];
            text[0] = 2;
            for (var i = 0; i < entries.Count; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(text.AsSpan(1 + i * 15), entries[i].Id);
                text[1 + i * 15 + 8] = (byte)(entries[i].Newest >> 32);
                BinaryPrimitives.WriteUInt32BigEndian(text.AsSpan(1 + i * 15 + 9), (uint)entries[i].Newest);
                BinaryPrimitives.WriteUInt16BigEndian(text.AsSpan(1 + i * 15 + 13), (ushort)Math.Min(entries[i].Count, 65535));
            }
            return SHA256.HashData(text);
        }
        var halves = entries.ToLookup(entry => entry.Id >> (59 - depth) & 1);
        return SHA256.HashData([3, .. Naive([.. halves[0]], depth + 1), .. Naive([.. halves[1]], depth + 1)]);
    }

    /// <summary>What each statement of the log is about, read one by one.</summary>
    private static List<(long Seq, Statement Statement, ulong? Id)> Log(RegistryApp app) =>
        app.Database.Read(db => EntryLog.Range(db, 0, int.MaxValue).ConvertAll(entry => (entry.Seq, entry.Statement, About(entry))));

    private static ulong? About(Entry entry) => entry.Statement switch
    {
        Issue => Identifier.Bits(Identifier.Of(entry.Leaf)),
        Amendment amendment => Identifier.Bits(amendment.Certificate),
        _ => null,
    };

    private static List<MapEntry> Entries(IEnumerable<(long Seq, Statement Statement, ulong? Id)> log) =>
        [.. log.Where(one => one.Id is not null).GroupBy(one => one.Id!.Value).OrderBy(of => of.Key)
            .Select(of => new MapEntry(of.Key, of.Max(one => one.Seq), of.Count()))];

    private static int Bear(List<(long Seq, Statement Statement, ulong? Id)> log)
    {
        var bearing = log.Where(one => one.Statement.Map is not null).ToList();
        foreach (var (seq, statement, _) in bearing)
            Assert.Equal(Convert.ToBase64String(Naive(Entries(log.Take((int)seq)))), statement.Map);
        return bearing.Count;
    }

    [Fact]
    public async Task The_first_statement_of_each_commit_that_the_registry_signs_bears_the_root_over_all_before_it()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue("MAP-1"))["id"]!;
        await app.Import(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 900).Select(i =>
            RegistryApp.Draft($"MAP-L-{i}").ToJsonString()))), "application/x-ndjson");
        (await app.Send("POST", $"/v1/certificates/{id}/marks", new { placement = "premises", text = "店" }, app.Key)).EnsureSuccessStatusCode();
        (await app.Send("POST", $"/v1/certificates/{id}/suspend", new { until = "2026-07-10" }, app.Key)).EnsureSuccessStatusCode();
        (await app.Send("POST", $"/v1/certificates/{id}/restore", new { }, app.Key)).EnsureSuccessStatusCode();
        await app.Issue("MAP-2");
        // What a body signs bears none, and is covered by the next that the registry signs.
        var signer = BodySigner.Es256();
        await app.Database.WriteAsync(t => Publisher.RegisterKey(t, signer.Register(RegistryApp.OtherBody, app.Log.Key.Name, t.Now)));
        await app.Database.WriteAsync(t => SignedStatements.Accept(t, signer.Sign(new Issue
        {
            Body = RegistryApp.OtherBody, Aud = app.Log.Key.Name, StatedAt = t.Now, Certificate = Samples.Content with { Number = "MAP-3" },
        })));
        await app.Issue("MAP-4");
        await app.Database.WriteAsync(t =>
        {
            SignedStatements.Accept(t, signer.Sign(new Issue
            {
                Body = RegistryApp.OtherBody, Aud = app.Log.Key.Name, StatedAt = t.Now, Certificate = Samples.Content with { Number = "MAP-6" },
            }));
            Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = "MAP-7" });
            return Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = "MAP-8" });
        });

        var log = Log(app);
        Assert.True(Bear(log) >= 8, $"{Bear(log)} of {log.Count}");
        Assert.Equal([false, true, false, true, false], log[^5..].Select(one => one.Statement.Map is not null));
        // A rebuild and a check from the first entry make the same.
        await app.Rebuild();
        await app.Issue("MAP-5");
        log = Log(app);
        Bear(log);
        Assert.NotNull(log[^1].Statement.Map);
    }

    [Fact]
    public async Task A_proof_shows_what_the_map_says_and_nothing_else()
    {
        using var app = new RegistryApp();
        var random = new Random(27922);
        var all = new Dictionary<ulong, MapEntry>();
        for (var covers = 1000; covers <= 40_000; covers += covers / 2)
        {
            var changes = Enumerable.Range(0, covers / 4).Select(_ => (ulong)random.NextInt64(1L << 60)).Concat(all.Keys.Take(50)).Distinct()
                .Select(id => new MapEntry(id, random.NextInt64(1L << 40), 1 + random.Next(3))).OrderBy(entry => entry.Id).ToList();
            foreach (var change in changes) all[change.Id] = change with { Count = change.Count + (all.GetValueOrDefault(change.Id).Count) };
            await app.Database.WriteAsync(t =>
            {
                MapStore.Of(t).Put(t.Connection, covers, changes);
                return 0;
            });
        }
        var root = Naive([.. all.Values.OrderBy(entry => entry.Id)]);
        var ids = all.Keys.Take(200).Concat(Enumerable.Range(0, 200).Select(_ => (ulong)random.NextInt64(1L << 60))).ToList();
        var proofs = app.Database.Read(db =>
        {
            var map = MapStore.Of(db);
            Assert.Equal(root, map.Root);
            return ids.ConvertAll(id => map.Prove(db, id));
        });
        foreach (var proof in proofs)
        {
            Assert.Equal(root, proof.Root());
            Assert.Equal(all.TryGetValue(proof.Id, out var known) ? known : null, proof.Entry);
        }
        // Of another certificate, of one bit else, of a hash more or less it is no proof.
        foreach (var proof in proofs.Take(40))
        {
            Assert.NotEqual(root, (proof with { Id = proof.Id ^ 1UL << 55 }).Root());
            Assert.NotEqual(root, (proof with { Hashes = [.. proof.Hashes.Skip(1)] }).Root());
            Assert.NotEqual(root, (proof with { Hashes = [.. proof.Hashes, new byte[32]] }).Root());
            for (var at = 0; at < proof.Bucket.Length; at += 5) Assert.NotEqual(root, (proof with { Bucket = Flipped(proof.Bucket, at) }).Root());
            for (var at = 0; at < proof.Hashes.Count; at++)
                Assert.NotEqual(root, (proof with { Hashes = [.. proof.Hashes.Select((hash, i) => i == at ? Flipped(hash, 7) : hash)] }).Root());
            if (proof.Bucket.Length == 0) continue;
            Assert.Null((proof with { Bucket = [.. proof.Bucket, .. proof.Bucket] }).Root());
            Assert.Null((proof with { Bucket = proof.Bucket[1..] }).Root());
        }

        static byte[] Flipped(byte[] bytes, int at) => [.. bytes.Select((b, i) => i == at ? (byte)(b ^ 4) : b)];
    }

    [Fact]
    public async Task A_log_whose_root_is_wrong_is_followed_by_nobody_and_told_once()
    {
        using var app = new RegistryApp();
        await app.Issue("WRONG-1");
        // Whoever has the key hides something: it signs the root that the map has without the last certificate.
        await app.Database.WriteAsync(t =>
        {
            var lie = new Issue
            {
                Body = RegistryApp.Body, OnBehalf = true, StatedAt = EntryLog.Next(t, t.Now), Map = Convert.ToBase64String(MapTree.Empty),
                Certificate = Samples.Content with { Number = "WRONG-2" },
            };
            var (seq, leaf) = (EntryLog.NextSeq(t), new Leaf(Jws.Sign(app.Log.Signer!, lie.ToJson())));
            var refused = Assert.Throws<FaultException>(() => SignedStatements.Replay(t, leaf.Bytes, app.Log.Key));
            Assert.Equal("wrong-map", refused.Faults[0].Refusal.Code);
            Assert.Equal(seq, EntryLog.NextSeq(t));
            EntryLog.Append(t, leaf, lie.StatedAt);
            Projection.Apply(t, seq, leaf, lie with { RecordedAt = lie.StatedAt });
            return 0;
        });
        await app.Issue("WRONG-3");
        string[] verify = ["verify", $"--Registry:DataFile={app.DataFile}", $"--Registry:KeyFile={app.KeyFile}"];
        var report = Served.Run(Path.GetDirectoryName(app.DataFile)!, verify);
        Assert.Equal(1, report.Code);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(report.Output + report.Error, "wrong-map"));
    }

    [Fact]
    public async Task A_body_cannot_state_the_root()
    {
        using var app = new RegistryApp();
        var signer = BodySigner.Es256();
        await app.Database.WriteAsync(t =>
        {
            Publisher.RegisterKey(t, signer.Register(RegistryApp.OtherBody, app.Log.Key.Name, t.Now));
            var issue = new Issue
            {
                Body = RegistryApp.OtherBody, Aud = app.Log.Key.Name, StatedAt = t.Now, Map = Convert.ToBase64String(MapTree.Empty),
                Certificate = Samples.Content with { Number = "MAP-B" },
            };
            Assert.Equal("not-yours", Assert.Throws<FaultException>(() => SignedStatements.Accept(t, signer.Sign(issue))).Faults[0].Refusal.Code);
            return 0;
        });
    }

    /// <summary>Ids are even in a log; here many stand close together, so that rows are divided again and again.</summary>
    [Fact]
    public async Task Rows_are_divided_and_read_back_as_they_were_made()
    {
        using var app = new RegistryApp();
        var random = new Random(5);
        await app.Database.WriteAsync(t =>
        {
            var all = new SortedDictionary<ulong, MapEntry>();
            for (var (round, seq) = (0, 0L); round < 12; round++)
            {
                var ids = Enumerable.Range(0, 1 + random.Next(90)).Select(_ => Close()).Distinct().Order().ToList();
                var changes = ids.ConvertAll(id => new MapEntry(id, ++seq, 1 + random.Next(3)));
                MapStore.Of(t).Put(t.Connection, 1000 + seq, changes);
                foreach (var change in changes)
                    all[change.Id] = change with { Count = change.Count + (all.TryGetValue(change.Id, out var before) ? before.Count : 0) };
                var root = Naive([.. all.Values]);
                Assert.Equal(root, MapStore.Of(t).Root);
                var read = MapStore.Of(t.Connection);
                foreach (var id in ids.Append(Close()))
                {
                    var proof = read.Prove(t.Connection, id);
                    Assert.Equal((all.TryGetValue(id, out var entry) ? entry : null, Convert.ToHexString(root)),
                        (proof.Entry, Convert.ToHexString(proof.Root()!)));
                }
            }
            // Damage in a head is seen as soon as its tile is read.
            Assert.True(t.Connection.Run("UPDATE map_row SET first = first + 1 WHERE first = (SELECT max(first) FROM map_row)") == 1);
            Assert.Throws<ForkedLogException>(() => MapStore.Of(t.Connection).Prove(t.Connection, all.Keys.Last()));
            return 0;
        });

        ulong Close() => random.Next(3) switch
        {
            0 => (ulong)random.NextInt64(1L << 60),
            1 => 5UL << 50 | (ulong)random.NextInt64(1L << 50),
            _ => 7UL << 50 | (ulong)random.NextInt64(1L << 9),
        };
    }

    /// <summary>What the writer remembers of its own commits is not taken for all there is.</summary>
    [Fact]
    public async Task What_another_process_records_between_is_in_the_map_too()
    {
        using var app = new RegistryApp();
        var key = NoteSigner.Parse(File.ReadAllText(app.KeyFile));
        await using var other = new Registry.Database(Location.File(app.DataFile), app.Clock, Microsoft.Extensions.Logging.Abstractions
            .NullLogger<Registry.Database>.Instance, key, TreeStore.Seal);
        Registry.Database[] writers = [app.Database, other, other, app.Database, app.Database, other, app.Database];
        var no = 0;
        foreach (var writer in writers)
            await writer.WriteAsync(t =>
            {
                var made = Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"TURN-{no++}" });
                Publisher.Amend(t, new Suspend { Body = RegistryApp.Body, Certificate = made.Id, EffectiveOn = Day.Of(t.Now) });
                return Publisher.Issue(t, RegistryApp.Body, Samples.Content with { Number = $"TURN-{no++}" });
            });
        Assert.True(Bear(Log(app)) >= writers.Length);
    }

    /// <summary>What was recorded before there were roots is covered by the first one.</summary>
    [Fact]
    public async Task A_file_that_had_no_map_gets_one_and_goes_on()
    {
        using var app = new RegistryApp();
        for (var i = 0; i < 3; i++) await app.Issue($"OLD-{i}");
        await app.Database.WriteAsync(t =>
        {
            t.Connection.Run("DELETE FROM map_row");
            t.Connection.Run("DELETE FROM map_tile");
            t.Connection.Run("UPDATE map SET size = 0");
            return 0;
        });
        await app.Issue("OLD-3");
        var log = Log(app);
        Bear(log);
        Assert.NotNull(log[^1].Statement.Map);
    }

    [Fact]
    public async Task Nothing_is_signed_or_shown_on_a_map_that_is_damaged()
    {
        using var app = new RegistryApp();
        var ids = new List<string>();
        for (var i = 0; i < 4; i++) ids.Add((string)(await app.Issue($"BENT-{i}"))["id"]!);
        await Damage("UPDATE map_row SET entries = CAST(substr(entries, 1, 40) || x'00' || substr(entries, 42) AS BLOB)");
        Assert.Throws<ForkedLogException>(() => app.Database.Read(db => NewestStatements.Read(db)!.Prove(db, Identifier.Bits(ids[0]))));
        await app.Rebuild();
        Assert.NotNull(app.Database.Read(db => NewestStatements.Read(db)!.Prove(db, Identifier.Bits(ids[0]))).Entry);

        await Damage("UPDATE map_tile SET hash = zeroblob(32)");
        var before = Log(app).Count;
        var draft = RegistryApp.Draft("BENT-9");
        draft["holder"]!.AsObject().Remove("uscc");
        using (var refused = await app.Send("POST", "/v1/certificates", draft, app.Key))
            Assert.True(refused.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable, await refused.Content.ReadAsStringAsync());
        Assert.Equal(before, Log(app).Count);
        await app.Rebuild();
        await app.Issue("BENT-9");
        Bear(Log(app));

        // What the next root would be made of: the id of the newest certificate, with a character that is none of an id's, or another one.
        foreach (var flipped in (string[])["'['", "'U'", "iif(id LIKE 'Z%', 'Y', 'Z')"])
        {
            await Damage($"UPDATE certificate SET id = {flipped} || substr(id, 2) WHERE seq = (SELECT max(seq) FROM certificate)");
            draft["number"] = "BENT-F";
            using (var refused = await app.Send("POST", "/v1/certificates", draft, app.Key))
                Assert.True(refused.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable, await refused.Content.ReadAsStringAsync());
            Assert.Equal(before + 1, Log(app).Count);
            await app.Rebuild();
        }

        async Task Damage(string statement) => await app.Database.WriteAsync(t =>
        {
            t.Connection.Run(statement);
            t.Memory.Forget();
            return 0;
        });
    }
}
