using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Registry;

/// <summary>
/// A connection that keeps the statements it has prepared, by their text: the driver prepares each execution anew, which costs more than
/// most look-ups themselves. A command takes its statement from here when its text is set and gives it back when it is disposed.
/// Whoever uses it sees a connection like any other. (Npgsql does the same by itself: Max Auto Prepare.)
/// </summary>
internal sealed class KeptStatements(string connection) : SqliteConnection(connection)
{
    /// <summary>Statements of different text that are kept; a search makes many, each used once or twice. Ten kilobytes each.</summary>
    private const int MaxKept = 160;

    private readonly Dictionary<string, SqliteCommand> kept = [];

    protected override DbCommand CreateDbCommand() => new Command(this);

    private SqliteCommand Take(string text) => kept.Remove(text, out var command) ? command : new SqliteCommand(text, this);

    private void Give(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (State != ConnectionState.Open) { command.Dispose(); return; }
        if (kept.Count == MaxKept)
        {
            foreach (var old in kept.Values) old.Dispose();
            kept.Clear();
        }
        if (!kept.TryAdd(command.CommandText, command)) command.Dispose();
    }

    /// <summary>One use of a kept statement.</summary>
    private sealed class Command(KeptStatements owner) : DbCommand
    {
        private SqliteCommand? inner;

        private SqliteCommand Inner => inner ??= new SqliteCommand { Connection = owner };

        [AllowNull]
        public override string CommandText
        {
            get => inner?.CommandText ?? "";
            // Parameters may have been added before the text, or the text may be changed after: then the statement is kept from this use on.
            set
            {
                if (inner is null) inner = owner.Take(value ?? "");
                else inner.CommandText = value ?? "";
            }
        }

        public override int CommandTimeout { get => Inner.CommandTimeout; set => Inner.CommandTimeout = value; }
        public override CommandType CommandType { get => CommandType.Text; set { } }
        public override bool DesignTimeVisible { get; set; }
        public override UpdateRowSource UpdatedRowSource { get; set; }
        protected override DbConnection? DbConnection { get => owner; set => throw new NotSupportedException(); }
        protected override DbTransaction? DbTransaction { get => null; set { } }
        protected override DbParameterCollection DbParameterCollection => Inner.Parameters;
        protected override DbParameter CreateDbParameter() => new SqliteParameter();
        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Inner.ExecuteReader(behavior);
        public override int ExecuteNonQuery() => Inner.ExecuteNonQuery();
        public override object? ExecuteScalar() => Inner.ExecuteScalar();
        public override void Prepare() => Inner.Prepare();
        public override void Cancel() { }

        protected override void Dispose(bool disposing)
        {
            if (disposing && inner is not null) owner.Give(inner);
            inner = null;
            base.Dispose(disposing);
        }
    }
}
