using System.Data.Common;
using System.Reflection;
using Dapper;

namespace Registry;

/// <summary>A newer registry made this database.</summary>
public sealed class SchemaTooNewException(long file, long program)
    : Exception($"The database has schema {file}, this program knows {program}: a newer registry made it. Use that one.");

/// <summary>The database is of a trial before the first release.</summary>
public sealed class SchemaTooOldException(long file)
    : Exception($"The database has schema {file}, from before the log was signed and sealed. Unsigned statements cannot be carried over: start with a new file and post or import them again.");

/// <summary>Applies the numbered files of db/ in their order, each once, in one transaction.</summary>
public static class Migrations
{
    private static readonly string[] files = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith("db/") && name.EndsWith(".sql") && char.IsAsciiDigit(name[3])).Order(StringComparer.Ordinal)];

    private static long Number(string file) => long.Parse(Path.GetFileName(file)[..3]);

    /// <summary>The schema of this program.</summary>
    public static long Newest => Number(files[^1]);

    /// <summary>The schema that a database has; 0 where it has none.</summary>
    public static long Of(DbConnection connection) => connection.ExecuteScalar<long?>("SELECT max(version) FROM schema_version") ?? 0;

    /// <exception cref="SchemaTooNewException">The database is newer than the program.</exception>
    /// <exception cref="SchemaTooOldException">The database is of a trial.</exception>
    public static void Apply(DbConnection connection)
    {
        var newest = Newest;
        while (!Sqlite.BeginWrite(connection)) { }
        try
        {
            connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
            var present = connection.ExecuteScalar<long?>("SELECT max(version) FROM schema_version") ?? 0;
            if (present > newest) throw new SchemaTooNewException(present, newest);
            if (present > 0 && present < Number(files[0])) throw new SchemaTooOldException(present);
            foreach (var file in files)
                if (Number(file) > present) connection.Execute(Text(file));
            if (present < newest) connection.Execute("INSERT INTO schema_version VALUES (@newest)", new { newest });
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.Execute("ROLLBACK");
            throw;
        }
    }

    /// <summary>Takes the room of a post, and gives it back: whether there is any.</summary>
    public static bool TakeRoom(DbConnection connection) => connection.Execute("CREATE TABLE room (taken BLOB); INSERT INTO room VALUES (zeroblob(65536)); DROP TABLE room") > 0;

    /// <summary>A file of db/.</summary>
    /// <param name="resource">Its path from the folder that holds db/.</param>
    public static string Text(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
