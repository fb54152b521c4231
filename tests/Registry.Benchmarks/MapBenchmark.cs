using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Benchmarks;

/// <summary>What the map from certificates to their newest statements costs: bytes a certificate, processor time and pages of a post beside one without it, and the size of a proof, in
/// the real writer on a copy of the loaded file.</summary>
public static class MapBenchmark
{
    private const int Singles = 200, Batch = 512, BatchesARound = 4, WarmUp = 2, Asked = 1000;
    private const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    /// <summary>Of one post: microseconds of the process, and pages written.</summary>
    private readonly record struct Cost(double Cpu, double Pages);

    public static async Task Run(Settings run)
    {
        var loaded = await Loaded.Prepare(run, publish: false);
        var file = Path.Combine(run.Folder, "map.db");
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);
        File.Copy(loaded.Database, file);
        using (var writer = Sqlite.OpenWriter(file, flushed: false))
        {
            Migrations.Apply(writer);
            NewestStatements.Complete(writer, NullLogger.Instance);
            Sqlite.WriteBack(writer);
        }
        var machine = Measured.Machine(run.Folder);
        var signer = NoteSigner.Load(Path.ChangeExtension(loaded.Database, ".key"), "", VerifierKey.Signature, mayCreate: false);
        var costs = new Dictionary<(bool Mapped, int Together), List<Cost>>();
        long certificates;
        int[] proofs;
        double bearing, plain;
        DbConnection? connection = null;
        await using (var database = new Database(Location.File(file), TimeProvider.System, NullLogger<Database>.Instance, signer, Seal))
        {
            // The compiler is done with what is run some thousand times: the first rounds are not counted.
            for (var round = -WarmUp; round < run.Rounds; round++)
                foreach (var together in (int[])[1, Batch])
                    foreach (var mapped in (bool[])[false, true])
                    {
                        // Each commit pays for the map of the one before: what comes first here is not made to pay for another's turn.
                        await Post(mapped: true, 1, mapped ? together : 1);
                        var cost = await Post(mapped, together == 1 ? Singles : BatchesARound, together);
                        if (round >= 0) (costs.TryGetValue((mapped, together), out var list) ? list : costs[(mapped, together)] = []).Add(cost);
                    }
            (certificates, proofs, bearing, plain) = database.Read(Sizes);

            async Task<Cost> Post(bool mapped, int commits, int together)
            {
                var generator = new Generator(run.Seed);
                var contents = Enumerable.Range(0, commits * together).Select(_ => generator.Row(next++)).Select(made => (made.Body, Content: LogBenchmark.Content(made))).ToArray();
                GC.Collect();
                var (cpu, pages) = (Environment.CpuUsage.TotalTime, Pages(connection));
                foreach (var part in contents.Chunk(together))
                    await database.WriteAsync(t =>
                    {
                        // What a dry run leaves out is the map alone.
                        t.Memory.IsTrial = !mapped;
                        foreach (var (body, content) in part) Publisher.Issue(t, body, content);
                        return t.Memory.IsTrial = false;
                    });
                return new((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / contents.Length, (Pages(connection) - pages) / (double)contents.Length);
            }
        }
        string[] tables = ["map_row", "map_tile", "map"];
        var bytes = tables.ToDictionary(table => table, table => Stat(file, $"SELECT sum(pgsize) FROM dbstat WHERE name = '{table}'") / certificates);
        Results.Write(run, "map", $"""
            # The map from certificates to their newest statements, at {run.Count.ToString("#,0", CultureInfo.InvariantCulture)}
            {machine}. In one process without HTTP, the real writer on a copy of the loaded file (WAL, synchronous=FULL); {run.Rounds} rounds in turns of {Singles} single posts and {BatchesARound} commits of {Batch}, medians. Pages are what the commit writes (SQLITE_DBSTATUS_CACHE_WRITE).

            | | process µs | pages |
            |---|---|---|
            {Row("a single post without the map", (false, 1))}
            {Row("a single post", (true, 1))}
            {Row($"a post of {Batch} in a commit, without", (false, Batch))}
            {Row($"a post of {Batch} in a commit", (true, Batch))}

            - {Measured.Figure(bytes.Values.Sum())} bytes a certificate ({string.Join(", ", bytes.Select(table => $"`{table.Key}` {Measured.Figure(table.Value)}"))}), by the pages that hold it
            - a statement that bears the root is stored in {Measured.Figure(bearing)} bytes, one that does not in {Measured.Figure(plain)}: one of each commit does
            - a proof in the map, median (largest): {proofs[Asked / 2]} ({proofs[^1]}) bytes
            """);
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(file + beside);

        string? Seal(Transaction transaction)
        {
            connection = transaction.Connection;
            return TreeStore.Seal(transaction);
        }

        string Row(string what, (bool, int) of)
        {
            double Median(Func<Cost, double> figure) => costs[of].Select(figure).Order().ElementAt(costs[of].Count / 2);
            return $"| {what} | {Measured.Figure(Median(cost => cost.Cpu))} | {Measured.Figure(Median(cost => cost.Pages))} |";
        }
    }

    private static long next = 1_000_000_000; // rows of the generator that no loaded file holds

    /// <summary>Pages written since the connection was opened. Asked while nobody posts.</summary>
    private static int Pages(DbConnection? connection)
    {
        if (connection is null) return 0;
        SQLitePCL.raw.sqlite3_db_status(((SqliteConnection)connection).Handle, CacheWrite, out var pages, out _, 0);
        return pages;
    }

    /// <summary>Certificates; bytes of proofs, in order; stored bytes of the newest statements that bear a root and of those that bear none.</summary>
    private static (long Certificates, int[] Proofs, double Bearing, double Plain) Sizes(DbConnection db)
    {
        var map = MapStore.Of(db);
        var ids = db.Rows("SELECT id FROM certificate ORDER BY id LIMIT @count", row => Identifier.Bits(row.GetString(0)), Asked);
        var proofs = ids.Select(id => map.Prove(db, id)).Select(proof => proof.Bucket.Length + proof.Hashes.Sum(hash => hash.Length)).Order().ToArray();
        var leaves = EntryLog.Range(db, EntryLog.Size(db) - 4 * Asked, 4 * Asked).Select(entry => (Stored: new Leaf(entry.Leaf).Stored.Length, entry.Statement.Map)).ToList();
        double Average(bool bears) => leaves.Where(leaf => leaf.Map is not null == bears).Average(leaf => leaf.Stored);
        return (db.Ask("SELECT count(*) FROM certificate", row => row.GetInt64(0)), proofs, Average(true), Average(false));
    }

    private static double Stat(string file, string query) => double.Parse(Measured.Run(Measured.Tool("sqlite3", "sqlite3"), [file, query]).GetAwaiter().GetResult(), CultureInfo.InvariantCulture);
}
