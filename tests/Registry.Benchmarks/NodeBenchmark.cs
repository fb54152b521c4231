using System.Globalization;
using System.Text;

namespace Registry.Benchmarks;

/// <summary>What it costs that the log is shared: a node beside the registry of one file, in turns; and 16 posters through it beside Fastify on the same PostgreSQL.</summary>
public static class NodeBenchmark
{
    private const int Readers = 32;
    private const string LookUps = "look-ups", Posts = "single durable posts";

    public static async Task Run(Settings run)
    {
        Measured.Tool("wrk", "wrk");
        var loaded = await Loaded.Prepare(run);
        var folder = Path.Combine(run.Folder, "nodes");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var one in (string[])["", "one", "node"]) Directory.CreateDirectory(Path.Combine(folder, one));
        var server = Directory.CreateTempSubdirectory("registry-nodes-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(server, (UnixFileMode)0b111_101_101);
        string Script(params string[] arguments) => $"sh {Path.Combine(Measured.Root(), "tests", "postgres", "cluster.sh")} {string.Join(' ', arguments)}";
        var cluster = Path.Combine(server, "server");
        await Measured.Run("sh", ["-c", "FSYNC=on " + Script("start", cluster, $"{run.Port}")]);
        try
        {
            await Measured.Run("psql", ["-X", "-q", "-d", $"host=127.0.0.1 port={run.Port} user=postgres", "-c", "CREATE DATABASE registry"]);
            var address = $"Host=127.0.0.1;Port={run.Port};Username=postgres;Database=registry";
            var clock = System.Diagnostics.Stopwatch.StartNew();
            await loaded.Registry(null, "copy", "--to", address);
            var copied = clock.Elapsed.TotalSeconds;
            // From nothing: how fast a node makes its file.
            double made;
            await using (var late = await loaded.ServeNode(run.Port + 1, Path.Combine(folder, "node", "registry.db"), address)) made = await Ready(late);
            File.Copy(loaded.Database, Path.Combine(folder, "one", "registry.db"));
            await using var one = await loaded.Serve(run.Port + 2, Path.Combine(folder, "one", "registry.db"));
            await using var node = await loaded.ServeNode(run.Port + 1, Path.Combine(folder, "node", "registry.db"), address);
            await Ready(node);
            await using var fastify = run.Wants(Posts) ? await Fastify(run, folder, cluster) : null;
            var (reads, posts) = (new Dictionary<Server, List<Drive>>(), new Dictionary<Server, List<Drive>>());
            if (run.Wants(LookUps)) reads = new() { [one] = [], [node] = [] };
            if (fastify is not null) posts = new() { [fastify] = [], [node] = [], [one] = [] };
            for (var round = 0; round < HttpBenchmark.PostWarmUps + run.Rounds; round++)
            {
                foreach (var (asked, drives) in reads) drives.Add(await Measured.Wrk(asked, Readers, run.Seconds, round + 1, 0, "records", loaded.Ids, "13", "/v1/certificates/", "-"));
                foreach (var (posted, drives) in posts)
                    drives.Add(await Measured.Wrk(posted, HttpBenchmark.Connections, run.Seconds, 1, 0, HttpBenchmark.Drafts(run, round, 15_000 * run.Seconds, posted == fastify ? "-" : loaded.Key)));
            }
            Write(run, reads, posts, one, node, copied, made);
        }
        finally
        {
            await Measured.Run("sh", ["-c", Script("stop", cluster)]);
            Directory.Delete(server, recursive: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Waits until a node is level, and tells the seconds since it was started.</summary>
    private static async Task<double> Ready(Server node)
    {
        using var http = new HttpClient();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!(await http.GetAsync(node.Address + "/readyz")).IsSuccessStatusCode) await Task.Delay(20);
        return clock.Elapsed.TotalSeconds + node.ReadyAfter / 1000;
    }

    private static async Task<Server> Fastify(Settings run, string folder, string cluster)
    {
        var node = await PeerBenchmark.InstallNode(run);
        var code = await PeerBenchmark.InstallPeers(run, node);
        return await Server.Start("Fastify", run.Port + 3, "/", [Path.Combine(node, "bin", "node"), Path.Combine(code, "fastify-postgres.mjs")],
            PeerBenchmark.NodeEnvironment(node, ("PGHOST", cluster), ("PGPORT", $"{run.Port}"), ("PORT", $"{run.Port + 3}")), log: Path.Combine(folder, "fastify.log"));
    }

    private static void Write(
        Settings run, Dictionary<Server, List<Drive>> reads, Dictionary<Server, List<Drive>> posts, Server one, Server node,
        double copied, double made)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            # A node of {run.Count:#,0}
            {Measured.Machine(run.Folder)}. In turns, {run.Rounds} rounds of {run.Seconds} s, medians; wrk, servers and PostgreSQL share the processors. PostgreSQL flushes every commit (`fsync = on`), on the disk of the data files, and has no standby here. Processor time is the node's own; PostgreSQL's stands under *busy*.

            | | requests/s | p50 ms | p99 ms | processor µs/request | to the first | busy: limited by |
            |---|---|---|---|---|---|---|

            """));
        Rows(reads, $"{LookUps} of any id, {Readers} readers", to => to.Cpu);
        Rows(posts, $"{Posts}, {HttpBenchmark.Connections} posters", to => to.Rate);
        text.Append(CultureInfo.InvariantCulture, $"""

            Of look-ups *to the first* is processor time, of posts their number. `copy` into the empty shared log took {copied:0.0} s; a node that starts with nothing was level {made:0.0} s after its start: {Measured.Figure(run.Count / made)} certificates/s, the start of the program included.

            """);
        Results.Write(run, "nodes", text.ToString());

        void Rows(Dictionary<Server, List<Drive>> drives, string asked, Func<Drive, double> figure)
        {
            Drive? first = null;
            foreach (var (server, rounds) in drives)
            {
                var drive = Drive.Median(rounds[HttpBenchmark.PostWarmUps..]);
                var name = server == one ? "the registry of one file" : server == node ? "a node" : "Fastify on that PostgreSQL";
                var failed = drive.Failed > 0 ? $" (**{drive.Failed} failed**)" : "";
                var to = figure(drive) / figure(first ?? drive);
                text.Append(CultureInfo.InvariantCulture, $"| {(first is null ? asked : "the same")}: {name}{failed} | {Measured.Figure(drive.Rate)} | {Measured.Figure(drive.P50 / 1000)} | {Measured.Figure(drive.P99 / 1000)} | {Measured.Figure(drive.Cpu)} | {to:0.00} | {drive.Limit} |\n");
                first ??= drive;
            }
        }
    }
}
