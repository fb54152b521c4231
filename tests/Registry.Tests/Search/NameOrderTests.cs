using System.Data.Common;
using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;
using Registry.Transparency;

namespace Registry.Tests.Search;

/// <summary>By the holder's name: the pages are the same whether candidates are sorted, names are gone through, one after the other, or by
/// parts of the order.</summary>
public sealed class NameOrderTests
{
    private const int Certificates = 1_500;
    private static readonly DateOnly today = new(2026, 6, 15);
    private readonly Random random = new(20260615);

    [Theory]
    [InlineData("电器")] // of one city, far down in the order of names
    [InlineData("有限公司")]
    [InlineData("云 帆")] // decided by the row
    [InlineData("无此名")]
    public async Task Pages_do_not_depend_on_how_they_are_found(string words)
    {
        await using var test = await TestDatabase.Create(new TestClock());
        var ids = await Issue(test, 0, Certificates - 300);
        // Of before the newest certificates, and before names were corrected.
        var older = Kept(test.Database.Read(db => NameParts.Make(db, () => false, most: 40)));
        await Issue(test, Certificates - 300, 300);
        for (var i = 0; i < ids.Count; i += 100) await Rename(test, ids, i);
        Assert.Equal(ids.Count / 100 + 300, test.Database.Read(db => BringTo(test, older, db)));

        var sorted = Pages(test, words, _ => new(int.MaxValue, 0, 0, null));
        Assert.Equal(sorted, Pages(test, words, _ => new(0, int.MaxValue, 0, null)));
        Assert.Equal(sorted, Pages(test, words, _ => new(0, 1, int.MaxValue, null)));
        Assert.Equal(sorted, Pages(test, words, _ => new(0, 1, 0, older)));
        foreach (var most in (int[])[1, 40, 10_000])
            Assert.Equal(sorted, Pages(test, words, db => new(0, 0, 0, Kept(NameParts.Make(db, () => false, most)))));
        Assert.Null(test.Database.Read(db => NameParts.Make(db, () => true)));
    }

    /// <summary>Who first asks has the parts made, who asks then has them, and they show what came in since.</summary>
    [Fact]
    public async Task Parts_are_made_when_they_are_first_asked_for_and_follow_every_statement()
    {
        await using var test = await TestDatabase.Create(new TestClock());
        using var index = new IndexReader { ManyNames = Certificates };
        var ids = await Issue(test, 0, Certificates - 1);
        Assert.Null(Names());
        Assert.Null(Names()); // too few
        await Issue(test, Certificates - 1, 1);
        Assert.Null(Names());
        var made = (NameParts?)null;
        Assert.True(SpinWait.SpinUntil(() => (made = Names()) is not null, TimeSpan.FromSeconds(30)));
        await Rename(test, ids, 7);
        await Issue(test, Certificates, 1);
        Assert.Same(made, Names());
        Assert.Equal(test.Database.Read(db => EntryLog.Moment(db).Size), made!.Size);
        const string All = "SELECT seq, holder_key FROM certificate";
        var names = test.Database.Read(db => db.Rows(All, row => (Seq: row.GetInt64(0), Name: row.GetString(1))));
        Assert.Equal(Certificates + 1, names.Count);
        foreach (var (ordinal, one) in names.OrderBy(one => one.Seq).Index()) Assert.Equal(made.PartOf(one.Name, one.Seq), made[ordinal]);

        NameParts? Names() => test.Database.Read(db => index.Read(db, view => view.Names));
    }

    private static int BringTo(TestDatabase test, NameParts parts, DbConnection db) => test.Index.Read(
        db, view => parts.BringTo(db, EntryLog.Moment(db).Size, seq => view.OrdinalOf(seq) ?? throw new InvalidOperationException($"{seq}?")));

    private static NameParts Kept(NameParts? made) => made ?? throw new InvalidOperationException("It was not stopped.");

    private static List<long> Pages(TestDatabase test, string words, Func<DbConnection, HolderOrder.Ways> ways) =>
        test.Database.Read(db => test.Index.Read(db, view =>
        {
            var (seqs, way) = (new List<long>(), ways(db));
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

    private Task<List<string>> Issue(TestDatabase test, int from, int many) => test.Database.WriteAsync(transaction =>
        Enumerable.Range(from, many).Select(i => Publisher.Issue(transaction, RegistryApp.Body, Content(i)).Id).ToList());

    private Task<Recorded> Rename(TestDatabase test, List<string> ids, int i) => test.Amend(new Correct
    {
        Body = RegistryApp.Body,
        Certificate = ids[i],
        EffectiveOn = today,
        Content = Content(0) with { Number = $"N-{i}" },
    });

    private CertificateContent Content(int i)
    {
        var (first, between) = ((char)random.Next('一', '龥'), i % 3 == 0 ? "" : "海");
        var name = i % 5 == 0 ? $"重庆电器{random.Next(100)}" : $"{first}云{between}帆有限公司{random.Next(100)}";
        return Samples.Sparse with { Number = $"N-{i}", Holder = new() { Name = name } };
    }
}
