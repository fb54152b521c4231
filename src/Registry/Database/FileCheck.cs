using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>What is wrong with a data file whatever its rows say: pages, indexes, and a schema that db/ did not make.</summary>
public static partial class FileCheck
{
    private const int MaxFound = 20, MaxOfOneIndex = 3;

    /// <summary>Every page, every row and every entry of every index: an index that lost a row makes a certificate "not in this registry",
    /// and its number free to be issued again.</summary>
    public static List<string> Damage(DbConnection connection) =>
        [.. connection.Query<string>($"PRAGMA integrity_check({MaxFound})").Where(line => line != "ok")];

    // ---- indexes

    /// <summary>Looks every row up through every index, as whoever asks does, and counts what each index finds.</summary>
    /// <param name="connection">Reads one snapshot.</param>
    /// <param name="cancel">Stops it.</param>
    public static IEnumerable<string> NotFoundByIndex(DbConnection connection, CancellationToken cancel = default)
    {
        foreach (var index in Indexes(connection))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var finding in NotFoundBy(connection, index)) yield return finding;
        }
    }

    /// <param name="Table">Whose rows it finds.</param>
    /// <param name="Name">Of the index.</param>
    /// <param name="Keys">Its columns and expressions.</param>
    /// <param name="Row">What names a row: its columns.</param>
    /// <param name="Rows">How the table itself is read. One without row ids lies in its primary key: SQLite takes any index of it for the
    /// table.</param>
    /// <param name="Where">Which rows it holds; true for all.</param>
    private sealed record Index(string Table, string Name, string[] Keys, string[] Row, string Rows, string Where);

    private static List<string> NotFoundBy(DbConnection connection, Index index)
    {
        var keys = index.Keys.Select((key, i) => $"{key} AS k{i}").Concat(index.Row.Select((column, i) => $"{column} AS r{i}"));
        var same = index.Keys.Select((key, i) => $"{key} IS k{i}").Concat(index.Row.Select((column, i) => $"{column} IS r{i}"));
        var found = new List<string>();
        try
        {
            var (ofTable, ofIndex) = ($"FROM {index.Table} {index.Rows}", $"FROM {index.Table} INDEXED BY \"{index.Name}\"");
            var named = string.Join(" || '|' || ", index.Row.Select((_, i) => $"r{i}"));
            var missed = connection.Query<string>($"""
                SELECT {named} FROM (SELECT {string.Join(", ", keys)} {ofTable} WHERE {index.Where})
                WHERE NOT EXISTS (SELECT 1 {ofIndex} WHERE {string.Join(" AND ", same)} AND {index.Where}) LIMIT {MaxOfOneIndex}
                """).AsList();
            found.AddRange(missed.Select(row => $"row {row} of table {index.Table} is not found by its index {index.Name}."));
            var held = connection.ExecuteScalar<long>($"SELECT count(*) {ofTable} WHERE {index.Where}");
            var counted = connection.ExecuteScalar<long>($"SELECT count(*) {ofIndex} WHERE {index.Where}");
            if (held != counted) found.Add($"index {index.Name} finds {counted} rows, table {index.Table} holds {held}.");
        }
        catch (SqliteException error) { found.Add($"index {index.Name} of table {index.Table} cannot be read: {error.Message}"); }
        return found;
    }

    private static List<Index> Indexes(DbConnection connection)
    {
        var indexes = new List<Index>();
        const string Tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        foreach (var table in connection.Query<string>(Tables).AsList())
        {
            const string WithoutRowId = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = @table";
            var withoutRowId = connection.ExecuteScalar<bool>(WithoutRowId, new { table });
            var rows = withoutRowId ? $"INDEXED BY sqlite_autoindex_{table}_1" : "NOT INDEXED";
            const string Primary = "SELECT name FROM pragma_table_info(@table) WHERE pk > 0 ORDER BY pk";
            string[] row = withoutRowId ? [.. connection.Query<string>(Primary, new { table })] : ["rowid"];
            const string OfTable = "SELECT name, origin FROM pragma_index_list(@table)";
            foreach (var (name, origin) in connection.Query<(string, string)>(OfTable, new { table }).AsList())
                if (!(withoutRowId && origin == "pk")) indexes.Add(Describe(connection, table, name, row, rows));
        }
        return indexes;
    }

    private static Index Describe(DbConnection connection, string table, string name, string[] row, string rows)
    {
        const string Keys = "SELECT name FROM pragma_index_xinfo(@name) WHERE key = 1 ORDER BY seqno";
        var columns = connection.Query<string?>(Keys, new { name }).ToArray();
        // Those that constraints make have no text, and no expressions.
        var sql = connection.ExecuteScalar<string?>("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = @name", new { name });
        if (sql is null) return new(table, name, [.. columns.OfType<string>()], row, rows, "TRUE");
        var begin = sql.IndexOf('(') + 1;
        var end = Closing(sql, begin);
        var where = sql.IndexOf(" WHERE ", end, StringComparison.OrdinalIgnoreCase);
        return new(table, name, [.. Parts(sql[begin..end])], row, rows, where < 0 ? "TRUE" : sql[(where + " WHERE ".Length)..]);
    }

    /// <summary>Where a bracket that was opened before a place is closed.</summary>
    private static int Closing(string sql, int from)
    {
        var (depth, quoted) = (1, false);
        for (var i = from; i < sql.Length; i++)
        {
            if (sql[i] == '\'') quoted = !quoted;
            if (quoted) continue;
            depth += Deeper(sql[i]);
            if (depth == 0) return i;
        }
        return sql.Length;
    }

    private static int Deeper(char sign) => sign switch { '(' => 1, ')' => -1, _ => 0 };

    private static IEnumerable<string> Parts(string list)
    {
        var (from, depth, quoted) = (0, 0, false);
        for (var i = 0; i < list.Length; i++)
        {
            if (list[i] == '\'') quoted = !quoted;
            if (quoted) continue;
            depth += Deeper(list[i]);
            if (list[i] != ',' || depth > 0) continue;
            yield return list[from..i].Trim();
            from = i + 1;
        }
        yield return list[from..].Trim();
    }

    // ---- the schema

    /// <summary>Tables by their columns, all else by its text: whatever is there and should not be (a trigger of somebody's), is missing or
    /// differs.</summary>
    public static IEnumerable<string> SchemaDifferences(DbConnection found)
    {
        using var made = new SqliteConnection("Data Source=:memory:");
        made.Open();
        Migrations.Apply(made);
        var (has, should) = (Schema(found), Schema(made));
        foreach (var (name, text) in has)
            if (!should.TryGetValue(name, out var right)) yield return $"{name} is not of this program";
            else if (right != text) yield return $"{name} is not as this program makes it";
        foreach (var name in should.Keys.Except(has.Keys)) yield return $"{name} is missing";
    }

    private static SortedDictionary<string, string> Schema(DbConnection connection)
    {
        var schema = new SortedDictionary<string, string>(StringComparer.Ordinal);
        const string All = @"SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'";
        const string Columns = "SELECT name, type, pk, hidden FROM pragma_table_xinfo(@name) ORDER BY cid";
        foreach (var (type, name, sql) in connection.Query<(string, string, string?)>(All).AsList())
            schema[$"{type} {name}"] = type != "table" ? Plain().Replace(sql ?? "", " ")
                : string.Join(", ", connection.Query<(string, string, long, long)>(Columns, new { name }));
        return schema;
    }

    [GeneratedRegex(@"--[^\n]*|\s+")]
    private static partial Regex Plain();
}
