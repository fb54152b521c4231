using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Registry.Certificates;

namespace Registry.Benchmarks;

/// <summary>
/// The floor under the registry: SQLite by itself, in this process, on the same file or a copy, so with the same tables and indexes.
/// </summary>
public static class RawSqlite
{
    private const int Together = 200;

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
                if (stripped is not null) stripped.Value = CertificateNumber.Stripped(id);
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    for (var n = 0; n < reader.FieldCount; n++)
                        if (!reader.IsDBNull(n)) seen += reader.GetFieldType(n) == typeof(long) ? reader.GetInt64(n) : reader.GetString(n).Length;
            }
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / keys.Count);
        }
        return seen > 0 ? best : throw new InvalidOperationException("None of the keys was found.");
    }

    /// <summary>Inserts certificates of one registry into another, as its newest, in the same durable mode and in commits of 200: rows and their B-trees, without the search index.</summary>
    /// <param name="from">Where the rows are taken from.</param>
    /// <param name="skip">How many of its certificates are passed over.</param>
    /// <param name="take">How many are inserted.</param>
    /// <param name="into">A registry, which is none after this: nobody signed what is added.</param>
    /// <param name="log">Whether the statements go with them.</param>
    /// <returns>Seconds, and seconds of processor time.</returns>
    public static (double Seconds, double Cpu) Insert(string from, int skip, int take, string into, bool log)
    {
        using var source = Open(from, "ReadOnly");
        using var target = Open(into, "ReadWrite");
        Execute(target, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
        long At(int row) => (long)Query(source, $"SELECT seq FROM certificate ORDER BY seq LIMIT 1 OFFSET {row}")[0][0];
        var (first, last) = (At(skip), At(skip + take - 1));
        // Behind whatever the other holds; ids and numbers are told apart by what they begin and end with, so that they lie anywhere among the others.
        var shift = (long)Query(target, "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM entry UNION ALL SELECT max(seq) FROM certificate UNION ALL SELECT max(seq) FROM statement)")[0][0] + 1 - first;
        var draw = new Random(1);
        object Own(string column, object value) => column switch
        {
            "seq" or "last_seq" or "certificate" => (long)value + shift,
            "id" => $"{new string(draw.GetItems<char>("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 5))}{((string)value)[5..]}",
            "number" or "number_folded" when value is string number => number + "'",
            _ => value,
        };
        var inserts = new List<(string Sql, List<object[]> Rows)>();
        foreach (var table in (string[])["certificate", "statement", .. log ? (string[])["entry"] : []])
        {
            // Generated columns are not among these: they cannot be written.
            var columns = Query(source, $"SELECT name FROM pragma_table_info('{table}')").Select(row => (string)row[0]).ToArray();
            var rows = Query(source, $"SELECT {string.Join(',', columns)} FROM {table} WHERE seq BETWEEN {first} AND {last} ORDER BY seq");
            foreach (var row in rows)
                for (var n = 0; n < columns.Length; n++) row[n] = Own(columns[n], row[n]);
            inserts.Add(($"INSERT INTO {table} ({string.Join(',', columns)}) VALUES ({string.Join(',', columns.Select((_, n) => $"@p{n}"))})", rows));
        }

        // The tables take turns in every commit, as statements come.
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var commands = inserts.Select(insert =>
        {
            var command = target.CreateCommand();
            command.CommandText = insert.Sql;
            for (var n = 0; n < (insert.Rows.FirstOrDefault()?.Length ?? 0); n++) command.Parameters.Add(new SqliteParameter($"@p{n}", null));
            command.Prepare();
            return command;
        }).ToArray();
        for (var at = 0; at < take; at += Together)
        {
            Execute(target, "BEGIN IMMEDIATE");
            for (var t = 0; t < inserts.Count; t++)
            {
                int Share(int of) => (int)((long)of * inserts[t].Rows.Count / take);
                for (var r = Share(at); r < Share(Math.Min(at + Together, take)); r++)
                {
                    for (var n = 0; n < inserts[t].Rows[r].Length; n++) commands[t].Parameters[n].Value = inserts[t].Rows[r][n];
                    commands[t].ExecuteNonQuery();
                }
            }
            Execute(target, "COMMIT");
        }
        var (seconds, cpu) = (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        foreach (var command in commands) command.Dispose();
        return (seconds, cpu);
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
