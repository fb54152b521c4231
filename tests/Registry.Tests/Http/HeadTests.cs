using System.Net;

namespace Registry.Tests.Http;

public sealed class HeadTests
{
    /// <summary>Watchers, caches and link checkers ask so. (That no content is sent is the server's own doing, which the test host has not.)</summary>
    [Fact]
    public async Task HEAD_is_answered_as_GET_is_and_changes_nothing()
    {
        using var app = new RegistryApp();
        var id = (string)(await app.Issue())["id"]!;
        foreach (var path in (string[])["/", $"/c/{id}", $"/v1/certificates/{id}", "/log/checkpoint", "/log/tile/entries/000.p/1", "/livez", "/assets/site.css", "/openapi/v1.json", "/c/NOT-AN-ID"])
        {
            using var get = await app.Send("GET", path);
            using var head = await app.Send("HEAD", path);
            Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        }
        using var post = await app.Send("HEAD", "/v1/verifications");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }
}
