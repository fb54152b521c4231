using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Registry.Certificates;
using Registry.Search;

namespace Registry.Benchmarks;

/// <summary>
/// The floor under the registry: SQLite by itself, in this process, on the same file. It reads the schema from the file, so it stays right when tables
/// and indexes change; it knows of the tables only <c>certificate</c> (with <c>seq</c>, <c>id</c>, <c>number_key</c>), <c>body</c> and <c>entry</c>.
/// </summary>
public static class RawSqlite
{
    private const int SampleRows = 100_000, Together = 200;

    /// <summary>Rows a second of inserting certificates again, without and with the log, and microseconds of processor time a row.</summary>
    public sealed record ImportRate(int Rows, double Projection, double All, double ProjectionCpu, double AllCpu);

    /// <summary>Microseconds of processor time a look-up by id takes, the row read to its last column.</summary>
    public static double LookUp(string database, IReadOnlyList<string> ids) => Read(database, "c.id = @key", ids, 1);

    /// <summary>Microseconds a look-up by normalised number takes.</summary>
    public static double ByNumber(string database, IReadOnlyList<string> keys) =>
        Read(database, $"{CertificateStore.Stripped} = @stripped AND c.number_key = @key ORDER BY c.seq DESC LIMIT 21", keys, 1);

    private static double Read(string database, string where, IReadOnlyList<string> keys, int warm)
    {
        using var db = Open(database, "ReadOnly");
        Execute(db, "PRAGMA mmap_size=1073741824");
        using var command = db.CreateCommand();
        command.CommandText = $"SELECT c.*, b.* FROM certificate c JOIN body b ON b.seq = c.body WHERE {where}";
        var key = command.Parameters.Add("@key", SqliteType.Text);
        var stripped = where.Contains("@stripped", StringComparison.Ordinal) ? command.Parameters.Add("@stripped", SqliteType.Text) : null;
        command.Prepare();
        long seen = 0;
        double best = double.MaxValue;
        for (var round = 0; round <= warm; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            foreach (var id in keys)
            {
                key.Value = id;
                if (stripped is not null) stripped.Value = Terms.Stripped(id);
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    for (var n = 0; n < reader.FieldCount; n++)
                        if (!reader.IsDBNull(n)) seen += reader.GetFieldType(n) == typeof(long) ? reader.GetInt64(n) : reader.GetString(n).Length;
            }
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / keys.Count);
        }
        return seen > 0 ? best : throw new InvalidOperationException("None of the keys was found.");
    }

    /// <summary>Inserts certificates of a loaded file into an empty one with the same tables and indexes, in the same durable mode: all tables but the log, then the log too; the better of two rounds.</summary>
    public static ImportRate Import(string database, string folder)
    {
        (double Seconds, double Cpu, int Rows) Better(bool log) => Enumerable.Range(0, 2).Select(_ => Insert(database, Path.Combine(folder, "raw.db"), log)).MinBy(run => run.Seconds);
        var (projection, all) = (Better(log: false), Better(log: true));
        return new(all.Rows, all.Rows / projection.Seconds, all.Rows / all.Seconds, projection.Cpu / all.Rows * 1e6, all.Cpu / all.Rows * 1e6);
    }

    private static (double Seconds, double Cpu, int Rows) Insert(string from, string to, bool log)
    {
        using var source = Open(from, "ReadOnly");
        using var target = Open(to, "ReadWriteCreate");
        Execute(target, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
        var schema = Query(source, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index'");
        var texts = schema.Where(s => (string)s[0] == "table" && ((string)s[3]).Contains("fts5", StringComparison.OrdinalIgnoreCase)).Select(s => (string)s[1]).ToArray();
        bool Shadow(string table) => texts.Any(text => table.StartsWith(text + "_", StringComparison.Ordinal));
        foreach (var item in schema.Where(s => !Shadow((string)s[2]) && !((string)s[1]).StartsWith("sqlite_", StringComparison.Ordinal))) Execute(target, (string)item[3]);

        var last = (long)Query(source, $"SELECT max(seq) FROM (SELECT seq FROM certificate ORDER BY seq LIMIT {SampleRows})")[0][0];
        var inserts = new List<(string Sql, List<object[]> Rows)>();
        foreach (var table in (string[])["certificate", "statement", .. log ? (string[])["entry"] : []])
        {
            // Generated columns are not among these: they cannot be written.
            var columns = Query(source, $"SELECT name FROM pragma_table_info('{table}')").Select(row => (string)row[0]).ToArray();
            inserts.Add(Values(table, Query(source, $"SELECT {string.Join(',', columns)} FROM {table} WHERE seq <= {last} ORDER BY seq"), columns));
        }
        foreach (var text in texts) inserts.Add(TextOf(source, text, last));

        // The tables take turns in every commit, as statements come.
        var rows = inserts[0].Rows.Count;
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var commands = inserts.Select(insert =>
        {
            var command = target.CreateCommand();
            command.CommandText = insert.Sql;
            for (var n = 0; n < (insert.Rows.FirstOrDefault()?.Length ?? 0); n++) command.Parameters.Add(new SqliteParameter($"@p{n}", null));
            command.Prepare();
            return command;
        }).ToArray();
        for (var at = 0; at < rows; at += Together)
        {
            Execute(target, "BEGIN IMMEDIATE");
            for (var t = 0; t < inserts.Count; t++)
            {
                int Share(int of) => (int)((long)of * inserts[t].Rows.Count / rows);
                for (var r = Share(at); r < Share(Math.Min(at + Together, rows)); r++)
                {
                    for (var n = 0; n < inserts[t].Rows[r].Length; n++) commands[t].Parameters[n].Value = inserts[t].Rows[r][n];
                    commands[t].ExecuteNonQuery();
                }
            }
            Execute(target, "COMMIT");
        }
        var (seconds, cpu) = (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        foreach (var command in commands) command.Dispose();
        target.Close();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(to)!, Path.GetFileName(to) + "*")) File.Delete(file);
        return (seconds, cpu, rows);
    }

    private static (string, List<object[]>) Values(string table, List<object[]> rows, string[] columns) =>
        ($"INSERT INTO {table} ({string.Join(',', columns)}) VALUES ({string.Join(',', columns.Select((_, n) => $"@p{n}"))})", rows);

    /// <summary>A contentless index gives no text back; its terms, row by row, do as well: they were cut before they went in.</summary>
    private static (string, List<object[]>) TextOf(SqliteConnection source, string text, long last)
    {
        Execute(source, $"CREATE VIRTUAL TABLE temp.terms_of USING fts5vocab('main', '{text}', 'instance')");
        var rows = Query(source, $"SELECT doc, group_concat(term, ' ') FROM temp.terms_of WHERE doc <= {last} GROUP BY doc");
        Execute(source, "DROP TABLE temp.terms_of");
        var column = (string)Query(source, $"SELECT name FROM pragma_table_info('{text}') LIMIT 1")[0][0];
        return ($"INSERT INTO {text} (rowid, {column}) VALUES (@p0, @p1)", rows);
    }

    private static SqliteConnection Open(string file, string mode)
    {
        var db = new SqliteConnection($"Data Source={file};Mode={mode};Pooling=False");
        db.Open();
        return db;
    }

    private static void Execute(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static List<object[]> Query(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }
}
