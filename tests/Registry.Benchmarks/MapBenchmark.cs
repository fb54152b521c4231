using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Benchmarks;

/// <summary>
/// What a map from certificate id to its newest statement would cost, its root an entry of the log with every checkpoint: bytes a certificate, processor time and pages beside those of
/// the post itself, and the size of a proof. Two layouts (MapLayouts.cs), in the real writer on a copy of the loaded file.
/// </summary>
public static class MapBenchmark
{
    private const int Singles = 200, Batch = 512, BatchesARound = 2, WarmUp = 100, Asked = 1000, GrownTogether = 5000, Checked = 30_000, GrownAloneTogether = 250_000;
    /// <summary>Beyond it the maps are grown alone, without the register they would stand beside.</summary>
    private const long LargestLoaded = 1_000_000;
    private const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
    /// <summary>The rule of issue 16: no more than a fifth of a post, no more than these bytes a certificate.</summary>
    private const double MostOfAPost = 0.2, MostBytes = 120;

    /// <summary>What is measured in turns.</summary>
    private enum Way
    {
        Alone,
        PagedBare,
        PagedSigned,
        TiledBare,
    }

    private static string Name(Way way) => way switch
    {
        Way.Alone => "the post itself",
        Way.PagedBare => "buckets of 16 in rows of 100; root a bare leaf",
        Way.PagedSigned => "the same; root a signed statement, as every leaf of today",
        Way.TiledBare => "a leaf a certificate, rows of four levels; root a bare leaf",
    };

    /// <summary>Of one post: microseconds of the process, of them the map's and its entry's in the writer; pages written.</summary>
    private readonly record struct Cost(double Cpu, double Map, double Entry, double Pages);

    public static async Task Run(Settings run)
    {
        Directory.CreateDirectory(run.Folder);
        foreach (var make in layouts) CheckRoots(Path.Combine(run.Folder, "map.db"), make);
        if (run.Count > LargestLoaded) await GrownAlone(run);
        else await Beside(run);
    }

    // ---- the maps beside a register

    private static async Task Beside(Settings run)
    {
        var loaded = await Loaded.Prepare(run, publish: false);
        var (file, key) = (Path.Combine(run.Folder, "map.db"), Path.ChangeExtension(loaded.Database, ".key"));
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
        File.Copy(loaded.Database, file);
        var machine = Measured.Machine(run.Folder);
        var signer = NoteSigner.Load(key, "", VerifierKey.Signature, mayCreate: false);
        var sealing = new Sealing();
        var bytes = "";
        var costs = new Dictionary<(Way, bool), List<Cost>>();
        long certificates, entries;
        double bare, signed;
        await using (var database = new Database(Location.File(file), TimeProvider.System, NullLogger<Database>.Instance, signer, sealing.Seal))
        {
            certificates = await Grow(database, sealing);
            bytes = Bytes(file, sealing, certificates);
            foreach (var way in Enum.GetValues<Way>()) await Post(database, sealing, way, run, WarmUp, 1);
            for (var round = 0; round < run.Rounds; round++)
                foreach (var way in Enum.GetValues<Way>())
                    foreach (var batch in (bool[])[false, true])
                    {
                        var cost = await Post(database, sealing, way, run, batch ? BatchesARound : Singles, batch ? Batch : 1);
                        (costs.TryGetValue((way, batch), out var list) ? list : costs[(way, batch)] = []).Add(cost);
                    }
            entries = database.Read(EntryLog.Size);
            (bare, signed) = database.Read(db => (LeafBytes(db, sealing.Bare), LeafBytes(db, sealing.Signed)));
        }
        var overhead = Overhead(file);
        Results.Write(run, "map", $"""
            # A map from certificate to newest statement, at {run.Count.ToString("#,0", CultureInfo.InvariantCulture)}
            {machine}. In one process without HTTP, the real writer on a copy of the loaded file (WAL, synchronous=FULL); {run.Rounds} rounds in turns of {Singles} single posts and {BatchesARound} commits of {Batch}, medians.
            *process* is processor time of everything a post takes, *map* and *entry* what the writer's thread spends on the map and on signing and appending its root; pages are what the commit writes (SQLITE_DBSTATUS_CACHE_WRITE).

            | a single post | process µs | map µs | entry µs | of the post | pages | of the post's |
            |---|---|---|---|---|---|---|
            {Rows(costs, batch: false)}

            | a post of {Batch} in a commit | process µs | map µs | entry µs | of the post | pages | of the post's |
            |---|---|---|---|---|---|---|
            {Rows(costs, batch: true)}

            {bytes}

            The root's own entry: {Measured.Figure(bare + overhead)} bytes as a bare leaf, {Measured.Figure(signed + overhead)} as a signed statement (of these {Measured.Figure(overhead)} are its row and its share of the tree): once a post where posts come singly, {Measured.Figure((bare + overhead) / Batch)} and {Measured.Figure((signed + overhead) / Batch)} a certificate in batches of {Batch}.
            A proof also takes that entry's place in the log: {(int)Math.Ceiling(Math.Log2(entries)) * 32} bytes.

            {Proofs(certificates)}
            """);
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
    }

    private static string Rows(Dictionary<(Way, bool), List<Cost>> costs, bool batch)
    {
        double Of(Way way, Func<Cost, double> figure) => Median(costs[(way, batch)].Select(figure));
        // The map's own time is that of one thread, which others on the machine do not lengthen; the process' differs by more than the map costs from round to round.
        double Share(Way way) => (Of(way, c => c.Map) + Of(way, c => c.Entry)) / Of(Way.Alone, c => c.Cpu);
        return string.Join('\n', Enum.GetValues<Way>().Select(way => way == Way.Alone
            ? $"| {Name(way)} | {Measured.Figure(Of(way, c => c.Cpu))} | | | | {Measured.Figure(Of(way, c => c.Pages))} | |"
            : string.Create(CultureInfo.InvariantCulture, $"| {Name(way)} | {Measured.Figure(Of(way, c => c.Cpu))} | {Measured.Figure(Of(way, c => c.Map))} | {Measured.Figure(Of(way, c => c.Entry))} | {Share(way):0.00}{(Share(way) > MostOfAPost ? " (**over**)" : "")} | {Measured.Figure(Of(way, c => c.Pages))} | +{Of(way, c => c.Pages) / Of(Way.Alone, c => c.Pages) - 1:0.00} |")));
    }

    /// <summary>Puts the map's root into the log before the checkpoint is signed: what a registry with such a map would do at every commit.</summary>
    private sealed class Sealing
    {
        private const byte MapRoot = 1; // the first byte of a bare leaf: no JWS begins so

        public CertificateMap[] Maps { get; set; } = [];
        public Way Way { get; set; }
        public List<(ulong Id, long Seq)> Recorded { get; } = [];
        public double Map { get; private set; }
        public double Entry { get; private set; }
        public DbConnection? Connection { get; private set; }
        /// <summary>Indices of roots.</summary>
        public List<long> Bare { get; } = [];
        public List<long> Signed { get; } = [];

        public string? Seal(Transaction transaction)
        {
            Connection = transaction.Connection;
            if (Way != Way.Alone && Recorded.Count > 0)
            {
                var start = SearchBenchmark.Cpu();
                Recorded.Sort();
                var root = Maps[Way == Way.TiledBare ? 1 : 0].Put(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Recorded));
                var put = SearchBenchmark.Cpu();
                var at = EntryLog.Next(transaction, transaction.Now);
                byte[] leaf = Way == Way.PagedSigned
                    ? Jws.Sign(transaction.Signer!, Encoding.UTF8.GetBytes($$"""{"act":"map","root":"{{Convert.ToBase64String(root)}}","statedAt":"{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}}Z"}"""))
                    : [MapRoot, .. root];
                (Way == Way.PagedSigned ? Signed : Bare).Add(EntryLog.Append(transaction, new(leaf), at));
                (Map, Entry) = (Map + (put - start) * 1000, Entry + (SearchBenchmark.Cpu() - put) * 1000);
            }
            Recorded.Clear();
            return TreeStore.Seal(transaction);
        }

        public void Reset() => (Map, Entry) = (0, 0);
    }

    /// <summary>Grows both maps as years of posts would, in the order of the log, some thousands a commit.</summary>
    private static async Task<long> Grow(Database database, Sealing sealing)
    {
        var pairs = database.Read(db => db.Rows("SELECT id, last_seq FROM certificate ORDER BY seq", row => (Id: IdBits(row.GetString(0)), Seq: row.GetInt64(1))));
        await database.WriteAsync(t =>
        {
            sealing.Maps = [new PagedMap(t.Connection), new TiledMap(t.Connection)];
            foreach (var map in sealing.Maps) map.Create();
            return 0;
        });
        foreach (var part in pairs.Chunk(GrownTogether))
            await database.WriteAsync(t =>
            {
                Array.Sort(part);
                foreach (var map in sealing.Maps) map.Put(part);
                return 0;
            });
        return pairs.Count;
    }

    private static ulong IdBits(string id) => id[..^1].Aggregate(0UL, (bits, character) => bits << 5 | (uint)Identifier.Alphabet.IndexOf(character));

    private static long next = 1_000_000_000; // rows of the generator that no loaded file holds

    private static async Task<Cost> Post(Database database, Sealing sealing, Way way, Settings run, int commits, int together)
    {
        var generator = new Generator(run.Seed);
        var contents = Enumerable.Range(0, commits * together).Select(_ => generator.Row(next++)).Select(made => (made.Body, Content: LogBenchmark.Content(made))).ToArray();
        sealing.Way = way;
        sealing.Reset();
        var (cpu, pages) = (Environment.CpuUsage.TotalTime, Pages(sealing));
        foreach (var part in contents.Chunk(together))
            await database.WriteAsync(t =>
            {
                foreach (var (body, content) in part)
                    if (Publisher.Issue(t, body, content) is { New: true } recorded) sealing.Recorded.Add((IdBits(recorded.Id), recorded.Seq));
                return 0;
            });
        var posts = (double)contents.Length;
        return new((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / posts, sealing.Map / posts, sealing.Entry / posts, (Pages(sealing) - pages) / posts);
    }

    /// <summary>Pages written since the connection was opened. Asked while nobody posts.</summary>
    private static int Pages(Sealing sealing)
    {
        SQLitePCL.raw.sqlite3_db_status(((SqliteConnection)sealing.Connection!).Handle, CacheWrite, out var pages, out _, 0);
        return pages;
    }

    // ---- bytes and proofs

    private static string Bytes(string file, Sealing sealing, long certificates) => string.Join('\n', sealing.Maps.Select(map => Bytes(file, map, certificates)));

    private static string Bytes(string file, CertificateMap map, long certificates)
    {
        var tables = map.Tables.Select(table => (Table: table, Bytes: Stat(file, $"SELECT sum(pgsize) FROM dbstat WHERE name = '{table}'") / certificates)).ToList();
        var all = tables.Sum(table => table.Bytes);
        return $"- {map.Name}: {Measured.Figure(all)} bytes a certificate of {MostBytes} ({string.Join(", ", tables.Select(table => $"`{table.Table}` {Measured.Figure(table.Bytes)}"))}), by the pages that hold it";
    }

    /// <summary>Bytes of an entry beyond its leaf: the row, the pages' filling and its share of the tree's nodes.</summary>
    private static double Overhead(string file) =>
        Stat(file, "SELECT (SELECT 1.0 * sum(pgsize) FROM dbstat WHERE name = 'entry') / (SELECT count(*) FROM entry) - (SELECT avg(length(leaf)) FROM entry)")
        + Stat(file, "SELECT (SELECT 1.0 * sum(pgsize) FROM dbstat WHERE name IN ('node', 'sqlite_autoindex_node_1')) / (SELECT count(*) FROM entry)");

    private static double LeafBytes(DbConnection db, List<long> entries) =>
        entries.TakeLast(Asked).Average(seq => db.Ask("SELECT length(leaf) FROM entry WHERE seq = @seq", row => (double)row.GetInt64(0), seq));

    private static double Stat(string file, string query) => double.Parse(Measured.Run(Measured.Tool("sqlite3", "sqlite3"), [file, query]).GetAwaiter().GetResult(), CultureInfo.InvariantCulture);

    /// <summary>Proofs of a thousand of so many ids; those of ten times as many besides, because the tree follows from ids alone.</summary>
    private static string Proofs(long certificates)
    {
        var text = new StringBuilder("| bytes of a proof in the map, median (largest) |");
        long[] sizes = certificates * 10 <= 10 * LargestLoaded ? [certificates, certificates * 10] : [certificates];
        foreach (var size in sizes) text.Append(CultureInfo.InvariantCulture, $" {size:#,0} |");
        text.Append($"\n|---|{string.Concat(sizes.Select(_ => "---|"))}\n");
        var ids = sizes.Select(size => RandomIds(size, sorted: true)).ToArray();
        foreach (var map in (CertificateMap[])[new PagedMap(null!), new TiledMap(null!)])
        {
            var cells = ids.Select(sorted => Enumerable.Range(0, Asked).Select(n => map.ProofSize(sorted[(long)n * sorted.Length / Asked], sorted)).Order().ToArray());
            text.Append($"| {map.Name} | {string.Join(" | ", cells.Select(cell => $"{cell[Asked / 2]} ({cell[^1]})"))} |\n");
        }
        return text.ToString();
    }

    private static ulong[] RandomIds(long count, bool sorted)
    {
        var random = new Random(1);
        var ids = new ulong[count];
        for (var i = 0L; i < count; i++) ids[i] = (ulong)random.NextInt64(1L << CertificateMap.Bits);
        if (sorted) Array.Sort(ids);
        return ids;
    }

    // ---- the maps alone

    private static readonly Func<DbConnection, CertificateMap>[] layouts = [db => new PagedMap(db), db => new TiledMap(db)];

    private static Task GrownAlone(Settings run)
    {
        var file = Path.Combine(run.Folder, "map.db");
        var text = new StringBuilder();
        foreach (var make in layouts) Grown(file, make, run.Count, GrownAloneTogether, (map, _) => text.Append(Bytes(file, map, run.Count)).Append('\n'));
        Results.Write(run, "map", $"""
            # A map from certificate to newest statement, at {run.Count.ToString("#,0", CultureInfo.InvariantCulture)}
            {Measured.Machine(run.Folder)}. The maps alone, grown from random ids, {GrownAloneTogether.ToString("#,0", CultureInfo.InvariantCulture)} a commit.

            {text}
            {Proofs(run.Count)}
            """);
        return Task.CompletedTask;
    }

    /// <summary>Grows a map of random ids, so many a commit, and hands over it and its root.</summary>
    private static void Grown(string file, Func<DbConnection, CertificateMap> make, long count, int together, Action<CertificateMap, byte[]> done)
    {
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
        using (var db = Sqlite.OpenWriter(file, flushed: false))
        {
            var (map, seq, root) = (make(db), 0L, Array.Empty<byte>());
            map.Create();
            foreach (var part in RandomIds(count, sorted: false).Select(id => (Id: id, Seq: seq++)).Chunk(together))
            {
                Array.Sort(part);
                Sqlite.BeginWrite(db);
                root = map.Put(part);
                Sqlite.Commit(db);
            }
            Sqlite.WriteBack(db);
            done(map, root);
        }
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
    }

    /// <summary>The root follows from what a map holds and not from how it grew, or nothing else about it is worth measuring.</summary>
    private static void CheckRoots(string file, Func<DbConnection, CertificateMap> make)
    {
        var roots = new List<string>();
        foreach (var together in (int[])[7, 500, Checked]) Grown(file, make, Checked, together, (_, root) => roots.Add(Convert.ToHexString(root)));
        if (roots.Distinct().Count() > 1) throw new InvalidOperationException("The root of a map depends on the order in which it grew.");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;
}
