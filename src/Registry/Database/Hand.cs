using System.Data.Common;

namespace Registry;

/// <summary>Statements run by hand, for the few that every look-up or search makes: what Dapper does for each costs more than SQLite does.</summary>
public static class Hand
{
    /// <summary>A command with its parameters; whoever asks disposes it.</summary>
    public static DbCommand Command(this DbConnection db, string text, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = db.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>The rows of a query, each as <paramref name="row"/> reads it.</summary>
    public static List<T> Rows<T>(this DbConnection db, string text, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = db.Command(text, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }
}
