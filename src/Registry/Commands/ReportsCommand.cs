using System.CommandLine;
using Registry.Marks;

namespace Registry.Commands;

/// <summary><c>registry reports</c>: what the public reported about marks.</summary>
public static class ReportsCommand
{
    private const int Usual = 50, Most = 100_000;

    public static Command Make()
    {
        var limit = new Option<int>("--limit") { DefaultValueFactory = _ => Usual, Description = "How many, newest first" }.Within(1, Most);
        var reports = new Command("reports", "What the public reported about marks, of every body and of none.") { limit };
        reports.SetAction(parsed => OpenRegistry.Run(parsed, database =>
        {
            foreach (var report in database.Read(db => ReportStore.List(db, null, long.MaxValue, parsed.GetValue(limit))))
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(report.ReportedAt);
                var (code, body) = (report.Code ?? "-", report.Body ?? "-");
                Console.WriteLine($"{at:yyyy-MM-dd HH:mm}Z  {report.Id}  {report.Kind}  {code}  {body}  {report.Place}  {report.Text}");
            }
            return Task.CompletedTask;
        }));
        return reports;
    }
}
