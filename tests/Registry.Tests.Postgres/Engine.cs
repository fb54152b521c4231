using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using Dapper;
using Npgsql;

[assembly: AssemblyFixture(typeof(Registry.Tests.Cluster))]

namespace Registry.Tests;

/// <summary>The engine under test, PostgreSQL: what only a test needs to know of it. Registry.Tests has one of the same shape.</summary>
internal static class Engine
{
    private static int made;

    /// <summary>A place for a registry of its own: a database with the tables in it.</summary>
    public static Location Fresh(string _) => Made("template1");

    /// <summary>The settings that lead there, by their names.</summary>
    public static (string Name, string Value)[] Named(Location location) => [("Registry:Database", "postgres"), ("Registry:ConnectionString", location.Address)];

    /// <summary>The same as arguments of the program.</summary>
    public static IEnumerable<string> Arguments(Location location) => Named(location).Select(setting => $"--{setting.Name}={setting.Value}");

    /// <summary>The same as settings whose other files lie in a folder.</summary>
    public static Settings Settings(Location location, string folder) => new() { Database = "postgres", ConnectionString = location.Address, DataFile = Path.Combine(folder, "registry.db") };

    /// <summary>A connection past the program, which may change anything.</summary>
    public static DbConnection Open(Location location)
    {
        var connection = new NpgsqlConnection(location.Address + ";Pooling=false");
        connection.Open();
        return connection;
    }

    /// <summary>The same data at another place.</summary>
    public static Location Copy(Location location, string _) => Made(new NpgsqlConnectionStringBuilder(location.Address).Database!);

    public static void Drop(Location location)
    {
        using var postgres = Open(Cluster.Database("postgres"));
        postgres.Execute($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(location.Address).Database} WITH (FORCE)");
    }

    private static Location Made(string template)
    {
        var name = $"test_{Interlocked.Increment(ref made)}";
        using var postgres = Open(Cluster.Database("postgres"));
        // Whoever is on the way out of the template still counts.
        for (var attempt = 0; ; attempt++)
            try
            {
                postgres.Execute($"CREATE DATABASE {name} TEMPLATE {template}");
                return Cluster.Database(name);
            }
            catch (PostgresException used) when (used.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 100) { Thread.Sleep(50); }
    }

    /// <summary>Makes the table term (term, doc): which terms the text index holds of each row.</summary>
    public const string Terms = "CREATE TEMP VIEW term AS SELECT lexeme COLLATE \"C\" AS term, rowid AS doc FROM search, unnest(terms)";

    /// <summary>A term more in the text index, of the newest certificate.</summary>
    public const string AddTerm = "UPDATE search SET terms = terms || 'added'::tsvector WHERE rowid = (SELECT max(seq) FROM certificate)";

    /// <summary>A query that does not end.</summary>
    public const string Endless = "SELECT 1 FROM pg_sleep(1000)";
}

/// <summary>A private PostgreSQL for all tests of a run, made before the first and gone after the last.</summary>
public sealed class Cluster : IDisposable
{
    private static readonly string folder = Directory.CreateTempSubdirectory("registry-postgres-").FullName;
    private static string? failure = "PostgreSQL is not started yet";

    public Cluster()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        var (code, output) = Script("start", folder, $"{Port}");
        failure = code == 0 ? null : output;
        if (failure is not null) return;
        // What is in template1 is in every database that is made.
        using var writer = Dialect.Postgres.OpenWriter(Database("template1").Address);
        Migrations.Apply(writer);
    }

    public static int Port { get; private set; }

    /// <summary>A database of the cluster; a test that wants one is skipped where PostgreSQL is missing.</summary>
    public static Location Database(string name)
    {
        Tool.Need(failure is null, $"PostgreSQL ({failure})");
        return new(Dialect.Postgres, $"Host=127.0.0.1;Port={Port};Username=postgres;Database={name}");
    }

    public void Dispose() => Script("stop", folder);

    private static (int Code, string Output) Script(params string[] arguments) => Tool.Try("sh", [Path.Combine(ContractTests.Root, "tests", "postgres", "cluster.sh"), .. arguments]);
}
