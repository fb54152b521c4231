using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Registry.Certificates;
using Registry.Search;

namespace Registry.Tests.Search;

/// <summary>Exports are whole or fail loudly, and stand in nobody's way.</summary>
public sealed class ExportTests
{
    private static async Task<RegistryApp> Filled(int certificates)
    {
        var app = new RegistryApp();
        var text = "证书编号,获证组织名称,认证项目,业务范围,服务等级,颁证日期\n" + string.Concat(Enumerable.Range(0, certificates).Select(i => $"E-{i},虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01\n"));
        await app.Import(Encoding.UTF8.GetBytes(text));
        return app;
    }

    private static Export All(RegistryApp app) => new(app.Database, app.Index, SearchQuery.Parse(_ => null), Day.Of(app.Clock.Now));

    /// <summary>Fifty readers that have taken a page and take no more hold nothing that others wait for, not even the one writer.</summary>
    [Fact]
    public async Task Readers_hold_nothing_between_pages()
    {
        using var app = await Filled(1100);
        var readers = new List<IAsyncEnumerator<ExportPage>>();
        for (var i = 0; i < 50; i++)
        {
            readers.Add(All(app).Pages(null, CancellationToken.None).GetAsyncEnumerator());
            Assert.True(await readers[i].MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        }
        await app.Issue("AFTER-1");
        Assert.Equal("ok", await app.Client.GetStringAsync("/livez").WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(await readers[0].MoveNextAsync());
        foreach (var reader in readers) await reader.DisposeAsync();
    }

    [Fact]
    public async Task An_export_stops_with_its_reader()
    {
        using var app = await Filled(1100);
        using var gone = new CancellationTokenSource();
        var pages = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in All(app).Pages(null, gone.Token))
            {
                pages++;
                await gone.CancelAsync();
            }
        });
        Assert.Equal(1, pages);
    }

    /// <summary>What fails after the first page ends the connection without the end that a whole answer has.</summary>
    [Theory]
    [InlineData("csv")]
    [InlineData("ndjson")]
    public async Task An_export_that_cannot_go_on_fails_loudly(string format)
    {
        using var app = await Filled(3000);
        using var answer = await app.Client.GetAsync($"/v1/certificates?format={format}", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)answer.StatusCode);
        await using var content = await answer.Content.ReadAsStreamAsync();
        Assert.Equal(1, await content.ReadAsync(new byte[1]));
        app.Clock.Now = default; // nothing of it matters any more
        await app.Database.WriteAsync(transaction =>
        {
            transaction.Connection.Run("ALTER TABLE certificate RENAME TO gone");
            return 0;
        });
        await Assert.ThrowsAnyAsync<Exception>(() => content.CopyToAsync(Stream.Null));
    }

    /// <summary>On a busy machine the search index in memory takes longer than a read may: each reader that is stopped leaves it further than it was.</summary>
    [Fact]
    public async Task An_index_that_readers_are_stopped_at_is_made_all_the_same()
    {
        using var app = new RegistryApp(bodies: false);
        await app.LoadDemo();
        var index = app.Services.GetRequiredService<IndexReader>();
        for (var attempt = 0; ; attempt++)
        {
            using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            try
            {
                Assert.NotEmpty(app.Database.Read(db => CertificateSearch.Run(db, index, SearchQuery.Parse(_ => null), Day.Of(app.Clock.Now)), gone.Token).Items);
                return;
            }
            catch (Exception stopped) when (attempt < 400 && (stopped is OperationCanceledException || Sqlite.IsInterrupted(stopped))) { }
        }
    }
}
