using System.Data.Common;
using Dapper;

namespace Registry;

/// <summary>
/// The operator's own tables, row by row, as nodes hand them to each other. Which rows a transaction has changed is noted by triggers on
/// the writer's own connection, so no store has to say it; a row travels as JSON, so no column has to be told twice.
/// </summary>
internal sealed class OperatorRows
{
    /// <summary>Whose rows go by their age: every node takes them away by itself, at the latest when the table is next written.</summary>
    private static readonly string[] goByAge = ["idempotency", "watch", "answer"];

    private readonly DbConnection writer;
    private readonly Dictionary<string, Shape> tables = [];

    /// <summary>The statements of a table.</summary>
    /// <param name="All">Every row: the JSON of its key and its own.</param>
    /// <param name="Find">The row of a key, as JSON.</param>
    /// <param name="Put">Makes a row what its JSON says.</param>
    private sealed record Shape(string All, string Find, string Put);

    /// <param name="writer">The connection whose changes are noted.</param>
    public OperatorRows(DbConnection writer)
    {
        this.writer = writer;
        writer.Execute("CREATE TEMP TABLE changed (name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID");
        foreach (var (table, key) in StoredTables.Operator)
        {
            var keys = key.Split(", ");
            tables[table] = Describe(writer, table, keys);
            string Noted(string row) => "INSERT OR IGNORE INTO changed (name, key) "
                + $"VALUES ('{table}', json_array({string.Join(", ", keys.Select(name => $"{row}.{name}"))}));";
            var gone = goByAge.Contains(table) ? Noted("old")
                : $"SELECT RAISE(ABORT, 'Rows of {table} are not taken away: other nodes would not hear of it.');";
            writer.Execute($"""
                CREATE TEMP TRIGGER {table}_new AFTER INSERT ON main.{table} BEGIN {Noted("new")} END;
                CREATE TEMP TRIGGER {table}_changed AFTER UPDATE ON main.{table} BEGIN {Noted("new")} END;
                CREATE TEMP TRIGGER {table}_gone AFTER DELETE ON main.{table} BEGIN {gone} END
                """);
        }
    }

    private static Shape Describe(DbConnection db, string table, string[] keys)
    {
        var columns = db.Query<(string Name, string Type)>("SELECT name, type FROM pragma_table_info(@table)", new { table }).ToArray();
        string Written((string Name, string Type) column) =>
            column.Type == "BLOB" ? $"iif({column.Name} IS NULL, NULL, hex({column.Name}))" : column.Name;
        string Read((string Name, string Type) column) =>
            column.Type == "BLOB" ? $"unhex(@row ->> '{column.Name}')" : $"@row ->> '{column.Name}'";
        static string List(IEnumerable<string> parts) => string.Join(", ", parts);
        var (names, read) = (List(columns.Select(column => column.Name)), List(columns.Select(Read)));
        var row = $"json_object({List(columns.Select(column => $"'{column.Name}', {Written(column)}"))})";
        var others = columns.Where(column => !keys.Contains(column.Name)).Select(column => $"{column.Name} = excluded.{column.Name}");
        return new(
            $"SELECT json_array({List(keys)}), {row} FROM {table}",
            $"SELECT {row} FROM {table} WHERE {string.Join(" AND ", keys.Select((name, i) => $"{name} = @key ->> {i}"))}",
            $"INSERT INTO {table} ({names}) VALUES ({read}) ON CONFLICT ({List(keys)}) DO UPDATE SET {List(others)}");
    }

    /// <summary>The rows that the transaction has changed, as they are now.</summary>
    public List<OperatorRow> Changed()
    {
        var changed = writer.Rows("SELECT name, key FROM changed", row => (Table: row.GetString(0), Key: row.GetString(1)));
        string? Now(string table, string key) => writer.Ask(tables[table].Find, found => found.GetString(0), key);
        return changed.ConvertAll(row => new OperatorRow(row.Table, row.Key, Now(row.Table, row.Key)));
    }

    /// <summary>Every row of a data file.</summary>
    public static IEnumerable<OperatorRow> All(DbConnection db) =>
        from of in StoredTables.Operator
        from row in db.Query<(string Key, string Content)>(Describe(db, of.Table, of.Key.Split(", ")).All, buffered: false)
        select new OperatorRow(of.Table, row.Key, row.Content);

    /// <summary>What was changed so far is known to the others.</summary>
    public void Forget() => writer.Run("DELETE FROM changed");

    /// <summary>Makes rows what they are on the other nodes.</summary>
    /// <exception cref="SharedLogException">They are of a table that this program does not know.</exception>
    public void Put(IEnumerable<OperatorRow> rows)
    {
        foreach (var row in rows)
            if (tables.TryGetValue(row.Table, out var table)) writer.Run(table.Put, row.Content);
            else throw new SharedLogException($"The shared log holds rows of {row.Table}, a table of a newer registry. Use that one.");
    }
}
