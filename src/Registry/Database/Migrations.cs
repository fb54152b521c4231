using System.Data.Common;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Registry;

/// <summary>The schema of a database is not one that this program may go on with: the message says why and what to do.</summary>
public sealed class SchemaException(string message) : CannotStartException(message);

/// <summary>A numbered file of db/.</summary>
/// <param name="Number">Its first three digits: the schema that a database has once it is applied.</param>
/// <param name="Name">Such as 005-registry.sql.</param>
/// <param name="Sql">Its text.</param>
public sealed record Migration(long Number, string Name, string Sql)
{
    /// <summary>SHA-256 of the whole text, comments too, in lower-case hex. Line ends do not count: a checkout may change them.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>
/// Applies the numbered files of db/ in their order, each once, in one transaction, and keeps the hash of each: a database that was
/// made by other files than the program holds is not opened. Rules: db/README.md.
/// </summary>
public static class Migrations
{
    private const string Folder = "db/";

    /// <summary>Every file of the program, in its order.</summary>
    public static readonly IReadOnlyList<Migration> All =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsMigration).Order(StringComparer.Ordinal).Select(Read)];

    private static bool IsMigration(string resource) =>
        resource.StartsWith(Folder) && resource.EndsWith(".sql") && char.IsAsciiDigit(resource[Folder.Length]);

    private static Migration Read(string resource) =>
        new(long.Parse(resource.AsSpan(Folder.Length, 3)), resource[Folder.Length..], Source(resource));

    /// <summary>The schema of this program.</summary>
    public static long Newest => All[^1].Number;

    /// <summary>The schema that a database has; 0 where it has none.</summary>
    public static long Of(DbConnection connection) => connection.ExecuteScalar<long?>("SELECT max(version) FROM schema_version") ?? 0;

    /// <summary>Brings a database to the schema of this program.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="log">Told when another process holds the file.</param>
    /// <exception cref="SchemaException">It was made by other files than this program holds.</exception>
    public static void Apply(DbConnection connection, ILogger? log = null) => Apply(connection, All, log);

    /// <summary>The same with these files, in their order.</summary>
    /// <inheritdoc cref="Apply(DbConnection, ILogger)"/>
    public static void Apply(DbConnection connection, IReadOnlyList<Migration> files, ILogger? log = null)
    {
        Sqlite.BeginWrite(connection, log ?? NullLogger.Instance);
        try
        {
            connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
            var present = Of(connection);
            RefuseOtherVersions(present, files);
            if (KeepsHashes(connection)) RefuseOtherFiles(connection, present, files);
            foreach (var file in files.Where(file => file.Number > present)) connection.Execute(file.Sql);
            Remember(connection, files);
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.Execute("ROLLBACK");
            throw;
        }
    }

    private static void RefuseOtherVersions(long present, IReadOnlyList<Migration> files)
    {
        if (present > files[^1].Number)
            throw new SchemaException($"The database has schema {present}, this program knows {files[^1].Number}: {MadeByNewer}");
        if (present > 0 && present < files[0].Number)
            throw new SchemaException($"The database has schema {present}, {Unsigned}");
    }

    private static bool KeepsHashes(DbConnection connection) =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM pragma_table_info('schema_version') WHERE name = 'hash'") > 0;

    /// <summary>A row for each file. Where none was kept so far, what was applied is taken to be what this program holds.</summary>
    private static void Remember(DbConnection connection, IReadOnlyList<Migration> files)
    {
        connection.Execute("DELETE FROM schema_version WHERE hash IS NULL");
        var known = connection.Query<long>("SELECT version FROM schema_version").ToHashSet();
        foreach (var file in files.Where(file => !known.Contains(file.Number)))
            connection.Execute("INSERT INTO schema_version (version, file, hash) VALUES (@Number, @Name, @Hash)", file);
    }

    private static void RefuseOtherFiles(DbConnection connection, long present, IReadOnlyList<Migration> files)
    {
        var applied = connection.Rows("SELECT version, file, hash FROM schema_version",
            row => new { Number = row.GetInt64(0), Name = row.GetString(1), Hash = row.GetString(2) }).ToDictionary(row => row.Number);
        foreach (var file in files.Where(file => file.Number <= present))
            if (!applied.TryGetValue(file.Number, out var kept)) throw new SchemaException($"db/{file.Name} {Skipped} {UseTheProgram}");
            else if (kept.Hash != file.Hash) throw new SchemaException($"db/{file.Name} {Edited} {UseTheProgram}");
        foreach (var row in applied.Values)
            if (files.All(file => file.Number != row.Number)) throw new SchemaException($"db/{row.Name} {Unknown} {UseTheProgram}");
    }

    private const string MadeByNewer = "a newer registry made it. Use that one.";
    private const string Unsigned = "from before the log was signed and sealed. Unsigned statements cannot be carried over: "
        + "start with a new file and post or import them again.";
    private const string Skipped = "was never applied to the database, files of higher numbers were: a new file takes the next number.";
    private const string Edited = "is not the file that was applied to the database: an applied file is never edited.";
    private const string Unknown = "was applied to the database, and this program does not have it.";
    private const string UseTheProgram = "Nothing was changed. Use the program that made the database, or put db/ right.";

    /// <summary>Takes the room of a post, and gives it back: whether there is any.</summary>
    public static bool TakeRoom(DbConnection connection) =>
        connection.Execute("CREATE TABLE room (taken BLOB); INSERT INTO room VALUES (zeroblob(65536)); DROP TABLE room") > 0;

    /// <summary>A file of db/.</summary>
    /// <param name="resource">Its path from the folder that holds db/.</param>
    public static string Source(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
