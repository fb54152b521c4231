using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;

namespace Registry.Tests.Search;

/// <summary>By the holder's name: the pages are the same whether candidates are sorted, names are gone through, or one after the
/// other.</summary>
public sealed class NameOrderTests
{
    private const int Certificates = 1_500;
    private static readonly DateOnly today = new(2026, 6, 15);

    [Theory]
    [InlineData("电器")] // of one city, far down in the order of names
    [InlineData("有限公司")]
    [InlineData("云 帆")] // decided by the row
    [InlineData("无此名")]
    public async Task Pages_do_not_depend_on_how_they_are_found(string words)
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var random = new Random(20260615);
        await test.Database.WriteAsync(transaction =>
        {
            for (var i = 0; i < Certificates; i++) Publisher.Issue(transaction, RegistryApp.Body, Content(i));
            return 0;
        });
        var sorted = Pages(new(int.MaxValue, 0, 0));
        Assert.Equal(sorted, Pages(new(0, int.MaxValue, 0)));
        Assert.Equal(sorted, Pages(new(0, 1, int.MaxValue)));

        List<long> Pages(OrderedHits.NameOrder way) => test.Database.Read(db => test.Index.Read(db, view =>
        {
            var seqs = new List<long>();
            var query = SearchQuery.Parse(name => name switch { "q" => words, "sort" => "holder", "limit" => "40", _ => null });
            for (Cursor? next = null; ;)
            {
                using var hits = new Hits(db, view, query with { Cursor = next }, today);
                (var page, next, var incomplete) = OrderedHits.Page(hits, Timeout.InfiniteTimeSpan, way);
                Assert.False(incomplete);
                seqs.AddRange(page);
                if (next is null) return seqs;
            }
        }));

        CertificateContent Content(int i)
        {
            var (first, between) = ((char)random.Next('一', '龥'), i % 3 == 0 ? "" : "海");
            var name = i % 5 == 0 ? $"重庆电器{random.Next(100)}" : $"{first}云{between}帆有限公司{random.Next(100)}";
            return Samples.Sparse with { Number = $"N-{i}", Holder = new() { Name = name } };
        }
    }
}
