using System.Net;
using System.Net.Sockets;
using Dapper;
using Npgsql;

namespace Registry.Tests.Nodes;

/// <summary>A private PostgreSQL for the tests of nodes, made before the first and gone after the last.</summary>
public sealed class Cluster : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-postgres-").FullName;
    private readonly string? failure;
    private int made;

    public Cluster()
    {
        Port = Free(1);
        var (code, output) = Script("start", folder, $"{Port}");
        failure = code == 0 ? null : output;
    }

    public int Port { get; }

    /// <summary>Connection string of a fresh, empty database; a test that wants one is skipped where PostgreSQL is missing.</summary>
    public string Fresh()
    {
        Tool.Need(failure is null, $"PostgreSQL ({failure})");
        var name = $"test_{Interlocked.Increment(ref made)}";
        Execute(Address("postgres"), $"CREATE DATABASE {name}");
        return Address(name);
    }

    private string Address(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    /// <summary>Changes something past the program.</summary>
    public static void Execute(string address, string text, object? parameters = null)
    {
        using var connection = Open(address);
        connection.Execute(text, parameters);
    }

    public static T Ask<T>(string address, string text)
    {
        using var connection = Open(address);
        return connection.ExecuteScalar<T>(text)!;
    }

    public static NpgsqlConnection Open(string address)
    {
        var connection = new NpgsqlConnection(address + ";Pooling=false");
        connection.Open();
        return connection;
    }

    /// <summary>The first of some ports in a row that nobody listens on.</summary>
    public static int Free(int ports)
    {
        for (var attempt = 0; ; attempt++)
        {
            var listeners = new List<TcpListener>();
            try
            {
                listeners.Add(new(IPAddress.Loopback, 0));
                listeners[0].Start();
                var first = ((IPEndPoint)listeners[0].LocalEndpoint).Port;
                for (var i = 1; i < ports; i++)
                {
                    listeners.Add(new(IPAddress.Loopback, first + i));
                    listeners[i].Start();
                }
                return first;
            }
            catch (SocketException) when (attempt < 100) { }
            finally { listeners.ForEach(listener => listener.Stop()); }
        }
    }

    public static (int Code, string Output) Script(params string[] arguments) => Tool.Try("sh", [Path.Combine(ContractTests.Root, "tests", "postgres", "cluster.sh"), .. arguments]);

    public void Dispose() => Script("stop", folder);
}

/// <summary>The tests of nodes, which share one server.</summary>
[CollectionDefinition(Name)]
public sealed class NodesCollection : ICollectionFixture<Cluster>
{
    public const string Name = "nodes";
}
