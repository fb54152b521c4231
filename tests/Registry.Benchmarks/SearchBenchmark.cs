using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Search;

namespace Registry.Benchmarks;

/// <summary>
/// What every kind of search costs in this process, without HTTP and JSON: processor time of the thread that searches, which others on the machine do not lengthen, and beside it
/// the time that went by. Rows of the page are read and told as certificates.
/// </summary>
public static class SearchBenchmark
{
    private const int Asked = 400, WarmUp = 40, ThreadCpu = 3; // CLOCK_THREAD_CPUTIME_ID

    private sealed record Cost(double[] Cpu, double[] Wall, long Hits, int Incomplete)
    {
        public override string ToString() => $"{Of(Cpu, 0.5)} / {Of(Cpu, 0.99)} / {Of(Cpu, 1)}";

        public string Waited => $"{Of(Wall, 0.5)} / {Of(Wall, 0.99)}";

        private static string Of(double[] times, double share) => Measured.Figure(times.Order().ElementAt(Math.Min(times.Length - 1, (int)(times.Length * share))));
    }

    public static async Task Run(Settings run)
    {
        // A copy: a newer program brings its tables up to date.
        var loaded = await Loaded.Prepare(run, publish: false);
        await using var database = new Database(new(loaded.Database), TimeProvider.System, NullLogger<Database>.Instance, author: null, _ => null);
        using var index = new IndexReader();
        var today = Day.Of(DateTimeOffset.UtcNow);
        var start = Cpu();
        database.Read(db => index.Read(db, view => view.Certificates));
        var took = Cpu() - start;
        // As the server does at its start; the order of names is made beside what is asked first.
        await index.Prepare(database.Location);
        var text = new StringBuilder($"""
            # Searches in {run.Count.ToString("#,0", CultureInfo.InvariantCulture)}, in one process
            {Measured.Machine(run.Folder)}. Milliseconds of processor time of the searching thread, p50 / p99 / worst of {Asked} questions; *waited* is the time by the clock, p50 / p99, of total and facets. Taking the newest certificates into memory took {Measured.Figure(took)} ms.

            | asked | first page alone | and total | and all facets | waited | hits (median) |
            |---|---|---|---|---|---|

            """);
        foreach (var kind in Questions.Searches(run))
        {
            if (!run.Wants(kind.Name)) continue;
            var (alone, total, all) = (Ask(Questions.Alone), Ask(Questions.Counted), Ask(""));
            var incomplete = alone.Incomplete + total.Incomplete + all.Incomplete is > 0 and var some ? $" (**{some} incomplete**)" : "";
            var row = $"| {kind.Name}{incomplete} | {alone} | {total} | {all} | {all.Waited} | {Measured.Figure(all.Hits)} |";
            Console.Error.WriteLine(row);
            text.Append(row).Append('\n');

            Cost Ask(string with)
            {
                var queries = kind.Addresses.Take(Asked).Select(address => Parse(address + (address.Contains('?') ? with : with.Replace("&facets", "?facets", StringComparison.Ordinal)))).ToArray();
                foreach (var query in queries.Take(WarmUp)) Time(query);
                var times = Enumerable.Range(0, Asked).Select(n => Time(queries[n % queries.Length])).ToArray();
                return new([.. times.Select(t => t.Cpu)], [.. times.Select(t => t.Wall)], times.Select(t => t.Hits).Order().ElementAt(Asked / 2), times.Count(t => t.Incomplete));
            }
        }
        text.Append(CultureInfo.InvariantCulture, $"\n- resident afterwards: {Environment.WorkingSet / 1e6:0} MB, of it managed {GC.GetTotalMemory(forceFullCollection: false) / 1e6:0}\n");
        if (run.Only is null) text.Append(loaded.Bytes()).Append(Random());
        Results.Write(run, "search", text.ToString());

        // Each question once, of any kind, first page with total and facets: how often the time was over before everything had been looked at.
        string Random()
        {
            var kinds = Questions.Searches(run);
            var draw = new Random((int)run.Seed);
            var (incomplete, worst, clock) = (0, 0.0, System.Diagnostics.Stopwatch.StartNew());
            for (var n = 1; n <= run.Random; n++)
            {
                var addresses = kinds[draw.Next(kinds.Count)].Addresses;
                var asked = Time(Parse(addresses[draw.Next(addresses.Length)]));
                if (asked.Incomplete) incomplete++;
                worst = Math.Max(worst, asked.Cpu);
                if (n % 10_000 == 0) Console.Error.WriteLine($"{n:#,0} random queries, {incomplete} incomplete");
            }
            return string.Create(CultureInfo.InvariantCulture, $"""
                - of {run.Random:#,0} random queries {incomplete:#,0} were incomplete: stopped when the processor had worked for the page for {CertificateSearch.Limit.TotalMilliseconds:0} ms
                - each took {Measured.Figure(clock.Elapsed.TotalMilliseconds / run.Random)} ms on average, the worst {Measured.Figure(worst)} ms of processor time

                """);
        }

        (double Cpu, double Wall, long Hits, bool Incomplete) Time(SearchQuery query)
        {
            var (clock, cpu) = (System.Diagnostics.Stopwatch.GetTimestamp(), Cpu());
            var result = database.Read(db => CertificateSearch.Run(db, index, query, today));
            return (Cpu() - cpu, System.Diagnostics.Stopwatch.GetElapsedTime(clock).TotalMilliseconds, result.Total?.Value ?? result.Items.Length, result.Incomplete == true);
        }
    }

    private static SearchQuery Parse(string address)
    {
        var values = QueryHelpers.ParseQuery(address.Contains('?') ? address[address.IndexOf('?')..] : "");
        return SearchQuery.Parse(name => values.TryGetValue(name, out var value) ? (string?)value : null);
    }

    /// <summary>Milliseconds of processor time of this thread.</summary>
    internal static double Cpu()
    {
        if (ClockGettime(ThreadCpu, out var time) != 0) throw new InvalidOperationException("The clock of a thread cannot be read.");
        return time.Seconds * 1e3 + time.Nanoseconds / 1e6;
    }

    private struct Timespec
    {
        public long Seconds, Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGettime(int clock, out Timespec time);
}
