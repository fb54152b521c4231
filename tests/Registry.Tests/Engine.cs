using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Tests;

/// <summary>The engine under test, SQLite: what only a test needs to know of it.</summary>
internal static class Engine
{
    /// <summary>A place for a registry of its own.</summary>
    /// <param name="folder">Where its files lie.</param>
    public static Location Fresh(string folder) => Location.File(Path.Combine(folder, "registry.db"));

    /// <summary>The settings that lead there, by their names.</summary>
    public static (string Name, string Value)[] Named(Location location) => [("Registry:DataFile", location.Address)];

    /// <summary>The same as arguments of the program.</summary>
    public static IEnumerable<string> Arguments(Location location) => Named(location).Select(setting => $"--{setting.Name}={setting.Value}");

    /// <summary>The same as settings whose other files lie in a folder.</summary>
    public static Settings Settings(Location location, string _) => new() { DataFile = location.Address };

    /// <summary>A connection past the program, which may change anything.</summary>
    public static DbConnection Open(Location location)
    {
        var connection = new KeptStatements($"Data Source={location.Address};Pooling=False");
        connection.Open();
        connection.Execute("PRAGMA busy_timeout=20000"); // the program under test may be writing just then
        return connection;
    }

    /// <summary>The same data at another place; key and published checkpoint are those of all copies in the folder.</summary>
    public static Location Copy(Location location, string folder)
    {
        var copy = Path.Combine(folder, $"registry.{Guid.NewGuid():N}");
        using var source = Open(location);
        source.Execute("VACUUM INTO @copy", new { copy });
        return Location.File(copy);
    }

    /// <summary>Makes every table anew from the log, as the command does.</summary>
    public static Task Rebuild(Location location, NoteSigner signer, Action<long, long>? progress = null) =>
        new Rebuilding(location, new(signer.VerifierKey, signer), TimeProvider.System, null, progress ?? ((_, _) => { }), NullLogger.Instance).Run(CancellationToken.None);

    public static void Drop(Location location)
    {
        foreach (var beside in (string[])["", "-wal", "-shm"]) File.Delete(location.Address + beside);
    }

    /// <summary>A query that does not end.</summary>
    public const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
}
