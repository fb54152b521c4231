using System.CommandLine;
using Registry.Benchmarks;

// What the registry costs, measured: see README.md. Every command takes the number of certificates and the seed, and keeps what it makes under --data.
var count = new Option<long>("--count", "-n") { DefaultValueFactory = _ => 10_000, Description = "Certificates: 10000, 100000, 1000000, 10000000" };
var seed = new Option<long>("--seed") { DefaultValueFactory = _ => 1, Description = "Of the generated data" };
var data = new Option<DirectoryInfo>("--data") { DefaultValueFactory = _ => new(Path.Combine(Path.GetTempPath(), "registry-benchmarks")), Description = "Where databases and answers are kept between runs" };
var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 5, Description = "How long each scenario is driven in a round" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3, Description = "Rounds, whose medians are told" };
var port = new Option<int>("--port") { DefaultValueFactory = _ => 5400, Description = "The first of twenty ports that servers are started on" };
var only = new Option<string?>("--only") { Description = "Only scenarios (or peers) whose name holds this text; results/ is then left alone" };
var without = new Option<string?>("--without") { Description = "A peer that is left out, such as Directus, whose installing takes minutes" };
var random = new Option<int>("--random") { DefaultValueFactory = _ => 100_000, Description = "Random queries of which `search` counts those that were incomplete" };
var csv = new Option<bool>("--csv") { Description = "CSV with the headers an import takes, instead of NDJSON" };

var body = new Option<string?>("--body") { Description = "Only the rows of this body, as an import takes them; --count counts all" };
var generate = new Command("generate", "Write invented certificates to standard output.") { csv, body };
generate.SetAction(parsed => GeneratedFile.Write(Console.OpenStandardOutput(), new Generator(parsed.GetValue(seed)), parsed.GetValue(count), parsed.GetValue(csv), parsed.GetValue(body)));

var load = new Command("load", "Load them through `registry import` into a fresh file and say what it cost.");
load.SetAction((parsed, _) => Measured.Command(async () => { await Loaded.Prepare(Run(parsed), again: true); }));

var import = new Command("import", "Further rows into the loaded file, by `registry import` and by raw SQLite.");
import.SetAction((parsed, _) => Measured.Command(() => ImportBenchmark.Run(Run(parsed))));

var http = new Command("http", "Start the release build on the loaded file and drive it with wrk.");
http.SetAction((parsed, _) => Measured.Command(() => HttpBenchmark.Run(Run(parsed))));

var search = new Command("search", "Every kind of search in this process, by the processor time of its thread.");
search.SetAction((parsed, _) => Measured.Command(() => SearchBenchmark.Run(Run(parsed))));

var peers = new Command("peers", "The same look-ups, searches and posts on what a user would pick instead, in turns with the registry.");
peers.SetAction((parsed, _) => Measured.Command(() => PeerBenchmark.Run(Run(parsed))));

var log = new Command("log", "Posting with and without the seal, and appends and proofs of a log of that many entries beside one of 10,000.");
log.SetAction((parsed, _) => Measured.Command(() => LogBenchmark.Run(Run(parsed))));

var map = new Command("map", "What the map from certificates to their newest statements costs: a post with and without it, bytes and proofs.");
map.SetAction((parsed, _) => Measured.Command(() => MapBenchmark.Run(Run(parsed))));

var lists = new Command("lists", "Lists of 10,000 rows as JSON and as a workbook, signed answers and their check, over HTTP.");
lists.SetAction((parsed, _) => Measured.Command(() => AnswerBenchmark.Run(Run(parsed))));

var tables = new Command("tables", "One list imported as lines of JSON, as CSV in GB 18030 and as a workbook; and what a server makes of bad files.");
tables.SetAction((parsed, _) => Measured.Command(() => TableBenchmark.Run(Run(parsed))));

var cluster = new Command("cluster", "Posters and readers on two processes, a primary and a standby of PostgreSQL, undisturbed and while they are killed, beside one process on SQLite.");
cluster.SetAction((parsed, _) => Measured.Command(() => ClusterBenchmark.Run(Run(parsed))));

var nodes = new Command("nodes", "A node on a shared log beside the registry of one file, and beside Fastify on the same PostgreSQL.");
nodes.SetAction((parsed, _) => Measured.Command(() => NodeBenchmark.Run(Run(parsed))));

var goals = new Command("goals", "Draw the table of goals up anew from the files of results/.");
goals.SetAction((_, _) => Measured.Command(() => { Results.DrawUp(); return Task.CompletedTask; }));

var all = new Command("all", "load, import, search, http and peers at 10,000 and 1,000,000, all but peers at 10,000,000; at one size with --count. What is loaded already is not loaded again.");
all.SetAction((parsed, _) => Measured.Command(async () =>
{
    foreach (var n in parsed.GetResult(count) is { Implicit: false } ? (long[])[parsed.GetValue(count)] : [10_000, 1_000_000, 10_000_000])
    {
        var run = Run(parsed) with { Count = n };
        await ImportBenchmark.Run(run);
        await SearchBenchmark.Run(run);
        await HttpBenchmark.Run(run);
        if (n <= 1_000_000) await PeerBenchmark.Run(run);
    }
}));

// The other side of a comparison, in a process of its own: Kestrel answering the same bytes to everybody.
var at = new Argument<int>("port");
var files = new Argument<FileInfo[]>("file") { Description = "/0 answers the first, /1 the second" };
var bare = new Command("bare", "Serve constant bytes (a peer; `peers` starts it).") { at, files };
bare.SetAction((parsed, _) => BareKestrel.Serve(parsed.GetValue(at), parsed.GetValue(files)!));

var root = new RootCommand("Benchmarks of the registry and its peers.") { generate, load, import, http, search, peers, log, map, lists, tables, cluster, nodes, goals, all, bare };
foreach (var option in (Option[])[count, seed, data, seconds, rounds, port, only, random, without]) { option.Recursive = true; root.Add(option); }
return await root.Parse(args).InvokeAsync();

Settings Run(ParseResult parsed) => new(parsed.GetValue(count), parsed.GetValue(seed), parsed.GetValue(data)!.FullName, parsed.GetValue(seconds), parsed.GetValue(rounds), parsed.GetValue(port), parsed.GetValue(only))
{
    Random = parsed.GetValue(random),
    Without = parsed.GetValue(without),
};

namespace Registry.Benchmarks
{
    /// <summary>What a run was asked for. <see cref="Only"/> keeps scenarios whose name holds it.</summary>
    public sealed record Settings(long Count, long Seed, string Data, int Seconds, int Rounds, int Port, string? Only)
    {
        /// <summary>The folder of one loaded set.</summary>
        public string Folder => Path.Combine(Data, $"{Count}-{Seed}");

        /// <summary>How many random queries are counted.</summary>
        public int Random { get; init; }

        /// <summary>A peer that is left out.</summary>
        public string? Without { get; init; }

        public bool Wants(string name) => Only is null || name.Contains(Only, StringComparison.OrdinalIgnoreCase);
    }
}
