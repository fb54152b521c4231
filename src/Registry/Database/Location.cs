using System.Data.Common;

namespace Registry;

/// <summary>Where a registry's tables are.</summary>
/// <param name="Dialect">The engine.</param>
/// <param name="Address">A data file of SQLite, or a connection string of PostgreSQL.</param>
public sealed record Location(Dialect Dialect, string Address)
{
    /// <summary>A data file of SQLite; made when it is opened to write and absent.</summary>
    public static Location File(string path) => new(Dialect.Sqlite, Path.GetFullPath(path));

    /// <inheritdoc cref="Dialect.OpenReadOnly"/>
    public DbConnection OpenReadOnly() => Dialect.OpenReadOnly(Address);

    /// <summary>Whether it is several servers with one registry: a primary and its standbys.</summary>
    public bool IsSeveral => Dialect == Dialect.Postgres && PostgresServers.AreSeveral(Address);

    /// <summary>Whether a registry was made there before.</summary>
    /// <exception cref="DbException">It cannot be reached.</exception>
    public bool IsMade => Dialect.IsMade(Address);

    /// <summary>As it may be shown: without a password.</summary>
    public override string ToString() => Dialect.Shown(Address);
}
