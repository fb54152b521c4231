using System.Net;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Pages;

public sealed class LogPageTests
{
    [Theory, InlineData("zh", "公开日志", "叶哈希", "该声明在日志之中"), InlineData("en", "The public log", "Leaf hash", "the statement is in the log")]
    public async Task The_log_is_explained_and_one_statement_checked_step_by_step(string language, string title, string leaf, string verdict)
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        await app.Grow(300);
        var page = await app.Client.GetStringAsync($"/log?lang={language}");
        var newest = app.Database.Read(TreeStore.Newest)!;
        Assert.All((string[])[title, $"<dd>{newest.Size}</dd>", Convert.ToBase64String(newest.Root).Replace("+", "&#x2B;"), "registry mirror https://reg.example"], part => Assert.Contains(part, page));

        page = await app.Client.GetStringAsync($"/log?lang={language}&id={id.ToLowerInvariant()}");
        var proof = InclusionProof.Parse(await app.Client.GetStringAsync("/v1/log/2/proof"))!;
        Assert.All((string[])[leaf, verdict, Convert.ToHexStringLower(MerkleTree.LeafHash(proof.Leaf)), Convert.ToHexStringLower(newest.Root), "青屿云帆电器（演示）有限公司"], part => Assert.Contains(part, page));
        Assert.All(proof.Hashes, hash => Assert.Contains(Convert.ToHexStringLower(hash), page));
        Assert.DoesNotContain("✗", page);
        Assert.Equal(3, page.Split("✓").Length - 1);
        Assert.Equal(9, proof.Hashes.Count);
    }

    /// <summary>What does not fit is shown as not fitting, not left out.</summary>
    [Fact]
    public async Task A_statement_that_was_changed_in_the_file_is_shown_as_not_fitting()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        await app.Database.WriteAsync(t =>
        {
            using var forger = NoteSigner.Create("reg.example/log");
            var leaf = Jws.Sign(forger, EntryLog.Get(t.Connection, 2).Statement.ToJson());
            return Dapper.SqlMapper.Execute(t.Connection, "UPDATE entry SET head = NULL, leaf = @leaf WHERE seq = 2", new { leaf });
        });
        var page = await app.Client.GetStringAsync($"/log?lang=en&id={id}");
        Assert.Contains("✗ The signature does not fit the statement.", page);
        Assert.Contains("✗ The step before gives another root", page);
    }

    /// <summary>What is claimed is what this installation has: a witness that is named in the settings and has signed, or none.</summary>
    [Fact]
    public async Task Without_a_witness_the_page_says_who_alone_would_notice()
    {
        using var witness = NoteSigner.Create("witness.example", VerifierKey.Cosignature);
        using var stranger = NoteSigner.Create("stranger.example", VerifierKey.Cosignature);
        using var app = new RegistryApp(bodies: true, ("Registry:Witnesses:0", $"{witness.VerifierKey} http://127.0.0.1:9"));
        await app.Issue();
        async Task Claims(bool isWitnessed)
        {
            foreach (var (language, promise, admission) in ((string, string, string)[])
                [("zh", "登记簿不能给不同的人看不同的日志。", "只有镜像和留有较早检查点的人会发现"), ("en", "cannot show different logs to different people", "only mirrors and whoever kept an older checkpoint would notice")])
            {
                var page = await app.Client.GetStringAsync("/log?lang=" + language);
                Assert.Equal((isWitnessed, !isWitnessed), (page.Contains(promise), page.Contains(admission)));
            }
        }
        Task Cosign(NoteSigner signer) => app.Database.WriteAsync(t =>
        {
            var newest = TreeStore.Newest(t.Connection)!;
            TreeStore.AddCosignature(t.Connection, newest, signer.Cosign(Note.Parse(newest.Signed)!.Text, app.Clock.Now).Line + "\n");
            return 0;
        });
        await Claims(false);
        await Cosign(stranger); // a line that somebody invented is no witness of this installation
        await Claims(false);
        await Cosign(witness);
        await Claims(true);
    }

    [Theory]
    [InlineData("/log?id=XXXX", HttpStatusCode.BadRequest)]
    [InlineData("/log?id=0000000000000", HttpStatusCode.NotFound)]
    [InlineData("/log?entry=99", HttpStatusCode.NotFound)]
    [InlineData("/log?entry=-1", HttpStatusCode.NotFound)]
    [InlineData("/log?entry=x", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_a_plain_answer(string path, HttpStatusCode status)
    {
        using var app = new RegistryApp();
        Assert.Equal(status, (await app.Client.GetAsync(path)).StatusCode);
    }
}
