using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Registry;

/// <summary>
/// Statements that are run for every row: one command each, kept with its connection, its parameters set by place. To make a command, its
/// parameters and their names anew costs more than most of these statements themselves.
/// </summary>
public static partial class Repeated
{
    private static readonly ConditionalWeakTable<DbConnection, Dictionary<string, DbCommand>> kept = [];

    /// <summary>Runs a change and tells how many rows it changed.</summary>
    /// <param name="db">A connection that stays open.</param>
    /// <param name="text">A constant text.</param>
    /// <param name="values">In the order in which the text first names them.</param>
    public static int Run(this DbConnection db, string text, params ReadOnlySpan<object?> values) => Command(db, text, values).ExecuteNonQuery();

    /// <summary>The first row as <paramref name="read"/> takes it; the default when there is none.</summary>
    /// <inheritdoc cref="Run"/>
    public static T? Ask<T>(this DbConnection db, string text, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var row = Command(db, text, values).ExecuteReader();
        return row.Read() ? read(row) : default;
    }

    private static DbCommand Command(DbConnection db, string text, ReadOnlySpan<object?> values)
    {
        var commands = kept.GetOrCreateValue(db);
        if (!commands.TryGetValue(text, out var command)) commands[text] = command = Make(db, text);
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    private static DbCommand Make(DbConnection db, string text)
    {
        var command = db.CreateCommand();
        command.CommandText = text;
        foreach (var name in Name().Matches(text).Select(match => match.Value).Distinct())
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    [GeneratedRegex("@[a-zA-Z]+")]
    private static partial Regex Name();
}
