using System.Net;
using Dapper;

namespace Registry.Tests.Search;

/// <summary>The newest certificates are taken into memory beside the start.</summary>
public sealed class IndexStartTests
{
    /// <summary>A row that cannot be read keeps the index from being ready: certificates are looked up all the same, /readyz says no,
    /// and yes when it can be read.</summary>
    [Fact]
    public async Task Look_ups_do_not_wait_for_the_index_and_readiness_does()
    {
        using var app = new RegistryApp();
        var (one, other) = ((string)(await app.Issue("START-1"))["id"]!, (string)(await app.Issue("START-2"))["id"]!);
        void Issued(string on)
        {
            using var db = Engine.Open(app.Database.Location);
            Assert.Equal(1, db.Execute("UPDATE certificate SET issued_on = @on WHERE id = @other", new { on, other }));
        }
        Issued("never");
        using var again = new RegistryApp(bodies: false, ("Registry:DataFile", app.DataFile));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Asked("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await Asked("/v1/certificates/" + one));
        Issued("2025-03-01");
        Assert.Equal(HttpStatusCode.OK, await Asked("/readyz"));
        Assert.Equal(2, (long)(await again.GetJson("/v1/certificates?q=START"))["total"]!["value"]!);

        async Task<HttpStatusCode> Asked(string path)
        {
            using var answer = await again.Client.GetAsync(path);
            return answer.StatusCode;
        }
    }
}
