using System.Data.Common;
using Dapper;

namespace Registry;

/// <summary>A write transaction.</summary>
/// <param name="Connection">The writer's.</param>
/// <param name="Now">The one clock reading that everything in it shares.</param>
/// <param name="Author">Whoever signs what is recorded in it, which the database only hands on; none on a mirror, which records what others
/// signed.</param>
public sealed record Transaction(DbConnection Connection, DateTimeOffset Now, object? Author)
{
    public Memory Memory { get; init; } = new();

    /// <summary>Runs a part of the change that holds together: undone as one when it throws, and always when it is only tried.</summary>
    public T Attempt<T>(Func<T> act, bool keep)
    {
        Connection.Execute("SAVEPOINT attempt");
        var done = false;
        Memory.IsTrial = !keep;
        try
        {
            var result = act();
            done = keep;
            return result;
        }
        finally
        {
            Memory.IsTrial = false;
            if (!done) Memory.Forget();
            Connection.Execute(done ? "RELEASE attempt" : "ROLLBACK TO attempt; RELEASE attempt");
        }
    }
}

/// <summary>It cannot be written: the disk is full, the file or the server is gone, the registry is stopping, or too much is waiting. Where
/// the commit itself was under way, nobody knows whether it was recorded: the same statement again is answered with what became of
/// it.</summary>
public sealed class CannotRecordException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Nobody knows whether it was recorded.</summary>
    public bool IsUnknown { get; init; }
}
