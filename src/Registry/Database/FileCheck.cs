using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>What is wrong with a data file whatever its rows say: pages, indexes, and a schema that db/ did not make.</summary>
public static partial class FileCheck
{
    private const int MaxFound = 20;

    /// <summary>Every page, every row and every entry of every index: an index that lost a row makes a certificate "not in this registry", and its number
    /// free to be issued again.</summary>
    public static List<string> Damage(DbConnection connection) =>
        connection is SqliteConnection ? [.. connection.Query<string>($"PRAGMA integrity_check({MaxFound})").Where(line => line != "ok")] : [];

    /// <summary>Tables by their columns, all else by its text: whatever is there and should not be (a trigger of somebody's), is missing or differs.</summary>
    /// <param name="found">The database.</param>
    /// <param name="made">One that the files of db/ just made.</param>
    public static IEnumerable<string> SchemaDifferences(DbConnection found, DbConnection made)
    {
        if (found is not SqliteConnection) yield break;
        var (has, should) = (Schema(found), Schema(made));
        foreach (var (name, text) in has)
            if (!should.TryGetValue(name, out var right)) yield return $"{name} is not of this program";
            else if (right != text) yield return $"{name} is not as this program makes it";
        foreach (var name in should.Keys.Except(has.Keys)) yield return $"{name} is missing";
    }

    private static SortedDictionary<string, string> Schema(DbConnection connection)
    {
        var schema = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (type, name, sql) in connection.Query<(string, string, string?)>(@"SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'").AsList())
            schema[$"{type} {name}"] = type != "table" ? Plain().Replace(sql ?? "", " ")
                : string.Join(", ", connection.Query<(string, string, long, long)>("SELECT name, type, pk, hidden FROM pragma_table_xinfo(@name) ORDER BY cid", new { name }));
        return schema;
    }

    [GeneratedRegex(@"--[^\n]*|\s+")]
    private static partial Regex Plain();
}
