using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Registry;

/// <summary>
/// Statements run by hand, for what every look-up, search and row of an import makes: what Dapper does for each costs more than SQLite does. Their commands
/// are kept with the connection and their parameters set by place, because to make these anew costs more than most of the statements themselves.
/// </summary>
public static partial class Hand
{
    private static readonly ConditionalWeakTable<DbConnection, Dictionary<string, DbCommand>> kept = [];
    private static readonly ConcurrentDictionary<string, string[]> names = [];

    /// <summary>Runs a change and tells how many rows it changed.</summary>
    /// <param name="db">A connection that stays open.</param>
    /// <param name="text">One of few texts: each is kept.</param>
    /// <param name="values">In the order in which the text first names them.</param>
    public static int Run(this DbConnection db, string text, params ReadOnlySpan<object?> values) => Kept(db, text, values).ExecuteNonQuery();

    /// <summary>The first row as <paramref name="read"/> takes it; the default when there is none.</summary>
    /// <inheritdoc cref="Run"/>
    public static T? Ask<T>(this DbConnection db, string text, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var row = Kept(db, text, values).ExecuteReader();
        return row.Read() ? read(row) : default;
    }

    /// <summary>All rows, each as <paramref name="read"/> takes it.</summary>
    /// <inheritdoc cref="Run"/>
    public static List<T> Rows<T>(this DbConnection db, string text, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var row = Kept(db, text, values).ExecuteReader();
        var rows = new List<T>();
        while (row.Read()) rows.Add(read(row));
        return rows;
    }

    /// <summary>A command of a text made for one use; whoever asks disposes it.</summary>
    public static DbCommand Command(this DbConnection db, string text, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = db.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters) Add(command, name).Value = value ?? DBNull.Value;
        return command;
    }

    /// <summary>Names of the parameters of a text, in the order in which it first names them.</summary>
    private static string[] Names(string text) => names.GetOrAdd(text, text => [.. Name().Matches(text).Select(match => match.Value).Distinct()]);

    private static DbCommand Kept(DbConnection db, string text, ReadOnlySpan<object?> values)
    {
        var commands = kept.GetValue(db, _ => new(new KeptStatements.ByEnd()));
        if (!commands.TryGetValue(text, out var command))
        {
            command = commands[text] = db.Command(text);
            foreach (var name in Names(text)) Add(command, name);
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    private static DbParameter Add(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }

    [GeneratedRegex("@[a-zA-Z]+")]
    private static partial Regex Name();
}
