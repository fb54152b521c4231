using System.Diagnostics;
using Registry.Answers;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;
using Registry.Verification;
using Registry.Watching;

namespace Registry.Demo;

/// <summary>Fills the demo's file once and prints where to look.</summary>
public static class DemoGuide
{
    public static async Task Prepare(WebApplication app)
    {
        var database = app.Services.GetRequiredService<Database>();
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (database.Read(Transparency.EntryLog.Size) == 0)
        {
            var start = Stopwatch.GetTimestamp();
            Console.WriteLine("Recording about 5,000 invented certificates …");
            await DemoData.Load(database, now, withSpecimens: true);
            await KeepSpecimens(app, database, now);
            var (size, took) = (database.Read(Transparency.EntryLog.Size), Stopwatch.GetElapsedTime(start));
            Console.WriteLine($"Recorded {size} statements in {took.TotalSeconds:0.0} s.");
        }
        else if (database.Read(db => BodyStore.All(db).All(b => b.Name != DemoData.Bodies[0].Name)))
            throw new InvalidOperationException(
                $"{database.Location} is no demo's file; a demo does not touch it. Start the demo in another folder.");
        // Each start makes a key of its own for a day; the README's tour reads it from the file beside the database.
        var body = DemoData.Bodies[0].Number;
        var key = await database.WriteAsync(transaction => ApiKeys.Create(transaction, body, "demo", transaction.Now.AddDays(1)).Key);
        var file = Path.Combine(Path.GetDirectoryName(Settings.DemoFile)!, "key");
        OwnerOnly.Close(file);
        await File.WriteAllTextAsync(file, key);
        app.Lifetime.ApplicationStarted.Register(() => Print(app, database, key, Day.Of(now)));
    }

    /// <summary>An answer and a watch at addresses that everybody knows: what the contract's examples ask for.</summary>
    private static async Task KeepSpecimens(WebApplication app, Database database, DateTimeOffset now)
    {
        var certificate = Specimens.Certificate(Specimens.Read);
        var question = new VerificationRequest(Rows: [new VerificationRow { Code = certificate, Name = Specimens.HolderName }]);
        var list = AskedList.Of(question.Rows!);
        foreach (var kept in (string[])[Specimens.Answer, Specimens.DeletedAnswer])
            await app.Services.GetRequiredService<AnswerKeeper>().Keep((kept, Specimens.DeletionCode), question,
                (db, at) => (list, list.Answer(db, question, at, Language.En)), Language.En, CancellationToken.None);
        var watched = new WatchDraft([certificate], null, null, Day.Of(now).AddYears(Watch.MaxYears));
        await database.WriteAsync(transaction =>
        {
            foreach (var id in (string[])[Specimens.Watch, Specimens.EndedWatch]) WatchStore.Begin(transaction, watched, id);
            return 0;
        });
    }

    private static void Print(WebApplication app, Database database, string key, DateOnly today)
    {
        var at = app.Services.GetRequiredService<PublicAddress>().Base;
        var index = app.Services.GetRequiredService<IndexReader>();
        // Without the limit of a request: the index takes in what was just recorded, on a busy machine longer than a read may.
        using var db = database.Location.OpenReadOnly();
        string? First(string status)
        {
            var query = SearchQuery.Parse(name => name == "status" ? status : name == "category" ? "26" : null);
            return CertificateSearch.Hits(db, index, query, today).Select(hit => hit.Row.Id).FirstOrDefault();
        }
        Mark? Newest(bool ofProduct) => MarkStore.Newest(db, today, ofProduct);
        var (valid, revoked, mark, product) = (First("valid"), First("revoked"), Newest(ofProduct: false), Newest(ofProduct: true));
        var headers = $"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'";
        var certificate = $$"""{"number":"DEMO-1","holder":{"name":"演示电器有限公司"},"category":26,"level":"five-star","score":95,"scope":"家用电器"""
            + $$"""售后服务（演示）","issuedOn":"{{today:O}}"}""";
        Console.WriteLine($$"""

            Registry, with invented data (stop with Ctrl-C):
              search               {{at}}/
              a valid certificate  {{at}}/c/{{valid}}
              a revoked one        {{at}}/c/{{revoked}}
              a mark               {{at}}/m/{{mark?.Code}}
              a product's code     {{at}}/01/{{product?.Gtin}}
              bidders              {{at}}/verify
              the API              {{at}}/docs
              a key of {{DemoData.Bodies[0].Number}} for a day  {{key}}

            Post a certificate:
              curl {{at}}/v1/certificates {{headers}} -d '{{certificate}}'
            Revoke it (with the id of the answer):
              curl {{at}}/v1/certificates/ID/revoke {{headers}} -d '{"reason":"misuse"}'

            """);
    }
}
