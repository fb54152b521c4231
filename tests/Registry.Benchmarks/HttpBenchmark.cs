using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Certificates;

namespace Registry.Benchmarks;

/// <summary>What every kind of question costs the registry, over HTTP, on the release build.</summary>
public static class HttpBenchmark
{
    public const int Connections = 16;
    private const int Numbers = 1_000;

    /// <summary>Something that is asked: the arguments of wrk/load.lua, and how many connections ask.</summary>
    private sealed record Scenario(string Name, string[] Asked, int Connections = Connections);

    private sealed record Result(Scenario Scenario, Drive Together, Drive? Alone);

    public static async Task Run(Settings run)
    {
        Measured.Tool("wrk", "wrk");
        var loaded = await Loaded.Prepare(run);
        var start = await ColdStart(run, loaded);
        var results = new List<Result>();
        var memory = new List<(string When, Footprint Footprint)>();
        var extra = new StringBuilder();

        // The cold start has emptied the system's memory of the file; what follows is not of the disk.
        using (var file = File.OpenRead(loaded.Database)) await file.CopyToAsync(Stream.Null, 1 << 20);
        await using (var server = await loaded.Serve(run.Port))
        {
            memory.Add(("just started", server.Memory));
            var lookUps = LookUps(run, loaded);
            await Drive(run, server, lookUps, results);
            await AtSeventyPercent(run, server, results, extra);
            memory.Add(("after look-ups", server.Memory));
            await Drive(run, server, [.. Searches(run), .. await Pages(run, server)], results);
            memory.Add(("after searching", server.Memory));
            await Drive(run, server, Lists(run), results);
            await Verifications(run, loaded, server, results, extra);
        }
        await Posts(run, loaded, results, extra);

        var text = new StringBuilder($"""
            # Questions to {run.Count:#,0}
            {Measured.Machine(run.Folder)}. wrk 4.1 on one thread, on the same processors as the server; medians of {run.Rounds} rounds of {run.Seconds} s (worst: of all). Processor time is the server's, user and system.
            *Busy* is how many processors the server, wrk and everything else on the machine kept busy on average; where the three sum to {Environment.ProcessorCount}, times in the first columns are mostly waiting for a processor. *Alone* is one connection: the time of one request by itself.

            | asked | 16 at once: requests/s | p50 ms | p99 ms | alone: p50 ms | p99 ms | worst ms | processor µs/request | bytes | busy: limited by |
            |---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var (scenario, together, alone) in results)
            text.Append(CultureInfo.InvariantCulture, $"| {scenario.Name}{(together.Failed > 0 ? $" (**{together.Failed} failed**)" : "")} | {Measured.Figure(together.Rate)} | {Measured.Figure(together.P50 / 1000)} | {Measured.Figure(together.P99 / 1000)} | {Of(alone, d => d.P50)} | {Of(alone, d => d.P99)} | {Of(alone, d => d.Worst)} | {Measured.Figure(together.Cpu)} | {Measured.Figure(together.Bytes)} | {together.Limit} |\n");
        text.Append(CultureInfo.InvariantCulture, $"\n{start}{extra}- {Footprint.Title}: {string.Join(", ", memory.Select(m => $"{m.When} {m.Footprint}"))}\n");
        Results.Write(run, "http", text.ToString());

        static string Of(Drive? drive, Func<Drive, double> figure) => drive is null ? "" : Measured.Figure(figure(drive) / 1000);
    }

    /// <summary>Every scenario in every round: what disturbs a while disturbs all alike.</summary>
    private static async Task Drive(Settings run, Server server, IReadOnlyList<Scenario> scenarios, List<Result> results)
    {
        var wanted = scenarios.Where(scenario => run.Wants(scenario.Name)).ToList();
        var drives = wanted.ToDictionary(scenario => scenario, _ => (Together: new List<Drive>(), Alone: new List<Drive>()));
        foreach (var scenario in wanted)
        {
            Console.Error.WriteLine($"warming up {scenario.Name}");
            await Measured.WarmUp(server, scenario.Connections, scenario.Asked);
        }
        for (var round = 1; round <= run.Rounds; round++)
            foreach (var scenario in wanted)
            {
                Console.Error.WriteLine($"{round}/{run.Rounds} {scenario.Name}");
                drives[scenario].Together.Add(await Measured.Wrk(server, scenario.Connections, run.Seconds, round, 0, scenario.Asked));
                drives[scenario].Alone.Add(await Measured.Wrk(server, 1, Math.Max(1, run.Seconds / 2), round, 0, scenario.Asked));
            }
        results.AddRange(wanted.Select(scenario => new Result(scenario, Benchmarks.Drive.Median(drives[scenario].Together), Benchmarks.Drive.Median(drives[scenario].Alone))));
    }

    private static List<Scenario> LookUps(Settings run, Loaded loaded)
    {
        var scenarios = new List<Scenario>
        {
            new("`/v1/certificates/{id}`, any id", ["records", loaded.Ids, "13", "/v1/certificates/", "-"]),
            new("`/c/{id}`, the page of any id", ["records", loaded.Ids, "13", "/c/", "-"]),
        };
        if (new FileInfo(loaded.MarkCodes).Length > 0)
            scenarios.AddRange([new("`/m/{code}`, the page a mark opens", ["records", loaded.MarkCodes, "13", "/m/", "-"]), new("`/v1/marks/{code}`", ["records", loaded.MarkCodes, "13", "/v1/marks/", "-"])]);
        return scenarios;
    }

    private static List<Scenario> Searches(Settings run) =>
        [.. ((Kind[])[.. Questions.Searches(run), Questions.Suggestions(run)]).Select(kind => new Scenario(kind.Name, ["lines", Keep(run, kind.Name, kind.Addresses)]))];

    /// <summary>The second page shows what total and facets cost, which come with the first alone; the hundredth, whether depth costs.</summary>
    private static async Task<List<Scenario>> Pages(Settings run, Server server)
    {
        using var http = new HttpClient { BaseAddress = new(server.Address) };
        var scenarios = new List<Scenario>();
        foreach (var (name, query) in ((string, string)[])[("有限公司", "q=" + Uri.EscapeDataString("有限公司")), ("科技, valid", "q=" + Uri.EscapeDataString("科技") + "&status=valid")])
        {
            string? cursor = null;
            for (var page = 1; page <= 100; page++)
            {
                if (page is 2 or 100) scenarios.Add(new($"search {name}: page {page}, no total, no facets", ["lines", Keep(run, $"page {page} {name}", [$"/v1/certificates?{query}&cursor={cursor}"])]));
                var answer = JsonNode.Parse(await http.GetStringAsync($"/v1/certificates?{query}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}"))!;
                if ((cursor = (string?)answer["next"]) is null) break;
            }
        }
        return scenarios;
    }

    private static List<Scenario> Lists(Settings run) =>
    [
        new("page `/`, the first a visitor sees", ["lines", Keep(run, "home", ["/"])]),
        new("page `/?q=` of 2 characters", ["lines", Keep(run, "search page", ["/?q=" + Uri.EscapeDataString("电器"), "/?q=" + Uri.EscapeDataString("鑫盛"), "/?q=" + Uri.EscapeDataString("广东")])]),
        new("`/v1/categories` with counts", ["lines", Keep(run, "categories", ["/v1/categories"])], 2),
        new("`/v1/bodies` with counts", ["lines", Keep(run, "bodies", ["/v1/bodies"])], 2),
    ];

    /// <summary>Look-ups as they come at seven tenths of what the server can do: 64 connections that wait between requests, so that a queue can form and be seen.</summary>
    private static async Task AtSeventyPercent(Settings run, Server server, List<Result> results, StringBuilder extra)
    {
        const int connections = 64;
        foreach (var (scenario, together, _) in results.Take(2).ToList())
        {
            var delay = Math.Max(1, connections / (0.7 * together.Rate) * 1000 - together.P50 / 1000);
            var drives = new List<Drive>();
            for (var round = 1; round <= run.Rounds; round++) drives.Add(await Measured.Wrk(server, connections, run.Seconds, round, delay, scenario.Asked));
            var drive = Benchmarks.Drive.Median(drives);
            extra.Append(CultureInfo.InvariantCulture, $"- {scenario.Name} at {drive.Rate / together.Rate * 100:0} % of its full load ({Measured.Figure(drive.Rate)} requests/s from {connections} connections with pauses): p50 {Measured.Figure(drive.P50 / 1000)} ms, p99 {Measured.Figure(drive.P99 / 1000)} ms, worst {Measured.Figure(drive.Worst / 1000)} ms\n");
        }
    }

    /// <summary>1,000 numbers in one request, against 1,000 reads of the same numbers by SQLite itself.</summary>
    private static async Task Verifications(Settings run, Loaded loaded, Server server, List<Result> results, StringBuilder extra)
    {
        var generator = new Generator(run.Seed);
        var draw = new Generator.Draw(run.Seed, 10, 0);
        var requests = Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, Numbers).Select(_ => generator.Row((long)(draw.Unit() * run.Count)).Number).ToArray()).ToArray();
        var lines = requests.Select(numbers => new JsonObject { ["rows"] = new JsonArray([.. numbers.Select(number => new JsonObject { ["number"] = number })]) }.ToJsonString());
        var scenario = new Scenario($"`/v1/verifications` of {Numbers:#,0} numbers", ["post", Keep(run, "verifications", lines), "/v1/verifications", "-", "application/json"], 4);
        if (!run.Wants(scenario.Name)) return;
        await Drive(run, server, [scenario], results);
        var raw = RawSqlite.ByNumber(loaded.Database, [.. requests.Take(20).SelectMany(numbers => numbers).Select(number => CertificateNumber.Normalise(number)!)]);
        extra.Append(CultureInfo.InvariantCulture, $"- verification: {Measured.Figure(results[^1].Together.Cpu / Numbers)} µs of processor time a number; raw SQLite reads one in {Measured.Figure(raw)} µs (same file, prepared statement, all columns of certificate and body): {Measured.Figure(results[^1].Together.Cpu / Numbers / raw)} of it\n");
    }

    /// <summary>Rounds of posts that are not counted: what is compiled beforehand is compiled anew as it is used, and after one round of five
    /// seconds a post still took a tenth more.</summary>
    internal const int PostWarmUps = 2;

    /// <summary>Single posts, each durable before its answer, into a copy of the file, so that the loaded one stays what it is.</summary>
    private static async Task Posts(Settings run, Loaded loaded, List<Result> results, StringBuilder extra)
    {
        const string name = "`POST /v1/certificates`, single and durable";
        if (!run.Wants(name)) return;
        var copy = Path.Combine(run.Folder, "posts.db");
        File.Copy(loaded.Database, copy, overwrite: true);
        // What the system has yet to write of the copy would be in the way of every flush.
        using (var written = File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(written);
        await using (var server = await loaded.Serve(run.Port, copy))
        {
            var (together, alone) = (new List<Drive>(), new List<Drive>());
            for (var round = 0; round < PostWarmUps + run.Rounds; round++)
            {
                Console.Error.WriteLine($"{round}/{PostWarmUps + run.Rounds} {name}");
                var many = await Measured.Wrk(server, Connections, run.Seconds, 1, 0, Drafts(run, round * 2, 15_000 * run.Seconds, loaded.Key));
                var one = await Measured.Wrk(server, 1, Math.Max(1, run.Seconds / 2), 1, 0, Drafts(run, round * 2 + 1, 5_000 * run.Seconds, loaded.Key));
                if (round < PostWarmUps) continue;
                together.Add(many);
                alone.Add(one);
            }
            results.Add(new(new(name, []), Benchmarks.Drive.Median(together), Benchmarks.Drive.Median(alone)));
        }
        foreach (var file in Directory.EnumerateFiles(run.Folder, "posts.*")) File.Delete(file);
        var sync = Measured.Fdatasync(run.Folder);
        extra.Append(CultureInfo.InvariantCulture, $"- single posts: {Measured.Figure(results[^1].Together.Rate)}/s from 16 at once; one fdatasync after another does {Measured.Figure(1000 / sync)}/s here, so {Measured.Figure(results[^1].Together.Rate * sync / 1000)} of one fsync a post\n");
    }

    /// <summary>Drafts that were never posted before: rows beyond the loaded ones, of the body whose key is at hand.</summary>
    internal static string[] Drafts(Settings run, int part, int count, string key)
    {
        var file = Path.Combine(run.Folder, $"drafts {part}");
        GeneratedFile.Write(file, new Generator(run.Seed), run.Count + part * 1_000_000L, count, 1, '\n', status: false);
        return ["post", file, "/v1/certificates", key, "application/json"];
    }

    /// <summary>From start to ready and to the first answers, with nothing of the file in memory and with all of it.</summary>
    private static async Task<string> ColdStart(Settings run, Loaded loaded)
    {
        if (run.Only is not null) return "";
        var text = new StringBuilder();
        var id = File.ReadLines(loaded.Ids).First();
        foreach (var cold in (bool[])[true, false])
        {
            if (cold)
                try { File.WriteAllText("/proc/sys/vm/drop_caches", "3"); }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException) { text.Append("- the page cache cannot be dropped here: no cold start with an empty cache was measured\n"); continue; }
            await using var server = await loaded.Serve(run.Port);
            using var http = new HttpClient { BaseAddress = new(server.Address) };
            var times = new List<double>();
            foreach (var path in (string[])[$"/v1/certificates/{id}", "/v1/certificates?q=" + Uri.EscapeDataString("电器")])
            {
                var clock = Stopwatch.StartNew();
                using var answer = await http.GetAsync(path);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            text.Append(CultureInfo.InvariantCulture, $"- start with {(cold ? "an empty" : "a warm")} page cache: ready after {server.ReadyAfter:0} ms, first look-up {times[0]:0} ms, first search {times[1]:0} ms\n");
        }
        return text.ToString();
    }

    /// <summary>Writes lines for wrk and gives the file.</summary>
    private static string Keep(Settings run, string name, IEnumerable<string> lines)
    {
        var file = Path.Combine(run.Folder, "asked " + string.Concat(name.Where(char.IsLetterOrDigit)));
        File.WriteAllText(file, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
        return file;
    }
}
