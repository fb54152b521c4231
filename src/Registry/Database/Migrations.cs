using System.Data.Common;
using System.Reflection;
using Dapper;

namespace Registry;

/// <summary>A newer registry made this file.</summary>
public sealed class SchemaTooNewException(long file, long program)
    : Exception($"The data file has schema {file}, this program knows {program}: a newer registry made it. Use that one.");

/// <summary>Applies the files of db/ in the order of their numbers, each once, in one transaction.</summary>
public static class Migrations
{
    private static readonly string[] files =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith("db/") && name.EndsWith(".sql")).Order(StringComparer.Ordinal)];

    public static long Newest => long.Parse(Path.GetFileName(files[^1])[..3]);

    /// <exception cref="SchemaTooNewException">The file is newer than the program.</exception>
    public static void Apply(DbConnection connection)
    {
        connection.Execute(Dialect.BeginWrite);
        try
        {
            connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
            var present = connection.ExecuteScalar<long?>("SELECT max(version) FROM schema_version") ?? 0;
            if (present > Newest) throw new SchemaTooNewException(present, Newest);
            foreach (var file in files)
                if (long.Parse(Path.GetFileName(file)[..3]) > present) connection.Execute(Dialect.Ddl(Text(file)));
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
