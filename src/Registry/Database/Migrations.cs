using System.Data.Common;
using System.Reflection;
using Dapper;

namespace Registry;

/// <summary>A newer registry made this file.</summary>
public sealed class SchemaTooNewException(long file, long program)
    : Exception($"The data file has schema {file}, this program knows {program}: a newer registry made it. Use that one.");

/// <summary>The file is of a trial before the first release.</summary>
public sealed class SchemaTooOldException(long file)
    : Exception($"The data file has schema {file}, from before the log was signed and sealed. Unsigned statements cannot be carried over: start with a new file and post or import them again.");

/// <summary>Applies the files of db/ in the order of their numbers, each once, in one transaction.</summary>
public static class Migrations
{
    private static readonly string[] files =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith("db/") && name.EndsWith(".sql")).Order(StringComparer.Ordinal)];

    public static long Newest => Number(files[^1]);

    private static long Number(string file) => long.Parse(Path.GetFileName(file)[..3]);

    /// <exception cref="SchemaTooNewException">The file is newer than the program.</exception>
    /// <exception cref="SchemaTooOldException">The file is of a trial.</exception>
    public static void Apply(DbConnection connection)
    {
        connection.Execute(Dialect.BeginWrite);
        try
        {
            connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
            var present = connection.ExecuteScalar<long?>("SELECT max(version) FROM schema_version") ?? 0;
            if (present > Newest) throw new SchemaTooNewException(present, Newest);
            if (present > 0 && present < Number(files[0])) throw new SchemaTooOldException(present);
            foreach (var file in files)
                if (Number(file) > present) connection.Execute(Dialect.Ddl(Text(file)));
            if (present < Newest) connection.Execute("INSERT INTO schema_version VALUES (@Newest)", new { Newest });
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.Execute("ROLLBACK");
            throw;
        }
    }

    private static string Text(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
