using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Tests.Verification;

/// <summary>The day of effect and the instant of recording, asked of the real program and read again from the log by a naive reader that shares nothing with it.</summary>
public sealed class TwoTimesTests
{
    private const int Certificates = 30, Acts = 200, Lists = 25, Rows = 40;
    private static readonly DateOnly first = new(2025, 9, 1);

    /// <summary>What the log says of one certificate on a day, as recorded up to an instant: by reading every entry.</summary>
    private sealed class Naive
    {
        private readonly List<(long At, JsonNode Said, string? Id)> entries = [];

        public Naive(RegistryApp app)
        {
            var at = 0L;
            foreach (var leaf in app.Database.Read(db => EntryLog.Leaves(db, 0, int.MaxValue).ToList()))
            {
                var said = JsonNode.Parse(Base64Url.DecodeFromChars(Encoding.ASCII.GetString(leaf).Split('.')[1]))!;
                at = Math.Max(at, DateTimeOffset.Parse((string)said["statedAt"]!).ToUnixTimeMilliseconds());
                entries.Add((at, said, (string)said["act"]! == "issue" ? Identifier.OfHash(MerkleTree.LeafHash(leaf)) : said["certificate"] is JsonValue id ? (string)id! : null));
            }
        }

        public string Answer(string id, string day, long? known)
        {
            var about = entries.Where(entry => entry.Id == id && entry.At <= (known ?? long.MaxValue)).ToList();
            if (about.Count == 0) return "not-in-registry";
            string Act(JsonNode said) => (string)said["act"]!;
            bool InEffect(JsonNode said) => Act(said) == "issue" || string.CompareOrdinal((string)said["effectiveOn"]!, day) <= 0;
            var (content, status, decided) = (about[0].Said["certificate"]!, "", about[0].At);
            var suspensions = new List<(string From, string? To)>();
            foreach (var (at, said, _) in about)
            {
                var effect = (string?)said["effectiveOn"];
                if (Act(said) == "suspend") suspensions.Add((effect!, null));
                if (Act(said) == "restore") suspensions[^1] = (suspensions[^1].From, effect);
                if (!InEffect(said)) continue;
                decided = at;
                if (Act(said) == "correct") content = said["content"]!;
                if (Act(said) is "revoke" or "cancel") status = Act(said) == "revoke" ? "revoked" : "cancelled";
            }
            if (status.Length == 0) status = string.CompareOrdinal(day, (string)content["issuedOn"]!) < 0 ? "not-yet-valid"
                : string.CompareOrdinal(day, (string)content["expiresOn"]!) > 0 ? "expired"
                : suspensions.Any(s => string.CompareOrdinal(s.From, day) <= 0 && (s.To is null || string.CompareOrdinal(day, s.To) < 0)) ? "suspended" : "valid";
            var recorded = DateTimeOffset.FromUnixTimeMilliseconds(decided);
            var later = string.CompareOrdinal(recorded.ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd"), day) > 0;
            return $"{status} {(string)content["level"]!} {recorded:yyyy-MM-ddTHH:mm:ss.fffZ}{(later ? " later" : "")}";
        }
    }

    [Fact]
    public async Task A_thousand_random_questions_agree_with_a_naive_reading_of_the_log()
    {
        using var app = new RegistryApp();
        var random = new Random(16);
        string Day(int days) => first.AddDays(days).ToString("O");
        var ids = await RandomHistories.Make(app, random, Certificates, Acts);

        var naive = new Naive(app);
        var kinds = new SortedSet<string>();
        for (var list = 0; list < Lists; list++)
        {
            DateTimeOffset? known = list % 3 == 0 ? null : new TestClock().Now.AddMinutes(random.Next(0, (int)(app.Clock.Now - new TestClock().Now).TotalMinutes));
            var asked = Enumerable.Range(0, Rows).Select(_ => (ids[random.Next(ids.Count)], Day: Day(random.Next(0, 700)))).ToArray();
            var rows = await VerificationTests.Verify(app, new { knownAt = known?.ToString("O"), rows = asked.Select(one => new { number = one.Item1.Number, on = one.Day }) });
            for (var i = 0; i < Rows; i++)
            {
                var ((id, number), day) = asked[i];
                var row = rows[i]!;
                var told = row["certificate"] is null ? (string)row["result"]! : $"{row["result"]} {row["certificate"]!["level"]!["code"]} {row["recordedAt"]}{(row["recordedLater"] is null ? "" : " later")}";
                var expected = naive.Answer(id, day, known?.ToUnixTimeMilliseconds());
                Assert.True(expected == told, $"{number} on {day} known at {known:O}: the log says {expected}, the registry {told}");
                kinds.Add(expected.Split(' ')[0] + (expected.EndsWith("later", StringComparison.Ordinal) ? " later" : ""));
            }
        }
        // Questions that never met a kind of answer would prove nothing of it.
        foreach (var status in (string[])["valid", "suspended", "revoked", "cancelled", "expired", "not-yet-valid"])
            Assert.True(kinds.Contains(status) && kinds.Contains(status + " later"), $"{status}: {string.Join(", ", kinds)}");
        Assert.Contains("not-in-registry", kinds);
    }

    [Fact]
    public async Task A_revocation_recorded_later_is_told_with_both_times()
    {
        using var app = new RegistryApp();
        app.Clock.Now = new(2026, 6, 16, 2, 0, 0, TimeSpan.Zero);
        var id = (string)(await app.Issue("LATE-1"))["id"]!;
        app.Clock.Now = new(2026, 7, 20, 2, 0, 0, TimeSpan.Zero);
        (await app.Send("POST", $"/v1/certificates/{id}/revoke", new { effectiveOn = "2026-06-20" }, app.Key)).EnsureSuccessStatusCode();
        app.Clock.Now = new(2026, 8, 1, 2, 0, 0, TimeSpan.Zero);

        var page = await app.Client.GetStringAsync($"/c/{id}?on=2026-07-01&lang=en");
        Assert.Contains("As recorded by the end of that day: valid on 2026-07-01; a revocation recorded on 2026-07-20 takes effect from 2026-06-20. So the answer now is: revoked on 2026-07-01.", page);
        var then = await app.Client.GetStringAsync($"/c/{id}?on=2026-07-01&knownAt=2026-07-05&lang=en");
        Assert.Contains("As recorded until 2026-07-05 23:59 (Beijing time): valid on 2026-07-01; a revocation recorded on 2026-07-20", then);
        Assert.Contains("the day it takes effect, and when it was recorded", then);
        // A certificate issued today with last year's date.
        Assert.Contains("the registry had nothing of this certificate; its issue was recorded on 2026-06-16", await app.Client.GetStringAsync($"/c/{id}?on=2025-07-01&lang=en"));
        Assert.DoesNotContain("As recorded", await app.Client.GetStringAsync($"/c/{id}?on=2026-07-25&lang=en"));
        Assert.Contains("按 2026-07-05 23:59（北京时间）为止的登记：2026-07-01 有效；2026-07-20 登记的撤销自 2026-06-20 起生效", await app.Client.GetStringAsync($"/c/{id}?on=2026-07-01&knownAt=2026-07-05&lang=zh"));

        var rows = await VerificationTests.Verify(app, new { rows = new object[] { new { number = "LATE-1", on = "2026-07-01" }, new { number = "LATE-1", on = "2026-07-20" }, new { number = "LATE-1", on = "2026-06-19" } } });
        Assert.Equal("revoked later 2026-07-20T02:00:00.000Z | revoked  2026-07-20T02:00:00.000Z | valid  2026-06-16T02:00:00.000Z", string.Join(" | ", rows.Select(row => $"{row!["result"]} {(row["recordedLater"] is null ? "" : "later")} {row["recordedAt"]}")));
        Assert.Contains("recorded on 2026-07-20, after the day asked", (string)rows[0]!["message"]!);

        // Nobody knows what will be recorded.
        using var ahead = await app.Send("POST", "/v1/verifications", new { knownAt = "2026-08-02T00:00:00Z", rows = new object[] { new { number = "LATE-1" } } });
        Assert.Equal("422 known-at-ahead /knownAt", $"{(int)ahead.StatusCode} {(await Problem(ahead))["errors"]![0]!["code"]} {(await Problem(ahead))["errors"]![0]!["pointer"]}");
        using var bare = await app.Send("POST", "/v1/verifications", new { knownAt = "2026-07-01T00:00:00", rows = new object[] { new { number = "LATE-1" } } });
        Assert.Equal("bad-instant", (string)(await Problem(bare))["errors"]![0]!["code"]!);
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, (await app.Client.GetAsync($"/v1/certificates/{id}?knownAt=2027-01-01T00:00:00Z")).StatusCode);
    }

    private static async Task<JsonNode> Problem(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
}
