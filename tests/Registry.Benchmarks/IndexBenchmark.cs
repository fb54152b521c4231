using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using Registry.Certificates;
using Registry.Search;

namespace Registry.Benchmarks;

/// <summary>
/// Which index PostgreSQL is to search by, and how it is to be read: the terms of generated certificates in the ways it can keep them, asked what is asked for
/// often, seldom and never. A search wants the newest twenty; pages read tell what that costs whatever the machine does beside it.
/// </summary>
public static class IndexBenchmark
{
    /// <summary>As PostgresDialect: log indexes of a block and of a longer one.</summary>
    private const int Block = 4096, Long = Block * 16;
    /// <summary>As SearchIndex: rows of a stretch, and of how many rows one must have a term so that the newest are walked.</summary>
    private const int Stretch = 8000, Frequent = 50;
    private const int Page = 21, Chunk = 20_000, Repeats = 5;
    /// <summary>Beyond it only what differs in the end is built: each takes as long as all the rest.</summary>
    private const long All = 1_000_000;

    private sealed record Kind(string Name, string Type, Func<string[], string> Value);

    private static readonly Kind[] kinds =
    [
        new("tsvector", "tsvector", terms => string.Join(' ', terms.Select(term => $"'{term}'"))),
        new("int4[] of hashed terms", "int4[]", terms => $"{{{string.Join(',', terms.Select(Hash))}}}"),
        new("text[]", "text[]", terms => $"{{{string.Join(',', terms.Select(term => $"\"{term}\""))}}}"),
    ];

    private static readonly string[][] questions = [["公司"], ["科技"], ["食品"], ["电梯"], ["食品", "电梯"], ["古籍"], ["零号"]];

    public static async Task Run(Settings run)
    {
        Measured.Tool("psql", "postgresql", "/usr/lib/postgresql/15/bin");
        var script = Path.Combine(Measured.Root(), "tests", "postgres", "cluster.sh");
        Directory.CreateDirectory(run.Data);
        var cluster = Directory.CreateTempSubdirectory("registry-index-").FullName;
        await Measured.Run("sh", [script, "start", cluster, run.Port.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            using var db = Open(run);
            Execute(db, "ALTER SYSTEM SET max_wal_size = '8GB'");
            Execute(db, "ALTER SYSTEM SET autovacuum = off");
            Execute(db, "SELECT pg_reload_conf()");
            Execute(db, "SET maintenance_work_mem = '1GB'; SET jit = off; SET max_parallel_workers_per_gather = 0");
            var built = run.Count <= All ? kinds : kinds[..2];
            Fill(run, db, built);
            var sizes = built.Select(kind => Build(db, kind)).ToArray();
            Measured.Write(run, "7 index", Report(run, db, built, sizes));
        }
        finally { await Measured.Run("sh", [script, "stop", cluster]); }
    }

    private static NpgsqlConnection Open(Settings run)
    {
        var db = new NpgsqlConnection($"Host=127.0.0.1;Port={run.Port};Username=postgres;Database=postgres;Command Timeout=0;Pooling=false");
        db.Open();
        return db;
    }

    private static void Execute(NpgsqlConnection db, string text)
    {
        using var command = new NpgsqlCommand(text, db);
        command.ExecuteNonQuery();
    }

    /// <summary>The rows of each table in one pass, so that each certificate is cut once.</summary>
    private static void Fill(Settings run, NpgsqlConnection db, Kind[] built)
    {
        for (var k = 0; k < built.Length; k++) Execute(db, $"CREATE UNLOGGED TABLE t{k} (rowid BIGINT PRIMARY KEY, terms {built[k].Type} NOT NULL)");
        var connections = built.Select(_ => Open(run)).ToArray();
        var copies = built.Select((_, k) => connections[k].BeginTextImport($"COPY t{k} FROM STDIN")).ToArray();
        var generator = new Generator(run.Seed);
        for (var from = 0L; from < run.Count; from += Chunk)
        {
            var rows = new string[(int)Math.Min(Chunk, run.Count - from)][];
            Parallel.For(0, rows.Length, n =>
            {
                var row = generator.Row(from + n);
                var content = new CertificateContent { Number = row.Number, Holder = row.Holder, Category = row.Category, Level = row.Level, Scope = row.Scope, IssuedOn = row.IssuedOn, ExpiresOn = row.ExpiresOn };
                string[] terms = [.. Terms.Of(row.Body, content), BlockOf(from + n, Block), BlockOf(from + n, Long)];
                rows[n] = [.. built.Select(kind => $"{from + n}\t{kind.Value(terms)}\n")];
            });
            Parallel.For(0, copies.Length, k => { foreach (var row in rows) copies[k].Write(row[k]); });
            if (from % 500_000 == 0) Console.Error.WriteLine($"{from:#,0} of {run.Count:#,0} rows");
        }
        foreach (var copy in copies) copy.Dispose();
        foreach (var connection in connections) connection.Dispose();
    }

    private static string BlockOf(long seq, long block) => $"·z{seq / block}{(block == Block ? "" : "z")}";

    /// <summary>A hash of 32 bits that is the same everywhere.</summary>
    private static int Hash(string term) => (int)term.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u);

    /// <summary>Bytes a row in the table and in the index, and seconds to build the index.</summary>
    private static (double Table, double Index, double Seconds) Build(NpgsqlConnection db, Kind kind)
    {
        var k = Array.IndexOf(kinds, kind);
        Console.Error.WriteLine($"Building the index of {kind.Name}.");
        var clock = Stopwatch.StartNew();
        Execute(db, $"CREATE INDEX i{k} ON t{k} USING gin (terms); ANALYZE t{k}");
        var seconds = clock.Elapsed.TotalSeconds;
        Execute(db, $"VACUUM t{k}");
        using var sizes = new NpgsqlCommand($"SELECT pg_relation_size('t{k}')::float8 / count(*), pg_relation_size('i{k}')::float8 / count(*) FROM t{k}", db);
        using var row = sizes.ExecuteReader();
        row.Read();
        return (row.GetDouble(0), row.GetDouble(1), seconds);
    }

    private static string Report(Settings run, NpgsqlConnection db, Kind[] built, (double Table, double Index, double Seconds)[] sizes)
    {
        var text = new StringBuilder($"""
            ### Which index PostgreSQL searches by, {run.Count:#,0}
            {Measured.Machine(run.Data)}. PostgreSQL 15, 128 MB of shared buffers. The newest {Page} rows that have all terms asked for: pages of 8 kB read (from memory or not) and the median ms of {Repeats}. *Whole*: the index gives all hits, the newest are sorted out. *Walk*: the newest rows one by one.
            *Registry*: as it searches: what one row in {Frequent} has is walked; of the rest stretches, newest first and each four times as long as the one before, by the terms of their blocks of {Block:#,0} or {Long:#,0} log indexes, and whole where those would be too many.

            | kept as | table, bytes a row | index, bytes a row | built in s |
            |---|---|---|---|

            """);
        for (var k = 0; k < built.Length; k++) text.Append(CultureInfo.InvariantCulture, $"| {built[k].Name} | {Measured.Figure(sizes[k].Table)} | {Measured.Figure(sizes[k].Index)} | {Measured.Figure(sizes[k].Seconds)} |\n");
        string[] ways = ["tsvector: registry", "whole", "walk", .. built.Skip(1).Select(kind => kind.Type + ": whole")];
        text.Append(CultureInfo.InvariantCulture, $"\n| asked | rows that have it | {string.Join(" | ", ways)} |\n|---|---|{string.Concat(ways.Select(_ => "---|"))}\n");
        foreach (var terms in questions)
        {
            var vector = string.Join(" & ", terms.Select(term => $"'{term}'"));
            var newest = $"ORDER BY rowid + 0 DESC LIMIT {Page}";
            var rows = Count(db, $"SELECT count(*) FROM t0 WHERE terms @@ $q${vector}$q$::tsquery");
            var whole = $"SELECT rowid FROM t0 WHERE terms @@ $q${vector}$q$::tsquery {newest}";
            var walk = $"SELECT rowid FROM t0 WHERE terms @@ $q${vector}$q$::tsquery ORDER BY rowid DESC LIMIT {Page}";
            var rarest = terms.Min(term => Count(db, $"SELECT count(*) FROM t0 WHERE terms @@ $q$'{term}'$q$::tsquery"));
            List<(string[] Queries, bool Walk)> asked = [rarest * Frequent > run.Count ? ([walk], true) : (Stretches(run.Count, rarest, vector, newest), false), ([whole], false), ([walk], true)];
            asked.Add(([$"SELECT rowid FROM t1 WHERE terms @> ARRAY[{string.Join(',', terms.Select(Hash))}] {newest}"], false));
            if (built.Length > 2) asked.Add(([$"SELECT rowid FROM t2 WHERE terms @> ARRAY[{string.Join(',', terms.Select(term => $"'{term}'"))}] {newest}"], false));
            var figures = asked.Select(way => Ask(db, way.Queries, way.Walk));
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(' ', terms)} | {rows:#,0} | {string.Join(" | ", figures.Select(of => $"{of.Pages:#,0} · {Measured.Figure(of.Milliseconds)}"))} |\n");
        }
        return text.ToString();
    }

    /// <summary>What a search asks one after the other until its page is full.</summary>
    private static string[] Stretches(long rows, long rarest, string vector, string newest)
    {
        var (longest, queries) = ((long)((double)rows * Stretch / Math.Max(1, rarest)), new List<string>());
        var (high, window) = (rows, Math.Max(Block, longest / Dialect.Postgres.FirstStretch));
        for (; high > 0; window = Math.Min(window * 4, longest))
        {
            var low = Math.Max(0, high - window);
            queries.Add($"SELECT rowid FROM t0 WHERE terms @@ $q${Dialect.Postgres.Between(vector, low, high)}$q$::tsquery AND rowid + 0 >= {low} AND rowid + 0 < {high} {newest}");
            high = low;
        }
        return [.. queries];
    }

    private static long Count(NpgsqlConnection db, string query)
    {
        using var command = new NpgsqlCommand(query, db);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Pages and milliseconds until the page is full: by the index, or by the table's own order.</summary>
    private static (long Pages, double Milliseconds) Ask(NpgsqlConnection db, string[] stretches, bool walk)
    {
        Execute(db, $"SET enable_seqscan = off; SET enable_bitmapscan = {(walk ? "off" : "on")}; SET enable_indexscan = {(walk ? "on" : "off")}");
        var times = new List<double>();
        var pages = 0L;
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var (time, found) = (0.0, 0L);
            pages = 0;
            foreach (var stretch in stretches)
            {
                using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {stretch}", db);
                using var plan = JsonDocument.Parse((string)command.ExecuteScalar()!);
                var root = plan.RootElement[0];
                var top = root.GetProperty("Plan");
                pages += top.GetProperty("Shared Hit Blocks").GetInt64() + top.GetProperty("Shared Read Blocks").GetInt64();
                time += root.GetProperty("Execution Time").GetDouble();
                if ((found += (long)top.GetProperty("Actual Rows").GetDouble()) >= Page) break;
            }
            times.Add(time);
            if (time > 5_000) break;
        }
        return (pages, times.Order().ElementAt(times.Count / 2));
    }
}
