using System.Data.Common;

namespace Registry;

/// <summary>Whole tables compared and carried over row by row.</summary>
public static class StoredTables
{
    /// <summary>The operator's own, which nodes hand to each other, and their primary keys.</summary>
    public static readonly (string Table, string Key)[] Operator =
    [
        ("api_key", "id"), ("idempotency", "body, key"), ("mark_seed", "mark"), ("scan", "code"), ("report", "id"), ("watch", "id"),
        ("answer", "id"),
    ];

    /// <summary>What the log does not make, and the order of its rows: the signed checkpoints with the witnesses' lines, and the operator's
    /// own.</summary>
    public static readonly (string Table, string Order)[] Kept = [("checkpoint", "size"), .. Operator];

    /// <summary>The first rows in which a table differs; null when every row is the same. On connections of
    /// <see cref="Location.OpenReadOnly"/>.</summary>
    public static (string One, string Other)? Difference(DbConnection one, DbConnection other, string table, string order)
    {
        using var left = Database.Rows(one, table, order).GetEnumerator();
        using var right = Database.Rows(other, table, order).GetEnumerator();
        while (true)
        {
            var (more, expected) = (left.MoveNext(), right.MoveNext());
            if (!more && !expected) return null;
            if (!more || !expected || left.Current != right.Current)
                return (more ? left.Current : "no row", expected ? right.Current : "no row");
        }
    }

    // ---- made anew beside

    /// <summary>Names the other file "beside" on a writer's connection.</summary>
    public static void Attach(DbConnection writer, string file)
    {
        using var attach = writer.Command("ATTACH @file AS beside", ("@file", file));
        attach.ExecuteNonQuery();
    }

    /// <summary>Puts the tables of the file beside in the place of the writer's own: part of one transaction. Indexes are made with them,
    /// and those of the tables that stay are made anew.</summary>
    public static void TakeOver(DbConnection writer, IEnumerable<string> tables)
    {
        foreach (var table in tables)
        {
            Run($"DELETE FROM main.{table}");
            // Of tables that were made alike SQLite copies the pages' contents, without looking into the rows; but not where it computes a
            // column.
            var (columns, made) = (Columns("main", table), Columns("beside", table));
            var stored = string.Join(", ", made.Where(IsStored).Select(column => column.Name));
            var isAlike = columns.SequenceEqual(made) && made.TrueForAll(IsStored);
            Run(isAlike ? $"INSERT INTO main.{table} SELECT * FROM beside.{table}"
                : $"INSERT INTO main.{table} ({stored}) SELECT {stored} FROM beside.{table}");
        }
        foreach (var (table, _) in Kept) Run($"REINDEX main.{table}");

        void Run(string statement)
        {
            using var command = writer.Command(statement);
            command.ExecuteNonQuery();
        }

        List<(string Name, long Hidden)> Columns(string schema, string table)
        {
            const string Told = "SELECT name, hidden FROM pragma_table_xinfo(@table, @schema) ORDER BY cid";
            using var command = writer.Command(Told, ("@table", table), ("@schema", schema));
            using var row = command.ExecuteReader();
            var columns = new List<(string, long)>();
            while (row.Read()) columns.Add((row.GetString(0), row.GetInt64(1)));
            return columns;
        }

        static bool IsStored((string Name, long Hidden) column) => column.Hidden == 0;
    }

    /// <summary>Whoever keeps in memory what the log makes has to read it again: it was made anew.</summary>
    public static void NextGeneration(DbConnection writer) => writer.Run("UPDATE generation SET no = no + 1");

    // ---- what belongs to a copy and to no registry

    /// <summary>Keeps a value in a file that is no registry's, in a table of its own.</summary>
    public static void KeepBeside(DbConnection writer, string name, string value)
    {
        writer.Run("CREATE TABLE IF NOT EXISTS working (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
        const string Keep = "INSERT INTO working (name, value) VALUES (@name, @value) ON CONFLICT DO UPDATE SET value = excluded.value";
        writer.Run(Keep, name, value);
    }

    /// <summary>The value that was kept; null where none was.</summary>
    public static string? KeptBeside(DbConnection db, string name)
    {
        var isThere = db.Ask("SELECT 1 FROM sqlite_schema WHERE name = 'working'", row => row.GetInt64(0)) == 1;
        return isThere ? db.Ask("SELECT value FROM working WHERE name = @name", row => row.GetString(0), name) : null;
    }

    // ---- rows

    /// <summary>Makes the rows of a table those of another's: part of one transaction of the target.</summary>
    public static long Replace(DbConnection source, DbConnection target, string table)
    {
        using (var delete = target.CreateCommand())
        {
            delete.CommandText = $"DELETE FROM {table}";
            delete.ExecuteNonQuery();
        }
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT * FROM {table}";
        using var rows = select.ExecuteReader();
        var names = Enumerable.Range(0, rows.FieldCount).Select(rows.GetName).ToArray();
        using var insert = target.CreateCommand();
        var parameterNames = names.Select(name => "@" + name);
        insert.CommandText = $"INSERT INTO {table} ({string.Join(", ", names)}) VALUES ({string.Join(", ", parameterNames)})";
        var parameters = names.Select(name =>
        {
            var parameter = insert.CreateParameter();
            parameter.ParameterName = "@" + name;
            insert.Parameters.Add(parameter);
            return parameter;
        }).ToArray();
        long copied = 0;
        for (; rows.Read(); copied++)
        {
            for (var i = 0; i < names.Length; i++) parameters[i].Value = rows.GetValue(i);
            insert.ExecuteNonQuery();
        }
        return copied;
    }
}
