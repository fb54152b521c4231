namespace Registry.Tests;

/// <summary>Certificates with random lives, posted to the real program under a clock that runs on: acts with effects on earlier days, many of them refused.</summary>
internal static class RandomHistories
{
    private static readonly DateOnly first = new(2025, 9, 1);

    /// <summary>Ids and numbers of the certificates.</summary>
    public static async Task<List<(string Id, string Number)>> Make(RegistryApp app, Random random, int certificates, int acts)
    {
        var ids = new List<(string Id, string Number)>();
        var accepted = 0;
        for (var step = 0; step < certificates + acts; step++)
        {
            app.Clock.Now += TimeSpan.FromMinutes(random.Next(1, 3 * 24 * 60));
            if (ids.Count < certificates && (ids.Count == 0 || random.Next(4) == 0))
            {
                ids.Add(((string)(await Issue(app, random, $"T-{ids.Count}"))["id"]!, $"T-{ids.Count}"));
                continue;
            }
            var effectiveOn = Registry.Certificates.Day.Of(app.Clock.Now).AddDays(-random.Next(0, 120)).ToString("O");
            var (act, body) = random.Next(16) switch
            {
                0 => ("revoke", (object)new { effectiveOn }),
                1 => ("cancel", new { effectiveOn }),
                < 7 => ("suspend", new { effectiveOn }),
                < 12 => ("restore", new { effectiveOn }),
                _ => ("correct", new { effectiveOn, certificate = new { level = random.Next(2) == 0 ? "three-star" : "five-star" } }),
            };
            using var answer = await app.Send("POST", $"/v1/certificates/{ids[random.Next(ids.Count)].Id}/{act}", body, app.Key);
            if (answer.IsSuccessStatusCode) accepted++;
        }
        Assert.InRange(accepted, acts / 4, acts);
        return ids;
    }

    private static Task<System.Text.Json.Nodes.JsonObject> Issue(RegistryApp app, Random random, string number)
    {
        var issuedOn = first.AddDays(random.Next(0, 480));
        return app.Issue(number, d => (d["issuedOn"], d["expiresOn"], d["level"], d["score"]) = (issuedOn.ToString("O"), issuedOn.AddDays(random.Next(100, 700)).ToString("O"), "four-star", 92));
    }
}
