using System.Data.Common;

namespace Registry;

/// <summary>
/// Statements run by hand, their values by place. The rule: Dapper asks the database, and Hand only where asking is measured as hot, which
/// is what every look-up, search, post and row of an import runs, because what Dapper does for each costs more than SQLite does, and what
/// every start runs, where each of Dapper's queries is compiled anew. Both take
/// their statements from the one cache of the connection (<see cref="KeptStatements"/>), and neither runs a statement with a value too few
/// or too many.
/// </summary>
public static class Hand
{
    /// <summary>Runs a change and tells how many rows it changed.</summary>
    /// <param name="db">A connection of this program to a data file.</param>
    /// <param name="text">One statement, of few texts: each stays prepared as long as the connection.</param>
    /// <param name="values">As many as the text has parameters, in the order in which it first names them.</param>
    /// <exception cref="InvalidOperationException">They are more or fewer.</exception>
    public static int Run(this DbConnection db, string text, params ReadOnlySpan<object?> values)
    {
        using var use = Begin(db, text, values);
        while (use.Rows.Read()) { }
        return use.Rows.RecordsAffected;
    }

    /// <summary>The first row as <paramref name="read"/> takes it; the default when there is none.</summary>
    /// <inheritdoc cref="Run"/>
    public static T? Ask<T>(this DbConnection db, string text, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var use = Begin(db, text, values);
        return use.Rows.Read() ? read(use.Rows) : default;
    }

    /// <summary>All rows, each as <paramref name="read"/> takes it.</summary>
    /// <inheritdoc cref="Run"/>
    public static List<T> Rows<T>(this DbConnection db, string text, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var use = Begin(db, text, values);
        var rows = new List<T>();
        while (use.Rows.Read()) rows.Add(read(use.Rows));
        return rows;
    }

    /// <summary>Takes bytes where they lie in SQLite's memory.</summary>
    public delegate void Taking(ReadOnlySpan<byte> bytes);

    /// <summary>Of all rows the first value as its bytes (of a text in UTF-8), none of which is copied; none for NULL.</summary>
    /// <inheritdoc cref="Run"/>
    public static void Bytes(this DbConnection db, string text, Taking take, params ReadOnlySpan<object?> values)
    {
        using var use = Begin(db, text, values);
        while (use.Rows.Read()) take(use.Rows.Bytes(0));
    }

    /// <summary>A command of a text made for one use; whoever asks disposes it.</summary>
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

    private static KeptStatements.Use Begin(DbConnection db, string text, ReadOnlySpan<object?> values) =>
        ((KeptStatements)db).Begin(text, values);
}
