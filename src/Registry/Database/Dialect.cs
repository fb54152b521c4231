using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;

namespace Registry;

/// <summary>All that differs between the two engines: connections, errors, and the fragments of SQL that only one of them takes. Every other
/// statement is text that both take, written once, where it is used.</summary>
public abstract class Dialect
{
    public static readonly Dialect Sqlite = new SqliteDialect(), Postgres = new PostgresDialect();

    /// <summary>The engine behind a connection.</summary>
    public static Dialect Of(DbConnection db) => db is NpgsqlConnection ? Postgres : Sqlite;

    /// <summary>What the setting <c>Registry:Database</c> and the engine's own files of db/ call it.</summary>
    public abstract string Name { get; }

    // ---- the schema

    /// <summary>A file of db/ as this engine takes it.</summary>
    public abstract string Ddl(string text);

    // ---- connections

    /// <summary>An address without its secrets.</summary>
    public abstract string Shown(string address);

    /// <summary>Whether a registry was made there before.</summary>
    /// <exception cref="DbException">It cannot be reached.</exception>
    public abstract bool IsMade(string address);

    /// <summary>A connection whose commits survive a power cut; it belongs to the writer alone.</summary>
    /// <exception cref="DbException">It cannot be reached.</exception>
    /// <exception cref="InvalidDataException">It cannot hold a registry, or takes no writes.</exception>
    public abstract DbConnection OpenWriter(string address);

    /// <summary>Begins a transaction that no other process writes beside.</summary>
    /// <returns>False when another process has been writing for seconds; nothing has begun then.</returns>
    public abstract bool BeginWrite(DbConnection writer);

    /// <summary>Ends such a transaction. When it returns, what was written survives whatever the engine is set to survive.</summary>
    public virtual void Commit(DbConnection writer) => writer.Execute("COMMIT");

    internal abstract Reader OpenReader(string address);

    /// <summary>Connections that read at one time; whoever comes later waits.</summary>
    internal abstract int MaxReaders { get; }

    /// <summary>One snapshot for as long as it takes, without the limits of a request; another process may be writing.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public abstract DbConnection OpenReadOnly(string address);

    // ---- errors, by code and never by message

    /// <summary>A query was stopped because its time was up or nobody waits for it any more.</summary>
    public static bool IsInterrupted(Exception error) => Sqlite.WasInterrupted(error) || Postgres.WasInterrupted(error);

    protected abstract bool WasInterrupted(Exception error);

    /// <summary>A text that was asked for cannot be any in the database: character_not_in_repertoire, PostgreSQL keeps no NUL.</summary>
    public static bool IsNoText(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire };

    /// <summary>What to do about an error that keeps the database from being opened.</summary>
    public virtual string Advice(Exception error) => "";

    /// <summary>Nothing that a post did: the disk, the server, the way there.</summary>
    public abstract bool IsFatal(Exception error);

    /// <summary>There is no room for what was to be written: all of it is undone, and it can be tried again.</summary>
    public abstract bool IsFull(Exception error);

    /// <summary>Nobody knows what the disk holds: a sync has failed, after which the system may believe to be written what never was.</summary>
    public abstract bool LeavesDoubt(Exception error);

    /// <summary>A connection on which something failed that nobody understands is closed, and a new one asked what was committed.</summary>
    public abstract bool NeedsNewConnection(Exception error);

    /// <summary>Undoes what was begun, if anything was.</summary>
    public abstract void Undo(DbConnection writer);

    // ---- a post that fails

    /// <summary>A count to compare with after a post, on the writer's connection.</summary>
    public abstract long Changes(DbConnection writer);

    /// <summary>Whether a post that failed has left the transaction as it found it, so that the others need not be done again.</summary>
    /// <param name="writer">The writer's connection.</param>
    /// <param name="before">What <see cref="Changes"/> was before the post.</param>
    /// <param name="error">How it failed.</param>
    public abstract bool ChangedNothing(DbConnection writer, long before, Exception error);

    // ---- fragments

    /// <summary>The condition that what stands before it is in a list.</summary>
    /// <param name="list">Name of a parameter made by <see cref="List{T}"/>.</param>
    public abstract string In(string list);

    /// <summary>A list as a table with one column, <c>value</c>.</summary>
    /// <param name="list">Name of a parameter made by <see cref="List{T}"/>.</param>
    /// <param name="alias">What it is called.</param>
    public abstract string Each(string list, string alias);

    /// <summary>A list as one parameter.</summary>
    public abstract object ListValue<T>(IEnumerable<T> values);

    /// <summary>The same for Dapper.</summary>
    public SqlMapper.ICustomQueryParameter List<T>(IEnumerable<T> values) => new ListParameter(ListValue(values));

    /// <summary>The functions that give the smaller or the larger of their arguments.</summary>
    public abstract string Least { get; }

    public abstract string Greatest { get; }

    /// <summary>A join that reads its left side first.</summary>
    public abstract string JoinInOrder { get; }

    /// <summary>The order of such a join whose left side is a descending list called l.</summary>
    public abstract string ListOrder { get; }

    /// <summary>Reads a table by one of its indexes, where the planner has to be told.</summary>
    public abstract string By(string index);

    // ---- the text index

    /// <summary>Adds the terms of a certificate to the table search: <c>@seq</c> and <c>@terms</c>, parted by spaces.</summary>
    public abstract string AddTerms { get; }

    /// <summary>Takes them out again.</summary>
    public abstract string RemoveTerms { get; }

    public abstract string ClearTerms { get; }

    /// <summary>The condition that a row of search s has what the expression <c>@match</c> asks for.</summary>
    public abstract string Matches { get; }

    /// <summary>A term in such an expression, or the beginning of one.</summary>
    public abstract string Term(string term, bool beginning);

    /// <summary>An expression for the rows between two log indexes only: with what the index knows of them, where it cannot be read in their order.</summary>
    public abstract string Between(string match, long low, long high);

    /// <summary>The column rowid of search s as conditions and order name it.</summary>
    public abstract string RowId { get; }

    /// <summary>How many times shorter than the longest the first stretch of a search is: the rows of a stretch may have to be read and sorted before the first comes.</summary>
    public abstract int FirstStretch { get; }

    public abstract string And { get; }

    public abstract string Or { get; }

    // ---- reading row by row

    /// <summary>The rows of a query while other statements run on the same connection. Stop reading and it stops. A row is good until the next is asked for.</summary>
    public abstract IEnumerable<IDataRecord> Stream(DbCommand query);

    /// <summary>Interrupts whatever statement runs after some time, until it is disposed; the connection can be read from again then.</summary>
    public abstract IDisposable Limit(DbConnection reader, TimeSpan after);

    private sealed class ListParameter(object value) : SqlMapper.ICustomQueryParameter
    {
        public void AddParameter(IDbCommand command, string name)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
    }
}
