using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Registry;

/// <summary>
/// A connection that keeps the statements it has prepared, by their text, and runs them itself: the driver prepares each execution anew and
/// asks for names and types with every value, which costs more than most look-ups themselves. A command takes its statement from here when
/// its text is set and gives it back when it is disposed. Whoever uses it sees a connection like any other.
/// </summary>
internal class KeptStatements(string connection) : SqliteConnection(connection)
{
    /// <summary>Statements of different text that are kept; a search makes many, each used once or twice. Ten kilobytes each.</summary>
    private const int MaxKept = 160;

    private readonly Dictionary<string, Statement> kept = new(new ByEnd());
    /// <summary>How many of them may be forgotten.</summary>
    private int passing;
    /// <summary>Kept or in use: SQLite closes a file only when none is left.</summary>
    private readonly HashSet<Statement> all = [];

    /// <summary>No connection is used by two threads at once, so SQLite need not lock it for every value that is read: an eighth of a
    /// search. Once it has been used in this process its mode stands.</summary>
    static KeptStatements()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
    }

    /// <summary>What is to be done where a read of many steps goes on to the next (<see cref="Steps"/>).</summary>
    internal Action? NextStep { get; set; }

    protected override DbCommand CreateDbCommand() => new Command(this);

    public override void Open()
    {
        base.Open();
        // Without the guarantee that a plan does not hang on values, SQLite parses a kept statement anew whenever its LIMIT is bound.
        SqliteException.ThrowExceptionForRC(raw.sqlite3_db_config(Handle, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _), Handle);
    }

    public override void Close()
    {
        Forget(all: true);
        foreach (var statement in all.ToArray()) statement.Dispose();
        base.Close();
    }

    /// <summary>A statement without values and rows, prepared once, to be run again and again.</summary>
    internal Action Repeated(string text) => new Statement(this, text).Run;

    private Statement Take(string text)
    {
        if (!kept.Remove(text, out var statement)) return new(this, text);
        if (!statement.Stays) passing--;
        return statement;
    }

    /// <summary>Runs a statement as far as its first row, its values by place.</summary>
    /// <param name="text">One of few: it stays prepared as long as the connection.</param>
    /// <param name="values">As many as it has parameters, in the order in which it first names them.</param>
    /// <exception cref="InvalidOperationException">They are more or fewer.</exception>
    internal Use Begin(string text, ReadOnlySpan<object?> values)
    {
        var statement = Take(text);
        statement.Stays = true;
        try { return new(this, statement, statement.Read(values)); }
        catch
        {
            Give(statement);
            throw;
        }
    }

    /// <summary>One run of a statement; its rows are read before it ends.</summary>
    internal readonly ref struct Use
    {
        private readonly KeptStatements owner;
        private readonly Statement statement;

        internal Use(KeptStatements owner, Statement statement, SqliteRows rows) =>
            (this.owner, this.statement, Rows) = (owner, statement, rows);

        internal SqliteRows Rows { get; }

        public void Dispose()
        {
            Rows.Dispose();
            owner.Give(statement);
        }
    }

    private void Give(Statement statement)
    {
        statement.Parameters.Clear();
        if (State != ConnectionState.Open) { statement.Dispose(); return; }
        if (!statement.Stays && passing == MaxKept) Forget(all: false);
        if (!kept.TryAdd(statement.Sql, statement)) statement.Dispose();
        else if (!statement.Stays) passing++;
    }

    private void Forget(bool all)
    {
        foreach (var (text, statement) in kept)
            if (all || !statement.Stays)
            {
                statement.Dispose();
                kept.Remove(text);
            }
        passing = 0;
    }

    /// <summary>Texts are long and told apart by what they end in.</summary>
    internal sealed class ByEnd : IEqualityComparer<string>
    {
        public bool Equals(string? one, string? other) => string.Equals(one, other);
        public int GetHashCode(string text) => string.GetHashCode(text.AsSpan(Math.Max(0, text.Length - 24)));
    }

    /// <summary>One use of a kept statement.</summary>
    private sealed class Command(KeptStatements owner) : DbCommand
    {
        private Statement? inner;

        private Statement Inner => inner ??= owner.Take("");

        [AllowNull]
        public override string CommandText
        {
            get => inner?.Sql ?? "";
            set
            {
                var (before, taken) = (inner, owner.Take(value ?? ""));
                inner = taken;
                if (before is null) return;
                // Parameters may be added before the text.
                for (; before.Parameters.Count > 0; before.Parameters.RemoveAt(0)) taken.Parameters.Add(before.Parameters[0]);
                owner.Give(before);
            }
        }

        /// <summary>The connection's own busy_timeout, and the watch over readers, stop what takes too long.</summary>
        public override int CommandTimeout { get; set; }
        public override CommandType CommandType { get => CommandType.Text; set { } }
        public override bool DesignTimeVisible { get; set; }
        public override UpdateRowSource UpdatedRowSource { get; set; }
        protected override DbConnection? DbConnection { get => owner; set => throw new NotSupportedException(); }
        protected override DbTransaction? DbTransaction { get => null; set { } }
        protected override DbParameterCollection DbParameterCollection => Inner.Parameters;
        protected override DbParameter CreateDbParameter() => new SqliteParameter();
        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Inner.Read();

        public override int ExecuteNonQuery()
        {
            using var rows = Inner.Read();
            while (rows.Read()) { }
            return rows.RecordsAffected;
        }

        public override object? ExecuteScalar()
        {
            using var rows = Inner.Read();
            return rows.Read() ? rows.GetValue(0) : null;
        }

        public override void Prepare() { }
        public override void Cancel() { }

        protected override void Dispose(bool disposing)
        {
            if (disposing && inner is not null) owner.Give(inner);
            inner = null;
            base.Dispose(disposing);
        }
    }

    /// <summary>A text, prepared when it is first run, and the parameters of its next run.</summary>
    internal sealed class Statement(KeptStatements owner, string text) : IDisposable
    {
        /// <summary>Holds the parameters, and runs texts of several statements.</summary>
        private readonly SqliteCommand driver = new() { Connection = owner };
        private sqlite3_stmt? prepared;
        private string[] names = [];

        public string Sql { get; } = text;

        /// <summary>Whether it is one of few that are run all the time.</summary>
        public bool Stays { get; set; }

        public SqliteParameterCollection Parameters => driver.Parameters;

        /// <summary>Runs it as far as its first row.</summary>
        public DbDataReader Read()
        {
            if (prepared is null && !Prepare())
            {
                driver.CommandText = Sql;
                return driver.ExecuteReader();
            }
            Bind();
            return new SqliteRows(owner.Handle!, prepared!);
        }

        /// <summary>Runs it with values by place.</summary>
        public SqliteRows Read(ReadOnlySpan<object?> values)
        {
            if (prepared is null && !Prepare()) throw new InvalidOperationException($"It is more than one statement, or none: {Sql}");
            if (values.Length != names.Length) throw Mismatch(values.Length);
            for (var i = 0; i < values.Length; i++)
                SqliteException.ThrowExceptionForRC(Sqlite3.Bind(prepared!, i + 1, values[i]), owner.Handle);
            return new(owner.Handle!, prepared!);
        }

        private InvalidOperationException Mismatch(int given) => new($"A statement of {names.Length} parameters was given {given}: {Sql}");

        /// <summary>Runs it to its end.</summary>
        public void Run()
        {
            if (owner.State != ConnectionState.Open || prepared is null && !Prepare())
                throw new InvalidOperationException($"This cannot be run: {Sql}");
            var handle = prepared!.DangerousGetHandle();
            var code = Sqlite3.sqlite3_step(handle);
            _ = Sqlite3.sqlite3_reset(handle); // an error it repeats is thrown now
            SqliteException.ThrowExceptionForRC(code & 0xFF, owner.Handle);
        }

        /// <summary>False when the text is of several statements, or of none.</summary>
        private bool Prepare()
        {
            var code = raw.sqlite3_prepare_v3(owner.Handle, Sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement, out var rest);
            SqliteException.ThrowExceptionForRC(code, owner.Handle);
            if (statement.IsInvalid || !string.IsNullOrWhiteSpace(rest))
            {
                statement.Dispose();
                return false;
            }
            prepared = statement;
            owner.all.Add(this);
            names = new string[raw.sqlite3_bind_parameter_count(prepared)];
            for (var i = 0; i < names.Length; i++) names[i] = raw.sqlite3_bind_parameter_name(prepared, i + 1).utf8_to_string();
            return true;
        }

        private void Bind()
        {
            if (Parameters.Count != names.Length) throw Mismatch(Parameters.Count);
            for (var i = 0; i < Parameters.Count; i++)
            {
                var place = Place(Parameters[i].ParameterName, i);
                if (place < 0) throw new InvalidOperationException($"A statement has no parameter {Parameters[i].ParameterName}: {Sql}");
                SqliteException.ThrowExceptionForRC(Sqlite3.Bind(prepared!, place + 1, Parameters[i].Value), owner.Handle);
            }
        }

        /// <summary>Where the text has a parameter, whose name may be given without its sign. Mostly they are given in the text's own
        /// order.</summary>
        private int Place(string name, int guess)
        {
            bool Is(string own) => own == name || own.Length == name.Length + 1 && own.EndsWith(name, StringComparison.Ordinal);
            return guess < names.Length && Is(names[guess]) ? guess : Array.FindIndex(names, Is);
        }

        /// <summary>Here and not by the collector, whose thread is not the connection's.</summary>
        public void Dispose()
        {
            driver.Dispose();
            prepared?.Dispose();
            prepared = null;
            owner.all.Remove(this);
        }
    }
}
