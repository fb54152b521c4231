using System.Text;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Tests.DatabaseTests;

/// <summary>A database on a fresh file, without the rest of the program. Its two bodies are admitted.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-test-").FullName;

    private TestDatabase(TimeProvider time) => Database = new(Engine.Fresh(folder), time, NullLogger<Database>.Instance, Signer, TreeStore.Seal);

    public NoteSigner Signer { get; } = NoteSigner.Create("reg.example/log");

    public Database Database { get; }

    /// <remarks>Facts stand together from few certificates on.</remarks>
    public Registry.Search.IndexReader Index { get; } = new() { ColumnLog = Registry.Search.Tiles.Small };

    public static async Task<TestDatabase> Create(TimeProvider? time = null)
    {
        var test = new TestDatabase(time ?? TimeProvider.System);
        await test.Database.WriteAsync(transaction =>
        {
            Publisher.Admit(transaction, new Admit { Body = RegistryApp.Body, Name = "示例认证（虚构）有限公司" });
            return Publisher.Admit(transaction, new Admit { Body = RegistryApp.OtherBody, Name = "另一认证中心（虚构）" });
        });
        return test;
    }

    /// <inheritdoc cref="Engine.Rebuild"/>
    public Task Rebuild(Action<long, long>? progress = null) => Engine.Rebuild(Database.Location, Signer, progress);

    public Task<Recorded> Issue(CertificateContent content, string body = RegistryApp.Body) => Database.WriteAsync(transaction => Publisher.Issue(transaction, body, content));

    public Task<Recorded> Amend(Amendment amendment) => Database.WriteAsync(transaction => Publisher.Amend(transaction, amendment));

    /// <summary>Every projection as text, row by row, the terms of the search index among them.</summary>
    public string Dump()
    {
        using var connection = Engine.Open(Database.Location);
        var dump = new StringBuilder();
        foreach (var query in (string[])["SELECT * FROM body ORDER BY seq", "SELECT * FROM certificate ORDER BY seq", "SELECT * FROM body_key ORDER BY kid", "SELECT * FROM holder_name ORDER BY name_key, certificate, borne_from", "SELECT * FROM node ORDER BY height, idx", "SELECT * FROM statement ORDER BY certificate, seq",
            "SELECT * FROM mark ORDER BY seq", "SELECT * FROM mark_range ORDER BY seq", "SELECT * FROM posting ORDER BY key", "SELECT * FROM term ORDER BY term", "SELECT * FROM making ORDER BY log", "SELECT * FROM block ORDER BY no", "SELECT * FROM episode ORDER BY block"])
        {
            dump.AppendLine(query);
            foreach (IDictionary<string, object?> row in connection.Query(query)) dump.AppendJoin('|', row.Values.Select(value => value is byte[] bytes ? Convert.ToHexString(bytes) : value)).AppendLine();
        }
        return dump.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Engine.Drop(Database.Location);
        Directory.Delete(folder, recursive: true);
    }
}
